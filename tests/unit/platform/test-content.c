/* SPDX-License-Identifier: Apache-2.0 */
/* Notices from draft to tombstone, and the files that belong to them. */
#include "credit-kit.h"
#include "kit.h"
#include "platform/content/content.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

static json_t *value_of(const char *id)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b}", "id", id, "kind", "water", "title_zh", "停水", "title_en", "No water",
                     "body_zh", "明日停水。\n请储水。", "body_en", "No water tomorrow.", "from", KIT_TODAY, "to", KIT_TODAY + 1, "urgent", true);
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
    g_autofree char *cursor = g_strdup("");
    json_t *found = NULL;

    for (bool more = true; more;) {
        unsigned status;
        json_t *answer = kit_call(f->platform, "GET", "/v1/feed", cursor, kiosk, NULL, &status), *item;
        size_t i;
        g_assert_cmpuint(status, ==, 200);
        json_array_foreach(json_object_get(answer, "items"), i, item)
        {
            if (g_strcmp0(json_string_value(json_object_get(item, "topic")), topic) == 0 &&
                g_strcmp0(json_string_value(json_object_get(item, "key")), key) == 0)
                found = json_incref(item);
        }
        more = json_is_true(json_object_get(answer, "more"));
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(answer, "cursor")));
        json_decref(answer);
    }
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

static int64_t count(struct credit_kit *f, const char *sql)
{
    int64_t out = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, -1, &out, sql, ""));
    db_rollback(f->platform->db);
    return out;
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
    g_assert_cmpint(count(f, "SELECT n FROM notice_count WHERE community=?1 AND notice='n1'"), ==, 6);
    g_assert_cmpint(count(f, "SELECT count(*) FROM notice_read WHERE community=?1"), ==, 1);
    g_assert_true(withdraw(f, "n1", "staff-1"));
    push_read(f, "n1", 1, f->elder, ""); /* recorded before the news came */
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/content/notice", test_notice);
    CREDIT_KIT_ADD("/content/notice-withdrawn", test_notice_withdrawn);
    CREDIT_KIT_ADD("/content/notice-wrong", test_notice_wrong);
    CREDIT_KIT_ADD("/content/notice-place", test_notice_place);
    CREDIT_KIT_ADD("/content/notice-read", test_notice_read);
    g_test_add_func("/content/types", test_types);
    CREDIT_KIT_ADD("/content/file", test_file);
    return g_test_run();
}
