/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/backup/bundle.h"
#include "platform/data/error.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define MAGIC     "citycard keys 1\n"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define SALT      16
#define HEAD      (MAGIC_LEN + SALT)
#define NONCE     12
#define TAG       16
#define ROUNDS    600000
#define TEXT_MAX  (1024 * 1024)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

static bool key_of(const char *passphrase, const uint8_t salt[SALT], uint8_t key[32])
{
    return PKCS5_PBKDF2_HMAC(passphrase, (int)strlen(passphrase), salt, SALT, ROUNDS, EVP_sha256(), 32, key) == 1;
}

static bool encrypt(const uint8_t key[32], uint8_t *out, const char *text, size_t len)
{
    g_autoptr(EVP_CIPHER_CTX) ctx = EVP_CIPHER_CTX_new();
    uint8_t *cipher = out + HEAD + NONCE;
    int done, last;

    return ctx != NULL && EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, out + HEAD, NULL) == 1 &&
           EVP_EncryptUpdate(ctx, NULL, &done, out, HEAD) == 1 &&
           EVP_EncryptUpdate(ctx, cipher, &done, (const uint8_t *)text, (int)len) == 1 && (size_t)done == len &&
           EVP_EncryptFinal_ex(ctx, cipher + len, &last) == 1 && last == 0 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, cipher + len) == 1;
}

uint8_t *bundle_close(const char *passphrase, const char *text, size_t len, size_t *out_len, GError **error)
{
    uint8_t key[32], *out;
    bool ok;

    g_return_val_if_fail(len <= TEXT_MAX, NULL);
    *out_len = HEAD + NONCE + len + TAG;
    out = g_malloc(*out_len);
    memcpy(out, MAGIC, MAGIC_LEN);
    random_bytes(out + MAGIC_LEN, SALT + NONCE);
    ok = key_of(passphrase, out + MAGIC_LEN, key) && encrypt(key, out, text, len);
    OPENSSL_cleanse(key, sizeof key);
    if (ok)
        return out;
    g_free(out);
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "closing the keys failed");
    return NULL;
}

static bool decrypt(const uint8_t key[32], const uint8_t *bytes, size_t len, char *text)
{
    g_autoptr(EVP_CIPHER_CTX) ctx = EVP_CIPHER_CTX_new();
    const uint8_t *cipher = bytes + HEAD + NONCE;
    int done, last;

    return ctx != NULL && EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key, bytes + HEAD, NULL) == 1 &&
           EVP_DecryptUpdate(ctx, NULL, &done, bytes, HEAD) == 1 &&
           EVP_DecryptUpdate(ctx, (uint8_t *)text, &done, cipher, (int)len) == 1 && (size_t)done == len &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, (void *)(cipher + len)) == 1 &&
           EVP_DecryptFinal_ex(ctx, (uint8_t *)text + len, &last) == 1;
}

char *bundle_open(const char *passphrase, const uint8_t *bytes, size_t len, GError **error)
{
    const size_t around = HEAD + NONCE + TAG;
    uint8_t key[32];
    char *text = NULL;
    bool ok = len >= around && len <= around + TEXT_MAX && memcmp(bytes, MAGIC, MAGIC_LEN) == 0 &&
              key_of(passphrase, bytes + MAGIC_LEN, key);

    if (ok) {
        text = g_malloc0(len - around + 1);
        ok = decrypt(key, bytes, len - around, text);
        OPENSSL_cleanse(key, sizeof key);
    }
    if (ok)
        return text;
    if (text != NULL)
        OPENSSL_cleanse(text, len - around);
    g_free(text);
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the passphrase is another one, or the keys were changed");
    return NULL;
}
