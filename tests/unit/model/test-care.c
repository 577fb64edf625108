/* SPDX-License-Identifier: Apache-2.0 */
/* Visits: until when, what counts, what stops them, and how one is written. */
#include "model/care.h"
#include "model/model.h"
#include "model/seal.h"

#include <glib.h>
#include <string.h>

#define DAY  INT64_C(86400000)
#define HOUR INT64_C(3600000)
#define CARE "01985d5e-5c00-7000-8000-000000000001"
#define TEN(date) (ms_of_date(date) + 10 * HOUR)

static struct care somebody(enum care_level level, uint32_t began)
{
    return (struct care){.level = level, .consent = true, .began = began};
}

static struct care_visit visit_at(int64_t at_ms)
{
    struct care_visit visit = {.kind = CARE_HOME, .result = CARE_WELL, .at_ms = at_ms};

    g_strlcpy(visit.care, CARE, sizeof visit.care);
    g_strlcpy(visit.staff, "S0001", sizeof visit.staff);
    return visit;
}

static enum care_code come(struct care *care, struct care_visit visit)
{
    return care_visited(care, &visit, visit.at_ms);
}

static void test_periods(void)
{
    g_assert_cmpuint(care_next(CARE_HIGH, 20261228), ==, 20270104);
    g_assert_cmpuint(care_next(CARE_KEY, 20261231), ==, 20270131);
    g_assert_cmpuint(care_next(CARE_KEY, 20270131), ==, 20270228);
    g_assert_cmpuint(care_next(CARE_KEY, 20280131), ==, 20280229);
    g_assert_cmpuint(care_next(CARE_GENERAL, 20261130), ==, 20270228);
    g_assert_cmpuint(care_next(CARE_GENERAL, 20260531), ==, 20260831);
}

/* Due until the day ends, then overdue; a contact moves it on. */
static void test_due(void)
{
    struct care care = somebody(CARE_HIGH, 20261101);

    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20261109) - 1);
    g_assert_cmpint(care_urgency(&care, 0, TEN(20261103)), ==, CARE_LATER);
    g_assert_cmpint(care_urgency(&care, 0, TEN(20261106)), ==, CARE_SOON);
    g_assert_cmpint(care_urgency(&care, 0, ms_of_date(20261109) - 1), ==, CARE_SOON);
    g_assert_cmpint(care_urgency(&care, 0, ms_of_date(20261109)), ==, CARE_OVERDUE);
    g_assert_cmpint(care_urgency(&care, TEN(20261109), TEN(20261109) + HOUR), ==, CARE_SOON); /* tapped today */
    g_assert_cmpint(care_urgency(&care, TEN(20261108), TEN(20261109)), ==, CARE_OVERDUE);     /* yesterday */
    g_assert_cmpint(come(&care, visit_at(TEN(20261105))), ==, CARE_OK);
    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20261113) - 1);
}

static void test_no_contact(void)
{
    struct care care = somebody(CARE_KEY, 20261101);
    struct care_visit visit = visit_at(TEN(20261103));

    visit.result = CARE_NOT_MET;
    g_assert_cmpint(come(&care, visit), ==, CARE_OK);
    visit.result = CARE_WELL;
    visit.kind = CARE_KIOSK;
    g_assert_cmpint(come(&care, visit), ==, CARE_OK);
    g_assert_cmpuint(care.last, ==, 0);
    visit.kind = CARE_PHONE; /* the same day: nobody had been there */
    g_assert_cmpint(come(&care, visit), ==, CARE_OK);
    g_assert_cmpuint(care.last, ==, 20261103);
    visit.at_ms += HOUR;
    g_assert_cmpint(come(&care, visit), ==, CARE_SAME_DAY);
}

static void test_next(void)
{
    struct care care = somebody(CARE_KEY, 20261101);
    struct care_visit visit = visit_at(TEN(20261103));

    visit.next = 20261103;
    g_assert_cmpint(come(&care, visit), ==, CARE_NEXT);
    visit.next = 20261204;
    g_assert_cmpint(come(&care, visit), ==, CARE_NEXT);
    visit.next = 20261110;
    g_assert_cmpint(come(&care, visit), ==, CARE_OK);
    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20261111) - 1);
    visit = visit_at(TEN(20261102)); /* told late, about an earlier day: the newer one counts */
    g_assert_cmpint(care_visited(&care, &visit, TEN(20261104)), ==, CARE_OK);
    g_assert_cmpuint(care.last, ==, 20261103);
    g_assert_cmpuint(care.chosen, ==, 20261110);
}

/* A closer level counts at once, whatever day was chosen; beginning anew counts from then. */
static void test_level_and_again(void)
{
    struct care care = somebody(CARE_GENERAL, 20260801);
    struct care_visit visit = visit_at(TEN(20260805));

    visit.next = 20261101;
    g_assert_cmpint(come(&care, visit), ==, CARE_OK);
    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20261102) - 1);
    care.level = CARE_HIGH;
    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20260813) - 1);
    care.chosen = 0;
    care.began = 20261001;
    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20261009) - 1);
}

static void test_extra_and_change(void)
{
    struct care care = somebody(CARE_GENERAL, 20261101);

    care.extra = 20261120;
    care.extra_ms = TEN(20261110);
    g_assert_cmpint(care_due_ms(&care), ==, ms_of_date(20261121) - 1);
    g_assert_cmpint(come(&care, visit_at(TEN(20261105))), ==, CARE_OK); /* before it was asked for */
    g_assert_cmpuint(care.extra, ==, 20261120);
    g_assert_cmpint(care_changed(&care, TEN(20261112)), ==, CARE_OK);
    g_assert_cmpint(care_due_ms(&care), ==, TEN(20261112) + CARE_URGENT_MS);
    g_assert_cmpint(care_urgency(&care, TEN(20261112), TEN(20261112)), ==, CARE_URGENT);
    g_assert_cmpint(come(&care, visit_at(TEN(20261112) + HOUR)), ==, CARE_OK);
    g_assert_cmpuint(care.extra, ==, 0);
    g_assert_cmpint(care.changed_ms, ==, 0);
    struct care_visit visit = visit_at(TEN(20261120));
    visit.result = CARE_MAJOR_CHANGE;
    g_assert_cmpint(come(&care, visit), ==, CARE_OK);
    g_assert_cmpint(care_due_ms(&care), ==, visit.at_ms + CARE_URGENT_MS);
    visit = visit_at(TEN(20261118));
    visit.result = CARE_MAJOR_CHANGE; /* told behind the newer one, which knew of it */
    g_assert_cmpint(care_visited(&care, &visit, TEN(20261121)), ==, CARE_OK);
    g_assert_cmpint(care_due_ms(&care), ==, TEN(20261120) + CARE_URGENT_MS);
}

static void test_ended(void)
{
    const enum care_result ends[] = {CARE_DIED, CARE_MOVED, CARE_DECLINED};

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        struct care care = somebody(CARE_HIGH, 20261101);
        struct care_visit visit = visit_at(TEN(20261105));
        visit.result = ends[i];
        g_assert_cmpint(come(&care, visit), ==, CARE_OK);
        g_assert_cmpint(care_due_ms(&care), ==, 0);
        g_assert_cmpint(care_urgency(&care, 0, TEN(20270101)), ==, CARE_LATER);
        g_assert_cmpint(come(&care, visit_at(TEN(20261106))), ==, CARE_ENDED);
        g_assert_cmpint(care_changed(&care, TEN(20261106)), ==, CARE_ENDED);
        visit = visit_at(TEN(20261103)); /* before: it happened */
        g_assert_cmpint(care_visited(&care, &visit, TEN(20261107)), ==, CARE_OK);
        g_assert_cmpint(care_due_ms(&care), ==, 0);
    }
}

static void test_refused(void)
{
    struct care care = somebody(CARE_HIGH, 20261101), before;
    struct care_visit visit = visit_at(TEN(20261105));

    g_assert_cmpint(care_visited(&care, &visit, visit.at_ms - 1), ==, CARE_TIME);
    g_assert_cmpint(care_visited(&care, &visit, visit.at_ms + CARE_TOLD_LATE_MS + 1), ==, CARE_TIME);
    g_assert_cmpint(come(&care, visit_at(TEN(20261031))), ==, CARE_EARLY);
    care.consent = false;
    before = care;
    g_assert_cmpint(come(&care, visit), ==, CARE_CONSENT);
    g_assert_cmpint(care_changed(&care, visit.at_ms), ==, CARE_CONSENT);
    g_assert_cmpint(care_due_ms(&care), ==, 0);
    g_assert_cmpmem(&care, sizeof care, &before, sizeof before);
}

/* ---- JSON ---- */

static json_t *written(void)
{
    struct care_visit visit = visit_at(TEN(20261105));

    visit.found = CARE_ITEM(CARE_NEED_MEALS) | CARE_ITEM(CARE_RISK_GRIEF);
    visit.closed = CARE_ITEM(CARE_NEED_REPAIR);
    visit.next = 20261110;
    g_strlcpy(visit.words, "膝盖疼，\n想有人陪着下楼", sizeof visit.words);
    return care_visit_to_json(&visit);
}

static void test_json(void)
{
    struct care_visit visit;
    json_t *json = written();

    g_assert_true(care_visit_from_json(json, &visit));
    g_assert_cmpuint(visit.found & CARE_NEEDS, ==, CARE_ITEM(CARE_NEED_MEALS));
    g_assert_cmpstr(json_string_value(json_object_get(json, "care_found")), ==, "meals,grief");
    json_t *again = care_visit_to_json(&visit);
    g_assert_true(json_equal(json, again));
    json_decref(again);
    json_decref(json);
}

/* All of them fit, and what nobody may read on a disk is what is sealed there. */
static void test_items(void)
{
    g_autofree char *all = care_items_text(CARE_ITEM(CARE_ITEMS) - 1);
    unsigned items = 0;

    g_assert_cmpuint(strlen(all), <, CARE_ITEMS_SIZE);
    g_assert_true(care_items_parse(all, &items));
    g_assert_cmpuint(items, ==, CARE_ITEM(CARE_ITEMS) - 1);
    g_assert_true(care_items_parse("", &items));
    g_assert_cmpuint(items, ==, 0);
    g_assert_true(seal_personal("care_found") && seal_personal("care_closed") && seal_personal("description"));
}

static void assert_none(const char *key, json_t *value)
{
    struct care_visit visit;
    json_t *json = written();

    json_object_set_new(json, key, value);
    g_assert_false(care_visit_from_json(json, &visit));
    json_decref(json);
}

static void test_nonsense(void)
{
    g_autofree char *much = g_strnfill(CARE_WORDS_SIZE, 'x');

    assert_none("care", json_string("K0001"));
    assert_none("staff", json_string(""));
    assert_none("kind", json_string("drone"));
    assert_none("result", json_string("WELL"));
    assert_none("result", json_stringn("well\0x", 6));
    assert_none("at_ms", json_string("1"));
    assert_none("at_ms", json_integer(-1));
    assert_none("next", json_integer(20261131));
    assert_none("care_found", json_pack("[s]", "meals"));
    assert_none("care_found", json_string("meals,meals"));
    assert_none("care_found", json_string("meals,"));
    assert_none("care_found", json_string("rich"));
    assert_none("care_found", json_string("repair")); /* found and closed */
    assert_none("care_closed", json_integer(1));
    assert_none("description", json_string("\x1b[2J"));
    assert_none("description", json_string(much));
    assert_none("of_tomorrow", json_true());
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/care/periods", test_periods);
    g_test_add_func("/care/due", test_due);
    g_test_add_func("/care/no-contact", test_no_contact);
    g_test_add_func("/care/next", test_next);
    g_test_add_func("/care/level-and-again", test_level_and_again);
    g_test_add_func("/care/extra-and-change", test_extra_and_change);
    g_test_add_func("/care/ended", test_ended);
    g_test_add_func("/care/refused", test_refused);
    g_test_add_func("/care/json", test_json);
    g_test_add_func("/care/items", test_items);
    g_test_add_func("/care/nonsense", test_nonsense);
    return g_test_run();
}
