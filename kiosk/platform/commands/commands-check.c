/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be verified by looking at it: a line each, and failure when one of them is wrong. Nothing is changed. */
#include "platform/commands/commands-admin.h"
#include "platform/data/db-check.h"
#include "platform/data/db-engine.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "platform/money/claims.h"
#include "platform/topics/topics.h"
#include "model/clock.h"
#include "store/file.h"
#include "sync/wire.h"
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <unistd.h>

#define DAY_MS    INT64_C(86400000)
#define SOON_DAYS 30

struct check {
    struct platform *platform;
    unsigned bad;
};

static void say(struct check *check, const char *what, const char *detail, const char *broken)
{
    check->bad += broken != NULL;
    printf("%-4s %s%s%s\n", broken != NULL ? "BAD" : "ok", what, broken != NULL || *detail != '\0' ? ": " : "",
           broken != NULL ? broken : detail);
}

/* `asked` false: what `error` says is what is wrong. Both are taken. */
static void say_asked(struct check *check, const char *what, bool asked, const char *detail, char *broken, GError *error)
{
    say(check, what, detail, !asked ? (error != NULL ? error->message : "it cannot be asked") : broken);
    g_clear_error(&error);
    g_free(broken);
}

/* ---- Files ---- */

static void mode_check(struct check *check, const char *name, bool needed)
{
    g_autofree char *path = g_build_filename(check->platform->data_dir, name, NULL);
    GStatBuf info;

    if (g_lstat(path, &info) != 0) {
        if (needed)
            say(check, name, "", "is not there");
    } else if ((info.st_mode & 077) != 0 || info.st_uid != geteuid()) {
        say(check, name, "", "others may read it, or it is of somebody else");
    } else {
        say(check, name, "private", NULL);
    }
}

static void files_check(struct check *check)
{
    static const char *const needed[] = {"", PLATFORM_SECRETS_FILE, PLATFORM_CA_KEY_FILE, PLATFORM_SERVER_KEY_FILE, PLATFORM_SIGN_KEY_FILE};
    static const char *const others[] = {"platform.db", DB_SERVER_FILE, PLATFORM_OPERATORS_KEY_FILE, PLATFORM_SIGN_NEXT_FILE, PLATFORM_AUTHORITIES_FILE};

    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        mode_check(check, needed[i], true);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        mode_check(check, others[i], false);
}

/* ---- Certificates ---- */

static bool key_fits(struct check *check, const char *certificate_file, const char *key_file, GError **error)
{
    X509 *certificate = pki_certificate_load(check->platform->data_dir, certificate_file, error);
    EVP_PKEY *key = certificate != NULL ? pki_key_load(check->platform->data_dir, key_file, error) : NULL;
    bool fits = key != NULL && X509_check_private_key(certificate, key) == 1;

    X509_free(certificate);
    EVP_PKEY_free(key);
    return fits;
}

static void certificate_check(struct check *check, const char *certificate_file, const char *key_file)
{
    GError *error = NULL;
    bool fits = key_fits(check, certificate_file, key_file, &error);
    g_autofree char *pem = platform_file(check->platform->data_dir, certificate_file, NULL, NULL);
    int64_t days = pem != NULL ? (pki_end_ms(pem) - now_ms()) / DAY_MS : 0;
    g_autofree char *detail = g_strdup_printf("ends in %" G_GINT64_FORMAT " days", days);

    if (!fits)
        say(check, certificate_file, "", error != NULL ? error->message : "its key is another one");
    else
        say(check, certificate_file, detail, days < SOON_DAYS ? detail : NULL);
    g_clear_error(&error);
}

/* What this node's files say beside what all nodes share; `serve` brings them up to it. */
static char *authorities_wrong(struct check *check, const struct authorities *now)
{
    g_autofree char *pem = platform_file(check->platform->data_dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_autoptr(GPtrArray) aside = authorities_aside(check->platform->data_dir);
    struct authorities *files = authorities_of_files(check->platform->data_dir, NULL);
    char *wrong = NULL;

    if (files == NULL || files->version != now->version)
        wrong = g_strdup("the files of this node are not those of the database: start it, or send it SIGHUP");
    else if (pem != NULL && authorities_server_outdated(now, pem))
        wrong = g_strdup(PLATFORM_SERVER_FILE " is of another authority than servers are to have");
    authorities_unref(files);
    if (wrong == NULL && aside->len > 0)
        wrong = g_strdup_printf("%s has authorities that are not among those in force, and their keys: RUNNING.md, Another certificate authority",
                                (const char *)aside->pdata[0]);
    return wrong;
}

static void authorities_check(struct check *check)
{
    struct authorities *now = authorities_now(check->platform);
    g_autofree char *detail = g_strdup_printf("version %" G_GINT64_FORMAT, now->version);

    for (size_t i = 0; i < now->count; i++) {
        int64_t days = (pki_end_ms(now->list[i].pem) - now_ms()) / DAY_MS;
        g_autofree char *what = g_strdup_printf("authority %" G_GINT64_FORMAT, now->list[i].number);
        g_autofree char *ends = g_strdup_printf("ends in %" G_GINT64_FORMAT " days", days);

        say(check, what, ends, days < SOON_DAYS ? ends : NULL);
    }
    say_asked(check, "authorities", true, detail, authorities_wrong(check, now), NULL);
    authorities_unref(now);
}

/* ---- The database ---- */

static void rows_check(struct check *check)
{
    struct db *db = check->platform->db;
    GError *error = NULL;
    char *broken = NULL;
    int64_t count = 0;

    bool asked = db_check_books(db, &broken, &error);
    say_asked(check, "books", asked, "sum to zero and keep their rules", broken, error);
    error = NULL;
    asked = db_check_chains(db, &count, &broken, &error);
    g_autofree char *events = g_strdup_printf("%" G_GINT64_FORMAT " events", count);
    say_asked(check, "chains", asked, events, broken, error);
    error = NULL;
    asked = db_check_sealed(db, &count, &broken, &error);
    g_autofree char *sealed = g_strdup_printf("%" G_GINT64_FORMAT " values open", count);
    say_asked(check, "sealed columns", asked, sealed, broken, error);
}

static void purses_check(struct check *check)
{
    int64_t counts[CLAIM_STATES] = {0};
    GError *error = NULL;
    char *broken = NULL;
    bool asked = claims_check(check->platform->db, now_ms(), counts, &broken, &error);
    g_autoptr(GString) detail = g_string_new("");

    for (int state = 0; state < CLAIM_STATES; state++)
        if (counts[state] > 0)
            g_string_append_printf(detail, "%s%" G_GINT64_FORMAT " %s", detail->len > 0 ? ", " : "", counts[state], claim_state_name(state));
    say_asked(check, "purses of replaced cards", asked, detail->len > 0 ? detail->str : "none", broken, error);
}

static void topics_check(struct check *check)
{
    GError *error = NULL;
    char *broken = NULL;
    int64_t count = 0;
    bool asked = ballots_check_all(check->platform->db, &count, &broken, &error);
    g_autofree char *detail = g_strdup_printf("%" G_GINT64_FORMAT " with as many papers as voted", count);

    say_asked(check, "topics", asked, detail, broken, error);
}

static void database_check(struct check *check)
{
    g_autofree char *place = g_build_filename(check->platform->data_dir, DB_SERVER_FILE, NULL);
    g_autofree char *version = g_strdup_printf("version %d", db_schema_version());
    GError *error = NULL;
    char *broken = NULL;

    say(check, "tables", version, NULL); /* an older one was migrated when it was opened, a newer one refused */
    if (!g_file_test(place, G_FILE_TEST_EXISTS)) {
        bool asked = db_check_file(check->platform->data_dir, &broken, &error);
        say_asked(check, "file", asked, "pages, indexes and references", broken, error);
        error = NULL;
    }
    if (!db_begin(check->platform->db, false, &error)) {
        say_asked(check, "database", false, "", NULL, error);
        return;
    }
    rows_check(check);
    purses_check(check);
    topics_check(check);
    db_rollback(check->platform->db);
}

/* ---- The hotlist ---- */

/* The file's bytes are those that its signed manifest names. */
static bool manifest_fits(struct check *check, int64_t version, const char *path, GError **error)
{
    g_autofree char *named = NULL;
    char hex[65];
    uint8_t hash[32];
    int64_t length;

    return db_hotlist_file_hash(check->platform->db, version, &named, error) && file_sha256(path, hash, &length, error) &&
           g_strcmp0(wire_hex(hash, sizeof hash, hex), named) == 0;
}

/* NULL: all is well, or it cannot be asked; g_free. */
static char *hotlist_wrong(struct check *check, int64_t *version, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *path = NULL;
    struct hotfile *file;

    if (!db_hotlist_file(check->platform->db, version, NULL, error))
        return NULL;
    if (*version == 0)
        return g_strdup("there is no file: admin hotlist publish");
    path = hotlist_path(check->platform, *version);
    file = hotfile_open(path, &why);
    bool good = file != NULL && hotfile_verify(file, &why) && hotfile_head(file)->version == *version &&
                manifest_fits(check, *version, path, &why);
    if (file != NULL)
        hotfile_unref(file);
    return good ? NULL : g_strdup_printf("%s: %s", path, why != NULL ? why->message : "is not the list of its version");
}

static void hotlist_check(struct check *check)
{
    GError *error = NULL;
    char *broken = NULL;
    int64_t version = 0;

    if (db_begin(check->platform->db, false, &error)) {
        broken = hotlist_wrong(check, &version, &error);
        db_rollback(check->platform->db);
    }
    g_autofree char *detail = g_strdup_printf("version %" G_GINT64_FORMAT, version);
    say_asked(check, "hotlist's file", error == NULL, detail, broken, error);
}

bool command_check(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct check check = {.platform = command_open(argc, argv, "citycard-platform admin check", &json, NULL, error)};

    if (check.platform == NULL)
        return false;
    files_check(&check);
    certificate_check(&check, PLATFORM_CA_FILE, PLATFORM_CA_KEY_FILE);
    authorities_check(&check);
    certificate_check(&check, PLATFORM_SERVER_FILE, PLATFORM_SERVER_KEY_FILE);
    certificate_check(&check, PLATFORM_OPERATORS_FILE, PLATFORM_OPERATORS_KEY_FILE);
    database_check(&check);
    hotlist_check(&check);
    platform_close(check.platform);
    if (check.bad > 0)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%u of these are wrong", check.bad);
    return check.bad == 0;
}
