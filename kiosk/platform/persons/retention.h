/* SPDX-License-Identifier: Apache-2.0 */
/** How long anything about a person is kept. The table stands in retention.c; ledger, events and decisions stay for ever. */
#ifndef PLATFORM_RETENTION_H
#define PLATFORM_RETENTION_H

#include "platform/data/db-retention.h"
#include "platform/platform.h"

#define RETENTION_KINDS KEPTS
struct retention {
    int64_t counts[RETENTION_KINDS]; /* gone, or with `dry` over and still there */
    int64_t waiting;                 /* people who left, with a payment that is not settled */
};
const char *retention_name(enum kept kept);
int64_t retention_days(enum kept kept);

/** Many short transactions; what was done stays when a later one fails. `dry`: count, and change nothing. `stop` not 0 (g_atomic_int_get(); NULL: never) ends it early. */
bool retention_run(struct platform *platform, int64_t now_ms, bool dry, gint *stop, struct retention *out, GError **error);

/** After three o'clock at night (+08:00), until it was done once a day; then nothing. What failed or was stopped is tried by the next
 *  call, of whatever node; two nodes at a time do no harm to each other. */
bool retention_nightly(struct platform *platform, int64_t now_ms, gint *stop, GError **error);

#endif
