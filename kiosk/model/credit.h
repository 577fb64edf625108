/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The rules of volunteer credit, asked with the facts about the person at hand: the kiosk asks before it writes, the platform
 * before it posts. Local rules are data, a dated set with a version; nothing of them is a constant here. Pure.
 */
#ifndef MODEL_CREDIT_H
#define MODEL_CREDIT_H

#include "model/book.h"
#include "model/hours.h"
#include "model/limits.h"

#define STAR_LEVELS 5

struct credit_rules {
    char version[33];
    struct hours_rules hours;
    unsigned coin_granularity_min; /* TB-3 */
    int64_t coin_cap_min;          /* TB-5; 0 none */
    int64_t points_per_hour;       /* by whole units of hours.unit_min; 0: no points */
    unsigned points_months, coin_months; /* how long a lot lives; 0 for ever */
    int redeem_age, redeem_age_hardship; /* coins; 0: no age */
    unsigned redeem_stars;
    int64_t credit_limit_min;  /* TB-7: how far a person's coins may go below zero; 0 */
    int64_t mirrored_max;      /* TB-9: gifts there and back in a month before it is flagged */
    unsigned public_days;      /* VR-5 */
    unsigned star_min[STAR_LEVELS];
    /* Hours of slips of paper: a person's in a month, and what one member of the staff may confirm in a day; 0: the usual.
     * A person's day is hours.day_max_min, with the hours of two taps. */
    int64_t paper_month_min, paper_staff_day_min;
};
#define PAPER_MONTH_MIN     2400
#define PAPER_STAFF_DAY_MIN 6000
json_t *credit_rules_to_json(const struct credit_rules *rules);
/** Strict, and stars must rise. */
bool credit_rules_from_json(json_t *json, struct credit_rules *out);

/** What is known of the person from whom the credit goes, and of the transaction's surroundings. */
struct credit_facts {
    int64_t spendable;   /* of the book: lots that have not ended, without holds of others */
    int64_t receiver_balance; /* GIFT, ISSUE, EARN in COIN: for the cap */
    int age;             /* whole years; below 0 not known */
    bool hardship;
    unsigned stars;
    bool frozen;         /* card lost, account closed */
    bool judge;          /* the platform itself is asking, or will before it counts */
    bool reversed;       /* REVERSE: the original was undone before */
    const struct ledger_txn *original; /* REVERSE; NULL not known */
    const struct ledger_hold *hold;    /* with txn->hold; NULL not known */
    int64_t now_ms;
};
/** ledger_txn_check() and then all the rules. */
enum ledger_code credit_judge(const struct credit_rules *rules, const struct ledger_txn *txn,
                              const struct credit_facts *facts);

/** How many of the staff have to answer for undoing it: two when more than four hours, or 240 of another unit, come back. */
unsigned credit_reversal_staff(const struct ledger_txn *original);

/** TB-4: from which age on coins may be spent; 0: there is none. */
int credit_redeem_age(const struct credit_rules *rules, bool hardship);

/** TB-9: looked into by people, never refused. OVERDRAWN: two kiosks spent the same while offline, a fund covers it; OWES: within the credit limit. */
enum credit_flag { CREDIT_FLAG_HOUSEHOLD = 1, CREDIT_FLAG_MIRRORED = 2, CREDIT_FLAG_OVERDRAWN = 4, CREDIT_FLAG_OWES = 8 };
unsigned credit_flags(const struct credit_rules *rules, bool same_household, int64_t mirrored_this_month);

/** What counts already, in minutes: of the person in that day and month, and confirmed by that member of the staff that day. */
struct paper_use {
    int64_t day_min, month_min, staff_day_min;
};
/** May so many minutes on a slip of paper count? LEDGER_HOURS when a limit says no. A team's are many people's: who confirms them is the limit. */
enum ledger_code credit_paper(const struct credit_rules *rules, enum owner_kind of, int64_t minutes, const struct paper_use *use);

/** Points of so many credited minutes (TB-1: another book, the hours stay). */
int64_t credit_points(const struct credit_rules *rules, int64_t minutes);
/**
 * What hours that count bring in the other books: coins up to the cap, the rest donated (TB-5), and points; to a team coins
 * without a cap and no points, as it may only donate (TB-8). `out` gets type
 * EARN and entries; id, time and rule are the caller's. False: they bring nothing.
 */
bool credit_earned(const struct credit_rules *rules, const struct account *who, const char *org, int64_t minutes,
                   int64_t coin_balance, uint32_t today, struct ledger_txn *out);

/* ---- Quotas: what the platform lets one kiosk spend while it cannot be asked ---------------------------------- */

#define QUOTAS_MAX 64
enum quota_subject { QUOTA_KIOSK, QUOTA_PERSON, QUOTA_ITEM };
struct quota {
    enum book book;
    enum quota_subject subject;
    char item[33];    /* QUOTA_ITEM */
    int64_t limit;    /* of a person each, of the kiosk or the item all together */
    int64_t per_card; /* of one card within a kiosk's or an item's; 0: no limit of its own */
};
#define QUOTA_TAKEN "quota.taken" /* the event {version}: from here on this kiosk spends from no older one */
struct quota_set {
    int64_t version;
    char kiosk[32];
    int64_t issued_ms, expires_ms;
    size_t count;
    struct quota quotas[QUOTAS_MAX];
};
bool quota_set_from_json(json_t *json, struct quota_set *out);
json_t *quota_set_to_json(const struct quota_set *set);
/** "COIN|kiosk", "POINTS|item:RICE", "COIN|person": where the use is counted. */
void quota_key(const struct quota *quota, char out[64]);
/** Does it speak of a spend in this book for this item ("" none)? */
bool quota_concerns(const struct quota *quota, enum book book, const char *item);

struct quota_use {
    int64_t all, card; /* used of this quota by everybody, and by the card at hand */
};
/**
 * May `amount` be spent? `uses` in the order of set->quotas. There must be a quota of the kiosk for the book and one for
 * the person; an item's must hold too when there is one.
 */
enum ledger_code quota_check(const struct quota_set *set, const char *kiosk, enum book book, const char *item,
                             int64_t amount, const struct quota_use *uses, int64_t now_ms);

/** Ceilings compiled in, for redeeming while offline: 4 hours at once and a card, 200 hours and 500 on a kiosk, for 24 hours. */
extern const struct limits credit_offline_limits;

#endif
