/* SPDX-License-Identifier: Apache-2.0 */
/* A call for help while the disk takes nothing: what the screen hears of it, and that it is written once when the disk is back. */
#include "roomkit.h"
#include "faultvfs.h"

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

static unsigned refused;

/* What the disk refuses is warned of, and ends no test. */
static void on_log(const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
    refused += strstr(text, "help.called is not written") != NULL;
    g_test_message("%s", text);
}

static void up(struct fixture *f, const void *data)
{
    refused = 0;
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
    return g_test_run();
}
