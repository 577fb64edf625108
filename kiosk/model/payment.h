/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A payment from the card's purse: its states and what is allowed between them. Pure; the kiosk's store and the platform
 * enforce the same table.
 *
 *   INTENT ──► COMMITTING ──► CONFIRMED
 *     │            │  ├─────► VOID        (the card surely was not debited)
 *     ▼            │  ▼            ▲
 *   (nothing)      └► IN_DOUBT ────┤
 *                        └───────► CONFIRMED
 *
 * INTENT exists in memory only: initialised on card and PSAM, nothing has changed anywhere. COMMITTING is on disk before
 * DEBIT leaves. CONFIRMED and VOID are final. Time alone never ends a doubt.
 */
#ifndef MODEL_PAYMENT_H
#define MODEL_PAYMENT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "citycard.h"

enum payment_state { PAYMENT_INTENT, PAYMENT_COMMITTING, PAYMENT_CONFIRMED, PAYMENT_IN_DOUBT, PAYMENT_VOID };
const char *payment_state_name(enum payment_state state); /* "COMMITTING" … */
bool payment_state_parse(const char *name, enum payment_state *out);
bool payment_may(enum payment_state from, enum payment_state to);

#define PAYMENT_BILLS_MAX 8

struct payment {
    char id[37]; /* UUIDv7, made once for the intent, reused by every retry and event */
    enum payment_state state;
    char receipt_no[24];
    int64_t at_ms;
    bool online; /* the platform could be reached when it was taken */
    struct cc_purchase purchase;
    size_t bill_count;
    struct { char id[64]; int64_t amount_fen; } bills[PAYMENT_BILLS_MAX];
};

struct payment *payment_new(void);
void payment_free(struct payment *payment);

/** All values; binary as upper-case hex, amounts as integers. New reference. */
json_t *payment_to_json(const struct payment *payment);
/** Strict: a missing, foreign or out-of-range value is refused. */
bool payment_from_json(json_t *json, struct payment *out);

#endif
