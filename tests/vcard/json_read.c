/* SPDX-License-Identifier: Apache-2.0 */
#include "json_read.h"
#include "hex.h"

#include <stdio.h>
#include <string.h>

void vc_read_fail(struct vc_reader *reader, const char *field, const char *why)
{
    if (!reader->failed)
        snprintf(reader->error, reader->error_size, "%s: \"%s\" %s", reader->what, field, why);
    reader->failed = true;
}

struct vc_reader vc_read_inner(const struct vc_reader *reader, const json_t *object, const char *what)
{
    return (struct vc_reader){object, what, reader->error, reader->error_size, reader->failed};
}

void vc_read_join(struct vc_reader *reader, const struct vc_reader *inner)
{
    reader->failed = reader->failed || inner->failed;
}

bool vc_read_has(const struct vc_reader *reader, const char *field)
{
    return json_object_get(reader->object, field) != NULL;
}

const char *vc_read_text(struct vc_reader *reader, const char *field)
{
    const char *value = json_string_value(json_object_get(reader->object, field));
    if (!value)
        vc_read_fail(reader, field, "is missing or no text");
    return value ? value : "";
}

void vc_read_copy(struct vc_reader *reader, const char *field, char *out, size_t room)
{
    if ((size_t)snprintf(out, room, "%s", vc_read_text(reader, field)) >= room)
        vc_read_fail(reader, field, "is too long");
}

long long vc_read_number(struct vc_reader *reader, const char *field, long long highest)
{
    const json_t *value = json_object_get(reader->object, field);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > highest) {
        vc_read_fail(reader, field, "is missing or out of range");
        return 0;
    }
    return json_integer_value(value);
}

long long vc_read_number_or(struct vc_reader *reader, const char *field, long long highest,
                            long long otherwise)
{
    return vc_read_has(reader, field) ? vc_read_number(reader, field, highest) : otherwise;
}

bool vc_read_truth(struct vc_reader *reader, const char *field, bool otherwise)
{
    const json_t *value = json_object_get(reader->object, field);
    if (value && !json_is_boolean(value))
        vc_read_fail(reader, field, "is no truth value");
    return value ? json_is_true(value) : otherwise;
}

void vc_read_hex(struct vc_reader *reader, const char *field, uint8_t *out, size_t size)
{
    size_t len = 0;
    if (!vc_unhex(vc_read_text(reader, field), out, size, &len) || len != size)
        vc_read_fail(reader, field, "is no hex of the right length");
}

size_t vc_read_hex_some(struct vc_reader *reader, const char *field, uint8_t *out, size_t lowest, size_t room)
{
    size_t len = 0;
    if (!vc_unhex(vc_read_text(reader, field), out, room, &len) || len < lowest)
        vc_read_fail(reader, field, "is no hex of a lawful length");
    return len;
}

size_t vc_read_choice(struct vc_reader *reader, const char *field, const char *const names[], size_t count,
                      size_t otherwise)
{
    if (!vc_read_has(reader, field))
        return otherwise;
    const char *text = vc_read_text(reader, field);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    vc_read_fail(reader, field, "is no known word");
    return 0;
}

const json_t *vc_read_list(struct vc_reader *reader, const char *field)
{
    const json_t *list = json_object_get(reader->object, field);
    if (list && !json_is_array(list))
        vc_read_fail(reader, field, "is no list");
    return json_is_array(list) ? list : NULL;
}
