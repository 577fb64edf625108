/* SPDX-License-Identifier: Apache-2.0 */
/* Volunteers at the platform: one number for a person, who may serve at what age, stars one at a time, hours that were not right. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "model/volunteer.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/volunteers/volunteers.h"
#include "platform/wipe.h"
#include "schema.h"
#include <string.h>

/* ---- What is told ------------------------------------------------------------------------------------------------- */

static void push_as(struct credit_kit *f, struct pen *pen, const char *type, const char *schema, json_t *data, const char *code)
{
    credit_kit_push(f, pen, type, schema, data, *code == '\0' ? "accepted" : "rejected", code);
}

static void push_join(struct credit_kit *f, struct pen *pen, const char *token, const char *guardian, const char *code)
{
    struct volunteer_join join = {.skills = 1u << SKILL_REPAIR | 1u << SKILL_TEACH, .pledge = VOLUNTEER_PLEDGE};

    g_strlcpy(join.token, token, sizeof join.token);
    g_strlcpy(join.guardian, guardian, sizeof join.guardian);
    push_as(f, pen, VOLUNTEER_JOINED, "VolunteerJoined", volunteer_join_to_json(&join), code);
}

static void push_star(struct credit_kit *f, const char *token, unsigned level, const char *code)
{
    struct volunteer_star star = {.level = level, .table = "sample-2026-11"};

    g_strlcpy(star.token, token, sizeof star.token);
    push_as(f, &f->pen, VOLUNTEER_STAR_ASKED, "VolunteerStar", volunteer_star_to_json(&star), code);
}

static void push_dispute(struct credit_kit *f, const char *token, const char *attendance, const char *code)
{
    struct volunteer_dispute dispute = {.what = DOUBT_TOO_FEW};

    g_strlcpy(dispute.token, token, sizeof dispute.token);
    g_strlcpy(dispute.attendance, attendance, sizeof dispute.attendance);
    push_as(f, &f->pen, VOLUNTEER_DISPUTED, "VolunteerDisputed", volunteer_dispute_to_json(&dispute), code);
}

static struct attendance_event push_in(struct credit_kit *f, const char *token, int64_t start_ms, const char *code)
{
    struct attendance_event in = {.slot = "S1", .slot_start_ms = start_ms, .slot_end_ms = start_ms + 2 * HOUR, .at_ms = start_ms};

    uuid7(start_ms, in.id);
    g_strlcpy(in.token, token, sizeof in.token);
    push_as(f, &f->pen, "attendance.tap", "AttendanceTap", attendance_event_to_json(&in), code);
    return in;
}

/* Two hours, confirmed; posted at once when nothing is to be publicised. The attendance. */
static void serve(struct credit_kit *f, const char *token, int64_t start_ms, char id[37])
{
    struct attendance_event tap = push_in(f, token, start_ms, "");
    struct attendance_close end = {.confirmed = true, .minutes = 120, .staff = STAFF};

    tap.out = true;
    tap.at_ms = start_ms + 2 * HOUR;
    push_as(f, &f->other, "attendance.tap", "AttendanceTap", attendance_event_to_json(&tap), "");
    g_strlcpy(end.id, tap.id, sizeof end.id);
    push_as(f, &f->pen, "attendance.close", "AttendanceClose", attendance_close_to_json(&end), "");
    g_strlcpy(id, tap.id, 37);
}

static int64_t morning(void)
{
    return ms_of_date(date_of_ms(now_ms())) - 12 * HOUR;
}

static void birthday_set(struct credit_kit *f, const char *token, uint32_t birth)
{
    g_autofree char *text = g_strdup_printf("%u", birth);
    g_autoptr(GError) error = NULL;
    int64_t person = -1;
    char key[24];

    g_assert_true(db_begin(f->platform->db, true, &error) && db_card_token_person(f->platform->db, token, &person, &error));
    db_key(person, key);
    g_assert_true(db_run(f->platform->db, &error, "UPDATE person SET born=?3 WHERE community=?1 AND id=?2", "ip", person, "person.birth", key, text) &&
                  db_commit(f->platform->db, &error));
}

static uint32_t years_ago(int years)
{
    return date_of_ms(now_ms()) - (uint32_t)years * 10000;
}

static void rules_set(struct credit_kit *f, unsigned public_days)
{
    static const unsigned stars[STAR_LEVELS] = {120, 240, 360, 480, 600};

    f->rules.public_days = public_days;
    memcpy(f->rules.star_min, stars, sizeof stars);
    g_assert_true(db_begin(f->platform->db, true, NULL) && credit_rules_set(f->platform->db, &f->rules, NULL) && db_commit(f->platform->db, NULL));
}

/* What kiosks are told of this card now, in the kiosk's own reading; false: nothing. */
static bool told(struct credit_kit *f, const char *token, struct volunteer *out)
{
    json_t *feed = kit_feed(f->platform, "K0001"), *one;
    bool found = false;
    size_t i;

    json_array_foreach(json_object_get(feed, "items"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "topic")), "volunteer") != 0 || strcmp(json_string_value(json_object_get(one, "key")), token) != 0)
            continue;
        g_assert_false(found);
        found = volunteer_from_json(json_object_get(one, "value"), out);
        g_assert_true(found);
    }
    json_decref(feed);
    return found;
}

static unsigned stars(struct credit_kit *f, const char *token)
{
    struct credit_person person;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_credit_person(f->platform->db, token, &person, NULL));
    db_rollback(f->platform->db);
    return person.stars;
}

static int64_t count(struct credit_kit *f, const char *sql)
{
    int64_t out = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_int(f->platform->db, NULL, 0, &out, sql, ""));
    db_rollback(f->platform->db);
    return out;
}

/* ---- The roll ----------------------------------------------------------------------------------------------------- */

static void test_number(struct credit_kit *f, const void *data)
{
    struct volunteer first, second;

    g_assert_false(told(f, f->adult, &first));
    push_join(f, &f->pen, f->adult, "", "");
    push_join(f, &f->other, f->adult, "", "ALREADY"); /* once for a person, wherever it is asked */
    push_join(f, &f->other, f->elder, "", "");
    push_join(f, &f->pen, STRANGER, "", "UNKNOWN");
    g_assert_true(told(f, f->adult, &first) && told(f, f->elder, &second));
    g_assert_true(volunteer_number_ok(first.no) && volunteer_number_ok(second.no));
    g_assert_cmpstr(first.no, !=, second.no);
    g_assert_cmpuint(first.skills, ==, 1u << SKILL_REPAIR | 1u << SKILL_TEACH);
    g_assert_cmpuint(first.registered_on, ==, date_of_ms(now_ms()));
    g_assert_false(first.consent);
    json_t *broken = json_pack("{s:s, s:[s], s:s}", "card_token", f->student, "skills", "flying", "pledge", VOLUNTEER_PLEDGE);
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", (f->pen.unchecked = true, pen_event(&f->pen, VOLUNTEER_JOINED, broken))));
    g_assert_cmpstr(kit_code(answer, 0), ==, "DATA");
    json_decref(answer);
}

/* A kiosk that did not hear the answer says it again: one row, the same number. */
static void test_once(struct credit_kit *f, const void *data)
{
    struct volunteer_join join = {.pledge = VOLUNTEER_PLEDGE};
    struct volunteer before, after;

    g_strlcpy(join.token, f->adult, sizeof join.token);
    json_t *event = pen_event(&f->pen, VOLUNTEER_JOINED, volunteer_join_to_json(&join));
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[O]", event));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
    g_assert_true(told(f, f->adult, &before));
    answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "duplicate");
    json_decref(answer);
    g_assert_true(told(f, f->adult, &after));
    g_assert_cmpstr(before.no, ==, after.no);
    g_assert_cmpint(count(f, "SELECT count(*) FROM volunteer_roll WHERE community=?1"), ==, 1);
}

/* VR-9, to the day. */
static void test_ages(struct credit_kit *f, const void *data)
{
    struct volunteer child;

    birthday_set(f, f->student, years_ago(5));
    push_join(f, &f->pen, f->student, f->adult, "AGE");
    birthday_set(f, f->student, years_ago(6));
    push_join(f, &f->pen, f->student, "", "CONSENT");
    push_join(f, &f->pen, f->student, f->student, "GUARDIAN");
    push_join(f, &f->pen, f->student, STRANGER, "GUARDIAN");
    birthday_set(f, f->elder, years_ago(17));
    push_join(f, &f->pen, f->student, f->elder, "GUARDIAN");
    push_in(f, f->student, morning(), "AGE"); /* the day before the birthday */
    birthday_set(f, f->student, years_ago(13));
    push_in(f, f->student, morning(), "CONSENT");
    push_join(f, &f->pen, f->student, f->adult, "");
    g_assert_true(told(f, f->student, &child) && child.consent);
    push_in(f, f->student, morning(), "");
    birthday_set(f, f->elder, years_ago(14));
    push_in(f, f->elder, morning(), "CONSENT");
    push_in(f, f->elder, now_ms(), ""); /* from fourteen on nobody has to agree */
    push_join(f, &f->pen, f->elder, "", "");
    g_assert_cmpint(count(f, "SELECT count(*) FROM volunteer_roll WHERE community=?1 AND guardian>=0"), ==, 1);
}

static void test_desk(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(2), *guardian = kit_card(0);
    g_autoptr(GError) error = NULL;
    char no[VOLUNTEER_NO_SIZE];
    struct volunteer child;

    birthday_set(f, f->student, years_ago(9));
    g_assert_false(volunteers_register(f->platform, card, NULL, 0, now_ms(), no, &error));
    g_assert_nonnull(strstr(error->message, "CONSENT"));
    g_clear_error(&error);
    g_assert_true(volunteers_register(f->platform, card, guardian, 1u << SKILL_GREEN, now_ms(), no, &error));
    g_assert_true(told(f, f->student, &child));
    g_assert_cmpstr(child.no, ==, no);
    g_assert_false(volunteers_register(f->platform, card, guardian, 0, now_ms(), no, &error));
    g_assert_nonnull(strstr(error->message, "ALREADY"));
}

/* ---- Taps, stars, disputes ------------------------------------------------------------------------------------------ */

/* VR-1: both, as they were told, whoever told them. */
static void test_taps(struct credit_kit *f, const void *data)
{
    struct volunteer adult;
    char id[37];

    push_join(f, &f->pen, f->adult, "", "");
    rules_set(f, 7);
    serve(f, f->adult, morning(), id);
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance_tap WHERE community=?1 AND tap='IN' AND kiosk='K0001'"), ==, 1);
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance_tap WHERE community=?1 AND tap='OUT' AND kiosk='K0002'"), ==, 1);
    g_assert_true(told(f, f->adult, &adult));
    g_assert_cmpuint(adult.hour_count, ==, 1);
    g_assert_cmpstr(adult.hours[0].id, ==, id);
    g_assert_cmpint(adult.hours[0].state, ==, ATTENDANCE_PUBLIC);
    g_assert_cmpint(adult.hours[0].minutes, ==, 120);
    g_assert_cmpuint(adult.hours[0].until, ==, date_of_ms(now_ms() + 7 * DAY));
    const struct kit_attempt attempts[] = {{"UPDATE attendance_tap SET at_ms=1 WHERE community=?1", "taps stay"},
                                           {"DELETE FROM attendance_tap WHERE community=?1", "taps stay"},
                                           {"UPDATE volunteer_roll SET no='Z1' WHERE community=?1", "keeps the number"},
                                           {"DELETE FROM volunteer_roll WHERE community=?1", "keeps the number"}};
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++)
        kit_assert_refused(f->platform->db, &attempts[i]);
    db_rollback(f->platform->db);
}

static void test_stars(struct credit_kit *f, const void *data)
{
    struct volunteer student;
    struct credit_day day;
    char id[37];

    rules_set(f, 0);
    push_star(f, f->student, 1, "NOT_VOLUNTEER");
    push_join(f, &f->pen, f->student, "", "");
    push_star(f, f->student, 1, "STAR"); /* not reached */
    for (int i = 0; i < 2; i++)
        serve(f, f->student, morning() + i * 3 * HOUR, id);
    rules_set(f, 7);
    push_star(f, f->student, 2, "STAR"); /* one at a time, though the hours carry two */
    push_star(f, f->student, 1, "");
    push_star(f, f->student, 1, "STAR");
    g_assert_true(told(f, f->student, &student));
    g_assert_cmpuint(student.star_asked, ==, 1);
    g_assert_cmpstr(student.star_table, ==, f->rules.version);
    g_assert_true(credit_day_run(f->platform, now_ms() + 6 * DAY, &day, NULL));
    g_assert_cmpint(day.stars, ==, 0);
    g_assert_cmpuint(stars(f, f->student), ==, 0);
    g_assert_true(credit_day_run(f->platform, now_ms() + 7 * DAY, &day, NULL));
    g_assert_cmpint(day.stars, ==, 1);
    g_assert_cmpuint(stars(f, f->student), ==, 1);
    g_assert_true(told(f, f->student, &student));
    g_assert_cmpuint(student.stars, ==, 1);
    g_assert_cmpuint(student.star_asked, ==, 0);
    push_star(f, f->student, 2, "");
}

/* A star that the hours do not carry any more when its publicity is over. */
static void test_star_missed(struct credit_kit *f, const void *data)
{
    char *by[] = {(char *)"staff-1", (char *)"staff-2", NULL};
    g_autoptr(GError) error = NULL;
    struct volunteer student;
    struct credit_day day;
    char id[37];

    rules_set(f, 0);
    push_join(f, &f->pen, f->student, "", "");
    serve(f, f->student, morning(), id);
    push_star(f, f->student, 1, "");
    push_dispute(f, f->student, id, "");
    g_assert_true(volunteers_correct(f->platform, id, 60, by, "left early", now_ms(), NULL, &error));
    g_assert_true(credit_day_run(f->platform, now_ms(), &day, NULL));
    g_assert_cmpint(day.stars, ==, 0);
    g_assert_cmpuint(stars(f, f->student), ==, 0);
    g_assert_true(told(f, f->student, &student));
    g_assert_cmpuint(student.star_asked, ==, 0); /* it may be asked for again */
}

/* Hours in dispute carry no star, neither asked for nor at the end of its publicity nor at the desk. */
static void test_star_disputed(struct credit_kit *f, const void *data)
{
    char *by[] = {(char *)"staff-1", (char *)"staff-2", NULL};
    g_autofree char *card = kit_card(2);
    struct credit_day day;
    bool granted = true;
    unsigned had = 9;
    char id[37];

    rules_set(f, 0);
    push_join(f, &f->pen, f->student, "", "");
    serve(f, f->student, morning(), id);
    push_star(f, f->student, 1, "");
    push_dispute(f, f->student, id, "");
    g_assert_true(credit_day_run(f->platform, now_ms(), &day, NULL));
    g_assert_cmpint(day.stars, ==, 0);
    push_star(f, f->student, 1, "STAR");
    g_assert_true(credit_star(f->platform, card, &granted, &had, NULL));
    g_assert_false(granted);
    g_assert_cmpuint(stars(f, f->student), ==, 0);
    g_assert_true(volunteers_correct(f->platform, id, 120, by, "as it was", now_ms(), NULL, NULL));
    push_star(f, f->student, 1, "");
}

/* A community without rules has no stars: the kiosk is told so, and its journal goes on. */
static void test_no_rules(struct credit_kit *f, const void *data)
{
    push_join(f, &f->pen, f->student, "", "");
    g_assert_true(db_begin(f->platform->db, true, NULL) &&
                  db_run(f->platform->db, NULL, "DELETE FROM meta WHERE community=?1 AND key='credit_rules'", "") && db_commit(f->platform->db, NULL));
    push_star(f, f->student, 1, "STAR");
    push_join(f, &f->pen, f->student, "", "ALREADY");
}

/* Who is on the roll is told again behind the command that kiosks forget them by. */
static void test_wiped(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(0);
    int64_t again = 0;

    push_join(f, &f->pen, f->adult, "", "");
    for (int i = 0; i < 2; i++) {
        g_assert_true(wipe_order(f->platform, i == 0 ? card : NULL, &again, NULL));
        g_assert_cmpint(count(f, "SELECT count(*) FROM change v WHERE v.community=?1 AND v.topic='volunteer' AND NOT EXISTS (SELECT 1 FROM change w"
                                 " WHERE w.community=?1 AND w.topic='command' AND w.n>v.n)"), ==, 1);
    }
}

static void test_dispute(struct credit_kit *f, const void *data)
{
    char *one[] = {(char *)"staff-1", NULL}, *same[] = {(char *)"staff-1", (char *)"staff-1", NULL}, *two[] = {(char *)"staff-1", (char *)"staff-2", NULL};
    g_autoptr(GError) error = NULL;
    struct volunteer adult;
    char id[37];

    rules_set(f, 0);
    push_join(f, &f->pen, f->adult, "", "");
    serve(f, f->adult, morning(), id);
    int64_t hours = credit_kit_person(f, f->adult, BOOK_HOURS), coins = credit_kit_person(f, f->adult, BOOK_COIN);
    push_dispute(f, f->elder, id, "UNKNOWN"); /* of others nothing is said */
    push_dispute(f, f->adult, id, "");
    push_dispute(f, f->adult, id, "STATE");
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_HOURS), ==, hours); /* until it is put right it counts */
    g_assert_false(volunteers_correct(f->platform, id, 180, one, "stayed on", now_ms(), NULL, &error));
    g_clear_error(&error);
    g_assert_false(volunteers_correct(f->platform, id, 180, same, "stayed on", now_ms(), NULL, &error));
    g_clear_error(&error);
    g_assert_false(volunteers_correct(f->platform, id, 185, two, "stayed on", now_ms(), NULL, &error));
    g_clear_error(&error);
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance_dispute WHERE community=?1 AND ended_ms=0"), ==, 1);
    g_assert_true(volunteers_correct(f->platform, id, 180, two, "stayed on", now_ms(), NULL, &error));
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_HOURS), ==, hours + 60);
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_COIN), ==, coins + 60);
    g_assert_false(volunteers_correct(f->platform, id, 60, two, "again", now_ms(), NULL, &error));
    g_assert_true(told(f, f->adult, &adult));
    g_assert_cmpint(adult.hours[0].state, ==, ATTENDANCE_CORRECTED);
    g_assert_cmpint(adult.hours[0].minutes, ==, 180);
}

/* What was told on paper of that time. */
static void paper(struct credit_kit *f, const char *token, int64_t minutes, int64_t at_ms)
{
    struct ledger_txn slip = credit_kit_make(LEDGER_EARN, BOOK_HOURS, OWNER_ISSUE, "community", OWNER_PERSON, token, minutes);

    slip.at_ms = at_ms;
    g_strlcpy(slip.staff[0], STAFF, sizeof slip.staff[0]);
    credit_kit_txn(f, &f->pen, &slip, "");
}

/* Minutes that came of this, as its owner is shown them. */
static int64_t hours_of(struct credit_kit *f, const char *token, const char *what)
{
    const struct entry_place newest = {.at_ms = INT64_MAX, .txn = "~", .line = INT64_MAX};
    int64_t minutes = 0;
    json_t *row;
    size_t i;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *rows = db_snapshot_entries(f->platform->db, token, &newest, 50, NULL);
    db_rollback(f->platform->db);
    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "hours")), what) == 0)
            minutes += json_integer_value(json_object_get(row, "amount"));
    }
    json_decref(rows);
    return minutes;
}

/* VR-3: whoever puts hours right, a day has no more than a day's. */
static void test_correct_day(struct credit_kit *f, const void *data)
{
    char *two[] = {(char *)"staff-1", (char *)"staff-2", NULL};
    int64_t most = f->rules.hours.day_max_min - 120 - 60;
    g_autoptr(GError) error = NULL;
    char id[37], other[37];

    rules_set(f, 0);
    push_join(f, &f->pen, f->adult, "", "");
    serve(f, f->adult, morning(), id);
    serve(f, f->adult, morning() + 3 * HOUR, other);
    paper(f, f->adult, 60, morning());
    push_dispute(f, f->adult, id, "");
    int64_t hours = credit_kit_person(f, f->adult, BOOK_HOURS);
    g_assert_false(volunteers_correct(f->platform, id, most + f->rules.hours.unit_min, two, "stayed on", now_ms(), NULL, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    g_clear_error(&error);
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_HOURS), ==, hours);
    g_assert_true(volunteers_correct(f->platform, id, most, two, "stayed on", now_ms(), NULL, &error));
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_HOURS), ==, hours - 120 + most);
    g_assert_cmpint(hours_of(f, f->adult, "paper"), ==, 60);
    g_assert_cmpint(hours_of(f, f->adult, "corrected"), ==, most);
    g_assert_cmpint(hours_of(f, f->adult, "taps"), ==, 240); /* with what was put right: that it is gone stands beside it */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/volunteers/number", test_number);
    CREDIT_KIT_ADD("/volunteers/once", test_once);
    CREDIT_KIT_ADD("/volunteers/ages", test_ages);
    CREDIT_KIT_ADD("/volunteers/desk", test_desk);
    CREDIT_KIT_ADD("/volunteers/taps", test_taps);
    CREDIT_KIT_ADD("/volunteers/stars", test_stars);
    CREDIT_KIT_ADD("/volunteers/star-missed", test_star_missed);
    CREDIT_KIT_ADD("/volunteers/star-disputed", test_star_disputed);
    CREDIT_KIT_ADD("/volunteers/no-rules", test_no_rules);
    CREDIT_KIT_ADD("/volunteers/wiped", test_wiped);
    CREDIT_KIT_ADD("/volunteers/dispute", test_dispute);
    CREDIT_KIT_ADD("/volunteers/correct-day", test_correct_day);
    return g_test_run();
}
