/* SPDX-License-Identifier: Apache-2.0 */
#include "service/values.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* Marks that turn the direction of what follows: a name may not rearrange the words beside it. */
static bool turns(gunichar c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void turns_drop(char *text)
{
    char *to = text;

    for (const char *from = text, *next; *from != '\0'; from = next) {
        next = g_utf8_next_char(from);
        if (turns(g_utf8_get_char(from)))
            continue;
        memmove(to, from, (size_t)(next - from));
        to += next - from;
    }
    *to = '\0';
}

void value_string(json_t *object, const char *key, char *out, size_t out_size)
{
    const char *text = json_string_value(json_object_get(object, key));
    const char *end = NULL;

    g_strlcpy(out, text != NULL ? text : "", out_size);
    if (!g_utf8_validate(out, -1, &end))
        out[end - out] = '\0';
    turns_drop(out);
}

uint32_t value_date(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    guint64 date = 0;

    if (json_is_integer(value))
        return (uint32_t)CLAMP(json_integer_value(value), 0, 99991231);
    if (json_is_string(value) && g_ascii_string_to_unsigned(json_string_value(value), 10, 0, 99991231, &date, NULL))
        return (uint32_t)date;
    return 0;
}
