/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-volunteers.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

/* ---- The roll ----------------------------------------------------------------------------------------------------- */

#define ROLL "r.person, r.guardian, r.no, r.event, r.kiosk, r.pledge, r.registered_ms, r.registered_on, r.skills"

static bool roll_read(struct db_rows *rows, void *into)
{
    struct roll_row *out = into;

    out->person = db_col_int(rows, 0);
    out->guardian = db_col_int(rows, 1);
    db_copy_text(rows, 2, out->no, sizeof out->no);
    db_copy_text(rows, 3, out->event, sizeof out->event);
    db_copy_text(rows, 4, out->kiosk, sizeof out->kiosk);
    db_copy_text(rows, 5, out->pledge, sizeof out->pledge);
    out->registered_ms = db_col_int(rows, 6);
    out->registered_on = (uint32_t)db_col_int(rows, 7);
    out->skills = (unsigned)db_col_int(rows, 8);
    return out->no[0] != '\0';
}

static const struct db_reader ROLL_ROW = {roll_read, sizeof(struct roll_row), "a volunteer"};

bool db_roll_find(struct db *db, int64_t person, struct roll_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, "SELECT " ROLL " FROM volunteer_roll r WHERE r.community=?1 AND r.person=?2", "i", person), &ROLL_ROW,
                    out, found, error);
}

bool db_roll_of_card(struct db *db, const char *token, struct roll_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT " ROLL " FROM card c JOIN volunteer_roll r ON r.community=c.community AND r.person=c.person WHERE"
                             " c.community=?1 AND c.token=?2",
                             "s", token),
                    &ROLL_ROW, out, found, error);
}

bool db_roll_add(struct db *db, struct roll_row *row, GError **error)
{
    int64_t year = row->registered_on / 10000, serial = 0;

    if (!db_int(db, error, 1, &serial, "SELECT max(serial)+1 FROM volunteer_roll WHERE community=?1 AND year=?2", "i", year))
        return false;
    if (!volunteer_number((unsigned)year, (unsigned)serial, row->no)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "there are no more numbers for volunteers of this year");
        return false;
    }
    return db_run(db, error, "INSERT INTO volunteer_roll VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)", "isiissiiisi", row->person, row->no, year,
                  serial, row->event, row->kiosk, row->registered_ms, (int64_t)row->registered_on, (int64_t)row->skills, row->pledge,
                  row->guardian);
}

bool db_volunteer_changed(struct db *db, const char *token, GError **error)
{
    static const struct db_later CHANGED = {
        .sql = "INSERT INTO change(community, n, topic, key) SELECT ?1, (SELECT coalesce(max(n),0)+1 FROM change WHERE community=?1),"
               " 'volunteer', c.token FROM card c JOIN volunteer_roll r ON r.community=c.community AND r.person=c.person WHERE"
               " c.community=?1 AND c.token=?2 ON CONFLICT(community, topic, key) DO UPDATE SET n=excluded.n",
        .arrays = "INSERT INTO change(community, n, topic, key) SELECT ?1, (SELECT coalesce(max(n),0) FROM change WHERE community=?1) + new.n,"
                  " 'volunteer', new.token FROM unnest(?2) WITH ORDINALITY new(token, n) WHERE (SELECT count(*) FROM card c JOIN volunteer_roll r"
                  " ON r.community=c.community AND r.person=c.person WHERE c.community=?1 AND c.token=new.token)>0 ORDER BY new.n"
                  " ON CONFLICT(community, topic, key) DO UPDATE SET n=excluded.n",
        .rank = LATER_VOLUNTEER,
        .keys = 1};

    db_touches(db, NULL, NULL);
    return db_run_later(db, error, &CHANGED, "s", token);
}

/* ---- Stars -------------------------------------------------------------------------------------------------------- */

static bool star_read(struct db_rows *rows, void *into)
{
    struct star_row *out = into;

    db_copy_text(rows, 0, out->id, sizeof out->id);
    out->person = db_col_int(rows, 1);
    out->level = (unsigned)db_col_int(rows, 2);
    db_copy_text(rows, 3, out->rules, sizeof out->rules);
    out->minutes = db_col_int(rows, 4);
    out->asked_ms = db_col_int(rows, 5);
    out->public_until = (uint32_t)db_col_int(rows, 6);
    out->ended_ms = db_col_int(rows, 7);
    return out->level > 0;
}

static const struct db_reader STAR = {star_read, sizeof(struct star_row), "a star"};
#define STARS "SELECT id, person, level, rules, minutes, asked_ms, public_until, ended_ms FROM volunteer_star WHERE community=?1"

bool db_star_open(struct db *db, int64_t person, struct star_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, STARS " AND person=?2 AND state='PUBLIC'", "i", person), &STAR, out, found, error);
}

bool db_star_add(struct db *db, const struct star_row *row, GError **error)
{
    return db_run(db, error, "INSERT INTO volunteer_star VALUES(?1,?2,?3,?4,?5,?6,?7,?8,'PUBLIC',0)", "siisiii", row->id, row->person,
                  (int64_t)row->level, row->rules, row->minutes, row->asked_ms, (int64_t)row->public_until);
}

bool db_star_end(struct db *db, const char *id, bool granted, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE volunteer_star SET state=?3, ended_ms=?4 WHERE community=?1 AND id=?2", "ssi", id,
                  granted ? "GRANTED" : "MISSED", now_ms);
}

GArray *db_stars_due(struct db *db, uint32_t today, GError **error)
{
    return db_array(db, db_query(db, error, STARS " AND state='PUBLIC' AND public_until<=?2 ORDER BY id", "i", (int64_t)today), &STAR, error);
}

bool db_card_in_use(struct db *db, int64_t person, char token[33], GError **error)
{
    g_autofree char *found = NULL;

    if (!db_text(db, error, &found, "SELECT token FROM card WHERE community=?1 AND person=?2 AND state='active' ORDER BY valid_from DESC, token LIMIT 1",
                 "i", person))
        return false;
    g_strlcpy(token, found != NULL ? found : "", 33);
    return true;
}

/* ---- Taps and disputes -------------------------------------------------------------------------------------------- */

bool db_tap_told(struct db *db, const struct tap_row *row, GError **error)
{
    static const struct db_later TAP = {
        .sql = "INSERT INTO attendance_tap VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, attendance, tap) DO NOTHING", .rank = LATER_TAP};

    db_touches(db, NULL, NULL);
    return db_run_later(db, error, &TAP, "ssisi", row->attendance, row->out ? "OUT" : "IN", row->at_ms, row->kiosk, row->offset_ms);
}

bool db_dispute_add(struct db *db, const struct dispute_row *row, GError **error)
{
    return db_run(db, error, "INSERT INTO attendance_dispute VALUES(?1,?2,?3,?4,?5,?6,?7,0,0,'','','')", "sssiis", row->attendance, row->id,
                  row->what, row->minutes_before, row->at_ms, row->kiosk);
}

bool db_dispute_end(struct db *db, const char *attendance, int64_t minutes, char **by, const char *reason, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE attendance_dispute SET ended_ms=?7, minutes=?3, staff_a=?4, staff_b=?5, reason=?6 WHERE community=?1 AND"
                  " attendance=?2 AND ended_ms=0",
                  "sisssi", attendance, minutes, by[0], by[1], reason, now_ms);
}

json_t *db_disputes_open(struct db *db, GError **error)
{
    json_t *rows = json_array();

    if (!db_rows_json(db,
                      db_query(db, error,
                               "SELECT d.attendance, coalesce(r.no,'') AS no, d.what, d.minutes_before AS minutes, d.at_ms FROM"
                               " attendance_dispute d JOIN attendance a ON a.community=d.community AND a.id=d.attendance JOIN card c ON"
                               " c.community=a.community AND c.token=a.token LEFT JOIN volunteer_roll r ON r.community=c.community AND"
                               " r.person=c.person WHERE d.community=?1 AND d.ended_ms=0 ORDER BY d.at_ms, d.attendance",
                               ""),
                      NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

/* ---- What kiosks are told ------------------------------------------------------------------------------------------- */

static bool hours_read(struct db_rows *rows, void *into)
{
    struct volunteer_hours *out = into;

    db_copy_text(rows, 0, out->id, sizeof out->id);
    out->in_ms = db_col_int(rows, 1);
    out->minutes = db_col_int(rows, 2);
    out->until = (uint32_t)db_col_int(rows, 4);
    bool good = attendance_state_parse(db_col_text(rows, 3), &out->state);
    if (out->state != ATTENDANCE_PUBLIC)
        out->until = 0;
    return good;
}

static bool hours_load(struct db *db, struct volunteer *out, GError **error)
{
    static const struct db_reader HOURS = {hours_read, sizeof(struct volunteer_hours), "an attendance"};
    g_autoptr(GArray) rows = db_array(db,
                                      db_query(db, error,
                                               "SELECT id, in_ms, minutes, state, public_until FROM attendance WHERE community=?1 AND token=?2"
                                               " ORDER BY in_ms DESC, id LIMIT ?3",
                                               "si", out->token, (int64_t)VOLUNTEER_HOURS_MAX),
                                      &HOURS, error);

    if (rows == NULL)
        return false;
    out->hour_count = rows->len;
    if (rows->len > 0)
        memcpy(out->hours, rows->data, rows->len * sizeof out->hours[0]);
    return true;
}

static bool star_load(struct db *db, int64_t person, struct volunteer *out, GError **error)
{
    struct star_row star;
    bool found = false;

    if (!db_star_open(db, person, &star, &found, error))
        return false;
    if (!found)
        return true;
    out->star_asked = star.level;
    out->star_until = star.public_until;
    g_strlcpy(out->star_table, star.rules, sizeof out->star_table);
    return true;
}

static bool volunteer_load(struct db *db, const struct roll_row *row, struct volunteer *out, GError **error)
{
    struct credit_person person;

    g_strlcpy(out->no, row->no, sizeof out->no);
    out->registered_on = row->registered_on;
    out->skills = row->skills;
    out->consent = row->guardian >= 0;
    if (!db_credit_person(db, out->token, &person, error))
        return false;
    out->stars = person.stars;
    return star_load(db, row->person, out, error) && hours_load(db, out, error);
}

json_t *db_volunteer_value(struct db *db, const char *token, GError **error)
{
    g_autofree struct volunteer *volunteer = g_new0(struct volunteer, 1);
    struct roll_row row;
    bool found = false;
    char current[33];
    int64_t stopped_ms = 0;

    g_strlcpy(volunteer->token, token, sizeof volunteer->token);
    if (!db_card_current(db, token, current, &stopped_ms, error) || strcmp(current, token) != 0 ||
        !db_roll_of_card(db, token, &row, &found, error) || !found || !volunteer_load(db, &row, volunteer, error))
        return NULL;
    return volunteer_to_json(volunteer);
}
