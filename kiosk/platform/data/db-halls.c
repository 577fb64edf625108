/* SPDX-License-Identifier: Apache-2.0 */
/* Halls, the kiosks in them, and what can be done there. */
#include "platform/data/db-queue.h"
#include <stdlib.h>
#include <string.h>

bool db_hall_put(struct db *db, const struct hall_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO queue_hall(community, id, name_zh, name_en, address_zh, address_en, phone, open_min, close_min)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(community, id) DO UPDATE SET name_zh=excluded.name_zh,"
                  " name_en=excluded.name_en, address_zh=excluded.address_zh, address_en=excluded.address_en, phone=excluded.phone,"
                  " open_min=excluded.open_min, close_min=excluded.close_min",
                  "ssssssii", row->id, row->name_zh, row->name_en, row->address_zh, row->address_en, row->phone, row->open_min,
                  row->close_min);
}

static bool hall_read(struct db_rows *stmt, void *out)
{
    struct hall_row *row = out;

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->name_zh, sizeof row->name_zh);
    db_copy_text(stmt, 2, row->name_en, sizeof row->name_en);
    db_copy_text(stmt, 3, row->address_zh, sizeof row->address_zh);
    db_copy_text(stmt, 4, row->address_en, sizeof row->address_en);
    db_copy_text(stmt, 5, row->phone, sizeof row->phone);
    row->open_min = db_col_int(stmt, 6);
    row->close_min = db_col_int(stmt, 7);
    return true;
}

bool db_hall_find(struct db *db, const char *id, struct hall_row *out, bool *found, GError **error)
{
    static const struct db_reader HALL = {hall_read, sizeof(struct hall_row), "a hall"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, name_zh, name_en, address_zh, address_en, phone, open_min, close_min FROM queue_hall WHERE"
                             " community=?1 AND id=?2",
                             "s", id),
                    &HALL, out, found, error);
}

GPtrArray *db_halls(struct db *db, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT id FROM queue_hall WHERE community=?1 ORDER BY id", ""), error);
}

json_t *db_hall_json(const struct hall_row *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "id", row->id, "name_zh", row->name_zh, "name_en", row->name_en,
                     "address_zh", row->address_zh, "address_en", row->address_en, "phone", row->phone, "open_min",
                     (json_int_t)row->open_min, "close_min", (json_int_t)row->close_min);
}

/* ---- Kiosks ---- */

bool db_hall_kiosk_set(struct db *db, const char *kiosk, const char *hall, int64_t own, GError **error)
{
    if (*hall == '\0')
        return db_run(db, error, "DELETE FROM queue_kiosk WHERE community=?1 AND kiosk=?2", "s", kiosk);
    return db_run(db, error,
                  "INSERT INTO queue_kiosk(community, kiosk, hall, own) VALUES(?1,?2,?3,?4) ON CONFLICT(community, kiosk) DO UPDATE SET"
                  " hall=excluded.hall, own=excluded.own",
                  "ssi", kiosk, hall, own);
}

struct standing {
    char hall[QUEUE_PLACE_SIZE];
    int64_t own;
};

static bool standing_read(struct db_rows *stmt, void *out)
{
    struct standing *row = out;

    db_copy_text(stmt, 0, row->hall, sizeof row->hall);
    row->own = db_col_int(stmt, 1);
    return true;
}

bool db_hall_of_kiosk(struct db *db, const char *kiosk, char hall[QUEUE_PLACE_SIZE], int64_t *own, GError **error)
{
    static const struct db_reader STANDING = {standing_read, sizeof(struct standing), "a kiosk of a hall"};
    struct standing row = {0};
    bool found = false;

    if (!db_first(db, db_query(db, error, "SELECT hall, own FROM queue_kiosk WHERE community=?1 AND kiosk=?2", "s", kiosk), &STANDING, &row,
                  &found, error))
        return false;
    g_strlcpy(hall, found ? row.hall : "", QUEUE_PLACE_SIZE);
    *own = found ? row.own : 0;
    return true;
}

GPtrArray *db_hall_kiosks_own(struct db *db, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT kiosk FROM queue_kiosk WHERE community=?1 AND own>0 UNION SELECT kiosk FROM queue_issue WHERE community=?1 ORDER BY kiosk", ""), error);
}

/* ---- Matters ---- */

bool db_matter_set(struct db *db, const struct matter *matter, int64_t retired_ms, GError **error)
{
    json_t *json = matter_to_json(matter);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    bool ok = text != NULL &&
              db_run(db, error,
                     "INSERT INTO matter(community, code, value, retired_ms) VALUES(?1,?2,?3,?4) ON CONFLICT(community, code) DO UPDATE SET"
                     " value=excluded.value, retired_ms=excluded.retired_ms",
                     "ssi", matter->code, text, retired_ms);

    if (text == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "a matter is not UTF-8");
    free(text);
    json_decref(json);
    return ok;
}

struct stored_matter {
    struct matter matter;
    bool retired;
};

static bool matter_read(struct db_rows *stmt, void *out)
{
    struct stored_matter *row = out;
    json_t *json = json_loads(db_col_text(stmt, 0), JSON_REJECT_DUPLICATES, NULL);
    bool good = json != NULL && matter_from_json(json, &row->matter);

    json_decref(json);
    row->retired = db_col_int(stmt, 1) != 0;
    return good;
}

bool db_matter_find(struct db *db, const char *code, struct matter *out, bool *retired, bool *found, GError **error)
{
    static const struct db_reader MATTER = {matter_read, sizeof(struct stored_matter), "a matter"};
    g_autofree struct stored_matter *row = g_new0(struct stored_matter, 1);

    if (!db_first(db, db_query(db, error, "SELECT value, retired_ms FROM matter WHERE community=?1 AND code=?2", "s", code), &MATTER, row,
                  found, error))
        return false;
    *out = row->matter;
    *retired = row->retired;
    return true;
}

GPtrArray *db_matters(struct db *db, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT code FROM matter WHERE community=?1 AND retired_ms=0 ORDER BY code", ""), error);
}

/* Where it is done, with what one has to know to go there. */
static json_t *halls_json(struct db *db, const struct matter *matter, GError **error)
{
    json_t *out = json_array();

    for (size_t i = 0; i < matter->place_count; i++) {
        struct hall_row hall;
        bool found;

        if (!db_hall_find(db, matter->places[i], &hall, &found, error)) {
            json_decref(out);
            return NULL;
        }
        if (found)
            json_array_append_new(out, db_hall_json(&hall));
    }
    return out;
}

json_t *db_matter_value(struct db *db, const char *code, GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    bool retired, found;

    if (!db_matter_find(db, code, matter, &retired, &found, error) || !found || retired)
        return NULL;
    json_t *halls = halls_json(db, matter, error), *value = halls != NULL ? matter_to_json(matter) : NULL;
    if (value == NULL) {
        json_decref(halls);
        return NULL;
    }
    json_object_set_new(value, "halls", halls);
    return value;
}
