/* SPDX-License-Identifier: Apache-2.0 */
#include "pass.h"

#include <glib.h>
#include <string.h>

static sqlite3_vfs *below;

static int on_close(sqlite3_file *file)
{
    return pass_real(file)->pMethods->xClose(pass_real(file));
}

static int on_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
    return pass_real(file)->pMethods->xRead(pass_real(file), out, len, at);
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    return pass_real(file)->pMethods->xWrite(pass_real(file), bytes, len, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return pass_real(file)->pMethods->xTruncate(pass_real(file), size);
}

static int on_sync(sqlite3_file *file, int flags)
{
    return pass_real(file)->pMethods->xSync(pass_real(file), flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return pass_real(file)->pMethods->xFileSize(pass_real(file), size);
}

static int on_lock(sqlite3_file *file, int level)
{
    return pass_real(file)->pMethods->xLock(pass_real(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    return pass_real(file)->pMethods->xUnlock(pass_real(file), level);
}

static int on_check_lock(sqlite3_file *file, int *out)
{
    return pass_real(file)->pMethods->xCheckReservedLock(pass_real(file), out);
}

static int on_control(sqlite3_file *file, int op, void *arg)
{
    return pass_real(file)->pMethods->xFileControl(pass_real(file), op, arg);
}

static int on_sector_size(sqlite3_file *file)
{
    return pass_real(file)->pMethods->xSectorSize(pass_real(file));
}

static int on_characteristics(sqlite3_file *file)
{
    return pass_real(file)->pMethods->xDeviceCharacteristics(pass_real(file));
}

static int on_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    return pass_real(file)->pMethods->xShmMap(pass_real(file), region, size, extend, out);
}

static int on_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return pass_real(file)->pMethods->xShmLock(pass_real(file), offset, count, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    pass_real(file)->pMethods->xShmBarrier(pass_real(file));
}

static int on_shm_unmap(sqlite3_file *file, int delete)
{
    return pass_real(file)->pMethods->xShmUnmap(pass_real(file), delete);
}

sqlite3_io_methods pass_methods(void)
{
    return (sqlite3_io_methods){.iVersion = 2,
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
}

sqlite3_vfs *pass_below(void)
{
    return below;
}

int pass_open(const char *name, sqlite3_file *out, size_t size, const sqlite3_io_methods *methods, int flags, int *flags_out)
{
    struct pass_file *file = (struct pass_file *)out;

    memset(file, 0, size);
    file->real = (sqlite3_file *)(void *)((char *)file + size);
    int code = below->xOpen(below, name, file->real, flags, flags_out);
    file->base.pMethods = file->real->pMethods != NULL ? methods : NULL;
    return code;
}

void pass_prepare(sqlite3_vfs *vfs, const char *name, size_t size)
{
    g_assert_null(below);
    below = sqlite3_vfs_find(NULL);
    *vfs = *below; /* deleting, access, names, time: SQLite's own, which look at nothing of ours */
    vfs->zName = name;
    vfs->szOsFile = (int)size + below->szOsFile;
}
