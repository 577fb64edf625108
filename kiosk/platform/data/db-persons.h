/* SPDX-License-Identifier: Apache-2.0 */
/** Taps that proved their card, what they may read, and who read what. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_PERSONS_H
#define PLATFORM_DB_PERSONS_H

#include <jansson.h>
#include "model/purpose.h"
#include "platform/data/db.h"

/* ---- db-taps.c ---- */
#define TAP_CHALLENGE_SIZE 8
struct tap_challenge {
    char id[37], kiosk[32], card[33];
    uint8_t challenge[TAP_CHALLENGE_SIZE];
    int64_t made_ms;
};
/** Takes away what this kiosk had asked this card before. */
bool db_challenge_add(struct db *db, const struct tap_challenge *challenge, GError **error);
bool db_challenge_count(struct db *db, const char *kiosk, int64_t from_ms, int64_t *count, GError **error);
/** Found and gone: each is good for one answer. Only its own kiosk finds it. */
bool db_challenge_take(struct db *db, const char *id, const char *kiosk, struct tap_challenge *out, bool *found,
                       GError **error);

/** What a card's keys are made of: g_free number and issuer; `state` as in the table card. number NULL: no such card. */
struct tap_card {
    char *number, *issuer, *state;
    int64_t person;
};
bool db_tap_card(struct db *db, const char *token, struct tap_card *out, GError **error);
void db_tap_card_clear(struct tap_card *card);

/** Wrong answers of a scope ("card:TOKEN", "kiosk:ID") since its window began; 0 when that is over. */
bool db_failures(struct db *db, const char *scope, int64_t window_from_ms, int64_t *count, int64_t *since_ms, GError **error);
bool db_failure_add(struct db *db, const char *scope, int64_t window_from_ms, int64_t now_ms, GError **error);
bool db_failures_forget(struct db *db, const char *scope, GError **error);

struct tap_session {
    char kiosk[32], card[33], staff[33]; /* staff: id in the register, "" a resident */
    int64_t opened_ms, expires_ms, person;
};
bool db_session_add(struct db *db, const uint8_t digest[32], const struct tap_session *session, GError **error);
/** Open ones of the card anywhere and, `residents_too`, of every resident at this kiosk. */
bool db_sessions_end(struct db *db, const char *card, const char *kiosk, bool residents_too, int64_t now_ms, GError **error);
bool db_session_end(struct db *db, const uint8_t digest[32], int64_t now_ms, GError **error);
/** Open, at this kiosk, and its card in use. */
bool db_session_find(struct db *db, const uint8_t digest[32], const char *kiosk, int64_t now_ms, struct tap_session *out,
                     bool *found, GError **error);

/* ---- db-access.c ---- */
#define ACCESS_CASE_MAX 64
struct access {
    const char *actor; /* id of the register, "self", or a command of the platform */
    const char *role;  /* resident, clerk, leader, operator, auditor */
    int64_t person;    /* −1: many */
    unsigned fields;
    enum purpose purpose;
    const char *case_id, *kiosk; /* "" none */
};
/** One more row, for a reading in the same transaction. */
bool db_access_add(struct db *db, const struct access *access, int64_t now_ms, GError **error);
/** Rows older than `before` (newest first) of a person, −1 of all. New reference. */
json_t *db_access_rows(struct db *db, int64_t person, int64_t before, int64_t limit, GError **error);
/** The same without what the person looked at, and with where it was: place_zh, place_en. New reference. */
json_t *db_access_others(struct db *db, int64_t person, int64_t before, int64_t limit, GError **error);
/** How often the person looked, and when last: {times, last_ms}. New reference. */
json_t *db_access_own(struct db *db, int64_t person, GError **error);
/** How many different persons this actor looked at since then. */
bool db_access_persons(struct db *db, const char *actor, int64_t from_ms, int64_t *count, GError **error);

/* ---- db-snapshot.c: members of a snapshot; NULL on error ---- */
/** In full: db_secret_free() it. */
char *db_person_name(struct db *db, int64_t person, GError **error);
json_t *db_snapshot_name(struct db *db, int64_t person, GError **error);
json_t *db_snapshot_card(struct db *db, const char *token, GError **error);
json_t *db_snapshot_holds(struct db *db, const char *token, int64_t now_ms, int64_t limit, GError **error);
json_t *db_snapshot_bills(struct db *db, const char *token, int64_t limit, GError **error);
/** Accounts with billers, each once. */
json_t *db_snapshot_accounts(struct db *db, const char *token, GError **error);
json_t *db_snapshot_attendance(struct db *db, const char *token, int64_t limit, GError **error);
/** Entries before the place (at_ms, txn, line), newest first. */
struct entry_place {
    int64_t at_ms;
    char txn[37];
    int64_t line;
};
json_t *db_snapshot_entries(struct db *db, const char *token, const struct entry_place *before, int64_t limit, GError **error);

#endif
