/* SPDX-License-Identifier: Apache-2.0 */
/* Doubts, and who ended them. */
#include "platform/data/db-rows.h"
#include <string.h>

/* ---- What a card's counters say of its open payments ---- */

static bool moment_read(struct db_rows *stmt, void *into)
{
    struct card_moment *out = into;

    *out = (struct card_moment){.counter = db_col_int(stmt, 1),
                                .balance_before_fen = db_col_int(stmt, 2),
                                .amount_fen = db_col_int(stmt, 3),
                                .at_ms = db_col_int(stmt, 4),
                                .in_doubt = db_col_count(stmt) > 5 && db_col_int(stmt, 5) != 0};
    db_copy_text(stmt, 0, out->id, sizeof out->id);
    return true;
}

const struct db_reader db_moment_reader = {moment_read, sizeof(struct card_moment), "a payment's row"};

GArray *db_payments_open(struct db *db, const char *card, enum payment_kind kind, const char *except, GError **error)
{
    return db_array(
        db,
        db_query(db, error,
                 "SELECT id, counter, balance_before_fen, amount_fen, at_ms, state='IN_DOUBT' FROM payment"
                 " INDEXED BY payment_open"
                 " WHERE community=?1 AND card=?2 AND kind=?3 AND id<>?4 AND state IN ('COMMITTING','IN_DOUBT')"
                 " ORDER BY id",
                 "css", card, db_kind_name(kind), except),
        &db_moment_reader, error);
}

bool db_payment_at(struct db *db, const char *card, enum payment_kind kind, int64_t counter, struct card_moment *out,
                   bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                              "SELECT id, counter, balance_before_fen, amount_fen, at_ms FROM payment INDEXED BY payment_card WHERE"
                              " community=?1 AND card=?2 AND kind=?3 AND counter=?4 AND state='CONFIRMED' AND tac='OK' ORDER BY id LIMIT 1",
                              "csi", card, db_kind_name(kind), counter),
                    &db_moment_reader, out, found, error);
}

bool db_payments_between(struct db *db, const char *card, enum payment_kind kind, int64_t from_ms, int64_t to_ms,
                         int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM payment INDEXED BY payment_card WHERE community=?1 AND card=?2 AND kind=?3 AND"
                  " state<>'VOID' AND at_ms BETWEEN ?4 AND ?5",
                  "csii", card, db_kind_name(kind), from_ms, to_ms);
}

GPtrArray *db_payments_committing(struct db *db, const char *kiosk, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM payment INDEXED BY payment_open WHERE community=?1 AND kiosk=?2 AND"
                             " state IN ('COMMITTING','IN_DOUBT') AND state='COMMITTING' ORDER BY id",
                             "s", kiosk),
                    error);
}

bool db_card_in_doubt(struct db *db, const char *card, bool *in_doubt, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM payment INDEXED BY payment_open WHERE community=?1"
                     " AND card=?2 AND state='IN_DOUBT' AND state IN ('COMMITTING','IN_DOUBT')", "c", card);

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

bool db_doubt_reopen(struct db *db, const char *payment, GError **error)
{
    return db_run(db, error, "UPDATE doubt SET closed_ms=NULL WHERE community=?1 AND payment=?2", "s", payment);
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
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT p.token, p.kiosk, p.state, p.body FROM doubt d JOIN payment p ON p.community=d.community"
                 " AND p.id=d.payment WHERE d.community=?1 AND d.payment=?2 AND d.closed_ms IS NULL"
                 " AND p.body IS NOT NULL",
                 "s", payment);
    json_t *value = NULL;
    const char *state;
    char *body;

    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return NULL;
    if (!db_col_opened(db, stmt, 3, payment, &body, error)) {
        db_done(stmt);
        return NULL;
    }
    state = db_col_text(stmt, 2);
    value = json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", payment, "card_token", db_col_text(stmt, 0), "kiosk",
                      db_col_text(stmt, 1), "state",
                      strcmp(state, "CONFIRMED") == 0 ? "PAID"
                      : strcmp(state, "VOID") == 0    ? "VOID"
                                                      : "OPEN",
                      "payment",
                      json_loads(body, JSON_REJECT_DUPLICATES, NULL));
    db_secret_free(body);
    db_done(stmt);
    if (value == NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "payment %s cannot be told", payment);
    return value;
}

json_t *db_doubts(struct db *db, GError **error)
{
    static const struct db_sealed NUMBER = {"card_last4", "payment.number", "id", true};
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT p.id, p.kind, p.kiosk, p.state, p.amount_fen, p.counter, p.terminal, p.at_ms,"
                              " p.number AS card_last4, k.seen_ms AS kiosk_seen_ms,"
                              " k.state AS kiosk_state FROM payment p INDEXED BY payment_open JOIN kiosk k ON k.community=p.community"
                              " AND k.id=p.kiosk WHERE p.community=?1 AND p.state IN ('COMMITTING','IN_DOUBT') ORDER BY p.at_ms,"
                              " p.id",
                              ""),
                     &NUMBER, rows, error) &&
        db_rows_json(db,
                     db_query(db, error,
                              "SELECT p.id, p.kind, p.kiosk, 'ALARM' AS state, a.kind AS code, a.named, a.teller,"
                              " p.state AS payment_state, p.tac, p.amount_fen, p.counter, p.terminal, a.at_ms,"
                              " p.number AS card_last4, k.seen_ms AS kiosk_seen_ms"
                              " FROM alarm a JOIN payment p ON p.community=a.community AND p.id=a.payment JOIN kiosk k ON"
                              " k.community=p.community AND k.id=p.kiosk WHERE a.community=?1 AND a.closed_ms IS NULL"
                              " ORDER BY a.at_ms, p.id, a.kind",
                              ""),
                     &NUMBER, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}
