/* SPDX-License-Identifier: Apache-2.0 */
/* Asking what the platform sent: bills of a card, notices of a day, the hotlist. */
#include "store/internal.h"

#include <string.h>

#define HOTLIST_ENTRIES_MAX 1000000
#define BILLS_MAX           200
#define NOTICES_MAX         100

/* ---- Bills and notices -------------------------------------------------------------------------------------------- */

/* A bill that a payment of ours covers is not asked for again, whatever the platform still thinks of it. */
#define TO_PAY                                                                                               \
    " card_token=?1 AND state='UNPAID' AND amount_fen>0 AND NOT EXISTS (SELECT 1 FROM payment_bill b"        \
    " JOIN payment p ON p.id=b.payment_id WHERE b.bill_id=bill.id AND p.state<>'VOID')"

static json_t *value_parse(const char *text, GError **error)
{
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (value == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a cached item is not our JSON");
    return value;
}

static json_t *bill_parse(struct store *store, const char *id, const char *sealed, GError **error)
{
    g_autofree char *text = cache_open(store, "bill", id, sealed, error);
    return text != NULL ? value_parse(text, error) : NULL;
}

/* The value of every row: column 0, or, for bills, column 1 sealed with the id in column 0. NULL with error. */
static GPtrArray *values_take(struct store *store, sqlite3_stmt *query, bool bills, GError **error)
{
    GPtrArray *values = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1) {
        json_t *value = bills ? bill_parse(store, sql_text(query, 0), sql_text(query, 1), error)
                              : value_parse(sql_text(query, 0), error);
        if (value != NULL) {
            g_ptr_array_add(values, value);
            continue;
        }
        sql_done(query);
        more = -1;
    }
    if (more < 0)
        g_clear_pointer(&values, g_ptr_array_unref);
    return values;
}

GPtrArray *store_bills(struct store *store, const char *card_token, int64_t *asof_ms, GError **error)
{
    g_mutex_lock(&store->lock);
    bool known = snapshots_known(store, card_token);
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_BILLS, "SELECT id,value FROM bill WHERE" TO_PAY " ORDER BY due, id LIMIT ?2",
                  error, "si", card_token, (int64_t)(known ? BILLS_MAX : 0));
    GPtrArray *bills = values_take(store, query, true, error);
    if (asof_ms != NULL)
        *asof_ms = known ? store->feed.now_ms : 0;
    g_mutex_unlock(&store->lock);
    return bills;
}

int64_t store_bill_open_fen(struct store *store, const char *card_token, const char *bill_id)
{
    g_autoptr(GError) error = NULL;
    int64_t amount_fen = -1;

    g_mutex_lock(&store->lock);
    if (!snapshots_known(store, card_token)) {
        g_mutex_unlock(&store->lock);
        return -1;
    }
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_BILL_OPEN, "SELECT amount_fen FROM bill WHERE id=?2 AND" TO_PAY, &error,
                  "ss", card_token, bill_id);
    if (query != NULL && sql_step(&store->sql, query, &error) == 1) {
        amount_fen = sqlite3_column_int64(query, 0);
        sql_done(query);
    }
    g_mutex_unlock(&store->lock);
    if (error != NULL)
        g_critical("bill: %s", error->message);
    return amount_fen;
}

json_t *store_bill(struct store *store, const char *bill_id, GError **error)
{
    json_t *value = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_BILL, "SELECT value FROM bill WHERE id=?1", error, "s", bill_id);
    if (query != NULL && sql_step(&store->sql, query, error) == 1) {
        value = bill_parse(store, bill_id, sql_text(query, 0), error);
        sql_done(query);
    }
    g_mutex_unlock(&store->lock);
    return value;
}

GPtrArray *store_notices(struct store *store, uint32_t today, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_NOTICES,
                                    "SELECT value FROM notice WHERE ?1 BETWEEN from_date AND to_date"
                                    " ORDER BY urgent DESC, from_date DESC, id LIMIT ?2",
                                    error, "ii", (int64_t)today, (int64_t)NOTICES_MAX);
    GPtrArray *notices = values_take(store, query, false, error);
    g_mutex_unlock(&store->lock);
    return notices;
}

/* ---- Hotlist: all or nothing, and never back ---------------------------------------------------------------------- */

static bool token_valid(const char *token)
{
    size_t len = token != NULL ? strlen(token) : 0;

    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isdigit(token[i]) && !(token[i] >= 'a' && token[i] <= 'f'))
            return false;
    return len == 32;
}

static bool entry_read(json_t *entry, const char **token, const char **reason)
{
    *token = json_string_value(json_object_get(entry, "token"));
    *reason = json_string_value(json_object_get(entry, "reason"));
    bool good = token_valid(*token) && *reason != NULL && **reason != '\0' && strlen(*reason) <= 31;

    for (const char *p = good ? *reason : ""; *p != '\0'; p++)
        good = good && g_ascii_isgraph(*p);
    return good;
}

static bool entries_put(struct store *store, json_t *entries, GError **error)
{
    size_t at = 0;
    json_t *entry = NULL;
    const char *token = NULL, *reason = NULL;

    if (!sql_run(&store->sql, SQL_HOTLIST_CLEAR, "DELETE FROM hotlist", error, ""))
        return false;
    json_array_foreach(entries, at, entry)
    {
        if (!entry_read(entry, &token, &reason))
            return store_state_error(error, "entry %" G_GSIZE_FORMAT " of the hotlist makes no sense", at);
        if (!sql_run(&store->sql, SQL_HOTLIST_ADD,
                     "INSERT INTO hotlist(token,reason) VALUES(?1,?2) ON CONFLICT(token) DO UPDATE SET "
                     "reason=excluded.reason",
                     error, "ss", token, reason))
            return false;
    }
    return true;
}

/* The issuer's own time is the only one at which this list surely was the newest; store_hotlist_confirm() knows more. */
static bool list_put(struct store *store, int64_t version, int64_t issued_ms, json_t *entries, GError **error)
{
    return sql_begin(&store->sql, error) && entries_put(store, entries, error) &&
           meta_set_int(store, "hotlist_version", version, error) &&
           meta_set_int(store, "hotlist_issued_ms", issued_ms, error) &&
           mark_write(store, &store->hotlist_confirmed, issued_ms, error) && store_commit(store, error);
}

bool store_hotlist_set(struct store *store, int64_t version, int64_t issued_ms, json_t *entries,
                       GError **error)
{
    bool done = false;

    if (!json_is_array(entries) || json_array_size(entries) > HOTLIST_ENTRIES_MAX || version < 1 ||
        issued_ms < 0)
        return store_state_error(error, "this is no hotlist");
    g_mutex_lock(&store->lock);
    int64_t had = meta_int(store, "hotlist_version", 0);
    if (version <= had)
        store_state_error(error, "hotlist %" G_GINT64_FORMAT " is not newer than %" G_GINT64_FORMAT, version,
                          had);
    else
        done = list_put(store, version, issued_ms, entries, error) || store_abandon(store);
    if (done)
        store->hotlist_confirmed.now_ms = issued_ms;
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_hotlist_info(struct store *store, int64_t *version, int64_t *issued_ms, int64_t *confirmed_ms)
{
    g_mutex_lock(&store->lock);
    *version = meta_int(store, "hotlist_version", 0);
    *issued_ms = meta_int(store, "hotlist_issued_ms", 0);
    *confirmed_ms = *version > 0 ? store->hotlist_confirmed.now_ms : 0;
    g_mutex_unlock(&store->lock);
    return true;
}

/* Said at each round of sync: on the disk once a minute is enough, for a list that is good for a day. */
bool store_hotlist_confirm(struct store *store, int64_t version, int64_t confirmed_ms, GError **error)
{
    struct mark *mark = &store->hotlist_confirmed;
    bool done = false;

    g_mutex_lock(&store->lock);
    if (version < 1 || version != meta_int(store, "hotlist_version", 0) || confirmed_ms < 0)
        store_state_error(error, "hotlist %" G_GINT64_FORMAT " is not the one we have", version);
    else
        done = !mark_due(mark, confirmed_ms) ||
               (sql_begin(&store->sql, error) && mark_write(store, mark, confirmed_ms, error) &&
                store_commit(store, error)) ||
               store_abandon(store);
    if (done)
        mark->now_ms = confirmed_ms;
    g_mutex_unlock(&store->lock);
    return done;
}

char *store_hotlist_lookup(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;
    char *reason = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_HOTLIST_GET, "SELECT reason FROM hotlist WHERE token=?1",
                                    &error, "s", token);
    if (query != NULL && sql_step(&store->sql, query, &error) == 1) {
        reason = g_strdup(sql_text(query, 0));
        sql_done(query);
    }
    g_mutex_unlock(&store->lock);
    if (error == NULL)
        return reason;
    g_critical("hotlist: %s", error->message);
    return g_strdup("UNREADABLE"); /* a card that cannot be checked counts as listed */
}
