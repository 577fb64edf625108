/* SPDX-License-Identifier: Apache-2.0 */
/* How long anything is kept, and what two people decide: one asks, another confirms, and nothing is forgotten of it. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/activities/activities.h"
#include "platform/credit/credit.h"
#include "platform/data/db-check.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/orders/service-orders.h"
#include "platform/persons/retention.h"
#include "platform/persons/two.h"
#include "platform/staff.h"
#include "platform/tickets/tickets.h"
#include <sqlite3.h>
#include <string.h>

static void change(struct credit_kit *f, const char *sql)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, sql, ""));
    g_assert_true(db_commit(f->platform->db, NULL));
}

static struct retention retain(struct credit_kit *f, bool dry)
{
    g_autoptr(GError) error = NULL;
    struct retention out;

    retention_run(f->platform, now_ms(), dry, NULL, &out, &error);
    g_assert_no_error(error);
    return out;
}

/* ---- Rows ---- */

static void fill(struct credit_kit *f)
{
    struct access access = {.actor = "self", .role = "resident", .person = 1, .purpose = PURPOSE_HOME, .case_id = "", .kiosk = "K0001"};
    struct tap_challenge challenge = {.id = "01985d5e-5c00-7000-8000-000000000001", .kiosk = "K0001", .made_ms = now_ms()};
    struct tap_session session = {.kiosk = "K0001", .opened_ms = now_ms(), .expires_ms = now_ms() + 1000};
    struct answer_row answer = {.status = 200, .answer = (char *)"{}"};
    struct code_row code = {.expires_ms = now_ms(), .tries_left = 3};
    struct db *db = f->platform->db;
    static uint8_t turn;
    uint8_t digest[32] = {7, ++turn};
    g_autofree char *key = g_strdup_printf("k%u", turn);

    g_strlcpy(challenge.card, f->elder, sizeof challenge.card);
    g_strlcpy(session.card, f->elder, sizeof session.card);
    g_assert_true(db_begin(db, true, NULL));
    for (int i = 0; i < 1200; i++) /* more than one transaction takes */
        g_assert_true(db_access_add(db, &access, now_ms(), NULL));
    g_assert_true(db_challenge_add(db, &challenge, NULL) && db_session_add(db, digest, &session, NULL) &&
                  db_failure_add(db, "kiosk:K0001", 0, now_ms(), NULL) && db_code_set(db, "K0001", &code, NULL) &&
                  db_answer_add(db, "K0001", key, &answer, now_ms(), NULL));
    g_assert_true(db_run(db, NULL, "INSERT INTO deadletter VALUES(?1,'K0001',1,1,?2,'x',?2,'r','rejected',?3)", "bi", digest,
                         sizeof digest, now_ms()));
    g_assert_true(db_commit(db, NULL));
}

static void test_rows(struct credit_kit *f, const void *data)
{
    static const struct { int64_t days; int64_t gone[KEPTS]; } STEPS[] = {
        {0, {0}},
        {2, {[KEPT_CHALLENGE] = 1, [KEPT_FAILURE] = 1, [KEPT_CODE] = 1}},
        {6, {[KEPT_ANSWER] = 1}},
        {23, {[KEPT_SESSION] = 1}},
        {150, {[KEPT_LETTER] = 1}},
        {3 * 365 - 182, {0}},
        {2, {[KEPT_ACCESS] = 1199}},
        {1000, {0}},
    };

    fill(f);
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++) {
        credit_kit_shift_ms += STEPS[i].days * DAY;
        struct retention dry = retain(f, true), done = retain(f, false), again = retain(f, true);
        for (int kept = 0; kept < KEPTS; kept++) {
            g_assert_cmpint(dry.counts[kept], ==, STEPS[i].gone[kept]);
            g_assert_cmpint(done.counts[kept], ==, STEPS[i].gone[kept]);
            g_assert_cmpint(again.counts[kept], ==, 0);
        }
    }
}

/* Only what is over goes, and the table says so to others, too. */
static void test_log_floor(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;

    fill(f);
    credit_kit_shift_ms += 3 * 365 * DAY + DAY;
    fill(f);
    g_assert_cmpint(retain(f, false).counts[KEPT_ACCESS], ==, 1200);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM access_log WHERE community=?1"), ==, 1200);
    g_assert_true(db_begin(db, true, NULL));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM access_log WHERE community=?1", ""));
    db_rollback(db);
    /* Numbers go on: no row ever gets that of another. */
    g_assert_cmpint(kit_count(f->platform, "SELECT max(n) FROM access_log WHERE community=?1"), ==, 2400);
}

static void test_nightly(struct credit_kit *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    fill(f);
    credit_kit_shift_ms += 40 * DAY;
    g_assert_true(retention_nightly(f->platform, now_ms(), NULL, &error));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM tap_session WHERE community=?1"), ==, 0);
    fill(f);
    change(f, "UPDATE tap_session SET expires_ms=2, opened_ms=1 WHERE community=?1");
    g_assert_true(retention_nightly(f->platform, now_ms(), NULL, &error)); /* the same day */
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM tap_session WHERE community=?1"), ==, 1);
    credit_kit_shift_ms += DAY;
    g_assert_true(retention_nightly(f->platform, now_ms(), NULL, &error));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM tap_session WHERE community=?1"), ==, 0);
}

static int64_t sessions(struct credit_kit *f)
{
    return kit_count(f->platform, "SELECT count(*) FROM tap_session WHERE community=?1");
}

static void beside(struct credit_kit *f, const char *sql)
{
    g_autofree char *path = g_build_filename(f->platform->data_dir, "platform.db", NULL);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

/* A night that was stopped, or failed, is not one that was done. */
static void test_nightly_again(struct credit_kit *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    gint stop = 1;

    fill(f);
    credit_kit_shift_ms += 40 * DAY;
    g_assert_true(retention_nightly(f->platform, now_ms(), &stop, &error));
    g_assert_cmpint(sessions(f), ==, 1);
    if (kit_on_file()) {
        beside(f, "CREATE TRIGGER disk BEFORE DELETE ON tap_session BEGIN SELECT RAISE(ABORT,'no room'); END");
        g_assert_false(retention_nightly(f->platform, now_ms(), NULL, &error));
        g_assert_nonnull(strstr(error->message, "no room"));
        g_clear_error(&error);
        beside(f, "DROP TRIGGER disk");
    }
    g_assert_true(retention_nightly(f->platform, now_ms(), NULL, &error));
    g_assert_cmpint(sessions(f), ==, 0);
}

/* ---- People who left ---- */

static char *name_of(struct credit_kit *f, int64_t person)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *name = db_snapshot_name(f->platform->db, person, NULL);
    db_rollback(f->platform->db);
    char *out = g_strdup(json_string_value(name));
    json_decref(name);
    return out;
}

#define TICKET "01985d5e-5c00-7000-8000-000000000001"
#define STEP   "01985d5e-5c00-7000-8000-000000000002"

static void file_ticket(struct credit_kit *f)
{
    json_t *contact = json_pack("{s:s}", "phone", "13800001234");
    struct ticket_filing filing = {.token = TICKET, .service = "F01", .description = "call 13800001234", .kiosk = "", .reporter = f->elder,
                                   .api_key = "", .address_id = "", .address = "at home", .contact = contact, .filed_ms = now_ms()};
    const char *why = NULL;
    struct ticket_row row;

    g_assert_true(tickets_ready(f->platform, NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL) && tickets_file(f->platform->db, &filing, now_ms(), &row, &why, NULL));
    g_assert_null(why);
    g_assert_true(db_commit(f->platform->db, NULL));
    ticket_row_clear(&row);
    json_decref(contact);
    struct ticket_order assign = {.ticket = TICKET, .id = "01985d5e-5c00-7000-8000-000000000003", .step = TICKET_ASSIGN,
                                  .staff = {"staff-1"}, .unit = "Anhe"};
    struct ticket_order order = {.ticket = TICKET, .id = STEP, .step = TICKET_RETURN, .staff = {"staff-1"}, .unit = "Anhe",
                                 .reason = "phone is 13800001234"};
    enum ticket_state state;
    g_autoptr(GError) error = NULL;
    (void)(tickets_step(f->platform, &assign, now_ms(), &state, &error) && tickets_step(f->platform, &order, now_ms(), &state, &error));
    g_assert_no_error(error);
}

/* The staff's note of the last step; g_free. The events themselves, all but that, are as they were. */
static char *note_of(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *events = db_ticket_events(f->platform->db, TICKET, NULL);
    db_rollback(f->platform->db);
    g_assert_cmpuint(json_array_size(events), ==, 3);
    json_t *last = json_array_get(events, 2);
    g_assert_cmpstr(json_string_value(json_object_get(last, "id")), ==, STEP);
    g_assert_cmpstr(json_string_value(json_object_get(last, "step")), ==, "return");
    char *note = g_strdup(json_string_value(json_object_get(last, "private_note")));
    json_decref(events);
    return note;
}

/* What was taken away is no damage. */
static void assert_sealed_well(struct credit_kit *f)
{
    g_autofree char *broken = NULL;
    int64_t checked = 0;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_check_sealed(f->platform->db, &checked, &broken, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpstr(broken, ==, NULL);
    g_assert_cmpint(checked, >, 0);
}

/* Nothing else of what happened can be changed, nor another note be put there. */
static void assert_events_stay(struct credit_kit *f)
{
    struct db *db = f->platform->db;

    g_assert_true(db_begin(db, true, NULL));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE ticket_event SET private_note='other' WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE ticket_event SET private_note='', public_note='other' WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE ticket_event SET private_note='', staff_a='other' WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM ticket_event WHERE community=?1", ""));
    db_rollback(db);
}

static void assert_ticket_erased(struct credit_kit *f)
{
    struct ticket_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_ticket_find(f->platform->db, TICKET, &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_true(found);
    g_assert_cmpstr(row.reporter, ==, "");
    g_assert_cmpstr(row.description, ==, "");
    g_assert_cmpstr(row.contact, ==, "{}");
    g_assert_cmpstr(row.address, ==, "");
    ticket_row_clear(&row);
}

/* ---- What they still have or wait for ---- */

#define DATE "R-1"

static void activity_add(struct credit_kit *f)
{
    struct activity_row activity = {"R", "class", "测试课", "A test", "活动室", "Room", "100", 0, 1};
    struct date_row date = {.id = DATE, .activity = "R", .session = {.seats = 1}};
    g_autoptr(GError) error = NULL;

    date.session.start_ms = now_ms() + 10 * DAY;
    date.session.end_ms = date.session.start_ms + HOUR;
    g_assert_true(db_begin(f->platform->db, true, &error) && activities_add(f->platform->db, &activity, &error) &&
                  activities_date_add(f->platform->db, &date, &error) && db_commit(f->platform->db, &error));
    g_assert_no_error(error);
}

static char *seat_ask(struct credit_kit *f, const char *card)
{
    json_t *event = pen_event(&f->pen, "seat.asked", json_pack("{s:s, s:s, s:i}", "session", DATE, "card_token", card, "companions", 0));
    char *id = g_strdup(json_string_value(json_object_get(event, "id")));
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
    return id;
}

static char *order_ask(struct credit_kit *f, const char *service, int64_t price_fen)
{
    struct order_placing placing = {.price_fen = price_fen, .words = "x", .address = "x", .phone = "10012345678"};

    g_strlcpy(placing.card_token, f->elder, sizeof placing.card_token);
    g_strlcpy(placing.service, service, sizeof placing.service);
    json_t *event = pen_event(&f->pen, "order.placed", order_placing_to_json(&placing));
    char *id = g_strdup(json_string_value(json_object_get(event, "id")));
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_code(answer, 0), ==, "");
    json_decref(answer);
    return id;
}

static void assert_seat(struct credit_kit *f, const char *id, enum seat_state state)
{
    struct seat_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_seat_find(f->platform->db, id, &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_true(found);
    g_assert_cmpstr(seat_state_name(row.seat.state), ==, seat_state_name(state));
}

static void assert_order(struct credit_kit *f, const char *id, enum order_state state)
{
    struct service_order_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_service_order_find(f->platform->db, id, &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_true(found);
    g_assert_cmpstr(order_state_name(row.order.state), ==, order_state_name(state));
    service_order_clear(&row);
}

/* What the newest page of the feed says of a key of this topic, new reference. */
static json_t *told_of(struct credit_kit *f, const char *topic, const char *key)
{
    json_t *feed = kit_feed(f->platform, "K0001"), *out = json_incref(json_object_get(kit_fed(feed, topic, key), "value"));

    json_decref(feed);
    return out;
}

static void assert_told(struct credit_kit *f, const char *topic, const char *key, const char *state)
{
    json_t *value = told_of(f, topic, key);
    json_t *holder = json_object_get(value, topic);

    g_assert_cmpstr(json_string_value(json_object_get(holder != NULL ? holder : value, "state")), ==, state);
    json_decref(value);
}

/* Two people say that somebody left: in the same moment their place is somebody else's, nobody goes to them, and kiosks know. */
static void test_person_gives_back(struct credit_kit *f, const void *data)
{
    static const char *const by[] = {"staff-1", "staff-2", NULL};
    const struct two_action left = {"person-left", f->elder, "", "moved away"};
    g_autofree char *card = kit_card(1);
    g_autoptr(GError) error = NULL;
    int64_t version;

    activity_add(f);
    g_autofree char *seat = seat_ask(f, f->elder), *next = seat_ask(f, f->adult), *order = order_ask(f, "H04", 2000);
    assert_seat(f, seat, SEAT_REGISTERED);
    assert_seat(f, next, SEAT_WAITLISTED);
    g_assert_false(two_now(f->platform, &left, (char **)by, now_ms(), &error)); /* the card is in use: all stays as it is */
    g_clear_error(&error);
    assert_seat(f, seat, SEAT_REGISTERED);
    assert_order(f, order, ORDER_POOL);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, NULL));
    two_now(f->platform, &left, (char **)by, now_ms(), &error);
    g_assert_no_error(error);
    assert_seat(f, seat, SEAT_CANCELLED);
    assert_seat(f, next, SEAT_OFFERED);
    assert_order(f, order, ORDER_CANCELLED);
    assert_told(f, "seat", seat, "CANCELLED");
    assert_told(f, "seat", next, "OFFERED");
    assert_told(f, "order", order, "CANCELLED");
}

static void state_nothing(struct credit_kit *f, const char *card)
{
    struct bill_row statement = {.id = "nothing-1", .biller = "ytdl", .account_no = "T777", .period = "202611", .issue = 20261101};

    g_strlcpy(statement.card, card, sizeof statement.card);
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_statement_add(f->platform->db, &statement, NULL) &&
                  db_commit(f->platform->db, NULL));
}

static void assert_statement(struct credit_kit *f, const char *account)
{
    g_autofree char *is = NULL;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    struct db_rows *rows = db_query(f->platform->db, NULL, "SELECT account_no FROM statement WHERE community=?1 AND id='nothing-1'", "");
    g_assert_cmpint(db_next(f->platform->db, rows, NULL), ==, 1);
    g_assert_true(db_col_unsealed(f->platform->db, rows, 0, "statement.account_no", "nothing-1", &is, NULL));
    db_done(rows);
    db_rollback(f->platform->db);
    g_assert_cmpstr(is, ==, account);
}

static void test_person(struct credit_kit *f, const void *data)
{
    static const char *const by[] = {"staff-1", "staff-2", NULL};
    const struct two_action left = {"person-left", f->elder, "", "moved away"};
    g_autofree char *card = kit_card(1);
    g_autoptr(GError) error = NULL;
    int64_t version, person = -1, entries = kit_count(f->platform, "SELECT count(*) FROM credit_entry WHERE community=?1");
    json_t *before = kit_report(f->platform), *after;

    g_assert_true(db_begin(f->platform->db, false, NULL) &&
                  db_card_token_person(f->platform->db, f->elder, &person, NULL));
    db_rollback(f->platform->db);
    g_assert_false(two_now(f->platform, &left, (char **)by, now_ms(), &error)); /* the card is in use */
    g_assert_nonnull(strstr(error->message, "in use"));
    g_clear_error(&error);
    file_ticket(f);
    state_nothing(f, card);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, NULL));
    two_now(f->platform, &left, (char **)by, now_ms(), &error);
    g_assert_no_error(error);
    g_assert_false(two_now(f->platform, &left, (char **)by, now_ms(), &error));
    g_clear_error(&error);
    credit_kit_shift_ms += 179 * DAY;
    g_assert_cmpint(retain(f, false).counts[KEPT_PERSON], ==, 0);
    g_autofree char *name = name_of(f, person), *erased = NULL;
    g_assert_cmpuint(strlen(name), >, 3);
    g_autofree char *note = note_of(f), *erased_note = NULL;
    g_assert_cmpstr(note, ==, "phone is 13800001234");
    credit_kit_shift_ms += 2 * DAY;
    g_assert_cmpint(retain(f, true).counts[KEPT_PERSON], ==, 1);
    g_assert_cmpint(retain(f, false).counts[KEPT_PERSON], ==, 1);
    g_assert_cmpint(retain(f, false).counts[KEPT_PERSON], ==, 0);
    erased = name_of(f, person);
    g_assert_cmpstr(erased, ==, "");
    assert_ticket_erased(f);
    assert_statement(f, "");
    erased_note = note_of(f);
    g_assert_cmpstr(erased_note, ==, NULL);
    assert_sealed_well(f);
    assert_events_stay(f);
    /* The books are as they were. */
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM credit_entry WHERE community=?1"), ==, entries);
    after = kit_report(f->platform);
    g_assert_true(json_equal(json_object_get(before, "transactions"), json_object_get(after, "transactions")));
    g_assert_true(json_equal(json_object_get(before, "accounts"), json_object_get(after, "accounts")));
    kit_assert_ledger(after);
    json_decref(before);
    json_decref(after);
}

/* ---- Two people ---- */

static char *hold(struct credit_kit *f, struct ledger_hold *out)
{
    *out = (struct ledger_hold){.book = BOOK_COIN, .account.kind = OWNER_PERSON, .amount = 60, .state = HOLD_HELD,
                                .expires_ms = now_ms() + DAY, .ref = "x"};
    uuid7(now_ms(), out->id);
    g_strlcpy(out->account.owner, f->elder, sizeof out->account.owner);
    credit_kit_push(f, &f->pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(out), "accepted", "");
    return out->id;
}

static void assert_state(struct credit_kit *f, const char *id, const char *state, const char *by)
{
    json_t *rows = two_list(f->platform, false, now_ms(), NULL), *row;
    bool seen = false;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) != 0)
            continue;
        seen = true;
        g_assert_cmpstr(json_string_value(json_object_get(row, "state")), ==, state);
        g_assert_cmpstr(json_string_value(json_object_get(row, "ended_by")), ==, by);
    }
    g_assert_true(seen);
    json_decref(rows);
}

static void assert_refused(bool done, GError **error, const char *says)
{
    g_assert_false(done);
    g_assert_nonnull(*error);
    if (strstr((*error)->message, says) == NULL)
        g_error("'%s' does not say '%s'", (*error)->message, says);
    g_clear_error(error);
}

static void test_two(struct credit_kit *f, const void *data)
{
    struct ledger_hold held;
    struct two_action action = {"hold-release", hold(f, &held), "", "the order fell through"};
    g_autoptr(GError) error = NULL;
    char id[37], other[37];

    assert_refused(two_ask(f->platform, &action, "Mallory", now_ms(), id, &error), &error, "STAFF_UNKNOWN");
    g_assert_true(two_ask(f->platform, &action, "staff-1", now_ms(), id, &error));
    assert_refused(two_ask(f->platform, &action, "staff-2", now_ms(), other, &error), &error, "waits");
    assert_refused(two_confirm(f->platform, id, "staff-1", now_ms(), &error), &error, "two different");
    assert_refused(two_confirm(f->platform, id, "S0001", now_ms(), &error), &error, "STAFF_ONE_PERSON"); /* the same, by another card */
    assert_refused(two_confirm(f->platform, id, "Mallory", now_ms(), &error), &error, "STAFF_UNKNOWN");
    assert_state(f, id, "ASKED", "");
    two_confirm(f->platform, id, "staff-2", now_ms(), &error);
    g_assert_no_error(error);
    assert_state(f, id, "DONE", "staff-2");
    assert_refused(two_confirm(f->platform, id, "staff-2", now_ms(), &error), &error, "no such action");
    assert_refused(two_withdraw(f->platform, id, "staff-1", now_ms(), &error), &error, "no such action");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM credit_hold_end WHERE community=?1"), ==, 1);
    struct db *db = f->platform->db;
    g_assert_true(db_begin(db, true, NULL));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM pending_action WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE pending_action SET ended_by='x' WHERE community=?1", ""));
    db_rollback(db);
}

#define POINTS "SELECT coalesce(sum(amount),0) FROM credit_entry WHERE community=?1 AND book='POINTS' AND account LIKE 'person:%'"

/* Credit that is corrected: asked for by one, done by another, with both names on the transaction. */
static void test_two_credit(struct credit_kit *f, const void *data)
{
    g_autofree char *subject = g_strdup_printf("%s:POINTS:25", f->elder), *money = g_strdup_printf("%s:MONEY:25", f->elder);
    struct two_action action = {"credit-move", subject, "", "the card was forgotten"}, wrong = {"credit-move", money, "", "why"};
    static const char *const by[] = {"staff-1", "staff-2", NULL};
    g_autoptr(GError) error = NULL;
    int64_t before = kit_count(f->platform, POINTS);
    char id[37];

    two_ask(f->platform, &action, "staff-1", now_ms(), id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='ADJUST'"), ==, 0);
    assert_refused(two_confirm(f->platform, id, "staff-1", now_ms(), &error), &error, "two different");
    two_confirm(f->platform, id, "staff-2", now_ms(), &error);
    g_assert_no_error(error);
    assert_state(f, id, "DONE", "staff-2");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='ADJUST'"), ==, 1);
    g_assert_cmpint(kit_count(f->platform, POINTS), ==, before + 25);
    assert_refused(two_now(f->platform, &wrong, (char **)by, now_ms(), &error), &error, "CARD:BOOK:AMOUNT");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='ADJUST'"), ==, 1);
    credit_kit_books(f);
}

/* What cannot be done any more is not taken for done, and goes on waiting. */
static void test_two_fails(struct credit_kit *f, const void *data)
{
    struct ledger_hold held;
    struct two_action action = {"hold-release", hold(f, &held), "", "why"}, nothing = {"hold-release", "nothing", "", "why"};
    static const char *const by[] = {"staff-1", "staff-2", NULL}, *const one[] = {"staff-1", "staff-1", NULL};
    g_autoptr(GError) error = NULL;
    char id[37];

    g_assert_true(two_ask(f->platform, &nothing, "staff-1", now_ms(), id, &error));
    assert_refused(two_confirm(f->platform, id, "staff-2", now_ms(), &error), &error, "not open");
    assert_state(f, id, "ASKED", "");
    g_assert_true(two_withdraw(f->platform, id, "staff-2", now_ms(), &error));
    assert_state(f, id, "WITHDRAWN", "staff-2");
    /* Both at once overtakes what one had asked for. */
    g_assert_true(two_ask(f->platform, &action, "staff-2", now_ms(), id, &error));
    assert_refused(two_now(f->platform, &action, (char **)one, now_ms(), &error), &error, "two different");
    assert_refused(two_now(f->platform, &action, NULL, now_ms(), &error), &error, "two different");
    two_now(f->platform, &action, (char **)by, now_ms(), &error);
    g_assert_no_error(error);
    assert_state(f, id, "WITHDRAWN", "staff-1");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM pending_action WHERE community=?1 AND state='DONE'"), ==, 1);
}

static void test_two_expires(struct credit_kit *f, const void *data)
{
    struct ledger_hold held;
    struct two_action action = {"hold-release", hold(f, &held), "", "why"};
    g_autoptr(GError) error = NULL;
    char id[37];

    g_assert_true(two_ask(f->platform, &action, "staff-1", now_ms(), id, &error));
    g_assert_true(staff_retire(f->platform, "staff-1", now_ms(), NULL));
    credit_kit_shift_ms += MINUTE;
    assert_refused(two_confirm(f->platform, id, "staff-2", now_ms(), &error), &error, "STAFF_RETIRED");
    credit_kit_shift_ms += TWO_LIFE_MS;
    assert_refused(two_confirm(f->platform, id, "staff-2", now_ms(), &error), &error, "no such action");
    assert_state(f, id, "EXPIRED", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/retention/rows", test_rows);
    CREDIT_KIT_ADD("/retention/log-floor", test_log_floor);
    CREDIT_KIT_ADD("/retention/nightly", test_nightly);
    CREDIT_KIT_ADD("/retention/nightly-again", test_nightly_again);
    CREDIT_KIT_ADD("/retention/person", test_person);
    CREDIT_KIT_ADD("/retention/person-gives-back", test_person_gives_back);
    CREDIT_KIT_ADD("/two/confirm", test_two);
    CREDIT_KIT_ADD("/two/credit", test_two_credit);
    CREDIT_KIT_ADD("/two/fails", test_two_fails);
    CREDIT_KIT_ADD("/two/expires", test_two_expires);
    return g_test_run();
}
