/* SPDX-License-Identifier: Apache-2.0 */
/** Telling all kiosks to forget what they keep of a card's owner, or of everybody (feed topic "command"). */
#ifndef PLATFORM_WIPE_H
#define PLATFORM_WIPE_H

#include "platform/platform.h"

/** The feed's topics that are put behind the command, NULL behind them: all that a kiosk forgets by it. */
extern const char *const wipe_topics[];

/**
 * In a transaction of its own. `number` NULL: everybody; of a card that was replaced, or took another's place, each card of its line; of one
 * in the stock that card. What is here stays: retention.h says how long. What may still be known is put behind the command in the feed, so
 * that a kiosk that obeys gets it anew. *again: how many items that are.
 */
bool wipe_order(struct platform *platform, const char *number, int64_t *again, GError **error);

#endif
