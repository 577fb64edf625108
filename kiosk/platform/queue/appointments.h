/* SPDX-License-Identifier: Apache-2.0 */
/** Appointments at a hall. The rules are those of model/appointment.h. All inside a transaction. */
#ifndef PLATFORM_APPOINTMENTS_H
#define PLATFORM_APPOINTMENTS_H

#include "platform/data/db-appointments.h"
#include "platform/data/db-queue.h"

/** A time that a hall offers, within its hours of a working day; places 0: nobody more gets it. False with PLATFORM_ERROR_STATE: why not. */
bool appointments_slot_put(struct db *db, const struct slot_row *slot, GError **error);

/*
 * What a member of the staff does for whoever asks, never for themselves. *code NULL: it is done. Refusals beside those of
 * appointment_code_name() and of staff_judge(): APPOINTMENT_NONE (no such time, or matter), APPOINTMENT_CARD (no card in use here),
 * APPOINTMENT_TWICE (another one that overlaps with it), APPOINTMENT_UNKNOWN, ID_REUSED.
 */
struct appointment_asking {
    const char *id;                  /* of the appointment; the same once more is done once, while it is booked */
    const char *hall, *matter, *card; /* of a new one; card by its token */
    const char *staff;
    int64_t start_ms; /* of a new one, and of one that moves */
};
bool appointments_book(struct db *db, const struct appointment_asking *asking, int64_t now_ms, const char **code, GError **error);
bool appointments_move(struct db *db, const struct appointment_asking *asking, int64_t now_ms, const char **code, GError **error);
/** `by_hall`: it cannot be kept here, whatever the hours to cancel are; afterwards: it could not, and whoever was absent was not. */
bool appointments_cancel(struct db *db, const struct appointment_asking *asking, bool by_hall, int64_t now_ms, const char **code, GError **error);

/** The appointment that a number of this card, hall and matter, taken at `at_ms`, is in time for; told late also one that was missed. One that was kept
 *  with a slip that is nobody's by now goes to the number of whoever has the card. */
bool appointments_near(struct db *db, const struct queue_row *number, int64_t at_ms, struct appointment_row *out, bool *found, GError **error);
bool appointments_keep(struct db *db, struct appointment_row *row, const struct queue_row *number, int64_t at_ms, GError **error);
/** A number that a kiosk gave out by itself was taken before the time, and told of when its owner counted as absent: they waited, and were not. */
bool appointments_waited(struct db *db, const struct queue_row *number, GError **error);
/** Whoever came early is in time now: their number becomes a booked one. */
bool appointments_meet(struct db *db, struct queue_row *number, int64_t now_ms, GError **error);
/** The clock; *done how much. Whoever has no number is absent, unless the hall was closed or the matter not done there: then it is called off. */
bool appointments_tick(struct db *db, int64_t now_ms, int *done, GError **error);
/** They left: others get their times. */
bool appointments_leave(struct db *db, int64_t person, const char *staff, int64_t now_ms, GError **error);
/** An older database was put back: the numbers of those whose time passed since are lost, so nobody knows who came, and nobody was absent. */
bool appointments_restored(struct db *db, int64_t now_ms, GError **error);

#endif
