/* SPDX-License-Identifier: Apache-2.0 */
/* A kiosk and its platform, both real, over TLS on this machine. */
#include "eavesdrop.h"
#include "rig.h"
#include "device/files.h"
#include "device/keys.h"
#include "model/model.h"
#include "store/staff.h"
#include "sync/http.h"
#include "sync/wire.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig kiosk;
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    kiosk_enrol(&f->kiosk, f->data, f->server.port, "K0001");
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    server_down(&f->server);
    kit_dir_done(f->data);
}

static void token_of(struct fixture *f, unsigned persona, char token[33])
{
    g_autofree char *card = kit_card(persona);

    card_token(f->kiosk.identity.index_key, card, token);
}

/* ---- Enrolment ---- */

static void test_enrolled(struct fixture *f, const void *data)
{
    static const char *const names[] = {"ca.pem", "client.key", "client.pem", "platform.json"};
    struct stat info;

    g_assert_cmpstr(f->kiosk.identity.kiosk_id, ==, "K0001");
    g_assert_cmpint(f->kiosk.identity.epoch, ==, 1);
    g_assert_cmpstr(f->kiosk.identity.place_zh, ==, "稻香一村居民服务站 1 号机");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(f->kiosk.dir, names[i], NULL);
        g_autofree char *left = g_strconcat(path, ".new", NULL);

        g_assert_cmpint(stat(path, &info), ==, 0);
        g_assert_cmpint(info.st_mode & 0777, ==, 0600);
        g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_assert_null(strstr(text, "PRIVATE KEY"));
        g_assert_null(strstr(text, "index_key"));
    }
}

static void assert_not_enrolled(struct fixture *f, const char *url, const char *ca, const char *code,
                                int error_code, const char *says)
{
    g_autoptr(GError) error = NULL;
    char *dir = kit_dir();
    g_autofree char *mark = g_build_filename(dir, "platform.json", NULL);

    g_assert_false(sync_enrol(dir, url, ca, "K0002", code, &error));
    g_assert_error(error, SYNC_ERROR, error_code);
    if (says != NULL)
        g_assert_nonnull(strstr(error->message, says));
    g_assert_false(g_file_test(mark, G_FILE_TEST_EXISTS));
    kit_dir_done(dir);
}

static void test_enrol_refused(struct fixture *f, const void *data)
{
    g_autofree char *ca = g_build_filename(f->data, "ca.pem", NULL),
                    *code = platform_run(f->data, "enrol-code", "K0002", NULL);
    g_autofree char *plain = g_strdup_printf("http://localhost:%u", f->server.port);
    char *other = kit_dir();
    g_autofree char *other_ca = g_build_filename(other, "ca.pem", NULL);

    kit_init(other, 20);
    assert_not_enrolled(f, f->kiosk.url, ca, "0000-0000-0000", SYNC_ERROR_STATUS, "403");
    assert_not_enrolled(f, f->kiosk.url, other_ca, code, SYNC_ERROR_TLS, NULL);
    assert_not_enrolled(f, plain, ca, code, SYNC_ERROR_FILE, "https");
    platform_sql_run(f->data, "UPDATE enrol_code SET expires_ms=1 WHERE kiosk='K0002'");
    assert_not_enrolled(f, f->kiosk.url, ca, code, SYNC_ERROR_STATUS, "403");
    kit_dir_done(other);
}

/* ---- Pull ---- */

static void test_pull(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    char token[33];
    int64_t version = 0, issued, confirmed, asof;
    struct sync_status status;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_status(&f->kiosk, &status);
    g_assert_cmpint(status.http_status, ==, 200);
    g_assert_cmpstr(status.error, ==, "");
    g_assert_cmpint(ABS(status.clock_offset_ms), <, 2000);
    g_assert_true(store_hotlist_info(f->kiosk.store, &version, &issued, &confirmed));
    g_assert_cmpint(version, ==, 1);
    g_assert_cmpint(now_ms() - confirmed, <, 20000);
    token_of(f, 4, token);
    g_autofree char *reason = store_hotlist_lookup(f->kiosk.store, token);
    g_assert_cmpstr(reason, ==, "lost");
    token_of(f, 1, token);
    g_autofree char *none = store_hotlist_lookup(f->kiosk.store, token);
    g_assert_null(none);
    g_autoptr(GPtrArray) bills = store_bills(f->kiosk.store, token, &asof, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(bills->len, ==, 3);
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000004"), ==, 8650);
    g_autoptr(GPtrArray) notices = store_notices(f->kiosk.store, KIT_TODAY, &error);
    g_assert_cmpuint(notices->len, ==, 12);
    g_assert_cmpint(store_time_high(f->kiosk.store), >, INT64_C(1704067200000));
}

static void test_lost_card_arrives(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(0), *said = NULL, *reason = NULL;
    char token[33];

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    said = platform_run(f->data, "card-lost", card, NULL);
    g_assert_cmpstr(said, ==, "hotlist version 2");
    token_of(f, 0, token);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 3));
    reason = store_hotlist_lookup(f->kiosk.store, token);
    g_assert_cmpstr(reason, ==, "lost");
}

#define NEXT_CHANGE "(SELECT max(n) FROM change)"

/* 1,200 changes that this kiosk has not heard of, then a bill that is closed, and a clerk as the last of all. */
static void grow_backlog(struct fixture *f)
{
    g_autofree char *card = kit_card(0);

    platform_sql_run(f->data, "WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM i WHERE i<1200) INSERT INTO change(community, n, topic, key)"
                              " SELECT (SELECT min(community) FROM change), " NEXT_CHANGE "+i, 'bill', 'gone' || i FROM i");
    platform_sql_run(f->data, "UPDATE bill SET state='CLOSED' WHERE id='B0000004'");
    platform_sql_run(f->data, "UPDATE change SET n=" NEXT_CHANGE "+1 WHERE topic='bill' AND key='B0000004'");
    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "staff", "add", "--data", f->data, "--id", "late", "--card", card,
                                                  "--name", "晚到", "--role", "clerk", NULL},
                            NULL));
}

static bool clerk_known(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    struct staff staff;
    char token[33];
    bool found = false;

    token_of(f, 0, token);
    g_assert_true(store_staff(f->kiosk.store, token, now_ms(), &staff, &found, &error));
    g_assert_true(!found || strcmp(staff.id, "late") == 0);
    return found;
}

/* A kiosk that was away for long gets one page, and is cut off, and is switched off: it has the clerk already, and goes on from there. */
static void test_security_first(struct fixture *f, const void *data)
{
    char token[33];

    token_of(f, 1, token);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000004"), ==, 8650);
    kiosk_stop(&f->kiosk);
    grow_backlog(f);
    eavesdrop_pages(1);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_stop(&f->kiosk);
    g_assert_true(clerk_known(f));
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000004"), ==, 8650);
    eavesdrop_pages(-1);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(clerk_known(f));
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000004"), ==, -1);
}

/* ---- Push ---- */

static void test_pay(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    char token[33];
    struct payment paid, doubt, nothing;
    json_t *report;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kit_payment(&paid, card, "B0000004", 8650);
    kiosk_pay(&f->kiosk, &paid, PAYMENT_CONFIRMED);
    kit_payment(&nothing, card, "B0000005", 4160);
    kiosk_pay(&f->kiosk, &nothing, PAYMENT_VOID);
    kit_payment(&doubt, card, "B0000006", 2890);
    kiosk_pay(&f->kiosk, &doubt, PAYMENT_IN_DOUBT);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
    report = platform_ledger(f->data);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 8650);
    g_assert_cmpstr(kit_payment_text(report, paid.id, "tac"), ==, "OK");
    g_assert_cmpstr(kit_payment_text(report, nothing.id, "state"), ==, "VOID");
    g_assert_cmpstr(kit_payment_text(report, doubt.id, "state"), ==, "IN_DOUBT");
    json_decref(report);
    /* What the kiosk then hears of its own payments. */
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 3));
    token_of(f, 1, token);
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000004"), ==, -1);
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000005"), ==, 4160);
    g_assert_cmpint(store_bill_open_fen(f->kiosk.store, token, "B0000006"), ==, -1);
}

static void test_kick(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(1);
    struct sync_options options = {
        .data_dir = f->kiosk.dir, .platform_url = f->kiosk.url, .interval_ms = 600000};
    struct payment payment;
    gint64 start;

    f->kiosk.sync = sync_start(&options, f->kiosk.store, NULL, NULL, &error);
    g_assert_no_error(error);
    for (int i = 0; i < 200 && store_time_high(f->kiosk.store) < INT64_C(1704067200000); i++)
        g_usleep(50000);
    g_usleep(300000);
    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    start = g_get_monotonic_time();
    sync_kick(f->kiosk.sync);
    while (store_outbox_waiting(f->kiosk.store) > 0 && g_get_monotonic_time() - start < 10 * G_USEC_PER_SEC)
        g_usleep(10000);
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, 0);
}

static void test_wrong_tac(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct payment bad, good;
    json_t *report;

    kiosk_start(&f->kiosk);
    kit_payment(&bad, card, NULL, 100);
    kit_tac(&bad);
    bad.purchase.tac[3] ^= 0x80;
    kiosk_pay(&f->kiosk, &bad, PAYMENT_CONFIRMED);
    kit_payment(&good, card, NULL, 200);
    kiosk_pay(&f->kiosk, &good, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 1);
    report = platform_ledger(f->data);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 200);
    json_decref(report);
}

/* Many rows: several batches. */
static void test_backlog(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    json_t *report;
    const int count = 150;

    for (int i = 0; i < count; i++) {
        struct payment payment;

        kit_payment(&payment, card, NULL, 10);
        kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    }
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, 2 * count);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    report = platform_ledger(f->data);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 10 * count);
    json_decref(report);
}

/* ---- Shut out ---- */

static void test_revoked(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1), *said = NULL;
    struct sync_status status;
    struct payment payment;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    said = platform_run(f->data, "revoke", "K0001", NULL);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_status(&f->kiosk, &status);
    g_assert_cmpint(status.http_status, ==, 403);
    g_assert_nonnull(strstr(status.error, "403"));
    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 3));
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, 2);
}

/* Enrolled anew on another disk: the old certificate is out at once. */
static void test_old_certificate(struct fixture *f, const void *data)
{
    struct kiosk_rig second;
    struct sync_status status;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_enrol(&second, f->data, f->server.port, "K0001");
    g_assert_cmpint(second.identity.epoch, ==, 2);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_status(&f->kiosk, &status);
    g_assert_cmpint(status.http_status, ==, 403);
    kiosk_start(&second);
    g_assert_true(kiosk_wait_online(&second, true));
    kiosk_done(&second);
}

/* A server's certificate of the same authority is not a kiosk's. */
static void test_server_certificate_is_no_client(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *ca = g_build_filename(f->data, "ca.pem", NULL),
                    *cert = g_build_filename(f->data, "server.pem", NULL),
                    *key = file_get(f->data, "server.key", KEYS_FILE_MAX, NULL, &error);
    struct http_options options = {.url = f->kiosk.url, .ca_file = ca, .cert_file = cert, .key_pem = key};
    struct http *http = http_new(&options, NULL, &error);
    struct http_response response;

    g_assert_no_error(error);
    http_request(http, &(struct http_call){.path = "/v1/feed"}, &response, &error);
    g_assert_no_error(error);
    g_assert_cmpint(response.status, ==, 403);
    http_response_clear(&response);
    http_free(http);
}

/* ---- Network ---- */

static void test_server_away(struct fixture *f, const void *data)
{
    unsigned port = f->server.port;
    g_autofree char *card = kit_card(1);
    struct payment payment;
    struct sync_status status;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    server_kill(&f->server);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_status(&f->kiosk, &status);
    g_assert_cmpstr(status.error, !=, "");
    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    server_up(&f->server, f->data, port);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
}

/* Packets vanish without a word, on a connection that was good: noticed within ten seconds or so. */
/* A line that takes all and gives nothing: it is given up (LOW_SPEED_TIME_S of kiosk/sync/http.c), and nobody who stops waits for that. */
static void test_blackhole(struct fixture *f, const void *data)
{
    struct wire *wire = wire_new(f->server.port);
    unsigned failures;

    g_free(f->kiosk.url);
    f->kiosk.url = g_strdup_printf("https://localhost:%u", wire_port(wire));
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    wire_set(wire, WIRE_BLACKHOLE);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    g_usleep(400000); /* the next try is on its way */
    failures = f->kiosk.failures;
    kiosk_stop(&f->kiosk);
    g_assert_cmpuint(f->kiosk.failures, ==, failures); /* it was broken off: a try that was waited for has failed */
    wire_set(wire, WIRE_PASS);
    wire_cut(wire);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    wire_free(wire);
}

static void test_wrong_ca(struct fixture *f, const void *data)
{
    char *other = kit_dir();
    g_autofree char *from = g_build_filename(other, "ca.pem", NULL),
                    *to = g_build_filename(f->kiosk.dir, "ca.pem", NULL), *told = g_build_filename(f->kiosk.dir, "authorities.json", NULL);
    g_autofree char *text = NULL;
    struct sync_status status;

    kit_init(other, 20);
    g_assert_true(g_file_get_contents(from, &text, NULL, NULL));
    g_assert_true(g_file_set_contents(to, text, -1, NULL));
    g_assert_cmpint(g_unlink(told), ==, 0);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_status(&f->kiosk, &status);
    g_assert_nonnull(strstr(status.error, "certificate"));
    kit_dir_done(other);
}

static void test_not_enrolled(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    char *empty = kit_dir();
    struct sync_options options = {.data_dir = empty, .platform_url = f->kiosk.url};

    g_assert_null(sync_start(&options, f->kiosk.store, NULL, NULL, &error));
    g_assert_nonnull(error);
    kit_dir_done(empty);
    sync_stop(NULL);
}

#define ADD(name) g_test_add("/sync/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(enrolled);
    ADD(enrol_refused);
    ADD(pull);
    ADD(lost_card_arrives);
    ADD(security_first);
    ADD(pay);
    ADD(kick);
    ADD(wrong_tac);
    ADD(backlog);
    ADD(revoked);
    ADD(old_certificate);
    ADD(server_certificate_is_no_client);
    ADD(server_away);
    ADD(blackhole);
    ADD(wrong_ca);
    ADD(not_enrolled);
    int failed = g_test_run();
    /* Each of them was looked at: see eavesdrop.h. */
    if (failed == 0 && (eavesdrop_requests() < 100 || eavesdrop_heard() < 100))
        g_error("only %u requests and %u answers were checked", eavesdrop_requests(), eavesdrop_heard());
    return failed;
}
