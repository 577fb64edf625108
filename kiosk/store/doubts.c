/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubts that travel, and payments that are given back.
 *
 *   own doubt ─► journal ─► platform ─► feed ─► `doubt` of every other kiosk ─► its card taps there ─► doubt.settled
 *       ▲                                                                                                  │
 *       └── payment.confirmed | payment.void, settled_by … ◄── feed: PAID | VOID ◄── platform ◄────────────┘
 *
 * `doubt` is a cache of the feed. `doubt_settled` and `reversal` are projections: what this kiosk found out about another's
 * doubt, and which load gives which payment back, whosever that payment was.
 */
#include "store/internal.h"
#include "store/item.h"
#include "model/model.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- Projections -------------------------------------------------------------------------------------------------- */

/* 1 yes, 0 no, -1 error. */
static int reversal_by_another(struct sql *sql, const struct payment *load, GError **error)
{
    sqlite3_stmt *other = sql_query(sql, SQL_REVERSAL_OTHER,
                                    "SELECT 1 FROM reversal r JOIN payment p ON p.id=r.load_id"
                                    " WHERE r.payment_id=?1 AND r.load_id<>?2 AND p.state<>'VOID'",
                                    error, "ss", load->reverses, load->id);
    int found = other == NULL ? -1 : sql_step(sql, other, error);

    if (found == 1)
        sql_done(other);
    return found;
}

bool doubts_reversal_apply(struct sql *sql, const struct payment *load, GError **error)
{
    if (load->kind != PAYMENT_LOAD || load->reverses[0] == '\0')
        return true;
    if (load->state == PAYMENT_COMMITTING) {
        int another = sql->again ? 0 : reversal_by_another(sql, load, error);
        if (another != 0)
            return another > 0 ? store_state_error(error, "payment %s is given back already", load->reverses) : false;
        return sql_run(sql, SQL_REVERSAL_ADD, "INSERT INTO reversal VALUES(?1,?2)", error, "ss", load->reverses,
                       load->id);
    }
    /* Given back: its bills may be paid again. */
    return load->state != PAYMENT_CONFIRMED ||
           sql_run(sql, SQL_REVERSAL_BILLS, "DELETE FROM payment_bill WHERE payment_id=?1", error, "s",
                   load->reverses);
}

bool doubts_settled_apply(struct sql *sql, int64_t seq, json_t *data, bool replay, GError **error)
{
    const char *kiosk = json_string_value(json_object_get(data, "kiosk"));
    struct payment payment;
    bool good = kiosk != NULL && json_object_size(data) == 2 &&
                payment_from_json(json_object_get(data, "payment"), &payment) &&
                (payment.state == PAYMENT_CONFIRMED || payment.state == PAYMENT_VOID);

    if (!good)
        return store_state_error(error, "doubt.settled needs a kiosk and a payment that is over");
    good = sql_run(sql, SQL_DOUBT_SETTLED_ADD,
                   "INSERT INTO doubt_settled SELECT ?1,?2,?3 WHERE ?4=0 OR NOT EXISTS"
                   " (SELECT 1 FROM doubt_settled WHERE payment_id=?1)", /* two copies of a disk can have found out the same */
                   error, "sisi", payment.id, seq, payment_state_name(payment.state), (int64_t)replay);
    OPENSSL_cleanse(&payment, sizeof payment);
    return good;
}

/* ---- Cache -------------------------------------------------------------------------------------------------------- */

bool doubts_put(struct store *store, const struct item *item, const char *value, GError **error)
{
    g_autofree char *sealed = cache_close(store, "doubt", item->key, value);

    return sql_run(&store->sql, SQL_DOUBT_PUT,
                   "INSERT INTO doubt VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(id) DO UPDATE SET"
                   " card_token=excluded.card_token, kiosk=excluded.kiosk, state=excluded.state,"
                   " version=excluded.version, value=excluded.value WHERE excluded.version>=doubt.version",
                   error, "ssssis", item->key, item->card_token, item->kiosk, item->state, item->version, sealed);
}

bool doubts_delete(struct store *store, const struct item *item, GError **error)
{
    return sql_run(&store->sql, SQL_DOUBT_DELETE, "DELETE FROM doubt WHERE id=?1 AND version<=?2", error, "si",
                   item->key, item->version);
}

static bool value_payment(const struct store *store, const char *id, const char *sealed, struct payment *out,
                          GError **error)
{
    g_autofree char *text = cache_open(store, "doubt", id, sealed, error);
    if (text == NULL)
        return false;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool good = payment_from_json(json_object_get(value, "payment"), out);

    json_decref(value);
    if (!good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a cached doubt is not our JSON");
    return good;
}

void store_doubt_free(struct store_doubt *doubt)
{
    if (doubt == NULL)
        return;
    OPENSSL_cleanse(doubt, sizeof *doubt);
    g_free(doubt);
}

static bool doubts_take(struct store *store, sqlite3_stmt *query, GPtrArray *doubts, GError **error)
{
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1) {
        struct store_doubt *doubt = g_new0(struct store_doubt, 1);

        g_ptr_array_add(doubts, doubt);
        g_strlcpy(doubt->kiosk, sql_text(query, 0), sizeof doubt->kiosk);
        if (value_payment(store, sql_text(query, 2), sql_text(query, 1), &doubt->payment, error))
            continue;
        sql_done(query);
        more = -1;
    }
    return more == 0;
}

GPtrArray *store_doubts(struct store *store, const char *card_token, GError **error)
{
    GPtrArray *doubts = g_ptr_array_new_with_free_func((GDestroyNotify)store_doubt_free);

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_DOUBT_LIST,
                  "SELECT kiosk,value,id FROM doubt WHERE state='OPEN' AND (?2 IS NULL OR card_token=?2)"
                  /* Ours are in the journal; of one that is not, since the machine stopped before, we know no more than others. */
                  " AND (kiosk<>?1 OR id NOT IN (SELECT id FROM payment)) AND id NOT IN (SELECT payment_id FROM doubt_settled) ORDER BY id",
                  error, "ss", store->identity.kiosk_id, card_token);
    if (!doubts_take(store, query, doubts, error))
        g_clear_pointer(&doubts, g_ptr_array_unref);
    g_mutex_unlock(&store->lock);
    return doubts;
}

/* ---- What the platform says of ours ------------------------------------------------------------------------------- */

/* What was intended is ours; how it ended, and what proves it, is the platform's. */
static void outcome_take(struct payment *own, const struct payment *told)
{
    payment_set_outcome(own, told->state);
    own->settled_by = told->settled_by;
    if (own->kind == PAYMENT_LOAD) {
        own->load.evidence = told->load.evidence;
        own->load.has_tac = told->load.has_tac;
        memcpy(own->load.tac, told->load.tac, sizeof own->load.tac);
        return;
    }
    own->purchase.evidence = told->purchase.evidence;
    own->purchase.has_tac = told->purchase.has_tac;
    memcpy(own->purchase.tac, told->purchase.tac, sizeof own->purchase.tac);
}

static struct payment *verdict_take(const struct store *store, sqlite3_stmt *query, GError **error)
{
    struct payment *own = payment_of_body(store, sql_text(query, 0), error);
    struct payment told;

    if (own == NULL || !value_payment(store, sql_text(query, 2), sql_text(query, 1), &told, error)) {
        payment_free(own);
        return NULL;
    }
    outcome_take(own, &told);
    OPENSSL_cleanse(&told, sizeof told);
    return own;
}

struct payment *store_doubt_verdict(struct store *store, GError **error)
{
    struct payment *payment = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_DOUBT_VERDICT,
                                    "SELECT j.body,d.value,d.id FROM payment_doubt o JOIN doubt d ON d.id=o.payment_id"
                                    " JOIN payment p ON p.id=o.payment_id JOIN journal j ON j.seq=p.seq"
                                    " WHERE d.state<>'OPEN' AND d.kiosk=?1 ORDER BY d.id LIMIT 1",
                                    error, "s", store->identity.kiosk_id);
    if (query != NULL && sql_step(&store->sql, query, error) == 1) {
        payment = verdict_take(store, query, error);
        sql_done(query);
    }
    g_mutex_unlock(&store->lock);
    return payment;
}

bool store_payment_reversed(struct store *store, const char *payment_id)
{
    g_autoptr(GError) error = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_REVERSAL_OF,
                                    "SELECT 1 FROM reversal r JOIN payment p ON p.id=r.load_id"
                                    " WHERE r.payment_id=?1 AND p.state<>'VOID'",
                                    &error, "s", payment_id);
    bool reversed = query != NULL && sql_step(&store->sql, query, &error) == 1;
    if (reversed)
        sql_done(query);
    g_mutex_unlock(&store->lock);
    if (error == NULL)
        return reversed;
    g_critical("reversal: %s", error->message);
    return true; /* what cannot be read is not given back a second time */
}
