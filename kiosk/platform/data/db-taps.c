/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-persons.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-rows.h"
#include <string.h>

/* ---- Challenges ---- */

bool db_challenge_add(struct db *db, const struct tap_challenge *c, GError **error)
{
    return db_run(db, error, "DELETE FROM tap_challenge WHERE community=?1 AND kiosk=?2 AND card=?3", "ss", c->kiosk, c->card) &&
           db_run(db, error, "INSERT INTO tap_challenge VALUES(?1,?2,?3,?4,?5,?6)", "sssbi", c->id, c->kiosk, c->card,
                  c->challenge, sizeof c->challenge, c->made_ms);
}

bool db_challenge_count(struct db *db, const char *kiosk, int64_t from_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM tap_challenge WHERE community=?1 AND kiosk=?2 AND made_ms>=?3", "si",
                  kiosk, from_ms);
}

static bool challenge_read(struct db_rows *row, void *into)
{
    struct tap_challenge *out = into;

    db_copy_text(row, 0, out->id, sizeof out->id);
    db_copy_text(row, 1, out->kiosk, sizeof out->kiosk);
    db_copy_text(row, 2, out->card, sizeof out->card);
    out->made_ms = db_col_int(row, 4);
    return db_copy_bytes(row, 3, out->challenge, sizeof out->challenge);
}

bool db_challenge_take(struct db *db, const char *id, const char *kiosk, struct tap_challenge *out, bool *found,
                       GError **error)
{
    static const struct db_reader ROW = {challenge_read, sizeof *out, "a challenge"};
    struct db_rows *rows = db_query(
        db, error, "SELECT id, kiosk, card, challenge, made_ms FROM tap_challenge WHERE community=?1 AND id=?2 AND kiosk=?3", "ss",
        id, kiosk);

    return db_first(db, rows, &ROW, out, found, error) &&
           (!*found || db_run(db, error, "DELETE FROM tap_challenge WHERE community=?1 AND id=?2", "s", id));
}

/* ---- The card ---- */

bool db_tap_card(struct db *db, const char *token, struct tap_card *out, GError **error)
{
    struct db_rows *rows =
        db_query(db, error, "SELECT number, issuer, " DB_CARD_STATE("card") ", person FROM card WHERE community=?1 AND token=?2", "s", token);
    int step = rows != NULL ? db_next(db, rows, error) : -1;
    bool ok = step == 0;

    memset(out, 0, sizeof *out);
    if (step == 1) {
        ok = db_col_unsealed(db, rows, 0, "card.number", token, &out->number, error);
        out->issuer = g_strdup(db_col_text(rows, 1));
        out->state = g_strdup(db_col_text(rows, 2));
        out->person = db_col_int(rows, 3);
        db_done(rows);
    }
    return ok;
}

void db_tap_card_clear(struct tap_card *card)
{
    db_secret_free(card->number);
    g_free(card->issuer);
    g_free(card->state);
    memset(card, 0, sizeof *card);
}

/* ---- Wrong answers ---- */

bool db_failures(struct db *db, const char *scope, int64_t window_from_ms, int64_t *count, int64_t *since_ms, GError **error)
{
    return db_int(db, error, 0, count, "SELECT failures FROM tap_failure WHERE community=?1 AND scope=?2 AND since_ms>=?3", "si",
                  scope, window_from_ms) &&
           db_int(db, error, 0, since_ms, "SELECT since_ms FROM tap_failure WHERE community=?1 AND scope=?2", "s", scope);
}

bool db_failure_add(struct db *db, const char *scope, int64_t window_from_ms, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO tap_failure VALUES(?1,?2,1,?4) ON CONFLICT(community, scope) DO UPDATE SET"
                  " failures=CASE WHEN tap_failure.since_ms<?3 THEN 1 ELSE tap_failure.failures+1 END,"
                  " since_ms=CASE WHEN tap_failure.since_ms<?3 THEN excluded.since_ms ELSE tap_failure.since_ms END",
                  "sii", scope, window_from_ms, now_ms);
}

bool db_failures_forget(struct db *db, const char *scope, GError **error)
{
    return db_run(db, error, "DELETE FROM tap_failure WHERE community=?1 AND scope=?2", "s", scope);
}

/* ---- Sessions ---- */

bool db_session_add(struct db *db, const uint8_t digest[32], const struct tap_session *s, GError **error)
{
    return db_run(db, error, "INSERT INTO tap_session VALUES(?1,?2,?3,?4,?5,?6,?7,0)", "bsssii", digest, (size_t)32, s->kiosk,
                  s->card, s->staff, s->opened_ms, s->expires_ms);
}

bool db_sessions_end(struct db *db, const char *card, const char *kiosk, bool residents_too, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE tap_session SET ended_ms=?3 WHERE community=?1 AND card=?2 AND ended_ms=0", "si", card,
                  now_ms) &&
           (!residents_too ||
            db_run(db, error, "UPDATE tap_session SET ended_ms=?3 WHERE community=?1 AND kiosk=?2 AND ended_ms=0 AND staff=''",
                   "si", kiosk, now_ms));
}

bool db_session_end(struct db *db, const uint8_t digest[32], int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE tap_session SET ended_ms=?3 WHERE community=?1 AND digest=?2 AND ended_ms=0", "bi", digest,
                  (size_t)32, now_ms);
}

static bool session_read(struct db_rows *row, void *into)
{
    struct tap_session *out = into;

    db_copy_text(row, 0, out->kiosk, sizeof out->kiosk);
    db_copy_text(row, 1, out->card, sizeof out->card);
    db_copy_text(row, 2, out->staff, sizeof out->staff);
    out->opened_ms = db_col_int(row, 3);
    out->expires_ms = db_col_int(row, 4);
    out->person = db_col_int(row, 5);
    return true;
}

bool db_session_find(struct db *db, const uint8_t digest[32], const char *kiosk, int64_t now_ms, struct tap_session *out,
                     bool *found, GError **error)
{
    static const struct db_reader ROW = {session_read, sizeof *out, "a session"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT s.kiosk, s.card, s.staff, s.opened_ms, s.expires_ms, c.person FROM tap_session s JOIN card c"
                             " ON c.community=s.community AND c.token=s.card WHERE s.community=?1 AND s.digest=?2 AND s.kiosk=?3"
                             " AND s.ended_ms=0 AND s.expires_ms>?4 AND c.state='active'",
                             "bsi", digest, (size_t)32, kiosk, now_ms),
                    &ROW, out, found, error);
}
