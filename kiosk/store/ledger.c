/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books' tables, projected from the journal: transactions with their entries, holds, attendances. All of it can be thrown
 * away and built again.
 *
 * Invariants: (1) Entries of a book in a transaction sum to zero, and none comes after its transaction is closed: triggers.
 * (2) Nothing of a transaction changes. (3) A reversal is the exact opposite of a transaction written here, once: a unique
 * index. (4) A hold ends once; one that is captured names the transaction that did. (5) No two attendances of a card
 * share a time. (6) What names a quota fits it: asked in the same transaction of the database that writes it.
 */
#include "store/ledger-internal.h"
#include "model/hours.h"
#include "model/model.h"

#include <string.h>

/* A transaction closes when its own row is written, after its entries. */
static const char TABLES[] =
    "CREATE TABLE ledger_entry(txn TEXT NOT NULL, line INTEGER NOT NULL, book TEXT NOT NULL, account TEXT NOT NULL,"
    "  amount INTEGER NOT NULL CHECK(amount<>0), expires_on INTEGER NOT NULL, PRIMARY KEY(txn, line),"
    "  UNIQUE(txn, book, account)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ledger_entry_account ON ledger_entry(account, book);"
    "CREATE TABLE ledger_txn(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    "  rule TEXT NOT NULL, ref TEXT NOT NULL, reverses TEXT NOT NULL, hold TEXT NOT NULL, quota INTEGER NOT NULL,"
    "  staff TEXT NOT NULL, lines INTEGER NOT NULL CHECK(lines>=2)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ledger_reversed ON ledger_txn(reverses) WHERE reverses<>'';"
    "CREATE UNIQUE INDEX ledger_captured_once ON ledger_txn(hold) WHERE hold<>'';"
    "CREATE INDEX ledger_txn_quota ON ledger_txn(quota) WHERE quota<>0;"
    "CREATE INDEX ledger_txn_seq ON ledger_txn(seq);"
    "CREATE TRIGGER ledger_txn_close BEFORE INSERT ON ledger_txn"
    "  WHEN (SELECT count(*) FROM ledger_entry WHERE txn=NEW.id)<>NEW.lines OR"
    "  EXISTS (SELECT 1 FROM ledger_entry WHERE txn=NEW.id GROUP BY book HAVING sum(amount)<>0)"
    "  BEGIN SELECT RAISE(ABORT,'a transaction does not sum to zero'); END;"
    "CREATE TRIGGER ledger_entry_late BEFORE INSERT ON ledger_entry"
    "  WHEN EXISTS (SELECT 1 FROM ledger_txn WHERE id=NEW.txn)"
    "  BEGIN SELECT RAISE(ABORT,'the transaction is closed'); END;"
    "CREATE TRIGGER ledger_txn_no_update BEFORE UPDATE ON ledger_txn"
    "  BEGIN SELECT RAISE(ABORT,'books are append only'); END;"
    "CREATE TRIGGER ledger_txn_no_delete BEFORE DELETE ON ledger_txn"
    "  BEGIN SELECT RAISE(ABORT,'books are append only'); END;"
    "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry"
    "  BEGIN SELECT RAISE(ABORT,'books are append only'); END;"
    "CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry"
    "  BEGIN SELECT RAISE(ABORT,'books are append only'); END;"
    "CREATE TABLE ledger_hold(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, book TEXT NOT NULL, account TEXT NOT NULL,"
    "  amount INTEGER NOT NULL CHECK(amount>0), captured INTEGER NOT NULL CHECK(captured BETWEEN 0 AND amount),"
    "  state TEXT NOT NULL CHECK(state IN ('HELD','CAPTURED','RELEASED','EXPIRED')), expires_ms INTEGER NOT NULL,"
    "  ref TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ledger_hold_open ON ledger_hold(account, book) WHERE state='HELD';"
    "CREATE TABLE attendance(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, slot TEXT NOT NULL, token TEXT NOT NULL,"
    "  slot_start_ms INTEGER NOT NULL, slot_end_ms INTEGER NOT NULL, in_ms INTEGER NOT NULL, out_ms INTEGER NOT NULL,"
    "  minutes INTEGER NOT NULL, state TEXT NOT NULL CHECK(state IN ('IN','OUT','CONFIRMED','REJECTED')))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE INDEX attendance_token ON attendance(token, in_ms);"
    /* The newest quota that was taken: one row. */
    "CREATE TABLE quota_taken(one INTEGER PRIMARY KEY CHECK(one=1), version INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;"
    /* MONEY: what purses gave and got, against who has to be paid or pays; both ends derive it from the payments. */
    "CREATE VIEW ledger_money AS"
    "  SELECT id AS txn, 0 AS line, 'purse:float' AS account, -change_fen AS amount FROM payment WHERE state='CONFIRMED'"
    "  UNION ALL SELECT id, 1, CASE WHEN change_fen>0 THEN 'clearing:load' WHEN bill_count>0 THEN 'clearing:bills'"
    "  ELSE 'suspense:unmatched' END, change_fen FROM payment WHERE state='CONFIRMED';";

const struct projection_part ledger_parts[LEDGER_PARTS] = {
    {"ledger_money", "VIEW", "txn, line"},   {"ledger_entry", "TABLE", "txn, line"}, {"ledger_txn", "TABLE", "id"},
    {"ledger_hold", "TABLE", "id"},          {"attendance", "TABLE", "id"},          {"quota_taken", "TABLE", "one"},
};

bool ledger_create(struct sql *sql, GError **error)
{
    return sql_script(sql, TABLES, error);
}

static bool refused(GError **error, const char *what, enum ledger_code code)
{
    return store_state_error(error, "%s: %s", what, ledger_code_name(code));
}

/* ---- Holds ------------------------------------------------------------------------------------------------------- */

bool ledger_hold_load(struct sql *sql, const char *id, struct ledger_hold *out, bool *found, GError **error)
{
    sqlite3_stmt *get = sql_query(
        sql, SQL_LEDGER_HOLD_GET,
        "SELECT book,account,amount,captured,state,expires_ms,ref FROM ledger_hold WHERE id=?1", error, "s", id);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    *found = step == 1;
    if (step != 1)
        return step == 0;
    *out = (struct ledger_hold){.amount = sqlite3_column_int64(get, 2), .captured = sqlite3_column_int64(get, 3),
                                .expires_ms = sqlite3_column_int64(get, 5)};
    g_strlcpy(out->id, id, sizeof out->id);
    g_strlcpy(out->ref, sql_text(get, 6), sizeof out->ref);
    bool good = book_parse(sql_text(get, 0), &out->book) && account_parse(sql_text(get, 1), &out->account) &&
                hold_state_parse(sql_text(get, 4), &out->state);
    sql_done(get);
    if (!good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a hold is not as it was written");
    return good;
}

static bool hold_end(struct sql *sql, const struct ledger_hold *hold, int64_t seq, GError **error)
{
    return sql_run(sql, SQL_LEDGER_HOLD_END,
                   "UPDATE ledger_hold SET seq=?2, captured=?3, state=?4 WHERE id=?1 AND state='HELD'", error, "siis",
                   hold->id, seq, hold->captured, hold_state_name(hold->state));
}

static bool hold_open(struct sql *sql, const struct ledger_hold *hold, int64_t seq, GError **error)
{
    char account[ACCOUNT_TEXT_SIZE];

    account_text(&hold->account, account);
    return sql_run(sql, SQL_LEDGER_HOLD_ADD, "INSERT INTO ledger_hold VALUES(?1,?2,?3,?4,?5,0,'HELD',?6,?7)", error,
                   "sissiis", hold->id, seq, book_name(hold->book), account, hold->amount, hold->expires_ms, hold->ref);
}

/* This machine keeps nobody's credit for longer than the rules say, or in more pieces. */
static bool hold_fits(struct sql *sql, const struct ledger_hold *hold, GError **error)
{
    char account[ACCOUNT_TEXT_SIZE];

    account_text(&hold->account, account);
    sqlite3_stmt *get = sql_query(sql, SQL_LEDGER_HOLDS_OPEN,
                                  "SELECT count(*) FROM ledger_hold WHERE account=?1 AND state='HELD' AND expires_ms>?2", error,
                                  "si", account, now_ms());
    if (get == NULL || sql_step(sql, get, error) != 1)
        return false;
    enum ledger_code code = hold_begins(hold, sqlite3_column_int64(get, 0), now_ms());
    sql_done(get);
    return code == LEDGER_OK || refused(error, "hold", code);
}

/* A capture is never an event of its own: it is the transaction that spends. */
static bool hold_apply(struct sql *sql, int64_t seq, json_t *data, bool replay, GError **error)
{
    struct ledger_hold hold, had;
    bool found;

    if (!ledger_hold_from_json(data, &hold) || hold.state == HOLD_CAPTURED)
        return refused(error, "ledger.hold", LEDGER_FORM);
    if (!ledger_hold_load(sql, hold.id, &had, &found, error))
        return false;
    if (!found && hold.state != HOLD_HELD)
        return refused(error, "hold", LEDGER_UNKNOWN);
    if (!found)
        return (replay || hold_fits(sql, &hold, error)) && hold_open(sql, &hold, seq, error);
    if (!hold_may(had.state, hold.state) || had.book != hold.book || had.amount != hold.amount ||
        !account_equal(&had.account, &hold.account))
        return refused(error, "hold", LEDGER_HOLD);
    return hold_end(sql, &hold, seq, error);
}

/* ---- Transactions ------------------------------------------------------------------------------------------------ */

static bool entries_load(struct sql *sql, struct ledger_txn *txn, GError **error)
{
    sqlite3_stmt *rows = sql_query(
        sql, SQL_LEDGER_ENTRIES,
        "SELECT book,account,amount,expires_on FROM ledger_entry WHERE txn=?1 ORDER BY line", error, "s", txn->id);
    bool good = true;
    int more = -1;

    while (rows != NULL && good && (more = sql_step(sql, rows, error)) == 1) {
        struct ledger_entry *entry = &txn->entries[txn->entry_count];
        good = txn->entry_count < LEDGER_ENTRIES_MAX && book_parse(sql_text(rows, 0), &entry->book) &&
               account_parse(sql_text(rows, 1), &entry->account);
        entry->amount = sqlite3_column_int64(rows, 2);
        entry->expires_on = (uint32_t)sqlite3_column_int64(rows, 3);
        txn->entry_count += good;
    }
    if (good)
        return more == 0;
    sql_done(rows);
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "an entry is not as it was written");
    return false;
}

static void staff_split(const char *text, struct ledger_txn *txn)
{
    g_auto(GStrv) staff = g_strsplit(text, " ", 2);

    for (size_t i = 0; staff[i] != NULL; i++)
        g_strlcpy(txn->staff[i], staff[i], sizeof txn->staff[i]);
}

bool ledger_txn_load(struct sql *sql, const char *id, struct ledger_txn *out, bool *found, GError **error)
{
    sqlite3_stmt *get =
        sql_query(sql, SQL_LEDGER_TXN_GET,
                  "SELECT type,at_ms,rule,ref,reverses,hold,quota,staff FROM ledger_txn WHERE id=?1", error, "s", id);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    *found = step == 1;
    if (step != 1)
        return step == 0;
    *out = (struct ledger_txn){.at_ms = sqlite3_column_int64(get, 1), .quota = sqlite3_column_int64(get, 6)};
    g_strlcpy(out->id, id, sizeof out->id);
    g_strlcpy(out->rule, sql_text(get, 2), sizeof out->rule);
    g_strlcpy(out->ref, sql_text(get, 3), sizeof out->ref);
    g_strlcpy(out->reverses, sql_text(get, 4), sizeof out->reverses);
    g_strlcpy(out->hold, sql_text(get, 5), sizeof out->hold);
    staff_split(sql_text(get, 7), out);
    bool good = ledger_type_parse(sql_text(get, 0), &out->type);
    sql_done(get);
    if (good)
        return entries_load(sql, out, error);
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a transaction is not as it was written");
    return false;
}

/* Undone once by a reversal that counts: one that the platform refused changed nothing, and another may be tried. When the journal is
 * read again its order tells it, as the refusals may be gone. */
static bool reversed_before(struct sql *sql, const char *id, bool *before, GError **error)
{
    sqlite3_stmt *query = sql_query(sql, SQL_LEDGER_REVERSED,
                                    "SELECT 1 FROM ledger_txn WHERE reverses=?1 AND reverses<>'' AND seq NOT IN"
                                    " (SELECT seq FROM refused) LIMIT 1",
                                    error, "s", id);
    int step = query == NULL ? -1 : sql_step(sql, query, error);

    *before = step == 1;
    if (step == 1)
        sql_done(query);
    return step >= 0;
}

/* Only what was written here can be undone here: its entries are at hand. */
static bool reversal_fits(struct sql *sql, const struct ledger_txn *txn, bool replay, GError **error)
{
    bool before = false;
    g_autofree struct ledger_txn *original = g_new0(struct ledger_txn, 1);
    bool found;

    if (txn->type != LEDGER_REVERSE)
        return true;
    if (!ledger_txn_load(sql, txn->reverses, original, &found, error) ||
        (!replay && !reversed_before(sql, txn->reverses, &before, error)))
        return false;
    enum ledger_code code = found ? ledger_txn_undoes(txn, original) : LEDGER_UNKNOWN;
    if (code == LEDGER_OK && before)
        code = LEDGER_REVERSED_BEFORE;
    return code == LEDGER_OK || refused(error, "reversal", code);
}

static const struct ledger_entry *spender(const struct ledger_txn *txn)
{
    for (size_t i = 0; i < txn->entry_count; i++)
        if (txn->entries[i].amount < 0)
            return &txn->entries[i];
    return NULL;
}

static bool hold_taken(struct sql *sql, const struct ledger_txn *txn, int64_t seq, GError **error)
{
    const struct ledger_entry *from = spender(txn);
    struct ledger_hold hold;
    bool found;

    if (*txn->hold == '\0')
        return true;
    if (!ledger_hold_load(sql, txn->hold, &hold, &found, error))
        return false;
    if (!found)
        return refused(error, "hold", LEDGER_UNKNOWN);
    bool same = from != NULL && hold.book == from->book && account_equal(&hold.account, &from->account);
    enum ledger_code code = same ? hold_capture(&hold, -from->amount, txn->at_ms) : LEDGER_HOLD;
    return code == LEDGER_OK ? hold_end(sql, &hold, seq, error) : refused(error, "hold", code);
}

/* The item of a spend is the account it goes to: redeemed:ITEM. */
const char *ledger_item(const struct ledger_txn *txn)
{
    for (size_t i = 0; i < txn->entry_count; i++)
        if (txn->entries[i].account.kind == OWNER_REDEEMED)
            return txn->entries[i].account.owner;
    return "";
}

static bool quota_taken(struct sql *sql, const struct ledger_txn *txn, GError **error)
{
    const struct ledger_entry *from = spender(txn);
    enum ledger_code code = LEDGER_QUOTA;
    int64_t version = 0;

    if (txn->quota == 0)
        return true;
    if (!ledger_quota_ask(sql, from->account.owner, from->book, ledger_item(txn), -from->amount, txn->at_ms, &code,
                          &version, error))
        return false;
    return code == LEDGER_OK && version == txn->quota ? true : refused(error, "quota", LEDGER_QUOTA);
}

static bool txn_insert(struct sql *sql, const struct ledger_txn *txn, int64_t seq, GError **error)
{
    g_autofree char *staff = g_strchomp(g_strdup_printf("%s %s", txn->staff[0], txn->staff[1]));

    for (size_t i = 0; i < txn->entry_count; i++) {
        char account[ACCOUNT_TEXT_SIZE];
        account_text(&txn->entries[i].account, account);
        if (!sql_run(sql, SQL_LEDGER_ENTRY_ADD, "INSERT INTO ledger_entry VALUES(?1,?2,?3,?4,?5,?6)", error, "sissii",
                     txn->id, (int64_t)i, book_name(txn->entries[i].book), account, txn->entries[i].amount,
                     (int64_t)txn->entries[i].expires_on))
            return false;
    }
    return sql_run(sql, SQL_LEDGER_TXN_ADD, "INSERT INTO ledger_txn VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", error,
                   "sisissssisi", txn->id, seq, ledger_type_name(txn->type), txn->at_ms, txn->rule, txn->ref,
                   txn->reverses, txn->hold, txn->quota, staff, (int64_t)txn->entry_count);
}

/* MONEY is derived from payments and has no events of its own. The quota was asked when the row was written. */
static bool txn_apply(struct sql *sql, int64_t seq, json_t *data, bool replay, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);

    if (!ledger_txn_from_json(data, txn) || txn->type == LEDGER_PAYMENT || txn->type == LEDGER_LOAD ||
        txn->type == LEDGER_REFUND)
        return store_state_error(error, "ledger.txn carries no transaction");
    enum ledger_code code = ledger_txn_check(txn);
    if (code != LEDGER_OK)
        return refused(error, "transaction", code);
    return reversal_fits(sql, txn, replay, error) && (replay || quota_taken(sql, txn, error)) &&
           hold_taken(sql, txn, seq, error) && txn_insert(sql, txn, seq, error);
}

/* ---- Attendance -------------------------------------------------------------------------------------------------- */

bool ledger_attendance_take(sqlite3_stmt *row, struct store_attendance *out)
{
    *out = (struct store_attendance){.times = {.slot_start_ms = sqlite3_column_int64(row, 3),
                                               .slot_end_ms = sqlite3_column_int64(row, 4),
                                               .in_ms = sqlite3_column_int64(row, 5),
                                               .out_ms = sqlite3_column_int64(row, 6)}};
    g_strlcpy(out->id, sql_text(row, 0), sizeof out->id);
    g_strlcpy(out->slot, sql_text(row, 1), sizeof out->slot);
    g_strlcpy(out->token, sql_text(row, 2), sizeof out->token);
    return attendance_state_parse(sql_text(row, 7), &out->times.state);
}

bool ledger_attendance_load(struct sql *sql, const char *id, struct store_attendance *out, bool *found, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_ATTENDANCE_GET,
                                  "SELECT id,slot,token,slot_start_ms,slot_end_ms,in_ms,out_ms,state FROM attendance"
                                  " WHERE id=?1",
                                  error, "s", id);
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    *found = step == 1 && ledger_attendance_take(get, out);
    if (step == 1)
        sql_done(get);
    return step >= 0;
}

/* VR-4: 1 another attendance of the card lies in this time, 0 none, −1 error. */
static int overlaps(struct sql *sql, const struct attendance_event *event, int64_t in_ms, int64_t out_ms, GError **error)
{
    sqlite3_stmt *other = sql_query(sql, SQL_ATTENDANCE_OTHER,
                                    "SELECT 1 FROM attendance WHERE token=?1 AND id<>?2 AND state<>'REJECTED' AND"
                                    " in_ms<?4 AND (CASE out_ms WHEN 0 THEN slot_end_ms ELSE out_ms END)>?3 LIMIT 1",
                                    error, "ssii", event->token, event->id, in_ms, out_ms);
    int found = other == NULL ? -1 : sql_step(sql, other, error);

    if (found == 1)
        sql_done(other);
    return found;
}

static bool tap_in(struct sql *sql, int64_t seq, const struct attendance_event *event, GError **error)
{
    struct attendance times = {.slot_start_ms = event->slot_start_ms, .slot_end_ms = event->slot_end_ms};
    int other = sql->again ? 0 : overlaps(sql, event, event->at_ms, event->slot_end_ms, error);

    if (other < 0)
        return false;
    if (other > 0 || attendance_tap(&times, event->at_ms) != TAP_IN)
        return refused(error, "attendance", LEDGER_OVERLAP);
    return sql_run(sql, SQL_ATTENDANCE_ADD, "INSERT INTO attendance VALUES(?1,?2,?3,?4,?5,?6,?7,0,0,'IN')", error,
                   "sissiii", event->id, seq, event->slot, event->token, event->slot_start_ms, event->slot_end_ms,
                   event->at_ms);
}

static bool tap_out(struct sql *sql, int64_t seq, const struct attendance_event *event, GError **error)
{
    struct store_attendance had;
    bool found;

    if (!ledger_attendance_load(sql, event->id, &had, &found, error))
        return false;
    /* The card may be the one that took the other's place meanwhile: who signed in is known by the attendance. */
    bool same = found && strcmp(had.slot, event->slot) == 0 &&
                had.times.slot_start_ms == event->slot_start_ms && had.times.slot_end_ms == event->slot_end_ms;
    if (!same || attendance_tap(&had.times, event->at_ms) != TAP_OUT)
        return refused(error, "attendance", LEDGER_UNKNOWN);
    /* Beside an attendance of the later card it stays the former one's: else that card had two in one time. */
    int other = overlaps(sql, event, had.times.in_ms, event->at_ms, error);
    return other >= 0 && sql_run(sql, SQL_ATTENDANCE_OUT, "UPDATE attendance SET seq=?2, token=?4, out_ms=?3, state='OUT' WHERE id=?1", error,
                                 "siis", event->id, seq, event->at_ms, other > 0 ? had.token : event->token);
}

static bool tap_apply(struct sql *sql, int64_t seq, json_t *data, GError **error)
{
    struct attendance_event event;

    if (!attendance_event_from_json(data, &event))
        return refused(error, "attendance.tap", LEDGER_FORM);
    return event.out ? tap_out(sql, seq, &event, error) : tap_in(sql, seq, &event, error);
}

/* 1 the card has taken the other's place, as far as is known here; 0 not; −1 error. */
static int in_place_of(struct sql *sql, const char *card, const char *other, GError **error)
{
    sqlite3_stmt *line = sql_query(sql, SQL_LINE_IS, "SELECT 1 FROM card_line WHERE token=?1 AND current=?2", error, "ss", other, card);
    int found = line == NULL ? -1 : sql_step(sql, line, error);

    if (found == 1)
        sql_done(line);
    return found;
}

/* Who served does not confirm it; without a second tap there has to be a reason (VR-3). */
static bool close_apply(struct sql *sql, int64_t seq, json_t *data, GError **error)
{
    struct attendance_close end;
    struct store_attendance had;
    bool found;

    if (!attendance_close_from_json(data, &end))
        return refused(error, "attendance.close", LEDGER_FORM);
    if (!ledger_attendance_load(sql, end.id, &had, &found, error))
        return false;
    if (!found || (had.times.state != ATTENDANCE_IN && had.times.state != ATTENDANCE_OUT))
        return refused(error, "attendance", LEDGER_UNKNOWN);
    int own = strcmp(end.staff, had.token) == 0 ? 1 : sql->again ? 0 : in_place_of(sql, end.staff, had.token, error);
    if (own < 0)
        return false;
    if (own > 0)
        return refused(error, "attendance", LEDGER_TWO_PERSONS);
    if (had.times.state == ATTENDANCE_IN && *end.reason == '\0')
        return refused(error, "attendance without a second tap", LEDGER_RULE);
    return sql_run(sql, SQL_ATTENDANCE_CLOSE, "UPDATE attendance SET seq=?2, minutes=?3, state=?4 WHERE id=?1", error,
                   "siis", end.id, seq, end.minutes, end.confirmed ? "CONFIRMED" : "REJECTED");
}

/* 1 the row is in what is known of rows that left the journal, 0 it is not, −1 error. */
static int carried(struct sql *sql, int64_t seq, json_t *data, GError **error)
{
    sqlite3_stmt *known = sql_query(sql, SQL_LEDGER_CARRIED,
                                    "SELECT 1 FROM ledger_txn WHERE id=?1 AND seq>=?2 UNION ALL SELECT 1 FROM ledger_hold"
                                    " WHERE id=?1 AND seq>=?2 UNION ALL SELECT 1 FROM attendance WHERE id=?1 AND seq>=?2",
                                    error, "si", json_string_value(json_object_get(data, "id")), seq);
    int found = known == NULL ? -1 : sql_step(sql, known, error);

    if (found == 1)
        sql_done(known);
    return found;
}

bool ledger_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool replay, GError **error)
{
    if (strcmp(type, QUOTA_TAKEN) == 0)
        return ledger_quota_apply(sql, seq, data, error);
    int left = sql->again ? carried(sql, seq, data, error) : 0;

    if (left != 0)
        return left > 0;
    if (strcmp(type, "ledger.txn") == 0)
        return txn_apply(sql, seq, data, replay, error);
    if (strcmp(type, "ledger.hold") == 0)
        return hold_apply(sql, seq, data, replay, error);
    if (strcmp(type, "attendance.tap") == 0)
        return tap_apply(sql, seq, data, error);
    if (strcmp(type, "attendance.close") == 0)
        return close_apply(sql, seq, data, error);
    return store_state_error(error, "%s is no event of the books", type);
}

bool ledger_event(const char *type)
{
    return g_str_has_prefix(type, "ledger.") || g_str_has_prefix(type, "attendance.") || strcmp(type, QUOTA_TAKEN) == 0;
}
