/* SPDX-License-Identifier: Apache-2.0 */
/* What kiosks are told of a card's credit, attendances, and what must hold of the books. */
#include "platform/db-credit.h"
#include "platform/db-rows.h"
#include "model/model.h"
#include <string.h>

#define OVERDUE_MS (2 * 3600 * INT64_C(1000))

/* ---- Snapshot ---- */

static bool books_load(struct db *db, const char *account, int64_t now_ms, struct balance *out, bool *known, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT book, sum(amount), 0, 0 FROM credit_entry WHERE community=?1 AND account=?2 GROUP BY"
                                  " book UNION ALL SELECT book, 0, sum(amount), max(expires_ms) FROM credit_hold WHERE community=?1 AND"
                                  " account=?2 AND state='HELD' AND expires_ms>?3 GROUP BY book",
                                  "si", account, now_ms);
    enum book book;
    int step = -1;

    while (stmt != NULL && (step = db_next(db, stmt, error)) == 1) {
        if (!book_parse(db_col_text(stmt, 0), &book))
            continue;
        out->books[book].balance += db_col_int(stmt, 1);
        out->books[book].held += db_col_int(stmt, 2);
        out->books[book].held_until_ms = MAX(out->books[book].held_until_ms, db_col_int(stmt, 3));
        *known = true;
    }
    return step == 0;
}

static bool lots_load(struct db *db, const char *account, struct balance *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT book, expires_on, sum(remaining) FROM credit_lot WHERE community=?1 AND"
                                  " account=?2 AND remaining>0 GROUP BY book, expires_on ORDER BY expires_on=0, expires_on",
                                  "s", account);
    enum book book;
    int step = -1;

    while (stmt != NULL && (step = db_next(db, stmt, error)) == 1)
        if (book_parse(db_col_text(stmt, 0), &book))
            balance_add_lot(out, book, (uint32_t)db_col_int(stmt, 1), db_col_int(stmt, 2));
    return step == 0;
}

/* Events are taken in their order, so that all of a kiosk's up to its head are in the balance. */
static bool seen_load(struct db *db, const char *account, struct balance *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT k.id, k.head_seq FROM kiosk k WHERE k.community=?1 AND k.id IN (SELECT t.kiosk FROM"
                                  " credit_txn t JOIN credit_entry e ON e.community=t.community AND e.txn=t.id WHERE"
                                  " e.community=?1 AND e.account=?2 UNION SELECT kiosk FROM credit_hold WHERE community=?1 AND"
                                  " account=?2) ORDER BY k.seen_ms DESC LIMIT ?3",
                                  "si", account, (int64_t)BALANCE_SEEN_MAX);
    int step = -1;

    while (stmt != NULL && (step = db_next(db, stmt, error)) == 1) {
        db_copy_text(stmt, 0, out->seen[out->seen_count].kiosk, sizeof out->seen[0].kiosk);
        out->seen[out->seen_count++].seq = db_col_int(stmt, 1);
    }
    return step == 0;
}

bool db_credit_snapshot(struct db *db, const char *token, int64_t now_ms, struct balance *out, bool *known, GError **error)
{
    g_autofree char *account = g_strconcat("person:", token, NULL);
    struct credit_person person;

    memset(out, 0, sizeof *out);
    *known = false;
    if (!db_credit_person(db, token, &person, error) || !books_load(db, account, now_ms, out, known, error))
        return false;
    g_strlcpy(out->token, token, sizeof out->token);
    out->asof_ms = now_ms;
    out->age = person.found ? age_on(person.birth, date_of_ms(now_ms)) : -1;
    out->hardship = person.hardship;
    out->frozen = person.frozen;
    out->stars = person.stars;
    return lots_load(db, account, out, error) && seen_load(db, account, out, error);
}

/* ---- Attendance ---- */

static bool attendance_read(struct db_rows *stmt, void *into)
{
    struct attendance_row *out = into;

    db_copy_text(stmt, 0, out->kiosk, sizeof out->kiosk);
    db_copy_text(stmt, 1, out->token, sizeof out->token);
    db_copy_text(stmt, 2, out->slot, sizeof out->slot);
    out->times.slot_start_ms = db_col_int(stmt, 3);
    out->times.slot_end_ms = db_col_int(stmt, 4);
    out->times.in_ms = db_col_int(stmt, 5);
    out->times.out_ms = db_col_int(stmt, 6);
    out->minutes = db_col_int(stmt, 7);
    out->public_until = (uint32_t)db_col_int(stmt, 9);
    db_copy_text(stmt, 10, out->id, sizeof out->id);
    return attendance_state_parse(db_col_text(stmt, 8), &out->times.state);
}

bool db_attendance_find(struct db *db, const char *id, struct attendance_row *out, bool *found, GError **error)
{
    static const struct db_reader ATTENDANCE = {attendance_read, sizeof *out, "an attendance"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT kiosk, token, slot, slot_start_ms, slot_end_ms, in_ms, out_ms, minutes, state,"
                             " public_until, id FROM attendance WHERE community=?1 AND id=?2",
                             "s", id),
                    &ATTENDANCE, out, found, error);
}

bool db_attendance_put(struct db *db, const struct attendance_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO attendance VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT(community, id) DO UPDATE"
                  " SET out_ms=excluded.out_ms, minutes=excluded.minutes, state=excluded.state,"
                  " public_until=excluded.public_until",
                  "ssssiiiiisi", row->id, row->kiosk, row->token, row->slot, row->times.slot_start_ms,
                  row->times.slot_end_ms, row->times.in_ms, row->times.out_ms, row->minutes,
                  attendance_state_name(row->times.state), (int64_t)row->public_until);
}

/* VR-4: while a second tap is missing, up to the slot's end. */
bool db_attendance_overlaps(struct db *db, const struct attendance_row *row, bool *overlaps, GError **error)
{
    int64_t end_ms = row->times.out_ms != 0 ? row->times.out_ms : row->times.slot_end_ms, count = 0;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2 AND id<>?3 AND state<>'REJECTED' AND"
                     " in_ms<?5 AND iif(out_ms=0,slot_end_ms,out_ms)>?4",
                     "ssii", row->token, row->id, row->times.in_ms, end_ms);

    *overlaps = count > 0;
    return ok;
}

bool db_attendance_minutes(struct db *db, const char *token, int64_t from_ms, int64_t to_ms, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT sum(minutes) FROM attendance WHERE community=?1 AND token=?2 AND in_ms>=?3 AND in_ms<?4 AND state IN"
                  " ('CONFIRMED','PUBLIC','POSTED')",
                  "sii", token, from_ms, to_ms);
}

GPtrArray *db_attendance_due(struct db *db, enum attendance_state state, uint32_t today, int64_t now_ms, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM attendance WHERE community=?1 AND state=?2 AND iif(state='PUBLIC',"
                             " public_until<=?3, slot_end_ms<=?4) ORDER BY id",
                             "sii", attendance_state_name(state), (int64_t)today, now_ms - OVERDUE_MS),
                    error);
}

/* ---- What must hold ---- */

/* Each finds what breaks it. Statements are kept by their address: a table of literals. */
static const struct {
    const char *what, *sql;
} RULES[] = {
    {"a book of a transaction does not sum to zero",
     "SELECT txn FROM book_entry WHERE community=?1 GROUP BY txn, book HAVING sum(amount)<>0"},
    {"a transaction is open", "SELECT id FROM credit_txn WHERE community=?1 AND closed<>1"},
    {"a reversal is not exact",
     "SELECT r.id FROM credit_txn r JOIN credit_entry o ON o.community=r.community AND o.txn=r.reverses LEFT JOIN"
     " credit_entry e ON e.community=r.community AND e.txn=r.id AND e.book=o.book AND e.account=o.account WHERE"
     " r.community=?1 AND e.amount IS NOT -o.amount"},
    {"an account that may not owe is below zero",
     "SELECT account FROM credit_entry WHERE community=?1 AND (account GLOB 'team:*' OR account GLOB 'org:*' OR account GLOB"
     " 'donation:*' OR account GLOB 'redeemed:*' OR account GLOB 'expired:*') GROUP BY account, book HAVING sum(amount)<0"},
    {"a person is below zero that nothing put there",
     "SELECT e.account FROM credit_entry e WHERE e.community=?1 AND e.account GLOB 'person:*' GROUP BY e.account, e.book"
     " HAVING sum(e.amount)<0 AND NOT EXISTS (SELECT 1 FROM credit_entry x JOIN credit_txn t ON t.community=x.community AND"
     " t.id=x.txn WHERE x.community=?1 AND x.account=e.account AND x.book=e.book AND x.amount<0 AND (t.type IN"
     " ('REVERSE','ADJUST') OR t.flags&8))"},
    {"lots are not the balance",
     "SELECT account FROM (SELECT account, book, sum(amount) AS held FROM credit_entry WHERE community=?1 AND account GLOB"
     " 'person:*' AND book IN ('POINTS','COIN') GROUP BY account, book) b WHERE max(held,0)<>(SELECT ifnull(sum(remaining),0)"
     " FROM credit_lot l WHERE l.community=?1 AND l.account=b.account AND l.book=b.book)"},
    {"a lot's uses are not what is gone from it",
     "SELECT id FROM credit_lot l WHERE community=?1 AND amount-remaining<>(SELECT ifnull(sum(u.amount),0) FROM"
     " credit_lot_use u WHERE u.community=?1 AND u.account=l.account AND u.book=l.book AND u.lot=l.id)"},
    {"a hold was captured by nothing, or by another sum",
     "SELECT h.id FROM credit_hold h WHERE community=?1 AND h.captured<>(SELECT ifnull(sum(-e.amount),0) FROM credit_txn t JOIN"
     " credit_entry e ON e.community=t.community AND e.txn=t.id AND e.amount<0 WHERE t.community=?1 AND t.hold=h.id AND"
     " t.hold<>'')"},
    {"a kiosk spent beyond its quota",
     "SELECT q.kiosk FROM quota_issue q, json_each(q.payload,'$.quotas') j WHERE q.community=?1 AND"
     " json_extract(j.value,'$.subject')='kiosk' AND json_extract(j.value,'$.limit')<(SELECT ifnull(sum(-e.amount),0) FROM"
     " credit_txn t JOIN credit_entry e ON e.community=t.community AND e.txn=t.id AND e.amount<0 WHERE t.community=?1 AND"
     " t.kiosk=q.kiosk AND t.quota=q.version AND t.quota<>0 AND e.book=json_extract(j.value,'$.book') AND NOT EXISTS (SELECT 1 FROM"
     " credit_txn r WHERE r.community=?1 AND r.reverses=t.id))"},
    {"two attendances of a card share a time",
     "SELECT a.id FROM attendance a JOIN attendance b ON b.community=a.community AND b.token=a.token AND b.id>a.id WHERE"
     " a.community=?1 AND a.state<>'REJECTED' AND b.state<>'REJECTED' AND a.out_ms>0 AND b.out_ms>0 AND a.in_ms<b.out_ms AND"
     " b.in_ms<a.out_ms"},
};

char *db_credit_broken(struct db *db, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(RULES); i++) {
        g_autofree char *who = NULL;
        GError *why = NULL;
        if (!db_text(db, &why, &who, RULES[i].sql, "")) {
            g_propagate_error(error, why);
            return NULL;
        }
        if (who != NULL)
            return g_strdup_printf("%s (%s)", RULES[i].what, who);
    }
    return NULL;
}

/* ---- Report ---- */

json_t *db_credit_report(struct db *db, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT json_object('accounts', (SELECT json_group_array(json_object('book', book, 'account',"
                                  " account, 'balance', held)) FROM (SELECT book, account, sum(amount) AS held FROM"
                                  " book_entry WHERE community=?1 GROUP BY book, account ORDER BY book, account)),"
                                  " 'transactions', (SELECT json_group_array(json_object('id', id, 'type', type, 'kiosk',"
                                  " kiosk, 'ref', ref, 'reverses', reverses, 'quota', quota, 'flags', flags)) FROM (SELECT *"
                                  " FROM credit_txn WHERE community=?1 ORDER BY posted_ms, id)))",
                                  "");
    json_t *report = NULL;

    if (stmt == NULL || db_next(db, stmt, error) != 1)
        return NULL;
    report = json_loads(db_col_text(stmt, 0), 0, NULL);
    db_done(stmt);
    if (report == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the books cannot be written as JSON");
    return report;
}
