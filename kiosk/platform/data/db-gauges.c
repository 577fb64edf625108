/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over the whole fleet, for the operator's metrics: nothing here tells of one person or one kiosk. */
#include "platform/data/db-rows.h"

bool db_gauges(struct db *db, struct db_gauges *out, GError **error)
{
    return db_hotlist_version(db, &out->hotlist_version, error) &&
           db_int(db, error, 0, &out->kiosks_enrolled, "SELECT count(*) FROM kiosk WHERE community=?1 AND state='ENROLLED'", "") &&
           db_int(db, error, 0, &out->kiosks_revoked, "SELECT count(*) FROM kiosk WHERE community=?1 AND state='REVOKED'", "") &&
           db_int(db, error, 0, &out->kiosks_alarmed,
                  "SELECT count(*) FROM kiosk WHERE community=?1 AND state='ENROLLED' AND alarm IS NOT NULL", "") &&
           db_int(db, error, 0, &out->oldest_push_ms,
                  "SELECT min(coalesce(seen_ms, enrolled_ms)) FROM kiosk WHERE community=?1 AND state='ENROLLED'", "") &&
           db_int(db, error, 0, &out->doubts_open, "SELECT count(*) FROM doubt WHERE community=?1 AND closed_ms IS NULL", "") &&
           db_int(db, error, 0, &out->alarms_open, "SELECT count(*) FROM alarm WHERE community=?1 AND closed_ms IS NULL", "") &&
           db_int(db, error, 0, &out->purses_short,
                  "SELECT count(*) FROM (SELECT card FROM purse_payout WHERE community=?1 AND what<>'PAID' GROUP BY card HAVING"
                  " sum(CASE what WHEN 'SHORT' THEN fen ELSE -fen END)<>0) s",
                  "");
}

GPtrArray *db_certificates_in_use(struct db *db, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT c.pem FROM kiosk k JOIN certificate c ON c.community=k.community AND c.kiosk=k.id AND c.serial=k.certificate"
                             " WHERE k.community=?1 AND k.state='ENROLLED'",
                             ""),
                    error);
}
