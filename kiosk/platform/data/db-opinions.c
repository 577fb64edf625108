/* SPDX-License-Identifier: Apache-2.0 */
/* What residents say to the committee, and what it answers. The words lie sealed. */
#include "platform/data/db-topics.h"
#include "platform/data/db-rows.h"

#define PLACE "opinion.words"

bool db_opinion_add(struct db *db, const struct opinion_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO opinion(community, id, theme, words, card, kiosk, at_ms, answer, staff, answered_ms, topic)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,'','',0,'')",
                  "sspssi", row->id, row->theme, PLACE, row->id, row->words, row->card, row->kiosk, row->at_ms);
}

bool db_opinion_has(struct db *db, const char *id, bool *has, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, "SELECT count(*) FROM opinion WHERE community=?1 AND id=?2", "s", id);

    *has = count > 0;
    return ok;
}

bool db_opinion_answer(struct db *db, const char *id, const char *answer, const char *staff, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE opinion SET answer=?3, staff=?4, answered_ms=?5 WHERE community=?1 AND id=?2 AND answered_ms=0", "sssi", id,
                  answer, staff, now_ms);
}

bool db_opinion_link(struct db *db, const char *id, const char *topic, GError **error)
{
    return db_run(db, error, "UPDATE opinion SET topic=?3 WHERE community=?1 AND id=?2", "ss", id, topic);
}

json_t *db_opinions(struct db *db, bool all, GError **error)
{
    static const struct db_sealed SEALED = {.member = "words", .place = PLACE, .key = "id"};
    json_t *rows = json_array();
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT id, theme, words, at_ms, answer, answered_ms, staff, topic, CASE WHEN card='' THEN 0 ELSE 1 END AS named"
                                    " FROM opinion WHERE community=?1 AND (?2=1 OR answered_ms=0) ORDER BY at_ms, id LIMIT 500",
                                    "i", (int64_t)all);

    if (!db_rows_json(db, stmt, &SEALED, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

bool db_opinions_erase(struct db *db, const char *card, GError **error)
{
    g_autoptr(GPtrArray) ids = db_texts(db, db_query(db, error, "SELECT id FROM opinion WHERE community=?1 AND card=?2 AND card<>''", "s", card), error);
    bool ok = ids != NULL;

    for (guint i = 0; ok && i < ids->len; i++) {
        const char *id = g_ptr_array_index(ids, i);
        ok = db_run(db, error, "UPDATE opinion SET words=?3, card='' WHERE community=?1 AND id=?2", "sp", id, PLACE, id, "");
    }
    return ok;
}
