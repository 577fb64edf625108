/* SPDX-License-Identifier: Apache-2.0 */
#include "transaction.h"

#include <string.h>

const struct cc_purse_desc *cc_transaction_purse(enum cc_family family)
{
    const struct cc_family_desc *desc = cc_family_desc_of(family);
    if (!desc || desc->purse_count == 0 || desc->purse_name_len > 0)
        return NULL;
    const struct cc_purse_desc *purse = &desc->purses[0];
    return purse->factor <= 1 && purse->offset_fen == 0 ? purse : NULL;
}

struct cc_init_request cc_purchase_init_request(const struct cc_purchase *purchase, const struct cc_sam *sam)
{
    return (struct cc_init_request){.kind = purchase->type == CC_TYPE_COMPOUND ? CC_INIT_COMPOUND : CC_INIT_PURCHASE,
                                    .family = purchase->family,
                                    .key_index = sam ? sam->key_index : 1,
                                    .amount_fen = purchase->amount_fen,
                                    .terminal = purchase->terminal};
}

static void take_init(const struct cc_answer *answer, bool load, struct cc_init *init)
{
    struct cc_bytes in = cc_answer_bytes(answer);
    init->balance_fen = cc_take_u32(&in) & 0x7FFFFFFF; /* as in GET BALANCE the top bit may be noise */
    init->counter = cc_take_u16(&in);
    if (!load)
        cc_skip(&in, 3); /* overdraft limit */
    init->key_version = cc_take_u8(&in);
    init->algorithm = cc_take_u8(&in);
    cc_take(&in, init->random, sizeof init->random);
    if (load)
        cc_take(&in, init->mac1, sizeof init->mac1);
}

int cc_transaction_init(struct cc_port *port, const struct cc_init_request *request, struct cc_init *init, uint16_t *sw)
{
    const struct cc_purse_desc *purse = cc_transaction_purse(request->family);
    bool load = request->kind == CC_INIT_LOAD;
    size_t len = load ? 16 : 15;
    uint8_t body[11] = {0};
    struct cc_writer out = cc_writer_on(body, sizeof body);
    struct cc_answer answer;
    memset(init, 0, sizeof *init);
    *sw = 0;
    if (!purse)
        return CC_ERR_ARGUMENT;
    cc_put_u8(&out, request->key_index);
    cc_put_u32(&out, request->amount_fen);
    cc_put(&out, request->terminal, 6);
    struct cc_command command = {.cla = 0x80, .ins = 0x50, .p1 = request->kind, .p2 = purse->p2, .data = body};
    command.data_len = out.len;
    command.le = (int)len;
    int result = cc_apdu(port, &command, &answer);
    *sw = answer.sw;
    if (result != CC_OK || answer.sw != 0x9000)
        return result;
    if (answer.len != len)
        return CC_ERR_PROTOCOL;
    take_init(&answer, load, init);
    return CC_OK;
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

int cc_transaction_check(struct cc_port *port, const struct cc_card *card, const char *pin, int64_t *balance_fen)
{
    unsigned tries_left;
    *balance_fen = 0;
    if (pin == cc_pin_on_pad && !cc_pin_pad(port))
        return CC_ERR_UNSUPPORTED;
    int result = cc_card_reselect(port, card);
    if (result == CC_OK && pin)
        result = refusal_or(cc_pin_verify(port, card, pin, &tries_left));
    if (result == CC_OK)
        result = refusal_or(cc_balance(port, card, balance_fen));
    return result;
}

/* Some cards that want a PIN say 6985 rather than 6982. */
int cc_transaction_refusal(uint16_t sw, bool pin_given)
{
    if (sw == 0x6982 || (sw == 0x6985 && !pin_given))
        return CC_PIN_NEEDED;
    if (sw == 0x9401)
        return CC_BALANCE_LOW;
    if (sw == 0x9402)
        return CC_WORN_OUT;
    if (sw == 0x9303 || sw == 0x6A81 || sw == 0x6283)
        return CC_CARD_BLOCKED;
    return CC_DECLINED;
}

int cc_transaction_begin(struct cc_port *port, const struct cc_init_request *request, uint32_t balance_fen, bool pin_given,
                         struct cc_init *init)
{
    uint16_t sw = 0;
    int result = cc_transaction_init(port, request, init, &sw);
    if (result != CC_OK)
        return result;
    if (sw != 0x9000)
        return cc_transaction_refusal(sw, pin_given);
    if (init->balance_fen != balance_fen)
        return CC_ERR_PROTOCOL;
    return init->counter == CC_COUNTER_END ? CC_WORN_OUT : CC_OK;
}

bool cc_transaction_balance_is(struct cc_port *port, enum cc_family family, uint32_t balance_fen)
{
    const struct cc_card card = {.family = family};
    int64_t now_fen;
    return cc_balance(port, &card, &now_fen) == CC_OK && now_fen == balance_fen;
}

int cc_transaction_ask_counter(struct cc_port *port, const struct cc_init_request *request, struct cc_standing *standing)
{
    const struct cc_card card = {.family = request->family};
    struct cc_init init;
    uint16_t sw = 0;
    int result = cc_balance(port, &card, &standing->balance_fen);
    if (result < 0 && port->broken)
        return result;
    standing->has_balance = result == CC_OK;
    result = cc_transaction_init(port, request, &init, &sw);
    if (result < 0 && port->broken)
        return result;
    standing->has_counter = result == CC_OK && sw == 0x9000;
    standing->pin_wanted = sw == 0x6982;
    standing->counter = init.counter;
    standing->init_balance_fen = init.balance_fen;
    return CC_OK;
}

bool cc_standing_is(const struct cc_standing *standing, uint16_t counter, uint32_t balance_fen)
{
    return standing->has_counter && standing->counter == counter && standing->init_balance_fen == balance_fen &&
           standing->has_balance && standing->balance_fen == balance_fen;
}

/*
 * Refusals of DEBIT and CREDIT that a card gives before it writes anything. A word belongs here only when no card could
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
    case 0x9302: /* MAC1 or MAC2 wrong: checked before the purse is touched, that is what it is for */
    case 0x6988: /* the same in ISO's words */
    case 0x9401: /* balance below the amount: compared before it is lowered */
    case 0x9402: /* counter at its end: compared before it is raised */
    case 0x9403: /* key index not there: no session key, so no MAC has been checked yet */
        return true;
    default:
        return false;
    }
}

bool cc_transaction_refused(const struct cc_answer *answer)
{
    return answer->len == 0 && !answer->chained && is_refusal_before_commit(answer->sw);
}

/* Each purse has counters of its own (JR/T 0025.2), and cards with both may write them into one log. */
static bool is_of_ed(uint8_t type)
{
    return type == CC_TYPE_ED_LOAD || type == CC_TYPE_UNLOAD || type == CC_TYPE_ED_CASH || type == CC_TYPE_ED_PURCHASE;
}

bool cc_log_counts_offline(const struct cc_log_entry *entry, uint8_t type)
{
    bool offline = entry->type == CC_TYPE_ED_CASH || entry->type == CC_TYPE_ED_PURCHASE ||
                   entry->type == CC_TYPE_EP_PURCHASE || entry->type == CC_TYPE_COMPOUND;
    return offline && is_of_ed(entry->type) == is_of_ed(type);
}

bool cc_log_counts_online(const struct cc_log_entry *entry, uint8_t type)
{
    bool online = entry->type == CC_TYPE_ED_LOAD || entry->type == CC_TYPE_EP_LOAD || entry->type == CC_TYPE_UNLOAD;
    return online && is_of_ed(entry->type) == is_of_ed(type);
}

bool cc_log_is_of(const struct cc_log_entry *entry, const uint8_t terminal[6], const uint8_t date_bcd[4],
                  const uint8_t time_bcd[3])
{
    return memcmp(entry->terminal, terminal, sizeof entry->terminal) == 0 &&
           memcmp(entry->date_bcd, date_bcd, sizeof entry->date_bcd) == 0 &&
           memcmp(entry->time_bcd, time_bcd, sizeof entry->time_bcd) == 0;
}
