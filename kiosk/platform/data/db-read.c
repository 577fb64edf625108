/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-seal.h"
#include <openssl/crypto.h>
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

/* ---- Of what is sealed ---- */

const char *db_key(int64_t id, char out[24])
{
    g_snprintf(out, 24, "%" G_GINT64_FORMAT, id);
    return out;
}

void db_secret_free(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
}

bool db_copy_unsealed(struct db *db, struct db_rows *stmt, int column, const char *place, const char *key, char *out, size_t size,
                      GError **error)
{
    char *text = NULL;
    bool good = db_col_unsealed(db, stmt, column, place, key, &text, error);

    g_strlcpy(out, text != NULL ? text : "", size);
    db_secret_free(text);
    return good;
}

/* ---- As JSON ---- */

const char *db_last4(const char *text)
{
    size_t len = strlen(text);

    return len > 4 ? text + len - 4 : text;
}

bool db_row_unseal(struct db *db, json_t *row, const struct db_sealed *sealed, GError **error)
{
    const char *text = json_string_value(json_object_get(row, sealed->member)),
               *key = json_string_value(json_object_get(row, sealed->key));

    if (text == NULL)
        return true;
    g_autofree char *place = g_strdup_printf("%s|%s", sealed->place, key != NULL ? key : "");
    char *clear = db_unseal(db->keys, place, text, error);
    if (clear == NULL)
        return false;
    bool good = json_object_set_new(row, sealed->member, json_string(sealed->last4 ? db_last4(clear) : clear)) == 0;
    db_secret_free(clear);
    if (!good)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s is not UTF-8", sealed->member);
    return good;
}

bool db_rows_json(struct db *db, struct db_rows *stmt, const struct db_sealed *sealed, json_t *rows, GError **error)
{
    int step = stmt == NULL ? -1 : 1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        json_t *row = db_row_json(stmt);
        if (json_array_append_new(rows, row) == 0 && (sealed == NULL || db_row_unseal(db, row, sealed, error)))
            continue;
        db_done(stmt);
        step = -1;
    }
    return step == 0;
}

json_t *db_envelope(struct db *db, struct db_rows *stmt, GError **error)
{
    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return NULL;
    json_t *envelope = json_pack("{s:s, s:s, s:s}", "payload", db_col_text(stmt, 0), "signature", db_col_text(stmt, 1), "key_id",
                                 db_col_text(stmt, 2));
    db_done(stmt);
    return envelope;
}
