/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the platform told: credit of card tokens and the rules it is judged by. Both are caches of the feed. A card's credit is
 * personal: sealed with this machine's own key, and wiped with the rest of what is known of persons.
 */
#include "store/ledger-internal.h"
#include "model/model.h"
#include "model/reward.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- Taking in --------------------------------------------------------------------------------------------------- */

static bool credit_put(struct store *store, const char *token, int64_t version, json_t *value, GError **error)
{
    g_autofree char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    g_autofree char *sealed = text != NULL ? cache_close(store, "credit", token, text) : NULL;

    if (sealed == NULL)
        return store_state_error(error, "no memory for an item");
    store->persons_changed = true;
    return sql_run(&store->sql, SQL_CREDIT_PUT,
                   "INSERT INTO credit(token,version,value) SELECT ?1,?2,?3" NOT_WIPED("?1", "?2") " ON CONFLICT(token) DO UPDATE SET"
                   " version=excluded.version, value=excluded.value WHERE excluded.version>=credit.version",
                   error, "sis", token, version, sealed);
}

static const char *credit_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);

    if (value == NULL) {
        sql_run(&store->sql, SQL_CREDIT_DELETE, "DELETE FROM credit WHERE token=?1 AND version<=?2", error, "si", key,
                version);
        return NULL;
    }
    if (!balance_from_json(value, balance) || strcmp(balance->token, key) != 0)
        return "value";
    credit_put(store, key, version, value, error);
    return NULL;
}

static bool rule_put(struct store *store, const char *id, int64_t version, const char *text, GError **error)
{
    return sql_run(&store->sql, SQL_RULE_PUT,
                   "INSERT INTO rule(id,version,value) VALUES(?1,?2,?3) ON CONFLICT(id) DO UPDATE SET version=excluded.version,"
                   " value=excluded.value WHERE excluded.version>=rule.version",
                   error, "sis", id, version, text);
}

static const char *rule_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct credit_rules rules;
    g_autofree char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (strcmp(key, "credit") != 0)
        return "key";
    if (text == NULL || !credit_rules_from_json(value, &rules))
        return "value"; /* without rules nothing can be judged: those we have stay */
    rule_put(store, "credit", version, text, error);
    return NULL;
}

/* One list, kept beside the rules: it is as little of any person as they are. */
static const char *reward_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    g_autofree struct reward_list *list = g_new0(struct reward_list, 1);
    g_autofree char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (strcmp(key, "list") != 0)
        return "key";
    if (text == NULL || !reward_list_from_json(value, list))
        return "value";
    rule_put(store, "rewards", version, text, error);
    return NULL;
}

static bool token_fits(const char *text)
{
    return text != NULL && strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

/* Only of cards that signed in or asked for a seat here: of whom else it is nothing to us. */
static const char *line_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    const char *token = json_string_value(json_object_get(value, "card_token")), *current = json_string_value(json_object_get(value, "current"));

    if (value == NULL) {
        sql_run(&store->sql, SQL_LINE_DELETE, "DELETE FROM card_line WHERE token=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (!token_fits(token) || !token_fits(current) || strcmp(token, key) != 0 || strcmp(token, current) == 0)
        return "value";
    sql_run(&store->sql, SQL_LINE_PUT,
            "INSERT INTO card_line(token,current,version) SELECT ?1,?2,?3" NOT_WIPED("?2", "?3") " AND (EXISTS (SELECT 1 FROM attendance"
            " WHERE attendance.token=?1) OR EXISTS (SELECT 1 FROM seat_own WHERE seat_own.card_token=?1)) ON CONFLICT(token) DO UPDATE SET current=excluded.current, version=excluded.version"
            " WHERE excluded.version>=card_line.version",
            error, "ssi", token, current, version);
    return NULL;
}

static const struct {
    const char *topic;
    const char *(*take)(struct store *store, const char *key, int64_t version, json_t *value, GError **error);
} TOPICS[] = {{"credit", credit_take}, {"rule", rule_take}, {"staff", staff_take}, {"post", post_take}, {"file", file_take}, {"activity", activity_take}, {"seat", seat_take}, {"reward", reward_take}, {"card", line_take},
            {"volunteer", volunteer_take}, {"preference", preference_item}};

bool credit_topic(const char *topic)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TOPICS); i++)
        if (g_strcmp0(topic, TOPICS[i].topic) == 0)
            return true;
    return false;
}

const char *credit_item_apply(struct store *store, json_t *item, GError **error)
{
    const char *topic = json_string_value(json_object_get(item, "topic"));
    const char *key = json_string_value(json_object_get(item, "key"));
    json_t *version = json_object_get(item, "version");
    bool deleted = json_is_true(json_object_get(item, "deleted"));

    if (key == NULL || *key == '\0' || strlen(key) > 64 || !g_str_is_ascii(key))
        return "key";
    if (!json_is_integer(version) || json_integer_value(version) < 0)
        return "version";
    for (size_t i = 0; i < G_N_ELEMENTS(TOPICS); i++)
        if (g_strcmp0(topic, TOPICS[i].topic) == 0)
            return TOPICS[i].take(store, key, json_integer_value(version),
                                  deleted ? NULL : json_object_get(item, "value"), error);
    return "topic";
}

/* ---- What a card holds ------------------------------------------------------------------------------------------- */

static bool balance_load(struct store *store, const char *token, struct balance *out, bool *known, GError **error)
{
    sqlite3_stmt *get =
        sql_query(&store->sql, SQL_CREDIT_GET, "SELECT value FROM credit WHERE token=?1", error, "s", token);
    int step = get == NULL ? -1 : sql_step(&store->sql, get, error);

    *known = false;
    if (step != 1)
        return step == 0;
    if (!snapshots_known(store, token)) {
        sql_done(get);
        return true;
    }
    g_autofree char *text = cache_open(store, "credit", token, sql_text(get, 0), error);
    sql_done(get);
    if (text == NULL)
        return false;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    *known = balance_from_json(json, out);
    json_decref(json);
    OPENSSL_cleanse(text, strlen(text));
    if (!*known)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a card's credit is not as it was written");
    return *known;
}

/* What left the card's account here, that the platform did not take into account when it told the balance. What came is left
 * out: it counts when the platform says so. */
#define SPENT_SQL                                                                                            \
    "SELECT e.book, sum(-e.amount) FROM ledger_entry e JOIN ledger_txn t ON t.id=e.txn"                      \
    " WHERE e.account=?1 AND e.amount<0 AND t.seq>?2 AND t.seq NOT IN (SELECT seq FROM refused)"             \
    " GROUP BY e.book UNION ALL SELECT book, sum(amount) FROM ledger_hold"                                   \
    " WHERE account=?1 AND state='HELD' AND expires_ms>?3 AND seq>?2 GROUP BY book"

#define USAGE_SQL                                                                                            \
    "SELECT e.book, sum(iif(e.account=?1 AND t.at_ms>=?2,-e.amount,0)), sum(iif(t.seq>?3,-e.amount,0)),"     \
    " sum(t.seq>?3) FROM ledger_txn t JOIN ledger_entry e ON e.txn=t.id WHERE t.type='SPEND' AND e.amount<0" \
    " AND (t.seq>?3 OR (e.account=?1 AND t.at_ms>=?2)) AND t.seq NOT IN (SELECT seq FROM refused) GROUP BY e.book"

static bool spent_load(struct store *store, const char *account, int64_t now_ms, struct store_credit *out, GError **error)
{
    int64_t seen = balance_seen(&out->balance, store->identity.kiosk_id);
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_CREDIT_SPENT, SPENT_SQL, error, "sii", account, seen, now_ms);
    enum book book;
    int more = -1;

    while (rows != NULL && (more = sql_step(&store->sql, rows, error)) == 1)
        if (book_parse(sql_text(rows, 0), &book))
            out->spendable[book] = MAX(0, out->spendable[book] - sqlite3_column_int64(rows, 1));
    return more == 0;
}

static bool usage_load(struct store *store, const char *account, int64_t day_ms, struct store_credit *out, GError **error)
{
    sqlite3_stmt *rows =
        sql_query(&store->sql, SQL_CREDIT_USAGE, USAGE_SQL, error, "sii", account, day_ms, store->acked_seq);
    enum book book;
    int more = -1;

    while (rows != NULL && (more = sql_step(&store->sql, rows, error)) == 1) {
        if (!book_parse(sql_text(rows, 0), &book))
            continue;
        out->used[book].day = sqlite3_column_int64(rows, 1);
        out->used[book].sum = sqlite3_column_int64(rows, 2);
        out->used[book].count = sqlite3_column_int64(rows, 3);
    }
    return more == 0;
}

static bool credit_load(struct store *store, const char *token, int64_t now_ms, struct store_credit *out, GError **error)
{
    g_autofree char *account = g_strdup_printf("person:%s", token);
    uint32_t today = date_of_ms(now_ms);

    memset(out, 0, sizeof *out);
    if (!balance_load(store, token, &out->balance, &out->known, error))
        return false;
    out->confirmed_ms = store->feed.now_ms;
    for (size_t book = 0; out->known && book < BOOKS; book++)
        out->spendable[book] = balance_spendable(&out->balance, (enum book)book, now_ms);
    return spent_load(store, account, now_ms, out, error) &&
           usage_load(store, account, ms_of_date(today), out, error);
}

bool store_credit(struct store *store, const char *token, int64_t now_ms, struct store_credit *out, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = credit_load(store, token, now_ms, out, error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* New reference; NULL without error: nothing was told. */
static json_t *rule_get(struct store *store, const char *id, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_RULE_GET, "SELECT value FROM rule WHERE id=?1", error, "s", id);
    int step = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (step != 1)
        return NULL;
    json_t *json = json_loads(sql_text(get, 0), JSON_REJECT_DUPLICATES, NULL);
    sql_done(get);
    if (json == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the rules are not as they were written");
    return json;
}

static bool rule_read(json_t *json, bool good, bool *known, GError **error)
{
    bool failed = error != NULL && *error != NULL;

    *known = json != NULL && good;
    if (json != NULL && !good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the rules are not as they were written");
    return json == NULL ? !failed : good;
}

static bool rules_load(struct store *store, struct credit_rules *out, bool *known, GError **error)
{
    GError *failure = NULL;
    json_t *json = rule_get(store, "credit", &failure);
    bool done = rule_read(json, json != NULL && credit_rules_from_json(json, out), known, &failure);

    json_decref(json);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return done;
}

bool store_rewards(struct store *store, struct reward_list *out, bool *known, GError **error)
{
    GError *failure = NULL;

    g_mutex_lock(&store->lock);
    json_t *json = rule_get(store, "rewards", &failure);
    g_mutex_unlock(&store->lock);
    bool done = rule_read(json, json != NULL && reward_list_from_json(json, out), known, &failure);
    json_decref(json);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return done;
}

bool store_credit_rules(struct store *store, struct credit_rules *out, bool *known, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = rules_load(store, out, known, error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- Hours on paper ----------------------------------------------------------------------------------------------- */

#define PAPER_SQL                                                                                            \
    "SELECT coalesce(sum(iif(e.account=?1 AND t.at_ms>=?3,e.amount,0)),0),"                                  \
    " coalesce(sum(iif(e.account=?1,e.amount,0)),0), coalesce(sum(iif(t.staff=?2 AND t.at_ms>=?3,e.amount,0)),0)" \
    " FROM ledger_txn t JOIN ledger_entry e ON e.txn=t.id AND e.book='HOURS' AND e.amount>0 WHERE t.type='EARN'" \
    " AND t.at_ms>=?4 AND t.seq NOT IN (SELECT seq FROM refused) AND NOT EXISTS (SELECT 1 FROM ledger_txn r"  \
    "  WHERE r.reverses=t.id AND r.reverses<>'' AND r.seq NOT IN (SELECT seq FROM refused))"

bool store_paper(struct store *store, const char *token, const char *staff, int64_t now_ms, struct paper_use *out,
                 GError **error)
{
    g_autofree char *account = g_strdup_printf("person:%s", token);
    uint32_t today = date_of_ms(now_ms);
    bool done = false;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_CREDIT_PAPER, PAPER_SQL, error, "ssii", account, staff, ms_of_date(today),
                                  ms_of_date(today / 100 * 100 + 1));
    if (get != NULL && sql_step(&store->sql, get, error) == 1) {
        *out = (struct paper_use){sqlite3_column_int64(get, 0), sqlite3_column_int64(get, 1), sqlite3_column_int64(get, 2)};
        sql_done(get);
        done = true;
    }
    g_mutex_unlock(&store->lock);
    return done;
}
