/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-reconcile.h"
#include "platform/data/db-rows.h"

/* The last transaction of one kind, by the card's own counter. */
struct last_step {
    bool any, follows; /* follows: this kind went on from where the other kind's last one ended */
    int64_t before_fen, after_fen, at_ms, most_fen; /* most_fen: behind whichever has that counter */
};

static struct last_step last_read(struct db_rows *row, int column)
{
    return (struct last_step){.any = !db_col_null(row, column), .before_fen = db_col_int(row, column), .after_fen = db_col_int(row, column + 1),
                              .at_ms = db_col_int(row, column + 2), .follows = db_col_int(row, column + 3) != 0,
                              .most_fen = db_col_int(row, column + 4)};
}

/* Of both kinds' last ones the one that followed the other: by what the purse held, which times only confirm (clocks of kiosks differ). */
static void balance_take(struct purse_claim *out, const struct last_step *bought, const struct last_step *loaded)
{
    const struct last_step *later = !loaded->any || (bought->any && bought->at_ms >= loaded->at_ms) ? bought : loaded;
    const struct last_step *former = later == bought ? loaded : bought;

    out->balance_fen = later->any ? later->after_fen : -1;
    out->most_fen = later->any ? later->most_fen : 0;
    if (!later->any || !former->any)
        return;
    bool joins = later->before_fen == former->after_fen, turned = former->before_fen == later->after_fen;
    out->unclear = joins == turned ? joins || !later->follows || former->follows : turned;
    if (out->unclear)
        out->most_fen = MAX(later->most_fen, former->most_fen);
}

static bool claim_read(struct db_rows *row, void *into)
{
    struct purse_claim *out = into;
    const struct last_step bought = last_read(row, 11), loaded = last_read(row, 16);

    db_copy_text(row, 0, out->card, sizeof out->card);
    db_copy_text(row, 1, out->successor, sizeof out->successor);
    out->stopped_ms = db_col_int(row, 2);
    out->open = db_col_int(row, 3);
    out->findings = db_col_int(row, 4);
    out->silent = db_col_int(row, 5);
    out->lost = db_col_int(row, 6);
    out->rows = db_col_int(row, 7);
    out->paid_fen = db_col_int(row, 8);
    out->short_fen = db_col_int(row, 9);
    out->ended_fen = db_col_int(row, 10);
    out->accepted = db_col_int(row, 21);
    out->accepted_most_fen = db_col_int(row, 22);
    out->accepted_had_fen = db_col_int(row, 23);
    out->accepted_balance_fen = db_col_int(row, 24);
    balance_take(out, &bought, &loaded);
    return true;
}

#define PAYOUTS(WHAT, OF) \
    " (SELECT " WHAT " FROM purse_payout y WHERE y.community=?1 AND y.card=r.card" OF ")"
/* The row of card_step that is the last of its kind; of two with one counter, which is a finding, either. */
#define LAST(S, KIND)                                                                                                                 \
    " LEFT JOIN card_step " S " ON " S ".community=?1 AND " S ".card=r.card AND " S ".kind='" KIND "' AND " S ".payment=(SELECT x.payment" \
    " FROM card_step x WHERE x.community=?1 AND x.card=r.card AND x.kind='" KIND "' ORDER BY x.counter DESC, x.payment LIMIT 1)"
/* Is there one of this kind that began with what the other's last one left, and not with what the one before it of its own kind did? */
#define FOLLOWS(KIND, OTHER)                                                                                                          \
    " (SELECT count(*) FROM card_step u WHERE u.community=?1 AND u.card=r.card AND u.kind='" KIND "' AND u.before_fen=" OTHER ".after_fen" \
    " AND NOT EXISTS (SELECT 1 FROM card_step v WHERE v.community=?1 AND v.card=r.card AND v.kind='" KIND "' AND v.counter=u.counter-1" \
    " AND v.after_fen=u.before_fen))"
#define MOST(S, KIND)                                                                                                                 \
    " (SELECT coalesce(max(m.after_fen),0) FROM card_step m WHERE m.community=?1 AND m.card=r.card AND m.kind='" KIND "' AND m.counter=" S ".counter)"
#define STEP(S, KIND, OTHER) " " S ".before_fen, " S ".after_fen, " S ".at_ms," FOLLOWS(KIND, OTHER) "," MOST(S, KIND)
/* Of the last time that people accepted a sum. */
#define ACCEPTED(WHAT, NONE)                                                                                                          \
    " coalesce((SELECT a." WHAT " FROM purse_accepted a WHERE a.community=?1 AND a.card=r.card ORDER BY a.n DESC LIMIT 1)," NONE ")"
/* It may have payments of before that it has not told; one that was set up later has none. */
#define UNTOLD                                                                                                                        \
    " (coalesce(k.seen_ms,0)<r.stopped_ms+?2 OR EXISTS (SELECT 1 FROM kiosk_health h WHERE h.community=?1 AND h.kiosk=k.id AND h.behind>0))" \
    " AND NOT (k.enrolled_ms>r.stopped_ms AND k.seen_ms IS NULL AND k.head_seq=0 AND k.epoch<=1)"
#define CLAIM_COLUMNS                                                                                                                 \
    "SELECT r.card, r.successor, r.stopped_ms,"                                                                                       \
    " (SELECT count(*) FROM payment p WHERE p.community=?1 AND p.card=r.card AND p.state IN ('COMMITTING','IN_DOUBT')),"              \
    " (SELECT count(*) FROM card_finding f WHERE f.community=?1 AND f.card=r.card AND f.ended_ms IS NULL),"                          \
    " (SELECT count(*) FROM kiosk k WHERE k.community=?1 AND k.state='ENROLLED' AND" UNTOLD "),"                                      \
    /* Without the platform it took money no longer than that: what the card has done after it shows what it had done. */             \
    " (SELECT count(*) FROM kiosk k WHERE k.community=?1 AND k.state='REVOKED' AND k.enrolled_ms IS NOT NULL AND" UNTOLD " AND NOT EXISTS"  \
    " (SELECT 1 FROM card_step s WHERE s.community=?1 AND s.card=r.card AND s.at_ms>coalesce(k.seen_ms,k.enrolled_ms)+?2)),"          \
    PAYOUTS("count(*)", "") "," PAYOUTS("coalesce(sum(y.fen),0)", " AND y.what='PAID'") ","                                           \
    PAYOUTS("coalesce(sum(y.fen),0)", " AND y.what='SHORT'") "," PAYOUTS("coalesce(sum(y.fen),0)", " AND y.what IN ('REPAID','BORNE')") ","   \
    STEP("b", "purchase", "l") "," STEP("l", "load", "b") ","                                                                         \
    " (SELECT count(*) FROM purse_accepted a WHERE a.community=?1 AND a.card=r.card),"                                                \
    ACCEPTED("most_fen", "-1") "," ACCEPTED("had_fen", "0") "," ACCEPTED("balance_fen", "0")                                         \
    " FROM card_replacement r" LAST("b", "purchase") LAST("l", "load") " WHERE r.community=?1"

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
    return db_int(db, error, 0, count,
                  "SELECT (SELECT count(*) FROM purse_payout WHERE community=?1 AND card=?2)+(SELECT count(*) FROM purse_accepted WHERE community=?1"
                  " AND card=?2)",
                  "s", card);
}

bool db_purse_payout_add(struct db *db, const struct purse_payout *p, GError **error)
{
    return db_account_add(db, p->debit, error) && db_account_add(db, p->credit, error) &&
           db_run(db, error, "INSERT INTO purse_payout VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)", "sisssisssssi", p->card, p->n,
                  p->what, p->debit, p->credit, p->fen, p->kiosk, p->payment, p->staff_a, p->staff_b, p->reason, p->at_ms) &&
           db_settle(db, error); /* who pays the same at this moment is told here, and not by the commit */
}

bool db_purse_accepted_add(struct db *db, const struct purse_accepted *a, GError **error)
{
    return db_run(db, error, "INSERT INTO purse_accepted VALUES(?1,?2,?3,?4,?5,nullif(?6,0),?7,?8,?9,?10,?11,?12)", "siiiisssiii", a->card, a->n,
                  a->fen, a->most_fen, a->payout, a->staff_a, a->staff_b, a->reason, a->at_ms, a->had_fen, a->balance_fen) &&
           db_settle(db, error);
}
