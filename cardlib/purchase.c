/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A purchase from the EP purse, JR/T 0025.2 with the PSAM's 80 70 and 80 72.
 *
 *   NONE ──prepare──▶ PREPARED ──caller: intent on disk──▶ SENT ──debit──▶ CONFIRMED   TAC and MAC2, 80 72 says 9000
 *                                                            ├────debit──▶ VOID        a known refusal, balance as it was
 *                                                            └────debit──▶ IN_DOUBT    everything else
 *   PREPARED, SENT, IN_DOUBT read back from disk ──resolve──▶ CONFIRMED | VOID | IN_DOUBT   (resolve.c)
 *
 * Invariants
 *  1. Nothing changes on the card before 80 54. INIT and 80 70 use up one terminal serial of the PSAM, nothing more.
 *  2. 80 54 goes out at most once for each 80 70: `debit_sent` in the PSAM's session sees to it, whatever the caller does
 *     with copies of the purchase, and a purchase whose 80 70 is not of this power session is never debited.
 *  3. From the moment 80 54 is handed to the channel only three things end the doubt: MAC2 that the PSAM accepts, a
 *     refusal on the list below with an unchanged balance, and resolve.
 *  4. CONFIRMED and VOID are final: neither debit nor resolve takes them again.
 */
#include "apdu.h"
#include "citycard.h"
#include "family.h"
#include "psam.h"
#include "purchase.h"

#include <string.h>

#define AMOUNT_FEN_MAX 1000000u /* 10 000 yuan: far above what any purse may hold */

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

int cc_purse_init(struct cc_port *port, uint8_t key_index, const struct cc_purchase *purchase,
                  struct cc_purse_init *init, uint16_t *sw)
{
    const struct cc_family_desc *desc = cc_family_desc_of(purchase->family);
    uint8_t body[11] = {0};
    struct cc_writer out = cc_writer_on(body, sizeof body);
    struct cc_answer answer;
    memset(init, 0, sizeof *init);
    cc_put_u8(&out, key_index);
    cc_put_u32(&out, purchase->amount_fen);
    cc_put(&out, purchase->terminal, sizeof purchase->terminal);
    struct cc_command command = {
        .cla = 0x80, .ins = 0x50, .p1 = purchase->type == 0x09 ? 0x03 : 0x01, .p2 = desc->purses[0].p2};
    command.data = body;
    command.data_len = out.len;
    command.le = 15;
    int result = cc_apdu(port, &command, &answer);
    *sw = answer.sw;
    if (result != CC_OK || answer.sw != 0x9000)
        return result;
    if (answer.len != 15)
        return CC_ERR_PROTOCOL;
    struct cc_bytes in = cc_answer_bytes(&answer);
    init->balance_fen = cc_take_u32(&in) & 0x7FFFFFFF; /* as in GET BALANCE the top bit may be noise */
    init->counter = cc_take_u16(&in);
    cc_skip(&in, 3); /* overdraft limit */
    init->key_version = cc_take_u8(&in);
    init->algorithm = cc_take_u8(&in);
    cc_take(&in, init->random, sizeof init->random);
    return CC_OK;
}

/* The card's own word on why it does not begin. Some cards that want a PIN say 6985 rather than 6982. */
static int init_refusal(uint16_t sw, bool pin_given)
{
    if (sw == 0x6982 || (sw == 0x6985 && !pin_given))
        return CC_PIN_NEEDED;
    if (sw == 0x9401)
        return CC_BALANCE_LOW;
    if (sw == 0x9303 || sw == 0x6A81 || sw == 0x6283)
        return CC_CARD_BLOCKED;
    return CC_DECLINED;
}

/* Nothing has changed yet, so a refusal without a better name is simply that. */
static int refusal_or(int result)
{
    switch (result) {
    case CC_NOT_FOUND: /* no such PIN, no such purse */
    case CC_NO_PROOF:
    case CC_ERR_REFUSED:
    case CC_ERR_UNSUPPORTED:
    case CC_ERR_MAC:
        return CC_DECLINED;
    default:
        return result;
    }
}

/* Same card, PIN, enough money. */
static int check_card(struct cc_port *port, const struct cc_card *card, const char *pin,
                      struct cc_purchase *purchase)
{
    unsigned tries_left;
    int64_t balance_fen = 0;
    int result = cc_card_reselect(port, card);
    if (result == CC_OK && pin)
        result = refusal_or(cc_pin_verify(port, card, pin, &tries_left));
    if (result == CC_OK)
        result = refusal_or(cc_balance(port, card, &balance_fen));
    if (result != CC_OK)
        return result;
    purchase->balance_before_fen = balance_fen > 0 ? (uint32_t)balance_fen : 0;
    return balance_fen >= purchase->amount_fen ? CC_OK : CC_BALANCE_LOW;
}

static int begin_on_card(struct cc_port *port, const struct cc_sam *sam, bool pin_given,
                         struct cc_purchase *purchase)
{
    struct cc_purse_init init;
    uint16_t sw = 0;
    int result = cc_purse_init(port, sam->key_index, purchase, &init, &sw);
    if (result != CC_OK)
        return result;
    if (sw != 0x9000)
        return init_refusal(sw, pin_given);
    if (init.balance_fen != purchase->balance_before_fen)
        return CC_ERR_PROTOCOL;
    if (init.counter == 0xFFFF)
        return CC_DECLINED; /* used up (the card would say 9402): it must be replaced */
    purchase->counter = init.counter;
    purchase->key_version = init.key_version;
    purchase->algorithm = init.algorithm;
    memcpy(purchase->random, init.random, sizeof purchase->random);
    return CC_OK;
}

int cc_purchase_prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card,
                        uint32_t amount_fen, const struct cc_time *now, const char *pin,
                        struct cc_purchase *out)
{
    struct cc_purchase purchase = {.type = 0x06, .amount_fen = amount_fen};
    memset(out, 0, sizeof *out);
    if (!sam || !card || !now || card->family != CC_FAMILY_T_UNION || amount_fen == 0 ||
        amount_fen > AMOUNT_FEN_MAX || !time_is_sane(now))
        return CC_ERR_ARGUMENT;
    if (sam->port.broken)
        return CC_ERR_SAM;
    memcpy(purchase.card_number, card->card_number, sizeof purchase.card_number);
    memcpy(purchase.serial, card->serial, sizeof purchase.serial);
    memcpy(purchase.issuer, card->issuer, sizeof purchase.issuer);
    memcpy(purchase.terminal, sam->terminal, sizeof purchase.terminal);
    set_time(&purchase, now);
    int result = check_card(port, card, pin, &purchase);
    if (result == CC_OK)
        result = begin_on_card(port, sam, pin != NULL, &purchase);
    if (result == CC_OK)
        result = cc_sam_init_purchase(sam, &purchase);
    if (result != CC_OK)
        return result;
    purchase.state = CC_PURCHASE_PREPARED;
    *out = purchase;
    return CC_OK;
}

/*
 * Refusals of DEBIT that a card gives before it writes anything. A word belongs here only when no card could
 * send it after the atomic step. An answer cut down to two bytes can look like any of these (two bytes of a
 * TAC), so each is believed only together with an unchanged balance. Memory faults (6581), 6400, 6F00,
 * warnings, 61xx and 6Cxx are left out on purpose: they may come in the middle of writing or from a broken
 * dialogue.
 */
static bool is_refusal_before_commit(uint16_t sw)
{
    switch (sw) {
    case 0x6700: /* Lc or Le is looked at before the body */
    case 0x6D00: /* no such instruction: never carried out */
    case 0x6E00: /* no such class: likewise */
    case 0x6A86: /* P1 P2 are looked at before the body */
    case 0x6A80: /* the body makes no sense to the card: date or time */
    case 0x6901: /* wrong state: no INIT is open */
    case 0x6985: /* conditions not satisfied: no INIT is open, or another command came in between */
    case 0x6982: /* PIN wanted: access is checked first */
    case 0x6A81: /* application blocked meanwhile */
    case 0x9303: /* application locked for ever */
    case 0x9302: /* MAC1 wrong: checked before the purse is touched, that is what MAC1 is for */
    case 0x6988: /* the same in ISO's words */
    case 0x9401: /* balance below the amount: compared before it is lowered */
    case 0x9402: /* counter at its end: compared before it is raised */
    case 0x9403: /* key index not there: no session key, so no MAC1 check yet */
        return true;
    default:
        return false;
    }
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

static int settle_refusal(struct cc_port *port, struct cc_purchase *purchase)
{
    const struct cc_card card = {.family = purchase->family};
    int64_t balance_fen;
    int result = cc_balance(port, &card, &balance_fen);
    if (result != CC_OK || balance_fen != purchase->balance_before_fen)
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
    if (answer.len == 0 && !answer.chained && is_refusal_before_commit(answer.sw))
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
