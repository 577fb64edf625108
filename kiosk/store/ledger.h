/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The books as this kiosk knows them: what it wrote itself, projected from the journal (types "ledger.txn", "ledger.hold",
 * "attendance.tap", "attendance.close"), and what the platform told of a card's credit, of the rules and of this kiosk's quota.
 *
 * The MONEY book is a view of the payments, so that a payment writes no page more than it did. Whether a transaction counts is
 * the platform's to say; its state here follows the verdicts and is never stored twice:
 *
 *   PENDING ──► POSTED ──► REVERSED (a reversal of it is not refused)
 *      └──────► REJECTED (its quota is free again; staff are told through the list of refused events)
 *
 * Thread safe like store.h, with the same errors.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "model/balance.h"
#include "model/credit.h"
#include "store/store.h"

enum ledger_state { LEDGER_NONE, LEDGER_PENDING, LEDGER_POSTED, LEDGER_REJECTED, LEDGER_REVERSED };
const char *ledger_state_name(enum ledger_state state);
/** `code` (48 bytes, may be NULL) gets the code of a refusal, else "". NONE: this kiosk did not write it. */
bool store_ledger_state(struct store *store, const char *txn_id, enum ledger_state *out, char *code, GError **error);
/** The transaction as it was written; *found false: not here. */
bool store_ledger_txn(struct store *store, const char *txn_id, struct ledger_txn *out, bool *found, GError **error);
bool store_ledger_hold(struct store *store, const char *hold_id, struct ledger_hold *out, bool *found, GError **error);
/** The next hold whose time is over at now_ms and that nobody ended. */
bool store_ledger_hold_due(struct store *store, int64_t now_ms, struct ledger_hold *out, bool *found, GError **error);

struct store_credit {
    bool known;               /* the platform told of this card; else all below is empty but for what is pending */
    int64_t confirmed_ms;     /* when the platform last said that all it told is the newest */
    struct balance balance;
    int64_t spendable[BOOKS]; /* after what this kiosk did since, holds included */
    struct { int64_t day, sum, count; } used[BOOKS]; /* of this card today; of all cards and not acknowledged */
};
bool store_credit(struct store *store, const char *token, int64_t now_ms, struct store_credit *out, GError **error);
bool store_credit_rules(struct store *store, struct credit_rules *out, bool *known, GError **error);

/** What can be redeemed, as the platform told it last. */
struct reward_list;
bool store_rewards(struct store *store, struct reward_list *out, bool *known, GError **error);

/** Version 0: none. The caller of set has checked the signature; STORE_ERROR_STATE when it is another kiosk's or not newer. */
bool store_quota(struct store *store, struct quota_set *out, GError **error);
bool store_quota_set(struct store *store, const struct quota_set *set, GError **error);
/** The row that a journal that waited could not take with its quota; nothing to do when it is there. */
bool store_quota_tell(struct store *store, GError **error);
/** May this card spend so much of the quota in force? *version is what the transaction then names. */
bool store_quota_ask(struct store *store, const char *token, enum book book, const char *item, int64_t amount,
                     int64_t now_ms, enum ledger_code *out, int64_t *version, GError **error);

/** What is known here of `rating`'s service and rater; its kind is set when it is theirs. */
struct rating;
struct rating_facts;
bool store_rating_facts(struct store *store, struct rating *rating, struct rating_facts *out, GError **error);
/** Has this card rated it here? False with error. */
bool store_rated(struct store *store, const char *service, const char *rater, bool *rated, GError **error);

/** Hours on paper that were entered here: of this card, and by this member of the staff. Taps are not in it. */
bool store_paper(struct store *store, const char *token, const char *staff, int64_t now_ms, struct paper_use *out,
                 GError **error);

struct store_attendance {
    char id[37], slot[33], token[33];
    struct attendance times; /* state IN, OUT, CONFIRMED or REJECTED */
};
/** The attendance of this card, or of one that it took the place of, that a tap is about: begun, not ended, not overdue; or ended within this minute. */
bool store_attendance_open(struct store *store, const char *token, int64_t now_ms, struct store_attendance *out,
                           bool *found, GError **error);
bool store_attendance(struct store *store, const char *id, struct store_attendance *out, bool *found, GError **error);
/** This card's that nobody has confirmed or refused here, with a first tap from since_ms on, the latest first. GArray of them; 50 at most. */
GArray *store_attendance_unconfirmed(struct store *store, const char *token, int64_t since_ms, GError **error);
/** Minutes of this card that were confirmed here and whose first tap is not before since_ms. */
bool store_attendance_done(struct store *store, const char *token, int64_t since_ms, int64_t *minutes, GError **error);

/**
 * What must hold of the books whatever happened: sums, reversals, holds, quotas, bills of payments. For the start, the doors
 * and the tests. False with STORE_ERROR_CORRUPT and which one is broken, or another error when it cannot be asked.
 */
bool store_ledger_check(struct store *store, GError **error);

#endif
