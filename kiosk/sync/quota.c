/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quota of this kiosk comes through the feed, signed like the hotlist. Signature first, then whose it is, then the
 * version, then the store: nothing of it is used before. One that fails is left among the items, where the store sets it aside
 * for staff; nothing is spent from it, and the feed goes on.
 */
#include "sync/quota.h"
#include "sync/signed.h"
#include "model/credit.h"
#include "store/ledger.h"
#include <string.h>

bool quota_open(const uint8_t signing_key[32], const char *kiosk, json_t *envelope, struct quota_set *out, GError **error)
{
    json_t *payload = signed_open(signing_key, envelope, error);
    bool good = payload != NULL && quota_set_from_json(payload, out) && strcmp(out->kiosk, kiosk) == 0;

    if (payload != NULL && !good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "a signed quota is not one of this kiosk");
    json_decref(payload);
    return good;
}

/* A journal that waited has something to tell of the one before. */
static void tell_taken(struct store *store)
{
    g_autoptr(GError) error = NULL;

    if (!store_quota_tell(store, &error))
        g_warning("that a quota was taken is not written: %s", error->message);
}

/* True: it is dealt with. A platform that sends the same again (a cursor that began anew) sends nothing wrong. */
static bool take_one(struct round *round, json_t *envelope)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1), *had = g_new0(struct quota_set, 1);
    g_autoptr(GError) error = NULL;

    if (!quota_open(signing_key(round, envelope), round->identity->kiosk_id, envelope, set, &error) ||
        !store_quota(round->store, had, &error)) {
        g_warning("quota: %s", error->message);
        return false;
    }
    if (set->version == had->version)
        return true;
    if (store_quota_set(round->store, set, &error))
        return true;
    g_warning("quota: %s", error->message);
    return false;
}

void quota_take(struct round *round, json_t *items)
{
    tell_taken(round->store);
    for (size_t i = 0; i < json_array_size(items);) {
        json_t *item = json_array_get(items, i);
        bool ours = g_strcmp0(json_string_value(json_object_get(item, "topic")), "quota") == 0 &&
                    g_strcmp0(json_string_value(json_object_get(item, "key")), round->identity->kiosk_id) == 0 &&
                    json_is_object(json_object_get(item, "value"));
        if (ours && take_one(round, json_object_get(item, "value")))
            json_array_remove(items, i);
        else
            i++;
    }
}
