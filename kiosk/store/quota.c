/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quota that the platform handed out to this kiosk, and how much of it is used. Use is not counted beside the books: it is
 * what transactions that name this version took, without those that were refused, or undone as the platform says too. So what is refused gives its
 * quota back by itself, and a newer version begins unused.
 *
 *   newer version ─► BEGIN ─► quota.taken into the journal, the version in the place of the one before ─► COMMIT
 *
 * Once the platform has read quota.taken it knows that nothing will be spent from older versions any more. When a power cut keeps
 * the row alone, nothing can be spent until the version is told again, which writes no second row. A journal that waits takes the
 * version without a row; the row follows when it is whole, unless a spend says the same before.
 */
#include "store/ledger-internal.h"
#include "model/strict.h"

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

/* The newest version that this journal went on to, 0 none. What was left of older ones was taken back, also when an old copy of this
 * file holds one again. */
static bool newest_taken(struct sql *sql, int64_t *version, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_QUOTA_NEWER,
                                  "SELECT max(coalesce((SELECT version FROM quota_taken),0),"
                                  " coalesce((SELECT max(quota) FROM ledger_txn WHERE quota<>0),0))",
                                  error, "");

    if (get == NULL || sql_step(sql, get, error) != 1)
        return false;
    *version = sqlite3_column_int64(get, 0);
    sql_done(get);
    return true;
}

bool ledger_quota_apply(struct sql *sql, int64_t seq, json_t *data, GError **error)
{
    struct strict r = strict_open(data);
    int64_t version = strict_int(&r, "version", 1, INT64_MAX);

    if (!strict_done(&r))
        return store_state_error(error, QUOTA_TAKEN " names no version");
    return sql_run(sql, SQL_QUOTA_TAKE,
                   "INSERT INTO quota_taken VALUES(1,?1,?2) ON CONFLICT(one) DO UPDATE SET version=excluded.version,"
                   " seq=excluded.seq WHERE excluded.version>quota_taken.version",
                   error, "ii", version, seq);
}

bool ledger_quota_ask(struct sql *sql, const char *token, enum book book, const char *item, int64_t amount,
                      int64_t now_ms, enum ledger_code *out, int64_t *version, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    g_autofree char *account = g_strdup_printf("person:%s", token);
    struct quota_use uses[QUOTAS_MAX] = {{0, 0}};
    int64_t newest = 0;

    if (!set_load(sql, set, error) || !newest_taken(sql, &newest, error))
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (quota_concerns(&set->quotas[i], book, item) &&
            !use_load(sql, set->version, &set->quotas[i], account, &uses[i], error))
            return false;
    *version = set->version;
    *out = newest > set->version ? LEDGER_QUOTA : quota_check(set, set->kiosk, book, item, amount, uses, now_ms);
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

/* In the place of older ones, within a running transaction. */
static bool set_put(struct store *store, const void *ctx, GError **error)
{
    const struct quota_set *set = ctx;
    json_t *json = quota_set_to_json(set);
    g_autofree char *value = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    json_decref(json);
    if (value == NULL)
        return store_state_error(error, "no memory for a quota");
    return sql_run(&store->sql, SQL_QUOTA_CLEAR, "DELETE FROM quota WHERE version<?1", error, "i", set->version) &&
           sql_run(&store->sql, SQL_QUOTA_ADD, "INSERT INTO quota VALUES(?1,?2)", error, "is", set->version, value);
}

/* `with` NULL: the version is in its place already. */
static bool take_write(struct store *store, const struct quota_set *set, journal_with_fn with, GError **error)
{
    json_t *data = json_pack("{s:I}", "version", (json_int_t)set->version);
    bool done = data != NULL ? journal_append_with(store, QUOTA_TAKEN, data, with, set, error)
                             : store_state_error(error, "no memory for a quota");

    json_decref(data);
    return done;
}

static bool take(struct store *store, const struct quota_set *set, GError **error)
{
    int64_t newest = 0;

    if (!newest_taken(&store->sql, &newest, error))
        return false;
    if (store->state != STORE_WAITS && newest < set->version)
        return take_write(store, set, set_put, error);
    return (sql_begin(&store->sql, error) && set_put(store, set, error) && store_commit(store, error)) || store_abandon(store);
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
        done = take(store, set, error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_quota_tell(struct store *store, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    int64_t newest = 0;

    g_mutex_lock(&store->lock);
    bool done = set_load(&store->sql, set, error) && newest_taken(&store->sql, &newest, error);
    if (done && store->state != STORE_WAITS && newest < set->version)
        done = take_write(store, set, NULL, error);
    g_mutex_unlock(&store->lock);
    return done;
}
