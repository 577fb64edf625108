/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs the platform to take events: ingest as the handlers call it (JSON, chain, seals, TACs, rules, ledger) against a bare
 * batched insert of the rows that it wrote, into the same tables of the same engine with the same durability, as many rows a
 * commit, without triggers and foreign keys. Rounds alternate; the median of the rounds' ratios of time counts.
 *
 *   bench-ingest [--events N] [--rounds N] [--batch N] [--kiosks N] [--ratio-max X]
 *   bench-ingest --memory N [--every N]     one platform, N events; its memory at each checkpoint
 *
 * Of ten events: four of two payments (committing, confirmed with a TAC that is recomputed; one of the two pays a bill), two taps of
 * an attendance, three printed receipts, one note of an anchor. Beside PostgreSQL: tests/with-postgres bench-ingest.
 */
#include "ingest-make.h"
#include "platform/calls/ingest.h"
#include "platform/data/db-engine.h"
#include "sync/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    int events, rounds, batch, kiosks, memory, every;
    double ratio_max;
    int64_t rows; /* that the last round's ingest wrote */
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

static double ingest_all(struct platform *platform, GPtrArray *batches)
{
    gint64 start = g_get_monotonic_time();

    for (guint i = 0; i < batches->len; i++)
        take(platform, batches->pdata[i]);
    return seconds_since(start);
}

/* ---- The same rows, bare ------------------------------------------------------------------------------------------- */

static const char *const TABLES[] = {"event", "payment", "payment_bill", "txn", "entry", "attendance"};
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
    *ingest_s = ingest_all(maker.platform, batches);
    maker_kiosks_into(&maker, bare);
    *bare_s = insert_all(bench, maker.platform, bare, (int)batches->len);
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
    printf("{\"bench\":\"ingest\",\"engine\":\"%s\",\"rounds\":%d,\"events\":%d,\"batch\":%d,\"rows\":%" G_GINT64_FORMAT
           ",\"ingest_events_per_s\":%.0f,\"bare_events_per_s\":%.0f,\"ratio\":%.3f,\"bar\":%.2f}\n",
           kit_on_file() ? "SQLite" : "PostgreSQL", bench->rounds, bench->events, bench->batch, bench->rows,
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

/* This process makes the events as well, a few batches at a time. From the first checkpoint on nothing may grow by more than a tenth. */
static bool memory(struct bench *bench)
{
    struct maker maker;
    int64_t first_kb = 0, last_kb = 0;

    maker_open(&maker, (unsigned)bench->kiosks);
    for (int done = 0, told = 0; done < bench->memory;) {
        g_autoptr(GPtrArray) batches = maker_batches(&maker, (unsigned)bench->kiosks, (unsigned)bench->batch);
        double seconds = ingest_all(maker.platform, batches);
        done += (int)batches->len * bench->batch;
        if (done - told < bench->every && done < bench->memory)
            continue;
        told = done;
        last_kb = status_kb("VmRSS:");
        first_kb = first_kb == 0 ? last_kb : first_kb;
        fprintf(stderr, "%d events: VmRSS %" G_GINT64_FORMAT " kB, VmHWM %" G_GINT64_FORMAT " kB, %.1f us an event\n", done, last_kb,
                status_kb("VmHWM:"), seconds * 1e6 / ((double)batches->len * bench->batch));
    }
    maker_close(&maker);
    printf("{\"bench\":\"ingest-memory\",\"engine\":\"%s\",\"events\":%d,\"first_kb\":%" G_GINT64_FORMAT ",\"last_kb\":%" G_GINT64_FORMAT
           ",\"ratio\":%.3f,\"bar\":1.10}\n",
           kit_on_file() ? "SQLite" : "PostgreSQL", bench->memory, first_kb, last_kb, (double)last_kb / (double)first_kb);
    return (double)last_kb <= 1.1 * (double)first_kb;
}

int main(int argc, char **argv)
{
    struct bench bench = {.events = 20000, .rounds = 3, .batch = 100, .kiosks = 8, .every = 20000, .ratio_max = 2};
    const GOptionEntry options[] = {
        {"events", 0, 0, G_OPTION_ARG_INT, &bench.events, "Events of a round", "N"},
        {"rounds", 0, 0, G_OPTION_ARG_INT, &bench.rounds, "Rounds of both sides", "N"},
        {"batch", 0, 0, G_OPTION_ARG_INT, &bench.batch, "Events of a batch, a multiple of ten", "N"},
        {"kiosks", 0, 0, G_OPTION_ARG_INT, &bench.kiosks, "Kiosks", "N"},
        {"memory", 0, 0, G_OPTION_ARG_INT, &bench.memory, "Look at memory while N events are taken", "N"},
        {"every", 0, 0, G_OPTION_ARG_INT, &bench.every, "Events between two looks", "N"},
        {"ratio-max", 0, 0, G_OPTION_ARG_DOUBLE, &bench.ratio_max, "Highest median ratio that passes", "X"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- taking events against a bare insert");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || bench.batch < 10 || bench.batch % 10 != 0 || bench.batch > WIRE_PUSH_ROWS_MAX ||
        bench.events < bench.batch || bench.rounds < 1 || bench.kiosks < 1 || bench.every < 1 || bench.memory < 0) {
        fprintf(stderr, "bench-ingest: %s\n", error != NULL ? error->message : "a number is not one that it takes");
        return 2;
    }
    return (bench.memory > 0 ? memory(&bench) : run(&bench)) ? 0 : 1;
}
