/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that are whole or not there: written beside their place, flushed, renamed in, and the folder flushed. Whatever stops
 * in between leaves the old file as it was. Errors are STORE_ERROR_FULL (no room) or STORE_ERROR_FILE, with path and reason.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A file that is being written at PATH.new. Bytes wait in a buffer of 64 KiB. */
struct file_new;
struct file_new *file_new_open(const char *path, GError **error);
/** At the end. */
bool file_new_write(struct file_new *file, const void *bytes, size_t len, GError **error);
/** Over what was written before; `offset` + `len` must not pass the end. */
bool file_new_write_at(struct file_new *file, int64_t offset, const void *bytes, size_t len, GError **error);
/** Flush it, put it in place, flush the folder. Frees `file` in any case; when false, PATH is as it was before or is the new
 *  file whole (the folder could not be flushed). */
bool file_new_commit(struct file_new *file, GError **error);
/** Remove it and free; NULL is allowed. */
void file_new_abandon(struct file_new *file);

/** All of it at once. */
bool file_replace(const char *path, const void *bytes, size_t len, GError **error);
/** At most len_max bytes, NUL-terminated, g_free. NULL without error: not there. */
char *file_read(const char *path, size_t len_max, size_t *len, GError **error);

/** A file that grows piece by piece over several attempts, as a download does. `size` −1: not there. */
bool file_size(const char *path, int64_t *size, GError **error);
int file_append_open(const char *path, int64_t from, GError **error); /* cut to `from` bytes; −1 error */
bool file_append(int fd, const char *path, const void *bytes, size_t len, GError **error);
/** Flush and close. */
bool file_append_close(int fd, const char *path, GError **error);
/** Flush `from`, rename it to `to`, flush the folder (the same for both). */
bool file_move(const char *from, const char *to, GError **error);
/** Make a folder (0700) that outlives a power cut; it may be there. */
bool file_folder(const char *path, GError **error);
/** True also when it was not there. */
bool file_remove(const char *path, GError **error);

/** Exactly `len` bytes at `offset`; false with errno (0: the file ends before). */
bool file_read_at(int fd, int64_t offset, void *bytes, size_t len);
bool file_sha256(const char *path, uint8_t hash[32], int64_t *len, GError **error);

enum file_step { FILE_OPEN, FILE_WRITE, FILE_SYNC, FILE_RENAME, FILE_SYNC_DIR, FILE_REMOVE, FILE_CUT };
/**
 * For tests: asked before each step; what it returns other than 0 is the errno that the step fails with, without having been
 * done. NULL: none. Not while another thread writes files.
 */
typedef int (*file_fault_fn)(void *ctx, enum file_step step, const char *path);
void file_faults(file_fault_fn fn, void *ctx);

#endif
