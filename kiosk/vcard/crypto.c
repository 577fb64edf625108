/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <string.h>
#include <threads.h>

/* The longest MAC input is a secure-messaging command: header, 255 bytes, padding. */
#define MAC_INPUT_MAX 512

static once_flag once = ONCE_FLAG_INIT;
static OSSL_LIB_CTX *library;
static OSSL_PROVIDER *provider;
static EVP_CIPHER *ede_ecb, *ede_cbc;

static void unload(void)
{
    EVP_CIPHER_free(ede_ecb);
    EVP_CIPHER_free(ede_cbc);
    OSSL_PROVIDER_unload(provider);
    OSSL_LIB_CTX_free(library);
}

/* A library context of our own: a TPM or FIPS setting of the host's default context must not change the card. */
static void load(void)
{
    library = OSSL_LIB_CTX_new();
    if (!library)
        return;
    provider = OSSL_PROVIDER_load(library, "default");
    ede_ecb = EVP_CIPHER_fetch(library, "DES-EDE-ECB", NULL);
    ede_cbc = EVP_CIPHER_fetch(library, "DES-EDE3-CBC", NULL);
    atexit(unload);
}

/* Single DES is in OpenSSL's legacy provider; triple DES with three equal keys is the same function. */
static bool run(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                size_t len, uint8_t *out, bool encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int done = 0;
    bool good = ctx && cipher && EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
                EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1 && (size_t)done == len;
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

bool vc_des3_encrypt(const uint8_t key[16], const uint8_t in[8], uint8_t out[8])
{
    call_once(&once, load);
    return run(ede_ecb, key, NULL, in, 8, out, true);
}

bool vc_des3_decrypt(const uint8_t key[16], const uint8_t in[8], uint8_t out[8])
{
    call_once(&once, load);
    return run(ede_ecb, key, NULL, in, 8, out, false);
}

bool vc_diversify(const uint8_t key[16], const uint8_t x[8], uint8_t child[16])
{
    uint8_t inverse[8], result[16];
    for (size_t i = 0; i < 8; i++)
        inverse[i] = (uint8_t)~x[i];
    bool good = vc_des3_encrypt(key, x, result) && vc_des3_encrypt(key, inverse, result + 8);
    if (good)
        memcpy(child, result, 16);
    OPENSSL_cleanse(result, sizeof(result));
    return good;
}

/* CBC of single DES over whole blocks; `last` gets the last block. */
static bool cbc_last(const uint8_t key[8], const uint8_t iv[8], const uint8_t *data, size_t len,
                     uint8_t last[8])
{
    uint8_t triple[24], out[MAC_INPUT_MAX];
    if (len == 0 || len % 8 != 0 || len > sizeof(out))
        return false;
    call_once(&once, load);
    for (size_t i = 0; i < 3; i++)
        memcpy(triple + 8 * i, key, 8);
    bool good = run(ede_cbc, triple, iv, data, len, out, true);
    if (good)
        memcpy(last, out + len - 8, 8);
    OPENSSL_cleanse(triple, sizeof(triple));
    return good;
}

/* ISO 9797-1 padding method 2: 80 00…, a whole block of it when the data end on a block. 0 when too long. */
static size_t pad(const uint8_t *data, size_t len, uint8_t out[MAC_INPUT_MAX])
{
    size_t padded = (len / 8 + 1) * 8;
    if (padded > MAC_INPUT_MAX)
        return 0;
    memset(out, 0, padded);
    if (len)
        memcpy(out, data, len);
    out[len] = 0x80;
    return padded;
}

bool vc_mac_padded(const uint8_t key[8], const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    uint8_t last[8];
    if (!cbc_last(key, iv, data, len, last))
        return false;
    memcpy(mac, last, 4);
    return true;
}

bool vc_mac_chain(const uint8_t key[8], const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t last[8])
{
    return cbc_last(key, iv, data, len, last);
}

bool vc_mac(const uint8_t key[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    static const uint8_t zero[8];
    uint8_t padded[MAC_INPUT_MAX];
    size_t padded_len = pad(data, len, padded);
    return padded_len && vc_mac_padded(key, zero, padded, padded_len, mac);
}

void vc_fold(const uint8_t key[16], uint8_t folded[8])
{
    for (size_t i = 0; i < 8; i++)
        folded[i] = key[i] ^ key[i + 8];
}

bool vc_tac(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t tac[4])
{
    uint8_t folded[8];
    vc_fold(key, folded);
    bool good = vc_mac(folded, data, len, tac);
    OPENSSL_cleanse(folded, sizeof(folded));
    return good;
}

bool vc_retail_mac_padded(const uint8_t key[16], const uint8_t iv[8], const uint8_t *data, size_t len,
                          uint8_t mac[4])
{
    uint8_t last[8], right[16], middle[8], left[16];
    for (size_t i = 0; i < 2; i++) {
        memcpy(left + 8 * i, key, 8);
        memcpy(right + 8 * i, key + 8, 8);
    }
    bool good = cbc_last(key, iv, data, len, last) && vc_des3_decrypt(right, last, middle) &&
                vc_des3_encrypt(left, middle, last);
    if (good)
        memcpy(mac, last, 4);
    OPENSSL_cleanse(left, sizeof(left));
    OPENSSL_cleanse(right, sizeof(right));
    return good;
}

bool vc_retail_mac(const uint8_t key[16], const uint8_t iv[8], const uint8_t *data, size_t len,
                   uint8_t mac[4])
{
    uint8_t padded[MAC_INPUT_MAX];
    size_t padded_len = pad(data, len, padded);
    return padded_len && vc_retail_mac_padded(key, iv, padded, padded_len, mac);
}

bool vc_session_key(const uint8_t key[16], const uint8_t random[4], uint16_t serial, const uint8_t tail[2],
                    uint8_t session[8])
{
    uint8_t input[8] = {random[0],       random[1], random[2], random[3], (uint8_t)(serial >> 8),
                        (uint8_t)serial, tail[0],   tail[1]};
    return vc_des3_encrypt(key, input, session);
}

bool vc_random(uint8_t *out, size_t len)
{
    call_once(&once, load);
    return library && RAND_bytes_ex(library, out, len, 0) == 1;
}
