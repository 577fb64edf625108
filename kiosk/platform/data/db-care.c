/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-care.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* ---- What somebody needs, and what endangers them: {"meals": 20261105} ---- */

static char *secret_text(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT), *out = g_strdup(text != NULL ? text : "{}");

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    json_decref(json);
    return out;
}

static char *items_text(const uint32_t items[CARE_ITEMS])
{
    json_t *json = json_object();

    for (unsigned i = 0; i < CARE_ITEMS; i++)
        if (items[i] != 0)
            json_object_set_new(json, care_item_name((enum care_item)i), json_integer(items[i]));
    return secret_text(json);
}

static void items_read(const char *text, uint32_t items[CARE_ITEMS])
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    for (unsigned i = 0; i < CARE_ITEMS; i++)
        items[i] = (uint32_t)json_integer_value(json_object_get(json, care_item_name((enum care_item)i)));
    json_decref(json);
}

/* ---- Profiles ---- */

bool db_care_add(struct db *db, const struct care_row *row, GError **error)
{
    const struct care *care = &row->care;
    char *items = items_text(row->items);
    bool ok = db_run(db, error,
                     "INSERT INTO care_profile(community, id, person, household, level, consent, began, last, chosen, extra, extra_ms,"
                     " changed_ms, ended_ms, due_ms, items) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
                     "siisiiiiiiiiip", row->id, row->person, row->household, care_level_name(care->level), (int64_t)care->consent,
                     (int64_t)care->began, (int64_t)care->last, (int64_t)care->chosen, (int64_t)care->extra, care->extra_ms,
                     care->changed_ms, care->ended_ms, care_due_ms(care), "care_profile.items", row->id, items);

    db_secret_free(items);
    return ok;
}

bool db_care_put(struct db *db, const struct care_row *row, GError **error)
{
    const struct care *care = &row->care;
    char *items = items_text(row->items);
    bool ok = db_run(db, error,
                     "UPDATE care_profile SET level=?3, consent=?4, began=?5, last=?6, chosen=?7, extra=?8, extra_ms=?9, changed_ms=?10,"
                     " ended_ms=?11, due_ms=?12, items=?13 WHERE community=?1 AND id=?2",
                     "ssiiiiiiiiip", row->id, care_level_name(care->level), (int64_t)care->consent, (int64_t)care->began,
                     (int64_t)care->last, (int64_t)care->chosen, (int64_t)care->extra, care->extra_ms, care->changed_ms, care->ended_ms,
                     care_due_ms(care), "care_profile.items", row->id, items);

    db_secret_free(items);
    return ok;
}

#define COLUMNS                                                                                                                   \
    "p.id, p.person, p.household, p.level, p.consent, p.began, p.last, p.chosen, p.extra, p.extra_ms, p.changed_ms, p.ended_ms,"   \
    " coalesce((SELECT l.left_ms FROM person_left l WHERE l.community=?1 AND l.person=p.person), 0), p.items, h.grid"
#define COLUMNS_COUNT 15

static bool care_read(struct db_rows *rows, struct care *out)
{
    int64_t left_ms = db_col_int(rows, 12);

    out->consent = db_col_int(rows, 4) != 0;
    out->began = (uint32_t)db_col_int(rows, 5);
    out->last = (uint32_t)db_col_int(rows, 6);
    out->chosen = (uint32_t)db_col_int(rows, 7);
    out->extra = (uint32_t)db_col_int(rows, 8);
    out->extra_ms = db_col_int(rows, 9);
    out->changed_ms = db_col_int(rows, 10);
    out->ended_ms = db_col_int(rows, 11);
    if (left_ms != 0 && (out->ended_ms == 0 || left_ms < out->ended_ms))
        out->ended_ms = left_ms;
    return care_level_parse(db_col_text(rows, 3), &out->level) && date_valid(out->began);
}

static bool row_open(struct db *db, struct db_rows *rows, struct care_row *out, GError **error)
{
    char *items = NULL;

    memset(out, 0, sizeof *out);
    db_copy_text(rows, 0, out->id, sizeof out->id);
    out->person = db_col_int(rows, 1);
    out->household = db_col_int(rows, 2);
    db_copy_text(rows, 14, out->grid, sizeof out->grid);
    if (!care_read(rows, &out->care)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "how somebody is looked after is damaged");
        return false;
    }
    if (!db_col_unsealed(db, rows, 13, "care_profile.items", out->id, &items, error))
        return false;
    items_read(items, out->items);
    db_secret_free(items);
    return true;
}

static bool first_row(struct db *db, struct db_rows *rows, struct care_row *out, bool *found, GError **error)
{
    int step = rows != NULL ? db_next(db, rows, error) : -1;

    memset(out, 0, sizeof *out);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    bool ok = row_open(db, rows, out, error);
    db_done(rows);
    return ok;
}

#define FROM " FROM care_profile p JOIN household h ON h.community=p.community AND h.id=p.household WHERE p.community=?1"

bool db_care_find(struct db *db, const char *id, struct care_row *out, bool *found, GError **error)
{
    return first_row(db, db_query(db, error, "SELECT " COLUMNS FROM " AND p.id=?2", "s", id), out, found, error);
}

bool db_care_of(struct db *db, int64_t person, struct care_row *out, bool *found, GError **error)
{
    return first_row(db, db_query(db, error, "SELECT " COLUMNS FROM " AND p.person=?2", "i", person), out, found, error);
}

bool db_care_home(struct db *db, int64_t person, int64_t *household, GError **error)
{
    return db_int(db, error, -1, household, "SELECT household FROM person WHERE community=?1 AND id=?2", "i", person);
}

GPtrArray *db_care_open(struct db *db, const char *grid, const char *level, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT p.id FROM care_profile p INDEXED BY care_profile_due CROSS JOIN household h WHERE p.community=?1 AND"
                             " p.due_ms>0 AND h.community=p.community AND h.id=p.household AND (?2='' OR h.grid=?2) AND"
                             " (?3='' OR p.level=?3) AND NOT EXISTS (SELECT 1 FROM person_left l WHERE l.community=?1 AND"
                             " l.person=p.person) ORDER BY p.id",
                             "ss", grid, level),
                    error);
}

/* ---- Visits ---- */

bool db_care_visit_add(struct db *db, const struct care_visit_row *row, GError **error)
{
    const struct care_visit *visit = row->visit;
    g_autofree char *found = care_items_text(visit->found), *closed = care_items_text(visit->closed);
    char *told = secret_text(json_pack("{s:s, s:s, s:s}", "care_found", found, "care_closed", closed, "description", visit->words));
    bool ok = db_run(db, error,
                     "INSERT INTO care_visit(community, id, care, at_ms, date, kind, result, contact, due_ms, next, worker, kiosk, told,"
                     " received_ms) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
                     "ssiissiiisspi", row->id, visit->care, visit->at_ms, (int64_t)date_of_ms(visit->at_ms), care_kind_name(visit->kind),
                     care_result_name(visit->result), (int64_t)care_contact(visit), row->due_ms, (int64_t)visit->next, row->worker,
                     row->kiosk, "care_visit.told", row->id, told, row->received_ms);

    db_secret_free(told);
    return ok;
}

bool db_care_visit_taken(struct db *db, const char *id, bool *taken, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM care_visit WHERE community=?1 AND id=?2", "s", id);

    *taken = found != 0;
    return ok;
}

bool db_care_day_taken(struct db *db, const char *care, uint32_t date, bool *taken, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM care_visit WHERE community=?1 AND care=?2 AND date=?3 AND contact=1", "si", care,
                     (int64_t)date);

    *taken = found != 0;
    return ok;
}

json_t *db_care_visits(struct db *db, const char *care, int64_t limit, GError **error)
{
    static const struct db_sealed TOLD = {.member = "told", .key = "id", .place = "care_visit.told"};
    json_t *rows = json_array(), *row;
    size_t i;

    if (!db_rows_json(db,
                      db_query(db, error,
                               "SELECT id, at_ms, kind, result, next, due_ms, worker, nullif(told,'') AS told FROM care_visit WHERE"
                               " community=?1 AND care=?2 ORDER BY at_ms DESC, id DESC LIMIT ?3",
                               "si", care, limit),
                      &TOLD, rows, error)) {
        json_decref(rows);
        return NULL;
    }
    json_array_foreach(rows, i, row)
    {
        json_t *told = json_loads(json_is_string(json_object_get(row, "told")) ? json_string_value(json_object_get(row, "told")) : "{}", 0,
                                  NULL);
        json_object_update(row, told);
        json_object_del(row, "told");
        json_decref(told);
    }
    return rows;
}

/* ---- Who looks after which grid ---- */

bool db_care_grid_set(struct db *db, const char *worker, const char *grid, int64_t from_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO care_grid(community, worker, grid, from_ms, to_ms) SELECT ?1, ?2, ?3, ?4, 0 WHERE NOT EXISTS (SELECT 1"
                  " FROM care_grid WHERE community=?1 AND worker=?2 AND grid=?3 AND to_ms=0)",
                  "ssi", worker, grid, from_ms);
}

bool db_care_grid_end(struct db *db, const char *worker, const char *grid, int64_t to_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE care_grid SET to_ms=CASE WHEN from_ms>?4 THEN from_ms ELSE ?4 END WHERE community=?1 AND worker=?2 AND grid=?3"
                  " AND to_ms=0",
                  "ssi", worker, grid, to_ms);
}

bool db_care_grid_has(struct db *db, const char *worker, const char *grid, int64_t at_ms, bool *has, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found,
                     "SELECT 1 FROM care_grid WHERE community=?1 AND worker=?2 AND grid=?3 AND from_ms<=?4 AND (to_ms=0 OR to_ms>?4)", "ssi",
                     worker, grid, at_ms);

    *has = found != 0;
    return ok;
}

json_t *db_care_grids(struct db *db, GError **error)
{
    json_t *rows = json_array();

    if (!db_rows_json(db, db_query(db, error, "SELECT worker, grid, from_ms, to_ms FROM care_grid WHERE community=?1 ORDER BY worker, grid, from_ms", ""),
                      NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

/* ---- Lists ---- */

void care_listed_clear(void *listed)
{
    struct care_listed *row = listed;

    g_clear_pointer(&row->name, g_free);
    g_clear_pointer(&row->address, g_free);
}

#define SEEN                                                                                                                    \
    "coalesce((SELECT max(t.opened_ms) FROM card c JOIN tap_session t ON t.community=c.community AND t.card=c.token WHERE"        \
    " c.community=?1 AND c.person=p.person), 0)"
#define LISTED COLUMNS ", p.due_ms, " SEEN ", n.name, h.address"

/* Masked here: nobody behind it gets more than a screen may show. */
static bool listed_open(struct db *db, struct db_rows *rows, struct care_listed *out, GError **error)
{
    char person[24], household[24], *name = NULL, *address = NULL;
    bool ok = row_open(db, rows, &out->row, error) &&
              db_col_unsealed(db, rows, COLUMNS_COUNT + 2, "person.name", db_key(out->row.person, person), &name, error) &&
              db_col_unsealed(db, rows, COLUMNS_COUNT + 3, "household.address", db_key(out->row.household, household), &address, error);

    if (ok) {
        out->due_ms = db_col_int(rows, COLUMNS_COUNT);
        out->seen_ms = db_col_int(rows, COLUMNS_COUNT + 1);
        out->name = mask_name(name);
        out->address = mask_address(address);
    }
    db_secret_free(name);
    db_secret_free(address);
    return ok;
}

static GArray *listed(struct db *db, struct db_rows *rows, GError **error)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct care_listed));
    int step = rows != NULL ? 1 : -1;

    g_array_set_clear_func(out, care_listed_clear);
    while (step > 0 && (step = db_next(db, rows, error)) > 0) {
        g_array_set_size(out, out->len + 1);
        if (listed_open(db, rows, &g_array_index(out, struct care_listed, out->len - 1), error))
            continue;
        db_done(rows);
        step = -1;
    }
    if (step == 0)
        return out;
    g_array_unref(out);
    return NULL;
}

#define JOINED                                                                                                                  \
    " CROSS JOIN person n CROSS JOIN household h WHERE p.community=?1 AND n.community=p.community AND n.id=p.person AND"          \
    " h.community=p.community AND h.id=p.household AND NOT EXISTS (SELECT 1 FROM person_left l WHERE l.community=?1 AND"          \
    " l.person=p.person)"

GArray *db_care_list(struct db *db, const struct care_page *page, GError **error)
{
    return listed(db,
                  db_query(db, error,
                           "SELECT " LISTED " FROM care_profile p INDEXED BY care_profile_due" JOINED
                           " AND p.due_ms>0 AND p.due_ms>=?2 AND (p.due_ms>?2 OR p.id>?3) AND p.household<>?4 AND (?5='' OR EXISTS"
                           " (SELECT 1 FROM care_grid g WHERE g.community=?1 AND g.worker=?5 AND g.grid=h.grid AND g.from_ms<=?6 AND"
                           " (g.to_ms=0 OR g.to_ms>?6))) ORDER BY p.due_ms, p.id LIMIT ?7",
                           "isisii", page->due_ms, page->id, page->not_household, page->worker != NULL ? page->worker : "", page->now_ms,
                           page->limit),
                  error);
}

GArray *db_care_household(struct db *db, int64_t household, GError **error)
{
    return listed(db,
                  db_query(db, error,
                           "SELECT " LISTED " FROM care_profile p INDEXED BY care_profile_household" JOINED
                           " AND p.household=?2 ORDER BY p.id",
                           "i", household),
                  error);
}

/* ---- Who left ---- */

bool db_care_erase(struct db *db, int64_t person, GError **error)
{
    struct care_row row;
    bool found = false;

    if (!db_care_of(db, person, &row, &found, error))
        return false;
    if (!found)
        return true;
    memset(row.items, 0, sizeof row.items);
    return db_care_put(db, &row, error) &&
           db_run(db, error, "UPDATE care_visit SET told='' WHERE community=?1 AND care=?2", "s", row.id);
}
