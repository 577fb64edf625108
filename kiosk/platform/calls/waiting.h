/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Requests that wait for news of the feed (`wait`), and the thread that looks for it. It asks the database for its version
 * five times a second, so that what another process writes (card-lost) is news as well. A security topic wakes all at once,
 * everything else at most every five seconds: one payment in a city of ten thousand kiosks is not worth ten thousand answers.
 */
#ifndef PLATFORM_WAITING_H
#define PLATFORM_WAITING_H

#include "platform/platform.h"

#define WAITING_LOOK_MS  200
#define WAITING_QUIET_MS 5000

struct waiting;
typedef void (*waiting_fn)(void *connection);

/** `suspend` and `resume` are called under the lock of this list. */
struct waiting *waiting_new(struct platform *platform, waiting_fn suspend, waiting_fn resume, GError **error);
/** How often all were woken: to be read before the feed is looked at. */
unsigned waiting_turn(struct waiting *waiting);
/**
 * Suspend this connection until there is news or the boot time `end_ms`. A kiosk waits once: its older request is sent home.
 * False, and nothing is done: there was news since `turn`, or the server ends.
 */
bool waiting_add(struct waiting *waiting, const char *kiosk, void *connection, unsigned turn, int64_t end_ms);
/** Asked by one that was woken: is there no more waiting for it? */
bool waiting_over(struct waiting *waiting, void *connection);
/** Its request is over, asked or not: another one that begins at the same place in memory is not taken for it. */
void waiting_forget(struct waiting *waiting, void *connection);
/** Wake all and take no more. */
void waiting_end(struct waiting *waiting);
void waiting_free(struct waiting *waiting);

#endif
