/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include <string.h>

bool db_event_find(struct db *db, const char *kiosk, int64_t epoch, int64_t seq, struct event_found *out,
                   GError **error)
{
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT id, hash, verdict, code FROM event WHERE community=?1 AND kiosk=?2 AND epoch=?3"
                 " AND seq=?4",
                 "sii", kiosk, epoch, seq);
    int step;

    memset(out, 0, sizeof *out);
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step <= 0)
        return step == 0;
    out->found = db_copy_bytes(stmt, 1, out->hash, sizeof out->hash);
    db_copy_text(stmt, 0, out->id, sizeof out->id);
    db_copy_text(stmt, 2, out->verdict, sizeof out->verdict);
    db_copy_text(stmt, 3, out->code, sizeof out->code);
    db_done(stmt);
    return true;
}

bool db_event_id_taken(struct db *db, const char *id, bool *taken, GError **error)
{
    int64_t count;
    bool ok =
        db_int(db, error, 0, &count,
               "SELECT count(*) FROM event WHERE community=?1 AND id=?2 AND verdict='accepted'", "s", id);

    *taken = count > 0;
    return ok;
}

bool db_event_add(struct db *db, const struct event_row *event, const char *verdict, const char *code,
                  int64_t now_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO event VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", "siisbbsssi",
                  event->kiosk, event->epoch, event->seq, event->id, event->prev, sizeof event->prev,
                  event->hash, sizeof event->hash, event->text, verdict, code, now_ms);
}

bool db_refusal_add(struct db *db, const struct event_row *event, const char *code, int64_t now_ms,
                    GError **error)
{
    return db_run(db, error, "INSERT INTO refusal VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO NOTHING",
                  "siibsssi", event->kiosk, event->epoch, event->seq, event->hash, sizeof event->hash,
                  event->id, event->text, code, now_ms);
}
