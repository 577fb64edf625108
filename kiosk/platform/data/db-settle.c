/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-settle.h"
#include "platform/data/db-rows.h"
#include <string.h>

void settle_file_clear(struct settle_file *file)
{
    g_clear_pointer(&file->payload, g_free);
    g_clear_pointer(&file->signature, g_free);
}

static bool party_read(struct db_rows *stmt, void *into)
{
    struct settle_party *out = into;

    db_copy_text(stmt, 0, out->account, sizeof out->account);
    db_copy_text(stmt, 1, out->book, sizeof out->book);
    return true;
}

GArray *db_settle_parties(struct db *db, const char *account, GError **error)
{
    static const struct db_reader PARTY = {party_read, sizeof(struct settle_party), "whom a line is for"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT DISTINCT account, book FROM settle_line WHERE community=?1 AND (?2='' OR account=?2) ORDER BY"
                             " account, book",
                             "s", account != NULL ? account : ""),
                    &PARTY, error);
}

bool db_settle_last(struct db *db, const struct settle_party *party, int64_t *n, int64_t *until_ms, GError **error)
{
    return db_int(db, error, 0, n, "SELECT max(n) FROM settle_file WHERE community=?1 AND account=?2 AND book=?3", "ss", party->account,
                  party->book) &&
           db_int(db, error, 0, until_ms, "SELECT max(until_ms) FROM settle_file WHERE community=?1 AND account=?2 AND book=?3", "ss",
                  party->account, party->book);
}

bool db_settle_open(struct db *db, const struct settle_file *file, int64_t *lines, GError **error)
{
    const struct settle_party *party = &file->party;

    if (!db_run(db, error,
                "INSERT INTO settle_file(community, account, book, n, from_ms, until_ms, lines, late, amount, made_ms, closed)"
                " VALUES(?1,?2,?3,?4,?5,?6,0,0,0,?7,0)",
                "ssiiii", party->account, party->book, file->n, file->from_ms, file->until_ms, file->made_ms) ||
        !db_run(db, error,
                "UPDATE settle_line INDEXED BY settle_line_file SET n=?4 WHERE community=?1 AND account=?2 AND book=?3 AND n IS NULL AND"
                " posted_ms<?5",
                "ssii", party->account, party->book, file->n, file->until_ms))
        return false;
    *lines = db_changes(db);
    return true;
}

bool db_settle_close(struct db *db, const struct settle_file *file, GError **error)
{
    return db_run(db, error,
                  "UPDATE settle_file SET lines=?5, late=?6, amount=?7, sha256=?8, payload=?9, signature=?10, key_id=?11, closed=1"
                  " WHERE community=?1 AND account=?2 AND book=?3 AND n=?4",
                  "ssiiiibsss", file->party.account, file->party.book, file->n, file->lines, file->late, file->amount, file->sha256,
                  sizeof file->sha256, file->payload, file->signature, file->key_id);
}

static bool file_read(struct db_rows *stmt, void *into)
{
    struct settle_file *out = into;

    db_copy_text(stmt, 0, out->party.account, sizeof out->party.account);
    db_copy_text(stmt, 1, out->party.book, sizeof out->party.book);
    out->n = db_col_int(stmt, 2);
    out->from_ms = db_col_int(stmt, 3);
    out->until_ms = db_col_int(stmt, 4);
    out->lines = db_col_int(stmt, 5);
    out->late = db_col_int(stmt, 6);
    out->amount = db_col_int(stmt, 7);
    out->made_ms = db_col_int(stmt, 8);
    db_copy_text(stmt, 12, out->key_id, sizeof out->key_id);
    if (!db_copy_bytes(stmt, 9, out->sha256, sizeof out->sha256))
        return false;
    out->payload = g_strdup(db_col_text(stmt, 10));
    out->signature = g_strdup(db_col_text(stmt, 11));
    return true;
}

bool db_settle_find(struct db *db, const struct settle_party *party, int64_t n, struct settle_file *out, bool *found, GError **error)
{
    static const struct db_reader FILE_ROW = {file_read, sizeof *out, "a settlement file's row"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT account, book, n, from_ms, until_ms, lines, late, amount, made_ms, sha256, payload, signature,"
                             " key_id FROM settle_file WHERE community=?1 AND account=?2 AND book=?3 AND n=?4 AND closed=1",
                             "ssi", party->account, party->book, n),
                    &FILE_ROW, out, found, error);
}

/* ---- Lines ---- */

/* Columns: txn, line, amount, posted, kind, payment, kiosk, taken, bill, period, account_no (sealed by the bill's id). */
static bool line_read(struct db *db, struct db_rows *stmt, struct settle_line *out, GError **error)
{
    db_copy_text(stmt, 0, out->txn, sizeof out->txn);
    out->line = db_col_int(stmt, 1);
    out->amount = db_col_int(stmt, 2);
    out->posted_ms = db_col_int(stmt, 3);
    db_copy_text(stmt, 4, out->kind, sizeof out->kind);
    db_copy_text(stmt, 5, out->payment, sizeof out->payment);
    db_copy_text(stmt, 6, out->kiosk, sizeof out->kiosk);
    out->taken_ms = db_col_int(stmt, 7);
    db_copy_text(stmt, 8, out->bill, sizeof out->bill);
    db_copy_text(stmt, 9, out->period, sizeof out->period);
    return *out->bill == '\0' || db_copy_unsealed(db, stmt, 10, "bill.account_no", out->bill, out->account_no, sizeof out->account_no,
                                                  error);
}

/* A reversal and a correction stand beside the payment that they take back, not beside the load that did it; of bills only those
 * of one line are known: what is taken back is the payment's sum for this biller. */
static const char money_sql[] =
    "SELECT l.txn, l.line, l.amount, l.posted_ms, CASE WHEN t.kind IN ('payment','proven') THEN 'payment' WHEN t.kind='reversal' THEN"
    " 'reversal' ELSE 'correction' END, CASE WHEN t.kind='reversal' AND o.reverses<>'' THEN o.reverses ELSE t.payment END, p.kiosk,"
    " p.at_ms, coalesce(b.id,''), coalesce(b.period,''), b.account_no FROM settle_line l JOIN txn t ON t.community=l.community AND"
    " t.id=l.txn JOIN payment p ON p.community=t.community AND p.id=t.payment LEFT JOIN load_order o ON o.community=t.community AND"
    " o.id=t.payment LEFT JOIN payment_bill c ON c.community=t.community AND c.payment=t.payment AND c.line=l.line-1 AND"
    " t.kind IN ('payment','proven') LEFT JOIN bill b ON b.community=c.community AND b.id=c.bill WHERE l.community=?1 AND"
    " l.account=?2 AND l.book=?3 AND l.n=?4 ORDER BY l.posted_ms, l.txn, l.line";
static const char credit_sql[] =
    "SELECT l.txn, l.line, l.amount, l.posted_ms, CASE t.type WHEN 'SPEND' THEN 'redemption' WHEN 'REVERSE' THEN 'reversal' ELSE"
    " 'correction' END, coalesce(t.reverses, t.id), coalesce(t.kiosk,''), t.at_ms, '', '', NULL FROM settle_line l JOIN credit_txn t ON"
    " t.community=l.community AND t.id=l.txn WHERE l.community=?1 AND l.account=?2 AND l.book=?3 AND l.n=?4 ORDER BY l.posted_ms,"
    " l.txn, l.line";

GArray *db_settle_lines(struct db *db, const struct settle_party *party, int64_t n, GError **error)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, TRUE, sizeof(struct settle_line));
    struct db_rows *stmt = strcmp(party->book, "MONEY") == 0
                               ? db_query(db, error, money_sql, "ssi", party->account, party->book, n)
                               : db_query(db, error, credit_sql, "ssi", party->account, party->book, n);
    bool good = stmt != NULL;
    int step = -1;

    while (good && (step = db_next(db, stmt, error)) == 1) {
        struct settle_line line = {.line = 0};
        good = line_read(db, stmt, &line, error);
        g_array_append_val(lines, line);
    }
    if (step == 1)
        db_done(stmt);
    return good && step == 0 ? g_steal_pointer(&lines) : NULL;
}

/* ---- Paid, and what there is ---- */

bool db_settle_pay(struct db *db, const struct settle_file *file, const struct settle_payment *payment, GError **error)
{
    return db_run(db, error, "INSERT INTO account VALUES(?1,'bank:settlement') ON CONFLICT(community, code) DO NOTHING", "") &&
           db_run(db, error, "INSERT INTO settle_paid VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)", "ssiisssi", file->party.account,
                  file->party.book, file->n, file->amount, payment->staff_a, payment->staff_b, payment->reason, payment->paid_ms) &&
           db_settle(db, error); /* a file is paid once: said here, and not by the commit */
}

json_t *db_settle_report(struct db *db, GError **error)
{
    json_t *files = json_array(), *due = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT f.account, f.book, f.n, f.from_ms, f.until_ms, f.lines, f.late, f.amount, f.made_ms, p.paid_ms,"
                              " p.staff_a, p.staff_b, p.reason FROM settle_file f LEFT JOIN settle_paid p ON p.community=f.community AND"
                              " p.account=f.account AND p.book=f.book AND p.n=f.n WHERE f.community=?1 ORDER BY f.account, f.book, f.n",
                              ""),
                     NULL, files, error) &&
        db_rows_json(db,
                     db_query(db, error,
                              "SELECT account, book, count(*) AS lines, sum(amount) AS amount, min(posted_ms) AS since_ms FROM settle_line"
                              " WHERE community=?1 AND n IS NULL GROUP BY account, book ORDER BY account, book",
                              ""),
                     NULL, due, error))
        return json_pack("{s:o, s:o}", "files", files, "due", due);
    json_decref(files);
    json_decref(due);
    return NULL;
}
