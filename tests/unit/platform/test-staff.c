/* SPDX-License-Identifier: Apache-2.0 */
/* The register of staff: who may answer for what at the platform, and what kiosks are told of it. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-seal.h"
#include "platform/hotlist/hotlist.h"
#include "platform/staff.h"
#include <string.h>

#define LEADER  "0f0e0d0c0b0a09080706050403020102"
#define TWIN    "0f0e0d0c0b0a09080706050403020103"
#define VISITOR "0f0e0d0c0b0a09080706050403020104"

static struct ledger_txn adjust(struct credit_kit *f, const char *a, const char *b)
{
    struct ledger_txn txn = credit_kit_make(LEDGER_ADJUST, BOOK_POINTS, OWNER_ADJUST, "staff", OWNER_PERSON, f->adult, 5);

    g_strlcpy(txn.staff[0], a, sizeof txn.staff[0]);
    g_strlcpy(txn.staff[1], b, sizeof txn.staff[1]);
    return txn;
}

static void push_adjust(struct credit_kit *f, const char *a, const char *b, const char *code)
{
    struct ledger_txn txn = adjust(f, a, b);
    credit_kit_txn(f, &f->pen, &txn, code);
}

static void push_earn(struct credit_kit *f, const char *staff, const char *code)
{
    struct ledger_txn txn = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, f->student, 30);

    g_strlcpy(txn.staff[0], staff, sizeof txn.staff[0]);
    credit_kit_txn(f, &f->pen, &txn, code);
}

/* Any two texts were two people. */
static void test_names(struct credit_kit *f, const void *data)
{
    push_adjust(f, "Mallory", "Mallet", "STAFF_UNKNOWN");
    push_adjust(f, STAFF, "Mallet", "STAFF_UNKNOWN");
    push_adjust(f, STAFF, f->elder, "STAFF_UNKNOWN"); /* a card of ours, of nobody of the staff */
    push_earn(f, "Mallory", "STAFF_UNKNOWN");
    push_adjust(f, STAFF, OTHER_STAFF, "");
    push_adjust(f, "staff-1", "staff-2", ""); /* as good as their cards */
    push_adjust(f, STAFF, "staff-1", "STAFF_ONE_PERSON");
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_POINTS), ==, 10 + 30); /* 30 of the sample */
}

static void test_roles(struct credit_kit *f, const void *data)
{
    struct staff visitor = {.token = VISITOR, .id = "visitor", .role = STAFF_CLERK, .scope = "K0002"};
    struct ledger_txn txn;

    kit_staff(f->platform, LEADER, "leader", 2, STAFF_LEADER);
    push_adjust(f, STAFF, LEADER, "STAFF_ROLE");
    push_earn(f, LEADER, "STAFF_OWN_CARD"); /* another card of the student's */
    kit_staff(f->platform, TWIN, "twin", 3, STAFF_CLERK);
    push_adjust(f, STAFF, TWIN, "STAFF_ONE_PERSON");
    kit_staff(f->platform, VISITOR, "all", 8, STAFF_CLERK);
    push_adjust(f, STAFF, VISITOR, "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE staff SET scope=?3 WHERE community=?1 AND token=?2", "ss", VISITOR,
                         visitor.scope));
    g_assert_true(db_commit(f->platform->db, NULL));
    push_adjust(f, STAFF, VISITOR, "STAFF_ROLE");
    txn = adjust(f, STAFF, VISITOR);
    credit_kit_txn(f, &f->other, &txn, "");
}

static json_t *told(struct credit_kit *f, const char *topic, const char *token)
{
    json_t *feed = kit_feed(f->platform, "K0001"), *value = json_incref(json_object_get(kit_fed(feed, topic, token), "value"));

    json_decref(feed);
    return value;
}

static enum ledger_code judged(struct credit_kit *f, const char *name, enum staff_act act)
{
    struct staff_question question = {.names = {name}, .needed = 1, .act = act, .at_ms = now_ms(), .now_ms = now_ms()};
    enum ledger_code code = LEDGER_OK;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(staff_judge(f->platform->db, &question, &code, NULL));
    db_rollback(f->platform->db);
    return code;
}

/* Roles that came later: told under a topic of their own, so that who reads the older one still can. */
static void test_posts(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(8);
    struct staff grid = {.id = "grid-8", .role = STAFF_GRID_WORKER, .scope = STAFF_EVERYWHERE, .from_ms = now_ms()}, read;
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(staff_add(f->platform, card, "Grid Worker", &grid, &error) && db_commit(f->platform->db, &error));
    g_assert_no_error(error);
    g_assert_cmpint(judged(f, "grid-8", STAFF_TICKETS), ==, LEDGER_OK);
    g_assert_cmpint(judged(f, grid.token, STAFF_DESK), ==, LEDGER_STAFF_ROLE);
    push_adjust(f, STAFF, grid.token, "STAFF_ROLE");
    push_earn(f, "grid-8", "STAFF_ROLE");
    json_t *value = told(f, "post", grid.token);
    g_assert_true(staff_from_json(value, &read) && read.role == STAFF_GRID_WORKER);
    json_decref(value);
    g_assert_null(told(f, "staff", grid.token));

    /* One id in both tables, and one row in force of a card. */
    struct staff again = {.id = "grid-8", .role = STAFF_CLERK, .scope = STAFF_EVERYWHERE}, other = {.id = "other", .role = STAFF_CLERK};
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_false(staff_add(f->platform, card, "X", &again, NULL));
    g_assert_false(staff_add(f->platform, card, "X", &other, NULL));
    db_rollback(f->platform->db);

    credit_kit_shift_ms += DAY;
    g_assert_true(staff_retire(f->platform, "grid-8", now_ms(), &error));
    g_assert_cmpint(judged(f, "grid-8", STAFF_TICKETS), ==, LEDGER_STAFF_RETIRED);
    other = (struct staff){.id = "clerk-8", .role = STAFF_CLERK, .scope = STAFF_EVERYWHERE, .from_ms = now_ms()};
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(staff_add(f->platform, card, "Grid Worker", &other, &error) && db_commit(f->platform->db, &error));
    g_assert_cmpint(judged(f, grid.token, STAFF_DESK), ==, LEDGER_OK);
    json_t *list = NULL;
    g_assert_true(db_begin(f->platform->db, false, NULL));
    list = db_staff_list(f->platform->db, &error);
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_cmpuint(json_array_size(list), >=, 4);
    json_decref(list);
}

static bool added(struct credit_kit *f, const char *card, struct staff staff)
{
    g_autoptr(GError) error = NULL;

    staff.scope[0] = '*';
    g_assert_true(db_begin(f->platform->db, true, NULL));
    bool ok = staff_add(f->platform, card, "Name", &staff, &error);
    g_assert_true(ok || g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE));
    if (ok)
        g_assert_true(db_commit(f->platform->db, NULL));
    else
        db_rollback(f->platform->db);
    return ok;
}

static void retired_at(struct credit_kit *f, const char *id, int64_t at_ms)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(staff_retire(f->platform, id, at_ms, &error));
    g_assert_no_error(error);
}

/* One row of a card at a time; whoever retires on a day to come is in office until then. */
static void test_overlap(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(8), *state = NULL, *token = NULL;
    int64_t now = now_ms();

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_card_find(f->platform->db, card, &token, &state, NULL));
    db_rollback(f->platform->db);
    g_assert_true(added(f, card, (struct staff){.id = "first", .role = STAFF_CLERK, .from_ms = now - HOUR}));
    retired_at(f, "first", now + DAY);
    g_assert_false(added(f, card, (struct staff){.id = "second", .role = STAFF_CLERK, .from_ms = now, .to_ms = now + HOUR}));
    g_assert_false(added(f, card, (struct staff){.id = "second", .role = STAFF_CLERK, .from_ms = now - DAY, .to_ms = 0}));
    g_assert_cmpint(judged(f, token, STAFF_DESK), ==, LEDGER_OK);
    credit_kit_shift_ms += DAY + HOUR;
    g_assert_cmpint(judged(f, token, STAFF_DESK), ==, LEDGER_STAFF_RETIRED);
    g_assert_false(added(f, card, (struct staff){.id = "second", .role = STAFF_CLERK, .from_ms = now + HOUR})); /* reaches back */
    /* Who retired before they began come back at another moment than that: said in words, not by the table. */
    int64_t again = now + 2 * DAY + HOUR;
    g_assert_true(added(f, card, (struct staff){.id = "early", .role = STAFF_CLERK, .from_ms = again}));
    retired_at(f, "early", now_ms());
    g_assert_false(added(f, card, (struct staff){.id = "early-2", .role = STAFF_CLERK, .from_ms = again}));
    g_assert_true(added(f, card, (struct staff){.id = "early-2", .role = STAFF_MANAGER, .from_ms = again})); /* in a table of its own */
    retired_at(f, "early-2", now_ms());
    g_assert_false(added(f, card, (struct staff){.id = "early-3", .role = STAFF_TECHNICIAN, .from_ms = again}));
    /* One that never began is in nobody's way. */
    g_assert_true(added(f, card, (struct staff){.id = "never", .role = STAFF_CLERK, .from_ms = now + 3 * DAY}));
    retired_at(f, "never", now_ms());
    g_assert_true(added(f, card, (struct staff){.id = "second", .role = STAFF_CLERK, .from_ms = now + 2 * DAY}));
    credit_kit_shift_ms += 3 * DAY;
    g_assert_cmpint(judged(f, token, STAFF_DESK), ==, LEDGER_OK);
    struct staff read;
    json_t *value = told(f, "staff", token);
    g_assert_true(staff_from_json(value, &read));
    g_assert_cmpstr(read.id, ==, "second");
    json_decref(value);
}

static int64_t last_change(struct credit_kit *f)
{
    int64_t n = 0;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_change_last(f->platform->db, &n, NULL));
    db_rollback(f->platform->db);
    return n;
}

static void assert_told(struct credit_kit *f, const char *token, const char *id)
{
    struct staff read;
    json_t *value = told(f, "staff", token);

    g_assert_true(staff_from_json(value, &read));
    g_assert_cmpstr(read.id, ==, id);
    json_decref(value);
}

/* As a node says it whose clock is `behind_ms` behind. */
static void assert_told_behind(struct credit_kit *f, const char *token, int64_t behind_ms, const char *id)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *value = db_staff_value(f->platform->db, "staff", token, now_ms() - behind_ms, NULL);
    db_rollback(f->platform->db);
    g_assert_cmpstr(json_string_value(json_object_get(value, "id")), ==, id);
    json_decref(value);
}

static void tended(struct credit_kit *f, bool tells)
{
    g_autoptr(GError) error = NULL;
    int64_t before = last_change(f);

    staff_tend(f->platform, now_ms(), &error);
    g_assert_no_error(error);
    g_assert_cmpint(last_change(f) > before, ==, tells);
}

/* One row ends on a day to come and the next begins then, another before both: each in its time, here and at kiosks. */
static void test_succession(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(8), *state = NULL, *token = NULL;
    int64_t now = now_ms(), noon = now + DAY;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_card_find(f->platform->db, card, &token, &state, NULL));
    db_rollback(f->platform->db);
    g_assert_true(added(f, card, (struct staff){.id = "leads", .role = STAFF_LEADER, .from_ms = now, .to_ms = noon}));
    g_assert_true(added(f, card, (struct staff){.id = "serves", .role = STAFF_CLERK, .from_ms = noon}));
    g_assert_false(added(f, card, (struct staff){.id = "between", .role = STAFF_CLERK, .from_ms = noon - 1, .to_ms = noon}));
    g_assert_false(added(f, card, (struct staff){.id = "behind", .role = STAFF_CLERK, .from_ms = noon + DAY, .to_ms = noon + 2 * DAY}));
    g_assert_true(added(f, card, (struct staff){.id = "before", .role = STAFF_LEADER, .from_ms = now - DAY, .to_ms = now}));
    assert_told(f, token, "leads");
    g_assert_cmpint(judged(f, token, STAFF_DESK), ==, LEDGER_STAFF_ROLE);
    tended(f, true);
    tended(f, false);
    credit_kit_shift_ms += DAY + MINUTE / 6;
    tended(f, true);
    assert_told(f, token, "serves");
    g_assert_cmpint(judged(f, token, STAFF_DESK), ==, LEDGER_OK);
    tended(f, false);
    /* A kiosk of a node that is half a minute behind has taken the row before, and hears of it once more. */
    assert_told_behind(f, token, MINUTE / 2, "leads");
    credit_kit_shift_ms += MINUTE;
    tended(f, true);
    assert_told_behind(f, token, MINUTE / 2, "serves");
    tended(f, false);
}

/* As an older version let them in: a short row within a long one. */
static void test_overlapping(struct credit_kit *f, const void *data)
{
    const struct staff within = {.id = "within", .token = STAFF, .role = STAFF_LEADER, .scope = "*", .from_ms = now_ms() - HOUR,
                                 .to_ms = now_ms() - MINUTE};

    g_assert_true(db_begin(f->platform->db, true, NULL) && db_staff_add(f->platform->db, &within, "Name", NULL) &&
                  db_commit(f->platform->db, NULL));
    g_assert_cmpint(judged(f, STAFF, STAFF_DESK), ==, LEDGER_OK);
}

/* What was done while they were in office counts whenever it is told. */
static void test_retired(struct credit_kit *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    credit_kit_shift_ms += DAY;
    g_assert_true(staff_retire(f->platform, "staff-2", now_ms(), &error));
    g_assert_false(staff_retire(f->platform, "staff-2", now_ms(), &error));
    g_clear_error(&error);
    g_assert_false(staff_retire(f->platform, STAFF, now_ms(), &error)); /* an id is needed */
    credit_kit_shift_ms += MINUTE;
    push_adjust(f, STAFF, OTHER_STAFF, "STAFF_RETIRED");
    credit_kit_shift_ms -= 2 * MINUTE;
    push_adjust(f, STAFF, OTHER_STAFF, "");
    credit_kit_shift_ms += 2 * MINUTE;
}

static void test_lost_card(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(3);
    g_autoptr(GError) error = NULL;
    char token[33];
    int64_t version;

    card_token(f->platform->index_key, card, token);
    push_adjust(f, token, OTHER_STAFF, "");
    credit_kit_shift_ms += HOUR;
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, &error));
    push_adjust(f, token, OTHER_STAFF, "FROZEN");
}

static void cut_over(struct credit_kit *f, int64_t ms)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, ms);

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_meta_set(f->platform->db, "staff_since_ms", text, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* Where there was none, what was recorded before stands by the names it has, for as long as a kiosk may be on its own. */
static void test_cut_over(struct credit_kit *f, const void *data)
{
    credit_kit_shift_ms += DAY;
    cut_over(f, now_ms() + HOUR);
    push_adjust(f, "A", "B", "");
    push_adjust(f, "A", "A", "TWO_PERSONS");
    struct ledger_txn late = adjust(f, "A", "B");
    json_t *event = pen_event(&f->pen, "ledger.txn", ledger_txn_to_json(&late));
    credit_kit_shift_ms += 33 * DAY; /* recorded in time, told too late */
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));
    g_assert_cmpstr(kit_code(answer, 0), ==, "STAFF_UNKNOWN");
    json_decref(answer);
    push_adjust(f, "A", "B", "STAFF_UNKNOWN");
}

/* Kiosks hear of it, and of nobody's name. */
static void test_feed(struct credit_kit *f, const void *data)
{
    unsigned told = 0;
    json_t *answer = kit_feed(f->platform, "K0001"), *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        json_t *value = json_object_get(item, "value");
        struct staff staff;
        if (g_strcmp0(json_string_value(json_object_get(item, "topic")), "staff") != 0)
            continue;
        g_assert_true(staff_from_json(value, &staff));
        g_assert_cmpstr(staff.token, ==, json_string_value(json_object_get(item, "key")));
        told++;
    }
    json_decref(answer);
    g_assert_cmpuint(told, ==, 5); /* three personas, two of this test */
}

static bool two_may(struct credit_kit *f, const char *const *by)
{
    struct staff_question question = {.names = {by[0], by[0] != NULL ? by[1] : NULL}, .needed = 2, .act = STAFF_DESK, .at_ms = now_ms(),
                                      .now_ms = now_ms()};
    enum ledger_code code = LEDGER_OK;

    g_assert_true(staff_judge(f->platform->db, &question, &code, NULL));
    return code == LEDGER_OK;
}

/* Decisions at the platform itself: the same two people. */
static void test_two(struct credit_kit *f, const void *data)
{
    static const struct { const char *by[3]; bool good; } CASES[] = {
        {{"staff-1", "staff-2", NULL}, true}, {{"S0001", "S0002", NULL}, true},   {{"staff-1", "S0001", NULL}, false},
        {{"staff-1", "Mallet", NULL}, false}, {{"staff-1", NULL, NULL}, false}, {{"staff-1", "staff-1", NULL}, false}};

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_assert_true(db_begin(f->platform->db, false, NULL));
        g_assert_true(two_may(f, CASES[i].by) == CASES[i].good);
        db_rollback(f->platform->db);
    }
}

/* ---- A database of before ---- */

#define OLD_TXN "01985d5e-5c00-7000-8000-0000000000aa"
static const char OLD_ROWS[] =
    "INSERT INTO event VALUES('" COMMUNITY_ID "','K0001',1,1,'x',zeroblob(32),zeroblob(32),'{}','rejected','BODY',1);"
    "INSERT INTO credit_txn VALUES('" COMMUNITY_ID "','" OLD_TXN "','ISSUE',NULL,0,1,'r','','',NULL,0,'','',0,1,0);"
    "INSERT INTO credit_entry VALUES('" COMMUNITY_ID "','" OLD_TXN "',0,'COIN','fund:a',-60,0),"
    "  ('" COMMUNITY_ID "','" OLD_TXN "',1,'COIN','person:b',60,20300101);"
    "UPDATE credit_txn SET closed=1;"
    "INSERT INTO credit_lot VALUES('" COMMUNITY_ID "','person:b','COIN','" OLD_TXN "',1,20300101,60,50);"
    "INSERT INTO credit_lot_use VALUES('" COMMUNITY_ID "','" OLD_TXN "','person:b','COIN','" OLD_TXN "',10);";

/* Functions that earlier migrations name; what they would be asked about is empty here. */
static void not_asked(sqlite3_context *context, int count, sqlite3_value **values)
{
    g_assert_not_reached();
}

static void write_old(const char *dir)
{
    static const struct { const char *name; int count; } NAMES[] = {
        {"unhex", 1}, {"seal", 2}, {"unseal", 2}, {"blind", 1}, {"card_ref", 1}, {"seal_body", 2}};
    g_autofree char *path = g_build_filename(dir, "platform.db", NULL);
    sqlite3 *db = NULL;
    int version = 0;

    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
        g_assert_cmpint(sqlite3_create_function(db, NAMES[i].name, NAMES[i].count, SQLITE_UTF8, NULL, not_asked, NULL, NULL),
                        ==, SQLITE_OK);
    for (; db_migrations[version] != db_schema_staff; version++)
        g_assert_cmpint(sqlite3_exec(db, db_migrations[version], NULL, NULL, NULL), ==, SQLITE_OK);
    g_autofree char *mark = g_strdup_printf("PRAGMA user_version=%d", version);
    g_assert_cmpint(sqlite3_exec(db, OLD_ROWS, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, mark, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

/* The moment from which names have to be in the register is written down, and lots are carried over. */
static void test_older(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *since = NULL;
    char *dir = kit_dir();
    const struct db_keys keys = {{0}, {0}, {0}};

    write_old(dir);
    struct db *db = db_open(dir, COMMUNITY_ID, false, &keys, &error);
    g_assert_no_error(error);
    g_assert_true(db_begin(db, false, NULL) && db_meta_get(db, "staff_since_ms", &since, &error));
    g_assert_nonnull(since);
    g_autoptr(GArray) lots = db_credit_lots(db, "person:b", BOOK_COIN, &error);
    g_autoptr(GArray) given = db_credit_given(db, OLD_TXN, BOOK_COIN, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(lots->len, ==, 1);
    g_assert_cmpint(g_array_index(lots, struct lot, 0).remaining, ==, 50);
    g_assert_cmpint(g_array_index(given, struct lot, 0).expires_on, ==, 20300101);
    db_rollback(db);
    db_close(db);
    kit_dir_done(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/staff/names", test_names);
    CREDIT_KIT_ADD("/staff/roles", test_roles);
    CREDIT_KIT_ADD("/staff/posts", test_posts);
    CREDIT_KIT_ADD("/staff/overlap", test_overlap);
    CREDIT_KIT_ADD("/staff/succession", test_succession);
    CREDIT_KIT_ADD("/staff/overlapping", test_overlapping);
    CREDIT_KIT_ADD("/staff/retired", test_retired);
    CREDIT_KIT_ADD("/staff/lost-card", test_lost_card);
    CREDIT_KIT_ADD("/staff/cut-over", test_cut_over);
    CREDIT_KIT_ADD("/staff/feed", test_feed);
    CREDIT_KIT_ADD("/staff/two", test_two);
    g_test_add_func("/staff/older", test_older);
    return g_test_run();
}
