/* SPDX-License-Identifier: Apache-2.0 */
/** Meals of a year at six canteens, of a block's people: planned from the seed alone, in the order of time. */
#ifndef PLATFORM_SAMPLE_CANTEEN_H
#define PLATFORM_SAMPLE_CANTEEN_H

#include "model/civic.h"
#include "platform/data/db.h"
#include "platform/sample/community.h"

#define CANTEENS         6
#define CANTEEN_LUNCH_MS (645 * INT64_C(60000)) /* 10:45 … */
#define CANTEEN_NOON_MS  (735 * INT64_C(60000)) /* … 12:15: three of four eat between them */

struct canteen_meal {
    char id[37];
    int card; /* place in community->cards */
    unsigned canteen;
    int64_t at_ms, gross_fen;
};
/** GArray of struct canteen_meal. */
GArray *canteen_plan(const struct community *community, const struct community_options *options);

/** The city's table of prices, and what the platform knows of a guest at that time. */
extern const struct canteen_rules canteen_city_rules;
struct canteen_guest canteen_guest_of(const struct person *person, int64_t at_ms);

/** Inside a transaction. */
bool canteens_add(struct db *db, GError **error);
bool canteen_post(struct db *db, const struct community *community, const GArray *meals, GError **error);

#endif
