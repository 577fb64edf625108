/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flush of one COMMIT, done by somebody else. SQLite in WAL mode commits like this:
 *
 *   pages appended to the WAL ─► xSync(WAL) ─► the transaction counts, COMMIT is true
 *                                   └─ error ─► the transaction does not count, COMMIT is false
 *
 * What lies behind xSync is exchanged, on the file of this one connection: when sql_commit_with() asks for it, the flush of
 * another file that holds the same fact takes the place of the WAL's. When that fails, the WAL is flushed after all, within
 * the same COMMIT; when both fail, COMMIT fails as it always does. After a power cut such a transaction, and what came after it,
 * may be gone from the database as a whole until a later flush of the WAL.
 *
 * Never exchanged: the flush of a WAL's new header. SQLite needs it on the medium before the first frames: else old frames
 * before them could be taken for the newest after a power cut.
 */
#include "store/sql.h"
#include "store/store.h"

struct wal_sync {
    sqlite3_io_methods methods; /* first: a file's pMethods points here */
    const sqlite3_io_methods *own;
    sql_flush flush; /* NULL: the WAL's own */
    void *ctx;
    bool header; /* written, and not flushed yet */
};

static struct wal_sync *of(const sqlite3_file *file)
{
    return (struct wal_sync *)(void *)file->pMethods;
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct wal_sync *sync = of(file);

    sync->header |= at == 0;
    return sync->own->xWrite(file, bytes, len, at);
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct wal_sync *sync = of(file);

    if (sync->flush != NULL && !sync->header && sync->flush(sync->ctx))
        return SQLITE_OK;
    int code = sync->own->xSync(file, flags);
    sync->header &= code != SQLITE_OK;
    return code;
}

/* Within a transaction: then the WAL is open, and it stays so until the connection is closed. */
static bool install(struct sql *sql, GError **error)
{
    sqlite3_file *wal = NULL;

    if (sql->wal_sync != NULL)
        return true;
    if (sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK || wal == NULL || wal->pMethods == NULL) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OPEN, "SQLite has no WAL open");
        return false;
    }
    sql->wal_sync = g_new0(struct wal_sync, 1);
    sql->wal_sync->own = wal->pMethods;
    sql->wal_sync->methods = *wal->pMethods;
    sql->wal_sync->methods.xWrite = on_write;
    sql->wal_sync->methods.xSync = on_sync;
    wal->pMethods = &sql->wal_sync->methods;
    return true;
}

bool sql_commit_with(struct sql *sql, sql_flush flush, void *ctx, GError **error)
{
    if (!install(sql, error))
        return false;
    sql->wal_sync->flush = flush;
    sql->wal_sync->ctx = ctx;
    bool done = sql_commit(sql, error);
    sql->wal_sync->flush = NULL;
    return done;
}
