/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whose signatures count. It begins with the key of our enrolment; the platform changes it by introductions: each names the next key and
 * is signed by the one before.
 *
 *   newest ──signature of a key that we do not know──► GET /v1/signing-keys ──► an introduction signed by `newest` ──► newest, before
 *                                                                            │                    (again, until there is none)
 *                                                                            └► none, or damaged: the signature is refused, as it was
 *
 * Two keys count at most: the newest, and the one before it until the time that its introduction names, by the platform's clock.
 * Only the newest introduces: who has an old key cannot lead anybody elsewhere. The introductions that we followed lie in signing.json (these
 * steps alone, whatever else the platform's list holds or has lost) and are followed anew at each start; without that file we know the key of our enrolment, and ask again. Versions that may not go back (hotlist,
 * quota) are counted on over all of these keys: by the key of the enrolment, `line`.
 */
#ifndef SYNC_SIGNING_H
#define SYNC_SIGNING_H

#include "sync/signed.h"
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SIGNING_KIND     "signing.key"
#define SIGNING_LIST_MAX 200 /* introductions of a platform's whole life */

struct signing {
    uint8_t newest[32], before[32];
    int64_t before_until_ms; /* 0: there is none before */
    char line[SIGNED_KEY_ID_SIZE];
    int64_t asked_ms; /* boot time of the last question; 0: none */
};

/** Begin with the key of an enrolment. */
bool signing_init(struct signing *out, const uint8_t enrolled[32]);
/**
 * Go on with an array of envelopes, as far as they lead: those that others signed are overlooked, one that says it is of our newest key
 * and is not ends it. *steps: how often the key changed. Pure.
 */
bool signing_follow(struct signing *signing, json_t *introductions, unsigned *steps, GError **error);
/**
 * The steps alone, from the key of an enrolment through what was kept, then through what was told; where they end in *end. New reference.
 * What leads nowhere is left out, so that a list that lost its beginning never takes away the way to it. Pure.
 */
json_t *signing_way(const uint8_t enrolled[32], json_t *kept, json_t *told, struct signing *end);
/** The key that this envelope has to be signed by, `now_ms` by the platform's clock; NULL: none that counts. */
const uint8_t *signing_pick(const struct signing *signing, json_t *envelope, int64_t now_ms);

struct round;
/** At start, from the identity and signing.json. */
bool signing_open(struct round *round, GError **error);
/** signing_pick(); for a key that we do not know the platform is asked first, once a minute at most. Never NULL: at worst the newest. */
const uint8_t *signing_key(struct round *round, json_t *envelope);

#endif
