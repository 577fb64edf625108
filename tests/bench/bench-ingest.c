/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs the platform to take events: ingest as the server calls it (JSON, chain, seals, TACs, rules, ledger; a thread for each
 * kiosk that pushes, as many at once as --threads says, so that batches share commits) against a bare batched insert of the rows
 * that it wrote, into the same tables of the same engine with the same durability, as many commits, without triggers and foreign
 * keys. Rounds alternate; the median of the rounds' ratios of time counts.
 *
 *   bench-ingest [--events N] [--rounds N] [--batch N] [--kiosks N] [--threads N] [--ratio-max X]
 *   bench-ingest --memory N [--every N] [--from N] [--residents N]     one platform, N events: its memory, and what an event
 *                                           costs, at each checkpoint; the window that ends at --from is compared with the last one
 *
 * Of ten events: four of two payments (committing, confirmed with a TAC that is recomputed; one of the two pays a bill), two taps of
 * an attendance, three printed receipts, one note of an anchor. Beside PostgreSQL: tests/with-postgres bench-ingest.
 */
#include "ingest-make.h"
#include "platform/calls/ingest.h"
#include "platform/data/db-engine.h"
#include "platform/data/db-stats.h"
#include "sync/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct bench {
    int events, rounds, batch, kiosks, threads, memory, every, from, residents;
    double ratio_max, cost_max;
    int64_t rows, commits; /* that the last round's ingest wrote, and did */
};

static double seconds_since(gint64 start_us)
{
    return (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
}

/* ---- Ingest -------------------------------------------------------------------------------------------------------- */

static void take(struct platform *platform, const struct made_batch *batch)
{
    g_autoptr(GError) error = NULL;
    json_t *request = wire_parse(batch->text, strlen(batch->text), &error), *answer, *item;
    size_t i;

    g_assert_no_error(error);
    answer = ingest_batch(platform, batch->kiosk, request, g_get_real_time() / 1000, &error);
    g_assert_no_error(error);
    json_array_foreach(json_object_get(answer, "verdicts"), i, item)
        if (g_strcmp0(json_string_value(json_object_get(item, "verdict")), "accepted") != 0)
            g_error("event %zu: %s", i, json_dumps(item, 0));
    json_decref(answer);
    json_decref(request);
}

struct share {
    struct platform *platform;
    GPtrArray *batches;
    int kiosks, threads, at;
};

/* The batches of every so manieth kiosk: each kiosk's in their order. */
static gpointer share_run(gpointer data)
{
    struct share *share = data;

    for (guint i = 0; i < share->batches->len; i++)
        if ((int)i % share->kiosks % share->threads == share->at)
            take(share->platform, share->batches->pdata[i]);
    return NULL;
}

static double ingest_all(struct bench *bench, struct platform *platform, GPtrArray *batches)
{
    g_autofree struct share *shares = g_new0(struct share, (gsize)bench->threads);
    g_autofree GThread **threads = g_new0(GThread *, (gsize)bench->threads);
    gint64 start = g_get_monotonic_time();

    for (int i = 0; i < bench->threads; i++) {
        shares[i] = (struct share){platform, batches, bench->kiosks, bench->threads, i};
        threads[i] = g_thread_new("kiosk", share_run, &shares[i]);
    }
    for (int i = 0; i < bench->threads; i++)
        g_thread_join(threads[i]);
    return seconds_since(start);
}

/* ---- The same rows, bare ------------------------------------------------------------------------------------------- */

static const char *const TABLES[] = {"event", "payment", "payment_bill", "txn", "entry", "attendance", "settle_line", "card_step"};
static const char *const BYTES[] = {"prev", "hash", "intent", "proof", NULL};
#define COLUMNS_MAX 32

struct table {
    char *insert;
    int columns;
    GArray *values; /* of struct db_value, row by row */
    int64_t done;
};

static struct db_value value_of(struct db_rows *rows, int column, bool bytes)
{
    struct db_value value = {.kind = bytes ? 'b' : db_col_is_int(rows, column) ? 'i' : 's'};

    if (bytes) {
        value.len = db_col_len(rows, column);
        uint8_t *copy = g_malloc(value.len);
        g_assert_true(db_copy_bytes(rows, column, copy, value.len));
        value.bytes = copy;
    } else if (value.kind == 'i') {
        value.number = db_col_int(rows, column);
    } else {
        value.text = g_strdup(db_col_text(rows, column));
    }
    return value;
}

/* Columns that are NULL in the first row are left out: they are in all. */
static char *insert_text(const char *name, struct db_rows *rows, int *columns, int used[COLUMNS_MAX])
{
    g_autoptr(GString) names = g_string_new(NULL), places = g_string_new(NULL);

    *columns = 0;
    for (int i = 0; i < db_col_count(rows); i++) {
        if (db_col_null(rows, i))
            continue;
        used[(*columns)++] = i;
        g_string_append_printf(names, "%s%s", *columns > 1 ? "," : "", db_col_name(rows, i));
        g_string_append_printf(places, "%s?%d", *columns > 1 ? "," : "", *columns);
    }
    return g_strdup_printf("INSERT INTO %s(%s) VALUES(%s)", name, names->str, places->str);
}

static void table_read(struct db *db, const char *name, struct table *out)
{
    g_autofree char *select = g_strdup_printf("SELECT * FROM %s WHERE community=?1 ORDER BY 2,3,4", name);
    struct db_rows *rows = db_query(db, NULL, select, "");
    int used[COLUMNS_MAX];

    *out = (struct table){.values = g_array_new(FALSE, FALSE, sizeof(struct db_value))};
    g_assert_nonnull(rows);
    while (db_next(db, rows, NULL) > 0) {
        if (out->insert == NULL)
            out->insert = insert_text(name, rows, &out->columns, used);
        for (int i = 0; i < out->columns; i++) {
            struct db_value value = value_of(rows, used[i], g_strv_contains(BYTES, db_col_name(rows, used[i])));
            g_array_append_val(out->values, value);
        }
    }
    g_assert_nonnull(out->insert);
}

static void table_free(struct table *table)
{
    for (guint i = 0; i < table->values->len; i++) {
        struct db_value *value = &g_array_index(table->values, struct db_value, i);
        g_free((gpointer)value->text);
        g_free((gpointer)value->bytes);
    }
    g_array_unref(table->values);
    g_free(table->insert);
}

/* Nothing but tables and their indexes. */
static void strip(struct db *db)
{
    if (strcmp(db->engine->name, "SQLite") != 0) {
        g_assert_true(db->engine->script(db, "SET session_replication_role=replica", NULL));
        return;
    }
    g_autoptr(GPtrArray) names = db_texts(db, db_query(db, NULL, "SELECT name FROM sqlite_master WHERE type='trigger' AND ?1<>''", ""), NULL);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *drop = g_strdup_printf("DROP TRIGGER %s", (char *)names->pdata[i]);
        g_assert_true(db->engine->script(db, drop, NULL));
    }
    g_assert_true(db->engine->script(db, "PRAGMA foreign_keys=OFF", NULL));
}

static void put_part(struct db *db, struct table *table, int part, int parts)
{
    int64_t rows = table->values->len / (guint)table->columns, end = rows * (part + 1) / parts;

    for (; table->done < end; table->done++) {
        const struct db_value *values = &g_array_index(table->values, struct db_value, table->done * table->columns);
        struct db_rows *put = db->engine->query(db, table->insert, values, table->columns, NULL);
        g_assert_nonnull(put);
        g_assert_cmpint(db->engine->next(db, put, NULL), ==, 0);
    }
}

static double insert_all(struct bench *bench, struct platform *from, struct platform *to, int commits)
{
    struct table tables[G_N_ELEMENTS(TABLES)];

    g_assert_true(db_begin(from->db, false, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(TABLES); i++)
        table_read(from->db, TABLES[i], &tables[i]);
    db_rollback(from->db);
    strip(to->db);
    gint64 start = g_get_monotonic_time();
    for (int part = 0; part < commits; part++) {
        g_assert_true(db_begin(to->db, true, NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(TABLES); i++)
            put_part(to->db, &tables[i], part, commits);
        g_assert_true(db_commit(to->db, NULL));
    }
    double seconds = seconds_since(start);
    bench->rows = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(TABLES); i++) {
        bench->rows += tables[i].done;
        table_free(&tables[i]);
    }
    return seconds;
}

/* ---- Rounds -------------------------------------------------------------------------------------------------------- */

static void round_of(struct bench *bench, double *ingest_s, double *bare_s)
{
    struct maker maker;
    char *bare_dir = kit_dir();
    struct platform *bare = kit_platform(bare_dir);

    maker_open(&maker, (unsigned)bench->kiosks);
    g_autoptr(GPtrArray) batches = maker_batches(&maker, (unsigned)(bench->events / bench->batch), (unsigned)bench->batch);
    struct db_stats before, after;
    db_stats_get(&before);
    *ingest_s = ingest_all(bench, maker.platform, batches);
    db_stats_get(&after);
    maker_kiosks_into(&maker, bare);
    *bare_s = insert_all(bench, maker.platform, bare, (int)(after.writes - before.writes));
    bench->commits = after.writes - before.writes;
    platform_close(bare);
    kit_dir_done(bare_dir);
    maker_close(&maker);
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
    g_autofree double *ingest = g_new0(double, (gsize)bench->rounds), *bare = g_new0(double, (gsize)bench->rounds),
                      *ratio = g_new0(double, (gsize)bench->rounds);

    for (int i = 0; i < bench->rounds; i++) {
        round_of(bench, &ingest[i], &bare[i]);
        ratio[i] = ingest[i] / bare[i];
    }
    double middle = median(ratio, bench->rounds), ingest_s = median(ingest, bench->rounds), bare_s = median(bare, bench->rounds);
    printf("{\"bench\":\"ingest\",\"engine\":\"%s\",\"rounds\":%d,\"events\":%d,\"batch\":%d,\"threads\":%d,\"rows\":%" G_GINT64_FORMAT
           ",\"commits\":%" G_GINT64_FORMAT ",\"ingest_events_per_s\":%.0f,\"bare_events_per_s\":%.0f,\"ratio\":%.3f,\"bar\":%.2f}\n",
           kit_on_file() ? "SQLite" : "PostgreSQL", bench->rounds, bench->events, bench->batch, bench->threads,
           bench->rows, bench->commits,
           bench->events / ingest_s, bench->events / bare_s, middle, bench->ratio_max);
    return middle <= bench->ratio_max;
}

/* ---- Memory -------------------------------------------------------------------------------------------------------- */

static int64_t status_kb(const char *name)
{
    g_autofree char *text = NULL;
    const char *at;

    g_assert_true(g_file_get_contents("/proc/self/status", &text, NULL, NULL) && (at = strstr(text, name)) != NULL);
    return g_ascii_strtoll(at + strlen(name), NULL, 10);
}

/* What an event cost between two checkpoints: of the clock, and of this process's processors. */
struct window {
    double wall_us, cpu_us;
    int64_t rss_kb;
};

static double cpu_seconds(void)
{
    struct rusage usage;

    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* This process makes the events as well, a few batches at a time, outside of what is measured. */
static struct window window_run(struct bench *bench, struct maker *maker, int events)
{
    double wall_s = 0, cpu_s = 0;
    int done = 0;

    while (done < events) {
        g_autoptr(GPtrArray) batches = maker_batches(maker, (unsigned)bench->kiosks * 4, (unsigned)bench->batch);
        double before = cpu_seconds();
        wall_s += ingest_all(bench, maker->platform, batches);
        cpu_s += cpu_seconds() - before;
        done += (int)batches->len * bench->batch;
    }
    return (struct window){wall_s * 1e6 / done, cpu_s * 1e6 / done, status_kb("VmRSS:")};
}

/* From the first checkpoint on memory may not grow by more than a tenth, nor an event's cost from --from on by more than a fifth. */
static bool memory(struct bench *bench)
{
    struct window first = {0}, then = {0}, now = {0};
    struct maker maker;

    maker_open_large(&maker, (unsigned)bench->kiosks, (unsigned)bench->residents);
    for (int64_t done = bench->every; done <= bench->memory; done += bench->every) {
        now = window_run(bench, &maker, bench->every);
        first = first.rss_kb == 0 ? now : first;
        then = done <= bench->from || then.rss_kb == 0 ? now : then;
        fprintf(stderr, "%" G_GINT64_FORMAT " events: VmRSS %" G_GINT64_FORMAT " kB, VmHWM %" G_GINT64_FORMAT
                " kB, %.1f us an event, %.1f us of processors\n", done, now.rss_kb, status_kb("VmHWM:"), now.wall_us, now.cpu_us);
    }
    maker_close(&maker);
    double grown = (double)now.rss_kb / (double)first.rss_kb, cost = now.wall_us / then.wall_us;
    printf("{\"bench\":\"ingest-memory\",\"engine\":\"%s\",\"events\":%d,\"first_kb\":%" G_GINT64_FORMAT ",\"last_kb\":%" G_GINT64_FORMAT
           ",\"ratio\":%.3f,\"bar\":1.10,\"from\":%d,\"us_from\":%.1f,\"us_last\":%.1f,\"cpu_us_from\":%.1f,\"cpu_us_last\":%.1f"
           ",\"cost_ratio\":%.3f,\"cost_bar\":%.2f}\n",
           kit_on_file() ? "SQLite" : "PostgreSQL", bench->memory, first.rss_kb, now.rss_kb, grown, bench->from, then.wall_us, now.wall_us,
           then.cpu_us, now.cpu_us, cost, bench->cost_max);
    return grown <= 1.1 && cost <= bench->cost_max;
}

int main(int argc, char **argv)
{
    struct bench bench = {.events = 20000, .rounds = 3, .batch = 100, .kiosks = 8, .threads = 8, .every = 20000, .from = 1000000,
                          .residents = 3000, .ratio_max = 2, .cost_max = 1.2};
    const GOptionEntry options[] = {
        {"events", 0, 0, G_OPTION_ARG_INT, &bench.events, "Events of a round", "N"},
        {"rounds", 0, 0, G_OPTION_ARG_INT, &bench.rounds, "Rounds of both sides", "N"},
        {"batch", 0, 0, G_OPTION_ARG_INT, &bench.batch, "Events of a batch, a multiple of ten", "N"},
        {"kiosks", 0, 0, G_OPTION_ARG_INT, &bench.kiosks, "Kiosks", "N"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &bench.threads, "Threads that push at once", "N"},
        {"memory", 0, 0, G_OPTION_ARG_INT, &bench.memory, "Look at memory while N events are taken", "N"},
        {"every", 0, 0, G_OPTION_ARG_INT, &bench.every, "Events between two looks", "N"},
        {"from", 0, 0, G_OPTION_ARG_INT, &bench.from, "The window that ends here is compared with the last one", "N"},
        {"residents", 0, 0, G_OPTION_ARG_INT, &bench.residents, "People of the platform whose memory is looked at", "N"},
        {"cost-max", 0, 0, G_OPTION_ARG_DOUBLE, &bench.cost_max, "Highest ratio of those two that passes", "X"},
        {"ratio-max", 0, 0, G_OPTION_ARG_DOUBLE, &bench.ratio_max, "Highest median ratio that passes", "X"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- taking events against a bare insert");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || bench.batch < 10 || bench.batch % 10 != 0 || bench.batch > WIRE_PUSH_ROWS_MAX ||
        bench.events < bench.batch || bench.rounds < 1 || bench.kiosks < 1 || bench.every < 1 || bench.memory < 0 ||
        bench.threads < 1 || bench.residents < KIT_RESIDENTS || (bench.memory > 0 && bench.memory < bench.every)) {
        fprintf(stderr, "bench-ingest: %s\n", error != NULL ? error->message : "a number is not one that it takes");
        return 2;
    }
    return (bench.memory > 0 ? memory(&bench) : run(&bench)) ? 0 : 1;
}
