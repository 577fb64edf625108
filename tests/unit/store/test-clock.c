/* SPDX-License-Identifier: Apache-2.0 */
/* What the store knows of time over restarts and boots, on a clock that the test plays. */
#include "fixture.h"
#include "model/clock.h"
#include "model/model.h"

#include <string.h>

#define T0   INT64_C(1795312800000)
#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static struct {
    int64_t wall_ms, boot_ms;
    const char *boot_id;
} play;

static int64_t play_wall(void *ctx)
{
    return play.wall_ms;
}

static int64_t play_boot(void *ctx)
{
    return play.boot_ms;
}

static const char *play_boot_id(void *ctx)
{
    return play.boot_id;
}

static void play_sleep(void *ctx, unsigned ms)
{
    play.wall_ms += ms;
    play.boot_ms += ms;
}

static void play_random(void *ctx, uint8_t *out, size_t len)
{
    static uint32_t state = 1;

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
}

static const struct clock_source source = {NULL, play_wall, play_boot, play_boot_id, play_sleep, play_random};

static void up(struct fixture *f, const void *data)
{
    play.wall_ms = T0;
    play.boot_ms = 1000;
    play.boot_id = "11111111-1111-7111-8111-111111111111";
    clock_use(&source);
    fixture_up(f, data);
}

static void down(struct fixture *f, const void *data)
{
    fixture_down(f, data);
    clock_use(NULL);
}

static void pass(int64_t ms)
{
    play.wall_ms += ms;
    play.boot_ms += ms;
}

static void reopen(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f);
}

static void reboot(struct fixture *f, int64_t off_ms)
{
    fixture_close(f);
    play.boot_id = "22222222-2222-7222-8222-222222222222";
    play.boot_ms = 500;
    play.wall_ms += off_ms;
    fixture_open(f);
}

static void sign(struct fixture *f, int64_t server_ms)
{
    g_autoptr(GError) error = NULL;
    struct clock_reading now;

    clock_read(&now);
    g_assert_true(store_clock_signed(f->store, server_ms, &now, &now, &error));
    g_assert_no_error(error);
}

static struct clock_view look(struct fixture *f)
{
    struct clock_view view;

    store_clock(f->store, &view);
    return view;
}

/* The last row's body, parsed. */
static json_t *last_body(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->store, 1000, SIZE_MAX, &error);
    struct store_row *row = rows->pdata[rows->len - 1];

    return json_loads(row->body, 0, NULL);
}

/* Each event carries both clocks, and how far off ours is when that is known. */
static void test_events(struct fixture *f, const void *data)
{
    fact_put(f->store, 1, NULL);
    json_t *body = last_body(f);
    g_assert_cmpint(json_integer_value(json_object_get(body, "at")), ==, T0);
    g_assert_cmpint(json_integer_value(json_object_get(body, "boot_ms")), ==, 1000);
    g_assert_null(json_object_get(body, "clock_offset_ms"));
    json_decref(body);
    sign(f, T0 - 90000);
    pass(HOUR);
    fact_put(f->store, 2, NULL);
    body = last_body(f);
    g_assert_cmpint(json_integer_value(json_object_get(body, "clock_offset_ms")), ==, -90000);
    json_decref(body);
    reopen(f); /* the same boot: still known */
    fact_put(f->store, 3, NULL);
    body = last_body(f);
    g_assert_cmpint(json_integer_value(json_object_get(body, "clock_offset_ms")), ==, -90000);
    json_decref(body);
    reboot(f, DAY);
    fact_put(f->store, 4, NULL);
    body = last_body(f);
    g_assert_null(json_object_get(body, "clock_offset_ms"));
    json_decref(body);
    assert_sound(f->store);
}

static void test_offset_and_set_back(struct fixture *f, const void *data)
{
    sign(f, T0 + 10 * 60000);
    g_assert_cmpint(look(f).trust, ==, CLOCK_DRIFTING);
    g_assert_cmpint(look(f).true_ms, ==, T0 + 10 * 60000);
    play.wall_ms -= 3 * DAY;
    g_assert_cmpint(look(f).trust, ==, CLOCK_UNTRUSTED);
    g_assert_cmpint(store_true_ms(f->store), ==, T0 + 10 * 60000);
}

/* Offline for three days, the clock set back each hour, the process restarted: the age goes on. */
static void test_age_survives(struct fixture *f, const void *data)
{
    sign(f, T0);
    reboot(f, 0);
    for (int hour = 1; hour <= 72; hour++) {
        pass(HOUR);
        play.wall_ms -= HOUR;
        if (hour % 7 == 0)
            reopen(f);
        g_assert_cmpint(store_true_ms(f->store), >=, T0 + hour * HOUR);
    }
    g_assert_cmpint(look(f).trust, ==, CLOCK_UNTRUSTED);
}

static void test_mark(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_time_raise(f->store, T0 + 30 * DAY, &error)); /* by a clock that ran ahead once */
    g_assert_cmpint(look(f).trust, ==, CLOCK_UNTRUSTED);
    sign(f, T0 + 1000);
    g_assert_cmpint(store_time_high(f->store), ==, T0 + 1000); /* both agree: taken back */
    reboot(f, HOUR);
    g_assert_cmpint(look(f).trust, ==, CLOCK_TRUSTED);
    /* The platform alone takes nothing back. */
    g_assert_true(store_time_raise(f->store, T0 + 30 * DAY, &error));
    sign(f, T0 - 2 * DAY);
    g_assert_cmpint(store_time_high(f->store), ==, T0 + 30 * DAY);
}

static void test_words(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *anchor = json_pack("{s:i, s:i, s:s}", "epoch", 1, "seq", 1, "state", "MATCH");

    g_assert_false(store_revoked(f->store));
    g_assert_true(store_revoked_set(f->store, true, &error));
    reopen(f);
    g_assert_true(store_revoked(f->store));
    g_assert_true(store_revoked_set(f->store, false, &error));
    reopen(f);
    g_assert_false(store_revoked(f->store));

    g_assert_cmpint(store_anchored_ms(f->store), ==, 0);
    pass(HOUR);
    g_assert_true(store_append(f->store, "journal.anchored", anchor, NULL, &error));
    pass(HOUR);
    fact_put(f->store, 1, NULL);
    g_assert_cmpint(store_anchored_ms(f->store), ==, T0 + HOUR);
    json_decref(anchor);
}

#define ADD(name) g_test_add("/store-clock/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(events);
    ADD(offset_and_set_back);
    ADD(age_survives);
    ADD(mark);
    ADD(words);
    return g_test_run();
}
