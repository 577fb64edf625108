/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"
#include "platform/data/db-rows.h"
#include <string.h>

bool db_txn_add(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms,
                GError **error)
{
    return db_run(db, error, "INSERT INTO txn(community, id, payment, kind, at_ms) VALUES(?1,?2,?3,?4,?5)",
                  "sssi", id, payment, kind, at_ms);
}

#define ACCOUNTS_KNOWN_MAX 4096

bool db_account_add(struct db *db, const char *code, GError **error)
{
    if (g_hash_table_contains(db->accounts, code))
        return true;
    db_touches(db, NULL, NULL);
    if (!db_run(db, error, "INSERT INTO account VALUES(?1,?2) ON CONFLICT(community, code) DO NOTHING", "s", code))
        return false;
    if (g_hash_table_size(db->accounts) >= ACCOUNTS_KNOWN_MAX)
        g_hash_table_remove_all(db->accounts);
    return g_hash_table_add(db->accounts, g_strdup(code));
}

bool db_entry_add(struct db *db, const char *txn, int64_t line, const char *account, int64_t amount_fen,
                  GError **error)
{
    return db_account_add(db, account, error) &&
           db_run(db, error, "INSERT INTO entry VALUES(?1,?2,?3,?4,?5)", "sisi", txn, line, account, amount_fen);
}

bool db_posting_add(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms, const char *first,
                    const char *second, int64_t amount_fen, GError **error)
{
    static const struct db_later POSTING = {
        .sql = "INSERT INTO posting(community, id, payment, kind, at_ms, first, fen, second) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
        .arrays = "INSERT INTO postings(community, id, payment, kind, at_ms, first, fen, second) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
        .rank = LATER_POSTING};

    if (!db_account_add(db, first, error) || !db_account_add(db, second, error))
        return false;
    db_touches(db, "payment", payment); /* its transactions; entries and lines to settle nobody asks for ahead */
    return db_run_later(db, error, &POSTING, "sssisis", id, payment, kind, at_ms, first, amount_fen, second);
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
                             "SELECT e.account, sum(e.amount_fen) FROM txn t INDEXED BY txn_payment CROSS JOIN entry e WHERE"
                             " e.community=t.community AND e.txn=t.id AND t.community=?1 AND t.payment=?2 GROUP BY e.account HAVING"
                             " sum(e.amount_fen)<>0 ORDER BY min(e.line), e.account",
                             "s", payment),
                    &ENTRY, error);
}

bool db_txn_count(struct db *db, const char *payment, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM txn WHERE community=?1 AND payment=?2", "s", payment);
}

/* ---- Report ---- */

json_t *db_row_json(struct db_rows *stmt)
{
    json_t *row = json_object();

    for (int i = 0; i < db_col_count(stmt); i++) {
        json_t *value = db_col_null(stmt, i)     ? json_null()
                        : db_col_is_int(stmt, i) ? json_integer(db_col_int(stmt, i))
                                                 : json_string(db_col_text(stmt, i));
        json_object_set_new(row, db_col_name(stmt, i), value);
    }
    return row;
}

/* The rows as report[name]. */
static bool add_rows(struct db *db, json_t *report, const char *name, const char *sql, const struct db_sealed *sealed, GError **error)
{
    json_t *rows = json_array();

    json_object_set_new(report, name, rows);
    return db_rows_json(db, db_query(db, error, sql, ""), sealed, rows, error);
}

/* What hangs on rows that are there already. */
struct children {
    const char *rows, *list; /* report[rows], their member */
    const char *sql;         /* first the id of the row that it hangs on, then what is told, in the order of the list */
    bool plain;              /* as text, not as an object */
};

/* id → its list, empty. Borrowed from the report. */
static GHashTable *lists_of(json_t *rows, const char *list)
{
    GHashTable *lists = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) {
        json_t *empty = json_array();
        json_object_set_new(row, list, empty);
        g_hash_table_insert(lists, (gpointer)json_string_value(json_object_get(row, "id")), empty);
    }
    return lists;
}

static bool child_add(struct db_rows *stmt, GHashTable *lists, bool plain)
{
    json_t *list = g_hash_table_lookup(lists, db_col_text(stmt, 0)), *child;

    if (list == NULL)
        return true;
    if (plain)
        return json_array_append_new(list, json_string(db_col_text(stmt, 1))) == 0;
    child = db_row_json(stmt);
    bool good = json_object_del(child, db_col_name(stmt, 0)) == 0 && json_array_append(list, child) == 0;
    json_decref(child);
    return good;
}

static bool add_children(struct db *db, json_t *report, const struct children *what, GError **error)
{
    g_autoptr(GHashTable) lists = lists_of(json_object_get(report, what->rows), what->list);
    struct db_rows *stmt = db_query(db, error, what->sql, "");
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0)
        if (!child_add(stmt, lists, what->plain)) {
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s of the report cannot be told", what->list);
            db_done(stmt);
            step = -1;
        }
    return step == 0;
}

static const char payments_sql[] =
    "SELECT id, kind, kiosk, state, tac, coalesce((SELECT settler FROM settlement s WHERE s.community=p.community AND"
    " s.payment=p.id), 'KIOSK') AS settled, receipt_no, number AS card_number, amount_fen, balance_before_fen, counter, terminal,"
    " terminal_serial, at_ms FROM payment p WHERE community=?1 ORDER BY id";
static const char transactions_sql[] =
    "SELECT id, payment, kind, at_ms, closed, coalesce((SELECT sum(amount_fen) FROM entry e WHERE e.community=t.community AND"
    " e.txn=t.id), 0) AS sum_fen FROM txn t WHERE community=?1 UNION ALL SELECT 'paid:' || account || ':' || n, NULL, 'paid', paid_ms,"
    " 1, 0 FROM settle_paid WHERE community=?1 UNION ALL SELECT 'purse:' || card || ':' || n, NULL, 'purse', at_ms, 1, 0 FROM purse_payout"
    " WHERE community=?1 ORDER BY 1";
static const struct children bills_of_payments = {
    "payments", "bills", "SELECT payment, bill AS id, amount_fen, outcome FROM payment_bill WHERE community=?1 ORDER BY payment, line",
    false};
static const struct children transactions_of_payments = {
    "payments", "transactions", "SELECT payment, id FROM txn WHERE community=?1 ORDER BY payment, id", true};
static const struct children entries_of_transactions = {
    "transactions", "entries", 
    "SELECT txn, account, amount AS amount_fen FROM book_entry WHERE community=?1 AND book='MONEY' ORDER BY txn, line", false};
static const char accounts_sql[] = "SELECT a.code, coalesce(s.fen, 0) AS balance_fen FROM account a LEFT JOIN (SELECT account,"
                                   " sum(amount) AS fen FROM book_entry WHERE community=?1 AND book='MONEY' GROUP BY account) s ON s.account=a.code"
                                   " WHERE a.community=?1 ORDER BY a.code";
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
    static const struct db_sealed NUMBER = {"card_number", "payment.number", "id", false};
    json_t *report = json_pack("{s:s}", "community", db_community(db));
    int64_t sum_fen;

    if (add_rows(db, report, "payments", payments_sql, &NUMBER, error) &&
        add_children(db, report, &bills_of_payments, error) && add_children(db, report, &transactions_of_payments, error) &&
        add_rows(db, report, "transactions", transactions_sql, NULL, error) &&
        add_children(db, report, &entries_of_transactions, error) &&
        add_rows(db, report, "accounts", accounts_sql, NULL, error) &&
        add_rows(db, report, "bills", bills_sql, NULL, error) && add_rows(db, report, "events", events_sql, NULL, error) &&
        add_rows(db, report, "refused", refused_sql, NULL, error) &&
        db_int(db, error, 0, &sum_fen, "SELECT sum(amount_fen) FROM entry WHERE community=?1", "") &&
        json_object_set_new(report, "sum_fen", json_integer(sum_fen)) == 0)
        return report;
    json_decref(report);
    return NULL;
}
