/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hotlist's versions: each change of the list is one more, signed as a delta; now and then the whole list is built as a file
 * with a signed manifest. Versions only grow.
 */
#ifndef PLATFORM_HOTLIST_H
#define PLATFORM_HOTLIST_H

#include "model/hotlist.h"
#include "platform/platform.h"

#define HOTLIST_TAKE_OFF (-1)
struct hotlist_change {
    uint64_t mark;
    int reason; /* or HOTLIST_TAKE_OFF */
};

/**
 * Inside a transaction: make these changes (GArray of struct hotlist_change, sorted here; the later of two counts) the next version.
 * What changes nothing makes none. *version is the newest then.
 */
bool hotlist_publish(struct platform *platform, GArray *changes, int64_t now_ms, int64_t *version, GError **error);
/** A card was reported lost, or found again: its state and a new version in one transaction. */
bool hotlist_card_lost(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                       GError **error);
bool hotlist_card_found(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                        GError **error);
/**
 * A line each: a card's number (16 or 19 digits) or token (32 hex digits), and a reason ("lost" when there is none); with - before
 * it is taken off the list. All of them are one version. *lines: how many there were.
 */
bool hotlist_import(struct platform *platform, const char *path, int64_t now_ms, int64_t *version, int64_t *lines,
                    GError **error);

/** Outside of a transaction: build the file when deltas have grown beyond it or do not reach it, and forget what is old. */
bool hotlist_tend(struct platform *platform, int64_t now_ms, GError **error);

/** The file of a version, g_free. */
char *hotlist_path(const struct platform *platform, int64_t version);

#endif
