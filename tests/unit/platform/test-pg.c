/* SPDX-License-Identifier: Apache-2.0 */
/* A database on a server: what can happen to its connection, and that two nodes write one after the other. */
#include "kit.h"
#include "platform/sample/community.h"
#include "model/clock.h"
#include "platform/data/db.h"
#include "platform/data/db-pg-link.h"
#include <string.h>

struct fixture {
    char *dir;
    struct db *db;
};

static struct db *open_again(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    struct db *db = db_open(f->dir, COMMUNITY_ID, false, NULL, &error);

    g_assert_no_error(error);
    return db;
}

static void up(struct fixture *f, const void *data)
{
    if (kit_on_file())
        return;
    f->dir = kit_dir();
    kit_init(f->dir, 20);
    f->db = open_again(f);
}

static void down(struct fixture *f, const void *data)
{
    db_close(f->db);
    if (f->dir != NULL)
        kit_dir_done(f->dir);
}

static bool on_file(struct fixture *f)
{
    if (f->db == NULL)
        g_test_skip("no server");
    return f->db == NULL;
}

static bool put(struct db *db, const char *key, const char *value)
{
    return db_run(db, NULL, "INSERT INTO meta(community,key,value) VALUES(?1,?2,?3)", "ss", key, value) && db_settle(db, NULL);
}

static char *get(struct db *db, const char *key)
{
    char *value = NULL;

    g_assert_true(db_begin(db, false, NULL));
    g_assert_true(db_text(db, NULL, &value, "SELECT value FROM meta WHERE community=?1 AND key=?2", "s", key));
    db_rollback(db);
    return value;
}

static void assert_kept(struct db *db, const char *key, const char *wanted)
{
    g_autofree char *value = get(db, key);
    g_assert_cmpstr(value, ==, wanted);
}

/* From another connection. */
static void cut_off(struct fixture *f, struct db *victim)
{
    struct db *other = open_again(f);
    int64_t gone = 0;

    g_assert_true(db_begin(other, false, NULL));
    g_assert_true(db_int(other, NULL, 0, &gone,
                         "SELECT count(*) FROM (SELECT pg_terminate_backend(pid, 5000) AS done FROM pg_stat_activity WHERE"
                         " datname=current_database() AND pid<>pg_backend_pid() AND ?1<>'') x WHERE done",
                         ""));
    g_assert_cmpint(gone, >=, 1); /* those that read are others than the one that writes */
    db_rollback(other);
    db_close(other);
}

static void test_values(struct fixture *f, const void *data)
{
    static const uint8_t bytes[] = {0, 1, '\\', '\'', 0xFF, 0, '?'};
    uint8_t back[sizeof bytes];
    int64_t number = 0;

    if (on_file(f))
        return;
    g_assert_true(db_begin(f->db, true, NULL));
    g_assert_true(put(f->db, "it's ?2 $1 \\", "华 \" ?"));
    struct db_rows *row = db_query(f->db, NULL, "SELECT ?2, ?3, CAST(NULL AS TEXT), '?1 INDEXED BY x', ?4<0 FROM meta WHERE community=?1 AND key=?5",
                                   "bsis", bytes, sizeof bytes, NULL, INT64_MIN, "it's ?2 $1 \\");
    g_assert_cmpint(db_next(f->db, row, NULL), ==, 1);
    g_assert_true(db_copy_bytes(row, 0, back, sizeof back));
    g_assert_cmpmem(back, sizeof back, bytes, sizeof bytes);
    g_assert_true(db_col_null(row, 1) && db_col_null(row, 2) && db_col_text(row, 2) == NULL);
    g_assert_cmpstr(db_col_text(row, 3), ==, "?1 INDEXED BY x");
    g_assert_cmpint(db_col_int(row, 4), ==, 1);
    g_assert_cmpint(db_next(f->db, row, NULL), ==, 0);
    g_assert_true(db_int(f->db, NULL, 0, &number, "SELECT ?2 FROM meta WHERE community=?1 LIMIT 1", "i", INT64_MIN));
    g_assert_cmpint(number, ==, INT64_MIN);
    g_assert_true(db_run(f->db, NULL, "UPDATE meta SET value='x' WHERE community=?1 AND key=?2", "s", "nobody"));
    g_assert_cmpint(db_changes(f->db), ==, 0);
    g_assert_true(db_commit(f->db, NULL));
    assert_kept(f->db, "it's ?2 $1 \\", "华 \" ?");
}

/* What failed and was not waited for is told by what comes next, whatever that is, and nothing of the transaction stays. */
static void test_late(struct fixture *f, const void *data)
{
    static const char *const twice = "INSERT INTO meta(community,key,value) VALUES(?1,'late','1')";
    if (on_file(f))
        return;
    for (int by = 0; by < 5; by++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *value = NULL;
        int64_t n;
        g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "before", "1"));
        g_assert_true(db_run(f->db, NULL, twice, "") && db_run(f->db, NULL, twice, "") && db_run(f->db, NULL, twice, ""));
        if (by == 0) /* a question that is prepared, one that is not, a savepoint's end, another statement, the commit */
            g_assert_false(db_text(f->db, &error, &value, "SELECT value FROM meta WHERE community=?1 AND key=?2", "s", "late"));
        else if (by == 1)
            g_assert_false(db_int(f->db, &error, 0, &n, "SELECT count(*) FROM meta WHERE community=?1 AND key='late'", ""));
        else if (by == 2)
            g_assert_false(db_release(f->db, "nothing", &error));
        else if (by == 3)
            g_assert_false(db_run(f->db, &error, "UPDATE meta SET value='3' WHERE community=?1 AND key='late'", "") &&
                           db_settle(f->db, &error));
        if (by < 4)
            db_rollback(f->db);
        else
            g_assert_false(db_commit(f->db, &error));
        g_assert_nonnull(strstr(error->message, "meta_pkey")); /* what failed, not what came after it */
        assert_kept(f->db, "before", NULL);
        assert_kept(f->db, "late", NULL);
    }
}

/* The one after a statement that failed is no commit, whatever the server says to COMMIT; a savepoint goes on. */
static void test_failed_statement(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    if (on_file(f))
        return;
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "one", "1"));
    g_assert_false(put(f->db, "one", "2"));
    g_assert_false(db_commit(f->db, &error));
    g_assert_nonnull(error);
    assert_kept(f->db, "one", NULL);
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "one", "1") && db_savepoint(f->db, "item", NULL));
    g_assert_false(put(f->db, "one", "2"));
    g_assert_true(db_undo(f->db, "item", NULL) && put(f->db, "two", "2") && db_commit(f->db, NULL));
    assert_kept(f->db, "one", "1");
    assert_kept(f->db, "two", "2");
}

static int64_t version_seen(struct db *db)
{
    int64_t version = 0;

    g_assert_true(db_begin(db, false, NULL) && db_version(db, &version, NULL));
    db_rollback(db);
    return version;
}

/* A commit is news to who looked in its midst, after a part of it had been undone. */
static void test_version(struct fixture *f, const void *data)
{
    if (on_file(f))
        return;
    struct db *other = open_again(f);
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "kept", "1") && db_savepoint(f->db, "part", NULL));
    g_assert_true(put(f->db, "undone", "1") && db_undo(f->db, "part", NULL));
    int64_t before = version_seen(other);
    g_assert_cmpint(version_seen(other), ==, before);
    g_assert_true(db_commit(f->db, NULL));
    g_assert_cmpint(version_seen(other), !=, before);
    db_close(other);
}

/* Between transactions nobody notices; within one, it is gone as a whole, and the next one works. */
static void test_connection_breaks(struct fixture *f, const void *data)
{
    if (on_file(f))
        return;
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "before", "1") && db_commit(f->db, NULL));
    cut_off(f, f->db);
    assert_kept(f->db, "before", "1");
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "lost", "1"));
    cut_off(f, f->db);
    g_assert_false(put(f->db, "lost too", "1"));
    g_assert_false(db_commit(f->db, NULL));
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "after", "1"));
    cut_off(f, f->db);
    g_assert_false(db_commit(f->db, NULL));
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "after", "2") && db_commit(f->db, NULL));
    assert_kept(f->db, "lost", NULL);
    assert_kept(f->db, "after", "2");
}

#define NODES 4
#define TURNS 25

static gpointer node(gpointer ctx)
{
    struct db *db = open_again(ctx);

    for (int i = 0; i < TURNS; i++) {
        int64_t had = 0;
        g_assert_true(db_begin(db, true, NULL));
        g_assert_true(db_int(db, NULL, 0, &had, "SELECT CAST(value AS BIGINT) FROM meta WHERE community=?1 AND key='turns'", ""));
        g_autofree char *next = g_strdup_printf("%d", (int)had + 1);
        g_assert_true(db_run(db, NULL, "UPDATE meta SET value=?2 WHERE community=?1 AND key='turns'", "s", next));
        g_assert_true(db_commit(db, NULL));
    }
    db_close(db);
    return NULL;
}

/* Each adds one to what it has read: nobody's turn is lost. */
static void test_one_after_the_other(struct fixture *f, const void *data)
{
    GThread *threads[NODES];
    g_autofree char *wanted = g_strdup_printf("%d", NODES * TURNS);

    if (on_file(f))
        return;
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "turns", "0") && db_commit(f->db, NULL));
    for (int i = 0; i < NODES; i++)
        threads[i] = g_thread_new("node", node, f);
    for (int i = 0; i < NODES; i++)
        g_thread_join(threads[i]);
    assert_kept(f->db, "turns", wanted);
}

/* A reader sees one moment, and waits for no writer. */
static void test_reader(struct fixture *f, const void *data)
{
    if (on_file(f))
        return;
    struct db *other = open_again(f);
    int64_t before = 0, after = 0;
    static const char COUNT[] = "SELECT count(*) FROM meta WHERE community=?1";
    g_assert_true(db_begin(other, true, NULL) && put(other, "new", "1"));
    g_assert_true(db_begin(f->db, false, NULL) && db_int(f->db, NULL, 0, &before, COUNT, ""));
    g_assert_true(db_commit(other, NULL));
    g_assert_true(db_int(f->db, NULL, 0, &after, COUNT, ""));
    g_assert_cmpint(before, ==, after);
    g_assert_false(put(f->db, "readers write nothing", "1"));
    db_rollback(f->db);
    assert_kept(f->db, "new", "1");
    db_close(other);
}

static void alter(struct db *db, const char *name, const char *sql)
{
    g_autofree char *database = NULL;

    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_text(db, NULL, &database, "SELECT current_database() WHERE ?1<>''", ""));
    g_autofree char *script = g_strdup_printf(sql, database, name);
    kit_server_script(script);
    db_rollback(db);
}

static void test_not_durable(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    if (on_file(f))
        return;
    alter(f->db, "synchronous_commit", "ALTER DATABASE %s SET %s=off");
    g_assert_null(db_open(f->dir, COMMUNITY_ID, false, NULL, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "synchronous_commit"));
    alter(f->db, "synchronous_commit", "ALTER DATABASE %s RESET %s");
    db_close(open_again(f));
}

static void test_communities(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    if (on_file(f))
        return;
    g_assert_null(db_open(f->dir, COMMUNITY_ID, true, NULL, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE);
    g_clear_error(&error);
    g_assert_null(db_open(f->dir, "990102002999", false, NULL, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE);
    g_clear_error(&error);
    struct db *other = db_open(f->dir, "990102002999", true, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(db_begin(f->db, true, NULL) && put(f->db, "whose", "ours"));
    g_assert_true(db_begin(other, true, NULL) && put(other, "whose", "theirs") && db_commit(other, NULL)); /* waits for nobody of ours */
    g_assert_true(db_commit(f->db, NULL));
    assert_kept(f->db, "whose", "ours");
    assert_kept(other, "whose", "theirs");
    db_close(other);
}

/* ---- Somebody who is not there ---- */

/* What a connection was made with, whether it came about or not. */
static char *made_with(const char *conninfo, const char *keyword)
{
    PGconn *conn = db_pg_connect(conninfo);
    PQconninfoOption *options = PQconninfo(conn);
    char *value = NULL;

    for (PQconninfoOption *at = options; at->keyword != NULL; at++)
        if (strcmp(at->keyword, keyword) == 0)
            value = g_strdup(at->val);
    g_assert_cmpint(PQstatus(conn), ==, CONNECTION_BAD);
    PQconninfoFree(options);
    PQfinish(conn);
    return value;
}

static void assert_made_with(const char *conninfo, const char *keyword, const char *wanted)
{
    g_autofree char *value = made_with(conninfo, keyword);
    g_assert_cmpstr(value, ==, wanted);
}

static void test_ends_of_waits(void)
{
    static const char PLAIN[] = "host=/nonexistent dbname=nobody", URI[] = "postgresql://%2Fnonexistent/nobody",
                      SAYS[] = "host=/nonexistent dbname=nobody connect_timeout=3 tcp_user_timeout=0 keepalives_idle=7";

    assert_made_with(PLAIN, "connect_timeout", "10");
    assert_made_with(PLAIN, "tcp_user_timeout", "30000");
    assert_made_with(PLAIN, "keepalives_idle", "30");
    assert_made_with(PLAIN, "keepalives_interval", "10");
    assert_made_with(PLAIN, "keepalives_count", "3");
    assert_made_with(URI, "dbname", "nobody");
    assert_made_with(URI, "tcp_user_timeout", "30000");
    assert_made_with(SAYS, "connect_timeout", "3");
    assert_made_with(SAYS, "tcp_user_timeout", "0");
    assert_made_with(SAYS, "keepalives_idle", "7");
    assert_made_with(SAYS, "keepalives_count", "3");
    g_setenv("PGCONNECT_TIMEOUT", "4", TRUE);
    assert_made_with(PLAIN, "connect_timeout", "4");
    g_unsetenv("PGCONNECT_TIMEOUT");
    g_setenv("PGSERVICEFILE", "/nonexistent", TRUE);
    assert_made_with("service=city", "tcp_user_timeout", NULL);
    g_unsetenv("PGSERVICEFILE");
}

static void test_turn(struct fixture *f, const void *data)
{
    if (on_file(f))
        return;
    g_assert_cmpint(db_turn_ms(f->db), ==, 0);
    g_assert_true(db_begin(f->db, true, NULL));
    clock_sleep_ms(20);
    g_assert_cmpint(db_turn_ms(f->db), >=, 15);
    db_rollback(f->db);
    g_assert_cmpint(db_turn_ms(f->db), ==, 0);
}

static int64_t tables_looked_at(struct fixture *f)
{
    int64_t n = 0;

    g_assert_true(db_begin(f->db, false, NULL));
    g_assert_true(db_int(f->db, NULL, 0, &n, "SELECT sum(analyze_count) FROM pg_stat_user_tables WHERE relname='event' AND ?1<>''", ""));
    db_rollback(f->db);
    return n;
}

static void write_much(struct fixture *f)
{
    for (int i = 0; i < 12; i++) {
        g_assert_true(db_begin(f->db, true, NULL));
        for (int n = 0; n < 100; n++)
            g_assert_true(db_run(f->db, NULL, "UPDATE meta SET value='x' WHERE community=?1 AND key=?2", "s", "nobody"));
        g_assert_true(db_commit(f->db, NULL));
    }
}

/* A connection that is neither ours nor a node's. */
static PGconn *stranger(struct fixture *f)
{
    g_autofree char *path = g_build_filename(f->dir, DB_SERVER_FILE, NULL), *conninfo = NULL;

    g_assert_true(g_file_get_contents(path, &conninfo, NULL, NULL));
    PGconn *conn = db_pg_connect(g_strchomp(conninfo));
    g_assert_cmpint(PQstatus(conn), ==, CONNECTION_OK);
    return conn;
}

/* Somebody is at a table for long, so that it cannot be looked at: whoever writes does not wait for that. */
static void test_look(struct fixture *f, const void *data)
{
    if (on_file(f))
        return;
    PGconn *conn = stranger(f);
    int64_t before = tables_looked_at(f), start_ms = clock_boot_ms();
    PGresult *locked = PQexec(conn, "BEGIN; LOCK TABLE citycard.event IN SHARE UPDATE EXCLUSIVE MODE");

    g_assert_cmpint(PQresultStatus(locked), ==, PGRES_COMMAND_OK);
    PQclear(locked);
    write_much(f);
    g_assert_cmpint(clock_boot_ms() - start_ms, <, 5000);
    g_assert_cmpint(tables_looked_at(f), ==, before);
    PQfinish(conn);
    for (int i = 0; i < 1000 && tables_looked_at(f) == before; i++)
        clock_sleep_ms(10);
    g_assert_cmpint(tables_looked_at(f), >, before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/platform/pg/" #name, struct fixture, NULL, up, test_##name, down)
    ADD(values);
    ADD(late);
    ADD(failed_statement);
    ADD(version);
    ADD(connection_breaks);
    ADD(one_after_the_other);
    ADD(reader);
    ADD(not_durable);
    ADD(communities);
    ADD(turn);
    ADD(look);
    g_test_add_func("/platform/pg/ends-of-waits", test_ends_of_waits);
    return g_test_run();
}
