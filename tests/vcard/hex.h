/* SPDX-License-Identifier: Apache-2.0 */
/** Hex for state files, control answers and persona files. */
#ifndef VCARD_HEX_H
#define VCARD_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Upper-case hex into out (2·len + 1 bytes, truncated to whole bytes if smaller). Returns out. */
char *vc_hex(const uint8_t *bytes, size_t len, char *out, size_t out_size);
/** Whole hex bytes; false on an odd or foreign character or more than `room` bytes. */
bool vc_unhex(const char *text, uint8_t *out, size_t room, size_t *len);
/** A decimal number within limits, nothing before or behind it. */
bool vc_number(const char *text, long long lowest, long long highest, long long *out);

#endif
