/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include <string.h>

/* ---- Certificates: every one that was given, one CURRENT and at most one NEXT a kiosk ---- */

bool db_certificate_add(struct db *db, const char *kiosk, const char *serial, const char *pem, const char *state,
                        int64_t now_ms, GError **error)
{
    /* A renewal whose answer was lost is asked for again: the one that never arrived is not waited for. */
    return db_run(db, error,
                  "UPDATE certificate SET state='OLD' WHERE community=?1 AND kiosk=?2 AND"
                  " (state='NEXT' OR ?3='CURRENT')",
                  "ss", kiosk, state) &&
           db_run(db, error, "INSERT INTO certificate VALUES(?1,?2,?3,?4,?5,?6)", "ssssi", kiosk, serial, pem, state,
                  now_ms);
}

bool db_certificate_is_next(struct db *db, const char *kiosk, const char *serial, bool *next, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM certificate WHERE community=?1 AND kiosk=?2 AND serial=?3 AND state='NEXT'",
                     "ss", kiosk, serial);

    *next = ok && count > 0;
    return ok;
}

bool db_certificate_promote(struct db *db, const char *kiosk, const char *serial, GError **error)
{
    return db_run(db, error,
                  "UPDATE certificate SET state=CASE WHEN serial=?3 THEN 'CURRENT' ELSE 'OLD' END WHERE community=?1 AND kiosk=?2", "ss",
                  kiosk, serial) &&
           db_run(db, error, "UPDATE kiosk SET certificate=?3 WHERE community=?1 AND id=?2", "ss", kiosk, serial);
}

bool db_certificate_pem(struct db *db, const char *kiosk, const char *serial, char **pem, GError **error)
{
    return db_text(db, error, pem, "SELECT pem FROM certificate WHERE community=?1 AND kiosk=?2 AND serial=?3", "ss",
                   kiosk, serial);
}

GPtrArray *db_certificates_of(struct db *db, const char *kiosk, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT pem FROM certificate WHERE community=?1 AND kiosk=?2", "s", kiosk), error);
}

/* ---- Anchors ---- */

bool db_anchor_add(struct db *db, const struct anchor_row *anchor, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO anchor VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) ON CONFLICT DO NOTHING", "siibissssi",
                  anchor->kiosk, anchor->epoch, anchor->seq, anchor->hash, sizeof anchor->hash, anchor->at_ms,
                  anchor->serial, anchor->text, anchor->signature, anchor->state, now_ms);
}

bool db_anchors_settle(struct db *db, const char *kiosk, GError **error)
{
    return db_run(db, error,
                  "UPDATE anchor AS a SET state=CASE WHEN a.hash=e.hash THEN 'MATCH' ELSE 'MISMATCH' END FROM event e"
                  " WHERE a.community=?1 AND a.kiosk=?2 AND a.state='AHEAD' AND e.community=a.community"
                  " AND e.kiosk=a.kiosk AND e.epoch=a.epoch AND e.seq=a.seq",
                  "s", kiosk) &&
           (db_changes(db) == 0 ||
            db_run(db, error,
                   "UPDATE kiosk SET alarm=coalesce(alarm,'ANCHOR_MISMATCH') WHERE community=?1 AND id=?2 AND EXISTS("
                   "SELECT 1 FROM anchor WHERE community=?1 AND kiosk=?2 AND state='MISMATCH')",
                   "s", kiosk));
}

/* ---- Dead letters ---- */

bool db_letter_add(struct db *db, const struct event_row *event, const char *reason, const char *verdict,
                   int64_t now_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO deadletter VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO NOTHING",
                  "siibsbssi", event->kiosk, event->epoch, event->seq, event->hash, sizeof event->hash, event->id,
                  event->body, event->body_len, reason, verdict, now_ms);
}
