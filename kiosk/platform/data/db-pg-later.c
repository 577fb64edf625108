/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-later.h"
#include <string.h>

/* Of texts. g_free. */
static char *key_of(const struct db_later *what, const struct db_value *values)
{
    GString *key = g_string_new(NULL);

    for (int i = 1; i <= what->keys; i++) {
        g_assert(values[i].kind == 's' && values[i].text != NULL);
        g_string_append_printf(key, "%zu:%s|", strlen(values[i].text), values[i].text);
    }
    return g_string_free(key, FALSE);
}

static void begin(struct db_pg_waiting *waiting, const struct db_later *what, int count)
{
    *waiting = (struct db_pg_waiting){.what = what, .count = count, .rows = g_ptr_array_new()};
    if (what->keys > 0)
        waiting->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* False: there is none of its key yet. */
static bool replaced(struct db_pg_waiting *waiting, const struct db_value *values, int count)
{
    char *key = key_of(waiting->what, values);
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(waiting->by_key, key));

    if (place == 0) {
        g_hash_table_insert(waiting->by_key, key, GUINT_TO_POINTER(waiting->rows->len + 1));
        return false;
    }
    g_free(key);
    db_pg_row_free(waiting->rows->pdata[place - 1], count);
    waiting->rows->pdata[place - 1] = db_pg_row_copy(values, count);
    return true;
}

void db_pg_later_add(struct db_pg_later *later, const struct db_later *what, const struct db_value *values, int count)
{
    g_assert(what->rank >= 0 && what->rank < DB_PG_LATER_MAX);
    struct db_pg_waiting *waiting = &later->at[what->rank];

    if (waiting->rows == NULL)
        begin(waiting, what, count);
    g_assert(waiting->what == what && waiting->count == count);
    if (waiting->by_key != NULL && replaced(waiting, values, count))
        return;
    g_ptr_array_add(waiting->rows, db_pg_row_copy(values, count));
    later->rows++;
}

void db_pg_later_clear(struct db_pg_waiting *waiting)
{
    if (waiting->rows == NULL)
        return;
    for (guint i = 0; i < waiting->rows->len; i++)
        db_pg_row_free(waiting->rows->pdata[i], waiting->count);
    g_ptr_array_unref(waiting->rows);
    g_clear_pointer(&waiting->by_key, g_hash_table_unref);
    *waiting = (struct db_pg_waiting){.what = NULL};
}

void db_pg_later_forget(struct db_pg_later *later)
{
    for (int rank = 0; rank < DB_PG_LATER_MAX && later->rows > 0; rank++)
        db_pg_later_clear(&later->at[rank]);
    later->rows = 0;
}
