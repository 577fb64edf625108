/* SPDX-License-Identifier: Apache-2.0 */
/* A call for help while the disk takes nothing: what the screen hears of it, and that it is written once when the disk is back. */
#include "roomkit.h"
#include "faultvfs.h"
#include "model/help.h"
#include "store/internal.h"

#include <string.h>

struct fixture {
    struct roomkit kit;
    struct kiosk_help_event help; /* the last one */
    unsigned events;
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind != KIOSK_EVENT_HELP)
        return;
    f->help = event->help;
    f->events++;
}

static unsigned refused, ends_refused;

/* What the disk refuses is warned of, and ends no test. */
static void on_log(const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
    refused += strstr(text, "help.called is not written") != NULL;
    ends_refused += strstr(text, "help.ended is not written") != NULL;
    g_test_message("%s", text);
}

static void up(struct fixture *f, const void *data)
{
    refused = ends_refused = 0;
    roomkit_open(&f->kit, on_event, f);
}

static void down(struct fixture *f, const void *data)
{
    roomkit_close(&f->kit);
}

static int64_t rows(struct fixture *f)
{
    uint8_t hash[32];

    return store_head(f->kit.kiosk->store, hash);
}

static void assert_told(struct fixture *f, unsigned events, enum kiosk_help_phase phase, bool red)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(f->events, ==, events);
    g_assert_cmpint(f->help.phase, ==, phase);
    g_assert_cmpint(f->help.red, ==, red);
}

static void disk_refuses(void)
{
    faults.stuck = true;
    faults.write_fails_in = faults.sync_fails_in = faults.truncate_fails_in = 1;
}

static void ask_in_vain(struct fixture *f, enum kiosk_help_ask ask)
{
    unsigned had = refused;

    help_do(f->kit.kiosk, ask);
    g_assert_cmpuint(refused, ==, had + 1);
}

/* The next turn of the worker behind the pause. */
static void turn_later(struct fixture *f)
{
    f->kit.kiosk->help.wish.tried_ms -= 60000;
    f->kit.kiosk->help_tried_ms -= 60000;
    f->kit.kiosk->help_read_ms -= 60000;
    help_follow(f->kit.kiosk);
}

static void test_tried_again(struct fixture *f, const void *data)
{
    int64_t had = rows(f);

    disk_refuses();
    ask_in_vain(f, KIOSK_HELP_ASK_GREEN);
    assert_told(f, 1, KIOSK_HELP_CALLED, false);
    g_assert_false(f->help.heard);
    ask_in_vain(f, KIOSK_HELP_ASK_GREEN); /* touched again: still one call */
    assert_told(f, 2, KIOSK_HELP_CALLED, false);
    help_follow(f->kit.kiosk); /* not at each turn */
    g_assert_cmpuint(refused, ==, 2);
    turn_later(f);
    g_assert_cmpuint(refused, ==, 3);
    assert_told(f, 2, KIOSK_HELP_CALLED, false);
    g_assert_cmpint(rows(f), ==, had);

    faults_clear();
    turn_later(f);
    assert_told(f, 3, KIOSK_HELP_CALLED, false);
    g_assert_cmpint(rows(f), ==, had + 1);
    turn_later(f);
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    g_assert_cmpint(rows(f), ==, had + 1);
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_END);
    assert_told(f, 5, KIOSK_HELP_ENDED, false);
    g_assert_cmpint(rows(f), ==, had + 2);
}

/* An emergency over a call that is kept: it stays one on the screen, and takes that one's place when it can. */
static void test_raised(struct fixture *f, const void *data)
{
    int64_t had = rows(f);

    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    disk_refuses();
    ask_in_vain(f, KIOSK_HELP_ASK_RED);
    assert_told(f, 2, KIOSK_HELP_CALLED, true);
    g_assert_false(f->help.heard);
    g_assert_cmpint(rows(f), ==, had + 1);
    f->kit.kiosk->help.quiet_ms -= INT64_C(3600000); /* nobody forgets it meanwhile */
    turn_later(f);
    g_assert_cmpuint(refused, ==, 2);
    faults_clear();
    turn_later(f);
    assert_told(f, 3, KIOSK_HELP_CALLED, true);
    g_assert_cmpint(rows(f), ==, had + 3); /* red, and the end of the green one */
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    assert_told(f, 4, KIOSK_HELP_CALLED, true);
    g_assert_cmpint(rows(f), ==, had + 3);
}

/* Somebody came before the disk was back: it is over, and what is over is not told later. */
static void test_over(struct fixture *f, const void *data)
{
    int64_t had = rows(f);

    disk_refuses();
    ask_in_vain(f, KIOSK_HELP_ASK_RED);
    g_assert_true(help_staff_came(f->kit.kiosk));
    g_assert_cmpuint(refused, ==, 2);
    assert_told(f, 2, KIOSK_HELP_ENDED, false);
    faults_clear();
    turn_later(f);
    g_assert_false(help_staff_came(f->kit.kiosk));
    g_assert_cmpint(rows(f), ==, had);
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    assert_told(f, 3, KIOSK_HELP_CALLED, false);
    g_assert_cmpint(rows(f), ==, had + 1);
}

/* The disk is back at that very moment: both are told. */
static void test_last_try(struct fixture *f, const void *data)
{
    int64_t had = rows(f);

    disk_refuses();
    ask_in_vain(f, KIOSK_HELP_ASK_RED);
    faults_clear();
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_END);
    assert_told(f, 2, KIOSK_HELP_ENDED, false);
    g_assert_cmpint(rows(f), ==, had + 2);
}

static void assert_end(struct fixture *f, unsigned wanted, const char *how)
{
    unsigned count = 0;
    json_t *end = roomkit_written(&f->kit, HELP_ENDED, &count);

    g_assert_cmpuint(count, ==, wanted);
    if (how != NULL)
        g_assert_cmpstr(json_string_value(json_object_get(end, "how")), ==, how);
    json_decref(end);
}

/* An end that the disk refuses is told when it can be, once, and as it was. */
static void test_end_again(struct fixture *f, const void *data)
{
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    disk_refuses();
    g_assert_true(help_staff_came(f->kit.kiosk));
    assert_told(f, 2, KIOSK_HELP_ENDED, false);
    g_assert_cmpuint(ends_refused, ==, 1);
    help_follow(f->kit.kiosk); /* not at each turn */
    g_assert_cmpuint(ends_refused, ==, 1);
    turn_later(f);
    g_assert_cmpuint(ends_refused, ==, 2);
    g_assert_true(help_waits(f->kit.kiosk)); /* the worker looks in often */
    faults_clear();
    assert_end(f, 0, NULL);
    turn_later(f);
    assert_end(f, 1, "card");
    g_assert_false(help_waits(f->kit.kiosk));
    turn_later(f);
    assert_end(f, 1, "card");
    assert_told(f, 2, KIOSK_HELP_ENDED, false);
}

/* The machine stops while a call is open, or before its end was written: it is open again, and ends by whoever comes. */
static void test_restart(struct fixture *f, const void *data)
{
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_RED); /* in its place */
    assert_end(f, 1, "raised");
    disk_refuses();
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_END);
    assert_told(f, 3, KIOSK_HELP_ENDED, false);
    faults_clear();
    roomkit_restart(&f->kit);
    turn_later(f);
    assert_told(f, 4, KIOSK_HELP_CALLED, true);
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_RED); /* it is the same one */
    assert_end(f, 1, NULL);
    g_assert_true(help_staff_came(f->kit.kiosk));
    assert_end(f, 2, "card");
    assert_told(f, 6, KIOSK_HELP_ENDED, false);
    roomkit_restart(&f->kit);
    turn_later(f);
    assert_told(f, 6, KIOSK_HELP_ENDED, false);
    g_assert_false(help_staff_came(f->kit.kiosk));
}

static int unreadable(void *data)
{
    return 1;
}

static void disk_reads(struct fixture *f, bool reads)
{
    sqlite3_progress_handler(f->kit.kiosk->store->sql.db, 1, reads ? NULL : unreadable, NULL);
}

/* The disk cannot be read when the program begins: the call is found when it can, and not asked for at each turn. */
static void test_restart_unread(struct fixture *f, const void *data)
{
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_RED);
    assert_told(f, 1, KIOSK_HELP_CALLED, true);
    roomkit_restart(&f->kit);
    disk_reads(f, false);
    help_follow(f->kit.kiosk);
    g_assert_true(help_waits(f->kit.kiosk));
    disk_reads(f, true);
    help_follow(f->kit.kiosk);
    assert_told(f, 1, KIOSK_HELP_CALLED, true);
    turn_later(f);
    assert_told(f, 2, KIOSK_HELP_CALLED, true);
    g_assert_false(help_waits(f->kit.kiosk));
    g_assert_true(help_staff_came(f->kit.kiosk));
    assert_end(f, 1, "card");
}

/* Meanwhile somebody calls again, and the disk refuses that: an emergency takes the place of what is found, a lesser call does not. */
static void test_unread_called(struct fixture *f, bool red_first)
{
    help_do(f->kit.kiosk, red_first ? KIOSK_HELP_ASK_RED : KIOSK_HELP_ASK_GREEN);
    assert_told(f, 1, KIOSK_HELP_CALLED, red_first);
    roomkit_restart(&f->kit);
    disk_reads(f, false);
    help_follow(f->kit.kiosk);
    disk_reads(f, true);
    disk_refuses();
    ask_in_vain(f, red_first ? KIOSK_HELP_ASK_GREEN : KIOSK_HELP_ASK_RED);
    f->kit.kiosk->help_read_ms -= 60000;
    help_follow(f->kit.kiosk); /* it is found, and nothing can be written */
    faults_clear();
    turn_later(f);
    assert_told(f, 3, KIOSK_HELP_CALLED, true);
    assert_end(f, red_first ? 0 : 1, red_first ? NULL : "raised");
    g_assert_true(help_staff_came(f->kit.kiosk));
    assert_end(f, red_first ? 1 : 2, "card");
    roomkit_restart(&f->kit);
    turn_later(f);
    g_assert_false(help_staff_came(f->kit.kiosk));
}

static void test_unread_emergency(struct fixture *f, const void *data)
{
    test_unread_called(f, false);
}

static void test_unread_lesser(struct fixture *f, const void *data)
{
    test_unread_called(f, true);
}

/* The lesser one was written, when what is open could not be read: the emergency is taken up in its place. */
static void test_unread_written(struct fixture *f, const void *data)
{
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_RED);
    assert_told(f, 1, KIOSK_HELP_CALLED, true);
    roomkit_restart(&f->kit);
    disk_reads(f, false);
    help_follow(f->kit.kiosk);
    disk_reads(f, true);
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    assert_told(f, 2, KIOSK_HELP_CALLED, false);
    turn_later(f);
    assert_told(f, 3, KIOSK_HELP_CALLED, true);
    assert_end(f, 1, "raised");
    g_assert_true(help_staff_came(f->kit.kiosk));
    assert_end(f, 2, "card");
    roomkit_restart(&f->kit);
    turn_later(f);
    g_assert_false(help_staff_came(f->kit.kiosk));
}

static int64_t shift_ms;

static int64_t wall(void *ctx)
{
    return g_get_real_time() / 1000 + shift_ms;
}

static int64_t boot(void *ctx)
{
    return g_get_monotonic_time() / 1000;
}

static const char *boot_id(void *ctx)
{
    return "01985d5e-5c00-7000-8000-000000000001";
}

static void chance(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_random_int();
}

static const struct clock_source SHIFTED = {NULL, wall, boot, boot_id, NULL, chance};

/* Nobody waits any more behind a machine that stood still for long. */
static void test_restart_late(struct fixture *f, const void *data)
{
    help_do(f->kit.kiosk, KIOSK_HELP_ASK_GREEN);
    shift_ms = INT64_C(3600000);
    clock_use(&SHIFTED);
    roomkit_restart(&f->kit);
    turn_later(f);
    clock_use(NULL);
    assert_end(f, 1, "nobody");
    g_assert_false(help_staff_came(f->kit.kiosk));
}

#define ADD(name, test) g_test_add("/help/" name, struct fixture, NULL, up, test, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_log_set_default_handler(on_log, NULL);
    faults_install();
    ADD("tried-again", test_tried_again);
    ADD("raised", test_raised);
    ADD("over", test_over);
    ADD("last-try", test_last_try);
    ADD("end-again", test_end_again);
    ADD("restart", test_restart);
    ADD("restart-unread", test_restart_unread);
    ADD("unread-emergency", test_unread_emergency);
    ADD("unread-lesser", test_unread_lesser);
    ADD("unread-written", test_unread_written);
    ADD("restart-late", test_restart_late);
    return g_test_run();
}
