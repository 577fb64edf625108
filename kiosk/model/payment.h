/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A payment from the card's purse, or a load of it: one intent, its states and what is allowed between them. Pure; the
 * kiosk's store and the platform enforce the same table.
 *
 *   INTENT ──► COMMITTING ──► CONFIRMED
 *     │            │  ├─────► VOID        (the card surely was not debited, or not credited)
 *     │            │  ▼            ▲
 *     │            └► IN_DOUBT ────┤
 *     │                  └───────► CONFIRMED
 *     └─ a load only ─► VOID             (the platform was asked, and CREDIT was never sent)
 *
 * INTENT exists in memory only: initialised on card (and PSAM), nothing has changed anywhere. COMMITTING is on disk before
 * DEBIT or CREDIT leaves. CONFIRMED and VOID are final. Time alone never ends a doubt.
 *
 * A load may give a confirmed purchase back: `reverses` names it. A purchase is reversed once, by two people.
 */
#ifndef MODEL_PAYMENT_H
#define MODEL_PAYMENT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "citycard.h"

enum payment_kind { PAYMENT_PURCHASE, PAYMENT_LOAD };
enum payment_state { PAYMENT_INTENT, PAYMENT_COMMITTING, PAYMENT_CONFIRMED, PAYMENT_IN_DOUBT, PAYMENT_VOID };
const char *payment_state_name(enum payment_state state); /* "COMMITTING" … */
bool payment_state_parse(const char *name, enum payment_state *out);
bool payment_may(enum payment_kind kind, enum payment_state from, enum payment_state to);
/** Not over yet: COMMITTING or IN_DOUBT. */
bool payment_is_open(enum payment_state state);

/** The event that carries it: "payment.confirmed", "load.void" …; NULL for INTENT. */
const char *payment_event_type(enum payment_kind kind, enum payment_state state);
/** False: not such an event. */
bool payment_event_parse(const char *type, enum payment_kind *kind, enum payment_state *state);

/** Why it became a doubt, for staff. */
enum payment_why {
    PAYMENT_WHY_NONE,
    PAYMENT_WHY_CARD,    /* the card left, or its answer was no answer */
    PAYMENT_WHY_STOPPED, /* the machine stopped, or its disk failed, between intent and outcome */
};
const char *payment_why_name(enum payment_why why); /* "CARD", "STOPPED"; "" for none */

/** Who ended a doubt. */
enum payment_settler {
    PAYMENT_BY_CARD,      /* its own card, at its own kiosk */
    PAYMENT_BY_ELSEWHERE, /* its own card, at another kiosk */
    PAYMENT_BY_COUNTER,   /* the card was used later at the same counter: this one did not happen */
    PAYMENT_BY_NEXT,      /* the card's next transaction began where this one ended */
    PAYMENT_BY_STAFF,     /* two people */
};
const char *payment_settler_name(enum payment_settler by); /* "CARD", "ELSEWHERE", … */
bool payment_settler_parse(const char *name, enum payment_settler *out);

/** How the money of a load came in. */
enum payment_way {
    PAYMENT_WAY_CASH,     /* at the desk: one member of staff took it */
    PAYMENT_WAY_REVERSAL, /* nothing came in: a purchase is given back, by two members of staff */
};
const char *payment_way_name(enum payment_way way); /* "cash", "reversal" */

#define PAYMENT_BILLS_MAX 8
#define PAYMENT_STAFF_MAX 2

struct payment {
    char id[37]; /* UUIDv7, made once for the intent, reused by every retry and event */
    enum payment_kind kind;
    enum payment_state state;
    enum payment_why why;
    enum payment_settler settled_by;
    char receipt_no[24];
    int64_t at_ms;
    bool online; /* the platform could be reached when it was taken */
    struct cc_purchase purchase; /* of a purchase */
    size_t bill_count;
    struct { char id[64]; int64_t amount_fen; } bills[PAYMENT_BILLS_MAX];
    struct cc_load load; /* of a load */
    enum payment_way way;
    char reverses[37]; /* "" or the purchase that is given back */
    size_t staff_count;
    char staff[PAYMENT_STAFF_MAX][33]; /* card tokens */
};

struct payment *payment_new(void);
void payment_free(struct payment *payment);

/** What purchases and loads have in common; the pointers are the payment's. */
struct payment_facts {
    const char *card_number;
    const uint8_t *serial, *issuer, *terminal;
    int64_t amount_fen, balance_before_fen;
    int64_t change_fen; /* of the purse, when it happened: below zero for a purchase */
    uint16_t counter;   /* before the card's increment: the offline one, or the online one of a load */
    enum cc_purchase_state state;
    bool has_tac;
};
struct payment_facts payment_facts(const struct payment *payment);
/** Put both states where an outcome puts them: CONFIRMED, IN_DOUBT or VOID. */
void payment_set_outcome(struct payment *payment, enum payment_state state);

/** All values; binary as upper-case hex, amounts as integers. New reference. */
json_t *payment_to_json(const struct payment *payment);
/** Strict: a missing, foreign or out-of-range value is refused. */
bool payment_from_json(json_t *json, struct payment *out);

#endif
