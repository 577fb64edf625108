/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include <string.h>

/* Two tables, as there were two roles first and a node of an older version knows no others: what it does not see may nothing. */
#define REGISTER                                                                                                        \
    "(SELECT community, id, token, name, role, scope, from_ms, to_ms FROM staff UNION ALL"                              \
    " SELECT community, id, token, name, role, scope, from_ms, to_ms FROM staff_post)"

static bool of_older_role(enum staff_role role)
{
    return strcmp(staff_topic(role), "staff") == 0;
}

static bool row_read(struct db_rows *stmt, void *into)
{
    struct staff_row *out = into;
    struct staff *staff = &out->staff;

    db_copy_text(stmt, 0, staff->id, sizeof staff->id);
    db_copy_text(stmt, 1, staff->token, sizeof staff->token);
    db_copy_text(stmt, 3, staff->scope, sizeof staff->scope);
    staff->from_ms = db_col_int(stmt, 4);
    staff->to_ms = db_col_int(stmt, 5);
    out->person = db_col_int(stmt, 6);
    return staff_role_parse(db_col_text(stmt, 2), &staff->role);
}

static const struct db_reader ROW = {row_read, sizeof(struct staff_row), "a row of the register of staff"};

/* An id, or a card's token: then the row that was in force, or else the newest that had begun. */
bool db_staff_find(struct db *db, const char *name, int64_t at_ms, struct staff_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT s.id, s.token, s.role, s.scope, s.from_ms, s.to_ms, c.person FROM " REGISTER " s JOIN card c ON"
                             " c.community=s.community AND c.token=s.token WHERE s.community=?1 AND (s.id=?2 OR s.token=?2)"
                             " ORDER BY s.id=?2 DESC, (s.from_ms<=?3 AND (s.to_ms=0 OR s.to_ms>?3)) DESC, s.from_ms<=?3 DESC, s.from_ms DESC LIMIT 1",
                             "si", name, at_ms),
                    &ROW, out, found, error);
}

/* One that was retired before it began has no time. */
bool db_staff_taken(struct db *db, const struct staff *row, bool *taken, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM " REGISTER " s WHERE community=?1 AND (id=?2 OR (token=?3 AND (to_ms=0 OR"
                     " (to_ms>?4 AND to_ms>from_ms)) AND (?5=0 OR from_ms<?5)))",
                     "ssii", row->id, row->token, row->from_ms, row->to_ms);

    *taken = count > 0;
    return ok;
}

/* A row is known by its card and when it began, in the table of its role. */
bool db_staff_began(struct db *db, const struct staff *row, bool *began, GError **error)
{
    int64_t count = 0;
    bool ok = of_older_role(row->role) ? db_int(db, error, 0, &count, "SELECT count(*) FROM staff WHERE community=?1 AND token=?2 AND from_ms=?3",
                                                "si", row->token, row->from_ms)
                                       : db_int(db, error, 0, &count,
                                                "SELECT count(*) FROM staff_post WHERE community=?1 AND token=?2 AND from_ms=?3", "si",
                                                row->token, row->from_ms);

    *began = count > 0;
    return ok;
}

GArray *db_staff_begun(struct db *db, int64_t after_ms, int64_t until_ms, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT s.id, s.token, s.role, s.scope, s.from_ms, s.to_ms, 0 FROM " REGISTER " s WHERE s.community=?1 AND"
                             " s.from_ms>?2 AND s.from_ms<=?3 AND EXISTS (SELECT 1 FROM " REGISTER " o WHERE o.community=?1 AND"
                             " o.token=s.token AND o.id<>s.id) ORDER BY s.from_ms, s.id",
                             "ii", after_ms, until_ms),
                    &ROW, error);
}

bool db_staff_add(struct db *db, const struct staff *staff, const char *name, GError **error)
{
    const char *insert = of_older_role(staff->role)
                             ? "INSERT INTO staff VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
                             : "INSERT INTO staff_post(community, id, token, name, role, scope, from_ms, to_ms)"
                               " VALUES(?1,?2,?3,?4,?5,?6,?7,?8)";

    return db_run(db, error, insert, "sspssii", staff->id, staff->token, "staff.name", staff->id, name,
                  staff_role_name(staff->role), staff->scope, staff->from_ms, staff->to_ms);
}

bool db_staff_retire(struct db *db, const char *id, int64_t at_ms, GError **error)
{
    return db_run(db, error, "UPDATE staff SET to_ms=?3 WHERE community=?1 AND id=?2", "si", id, at_ms) &&
           db_run(db, error, "UPDATE staff_post SET to_ms=?3 WHERE community=?1 AND id=?2", "si", id, at_ms);
}

/* The row in force, else the one that begins next, else the newest that was; one without any time only when there is no other. */
#define TOLD                                                                                                                       \
    " WHERE community=?1 AND token=?2 ORDER BY (from_ms<=?3 AND (to_ms=0 OR to_ms>?3)) DESC, (to_ms=0 OR to_ms>from_ms) DESC,"      \
    " from_ms>?3 DESC, CASE WHEN from_ms>?3 THEN from_ms ELSE -from_ms END LIMIT 1"
json_t *db_staff_value(struct db *db, const char *topic, const char *token, int64_t now_ms, GError **error)
{
    struct staff_row row;
    bool found = false, older = strcmp(topic, "staff") == 0;
    const char *sql = older ? "SELECT id, token, role, scope, from_ms, to_ms, 0 FROM staff" TOLD
                            : "SELECT id, token, role, scope, from_ms, to_ms, 0 FROM staff_post" TOLD;

    return db_first(db, db_query(db, error, sql, "si", token, now_ms), &ROW, &row, &found, error) && found ? staff_to_json(&row.staff)
                                                                                                           : NULL;
}

/* With the name and the end of the card's number. */
static bool listed(struct db *db, struct db_rows *stmt, json_t *rows, GError **error)
{
    struct staff_row row = {0};
    g_autofree char *name = NULL, *number = NULL;

    if (!db_col_unsealed(db, stmt, 7, "staff.name", db_col_text(stmt, 0), &name, error) ||
        !db_col_unsealed(db, stmt, 8, "card.number", db_col_text(stmt, 1), &number, error))
        return false;
    json_t *json = row_read(stmt, &row) ? staff_to_json(&row.staff) : NULL;
    bool good = json_object_set_new(json, "name", json_string(name)) == 0 &&
                json_object_set_new(json, "card_last4", json_string(db_last4(number))) == 0 &&
                json_array_append(rows, json) == 0;
    json_decref(json);
    if (!good)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a row of the register of staff is damaged");
    return good;
}

json_t *db_staff_list(struct db *db, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT s.id, s.token, s.role, s.scope, s.from_ms, s.to_ms, c.person,"
                                  " s.name, c.number FROM " REGISTER " s JOIN card c ON c.community=s.community AND c.token=s.token"
                                  " WHERE s.community=?1 ORDER BY s.id",
                                  "");
    json_t *rows = json_array();
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0)
        if (!listed(db, stmt, rows, error)) {
            db_done(stmt);
            step = -1;
        }
    if (step < 0)
        g_clear_pointer(&rows, json_decref);
    return rows;
}
