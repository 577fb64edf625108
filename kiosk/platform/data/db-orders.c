/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of loads, and the answers that were given once. */
#include "platform/data/db-rows.h"
#include <string.h>

/* ---- Orders of loads ---- */

bool db_order_add(struct db *db, const char *kiosk, const struct payment *load, const uint8_t intent[32],
                  const char *state, bool verified, int64_t now_ms, GError **error)
{
    struct payment_facts facts = payment_facts(load);
    g_autofree char *body = db_payment_text(load, error);

    return body != NULL &&
           db_run(db, error,
                  "INSERT INTO load_order(community, id, kiosk, card, state, amount_fen, counter, intent, way, reverses,"
                  " staff_a, staff_b, made_ms, balance_before_fen, random, body)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
                  "sscsiibssssiibj", load->id, kiosk, facts.card_number, state, facts.amount_fen, (int64_t)facts.counter,
                  intent, (size_t)32, payment_way_name(load->way), load->reverses, load->staff[0],
                  load->staff_count > 1 ? load->staff[1] : NULL, now_ms, facts.balance_before_fen,
                  verified ? load->load.random : NULL, sizeof load->load.random, load->id, body);
}

static bool order_read(struct db_rows *stmt, void *into)
{
    struct order_row *out = into;

    db_copy_text(stmt, 0, out->kiosk, sizeof out->kiosk);
    db_copy_text(stmt, 1, out->state, sizeof out->state);
    return db_copy_bytes(stmt, 2, out->intent, sizeof out->intent);
}

bool db_order_find(struct db *db, const char *id, struct order_row *out, bool *found, GError **error)
{
    static const struct db_reader ORDER = {order_read, sizeof *out, "an order's row"};

    return db_first(db, db_query(db, error, "SELECT kiosk, state, intent FROM load_order WHERE community=?1 AND id=?2", "s", id),
                    &ORDER, out, found, error);
}

bool db_order_state_set(struct db *db, const char *id, const char *state, GError **error)
{
    return db_run(db, error, "UPDATE load_order SET state=?3 WHERE community=?1 AND id=?2", "ss", id, state);
}

GPtrArray *db_orders_open_at(struct db *db, const char *card, int64_t counter, const char *except, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM load_order INDEXED BY load_order_card WHERE community=?1 AND card=?2"
                             " AND counter=?3 AND id<>?4 AND state IN ('CREATED','SENT','UNKNOWN')",
                             "cis", card, counter, except),
                    error);
}

GPtrArray *db_orders_unproven_at(struct db *db, const char *card, int64_t counter, const char *except, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT o.id FROM load_order o INDEXED BY load_order_card JOIN payment p ON"
                             " p.community=o.community AND p.id=o.id WHERE o.community=?1 AND o.card=?2 AND o.counter=?3 AND"
                             " o.id<>?4 AND o.state='POSTED' AND p.tac<>'OK'",
                             "cis", card, counter, except),
                    error);
}

bool db_order_counter_max(struct db *db, const char *card, int64_t *counter, GError **error)
{
    return db_int(db, error, -1, counter,
                  "SELECT max(o.counter) FROM load_order o INDEXED BY load_order_card JOIN payment p ON"
                  " p.community=o.community AND p.id=o.id WHERE o.community=?1 AND o.card=?2 AND o.state='POSTED' AND p.tac='OK'",
                  "c", card);
}

bool db_order_counter_shown(struct db *db, const char *card, int64_t *counter, GError **error)
{
    return db_int(db, error, -1, counter,
                  "SELECT max(counter) FROM load_order INDEXED BY load_order_card WHERE community=?1 AND card=?2 AND random IS"
                  " NOT NULL",
                  "c", card);
}

bool db_order_mac1_used(struct db *db, const struct cc_load *load, bool *used, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM load_order INDEXED BY load_order_card WHERE community=?1 AND card=?2 AND counter=?3"
                     " AND random=?4",
                     "cib", load->card_number, (int64_t)load->counter, load->random, sizeof load->random);

    *used = count > 0;
    return ok;
}

GPtrArray *db_orders_silent(struct db *db, const char *kiosk, int64_t before_ms, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM load_order INDEXED BY load_order_created WHERE community=?1 AND state='CREATED'"
                             " AND made_ms<?2 AND (?3 IS NULL OR kiosk=?3) AND body IS NOT NULL",
                             "is", before_ms, kiosk),
                    error);
}

bool db_order_body(struct db *db, const char *id, char **text, GError **error)
{
    return db_body(db, db_query(db, error, "SELECT body FROM load_order WHERE community=?1 AND id=?2", "s", id), id, text, error);
}

/* ---- Void ones, and what the card shows later ---- */

GArray *db_orders_suspect(struct db *db, const char *card, GError **error)
{
    return db_array(
        db,
        db_query(db, error,
                 "SELECT id, counter, balance_before_fen, amount_fen, made_ms FROM load_order o INDEXED BY load_order_card"
                 " WHERE community=?1 AND card=?2 AND state='REVERSED' AND random IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
                 " load_order q INDEXED BY load_order_card WHERE q.community=?1 AND q.card=o.card AND q.counter=o.counter AND"
                 " q.state<>'REVERSED') AND NOT EXISTS (SELECT 1 FROM alarm a WHERE a.community=?1 AND a.payment=o.id AND"
                 " a.kind IN ('LOAD_ON_CARD','LOAD_UNEXPLAINED')) ORDER BY made_ms",
                 "c", card),
        &db_moment_reader, error);
}

bool db_order_next(struct db *db, const char *card, int64_t counter, struct card_moment *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                              "SELECT id, counter, balance_before_fen, amount_fen, made_ms FROM load_order"
                              " INDEXED BY load_order_card WHERE community=?1 AND card=?2 AND counter>?3 AND random IS NOT NULL"
                              " ORDER BY counter, made_ms LIMIT 1",
                              "ci", card, counter),
                    &db_moment_reader, out, found, error);
}

bool db_purchase_next(struct db *db, const char *card, int64_t from_ms, struct card_moment *out, bool *found,
                      GError **error)
{
    return db_first(db,
                    db_query(db, error,
                              "SELECT id, counter, balance_before_fen, amount_fen, at_ms FROM payment p INDEXED BY"
                              " payment_card WHERE community=?1 AND card=?2 AND kind='purchase' AND state='CONFIRMED' AND"
                              " tac='OK' AND at_ms>=?3 AND NOT EXISTS (SELECT 1 FROM load_order o INDEXED BY load_order_card"
                              " WHERE o.community=?1 AND o.card=p.card AND o.state<>'REVERSED' AND o.made_ms BETWEEN ?3 AND"
                              " p.at_ms) ORDER BY at_ms, counter LIMIT 1",
                              "ci", card, from_ms),
                    &db_moment_reader, out, found, error);
}

bool db_purchases_sum(struct db *db, const char *card, int64_t from_ms, int64_t to_ms, int64_t *fen, GError **error)
{
    return db_int(db, error, 0, fen,
                  "SELECT sum(amount_fen) FROM payment INDEXED BY payment_card WHERE community=?1 AND card=?2 AND"
                  " kind='purchase' AND state<>'VOID' AND at_ms BETWEEN ?3 AND ?4",
                  "cii", card, from_ms, to_ms);
}

/* ---- Given back ---- */

bool db_order_reverses(struct db *db, const char *payment, bool *reversed, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM load_order INDEXED BY load_order_reverses WHERE community=?1 AND reverses=?2 AND"
                     " reverses<>'' AND state<>'REVERSED'",
                     "s", payment);

    *reversed = count > 0;
    return ok;
}

/* ---- Answers that were given once ---- */

static bool answer_read(struct db_rows *stmt, void *into)
{
    struct answer_row *out = into;

    out->status = (unsigned)db_col_int(stmt, 1);
    if (!db_copy_bytes(stmt, 0, out->fingerprint, sizeof out->fingerprint))
        return false;
    out->answer = g_strdup(db_col_text(stmt, 2));
    return true;
}

bool db_answer_find(struct db *db, const char *kiosk, const char *key, struct answer_row *out, bool *found,
                    GError **error)
{
    static const struct db_reader ANSWER = {answer_read, sizeof *out, "a kept answer"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT fingerprint, status, answer FROM idempotency WHERE community=?1 AND kiosk=?2 AND key=?3",
                             "ss", kiosk, key),
                    &ANSWER, out, found, error);
}

bool db_answer_add(struct db *db, const char *kiosk, const char *key, const struct answer_row *row, int64_t now_ms,
                   GError **error)
{
    return db_run(db, error, "DELETE FROM idempotency INDEXED BY idempotency_at WHERE community=?1 AND at_ms<?2", "i",
                  now_ms - INT64_C(7) * 86400000) &&
           db_run(db, error, "INSERT INTO idempotency VALUES(?1,?2,?3,?4,?5,?6,?7)", "ssbisi", kiosk, key,
                  row->fingerprint, sizeof row->fingerprint, (int64_t)row->status, row->answer, now_ms);
}
