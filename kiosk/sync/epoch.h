/* SPDX-License-Identifier: Apache-2.0 */
/** Is our journal the one that the platform knows, and what is done when it is not. See epoch.c. */
#ifndef SYNC_EPOCH_H
#define SYNC_EPOCH_H

#include "sync/round.h"

/** The last event that the platform has of us, and the newest epoch that it gave. */
struct epoch_head {
    int64_t epoch, seq;
    uint8_t hash[32];
};
bool epoch_head_read(json_t *answer, struct epoch_head *out, GError **error);

/** Before anything is pushed: ask once after each start, and make a journal whole that waits. */
bool epoch_settle(struct round *round, GError **error);
/** Look at the head in an answer. False, and the journal waits, when it is not ours. */
bool epoch_check(struct round *round, json_t *answer, GError **error);

#endif
