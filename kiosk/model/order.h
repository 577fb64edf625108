/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A resident's order of a service, from the wish to the rating. Pure; kiosk and platform link the same file.
 *
 *                   ┌─ review ──► REVIEW ── reject ──► REJECTED
 *    (place) ► PLACED               │ approve
 *                   └─ open ───► POOL ◄─ refuse, lapse ── OFFERED ◄── assign ── ESCALATED
 *                                 │ ▲ │ │                  ▲  │                    ▲
 *                                 │ │ │ └──── dispatch ────┘  │ accept             │
 *                                 │ │ └────────────────────── │ ── escalate ───────┘
 *                            grab │ └── withdraw ──┐          ▼
 *                                 └─────────────► ACCEPTED ◄──┘ ◄─ reschedule ─ NO_SHOW ── close ──► CANCELLED
 *                                                  │    └──────── absent ─────────►┘
 *                                            start ▼
 *              REFUNDED ◄─ give_back ─┐        IN_SERVICE ── finish ──► FINISHED ── confirm, auto ──► COMPLETED ── rate ──► RATED
 *                                     └──────── DISPUTED ◄───────────── dispute ┘                       ▲
 *                                                  └──────────────────── settle ────────────────────────┘
 *    PLACED, REVIEW, POOL, OFFERED, ESCALATED, ACCEPTED ── cancel ──► CANCELLED (an accepted one only until the cut-off before the visit)
 *    PLACED, REVIEW, POOL, ESCALATED ── expire ──► EXPIRED (nobody took it for too long)
 *
 * Invariants: the accepting time (`accept_by_ms`) runs from the moment at which the resident asked, and no step moves it; an order that
 * is OFFERED or further has a provider, one in the pool has none; who refused twice makes it a clerk's business (`alert`); an
 * open order always has a next date (order_next()).
 */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum order_state {
    ORDER_PLACED,
    ORDER_REVIEW,
    ORDER_POOL,
    ORDER_OFFERED,
    ORDER_ESCALATED,
    ORDER_ACCEPTED,
    ORDER_IN_SERVICE,
    ORDER_NO_SHOW,
    ORDER_FINISHED,
    ORDER_DISPUTED,
    ORDER_COMPLETED,
    ORDER_RATED,
    ORDER_REFUNDED,
    ORDER_REJECTED,
    ORDER_CANCELLED,
    ORDER_EXPIRED,
    ORDER_STATES
};

enum order_step {
    ORDER_DO_REVIEW,
    ORDER_DO_OPEN,
    ORDER_DO_APPROVE,
    ORDER_DO_REJECT,
    ORDER_DO_DISPATCH,
    ORDER_DO_GRAB,
    ORDER_DO_ACCEPT,
    ORDER_DO_REFUSE,
    ORDER_DO_LAPSE,
    ORDER_DO_ESCALATE,
    ORDER_DO_ASSIGN,
    ORDER_DO_START,
    ORDER_DO_ABSENT,
    ORDER_DO_RESCHEDULE,
    ORDER_DO_CLOSE,
    ORDER_DO_WITHDRAW,
    ORDER_DO_FINISH,
    ORDER_DO_CONFIRM,
    ORDER_DO_AUTO,
    ORDER_DO_DISPUTE,
    ORDER_DO_SETTLE,
    ORDER_DO_GIVE_BACK,
    ORDER_DO_CANCEL,
    ORDER_DO_EXPIRE,
    ORDER_DO_RATE,
    ORDER_STEPS
};

enum order_actor { ORDER_RESIDENT, ORDER_PROVIDER, ORDER_CLERK, ORDER_MANAGER, ORDER_CLOCK, ORDER_ACTORS };

enum order_code {
    ORDER_OK,
    ORDER_STATE,    /* not from here */
    ORDER_ACTOR,    /* not by these */
    ORDER_REASON,   /* a reason has to be given */
    ORDER_WHOSE,    /* another provider's */
    ORDER_EARLY,    /* its time has not come */
    ORDER_LATE,     /* its time is over */
    ORDER_VALUE,    /* a time or number that cannot be */
    ORDER_CODES
};

/** Of a community: times in ms, by what it has promised. */
struct order_rules {
    int64_t offer_ms;   /* a provider has so long to answer */
    int64_t cutoff_ms;  /* before the visit: from then on the resident calls instead of cancelling */
    int64_t confirm_ms; /* after the finish: then it counts as confirmed */
    int64_t remind_ms;  /* after the finish: the one reminder */
    int64_t expire_ms;  /* after the asking: nobody took it */
    int64_t rate_ms;    /* after the end: so long it may be rated */
    unsigned refusals_alert;
};
extern const struct order_rules ORDER_RULES;

#define ORDER_PROVIDER_SIZE 33
#define ORDER_REASON_SIZE   201
#define ORDER_MINUTES_MAX   (24 * 60)

struct order {
    enum order_state state;
    bool reviewed;                     /* subsidised, or in the resident's own words: somebody has to look first */
    char provider[ORDER_PROVIDER_SIZE]; /* "": none */
    int64_t placed_ms, accept_by_ms;   /* asked; promised to be taken */
    int64_t offered_ms, visit_ms, ended_ms; /* 0: not yet */
    int64_t finished_ms; /* likewise; at the platform when it was told of it, which may be later */
    unsigned refusals, withdrawals;
    int64_t minutes; /* of service */
    bool alert;      /* a clerk has to look */
};

/** What somebody does to it. */
struct order_deed {
    enum order_step step;
    enum order_actor actor;
    int64_t at_ms;
    char provider[ORDER_PROVIDER_SIZE]; /* DISPATCH and ASSIGN: to whom; steps of a provider: who it is */
    char reason[ORDER_REASON_SIZE];     /* UTF-8 of people; "": none */
    int64_t visit_ms;                   /* GRAB, ACCEPT, RESCHEDULE */
    int64_t minutes;                    /* FINISH */
};

/** A new one. `accept_ms`: how long its service promises to be taken in, at the most until it expires. */
struct order order_place(bool reviewed, int64_t at_ms, int64_t accept_ms);
/** Do it, or say why not and leave the order as it is. `rules` NULL: ORDER_RULES. */
enum order_code order_do(struct order *order, const struct order_deed *deed, const struct order_rules *rules);
/** Would the step be taken from here by these, whatever the rest says? */
bool order_may(enum order_state from, enum order_step step, enum order_actor actor);
/** What the clock does next, and when; false: nothing, the order is at its end. *step ORDER_STEPS: only the reminder. */
bool order_next(const struct order *order, const struct order_rules *rules, enum order_step *step, int64_t *at_ms);
/** Is it still somebody's business? */
bool order_is_open(enum order_state state);
/** What is held for it: kept, taken at the end, or given back. */
enum order_hold { ORDER_HOLD_KEEP, ORDER_HOLD_CAPTURE, ORDER_HOLD_RELEASE };
enum order_hold order_hold_of(enum order_state state);

const char *order_state_name(enum order_state state);
bool order_state_parse(const char *name, enum order_state *out);
const char *order_step_name(enum order_step step);
bool order_step_parse(const char *name, enum order_step *out);
const char *order_actor_name(enum order_actor actor);
bool order_actor_parse(const char *name, enum order_actor *out);
/** "ORDER_STATE", … */
const char *order_code_name(enum order_code code);

/** Strict both ways. New reference. */
json_t *order_to_json(const struct order *order);
bool order_from_json(json_t *json, struct order *out);

#endif
