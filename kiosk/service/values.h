/* SPDX-License-Identifier: Apache-2.0 */
/** Reading the platform's JSON into the screen's plain values; cut at a whole character, never refused here: the store
 *  has validated types and lengths. */
#ifndef SERVICE_VALUES_H
#define SERVICE_VALUES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/** Marks that turn the direction of writing are left out. */
void value_string(json_t *object, const char *key, char *out, size_t out_size);
/** A date as number or as text of eight digits; 0 when absent. */
uint32_t value_date(json_t *object, const char *key);

#endif
