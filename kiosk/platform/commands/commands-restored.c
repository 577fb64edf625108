/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/restored.h"
#include "platform/commands/commands-two.h"
#include "platform/commands/commands.h"
#include "model/clock.h"
#include <stdio.h>

bool command_restored(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *at = NULL;
    g_autoptr(GDateTime) moment = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"at", 0, 0, G_OPTION_ARG_STRING, &at, "moment that the database is of, a little earlier rather than later", "2026-11-22T20:50:00Z"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform restored", entries, NULL, error))
        return false;
    moment = at != NULL ? g_date_time_new_from_iso8601(at, NULL) : NULL;
    if (data_dir == NULL || moment == NULL || g_date_time_to_unix(moment) * 1000 > now_ms())
        return command_wrong(error, "--data DIR and --at TIME, a moment of the past with its zone, are needed");
    struct platform *platform = platform_open(data_dir, error);
    bool ok = platform != NULL && restored_mark(platform, g_date_time_to_unix(moment) * 1000, now_ms(), error);
    platform_close(platform);
    if (ok)
        puts("Marked. Before any node starts do again what people did since: revoke, card-stock and card-replace; look at admin ca-status, and finish\n"
             "and retire authorities again. Of several nodes this is run on the one whose authorities.json has the highest version.\n"
             "Then report again what else was decided: cards lost and found, staff, credit moved, doubts settled, bills added.");
    return ok;
}
