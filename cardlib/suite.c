/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 3DES suite of the PBOC purse. A kiosk computes none of this, the PSAM does; checkers, platforms and
 * virtual cards do.
 *
 * OpenSSL 3 keeps single DES in the legacy provider, which is not installed everywhere. DES is 3DES with
 * three equal keys, so the default provider is enough. A library context of our own keeps the process's
 * default one free (a kiosk may have given that to its TPM). The ciphers are fetched once and proved by a
 * known answer before first use.
 */
#include "bytes.h"
#include "citycard.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>

#define MAC_BLOCKS_MAX 32 /* 256 bytes: no command body is longer */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library;
static EVP_CIPHER *cipher_ecb, *cipher_cbc;
static bool usable;

/* One or more whole blocks, no padding. `key` has 24 bytes, `iv` may be NULL. Result in `out`, as long as
 * `in`. */
static bool crypt_blocks(const EVP_CIPHER *cipher, bool encrypt, const uint8_t key[24], const uint8_t *iv,
                         const uint8_t *in, size_t len, uint8_t *out)
{
    int first = 0, last = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context && EVP_CipherInit_ex2(context, cipher, key, iv, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
              EVP_CipherUpdate(context, out, &first, in, (int)len) == 1 &&
              EVP_CipherFinal_ex(context, out + first, &last) == 1 && (size_t)(first + last) == len;
    EVP_CIPHER_CTX_free(context); /* cleanses its key schedule */
    return ok;
}

/* Three keys out of two (16 bytes) or out of one (8 bytes). */
static void spread_key(const uint8_t *key, size_t len, uint8_t out[24])
{
    struct cc_writer writer = cc_writer_on(out, 24);
    cc_put(&writer, key, 8);
    cc_put(&writer, len == 16 ? key + 8 : key, 8);
    cc_put(&writer, key, 8);
}

static bool encrypt_block(const uint8_t *key, size_t key_len, const uint8_t in[8], uint8_t out[8])
{
    uint8_t wide[24] = {0};
    spread_key(key, key_len, wide);
    bool ok = crypt_blocks(cipher_ecb, true, wide, NULL, in, 8, out);
    OPENSSL_cleanse(wide, sizeof wide);
    return ok;
}

/* Single-DES CBC over data ‖ 80 00…: the last block. Padding method 2 is always applied, to whole blocks too.
 */
static bool cbc_last_block(const uint8_t key[8], const uint8_t iv[8], const uint8_t *data, size_t len,
                           uint8_t last[8])
{
    uint8_t padded[8 * MAC_BLOCKS_MAX] = {0}, out[8 * MAC_BLOCKS_MAX] = {0}, wide[24] = {0};
    if (len >= sizeof padded)
        return false;
    struct cc_writer writer = cc_writer_on(padded, sizeof padded);
    cc_put(&writer, data, len);
    cc_put_u8(&writer, 0x80);
    size_t whole = (writer.len + 7) / 8 * 8;
    spread_key(key, 8, wide);
    bool ok = crypt_blocks(cipher_cbc, true, wide, iv, padded, whole, out);
    if (ok)
        memcpy(last, out + whole - 8, 8);
    OPENSSL_cleanse(wide, sizeof wide);
    OPENSSL_cleanse(out, sizeof out);
    return ok;
}

/* A tutorial's purchase, known answer at 003238ABC57659DD (session key) and 56988A13 (MAC2). */
static bool self_test(void)
{
    static const uint8_t key[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    static const uint8_t input[8] = {0x11, 0x22, 0x33, 0x44, 0x00, 0x00, 0x00, 0x01};
    static const uint8_t session[8] = {0x00, 0x32, 0x38, 0xAB, 0xC5, 0x76, 0x59, 0xDD};
    static const uint8_t amount[4] = {0x00, 0x00, 0x10, 0x00}, iv[8] = {0};
    static const uint8_t mac2[4] = {0x56, 0x98, 0x8A, 0x13};
    uint8_t block[8] = {0};
    if (!encrypt_block(key, sizeof key, input, block) || memcmp(block, session, sizeof session) != 0)
        return false;
    return cbc_last_block(session, iv, amount, sizeof amount, block) && memcmp(block, mac2, sizeof mac2) == 0;
}

static void start(void)
{
    library = OSSL_LIB_CTX_new();
    if (!library || !OSSL_PROVIDER_load(library, "default"))
        return;
    cipher_ecb = EVP_CIPHER_fetch(library, "DES-EDE3-ECB", NULL);
    cipher_cbc = EVP_CIPHER_fetch(library, "DES-EDE3-CBC", NULL);
    usable = cipher_ecb && cipher_cbc && self_test();
}

static bool ready(void)
{
    return pthread_once(&once, start) == 0 && usable;
}

int cc_suite_diversify(const uint8_t master[16], const uint8_t x[8], uint8_t key[16])
{
    uint8_t inverse[8] = {0}, out[16] = {0};
    if (!ready())
        return CC_ERR_CRYPTO;
    for (size_t i = 0; i < sizeof inverse; i++)
        inverse[i] = (uint8_t)~x[i];
    bool ok = encrypt_block(master, 16, x, out) && encrypt_block(master, 16, inverse, out + 8);
    if (ok)
        memcpy(key, out, sizeof out); /* `key` may be `master`: one level after the other */
    OPENSSL_cleanse(out, sizeof out);
    return ok ? CC_OK : CC_ERR_CRYPTO;
}

static int session_key(const uint8_t key[16], const uint8_t random[4], uint16_t counter, uint16_t tail,
                       uint8_t session[8])
{
    uint8_t input[8] = {0};
    struct cc_writer writer = cc_writer_on(input, sizeof input);
    if (!ready())
        return CC_ERR_CRYPTO;
    cc_put(&writer, random, 4);
    cc_put_u16(&writer, counter);
    cc_put_u16(&writer, tail);
    return encrypt_block(key, 16, input, session) ? CC_OK : CC_ERR_CRYPTO;
}

int cc_suite_purchase_session(const uint8_t key[16], const uint8_t random[4], uint16_t counter,
                              uint32_t terminal_serial, uint8_t session[8])
{
    return session_key(key, random, counter, (uint16_t)terminal_serial, session);
}

int cc_suite_load_session(const uint8_t key[16], const uint8_t random[4], uint16_t counter,
                          uint8_t session[8])
{
    return session_key(key, random, counter, 0x8000, session);
}

int cc_suite_mac(const uint8_t key[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    static const uint8_t iv[8] = {0};
    uint8_t last[8] = {0};
    if (!ready())
        return CC_ERR_CRYPTO;
    if (len >= 8 * MAC_BLOCKS_MAX)
        return CC_ERR_ARGUMENT;
    bool ok = cbc_last_block(key, iv, data, len, last);
    if (ok)
        memcpy(mac, last, 4);
    OPENSSL_cleanse(last, sizeof last);
    return ok ? CC_OK : CC_ERR_CRYPTO;
}

int cc_suite_tac(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t tac[4])
{
    uint8_t folded[8] = {0};
    for (size_t i = 0; i < sizeof folded; i++)
        folded[i] = key[i] ^ key[i + 8];
    int result = cc_suite_mac(folded, data, len, tac);
    OPENSSL_cleanse(folded, sizeof folded);
    return result;
}

/* ISO 9797-1 algorithm 3: DES-CBC with the left half, then decrypt with the right and encrypt with the left
 * half. */
int cc_suite_sm_mac(const uint8_t key[16], const uint8_t challenge[4], const uint8_t *data, size_t len,
                    uint8_t mac[4])
{
    uint8_t iv[8] = {0}, last[8] = {0}, middle[8] = {0}, right[24] = {0};
    struct cc_writer writer = cc_writer_on(iv, sizeof iv);
    if (!ready())
        return CC_ERR_CRYPTO;
    if (len >= 8 * MAC_BLOCKS_MAX)
        return CC_ERR_ARGUMENT;
    cc_put(&writer, challenge, 4);
    spread_key(key + 8, 8, right);
    bool ok = cbc_last_block(key, iv, data, len, last) &&
              crypt_blocks(cipher_ecb, false, right, NULL, last, sizeof last, middle) &&
              encrypt_block(key, 8, middle, last);
    if (ok)
        memcpy(mac, last, 4);
    OPENSSL_cleanse(right, sizeof right);
    OPENSSL_cleanse(last, sizeof last);
    OPENSSL_cleanse(middle, sizeof middle);
    return ok ? CC_OK : CC_ERR_CRYPTO;
}

int cc_suite_purchase_tac(const uint8_t tac_key[16], const struct cc_purchase *purchase, uint8_t tac[4])
{
    uint8_t data[22] = {0};
    struct cc_writer writer = cc_writer_on(data, sizeof data);
    cc_put_u32(&writer, purchase->amount_fen);
    cc_put_u8(&writer, purchase->type);
    cc_put(&writer, purchase->terminal, sizeof purchase->terminal);
    cc_put_u32(&writer, purchase->terminal_serial);
    cc_put(&writer, purchase->date_bcd, sizeof purchase->date_bcd);
    cc_put(&writer, purchase->time_bcd, sizeof purchase->time_bcd);
    return writer.bad ? CC_ERR_ARGUMENT : cc_suite_tac(tac_key, data, writer.len, tac);
}
