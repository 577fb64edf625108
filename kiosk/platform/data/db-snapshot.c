/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot of a person shows, member by member; masked here, so that a kiosk gets no more than a screen may show (PV-1). */
#include "platform/data/db-persons.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-rows.h"
#include "model/model.h"

static json_t *rows_of(struct db *db, struct db_rows *stmt, GError **error)
{
    json_t *rows = json_array();

    if (!db_rows_json(db, stmt, NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

char *db_person_name(struct db *db, int64_t person, GError **error)
{
    struct db_rows *stmt = db_query(db, error, "SELECT name FROM person WHERE community=?1 AND id=?2", "i", person);
    char key[24], *name = NULL;

    if (stmt == NULL || db_next(db, stmt, error) != 1)
        return NULL;
    if (!db_col_unsealed(db, stmt, 0, "person.name", db_key(person, key), &name, error))
        g_clear_pointer(&name, db_secret_free);
    db_done(stmt);
    return name;
}

json_t *db_snapshot_name(struct db *db, int64_t person, GError **error)
{
    char *name = db_person_name(db, person, error);
    g_autofree char *masked = name != NULL ? mask_name(name) : NULL;

    db_secret_free(name);
    return masked != NULL ? json_string(masked) : NULL;
}

json_t *db_snapshot_card(struct db *db, const char *token, GError **error)
{
    struct db_rows *stmt =
        db_query(db, error, "SELECT number, " DB_CARD_STATE("card") ", valid_to FROM card WHERE community=?1 AND token=?2", "s", token);
    char *number = NULL;
    json_t *out = NULL;

    if (stmt == NULL || db_next(db, stmt, error) != 1)
        return NULL;
    if (db_col_unsealed(db, stmt, 0, "card.number", token, &number, error))
        out = json_pack("{s:s, s:s, s:I}", "last4", db_last4(number), "state", db_col_text(stmt, 1), "valid_to",
                        (json_int_t)db_col_int(stmt, 2));
    db_secret_free(number);
    db_done(stmt);
    return out;
}

json_t *db_snapshot_holds(struct db *db, const char *token, int64_t now_ms, int64_t limit, GError **error)
{
    g_autofree char *account = g_strconcat("person:", token, NULL);

    return rows_of(db,
                   db_query(db, error,
                            "SELECT id, book, amount, expires_ms FROM credit_hold WHERE community=?1 AND account=?2 AND"
                            " state='HELD' AND expires_ms>?3 ORDER BY expires_ms, id LIMIT ?4",
                            "sii", account, now_ms, limit),
                   error);
}

json_t *db_snapshot_bills(struct db *db, const char *token, int64_t limit, GError **error)
{
    return rows_of(db,
                   db_query(db, error,
                            "SELECT b.id, r.kind, r.name_zh, r.name_en, b.period, b.amount_fen, b.due, b.state FROM bill b"
                            " JOIN biller r ON r.community=b.community AND r.id=b.biller WHERE b.community=?1 AND b.card=?2 AND"
                            " b.state IN ('UNPAID','PAYING','UNKNOWN') ORDER BY b.due, b.id LIMIT ?3",
                            "si", token, limit),
                   error);
}

json_t *db_snapshot_attendance(struct db *db, const char *token, int64_t limit, GError **error)
{
    return rows_of(db,
                   db_query(db, error,
                            "SELECT id, slot, in_ms, out_ms, minutes, state FROM attendance WHERE community=?1 AND token=?2"
                            " ORDER BY in_ms DESC, id LIMIT ?3",
                            "si", token, limit),
                   error);
}

/* What hours came of; those of taps stand with the attendances, with what they are now. */
#define HOURS_OF                                                                                                                      \
    "CASE WHEN e.book<>'HOURS' OR t.type<>'EARN' THEN '' WHEN t.staff_a<>'' THEN 'paper' WHEN NOT EXISTS (SELECT 1 FROM attendance a"   \
    " WHERE a.community=?1 AND a.id=t.ref) THEN 'other' WHEN EXISTS (SELECT 1 FROM credit_txn o JOIN credit_txn u ON"                   \
    " u.community=o.community AND u.reverses=o.id WHERE o.community=?1 AND o.ref=t.ref AND o.ref<>'' AND o.id<t.id) THEN 'corrected'"   \
    " ELSE 'taps' END"

json_t *db_snapshot_entries(struct db *db, const char *token, const struct entry_place *before, int64_t limit, GError **error)
{
    g_autofree char *account = g_strconcat("person:", token, NULL);

    /* What cards had in whose place it stands is its history; that it came from there is none. */
    return rows_of(db,
                   db_query(db, error,
                            "SELECT t.at_ms, t.id AS txn, e.line, t.type, e.book, e.amount, " HOURS_OF " AS hours FROM credit_entry e JOIN credit_txn t"
                            " ON t.community=e.community AND t.id=e.txn WHERE e.community=?1 AND e.account IN (SELECT ?2 UNION ALL SELECT"
                            " 'person:'||n.card FROM card_line n WHERE n.community=?1 AND n.current=?7) AND t.type<>'MOVE' AND"
                            " (t.at_ms<?3 OR"
                            " (t.at_ms=?3 AND (t.id<?4 OR (t.id=?4 AND e.line<?5)))) ORDER BY t.at_ms DESC, t.id DESC,"
                            " e.line DESC LIMIT ?6",
                            "sisiis", account, before->at_ms, before->txn, before->line, limit, token),
                   error);
}

/* ---- Accounts with billers ---- */

#define ACCOUNTS_MAX 20

/* What bills say of an account: the same index is the same account. One row for each. */
static json_t *account_of(struct db *db, struct db_rows *row, GError **error)
{
    char *account = NULL;
    json_t *out = NULL;

    if (db_col_unsealed(db, row, 4, "bill.account_no", db_col_text(row, 3), &account, error))
        out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "biller", db_col_text(row, 0), "kind", db_col_text(row, 1), "name_zh",
                        db_col_text(row, 2), "name_en", db_col_text(row, 7), "account_masked", db_last4(account), "unpaid",
                        (json_int_t)db_col_int(row, 5), "unpaid_fen", (json_int_t)db_col_int(row, 6));
    db_secret_free(account);
    return out;
}

json_t *db_snapshot_accounts(struct db *db, const char *token, GError **error)
{
    struct db_rows *rows =
        db_query(db, error,
                 "SELECT r.id, r.kind, r.name_zh, b.id, b.account_no, a.unpaid, a.unpaid_fen, r.name_en FROM (SELECT biller,"
                 " account_index, max(id) AS newest, sum(CASE WHEN state='UNPAID' THEN 1 ELSE 0 END) AS unpaid, sum(CASE WHEN"
                 " state='UNPAID' THEN amount_fen ELSE 0 END) AS unpaid_fen FROM bill WHERE community=?1 AND card=?2 GROUP BY biller,"
                 " account_index) a JOIN bill b ON b.community=?1 AND b.id=a.newest JOIN biller r ON r.community=?1 AND r.id=a.biller"
                 " ORDER BY r.id, b.id LIMIT ?3",
                 "si", token, (int64_t)ACCOUNTS_MAX);
    json_t *out = json_array(), *one;
    int step = rows == NULL ? -1 : 1;

    while (step > 0 && (step = db_next(db, rows, error)) > 0) {
        one = account_of(db, rows, error);
        if (one == NULL || json_array_append_new(out, one) != 0) {
            db_done(rows);
            step = -1;
        }
    }
    if (step < 0)
        g_clear_pointer(&out, json_decref);
    return out;
}
