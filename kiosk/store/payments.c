/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about payments, answered from the projections; the payment itself is read from its last row in the journal. */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

#define RECEIPT_KIOSK_MAX                                                                                    \
    8 /* of the kiosk's id, its end: a number has 23 places, 5 of them for a very busy day */

struct payment *payment_of_body(const struct store *store, const char *body, GError **error)
{
    json_t *data = journal_data(store, body, error);
    struct payment *payment = data != NULL ? payment_new() : NULL;

    if (payment != NULL && !payment_from_json(data, payment)) {
        g_clear_pointer(&payment, payment_free);
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT,
                            "a payment in the journal cannot be read");
    }
    json_decref(data);
    return payment;
}

static struct payment *first_payment(struct store *store, sqlite3_stmt *query, GError **error)
{
    struct payment *payment = NULL;

    if (query != NULL && sql_step(&store->sql, query, error) == 1) {
        payment = payment_of_body(store, sql_text(query, 0), error);
        sql_done(query);
    }
    return payment;
}

static struct payment *payment_archived(struct store *store, const char *payment_id, GError **error)
{
    g_autofree char *body = archive_payment(store, payment_id, error);
    return body != NULL ? payment_of_body(store, body, error) : NULL;
}

struct payment *store_payment(struct store *store, const char *payment_id, GError **error)
{
    GError *why = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(
        &store->sql, SQL_PAYMENT_BODY,
        "SELECT j.body FROM payment p JOIN journal j ON j.seq=p.seq WHERE p.id=?1", &why, "s", payment_id);
    struct payment *payment = first_payment(store, query, &why);
    g_mutex_unlock(&store->lock);
    if (payment == NULL && why == NULL)
        return payment_archived(store, payment_id, error);
    if (why != NULL)
        g_propagate_error(error, why);
    return payment;
}

/* The card's last payment, or a doubt before it that came back from another copy of the disk. */
struct payment *store_payment_open(struct store *store, const char *card_number, GError **error)
{
    char token[33];

    card_token(store->identity.index_key, card_number, token);
    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_PAYMENT_OPEN_BODY,
                                    "SELECT j.body FROM payment p JOIN journal j ON j.seq=p.seq"
                                    " WHERE p.id IN (SELECT last_payment FROM card WHERE card_token=?1"
                                    "  UNION SELECT payment_id FROM payment_doubt)"
                                    " AND p.card_token=?1 AND p.state IN ('COMMITTING','IN_DOUBT') LIMIT 1",
                                    error, "s", token);
    struct payment *payment = first_payment(store, query, error);
    g_mutex_unlock(&store->lock);
    return payment;
}

/* GPtrArray of struct payment; NULL with `error`. */
static GPtrArray *payments_take(struct store *store, sqlite3_stmt *query, GError **error)
{
    GPtrArray *payments = g_ptr_array_new_with_free_func((GDestroyNotify)payment_free);
    int more = -1;

    while (query != NULL && (more = sql_step(&store->sql, query, error)) == 1) {
        struct payment *payment = payment_of_body(store, sql_text(query, 0), error);
        if (payment != NULL) {
            g_ptr_array_add(payments, payment);
            continue;
        }
        sql_done(query);
        more = -1;
        break;
    }
    if (more < 0)
        g_clear_pointer(&payments, g_ptr_array_unref);
    return payments;
}

GPtrArray *store_payments_open(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_PAYMENTS_OPEN,
                                    "SELECT j.body FROM payment_doubt d JOIN payment p ON p.id=d.payment_id"
                                    " JOIN journal j ON j.seq=p.seq ORDER BY p.at_ms",
                                    error, "");
    GPtrArray *payments = payments_take(store, query, error);
    g_mutex_unlock(&store->lock);
    return payments;
}

GPtrArray *store_payments_of(struct store *store, const char *card_number, int count, GError **error)
{
    char token[33];

    card_token(store->identity.index_key, card_number, token);
    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_PAYMENTS_CARD,
                                    "WITH RECURSIVE chain(id, n) AS (SELECT last_payment, 1 FROM card WHERE card_token=?1 UNION ALL"
                                    " SELECT p.before, c.n+1 FROM chain c JOIN payment p ON p.id=c.id"
                                    " WHERE p.before IS NOT NULL AND c.n<?2)"
                                    " SELECT j.body FROM chain c JOIN payment p ON p.id=c.id JOIN journal j ON j.seq=p.seq ORDER BY c.n",
                                    error, "si", token, (int64_t)count);
    GPtrArray *payments = payments_take(store, query, error);
    g_mutex_unlock(&store->lock);
    return payments;
}

int store_payments_in_doubt(struct store *store)
{
    g_autoptr(GError) error = NULL;
    int count = -1;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_PAYMENT_DOUBTS, "SELECT count(*) FROM payment_doubt", &error, "");
    if (query != NULL && sql_step(&store->sql, query, &error) == 1) {
        count = sqlite3_column_int(query, 0);
        sql_done(query);
    }
    g_mutex_unlock(&store->lock);
    if (error != NULL)
        g_critical("doubts: %s", error->message);
    return count;
}

/* ---- At start ----------------------------------------------------------------------------------------------------- */

/* The process that was about to send DEBIT or CREDIT is gone: nobody knows whether it left. */
static bool doubt_append(struct store *store, struct payment *payment, GError **error)
{
    payment_set_outcome(payment, PAYMENT_IN_DOUBT);
    payment->why = PAYMENT_WHY_STOPPED;
    json_t *data = payment_to_json(payment);
    bool done = data != NULL ? journal_append(store, payment_event_type(payment->kind, PAYMENT_IN_DOUBT), data,
                                              NULL, error)
                             : store_state_error(error, "no memory for a payment");
    json_decref(data);
    return done;
}

static bool settle_one(struct store *store, bool *found, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *query = sql_query(&store->sql, SQL_PAYMENT_COMMITTING,
                                    "SELECT j.body FROM payment p JOIN journal j ON j.seq=p.seq"
                                    " WHERE p.state='COMMITTING' LIMIT 1",
                                    &failure, "");
    struct payment *payment = first_payment(store, query, &failure);
    bool done = failure == NULL && (payment == NULL || doubt_append(store, payment, &failure));

    *found = payment != NULL;
    payment_free(payment);
    if (!done)
        g_propagate_error(error, failure);
    return done;
}

int store_payments_settle_boot(struct store *store, GError **error)
{
    int count = 0;
    bool found = true, good = true;

    while (good && found) {
        g_mutex_lock(&store->lock);
        good = settle_one(store, &found, error);
        g_mutex_unlock(&store->lock);
        count += good && found;
    }
    return good ? count : -1;
}

/* ---- Limits ------------------------------------------------------------------------------------------------------- */

static bool sum_take(struct store *store, sqlite3_stmt *query, int64_t *sum, int *count, GError **error)
{
    if (query == NULL || sql_step(&store->sql, query, error) != 1)
        return false;
    *sum = sqlite3_column_int64(query, 0);
    *count = sqlite3_column_int(query, 1);
    sql_done(query);
    return true;
}

/* What waits is found from the journal's tail, which is short: an index over all payments would cost each append a page. */
#define WAITING_SQL                                                                                          \
    "SELECT coalesce(sum(amount_fen),0), count(*) FROM payment WHERE seq>?1 AND state<>'VOID' AND change_fen<0 AND id IN"     \
    " (SELECT json_extract(body,'$.data.id') FROM journal WHERE seq>?1 AND type GLOB 'payment.*')"

/* From the card's last payment back, a week beyond the day: a clock that was set back must not hide what came before. */
#define DAY_SQL                                                                                              \
    "WITH RECURSIVE chain(id) AS (SELECT last_payment FROM card WHERE card_token=?1 UNION ALL SELECT "       \
    "p.before"                                                                                               \
    " FROM chain JOIN payment p ON p.id=chain.id WHERE p.before IS NOT NULL AND p.at_ms>=?2-7*86400000)"     \
    " SELECT coalesce(sum(p.amount_fen),0), count(*) FROM chain JOIN payment p ON p.id=chain.id"             \
    " WHERE p.at_ms>=?2 AND p.state<>'VOID' AND p.change_fen<0"

bool store_usage(struct store *store, const char *card_number, int64_t day_start_ms, struct store_usage *out,
                 GError **error)
{
    int payments_today = 0;
    char token[33];

    *out = (struct store_usage){0};
    card_token(store->identity.index_key, card_number, token);
    g_mutex_lock(&store->lock);
    sqlite3_stmt *day =
        sql_query(&store->sql, SQL_USAGE_DAY, DAY_SQL, error, "si", token, day_start_ms);
    bool good = sum_take(store, day, &out->card_day_fen, &payments_today, error);
    if (good) {
        sqlite3_stmt *waiting =
            sql_query(&store->sql, SQL_USAGE_WAITING, WAITING_SQL, error, "i", store->acked_seq);
        good = sum_take(store, waiting, &out->unacknowledged_fen, &out->unacknowledged_count, error);
    }
    g_mutex_unlock(&store->lock);
    return good;
}

/* ---- Receipts ----------------------------------------------------------------------------------------------------- */

char *store_receipt_no(struct store *store, GError **error)
{
    uint32_t day = date_of_ms(store_true_ms(store));
    const char *kiosk = store->identity.kiosk_id;
    size_t len = strlen(kiosk);
    int64_t last = 0;

    if (len > RECEIPT_KIOSK_MAX)
        kiosk += len - RECEIPT_KIOSK_MAX;
    g_mutex_lock(&store->lock);
    bool good = projection_receipt_last(&store->sql, day, &last, error);
    g_mutex_unlock(&store->lock);
    if (!good)
        return NULL;
    if (last >= 99999) {
        store_state_error(error, "the receipt numbers of this day are used up");
        return NULL;
    }
    return g_strdup_printf("%s-%08u-%04d", kiosk, day, (int)last + 1);
}

bool store_receipt_printed(struct store *store, const char *payment_id)
{
    g_autoptr(GError) error = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_PRINTED_GET, "SELECT 1 FROM receipt_printed WHERE payment_id=?1", &error,
                  "s", payment_id);
    bool printed = query != NULL && sql_step(&store->sql, query, &error) == 1;
    if (printed)
        sql_done(query);
    g_mutex_unlock(&store->lock);
    if (error != NULL)
        g_critical("receipt: %s", error->message);
    return printed;
}
