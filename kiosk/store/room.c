/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk. A file of 16 MiB gives way when the disk is full, so that a payment that was begun can be ended; with it
 * gone, or with less free than that, no new one begins. It is made again when there is room.
 */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BALLAST_BYTES (16 * 1024 * 1024)
#define STOP_BYTES    (INT64_C(32) * 1024 * 1024)
#define ALARM_BYTES   (INT64_C(200) * 1024 * 1024)
#define ALARM_PERCENT 10

static bool free_bytes(const char *path, int64_t *free_out, int64_t *all)
{
    g_autofree char *folder = g_path_get_dirname(path);
    struct statvfs info;

    if (statvfs(folder, &info) != 0)
        return false;
    *free_out = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
    *all = (int64_t)info.f_blocks * (int64_t)info.f_frsize;
    return true;
}

bool room_make(struct store *store)
{
    if (store->ballast == NULL || g_unlink(store->ballast) != 0)
        return false;
    g_message("the disk is full: %s gave way", store->ballast);
    return true;
}

/* Its blocks are really taken: a hole would give nothing back. */
static bool ballast_write(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int code = fd >= 0 ? posix_fallocate(fd, 0, BALLAST_BYTES) : errno;

    if (fd >= 0)
        close(fd);
    if (code != 0)
        g_unlink(path);
    return code == 0;
}

static bool ballast_there(const char *path)
{
    GStatBuf info;
    return g_stat(path, &info) == 0 && info.st_size >= BALLAST_BYTES;
}

bool store_ballast_keep(struct store *store, const char *path)
{
    int64_t free_now = 0, all = 0;

    g_mutex_lock(&store->lock);
    g_free(store->ballast);
    store->ballast = g_strdup(path);
    bool there = ballast_there(path);
    if (!there && free_bytes(path, &free_now, &all) && free_now >= STOP_BYTES + 2 * BALLAST_BYTES)
        there = ballast_write(path);
    g_mutex_unlock(&store->lock);
    return there;
}

enum store_room store_room_look(const char *ballast)
{
    int64_t free_now = 0, all = 0;

    if (!free_bytes(ballast, &free_now, &all) || free_now < STOP_BYTES || !ballast_there(ballast))
        return STORE_ROOM_NONE;
    return free_now < ALARM_BYTES || free_now < all / 100 * ALARM_PERCENT ? STORE_ROOM_LITTLE : STORE_ROOM_PLENTY;
}

enum store_room store_room(struct store *store)
{
    g_mutex_lock(&store->lock);
    enum store_room room = store->ballast != NULL ? store_room_look(store->ballast) : STORE_ROOM_PLENTY;
    g_mutex_unlock(&store->lock);
    return room;
}
