/* SPDX-License-Identifier: Apache-2.0 */
#include "rooms.h"

#include <glib.h>
#include <openssl/crypto.h>

void *rooms_get(struct rooms *rooms, const void *owner, size_t size, void (*clear)(void *state))
{
    for (size_t i = 0; i < ROOMS_MAX; i++) {
        struct room *room = &rooms->room[i];

        if (room->owner == owner)
            return room->state;
        if (room->owner == NULL) {
            *room = (struct room){.owner = owner, .state = g_malloc0(size), .size = size, .clear = clear};
            return room->state;
        }
    }
    g_error("more than %d services keep something", ROOMS_MAX);
}

void rooms_clear_others(struct rooms *rooms, const void *owner)
{
    struct room kept = {0};

    for (size_t i = 0; i < ROOMS_MAX && rooms->room[i].owner != NULL; i++) {
        struct room *room = &rooms->room[i];

        if (room->owner == owner) {
            kept = *room;
        } else {
            if (room->clear != NULL)
                room->clear(room->state);
            OPENSSL_cleanse(room->state, room->size);
            g_free(room->state);
        }
        *room = (struct room){0};
    }
    rooms->room[0] = kept;
}

void rooms_clear(struct rooms *rooms)
{
    rooms_clear_others(rooms, NULL);
}
