/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed. A key that changes again moves to the end, so a kiosk that was away reads each key once. The numbers
 * only grow and there is one writer, therefore "n > cursor" misses nothing.
 */
#include "platform/db-rows.h"
#include <string.h>

bool db_change_add(struct db *db, const char *topic, const char *key, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO change SELECT ?1, ifnull(max(n), 0) + 1, ?2, ?3 FROM change WHERE community=?1"
                  " ON CONFLICT(community, topic, key) DO UPDATE SET n=excluded.n",
                  "ss", topic, key);
}

bool db_change_last(struct db *db, int64_t *n, GError **error)
{
    return db_int(db, error, 0, n, "SELECT max(n) FROM change WHERE community=?1", "");
}

bool db_feed_head(struct db *db, struct feed_head *out, GError **error)
{
    return db_hotlist_version(db, &out->hotlist, error) && db_change_last(db, &out->change, error) &&
           db_int(db, error, 0, &out->urgent,
                  "SELECT max(n) FROM change WHERE community=?1 AND topic IN ('command','quota','doubt')", "");
}

static json_t *notice_value(struct db *db, const char *id, GError **error)
{
    g_autofree char *text = NULL;
    json_t *value;

    if (!db_text(db, error, &text, "SELECT value FROM notice WHERE community=?1 AND id=?2", "s", id) ||
        text == NULL)
        return NULL;
    value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "notice %s is not JSON", id);
    return value;
}

/* Only bills that can be paid, and the news that one no longer can, are for kiosks: PAYING and UNKNOWN are tombstones. */
static json_t *value_of(struct db *db, const char *topic, const char *key, GError **error)
{
    json_t *value;
    const char *state;

    if (strcmp(topic, "notice") == 0)
        return notice_value(db, key, error);
    if (strcmp(topic, "doubt") == 0)
        return db_doubt_value(db, key, error);
    value = db_bill_value(db, key, error);
    state = json_string_value(json_object_get(value, "state"));
    if (state != NULL && (strcmp(state, "PAYING") == 0 || strcmp(state, "UNKNOWN") == 0))
        g_clear_pointer(&value, json_decref);
    return value;
}

static bool add_item(struct db *db, json_t *items, int64_t n, const char *topic, const char *key,
                     GError **error)
{
    GError *why = NULL;
    json_t *value = value_of(db, topic, key, &why);
    bool deleted = value == NULL;

    if (why != NULL) {
        g_propagate_error(error, why);
        return false;
    }
    if (json_array_append_new(items, json_pack("{s:s, s:s, s:I, s:b, s:o}", "topic", topic, "key", key,
                                               "version", (json_int_t)n, "deleted", deleted, "value",
                                               deleted ? json_null() : value)) == 0)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a feed item is not UTF-8");
    return false;
}

json_t *db_change_items(struct db *db, int64_t after, int64_t limit, int64_t *last, GError **error)
{
    sqlite3_stmt *stmt = db_query(
        db, error, "SELECT n, topic, key FROM change WHERE community=?1 AND n>?2 ORDER BY n LIMIT ?3", "ii",
        after, limit);
    json_t *items;
    int step;

    *last = after;
    if (stmt == NULL)
        return NULL;
    items = json_array();
    while ((step = db_next(db, stmt, error)) > 0) {
        const char *topic = (const char *)sqlite3_column_text(stmt, 1),
                   *key = (const char *)sqlite3_column_text(stmt, 2);

        *last = sqlite3_column_int64(stmt, 0);
        if (!add_item(db, items, *last, topic, key, error)) {
            db_done(stmt);
            step = -1;
            break;
        }
    }
    if (step == 0)
        return items;
    json_decref(items);
    return NULL;
}
