/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Strict reading of one JSON object: exactly the members that are written, each in its range. What is asked for is counted,
 * so that a foreign member is seen at the end. A value that does not fit makes the whole object not `ok`; what the functions
 * return then is within the range that was asked for, so that a reader may go on to the end and look once.
 */
#ifndef MODEL_STRICT_H
#define MODEL_STRICT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strict {
    json_t *object;
    size_t taken;
    bool ok;
};

struct strict strict_open(json_t *json);
/** Borrowed; NULL and not ok when it is missing. */
json_t *strict_take(struct strict *strict, const char *key);
/** Is an optional member there? The caller then takes it. */
bool strict_has(const struct strict *strict, const char *key);
int64_t strict_int(struct strict *strict, const char *key, int64_t min, int64_t max);
bool strict_bool(struct strict *strict, const char *key);
/** Printable ASCII without blanks, `min` to out_size − 1 bytes: ids, codes and numbers, no text of people. */
void strict_text(struct strict *strict, const char *key, size_t min, char *out, size_t out_size);
/** UTF-8 of people, 0 to out_size − 1 bytes; no control characters but the ends of lines. */
void strict_words(struct strict *strict, const char *key, char *out, size_t out_size);
/** The place of a text in `names`. */
unsigned strict_name(struct strict *strict, const char *key, const char *const *names, size_t count);
/** Exactly `len` bytes as upper-case hex. */
void strict_hex(struct strict *strict, const char *key, uint8_t *out, size_t len);
/** A UUID as we write them. */
void strict_uuid(struct strict *strict, const char *key, char out[37]);
/** All was there, in its range, and nothing else. */
bool strict_done(const struct strict *strict);

/** "?" when there is none. */
const char *names_at(const char *const *names, size_t count, unsigned at);
bool names_find(const char *const *names, size_t count, const char *name, unsigned *at);

/** Times in events: 1970 to the last day of the year 9999. */
#define STRICT_MS_MAX INT64_C(253402271999999)

#endif
