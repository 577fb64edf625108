/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator sees of a platform that runs: metrics, log, readiness; and that neither tells of anybody. */
#include "rig.h"
#include "model/model.h"
#include "platform/data/db.h"
#include "platform/sample/community.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char *data, *log;
    int stderr_kept;
    struct server_process server;
    struct kiosk_rig kiosk;
    unsigned metrics_port;
};

static unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &len), ==, 0);
    close(fd);
    return ntohs(at.sin_port);
}

/* The server has our stderr, which is a file while it starts. */
static void log_to_file(struct fixture *f)
{
    int fd = open(f->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    f->stderr_kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    g_assert_true(fd >= 0 && f->stderr_kept >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
    close(fd);
}

static void log_back(struct fixture *f)
{
    g_assert_cmpint(dup2(f->stderr_kept, STDERR_FILENO), ==, STDERR_FILENO);
    close(f->stderr_kept);
}

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    f->log = g_build_filename(f->data, "log", NULL);
    f->metrics_port = free_port();
    g_autofree char *metrics = g_strdup_printf("127.0.0.1:%u", f->metrics_port);
    const char *const options[] = {"--metrics", metrics, "--log", "debug", "--node", "n1", "--drain-seconds", "1", NULL};
    log_to_file(f);
    server_up_with(&f->server, f->data, 0, options);
    log_back(f);
    kiosk_enrol(&f->kiosk, f->data, f->server.port, "K0001");
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    if (f->server.process != NULL)
        server_down(&f->server);
    g_free(f->log);
    kit_dir_done(f->data);
}

/* ---- Asking from beside ---- */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *into)
{
    g_string_append_len(into, bytes, (gssize)(size * count));
    return size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *into)
{
    return on_bytes(bytes, size, count, into);
}

static char *get(const char *url, const char *ca, long *status, char **headers)
{
    GString *out = g_string_new(NULL), *head = g_string_new(NULL);
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, head);
    g_assert_cmpint(curl_easy_perform(curl), ==, CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_cleanup(curl);
    if (headers != NULL)
        *headers = g_string_free(head, FALSE);
    else
        g_string_free(head, TRUE);
    return g_string_free(out, FALSE);
}

static char *platform_get(struct fixture *f, const char *path, long *status, char **headers)
{
    g_autofree char *url = g_strdup_printf("https://localhost:%u%s", f->server.port, path);
    g_autofree char *ca = g_build_filename(f->data, "ca.pem", NULL);

    return get(url, ca, status, headers);
}

static char *metrics_get(struct fixture *f)
{
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/metrics", f->metrics_port), *headers = NULL;
    long status = 0;
    char *text = get(url, NULL, &status, &headers);

    g_assert_cmpint(status, ==, 200);
    g_assert_nonnull(strstr(headers, "Content-Type: text/plain; version=0.0.4"));
    return text;
}

/* ---- The text format 0.0.4 ---- */

/* Each sample is of the family that was described last, names and labels are lawful, buckets grow, the last one is the count. */
static GHashTable *metrics_parse(const char *text)
{
    g_autoptr(GRegex) sample = g_regex_new("^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:[a-zA-Z_]\\w*=\"[^\"\\\\\\n]*\",?)+\\})? (-?[0-9]+(?:\\.[0-9]+)?)$", 0, 0, NULL);
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *family = NULL, *type = NULL;
    double bucket = 0;

    g_assert_true(g_str_has_suffix(text, "\n"));
    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        g_autoptr(GMatchInfo) match = NULL;

        if (g_str_has_prefix(*line, "# TYPE ")) {
            g_auto(GStrv) words = g_strsplit(*line, " ", -1);
            g_free(family);
            g_free(type);
            family = g_strdup(words[2]);
            type = g_strdup(words[3]);
            g_assert_true(g_strv_contains((const char *const[]){"counter", "gauge", "histogram", NULL}, type));
            continue;
        }
        if (g_str_has_prefix(*line, "# HELP "))
            continue;
        g_assert_true(g_regex_match(sample, *line, 0, &match));
        g_autofree char *name = g_match_info_fetch(match, 1), *labels = g_match_info_fetch(match, 2), *value = g_match_info_fetch(match, 3);
        double number = g_ascii_strtod(value, NULL);
        g_assert_true(g_str_has_prefix(name, family));
        if (strcmp(type, "histogram") != 0) {
            g_assert_cmpstr(name, ==, family);
        } else if (g_str_has_suffix(name, "_bucket")) {
            bool first = strstr(labels, "le=\"0.005\"") != NULL || strstr(labels, "{le=\"1.000\"") != NULL;
            g_assert_true(first || number >= bucket);
            bucket = number;
        } else if (g_str_has_suffix(name, "_count")) {
            g_assert_true(number == bucket);
        }
        char *key = g_strconcat(name, labels, NULL);
        g_assert_false(g_hash_table_contains(values, key));
        g_hash_table_insert(values, key, g_steal_pointer(&value));
    }
    return values;
}

static double value_of(GHashTable *values, const char *name)
{
    const char *text = g_hash_table_lookup(values, name);

    if (text == NULL)
        g_error("no metric %s", name);
    return g_ascii_strtod(text, NULL);
}

/* ---- Nothing of anybody ---- */

/* As text, and with two digits in a byte, at both offsets. */
static void assert_without_number(const char *bytes, gsize len, const char *number)
{
    g_assert_null(g_strstr_len(bytes, (gssize)len, number));
    for (const char *from = number; from < number + 2; from++) {
        uint8_t packed[16];
        gsize count = 0;
        for (const char *at = from; at[0] != '\0' && at[1] != '\0' && count < sizeof packed; at += 2)
            packed[count++] = (uint8_t)((at[0] - '0') << 4 | (at[1] - '0'));
        g_assert_null(memmem(bytes, len, packed, count));
    }
}

static void assert_without(struct fixture *f, const char *bytes, gsize len, const char *const *words)
{
    for (unsigned persona = 0; persona < 5; persona++) {
        g_autofree char *card = kit_card(persona);
        char token[33];

        assert_without_number(bytes, len, card);
        assert_without_number(bytes, len, card + 3); /* the sixteen digits that people read */
        card_token(f->kiosk.identity.index_key, card, token);
        g_assert_null(g_strstr_len(bytes, (gssize)len, token));
    }
    for (; *words != NULL; words++)
        g_assert_null(g_strstr_len(bytes, (gssize)len, *words));
}

static char *secret_line(const char *pem)
{
    g_auto(GStrv) lines = g_strsplit(pem, "\n", 3);
    return g_strdup(lines[1]);
}

/* Each line is one object with the members that are promised, and no other. */
static unsigned assert_log(const char *text)
{
    static const char *const MEMBERS[] = {"time", "level", "node", "request", "call", "status", "ms", "kiosk", "problem", "incident", NULL};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned requests = 0;

    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        json_t *json = json_loads(*line, JSON_REJECT_DUPLICATES, NULL), *value;
        const char *name;

        g_assert_nonnull(json);
        json_object_foreach(json, name, value)
            g_assert_true(g_strv_contains(MEMBERS, name));
        g_assert_cmpstr(json_string_value(json_object_get(json, "node")), ==, "n1");
        g_assert_nonnull(json_object_get(json, "time"));
        requests += json_object_get(json, "request") != NULL;
        json_decref(json);
    }
    return requests;
}

static void assert_metrics(struct fixture *f, const char *text)
{
    GHashTable *values = metrics_parse(text);

    g_assert_cmpfloat(value_of(values, "citycard_events_total{verdict=\"accepted\"}"), >=, 6);
    g_assert_cmpfloat(value_of(values, "citycard_events_total{verdict=\"accepted\"}"), ==,
                      (double)platform_sql_int(f->data, "SELECT count(*) FROM event"));
    g_assert_cmpfloat(value_of(values, "citycard_event_age_seconds_count"), ==, value_of(values, "citycard_events_total{verdict=\"accepted\"}"));
    g_assert_cmpfloat(value_of(values, "citycard_requests_total{call=\"POST /v1/events\",class=\"2xx\"}"), >=, 1);
    g_assert_cmpfloat(value_of(values, "citycard_requests_total{call=\"other\",class=\"4xx\"}"), ==, 1);
    g_assert_cmpfloat(value_of(values, "citycard_requests_total{call=\"GET /v1/feed\",class=\"4xx\"}"), ==, 1);
    g_assert_cmpfloat(value_of(values, "citycard_kiosks{state=\"enrolled\"}"), ==, 1);
    g_assert_cmpfloat(value_of(values, "citycard_doubts_open"), ==, 1);
    g_assert_cmpfloat(value_of(values, "citycard_db_up"), ==, 1);
    g_assert_cmpfloat(value_of(values, "citycard_db_transactions_total{kind=\"write\"}"), >=, 2);
    g_assert_cmpfloat(value_of(values, "citycard_certificate_end_seconds{of=\"server\"}"), >, (double)now_ms() / 1000);
    g_assert_cmpfloat(value_of(values, "citycard_certificate_end_seconds{of=\"authority\"}"), >, (double)now_ms() / 1000 + 3000 * 86400.0);
    g_assert_cmpfloat(value_of(values, "citycard_kiosk_certificate_end_seconds_min"), >, (double)now_ms() / 1000 + 89 * 86400.0);
    g_assert_cmpfloat(value_of(values, "citycard_kiosk_certificate_end_seconds_min"), <, (double)now_ms() / 1000 + 91 * 86400.0);
    g_assert_cmpfloat(value_of(values, "citycard_kiosk_certificates_ending"), ==, 0);
    g_assert_cmpfloat(value_of(values, "process_open_fds"), >, 5);
    g_assert_cmpuint(g_hash_table_size(values), <, 1200);
    g_assert_null(strstr(text, "K0001")); /* series do not grow with the fleet */
    g_hash_table_unref(values);
}

static void test_told(struct fixture *f, const void *data)
{
    static const char SECRET[] = "5ec7e7c0ffee";
    g_autofree char *bad = g_strdup_printf("/v1/feed?cursor=%s", SECRET), *other = g_strdup_printf("/v2/%s", SECRET), *key = NULL, *line = NULL;
    struct payment payment;
    long status = 0;

    for (unsigned persona = 0; persona < 3; persona++) {
        g_autofree char *card = kit_card(persona);
        kit_payment(&payment, card, NULL, 100 + persona);
        kiosk_pay(&f->kiosk, &payment, persona < 2 ? PAYMENT_CONFIRMED : PAYMENT_IN_DOUBT);
    }
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    kiosk_stop(&f->kiosk);
    g_free(platform_get(f, bad, &status, NULL));
    g_assert_cmpint(status, ==, 403);
    g_free(platform_get(f, other, &status, NULL));
    g_assert_cmpint(status, ==, 404);
    g_autofree char *metrics = metrics_get(f), *log = NULL, *headers = NULL, *health = platform_get(f, "/v1/health", &status, &headers);
    assert_metrics(f, metrics);
    g_assert_nonnull(health);
    server_down(&f->server);

    gsize len = 0;
    g_assert_true(g_file_get_contents(f->log, &log, &len, NULL));
    g_assert_cmpuint(assert_log(log), >=, 5);
    g_assert_nonnull(strstr(log, "\"problem\":\"CERTIFICATE_NEEDED\""));
    g_assert_nonnull(strstr(log, "\"call\":\"POST /v1/events\",\"status\":200"));
    g_assert_nonnull(strstr(log, "\"kiosk\":\"K0001\""));
    /* The id that the answer had is the one in the log. */
    const char *id = strstr(headers, "Request-Id: ");
    g_assert_nonnull(id);
    g_autofree char *named = g_strndup(id + strlen("Request-Id: "), 16);
    g_assert_nonnull(strstr(log, named));
    key = kiosk_client_key(f->kiosk.dir);
    line = secret_line(key);
    const char *const words[] = {SECRET, line, payment.id, "BEGIN", "cursor", "刘", "card_number", NULL};
    assert_without(f, log, len, words);
    assert_without(f, metrics, strlen(metrics), words);
}

/* ---- Whoever has left is not worked for ---- */

#define CROWD 40 /* more than there are threads that write */

static CURL *impatient(const char *url, const char *ca, struct curl_slist *headers, GString *sink)
{
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{\"kiosk\":\"K0009\",\"code\":\"AAAA-AAAA-AAAA\",\"csr\":\"none\"}");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 3000L);
    return curl;
}

/* All of them ask, wait and leave. */
static void crowd_comes_and_leaves(struct fixture *f)
{
    g_autofree char *url = g_strdup_printf("https://localhost:%u/v1/enrol", f->server.port), *ca = g_build_filename(f->data, "ca.pem", NULL);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    GString *sink = g_string_new(NULL);
    CURLM *all = curl_multi_init();
    CURL *one[CROWD];
    int running = CROWD;

    for (int i = 0; i < CROWD; i++) {
        one[i] = impatient(url, ca, headers, sink);
        curl_multi_add_handle(all, one[i]);
    }
    while (running > 0) {
        g_assert_cmpint(curl_multi_perform(all, &running), ==, CURLM_OK);
        g_assert_cmpint(curl_multi_poll(all, NULL, 0, 100, NULL), ==, CURLM_OK);
    }
    for (int i = 0; i < CROWD; i++) {
        curl_multi_remove_handle(all, one[i]);
        curl_easy_cleanup(one[i]);
    }
    curl_multi_cleanup(all);
    curl_slist_free_all(headers);
    g_string_free(sink, TRUE);
}

static double abandoned(struct fixture *f)
{
    g_autofree char *text = metrics_get(f);
    GHashTable *values = metrics_parse(text);
    double count = value_of(values, "citycard_requests_abandoned_total");

    g_hash_table_unref(values);
    return count;
}

/* Nobody can write for a while: those who wait fill the queue and leave it. Then it is as if they had not been there. */
static void test_left(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct db *db = db_open(f->data, COMMUNITY_ID, false, NULL, &error);
    long status = 0;

    g_assert_no_error(error);
    g_assert_true(db_begin(db, true, NULL));
    crowd_comes_and_leaves(f);
    g_assert_cmpfloat(abandoned(f), ==, 0); /* no thread has come to them */
    db_rollback(db);
    db_close(db);
    for (int i = 0; i < 400 && abandoned(f) == 0; i++)
        g_usleep(50000);
    g_assert_cmpfloat(abandoned(f), >, 0);
    g_free(platform_get(f, "/v1/health", &status, NULL));
    g_assert_cmpint(status, ==, 200);
}

/* ---- Draining ---- */

static void test_health(struct fixture *f, const void *data)
{
    g_autofree char *before = NULL, *during = NULL;
    gint64 start;
    long status = 0;

    before = platform_get(f, "/v1/health", &status, NULL);
    g_assert_cmpint(status, ==, 200);
    kiosk_start_every(&f->kiosk, 60000); /* it waits for news between its rounds */
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    start = g_get_monotonic_time();
    g_subprocess_send_signal(f->server.process, SIGTERM);
    g_usleep(200000);
    during = platform_get(f, "/v1/health", &status, NULL);
    g_assert_cmpint(status, ==, 503);
    g_assert_nonnull(strstr(during, "DRAINING"));
    g_assert_true(g_subprocess_wait(f->server.process, NULL, NULL)); /* by itself: a second signal would end the wait */
    server_down(&f->server);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, G_USEC_PER_SEC);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 6 * G_USEC_PER_SEC);
}

/* ---- The server's certificate, renewed while kiosks are there ---- */

static void on_certificate(GHashTable *seen, CURL *curl)
{
    struct curl_certinfo *info = NULL;

    g_assert_cmpint(curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info), ==, CURLE_OK);
    g_assert_cmpint(info->num_of_certs, >=, 1);
    for (struct curl_slist *line = info->certinfo[0]; line != NULL; line = line->next)
        if (g_str_has_prefix(line->data, "Serial Number:"))
            g_hash_table_add(seen, g_strdup(line->data));
}

/* A handshake of its own, and a whole answer: the certificate is one that kiosks trust. */
static void certificate_see(struct fixture *f, GHashTable *seen)
{
    g_autofree char *url = g_strdup_printf("https://localhost:%u/v1/health", f->server.port), *ca = g_build_filename(f->data, "ca.pem", NULL);
    GString *out = g_string_new(NULL);
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    g_assert_cmpint(curl_easy_perform(curl), ==, CURLE_OK);
    on_certificate(seen, curl);
    curl_easy_cleanup(curl);
    g_string_free(out, TRUE);
}

/* The server looks, until so many different ones were seen. */
static void certificates_wait(struct fixture *f, GHashTable *seen, unsigned wanted)
{
    g_subprocess_send_signal(f->server.process, SIGHUP);
    for (int i = 0; i < 1000 && g_hash_table_size(seen) < wanted; i++) {
        certificate_see(f, seen);
        g_usleep(10000);
    }
    g_assert_cmpuint(g_hash_table_size(seen), ==, wanted);
}

static void test_renewed(struct fixture *f, const void *data)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *log = NULL, *card = kit_card(0), *broken = g_build_filename(f->data, "server.pem", NULL);
    struct payment payment;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    certificate_see(f, seen);
    certificate_see(f, seen);
    g_assert_cmpuint(g_hash_table_size(seen), ==, 1);
    f->kiosk.failures = 0;
    g_free(platform_run(f->data, "server-renew", NULL, NULL));
    certificates_wait(f, seen, 2);
    /* For a new key, and a stop between it and its certificate: one is made for the key that is there. */
    g_autofree char *key = file_text(f->data, "server.key"), *key_path = g_build_filename(f->data, "server.key", NULL);
    g_free(platform_run(f->data, "server-renew", NULL, "--new-key"));
    g_autofree char *newer = file_text(f->data, "server.key");
    g_assert_cmpstr(newer, !=, key);
    certificates_wait(f, seen, 3);
    g_assert_true(g_file_set_contents(key_path, key, -1, NULL));
    certificates_wait(f, seen, 4);
    /* What is there and makes no sense is not taken. */
    g_assert_true(g_file_set_contents(broken, "no certificate", -1, NULL));
    g_subprocess_send_signal(f->server.process, SIGHUP);
    g_usleep(200000);
    certificate_see(f, seen);
    g_assert_cmpuint(g_hash_table_size(seen), ==, 4);
    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpuint(f->kiosk.failures, ==, 0);
    g_assert_true(g_file_get_contents(f->log, &log, NULL, NULL));
    g_assert_nonnull(strstr(log, "certificates were read anew"));
    g_assert_nonnull(strstr(log, "certificates stay as they were"));
}

/* ---- systemd's side ---- */

/* A disk that hangs: who reads the certificate waits, for as long as the descriptor that is returned is open. */
static int file_hold(struct fixture *f)
{
    g_autofree char *path = g_build_filename(f->data, "server.pem", NULL), *kept = g_strconcat(path, ".kept", NULL);

    g_assert_cmpint(g_rename(path, kept), ==, 0);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    int held = open(path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(held, >=, 0);
    return held;
}

static void file_let_go(struct fixture *f, int held)
{
    g_autofree char *path = g_build_filename(f->data, "server.pem", NULL), *kept = g_strconcat(path, ".kept", NULL);

    g_assert_cmpint(g_rename(kept, path), ==, 0);
    close(held);
}

static void test_notify(struct fixture *f, const void *data)
{
    server_down(&f->server);
    int fd = notify_up(&f->server, f->data, "400000");
    notify_read(fd, "READY=1");
    notify_read(fd, "WATCHDOG=1");
    notify_read(fd, "WATCHDOG=1");
    int held = file_hold(f);
    for (int i = 0; i < 10; i++) /* ten times as long as it may be silent, while what is read does not come */
        notify_read(fd, "WATCHDOG=1");
    file_let_go(f, held);
    g_subprocess_send_signal(f->server.process, SIGTERM);
    notify_read(fd, "STOPPING=1");
    server_down(&f->server);
    close(fd);
}

/* As systemd starts it: the listening socket is descriptor 3 and stays open when the program ends. */
static GSubprocess *start_on(struct fixture *f, int listener)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

    g_subprocess_launcher_take_fd(launcher, fcntl(listener, F_DUPFD_CLOEXEC, 10), 3);
    GSubprocess *process = g_subprocess_launcher_spawn(launcher, &error, "/bin/sh", "-c",
                                                       "LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec \"$0\" serve --data \"$1\"",
                                                       PLATFORM_PROGRAM, f->data, NULL);
    g_assert_no_error(error);
    return process;
}

static void end_well(GSubprocess *process)
{
    g_subprocess_send_signal(process, SIGTERM);
    g_assert_true(g_subprocess_wait(process, NULL, NULL));
    g_assert_true(g_subprocess_get_successful(process));
    g_object_unref(process);
}

/* A connection that was made while nobody serves: it is answered by the next program. */
static int connect_now(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(connect(fd, (const struct sockaddr *)at, sizeof *at), ==, 0);
    return fd;
}

static bool still_open(int fd)
{
    char byte;
    ssize_t len = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

    return len > 0 || (len < 0 && errno == EAGAIN);
}

static void serves(struct fixture *f)
{
    long status = 0;

    g_free(platform_get(f, "/v1/health", &status, NULL)); /* waits in the socket's queue until somebody serves */
    g_assert_cmpint(status, ==, 200);
}

/* Ended and started three times on a socket that is never closed: whoever comes in between waits, and nobody is sent away. */
/* What this process has used of processors, in ms. */
static int64_t cpu_ms(GSubprocess *process)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/stat", g_subprocess_get_identifier(process)), *text = NULL;
    unsigned long user = 0, system = 0;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *behind_name = strrchr(text, ')');
    g_assert_nonnull(behind_name);
    g_assert_cmpint(sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system), ==, 2);
    return (int64_t)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

/* Until nobody takes connections any more: one that comes stays in the queue. */
static void wait_shut(int listener, const struct sockaddr_in *at)
{
    for (int i = 0; i < 200; i++) {
        struct tcp_info info = {0};
        socklen_t len = sizeof info;
        int fd = connect_now(at);

        g_usleep(50 * 1000);
        g_assert_cmpint(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &len), ==, 0);
        close(fd);
        if (info.tcpi_unacked > 0) /* of a socket that listens: how many wait */
            return;
    }
    g_error("connections are still taken");
}

/* A program that ends while a request of it waits for the database, and others come: they stay in the socket's queue, and nobody runs in
 * circles over them. */
static void end_while_busy(struct fixture *f, GSubprocess *process, int listener, const struct sockaddr_in *at)
{
    g_autofree char *path = g_build_filename(f->data, "platform.db.lock", NULL), *card = kit_card(0);
    int lock = open(path, O_RDWR | O_CLOEXEC), early[3];
    struct payment payment;

    g_assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    g_usleep(700 * 1000); /* it tells of it ten times a second */
    g_subprocess_send_signal(process, SIGTERM);
    wait_shut(listener, at);
    for (size_t i = 0; i < G_N_ELEMENTS(early); i++)
        early[i] = connect_now(at);
    int64_t before_ms = cpu_ms(process);
    g_usleep(1500 * 1000);
    int64_t used_ms = cpu_ms(process) - before_ms;
    g_test_message("%d ms of processors in 1500 ms", (int)used_ms);
    g_assert_cmpint(used_ms, <, 150);
    close(lock);
    g_assert_true(g_subprocess_wait(process, NULL, NULL));
    g_assert_true(g_subprocess_get_successful(process));
    g_object_unref(process);
    for (size_t i = 0; i < G_N_ELEMENTS(early); i++) {
        g_assert_true(still_open(early[i]));
        close(early[i]);
    }
}

static void test_socket(struct fixture *f, const void *data)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)f->server.port)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    g_autofree char *card = kit_card(0);
    struct payment payment;

    server_down(&f->server);
    g_assert_cmpint(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), ==, 0);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(listen(listener, 128), ==, 0);
    GSubprocess *process = start_on(f, listener);
    serves(f);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    for (int turn = 0; turn < 3; turn++) {
        end_well(process);
        int early = connect_now(&at);
        g_assert_true(still_open(early));
        process = start_on(f, listener);
        serves(f);
        g_assert_true(still_open(early));
        close(early);
        kit_payment(&payment, card, NULL, 100);
        kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
        g_assert_true(kiosk_wait_sent(&f->kiosk));
    }
    end_while_busy(f, process, listener, &at);
    process = start_on(f, listener);
    serves(f);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    kiosk_stop(&f->kiosk);
    end_well(process);
    close(listener);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    g_test_add("/platform/running/told", struct fixture, NULL, up, test_told, down);
    g_test_add("/platform/running/left", struct fixture, NULL, up, test_left, down);
    g_test_add("/platform/running/health", struct fixture, NULL, up, test_health, down);
    g_test_add("/platform/running/renewed", struct fixture, NULL, up, test_renewed, down);
    g_test_add("/platform/running/socket", struct fixture, NULL, up, test_socket, down);
    g_test_add("/platform/running/notify", struct fixture, NULL, up, test_notify, down);
    return g_test_run();
}
