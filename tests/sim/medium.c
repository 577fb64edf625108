/* SPDX-License-Identifier: Apache-2.0 */
#include "books-internal.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/* ---- The sidecar: rows that are flushed there before the database commits ------------------------------------------- */

#define FRAME_HEAD  24
#define FRAME_FIXED (36 + 32 + 32) /* id, prev, hash; then the body */

static uint64_t big_endian(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* Is it a whole row, by its own hash? */
static bool frame_whole(const uint8_t *frame, size_t body_len, int64_t seq)
{
    const uint8_t *fixed = frame + FRAME_HEAD;
    uint8_t hash[32];
    char id[37] = "";

    memcpy(id, fixed, 36);
    chain_hash(fixed + 36, (int64_t)big_endian(frame + 8, 8), seq, id, (const char *)fixed + FRAME_FIXED, body_len, hash);
    return memcmp(hash, fixed + 68, 32) == 0;
}

/* A row of it that the medium has: this number, or a body that holds both texts. */
static bool tail_holds(const struct disk *disk, int64_t seq, const char *first, const char *second)
{
    size_t len = 0;
    const uint8_t *bytes = disk_medium(disk, "kiosk.db-tail", &len), *end = bytes + len, *at = bytes;

    while (at != NULL && (at = memmem(at, (size_t)(end - at), "CKT1", 4)) != NULL && end - at > FRAME_HEAD + FRAME_FIXED) {
        size_t rest = (size_t)big_endian(at + 4, 4);
        int64_t number = (int64_t)big_endian(at + 16, 8);
        const uint8_t *frame = at;
        at += 4;
        if (rest <= FRAME_FIXED || rest > (size_t)(end - frame) - FRAME_HEAD || (seq > 0 && seq != number) ||
            !frame_whole(frame, rest - FRAME_FIXED, number))
            continue;
        const void *body = frame + FRAME_HEAD + FRAME_FIXED;
        if (seq > 0 || (memmem(body, rest - FRAME_FIXED, first, strlen(first)) != NULL &&
                        memmem(body, rest - FRAME_FIXED, second, strlen(second)) != NULL))
            return true;
    }
    return false;
}

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
    return seq < 1 || !disk_unsynced(kiosk->machine.disk, "-wal") || tail_holds(kiosk->machine.disk, seq, NULL, NULL) ||
           holds(kiosk, "SELECT 1 FROM journal WHERE seq=?1", seq, NULL, NULL);
}

bool medium_has_payment(const struct sim_kiosk *kiosk, const char *payment_id, enum payment_state state)
{
    g_autofree char *told = g_strdup_printf("\"state\":\"%s\"", payment_state_name(state));

    return !disk_unsynced(kiosk->machine.disk, "-wal") || tail_holds(kiosk->machine.disk, 0, payment_id, told) ||
           holds(kiosk, "SELECT 1 FROM journal WHERE json_extract(body,'$.data.id')=?1 AND json_extract(body,'$.data.state')=?2", 0,
                 payment_id, payment_state_name(state));
}

bool medium_has_settled(const struct sim_kiosk *kiosk, const char *payment_id)
{
    return !disk_unsynced(kiosk->machine.disk, "-wal") ||
           tail_holds(kiosk->machine.disk, 0, payment_id, "\"type\":\"doubt.settled\"") ||
           holds(kiosk, "SELECT 1 FROM journal WHERE json_extract(body,'$.data.payment.id')=?1 AND type=?2", 0, payment_id,
                 "doubt.settled");
}
