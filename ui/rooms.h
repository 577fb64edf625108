/* SPDX-License-Identifier: Apache-2.0 */
/** What services keep: of the person (struct session, overwritten with it), or of the machine (struct ui). No GTK. */
#ifndef UI_ROOMS_H
#define UI_ROOMS_H

#include <stddef.h>

#define ROOMS_MAX 24

struct rooms {
    struct room {
        const void *owner;
        void *state;
        size_t size;
        void (*clear)(void *state);
    } room[ROOMS_MAX];
};

/** The owner's `size` bytes, zeros at first. `clear` (may be NULL) overwrites and frees what they point to. */
void *rooms_get(struct rooms *rooms, const void *owner, size_t size, void (*clear)(void *state));
/** All is overwritten and freed. */
void rooms_clear(struct rooms *rooms);
/** All but this owner's. */
void rooms_clear_others(struct rooms *rooms, const void *owner);

#endif
