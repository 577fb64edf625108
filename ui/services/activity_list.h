/* SPDX-License-Identifier: Apache-2.0 */
/** What there is to go to, a card's own seats there, and in which order they are told. No GTK. */
#ifndef UI_ACTIVITY_LIST_H
#define UI_ACTIVITY_LIST_H

#include <stdbool.h>
#include "model/seat.h"
#include "service/kiosk.h"

#define ACTIVITY_OTHERS_MAX 100 /* that are listed, of those where the card has no seat */
#define SEATS_SHOWN_MAX     200 /* of a card's seats */

/** For everybody; nothing of any person. */
struct activity_list {
    bool known;
    struct kiosk_activity *items; /* by date */
    size_t count;
    int64_t asof_ms;
    int64_t now_ms, taken_us; /* the machine's time when it was told, and the monotonic clock then */
};
/** Copy them. */
void activity_list_take(struct activity_list *list, const struct kiosk_activity *items, size_t count, int64_t asof_ms, int64_t now_ms);
void activity_list_clear(void *list);
/** The machine's time now. */
int64_t activity_list_now_ms(const struct activity_list *list);
/** NULL: not told of any more. */
const struct kiosk_activity *activity_list_find(const struct activity_list *list, const char *session);

/** Of the card that lies there. */
struct seat_list {
    bool known; /* answered */
    bool whole; /* false: only what was asked for here */
    struct kiosk_seat *items;
    size_t count;
};
void seat_list_take(struct seat_list *list, const struct kiosk_seat *items, size_t count, bool whole);
/** Overwritten, then freed. */
void seat_list_clear(void *list);
/** How the card stands with this date: its open seat, else what became of the last one; NULL: nothing. */
const struct kiosk_seat *seat_list_of(const struct seat_list *list, const char *session);
const struct kiosk_seat *seat_list_find(const struct seat_list *list, const char *id);

/** How somebody stands with a date, the most urgent first: so they are listed. */
enum standing {
    STANDING_LOST,    /* had a seat, or asked for one: it is called off */
    STANDING_OFFER,   /* a seat is free, and waits for a yes */
    STANDING_OWN,     /* promised, asked for, waiting, checked in */
    STANDING_OFF,     /* called off */
    STANDING_NOTHING,
};
/** `seat` may be NULL. */
enum standing activity_standing(const struct kiosk_activity *activity, const struct kiosk_seat *seat);
/** Places in `list` in the order in which they are told; *count of them. g_free'd. */
size_t *activity_order(const struct activity_list *list, const struct seat_list *seats, size_t *count);
/** At most one hour before it begins, and not over: whoever stands there is checked in. */
bool activity_door_open(const struct kiosk_activity *activity, int64_t now_ms);
/** Open as model/seat.h has it. `seat` may be NULL. */
bool seat_open(const struct kiosk_seat *seat);
bool seat_is(const struct kiosk_seat *seat, enum seat_state state);
/** A yes that is written down here and waits for the platform. */
bool seat_steps(const struct kiosk_seat *seat, enum seat_step step);

#endif
