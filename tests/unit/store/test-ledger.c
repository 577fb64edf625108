/* SPDX-License-Identifier: Apache-2.0 */
/* The books on the kiosk: transactions, holds, quotas, attendance, what the platform tells, and what must always hold. */
#include "bookkit.h"
#include "model/model.h"

#include <string.h>

#define BOB    "ffeeddccbbaa99887766554433221100"
#define STAFF  "0f0e0d0c0b0a09080706050403020100"

/* ---- Writing ------------------------------------------------------------------------------------------------------ */

static bool append(struct store *store, const char *type, json_t *data, GError **error)
{
    bool done = store_append(store, type, data, NULL, error);
    json_decref(data);
    return done;
}

static void txn_put(struct store *store, const struct ledger_txn *txn)
{
    g_autoptr(GError) error = NULL;
    append(store, "ledger.txn", ledger_txn_to_json(txn), &error);
    g_assert_no_error(error);
}

/* Refused, for this reason, and nothing is written. */
static void refused(struct store *store, const char *type, json_t *data, const char *why)
{
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];
    int64_t head = store_head(store, hash);

    g_assert_false(append(store, type, data, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    if (strstr(error->message, why) == NULL)
        g_error("%s, not %s", error->message, why);
    g_assert_cmpint(store_head(store, hash), ==, head);
}

static void verdict(struct store *store, enum store_verdict which)
{
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];
    struct store_verdict_row row = {.seq = store_head(store, hash), .verdict = which, .code = "BALANCE"};

    store_outbox_verdicts(store, &row, 1, &error);
    g_assert_no_error(error);
}

static enum ledger_state state_of(struct store *store, const char *id)
{
    g_autoptr(GError) error = NULL;
    enum ledger_state state;
    char code[48];

    g_assert_true(store_ledger_state(store, id, &state, code, &error));
    g_assert_cmpstr(code, ==, state == LEDGER_REJECTED ? "BALANCE" : "");
    return state;
}

static void assert_books(struct store *store)
{
    g_autoptr(GError) error = NULL;

    store_ledger_check(store, &error);
    g_assert_no_error(error);
    assert_sound(store);
}

/* ---- Quotas -------------------------------------------------------------------------------------------------------- */

static void quota_give(struct store *store, int64_t version)
{
    g_autoptr(GError) error = NULL;
    struct quota_set set = {.version = version, .kiosk = "K0001", .issued_ms = 1, .expires_ms = now_ms() + 3600000,
                            .count = 3,
                            .quotas = {{BOOK_POINTS, QUOTA_KIOSK, "", 100, 0},
                                       {BOOK_POINTS, QUOTA_PERSON, "", 60, 0},
                                       {BOOK_POINTS, QUOTA_ITEM, "RICE", 30, 0}}};

    store_quota_set(store, &set, &error);
    g_assert_no_error(error);
    verdict(store, STORE_ACCEPTED); /* of quota.taken */
}

static void test_quota_spend(struct fixture *fixture, const void *data)
{
    struct ledger_txn txn;

    spend_make(&txn, ALICE, "RICE", 20, 1);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "QUOTA"); /* none was handed out */
    quota_give(fixture->store, 1);
    txn_put(fixture->store, &txn);
    spend_make(&txn, BOB, "RICE", 11, 1);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "QUOTA"); /* the item's is 30 */
    spend_make(&txn, ALICE, "SALT", 41, 1);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "QUOTA"); /* the person's is 60 */
    spend_make(&txn, ALICE, "SALT", 40, 1);
    txn_put(fixture->store, &txn);
    spend_make(&txn, BOB, "SALT", 41, 1);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "QUOTA"); /* the kiosk's is 100 */
    spend_make(&txn, BOB, "SALT", 40, 2);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "QUOTA"); /* of a version that is not */
    txn.quota = 1;
    txn_put(fixture->store, &txn);
    assert_books(fixture->store);
}

/* Refused by the platform, or undone and the platform has taken that: what it took is free again. A newer version begins anew. */
static void test_quota_back(struct fixture *fixture, const void *data)
{
    struct ledger_txn first, second, undo;

    quota_give(fixture->store, 5);
    spend_make(&first, ALICE, "SALT", 60, 5);
    txn_put(fixture->store, &first);
    g_assert_cmpint(state_of(fixture->store, first.id), ==, LEDGER_PENDING);
    verdict(fixture->store, STORE_REJECTED);
    g_assert_cmpint(state_of(fixture->store, first.id), ==, LEDGER_REJECTED);
    g_assert_cmpint(store_refused_count(fixture->store), ==, 1);
    spend_make(&second, ALICE, "SALT", 60, 5);
    txn_put(fixture->store, &second);
    verdict(fixture->store, STORE_ACCEPTED);
    g_assert_cmpint(state_of(fixture->store, second.id), ==, LEDGER_POSTED);
    txn_begin(&undo, LEDGER_REVERSE);
    ledger_txn_reverse(&second, &undo);
    txn_put(fixture->store, &undo);
    g_assert_cmpint(state_of(fixture->store, second.id), ==, LEDGER_REVERSED);
    spend_make(&second, ALICE, "SALT", 60, 5);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&second), "QUOTA"); /* the undoing may be refused */
    verdict(fixture->store, STORE_ACCEPTED);
    txn_put(fixture->store, &second);
    spend_make(&second, ALICE, "SALT", 1, 5);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&second), "QUOTA");
    quota_give(fixture->store, 6);
    second.quota = 6;
    txn_put(fixture->store, &second);
    assert_books(fixture->store);
}

/* An old copy of the file has a quota again that the journal went on from: the rest of it is not to be had. */
static void test_quota_over(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    enum ledger_code code;
    struct ledger_txn txn;
    int64_t version;

    quota_give(fixture->store, 9);
    spend_make(&txn, ALICE, "RICE", 5, 9);
    txn_put(fixture->store, &txn);
    g_assert_true(store_quota_ask(fixture->store, ALICE, BOOK_POINTS, "RICE", 5, now_ms(), &code, &version, &error));
    g_assert_cmpint(code, ==, LEDGER_OK);
    raw_sql(fixture->path, "UPDATE quota SET version=8, value=json_set(value,'$.version',8)");
    g_assert_true(store_quota_ask(fixture->store, ALICE, BOOK_POINTS, "RICE", 5, now_ms(), &code, &version, &error));
    g_assert_cmpint(code, ==, LEDGER_QUOTA);
}

static int taken_rows(struct fixture *fixture)
{
    return raw_int(fixture->path, "SELECT count(*) FROM journal WHERE type='quota.taken'");
}

/* Each version that is taken is a row of the journal, once; after a power cut that kept the row alone, and at a journal that waited,
 * too. */
static void test_quota_taken(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    enum ledger_code code;
    struct ledger_txn txn;
    int64_t version;

    quota_give(fixture->store, 3);
    quota_give(fixture->store, 4);
    g_assert_true(store_quota_tell(fixture->store, &error));
    g_assert_cmpint(taken_rows(fixture), ==, 2);
    raw_sql(fixture->path, "UPDATE quota SET version=3, value=json_set(value,'$.version',3)");
    spend_make(&txn, ALICE, "RICE", 5, 3);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "QUOTA"); /* 4 was taken */
    quota_give(fixture->store, 4);
    g_assert_cmpint(taken_rows(fixture), ==, 2);
    g_assert_true(store_quota_ask(fixture->store, ALICE, BOOK_POINTS, "RICE", 5, now_ms(), &code, &version, &error));
    g_assert_true(code == LEDGER_OK && version == 4);
    raw_sql(fixture->path, "UPDATE quota SET version=5, value=json_set(value,'$.version',5)"); /* as a journal that waited */
    g_assert_true(store_quota_tell(fixture->store, &error) && store_quota_tell(fixture->store, &error));
    g_assert_cmpint(taken_rows(fixture), ==, 3);
    refused(fixture->store, "quota.taken", json_pack("{s:i}", "version", 0), "version");
    g_assert_true(store_rebuild(fixture->store, &error));
    g_assert_no_error(error);
}

/* Nobody's credit is kept from them for longer than a month, or in many pieces. */
static void test_hold_bounds(struct fixture *fixture, const void *data)
{
    struct ledger_hold hold = {.book = BOOK_POINTS, .account = {OWNER_PERSON, ALICE}, .amount = 1};
    g_autoptr(GError) error = NULL;

    uuid7(now_ms(), hold.id);
    hold.expires_ms = now_ms() + HOLD_LIFE_MAX_MS + MINUTE;
    refused(fixture->store, "ledger.hold", ledger_hold_to_json(&hold), "HOLD");
    hold.expires_ms = now_ms() + HOLD_LIFE_MAX_MS - MINUTE;
    for (int i = 0; i < HOLDS_OPEN_MAX; i++) {
        uuid7(now_ms(), hold.id);
        g_assert_true(append(fixture->store, "ledger.hold", ledger_hold_to_json(&hold), &error));
    }
    uuid7(now_ms(), hold.id);
    refused(fixture->store, "ledger.hold", ledger_hold_to_json(&hold), "HOLD");
}

static void test_quota_forward(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct quota_set set, read;

    quota_give(fixture->store, 7);
    g_assert_true(store_quota(fixture->store, &set, &error));
    g_assert_cmpint(set.version, ==, 7);
    g_assert_false(store_quota_set(fixture->store, &set, &error)); /* not newer */
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    set.version = 8;
    g_strlcpy(set.kiosk, "K0002", sizeof set.kiosk);
    g_assert_false(store_quota_set(fixture->store, &set, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_true(store_feed_reset(fixture->store, &error)); /* another database: versions do not begin anew */
    g_assert_true(store_quota(fixture->store, &read, &error));
    g_assert_cmpint(read.version, ==, 7);
}

/* ---- Transactions -------------------------------------------------------------------------------------------------- */

static void test_transactions(struct fixture *fixture, const void *data)
{
    struct ledger_txn txn, read, undo;
    g_autoptr(GError) error = NULL;
    bool found;

    txn_begin(&txn, LEDGER_EARN);
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    g_strlcpy(txn.ref, "paper-slip-7", sizeof txn.ref);
    g_assert_true(ledger_txn_add(&txn, BOOK_HOURS, OWNER_ISSUE, "DX1", -120));
    g_assert_true(ledger_txn_add(&txn, BOOK_HOURS, OWNER_PERSON, ALICE, 120));
    txn_put(fixture->store, &txn);
    g_assert_false(append(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), &error)); /* the same twice */
    g_clear_error(&error);
    g_assert_true(store_ledger_txn(fixture->store, txn.id, &read, &found, &error) && found);
    g_assert_cmpmem(&read, sizeof read, &txn, sizeof txn);
    g_assert_true(store_ledger_txn(fixture->store, STAFF, &read, &found, &error) && !found);
    txn_begin(&undo, LEDGER_REVERSE);
    ledger_txn_reverse(&txn, &undo);
    undo.entries[0].amount = 60;
    undo.entries[1].amount = -60;
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&undo), "NOT_EXACT");
    ledger_txn_reverse(&txn, &undo);
    txn_put(fixture->store, &undo);
    uuid7(now_ms(), undo.id);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&undo), "REVERSED_BEFORE"); /* once … */
    verdict(fixture->store, STORE_REJECTED);
    txn_put(fixture->store, &undo); /* … that is not refused */
    assert_books(fixture->store);
    uuid7(now_ms(), undo.id);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&undo), "REVERSED_BEFORE");
    g_strlcpy(undo.reverses, undo.id, sizeof undo.reverses);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&undo), "UNKNOWN");
    txn_begin(&txn, LEDGER_PAYMENT);
    g_assert_true(ledger_txn_add(&txn, BOOK_MONEY, OWNER_PURSE, "float", 1));
    g_assert_true(ledger_txn_add(&txn, BOOK_MONEY, OWNER_PAYABLE, "x", -1));
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "no transaction"); /* MONEY comes of payments */
    refused(fixture->store, "ledger.foreign", json_object(), "no event");
    assert_books(fixture->store);
}

/* ---- Holds --------------------------------------------------------------------------------------------------------- */

static void hold_put(struct store *store, const struct ledger_hold *hold)
{
    g_autoptr(GError) error = NULL;
    append(store, "ledger.hold", ledger_hold_to_json(hold), &error);
    g_assert_no_error(error);
}

static void test_holds(struct fixture *fixture, const void *data)
{
    struct ledger_hold hold, read;
    struct ledger_txn txn;
    g_autoptr(GError) error = NULL;
    bool found;

    hold_make(&hold, 50, 60000);
    hold_put(fixture->store, &hold);
    spend_make(&txn, ALICE, "SALT", 51, 0);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "HOLD");
    spend_make(&txn, BOB, "SALT", 20, 0);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "HOLD"); /* another's */
    spend_make(&txn, ALICE, "SALT", 20, 0);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    txn_put(fixture->store, &txn);
    g_assert_true(store_ledger_hold(fixture->store, hold.id, &read, &found, &error) && found);
    g_assert_cmpint(read.state, ==, HOLD_CAPTURED);
    g_assert_cmpint(read.captured, ==, 20);
    hold.state = HOLD_RELEASED;
    refused(fixture->store, "ledger.hold", ledger_hold_to_json(&hold), "HOLD"); /* it is over */
    hold_make(&hold, 50, -1);
    hold_put(fixture->store, &hold);
    g_assert_true(store_ledger_hold_due(fixture->store, now_ms(), &read, &found, &error) && found);
    g_assert_cmpstr(read.id, ==, hold.id);
    spend_make(&txn, ALICE, "SALT", 20, 0);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    refused(fixture->store, "ledger.txn", ledger_txn_to_json(&txn), "HOLD"); /* too late */
    g_assert_true(hold_expire(&read, now_ms()));
    hold_put(fixture->store, &read);
    g_assert_true(store_ledger_hold_due(fixture->store, now_ms(), &read, &found, &error) && !found);
    assert_books(fixture->store);
}

/* ---- What the platform tells ----------------------------------------------------------------------------------------- */

static void credit_tell(struct store *store, int64_t points, int64_t held, int64_t seen, int64_t version)
{
    g_autoptr(GError) error = NULL;
    g_autofree struct balance *balance = g_new0(struct balance, 1);

    g_strlcpy(balance->token, ALICE, sizeof balance->token);
    balance->age = 70;
    balance->books[BOOK_POINTS].balance = points;
    balance->books[BOOK_POINTS].held = held;
    balance->books[BOOK_POINTS].held_until_ms = now_ms() + 60000;
    balance_add_lot(balance, BOOK_POINTS, 20991231, points);
    balance->seen_count = 1;
    g_strlcpy(balance->seen[0].kiosk, "K0001", sizeof balance->seen[0].kiosk);
    balance->seen[0].seq = seen;
    json_t *items = json_pack("[{s:s, s:s, s:I, s:b, s:o}]", "topic", "credit", "key", ALICE, "version",
                              (json_int_t)version, "deleted", 0, "value", balance_to_json(balance));
    store_feed_apply(store, items, "c", &error);
    g_assert_no_error(error);
    json_decref(items);
}

static int64_t spendable(struct store *store)
{
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    g_autoptr(GError) error = NULL;

    store_credit(store, ALICE, now_ms(), credit, &error);
    g_assert_no_error(error);
    return credit->known ? credit->spendable[BOOK_POINTS] : -1;
}

static void test_credit(struct fixture *fixture, const void *data)
{
    struct ledger_txn txn;
    struct ledger_hold hold;
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);

    g_assert_cmpint(spendable(fixture->store), ==, -1);
    credit_tell(fixture->store, 100, 10, 0, 1);
    g_assert_cmpint(spendable(fixture->store), ==, 90);
    spend_make(&txn, ALICE, "SALT", 30, 0);
    txn_put(fixture->store, &txn); /* row 1 */
    g_assert_cmpint(spendable(fixture->store), ==, 60);
    hold_make(&hold, 15, 60000);
    hold_put(fixture->store, &hold); /* row 2 */
    g_assert_cmpint(spendable(fixture->store), ==, 45);
    g_assert_true(store_credit(fixture->store, ALICE, now_ms(), credit, NULL));
    g_assert_cmpint(credit->used[BOOK_POINTS].day, ==, 30);
    g_assert_cmpint(credit->used[BOOK_POINTS].sum, ==, 30);
    g_assert_cmpint(credit->used[BOOK_POINTS].count, ==, 1);
    credit_tell(fixture->store, 70, 10, 1, 2); /* the platform has the spend, not yet the hold */
    g_assert_cmpint(spendable(fixture->store), ==, 45);
    credit_tell(fixture->store, 70, 25, 2, 3);
    g_assert_cmpint(spendable(fixture->store), ==, 45);
    credit_tell(fixture->store, 1000, 0, 0, 2); /* older news */
    g_assert_cmpint(spendable(fixture->store), ==, 45);
    spend_make(&txn, ALICE, "SALT", 45, 0);
    txn_put(fixture->store, &txn);
    g_assert_cmpint(spendable(fixture->store), ==, 0);
    verdict(fixture->store, STORE_REJECTED); /* refused: it has not been spent */
    g_assert_cmpint(spendable(fixture->store), ==, 45);
    fixture_close(fixture);
    /* Personal: nothing of it lies there in clear. */
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM credit WHERE value LIKE '%balance%'"), ==, 0);
    fixture_open(fixture);
    g_assert_cmpint(spendable(fixture->store), ==, 45);
    assert_books(fixture->store);
}

static void test_items(struct fixture *fixture, const void *data)
{
    static const char *const BAD[] = {
        "[{'topic':'credit','key':'x','version':1,'deleted':false,'value':{}}]",
        "[{'topic':'credit','key':'','version':1,'deleted':false,'value':{}}]",
        "[{'topic':'credit','key':'x','version':-1,'deleted':false,'value':{}}]",
        "[{'topic':'rule','key':'other','version':1,'deleted':false,'value':{}}]",
        "[{'topic':'rule','key':'credit','version':1,'deleted':true,'value':null}]",
        "[{'topic':'quota','key':'K0001','version':1,'deleted':false,'value':{}}]", /* unsigned: not this way */
    };
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        json_t *items = json_of(BAD[i]);
        g_assert_true(store_feed_apply(fixture->store, items, "c", &error));
        json_decref(items);
    }
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, G_N_ELEMENTS(BAD));
    g_assert_cmpint(raw_int(fixture->path, "SELECT (SELECT count(*) FROM credit)+(SELECT count(*) FROM rule)"), ==, 0);
    fixture_open(fixture);
}

/* ---- Attendance ------------------------------------------------------------------------------------------------------ */

static void tap_put(struct store *store, const struct attendance_event *event)
{
    g_autoptr(GError) error = NULL;
    append(store, "attendance.tap", attendance_event_to_json(event), &error);
    g_assert_no_error(error);
}

/* Signed out of with a later card that has signed in by itself meanwhile. */
static void test_attendance_later_card(struct fixture *fixture, const void *data)
{
    int64_t start = ms_of_date(20261122) + 9 * 60 * MINUTE;
    struct attendance_event first, second;
    struct store_attendance had;
    g_autoptr(GError) error = NULL;
    bool found;

    tap_make(&first, ALICE, start, start);
    tap_put(fixture->store, &first);
    tap_make(&second, BOB, start, start + 60 * MINUTE);
    tap_put(fixture->store, &second);
    second.out = first.out = true;
    second.at_ms = start + 90 * MINUTE;
    tap_put(fixture->store, &second);
    g_strlcpy(first.token, BOB, sizeof first.token);
    first.at_ms = start + 100 * MINUTE;
    tap_put(fixture->store, &first);
    g_assert_true(store_attendance(fixture->store, first.id, &had, &found, &error) && found);
    g_assert_cmpstr(had.token, ==, ALICE);
    g_assert_cmpint(had.times.out_ms, ==, first.at_ms);
    assert_books(fixture->store);
}

static void test_attendance(struct fixture *fixture, const void *data)
{
    int64_t start = ms_of_date(20261122) + 9 * 60 * MINUTE, minutes = 0;
    struct attendance_event tap, other;
    struct attendance_close end;
    struct store_attendance open;
    g_autoptr(GError) error = NULL;
    bool found;

    tap_make(&tap, ALICE, start, start - 5 * MINUTE);
    tap_put(fixture->store, &tap);
    g_assert_true(store_attendance_open(fixture->store, ALICE, start, &open, &found, &error) && found);
    g_assert_cmpstr(open.id, ==, tap.id);
    tap_make(&other, ALICE, start + 60 * MINUTE, start + 50 * MINUTE);
    refused(fixture->store, "attendance.tap", attendance_event_to_json(&other), "OVERLAP");
    close_make(&end, tap.id, STAFF, 60, "");
    refused(fixture->store, "attendance.close", attendance_close_to_json(&end), "RULE"); /* without a second tap: a reason */
    tap.out = true;
    tap.at_ms = start + 121 * MINUTE;
    tap_put(fixture->store, &tap);
    g_assert_true(store_attendance_open(fixture->store, ALICE, tap.at_ms, &open, &found, &error) && found);
    g_assert_cmpint(attendance_tap(&open.times, tap.at_ms), ==, TAP_REPEATED);
    g_assert_true(store_attendance_open(fixture->store, ALICE, tap.at_ms + MINUTE, &open, &found, &error) && !found);
    close_make(&end, tap.id, ALICE, 120, "");
    refused(fixture->store, "attendance.close", attendance_close_to_json(&end), "TWO_PERSONS");
    close_make(&end, tap.id, STAFF, 120, "");
    g_assert_true(append(fixture->store, "attendance.close", attendance_close_to_json(&end), &error));
    refused(fixture->store, "attendance.close", attendance_close_to_json(&end), "UNKNOWN");
    g_assert_true(store_attendance_done(fixture->store, ALICE, ms_of_date(20261122), &minutes, &error));
    g_assert_cmpint(minutes, ==, 120);
    tap_make(&other, ALICE, start + 60 * MINUTE, start + 120 * MINUTE);
    refused(fixture->store, "attendance.tap", attendance_event_to_json(&other), "OVERLAP");
    tap_make(&other, ALICE, start + 120 * MINUTE, start + 130 * MINUTE);
    tap_put(fixture->store, &other); /* the next slot; its second tap is forgotten */
    g_assert_true(store_attendance_open(fixture->store, ALICE, start + 361 * MINUTE, &open, &found, &error) && !found);
    tap_make(&tap, ALICE, start + 1440 * MINUTE, start + 1441 * MINUTE);
    tap_put(fixture->store, &tap); /* which does not keep anybody from coming again */
    assert_books(fixture->store);
}

/* ---- Invariants ------------------------------------------------------------------------------------------------------ */

static void assert_broken(struct fixture *fixture, const char *script, const char *what)
{
    g_autoptr(GError) error = NULL;

    fixture_close(fixture);
    raw_sql(fixture->path, script);
    fixture_open(fixture);
    g_assert_false(store_ledger_check(fixture->store, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
    if (strstr(error->message, what) == NULL)
        g_error("%s, not %s", error->message, what);
    g_clear_error(&error);
    g_assert_false(store_rebuild(fixture->store, &error)); /* seen, and built anew from the journal */
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
    assert_books(fixture->store);
}

static void test_broken(struct fixture *fixture, const void *data)
{
    struct ledger_txn txn, undo;
    struct ledger_hold hold;
    struct payment payment;

    hold_make(&hold, 50, 60000);
    hold_put(fixture->store, &hold);
    spend_make(&txn, ALICE, "SALT", 20, 0);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    txn_put(fixture->store, &txn);
    txn_begin(&undo, LEDGER_REVERSE);
    ledger_txn_reverse(&txn, &undo);
    txn_put(fixture->store, &undo);
    payment_make(&payment, CARD, "B1", 500);
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
    assert_books(fixture->store);
    assert_broken(fixture, "DROP TRIGGER ledger_entry_no_update; UPDATE ledger_entry SET amount=21 WHERE amount=20",
                  "does not sum to zero");
    assert_broken(fixture, "DROP TRIGGER ledger_entry_no_delete; DELETE FROM ledger_entry WHERE line=1", "sum to zero");
    assert_broken(fixture, "DROP TRIGGER ledger_txn_no_delete; DELETE FROM ledger_txn WHERE type='REVERSE'",
                  "an entry without");
    assert_broken(fixture, "UPDATE ledger_hold SET state='RELEASED'", "captured by nothing");
    assert_broken(fixture, "UPDATE ledger_hold SET captured=19", "another sum");
    assert_broken(fixture, "UPDATE payment_bill SET amount_fen=499", "bills are not its amount");
}

/* The tables refuse what the code would never write. */
static void test_constraints(struct fixture *fixture, const void *data)
{
    static const char *const BAD[] = {
        "INSERT INTO ledger_entry VALUES('t',0,'COIN','person:x',0,0)",
        "INSERT INTO ledger_entry VALUES('t',0,'COIN','person:x',60,0); INSERT INTO ledger_txn VALUES('t',1,'EARN',0,'r',"
        "'','','',0,'',2)",
        "INSERT INTO ledger_entry VALUES('t',0,'COIN','person:x',60,0),('t',1,'COIN','issue:x',-59,0);"
        "INSERT INTO ledger_txn VALUES('t',1,'EARN',0,'r','','','',0,'',2)",
        "INSERT INTO ledger_entry VALUES('t',0,'COIN','person:x',60,0),('t',1,'POINTS','issue:x',-60,0);"
        "INSERT INTO ledger_txn VALUES('t',1,'EARN',0,'r','','','',0,'',2)",
        "UPDATE ledger_txn SET type='GIFT'", "DELETE FROM ledger_entry", "UPDATE ledger_entry SET amount=1",
    };
    struct ledger_txn txn;
    sqlite3 *db = NULL;

    spend_make(&txn, ALICE, "SALT", 20, 0);
    txn_put(fixture->store, &txn);
    fixture_close(fixture);
    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_assert_cmpint(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_exec(db, BAD[i], NULL, NULL, NULL) & 0xFF, ==, SQLITE_CONSTRAINT);
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL); /* some have rolled back by themselves */
    }
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    fixture_open(fixture);
    assert_books(fixture->store);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/books/quota/spend", test_quota_spend);
    FIXTURE_ADD("/books/quota/back", test_quota_back);
    FIXTURE_ADD("/books/quota/over", test_quota_over);
    FIXTURE_ADD("/books/quota/taken", test_quota_taken);
    FIXTURE_ADD("/books/hold/bounds", test_hold_bounds);
    FIXTURE_ADD("/books/quota/forward", test_quota_forward);
    FIXTURE_ADD("/books/transactions", test_transactions);
    FIXTURE_ADD("/books/holds", test_holds);
    FIXTURE_ADD("/books/credit", test_credit);
    FIXTURE_ADD("/books/items", test_items);
    FIXTURE_ADD("/books/attendance", test_attendance);
    FIXTURE_ADD("/books/attendance/later-card", test_attendance_later_card);
    FIXTURE_ADD("/books/broken", test_broken);
    FIXTURE_ADD("/books/constraints", test_constraints);
    return g_test_run();
}
