/* SPDX-License-Identifier: Apache-2.0 */
/** What an event about a payment or load does: state machine of model/payment.h, TAC, bills, ledger, doubts. */
#ifndef PLATFORM_PAYMENTS_H
#define PLATFORM_PAYMENTS_H

#include <jansson.h>
#include "platform/db-rows.h"
#include "platform/platform.h"
#include "platform/tac.h"
#include "store/store.h"

/** A verdict on one event, with a code for machines. */
struct outcome {
    enum store_verdict verdict; /* ACCEPTED, CONFLICT or REJECTED */
    const char *code;           /* static; NULL when accepted */
    char tac_payment[37]; /* TAC_WRONG: keep this mark on the payment although the event is undone; else empty */
};

/**
 * Apply one event. False only for trouble of the database: the whole batch is to be rolled back. With a verdict other
 * than ACCEPTED the caller undoes what was written.
 */
bool payments_apply(struct platform *platform, const char *kiosk, const char *type, json_t *data,
                    int64_t now_ms, struct outcome *out, GError **error);

/** Is this a type that payments_apply() knows? */
bool payments_type(const char *type);

/* ---- For doubts.c, loads.c and postings.c ---- */

/** One payment under work, inside a transaction. */
struct payment_work {
    struct platform *platform;
    struct db *db;
    const char *kiosk; /* who tells */
    int64_t now_ms;
    struct payment payment;
    struct payment_facts facts; /* of it */
    struct payment_row row;     /* what is known; empty when new */
    char token[33];
    uint8_t intent[32], proof[TAC_PROOF_SIZE];
    struct outcome *out;
};
/** Always true: a verdict is no trouble. */
bool payment_refuse(struct payment_work *work, enum store_verdict verdict, const char *code);
/** Derive what follows from work->payment. False: verdict REJECTED is set, or `error`. */
bool payment_work_fill(struct payment_work *work, GError **error);
/** Move to the state that work->payment has, CONFIRMED or VOID, with all that follows from it. */
bool payment_finish(struct payment_work *work, GError **error);

/** postings.c: the ledger's side of a confirmed payment or load. */
bool postings_make(struct payment_work *work, bool proven, GError **error);

#endif
