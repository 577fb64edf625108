/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes closed by a passphrase: AES-256-GCM under a key of PBKDF2-HMAC-SHA-256 (600,000 rounds).
 *
 *     "citycard keys 1\n"  salt 16  nonce 12  ciphertext  tag 16       (the first two are the additional data)
 */
#ifndef PLATFORM_BUNDLE_H
#define PLATFORM_BUNDLE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** g_free; NULL with error. */
uint8_t *bundle_close(const char *passphrase, const char *text, size_t len, size_t *out_len, GError **error);
/** The text with a NUL behind it: wipe it, g_free. NULL: another passphrase, or not what was closed. */
char *bundle_open(const char *passphrase, const uint8_t *bytes, size_t len, GError **error);

#endif
