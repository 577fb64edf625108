/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs the platform to take events: ingest as the server calls it (JSON, chain, seals, TACs, rules, ledger; a thread for each
 * kiosk that pushes, as many at once as --threads says, so that batches share commits) against a bare batched insert of the rows
 * that it wrote, in the order in which they came, into the same tables of the same engine with the same durability and as many commits.
 * The tables are what they are, with what they check of whoever inserts; beside it the figures against tables that were stripped of all
 * triggers and foreign keys, which are not the same tables any more. Rounds alternate; the median of the rounds' ratios of time counts.
 * `cpu_ratio` is that of processor time, of this process and of the server's that works for it, which other work on the machine changes less.
 *
 *   bench-ingest [--events N] [--rounds N] [--batch N] [--kiosks N] [--threads N] [--residents N] [--ratio-max X]
 *   bench-ingest --memory N [--every N] [--from N] [--residents N]     one platform, N events: its memory at each look; then,
 *                                           in turns, what an event costs it and a platform that has taken --from events
 *
 * Of ten events: four of two payments (committing, confirmed with a TAC that is recomputed; one of the two pays a bill), two taps of
 * an attendance, three printed receipts, one note of an anchor. People keep to their kiosk; so many that in a batch nearly nobody comes twice
 * (--residents 60 is the other end: a handful at each kiosk, who pay again and again). Beside PostgreSQL: tests/with-postgres bench-ingest.
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
#include <unistd.h>

struct bench {
    int events, rounds, batch, kiosks, threads, memory, every, from, residents;
    double ratio_max, cost_max;
    int64_t rows, commits; /* that the last round's ingest wrote, and did */
};

static double seconds_since(gint64 start_us)
{
    return (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- Ingest -------------------------------------------------------------------------------------------------------- */

static void take(struct platform *platform, const struct made_batch *batch)
{
    g_autoptr(GError) error = NULL;
    json_t *request = wire_parse(batch->text, strlen(batch->text), &error), *answer, *item;
    size_t i;

    g_assert_no_error(error);
    answer = ingest_batch(platform, batch->kiosk, KIT_SERIAL, request, g_get_real_time() / 1000, &error);
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

/* Rows of `follows`, whose second key column begins with the id of a payment, go in behind that payment. What a trigger writes is
 * inserted by nobody, and money goes in by its own door (schema-posting.c). */
struct kind {
    const char *name, *order;
    bool follows;
};
static const struct kind WHOLE[] = {{"event", "id", false},      {"payment", "id", false},     {"payment_bill", "payment", true},
                                    {"card_step", "payment", true}, {"posting", "payment", true}, {"attendance", "id", false},
                                    {"attendance_tap", "attendance", false}, {NULL, NULL, false}};
static const struct kind STRIPPED[] = {{"event", "id", false},        {"payment", "id", false},       {"payment_bill", "payment", true},
                                       {"txn", "payment", true},      {"entry", "txn", true},         {"attendance", "id", false},
                                       {"settle_line", "txn", true},  {"card_step", "payment", true},
                                       {"attendance_tap", "attendance", false}, {NULL, NULL, false}};
static const char *const BYTES[] = {"prev", "hash", "intent", "proof", NULL};
#define COLUMNS_MAX 32

struct table {
    const char *insert;
    int columns;
    GArray *values; /* of struct db_value, row by row */
    int64_t done;
    int key; /* of its columns: what its rows are ordered by */
    const struct kind *kind;
};
#define TABLES_MAX 9

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
static const char *insert_text(const char *name, struct db_rows *rows, int *columns, int used[COLUMNS_MAX])
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
    g_autofree char *text = g_strdup_printf("INSERT INTO %s(%s) VALUES(%s)", name, names->str, places->str);
    return g_intern_string(text);
}

static int column_of(struct db_rows *rows, const int *used, int columns, const char *name)
{
    for (int i = 0; i < columns; i++)
        if (strcmp(db_col_name(rows, used[i]), name) == 0)
            return i;
    g_assert_not_reached();
}

static void table_read(struct db *db, const struct kind *kind, struct table *out)
{
    g_autofree char *select = g_strdup_printf("SELECT * FROM %s WHERE community=?1 ORDER BY %s", kind->name, kind->order);
    struct db_rows *rows = db_query(db, NULL, g_intern_string(select), ""); /* statements are known by their texts' places */
    int used[COLUMNS_MAX];

    *out = (struct table){.values = g_array_new(FALSE, FALSE, sizeof(struct db_value)), .kind = kind};
    g_assert_nonnull(rows);
    while (db_next(db, rows, NULL) > 0) {
        if (out->insert == NULL) {
            out->insert = insert_text(kind->name, rows, &out->columns, used);
            out->key = column_of(rows, used, out->columns, kind->order);
        }
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

static int64_t rows_of(const struct table *table)
{
    return table->values->len / (guint)table->columns;
}

static void put_row(struct db *db, struct table *table)
{
    const struct db_value *values = &g_array_index(table->values, struct db_value, table->done * table->columns);

    g_assert_true(db->engine->post(db, table->insert, values, table->columns, NULL)); /* as ingest does: a server's answers are not waited for */
    table->done++;
}

static const char *key_of(const struct table *table, int64_t row)
{
    return g_array_index(table->values, struct db_value, row * table->columns + table->key).text;
}

/* Of the rows its share, or those whose payment is there. */
static void put_part(struct db *db, struct table *table, const struct table *payments, int part, int parts)
{
    int64_t rows = rows_of(table), end = rows * (part + 1) / parts;

    if (!table->kind->follows) {
        while (table->done < end)
            put_row(db, table);
        return;
    }
    const char *last = payments->done > 0 ? key_of(payments, payments->done - 1) : "";
    while (table->done < rows && strncmp(key_of(table, table->done), last, 36) <= 0)
        put_row(db, table);
}

static int tables_read(struct db *db, const struct kind *kinds, struct table tables[TABLES_MAX])
{
    int count = 0;

    g_assert_true(db_begin(db, false, NULL));
    for (; kinds[count].name != NULL; count++)
        table_read(db, &kinds[count], &tables[count]);
    db_rollback(db);
    return count;
}

/* Accounts are there before anything is posted. */
static void accounts_add(struct db *from, struct db *to)
{
    g_assert_true(db_begin(from, false, NULL));
    g_autoptr(GPtrArray) codes = db_texts(from, db_query(from, NULL, "SELECT code FROM account WHERE community=?1", ""), NULL);
    db_rollback(from);
    g_assert_true(db_begin(to, true, NULL));
    for (guint i = 0; i < codes->len; i++)
        g_assert_true(db_run(to, NULL, "INSERT INTO account VALUES(?1,?2) ON CONFLICT DO NOTHING", "s", codes->pdata[i]));
    g_assert_true(db_commit(to, NULL));
}

struct cost {
    double wall_s, cpu_s;
};

/* Of the server's process behind the connection that writes, on this machine; 0 of a file. */
static double server_seconds(struct db *db)
{
    g_autofree char *path = NULL, *text = NULL;
    unsigned long user = 0, system = 0;
    int64_t pid = 0;

    if (kit_on_file())
        return 0;
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_int(db, NULL, 0, &pid, "SELECT pg_backend_pid() WHERE ?1 IS NOT NULL", ""));
    db_rollback(db);
    path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system), ==, 2);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static struct cost cost_since(struct db *db, struct cost start)
{
    double wall_s = seconds_since((gint64)(start.wall_s * 1e6)), cpu_s = cpu_seconds();

    return (struct cost){wall_s, cpu_s + server_seconds(db) - start.cpu_s};
}

static struct cost cost_start(struct db *db)
{
    double server_s = server_seconds(db);

    return (struct cost){(double)g_get_monotonic_time() / 1e6, cpu_seconds() + server_s};
}

static struct cost insert_all(struct platform *from, struct platform *to, const struct kind *kinds, int commits)
{
    struct table tables[TABLES_MAX];
    int count = tables_read(from->db, kinds, tables);

    accounts_add(from->db, to->db);
    if (kinds == STRIPPED)
        strip(to->db);
    struct cost start = cost_start(to->db);
    for (int part = 0; part < commits; part++) {
        g_assert_true(db_begin(to->db, true, NULL));
        for (int i = 0; i < count; i++)
            put_part(to->db, &tables[i], &tables[1], part, commits);
        g_assert_true(db_commit(to->db, NULL));
    }
    struct cost cost = cost_since(to->db, start);
    for (int i = 0; i < count; i++) {
        g_assert_cmpint(tables[i].done, ==, rows_of(&tables[i]));
        table_free(&tables[i]);
    }
    return cost;
}

/* What the tables hold in the end, whoever wrote it. */
static int64_t rows_in(struct db *db)
{
    int64_t sum = 0, count;

    g_assert_true(db_begin(db, false, NULL));
    for (const struct kind *kind = STRIPPED; kind->name != NULL; kind++) {
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s WHERE community=?1", kind->name);
        g_assert_true(db_int(db, NULL, 0, &count, g_intern_string(sql), ""));
        sum += count;
    }
    db_rollback(db);
    return sum;
}

static struct cost bare_of(struct bench *bench, struct maker *maker, const struct kind *kinds)
{
    char *dir = kit_dir();
    struct platform *bare = kit_platform(dir);

    maker_kiosks_into(maker, bare);
    struct cost cost = insert_all(maker->platform, bare, kinds, (int)bench->commits);
    g_assert_cmpint(rows_in(bare->db), ==, bench->rows);
    platform_close(bare);
    kit_dir_done(dir);
    return cost;
}

/* ---- Rounds -------------------------------------------------------------------------------------------------------- */

/* What one round cost: ingest, the tables as they are, stripped ones. */
struct costs {
    struct cost ingest, whole, stripped;
};

static struct costs round_of(struct bench *bench)
{
    struct maker maker;
    struct db_stats before, after;
    struct costs costs;

    maker_open_large(&maker, (unsigned)bench->kiosks, (unsigned)bench->residents);
    g_autoptr(GPtrArray) batches = maker_batches(&maker, (unsigned)(bench->events / bench->batch), (unsigned)bench->batch);
    int64_t there = rows_in(maker.platform->db);
    g_assert_cmpint(there, ==, 0);
    struct cost start = cost_start(maker.platform->db);
    db_stats_get(&before);
    ingest_all(bench, maker.platform, batches);
    db_stats_get(&after);
    costs.ingest = cost_since(maker.platform->db, start);
    bench->commits = after.writes - before.writes;
    bench->rows = rows_in(maker.platform->db);
    costs.whole = bare_of(bench, &maker, WHOLE);
    costs.stripped = bare_of(bench, &maker, STRIPPED);
    maker_close(&maker);
    return costs;
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

enum figure { RATIO, CPU_RATIO, STRIPPED_RATIO, INGEST_S, WHOLE_S, INGEST_CPU_S, FIGURES };

static bool run(struct bench *bench)
{
    double *of[FIGURES];
    double middle[FIGURES];

    for (int f = 0; f < FIGURES; f++)
        of[f] = g_new0(double, (gsize)bench->rounds);
    for (int i = 0; i < bench->rounds; i++) {
        struct costs costs = round_of(bench);
        of[RATIO][i] = costs.ingest.wall_s / costs.whole.wall_s;
        of[CPU_RATIO][i] = costs.ingest.cpu_s / costs.whole.cpu_s;
        of[STRIPPED_RATIO][i] = costs.ingest.wall_s / costs.stripped.wall_s;
        of[INGEST_S][i] = costs.ingest.wall_s;
        of[WHOLE_S][i] = costs.whole.wall_s;
        of[INGEST_CPU_S][i] = costs.ingest.cpu_s;
    }
    for (int f = 0; f < FIGURES; f++) {
        middle[f] = median(of[f], bench->rounds);
        g_free(of[f]);
    }
    printf("{\"bench\":\"ingest\",\"engine\":\"%s\",\"rounds\":%d,\"events\":%d,\"batch\":%d,\"threads\":%d,\"rows\":%" G_GINT64_FORMAT
           ",\"commits\":%" G_GINT64_FORMAT ",\"ingest_events_per_s\":%.0f,\"bare_events_per_s\":%.0f,\"ratio\":%.3f,\"bar\":%.2f"
           ",\"cpu_ratio\":%.3f,\"stripped_ratio\":%.3f,\"ingest_cpu_us\":%.1f}\n",
           kit_on_file() ? "SQLite" : "PostgreSQL", bench->rounds, bench->events, bench->batch, bench->threads,
           bench->rows, bench->commits, bench->events / middle[INGEST_S], bench->events / middle[WHOLE_S], middle[RATIO], bench->ratio_max,
           middle[CPU_RATIO], middle[STRIPPED_RATIO], middle[INGEST_CPU_S] * 1e6 / bench->events);
    return middle[RATIO] <= bench->ratio_max;
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

/* Looks at memory on the way; the first and the last look. */
static void fill(struct bench *bench, struct maker *maker, int64_t events, struct window *first, struct window *last)
{
    *first = (struct window){0};
    for (int64_t done = bench->every; done <= events; done += bench->every) {
        *last = window_run(bench, maker, bench->every);
        *first = first->rss_kb == 0 ? *last : *first;
        fprintf(stderr, "%" G_GINT64_FORMAT " events: VmRSS %" G_GINT64_FORMAT " kB, VmHWM %" G_GINT64_FORMAT
                " kB, %.1f us an event, %.1f us of processors\n", done, last->rss_kb, status_kb("VmHWM:"), last->wall_us, last->cpu_us);
    }
}

/* What events cost a large ledger against a small one: in turns, so that other work on the machine meets both. */
struct growth {
    double wall, cpu, small_us, large_us; /* medians: of the pairs' ratios, and of an event's time */
};

enum { PAIRS = 21 };

static struct growth compare_ages(struct bench *bench, struct maker *small, struct maker *large)
{
    double wall[PAIRS], cpu[PAIRS], small_us[PAIRS], large_us[PAIRS];

    for (int i = 0; i < PAIRS; i++) {
        struct window of[2];
        for (int turn = 0; turn < 2; turn++) /* who is first takes turns as well */
            of[(i + turn) % 2] = window_run(bench, (i + turn) % 2 == 0 ? small : large, 1);
        wall[i] = of[1].wall_us / of[0].wall_us;
        cpu[i] = of[1].cpu_us / of[0].cpu_us;
        small_us[i] = of[0].cpu_us;
        large_us[i] = of[1].cpu_us;
    }
    return (struct growth){median(wall, PAIRS), median(cpu, PAIRS), median(small_us, PAIRS), median(large_us, PAIRS)};
}

/* From the first look on memory may not grow by more than a tenth; and at --memory events an event may not cost more than a fifth more
 * than at --from, on a platform of its own. */
static bool memory(struct bench *bench)
{
    struct window first, last;
    struct maker small, large;

    maker_open_large(&small, (unsigned)bench->kiosks, (unsigned)bench->residents);
    maker_open_large(&large, (unsigned)bench->kiosks, (unsigned)bench->residents);
    fill(bench, &small, MAX(bench->from, bench->every), &first, &last);
    fill(bench, &large, bench->memory, &first, &last);
    int64_t small_rows = rows_in(small.platform->db), large_rows = rows_in(large.platform->db);
    struct growth growth = compare_ages(bench, &small, &large);
    maker_close(&large);
    maker_close(&small);
    double grown = (double)last.rss_kb / (double)first.rss_kb;
    printf("{\"bench\":\"ingest-memory\",\"engine\":\"%s\",\"events\":%d,\"first_kb\":%" G_GINT64_FORMAT ",\"last_kb\":%" G_GINT64_FORMAT
           ",\"ratio\":%.3f,\"bar\":1.10,\"rows_small\":%" G_GINT64_FORMAT ",\"rows_large\":%" G_GINT64_FORMAT
           ",\"cpu_us_small\":%.1f,\"cpu_us_large\":%.1f,\"cpu_ratio\":%.3f,\"cost_ratio\":%.3f,\"cost_bar\":%.2f}\n",
           kit_on_file() ? "SQLite" : "PostgreSQL", bench->memory, first.rss_kb, last.rss_kb, grown, small_rows, large_rows,
           growth.small_us, growth.large_us, growth.cpu, growth.wall, bench->cost_max);
    return grown <= 1.1 && growth.wall <= bench->cost_max;
}

int main(int argc, char **argv)
{
    struct bench bench = {.events = 20000, .rounds = 3, .batch = 100, .kiosks = 8, .threads = 8, .every = 20000, .from = 100000,
                          .residents = 3000, .ratio_max = 2, .cost_max = 1.2};
    const GOptionEntry options[] = {
        {"events", 0, 0, G_OPTION_ARG_INT, &bench.events, "Events of a round", "N"},
        {"rounds", 0, 0, G_OPTION_ARG_INT, &bench.rounds, "Rounds of both sides", "N"},
        {"batch", 0, 0, G_OPTION_ARG_INT, &bench.batch, "Events of a batch, a multiple of ten", "N"},
        {"kiosks", 0, 0, G_OPTION_ARG_INT, &bench.kiosks, "Kiosks", "N"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &bench.threads, "Threads that push at once", "N"},
        {"memory", 0, 0, G_OPTION_ARG_INT, &bench.memory, "Look at memory while N events are taken", "N"},
        {"every", 0, 0, G_OPTION_ARG_INT, &bench.every, "Events between two looks", "N"},
        {"from", 0, 0, G_OPTION_ARG_INT, &bench.from, "Events of the small ledger that the large one is compared with", "N"},
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
