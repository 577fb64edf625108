/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/taps.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "model/staff.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static bool refuse(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

/* ---- Too many wrong answers ---- */

struct scope {
    char card[40], kiosk[40];
};

static struct scope scope_of(const char *kiosk, const char *card)
{
    struct scope scope;

    g_snprintf(scope.card, sizeof scope.card, "card:%s", card);
    g_snprintf(scope.kiosk, sizeof scope.kiosk, "kiosk:%s", kiosk);
    return scope;
}

static bool within(struct db *db, const char *scope, int64_t tries, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    int64_t count = 0, since_ms = 0;

    if (!db_failures(db, scope, now_ms - TAP_WINDOW_MS, &count, &since_ms, error))
        return false;
    if (count < tries)
        return true;
    refuse(refusal, 429, "PROOF_TRIES");
    refusal->retry_after_s = (unsigned)CLAMP((since_ms + TAP_WINDOW_MS - now_ms) / 1000 + 1, 1, TAP_WINDOW_MS / 1000);
    return false;
}

static bool may_try(struct db *db, const char *kiosk, const char *card, int64_t now_ms, struct tap_refusal *refusal,
                    GError **error)
{
    struct scope scope = scope_of(kiosk, card);

    return within(db, scope.card, TAP_CARD_TRIES, now_ms, refusal, error) &&
           within(db, scope.kiosk, TAP_KIOSK_TRIES, now_ms, refusal, error);
}

static bool count_failure(struct db *db, const char *kiosk, const char *card, int64_t now_ms, GError **error)
{
    struct scope scope = scope_of(kiosk, card != NULL ? card : "");

    return (card == NULL || db_failure_add(db, scope.card, now_ms - TAP_WINDOW_MS, now_ms, error)) &&
           db_failure_add(db, scope.kiosk, now_ms - TAP_WINDOW_MS, now_ms, error);
}

/* ---- The challenge ---- */

static bool card_fits(struct db *db, const char *card, struct tap_refusal *refusal, GError **error)
{
    struct tap_card row;
    bool ok = db_tap_card(db, card, &row, error);

    if (ok && row.number == NULL)
        ok = refuse(refusal, 422, "CARD_UNKNOWN");
    else if (ok && strcmp(row.state, "active") != 0)
        ok = refuse(refusal, 422, "CARD_CLOSED");
    db_tap_card_clear(&row);
    return ok;
}

static bool room(struct db *db, const struct tap_challenge *challenge, struct tap_refusal *refusal, GError **error)
{
    int64_t open = 0;

    if (!db_challenge_count(db, challenge->kiosk, challenge->made_ms - TAP_CHALLENGE_MS, &open, error))
        return false;
    if (open < TAP_CHALLENGES_MAX)
        return true;
    refuse(refusal, 429, "PROOF_TRIES");
    refusal->retry_after_s = TAP_CHALLENGE_MS / 1000;
    return false;
}

/* A refusal is kept, too: asking for cards that are not ours counts for the kiosk. */
static bool challenge_make(struct db *db, const struct tap_challenge *challenge, struct tap_refusal *refusal, GError **error)
{
    const char *kiosk = challenge->kiosk;
    int64_t now_ms = challenge->made_ms;

    if (!db_begin(db, true, error))
        return false;
    bool made = may_try(db, kiosk, challenge->card, now_ms, refusal, error) && room(db, challenge, refusal, error) &&
                card_fits(db, challenge->card, refusal, error) && db_challenge_add(db, challenge, error);
    bool keep = made || (refusal->status == 422 && count_failure(db, kiosk, NULL, now_ms, error));
    if (keep)
        return db_commit(db, error) && made;
    db_rollback(db);
    return false;
}

json_t *taps_challenge(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms,
                       struct tap_refusal *refusal, GError **error)
{
    struct tap_challenge challenge = {.made_ms = now_ms};
    char text[2 * TAP_CHALLENGE_SIZE + 1];
    uint8_t token[16];
    const char *card;

    memset(refusal, 0, sizeof *refusal);
    if (!wire_get_hex(request, "card_token", token, sizeof token) || !wire_get_string(request, "card_token", 32, &card)) {
        refuse(refusal, 400, "MALFORMED");
        return NULL;
    }
    g_strlcpy(challenge.kiosk, kiosk, sizeof challenge.kiosk);
    g_strlcpy(challenge.card, card, sizeof challenge.card);
    uuid7(now_ms, challenge.id);
    random_bytes(challenge.challenge, sizeof challenge.challenge);
    if (!challenge_make(platform->db, &challenge, refusal, error))
        return NULL;
    return json_pack("{s:s, s:s, s:i, s:I}", "id", challenge.id, "challenge",
                     wire_hex(challenge.challenge, sizeof challenge.challenge, text), "valid_ms", TAP_CHALLENGE_MS,
                     "server_time", (json_int_t)now_ms);
}

/* ---- The answer ---- */

/* The rightmost 16 digits of the number are the serial that keys are made of. */
static bool card_factors(const struct tap_card *card, uint8_t issuer[8], uint8_t serial[8])
{
    size_t len = strlen(card->number);

    return len >= 16 && cc_unhex(card->number + len - 16, serial, 8) == 8 && cc_unhex(card->issuer, issuer, 8) == 8;
}

/* Burns the challenge. Its card is told also when it came too late. */
static bool challenge_take(struct db *db, const char *kiosk, const char *id, int64_t now_ms, struct tap_challenge *out,
                           struct tap_refusal *refusal, GError **error)
{
    bool found = false, kept;

    if (!db_begin(db, true, error))
        return false;
    kept = db_challenge_take(db, id, kiosk, out, &found, error) && (found || count_failure(db, kiosk, NULL, now_ms, error));
    if (!kept) {
        db_rollback(db);
        return false;
    }
    if (!db_commit(db, error))
        return false;
    if (!found)
        return refuse(refusal, 409, "CHALLENGE_UNKNOWN");
    return now_ms - out->made_ms <= TAP_CHALLENGE_MS || refuse(refusal, 409, "CHALLENGE_OVER");
}

/* What the card has to say; asked of the keys outside of a transaction, since a token may keep us waiting. */
static bool expected_answer(struct platform *platform, const struct tap_challenge *challenge, uint8_t answer[8],
                            struct tap_refusal *refusal, GError **error)
{
    const struct purse_keys *keys = &platform->purse_keys;
    uint8_t issuer[8], serial[8];
    struct tap_card card;
    bool ok = db_begin(platform->db, false, error);

    if (!ok)
        return false;
    ok = db_tap_card(platform->db, challenge->card, &card, error);
    db_rollback(platform->db);
    ok = ok && (card.number != NULL || refuse(refusal, 422, "CARD_UNKNOWN")) &&
         (card_factors(&card, issuer, serial) || refuse(refusal, 422, "CARD_UNKNOWN"));
    db_tap_card_clear(&card);
    if (!ok)
        return false;
    switch (keys->prove(keys->ctx, issuer, serial, challenge->challenge, answer)) {
    case PURSE_KEYS_OK:
        return true;
    case PURSE_KEYS_UNKNOWN:
        return refuse(refusal, 503, "PROOF_CLOSED");
    case PURSE_KEYS_AWAY:
        return refuse(refusal, 503, "KEYS_AWAY");
    default:
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "a card's proof cannot be made");
        return false;
    }
}

static bool digest_of(const char *secret, uint8_t digest[32])
{
    uint8_t bytes[TAP_SECRET_SIZE];
    bool ok = secret != NULL && strlen(secret) == 2 * TAP_SECRET_SIZE && wire_unhex(secret, bytes, sizeof bytes) &&
              EVP_Digest(bytes, sizeof bytes, digest, NULL, EVP_sha256(), NULL) == 1;

    OPENSSL_cleanse(bytes, sizeof bytes);
    return ok;
}

/* Is it the card of somebody in the register who may be at this kiosk now? What they may do there is asked at each call. */
static bool staff_of(struct db *db, struct tap_session *session, GError **error)
{
    struct staff_row row;
    bool found = false;

    if (!db_staff_find(db, session->card, session->opened_ms, &row, &found, error))
        return false;
    if (found && staff_may(&row.staff, STAFF_PRESENT, session->kiosk, session->opened_ms) == LEDGER_OK)
        g_strlcpy(session->staff, row.staff.id, sizeof session->staff);
    return true;
}

static bool session_keep(struct db *db, struct tap_session *session, const uint8_t digest[32], struct tap_refusal *refusal,
                         GError **error)
{
    struct scope scope = scope_of(session->kiosk, session->card);

    return card_fits(db, session->card, refusal, error) && staff_of(db, session, error) &&
           db_failures_forget(db, scope.card, error) &&
           db_sessions_end(db, session->card, session->kiosk, session->staff[0] == '\0', session->opened_ms, error) &&
           db_session_add(db, digest, session, error);
}

/* One transaction: the session, or one more wrong answer. */
static bool settle(struct db *db, struct tap_session *session, const uint8_t digest[32], bool right, struct tap_refusal *refusal,
                   GError **error)
{
    if (!db_begin(db, true, error))
        return false;
    bool done = right ? session_keep(db, session, digest, refusal, error)
                      : count_failure(db, session->kiosk, session->card, session->opened_ms, error);
    if (!done) {
        db_rollback(db);
        return false;
    }
    return db_commit(db, error) && (right || refuse(refusal, 403, "PROOF_WRONG"));
}

static json_t *session_open(struct platform *platform, const struct tap_challenge *challenge, bool right, int64_t now_ms,
                            struct tap_refusal *refusal, GError **error)
{
    struct tap_session session = {.opened_ms = now_ms, .expires_ms = now_ms + TAP_SESSION_MS};
    uint8_t secret[TAP_SECRET_SIZE], digest[32];
    char text[TAP_SECRET_TEXT_SIZE];
    json_t *answer = NULL;

    random_bytes(secret, sizeof secret);
    wire_hex(secret, sizeof secret, text);
    g_strlcpy(session.kiosk, challenge->kiosk, sizeof session.kiosk);
    g_strlcpy(session.card, challenge->card, sizeof session.card);
    if (!digest_of(text, digest))
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "SHA-256 fails");
    else if (settle(platform->db, &session, digest, right, refusal, error))
        answer = json_pack("{s:s, s:b, s:i, s:I}", "session", text, "staff", session.staff[0] != '\0', "valid_ms",
                           TAP_SESSION_MS, "server_time", (json_int_t)now_ms);
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(text, sizeof text);
    return answer;
}

json_t *taps_open(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms, struct tap_refusal *refusal,
                  GError **error)
{
    struct tap_challenge challenge = {0};
    uint8_t given[8], expected[8] = {0};
    const char *id;
    json_t *answer = NULL;

    memset(refusal, 0, sizeof *refusal);
    if (!wire_get_string(request, "id", 36, &id) || !uuid_valid(id) || !wire_get_hex(request, "answer", given, sizeof given)) {
        refuse(refusal, 400, "MALFORMED");
        return NULL;
    }
    if (challenge_take(platform->db, kiosk, id, now_ms, &challenge, refusal, error) &&
        expected_answer(platform, &challenge, expected, refusal, error))
        answer = session_open(platform, &challenge, CRYPTO_memcmp(given, expected, sizeof given) == 0, now_ms, refusal, error);
    OPENSSL_cleanse(expected, sizeof expected);
    return answer;
}

/* ---- The session ---- */

bool taps_find(struct db *db, const char *kiosk, const char *secret, int64_t now_ms, struct tap_session *out, bool *found,
               GError **error)
{
    uint8_t digest[32];

    *found = false;
    return !digest_of(secret, digest) || db_session_find(db, digest, kiosk, now_ms, out, found, error);
}

bool taps_end(struct platform *platform, const char *kiosk, const char *secret, int64_t now_ms, GError **error)
{
    struct tap_session session;
    uint8_t digest[32];
    bool found = false;

    if (!digest_of(secret, digest))
        return true;
    if (!db_begin(platform->db, true, error))
        return false;
    if (db_session_find(platform->db, digest, kiosk, now_ms, &session, &found, error) &&
        (!found || db_session_end(platform->db, digest, now_ms, error)))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
