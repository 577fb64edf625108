/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Volunteers: the number, what somebody can do, what kiosks tell of registering, of stars and of hours that are not right, and what the
 * platform tells of a volunteer. Pure.
 *
 *   nobody ──► asked for (volunteer.joined, written down at a kiosk) ──► on the roll, with a number
 *                 └──► refused, with a code
 *   stars: n ──► the next one is asked for (volunteer.star) ──► publicised ──► n + 1, when the hours still carry it
 *
 * A number is the platform's to give, once for a person: it says nothing of the ID number and stays when the card is replaced (VR-8).
 */
#ifndef MODEL_VOLUNTEER_H
#define MODEL_VOLUNTEER_H

#include "model/hours.h"

/** Z, four digits of the year, seven digits, check character (MOD 37,36). Others may be of another form: at most 20 characters. */
#define VOLUNTEER_NO_SIZE 21
bool volunteer_number(unsigned year, unsigned serial, char out[VOLUNTEER_NO_SIZE]);
/** Is it one of ours, its check character right? */
bool volunteer_number_ok(const char *text);

/** What somebody can do, a bit each; they are told by name. */
enum volunteer_skill { SKILL_COMPANY, SKILL_ERRAND, SKILL_REPAIR, SKILL_PHONE, SKILL_TEACH, SKILL_CULTURE, SKILL_GREEN, SKILL_PATROL, VOLUNTEER_SKILLS };
#define VOLUNTEER_SKILLS_ALL ((1u << VOLUNTEER_SKILLS) - 1)
const char *volunteer_skill_name(enum volunteer_skill skill);
/** A list of names and back; false: no list of them, or one twice. */
json_t *volunteer_skills_to_json(unsigned skills);
bool volunteer_skills_from_json(json_t *json, unsigned *skills);

/** The wording that is agreed to: pledge and consent. Another wording gets another name. */
#define VOLUNTEER_PLEDGE "2026-1"

/** Why not; the names are the codes of verdicts. */
enum volunteer_code {
    VOLUNTEER_OK,
    VOLUNTEER_UNKNOWN,   /* no such card, or no such hours of this card */
    VOLUNTEER_ALREADY,   /* on the roll */
    VOLUNTEER_AGE,       /* under six (VR-9) */
    VOLUNTEER_NO_CONSENT, /* under fourteen and no guardian named (VR-9) */
    VOLUNTEER_GUARDIAN,  /* who is named cannot be: not of age, not known, or the volunteer's own card */
    VOLUNTEER_NOBODY,    /* not on the roll */
    VOLUNTEER_STAR,      /* not the next one, not reached, or one is being publicised (VR-6) */
    VOLUNTEER_STATE,     /* those hours are not posted, or were disputed before (VR-5) */
    VOLUNTEER_CODES
};
const char *volunteer_code_name(enum volunteer_code code);

/** VR-9: may somebody of that birthday be on the roll today? guardian_birth 0: none is named. */
enum volunteer_code volunteer_may_join(uint32_t birth, uint32_t guardian_birth, uint32_t today);

/* ---- What kiosks tell; strict both ways ---- */

#define VOLUNTEER_JOINED   "volunteer.joined"
#define VOLUNTEER_STAR_ASKED "volunteer.star"
#define VOLUNTEER_DISPUTED "volunteer.disputed"

struct volunteer_join {
    char token[33], guardian[33]; /* cards; guardian "" none */
    char pledge[17];
    unsigned skills;
};
json_t *volunteer_join_to_json(const struct volunteer_join *join);
bool volunteer_join_from_json(json_t *json, struct volunteer_join *out);

struct volunteer_star {
    char token[33];
    unsigned level; /* the next one: 1 to 5 */
    char table[33]; /* of which rules the kiosk told */
};
json_t *volunteer_star_to_json(const struct volunteer_star *star);
bool volunteer_star_from_json(json_t *json, struct volunteer_star *out);

enum volunteer_doubt { DOUBT_TOO_FEW, DOUBT_TOO_MANY, DOUBT_NOT_MINE, VOLUNTEER_DOUBTS };
const char *volunteer_doubt_name(enum volunteer_doubt doubt);
struct volunteer_dispute {
    char token[33], attendance[37];
    enum volunteer_doubt what;
};
json_t *volunteer_dispute_to_json(const struct volunteer_dispute *dispute);
bool volunteer_dispute_from_json(json_t *json, struct volunteer_dispute *out);

/* ---- What the platform tells of a volunteer ---- */

#define VOLUNTEER_HOURS_MAX 20
struct volunteer_hours {
    char id[37]; /* of the attendance */
    int64_t in_ms, minutes;
    enum attendance_state state;
    uint32_t until; /* PUBLIC: the last day of it is the one before; else 0 */
};
struct volunteer {
    char token[33], no[VOLUNTEER_NO_SIZE];
    uint32_t registered_on;
    unsigned skills, stars;
    bool consent; /* a guardian is named */
    unsigned star_asked; /* being publicised; 0 none */
    uint32_t star_until;
    char star_table[33]; /* by which rules it was asked for */
    size_t hour_count;
    struct volunteer_hours hours[VOLUNTEER_HOURS_MAX]; /* the latest first */
};
json_t *volunteer_to_json(const struct volunteer *volunteer);
/** Members of later are left out; what is there must fit. */
bool volunteer_from_json(json_t *json, struct volunteer *out);

#endif
