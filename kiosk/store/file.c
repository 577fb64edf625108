/* SPDX-License-Identifier: Apache-2.0 */
#include "store/file.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

static file_fault_fn fault_fn;
static void *fault_ctx;

void file_faults(file_fault_fn fn, void *ctx)
{
    fault_fn = fn;
    fault_ctx = ctx;
}

/* May this step be done? errno is set when not. */
static bool may(enum file_step step, const char *path)
{
    int fault = fault_fn != NULL ? fault_fn(fault_ctx, step, path) : 0;

    if (fault != 0)
        errno = fault;
    return fault == 0;
}

static bool fail(const char *path, const char *what, GError **error)
{
    int reason = errno;

    g_set_error(error, STORE_ERROR, reason == ENOSPC || reason == EDQUOT ? STORE_ERROR_FULL : STORE_ERROR_FILE,
                "%s: %s: %s", path, what, reason != 0 ? g_strerror(reason) : "ends too early");
    return false;
}

/* ---- Steps -------------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *path, const uint8_t *bytes, size_t len, GError **error)
{
    if (len > 0 && !may(FILE_WRITE, path))
        return fail(path, "write", error);
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(path, "write", error);
        bytes += done;
        len -= (size_t)done;
    }
    return true;
}

static bool sync_file(int fd, const char *path, GError **error)
{
    return (may(FILE_SYNC, path) && fsync(fd) == 0) || fail(path, "flush", error);
}

static bool sync_folder(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = may(FILE_SYNC_DIR, folder) ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool done = fd >= 0 && fsync(fd) == 0;

    if (!done)
        fail(folder, "flush", error);
    if (fd >= 0)
        close(fd);
    return done;
}

static bool rename_in(const char *from, const char *to, GError **error)
{
    return ((may(FILE_RENAME, to) && rename(from, to) == 0) || fail(to, "rename", error)) && sync_folder(to, error);
}

bool file_remove(const char *path, GError **error)
{
    return (may(FILE_REMOVE, path) && (unlink(path) == 0 || errno == ENOENT)) || fail(path, "remove", error);
}

bool file_folder(const char *path, GError **error)
{
    return (g_mkdir_with_parents(path, 0700) == 0 || fail(path, "make", error)) && sync_folder(path, error);
}

/* ---- Beside, then in ---------------------------------------------------------------------------------------------- */

struct file_new {
    char *path, *beside;
    int fd;
    size_t held;
    uint8_t buffer[BUFFER_BYTES];
};

static void file_new_free(struct file_new *file)
{
    if (file->fd >= 0)
        close(file->fd);
    g_free(file->path);
    g_free(file->beside);
    g_free(file);
}

struct file_new *file_new_open(const char *path, GError **error)
{
    struct file_new *file = g_new0(struct file_new, 1);

    file->path = g_strdup(path);
    file->beside = g_strconcat(path, ".new", NULL);
    file->fd = may(FILE_OPEN, file->beside)
                   ? open(file->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)
                   : -1;
    if (file->fd >= 0)
        return file;
    fail(file->beside, "open", error);
    file_new_free(file);
    return NULL;
}

static bool empty_buffer(struct file_new *file, GError **error)
{
    size_t len = file->held;

    file->held = 0;
    return write_all(file->fd, file->beside, file->buffer, len, error);
}

bool file_new_write(struct file_new *file, const void *bytes, size_t len, GError **error)
{
    const uint8_t *from = bytes;

    while (len > 0) {
        size_t part = MIN(len, BUFFER_BYTES - file->held);
        memcpy(file->buffer + file->held, from, part);
        file->held += part;
        from += part;
        len -= part;
        if (file->held == BUFFER_BYTES && !empty_buffer(file, error))
            return false;
    }
    return true;
}

bool file_new_write_at(struct file_new *file, int64_t offset, const void *bytes, size_t len, GError **error)
{
    if (!empty_buffer(file, error))
        return false;
    if (lseek(file->fd, offset, SEEK_SET) != offset)
        return fail(file->beside, "seek", error);
    if (!write_all(file->fd, file->beside, bytes, len, error))
        return false;
    return lseek(file->fd, 0, SEEK_END) >= 0 || fail(file->beside, "seek", error);
}

bool file_new_commit(struct file_new *file, GError **error)
{
    bool done = empty_buffer(file, error) && sync_file(file->fd, file->beside, error) &&
                rename_in(file->beside, file->path, error);

    if (done)
        file_new_free(file);
    else
        file_new_abandon(file);
    return done;
}

void file_new_abandon(struct file_new *file)
{
    g_autoptr(GError) error = NULL;

    if (file == NULL)
        return;
    /* After a rename that was done there is nothing beside any more. */
    if (!file_remove(file->beside, &error))
        g_warning("%s", error->message);
    file_new_free(file);
}

bool file_replace(const char *path, const void *bytes, size_t len, GError **error)
{
    struct file_new *file = file_new_open(path, error);

    if (file == NULL)
        return false;
    if (file_new_write(file, bytes, len, error))
        return file_new_commit(file, error);
    file_new_abandon(file);
    return false;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

bool file_read_at(int fd, int64_t offset, void *bytes, size_t len)
{
    uint8_t *to = bytes;

    while (len > 0) {
        ssize_t done = pread(fd, to, len, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = 0;
        if (done <= 0)
            return false;
        to += done;
        offset += done;
        len -= (size_t)done;
    }
    return true;
}

/* Open for reading; −1 and *error unset when it is not there. */
static int open_there(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno != ENOENT)
        fail(path, "open", error);
    return fd;
}

char *file_read(const char *path, size_t len_max, size_t *len, GError **error)
{
    int fd = open_there(path, error);
    struct stat info;
    char *bytes = NULL;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &info) != 0) {
        fail(path, "stat", error);
    } else if (!S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t)info.st_size > len_max) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_FILE, "%s: not a file of at most %zu bytes", path, len_max);
    } else {
        bytes = g_malloc0((gsize)info.st_size + 1);
        *len = (size_t)info.st_size;
        if (!file_read_at(fd, 0, bytes, *len)) {
            fail(path, "read", error);
            g_clear_pointer(&bytes, g_free);
        }
    }
    close(fd);
    return bytes;
}

bool file_size(const char *path, int64_t *size, GError **error)
{
    struct stat info;

    *size = -1;
    if (lstat(path, &info) != 0)
        return errno == ENOENT || fail(path, "stat", error);
    if (S_ISREG(info.st_mode))
        *size = info.st_size;
    else
        g_set_error(error, STORE_ERROR, STORE_ERROR_FILE, "%s: not a file", path);
    return S_ISREG(info.st_mode);
}

static bool hash_rest(int fd, EVP_MD_CTX *context, int64_t *len)
{
    g_autofree uint8_t *buffer = g_malloc(BUFFER_BYTES);
    ssize_t got;

    *len = 0;
    while ((got = pread(fd, buffer, BUFFER_BYTES, (off_t)*len)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || EVP_DigestUpdate(context, buffer, (size_t)got) != 1)
            return false;
        *len += got;
    }
    return true;
}

bool file_sha256(const char *path, uint8_t hash[32], int64_t *len, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = fd >= 0 && context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                hash_rest(fd, context, len) && EVP_DigestFinal_ex(context, hash, NULL) == 1;

    if (!done)
        fail(path, "read", error);
    EVP_MD_CTX_free(context);
    if (fd >= 0)
        close(fd);
    return done;
}

/* ---- Growing ------------------------------------------------------------------------------------------------------ */

int file_append_open(const char *path, int64_t from, GError **error)
{
    int fd = may(FILE_OPEN, path) ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

    if (fd >= 0 && may(FILE_CUT, path) && ftruncate(fd, (off_t)from) == 0 && lseek(fd, 0, SEEK_END) == from)
        return fd;
    fail(path, "open", error);
    if (fd >= 0)
        close(fd);
    return -1;
}

bool file_append(int fd, const char *path, const void *bytes, size_t len, GError **error)
{
    return write_all(fd, path, bytes, len, error);
}

bool file_append_close(int fd, const char *path, GError **error)
{
    bool done = sync_file(fd, path, error);

    close(fd);
    return done;
}

bool file_move(const char *from, const char *to, GError **error)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool done = fd >= 0 ? sync_file(fd, from, error) : fail(from, "open", error);

    if (fd >= 0)
        close(fd);
    return done && rename_in(from, to, error);
}
