/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include <string.h>

bool db_pending_add(struct db *db, const struct pending_action *a, GError **error)
{
    return db_run(db, error, "INSERT INTO pending_action VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,'ASKED','',0)", "ssssssii", a->id, a->kind,
                  a->subject, a->data, a->reason, a->asked_by, a->asked_ms, a->expires_ms);
}

static bool pending_read(struct db_rows *row, void *into)
{
    struct pending_action *out = into;

    db_copy_text(row, 0, out->id, sizeof out->id);
    db_copy_text(row, 1, out->kind, sizeof out->kind);
    db_copy_text(row, 2, out->subject, sizeof out->subject);
    db_copy_text(row, 3, out->data, sizeof out->data);
    db_copy_text(row, 4, out->reason, sizeof out->reason);
    db_copy_text(row, 5, out->asked_by, sizeof out->asked_by);
    out->asked_ms = db_col_int(row, 6);
    out->expires_ms = db_col_int(row, 7);
    db_copy_text(row, 8, out->state, sizeof out->state);
    return true;
}

bool db_pending_find(struct db *db, const char *id, struct pending_action *out, bool *found, GError **error)
{
    static const struct db_reader ROW = {pending_read, sizeof *out, "an action of two people"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, kind, subject, data, reason, asked_by, asked_ms, expires_ms, state FROM pending_action"
                             " WHERE community=?1 AND id=?2",
                             "s", id),
                    &ROW, out, found, error);
}

bool db_pending_end(struct db *db, const char *id, const char *state, const char *by, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE pending_action SET state=?3, ended_by=?4, ended_ms=?5 WHERE community=?1 AND id=?2", "sssi", id,
                  state, by, now_ms);
}

bool db_pending_same(struct db *db, const struct pending_action *a, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM pending_action WHERE community=?1 AND kind=?2 AND subject=?3 AND state='ASKED'", "ss", a->kind,
                  a->subject);
}

bool db_pending_overtake(struct db *db, const char *kind, const char *subject, const char *by, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE pending_action SET state='WITHDRAWN', ended_by=?4, ended_ms=?5 WHERE community=?1 AND kind=?2 AND"
                  " subject=?3 AND state='ASKED'",
                  "sssi", kind, subject, by, now_ms);
}

bool db_pending_expire(struct db *db, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE pending_action SET state='EXPIRED', ended_ms=?2 WHERE community=?1 AND state='ASKED' AND expires_ms<=?2",
                  "i", now_ms);
}

json_t *db_pending_rows(struct db *db, bool open_only, int64_t limit, GError **error)
{
    json_t *rows = json_array();
    struct db_rows *stmt =
        open_only ? db_query(db, error,
                             "SELECT id, kind, subject, data, reason, asked_by, asked_ms, expires_ms, state, ended_by, ended_ms FROM"
                             " pending_action WHERE community=?1 AND state='ASKED' ORDER BY asked_ms DESC, id DESC LIMIT ?2",
                             "i", limit)
                  : db_query(db, error,
                             "SELECT id, kind, subject, data, reason, asked_by, asked_ms, expires_ms, state, ended_by, ended_ms FROM"
                             " pending_action WHERE community=?1 ORDER BY asked_ms DESC, id DESC LIMIT ?2",
                             "i", limit);

    if (!db_rows_json(db, stmt, NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}
