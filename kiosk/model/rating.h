/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What people say of a service that they had (好差评): five grades, 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意, and why. Of their own
 * will, once of each service, within thirty days; who thinks better of it changes it once within a day, and both versions are kept (RT-2). The
 * rater is a card token and nothing else. Pure; kiosk and platform link the same file.
 */
#ifndef MODEL_RATING_H
#define MODEL_RATING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define RATING_GIVEN      "rating.given"
#define RATING_CHANGED    "rating.changed" /* the same members, of one that was given */
#define RATING_GRADES     5
#define RATING_LOW        2 /* this grade and below want somebody to ask what was wrong */
#define RATING_WINDOW_MS  INT64_C(2592000000)
#define RATING_CHANGE_MS  INT64_C(86400000)

/** The standard's indicators, as bits of `reasons`; overall is the grade itself. */
enum rating_reason {
    RATING_EFFICIENCY = 1,
    RATING_SKILL = 2,
    RATING_ATTITUDE = 4,
    RATING_GUIDE = 8,
    RATING_CONVENIENCE = 16,
    RATING_PLATFORM = 32,
    RATING_REASONS = 63
};

struct rating {
    char service[37]; /* id of what was done: a payment, an attendance … */
    char kind[33];    /* of which kind it was: a-z, 0-9, . and - */
    char rater[33];   /* card token */
    int grade;
    unsigned reasons; /* 0: none was given */
};

/** Members that are not known are overlooked; reasons that are not known, or twice, are none. */
bool rating_from_json(json_t *json, struct rating *out);
json_t *rating_to_json(const struct rating *rating);

/** What a kiosk knows of a service and somebody who wants to rate it. */
struct rating_facts {
    bool theirs;     /* it was done here, with this card, and is over */
    bool rated;      /* by this card, here or elsewhere: then what is said now is a change */
    bool changed;    /* and not for the first time */
    int64_t rated_ms; /* when; 0 not known here */
    int64_t done_ms; /* when it was over */
};
/** Of a rating that was given at `given_ms`, once. */
bool rating_may_change(int64_t given_ms, int64_t at_ms);
/** May they? NULL, or why not: NOT_THEIRS, RATED_ALREADY, WINDOW_CLOSED, GRADE, REASON. */
const char *rating_refusal(const struct rating *rating, const struct rating_facts *facts, int64_t now_ms);
/** "skill,attitude", "" none; g_free. */
char *rating_reasons_text(unsigned reasons);

/* ---- What becomes of a low one ----------------------------------------------------------------------------------
 *
 *    OPEN ──► CONTACTED ──► FIXED | EXPLAINED ──► CALLBACK ──► CLOSED
 *      │          ▲
 *      └► APPEALED ──► UPHELD (it stands, and is followed up; CLOSED at once when whoever gave it has raised it meanwhile)
 *              └─────► EXCLUDED (it was a mistake or malice: another person's decision)
 *
 * Somebody is to be in touch within a working day, and done within fifteen.
 */
#define RATING_CONTACT_DAYS 1
#define RATING_DONE_DAYS    15
enum rating_follow {
    FOLLOW_OPEN,
    FOLLOW_CONTACTED,
    FOLLOW_FIXED,
    FOLLOW_EXPLAINED,
    FOLLOW_CALLBACK,
    FOLLOW_CLOSED,
    FOLLOW_APPEALED,
    FOLLOW_EXCLUDED,
    FOLLOW_UPHELD,
    FOLLOW_STATES
};
const char *rating_follow_name(enum rating_follow state);
bool rating_follow_parse(const char *name, enum rating_follow *out);
bool rating_follow_may(enum rating_follow from, enum rating_follow to);

#endif
