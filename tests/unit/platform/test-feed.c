/* SPDX-License-Identifier: Apache-2.0 */
/* The change feed: what is told, in which order, from which cursor; every exchange is checked against openapi.json. */
#include "kit.h"
#include "model/model.h"
#include "platform/calls/handlers.h"
#include "platform/credit/quota.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/wipe.h"
#include "sync/wire.h"
#include <string.h>

static json_t *pull(struct kit_stage *f, const char *cursor)
{
    unsigned status;
    json_t *answer = kit_call(f->platform, "GET", "/v1/feed", cursor, "K0001", NULL, &status);

    g_assert_cmpuint(status, ==, 200);
    return answer;
}

static const char *item_text(json_t *page, size_t i, const char *member)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(page, "items"), i), member));
}

/* All pages, counting items by topic; g_free the last cursor. */
static char *pull_all(struct kit_stage *f, unsigned *bills, unsigned *notices)
{
    g_autofree char *cursor = g_strdup("");
    bool more = true;

    *bills = *notices = 0;
    while (more) {
        json_t *page = pull(f, cursor);
        size_t count = json_array_size(json_object_get(page, "items"));

        for (size_t i = 0; i < count; i++) {
            *bills += strcmp(item_text(page, i, "topic"), "bill") == 0;
            *notices += strcmp(item_text(page, i, "topic"), "notice") == 0;
        }
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
        more = json_is_true(json_object_get(page, "more"));
        json_decref(page);
    }
    return g_steal_pointer(&cursor);
}

static void test_feed(struct kit_stage *f, const void *data)
{
    struct pen pen;
    unsigned bills, notices;
    json_t *page;
    g_autofree char *cursor = NULL, *card = kit_card(1);
    char token[33];
    json_t *value;

    kit_enrol(f->platform, "K0001", &pen);
    cursor = pull_all(f, &bills, &notices);
    g_assert_cmpuint(bills, >=, 21);
    g_assert_cmpuint(notices, ==, 12);
    page = pull(f, cursor);
    g_assert_cmpuint(json_array_size(json_object_get(page, "items")), ==, 0);
    g_assert_false(json_is_true(json_object_get(page, "more")));
    json_decref(page);

    g_assert_true(db_begin(f->platform->db, false, NULL));
    value = db_bill_value(f->platform->db, "B0000004", NULL);
    db_rollback(f->platform->db);
    card_token(f->platform->index_key, card, token);
    g_assert_cmpstr(json_string_value(json_object_get(value, "card_token")), ==, token);
    g_assert_cmpstr(json_string_value(json_object_get(value, "name_masked")), ==, "张**");
    g_assert_cmpstr(json_string_value(json_object_get(value, "address_masked")), ==,
                    "澄明区稻香街道禾光路 126 弄 4 号");
    g_assert_cmpint(json_integer_value(json_object_get(value, "amount_fen")), ==, 8650);
    g_assert_cmpint(json_integer_value(json_object_get(value, "due")), ==, 20261128);
    json_decref(value);
}

/* Nothing of a person leaves the platform that a screen may not show. */
static void test_feed_is_masked(struct kit_stage *f, const void *data)
{
    struct pen pen;
    json_t *page, *file = json_load_file(COMMUNITY_DIR "/personas.json", 0, NULL), *persona;
    char *text;
    size_t i;

    kit_enrol(f->platform, "K0001", &pen);
    page = pull(f, "");
    text = json_dumps(page, 0);
    json_array_foreach(json_object_get(file, "cards"), i, persona)
    {
        g_assert_null(strstr(text, json_string_value(json_object_get(persona, "name"))));
        g_assert_null(strstr(text, json_string_value(json_object_get(persona, "id_number"))));
        g_assert_null(strstr(text, json_string_value(json_object_get(persona, "card_number"))));
        g_assert_null(strstr(text, json_string_value(json_object_get(persona, "address"))));
    }
    free(text);
    json_decref(page);
    json_decref(file);
}

/* As many words as a notice may have, each of three bytes. */
static char *long_notice(const char *id)
{
    GString *words = g_string_new(NULL);

    for (int i = 0; i < 1000; i++)
        g_string_append(words, "字");
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b}", "id", id, "kind", "water", "title_zh", "停水", "title_en", "Water", "body_zh",
                              words->str, "body_en", words->str, "from", 20261101, "to", 20271231, "urgent", 0);
    char *text = json_dumps(value, JSON_COMPACT), *out = g_strdup(text);
    free(text);
    json_decref(value);
    g_string_free(words, TRUE);
    return out;
}

/* However long what it tells is, a page is one that a kiosk takes, and nothing is left out. */
static void test_feed_long(struct kit_stage *f, const void *data)
{
    struct db *db = f->platform->db;
    struct pen pen;
    unsigned bills, notices;

    kit_enrol(f->platform, "K0001", &pen);
    g_assert_true(db_begin(db, true, NULL));
    for (unsigned i = 0; i < 400; i++) {
        g_autofree char *id = g_strdup_printf("L%03u", i), *value = long_notice(id);
        g_assert_true(db_run(db, NULL, "INSERT INTO notice(community, id, value) VALUES(?1,?2,?3)", "ss", id, value) &&
                      db_change_add(db, "notice", id, NULL));
    }
    g_assert_true(db_commit(db, NULL));
    json_t *page = pull(f, "");
    g_assert_cmpuint(json_dumpb(page, NULL, 0, JSON_COMPACT), <, WIRE_ANSWER_BYTES_MAX / 2);
    g_assert_true(json_is_true(json_object_get(page, "more")));
    json_decref(page);
    g_free(pull_all(f, &bills, &notices));
    g_assert_cmpuint(bills, >=, 21);
    g_assert_cmpuint(notices, ==, 412);
}

static void test_feed_changes(struct kit_stage *f, const void *data)
{
    struct pen pen;
    unsigned bills, notices;
    g_autofree char *cursor = NULL, *next = NULL, *card = kit_card(1);
    struct payment payment;
    char bill[64];
    int64_t amount_fen = kit_bill(f->platform, card, 0, bill);
    json_t *page;

    kit_enrol(f->platform, "K0001", &pen);
    cursor = pull_all(f, &bills, &notices);
    kit_payment(&payment, card, bill, amount_fen);
    json_decref(
        kit_push(f->platform, &pen, json_pack("[o]", pen_payment(&pen, &payment, PAYMENT_COMMITTING))));
    page = pull(f, cursor);
    g_assert_cmpuint(json_array_size(json_object_get(page, "items")), ==, 1);
    g_assert_cmpstr(item_text(page, 0, "key"), ==, bill);
    g_assert_true(
        json_is_true(json_object_get(json_array_get(json_object_get(page, "items"), 0), "deleted")));
    next = g_strdup(json_string_value(json_object_get(page, "cursor")));
    json_decref(page);
    kit_tac(&payment);
    json_decref(
        kit_push(f->platform, &pen, json_pack("[o]", pen_payment(&pen, &payment, PAYMENT_CONFIRMED))));
    page = pull(f, next);
    g_assert_cmpstr(
        json_string_value(json_object_get(
            json_object_get(json_array_get(json_object_get(page, "items"), 0), "value"), "state")),
        ==, "PAID");
    json_decref(page);
    /* Away in between: one item a key. */
    page = pull(f, cursor);
    g_assert_cmpuint(json_array_size(json_object_get(page, "items")), ==, 1);
    json_decref(page);
}

/* The feed tells of a newer list and does not bring it; a cursor that was told of the one before has news to read. */
static void test_feed_tells_of_hotlist(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct pen pen;
    unsigned bills, notices;
    g_autofree char *cursor = NULL, *card = kit_card(0);
    int64_t version;
    json_t *page;

    kit_enrol(f->platform, "K0001", &pen);
    cursor = pull_all(f, &bills, &notices);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, &error));
    g_assert_no_error(error);
    g_assert_cmpint(version, ==, 2);
    page = pull(f, cursor);
    g_assert_cmpint(json_integer_value(json_object_get(page, "hotlist_version")), ==, 2);
    g_assert_cmpuint(json_array_size(json_object_get(page, "items")), ==, 0);
    g_assert_cmpstr(json_string_value(json_object_get(page, "cursor")), !=, cursor);
    json_decref(page);
}

/* The command, and behind it what may be known of the person again. */
static void test_wipe(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct pen pen;
    unsigned bills, notices;
    g_autofree char *cursor = NULL, *card = kit_card(1), *state = NULL, *token = NULL;
    int64_t again = 0, all = 0;
    json_t *page, *items;

    kit_enrol(f->platform, "K0001", &pen);
    cursor = pull_all(f, &bills, &notices);
    g_assert_true(wipe_order(f->platform, card, &again, &error));
    g_assert_no_error(error);
    g_assert_cmpint(again, >, 0);
    page = pull(f, cursor);
    items = json_object_get(page, "items");
    g_assert_cmpint((int64_t)json_array_size(items), ==, again + 1);
    json_t *first = json_array_get(items, 0);
    g_assert_cmpstr(json_string_value(json_object_get(first, "topic")), ==, "command");
    g_assert_true(db_begin(f->platform->db, false, NULL) && db_card_find(f->platform->db, card, &token, &state, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(first, "value"), "token")), ==, token);
    for (size_t i = 1; i < json_array_size(items); i++) {
        json_t *value = json_object_get(json_array_get(items, i), "value");
        bool bill = strcmp(item_text(page, i, "topic"), "bill") == 0;
        const char *whose = json_string_value(json_object_get(value, "card_token"));
        g_assert_cmpstr(bill ? whose : item_text(page, i, "key"), ==, token);
    }
    json_decref(page);
    g_assert_true(wipe_order(f->platform, NULL, &all, &error));
    g_assert_cmpint(all, >=, bills); /* and what is known of credit */
    g_assert_false(wipe_order(f->platform, "3109901999999999999", &again, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
}

static void test_bad_cursors(struct kit_stage *f, const void *data)
{
    struct pen pen;
    unsigned bills, notices, status;
    g_autofree char *cursor = NULL;
    g_auto(GStrv) parts = NULL;

    kit_enrol(f->platform, "K0001", &pen);
    cursor = pull_all(f, &bills, &notices);
    parts = g_strsplit(cursor, ".", 4);
    g_autofree char *elsewhere = g_strdup_printf("1.0123456789abcdef.%s.%s", parts[2], parts[3]);
    g_autofree char *ahead = g_strdup_printf("1.%s.%s.99999999", parts[1], parts[2]);
    g_autofree char *hot = g_strdup_printf("1.%s.77.%s", parts[1], parts[3]);
    g_autofree char *first_ahead = g_strdup_printf("%s.99999999", cursor);
    const struct {
        const char *cursor;
        unsigned status;
    } cases[] = {{"x", 400},        {"1.2.3", 400},   {"2.a.1.1", 400}, {"1.a.-1.1", 400}, {"1.2.3.4.4", 400}, {"1.2.3.4.3", 400},
                 {"1.2.3.4.-5", 400}, {"1.2.3.4.", 400}, {"1.2.3.4.5.6", 400}, {"1.2.3.4.5", 410}, {elsewhere, 410},
                 {ahead, 410}, {first_ahead, 410}, {hot, 410}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        json_decref(kit_call(f->platform, "GET", "/v1/feed", cases[i].cursor, "K0001", NULL, &status));
        g_assert_cmpuint(status, ==, cases[i].status);
    }
}

/* ---- Security topics first ---- */

#define BACKLOG "WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM i WHERE i<%u) INSERT INTO change(community, n, topic, key)" \
                " SELECT ?1, (SELECT max(n) FROM change WHERE community=?1)+i, 'bill', '%s' || i FROM i"

/* So many tombstones of bills, which is what a long absence looks like. */
static void backlog_of(struct kit_stage *f, const char *name, unsigned count)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sql = g_strdup_printf(BACKLOG, count, name);
    /* A statement lives as long as the database is open: its text does, too. */
    const char *kept = g_intern_string(sql);

    g_assert_true(db_begin(f->platform->db, true, &error) && db_run(f->platform->db, &error, kept, "") && db_commit(f->platform->db, &error));
    g_assert_no_error(error);
}

static void backlog(struct kit_stage *f, unsigned count)
{
    backlog_of(f, "gone", count);
}

static void tell(struct kit_stage *f, const char *topic, const char *key)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, &error) && db_change_add(f->platform->db, topic, key, &error) && db_commit(f->platform->db, &error));
    g_assert_no_error(error);
}

static json_t *pull_some(struct kit_stage *f, const char *cursor, const char *limit)
{
    struct request request = {.method = "GET", .path = "/v1/feed", .kiosk = "K0001", .certificate = KIT_SERIAL, .cursor = cursor,
                              .limit = limit, .body = ""};
    struct reply reply = {0};

    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 200);
    json_t *page = json_loads(reply.body, 0, NULL);
    reply_clear(&reply);
    return page;
}

/* A kiosk that takes pages: what it was told of each "topic key", as its versions. */
struct reader {
    char *cursor;
    GHashTable *told; /* "topic key" → version, boxed */
    unsigned items, pages;
    int64_t first, rest; /* the last version of either lane */
};

static void reader_open(struct reader *reader, const char *cursor)
{
    *reader = (struct reader){.cursor = g_strdup(cursor), .told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
}

static void reader_close(struct reader *reader)
{
    g_hash_table_unref(reader->told);
    g_free(reader->cursor);
}

static bool security(const char *topic)
{
    static const char *const TOPICS[] = {"command", "doubt", "staff", "post", "notice", "help", "allotment", NULL};
    return g_strv_contains(TOPICS, topic);
}

/* "limit":N of any of its quotas; a tombstone has none. */
static bool lets_spend(json_t *quota)
{
    const char *text = json_string_value(json_object_get(json_object_get(quota, "value"), "payload"));
    json_t *payload = text != NULL ? json_loads(text, 0, NULL) : NULL, *one;
    bool spends = false;
    size_t i;

    json_array_foreach(json_object_get(payload, "quotas"), i, one)
        spends = spends || json_integer_value(json_object_get(one, "limit")) > 0;
    json_decref(payload);
    return spends;
}

/* Within a key, and within a lane, versions only grow. */
static void reader_item(struct reader *reader, json_t *item, bool first)
{
    const char *topic = json_string_value(json_object_get(item, "topic"));
    char *name = g_strdup_printf("%s %s", topic, json_string_value(json_object_get(item, "key")));
    int64_t version = json_integer_value(json_object_get(item, "version")), *had = g_hash_table_lookup(reader->told, name);
    int64_t *lane = first ? &reader->first : &reader->rest;

    g_assert_cmpint(version, >, *lane);
    g_assert_true(had == NULL || *had < version);
    *lane = version;
    g_hash_table_replace(reader->told, name, g_memdup2(&version, sizeof version));
    reader->items++;
}

/* The next page; is there more? */
static bool reader_page(struct reader *reader, struct kit_stage *f, const char *limit)
{
    json_t *page = pull_some(f, reader->cursor, limit), *item;
    bool more = json_is_true(json_object_get(page, "more")), rest = false;
    size_t i;

    json_array_foreach(json_object_get(page, "items"), i, item)
    {
        bool quota = strcmp(json_string_value(json_object_get(item, "topic")), "quota") == 0, spends = quota && lets_spend(item);
        bool first = security(json_string_value(json_object_get(item, "topic"))) || (quota && !spends);
        g_assert_false(spends && more); /* it is judged against what waits */
        g_assert_false(first && rest); /* none behind what could have waited */
        rest = !first;
        reader_item(reader, item, first);
    }
    g_assert_true(!more || strcmp(json_string_value(json_object_get(page, "cursor")), reader->cursor) != 0);
    g_free(reader->cursor);
    reader->cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
    reader->pages++;
    json_decref(page);
    return more;
}

static bool was_told(struct reader *reader, const char *name)
{
    return g_hash_table_contains(reader->told, name);
}

static unsigned dots(const char *cursor)
{
    unsigned count = 0;

    for (; *cursor != '\0'; cursor++)
        count += *cursor == '.';
    return count;
}

/* A hundred thousand changes wait, and behind them somebody is taken off the register: told with the first page. */
static void test_long_backlog(struct kit_stage *f, const void *data)
{
    struct pen pen;
    struct reader reader;
    unsigned bills, notices;

    kit_enrol(f->platform, "K0001", &pen);
    g_autofree char *cursor = pull_all(f, &bills, &notices);
    g_assert_cmpuint(dots(cursor), ==, 3);
    backlog(f, 100000);
    tell(f, "staff", "somebody");
    reader_open(&reader, cursor);
    g_assert_true(reader_page(&reader, f, "500"));
    g_assert_true(was_told(&reader, "staff somebody"));
    g_assert_cmpuint(reader.items, ==, 500);
    g_assert_cmpuint(dots(reader.cursor), ==, 4);
    /* Another one, while it goes on: with the page after. */
    tell(f, "command", "later");
    g_assert_true(reader_page(&reader, f, "500"));
    g_assert_true(was_told(&reader, "command later"));
    g_assert_true(was_told(&reader, "bill gone998") && !was_told(&reader, "bill gone999"));
    reader_close(&reader);
}

/* Other kiosks' rows, rows that change while they are told, pages of odd sizes: each key with its newest version, and once. */
static void test_nothing_lost(struct kit_stage *f, const void *data)
{
    static const char *const LIMITS[] = {"1", "7", "500"};
    static const char *const ALL[] = {"post a", "doubt b", "quota K0001", "allotment K0001", "help K0001", "bill gone1", "bill gone300", "rule x"};
    struct pen pen;
    struct reader reader;
    unsigned bills, notices;

    kit_enrol(f->platform, "K0001", &pen);
    g_autofree char *cursor = pull_all(f, &bills, &notices);
    tell(f, "post", "a");
    tell(f, "quota", "K0001");
    tell(f, "quota", "K0002");
    backlog(f, 300);
    tell(f, "help", "K0002");
    tell(f, "help", "K0001");
    tell(f, "allotment", "K0001");
    tell(f, "allotment", "K0002");
    tell(f, "rule", "x");
    tell(f, "quota", "K0002");
    for (size_t i = 0; i < G_N_ELEMENTS(LIMITS); i++) {
        reader_open(&reader, cursor);
        for (bool more = true; more;) {
            more = reader_page(&reader, f, LIMITS[i]);
            if (reader.pages == 1) {
                tell(f, "doubt", "b");      /* told next, whatever waits */
                tell(f, "bill", "gone200"); /* to the end */
            }
        }
        while (reader_page(&reader, f, LIMITS[i])) /* what came behind the last page of a reader of great pages */
            ;
        for (size_t at = 0; at < G_N_ELEMENTS(ALL); at++)
            g_assert_true(was_told(&reader, ALL[at]));
        g_assert_false(was_told(&reader, "quota K0002") || was_told(&reader, "help K0002") || was_told(&reader, "allotment K0002"));
        g_assert_cmpuint(g_hash_table_size(reader.told), ==, 306);
        /* One that moved may have been told before: twice at most, the later time with the later version. */
        g_assert_cmpuint(reader.items, <=, 308);
        g_assert_cmpuint(dots(reader.cursor), ==, 3);
        reader_close(&reader);
    }
}

/* The cursor of a platform that had one lane, in the middle of a backlog: what it has not seen comes, security first; no more. */
static void test_older_cursor(struct kit_stage *f, const void *data)
{
    struct pen pen;
    struct reader reader;
    unsigned bills, notices;
    int64_t last;

    kit_enrol(f->platform, "K0001", &pen);
    g_autofree char *cursor = pull_all(f, &bills, &notices);
    g_auto(GStrv) parts = g_strsplit(cursor, ".", 4);
    tell(f, "staff", "seen");
    backlog(f, 20);
    g_assert_true(db_begin(f->platform->db, false, NULL) && db_change_last(f->platform->db, &last, NULL));
    db_rollback(f->platform->db);
    tell(f, "staff", "unseen");
    g_autofree char *older = g_strdup_printf("1.%s.%s.%" G_GINT64_FORMAT, parts[1], parts[2], last - 10);
    reader_open(&reader, older);
    g_assert_true(reader_page(&reader, f, "4"));
    g_assert_true(was_told(&reader, "staff unseen"));
    while (reader_page(&reader, f, "4"))
        ;
    g_assert_cmpuint(reader.items, ==, 11);
    g_assert_false(was_told(&reader, "staff seen") || was_told(&reader, "bill gone10"));
    reader_close(&reader);
}

/* More security topics than a page has room for: the rest begins when they are told. */
static void test_pages_of_security(struct kit_stage *f, const void *data)
{
    struct pen pen;
    struct reader reader;
    unsigned bills, notices;

    kit_enrol(f->platform, "K0001", &pen);
    g_autofree char *cursor = pull_all(f, &bills, &notices);
    backlog(f, 4);
    for (int i = 0; i < 7; i++) {
        g_autofree char *key = g_strdup_printf("D%d", i);
        tell(f, "doubt", key);
    }
    reader_open(&reader, cursor);
    g_assert_true(reader_page(&reader, f, "3"));
    g_assert_true(reader_page(&reader, f, "3"));
    g_assert_cmpint(reader.rest, ==, 0);
    g_assert_true(reader_page(&reader, f, "3"));
    g_assert_true(was_told(&reader, "doubt D6") && was_told(&reader, "bill gone2"));
    g_assert_false(reader_page(&reader, f, "3"));
    g_assert_cmpuint(reader.items, ==, 11);
    /* Nothing is left: the same cursor again, by which a request that waits knows that it has to. */
    g_autofree char *end = g_strdup(reader.cursor);
    g_assert_false(reader_page(&reader, f, "3"));
    g_assert_cmpstr(reader.cursor, ==, end);
    reader_close(&reader);
}

static void spend_rule(struct kit_stage *f, int64_t limit)
{
    const struct quota rule = {BOOK_COIN, QUOTA_KIOSK, "", limit, 0};
    g_assert_true(quota_rule(f->platform, "K0001", &rule, NULL));
}

/* A kiosk that was away, for whom one waits and another is due, is told neither before what they are judged against; but at once that all is
 * taken back. */
static void test_quota_last(struct kit_stage *f, const void *data)
{
    struct pen pen;
    struct reader reader;
    unsigned bills, notices;
    int64_t version;

    kit_enrol(f->platform, "K0001", &pen);
    g_autofree char *cursor = pull_all(f, &bills, &notices);
    for (int due = 0; due < 2; due++) {
        tell(f, "quota", "K0001");
        backlog_of(f, due == 0 ? "early" : "late", 20);
        if (due)
            spend_rule(f, 77);
        reader_open(&reader, cursor);
        for (int page = 0; page < 2; page++) {
            g_assert_true(reader_page(&reader, f, "9"));
            g_assert_false(was_told(&reader, "quota K0001"));
        }
        while (reader_page(&reader, f, "9"))
            ;
        /* A page that was full to the last row had no room for it: it is on the next one. */
        g_assert_false(reader_page(&reader, f, "9"));
        g_assert_true(was_told(&reader, "quota K0001"));
        g_assert_cmpuint(reader.items, ==, 21);
        g_free(cursor);
        cursor = g_strdup(reader.cursor);
        reader_close(&reader);
    }
    backlog_of(f, "last", 20);
    g_assert_true(quota_withdraw(f->platform, "K0001", now_ms(), &version, NULL));
    g_assert_cmpint(version, >, 0);
    reader_open(&reader, cursor);
    g_assert_true(reader_page(&reader, f, "9"));
    g_assert_true(was_told(&reader, "quota K0001"));
    while (reader_page(&reader, f, "9"))
        ;
    g_assert_cmpuint(reader.items, ==, 21);
    reader_close(&reader);
}

#define ADD(name) g_test_add("/platform/feed/" #name, struct kit_stage, NULL, kit_up, test_##name, kit_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(feed);
    ADD(feed_is_masked);
    ADD(feed_changes);
    ADD(feed_long);
    ADD(feed_tells_of_hotlist);
    ADD(wipe);
    ADD(bad_cursors);
    ADD(long_backlog);
    ADD(nothing_lost);
    ADD(older_cursor);
    ADD(pages_of_security);
    ADD(quota_last);
    return g_test_run();
}
