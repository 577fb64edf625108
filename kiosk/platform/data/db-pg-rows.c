/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-rows.h"

struct rows {
    struct db_rows base;
    PGresult *result; /* NULL: it is only asked for */
    bool kept;        /* by somebody else */
    int at, total;
    GPtrArray *bytes; /* unescaped, of the row at hand */
};

static struct rows *of(struct db_rows *rows)
{
    return (struct rows *)rows;
}

struct db_rows *db_pg_rows_of(const struct db *db, PGresult *result, bool kept)
{
    struct rows *rows = g_new0(struct rows, 1);

    *rows = (struct rows){.base.engine = db->engine, .result = result, .kept = kept, .at = -1, .total = PQntuples(result)};
    return &rows->base;
}

void db_pg_done(struct db_rows *rows)
{
    g_clear_pointer(&of(rows)->bytes, g_ptr_array_unref);
    if (!of(rows)->kept)
        PQclear(of(rows)->result);
    g_free(rows);
}

int db_pg_next(struct db *db, struct db_rows *rows, GError **error)
{
    g_clear_pointer(&of(rows)->bytes, g_ptr_array_unref);
    if (++of(rows)->at < of(rows)->total)
        return 1;
    db_pg_done(rows);
    return 0;
}

/* ---- Columns ---- */

int db_pg_count(struct db_rows *rows)
{
    return PQnfields(of(rows)->result);
}

const char *db_pg_name(struct db_rows *rows, int column)
{
    return PQfname(of(rows)->result, column);
}

bool db_pg_is_null(struct db_rows *rows, int column)
{
    return PQgetisnull(of(rows)->result, of(rows)->at, column) != 0;
}

bool db_pg_is_int(struct db_rows *rows, int column)
{
    static const Oid NUMBERS[] = {OID_BOOL, OID_INT8, OID_INT2, OID_INT4, OID_NUMERIC};
    Oid type = PQftype(of(rows)->result, column);
    bool found = false;

    for (size_t i = 0; i < G_N_ELEMENTS(NUMBERS); i++)
        found |= NUMBERS[i] == type;
    return found && !db_pg_is_null(rows, column);
}

const char *db_pg_text(struct db_rows *rows, int column)
{
    return db_pg_is_null(rows, column) ? NULL : PQgetvalue(of(rows)->result, of(rows)->at, column);
}

int64_t db_pg_number(struct db_rows *rows, int column)
{
    const char *text = db_pg_text(rows, column);

    if (text == NULL)
        return 0;
    if (PQftype(of(rows)->result, column) == OID_BOOL)
        return *text == 't';
    return g_ascii_strtoll(text, NULL, 10);
}

const void *db_pg_bytes(struct db_rows *rows, int column, size_t *len)
{
    const char *text = db_pg_text(rows, column);

    *len = text != NULL ? (size_t)PQgetlength(of(rows)->result, of(rows)->at, column) : 0;
    if (text == NULL || PQftype(of(rows)->result, column) != OID_BYTEA)
        return text;
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, len);
    if (bytes == NULL)
        g_error("no memory");
    if (of(rows)->bytes == NULL)
        of(rows)->bytes = g_ptr_array_new_with_free_func(PQfreemem);
    g_ptr_array_add(of(rows)->bytes, bytes);
    return bytes;
}
