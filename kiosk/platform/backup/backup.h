/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A folder that a platform can be made of again. It is there whole or not at all: written as FOLDER.part, renamed at the end.
 *
 *   platform.db | database.dump   the database at one moment (a file; a server's, by pg_dump)
 *   ca.pem, server.pem, operators-ca.pem, signing.json
 *   keys.sealed                   the keys and secrets below, closed by a passphrase (bundle.h), only when asked for; or
 *   secrets.json, ca.key, server.key, sign.key, operators-ca.key, sign-next.key, authorities.json    in clear, only when asked for
 *   manifest.json                 when, of what version, and length and SHA-256 of each other file
 */
#ifndef PLATFORM_BACKUP_H
#define PLATFORM_BACKUP_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define BACKUP_FORMAT   1
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_FILE     "platform.db"
#define BACKUP_DUMP     "database.dump"
#define BACKUP_KEYS     "keys.sealed"

struct backup_options {
    const char *data_dir, *folder;
    bool keys_in_clear;
    const char *passphrase; /* NULL: keys_in_clear, or no keys at all */
};
/** While the platform runs. */
bool backup_make(const struct backup_options *options, GError **error);

struct restore_options {
    const char *folder, *data_dir;
    const char *passphrase; /* of keys.sealed */
    const char *keys_from;  /* a folder that has the keys (and signing.json); they win over the backup's own; NULL: the backup's */
    const char *database;   /* libpq's connection string of an empty database, for a server's; else NULL */
};
/**
 * Checks all of it, makes `data_dir` (which must not be there, or be empty) and marks it as one that was put back to the moment of the
 * backup (calls/restored.h), which comes in *moment_ms.
 */
bool backup_restore(const struct restore_options *options, int64_t *moment_ms, GError **error);

/** manifest.c. Writes it of what lies in `folder`. */
bool backup_manifest_write(const char *folder, int64_t moment_ms, int64_t schema, GError **error);
/** Every file that it names is there and is what it was, and no other one; else why. */
bool backup_manifest_check(const char *folder, int64_t *moment_ms, GError **error);
/** The names that a backup may have, NULL-terminated; the first `BACKUP_KEY_FILES` of them are keys. */
extern const char *const backup_names[];
#define BACKUP_KEY_FILES 7

/** Remove a folder and every file in it: copies that are worth nothing now. Warns of what stays. */
void folder_discard(const char *folder);
/** Remove a folder of such files. False: something else is in it. */
bool backup_folder_remove(const char *folder);

#endif
