/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-reconcile.h"
#include "platform/data/db-rows.h"

static bool claim_read(struct db_rows *row, void *into)
{
    struct purse_claim *out = into;

    db_copy_text(row, 0, out->card, sizeof out->card);
    db_copy_text(row, 1, out->successor, sizeof out->successor);
    out->stopped_ms = db_col_int(row, 2);
    out->open = db_col_int(row, 3);
    out->findings = db_col_int(row, 4);
    out->silent = db_col_int(row, 5);
    out->balance_fen = db_col_int(row, 6);
    out->rows = db_col_int(row, 7);
    out->paid_fen = db_col_int(row, 8);
    out->short_fen = db_col_int(row, 9);
    out->ended_fen = db_col_int(row, 10);
    return true;
}

#define PAYOUTS(WHAT, OF) \
    " (SELECT " WHAT " FROM purse_payout y WHERE y.community=?1 AND y.card=r.card" OF ")"
#define CLAIM_COLUMNS                                                                                                                 \
    "SELECT r.card, r.successor, r.stopped_ms,"                                                                                       \
    " (SELECT count(*) FROM payment p WHERE p.community=?1 AND p.card=r.card AND p.state IN ('COMMITTING','IN_DOUBT')),"              \
    " (SELECT count(*) FROM card_finding f WHERE f.community=?1 AND f.card=r.card AND f.ended_ms IS NULL),"                          \
    " (SELECT count(*) FROM kiosk k WHERE k.community=?1 AND k.state='ENROLLED' AND coalesce(k.seen_ms,0)<r.stopped_ms+?2),"          \
    " coalesce((SELECT s.after_fen FROM card_step s WHERE s.community=?1 AND s.card=r.card ORDER BY s.at_ms DESC, s.counter DESC"     \
    " LIMIT 1),-1)," PAYOUTS("count(*)", "") "," PAYOUTS("coalesce(sum(y.fen),0)", " AND y.what='PAID'") ","                         \
    PAYOUTS("coalesce(sum(y.fen),0)", " AND y.what='SHORT'") "," PAYOUTS("coalesce(sum(y.fen),0)", " AND y.what IN ('REPAID','BORNE')") \
    " FROM card_replacement r WHERE r.community=?1"

static const struct db_reader CLAIM = {claim_read, sizeof(struct purse_claim), "a card's replacement"};

GArray *db_purse_claims(struct db *db, int64_t offline_ms, GError **error)
{
    return db_array(db, db_query(db, error, CLAIM_COLUMNS " ORDER BY r.stopped_ms, r.card", "i", offline_ms), &CLAIM, error);
}

bool db_purse_claim(struct db *db, const char *card, int64_t offline_ms, struct purse_claim *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, CLAIM_COLUMNS " AND r.card=?3", "is", offline_ms, card), &CLAIM, out, found, error);
}

bool db_purse_payouts(struct db *db, const char *card, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM purse_payout WHERE community=?1 AND card=?2", "s", card);
}

bool db_purse_payout_add(struct db *db, const struct purse_payout *p, GError **error)
{
    return db_account_add(db, p->debit, error) && db_account_add(db, p->credit, error) &&
           db_run(db, error, "INSERT INTO purse_payout VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)", "sisssisssssi", p->card, p->n,
                  p->what, p->debit, p->credit, p->fen, p->kiosk, p->payment, p->staff_a, p->staff_b, p->reason, p->at_ms) &&
           db_settle(db, error); /* who pays the same at this moment is told here, and not by the commit */
}
