/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's disk is gone, and PostgreSQL comes back as it was at a moment, out of a base backup and the archive of its log. What kiosks
 * told after that moment was acknowledged, and is there again when they have told it again: once.
 */
#include "rig.h"
#include "model/model.h"

#include <string.h>

#define KIOSKS 3

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig kiosks[KIOSKS];
    char *card[KIOSKS];
    int64_t sum_fen;
    unsigned payments;
};

static void up(struct fixture *f, const void *data)
{
    static const char *const IDS[KIOSKS] = {"K0001", "K0002", "K0003"};

    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    for (unsigned i = 0; i < KIOSKS; i++) {
        f->card[i] = kit_card(i);
        kiosk_enrol(&f->kiosks[i], f->data, f->server.port, IDS[i]);
    }
}

static void down(struct fixture *f, const void *data)
{
    for (unsigned i = 0; i < KIOSKS; i++) {
        kiosk_done(&f->kiosks[i]);
        g_free(f->card[i]);
    }
    server_down(&f->server);
    kit_dir_done(f->data);
}

static void program(const char *name, const char *argument)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, g_getenv(name), argument, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(process, NULL, &error));
    g_assert_no_error(error);
}

static void pay_all(struct fixture *f, unsigned turns)
{
    for (unsigned turn = 0; turn < turns; turn++)
        for (unsigned i = 0; i < KIOSKS; i++) {
            struct payment payment;
            int64_t fen = 10 + f->payments++;
            kit_payment(&payment, f->card[i], NULL, fen);
            kiosk_pay(&f->kiosks[i], &payment, PAYMENT_CONFIRMED);
            f->sum_fen += fen;
        }
}

static void all_sent(struct fixture *f)
{
    for (unsigned i = 0; i < KIOSKS; i++)
        g_assert_true(kiosk_wait_sent(&f->kiosks[i]));
}

static char *moment_text(gint64 us)
{
    g_autoptr(GDateTime) second = g_date_time_new_from_unix_utc(us / G_USEC_PER_SEC);
    return g_date_time_format_iso8601(second);
}

/* What every kiosk has is there once, with its effects. */
static void assert_whole(struct fixture *f)
{
    int64_t rows = 0;
    uint8_t hash[32];

    for (unsigned i = 0; i < KIOSKS; i++) {
        rows += store_head(f->kiosks[i].store, hash);
        g_assert_cmpint(store_refused_count(f->kiosks[i].store), ==, 0);
        g_assert_cmpint(store_epoch(f->kiosks[i].store), ==, 1);
    }
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict='accepted'"), ==, rows);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event"), ==, rows);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
    json_t *report = platform_ledger(f->data);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, f->sum_fen);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, f->payments);
    json_decref(report);
}

static void test_moment(struct fixture *f, const void *data)
{
    unsigned port = f->server.port;
    g_autofree char *moment = NULL, *option = NULL;

    for (unsigned i = 0; i < KIOSKS; i++)
        kiosk_start(&f->kiosks[i]);
    pay_all(f, 4);
    all_sent(f);
    program("CITYCARD_TEST_PG_BASE", NULL);
    pay_all(f, 4);
    all_sent(f);
    int64_t told = platform_sql_int(f->data, "SELECT count(*) FROM event");
    g_usleep(1100000);
    moment = moment_text(g_get_real_time());
    g_usleep(1100000);
    pay_all(f, 4);
    all_sent(f);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event"), >, told);
    server_kill(&f->server);
    program("CITYCARD_TEST_PG_RECOVER", moment);
    /* The moment, and nothing behind it. (What kiosks note by themselves may have come between.) */
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM payment"), ==, 8 * KIOSKS);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event"), >=, told);
    option = g_strconcat("--at=", moment, NULL);
    g_free(platform_run(f->data, "restored", NULL, option));
    pay_all(f, 2); /* before the platform is back */
    server_up(&f->server, f->data, port);
    for (unsigned i = 0; i < KIOSKS; i++)
        g_assert_true(kiosk_wait_online(&f->kiosks[i], true));
    pay_all(f, 2);
    all_sent(f);
    for (unsigned i = 0; i < KIOSKS; i++)
        kiosk_stop(&f->kiosks[i]);
    for (unsigned i = 0; i < KIOSKS; i++)
        for (int again = 0; again < 5 && store_outbox_waiting(f->kiosks[i].store) > 0; again++) {
            kiosk_start(&f->kiosks[i]);
            g_assert_true(kiosk_wait_sent(&f->kiosks[i]));
            kiosk_stop(&f->kiosks[i]);
        }
    assert_whole(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* kiosks warn of a platform that cannot answer now */
    g_test_add("/platform/moment", struct fixture, NULL, up, test_moment, down);
    return g_test_run();
}
