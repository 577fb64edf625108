/* SPDX-License-Identifier: Apache-2.0 */
/** What people say of a service (model/rating.h). */
#ifndef PLATFORM_RATINGS_H
#define PLATFORM_RATINGS_H

#include "model/rating.h"
#include "platform/money/payments.h"

/** One person rates one service once: another one is conflict RATED_ALREADY. False only for trouble of the database. */
bool ratings_apply(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                   GError **error);
/** It is changed once, within a day (RT-2): UNKNOWN, of one that was not told; RATED_ALREADY. Both versions are kept; a case of one that is low no more is closed, of one that was appealed when that is decided. */
bool ratings_change(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                    GError **error);
/** A step of staff (model/rating.h) on what became of a low rating. */
struct rating_follow_step {
    const char *service, *rater; /* rater NULL: the only one who rated this service low */
    enum rating_follow to;
    const char *by, *note; /* who of the register; what was done, without names */
};
/** A transaction of its own. PLATFORM_ERROR_STATE: it does not follow, nobody who may, or the same person who appealed. */
bool ratings_follow(struct platform *platform, const struct rating_follow_step *step, int64_t now_ms, GError **error);
/** Inside a transaction: db_rating_cases() with `due` (YYYYMMDD) and reasons as text; those that are over with `all`. New reference. */
json_t *ratings_cases(struct db *db, bool all, GError **error);
/** The daily total of a grade: "rating:5". */
const char *rating_key(int grade);

#endif
