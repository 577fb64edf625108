/* SPDX-License-Identifier: Apache-2.0 */
/* Appointments by themselves: which step from where and when, and who is banned how long. */
#include "model/appointment.h"
#include "model/model.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define START  (INT64_C(1000) * 24 * HOUR)

static const struct matter MATTER = {.cancel_hours = 2, .horizon_workdays = 365, .max_per_day = 1, .no_show_limit = 2, .no_show_window_days = 30,
                                     .ban_days = 90};

/* ---- Steps ---- */

static void done(enum appointment_state from, enum appointment_step step, int64_t at_ms, enum appointment_code wanted, enum appointment_state to)
{
    struct appointment appointment = {.state = from, .start_ms = START, .ended_ms = from == APPOINTMENT_BOOKED ? 0 : 1};

    g_assert_cmpstr(appointment_code_name(appointment_do(&appointment, step, &MATTER, START + HOUR, at_ms)), ==, appointment_code_name(wanted));
    g_assert_cmpstr(appointment_state_name(appointment.state), ==, appointment_state_name(to));
    g_assert_cmpint(appointment.start_ms, ==, START + (wanted == APPOINTMENT_OK && step == APPOINTMENT_DO_MOVE ? HOUR : 0));
}

/* Every step from every state, at a time that is good for it. */
static void test_states(void)
{
    static const int64_t at_ms[] = {START - 3 * HOUR, START - 3 * HOUR, START, START, START + HOUR};
    static const int to[APPOINTMENT_STEPS][APPOINTMENT_STATES] = { /* of BOOKED, KEPT, CANCELLED, NO_SHOW; -1: refused */
        {APPOINTMENT_BOOKED, -1, -1, -1},
        {APPOINTMENT_CANCELLED, -1, -1, -1},
        {APPOINTMENT_CANCELLED, -1, -1, APPOINTMENT_CANCELLED},
        {APPOINTMENT_KEPT, -1, -1, APPOINTMENT_KEPT},
        {APPOINTMENT_NO_SHOW, -1, -1, -1},
    };

    for (unsigned step = 0; step < APPOINTMENT_STEPS; step++)
        for (unsigned from = 0; from < APPOINTMENT_STATES; from++)
            done((enum appointment_state)from, (enum appointment_step)step, at_ms[step], to[step][from] < 0 ? APPOINTMENT_STATE : APPOINTMENT_OK,
                 to[step][from] < 0 ? (enum appointment_state)from : (enum appointment_state)to[step][from]);
}

static void test_times(void)
{
    const enum appointment_state booked = APPOINTMENT_BOOKED;

    done(booked, APPOINTMENT_DO_MOVE, START - 2 * HOUR + 1, APPOINTMENT_LATE, booked);
    done(booked, APPOINTMENT_DO_CANCEL, START - 2 * HOUR, APPOINTMENT_OK, APPOINTMENT_CANCELLED);
    done(booked, APPOINTMENT_DO_CANCEL, START - 2 * HOUR + 1, APPOINTMENT_LATE, booked);
    done(booked, APPOINTMENT_DO_CALL_OFF, START + HOUR, APPOINTMENT_OK, APPOINTMENT_CANCELLED); /* the hall at any time */
    done(booked, APPOINTMENT_DO_KEEP, START - APPOINTMENT_BEFORE_MS - 1, APPOINTMENT_EARLY, booked);
    done(booked, APPOINTMENT_DO_KEEP, START - APPOINTMENT_BEFORE_MS, APPOINTMENT_OK, APPOINTMENT_KEPT);
    done(booked, APPOINTMENT_DO_KEEP, START + APPOINTMENT_AFTER_MS + 1, APPOINTMENT_LATE, booked);
    done(booked, APPOINTMENT_DO_MISS, START + APPOINTMENT_AFTER_MS, APPOINTMENT_EARLY, booked);
    done(booked, APPOINTMENT_DO_MISS, START + APPOINTMENT_AFTER_MS + 1, APPOINTMENT_OK, APPOINTMENT_NO_SHOW);
}

/* ---- Absences ---- */

#define DAY (24 * HOUR)

static void judged(const int64_t *days, size_t count, int64_t day, enum appointment_code wanted)
{
    const struct calendar calendar = {NULL, 0};
    int64_t missed_ms[4];
    struct appointment_facts facts = {.places = 1, .missed_ms = missed_ms, .missed = count};

    for (size_t i = 0; i < count; i++)
        missed_ms[i] = START + days[i] * DAY;
    g_assert_cmpstr(appointment_code_name(appointment_judge(&MATTER, &calendar, &facts, START + (day + 1) * DAY, START + day * DAY)), ==,
                    appointment_code_name(wanted));
}

/* Two within thirty days: closed for ninety from the second on. */
static void test_banned(void)
{
    static const int64_t two[] = {0, 10}, later[] = {0, 10, 60}, apart[] = {0, 30}, again[] = {0, 10, 35};

    judged(two, 0, 11, APPOINTMENT_OK);
    judged(two, 1, 11, APPOINTMENT_OK);
    judged(two, 2, 11, APPOINTMENT_BANNED);
    judged(two, 2, 99, APPOINTMENT_BANNED);
    judged(two, 2, 100, APPOINTMENT_OK);
    judged(later, 3, 61, APPOINTMENT_BANNED); /* one more takes nothing back */
    judged(later, 3, 100, APPOINTMENT_OK);    /* and is alone in its window */
    judged(again, 3, 124, APPOINTMENT_BANNED);
    judged(again, 3, 125, APPOINTMENT_OK);
    judged(apart, 2, 31, APPOINTMENT_OK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/appointment/states", test_states);
    g_test_add_func("/model/appointment/times", test_times);
    g_test_add_func("/model/appointment/banned", test_banned);
    return g_test_run();
}
