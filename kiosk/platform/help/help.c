/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/help/help.h"
#include "model/help.h"
#include "platform/data/db-figures.h"
#include "platform/data/db-help.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include <string.h>

#define WEEK_MS INT64_C(604800000)

bool help_type(const char *type)
{
    return strcmp(type, HELP_CALLED) == 0 || strcmp(type, HELP_ENDED) == 0;
}

static bool called(struct db *db, const struct help_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    struct help_row row = {.at_ms = event->at_ms, .told_ms = now_ms}, there;
    enum help_kind kind;
    bool found = false;

    if (!help_call_from_json(data, &kind)) {
        *code = "DATA";
        return true;
    }
    if (!db_help_find(db, event->id, &there, &found, error))
        return false;
    if (found) {
        *code = ID_REUSED;
        return true;
    }
    g_strlcpy(row.id, event->id, sizeof row.id);
    g_strlcpy(row.kiosk, event->kiosk, sizeof row.kiosk);
    g_strlcpy(row.kind, help_kind_name(kind), sizeof row.kind);
    return db_help_add(db, &row, error);
}

static bool ended(struct db *db, const struct help_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    struct help_end end;
    struct help_row row;
    bool found = false;

    if (!help_end_from_json(data, &end)) {
        *code = "DATA";
        return true;
    }
    if (!db_help_find(db, end.call, &row, &found, error))
        return false;
    if (!found || strcmp(row.kiosk, event->kiosk) != 0) {
        *code = "UNKNOWN";
        return true;
    }
    return db_help_end(db, end.call, help_how_name(end.how), end.after_ms, now_ms, error) &&
           (row.answered_ms == 0 || db_change_add(db, "help", event->kiosk, error));
}

bool help_apply(struct platform *platform, const struct help_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    *code = NULL;
    return strcmp(event->type, HELP_CALLED) == 0 ? called(platform->db, event, data, now_ms, code, error)
                                                 : ended(platform->db, event, data, now_ms, code, error);
}

/* ---- The staff's side ---- */

static bool staff_fits(struct db *db, const char *by, const char *kiosk, int64_t now_ms, GError **error)
{
    struct staff_question question = {.names = {by}, .needed = 1, .act = STAFF_DESK, .kiosk = kiosk, .at_ms = now_ms, .now_ms = now_ms};

    return staff_allows(db, &question, error);
}

static bool counted(struct db *db, const struct help_row *row, int64_t now_ms, GError **error)
{
    int64_t waited_ms = MAX(0, now_ms - row->told_ms);

    return db_day_add(db, "help", row->kiosk, now_ms, 1, waited_ms, error) &&
           (waited_ms > HELP_WAIT_MS || db_day_add(db, "help60", row->kiosk, now_ms, 1, 0, error));
}

/* One that ended because nobody came is still to be answered for. NULL: it may be. */
static const char *why_not(const struct help_row *row)
{
    if (row->answered_ms != 0)
        return "somebody has answered it already";
    return row->ended_ms != 0 && strcmp(row->how, help_how_name(HELP_NOBODY)) != 0 ? "it is over" : NULL;
}

static bool answer(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error)
{
    struct help_row row;
    bool found = false;

    if (!db_help_find(db, id, &row, &found, error))
        return false;
    if (!found)
        return platform_refuse(error, "there is no such call");
    if (why_not(&row) != NULL)
        return platform_refuse(error, why_not(&row));
    return staff_fits(db, by, row.kiosk, now_ms, error) && db_help_answer(db, id, by, now_ms, error) && counted(db, &row, now_ms, error) &&
           db_change_add(db, "help", row.kiosk, error);
}

bool help_answer(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (answer(platform->db, id, by, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static json_t *row_json(const struct help_row *row)
{
    int64_t end_ms = row->answered_ms != 0 ? row->answered_ms : row->ended_ms;

    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:s, s:I}", "id", row->id, "kiosk", row->kiosk, "kind", row->kind, "at_ms",
                     (json_int_t)row->at_ms, "told_ms", (json_int_t)row->told_ms, "answered_ms", (json_int_t)row->answered_ms, "staff",
                     row->staff, "ended_ms", (json_int_t)row->ended_ms, "how", row->how, "waited_ms",
                     (json_int_t)(end_ms != 0 ? MAX(0, end_ms - row->told_ms) : 0));
}

json_t *help_list(struct platform *platform, bool all, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return NULL;
    g_autoptr(GArray) rows = db_help_rows(platform->db, NULL, all, all ? now_ms - WEEK_MS : 0, error);
    db_rollback(platform->db);
    if (rows == NULL)
        return NULL;
    json_t *out = json_array();
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(out, row_json(&g_array_index(rows, struct help_row, i)));
    return out;
}
