/* SPDX-License-Identifier: Apache-2.0 */
/* VR-5: POSTED ─► DISPUTED by whose hours they are ─► CORRECTED by two of the staff: a new entry reverses the old, another one posts what is right. */
#include "platform/volunteers/volunteers-work.h"
#include "platform/credit/credit.h"
#include "platform/data/db-certificates.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

static bool dispute_put(struct db *db, struct attendance_row *row, const struct volunteer_event *event, const struct volunteer_dispute *told,
                        int64_t now_ms, GError **error)
{
    struct dispute_row dispute = {.minutes_before = row->minutes, .at_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms)};

    g_strlcpy(dispute.attendance, row->id, sizeof dispute.attendance);
    g_strlcpy(dispute.id, event->id, sizeof dispute.id);
    g_strlcpy(dispute.kiosk, event->kiosk, sizeof dispute.kiosk);
    g_strlcpy(dispute.what, volunteer_doubt_name(told->what), sizeof dispute.what);
    row->times.state = ATTENDANCE_DISPUTED;
    return db_attendance_put(db, row, error) && db_dispute_add(db, &dispute, error) && db_volunteer_changed(db, row->token, error);
}

bool volunteers_dispute(struct db *db, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    struct volunteer_dispute told;
    struct attendance_row row;
    bool found = false;

    if (!volunteer_dispute_from_json(data, &told)) {
        *code = "DATA";
        return true;
    }
    if (!db_attendance_find(db, told.attendance, &row, &found, error))
        return false;
    if (!found || strcmp(row.token, told.token) != 0) /* of others nothing is said */
        return volunteers_no(code, VOLUNTEER_UNKNOWN);
    if (!attendance_may(row.times.state, ATTENDANCE_DISPUTED))
        return volunteers_no(code, VOLUNTEER_STATE);
    return dispute_put(db, &row, event, &told, now_ms, error);
}

/* ---- Put right ---------------------------------------------------------------------------------------------------- */

static bool staff_fit(struct db *db, char **by, const char *about, int64_t now_ms, GError **error)
{
    struct staff_question question = {.names = {by[0], by[1]}, .needed = 2, .act = STAFF_DESK, .about = about, .at_ms = now_ms, .now_ms = now_ms};

    return staff_allows(db, &question, error);
}

/* What was posted for these hours, and not undone. */
static bool reverse_posted(struct db *db, const struct credit_rules *rules, const struct attendance_row *row, const char *const *by,
                           int64_t now_ms, GError **error)
{
    g_autofree struct ledger_txn *posted = g_new0(struct ledger_txn, 1), *undo = g_new0(struct ledger_txn, 1);
    char id[37];
    bool found = false;

    if (!db_credit_derived(db, row->id, id, error))
        return false;
    if (*id == '\0')
        return platform_refuse(error, "nothing was posted for these hours");
    if (!db_credit_txn_find(db, id, posted, &found, error))
        return false;
    for (size_t i = 0; i < posted->entry_count; i++) /* the card may have been replaced since */
        if (posted->entries[i].account.kind == OWNER_PERSON)
            g_strlcpy(posted->entries[i].account.owner, row->token, sizeof posted->entries[i].account.owner);
    ledger_txn_reverse(posted, undo);
    uuid7(now_ms, undo->id);
    undo->at_ms = now_ms;
    g_strlcpy(undo->rule, rules->version, sizeof undo->rule);
    for (size_t i = 0; i < 2; i++)
        g_strlcpy(undo->staff[i], by[i], sizeof undo->staff[i]);
    return credit_post(db, undo, NULL, 0, now_ms, 0, error);
}

static bool post_anew(struct db *db, const struct credit_rules *rules, struct attendance_row *row, int64_t minutes, int64_t now_ms, GError **error)
{
    row->minutes = minutes;
    row->times.state = ATTENDANCE_CORRECTED;
    return (minutes == 0 || credit_post_hours(db, rules, row->token, row->id, minutes, now_ms, error)) && db_attendance_put(db, row, error);
}

/* Whole units, and with what else counts on that day no more than a day's hours. */
static bool minutes_fit(struct db *db, const struct hours_rules *rules, const struct attendance_row *row, int64_t minutes, int64_t now_ms,
                        GError **error)
{
    int64_t day = 0;

    if (!credit_day_minutes(db, row->token, row->times.in_ms, now_ms, &day, error))
        return false;
    if (minutes < 0 || minutes > (int64_t)rules->day_max_min - (day - row->minutes) || minutes % MAX(1, rules->unit_min) != 0)
        return platform_refuse(error, "so many minutes do not count: whole units, and no more than is left of the day's");
    return true;
}

static bool correct(struct db *db, const char *attendance, int64_t minutes, char **by, const char *reason, int64_t now_ms,
                    GPtrArray **certificates, GError **error)
{
    struct credit_rules rules;
    struct attendance_row row;
    bool found = false;

    if (!credit_rules_load(db, &rules, error) || !db_attendance_find(db, attendance, &row, &found, error))
        return false;
    if (!found || !attendance_may(row.times.state, ATTENDANCE_CORRECTED))
        return platform_refuse(error, "there are no such hours in dispute");
    return minutes_fit(db, &rules.hours, &row, minutes, now_ms, error) && staff_fit(db, by, row.token, now_ms, error) &&
           reverse_posted(db, &rules, &row, (const char *const *)by, now_ms, error) &&
           post_anew(db, &rules, &row, minutes, now_ms, error) && db_dispute_end(db, row.id, minutes, by, reason, now_ms, error) &&
           db_volunteer_changed(db, row.token, error) &&
           (*certificates = db_certificates_over(db, row.token, row.slot, date_of_ms(row.times.in_ms), error)) != NULL;
}

bool volunteers_correct(struct platform *platform, const char *attendance, int64_t minutes, char **by, const char *reason, int64_t now_ms,
                        GPtrArray **certificates, GError **error)
{
    g_autoptr(GPtrArray) over = NULL;

    if (by == NULL || g_strv_length(by) != 2)
        return platform_refuse(error, "two of the staff answer for it");
    if (!db_begin(platform->db, true, error))
        return false;
    if (!correct(platform->db, attendance, minutes, by, reason, now_ms, &over, error)) {
        db_rollback(platform->db);
        return false;
    }
    if (!db_commit(platform->db, error))
        return false;
    if (certificates != NULL)
        *certificates = g_steal_pointer(&over);
    return true;
}
