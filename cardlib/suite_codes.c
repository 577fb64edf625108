/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codes of a purchase and of a load from their values (JR/T 0025.2), for checkers and platforms: which fields in which
 * order. Serials are those before the card's increment. The algorithms are the 3DES suite's.
 */
#include "codes.h"

struct code {
    uint8_t bytes[CC_SUITE_INPUT_MAX]; /* the longest: MAC1 of a purchase with a security code, 27 bytes */
    struct cc_writer out;
};

static void code_begin(struct code *code)
{
    code->out = cc_writer_on(code->bytes, sizeof code->bytes);
}

void cc_code_purchase_tac(struct cc_writer *out, const struct cc_purchase *purchase)
{
    cc_put_u32(out, purchase->amount_fen);
    cc_put_u8(out, purchase->type);
    cc_put(out, purchase->terminal, sizeof purchase->terminal);
    cc_put_u32(out, purchase->terminal_serial);
    cc_put(out, purchase->date_bcd, sizeof purchase->date_bcd);
    cc_put(out, purchase->time_bcd, sizeof purchase->time_bcd);
}

int cc_suite_purchase_tac(const uint8_t tac_key[16], const struct cc_purchase *purchase, uint8_t tac[4])
{
    struct code code;
    code_begin(&code);
    cc_code_purchase_tac(&code.out, purchase);
    return cc_suite_tac(tac_key, code.bytes, code.out.len, tac);
}

int cc_suite_purchase_mac1(const uint8_t session[8], const struct cc_purchase *purchase, uint8_t mac1[4])
{
    struct code code;
    code_begin(&code);
    cc_put_u32(&code.out, purchase->amount_fen);
    cc_put_u8(&code.out, purchase->type);
    cc_put(&code.out, purchase->terminal, sizeof purchase->terminal);
    cc_put(&code.out, purchase->date_bcd, sizeof purchase->date_bcd);
    cc_put(&code.out, purchase->time_bcd, sizeof purchase->time_bcd);
    if (purchase->has_security_code)
        cc_put(&code.out, purchase->security_code, sizeof purchase->security_code);
    return cc_suite_mac(session, code.bytes, code.out.len, mac1);
}

/* Every load code below is one of these inputs under a key: who has the key elsewhere takes the input alone. */
size_t cc_suite_load_mac1_input(const struct cc_load *load, uint8_t input[CC_SUITE_INPUT_MAX])
{
    struct cc_writer out = cc_writer_on(input, CC_SUITE_INPUT_MAX);
    cc_put_u32(&out, load->balance_before_fen);
    cc_put_u32(&out, load->amount_fen);
    cc_put_u8(&out, load->type);
    cc_put(&out, load->terminal, sizeof load->terminal);
    return out.len;
}

static void put_load(struct cc_writer *out, const struct cc_load *load)
{
    cc_put_u32(out, load->amount_fen);
    cc_put_u8(out, load->type);
    cc_put(out, load->terminal, sizeof load->terminal);
    cc_put(out, load->date_bcd, sizeof load->date_bcd);
    cc_put(out, load->time_bcd, sizeof load->time_bcd);
}

size_t cc_suite_load_mac2_input(const struct cc_load *load, uint8_t input[CC_SUITE_INPUT_MAX])
{
    struct cc_writer out = cc_writer_on(input, CC_SUITE_INPUT_MAX);
    put_load(&out, load);
    return out.len;
}

int cc_suite_load_mac1(const uint8_t session[8], const struct cc_load *load, uint8_t mac1[4])
{
    uint8_t input[CC_SUITE_INPUT_MAX] = {0};
    return cc_suite_mac(session, input, cc_suite_load_mac1_input(load, input), mac1);
}

int cc_suite_load_mac2(const uint8_t session[8], const struct cc_load *load, uint8_t mac2[4])
{
    uint8_t input[CC_SUITE_INPUT_MAX] = {0};
    return cc_suite_mac(session, input, cc_suite_load_mac2_input(load, input), mac2);
}

int cc_suite_load_tac(const uint8_t tac_key[16], const struct cc_load *load, uint8_t tac[4])
{
    struct code code;
    code_begin(&code);
    cc_put_u32(&code.out, load->balance_before_fen + load->amount_fen);
    cc_put_u16(&code.out, load->counter);
    put_load(&code.out, load);
    return cc_suite_tac(tac_key, code.bytes, code.out.len, tac);
}
