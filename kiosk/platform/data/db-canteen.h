/* SPDX-License-Identifier: Apache-2.0 */
/** Canteens and meals, drawn in schema-canteen.c. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_CANTEEN_H
#define PLATFORM_DB_CANTEEN_H

#include "platform/data/db.h"

struct meal_row {
    char id[37];
    const char *canteen, *rules; /* id; the version of the table it was priced by */
    int64_t person, at_ms, gross_fen, discounted_fen, subsidy_fen;
};
bool db_canteen_add(struct db *db, const char *id, const char *name_zh, const char *name_en, GError **error);
bool db_meal_add(struct db *db, const struct meal_row *meal, GError **error);
/** Has this person had that day's subsidy, at whatever canteen? */
bool db_meal_subsidised(struct db *db, int64_t person, uint32_t date, bool *out, GError **error);

#endif
