/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-authorities.h"

#define ROW   "all"
#define PLACE "authorities.sealed"

bool db_authorities_version(struct db *db, int64_t *version, GError **error)
{
    return db_int(db, error, 0, version, "SELECT version FROM authorities WHERE community=?1 AND id=?2", "s", ROW);
}

bool db_authorities_get(struct db *db, char **text, GError **error)
{
    struct db_rows *rows = db_query(db, error, "SELECT sealed FROM authorities WHERE community=?1 AND id=?2", "s", ROW);
    int step = rows != NULL ? db_next(db, rows, error) : -1;

    *text = NULL;
    if (step <= 0)
        return step == 0;
    bool opened = db_col_unsealed(db, rows, 0, PLACE, ROW, text, error);
    db_done(rows);
    return opened;
}

bool db_authorities_set(struct db *db, int64_t version, const char *text, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO authorities(community, id, version, sealed) VALUES(?1,?2,?3,?4) ON CONFLICT(community, id) DO UPDATE SET"
                  " version=excluded.version, sealed=excluded.sealed",
                  "sip", ROW, version, PLACE, ROW, text);
}

bool db_kiosk_authorities_get(struct db *db, const char *kiosk, int64_t *version, GError **error)
{
    return db_int(db, error, 0, version, "SELECT version FROM kiosk_authorities WHERE community=?1 AND kiosk=?2", "s", kiosk);
}

bool db_kiosk_authorities_set(struct db *db, const char *kiosk, int64_t version, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO kiosk_authorities(community, kiosk, version, told_ms) VALUES(?1,?2,?3,?4) ON CONFLICT(community, kiosk)"
                  " DO UPDATE SET version=excluded.version, told_ms=excluded.told_ms",
                  "sii", kiosk, version, now_ms);
}

static bool kiosk_read(struct db_rows *row, void *out)
{
    struct kiosk_authorities *kiosk = out;

    db_copy_text(row, 0, kiosk->id, sizeof kiosk->id);
    kiosk->version = db_col_int(row, 1);
    kiosk->seen_ms = db_col_int(row, 2);
    db_copy_text(row, 3, kiosk->pem, sizeof kiosk->pem);
    return true;
}

GArray *db_kiosks_authorities(struct db *db, GError **error)
{
    static const struct db_reader reader = {kiosk_read, sizeof(struct kiosk_authorities), "a kiosk's authorities"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT k.id, coalesce(a.version, 0), coalesce(k.seen_ms, 0), coalesce(c.pem, '') FROM kiosk k"
                             " LEFT JOIN kiosk_authorities a ON a.community=k.community AND a.kiosk=k.id"
                             " LEFT JOIN certificate c ON c.community=k.community AND c.kiosk=k.id AND c.serial=k.certificate"
                             " WHERE k.community=?1 AND k.state='ENROLLED' ORDER BY k.id",
                             ""),
                    &reader, error);
}
