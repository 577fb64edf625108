/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which services a card may rate, and which it has rated here: one rating of a service by a card, ever, also when its row has left the
 * journal, and one change of it: `seq` is that of the last word. What was said is in the events alone, which both stay.
 */
#include "store/ledger-internal.h"
#include "model/rating.h"

#include <string.h>

static bool given_apply(struct sql *sql, int64_t seq, const struct rating *rating, bool replay, GError **error)
{
    if (!sql_run(sql, SQL_RATING_ADD, "INSERT INTO rating VALUES(?1,?2,?3) ON CONFLICT DO NOTHING", error, "ssi", rating->service,
                 rating->rater, seq))
        return false;
    return replay || sql->again || sqlite3_changes(sql->db) == 1 || store_state_error(error, "this card has rated it before");
}

/* What was given may have left the journal before, and is carried or not by what is read anew. */
static bool changed_apply(struct sql *sql, int64_t seq, const struct rating *rating, bool replay, GError **error)
{
    if (!sql_run(sql, SQL_RATING_CHANGE, "UPDATE rating SET seq=?3 WHERE service=?1 AND rater=?2", error, "ssi", rating->service,
                 rating->rater, seq))
        return false;
    if (sqlite3_changes(sql->db) == 1)
        return true;
    return replay || sql->again ? given_apply(sql, seq, rating, true, error) : store_state_error(error, "this card has not rated it");
}

bool rated_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool replay, GError **error)
{
    struct rating rating;

    if (!rating_from_json(data, &rating))
        return store_state_error(error, "an event of a rating carries none");
    return strcmp(type, RATING_CHANGED) == 0 ? changed_apply(sql, seq, &rating, replay, error) : given_apply(sql, seq, &rating, replay, error);
}

/* Payments and loads by their state, hours from the second tap on, what was redeemed by its transaction. */
#define FACTS                                                                                                              \
    "SELECT kind, done_ms FROM ("                                                                                          \
    "SELECT iif(change_fen>0,'load','payment') AS kind, at_ms AS done_ms FROM payment WHERE id=?1 AND card_token=?2"      \
    "  AND state='CONFIRMED'"                                                                                             \
    " UNION ALL SELECT 'attendance', out_ms FROM attendance WHERE id=?1 AND token=?2 AND state IN ('OUT','CONFIRMED')"    \
    " UNION ALL SELECT 'redeemed', t.at_ms FROM ledger_txn t WHERE t.id=?1 AND t.type='SPEND' AND EXISTS"                 \
    "  (SELECT 1 FROM ledger_entry e WHERE e.txn=t.id AND e.account='person:'||?2)) LIMIT 1"

/* Whose row has left the journal was said long ago. */
static bool said_load(struct sql *sql, const struct rating *rating, struct rating_facts *out, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_RATING_SAID,
                                  "SELECT coalesce(j.at_ms,0), coalesce(j.type,'') FROM rating r LEFT JOIN journal j ON j.seq=r.seq WHERE"
                                  " r.service=?1 AND r.rater=?2",
                                  error, "ss", rating->service, rating->rater);
    int found = get == NULL ? -1 : sql_step(sql, get, error);

    if (found != 1)
        return found == 0;
    out->rated = true;
    out->rated_ms = sqlite3_column_int64(get, 0);
    out->changed = strcmp(sql_text(get, 1), RATING_GIVEN) != 0;
    sql_done(get);
    return true;
}

static bool facts_load(struct sql *sql, struct rating *rating, struct rating_facts *out, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_RATING_FACTS, FACTS, error, "ss", rating->service, rating->rater);
    int found = get == NULL ? -1 : sql_step(sql, get, error);

    *out = (struct rating_facts){.theirs = found == 1};
    if (found != 1)
        return found == 0;
    g_strlcpy(rating->kind, sql_text(get, 0), sizeof rating->kind);
    out->done_ms = sqlite3_column_int64(get, 1);
    sql_done(get);
    return true;
}

bool store_rating_facts(struct store *store, struct rating *rating, struct rating_facts *out, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = facts_load(&store->sql, rating, out, error) && said_load(&store->sql, rating, out, error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_rated(struct store *store, const char *service, const char *rater, bool *rated, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_RATED, "SELECT 1 FROM rating WHERE service=?1 AND rater=?2", error, "ss", service, rater);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);
    if (found == 1)
        sql_done(get);
    g_mutex_unlock(&store->lock);
    *rated = found == 1;
    return found >= 0;
}
