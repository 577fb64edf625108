/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-content.h"
#include "platform/data/db-rows.h"
#include <string.h>

static bool file_read(struct db_rows *row, void *into)
{
    struct file_row *out = into;

    db_copy_text(row, 0, out->told.id, sizeof out->told.id);
    out->told.length = db_col_int(row, 2);
    out->personal = db_col_int(row, 3) != 0;
    db_copy_text(row, 4, out->told.name, sizeof out->told.name);
    db_copy_text(row, 5, out->kiosk, sizeof out->kiosk);
    out->made_ms = db_col_int(row, 6);
    return file_type_parse(db_col_text(row, 1), &out->told.type);
}

bool db_file_find(struct db *db, const char *id, struct file_row *out, bool *found, GError **error)
{
    static const struct db_reader FILE_ROW = {file_read, sizeof *out, "a file"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, type, length, personal, name, kiosk, made_ms FROM file WHERE community=?1 AND id=?2", "s", id),
                    &FILE_ROW, out, found, error);
}

/* ---- Bytes ---- */

static char *part_key(const char *id, int64_t n)
{
    return g_strdup_printf("%s/%" G_GINT64_FORMAT, id, n);
}

static bool part_add(struct db *db, const struct file_row *row, int64_t n, const uint8_t *bytes, size_t len, GError **error)
{
    const char *id = row->told.id;

    if (!row->personal)
        return db_run(db, error, "INSERT INTO file_part VALUES(?1,?2,?3,?4,NULL)", "sib", id, n, bytes, len);
    g_autofree char *key = part_key(id, n);
    char *text = g_base64_encode(bytes, len);
    bool ok = db_run(db, error, "INSERT INTO file_part VALUES(?1,?2,?3,NULL,?4)", "sip", id, n, "file_part.sealed", key, text);

    db_secret_free(text);
    return ok;
}

bool db_file_add(struct db *db, const struct file_row *row, const void *bytes, size_t len, GError **error)
{
    bool ok = db_run(db, error, "INSERT INTO file VALUES(?1,?2,?3,?4,?5,?6,?7,?8)", "ssiissi", row->told.id,
                     file_type_name(row->told.type), row->told.length, (int64_t)row->personal, row->told.name, row->kiosk, row->made_ms);

    for (size_t at = 0; ok && at < len; at += FILE_PART_SIZE)
        ok = part_add(db, row, (int64_t)(at / FILE_PART_SIZE), (const uint8_t *)bytes + at, MIN(len - at, FILE_PART_SIZE), error);
    return ok;
}

/* Appends the part that the row has; false: it does not open. */
static bool part_append(struct db *db, struct db_rows *rows, const char *id, GByteArray *out, GError **error)
{
    if (!db_col_null(rows, 1)) {
        size_t had = 0;
        const guint8 *bytes = db_col_bytes(rows, 1, &had);
        g_byte_array_append(out, bytes, (guint)had);
        return true;
    }
    g_autofree char *key = part_key(id, db_col_int(rows, 0));
    char *text = NULL;
    gsize len = 0;
    if (!db_col_unsealed(db, rows, 2, "file_part.sealed", key, &text, error) || text == NULL)
        return false;
    if (*text != '\0')
        g_base64_decode_inplace(text, &len);
    g_byte_array_append(out, (const guint8 *)text, (guint)len);
    memset(text, 0, len);
    g_free(text);
    return true;
}

static bool parts_append(struct db *db, const char *id, int64_t first, int64_t last, GByteArray *out, GError **error)
{
    struct db_rows *rows = db_query(db, error,
                                    "SELECT n, bytes, sealed FROM file_part WHERE community=?1 AND file=?2 AND n BETWEEN ?3 AND ?4"
                                    " ORDER BY n",
                                    "sii", id, first, last);
    int step = rows == NULL ? -1 : 1;

    while (step > 0 && (step = db_next(db, rows, error)) > 0)
        if (!part_append(db, rows, id, out, error)) {
            db_done(rows);
            return false;
        }
    return step == 0;
}

GByteArray *db_file_bytes(struct db *db, const struct file_row *row, int64_t from, int64_t to, GError **error)
{
    int64_t first = from / FILE_PART_SIZE, last = (to - 1) / FILE_PART_SIZE;
    GByteArray *out = g_byte_array_new();

    if (parts_append(db, row->told.id, first, last, out, error) && out->len >= (guint)(to - first * FILE_PART_SIZE)) {
        g_byte_array_set_size(out, (guint)(to - first * FILE_PART_SIZE));
        if (from > first * FILE_PART_SIZE)
            g_byte_array_remove_range(out, 0, (guint)(from - first * FILE_PART_SIZE));
        return out;
    }
    g_byte_array_unref(out);
    if (error != NULL && *error == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a file has not all of its parts");
    return NULL;
}

/* ---- What uses it ---- */

bool db_file_use(struct db *db, const char *id, const char *what, const char *which, GError **error)
{
    return db_run(db, error, "INSERT INTO file_use VALUES(?1,?2,?3,?4) ON CONFLICT(community, file, what, id) DO NOTHING", "sss", id,
                  what, which);
}

bool db_file_used(struct db *db, const char *id, const char *what, const char *which, bool *used, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, "SELECT count(*) FROM file_use WHERE community=?1 AND file=?2 AND what=?3 AND id=?4", "sss",
                     id, what, which);

    *used = count > 0;
    return ok;
}

GPtrArray *db_file_users(struct db *db, const char *id, const char *what, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT id FROM file_use WHERE community=?1 AND file=?2 AND what=?3 ORDER BY id", "ss", id,
                                 what),
                    error);
}

bool db_file_unuse(struct db *db, const char *what, const char *which, GPtrArray **files, GError **error)
{
    *files = db_texts(db, db_query(db, error, "SELECT file FROM file_use WHERE community=?1 AND what=?2 AND id=?3 ORDER BY file", "ss",
                                   what, which),
                      error);
    return *files != NULL &&
           db_run(db, error, "DELETE FROM file_use WHERE community=?1 AND what=?2 AND id=?3", "ss", what, which);
}

bool db_file_sent(struct db *db, const char *kiosk, int64_t from_ms, int64_t *count, int64_t *bytes, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM file WHERE community=?1 AND kiosk=?2 AND kiosk<>'' AND made_ms>=?3", "si",
                  kiosk, from_ms) &&
           db_int(db, error, 0, bytes,
                  "SELECT coalesce(sum(length),0) FROM file WHERE community=?1 AND kiosk=?2 AND kiosk<>'' AND made_ms>=?3", "si", kiosk,
                  from_ms);
}

json_t *db_file_value(struct db *db, const char *id, GError **error)
{
    struct file_row row;
    int64_t uses = 0;
    bool found = false;

    if (!db_file_find(db, id, &row, &found, error) || !found || row.personal ||
        !db_int(db, error, 0, &uses, "SELECT count(*) FROM file_use WHERE community=?1 AND file=?2", "s", id) || uses == 0)
        return NULL;
    return file_told_to_json(&row.told);
}

json_t *db_file_list(struct db *db, const char *what, const char *which, GError **error)
{
    struct db_rows *rows =
        db_query(db, error,
                 "SELECT f.id AS sha256, f.type, f.length, f.name, f.personal, f.kiosk, f.made_ms, (SELECT count(*) FROM file_use u"
                 " WHERE u.community=?1 AND u.file=f.id) AS uses FROM file f WHERE f.community=?1 AND (?2 IS NULL OR EXISTS (SELECT 1"
                 " FROM file_use u WHERE u.community=?1 AND u.file=f.id AND u.what=?2 AND u.id=?3)) ORDER BY f.made_ms, f.id",
                 "ss", what, which);
    json_t *out = json_array();

    if (!db_rows_json(db, rows, NULL, out, error))
        g_clear_pointer(&out, json_decref);
    return out;
}
