/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-reconcile.h"
#include "platform/data/db-rows.h"
#include <string.h>

/* ---- The chain --------------------------------------------------------------------------------------------------- */

static bool step_read(struct db_rows *stmt, void *into)
{
    struct card_step *out = into;

    db_copy_text(stmt, 0, out->card, sizeof out->card);
    db_copy_text(stmt, 1, out->kind, sizeof out->kind);
    out->counter = db_col_int(stmt, 2);
    db_copy_text(stmt, 3, out->payment, sizeof out->payment);
    db_copy_text(stmt, 4, out->kiosk, sizeof out->kiosk);
    out->before_fen = db_col_int(stmt, 5);
    out->after_fen = db_col_int(stmt, 6);
    out->at_ms = db_col_int(stmt, 7);
    return true;
}

static const struct db_reader STEP = {step_read, sizeof(struct card_step), "a step of a card"};

#define OF_PAYMENT                                                                                                       \
    "SELECT card, kind, counter, id, kiosk, balance_before_fen, CASE kind WHEN 'load' THEN balance_before_fen+amount_fen ELSE" \
    " balance_before_fen-amount_fen END, at_ms FROM payment WHERE community=?1 AND state='CONFIRMED'"
#define OF_CHAIN "SELECT card, kind, counter, payment, kiosk, before_fen, after_fen, at_ms FROM card_step"

bool db_step_of_payment(struct db *db, const char *payment, struct card_step *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, OF_PAYMENT " AND id=?2", "s", payment), &STEP, out, found, error);
}

static bool look_read(struct db_rows *stmt, void *into)
{
    struct card_look *out = into;

    out->at = db_col_int(stmt, 0);
    out->open = db_col_int(stmt, 1);
    out->above = db_col_null(stmt, 2) ? -1 : db_col_int(stmt, 2);
    out->below = db_col_null(stmt, 3) ? -1 : db_col_int(stmt, 3);
    out->prior.counter = out->below;
    db_copy_text(stmt, 4, out->prior.payment, sizeof out->prior.payment);
    db_copy_text(stmt, 5, out->prior.kiosk, sizeof out->prior.kiosk);
    out->prior.before_fen = db_col_int(stmt, 6);
    out->prior.after_fen = db_col_int(stmt, 7);
    out->prior.at_ms = db_col_int(stmt, 8);
    out->payouts = db_col_int(stmt, 9);
    return true;
}

#define OF_CARD(S) S ".community=?1 AND " S ".card=?2 AND " S ".kind=?3"

bool db_card_look(struct db *db, const struct card_step *is, struct card_look *out, GError **error)
{
    static const struct db_reader LOOK = {look_read, sizeof(struct card_look), "a step of a card"};
    bool found;

    db_rests(db, "chain", is->card);
    if (!db_first(db,
                  db_query(db, error,
                           "SELECT (SELECT count(*) FROM card_step s WHERE " OF_CARD("s") " AND s.counter=?4),"
                           " (SELECT count(*) FROM card_finding f INDEXED BY card_finding_open WHERE " OF_CARD("f")
                           "  AND f.counter=?4 AND f.ended_ms IS NULL),"
                           " (SELECT min(u.counter) FROM card_step u WHERE " OF_CARD("u") " AND u.counter>?4),"
                           " b.counter, b.payment, b.kiosk, b.before_fen, b.after_fen, b.at_ms,"
                           " (SELECT count(*) FROM purse_payout y WHERE y.community=?1 AND y.card=?2)+"
                           "(SELECT count(*) FROM purse_accepted a WHERE a.community=?1 AND a.card=?2) FROM (SELECT 1 AS there) one LEFT JOIN"
                           " card_step b ON " OF_CARD("b") " AND b.counter=(SELECT max(d.counter) FROM card_step d WHERE " OF_CARD("d")
                           " AND d.counter<?4) ORDER BY b.payment LIMIT 1",
                           "ssi", is->card, is->kind, is->counter),
                  &LOOK, out, &found, error))
        return false;
    out->is = *is;
    g_strlcpy(out->prior.card, is->card, sizeof out->prior.card);
    g_strlcpy(out->prior.kind, is->kind, sizeof out->prior.kind);
    return found;
}

bool db_step_find(struct db *db, const char *payment, struct card_step *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT s.card, s.kind, s.counter, s.payment, s.kiosk, s.before_fen, s.after_fen, s.at_ms FROM payment p JOIN"
                             " card_step s ON s.community=p.community AND s.card=p.card AND s.kind=p.kind AND s.counter=p.counter AND"
                             " s.payment=p.id WHERE p.community=?1 AND p.id=?2",
                             "s", payment),
                    &STEP, out, found, error);
}

bool db_step_add(struct db *db, const struct card_step *step, GError **error)
{
    static const struct db_later STEPS = {.sql = "INSERT INTO card_step VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)", .rank = LATER_STEP};

    db_touches(db, "chain", step->card);
    return db_run_later(db, error, &STEPS, "ssissiii", step->card, step->kind, step->counter, step->payment, step->kiosk, step->before_fen,
                        step->after_fen, step->at_ms);
}

bool db_step_remove(struct db *db, const struct card_step *step, GError **error)
{
    return db_run(db, error, "DELETE FROM card_step WHERE community=?1 AND card=?2 AND kind=?3 AND counter=?4 AND payment=?5", "ssis",
                  step->card, step->kind, step->counter, step->payment);
}

GArray *db_steps_at(struct db *db, const char *card, const char *kind, int64_t counter, GError **error)
{
    return db_array(db,
                    db_query(db, error, OF_CHAIN " WHERE community=?1 AND card=?2 AND kind=?3 AND counter=?4 ORDER BY payment", "ssi", card,
                             kind, counter),
                    &STEP, error);
}

bool db_step_below(struct db *db, const char *card, const char *kind, int64_t counter, int64_t *out, GError **error)
{
    return db_int(db, error, -1, out, "SELECT max(counter) FROM card_step WHERE community=?1 AND card=?2 AND kind=?3 AND counter<?4", "ssi",
                  card, kind, counter);
}

bool db_step_above(struct db *db, const char *card, const char *kind, int64_t counter, int64_t *out, GError **error)
{
    return db_int(db, error, -1, out, "SELECT min(counter) FROM card_step WHERE community=?1 AND card=?2 AND kind=?3 AND counter>?4", "ssi",
                  card, kind, counter);
}

GArray *db_purchases_balance(struct db *db, const char *card, bool before, int64_t fen, GError **error)
{
    return db_array(db,
                    before ? db_query(db, error,
                                      OF_CHAIN " WHERE community=?1 AND card=?2 AND kind='purchase' AND before_fen=?3",
                                      "si", card, fen)
                           : db_query(db, error,
                                      OF_CHAIN " WHERE community=?1 AND card=?2 AND kind='purchase' AND after_fen=?3",
                                      "si", card, fen),
                    &STEP, error);
}

bool db_loads_bridge(struct db *db, const char *card, int64_t from_fen, int64_t to_fen, bool *out, GError **error)
{
    int64_t from = 0, to = 0;
    bool ok = db_int(db, error, 0, &from,
                     "SELECT count(*) FROM card_step INDEXED BY card_load_before WHERE community=?1 AND card=?2 AND kind='load' AND"
                     " before_fen=?3", "si", card, from_fen) &&
              db_int(db, error, 0, &to,
                     "SELECT count(*) FROM card_step INDEXED BY card_load_after WHERE community=?1 AND card=?2 AND kind='load' AND"
                     " after_fen=?3", "si", card, to_fen);

    *out = from > 0 && to > 0;
    return ok;
}

bool db_cards_last(struct db *db, const char *after_card, int64_t rows, char **last, GError **error)
{
    return db_text(db, error, last,
                   "SELECT max(card) FROM (SELECT card FROM payment INDEXED BY payment_card WHERE community=?1 AND card>?2 ORDER BY card"
                   " LIMIT ?3) c",
                   "si", after_card != NULL ? after_card : "", rows);
}

GArray *db_steps_page(struct db *db, const char *after_card, const char *last_card, GError **error)
{
    return db_array(db,
                    db_query(db, error, OF_PAYMENT " AND card>?2 AND card<=?3 ORDER BY card, kind, counter, id", "ss",
                             after_card != NULL ? after_card : "", last_card),
                    &STEP, error);
}

GPtrArray *db_cards_without(struct db *db, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT card FROM (SELECT card FROM card_finding WHERE community=?1 AND ended_ms IS NULL UNION SELECT card FROM"
                             " card_step WHERE community=?1) c WHERE NOT EXISTS (SELECT 1 FROM payment p INDEXED BY payment_card WHERE"
                             " p.community=?1 AND p.card=c.card AND p.state='CONFIRMED') ORDER BY card",
                             ""),
                    error);
}

GArray *db_steps_of(struct db *db, const char *card, GError **error)
{
    return db_array(db, db_query(db, error, OF_CHAIN " WHERE community=?1 AND card=?2 ORDER BY kind, counter, payment", "s", card), &STEP,
                    error);
}

/* ---- What does not follow ---------------------------------------------------------------------------------------- */

static bool finding_read(struct db_rows *stmt, void *into)
{
    struct card_finding *out = into;

    db_copy_text(stmt, 0, out->card, sizeof out->card);
    db_copy_text(stmt, 1, out->kind, sizeof out->kind);
    out->counter = db_col_int(stmt, 2);
    db_copy_text(stmt, 3, out->code, sizeof out->code);
    db_copy_text(stmt, 4, out->severity, sizeof out->severity);
    out->from_counter = db_col_int(stmt, 5);
    out->off_fen = db_col_int(stmt, 6);
    db_copy_text(stmt, 7, out->payment_a, sizeof out->payment_a);
    db_copy_text(stmt, 8, out->payment_b, sizeof out->payment_b);
    db_copy_text(stmt, 9, out->kiosk_a, sizeof out->kiosk_a);
    db_copy_text(stmt, 10, out->kiosk_b, sizeof out->kiosk_b);
    out->since_ms = db_col_int(stmt, 11);
    return true;
}

GArray *db_findings_open(struct db *db, const char *card, const char *kind, int64_t counter, GError **error)
{
    static const struct db_reader FINDING = {finding_read, sizeof(struct card_finding), "a finding"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT card, kind, counter, code, severity, from_counter, off_fen, payment_a, payment_b, kiosk_a, kiosk_b,"
                             " since_ms FROM card_finding INDEXED BY card_finding_open WHERE community=?1 AND card=?2 AND ended_ms IS NULL"
                             " AND (?4=-1 OR (kind=?3 AND counter=?4)) ORDER BY kind, counter, code",
                             "ssi", card, kind, counter),
                    &FINDING, error);
}

bool db_finding_add(struct db *db, const struct card_finding *f, int64_t now_ms, GError **error)
{
    int64_t n = 0;

    return db_int(db, error, 0, &n,
                  "SELECT max(n) FROM card_finding WHERE community=?1 AND card=?2 AND kind=?3 AND counter=?4 AND code=?5", "ssis", f->card,
                  f->kind, f->counter, f->code) &&
           db_run(db, error, "INSERT INTO card_finding VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,NULL,NULL)",
                  "ssisisiissssii", f->card, f->kind, f->counter, f->code, n + 1, f->severity, f->from_counter, f->off_fen, f->payment_a,
                  f->payment_b, f->kiosk_a, f->kiosk_b, f->since_ms, now_ms);
}

bool db_finding_end(struct db *db, const struct card_finding *f, const char *by, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE card_finding SET ended_ms=?6, ended_by=?7 WHERE community=?1 AND card=?2 AND kind=?3 AND counter=?4 AND code=?5"
                  " AND ended_ms IS NULL",
                  "ssisis", f->card, f->kind, f->counter, f->code, now_ms, by);
}

json_t *db_findings_report(struct db *db, GError **error)
{
    static const struct db_sealed NUMBER = {"card_last4", "payment.number", "payment_b", true};
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT f.kind, f.code, f.severity, f.from_counter, f.counter, f.off_fen, f.payment_a, f.payment_b, f.kiosk_a,"
                              " f.kiosk_b, f.since_ms, f.found_ms, p.number AS card_last4, (SELECT min(d.id) FROM payment d INDEXED BY"
                              " payment_open WHERE d.community=f.community AND d.card=f.card AND d.state IN ('COMMITTING','IN_DOUBT') AND"
                              " d.kind=f.kind AND d.counter>f.from_counter AND d.counter<f.counter) AS doubt, (SELECT min(a.kind) FROM alarm"
                              " a WHERE a.community=f.community AND a.payment IN (f.payment_a, f.payment_b) AND a.closed_ms IS NULL) AS alarm"
                              " FROM card_finding f JOIN payment p ON p.community=f.community AND p.id=f.payment_b WHERE f.community=?1 AND"
                              " f.ended_ms IS NULL ORDER BY f.severity, f.since_ms, f.payment_b, f.code",
                              ""),
                     &NUMBER, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}
