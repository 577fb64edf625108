/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retry-After is drawn at random from twice the time that the queue takes to drain: whoever is sent away comes back while
 * there is room, and not all at once. The queue is what is under way plus those that were sent away and will come again.
 */
#include "platform/calls/throttle.h"
#include "model/clock.h"
#include "platform/calls/address.h"

#include <glib.h>
#include <string.h>

#define THREADS        4
#define TOOK_SHIFT     4   /* 1/16 of each new request goes into the mean */
#define TOOK_START_MS  20
#define TURNED_HALF_MS 5000 /* those sent away are forgotten by half in this time */
#define RETRY_S_MAX    120
#define FORGET_EACH_MS 1000 /* a table that is full is gone through so often, and not for each newcomer */

struct bucket {
    int64_t tokens_milli, at_ms, times; /* so many times what one has */
};

struct throttle {
    GMutex lock;
    unsigned under_way, under_way_max;
    int64_t took_scaled; /* mean ms of a request << TOOK_SHIFT */
    int64_t turned_milli, turned_at_ms;
    GHashTable *buckets; /* name → struct bucket */
    int64_t forgot_ms;   /* boot time at which those that are as good as new were looked for */
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

/* ---- Buckets ---- */

static int64_t full_milli(const struct bucket *bucket)
{
    return bucket->times * THROTTLE_KIOSK_BURST * INT64_C(1000);
}

static void fill(struct bucket *bucket, int64_t now)
{
    int64_t more = MAX(now - bucket->at_ms, 0) * THROTTLE_KIOSK_RATE * bucket->times;

    bucket->tokens_milli = MIN(bucket->tokens_milli + more, full_milli(bucket));
    bucket->at_ms = now;
}

static gboolean as_good_as_new(gpointer name, gpointer value, gpointer now)
{
    struct bucket *bucket = value;

    fill(bucket, *(const int64_t *)now);
    return bucket->tokens_milli == full_milli(bucket);
}

static bool has_room(struct throttle *throttle, int64_t now)
{
    if (g_hash_table_size(throttle->buckets) < THROTTLE_KIOSKS_MAX)
        return true;
    if (throttle->forgot_ms != 0 && now - throttle->forgot_ms < FORGET_EACH_MS)
        return false;
    throttle->forgot_ms = now;
    (void)g_hash_table_foreach_remove(throttle->buckets, as_good_as_new, &now);
    return g_hash_table_size(throttle->buckets) < THROTTLE_KIOSKS_MAX;
}

/* Filled until now; NULL: there is no room for one more. */
static struct bucket *bucket_of(struct throttle *throttle, const char *name, int64_t times, int64_t now)
{
    struct bucket *bucket = g_hash_table_lookup(throttle->buckets, name);

    if (bucket == NULL && has_room(throttle, now)) {
        bucket = g_new0(struct bucket, 1);
        bucket->times = times;
        bucket->tokens_milli = full_milli(bucket);
        bucket->at_ms = now;
        g_hash_table_insert(throttle->buckets, g_strdup(name), bucket);
    }
    if (bucket != NULL)
        fill(bucket, now);
    return bucket;
}

static bool has_token(const struct bucket *bucket)
{
    return bucket != NULL && bucket->tokens_milli >= 1000;
}

/* Borrowed until the next name is looked for, which may make room: a bucket that has given a token is none that is forgotten then. */
static struct bucket *token_of(struct throttle *throttle, const char *name, int64_t times, int64_t now)
{
    struct bucket *bucket = bucket_of(throttle, name, times, now);

    if (!has_token(bucket))
        return NULL;
    bucket->tokens_milli -= 1000;
    return bucket;
}

/* `site` NULL: of none. One that its site has no token for gets no bucket; one without a token costs its neighbours nothing. */
static bool take(struct throttle *throttle, const char *site, const char *name, unsigned *retry_s)
{
    int64_t now = clock_boot_ms();

    g_mutex_lock(&throttle->lock);
    struct bucket *all = site != NULL ? token_of(throttle, site, THROTTLE_SITE_TIMES, now) : NULL;
    bool may = (site == NULL || all != NULL) && token_of(throttle, name, 1, now) != NULL;
    if (!may && all != NULL)
        all->tokens_milli += 1000;
    if (!may)
        *retry_s = 1 + random_below(2 * THROTTLE_KIOSK_BURST / THROTTLE_KIOSK_RATE);
    g_mutex_unlock(&throttle->lock);
    return may;
}

bool throttle_kiosk(struct throttle *throttle, const char *kiosk, unsigned *retry_s)
{
    return take(throttle, NULL, kiosk, retry_s);
}

unsigned throttle_names(struct throttle *throttle)
{
    g_mutex_lock(&throttle->lock);
    unsigned count = g_hash_table_size(throttle->buckets);
    g_mutex_unlock(&throttle->lock);
    return count;
}

/* ---- Addresses ---- */

bool throttle_address(struct throttle *throttle, const char *door, const struct sockaddr *address, unsigned *retry_s)
{
    g_autofree char *network = address_network(address, 8), *around = address_network(address, 6);
    g_autofree char *name = g_strdup_printf("%s %s", door, network);
    g_autofree char *site = strcmp(network, around) != 0 ? g_strdup_printf("%s %s", door, around) : NULL;

    return take(throttle, site, name, retry_s);
}
