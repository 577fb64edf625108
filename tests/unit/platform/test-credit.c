/* SPDX-License-Identifier: Apache-2.0 */
/* Volunteer credit at the platform: hours and what they bring, spending, quotas, gifts, reversals, the calendar. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "model/reward.h"
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-engine.h"
#include "platform/data/db-rows.h"
#include "platform/credit/quota.h"
#include "schema.h"
#include "store/ledger.h"
#include <stdlib.h>
#include <string.h>

/* ---- What is in force -------------------------------------------------------------------------------------------- */

static void rewards_put(struct credit_kit *f, int64_t price)
{
    g_autofree struct reward_list *list = g_new0(struct reward_list, 1);
    g_autoptr(GError) error = NULL;

    g_strlcpy(list->version, "2026-11", sizeof list->version);
    list->count = 1;
    list->rewards[0] = (struct reward){.id = "RICE", .name_zh = "大米 2 公斤", .name_en = "Rice, 2 kg", .place_zh = "社区超市",
                                       .place_en = "Community shop", .book = BOOK_POINTS, .price = price};
    g_assert_true(db_begin(f->platform->db, true, &error) && credit_rewards_set(f->platform->db, list, &error) &&
                  db_commit(f->platform->db, &error));
}

/* Kiosks are told the list that is in force, whole, as their reader takes it. */
static void test_rewards(struct credit_kit *f, const void *data)
{
    g_autofree struct reward_list *told = g_new0(struct reward_list, 1);
    unsigned seen = 0;
    json_t *one;
    size_t i;

    rewards_put(f, 500);
    rewards_put(f, 600);
    json_t *feed = kit_feed(f->platform, "K0001");
    json_array_foreach(json_object_get(feed, "items"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "topic")), "reward") != 0)
            continue;
        g_assert_cmpstr(json_string_value(json_object_get(one, "key")), ==, "list");
        g_assert_true(reward_list_from_json(json_object_get(one, "value"), told));
        seen++;
    }
    json_decref(feed);
    g_assert_cmpuint(seen, ==, 1);
    g_assert_cmpint(told->rewards[0].price, ==, 600);
}

/* ---- Hours ------------------------------------------------------------------------------------------------------ */

static struct attendance_event tap(const char *token, int64_t start_ms, int64_t at_ms)
{
    struct attendance_event event = {.slot = "S1", .slot_start_ms = start_ms, .slot_end_ms = start_ms + 2 * HOUR,
                                     .at_ms = at_ms};

    uuid7(at_ms, event.id);
    g_strlcpy(event.token, token, sizeof event.token);
    return event;
}

static void push_tap(struct credit_kit *f, struct pen *pen, const struct attendance_event *event, const char *code)
{
    credit_kit_push(f, pen, "attendance.tap", "AttendanceTap", attendance_event_to_json(event),
         *code == '\0' ? "accepted" : "rejected", code);
}

static void push_close(struct credit_kit *f, const char *id, const char *staff, int64_t minutes, const char *reason,
                       const char *code)
{
    struct attendance_close end = {.confirmed = minutes > 0, .minutes = minutes};

    g_strlcpy(end.id, id, sizeof end.id);
    g_strlcpy(end.staff, staff, sizeof end.staff);
    g_strlcpy(end.reason, reason, sizeof end.reason);
    credit_kit_push(f, &f->pen, "attendance.close", "AttendanceClose", attendance_close_to_json(&end),
         *code == '\0' ? "accepted" : "rejected", code);
}

static void test_hours(struct credit_kit *f, const void *data)
{
    int64_t start = ms_of_date(date_of_ms(now_ms())) - 12 * HOUR, hours = credit_kit_person(f, f->student, BOOK_HOURS);
    struct attendance_event in = tap(f->student, start, start - 10 * MINUTE), away = tap(f->student, start, start + HOUR);

    push_tap(f, &f->pen, &in, "");
    push_tap(f, &f->other, &away, "OVERLAP"); /* at two places at once */
    in.out = true;
    in.at_ms = start + 2 * HOUR + 20 * MINUTE;
    push_tap(f, &f->other, &in, ""); /* the second tap at another kiosk */
    push_close(f, in.id, f->student, 120, "", "TWO_PERSONS");
    push_close(f, in.id, STAFF, 150, "", "RULE");
    push_close(f, in.id, STAFF, 120, "", "");
    push_close(f, in.id, STAFF, 120, "", "UNKNOWN"); /* it is posted */
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_HOURS), ==, hours + 120);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_COIN), ==, 120);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_POINTS), ==, 20);
    struct attendance_event forgotten = tap(f->student, start + 3 * HOUR, start + 3 * HOUR);
    push_tap(f, &f->pen, &forgotten, "");
    push_close(f, forgotten.id, STAFF, 60, "", "RULE"); /* without a second tap: a reason */
    push_close(f, forgotten.id, STAFF, 60, "FORGOT_OUT", "");
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_HOURS), ==, hours + 180);
    struct attendance_event stranger = tap(STRANGER, start, start);
    push_tap(f, &f->pen, &stranger, "UNKNOWN");
}

static void test_public(struct credit_kit *f, const void *data)
{
    int64_t start = ms_of_date(date_of_ms(now_ms())) - 12 * HOUR;
    struct attendance_event in = tap(f->student, start, start), open;
    struct credit_day day;

    f->rules.public_days = 7;
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) &&
                  db_commit(f->platform->db, NULL));
    push_tap(f, &f->pen, &in, "");
    in.out = true;
    in.at_ms = start + 2 * HOUR;
    push_tap(f, &f->pen, &in, "");
    push_close(f, in.id, STAFF, 120, "", "");
    open = tap(f->adult, start, start);
    push_tap(f, &f->pen, &open, "");
    g_assert_true(credit_day_run(f->platform, now_ms() + 6 * DAY, &day, NULL));
    g_assert_cmpint(day.posted, ==, 0);
    g_assert_cmpint(day.overdue, ==, 1); /* the second tap that never came */
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_HOURS), ==, 0); /* counts for nothing yet */
    g_assert_true(credit_day_run(f->platform, now_ms() + 7 * DAY, &day, NULL));
    g_assert_cmpint(day.posted, ==, 1);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_HOURS), ==, 120);
    g_assert_true(credit_day_run(f->platform, now_ms() + 8 * DAY, &day, NULL));
    g_assert_cmpint(day.posted + day.overdue + day.expired, ==, 0);
}

/* Hours on paper, entered by staff; undone, the coins and points go too. */
static void test_paper(struct credit_kit *f, const void *data)
{
    struct ledger_txn earn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, f->student, 180);
    struct ledger_txn undo = {.at_ms = earn.at_ms, .rule = "r", .staff = {STAFF, OTHER_STAFF}};

    credit_kit_txn(f, &f->pen, &earn, "TWO_PERSONS");
    g_strlcpy(earn.staff[0], f->student, sizeof earn.staff[0]);
    credit_kit_txn(f, &f->pen, &earn, "TWO_PERSONS");
    g_strlcpy(earn.staff[0], STAFF, sizeof earn.staff[0]);
    credit_kit_txn(f, &f->pen, &earn, "");
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_COIN), ==, 180);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_POINTS), ==, 30);
    struct ledger_txn coins = credit_kit_make(LEDGER_EARN, BOOK_COIN, OWNER_ISSUE, "community", OWNER_PERSON, f->student, 180);
    g_strlcpy(coins.staff[0], STAFF, sizeof coins.staff[0]);
    credit_kit_txn(f, &f->pen, &coins, "RULE"); /* coins come of hours only */
    struct ledger_txn used = credit_kit_spend(f->student, BOOK_POINTS, "RICE", 20);
    credit_kit_txn(f, &f->pen, &used, "");
    uuid7(now_ms(), undo.id);
    ledger_txn_reverse(&earn, &undo);
    credit_kit_txn(f, &f->pen, &undo, "");
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_HOURS), ==, 0);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_COIN), ==, 0);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_POINTS), ==, -20); /* spent already: owed, and blocks spending */
    used = credit_kit_spend(f->student, BOOK_POINTS, "RICE", 1);
    credit_kit_txn(f, &f->pen, &used, "BALANCE");
    uuid7(now_ms(), earn.id);
    credit_kit_txn(f, &f->pen, &earn, ""); /* what comes pays what is owed first */
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_POINTS), ==, 10);
    used = credit_kit_spend(f->student, BOOK_POINTS, "RICE", 11);
    credit_kit_txn(f, &f->pen, &used, "BALANCE");
    used = credit_kit_spend(f->student, BOOK_POINTS, "RICE", 10);
    credit_kit_txn(f, &f->pen, &used, "");
}

/* Team hours: the team's, to be donated and for nothing else (TB-8). */
static void test_team(struct credit_kit *f, const void *data)
{
    struct ledger_txn earn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_TEAM, "T1", 600);
    struct ledger_txn txn = credit_kit_make(LEDGER_SPEND, BOOK_COIN, OWNER_TEAM, "T1", OWNER_REDEEMED, "CLEANING", 60);

    g_strlcpy(earn.staff[0], STAFF, sizeof earn.staff[0]);
    credit_kit_txn(f, &f->pen, &earn, "");
    g_assert_cmpint(credit_kit_balance(f, "team:T1", BOOK_COIN), ==, 600);
    credit_kit_txn(f, &f->pen, &txn, "TEAM");
    txn = credit_kit_make(LEDGER_DONATE, BOOK_COIN, OWNER_TEAM, "T1", OWNER_DONATION, "pool", 601);
    credit_kit_txn(f, &f->pen, &txn, "BALANCE");
    txn = credit_kit_make(LEDGER_DONATE, BOOK_COIN, OWNER_TEAM, "T1", OWNER_DONATION, "pool", 600);
    credit_kit_txn(f, &f->pen, &txn, "");
}

/* ---- Spending --------------------------------------------------------------------------------------------------- */

static void test_spend(struct credit_kit *f, const void *data)
{
    int64_t had = credit_kit_person(f, f->elder, BOOK_COIN);
    struct ledger_txn txn = credit_kit_spend(f->adult, BOOK_COIN, "CLEANING", 60);

    g_assert_cmpint(had, ==, 1200);
    credit_kit_txn(f, &f->pen, &txn, "AGE"); /* 41 */
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1201);
    credit_kit_txn(f, &f->pen, &txn, "BALANCE");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 120);
    credit_kit_txn(f, &f->pen, &txn, "");
    credit_kit_push(f, &f->other, "ledger.txn", "LedgerTxn", ledger_txn_to_json(&txn), "conflict", "ID_REUSED");
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, had - 120);
    g_assert_cmpint(credit_kit_balance(f, "redeemed:CLEANING", BOOK_COIN), ==, 120);
    txn = credit_kit_spend(STRANGER, BOOK_COIN, "CLEANING", 1);
    credit_kit_txn(f, &f->pen, &txn, "UNKNOWN");
    json_t *foreign = json_pack("{s:s}", "id", "x");
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, "ledger.txn", foreign)));
    g_assert_cmpstr(kit_code(answer, 0), ==, "DATA");
    json_decref(answer);
    txn = credit_kit_make(LEDGER_ISSUE, BOOK_COIN, OWNER_FUND, "city", OWNER_PERSON, f->elder, 60);
    answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, "ledger.txn", ledger_txn_to_json(&txn))));
    g_assert_cmpstr(kit_code(answer, 0), ==, "RULE"); /* no kiosk issues from a fund */
    json_decref(answer);
}

static void test_hold(struct credit_kit *f, const void *data)
{
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {.kind = OWNER_PERSON}, .amount = 1000,
                               .expires_ms = now_ms() + HOUR};
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 300);

    uuid7(now_ms(), hold.id);
    g_strlcpy(hold.account.owner, f->elder, sizeof hold.account.owner);
    credit_kit_push(f, &f->pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(&hold), "accepted", "");
    credit_kit_txn(f, &f->other, &txn, "BALANCE"); /* 1,000 of 1,200 are held */
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1001);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    credit_kit_txn(f, &f->pen, &txn, "HOLD");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 400);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    credit_kit_txn(f, &f->pen, &txn, ""); /* a part of it; the rest is free again */
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 800);
    credit_kit_txn(f, &f->other, &txn, "");
    hold.state = HOLD_RELEASED;
    credit_kit_push(f, &f->pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(&hold), "rejected", "HOLD");
}

/* The daily run ended the hold before its kiosk could tell that it was captured in time. */
static void test_hold_told_late(struct credit_kit *f, const void *data)
{
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {.kind = OWNER_PERSON}, .amount = 300,
                               .expires_ms = now_ms() + HOUR};
    struct ledger_txn in_time = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 300), late;
    struct credit_day day;

    uuid7(now_ms(), hold.id);
    g_strlcpy(hold.account.owner, f->elder, sizeof hold.account.owner);
    credit_kit_push(f, &f->pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(&hold), "accepted", "");
    g_assert_true(credit_day_run(f->platform, now_ms() + DAY, &day, NULL));
    late = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 300);
    late.at_ms = hold.expires_ms;
    g_strlcpy(late.hold, hold.id, sizeof late.hold);
    credit_kit_txn(f, &f->pen, &late, "HOLD");
    g_strlcpy(in_time.hold, hold.id, sizeof in_time.hold);
    credit_kit_txn(f, &f->pen, &in_time, "");
    in_time = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 10);
    g_strlcpy(in_time.hold, hold.id, sizeof in_time.hold);
    credit_kit_txn(f, &f->pen, &in_time, "HOLD"); /* once */
}

/* ---- Quotas ----------------------------------------------------------------------------------------------------- */

static void test_quota(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    struct quota less = {.book = BOOK_COIN, .subject = QUOTA_KIOSK, .limit = 200};
    int64_t first = credit_kit_quota(f, "K0001", set);

    g_assert_cmpint(first, >, 0);
    g_assert_cmpint(credit_kit_quota(f, "K0001", set), ==, first); /* not anew at each pull */
    g_assert_cmpint(set->count, ==, 4);
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 240);
    txn.quota = first;
    credit_kit_txn(f, &f->pen, &txn, "");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1);
    txn.quota = first;
    credit_kit_txn(f, &f->pen, &txn, "QUOTA"); /* 240 a person */
    credit_kit_txn(f, &f->other, &txn, "QUOTA"); /* handed out to another kiosk */
    g_assert_true(quota_rule(f->platform, "K0001", &less, NULL));
    credit_kit_shift_ms += 1000;
    g_assert_cmpint(credit_kit_quota(f, "K0001", set), >, first);
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 201);
    txn.quota = set->version;
    credit_kit_txn(f, &f->pen, &txn, "QUOTA");
    txn.quota = first + 1; /* a version that never was */
    credit_kit_txn(f, &f->pen, &txn, "QUOTA");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 200);
    txn.quota = set->version;
    txn.at_ms = set->expires_ms;
    credit_kit_txn(f, &f->pen, &txn, "QUOTA"); /* too late */
    txn.at_ms--;
    credit_kit_txn(f, &f->pen, &txn, "");
    credit_kit_shift_ms += 13 * HOUR;
    g_assert_cmpint(credit_kit_quota(f, "K0001", set), >, txn.quota); /* by itself, before it ends */
    less.limit = -1;
    g_assert_true(quota_rule(f->platform, "K0001", &less, NULL));
    credit_kit_shift_ms += 1000;
    credit_kit_quota(f, "K0001", set);
    g_assert_cmpint(set->count, ==, 3); /* taken back */
}

/* Whatever let it through: the books name a kiosk that spent beyond what one version of its quota says, and no other. */
static void test_quota_broken(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 240);
    g_autoptr(GError) error = NULL;

    txn.quota = credit_kit_quota(f, "K0001", set);
    credit_kit_quota(f, "K0002", set);
    credit_kit_txn(f, &f->pen, &txn, "");
    credit_kit_books(f);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    /* The table itself would not let it through. */
    g_assert_true(f->platform->db->engine->script(
        f->platform->db, kit_on_file() ? "DROP TRIGGER quota_issue_update" : "DROP TRIGGER quota_issue_update ON quota_issue", &error));
    g_assert_true(db_run(f->platform->db, NULL,
                         "UPDATE quota_issue SET payload=replace(payload,'12000','239') WHERE community=?1", ""));
    g_assert_cmpint(db_changes(f->platform->db), ==, 2);
    g_autofree char *broken = db_credit_broken(f->platform->db, &error);
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_cmpstr(broken, ==, "a kiosk spent beyond its quota (K0001)");
}

/* What was spent from an older version and lay on a damaged disk is told behind what was spent since: of as many rows as the
 * kiosk says it salvaged, and of their own time, it stands. */
static void test_quota_salvaged(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    struct quota less = {.book = BOOK_COIN, .subject = QUOTA_KIOSK, .limit = 200};
    int64_t first = credit_kit_quota(f, "K0001", set);
    struct ledger_txn lost = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60), more = lost, newer;

    lost.quota = more.quota = first;
    uuid7(now_ms(), more.id);
    g_assert_true(quota_rule(f->platform, "K0001", &less, NULL));
    credit_kit_shift_ms += 1000;
    credit_kit_quota(f, "K0001", set);
    newer = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 30);
    newer.quota = set->version;
    credit_kit_txn(f, &f->pen, &newer, "");
    credit_kit_txn(f, &f->pen, &lost, "QUOTA");
    kit_enrol(f->platform, "K0001", &f->pen);
    json_t *restored = json_pack("{s:s, s:i, s:i, s:i, s:i, s:b}", "reason", "old", "after", 1, "before", 3, "salvaged", 1,
                                 "lost", 0, "end_known", 1);
    json_decref(kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, "journal.restored", restored))));
    uuid7(now_ms(), lost.id);
    credit_kit_txn(f, &f->pen, &lost, "");
    credit_kit_txn(f, &f->pen, &more, "QUOTA"); /* one row was salvaged, not two */
}

static int64_t flags_of(struct credit_kit *f, const char *id)
{
    int64_t flags = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, -1, &flags, "SELECT flags FROM credit_txn WHERE community=?1 AND id=?2",
                         "s", id));
    db_rollback(f->platform->db);
    return flags;
}

/* Two kiosks offline let one person spend the same: posted, covered by a fund, flagged, and no more than the quotas. */
static void test_double_spend(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *one = g_new0(struct quota_set, 1), *two = g_new0(struct quota_set, 1);
    struct ledger_txn first = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1060), txn;

    credit_kit_quota(f, "K0001", one);
    credit_kit_quota(f, "K0002", two);
    credit_kit_txn(f, &f->pen, &first, ""); /* 140 are left */
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 120);
    txn.quota = one->version;
    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_cmpint(flags_of(f, txn.id), ==, 0);
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 240);
    txn.quota = two->version;
    credit_kit_txn(f, &f->other, &txn, "");
    g_assert_cmpint(flags_of(f, txn.id), ==, CREDIT_FLAG_OVERDRAWN);
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 0); /* never below zero: nobody is asked to pay back */
    g_assert_cmpint(credit_kit_balance(f, "fund:offline", BOOK_COIN), ==, -220);
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1);
    txn.quota = two->version;
    credit_kit_txn(f, &f->other, &txn, "QUOTA");
}

/* What a fund had to cover goes back to the fund: nobody gains by undoing what was spent twice. */
static void test_double_spend_undone(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *two = g_new0(struct quota_set, 1);
    struct ledger_txn first = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1100), txn, undo = {.rule = "r", .staff = {STAFF}};

    credit_kit_quota(f, "K0002", two);
    credit_kit_txn(f, &f->pen, &first, "");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 240);
    txn.quota = two->version;
    credit_kit_txn(f, &f->other, &txn, "");
    g_assert_cmpint(credit_kit_balance(f, "fund:offline", BOOK_COIN), ==, -140);
    ledger_txn_reverse(&txn, &undo);
    undo.at_ms = now_ms();
    uuid7(now_ms(), undo.id);
    credit_kit_txn(f, &f->other, &undo, "");
    g_assert_cmpint(credit_kit_balance(f, "fund:offline", BOOK_COIN), ==, 0);
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 100);
}

/* A second giver beside one who may: nobody asked what that one has. */
static void test_two_givers(struct credit_kit *f, const void *data)
{
    struct ledger_txn txn = credit_kit_gift(f->elder, f->student, 1);

    g_assert_true(ledger_txn_add(&txn, BOOK_COIN, OWNER_PERSON, f->adult, -100000));
    txn.entries[1].amount += 100000;
    credit_kit_txn(f, &f->pen, &txn, "SHAPE");
    txn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, f->elder, 60);
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    g_assert_true(ledger_txn_add(&txn, BOOK_HOURS, OWNER_PERSON, f->adult, 60));
    txn.entries[0].amount -= 60;
    credit_kit_txn(f, &f->pen, &txn, "SHAPE");
    txn = credit_kit_gift(f->elder, f->student, 1);
    txn.entries[1].amount++;
    credit_kit_txn(f, &f->pen, &txn, "FORM");
    f->rules.redeem_stars = 5;
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) &&
                  db_commit(f->platform->db, NULL));
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    credit_kit_txn(f, &f->pen, &txn, "STARS");
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_COIN), ==, 0);
}

/* ---- Gifts, donations, corrections -------------------------------------------------------------------------------- */

static void test_gifts(struct credit_kit *f, const void *data)
{
    struct ledger_txn txn = credit_kit_gift(f->elder, f->adult, 120);

    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_COIN), ==, 300);
    for (int i = 0; i < 3; i++) {
        txn = credit_kit_gift(f->adult, f->elder, 60);
        credit_kit_txn(f, &f->pen, &txn, "");
    }
    g_assert_cmpint(flags_of(f, txn.id) & CREDIT_FLAG_MIRRORED, ==, 0); /* one came the other way */
    for (int i = 0; i < 3; i++) {
        txn = credit_kit_gift(f->elder, f->adult, 10);
        credit_kit_txn(f, &f->pen, &txn, "");
    }
    g_assert_cmpint(flags_of(f, txn.id) & CREDIT_FLAG_MIRRORED, ==, CREDIT_FLAG_MIRRORED);
    txn = credit_kit_gift(f->elder, f->adult, 100000);
    credit_kit_txn(f, &f->pen, &txn, "BALANCE");
    txn = credit_kit_make(LEDGER_DONATE, BOOK_COIN, OWNER_PERSON, f->elder, OWNER_DONATION, "pool", 60);
    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_cmpint(credit_kit_balance(f, "donation:pool", BOOK_COIN), ==, 60);
}

static void test_cap(struct credit_kit *f, const void *data)
{
    f->rules.coin_cap_min = 1260;
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) &&
                  db_commit(f->platform->db, NULL));
    struct ledger_txn txn = credit_kit_gift(f->adult, f->elder, 61);
    credit_kit_txn(f, &f->pen, &txn, "CAP");
    txn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, f->elder, 180);
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 1260); /* up to the cap */
    g_assert_cmpint(credit_kit_balance(f, "donation:cap", BOOK_COIN), ==, 120);
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_HOURS), ==, 1380); /* hours have none */
}

static void test_reverse(struct credit_kit *f, const void *data)
{
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 120);
    struct ledger_txn undo = {.at_ms = txn.at_ms, .rule = "r", .staff = {STAFF}};

    uuid7(now_ms(), undo.id);
    ledger_txn_reverse(&txn, &undo);
    credit_kit_txn(f, &f->pen, &undo, "UNKNOWN");
    credit_kit_txn(f, &f->pen, &txn, "");
    undo.entries[0].amount--;
    undo.entries[1].amount++;
    credit_kit_txn(f, &f->pen, &undo, "NOT_EXACT");
    ledger_txn_reverse(&txn, &undo);
    credit_kit_txn(f, &f->pen, &undo, "");
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 1200);
    uuid7(now_ms(), undo.id);
    credit_kit_txn(f, &f->other, &undo, "UNKNOWN"); /* another kiosk's */
    credit_kit_txn(f, &f->pen, &undo, "REVERSED_BEFORE");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 300);
    credit_kit_txn(f, &f->pen, &txn, "");
    ledger_txn_reverse(&txn, &undo);
    *undo.staff[0] = '\0';
    credit_kit_txn(f, &f->pen, &undo, "TWO_PERSONS");
    g_strlcpy(undo.staff[0], STAFF, sizeof undo.staff[0]);
    credit_kit_txn(f, &f->pen, &undo, "TWO_PERSONS"); /* more than four hours */
    g_strlcpy(undo.staff[1], OTHER_STAFF, sizeof undo.staff[1]);
    credit_kit_txn(f, &f->pen, &undo, "");
    txn = credit_kit_make(LEDGER_ADJUST, BOOK_COIN, OWNER_PERSON, f->elder, OWNER_ADJUST, "staff", 60);
    credit_kit_txn(f, &f->pen, &txn, "TWO_PERSONS");
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    g_strlcpy(txn.staff[1], STAFF, sizeof txn.staff[1]);
    credit_kit_txn(f, &f->pen, &txn, "TWO_PERSONS");
    g_strlcpy(txn.staff[1], OTHER_STAFF, sizeof txn.staff[1]);
    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 1140);
}

/* What comes back after its lot ended is in that lot, cannot be spent, and is written off. */
static void test_expiry(struct credit_kit *f, const void *data)
{
    int64_t points = credit_kit_person(f, f->elder, BOOK_POINTS);
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_POINTS, "RICE", 150), undo = {.rule = "r", .staff = {STAFF}};
    struct credit_day day;

    g_assert_cmpint(points, ==, 200);
    credit_kit_txn(f, &f->pen, &txn, "");
    credit_kit_shift_ms += 3 * 366 * DAY;
    g_assert_true(credit_day_run(f->platform, now_ms(), &day, NULL));
    g_assert_cmpint(day.expired, >=, 1);
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_POINTS), ==, 0);
    ledger_txn_reverse(&txn, &undo);
    undo.at_ms = now_ms();
    uuid7(now_ms(), undo.id);
    credit_kit_txn(f, &f->pen, &undo, "");
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_POINTS), ==, 150);
    txn = credit_kit_spend(f->elder, BOOK_POINTS, "RICE", 1);
    credit_kit_txn(f, &f->pen, &txn, "BALANCE");
    g_assert_true(credit_day_run(f->platform, now_ms(), &day, NULL));
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_POINTS), ==, 0);
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 1200); /* coins have no end here */
}

static void test_stars(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    bool granted = true;
    unsigned stars = 9;
    enum ledger_code code;

    g_assert_true(credit_star(f->platform, card, &granted, &stars, NULL));
    g_assert_true(!granted && stars == 0);
    struct ledger_txn txn = credit_kit_make(LEDGER_ADJUST, BOOK_HOURS, OWNER_ADJUST, "staff", OWNER_PERSON, f->elder, 18000);
    g_assert_true(credit_by_hand(f->platform, &txn, now_ms(), &code, NULL));
    g_assert_cmpint(code, ==, LEDGER_TWO_PERSONS);
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    g_strlcpy(txn.staff[1], OTHER_STAFF, sizeof txn.staff[1]);
    g_assert_true(credit_by_hand(f->platform, &txn, now_ms(), &code, NULL));
    g_assert_cmpint(code, ==, LEDGER_OK);
    g_assert_true(credit_star(f->platform, card, &granted, &stars, NULL));
    g_assert_true(granted && stars == 1); /* one level at a time */
    g_assert_true(credit_star(f->platform, card, &granted, &stars, NULL) && stars == 2);
    g_assert_true(credit_star(f->platform, card, &granted, &stars, NULL) && !granted);
    g_assert_true(credit_hardship(f->platform, card, true, NULL));
    g_assert_false(credit_hardship(f->platform, "3109901000000009999", true, NULL));
}

/* ---- Told to kiosks -------------------------------------------------------------------------------------------- */

static void test_snapshot(struct credit_kit *f, const void *data)
{
    g_autofree struct balance *told = g_new0(struct balance, 1);
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 120);
    unsigned status;
    size_t i, found = 0;
    json_t *item;

    credit_kit_txn(f, &f->pen, &txn, "");
    json_t *answer = kit_call(f->platform, "GET", "/v1/feed", "", "K0001", NULL, &status);
    g_autofree char *cursor = NULL;
    for (;;) {
        json_array_foreach(json_object_get(answer, "items"), i, item)
        {
            if (g_strcmp0(json_string_value(json_object_get(item, "key")), f->elder) != 0 ||
                strcmp(json_string_value(json_object_get(item, "topic")), "credit") != 0)
                continue;
            g_assert_true(balance_from_json(json_object_get(item, "value"), told));
            found++;
        }
        if (!json_is_true(json_object_get(answer, "more")))
            break;
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(answer, "cursor")));
        json_decref(answer);
        answer = kit_call(f->platform, "GET", "/v1/feed", cursor, "K0001", NULL, &status);
    }
    json_decref(answer);
    g_assert_cmpuint(found, ==, 1);
    g_assert_cmpint(told->books[BOOK_COIN].balance, ==, 1080);
    g_assert_cmpint(balance_spendable(told, BOOK_COIN, now_ms()), ==, 1080);
    g_assert_cmpint(balance_seen(told, "K0001"), ==, f->pen.seq);
    g_assert_cmpint(told->age, >=, 80);
}

/* ---- Whatever comes ---------------------------------------------------------------------------------------------- */

static struct ledger_txn random_txn(struct credit_kit *f, GArray *past, int64_t version)
{
    const char *tokens[] = {f->adult, f->elder, f->student};
    const char *who = tokens[g_test_rand_int_range(0, 3)], *whom = tokens[g_test_rand_int_range(0, 3)];
    int64_t amount = g_test_rand_int_range(1, 130);
    struct ledger_txn txn;

    switch (g_test_rand_int_range(0, 8)) {
    case 0:
        txn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, who, amount);
        g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
        return txn;
    case 1:
        return credit_kit_gift(who, whom, amount);
    case 2:
        return credit_kit_make(LEDGER_DONATE, BOOK_COIN, OWNER_PERSON, who, OWNER_DONATION, "pool", amount);
    case 3:
        txn = credit_kit_spend(who, BOOK_POINTS, "RICE", amount / 4 + 1);
        txn.quota = version;
        return txn;
    case 4:
    case 5:
        if (past->len > 0) {
            const struct ledger_txn *old =
                &g_array_index(past, struct ledger_txn, (guint)g_test_rand_int_range(0, (gint)past->len));
            txn = (struct ledger_txn){.at_ms = now_ms(), .rule = "r", .staff = {STAFF, OTHER_STAFF}};
            uuid7(txn.at_ms, txn.id);
            ledger_txn_reverse(old, &txn);
            return txn;
        }
        /* fall through */
    default:
        return credit_kit_spend(who, g_test_rand_int_range(0, 2) == 0 ? BOOK_COIN : BOOK_POINTS, "RICE", amount);
    }
}

/* Random transactions, days that pass, both kiosks: the books hold all the while. */
static void test_random(struct credit_kit *f, const void *data)
{
    g_autoptr(GArray) past = g_array_new(FALSE, TRUE, sizeof(struct ledger_txn));
    g_autofree struct quota_set *sets = g_new0(struct quota_set, 2);
    struct credit_day day;
    unsigned accepted = 0;

    f->rules.coin_months = 1;
    f->rules.points_months = 2;
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) &&
                  db_commit(f->platform->db, NULL));
    for (int i = 0; i < 600; i++) {
        bool two = g_test_rand_bit();
        struct pen *pen = two ? &f->other : &f->pen;
        if (i % 20 == 0) {
            credit_kit_shift_ms += g_test_rand_int_range(0, 9) * DAY;
            g_assert_true(credit_day_run(f->platform, now_ms(), &day, NULL));
            credit_kit_quota(f, "K0001", &sets[0]);
            credit_kit_quota(f, "K0002", &sets[1]);
        }
        struct ledger_txn txn = random_txn(f, past, sets[two].version);
        json_t *answer =
            kit_push(f->platform, pen, json_pack("[o]", pen_event(pen, "ledger.txn", ledger_txn_to_json(&txn))));
        if (strcmp(kit_verdict(answer, 0), "accepted") == 0) {
            accepted++;
            g_array_append_val(past, txn);
        } else {
            g_assert_cmpstr(kit_verdict(answer, 0), ==, "rejected");
        }
        json_decref(answer);
        if (i % 10 == 0)
            credit_kit_books(f);
    }
    g_assert_cmpuint(accepted, >, 100);
}

/* ---- The database refuses what the code would never write --------------------------------------------------------- */

static void test_constraints(struct credit_kit *f, const void *data)
{
    static const char *const BAD[] = {
        "INSERT INTO credit_txn VALUES(?1,'t','EARN',NULL,0,0,'r','','',NULL,0,'','',0,0,1)",
        "INSERT INTO credit_txn VALUES(?1,'t','ADJUST',NULL,0,0,'r','','',NULL,0,'a','a',0,0,0)",
        "INSERT INTO credit_txn VALUES(?1,'t','REVERSE',NULL,0,0,'r','','','nothing',0,'','',0,0,0)",
        "INSERT INTO credit_txn VALUES(?1,'t','REVERSE',NULL,0,0,'r','','',NULL,0,'','',0,0,0)",
        "INSERT INTO credit_entry SELECT ?1, id, 9, 'COIN', 'person:x', 1, 0 FROM credit_txn WHERE community=?1",
        "UPDATE credit_entry SET amount=amount+1 WHERE community=?1", "DELETE FROM credit_entry WHERE community=?1",
        "UPDATE credit_txn SET closed=0 WHERE community=?1", "DELETE FROM credit_txn WHERE community=?1",
        "UPDATE credit_lot SET remaining=-1 WHERE community=?1",
        "UPDATE credit_lot SET remaining=amount+1 WHERE community=?1",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(db_begin(f->platform->db, true, NULL));
        if (db_run(f->platform->db, &error, BAD[i], "") && db_settle(f->platform->db, &error))
            g_error("%s was taken", BAD[i]);
        db_rollback(f->platform->db);
    }
    g_autoptr(GError) error = NULL;
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL,
                         "INSERT INTO credit_txn VALUES(?1,'t','EARN',NULL,0,0,'r','','',NULL,0,'','',0,0,0)", ""));
    g_assert_true(db_run(f->platform->db, NULL,
                         "INSERT INTO credit_entry VALUES(?1,'t',0,'COIN','person:x',60,0),(?1,'t',1,'COIN','issue:x',-59,0)",
                         ""));
    g_assert_false(db_run(f->platform->db, &error, "UPDATE credit_txn SET closed=1 WHERE community=?1 AND id='t'", "") &&
                   db_settle(f->platform->db, &error));
    db_rollback(f->platform->db);
}

/* All five books in one view: money beside credit, each with a sum of zero. */
static void test_five_books(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct payment payment;
    char bill[64];
    json_t *row;
    size_t i;
    int64_t sums[BOOKS] = {0}, sizes[BOOKS] = {0};

    kit_payment(&payment, card, bill, kit_bill(f->platform, card, 0, bill));
    json_decref(kit_push(f->platform, &f->pen, json_pack("[o]", pen_payment(&f->pen, &payment, PAYMENT_COMMITTING))));
    kit_tac(&payment);
    json_decref(kit_push(f->platform, &f->pen, json_pack("[o]", pen_payment(&f->pen, &payment, PAYMENT_CONFIRMED))));
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *report = db_credit_report(f->platform->db, NULL);
    db_rollback(f->platform->db);
    json_array_foreach(json_object_get(report, "accounts"), i, row)
    {
        int64_t amount = json_integer_value(json_object_get(row, "balance"));
        enum book book;
        g_assert_true(book_parse(json_string_value(json_object_get(row, "book")), &book));
        sums[book] += amount;
        sizes[book] += ABS(amount);
    }
    json_decref(report);
    for (size_t book = 0; book < BOOKS; book++) {
        g_assert_cmpint(sums[book], ==, 0);
        g_assert_true(book == BOOK_SUBSIDY || sizes[book] > 0);
    }
}

/* A community of an older platform: no rules, no credit; nothing else is held up. */
static void test_no_rules(struct credit_kit *f, const void *data)
{
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 120);

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM meta WHERE community=?1 AND key='credit_rules'", ""));
    g_assert_true(db_commit(f->platform->db, NULL));
    credit_kit_txn(f, &f->pen, &txn, "RULE");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/credit/hours", test_hours);
    CREDIT_KIT_ADD("/credit/public", test_public);
    CREDIT_KIT_ADD("/credit/paper", test_paper);
    CREDIT_KIT_ADD("/credit/team", test_team);
    CREDIT_KIT_ADD("/credit/spend", test_spend);
    CREDIT_KIT_ADD("/credit/hold", test_hold);
    CREDIT_KIT_ADD("/credit/hold-told-late", test_hold_told_late);
    CREDIT_KIT_ADD("/credit/quota", test_quota);
    CREDIT_KIT_ADD("/credit/quota-broken", test_quota_broken);
    CREDIT_KIT_ADD("/credit/quota-salvaged", test_quota_salvaged);
    CREDIT_KIT_ADD("/credit/double-spend", test_double_spend);
    CREDIT_KIT_ADD("/credit/gifts", test_gifts);
    CREDIT_KIT_ADD("/credit/cap", test_cap);
    CREDIT_KIT_ADD("/credit/double-spend-undone", test_double_spend_undone);
    CREDIT_KIT_ADD("/credit/two-givers", test_two_givers);
    CREDIT_KIT_ADD("/credit/reverse", test_reverse);
    CREDIT_KIT_ADD("/credit/expiry", test_expiry);
    CREDIT_KIT_ADD("/credit/stars", test_stars);
    CREDIT_KIT_ADD("/credit/rewards", test_rewards);
    CREDIT_KIT_ADD("/credit/snapshot", test_snapshot);
    CREDIT_KIT_ADD("/credit/random", test_random);
    CREDIT_KIT_ADD("/credit/constraints", test_constraints);
    CREDIT_KIT_ADD("/credit/five-books", test_five_books);
    CREDIT_KIT_ADD("/credit/no-rules", test_no_rules);
    return g_test_run();
}
