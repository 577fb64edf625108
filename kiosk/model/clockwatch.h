/* SPDX-License-Identifier: Apache-2.0 */
/**
 * May the wall clock be believed? Pure: readings go in, a view comes out. What is signed by the platform counts most, then
 * the boot clock, which cannot be set; the wall clock is what is judged.
 *
 *                        signed time of this boot: offset = platform − wall
 *              ┌─────────────────────────────────────────────────────────────────┐
 *              │   |offset| ≤ 5 min            ≤ 24 h                   > 24 h   │
 *              ▼                                ▼                          ▼     │
 *          TRUSTED                          DRIFTING                  UNTRUSTED ─┘
 *     money, wall dates             money, corrected dates,        no money
 *              ▲                      a line for staff                  ▲
 *              └── wall moved with the boot clock ── forward 5 min … 24 h ── forward more, or back beyond 5 min
 *                          no signed time in this boot: only steps can be seen
 *
 * Why money goes on while DRIFTING: the true time is known by the signed one plus the boot clock, and every date that the
 * card, the slip and the ledger see is taken from it. Beyond a day something is broken in a way that nobody has looked at.
 *
 * Invariants: (1) true_ms is never below what was once trusted plus the boot clock's way since, whatever is done to the wall
 * clock: ages counted in it grow, so setting a clock back opens no window that had closed. Only a signed time can. (2) A wall clock behind the highest time that was ever
 * on the disk (by more than 5 min) is UNTRUSTED until a signed time says better. (3) A signed time of an earlier boot says
 * "no earlier than", never "exactly".
 */
#ifndef MODEL_CLOCKWATCH_H
#define MODEL_CLOCKWATCH_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCKWATCH_NEAR_MS INT64_C(300000)   /* as far as two right clocks may be apart */
#define CLOCKWATCH_FAR_MS  INT64_C(86400000) /* beyond it no date is safe */
#define CLOCKWATCH_TRIP_MS 30000             /* an answer that took longer says too little */

enum clock_trust { CLOCK_TRUSTED, CLOCK_DRIFTING, CLOCK_UNTRUSTED };

struct clock_reading {
    int64_t wall_ms, boot_ms;
    char boot_id[37];
};

/** Survives a restart: what the platform signed, and when that was by the boot clock. server_ms 0: never. */
struct clock_anchor {
    int64_t server_ms, boot_ms;
    char boot_id[37];
};

struct clockwatch {
    struct clock_anchor anchor;
    char boot_id[37];
    int64_t floor_ms, floor_boot_ms; /* it surely was no earlier than floor_ms at floor_boot_ms of this boot */
    bool stepping;                   /* a wall time that could be right was seen in this boot: */
    int64_t step_wall_ms, step_boot_ms;
};

struct clock_view {
    enum clock_trust trust;
    bool offset_known; /* by a signed time of this boot */
    int64_t offset_ms; /* platform minus wall */
    int64_t true_ms;   /* the best that is known; without a signed time no earlier than it can be */
};

/** `high_ms`: the highest time on the disk, 0 none. `saved` may be of this boot (another process) or of an earlier one. */
void clockwatch_start(struct clockwatch *watch, const struct clock_anchor *saved, int64_t high_ms,
                      const struct clock_reading *now);
/** A signed time arrived. False, and nothing changed, when the trip took too long to learn from, or a boot lies between. */
bool clockwatch_signed(struct clockwatch *watch, int64_t server_ms, const struct clock_reading *sent,
                       const struct clock_reading *received);
/** What to think now. `high_ms` as it is by now. */
void clockwatch_look(struct clockwatch *watch, int64_t high_ms, const struct clock_reading *now,
                     struct clock_view *out);

/** Platform minus wall, when a signed time of this boot tells it. */
bool clockwatch_offset(const struct clockwatch *watch, const struct clock_reading *now, int64_t *offset_ms);

/** Both clocks now, from model/clock.h. */
void clock_read(struct clock_reading *out);

/** "TRUSTED", "DRIFTING", "UNTRUSTED". */
const char *clock_trust_name(enum clock_trust trust);

#endif
