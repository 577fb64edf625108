/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The game through a real pcscd, restarted now and then, and what the library leaves behind in this process: nothing.
 *
 *      tests/with-readers build/tests/soak/soak --vcard build/tests/vcard/citycard-vcard --taps 100000 --seed 1
 */
#include "game.h"
#include "room.h"
#include "vcards.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURED false /* the sanitizer's own allocator keeps what was freed */
#else
#define MEASURED true
#endif

#define PAUSE_MS        20
#define PROGRESS_S      10
#define HEAP_SLACK      (64 * 1024)
#define RSS_SLACK       (4 * 1024 * 1024)
#define CHECKPOINTS     20

static char *vcard_program;
static int taps = 400, seed = -1, restart_every = 150, tear_permille = 30, swap_permille = 40;
static const GOptionEntry entries[] = {
    {"vcard", 0, 0, G_OPTION_ARG_FILENAME, &vcard_program, "citycard-vcard", "PROGRAM"},
    {"taps", 0, 0, G_OPTION_ARG_INT, &taps, "how many residents come", "N"},
    {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "play that game again", "N"},
    {"restart-every", 0, 0, G_OPTION_ARG_INT, &restart_every, "taps between two restarts of pcscd, 0 never", "N"},
    {"tears", 0, 0, G_OPTION_ARG_INT, &tear_permille, "taps of a thousand with a fault", "N"},
    {"swaps", 0, 0, G_OPTION_ARG_INT, &swap_permille, "taps of a thousand with another card", "N"},
    {NULL},
};

struct bench {
    struct vcards *cards;
    struct cc_link *card, *sam;
};

/* ---- The world: pcscd -------------------------------------------------------------------------------------------------- */

static int world_open(void *ctx, bool sam, struct cc_channel *channel)
{
    struct bench *bench = ctx;
    struct cc_link **link = sam ? &bench->sam : &bench->card;
    int result = cc_link_open(link, sam ? READER_1 : READER_0, sam ? CC_SHARE_EXCLUSIVE : CC_SHARE_TRANSACTION, 1000);
    if (result == CC_OK)
        *channel = *cc_link_channel(*link);
    return result;
}

static void world_close(void *ctx, bool sam, bool reset)
{
    struct bench *bench = ctx;
    struct cc_link **link = sam ? &bench->sam : &bench->card;
    cc_link_close(*link, reset);
    *link = NULL;
}

static void world_order(void *ctx, const char *line)
{
    vcards_do(((struct bench *)ctx)->cards, "%s", line);
}

static gint64 world_balance(void *ctx, const char *key)
{
    return vcards_number(((struct bench *)ctx)->cards, key, "balance_fen");
}

static gint64 world_counter(void *ctx, const char *key)
{
    return vcards_number(((struct bench *)ctx)->cards, key, "offline_counter");
}

static char *world_number(void *ctx, const char *key)
{
    return vcards_card_number(((struct bench *)ctx)->cards, key);
}

static void world_pause(void *ctx)
{
    (void)ctx;
    g_usleep(PAUSE_MS * 1000);
}

/* ---- What is left behind ------------------------------------------------------------------------------------------------ */

struct footprint {
    size_t heap, rss;
    unsigned files, tasks;
};

static size_t resident_bytes(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    g_assert_nonnull(file);
    g_assert_cmpint(fscanf(file, "%lu %lu", &pages, &resident), ==, 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Threads of closed links end a moment later. */
static struct footprint measure(unsigned tasks_wanted)
{
    for (int tries = 0; tries < 200 && threads() > tasks_wanted; tries++)
        g_usleep(10000);
    return (struct footprint){mallinfo2().uordblks, resident_bytes(), open_files(), threads()};
}

static void compare(const struct footprint *first, const struct footprint *last)
{
    g_assert_cmpuint(last->files, ==, first->files);
    g_assert_cmpuint(last->tasks, <=, first->tasks);
    if (!MEASURED)
        return;
    g_assert_cmpuint(last->heap, <=, first->heap + HEAP_SLACK);
    g_assert_cmpuint(last->rss, <=, first->rss + RSS_SLACK);
}

/* ---- The run ------------------------------------------------------------------------------------------------------------ */

static void progress(const struct game *game, const struct footprint *now, gint64 start_us)
{
    double seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    printf("# %" G_GUINT64_FORMAT " taps, %.1f a second: %" G_GUINT64_FORMAT " purchases, %" G_GUINT64_FORMAT
           " confirmed, %" G_GUINT64_FORMAT " refused, %" G_GUINT64_FORMAT " doubts (%" G_GUINT64_FORMAT " paid, %" G_GUINT64_FORMAT
           " not), %" G_GUINT64_FORMAT " faults, %" G_GUINT64_FORMAT " swaps, %" G_GUINT64_FORMAT " retries; heap %zu, rss %zu KiB, %u files, %u threads\n",
           game->taps, (double)game->taps / seconds, game->purchases, game->confirmed, game->refused, game->doubts,
           game->settled_paid, game->settled_void, game->faults, game->swaps, game->retries, now->heap,
           now->rss / 1024, now->files, now->tasks);
    fflush(stdout);
}

static void restart_service(struct game *game, unsigned number)
{
    /* Half of the time with the PSAM open, which then dies with the service. */
    if (number % 2 == 0)
        game_rest(game);
    if (number % 4 < 2)
        service("kill");
    service(number % 4 < 2 ? "start" : "restart");
}

static void play(struct game *game, struct cc_monitor *monitor, gint64 start_us)
{
    struct footprint first = {0}, now = {0};
    gint64 told_us = start_us;
    unsigned restarts = 0, warm = (unsigned)taps / 5, checked = 0;
    struct cc_reader_list list;
    for (unsigned tap = 1; tap <= (unsigned)taps; tap++) {
        game_tap(game);
        if (restart_every > 0 && tap % (unsigned)restart_every == 0)
            restart_service(game, restarts++);
        if (tap % 25 == 0)
            g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), >=, CC_OK);
        bool checkpoint = tap == warm || (tap > warm && tap % ((unsigned)taps / CHECKPOINTS + 1) == 0) || tap == (unsigned)taps;
        if (checkpoint) {
            game_settle(game);
            game_rest(game);
            await_state(monitor, READER_0, CC_READER_CARD, 10000, NULL);
            now = measure(checked == 0 ? 4 : first.tasks);
            if (checked++ == 0)
                first = now;
            compare(&first, &now);
        }
        if (g_get_monotonic_time() - told_us > PROGRESS_S * G_USEC_PER_SEC) {
            told_us = g_get_monotonic_time();
            progress(game, &now, start_us);
        }
    }
    printf("# %u restarts of pcscd, seen by the monitor: %u; %u checkpoints\n", restarts, list.restarts, checked);
    progress(game, &now, start_us);
    g_assert_cmpuint(checked, >, 1);
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) options = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(options, entries, NULL);
    if (!g_option_context_parse(options, &argc, &argv, &error) || vcard_program == NULL || taps < 50)
        g_error("%s", error ? error->message : "--vcard PROGRAM is needed, and --taps of 50 at least");
    /* One arena: mallinfo2() tells of the first alone. */
    g_assert_cmpint(mallopt(M_ARENA_MAX, 1), ==, 1);
    guint32 chosen = seed >= 0 ? (guint32)seed : g_random_int() >> 1;
    printf("TAP version 13\n1..1\n# seed %u\n", chosen);
    fflush(stdout);

    /* The cards sync each debit: in memory that is free. */
    g_autofree char *folder = g_strdup("/dev/shm/citycard-soak-XXXXXX");
    if (g_mkdtemp(folder) == NULL)
        g_error("no folder in /dev/shm");
    struct bench bench = {.cards = vcards_new(vcard_program, folder, SLOT_0, SLOT_1)};
    struct world world = {&bench, world_open, world_close, world_order, world_balance, world_counter, world_number, world_pause};
    struct cc_monitor *monitor = NULL;
    struct game game;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    game_begin(&game, &world, chosen, (unsigned)tear_permille, (unsigned)swap_permille);
    await_state(monitor, READER_0, CC_READER_CARD, 3000, NULL);
    await_state(monitor, READER_1, CC_READER_CARD, 3000, NULL);
    play(&game, monitor, g_get_monotonic_time());
    game_end(&game);
    cc_monitor_free(monitor);
    vcards_free(bench.cards);
    gchar *remove[] = {(gchar *)"rm", (gchar *)"-rf", folder, NULL};
    g_spawn_sync(NULL, remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    printf("ok 1 - %" G_GUINT64_FORMAT " taps with seed %u\n", (guint64)taps, chosen);
    return 0;
}
