/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What projections remember of rows that left the journal. Each keeper has a member of its own in a segment's `carried`:
 *
 *   save   what the rows first … last made that nothing else will bring back; asked before they go
 *   load   the same into fresh tables, before the rows that are left are applied, in the order of segments
 *
 * A projection that adds up (balances) saves the sums of the rows that go and adds them when loaded. A keeper is added here,
 * and its kinds of event to type_may_go() in compact.c.
 */
#include "store/internal.h"

#include <string.h>

struct keeper {
    const char *name;
    json_t *(*save)(struct sql *sql, int64_t first, int64_t last, GError **error);
    bool (*load)(struct sql *sql, json_t *saved, GError **error);
};

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
    g_autofree char *text = g_strdup_printf("INSERT INTO %s(%s) VALUES(%s)", table, names->str, places->str);
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

/* ---- Payments: those that ended in these rows, their bills, and slips ------------------------------------------------------ */

static json_t *payments_save(struct sql *sql, int64_t first, int64_t last, GError **error)
{
    json_t *payments = rows_json(sql,
                                 sql_query(sql, SQL_CARRY_PAYMENTS,
                                           "SELECT * FROM payment WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq", error, "ii",
                                           first, last),
                                 error);
    json_t *bills = rows_json(sql,
                              sql_query(sql, SQL_CARRY_BILLS,
                                        "SELECT b.* FROM payment_bill b JOIN payment p ON p.id=b.payment_id"
                                        " WHERE p.seq BETWEEN ?1 AND ?2",
                                        error, "ii", first, last),
                              error);
    json_t *printed = rows_json(sql,
                                sql_query(sql, SQL_CARRY_PRINTED, "SELECT * FROM receipt_printed WHERE seq BETWEEN ?1 AND ?2",
                                          error, "ii", first, last),
                                error);
    if (payments != NULL && bills != NULL && printed != NULL)
        return json_pack("{s:o, s:o, s:o}", "payment", payments, "payment_bill", bills, "receipt_printed", printed);
    json_decref(payments);
    json_decref(bills);
    json_decref(printed);
    return NULL;
}

static bool payments_load(struct sql *sql, json_t *saved, GError **error)
{
    json_t *payments = json_object_get(saved, "payment"), *payment;
    size_t i;

    if (!rows_put(sql, "payment", payments, error) || !rows_put(sql, "payment_bill", json_object_get(saved, "payment_bill"), error) ||
        !rows_put(sql, "receipt_printed", json_object_get(saved, "receipt_printed"), error))
        return false;
    json_array_foreach(payments, i, payment)
    {
        const char *token = json_string_value(json_object_get(payment, "card_token"));
        const char *id = json_string_value(json_object_get(payment, "id"));
        if (token == NULL || id == NULL ||
            !sql_run(sql, SQL_CARRY_PAYMENT_PUT,
                     "INSERT INTO card VALUES(?1,?2) ON CONFLICT(card_token) DO UPDATE SET last_payment=excluded.last_payment",
                     error, "ss", token, id))
            return false;
    }
    return true;
}

static const struct keeper KEEPERS[] = {
    {"payments", payments_save, payments_load},
};

json_t *projection_carry(struct sql *sql, int64_t first, int64_t last, GError **error)
{
    json_t *carried = json_pack("{s:i}", "version", PROJECTION_VERSION);

    for (size_t i = 0; i < G_N_ELEMENTS(KEEPERS); i++) {
        json_t *saved = KEEPERS[i].save(sql, first, last, error);
        if (saved == NULL || json_object_set_new(carried, KEEPERS[i].name, saved) != 0) {
            json_decref(carried);
            return NULL;
        }
    }
    return carried;
}

bool projection_load(struct sql *sql, json_t *carried, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KEEPERS); i++) {
        json_t *saved = json_object_get(carried, KEEPERS[i].name);
        if (saved != NULL && !KEEPERS[i].load(sql, saved, error))
            return false;
    }
    return true;
}
