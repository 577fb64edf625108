/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-content.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-rows.h"
#include "model/hotlist.h"
#include <string.h>

/* ---- Notices ---- */

static bool case_read(struct db_rows *row, void *into)
{
    struct notice_case *out = into;

    db_copy_text(row, 0, out->id, sizeof out->id);
    db_copy_text(row, 1, out->state, sizeof out->state);
    db_copy_text(row, 2, out->value, sizeof out->value);
    out->urgent = db_col_int(row, 3) != 0;
    out->ends = db_col_int(row, 4);
    db_copy_text(row, 5, out->author, sizeof out->author);
    out->made_ms = db_col_int(row, 6);
    db_copy_text(row, 7, out->approved_by, sizeof out->approved_by);
    db_copy_text(row, 8, out->withdrawn_by, sizeof out->withdrawn_by);
    return db_col_len(row, 2) < sizeof out->value;
}

bool db_notice_case_find(struct db *db, const char *id, struct notice_case *out, bool *found, GError **error)
{
    static const struct db_reader CASE = {case_read, sizeof *out, "a notice"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, state, value, urgent, ends, author, made_ms, approved_by, withdrawn_by FROM notice_case"
                             " WHERE community=?1 AND id=?2",
                             "s", id),
                    &CASE, out, found, error);
}

bool db_notice_case_add(struct db *db, const struct notice_case *notice, GError **error)
{
    return db_run(db, error, "INSERT INTO notice_case VALUES(?1,?2,'DRAFT',?3,?4,?5,?6,?7,'',0,'',0,'')", "ssiisi", notice->id,
                  notice->value, (int64_t)notice->urgent, notice->ends, notice->author, notice->made_ms);
}

bool db_notice_case_approve(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE notice_case SET state='PUBLISHED', approved_by=?3, approved_ms=?4 WHERE community=?1 AND id=?2 AND"
                  " state='DRAFT'",
                  "ssi", id, by, now_ms) &&
           db_run(db, error,
                  "INSERT INTO notice(community, id, value) SELECT community, id, value FROM notice_case WHERE community=?1 AND id=?2 AND"
                  " state='PUBLISHED' ON CONFLICT(community, id) DO UPDATE SET value=excluded.value",
                  "s", id);
}

bool db_notice_case_withdraw(struct db *db, const char *id, const char *by, const char *reason, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO notice_case SELECT community, id, 'WITHDRAWN', value, 0, 0, '-', ?4, '', 0, ?3, ?4, ?5 FROM notice"
                  " WHERE community=?1 AND id=?2 ON CONFLICT(community, id) DO NOTHING",
                  "ssis", id, by, now_ms, reason) &&
           db_run(db, error,
                  "UPDATE notice_case SET state='WITHDRAWN', withdrawn_by=?3, withdrawn_ms=?4, reason=?5 WHERE community=?1 AND"
                  " id=?2 AND state<>'WITHDRAWN'",
                  "ssis", id, by, now_ms, reason);
}

bool db_notice_value(struct db *db, const char *id, char **out, GError **error)
{
    return db_text(db, error, out, "SELECT value FROM notice WHERE community=?1 AND id=?2", "s", id);
}

bool db_notice_delete(struct db *db, const char *id, GError **error)
{
    return db_run(db, error, "DELETE FROM notice WHERE community=?1 AND id=?2", "s", id);
}

json_t *db_notice_list(struct db *db, bool all, GError **error)
{
    struct db_rows *rows = db_query(db, error,
                                    "SELECT n.id, n.state, n.value, n.author, n.approved_by, n.withdrawn_by, n.reason, n.made_ms,"
                                    " (SELECT coalesce(sum(c.n),0) FROM notice_count c WHERE c.community=?1 AND c.notice=n.id) AS opened,"
                                    " (SELECT count(*) FROM notice_read r WHERE r.community=?1 AND r.notice=n.id) AS readers"
                                    " FROM (SELECT community, id, state, value, author, approved_by, withdrawn_by, reason, made_ms FROM"
                                    " notice_case UNION ALL SELECT o.community, o.id, 'PUBLISHED', o.value, '-', '-', '', '', 0 FROM"
                                    " notice o WHERE NOT EXISTS (SELECT 1 FROM notice_case k WHERE k.community=o.community AND k.id=o.id)) n"
                                    " WHERE n.community=?1 AND (?2=1 OR n.state<>'WITHDRAWN') ORDER BY n.made_ms DESC, n.id",
                                    "i", (int64_t)all);
    json_t *out = json_array();

    if (!db_rows_json(db, rows, NULL, out, error))
        g_clear_pointer(&out, json_decref);
    return out;
}

bool db_notice_opened(struct db *db, const char *notice, const char *kiosk, int64_t n, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO notice_count VALUES(?1,?2,?3,?4) ON CONFLICT(community, notice, kiosk) DO UPDATE SET"
                  " n=notice_count.n+excluded.n",
                  "ssi", notice, kiosk, n);
}

bool db_notice_own_room(struct db *db, const char *name, const char *kiosk, int64_t max, bool *out, GError **error)
{
    int64_t others = 0;
    bool ok = db_int(db, error, -1, &others,
                     "SELECT CASE WHEN EXISTS(SELECT 1 FROM notice_count WHERE community=?1 AND notice=?3 AND kiosk=?2) THEN 0 ELSE"
                     " (SELECT count(*) FROM notice_count WHERE community=?1 AND kiosk=?2 AND substr(notice,1,6)='" NOTICE_OWN "') END",
                     "ss", kiosk, name);

    *out = ok && others < max;
    return ok;
}

json_t *db_notice_counts(struct db *db, GError **error)
{
    struct db_rows *rows = db_query(db, error,
                                    "SELECT s.notice, coalesce(k.value,'') AS value, s.n FROM (SELECT c.notice, coalesce(sum(c.n),0) AS n FROM"
                                    " notice_count c WHERE c.community=?1 GROUP BY c.notice) s LEFT JOIN notice_case k ON k.community=?1 AND"
                                    " k.id=s.notice ORDER BY s.n DESC, s.notice",
                                    "");
    json_t *out = json_array();

    if (!db_rows_json(db, rows, NULL, out, error))
        g_clear_pointer(&out, json_decref);
    return out;
}

bool db_notice_reader(struct db *db, const char *notice, const char *reader, const char *kiosk, int64_t at_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO notice_read VALUES(?1,?2,?3,?4,?5) ON CONFLICT(community, notice, reader) DO NOTHING", "sssi",
                  notice, reader, kiosk, at_ms);
}

/* ---- Cards ---- */

static bool report_read(struct db_rows *row, void *into)
{
    struct card_report *out = into;

    db_copy_text(row, 0, out->id, sizeof out->id);
    db_copy_text(row, 1, out->token, sizeof out->token);
    db_copy_text(row, 2, out->what, sizeof out->what);
    db_copy_text(row, 3, out->kiosk, sizeof out->kiosk);
    db_copy_text(row, 4, out->staff_a, sizeof out->staff_a);
    db_copy_text(row, 5, out->staff_b, sizeof out->staff_b);
    out->at_ms = db_col_int(row, 6);
    out->version = db_col_int(row, 7);
    return true;
}

bool db_card_report_find(struct db *db, const char *id, struct card_report *out, bool *found, GError **error)
{
    static const struct db_reader REPORT = {report_read, sizeof *out, "what was said of a card"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, token, what, kiosk, staff_a, staff_b, at_ms, hotlist_version FROM card_report WHERE"
                             " community=?1 AND id=?2",
                             "s", id),
                    &REPORT, out, found, error);
}

bool db_card_report_add(struct db *db, const struct card_report *r, GError **error)
{
    return db_run(db, error, "INSERT INTO card_report VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)", "ssssssii", r->id, r->token, r->what,
                  r->kiosk, r->staff_a, r->staff_b, r->at_ms, r->version);
}

struct seen {
    char state[16];
    int64_t class, valid_from, valid_to;
};

static bool seen_read(struct db_rows *row, void *into)
{
    struct seen *out = into;

    db_copy_text(row, 0, out->state, sizeof out->state);
    out->class = db_col_int(row, 1);
    out->valid_from = db_col_int(row, 2);
    out->valid_to = db_col_int(row, 3);
    return true;
}

json_t *db_card_seen(struct db *db, const char *token, GError **error)
{
    static const struct db_reader SEEN = {seen_read, sizeof(struct seen), "a card"};
    struct seen seen;
    bool found = false, listed = false;

    if (!db_first(db, db_query(db, error, "SELECT " DB_CARD_STATE("card") ", class, valid_from, valid_to FROM card WHERE community=?1 AND token=?2", "s", token),
                  &SEEN, &seen, &found, error) ||
        !found || !db_card_listed_at(db, token, G_MAXINT64, &listed, error))
        return NULL;
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "card_token", token, "state", seen.state, "class", (json_int_t)seen.class,
                     "valid_from", (json_int_t)seen.valid_from, "valid_to", (json_int_t)seen.valid_to, "listed", listed);
}
