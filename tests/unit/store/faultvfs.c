/* SPDX-License-Identifier: Apache-2.0 */
#include "faultvfs.h"
#include "pass.h"

#include <glib.h>
#include <sqlite3.h>
#include <string.h>

struct faults faults;

struct file {
    struct pass_file pass;
    bool counted;     /* a database, its WAL or its sidecar */
    const char *name; /* as it was given: the caller keeps it until the file is closed … */
    char *copy;       /* … which this is compared with */
    GByteArray *medium; /* what was flushed */
    GArray *dirty;      /* of struct range: written since */
};

struct range {
    int64_t at, len;
};

static sqlite3_io_methods methods;
static GPtrArray *files; /* those that are counted, while they are open */

/* ---- The medium --------------------------------------------------------------------------------------------------- */

static void medium_begin(struct file *file)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;

    file->medium = g_byte_array_new();
    file->dirty = g_array_new(FALSE, FALSE, sizeof(struct range));
    if (g_file_get_contents(file->copy, &bytes, &len, NULL))
        g_byte_array_append(file->medium, (guint8 *)bytes, (guint)len);
    if (files == NULL)
        files = g_ptr_array_new();
    g_ptr_array_add(files, file);
}

static void medium_end(struct file *file)
{
    g_ptr_array_remove(files, file);
    g_byte_array_unref(file->medium);
    g_array_unref(file->dirty);
}

/* A flush that failed: the kernel takes the pages for clean, and never writes them. */
static void medium_lose(struct file *file)
{
    g_array_set_size(file->dirty, 0);
}

static void medium_flush(struct file *file)
{
    sqlite3_file *real = pass_real((sqlite3_file *)file);
    sqlite3_int64 size = 0;

    g_assert_cmpint(real->pMethods->xFileSize(real, &size), ==, SQLITE_OK);
    guint had = file->medium->len;
    g_byte_array_set_size(file->medium, (guint)size);
    if (had < size)
        memset(file->medium->data + had, 0, (size_t)size - had);
    for (guint i = 0; i < file->dirty->len; i++) {
        const struct range *range = &g_array_index(file->dirty, struct range, i);
        int64_t len = MIN(range->len, size - range->at);
        if (len > 0)
            g_assert_cmpint(real->pMethods->xRead(real, file->medium->data + range->at, (int)len, range->at), ==, SQLITE_OK);
    }
    medium_lose(file);
}

void faults_write_back(const char *name)
{
    for (guint i = 0; i < files->len; i++) {
        struct file *file = g_ptr_array_index(files, i);
        if (strcmp(file->copy, name) == 0)
            medium_flush(file);
    }
}

void faults_medium(const char *name, const char *to)
{
    for (guint i = 0; i < files->len; i++) {
        const struct file *file = g_ptr_array_index(files, i);
        if (strcmp(file->copy, name) == 0)
            g_assert_true(g_file_set_contents_full(to, (char *)file->medium->data, file->medium->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    }
}

/* ---- SQLite's methods --------------------------------------------------------------------------------------------- */

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
    if (((struct file *)file)->counted)
        medium_end((struct file *)file);
    g_free(((struct file *)file)->copy);
    return pass_real(file)->pMethods->xClose(pass_real(file));
}

static int on_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
    if (faults.tail_unreadable && g_str_has_suffix(((struct file *)file)->copy, "-tail"))
        return SQLITE_IOERR_READ;
    return pass_real(file)->pMethods->xRead(pass_real(file), out, len, at);
}

static bool too_large(sqlite3_file *file, int len, sqlite3_int64 at)
{
    sqlite3_int64 size = 0;

    if (!faults.limited || !((struct file *)file)->counted)
        return false;
    if (pass_real(file)->pMethods->xFileSize(pass_real(file), &size) != SQLITE_OK)
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
    int code = pass_real(file)->pMethods->xWrite(pass_real(file), bytes, len, at);
    if (code == SQLITE_OK && ((struct file *)file)->counted)
        g_array_append_val(((struct file *)file)->dirty, ((struct range){at, len}));
    return code;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (fails_now(file, &faults.truncate_fails_in))
        return SQLITE_IOERR_TRUNCATE;
    return pass_real(file)->pMethods->xTruncate(pass_real(file), size);
}

/* Whoever reads sees the bytes all the same; a failed flush says nothing about what is on the disk. */
static int on_sync(sqlite3_file *file, int flags)
{
    faults.syncs += ((struct file *)file)->counted;
    assert_name_kept(file);
    if (fails_now(file, &faults.sync_fails_in)) {
        medium_lose((struct file *)file);
        return SQLITE_IOERR_FSYNC;
    }
    int code = pass_real(file)->pMethods->xSync(pass_real(file), flags);
    if (code == SQLITE_OK && ((struct file *)file)->counted)
        medium_flush((struct file *)file);
    return code;
}

/* Growing ahead of need is a favour that a full disk does not do. */
static int on_control(sqlite3_file *file, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT && faults.limited)
        return SQLITE_OK;
    return pass_real(file)->pMethods->xFileControl(pass_real(file), op, arg);
}

static int on_shm(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    if (faults.index_full && region > 0) {
        *out = NULL;
        faults.failed++;
        return SQLITE_IOERR_SHMSIZE;
    }
    return pass_real(file)->pMethods->xShmMap(pass_real(file), region, size, extend, out);
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *flags_out)
{
    int code = pass_open(name, out, sizeof(struct file), &methods, flags, flags_out);

    ((struct file *)out)->name = name;
    ((struct file *)out)->copy = code == SQLITE_OK ? g_strdup(name != NULL ? name : "") : NULL;
    ((struct file *)out)->counted = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0 &&
                                     code == SQLITE_OK;
    if (((struct file *)out)->counted)
        medium_begin((struct file *)out);
    return code;
}

void faults_install(void)
{
    static sqlite3_vfs vfs;

    methods = pass_methods();
    methods.xClose = on_close;
    methods.xRead = on_read;
    methods.xWrite = on_write;
    methods.xTruncate = on_truncate;
    methods.xSync = on_sync;
    methods.xFileControl = on_control;
    methods.xShmMap = on_shm;
    pass_prepare(&vfs, "faults", sizeof(struct file));
    vfs.xOpen = on_open;
    g_assert_cmpint(sqlite3_vfs_register(&vfs, 1), ==, SQLITE_OK);
}

void faults_clear(void)
{
    memset(&faults, 0, sizeof faults);
}
