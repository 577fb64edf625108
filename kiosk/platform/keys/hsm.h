/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Purse keys in a token of PKCS#11: an HSM. The masters of loads, TACs and proofs never leave it. A card's load key and the session key
 * of a load are derived inside, as objects of a session that cannot be read, and MAC1, MAC2 and what a
 * card answers to a challenge are made there. A TAC is made
 * with the left half of a card's TAC key XOR its right half, which no token derives from a key of its own: for that one
 * card's TAC key comes out, and is cleansed after the four bytes are made.
 *
 *              hsm_check, or the first that asks
 *   SHUT ─────────────────────────────────────────► OPEN ◄──────────────────────────┐
 *    ▲ │ the token is away, or its keys are wrong     │ any call fails              │ all is checked again
 *    └─┘ (asked again after a second)                 ▼                             │
 *                                                  BROKEN: nobody gets a session; the last one back closes all of them, and
 *                                                  opens anew; when that fails, once more with the library started anew
 *
 * Whatever goes wrong is PURSE_KEYS_AWAY after one more try: a token has no way to say that a card is wrong, so no trouble of
 * it becomes a verdict. A PIN that the token refused is not tried again until its file changes, and never as the last try.
 */
#ifndef PLATFORM_HSM_H
#define PLATFORM_HSM_H

#include <glib.h>
#include <stdbool.h>
#include "platform/keys/purse-keys.h"

struct hsm;

/** Reads the URI of hsm-uri.h; the token is not asked yet. NULL with PLATFORM_ERROR_ARGUMENT. */
struct hsm *hsm_new(const char *uri, GError **error);
void hsm_free(struct hsm *hsm);
/** The URI that it was made of. */
const char *hsm_uri_text(const struct hsm *hsm);

/** Open it now, if it is not, and check all that the state OPEN stands for. */
bool hsm_check(struct hsm *hsm, GError **error);

/** Borrows it. Any thread; at most four ask the token at once, others wait. */
struct purse_keys purse_keys_of_hsm(struct hsm *hsm);

/** What hsm_check() found, for people. */
struct hsm_about {
    char token[33], serial[17];
    const char *shape;
    struct {
        const char *type; /* "DES2" */
        bool never_extractable; /* it was born in a token */
        uint8_t check[PURSE_CHECK_SIZE];
    } keys[3]; /* load, TAC, proof */
    bool proves; /* is the third one there? */
};
void hsm_about(struct hsm *hsm, struct hsm_about *out);

/**
 * Lay the masters into the token of this URI as its keys (the third when the URI speaks of it), each for derivation only, neither to be read nor changed. Refused
 * when a key of that label is there.
 */
bool hsm_import(const char *uri, const struct purse_masters *masters, GError **error);

#endif
