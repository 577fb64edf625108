/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 10,000 kiosks come back after an hour without the platform, in virtual time: the kiosks' own backoff (sync/backoff.c), the
 * platform's own throttle, one list of moments. Each kiosk has four requests to make, one after the other: its hotlist, its feed, two
 * batches of its backlog. The platform works off a fixed number a second; the rest waits at it, up to the throttle's limit, and is
 * sent away beyond it.
 *
 * The bound of arrivals: a kiosk that has failed for long draws each pause evenly out of BACKOFF_CAP_MS, 150 s in the mean. At any moment
 * the time to its next try is as that of a renewal: densest at once, 1/150 a second, and falling to nothing after 300 s. So kiosks
 * arrive at KIOSKS / 150 = 66.7 in the first second and fewer later; each that is served asks REQUESTS times without a pause, 267
 * requests a second. By chance the busiest second stays within six standard deviations of its kiosks (Poisson): 4·(66.7 + 6·√66.7)
 * = 463. Who is sent away comes again by Retry-After and jitter, which thins that out.
 */
#include "model/clock.h"
#include "platform/calls/throttle.h"
#include "sync/backoff.h"

#include <glib.h>
#include <string.h>

#define KIOSKS   10000
#define REQUESTS 4
#define OUTAGE_MS (3600 * INT64_C(1000))
#define HORIZON_MS (OUTAGE_MS + 3600 * INT64_C(1000))
#define PEAK_MAX 463

/* ---- Time ---------------------------------------------------------------------------------------------------------- */

static int64_t at_ms;

static int64_t virtual_now(void *ctx)
{
    return at_ms;
}

static const char *virtual_boot(void *ctx)
{
    return "44444444-4444-7444-8444-444444444444";
}

static void virtual_sleep(void *ctx, unsigned ms)
{
    at_ms += ms;
}

static void drawn(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_rand_int(ctx);
}

/* ---- What happens, in order ---------------------------------------------------------------------------------------- */

enum kind { ASKS, DONE };

struct moment {
    int64_t at_ms;
    uint64_t order; /* equal moments in the order in which they were made */
    unsigned kiosk;
    enum kind kind;
};

struct kiosk {
    struct backoff backoff;
    char id[16];
    unsigned left;       /* requests to make */
    int64_t hotlist_ms;  /* when it had the list; 0: not yet */
    int64_t over_ms;     /* when it had all; 0: not yet */
    unsigned turned_away;
};

struct town {
    GRand *rand;
    struct clock_source source;
    GTree *moments;
    uint64_t order;
    struct kiosk *kiosks;
    struct throttle *throttle;
    GQueue waiting; /* kiosks whose requests were admitted and wait for their turn */
    unsigned busy, places, took_ms; /* requests that are worked at, how many at once, how long each */
    unsigned per_second[HORIZON_MS / 1000 + 600];
    unsigned peak, turned_away;
};

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct moment *left = a, *right = b;

    if (left->at_ms != right->at_ms)
        return left->at_ms < right->at_ms ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static void plan(struct town *town, int64_t when_ms, unsigned kiosk, enum kind kind)
{
    struct moment *moment = g_new(struct moment, 1);

    *moment = (struct moment){when_ms, town->order++, kiosk, kind};
    g_tree_insert(town->moments, moment, moment);
}

static void again(struct town *town, unsigned i, unsigned retry_s)
{
    plan(town, at_ms + backoff_failed(&town->kiosks[i].backoff, retry_s), i, ASKS);
}

/* Those that were admitted, as far as there are threads for them. */
static void work(struct town *town)
{
    while (town->busy < town->places && !g_queue_is_empty(&town->waiting)) {
        unsigned i = GPOINTER_TO_UINT(g_queue_pop_head(&town->waiting));
        town->busy++;
        plan(town, at_ms + town->took_ms, i, DONE);
    }
}

static void asks(struct town *town, unsigned i)
{
    struct kiosk *kiosk = &town->kiosks[i];
    unsigned retry_s = 0;

    if (at_ms < OUTAGE_MS) { /* nobody answers */
        again(town, i, 0);
        return;
    }
    town->per_second[at_ms / 1000]++;
    town->peak = MAX(town->peak, town->per_second[at_ms / 1000]);
    bool admitted = throttle_admit(town->throttle, &retry_s);
    if (admitted && throttle_kiosk(town->throttle, kiosk->id, &retry_s)) {
        g_queue_push_tail(&town->waiting, GUINT_TO_POINTER(i));
        work(town);
        return;
    }
    if (admitted)
        throttle_done(town->throttle);
    kiosk->turned_away++;
    town->turned_away++;
    again(town, i, retry_s);
}

static void done(struct town *town, unsigned i)
{
    struct kiosk *kiosk = &town->kiosks[i];

    town->busy--;
    throttle_took(town->throttle, town->took_ms);
    throttle_done(town->throttle);
    if (kiosk->left == REQUESTS)
        kiosk->hotlist_ms = at_ms;
    kiosk->left--;
    if (kiosk->left > 0) {
        plan(town, at_ms, i, ASKS);
    } else {
        backoff_good(&kiosk->backoff);
        kiosk->over_ms = at_ms;
    }
    work(town);
}

static void town_up(struct town *town, unsigned places, unsigned took_ms)
{
    *town = (struct town){.rand = g_rand_new_with_seed(20261122), .places = places, .took_ms = took_ms};
    town->source = (struct clock_source){town->rand, virtual_now, virtual_now, virtual_boot, virtual_sleep, drawn};
    at_ms = 0;
    clock_use(&town->source);
    town->moments = g_tree_new_full(by_time, NULL, g_free, NULL);
    town->throttle = throttle_new(THROTTLE_UNDER_WAY_MAX);
    g_queue_init(&town->waiting);
    town->kiosks = g_new0(struct kiosk, KIOSKS);
    for (unsigned i = 0; i < KIOSKS; i++) {
        backoff_init(&town->kiosks[i].backoff, 0);
        g_snprintf(town->kiosks[i].id, sizeof town->kiosks[i].id, "K%05u", i);
        town->kiosks[i].left = REQUESTS;
        plan(town, backoff_splay(1), i, ASKS); /* all lose the platform within a millisecond: the worst there is */
    }
}

static void town_play(struct town *town)
{
    GTreeNode *first;

    while ((first = g_tree_node_first(town->moments)) != NULL) {
        struct moment moment = *(struct moment *)g_tree_node_key(first);

        g_tree_remove(town->moments, g_tree_node_key(first));
        at_ms = moment.at_ms;
        g_assert_cmpint(at_ms, <, HORIZON_MS);
        if (moment.kind == ASKS)
            asks(town, moment.kiosk);
        else
            done(town, moment.kiosk);
    }
}

static void town_down(struct town *town)
{
    clock_use(NULL);
    throttle_free(town->throttle);
    g_tree_unref(town->moments);
    g_free(town->kiosks);
    g_rand_free(town->rand);
}

static int64_t last_of(const struct town *town, bool hotlist)
{
    int64_t last = 0;

    for (unsigned i = 0; i < KIOSKS; i++) {
        int64_t when = hotlist ? town->kiosks[i].hotlist_ms : town->kiosks[i].over_ms;
        g_assert_cmpint(when, >=, OUTAGE_MS); /* nobody starves */
        last = MAX(last, when);
    }
    return (last - OUTAGE_MS) / 1000;
}

/* ---- Tests --------------------------------------------------------------------------------------------------------- */

/* A node that answers 800 requests a second, far more than come: nobody is sent away, and all is over when the last has drawn its moment. */
static void test_return(void)
{
    g_autofree struct town *town = g_new(struct town, 1);

    town_up(town, 4, 5);
    town_play(town);
    g_test_message("peak %u/s, sent away %u, hotlist everywhere after %d s, all over after %d s", town->peak, town->turned_away,
                   (int)last_of(town, true), (int)last_of(town, false));
    g_assert_cmpuint(town->peak, <=, PEAK_MAX);
    g_assert_cmpuint(town->turned_away, ==, 0);
    g_assert_cmpint(last_of(town, true), <=, BACKOFF_CAP_MS / 1000 + 1);
    g_assert_cmpint(last_of(town, false), <=, BACKOFF_CAP_MS / 1000 + 2);
    town_down(town);
}

/* One that answers 100 a second, fewer than come: 40,000 requests need 400 s at least. Those that are sent away are spread, and none for ever. */
static void test_overload(void)
{
    g_autofree struct town *town = g_new(struct town, 1);
    unsigned most = 0;

    town_up(town, 4, 40);
    town_play(town);
    for (unsigned i = 0; i < KIOSKS; i++)
        most = MAX(most, town->kiosks[i].turned_away);
    g_test_message("peak %u/s, sent away %u, one kiosk at most %u times, hotlist everywhere after %d s, all over after %d s", town->peak,
                   town->turned_away, most, (int)last_of(town, true), (int)last_of(town, false));
    g_assert_cmpuint(town->turned_away, >, 0);
    g_assert_cmpuint(town->peak, <=, PEAK_MAX);
    g_assert_cmpint(last_of(town, false), >=, KIOSKS * REQUESTS / 100 - 1);
    g_assert_cmpint(last_of(town, true), <=, 900);
    g_assert_cmpint(last_of(town, false), <=, 900);
    town_down(town);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/return/ten_thousand", test_return);
    g_test_add_func("/platform/return/overload", test_overload);
    return g_test_run();
}
