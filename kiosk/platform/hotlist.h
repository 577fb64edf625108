/* SPDX-License-Identifier: Apache-2.0 */
/** Signed hotlists: each change makes a new version, signed whole. Versions only grow. */
#ifndef PLATFORM_HOTLIST_H
#define PLATFORM_HOTLIST_H

#include "platform/platform.h"

/** Inside a transaction: sign what hotlist_entry holds as the next version. */
bool hotlist_publish(struct platform *platform, int64_t now_ms, GError **error);
/** A card was reported lost: its state, the entry and a new version in one transaction. */
bool hotlist_card_lost(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                       GError **error);

#endif
