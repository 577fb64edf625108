/* SPDX-License-Identifier: Apache-2.0 */
#include "store/files.h"
#include "store/file.h"
#include "store/ledger-internal.h"

#include <string.h>

/* ---- Told ---- */

const char *file_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct file_told file;

    if (value == NULL) {
        sql_run(&store->sql, SQL_FILE_DELETE, "DELETE FROM file WHERE id=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (!file_told_from_json(value, &file) || strcmp(file.id, key) != 0)
        return "value";
    sql_run(&store->sql, SQL_FILE_PUT,
            "INSERT INTO file(id,version,type,length,name) VALUES(?1,?2,?3,?4,?5) ON CONFLICT(id) DO UPDATE SET"
            " version=excluded.version, type=excluded.type, length=excluded.length, name=excluded.name"
            " WHERE excluded.version>=file.version",
            error, "sisis", key, version, file_type_name(file.type), file.length, file.name);
    return NULL;
}

static bool row_read(sqlite3_stmt *row, struct file_told *out)
{
    memset(out, 0, sizeof *out);
    g_strlcpy(out->id, sql_text(row, 0), sizeof out->id);
    out->length = sqlite3_column_int64(row, 2);
    g_strlcpy(out->name, sql_text(row, 3), sizeof out->name);
    return file_type_parse(sql_text(row, 1), &out->type);
}

/* All that are told and fit together, the newest first. */
static GArray *told(struct store *store, GError **error)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct file_told));
    struct file_told file;
    int64_t bytes = 0;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_FILES, "SELECT id,type,length,name FROM file ORDER BY version DESC, id LIMIT ?1", error,
                                   "i", (int64_t)STORE_FILES_MAX);
    int step = rows == NULL ? -1 : 1;
    while (step > 0 && (step = sql_step(&store->sql, rows, error)) == 1) {
        if (!row_read(rows, &file) || bytes + file.length > STORE_FILES_BYTES_MAX)
            continue;
        bytes += file.length;
        g_array_append_val(out, file);
    }
    g_mutex_unlock(&store->lock);
    if (step == 0)
        return out;
    g_array_unref(out);
    return NULL;
}

/* ---- Here ---- */

static char *folder_of(struct store *store)
{
    g_autofree char *beside = store->hotlist.path != NULL ? g_path_get_dirname(store->hotlist.path) : NULL;

    return beside != NULL ? g_build_filename(beside, "files", NULL) : NULL;
}

char *store_file_path(struct store *store, const char *id)
{
    g_autofree char *folder = folder_of(store);

    return folder != NULL && file_id_valid(id) ? g_build_filename(folder, id, NULL) : NULL;
}

char *store_file_part(struct store *store, const char *id)
{
    g_autofree char *path = store_file_path(store, id);

    return path != NULL ? g_strconcat(path, ".part", NULL) : NULL;
}

static bool is_here(struct store *store, const struct file_told *file)
{
    g_autofree char *path = store_file_path(store, file->id);
    int64_t size = -1;

    return path != NULL && file_size(path, &size, NULL) && size == file->length;
}

GArray *store_files_wanted(struct store *store, GError **error)
{
    GArray *files = told(store, error);

    for (guint i = files != NULL ? files->len : 0; i > 0; i--)
        if (store->hotlist.path == NULL || is_here(store, &g_array_index(files, struct file_told, i - 1)))
            g_array_remove_index(files, i - 1);
    return files;
}

char *store_file(struct store *store, const char *id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) files = told(store, &error);

    if (error != NULL)
        g_warning("files: %s", error->message);
    for (guint i = 0; files != NULL && i < files->len; i++) {
        const struct file_told *file = &g_array_index(files, struct file_told, i);
        if (strcmp(file->id, id) == 0 && is_here(store, file))
            return store_file_path(store, id);
    }
    return NULL;
}

static bool hash_is(const uint8_t hash[32], const char *id)
{
    char hex[FILE_ID_SIZE];

    for (int i = 0; i < 32; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return strcmp(hex, id) == 0;
}

bool store_file_install(struct store *store, const struct file_told *file, GError **error)
{
    g_autofree char *part = store_file_part(store, file->id), *path = store_file_path(store, file->id);
    uint8_t hash[32];
    int64_t len = 0;

    if (part == NULL)
        return store_state_error(error, "this store keeps no files");
    if (!file_sha256(part, hash, &len, error))
        return false;
    if (len == file->length && hash_is(hash, file->id))
        return file_move(part, path, error);
    return file_remove(part, error) && store_state_error(error, "the file %.16s… has other bytes", file->id);
}

/* ---- Not any more ---- */

static bool is_told(const GArray *files, const char *name)
{
    for (guint i = 0; i < files->len; i++) {
        const char *id = g_array_index(files, struct file_told, i).id;
        if (strncmp(name, id, FILE_ID_SIZE - 1) == 0 && (strcmp(name, id) == 0 || strcmp(name + FILE_ID_SIZE - 1, ".part") == 0))
            return true;
    }
    return false;
}

/* A folder in there is not ours: where files are on a disk of their own it has a lost+found. */
static bool tidy(const char *folder, const GArray *files, GError **error)
{
    GDir *dir = g_dir_open(folder, 0, error);
    const char *name;
    bool good = dir != NULL;

    while (good && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        good = is_told(files, name) || g_file_test(path, G_FILE_TEST_IS_DIR) || file_remove(path, error);
    }
    if (dir != NULL)
        g_dir_close(dir);
    return good;
}

bool store_files_tidy(struct store *store, GError **error)
{
    g_autofree char *folder = folder_of(store);

    if (folder == NULL)
        return true;
    g_autoptr(GArray) files = told(store, error);
    return files != NULL && file_folder(folder, error) && tidy(folder, files, error);
}
