/* SPDX-License-Identifier: Apache-2.0 */
/* Asking what the platform sent: bills of a card, notices of a day, where somebody lives. */
#include "store/internal.h"
#include "store/tickets.h"

#define BILLS_MAX   200
#define NOTICES_MAX 100

/* ---- Bills and notices -------------------------------------------------------------------------------------------- */

/* A bill that a payment of ours covers is not asked for again, whatever the platform still thinks of it. */
#define TO_PAY                                                                                               \
    " card_token=?1 AND state='UNPAID' AND amount_fen>0 AND NOT EXISTS (SELECT 1 FROM payment_bill b"        \
    " JOIN payment p ON p.id=b.payment_id WHERE b.bill_id=bill.id AND p.state<>'VOID')"

json_t *cache_json(const char *text, GError **error)
{
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (value == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a cached item is not our JSON");
    return value;
}

static json_t *bill_parse(struct store *store, const char *id, const char *sealed, GError **error)
{
    g_autofree char *text = cache_open(store, "bill", id, sealed, error);
    return text != NULL ? cache_json(text, error) : NULL;
}

/* The value of every row: column 0, or, for bills, column 1 sealed with the id in column 0. NULL with error. */
static GPtrArray *values_take(struct store *store, sqlite3_stmt *query, bool bills, GError **error)
{
    GPtrArray *values = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1) {
        json_t *value = bills ? bill_parse(store, sql_text(query, 0), sql_text(query, 1), error)
                              : cache_json(sql_text(query, 0), error);
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

GPtrArray *cache_values(struct store *store, sqlite3_stmt *query, GError **error)
{
    return values_take(store, query, false, error);
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

/* ---- Where somebody lives ------------------------------------------------------------------------------------------- */

char *store_home(struct store *store, const char *card_token, GError **error)
{
    char *home = NULL;

    g_mutex_lock(&store->lock);
    bool known = snapshots_known(store, card_token);
    g_autoptr(GPtrArray) newest = values_take(store,
                                              sql_query(&store->sql, SQL_HOME,
                                                        "SELECT id,value FROM bill WHERE card_token=?1 ORDER BY due DESC, id LIMIT ?2", error,
                                                        "si", card_token, (int64_t)(known ? 1 : 0)),
                                              true, error);
    g_mutex_unlock(&store->lock);
    if (newest != NULL && newest->len > 0)
        home = g_strdup(json_string_value(json_object_get(g_ptr_array_index(newest, 0), "address_masked")));
    if (home != NULL && *home == '\0')
        g_clear_pointer(&home, g_free);
    return home;
}
