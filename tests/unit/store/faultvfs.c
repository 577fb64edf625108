/* SPDX-License-Identifier: Apache-2.0 */
#include "faultvfs.h"

#include <glib.h>
#include <sqlite3.h>
#include <string.h>

struct faults faults;

struct file {
    sqlite3_file base;
    bool counted;       /* a database, its WAL or its sidecar */
    const char *name;   /* as it was given: the caller keeps it until the file is closed … */
    char *copy;         /* … which this is compared with */
    sqlite3_file *real; /* in the memory behind this struct */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct file *)file)->real;
}

static bool fails_now(sqlite3_file *file, int *fails_in)
{
    if (!((struct file *)file)->counted)
        return false;
    if (faults.failed > 0 && faults.stuck) {
        faults.failed++;
        return true;
    }
    if (*fails_in == 0 || --*fails_in > 0)
        return false;
    faults.failed++;
    return true;
}

static void assert_name_kept(sqlite3_file *file)
{
    const struct file *ours = (const struct file *)file;

    g_assert_true(ours->name == NULL || strcmp(ours->name, ours->copy) == 0);
}

static int on_close(sqlite3_file *file)
{
    assert_name_kept(file);
    g_free(((struct file *)file)->copy);
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int on_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
    if (faults.tail_unreadable && g_str_has_suffix(((struct file *)file)->copy, "-tail"))
        return SQLITE_IOERR_READ;
    return real_of(file)->pMethods->xRead(real_of(file), out, len, at);
}

static bool too_large(sqlite3_file *file, int len, sqlite3_int64 at)
{
    sqlite3_int64 size = 0;

    if (!faults.limited || !((struct file *)file)->counted)
        return false;
    if (real_of(file)->pMethods->xFileSize(real_of(file), &size) != SQLITE_OK)
        return true;
    if (faults.ballast != NULL && !g_file_test(faults.ballast, G_FILE_TEST_EXISTS)) {
        faults.room += 16 << 20;
        faults.ballast = NULL;
    }
    int64_t growth = MAX(0, at + len - size);
    if (growth > faults.room) {
        faults.failed++;
        return true;
    }
    faults.room -= growth;
    return false;
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    faults.writes += ((struct file *)file)->counted;
    if (fails_now(file, &faults.write_fails_in))
        return SQLITE_IOERR_WRITE;
    if (too_large(file, len, at))
        return SQLITE_FULL;
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, len, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (fails_now(file, &faults.truncate_fails_in))
        return SQLITE_IOERR_TRUNCATE;
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

/* The bytes are written all the same: a failed flush says nothing about what is on the disk. */
static int on_sync(sqlite3_file *file, int flags)
{
    faults.syncs += ((struct file *)file)->counted;
    assert_name_kept(file);
    if (fails_now(file, &faults.sync_fails_in))
        return SQLITE_IOERR_FSYNC;
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int on_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int on_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

/* Growing ahead of need is a favour that a full disk does not do. */
static int on_control(sqlite3_file *file, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT && faults.limited)
        return SQLITE_OK;
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int on_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int on_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int on_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, out);
}

static int on_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int on_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods METHODS = {.iVersion = 2,
                                           .xClose = on_close,
                                           .xRead = on_read,
                                           .xWrite = on_write,
                                           .xTruncate = on_truncate,
                                           .xSync = on_sync,
                                           .xFileSize = on_size,
                                           .xLock = on_lock,
                                           .xUnlock = on_unlock,
                                           .xCheckReservedLock = on_check_lock,
                                           .xFileControl = on_control,
                                           .xSectorSize = on_sector_size,
                                           .xDeviceCharacteristics = on_characteristics,
                                           .xShmMap = on_shm_map,
                                           .xShmLock = on_shm_lock,
                                           .xShmBarrier = on_shm_barrier,
                                           .xShmUnmap = on_shm_unmap};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *flags_out)
{
    struct file *file = (struct file *)out;

    memset(file, 0, sizeof *file);
    file->real = (sqlite3_file *)(file + 1);
    file->counted = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    int code = real_vfs->xOpen(real_vfs, name, file->real, flags, flags_out);
    file->base.pMethods = file->real->pMethods != NULL ? &METHODS : NULL;
    file->name = name;
    file->copy = file->base.pMethods != NULL ? g_strdup(name != NULL ? name : "") : NULL;
    return code;
}

void faults_install(void)
{
    static sqlite3_vfs vfs;

    g_assert_null(real_vfs);
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs; /* deleting, access, names, time: the real one's, which look at nothing of ours */
    vfs.zName = "faults";
    vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
    vfs.xOpen = on_open;
    g_assert_cmpint(sqlite3_vfs_register(&vfs, 1), ==, SQLITE_OK);
}

void faults_clear(void)
{
    memset(&faults, 0, sizeof faults);
}
