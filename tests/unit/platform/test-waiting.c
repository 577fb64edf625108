/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for news, without connections: places in memory that are used again. */
#include "kit.h"
#include "model/clock.h"
#include "platform/calls/waiting.h"

static gint suspended, resumed;

static void on_suspend(void *connection)
{
    g_atomic_int_inc(&suspended);
}

static void on_resume(void *connection)
{
    g_atomic_int_inc(&resumed);
}

struct fixture {
    char *dir;
    struct platform *platform;
    struct waiting *waiting;
};

static void up(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    g_atomic_int_set(&suspended, 0);
    g_atomic_int_set(&resumed, 0);
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    f->waiting = waiting_new(f->platform, on_suspend, on_resume, &error);
    g_assert_no_error(error);
}

static void down(struct fixture *f, gconstpointer data)
{
    waiting_free(f->waiting);
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

static void add(struct fixture *f, const char *kiosk, void *connection)
{
    int64_t deadline = clock_boot_ms() + 10000;

    /* A turn that passed meanwhile is news: asked again, as a request is. */
    while (!waiting_add(f->waiting, kiosk, connection, waiting_turn(f->waiting), clock_boot_ms() + 600000))
        g_assert_cmpint(clock_boot_ms(), <, deadline);
}

/* The older request of a kiosk is sent home, and says so once. */
static void test_sent_home(struct fixture *f, gconstpointer data)
{
    int first, second;

    add(f, "K0001", &first);
    add(f, "K0001", &second);
    g_assert_cmpint(g_atomic_int_get(&resumed), >=, 1);
    g_assert_true(waiting_over(f->waiting, &first));
    g_assert_false(waiting_over(f->waiting, &first));
    g_assert_false(waiting_over(f->waiting, &second));
}

/* It hung up before it asked: whoever connects next, at the same place in memory, may wait. */
static void test_hung_up(struct fixture *f, gconstpointer data)
{
    int place, second;

    add(f, "K0001", &place);
    add(f, "K0001", &second);
    waiting_forget(f->waiting, &place);
    g_assert_false(waiting_over(f->waiting, &place));
    waiting_forget(f->waiting, &place); /* of every request, also one that never waited */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/waiting/sent-home", struct fixture, NULL, up, test_sent_home, down);
    g_test_add("/waiting/hung-up", struct fixture, NULL, up, test_hung_up, down);
    return g_test_run();
}
