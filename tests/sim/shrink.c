/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest history that still breaks the same invariant: what comes after the break goes first, then halves, quarters …
 * single actions (delta debugging), then single faults, then towns that are larger than needed.
 */
#include "life.h"

#include <stdio.h>
#include <string.h>

struct shrinker {
    struct history *history;
    struct outcome broken;
    unsigned tries;
};

/* Play the history with these actions instead; keep them when it breaks in the same way. */
static bool try_actions(struct shrinker *shrinker, GArray *actions)
{
    struct history candidate = *shrinker->history;

    candidate.actions = actions;
    struct life life = life_begin(&candidate, false);
    struct outcome outcome = life_end(&life);
    shrinker->tries++;
    if (!outcome.broken || strcmp(outcome.invariant, shrinker->broken.invariant) != 0)
        return false;
    if (outcome.step < actions->len)
        g_array_set_size(actions, outcome.step);
    shrinker->broken = outcome;
    return true;
}

static GArray *without(const GArray *actions, guint first, guint count)
{
    GArray *rest = g_array_new(FALSE, FALSE, sizeof(struct action));

    g_array_append_vals(rest, actions->data, first);
    if (first + count < actions->len)
        g_array_append_vals(rest, &g_array_index(actions, struct action, first + count), actions->len - first - count);
    return rest;
}

static void take(struct shrinker *shrinker, GArray *actions)
{
    g_array_unref(shrinker->history->actions);
    shrinker->history->actions = actions;
}

/* One pass from the end to the beginning with pieces of this size. */
static bool drop_pieces(struct shrinker *shrinker, guint size)
{
    bool dropped = false;

    for (guint end = shrinker->history->actions->len; end > 0; end = end > size ? end - size : 0) {
        guint first = end > size ? end - size : 0;
        if (end > shrinker->history->actions->len)
            continue;
        GArray *rest = without(shrinker->history->actions, first, end - first);
        if (try_actions(shrinker, rest)) {
            take(shrinker, rest);
            dropped = true;
        } else {
            g_array_unref(rest);
        }
    }
    return dropped;
}

static void drop_faults(struct shrinker *shrinker)
{
    for (guint i = 0; i < shrinker->history->actions->len; i++) {
        for (size_t fault = 0; fault < ACTION_FAULTS; fault++) {
            GArray *same = without(shrinker->history->actions, shrinker->history->actions->len, 0);
            struct action *action = &g_array_index(same, struct action, i);
            bool had = action->faults[fault].kind != FAULT_NONE;
            action->faults[fault] = (struct fault){0};
            if (had && try_actions(shrinker, same))
                take(shrinker, same);
            else
                g_array_unref(same);
            if (i >= shrinker->history->actions->len)
                return;
        }
    }
}

static void fewer_kiosks(struct shrinker *shrinker)
{
    unsigned most = 1, had = shrinker->history->town.kiosks;

    for (guint i = 0; i < shrinker->history->actions->len; i++)
        most = MAX(most, g_array_index(shrinker->history->actions, struct action, i).kiosk + 1);
    shrinker->history->town.kiosks = MAX(most, 2);
    GArray *same = without(shrinker->history->actions, shrinker->history->actions->len, 0);
    if (try_actions(shrinker, same)) {
        take(shrinker, same);
        return;
    }
    g_array_unref(same);
    shrinker->history->town.kiosks = had;
}

struct outcome history_shrink(struct history *history, const struct outcome *broken)
{
    struct shrinker shrinker = {.history = history, .broken = *broken};

    if (broken->step < history->actions->len)
        g_array_set_size(history->actions, broken->step);
    for (guint size = MAX(history->actions->len / 2, 1);; size = MAX(size / 2, 1)) {
        bool dropped = drop_pieces(&shrinker, size);
        fprintf(stderr, "shrink: %u actions left after %u tries\n", history->actions->len, shrinker.tries);
        if (size == 1 && !dropped)
            break;
    }
    drop_faults(&shrinker);
    fewer_kiosks(&shrinker);
    return shrinker.broken;
}
