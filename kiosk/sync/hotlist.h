/* SPDX-License-Identifier: Apache-2.0 */
/** Signed texts of the hotlist, checked: the manifest of a file, and a delta. Pure: this is what a fuzzer feeds. */
#ifndef SYNC_HOTLIST_H
#define SYNC_HOTLIST_H

#include <jansson.h>
#include "store/store.h"

/** Changes of one delta. */
#define HOTLIST_DELTA_MAX 20000
/** Changes and deltas of one answer. */
#define HOTLIST_ANSWER_CHANGES_MAX 20000
#define HOTLIST_ANSWER_DELTAS_MAX  200

/** "hotlist.file" and "hotlist.delta": what a signed payload says it is, so that none can stand for another. */
#define HOTLIST_KIND_FILE  "hotlist.file"
#define HOTLIST_KIND_DELTA "hotlist.delta"

/** Signature first, then form. SYNC_ERROR_SIGNATURE or SYNC_ERROR_ANSWER. */
bool hotlist_manifest_open(const uint8_t public_key[32], json_t *envelope, struct hotlist_manifest *out, GError **error);

/** A delta with what it borrows from. */
struct hotlist_delta_read {
    struct hotlist_delta delta;
    GArray *adds, *removes; /* hotlist_entry, uint64_t */
};
bool hotlist_delta_open(const uint8_t public_key[32], json_t *envelope, struct hotlist_delta_read *out, GError **error);
void hotlist_delta_clear(struct hotlist_delta_read *delta);
/** Form only, of a payload that was verified. */
bool hotlist_delta_read(json_t *payload, struct hotlist_delta_read *out);

#endif
