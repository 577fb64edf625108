/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
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

        printf("%-5s %-44s %10" G_GINT64_FORMAT "   %" G_GINT64_FORMAT " to %s\n", realism_holds(figure) ? "ok" : "WRONG", figure->name,
               figure->value, figure->low, high);
        wrong += !realism_holds(figure);
    }
    return wrong == 0 || command_wrong(error, "the sample is not believable");
}

bool command_check_sample(int argc, char **argv, GError **error)
{
    gint residents = 100000;
    gint64 seed = 1, today = date_of_ms(now_ms());
    gboolean year = FALSE;
    GOptionEntry entries[] = {
        {"residents", 0, 0, G_OPTION_ARG_INT, &residents, "people of the sample (100000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "its seed (1)", "S"},
        {"today", 0, 0, G_OPTION_ARG_INT64, &today, "day it is made for", "YYYYMMDD"},
        {"year", 0, 0, G_OPTION_ARG_NONE, &year, "and what they did in twelve months", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform check-sample", entries, NULL, error))
        return false;
    if (residents < 1000 || residents > 1000000 || today < 0 || today > 99999999 || !date_valid((uint32_t)today))
        return command_wrong(error, "--residents takes 1,000 to 1,000,000, --today a date as YYYYMMDD");
    struct init_options init = {.residents = (unsigned)residents, .seed = (uint64_t)seed, .today = (uint32_t)today, .year = year,
                                .personas_file = COMMUNITY_DIR "/personas.json"};
    g_autoptr(GArray) figures = sample_check(&init, error);
    return figures != NULL && print_figures(figures, error);
}
