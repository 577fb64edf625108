/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-tickets.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <stdlib.h>
#include <string.h>

void ticket_row_clear(struct ticket_row *row)
{
    db_secret_free(row->description);
    db_secret_free(row->contact);
    db_secret_free(row->attributes);
    db_secret_free(row->address);
    g_free(row->public_text);
    g_free(row->status_notes);
    g_free(row->place_name);
    memset(row, 0, sizeof *row);
}

bool db_ticket_next_no(struct db *db, uint32_t date, int64_t *no, GError **error)
{
    int64_t first = (int64_t)date * 1000000;

    if (!db_int(db, error, first, no, "SELECT max(no) FROM ticket WHERE community=?1 AND no BETWEEN ?2 AND ?3", "ii", first,
                first + 999999))
        return false;
    (*no)++;
    return true;
}

bool db_ticket_add(struct db *db, const struct ticket_row *row, GError **error)
{
    static const char placed[] =
        "INSERT INTO ticket(community, token, no, service, description, contact, attributes, reporter, anonymous, public, kiosk,"
        " api_key, address_id, address, lat_e6, lon_e6, state, state_ms, due, provisional, returns, reopened, waited, extended, unit,"
        " planned, interest, same_as, public_text, status_notes, filed_ms, received_ms, updated_ms, told) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,"
        "?9,?10,?11,?12,?13,?14,CASE WHEN ?15=1 THEN ?16 END,CASE WHEN ?15=1 THEN ?17 END,?18,?19,?20,?21,0,0,0,0,'',0,0,NULL,'','',"
        "?22,?23,?23,CASE WHEN ?8='' THEN 0 ELSE 1 END)";

    return db_run(db, error, placed, "sispppsiissspiiisiiiii", row->token, row->no, row->service, "ticket.description",
                  row->token, row->description, "ticket.contact", row->token, row->contact, "ticket.attributes", row->token,
                  row->attributes, row->reporter, (int64_t)row->anonymous, (int64_t)row->public, row->kiosk, row->api_key,
                  row->address_id, "ticket.address", row->token, row->address, (int64_t)row->has_place, row->lat_e6, row->lon_e6,
                  ticket_state_name(row->clock.state), row->clock.state_ms, (int64_t)row->clock.due,
                  (int64_t)row->clock.provisional, row->filed_ms, row->received_ms);
}

/* ---- Reading ---- */

#define COLUMNS                                                                                                                   \
    "token, no, service, anonymous, public, kiosk, api_key, reporter, address_id, unit, lat_e6, lon_e6, planned, interest,"       \
    " coalesce(same_as,0), filed_ms, received_ms, updated_ms, state, state_ms, due, provisional, returns, reopened, waited,"      \
    " extended, public_text, status_notes, description, contact, attributes, address,"                                            \
    " coalesce((SELECT name FROM ticket_place p WHERE p.community=ticket.community AND p.id=ticket.address_id),''), told"

static bool clock_read(struct db_rows *stmt, struct ticket_clock *out)
{
    out->state_ms = db_col_int(stmt, 19);
    out->due = (uint32_t)db_col_int(stmt, 20);
    out->provisional = db_col_int(stmt, 21) != 0;
    out->returns = (unsigned)db_col_int(stmt, 22);
    out->reopened = (unsigned)db_col_int(stmt, 23);
    out->waited_days = (unsigned)db_col_int(stmt, 24);
    out->extended = db_col_int(stmt, 25) != 0;
    return ticket_state_parse(db_col_text(stmt, 18), &out->state);
}

static bool row_read(struct db_rows *stmt, struct ticket_row *out)
{
    db_copy_text(stmt, 0, out->token, sizeof out->token);
    out->no = db_col_int(stmt, 1);
    db_copy_text(stmt, 2, out->service, sizeof out->service);
    out->anonymous = db_col_int(stmt, 3) != 0;
    out->public = db_col_int(stmt, 4) != 0;
    db_copy_text(stmt, 5, out->kiosk, sizeof out->kiosk);
    db_copy_text(stmt, 6, out->api_key, sizeof out->api_key);
    db_copy_text(stmt, 7, out->reporter, sizeof out->reporter);
    db_copy_text(stmt, 8, out->address_id, sizeof out->address_id);
    db_copy_text(stmt, 9, out->unit, sizeof out->unit);
    out->has_place = !db_col_null(stmt, 10);
    out->lat_e6 = db_col_int(stmt, 10);
    out->lon_e6 = db_col_int(stmt, 11);
    out->planned = (uint32_t)db_col_int(stmt, 12);
    out->interest = db_col_int(stmt, 13);
    out->same_as = db_col_int(stmt, 14);
    out->filed_ms = db_col_int(stmt, 15);
    out->received_ms = db_col_int(stmt, 16);
    out->updated_ms = db_col_int(stmt, 17);
    out->public_text = g_strdup(db_col_text(stmt, 26));
    out->status_notes = g_strdup(db_col_text(stmt, 27));
    out->place_name = g_strdup(db_col_text(stmt, 32));
    out->told = db_col_int(stmt, 33) != 0;
    return clock_read(stmt, &out->clock);
}

/* What those who may see a ticket of the community are told: the resident's words stay sealed. */
static bool row_open_public(struct db *db, struct db_rows *stmt, struct ticket_row *out, GError **error)
{
    if (!row_read(stmt, out)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a ticket is damaged");
        return false;
    }
    return db_col_unsealed(db, stmt, 31, "ticket.address", out->token, &out->address, error);
}

static bool row_open(struct db *db, struct db_rows *stmt, struct ticket_row *out, GError **error)
{
    return row_open_public(db, stmt, out, error) && db_col_unsealed(db, stmt, 28, "ticket.description", out->token, &out->description, error) &&
           db_col_unsealed(db, stmt, 29, "ticket.contact", out->token, &out->contact, error) &&
           db_col_unsealed(db, stmt, 30, "ticket.attributes", out->token, &out->attributes, error);
}

/* By the number of the community, by that of a kiosk without a line, by its token. */
static struct db_rows *named(struct db *db, const char *name, GError **error)
{
    char kiosk[32], end[TICKET_LOCAL_DIGITS + 1];
    gint64 no = 0;

    if (g_ascii_string_to_signed(name, 10, 1, G_MAXINT64, &no, NULL))
        return db_query(db, error, "SELECT " COLUMNS " FROM ticket WHERE community=?1 AND no=?2", "i", (int64_t)no);
    if (ticket_local_read(name, kiosk, sizeof kiosk, end))
        return db_query(db, error,
                        "SELECT " COLUMNS " FROM ticket WHERE community=?1 AND kiosk=?2 AND token LIKE '%'||?3 ORDER BY filed_ms DESC LIMIT 1",
                        "ss", kiosk, end);
    return db_query(db, error, "SELECT " COLUMNS " FROM ticket WHERE community=?1 AND token=?2", "s", name);
}

bool db_ticket_find(struct db *db, const char *name, struct ticket_row *out, bool *found, GError **error)
{
    struct db_rows *stmt = named(db, name, error);
    int step = stmt != NULL ? db_next(db, stmt, error) : -1;

    memset(out, 0, sizeof *out);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    bool ok = row_open(db, stmt, out, error);
    db_done(stmt);
    if (!ok)
        ticket_row_clear(out);
    return ok;
}

bool db_ticket_put(struct db *db, const struct ticket_row *row, GError **error)
{
    return db_run(db, error,
                  "UPDATE ticket SET state=?3, state_ms=?4, due=?5, provisional=?6, returns=?7, reopened=?8, waited=?9, extended=?10,"
                  " unit=?11, planned=?12, same_as=CASE WHEN ?13=0 THEN NULL ELSE ?13 END, public_text=?14, status_notes=?15,"
                  " updated_ms=?16, interest=?17 WHERE community=?1 AND token=?2",
                  "ssiiiiiiisiissii", row->token, ticket_state_name(row->clock.state), row->clock.state_ms, (int64_t)row->clock.due,
                  (int64_t)row->clock.provisional, (int64_t)row->clock.returns, (int64_t)row->clock.reopened,
                  (int64_t)row->clock.waited_days, (int64_t)row->clock.extended, row->unit, (int64_t)row->planned, row->same_as,
                  row->public_text, row->status_notes, row->updated_ms, row->interest);
}

/* ---- What happened ---- */

bool db_ticket_event_add(struct db *db, const struct ticket_event_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO ticket_event(community, ticket, seq, id, at_ms, step, actor, staff_a, staff_b, from_state, to_state,"
                  " public_note, private_note) SELECT ?1, ?2, coalesce(max(seq),0)+1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12"
                  " FROM ticket_event WHERE community=?1 AND ticket=?2",
                  "ssisssssssp", row->ticket, row->id, row->at_ms, row->step, row->actor, row->staff[0] != NULL ? row->staff[0] : "",
                  row->staff[1] != NULL ? row->staff[1] : "", row->from, row->to, row->public_note, "ticket_event.private_note",
                  row->id, row->private_note);
}

bool db_ticket_event_taken(struct db *db, const char *id, bool *taken, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM ticket_event WHERE community=?1 AND id=?2", "s", id);

    *taken = found != 0;
    return ok;
}

json_t *db_ticket_events(struct db *db, const char *token, GError **error)
{
    static const struct db_sealed NOTE = {.member = "private_note", .key = "id", .place = "ticket_event.private_note"};
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT seq, id, at_ms, step, actor, staff_a, staff_b, from_state, to_state, public_note,"
                              " nullif(private_note,'') AS private_note"
                              " FROM ticket_event WHERE community=?1 AND ticket=?2 ORDER BY seq",
                              "s", token),
                     &NOTE, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

bool db_ticket_interest_add(struct db *db, const char *token, const char *who, int64_t at_ms, bool *added, GError **error)
{
    bool ok = db_run(db, error,
                     "INSERT INTO ticket_interest(community, ticket, who, at_ms) VALUES(?1,?2,?3,?4) ON CONFLICT(community, ticket, who)"
                     " DO NOTHING",
                     "ssi", token, who, at_ms);

    *added = ok && db_changes(db) > 0;
    return ok;
}

/* ---- Lists ---- */

/* In the order of the statement; numbers come as text in C, since only one engine turns them by itself. */
static GPtrArray *numbers(struct db *db, struct db_rows *stmt, GError **error)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0)
        g_ptr_array_add(out, g_strdup_printf("%" G_GINT64_FORMAT, db_col_int(stmt, 0)));
    if (step == 0)
        return out;
    g_ptr_array_unref(out);
    return NULL;
}

static void row_free(gpointer row)
{
    ticket_row_clear(row);
    g_free(row);
}

GPtrArray *db_ticket_rows_new(void)
{
    return g_ptr_array_new_with_free_func(row_free);
}

static GPtrArray *rows_open(struct db *db, struct db_rows *stmt, GError **error)
{
    GPtrArray *out = db_ticket_rows_new();
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        struct ticket_row *row = g_new0(struct ticket_row, 1);
        g_ptr_array_add(out, row);
        if (row_open_public(db, stmt, row, error))
            continue;
        db_done(stmt);
        step = -1;
    }
    if (step == 0)
        return out;
    g_ptr_array_unref(out);
    return NULL;
}

GPtrArray *db_ticket_search(struct db *db, const struct ticket_search *search, GError **error)
{
    return rows_open(db,
                     db_query(db, error,
                              "SELECT " COLUMNS " FROM ticket WHERE community=?1 AND (?2='' OR ?2 LIKE '%,'||service||',%') AND"
                              " ((?3=1 AND state NOT IN ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN')) OR"
                              " (?4=1 AND state IN ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN'))) AND (public=1 OR ?5=1) AND"
                              " filed_ms BETWEEN ?6 AND ?7 ORDER BY filed_ms DESC, no DESC LIMIT ?8 OFFSET ?9",
                              "siiiiiii", search->services, (int64_t)search->open, (int64_t)search->closed, (int64_t)search->unpublic,
                              search->from_ms, search->to_ms, search->limit, search->offset),
                     error);
}

GPtrArray *db_ticket_near(struct db *db, const struct ticket_row *like, int64_t reach_e6, int64_t limit, GError **error)
{
    return numbers(db,
                   db_query(db, error,
                            "SELECT no FROM ticket WHERE community=?1 AND service=?2 AND public=1 AND state NOT IN"
                            " ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN') AND ((?3<>'' AND address_id=?3) OR (?4=1 AND"
                            " lat_e6 BETWEEN ?5-?7 AND ?5+?7 AND lon_e6 BETWEEN ?6-?7 AND ?6+?7))"
                            " ORDER BY filed_ms DESC, no DESC LIMIT ?8",
                            "ssiiiii", like->service, like->address_id, (int64_t)like->has_place, like->lat_e6, like->lon_e6, reach_e6,
                            limit),
                   error);
}

GPtrArray *db_ticket_unanswered(struct db *db, int64_t before_ms, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT token FROM ticket WHERE community=?1 AND state='CALLBACK' AND state_ms<=?2 ORDER BY state_ms", "i",
                             before_ms),
                    error);
}
