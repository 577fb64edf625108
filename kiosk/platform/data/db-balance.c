/* SPDX-License-Identifier: Apache-2.0 */
/* What kiosks are told of a card's credit, attendances, and what must hold of the books. */
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
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
                                  " e.community=?1 AND e.account=?2 UNION SELECT kiosk FROM credit_hold INDEXED BY credit_hold_account WHERE community=?1 AND"
                                  " account=?2) ORDER BY k.seen_ms DESC NULLS LAST, k.id LIMIT ?3",
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

static bool attendance_find(struct db *db, const char *id, struct attendance_row *out, bool *found, GError **error)
{
    static const struct db_reader ATTENDANCE = {attendance_read, sizeof *out, "an attendance"};

    db_rests(db, "attendance", id);
    return db_first(db,
                    db_query(db, error,
                             "SELECT kiosk, token, slot, slot_start_ms, slot_end_ms, in_ms, out_ms, minutes, state,"
                             " public_until, id FROM attendance WHERE community=?1 AND id=coalesce((SELECT a.attendance FROM attendance_also a"
                             " WHERE a.community=?1 AND a.id=?2), ?2)",
                             "s", id),
                    &ATTENDANCE, out, found, error);
}

/* An answer that was asked ahead rests on the id that it was asked by: when the row has another one, it is asked anew. */
bool db_attendance_find(struct db *db, const char *id, struct attendance_row *out, bool *found, GError **error)
{
    if (!attendance_find(db, id, out, found, error))
        return false;
    if (!*found || strcmp(out->id, id) == 0 || !db_asks(db))
        return true;
    db_forget(db, "attendance", id);
    return attendance_find(db, id, out, found, error);
}

bool db_attendance_begun(struct db *db, const struct attendance_row *row, char **id, GError **error)
{
    db_rests(db, "attended", row->token);
    return db_text(db, error, id,
                   "SELECT a.id FROM attendance a WHERE a.community=?1 AND a.token=?2 AND a.kiosk=?3 AND a.slot=?4 AND a.slot_start_ms=?5 AND"
                   " a.slot_end_ms=?6 AND a.state='IN' AND a.in_ms<=?7 AND EXISTS (SELECT 1 FROM card_replacement r WHERE r.community=?1 AND"
                   " r.successor=?2 AND r.at_ms>=a.in_ms) ORDER BY a.in_ms LIMIT 1",
                   "sssiii", row->token, row->kiosk, row->slot, row->times.slot_start_ms, row->times.slot_end_ms, row->times.in_ms);
}

bool db_attendance_also(struct db *db, const char *id, const char *attendance, GError **error)
{
    return db_run(db, error, "INSERT INTO attendance_also VALUES(?1,?2,?3)", "ss", id, attendance);
}

bool db_attendance_last_id(struct db *db, const char *attendance, char **id, GError **error)
{
    return db_text(db, error, id, "SELECT id FROM attendance_also WHERE community=?1 AND attendance=?2 ORDER BY id DESC LIMIT 1", "s",
                   attendance);
}

bool db_attendance_put(struct db *db, const struct attendance_row *row, GError **error)
{
    static const struct db_later ATTENDANCE = {
        .sql = "INSERT INTO attendance VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT(community, id) DO UPDATE"
               " SET out_ms=excluded.out_ms, minutes=excluded.minutes, state=excluded.state,"
               " public_until=excluded.public_until",
        .rank = LATER_ATTENDANCE,
        .keys = 1};

    db_touches(db, "attendance", row->id);
    db_touches(db, "attended", row->token);
    return db_run_later(db, error, &ATTENDANCE, "ssssiiiiisi", row->id, row->kiosk, row->token, row->slot, row->times.slot_start_ms,
                  row->times.slot_end_ms, row->times.in_ms, row->times.out_ms, row->minutes,
                  attendance_state_name(row->times.state), (int64_t)row->public_until);
}

/* VR-4: while a second tap is missing, up to the slot's end. */
bool db_attendance_overlaps(struct db *db, const struct attendance_row *row, bool *overlaps, GError **error)
{
    int64_t end_ms = row->times.out_ms != 0 ? row->times.out_ms : row->times.slot_end_ms, count = 0;

    db_rests(db, "attended", row->token);
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2 AND id<>?3 AND state<>'REJECTED' AND"
                     " in_ms<?5 AND CASE WHEN out_ms=0 THEN slot_end_ms ELSE out_ms END>?4",
                     "ssii", row->token, row->id, row->times.in_ms, end_ms);

    *overlaps = count > 0;
    return ok;
}

bool db_attendance_minutes(struct db *db, const char *token, int64_t from_ms, int64_t to_ms, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT sum(minutes) FROM attendance WHERE community=?1 AND token=?2 AND in_ms>=?3 AND in_ms<?4 AND state IN"
                  " ('CONFIRMED','PUBLIC','POSTED','DISPUTED','CORRECTED')",
                  "sii", token, from_ms, to_ms);
}

bool db_attendance_disputed(struct db *db, const char *token, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out, "SELECT sum(minutes) FROM attendance WHERE community=?1 AND token=?2 AND state='DISPUTED'", "s", token);
}

GPtrArray *db_attendance_due(struct db *db, enum attendance_state state, uint32_t today, int64_t now_ms, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM attendance WHERE community=?1 AND state=?2 AND state IN ('IN','PUBLIC') AND CASE WHEN state='PUBLIC'"
                             " THEN public_until<=?3 ELSE slot_end_ms<=?4 END ORDER BY id",
                             "sii", attendance_state_name(state), (int64_t)today, now_ms - OVERDUE_MS),
                    error);
}

/* ---- What must hold ---- */

/* Accounts "prefix:…", as a range of the index: ';' comes after ':'. */
#define UNDER(COLUMN, PREFIX) COLUMN ">='" PREFIX ":' AND " COLUMN "<'" PREFIX ";'"

/* The account that stands for this entry's now. */
#define NOW(E) \
    "coalesce((SELECT 'person:'||n.current FROM card_line n WHERE n.community=?1 AND 'person:'||n.card=" E ".account)," E ".account)"

/* Each finds what breaks it. Statements are kept by their address: a table of literals. */
static const struct {
    const char *what, *sql;
} RULES[] = {
    {"a book of a transaction does not sum to zero",
     "SELECT txn FROM book_entry WHERE community=?1 GROUP BY txn, book HAVING sum(amount)<>0"},
    {"a transaction is open", "SELECT id FROM credit_txn WHERE community=?1 AND closed<>1"},
    {"a reversal is not exact",
     "SELECT r.id FROM credit_txn r JOIN credit_entry o ON o.community=r.community AND o.txn=r.reverses LEFT JOIN"
     " credit_entry e ON e.community=r.community AND e.txn=r.id AND e.book=o.book AND " NOW("e") "=" NOW("o") " WHERE"
     " r.community=?1 AND e.amount IS DISTINCT FROM -o.amount"},
    {"a move is not from a card to the one in its place",
     "SELECT t.id FROM credit_txn t WHERE t.community=?1 AND t.type='MOVE' AND NOT EXISTS (SELECT 1 FROM card_replacement r WHERE"
     " r.community=?1 AND r.txn=t.id AND NOT EXISTS (SELECT 1 FROM credit_entry e WHERE e.community=?1 AND e.txn=t.id AND"
     " e.account NOT IN ('person:'||r.card, 'person:'||r.successor)))"},
    {"a card that was replaced has credit",
     "SELECT e.account FROM card_line n JOIN credit_entry e ON e.community=n.community AND e.account='person:'||n.card WHERE"
     " n.community=?1 GROUP BY e.account, e.book HAVING sum(e.amount)<>0"},
    {"a card that was replaced has a hold",
     "SELECT h.id FROM card_line n JOIN credit_hold h ON h.community=n.community AND h.account='person:'||n.card WHERE n.community=?1"},
    {"a card that was replaced has an attendance",
     "SELECT a.id FROM card_line n JOIN attendance a ON a.community=n.community AND a.token=n.card WHERE n.community=?1"},
    {"an account that may not owe is below zero",
     "SELECT account FROM credit_entry WHERE community=?1 AND (" UNDER("account", "team") " OR " UNDER("account", "org") " OR"
     " " UNDER("account", "donation") " OR " UNDER("account", "redeemed") " OR " UNDER("account", "expired") ")"
     " GROUP BY account, book HAVING sum(amount)<0"},
    {"a person is below zero that nothing put there",
     "SELECT e.account FROM credit_entry e WHERE e.community=?1 AND " UNDER("e.account", "person")
     " GROUP BY e.account, e.book HAVING sum(e.amount)<0 AND NOT EXISTS (SELECT 1 FROM credit_entry x JOIN credit_txn t ON"
     " t.community=x.community AND t.id=x.txn WHERE x.community=?1 AND x.account=e.account AND x.book=e.book AND x.amount<0 AND"
     " (t.type IN ('REVERSE','ADJUST') OR (t.flags&8)<>0))"},
    {"lots are not the balance",
     "SELECT account FROM (SELECT account, book, sum(amount) AS held FROM credit_entry WHERE community=?1 AND"
     " " UNDER("account", "person") " AND book IN ('POINTS','COIN') GROUP BY account, book) b"
     " WHERE CASE WHEN held>0 THEN held ELSE 0 END<>(SELECT coalesce(sum(remaining),0)"
     " FROM credit_lot l WHERE l.community=?1 AND l.account=b.account AND l.book=b.book)"},
    {"a lot's uses are not what is gone from it",
     "SELECT id FROM credit_lot l WHERE community=?1 AND amount-remaining<>(SELECT coalesce(sum(u.amount),0) FROM"
     " credit_lot_use u WHERE u.community=?1 AND u.account=l.account AND u.book=l.book AND u.lot=l.id)"},
    {"a hold was captured by nothing, or by another sum",
     "SELECT h.id FROM credit_hold h WHERE community=?1 AND h.captured<>(SELECT coalesce(sum(-e.amount),0) FROM credit_txn t JOIN"
     " credit_entry e ON e.community=t.community AND e.txn=t.id AND e.amount<0 WHERE t.community=?1 AND t.hold=h.id AND"
     " t.hold<>'')"},
    {"two attendances of a card share a time",
     "SELECT a.id FROM attendance a JOIN attendance b ON b.community=a.community AND b.token=a.token AND b.id>a.id WHERE"
     " a.community=?1 AND a.state<>'REJECTED' AND b.state<>'REJECTED' AND a.out_ms>0 AND b.out_ms>0 AND a.in_ms<b.out_ms AND"
     " b.in_ms<a.out_ms"},
};

/* A kiosk, a version of its quota, a book, and what was spent. */
static bool quota_broken(struct db *db, struct db_rows *spent, bool *broken, GError **error)
{
    struct quota_set set;
    enum book book;

    if (!book_parse(db_col_text(spent, 2), &book)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a ledger entry is damaged");
        return false;
    }
    if (!db_quota_find(db, db_col_text(spent, 0), db_col_int(spent, 1), &set, error))
        return false;
    for (size_t i = 0; i < set.count; i++)
        if (set.quotas[i].subject == QUOTA_KIOSK && set.quotas[i].book == book && set.quotas[i].limit < db_col_int(spent, 3))
            *broken = true;
    return true;
}

/* The kiosk that spent more under a quota than it says, without what was undone; g_free. */
static bool quotas_broken(struct db *db, char **who, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT t.kiosk, t.quota, e.book, sum(-e.amount) FROM credit_txn t CROSS JOIN credit_entry e WHERE"
                                    " t.community=?1 AND t.kiosk IS NOT NULL AND t.quota<>0 AND e.community=t.community AND"
                                    " e.txn=t.id AND e.amount<0 AND NOT EXISTS (SELECT 1 FROM credit_txn r WHERE r.community=?1"
                                    " AND r.reverses=t.id) GROUP BY t.kiosk, t.quota, e.book",
                                    "");
    bool good = stmt != NULL, broken = false;
    int step = -1;

    while (good && !broken && (step = db_next(db, stmt, error)) == 1) {
        good = quota_broken(db, stmt, &broken, error);
        *who = broken ? g_strdup(db_col_text(stmt, 0)) : NULL;
    }
    if (step == 1)
        db_done(stmt);
    return good && step >= 0;
}

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
    g_autofree char *kiosk = NULL;
    if (!quotas_broken(db, &kiosk, error) || kiosk == NULL)
        return NULL;
    return g_strdup_printf("a kiosk spent beyond its quota (%s)", kiosk);
}

/* ---- Report ---- */

json_t *db_credit_report(struct db *db, GError **error)
{
    json_t *accounts = json_array(), *transactions = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT book, account, sum(amount) AS balance FROM book_entry WHERE community=?1 GROUP BY book,"
                              " account ORDER BY book, account",
                              ""),
                     NULL, accounts, error) &&
        db_rows_json(db,
                     db_query(db, error,
                              "SELECT id, type, kiosk, ref, reverses, quota, flags FROM credit_txn WHERE community=?1"
                              " ORDER BY posted_ms, id",
                              ""),
                     NULL, transactions, error))
        return json_pack("{s:o, s:o}", "accounts", accounts, "transactions", transactions);
    json_decref(accounts);
    json_decref(transactions);
    return NULL;
}
