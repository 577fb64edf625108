/* SPDX-License-Identifier: Apache-2.0 */
/* Activities, their dates, and the seats of them that kiosks were given. */
#include "platform/data/db-activities.h"
#include "model/clock.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define TOLD_MS (7 * INT64_C(86400000)) /* how long after its end kiosks are told of a date */

/* ---- Activities ---- */

bool db_activity_add(struct db *db, const struct activity_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO activity(community, id, kind, title_zh, title_en, place_zh, place_en, phone, fee_fen, made_ms)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                  "sssssssii", row->id, row->kind, row->title_zh, row->title_en, row->place_zh, row->place_en, row->phone, row->fee_fen,
                  row->made_ms);
}

static bool activity_read(struct db_rows *stmt, void *out)
{
    struct activity_row *row = out;

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->kind, sizeof row->kind);
    db_copy_text(stmt, 2, row->title_zh, sizeof row->title_zh);
    db_copy_text(stmt, 3, row->title_en, sizeof row->title_en);
    db_copy_text(stmt, 4, row->place_zh, sizeof row->place_zh);
    db_copy_text(stmt, 5, row->place_en, sizeof row->place_en);
    db_copy_text(stmt, 6, row->phone, sizeof row->phone);
    row->fee_fen = db_col_int(stmt, 7);
    row->made_ms = db_col_int(stmt, 8);
    return true;
}

bool db_activity_find(struct db *db, const char *id, struct activity_row *out, bool *found, GError **error)
{
    static const struct db_reader READER = {activity_read, sizeof(struct activity_row), "an activity"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, kind, title_zh, title_en, place_zh, place_en, phone, fee_fen, made_ms FROM activity WHERE"
                             " community=?1 AND id=?2",
                             "s", id),
                    &READER, out, found, error);
}

GPtrArray *db_activities(struct db *db, int64_t from_ms, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT a.id FROM activity a WHERE a.community=?1 AND EXISTS (SELECT 1 FROM activity_session s WHERE"
                             " s.community=?1 AND s.activity=a.id AND s.end_ms>?2) ORDER BY a.id",
                             "i", from_ms),
                    error);
}

/* ---- Dates ---- */

#define SESSION "id, activity, start_ms, end_ms, seats, age_min, age_max, off_ms, off_reason"

static bool session_read(struct db_rows *stmt, void *out)
{
    struct date_row *row = out;

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->activity, sizeof row->activity);
    row->session = (struct seat_session){.start_ms = db_col_int(stmt, 2),
                                         .end_ms = db_col_int(stmt, 3),
                                         .seats = (int)db_col_int(stmt, 4),
                                         .age_min = (int)db_col_int(stmt, 5),
                                         .age_max = (int)db_col_int(stmt, 6),
                                         .called_off = db_col_int(stmt, 7) != 0};
    row->off_ms = db_col_int(stmt, 7);
    db_copy_text(stmt, 8, row->off_reason, sizeof row->off_reason);
    return true;
}

static const struct db_reader SESSION_READER = {session_read, sizeof(struct date_row), "a date of an activity"};

bool db_date_add(struct db *db, const struct date_row *row, GError **error)
{
    const struct seat_session *session = &row->session;

    return db_run(db, error,
                  "INSERT INTO activity_session(community, id, activity, start_ms, end_ms, seats, age_min, age_max, off_ms, off_reason)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,0,'')",
                  "ssiiiii", row->id, row->activity, session->start_ms, session->end_ms, (int64_t)session->seats,
                  (int64_t)session->age_min, (int64_t)session->age_max);
}

bool db_date_find(struct db *db, const char *id, struct date_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, "SELECT " SESSION " FROM activity_session WHERE community=?1 AND id=?2", "s", id),
                    &SESSION_READER, out, found, error);
}

GArray *db_dates(struct db *db, const char *activity, int64_t from_ms, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " SESSION " FROM activity_session WHERE community=?1 AND activity=?2 AND end_ms>?3"
                             " ORDER BY start_ms, id",
                             "si", activity, from_ms),
                    &SESSION_READER, error);
}

bool db_date_off(struct db *db, const char *id, int64_t at_ms, const char *reason, GError **error)
{
    return db_run(db, error, "UPDATE activity_session SET off_ms=?3, off_reason=?4 WHERE community=?1 AND id=?2", "sis", id, at_ms, reason);
}

bool db_date_count(struct db *db, const char *session, struct date_count *out, GError **error)
{
    return db_int(db, error, 0, &out->taken,
                  "SELECT sum(1+companions) FROM seat WHERE community=?1 AND session=?2 AND state IN"
                  " ('REGISTERED','OFFERED','CHECKED_IN','COMPLETED','NO_SHOW')",
                  "s", session) &&
           db_int(db, error, 0, &out->waiting,
                  "SELECT count(*) FROM seat WHERE community=?1 AND session=?2 AND state='WAITLISTED'", "s", session) &&
           db_int(db, error, 0, &out->held,
                  "SELECT sum(k.rest) FROM (SELECT a.places-coalesce((SELECT sum(1+s.companions) FROM seat s WHERE s.community=?1 AND"
                  " s.session=?2 AND s.kiosk=a.kiosk AND s.drawn=1),0) AS rest FROM seat_allotment a WHERE a.community=?1 AND"
                  " a.session=?2) k WHERE k.rest>0",
                  "s", session);
}

/* ---- The feed ---- */

static json_t *session_value(struct db *db, const struct date_row *row, GError **error)
{
    const struct seat_session *session = &row->session;
    struct date_count count;

    if (!db_date_count(db, row->id, &count, error))
        return NULL;
    int64_t left = MAX(0, session->seats - count.taken - count.held);
    return json_pack("{s:s, s:I, s:I, s:i, s:i, s:i, s:b, s:I, s:I}", "id", row->id, "start_ms", (json_int_t)session->start_ms, "end_ms",
                     (json_int_t)session->end_ms, "seats", session->seats, "age_min", session->age_min, "age_max", session->age_max,
                     "called_off", session->called_off, "left", (json_int_t)(session->called_off || count.waiting > 0 ? 0 : left),
                     "waiting", (json_int_t)count.waiting);
}

static json_t *sessions_value(struct db *db, const GArray *rows, GError **error)
{
    json_t *out = json_array();

    for (guint i = 0; i < rows->len; i++) {
        json_t *one = session_value(db, &g_array_index(rows, struct date_row, i), error);

        if (one == NULL) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, one);
    }
    return out;
}

json_t *db_activity_value(struct db *db, const char *id, GError **error)
{
    struct activity_row row;
    bool found;

    if (!db_activity_find(db, id, &row, &found, error) || !found)
        return NULL;
    g_autoptr(GArray) rows = db_dates(db, id, now_ms() - TOLD_MS, error);
    json_t *sessions = rows != NULL && rows->len > 0 ? sessions_value(db, rows, error) : NULL;
    if (sessions == NULL)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "id", row.id, "kind", row.kind, "title_zh", row.title_zh, "title_en",
                     row.title_en, "place_zh", row.place_zh, "place_en", row.place_en, "phone", row.phone, "fee_fen",
                     (json_int_t)row.fee_fen, "sessions", sessions);
}

bool db_activities_told_end(struct db *db, int64_t now_ms, GError **error)
{
    return db_told_end(db, "activity",
                       "SELECT DISTINCT a.activity FROM activity_session a JOIN change c ON c.community=?1 AND c.topic='activity' AND"
                       " c.key=a.activity WHERE a.community=?1 AND a.end_ms>?2 AND a.end_ms<=?3 ORDER BY a.activity",
                       now_ms - TOLD_MS, error);
}

/* ---- Kiosks' own seats ---- */

bool db_allotment(struct db *db, const char *kiosk, const char *session, int64_t *places, int64_t *told, GError **error)
{
    return db_int(db, error, 0, places, "SELECT places FROM seat_allotment WHERE community=?1 AND kiosk=?2 AND session=?3", "ss", kiosk,
                  session) &&
           db_int(db, error, 0, told,
                  "SELECT sum(1+companions) FROM seat WHERE community=?1 AND session=?3 AND kiosk=?2 AND drawn=1", "ss", kiosk, session);
}

bool db_allotment_set(struct db *db, const char *kiosk, const char *session, int64_t places, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO seat_allotment(community, kiosk, session, places) VALUES(?1,?2,?3,?4) ON CONFLICT(community, kiosk, session)"
                  " DO UPDATE SET places=excluded.places",
                  "ssi", kiosk, session, places);
}

bool db_allotments_close(struct db *db, const char *kiosk, bool *any, GError **error)
{
    bool ok = db_run(db, error,
                     "INSERT INTO seat_closed(community, kiosk, session, places) SELECT community, kiosk, session, places FROM"
                     " seat_allotment WHERE community=?1 AND kiosk=?2 ON CONFLICT(community, kiosk, session) DO UPDATE SET"
                     " places=excluded.places",
                     "s", kiosk);

    *any = ok && db_changes(db) > 0;
    return ok;
}

bool db_allotments(struct db *db, const char *kiosk, int64_t from_ms, struct allotment *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT a.session, a.places-coalesce(c.places,0) FROM seat_allotment a JOIN activity_session s ON"
                                    " s.community=a.community AND s.id=a.session LEFT JOIN seat_closed c ON c.community=a.community AND"
                                    " c.kiosk=a.kiosk AND c.session=a.session WHERE a.community=?1 AND a.kiosk=?2 AND s.end_ms>?3 AND"
                                    " s.off_ms=0 AND a.places>coalesce(c.places,0)"
                                    " ORDER BY s.start_ms, a.session LIMIT ?4",
                                    "sii", kiosk, from_ms, (int64_t)ALLOTS_MAX);
    int step = stmt == NULL ? -1 : 1;

    out->count = 0;
    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        struct allot *allot = &out->allots[out->count++];

        db_copy_text(stmt, 0, allot->session, sizeof allot->session);
        allot->places = (int)db_col_int(stmt, 1);
    }
    return step == 0;
}

GPtrArray *db_allotment_kiosks(struct db *db, const char *session, GError **error)
{
    return db_texts(db,
                    db_query(db, error, "SELECT kiosk FROM seat_allotment WHERE community=?1 AND session=?2 ORDER BY kiosk", "s", session),
                    error);
}

bool db_seat_issue_add(struct db *db, const struct allotment *allotment, const char *payload, const char *signature, const char *key_id,
                       GError **error)
{
    return db_run(db, error, "INSERT INTO seat_issue(community, kiosk, version, payload, signature, key_id) VALUES(?1,?2,?3,?4,?5,?6)",
                  "sisss", allotment->kiosk, allotment->version, payload, signature, key_id);
}

bool db_seat_issue_version(struct db *db, const char *kiosk, int64_t *version, GError **error)
{
    return db_int(db, error, 0, version, "SELECT max(version) FROM seat_issue WHERE community=?1 AND kiosk=?2", "s", kiosk);
}

json_t *db_seat_envelope(struct db *db, const char *kiosk, GError **error)
{
    return db_envelope(db,
                       db_query(db, error,
                                "SELECT payload, signature, key_id FROM seat_issue WHERE community=?1 AND kiosk=?2 ORDER BY version"
                                " DESC LIMIT 1",
                                "s", kiosk),
                       error);
}
