/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payment's state machine (drawn in payment.h) and its one JSON form, in which it lies in the journal, goes to the
 * platform and comes back after a power cut. payment-read.c reads it.
 */
#include "model/payment.h"
#include "model/payment-names.h"
#include "model/strict.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static const char *const STATES[] = {"INTENT", "COMMITTING", "CONFIRMED", "IN_DOUBT", "VOID"};
static const char *const CARD_STATES[] = {"NONE", "PREPARED", "SENT", "CONFIRMED", "VOID", "IN_DOUBT"};
static const char *const EVIDENCE[] = {"NONE", "MAC2", "TAC", "LOG", "PROOF"};
static const char *const SETTLERS[] = {"CARD", "ELSEWHERE", "COUNTER", "NEXT", "STAFF"};
static const char *const WHYS[] = {"", "CARD", "STOPPED"};
static const char *const WAYS[] = {"cash", "reversal"};

G_STATIC_ASSERT(G_N_ELEMENTS(STATES) == PAYMENT_VOID + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(CARD_STATES) == CC_PURCHASE_IN_DOUBT + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(EVIDENCE) == CC_EVIDENCE_PROOF + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(SETTLERS) == PAYMENT_BY_STAFF + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(WHYS) == PAYMENT_WHY_STOPPED + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(WAYS) == PAYMENT_WAY_REVERSAL + 1);

const struct payment_names payment_states = {STATES, G_N_ELEMENTS(STATES)},
                           payment_card_states = {CARD_STATES, G_N_ELEMENTS(CARD_STATES)},
                           payment_evidence = {EVIDENCE, G_N_ELEMENTS(EVIDENCE)},
                           payment_settlers = {SETTLERS, G_N_ELEMENTS(SETTLERS)},
                           payment_whys = {WHYS, G_N_ELEMENTS(WHYS)}, payment_ways = {WAYS, G_N_ELEMENTS(WAYS)};

static const char *name_at(const struct payment_names *words, unsigned at)
{
    return names_at(words->names, words->count, at);
}

static bool name_find(const struct payment_names *words, const char *name, unsigned *at)
{
    return names_find(words->names, words->count, name, at);
}

const char *payment_state_name(enum payment_state state)
{
    return name_at(&payment_states, state);
}

const char *payment_why_name(enum payment_why why)
{
    return name_at(&payment_whys, why);
}

const char *payment_settler_name(enum payment_settler by)
{
    return name_at(&payment_settlers, by);
}

const char *payment_way_name(enum payment_way way)
{
    return name_at(&payment_ways, way);
}

bool payment_state_parse(const char *name, enum payment_state *out)
{
    unsigned at = 0;

    if (!name_find(&payment_states, name, &at))
        return false;
    *out = (enum payment_state)at;
    return true;
}

bool payment_settler_parse(const char *name, enum payment_settler *out)
{
    unsigned at = 0;

    if (!name_find(&payment_settlers, name, &at))
        return false;
    *out = (enum payment_settler)at;
    return true;
}

/* ---- States ------------------------------------------------------------------------------------------------------ */

bool payment_may(enum payment_kind kind, enum payment_state from, enum payment_state to)
{
    switch (from) {
    case PAYMENT_INTENT:
        return to == PAYMENT_COMMITTING || (kind == PAYMENT_LOAD && to == PAYMENT_VOID);
    case PAYMENT_COMMITTING:
        return to == PAYMENT_CONFIRMED || to == PAYMENT_IN_DOUBT || to == PAYMENT_VOID;
    case PAYMENT_IN_DOUBT:
        return to == PAYMENT_CONFIRMED || to == PAYMENT_VOID;
    case PAYMENT_CONFIRMED:
    case PAYMENT_VOID:
        break;
    }
    return false;
}

bool payment_is_open(enum payment_state state)
{
    return state == PAYMENT_COMMITTING || state == PAYMENT_IN_DOUBT;
}

static const struct {
    enum payment_state state;
    const char *type[2]; /* by kind */
} EVENTS[] = {
    {PAYMENT_COMMITTING, {"payment.committing", "load.committing"}},
    {PAYMENT_CONFIRMED, {"payment.confirmed", "load.confirmed"}},
    {PAYMENT_IN_DOUBT, {"payment.in_doubt", "load.in_doubt"}},
    {PAYMENT_VOID, {"payment.void", "load.void"}},
};

const char *payment_event_type(enum payment_kind kind, enum payment_state state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(EVENTS); i++)
        if (EVENTS[i].state == state)
            return EVENTS[i].type[kind];
    return NULL;
}

bool payment_event_parse(const char *type, enum payment_kind *kind, enum payment_state *state)
{
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(EVENTS); i++) {
        if (strcmp(EVENTS[i / 2].type[i % 2], type) != 0)
            continue;
        *kind = (enum payment_kind)(i % 2);
        *state = EVENTS[i / 2].state;
        return true;
    }
    return false;
}

struct payment *payment_new(void)
{
    return g_new0(struct payment, 1);
}

/* The card's number and codes do not outlive the payment in memory. */
void payment_free(struct payment *payment)
{
    if (payment == NULL)
        return;
    OPENSSL_cleanse(payment, sizeof *payment);
    g_free(payment);
}

struct payment_facts payment_facts(const struct payment *payment)
{
    const struct cc_purchase *p = &payment->purchase;
    const struct cc_load *l = &payment->load;

    if (payment->kind == PAYMENT_LOAD)
        return (struct payment_facts){.card_number = l->card_number, .serial = l->serial, .issuer = l->issuer,
                                      .terminal = l->terminal, .amount_fen = l->amount_fen,
                                      .balance_before_fen = l->balance_before_fen, .change_fen = l->amount_fen,
                                      .counter = l->counter, .state = l->state, .has_tac = l->has_tac};
    return (struct payment_facts){.card_number = p->card_number, .serial = p->serial, .issuer = p->issuer,
                                  .terminal = p->terminal, .amount_fen = p->amount_fen,
                                  .balance_before_fen = p->balance_before_fen, .change_fen = -(int64_t)p->amount_fen,
                                  .counter = p->counter, .state = p->state, .has_tac = p->has_tac};
}

void payment_set_outcome(struct payment *payment, enum payment_state state)
{
    enum cc_purchase_state on_card = state == PAYMENT_CONFIRMED ? CC_PURCHASE_CONFIRMED
                                     : state == PAYMENT_VOID    ? CC_PURCHASE_VOID
                                                                : CC_PURCHASE_IN_DOUBT;

    payment->state = state;
    if (payment->kind == PAYMENT_LOAD)
        payment->load.state = on_card;
    else
        payment->purchase.state = on_card;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
    static const char HEX[] = "0123456789ABCDEF";
    char text[2 * 16 + 1];

    g_assert(len <= 16);
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = HEX[bytes[i] >> 4];
        text[2 * i + 1] = HEX[bytes[i] & 15];
    }
    return json_stringn(text, 2 * len);
}

#define HEX_OF(array) hex_json(array, sizeof(array))

/* Only cards that are not T-Union's say what they are: payments from before there were others read as they were written. */
static json_t *with_family(json_t *purchase, enum cc_family family)
{
    bool told = family != CC_FAMILY_UNKNOWN && family != CC_FAMILY_T_UNION;

    if (purchase == NULL || !told)
        return purchase;
    if (json_object_set_new(purchase, "family", json_string(cc_family_name(family))) == 0)
        return purchase;
    json_decref(purchase);
    return NULL;
}

static json_t *purchase_to_json(const struct cc_purchase *p)
{
    json_t *purchase = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:b, s:o, "
        "s:o}",                                                                                     //
        "state", name_at(&payment_card_states, p->state),                 //
        "evidence", name_at(&payment_evidence, p->evidence),                         //
        "card_number", p->card_number, "serial", HEX_OF(p->serial), "issuer", HEX_OF(p->issuer),    //
        "terminal", HEX_OF(p->terminal), "terminal_serial", (json_int_t)p->terminal_serial,         //
        "type", (json_int_t)p->type, "amount_fen", (json_int_t)p->amount_fen,                       //
        "balance_before_fen", (json_int_t)p->balance_before_fen, "counter", (json_int_t)p->counter, //
        "key_version", (json_int_t)p->key_version, "algorithm", (json_int_t)p->algorithm,           //
        "random", HEX_OF(p->random), "date", HEX_OF(p->date_bcd), "time", HEX_OF(p->time_bcd),      //
        "mac1", HEX_OF(p->mac1), "has_tac", p->has_tac, "tac", HEX_OF(p->tac), "mac2", HEX_OF(p->mac2));

    return with_family(purchase, p->family);
}

static json_t *bills_to_json(const struct payment *payment)
{
    json_t *bills = json_array();

    for (size_t i = 0; bills != NULL && i < payment->bill_count && i < PAYMENT_BILLS_MAX; i++) {
        json_t *bill = json_pack("{s:s, s:I}", "id", payment->bills[i].id, //
                                 "amount_fen", (json_int_t)payment->bills[i].amount_fen);
        if (json_array_append_new(bills, bill) == 0)
            continue;
        json_decref(bills);
        return NULL;
    }
    return bills;
}

static json_t *load_to_json(const struct cc_load *l)
{
    json_t *load = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:b, s:o}",
        "state", name_at(&payment_card_states, l->state), "evidence",
        name_at(&payment_evidence, l->evidence), "card_number", l->card_number, "serial", HEX_OF(l->serial),
        "issuer", HEX_OF(l->issuer), "terminal", HEX_OF(l->terminal), "type", (json_int_t)l->type, "amount_fen",
        (json_int_t)l->amount_fen, "balance_before_fen", (json_int_t)l->balance_before_fen, "counter",
        (json_int_t)l->counter, "key_index", (json_int_t)l->key_index, "key_version", (json_int_t)l->key_version,
        "algorithm", (json_int_t)l->algorithm, "random", HEX_OF(l->random), "mac1", HEX_OF(l->mac1), "date",
        HEX_OF(l->date_bcd), "time", HEX_OF(l->time_bcd), "mac2", HEX_OF(l->mac2), "has_tac", l->has_tac, "tac",
        HEX_OF(l->tac));

    return with_family(load, l->family);
}

static json_t *staff_to_json(const struct payment *payment)
{
    json_t *staff = json_array();

    for (size_t i = 0; staff != NULL && i < payment->staff_count && i < PAYMENT_STAFF_MAX; i++) {
        if (json_array_append_new(staff, json_string(payment->staff[i])) == 0)
            continue;
        json_decref(staff);
        return NULL;
    }
    return staff;
}

static bool kind_write(json_t *json, const struct payment *payment)
{
    if (payment->kind == PAYMENT_PURCHASE)
        return json_object_set_new(json, "purchase", purchase_to_json(&payment->purchase)) == 0 &&
               json_object_set_new(json, "bills", bills_to_json(payment)) == 0;
    return json_object_set_new(json, "load", load_to_json(&payment->load)) == 0 &&
           json_object_set_new(json, "way", json_string(payment_way_name(payment->way))) == 0 &&
           json_object_set_new(json, "reverses", json_string(payment->reverses)) == 0 &&
           json_object_set_new(json, "staff", staff_to_json(payment)) == 0;
}

/* Said only when there is something to say: payments from before they existed read as they were written. */
static bool notes_write(json_t *json, const struct payment *payment)
{
    return (payment->why == PAYMENT_WHY_NONE ||
            json_object_set_new(json, "why", json_string(payment_why_name(payment->why))) == 0) &&
           (payment->settled_by == PAYMENT_BY_CARD ||
            json_object_set_new(json, "settled_by", json_string(payment_settler_name(payment->settled_by))) == 0);
}

json_t *payment_to_json(const struct payment *payment)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:b}", "id", payment->id, "state",
                             payment_state_name(payment->state), "receipt_no", payment->receipt_no, "at_ms",
                             (json_int_t)payment->at_ms, "online", payment->online);

    if (json != NULL && kind_write(json, payment) && notes_write(json, payment))
        return json;
    json_decref(json);
    return NULL;
}
