/* SPDX-License-Identifier: Apache-2.0 */
/* Notices from draft to tombstone, and the files that belong to them. */
#include "credit-kit.h"
#include "kit.h"
#include "model/help.h"
#include "platform/content/content.h"
#include "platform/data/db-figures.h"
#include "platform/help/help.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-preferences.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

#define DAY_MS INT64_C(86400000)

/* It hangs today and tomorrow, whatever day the test is run. */
static json_t *value_of(const char *id)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b}", "id", id, "kind", "water", "title_zh", "停水", "title_en", "No water",
                     "body_zh", "明日停水。\n请储水。", "body_en", "No water tomorrow.", "from", date_of_ms(now_ms()), "to", date_of_ms(now_ms() + DAY_MS), "urgent", true);
}

static bool draft(struct credit_kit *f, json_t *value, const char *by)
{
    g_autoptr(GError) error = NULL;
    bool ok = notices_draft(f->platform, value, by, now_ms(), &error);

    if (!ok)
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    json_decref(value);
    return ok;
}

static bool approve(struct credit_kit *f, const char *id, const char *by)
{
    g_autoptr(GError) error = NULL;
    bool ok = notices_approve(f->platform, id, by, now_ms(), &error);

    if (!ok)
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    return ok;
}

static bool withdraw(struct credit_kit *f, const char *id, const char *by)
{
    g_autoptr(GError) error = NULL;
    bool ok = notices_withdraw(f->platform, id, by, "no longer so", now_ms(), &error);

    if (!ok)
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    return ok;
}

/* The item of the feed; NULL: none is told. New reference. */
static json_t *told(struct credit_kit *f, const char *kiosk, const char *topic, const char *key)
{
    json_t *feed = kit_feed(f->platform, kiosk), *found = json_incref(kit_fed(feed, topic, key));

    json_decref(feed);
    return found;
}

static void assert_told(struct credit_kit *f, const char *kiosk, const char *topic, const char *key, bool deleted)
{
    json_t *item = told(f, kiosk, topic, key);

    g_assert_nonnull(item);
    g_assert_cmpint(json_is_true(json_object_get(item, "deleted")), ==, deleted);
    json_decref(item);
}

/* One writes, another approves; who wrote it cannot, nor who has no such role. */
static void test_notice(struct credit_kit *f, const void *data)
{
    kit_staff(f->platform, "cccccccccccccccccccccccccccccccc", "leader-2", 2, STAFF_LEADER);
    g_assert_false(draft(f, value_of("n1"), "leader-2"));
    g_assert_false(draft(f, value_of("n1"), "Mallory"));
    g_assert_true(draft(f, value_of("n1"), "staff-1"));
    g_assert_false(draft(f, value_of("n1"), "staff-1")); /* there already */
    g_assert_null(told(f, "K0001", "notice", "n1"));
    g_assert_false(approve(f, "n1", "staff-1"));
    g_assert_false(approve(f, "n1", "leader-2"));
    g_assert_false(approve(f, "n2", "staff-2"));
    g_assert_true(approve(f, "n1", "staff-2"));
    g_assert_false(approve(f, "n1", "staff-2"));
    assert_told(f, "K0001", "notice", "n1", false);
    g_assert_false(withdraw(f, "n1", "leader-2"));
    g_assert_true(withdraw(f, "n1", "staff-1"));
    g_assert_false(withdraw(f, "n1", "staff-1"));
    assert_told(f, "K0001", "notice", "n1", true);
}

/* A draft that nobody wants is never told; one of before there were drafts can be taken off. */
static void test_notice_withdrawn(struct credit_kit *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *value = value_of("old");
    g_autofree char *text = json_dumps(value, JSON_COMPACT);

    json_decref(value);
    g_assert_true(draft(f, value_of("n1"), "staff-1"));
    g_assert_true(withdraw(f, "n1", "staff-2"));
    g_assert_null(told(f, "K0001", "notice", "n1"));
    g_assert_false(approve(f, "n1", "staff-2"));
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_notice_set(f->platform->db, "old", text, NULL) &&
                  db_change_add(f->platform->db, "notice", "old", NULL) && db_commit(f->platform->db, NULL));
    assert_told(f, "K0001", "notice", "old", false);
    g_assert_true(withdraw(f, "old", "staff-2"));
    assert_told(f, "K0001", "notice", "old", true);
    json_t *list = notices_list(f->platform, true, &error), *fewer = notices_list(f->platform, false, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(json_array_size(list), ==, json_array_size(fewer) + 2);
    json_decref(list);
    json_decref(fewer);
}

static void test_notice_wrong(struct credit_kit *f, const void *data)
{
    static const struct {
        const char *key, *json;
    } WRONG[] = {{"kind", "\"KIND\""},     {"kind", "\"poem\""},  {"title_zh", "\"\""},       {"title_en", "\"a\\nb\""}, {"body_zh", "1"},
                 {"from", "20269999"},     {"to", "20200101"},    {"urgent", "1"},            {"audience", "\"cats\""},  {"place", "\"a b\""},
                 {"files", "[\"x\"]"},     {"files", "{}"},       {"foreign", "1"},           {"id", "\"a b\""},         {"id", "\"\""}};

    for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
        json_t *value = value_of("n1");
        json_object_set_new(value, WRONG[i].key, json_loads(WRONG[i].json, JSON_DECODE_ANY, NULL));
        g_assert_false(draft(f, value, "staff-1"));
    }
    json_t *value = value_of("n1");
    json_object_set_new(value, "from", json_integer(20200101));
    json_object_set_new(value, "to", json_integer(20200102));
    g_assert_true(draft(f, value, "staff-1"));
    g_assert_false(approve(f, "n1", "staff-2")); /* its last day is over */
}

/* At one place only: the others hear a tombstone. */
static void test_notice_place(struct credit_kit *f, const void *data)
{
    json_t *value = value_of("n1");

    json_object_set_new(value, "place", json_string("K0002"));
    json_object_set_new(value, "audience", json_string("elder"));
    g_assert_true(draft(f, value, "staff-1"));
    g_assert_true(approve(f, "n1", "staff-2"));
    assert_told(f, "K0001", "notice", "n1", true);
    assert_told(f, "K0002", "notice", "n1", false);
}

static void scope_set(struct credit_kit *f, const char *id, const char *scope)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE staff SET scope=?3 WHERE community=?1 AND id=?2", "ss", id, scope));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* Who is of one kiosk publishes there and nowhere else. */
static void test_notice_scope(struct credit_kit *f, const void *data)
{
    json_t *there = value_of("n2"), *elsewhere = value_of("n3");

    json_object_set_new(there, "place", json_string("K0001"));
    json_object_set_new(elsewhere, "place", json_string("K0002"));
    scope_set(f, "staff-1", "K0001");
    g_assert_false(draft(f, value_of("n1"), "staff-1"));
    g_assert_false(draft(f, json_incref(elsewhere), "staff-1"));
    g_assert_true(draft(f, there, "staff-1"));
    g_assert_true(draft(f, value_of("n1"), "staff-2") && draft(f, elsewhere, "staff-2"));
    g_assert_true(approve(f, "n2", "staff-2"));
    g_assert_false(approve(f, "n1", "staff-1"));
    g_assert_false(approve(f, "n3", "staff-1"));
    g_assert_false(withdraw(f, "n1", "staff-1"));
    g_assert_false(withdraw(f, "n3", "staff-1"));
    g_assert_true(withdraw(f, "n2", "staff-1"));
}

static void push_read(struct credit_kit *f, const char *notice, int n, const char *token, const char *code)
{
    json_t *data = json_pack("{s:s, s:i, s:s*}", "notice", notice, "n", n, "card_token", token);
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, NOTICE_READ_TYPE, data)));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
}

/* Numbers of all; who confirmed of urgent ones only. */
static void test_notice_read(struct credit_kit *f, const void *data)
{
    json_t *calm = value_of("calm");

    json_object_set_new(calm, "urgent", json_false());
    g_assert_true(draft(f, value_of("n1"), "staff-1") && draft(f, calm, "staff-1"));
    g_assert_true(approve(f, "n1", "staff-2") && approve(f, "calm", "staff-2"));
    push_read(f, "n1", 3, NULL, "");
    push_read(f, "n1", 1, f->adult, "");
    push_read(f, "n1", 1, f->adult, "");
    push_read(f, "n1", 1, "dddddddddddddddddddddddddddddddd", ""); /* nobody's of ours */
    push_read(f, "calm", 1, f->adult, "");
    push_read(f, "n1", 2, f->adult, "DATA");
    push_read(f, "n1", 0, NULL, "DATA");
    push_read(f, "n1", 1, "no token", "DATA");
    push_read(f, "nobody", 1, NULL, "UNKNOWN");
    g_assert_cmpint(kit_count(f->platform, "SELECT n FROM notice_count WHERE community=?1 AND notice='n1'"), ==, 6);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM notice_read WHERE community=?1"), ==, 1);
    g_assert_true(withdraw(f, "n1", "staff-1"));
    push_read(f, "n1", 1, f->elder, ""); /* recorded before the news came */
}

/* What kiosks have of their own is counted without a notice and without a card; no notice takes such a name. */
static void test_own_read(struct credit_kit *f, const void *data)
{
    char name[64];

    push_read(f, "kiosk.question.bill", 3, NULL, "");
    push_read(f, "kiosk.question.bill", 2, NULL, "");
    push_read(f, "kiosk.unsolved.bill", 1, NULL, "");
    push_read(f, "kiosk.question.bill", 1, f->adult, "DATA");
    push_read(f, "kiosk.", 1, NULL, "UNKNOWN");
    push_read(f, "kiosk.a/b", 1, NULL, "UNKNOWN");
    json_t *rows = notices_counts(f->platform, NULL);
    g_assert_cmpuint(json_array_size(rows), ==, 2);
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(rows, 0), "notice")), ==, "kiosk.question.bill");
    g_assert_cmpint(json_integer_value(json_object_get(json_array_get(rows, 0), "n")), ==, 5);
    json_decref(rows);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (int i = 0; i < 499; i++) {
        g_snprintf(name, sizeof name, "kiosk.a.%c%c%c", 'a' + i / 100, 'a' + i / 10 % 10, 'a' + i % 10);
        g_assert_true(db_notice_opened(f->platform->db, name, "K0001", 1, NULL));
    }
    g_assert_true(db_commit(f->platform->db, NULL));
    push_read(f, "kiosk.question.new", 1, NULL, "UNKNOWN");
    push_read(f, "kiosk.question.bill", 1, NULL, "");
    g_assert_false(draft(f, value_of("kiosk.question.bill"), "staff-1"));
}

/* A question is a notice like others, approved by a second person; only questions have a drawing. */
static void test_question(struct credit_kit *f, const void *data)
{
    json_t *value = value_of("q1"), *item;

    json_object_set_new(value, "symbol", json_string("bills"));
    g_assert_false(draft(f, json_deep_copy(value), "staff-1"));
    json_object_set_new(value, "kind", json_string(NOTICE_QUESTION));
    g_assert_true(draft(f, json_deep_copy(value), "staff-1"));
    g_assert_false(approve(f, "q1", "staff-1"));
    g_assert_true(approve(f, "q1", "staff-2"));
    item = told(f, "K0001", "notice", "q1");
    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(item, "value"), "symbol")), ==, "bills");
    json_decref(item);
    json_object_set_new(value, "id", json_string("q2"));
    json_object_set_new(value, "symbol", json_string("/etc/passwd"));
    g_assert_false(draft(f, value, "staff-1"));
}

/* ---- Calls for help ---- */

static json_t *help_data(const char *call, const char *how)
{
    return call == NULL ? json_pack("{s:s}", "kind", how) : json_pack("{s:s, s:s, s:i}", "call", call, "how", how, "after_ms", 4000);
}

/* The id of the event that was pushed. */
static char *help_push(struct credit_kit *f, struct pen *pen, const char *type, json_t *data, const char *code)
{
    json_t *event = pen_event(pen, type, data);
    char *id = g_strdup(json_string_value(json_object_get(event, "id")));
    json_t *answer = kit_push(f->platform, pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
    return id;
}

static bool help_answered(struct credit_kit *f, const char *id, const char *by)
{
    g_autoptr(GError) error = NULL;
    bool done = help_answer(f->platform, id, by, now_ms(), &error);

    g_assert_true(done == (error == NULL));
    g_assert_true(done || g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE));
    return done;
}

/* ---- How somebody wants kiosks to look and sound ---- */

static json_t *wish(const char *card, unsigned size)
{
    struct preference_event event = {.kept = true, .preference = {.size = size, .voice = true, .low = true}};

    g_strlcpy(event.card_token, card, sizeof event.card_token);
    return preference_event_to_json(&event);
}

static void assert_wants(struct credit_kit *f, const char *card, const char *wants)
{
    json_t *item = told(f, "K0002", "preference", card);

    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(item, "value"), "wants")), ==, wants);
    json_decref(item);
}

static void assert_no_wish(struct credit_kit *f, const char *type, json_t *data)
{
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, type, data)));

    g_assert_cmpstr(kit_code(answer, 0), ==, "DATA");
    json_decref(answer);
}

/* The last word counts, whichever kiosk tells it and when; who gives it up is not asked again by an older one. */
static void test_preference(struct credit_kit *f, const void *data)
{
    credit_kit_push(f, &f->pen, PREFERENCE_KEPT, "PreferenceKept", wish(f->elder, 1), "accepted", "");
    assert_wants(f, f->elder, "large voice low");
    json_t *late = pen_event(&f->other, PREFERENCE_KEPT, wish(f->elder, 0));
    credit_kit_shift_ms += MINUTE;
    credit_kit_push(f, &f->pen, PREFERENCE_KEPT, "PreferenceKept", wish(f->elder, 2), "accepted", "");
    json_decref(kit_push(f->platform, &f->other, json_pack("[o]", late)));
    assert_wants(f, f->elder, "largest voice low");
    g_assert_false(kit_database_has(f->dir, "largest")); /* it says something of whoever wants it */
    late = pen_event(&f->other, PREFERENCE_KEPT, wish(f->elder, 1));
    credit_kit_shift_ms += MINUTE;
    credit_kit_push(f, &f->pen, PREFERENCE_GIVEN, "PreferenceGivenUp", json_pack("{s:s}", "card_token", f->elder), "accepted", "");
    json_decref(kit_push(f->platform, &f->other, json_pack("[o]", late)));
    assert_told(f, "K0002", "preference", f->elder, true);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM preference WHERE community=?1 AND value IS NULL"), ==, 1);
    credit_kit_push(f, &f->pen, PREFERENCE_KEPT, "PreferenceKept", wish("00000000000000000000000000000000", 1), "rejected", "CARD");
    assert_no_wish(f, PREFERENCE_KEPT, json_pack("{s:s}", "card_token", f->elder));
    assert_no_wish(f, PREFERENCE_GIVEN, wish(f->elder, 1));
}

/* With the card in the place of the old one; and gone with who left. */
static void test_preference_follows(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;

    credit_kit_push(f, &f->pen, PREFERENCE_KEPT, "PreferenceKept", wish(f->elder, 2), "accepted", "");
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_preference_move(db, f->elder, f->student, NULL));
    g_assert_true(db_preference_move(db, f->adult, f->elder, NULL)); /* who wants nothing */
    g_assert_true(db_commit(db, NULL));
    assert_wants(f, f->student, "largest voice low");
    assert_told(f, "K0002", "preference", f->elder, true);
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_preference_erase(db, f->student, NULL));
    g_assert_true(db_commit(db, NULL));
    assert_told(f, "K0002", "preference", f->student, true);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM preference WHERE community=?1"), ==, 0);
}

/* Given up stays so with the new card, too: what was said before, and comes after, is older. */
static void test_preference_given_follows(struct credit_kit *f, const void *data)
{
    json_t *late = pen_event(&f->other, PREFERENCE_KEPT, wish(f->student, 1));

    credit_kit_shift_ms += MINUTE;
    credit_kit_push(f, &f->pen, PREFERENCE_GIVEN, "PreferenceGivenUp", json_pack("{s:s}", "card_token", f->elder), "accepted", "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_preference_move(f->platform->db, f->elder, f->student, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    json_decref(kit_push(f->platform, &f->other, json_pack("[o]", late)));
    assert_told(f, "K0002", "preference", f->student, true);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM preference WHERE community=?1"), ==, 1);
}

static struct fleet_row fleet_first(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autoptr(GArray) fleet = db_fleet(f->platform->db, NULL);
    db_rollback(f->platform->db);
    return g_array_index(fleet, struct fleet_row, 0);
}

/* Its kiosk alone is told; of an answer the time is counted, once. */
static void test_help(struct credit_kit *f, const void *data)
{
    g_autofree char *green = help_push(f, &f->pen, HELP_CALLED, help_data(NULL, "green"), "");
    g_assert_cmpint(fleet_first(f).help_ms, >, 0);
    g_assert_false(fleet_first(f).help_red);
    g_assert_null(told(f, "K0001", "help", "K0001"));
    g_assert_false(help_answered(f, green, "nobody"));
    g_assert_true(help_answered(f, green, "staff-1"));
    g_assert_false(help_answered(f, green, "staff-2"));
    g_assert_cmpint(fleet_first(f).help_ms, ==, 0);
    assert_told(f, "K0001", "help", "K0001", false);
    g_assert_null(told(f, "K0002", "help", "K0001"));
    g_assert_cmpint(kit_count(f->platform, "SELECT n FROM day_total WHERE community=?1 AND key='help' AND kiosk='K0001'"), ==, 1);
    g_assert_cmpint(kit_count(f->platform, "SELECT n FROM day_total WHERE community=?1 AND key='help60' AND kiosk='K0001'"), ==, 1);
    g_autofree char *end = help_push(f, &f->pen, HELP_ENDED, help_data(green, "card"), "");
    g_autofree char *again = help_push(f, &f->pen, HELP_ENDED, help_data(green, "nobody"), "");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM help_call WHERE community=?1 AND how='card'"), ==, 1);
    assert_told(f, "K0001", "help", "K0001", true);
    json_t *open = help_list(f->platform, false, now_ms(), NULL), *all = help_list(f->platform, true, now_ms(), NULL);
    g_assert_cmpuint(json_array_size(open), ==, 0);
    g_assert_cmpuint(json_array_size(all), ==, 1);
    json_decref(open);
    json_decref(all);
}

static void test_help_late(struct credit_kit *f, const void *data)
{
    g_autofree char *red = help_push(f, &f->pen, HELP_CALLED, help_data(NULL, "red"), "");
    g_assert_true(fleet_first(f).help_red);
    credit_kit_shift_ms += 2 * MINUTE;
    g_assert_true(help_answered(f, red, "staff-1"));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM day_total WHERE community=?1 AND key='help60'"), ==, 0);
    g_assert_cmpint(kit_count(f->platform, "SELECT amount FROM day_total WHERE community=?1 AND key='help'"), >=, 2 * MINUTE);
}

/* Of another kiosk's call, and of none, nobody says that it is over. */
/* Nobody came for a quarter of an hour: it is an alarm until somebody answers for it. */
static void test_help_nobody(struct credit_kit *f, const void *data)
{
    g_autofree char *call = help_push(f, &f->pen, HELP_CALLED, help_data(NULL, "red"), "");
    g_autofree char *end = help_push(f, &f->pen, HELP_ENDED, help_data(call, "nobody"), "");

    g_assert_cmpint(fleet_first(f).help_ms, >, 0);
    g_assert_true(fleet_first(f).help_red);
    g_assert_true(help_answered(f, call, "staff-1"));
    g_assert_cmpint(fleet_first(f).help_ms, ==, 0);
    g_assert_false(help_answered(f, call, "staff-2"));
}

static void test_help_hostile(struct credit_kit *f, const void *data)
{
    g_autofree char *call = help_push(f, &f->pen, HELP_CALLED, help_data(NULL, "green"), "");
    g_autofree char *a = help_push(f, &f->other, HELP_ENDED, help_data(call, "touch"), "UNKNOWN");
    g_autofree char *b = help_push(f, &f->pen, HELP_ENDED, help_data("01985d5e-5c00-7000-8000-0000000000ff", "touch"), "UNKNOWN");
    g_autofree char *c = help_push(f, &f->pen, HELP_ENDED, help_data(call, "magic"), "DATA");
    g_autofree char *d = help_push(f, &f->pen, HELP_CALLED, help_data(NULL, "blue"), "DATA");
    g_autofree char *e = help_push(f, &f->pen, HELP_CALLED, json_pack("{s:s, s:s}", "kind", "red", "name", "张三"), "DATA");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM help_call WHERE community=?1 AND ended_ms=0"), ==, 1);
}

/* ---- Files ---- */

static GByteArray *png(size_t len)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *)"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    for (size_t i = bytes->len; i < len; i++)
        g_byte_array_append(bytes, (const guint8[]){(guint8)(i * 7 + i / 251)}, 1);
    return bytes;
}

static bool add(struct credit_kit *f, const char *name, const GByteArray *bytes, char id[FILE_ID_SIZE])
{
    g_autoptr(GError) error = NULL;
    struct db *db = f->platform->db;

    g_assert_true(db_begin(db, true, NULL));
    bool ok = files_add(db, name, bytes->data, bytes->len, now_ms(), id, &error);
    if (!ok)
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    if (ok)
        g_assert_true(db_commit(db, NULL));
    else
        db_rollback(db);
    return ok;
}

static void test_types(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        int type; /* −1: none */
    } CASES[] = {{"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, FILE_PNG},      {"\x89PNG\r\n\x1a\n\0\0\0\rIDAT", 16, -1},
                 {"\xff\xd8\xff\xe0 ............", 17, FILE_JPEG},      {"%PDF-1.7\n%%EOF....", 19, FILE_PDF},
                 {"OggS\0...............", 20, FILE_OGG},               {"RIFF....WAVEfmt ", 16, FILE_WAV},
                 {"RIFF....AVI fmt ", 16, -1},                         {"GIF89a..........", 16, -1},
                 {"<svg xmlns='http", 16, -1},                         {"%PDF-1.7", 8, -1}};

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        enum file_type type = FILE_TYPES;
        g_assert_cmpint(file_type_of(CASES[i].bytes, CASES[i].len, &type), ==, CASES[i].type >= 0);
        if (CASES[i].type >= 0)
            g_assert_cmpint(type, ==, CASES[i].type);
    }
}

/* A notice's picture: told while the notice is in force. */
static void test_file(struct credit_kit *f, const void *data)
{
    g_autoptr(GByteArray) picture = png(3 * FILE_PART_SIZE + 17), junk = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    struct db *db = f->platform->db;
    struct file_row row;
    char id[FILE_ID_SIZE], again[FILE_ID_SIZE];
    bool found = false;

    g_byte_array_append(junk, (const guint8 *)"#!/bin/sh rm -rf everything", 26);
    g_assert_false(add(f, "a.png", junk, id));
    g_assert_false(add(f, "a\nb", picture, id));
    g_assert_true(add(f, "a.png", picture, id) && add(f, "b.png", picture, again));
    g_assert_cmpstr(id, ==, again);
    g_assert_true(db_begin(db, false, NULL) && db_file_find(db, id, &row, &found, &error) && found);
    for (int64_t from = 0; from < row.told.length; from += 9973) {
        int64_t to = MIN(from + 40000, row.told.length);
        g_autoptr(GByteArray) part = db_file_bytes(db, &row, from, to, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(part->data, part->len, picture->data + from, to - from);
    }
    db_rollback(db);
    g_assert_null(told(f, "K0001", "file", id));
    json_t *value = value_of("n1");
    json_object_set_new(value, "files", json_pack("[s]", id));
    g_assert_true(draft(f, value, "staff-1"));
    g_assert_null(told(f, "K0001", "file", id));
    g_assert_true(approve(f, "n1", "staff-2"));
    assert_told(f, "K0001", "file", id, false);
    g_assert_true(withdraw(f, "n1", "staff-2"));
    assert_told(f, "K0001", "file", id, true);
}

/* ---- A kiosk's photos ---- */

#define TICKET "01985d5e-5c00-7000-8000-000000000007"

static json_t *photo_of(const GByteArray *bytes, const char *type, const char *ticket)
{
    g_autofree char *text = g_base64_encode(bytes->data, bytes->len);
    char id[FILE_ID_SIZE];

    file_id_of(bytes->data, bytes->len, id);
    return json_pack("{s:s, s:s, s:s, s:s}", "sha256", id, "type", type, "ticket", ticket, "bytes", text);
}

static json_t *sent_by(struct credit_kit *f, const char *kiosk, json_t *body, unsigned wanted, const char *code)
{
    unsigned status;
    json_t *answer = kit_call(f->platform, "POST", "/v1/files", NULL, kiosk, body, &status);

    g_assert_cmpuint(status, ==, wanted);
    g_assert_cmpstr(json_string_value(json_object_get(answer, "code")), ==, code);
    return answer;
}

static json_t *send_photo(struct credit_kit *f, json_t *body, unsigned wanted, const char *code)
{
    return sent_by(f, "K0001", body, wanted, code);
}

/* Sealed, in parts that each know their place, and for nobody without a reason. */
static void test_photo(struct credit_kit *f, const void *data)
{
    g_autoptr(GByteArray) bytes = png(2 * FILE_PART_SIZE + 5);
    g_autoptr(GError) error = NULL;
    struct db *db = f->platform->db;
    struct file_row row;
    char id[FILE_ID_SIZE];
    bool found = false;

    file_id_of(bytes->data, bytes->len, id);
    json_t *answer = send_photo(f, photo_of(bytes, "image/png", TICKET), 200, NULL);
    g_assert_true(json_is_false(json_object_get(answer, "known")));
    json_decref(answer);
    answer = send_photo(f, photo_of(bytes, "image/png", "01985d5e-5c00-7000-8000-000000000008"), 200, NULL);
    g_assert_true(json_is_true(json_object_get(answer, "known")));
    json_decref(answer);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM file_use WHERE community=?1 AND what='ticket'"), ==, 2);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM file_part WHERE community=?1 AND bytes IS NULL"), ==, 3);
    g_assert_true(db_begin(db, true, NULL) && db_file_find(db, id, &row, &found, &error) && found && row.personal);
    GByteArray *read = db_file_bytes(db, &row, 0, row.told.length, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(read->data, read->len, bytes->data, bytes->len);
    g_byte_array_unref(read);
    /* Parts that change places do not open, and one that is missing is missed. */
    g_assert_true(db_run(db, NULL,
                         "UPDATE file_part SET sealed=(SELECT o.sealed FROM file_part o WHERE o.community=?1 AND o.file=?2 AND o.n=1)"
                         " WHERE community=?1 AND file=?2 AND n=0",
                         "s", id));
    g_assert_null(db_file_bytes(db, &row, 0, row.told.length, NULL));
    g_assert_true(db_run(db, NULL, "DELETE FROM file_part WHERE community=?1 AND file=?2 AND n=2", "s", id));
    g_assert_null(db_file_bytes(db, &row, FILE_PART_SIZE, row.told.length, NULL));
    db_rollback(db);
    g_autoptr(GByteArray) same = png(2 * FILE_PART_SIZE + 5);
    g_assert_false(add(f, "a.png", same, id)); /* what came from a resident is not given out */
}

static void test_photo_refused(struct credit_kit *f, const void *data)
{
    g_autoptr(GByteArray) bytes = png(40), large = png(PHOTO_BYTES_MAX + 1), script = g_byte_array_new();
    static const char *const MEMBERS[] = {"sha256", "type", "ticket", "bytes"};

    g_byte_array_append(script, (const guint8 *)"<script>alert(1)</script>", 25);
    for (size_t i = 0; i < G_N_ELEMENTS(MEMBERS); i++) {
        json_t *body = photo_of(bytes, "image/png", TICKET), *other = json_deep_copy(body);
        json_object_del(body, MEMBERS[i]);
        json_object_set_new(other, MEMBERS[i], json_string("?"));
        json_decref(send_photo(f, body, 400, "MALFORMED"));
        json_decref(send_photo(f, other, 400, "MALFORMED"));
    }
    json_decref(send_photo(f, photo_of(bytes, "image/jpeg", TICKET), 422, "FILE_TYPE"));
    json_decref(send_photo(f, photo_of(script, "image/png", TICKET), 422, "FILE_TYPE"));
    json_decref(send_photo(f, photo_of(large, "image/png", TICKET), 400, "MALFORMED"));
    json_t *body = photo_of(bytes, "image/png", TICKET);
    json_object_set_new(body, "sha256", json_string("0000000000000000000000000000000000000000000000000000000000000000"));
    json_decref(send_photo(f, body, 422, "FILE_DIGEST"));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM file WHERE community=?1"), ==, 0);
}

/* So many a day; what is there already may come again. */
static void test_photo_quota(struct credit_kit *f, const void *data)
{
    for (unsigned i = 0; i <= FILES_DAY_MAX; i++) {
        g_autoptr(GByteArray) bytes = png(20 + i);
        json_decref(send_photo(f, photo_of(bytes, "image/png", TICKET), i < FILES_DAY_MAX ? 200 : 429, i < FILES_DAY_MAX ? NULL : "FILES_TOO_MANY"));
    }
    g_autoptr(GByteArray) first = png(20), next = png(300);
    json_decref(send_photo(f, photo_of(first, "image/png", TICKET), 200, NULL));
    credit_kit_shift_ms += DAY;
    json_decref(send_photo(f, photo_of(next, "image/png", TICKET), 200, NULL));
}

/* One that is there already is bounded, too: each ticket that it is given to counts. */
static void test_photo_again(struct credit_kit *f, const void *data)
{
    g_autoptr(GByteArray) bytes = png(40);

    for (unsigned i = 0; i <= FILES_DAY_MAX; i++) {
        g_autofree char *ticket = g_strdup_printf("01985d5e-5c00-7000-8000-%012u", i);
        json_decref(send_photo(f, photo_of(bytes, "image/png", ticket), i < FILES_DAY_MAX ? 200 : 429, i < FILES_DAY_MAX ? NULL : "FILES_TOO_MANY"));
    }
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM file_use WHERE community=?1"), ==, FILES_DAY_MAX);
    json_decref(sent_by(f, "K0002", photo_of(bytes, "image/png", TICKET), 200, NULL));
}

/* What staff give out is not kept by a kiosk. */
static void test_photo_public(struct credit_kit *f, const void *data)
{
    g_autoptr(GByteArray) bytes = png(40);
    char id[FILE_ID_SIZE];

    g_assert_true(add(f, "a.png", bytes, id));
    json_decref(send_photo(f, photo_of(bytes, "image/png", TICKET), 422, "FILE_PUBLIC"));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM file_use WHERE community=?1"), ==, 0);
}

/* ---- Who looks at them ---- */

static char *filed(struct credit_kit *f, const char *card)
{
    json_t *event = pen_event(&f->pen, "ticket.filed",
                              json_pack("{s:s, s:b, s:s, s:s, s:s}", "service", "F01", "anonymous", 0, "description", "灯坏了", "card_token",
                                        card, "address_id", "P0001"));
    char *token = g_strdup(json_string_value(json_object_get(event, "id")));
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
    return token;
}

static bool may_read(struct credit_kit *f, const char *id, const char *by)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    GByteArray *bytes = files_read(f->platform->db, id, by, now_ms(), &error);
    if (bytes == NULL) {
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
        db_rollback(f->platform->db);
        return false;
    }
    g_assert_cmpuint(bytes->len, ==, 40);
    g_byte_array_unref(bytes);
    g_assert_true(db_commit(f->platform->db, NULL));
    return true;
}

#define SEEN "SELECT count(*) FROM access_log WHERE community=?1"
/* By who works on tickets of that kiosk, not on their own; and it is written down whose it was. */
static void test_photo_read(struct credit_kit *f, const void *data)
{
    g_autofree char *ticket = filed(f, f->adult);
    g_autoptr(GByteArray) bytes = png(40);
    char id[FILE_ID_SIZE];

    file_id_of(bytes->data, bytes->len, id);
    json_decref(sent_by(f, "K0002", photo_of(bytes, "image/png", ticket), 422, "FILE_TICKET"));
    json_decref(send_photo(f, photo_of(bytes, "image/png", ticket), 200, NULL));
    int64_t before = kit_count(f->platform, SEEN);
    kit_staff(f->platform, "cccccccccccccccccccccccccccccccc", "leader-2", 2, STAFF_LEADER);
    g_assert_false(may_read(f, id, NULL));
    g_assert_false(may_read(f, id, "leader-2"));
    scope_set(f, "staff-1", "K0002");
    g_assert_false(may_read(f, id, "staff-1"));
    scope_set(f, "staff-1", "K0001");
    g_assert_cmpint(kit_count(f->platform, SEEN), ==, before);
    g_assert_true(may_read(f, id, "staff-1"));
    g_assert_cmpint(kit_count(f->platform, SEEN), ==, before + 1);
    g_assert_cmpint(kit_count(f->platform, SEEN " AND actor='staff-1' AND kiosk='K0001' AND person=(SELECT person FROM card c JOIN ticket t ON"
                               " c.community=t.community AND c.token=t.reporter WHERE c.community=?1)"),
                    ==, 1);
    kit_staff(f->platform, "dddddddddddddddddddddddddddddddd", "own", 0, STAFF_CLERK);
    g_assert_false(may_read(f, id, "own"));
}

/* ---- How long ---- */

static int64_t gone(struct credit_kit *f, enum kept kept, int64_t before_ms)
{
    int64_t counted = -1, deleted = -1;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_kept_count(f->platform->db, kept, before_ms, &counted, NULL));
    g_assert_true(db_kept_delete(f->platform->db, kept, before_ms, 500, &deleted, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_cmpint(counted, ==, deleted);
    return deleted;
}

/* What is used stays however old it is, photos go after their time, with all their parts. */
static void test_kept(struct credit_kit *f, const void *data)
{
    g_autoptr(GByteArray) used = png(100), unused = png(2 * FILE_PART_SIZE), photo = png(FILE_PART_SIZE + 9);
    char id[FILE_ID_SIZE], other[FILE_ID_SIZE];

    g_assert_true(add(f, "a.png", used, id) && add(f, "b.png", unused, other));
    g_assert_true(db_begin(f->platform->db, true, NULL) && files_use(f->platform->db, id, "pin", id, NULL) &&
                  db_commit(f->platform->db, NULL));
    json_decref(send_photo(f, photo_of(photo, "image/png", TICKET), 200, NULL));
    g_assert_true(draft(f, value_of("n1"), "staff-1") && approve(f, "n1", "staff-2"));
    push_read(f, "n1", 1, f->adult, "");
    for (enum kept kept = KEPT_READER; kept <= KEPT_PHOTO; kept++)
        g_assert_cmpint(gone(f, kept, now_ms() - DAY), ==, 0);
    for (enum kept kept = KEPT_READER; kept <= KEPT_PHOTO; kept++) {
        g_assert_cmpint(gone(f, kept, now_ms() + DAY), ==, 1);
        g_assert_cmpint(gone(f, kept, now_ms() + DAY), ==, 0);
    }
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM file_part WHERE community=?1"), ==, 1);
    assert_told(f, "K0001", "file", id, false);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/content/notice", test_notice);
    CREDIT_KIT_ADD("/content/notice-withdrawn", test_notice_withdrawn);
    CREDIT_KIT_ADD("/content/notice-wrong", test_notice_wrong);
    CREDIT_KIT_ADD("/content/notice-place", test_notice_place);
    CREDIT_KIT_ADD("/content/notice-scope", test_notice_scope);
    CREDIT_KIT_ADD("/content/notice-read", test_notice_read);
    CREDIT_KIT_ADD("/content/own-read", test_own_read);
    CREDIT_KIT_ADD("/content/question", test_question);
    CREDIT_KIT_ADD("/content/help", test_help);
    CREDIT_KIT_ADD("/content/preference", test_preference);
    CREDIT_KIT_ADD("/content/preference-follows", test_preference_follows);
    CREDIT_KIT_ADD("/content/preference-given-follows", test_preference_given_follows);
    CREDIT_KIT_ADD("/content/help-nobody", test_help_nobody);
    CREDIT_KIT_ADD("/content/help-late", test_help_late);
    CREDIT_KIT_ADD("/content/help-hostile", test_help_hostile);
    g_test_add_func("/content/types", test_types);
    CREDIT_KIT_ADD("/content/file", test_file);
    CREDIT_KIT_ADD("/content/photo", test_photo);
    CREDIT_KIT_ADD("/content/photo-refused", test_photo_refused);
    CREDIT_KIT_ADD("/content/photo-quota", test_photo_quota);
    CREDIT_KIT_ADD("/content/photo-again", test_photo_again);
    CREDIT_KIT_ADD("/content/photo-public", test_photo_public);
    CREDIT_KIT_ADD("/content/photo-read", test_photo_read);
    CREDIT_KIT_ADD("/content/kept", test_kept);
    return g_test_run();
}
