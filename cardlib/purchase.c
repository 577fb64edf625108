/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A purchase, plain or compound, JR/T 0025.2 and .9 with the PSAM's 80 70 and 80 72. Which purse, which factors and whether
 * a security code goes along is the family's description.
 *
 *   NONE ──prepare──▶ PREPARED ──caller: intent on disk──▶ SENT ──debit──▶ CONFIRMED   TAC and MAC2, 80 72 says 9000
 *                                                            ├────debit──▶ VOID        a known refusal, balance as it was
 *                                                            └────debit──▶ IN_DOUBT    everything else
 *   PREPARED, SENT, IN_DOUBT read back from disk ──resolve──▶ CONFIRMED | VOID | IN_DOUBT   (resolve.c)
 *
 * Invariants
 *  1. Nothing changes on the card before 80 54. INIT and 80 70 use up one terminal serial of the PSAM, nothing more; the
 *     records of a compound purchase (80 DC) lie aside on the card and are written together with the debit.
 *  2. 80 54 goes out at most once for each 80 70: `debit_sent` in the PSAM's session sees to it, whatever the caller does
 *     with copies of the purchase, and a purchase whose 80 70 is not of this power session is never debited.
 *  3. From the moment 80 54 is handed to the channel only three things end the doubt: MAC2 that the PSAM accepts, a
 *     refusal on the list in transaction.c with an unchanged balance, and resolve.
 *  4. CONFIRMED and VOID are final: neither debit nor resolve takes them again.
 */
#include "transaction.h"
#include "psam.h"

#include <string.h>

#define RECORDS_MAX 4

static bool time_is_sane(const struct cc_time *now)
{
    return now->year >= 2000 && now->year <= 2099 && now->month >= 1 && now->month <= 12 && now->day >= 1 &&
           now->day <= 31 && now->hour <= 23 && now->minute <= 59 && now->second <= 59;
}

static void set_time(struct cc_purchase *purchase, const struct cc_time *now)
{
    purchase->date_bcd[0] = cc_bcd_byte(now->year / 100);
    purchase->date_bcd[1] = cc_bcd_byte(now->year % 100);
    purchase->date_bcd[2] = cc_bcd_byte(now->month);
    purchase->date_bcd[3] = cc_bcd_byte(now->day);
    purchase->time_bcd[0] = cc_bcd_byte(now->hour);
    purchase->time_bcd[1] = cc_bcd_byte(now->minute);
    purchase->time_bcd[2] = cc_bcd_byte(now->second);
}

/* Enough money on the same card? */
static int check_card(struct cc_port *port, const struct cc_card *card, const char *pin,
                      struct cc_purchase *purchase)
{
    int64_t balance_fen = 0;
    int result = cc_transaction_check(port, card, pin, &balance_fen);
    if (result != CC_OK)
        return result;
    purchase->balance_before_fen = balance_fen > 0 ? (uint32_t)balance_fen : 0;
    return balance_fen >= purchase->amount_fen ? CC_OK : CC_BALANCE_LOW;
}

static int begin_on_card(struct cc_port *port, const struct cc_sam *sam, bool pin_given,
                         struct cc_purchase *purchase)
{
    const struct cc_init_request request = cc_purchase_init_request(purchase, sam);
    struct cc_init init;
    int result = cc_transaction_begin(port, &request, purchase->balance_before_fen, pin_given, &init);
    if (result != CC_OK)
        return result;
    purchase->counter = init.counter;
    purchase->key_version = init.key_version;
    purchase->algorithm = init.algorithm;
    memcpy(purchase->random, init.random, sizeof purchase->random);
    return CC_OK;
}

/*
 * 80 CA on card, then PSAM (CJ/T 166, Ministry of Housing). CC_NOT_FOUND: the card does not know the command
 * and goes without.
 */
static int exchange_security_code(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase)
{
    struct cc_command command = {.cla = 0x80, .ins = 0xCA, .le = sizeof purchase->security_code};
    struct cc_answer answer;
    int result = cc_apdu(port, &command, &answer);
    if (result != CC_OK)
        return result;
    if (answer.sw == 0x6D00 || answer.sw == 0x6E00 || (answer.sw & 0xFFF0) == 0x6A80)
        return CC_NOT_FOUND;
    if (answer.sw != 0x9000)
        return CC_DECLINED;
    if (answer.len != sizeof purchase->security_code)
        return CC_ERR_PROTOCOL;
    struct cc_bytes in = cc_answer_bytes(&answer);
    cc_take(&in, purchase->security_code, sizeof purchase->security_code);
    purchase->has_security_code = true;
    return cc_sam_security_code(sam, purchase->security_code);
}

/* 80 DC: the card keeps each record aside until the debit. Sent once: one that it took twice would be two. */
static int cache_records(struct cc_port *port, const struct cc_compound_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cc_command command = {.cla = 0x80, .ins = 0xDC, .p1 = records[i].p1, .p2 = (uint8_t)(records[i].sfi << 3)};
        struct cc_answer answer;
        command.data = records[i].bytes;
        command.data_len = records[i].len;
        command.le = CC_LE_NONE;
        command.once = true;
        int result = cc_apdu(port, &command, &answer);
        if (result != CC_OK)
            return result;
        if (answer.sw != 0x9000)
            return cc_transaction_refusal(answer.sw, true);
    }
    return CC_OK;
}

static bool can_pay(const struct cc_card *card)
{
    const struct cc_family_desc *desc = cc_family_desc_of(card->family);
    return desc && desc->payment.supported && cc_transaction_purse(card->family) && card->card_number[0] != '\0';
}

static bool records_are_sane(const struct cc_compound_record *records, size_t count)
{
    bool sane = records && count >= 1 && count <= RECORDS_MAX;
    for (size_t i = 0; sane && i < count; i++)
        sane = records[i].sfi >= 1 && records[i].sfi <= 30 && records[i].len >= 1 &&
               records[i].len <= sizeof records[i].bytes;
    return sane;
}

/* The order of the norm: INIT on the card, security code, 80 70 on the PSAM, records of a compound purchase. */
static int prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card, const struct cc_time *now,
                   const char *pin, const struct cc_compound_record *records, size_t record_count,
                   struct cc_purchase *purchase)
{
    purchase->family = card->family;
    memcpy(purchase->card_number, card->card_number, sizeof purchase->card_number);
    memcpy(purchase->serial, card->serial, sizeof purchase->serial);
    memcpy(purchase->issuer, card->issuer, sizeof purchase->issuer);
    memcpy(purchase->terminal, sam->terminal, sizeof purchase->terminal);
    set_time(purchase, now);
    int result = check_card(port, card, pin, purchase);
    if (result == CC_OK)
        result = begin_on_card(port, sam, pin != NULL, purchase);
    if (result == CC_OK && cc_family_desc_of(card->family)->payment.security_code) {
        result = exchange_security_code(port, sam, purchase);
        if (result == CC_NOT_FOUND) /* a command that it does not know may have ended its INIT */
            result = begin_on_card(port, sam, pin != NULL, purchase);
    }
    if (result == CC_OK)
        result = cc_sam_init_purchase(sam, purchase);
    if (result == CC_OK)
        result = cache_records(port, records, record_count);
    if (result == CC_OK)
        purchase->state = CC_PURCHASE_PREPARED;
    return result;
}

static bool arguments_are_sane(const struct cc_sam *sam, const struct cc_card *card, const struct cc_time *now,
                               uint32_t amount_fen)
{
    return sam && card && now && card->family != CC_FAMILY_UNKNOWN && amount_fen <= CC_AMOUNT_FEN_MAX && time_is_sane(now);
}

int cc_purchase_prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card,
                        uint32_t amount_fen, const struct cc_time *now, const char *pin,
                        struct cc_purchase *out)
{
    struct cc_purchase purchase = {.amount_fen = amount_fen};
    memset(out, 0, sizeof *out);
    if (!arguments_are_sane(sam, card, now, amount_fen) || amount_fen == 0)
        return CC_ERR_ARGUMENT;
    if (!can_pay(card))
        return CC_ERR_UNSUPPORTED;
    if (sam->port.broken)
        return CC_ERR_SAM;
    purchase.type = cc_transaction_purse(card->family)->p2 == 0x01 ? CC_TYPE_ED_PURCHASE : CC_TYPE_EP_PURCHASE;
    int result = prepare(port, sam, card, now, pin, NULL, 0, &purchase);
    if (result == CC_OK)
        *out = purchase;
    return result;
}

int cc_compound_prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card, uint32_t amount_fen,
                        const struct cc_time *now, const char *pin, const struct cc_compound_record *records,
                        size_t record_count, struct cc_purchase *out)
{
    struct cc_purchase purchase = {.amount_fen = amount_fen, .type = CC_TYPE_COMPOUND};
    memset(out, 0, sizeof *out);
    if (!arguments_are_sane(sam, card, now, amount_fen) || !records_are_sane(records, record_count))
        return CC_ERR_ARGUMENT;
    if (!can_pay(card))
        return CC_ERR_UNSUPPORTED;
    if (sam->port.broken)
        return CC_ERR_SAM;
    int result = prepare(port, sam, card, now, pin, records, record_count, &purchase);
    if (result == CC_OK)
        *out = purchase;
    return result;
}

static int send_debit(struct cc_port *port, const struct cc_purchase *purchase, struct cc_answer *answer)
{
    uint8_t body[15] = {0};
    struct cc_writer out = cc_writer_on(body, sizeof body);
    cc_put_u32(&out, purchase->terminal_serial);
    cc_put(&out, purchase->date_bcd, sizeof purchase->date_bcd);
    cc_put(&out, purchase->time_bcd, sizeof purchase->time_bcd);
    cc_put(&out, purchase->mac1, sizeof purchase->mac1);
    struct cc_command command = {
        .cla = 0x80, .ins = 0x54, .p1 = 0x01, .data = body, .data_len = out.len, .le = 8};
    command.once = true;
    return cc_apdu(port, &command, answer);
}

/* With the amount 0 of an entry the balance says nothing: resolve asks proof, log and counter. */
static int settle_refusal(struct cc_port *port, struct cc_purchase *purchase)
{
    if (purchase->amount_fen == 0 ||
        !cc_transaction_balance_is(port, purchase->family, purchase->balance_before_fen))
        return CC_IN_DOUBT;
    purchase->state = CC_PURCHASE_VOID;
    return CC_DECLINED;
}

int cc_purchase_debit(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase)
{
    struct cc_answer answer = {0};
    if (!sam || (purchase->state != CC_PURCHASE_PREPARED && purchase->state != CC_PURCHASE_SENT))
        return CC_ERR_ARGUMENT;
    if (!cc_sam_session_is(sam, purchase) || sam->debit_sent)
        return CC_ERR_SAM; /* nothing is sent: its 80 70 is gone or has had its DEBIT */
    sam->debit_sent = true;
    purchase->state = CC_PURCHASE_IN_DOUBT;
    int result = send_debit(port, purchase, &answer);
    if (result != CC_OK)
        return CC_IN_DOUBT;
    if (cc_transaction_refused(&answer))
        return settle_refusal(port, purchase);
    if (answer.sw != 0x9000 || answer.len != 8)
        return CC_IN_DOUBT;
    struct cc_bytes in = cc_answer_bytes(&answer);
    cc_take(&in, purchase->tac, sizeof purchase->tac);
    cc_take(&in, purchase->mac2, sizeof purchase->mac2);
    purchase->has_tac = true;
    if (!cc_sam_check_mac2(sam, purchase->mac2))
        return CC_IN_DOUBT;
    purchase->state = CC_PURCHASE_CONFIRMED;
    purchase->evidence = CC_EVIDENCE_MAC2;
    return CC_OK;
}
