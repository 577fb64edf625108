/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kiosk's backlog costs over libcurl itself: a kiosk pushes a journal to a platform, and a bare libcurl loop posts the
 * very same bodies, packed alike, to another copy of that platform. Rounds alternate, so that a noisy machine hits both; the
 * median of the rounds' ratios of time counts.
 *
 *   bench-sync [--events N] [--rounds N] [--ratio-max X]
 *
 * Prints one JSON object; ends with 1 when the median ratio is above --ratio-max (2: half of libcurl's rate).
 */
#include "eavesdrop.h"
#include "month.h"
#include "sync/http.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include "device/keys.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    int events, rounds;
    double ratio_max;
    char *platform, *kiosk; /* folders, as they are before the cable comes back */
    GPtrArray *bodies;      /* of struct body, recorded in the first round */
    int64_t raw_bytes, wire_bytes;
};

struct body {
    char *bytes;
    size_t len;
    bool packed;
};

static double seconds_since(gint64 start_us)
{
    return (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
}

/* ---- Recording ---------------------------------------------------------------------------------------------------- */

struct recorder {
    struct bench *bench;
    struct transport inner;
};

static bool record(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct recorder *recorder = ctx;
    struct bench *bench = recorder->bench;

    if (strcmp(call->path, "/v1/events") == 0 && call->body != NULL) {
        struct body *body = g_new0(struct body, 1);

        body->bytes = zip_pack(call->body, call->body_len, &body->len);
        body->packed = body->bytes != NULL;
        if (!body->packed) {
            body->bytes = g_memdup2(call->body, call->body_len);
            body->len = call->body_len;
        }
        bench->raw_bytes += (int64_t)call->body_len;
        bench->wire_bytes += (int64_t)body->len;
        g_ptr_array_add(bench->bodies, body);
    }
    return recorder->inner.request(recorder->inner.ctx, call, out, error);
}

static void pass_sleep(void *ctx, int timeout_ms)
{
    struct recorder *recorder = ctx;
    recorder->inner.sleep(recorder->inner.ctx, timeout_ms);
}

static void pass_wake(void *ctx)
{
    struct recorder *recorder = ctx;
    recorder->inner.wake(recorder->inner.ctx);
}

static void pass_free(void *ctx)
{
    struct recorder *recorder = ctx;
    recorder->inner.free(recorder->inner.ctx);
}

/* ---- The kiosk's side --------------------------------------------------------------------------------------------- */

static struct http *client(const char *dir, const char *url)
{
    g_autofree char *ca = g_build_filename(dir, "ca.pem", NULL), *cert = g_build_filename(dir, "client.pem", NULL);
    struct device_keys *keys = device_keys_open(dir, NULL);
    g_autofree char *key = device_keys_read(keys, dir, "client.key", NULL);
    struct http_options options = {.url = url, .ca_file = ca, .cert_file = cert, .key_pem = key};
    struct http *http = http_new(&options, NULL, NULL);

    device_keys_free(keys);
    g_assert_nonnull(http);
    return http;
}

/* Turns as its own thread would do them, until nothing waits. */
static double kiosk_round(struct bench *bench, bool recording)
{
    char *platform = kit_dir(), *dir = kit_dir();
    struct server_process server;
    struct kiosk_rig kiosk = {.dir = dir};
    g_autoptr(GError) error = NULL;

    month_copy(bench->platform, platform);
    month_copy(bench->kiosk, dir);
    server_up(&server, platform, 0);
    g_autofree char *url = g_strdup_printf("https://localhost:%u", server.port);
    g_assert_true(sync_identity_load(dir, &kiosk.identity, &error));
    kiosk_open_store(&kiosk);
    struct recorder recorder = {bench, http_transport(client(dir, url))};
    struct transport transport = {.ctx = &recorder, .request = record, .sleep = pass_sleep, .wake = pass_wake, .free = pass_free};
    struct sync_options options = {.data_dir = dir, .platform_url = url, .interval_ms = 600000};
    struct sync *sync = sync_open(&options, recording ? &transport : NULL, kiosk.store, NULL, NULL, &error);
    g_assert_no_error(error);
    if (!recording)
        recorder.inner.free(recorder.inner.ctx);
    gint64 start = g_get_monotonic_time();
    while (store_outbox_waiting(kiosk.store) > 0)
        sync_turn(sync);
    double seconds = seconds_since(start);
    sync_stop(sync);
    store_close(kiosk.store);
    server_down(&server);
    kit_dir_done(dir);
    kit_dir_done(platform);
    return seconds;
}

/* ---- libcurl's side ----------------------------------------------------------------------------------------------- */

static size_t throw_away(char *bytes, size_t size, size_t count, void *data)
{
    return size * count;
}

static void post(CURL *easy, const struct body *body, struct curl_slist *plain, struct curl_slist *packed)
{
    long status = 0;

    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, body->packed ? packed : plain);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->bytes);
    g_assert_cmpint(curl_easy_perform(easy), ==, CURLE_OK);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    g_assert_cmpint(status, ==, 200);
}

static double curl_round(struct bench *bench)
{
    char *platform = kit_dir();
    struct server_process server;
    CURL *easy = curl_easy_init();
    struct curl_slist *plain = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *packed =
        curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), "Content-Encoding: zstd");
    struct device_keys *keys = device_keys_open(bench->kiosk, NULL);
    g_autofree char *key = device_keys_read(keys, bench->kiosk, "client.key", NULL);
    g_autofree char *ca = g_build_filename(bench->kiosk, "ca.pem", NULL),
                    *cert = g_build_filename(bench->kiosk, "client.pem", NULL);
    struct curl_blob blob = {key, strlen(key), CURL_BLOB_COPY};

    month_copy(bench->platform, platform);
    server_up(&server, platform, 0);
    g_autofree char *url = g_strdup_printf("https://localhost:%u/v1/events", server.port);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_SSLCERT, cert);
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &blob);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
    gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < bench->bodies->len; i++)
        post(easy, bench->bodies->pdata[i], plain, packed);
    double seconds = seconds_since(start);
    g_assert_cmpint(platform_sql_int(platform, "SELECT count(*) FROM event WHERE verdict='accepted'"), >=, bench->events);
    curl_easy_cleanup(easy);
    curl_slist_free_all(plain);
    curl_slist_free_all(packed);
    device_keys_free(keys);
    server_down(&server);
    kit_dir_done(platform);
    return seconds;
}

/* ---- Run ---------------------------------------------------------------------------------------------------------- */

static void prepare(struct bench *bench)
{
    struct server_process server;
    struct kiosk_rig kiosk;

    bench->platform = kit_dir();
    bench->kiosk = kit_dir();
    bench->bodies = g_ptr_array_new();
    kit_init(bench->platform, 60);
    server_up(&server, bench->platform, 0);
    kiosk_enrol(&kiosk, bench->platform, server.port, "K0001");
    server_down(&server);
    month_fill(&kiosk, (unsigned)bench->events);
    g_clear_pointer(&kiosk.store, store_close);
    month_copy(kiosk.dir, bench->kiosk);
    kiosk_done(&kiosk);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static bool run(struct bench *bench)
{
    g_autofree double *kiosk = g_new0(double, (gsize)bench->rounds), *plain = g_new0(double, (gsize)bench->rounds),
                      *ratio = g_new0(double, (gsize)bench->rounds);

    kiosk_round(bench, true); /* records, and warms up */
    for (int i = 0; i < bench->rounds; i++) {
        kiosk[i] = kiosk_round(bench, false);
        plain[i] = curl_round(bench);
        ratio[i] = kiosk[i] / plain[i];
    }
    double middle = median(ratio, bench->rounds), kiosk_s = median(kiosk, bench->rounds),
           plain_s = median(plain, bench->rounds);
    printf("{\"bench\":\"sync\",\"rounds\":%d,\"events\":%d,\"batches\":%u,\"bytes\":%" G_GINT64_FORMAT
           ",\"packed_bytes\":%" G_GINT64_FORMAT ",\"kiosk_events_per_s\":%.0f,\"curl_events_per_s\":%.0f,"
           "\"ratio\":%.3f,\"bar\":%.2f}\n",
           bench->rounds, bench->events, bench->bodies->len, bench->raw_bytes, bench->wire_bytes, bench->events / kiosk_s,
           bench->events / plain_s, middle, bench->ratio_max);
    return middle <= bench->ratio_max;
}

int main(int argc, char **argv)
{
    struct bench bench = {.events = 20000, .rounds = 3, .ratio_max = 2};
    const GOptionEntry options[] = {
        {"events", 0, 0, G_OPTION_ARG_INT, &bench.events, "Events of the backlog, an even number", "N"},
        {"rounds", 0, 0, G_OPTION_ARG_INT, &bench.rounds, "Rounds of both sides", "N"},
        {"ratio-max", 0, 0, G_OPTION_ARG_DOUBLE, &bench.ratio_max, "Highest median ratio that passes", "X"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- a backlog against bare libcurl");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || bench.events < 2 || bench.rounds < 1) {
        fprintf(stderr, "bench-sync: %s\n", error != NULL ? error->message : "--events and --rounds take numbers");
        return 2;
    }
    eavesdrop_off();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    prepare(&bench);
    bool good = run(&bench);
    kit_dir_done(bench.platform);
    kit_dir_done(bench.kiosk);
    return good ? 0 : 1;
}
