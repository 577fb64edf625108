/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How much the platform takes on at once, and when those it sends away may come again. Requests under way are counted from
 * their headers to their answer; those that wait for news of the feed are not. Thread safe.
 */
#ifndef PLATFORM_THROTTLE_H
#define PLATFORM_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_UNDER_WAY_MAX 256
/** A kiosk's bucket: so many requests at once, so many each second. A backlog of 500 events a request needs a tenth. */
#define THROTTLE_KIOSK_BURST 200
#define THROTTLE_KIOSK_RATE  50
/** Kiosks that are remembered. They have certificates of ours, so there are not many more than this. */
#define THROTTLE_KIOSKS_MAX 20000

struct throttle;
struct throttle *throttle_new(unsigned under_way_max);
void throttle_free(struct throttle *throttle);

/** One more? False: 503, come again in *retry_after_s. Each true is ended by throttle_done(). */
bool throttle_admit(struct throttle *throttle, unsigned *retry_after_s);
void throttle_done(struct throttle *throttle);
/** How many are under way. */
unsigned throttle_under_way(struct throttle *throttle);
/** What a request took of a thread: by it the time to work off what waits is told. */
void throttle_took(struct throttle *throttle, int64_t ms);

/** Has this kiosk a token left? False: 429. */
bool throttle_kiosk(struct throttle *throttle, const char *kiosk, unsigned *retry_after_s);

#endif
