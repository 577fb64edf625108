/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of services at the platform: placed by kiosks exactly once, moved by whoever may, ended by the clock; what is held for them. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"
#include "platform/orders/service-orders.h"
#include "platform/persons/retention.h"
#include "platform/wipe.h"
#include <string.h>

#define WORDS  "请来换灯泡，我腿不方便"
#define ADDRESS "禾光路 128 弄 9 号 501 室"
#define CARER  "0f0e0d0c0b0a09080706050403020102"
#define BOSS   "0f0e0d0c0b0a09080706050403020103"

/* ---- Kiosks ---- */

static struct order_placing wish(const char *card, const char *service, int64_t price_fen)
{
    struct order_placing placing = {.price_fen = price_fen};

    g_strlcpy(placing.service, service, sizeof placing.service);
    g_strlcpy(placing.card_token, card, sizeof placing.card_token);
    g_strlcpy(placing.words, WORDS, sizeof placing.words);
    g_strlcpy(placing.address, ADDRESS, sizeof placing.address);
    g_strlcpy(placing.phone, "10012345678", sizeof placing.phone);
    return placing;
}

static json_t *pushed(struct credit_kit *f, struct pen *pen, json_t *event, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, pen, json_pack("[O]", event));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    json_decref(answer);
    return event;
}

static char *placed(struct credit_kit *f, const struct order_placing *placing)
{
    json_t *event = pushed(f, &f->pen, pen_event(&f->pen, "order.placed", order_placing_to_json(placing)), "accepted", "");
    char *id = g_strdup(json_string_value(json_object_get(event, "id")));

    json_decref(event);
    return id;
}

static void not_placed(struct credit_kit *f, const struct order_placing *placing, const char *code)
{
    json_decref(pushed(f, &f->pen, pen_event(&f->pen, "order.placed", order_placing_to_json(placing)), "rejected", code));
}

static struct order_saying by_card(const char *order, enum order_step step, const char *card)
{
    struct order_saying saying = {.deed = {.step = step, .actor = ORDER_RESIDENT}};

    g_strlcpy(saying.order, order, sizeof saying.order);
    g_strlcpy(saying.card_token, card, sizeof saying.card_token);
    return saying;
}

static struct order_saying by_staff(const char *order, enum order_step step, enum order_actor actor, const char *staff)
{
    struct order_saying saying = {.deed = {.step = step, .actor = actor}};

    g_strlcpy(saying.order, order, sizeof saying.order);
    g_strlcpy(saying.staff[0], staff, sizeof saying.staff[0]);
    if (actor == ORDER_PROVIDER)
        g_strlcpy(saying.deed.provider, "linli", sizeof saying.deed.provider);
    return saying;
}

static void said(struct credit_kit *f, const struct order_saying *saying, const char *code)
{
    json_decref(pushed(f, &f->other, pen_event(&f->other, "order.step", order_saying_to_json(saying)),
                       *code == '\0' ? "accepted" : "rejected", code));
}

static void row_of(struct credit_kit *f, const char *name, struct service_order_row *row)
{
    g_autoptr(GError) error = NULL;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, &error));
    g_assert_true(db_service_order_find(f->platform->db, name, row, &found, &error));
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_true(found);
}

static void assert_state(struct credit_kit *f, const char *id, enum order_state state)
{
    struct service_order_row row;

    row_of(f, id, &row);
    g_assert_cmpstr(order_state_name(row.order.state), ==, order_state_name(state));
    service_order_clear(&row);
}

static int64_t spendable(struct credit_kit *f, const char *card, enum book book)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);
    bool known = false;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_credit_snapshot(f->platform->db, card, now_ms(), balance, &known, NULL));
    db_rollback(f->platform->db);
    return known ? balance_spendable(balance, book, now_ms()) : 0;
}

static struct order_run clock_runs(struct credit_kit *f, int64_t after_ms)
{
    struct order_run run;
    g_autoptr(GError) error = NULL;

    g_assert_true(service_orders_run(f->platform, now_ms() + after_ms, &run, &error));
    g_assert_no_error(error);
    return run;
}

/* A carer of the volunteers' team, and a manager. */
static void people(struct credit_kit *f)
{
    struct service_provider team;
    bool found;

    kit_staff(f->platform, CARER, "carer", 5, STAFF_PROVIDER);
    kit_staff(f->platform, BOSS, "boss", 6, STAFF_MANAGER);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_provider_find(f->platform->db, "linli", &team, &found, NULL) && found);
    g_strlcpy(team.staff, "carer", sizeof team.staff);
    g_assert_true(provider_put(f->platform->db, &team, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* Minutes of service bring coins. */
static void earn(struct credit_kit *f, const char *card, int64_t minutes)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(credit_post_hours(f->platform->db, &f->rules, card, "tests", minutes, now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* ---- Placing ---- */

static void test_placed_once(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    json_t *event = pen_event(&f->pen, "order.placed", order_placing_to_json(&placing));
    const char *id = json_string_value(json_object_get(event, "id"));
    struct service_order_row row;

    pushed(f, &f->pen, event, "accepted", "");
    pushed(f, &f->pen, event, "duplicate", "");
    row_of(f, id, &row);
    g_assert_cmpint(row.no / 1000000, ==, date_of_ms(now_ms()));
    g_assert_cmpint(row.order.state, ==, ORDER_POOL); /* the clock has opened it */
    g_assert_cmpstr(row.words, ==, WORDS);
    g_assert_nonnull(strstr(row.contact, ADDRESS));
    g_assert_cmpint(row.next_ms, ==, row.order.accept_by_ms);
    service_order_clear(&row);
    g_assert_false(kit_database_has(f->dir, "腿不方便"));
    g_assert_false(kit_database_has(f->dir, "501 室"));
    g_assert_false(kit_database_has(f->dir, "10012345678"));
    json_decref(event);
}

/* The id of a step that was written down here is no order's any more. */
static void test_id_reused(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000), more = wish(f->elder, "N02", 2500);
    g_autofree char *id = placed(f, &placing);
    json_t *event = pen_event(&f->pen, "order.placed", order_placing_to_json(&more));
    struct order_told told = {.id = json_string_value(json_object_get(event, "id")), .kiosk = "", .desk = true};
    struct order_saying saying = by_staff(id, ORDER_DO_CANCEL, ORDER_RESIDENT, STAFF);
    enum order_state state;
    const char *refused;

    saying.deed.at_ms = now_ms();
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(service_order_step(f->platform->db, &saying, &told, now_ms(), &state, &refused, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_null(refused);
    pushed(f, &f->pen, event, "conflict", "ID_REUSED");
    pushed(f, &f->pen, event, "conflict", "ID_REUSED"); /* and again, of the same place */
    g_free(placed(f, &more));
    json_decref(event);
}

/* Nor is the id of an order a step's: what the event says is not done, and the kiosk is not told that it were. */
static void test_step_id_reused(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000), more = wish(f->elder, "N02", 2500);
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_card(id, ORDER_DO_CANCEL, f->elder);
    json_t *event = pen_event(&f->other, "order.step", order_saying_to_json(&saying));
    struct order_origin origin = {.id = json_string_value(json_object_get(event, "id")), .kiosk = "", .placed_ms = now_ms()};
    struct service_order_row row;
    const char *refused;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(service_order_place(f->platform->db, &more, &origin, now_ms(), &refused, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_null(refused);
    pushed(f, &f->other, event, "conflict", "ID_REUSED");
    row_of(f, id, &row);
    g_assert_cmpint(row.order.state, ==, ORDER_POOL);
    service_order_clear(&row);
    said(f, &saying, "");
    json_decref(event);
}

static void test_refused(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(STRANGER, "H04", 2000);

    not_placed(f, &placing, "CARD");
    placing = wish(f->elder, "Z99", 2000);
    not_placed(f, &placing, "SERVICE");
    placing = wish(f->elder, "H04", 1900);
    not_placed(f, &placing, "PRICE");
    placing = wish(f->elder, "X01", 0);
    placing.words[0] = '\0';
    not_placed(f, &placing, "WORDS");
    placing = wish(f->student, "H04", 2000);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 31; /* not as the catalogue says */
    not_placed(f, &placing, "PRICE");
    placing.amount = 30;
    not_placed(f, &placing, "BALANCE");
    placing.amount = 0;
    not_placed(f, &placing, "DATA");
    placing = wish(f->elder, "H04", 2000);
    g_free(placed(f, &placing));
    not_placed(f, &placing, "REPEATED");
}

/* Where nobody has said how credit is earned and spent, none is taken; the kiosk goes on. */
static void test_no_rules(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM meta WHERE community=?1 AND key='credit_rules'", ""));
    g_assert_true(db_commit(f->platform->db, NULL));
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    not_placed(f, &placing, "RULE");
    placing.pay = ORDER_PAY_NONE;
    placing.amount = 0;
    g_free(placed(f, &placing));
}

/* What was asked without a line three days ago has waited three days. */
static void test_offline_clock(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);

    credit_kit_shift_ms = -3 * DAY;
    json_t *event = pen_event(&f->pen, "order.placed", order_placing_to_json(&placing));
    int64_t asked_ms = now_ms();
    credit_kit_shift_ms = 0;
    pushed(f, &f->pen, event, "accepted", "");
    struct service_order_row row;
    row_of(f, json_string_value(json_object_get(event, "id")), &row);
    g_assert_cmpint(ABS(row.order.placed_ms - asked_ms), <, 2000);
    g_assert_cmpint(row.order.accept_by_ms, ==, row.order.placed_ms + DAY);
    g_assert_cmpint(row.order.state, ==, ORDER_ESCALATED);
    service_order_clear(&row);
    json_decref(event);
}

/* ---- The whole way ---- */

static void finish(struct credit_kit *f, const char *id)
{
    struct order_saying saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);

    saying.deed.visit_ms = now_ms() + HOUR;
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_START, ORDER_PROVIDER, CARER);
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_FINISH, ORDER_PROVIDER, CARER);
    saying.deed.minutes = 25;
    said(f, &saying, "");
    assert_state(f, id, ORDER_FINISHED);
}

static json_t *rating_of(const char *order, int grade, const char *rater)
{
    return json_pack("{s:s, s:s, s:i, s:s}", "service", order, "kind", "order", "grade", grade, "rater", rater);
}

static void test_coins(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);
    struct service_order_row row;

    people(f);
    earn(f, f->adult, 120);
    int64_t before = spendable(f, f->adult, BOOK_COIN);
    g_assert_cmpint(before, >=, 30);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    g_autofree char *id = placed(f, &placing);
    g_assert_cmpint(spendable(f, f->adult, BOOK_COIN), ==, before - 30);
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_COIN), ==, before);
    finish(f, id);
    struct order_saying saying = by_card(id, ORDER_DO_CONFIRM, f->elder);
    said(f, &saying, "OTHER_CARD");
    saying = by_card(id, ORDER_DO_CONFIRM, f->adult);
    said(f, &saying, "");
    said(f, &saying, "ORDER_STATE");
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_COIN), ==, before - 30);
    g_assert_cmpint(credit_kit_balance(f, "redeemed:linli", BOOK_COIN), ==, 30);
    saying = by_card(id, ORDER_DO_RATE, f->adult);
    saying.stars = 5;
    said(f, &saying, "");
    row_of(f, id, &row);
    g_assert_cmpint(row.order.state, ==, ORDER_RATED);
    g_assert_cmpint(row.stars, ==, 5);
    g_assert_cmpint(row.order.minutes, ==, 25);
    service_order_clear(&row);
    credit_kit_push(f, &f->pen, "rating.given", "Rating", rating_of(id, 5, f->adult), "accepted", "");
    credit_kit_push(f, &f->pen, "rating.changed", "Rating", rating_of(id, 3, f->adult), "accepted", "");
    row_of(f, id, &row);
    g_assert_cmpint(row.stars, ==, 3); /* whoever thinks better of it */
    service_order_clear(&row);
    credit_kit_books(f);
}

static void test_given_back(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);

    people(f);
    earn(f, f->adult, 120);
    int64_t before = spendable(f, f->adult, BOOK_COIN);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    g_autofree char *cancelled = placed(f, &placing);
    struct order_saying saying = by_card(cancelled, ORDER_DO_CANCEL, f->adult);
    said(f, &saying, "");
    g_assert_cmpint(spendable(f, f->adult, BOOK_COIN), ==, before);
    g_autofree char *disputed = placed(f, &placing); /* the first one is over: no repetition */
    finish(f, disputed);
    saying = by_card(disputed, ORDER_DO_DISPUTE, f->adult);
    g_strlcpy(saying.deed.reason, "灯还是不亮", sizeof saying.deed.reason);
    said(f, &saying, "");
    g_assert_false(kit_database_has(f->dir, "灯还是不亮"));
    saying = by_staff(disputed, ORDER_DO_GIVE_BACK, ORDER_CLERK, STAFF);
    said(f, &saying, "ORDER_REASON");
    g_strlcpy(saying.deed.reason, "上门看过", sizeof saying.deed.reason);
    said(f, &saying, "");
    assert_state(f, disputed, ORDER_REFUNDED);
    g_assert_cmpint(spendable(f, f->adult, BOOK_COIN), ==, before);
    credit_kit_books(f);
}

/* A hold lives thirty days; an order whose visit lies behind them keeps its coins. */
static void test_long_hold(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);
    struct service_order_row row;
    struct credit_day day;

    people(f);
    earn(f, f->adult, 120);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() + 40 * DAY;
    said(f, &saying, "");
    g_assert_cmpint(clock_runs(f, 28 * DAY).renewed, ==, 1);
    g_assert_true(credit_day_run(f->platform, now_ms() + 31 * DAY, &day, NULL));
    row_of(f, id, &row);
    g_assert_cmpstr(row.hold, !=, id);
    g_assert_cmpint(row.held_until_ms, >, now_ms() + 50 * DAY);
    g_assert_false(row.order.alert);
    service_order_clear(&row);
    g_assert_cmpint(clock_runs(f, 31 * DAY).renewed, ==, 0);
    credit_kit_books(f);
}

/* An order whose visit is far: what is held for it has to begin anew before. */
static char *far_order(struct credit_kit *f)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);

    people(f);
    earn(f, f->adult, 120);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    char *id = placed(f, &placing);
    struct order_saying saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() + 40 * DAY;
    said(f, &saying, "");
    return id;
}

/* A card that is reported lost takes no credit from an order that had it before. */
static void test_held_while_lost(struct credit_kit *f, gconstpointer data)
{
    g_autofree char *id = far_order(f), *card = kit_card(0);
    struct service_order_row row;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_card_state_set(f->platform->db, card, "lost", NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_cmpint(clock_runs(f, 28 * DAY).renewed, ==, 1);
    row_of(f, id, &row);
    g_assert_cmpint(row.held_until_ms, >, now_ms() + 50 * DAY);
    g_assert_false(row.order.alert);
    service_order_clear(&row);
}

/* What was held is gone, and another provider has taken it since: completed unpaid, a clerk is told. */
static void test_unpaid(struct credit_kit *f, gconstpointer data)
{
    static const char *const BY[] = {"staff-1", "staff-2", NULL};
    g_autofree char *id = far_order(f);
    struct order_saying saying = by_staff(id, ORDER_DO_WITHDRAW, ORDER_PROVIDER, CARER);
    struct service_order_row row;

    row_of(f, id, &row);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(credit_hold_release(f->platform, row.hold, (char **)BY, "asked for it", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    service_order_clear(&row);
    g_assert_cmpint(clock_runs(f, 28 * DAY).renewed, ==, 0);
    g_strlcpy(saying.deed.reason, "没有人手", sizeof saying.deed.reason);
    said(f, &saying, "");
    finish(f, id);
    row_of(f, id, &row);
    g_assert_false(row.order.alert);
    service_order_clear(&row);
    saying = by_card(id, ORDER_DO_CONFIRM, f->adult);
    said(f, &saying, "");
    row_of(f, id, &row);
    g_assert_cmpint(row.order.state, ==, ORDER_COMPLETED);
    g_assert_true(row.order.alert);
    service_order_clear(&row);
    g_assert_cmpint(credit_kit_balance(f, "redeemed:linli", BOOK_COIN), ==, 0);
}

/* Kiosks choose the ids of what they tell: neither a hold nor a transaction of another one gets into the way of an order's. */
static void test_ids_of_others(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {.kind = OWNER_PERSON}, .amount = 20, .expires_ms = now_ms() + HOUR};
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 20);

    people(f);
    earn(f, f->adult, 120);
    int64_t before = spendable(f, f->adult, BOOK_COIN), others = spendable(f, f->elder, BOOK_COIN);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    json_t *event = pen_event(&f->pen, "order.placed", order_placing_to_json(&placing));
    const char *id = json_string_value(json_object_get(event, "id"));
    g_strlcpy(hold.id, id, sizeof hold.id);
    g_strlcpy(hold.account.owner, f->elder, sizeof hold.account.owner);
    credit_kit_push(f, &f->other, "ledger.hold", "LedgerHold", ledger_hold_to_json(&hold), "accepted", "");
    hold.state = HOLD_RELEASED;
    credit_kit_push(f, &f->other, "ledger.hold", "LedgerHold", ledger_hold_to_json(&hold), "accepted", "");
    pushed(f, &f->pen, event, "accepted", "");
    g_assert_cmpint(spendable(f, f->adult, BOOK_COIN), ==, before - 30);
    g_assert_cmpint(spendable(f, f->elder, BOOK_COIN), ==, others);
    g_strlcpy(txn.id, id, sizeof txn.id);
    credit_kit_txn(f, &f->other, &txn, "");
    finish(f, id);
    struct order_saying saying = by_card(id, ORDER_DO_CONFIRM, f->adult);
    said(f, &saying, "");
    assert_state(f, id, ORDER_COMPLETED);
    g_assert_cmpint(credit_kit_balance(f, "redeemed:linli", BOOK_COIN), ==, 30);
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_COIN), ==, before - 30);
    json_decref(event);
}

/* One that the books refuse stays as it is, until they are put right; the others go on. */
static void test_broken_alone(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->adult, "H04", 2000);
    struct ledger_txn txn = credit_kit_spend(f->adult, BOOK_COIN, "linli", 30);
    struct ledger_hold hold;
    struct service_order_row row;
    char whose[32];
    bool found;

    people(f);
    earn(f, f->adult, 120);
    placing.pay = ORDER_PAY_COIN;
    placing.amount = 30;
    g_autofree char *broken = placed(f, &placing);
    finish(f, broken);
    g_assert_cmpint(clock_runs(f, 48 * HOUR + MINUTE).reminders, ==, 1);
    placing = wish(f->elder, "H04", 2000);
    g_autofree char *other = placed(f, &placing);
    row_of(f, broken, &row);
    g_strlcpy(txn.hold, row.hold, sizeof txn.hold); /* spent already, which the hold does not know */
    service_order_clear(&row);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(credit_post(f->platform->db, &txn, NULL, 0, now_ms(), 0, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "order *");
    struct order_run run = clock_runs(f, 73 * HOUR);
    g_test_assert_expected_messages();
    g_assert_cmpint(run.broken, ==, 1);
    g_assert_cmpint(run.steps, ==, 1);
    assert_state(f, broken, ORDER_FINISHED);
    assert_state(f, other, ORDER_ESCALATED);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_credit_hold_find(f->platform->db, txn.hold, &hold, whose, &found, NULL) && found);
    g_assert_cmpint(hold_capture(&hold, 30, now_ms()), ==, LEDGER_OK);
    g_assert_true(db_credit_hold_put(f->platform->db, &hold, whose, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_cmpint(clock_runs(f, 73 * HOUR).broken, ==, 0);
    assert_state(f, broken, ORDER_COMPLETED);
}

/* ---- Who may ---- */

static void test_who_may(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct order_saying saying;

    people(f);
    g_autofree char *id = placed(f, &placing);
    saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() + HOUR;
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    said(f, &saying, "PROVIDER_STAFF");
    g_strlcpy(saying.deed.provider, "yuehua", sizeof saying.deed.provider); /* washes clothes */
    said(f, &saying, "PROVIDER");
    g_strlcpy(saying.deed.provider, "nobody", sizeof saying.deed.provider);
    said(f, &saying, "PROVIDER");
    saying = by_staff(id, ORDER_DO_DISPATCH, ORDER_CLERK, CARER); /* a carer does not send others */
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    said(f, &saying, "STAFF_ROLE");
    saying = by_staff(id, ORDER_DO_DISPATCH, ORDER_CLERK, STRANGER);
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    said(f, &saying, "STAFF_UNKNOWN");
    g_strlcpy(saying.staff[0], STAFF, sizeof saying.staff[0]);
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_REFUSE, ORDER_PROVIDER, STAFF); /* a clerk writes down what they said by phone */
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    g_strlcpy(saying.deed.reason, "没有人手", sizeof saying.deed.reason);
    said(f, &saying, "");
    assert_state(f, id, ORDER_POOL);
    clock_runs(f, 2 * DAY);
    assert_state(f, id, ORDER_ESCALATED);
    saying = by_staff(id, ORDER_DO_ASSIGN, ORDER_MANAGER, STAFF);
    g_strlcpy(saying.deed.provider, "linli", sizeof saying.deed.provider);
    said(f, &saying, "TWO_PERSONS");
    g_strlcpy(saying.staff[0], BOSS, sizeof saying.staff[0]);
    said(f, &saying, "");
    assert_state(f, id, ORDER_OFFERED);
    saying = by_card(id, ORDER_DO_RATE, f->elder);
    saying.stars = 3;
    said(f, &saying, "ORDER_STATE");
    saying = by_card("00000000-0000-7000-8000-000000000000", ORDER_DO_CANCEL, f->elder);
    said(f, &saying, "UNKNOWN");
    saying = by_card(id, ORDER_DO_CANCEL, f->elder);
    saying.stars = 3;
    said(f, &saying, "DATA");
}

/* What the state of an order alone does not tell: by whom, whose, with what, and when. */
static void test_step_codes(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);

    people(f);
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_staff(id, ORDER_DO_CANCEL, ORDER_PROVIDER, CARER);
    said(f, &saying, "ORDER_ACTOR");
    saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() - HOUR;
    said(f, &saying, "ORDER_VALUE");
    saying = by_staff(id, ORDER_DO_DISPATCH, ORDER_CLERK, STAFF);
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_ACCEPT, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() + 20 * DAY;
    said(f, &saying, "ORDER_WHOSE");
    saying = by_staff(id, ORDER_DO_ACCEPT, ORDER_PROVIDER, STAFF);
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    saying.deed.visit_ms = now_ms() + 20 * DAY;
    credit_kit_shift_ms += 5 * DAY;
    said(f, &saying, "ORDER_LATE");
    credit_kit_shift_ms -= 5 * DAY;
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_ABSENT, ORDER_PROVIDER, STAFF);
    g_strlcpy(saying.deed.provider, "anhe", sizeof saying.deed.provider);
    said(f, &saying, "ORDER_EARLY");
    assert_state(f, id, ORDER_ACCEPTED);
}

static void at_desk(struct credit_kit *f, struct order_saying *saying, const struct order_told *told, enum order_state state,
                    const char *code)
{
    enum order_state now = ORDER_PLACED;
    const char *refused;

    saying->deed.at_ms = now_ms();
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(service_order_step(f->platform->db, saying, told, now_ms(), &now, &refused, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_cmpstr(refused, ==, code);
    g_assert_cmpint(now, ==, state);
}

/* The desk writes down what residents say, but not its own people's. */
static void test_desk(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct order_told told = {.id = "01890000-0000-7000-8000-000000000001", .kiosk = "", .desk = true};

    people(f);
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_staff(id, ORDER_DO_CANCEL, ORDER_RESIDENT, CARER);
    at_desk(f, &saying, &told, ORDER_POOL, "STAFF_ROLE"); /* whose work it is does not say that it was good */
    saying = by_staff(id, ORDER_DO_CANCEL, ORDER_RESIDENT, STAFF);
    for (int times = 0; times < 2; times++) /* the same step twice is one */
        at_desk(f, &saying, &told, ORDER_CANCELLED, NULL);
    json_t *steps;
    g_assert_true(db_begin(f->platform->db, false, NULL));
    steps = db_order_steps(f->platform->db, id, NULL);
    db_rollback(f->platform->db);
    g_assert_cmpint(json_array_size(steps), ==, 3); /* place, open, cancel */
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(steps, 2), "staff_a")), ==, "staff-1");
    json_decref(steps);
}

/* ---- The clock ---- */

static void test_clock(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct service_order_row row;

    people(f);
    g_autofree char *finished = placed(f, &placing);
    placing = wish(f->elder, "N02", 2500);
    g_autofree char *waiting = placed(f, &placing);
    placing = wish(f->elder, "X01", 0);
    g_autofree char *looked = placed(f, &placing);
    assert_state(f, looked, ORDER_REVIEW);
    finish(f, finished);
    struct order_saying saying = by_staff(waiting, ORDER_DO_DISPATCH, ORDER_CLERK, STAFF);
    g_strlcpy(saying.deed.provider, "qiaobian", sizeof saying.deed.provider);
    said(f, &saying, "");
    g_assert_cmpint(clock_runs(f, HOUR).steps, ==, 0);
    clock_runs(f, 2 * HOUR + MINUTE); /* nobody answered: open again */
    assert_state(f, waiting, ORDER_POOL);
    g_assert_cmpint(clock_runs(f, 49 * HOUR).reminders, ==, 1);
    g_assert_cmpint(clock_runs(f, 49 * HOUR).reminders, ==, 0);
    clock_runs(f, 73 * HOUR);
    assert_state(f, finished, ORDER_COMPLETED);
    clock_runs(f, 7 * DAY + HOUR);
    assert_state(f, waiting, ORDER_EXPIRED);
    assert_state(f, looked, ORDER_EXPIRED);
    g_assert_cmpint(clock_runs(f, 60 * DAY).faded, ==, 3);
    g_assert_cmpint(clock_runs(f, 90 * DAY).faded, ==, 0);
    row_of(f, finished, &row);
    g_assert_false(row.told);
    g_assert_cmpint(row.next_ms, ==, 0);
    service_order_clear(&row);
}

/* A kiosk without a line told four days later that it was done: the resident has their three days from now, and is reminded. */
static void test_finish_told_late(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct service_order_row row;

    people(f);
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() + HOUR;
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_START, ORDER_PROVIDER, CARER);
    said(f, &saying, "");
    saying = by_staff(id, ORDER_DO_FINISH, ORDER_PROVIDER, CARER);
    saying.deed.minutes = 25;
    json_t *event = pen_event(&f->other, "order.step", order_saying_to_json(&saying));
    credit_kit_shift_ms += 4 * DAY;
    json_decref(pushed(f, &f->other, event, "accepted", ""));
    g_assert_cmpint(clock_runs(f, 0).steps, ==, 0);
    assert_state(f, id, ORDER_FINISHED);
    g_assert_cmpint(clock_runs(f, 47 * HOUR).reminders, ==, 0);
    g_assert_cmpint(clock_runs(f, 48 * HOUR + MINUTE).reminders, ==, 1);
    g_assert_cmpint(clock_runs(f, 71 * HOUR).steps, ==, 0);
    g_assert_cmpint(clock_runs(f, 73 * HOUR).steps, ==, 1);
    row_of(f, id, &row);
    g_assert_cmpint(row.order.state, ==, ORDER_COMPLETED);
    service_order_clear(&row);
}

/* Nobody ran the clock for four days: the reminder comes first, and a day to answer it. */
static void test_clock_late(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);

    people(f);
    g_autofree char *id = placed(f, &placing);
    finish(f, id);
    struct order_run run = clock_runs(f, 96 * HOUR);
    g_assert_cmpint(run.steps, ==, 0);
    g_assert_cmpint(run.reminders, ==, 1);
    assert_state(f, id, ORDER_FINISHED);
    g_assert_cmpint(clock_runs(f, 119 * HOUR).steps, ==, 0);
    g_assert_cmpint(clock_runs(f, 121 * HOUR).steps, ==, 1);
    assert_state(f, id, ORDER_COMPLETED);
}

/* An accepted order that nobody goes to is a clerk's business, each day anew, and no more once it goes on. */
static void test_nobody_came(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct service_order_row row;

    people(f);
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_staff(id, ORDER_DO_GRAB, ORDER_PROVIDER, CARER);
    saying.deed.visit_ms = now_ms() + HOUR;
    said(f, &saying, "");
    g_assert_cmpint(clock_runs(f, DAY).reminders, ==, 0);
    g_assert_cmpint(clock_runs(f, 26 * HOUR).reminders, ==, 1);
    g_assert_cmpint(clock_runs(f, 27 * HOUR).reminders, ==, 0);
    g_assert_cmpint(clock_runs(f, 51 * HOUR).reminders, ==, 1);
    row_of(f, id, &row);
    g_assert_true(row.order.alert);
    service_order_clear(&row);
    saying = by_staff(id, ORDER_DO_START, ORDER_PROVIDER, CARER);
    said(f, &saying, "");
    row_of(f, id, &row);
    g_assert_false(row.order.alert);
    service_order_clear(&row);
}

/* ---- What is told, and what stays ---- */

static json_t *feed_all(struct credit_kit *f)
{
    return kit_feed(f->platform, "K0001");
}

static void test_feed(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    g_autofree char *id = placed(f, &placing);
    struct service_offer offer;
    bool found;
    int64_t again = 0;

    json_t *feed = feed_all(f);
    json_t *order = json_object_get(kit_fed(feed, "order", id), "value");
    char *text = json_dumps(order, 0);
    g_assert_cmpstr(json_string_value(json_object_get(order, "card_token")), ==, f->elder);
    g_assert_null(strstr(text, "501 室")); /* the number alone stands in many an id */
    g_assert_null(strstr(text, "禾光路"));
    free(text);
    g_assert_cmpint(json_integer_value(json_object_get(json_object_get(kit_fed(feed, "service", "H04"), "value"), "price_fen")), ==, 2000);
    g_assert_nonnull(kit_fed(feed, "provider", "linli"));
    int64_t version = json_integer_value(json_object_get(kit_fed(feed, "order", id), "version"));
    json_decref(feed);

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_service_find(f->platform->db, "H04", &offer, &found, NULL) && found);
    offer.retired_ms = now_ms();
    g_assert_true(service_put(f->platform->db, &offer, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_autofree char *card = kit_card(1);
    g_assert_true(wipe_order(f->platform, card, &again, NULL));
    feed = feed_all(f);
    g_assert_true(json_is_true(json_object_get(kit_fed(feed, "service", "H04"), "deleted")));
    g_assert_cmpint(json_integer_value(json_object_get(kit_fed(feed, "order", id), "version")), >, version);
    json_decref(feed);
    g_assert_cmpint(clock_runs(f, 8 * DAY).steps, ==, 1);
    clock_runs(f, 40 * DAY);
    feed = feed_all(f);
    g_assert_true(json_is_true(json_object_get(kit_fed(feed, "order", id), "deleted")));
    json_decref(feed);
}

static void test_kept(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct db *db = f->platform->db;
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_card(id, ORDER_DO_CANCEL, f->elder);

    said(f, &saying, "");
    g_assert_true(db_begin(db, true, NULL));
    kit_assert_refused(db, &(struct kit_attempt){"UPDATE service_order SET state='POOL' WHERE community=?1", "has ended"});
    kit_assert_refused(db, &(struct kit_attempt){"UPDATE service_order SET placed_ms=placed_ms+1 WHERE community=?1", "has ended"});
    kit_assert_refused(db, &(struct kit_attempt){"DELETE FROM service_order WHERE community=?1", "not erased"});
    kit_assert_refused(db, &(struct kit_attempt){"UPDATE order_step SET actor='clerk', note='' WHERE community=?1", "stays"});
    kit_assert_refused(db, &(struct kit_attempt){"DELETE FROM order_step WHERE community=?1", "stays"});
    kit_assert_refused(db, &(struct kit_attempt){"DELETE FROM service WHERE community=?1", "retire"});
    kit_assert_refused(db, &(struct kit_attempt){"DELETE FROM provider WHERE community=?1", "retire"});
    db_rollback(db);
}

static void test_person_left(struct credit_kit *f, gconstpointer data)
{
    struct order_placing placing = wish(f->elder, "H04", 2000);
    struct db *db = f->platform->db;
    g_autofree char *id = placed(f, &placing);
    struct order_saying saying = by_card(id, ORDER_DO_CANCEL, f->elder);
    int64_t person = -1;
    const char *why = NULL;
    bool open = true;
    struct service_order_row row;
    g_autofree char *card = kit_card(1);

    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_card_token_person(db, f->elder, &person, NULL));
    g_assert_true(db_card_state_set(db, card, "lost", NULL));
    g_assert_true(db_person_may_leave(db, person, &why, NULL));
    g_assert_cmpstr(why, ==, "an order of this person has not ended");
    g_assert_true(db_commit(db, NULL));
    g_strlcpy(saying.deed.reason, "我搬走了", sizeof saying.deed.reason);
    said(f, &saying, "");
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_person_may_leave(db, person, &why, NULL));
    g_assert_null(why);
    g_assert_true(db_person_left_add(db, person, (const char *const[2]){"A", "B"}, "moved", now_ms(), NULL));
    g_assert_true(db_person_erase(db, person, now_ms(), &open, NULL));
    g_assert_true(db_commit(db, NULL));
    row_of(f, id, &row);
    g_assert_cmpstr(row.card, ==, "");
    g_assert_cmpstr(row.words, ==, "");
    g_assert_cmpstr(row.said, ==, "");
    g_assert_cmpstr(row.contact, ==, "{}");
    g_assert_cmpint(row.order.state, ==, ORDER_CANCELLED);
    service_order_clear(&row);
    g_assert_true(db_begin(db, false, NULL));
    json_t *steps = db_order_steps(db, id, NULL);
    db_rollback(db);
    g_assert_cmpint(json_array_size(steps), ==, 3);
    g_assert_true(json_is_null(json_object_get(json_array_get(steps, 0), "note")));
    json_decref(steps);
    json_t *feed = feed_all(f);
    g_assert_true(json_is_true(json_object_get(kit_fed(feed, "order", id), "deleted")));
    json_decref(feed);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/orders/placed-once", test_placed_once);
    CREDIT_KIT_ADD("/orders/id-reused", test_id_reused);
    CREDIT_KIT_ADD("/orders/step-id-reused", test_step_id_reused);
    CREDIT_KIT_ADD("/orders/refused", test_refused);
    CREDIT_KIT_ADD("/orders/no-rules", test_no_rules);
    CREDIT_KIT_ADD("/orders/offline-clock", test_offline_clock);
    CREDIT_KIT_ADD("/orders/coins", test_coins);
    CREDIT_KIT_ADD("/orders/given-back", test_given_back);
    CREDIT_KIT_ADD("/orders/long-hold", test_long_hold);
    CREDIT_KIT_ADD("/orders/held-while-lost", test_held_while_lost);
    CREDIT_KIT_ADD("/orders/unpaid", test_unpaid);
    CREDIT_KIT_ADD("/orders/ids-of-others", test_ids_of_others);
    CREDIT_KIT_ADD("/orders/broken-alone", test_broken_alone);
    CREDIT_KIT_ADD("/orders/who-may", test_who_may);
    CREDIT_KIT_ADD("/orders/step-codes", test_step_codes);
    CREDIT_KIT_ADD("/orders/desk", test_desk);
    CREDIT_KIT_ADD("/orders/clock", test_clock);
    CREDIT_KIT_ADD("/orders/clock-late", test_clock_late);
    CREDIT_KIT_ADD("/orders/finish-told-late", test_finish_told_late);
    CREDIT_KIT_ADD("/orders/nobody-came", test_nobody_came);
    CREDIT_KIT_ADD("/orders/feed", test_feed);
    CREDIT_KIT_ADD("/orders/kept", test_kept);
    CREDIT_KIT_ADD("/orders/person-left", test_person_left);
    return g_test_run();
}
