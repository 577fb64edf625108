/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A number in the hall, from the slip to the end. Pure; kiosk and platform link the same file.
 *
 *    ISSUED ── call ──► CALLED ── serve ──► SERVING ── done ──► DONE (then it can be rated)
 *      │ │                ▲ │ ▲
 *      │ │         recall ╰─╯ │ call
 *      │ │                │   └── REQUEUED ◄── back, once, within half an hour ──┐
 *      │ │                └ skip: after three calls, 20 s apart ──► MISSED ──────┤
 *      │ └ transfer ► TRANSFERRED (to a number of another matter)                └ expire ─► EXPIRED (REQUEUED after all, when back was told late)
 *      └ cancel ► CANCELLED
 *
 *    close: the day is over. ISSUED, CALLED, MISSED, REQUEUED end as EXPIRED, SERVING as DONE.
 *
 * 1. Nobody is passed over: MISSED needs three calls (QU-4), whoever asks for it.
 * 2. Whoever was away comes back once, behind three others; the second time it ends there.
 * 3. Numbers are a letter (the group of matters) and three digits, from 1 on each day at each place (QU-2). The platform counts up from
 *    1; what kiosks may give out by themselves comes from the other end, so the two never meet before all numbers are gone.
 * 4. Of those who wait, whoever goes before others (QU-3) is called first, but no more than two of them one after the other: at a counter while it
 *    could call anybody else, and of a letter, over all counters, while anybody else of it waits.
 * 5. Back is judged by when it was: a kiosk without a line tells of it after the clock has ended the number, and it goes on.
 */
#ifndef MODEL_QUEUE_H
#define MODEL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum queue_state {
    QUEUE_ISSUED,
    QUEUE_CALLED,
    QUEUE_SERVING,
    QUEUE_MISSED,
    QUEUE_REQUEUED,
    QUEUE_DONE,
    QUEUE_EXPIRED,
    QUEUE_CANCELLED,
    QUEUE_TRANSFERRED,
    QUEUE_STATES
};
/** "ISSUED" …; "?" when there is none. */
const char *queue_state_name(enum queue_state state);
bool queue_state_parse(const char *name, enum queue_state *out);
bool queue_open(enum queue_state state);
/** May be called: ISSUED or REQUEUED. */
bool queue_waits(enum queue_state state);

enum queue_step {
    QUEUE_DO_CALL,
    QUEUE_DO_RECALL,
    QUEUE_DO_SKIP,
    QUEUE_DO_SERVE,
    QUEUE_DO_DONE,
    QUEUE_DO_BACK,
    QUEUE_DO_EXPIRE,
    QUEUE_DO_CANCEL,
    QUEUE_DO_TRANSFER,
    QUEUE_DO_CLOSE,
    QUEUE_STEPS
};
/** "call" …, as people type them. */
const char *queue_step_name(enum queue_step step);
bool queue_step_parse(const char *name, enum queue_step *out);

enum queue_actor { QUEUE_BY_RESIDENT, QUEUE_BY_DESK, QUEUE_BY_SYSTEM, QUEUE_ACTORS };
const char *queue_actor_name(enum queue_actor actor);

enum queue_code {
    QUEUE_OK,
    QUEUE_STATE, /* not from here */
    QUEUE_ACTOR, /* somebody else does this */
    QUEUE_EARLY, /* its time has not come */
    QUEUE_LATE,  /* its time is over */
    QUEUE_ONCE,  /* was back once already */
    QUEUE_CODES
};
/** "QUEUE_STATE" … */
const char *queue_code_name(enum queue_code code);

#define QUEUE_CALLS     3
#define QUEUE_CALL_MS   20000
#define QUEUE_BACK_MS   (30 * INT64_C(60000))
#define QUEUE_BEHIND    3
#define QUEUE_RUN_MAX   2  /* calls of those who go before others, one after the other */
#define QUEUE_ELDER_AGE 70

struct queue_ticket {
    enum queue_state state;
    unsigned calls;  /* of this time in the queue: 0 … QUEUE_CALLS */
    unsigned behind; /* REQUEUED: so many others come first */
    bool requeued;
    int64_t issued_ms, called_ms, missed_ms, served_ms, ended_ms; /* 0: not yet; called: the last time */
};
/** Do it, or say why not and leave it as it is. */
enum queue_code queue_do(struct queue_ticket *ticket, enum queue_step step, enum queue_actor actor, int64_t at_ms);
/** What the clock does next, but for the end of the day, and when. False: nothing. */
bool queue_next_step(const struct queue_ticket *ticket, enum queue_step *step, int64_t *at_ms);

/* ---- Numbers ---- */
#define QUEUE_NO_MAX    999
#define QUEUE_NO_SIZE   5 /* "A001" */
#define QUEUE_PLACE_SIZE 33
#define QUEUE_LETTERS   26
bool queue_letter_valid(char letter); /* A … Z without I and O, which are read as digits */
bool queue_no_write(char letter, int no, char out[QUEUE_NO_SIZE]);
bool queue_no_read(const char *text, char *letter, int *no);
#define QUEUE_COUNTER_SIZE 9
/** The name of a counter, as a voice can read it: capital letters and digits, shorter than QUEUE_COUNTER_SIZE. */
bool queue_counter_valid(const char *counter);

/* ---- Who goes before others ---- */
enum queue_class { QUEUE_BOOKED, QUEUE_PRIORITY, QUEUE_NORMAL, QUEUE_CLASSES };
/** "booked" … */
const char *queue_class_name(enum queue_class class);
bool queue_class_parse(const char *name, enum queue_class *out);
/** By what is known of somebody; age −1: nothing. `priority`: the desk saw why (disabled, pregnant, serviceman). */
enum queue_class queue_class_of(bool booked_in_time, int age, bool priority);

/* ---- Whose turn ---- */
struct queue_wait {
    enum queue_class class;
    char letter;
    bool requeued;
    unsigned behind;
    int64_t issued_ms;
    int no; /* of two of the same moment the lower one */
};
/** Calls of those who go before others, one after the other: at the counter that calls, and of each letter at all counters. */
struct queue_runs {
    unsigned counter, letter[QUEUE_LETTERS]; /* A first */
};
/** Which of `count` who wait is called next, with these calls behind us; `count` when nobody waits. */
size_t queue_pick(const struct queue_wait *waits, size_t count, const struct queue_runs *runs);
/** Call waits[picked]: the others move up, *runs goes on. */
void queue_called(struct queue_wait *waits, size_t count, size_t picked, struct queue_runs *runs);
/** order[i]: how many are called before waits[i] when nobody else comes. `count` up to QUEUE_NO_MAX. False: no memory for so many. */
bool queue_order(const struct queue_wait *waits, size_t count, const struct queue_runs *runs, unsigned *order);

/* ---- How long (QU-5): a range, never a promise ---- */
#define QUEUE_SERVICES      20 /* of the last so many */
#define QUEUE_SERVICES_MIN  5  /* of fewer nothing is said */
/** Of `count` times, which it sorts; −1 of fewer than QUEUE_SERVICES_MIN. */
int64_t queue_median(int64_t *ms, size_t count);
struct queue_estimate {
    int from_min, to_min; /* −1: nothing can be said */
};
/** `ahead` people at `counters` (none counts as one), `median_ms` of queue_median(). Whole five minutes. */
struct queue_estimate queue_estimate(int64_t median_ms, unsigned ahead, unsigned counters);

#endif
