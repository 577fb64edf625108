/* SPDX-License-Identifier: Apache-2.0 */
/** What is not kept for ever, and who asked for what another has to confirm. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_RETENTION_H
#define PLATFORM_DB_RETENTION_H

#include <jansson.h>
#include "platform/data/db.h"

/* ---- db-retention.c ---- */
enum kept {
    KEPT_CHALLENGE,
    KEPT_FAILURE,
    KEPT_SESSION,
    KEPT_ANSWER,
    KEPT_LETTER,
    KEPT_CODE,
    KEPT_ACCESS,
    KEPT_READER, /* who confirmed an urgent notice */
    KEPT_FILE,   /* that nothing uses */
    KEPT_PHOTO,  /* of a ticket */
    KEPT_PERSON, /* names, numbers and addresses of who left */
    KEPTS
};
/** How many are older. */
bool db_kept_count(struct db *db, enum kept kept, int64_t before_ms, int64_t *count, GError **error);
/** Take away at most `limit` that are older; *gone how many. Of KEPT_PERSON: see db_person_erase(). */
bool db_kept_delete(struct db *db, enum kept kept, int64_t before_ms, int64_t limit, int64_t *gone, GError **error);
/** One person who left before and is not erased yet; −1 none. */
bool db_person_left_next(struct db *db, int64_t before_ms, int64_t *person, GError **error);
/**
 * What names this person is overwritten, what only says how much was paid and when stays. The address of a household goes with the
 * last of its people. *open: there is a payment of theirs that is not settled; nothing was done.
 */
bool db_person_erase(struct db *db, int64_t person, int64_t now_ms, bool *open, GError **error);
/** What lies below this is done with: rows of `access_log` may go, `seat` and `activity` were told to be gone. It only rises. */
bool db_floor_rise(struct db *db, const char *kind, int64_t before_ms, GError **error);
/** *why: NULL, or what stands against it (a literal). */
bool db_person_may_leave(struct db *db, int64_t person, const char **why, GError **error);
bool db_person_left(struct db *db, int64_t person, bool *left, GError **error);
bool db_person_left_add(struct db *db, int64_t person, const char *const by[2], const char *reason, int64_t now_ms, GError **error);

/* ---- db-pending.c ---- */
struct pending_action {
    char id[37], kind[32], subject[64], data[64], asked_by[33], state[16];
    char reason[256];
    int64_t asked_ms, expires_ms;
};
bool db_pending_add(struct db *db, const struct pending_action *action, GError **error);
bool db_pending_find(struct db *db, const char *id, struct pending_action *out, bool *found, GError **error);
/** DONE, WITHDRAWN or EXPIRED. */
bool db_pending_end(struct db *db, const char *id, const char *state, const char *by, int64_t now_ms, GError **error);
bool db_pending_same(struct db *db, const struct pending_action *action, int64_t *count, GError **error);
/** Withdraw what waits for the same. */
bool db_pending_overtake(struct db *db, const char *kind, const char *subject, const char *by, int64_t now_ms, GError **error);
/** All that wait whose time is over. */
bool db_pending_expire(struct db *db, int64_t now_ms, GError **error);
/** The newest first, `open_only` those that wait. New reference. */
json_t *db_pending_rows(struct db *db, bool open_only, int64_t limit, GError **error);

#endif
