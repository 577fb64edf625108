/* SPDX-License-Identifier: Apache-2.0 */
/** Inner side of year.c and year-civic.c: what a plan is made with. */
#ifndef PLATFORM_PLANNER_H
#define PLATFORM_PLANNER_H

#include "platform/sample/rng.h"
#include "platform/sample/year.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

struct planner {
    const struct community *community;
    const struct community_options *options;
    const struct credit_rules *rules;
    GArray *acts;
    unsigned serial, kiosks;
    int64_t *coins, *points; /* of each card */
};

const struct person *planner_holder(const struct planner *planner, int card);
/** Does this person live here at that time? */
bool planner_lives(const struct person *person, int64_t at_ms);
/** When people come in the course of a day, by their age. */
int64_t planner_time_of_day(struct rng *rng, int age);
/** Mondays are full, Sundays quiet. */
bool planner_day_suits(struct rng *rng, uint32_t date);
unsigned planner_kiosk_for(const struct planner *planner, struct rng *rng, int card);
/** At the end of the plan; good until the next one. */
struct act *planner_add(struct planner *planner, enum act_kind kind, int card, int64_t at_ms, unsigned kiosk);

/** year-civic.c: tickets, what they are rated, who died or moved away. */
void planner_civic(struct planner *planner);

#endif
