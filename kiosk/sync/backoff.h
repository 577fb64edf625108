/* SPDX-License-Identifier: Apache-2.0 */
/**
 * When to come again after trouble. Full jitter: any moment between now and a bound that doubles, so that a city's kiosks do
 * not come back in step when the power or the platform does. What the platform asks for (Retry-After) is a minimum, with the
 * jitter on top. Only a whole good round brings the bound back to its base; a connection that is merely accepted does not.
 */
#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#define BACKOFF_BASE_MS     2000
#define BACKOFF_CAP_MS      300000
#define BACKOFF_RETRY_S_MAX 600 /* no answer may silence a kiosk for longer */
#define BACKOFF_BACK_MS     15000 /* after the network came back: a street's kiosks within this time, one by one */

struct backoff {
    unsigned base_ms, cap_ms, failures;
};

/** `cap_ms` 0: BACKOFF_CAP_MS. */
void backoff_init(struct backoff *backoff, unsigned cap_ms);
/** One more failure; how long to wait, by random_below(). retry_after_s 0: none told. */
unsigned backoff_failed(struct backoff *backoff, unsigned retry_after_s);
void backoff_good(struct backoff *backoff);
/**
 * The network is back: how long to wait instead of `left_ms`. Any moment of the next BACKOFF_BACK_MS, never before what the
 * platform asked for is over (`asked_ms` from now), never later than without. What fails then starts from a small bound again: the
 * cable may be in before addresses and names are.
 */
unsigned backoff_back(struct backoff *backoff, unsigned left_ms, unsigned asked_ms);
/** Before the first round: any moment within `splay_ms`. */
unsigned backoff_splay(unsigned splay_ms);

#endif
