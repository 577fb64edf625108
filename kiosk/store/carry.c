/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What projections remember of rows that left the journal. Each keeper has a member of its own in a segment's `carried`, in it
 * one for each table: the table's rows of all things that the leaving rows speak of, as they are now.
 *
 *   save   asked before the rows go
 *   load   the same into fresh tables, segment by segment, before the rows that are left are applied
 *
 * So a thing is carried whole, also when a row of it is left; rows up to the one that its own row in the table names are not
 * applied again. What others are built on goes with it: a card's earlier payments and what a load gives back (if they are not
 * carried yet), the transaction that a hold is captured by. The same thing may be carried twice: the later segment's is as new
 * or newer. A segment without some member is of an older program. A kind of event that gets a table gets a keeper here.
 */
#include "store/internal.h"

#include <string.h>

/* ---- Rows of a table as JSON and back: {column: value} ------------------------------------------------------------------ */

static json_t *row_json(sqlite3_stmt *row)
{
    json_t *json = json_object();

    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const char *name = sqlite3_column_name(row, i);
        int type = sqlite3_column_type(row, i);
        json_t *value = type == SQLITE_INTEGER ? json_integer(sqlite3_column_int64(row, i))
                        : type == SQLITE_NULL  ? json_null()
                                               : json_string(sql_text(row, i));
        if (value == NULL || json_object_set_new(json, name, value) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *rows_json(struct sql *sql, sqlite3_stmt *rows, GError **error)
{
    json_t *array = json_array();
    int more = -1;

    while (rows != NULL && (more = sql_step(sql, rows, error)) == 1) {
        if (json_array_append_new(array, row_json(rows)) != 0) {
            sql_done(rows);
            g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a projection holds what is no text");
            more = -1;
            break;
        }
    }
    if (more == 0)
        return array;
    json_decref(array);
    return NULL;
}

static bool name_plain(const char *name)
{
    return *name != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static bool bind_value(sqlite3_stmt *insert, int at, json_t *value)
{
    if (json_is_integer(value))
        return sqlite3_bind_int64(insert, at, json_integer_value(value)) == SQLITE_OK;
    if (json_is_string(value))
        return sqlite3_bind_text(insert, at, json_string_value(value), -1, SQLITE_STATIC) == SQLITE_OK;
    return json_is_null(value) && sqlite3_bind_null(insert, at) == SQLITE_OK;
}

/* Columns by their names: a table that gained one since takes its default. */
static sqlite3_stmt *insert_prepare(struct sql *sql, const char *table, json_t *row)
{
    g_autoptr(GString) names = g_string_new(NULL), places = g_string_new(NULL);
    sqlite3_stmt *insert = NULL;
    const char *name;
    json_t *value;

    json_object_foreach(row, name, value)
    {
        if (!name_plain(name))
            return NULL;
        g_string_append_printf(names, "%s%s", names->len > 0 ? "," : "", name);
        g_string_append(places, places->len > 0 ? ",?" : "?");
    }
    g_autofree char *text = g_strdup_printf("INSERT OR REPLACE INTO %s(%s) VALUES(%s)", table, names->str, places->str);
    return sqlite3_prepare_v2(sql->db, text, -1, &insert, NULL) == SQLITE_OK ? insert : NULL;
}

static bool row_put(struct sql *sql, const char *table, json_t *row, GError **error)
{
    sqlite3_stmt *insert = insert_prepare(sql, table, row);
    const char *name;
    json_t *value;
    int at = 1;
    bool good = insert != NULL;

    json_object_foreach(row, name, value)
    {
        good = good && bind_value(insert, at++, value);
    }
    good = good && sqlite3_step(insert) == SQLITE_DONE;
    if (!good)
        sql_fail(sql, table, error);
    sqlite3_finalize(insert);
    return good;
}

static bool rows_put(struct sql *sql, const char *table, json_t *rows, GError **error)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (!json_is_object(row) || !row_put(sql, table, row, error))
            return false;
    }
    return true;
}

/* ---- What is saved ---------------------------------------------------------------------------------------------------- */

#define OF_ROWS(member, types) "SELECT json_extract(body,'$.data." member "') FROM journal WHERE seq BETWEEN ?1 AND ?2 AND " types
#define NOT_OUT(seq) "(" seq ">?2 OR EXISTS (SELECT 1 FROM journal WHERE seq=" seq "))"

#define PAYMENTS                                                                                             \
    "WITH RECURSIVE thing(id) AS (" OF_ROWS("id", "(type GLOB 'payment.*' OR type GLOB 'load.*')")           \
    " UNION SELECT b.id FROM thing t CROSS JOIN payment p ON p.id=t.id CROSS JOIN payment b ON b.id=p.before"            \
    "  WHERE b.state IN ('CONFIRMED','VOID') AND " NOT_OUT("b.seq")                                          \
    " UNION SELECT o.id FROM thing t CROSS JOIN reversal r ON r.load_id=t.id CROSS JOIN payment o ON o.id=r.payment_id"  \
    "  WHERE o.state IN ('CONFIRMED','VOID') AND " NOT_OUT("o.seq") ") "

#define HOLDS                                                                                                \
    "WITH hold(id) AS (" OF_ROWS("id", "type='ledger.hold'") " UNION " OF_ROWS("hold", "type='ledger.txn'") ")," \
    " txn(id) AS (" OF_ROWS("id", "type='ledger.txn'")                                                       \
    " UNION SELECT t.id FROM hold h CROSS JOIN ledger_txn t ON t.hold=h.id AND t.hold<>'') "

struct carried_table {
    const char *name, *sql;
};

/* The bills of payments are found by those that their last row names: no index leads from a payment to them. */
static const struct carried_table PAYMENT_TABLES[] = {
    {"payment", PAYMENTS "SELECT p.* FROM thing t CROSS JOIN payment p ON p.id=t.id ORDER BY p.seq"},
    {"payment_bill", PAYMENTS "SELECT b.* FROM thing t CROSS JOIN payment p ON p.id=t.id CROSS JOIN journal j ON j.seq=p.seq"
                              " CROSS JOIN json_each(j.body,'$.data.bills') e"
                              " CROSS JOIN payment_bill b ON b.bill_id=json_extract(e.value,'$.id') AND b.payment_id=p.id"},
    {"reversal", PAYMENTS "SELECT r.* FROM reversal r WHERE r.load_id IN (SELECT id FROM thing)"},
    {"receipt_printed", "SELECT r.* FROM receipt_printed r WHERE r.payment_id IN (" OF_ROWS("payment_id", "type='receipt.printed'")
                        ") AND r.seq BETWEEN ?1 AND ?2"},
    {NULL, NULL}};

static const struct carried_table DOUBT_TABLES[] = {
    {"doubt_settled", "SELECT d.* FROM doubt_settled d WHERE d.payment_id IN (" OF_ROWS("payment.id", "type='doubt.settled'")
                      ") AND d.seq BETWEEN ?1 AND ?2"},
    {NULL, NULL}};

static const struct carried_table REFUSED_TABLES[] = {
    {"refused_resolved", "SELECT r.* FROM refused_resolved r WHERE r.id IN (" OF_ROWS("refused", "type='refused.resolved'")
                         ") AND r.seq BETWEEN ?1 AND ?2"},
    {"refused_row", "SELECT * FROM refused_row WHERE seq BETWEEN ?1 AND ?2"},
    {NULL, NULL}};

static const struct carried_table RATING_TABLES[] = {{"rating", "SELECT * FROM rating WHERE seq BETWEEN ?1 AND ?2"}, {NULL, NULL}};

/* Entries first: their transaction closes itself. */
static const struct carried_table BOOK_TABLES[] = {
    {"ledger_entry", HOLDS "SELECT e.* FROM ledger_entry e WHERE e.txn IN (SELECT id FROM txn)"},
    {"ledger_txn", HOLDS "SELECT t.* FROM ledger_txn t WHERE t.id IN (SELECT id FROM txn)"},
    {"ledger_hold", HOLDS "SELECT h.* FROM ledger_hold h WHERE h.id IN (SELECT id FROM hold)"},
    {"quota_taken", "SELECT * FROM quota_taken WHERE seq BETWEEN ?1 AND ?2"},
    {NULL, NULL}};

static const struct carried_table ATTENDANCE_TABLES[] = {
    {"attendance", "SELECT a.* FROM attendance a WHERE a.id IN (" OF_ROWS("id", "type GLOB 'attendance.*'") ")"},
    {NULL, NULL}};

/* ---- What must be done beside putting the rows back ------------------------------------------------------------------- */

static bool is_known(struct sql *sql, const char *id, bool *known, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_CARRY_KNOWN,
                                  "SELECT 1 FROM payment WHERE id=?1 UNION ALL SELECT 1 FROM ledger_txn WHERE id=?1", error, "s", id);
    int found = id == NULL || get == NULL ? -1 : sql_step(sql, get, error);

    *known = found == 1;
    if (found == 1)
        sql_done(get);
    return found >= 0 || id != NULL || store_state_error(error, "a segment carries something without an id");
}

/* The ids of those rows that the tables do not have yet. */
static GHashTable *unknown(struct sql *sql, json_t *rows, GError **error)
{
    GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));
        bool known;
        if (!is_known(sql, id, &known, error)) {
            g_hash_table_unref(ids);
            return NULL;
        }
        if (!known)
            g_hash_table_add(ids, (char *)id);
    }
    return ids;
}

static const char *text_of(json_t *row, const char *member)
{
    const char *text = json_string_value(json_object_get(row, member));
    return text != NULL ? text : "";
}

/* Of the payments that come in new, the last one of a card: none of the others was made after it. */
static bool cards_put(struct sql *sql, json_t *payments, GHashTable *new_ones, GError **error)
{
    g_autoptr(GHashTable) followed = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *row;
    size_t i;
    bool good = true;

    json_array_foreach(payments, i, row)
    {
        if (g_hash_table_contains(new_ones, text_of(row, "id")))
            g_hash_table_add(followed, (char *)text_of(row, "before"));
    }
    json_array_foreach(payments, i, row)
    {
        const char *id = text_of(row, "id");
        if (good && g_hash_table_contains(new_ones, id) && !g_hash_table_contains(followed, id))
            good = sql_run(sql, SQL_CARRY_PAYMENT_PUT,
                           "INSERT INTO card VALUES(?1,?2) ON CONFLICT(card_token) DO UPDATE SET last_payment=excluded.last_payment",
                           error, "ss", text_of(row, "card_token"), id);
    }
    return good;
}

static bool payments_put(struct sql *sql, json_t *saved, GError **error)
{
    json_t *payments = json_object_get(saved, "payment");
    g_autoptr(GHashTable) new_ones = unknown(sql, payments, error);

    return new_ones != NULL && rows_put(sql, "payment", payments, error) && cards_put(sql, payments, new_ones, error);
}

/* Those rows whose `member` is in `ids`, new reference: what is in the books is there for ever, and not put twice. */
static json_t *rows_of(json_t *rows, const char *member, GHashTable *ids)
{
    json_t *out = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (g_hash_table_contains(ids, text_of(row, member)))
            json_array_append(out, row);
    }
    return out;
}

static bool books_put(struct sql *sql, json_t *saved, GError **error)
{
    g_autoptr(GHashTable) new_ones = unknown(sql, json_object_get(saved, "ledger_txn"), error);

    if (new_ones == NULL)
        return false;
    json_t *entries = rows_of(json_object_get(saved, "ledger_entry"), "txn", new_ones);
    json_t *txns = rows_of(json_object_get(saved, "ledger_txn"), "id", new_ones);
    bool good = rows_put(sql, "ledger_entry", entries, error) && rows_put(sql, "ledger_txn", txns, error);
    json_decref(entries);
    json_decref(txns);
    return good;
}

/* ---- Keepers ---------------------------------------------------------------------------------------------------------- */

static const struct keeper {
    const char *name;
    const struct carried_table *tables;
    int puts;                                                           /* so many of the first tables are put by … */
    bool (*put)(struct sql *sql, json_t *saved, GError **error); /* … this one; NULL: all in the common way */
} KEEPERS[] = {
    {"payments", PAYMENT_TABLES, 1, payments_put}, {"doubts", DOUBT_TABLES, 0, NULL},
    {"refused", REFUSED_TABLES, 0, NULL},          {"books", BOOK_TABLES, 2, books_put},
    {"attendance", ATTENDANCE_TABLES, 0, NULL},    {"ratings", RATING_TABLES, 0, NULL},
};

static json_t *keeper_save(const struct keeper *keeper, struct sql *sql, int *slot, int64_t first, int64_t last, GError **error)
{
    json_t *saved = json_object();

    for (const struct carried_table *table = keeper->tables; table->name != NULL; table++) {
        g_assert(SQL_CARRY + *slot <= SQL_CARRY_LAST);
        sqlite3_stmt *query = sql_query(sql, SQL_CARRY + (*slot)++, table->sql, error, "ii", first, last);
        json_t *rows = rows_json(sql, query, error);
        if (rows == NULL || json_object_set_new(saved, table->name, rows) != 0) {
            json_decref(saved);
            return NULL;
        }
    }
    return saved;
}

json_t *projection_carry(struct sql *sql, int64_t first, int64_t last, GError **error)
{
    json_t *carried = json_pack("{s:i}", "version", PROJECTION_VERSION);
    int slot = 0;

    if (!sql_run(sql, SQL_COMPACT_REFUSED,
                 "INSERT INTO refused_row SELECT seq,epoch,id,type,at_ms FROM journal WHERE seq BETWEEN ?1 AND ?2"
                 " AND seq IN (SELECT seq FROM refused)",
                 error, "ii", first, last)) {
        json_decref(carried);
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(KEEPERS); i++) {
        json_t *saved = keeper_save(&KEEPERS[i], sql, &slot, first, last, error);
        if (saved == NULL || json_object_set_new(carried, KEEPERS[i].name, saved) != 0) {
            json_decref(carried);
            return NULL;
        }
    }
    return carried;
}

static bool keeper_load(const struct keeper *keeper, struct sql *sql, json_t *saved, GError **error)
{
    if (keeper->put != NULL && !keeper->put(sql, saved, error))
        return false;
    for (const struct carried_table *table = keeper->tables + keeper->puts; table->name != NULL; table++)
        if (!rows_put(sql, table->name, json_object_get(saved, table->name), error))
            return false;
    return true;
}

bool projection_load(struct sql *sql, json_t *carried, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KEEPERS); i++) {
        json_t *saved = json_object_get(carried, KEEPERS[i].name);
        if (saved != NULL && !keeper_load(&KEEPERS[i], sql, saved, error))
            return false;
    }
    return true;
}

/* Bills of what was given back are free, in whatever order that was carried. */
bool projection_loaded(struct sql *sql, GError **error)
{
    return sql_run(sql, SQL_CARRY_BILLS_FREE,
                   "DELETE FROM payment_bill WHERE payment_id IN (SELECT r.payment_id FROM reversal r JOIN payment p"
                   " ON p.id=r.load_id WHERE p.state='CONFIRMED')",
                   error, "");
}
