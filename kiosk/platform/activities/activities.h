/* SPDX-License-Identifier: Apache-2.0 */
/** Activities and their seats. The rules of a seat are those of model/seat.h. */
#ifndef PLATFORM_ACTIVITIES_H
#define PLATFORM_ACTIVITIES_H

#include "platform/data/db-activities.h"
#include "platform/platform.h"

/* ---- activities.c: inside a transaction unless said. False with PLATFORM_ERROR_STATE: why not ---- */
bool activities_add(struct db *db, const struct activity_row *row, GError **error);
bool activities_date_add(struct db *db, const struct date_row *row, GError **error);
/** Give a kiosk so many places of a date for good, at least as many as it has; it is told, signed. */
bool activities_allot(struct platform *platform, const char *kiosk, const char *session, int places, int64_t now_ms, GError **error);
/** It was enrolled anew: it promises nothing more of what it was given, whatever it remembers; what it tells of that still counts. */
bool activities_close(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error);
/** A transaction of its own: nobody comes, everybody who was to is told. `staff`: who of the register answers for it. */
bool activities_call_off(struct platform *platform, const char *session, const char *staff, const char *reason, int64_t now_ms,
                         GError **error);

/* ---- seats.c ---- */
/*
 * Refusals of an event: those of seat_code_name(), SEAT_UNKNOWN (no such date or seat), SEAT_OTHER_CARD (it is of another card),
 * SEAT_CARD (at the door: a card that nobody has). Why a seat is REFUSED: the same names, or SEAT_TWICE (the card has one at this date).
 */
struct seat_asking {
    const char *id; /* of the event, and of the seat */
    const char *session, *card, *kiosk;
    int companions;
    bool drawn; /* the kiosk promised one of its own */
    bool door;  /* whoever it is stands there */
    int64_t at_ms;
};
/** Inside a transaction. *code NULL: there is a seat now, whatever its state; else there is none. ID_REUSED: of another seat or a step. */
bool seats_ask(struct db *db, const struct seat_asking *asking, int64_t now_ms, const char **code, GError **error);

struct seat_order {
    const char *id;   /* of this step: the same one twice is done once */
    const char *seat;
    enum seat_step step; /* CANCEL, TAKE or CHECK_IN */
    const char *card;  /* of whom it must be; NULL: of whoever it is */
    const char *kiosk; /* NULL: none */
    const char *staff; /* id of the register; NULL: the resident */
    int64_t at_ms;
};
/** Inside a transaction. *code NULL: done. */
bool seats_step(struct db *db, const struct seat_order *order, int64_t now_ms, const char **code, GError **error);
/** Inside a transaction: everybody who has or wants a place of a date that was called off. */
bool seats_call_off(struct db *db, const struct date_row *session, const char *staff, int64_t now_ms, GError **error);
/** Inside a transaction: whoever left needs no place any more, at dates that have not begun; others move up. `staff`: who says so. */
bool seats_leave(struct db *db, int64_t person, const char *staff, int64_t now_ms, GError **error);
/** activities.c, a transaction of its own: a step by one of the staff, who is a clerk and not the one it is about. */
bool activities_seat(struct platform *platform, const struct seat_order *order, int64_t now_ms, enum seat_state *out, GError **error);
/** The clock's steps, in transactions of their own: *done how many. */
bool seats_run(struct platform *platform, int64_t now_ms, int *done, GError **error);

/* ---- seat-events.c ---- */
bool seats_type(const char *type);
/** An event of a kiosk, inside its transaction. `at_ms`: when it happened, as well as that is known. */
struct seat_event {
    const char *kiosk, *id, *type;
    int64_t at_ms;
};
bool seats_apply(struct platform *platform, const struct seat_event *event, json_t *data, int64_t now_ms, const char **code,
                 GError **error);

/* ---- past.c: for samples ---- */
/** What happened to a seat, in its order; `ask` is before the first of them. SEAT, QUEUE, REFUSE, OFFER, LAPSE, COMPLETE and ABSENT are ours. */
struct seats_past_step {
    enum seat_step step;
    int64_t at_ms;
};
struct seats_past {
    const char *id; /* UUID, not in use */
    const char *session, *card, *kiosk;
    int companions;
    int64_t asked_ms;
    const struct seats_past_step *steps;
    size_t count;
};
/**
 * Inside a transaction, also of much at once: a seat of a time that is gone, with given times, by the same rules and constraints. Ids
 * of steps come of the seat's id, so that the same call makes the same rows. Nobody is told and nobody moves up.
 */
bool seats_past(struct db *db, const struct seats_past *past, GError **error);

/* ---- sample.c ---- */
/** Inside a transaction: what a sample community has to offer in the weeks from `today` (YYYYMMDD) on; its first kiosks get seats of it. */
bool activities_sample(struct platform *platform, uint32_t today, int64_t now_ms, GError **error);

#endif
