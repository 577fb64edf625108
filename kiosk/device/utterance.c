/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Voice `cmn` of Debian 12 (espeak-ng 1.51) reads Chinese characters as English letters (upstream issues 1236 and 1370);
 * `cmn-latn-pinyin` speaks them, and would read English words as pinyin. So each part names its voice; an element without a name
 * (xml:lang) would lead back to `cmn`.
 */
#include "device/utterance.h"

#include <glib.h>
#include <stdbool.h>

#include "model/spoken.h"

#define VOICE_ZH      "cmn-latn-pinyin"
#define VOICE_EN      "en"
#define WORD_LETTERS  2 /* a single letter is said as a letter by the Chinese voice, too */

const char *utterance_voice(const char *language)
{
    return language != NULL && g_str_has_prefix(language, "zh") ? VOICE_ZH : VOICE_EN;
}

static void append(GString *out, const char *voice, const char *text)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);

    if (*text != '\0')
        g_string_append_printf(out, "<voice name=\"%s\">%s</voice>", voice, safe);
}

/* ---- English words among Chinese ----------------------------------------------------------------------------------------- */

/* Letters, and what joins them: "Wi-Fi", "hello world". */
static size_t latin_at(const char *at)
{
    size_t len = 0, end = 0;

    for (; at[len] != '\0' && (g_ascii_isalpha(at[len]) || at[len] == '-' || at[len] == '\'' || at[len] == ' '); len++)
        if (g_ascii_isalpha(at[len]))
            end = len + 1;
    return end >= WORD_LETTERS && g_ascii_isalpha(at[0]) && g_ascii_isalpha(at[1]) ? end : 0;
}

static void append_zh(GString *out, const char *words)
{
    g_autofree char *pinyin = spoken_pinyin(words);

    append(out, VOICE_ZH, pinyin);
}

static void chinese(GString *out, const char *text)
{
    g_autofree char *words = spoken_words(SPOKEN_ZH, text);
    const char *at = words, *from = words;

    while (*at != '\0') {
        size_t len = latin_at(at);

        if (len == 0) {
            at = g_utf8_next_char(at);
            continue;
        }
        g_autofree char *before = g_strndup(from, (gsize)(at - from)), *latin = g_strndup(at, len);

        append_zh(out, before);
        append(out, VOICE_EN, latin);
        from = at += len;
    }
    append_zh(out, from);
}

/* ---- Chinese words among English ----------------------------------------------------------------------------------------- */

static bool is_han(gunichar c)
{
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

/* Figures, signs and spaces belong to what stands before them. */
static bool turns(gunichar c, bool han)
{
    return han ? g_unichar_isalpha(c) && !is_han(c) : is_han(c);
}

static void english(GString *out, const char *text)
{
    const char *at = text;

    while (*at != '\0') {
        const char *from = at;
        bool han = is_han(g_utf8_get_char(at));

        while (*at != '\0' && !turns(g_utf8_get_char(at), han))
            at = g_utf8_next_char(at);
        g_autofree char *part = g_strndup(from, (gsize)(at - from));

        if (han) {
            chinese(out, part);
        } else {
            g_autofree char *words = spoken_words(SPOKEN_EN, part);

            append(out, VOICE_EN, words);
        }
    }
}

char *utterance_markup(const char *language, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    GString *out = g_string_new("<speak>");
    gsize empty = out->len;
    glong chars = g_utf8_strlen(valid, -1);

    if (chars > SPOKEN_CHARS_MAX)
        *g_utf8_offset_to_pointer(valid, SPOKEN_CHARS_MAX) = '\0';
    if (utterance_voice(language) == utterance_voice("zh"))
        chinese(out, valid);
    else
        english(out, valid);
    if (out->len == empty) {
        g_string_free(out, TRUE);
        return NULL;
    }
    g_string_append(out, "</speak>\n");
    return g_string_free(out, FALSE);
}
