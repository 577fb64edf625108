/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A resident's ticket: complaint, repair, problem of the neighbourhood. What may happen to it, by whom, until when it is
 * answered, and what of it is public. Pure; kiosk and platform link the same file. The states are drawn in ticket.c.
 */
#ifndef MODEL_TICKET_H
#define MODEL_TICKET_H

#include "model/civic.h"

enum ticket_state {
    TICKET_NEW, /* at the kiosk only */
    TICKET_TRIAGE,
    TICKET_ASSIGNED,
    TICKET_FORCE_ASSIGNED,
    TICKET_IN_PROGRESS,
    TICKET_PLANNED,
    TICKET_WAIT_INFO,
    TICKET_RESOLVED,
    TICKET_CALLBACK,
    TICKET_REOPENED,
    TICKET_CLOSED,
    TICKET_DUPLICATE,
    TICKET_NOT_ACCEPTED,
    TICKET_WITHDRAWN,
    TICKET_STATES,
};
/** "NEW" …; "?" when there is none. */
const char *ticket_state_name(enum ticket_state state);
bool ticket_state_parse(const char *name, enum ticket_state *out);
/** TK-3: what GeoReport calls closed. */
bool ticket_closed(enum ticket_state state);

enum ticket_step {
    TICKET_RECEIVE,
    TICKET_ASSIGN,
    TICKET_FORCE,
    TICKET_RETURN,
    TICKET_START,
    TICKET_PLAN,
    TICKET_WAIT,
    TICKET_RESUME,
    TICKET_EXTEND,
    TICKET_RESOLVE,
    TICKET_CALL,
    TICKET_CONFIRM,
    TICKET_DENY,
    TICKET_EXPIRE,
    TICKET_MERGE,
    TICKET_REFUSE,
    TICKET_WITHDRAW,
    TICKET_STEPS,
};
/** "receive" …, as people type them. */
const char *ticket_step_name(enum ticket_step step);
bool ticket_step_parse(const char *name, enum ticket_step *out);

/** Who asks for a step. A manager may do what the desk may. */
enum ticket_actor { TICKET_BY_DESK, TICKET_BY_MANAGER, TICKET_BY_RESIDENT, TICKET_BY_SYSTEM, TICKET_ACTORS };

/** What a step has to bring along. */
#define TICKET_NEEDS_REASON 0x01u /* why: for the staff */
#define TICKET_NEEDS_UNIT   0x02u /* which unit it goes to, or should */
#define TICKET_NEEDS_REPLY  0x04u /* a word that the resident, and for public tickets anybody, reads */
#define TICKET_NEEDS_DATE   0x08u /* when it will be done */
#define TICKET_NEEDS_DAYS   0x10u /* 1 … TICKET_EXTEND_DAYS_MAX working days */
#define TICKET_NEEDS_OTHER  0x20u /* the ticket that this one repeats */
unsigned ticket_step_needs(enum ticket_step step);

#define TICKET_RETURNS_MAX     2  /* from then on somebody with authority assigns */
#define TICKET_REOPENED_MAX    2  /* from then on somebody with authority starts it again */
#define TICKET_WAIT_DAYS_MAX   5  /* working days that the clock may stand for a resident's answer, in all */
#define TICKET_EXTEND_DAYS_MAX 15
#define TICKET_CALLBACK_MS     (7 * INT64_C(86400000))
#define TICKET_TEXT_MAX        4000 /* characters of a description */

struct ticket_clock {
    enum ticket_state state;
    unsigned returns, reopened, waited_days;
    bool extended;
    uint32_t due;        /* YYYYMMDD */
    bool provisional;    /* the calendar does not know these days: Monday to Friday was taken */
    int64_t state_ms;    /* when it came into this state */
};

enum ticket_code {
    TICKET_OK,
    TICKET_STATE,    /* the step does not lead from here */
    TICKET_ACTOR,    /* somebody else has to do this */
    TICKET_MANAGER,  /* only somebody with authority, by now */
    TICKET_MISSING,  /* something that the step has to bring along */
    TICKET_ONCE,     /* extended before */
    TICKET_EARLY,    /* the resident still has time to answer */
    TICKET_CODES,
};
const char *ticket_code_name(enum ticket_code code);

struct ticket_move {
    enum ticket_step step;
    enum ticket_actor actor;
    unsigned brings; /* TICKET_NEEDS_… that are there */
    unsigned days;   /* of EXTEND */
    int64_t at_ms;
};
/** Do the step: state, counters and due date of `ticket` change only when the answer is TICKET_OK. */
enum ticket_code ticket_move(struct ticket_clock *ticket, const struct ticket_move *move, const struct calendar *calendar);

/* ---- Classes: until when ---- */
enum ticket_class { TICKET_DANGER, TICKET_URGENT, TICKET_NORMAL, TICKET_PERSONAL, TICKET_COMPLEX, TICKET_CLASSES };
/** The service of questions that no answer of a kiosk helped with: asked behind the answer, not in the list of problems. */
#define TICKET_QUESTION "Q01"
const char *ticket_class_name(enum ticket_class class);
bool ticket_class_parse(const char *name, enum ticket_class *out);
/** TK-1, TK-2: a ticket as it comes in, in TRIAGE; the clock runs from when the resident filed it. */
void ticket_file(struct ticket_clock *ticket, enum ticket_class class, int64_t filed_ms, const struct calendar *calendar);

/* ---- What is said at a kiosk ---- */
#define TICKET_SAID_BYTES 600 /* of what a resident says about a step */
/** What the resident may do about their own now. */
bool ticket_resident_may(const struct ticket_clock *ticket, enum ticket_step step);

/**
 * The number that a kiosk without a line hands out, of the id of the event that files it: "K0001-3F9A2C", the end of the id.
 * `out` holds the kiosk's name and eight bytes more.
 */
#define TICKET_LOCAL_DIGITS 6
void ticket_local(const char *kiosk, const char *id, char *out, size_t size);
/** The kiosk, and the end of the id in lower case. False: no such number. */
bool ticket_local_read(const char *name, char *kiosk, size_t kiosk_size, char end[TICKET_LOCAL_DIGITS + 1]);

/* ---- TK-5: what others may see ---- */
/** Complaints about people are seen by nobody else, whoever files them. */
bool ticket_public(enum ticket_class class);
/** Facility problems may be told by anybody; a complaint about a person needs somebody to answer to. */
bool ticket_anonymous_allowed(enum ticket_class class);

/* ---- TK-7 ---- */
/** FIRE, GAS, INJURY: never a ticket. *number is whom to call instead. */
bool ticket_emergency(const char *service, const char **number);
/** The same, of what somebody wrote, in either language: "着火", "gas leak" … NULL: nothing of the kind. */
const char *ticket_danger_words(const char *text);

#endif
