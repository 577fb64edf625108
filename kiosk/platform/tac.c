/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tac.h"
#include <openssl/crypto.h>
#include <string.h>

enum tac_verdict tac_check(const uint8_t master[16], const struct cc_purchase *purchase)
{
    uint8_t issuer_key[16], card_key[16], tac[4];
    enum tac_verdict verdict = TAC_FAILED;

    if (!purchase->has_tac)
        return TAC_UNPROVEN;
    if (cc_suite_diversify(master, purchase->issuer, issuer_key) == CC_OK &&
        cc_suite_diversify(issuer_key, purchase->serial, card_key) == CC_OK &&
        cc_suite_purchase_tac(card_key, purchase, tac) == CC_OK)
        verdict = CRYPTO_memcmp(tac, purchase->tac, sizeof tac) == 0 ? TAC_OK : TAC_WRONG;
    OPENSSL_cleanse(issuer_key, sizeof issuer_key);
    OPENSSL_cleanse(card_key, sizeof card_key);
    return verdict;
}

const char *tac_verdict_name(enum tac_verdict verdict)
{
    static const char *const names[] = {"OK", "WRONG", "UNPROVEN", "NONE"};

    return names[verdict];
}

static uint8_t *put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 3; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
    return out + 4;
}

static uint8_t *put(uint8_t *out, const uint8_t *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

void tac_proof(const struct cc_purchase *purchase, uint8_t proof[TAC_PROOF_SIZE])
{
    uint8_t *at = put(proof, purchase->serial, sizeof purchase->serial);

    at = put_u32(at, purchase->amount_fen);
    *at++ = purchase->type;
    at = put(at, purchase->terminal, sizeof purchase->terminal);
    at = put_u32(at, purchase->terminal_serial);
    at = put(at, purchase->date_bcd, sizeof purchase->date_bcd);
    put(at, purchase->time_bcd, sizeof purchase->time_bcd);
}

bool tac_serial_fits(const struct cc_purchase *purchase)
{
    size_t len = strlen(purchase->card_number);
    char serial[17];

    if (len < 16)
        return false;
    cc_hex(purchase->serial, sizeof purchase->serial, serial, sizeof serial);
    return strcmp(purchase->card_number + len - 16, serial) == 0;
}
