/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/load-keys.h"
#include "platform/tac.h"
#include <openssl/crypto.h>
#include <string.h>

static enum load_keys_verdict with_session(const uint8_t session[8], const struct cc_load *load,
                                           const uint8_t date_bcd[4], const uint8_t time_bcd[3], uint8_t mac2[4])
{
    struct cc_load timed = *load;
    uint8_t mac1[4];

    if (cc_suite_load_mac1(session, load, mac1) != CC_OK)
        return LOAD_KEYS_FAILED;
    if (CRYPTO_memcmp(mac1, load->mac1, sizeof mac1) != 0)
        return LOAD_KEYS_MAC1_WRONG;
    if (date_bcd == NULL)
        return LOAD_KEYS_OK;
    memcpy(timed.date_bcd, date_bcd, sizeof timed.date_bcd);
    memcpy(timed.time_bcd, time_bcd, sizeof timed.time_bcd);
    return cc_suite_load_mac2(session, &timed, mac2) == CC_OK ? LOAD_KEYS_OK : LOAD_KEYS_FAILED;
}

static enum load_keys_verdict authorise(const void *master, const struct cc_load *load, const uint8_t date_bcd[4],
                                        const uint8_t time_bcd[3], uint8_t mac2[4])
{
    uint8_t key[16], session[8];
    enum load_keys_verdict verdict = LOAD_KEYS_FAILED;

    if (cc_suite_for(load->algorithm) != &cc_suite_3des)
        return LOAD_KEYS_UNKNOWN;
    if (tac_card_key(master, load->issuer, load->serial, key) &&
        cc_suite_load_session(key, load->random, load->counter, session) == CC_OK)
        verdict = with_session(session, load, date_bcd, time_bcd, mac2);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(session, sizeof session);
    return verdict;
}

struct load_keys load_keys_of_master(const uint8_t master[16])
{
    return (struct load_keys){.ctx = master, .authorise = authorise};
}
