/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Attendance and hours: from two taps to minutes that count, stars, and who may volunteer. Pure.
 *
 *   EXPECTED ──► IN ──► OUT ──► RAW ──► CONFIRMED ──► PUBLIC ──► POSTED ──► DISPUTED ──► CORRECTED
 *                 └──► NEEDS_CONFIRM ──────▲               (a correction reverses, and posts anew)
 *                 RAW, CONFIRMED, NEEDS_CONFIRM ──► REJECTED with a reason
 *
 * Hours count for stars and coins at POSTED only. A missing second tap is never credited by itself.
 */
#ifndef MODEL_HOURS_H
#define MODEL_HOURS_H

#include <stdbool.h>
#include <glib.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum attendance_state {
    ATTENDANCE_EXPECTED, ATTENDANCE_IN, ATTENDANCE_OUT, ATTENDANCE_RAW, ATTENDANCE_CONFIRMED, ATTENDANCE_PUBLIC,
    ATTENDANCE_POSTED, ATTENDANCE_DISPUTED, ATTENDANCE_CORRECTED, ATTENDANCE_NEEDS_CONFIRM, ATTENDANCE_REJECTED,
    ATTENDANCE_STATES
};
const char *attendance_state_name(enum attendance_state state);
bool attendance_state_parse(const char *name, enum attendance_state *out);
bool attendance_may(enum attendance_state from, enum attendance_state to);

struct attendance {
    enum attendance_state state;
    int64_t slot_start_ms, slot_end_ms;
    int64_t in_ms, out_ms; /* 0 not yet */
};
enum attendance_tap { TAP_IN, TAP_OUT, TAP_REPEATED, TAP_REFUSED };
/** Service that nobody planned: a slot of this name from the first tap on, for so long. A leader says what of it counts, as ever. */
#define ATTENDANCE_ADHOC    "adhoc"
#define ATTENDANCE_ADHOC_MS (4 * INT64_C(3600000))
/** What a tap at this time is; TAP_REPEATED: within a minute of the last one. Moves the state for IN and OUT. */
enum attendance_tap attendance_tap(struct attendance *attendance, int64_t at_ms);
/** VR-3: two hours after the slot's end an attendance without a second tap waits for people. True when it moved. */
bool attendance_overdue(struct attendance *attendance, int64_t now_ms);
/** VR-4: two times share more than an instant; an end of 0 is still open. */
bool attendance_overlaps(int64_t a_in_ms, int64_t a_out_ms, int64_t b_in_ms, int64_t b_out_ms);

struct hours_rules {
    unsigned unit_min, grace_min, activity_max_min, day_max_min;
};
/** VR-2: minutes credited for two taps in a slot, when the person's day has `day_done_min` already. */
int64_t hours_credited(const struct hours_rules *rules, const struct attendance *attendance, int64_t day_done_min);

/** One tap as the journal has it: the first opens an attendance, the second ends it. */
struct attendance_event {
    char id[37]; /* of the attendance, the same for both */
    char slot[33], token[33];
    int64_t slot_start_ms, slot_end_ms, at_ms;
    bool out;
};
json_t *attendance_event_to_json(const struct attendance_event *event);
bool attendance_event_from_json(json_t *json, struct attendance_event *out);

/** What people make of an attendance: so many minutes for the two taps, or for one and a reason, or none. */
struct attendance_close {
    char id[37];
    bool confirmed; /* else refused, with a reason */
    int64_t minutes;
    char staff[33]; /* card token of who answers for it: never the volunteer's own */
    char reason[33]; /* a code; needed when a tap is missing and when it is refused */
};
json_t *attendance_close_to_json(const struct attendance_close *close);
bool attendance_close_from_json(json_t *json, struct attendance_close *out);

/** TB-3: whole coins of these minutes; what is left over stays in HOURS. */
int64_t coin_minutes(int64_t minutes, unsigned granularity_min);
/** TB-5: what the person may take up to the cap (0 none); the rest is donated. */
int64_t cap_part(int64_t balance, int64_t amount, int64_t cap);

/** VR-6: stars that the posted minutes would carry; `table` in minutes, rising. */
unsigned stars_of(int64_t posted_min, const unsigned *table_min, size_t levels);
/** Granted by application, one level at a time: the next level, or `current` when it is not reached. */
unsigned stars_grant(unsigned current, int64_t posted_min, const unsigned *table_min, size_t levels);

/** VR-9, by the birthday. */
#define VOLUNTEER_AGE_FROM 6
enum volunteer_gate {
    VOLUNTEER_REFUSED,     /* under 6, or not born */
    VOLUNTEER_ACCOMPANIED, /* under 10: the guardian comes along, and has consented */
    VOLUNTEER_CONSENT,     /* under 14: the guardian has consented */
    VOLUNTEER_ASSISTED,    /* under 18: the guardian assists when registering */
    VOLUNTEER_FREE,
};
enum volunteer_gate volunteer_gate(uint32_t birth, uint32_t today);

#endif
