/* SPDX-License-Identifier: Apache-2.0 */
/* Visits at the platform: told once and by whoever may, read by those who look after a grid and by nobody else, and never without a trace. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/handlers.h"
#include "platform/care/care.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "schema.h"
#include "sync/wire.h"
#include <string.h>

#define WORKER "0f0e0d0c0b0a09080706050403020104"
#define WORDS  "膝盖疼，想有人陪着下楼"

/* ---- What is there: an elder, whose grid staff-w looks after ---- */

static void begin(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
}

static void end(struct credit_kit *f)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_commit(f->platform->db, &error));
    g_assert_no_error(error);
}

static int64_t person_of(struct credit_kit *f, const char *card)
{
    int64_t person = -1;

    g_assert_true(db_card_token_person(f->platform->db, card, &person, NULL));
    return person;
}

static struct care_row row_of(struct credit_kit *f, const char *id)
{
    struct care_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_care_find(f->platform->db, id, &row, &found, NULL) && found);
    db_rollback(f->platform->db);
    return row;
}

/* Somebody who is looked after for a year, `id` of the profile. */
static void look_after(struct credit_kit *f, const char *card, enum care_level level, char id[37])
{
    struct care_order order = {.level = level, .consent = true, .began = date_of_ms(now_ms() - 365 * DAY),
                               .items = CARE_ITEM(CARE_RISK_ALONE) | CARE_ITEM(CARE_NEED_MEALS)};
    g_autoptr(GError) error = NULL;

    begin(f);
    order.person = person_of(f, card);
    g_assert_true(care_put(f->platform->db, &order, id, &error));
    g_assert_no_error(error);
    end(f);
}

static void give_grid(struct credit_kit *f, const char *worker, const char *grid)
{
    begin(f);
    g_assert_true(db_care_grid_set(f->platform->db, worker, grid, now_ms() - 100 * DAY, NULL));
    end(f);
}

static void take_grid(struct credit_kit *f, struct care_row row, int64_t at_ms)
{
    begin(f);
    g_assert_true(db_care_grid_end(f->platform->db, "staff-w", row.grid, at_ms, NULL));
    end(f);
}

static void begun(struct credit_kit *f, char id[37])
{
    kit_staff(f->platform, WORKER, "staff-w", 0, STAFF_GRID_WORKER);
    look_after(f, f->elder, CARE_HIGH, id);
    give_grid(f, "staff-w", row_of(f, id).grid);
}

static struct care_visit visit_by(const char *care, const char *staff)
{
    struct care_visit visit = {.kind = CARE_HOME, .result = CARE_HELP_NEEDED, .at_ms = now_ms() - HOUR, .found = CARE_ITEM(CARE_RISK_GRIEF),
                               .closed = CARE_ITEM(CARE_NEED_MEALS)};

    g_strlcpy(visit.care, care, sizeof visit.care);
    g_strlcpy(visit.staff, staff, sizeof visit.staff);
    g_strlcpy(visit.words, WORDS, sizeof visit.words);
    return visit;
}

static void told(struct credit_kit *f, const struct care_visit *visit, const char *verdict, const char *code)
{
    credit_kit_push(f, &f->pen, "care.visited", "CareVisited", care_visit_to_json(visit), verdict, code);
}

#define VISITS "SELECT count(*) FROM care_visit WHERE community=?1"
#define LOGGED "SELECT count(*) FROM access_log WHERE community=?1"

/* ---- As a kiosk reads it ---- */

static json_t *ask(struct credit_kit *f, const char *path, const char *query, const char *secret, struct request given, unsigned wanted)
{
    g_autofree char *header = g_strconcat("Bearer ", secret, NULL), *full = g_strconcat(path, query, NULL);
    struct reply reply = {0};

    given.method = "GET";
    given.path = path;
    given.kiosk = "K0001";
    given.certificate = KIT_SERIAL;
    given.authorization = header;
    given.body = "";
    handlers_run(f->platform, &given, &reply);
    schema_check_exchange("GET", full, NULL, reply.status, reply.body, reply.body_len);
    g_assert_cmpuint(reply.status, ==, wanted);
    json_t *answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    reply_clear(&reply);
    return answer;
}

static json_t *list(struct credit_kit *f, const char *secret)
{
    return ask(f, "/v1/care/profiles", "?purpose=care", secret, (struct request){.purpose = "care"}, 200);
}

static json_t *household(struct credit_kit *f, const char *secret, int64_t number, unsigned wanted)
{
    g_autofree char *path = g_strdup_printf("/v1/care/households/%" G_GINT64_FORMAT, number);

    return ask(f, path, "?purpose=care", secret, (struct request){.purpose = "care"}, wanted);
}

static void assert_refused(json_t *answer, const char *code)
{
    g_assert_cmpstr(json_string_value(json_object_get(answer, "code")), ==, code);
    json_decref(answer);
}

static json_t *first_of(json_t *answer)
{
    return json_array_get(json_object_get(answer, "profiles"), 0);
}

/* ---- Tests ---- */

/* By themselves: what was told stays, what has ended is due no more, one visit a day. */
static void assert_tables(struct db *db)
{
    static const struct kit_attempt attempts[] = {
        {"UPDATE care_visit SET result='well' WHERE community=?1", "stay as they were"},
        {"UPDATE care_visit SET told='', at_ms=at_ms-1 WHERE community=?1", "stay as they were"},
        {"DELETE FROM care_visit WHERE community=?1", "stay as they were"},
        {"DELETE FROM care_profile WHERE community=?1", "not erased"},
        {"UPDATE care_profile SET person=person+1 WHERE community=?1", "due no more"},
        {"INSERT INTO care_visit SELECT community, 'x', care, at_ms+1, date, kind, result, contact, due_ms, next, worker, kiosk, told,"
         " received_ms FROM care_visit WHERE community=?1", "UNIQUE|unique"},
    };

    g_assert_true(db_begin(db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++)
        kit_assert_refused(db, &attempts[i]);
    db_rollback(db);
}

static void test_told(struct credit_kit *f, const void *data)
{
    char id[37];

    begun(f, id);
    struct care_visit visit = visit_by(id, WORKER);
    uint32_t date = date_of_ms(visit.at_ms);
    visit.next = date_of_ms(visit.at_ms + 3 * DAY);
    json_t *event = pen_event(&f->pen, "care.visited", care_visit_to_json(&visit));
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[O]", event));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
    answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "duplicate");
    json_decref(answer);
    g_assert_cmpint(kit_count(f->platform, VISITS), ==, 1);
    struct care_row row = row_of(f, id);
    g_assert_cmpuint(row.care.last, ==, date);
    g_assert_cmpint(care_due_ms(&row.care), ==, ms_of_date(visit.next) + DAY - 1);
    g_assert_cmpuint(row.items[CARE_RISK_GRIEF], ==, date);
    g_assert_cmpuint(row.items[CARE_NEED_MEALS], ==, 0);
    g_assert_cmpuint(row.items[CARE_RISK_ALONE], !=, 0);
    g_assert_false(kit_database_has(f->dir, WORDS));
    g_assert_false(kit_database_has(f->dir, "grief"));
    assert_tables(f->platform->db);
}

static void refused(struct credit_kit *f, const struct care_visit *visit, const char *code)
{
    int64_t before = kit_count(f->platform, VISITS);

    told(f, visit, "rejected", code);
    g_assert_cmpint(kit_count(f->platform, VISITS), ==, before);
}

static void test_refused(struct credit_kit *f, const void *data)
{
    char id[37];

    begun(f, id);
    struct care_row before = row_of(f, id);
    struct care_visit visit = visit_by(id, WORKER);
    json_t *broken = care_visit_to_json(&visit);

    json_object_set_new(broken, "care_found", json_string("rich"));
    f->pen.unchecked = true;
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, "care.visited", broken)));
    f->pen.unchecked = false;
    g_assert_cmpstr(kit_code(answer, 0), ==, "DATA");
    json_decref(answer);
    visit = visit_by("01985d5e-5c00-7000-8000-00000000ffff", WORKER);
    refused(f, &visit, "CARE_UNKNOWN");
    visit = visit_by(id, STRANGER);
    refused(f, &visit, "STAFF_UNKNOWN");
    visit = visit_by(id, STAFF); /* a clerk, who has no grid */
    refused(f, &visit, "CARE_GRID");
    visit = visit_by(id, WORKER);
    visit.at_ms = now_ms() + HOUR;
    refused(f, &visit, "CARE_TIME");
    visit.at_ms = now_ms() - 32 * DAY;
    refused(f, &visit, "CARE_TIME");
    visit.at_ms = now_ms() - HOUR;
    visit.next = date_of_ms(now_ms() + 20 * DAY);
    refused(f, &visit, "CARE_NEXT");
    struct care_row after = row_of(f, id);
    g_assert_cmpmem(&before, sizeof before, &after, sizeof after);
}

/* Beyond when they were looked after, and beyond what they agreed to. */
static void test_not_then(struct credit_kit *f, const void *data)
{
    char id[37];
    struct care_order order = {.level = CARE_KEY, .consent = true, .began = date_of_ms(now_ms() - 5 * DAY)};

    kit_staff(f->platform, WORKER, "staff-w", 0, STAFF_GRID_WORKER);
    begin(f);
    order.person = person_of(f, f->elder);
    g_assert_true(care_put(f->platform->db, &order, id, NULL));
    end(f);
    give_grid(f, "staff-w", row_of(f, id).grid);
    struct care_visit visit = visit_by(id, WORKER);
    visit.at_ms = now_ms() - 8 * DAY;
    refused(f, &visit, "CARE_EARLY");
    order.consent = false;
    begin(f);
    g_assert_true(care_put(f->platform->db, &order, id, NULL));
    end(f);
    visit.at_ms = now_ms() - HOUR;
    refused(f, &visit, "CARE_CONSENT");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM care_profile WHERE community=?1 AND due_ms>0"), ==, 0);
}

/* Two were there on the same day: for people. By the grid that was theirs then, not by the one of today. */
static void test_same_day(struct credit_kit *f, const void *data)
{
    char id[37];

    begun(f, id);
    struct care_visit visit = visit_by(id, "staff-w");
    visit.at_ms = now_ms() - 2 * DAY;
    told(f, &visit, "accepted", "");
    visit.at_ms += MINUTE;
    told(f, &visit, "conflict", "CARE_SAME_DAY");
    visit.kind = CARE_KIOSK; /* seen there: no second visit */
    told(f, &visit, "accepted", "");
    visit = visit_by(id, "staff-w");
    visit.at_ms = now_ms() - 4 * DAY; /* told late */
    told(f, &visit, "accepted", "");
    visit.at_ms += MINUTE;
    told(f, &visit, "conflict", "CARE_SAME_DAY");
    take_grid(f, row_of(f, id), now_ms() - DAY);
    visit.at_ms = now_ms() - 3 * DAY;
    told(f, &visit, "accepted", "");
    visit.at_ms = now_ms() - HOUR;
    refused(f, &visit, "CARE_GRID");
    g_assert_cmpint(kit_count(f->platform, VISITS), ==, 4);
}

static void test_own_home(struct credit_kit *f, const void *data)
{
    char id[37];
    struct care_row row;

    kit_staff(f->platform, WORKER, "staff-w", 1, STAFF_GRID_WORKER); /* the elder, who has a post */
    look_after(f, f->elder, CARE_HIGH, id);
    row = row_of(f, id);
    give_grid(f, "staff-w", row.grid);
    struct care_visit visit = visit_by(id, WORKER);
    refused(f, &visit, "STAFF_OWN_CARD");
    const char *secret = credit_kit_session(f, WORKER, "staff-w", 'a');
    json_t *answer = list(f, secret);
    g_assert_cmpuint(json_array_size(json_object_get(answer, "profiles")), ==, 0);
    json_decref(answer);
    assert_refused(household(f, secret, row.household, 403), "STAFF_NEEDED");
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 0);
}

static void test_read(struct credit_kit *f, const void *data)
{
    char id[37];

    begun(f, id);
    struct care_visit visit = visit_by(id, WORKER);
    told(f, &visit, "accepted", "");
    const char *secret = credit_kit_session(f, WORKER, "staff-w", 'b');
    json_t *answer = list(f, secret), *one = first_of(answer);
    g_assert_cmpuint(json_array_size(json_object_get(answer, "profiles")), ==, 1);
    g_assert_cmpstr(json_string_value(json_object_get(one, "care")), ==, id);
    g_assert_nonnull(strchr(json_string_value(json_object_get(one, "name_masked")), '*'));
    g_assert_cmpstr(json_string_value(json_object_get(one, "urgency")), ==, "later");
    g_assert_null(json_object_get(one, "risks"));
    int64_t number = json_integer_value(json_object_get(one, "household"));
    json_decref(answer);
    g_assert_cmpint(kit_count(f->platform, LOGGED " AND actor='staff-w' AND role='grid_worker' AND purpose='care' AND fields='name,care'"), ==, 1);
    answer = household(f, secret, number, 200);
    one = first_of(answer);
    g_assert_cmpuint(json_array_size(json_object_get(one, "needs")), ==, 0);
    g_assert_cmpuint(json_array_size(json_object_get(one, "risks")), ==, 2);
    json_t *told_visit = json_array_get(json_object_get(one, "visits"), 0);
    g_assert_cmpstr(json_string_value(json_object_get(told_visit, "description")), ==, WORDS);
    g_assert_cmpstr(json_string_value(json_object_get(told_visit, "care_found")), ==, "grief");
    json_decref(answer);
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 2);
    /* The person sees who looked, and what a resident reads has nothing of it. */
    const char *mine = credit_kit_session(f, f->elder, "", 'c');
    answer = ask(f, "/v1/me", "?purpose=home", mine, (struct request){.purpose = "home"}, 200);
    g_autofree char *text = json_dumps(answer, 0);
    g_assert_null(strstr(text, "alone"));
    g_assert_null(strstr(text, "grief"));
    g_assert_null(strstr(text, "care"));
    json_decref(answer);
    answer = ask(f, "/v1/me/access-log", "", mine, (struct request){0}, 200);
    g_assert_cmpint(json_array_size(json_object_get(answer, "access")), >=, 2);
    json_decref(answer);
}

static void test_not_read(struct credit_kit *f, const void *data)
{
    char id[37];

    begun(f, id);
    int64_t number = row_of(f, id).household;
    const char *path = "/v1/care/profiles";
    g_autofree char *home = g_strdup_printf("/v1/care/households/%" G_GINT64_FORMAT, number);
    const char *paths[] = {path, home};

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        assert_refused(ask(f, paths[i], "?purpose=care", credit_kit_secret('f'), (struct request){.purpose = "care"}, 403), "SESSION_OVER");
        const char *resident = credit_kit_session(f, f->elder, "", (char)('0' + 2 * i));
        assert_refused(ask(f, paths[i], "?purpose=care", resident, (struct request){.purpose = "care"}, 403), "STAFF_NEEDED");
        const char *worker = credit_kit_session(f, WORKER, "staff-w", (char)('1' + 2 * i));
        assert_refused(ask(f, paths[i], "?purpose=desk-help", worker, (struct request){.purpose = "desk-help"}, 400), "PURPOSE");
        assert_refused(ask(f, paths[i], "", worker, (struct request){0}, 400), "PURPOSE");
    }
    const char *worker = credit_kit_secret('3');
    static const char *const cursors[] = {"1", "x.01985d5e-5c00-7000-8000-000000000001", "-1.01985d5e-5c00-7000-8000-000000000001", "1.2"};
    for (size_t i = 0; i < G_N_ELEMENTS(cursors); i++)
        assert_refused(ask(f, path, "?purpose=care&cursor=x", worker, (struct request){.purpose = "care", .cursor = cursors[i]}, 400), "MALFORMED");
    assert_refused(ask(f, "/v1/care/households/one", "?purpose=care", worker, (struct request){.purpose = "care"}, 400), "MALFORMED");
    assert_refused(household(f, worker, 2147483647, 403), "STAFF_NEEDED"); /* not there, and another grid's: alike */
    take_grid(f, row_of(f, id), now_ms() - MINUTE);
    assert_refused(household(f, worker, number, 403), "STAFF_NEEDED");
    json_t *answer = list(f, worker);
    g_assert_cmpuint(json_array_size(json_object_get(answer, "profiles")), ==, 0);
    json_decref(answer);
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 0);
}

/* More than a page, soonest first, each once. */
static void test_pages(struct credit_kit *f, const void *data)
{
    g_autofree char *cursor = g_strdup("");
    int64_t due_ms = 0, n = 0, people = CARE_PAGE_MAX + 5;
    char id[37];

    kit_staff(f->platform, WORKER, "staff-w", 0, STAFF_GRID_WORKER);
    begin(f);
    int64_t own = -1;
    g_assert_true(db_care_home(f->platform->db, person_of(f, WORKER), &own, NULL));
    for (int64_t person = 0; person < people; person++) {
        struct care_order order = {.person = person, .level = (enum care_level)(person % 3), .consent = true,
                                   .began = date_of_ms(now_ms() - (person % 7 + 1) * DAY)};
        struct care_row row;
        bool found;
        g_assert_true(care_put(f->platform->db, &order, id, NULL) && db_care_find(f->platform->db, id, &row, &found, NULL));
        g_assert_true(db_care_grid_set(f->platform->db, "staff-w", row.grid, 1, NULL));
        n += row.household == own;
    }
    end(f);
    const char *secret = credit_kit_session(f, WORKER, "staff-w", 'd');
    do {
        json_t *answer = ask(f, "/v1/care/profiles", "?purpose=care&cursor=x", secret, (struct request){.purpose = "care", .cursor = cursor}, 200), *row;
        size_t i;
        json_array_foreach(json_object_get(answer, "profiles"), i, row)
        {
            g_assert_cmpint(json_integer_value(json_object_get(row, "due_ms")), >=, due_ms);
            due_ms = json_integer_value(json_object_get(row, "due_ms"));
            n++;
        }
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(answer, "cursor")));
        json_decref(answer);
    } while (*cursor != '\0');
    g_assert_cmpint(n, ==, people);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(DISTINCT person) FROM access_log WHERE community=?1"), ==, people - (n - kit_count(f->platform, LOGGED)));
}

/* Whoever died or moved away: nothing is due, nobody goes there, and what was said goes with their names. */
static void test_left(struct credit_kit *f, const void *data)
{
    const char *const by[2] = {"staff-1", "staff-2"};
    char id[37];
    bool open = false;

    begun(f, id);
    struct care_row row = row_of(f, id);
    struct care_visit visit = visit_by(id, WORKER);
    visit.at_ms = now_ms() - 3 * DAY;
    told(f, &visit, "accepted", "");
    begin(f);
    g_assert_true(db_person_left_add(f->platform->db, row.person, by, "died", now_ms() - DAY, NULL));
    end(f);
    const char *secret = credit_kit_session(f, WORKER, "staff-w", 'e');
    json_t *answer = list(f, secret);
    g_assert_cmpuint(json_array_size(json_object_get(answer, "profiles")), ==, 0);
    json_decref(answer);
    assert_refused(household(f, secret, row.household, 403), "STAFF_NEEDED");
    visit.at_ms = now_ms() - HOUR;
    refused(f, &visit, "CARE_ENDED");
    visit.at_ms = now_ms() - 2 * DAY; /* before: it happened */
    told(f, &visit, "accepted", "");
    begin(f);
    struct care_order order = {.person = row.person, .level = CARE_HIGH, .consent = true, .began = date_of_ms(now_ms())};
    g_assert_false(care_put(f->platform->db, &order, id, NULL));
    g_assert_true(db_person_erase(f->platform->db, row.person, now_ms(), &open, NULL) && !open);
    end(f);
    g_assert_cmpint(kit_count(f->platform, VISITS " AND told=''"), ==, 2);
    row = row_of(f, visit.care);
    g_assert_cmpuint(row.items[CARE_RISK_ALONE], ==, 0);
}

static void test_due_sooner(struct credit_kit *f, const void *data)
{
    char id[37];
    int64_t many = 0;

    begun(f, id);
    struct care_visit visit = visit_by(id, WORKER);
    told(f, &visit, "accepted", "");
    struct care_row row = row_of(f, id);
    begin(f);
    g_assert_true(care_extra(f->platform->db, "", "general", date_of_ms(now_ms() + DAY), now_ms(), &many, NULL));
    g_assert_cmpint(many, ==, 0);
    g_assert_true(care_extra(f->platform->db, row.grid, "high", date_of_ms(now_ms() + 2 * DAY), now_ms(), &many, NULL));
    g_assert_cmpint(many, ==, 1);
    end(f);
    row = row_of(f, id);
    g_assert_cmpint(care_due_ms(&row.care), ==, ms_of_date(date_of_ms(now_ms() + 2 * DAY)) + DAY - 1);
    begin(f);
    g_assert_true(care_change(f->platform->db, id, now_ms(), NULL));
    g_assert_false(care_change(f->platform->db, "01985d5e-5c00-7000-8000-00000000ffff", now_ms(), NULL));
    end(f);
    const char *secret = credit_kit_session(f, WORKER, "staff-w", '9');
    json_t *answer = list(f, secret);
    g_assert_cmpstr(json_string_value(json_object_get(first_of(answer), "urgency")), ==, "urgent");
    json_decref(answer);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/platform/care/told", test_told);
    CREDIT_KIT_ADD("/platform/care/refused", test_refused);
    CREDIT_KIT_ADD("/platform/care/not-then", test_not_then);
    CREDIT_KIT_ADD("/platform/care/same-day", test_same_day);
    CREDIT_KIT_ADD("/platform/care/own-home", test_own_home);
    CREDIT_KIT_ADD("/platform/care/read", test_read);
    CREDIT_KIT_ADD("/platform/care/not-read", test_not_read);
    CREDIT_KIT_ADD("/platform/care/pages", test_pages);
    CREDIT_KIT_ADD("/platform/care/left", test_left);
    CREDIT_KIT_ADD("/platform/care/due-sooner", test_due_sooner);
    return g_test_run();
}
