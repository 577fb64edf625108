/* SPDX-License-Identifier: Apache-2.0 */
/** Numbers in the hall. The rules of a number are those of model/queue.h, of a matter those of model/matter.h. */
#ifndef PLATFORM_QUEUES_H
#define PLATFORM_QUEUES_H

#include "platform/data/db-queue.h"
#include "platform/persons/taps.h"
#include "platform/platform.h"

/* ---- queue-set.c: what there is. False with PLATFORM_ERROR_STATE: why not ---- */
/** Inside a transaction; all kiosks are told of matters, those in a hall of its numbers. */
bool queues_hall_put(struct db *db, const struct hall_row *row, GError **error);
/** `hall` "": in none. `own`: so many numbers of each letter and day that it gives out when nobody can be asked; 0 none. */
bool queues_kiosk_put(struct db *db, const char *kiosk, const char *hall, int64_t own, GError **error);
bool queues_matter_put(struct db *db, const struct matter *matter, bool retired, int64_t now_ms, GError **error);
/** Inside a transaction: numbers of its own for today and the days behind it, as far as it has none and is enrolled. What it has now it is told,
 *  signed, unless that is what it was told last. *given: it is told. */
bool queues_ranges_give(struct platform *platform, const char *kiosk, int64_t now_ms, bool *given, GError **error);
/** Inside a transaction: it was enrolled anew or revoked, and gives out none of what it had; what it tells of those still counts. */
bool queues_close(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error);
/** Inside a transaction: an older database was put back. Numbers that may have been given since are given to nobody else. */
bool queues_restored(struct db *db, int64_t now_ms, GError **error);
/** In meta: for which day kiosks' own numbers were looked through last; another kiosk, matter or enrolment begins anew. */
#define QUEUE_HANDED_OUT "queue_handed_out"
#define QUEUE_DAYS_AHEAD 4 /* a line that is cut on Friday evening is cut on Monday */

/* ---- queues.c ---- */
/*
 * Refusals beside those of queue_code_name(): QUEUE_HALL (no such one), QUEUE_MATTER (none, retired, or not here), QUEUE_CLOSED (the hall is not open now),
 * QUEUE_TWICE (the card has an open number of this matter), QUEUE_MANY (it had as many today as it may), QUEUE_TOO_MANY (this kiosk gave
 * nobody's numbers, as below), QUEUE_FULL (no number is left today).
 */
#define QUEUE_ASKED_TIMES 3  /* of max_per_day: asked for in all, cancelled and expired with them */
#define QUEUE_NOBODY_OPEN 100 /* of nobody, of a kiosk, hall and letter: open, */
#define QUEUE_NOBODY_HOUR 60  /* and in an hour */
#define QUEUE_RETRY_S     60
struct queue_asking {
    const char *id; /* of the number */
    const char *hall, *matter, *kiosk;
    const char *card;  /* token; "" nobody's */
    const char *staff; /* id of the register; NULL: the resident asks */
    bool priority;     /* somebody of the staff saw why */
    bool unnamed;      /* the card says the class only: the number is nobody's */
    int64_t at_ms;
};
/** Inside a transaction. *code NULL: there is this number now. The id is not in use. */
bool queues_issue(struct db *db, const struct queue_asking *asking, int64_t now_ms, const char **code, GError **error);
/** Inside a transaction: the open number that this card has by a tap. One that a kiosk only says is the card's becomes nobody's. */
bool queues_of_card(struct db *db, const char *hall, const char *matter, const char *card, struct queue_row *out, bool *found, GError **error);
/** One that a kiosk gave out of its own range, of any matter that there ever was. *code QUEUE_HALL, QUEUE_MATTER, QUEUE_RANGE (it was never given that one, or its day has not come), QUEUE_TAKEN (there is such a number). */
struct queue_drawn {
    uint32_t day;
    char letter;
    int no;
};
bool queues_drawn(struct db *db, const struct queue_asking *asking, const struct queue_drawn *drawn, int64_t now_ms, const char **code,
                  GError **error);

/** One step of a number, by whoever `actor` is. */
struct queue_doing {
    enum queue_step step;
    enum queue_actor actor;
    const char *id;                      /* of the step; "": made of the number's */
    const char *kiosk, *staff, *counter; /* "" none */
    int64_t at_ms;
};
/** Inside a transaction. *code QUEUE_OK: it is done, written and told. */
bool queues_step(struct db *db, struct queue_row *row, const struct queue_doing *doing, enum queue_code *code, GError **error);
/** Is this the card of somebody whom `doing` may do nothing for: of whoever of the staff it is themselves? */
bool queues_own(struct db *db, const struct queue_doing *doing, const char *card, bool *own, GError **error);
/** Inside a transaction: who is next at this counter, called, but nobody's own number. `groups` letters, "" all. *code QUEUE_NOBODY: nobody waits. */
bool queues_call(struct db *db, const char *hall, const char *groups, const struct queue_doing *doing, struct queue_row *out,
                 const char **code, GError **error);
/** Inside a transaction: a number of another matter instead of this one, with its time; `id` of the new one. */
bool queues_transfer(struct db *db, struct queue_row *row, const char *matter, const char *id, const struct queue_doing *doing,
                     struct queue_row *out, const char **code, GError **error);
/** Inside a transaction: what the clock does in this hall; *done how much. */
bool queues_tick(struct db *db, const char *hall, int64_t now_ms, int *done, GError **error);
/** Transactions of its own, and none that writes while there is nothing to do: the clock in all halls, and kiosks' own numbers. */
bool queues_run(struct platform *platform, int64_t now_ms, int *done, GError **error);
/** Inside a transaction: how many come before it. */
bool queues_ahead(struct db *db, const struct queue_row *row, int64_t now_ms, unsigned *ahead, GError **error);

/* ---- queue-desk.c: what calls of the contract and commands do ---- */
struct queue_call {
    const char *kiosk, *secret; /* of whose hall; secret NULL: no card was tapped */
    const char *key;            /* of the request: the number's id, or the step's */
    const char *matter, *ticket, *counter, *groups; /* "" none */
    const char *what;           /* "number", or a step of the desk */
    bool priority;
};
/** A number for whoever stands at the kiosk. New reference; NULL with `refusal`, or status 0: trouble. */
json_t *queues_number(struct platform *platform, const struct queue_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error);
/** call, recall, skip, serve, done, back, cancel, transfer, pause or resume, by the member of the staff whose session it is. */
json_t *queues_desk(struct platform *platform, const struct queue_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error);
/** The same of a hall, by who is named: a command of the platform. False with PLATFORM_ERROR_STATE: the refusal's code. */
json_t *queues_desk_by(struct platform *platform, const char *hall, const char *staff, const struct queue_call *call, int64_t now_ms,
                       GError **error);

/* ---- queue-events.c ---- */
bool queues_type(const char *type);
/** An event of a kiosk, inside its transaction. `at_ms`: when it happened, as well as that is known. */
struct queue_event {
    const char *kiosk, *id, *type;
    int64_t at_ms;
};
bool queues_apply(struct platform *platform, const struct queue_event *event, json_t *data, int64_t now_ms, const char **code, GError **error);

#endif
