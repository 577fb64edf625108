/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whoever holds the key that puts money onto cards. This one is a key file's; an HSM takes its place behind the same call,
 * and nothing else of the platform ever sees a load key.
 */
#ifndef PLATFORM_LOAD_KEYS_H
#define PLATFORM_LOAD_KEYS_H

#include <stdbool.h>
#include <stdint.h>
#include "citycard.h"

enum load_keys_verdict {
    LOAD_KEYS_OK,
    LOAD_KEYS_MAC1_WRONG, /* no card of ours said this */
    LOAD_KEYS_UNKNOWN,    /* an algorithm or key version that is not ours */
    LOAD_KEYS_FAILED,
};

struct load_keys {
    const void *ctx;
    /**
     * Check the card's MAC1, which covers its balance and its online counter; with `date` and `time` (both or none) also
     * make MAC2 for them. `load` is PREPARED.
     */
    enum load_keys_verdict (*authorise)(const void *ctx, const struct cc_load *load, const uint8_t date_bcd[4],
                                        const uint8_t time_bcd[3], uint8_t mac2[4]);
};

/** Keys by a 16-byte master, borrowed. */
struct load_keys load_keys_of_master(const uint8_t master[16]);

#endif
