/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One resident's visit with a hostile card and a hostile PSAM, and what must hold whatever they say. A PSAM that lies can
 * make us believe anything, so an invariant never says "the card was charged", only "the library has heard what it claims".
 */
#include "fuzz.h"
#include "hostile.h"

#include <string.h>

#define COMMANDS_MAX 4000 /* of a whole visit: ceilings multiplied, far above what any real one takes */

static void check_card(int result, const struct cc_card *card)
{
    FUZZ_CHECK(memchr(card->card_number, '\0', sizeof card->card_number) != NULL);
    FUZZ_CHECK(memchr(card->holder.name, '\0', sizeof card->holder.name) != NULL);
    FUZZ_CHECK(memchr(card->holder.id_number, '\0', sizeof card->holder.id_number) != NULL);
    FUZZ_CHECK(card->log_count <= CC_LOG_MAX);
    FUZZ_CHECK(result != CC_OK || (card->family != CC_FAMILY_UNKNOWN && card->card_number[0] != '\0'));
    FUZZ_CHECK(result != CC_CARD_BLOCKED || (card->blocked && card->card_number[0] != '\0'));
}

static void set_ours(struct hostile *card, const struct cc_purchase *purchase)
{
    uint32_t amount = purchase->amount_fen;
    uint16_t counter = (uint16_t)(purchase->counter + 1);
    memset(card->ours, 0, sizeof card->ours);
    card->ours[0] = (uint8_t)(counter >> 8);
    card->ours[1] = (uint8_t)counter;
    for (size_t i = 0; i < 4; i++)
        card->ours[5 + i] = (uint8_t)(amount >> 8 * (3 - i));
    card->ours[9] = purchase->type;
    memcpy(card->ours + 10, purchase->terminal, 6);
    memcpy(card->ours + 16, purchase->date_bcd, 4);
    memcpy(card->ours + 20, purchase->time_bcd, 3);
}

static bool said_balance(const struct heard *heard, uint32_t fen)
{
    uint32_t value =
        (uint32_t)heard->data[0] << 24 | heard->data[1] << 16 | heard->data[2] << 8 | heard->data[3];
    return heard->any && heard->sw == 0x9000 && heard->len >= 4 && (value & 0x7FFFFFFF) == fen;
}

static bool said_counter(const struct heard *heard, uint16_t counter)
{
    return heard->any && heard->sw == 0x9000 && heard->len == 15 &&
           (heard->data[4] << 8 | heard->data[5]) == counter;
}

static void check_prepared(int result, const struct hostile *card, const struct hostile *module,
                           const struct cc_purchase *purchase)
{
    struct cc_purchase nothing = {0};
    FUZZ_CHECK(card->debits == 0 && module->debits == 0);
    if (result != CC_OK) {
        FUZZ_CHECK(memcmp(purchase, &nothing, sizeof nothing) == 0);
        return;
    }
    FUZZ_CHECK(purchase->state == CC_PURCHASE_PREPARED && purchase->amount_fen == 200);
    FUZZ_CHECK(purchase->balance_before_fen >= purchase->amount_fen);
    FUZZ_CHECK(said_counter(&card->init, purchase->counter));
    FUZZ_CHECK(said_balance(&card->init, purchase->balance_before_fen));
    FUZZ_CHECK(said_balance(&card->balance, purchase->balance_before_fen));
}

static void check_debited(int result, const struct hostile *card, const struct hostile *module,
                          const struct cc_purchase *before, const struct cc_purchase *after)
{
    switch (result) {
    case CC_OK:
        FUZZ_CHECK(after->state == CC_PURCHASE_CONFIRMED && after->evidence == CC_EVIDENCE_MAC2);
        FUZZ_CHECK(card->debits == 1 && card->debit.sw == 0x9000 && card->debit.len == 8);
        FUZZ_CHECK(memcmp(card->debit.data, after->tac, 4) == 0 &&
                   memcmp(card->debit.data + 4, after->mac2, 4) == 0);
        FUZZ_CHECK(module->mac2_accepted && memcmp(module->accepted_mac2, after->mac2, 4) == 0);
        break;
    case CC_DECLINED:
        FUZZ_CHECK(after->state == CC_PURCHASE_VOID && card->debits == 1);
        FUZZ_CHECK(card->debit.sw != 0x9000 && card->debit.len == 0);
        FUZZ_CHECK(said_balance(&card->balance, before->balance_before_fen));
        break;
    case CC_IN_DOUBT:
        FUZZ_CHECK(after->state == CC_PURCHASE_IN_DOUBT && after->evidence == CC_EVIDENCE_NONE &&
                   card->debits == 1);
        break;
    default:
        FUZZ_CHECK(result < 0 && card->debits == 0 && memcmp(before, after, sizeof *after) == 0);
    }
}

static void check_confirmed(const struct hostile *card, const struct hostile *module,
                            const struct cc_purchase *after)
{
    switch (after->evidence) {
    case CC_EVIDENCE_MAC2:
        FUZZ_CHECK(card->prove.sw == 0x9000 && card->prove.len == 8 && module->mac2_accepted);
        FUZZ_CHECK(memcmp(module->accepted_mac2, after->mac2, 4) == 0);
        break;
    case CC_EVIDENCE_TAC:
        FUZZ_CHECK(card->prove.sw == 0x9000 && card->prove.len == 8 && module->tac.sw == 0x9000);
        FUZZ_CHECK(memcmp(module->tac.data, after->tac, 4) == 0);
        break;
    case CC_EVIDENCE_LOG:
        FUZZ_CHECK(card->said_our_record);
        break;
    default:
        FUZZ_CHECK(false);
    }
}

static void check_resolved(int result, const struct hostile *card, const struct hostile *module,
                           const struct cc_purchase *before, const struct cc_purchase *after)
{
    if (result < 0 || result == CC_OTHER_CARD) {
        FUZZ_CHECK(memcmp(before, after, sizeof *after) == 0);
        return;
    }
    FUZZ_CHECK(result == CC_OK || result == CC_IN_DOUBT);
    if (result == CC_IN_DOUBT) {
        FUZZ_CHECK(after->state == CC_PURCHASE_IN_DOUBT && after->evidence == CC_EVIDENCE_NONE);
    } else if (after->state == CC_PURCHASE_CONFIRMED) {
        check_confirmed(card, module, after);
    } else {
        FUZZ_CHECK(after->state == CC_PURCHASE_VOID && !after->has_tac && !card->said_our_record);
        if (after->evidence == CC_EVIDENCE_LOG) {
            FUZZ_CHECK(card->said_other_record); /* a number is given once */
            return;
        }
        FUZZ_CHECK(said_balance(&card->balance, before->balance_before_fen));
        FUZZ_CHECK(said_counter(&card->init, before->counter) || card->init.sw == 0x6982);
    }
}

static void resolve(struct hostile *card, struct hostile *module, struct cc_sam *sam,
                    struct cc_purchase *purchase)
{
    struct cc_purchase before = *purchase;
    struct cc_channel channel = hostile_channel(card);
    struct cc_port port;
    unsigned debits = card->debits;
    hostile_again(card);
    module->mac2_accepted = false;
    set_ours(card, purchase);
    cc_port_init(&port, &channel);
    int result = cc_purchase_resolve(&port, sam, purchase);
    FUZZ_CHECK(card->debits == debits);
    check_resolved(result, card, module, &before, purchase);
}

/* Debit and settle a prepared purchase; sometimes only after a "power cut", which loses the PSAM's session. */
static void finish(struct cc_port *port, struct hostile *card, struct hostile *module, struct cc_sam *sam,
                   struct cc_purchase *purchase)
{
    struct cc_purchase before = *purchase;
    uint8_t plan = choose(card->choices);
    module->mac2_accepted = false;
    memset(&card->balance, 0, sizeof card->balance);
    purchase->state = before.state = CC_PURCHASE_SENT;
    if (plan % 8 == 7)
        sam->live = false;
    int result = cc_purchase_debit(port, sam, purchase);
    check_debited(result, card, module, &before, purchase);
    FUZZ_CHECK(cc_purchase_debit(port, sam, &before) < 0 &&
               card->debits <= 1); /* a copy from disk is refused */
    for (int tap = 0; tap < 2; tap++) {
        if (purchase->state == CC_PURCHASE_SENT || purchase->state == CC_PURCHASE_IN_DOUBT)
            resolve(card, module, plan % 4 == 3 ? NULL : sam, purchase);
    }
}

/* Half of the visits are compound: a record goes to the card between INIT and DEBIT, and is written with it or not at all. */
static int prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *read, bool compound, const char *pin,
                   struct cc_purchase *purchase)
{
    static const struct cc_time now = {2026, 1, 15, 9, 30, 45};
    static const struct cc_compound_record record = {.sfi = 0x1E, .len = 48, .bytes = {0x03, 0x01}};
    if (!compound)
        return cc_purchase_prepare(port, sam, read, 200, &now, pin, purchase);
    int result = cc_compound_prepare(port, sam, read, 200, &now, pin, &record, 1, purchase);
    FUZZ_CHECK(result != CC_OK || purchase->type == 9);
    return result;
}

static void visit(struct hostile *card, struct hostile *module, struct dialogue_outcome *outcome)
{
    struct cc_channel card_channel = hostile_channel(card), module_channel = hostile_channel(module);
    struct cc_port port;
    struct cc_card read;
    struct cc_sam sam, wrong_slot;
    struct cc_purchase purchase = {0};
    uint8_t plan = choose(card->choices);
    const char *pin = plan % 4 == 3 ? "123456" : NULL;
    cc_port_init(&port, &card_channel);
    int result = cc_card_read(&port, CC_READ_ALL, &read);
    check_card(result, &read);
    bool known = result == CC_OK;
    result = cc_sam_open(&sam, &module_channel, 20260115);
    FUZZ_CHECK(result <= 0);
    if (known && result == CC_OK && !port.broken) {
        result = prepare(&port, &sam, &read, plan >= 128, pin, &purchase);
        check_prepared(result, card, module, &purchase);
        outcome->prepared = result == CC_OK;
        if (outcome->prepared)
            finish(&port, card, module, &sam, &purchase);
    }
    outcome->state = purchase.state;
    outcome->evidence = purchase.evidence;
    hostile_again(card);
    cc_sam_open(&wrong_slot, &card_channel, 0);
    FUZZ_CHECK(card->commands + module->commands < COMMANDS_MAX);
}

void dialogue_run(const uint8_t *data, size_t size, const struct dialogue_options *options,
                  struct dialogue_outcome *outcome)
{
    struct choices choices = {.at = data, .left = size};
    struct hostile card, module;
    memset(outcome, 0, sizeof *outcome);
    hostile_init(&card, &choices, false);
    hostile_init(&module, &choices, true);
    card.never_confirms = options->noise_only;
    card.knows_purchase = !options->never_confirms;
    module.never_confirms = options->never_confirms;
    visit(&card, &module, outcome);
}
