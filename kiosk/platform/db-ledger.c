/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/db-rows.h"
#include <string.h>

bool db_txn_add(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms,
                GError **error)
{
    return db_run(db, error, "INSERT INTO txn(community, id, payment, kind, at_ms) VALUES(?1,?2,?3,?4,?5)",
                  "sssi", id, payment, kind, at_ms);
}

bool db_entry_add(struct db *db, const char *txn, int64_t line, const char *account, int64_t amount_fen,
                  GError **error)
{
    return db_run(db, error, "INSERT INTO account VALUES(?1,?2) ON CONFLICT DO NOTHING", "s", account) &&
           db_run(db, error, "INSERT INTO entry VALUES(?1,?2,?3,?4,?5)", "sisi", txn, line, account,
                  amount_fen);
}

bool db_txn_close(struct db *db, const char *id, GError **error)
{
    return db_run(db, error, "UPDATE txn SET closed=1 WHERE community=?1 AND id=?2", "s", id);
}

static bool entry_read(struct db_rows *stmt, void *into)
{
    struct entry_row *out = into;

    out->amount_fen = db_col_int(stmt, 1);
    db_copy_text(stmt, 0, out->account, sizeof out->account);
    return true;
}

GArray *db_entries(struct db *db, const char *payment, GError **error)
{
    static const struct db_reader ENTRY = {entry_read, sizeof(struct entry_row), "a ledger entry"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT e.account, sum(e.amount_fen) FROM txn t JOIN entry e ON e.community=t.community AND"
                             " e.txn=t.id WHERE t.community=?1 AND t.payment=?2 GROUP BY e.account HAVING"
                             " sum(e.amount_fen)<>0 ORDER BY min(e.line), e.account",
                             "s", payment),
                    &ENTRY, error);
}

bool db_txn_count(struct db *db, const char *payment, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM txn WHERE community=?1 AND payment=?2", "s", payment);
}

/* ---- Report ---- */

/* Rows of a statement as objects by column name; names that end in "_json" hold JSON text. */
json_t *db_row_json(struct db_rows *stmt)
{
    json_t *row = json_object();

    for (int i = 0; i < db_col_count(stmt); i++) {
        const char *name = db_col_name(stmt, i);
        g_autofree char *key =
            g_str_has_suffix(name, "_json") ? g_strndup(name, strlen(name) - 5) : g_strdup(name);
        json_t *value;

        if (db_col_null(stmt, i))
            value = json_null();
        else if (db_col_is_int(stmt, i))
            value = json_integer(db_col_int(stmt, i));
        else if (g_str_has_suffix(name, "_json"))
            value = json_loads(db_col_text(stmt, i), JSON_REJECT_DUPLICATES, NULL);
        else
            value = json_string(db_col_text(stmt, i));
        json_object_set_new(row, key, value);
    }
    return row;
}

static bool add_rows(struct db *db, json_t *report, const char *name, const char *sql, GError **error)
{
    struct db_rows *stmt = db_query(db, error, sql, "");
    json_t *rows;
    int step;

    if (stmt == NULL)
        return false;
    rows = json_array();
    while ((step = db_next(db, stmt, error)) > 0)
        json_array_append_new(rows, db_row_json(stmt));
    json_object_set_new(report, name, rows);
    return step == 0;
}

static const char payments_sql[] = "SELECT id, kind, kiosk, state, tac, ifnull((SELECT settler FROM settlement s "
                                   "WHERE s.community=p.community AND s.payment=p.id), 'KIOSK') AS settled, "
                                   "receipt_no, unseal('payment.number|'||id, number) AS card_number, "
                                   "amount_fen, balance_before_fen, counter, terminal,"
                                   " terminal_serial, at_ms, (SELECT json_group_array(json_object('id', "
                                   "bill, 'amount_fen', amount_fen, 'outcome', outcome))"
                                   "  FROM (SELECT * FROM payment_bill b WHERE b.community=p.community AND "
                                   "b.payment=p.id ORDER BY line)) AS bills_json,"
                                   " (SELECT json_group_array(t.id) FROM txn t WHERE t.community=p.community "
                                   "AND t.payment=p.id) AS transactions_json"
                                   " FROM payment p WHERE community=?1 ORDER BY id";
static const char transactions_sql[] =
    "SELECT id, payment, kind, at_ms, closed, (SELECT json_group_array(json_object('account', account, "
    "'amount_fen', amount_fen))"
    "  FROM (SELECT * FROM entry e WHERE e.community=t.community AND e.txn=t.id ORDER BY line)) AS "
    "entries_json,"
    " (SELECT ifnull(sum(amount_fen), 0) FROM entry e WHERE e.community=t.community AND e.txn=t.id) AS "
    "sum_fen"
    " FROM txn t WHERE community=?1 ORDER BY id";
static const char accounts_sql[] = "SELECT code, (SELECT ifnull(sum(amount_fen), 0) FROM entry e WHERE "
                                   "e.community=a.community AND e.account=a.code)"
                                   " AS balance_fen FROM account a WHERE community=?1 ORDER BY code";
static const char bills_sql[] =
    "SELECT state, count(*) AS count, sum(amount_fen) AS amount_fen FROM bill WHERE community=?1"
    " GROUP BY state ORDER BY state";
static const char events_sql[] =
    "SELECT kiosk, epoch, verdict, count(*) AS count, max(seq) AS seq_max FROM event"
    " WHERE community=?1 GROUP BY kiosk, epoch, verdict ORDER BY kiosk, epoch, verdict";
static const char refused_sql[] =
    "SELECT kiosk, epoch, seq, id, verdict, code, received_ms FROM event WHERE community=?1 AND "
    "verdict<>'accepted'"
    " UNION ALL SELECT kiosk, epoch, seq, id, 'conflict', code, received_ms FROM refusal WHERE community=?1"
    " ORDER BY 1, 2, 3";

json_t *db_report(struct db *db, GError **error)
{
    json_t *report = json_pack("{s:s}", "community", db_community(db));
    int64_t sum_fen;

    if (add_rows(db, report, "payments", payments_sql, error) &&
        add_rows(db, report, "transactions", transactions_sql, error) &&
        add_rows(db, report, "accounts", accounts_sql, error) &&
        add_rows(db, report, "bills", bills_sql, error) &&
        add_rows(db, report, "events", events_sql, error) &&
        add_rows(db, report, "refused", refused_sql, error) &&
        db_int(db, error, 0, &sum_fen, "SELECT sum(amount_fen) FROM entry WHERE community=?1", "") &&
        json_object_set_new(report, "sum_fen", json_integer(sum_fen)) == 0)
        return report;
    json_decref(report);
    return NULL;
}
