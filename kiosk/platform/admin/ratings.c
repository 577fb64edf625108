/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/ratings.h"
#include "platform/data/db-figures.h"
#include "model/model.h"
#include "sync/wire.h"
#include <string.h>

static const char *const keys[RATING_GRADES + 1] = {NULL, "rating:1", "rating:2", "rating:3", "rating:4", "rating:5"};

const char *rating_key(int grade)
{
    g_assert(grade >= 1 && grade <= RATING_GRADES);
    return keys[grade];
}

static bool is_word(const char *text)
{
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0';
}

/* The rater is a token and nothing else: who it is of cannot be told from it. */
static bool rating_read(json_t *data, struct rating_row *out)
{
    return wire_get_string(data, "service", 36, &out->service) && uuid_valid(out->service) &&
           wire_get_string(data, "kind", 32, &out->kind) && is_word(out->kind) &&
           wire_get_int(data, "grade", 1, RATING_GRADES, &out->grade) && wire_get_string(data, "rater", 32, &out->rater) &&
           strlen(out->rater) == 32 && strspn(out->rater, "0123456789abcdef") == 32;
}

bool ratings_apply(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                   GError **error)
{
    struct rating_row row = {.kiosk = kiosk, .at_ms = at_ms};
    bool new_one;

    if (!rating_read(data, &row)) {
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "DATA"};
        return true;
    }
    if (!db_rating_add(db, &row, &new_one, error))
        return false;
    if (!new_one) {
        *out = (struct outcome){.verdict = STORE_CONFLICT, .code = "RATED_ALREADY"};
        return true;
    }
    return db_day_add(db, rating_key((int)row.grade), kiosk, now_ms, 1, 0, error);
}
