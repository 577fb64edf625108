/* SPDX-License-Identifier: Apache-2.0 */
/* Appointments. Drawn in appointment.h. */
#include "model/appointment.h"

#include "model/model.h"
#include "model/strict.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static const char *const STATE_NAMES[] = {"BOOKED", "KEPT", "CANCELLED", "NO_SHOW"};
static const char *const STEP_NAMES[] = {"move", "cancel", "call_off", "keep", "miss"};
static const char *const CODE_NAMES[] = {"APPOINTMENT_OK",  "APPOINTMENT_STATE", "APPOINTMENT_EARLY", "APPOINTMENT_LATE",
                                         "APPOINTMENT_FAR", "APPOINTMENT_FULL",  "APPOINTMENT_MANY",  "APPOINTMENT_BANNED"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == APPOINTMENT_STATES);
G_STATIC_ASSERT(G_N_ELEMENTS(STEP_NAMES) == APPOINTMENT_STEPS);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == APPOINTMENT_CODES);

const char *appointment_state_name(enum appointment_state state)
{
    return names_at(STATE_NAMES, APPOINTMENT_STATES, state);
}

bool appointment_state_parse(const char *name, enum appointment_state *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(STATE_NAMES, APPOINTMENT_STATES, name, &at);

    if (found)
        *out = (enum appointment_state)at;
    return found;
}

const char *appointment_step_name(enum appointment_step step)
{
    return names_at(STEP_NAMES, APPOINTMENT_STEPS, step);
}

const char *appointment_code_name(enum appointment_code code)
{
    return names_at(CODE_NAMES, APPOINTMENT_CODES, code);
}

/* ---- The machine ---- */

#define IN(name) (1u << APPOINTMENT_##name)

static const struct {
    unsigned from;
    enum appointment_state to;
} STEPS[APPOINTMENT_STEPS] = {
    [APPOINTMENT_DO_MOVE] = {IN(BOOKED), APPOINTMENT_BOOKED},
    [APPOINTMENT_DO_CANCEL] = {IN(BOOKED), APPOINTMENT_CANCELLED},
    [APPOINTMENT_DO_CALL_OFF] = {IN(BOOKED) | IN(NO_SHOW), APPOINTMENT_CANCELLED},
    [APPOINTMENT_DO_KEEP] = {IN(BOOKED) | IN(NO_SHOW), APPOINTMENT_KEPT},
    [APPOINTMENT_DO_MISS] = {IN(BOOKED), APPOINTMENT_NO_SHOW},
};

bool appointment_in_time(int64_t start_ms, int64_t at_ms)
{
    return at_ms >= start_ms - APPOINTMENT_BEFORE_MS && at_ms <= start_ms + APPOINTMENT_AFTER_MS;
}

static enum appointment_code in_time(const struct appointment *appointment, enum appointment_step step, const struct matter *matter, int64_t at_ms)
{
    int64_t over_ms = appointment->start_ms + APPOINTMENT_AFTER_MS;

    switch (step) {
    case APPOINTMENT_DO_MOVE:
    case APPOINTMENT_DO_CANCEL:
        return at_ms > appointment->start_ms - matter->cancel_hours * HOUR_MS ? APPOINTMENT_LATE : APPOINTMENT_OK;
    case APPOINTMENT_DO_CALL_OFF:
        return APPOINTMENT_OK;
    case APPOINTMENT_DO_KEEP:
        return at_ms > over_ms ? APPOINTMENT_LATE : appointment_in_time(appointment->start_ms, at_ms) ? APPOINTMENT_OK : APPOINTMENT_EARLY;
    default:
        return at_ms > over_ms ? APPOINTMENT_OK : APPOINTMENT_EARLY;
    }
}

enum appointment_code appointment_do(struct appointment *appointment, enum appointment_step step, const struct matter *matter, int64_t start_ms,
                                     int64_t at_ms)
{
    if ((unsigned)appointment->state >= APPOINTMENT_STATES || (unsigned)step >= APPOINTMENT_STEPS ||
        (STEPS[step].from & (1u << appointment->state)) == 0)
        return APPOINTMENT_STATE;
    enum appointment_code code = in_time(appointment, step, matter, at_ms);
    if (code != APPOINTMENT_OK)
        return code;
    appointment->state = STEPS[step].to;
    if (step == APPOINTMENT_DO_MOVE)
        appointment->start_ms = start_ms;
    else
        appointment->ended_ms = at_ms;
    return APPOINTMENT_OK;
}

/* ---- May it be booked? ---- */

/* By each absence that was one too many: a later one takes nothing back. */
static bool banned(const struct matter *matter, const struct appointment_facts *facts, int64_t now_ms)
{
    size_t limit = matter->no_show_limit > 0 ? (size_t)matter->no_show_limit : 0;

    for (size_t i = limit; limit > 0 && i <= facts->missed; i++) {
        int64_t last_ms = facts->missed_ms[i - 1];
        if (facts->missed_ms[i - limit] > last_ms - matter->no_show_window_days * DAY_MS && now_ms < last_ms + matter->ban_days * DAY_MS)
            return true;
    }
    return false;
}

enum appointment_code appointment_judge(const struct matter *matter, const struct calendar *calendar, const struct appointment_facts *facts,
                                        int64_t start_ms, int64_t now_ms)
{
    uint32_t today = date_of_ms(now_ms), last = workday_after(calendar, today, (unsigned)matter->horizon_workdays);

    if (start_ms <= now_ms || date_of_ms(start_ms) < date_of_ms(now_ms + matter->lead_days_min * DAY_MS))
        return APPOINTMENT_LATE;
    if (matter->horizon_workdays == 0 || date_of_ms(start_ms) > last)
        return APPOINTMENT_FAR;
    if (banned(matter, facts, now_ms))
        return APPOINTMENT_BANNED;
    if (facts->of_day >= matter->max_per_day)
        return APPOINTMENT_MANY;
    return facts->taken >= facts->places ? APPOINTMENT_FULL : APPOINTMENT_OK;
}
