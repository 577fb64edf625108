/* SPDX-License-Identifier: Apache-2.0 */
#include "model/strict.h"
#include "model/model.h"

#include <string.h>

const char *names_at(const char *const *names, size_t count, unsigned at)
{
    return at < count ? names[at] : "?";
}

bool names_find(const char *const *names, size_t count, const char *name, unsigned *at)
{
    for (size_t i = 0; name != NULL && i < count; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *at = (unsigned)i;
        return true;
    }
    return false;
}

struct strict strict_open(json_t *json)
{
    return (struct strict){.object = json, .ok = json_is_object(json)};
}

json_t *strict_take(struct strict *strict, const char *key)
{
    json_t *value = json_object_get(strict->object, key);

    if (value == NULL)
        strict->ok = false;
    strict->taken++;
    return value;
}

bool strict_has(const struct strict *strict, const char *key)
{
    return json_object_get(strict->object, key) != NULL;
}

int64_t strict_int(struct strict *strict, const char *key, int64_t min, int64_t max)
{
    json_t *value = strict_take(strict, key);
    json_int_t number = json_integer_value(value);

    if (json_is_integer(value) && number >= min && number <= max)
        return number;
    strict->ok = false;
    return min;
}

bool strict_bool(struct strict *strict, const char *key)
{
    json_t *value = strict_take(strict, key);

    if (!json_is_boolean(value))
        strict->ok = false;
    return json_is_true(value);
}

void strict_text(struct strict *strict, const char *key, size_t min, char *out, size_t out_size)
{
    json_t *value = strict_take(strict, key);
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    bool good = text != NULL && len >= min && len < out_size;

    for (size_t i = 0; good && i < len; i++)
        good = g_ascii_isgraph(text[i]);
    if (good)
        memcpy(out, text, len + 1);
    else
        strict->ok = false;
}

void strict_words(struct strict *strict, const char *key, char *out, size_t out_size)
{
    json_t *value = strict_take(strict, key);
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) >= out_size || strlen(text) != json_string_length(value) ||
        !g_utf8_validate(text, -1, NULL)) {
        strict->ok = false;
        return;
    }
    for (const char *at = text; *at != '\0'; at++)
        if (((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7f)
            strict->ok = false;
    g_strlcpy(out, text, out_size);
}

unsigned strict_name(struct strict *strict, const char *key, const char *const *names, size_t count)
{
    json_t *value = strict_take(strict, key);
    const char *name = json_string_value(value);
    unsigned at = 0;

    if (!names_find(names, count, name, &at) || strlen(name) != json_string_length(value))
        strict->ok = false;
    return at;
}

static int hex_upper(char c)
{
    return g_ascii_isdigit(c) || (c >= 'A' && c <= 'F') ? g_ascii_xdigit_value(c) : -1;
}

void strict_hex(struct strict *strict, const char *key, uint8_t *out, size_t len)
{
    json_t *value = strict_take(strict, key);
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) != 2 * len) {
        strict->ok = false;
        return;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_upper(text[2 * i]), low = hex_upper(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            strict->ok = false;
            return;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
}

void strict_uuid(struct strict *strict, const char *key, char out[37])
{
    strict_text(strict, key, 36, out, 37);
    if (!uuid_valid(out))
        strict->ok = false;
}

bool strict_done(const struct strict *strict)
{
    return strict->ok && json_object_size(strict->object) == strict->taken;
}
