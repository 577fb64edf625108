/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Evidence that contradicts itself, on the list of staff until two of them have settled it (`doubts`, `doubt-settle`):
 *
 *   VOID_BUT_PROVEN   a right TAC of a payment that somebody told void: posted, what a desk denies in suspense:contradicted
 *   LOAD_ON_CARD      a void load, and the card's later counter and balance are those that it would have left: suspense:contradicted
 *   LOAD_UNEXPLAINED  a void load, and the card's counter moved on by nothing that we know: nothing posted
 *   LOG_CONTRADICTS   void here; another kiosk says of the card's log that it happened: nothing posted
 *   PAID_BUT_VOID     confirmed here; a kiosk says void, or proves another load at the same counter: nothing posted
 *   TAC_WRONG         a TAC that is not the card's
 */
#ifndef PLATFORM_ALARMS_H
#define PLATFORM_ALARMS_H

#include "platform/money/payments.h"

/** In this transaction. The kiosk that is named gets the alarm as its own, too. */
bool alarm_raise(struct db *db, const char *payment, const char *kind, const char *named, const char *teller,
                 int64_t now_ms, GError **error);
/** With a verdict other than ACCEPTED, after its effects were undone: what stays of it. */
bool alarm_of_outcome(struct db *db, const struct outcome *outcome, const char *teller, int64_t now_ms, GError **error);

#endif
