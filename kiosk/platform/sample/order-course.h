/* SPDX-License-Identifier: Apache-2.0 */
/** Inner side of year-orders.c: the course of one order, played with the machine of model/order.h. */
#ifndef PLATFORM_ORDER_COURSE_H
#define PLATFORM_ORDER_COURSE_H

#include "platform/orders/service-orders.h"
#include "platform/sample/planner.h"

struct order_maker {
    struct planner *planner;
    struct rng *rng;
    const struct service_offer *offer;
    int card;
    struct order order;
    struct order_course course;
    int64_t now_ms, end_ms;     /* of the last step; nothing is known from then on */
    int64_t gone_ms, cancel_ms; /* INT64_MAX never: they died or moved away; they think better of it */
    bool over, reminded;
};

/** From the asking to whatever became of it until `end_ms`. order_place() and the clock's first step are done. */
void order_course_make(struct order_maker *maker);
/** The clock's steps that are due before `until_ms`. */
void order_course_clock(struct order_maker *maker, int64_t until_ms);

#endif
