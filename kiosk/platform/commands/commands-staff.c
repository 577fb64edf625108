/* SPDX-License-Identifier: Apache-2.0 */
/* The register of staff, by people. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "platform/persons/access.h"
#include "platform/staff.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 96

struct entry {
    char *data_dir, *card, *id, *name, *role, *scope, *from, *to;
    gboolean json;
};

static void entry_clear(struct entry *entry)
{
    g_free(entry->data_dir);
    g_free(entry->card);
    g_free(entry->id);
    g_free(entry->name);
    g_free(entry->role);
    g_free(entry->scope);
    g_free(entry->from);
    g_free(entry->to);
}

/* ---- add ---- */

/* The first instant of a day, `fallback` for none. */
static bool day_read(const char *text, int64_t fallback, int64_t *out)
{
    guint64 date = 0;

    *out = fallback;
    if (text == NULL)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, 19700102, 99991231, &date, NULL) || !date_valid((uint32_t)date))
        return false;
    *out = ms_of_date((uint32_t)date);
    return true;
}

static bool entry_make(const struct entry *entry, struct staff *out, GError **error)
{
    const char *scope = entry->scope != NULL ? entry->scope : STAFF_EVERYWHERE;

    *out = (struct staff){.role = STAFF_CLERK};
    if (entry->data_dir == NULL || entry->card == NULL || entry->id == NULL || !command_text_fits(entry->name, NAME_BYTES_MAX))
        return command_wrong(error, "--data, --id, --card and --name are needed");
    if (entry->role != NULL && !staff_role_parse(entry->role, &out->role)) {
        g_autofree char *roles = staff_role_names(), *text = g_strdup_printf("--role is one of: %s", roles);
        return command_wrong(error, text);
    }
    if (!day_read(entry->from, now_ms(), &out->from_ms) || !day_read(entry->to, 0, &out->to_ms) ||
        (out->to_ms != 0 && out->to_ms <= out->from_ms))
        return command_wrong(error, "--from and --to are days as YYYYMMDD");
    g_strlcpy(out->id, entry->id, sizeof out->id);
    g_strlcpy(out->scope, scope, sizeof out->scope);
    /* What a kiosk would not read is not given to it; and an id that looks like a card's token would be taken for one. */
    memset(out->token, '0', sizeof out->token - 1);
    json_t *json = staff_to_json(out);
    struct staff read;
    bool good = strlen(entry->id) < 32 && strlen(scope) < sizeof out->scope && staff_from_json(json, &read);
    json_decref(json);
    return good || command_wrong(error, "--id and --scope are short names of letters, digits, . _ -");
}

static bool scope_known(struct db *db, const char *scope, GError **error)
{
    struct kiosk_row row;
    bool found = true;

    if (strcmp(scope, STAFF_EVERYWHERE) != 0 && !db_kiosk_find(db, scope, &row, &found, error))
        return false;
    return found || command_wrong(error, "--scope is a kiosk's id, or left out");
}

static bool add(struct platform *platform, const struct entry *entry, struct staff *staff, GError **error)
{
    g_autofree char *number = command_card_number(entry->card);

    if (!db_begin(platform->db, true, error))
        return false;
    if (scope_known(platform->db, staff->scope, error) && staff_add(platform, number, entry->name, staff, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static bool staff_add_run(const struct entry *entry, GError **error)
{
    struct staff staff;

    if (!entry_make(entry, &staff, error))
        return false;
    struct platform *platform = platform_open(entry->data_dir, error);
    bool ok = platform != NULL && add(platform, entry, &staff, error);
    platform_close(platform);
    if (ok && entry->json)
        return command_print_json(staff_to_json(&staff));
    if (ok)
        puts(staff.id);
    return ok;
}

/* ---- list ---- */

static void day_text(json_t *row, const char *key, char out[16])
{
    int64_t ms = json_integer_value(json_object_get(row, key));

    if (ms == 0)
        g_strlcpy(out, "-", 16);
    else
        g_snprintf(out, 16, "%08u", date_of_ms(ms));
}

static void print_list(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char from[16], to[16];
        day_text(row, "from_ms", from);
        day_text(row, "to_ms", to);
        printf("%-12s %-11s %-8s %s to %s  card **** %s  %s\n", json_string_value(json_object_get(row, "id")),
               json_string_value(json_object_get(row, "role")), json_string_value(json_object_get(row, "scope")), from, to,
               json_string_value(json_object_get(row, "card_last4")), json_string_value(json_object_get(row, "name")));
    }
}

static bool staff_list_run(const struct entry *entry, GError **error)
{
    struct platform *platform = entry->data_dir != NULL ? platform_open(entry->data_dir, error) : NULL;
    json_t *rows = NULL;

    if (entry->data_dir == NULL)
        return command_wrong(error, "--data DIR is needed");
    if (platform != NULL && access_note_command(platform, "staff list", PURPOSE_REGISTER, error) &&
        db_begin(platform->db, false, error)) {
        rows = db_staff_list(platform->db, error);
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (rows == NULL)
        return false;
    if (entry->json)
        return command_print_json(rows);
    print_list(rows);
    json_decref(rows);
    return true;
}

/* ---- retire ---- */

static bool staff_retire_run(const struct entry *entry, GError **error)
{
    int64_t at_ms;

    if (entry->data_dir == NULL || entry->id == NULL || !day_read(entry->to, now_ms(), &at_ms))
        return command_wrong(error, "--data and --id are needed; --to is a day as YYYYMMDD");
    struct platform *platform = platform_open(entry->data_dir, error);
    bool ok = platform != NULL && staff_retire(platform, entry->id, at_ms, error);
    platform_close(platform);
    if (ok && entry->json)
        return command_print_json(json_pack("{s:s, s:I}", "id", entry->id, "to_ms", (json_int_t)at_ms));
    return ok;
}

bool command_staff(int argc, char **argv, GError **error)
{
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "short name in the register", "ID"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &entry.card, "the card that they tap", "NUMBER"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &entry.name, "who it is; stays here, sealed", "NAME"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &entry.role, "clerk (all of the desk; the default), leader (confirms hours), grid_worker, provider, merchant, technician, manager, auditor", "ROLE"},
        {"scope", 0, 0, G_OPTION_ARG_STRING, &entry.scope, "at this kiosk only", "KIOSK"},
        {"from", 0, 0, G_OPTION_ARG_STRING, &entry.from, "first day (now)", "YYYYMMDD"},
        {"to", 0, 0, G_OPTION_ARG_STRING, &entry.to, "first day on which not any more", "YYYYMMDD"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform staff", entries, &what, error);

    if (ok && strcmp(what, "add") == 0)
        ok = staff_add_run(&entry, error);
    else if (ok && strcmp(what, "list") == 0)
        ok = staff_list_run(&entry, error);
    else if (ok && strcmp(what, "retire") == 0)
        ok = staff_retire_run(&entry, error);
    else if (ok)
        ok = command_wrong(error, "add, list or retire");
    entry_clear(&entry);
    return ok;
}
