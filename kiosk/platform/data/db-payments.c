/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-seal.h"
#include "citycard.h"
#include <string.h>

const char *db_kind_name(enum payment_kind kind)
{
    return kind == PAYMENT_LOAD ? "load" : "purchase";
}

static bool row_read(struct db_rows *stmt, void *into)
{
    struct payment_row *out = into;
    char state[16], outcome[16];

    db_copy_text(stmt, 0, out->kiosk, sizeof out->kiosk);
    db_copy_text(stmt, 1, state, sizeof state);
    out->kind = strcmp(db_col_text(stmt, 3), "load") == 0 ? PAYMENT_LOAD : PAYMENT_PURCHASE;
    out->settled = !db_col_null(stmt, 4);
    db_copy_text(stmt, 4, outcome, sizeof outcome);
    db_copy_text(stmt, 5, out->tac, sizeof out->tac);
    out->taken = db_col_int(stmt, 6) != 0;
    db_copy_text(stmt, 7, out->id, sizeof out->id);
    return db_copy_bytes(stmt, 2, out->intent, sizeof out->intent) && payment_state_parse(state, &out->state) &&
           (!out->settled || payment_state_parse(outcome, &out->settled_as));
}

bool db_payment_find(struct db *db, const char *id, struct payment_row *out, bool *found, GError **error)
{
    static const struct db_reader ROW = {row_read, sizeof *out, "a payment's row"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT p.kiosk, p.state, p.intent, p.kind, s.outcome, p.tac, p.taken, p.id FROM payment p LEFT"
                             " JOIN settlement s ON s.community=p.community AND s.payment=p.id WHERE p.community=?1 AND p.id=?2",
                             "s", id),
                    &ROW, out, found, error);
}

static bool look_read(struct db_rows *stmt, void *into)
{
    struct payment_look *out = into;

    out->around = (struct payment_around){db_col_int(stmt, 8), db_col_int(stmt, 9), db_col_int(stmt, 10), db_col_int(stmt, 11),
                                          db_col_int(stmt, 12)};
    out->found = !db_col_null(stmt, 7);
    return !out->found || row_read(stmt, &out->row);
}

/* NULL where nobody asks. */
static char *proof_place(struct db *db, const uint8_t proof[DB_KEYED_SIZE])
{
    return db_asks(db) ? g_base64_encode(proof, DB_KEYED_SIZE) : NULL;
}

bool db_payment_look(struct db *db, const char *id, const uint8_t proof[DB_KEYED_SIZE], const char *token, enum payment_kind kind,
                     struct payment_look *out, GError **error)
{
    static const struct db_reader LOOK = {look_read, sizeof *out, "a payment's row"};
    g_autofree char *of_proof = proof_place(db, proof);
    bool found;

    db_rests(db, "payment", id);
    db_rests(db, "purse", token);
    db_rests(db, "proof", of_proof);
    return db_first(db,
                    db_query(db, error,
                             "SELECT p.kiosk, p.state, p.intent, p.kind, s.outcome, p.tac, p.taken, p.id,"
                             " (SELECT count(*) FROM payment q INDEXED BY payment_proof WHERE q.community=?1 AND q.proof=?3 AND"
                             "  q.state='CONFIRMED'),"
                             " (SELECT count(*) FROM txn t INDEXED BY txn_payment WHERE t.community=?1 AND t.payment=?2),"
                             " (SELECT count(*) FROM payment o INDEXED BY payment_open WHERE o.community=?1 AND o.card=?4 AND"
                             "  o.kind=?5 AND o.id<>?2 AND o.state IN ('COMMITTING','IN_DOUBT')),"
                             " (SELECT count(*) FROM load_order l INDEXED BY load_order_card WHERE l.community=?1 AND l.card=?4 AND"
                             "  l.state='REVERSED'),"
                             " (SELECT count(*) FROM doubt d WHERE d.community=?1 AND d.payment=?2 AND d.closed_ms IS NULL)"
                             " FROM (SELECT 1 AS there) one LEFT JOIN payment p ON p.community=?1 AND p.id=?2"
                             " LEFT JOIN settlement s ON s.community=?1 AND s.payment=?2",
                             "sbss", id, proof, (size_t)DB_KEYED_SIZE, token, db_kind_name(kind)),
                    &LOOK, out, &found, error) && found;
}

bool db_body(struct db *db, struct db_rows *stmt, const char *id, char **text, GError **error)
{
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    *text = NULL;
    if (step <= 0)
        return step == 0;
    bool good = db_col_opened(db, stmt, 0, id, text, error);
    db_done(stmt);
    return good;
}

bool db_payment_body(struct db *db, const char *id, char **text, GError **error)
{
    return db_body(db, db_query(db, error, "SELECT body FROM payment WHERE community=?1 AND id=?2", "s", id), id, text, error);
}

static bool add_claims(struct db *db, const struct payment *payment, const char *const *outcomes, GError **error)
{
    static const struct db_later CLAIM = {.sql = "INSERT INTO payment_bill VALUES(?1,?2,?3,?4,?5,?6)", .rank = LATER_CLAIM};

    for (size_t i = 0; i < payment->bill_count; i++) {
        db_touches(db, "bill", payment->bills[i].id);
        if (!db_run_later(db, error, &CLAIM, "sisis", payment->id, (int64_t)i, payment->bills[i].id, payment->bills[i].amount_fen,
                          outcomes != NULL ? outcomes[i] : "PENDING"))
            return false;
    }
    return true;
}

char *db_payment_text(const struct payment *payment, GError **error)
{
    json_t *json = payment_to_json(payment);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL; /* what lies there is written anew when it is sealed */

    json_decref(json);
    if (text == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "no memory for a payment");
    return text;
}

char *db_payment_sealed(const struct db *db, const struct payment *payment, GError **error)
{
    json_t *json = payment_to_json(payment);
    char *text = db_seal_json(db->keys, payment->id, json, error);

    json_decref(json);
    return text;
}

bool db_payment_add(struct db *db, const char *kiosk, const char *token, const struct payment *payment, const char *sealed,
                    const char *tac, const uint8_t intent[32], const uint8_t proof[DB_KEYED_SIZE], const char *const *outcomes, GError **error)
{
    static const struct db_later PAYMENT = {
        .sql = "INSERT INTO payment(community, id, kiosk, state, card, token, amount_fen, balance_before_fen, counter,"
               " terminal, terminal_serial, intent, receipt_no, at_ms, proof, kind, body, tac, number)"
               " VALUES(?1,?2,?3,?4,?5,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
        .rank = LATER_PAYMENT};
    struct payment_facts facts = payment_facts(payment);
    g_autofree char *made = sealed == NULL ? db_payment_sealed(db, payment, error) : NULL, *of_proof = proof_place(db, proof);
    char terminal[13];

    db_touches(db, "payment", payment->id);
    if (payment_is_open(payment->state)) /* that is what is counted of a card */
        db_touches(db, "purse", token);
    db_touches(db, "proof", of_proof);
    return (sealed != NULL || made != NULL) &&
           db_run_later(db, error, &PAYMENT, "ssssiiisibsibsssp", payment->id, kiosk, payment_state_name(payment->state), token, facts.amount_fen, facts.balance_before_fen, (int64_t)facts.counter,
                        cc_hex(facts.terminal, 6, terminal, sizeof terminal),
                        (int64_t)payment->purchase.terminal_serial, intent, (size_t)32, payment->receipt_no,
                        payment->at_ms, proof, (size_t)DB_KEYED_SIZE, db_kind_name(payment->kind),
                        sealed != NULL ? sealed : made, tac, "payment.number", payment->id, facts.card_number) &&
           add_claims(db, payment, outcomes, error);
}

bool db_payment_state_set(struct db *db, const struct payment *payment, const char *sealed, const char *tac, GError **error)
{
    g_autofree char *made = sealed == NULL ? db_payment_sealed(db, payment, error) : NULL;

    return (sealed != NULL || made != NULL) &&
           db_run(db, error,
                  "UPDATE payment SET state=?3, tac=?4, receipt_no=?5, body=?6 WHERE community=?1 AND id=?2",
                  "sssss", payment->id, payment_state_name(payment->state), tac, payment->receipt_no, sealed != NULL ? sealed : made);
}

bool db_payment_is(struct db *db, const char *id, const char *card, int64_t amount_fen, bool *is, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM payment WHERE community=?1 AND id=?2 AND card=?3 AND amount_fen=?4", "sci", id,
                     card, amount_fen);

    *is = count > 0;
    return ok;
}

bool db_payment_tac(struct db *db, const char *id, char **tac, GError **error)
{
    return db_text(db, error, tac, "SELECT tac FROM payment WHERE community=?1 AND id=?2", "s", id);
}

/* The body as it lies there, with what says its state: none of that is sealed. g_free, NULL for no JSON. */
static char *doubt_text(const char *body, bool load)
{
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    json_t *part = json_object_get(json, load ? "load" : "purchase");
    bool good = json_object_set_new(json, "state", json_string("IN_DOUBT")) == 0 &&
                json_object_set_new(json, "why", json_string("STOPPED")) == 0 &&
                json_object_set_new(part, "state", json_string("IN_DOUBT")) == 0;
    char *dump = good ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL, *text = g_strdup(dump);

    free(dump);
    json_decref(json);
    return text;
}

/* *open false: it is not COMMITTING. *body NULL: nothing is kept of it. */
static bool committing_read(struct db *db, const char *id, bool *open, bool *load, char **body, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT kind, body FROM payment WHERE community=?1 AND id=?2 AND state='COMMITTING'", "s", id);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    *open = step > 0;
    *body = NULL;
    if (step <= 0)
        return step == 0;
    *load = strcmp(db_col_text(stmt, 0), "load") == 0;
    *body = g_strdup(db_col_text(stmt, 1));
    db_done(stmt);
    return true;
}

bool db_payment_doubt(struct db *db, const char *id, GError **error)
{
    g_autofree char *body = NULL, *text = NULL;
    bool open, load;

    if (!committing_read(db, id, &open, &load, &body, error))
        return false;
    if (!open)
        return true;
    if (body != NULL && (text = doubt_text(body, load)) == NULL) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "payment %s cannot be read", id);
        return false;
    }
    return db_run(db, error, "UPDATE payment SET state='IN_DOUBT', body=?3 WHERE community=?1 AND id=?2", "ss", id, text);
}

bool db_payment_tac_set(struct db *db, const char *id, const char *tac, GError **error)
{
    return db_run(db, error, "UPDATE payment SET tac=?3 WHERE community=?1 AND id=?2 AND tac<>'OK'", "ss", id, tac);
}

bool db_payment_taken_set(struct db *db, const char *id, bool taken, GError **error)
{
    return db_run(db, error, "UPDATE payment SET taken=?3 WHERE community=?1 AND id=?2", "si", id, (int64_t)taken);
}

bool db_payment_denier(struct db *db, const char *id, char kiosk[32], GError **error)
{
    g_autofree char *text = NULL;
    bool ok = db_text(db, error, &text,
                      "SELECT CASE coalesce(s.settler, 'KIOSK') WHEN 'KIOSK' THEN p.kiosk WHEN 'ELSEWHERE' THEN s.kiosk WHEN"
                      " 'COUNTER' THEN (SELECT q.kiosk FROM payment q INDEXED BY payment_card WHERE q.community=p.community"
                      " AND q.card=p.card AND q.kind=p.kind AND q.counter=p.counter AND q.state='CONFIRMED' AND q.id<>p.id"
                      " LIMIT 1) END FROM payment p LEFT JOIN settlement s ON s.community=p.community AND s.payment=p.id"
                      " WHERE p.community=?1 AND p.id=?2",
                      "s", id);

    g_strlcpy(kiosk, text != NULL ? text : "", 32);
    return ok;
}

bool db_payment_proof_used(struct db *db, const uint8_t proof[DB_KEYED_SIZE], bool *used, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM payment WHERE community=?1 AND proof=?2 AND state='CONFIRMED'",
                     "b", proof, (size_t)DB_KEYED_SIZE);

    *used = count > 0;
    return ok;
}

bool db_claim_outcome_set(struct db *db, const char *payment, int64_t line, const char *outcome,
                          GError **error)
{
    return db_run(db, error,
                  "UPDATE payment_bill SET outcome=?4 WHERE community=?1 AND payment=?2 AND line=?3", "sis",
                  payment, line, outcome);
}

bool db_claims_outcome_set(struct db *db, const char *payment, const char *outcome, GError **error)
{
    return db_run(db, error, "UPDATE payment_bill SET outcome=?3 WHERE community=?1 AND payment=?2", "ss",
                  payment, outcome);
}

GPtrArray *db_claims(struct db *db, const char *payment, GError **error)
{
    return db_texts(db,
                 db_query(db, error,
                          "SELECT bill FROM payment_bill WHERE community=?1 AND payment=?2 ORDER BY line",
                          "s", payment),
                 error);
}

static bool claim_line_read(struct db_rows *stmt, void *into)
{
    struct claim_line *out = into;

    out->amount_fen = db_col_int(stmt, 0);
    db_copy_text(stmt, 1, out->outcome, sizeof out->outcome);
    db_copy_text(stmt, 2, out->biller, sizeof out->biller);
    return true;
}

GArray *db_claim_lines(struct db *db, const char *payment, GError **error)
{
    static const struct db_reader LINE = {claim_line_read, sizeof(struct claim_line), "a payment's bill"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT l.amount_fen, l.outcome, b.biller FROM payment_bill l LEFT JOIN bill b ON"
                             " b.community=l.community AND b.id=l.bill WHERE l.community=?1 AND l.payment=?2 ORDER BY l.line",
                             "s", payment),
                    &LINE, error);
}

static bool bill_claims_read(struct db_rows *stmt, void *into)
{
    struct bill_claims *out = into;

    db_copy_text(stmt, 0, out->biller, sizeof out->biller);
    db_copy_text(stmt, 1, out->state, sizeof out->state);
    out->amount_fen = db_col_int(stmt, 2);
    out->claims = (struct claim_count){db_col_int(stmt, 3), db_col_int(stmt, 4), db_col_int(stmt, 5)};
    return true;
}

bool db_bill_claims(struct db *db, const char *bill, struct bill_claims *out, bool *found, GError **error)
{
    static const struct db_reader CLAIMS = {bill_claims_read, sizeof *out, "a bill"};

    db_rests(db, "bill", bill);
    return db_first(db,
                    db_query(db, error,
                             "SELECT b.biller, b.state, b.amount_fen, sum(CASE WHEN l.outcome='PAID' THEN 1 ELSE 0 END), sum(CASE WHEN"
                             " p.state IN ('COMMITTING','IN_DOUBT') THEN 1 ELSE 0 END), sum(CASE WHEN p.state='IN_DOUBT' THEN 1 ELSE 0"
                             " END) FROM bill b LEFT JOIN payment_bill l INDEXED BY payment_bill_bill ON l.community=?1 AND"
                             " l.bill=?2 LEFT JOIN payment p ON p.community=?1 AND p.id=l.payment WHERE b.community=?1 AND b.id=?2"
                             " GROUP BY b.biller, b.state, b.amount_fen",
                             "s", bill),
                    &CLAIMS, out, found, error);
}
