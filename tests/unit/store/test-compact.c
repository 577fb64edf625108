/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of every kind leave the journal: questions are answered as before, nothing can be done a second time, a rebuild is equal. */
#include "bookkit.h"
#include "model/load.h"
#include "model/model.h"
#include "store/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define BOB   "ffeeddccbbaa99887766554433221100"
#define STAFF "0f0e0d0c0b0a09080706050403020100"

static const char *const CARDS[] = {CARD, OTHER, "9901000000001033"};
static const char *const TOKENS[] = {ALICE, BOB, STAFF};

static bool write_json(struct store *store, const char *type, json_t *data)
{
    g_autoptr(GError) error = NULL;
    bool done = store_append(store, type, data, NULL, &error);

    json_decref(data);
    if (!done)
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    return done;
}

static bool put(struct store *store, struct payment *payment, enum payment_state state)
{
    payment->state = state;
    return write_json(store, payment_event_type(payment->kind, state), payment_to_json(payment));
}

static bool settled(struct store *store, struct payment *payment)
{
    payment_set_outcome(payment, PAYMENT_VOID);
    return write_json(store, "doubt.settled", json_pack("{s:s, s:o}", "kiosk", "K0002", "payment", payment_to_json(payment)));
}

static bool print(struct store *store, const struct payment *payment)
{
    return write_json(store, "receipt.printed",
                      json_pack("{s:s, s:s}", "payment_id", payment->id, "receipt_no", payment->receipt_no));
}

static bool txn_put(struct store *store, const struct ledger_txn *txn)
{
    return write_json(store, "ledger.txn", ledger_txn_to_json(txn));
}

static bool hold_put(struct store *store, const struct ledger_hold *hold)
{
    return write_json(store, "ledger.hold", ledger_hold_to_json(hold));
}

static bool tap_put(struct store *store, const struct attendance_event *event)
{
    return write_json(store, "attendance.tap", attendance_event_to_json(event));
}

static bool close_put(struct store *store, const struct attendance_close *end)
{
    return write_json(store, "attendance.close", attendance_close_to_json(end));
}

static bool undo_put(struct store *store, const struct ledger_txn *txn)
{
    struct ledger_txn undo;

    txn_begin(&undo, LEDGER_REVERSE);
    ledger_txn_reverse(txn, &undo);
    return txn_put(store, &undo);
}

static bool capture_put(struct store *store, const struct ledger_hold *hold, struct ledger_txn *txn)
{
    spend_make(txn, ALICE, "SALT", hold->amount, 0);
    g_strlcpy(txn->hold, hold->id, sizeof txn->hold);
    return txn_put(store, txn);
}

static void pay(struct store *store, const char *card, const char *bill, struct payment *out)
{
    payment_make(out, card, bill, 500);
    g_assert_true(put(store, out, PAYMENT_COMMITTING));
    g_autofree char *receipt = store_receipt_no(store, NULL);
    g_strlcpy(out->receipt_no, receipt, sizeof out->receipt_no);
    g_assert_true(put(store, out, PAYMENT_CONFIRMED));
}

/* All that waits; every refuse_each-th row is refused, 0 none. */
static void acknowledge(struct store *store, int refuse_each)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(store, 10000, SIZE_MAX, &error);

    for (guint i = 0; i < rows->len; i++) {
        int64_t seq = ((struct store_row *)rows->pdata[i])->seq;
        bool refuse = refuse_each > 0 && g_test_rand_int_range(0, refuse_each) == 0;
        struct store_verdict_row verdict = {.seq = seq, .verdict = refuse ? STORE_REJECTED : STORE_ACCEPTED, .code = "BALANCE"};
        g_assert_true(store_outbox_verdicts(store, &verdict, 1, &error));
    }
}

static int compact(struct fixture *fixture, int rows_kept, int run_min, int rows_max)
{
    g_autofree char *folder = g_build_filename(fixture->dir, "archive", NULL);
    struct store_retention retention = {
        .before_ms = now_ms() + 1000, .rows_kept = rows_kept, .run_min = run_min, .rows_max = rows_max};
    g_autoptr(GError) error = NULL;
    int gone = 0, checked = 0;

    bool done = store_compact(fixture->store, &retention, folder, &gone, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    g_assert_true(store_archive_check(fixture->store, folder, &checked, &error));
    g_assert_true(store_ledger_check(fixture->store, &error));
    g_assert_no_error(error);
    return gone;
}

/* Projections are built anew, from segments and what is left, when it is opened. */
static void reopen(struct fixture *fixture)
{
    fixture_close(fixture);
    raw_sql(fixture->path, "UPDATE meta SET value=0 WHERE key='projection_version'");
    fixture_open(fixture);
    assert_sound(fixture->store);
}

static int64_t left(struct fixture *fixture, const char *what)
{
    g_autofree char *query = g_strdup_printf("SELECT count(*) FROM journal WHERE %s", what);

    fixture_close(fixture);
    int64_t count = raw_int(fixture->path, query);
    fixture_open(fixture);
    return count;
}

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
    g_assert_true(print(f->store, &printed));
    payment_make(&other, CARD, "b3", 300);
    g_assert_true(put(f->store, &other, PAYMENT_COMMITTING) && put(f->store, &other, PAYMENT_IN_DOUBT) &&
                  put(f->store, &other, PAYMENT_VOID));
    load_make(&load, CARD, 5000, "");
    g_assert_true(put(f->store, &load, PAYMENT_COMMITTING) && put(f->store, &load, PAYMENT_CONFIRMED));
    load_make(&load, CARD, 500, "");
    g_assert_true(put(f->store, &load, PAYMENT_VOID));
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
    g_assert_false(put(f->store, &paid, PAYMENT_VOID)); /* it is over */
    g_assert_false(put(f->store, &paid, PAYMENT_COMMITTING));
    payment_make(&other, OTHER, "b1", 500); /* paid */
    g_assert_false(put(f->store, &other, PAYMENT_COMMITTING));
    payment_make(&other, CARD, "b3", 500); /* not paid */
    g_assert_true(put(f->store, &other, PAYMENT_COMMITTING));
    assert_sound(f->store);
}

static void test_given_back(struct fixture *f, const void *data)
{
    struct payment paid, load, again;

    pay(f->store, CARD, "b1", &paid);
    all_leave(f);
    load_make(&load, CARD, 500, paid.id);
    g_assert_true(put(f->store, &load, PAYMENT_COMMITTING));
    acknowledge(f->store, 0);
    fact_put(f->store, 1, NULL);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 1); /* the fact of before: the load is under way */
    g_assert_true(put(f->store, &load, PAYMENT_CONFIRMED));
    all_leave(f);
    g_assert_true(store_payment_reversed(f->store, paid.id));
    load_make(&again, CARD, 500, paid.id);
    g_assert_false(put(f->store, &again, PAYMENT_COMMITTING)); /* once */
    pay(f->store, OTHER, "b1", &again);                        /* its bill is free again, */
    all_leave(f);
    payment_make(&again, CARD, "b1", 500);
    g_assert_false(put(f->store, &again, PAYMENT_COMMITTING)); /* and paid */
}

/* A card keeps what it did while a doubt of it is open. */
static void test_doubts(struct fixture *f, const void *data)
{
    struct payment paid, doubt, elsewhere;

    pay(f->store, CARD, "b1", &paid);
    payment_make(&doubt, CARD, "b2", 300);
    g_assert_true(put(f->store, &doubt, PAYMENT_COMMITTING) && put(f->store, &doubt, PAYMENT_IN_DOUBT));
    payment_make(&elsewhere, OTHER, NULL, 700);
    g_assert_true(settled(f->store, &elsewhere));
    acknowledge(f->store, 0);
    fact_put(f->store, 1, NULL);
    fact_put(f->store, 2, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 2); /* doubt.settled and a fact */
    g_assert_cmpint(left(f, "type GLOB 'payment.*'"), ==, 4);
    reopen(f);
    g_assert_false(settled(f->store, &elsewhere)); /* once */
    g_assert_cmpint(store_payments_in_doubt(f->store), ==, 1);
    g_assert_true(put(f->store, &doubt, PAYMENT_VOID));
    all_leave(f);
    g_assert_cmpint(store_payments_in_doubt(f->store), ==, 0);
    g_assert_false(put(f->store, &doubt, PAYMENT_CONFIRMED));
}

static enum ledger_state state_of(struct store *store, const char *id)
{
    g_autoptr(GError) error = NULL;
    enum ledger_state state;

    g_assert_true(store_ledger_state(store, id, &state, NULL, &error));
    return state;
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
    g_assert_true(txn_put(f->store, &first) && txn_put(f->store, &second) && undo_put(f->store, &first) &&
                  txn_put(f->store, &third));
    g_assert_cmpint(quota_left(f->store), ==, 30);
    all_leave(f);
    g_assert_cmpint(quota_left(f->store), ==, 30);
    g_assert_cmpint(state_of(f->store, first.id), ==, LEDGER_REVERSED);
    g_assert_cmpint(state_of(f->store, second.id), ==, LEDGER_POSTED);
    g_assert_true(store_ledger_txn(f->store, second.id, &read, &found, &error) && found);
    g_assert_cmpmem(&read, sizeof read, &second, sizeof second);
    g_assert_false(txn_put(f->store, &second));  /* the same twice */
    g_assert_false(undo_put(f->store, &first));  /* undone twice */
    g_assert_true(undo_put(f->store, &second));  /* what left can still be undone, */
    g_assert_false(undo_put(f->store, &second)); /* once */
    g_assert_cmpint(quota_left(f->store), ==, 60);
    assert_sound(f->store);
    all_leave(f);
    g_assert_cmpint(quota_left(f->store), ==, 60);
    g_assert_false(undo_put(f->store, &second));
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
    g_assert_true(hold_put(f->store, &captured) && hold_put(f->store, &released) && hold_put(f->store, &open));
    g_assert_true(capture_put(f->store, &captured, &txn));
    released.state = HOLD_RELEASED;
    g_assert_true(hold_put(f->store, &released));
    fact_put(f->store, 1, NULL);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 4);
    g_assert_cmpint(left(f, "type='ledger.hold'"), ==, 1); /* the open one */
    reopen(f);
    g_assert_false(capture_put(f->store, &captured, &again));
    g_assert_false(capture_put(f->store, &released, &again));
    g_assert_false(hold_put(f->store, &released));
    g_assert_true(store_ledger_hold(f->store, captured.id, &read, &found, &error) && found);
    g_assert_cmpint(read.state, ==, HOLD_CAPTURED);
    g_assert_true(undo_put(f->store, &txn));
    g_assert_true(capture_put(f->store, &open, &again));
    all_leave(f);
    g_assert_true(store_ledger_hold(f->store, open.id, &read, &found, &error) && found);
    g_assert_cmpint(read.state, ==, HOLD_CAPTURED);
    g_assert_false(undo_put(f->store, &txn));
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
    g_assert_true(tap_put(f->store, &done));
    done.out = true;
    done.at_ms += 60 * MINUTE;
    g_assert_true(tap_put(f->store, &done));
    tap_make(&open, ALICE, start + 60 * MINUTE, start + 61 * MINUTE); /* nobody taps a second time */
    g_assert_true(tap_put(f->store, &open));
    close_make(&end, done.id, STAFF, 60, "");
    g_assert_true(close_put(f->store, &end));
    all_leave(f);
    g_assert_true(store_attendance_done(f->store, ALICE, start, &minutes, &error));
    g_assert_cmpint(minutes, ==, 60);
    g_assert_false(close_put(f->store, &end)); /* once */
    g_assert_false(tap_put(f->store, &done));
    tap_make(&other, ALICE, start, start + 30 * MINUTE);
    g_assert_false(tap_put(f->store, &other)); /* in the same time */
    close_make(&end, open.id, STAFF, 90, "FORGOT");
    g_assert_true(close_put(f->store, &end)); /* after its rows left */
    g_assert_true(store_attendance(f->store, open.id, &read, &found, &error) && found);
    g_assert_cmpint(read.times.state, ==, ATTENDANCE_CONFIRMED);
    assert_sound(f->store);
    all_leave(f);
    g_assert_true(store_attendance_done(f->store, ALICE, start, &minutes, &error));
    g_assert_cmpint(minutes, ==, 150);
    g_assert_false(close_put(f->store, &end));
}

/* One whose slot is not long over waits for its end. */
static void test_attendance_young(struct fixture *f, const void *data)
{
    struct attendance_event tap;

    tap_make(&tap, BOB, now_ms() - MINUTE, now_ms());
    g_assert_true(tap_put(f->store, &tap));
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
    g_assert_true(txn_put(f->store, &txn));
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
        g_assert_true(write_json(f->store, "journal.anchored", json_pack("{s:i}", "n", i)));
    g_assert_true(write_json(f->store, "clock.changed", json_object()));
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

/* ---- All of it, in any order and in any pieces -------------------------------------------------------------------------- */

struct town {
    GPtrArray *payments, *txns, *holds, *taps; /* of all that was written */
    int64_t clock;                             /* of the attendances */
    int bills;
};

static void *any(GPtrArray *of)
{
    return of->len == 0 ? NULL : of->pdata[g_test_rand_int_range(0, (int)of->len)];
}

static void do_pay(struct store *store, struct town *town)
{
    static const enum payment_state ENDS[] = {PAYMENT_CONFIRMED, PAYMENT_CONFIRMED, PAYMENT_VOID, PAYMENT_IN_DOUBT};
    g_autofree char *bill = g_strdup_printf("bill-%d", town->bills++ / 2); /* each is tried twice */
    struct payment *payment = g_new0(struct payment, 1);

    payment_make(payment, CARDS[g_test_rand_int_range(0, 3)], bill, 100 + town->bills);
    if (!put(store, payment, PAYMENT_COMMITTING)) {
        g_free(payment);
        return;
    }
    g_autofree char *receipt = store_receipt_no(store, NULL);
    g_strlcpy(payment->receipt_no, receipt, sizeof payment->receipt_no);
    g_assert_true(put(store, payment, ENDS[g_test_rand_int_range(0, 4)]));
    g_ptr_array_add(town->payments, payment);
}

static void do_load(struct store *store, struct town *town)
{
    struct payment *load = g_new0(struct payment, 1), *original = any(town->payments);
    bool back = original != NULL && original->state == PAYMENT_CONFIRMED && original->kind == PAYMENT_PURCHASE;

    load_make(load, back ? original->purchase.card_number : CARDS[g_test_rand_int_range(0, 3)], 500, back ? original->id : "");
    if (!put(store, load, PAYMENT_COMMITTING)) {
        g_free(load);
        return;
    }
    g_assert_true(put(store, load, g_test_rand_int_range(0, 3) == 0 ? PAYMENT_VOID : PAYMENT_CONFIRMED));
    g_ptr_array_add(town->payments, load);
}

static void do_settle(struct store *store, struct town *town)
{
    struct payment *payment = any(town->payments), elsewhere;

    if (payment != NULL && payment->state == PAYMENT_IN_DOUBT)
        g_assert_true(put(store, payment, g_test_rand_int_range(0, 2) == 0 ? PAYMENT_VOID : PAYMENT_CONFIRMED));
    else if (payment != NULL && payment->kind == PAYMENT_PURCHASE && payment->state == PAYMENT_CONFIRMED)
        print(store, payment);
    payment_make(&elsewhere, OTHER, NULL, 700);
    g_assert_true(settled(store, &elsewhere));
}

static void do_spend(struct store *store, struct town *town)
{
    struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    const struct ledger_txn *original = any(town->txns);

    spend_make(txn, TOKENS[g_test_rand_int_range(0, 3)], "SALT", 10, 0);
    g_assert_true(txn_put(store, txn));
    g_ptr_array_add(town->txns, txn);
    if (original != NULL)
        undo_put(store, original);
}

static void do_hold(struct store *store, struct town *town)
{
    struct ledger_hold *hold = g_new0(struct ledger_hold, 1), *old = any(town->holds);
    struct ledger_txn txn;

    hold_make(hold, 20, 600000);
    g_assert_true(hold_put(store, hold));
    if (old != NULL && g_test_rand_int_range(0, 2) == 0)
        capture_put(store, old, &txn);
    else if (old != NULL) {
        old->state = HOLD_RELEASED;
        hold_put(store, old);
    }
    g_ptr_array_add(town->holds, hold);
}

static void do_attend(struct store *store, struct town *town)
{
    struct attendance_event *tap = g_new0(struct attendance_event, 1), *old = any(town->taps), out;
    struct attendance_close end;

    town->clock += g_test_rand_int_range(1, 80) * MINUTE;
    tap_make(tap, TOKENS[g_test_rand_int_range(0, 2)], town->clock, town->clock);
    tap_put(store, tap);
    g_ptr_array_add(town->taps, tap);
    if (old == NULL)
        return;
    out = *old;
    out.out = true;
    out.at_ms += 30 * MINUTE;
    tap_put(store, &out);
    close_make(&end, ((struct attendance_event *)any(town->taps))->id, STAFF, g_test_rand_int_range(0, 2) * 30, "FORGOT");
    close_put(store, &end);
}

static void do_resolve(struct store *store, struct town *town)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) open = store_refused(store, false, &error);
    const struct store_refused *row = any(open);

    if (row != NULL)
        g_assert_true(store_refused_resolve(store, row->seq, "Wang Fang", "seen", &error));
    g_assert_true(write_json(store, "journal.anchored", json_object()));
}

static void answer_persons(struct store *store, GString *out)
{
    int64_t day = ms_of_date(date_of_ms(now_ms())), minutes = 0;
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    struct store_usage usage;

    for (size_t i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        struct payment *open = store_payment_open(store, CARDS[i], &error);
        g_assert_true(store_usage(store, CARDS[i], day, &usage, &error) &&
                      store_attendance_done(store, TOKENS[i], 0, &minutes, &error) &&
                      store_credit(store, TOKENS[i], now_ms(), credit, &error));
        g_string_append_printf(out, "%s: open %s, %" G_GINT64_FORMAT " fen today, %" G_GINT64_FORMAT " minutes, %" G_GINT64_FORMAT
                               " points today\n",
                               CARDS[i], open != NULL ? open->id : "-", usage.card_day_fen, minutes, credit->used[BOOK_POINTS].day);
        payment_free(open);
    }
}

static void answer_books(struct store *store, const struct town *town, GString *out)
{
    struct ledger_hold hold;
    struct store_attendance attendance;
    bool found;

    for (guint i = 0; i < town->txns->len; i++)
        g_string_append_printf(out, "txn %u %d\n", i, state_of(store, ((struct ledger_txn *)town->txns->pdata[i])->id));
    for (guint i = 0; i < town->holds->len; i++) {
        g_assert_true(store_ledger_hold(store, ((struct ledger_hold *)town->holds->pdata[i])->id, &hold, &found, NULL) && found);
        g_string_append_printf(out, "hold %u %d %" G_GINT64_FORMAT "\n", i, hold.state, hold.captured);
    }
    for (guint i = 0; i < town->taps->len; i++) {
        memset(&attendance, 0, sizeof attendance);
        g_assert_true(store_attendance(store, ((struct attendance_event *)town->taps->pdata[i])->id, &attendance, &found, NULL));
        g_string_append_printf(out, "attendance %u %d %d\n", i, found, attendance.times.state);
    }
}

static char *answers(struct store *store, const struct town *town)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *receipt = store_receipt_no(store, &error);
    g_autoptr(GPtrArray) refused = store_refused(store, true, &error);

    g_string_append_printf(out, "receipt %s, doubts %d, anchored %" G_GINT64_FORMAT "\n", receipt, store_payments_in_doubt(store),
                           store_anchored_ms(store));
    for (guint i = 0; i < town->payments->len; i++) {
        const struct payment *payment = town->payments->pdata[i];
        struct payment *found = store_payment(store, payment->id, &error);
        g_assert_no_error(error);
        g_string_append_printf(out, "payment %u %d %d %s %s\n", i, store_payment_reversed(store, payment->id),
                               store_receipt_printed(store, payment->id), payment_state_name(found->state), found->receipt_no);
        payment_free(found);
    }
    for (guint i = 0; i < refused->len; i++) {
        const struct store_refused *row = refused->pdata[i];
        g_string_append_printf(out, "refused %" G_GINT64_FORMAT " %s %s %s\n", row->seq, row->id, row->type, row->by);
    }
    answer_persons(store, out);
    answer_books(store, town, out);
    return g_string_free(out, FALSE);
}

static void test_any_order(struct fixture *f, const void *data)
{
    static void (*const DEEDS[])(struct store *, struct town *) = {do_pay, do_pay, do_load, do_settle, do_spend, do_hold, do_attend, do_resolve};
    struct town town = {g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                        g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free), ms_of_date(20260101), 0};
    int gone = 0;

    for (int round = 0; round < 25; round++) {
        for (int i = g_test_rand_int_range(5, 40); i > 0; i--)
            DEEDS[g_test_rand_int_range(0, G_N_ELEMENTS(DEEDS))](f->store, &town);
        if (round % 4 != 3)
            acknowledge(f->store, 25);
        g_autofree char *before = answers(f->store, &town);
        gone += compact(f, g_test_rand_int_range(1, 40), g_test_rand_int_range(1, 8), g_test_rand_int_range(1, 60));
        g_autofree char *after = answers(f->store, &town);
        g_assert_cmpstr(before, ==, after);
        reopen(f);
        g_autofree char *rebuilt = answers(f->store, &town);
        g_assert_cmpstr(before, ==, rebuilt);
    }
    g_assert_cmpint(gone, >, 300);
    g_ptr_array_unref(town.payments);
    g_ptr_array_unref(town.txns);
    g_ptr_array_unref(town.holds);
    g_ptr_array_unref(town.taps);
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
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM segment"), ==, files(f));
    fixture_open(f);
}

/* Files that no segment names: gone when the journal has their rows, kept when it has not. */
static void test_leftovers(struct fixture *f, const void *data)
{
    g_autofree char *folder = g_build_filename(f->dir, "archive", NULL), *kept = NULL, *half = NULL, *bad = NULL;

    for (int i = 0; i < 20; i++)
        fact_put(f->store, i, NULL);
    acknowledge(f->store, 0);
    kept = g_build_filename(folder, "journal-4711-4720.jsonl", NULL);
    half = g_build_filename(folder, "journal-1-9.jsonl.zst.new", NULL);
    bad = g_build_filename(folder, "journal-2-5.jsonl.zst", NULL);
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(kept, "{}\n", -1, NULL) && g_file_set_contents(half, "x", -1, NULL) &&
                  g_file_set_contents(bad, "y", -1, NULL));
    g_assert_cmpint(compact(f, 1, 100, 1000), ==, 0);
    g_assert_cmpint(files(f), ==, 1);
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
    g_assert_cmpint(compact(f, 1, 1, 1000), ==, 19);
    /* A copy of the database from before it: the file is a leftover then, and comes again. */
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_delete; DELETE FROM segment");
    g_assert_cmpint(files(f), ==, 2);
    struct store *store = store_open(f->path, &f->identity, NULL);
    g_assert_null(store); /* and here it is the only one that has these rows */
    g_assert_cmpint(files(f), ==, 2);
}

/* ---- Older programs ------------------------------------------------------------------------------------------------------- */

/* As a segment was before: payments, bills and slips, and nothing else. */
static void test_old_segment(struct fixture *f, const void *data)
{
    struct payment paid, again;

    pay(f->store, CARD, "b1", &paid);
    g_assert_true(print(f->store, &paid));
    all_leave(f);
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_update;"
                     "UPDATE segment SET carried=json_remove(carried,'$.payments.reversal','$.doubts','$.refused','$.books',"
                     "'$.attendance')");
    fixture_open(f);
    reopen(f);
    g_assert_true(store_receipt_printed(f->store, paid.id));
    payment_make(&again, OTHER, "b1", 500);
    g_assert_false(put(f->store, &again, PAYMENT_COMMITTING));
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
    g_assert_true(txn_put(f->store, &txn));
    all_leave(f);
    fixture_close(f);
    raw_sql(f->path, "DROP TRIGGER segment_no_update; CREATE TABLE was AS SELECT carried FROM segment");
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autofree char *change = g_strdup_printf("UPDATE segment SET carried=%s", BAD[i]);
        g_autoptr(GError) error = NULL;
        raw_sql(f->path, "UPDATE segment SET carried=(SELECT carried FROM was); UPDATE meta SET value=0 WHERE key='projection_version'");
        raw_sql(f->path, change);
        struct store *store = store_open(f->path, &f->identity, &error);
        g_assert_null(store);
        g_assert_nonnull(error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/compact/payments", test_payments);
    FIXTURE_ADD("/store/compact/given-back", test_given_back);
    FIXTURE_ADD("/store/compact/doubts", test_doubts);
    FIXTURE_ADD("/store/compact/transactions", test_transactions);
    FIXTURE_ADD("/store/compact/holds", test_holds);
    FIXTURE_ADD("/store/compact/attendance", test_attendance);
    FIXTURE_ADD("/store/compact/attendance-young", test_attendance_young);
    FIXTURE_ADD("/store/compact/refused", test_refused);
    FIXTURE_ADD("/store/compact/facts", test_facts);
    FIXTURE_ADD("/store/compact/archived-payment", test_archived_payment);
    FIXTURE_ADD("/store/compact/any-order", test_any_order);
    FIXTURE_ADD("/store/compact/meanwhile", test_meanwhile);
    FIXTURE_ADD("/store/compact/changed-meanwhile", test_changed_meanwhile);
    FIXTURE_ADD("/store/compact/stopped", test_stopped);
    FIXTURE_ADD("/store/compact/leftovers", test_leftovers);
    FIXTURE_ADD("/store/compact/old-segment", test_old_segment);
    FIXTURE_ADD("/store/compact/bad-segment", test_bad_segment);
    return g_test_run();
}
