/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"
#include "device/locale.h"

#include <libintl.h>

static const struct {
    const char *code, *domain;
} languages[LANGUAGE_COUNT] = {
    [LANGUAGE_ZH] = {"zh_CN", LOCALE_DOMAIN_ZH},
    [LANGUAGE_EN] = {"en", LOCALE_DOMAIN_EN},
};

static enum language current = LANGUAGE_ZH;
static bool large_wording;

void texts_set_locale(void)
{
    locale_set();
}

void texts_init(const char *dir)
{
    locale_bind(dir);
}

void texts_use(enum language language)
{
    g_assert(language < LANGUAGE_COUNT);
    current = language;
}

enum language texts_language(void)
{
    return current;
}

const char *texts_code(enum language language)
{
    g_assert(language < LANGUAGE_COUNT);
    return languages[language].code;
}

enum language texts_parse(const char *code)
{
    return code != NULL && g_str_has_prefix(code, "en") ? LANGUAGE_EN : LANGUAGE_ZH;
}

void texts_use_large(bool large)
{
    large_wording = large;
}

const char *texts_get(const char *msgid)
{
    return dgettext(languages[current].domain, msgid);
}

const char *texts_get_plural(const char *one, const char *many, const char *large, int64_t n)
{
    if (large != NULL && large_wording)
        return texts_get_either(many, large);
    return dngettext(languages[current].domain, one, many, (unsigned long)MAX(n, 0));
}

const char *texts_get_either(const char *plain, const char *large)
{
    return large_wording ? g_dpgettext2(languages[current].domain, "large", large) : texts_get(plain);
}
