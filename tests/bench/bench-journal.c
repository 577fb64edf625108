/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the journal costs over SQLite itself: payment events through store_append(), and the very same rows through one
 * prepared INSERT into the same table of a bare database with the same durability. Rounds alternate in one run, so that
 * a noisy disk hits both; the median of the rounds' ratios counts.
 *
 *   bench-journal [--rounds N] [--appends N] [--dir DIR] [--flush-us N] [--ratio-max X]
 *
 * What an append costs over the flush is CPU, some 50 µs: beside a flush of the medium that a kiosk has (eMMC, 2 ms and more)
 * it is little, beside one of a server's disk with a cache of its own (0.1 ms) it is not. The bar is for the disk as it is;
 * beside it stands the ratio with a flush of at least --flush-us (2000) for both sides. What the kiosk does when nobody waits
 * (carrying the WAL over, store_flush()) is told apart as behind_us, an append; SQLite's own checkpoints, each 1000 pages, are
 * in its figure.
 *
 * Prints one JSON object; ends with 1 when the median ratio is above --ratio-max (1.25).
 */
#include "model/model.h"
#include "store/store.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In place of the C library's, for SQLite too: a flush lasts at least so long. */
static gint64 flush_us;

int fdatasync(int fd)
{
    gint64 start = g_get_monotonic_time();
    int code = (int)syscall(SYS_fdatasync, fd);
    gint64 left = flush_us - (g_get_monotonic_time() - start);

    if (left > 0)
        g_usleep((gulong)left);
    return code;
}

struct bench {
    int rounds, appends, flush_us;
    double ratio_max, behind_s;
    char *parent, *dir;
    struct store *store;
    sqlite3 *bare;
    sqlite3_stmt *insert;
    int64_t sent; /* rows already copied to the bare side */
};

static G_NORETURN void die(const char *what, const char *why)
{
    fprintf(stderr, "bench-journal: %s: %s\n", what, why);
    exit(2);
}

/* ---- The journal's side ------------------------------------------------------------------------------------------- */

static json_t *event_make(struct payment *payment, int n, enum payment_state state)
{
    if (state == PAYMENT_COMMITTING) {
        memset(payment, 0, sizeof *payment);
        payment->at_ms = now_ms();
        uuid7(payment->at_ms, payment->id);
        payment->purchase = (struct cc_purchase){.state = CC_PURCHASE_SENT,
                                                 .type = 6,
                                                 .amount_fen = 8650,
                                                 .balance_before_fen = 26850,
                                                 .counter = 7,
                                                 .key_version = 1,
                                                 .serial = {0x99, 0x01, 0, 0, 0, 0, 0x10, 0x17},
                                                 .issuer = {1, 1, 0x99, 1, 255, 255, 255, 255},
                                                 .date_bcd = {0x20, 0x26, 0x11, 0x22},
                                                 .mac1 = {1, 2, 3, 4}};
        payment->purchase.terminal_serial = (uint32_t)n;
        g_snprintf(payment->purchase.card_number, sizeof payment->purchase.card_number, "990100%010d",
                   n * 7919 % 5000);
        payment->bill_count = 2;
        payment->bills[0].amount_fen = 8000;
        payment->bills[1].amount_fen = 650;
        g_snprintf(payment->bills[0].id, sizeof payment->bills[0].id, "bill-elec-%d", n);
        g_snprintf(payment->bills[1].id, sizeof payment->bills[1].id, "bill-water-%d", n);
        g_snprintf(payment->receipt_no, sizeof payment->receipt_no, "K0001-20261122-%04d", n);
    } else {
        payment->purchase.state = CC_PURCHASE_CONFIRMED;
        payment->purchase.evidence = CC_EVIDENCE_MAC2;
        payment->purchase.has_tac = true;
    }
    payment->state = state;
    return payment_to_json(payment);
}

/* The two durable writes of a payment. Seconds per append; making the values is not counted. */
static double journal_round(struct bench *bench, int first)
{
    json_t **events = g_new0(json_t *, (gsize)bench->appends);
    g_autoptr(GError) error = NULL;
    struct payment payment;

    for (int i = 0; i < bench->appends; i++)
        events[i] =
            event_make(&payment, (first + i) / 2 + 1, i % 2 == 0 ? PAYMENT_COMMITTING : PAYMENT_CONFIRMED);
    gint64 start = g_get_monotonic_time();
    for (int i = 0; i < bench->appends; i++)
        if (!store_append(bench->store, i % 2 == 0 ? "payment.committing" : "payment.confirmed", events[i],
                          NULL, &error))
            die("append", error->message);
    gint64 end = g_get_monotonic_time();
    for (int i = 0; i < bench->appends; i++)
        json_decref(events[i]);
    g_free(events);
    return (double)(end - start) / 1e6 / bench->appends;
}

/* ---- SQLite's side ------------------------------------------------------------------------------------------------ */

static void bare_open(struct bench *bench)
{
    static const char SETUP[] =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000;"
        "CREATE TABLE journal(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,"
        " at_ms INTEGER NOT NULL, body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL) STRICT;";
    g_autofree char *path = g_build_filename(bench->dir, "bare.db", NULL);

    if (sqlite3_open_v2(path, &bench->bare, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(bench->bare, SETUP, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v3(bench->bare, "INSERT INTO journal VALUES(?1,?2,?3,?4,?5,?6,?7)", -1,
                           SQLITE_PREPARE_PERSISTENT, &bench->insert, NULL) != SQLITE_OK)
        die("bare database", sqlite3_errmsg(bench->bare));
}

static void bare_insert(struct bench *bench, const struct store_row *row, const char *type)
{
    sqlite3_bind_int64(bench->insert, 1, row->seq);
    sqlite3_bind_text(bench->insert, 2, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(bench->insert, 3, type, -1, SQLITE_STATIC);
    sqlite3_bind_int64(bench->insert, 4, INT64_C(1795276800000) + row->seq);
    sqlite3_bind_text(bench->insert, 5, row->body, -1, SQLITE_STATIC);
    sqlite3_bind_blob(bench->insert, 6, row->prev, 32, SQLITE_STATIC);
    sqlite3_bind_blob(bench->insert, 7, row->hash, 32, SQLITE_STATIC);
    if (sqlite3_step(bench->insert) != SQLITE_DONE)
        die("insert", sqlite3_errmsg(bench->bare));
    sqlite3_reset(bench->insert);
}

static void acknowledge(struct bench *bench, const GPtrArray *rows)
{
    g_autofree struct store_verdict_row *verdicts = g_new0(struct store_verdict_row, rows->len);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < rows->len; i++)
        verdicts[i].seq = ((struct store_row *)rows->pdata[i])->seq;
    if (!store_outbox_verdicts(bench->store, verdicts, rows->len, &error))
        die("verdicts", error->message);
}

/* The rows that the journal wrote in its last round, byte for byte. */
static double bare_round(struct bench *bench)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(bench->store, bench->appends, SIZE_MAX, &error);

    if (rows == NULL || (int)rows->len != bench->appends)
        die("outbox", error != NULL ? error->message : "rows are missing");
    gint64 behind = g_get_monotonic_time();
    if (!store_flush(bench->store))
        die("flush", "the journal's WAL");
    bench->behind_s += (double)(g_get_monotonic_time() - behind) / 1e6;
    gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < rows->len; i++)
        bare_insert(bench, rows->pdata[i], i % 2 == 0 ? "payment.committing" : "payment.confirmed");
    gint64 end = g_get_monotonic_time();
    acknowledge(bench, rows);
    return (double)(end - start) / 1e6 / bench->appends;
}

/* ---- Run ---------------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(const double *values, int count)
{
    g_autofree double *sorted = g_memdup2(values, sizeof *values * (gsize)count);
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

struct figures {
    double journal_us, bare_us, ratio, behind_us;
};

static struct figures measure(struct bench *bench, int *at)
{
    g_autofree double *journal = g_new0(double, (gsize)bench->rounds),
                      *bare = g_new0(double, (gsize)bench->rounds),
                      *ratio = g_new0(double, (gsize)bench->rounds);

    bench->behind_s = 0;
    for (int i = 0; i < bench->rounds; i++) {
        journal[i] = journal_round(bench, (*at)++ * bench->appends);
        bare[i] = bare_round(bench);
        ratio[i] = journal[i] / bare[i];
    }
    return (struct figures){median(journal, bench->rounds) * 1e6, median(bare, bench->rounds) * 1e6,
                            median(ratio, bench->rounds), bench->behind_s * 1e6 / bench->rounds / bench->appends};
}

static bool run(struct bench *bench)
{
    int at = 0;

    journal_round(bench, at++); /* warm up: pages, statements, the file's first extents */
    bare_round(bench);
    struct figures disk = measure(bench, &at);
    flush_us = bench->flush_us;
    struct figures kiosk = measure(bench, &at);
    printf("{\"bench\":\"journal\",\"rounds\":%d,\"appends_per_round\":%d,\"append_us\":%.1f,\"bare_insert_us\":%.1f,"
           "\"ratio\":%.3f,\"bar\":%.2f,\"behind_us\":%.1f,\"flush_us\":%d,\"flush_append_us\":%.1f,\"flush_bare_insert_us\":%.1f,"
           "\"flush_ratio\":%.3f}\n",
           bench->rounds, bench->appends, disk.journal_us, disk.bare_us, disk.ratio, bench->ratio_max, disk.behind_us, bench->flush_us,
           kiosk.journal_us, kiosk.bare_us, kiosk.ratio);
    return disk.ratio <= bench->ratio_max;
}

static void bench_open(struct bench *bench)
{
    struct store_identity identity = {.kiosk_id = "K0001", .epoch = 1};
    g_autoptr(GError) error = NULL;

    bench->dir = g_build_filename(bench->parent != NULL ? bench->parent : g_get_tmp_dir(),
                                  "bench-journal-XXXXXX", NULL);
    if (g_mkdtemp(bench->dir) == NULL)
        die("folder", bench->dir);
    g_autofree char *path = g_build_filename(bench->dir, "kiosk.db", NULL);
    bench->store = store_open(path, &identity, &error);
    if (bench->store == NULL)
        die("store", error->message);
    bare_open(bench);
}

static void bench_close(struct bench *bench)
{
    const char *name = NULL;

    store_close(bench->store);
    sqlite3_finalize(bench->insert);
    sqlite3_close(bench->bare);
    GDir *dir = g_dir_open(bench->dir, 0, NULL);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(bench->dir, name, NULL);
        g_unlink(file);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_rmdir(bench->dir);
    g_free(bench->dir);
    g_free(bench->parent);
}

int main(int argc, char **argv)
{
    struct bench bench = {.rounds = 9, .appends = 200, .flush_us = 2000, .ratio_max = 1.25};
    const GOptionEntry options[] = {
        {"rounds", 0, 0, G_OPTION_ARG_INT, &bench.rounds, "Rounds of both sides", "N"},
        {"appends", 0, 0, G_OPTION_ARG_INT, &bench.appends, "Appends of each round, an even number", "N"},
        {"dir", 0, 0, G_OPTION_ARG_FILENAME, &bench.parent, "Where the databases lie (a disk, no tmpfs)",
         "DIR"},
        {"flush-us", 0, 0, G_OPTION_ARG_INT, &bench.flush_us, "A flush lasts at least so long", "N"},
        {"ratio-max", 0, 0, G_OPTION_ARG_DOUBLE, &bench.ratio_max, "Highest median ratio that passes", "X"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- the journal against bare SQLite");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        die("options", error->message);
    if (bench.rounds < 1 || bench.appends < 2 || bench.appends % 2 != 0)
        die("options", "--rounds at least 1, --appends an even number");
    bench_open(&bench);
    bool good = run(&bench);
    bench_close(&bench);
    return good ? 0 : 1;
}
