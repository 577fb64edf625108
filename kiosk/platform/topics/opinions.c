/* SPDX-License-Identifier: Apache-2.0 */
/* What residents said, answered by the committee, and which topic came of it. */
#include "platform/topics/topics.h"
#include "platform/persons/access.h"

#define ANSWER_BYTES 2000

static bool there(struct db *db, const char *id, GError **error)
{
    bool has = false;

    if (!db_opinion_has(db, id, &has, error))
        return false;
    if (!has)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such opinion");
    return has;
}

static bool answer_in(struct db *db, const char *id, const char *answer, const char *by, int64_t now_ms, GError **error)
{
    if (!topics_staff(db, (const char *const[2]){by}, 1, STAFF_PUBLISH, now_ms, error) || !there(db, id, error) ||
        !db_opinion_answer(db, id, answer, by, now_ms, error))
        return false;
    if (db_changes(db) == 0)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "it is answered already");
    return db_changes(db) > 0;
}

bool opinions_answer(struct platform *platform, const char *id, json_t *answer, const char *by, int64_t now_ms, GError **error)
{
    g_autofree char *text = topics_pair(answer, ANSWER_BYTES, error);

    return text != NULL && db_begin(platform->db, true, error) &&
           db_end(platform->db, answer_in(platform->db, id, text, by, now_ms, error), error);
}

static bool link_in(struct db *db, const char *id, const char *topic, const char *by, int64_t now_ms, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    bool found = false;

    if (!topics_staff(db, (const char *const[2]){by}, 1, STAFF_PUBLISH, now_ms, error) || !there(db, id, error) ||
        !db_topic_find(db, topic, row, &found, error))
        return false;
    if (!found)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such topic");
    return found && db_opinion_link(db, id, topic, error);
}

bool opinions_link(struct platform *platform, const char *id, const char *topic, const char *by, int64_t now_ms, GError **error)
{
    return db_begin(platform->db, true, error) && db_end(platform->db, link_in(platform->db, id, topic, by, now_ms, error), error);
}

json_t *opinions_list(struct platform *platform, bool all, GError **error)
{
    if (!access_note_command(platform, "opinion list", PURPOSE_EXPORT, error) || !db_begin(platform->db, false, error))
        return NULL;
    json_t *out = db_opinions(platform->db, all, error);
    db_rollback(platform->db);
    return out;
}
