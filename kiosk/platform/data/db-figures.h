/* SPDX-License-Identifier: Apache-2.0 */
/** What people look at: daily totals, ratings, the kiosks' health, who may look. */
#ifndef PLATFORM_DB_FIGURES_H
#define PLATFORM_DB_FIGURES_H

#include <jansson.h>
#include "platform/data/db.h"

/* ---- Daily totals ---- */

/** Days since 1970-01-01 by the clock of +08:00, and when such a day begins. */
int64_t stats_day(int64_t wall_ms);
int64_t stats_day_ms(int64_t day);

/** Inside of the transaction that books it. `kiosk` "": of none. */
bool db_day_add(struct db *db, const char *key, const char *kiosk, int64_t now_ms, int64_t n, int64_t amount, GError **error);
/** A ledger transaction of this payment was posted: by its kind paid, loaded or returned; another kind is no total. */
bool db_day_posted(struct db *db, const char *payment, const char *kind, int64_t now_ms, GError **error);

/** Of this kiosk on the day of now. */
bool db_day_count(struct db *db, const char *key, const char *kiosk, int64_t now_ms, int64_t *n, GError **error);

struct day_row {
    int64_t day;
    char kiosk[32];
    int64_t n, amount;
};
/** Of one key, from ≤ day < to, by day and kiosk. */
GArray *db_day_rows(struct db *db, const char *key, int64_t from, int64_t to, GError **error);

/* ---- Ratings ---- */

struct rating_row {
    const char *service, *rater, *kind, *kiosk;
    int64_t grade, at_ms, counted_ms; /* counted_ms: of the day that counts it */
};
/** *new_one: this person had not rated this service before. */
bool db_rating_add(struct db *db, const struct rating_row *row, bool *new_one, GError **error);

/** Why, as bits of enum rating_reason; above 0. */
bool db_rating_reasons_add(struct db *db, const struct rating_row *row, unsigned reasons, GError **error);

/** What there is of it by this person's cards, this one or those in whose place it is; *found false: nothing. */
struct rating_said {
    char rater[33], kiosk[32]; /* whose card it was; where */
    int64_t grade, reasons, at_ms, counted_day; /* counted_day −1: not known, of before it was kept */
    bool changed;                               /* once already */
};
bool db_rating_said(struct db *db, const char *service, const char *card, struct rating_said *out, bool *found, GError **error);
/** What counts from now on; what was said before is kept, and the day's count moves from its grade's; of an order its stars too. `from`, `to`: keys of grades. A low
 * one opens a case when there is none. */
struct rating_change {
    const char *service, *rater, *kiosk, *from, *to; /* rater: the card that is in its place now */
    int64_t grade, reasons, at_ms, now_ms;
};
bool db_rating_change(struct db *db, const struct rating_said *said, const struct rating_change *change, GError **error);

/* db-ratings.c: low ones and what became of them. A trigger opens each. */
struct rating_case {
    char rater[33], state[16], by[33]; /* by: whose step the last one was, "" nobody's */
    int64_t n;                         /* of the last step */
};
/** `rater` NULL: the only one who rated this service low. *found false: there is none, or there are several. */
bool db_rating_case(struct db *db, const char *service, const char *rater, struct rating_case *out, bool *found, GError **error);
/** A case that is open of a rating that is low no more, nobody has to ask about: CLOSED. What was appealed is for another of the staff first. */
bool db_rating_case_close(struct db *db, const char *service, const char *rater, int64_t now_ms, GError **error);
bool db_rating_step_add(struct db *db, const char *service, const struct rating_case *step, const char *note, int64_t at_ms, GError **error);
/** [{service, rater, kind, grade, reasons, kiosk, at_ms, state, since_ms, by_staff}], the oldest first; new reference. */
json_t *db_rating_cases(struct db *db, bool all, GError **error);

/* ---- The fleet ---- */

/** Is it worth writing down: after five minutes, or when it has other software, or has begun or ceased to be behind? `behind` below 0: not told. */
bool db_health_due(struct db *db, const char *kiosk, int64_t now_ms, const char *version, int64_t behind, bool *due, GError **error);
bool db_health_set(struct db *db, const char *kiosk, int64_t now_ms, const char *version, int64_t behind, GError **error);

struct fleet_row {
    char id[32], place_zh[128], place_en[128], state[16], alarm[32], version[32];
    int64_t seen_ms; /* 0: never */
    int64_t behind;  /* events not yet sent when it was last seen, −1: not told */
    int64_t help_ms; /* when the platform heard of the oldest call for help that nobody has answered, 0: none */
    bool help_red;   /* one of them is an emergency */
    char pem[4096];  /* its certificate, "": none */
};
GArray *db_fleet(struct db *db, GError **error);
/** Payments and loads whose end nobody knows; evidence that contradicts itself. Until people have ended them. */
bool db_open_matters(struct db *db, int64_t *doubts, int64_t *alarms, GError **error);

/* ---- Operators ---- */

#define OPERATOR_ID_SIZE   32
#define OPERATOR_ROLE_SIZE 16

struct operator_row {
    char serial[64], id[OPERATOR_ID_SIZE], role[OPERATOR_ROLE_SIZE];
    char authority[65];                     /* whose certificate it is (keys/operators.h); "": of before that was kept, the first one's */
    char digest[65];                        /* SHA-256 of the certificate, hex; "": of before that was kept */
    int64_t issued_ms, ends_ms, revoked_ms; /* 0: not revoked */
};
bool db_operator_add(struct db *db, const struct operator_row *row, GError **error);
bool db_operator_find(struct db *db, const char *serial, struct operator_row *out, bool *found, GError **error);
/** Every certificate of this id; *count of them were valid before. */
bool db_operator_revoke(struct db *db, const char *id, int64_t now_ms, int *count, GError **error);
/** Of struct operator_row, by id and time. */
GArray *db_operators(struct db *db, GError **error);

#endif
