/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/backup/backup.h"
#include "platform/commands/commands-admin.h"
#include <stdio.h>

bool command_backup(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *out = NULL, *passphrase_file = NULL;
    gboolean in_clear = FALSE;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &out, "folder to make", "FOLDER"},
        {"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file, "with the keys, closed by the first line of this file (-: stdin)", "FILE"},
        {"keys-in-clear", 0, 0, G_OPTION_ARG_NONE, &in_clear, "with the keys, for whoever can read the folder", NULL},
        G_OPTION_ENTRY_NULL};
    char *passphrase = NULL;

    if (!command_options(&argc, &argv, "citycard-platform admin backup", entries, NULL, error))
        return false;
    if (data_dir == NULL || out == NULL || (passphrase_file != NULL && in_clear))
        return command_wrong(error, "--data DIR and --out FOLDER are needed, and one of --passphrase-file and --keys-in-clear at most");
    if (passphrase_file != NULL && (passphrase = command_passphrase(passphrase_file, error)) == NULL)
        return false;
    const struct backup_options options = {data_dir, out, in_clear, passphrase};
    bool ok = backup_make(&options, error);
    command_passphrase_free(passphrase);
    if (ok)
        printf("%s\n%s", out, in_clear || passphrase_file != NULL ? "" : "Without keys: keep secrets.json, signing.json, authorities.json and *.key of the data folder elsewhere.\n");
    return ok;
}

static void print_next(int64_t moment_ms, const char *data_dir)
{
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(moment_ms / 1000);
    g_autofree char *at = g_date_time_format_iso8601(moment);

    printf("%s is the platform of %s, and marked so: kiosks will tell again what came later.\n"
           "Before it serves: no other platform of these keys may run; revoke again the kiosks that were revoked since, and do card-stock and\n"
           "card-replace again; look at admin ca-status, and finish and retire authorities again. Of several nodes the authorities.json with the\n"
           "highest version is the one to keep (--keys-from).\n"
           "Then serve, and report again what else people decided since: cards lost and found, staff, credit moved, doubts settled, bills added.\n",
           data_dir, at);
}

bool command_restore(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *from = NULL, *passphrase_file = NULL, *keys_from = NULL, *database = NULL;
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_FILENAME, &from, "folder that admin backup made", "FOLDER"},
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder to make", "DIR"},
        {"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file, "passphrase of the keys (-: stdin)", "FILE"},
        {"keys-from", 0, 0, G_OPTION_ARG_FILENAME, &keys_from, "folder of the keys, signing.json and authorities.json, when the backup has none, or older ones", "DIR"},
        {"database", 0, 0, G_OPTION_ARG_STRING, &database, "an empty database, for a backup of PostgreSQL", "CONNINFO"},
        G_OPTION_ENTRY_NULL};
    char *passphrase = NULL;
    int64_t moment_ms = 0;

    if (!command_options(&argc, &argv, "citycard-platform admin restore", entries, NULL, error))
        return false;
    if (data_dir == NULL || from == NULL)
        return command_wrong(error, "--from FOLDER and --data DIR are needed");
    if (passphrase_file != NULL && (passphrase = command_passphrase(passphrase_file, error)) == NULL)
        return false;
    const struct restore_options options = {from, data_dir, passphrase, keys_from, database};
    bool ok = backup_restore(&options, &moment_ms, error);
    command_passphrase_free(passphrase);
    if (ok)
        print_next(moment_ms, data_dir);
    return ok;
}
