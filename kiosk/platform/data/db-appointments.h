/* SPDX-License-Identifier: Apache-2.0 */
/** Times that a hall offers for a matter, and who has one, in the database. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_APPOINTMENTS_H
#define PLATFORM_DB_APPOINTMENTS_H

#include "model/appointment.h"
#include "platform/data/db.h"

struct slot_row {
    char hall[QUEUE_PLACE_SIZE], matter[MATTER_CODE_SIZE];
    int64_t start_ms, minutes, places; /* places 0: nobody more */
};
bool db_slot_put(struct db *db, const struct slot_row *row, GError **error);
bool db_slot_find(struct db *db, const char *hall, const char *matter, int64_t start_ms, struct slot_row *out, bool *found, GError **error);
/** Those that begin after `from_ms`, with how many have them; `hall` and `matter` "" any. New reference. */
json_t *db_slots(struct db *db, const char *hall, const char *matter, int64_t from_ms, GError **error);

struct appointment_row {
    char id[37], hall[QUEUE_PLACE_SIZE], matter[MATTER_CODE_SIZE], card[33], ticket[37]; /* ticket "": no number was taken in time */
    int64_t booked_ms;
    struct appointment appointment;
};
bool db_appointment_add(struct db *db, const struct appointment_row *row, GError **error);
/** State, time, number. */
bool db_appointment_put(struct db *db, const struct appointment_row *row, GError **error);
bool db_appointment_find(struct db *db, const char *id, struct appointment_row *out, bool *found, GError **error);
/** Of whose card it is, at that time; `except` the id of one that does not count, "" none. Places and absences are not its. */
bool db_appointment_facts(struct db *db, const struct appointment_row *row, int64_t start_ms, const char *except, struct appointment_facts *out,
                          GError **error);
/** When the person of this card was absent from this matter, the earliest first. GArray of int64_t. */
GArray *db_appointments_missed(struct db *db, const char *matter, const char *card, GError **error);
/** Booked ones of this person that overlap with this time, at any hall and for any matter, but `except`. */
bool db_appointments_at(struct db *db, const char *card, const struct slot_row *slot, const char *except, int64_t *count, GError **error);
/** The first of this card that begins between these times and is booked or was missed. */
bool db_appointment_near(struct db *db, const char *hall, const char *matter, const char *card, int64_t from_ms, int64_t to_ms,
                         struct appointment_row *out, bool *found, GError **error);
/** One that was kept with a number of a kiosk's own of that day that waits on as nobody's, since the card itself asked for another. */
bool db_appointment_of_slip(struct db *db, const char *hall, const char *matter, const char *card, uint32_t day, struct appointment_row *out,
                            bool *found, GError **error);
/** Booked ones that began before that. GArray of struct appointment_row. */
GArray *db_appointments_due(struct db *db, int64_t before_ms, GError **error);
GArray *db_appointments_of_person(struct db *db, int64_t person, GError **error);
/** Of these times, without whose they are, with what happened to each. New reference. */
json_t *db_appointments(struct db *db, const char *hall, int64_t from_ms, int64_t to_ms, GError **error);

struct appointment_step_row {
    const char *appointment, *step, *staff; /* staff "": the resident, or the clock */
    int64_t at_ms, start_ms;
};
bool db_appointment_step_add(struct db *db, const struct appointment_step_row *row, GError **error);
/** The owner of the card left for good. */
bool db_appointments_erase(struct db *db, const char *card, GError **error);

#endif
