/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/db.h"
#include <string.h>

static bool damaged(const struct db_reader *reader, struct db_rows *stmt, GError **error)
{
    db_done(stmt);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s is damaged", reader->what);
    return false;
}

bool db_first(struct db *db, struct db_rows *stmt, const struct db_reader *reader, void *out, bool *found, GError **error)
{
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    memset(out, 0, reader->size);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    *found = reader->read(stmt, out);
    if (!*found)
        return damaged(reader, stmt, error);
    db_done(stmt);
    return true;
}

GArray *db_array(struct db *db, struct db_rows *stmt, const struct db_reader *reader, GError **error)
{
    GArray *out;
    int step = 1;

    if (stmt == NULL)
        return NULL;
    out = g_array_new(FALSE, TRUE, (guint)reader->size);
    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        g_array_set_size(out, out->len + 1);
        if (!reader->read(stmt, out->data + (out->len - 1) * reader->size)) {
            damaged(reader, stmt, error);
            step = -1;
        }
    }
    if (step == 0)
        return out;
    g_array_unref(out);
    return NULL;
}

GPtrArray *db_texts(struct db *db, struct db_rows *stmt, GError **error)
{
    GPtrArray *out;
    int step;

    if (stmt == NULL)
        return NULL;
    out = g_ptr_array_new_with_free_func(g_free);
    while ((step = db_next(db, stmt, error)) > 0)
        g_ptr_array_add(out, g_strdup(db_col_text(stmt, 0)));
    if (step == 0)
        return out;
    g_ptr_array_unref(out);
    return NULL;
}
