/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kiosk whose rounds are ten minutes apart: what it learns and sends at once all the same; and what keeps it one of the
 * platform's own over the years: time, anchors, certificates, and the word that it is not any more.
 */
#include "rig.h"
#include "device/keys.h"
#include "model/clock.h"
#include "model/model.h"
#include "store/ledger.h"
#include "sync/http.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <errno.h>
#include <curl/curl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS 600000

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig kiosk;
};

static void up(struct fixture *f, const void *data)
{
    const char *const hourly[] = {"--certificate-hours", "1", NULL};

    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up_with(&f->server, f->data, 0, data != NULL ? hourly : NULL);
    kiosk_enrol(&f->kiosk, f->data, f->server.port, "K0001");
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    if (f->server.process != NULL)
        server_down(&f->server);
    kit_dir_done(f->data);
}

static gint64 since_ms(gint64 start_us)
{
    return (g_get_monotonic_time() - start_us) / 1000;
}

typedef bool (*met_fn)(struct fixture *f);

/* Milliseconds until it is so; fails after `ms_max`. */
static gint64 until(struct fixture *f, met_fn met, gint64 ms_max)
{
    gint64 start = g_get_monotonic_time();

    while (!met(f)) {
        if (since_ms(start) > ms_max) {
            g_test_message("error: %s", f->kiosk.status.error);
            g_assert_not_reached();
        }
        g_usleep(10000);
    }
    return since_ms(start);
}

static bool adult_is_lost(struct fixture *f)
{
    g_autofree char *card = kit_card(0), *reason = NULL;
    char token[33];

    card_token(f->kiosk.identity.index_key, card, token);
    reason = store_hotlist_lookup(f->kiosk.store, token);
    return g_strcmp0(reason, "lost") == 0;
}

static bool all_is_sent(struct fixture *f)
{
    return store_outbox_waiting(f->kiosk.store) == 0;
}

static bool feed_is_there(struct fixture *f)
{
    int64_t version = 0, issued, confirmed;

    return store_hotlist_info(f->kiosk.store, &version, &issued, &confirmed) && version > 0;
}

static bool is_anchored(struct fixture *f)
{
    return store_anchored_ms(f->kiosk.store) > 0 && all_is_sent(f);
}

static void start_slow(struct fixture *f)
{
    kiosk_start_every(&f->kiosk, SLOW_MS);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    until(f, feed_is_there, 5000);
    g_usleep(500000); /* the request that waits is on its way */
}

static void pay(struct fixture *f, int64_t fen)
{
    g_autofree char *card = kit_card(1);
    struct payment payment;

    kit_payment(&payment, card, NULL, fen);
    kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
}

/* ---- Within seconds ---- */

/* Reported by another process, on the same database file. */
static void report_lost(struct fixture *f)
{
    g_autofree char *card = kit_card(0), *said = NULL;
    gint64 took_ms;

    g_assert_false(adult_is_lost(f));
    said = platform_run(f->data, "card-lost", card, NULL);
    took_ms = until(f, adult_is_lost, 3000);
    g_test_message("a lost card was known after %d ms", (int)took_ms);
}

static void test_lost_card(struct fixture *f, const void *data)
{
    start_slow(f);
    report_lost(f);
}

/* While one request waits, another pushes; and then the next lost card still rings. */
static void test_push_beside(struct fixture *f, const void *data)
{
    gint64 took_ms;

    start_slow(f);
    for (int i = 0; i < 5; i++) {
        pay(f, 100);
        sync_kick(f->kiosk.sync);
        took_ms = until(f, all_is_sent, 2000);
    }
    g_test_message("a payment was there after %d ms", (int)took_ms);
    report_lost(f);
}

static struct http *other_http(struct fixture *f, struct device_keys *keys)
{
    g_autofree char *ca = g_build_filename(f->kiosk.dir, "ca.pem", NULL),
                    *cert = g_build_filename(f->kiosk.dir, "client.pem", NULL);
    g_autofree char *key = device_keys_read(keys, f->kiosk.dir, "client.key", NULL);
    struct http_options options = {.url = f->kiosk.url, .ca_file = ca, .cert_file = cert, .key_pem = key};
    struct http *http = http_new(&options, NULL, NULL);

    g_assert_nonnull(http);
    return http;
}

/* A kiosk that was cut off and comes again waits once: its older request is answered, not both woken in turn for ever. */
static void test_waits_once(struct fixture *f, const void *data)
{
    struct device_keys *keys = device_keys_open(f->kiosk.dir, NULL);
    struct http *first = other_http(f, keys), *second = other_http(f, keys);
    struct http_response response;
    g_autofree char *cursor = NULL, *path = NULL;
    enum listening heard = LISTEN_PENDING;

    start_slow(f);
    kiosk_stop(&f->kiosk);
    cursor = store_cursor(f->kiosk.store);
    path = g_strdup_printf("/v1/feed?cursor=%s&limit=1&wait=20", cursor);
    g_assert_true(http_listen(first, path, 20));
    for (int i = 0; i < 20; i++)
        http_sleep(first, 50);
    g_assert_cmpint(http_heard(first, &response), ==, LISTEN_PENDING);
    g_assert_true(http_listen(second, path, 20));
    for (int i = 0; i < 60 && heard == LISTEN_PENDING; i++) {
        http_sleep(second, 25);
        http_sleep(first, 25);
        heard = http_heard(first, &response);
    }
    g_assert_cmpint(heard, ==, LISTEN_HEARD);
    g_assert_cmpint(response.status, ==, 200);
    http_response_clear(&response);
    for (int i = 0; i < 10; i++)
        http_sleep(second, 50);
    g_assert_cmpint(http_heard(second, &response), ==, LISTEN_PENDING);
    http_free(first);
    http_free(second);
    device_keys_free(keys);
}

/* The platform restarts while a request waits: the kiosk notices, comes back, and waits again. */
static void test_restart(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(0), *said = NULL;
    unsigned port = f->server.port;

    start_slow(f);
    server_down(&f->server); /* within ten seconds, although somebody waits */
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    server_up(&f->server, f->data, port);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_usleep(500000);
    said = platform_run(f->data, "card-lost", card, NULL);
    until(f, adult_is_lost, 3000);
}

/* ---- Time and anchors ---- */

static void test_time(struct fixture *f, const void *data)
{
    struct clock_view view;

    start_slow(f);
    store_clock(f->kiosk.store, &view);
    g_assert_cmpint(view.trust, ==, CLOCK_TRUSTED);
    g_assert_true(view.offset_known);
    g_assert_cmpint(ABS(view.offset_ms), <, 2000);
}

/* What an auditor does, with the authority's certificate; what is said of anchors. */
static char *audit(struct fixture *f)
{
    g_autofree char *file = g_build_filename(f->kiosk.dir, "export.jsonl", NULL), *ca = g_build_filename(f->kiosk.dir, "ca.pem", NULL);
    const char *argv[] = {VERIFIER, file, "--ca", ca, NULL};
    g_autoptr(GError) error = NULL;
    char *out = NULL;
    int rows = 0, status = -1;

    g_assert_true(store_export(f->kiosk.store, file, &rows, &error));
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error));
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
    return out;
}

static void test_anchor(struct fixture *f, const void *data)
{
    pay(f, 100);
    start_slow(f);
    until(f, is_anchored, 5000);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM anchor WHERE state='MATCH' AND seq=3"), ==, 1); /* two of the payment, quota.taken */
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict='accepted'"), ==, 4);
    kiosk_stop(&f->kiosk);
    start_slow(f); /* not due again */
    pay(f, 200);
    sync_kick(f->kiosk.sync);
    until(f, all_is_sent, 3000);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM anchor"), ==, 1);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM kiosk WHERE alarm IS NOT NULL"), ==, 0);
    g_autofree char *said = audit(f);
    g_assert_nonnull(strstr(said, "\n1 anchors are signed and held by the chain, 0 signed ones"));
}

/* ---- Quotas ---- */

static bool quota_told(struct fixture *f)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    bool read = store_quota(f->kiosk.store, set, NULL);
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM quota_over WHERE why='taken' AND below=%" G_GINT64_FORMAT, set->version);

    return read && set->version > 0 && platform_sql_int(f->data, sql) == 1;
}

static int64_t coin_left(struct fixture *f)
{
    g_autofree char *text = platform_run(f->data, "quota-left", NULL, "--json");
    json_t *rows = json_loads(text, 0, NULL), *row;
    int64_t left = 0;
    size_t i;

    g_assert_true(json_is_array(rows));
    json_array_foreach(rows, i, row)
        if (g_strcmp0(json_string_value(json_object_get(row, "book")), "COIN") == 0)
            left += json_integer_value(json_object_get(row, "left"));
    json_decref(rows);
    return left;
}

static bool nothing_left(struct fixture *f)
{
    return quota_told(f) && coin_left(f) == 0;
}

static bool all_left(struct fixture *f)
{
    return quota_told(f) && coin_left(f) == 12000;
}

/* The rule of all holds for it again: changed now, so that another set is due, once. */
static void give_back(struct fixture *f)
{
    g_autofree char *sql = g_strdup_printf("DELETE FROM quota_policy WHERE kiosk='K0001'; UPDATE quota_policy SET changed_ms=%" G_GINT64_FORMAT, now_ms());

    platform_sql_run(f->data, sql);
}

static void enrol_anew(struct fixture *f)
{
    g_autofree char *code = platform_run(f->data, "enrol-code", "K0001", NULL), *ca = g_build_filename(f->data, "ca.pem", NULL);
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    g_autoptr(GError) error = NULL;

    kiosk_stop(&f->kiosk);
    g_clear_pointer(&f->kiosk.store, store_close);
    sync_enrol(f->kiosk.dir, f->kiosk.url, ca, "K0001", code, &error);
    g_assert_no_error(error);
    g_assert_true(sync_identity_load(f->kiosk.dir, &f->kiosk.identity, &error));
    kiosk_open_store(&f->kiosk);
    g_assert_true(store_quota(f->kiosk.store, set, &error));
    g_assert_cmpint(set->version, ==, 0); /* it forgot what it had, and cannot spend it */
}

/* The kiosk says at once what it took, also when it spends nothing of it: what was withdrawn is free within seconds, and what was handed out
 * to a kiosk that is shut out, at once. Enrolled anew it is given its own again. */
static void test_quota(struct fixture *f, const void *data)
{
    g_autofree char *withdrawn = NULL, *revoked = NULL;

    start_slow(f);
    until(f, quota_told, 3000);
    g_assert_cmpint(coin_left(f), ==, 12000);
    withdrawn = platform_run(f->data, "quota-withdraw", "K0001", NULL);
    g_test_message("known after %d ms", (int)until(f, nothing_left, 8000));
    give_back(f);
    kiosk_stop(&f->kiosk);
    kiosk_start(&f->kiosk);
    until(f, all_left, 8000);
    revoked = platform_run(f->data, "revoke", "K0001", NULL);
    g_assert_cmpint(coin_left(f), ==, 0);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    enrol_anew(f);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    until(f, quota_told, 8000);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM quota_over WHERE why='enrolled'"), ==, 1);
    g_assert_cmpint(coin_left(f), ==, 12000);
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
}

/* ---- Not any more ---- */

static void test_revoked_for_good(struct fixture *f, const void *data)
{
    g_autofree char *said = NULL;
    unsigned port = f->server.port;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_false(store_revoked(f->kiosk.store));
    said = platform_run(f->data, "revoke", "K0001", NULL);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    g_assert_true(store_revoked(f->kiosk.store));
    kiosk_stop(&f->kiosk);
    server_down(&f->server);
    g_clear_pointer(&f->kiosk.store, store_close);
    kiosk_open_store(&f->kiosk);
    kiosk_start(&f->kiosk); /* nobody there to ask */
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    g_assert_true(store_revoked(f->kiosk.store));
    kiosk_stop(&f->kiosk);
    server_up(&f->server, f->data, port);
    platform_sql_run(f->data, "UPDATE kiosk SET state='ENROLLED'");
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_false(store_revoked(f->kiosk.store));
}

/* ---- Certificates that live an hour ---- */

static char *file_of(struct fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->kiosk.dir, name, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(f->kiosk.dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void remove_file(struct fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->kiosk.dir, name, NULL);

    if (g_unlink(path) != 0)
        g_assert_cmpint(errno, ==, ENOENT);
}

static bool file_is_there(struct fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->kiosk.dir, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool is_renewed(struct fixture *f)
{
    return platform_sql_int(f->data, "SELECT count(*) FROM certificate WHERE state='OLD'") == 1 &&
           platform_sql_int(f->data, "SELECT count(*) FROM certificate WHERE state='CURRENT'") == 1;
}

/* The platform has seen the new one, and the kiosk its answer: the old one's files are gone. */
static bool is_settled(struct fixture *f)
{
    return is_renewed(f) && !file_is_there(f, "client-next.key") && !file_is_there(f, "client-next.pem");
}

static void test_renewed(struct fixture *f, const void *data)
{
    g_autofree char *old_cert = file_of(f, "client.pem"), *old_key = file_of(f, "client.key");
    g_autofree char *new_cert = NULL, *new_key = NULL;
    struct sync_status status;

    kiosk_start(&f->kiosk);
    until(f, is_settled, 20000);
    new_cert = file_of(f, "client.pem");
    new_key = file_of(f, "client.key");
    g_assert_cmpstr(old_cert, !=, new_cert);
    g_assert_cmpstr(old_key, !=, new_key);
    g_assert_false(file_is_there(f, "client-next.pem"));
    g_assert_false(file_is_there(f, "client-next.key"));
    pay(f, 100);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    kiosk_stop(&f->kiosk);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    /* The old pair is out since the first use of the new. */
    write_file(f, "client.pem", old_cert);
    write_file(f, "client.key", old_key);
    remove_file(f, "client-next.pem");
    remove_file(f, "client-next.key");
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_status(&f->kiosk, &status);
    g_assert_cmpint(status.http_status, ==, 403);
}

/* Power lost in the middle of the change, at each of its steps. */
static void test_renewal_cut(struct fixture *f, const void *data)
{
    g_autofree char *old_cert = file_of(f, "client.pem"), *old_key = file_of(f, "client.key");
    g_autofree char *new_cert = NULL;
    unsigned port = f->server.port;

    server_down(&f->server);
    server_up(&f->server, f->data, port); /* the next one lives for ninety days, and is not due again */
    kiosk_start(&f->kiosk);
    until(f, is_settled, 20000);
    kiosk_stop(&f->kiosk);
    new_cert = file_of(f, "client.pem");
    /* (3): the key is in, the certificate is not: it is taken in. */
    write_file(f, "client.pem", old_cert);
    write_file(f, "client-next.pem", new_cert);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    g_autofree char *now_cert = file_of(f, "client.pem");
    g_assert_cmpstr(now_cert, ==, new_cert);
    /* (1) and (2): what is beside the pair is thrown away. */
    write_file(f, "client-next.key", old_key);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    g_assert_false(file_is_there(f, "client-next.key"));
    write_file(f, "client-next.key", old_key);
    write_file(f, "client-next.pem", old_cert);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    /* A certificate that fits no key of ours. */
    write_file(f, "client-next.pem", old_cert);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    g_assert_false(file_is_there(f, "client-next.pem"));
    g_free(now_cert);
    now_cert = file_of(f, "client.pem");
    g_assert_cmpstr(now_cert, ==, new_cert);
}

/* ---- Bodies as they come ---- */

static size_t throw_away(char *bytes, size_t size, size_t count, void *data)
{
    return size * count;
}

static long post_raw(struct fixture *f, const char *coding, const char *bytes, size_t len)
{
    g_autofree char *url = g_strconcat(f->kiosk.url, "/v1/events", NULL),
                    *ca = g_build_filename(f->kiosk.dir, "ca.pem", NULL);
    g_autofree char *header = g_strconcat("Content-Encoding: ", coding, NULL);
    struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), header);
    CURL *easy = curl_easy_init();
    long status = 0;

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
    g_assert_cmpint(curl_easy_perform(easy), ==, CURLE_OK);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return status;
}

static void test_codings(struct fixture *f, const void *data)
{
    size_t size = 8u * 1024 * 1024, len;
    g_autofree char *blanks = g_strnfill(size, ' ');
    char *bomb = zip_pack(blanks, size, &len);

    g_assert_cmpuint(len, <, 100000);
    g_assert_cmpint(post_raw(f, "zstd", bomb, len), ==, 413);
    g_assert_cmpint(post_raw(f, "zstd", bomb, len / 2), !=, 200);
    g_assert_cmpint(post_raw(f, "zstd", "not packed at all", 17), ==, 400);
    g_assert_cmpint(post_raw(f, "gzip", "{}", 2), ==, 415);
    g_assert_cmpint(post_raw(f, "identity", "{}", 2), ==, 403); /* read, and then asked who we are */
    free(bomb);
    /* And it still serves. */
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
}

#define ADD(name, data) g_test_add("/news/" #name, struct fixture, data, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(lost_card, NULL);
    ADD(push_beside, NULL);
    ADD(waits_once, NULL);
    ADD(restart, NULL);
    ADD(time, NULL);
    ADD(anchor, NULL);
    ADD(quota, NULL);
    ADD(revoked_for_good, NULL);
    ADD(renewed, "hourly");
    ADD(renewal_cut, "hourly");
    ADD(codings, NULL);
    return g_test_run();
}
