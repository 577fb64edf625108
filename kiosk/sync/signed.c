/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/signed.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

bool signed_key_id(const uint8_t public_key[32], char out[SIGNED_KEY_ID_SIZE])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];

    if (EVP_Digest(public_key, 32, digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    wire_hex(digest, 8, out);
    return true;
}

static bool signature_ok(const uint8_t public_key[32], const uint8_t signature[64], const char *bytes,
                         size_t len)
{
    g_autoptr(EVP_PKEY) key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    g_autoptr(EVP_MD_CTX) ctx = EVP_MD_CTX_new();

    return key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
           EVP_DigestVerify(ctx, signature, 64, (const uint8_t *)bytes, len) == 1;
}

json_t *signed_open(const uint8_t public_key[32], json_t *envelope, GError **error)
{
    const char *payload, *signature_text, *key_id;
    char our_id[SIGNED_KEY_ID_SIZE];
    uint8_t signature[64];

    if (!json_is_object(envelope) || !wire_get_string(envelope, "payload", WIRE_ANSWER_BYTES_MAX, &payload) ||
        !wire_get_string(envelope, "signature", 88, &signature_text) ||
        !wire_get_string(envelope, "key_id", SIGNED_KEY_ID_SIZE - 1, &key_id)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER,
                            "signed list without payload, signature, key_id");
        return NULL;
    }
    if (!signed_key_id(public_key, our_id)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_CRYPTO, "SHA-256 failed");
        return NULL;
    }
    if (strcmp(key_id, our_id) != 0) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE,
                            "signed by another key, one not introduced to this kiosk: enrol it anew when that stays");
        return NULL;
    }
    if (!wire_unbase64(signature_text, signature, sizeof signature) ||
        !signature_ok(public_key, signature, payload, strlen(payload))) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE, "signature of the list is wrong");
        return NULL;
    }
    return wire_parse(payload, strlen(payload), error);
}
