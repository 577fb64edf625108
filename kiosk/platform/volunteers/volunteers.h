/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who volunteers: the roll and its numbers, stars that are asked for, hours in dispute. The rules are those of kiosk/model
 * (volunteer.h, hours.h); hours themselves are credit's.
 */
#ifndef PLATFORM_VOLUNTEERS_H
#define PLATFORM_VOLUNTEERS_H

#include "platform/data/db-volunteers.h"
#include "platform/platform.h"

struct volunteer_event {
    const char *kiosk, *id, *type;
    int64_t at_ms, offset_ms;
};
bool volunteers_type(const char *type);
/** Inside a transaction. *code NULL: taken, else the verdict's: DATA, or one of volunteer_code_name(). False: trouble. */
bool volunteers_apply(struct platform *platform, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **code,
                      GError **error);

/** Inside a transaction: VR-9, may the owner of this card serve at that time? Under fourteen only with a guardian's consent. */
bool volunteers_consent(struct db *db, const char *token, uint32_t birth, int64_t at_ms, bool *given, GError **error);

/** At the desk, a transaction of its own: cards by their numbers, `guardian` NULL none. `no` gets the number. Refused: PLATFORM_ERROR_STATE. */
bool volunteers_register(struct platform *platform, const char *card, const char *guardian, unsigned skills, int64_t now_ms,
                         char no[VOLUNTEER_NO_SIZE], GError **error);
/** Inside a transaction: stars whose publicity is over are granted when the hours still carry them. */
bool volunteers_stars_grant(struct db *db, int64_t now_ms, int *granted, GError **error);
/**
 * A transaction of its own: two of the staff put hours in dispute right. What was posted for them is reversed, and `minutes` (0 none) are
 * posted anew; `by`: two of the register, NULL behind them. *certificates: numbers of the person's certificates over these hours that are not
 * withdrawn, for people to look at; g_ptr_array_unref(), only when true; NULL: not asked.
 */
bool volunteers_correct(struct platform *platform, const char *attendance, int64_t minutes, char **by, const char *reason, int64_t now_ms,
                        GPtrArray **certificates, GError **error);

#endif
