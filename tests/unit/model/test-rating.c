/* SPDX-License-Identifier: Apache-2.0 */
/* What may be said of a service, by whom, and how it is written. */
#include "model/preference.h"
#include "model/purpose.h"
#include "model/rating.h"

#include <glib.h>
#include <string.h>

#define SERVICE "01985d5e-5c00-7000-8000-000000000001"
#define RATER   "00112233445566778899aabbccddeeff"

static json_t *written(void)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:[s, s]}", "service", SERVICE, "kind", "payment", "rater", RATER, "grade", 2, "reasons", "skill",
                     "platform");
}

static void test_json(void)
{
    struct rating rating;
    json_t *json = written();

    json_object_set_new(json, "of_tomorrow", json_true()); /* overlooked */
    g_assert_true(rating_from_json(json, &rating));
    g_assert_cmpint(rating.grade, ==, 2);
    g_assert_cmpuint(rating.reasons, ==, RATING_SKILL | RATING_PLATFORM);
    json_t *again = rating_to_json(&rating), *plain = written();
    g_assert_true(json_equal(again, plain));
    rating.reasons = 0;
    json_t *none = rating_to_json(&rating);
    g_assert_null(json_object_get(none, "reasons"));
    json_decref(none);
    json_decref(plain);
    json_decref(again);
    json_decref(json);
}

static void assert_none(const char *key, json_t *value)
{
    struct rating rating;
    json_t *json = written();

    json_object_set_new(json, key, value);
    g_assert_false(rating_from_json(json, &rating));
    json_decref(json);
}

static void test_nonsense(void)
{
    assert_none("grade", json_integer(0));
    assert_none("grade", json_integer(6));
    assert_none("grade", json_integer(INT64_C(4294967297)));
    assert_none("grade", json_string("5"));
    assert_none("service", json_string("payment 1"));
    assert_none("service", json_stringn(SERVICE "\0x", 38));
    assert_none("kind", json_string("Zhang San"));
    assert_none("kind", json_string(""));
    assert_none("rater", json_string("00112233445566778899AABBCCDDEEFF"));
    assert_none("rater", json_string("0011"));
    assert_none("reasons", json_string("skill"));
    assert_none("reasons", json_pack("[s]", "weather"));
    assert_none("reasons", json_pack("[s, s]", "skill", "skill"));
    assert_none("reasons", json_pack("[i]", 1));
}

static void test_who(void)
{
    struct rating rating = {.service = SERVICE, .kind = "payment", .rater = RATER, .grade = 5};
    struct rating_facts facts = {.theirs = true, .done_ms = 1000};

    g_assert_null(rating_refusal(&rating, &facts, 1000 + RATING_WINDOW_MS));
    g_assert_cmpstr(rating_refusal(&rating, &facts, 1001 + RATING_WINDOW_MS), ==, "WINDOW_CLOSED");
    facts.rated = true;
    g_assert_cmpstr(rating_refusal(&rating, &facts, 1000), ==, "RATED_ALREADY"); /* nobody knows when */
    facts.rated_ms = 2000;
    g_assert_null(rating_refusal(&rating, &facts, 2000 + RATING_CHANGE_MS));
    g_assert_cmpstr(rating_refusal(&rating, &facts, 2001 + RATING_CHANGE_MS), ==, "RATED_ALREADY");
    facts.changed = true;
    g_assert_cmpstr(rating_refusal(&rating, &facts, 2001), ==, "RATED_ALREADY");
    facts = (struct rating_facts){0};
    g_assert_cmpstr(rating_refusal(&rating, &facts, 1000), ==, "NOT_THEIRS");
    rating.reasons = RATING_REASONS + 1;
    g_assert_cmpstr(rating_refusal(&rating, &facts, 1000), ==, "REASON");
    rating.grade = 6;
    g_assert_cmpstr(rating_refusal(&rating, &facts, 1000), ==, "GRADE");
}

/* From each state to exactly these. */
static void test_follow(void)
{
    static const char *const LAWFUL = " OPEN>CONTACTED OPEN>APPEALED CONTACTED>FIXED CONTACTED>EXPLAINED FIXED>CALLBACK EXPLAINED>CALLBACK"
                                      " CALLBACK>CLOSED APPEALED>EXCLUDED APPEALED>UPHELD UPHELD>CONTACTED ";

    for (enum rating_follow from = 0; from < FOLLOW_STATES; from++)
        for (enum rating_follow to = 0; to < FOLLOW_STATES; to++) {
            g_autofree char *pair = g_strdup_printf(" %s>%s ", rating_follow_name(from), rating_follow_name(to));
            g_assert_true(rating_follow_may(from, to) == (strstr(LAWFUL, pair) != NULL));
        }
    enum rating_follow state;
    g_assert_true(rating_follow_parse("CALLBACK", &state) && state == FOLLOW_CALLBACK);
    g_assert_false(rating_follow_parse("open", &state));
    g_autofree char *text = rating_reasons_text(RATING_EFFICIENCY | RATING_ATTITUDE);
    g_assert_cmpstr(text, ==, "efficiency,attitude");
}

/* ---- How somebody wants it: beside what they say of it ---- */

static void test_preference(void)
{
    char text[PREFERENCE_WANTS_SIZE];
    struct preference read;

    for (unsigned bits = 0; bits < 64 * PREFERENCE_SIZES; bits++) {
        const struct preference wanted = {.size = bits >> 6, .contrast = bits & 1, .voice = bits & 2, .slow = bits & 4, .english = bits & 8,
                                          .left = bits & 16, .low = bits & 32};
        g_assert_true(preference_parse(preference_text(&wanted, text), &read));
        g_assert_true(preference_same(&wanted, &read));
    }
    g_assert_cmpuint(strlen("largest contrast voice slow en left low"), <, PREFERENCE_WANTS_SIZE);
    json_t *told = json_pack("{s:s, s:s}", "card_token", "0123456789ABCDEF0123456789abcdef", "wants", "large");
    struct preference_event event;
    g_assert_false(preference_event_from_json(told, PREFERENCE_KEPT, &event)); /* no token of ours */
    json_object_set_new(told, "card_token", json_string("0123456789abcdef0123456789abcdef"));
    g_assert_true(preference_event_from_json(told, PREFERENCE_KEPT, &event));
    g_assert_false(preference_event_from_json(told, PREFERENCE_GIVEN, &event));
    json_decref(told);
    g_assert_cmpuint(person_fields_parse("name,care,nonsense,bills"), ==, PERSON_NAME | PERSON_CARE | PERSON_BILLS);
    g_assert_cmpuint(person_fields_parse(""), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rating/json", test_json);
    g_test_add_func("/rating/nonsense", test_nonsense);
    g_test_add_func("/rating/who", test_who);
    g_test_add_func("/rating/follow", test_follow);
    g_test_add_func("/preference", test_preference);
    return g_test_run();
}
