/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of every kind leave the journal: questions are answered as before, nothing can be done a second time, a rebuild is equal. */
#include "compactkit.h"
#include "model/help.h"
#include "model/model.h"
#include "model/rating.h"
#include "store/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* Everything old leaves but a last fact: then as if it were still there. */
static void all_leave(struct fixture *fixture)
{
    fact_put(fixture->store, 1, NULL);
    fact_put(fixture->store, 2, NULL);
    acknowledge(fixture->store, 0);
    g_assert_cmpint(compact(fixture, 1, 1, 1000), >, 0);
    assert_sound(fixture->store);
    g_assert_cmpint(left(fixture, "1"), ==, 1);
    reopen(fixture);
}

/* ---- Kind by kind ----------------------------------------------------------------------------------------------------- */

static void test_payments(struct fixture *f, const void *data)
{
    struct payment paid, other, load, printed;
    struct store_usage before, after;
    int64_t day = ms_of_date(date_of_ms(now_ms()));
    GError *error = NULL;

    pay(f->store, CARD, "b1", &paid);
    pay(f->store, OTHER, "b2", &printed);
    g_assert_true(try_print(f->store, &printed));
    payment_make(&other, CARD, "b3", 300);
    g_assert_true(try_payment(f->store, &other, PAYMENT_COMMITTING) && try_payment(f->store, &other, PAYMENT_IN_DOUBT) &&
                  try_payment(f->store, &other, PAYMENT_VOID));
    load_make(&load, CARD, 5000, "");
    g_assert_true(try_payment(f->store, &load, PAYMENT_COMMITTING) && try_payment(f->store, &load, PAYMENT_CONFIRMED));
    load_make(&load, CARD, 500, "");
    g_assert_true(try_payment(f->store, &load, PAYMENT_VOID));
    acknowledge(f->store, 0);
    g_assert_true(store_usage(f->store, CARD, day, &before, &error));
    g_autofree char *receipt = store_receipt_no(f->store, &error);
    all_leave(f);
    g_assert_true(store_usage(f->store, CARD, day, &after, &error));
    g_assert_cmpint(after.card_day_fen, ==, before.card_day_fen);
    g_autofree char *receipt_after = store_receipt_no(f->store, &error);
    g_assert_cmpstr(receipt, ==, receipt_after);
    g_assert_true(store_receipt_printed(f->store, printed.id));
    g_assert_false(store_receipt_printed(f->store, paid.id));
    g_assert_false(try_payment(f->store, &paid, PAYMENT_VOID)); /* it is over */
    g_assert_false(try_payment(f->store, &paid, PAYMENT_COMMITTING));
    payment_make(&other, OTHER, "b1", 500); /* paid */
    g_assert_false(try_payment(f->store, &other, PAYMENT_COMMITTING));
    payment_make(&other, CARD, "b3", 500); /* not paid */
    g_assert_true(try_payment(f->store, &other, PAYMENT_COMMITTING));
    assert_sound(f->store);
}

static void test_given_back(struct fixture *f, const void *data)
{
    struct payment paid, load, again;

    pay(f->store, CARD, "b1", &paid);
    all_leave(f);
    load_make(&load, CARD, 500, paid.id);
    g_assert_true(try_payment(f->store, &load, PAYMENT_COMMITTING));
    acknowledge(f->store, 0);
    fact_put(f->store, 1, NULL);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 1); /* the fact of before: the load is under way */
    g_assert_true(try_payment(f->store, &load, PAYMENT_CONFIRMED));
    all_leave(f);
    g_assert_true(store_payment_reversed(f->store, paid.id));
    load_make(&again, CARD, 500, paid.id);
    g_assert_false(try_payment(f->store, &again, PAYMENT_COMMITTING)); /* once */
    pay(f->store, OTHER, "b1", &again);                        /* its bill is free again, */
    all_leave(f);
    payment_make(&again, CARD, "b1", 500);
    g_assert_false(try_payment(f->store, &again, PAYMENT_COMMITTING)); /* and paid */
}

/* A card keeps what it did while a doubt of it is open. */
static void test_doubts(struct fixture *f, const void *data)
{
    struct payment paid, doubt, elsewhere;

    pay(f->store, CARD, "b1", &paid);
    payment_make(&doubt, CARD, "b2", 300);
    g_assert_true(try_payment(f->store, &doubt, PAYMENT_COMMITTING) && try_payment(f->store, &doubt, PAYMENT_IN_DOUBT));
    payment_make(&elsewhere, OTHER, NULL, 700);
    g_assert_true(try_settled(f->store, &elsewhere));
    acknowledge(f->store, 0);
    fact_put(f->store, 1, NULL);
    fact_put(f->store, 2, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 2); /* doubt.settled and a fact */
    g_assert_cmpint(left(f, "type GLOB 'payment.*'"), ==, 4);
    reopen(f);
    g_assert_false(try_settled(f->store, &elsewhere)); /* once */
    g_assert_cmpint(store_payments_in_doubt(f->store), ==, 1);
    g_assert_true(try_payment(f->store, &doubt, PAYMENT_VOID));
    all_leave(f);
    g_assert_cmpint(store_payments_in_doubt(f->store), ==, 0);
    g_assert_false(try_payment(f->store, &doubt, PAYMENT_CONFIRMED));
}

static int64_t quota_left(struct store *store)
{
    int64_t amount = 0, version = 0;
    enum ledger_code code = LEDGER_OK;
    g_autoptr(GError) error = NULL;

    while (code == LEDGER_OK && amount < 1000)
        g_assert_true(store_quota_ask(store, ALICE, BOOK_POINTS, "SALT", ++amount, now_ms(), &code, &version, &error));
    return amount - 1;
}

/* Once, also when the row that says so has left. */
static void test_rating(struct fixture *f, const void *data)
{
    struct rating rating = {.service = "01985d5e-5c00-7000-8000-000000000001", .kind = "payment", .rater = ALICE, .grade = 4};

    g_assert_true(try_event(f->store, RATING_GIVEN, rating_to_json(&rating)));
    g_assert_false(try_event(f->store, RATING_GIVEN, rating_to_json(&rating)));
    all_leave(f);
    g_assert_false(try_event(f->store, RATING_GIVEN, rating_to_json(&rating)));
}

static void test_transactions(struct fixture *f, const void *data)
{
    struct quota_set set = {.version = 3, .kiosk = "K0001", .issued_ms = 1, .expires_ms = now_ms() + 3600000, .count = 2,
                            .quotas = {{BOOK_POINTS, QUOTA_KIOSK, "", 100, 0}, {BOOK_POINTS, QUOTA_PERSON, "", 100, 0}}};
    struct ledger_txn first, second, third, read;
    g_autoptr(GError) error = NULL;
    bool found;

    g_assert_true(store_quota_set(f->store, &set, &error));
    spend_make(&first, ALICE, "SALT", 20, 3);
    spend_make(&second, ALICE, "SALT", 30, 3);
    spend_make(&third, ALICE, "SALT", 40, 3);
    g_assert_true(try_txn(f->store, &first) && try_txn(f->store, &second) && try_undo(f->store, &first) &&
                  try_txn(f->store, &third));
    g_assert_cmpint(quota_left(f->store), ==, 10); /* the platform has not taken the undoing yet */
    all_leave(f);
    g_assert_cmpint(quota_left(f->store), ==, 30);
    g_assert_cmpint(state_of(f->store, first.id), ==, LEDGER_REVERSED);
    g_assert_cmpint(state_of(f->store, second.id), ==, LEDGER_POSTED);
    g_assert_true(store_ledger_txn(f->store, second.id, &read, &found, &error) && found);
    g_assert_cmpmem(&read, sizeof read, &second, sizeof second);
    g_assert_false(try_txn(f->store, &second));  /* the same twice */
    g_assert_false(try_undo(f->store, &first));  /* undone twice */
    g_assert_true(try_undo(f->store, &second));  /* what left can still be undone, */
    g_assert_false(try_undo(f->store, &second)); /* once */
    g_assert_cmpint(quota_left(f->store), ==, 30);
    assert_sound(f->store);
    all_leave(f);
    g_assert_cmpint(quota_left(f->store), ==, 60);
    g_assert_false(try_undo(f->store, &second));
}

static void test_holds(struct fixture *f, const void *data)
{
    struct ledger_hold captured, released, open, read;
    struct ledger_txn txn, again;
    g_autoptr(GError) error = NULL;
    bool found;

    hold_make(&captured, 50, 60000);
    hold_make(&released, 10, 60000);
    hold_make(&open, 15, 60000);
    g_assert_true(try_hold(f->store, &captured) && try_hold(f->store, &released) && try_hold(f->store, &open));
    g_assert_true(try_capture(f->store, &captured, &txn));
    released.state = HOLD_RELEASED;
    g_assert_true(try_hold(f->store, &released));
    fact_put(f->store, 1, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 4);
    g_assert_cmpint(left(f, "type='ledger.hold'"), ==, 1); /* the open one */
    reopen(f);
    g_assert_false(try_capture(f->store, &captured, &again));
    g_assert_false(try_capture(f->store, &released, &again));
    g_assert_false(try_hold(f->store, &released));
    g_assert_true(store_ledger_hold(f->store, captured.id, &read, &found, &error) && found);
    g_assert_cmpint(read.state, ==, HOLD_CAPTURED);
    g_assert_true(try_undo(f->store, &txn));
    g_assert_true(try_capture(f->store, &open, &again));
    all_leave(f);
    g_assert_true(store_ledger_hold(f->store, open.id, &read, &found, &error) && found);
    g_assert_cmpint(read.state, ==, HOLD_CAPTURED);
    g_assert_false(try_undo(f->store, &txn));
}

/* An open call for help stays: its end has to be told, whenever that can be. */
static void test_help(struct fixture *f, const void *data)
{
    struct help_end end = {.how = HELP_TOUCH};
    g_autoptr(GError) error = NULL;
    json_t *json = help_call_to_json(HELP_RED);

    g_assert_true(store_append(f->store, HELP_CALLED, json, end.call, &error));
    json_decref(json);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 0);
    reopen(f);
    g_autoptr(GArray) calls = store_help_open(f->store, &error);
    g_assert_cmpuint(calls->len, ==, 1);
    g_assert_cmpstr(g_array_index(calls, struct store_help, 0).id, ==, end.call);
    g_assert_true(g_array_index(calls, struct store_help, 0).red);
    json = help_end_to_json(&end);
    g_assert_true(store_append(f->store, HELP_ENDED, json, NULL, &error));
    json_decref(json);
    g_autoptr(GArray) none = store_help_open(f->store, &error);
    g_assert_cmpuint(none->len, ==, 0);
    all_leave(f);
}

static void test_attendance(struct fixture *f, const void *data)
{
    int64_t start = ms_of_date(20260901), minutes = 0;
    struct attendance_event done, open, other;
    struct attendance_close end;
    g_autoptr(GError) error = NULL;
    struct store_attendance read;
    bool found;

    tap_make(&done, ALICE, start, start);
    g_assert_true(try_tap(f->store, &done));
    done.out = true;
    done.at_ms += 60 * MINUTE;
    g_assert_true(try_tap(f->store, &done));
    tap_make(&open, ALICE, start + 60 * MINUTE, start + 61 * MINUTE); /* nobody taps a second time */
    g_assert_true(try_tap(f->store, &open));
    close_make(&end, done.id, STAFF, 60, "");
    g_assert_true(try_close(f->store, &end));
    all_leave(f);
    g_assert_true(store_attendance_done(f->store, ALICE, start, &minutes, &error));
    g_assert_cmpint(minutes, ==, 60);
    g_assert_false(try_close(f->store, &end)); /* once */
    g_assert_false(try_tap(f->store, &done));
    tap_make(&other, ALICE, start, start + 30 * MINUTE);
    g_assert_false(try_tap(f->store, &other)); /* in the same time */
    close_make(&end, open.id, STAFF, 90, "FORGOT");
    g_assert_true(try_close(f->store, &end)); /* after its rows left */
    g_assert_true(store_attendance(f->store, open.id, &read, &found, &error) && found);
    g_assert_cmpint(read.times.state, ==, ATTENDANCE_CONFIRMED);
    assert_sound(f->store);
    all_leave(f);
    g_assert_true(store_attendance_done(f->store, ALICE, start, &minutes, &error));
    g_assert_cmpint(minutes, ==, 150);
    g_assert_false(try_close(f->store, &end));
}

/* One whose slot is not long over waits for its end. */
static void test_attendance_young(struct fixture *f, const void *data)
{
    struct attendance_event tap;

    tap_make(&tap, BOB, now_ms() - MINUTE, now_ms());
    g_assert_true(try_tap(f->store, &tap));
    fact_put(f->store, 1, NULL);
    fact_put(f->store, 2, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 1);
    g_assert_cmpint(left(f, "type='attendance.tap'"), ==, 1);
    assert_sound(f->store);
}

static void test_refused(struct fixture *f, const void *data)
{
    struct store_verdict_row verdict = {.verdict = STORE_REJECTED, .code = "BALANCE"};
    g_autoptr(GError) error = NULL;
    struct ledger_txn txn;
    uint8_t hash[32];

    spend_make(&txn, ALICE, "SALT", 20, 0);
    g_assert_true(try_txn(f->store, &txn));
    verdict.seq = store_head(f->store, hash);
    g_assert_true(store_outbox_verdicts(f->store, &verdict, 1, &error));
    fact_put(f->store, 1, NULL);
    fact_put(f->store, 2, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 1);
    g_assert_cmpint(left(f, "type='ledger.txn'"), ==, 1); /* staff has not seen it */
    g_assert_true(store_refused_resolve(f->store, verdict.seq, "Wang Fang", "told her", &error));
    all_leave(f);
    g_assert_cmpint(store_refused_count(f->store), ==, 0);
    g_autoptr(GPtrArray) rows = store_refused(f->store, true, &error);
    g_assert_cmpuint(rows->len, ==, 1);
    const struct store_refused *row = rows->pdata[0];
    g_assert_cmpstr(row->type, ==, "ledger.txn");
    g_assert_cmpstr(row->by, ==, "Wang Fang");
    g_assert_cmpint(row->epoch, ==, store_epoch(f->store));
    g_assert_cmpint(row->at_ms, >, 0);
    g_assert_true(row->resolved);
    g_assert_false(store_refused_resolve(f->store, verdict.seq, "Wang Fang", "again", &error)); /* once */
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_assert_cmpint(state_of(f->store, txn.id), ==, LEDGER_REJECTED);
}

/* Facts without a table leave; the newest anchor is asked for. */
static void test_facts(struct fixture *f, const void *data)
{
    for (int i = 0; i < 3; i++)
        g_assert_true(try_event(f->store, "journal.anchored", json_pack("{s:i}", "n", i)));
    g_assert_true(try_event(f->store, "clock.changed", json_object()));
    fact_put(f->store, 1, NULL);
    int64_t anchored = store_anchored_ms(f->store);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 3);
    g_assert_cmpint(left(f, "type='journal.anchored'"), ==, 1);
    g_assert_cmpint(store_anchored_ms(f->store), ==, anchored);
    assert_sound(f->store);
}

/* A payment is told as it was, out of the archive; of one that was tampered with nothing is told. */
static void test_archived_payment(struct fixture *f, const void *data)
{
    g_autofree char *folder = g_build_filename(f->dir, "archive", NULL), *bytes = NULL;
    struct payment paid[5];
    GError *error = NULL;
    gsize len = 0;

    for (int i = 0; i < 5; i++)
        pay(f->store, CARDS[i % 3], NULL, &paid[i]);
    all_leave(f);
    for (int i = 0; i < 5; i++) {
        struct payment *found = store_payment(f->store, paid[i].id, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(found->receipt_no, ==, paid[i].receipt_no);
        g_assert_cmpstr(found->purchase.card_number, ==, paid[i].purchase.card_number);
        g_assert_cmpint(found->state, ==, PAYMENT_CONFIRMED);
        payment_free(found);
    }
    g_assert_null(store_payment(f->store, ALICE, &error));
    g_assert_no_error(error);
    GDir *dir = g_dir_open(folder, 0, NULL);
    g_autofree char *path = g_build_filename(folder, g_dir_read_name(dir), NULL);
    g_dir_close(dir);
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    bytes[len / 2] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
    g_assert_null(store_payment(f->store, paid[3].id, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
    g_clear_error(&error);
}

/* ---- Beside a kiosk that runs, and stopped anywhere ----------------------------------------------------------------------- */

struct busy {
    struct store *store;
    int steps, fails_at; /* 0: never */
};

/* Asked before each step on the archive's file: were the lock held, this append would wait for ever. */
static int append_meanwhile(void *ctx, enum file_step step, const char *path)
{
    struct busy *busy = ctx;

    if (strstr(path, "archive") == NULL)
        return 0;
    busy->steps++;
    fact_put(busy->store, busy->steps, NULL);
    return busy->steps == busy->fails_at ? EIO : 0;
}

static void test_meanwhile(struct fixture *f, const void *data)
{
    struct busy busy = {.store = f->store};
    struct payment payment;
    uint8_t hash[32];

    for (int i = 0; i < 400; i++)
        pay(f->store, CARDS[i % 3], NULL, &payment);
    acknowledge(f->store, 0);
    int64_t head = store_head(f->store, hash);
    file_faults(append_meanwhile, &busy);
    int gone = compact(f, 1, 1, 1000);
    file_faults(NULL, NULL);
    g_assert_cmpint(gone, >=, 798);
    g_assert_cmpint(busy.steps, >=, 4);
    g_assert_cmpint(store_head(f->store, hash), ==, head + busy.steps);
    reopen(f);
}

/* What was decided before the lock was let go does not hold any more: rows stay, and no file is left of it. */
static int again_meanwhile(void *ctx, enum file_step step, const char *path)
{
    struct fixture *f = ctx;

    if (step == FILE_RENAME && strstr(path, "archive") != NULL)
        g_assert_true(store_outbox_again(f->store, 5, NULL));
    return 0;
}

static int files(struct fixture *f)
{
    g_autofree char *folder = g_build_filename(f->dir, "archive", NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    int count = 0;

    while (dir != NULL && g_dir_read_name(dir) != NULL)
        count++;
    g_clear_pointer(&dir, g_dir_close);
    return count;
}

static void test_changed_meanwhile(struct fixture *f, const void *data)
{
    for (int i = 0; i < 20; i++)
        fact_put(f->store, i, NULL);
    acknowledge(f->store, 0);
    file_faults(again_meanwhile, f);
    int gone = compact(f, 1, 1, 1000);
    file_faults(NULL, NULL);
    g_assert_cmpint(gone, ==, 0);
    g_assert_cmpint(files(f), ==, 0);
    g_assert_cmpint(left(f, "1"), ==, 20);
    assert_sound(f->store);
}

/* Each step on the disk fails in turn: one state or the other, and the next run tidies up. */
static void test_stopped(struct fixture *f, const void *data)
{
    g_autofree char *folder = g_build_filename(f->dir, "archive", NULL);
    struct store_retention retention = {.before_ms = now_ms() + 60000, .rows_kept = 1, .run_min = 1, .rows_max = 1000};
    struct busy busy = {.store = f->store};
    int gone = 0;

    for (int i = 0; i < 30; i++)
        fact_put(f->store, i, NULL);
    file_faults(append_meanwhile, &busy);
    for (busy.fails_at = 1; busy.fails_at < 12; busy.fails_at++) {
        g_autoptr(GError) error = NULL;
        busy.steps = 0;
        acknowledge(f->store, 0);
        bool done = store_compact(f->store, &retention, folder, &gone, &error);
        g_assert_cmpint(done, ==, busy.steps < busy.fails_at);
        g_assert_cmpint(done, ==, error == NULL);
        assert_sound(f->store);
    }
    file_faults(NULL, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), >, 0);
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM segment"), <=, files(f)); /* whole ones of stops stay */
    fixture_open(f);
}

/* Files that no segment names stay when they are whole, and what has the name of one gets another. */
static void test_leftovers(struct fixture *f, const void *data)
{
    g_autofree char *folder = g_build_filename(f->dir, "archive", NULL), *kept = NULL, *half = NULL, *bad = NULL;

    for (int i = 0; i < 20; i++)
        fact_put(f->store, i, NULL);
    acknowledge(f->store, 0);
    kept = g_build_filename(folder, "journal-4711-4720.jsonl", NULL);
    half = g_build_filename(folder, "journal-1-9.jsonl.zst.new", NULL);
    bad = g_build_filename(folder, "journal-1-19.jsonl.zst", NULL);
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(kept, "{}\n", -1, NULL) && g_file_set_contents(half, "x", -1, NULL) &&
                  g_file_set_contents(bad, "y", -1, NULL));
    g_assert_cmpint(compact(f, 1, 100, 1000), ==, 0);
    g_assert_cmpint(files(f), ==, 2);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 19);
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS) && g_file_test(bad, G_FILE_TEST_EXISTS));
    /* A copy of the database from before it: the file is a leftover then, and comes again. */
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_delete; DELETE FROM segment");
    g_assert_cmpint(files(f), ==, 3);
    struct store *store = store_open(f->path, &f->identity, NULL);
    g_assert_null(store); /* and here it is the only one that has these rows */
    g_assert_cmpint(files(f), ==, 3);
}

/* ---- Older programs ------------------------------------------------------------------------------------------------------- */

/* As a segment was before: payments, bills and slips, and nothing else. */
static void test_old_segment(struct fixture *f, const void *data)
{
    struct payment paid, again;

    pay(f->store, CARD, "b1", &paid);
    g_assert_true(try_print(f->store, &paid));
    all_leave(f);
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_update; DROP TABLE segment_seal; DROP TABLE person_snapshot; DROP TABLE post; DROP TABLE file; DROP TABLE activity; DROP TABLE seat; DROP TABLE seat_own; DROP TABLE allotment; DROP TABLE service; DROP TABLE provider; DROP TABLE service_order; DROP TABLE card_line; DROP TABLE preference; DROP TABLE volunteer; DROP TABLE print; DROP TABLE listed; DROP TABLE ticket; PRAGMA user_version=7;"
                     "UPDATE segment SET carried=json_remove(carried,'$.payments.reversal','$.doubts','$.refused','$.books',"
                     "'$.attendance')");
    fixture_open(f);
    reopen(f);
    g_assert_true(store_receipt_printed(f->store, paid.id));
    payment_make(&again, OTHER, "b1", 500);
    g_assert_false(try_payment(f->store, &again, PAYMENT_COMMITTING));
}

static void test_bad_segment(struct fixture *f, const void *data)
{
    static const char *const BAD[] = {"'[]'", "'{'", "json_set(carried,'$.payments.payment[0].id',NULL)",
                                      "json_set(carried,'$.payments.payment[0].\"a;b\"',1)",
                                      "json_set(carried,'$.books.ledger_txn[0].lines',3)"};
    struct payment paid;
    struct ledger_txn txn;

    pay(f->store, CARD, "b1", &paid);
    spend_make(&txn, ALICE, "SALT", 20, 0);
    g_assert_true(try_txn(f->store, &txn));
    all_leave(f);
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_update; CREATE TABLE was AS SELECT carried FROM segment");
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autofree char *change = g_strdup_printf("UPDATE segment SET carried=%s", BAD[i]);
        g_autoptr(GError) error = NULL;
        raw_sql(f->path, "UPDATE segment SET carried=(SELECT carried FROM was); UPDATE meta SET value=0 WHERE key='projection_version'");
        raw_sql(f->path, change);
        raw_sql(f->path, "DROP TABLE IF EXISTS segment_seal; DROP TABLE IF EXISTS person_snapshot; DROP TABLE IF EXISTS post; DROP TABLE IF EXISTS file; DROP TABLE IF EXISTS activity; DROP TABLE IF EXISTS seat; DROP TABLE IF EXISTS seat_own; DROP TABLE IF EXISTS allotment; DROP TABLE IF EXISTS service; DROP TABLE IF EXISTS provider; DROP TABLE IF EXISTS service_order; DROP TABLE IF EXISTS card_line; DROP TABLE IF EXISTS preference; DROP TABLE IF EXISTS volunteer; DROP TABLE IF EXISTS print; DROP TABLE IF EXISTS listed; DROP TABLE IF EXISTS ticket; PRAGMA user_version=7");
        struct store *store = store_open(f->path, &f->identity, &error);
        g_assert_null(store);
        g_assert_nonnull(error);
    }
}

/* A page that was lost before there were seals is not sealed as if it said something. */
static void test_bad_unsealed(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment paid;

    pay(f->store, CARD, "b1", &paid);
    all_leave(f);
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_update; DROP TABLE segment_seal; DROP TABLE person_snapshot; DROP TABLE post; DROP TABLE file; DROP TABLE activity; DROP TABLE seat; DROP TABLE seat_own; DROP TABLE allotment; DROP TABLE service; DROP TABLE provider; DROP TABLE service_order; DROP TABLE card_line; DROP TABLE preference; DROP TABLE volunteer; DROP TABLE print; DROP TABLE listed; DROP TABLE ticket; PRAGMA user_version=7;"
                     "UPDATE segment SET carried=substr(carried,1,50)||cast(zeroblob(50) AS TEXT)||substr(carried,101)");
    g_assert_null(store_open(f->path, &f->identity, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
    f->store = store_open_or_salvage(f->path, &f->identity, NULL);
    g_assert_cmpint(store_state(f->store, NULL), ==, STORE_WAITS);
}

/* What SQLite does not see: a value that is another one, or the end of a long one that is zeros. */
static void test_changed_segment(struct fixture *f, const void *data)
{
    static const char *const CHANGES[] = {"archive=''", "rows=rows,at_ms=at_ms+1", "carried=replace(carried,'500','501')",
                                          "archive=cast(zeroblob(length(archive)) AS TEXT)"};
    struct payment paid;

    pay(f->store, CARD, "b1", &paid);
    all_leave(f);
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_update; CREATE TABLE was AS SELECT carried,archive,at_ms FROM segment");
    for (size_t i = 0; i < G_N_ELEMENTS(CHANGES); i++) {
        g_autofree char *change = g_strdup_printf("UPDATE segment SET %s", CHANGES[i]);
        g_autoptr(GError) error = NULL;
        raw_sql(f->path, change);
        struct store *store = store_open(f->path, &f->identity, &error);
        g_assert_null(store);
        g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
        raw_sql(f->path, "UPDATE segment SET (carried,archive,at_ms)=(SELECT carried,archive,at_ms FROM was)");
    }
    fixture_open(f);
}

/* A segment that is gone as a whole, also where nobody walks the chain at a start: its seal is left. */
static void test_lost_segment(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_close(f);
    raw_sql(f->path, "INSERT INTO segment_seal VALUES(1,randomblob(32))");
    g_assert_null(store_open(f->path, &f->identity, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
    raw_sql(f->path, "DROP TRIGGER segment_seal_no_delete; DELETE FROM segment_seal");
    fixture_open(f);
}

struct verifying {
    struct store *store;
    gint64 took_us;
    gint ended;
};

static void *verify_all(void *data)
{
    struct verifying *verifying = data;
    g_autoptr(GError) error = NULL;
    gint64 begun = g_get_monotonic_time();

    g_assert_true(store_verify_chain(verifying->store, 0, &error));
    verifying->took_us = g_get_monotonic_time() - begun;
    g_atomic_int_set(&verifying->ended, 1);
    return NULL;
}

/* Appends as long as everything is verified: did the slowest wait for less than half of it? */
static bool slowest_is_short(struct store *store)
{
    struct verifying verifying = {.store = store};
    GThread *thread = g_thread_new("verify", verify_all, &verifying);
    gint64 worst_us = 0;

    for (int i = 0; !g_atomic_int_get(&verifying.ended); i++) {
        gint64 begun = g_get_monotonic_time();
        fact_put(store, i, NULL);
        worst_us = MAX(worst_us, g_get_monotonic_time() - begun);
    }
    g_thread_join(thread);
    g_test_message("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " us", worst_us, verifying.took_us);
    return worst_us * 2 < verifying.took_us;
}

/* Large segments, as after years: who pays while all of them are looked at waits for one of them, not for all. */
static void test_beside_verify(struct fixture *f, const void *data)
{
    static const char MANY[] = "DROP TABLE segment_seal; DROP TABLE person_snapshot; DROP TABLE post; DROP TABLE file; DROP TABLE activity; DROP TABLE seat; DROP TABLE seat_own; DROP TABLE allotment; DROP TABLE service; DROP TABLE provider; DROP TABLE service_order; DROP TABLE card_line; DROP TABLE preference; DROP TABLE volunteer; DROP TABLE print; DROP TABLE listed; DROP TABLE ticket; PRAGMA user_version=7;"
                               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<150) INSERT INTO segment"
                               " SELECT i-1000,i-1000,1,zeroblob(32),zeroblob(32),1,zeroblob(32),'\"'||hex(zeroblob(400000))||'\"','',1 FROM n";
    bool is_short = false;

    fixture_close(f);
    raw_sql(f->path, MANY);
    fixture_open(f);
    for (int i = 0; i < 5 && !is_short; i++) /* a machine that is busy with something else may be slow once */
        is_short = slowest_is_short(f->store);
    g_assert_true(is_short);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/compact/payments", test_payments);
    FIXTURE_ADD("/store/compact/given-back", test_given_back);
    FIXTURE_ADD("/store/compact/doubts", test_doubts);
    FIXTURE_ADD("/store/compact/transactions", test_transactions);
    FIXTURE_ADD("/store/compact/rating", test_rating);
    FIXTURE_ADD("/store/compact/holds", test_holds);
    FIXTURE_ADD("/store/compact/help", test_help);
    FIXTURE_ADD("/store/compact/attendance", test_attendance);
    FIXTURE_ADD("/store/compact/attendance-young", test_attendance_young);
    FIXTURE_ADD("/store/compact/refused", test_refused);
    FIXTURE_ADD("/store/compact/facts", test_facts);
    FIXTURE_ADD("/store/compact/archived-payment", test_archived_payment);
    FIXTURE_ADD("/store/compact/meanwhile", test_meanwhile);
    FIXTURE_ADD("/store/compact/changed-meanwhile", test_changed_meanwhile);
    FIXTURE_ADD("/store/compact/stopped", test_stopped);
    FIXTURE_ADD("/store/compact/leftovers", test_leftovers);
    FIXTURE_ADD("/store/compact/old-segment", test_old_segment);
    FIXTURE_ADD("/store/compact/bad-segment", test_bad_segment);
    FIXTURE_ADD("/store/compact/bad-unsealed", test_bad_unsealed);
    FIXTURE_ADD("/store/compact/changed-segment", test_changed_segment);
    FIXTURE_ADD("/store/compact/lost-segment", test_lost_segment);
    FIXTURE_ADD("/store/compact/beside-verify", test_beside_verify);
    return g_test_run();
}
