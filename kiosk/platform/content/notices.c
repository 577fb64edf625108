/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/content/content.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

#define NOWHERE "-" /* the scope of what is shown everywhere: only staff of everywhere */

/* One of them, or two who are not the same person, for all of the places where this notice is shown. */
static bool staff_fits(struct db *db, const char *const by[2], enum staff_act act, json_t *value, int64_t now_ms, GError **error)
{
    const char *place = json_string_value(json_object_get(value, "place"));
    struct staff_question question = {.names = {by[0], by[1]}, .needed = by[1] != NULL ? 2 : 1, .act = act,
                                      .kiosk = place != NULL ? place : NOWHERE, .at_ms = now_ms, .now_ms = now_ms};

    return staff_allows(db, &question, error);
}

/* ---- Draft ---- */

static bool file_tell(struct db *db, const char *id, json_t *files, GError **error)
{
    struct file_row row;
    bool found = false;

    if (!db_file_find(db, id, &row, &found, error))
        return false;
    if (!found || row.personal)
        return platform_refuse(error, "there is no such file for everybody");
    return json_array_append_new(files, file_told_to_json(&row.told)) == 0 || platform_refuse(error, "no memory");
}

/* Ids become what kiosks are told of these files. New reference. */
static json_t *with_files(struct db *db, json_t *value, GError **error)
{
    json_t *out = json_copy(value), *ids = json_object_get(value, "files"), *files = json_array(), *id;
    bool ok = ids == NULL || json_is_array(ids) || platform_refuse(error, "files are a list of SHA-256");
    size_t i;

    json_array_foreach(ids, i, id)
    {
        ok = ok && ((file_id_valid(json_string_value(id)) && file_tell(db, json_string_value(id), files, error)) ||
                    ((error == NULL || *error == NULL) && platform_refuse(error, "a file is named by its SHA-256")));
    }
    if (ids != NULL)
        json_object_set(out, "files", files);
    json_decref(files);
    if (!ok)
        g_clear_pointer(&out, json_decref);
    return out;
}

static bool draft_add(struct db *db, json_t *value, const char *by, int64_t now_ms, GError **error)
{
    struct notice_case notice = {.urgent = json_is_true(json_object_get(value, "urgent")), .made_ms = now_ms}, there;
    g_autofree char *told = NULL;
    const char *wrong = notice_wrong(value);
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    bool found = false;

    if (wrong == NULL && (text == NULL || g_strlcpy(notice.value, text, sizeof notice.value) >= sizeof notice.value))
        wrong = "the notice is too long";
    free(text);
    if (wrong != NULL)
        return platform_refuse(error, wrong);
    g_strlcpy(notice.id, json_string_value(json_object_get(value, "id")), sizeof notice.id);
    g_strlcpy(notice.author, by, sizeof notice.author);
    notice.ends = json_integer_value(json_object_get(value, "to"));
    if (!db_notice_case_find(db, notice.id, &there, &found, error) || !db_notice_value(db, notice.id, &told, error))
        return false;
    if (found || told != NULL)
        return platform_refuse(error, "there is a notice of this id already");
    return db_notice_case_add(db, &notice, error);
}

bool notices_draft(struct platform *platform, json_t *value, const char *by, int64_t now_ms, GError **error)
{
    struct db *db = platform->db;

    if (!db_begin(db, true, error))
        return false;
    json_t *whole = staff_fits(db, (const char *const[2]){by}, STAFF_PUBLISH, value, now_ms, error) ? with_files(db, value, error) : NULL;
    bool ok = db_end(db, whole != NULL && draft_add(db, whole, by, now_ms, error), error);
    json_decref(whole);
    return ok;
}

/* ---- Approve, withdraw ---- */

static json_t *value_read(const char *text, GError **error)
{
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (value == NULL)
        platform_refuse(error, "the notice is damaged");
    return value;
}

static bool files_follow(struct db *db, const char *id, json_t *value, GError **error)
{
    bool ok = true;
    const char *file;

    for (size_t i = 0; ok && (file = notice_file(value, i)) != NULL; i++)
        ok = files_use(db, file, "notice", id, error);
    return ok;
}

static bool approvers_fit(struct db *db, const struct notice_case *notice, const char *by, json_t *value, int64_t now_ms, GError **error)
{
    return staff_fits(db, (const char *const[2]){notice->author, by}, STAFF_PUBLISH, value, now_ms, error) &&
           staff_fits(db, (const char *const[2]){by}, STAFF_APPROVE, value, now_ms, error);
}

static bool approve(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error)
{
    struct notice_case notice;
    bool found = false;

    if (!db_notice_case_find(db, id, &notice, &found, error))
        return false;
    if (!found || strcmp(notice.state, "DRAFT") != 0)
        return platform_refuse(error, found ? "it is no draft any more" : "no such notice");
    if (notice.ends < date_of_ms(now_ms))
        return platform_refuse(error, "its last day is over");
    json_t *value = value_read(notice.value, error);
    bool ok = value != NULL && approvers_fit(db, &notice, by, value, now_ms, error) &&
              db_notice_case_approve(db, id, by, now_ms, error) && files_follow(db, id, value, error) &&
              db_change_add(db, "notice", id, error);
    json_decref(value);
    return ok;
}

bool notices_approve(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error)
{
    return db_begin(platform->db, true, error) && db_end(platform->db, approve(platform->db, id, by, now_ms, error), error);
}

static bool withdraw(struct db *db, const char *id, const char *by, const char *reason, int64_t now_ms, GError **error)
{
    struct notice_case notice;
    g_autofree char *told = NULL;
    bool found = false;

    if (!db_notice_case_find(db, id, &notice, &found, error) || !db_notice_value(db, id, &told, error))
        return false;
    json_t *value = json_loads(found ? notice.value : told != NULL ? told : "{}", JSON_REJECT_DUPLICATES, NULL);
    bool fits = staff_fits(db, (const char *const[2]){by}, STAFF_PUBLISH, value, now_ms, error);
    json_decref(value);
    if (!fits)
        return false;
    if ((!found && told == NULL) || (found && strcmp(notice.state, "WITHDRAWN") == 0))
        return platform_refuse(error, found ? "it was withdrawn already" : "no such notice");
    if (!db_notice_case_withdraw(db, id, by, reason, now_ms, error) || !db_notice_delete(db, id, error) ||
        !files_unuse(db, "notice", id, error))
        return false;
    return told == NULL || db_change_add(db, "notice", id, error);
}

bool notices_withdraw(struct platform *platform, const char *id, const char *by, const char *reason, int64_t now_ms, GError **error)
{
    return db_begin(platform->db, true, error) && db_end(platform->db, withdraw(platform->db, id, by, reason, now_ms, error), error);
}

json_t *notices_list(struct platform *platform, bool all, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return NULL;
    json_t *out = db_notice_list(platform->db, all, error);
    db_rollback(platform->db);
    return out;
}

json_t *notices_counts(struct platform *platform, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return NULL;
    json_t *out = db_notice_counts(platform->db, error);
    db_rollback(platform->db);
    return out;
}

/* ---- Who read it ---- */

/* Who confirmed is kept of urgent ones only, and of cards that are ours; all else is a number. */
static bool reader_keep(struct db *db, const struct notice_read *read, const char *kiosk, bool urgent, int64_t at_ms, GError **error)
{
    int64_t person = -1;

    if (read->card_token[0] == '\0' || !urgent)
        return true;
    return db_card_token_person(db, read->card_token, &person, error) &&
           (person < 0 || db_notice_reader(db, read->notice, read->card_token, kiosk, at_ms, error));
}

#define OWN_MAX 500 /* names that are counted of one kiosk: no answer of it is as long a list */

/* Nobody's card stands beside what is a number only. */
static bool own_read(struct db *db, const struct notice_read *read, const char *kiosk, const char **code, GError **error)
{
    bool room = false;

    *code = read->card_token[0] != '\0' ? "DATA" : NULL;
    if (*code != NULL)
        return true;
    if (!db_notice_own_room(db, read->notice, kiosk, OWN_MAX, &room, error))
        return false;
    *code = room ? NULL : "UNKNOWN";
    return !room || db_notice_opened(db, read->notice, kiosk, read->n, error);
}

bool notices_read(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, const char **code, GError **error)
{
    struct notice_read read;
    struct notice_case notice;
    g_autofree char *told = NULL;
    bool found = false;

    *code = notice_read_from_json(data, &read) ? NULL : "DATA";
    if (*code != NULL)
        return true;
    if (notice_is_own(read.notice))
        return own_read(db, &read, kiosk, code, error);
    if (!db_notice_case_find(db, read.notice, &notice, &found, error) || !db_notice_value(db, read.notice, &told, error))
        return false;
    if (!found && told == NULL) {
        *code = "UNKNOWN";
        return true;
    }
    json_t *value = json_loads(told != NULL ? told : notice.value, 0, NULL);
    bool urgent = json_is_true(json_object_get(value, "urgent"));
    json_decref(value);
    return db_notice_opened(db, read.notice, kiosk, read.n, error) && reader_keep(db, &read, kiosk, urgent, at_ms, error);
}
