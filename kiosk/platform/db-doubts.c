/* SPDX-License-Identifier: Apache-2.0 */
/* Doubts, who ended them, orders of loads, and the answers that were given once. */
#include "platform/db-rows.h"
#include <string.h>

/* ---- What a card's counters say of its open payments ---- */

GArray *db_payments_open(struct db *db, const char *card, enum payment_kind kind, const char *except, GError **error)
{
    sqlite3_stmt *stmt =
        db_query(db, error,
                 "SELECT id, state='IN_DOUBT', counter, balance_before_fen, amount_fen, at_ms FROM payment"
                 " INDEXED BY payment_open"
                 " WHERE community=?1 AND card=card_ref(?2) AND kind=?3 AND id<>?4 AND state IN ('COMMITTING','IN_DOUBT')",
                 "sss", card, db_kind_name(kind), except);
    GArray *out;
    int step;

    if (stmt == NULL)
        return NULL;
    out = g_array_new(FALSE, TRUE, sizeof(struct card_moment));
    while ((step = db_next(db, stmt, error)) > 0) {
        struct card_moment moment = {.in_doubt = sqlite3_column_int(stmt, 1) != 0,
                                     .counter = sqlite3_column_int64(stmt, 2),
                                     .balance_before_fen = sqlite3_column_int64(stmt, 3),
                                     .amount_fen = sqlite3_column_int64(stmt, 4),
                                     .at_ms = sqlite3_column_int64(stmt, 5)};
        db_copy_text(stmt, 0, moment.id, sizeof moment.id);
        g_array_append_val(out, moment);
    }
    if (step == 0)
        return out;
    g_array_unref(out);
    return NULL;
}

bool db_payment_at(struct db *db, const char *card, enum payment_kind kind, int64_t counter, struct card_moment *out,
                   bool *found, GError **error)
{
    sqlite3_stmt *stmt =
        db_query(db, error,
                 "SELECT id, balance_before_fen, amount_fen, at_ms FROM payment WHERE community=?1 AND card=card_ref(?2)"
                 " AND kind=?3 AND counter=?4 AND state='CONFIRMED' LIMIT 1",
                 "ssi", card, db_kind_name(kind), counter);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    memset(out, 0, sizeof *out);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    db_copy_text(stmt, 0, out->id, sizeof out->id);
    out->counter = counter;
    out->balance_before_fen = sqlite3_column_int64(stmt, 1);
    out->amount_fen = sqlite3_column_int64(stmt, 2);
    out->at_ms = sqlite3_column_int64(stmt, 3);
    db_done(stmt);
    return true;
}

bool db_payments_between(struct db *db, const char *card, enum payment_kind kind, int64_t from_ms, int64_t to_ms,
                         int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM payment WHERE community=?1 AND card=card_ref(?2) AND kind=?3 AND state<>'VOID'"
                  " AND at_ms BETWEEN ?4 AND ?5",
                  "ssii", card, db_kind_name(kind), from_ms, to_ms);
}

GPtrArray *db_payments_committing(struct db *db, const char *kiosk, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM payment WHERE community=?1 AND kiosk=?2 AND state='COMMITTING'", "s",
                             kiosk),
                    error);
}

bool db_card_in_doubt(struct db *db, const char *card, bool *in_doubt, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM payment INDEXED BY payment_open WHERE community=?1"
                     " AND card=card_ref(?2) AND state='IN_DOUBT' AND state IN ('COMMITTING','IN_DOUBT')", "s", card);

    *in_doubt = count > 0;
    return ok;
}

/* ---- Settlements and doubts ---- */

bool db_settlement_add(struct db *db, const char *payment, const struct settlement *s, int64_t now_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO settlement VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)", "sssssssi", payment,
                  payment_state_name(s->outcome), payment_settler_name(s->by), s->kiosk, s->staff_a, s->staff_b,
                  s->reason, now_ms);
}

bool db_doubt_open(struct db *db, const char *payment, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO doubt(community, payment, opened_ms) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING", "si",
                  payment, now_ms);
}

bool db_doubt_close(struct db *db, const char *payment, int64_t now_ms, bool *was_told, GError **error)
{
    bool ok = db_run(db, error,
                     "UPDATE doubt SET closed_ms=?3 WHERE community=?1 AND payment=?2 AND closed_ms IS NULL", "si",
                     payment, now_ms);

    *was_told = ok && db_changes(db) > 0;
    return ok;
}

/* Told until the kiosk where it was taken knows how it ended; then the item is a tombstone. */
json_t *db_doubt_value(struct db *db, const char *payment, GError **error)
{
    sqlite3_stmt *stmt =
        db_query(db, error,
                 "SELECT p.token, p.kiosk, p.state, open_body(p.id, p.body) FROM doubt d JOIN payment p ON p.community=d.community"
                 " AND p.id=d.payment WHERE d.community=?1 AND d.payment=?2 AND d.closed_ms IS NULL"
                 " AND p.body IS NOT NULL",
                 "s", payment);
    json_t *value = NULL;
    const char *state;

    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return NULL;
    state = (const char *)sqlite3_column_text(stmt, 2);
    value = json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", payment, "card_token", sqlite3_column_text(stmt, 0), "kiosk",
                      sqlite3_column_text(stmt, 1), "state",
                      strcmp(state, "CONFIRMED") == 0 ? "PAID"
                      : strcmp(state, "VOID") == 0    ? "VOID"
                                                      : "OPEN",
                      "payment",
                      json_loads((const char *)sqlite3_column_text(stmt, 3), JSON_REJECT_DUPLICATES, NULL));
    db_done(stmt);
    if (value == NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "payment %s cannot be told", payment);
    return value;
}

json_t *db_doubts(struct db *db, GError **error)
{
    sqlite3_stmt *stmt =
        db_query(db, error,
                 "SELECT p.id, p.kind, p.kiosk, p.state, p.amount_fen, p.counter, p.terminal, p.at_ms,"
                 " substr(unseal('payment.number|'||p.id, p.number), -4), k.seen_ms FROM payment p JOIN kiosk k ON k.community=p.community"
                 " AND k.id=p.kiosk WHERE p.community=?1 AND p.state IN ('COMMITTING','IN_DOUBT') ORDER BY p.at_ms",
                 "");
    json_t *rows;
    int step;

    if (stmt == NULL)
        return NULL;
    rows = json_array();
    while ((step = db_next(db, stmt, error)) > 0)
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:s, s:I}", "id", sqlite3_column_text(stmt, 0),
                            "kind", sqlite3_column_text(stmt, 1), "kiosk", sqlite3_column_text(stmt, 2), "state",
                            sqlite3_column_text(stmt, 3), "amount_fen", (json_int_t)sqlite3_column_int64(stmt, 4),
                            "counter", (json_int_t)sqlite3_column_int64(stmt, 5), "terminal",
                            sqlite3_column_text(stmt, 6), "at_ms", (json_int_t)sqlite3_column_int64(stmt, 7),
                            "card_last4", sqlite3_column_text(stmt, 8), "kiosk_seen_ms",
                            (json_int_t)sqlite3_column_int64(stmt, 9)));
    if (step == 0)
        return rows;
    json_decref(rows);
    return NULL;
}

/* ---- Orders of loads ---- */

bool db_order_add(struct db *db, const char *kiosk, const struct payment *load, const uint8_t intent[32],
                  const char *state, int64_t now_ms, GError **error)
{
    struct payment_facts facts = payment_facts(load);

    return db_run(db, error, "INSERT INTO load_order VALUES(?1,?2,?3,card_ref(?4),?5,?6,?7,?8,?9,?10,?11,?12,?13)",
                  "ssssiibssssi", load->id, kiosk, facts.card_number, state, facts.amount_fen,
                  (int64_t)facts.counter, intent, (size_t)32, payment_way_name(load->way), load->reverses,
                  load->staff[0], load->staff_count > 1 ? load->staff[1] : NULL, now_ms);
}

bool db_order_find(struct db *db, const char *id, struct order_row *out, bool *found, GError **error)
{
    sqlite3_stmt *stmt =
        db_query(db, error, "SELECT kiosk, state, intent FROM load_order WHERE community=?1 AND id=?2", "s", id);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    memset(out, 0, sizeof *out);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    db_copy_text(stmt, 0, out->kiosk, sizeof out->kiosk);
    db_copy_text(stmt, 1, out->state, sizeof out->state);
    bool ok = db_copy_bytes(stmt, 2, out->intent, sizeof out->intent);
    db_done(stmt);
    if (!ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "an order's row is damaged");
    return ok;
}

bool db_order_state_set(struct db *db, const char *id, const char *state, GError **error)
{
    return db_run(db, error, "UPDATE load_order SET state=?3 WHERE community=?1 AND id=?2", "ss", id, state);
}

GPtrArray *db_orders_open_at(struct db *db, const char *card, int64_t counter, const char *except, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM load_order WHERE community=?1 AND card=card_ref(?2) AND counter=?3 AND id<>?4"
                             " AND state IN ('CREATED','SENT','UNKNOWN')",
                             "sis", card, counter, except),
                    error);
}

bool db_order_counter_max(struct db *db, const char *card, int64_t *counter, GError **error)
{
    return db_int(db, error, -1, counter,
                  "SELECT max(counter) FROM load_order WHERE community=?1 AND card=card_ref(?2) AND state='POSTED'", "s", card);
}

bool db_order_reverses(struct db *db, const char *payment, bool *reversed, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM load_order WHERE community=?1 AND reverses=?2 AND state<>'REVERSED'", "s",
                     payment);

    *reversed = count > 0;
    return ok;
}

/* ---- Answers that were given once ---- */

bool db_answer_find(struct db *db, const char *kiosk, const char *key, struct answer_row *out, bool *found,
                    GError **error)
{
    sqlite3_stmt *stmt = db_query(
        db, error, "SELECT fingerprint, status, answer FROM idempotency WHERE community=?1 AND kiosk=?2 AND key=?3",
        "ss", kiosk, key);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    memset(out, 0, sizeof *out);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    bool ok = db_copy_bytes(stmt, 0, out->fingerprint, sizeof out->fingerprint);
    out->status = (unsigned)sqlite3_column_int(stmt, 1);
    out->answer = g_strdup((const char *)sqlite3_column_text(stmt, 2));
    db_done(stmt);
    if (!ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a kept answer is damaged");
    return ok;
}

bool db_answer_add(struct db *db, const char *kiosk, const char *key, const struct answer_row *row, int64_t now_ms,
                   GError **error)
{
    return db_run(db, error, "DELETE FROM idempotency WHERE community=?1 AND at_ms<?2", "i",
                  now_ms - INT64_C(7) * 86400000) &&
           db_run(db, error, "INSERT INTO idempotency VALUES(?1,?2,?3,?4,?5,?6,?7)", "ssbisi", kiosk, key,
                  row->fingerprint, sizeof row->fingerprint, (int64_t)row->status, row->answer, now_ms);
}
