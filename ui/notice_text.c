/* SPDX-License-Identifier: Apache-2.0 */
#include "notice_text.h"
#include "texts.h"

#define PARAGRAPH_CHARS 60 /* a longer one is divided where a sentence ends */

static const char *chosen(const char *zh, const char *en)
{
    return texts_language() == LANGUAGE_EN && en[0] != '\0' ? en : zh;
}

const char *notice_title(const struct kiosk_notice *notice)
{
    return chosen(notice->title_zh, notice->title_en);
}

const char *notice_body(const struct kiosk_notice *notice)
{
    return chosen(notice->body_zh, notice->body_en);
}

static bool ends_sentence(gunichar c, gunichar next)
{
    return c == 0x3002 /* 。 */ || c == 0xff01 /* ！ */ || c == 0xff1b /* ； */ || c == 0xff1f /* ？ */ ||
           ((c == '.' || c == '!' || c == '?') && next == ' ');
}

static void add(GPtrArray *list, const char *from, const char *to)
{
    char *text = g_strstrip(g_strndup(from, (gsize)(to - from)));

    if (*text != '\0')
        g_ptr_array_add(list, text);
    else
        g_free(text);
}

char **notice_paragraphs(const char *body)
{
    g_autofree char *valid = g_utf8_make_valid(body, -1);
    GPtrArray *list = g_ptr_array_new();
    const char *from = valid, *at = valid;
    unsigned chars = 0;

    while (*at != '\0') {
        gunichar c = g_utf8_get_char(at);

        at = g_utf8_next_char(at);
        chars++;
        if (c == '\n' || (chars >= PARAGRAPH_CHARS && ends_sentence(c, g_utf8_get_char(at)))) {
            add(list, from, at);
            from = at;
            chars = 0;
        }
    }
    add(list, from, at);
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}
