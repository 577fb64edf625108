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
    return true;
}

GArray *db_purse_claims(struct db *db, int64_t offline_ms, GError **error)
{
    static const struct db_reader CLAIM = {claim_read, sizeof(struct purse_claim), "a card's replacement"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT r.card, r.successor, r.stopped_ms,"
                             " (SELECT count(*) FROM payment p WHERE p.community=?1 AND p.card=r.card AND p.state IN ('COMMITTING','IN_DOUBT')),"
                             " (SELECT count(*) FROM card_finding f WHERE f.community=?1 AND f.card=r.card AND f.ended_ms IS NULL),"
                             " (SELECT count(*) FROM kiosk k WHERE k.community=?1 AND k.state='ENROLLED' AND"
                             " coalesce(k.seen_ms,0)<r.stopped_ms+?2),"
                             " coalesce((SELECT s.after_fen FROM card_step s WHERE s.community=?1 AND s.card=r.card ORDER BY s.at_ms DESC,"
                             " s.counter DESC LIMIT 1),-1)"
                             " FROM card_replacement r WHERE r.community=?1 ORDER BY r.stopped_ms, r.card",
                             "i", offline_ms),
                    &CLAIM, error);
}
