/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file: VACUUM INTO, in one reading transaction of a connection of its own, so that what others commit meanwhile is not in it. A
 * server: pg_dump, which does the same there. Neither brings the tables to this program's version: a copy is made before that.
 */
#include "platform/data/db-backup.h"
#include "platform/data/db.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 60000

static char *server_path(const char *data_dir)
{
    return g_build_filename(data_dir, DB_SERVER_FILE, NULL);
}

bool db_backup_on_server(const char *data_dir)
{
    g_autofree char *path = server_path(data_dir);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* An empty file for nobody else's eyes; who writes it later keeps its mode. */
static bool make_empty(const char *path, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && close(fd) == 0)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot make %s: %s", path, g_strerror(errno));
    return false;
}

static bool flush(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot flush %s: %s", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

/* ---- A file ---- */

static bool copy_file(sqlite3 *sql, const char *path, int64_t *schema, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(sql, "VACUUM INTO ?1", -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    if (code != SQLITE_DONE) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s", path, sqlite3_errmsg(sql));
        return false;
    }
    stmt = NULL;
    bool ok = sqlite3_prepare_v2(sql, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW;
    *schema = ok ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "user_version: %s", sqlite3_errmsg(sql));
    return ok;
}

static bool of_file(const char *data_dir, const char *path, int64_t *schema, GError **error)
{
    g_autofree char *from = g_build_filename(data_dir, "platform.db", NULL);
    sqlite3 *sql = NULL;
    bool ok = sqlite3_open_v2(from, &sql, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;

    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s", from, sql != NULL ? sqlite3_errmsg(sql) : "no memory");
    if (ok) {
        /* This connection only reads: whoever writes does the checkpoints. */
        sqlite3_busy_timeout(sql, BUSY_MS);
        sqlite3_wal_autocheckpoint(sql, 0);
        (void)sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        ok = copy_file(sql, path, schema, error);
    }
    sqlite3_close(sql);
    return ok;
}

/* ---- A server ---- */

static bool program(const char *const *argv, GError **error)
{
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    g_autofree char *said = NULL;

    if (process == NULL || !g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &said, error))
        return false;
    if (g_subprocess_get_successful(process))
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", argv[0], said != NULL ? g_strstrip(said) : "failed");
    return false;
}

static bool schema_of(const char *conninfo, int64_t *schema, GError **error)
{
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *result = PQexec(conn, "SELECT max(version) FROM citycard.schema_version");
    bool ok = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
              g_ascii_string_to_signed(PQgetvalue(result, 0, 0), 10, 1, G_MAXINT32, schema, NULL);

    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the version of the tables: %s", PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
    return ok;
}

static bool of_server(const char *data_dir, const char *path, int64_t *schema, GError **error)
{
    g_autofree char *where = server_path(data_dir), *conninfo = NULL;

    if (!g_file_get_contents(where, &conninfo, NULL, error))
        return false;
    g_strstrip(conninfo);
    const char *const argv[] = {"pg_dump", "--format=custom", "--schema=citycard", "--no-owner", "--no-privileges", "--file", path, "--dbname",
                                conninfo, NULL};
    /* A newer node that changes the tables between the two is found when the copy is opened: a later version has steps that only add. */
    return schema_of(conninfo, schema, error) && program(argv, error);
}

bool db_backup(const char *data_dir, const char *path, int64_t *schema, GError **error)
{
    if (!make_empty(path, error))
        return false;
    return (db_backup_on_server(data_dir) ? of_server(data_dir, path, schema, error) : of_file(data_dir, path, schema, error)) &&
           flush(path, error);
}

bool db_backup_load(const char *conninfo, const char *path, GError **error)
{
    const char *const argv[] = {"pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname",
                                conninfo, path, NULL};
    return program(argv, error);
}
