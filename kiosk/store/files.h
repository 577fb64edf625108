/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that the platform told of: pictures, sounds, PDFs of notices. A row says what there is, the file lies beside the journal in the
 * folder "files", named by the SHA-256 of its bytes; it is there whole and checked, or not at all. What nothing tells of any more is
 * removed. All of them together stay below STORE_FILES_BYTES_MAX: the newest first, the rest is never fetched.
 */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include "model/content.h"
#include "store/store.h"

#define STORE_FILES_BYTES_MAX (INT64_C(256) * 1024 * 1024)
#define STORE_FILES_MAX       512

/** Told of, within the bound, and not here yet: GArray of struct file_told, the newest first. NULL: an error. */
GArray *store_files_wanted(struct store *store, GError **error);
/** Where it lies when it is here, and where it grows until then. g_free; NULL: this store has no folder. */
char *store_file_path(struct store *store, const char *id);
char *store_file_part(struct store *store, const char *id);
/** Its path when it is here and told of, g_free; NULL: not. */
char *store_file(struct store *store, const char *id);
/** The part is whole: check it against its name and its length, and put it in its place. False: it was not that file; it is gone. */
bool store_file_install(struct store *store, const struct file_told *file, GError **error);
/** Make the folder and remove the files in it that nothing tells of. */
bool store_files_tidy(struct store *store, GError **error);

#endif
