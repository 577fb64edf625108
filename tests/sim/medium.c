/* SPDX-License-Identifier: Apache-2.0 */
#include "books-internal.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/* A database of what is durable, opened beside everything that is simulated. */
static sqlite3 *medium_open(const struct sim_kiosk *kiosk, char **folder)
{
    g_autofree char *path = NULL;
    sqlite3 *db = NULL;

    *folder = g_build_filename(kiosk->machine.world->folder, "medium", NULL);
    g_assert_cmpint(g_mkdir(*folder, 0700), ==, 0);
    disk_copy_medium(kiosk->machine.disk, *folder);
    path = g_build_filename(*folder, "kiosk.db", NULL);
    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, DISK_VFS_BELOW), ==, SQLITE_OK);
    return db;
}

static void medium_close(sqlite3 *db, char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    sqlite3_close(db);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

static bool holds(const struct sim_kiosk *kiosk, const char *sql, int64_t seq, const char *first, const char *second)
{
    sqlite3_stmt *stmt = NULL;
    char *folder = NULL;
    sqlite3 *db = medium_open(kiosk, &folder);
    bool found = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK; /* no table: nothing is there */

    if (found && first == NULL)
        sqlite3_bind_int64(stmt, 1, seq);
    if (found && first != NULL) {
        sqlite3_bind_text(stmt, 1, first, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, second, -1, SQLITE_STATIC);
    }
    found = found && sqlite3_step(stmt) == SQLITE_ROW;
    sqlite3_finalize(stmt);
    medium_close(db, folder);
    return found;
}

bool medium_has_row(const struct sim_kiosk *kiosk, int64_t seq)
{
    return !disk_unsynced(kiosk->machine.disk, "-wal") ||
           holds(kiosk, "SELECT 1 FROM journal WHERE seq=?1", seq, NULL, NULL);
}

bool medium_has_payment(const struct sim_kiosk *kiosk, const char *payment_id, enum payment_state state)
{
    return !disk_unsynced(kiosk->machine.disk, "-wal") ||
           holds(kiosk, "SELECT 1 FROM journal WHERE json_extract(body,'$.data.id')=?1 AND json_extract(body,'$.data.state')=?2", 0,
                 payment_id, payment_state_name(state));
}

bool medium_has_settled(const struct sim_kiosk *kiosk, const char *payment_id)
{
    return !disk_unsynced(kiosk->machine.disk, "-wal") ||
           holds(kiosk, "SELECT 1 FROM journal WHERE json_extract(body,'$.data.payment.id')=?1 AND type=?2", 0, payment_id,
                 "doubt.settled");
}
