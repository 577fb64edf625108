/* SPDX-License-Identifier: Apache-2.0 */
/* Backups, looking at a journal that runs, and rows that leave it while its chain stays provable. */
#include "fixture.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>

static int64_t head_of(struct store *store)
{
    uint8_t hash[32];
    return store_head(store, hash);
}

static char *beside(struct fixture *fixture, const char *name)
{
    return g_build_filename(fixture->dir, name, NULL);
}

static void acknowledge(struct fixture *fixture, int64_t refuse)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(fixture->store, 10000, SIZE_MAX, &error);

    for (guint i = 0; i < rows->len; i++) {
        struct store_verdict_row verdict = {.seq = ((struct store_row *)rows->pdata[i])->seq};
        verdict.verdict = verdict.seq == refuse ? STORE_REJECTED : STORE_ACCEPTED;
        g_assert_true(store_outbox_verdicts(fixture->store, &verdict, 1, &error));
    }
}

static void pay(struct fixture *fixture, int card, int bill, enum payment_state end, struct payment *out)
{
    g_autofree char *number = g_strdup_printf("99010000000%05d", card), *id = g_strdup_printf("bill-%d", bill);

    payment_make(out, number, id, 100 + card);
    payment_put(fixture->store, out, PAYMENT_COMMITTING);
    g_autofree char *receipt = end == PAYMENT_CONFIRMED ? store_receipt_no(fixture->store, NULL) : g_strdup("");
    g_strlcpy(out->receipt_no, receipt, sizeof out->receipt_no);
    payment_put(fixture->store, out, end);
}

static void print(struct fixture *fixture, const struct payment *payment)
{
    g_autoptr(GError) error = NULL;
    json_t *data = json_pack("{s:s, s:s}", "payment_id", payment->id, "receipt_no", payment->receipt_no);

    store_append(fixture->store, "receipt.printed", data, NULL, &error);
    g_assert_no_error(error);
    json_decref(data);
}

/* ---- Backups ------------------------------------------------------------------------------------------------------------ */

static void *write_on(void *data)
{
    for (int i = 0; i < 200; i++)
        fact_put(data, i, NULL);
    return NULL;
}

static void test_backup(struct fixture *fixture, const void *data)
{
    g_autofree char *path = beside(fixture, "copy.db"), *reason = NULL;
    g_autoptr(GError) error = NULL;
    struct payment payment;

    for (int i = 0; i < 100; i++)
        pay(fixture, i, i, PAYMENT_CONFIRMED, &payment);
    pay(fixture, 100, 100, PAYMENT_IN_DOUBT, &payment);
    GThread *writer = g_thread_new("writer", write_on, fixture->store); /* the kiosk goes on meanwhile */
    bool done = store_backup(fixture->store, path, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    g_thread_join(writer);
    GStatBuf info;
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    /* Opened as a journal it waits: its numbers may have been taken since. */
    struct store *copy = store_open(path, &fixture->identity, &error);
    g_assert_no_error(error);
    g_assert_cmpint(store_state(copy, &reason), ==, STORE_WAITS);
    g_assert_cmpstr(reason, ==, "restored");
    g_assert_cmpint(head_of(copy), >=, 202);
    g_assert_cmpint(store_payments_in_doubt(copy), ==, 1);
    assert_sound(copy);
    store_close(copy);
    g_assert_cmpint(store_state(fixture->store, NULL), ==, STORE_WHOLE);
    assert_sound(fixture->store);
}

static void test_backup_fails(struct fixture *fixture, const void *data)
{
    g_autofree char *path = beside(fixture, "no/such/folder/copy.db");
    g_autoptr(GError) error = NULL;

    fact_put(fixture->store, 1, NULL);
    g_assert_false(store_backup(fixture->store, path, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_OPEN);
    fact_put(fixture->store, 2, NULL);
}

static void test_nightly(struct fixture *fixture, const void *data)
{
    g_autofree char *folder = beside(fixture, "backup"), *newest = NULL, *first = NULL;
    g_autoptr(GError) error = NULL;

    fact_put(fixture->store, 1, NULL);
    for (uint32_t day = 20261120; day <= 20261123; day++) {
        bool done = store_backup_nightly(fixture->store, folder, day, &error);
        g_assert_no_error(error);
        g_assert_true(done);
    }
    newest = store_backup_newest(folder);
    g_assert_true(g_str_has_suffix(newest, "kiosk-20261123.db"));
    first = g_build_filename(folder, "kiosk-20261120.db", NULL);
    g_assert_false(g_file_test(first, G_FILE_TEST_EXISTS));
    GDir *dir = g_dir_open(folder, 0, NULL);
    int count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    g_dir_close(dir);
    g_assert_cmpint(count, ==, STORE_BACKUPS_KEPT);
}

/* ---- Looking ------------------------------------------------------------------------------------------------------------- */

static void test_look(struct fixture *fixture, const void *data)
{
    GError *error = NULL;
    struct payment payment;

    pay(fixture, 1, 1, PAYMENT_CONFIRMED, &payment);
    struct store *look = store_look(fixture->path, &fixture->identity, &error);
    g_assert_no_error(error);
    fact_put(fixture->store, 1, NULL); /* the kiosk is not held up, and what came later is not seen */
    g_assert_cmpint(head_of(look), ==, 2);
    g_assert_true(store_integrity(look, &error) && store_verify_chain(look, 0, &error) && store_rebuild(look, &error));
    json_t *fact = json_object();
    g_assert_false(store_append(look, "test.fact", fact, NULL, &error));
    json_decref(fact);
    g_clear_error(&error);
    store_close(look);
    fixture_close(fixture);
    raw_sql(fixture->path, "UPDATE payment SET amount_fen=1");
    look = store_look(fixture->path, &fixture->identity, &error);
    g_assert_no_error(error);
    g_assert_false(store_rebuild(look, &error)); /* told, and left as it is */
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
    g_clear_error(&error);
    store_close(look);
    g_assert_cmpint(raw_int(fixture->path, "SELECT amount_fen FROM payment"), ==, 1);
}

/* ---- Compaction ------------------------------------------------------------------------------------------------------------ */

static int compact(struct fixture *fixture, int rows_kept)
{
    g_autofree char *folder = beside(fixture, "archive");
    struct store_retention retention = {
        .before_ms = now_ms() + 1000, .rows_kept = rows_kept, .run_min = 3, .rows_max = 1000};
    g_autoptr(GError) error = NULL;
    int gone = 0;

    bool done = store_compact(fixture->store, &retention, folder, &gone, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    return gone;
}

static int archives(struct fixture *fixture)
{
    g_autofree char *folder = beside(fixture, "archive");
    g_autoptr(GError) error = NULL;
    int checked = 0;

    bool good = store_archive_check(fixture->store, folder, &checked, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return checked;
}

static void test_compact(struct fixture *fixture, const void *data)
{
    struct payment payment, doubt, printed, waiting;
    GError *error = NULL;
    char last_receipt[24];

    for (int i = 0; i < 30; i++)
        pay(fixture, i % 10, i, i % 7 == 3 ? PAYMENT_VOID : PAYMENT_CONFIRMED, &payment);
    pay(fixture, 50, 50, PAYMENT_CONFIRMED, &printed);
    pay(fixture, 60, 60, PAYMENT_IN_DOUBT, &doubt);
    print(fixture, &printed);
    for (int i = 100; i < 130; i++)
        pay(fixture, i, i, PAYMENT_CONFIRMED, &payment);
    g_strlcpy(last_receipt, payment.receipt_no, sizeof last_receipt);
    acknowledge(fixture, 77);
    pay(fixture, 70, 70, PAYMENT_CONFIRMED, &waiting); /* not acknowledged */
    int64_t head = head_of(fixture->store);
    int gone = compact(fixture, 2);
    g_assert_cmpint(gone, >, 100);
    g_assert_cmpint(gone, <, head - 4);
    g_assert_cmpint(archives(fixture), >=, 2);
    assert_sound(fixture->store);
    g_assert_cmpint(store_payments_in_doubt(fixture->store), ==, 1);
    g_assert_cmpint(store_refused_count(fixture->store), ==, 1);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 2);
    fixture_close(fixture);
    /* What is built again from what is left is the same. */
    raw_sql(fixture->path, "UPDATE meta SET value=0 WHERE key='projection_version'");
    fixture_open(fixture);
    assert_sound(fixture->store);
    g_assert_cmpint(head_of(fixture->store), ==, head);
    g_assert_true(store_receipt_printed(fixture->store, printed.id));
    g_autofree char *receipt = store_receipt_no(fixture->store, &error);
    g_assert_cmpstr(receipt, >, last_receipt);
    struct payment again;
    payment_make(&again, "9901000000000010", "bill-5", 100); /* a bill that an archived payment covers */
    g_assert_false(payment_write(fixture->store, &again, PAYMENT_COMMITTING, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    /* The doubt is settled, and goes with the next run; the row that was refused never does. */
    payment_put(fixture->store, &doubt, PAYMENT_VOID);
    for (int i = 200; i < 210; i++)
        pay(fixture, i, i, PAYMENT_CONFIRMED, &payment);
    acknowledge(fixture, -1);
    g_assert_cmpint(compact(fixture, 2), >, 15);
    g_assert_cmpint(store_refused_count(fixture->store), ==, 1);
    assert_sound(fixture->store);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM journal WHERE seq=77"), ==, 1);
    g_assert_cmpint(compact(fixture, 2), ==, 0); /* nothing more to take */
    archives(fixture);
}

static void test_young_stay(struct fixture *fixture, const void *data)
{
    g_autofree char *folder = beside(fixture, "archive");
    struct store_retention retention = {.before_ms = now_ms() - 1000, .rows_kept = 1, .run_min = 1, .rows_max = 100};
    g_autoptr(GError) error = NULL;
    struct payment payment;
    int gone = -1;

    for (int i = 0; i < 10; i++)
        pay(fixture, i, i, PAYMENT_CONFIRMED, &payment);
    acknowledge(fixture, -1);
    g_assert_true(store_compact(fixture->store, &retention, folder, &gone, &error));
    g_assert_cmpint(gone, ==, 0);
}

/* Pieces of any length, one after the other: no payment is ever torn apart. */
static void test_pieces(struct fixture *fixture, const void *data)
{
    g_autofree char *folder = beside(fixture, "archive");
    struct store_retention retention = {.before_ms = now_ms() + 60000, .rows_kept = 1, .run_min = 1};
    struct payment open[3], payment;
    g_autoptr(GError) error = NULL;
    int gone = 0;

    for (int i = 0; i < 40; i++) {
        for (int k = 0; k < 3; k++) {
            g_autofree char *card = g_strdup_printf("99010000000%05d", k * 100 + i % 4);
            payment_make(&open[k], card, NULL, 10);
            payment_put(fixture->store, &open[k], PAYMENT_COMMITTING);
        }
        for (int k = 0; k < 3; k++)
            payment_put(fixture->store, &open[(k + i) % 3], i == 11 && k == 1 ? PAYMENT_IN_DOUBT : PAYMENT_CONFIRMED);
        if (i == 11) /* the card of a doubt takes no more: settle it later */
            payment_put(fixture->store, &open[(1 + i) % 3], PAYMENT_VOID);
    }
    acknowledge(fixture, 40);
    for (retention.rows_max = 7; retention.rows_max < 30; retention.rows_max += 4) {
        int more = 0;
        g_assert_true(store_compact(fixture->store, &retention, folder, &more, &error));
        gone += more;
        assert_sound(fixture->store);
        fixture_close(fixture);
        raw_sql(fixture->path, "UPDATE meta SET value=0 WHERE key='projection_version'");
        fixture_open(fixture);
    }
    g_assert_cmpint(gone, >, 50);
    pay(fixture, 999, 999, PAYMENT_CONFIRMED, &payment);
    assert_sound(fixture->store);
}

static void test_tampered(struct fixture *fixture, const void *data)
{
    g_autofree char *folder = beside(fixture, "archive");
    GError *error = NULL;
    struct payment payment;
    int checked = 0;

    for (int i = 0; i < 20; i++)
        pay(fixture, i, i, PAYMENT_CONFIRMED, &payment);
    acknowledge(fixture, -1);
    g_assert_cmpint(compact(fixture, 4), ==, 36);
    g_assert_cmpint(archives(fixture), ==, 1);
    GDir *dir = g_dir_open(folder, 0, NULL);
    g_autofree char *path = g_build_filename(folder, g_dir_read_name(dir), NULL);
    g_dir_close(dir);
    g_autofree char *bytes = NULL;
    gsize len = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    bytes[len / 2] ^= 4;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
    g_assert_false(store_archive_check(fixture->store, folder, &checked, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
    g_clear_error(&error);
    fixture_close(fixture);
    raw_sql(fixture->path, "DROP TRIGGER segment_no_update; UPDATE segment SET last_hash=first_prev");
    struct store *store = store_open(fixture->path, &fixture->identity, &error);
    g_assert_null(store);
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
    g_clear_error(&error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/keep/backup", test_backup);
    FIXTURE_ADD("/store/keep/backup-fails", test_backup_fails);
    FIXTURE_ADD("/store/keep/nightly", test_nightly);
    FIXTURE_ADD("/store/keep/look", test_look);
    FIXTURE_ADD("/store/keep/compact", test_compact);
    FIXTURE_ADD("/store/keep/young-stay", test_young_stay);
    FIXTURE_ADD("/store/keep/pieces", test_pieces);
    FIXTURE_ADD("/store/keep/tampered", test_tampered);
    return g_test_run();
}
