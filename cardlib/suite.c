/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 3DES suite of the PBOC purse (JR/T 0025.2). A kiosk computes none of this, the PSAM does; checkers, platforms,
 * issuers and virtual cards do. It is proved by a known answer before first use.
 */
#include "cipher.h"

#include "bytes.h"
#include "citycard.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;

/* Single-DES CBC with the first 8 bytes of `key`. */
static bool des_chain(const uint8_t *key, const uint8_t iv[8], const uint8_t *data, size_t len,
                      uint8_t last[CC_BLOCK_MAX])
{
    uint8_t wide[24] = {0};
    cc_cipher_des_key(key, 8, wide);
    bool ok = cc_cipher_chain(CC_CIPHER_DES_CBC, wide, iv, data, len, last);
    OPENSSL_cleanse(wide, sizeof wide);
    return ok;
}

/* One block of single DES in ECB. */
static bool des_block(bool encrypt, const uint8_t *key, const uint8_t in[8], uint8_t out[8])
{
    uint8_t wide[24] = {0};
    cc_cipher_des_key(key, 8, wide);
    bool ok = cc_cipher_run(CC_CIPHER_DES_ECB, encrypt, wide, NULL, in, 8, out);
    OPENSSL_cleanse(wide, sizeof wide);
    return ok;
}

/* A tutorial's purchase, known answer at 003238ABC57659DD (session key) and 56988A13 (MAC2). */
static void self_test(void)
{
    static const uint8_t key[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    static const uint8_t input[8] = {0x11, 0x22, 0x33, 0x44, 0x00, 0x00, 0x00, 0x01};
    static const uint8_t session[8] = {0x00, 0x32, 0x38, 0xAB, 0xC5, 0x76, 0x59, 0xDD};
    static const uint8_t amount[4] = {0x00, 0x00, 0x10, 0x00}, iv[8] = {0};
    static const uint8_t mac2[4] = {0x56, 0x98, 0x8A, 0x13};
    uint8_t block[CC_BLOCK_MAX] = {0};
    usable = cc_cipher_des3(true, key, input, sizeof input, block) &&
             memcmp(block, session, sizeof session) == 0 &&
             des_chain(session, iv, amount, sizeof amount, block) && memcmp(block, mac2, sizeof mac2) == 0;
}

static bool ready(void)
{
    return pthread_once(&once, self_test) == 0 && usable;
}

int cc_suite_diversify(const uint8_t master[16], const uint8_t x[8], uint8_t key[16])
{
    uint8_t both[16] = {0}, out[16] = {0};
    if (!ready())
        return CC_ERR_CRYPTO;
    for (size_t i = 0; i < 8; i++) {
        both[i] = x[i];
        both[i + 8] = (uint8_t)~x[i];
    }
    bool ok = cc_cipher_des3(true, master, both, sizeof both, out);
    if (ok)
        memcpy(key, out, sizeof out); /* `key` may be `master`: one level after the other */
    OPENSSL_cleanse(out, sizeof out);
    return ok ? CC_OK : CC_ERR_CRYPTO;
}

static int session_of(const uint8_t key[16], const uint8_t input[8], uint8_t *session)
{
    if (!ready())
        return CC_ERR_CRYPTO;
    return cc_cipher_des3(true, key, input, 8, session) ? CC_OK : CC_ERR_CRYPTO;
}

static void put_session_input(const uint8_t random[4], uint16_t counter, uint16_t tail, uint8_t input[8])
{
    struct cc_writer writer = cc_writer_on(input, 8);
    cc_put(&writer, random, 4);
    cc_put_u16(&writer, counter);
    cc_put_u16(&writer, tail);
}

void cc_suite_load_session_input(const uint8_t random[4], uint16_t counter, uint8_t input[8])
{
    put_session_input(random, counter, 0x8000, input);
}

int cc_suite_purchase_session(const uint8_t key[16], const uint8_t random[4], uint16_t counter,
                              uint32_t terminal_serial, uint8_t session[8])
{
    uint8_t input[8] = {0};
    put_session_input(random, counter, (uint16_t)terminal_serial, input);
    return session_of(key, input, session);
}

int cc_suite_load_session(const uint8_t key[16], const uint8_t random[4], uint16_t counter,
                          uint8_t session[8])
{
    uint8_t input[8] = {0};
    cc_suite_load_session_input(random, counter, input);
    return session_of(key, input, session);
}

int cc_suite_mac(const uint8_t key[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    static const uint8_t iv[8] = {0};
    uint8_t last[CC_BLOCK_MAX] = {0};
    if (!ready())
        return CC_ERR_CRYPTO;
    if (len > CC_CODE_INPUT_MAX)
        return CC_ERR_ARGUMENT;
    bool ok = des_chain(key, iv, data, len, last);
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

/* ISO 9797-1 algorithm 3: DES-CBC with the left half, then decrypt with the right and encrypt with the left half. */
static int retail_mac(const uint8_t key[16], const uint8_t *iv, const uint8_t *data, size_t len, uint8_t mac[4])
{
    uint8_t last[CC_BLOCK_MAX] = {0}, middle[8] = {0};
    if (!ready())
        return CC_ERR_CRYPTO;
    if (len > CC_CODE_INPUT_MAX)
        return CC_ERR_ARGUMENT;
    bool ok = des_chain(key, iv, data, len, last) && des_block(false, key + 8, last, middle) &&
              des_block(true, key, middle, last);
    if (ok)
        memcpy(mac, last, 4);
    OPENSSL_cleanse(last, sizeof last);
    OPENSSL_cleanse(middle, sizeof middle);
    return ok ? CC_OK : CC_ERR_CRYPTO;
}

int cc_suite_sm_mac(const uint8_t key[16], const uint8_t challenge[4], const uint8_t *data, size_t len,
                    uint8_t mac[4])
{
    uint8_t iv[8] = {0};
    struct cc_writer writer = cc_writer_on(iv, sizeof iv);
    cc_put(&writer, challenge, 4);
    return retail_mac(key, iv, data, len, mac);
}

const struct cc_suite cc_suite_3des = {
    .name = "3des",
    .usable = true,
    .block_len = 8,
    .session_len = 8,
    .diversify = cc_suite_diversify,
    .session = session_of,
    .mac = cc_suite_mac,
    .tac = cc_suite_tac,
    .sm_mac = retail_mac,
};

const struct cc_suite *cc_suite_for(uint8_t algorithm)
{
    return algorithm == 0x00 ? &cc_suite_3des : NULL;
}
