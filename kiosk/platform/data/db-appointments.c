/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-appointments.h"
#include "model/model.h"
#include "platform/data/db-rows.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    INT64_C(86400000)

/* ---- Times that are offered ---- */

bool db_slot_put(struct db *db, const struct slot_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO appointment_slot(community, hall, matter, start_ms, minutes, places) VALUES(?1,?2,?3,?4,?5,?6)"
                  " ON CONFLICT(community, hall, matter, start_ms) DO UPDATE SET minutes=excluded.minutes, places=excluded.places",
                  "ssiii", row->hall, row->matter, row->start_ms, row->minutes, row->places);
}

static bool slot_read(struct db_rows *stmt, void *out)
{
    struct slot_row *row = out;

    db_copy_text(stmt, 0, row->hall, sizeof row->hall);
    db_copy_text(stmt, 1, row->matter, sizeof row->matter);
    row->start_ms = db_col_int(stmt, 2);
    row->minutes = db_col_int(stmt, 3);
    row->places = db_col_int(stmt, 4);
    return true;
}

bool db_slot_find(struct db *db, const char *hall, const char *matter, int64_t start_ms, struct slot_row *out, bool *found, GError **error)
{
    static const struct db_reader SLOT = {slot_read, sizeof(struct slot_row), "a time of appointments"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT hall, matter, start_ms, minutes, places FROM appointment_slot WHERE community=?1 AND hall=?2 AND matter=?3"
                             " AND start_ms=?4",
                             "ssi", hall, matter, start_ms),
                    &SLOT, out, found, error);
}

#define TAKEN "state IN ('BOOKED','KEPT','NO_SHOW')"

static json_t *rows_json(struct db *db, struct db_rows *stmt, GError **error)
{
    json_t *rows = json_array();

    if (db_rows_json(db, stmt, NULL, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

json_t *db_slots(struct db *db, const char *hall, const char *matter, int64_t from_ms, GError **error)
{
    return rows_json(db,
                     db_query(db, error,
                              "SELECT hall, matter, start_ms, minutes, places, (SELECT count(*) FROM appointment a WHERE a.community=?1 AND"
                              " a.hall=s.hall AND a.matter=s.matter AND a.start_ms=s.start_ms AND a." TAKEN ") AS taken FROM appointment_slot s"
                              " WHERE community=?1 AND start_ms>?2 AND (?3='' OR hall=?3) AND (?4='' OR matter=?4) ORDER BY start_ms, hall, matter",
                              "iss", from_ms, hall, matter),
                     error);
}

/* ---- Who has one ---- */

#define ROW "id, hall, matter, card, ticket, state, start_ms, booked_ms, ended_ms"

static bool row_read(struct db_rows *stmt, void *out)
{
    struct appointment_row *row = out;

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->hall, sizeof row->hall);
    db_copy_text(stmt, 2, row->matter, sizeof row->matter);
    db_copy_text(stmt, 3, row->card, sizeof row->card);
    db_copy_text(stmt, 4, row->ticket, sizeof row->ticket);
    row->appointment.start_ms = db_col_int(stmt, 6);
    row->booked_ms = db_col_int(stmt, 7);
    row->appointment.ended_ms = db_col_int(stmt, 8);
    return appointment_state_parse(db_col_text(stmt, 5), &row->appointment.state);
}

static const struct db_reader READER = {row_read, sizeof(struct appointment_row), "an appointment"};

bool db_appointment_add(struct db *db, const struct appointment_row *row, GError **error)
{
    return db_run(db, error, "INSERT INTO appointment(community, " ROW ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)", "ssssssiii", row->id, row->hall,
                  row->matter, row->card, row->ticket, appointment_state_name(row->appointment.state), row->appointment.start_ms,
                  row->booked_ms, row->appointment.ended_ms);
}

bool db_appointment_put(struct db *db, const struct appointment_row *row, GError **error)
{
    return db_run(db, error, "UPDATE appointment SET ticket=?3, state=?4, start_ms=?5, ended_ms=?6 WHERE community=?1 AND id=?2", "sssii", row->id,
                  row->ticket, appointment_state_name(row->appointment.state), row->appointment.start_ms, row->appointment.ended_ms);
}

bool db_appointment_find(struct db *db, const char *id, struct appointment_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, "SELECT " ROW " FROM appointment WHERE community=?1 AND id=?2", "s", id), &READER, out, found,
                    error);
}

/* By any card of the same person. */
#define THEIRS(CARD) \
    "card IN (SELECT b.token FROM card a JOIN card b ON b.community=a.community AND b.person=a.person WHERE a.community=?1 AND a.token=" CARD ")"

bool db_appointment_facts(struct db *db, const struct appointment_row *row, int64_t start_ms, const char *except, struct appointment_facts *out,
                          GError **error)
{
    int64_t day_ms = ms_of_date(date_of_ms(start_ms));

    return db_int(db, error, 0, &out->taken,
                  "SELECT count(*) FROM appointment WHERE community=?1 AND hall=?2 AND matter=?3 AND start_ms=?4 AND id<>?5 AND " TAKEN, "ssis",
                  row->hall, row->matter, start_ms, except) &&
           db_int(db, error, 0, &out->of_day,
                  "SELECT count(*) FROM appointment WHERE community=?1 AND matter=?2 AND start_ms>=?3 AND start_ms<?4 AND id<>?5 AND " TAKEN
                  " AND " THEIRS("?6"),
                  "siiss", row->matter, day_ms, day_ms + DAY_MS, except, row->card);
}

static bool time_read(struct db_rows *stmt, void *out)
{
    *(int64_t *)out = db_col_int(stmt, 0);
    return true;
}

GArray *db_appointments_missed(struct db *db, const char *matter, const char *card, GError **error)
{
    static const struct db_reader TIME = {time_read, sizeof(int64_t), "an absence"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT start_ms FROM appointment WHERE community=?1 AND matter=?2 AND state='NO_SHOW' AND " THEIRS("?3")
                             " ORDER BY start_ms",
                             "ss", matter, card),
                    &TIME, error);
}

bool db_appointments_at(struct db *db, const char *card, const struct slot_row *slot, const char *except, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM appointment o JOIN appointment_slot s ON s.community=o.community AND s.hall=o.hall AND s.matter=o.matter"
                  " AND s.start_ms=o.start_ms WHERE o.community=?1 AND state='BOOKED' AND o.start_ms<?2 AND o.start_ms+s.minutes*?3>?4 AND id<>?5"
                  " AND " THEIRS("?6"),
                  "iiiss", slot->start_ms + slot->minutes * MINUTE_MS, MINUTE_MS, slot->start_ms, except, card);
}

bool db_appointment_near(struct db *db, const char *hall, const char *matter, const char *card, int64_t from_ms, int64_t to_ms,
                         struct appointment_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM appointment WHERE community=?1 AND hall=?2 AND matter=?3 AND card=?4 AND card<>'' AND"
                             " start_ms BETWEEN ?5 AND ?6 AND state IN ('BOOKED','NO_SHOW') ORDER BY start_ms LIMIT 1",
                             "sssii", hall, matter, card, from_ms, to_ms),
                    &READER, out, found, error);
}

bool db_appointment_of_slip(struct db *db, const char *hall, const char *matter, const char *card, uint32_t day, struct appointment_row *out,
                            bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM appointment WHERE community=?1 AND hall=?2 AND matter=?3 AND card=?4 AND card<>'' AND"
                             " state='KEPT' AND ticket IN (SELECT id FROM queue_ticket WHERE community=?1 AND hall=?2 AND day=?5 AND drawn=1 AND"
                             " card='' AND ended_ms=0) ORDER BY start_ms LIMIT 1",
                             "sssi", hall, matter, card, (int64_t)day),
                    &READER, out, found, error);
}

GArray *db_appointments_due(struct db *db, int64_t before_ms, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM appointment WHERE community=?1 AND ended_ms=0 AND start_ms<?2 ORDER BY start_ms, id", "i",
                             before_ms),
                    &READER, error);
}

GArray *db_appointments_of_person(struct db *db, int64_t person, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM appointment WHERE community=?1 AND ended_ms=0 AND card IN (SELECT token FROM card WHERE"
                             " community=?1 AND person=?2) ORDER BY start_ms, id",
                             "i", person),
                    &READER, error);
}

json_t *db_appointments(struct db *db, const char *hall, int64_t from_ms, int64_t to_ms, GError **error)
{
    return rows_json(db,
                     db_query(db, error,
                              "SELECT a.id, a.hall, a.matter, a.state, a.start_ms, a.ticket, s.seq, s.step, s.staff, s.at_ms FROM appointment a"
                              " JOIN appointment_step s ON s.community=a.community AND s.appointment=a.id WHERE a.community=?1 AND"
                              " a.start_ms>=?2 AND a.start_ms<?3 AND (?4='' OR a.hall=?4) ORDER BY a.start_ms, a.id, s.seq",
                              "iis", from_ms, to_ms, hall),
                     error);
}

bool db_appointment_step_add(struct db *db, const struct appointment_step_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO appointment_step(community, appointment, seq, step, staff, at_ms, start_ms) SELECT ?1, ?2, coalesce(max(seq),0)+1,"
                  " ?3, ?4, ?5, ?6 FROM appointment_step WHERE community=?1 AND appointment=?2",
                  "sssii", row->appointment, row->step, row->staff, row->at_ms, row->start_ms);
}

bool db_appointments_erase(struct db *db, const char *card, GError **error)
{
    return db_run(db, error, "UPDATE appointment SET card='' WHERE community=?1 AND card=?2", "s", card);
}
