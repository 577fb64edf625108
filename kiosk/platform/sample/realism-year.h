/* SPDX-License-Identifier: Apache-2.0 */
/** Inner side of realism.c and realism-year.c: figures of what people did in a year. */
#ifndef PLATFORM_REALISM_YEAR_H
#define PLATFORM_REALISM_YEAR_H

#include "platform/sample/realism.h"

#define REALISM_FULL 50000 /* from so many people on chance is no excuse */

void realism_put(GArray *figures, const char *name, int64_t value, int64_t low, int64_t high);
/** `part` of `whole`, as so many of `of`. */
int64_t realism_share(int64_t part, int64_t whole, int64_t of);

/** In a full sample within these bounds; among fewer people chance moves it by `loose` more. */
struct realism_bound {
    const char *name;
    int64_t part, whole, of, low, high, loose;
};
void realism_put_bounds(const struct realism_bound *bounds, size_t count, bool full, GArray *figures);
/** Of a resident who is dead or away, or not yet born, on that day. */
bool realism_gone(const struct person *person, uint32_t date);
const struct person *realism_holder(const struct community *block, int card);

/* ---- realism-orders.c ---- */
struct realism_orders;
struct realism_orders *realism_orders_new(void);
/** A block's whole year. */
void realism_orders_add(struct realism_orders *orders, const struct community *block, const GArray *acts);
void realism_orders_put(struct realism_orders *orders, int64_t people, GArray *figures);
void realism_orders_free(struct realism_orders *orders);

/* ---- realism-seats.c ---- */
struct realism_seats;
struct realism_seats *realism_seats_new(void);
/** A block's whole year. */
void realism_seats_add(struct realism_seats *seats, const struct community *block, const GArray *acts);
void realism_seats_put(struct realism_seats *seats, int64_t people, GArray *figures);
void realism_seats_free(struct realism_seats *seats);

/* ---- realism-care.c ---- */
struct realism_care;
struct realism_care *realism_care_new(void);
/** A block's whole year. */
void realism_care_add(struct realism_care *care, const struct community *block, const GArray *acts);
void realism_care_put(struct realism_care *care, int64_t people, GArray *figures);
void realism_care_free(struct realism_care *care);

/* ---- realism-volunteers.c ---- */
struct realism_volunteers;
struct realism_volunteers *realism_volunteers_new(const struct credit_rules *rules);
/** A block's whole year. */
void realism_volunteers_add(struct realism_volunteers *volunteers, const struct community *block, const GArray *acts);
void realism_volunteers_put(struct realism_volunteers *volunteers, bool full, GArray *figures);
void realism_volunteers_free(struct realism_volunteers *volunteers);

/* ---- realism-town.c: meals, notices ---- */
struct realism_town;
struct realism_town *realism_town_new(void);
/** A block's whole year: makes the plan of its meals. */
void realism_town_add(struct realism_town *town, const struct community *block, const struct community_options *options);
void realism_town_put(const struct realism_town *town, const struct community_options *options, int64_t people, GArray *figures);
void realism_town_free(struct realism_town *town);

/* ---- realism-people.c: what is said of each person, and their cards ---- */
struct realism_people;
struct realism_people *realism_people_new(void);
void realism_people_add(struct realism_people *people, const struct community *block);
void realism_people_put(struct realism_people *people, GArray *figures);
void realism_people_free(struct realism_people *people);

/* ---- realism-bills.c: what they cost, and what is odd about some ---- */
struct realism_bills;
struct realism_bills *realism_bills_new(void);
void realism_bills_add(struct realism_bills *bills, const struct community *block);
/** `people`: how many there are. `year`: the community was made with one. */
void realism_bills_put(const struct realism_bills *bills, int64_t people, bool year, GArray *figures);
void realism_bills_free(struct realism_bills *bills);

struct realism_year;
struct realism_year *realism_year_new(const struct credit_rules *rules);
void realism_year_add(struct realism_year *year, const struct community *block, const GArray *acts);
void realism_year_put(struct realism_year *year, int64_t people, GArray *figures);
void realism_year_free(struct realism_year *year);

#endif
