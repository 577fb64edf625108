/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one state of a bill on all channels, derived from the payments that claim it:
 *
 *            claimed            in doubt
 *   UNPAID ──────────► PAYING ──────────► UNKNOWN        PAID is final.
 *     ▲                  │ │                 │
 *     └── all void ──────┘ └── confirmed ────┴──► PAID
 *
 * The first confirmed payment pays it. A second one is PAID_ELSEWHERE and its money is owed to the card.
 */
#ifndef PLATFORM_BILLS_H
#define PLATFORM_BILLS_H

#include "model/payment.h"
#include "platform/data/db.h"

/** Derive the state anew and put the bill into the feed when it changed. An unknown id is no error. */
bool bills_refresh(struct db *db, const char *bill, GError **error);
/** All bills of a payment that is at hand: those that it claimed when it came are the same. */
bool bills_refresh_claimed(struct db *db, const struct payment *payment, GError **error);
struct payment_claim;
/** The same when its claims were looked at before it was written, with these outcomes. */
bool bills_claimed(struct db *db, const struct payment *payment, const struct payment_claim *claims, GError **error);
/** All bills that a payment claims. */
bool bills_refresh_of(struct db *db, const char *payment, GError **error);

/** The payment was given back and claims nothing any more: bills that it had paid go back, too. */
bool bills_reopen_of(struct db *db, const char *payment, GError **error);

#endif
