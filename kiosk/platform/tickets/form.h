/* SPDX-License-Identifier: Apache-2.0 */
/** application/x-www-form-urlencoded (WHATWG URL, 5.1) from strangers: of a query or of a body, within bounds. Pure. */
#ifndef PLATFORM_FORM_H
#define PLATFORM_FORM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORM_BYTES_MAX  (64u * 1024)
#define FORM_FIELDS_MAX 64
#define FORM_NAME_MAX   96 /* bytes of one name */

struct form_field {
    char *name, *value; /* UTF-8 without NUL */
};
struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t count;
};

/** NULL: *why says what is wrong, a literal. A name stands once, but one that ends with [] as often as it likes. */
struct form *form_parse(const char *bytes, size_t len, const char **why);
void form_free(struct form *form);
/** NULL: not given. */
const char *form_get(const struct form *form, const char *name);
/** The same, "" for not given. */
const char *form_text(const struct form *form, const char *name);

/** A place in degrees, "-12.5", as millionths; false: no such number or beyond `degrees_max`. */
bool form_degrees(const char *text, int degrees_max, int64_t *e6);
/** A moment of ISO 8601 with its zone; a plus that came as a blank is one. */
bool form_time(const char *text, int64_t *ms);

#endif
