/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the simulator: seeds in, "nothing broken" or a failure that anybody can repeat out. */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static gint64 option_seed = -1, option_steps, option_seconds;
static gint option_life = -1, option_jobs = 1, option_cut;
static gboolean option_shrink, option_trace, option_quiet, option_disasters, option_no_disasters;
static char *option_list;

static const GOptionEntry OPTIONS[] = {
    {"seed", 0, 0, G_OPTION_ARG_INT64, &option_seed, "play this seed (else a fresh one, which is printed)", "N"},
    {"steps", 0, 0, G_OPTION_ARG_INT64, &option_steps, "at least so many steps", "M"},
    {"seconds", 0, 0, G_OPTION_ARG_INT64, &option_seconds, "as many steps as fit into this time (default 60)", "S"},
    {"life", 0, 0, G_OPTION_ARG_INT, &option_life, "only this life of the seed", "L"},
    {"cut", 0, 0, G_OPTION_ARG_INT, &option_cut, "with --life: end it after so many steps", "K"},
    {"jobs", 0, 0, G_OPTION_ARG_INT, &option_jobs, "lives at a time (default 1); the outcome is the same", "J"},
    {"list", 0, 0, G_OPTION_ARG_FILENAME, &option_list, "play the history in this file", "FILE"},
    {"disasters", 0, 0, G_OPTION_ARG_NONE, &option_disasters,
     "exchange disks for old copies, damaged and new ones often, in every life (else in half of them)", NULL},
    {"no-disasters", 0, 0, G_OPTION_ARG_NONE, &option_no_disasters, "never do", NULL},
    {"shrink", 0, 0, G_OPTION_ARG_NONE, &option_shrink, "find the shortest history that fails, and print it", NULL},
    {"trace", 0, 0, G_OPTION_ARG_NONE, &option_trace, "print everything that happens, with the running digest", NULL},
    {"quiet", 0, 0, G_OPTION_ARG_NONE, &option_quiet, "one line at the end", NULL},
    {NULL}};

struct sum {
    uint64_t steps, faulty, digest, lives;
    struct stats stats;
};

static void sum_add(struct sum *sum, const struct outcome *outcome)
{
    uint64_t *to = (uint64_t *)&sum->stats;
    const uint64_t *from = (const uint64_t *)&outcome->stats;

    for (size_t i = 0; i < sizeof sum->stats / sizeof *to; i++)
        to[i] += from[i];
    sum->steps += outcome->step;
    sum->faulty += outcome->faulty;
    sum->lives++;
    sum->digest = (sum->digest ^ outcome->digest) * UINT64_C(0x9E3779B97F4A7C15);
}

static void sum_print(const struct sum *sum, gint64 seed, double seconds)
{
    const struct stats *s = &sum->stats;
    double permille = sum->steps > 0 ? 1000.0 * (double)sum->faulty / (double)sum->steps : 0;

    printf("seed %" G_GINT64_FORMAT ": %" G_GUINT64_FORMAT " steps in %" G_GUINT64_FORMAT " lives, %.0f of 1000 with faults, %.0f steps a second\n",
           seed, sum->steps, sum->lives, permille, seconds > 0 ? (double)sum->steps / seconds : 0);
    printf("  %" G_GUINT64_FORMAT " effects, %" G_GUINT64_FORMAT " faults struck, %" G_GUINT64_FORMAT " kills, %" G_GUINT64_FORMAT
           " power cuts, %" G_GUINT64_FORMAT " starts, %" G_GUINT64_FORMAT " drains\n",
           s->effects, s->faults, s->kills, s->power_cuts, s->opens, s->drains);
    printf("  %" G_GUINT64_FORMAT " debits and credits, %" G_GUINT64_FORMAT " paid, %" G_GUINT64_FORMAT " loaded (%" G_GUINT64_FORMAT
           " at a later tap), %" G_GUINT64_FORMAT " void, %" G_GUINT64_FORMAT " doubts shown, %" G_GUINT64_FORMAT " turned away, %" G_GUINT64_FORMAT " rounds, %" G_GUINT64_FORMAT
           " requests, %" G_GUINT64_FORMAT " redeemed, %" G_GUINT64_FORMAT " nights, %" G_GUINT64_FORMAT " archives, %" G_GUINT64_FORMAT " looks, %" G_GUINT64_FORMAT " replaced, %" G_GUINT64_FORMAT " steps of authorities\n"
           "  %" G_GUINT64_FORMAT " answers about seats, %" G_GUINT64_FORMAT " about orders, %" G_GUINT64_FORMAT " moved at the desk\n"
           "  %" G_GUINT64_FORMAT " times one node went on alone, %" G_GUINT64_FORMAT " kiosks enrolled anew\n",
           s->debits, s->paid, s->loaded, s->recovered, s->voided, s->doubts, s->refused, s->rounds, s->requests, s->credited,
           s->nights, s->archives, s->looks, s->replaced, s->authorities, s->seats, s->orders, s->moved, s->nodes, s->enrolled);
    printf("  digest %016" G_GINT64_MODIFIER "x\n", sum->digest);
}

/* What a reader needs to see it again; with --shrink also the shortest way there. */
static void failure_print(struct history *history, const struct outcome *outcome, const struct sum *sum, gint64 seed, gint life)
{
    printf("BROKEN %s\n  %s\n", outcome->invariant, outcome->detail);
    if (life >= 0) {
        printf("  seed %" G_GINT64_FORMAT ", step %" G_GUINT64_FORMAT " (life %d, its step %u of %u)\n", seed,
               sum->steps + outcome->step, life, outcome->step, outcome->steps);
        const char *more = option_no_disasters ? " --no-disasters" : option_disasters ? " --disasters" : "";
        printf("  again:    tests/run sim --seed %" G_GINT64_FORMAT " --life %d%s\n", seed, life, more);
        printf("  shortest: tests/run sim --seed %" G_GINT64_FORMAT " --life %d%s --shrink\n", seed, life, more);
    }
    if (!option_shrink)
        return;
    struct outcome shortest = history_shrink(history, outcome);
    g_autofree char *text = history_text(history);
    printf("# %s: %s\n# the shortest history found, %u actions; play it with tests/run sim --list FILE\n%s", shortest.invariant,
           shortest.detail, history->actions->len, text);
}

/* False: broken. */
static bool play_one(struct history *history, struct sum *sum, gint64 seed, gint life)
{
    struct life child = life_begin(history, option_trace);
    struct outcome outcome = life_end(&child);

    if (outcome.broken)
        failure_print(history, &outcome, sum, seed, life);
    sum_add(sum, &outcome);
    return !outcome.broken;
}

/* Lives of one seed, `jobs` at a time, counted in their order. */
static bool play_seed(gint64 seed, struct sum *sum, gint64 until_us)
{
    unsigned jobs = (unsigned)CLAMP(option_jobs, 1, 16);
    struct life lives[16] = {{0}};
    struct history histories[16] = {{0}};
    unsigned next = 0, done = 0;
    bool good = true;

    for (; good; done++) {
        while (next < done + jobs && (option_steps > 0 || next == done || g_get_monotonic_time() < until_us)) {
            histories[next % jobs] = history_draw((uint64_t)seed, next);
            lives[next % jobs] = life_begin(&histories[next % jobs], option_trace);
            next++;
        }
        struct outcome outcome = life_end(&lives[done % jobs]);
        if (outcome.broken)
            failure_print(&histories[done % jobs], &outcome, sum, seed, (gint)done);
        good = !outcome.broken;
        sum_add(sum, &outcome);
        history_clear(&histories[done % jobs]);
        if (option_steps > 0 ? sum->steps >= (uint64_t)option_steps : g_get_monotonic_time() >= until_us)
            break;
    }
    for (done++; done < next; done++) {
        life_end(&lives[done % jobs]);
        history_clear(&histories[done % jobs]);
    }
    return good;
}

static bool play_list(struct sum *sum)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    struct history history = {0};

    if (!g_file_get_contents(option_list, &text, NULL, &error) || !history_parse(text, &history, &error)) {
        fprintf(stderr, "%s: %s\n", option_list, error->message);
        exit(2);
    }
    bool good = play_one(&history, sum, -1, -1);
    history_clear(&history);
    return good;
}

static gint64 fresh_seed(void)
{
    uint32_t seed = 0;

    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        g_error("no random bytes");
    return seed;
}

static bool options_read(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("- kiosks, cards and platform under faults, from one seed");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, OPTIONS, NULL);
    if (g_option_context_parse(context, &argc, &argv, &error) && argc == 1)
        return true;
    fprintf(stderr, "%s\n", error != NULL ? error->message : "unknown argument");
    return false;
}

int main(int argc, char **argv)
{
    struct sum sum = {0};
    bool good;

    if (!options_read(argc, argv))
        return 2;
    town_disasters = option_no_disasters ? DISASTERS_NONE : option_disasters ? DISASTERS_MANY : DISASTERS_SOME;
    gint64 seed = option_seed >= 0 ? option_seed : fresh_seed();
    gint64 start_us = g_get_monotonic_time();
    if (option_list == NULL && !option_quiet)
        printf("seed %" G_GINT64_FORMAT "\n", seed);
    if (option_list != NULL) {
        good = play_list(&sum);
    } else if (option_life >= 0) {
        struct history history = history_draw((uint64_t)seed, (unsigned)option_life);
        if (option_cut > 0)
            g_array_set_size(history.actions, MIN(history.actions->len, (guint)option_cut));
        good = play_one(&history, &sum, seed, option_life);
        history_clear(&history);
    } else {
        good = play_seed(seed, &sum, start_us + (option_seconds > 0 ? option_seconds : 60) * G_USEC_PER_SEC);
    }
    sum_print(&sum, seed, (double)(g_get_monotonic_time() - start_us) / 1e6);
    return good ? 0 : 1;
}
