/* SPDX-License-Identifier: Apache-2.0 */
/* Seats at activities. Drawn in seat.h. */
#include "model/seat.h"

#include "model/strict.h"

static const char *const STATE_NAMES[] = {"REQUESTED", "WAITLISTED", "OFFERED", "REGISTERED", "CHECKED_IN",
                                          "COMPLETED", "REFUSED",    "LAPSED",  "CANCELLED",  "NO_SHOW"};
static const char *const STEP_NAMES[] = {"seat",     "queue",    "refuse", "offer",  "take",    "lapse",
                                         "check_in", "complete", "absent", "cancel", "call_off"};
static const char *const CODE_NAMES[] = {"SEAT_OK", "SEAT_STATE", "SEAT_FULL", "SEAT_AGE", "SEAT_CLASH", "SEAT_EARLY", "SEAT_LATE", "SEAT_OVER"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == SEAT_STATES);
G_STATIC_ASSERT(G_N_ELEMENTS(STEP_NAMES) == SEAT_STEPS);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == SEAT_CODES);

const char *seat_state_name(enum seat_state state)
{
    return names_at(STATE_NAMES, SEAT_STATES, state);
}

const char *seat_step_name(enum seat_step step)
{
    return names_at(STEP_NAMES, SEAT_STEPS, step);
}

const char *seat_code_name(enum seat_code code)
{
    return names_at(CODE_NAMES, SEAT_CODES, code);
}

bool seat_state_parse(const char *name, enum seat_state *out)
{
    unsigned at = 0;

    if (name == NULL || !names_find(STATE_NAMES, SEAT_STATES, name, &at))
        return false;
    *out = (enum seat_state)at;
    return true;
}

bool seat_step_parse(const char *name, enum seat_step *out)
{
    unsigned at = 0;

    if (name == NULL || !names_find(STEP_NAMES, SEAT_STEPS, name, &at))
        return false;
    *out = (enum seat_step)at;
    return true;
}

#define STATE(name) (1u << SEAT_##name)

/* One line a step: from where, where to. */
static const struct {
    unsigned from;
    enum seat_state to;
} steps[SEAT_STEPS] = {
    [SEAT_DO_SEAT] = {STATE(REQUESTED), SEAT_REGISTERED},
    [SEAT_DO_QUEUE] = {STATE(REQUESTED), SEAT_WAITLISTED},
    [SEAT_DO_REFUSE] = {STATE(REQUESTED), SEAT_REFUSED},
    [SEAT_DO_OFFER] = {STATE(WAITLISTED), SEAT_OFFERED},
    [SEAT_DO_TAKE] = {STATE(OFFERED), SEAT_REGISTERED},
    [SEAT_DO_LAPSE] = {STATE(OFFERED) | STATE(WAITLISTED), SEAT_LAPSED},
    /* At the door people decide: whoever was waiting and comes is there. */
    [SEAT_DO_CHECK_IN] = {STATE(REGISTERED) | STATE(REQUESTED) | STATE(WAITLISTED) | STATE(OFFERED), SEAT_CHECKED_IN},
    [SEAT_DO_COMPLETE] = {STATE(CHECKED_IN), SEAT_COMPLETED},
    [SEAT_DO_ABSENT] = {STATE(REGISTERED), SEAT_NO_SHOW},
    [SEAT_DO_CANCEL] = {STATE(REQUESTED) | STATE(WAITLISTED) | STATE(OFFERED) | STATE(REGISTERED), SEAT_CANCELLED},
    [SEAT_DO_CALL_OFF] = {STATE(REQUESTED) | STATE(WAITLISTED) | STATE(OFFERED) | STATE(REGISTERED) | STATE(CHECKED_IN), SEAT_CANCELLED},
};

bool seat_is_open(enum seat_state state)
{
    return state < SEAT_COMPLETED;
}

int seat_places(const struct seat *seat)
{
    bool takes = seat->state == SEAT_REGISTERED || seat->state == SEAT_OFFERED || seat->state == SEAT_CHECKED_IN;
    return takes ? 1 + seat->companions : 0;
}

static bool has_age_rule(const struct seat_session *session)
{
    return session->age_min != 0 || session->age_max != 0;
}

enum seat_code seat_judge(const struct seat_session *session, const struct seat *seat, const struct seat_facts *facts, int64_t at_ms)
{
    if (session->called_off)
        return SEAT_OVER;
    if (at_ms >= session->end_ms)
        return SEAT_LATE;
    if (has_age_rule(session) && facts->age >= 0 && (facts->age < session->age_min || facts->age > session->age_max))
        return SEAT_AGE;
    if (facts->clash)
        return SEAT_CLASH;
    return session->seats - facts->taken < 1 + seat->companions ? SEAT_FULL : SEAT_OK;
}

static enum seat_code in_time(const struct seat *seat, enum seat_step step, const struct seat_session *session, int64_t at_ms)
{
    bool offer_over = seat->state == SEAT_OFFERED && at_ms >= seat->offered_ms + SEAT_OFFER_MS;

    switch (step) {
    case SEAT_DO_LAPSE:
        return offer_over || at_ms >= session->start_ms ? SEAT_OK : SEAT_EARLY;
    case SEAT_DO_TAKE:
        return offer_over ? SEAT_LATE : SEAT_OK;
    case SEAT_DO_OFFER:
    case SEAT_DO_CANCEL:
        return at_ms >= session->start_ms ? SEAT_LATE : SEAT_OK;
    case SEAT_DO_CHECK_IN:
        if (at_ms < session->start_ms - SEAT_DOOR_OPEN_MS)
            return SEAT_EARLY;
        return at_ms >= session->end_ms ? SEAT_LATE : SEAT_OK;
    case SEAT_DO_COMPLETE:
    case SEAT_DO_ABSENT:
        return at_ms < session->end_ms ? SEAT_EARLY : SEAT_OK;
    default:
        return SEAT_OK;
    }
}

enum seat_code seat_do(struct seat *seat, enum seat_step step, const struct seat_session *session, int64_t at_ms)
{
    if (step >= SEAT_STEPS || (steps[step].from & 1u << seat->state) == 0)
        return SEAT_STATE;
    if (session->called_off != (step == SEAT_DO_CALL_OFF) && step != SEAT_DO_CANCEL && step != SEAT_DO_REFUSE)
        return session->called_off ? SEAT_OVER : SEAT_STATE;
    enum seat_code code = in_time(seat, step, session, at_ms);

    if (code != SEAT_OK)
        return code;
    seat->state = steps[step].to;
    if (seat->state == SEAT_OFFERED)
        seat->offered_ms = at_ms;
    if (!seat_is_open(seat->state))
        seat->ended_ms = at_ms;
    return SEAT_OK;
}

bool seat_next(const struct seat *seat, const struct seat_session *session, enum seat_step *step, int64_t *at_ms)
{
    if (!seat_is_open(seat->state))
        return false;
    if (session->called_off) {
        *step = SEAT_DO_CALL_OFF;
        *at_ms = seat->asked_ms;
    } else if (seat->state == SEAT_OFFERED) {
        *step = SEAT_DO_LAPSE;
        *at_ms = MIN(seat->offered_ms + SEAT_OFFER_MS, session->start_ms);
    } else if (seat->state == SEAT_REGISTERED || seat->state == SEAT_CHECKED_IN) {
        *step = seat->state == SEAT_REGISTERED ? SEAT_DO_ABSENT : SEAT_DO_COMPLETE;
        *at_ms = session->end_ms;
    } else { /* a wish that nobody could fulfil ends when the activity begins */
        *step = seat->state == SEAT_REQUESTED ? SEAT_DO_REFUSE : SEAT_DO_LAPSE;
        *at_ms = session->start_ms;
    }
    return true;
}

/* ---- JSON ---- */

json_t *seat_to_json(const struct seat *seat)
{
    return json_pack("{s:s, s:i, s:I, s:I, s:I}", "state", seat_state_name(seat->state), "companions", seat->companions, "asked_ms",
                     (json_int_t)seat->asked_ms, "offered_ms", (json_int_t)seat->offered_ms, "ended_ms", (json_int_t)seat->ended_ms);
}

bool seat_from_json(json_t *json, struct seat *out)
{
    struct seat seat = {0};
    struct strict r = strict_open(json);

    seat.state = (enum seat_state)strict_name(&r, "state", STATE_NAMES, SEAT_STATES);
    seat.companions = (int)strict_int(&r, "companions", 0, SEAT_COMPANIONS_MAX);
    seat.asked_ms = strict_int(&r, "asked_ms", 0, STRICT_MS_MAX);
    seat.offered_ms = strict_int(&r, "offered_ms", 0, STRICT_MS_MAX);
    seat.ended_ms = strict_int(&r, "ended_ms", 0, STRICT_MS_MAX);
    if (!strict_done(&r) || seat_is_open(seat.state) != (seat.ended_ms == 0) || (seat.state == SEAT_OFFERED && seat.offered_ms == 0))
        return false;
    *out = seat;
    return true;
}

json_t *seat_session_to_json(const struct seat_session *session)
{
    return json_pack("{s:I, s:I, s:i, s:i, s:i, s:b}", "start_ms", (json_int_t)session->start_ms, "end_ms", (json_int_t)session->end_ms,
                     "seats", session->seats, "age_min", session->age_min, "age_max", session->age_max, "called_off", session->called_off);
}

bool seat_session_from_json(json_t *json, struct seat_session *out)
{
    struct seat_session session = {0};
    struct strict r = strict_open(json);

    session.start_ms = strict_int(&r, "start_ms", 0, STRICT_MS_MAX);
    session.end_ms = strict_int(&r, "end_ms", 1, STRICT_MS_MAX);
    session.seats = (int)strict_int(&r, "seats", 1, SEAT_SEATS_MAX);
    session.age_min = (int)strict_int(&r, "age_min", 0, 150);
    session.age_max = (int)strict_int(&r, "age_max", 0, 150);
    session.called_off = strict_bool(&r, "called_off");
    if (!strict_done(&r) || session.end_ms <= session.start_ms || session.age_max < session.age_min)
        return false;
    *out = session;
    return true;
}
