/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Activities and seats: what the platform told (a cache of the feed; seats are personal: sealed, and wiped with the rest), the seats
 * that this kiosk may promise by itself, and what was asked for here and is not answered yet.
 */
#ifndef STORE_SEATS_H
#define STORE_SEATS_H

#include "model/allotment.h"
#include "model/seat.h"
#include "store/store.h"

/** Activities with their dates, as the feed has them. GPtrArray of json_t*, borrowed by it. */
GPtrArray *store_activities(struct store *store, GError **error);
/** One date of them; *left and *waiting as told. */
struct store_date {
    char activity[ACTIVITY_ID_SIZE];
    struct seat_session session;
    int64_t left, waiting;
};
bool store_date(struct store *store, const char *session, struct store_date *out, bool *found, GError **error);

/** The signed seats of this kiosk; `version` 0: none. A version never goes back. */
bool store_allotment(struct store *store, struct allotment *out, GError **error);
bool store_allotment_set(struct store *store, const struct allotment *allotment, GError **error);
/** Places of this date that this kiosk may promise now. */
bool store_allotment_left(struct store *store, const char *session, int64_t *left, GError **error);

struct store_seat {
    char id[37], session[ACTIVITY_ID_SIZE], activity[ACTIVITY_ID_SIZE], reason[16];
    struct seat seat; /* as told, or as asked for here: REGISTERED is promised, REQUESTED promises nothing; REFUSED: at the door, afterwards */
    bool told;        /* by the platform */
    char waits[12];   /* a step that was written down and is not answered; "" none */
    int64_t start_ms, end_ms; /* 0: not known here */
};
/** Of this card, the latest asked first. *known false: nothing can be said of the card now, but for what was asked here. GArray. */
GArray *store_seats(struct store *store, const char *token, bool *known, GError **error);

struct store_wish {
    const char *session, *token;
    int companions;
    bool door; /* stands there */
};
/**
 * Write it down ("seat.asked"). *drawn: promised from this kiosk's own seats, one of which is set aside before: whatever stops here
 * promises none twice. `own` false: none of them is to be drawn. `id_out` 37 bytes: of the seat.
 */
bool store_seat_ask(struct store *store, const struct store_wish *wish, bool own, bool *drawn, char *id_out, GError **error);
/** Write down a step of this card's seat ("seat.step"): "cancel", "take", "check_in". It is told and waits, or neither. */
bool store_seat_step(struct store *store, const char *seat, const char *token, enum seat_step step, GError **error);

#endif
