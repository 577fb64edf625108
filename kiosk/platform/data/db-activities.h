/* SPDX-License-Identifier: Apache-2.0 */
/** Activities, their dates and seats in the database. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_ACTIVITIES_H
#define PLATFORM_DB_ACTIVITIES_H

#include "model/allotment.h"
#include "model/seat.h"
#include "platform/data/db.h"
#include <jansson.h>

/* ---- db-activities.c ---- */
struct activity_row {
    char id[ACTIVITY_ID_SIZE], kind[32], title_zh[128], title_en[128], place_zh[128], place_en[128], phone[32];
    int64_t fee_fen, made_ms;
};
bool db_activity_add(struct db *db, const struct activity_row *row, GError **error);
bool db_activity_find(struct db *db, const char *id, struct activity_row *out, bool *found, GError **error);
/** Ids; `from_ms`: only those with a date that ends later. GPtrArray of g_free'd text. */
GPtrArray *db_activities(struct db *db, int64_t from_ms, GError **error);

struct date_row {
    char id[ACTIVITY_ID_SIZE], activity[ACTIVITY_ID_SIZE], off_reason[128];
    struct seat_session session;
    int64_t off_ms;
};
bool db_date_add(struct db *db, const struct date_row *row, GError **error);
bool db_date_find(struct db *db, const char *id, struct date_row *out, bool *found, GError **error);
/** Dates of an activity that end later than `from_ms`, in their order. GArray of struct date_row. */
GArray *db_dates(struct db *db, const char *activity, int64_t from_ms, GError **error);
/** Called off, once. */
bool db_date_off(struct db *db, const char *id, int64_t at_ms, const char *reason, GError **error);

/** How a date stands, in places. */
struct date_count {
    int64_t taken;   /* by whoever has or had one, walk-ins included */
    int64_t held;    /* of kiosks' own seats that they have not told of */
    int64_t waiting; /* people in the queue, without companions */
};
bool db_date_count(struct db *db, const char *session, struct date_count *out, GError **error);
/** What the feed says of an activity; NULL without error: it has no date that is not long over. New reference. */
json_t *db_activity_value(struct db *db, const char *id, GError **error);

/** Of dates that kiosks are not told of any more they are told so, once. */
bool db_activities_told_end(struct db *db, int64_t now_ms, GError **error);

/** Places that a kiosk was given of a date, and how many of them it has told of. */
bool db_allotment(struct db *db, const char *kiosk, const char *session, int64_t *places, int64_t *told, GError **error);
/** More than before. */
bool db_allotment_set(struct db *db, const char *kiosk, const char *session, int64_t places, GError **error);
/** It is told no more of those that it has by now; *any: there were some. */
bool db_allotments_close(struct db *db, const char *kiosk, bool *any, GError **error);
/** All that is not closed of what a kiosk has, of dates that end later than `from_ms` and are not called off: fills `allots`. */
bool db_allotments(struct db *db, const char *kiosk, int64_t from_ms, struct allotment *out, GError **error);
/** Kiosks with seats of this date. GPtrArray of g_free'd text. */
GPtrArray *db_allotment_kiosks(struct db *db, const char *session, GError **error);
bool db_seat_issue_add(struct db *db, const struct allotment *allotment, const char *payload, const char *signature, const char *key_id,
                       GError **error);
bool db_seat_issue_version(struct db *db, const char *kiosk, int64_t *version, GError **error);
/** {payload, signature, key_id}; NULL without error: it was never given any. */
json_t *db_seat_envelope(struct db *db, const char *kiosk, GError **error);

/* ---- db-seats.c ---- */
struct seat_row {
    char id[37], session[ACTIVITY_ID_SIZE], card[33], kiosk[32], reason[16];
    struct seat seat;
    bool drawn, door;
    int64_t changed_ms;
};
bool db_seat_add(struct db *db, const struct seat_row *row, GError **error);
/** State, reason, door, times. */
bool db_seat_put(struct db *db, const struct seat_row *row, GError **error);
bool db_seat_find(struct db *db, const char *id, struct seat_row *out, bool *found, GError **error);
/** The open one of this card at this date. */
bool db_seat_open(struct db *db, const char *session, const char *card, struct seat_row *out, bool *found, GError **error);
/** Who is first in the queue, by when they asked. */
bool db_seat_first(struct db *db, const char *session, struct seat_row *out, bool *found, GError **error);
/** Waits somebody who asked before this seat, which need not be there yet? */
bool db_seat_ahead(struct db *db, const char *session, int64_t asked_ms, const char *id, bool *ahead, GError **error);
/** Has the owner of this card, by any card, a place at another date at those hours? */
bool db_seat_clash(struct db *db, const char *card, const struct date_row *session, bool *clash, GError **error);
/** Open ones of a date in the order of asking; `all`: the others, too. GArray of struct seat_row. */
GArray *db_seats(struct db *db, const char *session, bool all, GError **error);
/** Those of any card of this person that are open. Array of struct seat_row. */
GArray *db_seats_of_person(struct db *db, int64_t person, GError **error);
/**
 * Seats that the clock does something to by `now_ms`, at most `limit`. Who is registered and did not come counts as absent
 * `late_ms` after the end only, since kiosks may tell later. GPtrArray of g_free'd ids.
 */
GPtrArray *db_seats_due(struct db *db, int64_t now_ms, int64_t late_ms, int64_t limit, GError **error);

struct seat_step_row {
    const char *seat, *id; /* id "": made of the seat's and the number of the step */
    const char *step, *actor, *kiosk, *staff, *from, *to;
    int64_t at_ms;
};
/** At the end of the seat's steps. */
bool db_seat_step_add(struct db *db, const struct seat_step_row *row, GError **error);
bool db_seat_step_taken(struct db *db, const char *id, bool *taken, GError **error);
/** New reference. */
json_t *db_seat_steps(struct db *db, const char *seat, GError **error);
/** What the feed says of a seat; NULL without error: nothing any more. New reference. */
json_t *db_seat_value(struct db *db, const char *id, int64_t now_ms, GError **error);
/** Seats of dates that kiosks are not told of any more: they are told that there is nothing, once. */
bool db_seats_told_end(struct db *db, int64_t now_ms, GError **error);
/** The same of any topic: `keys` selects what they were told of, for dates that ended behind ?2 and until ?3. */
bool db_told_end(struct db *db, const char *topic, const char *keys, int64_t before_ms, GError **error);
/** The owner of the card left for good: what has ended is nobody's. */
bool db_seats_erase(struct db *db, const char *card, GError **error);

#endif
