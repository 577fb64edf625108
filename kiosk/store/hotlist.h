/* SPDX-License-Identifier: Apache-2.0 */
/** What hotlist.c and hotlist-change.c share. */
#ifndef STORE_HOTLIST_H
#define STORE_HOTLIST_H

#include "store/internal.h"

/** A row of hotlist_overlay has a reason, or this: taken off the list. */
#define HOTLIST_OFF (-1)
/** No row: the file decides. */
#define HOTLIST_UNCHANGED (-2)

/** The file of a version, g_free. */
char *hotlist_file_path(struct store *store, int64_t version);
/** Raise the second file to the version in force. Takes the store's lock. */
void hotlist_high_keep(struct store *store);
/** With the lock held. */
void hotlist_state_locked(struct store *store, const char *key_id, struct store_hotlist *out);
bool hotlist_overlay_find(struct store *store, uint64_t mark, int *reason, GError **error);

#endif
