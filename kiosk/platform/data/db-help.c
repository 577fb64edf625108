/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-help.h"
#include "platform/data/db-rows.h"

#define COLUMNS "id, kiosk, kind, staff, how, at_ms, told_ms, answered_ms, ended_ms, after_ms"

bool db_help_add(struct db *db, const struct help_row *row, GError **error)
{
    return db_run(db, error, "INSERT INTO help_call VALUES(?1,?2,?3,?4,?5,?6,0,'',0,'',0)", "sssii", row->id, row->kiosk, row->kind,
                  row->at_ms, row->told_ms);
}

bool db_help_answer(struct db *db, const char *id, const char *staff, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE help_call SET answered_ms=?4, staff=?3 WHERE community=?1 AND id=?2 AND answered_ms=0", "ssi", id,
                  staff, now_ms);
}

bool db_help_end(struct db *db, const char *id, const char *how, int64_t after_ms, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE help_call SET ended_ms=?5, how=?3, after_ms=?4 WHERE community=?1 AND id=?2 AND ended_ms=0", "ssii", id,
                  how, after_ms, now_ms);
}

static bool row_read(struct db_rows *rows, void *into)
{
    struct help_row *out = into;

    db_copy_text(rows, 0, out->id, sizeof out->id);
    db_copy_text(rows, 1, out->kiosk, sizeof out->kiosk);
    db_copy_text(rows, 2, out->kind, sizeof out->kind);
    db_copy_text(rows, 3, out->staff, sizeof out->staff);
    db_copy_text(rows, 4, out->how, sizeof out->how);
    out->at_ms = db_col_int(rows, 5);
    out->told_ms = db_col_int(rows, 6);
    out->answered_ms = db_col_int(rows, 7);
    out->ended_ms = db_col_int(rows, 8);
    out->after_ms = db_col_int(rows, 9);
    return out->id[0] != '\0';
}

static const struct db_reader HELP = {row_read, sizeof(struct help_row), "a call for help"};

bool db_help_find(struct db *db, const char *id, struct help_row *out, bool *found, GError **error)
{
    g_autoptr(GArray) rows =
        db_array(db, db_query(db, error, "SELECT " COLUMNS " FROM help_call WHERE community=?1 AND id=?2", "s", id), &HELP, error);

    *found = rows != NULL && rows->len > 0;
    if (*found)
        *out = g_array_index(rows, struct help_row, 0);
    return rows != NULL;
}

GArray *db_help_rows(struct db *db, const char *kiosk, bool all, int64_t from_ms, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " COLUMNS " FROM help_call WHERE community=?1 AND told_ms>=?4 AND (?2 IS NULL OR kiosk=?2) AND"
                             " (?3=1 OR ended_ms=0 OR (answered_ms=0 AND how='nobody')) ORDER BY told_ms DESC, id DESC LIMIT 500",
                             "sii", kiosk, (int64_t)all, from_ms),
                    &HELP, error);
}

json_t *db_help_value(struct db *db, const char *kiosk, GError **error)
{
    g_autoptr(GArray) rows =
        db_array(db,
                 db_query(db, error,
                          "SELECT " COLUMNS " FROM help_call WHERE community=?1 AND kiosk=?2 AND ended_ms=0 AND answered_ms>0"
                          " ORDER BY answered_ms DESC, id DESC LIMIT 1",
                          "s", kiosk),
                 &HELP, error);

    if (rows == NULL || rows->len == 0)
        return NULL;
    const struct help_row *row = &g_array_index(rows, struct help_row, 0);
    return json_pack("{s:s, s:I}", "call", row->id, "answered_ms", (json_int_t)row->answered_ms);
}
