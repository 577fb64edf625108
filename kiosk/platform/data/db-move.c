/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables and columns are the same on both engines (test-schema.c), and the file says which there are: a table that is added goes along.
 * A table stands behind those that its foreign keys name. Rows that a server's triggers make of others are not moved, and what is closed
 * begins open there, so that its sum is held against zero.
 */
#include "platform/data/db-move.h"
#include "platform/data/db-engine.h"
#include <string.h>

#define COLUMNS_MAX 48
#define LOOK_FIRST  500 /* rows; then each time after eight times as many */

struct table {
    char *name;
    GPtrArray *columns, *behind; /* names; of tables that it refers to */
    GString *kinds;              /* of each column: i, s or b */
    bool placed;
};

/* What is not moved as it lies there. */
static const struct {
    const char *table, *rest; /* behind WHERE community=?1; NULL: all that the server has of it is made there */
} SPECIAL[] = {
    {"open_txn", NULL}, {"open_file", NULL}, {"open_never", NULL}, {"settle_line", NULL},
    {"rating_step", " AND n>0"},
    {"credit_txn", " ORDER BY reverses IS NOT NULL"}, /* behind what it takes back */
    {"card_finding", " AND ended_ms IS NULL"}, /* those that ended: ended_move() */
};

/* Their rows begin open. */
static const struct {
    const char *table, *close;
} CLOSED[] = {
    {"txn", "UPDATE txn SET closed=1 WHERE community=?1"}, {"credit_txn", "UPDATE credit_txn SET closed=1 WHERE community=?1"},
};

static void table_free(gpointer data)
{
    struct table *table = data;

    g_ptr_array_unref(table->columns);
    g_ptr_array_unref(table->behind);
    g_string_free(table->kinds, TRUE);
    g_free(table->name);
    g_free(table);
}

static bool is_moved(const char *name, const char **rest)
{
    *rest = "";
    for (size_t i = 0; i < G_N_ELEMENTS(SPECIAL); i++)
        if (strcmp(SPECIAL[i].table, name) == 0)
            *rest = SPECIAL[i].rest;
    return *rest != NULL;
}

/* ---- What there is ---- */

static bool columns_read(struct db *file, struct table *table, GError **error)
{
    struct db_rows *rows = db_query(file, error, "SELECT name, type FROM pragma_table_info(?2) WHERE ?1 IS NOT NULL ORDER BY cid", "s", table->name);
    int step = -1;

    while (rows != NULL && (step = db_next(file, rows, error)) > 0) {
        const char *type = db_col_text(rows, 1);
        g_ptr_array_add(table->columns, g_strdup(db_col_text(rows, 0)));
        g_string_append_c(table->kinds, strcmp(type, "INT") == 0 ? 'i' : strcmp(type, "BLOB") == 0 ? 'b' : 's');
    }
    g_assert(step != 0 || (table->columns->len > 0 && table->columns->len <= COLUMNS_MAX && strcmp(table->columns->pdata[0], "community") == 0));
    return step == 0;
}

static bool keys_read(struct db *file, struct table *table, GError **error)
{
    struct db_rows *rows = db_query(file, error, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?2) WHERE ?1 IS NOT NULL", "s", table->name);
    int step = -1;

    while (rows != NULL && (step = db_next(file, rows, error)) > 0)
        g_ptr_array_add(table->behind, g_strdup(db_col_text(rows, 0)));
    return step == 0;
}

static struct table *table_new(const char *name)
{
    struct table *table = g_new0(struct table, 1);

    table->name = g_strdup(name);
    table->columns = g_ptr_array_new_with_free_func(g_free);
    table->behind = g_ptr_array_new_with_free_func(g_free);
    table->kinds = g_string_new(NULL);
    return table;
}

/* Of struct table; NULL with error. */
static GPtrArray *tables_read(struct db *file, GError **error)
{
    struct db_rows *rows = db_query(file, error,
                                    "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND"
                                    " name NOT LIKE 'old\\_%' ESCAPE '\\' AND ?1 IS NOT NULL ORDER BY name", "");
    GPtrArray *tables = g_ptr_array_new_with_free_func(table_free);
    const char *rest;
    int step = -1;

    while (rows != NULL && (step = db_next(file, rows, error)) > 0)
        if (is_moved(db_col_text(rows, 0), &rest))
            g_ptr_array_add(tables, table_new(db_col_text(rows, 0)));
    bool ok = step == 0;
    for (guint i = 0; ok && i < tables->len; i++)
        ok = columns_read(file, tables->pdata[i], error) && keys_read(file, tables->pdata[i], error);
    if (ok)
        return tables;
    g_ptr_array_unref(tables);
    return NULL;
}

/* ---- One table ---- */

/* Statements are known by their address. */
static const char *question_of(const struct table *table, const char *rest)
{
    g_autoptr(GString) sql = g_string_new("SELECT ");

    for (guint i = 0; i < table->columns->len; i++)
        g_string_append_printf(sql, "%s\"%s\"", i > 0 ? ", " : "", (const char *)table->columns->pdata[i]);
    g_string_append_printf(sql, " FROM %s WHERE community=?1%s", table->name, rest);
    return g_intern_string(sql->str);
}

static const char *insert_of(const struct table *table)
{
    g_autoptr(GString) sql = g_string_new(NULL);

    g_string_append_printf(sql, "INSERT INTO %s(", table->name);
    for (guint i = 0; i < table->columns->len; i++)
        g_string_append_printf(sql, "%s\"%s\"", i > 0 ? ", " : "", (const char *)table->columns->pdata[i]);
    g_string_append(sql, ") VALUES(");
    for (guint i = 1; i <= table->columns->len; i++)
        g_string_append_printf(sql, "%s?%u", i > 1 ? "," : "", i);
    g_string_append_c(sql, ')');
    return g_intern_string(sql->str);
}

static struct db_value value_of(struct db_rows *row, int column, char kind)
{
    struct db_value value = {.kind = db_col_null(row, column) ? 's' : kind};

    if (db_col_null(row, column))
        return value;
    if (kind == 'i') {
        value.number = db_col_int(row, column);
    } else if (kind == 's') {
        value.text = db_col_text(row, column);
    } else {
        value.bytes = db_col_bytes(row, column, &value.len);
        value.bytes = value.bytes != NULL ? value.bytes : ""; /* none, which is not NULL */
    }
    return value;
}

static bool is_closed(const struct table *table)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CLOSED); i++)
        if (strcmp(CLOSED[i].table, table->name) == 0)
            return true;
    return false;
}

static bool row_move(struct db *server, const struct table *table, const char *sql, struct db_rows *row, GError **error)
{
    struct db_value values[COLUMNS_MAX];
    bool opens = is_closed(table);

    for (guint i = 0; i < table->columns->len; i++) {
        values[i] = value_of(row, (int)i, table->kinds->str[i]);
        if (opens && strcmp(table->columns->pdata[i], "closed") == 0)
            values[i].number = 0;
    }
    return server->engine->gather(server, sql, values, (int)table->columns->len, error);
}

/* Plans that were made while it was empty take any index for as good as another. */
static bool look(struct db *server, const struct table *table, GError **error)
{
    g_autofree char *script = g_strdup_printf("ANALYZE %s", table->name);

    return server->engine->script(server, script, error);
}

static bool rows_move(struct db *file, struct db *server, const struct table *table, struct db_rows *rows, GError **error)
{
    const char *sql = insert_of(table);
    guint64 count = 0, next = LOOK_FIRST;
    bool ok = true;
    int step = 0;

    while (ok && (step = db_next(file, rows, error)) > 0) {
        ok = row_move(server, table, sql, rows, error);
        if (ok && ++count == next) {
            ok = look(server, table, error);
            next *= 8;
        }
    }
    if (!ok)
        db_done(rows);
    return ok && step == 0 && (count == 0 || look(server, table, error));
}

static struct table *table_find(GPtrArray *tables, const char *name)
{
    for (guint i = 0; i < tables->len; i++)
        if (strcmp(((struct table *)tables->pdata[i])->name, name) == 0)
            return tables->pdata[i];
    return NULL;
}

/* Behind those that it refers to; of tables that refer to each other, the server looks at the commit. */
static bool table_move(struct db *file, struct db *server, GPtrArray *tables, struct table *table, GError **error)
{
    const char *rest;

    if (table == NULL || table->placed)
        return true;
    table->placed = true;
    for (guint i = 0; i < table->behind->len; i++)
        if (!table_move(file, server, tables, table_find(tables, table->behind->pdata[i]), error))
            return false;
    (void)is_moved(table->name, &rest);
    struct db_rows *rows = db_query(file, error, question_of(table, rest), "");
    return rows != NULL && rows_move(file, server, table, rows, error);
}

/* ---- Findings that ended ---- */

#define FINDING "card, kind, counter, code, n, severity, from_counter, off_fen, payment_a, payment_b, kiosk_a, kiosk_b, since_ms, found_ms"

/* It begins open, as all do, and ends before the next one of its kind begins. */
static bool finding_move(struct db *server, struct db_rows *row, GError **error)
{
    const char *card = db_col_text(row, 0), *kind = db_col_text(row, 1), *code = db_col_text(row, 3);
    int64_t counter = db_col_int(row, 2), n = db_col_int(row, 4);

    return db_run(server, error, "INSERT INTO card_finding(community, " FINDING ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
                  "ssisisiissssii", card, kind, counter, code, n, db_col_text(row, 5), db_col_int(row, 6), db_col_int(row, 7), db_col_text(row, 8),
                  db_col_text(row, 9), db_col_text(row, 10), db_col_text(row, 11), db_col_int(row, 12), db_col_int(row, 13)) &&
           db_run(server, error, "UPDATE card_finding SET ended_ms=?7, ended_by=?8 WHERE community=?1 AND card=?2 AND kind=?3 AND counter=?4 AND code=?5"
                                 " AND n=?6",
                  "ssisiis", card, kind, counter, code, n, db_col_int(row, 14), db_col_text(row, 15));
}

static bool ended_move(struct db *file, struct db *server, GError **error)
{
    struct db_rows *rows = db_query(file, error, "SELECT " FINDING ", ended_ms, ended_by FROM card_finding WHERE community=?1 AND ended_ms IS NOT NULL"
                                                 " ORDER BY card, kind, counter, code, n", "");
    int step = -1;

    while (rows != NULL && (step = db_next(file, rows, error)) > 0)
        if (!finding_move(server, rows, error)) {
            db_done(rows);
            return false;
        }
    return step == 0;
}

/* ---- All of it ---- */

static bool all_close(struct db *server, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CLOSED); i++)
        if (!db_run(server, error, CLOSED[i].close, ""))
            return false;
    return db_settle(server, error);
}

static bool can_move(struct db *file, GError **error)
{
    int64_t files;

    if (!db_int(file, error, 0, &files, "SELECT count(*) FROM settle_file WHERE community=?1", ""))
        return false;
    if (files > 0)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "what was settled in a file stays there");
    return files == 0;
}

static bool tables_move(struct db *file, struct db *server, GError **error)
{
    g_autoptr(GPtrArray) tables = can_move(file, error) ? tables_read(file, error) : NULL;

    if (tables == NULL || !ended_move(file, server, error))
        return false;
    for (guint i = 0; i < tables->len; i++)
        if (!table_move(file, server, tables, tables->pdata[i], error))
            return false;
    return all_close(server, error);
}

bool db_move(struct db *file, struct db *server, GError **error)
{
    g_assert(server->engine->gather != NULL);
    if (!db_begin(file, false, error))
        return false;
    bool begun = db_begin(server, true, error), ok = begun && tables_move(file, server, error);

    db_rollback(file);
    if (ok)
        return db_commit(server, error);
    if (begun)
        db_rollback(server);
    return false;
}

struct db *db_beside(struct db *db, const char *dir, GError **error)
{
    struct db *made = db_open(dir, db->community, true, NULL, error);

    db_close(made); /* with what making the tables left in it */
    return made != NULL ? db_open(dir, db->community, false, db->keys, error) : NULL;
}
