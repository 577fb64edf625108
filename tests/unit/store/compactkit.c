/* SPDX-License-Identifier: Apache-2.0 */
#include "compactkit.h"
#include "model/model.h"

const char *const CARDS[3] = {CARD, OTHER, "9901000000001033"};

bool try_event(struct store *store, const char *type, json_t *data)
{
    g_autoptr(GError) error = NULL;
    bool done = store_append(store, type, data, NULL, &error);

    json_decref(data);
    if (!done)
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    return done;
}

bool try_payment(struct store *store, struct payment *payment, enum payment_state state)
{
    payment->state = state;
    return try_event(store, payment_event_type(payment->kind, state), payment_to_json(payment));
}

bool try_settled(struct store *store, struct payment *payment)
{
    payment_set_outcome(payment, PAYMENT_VOID);
    return try_event(store, "doubt.settled", json_pack("{s:s, s:o}", "kiosk", "K0002", "payment", payment_to_json(payment)));
}

bool try_print(struct store *store, const struct payment *payment)
{
    return try_event(store, "receipt.printed",
                      json_pack("{s:s, s:s}", "payment_id", payment->id, "receipt_no", payment->receipt_no));
}

bool try_txn(struct store *store, const struct ledger_txn *txn)
{
    return try_event(store, "ledger.txn", ledger_txn_to_json(txn));
}

bool try_hold(struct store *store, const struct ledger_hold *hold)
{
    return try_event(store, "ledger.hold", ledger_hold_to_json(hold));
}

bool try_tap(struct store *store, const struct attendance_event *event)
{
    return try_event(store, "attendance.tap", attendance_event_to_json(event));
}

bool try_close(struct store *store, const struct attendance_close *end)
{
    return try_event(store, "attendance.close", attendance_close_to_json(end));
}

bool try_undo(struct store *store, const struct ledger_txn *txn)
{
    struct ledger_txn undo;

    txn_begin(&undo, LEDGER_REVERSE);
    ledger_txn_reverse(txn, &undo);
    return try_txn(store, &undo);
}

bool try_capture(struct store *store, const struct ledger_hold *hold, struct ledger_txn *txn)
{
    spend_make(txn, ALICE, "SALT", hold->amount, 0);
    g_strlcpy(txn->hold, hold->id, sizeof txn->hold);
    return try_txn(store, txn);
}

void pay(struct store *store, const char *card, const char *bill, struct payment *out)
{
    payment_make(out, card, bill, 500);
    g_assert_true(try_payment(store, out, PAYMENT_COMMITTING));
    g_autofree char *receipt = store_receipt_no(store, NULL);
    g_strlcpy(out->receipt_no, receipt, sizeof out->receipt_no);
    g_assert_true(try_payment(store, out, PAYMENT_CONFIRMED));
}

void acknowledge(struct store *store, int refuse_each)
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

int compact(struct fixture *fixture, int rows_kept, int run_min, int rows_max)
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

void reopen(struct fixture *fixture)
{
    fixture_close(fixture);
    raw_sql(fixture->path, "UPDATE meta SET value=0 WHERE key='projection_version'");
    fixture_open(fixture);
    assert_sound(fixture->store);
}

int64_t left(struct fixture *fixture, const char *what)
{
    g_autofree char *query = g_strdup_printf("SELECT count(*) FROM journal WHERE %s", what);

    fixture_close(fixture);
    int64_t count = raw_int(fixture->path, query);
    fixture_open(fixture);
    return count;
}

enum ledger_state state_of(struct store *store, const char *id)
{
    g_autoptr(GError) error = NULL;
    enum ledger_state state;

    g_assert_true(store_ledger_state(store, id, &state, NULL, &error));
    return state;
}
