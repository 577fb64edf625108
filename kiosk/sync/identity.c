/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync.h"
#include "sync/wire.h"
#include "sync/identity.h"
#include <openssl/crypto.h>
#include <string.h>

#define FILE_BYTES_MAX (16 * 1024)

static bool copy_string(json_t *json, const char *key, char *out, size_t size, bool empty_ok)
{
    const char *text;

    if (!wire_get_string(json, key, size - 1, &text) || (*text == '\0' && !empty_ok))
        return false;
    g_strlcpy(out, text, size);
    return true;
}

/* ["hex", …]: version 1 first. */
static bool seal_keys_read(json_t *keys, struct seal_ring *out)
{
    size_t count = json_array_size(keys), at = 0;
    json_t *key = NULL;

    if (count == 0 || count > SEAL_VERSIONS_MAX)
        return false;
    json_array_foreach(keys, at, key)
    {
        if (!json_is_string(key) || !wire_unhex(json_string_value(key), out->keys[at], SEAL_KEY_SIZE))
            return false;
    }
    out->newest = (uint32_t)count;
    return true;
}

bool identity_from_json(json_t *json, struct sync_identity *out)
{
    int64_t epoch;

    memset(out, 0, sizeof *out);
    if (!copy_string(json, "kiosk", out->kiosk_id, sizeof out->kiosk_id, false) ||
        !copy_string(json, "place_zh", out->place_zh, sizeof out->place_zh, true) ||
        !copy_string(json, "place_en", out->place_en, sizeof out->place_en, true) ||
        !wire_get_int(json, "epoch", 1, INT32_MAX, &epoch) ||
        !wire_get_hex(json, "chain_nonce", out->chain_nonce, sizeof out->chain_nonce) ||
        !wire_get_hex(json, "index_key", out->index_key, sizeof out->index_key) ||
        !wire_get_hex(json, "signing_key", out->signing_key, sizeof out->signing_key) ||
        !seal_keys_read(json_object_get(json, "seal_keys"), &out->seal)) {
        OPENSSL_cleanse(out, sizeof *out);
        return false;
    }
    out->epoch = (int)epoch;
    return true;
}

bool sync_identity_load(const char *data_dir, struct sync_identity *out, GError **error)
{
    g_autofree char *path = g_build_filename(data_dir, "platform.json", NULL);
    char *text = NULL;
    gsize len = 0;
    json_t *json;
    bool ok;

    memset(out, 0, sizeof *out);
    if (!g_file_get_contents(path, &text, &len, error))
        return false;
    json = len <= FILE_BYTES_MAX ? wire_parse(text, len, NULL) : NULL;
    OPENSSL_cleanse(text, len);
    g_free(text);
    ok = json != NULL && identity_from_json(json, out);
    json_decref(json);
    if (!ok)
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_FILE, "%s is not what enrolment wrote", path);
    return ok;
}

void sync_store_identity(const struct sync_identity *identity, struct store_identity *out)
{
    memset(out, 0, sizeof *out);
    g_strlcpy(out->kiosk_id, identity->kiosk_id, sizeof out->kiosk_id);
    out->epoch = identity->epoch;
    memcpy(out->chain_nonce, identity->chain_nonce, sizeof out->chain_nonce);
    memcpy(out->index_key, identity->index_key, sizeof out->index_key);
    memcpy(out->local_key, identity->local_key, sizeof out->local_key);
    out->seal = identity->seal;
}
