/* SPDX-License-Identifier: Apache-2.0 */
/* The hotlist at the platform's end: versions, deltas, files and the two calls that give them away. */
#include "kit.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/calls/handlers.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "schema.h"
#include "store/file.h"
#include "sync/hotlist.h"
#include "sync/wire.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

struct fixture {
    char *dir;
    struct platform *platform;
    struct pen pen;
};

static void up(struct fixture *f, const void *data)
{
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
}

static void down(struct fixture *f, const void *data)
{
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

static uint64_t mark_of(struct fixture *f, const char *card)
{
    char token[33];
    uint64_t mark;

    card_token(f->platform->index_key, card, token);
    g_assert_true(hotlist_mark_of_token(token, &mark));
    return mark;
}

static void assert_payload(json_t *envelope, const char *schema)
{
    json_t *payload = json_loads(json_string_value(json_object_get(envelope, "payload")), JSON_REJECT_DUPLICATES, NULL);
    g_autofree char *why = schema_fault(schema, payload);

    g_assert_cmpstr(why, ==, NULL);
    json_decref(payload);
}

/* The one delta from this version; hotlist_delta_clear() it. */
static void one_delta(struct fixture *f, int64_t since, struct hotlist_delta_read *out)
{
    g_autoptr(GError) error = NULL;
    json_t *answer = kit_hotlist(f->platform, since), *deltas = json_object_get(answer, "deltas");

    g_assert_true(json_is_null(json_object_get(answer, "manifest")));
    g_assert_cmpuint(json_array_size(deltas), ==, 1);
    assert_payload(json_array_get(deltas, 0), "HotlistDelta");
    g_assert_true(hotlist_delta_open(f->platform->sign_public, json_array_get(deltas, 0), out, &error));
    g_assert_no_error(error);
    json_decref(answer);
}

static void manifest_of(struct fixture *f, int64_t since, struct hotlist_manifest *out)
{
    g_autoptr(GError) error = NULL;
    json_t *answer = kit_hotlist(f->platform, since), *envelope = json_object_get(answer, "manifest");

    g_assert_cmpuint(json_array_size(json_object_get(answer, "deltas")), ==, 0);
    assert_payload(envelope, "HotlistFile");
    g_assert_true(hotlist_manifest_open(f->platform->sign_public, envelope, out, &error));
    g_assert_no_error(error);
    json_decref(answer);
}

/* ---- Versions ---- */

static void test_deltas(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(0);
    struct hotlist_delta_read lost, found;
    struct hotlist_manifest first;
    uint8_t digest[32];
    int64_t version;

    manifest_of(f, 0, &first);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, &error));
    g_assert_cmpint(version, ==, 2);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, &error)); /* once more changes nothing */
    g_assert_cmpint(version, ==, 2);
    one_delta(f, 1, &lost);
    g_assert_cmpint(lost.delta.from, ==, 1);
    g_assert_cmpint(lost.delta.to, ==, 2);
    g_assert_cmpint(lost.delta.count, ==, first.head.count + 1);
    g_assert_cmpuint(lost.delta.add_count, ==, 1);
    g_assert_cmpuint(lost.delta.adds[0].mark, ==, mark_of(f, card));
    memcpy(digest, first.head.digest, 32);
    hotlist_digest_add(digest, lost.delta.adds[0].mark, lost.delta.adds[0].reason);
    g_assert_cmpmem(digest, 32, lost.delta.digest, 32);
    g_assert_true(kit_card_told(f->platform, card, false, now_ms(), &version, &error));
    g_assert_cmpint(version, ==, 3);
    one_delta(f, 2, &found);
    g_assert_cmpuint(found.delta.remove_count, ==, 1);
    g_assert_cmpuint(found.delta.removes[0], ==, mark_of(f, card));
    g_assert_cmpmem(found.delta.digest, 32, first.head.digest, 32);
    hotlist_delta_clear(&lost);
    hotlist_delta_clear(&found);
    json_t *both = kit_hotlist(f->platform, 1), *none = kit_hotlist(f->platform, 3);
    g_assert_cmpuint(json_array_size(json_object_get(both, "deltas")), ==, 2);
    g_assert_cmpuint(json_array_size(json_object_get(none, "deltas")), ==, 0);
    json_decref(both);
    json_decref(none);
    g_assert_false(hotlist_card_lost(f->platform, "3109901999999999999", now_ms(), &version, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
}

/* ---- Import ---- */

static char *lines_file(struct fixture *f, const char *text)
{
    char *path = g_build_filename(f->dir, "lines", NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void test_import(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(0), *other = kit_card(1);
    g_autofree char *text = g_strdup_printf("# card, reason\n%s stolen\n\n00112233445566778899aabbccddeeff\texpired\n%s,lost\n"
                                            "-%s\n", card + 3, other, other);
    g_autofree char *path = lines_file(f, text);
    struct hotlist_delta_read delta;
    int64_t version, lines;

    g_assert_true(hotlist_import(f->platform, path, now_ms(), &version, &lines, &error));
    g_assert_no_error(error);
    g_assert_cmpint(lines, ==, 4);
    g_assert_cmpint(version, ==, 2);
    one_delta(f, 1, &delta); /* the last line about a card counts: `other` was not there, and is not now */
    g_assert_cmpuint(delta.delta.add_count, ==, 2);
    g_assert_cmpuint(delta.delta.remove_count, ==, 0);
    g_assert_cmpuint(delta.delta.adds[0].reason, ==, HOTLIST_STOLEN);
    g_assert_cmpuint(delta.delta.adds[0].mark, ==, mark_of(f, card));
    g_assert_cmpuint(delta.delta.adds[1].mark, ==, 0x0011223344556677);
    hotlist_delta_clear(&delta);
}

static void test_import_wrong(struct fixture *f, const void *data)
{
    static const char *const WRONG[] = {"123 lost\n", "00112233445566778899aabbccddeeff weather\n",
                                        "00112233445566778899aabbccddeeff lost twice\n",
                                        "00112233445566778899AABBCCDDEEFF\n", "-\n", "9901000000001o25\n"};
    int64_t version, lines;

    for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strconcat("9901000000001025\n", WRONG[i], NULL), *path = lines_file(f, text);

        g_assert_false(hotlist_import(f->platform, path, now_ms(), &version, &lines, &error));
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
        g_assert_nonnull(strstr(error->message, "line 2 "));
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(hotlist_import(f->platform, "/nowhere", now_ms(), &version, &lines, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE);
    json_t *none = kit_hotlist(f->platform, 1); /* all or nothing */
    g_assert_cmpint(json_integer_value(json_object_get(none, "hotlist_version")), ==, 1);
    json_decref(none);
}

/* More at once than a delta takes: a file, which holds them all. */
static void test_import_many(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    struct hotlist_manifest manifest;
    struct hotfile *file;
    int64_t version, lines;

    for (int i = 0; i < HOTLIST_DELTA_MAX + 1; i++)
        g_string_append_printf(text, "99020000000%05d\n", i);
    g_autofree char *path = lines_file(f, text->str);
    g_assert_true(hotlist_import(f->platform, path, now_ms(), &version, &lines, &error));
    g_assert_cmpint(version, ==, 2);
    struct request request = {.method = "GET", .path = "/v1/hotlist", .since = "1", .kiosk = "K0001", .certificate = KIT_SERIAL};
    struct reply reply = {0};
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*not built yet*");
    handlers_run(f->platform, &request, &reply);
    g_test_assert_expected_messages();
    g_assert_cmpuint(reply.status, ==, 503); /* known, not built yet */
    reply_clear(&reply);
    g_assert_true(hotlist_tend(f->platform, now_ms(), &error));
    g_assert_no_error(error);
    manifest_of(f, 1, &manifest);
    g_assert_cmpint(manifest.head.version, ==, 2);
    g_autofree char *built = hotlist_path(f->platform, 2);
    file = hotfile_open(built, &error);
    g_assert_no_error(error);
    g_assert_true(hotfile_verify(file, &error));
    g_assert_no_error(error);
    for (int i = 0; i < HOTLIST_DELTA_MAX + 1; i += 997) {
        g_autofree char *card = g_strdup_printf("31099020000000%05d", i);
        enum hotlist_reason reason;
        g_assert_cmpint(hotfile_find(file, mark_of(f, card), &reason, &error), ==, HOTLIST_LISTED);
    }
    hotfile_unref(file);
}

/* ---- Files ---- */

/* Deltas are kept for sixty days, files until two newer ones are there. */
static void test_forget(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(0), *first = hotlist_path(f->platform, 1);
    int64_t start_ms = now_ms(), day_ms = INT64_C(86400000), version = 0;
    struct hotlist_manifest manifest;

    for (int i = 0; i < 450; i++) {
        g_assert_true(kit_card_told(f->platform, card, i % 2 == 0, start_ms + i * day_ms / 4, &version, &error));
        g_assert_true(hotlist_tend(f->platform, start_ms + i * day_ms / 4, &error));
        g_assert_no_error(error);
    }
    g_assert_cmpint(version, ==, 451);
    g_assert_false(g_file_test(first, G_FILE_TEST_EXISTS));
    manifest_of(f, 2, &manifest); /* that long ago */
    g_assert_cmpint(manifest.head.version, ==, 403);
    json_t *recent = kit_hotlist(f->platform, 451 - 4 * 59); /* 59 days ago */
    g_assert_cmpuint(json_array_size(json_object_get(recent, "deltas")), ==, 200); /* at most so many at once */
    json_decref(recent);
    /* A file that somebody took away is built anew. */
    g_autofree char *built = hotlist_path(f->platform, 403), *newest = hotlist_path(f->platform, 451);
    g_assert_cmpint(g_unlink(built), ==, 0);
    g_assert_true(hotlist_tend(f->platform, start_ms, &error));
    g_assert_true(g_file_test(newest, G_FILE_TEST_EXISTS));
}

struct part {
    const char *range, *if_range;
    unsigned status;
    int64_t from, to;
};

static void test_file(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_manifest manifest;
    char hash[65];
    size_t len = 0;

    manifest_of(f, 0, &manifest);
    g_autofree char *path = hotlist_path(f->platform, 1), *bytes = file_read(path, 100000, &len, &error);
    g_autofree char *etag = g_strdup_printf("\"%s\"", wire_hex(manifest.sha256, 32, hash));
    int64_t end = (int64_t)len - 1;
    const struct part parts[] = {
        {NULL, NULL, 200, 0, end},          {"bytes=0-", NULL, 206, 0, end},
        {"bytes=100-", NULL, 206, 100, end}, {"bytes=100-120", NULL, 206, 100, 120},
        {"bytes=100-", etag, 206, 100, end}, {"bytes=100-", "\"other\"", 200, 0, end},
        {"bytes=5-3", NULL, 200, 0, end},    {"bytes=-5", NULL, 200, 0, end},
        {"bytes=1-2,4-5", NULL, 200, 0, end}, {"lines=1-", NULL, 200, 0, end},
        {"bytes=100-999999", NULL, 206, 100, end}, {"bytes=100000-", NULL, 416, 0, 0},
        {"bytes=100000-", "\"other\"", 200, 0, end},
    };

    g_assert_cmpint(manifest.length, ==, (int64_t)len);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        struct request request = {.method = "GET", .path = "/v1/hotlist/1", .kiosk = "K0001", .certificate = KIT_SERIAL,
                                  .range = parts[i].range, .if_range = parts[i].if_range};
        struct reply reply = {0};

        handlers_run(f->platform, &request, &reply);
        g_assert_cmpuint(reply.status, ==, parts[i].status);
        if (reply.status == 416) {
            schema_check_exchange("GET", request.path, NULL, 416, reply.body, reply.body_len);
            g_autofree char *says = g_strdup_printf("bytes */%zu", len);
            g_assert_cmpstr(reply.content_range, ==, says);
        } else {
            g_autofree char *says = g_strdup_printf("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%zu", parts[i].from,
                                                    parts[i].to, len);
            g_assert_cmpstr(reply.etag, ==, etag);
            g_assert_cmpstr(reply.content_range, ==, reply.status == 206 ? says : "");
            g_assert_true(reply_read_file(&reply));
            g_assert_cmpmem(reply.body, reply.body_len, bytes + parts[i].from, (size_t)(parts[i].to - parts[i].from + 1));
        }
        reply_clear(&reply);
    }
}

static void assert_status(struct fixture *f, const char *path, const char *since, const char *kiosk, unsigned status)
{
    struct request request = {.method = "GET", .path = path, .since = since, .kiosk = kiosk, .certificate = KIT_SERIAL};
    struct reply reply = {0};

    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, status);
    schema_check_exchange("GET", path, NULL, status, reply.body, reply.body_len);
    reply_clear(&reply);
}

static void test_refused(struct fixture *f, const void *data)
{
    assert_status(f, "/v1/hotlist", NULL, "K0001", 400);
    assert_status(f, "/v1/hotlist", "-1", "K0001", 400);
    assert_status(f, "/v1/hotlist", "1x", "K0001", 400);
    assert_status(f, "/v1/hotlist", "2", "K0001", 410); /* of a database that is gone */
    assert_status(f, "/v1/hotlist", "0", NULL, 403);
    assert_status(f, "/v1/hotlist/1", NULL, NULL, 403);
    assert_status(f, "/v1/hotlist/2", NULL, "K0001", 404);
    assert_status(f, "/v1/hotlist/x", NULL, "K0001", 404);
    assert_status(f, "/v1/hotlist/-1", NULL, "K0001", 404);
    g_autofree char *path = hotlist_path(f->platform, 1);
    g_assert_cmpint(g_unlink(path), ==, 0);
    assert_status(f, "/v1/hotlist/1", NULL, "K0001", 404);
}

/* ---- A database of before ---- */

static void test_migrate(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(f->dir, "platform.db", NULL), *wal = g_strconcat(path, "-wal", NULL),
                    *text = NULL;
    struct hotlist_manifest manifest;
    sqlite3 *sql;

    if (!kit_on_file()) {
        g_test_skip("a server has no older databases");
        return;
    }
    platform_close(f->platform);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_true(g_unlink(wal) == 0 || true);
    g_assert_cmpint(sqlite3_open(path, &sql), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(sql, db_migrations[0], NULL, NULL, NULL), ==, SQLITE_OK);
    text = g_strdup_printf("PRAGMA user_version=1; INSERT INTO hotlist VALUES('%s',7,1795276800000,'{}','s','k');"
                           "INSERT INTO hotlist_entry VALUES('%s','00112233445566778899aabbccddeeff','suspended',5);"
                           "INSERT INTO hotlist_entry VALUES('%s','ffeeddccbbaa99887766554433221100','of old',6)",
                           "990102002001", "990102002001", "990102002001");
    g_assert_cmpint(sqlite3_exec(sql, text, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(sql), ==, SQLITE_OK);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
    g_assert_true(hotlist_tend(f->platform, now_ms(), &error));
    g_assert_no_error(error);
    g_assert_true(db_begin(f->platform->db, true, &error));
    g_assert_true(db_kiosk_add(f->platform->db, "K0001", "a", "b", &error));
    g_assert_true(db_commit(f->platform->db, &error));
    kit_enrol(f->platform, "K0001", &f->pen);
    manifest_of(f, 0, &manifest);
    g_assert_cmpint(manifest.head.version, ==, 8); /* never back */
    g_assert_cmpint(manifest.head.count, ==, 2);
    struct hotlist_listed listed;
    g_assert_true(db_begin(f->platform->db, false, &error));
    g_assert_true(db_hotlist_entry_find(f->platform->db, 0x0011223344556677, &listed, &error));
    g_assert_cmpint(listed.reason, ==, HOTLIST_SUSPENDED);
    g_assert_true(db_hotlist_entry_find(f->platform->db, 0xffeeddccbbaa9988, &listed, &error));
    g_assert_cmpint(listed.reason, ==, HOTLIST_OTHER);
    db_rollback(f->platform->db);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/platform/hotlist/" #name, struct fixture, NULL, up, test_##name, down)
    ADD(deltas);
    ADD(import);
    ADD(import_wrong);
    ADD(import_many);
    ADD(forget);
    ADD(file);
    ADD(refused);
    ADD(migrate);
    return g_test_run();
}
