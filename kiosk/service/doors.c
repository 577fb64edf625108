/* SPDX-License-Identifier: Apache-2.0 */
#include "service/doors.h"
#include "service/doubt-list.h"
#include "model/model.h"
#include "service/metrics.h"
#include "store/ledger.h"
#include "store/store.h"
#include "sync/signed.h"
#include "sync/sync.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

GOptionGroup *doors_group(struct doors *doors)
{
    const GOptionEntry entries[] = {
        {"store-check", 0, 0, G_OPTION_ARG_NONE, &doors->store_check,
         "Check the journal: pages, whole chain, projections built again and compared, books", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &doors->all, "With --store-check: archives and the newest backup too", NULL},
        {"export", 0, 0, G_OPTION_ARG_FILENAME, &doors->export_file,
         "Write the journal for an auditor: every row with its chain, nothing personal in clear", "FILE"},
        {"backup", 0, 0, G_OPTION_ARG_FILENAME, &doors->backup_file, "Copy the journal, and check the copy", "FILE"},
        {"metrics", 0, 0, G_OPTION_ARG_STRING, &doors->metrics, "Print figures of health: json or openmetrics", "FORMAT"},
        {"refused", 0, 0, G_OPTION_ARG_NONE, &doors->refused, "List events that the platform refused", NULL},
        {"doubts", 0, 0, G_OPTION_ARG_NONE, &doors->doubts, "List payments whose outcome is not known", NULL},
        {"accept-loss", 0, 0, G_OPTION_ARG_NONE, &doors->accept_loss,
         "Staff has seen that rows are lost: take money again (the kiosk must not run)", NULL},
        G_OPTION_ENTRY_NULL};
    GOptionGroup *group = g_option_group_new("care", "Looking after a kiosk:", "Checks, exports and figures", NULL, NULL);

    g_option_group_add_entries(group, entries);
    return group;
}

bool doors_wanted(const struct doors *doors)
{
    return doors->store_check || doors->all || doors->refused || doors->doubts || doors->accept_loss ||
           doors->export_file != NULL || doors->backup_file != NULL || doors->metrics != NULL;
}

void doors_clear(struct doors *doors)
{
    g_free(doors->export_file);
    g_free(doors->backup_file);
    g_free(doors->metrics);
}

/* ---- The journal ---------------------------------------------------------------------------------------------------------- */

static char *place(const struct kiosk_config *config, const char *name)
{
    return g_build_filename(config->data_dir, name, NULL);
}

/* A kiosk that was never enrolled has no keys, and nothing sealed. */
static bool identity_of(const struct kiosk_config *config, struct store_identity *identity)
{
    struct sync_identity enrolment;
    bool enrolled = sync_identity_load(config->data_dir, &enrolment, NULL);

    memset(identity, 0, sizeof *identity);
    if (enrolled)
        sync_store_identity(&enrolment, identity);
    OPENSSL_cleanse(&enrolment, sizeof enrolment);
    return enrolled;
}

static struct store *look(const struct kiosk_config *config, const char *path, GError **error)
{
    struct store_identity identity;
    bool enrolled = identity_of(config, &identity);
    struct store *store = store_look(path, enrolled ? &identity : NULL, error);

    OPENSSL_cleanse(&identity, sizeof identity);
    return store;
}

static int cannot(const GError *error)
{
    g_printerr("citycard-kiosk: %s\n", error->message);
    return 2;
}

/* ---- --store-check -------------------------------------------------------------------------------------------------------- */

/* One line; an error becomes part of it. */
static bool tell(const char *what, bool good, GError *error, const char *more)
{
    if (good)
        printf("ok      %s%s%s\n", what, more != NULL ? ": " : "", more != NULL ? more : "");
    else
        printf("WRONG   %s: %s\n", what, error != NULL ? error->message : "?");
    g_clear_error(&error);
    return good;
}

static bool check_state(struct store *store)
{
    g_autofree char *reason = NULL;
    enum store_state state = store_state(store, &reason);

    if (state == STORE_WHOLE)
        return tell("state", true, NULL, "whole");
    printf("WRONG   state: %s (%s)\n",
           state == STORE_WAITS ? "waits for the platform; no money until then" : "rows are lost; see --accept-loss", reason);
    return false;
}

static bool check_journal(struct store *store)
{
    int64_t epoch, head, acked;
    GError *error = NULL;
    bool good = check_state(store);

    store_places(store, &epoch, &head, &acked);
    g_autofree char *where = g_strdup_printf("to row %" G_GINT64_FORMAT " in epoch %" G_GINT64_FORMAT
                                             ", acknowledged to %" G_GINT64_FORMAT,
                                             head, epoch, acked);
    bool pages = store_integrity(store, &error);
    good &= tell("pages", pages, error, NULL);
    error = NULL;
    bool chain = store_verify_chain(store, 0, &error);
    good &= tell("chain", chain, error, where);
    error = NULL;
    bool equal = store_rebuild(store, &error);
    good &= tell("projections", equal, error, "built again, and equal");
    error = NULL;
    bool books = store_ledger_check(store, &error);
    return tell("books", books, error, NULL) && good;
}

static bool check_archives(const struct kiosk_config *config, struct store *store)
{
    g_autofree char *folder = place(config, STORE_ARCHIVE);
    GError *error = NULL;
    int checked = 0;

    bool good = store_archive_check(store, folder, &checked, &error);
    g_autofree char *count = g_strdup_printf("%d", checked);
    return tell("archives", good, error, count);
}

static bool check_backup(const struct kiosk_config *config)
{
    g_autofree char *folder = place(config, "backup"), *newest = store_backup_newest(folder);
    GError *error = NULL;

    if (newest == NULL)
        return tell("backup", true, NULL, "there is none yet");
    struct store *copy = look(config, newest, &error);
    bool good = copy != NULL && store_integrity(copy, &error) && store_verify_chain(copy, 0, &error);
    store_close(copy);
    return tell("backup", good, error, newest);
}

static bool check_hotlist(const struct kiosk_config *config, struct store *store)
{
    struct sync_identity enrolment;
    char key_id[SIGNED_KEY_ID_SIZE];
    g_autofree char *told = NULL;
    GError *error = NULL;

    bool known = sync_identity_load(config->data_dir, &enrolment, NULL) && signed_key_id(enrolment.signing_key, key_id);
    OPENSSL_cleanse(&enrolment, sizeof enrolment);
    bool good = store_hotlist_check(store, known ? key_id : NULL, &told, &error);
    return tell("hotlist", good, error, told);
}

static int store_check(const struct kiosk_config *config, bool all)
{
    g_autofree char *path = place(config, "kiosk.db");
    g_autoptr(GError) error = NULL;
    struct store *store = look(config, path, &error);

    if (store == NULL) {
        printf("WRONG   %s: %s\n", path, error->message);
        return 1;
    }
    bool good = check_journal(store);
    good &= check_hotlist(config, store);
    if (all)
        good = check_archives(config, store) & check_backup(config) & good;
    store_close(store);
    return good ? 0 : 1;
}

/* ---- --export, --backup, --metrics ---------------------------------------------------------------------------------------- */

static int export_to(const struct kiosk_config *config, const char *file)
{
    g_autofree char *path = place(config, "kiosk.db");
    g_autoptr(GError) error = NULL;
    struct store *store = look(config, path, &error);
    int rows = 0;
    bool done = store != NULL && store_export(store, file, &rows, &error);

    store_close(store);
    if (!done)
        return cannot(error);
    printf("%d rows in %s\n", rows, file);
    return 0;
}

static int backup_to(const struct kiosk_config *config, const char *file)
{
    g_autofree char *path = place(config, "kiosk.db");
    g_autoptr(GError) error = NULL;
    struct store *store = look(config, path, &error);
    bool done = store != NULL && store_backup(store, file, &error);

    store_close(store);
    if (!done)
        return cannot(error);
    printf("%s is whole\n", file);
    return 0;
}

static int metrics_print(const struct kiosk_config *config, const char *format)
{
    bool open = strcmp(format, "openmetrics") == 0;
    g_autofree char *path = place(config, "kiosk.db");
    g_autoptr(GError) error = NULL;

    if (!open && strcmp(format, "json") != 0) {
        g_printerr("citycard-kiosk: --metrics is json or openmetrics\n");
        return 2;
    }
    struct store *store = look(config, path, &error);
    if (store == NULL)
        return cannot(error);
    json_t *figures = metrics_collect(store, config->data_dir);
    g_autofree char *text = open ? metrics_text(figures) : NULL;
    if (text == NULL) {
        char *dump = json_dumps(figures, JSON_INDENT(2));
        text = g_strdup_printf("%s\n", dump != NULL ? dump : "{}");
        free(dump);
    }
    fputs(text, stdout);
    json_decref(figures);
    store_close(store);
    return 0;
}

/* ---- Lists ----------------------------------------------------------------------------------------------------------------- */

static char *time_text(int64_t ms)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("+08:00");
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    g_autoptr(GDateTime) local = utc != NULL && zone != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    return local != NULL ? g_date_time_format(local, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
}

static void refused_print(const struct store_refused *row)
{
    g_autofree char *time = time_text(row->at_ms);
    printf("%" G_GINT64_FORMAT "  %s  %-20s %-9s %s%s%s\n", row->seq, time, row->type,
           row->verdict == STORE_CONFLICT ? "conflict" : "rejected", row->code, row->resolved ? "  resolved by " : "",
           row->resolved ? row->by : "");
}

static int refused_list(const struct kiosk_config *config)
{
    g_autofree char *path = place(config, "kiosk.db");
    g_autoptr(GError) error = NULL;
    struct store *store = look(config, path, &error);
    g_autoptr(GPtrArray) rows = store != NULL ? store_refused(store, true, &error) : NULL;

    store_close(store);
    if (rows == NULL)
        return cannot(error);
    for (guint i = 0; i < rows->len; i++)
        refused_print(rows->pdata[i]);
    printf("%u refused\n", rows->len);
    return 0;
}

/* Our own and those that other kiosks told of, with the next step. */
static int doubts_list(const struct kiosk_config *config)
{
    g_autofree char *path = place(config, "kiosk.db");
    g_autoptr(GError) error = NULL;
    struct store_identity identity;
    size_t count = 0;

    identity_of(config, &identity);
    const struct doubt_view view = {
        .kiosk_id = identity.kiosk_id, .card_number = "", .store_ok = true, .now_ms = now_ms()};
    struct store *store = look(config, path, &error);
    g_autofree struct kiosk_doubt *items = store != NULL ? doubt_list(store, &view, &count, &error) : NULL;
    store_close(store);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *text = doubt_text(&items[i]), *time = time_text(items[i].at_ms);
        printf("%s  %s", time, text);
    }
    OPENSSL_cleanse(&identity, sizeof identity);
    if (items == NULL)
        return cannot(error);
    printf("%zu in doubt\n", count);
    return 0;
}

/* ---- --accept-loss ---------------------------------------------------------------------------------------------------------- */

static int accept_loss(const struct kiosk_config *config)
{
    g_autofree char *path = place(config, "kiosk.db"), *reason = NULL;
    g_autoptr(GError) error = NULL;
    struct store_identity identity;

    identity_of(config, &identity);
    struct store *store = store_open(path, &identity, &error);
    OPENSSL_cleanse(&identity, sizeof identity);
    if (store == NULL)
        return cannot(error);
    enum store_state state = store_state(store, &reason);
    bool done = state == STORE_LOST && store_state_set(store, STORE_WHOLE, "", &error);
    store_close(store);
    if (state != STORE_LOST)
        puts(state == STORE_WHOLE ? "nothing is lost" : "the platform has to be asked first: start the kiosk online");
    else if (!done)
        return cannot(error);
    else
        printf("seen: %s\n", reason);
    return state == STORE_WAITS ? 1 : 0;
}

static int worse(int a, int b)
{
    return MAX(a, b);
}

int doors_run(const struct doors *doors, const struct kiosk_config *config)
{
    int result = 0;

    if (doors->accept_loss)
        result = worse(result, accept_loss(config));
    if (doors->store_check || doors->all)
        result = worse(result, store_check(config, doors->all));
    if (doors->refused)
        result = worse(result, refused_list(config));
    if (doors->doubts)
        result = worse(result, doubts_list(config));
    if (doors->export_file != NULL)
        result = worse(result, export_to(config, doors->export_file));
    if (doors->backup_file != NULL)
        result = worse(result, backup_to(config, doors->backup_file));
    if (doors->metrics != NULL)
        result = worse(result, metrics_print(config, doors->metrics));
    return result;
}
