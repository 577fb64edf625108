/* SPDX-License-Identifier: Apache-2.0 */
/* What bounds a kiosk that lies, and people who mean well: hours on paper, quotas of before, holds, what a gift lives. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/feed-serve.h"
#include "platform/credit/quota.h"
#include <string.h>

/* ---- Hours on paper ---------------------------------------------------------------------------------------------- */

static void slip(struct credit_kit *f, struct pen *pen, const char *who, const char *staff, int64_t minutes, const char *code)
{
    struct ledger_txn txn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, who, minutes);

    g_strlcpy(txn.staff[0], staff, sizeof txn.staff[0]);
    credit_kit_txn(f, pen, &txn, code);
}

/* To the same hour of a day early in a month, so that days and months end where the test says. */
static void to_month_begin(void)
{
    int64_t next_ms = ms_of_date(lot_end(date_of_ms(now_ms()) / 100 * 100 + 1, 1));
    credit_kit_shift_ms += next_ms + 10 * HOUR - now_ms();
}

static void test_paper_day(struct credit_kit *f, const void *data)
{
    to_month_begin();
    slip(f, &f->pen, f->student, STAFF, 481, "HOURS");
    slip(f, &f->pen, f->student, STAFF, 300, "");
    slip(f, &f->other, f->student, OTHER_STAFF, 210, "HOURS"); /* at another kiosk, by somebody else: the same day */
    slip(f, &f->other, f->student, OTHER_STAFF, 180, "");
    slip(f, &f->pen, f->student, STAFF, 30, "HOURS");
    slip(f, &f->pen, f->adult, STAFF, 30, "");
    credit_kit_shift_ms += DAY;
    slip(f, &f->pen, f->student, STAFF, 480, "");
}

/* What is undone does not count; what two taps made does. */
static void test_paper_and_taps(struct credit_kit *f, const void *data)
{
    struct ledger_txn wrong = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, f->student, 420);
    struct ledger_txn undo = {.at_ms = now_ms(), .rule = "r", .staff = {STAFF, OTHER_STAFF}};
    struct attendance_row row = {.slot = "S1", .minutes = 120, .times = {.state = ATTENDANCE_POSTED}};

    to_month_begin();
    wrong.at_ms = now_ms();
    g_strlcpy(wrong.staff[0], STAFF, sizeof wrong.staff[0]);
    credit_kit_txn(f, &f->pen, &wrong, "");
    slip(f, &f->pen, f->student, STAFF, 90, "HOURS");
    uuid7(now_ms(), undo.id);
    ledger_txn_reverse(&wrong, &undo);
    credit_kit_txn(f, &f->pen, &undo, "");
    uuid7(now_ms(), row.id);
    g_strlcpy(row.kiosk, "K0001", sizeof row.kiosk);
    g_strlcpy(row.token, f->student, sizeof row.token);
    row.times.in_ms = row.times.slot_start_ms = now_ms() - 3 * HOUR;
    row.times.out_ms = row.times.slot_end_ms = now_ms() - HOUR;
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_attendance_put(f->platform->db, &row, NULL) &&
                  db_commit(f->platform->db, NULL));
    slip(f, &f->pen, f->student, STAFF, 390, "HOURS");
    slip(f, &f->pen, f->student, STAFF, 360, "");
}

static void test_paper_month(struct credit_kit *f, const void *data)
{
    to_month_begin();
    for (int day = 0; day < 5; day++, credit_kit_shift_ms += DAY)
        slip(f, &f->pen, f->student, STAFF, 480, "");
    slip(f, &f->pen, f->student, STAFF, 30, "HOURS"); /* 40 hours are reached */
    to_month_begin();
    slip(f, &f->pen, f->student, STAFF, 30, "");
}

/* One clerk does not confirm the hours of a whole town; a leader of a team does what one clerk may. */
static void test_paper_staff(struct credit_kit *f, const void *data)
{
    struct ledger_txn team = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_TEAM, "T1", 500);

    f->rules.paper_staff_day_min = 1000;
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) &&
                  db_commit(f->platform->db, NULL));
    to_month_begin();
    slip(f, &f->pen, f->student, STAFF, 240, "");
    slip(f, &f->other, f->adult, "staff-1", 240, ""); /* the id and the card are one */
    team.at_ms = now_ms();
    g_strlcpy(team.staff[0], STAFF, sizeof team.staff[0]);
    credit_kit_txn(f, &f->pen, &team, "");
    slip(f, &f->pen, f->elder, STAFF, 30, "HOURS");
    slip(f, &f->pen, f->elder, OTHER_STAFF, 30, "");
}

/* A clock that lies spreads a year's hours over days of its own. */
static void test_paper_backdated(struct credit_kit *f, const void *data)
{
    int64_t minutes = 0;

    to_month_begin();
    for (int day = 0; day < 120; day++) {
        struct ledger_txn txn =
            credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, f->student, 480);
        txn.at_ms = now_ms() - day * DAY;
        g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
        json_t *answer = kit_push(f->platform, &f->pen,
                                  json_pack("[o]", pen_event(&f->pen, "ledger.txn", ledger_txn_to_json(&txn))));
        minutes += strcmp(kit_verdict(answer, 0), "accepted") == 0 ? 480 : 0;
        json_decref(answer);
    }
    g_assert_cmpint(minutes, <=, 2 * PAPER_MONTH_MIN);
    g_assert_cmpint(credit_kit_person(f, f->student, BOOK_HOURS), ==, minutes);
}

/* ---- Quotas of before -------------------------------------------------------------------------------------------- */

static void test_quota_closed(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), second;
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);

    txn.quota = first;
    credit_kit_txn(f, &f->pen, &txn, "");
    credit_kit_shift_ms += 13 * HOUR;
    second = credit_kit_quota(f, "K0001", set);
    g_assert_cmpint(second, >, first);
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = first; /* the newer one has not reached it yet */
    credit_kit_txn(f, &f->pen, &txn, "");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = second;
    credit_kit_txn(f, &f->pen, &txn, "");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = first; /* 120 of 240 are left in it, and taken back */
    credit_kit_txn(f, &f->pen, &txn, "QUOTA");
    credit_kit_quota(f, "K0002", set);
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = set->version; /* each kiosk has its own */
    credit_kit_txn(f, &f->other, &txn, "");
}

/* Taken back: the next page of the feed says 0 of everything. What was spent before it was known stands, to its end; what is spent from
 * nothing does not; other kiosks keep theirs. */
static void test_quota_withdrawn(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), other, version = 0;
    size_t had = set->count;

    credit_kit_shift_ms += MINUTE;
    g_assert_true(quota_withdraw(f->platform, "K0001", now_ms(), &version, NULL));
    g_assert_cmpint(credit_kit_quota(f, "K0001", set), ==, version);
    g_assert_cmpint(version, >, first);
    g_assert_cmpuint(set->count, ==, had);
    for (size_t i = 0; i < set->count; i++)
        g_assert_cmpint(set->quotas[i].limit, ==, 0);
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = version;
    credit_kit_txn(f, &f->pen, &txn, "QUOTA");
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = first; /* before it knew */
    credit_kit_txn(f, &f->pen, &txn, "");
    credit_kit_shift_ms += 25 * HOUR;
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = first; /* and no longer */
    credit_kit_txn(f, &f->pen, &txn, "QUOTA");
    credit_kit_quota(f, "K0001", set); /* a day later it is still nothing */
    for (size_t i = 0; i < set->count; i++)
        g_assert_cmpint(set->quotas[i].limit, ==, 0);
    other = credit_kit_quota(f, "K0002", set);
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = other;
    credit_kit_txn(f, &f->other, &txn, "");
    struct quota rule = {BOOK_COIN, QUOTA_PERSON, "", 240, 0}, all = {BOOK_COIN, QUOTA_KIOSK, "", 12000, 0};
    credit_kit_shift_ms += MINUTE;
    g_assert_true(quota_rule(f->platform, "K0001", &rule, NULL) && quota_rule(f->platform, "K0001", &all, NULL));
    credit_kit_shift_ms += MINUTE;
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = credit_kit_quota(f, "K0001", set); /* given again */
    credit_kit_txn(f, &f->pen, &txn, "");
}

static void took(struct credit_kit *f, struct pen *pen, int64_t version, const char *code)
{
    credit_kit_push(f, pen, QUOTA_TAKEN, "QuotaTaken", json_pack("{s:I}", "version", (json_int_t)version),
                    *code == '\0' ? "accepted" : "rejected", code);
}

static void spend_of(struct credit_kit *f, struct pen *pen, int64_t version, const char *code)
{
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);

    txn.quota = version;
    credit_kit_txn(f, pen, &txn, code);
}

/* Of COIN, all versions together. */
static int64_t left_of(struct credit_kit *f, const char *kiosk)
{
    int64_t left = 0;
    json_t *row;
    size_t i;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *rows = quota_left(f->platform->db, now_ms(), NULL);
    db_rollback(f->platform->db);
    g_assert_nonnull(rows);
    json_array_foreach(rows, i, row)
        if (strcmp(json_string_value(json_object_get(row, "kiosk")), kiosk) == 0 &&
            strcmp(json_string_value(json_object_get(row, "book")), "COIN") == 0)
            left += json_integer_value(json_object_get(row, "left"));
    json_decref(rows);
    return left;
}

/* A kiosk says that it took a newer version, and spends nothing of it: the older one is closed from there on, and what was left of it
 * is free. Once it is said, saying it again, or of an older one, changes nothing. */
static void test_quota_taken(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), second;

    took(f, &f->pen, first, "");
    g_assert_cmpint(left_of(f, "K0001"), ==, 12000);
    credit_kit_shift_ms += 13 * HOUR;
    second = credit_kit_quota(f, "K0001", set);
    g_assert_cmpint(left_of(f, "K0001"), ==, 24000); /* nobody knows which one it has */
    spend_of(f, &f->pen, first, "");
    g_assert_cmpint(left_of(f, "K0001"), ==, 23940);
    took(f, &f->pen, second, "");
    g_assert_cmpint(left_of(f, "K0001"), ==, 12000);
    spend_of(f, &f->pen, first, "QUOTA");
    took(f, &f->pen, second, "");
    took(f, &f->pen, first, "");
    spend_of(f, &f->pen, second, "");
    took(f, &f->pen, second + 48 * HOUR, "QUOTA"); /* nobody can have been given it */
    g_assert_cmpint(left_of(f, "K0001"), ==, 11940);
    credit_kit_shift_ms += 25 * HOUR;
    g_assert_cmpint(left_of(f, "K0001"), ==, 0); /* its time is over */
}

/* A database that was put back does not know what the kiosk has: it is given another, and what is known of before is closed. */
static void test_quota_forgotten(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), unknown = first + HOUR;

    took(f, &f->pen, unknown, "");
    spend_of(f, &f->pen, first, "QUOTA");
    spend_of(f, &f->pen, unknown, "QUOTA");
    g_assert_cmpint(credit_kit_quota(f, "K0001", set), >, unknown);
    took(f, &f->pen, set->version, "");
    spend_of(f, &f->pen, set->version, "");
}

/* Withdrawn, and the kiosk says that it knows: nothing of it can be spent any more, and others can be given it. */
static void test_quota_withdrawn_taken(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), version = 0;

    took(f, &f->pen, first, "");
    credit_kit_shift_ms += MINUTE;
    g_assert_true(quota_withdraw(f->platform, "K0001", now_ms(), &version, NULL));
    g_assert_cmpint(left_of(f, "K0001"), ==, 12000);
    took(f, &f->pen, version, "");
    g_assert_cmpint(left_of(f, "K0001"), ==, 0);
    spend_of(f, &f->pen, first, "QUOTA");
}

/* Enrolled anew: what it wrote before still counts when it comes, also late; what it writes in its new epoch does not, of anything that it was
 * given before. It gets quotas at once. */
static void test_quota_enrolled(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), second;
    struct pen before;

    took(f, &f->pen, first, "");
    before = f->pen;
    credit_kit_shift_ms += MINUTE;
    kit_enrol(f->platform, "K0001", &f->pen);
    g_assert_cmpint(left_of(f, "K0001"), ==, 12000); /* its disk may have more to tell */
    spend_of(f, &before, first, "");
    f->pen.seq = before.seq;
    credit_kit_shift_ms += MINUTE;
    second = credit_kit_quota(f, "K0001", set);
    g_assert_cmpint(second, >, first);
    took(f, &f->pen, second, "");
    spend_of(f, &f->pen, first, "QUOTA");
    spend_of(f, &f->pen, second, "");
    g_assert_cmpint(left_of(f, "K0001"), ==, 11940);
}

/* A request that had passed the door, and waited for the lock. */
static void ask_late(struct credit_kit *f, const char *certificate, int code)
{
    g_autoptr(GError) error = NULL;
    json_t *answer = feed_serve(f->platform, "K0001", certificate, "", 500, now_ms(), &error);

    g_assert_null(answer);
    g_assert_error(error, PLATFORM_ERROR, code);
}

/* Revoked: nothing that had not been told counts any more, whatever it says of itself. Enrolled anew it begins with a version of its own. */
static void test_quota_revoked(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set), second;
    struct pen before;

    spend_of(f, &f->pen, first, "");
    before = f->pen;
    g_assert_true(enrolment_revoke(f->platform, "K0001", now_ms(), NULL));
    g_assert_cmpint(left_of(f, "K0001"), ==, 0);
    g_assert_false(enrolment_revoke(f->platform, "K9999", now_ms(), NULL));
    credit_kit_shift_ms += MINUTE;
    ask_late(f, KIT_SERIAL, PLATFORM_ERROR_KIOSK_REVOKED);
    g_assert_cmpint(left_of(f, "K0001"), ==, 0);
    kit_enrol(f->platform, "K0001", &f->pen);
    ask_late(f, "00", PLATFORM_ERROR_KIOSK_UNKNOWN);
    g_assert_cmpint(left_of(f, "K0001"), ==, 0);
    spend_of(f, &before, first, "QUOTA"); /* of the epoch before, told late */
    f->pen.seq = before.seq;
    second = credit_kit_quota(f, "K0001", set);
    g_assert_cmpint(second, >, first);
    ask_late(f, "00", PLATFORM_ERROR_KIOSK_UNKNOWN); /* nothing has to be written, and the page would have the new machine's quota */
    spend_of(f, &f->pen, first, "QUOTA");
    spend_of(f, &f->pen, second, "");
}

/* A journal that is carried out of a broken disk tells what lay before: that still counts. */
static void test_quota_salvaged(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t first = credit_kit_quota(f, "K0001", set);
    bool closed = true;

    credit_kit_shift_ms += 13 * HOUR;
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    txn.quota = credit_kit_quota(f, "K0001", set);
    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_quota_closed(f->platform->db, "K0001", first, &(struct quota_place){f->pen.epoch, f->pen.seq - 1, now_ms()}, &closed, NULL) && !closed);
    g_assert_true(db_quota_closed(f->platform->db, "K0001", first, &(struct quota_place){f->pen.epoch, f->pen.seq + 1, now_ms()}, &closed, NULL) && closed);
    g_assert_true(db_quota_closed(f->platform->db, "K0001", txn.quota, &(struct quota_place){f->pen.epoch, f->pen.seq + 1, now_ms()}, &closed, NULL) && !closed);
    db_rollback(f->platform->db);
}

/* ---- Holds ------------------------------------------------------------------------------------------------------- */

static struct ledger_hold hold_of(const char *token, int64_t amount)
{
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {.kind = OWNER_PERSON}, .amount = amount,
                               .expires_ms = now_ms() + HOUR};

    uuid7(now_ms(), hold.id);
    g_strlcpy(hold.account.owner, token, sizeof hold.account.owner);
    return hold;
}

static void push_hold(struct credit_kit *f, struct pen *pen, const struct ledger_hold *hold, const char *code)
{
    credit_kit_push(f, pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(hold), *code == '\0' ? "accepted" : "rejected",
                    code);
}

static void test_hold_owner(struct credit_kit *f, const void *data)
{
    struct ledger_hold hold = hold_of(f->elder, 300), ended = hold;
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 300);
    static const char *const BY[] = {"staff-1", "staff-2", NULL};

    push_hold(f, &f->pen, &hold, "");
    ended.state = HOLD_RELEASED;
    push_hold(f, &f->other, &ended, "HOLD");
    ended.state = HOLD_EXPIRED;
    push_hold(f, &f->other, &ended, "HOLD");
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    credit_kit_txn(f, &f->other, &txn, "HOLD"); /* nor captured */
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(credit_hold_release(f->platform, hold.id, (char **)BY, "the kiosk burnt down", now_ms(), NULL));
    g_assert_false(credit_hold_release(f->platform, hold.id, (char **)BY, "again", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    push_hold(f, &f->pen, &ended, ""); /* says the same a little later */
    txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1200);
    credit_kit_txn(f, &f->other, &txn, "");
}

static void test_hold_bounds(struct credit_kit *f, const void *data)
{
    struct ledger_hold hold = hold_of(f->elder, 1201);
    struct ledger_txn txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1184);

    push_hold(f, &f->pen, &hold, "BALANCE");
    hold = hold_of(f->elder, 60);
    hold.expires_ms = now_ms() + HOLD_LIFE_MAX_MS + 2 * DAY;
    push_hold(f, &f->pen, &hold, "HOLD");
    hold.expires_ms = INT64_C(253402271999999);
    push_hold(f, &f->pen, &hold, "HOLD");
    for (int i = 0; i < HOLDS_OPEN_MAX; i++) {
        hold = hold_of(f->elder, 1);
        push_hold(f, &f->other, &hold, "");
    }
    hold = hold_of(f->elder, 1);
    push_hold(f, &f->pen, &hold, "HOLD"); /* of all kiosks together */
    hold = hold_of(f->elder, 1);
    hold.expires_ms = now_ms() - 1; /* told late: it keeps nothing from anybody */
    push_hold(f, &f->pen, &hold, "");
    credit_kit_txn(f, &f->pen, &txn, "");
    hold = hold_of(f->elder, 1);
    hold.book = BOOK_POINTS;
    push_hold(f, &f->pen, &hold, "HOLD");
}

/* What was handed over within the quota is posted, whatever became of the hold before it. */
static void test_hold_and_quota(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    struct ledger_hold hold = hold_of(f->adult, 100);
    struct ledger_txn all = credit_kit_spend(f->adult, BOOK_COIN, "CLEANING", 180),
                      txn = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 100);

    hold = hold_of(f->elder, 100);
    all = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 1200);
    credit_kit_quota(f, "K0001", set);
    credit_kit_txn(f, &f->other, &all, "");
    push_hold(f, &f->pen, &hold, "BALANCE"); /* another kiosk was faster */
    txn.quota = set->version;
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    credit_kit_txn(f, &f->pen, &txn, "");
    g_assert_cmpint(credit_kit_balance(f, "fund:offline", BOOK_COIN), ==, -100);
}

/* ---- Gifts ------------------------------------------------------------------------------------------------------- */

static void lots_of(struct credit_kit *f, const char *token, int64_t sum[3], const uint32_t ends[3])
{
    g_autofree char *account = g_strconcat("person:", token, NULL);

    memset(sum, 0, 3 * sizeof *sum);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autoptr(GArray) lots = db_credit_lots(f->platform->db, account, BOOK_COIN, NULL);
    db_rollback(f->platform->db);
    g_assert_nonnull(lots);
    for (guint i = 0; i < lots->len; i++)
        for (size_t k = 0; k < 3; k++)
            if (g_array_index(lots, struct lot, i).expires_on == ends[k])
                sum[k] += g_array_index(lots, struct lot, i).remaining;
}

static void issue(struct credit_kit *f, const char *token, int64_t minutes, uint32_t end)
{
    struct ledger_txn txn = credit_kit_make(LEDGER_ISSUE, BOOK_COIN, OWNER_FUND, "gift", OWNER_PERSON, token, minutes);
    enum ledger_code code = LEDGER_FORM;

    txn.entries[1].expires_on = end;
    g_assert_true(credit_by_hand(f->platform, &txn, now_ms(), &code, NULL));
    g_assert_cmpint(code, ==, LEDGER_OK);
}

/* The kiosk said when a gift ends, or that it never does: given back and forth, credit lived for ever. */
static void test_gift_ends(struct credit_kit *f, const void *data)
{
    uint32_t soon = date_of_ms(now_ms() + 10 * DAY), later = date_of_ms(now_ms() + 60 * DAY);
    const uint32_t ends[3] = {soon, later, 0};
    struct ledger_txn gift, undo = {.at_ms = now_ms(), .rule = "r", .staff = {STAFF, OTHER_STAFF}};
    int64_t sum[3];

    issue(f, f->student, 50, later);
    issue(f, f->student, 30, soon);
    gift = credit_kit_gift(f->student, f->adult, 60);
    gift.entries[1].expires_on = 20991231;
    credit_kit_txn(f, &f->pen, &gift, "");
    lots_of(f, f->adult, sum, ends);
    g_assert_cmpint(sum[0], ==, 30); /* the oldest first, and each part as long as it would have lived */
    g_assert_cmpint(sum[1], ==, 30);
    g_assert_cmpint(sum[2], ==, 180); /* the sample's own, without an end */
    uuid7(now_ms(), undo.id);
    ledger_txn_reverse(&gift, &undo);
    credit_kit_txn(f, &f->pen, &undo, "");
    lots_of(f, f->adult, sum, ends);
    g_assert_cmpint(sum[0] + sum[1], ==, 0);
    lots_of(f, f->student, sum, ends);
    g_assert_cmpint(sum[0], ==, 30);
    g_assert_cmpint(sum[1], ==, 50);
}

static void test_adjust_ends(struct credit_kit *f, const void *data)
{
    struct ledger_txn txn = credit_kit_make(LEDGER_ADJUST, BOOK_COIN, OWNER_ADJUST, "staff", OWNER_PERSON, f->student, 60);
    const uint32_t ends[3] = {0, 0, lot_end(date_of_ms(now_ms()), 12)};
    int64_t sum[3];

    f->rules.coin_months = 12;
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) &&
                  db_commit(f->platform->db, NULL));
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    g_strlcpy(txn.staff[1], OTHER_STAFF, sizeof txn.staff[1]);
    credit_kit_txn(f, &f->pen, &txn, "");
    lots_of(f, f->student, sum, ends);
    g_assert_cmpint(sum[2], ==, 60);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/limits/paper/day", test_paper_day);
    CREDIT_KIT_ADD("/limits/paper/and-taps", test_paper_and_taps);
    CREDIT_KIT_ADD("/limits/paper/month", test_paper_month);
    CREDIT_KIT_ADD("/limits/paper/staff", test_paper_staff);
    CREDIT_KIT_ADD("/limits/paper/backdated", test_paper_backdated);
    CREDIT_KIT_ADD("/limits/quota/closed", test_quota_closed);
    CREDIT_KIT_ADD("/credit/limits/quota-withdrawn", test_quota_withdrawn);
    CREDIT_KIT_ADD("/limits/quota/taken", test_quota_taken);
    CREDIT_KIT_ADD("/limits/quota/forgotten", test_quota_forgotten);
    CREDIT_KIT_ADD("/limits/quota/withdrawn-taken", test_quota_withdrawn_taken);
    CREDIT_KIT_ADD("/limits/quota/enrolled", test_quota_enrolled);
    CREDIT_KIT_ADD("/limits/quota/revoked", test_quota_revoked);
    CREDIT_KIT_ADD("/limits/quota/salvaged", test_quota_salvaged);
    CREDIT_KIT_ADD("/limits/hold/owner", test_hold_owner);
    CREDIT_KIT_ADD("/limits/hold/bounds", test_hold_bounds);
    CREDIT_KIT_ADD("/limits/hold/and-quota", test_hold_and_quota);
    CREDIT_KIT_ADD("/limits/gift-ends", test_gift_ends);
    CREDIT_KIT_ADD("/limits/adjust-ends", test_adjust_ends);
    return g_test_run();
}
