/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/wire.h"
#include "sync/wire-internal.h"
#include "model/model.h"
#include <string.h>

G_DEFINE_QUARK(sync - error - quark, sync_error)

/* Nesting by a scan that knows strings and escapes. Brackets inside strings do not count. */
static unsigned nesting_of(const char *bytes, size_t len)
{
    unsigned depth = 0, deepest = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
            deepest = MAX(deepest, depth);
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

/* What the fast reader does not take, or what is no JSON: then with the place where it ends to be. */
static json_t *read_strictly(const char *bytes, size_t len, GError **error)
{
    json_error_t why;
    json_t *json;

    if (nesting_of(bytes, len) > WIRE_DEPTH_MAX) {
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "JSON nested deeper than %d", WIRE_DEPTH_MAX);
        return NULL;
    }
    json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &why);
    if (json == NULL) /* Position only: jansson's text quotes what it read, and that may be personal. */
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "not JSON (line %d, column %d)", why.line, why.column);
    return json;
}

json_t *wire_parse(const char *bytes, size_t len, GError **error)
{
    json_t *json;

    g_return_val_if_fail(bytes != NULL || len == 0, NULL);
    if (len == 0) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "empty instead of JSON");
        return NULL;
    }
    json = wire_read(bytes, len);
    if (json == NULL)
        json = read_strictly(bytes, len, error);
    if (json == NULL || json_is_object(json))
        return json;
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "JSON is not an object");
    json_decref(json);
    return NULL;
}

bool wire_get_string(json_t *object, const char *key, size_t bytes_max, const char **out)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_string(value) || json_string_length(value) > bytes_max)
        return false;
    *out = json_string_value(value);
    /* jansson refuses \u0000 unless asked for, so the string is as long as it says. */
    return strlen(*out) == json_string_length(value);
}

bool wire_get_int(json_t *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
        return false;
    *out = json_integer_value(value);
    return true;
}

bool wire_get_bool(json_t *object, const char *key, bool *out)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_boolean(value))
        return false;
    *out = json_is_true(value);
    return true;
}

bool wire_get_hex(json_t *object, const char *key, uint8_t *out, size_t len)
{
    const char *text;

    return wire_get_string(object, key, 2 * len, &text) && wire_unhex(text, out, len);
}

char *wire_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wire_unhex(const char *text, uint8_t *out, size_t len)
{
    if (strlen(text) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool wire_unbase64(const char *text, uint8_t *out, size_t len)
{
    size_t got = 0;
    g_autofree uint8_t *bytes = base64_read(text, len, &got);

    if (bytes == NULL || got != len)
        return false;
    memcpy(out, bytes, len);
    return true;
}

static const char *const verdict_names[] = {
    [STORE_ACCEPTED] = "accepted", [STORE_DUPLICATE] = "duplicate", [STORE_CONFLICT] = "conflict",
    [STORE_REJECTED] = "rejected", [STORE_RETRY] = "retry",
};

const char *wire_verdict_name(enum store_verdict verdict)
{
    g_return_val_if_fail((size_t)verdict < G_N_ELEMENTS(verdict_names), "retry");
    return verdict_names[verdict];
}

bool wire_verdict_parse(const char *name, enum store_verdict *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verdict_names); i++) {
        if (strcmp(name, verdict_names[i]) == 0) {
            *out = (enum store_verdict)i;
            return true;
        }
    }
    return false;
}

bool wire_time_plausible(int64_t wall_ms)
{
    return wall_ms >= INT64_C(1704067200000) && wall_ms < INT64_C(4102444800000);
}
