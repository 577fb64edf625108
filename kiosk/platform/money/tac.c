/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/tac.h"
#include <openssl/crypto.h>
#include <string.h>

static int purchase_code(const uint8_t key[16], const void *what, uint8_t tac[4])
{
    return cc_suite_purchase_tac(key, what, tac);
}

static int load_code(const uint8_t key[16], const void *what, uint8_t tac[4])
{
    return cc_suite_load_tac(key, what, tac);
}

static enum tac_verdict compare(enum purse_keys_verdict made, const uint8_t ours[4], const uint8_t theirs[4])
{
    if (made != PURSE_KEYS_OK)
        return made == PURSE_KEYS_AWAY ? TAC_AWAY : TAC_FAILED;
    return CRYPTO_memcmp(ours, theirs, 4) == 0 ? TAC_OK : TAC_WRONG;
}

enum tac_verdict tac_check(const struct purse_keys *keys, const struct cc_purchase *purchase)
{
    uint8_t tac[4] = {0};

    if (!purchase->has_tac)
        return TAC_UNPROVEN;
    return compare(keys->tac(keys->ctx, purchase->issuer, purchase->serial, purchase_code, purchase, tac), tac,
                   purchase->tac);
}

enum tac_verdict tac_check_load(const struct purse_keys *keys, const struct cc_load *load)
{
    uint8_t tac[4] = {0};

    if (!load->has_tac)
        return TAC_UNPROVEN;
    return compare(keys->tac(keys->ctx, load->issuer, load->serial, load_code, load, tac), tac, load->tac);
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

void tac_proof_load(const struct cc_load *load, uint8_t proof[TAC_PROOF_SIZE])
{
    uint8_t *at = put(proof, load->serial, sizeof load->serial);

    *at++ = 'L';
    *at++ = (uint8_t)(load->counter >> 8);
    *at++ = (uint8_t)load->counter;
    at = put(at, load->random, sizeof load->random);
    at = put_u32(at, load->amount_fen);
    at = put(at, load->mac2, sizeof load->mac2);
    at = put(at, load->date_bcd, sizeof load->date_bcd);
    put(at, load->time_bcd, sizeof load->time_bcd);
}

bool tac_serial_fits(const char *card_number, const uint8_t serial[8])
{
    size_t len = strlen(card_number);
    char text[17];

    return len >= 16 && strcmp(card_number + len - 16, cc_hex(serial, 8, text, sizeof text)) == 0;
}
