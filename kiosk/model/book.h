/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Five books that never mix, and what a transaction in them is. Pure; kiosk and platform link the same file.
 *
 *   HOURS    minutes served: a record, never spent
 *   POINTS   earned with the hours, spent for benefits, may expire
 *   COIN     time credit in minutes, 60 are a coin: spent for services, given on, donated
 *   MONEY    fen, of the cards' purses
 *   SUBSIDY  fen of an entitlement
 *
 * Double entry: an amount above zero goes into an account, below zero out of it; the entries of each book in a transaction
 * sum to zero. Volunteer credit is keyed by the card: the owner of a person's account is the card's token (token.h).
 * In MONEY the purse's account holds what cards have paid, and its counterparts what is owed to others, so signs there are
 * those of debit and credit.
 */
#ifndef MODEL_BOOK_H
#define MODEL_BOOK_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum book { BOOK_HOURS, BOOK_POINTS, BOOK_COIN, BOOK_MONEY, BOOK_SUBSIDY, BOOKS };
const char *book_name(enum book book); /* "HOURS" … */
bool book_parse(const char *name, enum book *out);

enum owner_kind {
    OWNER_PERSON,   /* a card token */
    OWNER_TEAM,     /* may only donate (TB-8) */
    OWNER_ORG,      /* a body that takes donations */
    OWNER_FUND,     /* issues credit to people who cannot earn it; may go below zero */
    OWNER_DONATION, /* what was given to all, and what passed a cap (TB-5) */
    OWNER_ISSUE,    /* where earned credit comes from: goes below zero */
    OWNER_REDEEMED, /* what was spent, by item */
    OWNER_EXPIRED,
    OWNER_ADJUST,   /* the other side of a correction by two of the staff */
    OWNER_PURSE,    /* MONEY: what the cards' purses have given */
    OWNER_PAYABLE,  /* MONEY: owed to a biller */
    OWNER_REFUND,   /* MONEY: owed to a card */
    OWNER_SUSPENSE, /* MONEY: waits for people */
    OWNER_CLEARING, /* MONEY: between us and who loads purses */
    OWNERS
};
/** "person:0123…": a kind and 1 to 32 characters of [A-Za-z0-9._-]. */
struct account {
    enum owner_kind kind;
    char owner[33];
};
#define ACCOUNT_TEXT_SIZE 48
bool account_parse(const char *text, struct account *out);
void account_text(const struct account *account, char out[ACCOUNT_TEXT_SIZE]);
bool account_equal(const struct account *a, const struct account *b);
/** May an account of this kind be below zero without a rule that says so? */
bool account_may_owe(enum owner_kind kind);
/** Are what this account holds lots that expire, the oldest spent first? People's POINTS and COIN. */
bool account_has_lots(enum book book, enum owner_kind kind);

enum ledger_type {
    LEDGER_EARN, LEDGER_SPEND, LEDGER_GIFT, LEDGER_DONATE, LEDGER_ISSUE, LEDGER_EXPIRE, LEDGER_REVERSE, LEDGER_ADJUST,
    LEDGER_PAYMENT, LEDGER_LOAD, LEDGER_REFUND,
    LEDGER_MOVE, /* all that one card had, to the one that takes its place; by the platform only */
    LEDGER_TYPES
};
const char *ledger_type_name(enum ledger_type type);
bool ledger_type_parse(const char *name, enum ledger_type *out);

#define LEDGER_ENTRIES_MAX 32
#define LEDGER_AMOUNT_MAX  INT64_C(1000000000000) /* 32 of them are far from an overflow */

struct ledger_entry {
    enum book book;
    struct account account;
    int64_t amount;      /* minutes, points or fen; never 0 */
    uint32_t expires_on; /* of the lot that this entry opens: the first day on which it cannot be spent; 0 never */
};

struct ledger_txn {
    char id[37]; /* UUIDv7, made once: the same in every retry */
    enum ledger_type type;
    int64_t at_ms;
    char rule[33];        /* rule set and version that it was made by */
    char ref[65];         /* attendance, offer, order or relation it is for; may be empty */
    char reverses[37];    /* REVERSE: the transaction it undoes */
    char hold[37];        /* the hold that this captures; may be empty */
    char staff[2][33];    /* who answers for it, of the register (staff.h): card tokens; two different ones for ADJUST */
    int64_t quota;        /* version of the quota it is spent from, 0 none */
    size_t entry_count;
    struct ledger_entry entries[LEDGER_ENTRIES_MAX];
};

/** Why a transaction is not taken. The names are the codes of verdicts. */
enum ledger_code {
    LEDGER_OK,
    LEDGER_FORM,            /* amount 0 or too large, fewer than two entries, an account twice in a book, a book without zero sum */
    LEDGER_SELF,            /* from and to the same */
    LEDGER_SHAPE,           /* accounts or books that a transaction of this type does not have */
    LEDGER_CASH,            /* credit and money in one transaction (TB-10) */
    LEDGER_TWO_PERSONS,     /* needs two different members of staff */
    LEDGER_TEAM,            /* team hours may only be donated (TB-8) */
    LEDGER_BALANCE,         /* not enough that can be spent (TB-4, TB-7) */
    LEDGER_AGE,             /* too young to redeem, or to volunteer (TB-4, VR-9) */
    LEDGER_STARS,           /* fewer hours than redemption asks for */
    LEDGER_CAP,             /* a person may hold no more (TB-5) */
    LEDGER_QUOTA,           /* the offline quota does not hold this much */
    LEDGER_REVERSED_BEFORE,
    LEDGER_NOT_EXACT,       /* a reversal that is not its original's exact opposite */
    LEDGER_UNKNOWN,         /* the original or the hold is not known */
    LEDGER_HOLD,            /* the hold is over, or holds less */
    LEDGER_OVERLAP,         /* two attendances at one time (VR-4) */
    LEDGER_RULE,            /* of another version of the rules than is in force, or not as they say */
    LEDGER_OFFLINE,         /* only the platform can judge this: not while offline */
    LEDGER_FROZEN,          /* the card is lost or the account closed */
    LEDGER_HOURS,           /* more hours on paper than a person's day or month, or a member of staff's day, takes */
    LEDGER_STAFF_UNKNOWN,   /* not in the register of staff */
    LEDGER_STAFF_RETIRED,   /* not any more, or not yet */
    LEDGER_STAFF_ROLE,      /* another role or another place */
    LEDGER_STAFF_ONE_PERSON,
    LEDGER_STAFF_OWN_CARD,  /* nobody answers for what is about themselves */
    LEDGER_CODES
};
const char *ledger_code_name(enum ledger_code code);

/** All that can be said of a transaction by itself: entries, sums, shape by its type, staff. */
enum ledger_code ledger_txn_check(const struct ledger_txn *txn);
/** Sum of one book's entries of one account. */
int64_t ledger_txn_amount(const struct ledger_txn *txn, enum book book, const struct account *account);
/** The reversal of `original` (entries negated, in their order); id, time, rule and staff are the caller's. */
void ledger_txn_reverse(const struct ledger_txn *original, struct ledger_txn *out);
/** Is `txn` the exact opposite of `original`, which is no reversal itself? */
enum ledger_code ledger_txn_undoes(const struct ledger_txn *txn, const struct ledger_txn *original);
/** False and nothing added when the transaction has no room. */
bool ledger_txn_add(struct ledger_txn *txn, enum book book, enum owner_kind kind, const char *owner, int64_t amount);

/** The journal's form; strict when read: exactly the members written, each in its range. */
json_t *ledger_txn_to_json(const struct ledger_txn *txn);
bool ledger_txn_from_json(json_t *json, struct ledger_txn *out);

/* ---- Holds ------------------------------------------------------------------------------------------------------
 *
 *   (none) ──► HELD ──► CAPTURED (whole or part; the rest is free again)
 *               ├─────► RELEASED
 *               └─────► EXPIRED  (its time is over)
 *
 * It is its kiosk's: nobody else ends it but the platform, where two of the staff can. So that nobody's credit is kept from
 * them for long, or altogether: a hold ends after a month at the latest, few are open at a time, and together they are within
 * the balance.
 */
#define HOLD_LIFE_MAX_MS INT64_C(2592000000)
#define HOLDS_OPEN_MAX   16
enum hold_state { HOLD_HELD, HOLD_CAPTURED, HOLD_RELEASED, HOLD_EXPIRED };
const char *hold_state_name(enum hold_state state);
bool hold_state_parse(const char *name, enum hold_state *out);
bool hold_may(enum hold_state from, enum hold_state to);

struct ledger_hold {
    char id[37];
    enum book book;
    struct account account; /* a person's */
    int64_t amount;         /* above 0 */
    int64_t captured;       /* with CAPTURED: 1 to amount */
    enum hold_state state;
    int64_t expires_ms;
    char ref[65];
};
/** From HELD; LEDGER_HOLD when it is over, its time is past, or it holds less. */
enum ledger_code hold_capture(struct ledger_hold *hold, int64_t amount, int64_t now_ms);
enum ledger_code hold_release(struct ledger_hold *hold);
/** True when it expired now. */
bool hold_expire(struct ledger_hold *hold, int64_t now_ms);
/** May it begin now, when so many others are open? */
enum ledger_code hold_begins(const struct ledger_hold *hold, int64_t open, int64_t now_ms);
/** What it keeps from being spent at this time. */
int64_t hold_blocks(const struct ledger_hold *hold, int64_t now_ms);

json_t *ledger_hold_to_json(const struct ledger_hold *hold);
bool ledger_hold_from_json(json_t *json, struct ledger_hold *out);

#endif
