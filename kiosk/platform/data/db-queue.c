/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, and what happened to them. */
#include "platform/data/db-queue.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define ROW                                                                                                                          \
    "id, hall, matter, card, kiosk, counter, moved, letter, state, class, day, no, drawn, calls, behind, requeued, issued_ms,"        \
    " called_ms, missed_ms, served_ms, ended_ms"

static bool row_read(struct db_rows *stmt, void *out)
{
    struct queue_row *row = out;
    char letter[2];

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->hall, sizeof row->hall);
    db_copy_text(stmt, 2, row->matter, sizeof row->matter);
    db_copy_text(stmt, 3, row->card, sizeof row->card);
    db_copy_text(stmt, 4, row->kiosk, sizeof row->kiosk);
    db_copy_text(stmt, 5, row->counter, sizeof row->counter);
    db_copy_text(stmt, 6, row->moved, sizeof row->moved);
    db_copy_text(stmt, 7, letter, sizeof letter);
    row->letter = letter[0];
    row->day = (uint32_t)db_col_int(stmt, 10);
    row->no = (int)db_col_int(stmt, 11);
    row->drawn = db_col_int(stmt, 12) != 0;
    row->ticket.calls = (unsigned)db_col_int(stmt, 13);
    row->ticket.behind = (unsigned)db_col_int(stmt, 14);
    row->ticket.requeued = db_col_int(stmt, 15) != 0;
    row->ticket.issued_ms = db_col_int(stmt, 16);
    row->ticket.called_ms = db_col_int(stmt, 17);
    row->ticket.missed_ms = db_col_int(stmt, 18);
    row->ticket.served_ms = db_col_int(stmt, 19);
    row->ticket.ended_ms = db_col_int(stmt, 20);
    return queue_state_parse(db_col_text(stmt, 8), &row->ticket.state) && queue_class_parse(db_col_text(stmt, 9), &row->class);
}

static const struct db_reader READER = {row_read, sizeof(struct queue_row), "a number"};

bool db_queue_add(struct db *db, const struct queue_row *row, GError **error)
{
    const struct queue_ticket *ticket = &row->ticket;
    const char letter[2] = {row->letter, '\0'};

    return db_run(db, error,
                  "INSERT INTO queue_ticket(community, id, hall, matter, card, kiosk, counter, moved, letter, state, class, day, no, drawn,"
                  " calls, behind, requeued, issued_ms, called_ms, missed_ms, served_ms, ended_ms)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22)",
                  "ssssssssssiiiiiiiiiii", row->id, row->hall, row->matter, row->card, row->kiosk, row->counter, row->moved, letter,
                  queue_state_name(ticket->state), queue_class_name(row->class), (int64_t)row->day, (int64_t)row->no, (int64_t)row->drawn,
                  (int64_t)ticket->calls, (int64_t)ticket->behind, (int64_t)ticket->requeued, ticket->issued_ms, ticket->called_ms,
                  ticket->missed_ms, ticket->served_ms, ticket->ended_ms);
}

bool db_queue_put(struct db *db, const struct queue_row *row, GError **error)
{
    const struct queue_ticket *ticket = &row->ticket;

    return db_run(db, error,
                  "UPDATE queue_ticket SET counter=?3, moved=?4, state=?5, calls=?6, behind=?7, requeued=?8, called_ms=?9, missed_ms=?10,"
                  " served_ms=?11, ended_ms=?12 WHERE community=?1 AND id=?2",
                  "ssssiiiiiii", row->id, row->counter, row->moved, queue_state_name(ticket->state), (int64_t)ticket->calls,
                  (int64_t)ticket->behind, (int64_t)ticket->requeued, ticket->called_ms, ticket->missed_ms, ticket->served_ms,
                  ticket->ended_ms);
}

bool db_queue_find(struct db *db, const char *id, struct queue_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, "SELECT " ROW " FROM queue_ticket WHERE community=?1 AND id=?2", "s", id), &READER, out, found,
                    error);
}

bool db_queue_numbered(struct db *db, const char *hall, uint32_t day, char letter, int no, bool *taken, GError **error)
{
    const char name[2] = {letter, '\0'};
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM queue_ticket WHERE community=?1 AND hall=?2 AND day=?3 AND letter=?4 AND no=?5",
                     "sisi", hall, (int64_t)day, name, (int64_t)no);

    *taken = found != 0;
    return ok;
}

bool db_queue_of_card(struct db *db, const char *hall, const char *matter, const char *card, struct queue_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM queue_ticket WHERE community=?1 AND hall=?2 AND matter=?3 AND card=?4 AND card<>'' AND"
                             " ended_ms=0",
                             "sss", hall, matter, card),
                    &READER, out, found, error);
}

#define HAD "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card=?4 AND card<>'' AND hall=?2 AND matter=?3 AND day=?5 AND drawn=0"

bool db_queue_had(struct db *db, const char *hall, const char *matter, const char *card, uint32_t day, struct queue_had *out, GError **error)
{
    return db_int(db, error, 0, &out->all, HAD, "sssi", hall, matter, card, (int64_t)day) &&
           db_int(db, error, 0, &out->used, HAD " AND state NOT IN ('CANCELLED','EXPIRED','TRANSFERRED')", "sssi", hall, matter, card,
                  (int64_t)day);
}

bool db_queue_came(struct db *db, const struct queue_row *like, int64_t until_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card=?4 AND card<>'' AND hall=?2 AND matter=?3 AND day=?5 AND"
                  " issued_ms<=?6 AND (state NOT IN ('CANCELLED','EXPIRED','TRANSFERRED') OR (state='EXPIRED' AND (missed_ms=0 OR"
                  " requeued=1)))",
                  "sssii", like->hall, like->matter, like->card, (int64_t)like->day, until_ms);
}

#define NOBODYS \
    "SELECT count(*) FROM queue_ticket WHERE community=?1 AND hall=?2 AND day=?3 AND letter=?4 AND kiosk=?5 AND card='' AND drawn=0 AND "

bool db_queue_nobodys(struct db *db, const char *kiosk, const char *hall, char letter, int64_t now_ms, struct queue_nobodys *out, GError **error)
{
    const char name[2] = {letter, '\0'};
    int64_t day = date_of_ms(now_ms);

    return db_int(db, error, 0, &out->open, NOBODYS "ended_ms=0", "siss", hall, day, name, kiosk) &&
           db_int(db, error, 0, &out->hour, NOBODYS "issued_ms>?6", "sissi", hall, day, name, kiosk, now_ms - INT64_C(3600000));
}

bool db_queue_booked(struct db *db, const char *id, GError **error)
{
    return db_run(db, error, "UPDATE queue_ticket SET class='booked' WHERE community=?1 AND id=?2", "s", id);
}

bool db_queue_unname(struct db *db, const char *id, GError **error)
{
    return db_run(db, error,
                  "UPDATE queue_ticket SET card='', class=CASE class WHEN 'booked' THEN 'normal' ELSE class END WHERE community=?1 AND id=?2",
                  "s", id);
}

bool db_queue_at_counter(struct db *db, const char *hall, const char *counter, struct queue_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM queue_ticket WHERE community=?1 AND hall=?2 AND counter=?3 AND state IN ('CALLED','SERVING')",
                             "ss", hall, counter),
                    &READER, out, found, error);
}

GArray *db_queue_open(struct db *db, const char *hall, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM queue_ticket WHERE community=?1 AND hall=?2 AND ended_ms=0 ORDER BY issued_ms, letter, no", "s",
                             hall),
                    &READER, error);
}

GArray *db_queue_open_of(struct db *db, const char *hall, uint32_t day, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT " ROW " FROM queue_ticket WHERE community=?1 AND hall=?2 AND day=?3 AND ended_ms=0 ORDER BY issued_ms,"
                             " letter, no",
                             "si", hall, (int64_t)day),
                    &READER, error);
}

GArray *db_queue_day(struct db *db, const char *hall, uint32_t day, GError **error)
{
    return db_array(db,
                    db_query(db, error, "SELECT " ROW " FROM queue_ticket WHERE community=?1 AND hall=?2 AND day=?3 ORDER BY letter, no", "si",
                             hall, (int64_t)day),
                    &READER, error);
}

/* ---- Turns, services, counters ---- */

struct run {
    char letter[2];
    unsigned run;
};

static bool run_read(struct db_rows *stmt, void *out)
{
    struct run *row = out;

    db_copy_text(stmt, 0, row->letter, sizeof row->letter);
    row->run = (unsigned)db_col_int(stmt, 1);
    return true;
}

bool db_queue_runs(struct db *db, const char *hall, uint32_t day, const char *counter, struct queue_runs *out, GError **error)
{
    static const struct db_reader RUN = {run_read, sizeof(struct run), "calls one after the other"};
    g_autoptr(GArray) rows = db_array(db,
                                      db_query(db, error,
                                               "SELECT letter, run FROM queue_run WHERE community=?1 AND hall=?2 AND day=?3 AND (counter='' OR"
                                               " counter=?4)",
                                               "sis", hall, (int64_t)day, counter),
                                      &RUN, error);

    *out = (struct queue_runs){0};
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct run *row = &g_array_index(rows, struct run, i);
        *(queue_letter_valid(*row->letter) ? &out->letter[*row->letter - 'A'] : &out->counter) = row->run;
    }
    return rows != NULL;
}

static bool run_set(struct db *db, const char *hall, uint32_t day, const char *letter, const char *counter, unsigned run, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO queue_run(community, hall, day, letter, counter, run) VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, hall, day,"
                  " letter, counter) DO UPDATE SET run=excluded.run",
                  "sissi", hall, (int64_t)day, letter, counter, (int64_t)run);
}

bool db_queue_runs_put(struct db *db, const char *hall, uint32_t day, char letter, const char *counter, const struct queue_runs *runs,
                       GError **error)
{
    const char name[2] = {letter, '\0'};

    return run_set(db, hall, day, name, "", runs->letter[letter - 'A'], error) && run_set(db, hall, day, "", counter, runs->counter, error);
}

static bool time_read(struct db_rows *stmt, void *out)
{
    *(int64_t *)out = db_col_int(stmt, 0);
    return true;
}

GArray *db_queue_services(struct db *db, const char *hall, char letter, GError **error)
{
    static const struct db_reader TIME = {time_read, sizeof(int64_t), "a service"};
    const char name[2] = {letter, '\0'};

    return db_array(db,
                    db_query(db, error,
                             "SELECT ended_ms-served_ms FROM queue_ticket t WHERE community=?1 AND hall=?2 AND letter=?3 AND state='DONE' AND"
                             " NOT EXISTS (SELECT 1 FROM queue_step s WHERE s.community=?1 AND s.ticket=t.id AND s.step='close') ORDER BY"
                             " served_ms DESC LIMIT ?4",
                             "ssi", hall, name, (int64_t)QUEUE_SERVICES),
                    &TIME, error);
}

bool db_queue_counters(struct db *db, const char *hall, char letter, int64_t *count, GError **error)
{
    const char name[2] = {letter, '\0'};

    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM queue_ticket WHERE community=?1 AND hall=?2 AND ended_ms=0 AND letter=?3 AND state IN"
                  " ('CALLED','SERVING')",
                  "ss", hall, name);
}

bool db_queue_counter_set(struct db *db, const char *hall, const char *counter, int64_t paused_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO queue_counter(community, hall, counter, paused_ms) VALUES(?1,?2,?3,?4) ON CONFLICT(community, hall, counter) DO"
                  " UPDATE SET paused_ms=excluded.paused_ms",
                  "ssi", hall, counter, paused_ms);
}

bool db_queue_counter_paused(struct db *db, const char *hall, const char *counter, bool *paused, GError **error)
{
    int64_t since_ms = 0;
    bool ok = db_int(db, error, 0, &since_ms, "SELECT paused_ms FROM queue_counter WHERE community=?1 AND hall=?2 AND counter=?3", "ss", hall,
                     counter);

    *paused = since_ms != 0;
    return ok;
}

GPtrArray *db_queue_paused(struct db *db, const char *hall, GError **error)
{
    return db_texts(db,
                    db_query(db, error, "SELECT counter FROM queue_counter WHERE community=?1 AND hall=?2 AND paused_ms<>0 ORDER BY counter", "s",
                             hall),
                    error);
}

/* ---- Steps ---- */

bool db_queue_step_add(struct db *db, const struct queue_step_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO queue_step(community, ticket, seq, id, at_ms, step, actor, kiosk, staff, counter, from_state, to_state)"
                  " SELECT ?1, ?2, coalesce(max(seq),0)+1, CASE WHEN ?3<>'' THEN ?3 ELSE ?2||'.'||(coalesce(max(seq),0)+1) END, ?4, ?5, ?6,"
                  " ?7, ?8, ?9, ?10, ?11 FROM queue_step WHERE community=?1 AND ticket=?2",
                  "ssisssssss", row->ticket, row->id, row->at_ms, row->step, row->actor, row->kiosk, row->staff, row->counter, row->from,
                  row->to);
}

static bool found_read(struct db_rows *stmt, void *out)
{
    struct queue_step_found *row = out;

    db_copy_text(stmt, 0, row->ticket, sizeof row->ticket);
    db_copy_text(stmt, 1, row->step, sizeof row->step);
    return true;
}

bool db_queue_step_of(struct db *db, const char *id, struct queue_step_found *out, GError **error)
{
    static const struct db_reader FOUND = {found_read, sizeof(struct queue_step_found), "a step of a number"};
    bool found = false;

    memset(out, 0, sizeof *out);
    return db_first(db, db_query(db, error, "SELECT ticket, step FROM queue_step WHERE community=?1 AND id=?2", "s", id), &FOUND, out, &found,
                    error);
}

json_t *db_queue_steps(struct db *db, const char *ticket, GError **error)
{
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT seq, id, at_ms, step, actor, kiosk, staff, counter, from_state, to_state FROM queue_step WHERE"
                              " community=?1 AND ticket=?2 ORDER BY seq",
                              "s", ticket),
                     NULL, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

bool db_queue_leave(struct db *db, int64_t person, GError **error)
{
    return db_run(db, error,
                  "UPDATE queue_ticket SET card='' WHERE community=?1 AND ended_ms=0 AND card IN (SELECT token FROM card WHERE community=?1 AND"
                  " person=?2)",
                  "i", person);
}

bool db_queue_erase(struct db *db, const char *card, GError **error)
{
    return db_run(db, error, "UPDATE queue_ticket SET card='' WHERE community=?1 AND card=?2", "s", card);
}
