/* SPDX-License-Identifier: Apache-2.0 */
/* Low ratings and what became of them. */
#include "platform/admin/ratings.h"
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "model/clock.h"
#include <stdio.h>
#include <string.h>

struct entry {
    char *data_dir, *service, *rater, *step, *by, *note;
    gboolean all, json;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->service, &entry->rater, &entry->step, &entry->by, &entry->note};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

static void print_cases(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        printf("%s  %-10s grade %" JSON_INTEGER_FORMAT "  %-9s due %" JSON_INTEGER_FORMAT "  %s  %s\n",
               json_string_value(json_object_get(row, "service")), json_string_value(json_object_get(row, "kind")),
               json_integer_value(json_object_get(row, "grade")), json_string_value(json_object_get(row, "state")),
               json_integer_value(json_object_get(row, "due")), json_string_value(json_object_get(row, "kiosk")),
               json_string_value(json_object_get(row, "reasons")));
}

static bool list(struct platform *platform, const struct entry *entry, GError **error)
{
    json_t *rows = NULL;

    if (db_begin(platform->db, false, error)) {
        rows = ratings_cases(platform->db, entry->all, error);
        db_rollback(platform->db);
    }
    if (rows == NULL || entry->json)
        return rows != NULL && command_print_json(rows);
    print_cases(rows);
    json_decref(rows);
    return true;
}

static bool follow_up(struct platform *platform, const struct entry *entry, GError **error)
{
    struct rating_follow_step step = {.service = entry->service, .rater = entry->rater, .by = entry->by, .note = entry->note};

    if (entry->service == NULL || entry->by == NULL || !command_text_fits(entry->note, COMMAND_REASON_BYTES_MAX) ||
        entry->step == NULL || !rating_follow_parse(entry->step, &step.to))
        return command_wrong(error, "--service, --by, --note and --step CONTACTED, FIXED, EXPLAINED, CALLBACK, CLOSED, APPEALED, EXCLUDED or"
                                    " UPHELD are needed");
    return ratings_follow(platform, &step, now_ms(), error);
}

bool command_rating(int argc, char **argv, GError **error)
{
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &entry.all, "those that are over, too", NULL},
        {"service", 0, 0, G_OPTION_ARG_STRING, &entry.service, "what was rated", "ID"},
        {"rater", 0, 0, G_OPTION_ARG_STRING, &entry.rater, "by which card, when there are several", "TOKEN"},
        {"step", 0, 0, G_OPTION_ARG_STRING, &entry.step, "what was done", "STATE"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &entry.by, "who, of the register of staff", "ID"},
        {"note", 0, 0, G_OPTION_ARG_STRING, &entry.note, "in words, without names", "TEXT"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform rating", entries, &what, error);

    struct platform *platform = ok ? command_data_open(entry.data_dir, error) : NULL;
    if (platform == NULL)
        ok = false;
    else if (strcmp(what, "list") == 0)
        ok = list(platform, &entry, error);
    else if (strcmp(what, "follow-up") == 0)
        ok = follow_up(platform, &entry, error);
    else
        ok = command_wrong(error, "list or follow-up");
    platform_close(platform);
    entry_clear(&entry);
    return ok;
}
