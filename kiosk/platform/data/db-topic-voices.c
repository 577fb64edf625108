/* SPDX-License-Identifier: Apache-2.0 */
/* Support, statements and their votes, wishes to vote. */
#include "platform/data/db-topics.h"
#include "platform/data/db-rows.h"

static bool any(struct db *db, GError **error, bool *out, const char *sql, const char *key, int64_t number)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, sql, "si", key, number);

    *out = count > 0;
    return ok;
}

bool db_support_has(struct db *db, const char *topic, int64_t person, bool *has, GError **error)
{
    return any(db, error, has, "SELECT count(*) FROM topic_support WHERE community=?1 AND topic=?2 AND person=?3", topic, person);
}

bool db_support_add(struct db *db, const char *topic, int64_t person, int64_t at_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO topic_support(community, topic, person, at_ms) VALUES(?1,?2,?3,?4)", "sii", topic, person, at_ms) &&
           db_run(db, error, "UPDATE topic SET support=support+1 WHERE community=?1 AND id=?2", "s", topic);
}

/* ---- Statements ---- */

bool db_topic_statement_add(struct db *db, const char *id, const char *topic, const char *words, bool resident, const char *staff, int64_t now_ms,
                      GError **error)
{
    return db_run(db, error,
                  "INSERT INTO topic_statement(community, id, topic, words, author_kind, hidden, staff, made_ms) VALUES(?1,?2,?3,?4,?5,0,?6,?7)",
                  "sssssi", id, topic, words, resident ? "resident" : "committee", staff, now_ms);
}

static bool statement_read(struct db_rows *stmt, void *out)
{
    struct statement_row *row = out;

    db_copy_text(stmt, 0, row->id, sizeof row->id);
    db_copy_text(stmt, 1, row->topic, sizeof row->topic);
    row->hidden = db_col_int(stmt, 2) != 0;
    return true;
}

bool db_topic_statement_find(struct db *db, const char *id, struct statement_row *out, bool *found, GError **error)
{
    static const struct db_reader READER = {statement_read, sizeof(struct statement_row), "a statement"};

    return db_first(db, db_query(db, error, "SELECT id, topic, hidden FROM topic_statement WHERE community=?1 AND id=?2", "s", id), &READER, out, found,
                    error);
}

bool db_topic_statement_hide(struct db *db, const char *id, GError **error)
{
    return db_run(db, error, "UPDATE topic_statement SET hidden=1 WHERE community=?1 AND id=?2", "s", id);
}

bool db_topic_statement_count(struct db *db, const char *topic, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out, "SELECT count(*) FROM topic_statement WHERE community=?1 AND topic=?2 AND hidden=0", "s", topic);
}

bool db_topic_statement_vote(struct db *db, const char *statement, int64_t person, int64_t vote, int64_t at_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO statement_vote(community, statement, person, vote, at_ms) VALUES(?1,?2,?3,?4,?5) ON CONFLICT(community, statement,"
                  " person) DO UPDATE SET vote=excluded.vote, at_ms=excluded.at_ms WHERE excluded.at_ms>=statement_vote.at_ms",
                  "siii", statement, person, vote, at_ms);
}

/* ---- Wishes ---- */

bool db_wish_add(struct db *db, const char *topic, int64_t person, uint32_t day, GError **error)
{
    return db_run(db, error, "INSERT INTO ballot_wish(community, topic, person, day) VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING", "sii", topic, person,
                  (int64_t)day);
}

bool db_wish_count(struct db *db, const char *topic, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT count(*) FROM ballot_wish w JOIN elector e ON e.community=w.community AND e.topic=w.topic AND e.person=w.person WHERE"
                  " w.community=?1 AND w.topic=?2 AND NOT EXISTS (SELECT 1 FROM ballot_turnout t WHERE t.community=?1 AND t.topic=?2 AND"
                  " t.unit=e.unit)",
                  "s", topic);
}

/* ---- Who left ---- */

/* The number below all that are nobody's already, of one topic or statement. */
static bool loosen(struct db *db, GError **error, const char *keys, const char *sql, int64_t person)
{
    g_autoptr(GPtrArray) of = db_texts(db, db_query(db, error, keys, "i", person), error);
    bool ok = of != NULL;

    for (guint i = 0; ok && i < of->len; i++)
        ok = db_run(db, error, sql, "si", (const char *)g_ptr_array_index(of, i), person);
    return ok;
}

bool db_topics_erase(struct db *db, int64_t person, GError **error)
{
    return loosen(db, error, "SELECT topic FROM topic_support WHERE community=?1 AND person=?2",
                  "UPDATE topic_support SET person=(SELECT CASE WHEN min(o.person)<-1 THEN min(o.person)-1 ELSE -2 END FROM topic_support o WHERE"
                  " o.community=?1 AND o.topic=?2) WHERE community=?1 AND topic=?2 AND person=?3",
                  person) &&
           loosen(db, error, "SELECT statement FROM statement_vote WHERE community=?1 AND person=?2",
                  "UPDATE statement_vote SET person=(SELECT CASE WHEN min(o.person)<-1 THEN min(o.person)-1 ELSE -2 END FROM statement_vote o"
                  " WHERE o.community=?1 AND o.statement=?2) WHERE community=?1 AND statement=?2 AND person=?3",
                  person) &&
           db_run(db, error, "DELETE FROM ballot_wish WHERE community=?1 AND person=?2", "i", person);
}
