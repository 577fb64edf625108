/* SPDX-License-Identifier: Apache-2.0 */
/** Events of tickets, orders, seats, visits, notices, calls for help and wishes of people: handed to their room, whose code becomes the verdict. */
#ifndef PLATFORM_TOLD_H
#define PLATFORM_TOLD_H

#include "platform/data/db-rows.h"
#include "platform/money/payments.h"

struct told {
    const struct event_row *event;
    const char *type;
    json_t *json, *data; /* the body, and what it tells, opened; borrowed */
};
bool told_type(const char *type);
/** Of such a type. Like payments_apply(): false is trouble of the database. */
bool told_apply(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error);

#endif
