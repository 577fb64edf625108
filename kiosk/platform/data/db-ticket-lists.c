/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include <string.h>

bool db_ticket_service_set(struct db *db, const struct ticket_service *service, int place, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO ticket_service(community, code, place, name_zh, name_en, about, grouping, keywords, class)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(community, code) DO UPDATE SET place=excluded.place,"
                  " name_zh=excluded.name_zh, name_en=excluded.name_en, about=excluded.about, grouping=excluded.grouping,"
                  " keywords=excluded.keywords, class=excluded.class",
                  "sissssss", service->code, (int64_t)place, service->name_zh, service->name_en, service->about, service->group,
                  service->keywords, ticket_class_name(service->class));
}

bool db_ticket_attribute_set(struct db *db, const struct ticket_attribute *attribute, int place, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO ticket_attribute(community, service, place, code, datatype, required, about, choices, about_zh, choices_zh)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT(community, service, code) DO UPDATE SET place=excluded.place,"
                  " datatype=excluded.datatype, required=excluded.required, about=excluded.about, choices=excluded.choices,"
                  " about_zh=excluded.about_zh, choices_zh=excluded.choices_zh",
                  "sississss", attribute->service, (int64_t)place, attribute->code, attribute->datatype, (int64_t)attribute->required,
                  attribute->about, attribute->choices, attribute->about_zh != NULL ? attribute->about_zh : "",
                  attribute->choices_zh != NULL ? attribute->choices_zh : "");
}

static json_t *rows_of(struct db *db, struct db_rows *stmt, GError **error)
{
    json_t *rows = json_array();

    if (db_rows_json(db, stmt, NULL, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

json_t *db_ticket_services(struct db *db, const char *code, GError **error)
{
    return rows_of(db,
                   db_query(db, error,
                            "SELECT s.code, s.name_zh, s.name_en, s.about, s.grouping, s.keywords, s.class, s.place, (SELECT count(*) FROM"
                            " ticket_attribute a WHERE a.community=?1 AND a.service=s.code) AS attributes FROM ticket_service s"
                            " WHERE s.community=?1 AND (?2='' OR s.code=?2) ORDER BY s.place, s.code",
                            "s", code != NULL ? code : ""),
                   error);
}

json_t *db_ticket_attributes(struct db *db, const char *service, GError **error)
{
    return rows_of(db,
                   db_query(db, error,
                            "SELECT code, datatype, required, about, choices, about_zh, choices_zh FROM ticket_attribute WHERE community=?1 AND service=?2"
                            " ORDER BY place, code",
                            "s", service),
                   error);
}

/* ---- Working days, places ---- */

bool db_ticket_day_set(struct db *db, uint32_t date, bool work, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO ticket_day(community, date, work) VALUES(?1,?2,?3) ON CONFLICT(community, date) DO UPDATE SET"
                  " work=excluded.work",
                  "ii", (int64_t)date, (int64_t)work);
}

static bool day_read(struct db_rows *stmt, void *into)
{
    *(struct calendar_day *)into = (struct calendar_day){(uint32_t)db_col_int(stmt, 0), db_col_int(stmt, 1) != 0};
    return true;
}

GArray *db_ticket_days(struct db *db, GError **error)
{
    static const struct db_reader DAY = {day_read, sizeof(struct calendar_day), "a working day"};

    return db_array(db, db_query(db, error, "SELECT date, work FROM ticket_day WHERE community=?1 ORDER BY date", ""), &DAY, error);
}

bool db_ticket_place_set(struct db *db, const char *id, const char *name, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO ticket_place(community, id, name) VALUES(?1,?2,?3) ON CONFLICT(community, id) DO UPDATE SET"
                  " name=excluded.name",
                  "ss", id, name);
}

bool db_ticket_place_name(struct db *db, const char *id, char **name, GError **error)
{
    return db_text(db, error, name, "SELECT name FROM ticket_place WHERE community=?1 AND id=?2", "s", id);
}

bool db_ticket_place_locate(struct db *db, const char *id, const struct ticket_point *at, GError **error)
{
    return db_run(db, error, "UPDATE ticket_place SET lat_e6=?3, lon_e6=?4 WHERE community=?1 AND id=?2", "sii", id, at->lat_e6, at->lon_e6);
}

static bool point_read(struct db_rows *row, void *into)
{
    *(struct ticket_point *)into = (struct ticket_point){db_col_int(row, 0), db_col_int(row, 1)};
    return true;
}

bool db_ticket_place_point(struct db *db, const char *id, struct ticket_point *out, bool *found, GError **error)
{
    static const struct db_reader POINT = {point_read, sizeof(struct ticket_point), "a place"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT lat_e6, lon_e6 FROM ticket_place WHERE community=?1 AND id=?2 AND lat_e6 IS NOT NULL AND"
                             " lon_e6 IS NOT NULL",
                             "s", id),
                    &POINT, out, found, error);
}

/* ---- Keys of the public door ---- */

bool db_ticket_key_add(struct db *db, const struct ticket_key_row *row, const char *name, const char *key, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO ticket_key(community, id, digest, name, hourly, made_ms, revoked_ms) VALUES(?1,?2,?3,?4,?5,?6,0)",
                  "sksii", row->id, key, strlen(key), name, row->hourly, row->made_ms);
}

static bool key_read(struct db_rows *stmt, void *into)
{
    struct ticket_key_row *out = into;

    db_copy_text(stmt, 0, out->id, sizeof out->id);
    out->hourly = db_col_int(stmt, 1);
    out->made_ms = db_col_int(stmt, 2);
    out->revoked_ms = db_col_int(stmt, 3);
    return true;
}

bool db_ticket_key_find(struct db *db, const char *key, struct ticket_key_row *out, bool *found, GError **error)
{
    static const struct db_reader KEY = {key_read, sizeof *out, "a key of the public door"};

    return db_first(db,
                    db_query(db, error, "SELECT id, hourly, made_ms, revoked_ms FROM ticket_key WHERE community=?1 AND digest=?2", "k",
                             key, strlen(key)),
                    &KEY, out, found, error);
}

bool db_ticket_key_revoke(struct db *db, const char *id, int64_t at_ms, bool *done, GError **error)
{
    bool ok = db_run(db, error, "UPDATE ticket_key SET revoked_ms=?3 WHERE community=?1 AND id=?2 AND revoked_ms=0", "si", id, at_ms);

    *done = ok && db_changes(db) > 0;
    return ok;
}

json_t *db_ticket_keys(struct db *db, GError **error)
{
    return rows_of(db,
                   db_query(db, error, "SELECT id, name, hourly, made_ms, revoked_ms FROM ticket_key WHERE community=?1 ORDER BY made_ms, id",
                            ""),
                   error);
}

bool db_ticket_key_used(struct db *db, const char *id, int64_t since_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM ticket WHERE community=?1 AND api_key=?2 AND api_key<>'' AND received_ms>?3", "si", id, since_ms);
}
