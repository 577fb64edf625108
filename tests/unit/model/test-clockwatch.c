/* SPDX-License-Identifier: Apache-2.0 */
/* Trust in the wall clock: each arrow of the drawing in clockwatch.h, and a million odd histories against its invariants. */
#include "model/clockwatch.h"

#include <glib.h>
#include <string.h>

#define T0    INT64_C(1795312800000)
#define MIN_  INT64_C(60000)
#define HOUR  (60 * MIN_)
#define DAY   (24 * HOUR)
#define BOOT1 "11111111-1111-7111-8111-111111111111"
#define BOOT2 "22222222-2222-7222-8222-222222222222"

static struct clock_reading at(const char *boot, int64_t boot_ms, int64_t wall_ms)
{
    struct clock_reading reading = {.wall_ms = wall_ms, .boot_ms = boot_ms};

    g_strlcpy(reading.boot_id, boot, sizeof reading.boot_id);
    return reading;
}

static struct clock_view look(struct clockwatch *watch, int64_t high_ms, const char *boot, int64_t boot_ms,
                              int64_t wall_ms)
{
    struct clock_reading now = at(boot, boot_ms, wall_ms);
    struct clock_view view;

    clockwatch_look(watch, high_ms, &now, &view);
    return view;
}

static void start(struct clockwatch *watch, const struct clock_anchor *saved, int64_t high_ms, const char *boot,
                  int64_t boot_ms, int64_t wall_ms)
{
    struct clock_reading now = at(boot, boot_ms, wall_ms);

    clockwatch_start(watch, saved, high_ms, &now);
}

static bool sign(struct clockwatch *watch, int64_t server_ms, int64_t boot_ms, int64_t trip_ms, int64_t wall_ms)
{
    struct clock_reading sent = at(BOOT1, boot_ms, wall_ms), got = at(BOOT1, boot_ms + trip_ms, wall_ms + trip_ms);

    return clockwatch_signed(watch, server_ms, &sent, &got);
}

/* ---- With a signed time of this boot ---- */

static void test_offsets(void)
{
    static const struct {
        int64_t wall_off_ms;
        enum clock_trust trust;
    } cases[] = {
        {0, CLOCK_TRUSTED},           {5 * MIN_, CLOCK_TRUSTED},   {-5 * MIN_, CLOCK_TRUSTED},
        {5 * MIN_ + 1, CLOCK_DRIFTING}, {-6 * MIN_, CLOCK_DRIFTING}, {DAY, CLOCK_DRIFTING},
        {-DAY, CLOCK_DRIFTING},       {DAY + 1, CLOCK_UNTRUSTED},  {-365 * DAY, CLOCK_UNTRUSTED},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct clockwatch watch;
        int64_t wall = T0 + cases[i].wall_off_ms;

        start(&watch, NULL, 0, BOOT1, 1000, wall);
        g_assert_true(sign(&watch, T0, 1000, 0, wall));
        struct clock_view view = look(&watch, 0, BOOT1, 1000 + HOUR, wall + HOUR);
        g_assert_cmpint(view.trust, ==, cases[i].trust);
        g_assert_true(view.offset_known);
        g_assert_cmpint(view.offset_ms, ==, -cases[i].wall_off_ms);
        g_assert_cmpint(view.true_ms, ==, T0 + HOUR);
    }
}

/* Half the trip is what the answer is old; one that took too long, or a boot in between, teaches nothing. */
static void test_trips(void)
{
    struct clockwatch watch;
    struct clock_reading sent = at(BOOT1, 1000, T0), other = at(BOOT2, 1200, T0);

    start(&watch, NULL, 0, BOOT1, 0, T0);
    g_assert_true(sign(&watch, T0 + 500, 1000, 1000, T0));
    g_assert_cmpint(look(&watch, 0, BOOT1, 2000, T0 + 1000).offset_ms, ==, 0);
    g_assert_false(sign(&watch, T0 + DAY, 2000, CLOCKWATCH_TRIP_MS + 1, T0));
    g_assert_false(clockwatch_signed(&watch, T0 + DAY, &sent, &other));
    g_assert_cmpint(look(&watch, 0, BOOT1, 2000, T0 + 1000).offset_ms, ==, 0);
}

/* Set to any time at all after the signed one: the true time is not moved. */
static void test_jumps_after_signed(void)
{
    struct clockwatch watch;

    start(&watch, NULL, 0, BOOT1, 0, T0);
    g_assert_true(sign(&watch, T0, 0, 0, T0));
    for (int64_t jump = -40 * DAY; jump <= 40 * DAY; jump += 7 * HOUR)
        g_assert_cmpint(look(&watch, T0 + 10 * DAY, BOOT1, 2 * DAY, T0 + 2 * DAY + jump).true_ms, ==, T0 + 2 * DAY);
}

/* The same boot, another process: what was signed still counts. Another boot: it only says "not before". */
static void test_restarts(void)
{
    struct clockwatch watch;
    struct clock_anchor saved = {.server_ms = T0, .boot_ms = 5000, .boot_id = BOOT1};

    start(&watch, &saved, T0, BOOT1, 5000 + HOUR, T0 - 3 * HOUR);
    struct clock_view view = look(&watch, T0, BOOT1, 5000 + HOUR, T0 - 3 * HOUR);
    g_assert_cmpint(view.trust, ==, CLOCK_DRIFTING);
    g_assert_cmpint(view.true_ms, ==, T0 + HOUR);

    start(&watch, &saved, T0, BOOT2, 10 * MIN_, T0 + DAY);
    view = look(&watch, T0, BOOT2, 10 * MIN_, T0 + DAY);
    g_assert_cmpint(view.trust, ==, CLOCK_TRUSTED);
    g_assert_false(view.offset_known);

    /* Up for ten hours since, and the wall says one: it cannot be. */
    start(&watch, &saved, T0, BOOT2, 10 * HOUR, T0 + HOUR);
    view = look(&watch, T0, BOOT2, 10 * HOUR, T0 + HOUR);
    g_assert_cmpint(view.trust, ==, CLOCK_UNTRUSTED);
    g_assert_cmpint(view.true_ms, ==, T0 + 10 * HOUR);
}

/* ---- Without ---- */

static void test_steps(void)
{
    static const struct {
        int64_t step_ms;
        enum clock_trust trust;
    } cases[] = {
        {0, CLOCK_TRUSTED},
        {4 * MIN_, CLOCK_TRUSTED},
        {-4 * MIN_, CLOCK_TRUSTED},
        {20 * MIN_, CLOCK_DRIFTING},
        {-6 * MIN_, CLOCK_UNTRUSTED},
        {2 * DAY, CLOCK_UNTRUSTED},
        {-3 * HOUR, CLOCK_UNTRUSTED},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct clockwatch watch;

        start(&watch, NULL, T0 - DAY, BOOT1, 0, T0);
        g_assert_cmpint(look(&watch, T0 - DAY, BOOT1, MIN_, T0 + MIN_).trust, ==, CLOCK_TRUSTED);
        struct clock_view view = look(&watch, T0 - DAY, BOOT1, HOUR, T0 + HOUR + cases[i].step_ms);
        g_assert_cmpint(view.trust, ==, cases[i].trust);
        g_assert_cmpint(view.true_ms, >=, T0 + HOUR);
        /* And right again. */
        view = look(&watch, T0 - DAY, BOOT1, 2 * HOUR, T0 + 2 * HOUR);
        g_assert_cmpint(view.trust, ==, CLOCK_TRUSTED);
    }
}

/* A clock that woke in 1970 is not believed, nor is what it is set to measured from there. */
static void test_dead_battery(void)
{
    struct clockwatch watch;

    start(&watch, NULL, T0, BOOT1, 0, 1000);
    struct clock_view view = look(&watch, T0, BOOT1, MIN_, 1000 + MIN_);
    g_assert_cmpint(view.trust, ==, CLOCK_UNTRUSTED);
    g_assert_cmpint(view.true_ms, ==, T0 + MIN_);
    g_assert_cmpint(look(&watch, T0, BOOT1, HOUR, T0 + 3 * DAY).trust, ==, CLOCK_TRUSTED);
}

/* Behind what was on the disk: not until the platform says what time it is. */
static void test_behind_the_disk(void)
{
    struct clockwatch watch;

    start(&watch, NULL, T0, BOOT1, 0, T0);
    g_assert_cmpint(look(&watch, T0 + DAY, BOOT1, 0, T0).trust, ==, CLOCK_UNTRUSTED);
    g_assert_true(sign(&watch, T0, 0, 10, T0));
    g_assert_cmpint(look(&watch, T0 + DAY, BOOT1, 10, T0 + 10).trust, ==, CLOCK_TRUSTED);
}

/* A day's window, counted from the last good time, while somebody sets the clock back every few minutes. */
static void test_window_stays_closed(void)
{
    struct clockwatch watch;
    struct clock_anchor saved = {.server_ms = T0, .boot_ms = 0, .boot_id = BOOT1};
    int64_t closed_ms = 0;

    start(&watch, &saved, T0, BOOT2, 0, T0);
    for (int64_t ms = 0; ms < 3 * DAY; ms += 10 * MIN_) {
        int64_t age = look(&watch, T0, BOOT2, ms, T0 + ms % HOUR).true_ms - saved.server_ms;

        g_assert_cmpint(age, >=, ms);
        closed_ms += age > DAY ? 10 * MIN_ : 0;
    }
    g_assert_cmpint(closed_ms, >=, 2 * DAY - HOUR);
}

/* ---- Any history ---- */

struct history {
    struct clockwatch watch;
    GRand *rand;
    int64_t real_ms, boot_ms, wall_off_ms, high_ms, trusted_ms, trusted_boot_ms;
    bool is_signed;
};

static void history_look(struct history *h)
{
    struct clock_view view = look(&h->watch, h->high_ms, BOOT1, h->boot_ms, h->real_ms + h->wall_off_ms);

    if (h->is_signed) {
        g_assert_true(view.offset_known);
        g_assert_cmpint(ABS(view.true_ms - h->real_ms), <=, CLOCKWATCH_TRIP_MS);
    } else if (h->trusted_ms > 0) {
        g_assert_cmpint(view.true_ms, >=, h->trusted_ms + (h->boot_ms - h->trusted_boot_ms));
    }
    g_assert_cmpint(view.offset_known, ==, h->is_signed);
    if (view.trust == CLOCK_TRUSTED) {
        h->trusted_ms = view.true_ms;
        h->trusted_boot_ms = h->boot_ms;
    }
    if (g_rand_boolean(h->rand))
        h->high_ms = MAX(h->high_ms, h->real_ms + h->wall_off_ms);
}

static void history_step(struct history *h)
{
    int64_t ms = g_rand_int_range(h->rand, 0, 1 << g_rand_int_range(h->rand, 1, 27));
    int64_t trip = g_rand_int_range(h->rand, 0, CLOCKWATCH_TRIP_MS);

    h->real_ms += ms;
    h->boot_ms += ms;
    switch (g_rand_int_range(h->rand, 0, 12)) {
    case 0:
        h->wall_off_ms = g_rand_int_range(h->rand, -2000, 2000) * HOUR;
        break;
    case 1:
        h->wall_off_ms += g_rand_int_range(h->rand, -400, 400) * INT64_C(1000);
        break;
    case 2:
        if (g_rand_int_range(h->rand, 0, 20) == 0) {
            g_assert_true(sign(&h->watch, h->real_ms + trip / 2, h->boot_ms, trip, h->real_ms));
            h->real_ms += trip;
            h->boot_ms += trip;
            h->is_signed = true;
        }
        break;
    default:
        break;
    }
    history_look(h);
}

static void test_histories(void)
{
    for (guint32 seed = 1; seed <= 2000; seed++) {
        struct history h = {.rand = g_rand_new_with_seed(seed), .real_ms = T0};

        start(&h.watch, NULL, 0, BOOT1, 0, T0);
        for (int i = 0; i < 200; i++)
            history_step(&h);
        g_rand_free(h.rand);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clockwatch/offsets", test_offsets);
    g_test_add_func("/clockwatch/trips", test_trips);
    g_test_add_func("/clockwatch/jumps-after-signed", test_jumps_after_signed);
    g_test_add_func("/clockwatch/restarts", test_restarts);
    g_test_add_func("/clockwatch/steps", test_steps);
    g_test_add_func("/clockwatch/dead-battery", test_dead_battery);
    g_test_add_func("/clockwatch/behind-the-disk", test_behind_the_disk);
    g_test_add_func("/clockwatch/window-stays-closed", test_window_stays_closed);
    g_test_add_func("/clockwatch/histories", test_histories);
    return g_test_run();
}
