/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Orders of loads whose kiosk says no more of them. CREDIT may have been done, and told to nobody: an order that is CREATED for
 * longer than ORDER_SILENT_MS, or whose kiosk is gone, becomes a payment in doubt like any other. It travels to all kiosks,
 * ends by its card, its counter or two people, and when its kiosk comes back after all, that tells the rest.
 */
#ifndef PLATFORM_ORDERS_H
#define PLATFORM_ORDERS_H

#include "platform/money/payments.h"

#define ORDER_SILENT_MS INT64_C(600000) /* an answer is used within seconds */

/** All of this kiosk, which is gone. Inside a transaction. */
bool orders_take_over(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error);
/** All that are silent; a transaction of its own, when there are any. */
bool orders_sweep(struct platform *platform, int64_t now_ms, GError **error);
/**
 * Read the payment of an order into `work`; one that nobody has told of is made, in this state. *made false without error: an
 * order of before bodies were kept.
 */
bool order_payment(struct payment_work *work, const char *id, enum payment_state state, bool *made, GError **error);

#endif
