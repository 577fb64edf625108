/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk is exchanged for an old copy of itself, damaged, or new; or the whole machine is, which is enrolled anew then. The whole of it only where all that it had was acknowledged: then
 * nothing may be lost, because the platform gives it back. What is done with the machine before it hears from the platform again is
 * done on the old state, and must come to the platform all the same. Where the database alone is damaged or put back, what was not
 * acknowledged lies in the file beside it.
 */
#include "sim.h"
#include "books.h"
#include "service/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE  4096
#define DRAWS 13

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

static void tree_remove(const char *folder)
{
    if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        g_error("%s: %s", folder, g_strerror(errno));
}

static void file_copy(const char *from, const char *to)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 || !g_file_get_contents(from, &bytes, &len, NULL) || write(fd, bytes, len) != (ssize_t)len || close(fd) != 0)
        g_error("%s cannot be copied", from);
}

static void tree_copy(const char *from, const char *to)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    const char *name;

    if (dir == NULL || g_mkdir(to, 0700) != 0)
        g_error("%s cannot be copied", from);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *source = g_build_filename(from, name, NULL), *copy = g_build_filename(to, name, NULL);
        if (g_file_test(source, G_FILE_TEST_IS_DIR))
            tree_copy(source, copy);
        else
            file_copy(source, copy);
    }
}

static char *snapshot_folder(const struct sim_kiosk *kiosk)
{
    return g_strdup_printf("%s/copy-%s", kiosk->machine.world->folder, kiosk->id);
}

static void snapshot_take(struct sim_kiosk *kiosk)
{
    g_autofree char *folder = snapshot_folder(kiosk);

    tree_remove(folder);
    tree_copy(kiosk->machine.folder, folder);
    kiosk->snapshot = true;
}

static void snapshot_back(struct sim_kiosk *kiosk)
{
    g_autofree char *folder = snapshot_folder(kiosk);

    tree_remove(kiosk->machine.folder);
    tree_copy(folder, kiosk->machine.folder);
}

/* In the middle of the database, where a page becomes zeros, or its head, or its second half is gone. */
static void database_damage(struct sim_kiosk *kiosk, uint32_t arg)
{
    static const char zeros[PAGE];
    g_autofree char *path = g_build_filename(kiosk->machine.folder, "kiosk.db", NULL);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct stat info = {0};
    bool done = fd >= 0 && fstat(fd, &info) == 0;

    if (!done)
        g_error("%s cannot be opened", path);
    if (info.st_size < 4 * PAGE) /* all of it is in the WAL */
        done = true;
    else if (arg % 3 == 0)
        done = pwrite(fd, zeros, 100, 0) == 100;
    else if (arg % 3 == 1)
        done = ftruncate(fd, info.st_size / 2 / PAGE * PAGE) == 0;
    else
        done = pwrite(fd, zeros, PAGE, arg / 3 % (info.st_size / PAGE) * PAGE) == PAGE;
    if (!done || close(fd) != 0)
        g_error("%s cannot be damaged", path);
}

static const char *const NAMES[] = {"kiosk.db", "kiosk.db-wal", "kiosk.db-shm", "kiosk.db-tail"};

static void database_away(struct sim_kiosk *kiosk)
{
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        g_autofree char *path = g_build_filename(kiosk->machine.folder, NAMES[i], NULL);
        g_unlink(path);
    }
}

/* From the copy, without the file beside it. */
static void database_back(struct sim_kiosk *kiosk)
{
    g_autofree char *folder = snapshot_folder(kiosk);

    for (size_t i = 0; i + 1 < G_N_ELEMENTS(NAMES); i++) {
        g_autofree char *path = g_build_filename(kiosk->machine.folder, NAMES[i], NULL);
        g_autofree char *copy = g_build_filename(folder, NAMES[i], NULL);
        g_unlink(path);
        if (g_file_test(copy, G_FILE_TEST_EXISTS))
            file_copy(copy, path);
    }
}

/* The machine is another one: nothing is on its disk, not even its key, and who takes it into service enrols it anew. */
static void machine_away(struct sim_kiosk *kiosk)
{
    g_autofree char *copy = snapshot_folder(kiosk);

    tree_remove(kiosk->machine.folder);
    tree_remove(copy); /* of a certificate that is not in force any more */
    kiosk->snapshot = false;
    if (g_mkdir(kiosk->machine.folder, 0700) != 0)
        g_error("%s cannot be made", kiosk->machine.folder);
    disk_room(kiosk->machine.disk, -1);
    disk_room(kiosk->machine.world->platform.machine.disk, -1);
    kiosk_enrol_anew(kiosk);
    kiosk->machine.world->stats.enrolled++;
}

/* Is everything of it at the platform? A few rounds are given for that. */
static bool all_acknowledged(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;

    for (int round = 0; round < 3; round++) {
        int was = world_become(world, kiosk->machine.index);
        sync_turn(kiosk->kiosk->sync);
        bool done = kiosk->kiosk->sync_status.online && store_outbox_waiting(kiosk->kiosk->store) == 0 &&
                    store_state(kiosk->kiosk->store, NULL) == STORE_WHOLE;
        world_become(world, was);
        books_check_kiosk(world, kiosk);
        if (done)
            return true;
    }
    return false;
}

/* Is every row that waits in the file beside the database, too? A start on a good disk writes what is missing there. */
static bool all_beside(struct sim_kiosk *kiosk)
{
    int64_t epoch = 0;
    uint8_t hash[32];

    kiosk_stop(kiosk);
    disk_room(kiosk->machine.disk, -1);
    kiosk->machine.stuck = false;
    if (!kiosk_start(kiosk) || store_state(kiosk->kiosk->store, NULL) != STORE_WHOLE)
        return false;
    store_sure_place(kiosk->kiosk->store, &epoch, &kiosk->acked);
    return store_head(kiosk->kiosk->store, hash) == books_rows(kiosk);
}

/* Now and then it meets the platform first while there is no room to write down what comes out of that. */
static void meet_full(struct sim_kiosk *kiosk)
{
    if (!kiosk_start(kiosk))
        return;
    disk_room(kiosk->machine.disk, 0);
    int was = world_become(kiosk->machine.world, kiosk->machine.index);
    sync_turn(kiosk->kiosk->sync);
    world_become(kiosk->machine.world, was);
    disk_room(kiosk->machine.disk, -1);
}

void disaster(struct sim_kiosk *kiosk, uint32_t arg)
{
    unsigned draw = arg % DRAWS;
    bool anew = draw == DRAWS - 1, beside = draw >= 9 && !anew, back = kiosk->snapshot && (draw == 3 || draw == 4 || draw == 11);

    if (!kiosk_start(kiosk) || kiosk->restored || (draw >= 3 && !(beside ? all_beside(kiosk) : all_acknowledged(kiosk))))
        return;
    if (anew && !platform_up(kiosk->machine.world))
        return;
    kiosk_stop(kiosk);
    if (anew)
        machine_away(kiosk);
    else if (draw < 3)
        snapshot_take(kiosk);
    else if (back && beside)
        database_back(kiosk);
    else if (back)
        snapshot_back(kiosk);
    else if (draw < 7 || beside)
        database_damage(kiosk, arg / DRAWS);
    else
        database_away(kiosk);
    kiosk->restored = draw >= 3;
    kiosk->must_ask = draw >= 3 && !back;
    kiosk->had_more = beside;
    disk_forget(kiosk->machine.disk);
    plain_forget(kiosk->machine.files);
    if (draw >= 3)
        hotlist_disk_changed(kiosk->machine.world, kiosk);
    note(kiosk->machine.world, "disaster %u of %s", draw, kiosk->id);
    if (draw >= 3 && arg >> 30 == 0)
        meet_full(kiosk);
}
