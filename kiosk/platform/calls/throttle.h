/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How much the platform takes on at once, and when those it sends away may come again. Requests under way are counted from
 * their headers to their answer; those that wait for news of the feed are not. Thread safe.
 */
#ifndef PLATFORM_THROTTLE_H
#define PLATFORM_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define THROTTLE_UNDER_WAY_MAX 256
/** A kiosk's bucket: so many requests at once, so many each second. A backlog of 500 events a request needs a tenth. */
#define THROTTLE_KIOSK_BURST 200
#define THROTTLE_KIOSK_RATE  50
/**
 * Names that are remembered. Whoever asked for nothing in the time in which a bucket fills is as good as new, and forgotten when the place is
 * needed; when all of them ask, it is the newcomer who is sent away, and nobody who was there begins anew.
 */
#define THROTTLE_KIOSKS_MAX 20000
/** A site (IPv6: /48) may ask for as much as so many of its networks (/64), of which it has as many as it likes. */
#define THROTTLE_SITE_TIMES 8

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
/**
 * The same of somebody who is known by where they come from alone, at this `door`: an IPv4 address, an IPv6 network and the site that it is of.
 * NULL, or of another family: all of those together.
 */
bool throttle_address(struct throttle *throttle, const char *door, const struct sockaddr *address, unsigned *retry_after_s);
/** How many names are remembered. */
unsigned throttle_names(struct throttle *throttle);

#endif
