/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"
#include "books.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_LEAST  150
#define STEPS_SPREAD 900
#define STEP_SECONDS 120 /* of real time: a step that takes longer hangs */

/* ---- Histories ---------------------------------------------------------------------------------------------------- */

struct history history_draw(uint64_t seed, unsigned index)
{
    struct rng rng = rng_of(seed, 300, index);
    struct history history = {.seed = rng_next(&rng), .actions = g_array_new(FALSE, FALSE, sizeof(struct action))};
    unsigned steps = STEPS_LEAST + rng_below(&rng, STEPS_SPREAD);

    history.town = town_draw(history.seed);
    for (unsigned i = 0; i < steps; i++) {
        struct action action = action_draw(&rng, &history.town);
        g_array_append_val(history.actions, action);
    }
    return history;
}

void history_clear(struct history *history)
{
    g_clear_pointer(&history->actions, g_array_unref);
}

char *history_text(const struct history *history)
{
    g_autofree char *town = town_text(&history->town);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "seed %016" G_GINT64_MODIFIER "x\n%s\n", history->seed, town);
    for (guint i = 0; i < history->actions->len; i++) {
        g_autofree char *line = action_text(&g_array_index(history->actions, struct action, i));
        g_string_append_printf(text, "%s\n", line);
    }
    return g_string_free(text, FALSE);
}

bool history_parse(const char *text, struct history *out, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool good = g_strv_length(lines) >= 2 && sscanf(lines[0], "seed %" G_GINT64_MODIFIER "x", &out->seed) == 1 &&
                town_parse(lines[1], &out->town);

    out->actions = g_array_new(FALSE, FALSE, sizeof(struct action));
    for (guint i = 2; good && lines[i] != NULL; i++) {
        struct action action;
        if (lines[i][0] == '\0' || lines[i][0] == '#')
            continue;
        good = action_parse(lines[i], &action);
        g_array_append_val(out->actions, action);
        if (!good)
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "line %u is no action: %s", i + 1, lines[i]);
    }
    if (!good && error != NULL && *error == NULL)
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "a history begins with its seed and its town");
    return good;
}

/* ---- In the child ------------------------------------------------------------------------------------------------- */

static struct outcome *told;

static void broken(struct world *world, const char *invariant, const char *detail)
{
    told->broken = told->done = true;
    told->step = world->step;
    told->digest = world->digest;
    told->stats = world->stats;
    g_strlcpy(told->invariant, invariant, sizeof told->invariant);
    g_strlcpy(told->detail, detail, sizeof told->detail);
    fflush(stdout);
    _exit(1);
}

/* The programs' own log is a part of what happens; it is shown only with the trace. */
static GLogWriterOutput log_writer(GLogLevelFlags level, const GLogField *fields, gsize count, void *data)
{
    struct world *world = data != NULL ? *(struct world **)data : NULL;

    for (gsize i = 0; world != NULL && i < count; i++)
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            note(world, "log %u %s", level & G_LOG_LEVEL_MASK, (const char *)fields[i].value);
    if (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR))
        return g_log_writer_standard_streams(level, fields, count, NULL);
    return G_LOG_WRITER_HANDLED;
}

static void child(const struct history *history, const char *folder, bool trace)
{
    static struct world *world;

    g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
    g_log_set_default_handler(g_log_default_handler, NULL); /* a test program has put its own in its place */
    g_log_set_writer_func(log_writer, &world, NULL);
    alarm(STEP_SECONDS);
    struct world *made = world_new(history->seed, &history->town, folder, trace, broken);
    world = made;
    for (world->step = 0; world->step < history->actions->len;) {
        const struct action *action = &g_array_index(history->actions, struct action, world->step);
        alarm(STEP_SECONDS);
        world->step++;
        told->step = world->step;
        told->faulty += action_has_fault(action);
        play(world, action);
    }
    alarm(2 * STEP_SECONDS);
    world->env = rng_of(history->seed, 8, 0);
    play_drain(world);
    told->digest = world->digest;
    told->stats = world->stats;
    told->done = true;
    world = NULL;
    world_free(made);
    fflush(stdout);
}

/* ---- In the parent ------------------------------------------------------------------------------------------------ */

static char *folder_new(void)
{
    const char *base = g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir();
    char *folder = g_build_filename(base, "citycard-sim-XXXXXX", NULL);

    if (g_mkdtemp(folder) == NULL)
        g_error("no folder in %s: %s", base, g_strerror(errno));
    return folder;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

struct life life_begin(const struct history *history, bool trace)
{
    struct life life = {.folder = folder_new()};

    life.outcome = mmap(NULL, sizeof *life.outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (life.outcome == MAP_FAILED)
        g_error("no shared memory: %s", g_strerror(errno));
    life.outcome->steps = history->actions->len;
    fflush(stdout);
    life.pid = fork();
    if (life.pid < 0)
        g_error("fork: %s", g_strerror(errno));
    if (life.pid > 0)
        return life;
    told = life.outcome;
    child(history, life.folder, trace);
    g_free(life.folder);
    exit(0);
}

struct outcome life_end(struct life *life)
{
    int status = 0;

    while (waitpid(life->pid, &status, 0) < 0 && errno == EINTR)
        ;
    struct outcome outcome = *life->outcome;
    bool ended = WIFEXITED(status) && WEXITSTATUS(status) == (outcome.broken ? 1 : 0);
    if (!outcome.done || !ended) {
        outcome.broken = true;
        g_strlcpy(outcome.invariant, "lives", sizeof outcome.invariant);
        g_snprintf(outcome.detail, sizeof outcome.detail, "%s",
                   WIFSIGNALED(status) ? WTERMSIG(status) == SIGALRM ? "it hangs" : strsignal(WTERMSIG(status)) : "it ended by itself");
    }
    munmap(life->outcome, sizeof *life->outcome);
    if (nftw(life->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        g_warning("%s cannot be removed", life->folder);
    g_clear_pointer(&life->folder, g_free);
    return outcome;
}
