/* SPDX-License-Identifier: Apache-2.0 */
/* What the calendar does to the books, and what people decide about volunteers. */
#include "platform/credit/credit-work.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/volunteers/volunteers.h"
#include "model/model.h"
#include <string.h>

struct day {
    struct db *db;
    struct credit_rules rules;
    int64_t now_ms;
    uint32_t today;
    struct credit_day *out;
};

/* One account's lots of one book that ended. "ACCOUNT|BOOK" */
static bool write_off(struct day *day, const char *key, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(key, "|", 2);
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    struct account account;
    enum book book;

    if (g_strv_length(parts) != 2 || !account_parse(parts[0], &account) || !book_parse(parts[1], &book))
        return true;
    g_autoptr(GArray) lots = db_credit_lots(day->db, parts[0], book, error);
    if (lots == NULL)
        return false;
    int64_t ended = lots_expired((struct lot *)(void *)lots->data, lots->len, day->today);
    if (ended == 0)
        return true;
    uuid7(day->now_ms, txn->id);
    txn->type = LEDGER_EXPIRE;
    txn->at_ms = day->now_ms;
    g_strlcpy(txn->rule, day->rules.version, sizeof txn->rule);
    day->out->expired++;
    return ledger_txn_add(txn, book, account.kind, account.owner, -ended) &&
           ledger_txn_add(txn, book, OWNER_EXPIRED, book_name(book), ended) &&
           credit_post(day->db, txn, NULL, 0, day->now_ms, 0, error);
}

static bool expire(struct day *day, GError **error)
{
    g_autoptr(GPtrArray) ended = db_credit_ended(day->db, day->today, error);

    if (ended == NULL)
        return false;
    for (guint i = 0; i < ended->len; i++)
        if (!write_off(day, g_ptr_array_index(ended, i), error))
            return false;
    return db_credit_holds_expire(day->db, day->now_ms, error);
}

static bool move_attendance(struct day *day, const char *id, GError **error)
{
    struct attendance_row row;
    bool found;

    if (!db_attendance_find(day->db, id, &row, &found, error) || !found)
        return found;
    if (row.times.state == ATTENDANCE_PUBLIC) {
        row.times.state = ATTENDANCE_POSTED;
        day->out->posted++;
        return credit_attendance_put(day->db, &row, error) &&
               credit_post_hours(day->db, &day->rules, row.token, row.id, row.minutes, day->now_ms, error);
    }
    if (!attendance_overdue(&row.times, day->now_ms))
        return true;
    day->out->overdue++;
    return credit_attendance_put(day->db, &row, error);
}

static bool attendances(struct day *day, enum attendance_state state, GError **error)
{
    g_autoptr(GPtrArray) due = db_attendance_due(day->db, state, day->today, day->now_ms, error);

    if (due == NULL)
        return false;
    for (guint i = 0; i < due->len; i++)
        if (!move_attendance(day, g_ptr_array_index(due, i), error))
            return false;
    return true;
}

bool credit_day_run(struct platform *platform, int64_t now_ms, struct credit_day *out, GError **error)
{
    struct day day = {.db = platform->db, .now_ms = now_ms, .today = date_of_ms(now_ms), .out = out};

    *out = (struct credit_day){0};
    if (!db_begin(day.db, true, error))
        return false;
    if (credit_rules_load(day.db, &day.rules, error) && expire(&day, error) &&
        attendances(&day, ATTENDANCE_PUBLIC, error) && attendances(&day, ATTENDANCE_IN, error) &&
        volunteers_stars_grant(day.db, now_ms, &out->stars, error))
        return db_commit(day.db, error);
    db_rollback(day.db);
    return false;
}

/* ---- Volunteers ---- */

/* Of the card that stands in its place now. */
static bool token_of(struct db *db, const char *card_number, char out[33], GError **error)
{
    g_autofree char *token = NULL, *state = NULL;
    int64_t stopped_ms;

    if (!db_card_find(db, card_number, &token, &state, error))
        return false;
    if (token == NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such card in this community");
        return false;
    }
    return db_card_current(db, token, out, &stopped_ms, error);
}

static bool star(struct db *db, const char *card_number, bool *granted, unsigned *stars, GError **error)
{
    struct credit_rules rules;
    struct credit_person person;
    char token[33];
    int64_t minutes = 0;

    if (!token_of(db, card_number, token, error) || !credit_rules_load(db, &rules, error) ||
        !db_credit_person(db, token, &person, error))
        return false;
    if (!credit_star_minutes(db, token, &minutes, error))
        return false;
    *stars = stars_grant(person.stars, minutes, rules.star_min, STAR_LEVELS);
    *granted = *stars > person.stars;
    return db_volunteer_set(db, token, person.hardship, *stars, error) && db_change_add(db, "credit", token, error) &&
           db_volunteer_changed(db, token, error);
}

bool credit_star(struct platform *platform, const char *card_number, bool *granted, unsigned *stars, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (star(platform->db, card_number, granted, stars, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static bool hardship_set(struct db *db, const char *card_number, bool hardship, GError **error)
{
    struct credit_person person;
    char token[33];

    return token_of(db, card_number, token, error) && db_credit_person(db, token, &person, error) &&
           db_volunteer_set(db, token, hardship, person.stars, error) && db_change_add(db, "credit", token, error);
}

bool credit_hardship(struct platform *platform, const char *card_number, bool hardship, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (hardship_set(platform->db, card_number, hardship, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
