/* SPDX-License-Identifier: Apache-2.0 */
/** What people say of a service, in the five grades 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意. */
#ifndef PLATFORM_RATINGS_H
#define PLATFORM_RATINGS_H

#include "platform/money/payments.h"

#define RATING_TYPE   "rating.given"
#define RATING_GRADES 5

/**
 * {service, kind, grade, rater}: the id of what was done, what kind it was of, 1 to 5, and the token of whose card it was. One person
 * rates one service once: another one is conflict RATED_ALREADY. False only for trouble of the database.
 */
bool ratings_apply(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                   GError **error);
/** The daily total of a grade: "rating:5". */
const char *rating_key(int grade);

#endif
