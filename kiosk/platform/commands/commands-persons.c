/* SPDX-License-Identifier: Apache-2.0 */
/* Who looked at whom, for whoever has to check it. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/persons/access.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

#define ROWS_MAX 1000

static const char *text_in(json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text != NULL && *text != '\0' ? text : "-";
}

static void print_rows(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(json_integer_value(json_object_get(row, "at_ms")) / 1000);
        g_autofree char *when = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");

        printf("%" JSON_INTEGER_FORMAT "  %s  %s (%s)  %s  case %s  %s  [%s]\n", json_integer_value(json_object_get(row, "n")), when,
               text_in(row, "actor"), text_in(row, "role"), text_in(row, "purpose"), text_in(row, "case_id"), text_in(row, "kiosk"),
               text_in(row, "fields"));
    }
}

bool command_access_log(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *card = NULL, *by = NULL;
    gint64 before = G_MAXINT64;
    gint limit = 100;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &by, "who reads it, of the register of staff", "ID"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &card, "of this card's owner; else of all", "NUMBER"},
        {"before", 0, 0, G_OPTION_ARG_INT64, &before, "rows older than this one", "N"},
        {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "at most so many (100)", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "for programs", NULL},
        G_OPTION_ENTRY_NULL};
    char token[33];

    if (!command_options(&argc, &argv, "citycard-platform access-log", entries, NULL, error))
        return false;
    if (data_dir == NULL || by == NULL || limit < 1 || limit > ROWS_MAX)
        return command_wrong(error, "--data DIR and --by ID are needed; --limit is 1 to 1000");
    struct platform *platform = platform_open(data_dir, error);
    if (platform == NULL)
        return false;
    g_autofree char *full = command_card_number(card);
    if (full != NULL)
        card_token(platform->index_key, full, token);
    json_t *rows = access_audit(platform, by, full != NULL ? token : NULL, before, limit, now_ms(), error);
    platform_close(platform);
    if (rows == NULL)
        return false;
    if (json)
        json_dumpf(rows, stdout, JSON_INDENT(2));
    else
        print_rows(rows);
    json_decref(rows);
    return true;
}
