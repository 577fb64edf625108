/* SPDX-License-Identifier: Apache-2.0 */
#include "model/hours.h"
#include "model/model.h"
#include "model/strict.h"

#define MINUTE_MS  INT64_C(60000)
#define REPEAT_MS  MINUTE_MS
#define OVERDUE_MS (120 * MINUTE_MS)

static const char *const STATE_NAMES[] = {"EXPECTED", "IN",       "OUT",       "RAW",           "CONFIRMED", "PUBLIC",
                                          "POSTED",   "DISPUTED", "CORRECTED", "NEEDS_CONFIRM", "REJECTED"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == ATTENDANCE_STATES);

const char *attendance_state_name(enum attendance_state state)
{
    return names_at(STATE_NAMES, ATTENDANCE_STATES, state);
}

bool attendance_state_parse(const char *name, enum attendance_state *out)
{
    unsigned at = 0;
    bool found = names_find(STATE_NAMES, ATTENDANCE_STATES, name, &at);

    if (found)
        *out = (enum attendance_state)at;
    return found;
}

#define BIT(state) (1u << (state))

bool attendance_may(enum attendance_state from, enum attendance_state to)
{
    static const unsigned NEXT[ATTENDANCE_STATES] = {
        [ATTENDANCE_EXPECTED] = BIT(ATTENDANCE_IN),
        [ATTENDANCE_IN] = BIT(ATTENDANCE_OUT) | BIT(ATTENDANCE_NEEDS_CONFIRM),
        [ATTENDANCE_OUT] = BIT(ATTENDANCE_RAW),
        [ATTENDANCE_RAW] = BIT(ATTENDANCE_CONFIRMED) | BIT(ATTENDANCE_REJECTED),
        [ATTENDANCE_NEEDS_CONFIRM] = BIT(ATTENDANCE_CONFIRMED) | BIT(ATTENDANCE_REJECTED),
        [ATTENDANCE_CONFIRMED] = BIT(ATTENDANCE_PUBLIC) | BIT(ATTENDANCE_REJECTED),
        [ATTENDANCE_PUBLIC] = BIT(ATTENDANCE_POSTED),
        [ATTENDANCE_POSTED] = BIT(ATTENDANCE_DISPUTED),
        [ATTENDANCE_DISPUTED] = BIT(ATTENDANCE_CORRECTED),
    };

    return from < ATTENDANCE_STATES && to < ATTENDANCE_STATES && (NEXT[from] & BIT(to)) != 0;
}

enum attendance_tap attendance_tap(struct attendance *a, int64_t at_ms)
{
    int64_t last_ms = a->out_ms != 0 ? a->out_ms : a->in_ms;

    if (last_ms != 0 && at_ms - last_ms < REPEAT_MS && at_ms > last_ms - REPEAT_MS)
        return TAP_REPEATED;
    if (a->state == ATTENDANCE_EXPECTED && at_ms < a->slot_end_ms) {
        a->state = ATTENDANCE_IN;
        a->in_ms = at_ms;
        return TAP_IN;
    }
    if (a->state != ATTENDANCE_IN || at_ms <= a->in_ms)
        return TAP_REFUSED;
    a->state = ATTENDANCE_OUT;
    a->out_ms = at_ms;
    return TAP_OUT;
}

bool attendance_overdue(struct attendance *a, int64_t now_ms)
{
    if (a->state != ATTENDANCE_IN || now_ms < a->slot_end_ms + OVERDUE_MS)
        return false;
    a->state = ATTENDANCE_NEEDS_CONFIRM;
    return true;
}

bool attendance_overlaps(int64_t a_in_ms, int64_t a_out_ms, int64_t b_in_ms, int64_t b_out_ms)
{
    return (b_out_ms == 0 || a_in_ms < b_out_ms) && (a_out_ms == 0 || b_in_ms < a_out_ms);
}

/* Only time within the slot counts, with the grace at both ends: who comes an hour early and leaves early has not served. */
int64_t hours_credited(const struct hours_rules *rules, const struct attendance *a, int64_t day_done_min)
{
    int64_t grace_ms = rules->grace_min * MINUTE_MS;
    int64_t from_ms = MAX(a->in_ms, a->slot_start_ms - grace_ms);
    int64_t to_ms = MIN(a->out_ms, a->slot_end_ms + grace_ms);
    int64_t slot_min = (a->slot_end_ms - a->slot_start_ms) / MINUTE_MS + rules->grace_min;

    if (a->in_ms <= 0 || a->out_ms <= a->in_ms || to_ms <= from_ms || rules->unit_min == 0)
        return 0;
    int64_t minutes = MIN((to_ms - from_ms) / MINUTE_MS, slot_min);
    minutes = MIN(minutes, rules->activity_max_min);
    minutes = MIN(minutes, MAX(0, rules->day_max_min - day_done_min));
    return minutes / rules->unit_min * rules->unit_min;
}

int64_t coin_minutes(int64_t minutes, unsigned granularity_min)
{
    return minutes <= 0 || granularity_min == 0 ? 0 : minutes / granularity_min * granularity_min;
}

int64_t cap_part(int64_t balance, int64_t amount, int64_t cap)
{
    if (cap <= 0)
        return amount;
    return CLAMP(cap - balance, 0, amount);
}

unsigned stars_of(int64_t posted_min, const unsigned *table_min, size_t levels)
{
    unsigned stars = 0;

    while (stars < levels && posted_min >= table_min[stars])
        stars++;
    return stars;
}

unsigned stars_grant(unsigned current, int64_t posted_min, const unsigned *table_min, size_t levels)
{
    return stars_of(posted_min, table_min, levels) > current ? current + 1 : current;
}

enum volunteer_gate volunteer_gate(uint32_t birth, uint32_t today)
{
    int age = age_on(birth, today);

    if (age < VOLUNTEER_AGE_FROM)
        return VOLUNTEER_REFUSED;
    if (age < 10)
        return VOLUNTEER_ACCOMPANIED;
    if (age < 14)
        return VOLUNTEER_CONSENT;
    return age < 18 ? VOLUNTEER_ASSISTED : VOLUNTEER_FREE;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

#define SLOT_MS_MAX (24 * 60 * MINUTE_MS)

json_t *attendance_event_to_json(const struct attendance_event *event)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "id", event->id, "slot", event->slot, "card_token",
                     event->token, "slot_start_ms", (json_int_t)event->slot_start_ms, "slot_end_ms",
                     (json_int_t)event->slot_end_ms, "at_ms", (json_int_t)event->at_ms, "tap", event->out ? "OUT" : "IN");
}

bool attendance_event_from_json(json_t *json, struct attendance_event *out)
{
    static const char *const TAPS[] = {"IN", "OUT"};
    struct attendance_event event = {0};
    struct strict r = strict_open(json);

    strict_uuid(&r, "id", event.id);
    strict_text(&r, "slot", 1, event.slot, sizeof event.slot);
    strict_text(&r, "card_token", 32, event.token, sizeof event.token);
    event.slot_start_ms = strict_int(&r, "slot_start_ms", 1, STRICT_MS_MAX);
    event.slot_end_ms = strict_int(&r, "slot_end_ms", 1, STRICT_MS_MAX);
    event.at_ms = strict_int(&r, "at_ms", 1, STRICT_MS_MAX);
    event.out = strict_name(&r, "tap", TAPS, G_N_ELEMENTS(TAPS)) == 1;
    if (!strict_done(&r) || event.slot_end_ms <= event.slot_start_ms ||
        event.slot_end_ms - event.slot_start_ms > SLOT_MS_MAX)
        return false;
    *out = event;
    return true;
}

json_t *attendance_close_to_json(const struct attendance_close *close)
{
    return json_pack("{s:s, s:b, s:I, s:s, s:s}", "id", close->id, "confirmed", close->confirmed, "minutes",
                     (json_int_t)close->minutes, "staff", close->staff, "reason", close->reason);
}

bool attendance_close_from_json(json_t *json, struct attendance_close *out)
{
    struct attendance_close close = {0};
    struct strict r = strict_open(json);

    strict_uuid(&r, "id", close.id);
    close.confirmed = strict_bool(&r, "confirmed");
    close.minutes = strict_int(&r, "minutes", 0, 1440);
    strict_text(&r, "staff", 1, close.staff, sizeof close.staff);
    strict_text(&r, "reason", 0, close.reason, sizeof close.reason);
    if (!strict_done(&r) || close.confirmed != (close.minutes > 0) || (!close.confirmed && *close.reason == '\0'))
        return false;
    *out = close;
    return true;
}
