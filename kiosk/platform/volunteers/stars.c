/* SPDX-License-Identifier: Apache-2.0 */
/* VR-6: one level at a time, publicised, granted when the hours that count still carry it. */
#include "platform/volunteers/volunteers-work.h"
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

#define DAY_MS INT64_C(86400000)

struct asking {
    struct db *db;
    struct roll_row roll;
    struct credit_rules rules;
    bool ruled; /* the community has them */
    unsigned stars; /* had now */
    bool hardship;
    int64_t minutes; /* that count */
};

static bool facts_load(struct asking *asking, const char *token, GError **error)
{
    g_autofree char *account = g_strconcat("person:", token, NULL);
    struct credit_person person;

    if (!credit_rules_find(asking->db, &asking->rules, &asking->ruled, error) || !db_credit_person(asking->db, token, &person, error) ||
        !db_credit_balance(asking->db, account, BOOK_HOURS, &asking->minutes, error))
        return false;
    asking->stars = person.stars;
    asking->hardship = person.hardship;
    return true;
}

static bool carried(const struct asking *asking, unsigned level)
{
    return asking->ruled && level == asking->stars + 1 && stars_grant(asking->stars, asking->minutes, asking->rules.star_min, STAR_LEVELS) == level;
}

static bool star_put(const struct asking *asking, const struct volunteer_event *event, const struct volunteer_star *star, int64_t now_ms,
                     GError **error)
{
    struct star_row row = {.person = asking->roll.person, .level = star->level, .minutes = asking->minutes,
                           .asked_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms),
                           .public_until = date_of_ms(ms_of_date(date_of_ms(now_ms)) + asking->rules.public_days * DAY_MS)};

    g_strlcpy(row.id, event->id, sizeof row.id);
    g_strlcpy(row.rules, asking->rules.version, sizeof row.rules);
    return db_star_add(asking->db, &row, error) && db_change_add(asking->db, "volunteer", star->token, error);
}

bool volunteers_star(struct db *db, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    struct asking asking = {.db = db};
    struct volunteer_star star;
    struct star_row open;
    bool found = false, publicised = false;

    if (!volunteer_star_from_json(data, &star)) {
        *code = "DATA";
        return true;
    }
    if (!db_roll_of_card(db, star.token, &asking.roll, &found, error))
        return false;
    if (!found)
        return volunteers_no(code, VOLUNTEER_NOBODY);
    if (!db_star_open(db, asking.roll.person, &open, &publicised, error) || !facts_load(&asking, star.token, error))
        return false;
    if (publicised || !carried(&asking, star.level))
        return volunteers_no(code, VOLUNTEER_STAR);
    return star_put(&asking, event, &star, now_ms, error);
}

static bool star_end(struct db *db, const struct star_row *row, int64_t now_ms, int *granted, GError **error)
{
    struct asking asking = {.db = db};
    char token[33];

    if (!db_card_in_use(db, row->person, token, error))
        return false;
    if (*token == '\0') /* until there is a card again */
        return true;
    if (!facts_load(&asking, token, error))
        return false;
    bool yes = carried(&asking, row->level);
    *granted += yes;
    return db_star_end(db, row->id, yes, now_ms, error) &&
           (!yes || (db_volunteer_set(db, token, asking.hardship, row->level, error) && db_change_add(db, "credit", token, error))) &&
           db_change_add(db, "volunteer", token, error);
}

bool volunteers_stars_grant(struct db *db, int64_t now_ms, int *granted, GError **error)
{
    g_autoptr(GArray) due = db_stars_due(db, date_of_ms(now_ms), error);
    bool ok = due != NULL;

    for (guint i = 0; ok && i < due->len; i++)
        ok = star_end(db, &g_array_index(due, struct star_row, i), now_ms, granted, error);
    return ok;
}
