/* SPDX-License-Identifier: Apache-2.0 */
/* Whose card answers for what, as the platform told it: a cache of the feed, without names. */
#include "store/ledger-internal.h"
#include "store/staff.h"

#include <string.h>

const char *staff_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct staff staff;
    g_autofree char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (value == NULL) {
        sql_run(&store->sql, SQL_STAFF_DELETE, "DELETE FROM staff WHERE token=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (text == NULL || !staff_from_json(value, &staff) || strcmp(staff.token, key) != 0)
        return "value";
    sql_run(&store->sql, SQL_STAFF_PUT,
            "INSERT INTO staff(token,version,value) VALUES(?1,?2,?3) ON CONFLICT(token) DO UPDATE SET"
            " version=excluded.version, value=excluded.value WHERE excluded.version>=staff.version",
            error, "sis", key, version, text);
    return NULL;
}

static bool staff_load(struct sql *sql, const char *token, struct staff *out, bool *found, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_STAFF_GET, "SELECT value FROM staff WHERE token=?1", error, "s", token);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    *found = step == 1;
    if (step != 1)
        return step == 0;
    json_t *json = json_loads(sql_text(get, 0), JSON_REJECT_DUPLICATES, NULL);
    *found = staff_from_json(json, out);
    json_decref(json);
    sql_done(get);
    if (!*found)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the register of staff is not as it was written");
    return *found;
}

bool store_staff(struct store *store, const char *token, struct staff *out, bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = staff_load(&store->sql, token, out, found, error);
    g_mutex_unlock(&store->lock);
    return done;
}
