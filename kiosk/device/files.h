/* SPDX-License-Identifier: Apache-2.0 */
/** Small private files (0600) that are there whole or not at all. Errors in G_FILE_ERROR. */
#ifndef DEVICE_FILES_H
#define DEVICE_FILES_H

#include <glib.h>
#include <stdbool.h>

/** Write DIR/NAME.new and have it on the disk. */
bool file_prepare(const char *dir, const char *name, const char *bytes, gsize len, GError **error);
/** DIR/NAME.new becomes DIR/NAME. folder_flush() makes it lasting. */
bool file_commit(const char *dir, const char *name, GError **error);
bool folder_flush(const char *dir, GError **error);
/** All three. */
bool file_put(const char *dir, const char *name, const char *bytes, gsize len, GError **error);

/** Bytes and a NUL behind them, g_free. `len` may be NULL. More than `bytes_max` is an error. */
char *file_get(const char *dir, const char *name, gsize bytes_max, gsize *len, GError **error);
bool file_there(const char *dir, const char *name);

/**
 * Overwrite what the file holds, then remove it. On flash and on copying file systems the old bytes may still lie somewhere:
 * only the disk's own encryption helps there.
 */
bool file_shred(const char *dir, const char *name, GError **error);
/** file_put() over a file in clear: its old bytes are overwritten once the new ones are on the disk. */
bool file_replace_shred(const char *dir, const char *name, const char *bytes, gsize len, GError **error);

#endif
