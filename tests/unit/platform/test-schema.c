/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same tables on both engines: names, columns in their order, types, what may be NULL, keys. And what a database that is
 * spread by community needs: every key, unique index and foreign key begins with it. And a server's database of an older program, with
 * a year in it, becomes this one.
 */
#include "kit.h"
#include "platform/data/db-engine.h"
#include "platform/sample/community.h"
#include "platform/sample/init.h"
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
        g_error("%s: %s", sql, (char *)lines->pdata[0]);
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

/* ---- A database of an older program ---- */

static void server_run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) /* a step may be triggers only */
        g_error("%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
}

/* The tables as so many steps after the first version left them. */
static void older_tables(PGconn *conn, int steps)
{
    g_autofree char *mark = g_strdup_printf("INSERT INTO schema_version VALUES(%d)", db_migration_count + steps);

    server_run(conn, "CREATE SCHEMA citycard; SET search_path=citycard; CREATE TABLE schema_version(version BIGINT PRIMARY KEY)");
    server_run(conn, db_pg_schema);
    for (int i = 0; i < steps; i++) {
        g_autofree char *both = db_pg_words(db_steps[i].both);
        server_run(conn, both);
        if (db_steps[i].pg != NULL)
            server_run(conn, db_steps[i].pg);
    }
    server_run(conn, mark);
}

/* For every table of the older ones, with their columns; %1$I the table, %2$s the columns. */
#define EACH_OLDER(DO_IT)                                                                                                                \
    "DO $do$ DECLARE t TEXT; c TEXT; n BIGINT; BEGIN FOR t, c IN SELECT name, columns FROM newest.older LOOP " DO_IT " END LOOP; END $do$"

/* Topics that kiosks were not told before a step, which tells them all that there is. */
#define TOLD_BY_STEP "topic IN ('category','place','ticket','case')"

static bool told_already(int steps)
{
    for (int i = 0; i < steps; i++)
        if (db_steps[i].both == db_schema_tickets_told)
            return true;
    return false;
}

/* The rows that this program wrote, as far as the older tables have room for them. Triggers would count them once more. */
static void older_rows(PGconn *conn, int steps)
{
    server_run(conn, "SET client_min_messages=warning; DROP TABLE IF EXISTS newest.older; CREATE TABLE newest.older AS SELECT table_name AS name, string_agg(quote_ident(column_name), ','"
                     " ORDER BY ordinal_position) AS columns FROM information_schema.columns JOIN information_schema.tables USING(table_schema,"
                     " table_name) WHERE table_schema='citycard' AND table_type='BASE TABLE' AND table_name<>'schema_version' GROUP BY 1");
    server_run(conn, "SET session_replication_role=replica");
    server_run(conn, EACH_OLDER("EXECUTE format('INSERT INTO citycard.%1$I(%2$s) SELECT %2$s FROM newest.%1$I', t, c);"));
    if (!told_already(steps))
        server_run(conn, "DELETE FROM citycard.change WHERE " TOLD_BY_STEP);
    server_run(conn, "SET session_replication_role=DEFAULT");
}

/* What was there is there; `filled` by steps is as this program writes it. */
static void assert_kept(PGconn *conn)
{
    static const char *const FILLED[] = {"settle_line", "card_step", "txn", "entry", "credit_entry"};

    server_run(conn, EACH_OLDER("EXECUTE format('SELECT count(*) FROM (SELECT %2$s FROM newest.%1$I %3$s EXCEPT ALL SELECT %2$s FROM citycard.%1$I) x',"
                                " t, c, CASE t WHEN 'change' THEN 'WHERE NOT topic=ANY(''{category,place,ticket,case}'')' END) INTO n; IF n<>0 THEN RAISE EXCEPTION '% rows of % are gone', n, t; END IF;"));
    assert_none(conn, "SELECT code FROM ticket_service EXCEPT SELECT key FROM change WHERE topic='category'");
    for (size_t i = 0; i < G_N_ELEMENTS(FILLED); i++) {
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM ((TABLE newest.%1$s EXCEPT ALL TABLE citycard.%1$s) UNION ALL (TABLE"
                                               " citycard.%1$s EXCEPT ALL TABLE newest.%1$s)) x", FILLED[i]);
        g_autoptr(GPtrArray) count = pg_lines(conn, sql);
        g_autofree char *all = g_strdup_printf("SELECT count(*) FROM %s", FILLED[i]);
        g_autoptr(GPtrArray) rows = pg_lines(conn, all);
        g_assert_cmpstr(rows->pdata[0], !=, "0");
        if (strcmp(count->pdata[0], "0") != 0)
            g_error("%s rows of %s are not as they are written now", (char *)count->pdata[0], FILLED[i]);
    }
}

static gpointer node_starts(gpointer dir)
{
    g_autoptr(GError) error = NULL;
    struct db *db = db_open(dir, COMMUNITY_ID, false, NULL, &error);

    g_assert_no_error(error);
    return db;
}

/* Both have found the older version before one of them may look whether it is still so. */
static void two_nodes(char *dir, PGconn *conn)
{
    GThread *nodes[2];

    server_run(conn, "BEGIN; LOCK TABLE schema_version IN EXCLUSIVE MODE");
    for (int i = 0; i < 2; i++)
        nodes[i] = g_thread_new("node", node_starts, dir);
    for (bool both = false; !both;) {
        g_autoptr(GPtrArray) waiting = pg_lines(conn, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation='citycard.schema_version'::regclass");
        both = strcmp(waiting->pdata[0], "2") == 0;
    }
    server_run(conn, "ROLLBACK");
    for (int i = 0; i < 2; i++)
        db_close(g_thread_join(nodes[i]));
}

static void assert_once(PGconn *conn, int from)
{
    g_autoptr(GPtrArray) versions = pg_lines(conn, "SELECT version FROM schema_version ORDER BY version");

    g_assert_cmpint((int)versions->len, ==, db_schema_version() - from + 1);
    for (guint i = 0; i < versions->len; i++)
        g_assert_cmpint(g_ascii_strtoll(versions->pdata[i], NULL, 10), ==, from + (int)i);
}

/* The platform works with it: the books hold, and somebody pays. */
static void assert_works(const char *dir)
{
    g_autoptr(GError) error = NULL;
    struct platform *platform = platform_open(dir, &error);
    g_autofree char *card = kit_card(1);
    struct payment payment;
    struct pen pen;

    g_assert_no_error(error);
    kit_enrol(platform, "K0002", &pen);
    kit_payment(&payment, card, NULL, 100);
    json_t *events = json_pack("[o]", pen_payment(&pen, &payment, PAYMENT_COMMITTING));
    kit_tac(&payment);
    json_array_append_new(events, pen_payment(&pen, &payment, PAYMENT_CONFIRMED));
    json_t *answer = kit_push(platform, &pen, events);
    g_assert_cmpstr(kit_code(answer, 0), ==, "");
    g_assert_cmpstr(kit_code(answer, 1), ==, "");
    json_decref(answer);
    json_t *report = kit_report(platform);
    kit_assert_ledger(report);
    json_decref(report);
    platform_close(platform);
}

static void year_make(const char *dir)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *database = kit_database();
    struct init_options options = {.database = database, .data_dir = dir, .residents = 120, .seed = 5, .today = KIT_TODAY, .year = true,
                                   .personas_file = COMMUNITY_DIR "/personas.json", .keys_file = COMMUNITY_DIR "/demo-keys.json"};

    platform_init(&options, &error);
    g_assert_no_error(error);
}

/* From the first version that both engines have, from the middle, from the one before this. */
static void test_older(void)
{
    const int last = db_schema_version() - db_migration_count, steps[] = {0, last / 2, last - 1};

    if (kit_on_file()) {
        g_test_skip("a file's way is tried by hotlist and sealed");
        return;
    }
    char *dir = kit_dir(), *on_file = kit_dir();
    db_close(db_open(on_file, COMMUNITY_ID, true, NULL, NULL));
    year_make(dir);
    PGconn *conn = server_of(dir);
    server_run(conn, "ALTER SCHEMA citycard RENAME TO newest");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        older_tables(conn, steps[i]);
        older_rows(conn, steps[i]);
        two_nodes(dir, conn);
        assert_once(conn, db_migration_count + steps[i]);
        assert_kept(conn);
        columns(on_file, conn);
        indexes(on_file, conn);
        assert_works(dir);
        server_run(conn, "DROP SCHEMA citycard CASCADE");
    }
    PQfinish(conn);
    kit_dir_done(dir);
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
    g_test_add_func("/platform/schema/older", test_older);
    g_test_add_func("/platform/schema/words", test_words);
    g_test_add_func("/platform/schema/steps", test_steps);
    g_test_add_func("/platform/schema/steps-are-seen", test_steps_are_seen);
    g_test_add_func("/platform/schema/trigger-is-seen", test_trigger_is_seen);
    return g_test_run();
}
