/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include "sync/wire.h"
#include <string.h>

bool db_epoch_open(struct db *db, const struct kiosk_row *kiosk, const char *reason, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO kiosk_epoch(community,kiosk,epoch,nonce,opened_ms,reason) VALUES(?1,?2,?3,?4,?5,?6)",
                  "sibis", kiosk->id, kiosk->epoch, kiosk->chain_nonce, (size_t)32, now_ms, reason) &&
           db_run(db, error,
                  "UPDATE kiosk SET epoch=?3, chain_nonce=?4, head_hash=CASE WHEN head_seq=0 THEN ?4 ELSE head_hash END"
                  " WHERE community=?1 AND id=?2",
                  "sib", kiosk->id, kiosk->epoch, kiosk->chain_nonce, (size_t)32);
}

bool db_epoch_note(struct db *db, const char *kiosk, int64_t epoch, const uint8_t nonce[32], int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO kiosk_epoch(community,kiosk,epoch,nonce,opened_ms,reason) VALUES(?1,?2,?3,?4,?5,'platform_restored')", "sibi",
                  kiosk, epoch, nonce, (size_t)32, now_ms);
}

bool db_epoch_nonce(struct db *db, const char *kiosk, int64_t epoch, uint8_t nonce[32], bool *found, GError **error)
{
    struct db_rows *stmt = db_query(db, error, "SELECT nonce FROM kiosk_epoch WHERE community=?1 AND kiosk=?2 AND epoch=?3",
                                  "si", kiosk, epoch);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    *found = step > 0 && db_copy_bytes(stmt, 0, nonce, 32);
    if (step > 0)
        db_done(stmt);
    return step >= 0;
}

bool db_epoch_begin(struct db *db, const char *kiosk, int64_t epoch, int64_t first_seq, int64_t lost, GError **error)
{
    db_touches(db, NULL, NULL); /* its nonce stays */
    return db_run(db, error,
                  "UPDATE kiosk_epoch SET first_seq=?4, lost=?5 WHERE community=?1 AND kiosk=?2 AND epoch=?3", "siii",
                  kiosk, epoch, first_seq, lost);
}

/* ---- A kiosk's own rows, back to it ---- */

static json_t *row_json(struct db_rows *stmt)
{
    uint8_t prev[32], hash[32];
    char prev_hex[65], hash_hex[65];
    const char *code = db_col_text(stmt, 7);

    if (!db_copy_bytes(stmt, 3, prev, 32) || !db_copy_bytes(stmt, 4, hash, 32))
        return NULL;
    json_t *row = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)db_col_int(stmt, 0),
                            "seq", (json_int_t)db_col_int(stmt, 1), "id", db_col_text(stmt, 2), "prev",
                            wire_hex(prev, 32, prev_hex), "hash", wire_hex(hash, 32, hash_hex), "body",
                            db_col_text(stmt, 5), "verdict", db_col_text(stmt, 6));
    if (row != NULL && code != NULL && *code != '\0')
        json_object_set_new(row, "code", json_string(code));
    return row;
}

json_t *db_events_after(struct db *db, const char *kiosk, int64_t epoch, int64_t after, int64_t limit, size_t bytes_max,
                        bool *more, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT epoch,seq,id,prev,hash,body,verdict,code FROM event WHERE community=?1 AND "
                                  "kiosk=?2 AND (epoch,seq)>(?3,?4) ORDER BY epoch,seq LIMIT ?5",
                                  "siii", kiosk, epoch, after, limit + 1);
    json_t *rows = json_array(), *row = NULL;
    size_t bytes = 0;
    int step = 0;

    *more = false;
    while (stmt != NULL && (step = db_next(db, stmt, error)) > 0) {
        bytes += (size_t)db_col_len(stmt, 5);
        *more = (int64_t)json_array_size(rows) == limit || (json_array_size(rows) > 0 && bytes > bytes_max);
        if (*more || (row = row_json(stmt)) == NULL || json_array_append_new(rows, row) != 0)
            break;
    }
    if (step > 0)
        db_done(stmt);
    if (stmt != NULL && (step == 0 || *more))
        return rows;
    if (stmt != NULL && step > 0)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a stored event cannot be read");
    json_decref(rows);
    return NULL;
}
