/* SPDX-License-Identifier: Apache-2.0 */
/** A meal at a canteen, priced by the dated table of kiosk/model/civic.h: discount, then one subsidy a person a day at all canteens (CN-1 to CN-4). */
#ifndef PLATFORM_MEALS_H
#define PLATFORM_MEALS_H

#include "model/civic.h"
#include "platform/data/db.h"

struct meal {
    char id[37];
    const char *canteen; /* id */
    int64_t person, at_ms, gross_fen;
};
/**
 * Inside a transaction. `rules` is called `version`. `guest` is what the platform itself knows of the person at that time; whether they have had the
 * day's subsidy is looked up here. What is to be paid in *price. False: not with that price, or the database failed.
 */
bool meal_take(struct db *db, const struct canteen_rules *rules, const char *version, const struct canteen_guest *guest,
               const struct meal *meal, struct canteen_price *price, GError **error);

#endif
