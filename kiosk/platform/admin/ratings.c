/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/ratings.h"
#include "platform/data/db-figures.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/staff.h"
#include "model/civic.h"
#include "model/model.h"
#include <string.h>

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
                                   .kiosk = kiosk, .at_ms = at_ms, .counted_ms = now_ms};
    if (!db_rating_add(db, &row, &new_one, error))
        return false;
    if (!new_one) {
        *out = (struct outcome){.verdict = STORE_CONFLICT, .code = "RATED_ALREADY"};
        return true;
    }
    if (rating.reasons != 0 && !db_rating_reasons_add(db, &row, rating.reasons, error))
        return false;
    return db_day_add(db, rating_key(rating.grade), kiosk, now_ms, 1, 0, error);
}

/* Once, by the kiosk that told of it, and within a day of the first by its times; one whose clock was behind is believed. */
bool ratings_change(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, int64_t now_ms, struct outcome *out,
                    GError **error)
{
    struct rating rating;
    struct rating_said said;
    bool found = false;

    if (!rating_from_json(data, &rating)) {
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "DATA"};
        return true;
    }
    if (!db_rating_said(db, rating.service, rating.rater, &said, &found, error))
        return false;
    if (!found) {
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "UNKNOWN"};
        return true;
    }
    if (said.changed || strcmp(said.kiosk, kiosk) != 0 || !rating_may_change(said.at_ms, at_ms)) {
        *out = (struct outcome){.verdict = STORE_CONFLICT, .code = "RATED_ALREADY"};
        return true;
    }
    const struct rating_change change = {.service = rating.service, .rater = rating.rater, .kiosk = kiosk, .from = rating_key((int)said.grade),
                                         .to = rating_key(rating.grade), .grade = rating.grade, .reasons = rating.reasons, .at_ms = at_ms,
                                         .now_ms = now_ms};
    return db_rating_change(db, &said, &change, error);
}

/* ---- What becomes of low ones ---- */

static bool wrong(GError **error, const char *text)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, text);
    return false;
}

/* Cards and ids of one person are one person. Of before the register: a name is who it says. */
static bool who(struct db *db, const char *name, int64_t now_ms, struct staff_row *out, GError **error)
{
    bool found;

    if (!db_staff_find(db, name, now_ms, out, &found, error))
        return false;
    if (!found) {
        *out = (struct staff_row){.person = -1};
        g_strlcpy(out->staff.id, name, sizeof out->staff.id);
    }
    return true;
}

static bool same_person(const struct staff_row *a, const struct staff_row *b)
{
    return strcmp(a->staff.id, b->staff.id) == 0 || (a->person >= 0 && a->person == b->person);
}

static bool follow(struct db *db, const struct rating_follow_step *step, int64_t now_ms, GError **error)
{
    const struct staff_question question = {.names = {step->by}, .needed = 1, .act = STAFF_DESK, .at_ms = now_ms, .now_ms = now_ms};
    struct rating_case last;
    struct staff_row before, by;
    enum rating_follow from, to = step->to;
    enum ledger_code code;
    bool found;

    if (!db_rating_case(db, step->service, step->rater, &last, &found, error) || !staff_judge(db, &question, &code, error) ||
        !who(db, last.by, now_ms, &before, error) || !who(db, step->by, now_ms, &by, error))
        return false;
    if (!found)
        return wrong(error, "no low rating of this service, or several: say of whom");
    if (code != LEDGER_OK)
        return wrong(error, ledger_code_name(code));
    if (!rating_follow_parse(last.state, &from) || !rating_follow_may(from, to))
        return wrong(error, "this step does not follow on the last one");
    if ((to == FOLLOW_EXCLUDED || to == FOLLOW_UPHELD) && same_person(&before, &by))
        return wrong(error, "another person decides");
    last.n++;
    g_strlcpy(last.state, rating_follow_name(to), sizeof last.state);
    g_strlcpy(last.by, by.staff.id, sizeof last.by);
    return db_rating_step_add(db, step->service, &last, step->note, now_ms, error) &&
           (to != FOLLOW_UPHELD || db_rating_case_close(db, step->service, last.rater, now_ms, error));
}

bool ratings_follow(struct platform *platform, const struct rating_follow_step *step, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (follow(platform->db, step, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* Until when: to be in touch while nobody was, else to be done. */
static void due_add(json_t *row, const struct calendar *calendar)
{
    uint32_t day = date_of_ms(json_integer_value(json_object_get(row, "at_ms")));
    const char *state = json_string_value(json_object_get(row, "state"));
    unsigned days = strcmp(state, "OPEN") == 0 ? RATING_CONTACT_DAYS : RATING_DONE_DAYS;
    g_autofree char *why = rating_reasons_text((unsigned)json_integer_value(json_object_get(row, "reasons")));

    json_object_set_new(row, "due", json_integer(workday_after(calendar, day, days)));
    json_object_set_new(row, "reasons", json_string(why));
}

json_t *ratings_cases(struct db *db, bool all, GError **error)
{
    g_autoptr(GArray) days = db_ticket_days(db, error);
    json_t *rows = days != NULL ? db_rating_cases(db, all, error) : NULL, *row;
    size_t i;

    if (rows == NULL)
        return NULL;
    const struct calendar calendar = {.days = (const struct calendar_day *)(void *)days->data, .count = days->len};
    json_array_foreach(rows, i, row)
        due_add(row, &calendar);
    return rows;
}
