/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hotlist.h"
#include "platform/db-rows.h"
#include "platform/pki.h"
#include "sync/signed.h"
#include <stdlib.h>
#include <string.h>

static char *payload_text(struct db *db, int64_t version, int64_t now_ms, GError **error)
{
    json_t *entries = db_hotlist_entries(db, error), *payload;
    char *text = NULL;

    if (entries == NULL)
        return NULL;
    payload = json_pack("{s:I, s:I, s:o}", "version", (json_int_t)version, "issued_at", (json_int_t)now_ms,
                        "entries", entries);
    if (payload != NULL)
        text = json_dumps(payload, JSON_COMPACT);
    json_decref(payload);
    if (text == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO,
                            "the hotlist cannot be written as JSON");
    return text;
}

bool hotlist_publish(struct platform *platform, int64_t now_ms, GError **error)
{
    g_autofree char *signature = NULL;
    char key_id[SIGNED_KEY_ID_SIZE];
    int64_t version;
    char *payload;
    bool ok = false;

    if (!db_hotlist_version(platform->db, &version, error))
        return false;
    payload = payload_text(platform->db, version + 1, now_ms, error);
    if (payload == NULL)
        return false;
    signature = pki_sign(platform->sign_key, payload, strlen(payload), error);
    if (signature != NULL && signed_key_id(platform->sign_public, key_id))
        ok = db_hotlist_add(platform->db, version + 1, now_ms, payload, signature, key_id, error);
    free(payload);
    return ok;
}

static bool card_lost(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                      GError **error)
{
    g_autofree char *token = NULL, *state = NULL;

    if (!db_card_find(platform->db, card_number, &token, &state, error))
        return false;
    if (token == NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such card in this community");
        return false;
    }
    return db_card_state_set(platform->db, card_number, "lost", error) &&
           db_hotlist_entry_set(platform->db, token, "lost", now_ms, error) &&
           hotlist_publish(platform, now_ms, error) && db_hotlist_version(platform->db, version, error);
}

bool hotlist_card_lost(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                       GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (!card_lost(platform, card_number, now_ms, version, error)) {
        db_rollback(platform->db);
        return false;
    }
    return db_commit(platform->db, error);
}
