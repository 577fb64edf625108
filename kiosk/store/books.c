/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about the books, and what must hold of them. */
#include "store/ledger-internal.h"

#include <string.h>

#define OVERDUE_MS (2 * 3600 * INT64_C(1000))
#define REPEAT_MS  60000
#define UNCONFIRMED_MAX 50

const char *ledger_state_name(enum ledger_state state)
{
    static const char *const NAMES[] = {"NONE", "PENDING", "POSTED", "REJECTED", "REVERSED"};
    return state < G_N_ELEMENTS(NAMES) ? NAMES[state] : "?";
}

/* ---- States follow the verdicts ---------------------------------------------------------------------------------- */

#define STATE_SQL                                                                                            \
    "SELECT t.seq, coalesce(f.code,''), f.seq IS NOT NULL, EXISTS (SELECT 1 FROM ledger_txn r WHERE"         \
    " r.reverses=t.id AND r.reverses<>'' AND r.seq NOT IN (SELECT seq FROM refused))"                        \
    " FROM ledger_txn t LEFT JOIN refused f ON f.seq=t.seq WHERE t.id=?1"

static bool state_load(struct store *store, const char *id, enum ledger_state *out, char *code, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_LEDGER_STATE, STATE_SQL, error, "s", id);
    int step = get == NULL ? -1 : sql_step(&store->sql, get, error);

    *out = LEDGER_NONE;
    if (step != 1)
        return step == 0;
    if (code != NULL)
        g_strlcpy(code, sql_text(get, 1), 48);
    if (sqlite3_column_int(get, 2) != 0)
        *out = LEDGER_REJECTED;
    else if (sqlite3_column_int(get, 3) != 0)
        *out = LEDGER_REVERSED;
    else
        *out = sqlite3_column_int64(get, 0) <= store->acked_seq ? LEDGER_POSTED : LEDGER_PENDING;
    sql_done(get);
    return true;
}

bool store_ledger_state(struct store *store, const char *txn_id, enum ledger_state *out, char *code, GError **error)
{
    if (code != NULL)
        *code = '\0';
    g_mutex_lock(&store->lock);
    bool done = state_load(store, txn_id, out, code, error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_ledger_txn(struct store *store, const char *txn_id, struct ledger_txn *out, bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = ledger_txn_load(&store->sql, txn_id, out, found, error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_ledger_hold(struct store *store, const char *hold_id, struct ledger_hold *out, bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = ledger_hold_load(&store->sql, hold_id, out, found, error);
    g_mutex_unlock(&store->lock);
    return done;
}

static bool hold_due(struct sql *sql, int64_t now_ms, struct ledger_hold *out, bool *found, GError **error)
{
    char id[37];
    sqlite3_stmt *get = sql_query(
        sql, SQL_LEDGER_HOLD_DUE, "SELECT id FROM ledger_hold WHERE state='HELD' AND expires_ms<=?1 LIMIT 1", error, "i",
        now_ms);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    *found = false;
    if (step != 1)
        return step == 0;
    g_strlcpy(id, sql_text(get, 0), sizeof id);
    sql_done(get);
    return ledger_hold_load(sql, id, out, found, error);
}

bool store_ledger_hold_due(struct store *store, int64_t now_ms, struct ledger_hold *out, bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = hold_due(&store->sql, now_ms, out, found, error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- Attendance -------------------------------------------------------------------------------------------------- */

bool store_attendance(struct store *store, const char *id, struct store_attendance *out, bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = ledger_attendance_load(&store->sql, id, out, found, error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* Of this card, and of those in whose place it is: the first tap may have been one of theirs. */
#define IS_OF_CARD(T) "(" T "=?1 OR " T " IN (SELECT l.token FROM card_line l WHERE l.current=?1))"
#define OF_CARD       IS_OF_CARD("token")

/* Begun again with a later card before this kiosk knew whose place that one took: the later one of the same slot is what goes on. */
#define NOT_BEGUN_AGAIN                                                                                                            \
    " AND NOT (state='IN' AND token<>?1 AND EXISTS (SELECT 1 FROM attendance b WHERE " IS_OF_CARD("b.token") " AND"                \
    " b.token<>attendance.token AND b.slot=attendance.slot AND b.slot_start_ms=attendance.slot_start_ms AND"                       \
    " b.slot_end_ms=attendance.slot_end_ms AND b.in_ms>=attendance.in_ms))"

bool store_attendance_open(struct store *store, const char *token, int64_t now_ms, struct store_attendance *out,
                           bool *found, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_ATTENDANCE_OPEN,
                                  "SELECT id,slot,token,slot_start_ms,slot_end_ms,in_ms,out_ms,state FROM attendance"
                                  " WHERE " OF_CARD " AND ((state='IN' AND slot_end_ms>?2) OR out_ms>?3)" NOT_BEGUN_AGAIN
                                  " ORDER BY in_ms DESC LIMIT 1",
                                  error, "sii", token, now_ms - OVERDUE_MS, now_ms - REPEAT_MS);
    int step = get == NULL ? -1 : sql_step(&store->sql, get, error);
    *found = step == 1 && ledger_attendance_take(get, out);
    if (step == 1)
        sql_done(get);
    g_mutex_unlock(&store->lock);
    return step >= 0;
}

GArray *store_attendance_unconfirmed(struct store *store, const char *token, int64_t since_ms, GError **error)
{
    GArray *rows = g_array_new(FALSE, TRUE, sizeof(struct store_attendance));
    struct store_attendance row;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_ATTENDANCE_UNCONFIRMED,
                                  "SELECT id,slot,token,slot_start_ms,slot_end_ms,in_ms,out_ms,state FROM attendance"
                                  " WHERE " OF_CARD " AND in_ms>=?2 AND state IN ('IN','OUT')" NOT_BEGUN_AGAIN " ORDER BY in_ms DESC LIMIT ?3",
                                  error, "sii", token, since_ms, (int64_t)UNCONFIRMED_MAX);
    int more = get == NULL ? -1 : 1;
    while (more == 1 && (more = sql_step(&store->sql, get, error)) == 1)
        if (ledger_attendance_take(get, &row))
            g_array_append_val(rows, row);
    g_mutex_unlock(&store->lock);
    if (more < 0)
        g_clear_pointer(&rows, g_array_unref);
    return rows;
}

bool store_attendance_done(struct store *store, const char *token, int64_t since_ms, int64_t *minutes, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_ATTENDANCE_DONE,
                                  "SELECT coalesce(sum(minutes),0) FROM attendance WHERE " OF_CARD " AND in_ms>=?2"
                                  " AND state='CONFIRMED'",
                                  error, "si", token, since_ms);
    bool done = get != NULL && sql_step(&store->sql, get, error) == 1;
    *minutes = done ? sqlite3_column_int64(get, 0) : 0;
    if (done)
        sql_done(get);
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- Invariants -------------------------------------------------------------------------------------------------- */

/* Each finds what breaks it: no row is good. The triggers hold some of these too; this looks at the file as it is. */
static const struct {
    const char *what, *sql;
} RULES[] = {
    {"an entry's book does not sum to zero",
     "SELECT txn FROM ledger_entry GROUP BY txn, book HAVING sum(amount)<>0"},
    {"an entry without its transaction", "SELECT txn FROM ledger_entry WHERE txn NOT IN (SELECT id FROM ledger_txn)"},
    {"a transaction without its entries",
     "SELECT id FROM ledger_txn t WHERE lines<>(SELECT count(*) FROM ledger_entry WHERE txn=t.id)"},
    {"a transaction that the journal does not have",
     "SELECT id FROM ledger_txn WHERE seq>(SELECT coalesce(max(seq),0) FROM journal)"},
    {"a reversal without its original",
     "SELECT id FROM ledger_txn WHERE reverses<>'' AND reverses NOT IN (SELECT id FROM ledger_txn)"},
    {"a reversal that is not exact",
     "SELECT r.id FROM ledger_txn r JOIN ledger_entry o ON o.txn=r.reverses LEFT JOIN ledger_entry e ON e.txn=r.id"
     " AND e.book=o.book AND e.account=o.account WHERE r.reverses<>'' AND e.amount IS NOT -o.amount"},
    {"a hold that was captured by nothing, or twice",
     "SELECT id FROM ledger_hold h WHERE (SELECT count(*) FROM ledger_txn WHERE hold=h.id AND hold<>'')<>(state='CAPTURED')"},
    {"a capture of another sum",
     "SELECT h.id FROM ledger_hold h JOIN ledger_txn t ON t.hold=h.id WHERE h.captured<>(SELECT -sum(amount)"
     " FROM ledger_entry WHERE txn=t.id AND amount<0)"},
    {"two attendances of a card in one time",
     "SELECT a.id FROM attendance a JOIN attendance b ON b.token=a.token AND b.id>a.id AND a.out_ms>0 AND b.out_ms>0"
     " AND a.state<>'REJECTED' AND b.state<>'REJECTED' AND a.in_ms<b.out_ms AND b.in_ms<a.out_ms"},
    {"money that does not sum to zero", "SELECT txn FROM ledger_money GROUP BY txn HAVING sum(amount)<>0"},
    {"a payment whose bills are not its amount",
     "SELECT p.id FROM payment p LEFT JOIN (SELECT payment_id, sum(amount_fen) AS fen FROM payment_bill GROUP BY payment_id) b"
     " ON b.payment_id=p.id WHERE p.state='CONFIRMED' AND p.bill_count>0 AND b.fen IS NOT p.amount_fen AND p.id NOT IN"
     " (SELECT payment_id FROM reversal)"},
};

/* 1 broken (and by whom), 0 holds, −1 cannot be asked. */
static int broken(struct sql *sql, size_t rule, char **who, GError **error)
{
    sqlite3_stmt *rows = NULL;
    int step = SQLITE_ERROR;

    if (sqlite3_prepare_v2(sql->db, RULES[rule].sql, -1, &rows, NULL) == SQLITE_OK)
        step = sqlite3_step(rows);
    if (step == SQLITE_ROW)
        *who = g_strdup(sql_text(rows, 0));
    else if (step != SQLITE_DONE)
        sql_fail(sql, "books", error);
    sqlite3_finalize(rows);
    return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : -1;
}

bool store_ledger_check(struct store *store, GError **error)
{
    int found = 0;

    for (size_t i = 0; found == 0 && i < G_N_ELEMENTS(RULES); i++) {
        g_autofree char *who = NULL;
        g_mutex_lock(&store->lock);
        found = broken(&store->sql, i, &who, error);
        g_mutex_unlock(&store->lock);
        if (found == 1)
            g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "books: %s (%s)", RULES[i].what, who);
    }
    return found == 0;
}
