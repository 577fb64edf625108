/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/ratings.h"
#include "platform/data/db-figures.h"

static const char *const keys[RATING_GRADES + 1] = {NULL, "rating:1", "rating:2", "rating:3", "rating:4", "rating:5"};

const char *rating_key(int grade)
{
    g_assert(grade >= 1 && grade <= RATING_GRADES);
    return keys[grade];
}

bool ratings_apply(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                   GError **error)
{
    struct rating rating;
    bool new_one;

    if (!rating_from_json(data, &rating)) {
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "DATA"};
        return true;
    }
    const struct rating_row row = {.service = rating.service, .rater = rating.rater, .kind = rating.kind, .grade = rating.grade,
                                   .kiosk = kiosk, .at_ms = at_ms};
    if (!db_rating_add(db, &row, &new_one, error))
        return false;
    if (!new_one) {
        *out = (struct outcome){.verdict = STORE_CONFLICT, .code = "RATED_ALREADY"};
        return true;
    }
    return db_day_add(db, rating_key(rating.grade), kiosk, now_ms, 1, 0, error);
}
