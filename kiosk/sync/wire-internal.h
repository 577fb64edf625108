/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_WIRE_INTERNAL_H
#define SYNC_WIRE_INTERNAL_H

#include <jansson.h>
#include <stddef.h>

/** The value of a JSON text (an object or an array), fast; NULL: not JSON, nested deeper than WIRE_DEPTH_MAX, or not for this reader:
 * jansson has the last word. New reference. */
json_t *wire_read(const char *bytes, size_t len);

#endif
