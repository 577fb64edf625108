/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON read by yajl into jansson's values. jansson reads byte by byte through a callback; yajl takes a text's strings in one piece, and needs
 * a third of the time, which is a fifth of all that an event costs the platform.
 *
 * What it takes, jansson would have read to the same values (fuzz-wire compares them). What it does not take need not be wrong: \u
 * escapes, whose lone surrogates yajl lets pass, numbers that are not plain integers, and the two blanks that only yajl knows are left
 * to jansson, as is the word on what is no JSON at all.
 */
#include "sync/wire-internal.h"
#include "sync/wire.h"
#include <errno.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define INTEGER_DIGITS 20 /* with its sign: more than any that fits has */

struct reading {
    json_t *root;
    json_t *open[WIRE_DEPTH_MAX]; /* borrowed: the way down to where the next value goes */
    unsigned depth;
    GString *key; /* of the next value, in an object */
    yajl_handle yajl;
    size_t end; /* of the outermost value */
};

/* Takes `value`. What jansson refuses by itself (no UTF-8) is refused here by the same code. */
static int put(struct reading *reading, json_t *value)
{
    json_t *into = reading->depth > 0 ? reading->open[reading->depth - 1] : NULL;

    if (json_is_array(into))
        return json_array_append_new(into, value) == 0;
    if (json_is_object(into))
        return json_object_setn_new(into, reading->key->str, reading->key->len, value) == 0;
    json_decref(value); /* a text that is one value only */
    return 0;
}

static int open_value(struct reading *reading, json_t *value)
{
    if (reading->depth == WIRE_DEPTH_MAX || (reading->depth == 0 && reading->root != NULL)) {
        json_decref(value);
        return 0;
    }
    if (reading->depth == 0)
        reading->root = value;
    else if (!put(reading, value))
        return 0;
    reading->open[reading->depth++] = value;
    return 1;
}

static int close_value(void *data)
{
    struct reading *reading = data;

    if (--reading->depth == 0)
        reading->end = yajl_get_bytes_consumed(reading->yajl);
    return 1;
}

static int on_null(void *reading)
{
    return put(reading, json_null());
}

static int on_boolean(void *reading, int value)
{
    return put(reading, json_boolean(value));
}

static int on_number(void *reading, const char *text, size_t len)
{
    char digits[INTEGER_DIGITS + 1] = "", *end;

    if (len > INTEGER_DIGITS)
        return 0;
    memcpy(digits, text, len);
    errno = 0;
    gint64 value = g_ascii_strtoll(digits, &end, 10);
    return *end == '\0' && errno == 0 ? put(reading, json_integer(value)) : 0;
}

static int on_string(void *reading, const unsigned char *text, size_t len)
{
    return put(reading, json_stringn((const char *)text, len));
}

static int on_object(void *reading)
{
    return open_value(reading, json_object());
}

static int on_array(void *reading)
{
    return open_value(reading, json_array());
}

static int on_key(void *data, const unsigned char *text, size_t len)
{
    struct reading *reading = data;

    g_string_truncate(reading->key, 0);
    g_string_append_len(reading->key, (const char *)text, (gssize)len);
    return json_object_getn(reading->open[reading->depth - 1], reading->key->str, len) == NULL; /* twice is wrong */
}

/* Of what the two read differently. */
static bool same_for_both(const char *bytes, size_t len)
{
    return memmem(bytes, len, "\\u", 2) == NULL && memchr(bytes, '\v', len) == NULL && memchr(bytes, '\f', len) == NULL;
}

static bool only_blanks(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0')
            return false;
    return true;
}

/* Also to its end: what begins behind the value and does not end is nothing to yajl. */
static bool read_all(struct reading *reading, const char *bytes, size_t len)
{
    return yajl_parse(reading->yajl, (const unsigned char *)bytes, len) == yajl_status_ok &&
           yajl_complete_parse(reading->yajl) == yajl_status_ok && reading->root != NULL && reading->depth == 0 &&
           only_blanks(bytes + reading->end, len - reading->end);
}

json_t *wire_read(const char *bytes, size_t len)
{
    static const yajl_callbacks CALLBACKS = {.yajl_null = on_null, .yajl_boolean = on_boolean, .yajl_number = on_number,
                                             .yajl_string = on_string, .yajl_start_map = on_object, .yajl_map_key = on_key,
                                             .yajl_end_map = close_value, .yajl_start_array = on_array, .yajl_end_array = close_value};
    struct reading reading = {.root = NULL};

    if (!same_for_both(bytes, len))
        return NULL;
    reading.yajl = yajl_alloc(&CALLBACKS, NULL, &reading);
    if (reading.yajl == NULL)
        return NULL;
    reading.key = g_string_sized_new(64);
    bool good = read_all(&reading, bytes, len);
    yajl_free(reading.yajl);
    g_string_free(reading.key, TRUE);
    if (good)
        return reading.root;
    json_decref(reading.root);
    return NULL;
}
