/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that the platform refused: OPEN ─► (staff looks into it) ─► RESOLVED. Neither row nor verdict is ever taken away; who
 * ended it and why is an event of the journal like any other, so the platform hears of it too.
 */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

#define LIST_MAX 1000

/* ---- Projection --------------------------------------------------------------------------------------------------- */

static bool text_fits(const char *text, size_t bytes_max)
{
    return text != NULL && *text != '\0' && strlen(text) <= bytes_max;
}

bool refused_resolved_apply(struct sql *sql, int64_t seq, json_t *data, GError **error)
{
    const char *id = json_string_value(json_object_get(data, "refused"));
    const char *by = json_string_value(json_object_get(data, "by"));
    const char *why = json_string_value(json_object_get(data, "why"));

    if (id == NULL || !uuid_valid(id) || !text_fits(by, 32) || !text_fits(why, 200) ||
        !json_is_integer(json_object_get(data, "seq")))
        return store_state_error(error, "refused.resolved needs refused, seq, by and why");
    return sql_run(sql, SQL_REFUSED_RESOLVE,
                   "INSERT INTO refused_resolved(id,seq,who,why) VALUES(?1,?2,?3,?4)", error, "siss", id, seq, by,
                   why);
}

/* ---- Asking ------------------------------------------------------------------------------------------------------- */

#define REFUSED_FROM                                                                                         \
    " FROM refused r LEFT JOIN journal j ON j.seq=r.seq LEFT JOIN refused_row g ON g.seq=r.seq"              \
    " LEFT JOIN refused_resolved d ON d.id=coalesce(j.id,g.id)"

int store_refused_count(struct store *store)
{
    g_autoptr(GError) error = NULL;
    int open = -1;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *count =
        sql_query(&store->sql, SQL_REFUSED_GET, "SELECT count(*)" REFUSED_FROM " WHERE d.id IS NULL", &error, "");
    if (count != NULL && sql_step(&store->sql, count, &error) == 1) {
        open = sqlite3_column_int(count, 0);
        sql_done(count);
    }
    g_mutex_unlock(&store->lock);
    if (open < 0)
        g_critical("refused rows: %s", error != NULL ? error->message : "no count");
    return open;
}

static struct store_refused *refused_take(sqlite3_stmt *row)
{
    struct store_refused *out = g_new0(struct store_refused, 1);

    out->seq = sqlite3_column_int64(row, 0);
    out->verdict = strcmp(sql_text(row, 1), "conflict") == 0 ? STORE_CONFLICT : STORE_REJECTED;
    g_strlcpy(out->code, sql_text(row, 2), sizeof out->code);
    out->refused_ms = sqlite3_column_int64(row, 3);
    out->epoch = sqlite3_column_int64(row, 4);
    g_strlcpy(out->id, sql_text(row, 5), sizeof out->id);
    g_strlcpy(out->type, sql_text(row, 6), sizeof out->type);
    out->at_ms = sqlite3_column_int64(row, 7);
    out->resolved = sqlite3_column_type(row, 8) != SQLITE_NULL;
    g_strlcpy(out->by, sql_text(row, 8), sizeof out->by);
    g_strlcpy(out->why, sql_text(row, 9), sizeof out->why);
    return out;
}

static GPtrArray *list_locked(struct store *store, bool all, int64_t seq, GError **error)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *list = sql_query(
        &store->sql, SQL_REFUSED_LIST,
        "SELECT r.seq,r.verdict,r.code,r.at_ms,coalesce(j.epoch,g.epoch),coalesce(j.id,g.id),coalesce(j.type,g.type),"
        "coalesce(j.at_ms,g.at_ms),d.who,d.why" REFUSED_FROM
        " WHERE (?1 OR d.id IS NULL) AND (?2=0 OR r.seq=?2) ORDER BY r.seq DESC LIMIT ?3",
        error, "iii", (int64_t)all, seq, (int64_t)LIST_MAX);
    int more = list == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, list, error)) == 1)
        g_ptr_array_add(rows, refused_take(list));
    if (more < 0)
        g_clear_pointer(&rows, g_ptr_array_unref);
    return rows;
}

GPtrArray *store_refused(struct store *store, bool all, GError **error)
{
    g_mutex_lock(&store->lock);
    GPtrArray *rows = list_locked(store, all, 0, error);
    g_mutex_unlock(&store->lock);
    return rows;
}

/* ---- Working it out ----------------------------------------------------------------------------------------------- */

static bool resolve_locked(struct store *store, int64_t seq, const char *by, const char *why, GError **error)
{
    g_autoptr(GPtrArray) rows = list_locked(store, false, seq, error);

    if (rows == NULL)
        return false;
    if (rows->len != 1)
        return store_state_error(error, "row %" G_GINT64_FORMAT " is not refused, or was worked out before", seq);
    const struct store_refused *row = rows->pdata[0];
    json_t *data = json_pack("{s:s, s:I, s:s, s:s}", "refused", row->id, "seq", (json_int_t)seq, "by", by, "why", why);
    bool done = data != NULL ? journal_append(store, "refused.resolved", data, NULL, error)
                             : store_state_error(error, "who and why are text");
    json_decref(data);
    return done;
}

bool store_refused_resolve(struct store *store, int64_t seq, const char *by, const char *why, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = resolve_locked(store, seq, by, why, error);
    g_mutex_unlock(&store->lock);
    return done;
}
