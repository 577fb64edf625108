/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/metrics.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-stats.h"
#include "platform/keys/pki.h"
#include "model/clock.h"
#include "store/store.h"
#include "sync/wire.h"
#include <dirent.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define END_SOON_MS   (14 * INT64_C(86400000))
#define ENDS_EVERY_MS INT64_C(600000)
#define CALLS_MAX     48
#define CLASSES       5 /* 1xx … 5xx */
#define VERDICT_MAX   8

static const int64_t latency_ms[] = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};
static const int64_t age_ms_to[] = {1000, 10000, 60000, 600000, 3600000, 21600000, 86400000, 259200000};

#define LATENCIES G_N_ELEMENTS(latency_ms)
#define AGES      G_N_ELEMENTS(age_ms_to)

typedef _Atomic int64_t counter;

struct call_counts {
    counter by_class[CLASSES], buckets[LATENCIES + 1], sum_ms;
};

static struct call_counts counts[CALLS_MAX + 1]; /* the last one: paths that are none of ours */
static counter throttled_429, throttled_503, abandoned, verdicts_seen[VERDICT_MAX], ages[AGES + 1], age_sum_ms, waiting, waits, draining;
static counter server_end, authority_end, authority_old_end;

static void add(counter *to, int64_t much)
{
    atomic_fetch_add_explicit(to, much, memory_order_relaxed);
}

static int64_t get(counter *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static size_t bucket_of(const int64_t *limits, size_t count, int64_t value)
{
    size_t at = 0;

    while (at < count && value > limits[at])
        at++;
    return at;
}

/* ---- Counting ---- */

void metrics_request(int call, unsigned status, int64_t ms)
{
    struct call_counts *to = &counts[call >= 0 && call < CALLS_MAX ? call : CALLS_MAX];

    add(&to->by_class[CLAMP(status / 100, 1, CLASSES) - 1], 1);
    add(&to->buckets[bucket_of(latency_ms, LATENCIES, ms)], 1);
    add(&to->sum_ms, ms);
    if (status == 429)
        add(&throttled_429, 1);
}

void metrics_throttled(void)
{
    add(&throttled_503, 1);
}

void metrics_abandoned(void)
{
    add(&abandoned, 1);
}

void metrics_verdicts(const json_t *verdicts)
{
    enum store_verdict verdict;
    json_t *one;
    size_t at;

    json_array_foreach(verdicts, at, one)
    {
        const char *name = json_string_value(json_object_get(one, "verdict"));
        if (name != NULL && wire_verdict_parse(name, &verdict) && (size_t)verdict < VERDICT_MAX)
            add(&verdicts_seen[verdict], 1);
    }
}

void metrics_event_age(int64_t age_ms)
{
    add(&ages[bucket_of(age_ms_to, AGES, age_ms)], 1);
    add(&age_sum_ms, MAX(age_ms, 0));
}

void metrics_waiting(int change)
{
    add(&waiting, change);
    if (change > 0)
        add(&waits, 1);
}

void metrics_draining(bool is)
{
    atomic_store(&draining, is);
}

void metrics_certificates(int64_t server_end_s, int64_t authority_end_s, int64_t authority_old_end_s)
{
    atomic_store(&authority_old_end, authority_old_end_s);
    atomic_store(&server_end, server_end_s);
    atomic_store(&authority_end, authority_end_s);
}

/* ---- Telling ---- */

static void head(GString *out, const char *name, const char *type, const char *help)
{
    g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void seconds(GString *out, int64_t ms)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT ".%03d\n", ms / 1000, (int)(ms % 1000));
}

static void one(GString *out, const char *name, const char *type, const char *help, int64_t value)
{
    head(out, name, type, help);
    g_string_append_printf(out, "%s %" G_GINT64_FORMAT "\n", name, value);
}

static void one_seconds(GString *out, const char *name, const char *type, const char *help, int64_t ms)
{
    head(out, name, type, help);
    g_string_append_printf(out, "%s ", name);
    seconds(out, ms);
}

/* Cumulative, as the format wants them; the count is that of the last bucket, so that both agree. `label` may be "". */
static void histogram(GString *out, const char *name, const char *label, const int64_t *limits_ms, size_t count, counter *buckets,
                      int64_t sum_ms)
{
    const char *comma = *label != '\0' ? "," : "", *open = *label != '\0' ? "{" : "", *close = *label != '\0' ? "}" : "";
    int64_t so_far = 0;

    for (size_t i = 0; i < count; i++) {
        so_far += get(&buckets[i]);
        g_string_append_printf(out, "%s_bucket{%s%sle=\"%" G_GINT64_FORMAT ".%03d\"} %" G_GINT64_FORMAT "\n", name, label, comma,
                               limits_ms[i] / 1000, (int)(limits_ms[i] % 1000), so_far);
    }
    so_far += get(&buckets[count]);
    g_string_append_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" G_GINT64_FORMAT "\n", name, label, comma, so_far);
    g_string_append_printf(out, "%s_sum%s%s%s ", name, open, label, close);
    seconds(out, sum_ms);
    g_string_append_printf(out, "%s_count%s%s%s %" G_GINT64_FORMAT "\n", name, open, label, close, so_far);
}

static char *call_label(size_t at)
{
    g_autofree char *name = handlers_call_name(at == CALLS_MAX ? -1 : (int)at);

    return g_strdup_printf("call=\"%s\"", name);
}

static void tell_requests(GString *out)
{
    size_t calls = MIN(handlers_count(), CALLS_MAX);

    head(out, "citycard_requests_total", "counter", "Answers by call and class of status.");
    for (size_t i = 0; i <= CALLS_MAX; i = i + 1 == calls ? CALLS_MAX : i + 1) {
        g_autofree char *label = call_label(i);
        for (int class = 1; class < CLASSES; class++)
            g_string_append_printf(out, "citycard_requests_total{%s,class=\"%dxx\"} %" G_GINT64_FORMAT "\n", label, class + 1,
                                   get(&counts[i].by_class[class]));
    }
    head(out, "citycard_request_seconds", "histogram", "From a request's headers to its answer, waiting for news left out.");
    for (size_t i = 0; i <= CALLS_MAX; i = i + 1 == calls ? CALLS_MAX : i + 1) {
        g_autofree char *label = call_label(i);
        histogram(out, "citycard_request_seconds", label, latency_ms, LATENCIES, counts[i].buckets, get(&counts[i].sum_ms));
    }
    head(out, "citycard_throttled_total", "counter", "Requests that were sent away for a while.");
    g_string_append_printf(out, "citycard_throttled_total{by=\"kiosk\"} %" G_GINT64_FORMAT "\n", get(&throttled_429));
    g_string_append_printf(out, "citycard_throttled_total{by=\"load\"} %" G_GINT64_FORMAT "\n", get(&throttled_503));
    one(out, "citycard_requests_abandoned_total", "counter", "Requests whose client had left before a thread came to them.", get(&abandoned));
}

static void tell_events(GString *out)
{
    static const enum store_verdict verdicts[] = {STORE_ACCEPTED, STORE_DUPLICATE, STORE_CONFLICT, STORE_REJECTED, STORE_RETRY};

    head(out, "citycard_events_total", "counter", "Events of kiosks by verdict.");
    for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++)
        g_string_append_printf(out, "citycard_events_total{verdict=\"%s\"} %" G_GINT64_FORMAT "\n", wire_verdict_name(verdicts[i]),
                               get(&verdicts_seen[verdicts[i]]));
    head(out, "citycard_event_age_seconds", "histogram", "How long events lay at their kiosks before they were taken.");
    histogram(out, "citycard_event_age_seconds", "", age_ms_to, AGES, ages, get(&age_sum_ms));
    one(out, "citycard_feed_waiting", "gauge", "Requests that wait for news now.", get(&waiting));
    one(out, "citycard_feed_waits_total", "counter", "Times that a request began to wait for news.", get(&waits));
    one(out, "citycard_draining", "gauge", "1: this node is about to end.", get(&draining));
}

static void tell_database(GString *out)
{
    struct db_stats stats;

    db_stats_get(&stats);
    head(out, "citycard_db_transactions_total", "counter", "Transactions that were begun.");
    g_string_append_printf(out, "citycard_db_transactions_total{kind=\"read\"} %" G_GINT64_FORMAT "\n", stats.reads);
    g_string_append_printf(out, "citycard_db_transactions_total{kind=\"write\"} %" G_GINT64_FORMAT "\n", stats.writes);
    one(out, "citycard_db_errors_total", "counter", "Transactions that could not begin or commit.", stats.failed);
    one(out, "citycard_db_reconnects_total", "counter", "Connections that broke and were made anew.", stats.reconnects);
    one_seconds(out, "citycard_db_wait_seconds_total", "counter", "Time waited for a connection and for other writers.", stats.wait_ms);
    one_seconds(out, "citycard_db_held_seconds_total", "counter", "Time in transactions.", stats.held_ms);
}

/* Reading a city's certificates takes half a second: what they say changes in days. */
static struct {
    GMutex lock;
    int64_t read_boot_ms; /* 0: never */
    int64_t first_s, soon;
} ends;

static bool ends_read(struct db *db)
{
    const int64_t soon_ms = now_ms() + END_SOON_MS;
    g_autoptr(GPtrArray) certificates = db_certificates_in_use(db, NULL);

    if (certificates == NULL)
        return false;
    ends.first_s = ends.soon = 0;
    for (guint i = 0; i < certificates->len; i++) {
        int64_t end_ms = pki_end_ms(certificates->pdata[i]);
        ends.first_s = ends.first_s == 0 ? end_ms / 1000 : MIN(ends.first_s, end_ms / 1000);
        ends.soon += end_ms < soon_ms;
    }
    ends.read_boot_ms = clock_boot_ms();
    return true;
}

/* A kiosk renews at two thirds of its certificate's life: one that comes near the end has been away, or cannot. */
static void tell_kiosk_ends(GString *out, struct db *db)
{
    g_mutex_lock(&ends.lock);
    bool known = (ends.read_boot_ms != 0 && clock_boot_ms() - ends.read_boot_ms < ENDS_EVERY_MS) || ends_read(db);
    int64_t first_s = ends.first_s, soon = ends.soon;
    g_mutex_unlock(&ends.lock);
    if (!known)
        return;
    one(out, "citycard_kiosk_certificate_end_seconds_min", "gauge",
        "When the first certificate of an enrolled kiosk ends, seconds of Unix time; 0: there is none.", first_s);
    one(out, "citycard_kiosk_certificates_ending", "gauge", "Enrolled kiosks whose certificate ends within 14 days, or has ended.", soon);
}

static void tell_fleet(GString *out, struct db *db)
{
    struct db_gauges gauges = {0};
    bool ok = db_begin(db, false, NULL);

    if (ok) {
        ok = db_gauges(db, &gauges, NULL);
        if (ok)
            tell_kiosk_ends(out, db);
        db_rollback(db);
    }
    one(out, "citycard_db_up", "gauge", "1: the database answers.", ok);
    if (!ok)
        return;
    head(out, "citycard_kiosks", "gauge", "Kiosks by state.");
    g_string_append_printf(out, "citycard_kiosks{state=\"enrolled\"} %" G_GINT64_FORMAT "\n", gauges.kiosks_enrolled);
    g_string_append_printf(out, "citycard_kiosks{state=\"revoked\"} %" G_GINT64_FORMAT "\n", gauges.kiosks_revoked);
    one(out, "citycard_kiosks_alarmed", "gauge", "Enrolled kiosks with an alarm.", gauges.kiosks_alarmed);
    one_seconds(out, "citycard_kiosk_silence_seconds_max", "gauge", "Since the last event of the kiosk that has told nothing for longest.",
                gauges.oldest_push_ms > 0 ? MAX(now_ms() - gauges.oldest_push_ms, 0) : 0);
    one(out, "citycard_hotlist_version", "gauge", "Newest version of the hotlist.", gauges.hotlist_version);
    one(out, "citycard_doubts_open", "gauge", "Payments and loads whose end is not known.", gauges.doubts_open);
    one(out, "citycard_purses_short", "gauge", "Replaced cards whose holders were paid more than their purses had (card-claims).",
        gauges.purses_short);
    one(out, "citycard_alarms_open", "gauge", "Contradictions that two people have to end.", gauges.alarms_open);
}

static int64_t open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int64_t count = -3; /* itself, "." and ".." */

    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

static int64_t resident_bytes(void)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL))
        return 0;
    const char *second = strchr(text, ' ');
    return second != NULL ? g_ascii_strtoll(second + 1, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

static void tell_process(GString *out)
{
    struct rusage usage = {0};

    (void)getrusage(RUSAGE_SELF, &usage);
    one(out, "process_resident_memory_bytes", "gauge", "Memory that is resident.", resident_bytes());
    one(out, "process_open_fds", "gauge", "Open files and connections.", open_fds());
    one_seconds(out, "process_cpu_seconds_total", "counter", "Time of processors.",
                (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000) +
                    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
    head(out, "citycard_certificate_end_seconds", "gauge", "When a certificate ends, seconds of Unix time.");
    g_string_append_printf(out, "citycard_certificate_end_seconds{of=\"server\"} %" G_GINT64_FORMAT "\n", get(&server_end));
    g_string_append_printf(out, "citycard_certificate_end_seconds{of=\"authority\"} %" G_GINT64_FORMAT "\n", get(&authority_end));
    if (get(&authority_old_end) != 0)
        g_string_append_printf(out, "citycard_certificate_end_seconds{of=\"authority_old\"} %" G_GINT64_FORMAT "\n", get(&authority_old_end));
}

char *metrics_page(struct db *db)
{
    GString *out = g_string_sized_new(32768);

    tell_requests(out);
    tell_events(out);
    tell_database(out);
    tell_fleet(out, db);
    tell_process(out);
    return g_string_free(out, FALSE);
}
