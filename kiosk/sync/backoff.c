/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/backoff.h"
#include "model/clock.h"

#include <glib.h>

void backoff_init(struct backoff *backoff, unsigned cap_ms)
{
    backoff->cap_ms = cap_ms != 0 ? MIN(cap_ms, G_MAXINT / 4) : BACKOFF_CAP_MS;
    backoff->base_ms = MIN(BACKOFF_BASE_MS, backoff->cap_ms);
    backoff->failures = 0;
}

unsigned backoff_failed(struct backoff *backoff, unsigned retry_after_s)
{
    guint64 bound_ms = (guint64)backoff->base_ms << MIN(backoff->failures, 20);

    backoff->failures = MIN(backoff->failures + 1, 1000);
    return MIN(retry_after_s, BACKOFF_RETRY_S_MAX) * 1000 +
           random_below((uint32_t)MIN(bound_ms, backoff->cap_ms) + 1);
}

/* 2 s · 2³ is the first bound above BACKOFF_BACK_MS. */
#define FAILURES_BACK 3

unsigned backoff_back(struct backoff *backoff, unsigned left_ms, unsigned asked_ms)
{
    unsigned spread_ms = random_below(BACKOFF_BACK_MS + 1);

    backoff->failures = MIN(backoff->failures, FAILURES_BACK);
    return MIN(left_ms, asked_ms + spread_ms);
}

void backoff_good(struct backoff *backoff)
{
    backoff->failures = 0;
}

unsigned backoff_splay(unsigned splay_ms)
{
    return random_below(MIN(splay_ms, BACKOFF_CAP_MS) + 1);
}
