/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator itself: its disks, that a seed is a seed, that what is broken is found and made short. */
#include "life.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define SEEDS      4
#define LIVES      2
#define STEPS_MOST 250

/* ---- Disks -------------------------------------------------------------------------------------------------------- */

static uint64_t noise = 1;
static enum disk_verdict verdict;

static void draw(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(noise = noise * 6364136223846793005u + 1);
}

static int64_t no_time(void)
{
    return 0;
}

static enum disk_verdict say(void *ctx, enum disk_op op, const char *name, int64_t at, const void *bytes, size_t len)
{
    return verdict;
}

static sqlite3 *open_db(const char *folder, const char *synchronous)
{
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    g_autofree char *settings = g_strdup_printf("PRAGMA journal_mode=WAL; PRAGMA synchronous=%s", synchronous);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, settings, NULL, NULL, NULL), ==, SQLITE_OK);
    return db;
}

static int rows_of(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    int rows = -1;

    if (sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        rows = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return rows;
}

/* Ten rows, one transaction each; the power goes; how many are there? */
static int rows_after_power_cut(const char *synchronous, bool lie, unsigned keep_permille)
{
    g_autofree char *folder = g_dir_make_tmp("citycard-sim-XXXXXX", NULL);
    struct disk *disk = disk_new(folder, say, NULL);
    struct rng rng = rng_of(noise, 1, 1);
    sqlite3 *db = open_db(folder, synchronous);

    verdict = DISK_GOOD;
    g_assert_cmpint(sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL), ==, SQLITE_OK);
    disk_lie(disk, lie);
    for (int i = 0; i < 10; i++)
        g_assert_cmpint(sqlite3_exec(db, "INSERT INTO t VALUES(randomblob(3000))", NULL, NULL, NULL), ==, SQLITE_OK);
    verdict = DISK_DEAD;
    sqlite3_close(db);
    verdict = DISK_GOOD;
    disk_lie(disk, false);
    disk_power_cut(disk, &rng, keep_permille);
    db = open_db(folder, synchronous);
    int rows = rows_of(db);
    sqlite3_close(db);
    disk_free(disk);
    for (const char *const *name = (const char *const[]){"a.db", "a.db-wal", "a.db-shm", NULL}; *name != NULL; name++) {
        g_autofree char *path = g_build_filename(folder, *name, NULL);
        g_unlink(path);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    return rows;
}

static void test_disk(void)
{
    int lost_normal = 0;

    disk_install(draw, no_time);
    for (unsigned try = 0; try < 10; try++) {
        g_assert_cmpint(rows_after_power_cut("FULL", false, try * 100), ==, 10);
        lost_normal += rows_after_power_cut("NORMAL", false, try * 100) < 10;
    }
    g_assert_cmpint(lost_normal, >, 5);
    g_assert_cmpint(rows_after_power_cut("FULL", true, 0), ==, 0);
}

/* ---- Histories ---------------------------------------------------------------------------------------------------- */

static struct outcome play_life(uint64_t seed, unsigned index)
{
    struct history history = history_draw(seed, index);

    g_array_set_size(history.actions, MIN(history.actions->len, STEPS_MOST));
    struct life life = life_begin(&history, false);
    struct outcome outcome = life_end(&life);
    if (outcome.broken)
        g_test_message("seed %u, life %u, step %u: %s: %s", (unsigned)seed, index, outcome.step, outcome.invariant, outcome.detail);
    history_clear(&history);
    return outcome;
}

static void test_seeds(void)
{
    unsigned faulty = 0, steps = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        for (unsigned index = 0; index < LIVES; index++) {
            struct outcome outcome = play_life(seed, index);
            g_assert_false(outcome.broken);
            faulty += outcome.faulty;
            steps += outcome.steps;
        }
    }
    g_assert_cmpuint(faulty * 10, >=, steps);
}

static void test_same(void)
{
    struct outcome one = play_life(7, 0), two = play_life(7, 0), other = play_life(8, 0);

    g_assert_false(one.broken);
    g_assert_cmpuint(one.digest, ==, two.digest);
    g_assert_cmpmem(&one.stats, sizeof one.stats, &two.stats, sizeof two.stats);
    g_assert_cmpuint(one.digest, !=, other.digest);
}

static void test_text(void)
{
    g_autoptr(GError) error = NULL;
    struct history history = history_draw(9, 0), again = {0};
    g_autofree char *text = history_text(&history);

    g_assert_true(history_parse(text, &again, &error));
    g_autofree char *text_again = history_text(&again);
    g_assert_cmpstr(text, ==, text_again);
    g_assert_cmpuint(history.actions->len, ==, again.actions->len);
    history_clear(&again);
    g_assert_false(history_parse("seed 1\ntown kiosks=2 cards=2 tight=0 lying=0 nodes=1\nfly to the moon\n", &again, &error));
    g_assert_nonnull(error);
    history_clear(&again);
    history_clear(&history);
}

/* A disk that ignores flushes breaks what the town promises: it is seen, and the way there is short. */
static void test_shrink(void)
{
    struct history history = history_draw(10, 0);

    g_array_set_size(history.actions, STEPS_MOST);
    history.town.lying_disks = true;
    struct life life = life_begin(&history, false);
    struct outcome broken = life_end(&life);
    g_assert_true(broken.broken);
    struct outcome shortest = history_shrink(&history, &broken);
    g_assert_true(shortest.broken);
    g_assert_cmpstr(shortest.invariant, ==, broken.invariant);
    g_test_message("%s after %u of %u actions", shortest.invariant, history.actions->len, broken.step);
    g_assert_cmpuint(history.actions->len, <=, 5);
    history_clear(&history);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/disk", test_disk);
    g_test_add_func("/sim/text", test_text);
    g_test_add_func("/sim/same", test_same);
    g_test_add_func("/sim/seeds", test_seeds);
    g_test_add_func("/sim/shrink", test_shrink);
    return g_test_run();
}
