/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Volunteer credit: what an event about it does. The rules are those of kiosk/model (credit.h, hours.h, lot.h), asked here
 * with what the database knows; the platform's word is the one that counts.
 */
#ifndef PLATFORM_CREDIT_H
#define PLATFORM_CREDIT_H

#include "model/credit.h"
#include "platform/money/payments.h"

/** Is this a type that credit_apply() knows? */
bool credit_type(const char *type);
/** The rules in force, read once in a transaction: the first event that needs them does. Begins as zeros. */
struct credit_rules_kept {
    struct credit_rules rules;
    bool read, found;
    struct attendance_event tapped; /* the sign-in that the event `tapped_seq` was and that was accepted; 0: none */
    int64_t tapped_seq;
};

struct credit_event {
    const char *kiosk, *type;
    int64_t epoch, seq, at_ms; /* its place in the kiosk's journal, and when it was written there */
    int64_t offset_ms;         /* what the kiosk knew of its clock then */
    struct credit_rules_kept *kept; /* of the transaction under way */
};
/** Does an event of this type look at what its kiosk wrote before it? */
bool credit_reads_events(const char *type);
/** Like payments_apply(). */
bool credit_apply(struct platform *platform, const struct credit_event *event, json_t *data, int64_t now_ms,
                  struct outcome *out, GError **error);

/* ---- By people and by the calendar; each a transaction of the database of its own ---- */

/** A community that has none is an error to the first, and *found false to the second. */
bool credit_rules_load(struct db *db, struct credit_rules *out, GError **error);
bool credit_rules_find(struct db *db, struct credit_rules *out, bool *found, GError **error);
/** Inside a transaction: put the rules in force and tell kiosks. */
bool credit_rules_set(struct db *db, const struct credit_rules *rules, GError **error);
/** What can be redeemed: kiosks are told. Within a transaction. */
struct reward_list;
bool credit_rewards_set(struct db *db, const struct reward_list *list, GError **error);

struct credit_day {
    int expired, posted, overdue; /* accounts written off, attendances posted, attendances that wait for people */
    int stars;                    /* granted */
};
/** The day's run: lots and holds that ended, hours whose publicity is over, second taps that never came. */
bool credit_day_run(struct platform *platform, int64_t now_ms, struct credit_day *out, GError **error);
/** ADJUST by two of the staff; also other transactions by hand (ISSUE). Judged; the code is the answer. */
bool credit_by_hand(struct platform *platform, struct ledger_txn *txn, int64_t now_ms, enum ledger_code *out, GError **error);
/** The same inside a transaction, which is to be rolled back when the code is not LEDGER_OK. */
bool credit_by_hand_in(struct platform *platform, const struct ledger_txn *txn, int64_t now_ms, enum ledger_code *out, GError **error);
/** The next star for the card's posted hours (VR-6), or none. *stars: what it carries then. */
bool credit_star(struct platform *platform, const char *card_number, bool *granted, unsigned *stars, GError **error);
bool credit_hardship(struct platform *platform, const char *card_number, bool hardship, GError **error);

/** Inside a transaction: two of the staff end a hold, whosever it is. */
bool credit_hold_release(struct platform *platform, const char *id, char **by, const char *reason, int64_t now_ms,
                         GError **error);

/* ---- credit-attendance.c: inside a transaction ---- */
/** Minutes of the day of `at_ms` that count for this card: confirmed attendances, also those in dispute, and what was told on paper. */
bool credit_day_minutes(struct db *db, const char *token, int64_t at_ms, int64_t now_ms, int64_t *out, GError **error);

/** Minutes that carry stars (VR-6): what the account has in HOURS, without attendances in dispute. */
bool credit_star_minutes(struct db *db, const char *token, int64_t *out, GError **error);

/* ---- credit-promise.c: what the platform itself holds for an order; inside a transaction ---- */
/** Begin it within the balance; what is refused is in *code and nothing was written. `hold->ref` is told with what is spent. */
bool credit_promise(struct db *db, const struct ledger_hold *hold, int64_t now_ms, enum ledger_code *code, GError **error);
/** The same for what an order had held and gives back for it now: a card that is out of use since does not lose it. */
bool credit_promise_again(struct db *db, const struct ledger_hold *hold, int64_t now_ms, enum ledger_code *code, GError **error);
/** Spend all of it at `item` ("redeemed:ITEM"), once; *is false: it had ended, and nothing was taken. */
bool credit_promise_take(struct db *db, const char *id, const char *item, int64_t now_ms, bool *is, GError **error);
/** Give it back; *is false: it had ended. */
bool credit_promise_end(struct db *db, const char *id, bool *is, GError **error);

/* ---- credit-move.c ---- */
/**
 * Inside a transaction: all that `from` has in the four books, or owes, to `to`, which has nothing yet; two of the staff answer for it. `id`
 * gets the transaction's, "" when there was nothing to move.
 */
struct credit_move {
    const char *from, *to, *staff_a, *staff_b;
};
bool credit_move(struct db *db, const struct credit_move *move, int64_t now_ms, char id[37], GError **error);

/* ---- credit-post.c: writing, inside a transaction ---- */
/** Entries, lots and the news to kiosks of one transaction that was judged. */
bool credit_post(struct db *db, const struct ledger_txn *txn, const char *kiosk, int64_t seq, int64_t now_ms,
                 unsigned flags, GError **error);
/** Hours that count, and the coins and points they bring: one transaction. */
bool credit_post_hours(struct db *db, const struct credit_rules *rules, const char *token, const char *ref, int64_t minutes,
                       int64_t now_ms, GError **error);
/** The same under an id that is given. */
bool credit_post_hours_as(struct db *db, const struct credit_rules *rules, const char *id, const char *token, const char *ref,
                          int64_t minutes, int64_t now_ms, GError **error);
/** What hours that are posted already bring, with that transaction as reference. */
bool credit_post_earned(struct db *db, const struct credit_rules *rules, const struct account *who, const char *ref,
                        int64_t minutes, int64_t now_ms, GError **error);
#define CREDIT_ORG "community" /* whose issue account hours come from */

/** Between db_asking(): what an event will ask first. */
void credit_ask(struct db *db, const char *kiosk, const char *type, json_t *data);

#endif
