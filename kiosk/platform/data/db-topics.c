/* SPDX-License-Identifier: Apache-2.0 */
/* Topics, their steps and their milestones. */
#include "platform/data/db-topics.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define COLUMNS                                                                                                              \
    "id, state, words, author, other, reason, threshold, support, until_ms, meeting_ms, milestones, reached, special, binding," \
    " rule, electorate, salt, units, area_cm2, answer, report, result, made_ms, changed_ms, ended_ms"

bool db_topic_add(struct db *db, const struct topic_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO topic(community, " COLUMNS ") VALUES(?1,?2,?3,?4,?5,'','',0,0,0,0,0,0,0,0,'','','',0,0,'','','',?6,?6,0)", "ssssi",
                  row->id, topic_state_name(row->topic.state), row->words, row->author, row->made_ms);
}

/* Texts of the row, each as long as there is room. */
static void texts_read(struct db_rows *stmt, struct topic_row *row)
{
    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 2, row->words, sizeof row->words);
    db_copy_text(stmt, 3, row->author, sizeof row->author);
    db_copy_text(stmt, 4, row->other, sizeof row->other);
    db_copy_text(stmt, 5, row->reason, sizeof row->reason);
    db_copy_text(stmt, 14, row->rule, sizeof row->rule);
    db_copy_text(stmt, 15, row->electorate, sizeof row->electorate);
    db_copy_text(stmt, 16, row->salt, sizeof row->salt);
    db_copy_text(stmt, 19, row->answer, sizeof row->answer);
    db_copy_text(stmt, 20, row->report, sizeof row->report);
    db_copy_text(stmt, 21, row->result, sizeof row->result);
}

/* As it stands in the result; nothing before there is one. */
static bool outcome_read(const char *result, enum topic_outcome *out)
{
    json_t *json = *result != '\0' ? json_loads(result, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool good = *result == '\0' || topic_outcome_parse(json_string_value(json_object_get(json, "outcome")), out);

    json_decref(json);
    return good;
}

static bool topic_read(struct db_rows *stmt, void *out)
{
    struct topic_row *row = out;

    texts_read(stmt, row);
    row->topic = (struct topic){.threshold = db_col_int(stmt, 6), .support = db_col_int(stmt, 7), .until_ms = db_col_int(stmt, 8),
                                .milestones = (unsigned)db_col_int(stmt, 10), .reached = (unsigned)db_col_int(stmt, 11),
                                .binding = db_col_int(stmt, 13) != 0};
    row->meeting_ms = db_col_int(stmt, 9);
    row->special = db_col_int(stmt, 12) != 0;
    row->units = db_col_int(stmt, 17);
    row->area_cm2 = db_col_int(stmt, 18);
    row->made_ms = db_col_int(stmt, 22);
    row->changed_ms = db_col_int(stmt, 23);
    row->ended_ms = db_col_int(stmt, 24);
    return topic_state_parse(db_col_text(stmt, 1), &row->topic.state) && outcome_read(row->result, &row->topic.outcome);
}

bool db_topic_find(struct db *db, const char *id, struct topic_row *out, bool *found, GError **error)
{
    static const struct db_reader READER = {topic_read, sizeof(struct topic_row), "a topic"};

    return db_first(db, db_query(db, error, "SELECT " COLUMNS " FROM topic WHERE community=?1 AND id=?2", "s", id), &READER, out, found, error);
}

bool db_topic_set(struct db *db, const struct topic_row *row, GError **error)
{
    const struct topic *topic = &row->topic;

    return db_run(db, error,
                  "UPDATE topic SET state=?3, words=?4, other=?5, reason=?6, threshold=?7, support=?8, until_ms=?9, meeting_ms=?10,"
                  " milestones=?11, reached=?12, special=?13, binding=?14, rule=?15, electorate=?16, salt=?17, units=?18, area_cm2=?19,"
                  " answer=?20, report=?21, result=?22, changed_ms=?23, ended_ms=?24 WHERE community=?1 AND id=?2",
                  "sssssiiiiiiiisssiisssii", row->id, topic_state_name(topic->state), row->words, row->other, row->reason, topic->threshold,
                  topic->support, topic->until_ms, row->meeting_ms, (int64_t)topic->milestones, (int64_t)topic->reached, (int64_t)row->special,
                  (int64_t)topic->binding, row->rule, row->electorate, row->salt, row->units, row->area_cm2, row->answer, row->report,
                  row->result, row->changed_ms, row->ended_ms);
}

GPtrArray *db_topics(struct db *db, bool all, GError **error)
{
    return db_texts(db,
                    db_query(db, error, "SELECT id FROM topic WHERE community=?1 AND (?2=1 OR ended_ms=0) ORDER BY made_ms DESC, id LIMIT 500", "i",
                             (int64_t)all),
                    error);
}

GPtrArray *db_topics_due(struct db *db, int64_t now_ms, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM topic WHERE community=?1 AND state='COLLECTING' AND (until_ms<=?2 OR support>=threshold)"
                             " ORDER BY until_ms, id LIMIT 500",
                             "i", now_ms),
                    error);
}

/* ---- Steps ---- */

bool db_topic_step_add(struct db *db, const struct topic_step_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO topic_step SELECT ?1, ?2, coalesce(max(seq), 0)+1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM topic_step WHERE"
                  " community=?1 AND topic=?2",
                  "sisssssss", row->topic, row->at_ms, row->step, row->actor, row->staff_a, row->staff_b, row->from, row->to, row->note);
}

json_t *db_topic_steps(struct db *db, const char *topic, GError **error)
{
    json_t *rows = json_array();
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT seq, at_ms, step, actor, staff_a, staff_b, from_state, to_state, note FROM topic_step WHERE"
                                    " community=?1 AND topic=?2 ORDER BY seq",
                                    "s", topic);

    if (!db_rows_json(db, stmt, NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

bool db_milestone_add(struct db *db, const char *topic, int64_t n, const char *words, uint32_t due, GError **error)
{
    return db_run(db, error, "INSERT INTO topic_milestone(community, topic, n, words, due, reached_ms) VALUES(?1,?2,?3,?4,?5,0)", "sisi", topic, n,
                  words, (int64_t)due);
}

bool db_milestone_reach(struct db *db, const char *topic, int64_t n, int64_t at_ms, GError **error)
{
    return db_run(db, error, "UPDATE topic_milestone SET reached_ms=?4 WHERE community=?1 AND topic=?2 AND n=?3 AND reached_ms=0", "sii", topic, n,
                  at_ms);
}
