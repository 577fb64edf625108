/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offline for thirty days, then the cable comes back: everything is accepted, exactly once, and neither end grows with it.
 *
 *   test-integration-month [--events N]      2,000 by default, 100,000 for the long run
 */
#include "month.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

static int events_count = 2000;

struct watch {
    int64_t kiosk_start, kiosk_peak, server_start, server_peak;
};

static void weigh(struct watch *watch, const char *server)
{
    watch->kiosk_peak = MAX(watch->kiosk_peak, month_resident("self"));
    watch->server_peak = MAX(watch->server_peak, month_resident(server));
}

static double push_all(struct kiosk_rig *kiosk, const char *server, struct watch *watch)
{
    gint64 start = g_get_monotonic_time(), limit_us = (60 + events_count / 500) * G_USEC_PER_SEC;

    watch->kiosk_start = watch->kiosk_peak = month_resident("self");
    watch->server_start = watch->server_peak = month_resident(server);
    kiosk_start_every(kiosk, 5000);
    while (store_outbox_waiting(kiosk->store) > 0) {
        weigh(watch, server);
        g_usleep(10000);
        g_assert_cmpint(g_get_monotonic_time() - start, <, limit_us);
    }
    return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

#define PAID "FROM event WHERE body LIKE '%\"payment.%'"

static void assert_once(const char *data, struct kiosk_rig *kiosk)
{
    uint8_t hash[32];

    g_assert_true(kiosk_wait_anchored(kiosk));
    g_assert_cmpint(platform_sql_int(data, "SELECT count(*) " PAID), ==, events_count);
    g_assert_cmpint(platform_sql_int(data, "SELECT count(DISTINCT id) " PAID " AND verdict='accepted'"), ==, events_count);
    g_assert_cmpint(platform_sql_int(data, "SELECT head_seq FROM kiosk WHERE id='K0001'"), ==,
                    store_head(kiosk->store, hash));
    g_assert_cmpint(platform_sql_int(data, "SELECT count(*) FROM kiosk WHERE alarm IS NOT NULL"), ==, 0);
    g_assert_cmpint(platform_sql_int(data, "SELECT sum(amount_fen) FROM entry WHERE account='purse:float'"), ==,
                    MONTH_FEN * events_count / 2);
    g_assert_cmpint(platform_sql_int(data, "SELECT sum(amount_fen) FROM entry"), ==, 0);
    g_assert_cmpint(platform_sql_int(data, "SELECT count(*) FROM anchor WHERE state='MATCH'"), ==, 1);
    g_assert_cmpint(store_refused_count(kiosk->store), ==, 0);
    g_assert_true(store_verify_chain(kiosk->store, 0, NULL));
}

static void test_month(void)
{
    char *data = kit_dir();
    struct server_process server;
    struct kiosk_rig kiosk;
    struct watch watch;
    double seconds;

    kit_init(data, 60);
    server_up(&server, data, 0);
    kiosk_enrol(&kiosk, data, server.port, "K0001");
    month_fill(&kiosk, (unsigned)events_count);
    seconds = push_all(&kiosk, g_subprocess_get_identifier(server.process), &watch);
    g_test_message("%d events in %.1f s (%.0f/s); resident: kiosk %.1f MiB and %.1f more, platform %.1f MiB and %.1f more",
                   events_count, seconds, events_count / seconds, (double)watch.kiosk_start / 1048576,
                   (double)(watch.kiosk_peak - watch.kiosk_start) / 1048576, (double)watch.server_start / 1048576,
                   (double)(watch.server_peak - watch.server_start) / 1048576);
    assert_once(data, &kiosk);
#if !defined(__SANITIZE_ADDRESS__)
    g_assert_cmpint(watch.kiosk_peak - watch.kiosk_start, <, 24 * 1024 * 1024);
    g_assert_cmpint(watch.server_peak - watch.server_start, <, 48 * 1024 * 1024);
#endif
    kiosk_done(&kiosk);
    server_down(&server);
    kit_dir_done(data);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 1; i + 1 < argc; i++) {
        gint64 number;
        if (strcmp(argv[i], "--events") == 0 && g_ascii_string_to_signed(argv[i + 1], 10, 2, 10000000, &number, NULL))
            events_count = (int)number / 2 * 2;
    }
    g_test_add_func("/month/all-accepted-once", test_month);
    return g_test_run();
}
