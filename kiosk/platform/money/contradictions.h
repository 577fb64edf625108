/* SPDX-License-Identifier: Apache-2.0 */
/** Who tells of a payment what is not so here: evidence is posted, words are not, and people hear of both (alarms.h). */
#ifndef PLATFORM_CONTRADICTIONS_H
#define PLATFORM_CONTRADICTIONS_H

#include "platform/money/payments.h"

/** Told CONFIRMED of one that is VOID here. A right TAC is posted; else it is refused with this code. */
bool contradict_void(struct payment_work *work, const char *code, GError **error);
/** Told VOID of one that is CONFIRMED here: refused with this code. */
bool contradict_paid(struct payment_work *work, const char *code);
/** Told CONFIRMED of one that is so here already: a TAC that was missing is taken. */
bool contradict_prove(struct payment_work *work, GError **error);
/** Do void loads of the card that work is about fit to what the card shows otherwise? */
bool contradictions_of_card(struct payment_work *work, GError **error);
/** Two people end the alarms of work->row; work->payment is it as last told. Refused: PROVEN, REVERSAL, REVERSED_ALREADY. */
bool contradictions_settle(struct payment_work *work, const struct settlement *settlement, GError **error);

#endif
