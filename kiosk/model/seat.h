/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A seat at an activity, from the wish to having been there. Pure; kiosk and platform link the same file.
 *
 *    REQUESTED ── seat ──► REGISTERED ── check_in ──► CHECKED_IN ── complete ──► COMPLETED
 *        │ │                 ▲   │ │ └── absent ────► NO_SHOW
 *        │ └─ queue ► WAITLISTED │ └──── cancel ────► CANCELLED ◄── cancel ── REQUESTED, WAITLISTED, OFFERED
 *        │              │  ▲     │
 *        │        offer ▼  │     └ (the activity is called off: call_off leads everything open to CANCELLED)
 *        │            OFFERED ── take ──► REGISTERED
 *        │              └──── lapse ───► LAPSED (24 hours without an answer; WAITLISTED too, when the activity begins)
 *        └─ refuse ► REFUSED
 *
 * REQUESTED is what a kiosk writes that cannot ask: it promises nothing. A kiosk with seats of its own (a quota that the platform
 * gave it beforehand) writes REGISTERED while one of them is left. Whoever comes and was never asked for is checked in all the same
 * (walk-in): people decide at the door, the books follow.
 */
#ifndef MODEL_SEAT_H
#define MODEL_SEAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum seat_state {
    SEAT_REQUESTED,
    SEAT_WAITLISTED,
    SEAT_OFFERED,
    SEAT_REGISTERED,
    SEAT_CHECKED_IN,
    SEAT_COMPLETED,
    SEAT_REFUSED,
    SEAT_LAPSED,
    SEAT_CANCELLED,
    SEAT_NO_SHOW,
    SEAT_STATES
};

enum seat_step {
    SEAT_DO_SEAT,
    SEAT_DO_QUEUE,
    SEAT_DO_REFUSE,
    SEAT_DO_OFFER,
    SEAT_DO_TAKE,
    SEAT_DO_LAPSE,
    SEAT_DO_CHECK_IN,
    SEAT_DO_COMPLETE,
    SEAT_DO_ABSENT,
    SEAT_DO_CANCEL,
    SEAT_DO_CALL_OFF,
    SEAT_STEPS
};

enum seat_code {
    SEAT_OK,
    SEAT_STATE, /* not from here */
    SEAT_FULL,  /* no place is free */
    SEAT_AGE,   /* too young or too old for it */
    SEAT_CLASH, /* another one at the same hours */
    SEAT_EARLY, /* its time has not come */
    SEAT_LATE,  /* its time is over */
    SEAT_OVER,  /* called off */
    SEAT_CODES
};

#define SEAT_OFFER_MS      (INT64_C(24) * 3600000)
#define SEAT_DOOR_OPEN_MS  (INT64_C(3600000)) /* checked in from so long before it begins */
#define SEAT_COMPANIONS_MAX 5
#define SEAT_SEATS_MAX      10000

/** One date of an activity. */
struct seat_session {
    int64_t start_ms, end_ms;
    int seats;
    int age_min, age_max; /* years, both included; 0 and 0: anybody */
    bool called_off;
};

struct seat {
    enum seat_state state;
    int companions;      /* beside the one whose card it is */
    int64_t asked_ms;    /* the queue's order */
    int64_t offered_ms, ended_ms; /* 0: not yet */
};

/** Facts about the one who asks. */
struct seat_facts {
    int taken;  /* places of the session that are REGISTERED, OFFERED or CHECKED_IN, companions included */
    int age;    /* on the day; −1: not known, which is no reason to refuse */
    bool clash; /* holds a place elsewhere that overlaps */
};

/** May these have a place? SEAT_FULL: in the queue, if they like. */
enum seat_code seat_judge(const struct seat_session *session, const struct seat *seat, const struct seat_facts *facts, int64_t at_ms);
/** Do it, or say why not and leave the seat as it is. SEAT and TAKE do not ask whether there is room: seat_judge() does. */
enum seat_code seat_do(struct seat *seat, enum seat_step step, const struct seat_session *session, int64_t at_ms);
/** Places that it takes now. */
int seat_places(const struct seat *seat);
bool seat_is_open(enum seat_state state);
/** What the clock does next, and when; false: nothing. */
bool seat_next(const struct seat *seat, const struct seat_session *session, enum seat_step *step, int64_t *at_ms);

const char *seat_state_name(enum seat_state state);
bool seat_state_parse(const char *name, enum seat_state *out);
const char *seat_step_name(enum seat_step step);
bool seat_step_parse(const char *name, enum seat_step *out);
/** "SEAT_FULL", … */
const char *seat_code_name(enum seat_code code);

/** Strict both ways. New reference. */
json_t *seat_to_json(const struct seat *seat);
bool seat_from_json(json_t *json, struct seat *out);
json_t *seat_session_to_json(const struct seat_session *session);
bool seat_session_from_json(json_t *json, struct seat_session *out);

#endif
