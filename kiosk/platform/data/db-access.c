/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"

/* Numbers without a gap: whoever writes has the community's lock. A reading of many has no person. */
bool db_access_add(struct db *db, const struct access *access, int64_t now_ms, GError **error)
{
    char fields[PERSON_FIELDS_TEXT_SIZE];
    const char *purpose = purpose_name(access->purpose);

    person_fields_text(access->fields, fields);
    if (access->person < 0)
        return db_run(db, error,
                      "INSERT INTO access_log SELECT ?1, coalesce(max(n), 0)+1, ?2, ?3, ?4, NULL, ?5, ?6, ?7, ?8 FROM access_log"
                      " WHERE community=?1",
                      "issssss", now_ms, access->actor, access->role, fields, purpose, access->case_id, access->kiosk);
    return db_run(db, error,
                  "INSERT INTO access_log SELECT ?1, coalesce(max(n), 0)+1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM access_log"
                  " WHERE community=?1",
                  "ississss", now_ms, access->actor, access->role, access->person, fields, purpose, access->case_id,
                  access->kiosk);
}

/* What was read of everybody was read of this person, too. */
json_t *db_access_rows(struct db *db, int64_t person, int64_t before, int64_t limit, GError **error)
{
    json_t *rows = json_array();
    struct db_rows *stmt =
        person < 0
            ? db_query(db, error,
                       "SELECT n, at_ms, actor, role, person, fields, purpose, case_id, kiosk FROM access_log WHERE community=?1"
                       " AND n<?2 ORDER BY n DESC LIMIT ?3",
                       "ii", before, limit)
            : db_query(db, error,
                       "SELECT n, at_ms, actor, role, fields, purpose, case_id, kiosk FROM access_log WHERE community=?1"
                       " AND (person=?2 OR person IS NULL) AND n<?3 ORDER BY n DESC LIMIT ?4",
                       "iii", person, before, limit);

    if (!db_rows_json(db, stmt, NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

json_t *db_access_others(struct db *db, int64_t person, int64_t before, int64_t limit, GError **error)
{
    json_t *rows = json_array();
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT a.n, a.at_ms, a.actor, a.role, a.fields, a.purpose, a.case_id, a.kiosk, coalesce(k.place_zh, '') AS place_zh,"
                 " coalesce(k.place_en, '') AS place_en FROM access_log a LEFT JOIN kiosk k ON k.community=a.community AND k.id=a.kiosk"
                 " WHERE a.community=?1 AND (a.person=?2 OR a.person IS NULL) AND a.actor<>'self' AND a.n<?3 ORDER BY a.n DESC LIMIT ?4",
                 "iii", person, before, limit);

    if (!db_rows_json(db, stmt, NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

json_t *db_access_own(struct db *db, int64_t person, GError **error)
{
    int64_t times = 0, last_ms = 0;

    if (!db_int(db, error, 0, &times, "SELECT count(*) FROM access_log WHERE community=?1 AND person=?2 AND actor='self'", "i", person) ||
        !db_int(db, error, 0, &last_ms, "SELECT coalesce(max(at_ms), 0) FROM access_log WHERE community=?1 AND person=?2 AND actor='self'",
                "i", person))
        return NULL;
    return json_pack("{s:I, s:I}", "times", (json_int_t)times, "last_ms", (json_int_t)last_ms);
}

bool db_access_persons(struct db *db, const char *actor, int64_t from_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(DISTINCT person) FROM access_log WHERE community=?1 AND actor=?2 AND at_ms>=?3", "si", actor,
                  from_ms);
}
