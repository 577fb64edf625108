/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of spoken.c: what comes in is anybody's bytes, what goes out is read by a program. */
#include "model/spoken-internal.h"

#include <string.h>

#define FULL_WIDTH_SHIFT 0xFEE0u

/* Full-width figures, letters and signs of numbers are the narrow ones; Chinese punctuation stays. */
static gunichar narrow(gunichar c)
{
    gunichar ascii = c - FULL_WIDTH_SHIFT;

    if (c == 0x3000 || c == 0xA0)
        return ' ';
    if (c < 0xFF01 || c > 0xFF5E)
        return c;
    return g_ascii_isalnum((char)ascii) || strchr("%*+-./", (int)ascii) != NULL ? ascii : c;
}

/* Markup and what the program would take for commands, marks of direction, pictures, heaps of accents. */
static bool is_unspeakable(gunichar c)
{
    static const GUnicodeType kinds[] = {
        G_UNICODE_CONTROL,     G_UNICODE_FORMAT,          G_UNICODE_UNASSIGNED,     G_UNICODE_PRIVATE_USE, G_UNICODE_SURROGATE,
        G_UNICODE_SPACING_MARK, G_UNICODE_ENCLOSING_MARK, G_UNICODE_NON_SPACING_MARK, G_UNICODE_MODIFIER_SYMBOL};
    GUnicodeType kind = g_unichar_type(c);

    if (c < 0x80)
        return strchr("<>&[]{}|\\^_`$", (int)c) != NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kind == kinds[i])
            return true;
    return kind == G_UNICODE_OTHER_SYMBOL && c != 0x2103 /* ℃ */ && c != 0xB0;
}

char *spoken_clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    GString *out = g_string_new(NULL);
    size_t count = 0;

    for (const char *at = valid; *at != '\0' && count < SPOKEN_CHARS_MAX; at = g_utf8_next_char(at), count++) {
        gunichar c = narrow(g_utf8_get_char(at));

        if (c == '\n')
            g_string_append_c(out, '\n');
        else if (c < ' ' || c == 0x7F)
            g_string_append_c(out, ' ');
        else if (c != 0xFFFD && !is_unspeakable(c))
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

static bool is_pause(gunichar c)
{
    return c != 0 && (c < 0x80 ? strchr(",.;:!?", (int)c) != NULL : g_utf8_strchr("，。；：！？、", -1, c) != NULL);
}

/* A full stop weighs more than a comma. */
static bool is_weak(gunichar c)
{
    return c == ',' || c == 0xFF0C;
}

static void drop_last(GString *out)
{
    char *last = g_utf8_find_prev_char(out->str, out->str + out->len);

    if (last != NULL)
        g_string_truncate(out, (gsize)(last - out->str));
}

static gunichar last_of(const GString *out)
{
    const char *last = out->len > 0 ? g_utf8_find_prev_char(out->str, out->str + out->len) : NULL;

    return last != NULL ? g_utf8_get_char(last) : 0;
}

static void put_pause(GString *out, gunichar c)
{
    while (last_of(out) == ' ')
        drop_last(out);
    if (out->len == 0)
        return;
    if (!is_pause(last_of(out))) {
        g_string_append_unichar(out, c);
    } else if (is_weak(last_of(out)) && !is_weak(c)) {
        drop_last(out);
        g_string_append_unichar(out, c);
    }
}

char *spoken_tidy(enum spoken_language language, char *words)
{
    GString *out = g_string_new(NULL);

    for (const char *at = words; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool abbreviation = c == '.' && language == SPOKEN_EN && g_ascii_isalpha(at[1]);

        if (is_pause(c) && !abbreviation)
            put_pause(out, c);
        else if (c != ' ' || (out->len > 0 && last_of(out) != ' '))
            g_string_append_unichar(out, c);
    }
    while (last_of(out) == ' ')
        drop_last(out);
    g_free(words);
    return g_string_free(out, FALSE);
}
