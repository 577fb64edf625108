/* SPDX-License-Identifier: Apache-2.0 */
/** What the wallet's files share: gates, telling, writing states, asking a card about a doubt. Card worker only. */
#ifndef SERVICE_WALLET_H
#define SERVICE_WALLET_H

#include "model/staff.h"
#include "service/internal.h"

/* wallet.c */
void wallet_tell(struct kiosk *kiosk, enum kiosk_payment_phase phase, const struct payment *payment, const char *reason);
/** prepare() of card or PSAM said no: nothing has changed anywhere. Say why, in the resident's terms. */
void wallet_tell_not_prepared(struct kiosk *kiosk, const struct cc_port *port, int result, int64_t amount_fen);
/** Is the card on the reader one that money may move on now? Tells the reason when not. */
bool wallet_gates(struct kiosk *kiosk);
/**
 * Put this state on disk. False: it is not, and the payment in memory is back in the state that is. No more money is taken
 * after a failure of the disk.
 */
bool wallet_write(struct kiosk *kiosk, struct payment *payment, enum payment_state state);
/** COMMITTING on disk, with a receipt number: DEBIT or CREDIT may be sent. False has been told. */
bool wallet_commit(struct kiosk *kiosk, struct payment *payment);
/** The card has told the outcome: put it on disk, then tell. False: it is not on disk, and the payment stays open. */
bool wallet_settled(struct kiosk *kiosk, struct payment *payment, bool recovered, int64_t balance_fen);
/** DEBIT or CREDIT has said `result`. False: in doubt, and the card should be asked again. */
bool wallet_outcome(struct kiosk *kiosk, struct payment *payment, int result);
void wallet_tell_settled(struct kiosk *kiosk, const struct payment *payment, bool recovered, int64_t balance_fen);

/* doubt.c */
/** The card may lie there still (a bad contact, an answer lost): ask a few times before the resident has to do anything. */
void doubt_ask_again(struct kiosk *kiosk, struct payment *payment);

/* staff.c */
/**
 * Tokens of `count` different members of staff who have tapped and may do this, nobody of whom is who stands at the reader; or
 * why not: TWO_PERSONS (not so many), STAFF_… of one who may not. Taps before `since_boot_ms` do not count; of those that one
 * alone may answer for only the last does.
 */
enum ledger_code staff_approvals(struct kiosk *kiosk, size_t count, enum staff_act act, int64_t since_boot_ms, char tokens[][33]);
/** The load that they were for began: they are used up. */
void staff_approvals_use(struct kiosk *kiosk);

#endif
