/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database in a file: SQLite, WAL, synchronous=FULL, one connection that writes and checkpoints, and a few that read.
 *
 * Other processes (citycard-platform card-lost, ledger …) may have the file open too. Writers take an exclusive flock on
 * platform.db.lock for the time of a transaction: SQLite before 3.51.3 can corrupt a WAL when one connection checkpoints while
 * another writes. Those that read do neither.
 *
 * A WAL begins anew only when nobody reads from it. Readers come and go, and on a busy node there may always be one: when it has
 * grown far, the gate is closed for them until those that are inside have left and the WAL is short again.
 */
#include "platform/data/db-engine.h"
#include "platform/data/db-seal.h"
#include "platform/data/db-sqlite-gate.h"
#include "sync/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS        10000
#define WAL_PAGES      16000 /* from here on each commit moves what it can into the file: a page that many commits wrote, once */
#define WAL_PAGES_LONG 64000 /* and from here on readers have to let it begin anew */
/* Pages in memory, of the one that writes: a thousand events of a large ledger lie all over its indexes, two or three thousand pages,
 * and what has no room is written twice. A batch stands behind a savepoint, for which each page that it changes is kept once more as it
 * was: that is in memory, too, else nearly all of it goes through a file. */
#define CACHE      "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY"
#define CACHE_BULK "PRAGMA cache_size=-196608; PRAGMA temp_store=FILE"

/* Small pieces of memory of the one that writes, ready: a statement takes some thirty of them, and gives them back. */
#define READY_BYTES  512
#define READY_PIECES 2000

struct link {
    sqlite3 *sql;
    GHashTable *statements; /* SQL literal → struct rows */
    int lock_fd;
    bool writing;
    /* Of the one that writes. */
    struct gate gate;
    int wal_pages, wal_shorten_at;
};

struct rows {
    struct db_rows base;
    sqlite3_stmt *stmt;
};

static struct link *link_of(const struct db *db)
{
    return db->link;
}

static sqlite3_stmt *stmt_of(struct db_rows *rows)
{
    return ((struct rows *)rows)->stmt;
}

static bool fail(struct db *db, GError **error, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", what,
                link_of(db)->sql != NULL ? sqlite3_errmsg(link_of(db)->sql) : "no database");
    return false;
}

static bool exec(struct db *db, const char *sql, GError **error)
{
    return sqlite3_exec(link_of(db)->sql, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, error, "SQL");
}

/* A pragma that does not hold is a reason not to start: the default of a new file may lose the last commit. */
static bool pragma_is(struct db *db, const char *sql, const char *wanted, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(link_of(db)->sql, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW &&
              g_strcmp0((const char *)sqlite3_column_text(stmt, 0), wanted) == 0;

    sqlite3_finalize(stmt);
    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s is not %s", sql, wanted);
    return ok;
}

/* What SQLite itself has from 3.41 on. NULL for what is no hex. */
static void sql_unhex(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *text = (const char *)sqlite3_value_text(values[0]);
    size_t len = text != NULL ? strlen(text) / 2 : 0;
    g_autofree uint8_t *bytes = g_malloc(len + 1);

    if (text != NULL && wire_unhex(text, bytes, len))
        sqlite3_result_blob64(context, bytes, len, SQLITE_TRANSIENT);
}

/* What a process that was killed had written and not flushed must not be answered for before it is on the medium: a checkpoint
 * flushes the WAL before it moves anything, also when there is no room to move it to. Under the lock, as every other writing. */
static bool seen_is_durable(struct db *db, GError **error)
{
    if (flock(link_of(db)->lock_fd, LOCK_EX) != 0)
        return fail(db, error, "platform.db.lock");
    int code = sqlite3_wal_checkpoint_v2(link_of(db)->sql, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    flock(link_of(db)->lock_fd, LOCK_UN);
    return code == SQLITE_OK || (code & 0xFF) == SQLITE_FULL || fail(db, error, "flush at start");
}

/* What every connection has. */
static bool set_up_any(struct db *db, GError **error)
{
    if (sqlite3_create_function_v2(link_of(db)->sql, "unhex", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                   sql_unhex, NULL, NULL, NULL) != SQLITE_OK)
        return fail(db, error, "unhex");
    sqlite3_busy_timeout(link_of(db)->sql, BUSY_MS);
    if (sqlite3_db_config(link_of(db)->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK)
        return fail(db, error, "defensive mode");
    /* Else a statement whose value might be that of a partial index is planned anew at each turn, as a value decides. */
    if (sqlite3_db_config(link_of(db)->sql, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL) != SQLITE_OK)
        return fail(db, error, "stable plans");
    if (!db_seal_functions(link_of(db)->sql, db->keys))
        return fail(db, error, "functions for personal data");
    return exec(db, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON", error);
}

static int on_wal(void *data, sqlite3 *sql, const char *name, int pages)
{
    struct link *link = data;

    link->wal_pages = pages;
    if (pages >= WAL_PAGES)
        (void)sqlite3_wal_checkpoint_v2(sql, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* what it cannot move, the next one does */
    return SQLITE_OK;
}

static bool set_up(struct db *db, GError **error)
{
    if (!set_up_any(db, error))
        return false;
    (void)sqlite3_wal_hook(link_of(db)->sql, on_wal, link_of(db)); /* in place of wal_autocheckpoint */
    return exec(db,
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
                "PRAGMA secure_delete=ON; " CACHE,
                error) &&
           pragma_is(db, "PRAGMA journal_mode", "wal", error) &&
           pragma_is(db, "PRAGMA synchronous", "2", error) &&
           pragma_is(db, "PRAGMA foreign_keys", "1", error) &&
           pragma_is(db, "PRAGMA secure_delete", "1", error) && seen_is_durable(db, error);
}

/* Counts of memory that nobody asks for cost a lock at each piece. Where SQLite is in use already, it stays as it is. */
static void count_no_memory(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        g_once_init_leave(&done, 1);
    }
}

static bool open_files(struct db *db, const char *path, bool create, GError **error)
{
    g_autofree char *lock_path = g_strconcat(path, ".lock", NULL);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                (create ? SQLITE_OPEN_CREATE : 0);

    if (g_file_test(path, G_FILE_TEST_EXISTS) == create) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE,
                    create ? "%s is there already" : "%s is not there: run init first", path);
        return false;
    }
    link_of(db)->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (link_of(db)->lock_fd < 0) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s", lock_path, g_strerror(errno));
        return false;
    }
    count_no_memory();
    mode_t old = umask(0077);
    int rc = sqlite3_open_v2(path, &link_of(db)->sql, flags, NULL);
    umask(old);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(link_of(db)->sql, SQLITE_DBCONFIG_LOOKASIDE, NULL, READY_BYTES, READY_PIECES);
    return rc == SQLITE_OK || fail(db, error, path);
}

static bool lock_file(struct db *db, GError **error)
{
    while (flock(link_of(db)->lock_fd, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "platform.db.lock: %s", g_strerror(errno));
        return false;
    }
    link_of(db)->writing = true;
    return true;
}

static bool migrate_one(struct db *db, int version, GError **error)
{
    g_autofree char *mark = g_strdup_printf("PRAGMA user_version=%d", version + 1);
    const struct db_step *step = version < db_migration_count ? NULL : &db_steps[version - db_migration_count];

    if (exec(db, "BEGIN IMMEDIATE", error) && exec(db, step != NULL ? step->both : db_migrations[version], error) &&
        (step == NULL || step->sqlite == NULL || exec(db, step->sqlite, error)) && exec(db, mark, error) &&
        exec(db, "COMMIT", error))
        return true;
    if (!sqlite3_get_autocommit(link_of(db)->sql))
        exec(db, "ROLLBACK", NULL);
    return false;
}

static int version_of(struct db *db, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int version = -1;

    if (sqlite3_prepare_v2(link_of(db)->sql, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        version = sqlite3_column_int(stmt, 0);
    else
        fail(db, error, "user_version");
    sqlite3_finalize(stmt);
    return version;
}

/* Under the lock of all processes: the program that serves and one that lists kiosks may be started at the same moment. */
static bool migrate(struct db *db, GError **error)
{
    if (!lock_file(db, error))
        return false;
    int version = version_of(db, error);
    int newest = db_schema_version();
    bool ok = version >= 0 && version <= newest;

    if (version > newest)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE,
                    "platform.db is of version %d, this program knows %d", version, newest);
    for (; ok && version < newest; version++)
        ok = migrate_one(db, version, error);
    flock(link_of(db)->lock_fd, LOCK_UN);
    link_of(db)->writing = false;
    return ok;
}

static void rows_free(gpointer rows)
{
    sqlite3_finalize(((struct rows *)rows)->stmt);
    g_free(rows);
}

static struct link *link_new(struct db *db)
{
    struct link *link = g_new0(struct link, 1);

    link->lock_fd = -1;
    link->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, rows_free);
    link->wal_shorten_at = WAL_PAGES_LONG;
    gate_init(&link->gate);
    db->link = link;
    return link;
}

static bool on_open(struct db *db, const char *data_dir, bool create, GError **error)
{
    g_autofree char *real_dir = realpath(data_dir, NULL);
    g_autofree char *path = g_build_filename(real_dir != NULL ? real_dir : data_dir, "platform.db", NULL);

    (void)link_new(db);
    return open_files(db, path, create, error) && set_up(db, error) && migrate(db, error);
}

/* It never writes, nor checkpoints: neither after a commit nor when it is closed. */
static bool on_open_reader(struct db *reader, const char *data_dir, GError **error)
{
    const char *path = sqlite3_db_filename(link_of(reader->owner)->sql, "main");
    struct link *link = link_new(reader);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;

    return (sqlite3_open_v2(path, &link->sql, flags, NULL) == SQLITE_OK || fail(reader, error, "one more connection")) &&
           (sqlite3_db_config(link->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK || fail(reader, error, "no checkpoint")) &&
           set_up_any(reader, error) &&
           exec(reader, "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON; PRAGMA cache_size=-8192", error) &&
           pragma_is(reader, "PRAGMA query_only", "1", error);
}

static void on_close(struct db *db)
{
    struct link *link = link_of(db);

    if (link == NULL)
        return;
    g_hash_table_unref(link->statements);
    /* Closing the last connection checkpoints: under the lock, as every other writing. */
    if (link->lock_fd >= 0 && flock(link->lock_fd, LOCK_EX) != 0)
        g_warning("platform.db.lock: %s", g_strerror(errno));
    if (sqlite3_close(link->sql) != SQLITE_OK)
        g_critical("a statement was left open");
    if (link->lock_fd >= 0)
        close(link->lock_fd);
    gate_clear(&link->gate);
    g_free(link);
}

/* ---- The WAL ---- */

/* Under the lock of all writers. Readers of other programs are not waited for: then it is tried again when it has grown as far once more. */
static void wal_shorten(struct link *link)
{
    if (link->wal_pages < link->wal_shorten_at) {
        if (link->wal_pages < WAL_PAGES_LONG)
            link->wal_shorten_at = WAL_PAGES_LONG;
        return;
    }
    bool empty = gate_close(&link->gate);
    sqlite3_busy_timeout(link->sql, 0);
    int code = empty ? sqlite3_wal_checkpoint_v2(link->sql, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) : SQLITE_BUSY;
    sqlite3_busy_timeout(link->sql, BUSY_MS);
    gate_open(&link->gate);
    link->wal_shorten_at = code == SQLITE_OK ? WAL_PAGES_LONG : link->wal_pages + WAL_PAGES_LONG;
}

/* ---- Transactions ---- */

/* What a reader holds up, or a writer keeps others from, until its transaction ends. */
static void unlock(struct db *db)
{
    if (db->owner != NULL)
        gate_leave(&link_of(db->owner)->gate);
    if (link_of(db)->writing)
        flock(link_of(db)->lock_fd, LOCK_UN);
    link_of(db)->writing = false;
}

static bool on_begin(struct db *db, bool writing, GError **error)
{
    g_assert(writing == (db->owner == NULL));
    if (!writing)
        gate_enter(&link_of(db->owner)->gate);
    if ((!writing || lock_file(db, error)) && exec(db, writing ? "BEGIN IMMEDIATE" : "BEGIN", error))
        return true;
    unlock(db);
    return false;
}

static bool on_commit(struct db *db, GError **error)
{
    bool ok = exec(db, "COMMIT", error);

    if (!ok && !sqlite3_get_autocommit(link_of(db)->sql))
        exec(db, "ROLLBACK", NULL);
    if (ok && db->owner == NULL)
        wal_shorten(link_of(db));
    unlock(db);
    return ok;
}

static void on_rollback(struct db *db)
{
    /* SQLite may have rolled back by itself (disk full, I/O error): then there is nothing to end. */
    if (!sqlite3_get_autocommit(link_of(db)->sql) && !exec(db, "ROLLBACK", NULL))
        g_critical("ROLLBACK failed: %s", sqlite3_errmsg(link_of(db)->sql));
    unlock(db);
}

/* ---- Statements ---- */

static struct db_rows *prepare(struct db *db, const char *sql, GError **error)
{
    struct rows *rows = g_hash_table_lookup(link_of(db)->statements, sql);
    sqlite3_stmt *stmt = NULL;

    if (rows != NULL) {
        g_assert(!sqlite3_stmt_busy(rows->stmt));
        return &rows->base;
    }
    if (sqlite3_prepare_v3(link_of(db)->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
        fail(db, error, "prepare");
        return NULL;
    }
    rows = g_new0(struct rows, 1);
    *rows = (struct rows){.base.engine = db->engine, .stmt = stmt};
    g_hash_table_insert(link_of(db)->statements, (gpointer)sql, rows);
    return &rows->base;
}

/* `keep`: SQLITE_STATIC, where the values live as long as they are looked at, else SQLITE_TRANSIENT. */
static int bind_one(sqlite3_stmt *stmt, int place, const struct db_value *value, sqlite3_destructor_type keep)
{
    switch (value->kind) {
    case 's':
        return sqlite3_bind_text(stmt, place, value->text, -1, keep);
    case 'i':
        return sqlite3_bind_int64(stmt, place, value->number);
    case 'b':
        return sqlite3_bind_blob64(stmt, place, value->bytes, value->len, keep);
    default:
        return SQLITE_MISUSE;
    }
}

static void on_done(struct db_rows *rows)
{
    /* reset tells the step's error once more; it was told already. */
    (void)sqlite3_reset(stmt_of(rows));
    (void)sqlite3_clear_bindings(stmt_of(rows));
}

static struct db_rows *query(struct db *db, const char *sql, const struct db_value *values, int count, sqlite3_destructor_type keep,
                             GError **error)
{
    struct db_rows *rows = prepare(db, sql, error);
    int rc = SQLITE_OK;

    if (rows == NULL)
        return NULL;
    for (int i = 0; rc == SQLITE_OK && i < count; i++)
        rc = bind_one(stmt_of(rows), i + 1, &values[i], keep);
    if (rc == SQLITE_OK)
        return rows;
    fail(db, error, "bind");
    on_done(rows);
    return NULL;
}

static struct db_rows *on_query(struct db *db, const char *sql, const struct db_value *values, int count, GError **error)
{
    return query(db, sql, values, count, SQLITE_TRANSIENT, error);
}

static int on_next(struct db *db, struct db_rows *rows, GError **error)
{
    int rc = sqlite3_step(stmt_of(rows));

    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        fail(db, error, "step");
    on_done(rows);
    return rc == SQLITE_DONE ? 0 : -1;
}

/* At once, and no value is copied for it. */
static bool on_post(struct db *db, const char *sql, const struct db_value *values, int count, GError **error)
{
    struct db_rows *rows = query(db, sql, values, count, SQLITE_STATIC, error);
    int step = rows != NULL ? 1 : -1;

    while (step > 0)
        step = on_next(db, rows, error);
    return step == 0;
}

/* Nothing is ever under way. */
static bool on_settle(struct db *db, GError **error)
{
    return true;
}

/* Rows of a million lie all over their indexes: pages that are plenty for a kiosk's push would be read again for each. */
static bool on_bulk(struct db *db, bool on, GError **error)
{
    /* What a table holds now is what a way through it is chosen by: without, a key that begins with the community looks as good as an index. */
    return exec(db, on ? CACHE_BULK : CACHE "; PRAGMA analysis_limit=2000; ANALYZE", error);
}

static int on_changes(struct db *db)
{
    return sqlite3_changes(link_of(db)->sql);
}

/* SQLite counts the commits of others in data_version and ours in total_changes. */
static bool on_version(struct db *db, int64_t *out, GError **error)
{
    int64_t others;

    if (!db_int(db, error, 0, &others, "SELECT data_version FROM pragma_data_version WHERE ?1 IS NOT NULL", ""))
        return false;
    *out = others * 1000003 + sqlite3_total_changes64(link_of(db)->sql);
    return true;
}

/* ---- Columns ---- */

static int on_count(struct db_rows *rows)
{
    return sqlite3_column_count(stmt_of(rows));
}

static const char *on_name(struct db_rows *rows, int column)
{
    return sqlite3_column_name(stmt_of(rows), column);
}

static bool on_is_null(struct db_rows *rows, int column)
{
    return sqlite3_column_type(stmt_of(rows), column) == SQLITE_NULL;
}

static bool on_is_int(struct db_rows *rows, int column)
{
    return sqlite3_column_type(stmt_of(rows), column) == SQLITE_INTEGER;
}

static int64_t on_number(struct db_rows *rows, int column)
{
    return sqlite3_column_int64(stmt_of(rows), column);
}

static const char *on_text(struct db_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(stmt_of(rows), column);
}

static const void *on_bytes(struct db_rows *rows, int column, size_t *len)
{
    const void *bytes = sqlite3_column_blob(stmt_of(rows), column);

    *len = (size_t)sqlite3_column_bytes(stmt_of(rows), column);
    return bytes;
}

const struct db_engine db_engine_sqlite = {
    .name = "SQLite",
    .open = on_open,
    .open_reader = on_open_reader,
    .close = on_close,
    .begin = on_begin,
    .commit = on_commit,
    .rollback = on_rollback,
    .script = exec,
    .post = on_post,
    .settle = on_settle,
    .query = on_query,
    .next = on_next,
    .done = on_done,
    .bulk = on_bulk,
    .changes = on_changes,
    .version = on_version,
    .count = on_count,
    .name_of = on_name,
    .is_null = on_is_null,
    .is_int = on_is_int,
    .number = on_number,
    .text = on_text,
    .bytes = on_bytes,
};
