/* SPDX-License-Identifier: Apache-2.0 */
/** Calls for help. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_HELP_H
#define PLATFORM_DB_HELP_H

#include <jansson.h>
#include "platform/data/db.h"

struct help_row {
    char id[37], kiosk[32], kind[8], staff[33], how[8];
    int64_t at_ms, told_ms, answered_ms, ended_ms, after_ms; /* 0: not yet */
};
bool db_help_add(struct db *db, const struct help_row *row, GError **error);
bool db_help_find(struct db *db, const char *id, struct help_row *out, bool *found, GError **error);
bool db_help_answer(struct db *db, const char *id, const char *staff, int64_t now_ms, GError **error);
bool db_help_end(struct db *db, const char *id, const char *how, int64_t after_ms, int64_t now_ms, GError **error);
/** Of struct help_row, newest first: those told since then, or of a kiosk (NULL: any) that are open. */
GArray *db_help_rows(struct db *db, const char *kiosk, bool all, int64_t from_ms, GError **error);
/** What the kiosk is told: {call, answered_ms} of the call of its that was answered last; NULL without error: none. */
json_t *db_help_value(struct db *db, const char *kiosk, GError **error);

#endif
