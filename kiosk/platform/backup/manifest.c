/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/backup/backup.h"
#include "platform/data/db-engine.h"
#include "platform/platform.h"
#include "device/files.h"
#include "store/file.h"
#include "sync/wire.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_MAX 65536

const char *const backup_names[] = {PLATFORM_SECRETS_FILE, PLATFORM_CA_KEY_FILE, PLATFORM_SERVER_KEY_FILE, PLATFORM_SIGN_KEY_FILE,
                                    PLATFORM_OPERATORS_KEY_FILE, PLATFORM_SIGN_NEXT_FILE, PLATFORM_AUTHORITIES_FILE, BACKUP_KEYS, BACKUP_FILE, BACKUP_DUMP, PLATFORM_CA_FILE,
                                    PLATFORM_SERVER_FILE, PLATFORM_OPERATORS_FILE,
                                    PLATFORM_SIGNING_FILE, NULL};

static bool wrong(GError **error, const char *folder, const char *why)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s", folder, why);
    return false;
}

static bool digest(const char *folder, const char *name, char hex[65], int64_t *len, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    uint8_t hash[32];

    if (!file_sha256(path, hash, len, error))
        return false;
    wire_hex(hash, sizeof hash, hex);
    return true;
}

/* ---- Writing ---- */

static json_t *files_of(const char *folder, GError **error)
{
    json_t *files = json_array();

    for (const char *const *name = backup_names; *name != NULL; name++) {
        char hex[65];
        int64_t len;

        if (!file_there(folder, *name))
            continue;
        if (!digest(folder, *name, hex, &len, error)) {
            json_decref(files);
            return NULL;
        }
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "name", *name, "length", (json_int_t)len, "sha256", hex));
    }
    return files;
}

bool backup_manifest_write(const char *folder, int64_t moment_ms, int64_t schema, GError **error)
{
    json_t *files = files_of(folder, error);
    json_t *manifest = files == NULL ? NULL
                                     : json_pack("{s:i, s:I, s:I, s:o}", "format", BACKUP_FORMAT, "moment_ms", (json_int_t)moment_ms, "schema",
                                                 (json_int_t)schema, "files", files);
    char *text = manifest != NULL ? json_dumps(manifest, JSON_INDENT(2)) : NULL;
    bool ok = text != NULL && file_put(folder, BACKUP_MANIFEST, text, strlen(text), error);

    json_decref(manifest);
    free(text);
    return ok;
}

/* ---- Reading ---- */

static bool name_known(const char *name)
{
    return g_strv_contains(backup_names, name);
}

static bool file_good(const char *folder, json_t *file, GError **error)
{
    const char *name, *wanted;
    char hex[65];
    int64_t wanted_len, len;

    if (!wire_get_string(file, "name", 64, &name) || !name_known(name) || !wire_get_string(file, "sha256", 64, &wanted) ||
        !wire_get_int(file, "length", 0, INT64_MAX, &wanted_len))
        return wrong(error, folder, BACKUP_MANIFEST " names what no backup has");
    if (!digest(folder, name, hex, &len, error))
        return false;
    if (len == wanted_len && strcmp(hex, wanted) == 0)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s is damaged: it is not what was written", folder, name);
    return false;
}

static bool named(json_t *files, const char *name)
{
    json_t *file;
    size_t i;

    json_array_foreach(files, i, file)
        if (g_strcmp0(json_string_value(json_object_get(file, "name")), name) == 0)
            return true;
    return false;
}

static bool files_good(const char *folder, json_t *files, GError **error)
{
    json_t *file;
    size_t i;

    json_array_foreach(files, i, file)
        if (!file_good(folder, file, error))
            return false;
    for (const char *const *name = backup_names; *name != NULL; name++)
        if (file_there(folder, *name) && !named(files, *name))
            return wrong(error, folder, "there is a file that the manifest does not name");
    if (named(files, BACKUP_FILE) == named(files, BACKUP_DUMP) || !named(files, PLATFORM_CA_FILE) || !named(files, PLATFORM_SERVER_FILE))
        return wrong(error, folder, "the database, or a certificate, is missing");
    return true;
}

bool backup_manifest_check(const char *folder, int64_t *moment_ms, GError **error)
{
    gsize len = 0;
    g_autofree char *text = file_get(folder, BACKUP_MANIFEST, MANIFEST_MAX, &len, error);
    json_t *manifest = text != NULL ? wire_parse(text, len, NULL) : NULL;
    int64_t format, schema;
    bool ok = false;

    if (text == NULL)
        return false;
    if (!wire_get_int(manifest, "format", 1, INT32_MAX, &format) || !wire_get_int(manifest, "schema", 1, INT32_MAX, &schema) ||
        !wire_get_int(manifest, "moment_ms", 1, INT64_MAX, moment_ms) || !json_is_array(json_object_get(manifest, "files")))
        wrong(error, folder, BACKUP_MANIFEST " is damaged");
    else if (format != BACKUP_FORMAT || schema > db_schema_version())
        wrong(error, folder, "it is of a newer version than this program");
    else
        ok = files_good(folder, json_object_get(manifest, "files"), error);
    json_decref(manifest);
    return ok;
}

/* ---- Removing ---- */

static bool remove_one(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *new = g_strconcat(path, ".new", NULL),
                    *journal = g_strconcat(path, "-journal", NULL);

    for (size_t i = 0; i < 3; i++)
        if (g_unlink(i == 0 ? path : i == 1 ? new : journal) != 0 && errno != ENOENT)
            return false;
    return true;
}

bool backup_folder_remove(const char *folder)
{
    for (const char *const *name = backup_names; *name != NULL; name++)
        if (!remove_one(folder, *name))
            return false;
    return remove_one(folder, BACKUP_MANIFEST) && g_rmdir(folder) == 0;
}
