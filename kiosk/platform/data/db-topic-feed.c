/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks are told of topics (feed topic "topic"): from when support is collected until thirty days after the end. Of a ballot its
 * electorate's hash while it is open, and what came of it when it is decided: nobody is told before how it stands.
 */
#include "platform/data/db-topics.h"
#include "platform/data/db-activities.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define TOLD_MS (30 * INT64_C(86400000))

static json_t *read_json(const char *text)
{
    return *text != '\0' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* The rows of a statement, each with its "words" read and lifted into it. */
static json_t *worded(struct db *db, struct db_rows *stmt, GError **error)
{
    json_t *rows = json_array(), *row;
    size_t i;

    if (!db_rows_json(db, stmt, NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    json_array_foreach(rows, i, row)
    {
        json_t *words = read_json(json_string_value(json_object_get(row, "words")));
        json_object_del(row, "words");
        if (words == NULL || json_object_update_new(row, words) != 0) {
            g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the words of a topic are damaged");
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

static json_t *statements(struct db *db, const char *id, GError **error)
{
    return worded(db,
                  db_query(db, error,
                           "SELECT s.id, s.words, s.author_kind, (SELECT count(*) FROM statement_vote v WHERE v.community=?1 AND v.statement=s.id AND"
                           " v.vote=1) AS agree, (SELECT count(*) FROM statement_vote v WHERE v.community=?1 AND v.statement=s.id AND v.vote=-1) AS"
                           " disagree, (SELECT count(*) FROM statement_vote v WHERE v.community=?1 AND v.statement=s.id AND v.vote=0) AS pass"
                           " FROM topic_statement s WHERE s.community=?1 AND s.topic=?2 AND s.hidden=0 ORDER BY s.made_ms, s.id",
                           "s", id),
                  error);
}

static json_t *milestones(struct db *db, const char *id, GError **error)
{
    return worded(db,
                  db_query(db, error,
                           "SELECT n, words, due, reached_ms FROM topic_milestone WHERE community=?1 AND topic=?2 ORDER BY n", "s", id),
                  error);
}

static bool shown(const struct topic_row *row, int64_t now_ms)
{
    switch (row->topic.state) {
    case TOPIC_DRAFT:
    case TOPIC_MODERATION:
    case TOPIC_RETURNED:
    case TOPIC_MERGED:
        return false;
    case TOPIC_WITHDRAWN:
        if (row->topic.threshold == 0) /* before anybody was asked */
            return false;
        break;
    default:
        break;
    }
    return row->ended_ms == 0 || row->ended_ms > now_ms - TOLD_MS;
}

/* "statements" and "milestones" are stolen. NULL: its words are damaged. */
static json_t *whole(const struct topic_row *row, json_t *said, json_t *done)
{
    const struct topic *topic = &row->topic;
    json_t *value = read_json(row->words);

    if (value == NULL ||
        json_object_update_new(value, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:s, s:s, s:I, s:I}", "id", row->id, "state",
                                                topic_state_name(topic->state), "threshold", (json_int_t)topic->threshold, "support",
                                                (json_int_t)topic->support, "until_ms", (json_int_t)topic->until_ms, "meeting_ms",
                                                (json_int_t)row->meeting_ms, "special", row->special, "binding", topic->binding, "rule", row->rule,
                                                "electorate", row->electorate, "units", (json_int_t)row->units, "area_cm2",
                                                (json_int_t)row->area_cm2)) != 0) {
        json_decref(value);
        value = NULL;
    }
    json_t *none = value != NULL ? value : json_object(), *answer = read_json(row->answer), *report = read_json(row->report),
           *result = read_json(row->result);
    json_object_set_new(none, "statements", said);
    json_object_set_new(none, "milestones", done);
    if (answer != NULL)
        json_object_set_new(none, "answer", answer);
    if (report != NULL)
        json_object_set_new(none, "report", report);
    if (result != NULL)
        json_object_set_new(none, "result", result);
    if (value == NULL)
        json_decref(none);
    return value;
}

json_t *db_topic_value(struct db *db, const char *id, int64_t now_ms, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    bool found = false;

    if (!db_topic_find(db, id, row, &found, error) || !found || !shown(row, now_ms))
        return NULL;
    json_t *said = statements(db, id, error), *done = said != NULL ? milestones(db, id, error) : NULL;
    if (done == NULL) {
        json_decref(said);
        return NULL;
    }
    json_t *value = whole(row, said, done);
    if (value == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the words of a topic are damaged");
    return value;
}

bool db_topics_told_end(struct db *db, int64_t now_ms, GError **error)
{
    return db_told_end(db, "topic",
                       "SELECT t.id FROM topic t JOIN change c ON c.community=?1 AND c.topic='topic' AND c.key=t.id WHERE t.community=?1 AND"
                       " t.ended_ms>?2 AND t.ended_ms<=?3 ORDER BY t.id",
                       now_ms - TOLD_MS, error);
}
