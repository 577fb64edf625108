/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of who may look at the page: made here, carried to a browser as PKCS#12, revoked here. */
#include "platform/admin/admin.h"
#include "platform/commands/commands-admin.h"
#include "platform/data/db-figures.h"
#include "platform/keys/pki.h"
#include "model/model.h"
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAYS_MAX 825

static bool id_valid(const char *id)
{
    return id != NULL && *id != '\0' && strlen(id) < OPERATOR_ID_SIZE &&
           id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")] == '\0';
}

static bool role_valid(const char *role)
{
    return g_strcmp0(role, ADMIN_OPERATOR) == 0 || g_strcmp0(role, ADMIN_DECISION_MAKER) == 0;
}

/* A file whose certificate did not get into the register is of no use to anybody. */
static bool operator_keep(struct platform *platform, const struct operator_row *row, const char *out, GBytes *bag, GError **error)
{
    gsize len = 0;
    const char *bytes = g_bytes_get_data(bag, &len);

    if (!platform_bytes_new(NULL, out, bytes, len, error))
        return false;
    if (db_begin(platform->db, true, error)) {
        if (!db_operator_add(platform->db, row, error))
            db_rollback(platform->db);
        else if (db_commit(platform->db, error))
            return true;
    }
    if (g_unlink(out) != 0)
        g_warning("%s is of nobody: remove it", out);
    return false;
}

static bool operator_make(struct platform *platform, struct operator_row *row, const char *passphrase, const char *out, GError **error)
{
    g_autoptr(GBytes) bag = NULL;
    int lock = platform_keys_lock(platform->data_dir, error);
    bool ok = false;

    if (lock < 0)
        return false;
    if (pki_operators_init(platform->data_dir, error))
        bag = pki_operator(platform->data_dir, row->id, row->role, (row->ends_ms - row->issued_ms) / 1000, passphrase, row->serial,
                           row->authority, row->digest, error);
    ok = bag != NULL && operator_keep(platform, row, out, bag, error);
    close(lock);
    return ok;
}

bool command_operator_add(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *id = NULL, *role = NULL, *out = NULL, *passphrase_file = NULL;
    gint days = 365;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &id, "who: letters, digits, . - _", "ID"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &role, ADMIN_OPERATOR " or " ADMIN_DECISION_MAKER, "ROLE"},
        {"days", 0, 0, G_OPTION_ARG_INT, &days, "life of the certificate (365)", "DAYS"},
        {"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file, "what the file is kept under; - reads it from stdin", "FILE"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &out, "PKCS#12 file to make, for a browser", "FILE"},
        G_OPTION_ENTRY_NULL};
    struct operator_row row = {.issued_ms = now_ms()};
    struct platform *platform;
    char *passphrase;
    bool ok;

    if (!command_options(&argc, &argv, "citycard-platform admin operator add", entries, NULL, error))
        return false;
    if (data_dir == NULL || out == NULL || passphrase_file == NULL || !id_valid(id) || !role_valid(role) || days < 1 || days > DAYS_MAX)
        return command_wrong(error, "--data, --id, --role " ADMIN_OPERATOR "|" ADMIN_DECISION_MAKER
                                    ", --passphrase-file and --out are needed; --days is 1 to 825");
    passphrase = command_passphrase(passphrase_file, error);
    platform = passphrase != NULL ? platform_open(data_dir, error) : NULL;
    g_strlcpy(row.id, id, sizeof row.id);
    g_strlcpy(row.role, role, sizeof row.role);
    row.ends_ms = row.issued_ms + days * INT64_C(86400000);
    ok = platform != NULL && operator_make(platform, &row, passphrase, out, error);
    platform_close(platform);
    command_passphrase_free(passphrase);
    if (ok)
        printf("%s %s, number %s\n", row.id, row.role, row.serial);
    return ok;
}

static bool shut_out(struct db *db, const char *id, int *count, GError **error)
{
    if (!db_begin(db, true, error))
        return false;
    if (!db_operator_revoke(db, id, now_ms(), count, error)) {
        db_rollback(db);
        return false;
    }
    return db_commit(db, error);
}

bool command_operator_revoke(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    char *id = NULL;
    struct platform *platform = command_open(argc, argv, "citycard-platform admin operator revoke", &json, &id, error);
    int count = 0;
    bool ok = platform != NULL && shut_out(platform->db, id, &count, error);

    platform_close(platform);
    if (ok && count == 0) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no certificate of %s is valid", id);
        return false;
    }
    if (ok)
        printf("revoked: %d\n", count);
    return ok;
}

static const char *standing(const struct operator_row *row)
{
    return row->revoked_ms != 0 ? "revoked" : row->ends_ms < now_ms() ? "ended" : "valid";
}

static void print_operator(const struct operator_row *row, bool json)
{
    uint32_t end = date_of_ms(row->ends_ms);

    if (json)
        printf("{\"id\":\"%s\",\"role\":\"%s\",\"serial\":\"%s\",\"ends_ms\":%" G_GINT64_FORMAT ",\"state\":\"%s\"}\n", row->id,
               row->role, row->serial, row->ends_ms, standing(row));
    else
        printf("%-20s %-15s %-8s until %04u-%02u-%02u  %s\n", row->id, row->role, standing(row), end / 10000, end / 100 % 100,
               end % 100, row->serial);
}

static GArray *register_of(struct platform *platform, GError **error)
{
    GArray *rows = NULL;

    if (db_begin(platform->db, false, error)) {
        rows = db_operators(platform->db, error);
        db_rollback(platform->db);
    }
    return rows;
}

bool command_operator_list(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform admin operator list", &json, NULL, error);
    g_autoptr(GArray) rows = platform != NULL ? register_of(platform, error) : NULL;

    platform_close(platform);
    for (guint i = 0; rows != NULL && i < rows->len; i++)
        print_operator(&g_array_index(rows, struct operator_row, i), json);
    return rows != NULL;
}

/* ---- Another authority ---- */

static bool is_valid(const struct operator_row *row)
{
    return row->revoked_ms == 0 && row->ends_ms > now_ms();
}

/* A valid certificate of the authority of this mark, in the role that this one is of. */
static bool has_next(const GArray *rows, const struct operator_row *of, const char *mark)
{
    for (guint i = 0; i < rows->len; i++) {
        const struct operator_row *row = &g_array_index(rows, struct operator_row, i);
        if (is_valid(row) && strcmp(row->authority, mark) == 0 && strcmp(row->id, of->id) == 0 && strcmp(row->role, of->role) == 0)
            return true;
    }
    return false;
}

/* Rows are by id. */
static void name_once(GPtrArray *names, const char *id)
{
    if (names->len == 0 || strcmp(names->pdata[names->len - 1], id) != 0)
        g_ptr_array_add(names, g_strdup(id));
}

/* Who has a valid certificate and would have none; g_free. */
static char *left_out_of(const GArray *rows, const char *mark)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < rows->len; i++) {
        const struct operator_row *row = &g_array_index(rows, struct operator_row, i);
        if (is_valid(row) && !has_next(rows, row, mark))
            name_once(names, row->id);
    }
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

/* By the one that issues, "" nobody. g_free, NULL after an error. */
static char *left_out(struct platform *platform, GError **error)
{
    EVP_PKEY *key = NULL;
    X509 *issuer = operators_issuer(platform->data_dir, &key, error);
    char mark[OPERATORS_MARK_SIZE];
    bool known = issuer != NULL && operators_mark(issuer, mark, error);
    g_autoptr(GArray) rows = known ? register_of(platform, error) : NULL;

    X509_free(issuer);
    EVP_PKEY_free(key);
    return rows != NULL ? left_out_of(rows, mark) : NULL;
}

/* `force`: they are named, and that is all. */
static bool nobody_left_out(struct platform *platform, bool force, GError **error)
{
    g_autofree char *left = left_out(platform, error);

    if (left == NULL || *left == '\0')
        return left != NULL;
    if (force) {
        printf("left out: %s\n", left);
        return true;
    }
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "these would be left out: %s. Give them new certificates, revoke them, or --force", left);
    return false;
}

static bool with_keys(struct platform *platform, bool (*step)(struct platform *platform, GError **error), GError **error)
{
    int lock = platform_keys_lock(platform->data_dir, error);
    bool ok = lock >= 0 && step(platform, error);

    if (lock >= 0)
        close(lock);
    return ok;
}

/* A stopped step has issued nothing: who has a certificate of the one that would be dropped has it of another node. */
static bool not_in_use(struct platform *platform, const char *mark, GError **error)
{
    g_autoptr(GArray) rows = register_of(platform, error);

    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct operator_row *row = &g_array_index(rows, struct operator_row, i);
        if (strcmp(row->authority, mark) != 0)
            continue;
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE,
                    "%s has a certificate of an authority that would be dropped: another node issues by it, copy its " PLATFORM_OPERATORS_FILE
                    " and " PLATFORM_OPERATORS_KEY_FILE " to this one",
                    row->id);
        return false;
    }
    return rows != NULL;
}

static bool rotate(struct platform *platform, GError **error)
{
    char mark[OPERATORS_MARK_SIZE];

    return operators_stopped(platform->data_dir, mark, error) && (*mark == '\0' || not_in_use(platform, mark, error)) &&
           operators_rotate(platform->data_dir, error);
}

static bool retire(struct platform *platform, GError **error)
{
    return operators_retire(platform->data_dir, error);
}

bool command_operator_ca_rotate(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform admin operator ca-rotate", &json, NULL, error);
    bool ok = platform != NULL && with_keys(platform, rotate, error);

    platform_close(platform);
    if (ok)
        puts("The new authority issues from now on; certificates of both are taken. Copy " PLATFORM_OPERATORS_FILE " and " PLATFORM_OPERATORS_KEY_FILE
             " to the other nodes, give everybody a new certificate, then: operator ca-retire.");
    return ok;
}

bool command_operator_ca_retire(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean force = FALSE;
    const GOptionEntry entries[] = {{"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
                                    {"force", 0, 0, G_OPTION_ARG_NONE, &force, "also when somebody has no new certificate yet", NULL},
                                    G_OPTION_ENTRY_NULL};
    struct platform *platform = command_options(&argc, &argv, "citycard-platform admin operator ca-retire", entries, NULL, error)
                                    ? command_data_open(data_dir, error)
                                    : NULL;
    bool ok = platform != NULL && nobody_left_out(platform, force, error) && with_keys(platform, retire, error);

    platform_close(platform);
    if (ok)
        puts("The old authority of operators is gone: none of its certificates is taken. Copy " PLATFORM_OPERATORS_FILE
             " to the other nodes, and make a backup of the keys.");
    return ok;
}
