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
#include <unistd.h>

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

/* {introductions, first}: `first` is the public key that introduced the first one, which no introduction holds. */
static json_t *chain_read(const char *data_dir, GError **error)
{
    gsize len = 0;
    g_autofree char *text = NULL;
    json_t *chain;

    if (!file_there(data_dir, PLATFORM_SIGNING_FILE))
        return json_pack("{s:[]}", "introductions");
    text = platform_file(data_dir, PLATFORM_SIGNING_FILE, &len, error);
    chain = text != NULL ? wire_parse(text, len, NULL) : NULL;
    if (json_is_array(json_object_get(chain, "introductions")))
        return chain;
    json_decref(chain);
    if (text != NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, PLATFORM_SIGNING_FILE " is damaged");
    return NULL;
}

json_t *signing_introductions(const char *data_dir, GError **error)
{
    json_t *chain = chain_read(data_dir, error), *list = json_incref(json_object_get(chain, "introductions"));

    json_decref(chain);
    return list;
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

static bool chain_put(const char *data_dir, json_t *chain, GError **error)
{
    char *text = json_dumps(chain, JSON_INDENT(2));
    bool ok = text != NULL ? file_put(data_dir, PLATFORM_SIGNING_FILE, text, strlen(text), error) : fail(error, "no memory");

    free(text);
    return ok;
}

static bool first_set(json_t *chain, const uint8_t public[32])
{
    char hex[65];

    return json_object_set_new(chain, "first", json_string(wire_hex(public, 32, hex))) == 0;
}

static bool chain_add(const char *data_dir, json_t *chain, const uint8_t old_public[32], json_t *envelope, GError **error)
{
    json_t *list = json_object_get(chain, "introductions");
    bool made = (json_array_size(list) > 0 || first_set(chain, old_public)) && json_array_append(list, envelope) == 0;

    return made ? chain_put(data_dir, chain, error) : fail(error, "no memory");
}

static bool says(json_t *envelope, const char *key_id)
{
    return g_strcmp0(json_string_value(json_object_get(envelope, "key_id")), key_id) == 0;
}

/* Of a program that did not know `first`: the key that introduced the first one is there for the last time, it is about to go. */
static bool chain_complete(const char *data_dir, json_t *chain, const uint8_t public[32], const char *id, GError **error)
{
    uint8_t first[32];

    if (wire_get_hex(chain, "first", first, sizeof first) || !says(json_array_get(json_object_get(chain, "introductions"), 0), id))
        return true;
    return first_set(chain, public) ? chain_put(data_dir, chain, error) : fail(error, "no memory");
}

/* ---- The next key ---- */

/* One that is there was made by an attempt that was stopped. */
static EVP_PKEY *next_key(const char *data_dir, uint8_t public[32], GError **error)
{
    if (!file_there(data_dir, PLATFORM_SIGN_NEXT_FILE) && !pki_signing_key_new(data_dir, PLATFORM_SIGN_NEXT_FILE, error))
        return NULL;
    return key_load(data_dir, PLATFORM_SIGN_NEXT_FILE, public, error);
}

static bool begin(const char *data_dir, int64_t old_until_ms, int64_t now_ms, GError **error)
{
    uint8_t old_public[32], next_public[32];
    char old_id[SIGNED_KEY_ID_SIZE];
    g_autoptr(EVP_PKEY) old = key_load(data_dir, PLATFORM_SIGN_KEY_FILE, old_public, error), next = NULL;
    json_t *chain = old != NULL ? chain_read(data_dir, error) : NULL, *envelope = NULL;
    bool ok = chain != NULL && signed_key_id(old_public, old_id);

    if (ok && introduced_already(json_object_get(chain, "introductions"), old_id))
        ok = fail(error, "a next key is introduced already: rotate signing --finish");
    if (ok)
        next = next_key(data_dir, next_public, error);
    if (next != NULL)
        envelope = introduction(old, old_public, next_public, old_until_ms, now_ms, error);
    ok = envelope != NULL && chain_add(data_dir, chain, old_public, envelope, error);
    json_decref(envelope);
    json_decref(chain);
    return ok;
}

bool signing_begin(const char *data_dir, int64_t old_until_ms, int64_t now_ms, GError **error)
{
    int lock = platform_keys_lock(data_dir, error);
    bool ok = lock >= 0 && begin(data_dir, old_until_ms, now_ms, error);

    if (lock >= 0)
        close(lock);
    return ok;
}

static bool finish(const char *data_dir, GError **error)
{
    uint8_t public[32];
    char id[SIGNED_KEY_ID_SIZE];
    g_autoptr(EVP_PKEY) old = key_load(data_dir, PLATFORM_SIGN_KEY_FILE, public, error);
    json_t *chain = old != NULL ? chain_read(data_dir, error) : NULL;
    bool ok = chain != NULL && signed_key_id(public, id);
    g_autofree char *from = g_build_filename(data_dir, PLATFORM_SIGN_NEXT_FILE, NULL), *to = g_build_filename(data_dir, PLATFORM_SIGN_KEY_FILE, NULL);

    if (ok && (!introduced_already(json_object_get(chain, "introductions"), id) || !file_there(data_dir, PLATFORM_SIGN_NEXT_FILE)))
        ok = fail(error, "no next key is introduced: rotate signing");
    ok = ok && chain_complete(data_dir, chain, public, id, error);
    json_decref(chain);
    if (!ok)
        return false;
    if (g_rename(from, to) == 0)
        return folder_flush(data_dir, error);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot rename to %s: %s", to, g_strerror(errno));
    return false;
}

bool signing_finish(const char *data_dir, GError **error)
{
    int lock = platform_keys_lock(data_dir, error);
    bool ok = lock >= 0 && finish(data_dir, error);

    if (lock >= 0)
        close(lock);
    return ok;
}

/* ---- What introductions say of keys ---- */

static bool next_of(json_t *envelope, uint8_t next[32])
{
    const char *payload = json_string_value(json_object_get(envelope, "payload"));
    json_t *json = payload != NULL ? wire_parse(payload, strlen(payload), NULL) : NULL;
    bool ok = wire_get_hex(json, "public_key", next, 32);

    json_decref(json);
    return ok;
}

static bool next_fits(const char *data_dir, const uint8_t told[32], GError **error)
{
    uint8_t public[32];

    if (!file_there(data_dir, PLATFORM_SIGN_NEXT_FILE))
        return fail(error, PLATFORM_SIGNING_FILE " introduces a next key, and " PLATFORM_SIGN_NEXT_FILE " is missing");
    g_autoptr(EVP_PKEY) key = key_load(data_dir, PLATFORM_SIGN_NEXT_FILE, public, error);
    if (key == NULL)
        return false;
    return memcmp(public, told, sizeof public) == 0 || fail(error, PLATFORM_SIGN_NEXT_FILE " is not the key that " PLATFORM_SIGNING_FILE " introduces");
}

bool signing_fits(const char *data_dir, GError **error)
{
    uint8_t public[32], told[32];
    char id[SIGNED_KEY_ID_SIZE];
    g_autoptr(EVP_PKEY) key = key_load(data_dir, PLATFORM_SIGN_KEY_FILE, public, error);
    json_t *list = key != NULL ? signing_introductions(data_dir, error) : NULL;
    size_t count = json_array_size(list);
    bool ok = list != NULL && signed_key_id(public, id);

    if (ok && count > 0) {
        if (!next_of(json_array_get(list, count - 1), told))
            ok = fail(error, PLATFORM_SIGNING_FILE " is damaged");
        else if (introduced_already(list, id))
            ok = next_fits(data_dir, told, error);
        else if (memcmp(told, public, sizeof public) != 0)
            ok = fail(error, PLATFORM_SIGNING_FILE " does not lead to " PLATFORM_SIGN_KEY_FILE);
    }
    json_decref(list);
    return ok;
}

bool signing_knows(struct platform *platform, json_t *envelope, bool *known, GError **error)
{
    json_t *list = signing_introductions(platform->data_dir, error), *introduction;
    char id[SIGNED_KEY_ID_SIZE];
    size_t i;

    if (list == NULL || !signed_key_id(platform->sign_public, id)) {
        json_decref(list);
        return false;
    }
    *known = says(envelope, id);
    json_array_foreach(list, i, introduction)
        *known = *known || says(envelope, json_string_value(json_object_get(introduction, "key_id")));
    json_decref(list);
    return true;
}

/* ---- Once more ---- */

static bool is_its_key(const uint8_t public[32], json_t *envelope)
{
    char id[SIGNED_KEY_ID_SIZE];

    return signed_key_id(public, id) && says(envelope, id);
}

/* The public key of the chain that this envelope says it is of. */
static bool key_of(json_t *chain, json_t *envelope, uint8_t public[32])
{
    json_t *introduction;
    size_t i;

    if (wire_get_hex(chain, "first", public, 32) && is_its_key(public, envelope))
        return true;
    json_array_foreach(json_object_get(chain, "introductions"), i, introduction)
        if (next_of(introduction, public) && is_its_key(public, envelope))
            return true;
    return false;
}

/* The signature of a key of ours, over something of its kind. */
static bool was_ours(const char *data_dir, json_t *envelope, signing_form form, GError **error)
{
    json_t *chain = chain_read(data_dir, error), *payload = NULL;
    uint8_t public[32];
    bool ok = false;

    if (chain != NULL && !key_of(chain, envelope, public))
        fail(error, "its key is not in " PLATFORM_SIGNING_FILE);
    else if (chain != NULL && (payload = signed_open(public, envelope, error)) != NULL)
        ok = form(payload) || fail(error, "it is of another kind");
    json_decref(payload);
    json_decref(chain);
    return ok;
}

bool signing_again(struct platform *platform, json_t *envelope, signing_form form, GError **error)
{
    g_autoptr(GError) why = NULL;
    const char *payload = json_string_value(json_object_get(envelope, "payload"));
    char key_id[SIGNED_KEY_ID_SIZE];

    if (payload == NULL || !signed_key_id(platform->sign_public, key_id))
        return fail(error, "an envelope cannot be signed");
    if (says(envelope, key_id))
        return true;
    if (!was_ours(platform->data_dir, envelope, form, &why)) {
        g_warning("something in the database that an older key seems to have signed is not signed again: %s",
                  why != NULL ? why->message : "no memory");
        return true;
    }
    json_t *now = envelope_of(platform->sign_key, platform->sign_public, payload, error);
    bool ok = now != NULL && json_object_update(envelope, now) == 0;
    json_decref(now);
    return ok;
}
