/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"

#include <string.h>

static const char *const STATES[] = {"", "STAGING", "DROPPED", "PUBLISHED"};

static bool damaged(GError **error)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "an import of the hotlist is damaged");
    return false;
}

bool db_import_find(struct db *db, struct import_row *out, GError **error)
{
    struct db_rows *stmt = db_query(
        db, error, "SELECT state, file, done, changes, count, digest, at_ms FROM hotlist_import WHERE community=?1", "");
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    memset(out, 0, sizeof *out);
    if (step != 1)
        return step == 0;
    for (unsigned i = IMPORT_STAGING; i < G_N_ELEMENTS(STATES); i++)
        if (strcmp(db_col_text(stmt, 0), STATES[i]) == 0)
            out->state = (enum import_state)i;
    out->done = db_col_int(stmt, 2);
    out->changes = db_col_int(stmt, 3);
    out->count = db_col_int(stmt, 4);
    out->at_ms = db_col_int(stmt, 6);
    bool good = out->state != IMPORT_NONE && db_copy_bytes(stmt, 1, out->file, 32) && db_copy_bytes(stmt, 5, out->digest, 32);
    db_done(stmt);
    return good || damaged(error);
}

bool db_import_set(struct db *db, const struct import_row *row, GError **error)
{
    if (row->state == IMPORT_NONE)
        return db_run(db, error, "DELETE FROM hotlist_import WHERE community=?1", "");
    return db_run(db, error, 
                  "INSERT INTO hotlist_import VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(community) DO UPDATE SET"
                  " state=excluded.state, file=excluded.file, done=excluded.done, changes=excluded.changes,"
                  " count=excluded.count, digest=excluded.digest, at_ms=excluded.at_ms",
                  "sbiiibi", STATES[row->state], row->file, sizeof row->file, row->done, row->changes, row->count, row->digest,
                  sizeof row->digest, row->at_ms);
}

bool db_staged_get(struct db *db, uint64_t mark, struct staged_row *out, GError **error)
{
    uint8_t bytes[8];
    int64_t both;

    db_mark_bytes(mark, bytes);
    *out = (struct staged_row){0};
    if (!db_int(db, error, -1, &both,
                "SELECT (reason+1)*16 + had+1 FROM hotlist_staged WHERE community=?1 AND mark=?2", "b", bytes, sizeof bytes))
        return false;
    if (both >= 0)
        *out = (struct staged_row){true, (int)(both / 16) - 1, (int)(both % 16) - 1};
    return true;
}

bool db_staged_set(struct db *db, uint64_t mark, int reason, int had, GError **error)
{
    uint8_t bytes[8];

    db_mark_bytes(mark, bytes);
    return db_run(db, error, 
                  "INSERT INTO hotlist_staged VALUES(?1,?2,?3,?4) ON CONFLICT(community, mark) DO UPDATE SET"
                  " reason=excluded.reason, had=excluded.had",
                  "bii", bytes, sizeof bytes, (int64_t)reason, (int64_t)had);
}

bool db_staged_delete(struct db *db, uint64_t mark, GError **error)
{
    uint8_t bytes[8];

    db_mark_bytes(mark, bytes);
    return db_run(db, error, "DELETE FROM hotlist_staged WHERE community=?1 AND mark=?2", "b", bytes, sizeof bytes);
}

/* The last mark of the first `limit` rows. */
static bool bound(struct db *db, int64_t limit, uint8_t out[8], bool *found, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT mark FROM (SELECT mark FROM hotlist_staged WHERE community=?1 ORDER BY mark LIMIT ?2)"
                                  " first ORDER BY mark DESC LIMIT 1",
                                  "i", limit);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    *found = step > 0;
    if (step <= 0)
        return step == 0;
    bool good = db_copy_bytes(stmt, 0, out, 8);
    db_done(stmt);
    return good || damaged(error);
}

bool db_staged_move(struct db *db, int64_t limit, bool drop, int64_t since_ms, bool *more, GError **error)
{
    uint8_t last[8];

    if (!bound(db, limit, last, more, error))
        return false;
    if (!*more)
        return true;
    if (!drop && (!db_run(db, error,
                          "INSERT INTO hotlist_entry(community, mark, reason, since_ms) SELECT community, mark, reason, ?3 FROM"
                          " hotlist_staged WHERE community=?1 AND mark<=?2 AND reason>=0 AND reason<>had"
                          " ON CONFLICT(community, mark) DO UPDATE SET reason=excluded.reason, since_ms=CASE WHEN"
                          " hotlist_entry.since_ms<excluded.since_ms THEN hotlist_entry.since_ms ELSE excluded.since_ms END",
                          "bi", last, sizeof last, since_ms) ||
                  !db_run(db, error,
                          "DELETE FROM hotlist_entry WHERE community=?1 AND mark IN (SELECT mark FROM hotlist_staged WHERE"
                          " community=?1 AND mark<=?2 AND reason<0)",
                          "b", last, sizeof last)))
        return false;
    return db_run(db, error, "DELETE FROM hotlist_staged WHERE community=?1 AND mark<=?2", "b", last, sizeof last);
}

bool db_staged_each(struct db *db, db_mark_fn each, void *ctx, GError **error)
{
    return db_marks_each(db,
                         "SELECT mark, reason FROM hotlist_staged WHERE community=?1 AND mark>?2 AND reason<>had ORDER BY mark"
                         " LIMIT ?3",
                         each, ctx, error);
}
