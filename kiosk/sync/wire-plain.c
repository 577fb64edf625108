/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/wire-plain.h"
#include "sync/wire.h"
#include <string.h>

struct reader {
    const char *at, *end;
    char *scratch; /* as long as the text: what a string is without its escapes */
    unsigned depth;
};

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r'))
        reader->at++;
}

/* The next byte that is no space, if it is this one. */
static bool take(struct reader *reader, char wanted)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* ---- Strings ---- */

static const char *const SPECIAL = "\"\\/bfnrt", *const MEANT = "\"\\/\b\f\n\r\t";

/* Up to what ends a run of bytes that stand for themselves; *high: some are no ASCII. */
static const char *run_end(const char *at, const char *end, bool *high)
{
    unsigned char bits = 0;

    for (; at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\'; at++)
        bits |= (unsigned char)*at;
    *high |= bits >= 0x80;
    return at;
}

/* Behind a backslash. False for \u, which is left to others. */
static bool unescape(struct reader *reader, char *out)
{
    const char *found = reader->at < reader->end && *reader->at != '\0' ? strchr(SPECIAL, *reader->at) : NULL;

    if (found == NULL)
        return false;
    *out = MEANT[found - SPECIAL];
    reader->at++;
    return true;
}

/* The rest of one whose first run is not its last: in the scratch. */
static bool string_rest(struct reader *reader, const char *from, const char **out, size_t *len, bool *high)
{
    char *to = reader->scratch;

    while (reader->at < reader->end && *reader->at == '\\') {
        memcpy(to, from, (size_t)(reader->at - from));
        to += reader->at++ - from;
        if (!unescape(reader, to++))
            return false;
        from = reader->at;
        reader->at = run_end(from, reader->end, high);
    }
    memcpy(to, from, (size_t)(reader->at - from));
    to += reader->at - from;
    *out = reader->scratch;
    *len = (size_t)(to - reader->scratch);
    return true;
}

/* Behind its first quote. *out lives until the next one is read. An escape is ASCII: one inside of a character makes the raw text invalid. */
static bool string_read(struct reader *reader, const char **out, size_t *len)
{
    const char *from = reader->at;
    bool high = false;

    reader->at = run_end(from, reader->end, &high);
    *out = from;
    *len = (size_t)(reader->at - from);
    if (reader->at < reader->end && *reader->at == '\\' && !string_rest(reader, from, out, len, &high))
        return false;
    if (reader->at == reader->end || *reader->at != '"')
        return false;
    return !high || g_utf8_validate_len(from, (gsize)(reader->at - from), NULL);
}

static json_t *string_value(struct reader *reader)
{
    const char *text;
    size_t len;

    if (!string_read(reader, &text, &len))
        return NULL;
    reader->at++;
    return json_stringn_nocheck(text, len);
}

/* ---- Numbers and words ---- */

#define DIGITS_MAX 18 /* surely within int64_t */

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && g_ascii_isdigit(*reader->at);
}

/* A whole one, without a zero before it. */
static json_t *number_value(struct reader *reader)
{
    bool negative = *reader->at == '-';
    const char *first = reader->at += negative;
    json_int_t number = 0;

    for (; is_digit(reader) && reader->at - first < DIGITS_MAX; reader->at++)
        number = number * 10 + (*reader->at - '0');
    bool odd = reader->at == first || (*first == '0' && reader->at - first > 1) || is_digit(reader) ||
               (reader->at < reader->end && memchr(".eE", *reader->at, 3) != NULL);
    return odd ? NULL : json_integer(negative ? -number : number);
}

static json_t *word_value(struct reader *reader, const char *word, json_t *value)
{
    size_t len = strlen(word);

    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
        return NULL;
    reader->at += len;
    return value;
}

/* ---- Objects and lists ---- */

static json_t *value_read(struct reader *reader);

/* A key that is there already leaves the object as long as it was. */
static bool member_read(struct reader *reader, json_t *object)
{
    size_t before = json_object_size(object), len;
    g_autofree char *kept = NULL;
    const char *key;

    if (!take(reader, '"') || !string_read(reader, &key, &len))
        return false;
    reader->at++;
    if (key == reader->scratch)
        key = kept = g_strndup(key, len);
    json_t *value = take(reader, ':') ? value_read(reader) : NULL;
    return value != NULL && json_object_setn_new_nocheck(object, key, len, value) == 0 && json_object_size(object) == before + 1;
}

static bool item_read(struct reader *reader, json_t *list)
{
    json_t *value = value_read(reader);

    return value != NULL && json_array_append_new(list, value) == 0;
}

/* Behind its bracket. `all`: new reference, taken back when it does not end well. */
static json_t *many_read(struct reader *reader, json_t *all, char close, bool (*one_read)(struct reader *reader, json_t *all))
{
    bool good = true, more = !take(reader, close);

    while (good && more) {
        good = one_read(reader, all);
        more = good && take(reader, ',');
        good = good && (more || take(reader, close));
    }
    if (good)
        return all;
    json_decref(all);
    return NULL;
}

static json_t *nested_read(struct reader *reader)
{
    bool object = *reader->at++ == '{';
    json_t *all = NULL;

    if (++reader->depth <= WIRE_DEPTH_MAX)
        all = object ? many_read(reader, json_object(), '}', member_read) : many_read(reader, json_array(), ']', item_read);
    reader->depth--;
    return all;
}

static json_t *value_read(struct reader *reader)
{
    skip_space(reader);
    if (reader->at == reader->end)
        return NULL;
    switch (*reader->at) {
    case '{':
    case '[':
        return nested_read(reader);
    case '"':
        reader->at++;
        return string_value(reader);
    case 't':
        return word_value(reader, "true", json_true());
    case 'f':
        return word_value(reader, "false", json_false());
    case 'n':
        return word_value(reader, "null", json_null());
    default:
        return number_value(reader);
    }
}

json_t *wire_parse_plain(const char *bytes, size_t len)
{
    g_autofree char *scratch = g_malloc(len + 1);
    struct reader reader = {.at = bytes, .end = bytes + len, .scratch = scratch};
    json_t *json = value_read(&reader);

    skip_space(&reader);
    if (json_is_object(json) && reader.at == reader.end)
        return json;
    json_decref(json);
    return NULL;
}
