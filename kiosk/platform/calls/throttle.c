/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retry-After is drawn at random from twice the time that the queue takes to drain: whoever is sent away comes back while
 * there is room, and not all at once. The queue is what is under way plus those that were sent away and will come again.
 */
#include "platform/calls/throttle.h"
#include "model/clock.h"

#include <glib.h>

#define THREADS        4
#define TOOK_SHIFT     4   /* 1/16 of each new request goes into the mean */
#define TOOK_START_MS  20
#define TURNED_HALF_MS 5000 /* those sent away are forgotten by half in this time */
#define RETRY_S_MAX    120

struct bucket {
    int64_t tokens_milli, at_ms;
};

struct throttle {
    GMutex lock;
    unsigned under_way, under_way_max;
    int64_t took_scaled; /* mean ms of a request << TOOK_SHIFT */
    int64_t turned_milli, turned_at_ms;
    GHashTable *buckets; /* kiosk id → struct bucket */
};

struct throttle *throttle_new(unsigned under_way_max)
{
    struct throttle *throttle = g_new0(struct throttle, 1);

    g_mutex_init(&throttle->lock);
    throttle->under_way_max = under_way_max;
    throttle->took_scaled = TOOK_START_MS << TOOK_SHIFT;
    throttle->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (throttle == NULL)
        return;
    g_hash_table_unref(throttle->buckets);
    g_mutex_clear(&throttle->lock);
    g_free(throttle);
}

static void forget_turned(struct throttle *throttle, int64_t now)
{
    for (; now - throttle->turned_at_ms >= TURNED_HALF_MS && throttle->turned_milli > 0; throttle->turned_at_ms += TURNED_HALF_MS)
        throttle->turned_milli /= 2;
    if (throttle->turned_milli == 0)
        throttle->turned_at_ms = now;
}

static unsigned retry_after_s(struct throttle *throttle)
{
    int64_t queue = throttle->under_way + throttle->turned_milli / 1000;
    int64_t drain_ms = queue * (throttle->took_scaled >> TOOK_SHIFT) / THREADS;
    int64_t spread_s = 2 * (drain_ms + 999) / 1000;

    return 1 + random_below((uint32_t)CLAMP(spread_s, 1, RETRY_S_MAX) + 1);
}

bool throttle_admit(struct throttle *throttle, unsigned *retry_s)
{
    int64_t now = clock_boot_ms();
    bool may;

    g_mutex_lock(&throttle->lock);
    forget_turned(throttle, now);
    may = throttle->under_way < throttle->under_way_max;
    if (may) {
        throttle->under_way++;
    } else {
        throttle->turned_milli += 1000;
        *retry_s = retry_after_s(throttle);
    }
    g_mutex_unlock(&throttle->lock);
    return may;
}

void throttle_done(struct throttle *throttle)
{
    g_mutex_lock(&throttle->lock);
    g_assert(throttle->under_way > 0);
    throttle->under_way--;
    g_mutex_unlock(&throttle->lock);
}

unsigned throttle_under_way(struct throttle *throttle)
{
    g_mutex_lock(&throttle->lock);
    unsigned count = throttle->under_way;
    g_mutex_unlock(&throttle->lock);
    return count;
}

void throttle_took(struct throttle *throttle, int64_t ms)
{
    g_mutex_lock(&throttle->lock);
    throttle->took_scaled += CLAMP(ms, 0, 60000) - (throttle->took_scaled >> TOOK_SHIFT);
    g_mutex_unlock(&throttle->lock);
}

static void fill(struct bucket *bucket, int64_t now)
{
    int64_t more = MAX(now - bucket->at_ms, 0) * THROTTLE_KIOSK_RATE;

    bucket->tokens_milli = MIN(bucket->tokens_milli + more, THROTTLE_KIOSK_BURST * INT64_C(1000));
    bucket->at_ms = now;
}

static struct bucket *bucket_of(struct throttle *throttle, const char *kiosk, int64_t now)
{
    struct bucket *bucket = g_hash_table_lookup(throttle->buckets, kiosk);

    if (bucket == NULL) {
        /* More than there can be: begin anew rather than grow. */
        if (g_hash_table_size(throttle->buckets) >= THROTTLE_KIOSKS_MAX)
            g_hash_table_remove_all(throttle->buckets);
        bucket = g_new0(struct bucket, 1);
        bucket->tokens_milli = THROTTLE_KIOSK_BURST * INT64_C(1000);
        g_hash_table_insert(throttle->buckets, g_strdup(kiosk), bucket);
        bucket->at_ms = now;
    }
    return bucket;
}

bool throttle_kiosk(struct throttle *throttle, const char *kiosk, unsigned *retry_s)
{
    int64_t now = clock_boot_ms();
    struct bucket *bucket;
    bool may;

    g_mutex_lock(&throttle->lock);
    bucket = bucket_of(throttle, kiosk, now);
    fill(bucket, now);
    may = bucket->tokens_milli >= 1000;
    if (may)
        bucket->tokens_milli -= 1000;
    else
        *retry_s = 1 + random_below(2 * THROTTLE_KIOSK_BURST / THROTTLE_KIOSK_RATE);
    g_mutex_unlock(&throttle->lock);
    return may;
}
