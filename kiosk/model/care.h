/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Visits to those who are looked after: how often, until when, what a visit says. Pure; kiosk and platform link the same file.
 *
 *    somebody begins to be looked after ──► due a period later ◄──────────────────┐
 *        │ a festival, the weather: by that day too                               │
 *        │ a major change: within 24 hours                                        │
 *        └── visited (at home, by phone, by video, through others) ── contact ────┘ the visitor may choose an earlier day
 *                 │ nobody met, or seen at the kiosk: no contact, what is due stays due
 *                 └ died, moved away, wants no more ──► ENDED: nothing is due ever again
 *
 * Days are those at +08:00. What is due on a day may be done until that day ends.
 */
#ifndef MODEL_CARE_H
#define MODEL_CARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* How closely: at least once a week, a month, a quarter. */
enum care_level { CARE_HIGH, CARE_KEY, CARE_GENERAL, CARE_LEVELS };
enum care_kind { CARE_HOME, CARE_PHONE, CARE_VIDEO, CARE_THIRD, CARE_KIOSK, CARE_KINDS };
enum care_result {
    CARE_WELL,
    CARE_HELP_NEEDED,
    CARE_MAJOR_CHANGE, /* in hospital, a fall, a bereavement: somebody comes again within a day */
    CARE_NOT_MET,
    CARE_DIED,
    CARE_MOVED,
    CARE_DECLINED, /* wants no visits any more */
    CARE_RESULTS
};
/* What somebody needs, and what endangers them: choices, no words. */
enum care_item {
    CARE_NEED_MEALS,
    CARE_NEED_BATH,
    CARE_NEED_CLEANING,
    CARE_NEED_HAIRCUT,
    CARE_NEED_ESCORT,
    CARE_NEED_MEDICINE,
    CARE_NEED_REPAIR,
    CARE_NEED_COMPANY,
    CARE_NEED_SAFE_HOME,
    CARE_RISK_ALONE,
    CARE_RISK_VERY_OLD,
    CARE_RISK_ILLNESS,
    CARE_RISK_DISABILITY,
    CARE_RISK_MEMORY,
    CARE_RISK_FALL,
    CARE_RISK_FIRE,
    CARE_RISK_POOR,
    CARE_RISK_GRIEF,
    CARE_ITEMS
};
#define CARE_ITEM(item) (1u << (item)) /* sets of items are bits */
#define CARE_NEEDS      (CARE_ITEM(CARE_RISK_ALONE) - 1)

enum care_code {
    CARE_OK,
    CARE_ENDED,    /* died, moved away or wanted no more by then */
    CARE_CONSENT,  /* has not agreed to it */
    CARE_SAME_DAY, /* somebody was there that day already */
    CARE_EARLY,    /* before anybody looked after them */
    CARE_TIME,     /* later than it was told, or too long before */
    CARE_NEXT,     /* a next visit that is not after this one, or later than the level wants it */
    CARE_CODES
};

#define CARE_URGENT_MS     (INT64_C(24) * 3600000) /* after a major change */
#define CARE_TOLD_LATE_MS  (INT64_C(31) * 86400000) /* so long after it a visit may be written down */
#define CARE_SOON_MS       (INT64_C(3) * 86400000)
#define CARE_WORDS_SIZE    2001 /* UTF-8 of people */
#define CARE_ITEMS_SIZE    200  /* text of all items */

/** How somebody is looked after. Dates are YYYYMMDD, 0: none. */
struct care {
    enum care_level level;
    bool consent;
    uint32_t began, last; /* last: of a contact */
    uint32_t chosen;      /* the visitor's next day */
    uint32_t extra;       /* one more visit by this day … */
    int64_t extra_ms;     /* … asked for then: a contact from then on is it */
    int64_t changed_ms;   /* a major change that nobody has followed yet; 0 */
    int64_t ended_ms;     /* 0: goes on */
};

/** One visit. Every member is always there in JSON, "" or 0 where there is nothing to say. What somebody needs
 *  and what endangers them is personal as words are: "care_found" and "care_closed" are sealed wherever they lie. */
struct care_visit {
    char care[37];   /* whose: an id, no card and no name */
    char staff[33];  /* who came: card token, or id of the register */
    enum care_kind kind;
    enum care_result result;
    int64_t at_ms;
    uint32_t next;          /* the next day, 0: as the level says */
    unsigned found, closed; /* items that are there now, and that are over */
    char words[CARE_WORDS_SIZE]; /* member "description": likewise */
};

/** Latest day of the next visit after one on `date`: seven days, one month, three months (its last day where there is none). */
uint32_t care_next(enum care_level level, uint32_t date);
/** Until when somebody has to be there; 0: nothing is due. */
int64_t care_due_ms(const struct care *care);

/* The order in which people look at a list: the last first. */
enum care_urgency { CARE_LATER, CARE_SOON, CARE_OVERDUE, CARE_URGENT, CARE_URGENCIES };
/** `seen_ms`: of a tap of their own at a kiosk; 0: none. That very day it lowers what is overdue, and never a major change. */
enum care_urgency care_urgency(const struct care *care, int64_t seen_ms, int64_t now_ms);

/** Does it count as having been there? */
bool care_contact(const struct care_visit *visit);
/** Take the visit in, told at `told_ms`, or say why not and leave `care` as it is. Visits may be told in any order. */
enum care_code care_visited(struct care *care, const struct care_visit *visit, int64_t told_ms);
/** Something happened to them: within 24 hours. */
enum care_code care_changed(struct care *care, int64_t at_ms);

const char *care_level_name(enum care_level level);
bool care_level_parse(const char *name, enum care_level *out);
const char *care_kind_name(enum care_kind kind);
bool care_kind_parse(const char *name, enum care_kind *out);
const char *care_result_name(enum care_result result);
bool care_result_parse(const char *name, enum care_result *out);
const char *care_urgency_name(enum care_urgency urgency);
const char *care_item_name(enum care_item item);
/** "CARE_SAME_DAY", … */
const char *care_code_name(enum care_code code);

/** Names of items with commas between them, "" of none; g_free. */
char *care_items_text(unsigned items);
/** Each once, in any order. */
bool care_items_parse(const char *text, unsigned *out);
/** Strict both ways. New reference. */
json_t *care_visit_to_json(const struct care_visit *visit);
bool care_visit_from_json(json_t *json, struct care_visit *out);

#endif
