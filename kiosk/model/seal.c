/* SPDX-License-Identifier: Apache-2.0 */
#include "model/seal.h"
#include "model/clock.h"
#include "model/model-internal.h"
#include "model/model.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#define NONCE_SIZE 12 /* SP 800-38D, 8.2.2: random nonces of 96 bits, good for 2^32 values under one key */
#define TAG_SIZE   16
#define DEPTH_MAX  12
#define PLACE_MAX  128

/* ---- Keys --------------------------------------------------------------------------------------------------------- */

void seal_derive(const uint8_t root[SEAL_KEY_SIZE], const char *purpose, uint8_t out[SEAL_KEY_SIZE])
{
    EVP_KDF *kdf = EVP_KDF_fetch(model_crypto(), "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA2-256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)root, SEAL_KEY_SIZE),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)purpose, strlen(purpose)),
        OSSL_PARAM_construct_end(),
    };

    if (ctx == NULL || EVP_KDF_derive(ctx, out, SEAL_KEY_SIZE, params) != 1)
        g_error("OpenSSL: HKDF failed");
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static const EVP_CIPHER *aes_gcm(void)
{
    static EVP_CIPHER *cipher;

    if (g_once_init_enter(&cipher)) {
        EVP_CIPHER *fresh = EVP_CIPHER_fetch(model_crypto(), "AES-256-GCM", NULL);
        if (fresh == NULL)
            g_error("OpenSSL: no AES-256-GCM in the default provider");
        g_once_init_leave(&cipher, fresh);
    }
    return cipher;
}

/* ---- One value: nonce ‖ ciphertext ‖ tag -------------------------------------------------------------------------- */

static bool encrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, const char *place, const void *plain, int len, uint8_t *out)
{
    uint8_t *text = out + NONCE_SIZE;
    int done = 0;

    random_bytes(out, NONCE_SIZE);
    return EVP_EncryptInit_ex2(ctx, aes_gcm(), key, out, NULL) == 1 &&
           EVP_EncryptUpdate(ctx, NULL, &done, (const uint8_t *)place, (int)strlen(place)) == 1 &&
           EVP_EncryptUpdate(ctx, text, &done, plain, len) == 1 && done == len &&
           EVP_EncryptFinal_ex(ctx, text + len, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, text + len) == 1;
}

static bool decrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, const char *place, uint8_t *sealed, int len, uint8_t *out)
{
    uint8_t *text = sealed + NONCE_SIZE;
    int done = 0;

    return EVP_DecryptInit_ex2(ctx, aes_gcm(), key, sealed, NULL) == 1 &&
           EVP_DecryptUpdate(ctx, NULL, &done, (const uint8_t *)place, (int)strlen(place)) == 1 &&
           EVP_DecryptUpdate(ctx, out, &done, text, len) == 1 && done == len &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, text + len) == 1 &&
           EVP_DecryptFinal_ex(ctx, out + len, &done) == 1;
}

char *seal_close(const uint8_t key[SEAL_KEY_SIZE], const char *place, const void *plain, size_t len)
{
    if (len > SEAL_BYTES_MAX)
        return NULL;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    g_autofree uint8_t *bytes = g_malloc(NONCE_SIZE + len + TAG_SIZE);

    if (ctx == NULL || !encrypt(ctx, key, place, plain, (int)len, bytes))
        g_error("OpenSSL: AES-256-GCM failed");
    EVP_CIPHER_CTX_free(ctx);
    return g_base64_encode(bytes, NONCE_SIZE + len + TAG_SIZE);
}

char *seal_open(const uint8_t key[SEAL_KEY_SIZE], const char *place, const char *sealed, size_t *len)
{
    size_t size = 0;
    g_autofree uint8_t *bytes = base64_read(sealed, NONCE_SIZE + SEAL_BYTES_MAX + TAG_SIZE, &size);

    if (bytes == NULL || size < NONCE_SIZE + TAG_SIZE)
        return NULL;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    size_t plain_len = size - NONCE_SIZE - TAG_SIZE;
    char *plain = g_malloc(plain_len + 1);
    bool good = ctx != NULL && decrypt(ctx, key, place, bytes, (int)plain_len, (uint8_t *)plain);

    EVP_CIPHER_CTX_free(ctx);
    plain[plain_len] = '\0';
    if (!good) {
        /* GCM gives out text before it knows whether it is genuine. */
        OPENSSL_cleanse(plain, plain_len);
        g_clear_pointer(&plain, g_free);
    }
    *len = good ? plain_len : 0;
    return plain;
}

/* ---- Members of an event ------------------------------------------------------------------------------------------ */

bool seal_personal(const char *member)
{
    static const char *const PERSONAL[] = {"card_number", "serial", "name", "id_number", "phone", "address", "description", "care_found", "care_closed", "wants", NULL};

    for (size_t i = 0; PERSONAL[i] != NULL; i++) /* asked of each member of each event: most end at the first letter */
        if (*member == *PERSONAL[i] && strcmp(member, PERSONAL[i]) == 0)
            return true;
    return false;
}

struct walk {
    const struct seal_ring *ring;
    const char *event_id;
    json_t *(*change)(const struct walk *walk, const char *member, json_t *value); /* new reference; NULL: refused */
};

static bool place_of(const struct walk *walk, const char *member, char place[PLACE_MAX])
{
    return g_snprintf(place, PLACE_MAX, "%s|%s", walk->event_id, member) < PLACE_MAX;
}

static json_t *member_seal(const struct walk *walk, const char *member, json_t *value)
{
    uint32_t version = MAX(1, walk->ring->newest);
    char place[PLACE_MAX];

    if (json_is_null(value))
        return json_incref(value);
    if (!json_is_string(value) || !place_of(walk, member, place) || version > SEAL_VERSIONS_MAX)
        return NULL;
    g_autofree char *sealed = seal_close(walk->ring->keys[version - 1], place, json_string_value(value),
                                         json_string_length(value));
    return sealed != NULL ? json_pack("{s:i, s:s}", "k", (int)version, "s", sealed) : NULL;
}

static json_t *member_open(const struct walk *walk, const char *member, json_t *value)
{
    json_t *k = json_object_get(value, "k"), *s = json_object_get(value, "s");
    json_int_t newest = MAX(1, walk->ring->newest), version = json_integer_value(k);
    char place[PLACE_MAX];
    size_t len = 0;

    if (json_is_string(value) || json_is_null(value))
        return json_incref(value);
    if (json_object_size(value) != 2 || !json_is_integer(k) || version < 1 || version > MIN(newest, SEAL_VERSIONS_MAX) ||
        !json_is_string(s) || !place_of(walk, member, place))
        return NULL;
    char *plain = seal_open(walk->ring->keys[version - 1], place, json_string_value(s), &len);
    json_t *text = plain != NULL ? json_stringn(plain, len) : NULL;
    if (plain != NULL)
        OPENSSL_cleanse(plain, len);
    g_free(plain);
    return text;
}

static json_t *walk_node(const struct walk *walk, json_t *node, unsigned depth);

/* A copy is made when the first member changes, so that the many events without anything personal cost nothing. */
static json_t *walk_object(const struct walk *walk, json_t *object, unsigned depth)
{
    json_t *out = json_incref(object), *value = NULL;
    const char *member = NULL;

    json_object_foreach(object, member, value)
    {
        json_t *changed =
            seal_personal(member) ? walk->change(walk, member, value) : walk_node(walk, value, depth + 1);
        if (changed == value) {
            json_decref(changed);
            continue;
        }
        if (changed != NULL && out == object) {
            json_decref(out);
            out = json_copy(object);
        }
        if (changed != NULL && json_object_set_new(out, member, changed) == 0)
            continue;
        json_decref(out);
        return NULL;
    }
    return out;
}

static json_t *walk_array(const struct walk *walk, json_t *array, unsigned depth)
{
    json_t *out = json_incref(array), *value = NULL;
    size_t at = 0;

    json_array_foreach(array, at, value)
    {
        json_t *changed = walk_node(walk, value, depth + 1);
        if (changed == value) {
            json_decref(changed);
            continue;
        }
        if (changed != NULL && out == array) {
            json_decref(out);
            out = json_copy(array);
        }
        if (changed != NULL && json_array_set_new(out, at, changed) == 0)
            continue;
        json_decref(out);
        return NULL;
    }
    return out;
}

static json_t *walk_node(const struct walk *walk, json_t *node, unsigned depth)
{
    if (!json_is_object(node) && !json_is_array(node))
        return json_incref(node);
    if (depth >= DEPTH_MAX)
        return NULL;
    return json_is_object(node) ? walk_object(walk, node, depth) : walk_array(walk, node, depth);
}

json_t *seal_members(const struct seal_ring *ring, const char *event_id, json_t *data)
{
    return walk_node(&(struct walk){ring, event_id, member_seal}, data, 0);
}

json_t *seal_open_members(const struct seal_ring *ring, const char *event_id, json_t *data)
{
    return walk_node(&(struct walk){ring, event_id, member_open}, data, 0);
}
