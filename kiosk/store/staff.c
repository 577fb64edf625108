/* SPDX-License-Identifier: Apache-2.0 */
/* Whose card answers for what, as the platform told it: a cache of the feed, without names. */
#include "store/ledger-internal.h"
#include "store/staff.h"

#include <string.h>

/* A row of the topic it came by; NULL: kept. */
static const char *fits(json_t *value, const char *key, const char *topic, struct staff *out)
{
    return staff_from_json(value, out) && strcmp(out->token, key) == 0 && strcmp(staff_topic(out->role), topic) == 0 ? NULL : "value";
}

const char *staff_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct staff staff;
    g_autofree char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (value == NULL) {
        sql_run(&store->sql, SQL_STAFF_DELETE, "DELETE FROM staff WHERE token=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (text == NULL || fits(value, key, "staff", &staff) != NULL)
        return "value";
    sql_run(&store->sql, SQL_STAFF_PUT,
            "INSERT INTO staff(token,version,value) VALUES(?1,?2,?3) ON CONFLICT(token) DO UPDATE SET"
            " version=excluded.version, value=excluded.value WHERE excluded.version>=staff.version",
            error, "sis", key, version, text);
    return NULL;
}

const char *post_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct staff staff;
    g_autofree char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (value == NULL) {
        sql_run(&store->sql, SQL_POST_DELETE, "DELETE FROM post WHERE token=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (text == NULL || fits(value, key, "post", &staff) != NULL)
        return "value";
    sql_run(&store->sql, SQL_POST_PUT,
            "INSERT INTO post(token,version,value) VALUES(?1,?2,?3) ON CONFLICT(token) DO UPDATE SET"
            " version=excluded.version, value=excluded.value WHERE excluded.version>=post.version",
            error, "sis", key, version, text);
    return NULL;
}

static bool in_force(const struct staff *row, int64_t at_ms)
{
    return staff_may(row, STAFF_PRESENT, NULL, at_ms) == LEDGER_OK;
}

static bool goes_before(const struct staff *row, const struct staff *other, int64_t at_ms)
{
    bool now = in_force(row, at_ms), then = in_force(other, at_ms);

    return now != then ? now : row->from_ms >= other->from_ms;
}

/* Of both topics the row in force, else the one that began last: who is a clerk no more may be something else now. */
static bool staff_load(struct sql *sql, const char *token, int64_t at_ms, struct staff *out, bool *found, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_STAFF_GET, "SELECT value FROM staff WHERE token=?1 UNION ALL SELECT value FROM post WHERE token=?1",
                                  error, "s", token);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    for (*found = false; step == 1; step = sql_step(sql, get, error)) {
        struct staff row;
        json_t *json = json_loads(sql_text(get, 0), JSON_REJECT_DUPLICATES, NULL);
        bool good = staff_from_json(json, &row);
        json_decref(json);
        if (!good) {
            sql_done(get);
            g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the register of staff is not as it was written");
            return false;
        }
        if (!*found || goes_before(&row, out, at_ms))
            *out = row;
        *found = true;
    }
    return step == 0;
}

bool store_staff(struct store *store, const char *token, int64_t at_ms, struct staff *out, bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = staff_load(&store->sql, token, at_ms, out, found, error);
    g_mutex_unlock(&store->lock);
    return done;
}
