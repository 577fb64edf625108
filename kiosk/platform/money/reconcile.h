/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Do a card's transactions follow each other? A card counts its purchases and its loads, each by one, and tells its balance before each.
 *
 *   GAP           NOTE   counters that nobody told us: another operator's terminal, or a kiosk that is silent
 *   LOAD_MISSING  NOTE   more on the card than the purchase before it left, and no load of ours explains it
 *   BALANCE       ALARM  less than the purchase before it left, nothing between; or more than the load before it left
 *   SAME_COUNTER  ALARM  two transactions at one counter: two cards with one name, or one that was set back
 *   BACK          ALARM  the higher counter was made more than a day before the lower one
 *   OVER_CAP      ALARM  more than a purse may hold (SV-1)
 *
 * Each is judged between two neighbours. So a payment that is confirmed, or is no more, asks those beside it, and a load asks the purchases
 * that it may lie between, all by indexes: what comes late explains by itself what was missing. Who denies or proves a payment is in
 * alarms.h; that is not said again here, but findings name the open doubts and alarms that they are about.
 */
#ifndef PLATFORM_RECONCILE_H
#define PLATFORM_RECONCILE_H

#include "platform/data/db-reconcile.h"

#define RECONCILE_BACK_MS INT64_C(86400000) /* a kiosk whose clock is off by more takes no payments */

/** Inside a transaction, after a payment has moved: its chain and what is found in it. */
bool reconcile_follow(struct db *db, const char *payment, int64_t now_ms, GError **error);
/** The same of one that was just written, confirmed, when its card's chain was looked at before. */
bool reconcile_new(struct db *db, const struct card_look *look, int64_t now_ms, GError **error);

struct reconcile_whole {
    int64_t cards, steps, findings;
    int64_t wrong; /* steps and findings that were not as they must be, and are now */
};
/** Inside a writing transaction: all cards anew, out of their payments. */
bool reconcile_whole(struct db *db, int64_t now_ms, struct reconcile_whole *out, GError **error);

#endif
