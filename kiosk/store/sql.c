/* SPDX-License-Identifier: Apache-2.0 */
#include "store/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

G_DEFINE_QUARK(store - error - quark, store_error)

/* ---- Errors ------------------------------------------------------------------------------------------------------- */

/* A full disk has many voices: SQLite's own, and what the kernel said to a write. */
static bool is_full(int code, int system_errno)
{
    if ((code & 0xFF) == SQLITE_FULL)
        return true;
    return (code & 0xFF) == SQLITE_IOERR &&
           (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG);
}

/* SQLite's messages name tables and columns, never values: they may be logged. */
bool sql_fail(struct sql *sql, const char *what, GError **error)
{
    int code = sqlite3_extended_errcode(sql->db);
    int kind = STORE_ERROR_SQL;

    if (is_full(code, sqlite3_system_errno(sql->db)))
        kind = STORE_ERROR_FULL;
    else if ((code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB)
        kind = STORE_ERROR_CORRUPT;
    else if ((code & 0xFF) == SQLITE_CONSTRAINT)
        kind = STORE_ERROR_STATE; /* what the tables do not allow: the same thing twice, mostly */
    g_set_error(error, STORE_ERROR, kind, "%s: %s (%d)", what, sqlite3_errmsg(sql->db), code);
    return false;
}

/* ---- Statements --------------------------------------------------------------------------------------------------- */

bool sql_script(struct sql *sql, const char *script, GError **error)
{
    if (sqlite3_exec(sql->db, script, NULL, NULL, NULL) != SQLITE_OK)
        return sql_fail(sql, "script", error);
    return true;
}

static bool bind_all(sqlite3_stmt *statement, const char *format, va_list values)
{
    bool good = true;

    for (int at = 1; *format != '\0'; format++, at++) {
        if (*format == 's') {
            good &= sqlite3_bind_text(statement, at, va_arg(values, const char *), -1, SQLITE_STATIC) ==
                    SQLITE_OK;
        } else if (*format == 'i') {
            good &= sqlite3_bind_int64(statement, at, va_arg(values, int64_t)) == SQLITE_OK;
        } else {
            g_assert(*format == 'b');
            const void *bytes = va_arg(values, const void *);
            int len = va_arg(values, int);
            good &= sqlite3_bind_blob(statement, at, bytes, len, SQLITE_STATIC) == SQLITE_OK;
        }
    }
    return good;
}

static sqlite3_stmt *query_v(struct sql *sql, enum sql_slot slot, const char *text, GError **error,
                             const char *format, va_list values)
{
    sqlite3_stmt **statement = &sql->statements[slot];

    if (*statement == NULL &&
        sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK) {
        sql_fail(sql, "prepare", error);
        return NULL;
    }
    g_assert(!sqlite3_stmt_busy(*statement));
    if (bind_all(*statement, format, values))
        return *statement;
    sql_fail(sql, "bind", error);
    sql_done(*statement);
    return NULL;
}

sqlite3_stmt *sql_query(struct sql *sql, enum sql_slot slot, const char *text, GError **error,
                        const char *format, ...)
{
    va_list values;

    va_start(values, format);
    sqlite3_stmt *statement = query_v(sql, slot, text, error, format, values);
    va_end(values);
    return statement;
}

int sql_step(struct sql *sql, sqlite3_stmt *statement, GError **error)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        sql_fail(sql, "step", error);
    sql_done(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

/* The code of a reset repeats that of the step, which was looked at then. */
void sql_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

bool sql_run(struct sql *sql, enum sql_slot slot, const char *text, GError **error, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    sqlite3_stmt *statement = query_v(sql, slot, text, error, format, values);
    va_end(values);
    if (statement == NULL)
        return false;
    int result = sql_step(sql, statement, error);
    g_assert(result != 1);
    return result == 0;
}

const char *sql_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? text : "";
}

bool sql_bytes(sqlite3_stmt *statement, int column, uint8_t *out, size_t len)
{
    const void *bytes = sqlite3_column_blob(statement, column);

    if (bytes == NULL || sqlite3_column_bytes(statement, column) != (int)len)
        return false;
    memcpy(out, bytes, len);
    return true;
}

/* ---- Transactions ------------------------------------------------------------------------------------------------- */

bool sql_checkpoint(struct sql *sql)
{
    int code = sqlite3_wal_checkpoint_v2(sql->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    /* No room to carry over to is found when the WAL has been flushed. */
    if (code != SQLITE_OK && (code & 0xFF) != SQLITE_FULL)
        sql->torn = true;
    if (code == SQLITE_OK)
        sql->wal_pages = 0;
    return code == SQLITE_OK;
}

/* What a flush refused is clean for the kernel from then on, and missing on the medium: only what is written again is flushed by
 * the next one. */
static bool file_again(sqlite3_file *wal)
{
    const sqlite3_int64 step = 64 * 1024;
    g_autofree uint8_t *block = g_malloc((gsize)step);
    sqlite3_int64 size = 0;
    bool done = wal->pMethods->xFileSize(wal, &size) == SQLITE_OK;

    for (sqlite3_int64 at = 0; done && at < size; at += step) {
        int len = (int)MIN(step, size - at);
        done = wal->pMethods->xRead(wal, block, len, at) == SQLITE_OK && wal->pMethods->xWrite(wal, block, len, at) == SQLITE_OK;
    }
    return done;
}

static sqlite3_file *wal_of(struct sql *sql)
{
    sqlite3_file *wal = NULL;
    bool is_open = sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK && wal != NULL &&
                   wal->pMethods != NULL;
    return is_open ? wal : NULL;
}

bool sql_again(struct sql *sql, GError **error)
{
    sqlite3_file *wal = wal_of(sql);

    if (wal == NULL || file_again(wal))
        return true;
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_SQL, "the WAL cannot be written again");
    return false;
}

/* The checkpoint flushed what is in the file before it cut it: so the cut must be flushed as well. */
bool sql_settle(struct sql *sql)
{
    sqlite3_file *wal = wal_of(sql);
    bool done = wal != NULL && (!sql->torn || file_again(wal)) &&
                sqlite3_wal_checkpoint_v2(sql->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK &&
                wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) == SQLITE_OK;

    if (done) {
        sql->torn = false;
        sql->wal_pages = 0;
    }
    return done;
}

static bool whole(struct sql *sql, GError **error)
{
    if (!sql->torn || sql_settle(sql))
        return true;
    return sql_fail(sql, "the WAL cannot be flushed", error);
}

bool sql_begin(struct sql *sql, GError **error)
{
    return whole(sql, error) && sql_run(sql, SQL_BEGIN, "BEGIN IMMEDIATE", error, "");
}

bool sql_commit(struct sql *sql, GError **error)
{
    bool done = sql_run(sql, SQL_COMMIT, "COMMIT", error, "");

    /* No room is found before anything is flushed; else the flush failed, or what comes behind it. */
    if (!done && (sqlite3_errcode(sql->db) & 0xFF) != SQLITE_FULL)
        sql->torn = true;
    return done;
}

void sql_rollback(struct sql *sql)
{
    g_autoptr(GError) error = NULL;

    sql->receipt_day = 0;
    /* Many errors have rolled back already. */
    if (sqlite3_get_autocommit(sql->db) == 0 && !sql_run(sql, SQL_ROLLBACK, "ROLLBACK", &error, ""))
        g_critical("rollback: %s", error->message);
}

/* ---- Opening ------------------------------------------------------------------------------------------------------ */

/* Set a pragma and read it back: SQLite answers an unknown or refused one with silence. */
static bool pragma_hold(struct sql *sql, const char *name, const char *value, const char *expected,
                        GError **error)
{
    g_autofree char *set = g_strdup_printf("PRAGMA %s=%s", name, value);
    g_autofree char *get = g_strdup_printf("PRAGMA %s", name);
    sqlite3_stmt *statement = NULL;

    if (!sql_script(sql, set, error))
        return false;
    if (sqlite3_prepare_v2(sql->db, get, -1, &statement, NULL) != SQLITE_OK)
        return sql_fail(sql, name, error);
    bool same = sqlite3_step(statement) == SQLITE_ROW && strcmp(sql_text(statement, 0), expected) == 0;
    sqlite3_finalize(statement);
    if (!same)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "SQLite does not hold %s=%s", name, value);
    return same;
}

static bool config_hold(struct sql *sql, int option, int value, GError **error)
{
    int now = -1;

    if (sqlite3_db_config(sql->db, option, value, &now) == SQLITE_OK && now == value)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "SQLite does not hold its option %d", option);
    return false;
}

/* What must be so before anything of the file is believed, and what makes `durable` mean durable. */
static bool settings_hold(struct sql *sql, GError **error)
{
    static const struct {
        const char *name, *value, *expected;
    } PRAGMAS[] = {
        {"trusted_schema", "OFF", "0"},       {"cell_size_check", "ON", "1"}, {"foreign_keys", "ON", "1"},
        {"recursive_triggers", "ON", "1"}, /* else INSERT OR REPLACE deletes without asking the triggers */
        {"busy_timeout", "5000", "5000"},     {"journal_mode", "WAL", "wal"},
        {"synchronous", "FULL", "2"},         {"secure_delete", "ON", "1"},
        {"wal_autocheckpoint", "0", "0"}, /* store_commit() sees to it, where nobody waits */
    };

    if (!config_hold(sql, SQLITE_DBCONFIG_DEFENSIVE, 1, error) ||
        !config_hold(sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, error) ||
        !config_hold(sql, SQLITE_DBCONFIG_DQS_DML, 0, error) ||
        !config_hold(sql, SQLITE_DBCONFIG_DQS_DDL, 0, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(PRAGMAS); i++)
        if (!pragma_hold(sql, PRAGMAS[i].name, PRAGMAS[i].value, PRAGMAS[i].expected, error))
            return false;
    return true;
}

/* The file grows a megabyte at a time: fewer changes of its size to be flushed, and room in hand when the disk is full. */
static bool growth_hold(struct sql *sql, GError **error)
{
    int bytes = 1 << 20;

    if (sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &bytes) == SQLITE_OK)
        return true;
    return sql_fail(sql, "growth", error);
}

static bool open_with(struct sql *sql, const char *path, int flags, GError **error)
{
    memset(sql, 0, sizeof *sql);
    if (sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "cannot open the database: %s",
                    sql->db != NULL ? sqlite3_errmsg(sql->db) : "no memory");
        sql_close(sql);
        return false;
    }
    sqlite3_extended_result_codes(sql->db, 1);
    if (segment_seal_install(sql, error))
        return true;
    sql_close(sql);
    return false;
}

static int wal_grown(void *ctx, sqlite3 *db, const char *name, int pages)
{
    ((struct sql *)ctx)->wal_pages = pages;
    return SQLITE_OK;
}

bool sql_open(struct sql *sql, const char *path, GError **error)
{
    if (!open_with(sql, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error))
        return false;
    if (settings_hold(sql, error) && growth_hold(sql, error)) {
        sqlite3_wal_hook(sql->db, wal_grown, sql);
        return true;
    }
    sql_close(sql);
    return false;
}

bool sql_open_scratch(struct sql *sql, GError **error)
{
    /* "": on disk without a name, so that a large journal needs no memory */
    return open_with(sql, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
}

bool sql_open_look(struct sql *sql, const char *path, GError **error)
{
    if (!open_with(sql, path, SQLITE_OPEN_READONLY, error))
        return false;
    /* Two connections that checkpoint can lose a WAL: this one never does. */
    if (config_hold(sql, SQLITE_DBCONFIG_DEFENSIVE, 1, error) && config_hold(sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, error) &&
        config_hold(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, error) &&
        pragma_hold(sql, "wal_autocheckpoint", "0", "0", error) && pragma_hold(sql, "cell_size_check", "ON", "1", error) &&
        pragma_hold(sql, "busy_timeout", "5000", "5000", error) && pragma_hold(sql, "query_only", "ON", "1", error))
        return true;
    sql_close(sql);
    return false;
}

void sql_close(struct sql *sql)
{
    for (size_t i = 0; i < SQL_SLOTS; i++) {
        sqlite3_finalize(sql->statements[i]);
        sql->statements[i] = NULL;
    }
    if (sql->torn) /* its hole is filled at the next start, before anything is carried over */
        sqlite3_db_config(sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (sqlite3_close(sql->db) != SQLITE_OK)
        g_critical("the database is closed with statements open");
    else
        g_clear_pointer(&sql->wal_sync, g_free);
    sql->db = NULL;
}
