/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/care/care.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/clock.h"
#include "model/model.h"
#include <string.h>

static bool state_error(GError **error, const char *what)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, what);
    return false;
}

/* ---- Who is looked after ---- */

static void items_add(struct care_row *row, unsigned items, uint32_t date)
{
    for (unsigned i = 0; i < CARE_ITEMS; i++)
        if ((items & CARE_ITEM(i)) != 0 && row->items[i] == 0)
            row->items[i] = date;
}

static void items_close(struct care_row *row, unsigned items)
{
    for (unsigned i = 0; i < CARE_ITEMS; i++)
        if ((items & CARE_ITEM(i)) != 0)
            row->items[i] = 0;
}

static bool put_new(struct db *db, const struct care_order *order, char out[37], GError **error)
{
    struct care_row row = {.person = order->person,
                           .care = {.level = order->level, .consent = order->consent, .began = order->began}};

    if (!db_care_home(db, order->person, &row.household, error))
        return false;
    if (row.household < 0)
        return state_error(error, "there is no such person");
    if (order->id != NULL)
        g_strlcpy(row.id, order->id, sizeof row.id);
    else
        uuid7(now_ms(), row.id);
    items_add(&row, order->items, order->began);
    g_strlcpy(out, row.id, 37);
    return db_care_add(db, &row, error);
}

/* One that had ended begins anew, on a later day. */
static bool put_again(struct db *db, const struct care_order *order, struct care_row *row, char out[37], GError **error)
{
    struct care *care = &row->care;

    if (care->ended_ms != 0 && order->began <= MAX(care->began, date_of_ms(care->ended_ms)))
        return state_error(error, "this had ended: it begins anew on a later day");
    if (care->ended_ms != 0)
        *care = (struct care){.began = order->began, .last = care->last};
    care->level = order->level;
    care->consent = order->consent;
    items_add(row, order->items, order->began);
    g_strlcpy(out, row->id, 37);
    return db_care_put(db, row, error);
}

bool care_put(struct db *db, const struct care_order *order, char out[37], GError **error)
{
    struct care_row row;
    bool found = false, left = false;

    if (!date_valid(order->began))
        return state_error(error, "there is no such day");
    if (!db_person_left(db, order->person, &left, error))
        return false;
    if (left)
        return state_error(error, "this person has left the community");
    if (!db_care_of(db, order->person, &row, &found, error))
        return false;
    return found ? put_again(db, order, &row, out, error) : put_new(db, order, out, error);
}

/* ---- Visits ---- */

struct visiting {
    struct db *db;
    const struct care_visit *visit;
    const struct care_origin *origin;
    struct care_row row;
    struct staff_row staff;
    int64_t now_ms;
    const char *refused;
};

/* By the register, when it was told; by the grid, when it was. */
static bool staff_fits(struct visiting *v, GError **error)
{
    const char *kiosk = *v->origin->kiosk != '\0' ? v->origin->kiosk : NULL;
    struct staff_question question = {.names = {v->visit->staff}, .needed = 1, .act = STAFF_TICKETS, .kiosk = kiosk,
                                      .at_ms = v->origin->told_ms, .now_ms = v->now_ms};
    enum ledger_code code = LEDGER_OK;
    bool found = false;

    if (!staff_judge(v->db, &question, &code, error) ||
        !db_staff_find(v->db, v->visit->staff, v->origin->told_ms, &v->staff, &found, error))
        return false;
    if (code == LEDGER_OK && !found) /* of before there was a register: nobody had a grid */
        code = LEDGER_STAFF_UNKNOWN;
    if (code != LEDGER_OK)
        v->refused = ledger_code_name(code);
    return true;
}

static bool grid_fits(struct visiting *v, GError **error)
{
    int64_t own = -1;
    bool has = false;

    if (!db_care_grid_has(v->db, v->staff.staff.id, v->row.grid, v->visit->at_ms, &has, error) ||
        !db_care_home(v->db, v->staff.person, &own, error))
        return false;
    if (own == v->row.household)
        v->refused = ledger_code_name(LEDGER_STAFF_OWN_CARD);
    else if (!has)
        v->refused = "CARE_GRID";
    return true;
}

static bool subject_find(struct visiting *v, GError **error)
{
    bool found = false, taken = false;

    if (!db_care_visit_taken(v->db, v->origin->id, &taken, error) || !db_care_find(v->db, v->visit->care, &v->row, &found, error))
        return false;
    v->refused = taken ? ID_REUSED : !found ? "CARE_UNKNOWN" : NULL;
    return true;
}

/* Two who were there on the same day is for people: both believe that theirs is the one. */
static bool day_fits(struct visiting *v, GError **error)
{
    bool taken = false;

    if (care_contact(v->visit) && !db_care_day_taken(v->db, v->visit->care, date_of_ms(v->visit->at_ms), &taken, error))
        return false;
    if (taken)
        v->refused = care_code_name(CARE_SAME_DAY);
    return true;
}

static bool visit_write(struct visiting *v, GError **error)
{
    const struct care_visit *visit = v->visit;
    struct care_visit_row row = {.id = v->origin->id, .worker = v->staff.staff.id, .kiosk = v->origin->kiosk, .visit = visit,
                                 .due_ms = care_due_ms(&v->row.care), .received_ms = v->now_ms};
    enum care_code code = care_visited(&v->row.care, visit, v->origin->told_ms);

    if (code != CARE_OK) {
        v->refused = care_code_name(code);
        return true;
    }
    items_close(&v->row, visit->closed);
    items_add(&v->row, visit->found, date_of_ms(visit->at_ms));
    return db_care_visit_add(v->db, &row, error) && db_care_put(v->db, &v->row, error);
}

bool care_visit_take(struct db *db, const struct care_visit *visit, const struct care_origin *origin, int64_t now_ms,
                     const char **refused, GError **error)
{
    static bool (*const steps[])(struct visiting *v, GError **error) = {subject_find, staff_fits, grid_fits, day_fits, visit_write};
    struct visiting v = {.db = db, .visit = visit, .origin = origin, .now_ms = now_ms};
    bool ok = true;

    for (size_t i = 0; ok && v.refused == NULL && i < G_N_ELEMENTS(steps); i++)
        ok = steps[i](&v, error);
    *refused = v.refused;
    return ok;
}

/* ---- What else makes a visit due ---- */

bool care_extra(struct db *db, const char *grid, const char *level, uint32_t by, int64_t now_ms, int64_t *count, GError **error)
{
    g_autoptr(GPtrArray) ids = db_care_open(db, grid, level, error);
    struct care_row row;
    bool found, ok = ids != NULL;

    *count = 0;
    for (guint i = 0; ok && i < ids->len; i++) {
        ok = db_care_find(db, g_ptr_array_index(ids, i), &row, &found, error);
        if (!ok || !found)
            continue;
        row.care.extra = by;
        row.care.extra_ms = now_ms;
        ok = db_care_put(db, &row, error);
        (*count)++;
    }
    return ok;
}

bool care_change(struct db *db, const char *id, int64_t at_ms, GError **error)
{
    struct care_row row;
    bool found = false;

    if (!db_care_find(db, id, &row, &found, error))
        return false;
    if (!found || care_changed(&row.care, at_ms) != CARE_OK)
        return state_error(error, "nobody is to visit them");
    return db_care_put(db, &row, error);
}
