/* SPDX-License-Identifier: Apache-2.0 */
/* Seats of a time that is gone, for samples: the same machine and the same tables, with given times. */
#include "platform/activities/activities.h"
#include <string.h>

static const char *actor_of(enum seat_step step)
{
    return step == SEAT_DO_TAKE || step == SEAT_DO_CHECK_IN || step == SEAT_DO_CANCEL ? "resident" : "platform";
}

static bool refuse(GError **error, const char *id, enum seat_code code)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the past of seat %s cannot have been: %s", id, seat_code_name(code));
    return false;
}

/* The whole of it first, so that each row is written once; *door: let in without a promise. */
static enum seat_code played(const struct seats_past *past, const struct date_row *session, struct seat_row *row, struct seat_step_row *steps)
{
    enum seat_code code = SEAT_OK;

    for (size_t i = 0; code == SEAT_OK && i < past->count; i++) {
        enum seat_state from = row->seat.state;

        code = seat_do(&row->seat, past->steps[i].step, &session->session, past->steps[i].at_ms);
        row->door |= row->seat.state == SEAT_CHECKED_IN && (from == SEAT_REQUESTED || from == SEAT_WAITLISTED);
        row->changed_ms = past->steps[i].at_ms;
        steps[i] = (struct seat_step_row){.seat = past->id, .id = "", .step = seat_step_name(past->steps[i].step),
                                          .actor = actor_of(past->steps[i].step), .kiosk = past->kiosk, .from = seat_state_name(from),
                                          .to = seat_state_name(row->seat.state), .at_ms = past->steps[i].at_ms};
    }
    return code;
}

bool seats_past(struct db *db, const struct seats_past *past, GError **error)
{
    struct seat_row row = {.seat = {.state = SEAT_REQUESTED, .companions = past->companions, .asked_ms = past->asked_ms},
                           .changed_ms = past->asked_ms};
    struct seat_step_row ask = {.seat = past->id, .id = past->id, .step = "ask", .actor = "resident", .kiosk = past->kiosk, .from = "",
                                .to = seat_state_name(SEAT_REQUESTED), .at_ms = past->asked_ms};
    g_autofree struct seat_step_row *steps = g_new0(struct seat_step_row, past->count + 1);
    struct date_row session;
    bool found;

    g_strlcpy(row.id, past->id, sizeof row.id);
    g_strlcpy(row.session, past->session, sizeof row.session);
    g_strlcpy(row.card, past->card, sizeof row.card);
    g_strlcpy(row.kiosk, past->kiosk, sizeof row.kiosk);
    if (!db_date_find(db, past->session, &session, &found, error))
        return false;
    enum seat_code code = found ? played(past, &session, &row, steps) : SEAT_STATE;
    if (code != SEAT_OK)
        return refuse(error, past->id, code);
    bool ok = db_seat_add(db, &row, error) && db_seat_step_add(db, &ask, error);
    for (size_t i = 0; ok && i < past->count; i++)
        ok = db_seat_step_add(db, &steps[i], error);
    return ok;
}
