/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"

#include <libintl.h>
#include <locale.h>

static const struct {
    const char *code, *domain;
} languages[LANGUAGE_COUNT] = {
    [LANGUAGE_ZH] = {"zh_CN", "citycard-zh_CN"},
    [LANGUAGE_EN] = {"en", "citycard-en"},
};

static enum language current = LANGUAGE_ZH;
static bool large_wording;

/* A program that runs out of its build folder finds the texts there; an installed one where they were installed. */
static const char *default_dir(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);

    return program != NULL && g_str_has_prefix(program, CITYCARD_BUILD_ROOT "/") ? CITYCARD_BUILD_LOCALE_DIR
                                                                                 : CITYCARD_LOCALE_DIR;
}

void texts_set_locale(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        g_warning("no locale C.UTF-8: texts stay English");
}

void texts_init(const char *dir)
{
    const char *from = dir != NULL ? dir : default_dir();

    g_setenv("LANGUAGE", "zh_CN:en", TRUE);
    texts_set_locale();
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        bindtextdomain(languages[i].domain, from);
        bind_textdomain_codeset(languages[i].domain, "UTF-8");
    }
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

const char *texts_get_either(const char *plain, const char *large)
{
    return large_wording ? g_dpgettext2(languages[current].domain, "large", large) : texts_get(plain);
}
