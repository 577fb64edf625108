/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tickets/form.h"
#include <openssl/crypto.h>
#include <string.h>

#define YEAR_MIN 1970
#define YEAR_MAX 9999

/* A body holds keys, names and phones: what was made of it is wiped, also of a form that is refused. */
static void wipe(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
}

/* What there is of one that is wrong. */
static char *wrong(GString *out)
{
    OPENSSL_cleanse(out->str, out->len);
    g_string_free(out, TRUE);
    return NULL;
}

/* One name or value; NULL: a broken escape, a NUL, or no UTF-8. */
static char *decode(const char *bytes, size_t len)
{
    GString *out = g_string_sized_new(len); /* never longer: it is not moved */

    for (size_t i = 0; i < len; i++) {
        char byte = bytes[i] == '+' ? ' ' : bytes[i];
        if (bytes[i] == '%') {
            int high = i + 2 < len ? g_ascii_xdigit_value(bytes[i + 1]) : -1, low = i + 2 < len ? g_ascii_xdigit_value(bytes[i + 2]) : -1;
            if (high < 0 || low < 0)
                return wrong(out);
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if (byte == '\0')
            return wrong(out);
        g_string_append_c(out, byte);
    }
    if (!g_utf8_validate_len(out->str, out->len, NULL))
        return wrong(out);
    return g_string_free(out, FALSE);
}

static bool repeats(const struct form *form, const char *name)
{
    return !g_str_has_suffix(name, "[]") && form_get(form, name) != NULL;
}

static bool field_add(struct form *form, const char *bytes, size_t len, const char **why)
{
    const char *equals = memchr(bytes, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - bytes) : len;
    char *name = decode(bytes, name_len);
    char *value = equals != NULL ? decode(equals + 1, len - name_len - 1) : g_strdup("");

    *why = form->count >= FORM_FIELDS_MAX                   ? "too many fields"
           : name == NULL || value == NULL                  ? "a field is not percent-encoded UTF-8"
           : *name == '\0' || strlen(name) > FORM_NAME_MAX  ? "a field without a name, or with too long a one"
           : repeats(form, name)                            ? "a field is given twice"
                                                            : NULL;
    if (*why != NULL) {
        wipe(name);
        wipe(value);
        return false;
    }
    form->fields[form->count].name = name;
    form->fields[form->count++].value = value;
    return true;
}

struct form *form_parse(const char *bytes, size_t len, const char **why)
{
    struct form *form = g_new0(struct form, 1);

    *why = len > FORM_BYTES_MAX ? "too long" : NULL;
    for (size_t at = 0; *why == NULL && at < len;) {
        const char *end = memchr(bytes + at, '&', len - at);
        size_t field_len = end != NULL ? (size_t)(end - bytes) - at : len - at;
        if (field_len > 0 && !field_add(form, bytes + at, field_len, why))
            break;
        at += field_len + 1;
    }
    if (*why == NULL)
        return form;
    form_free(form);
    return NULL;
}

void form_free(struct form *form)
{
    if (form == NULL)
        return;
    for (size_t i = 0; i < form->count; i++) {
        wipe(form->fields[i].name);
        wipe(form->fields[i].value);
    }
    g_free(form);
}

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}

const char *form_text(const struct form *form, const char *name)
{
    const char *value = form_get(form, name);

    return value != NULL ? value : "";
}

bool form_degrees(const char *text, int degrees_max, int64_t *e6)
{
    bool minus = *text == '-';
    const char *digits = text + (minus || *text == '+');
    size_t whole = strspn(digits, "0123456789");
    int64_t value = 0, unit = 100000;

    if (whole < 1 || whole > 3 || strlen(digits) > 20)
        return false;
    for (size_t i = 0; i < whole; i++)
        value = value * 10 + (digits[i] - '0');
    value *= 1000000;
    digits += whole;
    if (*digits == '.') {
        size_t part = strspn(++digits, "0123456789");
        if (part == 0)
            return false;
        for (size_t i = 0; i < part; i++, unit /= 10)
            value += (digits[i] - '0') * unit;
        digits += part;
    }
    *e6 = minus ? -value : value;
    return *digits == '\0' && value <= degrees_max * INT64_C(1000000);
}

bool form_time(const char *text, int64_t *ms)
{
    g_autofree char *copy = g_strndup(text, 64);
    char *blank = strrchr(copy, ' ');

    if (blank != NULL && blank - copy >= 19)
        *blank = '+';
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(copy, NULL);
    if (time == NULL || g_date_time_get_year(time) < YEAR_MIN || g_date_time_get_year(time) > YEAR_MAX)
        return false;
    *ms = g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000;
    return true;
}
