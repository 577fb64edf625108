/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/platform.h"
#include "platform/sample/init.h"
#include "platform/sample/realism.h"
#include "model/model.h"
#include <stdio.h>

static bool print_figures(const GArray *figures, GError **error)
{
    unsigned wrong = 0;

    for (guint i = 0; i < figures->len; i++) {
        const struct realism_figure *figure = &g_array_index(figures, struct realism_figure, i);
        g_autofree char *high = figure->high == G_MAXINT64 ? g_strdup("") : g_strdup_printf("%" G_GINT64_FORMAT, figure->high);

        printf("%-5s %-60s %10" G_GINT64_FORMAT "   %" G_GINT64_FORMAT " to %s\n", realism_holds(figure) ? "ok" : "WRONG", figure->name,
               figure->value, figure->low, high);
        wrong += !realism_holds(figure);
    }
    return wrong == 0 || command_wrong(error, "the sample is not believable");
}

/* What lies in a platform: one line to compare with another's, and whether its books hold. */
static bool print_filled(const char *data_dir, GError **error)
{
    struct platform *platform = platform_open(data_dir, error);
    g_autofree char *digest = NULL, *broken = NULL;
    GError *why = NULL;

    if (platform == NULL)
        return false;
    if (db_begin(platform->db, false, &why)) {
        digest = db_sample_digest(platform->db, &why);
        broken = digest != NULL ? db_credit_broken(platform->db, &why) : NULL;
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (why != NULL) {
        g_propagate_error(error, why);
        return false;
    }
    printf("%s\n", digest);
    return broken == NULL || command_wrong(error, broken);
}

bool command_check_sample(int argc, char **argv, GError **error)
{
    gint residents = 100000;
    gint64 seed = 1, today = date_of_ms(now_ms());
    gboolean year = FALSE;
    g_autofree char *data_dir = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "a platform that is filled: print the digest of its rows, and check its books", "DIR"},
        {"residents", 0, 0, G_OPTION_ARG_INT, &residents, "people of the sample (100000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "its seed (1)", "S"},
        {"today", 0, 0, G_OPTION_ARG_INT64, &today, "day it is made for", "YYYYMMDD"},
        {"year", 0, 0, G_OPTION_ARG_NONE, &year, "and what they did in twelve months", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform check-sample", entries, NULL, error))
        return false;
    if (data_dir != NULL)
        return print_filled(data_dir, error);
    if (residents < 1000 || residents > 1000000 || today < 0 || today > 99999999 || !date_valid((uint32_t)today))
        return command_wrong(error, "--residents takes 1,000 to 1,000,000, --today a date as YYYYMMDD");
    struct init_options init = {.residents = (unsigned)residents, .seed = (uint64_t)seed, .today = (uint32_t)today, .year = year,
                                .personas_file = COMMUNITY_DIR "/personas.json"};
    g_autoptr(GArray) figures = sample_check(&init, error);
    return figures != NULL && print_figures(figures, error);
}
