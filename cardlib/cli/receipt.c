/* SPDX-License-Identifier: Apache-2.0 */
/* What was paid or loaded, for a person and for a program. */
#include "cli.h"

#include <stdlib.h>

/* The number that the card's log shows for it: INIT tells the counter before the increment. */
static unsigned log_counter(const struct transaction_common *c)
{
    return (*c->counter + 1u) & 0xFFFF;
}

static bool is_done(const struct transaction_common *c)
{
    return *c->state == CC_PURCHASE_CONFIRMED;
}

static int64_t balance_after(const struct transaction *transaction, const struct transaction_common *c)
{
    int64_t before = *c->balance_before_fen, amount = is_done(c) ? *c->amount_fen : 0;
    return transaction->kind == TRANSACTION_LOAD ? before + amount : before - amount;
}

static json_t *receipt_json(const struct transaction *transaction, const struct transaction_common *c,
                            bool recovered)
{
    json_t *object = json_object();
    json_object_set_new(object, "result", json_string(cc_purchase_state_name(*c->state)));
    json_object_set_new(object, "kind", json_string(transaction_noun(transaction->kind)));
    json_object_set_new(object, "recovered", json_boolean(recovered));
    json_object_set_new(object, "card_number", json_text(c->card_number));
    json_object_set_new(object, "amount_fen", json_integer(*c->amount_fen));
    json_object_set_new(object, "balance_before_fen", json_integer(*c->balance_before_fen));
    json_object_set_new(object, "balance_after_fen", json_integer(balance_after(transaction, c)));
    json_object_set_new(object, "terminal", json_hex(c->terminal, 6));
    if (transaction->kind == TRANSACTION_PURCHASE)
        json_object_set_new(object, "terminal_serial", json_integer(transaction->purchase.terminal_serial));
    json_object_set_new(object, "counter", json_integer(log_counter(c)));
    json_object_set_new(object, "tac", *c->has_tac ? json_hex(c->tac, 4) : json_null());
    /* Recovered by the log, the order of the proof's halves is only assumed; a load's TAC is for the platform
     * to check. */
    if (transaction->kind == TRANSACTION_PURCHASE)
        json_object_set_new(object, "tac_verified",
                            json_boolean(*c->has_tac && (*c->evidence == CC_EVIDENCE_MAC2 ||
                                                         *c->evidence == CC_EVIDENCE_TAC)));
    json_object_set_new(object, "evidence", json_string(cc_evidence_name(*c->evidence)));
    json_object_set_new(object, "date", json_date_bcd(c->date_bcd));
    json_object_set_new(object, "time", json_time_bcd(c->time_bcd));
    return object;
}

static void print_receipt(const struct transaction *transaction, const struct transaction_common *c,
                          bool recovered)
{
    char amount[YUAN_SIZE], before[YUAN_SIZE], after[YUAN_SIZE], terminal[13], tac[9], date[DATE_SIZE],
        time[TIME_SIZE];
    bool load = transaction->kind == TRANSACTION_LOAD;
    yuan_text(*c->amount_fen, amount);
    yuan_text(*c->balance_before_fen, before);
    yuan_text(balance_after(transaction, c), after);
    date_bcd_text(c->date_bcd, date);
    time_bcd_text(c->time_bcd, time);
    cc_hex(c->terminal, 6, terminal, sizeof terminal);
    cc_hex(c->tac, 4, tac, sizeof tac);
    if (recovered)
        printf("The interrupted %s was %s.\n", transaction_noun(transaction->kind),
               !is_done(c) ? (load ? "not made" : "not charged")
               : load      ? "made, once"
                           : "charged, once");
    printf("%-9s %s yuan\n",
           load         ? (is_done(c) ? "Loaded" : "Not loaded")
           : is_done(c) ? "Paid"
                        : "Not paid",
           amount);
    printf("Card      %s  no. %u\n", c->card_number, log_counter(c));
    printf("Balance   %s yuan, before %s yuan\n", after, before);
    printf("Time      %s %s\n", date, time);
    printf("Terminal  %s", terminal);
    if (!load)
        printf("  no. %u", transaction->purchase.terminal_serial);
    printf("\n");
    if (*c->has_tac)
        printf("TAC       %s%s\n", tac, !load && *c->evidence == CC_EVIDENCE_LOG ? " (not verified)" : "");
    if (is_done(c))
        printf("Proof     %s\n", cc_evidence_name(*c->evidence));
}

bool write_receipt(const struct options *options, const struct transaction *transaction, bool recovered,
                   bool wrapped)
{
    struct transaction copy = *transaction;
    struct transaction_common c = transaction_common(&copy);
    if (!options->json) {
        print_receipt(transaction, &c, recovered);
        return output_written();
    }
    json_t *object = receipt_json(transaction, &c, recovered);
    if (wrapped)
        object = json_pack("{s:o}", "settled", object);
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    bool written = text != NULL && puts(text) >= 0;
    free(text);
    return output_written() && written;
}
