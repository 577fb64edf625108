/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quota that the platform handed out to this kiosk, and how much of it is used. Use is not counted beside the books: it is
 * what transactions that name this version took, without those that were refused, or undone as the platform says too. So what is refused gives its
 * quota back by itself, and a newer version begins unused.
 */
#include "store/ledger-internal.h"

#include <string.h>

static bool set_load(struct sql *sql, struct quota_set *out, GError **error)
{
    sqlite3_stmt *get =
        sql_query(sql, SQL_QUOTA_GET, "SELECT value FROM quota ORDER BY version DESC LIMIT 1", error, "");
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    memset(out, 0, sizeof *out);
    if (step != 1)
        return step == 0;
    json_t *json = json_loads(sql_text(get, 0), JSON_REJECT_DUPLICATES, NULL);
    bool good = quota_set_from_json(json, out);
    json_decref(json);
    sql_done(get);
    if (!good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the quota is not as it was written");
    return good;
}

/* A pattern that no item's name can hold stands for all accounts. An undoing counts when the platform has taken it: it may still
 * be refused (a card that is frozen meanwhile), and what was given back would have been spent twice. */
#define USED_SQL                                                                                             \
    "SELECT coalesce(sum(-e.amount),0), coalesce(sum(iif(e.account=?3,-e.amount,0)),0) FROM ledger_txn t"    \
    " JOIN ledger_entry e ON e.txn=t.id WHERE t.quota=?1 AND e.book=?2 AND e.amount<0"                       \
    " AND (?4='' OR EXISTS (SELECT 1 FROM ledger_entry i WHERE i.txn=t.id AND i.account='redeemed:'||?4))"   \
    " AND t.seq NOT IN (SELECT seq FROM refused)"                                                            \
    " AND NOT EXISTS (SELECT 1 FROM ledger_txn r WHERE r.reverses=t.id AND r.reverses<>''"                   \
    "  AND r.seq<=(SELECT CAST(value AS INTEGER) FROM meta WHERE key='acked_seq')"                            \
    "  AND r.seq NOT IN (SELECT seq FROM refused))"

static bool use_load(struct sql *sql, int64_t version, const struct quota *quota, const char *account,
                     struct quota_use *out, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_QUOTA_USED, USED_SQL, error, "isss", version, book_name(quota->book), account,
                                  quota->subject == QUOTA_ITEM ? quota->item : "");

    if (get == NULL || sql_step(sql, get, error) != 1)
        return false;
    *out = (struct quota_use){sqlite3_column_int64(get, 0), sqlite3_column_int64(get, 1)};
    sql_done(get);
    return true;
}

/* An old copy of this file may hold a version that this journal went on from: what was left of it was taken back. */
static bool set_over(struct sql *sql, const struct quota_set *set, bool *over, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_QUOTA_NEWER, "SELECT 1 FROM ledger_txn WHERE quota<>0 AND quota>?1 LIMIT 1", error,
                                  "i", set->version);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    *over = step == 1;
    if (step == 1)
        sql_done(get);
    return step >= 0;
}

bool ledger_quota_ask(struct sql *sql, const char *token, enum book book, const char *item, int64_t amount,
                      int64_t now_ms, enum ledger_code *out, int64_t *version, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    g_autofree char *account = g_strdup_printf("person:%s", token);
    struct quota_use uses[QUOTAS_MAX] = {{0, 0}};
    bool over = false;

    if (!set_load(sql, set, error) || !set_over(sql, set, &over, error))
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (quota_concerns(&set->quotas[i], book, item) &&
            !use_load(sql, set->version, &set->quotas[i], account, &uses[i], error))
            return false;
    *version = set->version;
    *out = over ? LEDGER_QUOTA : quota_check(set, set->kiosk, book, item, amount, uses, now_ms);
    return true;
}

/* ---- The store's door -------------------------------------------------------------------------------------------- */

bool store_quota(struct store *store, struct quota_set *out, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = set_load(&store->sql, out, error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_quota_ask(struct store *store, const char *token, enum book book, const char *item, int64_t amount,
                     int64_t now_ms, enum ledger_code *out, int64_t *version, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = ledger_quota_ask(&store->sql, token, book, item, amount, now_ms, out, version, error);
    g_mutex_unlock(&store->lock);
    return done;
}

static bool set_write(struct store *store, const struct quota_set *set, GError **error)
{
    json_t *json = quota_set_to_json(set);
    g_autofree char *value = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    json_decref(json);
    if (value == NULL)
        return store_state_error(error, "no memory for a quota");
    return sql_begin(&store->sql, error) &&
           sql_run(&store->sql, SQL_QUOTA_CLEAR, "DELETE FROM quota WHERE version<?1", error, "i", set->version) &&
           sql_run(&store->sql, SQL_QUOTA_ADD, "INSERT INTO quota VALUES(?1,?2)", error, "is", set->version, value) &&
           store_commit(store, error);
}

bool store_quota_set(struct store *store, const struct quota_set *set, GError **error)
{
    g_autofree struct quota_set *had = g_new0(struct quota_set, 1);
    bool done = false;

    g_mutex_lock(&store->lock);
    if (!set_load(&store->sql, had, error))
        done = false;
    else if (strcmp(set->kiosk, store->identity.kiosk_id) != 0)
        store_state_error(error, "the quota is another kiosk's");
    else if (set->version <= had->version)
        store_state_error(error, "a quota never goes back");
    else
        done = set_write(store, set, error) || store_abandon(store);
    g_mutex_unlock(&store->lock);
    return done;
}
