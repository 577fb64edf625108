/* SPDX-License-Identifier: Apache-2.0 */
/* Seats and what happened to them. */
#include "platform/data/db-activities.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define TOLD_MS (30 * INT64_C(86400000)) /* how long after its date kiosks are told of a seat */

#define SEAT "id, session, card, kiosk, reason, state, companions, asked_ms, offered_ms, ended_ms, drawn, door, changed_ms"

static bool seat_read(struct db_rows *stmt, void *out)
{
    struct seat_row *row = out;

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->session, sizeof row->session);
    db_copy_text(stmt, 2, row->card, sizeof row->card);
    db_copy_text(stmt, 3, row->kiosk, sizeof row->kiosk);
    db_copy_text(stmt, 4, row->reason, sizeof row->reason);
    row->seat.companions = (int)db_col_int(stmt, 6);
    row->seat.asked_ms = db_col_int(stmt, 7);
    row->seat.offered_ms = db_col_int(stmt, 8);
    row->seat.ended_ms = db_col_int(stmt, 9);
    row->drawn = db_col_int(stmt, 10) != 0;
    row->door = db_col_int(stmt, 11) != 0;
    row->changed_ms = db_col_int(stmt, 12);
    return seat_state_parse(db_col_text(stmt, 5), &row->seat.state);
}

static const struct db_reader READER = {seat_read, sizeof(struct seat_row), "a seat"};

bool db_seat_add(struct db *db, const struct seat_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO seat(community, id, session, card, kiosk, reason, state, companions, asked_ms, offered_ms, ended_ms, drawn,"
                  " door, changed_ms) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
                  "ssssssiiiiiii", row->id, row->session, row->card, row->kiosk, row->reason, seat_state_name(row->seat.state),
                  (int64_t)row->seat.companions, row->seat.asked_ms, row->seat.offered_ms, row->seat.ended_ms, (int64_t)row->drawn,
                  (int64_t)row->door, row->changed_ms);
}

bool db_seat_put(struct db *db, const struct seat_row *row, GError **error)
{
    return db_run(db, error,
                  "UPDATE seat SET reason=?3, state=?4, offered_ms=?5, ended_ms=?6, door=?7, changed_ms=?8 WHERE community=?1 AND id=?2",
                  "sssiiii", row->id, row->reason, seat_state_name(row->seat.state), row->seat.offered_ms, row->seat.ended_ms,
                  (int64_t)row->door, row->changed_ms);
}

bool db_seat_find(struct db *db, const char *id, struct seat_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, "SELECT " SEAT " FROM seat WHERE community=?1 AND id=?2", "s", id), &READER, out, found, error);
}

bool db_seat_open(struct db *db, const char *session, const char *card, struct seat_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error, "SELECT " SEAT " FROM seat WHERE community=?1 AND session=?2 AND card=?3 AND card<>'' AND ended_ms=0",
                             "ss", session, card),
                    &READER, out, found, error);
}

bool db_seat_first(struct db *db, const char *session, struct seat_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT " SEAT " FROM seat WHERE community=?1 AND session=?2 AND state='WAITLISTED' ORDER BY asked_ms, id"
                             " LIMIT 1",
                             "s", session),
                    &READER, out, found, error);
}

bool db_seat_ahead(struct db *db, const char *session, int64_t asked_ms, const char *id, bool *ahead, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found,
                     "SELECT count(*) FROM seat WHERE community=?1 AND session=?2 AND state='WAITLISTED' AND (asked_ms<?3 OR (asked_ms=?3 AND"
                     " id<?4))",
                     "sis", session, asked_ms, id);

    *ahead = found > 0;
    return ok;
}

bool db_seat_clash(struct db *db, const char *card, const struct date_row *session, bool *clash, GError **error)
{
    int64_t person = -1, found = 0;

    if (!db_card_token_person(db, card, &person, error) ||
        !db_int(db, error, 0, &found,
                "SELECT 1 FROM seat s INDEXED BY seat_card JOIN activity_session a ON a.community=?1 AND a.id=s.session WHERE"
                " s.community=?1 AND s.card IN (SELECT ?2 UNION SELECT c.token FROM card c WHERE c.community=?1 AND c.person=?3)"
                " AND s.session<>?4 AND s.state IN ('REGISTERED','OFFERED','CHECKED_IN') AND a.off_ms=0 AND a.start_ms<?6 AND a.end_ms>?5"
                " LIMIT 1",
                "sisii", card, person, session->id, session->session.start_ms, session->session.end_ms))
        return false;
    *clash = found != 0;
    return true;
}

GArray *db_seats(struct db *db, const char *session, bool all, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " SEAT " FROM seat WHERE community=?1 AND session=?2 AND (?3=1 OR ended_ms=0) ORDER BY asked_ms, id",
                             "si", session, (int64_t)all),
                    &READER, error);
}

GArray *db_seats_of_person(struct db *db, int64_t person, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " SEAT " FROM seat WHERE community=?1 AND ended_ms=0 AND card IN (SELECT token FROM card WHERE"
                             " community=?1 AND person=?2) ORDER BY asked_ms, id",
                             "i", person),
                    &READER, error);
}

GPtrArray *db_seats_due(struct db *db, int64_t now_ms, int64_t late_ms, int64_t limit, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT s.id FROM seat s JOIN activity_session a ON a.community=s.community AND a.id=s.session WHERE"
                             " s.community=?1 AND s.ended_ms=0 AND ((s.state='OFFERED' AND (s.offered_ms<=?2-?5 OR a.start_ms<=?2)) OR"
                             " (s.state IN ('REQUESTED','WAITLISTED') AND a.start_ms<=?2) OR (s.state='CHECKED_IN' AND a.end_ms<=?2) OR"
                             " (s.state='REGISTERED' AND a.end_ms<=?2-?3)) ORDER BY s.asked_ms, s.id LIMIT ?4",
                             "iiii", now_ms, late_ms, limit, SEAT_OFFER_MS),
                    error);
}

/* ---- What happened ---- */

bool db_seat_step_add(struct db *db, const struct seat_step_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO seat_step(community, seat, seq, id, at_ms, step, actor, kiosk, staff, from_state, to_state)"
                  " SELECT ?1, ?2, coalesce(max(seq),0)+1, CASE WHEN ?3<>'' THEN ?3 ELSE ?2||'.'||(coalesce(max(seq),0)+1) END, ?4, ?5, ?6,"
                  " ?7, ?8, ?9, ?10 FROM seat_step WHERE community=?1 AND seat=?2",
                  "ssissssss", row->seat, row->id, row->at_ms, row->step, row->actor, row->kiosk != NULL ? row->kiosk : "",
                  row->staff != NULL ? row->staff : "", row->from, row->to);
}

bool db_seat_step_taken(struct db *db, const char *id, bool *taken, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM seat_step WHERE community=?1 AND id=?2", "s", id);

    *taken = found != 0;
    return ok;
}

json_t *db_seat_steps(struct db *db, const char *seat, GError **error)
{
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT seq, id, at_ms, step, actor, kiosk, staff, from_state, to_state FROM seat_step WHERE community=?1 AND"
                              " seat=?2 ORDER BY seq",
                              "s", seat),
                     NULL, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

/* ---- The feed ---- */

json_t *db_seat_value(struct db *db, const char *id, int64_t now_ms, GError **error)
{
    struct date_row session;
    struct seat_row row;
    bool found;

    if (!db_seat_find(db, id, &row, &found, error) || !found || *row.card == '\0' ||
        !db_date_find(db, row.session, &session, &found, error) || !found || session.session.end_ms <= now_ms - TOLD_MS)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:I, s:I}", "id", row.id, "card_token", row.card, "session", row.session,
                     "activity", session.activity, "seat", seat_to_json(&row.seat), "reason", row.reason, "drawn", row.drawn, "start_ms",
                     (json_int_t)session.session.start_ms, "end_ms", (json_int_t)session.session.end_ms);
}

bool db_told_end(struct db *db, const char *topic, const char *keys, int64_t before_ms, GError **error)
{
    int64_t from_ms = 0;

    if (!db_int(db, error, 0, &from_ms, "SELECT before_ms FROM retention_floor WHERE community=?1 AND kind=?2", "s", topic))
        return false;
    g_autoptr(GPtrArray) over = db_texts(db, db_query(db, error, keys, "ii", from_ms, before_ms), error);
    bool ok = over != NULL;

    for (guint i = 0; ok && i < over->len; i++)
        ok = db_change_add(db, topic, g_ptr_array_index(over, i), error);
    return ok && db_floor_rise(db, topic, before_ms, error);
}

bool db_seats_told_end(struct db *db, int64_t now_ms, GError **error)
{
    return db_told_end(db, "seat",
                       "SELECT s.id FROM seat s JOIN activity_session a ON a.community=?1 AND a.id=s.session JOIN change c ON"
                       " c.community=?1 AND c.topic='seat' AND c.key=s.id WHERE s.community=?1 AND a.end_ms>?2 AND a.end_ms<=?3"
                       " ORDER BY s.id",
                       now_ms - TOLD_MS, error);
}

bool db_seats_erase(struct db *db, const char *card, GError **error)
{
    g_autoptr(GPtrArray) seats =
        db_texts(db, db_query(db, error, "SELECT id FROM seat WHERE community=?1 AND card=?2 AND ended_ms<>0", "s", card), error);
    bool ok = seats != NULL && db_run(db, error, "UPDATE seat SET card='' WHERE community=?1 AND card=?2 AND ended_ms<>0", "s", card);

    for (guint i = 0; ok && i < seats->len; i++)
        ok = db_change_add(db, "seat", g_ptr_array_index(seats, i), error);
    return ok;
}
