/* SPDX-License-Identifier: Apache-2.0 */
#include "device/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed(GError **error, const char *what, const char *path)
{
    int why = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(why), "cannot %s %s: %s", what, path, g_strerror(why));
    return false;
}

static bool write_all(int fd, const char *bytes, gsize len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        len -= (gsize)done;
    }
    return true;
}

static char *path_new(const char *dir, const char *name)
{
    return g_strdup_printf("%s/%s.new", dir, name);
}

bool file_prepare(const char *dir, const char *name, const char *bytes, gsize len, GError **error)
{
    g_autofree char *path = path_new(dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, bytes, len) && fsync(fd) == 0;

    if (!ok)
        failed(error, "write", path);
    if (fd >= 0 && close(fd) != 0 && ok)
        return failed(error, "write", path);
    return ok;
}

bool file_commit(const char *dir, const char *name, GError **error)
{
    g_autofree char *from = path_new(dir, name), *to = g_build_filename(dir, name, NULL);

    return g_rename(from, to) == 0 || failed(error, "rename to", to);
}

bool folder_flush(const char *dir, GError **error)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        failed(error, "flush the folder", dir);
    if (fd >= 0)
        close(fd);
    return ok;
}

bool file_put(const char *dir, const char *name, const char *bytes, gsize len, GError **error)
{
    return file_prepare(dir, name, bytes, len, error) && file_commit(dir, name, error) && folder_flush(dir, error);
}

char *file_get(const char *dir, const char *name, gsize bytes_max, gsize *len, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    char *bytes = NULL;
    gsize got = 0;

    if (!g_file_get_contents(path, &bytes, &got, error))
        return NULL;
    if (got > bytes_max) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is larger than %" G_GSIZE_FORMAT " bytes", path,
                    bytes_max);
        OPENSSL_cleanse(bytes, got);
        g_clear_pointer(&bytes, g_free);
    }
    if (len != NULL)
        *len = got;
    return bytes;
}

bool file_there(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool overwrite(int fd)
{
    struct stat info;
    g_autofree char *zeroes = NULL;

    if (fstat(fd, &info) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return false;
    zeroes = g_malloc0((gsize)info.st_size + 1);
    return write_all(fd, zeroes, (gsize)info.st_size) && fsync(fd) == 0;
}

bool file_shred(const char *dir, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 && overwrite(fd) && g_unlink(path) == 0;

    if (!ok)
        failed(error, "remove", path);
    if (fd >= 0)
        close(fd);
    return ok && folder_flush(dir, error);
}

bool file_replace_shred(const char *dir, const char *name, const char *bytes, gsize len, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    int old = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = old >= 0 || failed(error, "open", path);

    ok = ok && file_put(dir, name, bytes, len, error);
    if (ok && !overwrite(old))
        ok = failed(error, "overwrite the former", path);
    if (old >= 0)
        close(old);
    return ok;
}
