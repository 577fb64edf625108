/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When kiosks come again: the bounds of one, and ten thousand of them after a city's network was gone for an hour, in virtual
 * time, through the real policy and the real throttle of the platform, beside kiosks that simply come every thirty seconds.
 */
#include "sync/backoff.h"
#include "model/clock.h"
#include "platform/calls/throttle.h"

#include <glib.h>
#include <string.h>

static int64_t virtual_ms;

static int64_t virtual_now(void *ctx)
{
    return virtual_ms;
}

static const char *virtual_boot(void *ctx)
{
    return "11111111-1111-7111-8111-111111111111";
}

static void virtual_sleep(void *ctx, unsigned ms)
{
    virtual_ms += ms;
}

static void virtual_random(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_rand_int(ctx);
}

/* ---- One kiosk ---- */

static void test_bounds(void)
{
    struct backoff backoff;
    unsigned most_ms[12] = {0}, least_ms[12];

    memset(least_ms, 0xFF, sizeof least_ms);
    for (int round = 0; round < 20000; round++) {
        backoff_init(&backoff, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(most_ms); i++) {
            unsigned ms = backoff_failed(&backoff, 0);
            most_ms[i] = MAX(most_ms[i], ms);
            least_ms[i] = MIN(least_ms[i], ms);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(most_ms); i++) {
        unsigned bound_ms = MIN((unsigned)BACKOFF_BASE_MS << i, (unsigned)BACKOFF_CAP_MS);
        g_assert_cmpuint(most_ms[i], <=, bound_ms);
        g_assert_cmpuint(most_ms[i], >, bound_ms / 100 * 98); /* the whole of it is used … */
        g_assert_cmpuint(least_ms[i], <, bound_ms / 50);      /* … from its beginning */
    }
    backoff_good(&backoff);
    for (int i = 0; i < 100; i++, backoff_good(&backoff))
        g_assert_cmpuint(backoff_failed(&backoff, 0), <=, BACKOFF_BASE_MS);
}

static void test_retry_after(void)
{
    struct backoff backoff;
    bool later = false;

    backoff_init(&backoff, 300);
    for (int i = 0; i < 1000; i++) {
        unsigned ms = backoff_failed(&backoff, 7);
        g_assert_cmpuint(ms, >=, 7000);
        g_assert_cmpuint(ms, <=, 7300);
        later = later || ms > 7000;
    }
    g_assert_true(later);
    g_assert_cmpuint(backoff_failed(&backoff, 4000000000u), <=, BACKOFF_RETRY_S_MAX * 1000 + 300);
    for (int i = 0; i < 1000; i++)
        g_assert_cmpuint(backoff_splay(60000), <=, 60000);
    g_assert_cmpuint(backoff_splay(0), ==, 0);
}

static void test_back(void)
{
    struct backoff backoff;
    unsigned least_ms = G_MAXUINT, most_ms = 0;

    for (int i = 0; i < 5000; i++) {
        backoff_init(&backoff, 0);
        backoff.failures = 9;
        unsigned ms = backoff_back(&backoff, 250000, 0);
        least_ms = MIN(least_ms, ms);
        most_ms = MAX(most_ms, ms);
        g_assert_cmpuint(backoff_failed(&backoff, 0), <=, 16000); /* from a small bound again */
        g_assert_cmpuint(backoff_back(&backoff, 3000, 0), <=, 3000); /* never later than without */
        ms = backoff_back(&backoff, 250000, 60000);
        g_assert_cmpuint(ms, >=, 60000); /* never before what the platform asked for */
        g_assert_cmpuint(ms, <=, 60000 + BACKOFF_BACK_MS);
    }
    g_assert_cmpuint(most_ms, <=, BACKOFF_BACK_MS);
    g_assert_cmpuint(most_ms, >, BACKOFF_BACK_MS / 100 * 98);
    g_assert_cmpuint(least_ms, <, BACKOFF_BACK_MS / 50);
    backoff_good(&backoff);
    backoff_back(&backoff, 1000, 0);
    g_assert_cmpuint(backoff.failures, ==, 0); /* a sign of life is no failure */
}

/* ---- Ten thousand ---- */

#define KIOSKS    10000
#define OUTAGE_S  3600
#define FIXED_MS  30000
#define SERVER_S  100 /* requests that the platform takes in a second */
#define HORIZON_S (OUTAGE_S + 3600)

struct city {
    struct backoff backoffs[KIOSKS];
    int64_t next_ms[KIOSKS];
    bool home[KIOSKS];
    unsigned arrivals[HORIZON_S + 1000];
    unsigned peak, refused, done;
    int64_t last_ms;
};

/* The platform in this second: the throttle lets SERVER_S in, each takes one turn of its four threads. */
static bool served(struct throttle *throttle, unsigned *under_way, unsigned *retry_s)
{
    if (!throttle_admit(throttle, retry_s))
        return false;
    (*under_way)++;
    return true;
}

static void try_kiosk(struct city *city, struct throttle *throttle, unsigned i, bool jitter, unsigned *under_way)
{
    unsigned retry_s = 0;
    bool up = virtual_ms >= OUTAGE_S * INT64_C(1000);

    if (up)
        city->arrivals[virtual_ms / 1000]++;
    if (up && served(throttle, under_way, &retry_s)) {
        city->home[i] = true;
        city->done++;
        city->last_ms = virtual_ms;
        return;
    }
    city->refused += up;
    city->next_ms[i] = virtual_ms + (jitter ? (int64_t)backoff_failed(&city->backoffs[i], retry_s) : FIXED_MS);
}

static void run_city(struct city *city, bool jitter)
{
    struct throttle *throttle = throttle_new(SERVER_S);
    unsigned under_way = 0;

    memset(city, 0, sizeof *city);
    for (unsigned i = 0; i < KIOSKS; i++) {
        backoff_init(&city->backoffs[i], 0);
        city->next_ms[i] = random_below(FIXED_MS);
    }
    for (virtual_ms = 0; virtual_ms < HORIZON_S * INT64_C(1000); virtual_ms += 100) {
        if (virtual_ms % 1000 == 0)
            for (; under_way > 0; under_way--) {
                throttle_done(throttle);
                throttle_took(throttle, 40);
            }
        for (unsigned i = 0; i < KIOSKS; i++)
            if (!city->home[i] && city->next_ms[i] <= virtual_ms)
                try_kiosk(city, throttle, i, jitter, &under_way);
    }
    for (; under_way > 0; under_way--)
        throttle_done(throttle);
    throttle_free(throttle);
    for (size_t s = 0; s < HORIZON_S; s++)
        city->peak = MAX(city->peak, city->arrivals[s]);
}

static void test_city(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261122);
    struct clock_source source = {rand, virtual_now, virtual_now, virtual_boot, virtual_sleep, virtual_random};
    g_autofree struct city *fixed = g_new(struct city, 1), *ours = g_new(struct city, 1);

    clock_use(&source);
    run_city(fixed, false);
    run_city(ours, true);
    clock_use(NULL);
    g_test_message("fixed 30 s: peak %u/s, %u refused, last home after %d s", fixed->peak, fixed->refused,
                   (int)(fixed->last_ms / 1000 - OUTAGE_S));
    g_test_message("full jitter: peak %u/s, %u refused, last home after %d s; peak ratio %.2f, refused ratio %.3f",
                   ours->peak, ours->refused, (int)(ours->last_ms / 1000 - OUTAGE_S), (double)ours->peak / fixed->peak,
                   (double)ours->refused / MAX(fixed->refused, 1));
    g_assert_cmpuint(ours->done, ==, KIOSKS);
    g_assert_cmpuint(ours->peak * 3, <, fixed->peak);
    g_assert_cmpuint(ours->refused * 20, <, fixed->refused);
    g_assert_cmpint(ours->last_ms, <, (OUTAGE_S + 600) * INT64_C(1000));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backoff/bounds", test_bounds);
    g_test_add_func("/backoff/retry-after", test_retry_after);
    g_test_add_func("/backoff/back", test_back);
    g_test_add_func("/backoff/city", test_city);
    return g_test_run();
}
