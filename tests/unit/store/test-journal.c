/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what is in a row, that it chains, and that nobody changes it unseen. */
#include "fixture.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static GPtrArray *rows_of(struct store *store)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = store_outbox(store, 10000, SIZE_MAX, &error);

    g_assert_no_error(error);
    return rows;
}

/* ---- Rows --------------------------------------------------------------------------------------------------------- */

static void test_empty(struct fixture *fixture, const void *data)
{
    uint8_t hash[32];

    g_assert_cmpint(store_head(fixture->store, hash), ==, 0);
    g_assert_cmpmem(hash, 32, fixture->identity.chain_nonce, 32);
    assert_sound(fixture->store);
}

static void body_check(const struct store_row *row, int64_t before_ms)
{
    json_t *body = json_loads(row->body, JSON_REJECT_DUPLICATES, NULL);
    g_autofree char *again = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    struct timespec boot;

    clock_gettime(CLOCK_BOOTTIME, &boot);
    g_assert_cmpstr(row->body, ==, again);
    g_assert_cmpuint(json_object_size(body), ==, 8);
    g_assert_cmpstr(json_string_value(json_object_get(body, "id")), ==, row->id);
    g_assert_cmpstr(json_string_value(json_object_get(body, "type")), ==, "test.fact");
    g_assert_cmpstr(json_string_value(json_object_get(body, "kiosk")), ==, "K0001");
    g_assert_cmpint(json_integer_value(json_object_get(body, "seq")), ==, row->seq);
    g_assert_true(uuid_valid(json_string_value(json_object_get(body, "boot_id"))));
    g_assert_cmpint(json_integer_value(json_object_get(body, "boot_ms")), <=,
                    boot.tv_sec * 1000 + boot.tv_nsec / 1000000);
    g_assert_cmpint(json_integer_value(json_object_get(body, "at")), >=, before_ms);
    g_assert_cmpint(json_integer_value(json_object_get(body, "at")), <=, now_ms());
    g_assert_cmpint(json_integer_value(json_object_get(json_object_get(body, "data"), "n")), ==, row->seq);
    json_decref(body);
}

static void test_append(struct fixture *fixture, const void *data)
{
    int64_t before_ms = now_ms();
    uint8_t prev[32], head[32];
    char ids[20][37];

    for (int i = 0; i < 20; i++)
        fact_put(fixture->store, i + 1, ids[i]);
    g_autoptr(GPtrArray) rows = rows_of(fixture->store);
    g_assert_cmpuint(rows->len, ==, 20);
    memcpy(prev, fixture->identity.chain_nonce, 32);
    for (guint i = 0; i < rows->len; i++) {
        const struct store_row *row = g_ptr_array_index(rows, i);
        uint8_t hash[32];
        g_assert_cmpint(row->seq, ==, i + 1);
        g_assert_cmpstr(row->id, ==, ids[i]);
        g_assert_cmpmem(row->prev, 32, prev, 32);
        chain_hash(prev, 1, row->seq, row->id, row->body, strlen(row->body), hash);
        g_assert_cmpmem(row->hash, 32, hash, 32);
        body_check(row, before_ms);
        memcpy(prev, hash, 32);
    }
    g_assert_cmpint(store_head(fixture->store, head), ==, 20);
    g_assert_cmpmem(head, 32, prev, 32);
    assert_sound(fixture->store);
}

static void test_refused(struct fixture *fixture, const void *data)
{
    static const char *const TYPES[] = {
        "",           "Test.fact",    "test fact",
        "test\"fact", "payment.paid", "a234567890123456789012345678901234567890123456789"};
    g_autofree char *long_text = g_strnfill(48 * 1024, 'x');
    json_t *good = json_pack("{s:i}", "n", 1), *large = json_pack("{s:s}", "text", long_text),
           *array = json_array();
    GError *error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++) {
        g_assert_false(store_append(fixture->store, TYPES[i], good, NULL, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
        g_clear_error(&error);
    }
    json_t *not_objects[] = {large, array, NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(not_objects); i++) {
        g_assert_false(store_append(fixture->store, "test.fact", not_objects[i], NULL, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
        g_clear_error(&error);
    }
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 0);
    json_decref(good);
    json_decref(large);
    json_decref(array);
}

static void test_reopen(struct fixture *fixture, const void *data)
{
    uint8_t before[32], after[32];

    for (int i = 0; i < 5; i++)
        fact_put(fixture->store, i, NULL);
    int64_t seq = store_head(fixture->store, before);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(store_head(fixture->store, after), ==, seq);
    g_assert_cmpmem(before, 32, after, 32);
    fact_put(fixture->store, 5, NULL);
    assert_sound(fixture->store);
}

/* ---- Opening ------------------------------------------------------------------------------------------------------ */

static void refuse_open(const char *path, const struct store_identity *identity, enum store_error code)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(store_open(path, identity, &error));
    g_assert_error(error, STORE_ERROR, (int)code);
}

/* WAL is a property of the file; the others are seen by what they forbid. */
static void test_settings(struct fixture *fixture, const void *data)
{
    struct stat info;

    fact_put(fixture->store, 1, NULL);
    g_assert_cmpint(g_stat(fixture->path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    fixture_close(fixture);
    g_assert_cmpint(
        raw_int(fixture->path, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), ==, 1);
    g_assert_cmpint(
        raw_int(fixture->path,
                "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'"
                " AND sql NOT LIKE '%STRICT%'"),
        ==, 0);
    g_assert_cmpint(
        raw_int(fixture->path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"), ==,
        1);
}

static void test_one_owner(struct fixture *fixture, const void *data)
{
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_OPEN);
    fact_put(fixture->store, 1, NULL);
}

static void test_identity(struct fixture *fixture, const void *data)
{
    struct store_identity other = fixture->identity;

    fixture_close(fixture);
    g_strlcpy(fixture->identity.kiosk_id, "K0002", sizeof fixture->identity.kiosk_id);
    fixture_open(fixture); /* empty: it may be enrolled anew */
    fact_put(fixture->store, 1, NULL);
    fixture_close(fixture);
    refuse_open(fixture->path, &other, STORE_ERROR_FOREIGN);
    other = fixture->identity;
    other.chain_nonce[0] ^= 1; /* this epoch, of another platform */
    refuse_open(fixture->path, &other, STORE_ERROR_FOREIGN);
    g_strlcpy(other.kiosk_id, "K\"1", sizeof other.kiosk_id);
    refuse_open(fixture->path, &other, STORE_ERROR_OPEN);
    fixture_open(fixture);
}

static void test_foreign_files(struct fixture *fixture, const void *data)
{
    g_autofree char *folder = g_build_filename(fixture->dir, "no", "such", "folder", NULL);

    fixture_close(fixture);
    raw_sql(fixture->path, "PRAGMA user_version=99");
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_OPEN);
    raw_sql(fixture->path, "PRAGMA user_version=1; PRAGMA application_id=1");
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_FOREIGN);
    refuse_open(folder, &fixture->identity, STORE_ERROR_OPEN);
    g_assert_true(g_file_set_contents(fixture->path,
                                      "this is a letter, not a database, and long enough to be read as one"
                                      " if somebody were careless about it: it has no header at all.",
                                      -1, NULL));
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_CORRUPT);
}

/* ---- Tampering ---------------------------------------------------------------------------------------------------- */

static void test_sql_refuses(struct fixture *fixture, const void *data)
{
    static const char *const SCRIPTS[] = {
        "UPDATE journal SET body='x' WHERE seq=1",
        "DELETE FROM journal WHERE seq=3",
        "UPDATE epoch SET first_seq=3",
        "DELETE FROM epoch",
        "INSERT INTO journal SELECT 5,epoch,'x',type,at_ms,body,prev,hash FROM journal WHERE seq=1",
        "INSERT INTO journal SELECT 1,epoch,'x',type,at_ms,body,prev,hash FROM journal WHERE seq=1",
        "INSERT OR REPLACE INTO journal SELECT 2,epoch,id,type,at_ms,body,prev,hash FROM journal WHERE seq=1",
    };
    sqlite3 *db = NULL;

    for (int i = 0; i < 3; i++)
        fact_put(fixture->store, i, NULL);
    fixture_close(fixture);
    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(SCRIPTS); i++)
        g_assert_cmpint(sqlite3_exec(db, SCRIPTS[i], NULL, NULL, NULL), ==, SQLITE_CONSTRAINT);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    fixture_open(fixture);
    assert_sound(fixture->store);
}

/* One byte of one column of one row, changed with SQL that knows how to get past the triggers. */
static void flip(sqlite3 *db, int64_t seq, const char *column, int at, int mask, bool text)
{
    sqlite3_stmt *get = NULL, *set = NULL;
    g_autofree char *select = g_strdup_printf("SELECT CAST(%s AS BLOB) FROM journal WHERE seq=?1", column);
    g_autofree char *update = g_strdup_printf(text ? "UPDATE journal SET %s=CAST(?2 AS TEXT) WHERE seq=?1"
                                                   : "UPDATE journal SET %s=?2 WHERE seq=?1",
                                              column);

    g_assert_cmpint(sqlite3_prepare_v2(db, select, -1, &get, NULL), ==, SQLITE_OK);
    sqlite3_bind_int64(get, 1, seq);
    g_assert_cmpint(sqlite3_step(get), ==, SQLITE_ROW);
    int len = sqlite3_column_bytes(get, 0);
    g_autofree uint8_t *bytes = g_memdup2(sqlite3_column_blob(get, 0), (gsize)len);
    sqlite3_finalize(get);
    bytes[at % len] ^= (uint8_t)mask;
    g_assert_cmpint(sqlite3_prepare_v2(db, update, -1, &set, NULL), ==, SQLITE_OK);
    sqlite3_bind_int64(set, 1, seq);
    sqlite3_bind_blob(set, 2, bytes, len, SQLITE_TRANSIENT);
    g_assert_cmpint(sqlite3_step(set), ==, SQLITE_DONE);
    sqlite3_finalize(set);
}

static sqlite3 *tamper_open(const char *path)
{
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_busy_timeout(db, 2000), ==, SQLITE_OK);
    g_assert_cmpint(
        sqlite3_exec(db, "DROP TRIGGER IF EXISTS journal_no_update; DROP TRIGGER IF EXISTS journal_no_delete",
                     NULL, NULL, NULL),
        ==, SQLITE_OK);
    return db;
}

static void assert_broken(struct store *store, int64_t seq)
{
    GError *error = NULL;
    g_autofree char *row = g_strdup_printf("row %" G_GINT64_FORMAT, seq);

    g_assert_false(store_verify_chain(store, 0, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
    g_assert_nonnull(strstr(error->message, row));
    g_clear_error(&error);
}

/* Every byte of every column of a row, while the store is open: seen each time, and whole again when turned back. */
static void test_flip_every_byte(struct fixture *fixture, const void *data)
{
    static const struct {
        const char *name;
        bool text;
        int len;
    } COLUMNS[] = {
        {"id", true, 36}, {"type", true, 9}, {"body", true, 0}, {"prev", false, 32}, {"hash", false, 32}};
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 4; i++)
        fact_put(fixture->store, i, NULL);
    g_autoptr(GPtrArray) rows = rows_of(fixture->store);
    int body_len = (int)strlen(((struct store_row *)rows->pdata[1])->body);
    sqlite3 *db = tamper_open(fixture->path);
    for (size_t c = 0; c < G_N_ELEMENTS(COLUMNS); c++)
        for (int at = 0, len = COLUMNS[c].len != 0 ? COLUMNS[c].len : body_len; at < len; at++) {
            int mask = 1 << (at % 8);
            flip(db, 2, COLUMNS[c].name, at, mask, COLUMNS[c].text);
            assert_broken(fixture->store, 2);
            flip(db, 2, COLUMNS[c].name, at, mask, COLUMNS[c].text);
        }
    g_assert_cmpint(sqlite3_exec(db, "UPDATE journal SET at_ms=at_ms+1 WHERE seq=3", NULL, NULL, NULL), ==,
                    SQLITE_OK);
    assert_broken(fixture->store, 3);
    g_assert_cmpint(sqlite3_exec(db, "UPDATE journal SET at_ms=at_ms-1 WHERE seq=3", NULL, NULL, NULL), ==,
                    SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    g_assert_true(store_verify_chain(fixture->store, 0, &error));
    g_assert_true(store_verify_chain(fixture->store, 2, &error));
}

static void test_last_rows_only(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 10; i++)
        fact_put(fixture->store, i, NULL);
    sqlite3 *db = tamper_open(fixture->path);
    flip(db, 3, "body", 0, 1, true);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    assert_broken(fixture->store, 3);
    g_assert_true(store_verify_chain(fixture->store, 5, &error));
    g_assert_no_error(error);
}

/* A flip in the file itself: SQLite's pages have no checksums, the chain is what finds it. */
static void test_flip_in_file(struct fixture *fixture, const void *data)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;

    for (int i = 0; i < 3; i++)
        fact_put(fixture->store, i, NULL);
    fixture_close(fixture);
    g_assert_true(g_file_get_contents(fixture->path, &bytes, &len, NULL));
    char *at = memmem(bytes, len, "with \\\"quotes", 13);
    g_assert_nonnull(at);
    at[0] ^= 0x20;
    g_assert_true(g_file_set_contents(fixture->path, bytes, (gssize)len, NULL));
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_CHAIN);
}

static void test_row_taken_out(struct fixture *fixture, const void *data)
{
    for (int i = 0; i < 5; i++)
        fact_put(fixture->store, i, NULL);
    sqlite3 *db = tamper_open(fixture->path);
    g_assert_cmpint(sqlite3_exec(db, "DELETE FROM journal WHERE seq=3", NULL, NULL, NULL), ==, SQLITE_OK);
    assert_broken(fixture->store, 3);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    fixture_close(fixture);
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_CHAIN);
}

/* The tail cut off under a running kiosk: seen, and nothing is appended over the hole. */
static void test_tail_cut_live(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *fact = json_pack("{s:i}", "n", 1);

    for (int i = 0; i < 5; i++)
        fact_put(fixture->store, i, NULL);
    sqlite3 *db = tamper_open(fixture->path);
    g_assert_cmpint(sqlite3_exec(db, "DELETE FROM journal WHERE seq=5", NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    assert_broken(fixture->store, 4);
    g_assert_false(store_append(fixture->store, "test.fact", fact, NULL, &error));
    json_decref(fact);
}

/* Cut off while the kiosk was down: acknowledged rows and rows that projections speak of are missed. */
static void test_tail_cut(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment payment;

    fact_put(fixture->store, 1, NULL);
    payment_make(&payment, CARD, NULL, 100);
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    fixture_close(fixture);
    sqlite3_close(tamper_open(fixture->path));
    raw_sql(fixture->path, "DELETE FROM journal WHERE seq=2");
    fixture_open(fixture); /* the sidecar still has it */
    assert_sound(fixture->store);
    fixture_close(fixture);
    sqlite3_close(tamper_open(fixture->path));
    raw_sql(fixture->path, "DELETE FROM journal WHERE seq=2");
    fixture_tail_remove(fixture);
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_CHAIN);
    raw_sql(fixture->path, "DELETE FROM payment; DELETE FROM card");
    fixture_open(fixture);
    struct store_verdict_row verdict = {.seq = 1, .verdict = STORE_ACCEPTED};
    g_assert_true(store_outbox_verdicts(fixture->store, &verdict, 1, &error));
    fixture_close(fixture);
    raw_sql(fixture->path, "DELETE FROM journal WHERE seq=1");
    fixture_tail_remove(fixture);
    refuse_open(fixture->path, &fixture->identity, STORE_ERROR_CHAIN);
}

/* ---- Time --------------------------------------------------------------------------------------------------------- */

static void test_time(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    int64_t future_ms = now_ms() + 3600000;

    g_assert_cmpint(store_time_high(fixture->store), ==, 0);
    fact_put(fixture->store, 1, NULL);
    int64_t high_ms = store_time_high(fixture->store);
    g_assert_cmpint(high_ms, >, now_ms() - 60000);
    g_assert_true(store_time_raise(fixture->store, high_ms - 5000, &error));
    g_assert_cmpint(store_time_high(fixture->store), ==, high_ms);
    g_assert_true(store_time_raise(fixture->store, future_ms, &error));
    fact_put(fixture->store, 2, NULL); /* a clock that went back: its time is not the highest */
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(store_time_high(fixture->store), ==, future_ms);
    g_assert_true(store_time_correct(fixture->store, high_ms, &error));
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(store_time_high(fixture->store), <, future_ms);
    g_assert_cmpint(store_time_high(fixture->store), >=, high_ms);
    g_assert_no_error(error);
}

/* A row as a kiosk with a fast clock would have written it, put there while the store is closed. */
static void row_of_tomorrow(struct fixture *fixture, int64_t at_ms)
{
    char id[37];
    uint8_t hash[32];
    g_autoptr(GString) hex = g_string_new(NULL);

    uuid7(at_ms, id);
    g_autofree char *body =
        g_strdup_printf("{\"at\":%" G_GINT64_FORMAT ",\"boot_id\":\"x\",\"boot_ms\":1,\"data\":{},"
                        "\"id\":\"%s\",\"kiosk\":\"K0001\",\"seq\":1,\"type\":\"test.fact\"}",
                        at_ms, id);
    chain_hash(fixture->identity.chain_nonce, 1, 1, id, body, strlen(body), hash);
    for (size_t i = 0; i < sizeof hash; i++)
        g_string_append_printf(hex, "%02x", hash[i]);
    g_autofree char *insert =
        g_strdup_printf("INSERT INTO journal VALUES(1,1,'%s','test.fact',%" G_GINT64_FORMAT ",'%s',"
                        "x'c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3',x'%s')",
                        id, at_ms, body, hex->str);
    raw_sql(fixture->path, insert);
}

/* The highest time survives in the last row; when a row with an older time comes behind it, it is written down with that. */
static void test_clock_went_back(struct fixture *fixture, const void *data)
{
    int64_t tomorrow_ms = now_ms() + 86400000;

    fixture_close(fixture);
    row_of_tomorrow(fixture, tomorrow_ms);
    fixture_open(fixture);
    g_assert_cmpint(store_time_high(fixture->store), ==, tomorrow_ms);
    fact_put(fixture->store, 2, NULL);
    g_assert_cmpint(raw_int(fixture->path, "SELECT value FROM meta WHERE key='time_high_ms'"), ==,
                    tomorrow_ms);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(store_time_high(fixture->store), ==, tomorrow_ms);
    assert_sound(fixture->store);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/journal/empty", test_empty);
    FIXTURE_ADD("/store/journal/append", test_append);
    FIXTURE_ADD("/store/journal/refused", test_refused);
    FIXTURE_ADD("/store/journal/reopen", test_reopen);
    FIXTURE_ADD("/store/open/settings", test_settings);
    FIXTURE_ADD("/store/open/one-owner", test_one_owner);
    FIXTURE_ADD("/store/open/identity", test_identity);
    FIXTURE_ADD("/store/open/foreign-files", test_foreign_files);
    FIXTURE_ADD("/store/chain/sql-refuses", test_sql_refuses);
    FIXTURE_ADD("/store/chain/flip-every-byte", test_flip_every_byte);
    FIXTURE_ADD("/store/chain/last-rows-only", test_last_rows_only);
    FIXTURE_ADD("/store/chain/flip-in-file", test_flip_in_file);
    FIXTURE_ADD("/store/chain/row-taken-out", test_row_taken_out);
    FIXTURE_ADD("/store/chain/tail-cut-live", test_tail_cut_live);
    FIXTURE_ADD("/store/chain/tail-cut", test_tail_cut);
    FIXTURE_ADD("/store/time/high", test_time);
    FIXTURE_ADD("/store/time/clock-went-back", test_clock_went_back);
    return g_test_run();
}
