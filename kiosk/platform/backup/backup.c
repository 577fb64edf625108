/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database first, then the keys: keys are only ever added, so that what is copied later opens whatever the copy holds.
 * The keys and their introductions are of one moment, too: nobody changes them meanwhile (platform_keys_lock).
 */
#include "platform/backup/backup.h"
#include "platform/backup/bundle.h"
#include "platform/data/db-backup.h"
#include "platform/keys/signing.h"
#include "platform/platform.h"
#include "device/files.h"
#include "model/clock.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool copy_text(const char *from_dir, const char *to_dir, const char *name, GError **error)
{
    gsize len = 0;
    char *text = platform_file(from_dir, name, &len, error);
    bool ok = text != NULL && file_put(to_dir, name, text, len, error);

    if (text != NULL)
        OPENSSL_cleanse(text, len);
    g_free(text);
    return ok;
}

static bool copy_there(const struct backup_options *options, const char *part, const char *name, GError **error)
{
    return !file_there(options->data_dir, name) || copy_text(options->data_dir, part, name, error);
}

static bool copy_certificates(const struct backup_options *options, const char *part, GError **error)
{
    return copy_text(options->data_dir, part, PLATFORM_CA_FILE, error) && copy_text(options->data_dir, part, PLATFORM_SERVER_FILE, error) &&
           copy_there(options, part, PLATFORM_OPERATORS_FILE, error) && copy_there(options, part, PLATFORM_SIGNING_FILE, error);
}

/* ---- Keys ---- */

static bool key_there(const struct backup_options *options, size_t at)
{
    static const char *const spare[] = {PLATFORM_OPERATORS_KEY_FILE, PLATFORM_SIGN_NEXT_FILE, PLATFORM_AUTHORITIES_FILE, NULL};

    return !g_strv_contains(spare, backup_names[at]) || file_there(options->data_dir, backup_names[at]);
}

static bool copy_keys(const struct backup_options *options, const char *part, GError **error)
{
    for (size_t i = 0; i < BACKUP_KEY_FILES; i++)
        if (key_there(options, i) && !copy_text(options->data_dir, part, backup_names[i], error))
            return false;
    return true;
}

/* {name: text}; wipe its dump. */
static json_t *keys_json(const struct backup_options *options, GError **error)
{
    json_t *keys = json_object();

    for (size_t i = 0; i < BACKUP_KEY_FILES; i++) {
        gsize len = 0;
        char *text = key_there(options, i) ? platform_file(options->data_dir, backup_names[i], &len, error) : NULL;

        if (text == NULL && key_there(options, i)) {
            json_decref(keys);
            return NULL;
        }
        if (text == NULL)
            continue;
        json_object_set_new(keys, backup_names[i], json_string(text));
        OPENSSL_cleanse(text, len);
        g_free(text);
    }
    return keys;
}

static bool seal_keys(const struct backup_options *options, const char *part, GError **error)
{
    json_t *keys = keys_json(options, error);
    char *text = keys != NULL ? json_dumps(keys, JSON_COMPACT) : NULL;
    size_t len = 0;
    g_autofree uint8_t *sealed = text != NULL ? bundle_close(options->passphrase, text, strlen(text), &len, error) : NULL;

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    json_decref(keys);
    return sealed != NULL && file_put(part, BACKUP_KEYS, (const char *)sealed, len, error);
}

/* A copy whose keys nobody could go on with is told now, not when it is needed. */
static bool copy_locked(const struct backup_options *options, const char *part, GError **error)
{
    bool keys = options->keys_in_clear || options->passphrase != NULL;

    return (!keys || signing_fits(options->data_dir, error)) && copy_certificates(options, part, error) &&
           (!options->keys_in_clear || copy_keys(options, part, error)) && (options->passphrase == NULL || seal_keys(options, part, error));
}

static bool copy_files(const struct backup_options *options, const char *part, GError **error)
{
    int lock = platform_keys_lock(options->data_dir, error);
    bool ok = lock >= 0 && copy_locked(options, part, error);

    if (lock >= 0)
        close(lock);
    return ok;
}

/* ---- The folder ---- */

static bool fill(const struct backup_options *options, const char *part, GError **error)
{
    bool server = db_backup_on_server(options->data_dir);
    g_autofree char *database = g_build_filename(part, server ? BACKUP_DUMP : BACKUP_FILE, NULL);
    int64_t moment_ms = now_ms(), schema = 0;

    return db_backup(options->data_dir, database, &schema, error) && copy_files(options, part, error) &&
           backup_manifest_write(part, moment_ms, schema, error);
}

static bool folder_new(const char *path, GError **error)
{
    if (g_mkdir(path, 0700) == 0)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot make %s: %s", path,
                errno == EEXIST ? "it is there: an earlier try left it, remove it" : g_strerror(errno));
    return false;
}

static bool rename_in(const char *part, const char *folder, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(folder);

    if (g_rename(part, folder) == 0)
        return folder_flush(parent, error);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot rename to %s: %s", folder, g_strerror(errno));
    return false;
}

bool backup_make(const struct backup_options *options, GError **error)
{
    g_autofree char *part = g_strconcat(options->folder, ".part", NULL);

    if (g_file_test(options->folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "%s is there already", options->folder);
        return false;
    }
    if (!folder_new(part, error))
        return false;
    if (fill(options, part, error) && folder_flush(part, error) && rename_in(part, options->folder, error))
        return true;
    if (!backup_folder_remove(part))
        g_warning("%s stays: remove it", part);
    return false;
}
