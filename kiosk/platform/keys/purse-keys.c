/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/purse-keys.h"
#include "platform/data/error.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <string.h>

enum purse_keys_verdict purse_keys_answer(purse_mac_fn mac, void *session, const struct cc_load *load,
                                          const uint8_t date_bcd[4], const uint8_t time_bcd[3], uint8_t mac2[4])
{
    struct cc_load timed = *load;
    uint8_t input[CC_SUITE_INPUT_MAX], mac1[4];

    if (!mac(session, input, cc_suite_load_mac1_input(load, input), mac1))
        return PURSE_KEYS_FAILED;
    if (CRYPTO_memcmp(mac1, load->mac1, sizeof mac1) != 0)
        return PURSE_KEYS_MAC1_WRONG;
    if (date_bcd == NULL)
        return PURSE_KEYS_OK;
    memcpy(timed.date_bcd, date_bcd, sizeof timed.date_bcd);
    memcpy(timed.time_bcd, time_bcd, sizeof timed.time_bcd);
    return mac(session, input, cc_suite_load_mac2_input(&timed, input), mac2) ? PURSE_KEYS_OK : PURSE_KEYS_FAILED;
}

/* ---- Masters in memory ---- */

bool purse_master_read(const char *keys_file, const char *name, uint8_t out[16], GError **error)
{
    char *text = NULL;
    gsize len = 0;
    json_t *keys;

    if (!g_file_get_contents(keys_file, &text, &len, error))
        return false;
    keys = wire_parse(text, len, error);
    OPENSSL_cleanse(text, len);
    g_free(text);
    const char *hex = json_string_value(json_object_get(json_object_get(keys, "master"), name));
    bool ok = hex != NULL && cc_unhex(hex, out, 16) == 16;
    if (keys == NULL)
        g_prefix_error(error, "%s: ", keys_file);
    else if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "%s has no master.%s of 16 bytes", keys_file, name);
    json_decref(keys);
    return ok;
}

bool purse_card_key(const uint8_t master[16], const uint8_t issuer[8], const uint8_t serial[8], uint8_t key[16])
{
    uint8_t issuer_key[16];
    bool ok = cc_suite_diversify(master, issuer, issuer_key) == CC_OK &&
              cc_suite_diversify(issuer_key, serial, key) == CC_OK;

    OPENSSL_cleanse(issuer_key, sizeof issuer_key);
    return ok;
}

bool purse_check_value(const uint8_t master[16], uint8_t check[PURSE_CHECK_SIZE])
{
    static const uint8_t zeros[8];
    uint8_t block[8];

    if (cc_suite_3des.session(master, zeros, block) != CC_OK)
        return false;
    memcpy(check, block, PURSE_CHECK_SIZE);
    OPENSSL_cleanse(block, sizeof block);
    return true;
}

static bool mac_by_key(void *session, const uint8_t *data, size_t len, uint8_t mac[4])
{
    return cc_suite_mac(session, data, len, mac) == CC_OK;
}

static enum purse_keys_verdict authorise(void *ctx, const struct cc_load *load, const uint8_t date_bcd[4],
                                         const uint8_t time_bcd[3], uint8_t mac2[4])
{
    const struct purse_masters *masters = ctx;
    uint8_t key[16], session[8];
    enum purse_keys_verdict verdict = PURSE_KEYS_FAILED;

    if (cc_suite_for(load->algorithm) != &cc_suite_3des)
        return PURSE_KEYS_UNKNOWN;
    if (purse_card_key(masters->load, load->issuer, load->serial, key) &&
        cc_suite_load_session(key, load->random, load->counter, session) == CC_OK)
        verdict = purse_keys_answer(mac_by_key, session, load, date_bcd, time_bcd, mac2);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(session, sizeof session);
    return verdict;
}

static enum purse_keys_verdict tac_of(void *ctx, const uint8_t issuer[8], const uint8_t serial[8],
                                      int (*code)(const uint8_t key[16], const void *what, uint8_t tac[4]),
                                      const void *what, uint8_t tac[4])
{
    const struct purse_masters *masters = ctx;
    uint8_t key[16];
    bool ok = purse_card_key(masters->tac, issuer, serial, key) && code(key, what, tac) == CC_OK;

    OPENSSL_cleanse(key, sizeof key);
    return ok ? PURSE_KEYS_OK : PURSE_KEYS_FAILED;
}

static enum purse_keys_verdict prove(void *ctx, const uint8_t issuer[8], const uint8_t serial[8], const uint8_t challenge[8],
                                     uint8_t answer[8])
{
    const struct purse_masters *masters = ctx;
    uint8_t key[16];

    if (!masters->has_proof)
        return PURSE_KEYS_UNKNOWN;
    bool ok = purse_card_key(masters->proof, issuer, serial, key) && cc_suite_3des.session(key, challenge, answer) == CC_OK;
    OPENSSL_cleanse(key, sizeof key);
    return ok ? PURSE_KEYS_OK : PURSE_KEYS_FAILED;
}

struct purse_keys purse_keys_of_masters(struct purse_masters *masters)
{
    return (struct purse_keys){.ctx = masters, .authorise = authorise, .tac = tac_of, .prove = prove};
}
