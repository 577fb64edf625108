/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-values.h"
#include "platform/data/db-pg-rows.h"
#include <string.h>

#define OID_BYTEA_ARRAY 1001
#define OID_TEXT_ARRAY  1009
#define OID_INT8_ARRAY  1016

/* ---- Values ---- */

static Oid type_of(char kind, bool array)
{
    if (kind == 'b')
        return array ? OID_BYTEA_ARRAY : OID_BYTEA;
    if (kind == 'i')
        return array ? OID_INT8_ARRAY : OID_INT8;
    return array ? OID_TEXT_ARRAY : OID_TEXT;
}

static void value_put(const struct db_value *in, int i, struct db_pg_values *out)
{
    out->texts[i] = in->text;
    out->lengths[i] = 0;
    out->formats[i] = in->kind == 'b';
    out->types[i] = type_of(in->kind, false);
    out->arrays[i] = NULL;
    if (in->kind == 'i') {
        g_snprintf(out->numbers[i], sizeof out->numbers[i], "%" G_GINT64_FORMAT, in->number);
        out->texts[i] = out->numbers[i];
    } else if (in->kind == 'b') {
        out->texts[i] = in->bytes;
        out->lengths[i] = (int)in->len;
    }
}

void db_pg_values_of(const struct db_value *in, int count, struct db_pg_values *out)
{
    g_assert(count <= DB_PG_VALUES_MAX);
    out->count = count;
    for (int i = 0; i < count; i++)
        value_put(&in[i], i, out);
}

static void int32_add(GByteArray *out, int32_t number)
{
    uint32_t wire = GUINT32_TO_BE((uint32_t)number);

    g_byte_array_append(out, (const uint8_t *)&wire, sizeof wire);
}

static void item_add(GByteArray *out, const struct db_value *value)
{
    const void *bytes = value->kind == 'b' ? value->bytes : value->text;
    uint64_t wire = GUINT64_TO_BE((uint64_t)value->number);

    if (value->kind == 'i') {
        int32_add(out, sizeof wire);
        g_byte_array_append(out, (const uint8_t *)&wire, sizeof wire);
    } else if (bytes == NULL) {
        int32_add(out, -1);
    } else {
        size_t len = value->kind == 'b' ? value->len : strlen(value->text);
        int32_add(out, (int32_t)len);
        g_byte_array_append(out, bytes, (guint)len);
    }
}

/* As the server's array_recv() reads it: one dimension from 1 on, and each item with its length. */
static GByteArray *array_of(const GPtrArray *rows, int column)
{
    const struct db_value *first = rows->pdata[0];
    GByteArray *out = g_byte_array_sized_new(64 * rows->len);

    int32_add(out, 1);
    int32_add(out, 1); /* some may be NULL */
    int32_add(out, (int32_t)type_of(first[column].kind, false));
    int32_add(out, (int32_t)rows->len);
    int32_add(out, 1);
    for (guint i = 0; i < rows->len; i++)
        item_add(out, &((const struct db_value *)rows->pdata[i])[column]);
    return out;
}

void db_pg_values_many(const GPtrArray *rows, int count, struct db_pg_values *out)
{
    const struct db_value *first = rows->pdata[0];

    g_assert(count <= DB_PG_VALUES_MAX);
    out->count = count;
    value_put(&first[0], 0, out);
    for (int i = 1; i < count; i++) {
        out->arrays[i] = array_of(rows, i);
        out->texts[i] = (const char *)out->arrays[i]->data;
        out->lengths[i] = (int)out->arrays[i]->len;
        out->formats[i] = 1;
        out->types[i] = type_of(first[i].kind, true);
    }
}

void db_pg_values_clear(struct db_pg_values *values)
{
    for (int i = 1; i < values->count; i++)
        g_clear_pointer(&values->arrays[i], g_byte_array_unref);
}

struct db_value *db_pg_row_copy(const struct db_value *values, int count)
{
    struct db_value *copy = g_memdup2(values, (gsize)count * sizeof *values);

    for (int i = 1; i < count; i++) {
        copy[i].text = g_strdup(values[i].kind == 's' ? values[i].text : NULL);
        copy[i].bytes = values[i].kind == 'b' && values[i].bytes != NULL ? g_memdup2(values[i].bytes, values[i].len) : NULL;
    }
    return copy;
}

void db_pg_row_free(struct db_value *values, int count)
{
    for (int i = 1; i < count; i++) {
        g_free((gpointer)values[i].text);
        g_free((gpointer)values[i].bytes);
    }
    g_free(values);
}

/* ---- Texts ---- */

/* Of `len` bytes. `many`: ?1 is $1, and each other one a column of `many`. */
static void words_add(GString *out, const char *sql, size_t len, bool many)
{
    static const char HINT[] = " INDEXED BY ";
    bool quoted = false;

    for (const char *end = sql + len; sql < end; sql++) {
        quoted ^= *sql == '\'';
        if (!quoted && g_str_has_prefix(sql, HINT)) {
            sql += sizeof HINT - 1;
            sql += strcspn(sql, " ");
        }
        if (sql >= end)
            break;
        if (quoted || *sql != '?')
            g_string_append_c(out, *sql);
        else
            g_string_append(out, many && !(sql[1] == '1' && !g_ascii_isdigit(sql[2])) ? "many.p" : "$");
    }
}

char *db_pg_statement(const char *sql)
{
    GString *out = g_string_new(NULL);

    words_add(out, sql, strlen(sql), false);
    return g_string_free(out, FALSE);
}

/* unnest($2,…) WITH ORDINALITY many(p2,…,at) */
static void rows_add(GString *out, int count)
{
    g_string_append(out, "unnest(");
    for (int i = 2; i <= count; i++)
        g_string_append_printf(out, "%s$%d", i > 2 ? "," : "", i);
    g_string_append(out, ") WITH ORDINALITY many(");
    for (int i = 2; i <= count; i++)
        g_string_append_printf(out, "p%d,", i);
    g_string_append(out, "at)");
}

/* OFFSET 0 keeps it one question for each row, by its own keys: else the server might join whole tables. */
static void select_many(GString *out, const char *sql, int count)
{
    g_string_append(out, "SELECT r.*, many.at FROM ");
    rows_add(out, count);
    g_string_append(out, ", LATERAL (");
    words_add(out, sql, strlen(sql), true);
    g_string_append(out, " OFFSET 0) r");
}

/* Behind the parenthesis that ends what `sql` begins with. */
static const char *parenthesis_end(const char *sql)
{
    bool quoted = false;
    int depth = 0;

    for (;; sql++) {
        g_assert(*sql != '\0');
        quoted ^= *sql == '\'';
        depth += !quoted && *sql == '(' ? 1 : !quoted && *sql == ')' ? -1 : 0;
        if (depth == 0)
            return sql + 1;
    }
}

static void insert_many(GString *out, const char *sql, int count)
{
    static const char VALUES[] = " VALUES(";
    const char *values = strstr(sql, VALUES), *begin, *end;

    g_assert(values != NULL);
    begin = values + sizeof VALUES - 1;
    end = parenthesis_end(begin - 1);
    words_add(out, sql, (size_t)(values - sql), false);
    g_string_append(out, " SELECT ");
    words_add(out, begin, (size_t)(end - 1 - begin), true);
    g_string_append(out, " FROM ");
    rows_add(out, count);
    g_string_append(out, " ORDER BY many.at");
    words_add(out, end, strlen(end), false);
}

char *db_pg_statement_many(const char *sql, int count)
{
    GString *out = g_string_new(NULL);

    g_assert(count > 1);
    if (g_str_has_prefix(sql, "SELECT"))
        select_many(out, sql, count);
    else
        insert_many(out, sql, count);
    return g_string_free(out, FALSE);
}
