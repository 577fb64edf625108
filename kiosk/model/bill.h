/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bills (BL-1, BL-4): one key and one state on all channels. Pure.
 *
 *   UNPAID ──► PAYING ──► PAID          PAYING ──► UNKNOWN ──► PAID | UNPAID      (a doubt blocks a second try)
 *     ├──────► PAID_ELSEWHERE, CLOSED   PAYING ──► UNPAID   only when the payment surely did not happen
 */
#ifndef MODEL_BILL_H
#define MODEL_BILL_H

#include "model/payment.h"

enum bill_state { BILL_UNPAID, BILL_PAYING, BILL_UNKNOWN, BILL_PAID, BILL_PAID_ELSEWHERE, BILL_CLOSED, BILL_STATES };
const char *bill_state_name(enum bill_state state);
bool bill_state_parse(const char *name, enum bill_state *out);
bool bill_may(enum bill_state from, enum bill_state to);
/** What a payment in this state makes of a bill that it covers. */
enum bill_state bill_state_by(enum payment_state payment);
/** BL-1: "biller|account|period"; false when a part is empty or holds the separator or anything but printable ASCII. */
bool bill_key(const char *biller, const char *account_no, const char *period, char *out, size_t out_size);

#endif
