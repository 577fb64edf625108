/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Personal values under a key. What names a person or a card (see seal_personal()) never lies in clear on a disk: members of
 * an event are sealed when it is written and opened when it is read, at the kiosk and on the platform alike.
 *
 *   "card_number": "9901…"   ◄──►   "card_number": {"k": 1, "s": "base64(nonce 12 ‖ ciphertext ‖ tag 16)"}
 *
 * AES-256-GCM (NIST SP 800-38D) under key version k, a fresh random nonce each time, bound to its place by the additional data
 * `event id ‖ '|' ‖ member name`: a sealed value that is moved to another event or member does not open. Pure; no I/O.
 */
#ifndef MODEL_SEAL_H
#define MODEL_SEAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE     32
#define SEAL_VERSIONS_MAX 16
#define SEAL_BYTES_MAX    (64 * 1024) /* of one sealed value: nothing of a person is longer */

/** The keys of one kiosk: keys[k - 1] is version k. New values take the newest; older ones still open what they sealed. */
struct seal_ring {
    uint32_t newest;
    uint8_t keys[SEAL_VERSIONS_MAX][SEAL_KEY_SIZE];
};

/** One key for one purpose out of a root: HKDF-SHA-256 (RFC 5869) without salt, `purpose` as its info. */
void seal_derive(const uint8_t root[SEAL_KEY_SIZE], const char *purpose, uint8_t out[SEAL_KEY_SIZE]);

/** base64(nonce ‖ ciphertext ‖ tag), g_free. `place` is bound to it. NULL when longer than SEAL_BYTES_MAX. */
char *seal_close(const uint8_t key[SEAL_KEY_SIZE], const char *place, const void *plain, size_t len);
/** The bytes with a NUL behind them, g_free, and their length; NULL: changed, of another place or key, or not of our making. */
char *seal_open(const uint8_t key[SEAL_KEY_SIZE], const char *place, const char *sealed, size_t *len);

/** Is this the name of a member that holds something personal? The one list of them. */
bool seal_personal(const char *member);

/**
 * `data` with every personal member sealed, at any depth; new reference, `data` is left as it is. NULL when a personal member
 * is no text, or the nesting is deeper than 12. A ring without keys counts as one of version 1.
 */
json_t *seal_members(const struct seal_ring *ring, const char *event_id, json_t *data);
/**
 * The reverse; new reference. Members in clear are let through: rows from before there were keys are as they were. NULL when one
 * does not open, or is neither text nor sealed.
 */
json_t *seal_open_members(const struct seal_ring *ring, const char *event_id, json_t *data);

#endif
