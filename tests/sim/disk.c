/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"
#include "pass.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written, and not yet synced; a truncation has no bytes. */
struct pending {
    bool truncate;
    int64_t at;
    size_t len;
    uint8_t *bytes;
};

/* One file of a disk: its durable image, and what the page cache has beyond it. */
struct image {
    struct disk *disk;
    char *path;
    const char *name;
    ino_t inode;
    GByteArray *durable; /* NULL: on the medium there is no such file */
    GArray *pending;     /* of struct pending, in order */
    bool deleted;        /* removed, and the removal is not durable yet */
    bool fresh;          /* made anew after that: `durable` is still the old file's */
};

struct disk {
    char *folder;
    disk_fn fn;
    void *ctx;
    GHashTable *images; /* path → image */
    GPtrArray *order;   /* the same, in the order of their making: hash tables have none that can be relied upon */
    bool lies;
    int64_t room;
};

struct file {
    struct pass_file pass;
    struct image *image; /* NULL: a temporary file, which no power cut has to be told about */
    bool made;           /* a journal that may be new: SQLite flushes the folder with its first sync */
};

static sqlite3_io_methods methods;
static GPtrArray *disks;
static void (*draw_random)(uint8_t *out, size_t len);
static int64_t (*draw_time)(void);

/* ---- Images ------------------------------------------------------------------------------------------------------- */

static void pending_clear(void *data)
{
    g_free(((struct pending *)data)->bytes);
}

static void image_free(void *data)
{
    struct image *image = data;

    if (image->durable != NULL)
        g_byte_array_unref(image->durable);
    g_array_unref(image->pending);
    g_free(image->path);
    g_free(image);
}

/* The bytes of a file that came about beside SQLite (created empty, copied, renamed) are taken to be durable. */
static void image_load(struct image *image)
{
    g_autofree char *bytes = NULL;
    struct stat info = {0};
    gsize len = 0;

    g_array_set_size(image->pending, 0);
    g_clear_pointer(&image->durable, g_byte_array_unref);
    if (stat(image->path, &info) == 0 && g_file_get_contents(image->path, &bytes, &len, NULL)) {
        image->durable = g_byte_array_sized_new((guint)len);
        g_byte_array_append(image->durable, (const guint8 *)bytes, (guint)len);
    }
    image->inode = info.st_ino;
    image->deleted = image->fresh = false;
}

static struct disk *disk_of(const char *path)
{
    for (guint i = 0; disks != NULL && path != NULL && i < disks->len; i++) {
        struct disk *disk = g_ptr_array_index(disks, i);
        size_t len = strlen(disk->folder);

        if (strncmp(path, disk->folder, len) == 0 && path[len] == '/')
            return disk;
    }
    return NULL;
}

static struct image *image_find(const char *path)
{
    struct disk *disk = disk_of(path);
    return disk != NULL ? g_hash_table_lookup(disk->images, path) : NULL;
}

static struct image *image_of(const char *path)
{
    struct disk *disk = disk_of(path);
    struct image *image = image_find(path);
    struct stat info;

    if (disk == NULL)
        return NULL;
    if (image == NULL) {
        image = g_new0(struct image, 1);
        image->disk = disk;
        image->path = g_strdup(path);
        image->name = image->path + strlen(disk->folder) + 1;
        image->pending = g_array_new(FALSE, FALSE, sizeof(struct pending));
        g_array_set_clear_func(image->pending, pending_clear);
        g_hash_table_insert(disk->images, image->path, image);
        g_ptr_array_add(disk->order, image);
        image_load(image);
    } else if (stat(path, &info) == 0 && info.st_ino != image->inode && !image->deleted) {
        image_load(image);
    }
    return image;
}

static void pending_apply(struct image *image, const struct pending *pending, size_t from, size_t to)
{
    size_t end = (size_t)pending->at + to;

    if (image->durable == NULL)
        image->durable = g_byte_array_new();
    if (pending->truncate) {
        if ((size_t)pending->at < image->durable->len)
            g_byte_array_set_size(image->durable, (guint)pending->at);
        return;
    }
    if (image->durable->len < end) {
        guint had = image->durable->len;
        g_byte_array_set_size(image->durable, (guint)end);
        memset(image->durable->data + had, 0, end - had);
    }
    memcpy(image->durable->data + pending->at + from, pending->bytes + from, to - from);
}

/* The new file is on the medium, and with it the removal of the old one. */
static void image_settle(struct image *image)
{
    if (image->fresh)
        g_clear_pointer(&image->durable, g_byte_array_unref);
    image->fresh = false;
    if (image->durable == NULL)
        image->durable = g_byte_array_new();
}

static void image_sync(struct image *image)
{
    if (image->disk->lies)
        return;
    image_settle(image);
    for (guint i = 0; i < image->pending->len; i++) {
        const struct pending *pending = &g_array_index(image->pending, struct pending, i);
        pending_apply(image, pending, 0, pending->len);
    }
    g_array_set_size(image->pending, 0);
}

/* Removals, and new files in the place of removed ones, are on the medium now. */
static void folder_sync(struct disk *disk)
{
    for (guint i = 0; i < disk->order->len && !disk->lies; i++) {
        struct image *image = g_ptr_array_index(disk->order, i);
        if (image->deleted || image->fresh)
            g_clear_pointer(&image->durable, g_byte_array_unref);
        if (image->fresh)
            image_settle(image);
    }
}

/* ---- Power -------------------------------------------------------------------------------------------------------- */

static void image_tear(struct image *image, struct rng *rng, unsigned keep_permille)
{
    for (guint i = 0; i < image->pending->len; i++) {
        const struct pending *pending = &g_array_index(image->pending, struct pending, i);
        size_t from = 0;

        if (pending->truncate) {
            if (rng_permille(rng, keep_permille))
                pending_apply(image, pending, 0, 0);
            continue;
        }
        while (from < pending->len) {
            size_t sector_end = ((size_t)pending->at + from) / DISK_SECTOR * DISK_SECTOR + DISK_SECTOR;
            size_t to = MIN(pending->len, sector_end - (size_t)pending->at);
            if (rng_permille(rng, keep_permille))
                pending_apply(image, pending, from, to);
            from = to;
        }
    }
    g_array_set_size(image->pending, 0);
}

/* A flush that failed: the kernel takes the pages for clean all the same, so some are never written, and no later flush tells.
 * With a truncation among them nothing is lost yet: the file system has that in a journal of its own. */
static void image_lose(struct image *image)
{
    struct rng rng = {0};

    if (image->deleted || image->fresh || image->durable == NULL || !g_str_has_prefix(image->name, "kiosk.db"))
        return;
    for (guint i = 0; i < image->pending->len; i++)
        if (g_array_index(image->pending, struct pending, i).truncate)
            return;
    draw_random((uint8_t *)&rng.state, sizeof rng.state);
    image_tear(image, &rng, 500);
}

static void image_write_back(struct image *image)
{
    struct stat info = {0};

    if (image->durable == NULL) {
        if (unlink(image->path) != 0 && errno != ENOENT)
            g_error("%s: %s", image->path, g_strerror(errno));
        return;
    }
    int fd = open(image->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, image->durable->data, image->durable->len) != (ssize_t)image->durable->len ||
        fstat(fd, &info) != 0 || close(fd) != 0)
        g_error("%s: %s", image->path, g_strerror(errno));
    image->inode = info.st_ino;
}

/* Renamed or removed by the program itself: the image is of a file that is somewhere else now. */
static bool image_is_there(const struct image *image)
{
    struct stat info;

    return image->deleted || (stat(image->path, &info) == 0 && info.st_ino == image->inode);
}

void disk_power_cut(struct disk *disk, struct rng *rng, unsigned keep_permille)
{
    for (guint i = 0; i < disk->order->len; i++) {
        struct image *image = g_ptr_array_index(disk->order, i);

        if (!image_is_there(image)) {
            g_array_set_size(image->pending, 0);
            g_clear_pointer(&image->durable, g_byte_array_unref);
            continue;
        }
        if (image->deleted && rng_permille(rng, keep_permille))
            g_clear_pointer(&image->durable, g_byte_array_unref);
        if (image->fresh && rng_permille(rng, keep_permille))
            image_settle(image);
        else if (image->fresh)
            g_array_set_size(image->pending, 0); /* the old file is back */
        image->deleted = image->fresh = false;
        image_tear(image, rng, keep_permille);
        image_write_back(image);
    }
}

bool disk_unsynced(const struct disk *disk, const char *suffix)
{
    for (guint i = 0; i < disk->order->len; i++) {
        const struct image *image = g_ptr_array_index(disk->order, i);
        if (image->pending->len > 0 && g_str_has_suffix(image->name, suffix))
            return true;
    }
    return false;
}

void disk_copy_medium(const struct disk *disk, const char *folder)
{
    for (guint i = 0; i < disk->order->len; i++) {
        const struct image *image = g_ptr_array_index(disk->order, i);
        g_autofree char *path = g_build_filename(folder, image->name, NULL);
        g_autoptr(GError) error = NULL;

        /* What a salvage that was cut off left in its own folder is nobody's database. */
        if (strchr(image->name, '/') == NULL && image->durable != NULL && !image->fresh && image_is_there(image) &&
            !g_file_set_contents(path, (const char *)image->durable->data, image->durable->len, &error))
            g_error("%s", error->message);
    }
}

const uint8_t *disk_medium(const struct disk *disk, const char *name, size_t *len)
{
    for (guint i = 0; i < disk->order->len; i++) {
        const struct image *image = g_ptr_array_index(disk->order, i);
        if (strcmp(image->name, name) == 0 && image->durable != NULL && !image->fresh && image_is_there(image)) {
            *len = image->durable->len;
            return image->durable->data;
        }
    }
    *len = 0;
    return NULL;
}

void disk_forget(struct disk *disk)
{
    g_hash_table_remove_all(disk->images);
    g_ptr_array_set_size(disk->order, 0);
}

void disk_lie(struct disk *disk, bool lie)
{
    disk->lies = lie;
}

void disk_room(struct disk *disk, int64_t bytes)
{
    disk->room = bytes;
}

struct disk *disk_new(const char *folder, disk_fn fn, void *ctx)
{
    struct disk *disk = g_new0(struct disk, 1);

    disk->folder = g_strdup(folder);
    disk->fn = fn;
    disk->ctx = ctx;
    disk->room = -1;
    disk->images = g_hash_table_new(g_str_hash, g_str_equal);
    disk->order = g_ptr_array_new_with_free_func(image_free);
    if (disks == NULL)
        disks = g_ptr_array_new();
    g_ptr_array_add(disks, disk);
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    g_ptr_array_remove(disks, disk);
    g_hash_table_unref(disk->images);
    g_ptr_array_unref(disk->order);
    g_free(disk->folder);
    g_free(disk);
}

/* ---- SQLite's methods --------------------------------------------------------------------------------------------- */

static enum disk_verdict ask(struct image *image, enum disk_op op, int64_t at, const void *bytes, size_t len)
{
    return image != NULL ? image->disk->fn(image->disk->ctx, op, image->name, at, bytes, len) : DISK_GOOD;
}

static bool room_take(struct file *file, int len, sqlite3_int64 at)
{
    struct disk *disk = file->image != NULL ? file->image->disk : NULL;
    sqlite3_int64 size = 0;

    if (disk == NULL || disk->room < 0)
        return true;
    if (file->pass.real->pMethods->xFileSize(file->pass.real, &size) != SQLITE_OK)
        return false;
    int64_t growth = MAX(0, at + len - size);
    if (growth > disk->room)
        return false;
    disk->room -= growth;
    return true;
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct image *image = ((struct file *)file)->image;
    enum disk_verdict verdict = ask(image, DISK_WRITE, at, bytes, (size_t)len);

    if (verdict == DISK_FULL || (verdict == DISK_GOOD && !room_take((struct file *)file, len, at)))
        return SQLITE_FULL;
    if (verdict != DISK_GOOD)
        return SQLITE_IOERR_WRITE;
    int code = pass_real(file)->pMethods->xWrite(pass_real(file), bytes, len, at);
    if (code == SQLITE_OK && image != NULL) {
        struct pending pending = {.at = at, .len = (size_t)len, .bytes = g_memdup2(bytes, (gsize)len)};
        g_array_append_val(image->pending, pending);
    }
    return code;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct image *image = ((struct file *)file)->image;

    if (ask(image, DISK_TRUNCATE, size, NULL, 0) != DISK_GOOD)
        return SQLITE_IOERR_TRUNCATE;
    int code = pass_real(file)->pMethods->xTruncate(pass_real(file), size);
    if (code == SQLITE_OK && image != NULL) {
        struct pending pending = {.truncate = true, .at = size};
        g_array_append_val(image->pending, pending);
    }
    return code;
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct image *image = ((struct file *)file)->image;

    enum disk_verdict verdict = ask(image, DISK_SYNC, 0, NULL, 0);
    if (verdict == DISK_EIO && image != NULL)
        image_lose(image);
    if (verdict != DISK_GOOD)
        return SQLITE_IOERR_FSYNC;
    if (image != NULL) {
        if (((struct file *)file)->made)
            folder_sync(image->disk);
        ((struct file *)file)->made = false;
        image_sync(image);
    }
    return SQLITE_OK; /* memory has nothing to flush */
}

/* Growing ahead of need is a favour; a file that is grown by the megabyte would cost every power cut a megabyte. */
static int on_control(sqlite3_file *file, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
        return SQLITE_OK;
    return pass_real(file)->pMethods->xFileControl(pass_real(file), op, arg);
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *flags_out)
{
    struct file *file = (struct file *)out;
    bool tracked = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;

    struct image *image = tracked ? image_of(name) : NULL;
    int code = pass_open(name, out, sizeof *file, &methods, flags, flags_out);
    file->made = (flags & SQLITE_OPEN_MAIN_DB) == 0 && (flags & SQLITE_OPEN_CREATE) != 0;
    if (code != SQLITE_OK || image == NULL)
        return code;
    struct stat info;
    if (stat(name, &info) == 0)
        image->inode = info.st_ino;
    image->fresh = image->fresh || image->deleted;
    image->deleted = false;
    file->image = image;
    return code;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct image *image = image_find(name);

    if (ask(image, DISK_DELETE, 0, NULL, 0) != DISK_GOOD)
        return SQLITE_IOERR_DELETE;
    int code = pass_below()->xDelete(pass_below(), name, sync_folder);
    if (code == SQLITE_OK && image != NULL) {
        g_array_set_size(image->pending, 0);
        image->fresh = false;
        image->deleted = !sync_folder && image->durable != NULL;
        if (sync_folder)
            g_clear_pointer(&image->durable, g_byte_array_unref);
    }
    return code;
}

static int on_randomness(sqlite3_vfs *vfs, int len, char *out)
{
    draw_random((uint8_t *)out, (size_t)len);
    return len;
}

/* SQLite counts milliseconds from noon in Greenwich on 24 November 4714 BC. */
static int on_time(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    *out = INT64_C(210866760000000) + draw_time();
    return SQLITE_OK;
}

void disk_install(void (*random)(uint8_t *out, size_t len), int64_t (*now_ms)(void))
{
    static sqlite3_vfs vfs;

    draw_random = random;
    draw_time = now_ms;
    if (pass_below() != NULL)
        return;
    /* One thread, and much opening of databases: without its mutexes and counts SQLite is half as dear. */
    g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 256, 800), ==, SQLITE_OK);
    methods = pass_methods();
    methods.xWrite = on_write;
    methods.xTruncate = on_truncate;
    methods.xSync = on_sync;
    methods.xFileControl = on_control;
    pass_prepare(&vfs, "sim", sizeof(struct file));
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    vfs.xRandomness = on_randomness;
    vfs.xCurrentTimeInt64 = on_time;
    g_assert_cmpint(sqlite3_vfs_register(&vfs, 1), ==, SQLITE_OK);
}
