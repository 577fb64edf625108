/* SPDX-License-Identifier: Apache-2.0 */
/** The JSON that programs of ours write, read several times faster than by jansson. Everything else is left to it. */
#ifndef SYNC_WIRE_PLAIN_H
#define SYNC_WIRE_PLAIN_H

#include <jansson.h>
#include <stddef.h>

/**
 * New reference to the object that json_loadb() with JSON_REJECT_DUPLICATES would read, or NULL: it is not right, or has something that is
 * not read here (\u, fractions, numbers of 19 digits, more nesting than WIRE_DEPTH_MAX), and somebody else has to say which.
 */
json_t *wire_parse_plain(const char *bytes, size_t len);

#endif
