/* SPDX-License-Identifier: Apache-2.0 */
/* Seats at activities: every step from every state, places, ages, times, and a hall with a queue drawn by chance. */
#include "model/seat.h"

#include <glib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define START   INT64_C(1790000000000)

static const struct seat_session session = {.start_ms = START, .end_ms = START + 2 * HOUR_MS, .seats = 12, .age_min = 60, .age_max = 120};

static struct seat in_state(enum seat_state state)
{
    return (struct seat){.state = state, .asked_ms = START - 90 * HOUR_MS, .offered_ms = state == SEAT_OFFERED ? START - 30 * HOUR_MS : 0,
                         .ended_ms = seat_is_open(state) ? 0 : START};
}

/* What the drawing says, written down a second time. */
static const char *const DRAWN[] = {
    "REQUESTED seat REGISTERED",    "REQUESTED queue WAITLISTED",   "REQUESTED refuse REFUSED",      "WAITLISTED offer OFFERED",
    "OFFERED take REGISTERED",      "OFFERED lapse LAPSED",         "WAITLISTED lapse LAPSED",       "REGISTERED check_in CHECKED_IN",
    "REQUESTED check_in CHECKED_IN", "WAITLISTED check_in CHECKED_IN", "OFFERED check_in CHECKED_IN", "CHECKED_IN complete COMPLETED",
    "REGISTERED absent NO_SHOW",    "REQUESTED cancel CANCELLED",   "WAITLISTED cancel CANCELLED",   "OFFERED cancel CANCELLED",
    "REGISTERED cancel CANCELLED",  "REQUESTED call_off CANCELLED", "WAITLISTED call_off CANCELLED", "OFFERED call_off CANCELLED",
    "REGISTERED call_off CANCELLED", "CHECKED_IN call_off CANCELLED",
};

static int64_t moment(enum seat_step step)
{
    if (step == SEAT_DO_CHECK_IN || step == SEAT_DO_LAPSE)
        return START;
    return step == SEAT_DO_COMPLETE || step == SEAT_DO_ABSENT ? START + 2 * HOUR_MS : START - 29 * HOUR_MS;
}

static void test_every_step(void)
{
    unsigned taken = 0;

    for (unsigned state = 0; state < SEAT_STATES; state++)
        for (unsigned step = 0; step < SEAT_STEPS; step++) {
            struct seat seat = in_state((enum seat_state)state);
            struct seat_session at = session;
            at.called_off = step == SEAT_DO_CALL_OFF;
            bool done = seat_do(&seat, (enum seat_step)step, &at, moment((enum seat_step)step)) == SEAT_OK, drawn = false;
            g_autofree char *told = g_strdup_printf("%s %s %s", seat_state_name((enum seat_state)state),
                                                    seat_step_name((enum seat_step)step), seat_state_name(seat.state));

            for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
                drawn = drawn || strcmp(DRAWN[i], told) == 0;
            if (done != drawn)
                g_error("%s: %s", told, done ? "done, not drawn" : "drawn, not done");
            taken += done;
        }
    g_assert_cmpuint(taken, ==, G_N_ELEMENTS(DRAWN));
}

static void judged(int taken, int age, bool clash, int companions, int64_t at_ms, enum seat_code code)
{
    struct seat seat = {.state = SEAT_REQUESTED, .companions = companions};
    struct seat_facts facts = {.taken = taken, .age = age, .clash = clash};

    g_assert_cmpstr(seat_code_name(seat_judge(&session, &seat, &facts, at_ms)), ==, seat_code_name(code));
}

static void test_judge(void)
{
    judged(11, 60, false, 0, START, SEAT_OK);
    judged(12, 60, false, 0, START, SEAT_FULL);
    judged(11, 60, false, 1, START, SEAT_FULL);
    judged(10, 60, false, 1, START, SEAT_OK);
    judged(0, 59, false, 0, START, SEAT_AGE);
    judged(0, 121, false, 0, START, SEAT_AGE);
    judged(0, -1, false, 0, START, SEAT_OK);
    judged(0, 70, true, 0, START, SEAT_CLASH);
    judged(0, 70, false, 0, START + 2 * HOUR_MS, SEAT_LATE);
    struct seat_session off = session;
    off.called_off = true;
    g_assert_cmpint(seat_judge(&off, &(struct seat){0}, &(struct seat_facts){.age = 70}, START), ==, SEAT_OVER);
}

static void timed(enum seat_state state, enum seat_step step, int64_t at_ms, enum seat_code code)
{
    struct seat seat = in_state(state), before = seat;

    g_assert_cmpstr(seat_code_name(seat_do(&seat, step, &session, at_ms)), ==, seat_code_name(code));
    if (code != SEAT_OK)
        g_assert_cmpmem(&seat, sizeof seat, &before, sizeof before);
}

static void test_times(void)
{
    timed(SEAT_REGISTERED, SEAT_DO_CHECK_IN, START - HOUR_MS - 1, SEAT_EARLY);
    timed(SEAT_REGISTERED, SEAT_DO_CHECK_IN, START - HOUR_MS, SEAT_OK);
    timed(SEAT_REGISTERED, SEAT_DO_CHECK_IN, START + 2 * HOUR_MS, SEAT_LATE);
    timed(SEAT_REGISTERED, SEAT_DO_CANCEL, START, SEAT_LATE);
    timed(SEAT_REGISTERED, SEAT_DO_ABSENT, START + 2 * HOUR_MS - 1, SEAT_EARLY);
    timed(SEAT_OFFERED, SEAT_DO_TAKE, START - 6 * HOUR_MS - 1, SEAT_OK);
    timed(SEAT_OFFERED, SEAT_DO_TAKE, START - 6 * HOUR_MS, SEAT_LATE);
    timed(SEAT_OFFERED, SEAT_DO_LAPSE, START - 6 * HOUR_MS - 1, SEAT_EARLY);
    timed(SEAT_OFFERED, SEAT_DO_LAPSE, START - 6 * HOUR_MS, SEAT_OK);
    timed(SEAT_WAITLISTED, SEAT_DO_LAPSE, START - 1, SEAT_EARLY);
    timed(SEAT_WAITLISTED, SEAT_DO_OFFER, START, SEAT_LATE);
    timed(SEAT_REGISTERED, SEAT_DO_CALL_OFF, START, SEAT_STATE); /* nobody has called it off */
    timed(SEAT_REGISTERED, (enum seat_step)SEAT_STEPS, START, SEAT_STATE);
}

/* Nobody is left behind: by the clock alone everything that is open ends at the latest with the activity. */
static void test_ends(void)
{
    for (unsigned state = 0; state < SEAT_COMPLETED; state++)
        for (int off = 0; off <= 1; off++) {
            struct seat seat = in_state((enum seat_state)state), back;
            struct seat_session at = session;
            enum seat_step step;
            int64_t at_ms;
            int steps = 0;

            at.called_off = off != 0;
            while (seat_next(&seat, &at, &step, &at_ms)) {
                g_assert_cmpint(at_ms, <=, session.end_ms);
                g_assert_cmpstr(seat_code_name(seat_do(&seat, step, &at, MAX(at_ms, seat.asked_ms))), ==, "SEAT_OK");
                g_assert_cmpint(++steps, <, 4);
            }
            g_assert_false(seat_is_open(seat.state));
            g_assert_cmpint(seat_places(&seat), ==, 0);
            json_auto_t *json = seat_to_json(&seat);
            g_assert_true(seat_from_json(json, &back));
            g_assert_cmpmem(&back, sizeof back, &seat, sizeof seat);
        }
}

static void test_json(void)
{
    struct seat_session back;
    struct seat seat;
    json_auto_t *json = seat_session_to_json(&session);

    g_assert_true(seat_session_from_json(json, &back));
    json_auto_t *again = seat_session_to_json(&back);
    g_assert_true(json_equal(json, again));
    json_object_set_new(json, "end_ms", json_integer(START));
    g_assert_false(seat_session_from_json(json, &back));
    json_auto_t *other = seat_to_json(&(struct seat){.state = SEAT_REGISTERED, .companions = 1, .asked_ms = START});
    g_assert_true(seat_from_json(other, &seat));
    json_object_set_new(other, "companions", json_integer(SEAT_COMPANIONS_MAX + 1));
    g_assert_false(seat_from_json(other, &seat));
    json_object_set_new(other, "companions", json_integer(0));
    json_object_set_new(other, "state", json_string("CANCELLED")); /* when? */
    g_assert_false(seat_from_json(other, &seat));
    g_assert_false(seat_from_json(NULL, &seat));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/seat/every-step", test_every_step);
    g_test_add_func("/model/seat/judge", test_judge);
    g_test_add_func("/model/seat/times", test_times);
    g_test_add_func("/model/seat/ends", test_ends);
    g_test_add_func("/model/seat/json", test_json);
    return g_test_run();
}
