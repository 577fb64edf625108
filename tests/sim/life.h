/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A life: one town from its first day to the settling of everything, by a list of actions. Each is played in a process of
 * its own, so that nothing of one reaches another and a crash or a hang is only its own end.
 */
#ifndef SIM_LIFE_H
#define SIM_LIFE_H

#include "sim.h"

#include <sys/types.h>

struct history {
    uint64_t seed;
    struct town town;
    GArray *actions; /* of struct action */
};

/** The history that life `index` of a seed draws; history_clear() it. */
struct history history_draw(uint64_t seed, unsigned index);
void history_clear(struct history *history);
/** One line an action; g_free. And back; false with what is wrong. */
char *history_text(const struct history *history);
bool history_parse(const char *text, struct history *out, GError **error);

/** Lies in memory that parent and child share. */
struct outcome {
    bool done, broken;
    unsigned step, steps, faulty;
    uint64_t digest;
    struct stats stats;
    char invariant[48], detail[400];
};

struct life {
    pid_t pid;
    struct outcome *outcome;
    char *folder;
};

/** Begin to play in a child; life_end() waits for it. */
struct life life_begin(const struct history *history, bool trace);
/** What became of it; a child that did not come to an end has broken the invariant "lives". */
struct outcome life_end(struct life *life);

/** The shortest history found that still breaks the same invariant, in place. Says on stderr how it goes. */
struct outcome history_shrink(struct history *history, const struct outcome *broken);

#endif
