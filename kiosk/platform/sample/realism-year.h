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

struct realism_year;
struct realism_year *realism_year_new(const struct credit_rules *rules);
void realism_year_add(struct realism_year *year, const struct community *block, const GArray *acts);
void realism_year_put(struct realism_year *year, int64_t people, GArray *figures);
void realism_year_free(struct realism_year *year);

#endif
