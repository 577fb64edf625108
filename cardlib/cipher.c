/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL 3 keeps single DES in the legacy provider, which is not installed everywhere. DES is 3DES with three equal keys,
 * so the default provider is enough. A library context of our own keeps the process's default one free (a kiosk may have
 * given that to its TPM). The ciphers are fetched once.
 */
#include "cipher.h"

#include "bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *ciphers[CC_CIPHERS];

static void fetch(void)
{
    static const char *const names[CC_CIPHERS] = {"DES-EDE3-ECB", "DES-EDE3-CBC", "SM4-ECB", "SM4-CBC"};
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    if (!library || !OSSL_PROVIDER_load(library, "default"))
        return;
    for (size_t i = 0; i < CC_CIPHERS; i++)
        ciphers[i] = EVP_CIPHER_fetch(library, names[i], NULL);
}

bool cc_cipher_ready(enum cc_cipher cipher)
{
    return pthread_once(&once, fetch) == 0 && ciphers[cipher];
}

size_t cc_cipher_block(enum cc_cipher cipher)
{
    return cipher == CC_CIPHER_DES_ECB || cipher == CC_CIPHER_DES_CBC ? 8 : 16;
}

bool cc_cipher_run(enum cc_cipher cipher, bool encrypt, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                   size_t len, uint8_t *out)
{
    int first = 0, last = 0;
    if (!cc_cipher_ready(cipher))
        return false;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context && EVP_CipherInit_ex2(context, ciphers[cipher], key, iv, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
              EVP_CipherUpdate(context, out, &first, in, (int)len) == 1 &&
              EVP_CipherFinal_ex(context, out + first, &last) == 1 && (size_t)(first + last) == len;
    EVP_CIPHER_CTX_free(context); /* cleanses its key schedule */
    return ok;
}

bool cc_cipher_chain(enum cc_cipher cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *data, size_t len,
                     uint8_t last[CC_BLOCK_MAX])
{
    uint8_t padded[CC_CODE_INPUT_MAX + CC_BLOCK_MAX] = {0}, out[sizeof padded] = {0};
    size_t block = cc_cipher_block(cipher);
    if (len > CC_CODE_INPUT_MAX)
        return false;
    struct cc_writer writer = cc_writer_on(padded, sizeof padded);
    cc_put(&writer, data, len);
    cc_put_u8(&writer, 0x80);
    size_t whole = (writer.len + block - 1) / block * block;
    bool ok = !writer.bad && cc_cipher_run(cipher, true, key, iv, padded, whole, out);
    struct cc_bytes end = cc_bytes_of(out + whole - block, block);
    if (ok)
        cc_take(&end, last, block);
    OPENSSL_cleanse(padded, sizeof padded);
    OPENSSL_cleanse(out, sizeof out);
    return ok;
}

void cc_cipher_des_key(const uint8_t *key, size_t len, uint8_t out[24])
{
    struct cc_writer writer = cc_writer_on(out, 24);
    cc_put(&writer, key, 8);
    cc_put(&writer, len == 16 ? key + 8 : key, 8);
    cc_put(&writer, key, 8);
}

bool cc_cipher_des3(bool encrypt, const uint8_t key[16], const uint8_t *in, size_t len, uint8_t *out)
{
    uint8_t wide[24] = {0};
    cc_cipher_des_key(key, 16, wide);
    bool ok = cc_cipher_run(CC_CIPHER_DES_ECB, encrypt, wide, NULL, in, len, out);
    OPENSSL_cleanse(wide, sizeof wide);
    return ok;
}
