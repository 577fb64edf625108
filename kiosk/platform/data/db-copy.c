/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-copy.h"
#include <string.h>

#define COPY_BYTES_MAX (256 * 1024)

bool db_copy_takes(const struct db_copy *copy, const char *sql)
{
    return copy->sql == NULL || (copy->sql == sql && copy->text->len < COPY_BYTES_MAX);
}

static void add_text(GString *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\\':
            g_string_append(out, "\\\\");
            break;
        case '\t':
            g_string_append(out, "\\t");
            break;
        case '\n':
            g_string_append(out, "\\n");
            break;
        case '\r':
            g_string_append(out, "\\r");
            break;
        default:
            g_string_append_c(out, *text);
        }
    }
}

static void add_bytes(GString *out, const uint8_t *bytes, size_t len)
{
    g_string_append(out, "\\\\x");
    for (size_t i = 0; i < len; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
}

static void add_value(GString *out, const struct db_value *value)
{
    if (value->kind == 'i')
        g_string_append_printf(out, "%" G_GINT64_FORMAT, value->number);
    else if (value->kind == 'b' && value->bytes != NULL)
        add_bytes(out, value->bytes, value->len);
    else if (value->kind == 's' && value->text != NULL)
        add_text(out, value->text);
    else
        g_string_append(out, "\\N");
}

void db_copy_add(struct db_copy *copy, const char *sql, const struct db_value *values, int count)
{
    g_assert(db_copy_takes(copy, sql));
    if (copy->text == NULL)
        copy->text = g_string_sized_new(COPY_BYTES_MAX);
    copy->sql = sql;
    for (int i = 0; i < count; i++) {
        if (i > 0)
            g_string_append_c(copy->text, '\t');
        add_value(copy->text, &values[i]);
    }
    g_string_append_c(copy->text, '\n');
}

/* "INSERT INTO table(columns) VALUES(?1,…)" → "COPY table(columns) FROM STDIN" */
static char *command_of(const char *sql)
{
    static const char BEGIN[] = "INSERT INTO ";
    const char *end = strstr(sql, " VALUES(?1,");

    g_assert(g_str_has_prefix(sql, BEGIN) && end != NULL);
    return g_strdup_printf("COPY %.*s FROM STDIN", (int)(end - sql - (sizeof BEGIN - 1)), sql + sizeof BEGIN - 1);
}

static bool ends_well(PGconn *conn)
{
    bool ok = true;

    for (PGresult *result; (result = PQgetResult(conn)) != NULL; PQclear(result))
        ok = ok && PQresultStatus(result) == PGRES_COMMAND_OK;
    return ok;
}

bool db_copy_send(struct db_copy *copy, PGconn *conn)
{
    g_autofree char *command = command_of(copy->sql);
    PGresult *begun = PQexec(conn, command);
    bool ok = PQresultStatus(begun) == PGRES_COPY_IN;

    PQclear(begun);
    ok = ok && PQputCopyData(conn, copy->text->str, (int)copy->text->len) == 1 && PQputCopyEnd(conn, NULL) == 1 &&
         ends_well(conn);
    copy->sql = NULL;
    g_string_truncate(copy->text, 0);
    return ok;
}

void db_copy_clear(struct db_copy *copy)
{
    if (copy->text != NULL)
        g_string_free(copy->text, TRUE);
    *copy = (struct db_copy){0};
}
