/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/db-seal.h"
#include "sync/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(platform - error - quark, platform_error)

struct db {
    sqlite3 *sql;
    char *community;
    struct db_keys *keys; /* NULL: none */
    GHashTable *statements; /* SQL literal → sqlite3_stmt */
    GMutex lock;
    int lock_fd;
    bool writing;
};

static bool fail(struct db *db, GError **error, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", what,
                db->sql != NULL ? sqlite3_errmsg(db->sql) : "no database");
    return false;
}

static bool exec(struct db *db, const char *sql, GError **error)
{
    return sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, error, "SQL");
}

/* A pragma that does not hold is a reason not to start: the default of a new file may lose the last commit. */
static bool pragma_is(struct db *db, const char *sql, const char *wanted, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(db->sql, sql, -1, &stmt, NULL) == SQLITE_OK &&
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
    if (flock(db->lock_fd, LOCK_EX) != 0)
        return fail(db, error, "platform.db.lock");
    int code = sqlite3_wal_checkpoint_v2(db->sql, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    flock(db->lock_fd, LOCK_UN);
    return code == SQLITE_OK || (code & 0xFF) == SQLITE_FULL || fail(db, error, "flush at start");
}

static bool set_up(struct db *db, GError **error)
{
    if (sqlite3_create_function_v2(db->sql, "unhex", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                   sql_unhex, NULL, NULL, NULL) != SQLITE_OK)
        return fail(db, error, "unhex");
    sqlite3_busy_timeout(db->sql, 10000);
    if (sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK)
        return fail(db, error, "defensive mode");
    if (!db_seal_functions(db->sql, db->keys))
        return fail(db, error, "functions for personal data");
    return exec(db,
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
                "trusted_schema=OFF;"
                "PRAGMA cell_size_check=ON; PRAGMA recursive_triggers=ON; PRAGMA wal_autocheckpoint=400;"
                "PRAGMA secure_delete=ON; PRAGMA cache_size=-16384",
                error) &&
           pragma_is(db, "PRAGMA journal_mode", "wal", error) &&
           pragma_is(db, "PRAGMA synchronous", "2", error) &&
           pragma_is(db, "PRAGMA foreign_keys", "1", error) &&
           pragma_is(db, "PRAGMA secure_delete", "1", error) && seen_is_durable(db, error);
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
    db->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (db->lock_fd < 0) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s", lock_path, g_strerror(errno));
        return false;
    }
    mode_t old = umask(0077);
    int rc = sqlite3_open_v2(path, &db->sql, flags, NULL);
    umask(old);
    return rc == SQLITE_OK || fail(db, error, path);
}

static bool lock_file(struct db *db, GError **error)
{
    while (flock(db->lock_fd, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "platform.db.lock: %s", g_strerror(errno));
        return false;
    }
    db->writing = true;
    return true;
}

static bool migrate_one(struct db *db, int version, GError **error)
{
    g_autofree char *mark = g_strdup_printf("PRAGMA user_version=%d", version + 1);

    if (exec(db, "BEGIN IMMEDIATE", error) && exec(db, db_migrations[version], error) &&
        exec(db, mark, error) && exec(db, "COMMIT", error))
        return true;
    if (!sqlite3_get_autocommit(db->sql))
        exec(db, "ROLLBACK", NULL);
    return false;
}

static int version_of(struct db *db, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int version = -1;

    if (sqlite3_prepare_v2(db->sql, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
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
    bool ok = version >= 0 && version <= db_migration_count;

    if (version > db_migration_count)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE,
                    "platform.db is of version %d, this program knows %d", version, db_migration_count);
    for (; ok && version < db_migration_count; version++)
        ok = migrate_one(db, version, error);
    flock(db->lock_fd, LOCK_UN);
    db->writing = false;
    return ok;
}

struct db *db_open(const char *data_dir, const char *community, bool create, const struct db_keys *keys, GError **error)
{
    g_autofree char *real_dir = realpath(data_dir, NULL);
    g_autofree char *path = g_build_filename(real_dir != NULL ? real_dir : data_dir, "platform.db", NULL);
    struct db *db = g_new0(struct db, 1);

    g_mutex_init(&db->lock);
    db->lock_fd = -1;
    db->community = g_strdup(community);
    db->keys = g_memdup2(keys, keys != NULL ? sizeof *keys : 0);
    db->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
                                           (GDestroyNotify)(void (*)(void))sqlite3_finalize);
    if (!open_files(db, path, create, error) || !set_up(db, error) || !migrate(db, error)) {
        db_close(db);
        return NULL;
    }
    return db;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    g_hash_table_unref(db->statements);
    /* Closing the last connection checkpoints: under the lock, as every other writing. */
    if (db->lock_fd >= 0 && flock(db->lock_fd, LOCK_EX) != 0)
        g_warning("platform.db.lock: %s", g_strerror(errno));
    if (sqlite3_close(db->sql) != SQLITE_OK)
        g_critical("a statement was left open");
    if (db->lock_fd >= 0)
        close(db->lock_fd);
    g_mutex_clear(&db->lock);
    if (db->keys != NULL)
        OPENSSL_cleanse(db->keys, sizeof *db->keys);
    g_free(db->keys);
    g_free(db->community);
    g_free(db);
}

const char *db_community(const struct db *db)
{
    return db->community;
}

/* ---- Transactions ---- */

static void unlock(struct db *db)
{
    if (db->writing)
        flock(db->lock_fd, LOCK_UN);
    db->writing = false;
    g_mutex_unlock(&db->lock);
}

bool db_begin(struct db *db, bool writing, GError **error)
{
    g_mutex_lock(&db->lock);
    if ((writing && !lock_file(db, error)) || !exec(db, writing ? "BEGIN IMMEDIATE" : "BEGIN", error)) {
        unlock(db);
        return false;
    }
    return true;
}

bool db_commit(struct db *db, GError **error)
{
    bool ok = exec(db, "COMMIT", error);

    if (!ok && !sqlite3_get_autocommit(db->sql))
        exec(db, "ROLLBACK", NULL);
    unlock(db);
    return ok;
}

void db_rollback(struct db *db)
{
    /* SQLite may have rolled back by itself (disk full, I/O error): then there is nothing to end. */
    if (!sqlite3_get_autocommit(db->sql) && !exec(db, "ROLLBACK", NULL))
        g_critical("ROLLBACK failed: %s", sqlite3_errmsg(db->sql));
    unlock(db);
}

bool db_savepoint(struct db *db, GError **error)
{
    return exec(db, "SAVEPOINT item", error);
}

bool db_release(struct db *db, GError **error)
{
    return exec(db, "RELEASE item", error);
}

bool db_undo(struct db *db, GError **error)
{
    return exec(db, "ROLLBACK TO item; RELEASE item", error);
}

/* ---- Statements ---- */

static sqlite3_stmt *prepare(struct db *db, const char *sql, GError **error)
{
    sqlite3_stmt *stmt = g_hash_table_lookup(db->statements, sql);

    if (stmt != NULL) {
        g_assert(!sqlite3_stmt_busy(stmt));
        return stmt;
    }
    if (sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
        fail(db, error, "prepare");
        return NULL;
    }
    g_hash_table_insert(db->statements, (gpointer)sql, stmt);
    return stmt;
}

static int bind_one(sqlite3_stmt *stmt, int place, char format, va_list *args)
{
    const void *bytes;

    switch (format) {
    case 's':
        return sqlite3_bind_text(stmt, place, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    case 'i':
        return sqlite3_bind_int64(stmt, place, va_arg(*args, int64_t));
    case 'b':
        bytes = va_arg(*args, const void *);
        return sqlite3_bind_blob64(stmt, place, bytes, va_arg(*args, size_t), SQLITE_TRANSIENT);
    default:
        return SQLITE_MISUSE;
    }
}

static sqlite3_stmt *bound(struct db *db, GError **error, const char *sql, const char *format, va_list *args)
{
    sqlite3_stmt *stmt = prepare(db, sql, error);
    int place = 1, rc;

    if (stmt == NULL)
        return NULL;
    rc = sqlite3_bind_text(stmt, place++, db->community, -1, SQLITE_STATIC);
    for (const char *f = format; rc == SQLITE_OK && *f != '\0'; f++)
        rc = bind_one(stmt, place++, *f, args);
    if (rc == SQLITE_OK)
        return stmt;
    fail(db, error, "bind");
    db_done(stmt);
    return NULL;
}

sqlite3_stmt *db_query(struct db *db, GError **error, const char *sql, const char *format, ...)
{
    va_list args;
    sqlite3_stmt *stmt;

    va_start(args, format);
    stmt = bound(db, error, sql, format, &args);
    va_end(args);
    return stmt;
}

int db_next(struct db *db, sqlite3_stmt *stmt, GError **error)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        fail(db, error, "step");
    db_done(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

void db_done(sqlite3_stmt *stmt)
{
    /* reset tells the step's error once more; it was told already. */
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
}

bool db_run(struct db *db, GError **error, const char *sql, const char *format, ...)
{
    va_list args;
    sqlite3_stmt *stmt;
    int step;

    va_start(args, format);
    stmt = bound(db, error, sql, format, &args);
    va_end(args);
    if (stmt == NULL)
        return false;
    while ((step = db_next(db, stmt, error)) > 0)
        ;
    return step == 0;
}

bool db_int(struct db *db, GError **error, int64_t fallback, int64_t *out, const char *sql,
            const char *format, ...)
{
    va_list args;
    sqlite3_stmt *stmt;
    int step;

    *out = fallback;
    va_start(args, format);
    stmt = bound(db, error, sql, format, &args);
    va_end(args);
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step > 0) {
        if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
            *out = sqlite3_column_int64(stmt, 0);
        db_done(stmt);
    }
    return step >= 0;
}

bool db_text(struct db *db, GError **error, char **out, const char *sql, const char *format, ...)
{
    va_list args;
    sqlite3_stmt *stmt;
    int step;

    *out = NULL;
    va_start(args, format);
    stmt = bound(db, error, sql, format, &args);
    va_end(args);
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step > 0) {
        *out = g_strdup((const char *)sqlite3_column_text(stmt, 0));
        db_done(stmt);
    }
    return step >= 0;
}

int db_changes(struct db *db)
{
    return sqlite3_changes(db->sql);
}

/* SQLite counts the commits of others in data_version and ours in total_changes. */
bool db_version(struct db *db, int64_t *out, GError **error)
{
    int64_t others;

    if (!db_int(db, error, 0, &others, "SELECT data_version FROM pragma_data_version WHERE ?1 IS NOT NULL", ""))
        return false;
    *out = others * 1000003 + sqlite3_total_changes64(db->sql);
    return true;
}

void db_copy_text(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    g_strlcpy(out, text != NULL ? text : "", size);
}

bool db_copy_bytes(sqlite3_stmt *stmt, int column, uint8_t *out, size_t len)
{
    const void *bytes = sqlite3_column_blob(stmt, column);

    if (bytes == NULL || (size_t)sqlite3_column_bytes(stmt, column) != len)
        return false;
    memcpy(out, bytes, len);
    return true;
}
