/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordinary faults: killed at any moment, a flush that fails, a full disk, a cut WAL, many threads. What store_append()
 * said must be what is there: now, after the next start, and on the disk as it lay when the power went. Everything is tried
 * with the sidecar, which is flushed before each commit, and with the database alone (ALONE), whose commits flush then.
 */
#include "fixture.h"
#include "faultvfs.h"
#include "model/model.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char ALONE[] = "no sidecar";

/* ---- Help --------------------------------------------------------------------------------------------------------- */

static bool fact(struct store *store, size_t bytes, char id[37], GError **error)
{
    g_autofree char *text = g_strnfill(bytes, 'x');
    json_t *data = json_pack("{s:s}", "text", text);
    bool done = store_append(store, "test.fact", data, id, error);
    json_decref(data);
    return done;
}

static GHashTable *ids_of(struct store *store)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(store, G_MAXINT, SIZE_MAX, &error);
    GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_assert_no_error(error);
    for (guint i = 0; i < rows->len; i++)
        g_hash_table_add(ids, g_strdup(((struct store_row *)rows->pdata[i])->id));
    return ids;
}

static void file_copy(const char *from, const char *to, const char *suffix, gssize keep)
{
    g_autofree char *source = g_strconcat(from, suffix, NULL), *target = g_strconcat(to, suffix, NULL),
                    *bytes = NULL;
    gsize len = 0;

    if (!g_file_get_contents(source, &bytes, &len, NULL))
        return;
    g_assert_true(g_file_set_contents_full(target, bytes, keep < 0 ? (gssize)len : MIN(keep, (gssize)len),
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* Where the sidecar would lie is a folder: it cannot be opened. */
static void tail_block(const char *path)
{
    g_autofree char *tail = g_strconcat(path, "-tail", NULL);

    g_unlink(tail);
    g_assert_cmpint(g_mkdir_with_parents(tail, 0700), ==, 0);
}

static void up(struct fixture *fixture, const void *data)
{
    fixture_up(fixture, data);
    if (data == NULL)
        return;
    fixture_close(fixture);
    tail_block(fixture->path);
    fixture_open(fixture);
}

/* The name of a copy, of which nothing is there yet. */
static char *crash_name(struct fixture *fixture)
{
    static const char *const ENDINGS[] = {"", "-shm", "-wal", "-tail"};
    char *copy = g_build_filename(fixture->dir, "crash.db", NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(ENDINGS); i++) {
        g_autofree char *name = g_strconcat(copy, ENDINGS[i], NULL);
        if (!g_file_test(name, G_FILE_TEST_IS_DIR))
            g_unlink(name);
    }
    return copy;
}

static struct store *crash_start(struct fixture *fixture, const char *copy)
{
    g_autofree char *own_tail = g_strconcat(fixture->path, "-tail", NULL);
    g_autoptr(GError) error = NULL;

    if (g_file_test(own_tail, G_FILE_TEST_IS_DIR))
        tail_block(copy);
    struct store *store = store_open(copy, &fixture->identity, &error);
    g_assert_no_error(error);
    return store;
}

/* Open the files as they lie there now, as after a power cut. `wal_keep` bytes of the WAL survived; -1 all. */
static struct store *crash_open(struct fixture *fixture, gssize wal_keep)
{
    g_autofree char *copy = crash_name(fixture);

    file_copy(fixture->path, copy, "-tail", -1);
    file_copy(fixture->path, copy, "", -1);
    file_copy(fixture->path, copy, "-wal", wal_keep);
    return crash_start(fixture, copy);
}

/* As after one that left only what was flushed. */
static struct store *crash_flushed(struct fixture *fixture, bool tail)
{
    static const char *const ENDINGS[] = {"", "-wal", "-tail"};
    g_autofree char *copy = crash_name(fixture);

    for (size_t i = 0; i < G_N_ELEMENTS(ENDINGS) - !tail; i++) {
        g_autofree char *from = g_strconcat(fixture->path, ENDINGS[i], NULL), *to = g_strconcat(copy, ENDINGS[i], NULL);
        faults_medium(from, to);
    }
    return crash_start(fixture, copy);
}

static int64_t head_of(struct store *store)
{
    uint8_t hash[32];
    return store_head(store, hash);
}

/* ---- One flush an append ------------------------------------------------------------------------------------------ */

static void test_one_sync(struct fixture *fixture, const void *data)
{
    struct payment payment;

    fact_put(fixture->store, 0, NULL); /* the first frame of a WAL flushes its header as well */
    int before = faults.syncs;
    for (int i = 1; i <= 5; i++) {
        g_autofree char *card = g_strdup_printf("990100%d", i);
        g_autofree char *bill = g_strdup_printf("b%d", i);
        payment_make(&payment, card, bill, 100);
        payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
        g_assert_cmpint(faults.syncs - before, ==, 2 * i - 1);
        payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
        g_assert_cmpint(faults.syncs - before, ==, 2 * i);
    }
}

/* A WAL that begins again: its header is flushed before its frames, whoever flushes the row. */
static void test_header_sync(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 1, NULL);
    for (int i = 2; i < 5; i++) {
        g_assert_true(store_flush(fixture->store));
        int before = faults.syncs;
        fact_put(fixture->store, i, NULL);
        g_assert_cmpint(faults.syncs - before, ==, 2);
    }
}

/* ---- COMMIT fails ------------------------------------------------------------------------------------------------- */

/* The hazard itself, with bare SQLite: COMMIT reports a failure, and after a power cut the row is there. */
static void test_hazard_is_real(struct fixture *fixture, const void *data)
{
    g_autofree char *path = g_build_filename(fixture->dir, "bare.db", NULL);
    g_autofree char *copy = g_build_filename(fixture->dir, "bare-copy.db", NULL);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db,
                                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(x);"
                                 "INSERT INTO t VALUES(1)",
                                 NULL, NULL, NULL),
                    ==, SQLITE_OK);
    faults.sync_fails_in = 1;
    g_assert_cmpint(sqlite3_exec(db, "INSERT INTO t VALUES(2)", NULL, NULL, NULL), ==, SQLITE_IOERR);
    file_copy(path, copy, "", -1);
    file_copy(path, copy, "-wal", -1);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    g_assert_cmpint(raw_int(copy, "SELECT count(*) FROM t"), ==, 2);
}

static void test_sync_fails(struct fixture *fixture, const void *data)
{
    GError *error = NULL;
    char id[37] = "";

    fact_put(fixture->store, 1, NULL);
    faults.sync_fails_in = 1;
    g_assert_false(fact(fixture->store, 10, id, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_SQL);
    g_clear_error(&error);
    g_assert_cmpstr(id, ==, "");
    g_assert_cmpint(head_of(fixture->store), ==, 1);
    struct store *crashed = crash_open(fixture, -1);
    g_assert_cmpint(head_of(crashed), ==, 1); /* false stays true after a power cut */
    store_close(crashed);
    fact_put(fixture->store, 2, NULL);
    g_assert_cmpint(head_of(fixture->store), ==, 2);
    assert_sound(fixture->store);
}

/* The sidecar gives up: the same commit flushes the WAL in its place, and so do those behind it. */
static void test_sidecar_fails(struct fixture *fixture, const void *data)
{
    faults_clear();
    /* Not one of these commits is the one that carries the WAL over, with flushes of its own. */
    g_assert_true(store_flush(fixture->store));
    fact_put(fixture->store, 1, NULL);
    int before = faults.syncs;
    faults.sync_fails_in = 1; /* the next flush is the sidecar's */
    fact_put(fixture->store, 2, NULL);
    g_assert_cmpint(faults.failed, ==, 1);
    g_assert_cmpint(faults.syncs - before, ==, 2);
    fact_put(fixture->store, 3, NULL);
    g_assert_cmpint(faults.syncs - before, ==, 3);
    g_assert_cmpint(head_of(fixture->store), ==, 3);
    fixture_close(fixture);
    fixture_tail_remove(fixture);
    fixture_open(fixture);
    g_assert_cmpint(head_of(fixture->store), ==, 3);
    assert_sound(fixture->store);
}

/* The commit fails when the row is in the sidecar already: neither has it then, and its place is another row's. */
static void test_taken_back(struct fixture *fixture, const void *data)
{
    GError *error = NULL;

    fact_put(fixture->store, 1, NULL);
    faults.write_fails_in = 2; /* after the sidecar's own: the WAL's */
    g_assert_false(fact(fixture->store, 10, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_SQL);
    g_clear_error(&error);
    struct store *crashed = crash_open(fixture, -1);
    g_assert_cmpint(head_of(crashed), ==, 1);
    store_close(crashed);
    fact_put(fixture->store, 2, NULL);
    crashed = crash_open(fixture, 0); /* the WAL is gone with the power, the sidecar is not */
    g_assert_cmpint(head_of(crashed), ==, 2);
    assert_sound(crashed);
    store_close(crashed);
}

/* A checkpoint that fails may leave a hole in the WAL: nothing is built behind it, and the sidecar keeps its rows until it is gone. */
static void test_checkpoint_fails(struct fixture *fixture, const void *data)
{
    g_autofree char *tail = g_strconcat(fixture->path, "-tail", NULL), *bytes = NULL;
    struct store_verdict_row verdict = {.seq = 1};
    GError *error = NULL;

    fact_put(fixture->store, 1, NULL);
    faults.sync_fails_in = 1;
    faults.stuck = true;
    g_assert_false(store_flush(fixture->store));
    g_assert_false(fact(fixture->store, 10, NULL, &error));
    g_clear_error(&error);
    g_assert_false(store_outbox_verdicts(fixture->store, &verdict, 1, &error));
    g_clear_error(&error);
    g_assert_true(g_file_get_contents(tail, &bytes, NULL, NULL));
    g_assert_cmpmem(bytes, 4, "CKT1", 4);
    faults_clear();
    struct store *crashed = crash_open(fixture, 0);
    g_assert_cmpint(head_of(crashed), ==, 1);
    store_close(crashed);
    fact_put(fixture->store, 2, NULL);
    g_assert_true(store_flush(fixture->store));
    crashed = crash_open(fixture, -1);
    g_assert_cmpint(head_of(crashed), ==, 2);
    assert_sound(crashed);
    store_close(crashed);
}

static void assert_crash(struct store *crashed, int64_t head)
{
    g_assert_cmpint(head_of(crashed), ==, head);
    assert_sound(crashed);
    store_close(crashed);
}

/* The disk refuses everything for a while. What a flush refused is never written by itself, and what lies behind it in the WAL
 * does not count after a power cut: what is told to be there afterwards is not built behind such a hole. */
static void test_flush_loses(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 1, NULL); /* the sidecar is flushed, the WAL is not */
    faults.sync_fails_in = 1;
    faults.stuck = true;
    g_assert_false(fact(fixture->store, 10, NULL, NULL));
    faults_clear();
    fact_put(fixture->store, 2, NULL);
    assert_crash(crash_flushed(fixture, true), 2);
}

/* The same when another commit than an append's meets it: the sidecar is not emptied for a WAL with a hole. */
static void test_flush_loses_acknowledged(struct fixture *fixture, const void *data)
{
    struct store_verdict_row verdicts[] = {{.seq = 1}, {.seq = 2}};

    g_assert_true(fact(fixture->store, 40000, NULL, NULL));
    faults.sync_fails_in = 1;
    faults.stuck = true;
    g_assert_false(store_time_raise(fixture->store, now_ms() + 1000, NULL));
    faults_clear();
    g_assert_true(fact(fixture->store, 40000, NULL, NULL));
    g_assert_true(store_outbox_verdicts(fixture->store, verdicts, 2, NULL));
    assert_crash(crash_flushed(fixture, true), 2);
}

/* A reader beside, which is returned, keeps the WAL from beginning again, until its index has only room for a small row more. */
static struct store *index_fill(struct fixture *fixture)
{
    g_autofree char *wal = g_strconcat(fixture->path, "-wal", NULL);
    g_autoptr(GError) error = NULL;
    GStatBuf info = {0};

    fact_put(fixture->store, 0, NULL);
    struct store *look = store_look(fixture->path, &fixture->identity, &error);
    g_assert_no_error(error);
    while (info.st_size < 4050 * (4096 + 24)) {
        g_assert_true(fact(fixture->store, 20000, NULL, NULL));
        g_assert_cmpint(g_stat(wal, &info), ==, 0);
    }
    return look;
}

/* COMMIT fails behind the sidecar's flush, a reader keeps the WAL from being emptied, and what was told to have failed gets to the
 * medium later: it must not stand there in the place of the next row, which the sidecar alone has. */
static void test_fails_behind_flush(struct fixture *fixture, const void *data)
{
    g_autofree char *wal = g_strconcat(fixture->path, "-wal", NULL);
    char id[37];
    struct store *look = index_fill(fixture);
    int64_t head = head_of(fixture->store);

    faults.index_full = true;
    g_assert_false(fact(fixture->store, 40000, NULL, NULL));
    g_assert_cmpint(faults.failed, ==, 1);
    faults_clear();
    faults_write_back(wal);
    bool done = fact(fixture->store, 100, id, NULL);
    store_close(look);
    g_assert_true(done || fact(fixture->store, 100, id, NULL));
    struct store *crashed = crash_flushed(fixture, true);
    g_assert_cmpint(head_of(crashed), ==, head + 1);
    g_autoptr(GHashTable) there = ids_of(crashed);
    g_assert_true(g_hash_table_contains(there, id));
    assert_sound(crashed);
    store_close(crashed);
}

/* While the WAL is carried over into the database it must be whole on the medium: a power cut then tears the database's pages. */
static void test_flush_again(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 1, NULL);
    faults.sync_fails_in = 1;
    g_assert_false(store_flush(fixture->store));
    faults_clear();
    faults.sync_fails_in = 2; /* behind the WAL's: the database's */
    faults.stuck = true;
    g_assert_false(store_flush(fixture->store));
    faults_clear();
    struct store *crashed = crash_flushed(fixture, false);
    g_assert_cmpint(head_of(crashed), ==, 1);
    store_close(crashed);
}

/* The disk refuses everything for a while: nothing is there that was told to have failed. */
static void test_disk_gone(struct fixture *fixture, const void *data)
{
    GError *error = NULL;

    fact_put(fixture->store, 1, NULL);
    faults.sync_fails_in = 1;
    faults.stuck = true;
    for (int i = 0; i < 3; i++) {
        g_assert_false(fact(fixture->store, 10, NULL, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_SQL);
        g_clear_error(&error);
        g_assert_cmpint(head_of(fixture->store), ==, 1);
        g_assert_false(store_time_raise(fixture->store, now_ms() + 1000 * i, &error));
        g_clear_error(&error);
    }
    faults_clear();
    fact_put(fixture->store, 2, NULL);
    struct store *crashed = crash_open(fixture, -1);
    g_assert_cmpint(head_of(crashed), ==, 2);
    assert_sound(crashed);
    store_close(crashed);
    assert_sound(fixture->store);
}

/* Appends with one fault at the n-th operation, a checkpoint among them; what was told is compared with what is there. */
static bool fault_run(struct fixture *fixture, int *counter, int n)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    char id[37];

    faults_clear();
    *counter = n;
    for (int i = 0; i < 40; i++) {
        g_autoptr(GError) error = NULL;
        if (fact(fixture->store, 12000, id, &error))
            g_hash_table_add(told, g_strdup(id));
        else
            g_assert_nonnull(error);
    }
    bool struck = faults.failed > 0;
    faults_clear();
    struct store *crashed = crash_open(fixture, -1);
    g_autoptr(GHashTable) there = ids_of(fixture->store), after = ids_of(crashed);
    store_close(crashed);
    g_assert_cmpuint(g_hash_table_size(there), ==, g_hash_table_size(told));
    g_assert_cmpuint(g_hash_table_size(after), ==, g_hash_table_size(told));
    GHashTableIter iter;
    gpointer key = NULL;
    g_hash_table_iter_init(&iter, told);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_assert_true(g_hash_table_contains(there, key) && g_hash_table_contains(after, key));
    assert_sound(fixture->store);
    return struck;
}

static void test_each_sync(const void *data)
{
    int struck = 0;

    for (int n = 1; n <= 46; n++) {
        struct fixture fixture;
        up(&fixture, data);
        struck += fault_run(&fixture, &faults.sync_fails_in, n);
        fixture_down(&fixture, NULL);
    }
    g_assert_cmpint(struck, >=, 40);
}

static void test_each_write(const void *data)
{
    int struck = 0;

    for (int n = 1; n <= 600; n += 13) {
        struct fixture fixture;
        up(&fixture, data);
        struck += fault_run(&fixture, &faults.write_fails_in, n);
        fixture_down(&fixture, NULL);
    }
    g_assert_cmpint(struck, >=, 40);
}

/* ---- Full disk ---------------------------------------------------------------------------------------------------- */

static void test_full(struct fixture *fixture, const void *data)
{
    GError *error = NULL;
    struct payment payment;
    int fits = 0;

    faults.limited = true;
    faults.room = 400 * 1024;
    while (fits < 1000 && fact(fixture->store, 8000, NULL, &error))
        fits++;
    g_assert_error(error, STORE_ERROR, STORE_ERROR_FULL);
    g_clear_error(&error);
    g_assert_cmpint(fits, >, 5);
    g_assert_cmpint(head_of(fixture->store), ==, fits);
    payment_make(&payment, CARD, NULL, 100);
    g_assert_false(payment_write(fixture->store, &payment, PAYMENT_COMMITTING, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_FULL);
    g_clear_error(&error);
    g_assert_null(store_payment(fixture->store, payment.id, &error));
    g_assert_no_error(error);
    g_autoptr(GPtrArray) rows =
        store_outbox(fixture->store, 5, SIZE_MAX, &error); /* what is there can be read and sent */
    g_assert_cmpuint(rows->len, ==, 5);
    g_assert_true(store_verify_chain(fixture->store, 0, &error));
    faults.room = 1 << 20;
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    faults_clear();
    assert_sound(fixture->store);
}

/* The ballast gives way, and the payment that was begun is ended; no other begins before there is ballast again. */
static void test_ballast(struct fixture *fixture, const void *data)
{
    g_autofree char *ballast = g_build_filename(fixture->dir, "ballast", NULL);
    struct payment payment;
    GStatBuf info;
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(store_room(fixture->store), ==, STORE_ROOM_PLENTY); /* nobody looks after it */
    g_assert_true(store_ballast_keep(fixture->store, ballast));
    g_assert_cmpint(g_stat(ballast, &info), ==, 0);
    g_assert_cmpint(info.st_blocks * 512, >=, 16 << 20); /* no hole */
    g_assert_cmpint(store_room(fixture->store), !=, STORE_ROOM_NONE);
    payment_make(&payment, CARD, NULL, 100);
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    faults.limited = true;
    faults.room = 0;
    faults.ballast = ballast;
    for (int i = 0; i < 200 && g_file_test(ballast, G_FILE_TEST_EXISTS); i++)
        g_assert_true(fact(fixture->store, 8000, NULL, &error)); /* none of them failed */
    g_assert_no_error(error);
    g_assert_false(g_file_test(ballast, G_FILE_TEST_EXISTS));
    payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
    g_assert_cmpint(store_room(fixture->store), ==, STORE_ROOM_NONE);
    faults_clear();
    assert_sound(fixture->store);
    g_assert_true(store_ballast_keep(fixture->store, ballast));
    g_assert_cmpint(store_room(fixture->store), !=, STORE_ROOM_NONE);
}

/* The kernel's own refusal: no file of this process may grow beyond a limit. In a child, since the limit stays. */
static int full_child(struct fixture *fixture)
{
    struct rlimit limit = {0};
    g_autoptr(GError) error = NULL;
    int fits = 0;

    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 1200 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    struct store *store = store_open(fixture->path, &fixture->identity, NULL);
    if (store == NULL || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
    while (fits < 1000 && fact(store, 40000, NULL, &error)) {
        fits++;
        store_flush(store); /* what the limit meets is the database, not its WAL */
    }
    if (!g_error_matches(error, STORE_ERROR, STORE_ERROR_FULL) || fits < 5 || head_of(store) != fits)
        return 3;
    if (!store_verify_chain(store, 0, NULL))
        return 4;
    limit.rlim_cur = before;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || !fact(store, 40000, NULL, NULL) || head_of(store) != fits + 1)
        return 5;
    bool sound = store_verify_chain(store, 0, NULL) && store_rebuild(store, NULL);
    store_close(store);
    return sound ? 0 : 6;
}

static void test_full_kernel(struct fixture *fixture, const void *data)
{
    int status = 0;

    fixture_close(fixture);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0)
        _exit(full_child(fixture));
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    fixture_open(fixture);
    assert_sound(fixture->store);
}

/* ---- Power cut: the end of the WAL never arrived ------------------------------------------------------------------ */

static void test_cut_wal(struct fixture *fixture, const void *data)
{
    g_autofree char *wal = g_strconcat(fixture->path, "-wal", NULL);
    struct payment payment;
    GStatBuf info;
    int64_t seen = 0;

    for (int i = 0; i < 8; i++) {
        g_autofree char *card = g_strdup_printf("990100%d", i);
        payment_make(&payment, card, NULL, 100);
        payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
        payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
    }
    g_assert_cmpint(g_stat(wal, &info), ==, 0);
    for (int i = 0; i <= 40; i++) {
        struct store *crashed = crash_open(fixture, (gssize)(info.st_size * i / 40));
        g_assert_cmpint(head_of(crashed), >=, data == ALONE ? seen : 16); /* the more arrived, the more is there */
        seen = head_of(crashed);
        assert_sound(crashed);
        fact_put(crashed, i, NULL);
        assert_sound(crashed);
        store_close(crashed);
    }
    g_assert_cmpint(seen, ==, 16);
}

/* ---- kill -9 ------------------------------------------------------------------------------------------------------ */

/* Appends without end and tells each id that it was told to be durable. */
static G_NORETURN void kill_child(struct fixture *fixture, int pipe_fd)
{
    struct store *store = store_open(fixture->path, &fixture->identity, NULL);

    if (store == NULL || store_payments_settle_boot(store, NULL) < 0)
        _exit(1);
    for (unsigned n = 0;; n++) {
        struct payment payment;
        g_autofree char *card = g_strdup_printf("99010000%02u", n % 50);
        char id[37];
        struct payment *open = store_payment_open(store, card, NULL);
        if (open != NULL)
            payment = *open;
        else
            payment_make(&payment, card, NULL, 100);
        payment_free(open);
        payment.state = open == NULL ? PAYMENT_COMMITTING : n % 3 == 0 ? PAYMENT_VOID : PAYMENT_CONFIRMED;
        json_t *json = payment_to_json(&payment);
        if (!store_append(store,
                          open == NULL ? "payment.committing"
                          : n % 3 == 0 ? "payment.void"
                                       : "payment.confirmed",
                          json, id, NULL) ||
            write(pipe_fd, id, 36) != 36)
            _exit(2);
        json_decref(json);
    }
}

/* Reads the ids of the acknowledged rows up to the kill. */
static void kill_round(struct fixture *fixture, GPtrArray *told)
{
    int ends[2], status = 0;
    char id[36];

    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        close(ends[0]);
        kill_child(fixture, ends[1]);
    }
    close(ends[1]);
    if (g_test_rand_bit()) { /* half of the time it has begun to append */
        g_assert_cmpint(read(ends[0], id, 36), ==, 36);
        g_ptr_array_add(told, g_strndup(id, 36));
    }
    g_usleep((gulong)g_test_rand_int_range(0, 15000));
    g_assert_cmpint(kill(child, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    while (read(ends[0], id, 36) == 36)
        g_ptr_array_add(told, g_strndup(id, 36));
    close(ends[0]);
}

static void test_kill(struct fixture *fixture, const void *data)
{
    g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);

    fixture_close(fixture);
    for (int round = 1; round <= 100; round++) {
        kill_round(fixture, told);
        fixture_open(fixture); /* checks the chain */
        /* At most one row a round was on the disk before anybody was told; the boot's own doubts come besides. */
        g_assert_cmpint(head_of(fixture->store), >=, told->len);
        if (round % 20 == 0) {
            g_autoptr(GHashTable) there = ids_of(fixture->store);
            for (guint i = 0; i < told->len; i++)
                g_assert_true(g_hash_table_contains(there, told->pdata[i]));
            assert_sound(fixture->store);
        }
        fixture_close(fixture);
    }
    g_assert_cmpuint(told->len, >, 100);
    g_test_message("%u appends were acknowledged over 100 kills", told->len);
}

/* ---- Threads ------------------------------------------------------------------------------------------------------ */

struct writer {
    struct store *store;
    int number, wrote;
};

static void *write_many(void *data)
{
    struct writer *writer = data;
    struct payment payment;
    GError *error = NULL;

    for (int i = 0; i < 60; i++) {
        g_autofree char *card = g_strdup_printf("99010%d", writer->number);
        payment_make(&payment, card, NULL, 100);
        bool done =
            payment_write(writer->store, &payment, PAYMENT_COMMITTING, &error) &&
            payment_write(writer->store, &payment, i % 2 == 0 ? PAYMENT_CONFIRMED : PAYMENT_VOID, &error);
        g_assert_no_error(error);
        writer->wrote += done ? 2 : 0;
    }
    return NULL;
}

static void test_threads(struct fixture *fixture, const void *data)
{
    struct writer writers[4];
    GThread *threads[4];
    g_autoptr(GError) error = NULL;
    int sent = 0;

    for (int i = 0; i < 4; i++) {
        writers[i] = (struct writer){.store = fixture->store, .number = i};
        threads[i] = g_thread_new("writer", write_many, &writers[i]);
    }
    while (sent < 480) { /* this thread is sync: it sends, and looks at everything meanwhile */
        g_autoptr(GPtrArray) rows = store_outbox(fixture->store, 50, SIZE_MAX, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < rows->len; i++) {
            struct store_verdict_row verdict = {.seq = ((struct store_row *)rows->pdata[i])->seq};
            g_assert_cmpint(verdict.seq, ==, ++sent); /* in order, each once */
            g_assert_true(store_outbox_verdicts(fixture->store, &verdict, 1, &error));
        }
        bool chain = store_verify_chain(fixture->store, 0, &error);
        g_assert_no_error(error);
        g_assert_true(chain);
    }
    for (int i = 0; i < 4; i++) {
        g_thread_join(threads[i]);
        g_assert_cmpint(writers[i].wrote, ==, 120);
    }
    g_assert_cmpint(head_of(fixture->store), ==, 480);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 0);
    assert_sound(fixture->store);
}

/* With the sidecar, and without. */
static void add(const char *name, void (*test)(struct fixture *, const void *))
{
    g_autofree char *with = g_strconcat("/store/faults/", name, NULL), *alone = g_strconcat(with, "/alone", NULL);

    g_test_add(with, struct fixture, NULL, up, test, fixture_down);
    g_test_add(alone, struct fixture, ALONE, up, test, fixture_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    faults_install();
    add("one-sync", test_one_sync);
    add("header-sync", test_header_sync);
    FIXTURE_ADD("/store/faults/hazard-is-real", test_hazard_is_real);
    add("disk-gone", test_disk_gone);
    g_test_add_data_func("/store/faults/each-sync", NULL, test_each_sync);
    g_test_add_data_func("/store/faults/each-sync/alone", ALONE, test_each_sync);
    g_test_add_data_func("/store/faults/each-write", NULL, test_each_write);
    g_test_add_data_func("/store/faults/each-write/alone", ALONE, test_each_write);
    g_test_add("/store/faults/sync-fails", struct fixture, ALONE, up, test_sync_fails, fixture_down);
    FIXTURE_ADD("/store/faults/sidecar-fails", test_sidecar_fails);
    FIXTURE_ADD("/store/faults/taken-back", test_taken_back);
    FIXTURE_ADD("/store/faults/checkpoint-fails", test_checkpoint_fails);
    add("flush-loses", test_flush_loses);
    add("flush-loses-acknowledged", test_flush_loses_acknowledged);
    add("flush-again", test_flush_again);
    FIXTURE_ADD("/store/faults/fails-behind-flush", test_fails_behind_flush);
    add("full", test_full);
    add("ballast", test_ballast);
    FIXTURE_ADD("/store/faults/full-kernel", test_full_kernel);
    add("cut-wal", test_cut_wal);
    FIXTURE_ADD("/store/faults/kill", test_kill);
    FIXTURE_ADD("/store/faults/threads", test_threads);
    return g_test_run();
}
