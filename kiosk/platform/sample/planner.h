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
    GArray *busy;            /* of struct planner_busy */
};

/** Somebody is somewhere, and with them who does it; `provider` NULL: nobody of a provider. */
struct planner_busy {
    int card;
    const char *provider; /* one pointer for each */
    int64_t from_ms, to_ms;
};
void planner_busy(struct planner *planner, int card, const char *provider, int64_t from_ms, int64_t to_ms);
/** Neither that card's owner nor that provider's helper of these streets is anywhere else then. */
bool planner_free(const struct planner *planner, int card, const char *provider, int64_t from_ms, int64_t to_ms);

const struct person *planner_holder(const struct planner *planner, int card);
/** Does this person live here at that time? */
bool planner_lives(const struct person *person, int64_t at_ms);
/** When people come in the course of a day, by their age. */
int64_t planner_time_of_day(struct rng *rng, int age);
/** Mondays are full, Sundays quiet. */
bool planner_day_suits(struct rng *rng, uint32_t date);
unsigned planner_kiosk_for(const struct planner *planner, struct rng *rng, int card);
void planner_id(struct rng *rng, int64_t at_ms, char out[37]);
/** At the end of the plan; good until the next one. */
struct act *planner_add(struct planner *planner, enum act_kind kind, int card, int64_t at_ms, unsigned kiosk);

/** A card in use of somebody of that age or more, of no persona; −1: none was found. */
int planner_draw(const struct planner *planner, struct rng *rng, int age_min);
/** One to five stars. */
int64_t planner_grade(struct rng *rng);
/** The next time that somebody is at their desk: Monday to Friday, nine to five. */
int64_t planner_office(int64_t at_ms);

/** year-civic.c: tickets, what they are rated, who died or moved away. */
void planner_civic(struct planner *planner);
/** year-orders.c: orders of services, and what the elders' entitlement is paid with. Behind volunteers: they have coins. */
void planner_orders(struct planner *planner);
/** year-seats.c: activities and their seats. Behind whatever else keeps people busy. */
void planner_seats(struct planner *planner);
/** year-care.c: who is looked after, and visits to them. */
void planner_care(struct planner *planner);

#endif
