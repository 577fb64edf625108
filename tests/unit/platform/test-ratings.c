/* SPDX-License-Identifier: Apache-2.0 */
/* Low ratings: each is opened by itself, followed up step by step, and only another person excludes one. */
#include "credit-kit.h"
#include "model/model.h"
#include "platform/admin/ratings.h"
#include <string.h>

#define SERVICE "01985d5e-5c00-7000-8000-000000000001"
#define TWIN    "0f0e0d0c0b0a09080706050403020103"

static void rate(struct credit_kit *f, const char *rater, int grade, unsigned reasons)
{
    struct rating rating = {.service = SERVICE, .kind = "payment", .grade = grade, .reasons = reasons};

    g_strlcpy(rating.rater, rater, sizeof rating.rater);
    credit_kit_push(f, &f->pen, RATING_GIVEN, "Rating", rating_to_json(&rating), "accepted", "");
}

static json_t *cases(struct credit_kit *f, bool all)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *rows = ratings_cases(f->platform->db, all, NULL);
    db_rollback(f->platform->db);
    g_assert_true(json_is_array(rows));
    return rows;
}

static bool step(struct credit_kit *f, const char *rater, enum rating_follow to, const char *by)
{
    const struct rating_follow_step next = {.service = SERVICE, .rater = rater, .to = to, .by = by, .note = "called"};
    g_autoptr(GError) error = NULL;
    bool done = ratings_follow(f->platform, &next, now_ms(), &error);

    g_assert_true(done == (error == NULL));
    g_assert_true(done || g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE));
    return done;
}

static const char *text_of(json_t *rows, size_t at, const char *key)
{
    return json_string_value(json_object_get(json_array_get(rows, at), key));
}

static void test_followed(struct credit_kit *f, const void *data)
{
    rate(f, f->adult, 3, 0);
    rate(f, f->elder, 2, RATING_ATTITUDE | RATING_EFFICIENCY);
    json_t *rows = cases(f, false);
    uint32_t today = date_of_ms(now_ms());
    g_assert_cmpuint(json_array_size(rows), ==, 1);
    g_assert_cmpstr(text_of(rows, 0, "state"), ==, "OPEN");
    g_assert_cmpstr(text_of(rows, 0, "reasons"), ==, "efficiency,attitude");
    g_assert_cmpstr(text_of(rows, 0, "rater"), ==, f->elder);
    g_assert_cmpint(json_integer_value(json_object_get(json_array_get(rows, 0), "due")), >, today);
    json_decref(rows);
    g_assert_false(step(f, NULL, FOLLOW_FIXED, "staff-1")); /* nobody was in touch */
    g_assert_false(step(f, NULL, FOLLOW_CONTACTED, "nobody"));
    g_assert_false(step(f, f->adult, FOLLOW_CONTACTED, "staff-1")); /* that one was not low */
    g_assert_true(step(f, NULL, FOLLOW_CONTACTED, "staff-1"));
    g_assert_true(step(f, f->elder, FOLLOW_EXPLAINED, "staff-1"));
    g_assert_true(step(f, NULL, FOLLOW_CALLBACK, "staff-2"));
    g_assert_true(step(f, NULL, FOLLOW_CLOSED, "staff-2"));
    g_assert_false(step(f, NULL, FOLLOW_CONTACTED, "staff-1"));
    rows = cases(f, false);
    g_assert_cmpuint(json_array_size(rows), ==, 0);
    json_decref(rows);
    rows = cases(f, true);
    g_assert_cmpstr(text_of(rows, 0, "state"), ==, "CLOSED");
    json_decref(rows);
}

/* Two of one service: each has its own, and has to be named. */
static void test_excluded(struct credit_kit *f, const void *data)
{
    rate(f, f->adult, 1, 0);
    rate(f, f->elder, 1, 0);
    g_assert_false(step(f, NULL, FOLLOW_APPEALED, "staff-1"));
    g_assert_true(step(f, f->adult, FOLLOW_APPEALED, "staff-1"));
    g_assert_false(step(f, f->adult, FOLLOW_EXCLUDED, "staff-1"));
    g_assert_false(step(f, f->adult, FOLLOW_EXCLUDED, STAFF));                   /* the same one by the card, */
    kit_staff(f->platform, TWIN, "twin", 3, STAFF_CLERK);
    g_assert_false(step(f, f->adult, FOLLOW_EXCLUDED, "twin"));                  /* and by another card of the same owner */
    g_assert_true(step(f, f->adult, FOLLOW_EXCLUDED, "staff-2"));
    g_assert_true(step(f, f->elder, FOLLOW_APPEALED, OTHER_STAFF));
    g_assert_false(step(f, f->elder, FOLLOW_UPHELD, "staff-2"));
    g_assert_true(step(f, f->elder, FOLLOW_UPHELD, "staff-1"));
    g_assert_true(step(f, f->elder, FOLLOW_CONTACTED, "staff-1"));
    json_t *rows = cases(f, false);
    g_assert_cmpuint(json_array_size(rows), ==, 1);
    g_assert_cmpstr(text_of(rows, 0, "rater"), ==, f->elder);
    json_decref(rows);
}

static void change(struct credit_kit *f, const char *rater, int grade)
{
    struct rating rating = {.service = SERVICE, .kind = "payment", .grade = grade};

    g_strlcpy(rating.rater, rater, sizeof rating.rater);
    credit_kit_push(f, &f->pen, RATING_CHANGED, "Rating", rating_to_json(&rating), "accepted", "");
}

/* Thought better of within the day: the case is over, wherever it stood, with the reason; a low one that stays low goes on. */
static void test_changed(struct credit_kit *f, const void *data)
{
    rate(f, f->adult, 1, 0);
    rate(f, f->elder, 2, 0);
    rate(f, f->student, 2, 0);
    g_assert_true(step(f, f->adult, FOLLOW_CONTACTED, "staff-1"));
    g_assert_true(step(f, f->student, FOLLOW_APPEALED, "staff-1"));
    g_assert_true(step(f, f->student, FOLLOW_EXCLUDED, "staff-2"));
    change(f, f->adult, 4);
    change(f, f->elder, 1);
    change(f, f->student, 5);
    json_t *rows = cases(f, false);
    g_assert_cmpuint(json_array_size(rows), ==, 1);
    g_assert_cmpstr(text_of(rows, 0, "rater"), ==, f->elder);
    json_decref(rows);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM rating_step WHERE community=?1 AND state='CLOSED'"), ==, 1);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM rating_step WHERE community=?1 AND state='CLOSED' AND n=2 AND staff='platform' AND"
                                           " note='changed by whoever gave it'"), ==, 1);
    g_assert_false(step(f, f->adult, FOLLOW_FIXED, "staff-1"));
    g_assert_true(step(f, f->elder, FOLLOW_CONTACTED, "staff-1"));
}

/* What was appealed is decided all the same. */
static void test_changed_appealed(struct credit_kit *f, const void *data)
{
    rate(f, f->elder, 1, 0);
    g_assert_true(step(f, f->elder, FOLLOW_APPEALED, "staff-1"));
    change(f, f->elder, 4);
    json_t *rows = cases(f, false);
    g_assert_cmpstr(text_of(rows, 0, "state"), ==, "APPEALED");
    json_decref(rows);
    g_assert_true(step(f, f->elder, FOLLOW_EXCLUDED, "staff-2"));
}

/* It stands, and is low no more: nobody has to ask. One that was changed and is low is followed up. */
static void test_changed_upheld(struct credit_kit *f, const void *data)
{
    rate(f, f->elder, 1, 0);
    rate(f, f->adult, 1, 0);
    g_assert_true(step(f, f->elder, FOLLOW_APPEALED, "staff-1"));
    g_assert_true(step(f, f->adult, FOLLOW_APPEALED, "staff-1"));
    change(f, f->elder, 4);
    change(f, f->adult, 2);
    g_assert_true(step(f, f->elder, FOLLOW_UPHELD, "staff-2"));
    g_assert_true(step(f, f->adult, FOLLOW_UPHELD, "staff-2"));
    json_t *rows = cases(f, false);
    g_assert_cmpuint(json_array_size(rows), ==, 1);
    g_assert_cmpstr(text_of(rows, 0, "rater"), ==, f->adult);
    g_assert_cmpstr(text_of(rows, 0, "state"), ==, "UPHELD");
    json_decref(rows);
    g_assert_false(step(f, f->elder, FOLLOW_CONTACTED, "staff-1"));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM rating_step WHERE community=?1 AND state='CLOSED' AND n=3 AND staff='platform'"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/ratings/followed", test_followed);
    CREDIT_KIT_ADD("/ratings/excluded", test_excluded);
    CREDIT_KIT_ADD("/ratings/changed", test_changed);
    CREDIT_KIT_ADD("/ratings/changed-appealed", test_changed_appealed);
    CREDIT_KIT_ADD("/ratings/changed-upheld", test_changed_upheld);
    return g_test_run();
}
