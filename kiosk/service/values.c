/* SPDX-License-Identifier: Apache-2.0 */
#include "service/values.h"

#include <glib.h>
#include <string.h>

void value_string(json_t *object, const char *key, char *out, size_t out_size)
{
    const char *text = json_string_value(json_object_get(object, key));
    const char *end = NULL;

    g_strlcpy(out, text != NULL ? text : "", out_size);
    if (!g_utf8_validate(out, -1, &end))
        out[end - out] = '\0';
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
