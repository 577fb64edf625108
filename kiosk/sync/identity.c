/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync.h"
#include "device/keys.h"
#include "sync/wire.h"
#include "sync/identity.h"
#include <openssl/crypto.h>
#include <string.h>

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

/* How far the platform knew our journal when it enrolled us; files of older enrolments do not say. */
static bool head_read(json_t *json, int64_t *seq)
{
    json_t *head = json_object_get(json, "head");

    *seq = 0;
    return head == NULL || wire_get_int(head, "seq", 0, INT64_MAX - 1, seq);
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
        !seal_keys_read(json_object_get(json, "seal_keys"), &out->seal) || !head_read(json, &out->head_seq)) {
        OPENSSL_cleanse(out, sizeof *out);
        return false;
    }
    out->epoch = (int)epoch;
    return true;
}

/* Of this machine, whatever platform it is enrolled with. */
static void machine_keys(const struct device_keys *keys, struct sync_identity *out)
{
    device_keys_derive(keys, "citycard kiosk: what the store caches of persons", out->local_key);
}

bool sync_identity_open(const struct device_keys *keys, const char *data_dir, struct sync_identity *out, GError **error)
{
    char *text = device_keys_read(keys, data_dir, "platform.json", error);
    json_t *json;
    bool ok;

    memset(out, 0, sizeof *out);
    if (text == NULL)
        return false;
    json = wire_parse(text, strlen(text), NULL);
    OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    ok = json != NULL && identity_from_json(json, out);
    if (ok)
        machine_keys(keys, out);
    else if (json != NULL && json_object_get(json, "seal_keys") == NULL)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE,
                            "platform.json is of an older version, without keys for personal data: enrol this kiosk anew");
    else
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "platform.json is not what enrolment wrote");
    json_decref(json);
    return ok;
}

bool sync_identity_load(const char *data_dir, struct sync_identity *out, GError **error)
{
    struct device_keys *keys = device_keys_open(data_dir, error);
    bool ok = keys != NULL && sync_identity_open(keys, data_dir, out, error);

    if (keys == NULL)
        memset(out, 0, sizeof *out);
    device_keys_free(keys);
    return ok;
}

/* No platform knows these keys; what they seal never leaves the machine. */
void sync_identity_none(const struct device_keys *keys, const char *kiosk_id, struct sync_identity *out)
{
    memset(out, 0, sizeof *out);
    g_strlcpy(out->kiosk_id, kiosk_id, sizeof out->kiosk_id);
    machine_keys(keys, out);
    device_keys_derive(keys, "citycard kiosk: card tokens before enrolment", out->index_key);
    device_keys_derive(keys, "citycard kiosk: personal members before enrolment", out->seal.keys[0]);
    out->seal.newest = 1;
}

void sync_store_identity(const struct sync_identity *identity, struct store_identity *out)
{
    memset(out, 0, sizeof *out);
    g_strlcpy(out->kiosk_id, identity->kiosk_id, sizeof out->kiosk_id);
    out->epoch = identity->epoch;
    out->head_seq = identity->head_seq;
    memcpy(out->chain_nonce, identity->chain_nonce, sizeof out->chain_nonce);
    memcpy(out->index_key, identity->index_key, sizeof out->index_key);
    memcpy(out->local_key, identity->local_key, sizeof out->local_key);
    out->seal = identity->seal;
}
