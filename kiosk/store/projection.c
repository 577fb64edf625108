/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the journal says, in tables that can be asked: payments and their states, which bills they cover, what a card's
 * purse last told, the last receipt number of each day, and slips that were printed. All of it can be thrown away and
 * built again; the same code does both, on whatever connection it is given.
 *
 * Invariants: (1) A payment or load moves only as payment_may() allows. (2) At most one of a card is open, over both kinds.
 * (3) A bill is covered by at most one payment that is neither VOID nor given back. (4) What was intended (card, amount,
 * counter, terminal serial, bills) never changes after COMMITTING. (5) Receipt numbers of a day only rise. (6) At most one
 * load that is not VOID gives a payment back.
 */
#include "store/ledger-internal.h"
#include "model/model.h"
#include "model/rating.h"

#include <openssl/crypto.h>
#include <string.h>

/* An append is paid by the page. So a card knows its last payment only, a payment the one before it, and what the purse told
 * last is a view of these; doubts are rare enough to have a table. */
static const char TABLES[] =
    "CREATE TABLE payment(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, state TEXT NOT NULL, card_token TEXT "
    "NOT NULL,"
    "  amount_fen INTEGER NOT NULL, balance_before_fen INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    "  counter INTEGER NOT NULL, terminal_serial INTEGER NOT NULL, bill_count INTEGER NOT NULL,"
    "  receipt_no TEXT NOT NULL, receipt_day INTEGER NOT NULL, receipt_n INTEGER NOT NULL, before TEXT,"
    "  change_fen INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE payment_bill(bill_id TEXT NOT NULL, payment_id TEXT NOT NULL, amount_fen INTEGER NOT NULL,"
    "  PRIMARY KEY(bill_id, payment_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE payment_doubt(payment_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
    "CREATE TABLE card(card_token TEXT PRIMARY KEY, last_payment TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE receipt_printed(payment_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE reversal(payment_id TEXT NOT NULL, load_id TEXT NOT NULL, PRIMARY KEY(payment_id, load_id))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE refused_resolved(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL)"
    "  STRICT, WITHOUT ROWID;"
    /* Of rows that were refused, worked out, and left the journal: what the list of refused ones tells. */
    "CREATE TABLE refused_row(seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,"
    "  at_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE rating(service TEXT NOT NULL, rater TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(service, rater))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE doubt_settled(payment_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, state TEXT NOT NULL)"
    "  STRICT, WITHOUT ROWID;"
    /* The counter is that of what was done last: the offline one after a purchase, the online one after a load. */
    "CREATE VIEW card_counter AS SELECT c.card_token, p.counter+(p.state='CONFIRMED') AS counter,"
    "  p.balance_before_fen+iif(p.state='CONFIRMED',p.change_fen,0) AS balance_fen, p.seq"
    "  FROM card c JOIN payment p ON p.id=c.last_payment;";

static const struct projection_part PARTS[] = {
    {"card_counter", "VIEW", "card_token"},
    {"payment", "TABLE", "id"},
    {"payment_bill", "TABLE", "bill_id, payment_id"},
    {"payment_doubt", "TABLE", "payment_id"},
    {"card", "TABLE", "card_token"},
    {"receipt_printed", "TABLE", "payment_id"},
    {"reversal", "TABLE", "payment_id, load_id"},
    {"doubt_settled", "TABLE", "payment_id"},
    {"refused_resolved", "TABLE", "id"},
    {"refused_row", "TABLE", "seq"},
    {"rating", "TABLE", "service, rater"},
};

#define PART_COUNT (G_N_ELEMENTS(PARTS) + LEDGER_PARTS)

static const struct projection_part *part_at(size_t at)
{
    return at < G_N_ELEMENTS(PARTS) ? &PARTS[at] : &ledger_parts[at - G_N_ELEMENTS(PARTS)];
}

bool projection_create(struct sql *sql, GError **error)
{
    return sql_script(sql, TABLES, error) && ledger_create(sql, error);
}

bool projection_drop(struct sql *sql, GError **error)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        g_autofree char *drop = g_strdup_printf("DROP %s IF EXISTS %s", part_at(i)->kind, part_at(i)->name);
        if (!sql_script(sql, drop, error))
            return false;
    }
    return true;
}

/* ---- What is known of a payment ----------------------------------------------------------------------------------- */

struct known {
    bool found;
    int64_t seq; /* of its last row */
    enum payment_state state;
    bool same_intent;
    char receipt_no[24];
};

static bool known_load(struct sql *sql, const struct payment *payment, const char *token, struct known *known,
                       GError **error)
{
    struct payment_facts facts = payment_facts(payment);
    sqlite3_stmt *get =
        sql_query(sql, SQL_PAYMENT_GET,
                  "SELECT state,card_token,change_fen,counter,terminal_serial,bill_count,receipt_no,seq"
                  " FROM payment WHERE id=?1",
                  error, "s", payment->id);
    int found = get == NULL ? -1 : sql_step(sql, get, error);

    *known = (struct known){.found = found == 1, .state = PAYMENT_INTENT};
    if (found != 1)
        return found == 0;
    bool readable = payment_state_parse(sql_text(get, 0), &known->state);
    known->same_intent =
        strcmp(sql_text(get, 1), token) == 0 && sqlite3_column_int64(get, 2) == facts.change_fen &&
        sqlite3_column_int64(get, 3) == facts.counter &&
        sqlite3_column_int64(get, 4) == payment->purchase.terminal_serial &&
        sqlite3_column_int64(get, 5) == (int64_t)payment->bill_count;
    g_strlcpy(known->receipt_no, sql_text(get, 6), sizeof known->receipt_no);
    known->seq = sqlite3_column_int64(get, 7);
    sql_done(get);
    if (!readable)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT,
                            "a payment has a state that does not exist");
    return readable;
}

/* 1 yes, 0 no, -1 error. */
static int one_row(struct sql *sql, sqlite3_stmt *statement, GError **error)
{
    int found = statement == NULL ? -1 : sql_step(sql, statement, error);
    if (found == 1)
        sql_done(statement);
    return found;
}

/* The card's last payment ("" none) must be over: an open one always is the last, unless two copies of a disk had one each. */
static bool card_is_free(struct sql *sql, const char *token, bool replay, char last[37], GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_CARD_LAST,
                                  "SELECT p.id, p.state IN ('COMMITTING','IN_DOUBT') FROM card c"
                                  " JOIN payment p ON p.id=c.last_payment WHERE c.card_token=?1",
                                  error, "s", token);
    int found = get == NULL ? -1 : sql_step(sql, get, error);
    bool open = false;

    *last = '\0'; /* "" none */
    if (found == 1) {
        g_strlcpy(last, sql_text(get, 0), 37);
        open = sqlite3_column_int(get, 1) != 0;
        sql_done(get);
    }
    return open && !replay ? store_state_error(error, "the card has an open payment") : found >= 0;
}

static bool bill_is_free(struct sql *sql, const char *bill_id, GError **error)
{
    sqlite3_stmt *paid = sql_query(sql, SQL_BILL_PAID,
                                   "SELECT 1 FROM payment_bill b JOIN payment p ON p.id=b.payment_id"
                                   " WHERE b.bill_id=?1 AND p.state<>'VOID'",
                                   error, "s", bill_id);
    int found = one_row(sql, paid, error);
    return found == 1 ? store_state_error(error, "bill %s is covered by another payment", bill_id)
                      : found == 0;
}

static bool bill_is_ours(struct sql *sql, const struct payment *payment, size_t at, GError **error)
{
    sqlite3_stmt *ours = sql_query(
        sql, SQL_BILL_OF, "SELECT 1 FROM payment_bill WHERE bill_id=?1 AND payment_id=?2 AND amount_fen=?3",
        error, "ssi", payment->bills[at].id, payment->id, payment->bills[at].amount_fen);
    int found = one_row(sql, ours, error);
    return found == 0 ? store_state_error(error, "payment %s was not for bill %s", payment->id,
                                          payment->bills[at].id)
                      : found == 1;
}

/* ---- Receipt numbers: KIOSK-YYYYMMDD-NNNN ------------------------------------------------------------------------- */

static bool receipt_parse(const char *text, int64_t *day, int64_t *number)
{
    g_auto(GStrv) parts = g_strsplit(text, "-", -1);
    guint count = g_strv_length(parts);
    guint64 date = 0, n = 0;

    if (count < 3 || strlen(parts[count - 2]) != 8 || strlen(parts[count - 1]) < 4 ||
        !g_ascii_string_to_unsigned(parts[count - 2], 10, 10101, 99991231, &date, NULL) ||
        !g_ascii_string_to_unsigned(parts[count - 1], 10, 1, 99999, &n, NULL))
        return false;
    *day = (int64_t)date;
    *number = (int64_t)n;
    return date_valid((uint32_t)date);
}

/* A scan, but one a day: an index would cost each payment a page. */
bool projection_receipt_last(struct sql *sql, int64_t day, int64_t *last, GError **error)
{
    if (sql->receipt_day == day) {
        *last = sql->receipt_last;
        return true;
    }
    sqlite3_stmt *get =
        sql_query(sql, SQL_RECEIPT_LAST,
                  "SELECT coalesce(max(receipt_n),0) FROM payment WHERE receipt_day=?1", error, "i", day);
    if (get == NULL || sql_step(sql, get, error) != 1)
        return false;
    *last = sql->receipt_last = sqlite3_column_int64(get, 0);
    sql->receipt_day = day;
    sql_done(get);
    return true;
}

struct receipt {
    int64_t day, number; /* 0, 0: none */
};

/* A number is taken when it first appears and never again; an empty one takes none. A row of the journal was asked this
 * when it was written; a fact that comes back from another copy of the disk keeps the number that its slip has. */
static bool receipt_take(struct sql *sql, const struct known *known, const char *receipt_no, bool replay,
                         struct receipt *out, GError **error)
{
    int64_t last = 0;

    *out = (struct receipt){0};
    if (*receipt_no == '\0' && *known->receipt_no == '\0')
        return true;
    bool changed = strcmp(known->receipt_no, receipt_no) != 0;
    if ((changed && *known->receipt_no != '\0') || !receipt_parse(receipt_no, &out->day, &out->number))
        return store_state_error(error, "receipt number %s: changed, or of another form", receipt_no);
    if (!changed)
        return true;
    if (replay) {
        if (sql->receipt_day == out->day)
            sql->receipt_last = MAX(sql->receipt_last, out->number);
        return true;
    }
    if (!projection_receipt_last(sql, out->day, &last, error))
        return false;
    if (out->number <= last)
        return store_state_error(error, "receipt number %s was used before", receipt_no);
    sql->receipt_last = out->number;
    return true;
}

/* Whatever could refuse the event was asked: once for each, by those who do so before they write, else at its end. */
static void lawful_tell(struct sql *sql)
{
    void (*tell)(void *ctx) = sql->lawful;

    sql->lawful = NULL;
    if (tell != NULL)
        tell(sql->lawful_ctx);
}

/* ---- Payments ----------------------------------------------------------------------------------------------------- */

static bool move_allowed(const struct known *known, const struct payment *payment, const char *type,
                         GError **error)
{
    if (g_strcmp0(payment_event_type(payment->kind, payment->state), type) != 0)
        return store_state_error(error, "%s carries a payment that is %s", type,
                                 payment_state_name(payment->state));
    if (!payment_may(payment->kind, known->state, payment->state))
        return store_state_error(error, "payment %s may not go from %s to %s", payment->id,
                                 payment_state_name(known->state), payment_state_name(payment->state));
    if (known->found && !known->same_intent)
        return store_state_error(error, "payment %s is not what was intended", payment->id);
    return true;
}

static bool bill_is_new(const struct payment *payment, size_t at, GError **error)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(payment->bills[i].id, payment->bills[at].id) == 0)
            return store_state_error(error, "payment %s has bill %s twice", payment->id, payment->bills[at].id);
    return true;
}

static bool bills_lawful(struct sql *sql, const struct known *known, const struct payment *payment, bool replay,
                         GError **error)
{
    bool good = true;

    for (size_t i = 0; good && i < payment->bill_count; i++)
        good = known->found ? bill_is_ours(sql, payment, i, error)
                            : bill_is_new(payment, i, error) &&
                                  (replay || bill_is_free(sql, payment->bills[i].id, error));
    return good;
}

static bool bills_put(struct sql *sql, const struct payment *payment, GError **error)
{
    bool good = true;

    for (size_t i = 0; good && i < payment->bill_count; i++)
        good = sql_run(sql, SQL_BILL_ADD, "INSERT INTO payment_bill(bill_id,payment_id,amount_fen) VALUES(?1,?2,?3)",
                       error, "ssi", payment->bills[i].id, payment->id, payment->bills[i].amount_fen);
    return good;
}

static bool payment_open(struct sql *sql, const struct payment *payment, const char *token, const char *last,
                         const struct receipt *receipt, int64_t seq, GError **error)
{
    struct payment_facts facts = payment_facts(payment);

    return bills_put(sql, payment, error) &&
           sql_run(sql, SQL_PAYMENT_ADD,
                   "INSERT INTO payment VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,nullif(?14,''),?15)",
                   error, "sissiiiiiisiisi", payment->id, seq, payment_state_name(payment->state), token,
                   facts.amount_fen, facts.balance_before_fen, payment->at_ms, (int64_t)facts.counter,
                   (int64_t)payment->purchase.terminal_serial, (int64_t)payment->bill_count, payment->receipt_no,
                   receipt->day, receipt->number, last, facts.change_fen) &&
           sql_run(sql, SQL_CARD_SET,
                   "INSERT INTO card VALUES(?1,?2) ON CONFLICT(card_token) DO UPDATE SET "
                   "last_payment=excluded.last_payment",
                   error, "ss", token, payment->id);
}

static bool payment_move(struct sql *sql, const struct known *known, const struct payment *payment,
                         const struct receipt *receipt, int64_t seq, GError **error)
{
    if (payment->state == PAYMENT_IN_DOUBT &&
        !sql_run(sql, SQL_DOUBT_ADD, "INSERT INTO payment_doubt VALUES(?1)", error, "s", payment->id))
        return false;
    if (known->state == PAYMENT_IN_DOUBT &&
        !sql_run(sql, SQL_DOUBT_END, "DELETE FROM payment_doubt WHERE payment_id=?1", error, "s",
                 payment->id))
        return false;
    return sql_run(
        sql, SQL_PAYMENT_MOVE,
        "UPDATE payment SET seq=?2, state=?3, receipt_no=?4, receipt_day=?5, receipt_n=?6 WHERE id=?1", error,
        "sissii", payment->id, seq, payment_state_name(payment->state), payment->receipt_no, receipt->day,
        receipt->number);
}

static bool payment_apply(struct sql *sql, int64_t seq, const char *type, const struct payment *payment,
                          bool replay, GError **error)
{
    struct known known;
    struct receipt receipt;
    char token[33], last[37] = "";

    card_token(sql->index_key, payment_facts(payment).card_number, token);
    if (!known_load(sql, payment, token, &known, error))
        return false;
    if (known.found && known.seq >= seq)
        return true; /* carried: it was in what is known of rows that left */
    if (!move_allowed(&known, payment, type, error) || !bills_lawful(sql, &known, payment, replay, error) ||
        !(known.found || card_is_free(sql, token, replay, last, error)) ||
        !receipt_take(sql, &known, payment->receipt_no, replay, &receipt, error) || !doubts_reversal_apply(sql, payment, error))
        return false;
    lawful_tell(sql);
    return known.found ? payment_move(sql, &known, payment, &receipt, seq, error)
                       : payment_open(sql, payment, token, last, &receipt, seq, error);
}

/* ---- Printed slips ------------------------------------------------------------------------------------------------ */

static bool printed_apply(struct sql *sql, int64_t seq, json_t *data, GError **error)
{
    const char *id = json_string_value(json_object_get(data, "payment_id"));
    const char *receipt_no = json_string_value(json_object_get(data, "receipt_no"));
    struct payment payment = {0};
    struct known known;

    if (!uuid_valid(id) || receipt_no == NULL)
        return store_state_error(error, "receipt.printed needs payment_id and receipt_no");
    g_strlcpy(payment.id, id, sizeof payment.id);
    if (!known_load(sql, &payment, "", &known, error))
        return false;
    if (known.state != PAYMENT_CONFIRMED || strcmp(known.receipt_no, receipt_no) != 0)
        return store_state_error(error, "there is no confirmed payment of this receipt");
    return sql_run(sql, SQL_PRINTED_ADD, "INSERT INTO receipt_printed VALUES(?1,?2) ON CONFLICT DO NOTHING",
                   error, "si", id, seq);
}

static bool event_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool replay,
                        GError **error)
{
    struct payment payment = {0};

    if (strcmp(type, "receipt.printed") == 0)
        return printed_apply(sql, seq, data, error);
    if (strcmp(type, "doubt.settled") == 0)
        return doubts_settled_apply(sql, seq, data, replay, error);
    if (ledger_event(type))
        return ledger_apply(sql, seq, type, data, replay, error);
    if (strcmp(type, "refused.resolved") == 0)
        return refused_resolved_apply(sql, seq, data, error);
    if (strcmp(type, RATING_GIVEN) == 0 || strcmp(type, RATING_CHANGED) == 0)
        return rated_apply(sql, seq, type, data, replay, error);
    if (!g_str_has_prefix(type, "payment.") && !g_str_has_prefix(type, "load."))
        return true; /* a fact that no table of ours is about; one that gets a table gets a keeper, too (carry.c) */
    bool done = payment_from_json(data, &payment) ? payment_apply(sql, seq, type, &payment, replay, error)
                                                  : store_state_error(error, "%s carries no payment", type);
    OPENSSL_cleanse(&payment, sizeof payment);
    return done;
}

bool projection_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool happened, GError **error)
{
    bool done = event_apply(sql, seq, type, data, happened, error);

    if (done)
        lawful_tell(sql);
    sql->lawful = NULL;
    return done;
}

/* ---- Building again and comparing --------------------------------------------------------------------------------- */

bool projection_replay(struct store *store, struct sql *target, int64_t first, int64_t last, GError **error)
{
    sqlite3_stmt *rows =
        sql_query(&store->sql, SQL_JOURNAL_REPLAY,
                  "SELECT seq,type,body FROM journal WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq", error, "ii",
                  first, last);
    int more = -1;

    target->receipt_day = 0;
    if (rows == NULL || (first <= 1 && !segments_carry(store, target, error))) {
        if (rows != NULL)
            sql_done(rows);
        return false;
    }
    while ((more = sql_step(&store->sql, rows, error)) == 1) {
        json_t *data = journal_data(store, sql_text(rows, 2), error);
        target->again = true;
        bool done = data != NULL &&
                    event_apply(target, sqlite3_column_int64(rows, 0), sql_text(rows, 1), data, true, error);
        target->again = false;
        json_decref(data);
        if (!done) {
            sql_done(rows);
            return false;
        }
    }
    return more == 0;
}

static bool value_equal(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    return sqlite3_column_type(a, column) == sqlite3_column_type(b, column) &&
           strcmp(sql_text(a, column), sql_text(b, column)) == 0;
}

static bool row_equal(sqlite3_stmt *a, sqlite3_stmt *b)
{
    int columns = sqlite3_column_count(a);
    bool equal = columns == sqlite3_column_count(b);

    for (int i = 0; equal && i < columns; i++)
        equal = value_equal(a, b, i);
    return equal;
}

/* 1 equal, 0 not, -1 `fresh` cannot be read: then nothing is known. What cannot be read in the other is not equal. */
static int rows_equal(struct sql *fresh, sqlite3_stmt *had_rows, sqlite3_stmt *fresh_rows, GError **error)
{
    int more = SQLITE_ROW;

    while (more == SQLITE_ROW) {
        more = sqlite3_step(fresh_rows);
        if (more != SQLITE_ROW && more != SQLITE_DONE) {
            sql_fail(fresh, "compare", error);
            return -1;
        }
        if (sqlite3_step(had_rows) != more || (more == SQLITE_ROW && !row_equal(had_rows, fresh_rows)))
            return 0;
    }
    return 1;
}

static int part_equal(struct sql *had, struct sql *fresh, size_t part, GError **error)
{
    g_autofree char *text =
        g_strdup_printf("SELECT * FROM %s ORDER BY %s", part_at(part)->name, part_at(part)->key);
    sqlite3_stmt *had_rows = NULL, *fresh_rows = NULL;
    int equal = 0;

    if (sqlite3_prepare_v2(fresh->db, text, -1, &fresh_rows, NULL) != SQLITE_OK) {
        sql_fail(fresh, "compare", error);
        equal = -1;
    } else if (sqlite3_prepare_v2(had->db, text, -1, &had_rows, NULL) == SQLITE_OK) {
        equal = rows_equal(fresh, had_rows, fresh_rows, error);
    }
    sqlite3_finalize(had_rows);
    sqlite3_finalize(fresh_rows);
    return equal;
}

/* What was there is wrong: the journal is right. */
static bool replace_all(struct store *store, GError **error)
{
    return (sql_begin(&store->sql, error) && projection_drop(&store->sql, error) &&
            projection_create(&store->sql, error) &&
            projection_replay(store, &store->sql, 1, store->head_seq, error) && store_commit(store, error)) ||
           store_abandon(store);
}

static bool rebuild_compare(struct store *store, struct sql *fresh, int64_t done, GError **error)
{
    size_t part = 0;
    int equal = 1;

    /* First the rows that came while the lock was free. */
    if (!projection_replay(store, fresh, done + 1, store->head_seq, error) || !sql_commit(fresh, error))
        return false;
    while (part < PART_COUNT && (equal = part_equal(&store->sql, fresh, part, error)) == 1)
        part++;
    if (equal == 0 && (store->looking || replace_all(store, error)))
        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the projection %s was not what the journal says%s",
                    part_at(part)->name, store->looking ? "" : ": replaced");
    return equal == 1;
}

#define REPLAY_ROWS 1000

/* Rows came back, and what is made of them waits until all are there: there is nothing to compare with. */
static bool built_late(struct store *store, bool *good, GError **error)
{
    g_mutex_lock(&store->lock);
    bool late = !schema_projections_current(store);
    *good = late && schema_projections(store, error);
    g_mutex_unlock(&store->lock);
    return late;
}

bool store_rebuild(struct store *store, GError **error)
{
    struct sql fresh;
    bool late_good = false;

    if (built_late(store, &late_good, error))
        return late_good;
    bool good =
        sql_open_scratch(&fresh, error) && projection_create(&fresh, error) && sql_begin(&fresh, error);
    int64_t head = 0, at = 0;

    fresh.index_key = store->identity.index_key;
    g_mutex_lock(&store->lock);
    head = store->head_seq;
    g_mutex_unlock(&store->lock);
    good = good && (head > 0 || segments_carry(store, &fresh, error));
    for (; good && at < head; at = MIN(at + REPLAY_ROWS, head)) {
        g_mutex_lock(&store->lock);
        good = projection_replay(store, &fresh, at + 1, MIN(at + REPLAY_ROWS, head), error);
        g_mutex_unlock(&store->lock);
    }
    g_mutex_lock(&store->lock);
    good = good && rebuild_compare(store, &fresh, at, error);
    g_mutex_unlock(&store->lock);
    sql_close(&fresh);
    return good;
}
