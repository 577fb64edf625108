/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-rows.h"

struct rows {
    struct db_rows base;
    struct db_pg_slice in;
    bool kept;        /* by somebody else */
    int next, at;     /* of the slice; of the result */
    GPtrArray *bytes; /* unescaped, of the row at hand */
};

static struct rows *of(struct db_rows *rows)
{
    return (struct rows *)rows;
}

static struct db_rows *rows_new(const struct db *db, const struct db_pg_slice *slice, bool kept)
{
    struct rows *rows = g_new0(struct rows, 1);

    *rows = (struct rows){.base.engine = db->engine, .in = *slice, .kept = kept};
    return &rows->base;
}

struct db_rows *db_pg_rows_of(const struct db *db, PGresult *result)
{
    return rows_new(db, &(struct db_pg_slice){result, NULL, PQntuples(result)}, false);
}

struct db_rows *db_pg_rows_in(const struct db *db, const struct db_pg_slice *slice)
{
    return rows_new(db, slice, true);
}

void db_pg_done(struct db_rows *rows)
{
    g_clear_pointer(&of(rows)->bytes, g_ptr_array_unref);
    if (!of(rows)->kept)
        PQclear(of(rows)->in.result);
    g_free(rows);
}

int db_pg_next(struct db *db, struct db_rows *rows, GError **error)
{
    struct rows *at = of(rows);

    g_clear_pointer(&at->bytes, g_ptr_array_unref);
    if (at->next < at->in.count) {
        at->at = at->in.rows != NULL ? at->in.rows[at->next] : at->next;
        at->next++;
        return 1;
    }
    db_pg_done(rows);
    return 0;
}

/* ---- Columns ---- */

int db_pg_count(struct db_rows *rows)
{
    return PQnfields(of(rows)->in.result) - (of(rows)->in.rows != NULL);
}

const char *db_pg_name(struct db_rows *rows, int column)
{
    return PQfname(of(rows)->in.result, column);
}

bool db_pg_is_null(struct db_rows *rows, int column)
{
    return PQgetisnull(of(rows)->in.result, of(rows)->at, column) != 0;
}

bool db_pg_is_int(struct db_rows *rows, int column)
{
    static const Oid NUMBERS[] = {OID_BOOL, OID_INT8, OID_INT2, OID_INT4, OID_NUMERIC};
    Oid type = PQftype(of(rows)->in.result, column);
    bool found = false;

    for (size_t i = 0; i < G_N_ELEMENTS(NUMBERS); i++)
        found |= NUMBERS[i] == type;
    return found && !db_pg_is_null(rows, column);
}

const char *db_pg_text(struct db_rows *rows, int column)
{
    return db_pg_is_null(rows, column) ? NULL : PQgetvalue(of(rows)->in.result, of(rows)->at, column);
}

int64_t db_pg_number(struct db_rows *rows, int column)
{
    const char *text = db_pg_text(rows, column);

    if (text == NULL)
        return 0;
    if (PQftype(of(rows)->in.result, column) == OID_BOOL)
        return *text == 't';
    return g_ascii_strtoll(text, NULL, 10);
}

const void *db_pg_bytes(struct db_rows *rows, int column, size_t *len)
{
    const char *text = db_pg_text(rows, column);

    *len = text != NULL ? (size_t)PQgetlength(of(rows)->in.result, of(rows)->at, column) : 0;
    if (text == NULL || PQftype(of(rows)->in.result, column) != OID_BYTEA)
        return text;
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, len);
    if (bytes == NULL)
        g_error("no memory");
    if (of(rows)->bytes == NULL)
        of(rows)->bytes = g_ptr_array_new_with_free_func(PQfreemem);
    g_ptr_array_add(of(rows)->bytes, bytes);
    return bytes;
}
