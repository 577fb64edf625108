/* SPDX-License-Identifier: Apache-2.0 */
/* What is cached of persons goes: after a day, with a lost card, beyond the cap, by command; and comes back only as it should. */
#include "fixture.h"
#include "hotkit.h"
#include "model/clock.h"
#include "model/model.h"
#include "model/preference.h"
#include "store/volunteers.h"

#include <string.h>
#include <sys/random.h>

#define HOUR  INT64_C(3600000)
#define BOOT1 "01900000-0000-7000-8000-0000000000b1"
#define BOOT2 "01900000-0000-7000-8000-0000000000b2"
#define ONE   "10000000000000000000000000000001"
#define TWO   "20000000000000000000000000000002"
#define THREE "30000000000000000000000000000003"

/* ---- A clock to be set --------------------------------------------------------------------------------------------- */

static int64_t wall_ms, boot_ms;
static const char *boot_id;

static int64_t get_wall(void *ctx)
{
    return wall_ms;
}

static int64_t get_boot(void *ctx)
{
    return boot_ms;
}

static const char *get_boot_id(void *ctx)
{
    return boot_id;
}

static void sleep_on(void *ctx, unsigned ms)
{
    wall_ms += ms;
    boot_ms += ms;
}

static void draw(void *ctx, uint8_t *out, size_t len)
{
    g_assert_cmpint(getrandom(out, len, 0), ==, (ssize_t)len);
}

static void pass(int64_t ms)
{
    wall_ms += ms;
    boot_ms += ms;
}

static void up(struct fixture *fixture, const void *data)
{
    static const struct clock_source source = {NULL, get_wall, get_boot, get_boot_id, sleep_on, draw};

    wall_ms = INT64_C(1795312800000);
    boot_ms = 5 * HOUR;
    boot_id = BOOT1;
    clock_use(&source);
    fixture_up(fixture, data);
}

static void down(struct fixture *fixture, const void *data)
{
    fixture_down(fixture, data);
    clock_use(NULL);
}

/* ---- Feed ----------------------------------------------------------------------------------------------------------- */

static json_t *bill(const char *token, const char *id, int version)
{
    return json_pack("{s:s, s:s, s:i, s:b, s:{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:i, s:i, s:i, s:s}}", //
                     "topic", "bill", "key", id, "version", version, "deleted", 0, "value", "id", id, "card_token",
                     token, "biller", "id", "elec", "kind", "elec", "name_zh", "电", "name_en", "Power", "period",
                     "202610", "name_masked", "李**", "address_masked", "禾光路", "amount_fen", 100, "issue", 20261101,
                     "due", 20261201, "state", "UNPAID");
}

static json_t *command(const char *value, int version)
{
    return json_pack("{s:s, s:s, s:i, s:b, s:o}", "topic", "command", "key", "c", "version", version, "deleted", 0,
                     "value", json_of(value));
}

static void feed(struct store *store, json_t *item, const char *cursor)
{
    g_autoptr(GError) error = NULL;
    json_t *items = item != NULL ? json_pack("[o]", item) : json_array();

    g_assert_true(store_feed_apply(store, items, cursor, &error));
    g_assert_no_error(error);
    json_decref(items);
}

static void whole(struct store *store)
{
    g_assert_true(store_feed_whole(store, NULL));
}

static void sweep(struct store *store)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_snapshots_sweep(store, &error));
    g_assert_no_error(error);
}

/* How many bills this card is told of; -1: nothing is known. */
static int told(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;
    int64_t asof_ms = -1;
    g_autoptr(GPtrArray) bills = store_bills(store, token, &asof_ms, &error);

    g_assert_no_error(error);
    if (asof_ms != 0)
        return (int)bills->len;
    g_assert_cmpuint(bills->len, ==, 0);
    g_assert_cmpint(store_bill_open_fen(store, token, "b1"), ==, -1);
    return -1;
}

static int64_t rows(struct fixture *fixture, const char *query)
{
    fixture_close(fixture);
    int64_t count = raw_int(fixture->path, query);
    fixture_open(fixture);
    return count;
}

static void assert_cursor(struct store *store, const char *expected)
{
    g_autofree char *cursor = store_cursor(store);
    g_assert_cmpstr(cursor, ==, expected);
}

/* ---- A day ----------------------------------------------------------------------------------------------------------- */

static void test_day(struct fixture *fixture, const void *data)
{
    struct store *store = fixture->store;

    g_assert_cmpint(told(store, ONE), ==, -1); /* nothing was ever heard */
    feed(store, bill(ONE, "b1", 1), "c1");
    g_assert_cmpint(told(store, ONE), ==, 1);
    g_assert_cmpint(told(store, TWO), ==, 0); /* nothing to pay, and that is known */
    pass(23 * HOUR);
    sweep(store);
    g_assert_cmpint(told(store, ONE), ==, 1);
    feed(store, NULL, "c1"); /* the platform has nothing new: that confirms */
    pass(23 * HOUR);
    g_assert_cmpint(told(store, ONE), ==, 1);
    pass(1 * HOUR + 1);
    g_assert_cmpint(told(store, ONE), ==, -1); /* before any sweep */
    g_assert_cmpint(told(store, TWO), ==, -1);
    sweep(store);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
    assert_cursor(fixture->store, ""); /* all of it is asked for again */
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
}

/* Filled again: nobody is told half a truth while it comes in. */
static void test_refill(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    pass(25 * HOUR);
    sweep(fixture->store);
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    fixture_close(fixture); /* a stop in the middle */
    fixture_open(fixture);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    feed(fixture->store, bill(ONE, "b2", 2), "c2");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 2);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(told(fixture->store, ONE), ==, 2);
}

/* A clock that is set back, in the same boot or over a restart, does not make old things young. */
static void test_clock_back(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    pass(20 * HOUR);
    wall_ms -= 20 * HOUR;
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    pass(5 * HOUR); /* 25 by the boot clock */
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    sweep(fixture->store);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
}

static void test_clock_back_over_a_boot(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    pass(23 * HOUR);
    g_assert_true(store_time_raise(fixture->store, now_ms(), NULL)); /* as the kiosk does every minute */
    fixture_close(fixture);
    boot_id = BOOT2;
    boot_ms = 0;
    wall_ms -= 23 * HOUR;
    fixture_open(fixture);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    pass(2 * HOUR);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
}

/* ---- Lost cards ------------------------------------------------------------------------------------------------------- */

static void hotlist(struct store *store, int version, const char *token)
{
    g_autoptr(GError) error = NULL;
    json_t *entries = token != NULL ? json_pack("[{s:s, s:s}]", "token", token, "reason", "lost") : json_array();

    g_assert_true(hotkit_give(store, version, now_ms(), entries, &error));
    g_assert_no_error(error);
}

static void test_lost(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    feed(fixture->store, bill(TWO, "b2", 2), "c2");
    sweep(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    hotlist(fixture->store, 1, ONE);
    sweep(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    g_assert_cmpint(told(fixture->store, TWO), ==, 1);
    feed(fixture->store, bill(ONE, "b3", 3), "c3"); /* and nothing more of it is taken in */
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill WHERE card_token='" ONE "'"), ==, 0);
    assert_cursor(fixture->store, "c3");
    hotlist(fixture->store, 2, NULL); /* found */
    sweep(fixture->store);
    assert_cursor(fixture->store, "");
    feed(fixture->store, bill(ONE, "b3", 3), "c3");
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    g_assert_cmpint(told(fixture->store, TWO), ==, 1);
}

/* Listed while the kiosk was off, or before its bills came. */
static void test_lost_before(struct fixture *fixture, const void *data)
{
    hotlist(fixture->store, 1, ONE);
    sweep(fixture->store);
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    sweep(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
}

/* ---- Cap -------------------------------------------------------------------------------------------------------------- */

static void test_cap(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    feed(fixture->store, bill(TWO, "b2", 2), "c2");
    feed(fixture->store, bill(THREE, "b3", 3), "c3");
    feed(fixture->store, bill(ONE, "b4", 4), "c4"); /* the first is heard of again: the second is the oldest */
    store_snapshots_cap(fixture->store, 2);
    sweep(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 2);
    g_assert_cmpint(told(fixture->store, TWO), ==, -1); /* not "nothing to pay" */
    g_assert_cmpint(told(fixture->store, THREE), ==, 1);
    feed(fixture->store, bill(TWO, "b5", 5), "c5"); /* one of several is no truth either */
    g_assert_cmpint(told(fixture->store, TWO), ==, -1);
    store_snapshots_cap(fixture->store, 10);
    pass(25 * HOUR);
    sweep(fixture->store);
    feed(fixture->store, bill(TWO, "b5", 5), "c5");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, TWO), ==, 1);
}

/* ---- Command ------------------------------------------------------------------------------------------------------------ */

static void test_command_one(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    feed(fixture->store, bill(TWO, "b2", 2), "c2");
    feed(fixture->store, command("{'kind':'wipe','token':'" ONE "'}", 3), "c3");
    g_assert_cmpint(told(fixture->store, ONE), ==, -1); /* what is behind it in the feed may be bills */
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 0);
    g_assert_cmpint(told(fixture->store, TWO), ==, 1);
    feed(fixture->store, bill(ONE, "b1", 1), "c4"); /* the feed read again brings nothing back */
    g_assert_cmpint(told(fixture->store, ONE), ==, 0);
    feed(fixture->store, bill(ONE, "b1", 4), "c5"); /* what the platform tells anew is taken in */
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    feed(fixture->store, command("{'kind':'wipe','token':'" ONE "'}", 3), "c6"); /* once */
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
}

/* Of a card that asked for a seat, and one that does not fit and is set aside: both name cards. */
static void test_command_lines(struct fixture *fixture, const void *data)
{
    static const char HELD[] = "SELECT (SELECT count(*) FROM card_line)+(SELECT count(*) FROM pull_quarantine WHERE topic='card')";

    fixture_close(fixture);
    raw_sql(fixture->path, "INSERT INTO seat_own VALUES('m','" ONE "','T-1',0,1,0,1,'',2)");
    fixture_open(fixture);
    feed(fixture->store, json_of("{'topic':'card','key':'" ONE "','version':1,'deleted':false,'value':{'card_token':'" ONE "','current':'" TWO "'}}"), "c1");
    feed(fixture->store, json_of("{'topic':'card','key':'" TWO "','version':2,'deleted':false,'value':{'card_token':'" TWO "','current':'x'}}"), "c2");
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, HELD), ==, 2);
    fixture_open(fixture);
    feed(fixture->store, command("{'kind':'wipe','all':true}", 3), "c3");
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, HELD), ==, 0);
    fixture_open(fixture);
}

static void test_command_all(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    feed(fixture->store, bill(TWO, "b2", 2), "c2");
    feed(fixture->store, command("{'kind':'wipe','all':true}", 3), "c3");
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
    feed(fixture->store, bill(ONE, "b1", 4), "c4");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
}

static void test_command_nonsense(struct fixture *fixture, const void *data)
{
    static const char *const BAD[] = {
        "{'kind':'explode'}",
        "{'kind':'wipe'}",
        "{'kind':'wipe','all':false}",
        "{'kind':'wipe','token':'" ONE "','all':true}",
        "{'kind':'wipe','token':'xyz'}",
        "{'kind':'wipe','token':7}",
        "{'kind':'wipe','token':'*'}",
        "[]",
    };

    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++)
        feed(fixture->store, command(BAD[i], 3), "c2");
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM pull_quarantine"), ==, G_N_ELEMENTS(BAD));
}

/* Another database speaks for the platform: its versions begin anew, and so do its commands. */
static void test_command_reset(struct fixture *fixture, const void *data)
{
    feed(fixture->store, command("{'kind':'wipe','all':true}", 9), "c1");
    g_assert_true(store_feed_reset(fixture->store, NULL));
    feed(fixture->store, bill(ONE, "b1", 1), "d1");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    feed(fixture->store, command("{'kind':'wipe','all':true}", 2), "d2");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 0);
}

/* Nobody is told of the first of what is filled in again, also when the machine stops meanwhile. */
static void test_reset_refills(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    whole(fixture->store);
    g_assert_true(store_feed_reset(fixture->store, NULL));
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    feed(fixture->store, bill(ONE, "b1", 1), "d1");
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    feed(fixture->store, bill(ONE, "b2", 2), "d2");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 2);
}

#define ROWS_OF_PERSONS \
    "SELECT (SELECT count(*) FROM volunteer)+(SELECT count(*) FROM person_snapshot)+(SELECT count(*) FROM preference)" \
    "+(SELECT count(*) FROM seat)+(SELECT count(*) FROM ticket)+(SELECT count(*) FROM service_order)+(SELECT count(*) FROM card_line)" \
    "+(SELECT count(*) FROM credit)+(SELECT count(*) FROM bill)+(SELECT count(*) FROM pull_quarantine)"

/* One row in every table of persons, and three set aside. */
static void fill_all(struct fixture *fixture)
{
    fixture_close(fixture);
    raw_sql(fixture->path,
            "INSERT INTO volunteer VALUES('" ONE "',1,'v'); INSERT INTO person_snapshot VALUES('" ONE "','home',0,1,'v');"
            "INSERT INTO preference VALUES('" ONE "',1,1,'v'); INSERT INTO seat VALUES('s','" ONE "','t',1,'v');"
            "INSERT INTO ticket VALUES('t','" ONE "',1,'v'); INSERT INTO service_order VALUES('o','" ONE "',1,'v');"
            "INSERT INTO card_line VALUES('" TWO "','" ONE "',1); INSERT INTO credit VALUES('" ONE "',1,'v');"
            "INSERT INTO bill VALUES('b','" ONE "','UNPAID',1,20261201,1,'v');"
            "INSERT INTO pull_quarantine(at_ms,topic,key,reason,item) VALUES(1,'seat','s','value','v'),(1,'volunteer','" ONE
            "','value','v'),(1,'credit','" TWO "','value','v')");
    fixture_open(fixture);
    g_assert_cmpint(rows(fixture, ROWS_OF_PERSONS), ==, 12);
}

/* The platform was put back from a copy: nothing that it does not know any more stays of anybody. A copy of this file has none of it. */
static void test_all_go(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(fixture->dir, "copy.db", NULL);

    fill_all(fixture);
    g_assert_true(store_backup(fixture->store, path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(raw_int(path, ROWS_OF_PERSONS), ==, 0);
    g_assert_true(store_feed_reset(fixture->store, &error));
    g_assert_no_error(error);
    g_assert_cmpint(rows(fixture, ROWS_OF_PERSONS), ==, 0);
}

/* Enrolled with another platform before anything happened here. */
static void test_another_platform(struct fixture *fixture, const void *data)
{
    fill_all(fixture);
    fixture_close(fixture);
    g_strlcpy(fixture->identity.kiosk_id, "K0002", sizeof fixture->identity.kiosk_id);
    fixture_open(fixture);
    g_assert_cmpint(rows(fixture, ROWS_OF_PERSONS), ==, 0);
}

/* ---- On the disk ---------------------------------------------------------------------------------------------------------- */

/* The sealed value as it lies there: what no file may hold any more afterwards. */
static char *sealed_by(struct fixture *fixture, const char *query)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *get = NULL;

    fixture_close(fixture);
    g_assert_cmpint(sqlite3_open_v2(fixture->path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db, query, -1, &get, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(get), ==, SQLITE_ROW);
    char *value = g_strndup((const char *)sqlite3_column_text(get, 0), 64);
    sqlite3_finalize(get);
    sqlite3_close(db);
    fixture_open(fixture);
    return value;
}

static char *sealed_value(struct fixture *fixture)
{
    return sealed_by(fixture, "SELECT value FROM bill WHERE id='b1'");
}

static bool found(struct fixture *fixture, const char *text)
{
    static const char *const FILES[] = {"kiosk.db", "kiosk.db-wal"};
    bool any = false;

    for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *path = g_build_filename(fixture->dir, FILES[i], NULL), *bytes = NULL;
        gsize len = 0;
        if (g_file_get_contents(path, &bytes, &len, NULL))
            any = any || memmem(bytes, len, text, strlen(text)) != NULL;
    }
    return any;
}

static void test_no_trace(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    g_autofree char *value = sealed_value(fixture);
    g_assert_true(found(fixture, value));
    feed(fixture->store, command("{'kind':'wipe','token':'" ONE "'}", 3), "c3");
    g_assert_false(found(fixture, value)); /* neither in the pages nor in the WAL, with the store open */
    feed(fixture->store, bill(ONE, "b1", 4), "c4");
    g_autofree char *second = sealed_value(fixture);
    g_assert_cmpstr(second, !=, value);
    g_assert_true(found(fixture, second));
    pass(25 * HOUR);
    sweep(fixture->store);
    g_assert_false(found(fixture, second));
}

/* A copy of the file does not keep what the file itself may not. */
static void test_backup(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(fixture->dir, "copy.db", NULL), *bytes = NULL;
    gsize len = 0;

    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    g_autofree char *value = sealed_value(fixture);
    g_assert_true(store_backup(fixture->store, path, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    g_assert_null(memmem(bytes, len, value, strlen(value)));
    g_assert_cmpint(raw_int(path, "SELECT count(*) FROM bill"), ==, 0);
    g_assert_cmpint(raw_int(path, "SELECT count(*) FROM meta WHERE key='cursor' AND value=''"), ==, 1);
    g_assert_true(found(fixture, value)); /* the kiosk itself goes on with it */
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
}

/* ---- What was shown after a tap ---------------------------------------------------------------------------------------- */

#define SHOWN "{\"asof_ms\":1795312921111,\"name_masked\":\"nobody-else-has-this\"}"

static void keep(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_person_put(store, token, "home", SHOWN, &error));
    g_assert_no_error(error);
}

static bool kept(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = store_person(store, token, "home", &error);

    g_assert_no_error(error);
    if (text != NULL)
        g_assert_cmpstr(text, ==, SHOWN);
    return text != NULL;
}

static void test_person(struct fixture *fixture, const void *data)
{
    g_assert_false(kept(fixture->store, ONE));
    keep(fixture->store, ONE); /* also before the feed ever came */
    g_assert_true(kept(fixture->store, ONE));
    g_assert_false(kept(fixture->store, TWO));
    g_assert_false(found(fixture, "nobody-else-has-this")); /* sealed */
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_true(kept(fixture->store, ONE));
    g_autofree char *sealed = sealed_by(fixture, "SELECT value FROM person_snapshot");
    feed(fixture->store, NULL, "c1");
    pass(23 * HOUR);
    keep(fixture->store, TWO);
    feed(fixture->store, NULL, "c1");
    pass(1 * HOUR + 1);
    g_assert_false(kept(fixture->store, ONE)); /* before any sweep, and whatever the feed says */
    g_assert_true(kept(fixture->store, TWO));
    sweep(fixture->store);
    g_assert_false(found(fixture, sealed));
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM person_snapshot"), ==, 1);
}

static void test_person_goes(struct fixture *fixture, const void *data)
{
    feed(fixture->store, NULL, "c1");
    keep(fixture->store, ONE);
    keep(fixture->store, TWO);
    feed(fixture->store, command("{'kind':'wipe','token':'" ONE "'}", 3), "c3");
    g_assert_false(kept(fixture->store, ONE));
    g_assert_true(kept(fixture->store, TWO));
    keep(fixture->store, ONE); /* a tap after it */
    g_assert_true(kept(fixture->store, ONE));
    hotlist(fixture->store, 1, ONE);
    sweep(fixture->store);
    g_assert_false(kept(fixture->store, ONE));
    keep(fixture->store, ONE); /* not of a lost card */
    g_assert_false(kept(fixture->store, ONE));
    store_snapshots_cap(fixture->store, 1);
    keep(fixture->store, THREE);
    sweep(fixture->store);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM person_snapshot"), ==, 1);
    feed(fixture->store, command("{'kind':'wipe','all':true}", 4), "c4");
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM person_snapshot"), ==, 0);
}

/* ---- The person asks for it -------------------------------------------------------------------------------------------- */

static void forget(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_person_forget(store, token, &error));
    g_assert_no_error(error);
}

static void come_back(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_person_return(store, token, &error));
    g_assert_no_error(error);
}

/* Gone from the disk, and not taken in again by itself; events stay. Others lose nothing, also while it is fetched again. */
static void test_forget(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    feed(fixture->store, bill(TWO, "b2", 2), "c2");
    keep(fixture->store, ONE);
    json_t *fact = json_of("{'notice':'n','n':1}");
    g_assert_true(store_append(fixture->store, "notice.read", fact, NULL, NULL));
    json_decref(fact);
    g_autofree char *sealed = sealed_by(fixture, "SELECT value FROM person_snapshot"),
                    *paid = sealed_by(fixture, "SELECT value FROM bill WHERE id='b1'");
    int waiting = store_outbox_waiting(fixture->store);
    g_assert_cmpint(waiting, >, 0);
    forget(fixture->store, ONE);
    forget(fixture->store, ONE);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    g_assert_false(kept(fixture->store, ONE));
    g_assert_false(found(fixture, sealed));
    g_assert_false(found(fixture, paid));
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, waiting);
    feed(fixture->store, bill(ONE, "b1", 3), "c3");
    keep(fixture->store, ONE);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill WHERE card_token='" ONE "'"), ==, 0);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM person_snapshot"), ==, 0);
    come_back(fixture->store, TWO); /* who had not asked */
    assert_cursor(fixture->store, "c3");
    come_back(fixture->store, ONE);
    feed(fixture->store, bill(ONE, "b9", 4), "c9"); /* asked for before */
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    assert_cursor(fixture->store, "");
    feed(fixture->store, bill(ONE, "b1", 3), "c3");
    g_assert_cmpint(told(fixture->store, ONE), ==, -1); /* not all of it is there */
    g_assert_cmpint(told(fixture->store, TWO), ==, 1);
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
}

/* Who asked to be forgotten, and lost the card as well: that it is found ends the one and not the other, and the other way round. */
static void test_forget_lost(struct fixture *fixture, const void *data)
{
    feed(fixture->store, NULL, "c1");
    forget(fixture->store, ONE);
    fixture_close(fixture);
    raw_sql(fixture->path, "INSERT INTO bill VALUES('b9','" ONE "','UNPAID',1,20261201,1,'v')"); /* it came in between */
    fixture_open(fixture);
    hotlist(fixture->store, 1, ONE);
    sweep(fixture->store);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM wiped WHERE token='" ONE "' AND why IN ('asked','lost')"), ==, 2);
    hotlist(fixture->store, 2, NULL); /* found */
    sweep(fixture->store);
    feed(fixture->store, bill(ONE, "b1", 3), "c3");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
    come_back(fixture->store, ONE);
    assert_cursor(fixture->store, "");
    feed(fixture->store, bill(ONE, "b1", 3), "c3");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM wiped"), ==, 0);
}

/* A card that is on the list when its owner is here again stays out of the cache. */
static void test_return_lost(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    hotlist(fixture->store, 1, ONE);
    sweep(fixture->store);
    forget(fixture->store, ONE);
    come_back(fixture->store, ONE);
    feed(fixture->store, NULL, "c0");
    feed(fixture->store, bill(ONE, "b1", 3), "c3");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
}

static void other_key(struct fixture *fixture, uint8_t *key)
{
    fixture_close(fixture);
    key[0] ^= 1;
    fixture_open(fixture);
}

/* What was promised holds until the card is here again: neither another database of the platform nor another key of this machine ends it,
 * but with another index key nobody has this token any more. */
static void test_forget_reset(struct fixture *fixture, const void *data)
{
    forget(fixture->store, ONE);
    g_assert_true(store_feed_reset(fixture->store, NULL));
    feed(fixture->store, bill(ONE, "b1", 1), "d1");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    other_key(fixture, fixture->identity.local_key);
    feed(fixture->store, bill(ONE, "b1", 1), "d1");
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, -1);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM bill"), ==, 0);
    come_back(fixture->store, ONE);
    g_assert_true(store_feed_reset(fixture->store, NULL));
    assert_cursor(fixture->store, "");
    feed(fixture->store, bill(ONE, "b1", 1), "e1");
    g_assert_cmpint(told(fixture->store, ONE), ==, -1); /* not all of it is there */
    whole(fixture->store);
    g_assert_cmpint(told(fixture->store, ONE), ==, 1);
    forget(fixture->store, ONE);
    other_key(fixture, fixture->identity.index_key);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM wiped"), ==, 0);
}

static int64_t aside(struct fixture *fixture, const char *topic)
{
    g_autofree char *query = g_strdup_printf("SELECT count(*) FROM pull_quarantine WHERE topic='%s'", topic);
    return rows(fixture, query);
}

/* What was set aside goes, too: by its key, or with its whole topic where the key is not the person. */
static void test_forget_aside(struct fixture *fixture, const void *data)
{
    static const char *const OF_PERSONS[] = {"credit", "volunteer", "preference"};
    static const char *const OF_THINGS[] = {"bill", "seat", "order", "ticket", "card"};

    for (size_t i = 0; i < G_N_ELEMENTS(OF_PERSONS); i++) {
        feed(fixture->store, json_pack("{s:s, s:s, s:i, s:b, s:s}", "topic", OF_PERSONS[i], "key", ONE, "version", 1, "deleted", 0, "value", "x"), "c1");
        feed(fixture->store, json_pack("{s:s, s:s, s:i, s:b, s:s}", "topic", OF_PERSONS[i], "key", TWO, "version", 1, "deleted", 0, "value", "x"), "c2");
        g_assert_cmpint(aside(fixture, OF_PERSONS[i]), ==, 2);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(OF_THINGS); i++) {
        feed(fixture->store, json_pack("{s:s, s:s, s:i, s:b, s:s}", "topic", OF_THINGS[i], "key", "x", "version", 1, "deleted", 0, "value", "x"), "c3");
        g_assert_cmpint(aside(fixture, OF_THINGS[i]), ==, 1);
    }
    feed(fixture->store, json_pack("{s:s, s:s, s:i, s:b, s:s}", "topic", "notice", "key", "n", "version", 1, "deleted", 0, "value", "x"), "c4");
    forget(fixture->store, ONE);
    for (size_t i = 0; i < G_N_ELEMENTS(OF_PERSONS); i++)
        g_assert_cmpint(aside(fixture, OF_PERSONS[i]), ==, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(OF_THINGS); i++)
        g_assert_cmpint(aside(fixture, OF_THINGS[i]), ==, 0);
    g_assert_cmpint(aside(fixture, "notice"), ==, 1);
}

static bool roll_known(struct store *store)
{
    g_autoptr(GError) error = NULL;
    g_autofree struct store_volunteer *volunteer = g_new0(struct store_volunteer, 1);

    g_assert_true(store_volunteer(store, ONE, volunteer, &error));
    g_assert_no_error(error);
    g_assert_false(volunteer->on_roll);
    return volunteer->known;
}

/* Who is not on the roll is told so only when all of it was read: the first time, after an update of an older file, and after a reset. */
static void test_roll(struct fixture *fixture, const void *data)
{
    feed(fixture->store, bill(ONE, "b1", 1), "c1");
    g_assert_false(roll_known(fixture->store));
    whole(fixture->store);
    g_assert_true(roll_known(fixture->store));
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_true(roll_known(fixture->store));
    fixture_close(fixture);
    raw_sql(fixture->path, "DROP TABLE volunteer; DROP TABLE preference; DELETE FROM meta WHERE key='roll_whole'; PRAGMA user_version=17");
    fixture_open(fixture);
    assert_cursor(fixture->store, "");
    g_assert_cmpint(told(fixture->store, ONE), ==, 1); /* what is there stays good */
    feed(fixture->store, NULL, "c1");
    g_assert_false(roll_known(fixture->store));
    whole(fixture->store);
    g_assert_true(roll_known(fixture->store));
    g_assert_true(store_feed_reset(fixture->store, NULL));
    assert_cursor(fixture->store, "");
    feed(fixture->store, bill(ONE, "b1", 1), "d1");
    g_assert_false(roll_known(fixture->store));
    whole(fixture->store);
    g_assert_true(roll_known(fixture->store));
}

/* ---- How people want it ---------------------------------------------------------------------------------------------------- */

static json_t *wish(const char *token, const char *wants, int64_t said_ms, int version)
{
    return json_pack("{s:s, s:s, s:i, s:b, s:o}", "topic", "preference", "key", token, "version", version, "deleted", wants == NULL, "value",
                     wants == NULL ? json_null()
                                   : json_pack("{s:s, s:s, s:I}", "card_token", token, "wants", wants, "said_ms", (json_int_t)said_ms));
}

static void say(struct store *store, const char *token, const char *wants, int64_t said_ms)
{
    g_autoptr(GError) error = NULL;
    struct preference_event event = {.kept = wants != NULL};

    g_strlcpy(event.card_token, token, sizeof event.card_token);
    g_assert_true(wants == NULL || preference_parse(wants, &event.preference));
    g_assert_true(store_preference_say(store, &event, said_ms, &error));
    g_assert_no_error(error);
}

static void assert_wants(struct store *store, const char *token, const char *wants)
{
    g_autoptr(GError) error = NULL;
    struct preference preference;
    char text[PREFERENCE_WANTS_SIZE];
    bool there = false;

    g_assert_true(store_preference(store, token, &preference, &there, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(there ? preference_text(&preference, text) : NULL, ==, wants);
}

/* What was said last counts, here or elsewhere; it is sealed, and goes with all that is known of the person. */
static void test_preference(struct fixture *fixture, const void *data)
{
    assert_wants(fixture->store, ONE, NULL);
    feed(fixture->store, wish(ONE, "large voice", 1000, 1), "c1");
    assert_wants(fixture->store, ONE, "large voice");
    assert_wants(fixture->store, TWO, NULL);
    say(fixture->store, ONE, "largest slow low", 2000);
    assert_wants(fixture->store, ONE, "largest slow low");
    g_assert_false(found(fixture, "largest"));
    feed(fixture->store, wish(ONE, "large voice", 1000, 2), "c2"); /* told again: older than what was said here */
    assert_wants(fixture->store, ONE, "largest slow low");
    feed(fixture->store, wish(ONE, "standard en", 3000, 3), "c3");
    assert_wants(fixture->store, ONE, "standard en");
    say(fixture->store, ONE, NULL, 4000);
    assert_wants(fixture->store, ONE, NULL);
    feed(fixture->store, wish(ONE, "standard en", 3000, 4), "c4");
    assert_wants(fixture->store, ONE, NULL);
    feed(fixture->store, wish(ONE, NULL, 0, 5), "c5");
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM preference"), ==, 0);
    say(fixture->store, ONE, "large", 5000);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM journal WHERE type IN ('preference.kept','preference.given_up')"), ==, 3);
    forget(fixture->store, ONE);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM preference"), ==, 0);
    pass(25 * HOUR);
    feed(fixture->store, wish(TWO, "large", 1, 6), "c6");
}

/* Set aside, and nothing of it counts. */
static void test_preference_nonsense(struct fixture *fixture, const void *data)
{
    static const char *const NONSENSE[] = {"", "huge", "large  voice", "large low voice", "large voice voice", "large ", "voice",
                                           "large voice slow en left low contrast"};

    for (size_t i = 0; i < G_N_ELEMENTS(NONSENSE); i++)
        feed(fixture->store, wish(ONE, NONSENSE[i], 1000, (int)i + 1), "c1");
    feed(fixture->store, wish(ONE, "large", -1, 90), "c1");
    assert_wants(fixture->store, ONE, NULL);
    g_assert_cmpint(rows(fixture, "SELECT count(*) FROM pull_quarantine WHERE topic='preference'"), ==, G_N_ELEMENTS(NONSENSE) + 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add("/store/snapshots/" path, struct fixture, NULL, up, test, down)
    ADD("day", test_day);
    ADD("refill", test_refill);
    ADD("all-go", test_all_go);
    ADD("another-platform", test_another_platform);
    ADD("clock-back", test_clock_back);
    ADD("clock-back/boot", test_clock_back_over_a_boot);
    ADD("lost", test_lost);
    ADD("lost/before", test_lost_before);
    ADD("cap", test_cap);
    ADD("command/one", test_command_one);
    ADD("command/all", test_command_all);
    ADD("command/lines", test_command_lines);
    ADD("command/nonsense", test_command_nonsense);
    ADD("command/reset", test_command_reset);
    ADD("no-trace", test_no_trace);
    ADD("backup", test_backup);
    ADD("person", test_person);
    ADD("person/goes", test_person_goes);
    ADD("forget", test_forget);
    ADD("forget-reset", test_forget_reset);
    ADD("forget/lost", test_forget_lost);
    ADD("forget/return-lost", test_return_lost);
    ADD("reset-refills", test_reset_refills);
    ADD("roll", test_roll);
    ADD("forget-aside", test_forget_aside);
    ADD("preference", test_preference);
    ADD("preference/nonsense", test_preference_nonsense);
    return g_test_run();
}
