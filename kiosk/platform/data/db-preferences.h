/* SPDX-License-Identifier: Apache-2.0 */
/** How people want kiosks to look and sound. All inside a transaction of db.h; cards are their tokens. */
#ifndef PLATFORM_DB_PREFERENCES_H
#define PLATFORM_DB_PREFERENCES_H

#include <jansson.h>
#include "model/preference.h"
#include "platform/data/db.h"

/** The last word counts: an older one changes nothing; of two at the same time that of the later event. Kiosks are told. */
bool db_preference_put(struct db *db, const struct preference_event *said, int64_t said_ms, const char *event, GError **error);
/** What kiosks are told of this card; NULL without error: nothing. New reference. */
json_t *db_preference_value(struct db *db, const char *card, GError **error);
/** To the card in its place, also that it was given up. */
bool db_preference_move(struct db *db, const char *card, const char *successor, GError **error);
bool db_preference_erase(struct db *db, const char *card, GError **error);

#endif
