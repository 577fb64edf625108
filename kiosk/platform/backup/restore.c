/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   backup checked ─► DIR.restoring: database, certificates, keys ─► the keys open what is sealed ─► marked as put back ─► DIR
 *
 * Whatever fails leaves DIR as it was: not there, or empty.
 */
#include "platform/backup/backup.h"
#include "platform/backup/bundle.h"
#include "platform/calls/restored.h"
#include "platform/data/db-backup.h"
#include "platform/data/db-check.h"
#include "platform/data/db-rows.h"
#include "platform/keys/operators.h"
#include "platform/keys/pki.h"
#include "platform/keys/signing.h"
#include "platform/platform.h"
#include "device/files.h"
#include "model/clock.h"
#include "store/file.h"
#include "sync/wire.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <string.h>

#define TEXT_MAX  (1024 * 1024)
#define COPY_SIZE (1024 * 1024)

static bool refuse(GError **error, const char *what, const char *why)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "%s: %s", what, why);
    return false;
}

/* ---- Into the new folder ---- */

static bool copy_stream(FILE *from, struct file_new *to, GError **error)
{
    g_autofree char *bytes = g_malloc(COPY_SIZE);
    size_t len;

    while ((len = fread(bytes, 1, COPY_SIZE, from)) > 0)
        if (!file_new_write(to, bytes, len, error))
            return false;
    if (!ferror(from))
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot read: %s", g_strerror(errno));
    return false;
}

static bool copy_file(const char *from_dir, const char *to_dir, const char *name, GError **error)
{
    g_autofree char *from = g_build_filename(from_dir, name, NULL), *to = g_build_filename(to_dir, name, NULL);
    FILE *file = fopen(from, "re");
    struct file_new *out = NULL;

    if (file == NULL) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot read %s: %s", from, g_strerror(errno));
        return false;
    }
    out = file_new_open(to, error);
    bool ok = out != NULL && copy_stream(file, out, error);
    fclose(file);
    if (ok)
        return file_new_commit(out, error);
    file_new_abandon(out);
    return false;
}

static bool copy_there(const char *from_dir, const char *to_dir, const char *name, GError **error)
{
    return !file_there(from_dir, name) || copy_file(from_dir, to_dir, name, error);
}

/* ---- Keys ---- */

static bool keys_write(const char *dir, json_t *keys, GError **error)
{
    for (size_t i = 0; i < BACKUP_KEY_FILES; i++) {
        const char *text = json_string_value(json_object_get(keys, backup_names[i]));

        if (text != NULL && !file_put(dir, backup_names[i], text, strlen(text), error))
            return false;
    }
    return true;
}

static bool keys_unsealed(const struct restore_options *options, const char *dir, GError **error)
{
    gsize len = 0;
    g_autofree char *sealed = file_get(options->folder, BACKUP_KEYS, TEXT_MAX, &len, error);
    char *text = sealed != NULL ? bundle_open(options->passphrase, (const uint8_t *)sealed, len, error) : NULL;
    json_t *keys = text != NULL ? wire_parse(text, strlen(text), error) : NULL;
    bool ok = keys != NULL && keys_write(dir, keys, error);

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    json_decref(keys);
    return ok;
}

static bool keys_copy(const char *from_dir, const char *dir, GError **error)
{
    for (size_t i = 0; i < BACKUP_KEY_FILES; i++)
        if (!copy_there(from_dir, dir, backup_names[i], error))
            return false;
    return true;
}

static bool keys_put(const struct restore_options *options, const char *dir, GError **error)
{
    if (options->keys_from != NULL)
        return keys_copy(options->keys_from, dir, error);
    if (file_there(options->folder, PLATFORM_SECRETS_FILE))
        return keys_copy(options->folder, dir, error);
    if (!file_there(options->folder, BACKUP_KEYS))
        return refuse(error, options->folder, "it has no keys, and without them nothing in it can be read: --keys-from DIR");
    return options->passphrase != NULL ? keys_unsealed(options, dir, error)
                                       : refuse(error, options->folder, "its keys need --passphrase-file FILE");
}

/* Introductions belong to the key that they lead to: they come from where it comes from, as far as they are there. */
static bool signing_put(const struct restore_options *options, const char *dir, GError **error)
{
    bool there = options->keys_from != NULL && file_there(options->keys_from, PLATFORM_SIGNING_FILE);

    if (!copy_there(there ? options->keys_from : options->folder, dir, PLATFORM_SIGNING_FILE, error))
        return false;
    if (signing_fits(dir, error))
        return true;
    g_prefix_error(error, "kiosks would not find " PLATFORM_SIGN_KEY_FILE ", which needs the " PLATFORM_SIGNING_FILE " and the "
                          PLATFORM_SIGN_NEXT_FILE " that lay beside it: ");
    return false;
}

/* The operators' certificates come from where their key comes, so that a backup does not bring back whom that folder does not trust any more. */
static bool operators_put(const struct restore_options *options, const char *dir, GError **error)
{
    bool there = options->keys_from != NULL && file_there(options->keys_from, PLATFORM_OPERATORS_FILE);

    if (!copy_there(there ? options->keys_from : options->folder, dir, PLATFORM_OPERATORS_FILE, error))
        return false;
    if (!file_there(dir, PLATFORM_OPERATORS_FILE) || !file_there(dir, PLATFORM_OPERATORS_KEY_FILE) || operators_fit(dir, error))
        return true;
    g_prefix_error(error, "these are not its keys: bring the " PLATFORM_OPERATORS_FILE " that lay beside the key: ");
    return false;
}

/* A document of authorities, or ca.key to ca.pem: found before a server's database is filled. */
static bool authorities_fit(const char *dir, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct authorities *authorities = authorities_of_files(dir, &why);

    if (authorities == NULL)
        return refuse(error, "these are not its keys", why->message);
    authorities_unref(authorities);
    return true;
}

/* ---- The database ---- */

static bool database_put(const struct restore_options *options, const char *dir, GError **error)
{
    g_autofree char *dump = g_build_filename(options->folder, BACKUP_DUMP, NULL);

    if (!file_there(options->folder, BACKUP_DUMP))
        return copy_file(options->folder, dir, BACKUP_FILE, error);
    return file_put(dir, DB_SERVER_FILE, options->database, strlen(options->database), error) &&
           db_backup_load(options->database, dump, error);
}

static bool options_fit(const struct restore_options *options, GError **error)
{
    bool dump = file_there(options->folder, BACKUP_DUMP);

    if (options->keys_from != NULL && options->passphrase != NULL)
        return refuse(error, options->keys_from, "keys come from one place: --keys-from DIR or --passphrase-file FILE");
    if (dump && options->database == NULL)
        return refuse(error, options->folder, "it is of PostgreSQL: --database CONNINFO of an empty database");
    if (!dump && options->database != NULL)
        return refuse(error, options->folder, "its database is a file: without --database");
    return true;
}

/* Introductions that end before the key that signed what is in it, or begin behind it, are not of this database. */
static bool list_signed(struct platform *platform, GError **error)
{
    json_t *manifest = NULL;
    int64_t version;
    bool known = true, asked = db_begin(platform->db, false, error);

    if (asked) {
        asked = db_hotlist_file(platform->db, &version, &manifest, error);
        db_rollback(platform->db);
    }
    asked = asked && (manifest == NULL || signing_knows(platform, manifest, &known, error));
    json_decref(manifest);
    if (!asked)
        return false;
    return known || refuse(error, "these are not its keys",
                           "its list of lost cards was signed by another " PLATFORM_SIGN_KEY_FILE ", and no " PLATFORM_SIGNING_FILE " leads on from that one");
}

/* Of one community at one moment, and these are its keys. */
static bool database_good(struct platform *platform, GError **error)
{
    g_autofree char *broken = NULL, *sealed = NULL;
    int64_t count = 0;

    if (!db_backup_on_server(platform->data_dir) && !db_check_file(platform->data_dir, &broken, error))
        return false;
    if (broken == NULL) {
        if (!db_begin(platform->db, false, error))
            return false;
        bool asked = db_check_sealed(platform->db, &count, &sealed, error);
        db_rollback(platform->db);
        if (!asked)
            return false;
    }
    return broken != NULL ? refuse(error, "the database is damaged", broken)
           : sealed != NULL ? refuse(error, "these are not its keys", sealed)
                            : true;
}

/* Files of two places: the certificate of the backup, the key of another folder, authorities that are newer than both. */
static bool server_fits(struct platform *platform, GError **error)
{
    return pki_server_mend(platform->data_dir, error) && authorities_follow(platform, error);
}

static bool put_back(const struct restore_options *options, const char *dir, int64_t moment_ms, GError **error)
{
    struct platform *platform;
    bool ok = copy_there(options->folder, dir, PLATFORM_CA_FILE, error) && copy_there(options->folder, dir, PLATFORM_SERVER_FILE, error) && keys_put(options, dir, error) &&
              operators_put(options, dir, error) && authorities_fit(dir, error) && signing_put(options, dir, error) && database_put(options, dir, error);

    platform = ok ? platform_open(dir, error) : NULL;
    ok = platform != NULL && database_good(platform, error) && list_signed(platform, error) &&
         restored_mark(platform, moment_ms, now_ms(), error) && server_fits(platform, error);
    platform_close(platform);
    if (!ok && platform != NULL && options->database != NULL)
        g_prefix_error(error, "the database was filled, make it anew: ");
    return ok;
}

/* ---- The folder ---- */

void folder_discard(const char *dir)
{
    g_autoptr(GDir) open = g_dir_open(dir, 0, NULL);
    const char *name;

    while (open != NULL && (name = g_dir_read_name(open)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        (void)g_unlink(path);
    }
    if (g_rmdir(dir) != 0)
        g_warning("%s stays: remove it", dir);
}

static bool place_free(const char *data_dir, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(data_dir, 0, NULL);

    if (!g_file_test(data_dir, G_FILE_TEST_EXISTS) || (dir != NULL && g_dir_read_name(dir) == NULL))
        return true;
    return refuse(error, data_dir, "it is not empty");
}

bool backup_restore(const struct restore_options *options, int64_t *moment_ms, GError **error)
{
    g_autofree char *dir = g_strconcat(options->data_dir, ".restoring", NULL), *parent = g_path_get_dirname(options->data_dir);

    if (!place_free(options->data_dir, error) || !backup_manifest_check(options->folder, moment_ms, error) || !options_fit(options, error))
        return false;
    if (g_mkdir(dir, 0700) != 0)
        return refuse(error, dir, errno == EEXIST ? "an earlier try left it: remove it" : g_strerror(errno));
    bool ok = put_back(options, dir, *moment_ms, error);
    if (ok && g_rename(dir, options->data_dir) != 0)
        ok = refuse(error, options->data_dir, g_strerror(errno));
    if (!ok) {
        folder_discard(dir);
        return false;
    }
    return folder_flush(parent, error);
}
