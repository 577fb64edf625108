/* SPDX-License-Identifier: Apache-2.0 */
/** What an event about a payment or load does: state machine of model/payment.h, TAC, bills, ledger, doubts. */
#ifndef PLATFORM_PAYMENTS_H
#define PLATFORM_PAYMENTS_H

#include <jansson.h>
#include "platform/data/db-rows.h"
#include "platform/platform.h"
#include "platform/money/tac.h"
#include "store/store.h"

/** A verdict on one event, with a code for machines. */
struct outcome {
    enum store_verdict verdict; /* ACCEPTED, CONFLICT or REJECTED */
    const char *code;           /* static; NULL when accepted */
    const char *alarm;          /* static; NULL none. Stays although the event's effects are undone, see alarms.h */
    char payment[37], named[32]; /* what it is about, and whose word is in question ("" nobody's) */
};

/**
 * Apply one event. False only for trouble of the database: the whole batch is to be rolled back. With a verdict other
 * than ACCEPTED the caller undoes what was written.
 */
struct payment_ahead;
struct payment_pair;
bool payments_apply(struct platform *platform, const char *kiosk, const char *type, json_t *data, int64_t now_ms,
                    const struct payment_ahead *ahead, struct payment_pair *pair, struct outcome *out, GError **error);

/** What of that needs no transaction. */
struct payment_ahead {
    struct payment payment; /* as it was told */
    char *sealed;           /* db_payment_sealed(); NULL: it is made when it is needed */
    bool filled;            /* what payment_work_fill() derives: */
    char token[33];
    uint8_t intent[32], proof[DB_KEYED_SIZE];
    bool tac_known;         /* it is confirmed, and the keys were asked: */
    enum tac_verdict tac;
    bool mac2_known; /* a load is begun that we have no order of, and the keys were asked: */
    bool mac2_ours;
};
/**
 * `keys`: ask them, outside of any transaction. *out NULL: the event tells of no payment, or of none that is one; payments_apply()
 * takes that as well. False, with an error: whoever has to be asked does not answer, the event has to come again.
 */
bool payments_ahead(struct platform *platform, const char *type, json_t *data, bool keys, struct payment_ahead **out, GError **error);
void payments_ahead_free(struct payment_ahead *ahead);
/** Seal it as it will be written. */
void payments_ahead_seal(struct platform *platform, struct payment_ahead *ahead);
/** Is `end` the proven end of the purchase that `intent` begins? Either may be NULL. */
bool payments_pair(const struct payment_ahead *intent, const struct payment_ahead *end);

/**
 * An intent and its proven end, one right behind the other, are one write: of the intent nothing is written then, and its end writes
 * the payment as it ended. Of payments_apply(); NULL: each event is written by itself.
 */
struct payment_pair {
    const struct payment_ahead *end; /* what the next event tells, when it is for sure the next one to be applied; else NULL */
    bool held;                       /* an intent was accepted, and not written: the next event writes it, or nothing of both may stay */
    struct payment_look look;        /* then what there is of it */
    int64_t paid, paid_fen;          /* of all that ended so: for the day's total, which whoever has the pair adds to */
};

/** Between db_asking(): what payments_apply() will ask first. `pair`: its intent is right before it. */
void payments_ask(struct platform *platform, const char *kiosk, const char *type, const struct payment_ahead *ahead, bool pair);

/** Is this a type that payments_apply() knows? */
bool payments_type(const char *type);

/* ---- For doubts.c, loads.c and postings.c ---- */

/** A bill that a payment claims, and what becomes of the claim. */
struct payment_claim {
    bool found;
    struct bill_claims bill; /* what others claim of it, and lines of this payment before this one */
    const char *outcome;     /* static */
};

/** One payment under work, inside a transaction. */
struct payment_work {
    struct platform *platform;
    struct db *db;
    const char *kiosk; /* who tells */
    int64_t now_ms;
    struct payment payment;
    struct payment_facts facts; /* of it */
    struct payment_row row;     /* what is known; empty when new */
    struct payment_around around; /* and what is around it; */
    bool looked;                  /* false: that has to be asked for */
    char token[33];
    uint8_t intent[32], proof[DB_KEYED_SIZE]; /* their digests (db_digest): what lies in the table */
    bool proven;       /* its TAC is right */
    bool contradicted; /* its desk said that it did not happen */
    enum purse_keys_verdict mac1; /* of a load that is asked for */
    const struct payment_ahead *ahead; /* of an event; NULL: nothing was looked at before the transaction */
    struct payment_pair *pair;         /* of an event; may be NULL */
    bool unwritten;                    /* its intent was held back: it is written as it ended, once, and so are its claims */
    struct payment_claim claims[PAYMENT_BILLS_MAX]; /* of such a one: looked at before anything of it is written */
    struct outcome *out;
};
/** Always true: a verdict is no trouble. */
bool payment_refuse(struct payment_work *work, enum store_verdict verdict, const char *code);
/** Refuse, and leave an alarm about this payment. */
bool payment_alarm(struct payment_work *work, const char *code, const char *alarm, const char *named);
enum tac_verdict payment_tac(const struct payment_work *work);
/** False, with an error, for one that says nothing about the payment: the event has to come again. */
bool payment_tac_known(enum tac_verdict tac, GError **error);
/** Go on only with a TAC that is not wrong, and proves no other payment; else the verdict is set. False: trouble. */
bool payment_tac_take(struct payment_work *work, enum tac_verdict *tac, GError **error);
/** Derive what follows from work->payment. False: verdict REJECTED is set, or `error`. */
bool payment_work_fill(struct payment_work *work, GError **error);
/** Move to the state that work->payment has, CONFIRMED or VOID, with all that follows from it. */
bool payment_finish(struct payment_work *work, GError **error);

/** Write work->payment's state, with this TAC, and what its card's chain says then. */
bool payment_state_write(struct payment_work *work, const char *tac, GError **error);

/** postings.c: of one that is unwritten: look at its bills, and say what becomes of each claim. */
bool postings_allot(struct payment_work *work, GError **error);
/** The ledger's side of a confirmed payment or load; work->proven, work->contradicted. */
bool postings_make(struct payment_work *work, GError **error);
/** Its proof came later: what waits in suspense:unproven goes where it belongs. */
bool postings_prove(struct payment_work *work, GError **error);
/** Everything of this payment back. */
bool postings_undo(struct payment_work *work, GError **error);
/** A void load that is on the card, it seems; and the end of that, when its desk answers for it. */
bool postings_contradict(struct payment_work *work, GError **error);
bool postings_to_desk(struct payment_work *work, GError **error);

#endif
