/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Doubts: told to all kiosks, ended by whoever can say, told back to where they were taken.
 *
 *   IN_DOUBT ──► feed topic "doubt", OPEN ──┬─ its own kiosk asks the card ─────────► over: the item is a tombstone
 *                                           ├─ its card at another kiosk (ELSEWHERE) ┐
 *                                           ├─ the card's counter (COUNTER, NEXT) ───┼► item PAID | VOID until its kiosk
 *                                           └─ two people (STAFF) ───────────────────┘  has told the same: a tombstone
 *
 * COUNTER: a TAC proves that the card was used at the counter where this one began, so this one did not happen. NEXT: the card's next load
 * began at the counter and the balance where this one would have ended, and no purchase lies between. A purchase is never
 * taken for made on such grounds: another one of the same amount may lie in a kiosk that was not heard yet.
 */
#ifndef PLATFORM_DOUBTS_H
#define PLATFORM_DOUBTS_H

#include "platform/money/payments.h"

/** From now on every kiosk knows of it. */
bool doubts_tell(struct db *db, const char *payment, int64_t now_ms, GError **error);
/** Its kiosk knows the end: kiosks that were told of it forget it. */
bool doubts_close(struct db *db, const char *payment, int64_t now_ms, GError **error);
/** This one is confirmed, or its MAC1 is right: what does its counter say of others of the card? */
bool doubts_by_counter(struct payment_work *work, GError **error);
/** This one became a doubt: what do those that are confirmed say of it? */
bool doubts_by_the_past(struct payment_work *work, bool *over, GError **error);
bool doubts_settle_counter(struct platform *platform, const char *payment, int64_t now_ms, GError **error);
/** The event doubt.settled of another kiosk. */
bool doubts_settled_elsewhere(struct payment_work *work, json_t *data, GError **error);
/** End it, whoever says so; two people also end its alarms when it is over. `out` is ACCEPTED, or a conflict. */
bool doubts_settle(struct platform *platform, const char *payment, const struct settlement *settlement, int64_t now_ms,
                   struct outcome *out, GError **error);
/** This kiosk is gone (enrolled anew, revoked): what it has begun, or may have, and not ended is a doubt for the others. */
bool doubts_take_over(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error);

#endif
