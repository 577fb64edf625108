/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_volunteer.h"

#include <string.h>

#define MORNING_MS INT64_C(1793754900000) /* 4 November 2026, 09:15 */
#define DAY_MS     INT64_C(86400000)

static void hours_fill(struct kiosk_volunteer_event *state)
{
    static const char *const states[] = {"OUT", "PUBLIC", "POSTED", "POSTED", "NEEDS_CONFIRM", "DISPUTED", "CORRECTED", "REJECTED"};

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        struct kiosk_hours *hours = &state->hours[state->hour_count++];

        g_snprintf(hours->id, sizeof hours->id, "01890000-0000-7000-8000-%012zu", i + 1);
        g_strlcpy(hours->state, states[i], sizeof hours->state);
        hours->in_ms = MORNING_MS - (int64_t)(i + 1) * DAY_MS;
        hours->minutes = strcmp(states[i], "NEEDS_CONFIRM") == 0 ? 0 : 90 + 30 * (int64_t)i;
        hours->until = strcmp(states[i], "PUBLIC") == 0 ? 20261112 : 0;
        hours->may_dispute = i == 2;
        hours->disputed = i == 3;
    }
}

static void on_roll(struct kiosk_volunteer_event *state)
{
    state->on_roll = true;
    state->registered_on = 20251103;
    state->skills = 5;
    g_strlcpy(state->no, "Z202600000420", sizeof state->no);
}

void stage_volunteer(struct stage *stage, enum stage_roll roll)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_VOLUNTEER,
                                .volunteer = {.phase = KIOSK_VOLUNTEER_STATE, .ask = KIOSK_VOLUNTEER_ASK_LOOK, .known = true, .gate = KIOSK_GATE_FREE}};
    struct kiosk_volunteer_event *state = &event.volunteer;

    state->waits = roll == ROLL_WAITS;
    if (roll == ROLL_YOUNG)
        state->gate = KIOSK_GATE_REFUSED;
    g_strlcpy(state->refused, roll == ROLL_REFUSED ? "CONSENT" : "", sizeof state->refused);
    if (roll >= ROLL_NEW)
        on_roll(state);
    if (roll >= ROLL_FULL) {
        hours_fill(state);
        state->stars = 2;
        state->star_next = 3;
    }
    if (roll == ROLL_HOSTILE) {
        memset(state->no, 'W', sizeof state->no - 1);
        g_strlcpy(state->hours[0].state, "LATER", sizeof state->hours[0].state);
        state->hours[1].minutes = INT64_MAX / 2;
        state->star_next = 0;
        state->star_asked = 3;
        state->star_until = 20261231;
    }
    stage_tell(stage, &event);
    stage_settle(stage);
}

void stage_volunteer_answer(struct stage *stage, enum kiosk_volunteer_phase phase, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_VOLUNTEER, .volunteer = {.phase = phase, .ask = stage->volunteer.ask}};

    g_strlcpy(event.volunteer.reason, reason, sizeof event.volunteer.reason);
    stage_tell(stage, &event);
    stage_settle(stage);
}

void stage_no_duties(struct stage *stage)
{
    stage_tell(stage, &(struct kiosk_event){.kind = KIOSK_EVENT_ACTIVITIES, .activities = {.asof_ms = MORNING_MS, .now_ms = MORNING_MS}});
    stage_settle(stage);
}
