/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators do, under one roof: each line is a command of this group alone, or one of the commands that have been there before
 * under its own name, which goes on to work.
 */
#include "platform/commands/commands-admin.h"
#include "platform/hotlist/hotlist.h"
#include "platform/data/db-rows.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define PASSPHRASE_MIN 8
#define PASSPHRASE_MAX 256

/* ---- Passphrases ---- */

char *command_passphrase(const char *path, GError **error)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *out = g_malloc0(PASSPHRASE_MAX);
    bool read = file != NULL && fgets(out, PASSPHRASE_MAX, file) != NULL;
    size_t len = read ? strcspn(out, "\r\n") : 0;
    bool whole = read && (out[len] != '\0' || feof(file));

    out[len] = '\0';
    if (file != NULL && file != stdin)
        fclose(file);
    if (whole && len >= PASSPHRASE_MIN)
        return out;
    command_passphrase_free(out);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: a line of %d to %d bytes is needed", path, PASSPHRASE_MIN,
                PASSPHRASE_MAX - 2);
    return NULL;
}

void command_passphrase_free(char *passphrase)
{
    if (passphrase != NULL)
        OPENSSL_cleanse(passphrase, PASSPHRASE_MAX);
    g_free(passphrase);
}

/* ---- The hotlist's file, now and not when `serve` comes to it ---- */

static bool newest(struct db *db, int64_t *version, GError **error)
{
    bool ok = db_begin(db, false, error);

    if (ok) {
        ok = db_hotlist_version(db, version, error);
        db_rollback(db);
    }
    return ok;
}

static bool command_hotlist_publish(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform admin hotlist publish", &json, NULL, error);
    int64_t version = 0;
    bool ok = platform != NULL && hotlist_settle(platform, error) && hotlist_tend(platform, now_ms(), error) &&
              newest(platform->db, &version, error);

    platform_close(platform);
    if (ok)
        printf("version %" G_GINT64_FORMAT "\n", version);
    return ok;
}

/* ---- The group ---- */

static const struct entry {
    const char *words[2]; /* the second may be NULL */
    const char *arguments, *about;
    const char *as; /* the command of this name; NULL: */
    command_fn run;
} entries[] = {
    {{"enrol"}, "--data DIR KIOSK", "one-time code for a kiosk, 24 hours", "enrol-code", NULL},
    {{"revoke"}, "--data DIR KIOSK", "shut a kiosk out at once", "revoke", NULL},
    {{"kiosks"}, "--data DIR [--json]", "kiosks and their alarms", "kiosks", NULL},
    {{"card-stock"}, "--data DIR --card NUMBER --issuer HEX [--class N] --valid-from YYYYMMDD --valid-to YYYYMMDD",
     "a card that the issuer made and nobody has yet", "card-stock", NULL},
    {{"card-replace"}, "--data DIR --card NUMBER --successor NUMBER [--cause STATE] --by STAFF --by STAFF --reason TEXT",
     "two people give somebody a card of the stock in the place of one that is out of use", "card-replace", NULL},
    {{"card-claims"}, "--data DIR [--json]", "what purses of cards that were replaced had left, and when nothing can change that any more",
     "card-claims", NULL},
    {{"claim-pay"}, "--data DIR --card NUMBER --kiosk KIOSK --amount-fen FEN --by STAFF --by STAFF --reason TEXT",
     "two people pay the holder what the purse of a card that was replaced had left, out of a desk's drawer", "claim-pay", NULL},
    {{"claim-short"}, "--data DIR --card NUMBER [--kiosk KIOSK] --amount-fen FEN --by STAFF --by STAFF --reason TEXT",
     "two people say that what was paid too much came back, or that the community bears it", "claim-short", NULL},
    {{"claim-accept"}, "--data DIR --card NUMBER [--kiosk KIOSK] --amount-fen FEN --most-fen FEN --by STAFF --by STAFF --reason TEXT",
     "two people end a doubt of what a purse had left by a sum that they pay out of a desk's drawer, or by nothing", "claim-accept", NULL},
    {{"topic"}, "list|show|add|step|statement|hide|check|codes --data DIR …", "topics of the community and their ballots", "topic", NULL},
    {{"opinion"}, "list|answer|link --data DIR …", "what residents said, and its answer", "opinion", NULL},
    {{"hotlist", "publish"}, "--data DIR", "build the newest version's file where one is due", NULL, command_hotlist_publish},
    {{"hotlist", "import"}, "--data DIR FILE", "a whole file as one version", "hotlist-import", NULL},
    {{"rotate", "seal"}, "--data DIR", "new keys for kiosks' personal data", "seal-rotate", NULL},
    {{"rotate", "signing"}, "--data DIR [--days N] [--finish]", "introduce the next key of lists, times and quotas; then sign with it", NULL,
     command_rotate_signing},
    {{"ca-rotate"}, "--data DIR [--finish] [--force]", "another certificate authority beside the one that there is; then the servers go over to it", NULL,
     command_ca_rotate},
    {{"ca-retire"}, "--data DIR [--force]", "the old authority ends", NULL, command_ca_retire},
    {{"ca-status"}, "--data DIR [--json]", "which authorities there are, and which kiosks the next step would leave out", NULL, command_ca_status},
    {{"check"}, "--data DIR", "files, certificates, tables, books, chains, what is sealed, the hotlist's file: all that can be verified", NULL,
     command_check},
    {{"backup"}, "--data DIR --out FOLDER [--passphrase-file FILE | --keys-in-clear]", "a copy of everything at one moment, while it runs", NULL,
     command_backup},
    {{"restore"}, "--from FOLDER --data DIR [--passphrase-file FILE | --keys-from DIR] [--database CONNINFO]",
     "a platform out of such a copy, marked as put back to its moment", NULL, command_restore},
    {{"operator", "add"}, "--data DIR --id ID --role operator|decision-maker --passphrase-file FILE --out FILE.p12 [--days N]",
     "a certificate for the page /admin, to be imported by a browser", NULL, command_operator_add},
    {{"operator", "revoke"}, "--data DIR ID", "shut out every certificate of this person at once", NULL, command_operator_revoke},
    {{"operator", "list"}, "--data DIR [--json]", "who has certificates", NULL, command_operator_list},
    {{"operator", "ca-rotate"}, "--data DIR", "another authority of operators' certificates beside the one that there is", NULL, command_operator_ca_rotate},
    {{"operator", "ca-retire"}, "--data DIR [--force]", "the old one ends", NULL, command_operator_ca_retire},
};

static void print_group(FILE *out)
{
    fputs("Usage: citycard-platform admin COMMAND …\n\n", out);
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        fprintf(out, "  admin %s%s%s %s\n      %s\n", entries[i].words[0], entries[i].words[1] != NULL ? " " : "",
                entries[i].words[1] != NULL ? entries[i].words[1] : "", entries[i].arguments, entries[i].about);
}

static int words_of(const struct entry *entry)
{
    return entry->words[1] != NULL ? 2 : 1;
}

static bool fits(const struct entry *entry, int argc, char **argv)
{
    for (int i = 0; i < words_of(entry); i++)
        if (argc < i + 2 || strcmp(argv[i + 1], entry->words[i]) != 0)
            return false;
    return true;
}

static command_fn function_of(const struct entry *entry)
{
    for (const struct command *command = commands; entry->as != NULL && command->name != NULL; command++)
        if (strcmp(command->name, entry->as) == 0)
            return command->run;
    return entry->run;
}

bool command_admin(int argc, char **argv, GError **error)
{
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        print_group(stdout);
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        if (fits(&entries[i], argc, argv))
            return function_of(&entries[i])(argc - words_of(&entries[i]), argv + words_of(&entries[i]), error);
    print_group(stderr);
    return command_wrong(error, "there is no such command of this group");
}
