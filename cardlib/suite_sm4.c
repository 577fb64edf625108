/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SM4 suite, written down and switched off.
 *
 * Diversification by one block (SM4-E(master, X ‖ ~X)) is told alike by two drafts. Session key, MAC and TAC are told by
 * drafts and tutorials only: input filled up with 80 00…, a session key of 16 bytes, CBC-MAC with an initial value of
 * zeros, padding to 16, leftmost four bytes, TAC with the whole key. JT/T 978.6 and DB11/T 159.5 have the chapters, but no
 * issuer's vector of a purse is public, and some systems are said to fold the last block instead of cutting it. Code that
 * may be wrong must not look right: `usable` is false, and cc_suite_for() does not hand it out. With a PSAM no terminal
 * needs any of this. The cipher itself is proved by the vector of GM/T 0002 before first use.
 */
#include "cipher.h"

#include "bytes.h"
#include "citycard.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool proved;

static void self_test(void)
{
    static const uint8_t plain[16] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                      0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10}; /* the key as well */
    static const uint8_t known[16] = {0x68, 0x1E, 0xDF, 0x34, 0xD2, 0x06, 0x96, 0x5E,
                                      0x86, 0xB3, 0xE9, 0x4F, 0x53, 0x6E, 0x42, 0x46};
    uint8_t out[16] = {0};
    proved = cc_cipher_run(CC_CIPHER_SM4_ECB, true, plain, NULL, plain, sizeof plain, out) &&
             memcmp(out, known, sizeof known) == 0;
}

static bool ready(void)
{
    return pthread_once(&once, self_test) == 0 && proved;
}

static int encrypt_block(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    if (!ready())
        return CC_ERR_CRYPTO;
    return cc_cipher_run(CC_CIPHER_SM4_ECB, true, key, NULL, in, 16, out) ? CC_OK : CC_ERR_CRYPTO;
}

static int diversify(const uint8_t master[16], const uint8_t x[8], uint8_t key[16])
{
    uint8_t both[16] = {0}, out[16] = {0};
    for (size_t i = 0; i < 8; i++) {
        both[i] = x[i];
        both[i + 8] = (uint8_t)~x[i];
    }
    int result = encrypt_block(master, both, out);
    if (result == CC_OK)
        memcpy(key, out, sizeof out); /* `key` may be `master` */
    OPENSSL_cleanse(out, sizeof out);
    return result;
}

static int session(const uint8_t key[16], const uint8_t input[8], uint8_t *out)
{
    uint8_t block[16] = {0};
    struct cc_writer writer = cc_writer_on(block, sizeof block);
    cc_put(&writer, input, 8);
    cc_put_u8(&writer, 0x80);
    return encrypt_block(key, block, out);
}

static int sm_mac(const uint8_t key[16], const uint8_t *iv, const uint8_t *data, size_t len, uint8_t mac[4])
{
    uint8_t last[CC_BLOCK_MAX] = {0};
    if (!ready())
        return CC_ERR_CRYPTO;
    if (len > CC_CODE_INPUT_MAX)
        return CC_ERR_ARGUMENT;
    bool ok = cc_cipher_chain(CC_CIPHER_SM4_CBC, key, iv, data, len, last);
    if (ok)
        memcpy(mac, last, 4);
    OPENSSL_cleanse(last, sizeof last);
    return ok ? CC_OK : CC_ERR_CRYPTO;
}

static int mac(const uint8_t *key, const uint8_t *data, size_t len, uint8_t out[4])
{
    static const uint8_t iv[16] = {0};
    return sm_mac(key, iv, data, len, out);
}

const struct cc_suite cc_suite_sm4 = {
    .name = "sm4",
    .usable = false,
    .block_len = 16,
    .session_len = 16,
    .diversify = diversify,
    .session = session,
    .mac = mac,
    .tac = mac, /* the whole key: there are no halves to fold */
    .sm_mac = sm_mac,
};
