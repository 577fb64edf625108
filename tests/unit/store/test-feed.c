/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform sends: taken when it fits, set aside when it does not, and never in the way of the next item. */
#include "fixture.h"
#include "model/model.h"
#include "store/files.h"
#include "store/staff.h"

#include <string.h>

#define BILL(id, state, amount, due)                                                                             \
    "{'topic':'bill','key':'" id "','version':1,'deleted':false,'value':{'id':'" id "','card_token':'" TOKEN     \
    "','biller':{'id':'elec','kind':'elec','name_zh':'澄明供电','name_en':'Chengming Power'},"               \
    "'account_masked':'****1234','period':'202610','name_masked':'李**','address_masked':'禾光路 126 弄 3 " \
    "号',"                                                                                                      \
    "'usage':'186 kWh','amount_fen':" amount ",'issue':20261101,'due':" due ",'state':'" state "'}}"

#define NOTICE(id, from, to, urgent)                                                                         \
    "{'topic':'notice','key':'" id "','version':1,'deleted':false,'value':{'id':'" id "','kind':'service',"  \
    "'title_zh':'停水通知','title_en':'Water off','body_zh':'一\\n二','body_en':'One\\ntwo','from':" from    \
    ",'to':" to ",'urgent':" urgent "}}"

static bool apply(struct store *store, const char *items, const char *cursor)
{
    g_autoptr(GError) error = NULL;
    json_t *json = json_of(items);
    bool done = store_feed_apply(store, json, cursor, &error);

    json_decref(json);
    if (!done)
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    return done;
}

static void assert_cursor(struct store *store, const char *expected)
{
    g_autofree char *cursor = store_cursor(store);
    g_assert_cmpstr(cursor, ==, expected);
}

/* Ids of the values, in their order. */
static void assert_ids(GPtrArray *values, const char *expected)
{
    g_autoptr(GString) ids = g_string_new(NULL);

    for (guint i = 0; i < values->len; i++)
        g_string_append_printf(ids, "%s%s", i > 0 ? " " : "",
                               json_string_value(json_object_get(values->pdata[i], "id")));
    g_assert_cmpstr(ids->str, ==, expected);
}

static void assert_bills(struct store *store, const char *expected)
{
    g_autoptr(GError) error = NULL;
    int64_t asof_ms = 0;
    g_autoptr(GPtrArray) bills = store_bills(store, TOKEN, &asof_ms, &error);

    g_assert_no_error(error);
    assert_ids(bills, expected);
}

/* ---- Bills -------------------------------------------------------------------------------------------------------- */

static void test_bills(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct store *store = fixture->store;
    int64_t asof_ms = -1, before_ms = now_ms();

    assert_cursor(store, "");
    g_autoptr(GPtrArray) none = store_bills(store, TOKEN, &asof_ms, &error);
    g_assert_cmpint(asof_ms, ==, 0);
    g_assert_true(apply(
        store,
        "[" BILL("b3", "UNPAID", "300", "20261203") "," BILL("b1", "UNPAID", "8650", "20261201") "," BILL(
            "b2", "PAID", "200", "20261202") "," BILL("b4", "UNPAID", "0", "20261101") "]",
        "c1"));
    assert_cursor(store, "c1");
    assert_bills(store, "b1 b3");
    g_autoptr(GPtrArray) bills = store_bills(store, TOKEN, &asof_ms, &error);
    g_assert_cmpint(asof_ms, >=, before_ms);
    json_t *sent = json_of(BILL("b1", "UNPAID", "8650", "20261201"));
    g_assert_true(json_equal(bills->pdata[0], json_object_get(sent, "value")));
    json_decref(sent);
    g_assert_cmpint(store_bill_open_fen(store, TOKEN, "b1"), ==, 8650);
    g_assert_cmpint(store_bill_open_fen(store, TOKEN, "b2"), ==, -1);
    g_assert_cmpint(store_bill_open_fen(store, TOKEN, "b4"), ==, -1);
    g_assert_cmpint(store_bill_open_fen(store, "ffffffffffffffffffffffffffffffff", "b1"), ==, -1);
    json_t *paid = store_bill(store, "b2", &error);
    g_assert_cmpstr(json_string_value(json_object_get(paid, "state")), ==, "PAID");
    json_decref(paid);
    g_assert_null(store_bill(store, "b9", &error));
    g_assert_no_error(error);
}

/* A bill that a payment of ours covers is not asked for again, whatever the platform still thinks. */
static void test_bills_covered(struct fixture *fixture, const void *data)
{
    static const struct {
        enum payment_state state;
        bool covered;
    } STEPS[] = {{PAYMENT_COMMITTING, true}, {PAYMENT_IN_DOUBT, true}, {PAYMENT_VOID, false}};
    struct payment payment;

    g_assert_true(apply(fixture->store, "[" BILL("b1", "UNPAID", "100", "20261201") "]", "c"));
    payment_make(&payment, CARD, "b1", 100);
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++) {
        payment_put(fixture->store, &payment, STEPS[i].state);
        assert_bills(fixture->store, STEPS[i].covered ? "" : "b1");
        g_assert_cmpint(store_bill_open_fen(fixture->store, TOKEN, "b1"), ==, STEPS[i].covered ? -1 : 100);
    }
    payment_make(&payment, CARD, "b1", 100);
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
    g_assert_true(apply(fixture->store, "[" BILL("b1", "UNPAID", "100", "20261201") "]", "d"));
    assert_bills(fixture->store, "");
}

static void test_versions(struct fixture *fixture, const void *data)
{
    struct store *store = fixture->store;
    const char *old = BILL("b1", "PAID", "100", "20261201");
    g_autofree char *newer = g_strdup_printf("[%s]", BILL("b1", "UNPAID", "100", "20261201"));
    g_autofree char *older = g_strdup_printf("[%s]", old);

    memcpy(strstr(newer, "'version':1"), "'version':5", 11);
    g_assert_true(apply(store, newer, "1"));
    g_assert_true(apply(store, older, "2")); /* an old page once more changes nothing */
    assert_bills(store, "b1");
    g_assert_true(apply(store, "[{'topic':'bill','key':'b1','version':4,'deleted':true,'value':null}]", "3"));
    assert_bills(store, "b1");
    g_assert_true(apply(store, "[{'topic':'bill','key':'b1','version':6,'deleted':true}]", "4"));
    assert_bills(store, "");
    assert_cursor(store, "4");
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 0);
    fixture_open(fixture);
    assert_cursor(fixture->store, "4");
}

/* The platform's database was put back from a copy: its versions are lower, and what it does not know is gone. */
static void test_reset(struct fixture *fixture, const void *data)
{
    struct store *store = fixture->store;
    g_autoptr(GError) error = NULL;
    g_autofree char *newer = g_strdup_printf("[%s,%s]", BILL("b1", "PAID", "100", "20261201"), BILL("b2", "UNPAID", "1", "20261201"));

    memcpy(strstr(newer, "'version':1"), "'version':5", 11);
    g_assert_true(apply(store, newer, "5"));
    assert_bills(store, "b2");
    g_assert_true(store_feed_reset(store, &error));
    g_assert_no_error(error);
    assert_cursor(store, "");
    assert_bills(store, "");
    g_assert_true(apply(store, "[" BILL("b1", "UNPAID", "100", "20261201") "]", "2"));
    assert_bills(store, ""); /* there may be more of them */
    g_assert_true(store_feed_whole(store, &error));
    assert_bills(store, "b1");
}

/* ---- Notices ------------------------------------------------------------------------------------------------------ */

static void test_notices(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(apply(fixture->store,
                        "[" NOTICE("n1", "20261101", "20261130", "false") "," NOTICE(
                            "n2", "20261122", "'20261122'",
                            "true") "," NOTICE("n3", "20261120", "20261130",
                                               "false") "," NOTICE("n4", "20261201", "20261230", "false") "]",
                        "c"));
    g_autoptr(GPtrArray) today = store_notices(fixture->store, 20261122, &error);
    assert_ids(today, "n2 n3 n1"); /* urgent first, then the newest */
    json_t *to = json_object_get(today->pdata[0], "to");
    g_assert_true(json_is_integer(to)); /* a date is kept as a number, whichever way it came */
    g_assert_cmpint(json_integer_value(to), ==, 20261122);
    g_autoptr(GPtrArray) later = store_notices(fixture->store, 20261231, &error);
    g_assert_cmpuint(later->len, ==, 0);
    g_assert_true(apply(fixture->store, "[{'topic':'notice','key':'n2','version':1,'deleted':true}]", "d"));
    g_autoptr(GPtrArray) fewer = store_notices(fixture->store, 20261122, &error);
    assert_ids(fewer, "n3 n1");
    g_assert_no_error(error);
}

/* ---- What does not fit -------------------------------------------------------------------------------------------- */

/* The good bill with one member replaced; `value` NULL takes it away. */
static json_t *spoilt(const char *where, const char *key, json_t *value)
{
    json_t *item = json_of(BILL("b1", "UNPAID", "100", "20261201"));
    json_t *object = item;

    if (where != NULL && *where == 'v')
        object = json_object_get(item, "value");
    if (where != NULL && *where == 'b')
        object = json_object_get(json_object_get(item, "value"), "biller");
    if (value == NULL)
        g_assert_cmpint(json_object_del(object, key), ==, 0);
    else
        g_assert_cmpint(json_object_set_new(object, key, value), ==, 0);
    return item;
}

static void assert_quarantined(struct fixture *fixture, json_t *bad)
{
    static int n;
    g_autoptr(GError) error = NULL;
    g_autofree char *cursor = g_strdup_printf("q%d", ++n);
    json_t *items = json_pack("[o, o]", bad, json_of(NOTICE("after", "20261101", "20261130", "false")));

    bool done = store_feed_apply(fixture->store, items, cursor, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    assert_cursor(fixture->store, cursor); /* it moved on */
    assert_bills(fixture->store, "");
    g_autoptr(GPtrArray) notices = store_notices(fixture->store, 20261122, &error);
    assert_ids(notices, "after"); /* and the one behind was taken */
    g_assert_true(
        apply(fixture->store, "[{'topic':'notice','key':'after','version':9,'deleted':true}]", cursor));
    json_decref(items);
}

static char *long_string(size_t len)
{
    return g_strnfill(len, 'x');
}

static void test_quarantine(struct fixture *fixture, const void *data)
{
    static const char *const MEMBERS[] = {"id",         "card_token", "biller", "period",
                                          "amount_fen", "issue",      "due",    "state"};
    g_autofree char *x64 = long_string(64), *x40 = long_string(40), *huge = long_string(100000);
    int expected = 0;
    json_t *bad[] = {
        json_null(),
        json_array(),
        json_string("bill"),
        json_object(),
        spoilt(NULL, "topic", json_string("weather")),
        spoilt(NULL, "topic", json_integer(1)),
        spoilt(NULL, "topic", NULL),
        spoilt(NULL, "key", json_string("b2")),
        spoilt(NULL, "key", json_string("")),
        spoilt(NULL, "key", NULL),
        spoilt(NULL, "version", json_integer(-1)),
        spoilt(NULL, "version", json_real(1.0)),
        spoilt(NULL, "version", NULL),
        spoilt(NULL, "deleted", json_string("no")),
        spoilt(NULL, "value", json_null()),
        spoilt(NULL, "value", NULL),
        spoilt("value", "card_token", json_string("00112233445566778899AABBCCDDEEFF")),
        spoilt("value", "card_token", json_string("0011")),
        spoilt("value", "amount_fen", json_integer(-1)),
        spoilt("value", "amount_fen", json_integer(100000001)),
        spoilt("value", "amount_fen", json_real(100.0)),
        spoilt("value", "amount_fen", json_string("100")),
        spoilt("value", "due", json_integer(20261301)),
        spoilt("value", "due", json_string("2026-12-01")),
        spoilt("value", "issue", json_integer(INT64_MAX)),
        spoilt("value", "state", json_string("DUE")),
        spoilt("value", "usage", json_string(x40)),
        spoilt("value", "usage", json_integer(186)),
        spoilt("value", "address_masked", json_string("a\nb")),
        spoilt("value", "name_masked", json_stringn("a\0b", 3)),
        spoilt("value", "period", json_string(huge)),
        spoilt("biller", "name_zh", json_string(x64)),
        spoilt("biller", "kind", json_string("ELEC!")),
        spoilt("biller", "id", NULL),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++, expected++)
        assert_quarantined(fixture, bad[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(MEMBERS); i++, expected++)
        assert_quarantined(fixture, spoilt("value", MEMBERS[i], NULL));
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, expected);
    /* 16 KiB, sealed: nonce and tag, then base64. */
    g_assert_cmpint(raw_int(fixture->path, "SELECT max(length(CAST(item AS BLOB))) FROM pull_quarantine"), ==,
                    (12 + 16384 + 16 + 2) / 3 * 4);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine WHERE reason='due'"), ==, 3);
    fixture_open(fixture);
}

static void test_notice_quarantine(struct fixture *fixture, const void *data)
{
    g_assert_true(
        apply(fixture->store,
              "[" NOTICE("n1", "20261130", "20261101", "false") "," NOTICE(
                  "n2", "20261101", "20261130",
                  "'yes'") "," NOTICE("n3", "0", "20261130", "true") "," NOTICE("n\\u0007", "20261101",
                                                                                "20261130", "true") "]",
              "c"));
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM notice"), ==, 0);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 4);
    fixture_open(fixture);
}

/* What may be left out, and what is too much. */
static void test_tolerated(struct fixture *fixture, const void *data)
{
    static const char *const MAY_MISS[] = {"usage", "name_masked", "address_masked", "account_masked"};
    g_autoptr(GError) error = NULL;
    json_t *item = json_of(BILL("b1", "UNPAID", "100", "20261201"));
    json_t *value = json_object_get(item, "value");

    for (size_t i = 0; i < G_N_ELEMENTS(MAY_MISS); i++)
        json_object_del(value, MAY_MISS[i]);
    json_object_set_new(value, "tariff", json_string("new in next year's platform"));
    json_t *items = json_pack("[o]", item);
    g_assert_true(store_feed_apply(fixture->store, items, "c", &error));
    json_decref(items);
    json_t *kept = store_bill(fixture->store, "b1", &error);
    g_assert_cmpstr(json_string_value(json_object_get(kept, "usage")), ==, "");
    g_assert_null(json_object_get(kept, "tariff"));
    json_decref(kept);
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 0);
    fixture_open(fixture);
}

static void test_not_a_page(struct fixture *fixture, const void *data)
{
    g_autofree char *long_cursor = long_string(257);
    GError *error = NULL;
    json_t *many = json_array();

    g_assert_true(apply(fixture->store, "[]", "c1"));
    g_assert_false(apply(fixture->store, "{}", "c2"));
    g_assert_false(apply(fixture->store, "[]", NULL));
    g_assert_false(apply(fixture->store, "[]", long_cursor));
    g_assert_false(apply(fixture->store, "[]", "\xFF"));
    g_assert_false(store_feed_apply(fixture->store, NULL, "c2", &error));
    g_clear_error(&error);
    for (int i = 0; i < 5001; i++)
        json_array_append_new(many, json_null());
    g_assert_false(store_feed_apply(fixture->store, many, "c2", &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    json_array_remove(many, 0);
    g_assert_true(store_feed_apply(fixture->store, many, "c3", &error));
    json_decref(many);
    assert_cursor(fixture->store, "c3");
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==,
                    1000); /* it cannot fill the disk */
    fixture_open(fixture);
}

/* ---- Staff -------------------------------------------------------------------------------------------------------- */

#define ROW(topic, version, role, from)                                                                                  \
    "{'topic':'" topic "','key':'" TOKEN "','version':" version ",'deleted':false,'value':{'card_token':'" TOKEN         \
    "','id':'S0001','role':'" role "','scope':'*','from_ms':" from ",'to_ms':0}}"

static void assert_role_at(struct fixture *fixture, int64_t at_ms, const char *role)
{
    g_autoptr(GError) error = NULL;
    struct staff staff;
    bool found = false;

    g_assert_true(store_staff(fixture->store, TOKEN, at_ms, &staff, &found, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(found ? staff_role_name(staff.role) : NULL, ==, role);
}

static void assert_role(struct fixture *fixture, const char *role)
{
    assert_role_at(fixture, 100, role);
}

#define ENDS(topic, role, from, to)                                                                                      \
    "{'topic':'" topic "','key':'" TOKEN "','version':1,'deleted':false,'value':{'card_token':'" TOKEN                   \
    "','id':'S0001','role':'" role "','scope':'*','from_ms':" from ",'to_ms':" to "}}"

/* Whoever is in force goes before who has ended or has not begun. */
static void test_staff_in_force(struct fixture *fixture, const void *data)
{
    g_assert_true(apply(fixture->store, "[" ENDS("post", "provider", "50", "60") "," ENDS("staff", "clerk", "3", "90") "]", "1"));
    assert_role_at(fixture, 40, "clerk");
    assert_role_at(fixture, 55, "provider");
    assert_role_at(fixture, 70, "clerk");
    assert_role_at(fixture, 95, "provider");
}

/* The later roles come under a topic of their own; which of a card's rows began last counts, whatever came last. */
static void test_staff(struct fixture *fixture, const void *data)
{
    g_assert_true(apply(fixture->store, "[" ROW("post", "1", "provider", "5") "," ROW("staff", "2", "clerk", "3") "]", "1"));
    assert_role(fixture, "provider");
    g_assert_true(apply(fixture->store, "[" ROW("staff", "3", "clerk", "7") "]", "2"));
    assert_role(fixture, "clerk");
    g_assert_true(apply(fixture->store, "[{'topic':'staff','key':'" TOKEN "','version':4,'deleted':true,'value':null}]", "3"));
    assert_role(fixture, "provider");
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 0);
    /* Under the other topic, or a role of a later version: set aside. */
    g_assert_true(apply(fixture->store, "[" ROW("staff", "5", "manager", "9") "," ROW("post", "6", "clerk", "9") ","
                                        ROW("post", "7", "mayor", "9") "]", "4"));
    assert_role(fixture, "provider");
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 3);
    g_assert_true(store_feed_reset(fixture->store, NULL));
    assert_role(fixture, NULL);
}

/* ---- Files -------------------------------------------------------------------------------------------------------- */

static char *file_item(char letter, int version, int64_t length)
{
    g_autofree char *id = g_strnfill(64, letter);

    return g_strdup_printf("[{'topic':'file','key':'%s','version':%d,'deleted':false,'value':{'sha256':'%s','type':'image/png',"
                           "'length':%" G_GINT64_FORMAT ",'name':'a.png','later':1}}]", id, version, id, length);
}

static void assert_wanted(struct fixture *fixture, const char *letters)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) files = store_files_wanted(fixture->store, &error);
    g_autoptr(GString) out = g_string_new(NULL);

    g_assert_no_error(error);
    for (guint i = 0; i < files->len; i++)
        g_string_append_c(out, g_array_index(files, struct file_told, i).id[0]);
    g_assert_cmpstr(out->str, ==, letters);
}

/* The newest that fit together; more than 8 MiB, or another name than the key, is none. */
static void test_files(struct fixture *fixture, const void *data)
{
    static const char GONE[] = "[{'topic':'file','key':'%s','version':90,'deleted':true,'value':null}]";
    g_autofree char *a = g_strnfill(64, 'a'), *gone = g_strdup_printf(GONE, a), *wrong = file_item('g', 80, 5);

    for (int i = 0; i < 40; i++) {
        g_autofree char *item = file_item("0123456789abcdef"[i % 16], i + 1, i < 32 ? 100 : 8 * 1024 * 1024);
        g_assert_true(apply(fixture->store, item, "1"));
    }
    assert_wanted(fixture, "76543210fedcba98");
    g_assert_true(apply(fixture->store, gone, "2"));
    assert_wanted(fixture, "76543210fedcb98");
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 0);
    g_autofree char *large = file_item('a', 91, 8 * 1024 * 1024 + 1);
    g_assert_true(apply(fixture->store, wrong, "3") && apply(fixture->store, large, "4"));
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM pull_quarantine"), ==, 2);
    assert_wanted(fixture, "76543210fedcb98");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/feed/bills", test_bills);
    FIXTURE_ADD("/store/feed/bills-covered", test_bills_covered);
    FIXTURE_ADD("/store/feed/versions", test_versions);
    FIXTURE_ADD("/store/feed/reset", test_reset);
    FIXTURE_ADD("/store/feed/notices", test_notices);
    FIXTURE_ADD("/store/feed/quarantine", test_quarantine);
    FIXTURE_ADD("/store/feed/notice-quarantine", test_notice_quarantine);
    FIXTURE_ADD("/store/feed/tolerated", test_tolerated);
    FIXTURE_ADD("/store/feed/not-a-page", test_not_a_page);
    FIXTURE_ADD("/store/feed/staff", test_staff);
    FIXTURE_ADD("/store/feed/staff-in-force", test_staff_in_force);
    FIXTURE_ADD("/store/feed/files", test_files);
    return g_test_run();
}
