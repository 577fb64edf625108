/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same tables on both engines: names, columns in their order, types, what may be NULL, keys. And what a database that is
 * spread by community needs: every key, unique index and foreign key begins with it.
 */
#include "kit.h"
#include "platform/data/db-engine.h"
#include "platform/sample/community.h"
#include <libpq-fe.h>
#include <sqlite3.h>
#include <string.h>

/* What is there before version 1, and older tables that SQLite keeps. */
#define OURS_ALONE "('schema_version','writer')"

static PGconn *server_of(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, DB_SERVER_FILE, NULL), *conninfo = NULL;

    g_assert_true(g_file_get_contents(path, &conninfo, NULL, NULL));
    PGconn *conn = PQconnectdb(conninfo);
    g_assert_cmpint(PQstatus(conn), ==, CONNECTION_OK);
    return conn;
}

static GPtrArray *pg_lines(PGconn *conn, const char *sql)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        g_error("%s", PQerrorMessage(conn));
    for (int i = 0; i < PQntuples(result); i++)
        g_ptr_array_add(lines, g_strdup(PQgetvalue(result, i, 0)));
    PQclear(result);
    return lines;
}

static GPtrArray *file_lines(const char *dir, const char *query)
{
    g_autofree char *path = g_build_filename(dir, "platform.db", NULL);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *rows = NULL;
    sqlite3 *sql = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(sql, query, -1, &rows, NULL), ==, SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        g_ptr_array_add(lines, g_strdup((const char *)sqlite3_column_text(rows, 0)));
    sqlite3_finalize(rows);
    g_assert_cmpint(sqlite3_close(sql), ==, SQLITE_OK);
    return lines;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_same(GPtrArray *server, GPtrArray *file)
{
    g_ptr_array_sort(server, by_text);
    g_ptr_array_sort(file, by_text);
    g_assert_cmpuint(file->len, >, 40);
    for (guint i = 0; i < MAX(server->len, file->len); i++)
        g_assert_cmpstr(i < server->len ? server->pdata[i] : NULL, ==, i < file->len ? file->pdata[i] : NULL);
    g_ptr_array_unref(server);
    g_ptr_array_unref(file);
}

static void columns(const char *dir, PGconn *conn)
{
    assert_same(pg_lines(conn, "SELECT table_name||'|'||ordinal_position||'|'||column_name||'|'||CASE data_type WHEN 'bigint' THEN 'INT'"
                               " WHEN 'bytea' THEN 'BLOB' ELSE 'TEXT' END||'|'||CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END"
                               " FROM information_schema.columns c JOIN information_schema.tables t USING(table_schema, table_name) WHERE"
                               " table_schema='citycard' AND table_type='BASE TABLE' AND table_name NOT IN " OURS_ALONE),
                file_lines(dir, "SELECT m.name||'|'||(p.cid+1)||'|'||p.name||'|'||p.type||'|'||(p.\"notnull\" OR p.pk>0) FROM sqlite_schema m,"
                                " pragma_table_info(m.name) p WHERE m.type='table' AND m.name NOT LIKE 'old\\_%' ESCAPE '\\'"));
}

/* Primary and unique keys and other indexes: table, columns in their order, unique. */
static void indexes(const char *dir, PGconn *conn)
{
    assert_same(pg_lines(conn, "SELECT t.relname||'|'||(SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey)"
                               " WITH ORDINALITY k(at, n) JOIN pg_attribute a ON a.attrelid=t.oid AND a.attnum=k.at)||'|'||"
                               "CASE WHEN i.indisunique THEN 1 ELSE 0 END||'|'||CASE WHEN i.indpred IS NULL THEN 0 ELSE 1 END FROM pg_index i"
                               " JOIN pg_class t ON t.oid=i.indrelid JOIN pg_namespace s ON s.oid=t.relnamespace WHERE s.nspname='citycard'"
                               " AND t.relname NOT IN " OURS_ALONE),
                file_lines(dir, "SELECT m.name||'|'||(SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))"
                                "||'|'||i.\"unique\"||'|'||i.partial FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type='table'"
                                " AND m.name NOT LIKE 'old\\_%' ESCAPE '\\'"));
}

static void assert_none(PGconn *conn, const char *sql)
{
    g_autoptr(GPtrArray) lines = pg_lines(conn, sql);

    if (lines->len > 0)
        g_error("does not begin with the community: %s", (char *)lines->pdata[0]);
}

/* The one table of all communities is the program's own version. */
static void spreads(PGconn *conn)
{
    assert_none(conn, "SELECT t.relname FROM pg_class t JOIN pg_namespace s ON s.oid=t.relnamespace WHERE s.nspname='citycard' AND t.relkind='r'"
                      " AND t.relname<>'schema_version' AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid=t.oid AND i.indisprimary)");
    assert_none(conn, "SELECT x.relname FROM pg_index i JOIN pg_class t ON t.oid=i.indrelid JOIN pg_class x ON x.oid=i.indexrelid JOIN"
                      " pg_namespace s ON s.oid=t.relnamespace WHERE s.nspname='citycard' AND t.relname<>'schema_version' AND (SELECT attname"
                      " FROM pg_attribute a WHERE a.attrelid=t.oid AND a.attnum=i.indkey[0])<>'community'");
    assert_none(conn, "SELECT conname FROM pg_constraint c JOIN pg_namespace s ON s.oid=c.connamespace WHERE s.nspname='citycard' AND"
                      " c.contype='f' AND ((SELECT attname FROM pg_attribute a WHERE a.attrelid=c.conrelid AND a.attnum=c.conkey[1])<>'community'"
                      " OR (SELECT attname FROM pg_attribute a WHERE a.attrelid=c.confrelid AND a.attnum=c.confkey[1])<>'community')");
    assert_none(conn, "SELECT table_name FROM information_schema.columns WHERE table_schema='citycard' AND column_name='community' AND"
                      " (data_type<>'text' OR domain_name IS NOT NULL) AND table_name<>'book_entry'");
}

static void test_same(void)
{
    g_autoptr(GError) error = NULL;

    if (kit_on_file()) {
        g_test_skip("no server to compare with");
        return;
    }
    char *on_server = kit_dir(), *on_file = kit_dir();
    kit_init(on_server, 20);
    struct db *db = db_open(on_file, COMMUNITY_ID, true, NULL, &error);
    g_assert_no_error(error);
    db_close(db);
    PGconn *conn = server_of(on_server);
    columns(on_file, conn);
    indexes(on_file, conn);
    spreads(conn);
    PQfinish(conn);
    kit_dir_done(on_server);
    kit_dir_done(on_file);
}

/* What is written once for both engines. */
static void test_words(void)
{
    g_autofree char *words = db_pg_words(
        "CREATE TABLE a(community TEXT NOT NULL, id TEXT NOT NULL, n INT, POINT INT, b BLOB, PRIMARY KEY(community, id))"
        " STRICT, WITHOUT ROWID;ALTER TABLE b ADD COLUMN TEXTURE TEXT;");

    g_assert_cmpstr(words, ==,
                    "CREATE TABLE a(community TEXT NOT NULL, id ctext NOT NULL, n BIGINT, POINT BIGINT, b BYTEA,"
                    " PRIMARY KEY(community, id));ALTER TABLE b ADD COLUMN TEXTURE ctext;");
}

/* A node of an older version goes on while a newer one takes these steps: they may add and may not take away. A view may be made anew, and a trigger in
 * the same step; an index that only made something fast may go. */
static void assert_adds(const char *sql)
{
    static const char TAKES[] = "\\bDROP\\s+(TABLE|COLUMN|INDEX(?!\\s+card_step_(?:before|after)\\b))|\\bDROP\\s+TRIGGER\\s+(\\w+)\\b(?!.*\\bCREATE\\s+TRIGGER\\s+\\2\\b)|\\bRENAME\\b|\\bALTER\\s+COLUMN\\b|\\bSET\\s+NOT\\s+NULL\\b|"
                                "\\bADD\\s+COLUMN\\b(?![^,;]*DEFAULT)[^,;]*NOT\\s+NULL";
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GRegex) takes = g_regex_new(TAKES, G_REGEX_CASELESS | G_REGEX_DOTALL, 0, NULL);

    g_assert_nonnull(takes);
    if (sql != NULL && g_regex_match(takes, sql, 0, &match)) {
        g_autofree char *what = g_match_info_fetch(match, 0);
        g_error("a step takes away: %s", what);
    }
}

static void test_steps(void)
{
    int count = 0;

    for (const struct db_step *step = db_steps; step->both != NULL; step++, count++) {
        assert_adds(step->both);
        assert_adds(step->sqlite);
        assert_adds(step->pg);
    }
    g_assert_cmpint(db_schema_version(), ==, db_migration_count + count);
}

static void test_steps_that_take(void)
{
    assert_adds("DROP TRIGGER one; CREATE TRIGGER one BEFORE DELETE ON kiosk BEGIN SELECT 1; END;");
    assert_adds("DROP TABLE kiosk;");
}

static void test_steps_are_seen(void)
{
    if (g_test_subprocess()) {
        test_steps_that_take();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*a step takes away: DROP TABLE*");
}

static void test_trigger_is_seen(void)
{
    if (g_test_subprocess()) {
        assert_adds("DROP TRIGGER one; CREATE TRIGGER onetime BEFORE DELETE ON kiosk BEGIN SELECT 1; END;");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*a step takes away: DROP TRIGGER*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/schema/same", test_same);
    g_test_add_func("/platform/schema/words", test_words);
    g_test_add_func("/platform/schema/steps", test_steps);
    g_test_add_func("/platform/schema/steps-are-seen", test_steps_are_seen);
    g_test_add_func("/platform/schema/trigger-is-seen", test_trigger_is_seen);
    return g_test_run();
}
