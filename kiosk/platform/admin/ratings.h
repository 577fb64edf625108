/* SPDX-License-Identifier: Apache-2.0 */
/** What people say of a service (model/rating.h). */
#ifndef PLATFORM_RATINGS_H
#define PLATFORM_RATINGS_H

#include "model/rating.h"
#include "platform/money/payments.h"

/** One person rates one service once: another one is conflict RATED_ALREADY. False only for trouble of the database. */
bool ratings_apply(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                   GError **error);
/** The daily total of a grade: "rating:5". */
const char *rating_key(int grade);

#endif
