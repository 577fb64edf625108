/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/hotlist/hotlist.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

/* The version is durable and told before its file is built: that may take a while for a long list. */
static bool tell(struct platform *platform, int64_t version, GError **error)
{
    printf("hotlist version %" G_GINT64_FORMAT "\n", version);
    return fflush(stdout) == 0 && hotlist_tend(platform, now_ms(), error) && hotlist_settle(platform, error);
}

bool command_card_lost(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    char *number = NULL;
    struct platform *platform = command_open(argc, argv, "citycard-platform card-lost", &json, &number, error);
    g_autofree char *full = command_card_number(platform != NULL ? number : NULL);
    int64_t version = 0;
    bool ok = platform != NULL && hotlist_card_lost(platform, full, now_ms(), &version, error) && tell(platform, version, error);

    platform_close(platform);
    return ok;
}

bool command_hotlist_import(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    char *path = NULL;
    struct platform *platform = command_open(argc, argv, "citycard-platform hotlist-import", &json, &path, error);
    int64_t version = 0, lines = 0;
    bool ok = platform != NULL && hotlist_import(platform, path, now_ms(), &version, &lines, error);

    if (ok) {
        printf("%" G_GINT64_FORMAT " lines, ", lines);
        ok = tell(platform, version, error);
    }
    platform_close(platform);
    return ok;
}
