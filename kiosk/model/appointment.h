/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An appointment at a hall (QU-1), from the booking to who came. What holds is the matter's (model/matter.h). Pure.
 *
 *    book ──► BOOKED ── keep: a number in time ──► KEPT ◄── keep, told late ──╮
 *            ▲   │ │ └─ miss: nobody came ──────► NO_SHOW ───────────────────╯
 *         move ──╯ └─ cancel, call off ─────────► CANCELLED (call off: from NO_SHOW too)
 *
 * 1. It is asked for `lead_days_min` days before at the latest, and for one of the next `horizon_workdays` working days; of a matter
 *    with none there are no appointments. No more than `max_per_day` of a matter, person and day.
 * 2. Moved or given up `cancel_hours` before at the latest; the hall itself may call it off at any time, and an absence that was its own fault is none.
 * 3. In time is from APPOINTMENT_BEFORE_MS before until APPOINTMENT_AFTER_MS after: who takes a number then is called as booked (QU-3).
 * 4. `no_show_limit` absences within `no_show_window_days`: no new appointment for `ban_days` from the last of them on, whatever comes after it.
 */
#ifndef MODEL_APPOINTMENT_H
#define MODEL_APPOINTMENT_H

#include "model/civic.h"
#include "model/matter.h"

#define APPOINTMENT_BEFORE_MS (30 * INT64_C(60000))
#define APPOINTMENT_AFTER_MS  (15 * INT64_C(60000))

enum appointment_state { APPOINTMENT_BOOKED, APPOINTMENT_KEPT, APPOINTMENT_CANCELLED, APPOINTMENT_NO_SHOW, APPOINTMENT_STATES };
/** "BOOKED" … */
const char *appointment_state_name(enum appointment_state state);
bool appointment_state_parse(const char *name, enum appointment_state *out);

enum appointment_step {
    APPOINTMENT_DO_MOVE,
    APPOINTMENT_DO_CANCEL,
    APPOINTMENT_DO_CALL_OFF,
    APPOINTMENT_DO_KEEP,
    APPOINTMENT_DO_MISS,
    APPOINTMENT_STEPS
};
/** "move" … */
const char *appointment_step_name(enum appointment_step step);

enum appointment_code {
    APPOINTMENT_OK,
    APPOINTMENT_STATE,  /* not from here */
    APPOINTMENT_EARLY,  /* its time has not come */
    APPOINTMENT_LATE,   /* too short before it, or over */
    APPOINTMENT_FAR,    /* beyond the horizon */
    APPOINTMENT_FULL,   /* all places of that time are taken */
    APPOINTMENT_MANY,   /* this person has as many that day as may be */
    APPOINTMENT_BANNED, /* was absent too often */
    APPOINTMENT_CODES
};
/** "APPOINTMENT_STATE" … */
const char *appointment_code_name(enum appointment_code code);

struct appointment {
    enum appointment_state state;
    int64_t start_ms, ended_ms; /* ended 0: not yet */
};
/** Do it, or say why not and leave it as it is. `start_ms`: of move, the new time, which appointment_judge() took. */
enum appointment_code appointment_do(struct appointment *appointment, enum appointment_step step, const struct matter *matter, int64_t start_ms,
                                     int64_t at_ms);
/** Is this in time for it? */
bool appointment_in_time(int64_t start_ms, int64_t at_ms);

/** What the platform knows; without the appointment that moves. */
struct appointment_facts {
    int64_t places, taken;       /* of that time */
    int64_t of_day;              /* of this person and matter on that day: booked, kept, or missed */
    const int64_t *missed_ms;    /* when this person was absent from this matter, the earliest first: borrowed */
    size_t missed;
};
/** May it be booked, at `now_ms`, for `start_ms`? */
enum appointment_code appointment_judge(const struct matter *matter, const struct calendar *calendar, const struct appointment_facts *facts,
                                        int64_t start_ms, int64_t now_ms);

#endif
