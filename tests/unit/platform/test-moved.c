/* SPDX-License-Identifier: Apache-2.0 */
/* Much at once: rows that go together, and a community that goes from a file to a server. */
#include "kit.h"
#include "platform/data/db-engine.h"
#include "platform/data/db-move.h"
#include "platform/sample/community.h"
#include "platform/sample/init.h"
#include <string.h>

static int64_t number(struct db *db, const char *sql)
{
    int64_t value = -1;
    GError *error = NULL;

    g_assert_true(db_int(db, &error, -1, &value, sql, ""));
    g_assert_no_error(error);
    return value;
}

/* ---- Rows that go together ---- */

static bool add_account(struct db *db, const char *code, const char *kind, GError **error)
{
    return db_add_row(db, error, "INSERT INTO meta(community, key, value) VALUES(?1,?2,?3)", "ss", code, kind);
}

/* Rows that go together: in order with what stands between them, whatever is in them, and one that is refused takes all with it. */
static void assert_rows(struct db *db)
{
    static const char ODD[] = "a\tb\nc\rd\\Ne\\.";
    g_autoptr(GError) error = NULL;
    g_autofree char *kept = NULL;

    g_assert_true(db_begin(db, true, NULL) && add_account(db, "r1", ODD, &error) && add_account(db, "r2", "\\N", &error));
    g_assert_true(db_run(db, &error, "UPDATE meta SET value='r' WHERE community=?1 AND key='r2'", "") && add_account(db, "r3", "r", &error));
    g_assert_true(db_text(db, &error, &kept, "SELECT value FROM meta WHERE community=?1 AND key='r1'", ""));
    g_assert_cmpstr(kept, ==, ODD);
    g_assert_true(db_commit(db, &error) && db_begin(db, true, NULL));
    for (int i = 0; i < 6000; i++) { /* more than goes at once */
        g_autofree char *key = g_strdup_printf("row-%d", i);
        g_assert_true(add_account(db, key, "sixty characters and more, so that they do not all go at once", &error));
    }
    g_assert_true(db_settle(db, &error) && db_commit(db, &error) && db_begin(db, true, NULL));
    bool ok = add_account(db, "r4", "r", &error) && add_account(db, "r3", "again", &error) && db_commit(db, &error);
    g_assert_false(ok);
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    g_assert_null(strstr(error->message, "again")); /* no values in messages */
    if (kit_on_file())
        db_rollback(db);
    g_clear_error(&error);
    g_assert_true(db_begin(db, false, NULL));
    int64_t rows = 0;
    g_assert_true(db_int(db, &error, -1, &rows, "SELECT count(*) FROM meta WHERE community=?1 AND (value='r' OR key LIKE 'row-%')", ""));
    g_assert_cmpint(rows, ==, 6002);
    db_rollback(db);
}

/* What is posted behind the back of its caller is told by whatever comes next, and nothing of it stays. */
static void test_bulk(void)
{
    char *dir = kit_dir();
    struct platform *platform = kit_platform(dir);
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(platform->db, true, NULL) && db_bulk(platform->db, true, NULL));
    for (int i = 0; i < 1500; i++) {
        g_autofree char *key = g_strdup_printf("k%d", i);
        g_assert_true(db_run(platform->db, NULL, "INSERT INTO meta VALUES(?1,?2,'v')", "s", key));
    }
    g_assert_cmpint(number(platform->db, "SELECT count(*) FROM meta WHERE community=?1 AND value='v'"), ==, 1500);
    g_assert_true(db_bulk(platform->db, false, NULL) && db_commit(platform->db, NULL));

    g_assert_true(db_begin(platform->db, true, NULL) && db_bulk(platform->db, true, NULL));
    bool ok = db_run(platform->db, &error, "INSERT INTO meta VALUES(?1,'new','v')", "");
    ok = ok && db_run(platform->db, &error, "INSERT INTO meta VALUES(?1,'k7','again')", "");
    ok = ok && db_run(platform->db, &error, "INSERT INTO meta VALUES(?1,'newer','v')", "");
    ok = ok && db_bulk(platform->db, false, &error);
    g_assert_false(ok);
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    db_rollback(platform->db);
    g_assert_cmpint(number(platform->db, "SELECT count(*) FROM meta WHERE community=?1 AND value='v'"), ==, 1500);

    /* The commit tells it, too. */
    g_clear_error(&error);
    g_assert_true(db_begin(platform->db, true, NULL) && db_bulk(platform->db, true, NULL));
    ok = db_run(platform->db, &error, "INSERT INTO meta VALUES(?1,'k7','again')", "");
    ok = ok && db_commit(platform->db, &error);
    g_assert_false(ok);
    if (kit_on_file())
        db_rollback(platform->db);
    g_assert_cmpint(number(platform->db, "SELECT count(*) FROM meta WHERE community=?1 AND value='again'"), ==, 0);
    assert_rows(platform->db);
    platform_close(platform);
    kit_dir_done(dir);
}

/* ---- From a file to a server ---- */

/* A year of a few hundred people in a file, and their community on a server, which has nothing of it. */
struct pair {
    char *file_dir, *server_dir;
    struct db *file, *server;
};

static void file_make(struct pair *pair)
{
    struct init_options options = {.data_dir = pair->file_dir, .residents = 300, .seed = 5, .today = KIT_TODAY, .year = true,
                                   .personas_file = COMMUNITY_DIR "/personas.json", .keys_file = COMMUNITY_DIR "/demo-keys.json"};
    g_autoptr(GError) error = NULL;

    platform_init(&options, &error);
    g_assert_no_error(error);
    pair->file = db_open(pair->file_dir, COMMUNITY_ID, false, NULL, &error);
    g_assert_no_error(error);
}

static void server_make(struct pair *pair)
{
    g_autofree char *database = kit_database(), *path = g_build_filename(pair->server_dir, DB_SERVER_FILE, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(path, database, -1, NULL));
    pair->server = db_open(pair->server_dir, COMMUNITY_ID, true, NULL, &error);
    g_assert_no_error(error);
}

static struct pair pair_make(void)
{
    struct pair pair = {.file_dir = kit_dir(), .server_dir = kit_dir()};

    file_make(&pair);
    server_make(&pair);
    return pair;
}

static void pair_end(struct pair *pair)
{
    db_close(pair->file);
    db_close(pair->server);
    kit_dir_done(pair->file_dir);
    kit_dir_done(pair->server_dir);
}

static void run(struct db *db, const char *sql)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_run(db, &error, sql, ""));
    g_assert_no_error(error);
}

static void finding(struct db *db, int64_t n)
{
    g_assert_true(db_run(db, NULL, "INSERT INTO card_finding VALUES(?1,'c','purchase',7,'GAP',?2,'NOTE',5,0,'a','b','K0001','K0002',1,2,NULL,NULL)", "i", n));
}

/* What a year of few has nothing of: signs that COPY has a meaning for, no bytes that are not NULL, a transaction taken back by one whose id
 * comes before its own, what ended and began again. */
static void odd_rows(struct db *db)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(db, true, &error));
    g_assert_true(db_run(db, &error, "INSERT INTO meta VALUES(?1,'odd',?2)", "s", "a\tb\nc\rd\\Ne\\.\\\\"));
    run(db, "INSERT INTO meta VALUES(?1,'none','')");
    run(db, "INSERT INTO idempotency VALUES(?1,'K0001','k',x'',200,'',1)");
    run(db, "INSERT INTO idempotency VALUES(?1,'K0001','l',x'00ff5c',200,'',-9223372036854775807)");
    run(db, "INSERT INTO credit_txn SELECT community,'~','GRANT',NULL,0,1,'r','','',NULL,0,'','',0,1,0 FROM meta WHERE community=?1 AND key='odd'");
    run(db, "INSERT INTO credit_entry VALUES(?1,'~',0,'POINTS','person:x',5,0)");
    run(db, "INSERT INTO credit_entry VALUES(?1,'~',1,'POINTS','issued:x',-5,0)");
    run(db, "UPDATE credit_txn SET closed=1 WHERE community=?1 AND id='~'");
    run(db, "INSERT INTO credit_txn VALUES(?1,'!','REVERSE',NULL,0,2,'r','','','~',0,'','',0,2,0)");
    run(db, "INSERT INTO credit_entry VALUES(?1,'!',0,'POINTS','person:x',-5,0)");
    run(db, "INSERT INTO credit_entry VALUES(?1,'!',1,'POINTS','issued:x',5,0)");
    run(db, "UPDATE credit_txn SET closed=1 WHERE community=?1 AND id='!'");
    finding(db, 1);
    run(db, "UPDATE card_finding SET ended_ms=4, ended_by='told' WHERE community=?1 AND n=1 AND card='c'");
    finding(db, 2);
    g_assert_true(db_commit(db, &error));
    g_assert_no_error(error);
}

static void assert_value(struct db_rows *file, struct db_rows *server, int column, const char *table)
{
    size_t len = 0, other_len = 0;

    g_assert_cmpint(db_col_null(file, column), ==, db_col_null(server, column));
    if (db_col_null(file, column))
        return;
    if (db_col_is_int(file, column)) {
        g_assert_cmpint(db_col_int(file, column), ==, db_col_int(server, column));
        return;
    }
    const void *bytes = db_col_bytes(file, column, &len), *other = db_col_bytes(server, column, &other_len);
    if (len != other_len || (len > 0 && memcmp(bytes, other, len) != 0))
        g_error("%s.%s is another one", table, db_col_name(file, column));
}

/* How many; each of the two has come to its end. */
static int64_t assert_rows_same(struct pair *pair, const char *table, const char *sql)
{
    struct db_rows *file = db_query(pair->file, NULL, sql, ""), *server = db_query(pair->server, NULL, sql, "");
    int64_t count = 0;

    g_assert_true(file != NULL && server != NULL);
    for (;; count++) {
        int step = db_next(pair->file, file, NULL);
        if (db_next(pair->server, server, NULL) != step)
            g_error("%s: row %d is on one side only", table, (int)count);
        g_assert_cmpint(step, >=, 0);
        if (step == 0)
            return count;
        for (int i = 0; i < db_col_count(file); i++)
            assert_value(file, server, i, table);
    }
}

/* Statements are known by their address. */
static const char *all_of(struct db *file, const char *table)
{
    g_autofree char *ask = g_strdup_printf("SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info('%s') WHERE pk>0 AND"
                                           " ?1 IS NOT NULL ORDER BY pk)", table), *key = NULL;

    g_assert_true(db_text(file, NULL, &key, g_intern_string(ask), ""));
    g_autofree char *sql = g_strdup_printf("SELECT * FROM %s WHERE community=?1 ORDER BY %s", table, key);
    return g_intern_string(sql);
}

static GPtrArray *tables_of(struct db *file)
{
    struct db_rows *rows = db_query(file, NULL, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                                                " AND name NOT LIKE 'old\\_%' ESCAPE '\\' AND ?1 IS NOT NULL ORDER BY name", "");
    GPtrArray *tables = g_ptr_array_new_with_free_func(g_free);

    while (db_next(file, rows, NULL) > 0)
        g_ptr_array_add(tables, g_strdup(db_col_text(rows, 0)));
    return tables;
}

static void assert_all_same(struct pair *pair)
{
    g_assert_true(db_begin(pair->file, false, NULL) && db_begin(pair->server, false, NULL));
    g_autoptr(GPtrArray) tables = tables_of(pair->file);
    unsigned filled = 0;

    for (guint i = 0; i < tables->len; i++)
        filled += assert_rows_same(pair, tables->pdata[i], all_of(pair->file, tables->pdata[i])) > 0;
    g_assert_cmpuint(filled, >, 50);
    db_rollback(pair->file);
    db_rollback(pair->server);
}

static void test_moved(void)
{
    struct pair pair = pair_make();
    g_autoptr(GError) error = NULL;

    odd_rows(pair.file);
    db_move(pair.file, pair.server, &error);
    g_assert_no_error(error);
    assert_all_same(&pair);

    /* Who has it already keeps what is there. */
    g_assert_false(db_move(pair.file, pair.server, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    assert_all_same(&pair);
    pair_end(&pair);
}

/* The last table but a few is refused: nothing of the others stays. Nor does anything go whose merchants were told of it. */
static void test_moved_not(void)
{
    struct pair pair = pair_make();
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(pair.server, true, NULL));
    run(pair.server, "INSERT INTO ticket_place(community, id, name) VALUES(?1,'P0001','there')");
    g_assert_true(db_commit(pair.server, NULL));
    g_assert_false(db_move(pair.file, pair.server, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    g_assert_true(db_begin(pair.server, false, NULL));
    g_assert_cmpint(number(pair.server, "SELECT count(*) FROM person WHERE community=?1"), ==, 0);
    g_assert_cmpint(number(pair.server, "SELECT count(*) FROM bill WHERE community=?1"), ==, 0);
    g_assert_cmpint(number(pair.server, "SELECT count(*) FROM ticket_place WHERE community=?1"), ==, 1);
    db_rollback(pair.server);

    g_clear_error(&error);
    g_assert_true(db_begin(pair.file, true, NULL));
    run(pair.file, "INSERT INTO settle_file SELECT ?1, account, book, 1, 0, 9000000000000000, count(*), 0, sum(amount), zeroblob(32), 'p', 's', 'k', 1, 0"
                   " FROM settle_line WHERE community=?1 GROUP BY account, book LIMIT 1");
    run(pair.file, "UPDATE settle_line SET n=1 WHERE community=?1 AND (account, book)=(SELECT account, book FROM settle_file)");
    run(pair.file, "UPDATE settle_file SET closed=1 WHERE community=?1");
    g_assert_true(db_commit(pair.file, NULL));
    g_assert_false(db_move(pair.file, pair.server, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    pair_end(&pair);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/moved/bulk", test_bulk);
    if (!kit_on_file()) {
        g_test_add_func("/platform/moved/moved", test_moved);
        g_test_add_func("/platform/moved/not", test_moved_not);
    }
    return g_test_run();
}
