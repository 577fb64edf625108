/* SPDX-License-Identifier: Apache-2.0 */
/** One step of one order while it is done: service-orders.c and order-clock.c. */
#ifndef PLATFORM_ORDER_WORK_H
#define PLATFORM_ORDER_WORK_H

#include "platform/orders/service-orders.h"

struct order_work {
    struct db *db;
    struct service_order_row *row;
    const char *id, *kiosk, *staff[2], *note; /* of the step; "" none */
    int64_t now_ms;
};
/** By the model; *code ORDER_OK: done, written down, what is held follows it, kiosks are told. */
bool order_work_do(struct order_work *work, const struct order_deed *deed, enum order_code *code, GError **error);
/** The row as it is now, with the time at which the clock comes next; kiosks are told. */
bool order_work_put(struct order_work *work, GError **error);

#endif
