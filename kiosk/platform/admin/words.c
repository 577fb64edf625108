/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/words.h"
#include "device/locale.h"
#include <libintl.h>
#include <stdbool.h>
#include <string.h>

#define ACCEPT_BYTES_MAX 256

/* RFC 9110 12.4.2: "q=0.5" behind a semicolon, 0 to 1 with three digits at most; 1 when there is none. In thousandths. */
static int weight_of(const char *item)
{
    const char *q = strstr(item, "q=");
    int out = 0, scale = 1000;

    if (q == NULL)
        return 1000;
    for (q += 2; scale > 0 && (g_ascii_isdigit(*q) || *q == '.'); q++) {
        if (*q == '.')
            continue;
        out += (*q - '0') * scale;
        scale /= 10;
    }
    return MIN(out, 1000);
}

static bool names(const char *item, const char *language)
{
    return g_ascii_strncasecmp(item, language, 2) == 0 && strchr("-; ", item[2]) != NULL; /* finds the NUL, too */
}

enum words_language words_choose(const char *asked, const char *accept_language)
{
    int zh = 0, en = 0;

    if (asked != NULL && (names(asked, "zh") || names(asked, "en")))
        return names(asked, "en") ? WORDS_EN : WORDS_ZH;
    if (accept_language == NULL || strlen(accept_language) > ACCEPT_BYTES_MAX)
        return WORDS_ZH;
    g_auto(GStrv) items = g_strsplit(accept_language, ",", -1);
    for (char **item = items; *item != NULL; item++) {
        const char *text = g_strchug(*item);

        if (names(text, "zh"))
            zh = MAX(zh, weight_of(text));
        else if (names(text, "en"))
            en = MAX(en, weight_of(text));
    }
    return en > zh ? WORDS_EN : WORDS_ZH;
}

const char *words_code(enum words_language language)
{
    return language == WORDS_EN ? "en" : "zh-CN";
}

const char *words_get(enum words_language language, const char *text)
{
    return dgettext(language == WORDS_EN ? LOCALE_DOMAIN_EN : LOCALE_DOMAIN_ZH, text);
}
