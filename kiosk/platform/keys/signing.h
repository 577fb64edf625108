/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How the Ed25519 key of signed lists, times and quotas is changed.
 *
 *   one key: sign.key
 *     │ signing_begin(): a key is made
 *   sign-next.key, told to nobody
 *     │ … and introduced: {kind, public_key, old_until, issued_at}, signed by the old key, behind those of before in signing.json
 *     │                  (where the very first public key stands, too: what it signed is checked before it is signed again; a
 *     │                  file without it, of an older program, gets it when the key that it is ends)
 *   introduced: everything is still signed by the old key
 *     │ signing_finish(): sign-next.key is renamed to sign.key; each node takes it when it is started anew
 *   one key: sign.key. Kiosks meet its first signature, ask for the introductions and follow them from the key they know.
 *
 * A stop in between leaves one of these; the same command goes on from there. Introductions stay for ever, so that whoever was away
 * follows through all of them; the old key is taken by who followed until `old_until`, since nodes change one after the other.
 */
#ifndef PLATFORM_SIGNING_H
#define PLATFORM_SIGNING_H

#include "platform/platform.h"
#include <jansson.h>

#define SIGNING_KIND "signing.key"

/** Make the next key and introduce it; the old one is taken until `old_until_ms`. False also when one is introduced already. */
bool signing_begin(const char *data_dir, int64_t old_until_ms, int64_t now_ms, GError **error);
/** From the next start on everything is signed by it. */
bool signing_finish(const char *data_dir, GError **error);
/** Envelopes in order, new reference; none: an empty array. */
json_t *signing_introductions(const char *data_dir, GError **error);
/**
 * Do the introductions of DIR lead to its sign.key or, when this one has introduced the next, is that its sign-next.key? Else kiosks
 * would find no way to the key that signs.
 */
bool signing_fits(const char *data_dir, GError **error);
/** *known: this envelope says that it is of the key of now, or of one that introduced another. Signatures are not looked at. */
bool signing_knows(struct platform *platform, json_t *envelope, bool *known, GError **error);

/** Is this payload one of its kind? */
typedef bool (*signing_form)(json_t *payload);
/**
 * An envelope that an older key signed is signed by the one of now; its payload stays. What no key of ours signed, or what is of another
 * kind (a database that somebody else wrote into), stays as it is, with a warning: kiosks refuse it.
 */
bool signing_again(struct platform *platform, json_t *envelope, signing_form form, GError **error);

#endif
