/* SPDX-License-Identifier: Apache-2.0 */
/* Calls for help at kiosks, for the staff. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/help/help.h"
#include "model/clock.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

struct entry {
    char *data_dir, *id, *by;
    gboolean all, json;
};

static void entry_clear(struct entry *entry)
{
    g_free(entry->data_dir);
    g_free(entry->id);
    g_free(entry->by);
}

static json_int_t number(json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static const char *state_of(json_t *row)
{
    if (number(row, "ended_ms") != 0)
        return json_string_value(json_object_get(row, "how"));
    return number(row, "answered_ms") != 0 ? "answered" : "WAITING";
}

static bool list(struct platform *platform, const struct entry *entry, GError **error)
{
    json_t *rows = help_list(platform, entry->all, now_ms(), error), *row;
    size_t i;

    if (rows == NULL || entry->json)
        return rows != NULL && command_print_json(rows);
    json_array_foreach(rows, i, row)
        printf("%s  %-5s  %s  %-8s  after %" JSON_INTEGER_FORMAT " s  %s\n", json_string_value(json_object_get(row, "id")),
               json_string_value(json_object_get(row, "kind")), json_string_value(json_object_get(row, "kiosk")), state_of(row),
               number(row, "waited_ms") / 1000, json_string_value(json_object_get(row, "staff")));
    json_decref(rows);
    return true;
}

static bool run(struct platform *platform, const char *what, const struct entry *entry, GError **error)
{
    if (strcmp(what, "list") == 0)
        return list(platform, entry, error);
    if (strcmp(what, "answer") != 0)
        return command_wrong(error, "list or answer");
    if (!uuid_valid(entry->id) || entry->by == NULL)
        return command_wrong(error, "--id (of the call) and --by are needed");
    return help_answer(platform, entry->id, entry->by, now_ms(), error);
}

bool command_help_call(int argc, char **argv, GError **error)
{
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &entry.all, "those of a week that are over, too", NULL},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "which call", "ID"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &entry.by, "who is coming, of the register of staff", "ID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform help-call", entries, &what, error);

    struct platform *platform = ok ? command_data_open(entry.data_dir, error) : NULL;
    ok = platform != NULL && run(platform, what, &entry, error);
    platform_close(platform);
    entry_clear(&entry);
    return ok;
}
