/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/signing.h"
#include "platform/data/error.h"
#include "platform/keys/pki.h"
#include "device/files.h"
#include "sync/signed.h"
#include "sync/wire.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)

static bool fail(GError **error, const char *why)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, why);
    return false;
}

static EVP_PKEY *key_load(const char *data_dir, const char *name, uint8_t public[32], GError **error)
{
    g_autoptr(EVP_PKEY) key = pki_key_load(data_dir, name, error);
    size_t len = 32;

    if (key == NULL)
        return NULL;
    if (EVP_PKEY_get_raw_public_key(key, public, &len) == 1 && len == 32)
        return g_steal_pointer(&key);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "%s is not an Ed25519 key", name);
    return NULL;
}

static json_t *envelope_of(EVP_PKEY *key, const uint8_t public[32], const char *payload, GError **error)
{
    g_autofree char *signature = pki_sign(key, payload, strlen(payload), error);
    char key_id[SIGNED_KEY_ID_SIZE];

    if (signature == NULL || !signed_key_id(public, key_id))
        return NULL;
    return json_pack("{s:s, s:s, s:s}", "payload", payload, "signature", signature, "key_id", key_id);
}

/* ---- Introductions ---- */

json_t *signing_introductions(const char *data_dir, GError **error)
{
    gsize len = 0;
    g_autofree char *text = NULL;
    json_t *json, *list;

    if (!file_there(data_dir, PLATFORM_SIGNING_FILE))
        return json_array();
    text = platform_file(data_dir, PLATFORM_SIGNING_FILE, &len, error);
    json = text != NULL ? wire_parse(text, len, NULL) : NULL;
    list = json_incref(json_object_get(json, "introductions"));
    json_decref(json);
    if (json_is_array(list))
        return list;
    json_decref(list);
    if (text != NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, PLATFORM_SIGNING_FILE " is damaged");
    return NULL;
}

static bool introduced_already(json_t *list, const char *old_id)
{
    json_t *last = json_array_get(list, json_array_size(list) - 1);

    return json_array_size(list) > 0 && g_strcmp0(json_string_value(json_object_get(last, "key_id")), old_id) == 0;
}

static json_t *introduction(EVP_PKEY *old, const uint8_t old_public[32], const uint8_t next_public[32], int64_t old_until_ms, int64_t now_ms,
                            GError **error)
{
    char hex[65];
    json_t *json = json_pack("{s:s, s:s, s:I, s:I}", "kind", SIGNING_KIND, "public_key", wire_hex(next_public, 32, hex), "old_until",
                             (json_int_t)old_until_ms, "issued_at", (json_int_t)now_ms);
    char *payload = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_t *envelope = payload != NULL ? envelope_of(old, old_public, payload, error) : NULL;

    free(payload);
    json_decref(json);
    return envelope;
}

static bool list_write(const char *data_dir, json_t *list, GError **error)
{
    json_t *json = json_pack("{s:O}", "introductions", list);
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    bool ok = text != NULL && file_put(data_dir, PLATFORM_SIGNING_FILE, text, strlen(text), error);

    free(text);
    json_decref(json);
    return ok;
}

/* ---- The next key ---- */

/* One that is there was made by an attempt that was stopped. */
static EVP_PKEY *next_key(const char *data_dir, uint8_t public[32], GError **error)
{
    if (!file_there(data_dir, PLATFORM_SIGN_NEXT_FILE) && !pki_signing_key_new(data_dir, PLATFORM_SIGN_NEXT_FILE, error))
        return NULL;
    return key_load(data_dir, PLATFORM_SIGN_NEXT_FILE, public, error);
}

bool signing_begin(const char *data_dir, int64_t old_until_ms, int64_t now_ms, GError **error)
{
    uint8_t old_public[32], next_public[32];
    char old_id[SIGNED_KEY_ID_SIZE];
    g_autoptr(EVP_PKEY) old = key_load(data_dir, PLATFORM_SIGN_KEY_FILE, old_public, error), next = NULL;
    json_t *list = old != NULL ? signing_introductions(data_dir, error) : NULL, *envelope = NULL;
    bool ok = list != NULL && signed_key_id(old_public, old_id);

    if (ok && introduced_already(list, old_id))
        ok = fail(error, "a next key is introduced already: rotate signing --finish");
    if (ok)
        next = next_key(data_dir, next_public, error);
    if (next != NULL)
        envelope = introduction(old, old_public, next_public, old_until_ms, now_ms, error);
    ok = envelope != NULL && json_array_append(list, envelope) == 0 && list_write(data_dir, list, error);
    json_decref(envelope);
    json_decref(list);
    return ok;
}

bool signing_finish(const char *data_dir, GError **error)
{
    uint8_t public[32];
    char id[SIGNED_KEY_ID_SIZE];
    g_autoptr(EVP_PKEY) old = key_load(data_dir, PLATFORM_SIGN_KEY_FILE, public, error);
    json_t *list = old != NULL ? signing_introductions(data_dir, error) : NULL;
    bool ok = list != NULL && signed_key_id(public, id);
    g_autofree char *from = g_build_filename(data_dir, PLATFORM_SIGN_NEXT_FILE, NULL), *to = g_build_filename(data_dir, PLATFORM_SIGN_KEY_FILE, NULL);

    if (ok && (!introduced_already(list, id) || !file_there(data_dir, PLATFORM_SIGN_NEXT_FILE)))
        ok = fail(error, "no next key is introduced: rotate signing");
    json_decref(list);
    if (!ok)
        return false;
    if (g_rename(from, to) == 0)
        return folder_flush(data_dir, error);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot rename to %s: %s", to, g_strerror(errno));
    return false;
}

bool signing_again(struct platform *platform, json_t *envelope, GError **error)
{
    const char *payload = json_string_value(json_object_get(envelope, "payload"));
    char key_id[SIGNED_KEY_ID_SIZE];

    if (payload == NULL || !signed_key_id(platform->sign_public, key_id))
        return fail(error, "an envelope cannot be signed");
    if (g_strcmp0(json_string_value(json_object_get(envelope, "key_id")), key_id) == 0)
        return true;
    json_t *now = envelope_of(platform->sign_key, platform->sign_public, payload, error);
    bool ok = now != NULL && json_object_update(envelope, now) == 0;
    json_decref(now);
    return ok;
}
