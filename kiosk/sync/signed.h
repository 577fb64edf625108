/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signed lists: an envelope {payload, signature, key_id}. The signature is Ed25519 (RFC 8032) over the payload's exact
 * bytes; the payload is parsed only after it has been verified.
 */
#ifndef SYNC_SIGNED_H
#define SYNC_SIGNED_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SIGNED_KEY_ID_SIZE 17

/** First 8 bytes of SHA-256 of the public key, lower-case hex. */
bool signed_key_id(const uint8_t public_key[32], char out[SIGNED_KEY_ID_SIZE]);

/** Verify and parse. New reference to the payload's object; NULL with SYNC_ERROR_SIGNATURE or SYNC_ERROR_ANSWER. */
json_t *signed_open(const uint8_t public_key[32], json_t *envelope, GError **error);

#endif
