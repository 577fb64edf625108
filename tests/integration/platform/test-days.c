/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A platform and a kiosk on days that break software: the turn of a year, 29 February, a Sunday, after 40 and 400 days, through a midnight;
 * and a kiosk that comes back when its certificate has ended. Each day is this program once more under libfaketime, which the platform and its
 * commands inherit: `--begin DATA` enrols a kiosk and prints its folder, `--day DATA DIR ORDER` is a day on which a bill is paid at it and sent,
 * with the night behind it, `--late DATA DIR` one on which the kiosk must not get in, and says so, and `--night DATA` one without a kiosk, which
 * prints how many points people have left.
 */
#include "rig.h"
#include "model/clock.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

#define FAKETIME_LIBRARY "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
#define FEN              100 /* of each payment, of one card */
#define BILLER           "ytdl"
#define DAY_MS           INT64_C(86400000)
#define AHEAD_MS         15000
#define KIOSKS           2 /* the second one is switched off on the first day */

#if defined(__SANITIZE_ADDRESS__)
#define POSSIBLE false
#else
#define POSSIBLE true
#endif

/* ---- Under another clock ---- */

static int begin(const char *data)
{
    static const char *const ids[KIOSKS] = {"K0001", "K0002"};
    struct server_process server;

    kit_init(data, 60);
    server_up(&server, data, 0);
    for (int i = 0; i < KIOSKS; i++) {
        struct kiosk_rig kiosk;
        kiosk_enrol(&kiosk, data, server.port, ids[i]);
        store_close(kiosk.store);
        printf("%s\n", kiosk.dir);
    }
    server_down(&server);
    return fflush(stdout);
}

static void open_kiosk(struct kiosk_rig *kiosk, const char *dir, unsigned port)
{
    g_autoptr(GError) error = NULL;

    *kiosk = (struct kiosk_rig){.dir = (char *)dir, .url = g_strdup_printf("https://localhost:%u", port)};
    g_mutex_init(&kiosk->lock);
    g_cond_init(&kiosk->changed);
    sync_identity_load(dir, &kiosk->identity, &error);
    g_assert_no_error(error);
    kiosk_open_store(kiosk);
    kiosk_start(kiosk);
}

static void close_kiosk(struct kiosk_rig *kiosk)
{
    kiosk_stop(kiosk);
    store_close(kiosk->store);
    g_free(kiosk->url);
}

static char *bill_of(const char *data, const char *card)
{
    const char *const argv[] = {PLATFORM_PROGRAM, "bill-add", "--data", data, "--card", card, "--biller", BILLER,
                                "--amount-fen", G_STRINGIFY(FEN), NULL};

    return g_strchomp(platform_command(argv, NULL));
}

static void pay(struct kiosk_rig *kiosk, const char *data, int order)
{
    g_autofree char *card = kit_card(1), *bill = bill_of(data, card);
    struct payment payment;

    kit_payment(&payment, card, bill, FEN);
    payment.purchase.terminal_serial = (uint32_t)order;
    payment.purchase.counter = (uint16_t)(7 + order);
    payment.purchase.balance_before_fen = (uint32_t)(50000 - FEN * (order - 1));
    kiosk_pay(kiosk, &payment, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(kiosk));
}

static void assert_clock(struct kiosk_rig *kiosk)
{
    struct clock_view view;

    store_clock(kiosk->store, &view);
    for (int i = 0; i < 200 && view.trust != CLOCK_TRUSTED; i++) {
        g_usleep(50000);
        store_clock(kiosk->store, &view);
    }
    g_assert_cmpint(view.trust, ==, CLOCK_TRUSTED);
    g_assert_cmpint(ABS(view.true_ms - now_ms()), <, 5000);
}

/* What the days before brought belongs into the billers' files. */
static void settle(const char *data)
{
    g_autofree char *dir = g_build_filename(data, "settled", NULL), *until = g_strdup_printf("%u", date_of_ms(now_ms() - DAY_MS));
    const char *const argv[] = {PLATFORM_PROGRAM, "settle", "--data", data, "--all", "--until", until, "--out", dir, NULL};

    g_free(platform_command(argv, NULL));
}

static void at_night(const char *data)
{
    settle(data);
    g_autofree char *gone = platform_run(data, "retention", NULL, NULL), *doubts = platform_run(data, "reconcile", NULL, NULL),
                    *over = platform_run(data, "expire", NULL, NULL), *credit = platform_run(data, "credit", NULL, NULL);
    json_t *report = platform_ledger(data);

    kit_assert_ledger(report);
    json_decref(report);
}

/* A payment, another one tomorrow when that is seconds away, and what runs at night. */
static int day(const char *data, const char *dir, int order)
{
    struct server_process server;
    struct kiosk_rig kiosk;
    uint32_t date = date_of_ms(now_ms()), soon = date_of_ms(now_ms() + AHEAD_MS);

    server_up(&server, data, 0);
    open_kiosk(&kiosk, dir, server.port);
    g_assert_true(kiosk_wait_online(&kiosk, true));
    assert_clock(&kiosk);
    pay(&kiosk, data, order);
    while (date_of_ms(now_ms()) != soon)
        g_usleep(50000);
    if (soon != date)
        pay(&kiosk, data, order + 1);
    g_assert_true(kiosk_wait_rounds(&kiosk, 2));
    g_assert_cmpuint(kiosk.failures, ==, 0);
    close_kiosk(&kiosk);
    server_down(&server);
    at_night(data);
    return 0;
}

/* Whose certificate has ended: no way in, a reason that staff can read, nothing lost here. */
static int late(const char *data, const char *dir)
{
    struct server_process server;
    struct kiosk_rig kiosk;
    struct sync_status status;

    server_up(&server, data, 0);
    open_kiosk(&kiosk, dir, server.port);
    g_assert_true(kiosk_wait_online(&kiosk, false));
    kiosk_status(&kiosk, &status);
    g_assert_false(status.online);
    printf("%s\n", status.error);
    close_kiosk(&kiosk);
    server_down(&server);
    return fflush(stdout);
}

static int night(const char *data)
{
    at_night(data);
    printf("%" G_GINT64_FORMAT "\n", platform_sql_int(data, "SELECT COALESCE(sum(remaining), 0) FROM credit_lot WHERE book='POINTS'"));
    return fflush(stdout);
}

/* ---- The test ---- */

/* The program itself, as if it were `at_ms`; g_free'd stdout. */
static char *at(int64_t at_ms, const char *const *argv)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autofree char *offset = g_strdup_printf("%+" G_GINT64_FORMAT, (at_ms - now_ms()) / 1000);
    g_autoptr(GError) error = NULL;
    char *out = NULL;

    g_subprocess_launcher_setenv(launcher, "LD_PRELOAD", FAKETIME_LIBRARY, TRUE);
    g_subprocess_launcher_setenv(launcher, "FAKETIME", offset, TRUE);
    g_subprocess_launcher_setenv(launcher, "FAKETIME_DONT_FAKE_MONOTONIC", "1", TRUE);
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, &error));
    g_assert_no_error(error);
    g_test_message("%u: %s", date_of_ms(at_ms), out);
    g_assert_true(g_subprocess_get_successful(process));
    return out;
}

static int64_t moment(uint32_t date, int hour, int minute, int second)
{
    return ms_of_date(date) + ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
}

/* How many payments were made. */
static int live(const char *self, const char *data, const char *dir)
{
    /* No longer apart than a certificate lives from when it is renewed: ninety days. */
    const int64_t days[] = {
        moment(20261202, 9, 0, 0),                                   /* tomorrow */
        moment(20261206, 7, 59, 0),                                  /* a Sunday; still the day before in UTC */
        moment(20270110, 9, 0, 0),  moment(20270301, 0, 0, 30),      /* 40 days; the turn of a month */
        moment(20270515, 9, 0, 0),  moment(20270801, 9, 0, 0), moment(20271015, 9, 0, 0),
        moment(20271231, 23, 59, 54),                                /* into the next year */
        moment(20280105, 9, 0, 0),  moment(20280228, 23, 59, 54),    /* 400 days; into 29 February */
        moment(20280229, 12, 0, 0),
    };
    int order = 1;

    for (size_t i = 0; i < G_N_ELEMENTS(days); i++) {
        g_autofree char *text = g_strdup_printf("%d", order);
        const char *const argv[] = {self, "--day", data, dir, text, NULL};
        g_free(at(days[i], argv));
        order += date_of_ms(days[i]) == date_of_ms(days[i] + AHEAD_MS) ? 1 : 2;
    }
    return order - 1;
}

static int64_t points_left(const char *self, const char *data, uint32_t date)
{
    const char *const argv[] = {self, "--night", data, NULL};
    g_autofree char *text = at(moment(date, 23, 0, 0), argv);

    return g_ascii_strtoll(text, NULL, 10);
}

/* Points last three years, to the day; and every fen that was paid is in a file of its biller's, once. */
static void assert_years_later(const char *self, const char *data, int paid)
{
    g_assert_cmpint(points_left(self, data, 20291130), >, 0);
    g_assert_cmpint(points_left(self, data, 20291201), ==, 0);
    g_assert_cmpint(platform_sql_int(data, "SELECT sum(amount) FROM settle_file WHERE closed=1 AND book='MONEY'"), ==, paid * FEN);
    g_assert_cmpint(platform_sql_int(data, "SELECT count(*) FROM settle_line WHERE book='MONEY' AND n IS NOT NULL"), ==, paid);
    g_assert_cmpint(platform_sql_int(data, "SELECT count(*) FROM settle_file WHERE closed=1 AND book='MONEY'"), >, 5);
}

static void test_days(const void *self)
{
    g_autofree char *data = NULL;
    char *folder = kit_dir();

    if (!POSSIBLE || !g_file_test(FAKETIME_LIBRARY, G_FILE_TEST_EXISTS)) {
        g_test_skip("libfaketime is not installed, or the sanitizer wants to be the first library");
        kit_dir_done(folder);
        return;
    }
    data = g_build_filename(folder, "data", NULL);
    const char *const first[] = {self, "--begin", data, NULL};
    g_autofree char *dirs = at(moment(20261201, 9, 0, 0), first);
    g_auto(GStrv) kiosk = g_strsplit(dirs, "\n", -1);
    g_assert_cmpuint(g_strv_length(kiosk), >, KIOSKS);
    g_autofree char *before = file_text(kiosk[0], "client.pem");
    int paid = live(self, data, kiosk[0]);
    g_autofree char *after = file_text(kiosk[0], "client.pem");
    g_assert_cmpstr(before, !=, after);
    const char *const away[] = {self, "--late", data, kiosk[1], NULL};
    g_autofree char *reason = at(moment(20280302, 9, 0, 0), away);
    g_assert_nonnull(strstr(reason, "certificate ended on 20270301"));
    g_assert_cmpint(platform_sql_int(data, "SELECT count(*) FROM payment WHERE state='CONFIRMED'"), ==, paid);
    assert_years_later(self, data, paid);
    for (int i = 0; i < KIOSKS; i++)
        kit_dir_done(g_steal_pointer(&kiosk[i]));
    g_clear_pointer(&kiosk, g_free);
    kit_dir_done(folder);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--begin") == 0)
        return begin(argv[2]);
    if (argc == 5 && strcmp(argv[1], "--day") == 0)
        return day(argv[2], argv[3], (int)g_ascii_strtoll(argv[4], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "--late") == 0)
        return late(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "--night") == 0)
        return night(argv[2]);
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/days/of-a-kiosk", argv[0], test_days);
    return g_test_run();
}
