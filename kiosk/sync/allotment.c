/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seats that this kiosk may promise by itself. Signature first, then whose they are, then the version, then the store: nothing of
 * it is used before. One that fails is left among the items, where the store sets it aside for staff.
 */
#include "sync/allotment.h"
#include "store/seats.h"
#include "sync/signed.h"
#include <string.h>

bool allotment_open(const uint8_t signing_key[32], const char *kiosk, json_t *envelope, struct allotment *out, GError **error)
{
    json_t *payload = signed_open(signing_key, envelope, error);
    bool good = payload != NULL && allotment_from_json(payload, out) && strcmp(out->kiosk, kiosk) == 0;

    if (payload != NULL && !good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "signed seats are not of this kiosk");
    json_decref(payload);
    return good;
}

/*
 * True: it is dealt with. The same once more, of a cursor that began anew, is nothing wrong; an older one, of a platform that was put
 * back, is passed over: ours stays in force, and what is given next has a later version (they are times).
 */
static bool seats_keep(struct round *round, json_t *envelope)
{
    g_autofree struct allotment *told = g_new0(struct allotment, 1), *had = g_new0(struct allotment, 1);
    g_autoptr(GError) error = NULL;
    bool done = allotment_open(signing_key(round, envelope), round->identity->kiosk_id, envelope, told, &error) &&
                store_allotment(round->store, had, &error) &&
                (told->version <= had->version || store_allotment_set(round->store, told, &error));

    if (done && told->version < had->version)
        g_message("seats of this kiosk: the platform tells of older ones than these");
    if (!done)
        g_warning("seats of this kiosk: %s", error->message);
    return done;
}

void allotment_take(struct round *round, json_t *items)
{
    for (size_t i = json_array_size(items); i-- > 0;) {
        json_t *item = json_array_get(items, i), *value = json_object_get(item, "value");

        if (g_strcmp0(json_string_value(json_object_get(item, "topic")), "allotment") == 0 &&
            g_strcmp0(json_string_value(json_object_get(item, "key")), round->identity->kiosk_id) == 0 && json_is_object(value) &&
            seats_keep(round, value))
            json_array_remove(items, i);
    }
}
