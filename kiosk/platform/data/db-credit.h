/* SPDX-License-Identifier: Apache-2.0 */
/** The books of volunteer credit in the platform's database. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_CREDIT_H
#define PLATFORM_DB_CREDIT_H

#include "model/balance.h"
#include "model/credit.h"
#include "model/hours.h"
#include "model/lot.h"
#include "platform/data/db.h"

/* ---- Who it is about ---- */
struct credit_person {
    bool found;
    uint32_t birth;
    int64_t household;
    bool frozen; /* the card is not active */
    bool hardship;
    unsigned stars;
};
/** Of a row whose first columns are a person's id and `born`. */
bool db_birth_read(struct db *db, struct db_rows *stmt, uint32_t *out, GError **error);
bool db_credit_person(struct db *db, const char *token, struct credit_person *out, GError **error);
bool db_volunteer_set(struct db *db, const char *token, bool hardship, unsigned stars, GError **error);

/* ---- Transactions ---- */
bool db_credit_txn_taken(struct db *db, const char *id, bool *taken, GError **error);
/** With its entries, and closed. `kiosk` NULL: the platform's own. */
bool db_credit_txn_add(struct db *db, const struct ledger_txn *txn, const char *kiosk, int64_t seq, int64_t now_ms,
                       unsigned flags, GError **error);
bool db_credit_txn_find(struct db *db, const char *id, struct ledger_txn *out, bool *found, GError **error);
/** Did this kiosk tell of it? */
bool db_credit_written_at(struct db *db, const char *id, const char *kiosk, bool *here, GError **error);
bool db_credit_reversed(struct db *db, const char *id, bool *reversed, GError **error);
/** What the platform made out of this one (coins and points of hours, what a fund covered), not undone yet; "" none. */
bool db_credit_derived(struct db *db, const char *id, char out[37], GError **error);
/** Coins that went from one person to the other since then. */
bool db_credit_gifts(struct db *db, const char *from, const char *to, int64_t since_ms, int64_t *count, GError **error);

/* ---- Balances, lots, holds ---- */
bool db_credit_balance(struct db *db, const char *account, enum book book, int64_t *out, GError **error);
/** GArray of struct lot, all that hold something. */
GArray *db_credit_lots(struct db *db, const char *account, enum book book, GError **error);
bool db_credit_lot_open(struct db *db, const char *account, enum book book, const char *txn, const struct lot *lot,
                        GError **error);
/** What a transaction took from lots by the day they end, the soonest first: GArray of struct lot, without ids. */
GArray *db_credit_given(struct db *db, const char *txn, enum book book, GError **error);
/** Take (below 0: give back) and remember by which transaction. */
bool db_credit_lot_use(struct db *db, const char *txn, const char *account, enum book book, const char *lot,
                       int64_t amount, GError **error);
struct credit_use {
    char lot[41];
    int64_t amount;
};
/** GArray of struct credit_use of one transaction. */
GArray *db_credit_uses(struct db *db, const char *txn, const char *account, enum book book, GError **error);
/** The latest end of the account's lots, 0 never or none. */
bool db_credit_last_end(struct db *db, const char *account, enum book book, int64_t *out, GError **error);
/** GPtrArray of "ACCOUNT|BOOK" with lots that ended and hold something. */
GPtrArray *db_credit_ended(struct db *db, uint32_t today, GError **error);

/** `kiosk`: whose it is. */
bool db_credit_hold_find(struct db *db, const char *id, struct ledger_hold *out, char kiosk[32], bool *found, GError **error);
/** How many are open of the account, in all books. */
bool db_credit_holds_open(struct db *db, const char *account, int64_t now_ms, int64_t *out, GError **error);
/** Two of the staff ended it. */
bool db_credit_hold_ended(struct db *db, const char *id, char **by, const char *reason, int64_t now_ms, GError **error);
/**
 * Hours on paper that count, of the day and the month of `at_ms`: of the account, and by the member of staff whose id and token
 * these are. *received: of the account, told since the platform's own month began.
 */
bool db_credit_paper(struct db *db, const char *account, const char *const staff[2], int64_t at_ms, int64_t now_ms,
                     struct paper_use *out, int64_t *received_min, GError **error);
bool db_credit_hold_put(struct db *db, const struct ledger_hold *hold, const char *kiosk, GError **error);
/** Open holds of the account, but for `except`. */
bool db_credit_held(struct db *db, const char *account, enum book book, const char *except, int64_t now_ms, int64_t *out,
                    GError **error);
bool db_credit_holds_expire(struct db *db, int64_t now_ms, GError **error);

/** All of it as kiosks are told; known false: there is nothing. */
bool db_credit_snapshot(struct db *db, const char *token, int64_t now_ms, struct balance *out, bool *known, GError **error);

/* ---- Attendance ---- */
struct attendance_row {
    char id[37], kiosk[32], token[33], slot[33];
    struct attendance times;
    int64_t minutes;
    uint32_t public_until;
};
/** Also by an id that was added to it: `out` has its first one. */
bool db_attendance_find(struct db *db, const char *id, struct attendance_row *out, bool *found, GError **error);
bool db_attendance_put(struct db *db, const struct attendance_row *row, GError **error);
/** The open one of the same kiosk and slot that this card has of the one in whose place it is: g_free, NULL without error: none. */
bool db_attendance_begun(struct db *db, const struct attendance_row *row, char **id, GError **error);
/** One more id of it. */
bool db_attendance_also(struct db *db, const char *id, const char *attendance, GError **error);
/** The last of the ids that were added to it: g_free, NULL without error: none was. */
bool db_attendance_last_id(struct db *db, const char *attendance, char **id, GError **error);
bool db_attendance_overlaps(struct db *db, const struct attendance_row *row, bool *overlaps, GError **error);
/** Minutes confirmed for attendances that began in [from_ms, to_ms). */
bool db_attendance_minutes(struct db *db, const char *token, int64_t from_ms, int64_t to_ms, int64_t *out, GError **error);
/** Minutes of the card's attendances that are in dispute. */
bool db_attendance_disputed(struct db *db, const char *token, int64_t *out, GError **error);
/** Ids, GPtrArray: in this state whose publicity ended, or (IN) whose slot is long over. */
GPtrArray *db_attendance_due(struct db *db, enum attendance_state state, uint32_t today, int64_t now_ms, GError **error);

/* ---- Quotas ---- */
/** The rule of a kiosk ("*": of all that have none of their own). limit below 0: take the rule away. */
bool db_quota_policy_set(struct db *db, const char *kiosk, const struct quota *quota, GError **error);
bool db_quota_policies(struct db *db, const char *kiosk, struct quota_set *out, GError **error);
bool db_quota_policy_changed(struct db *db, const char *kiosk, int64_t *changed_ms, GError **error);
bool db_quota_add(struct db *db, const struct quota_set *set, const char *payload, const char *signature,
                  const char *key_id, GError **error);
/** version 0: there is none; ask with 0 for the newest. */
bool db_quota_find(struct db *db, const char *kiosk, int64_t version, struct quota_set *out, GError **error);
/** Does the newest one let anybody spend? Not when there is none, or it takes all back. */
bool db_quota_spends(struct db *db, const char *kiosk, bool *spends, GError **error);
/** The newest envelope, new reference; NULL without error: none. */
json_t *db_quota_envelope(struct db *db, const char *kiosk, GError **error);
/** Where in a kiosk's journal, and when. */
struct quota_place {
    int64_t epoch, seq, at_ms;
};
/** Versions below `below` are closed to what is written behind this place. `why`: taken, enrolled, revoked (schema-quota.c). Once. */
bool db_quota_over(struct db *db, const char *kiosk, int64_t below, const char *why, const struct quota_place *from, GError **error);
/** Which versions of this kiosk are closed to some of what it writes: all below this; 0 none. */
bool db_quota_below(struct db *db, const char *kiosk, int64_t *below, GError **error);
/** Every kiosk is due for a new version. */
bool db_quota_renew(struct db *db, int64_t now_ms, GError **error);
/** Is a version closed to what the kiosk wrote at this place? Not to what is salvaged of a damaged disk and was spent in its time. */
bool db_quota_closed(struct db *db, const char *kiosk, int64_t version, const struct quota_place *at, bool *closed, GError **error);
/** [{kiosk, payload}] of those handed out since that are not closed; new reference. */
json_t *db_quota_open(struct db *db, int64_t since_ms, GError **error);
bool db_quota_used(struct db *db, const char *kiosk, int64_t version, const struct quota *quota, const char *account,
                   struct quota_use *out, GError **error);

/** Names the first rule of the books that does not hold; g_free. NULL and no error: all hold. */
char *db_credit_broken(struct db *db, GError **error);
/** Accounts and flagged transactions, for people and programs. New reference. */
json_t *db_credit_report(struct db *db, GError **error);

#endif
