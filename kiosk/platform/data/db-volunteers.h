/* SPDX-License-Identifier: Apache-2.0 */
/** The roll of volunteers, stars that were asked for, taps as they were told, hours in dispute. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_VOLUNTEERS_H
#define PLATFORM_DB_VOLUNTEERS_H

#include <jansson.h>
#include "model/volunteer.h"
#include "platform/data/db.h"

struct roll_row {
    int64_t person, guardian; /* guardian −1: none */
    char no[VOLUNTEER_NO_SIZE], event[37], kiosk[32], pledge[17]; /* event and kiosk "" by hand */
    int64_t registered_ms;
    uint32_t registered_on;
    unsigned skills;
};
bool db_roll_find(struct db *db, int64_t person, struct roll_row *out, bool *found, GError **error);
/** The owner of this card; found false: not on the roll, or no such card. */
bool db_roll_of_card(struct db *db, const char *token, struct roll_row *out, bool *found, GError **error);
/** The next number of the year that it is registered in is given to it: row->no. */
bool db_roll_add(struct db *db, struct roll_row *row, GError **error);
/** Told to kiosks, if its owner is on the roll. */
bool db_volunteer_changed(struct db *db, const char *token, GError **error);

struct star_row {
    char id[37], rules[33];
    int64_t person, minutes, asked_ms, ended_ms;
    unsigned level;
    uint32_t public_until;
};
/** The one that is being publicised. */
bool db_star_open(struct db *db, int64_t person, struct star_row *out, bool *found, GError **error);
bool db_star_add(struct db *db, const struct star_row *row, GError **error);
bool db_star_end(struct db *db, const char *id, bool granted, int64_t now_ms, GError **error);
/** GArray of struct star_row whose publicity is over. */
GArray *db_stars_due(struct db *db, uint32_t today, GError **error);
/** The card of this person that is in use; "" none is. */
bool db_card_in_use(struct db *db, int64_t person, char token[33], GError **error);

/** VR-1: as it was told. Once for each of the two. */
struct tap_row {
    const char *attendance, *kiosk;
    bool out;
    int64_t at_ms, offset_ms;
};
bool db_tap_told(struct db *db, const struct tap_row *row, GError **error);

struct dispute_row {
    char attendance[37], id[37], kiosk[32], what[16];
    int64_t minutes_before, at_ms;
};
bool db_dispute_add(struct db *db, const struct dispute_row *row, GError **error);
bool db_dispute_end(struct db *db, const char *attendance, int64_t minutes, char **by, const char *reason, int64_t now_ms, GError **error);
/** [{attendance, no, what, minutes, at_ms}] that nobody has looked at; new reference. By number, never by name (VR-8). */
json_t *db_disputes_open(struct db *db, GError **error);

/** Feed topic "volunteer"; NULL without error: not on the roll, or of a card that is out of use. */
json_t *db_volunteer_value(struct db *db, const char *token, GError **error);

#endif
