/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include <string.h>

bool db_kiosk_find(struct db *db, const char *id, struct kiosk_row *out, bool *found, GError **error)
{
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT id, place_zh, place_en, state, certificate, epoch, head_seq, chain_nonce, head_hash,"
                 " alarm, head_epoch FROM kiosk WHERE community=?1 AND id=?2",
                 "s", id);
    int step;

    memset(out, 0, sizeof *out);
    *found = false;
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step <= 0)
        return step == 0;
    db_copy_text(stmt, 0, out->id, sizeof out->id);
    db_copy_text(stmt, 1, out->place_zh, sizeof out->place_zh);
    db_copy_text(stmt, 2, out->place_en, sizeof out->place_en);
    db_copy_text(stmt, 3, out->state, sizeof out->state);
    db_copy_text(stmt, 4, out->certificate, sizeof out->certificate);
    out->epoch = db_col_int(stmt, 5);
    out->head_seq = db_col_int(stmt, 6);
    out->head_epoch = db_col_int(stmt, 10);
    /* Both are NULL until the first enrolment. */
    if (!db_col_null(stmt, 7))
        *found = db_copy_bytes(stmt, 7, out->chain_nonce, 32) && db_copy_bytes(stmt, 8, out->head_hash, 32);
    else
        *found = true;
    db_copy_text(stmt, 9, out->alarm, sizeof out->alarm);
    db_done(stmt);
    if (!*found)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a kiosk's chain head is damaged");
    return *found;
}

bool db_kiosk_still(struct db *db, const char *id, const char *certificate, struct kiosk_row *out, GError **error)
{
    bool found;

    if (!db_kiosk_find(db, id, out, &found, error))
        return false;
    if (found && strcmp(out->state, "REVOKED") == 0) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_KIOSK_REVOKED, "this kiosk was revoked");
        return false;
    }
    if (found && strcmp(out->state, "ENROLLED") == 0 && g_strcmp0(out->certificate, certificate) == 0)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_KIOSK_UNKNOWN, "this kiosk is not enrolled with this certificate");
    return false;
}

bool db_kiosk_add(struct db *db, const char *id, const char *place_zh, const char *place_en, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO kiosk(community, id, place_zh, place_en, state, epoch, head_seq) "
                  "VALUES(?1,?2,?3,?4,'NEW',0,0)",
                  "sss", id, place_zh, place_en);
}

bool db_kiosk_enrol(struct db *db, const struct kiosk_row *kiosk, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE kiosk SET state='ENROLLED', certificate=?3, alarm=NULL, enrolled_ms=?4"
                  " WHERE community=?1 AND id=?2",
                  "ssi", kiosk->id, kiosk->certificate, now_ms) &&
           db_epoch_open(db, kiosk, "enrolled", now_ms, error);
}

bool db_kiosk_head_set(struct db *db, const char *id, int64_t epoch, int64_t seq, const uint8_t hash[32], int64_t now_ms,
                       GError **error)
{
    return db_run(db, error,
                  "UPDATE kiosk SET head_epoch=?3, head_seq=?4, head_hash=?5, seen_ms=?6 WHERE community=?1 AND id=?2",
                  "siibi", id, epoch, seq, hash, (size_t)32, now_ms);
}

/* The first alarm stays: it is the one to look into. */
bool db_kiosk_alarm_set(struct db *db, const char *id, const char *alarm, GError **error)
{
    return db_run(db, error, "UPDATE kiosk SET alarm=coalesce(alarm, ?3) WHERE community=?1 AND id=?2", "ss",
                  id, alarm);
}

bool db_kiosk_revoke(struct db *db, const char *id, GError **error)
{
    return db_run(db, error, "UPDATE kiosk SET state='REVOKED' WHERE community=?1 AND id=?2", "s", id);
}

static json_t *text_or_null(struct db_rows *stmt, int column)
{
    const char *text = db_col_text(stmt, column);

    return text != NULL ? json_string(text) : json_null();
}

static json_t *int_or_null(struct db_rows *stmt, int column)
{
    return db_col_null(stmt, column)
               ? json_null()
               : json_integer(db_col_int(stmt, column));
}

json_t *db_kiosks(struct db *db, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT id, place_zh, state, epoch, head_seq, alarm, enrolled_ms, seen_ms,"
                                  " (SELECT count(*) FROM event e INDEXED BY event_refused WHERE e.community=k.community AND "
                                  "e.kiosk=k.id AND e.verdict<>'accepted')"
                                  " FROM kiosk k WHERE community=?1 ORDER BY id",
                                  "");
    json_t *kiosks;
    int step;

    if (stmt == NULL)
        return NULL;
    kiosks = json_array();
    while ((step = db_next(db, stmt, error)) > 0)
        json_array_append_new(
            kiosks,
            json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:I}", "id", db_col_text(stmt, 0),
                      "place_zh", db_col_text(stmt, 1), "state", db_col_text(stmt, 2),
                      "epoch", (json_int_t)db_col_int(stmt, 3), "head_seq",
                      (json_int_t)db_col_int(stmt, 4), "alarm", text_or_null(stmt, 5),
                      "enrolled_ms", int_or_null(stmt, 6), "seen_ms", int_or_null(stmt, 7), "refused",
                      (json_int_t)db_col_int(stmt, 8)));
    if (step == 0)
        return kiosks;
    json_decref(kiosks);
    return NULL;
}

/* ---- Enrolment codes: one a kiosk, the newest ---- */

bool db_code_set(struct db *db, const char *kiosk, const struct code_row *code, GError **error)
{
    return db_run(
        db, error,
        "INSERT INTO enrol_code VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, kiosk) DO UPDATE SET salt=excluded.salt,"
        " digest=excluded.digest, expires_ms=excluded.expires_ms, tries_left=excluded.tries_left",
        "sbbii", kiosk, code->salt, sizeof code->salt, code->digest, sizeof code->digest, code->expires_ms,
        code->tries_left);
}

bool db_code_find(struct db *db, const char *kiosk, struct code_row *out, bool *found, GError **error)
{
    struct db_rows *stmt = db_query(
        db, error,
        "SELECT salt, digest, expires_ms, tries_left FROM enrol_code WHERE community=?1 AND kiosk=?2", "s",
        kiosk);
    int step;

    *found = false;
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step <= 0)
        return step == 0;
    *found = db_copy_bytes(stmt, 0, out->salt, sizeof out->salt) &&
             db_copy_bytes(stmt, 1, out->digest, sizeof out->digest);
    out->expires_ms = db_col_int(stmt, 2);
    out->tries_left = db_col_int(stmt, 3);
    db_done(stmt);
    return true;
}

bool db_code_delete(struct db *db, const char *kiosk, GError **error)
{
    return db_run(db, error, "DELETE FROM enrol_code WHERE community=?1 AND kiosk=?2", "s", kiosk);
}
