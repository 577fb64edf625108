/* SPDX-License-Identifier: Apache-2.0 */
/** Hotlists for tests: a list in memory, its file and manifest, and the delta from one list to another. No signatures. */
#ifndef TEST_HOTKIT_H
#define TEST_HOTKIT_H

#include "store/store.h"

#define HOTKIT_KEY "0123456789abcdef"

/** GArray of struct hotlist_entry, in any order, each mark once. */
GArray *hotkit_list(void);
/** n entries with random marks by a seed; reasons as they occur. */
GArray *hotkit_random(unsigned seed, int n);
void hotkit_add(GArray *list, const char *token, const char *reason);
/** Sorts it and says what it is. */
void hotkit_head(GArray *list, int64_t version, int64_t issued_ms, struct hotlist_head *out);
/** Write its file to `path`. */
void hotkit_write(GArray *list, int64_t version, int64_t issued_ms, const char *path);
/** Put its file where a download would end, and make its manifest. */
void hotkit_part(struct store *store, GArray *list, int64_t version, int64_t issued_ms, struct hotlist_manifest *out);
/** The delta from one list to the other; hotkit_delta_clear() it. */
void hotkit_delta(GArray *from, int64_t from_version, GArray *to, int64_t to_version, int64_t issued_ms,
                  struct hotlist_delta *out);
void hotkit_delta_clear(struct hotlist_delta *delta);

/** All of it: this list is in force. `entries`: [{token, reason}], stolen. */
bool hotkit_give(struct store *store, int64_t version, int64_t issued_ms, json_t *entries, GError **error);

#endif
