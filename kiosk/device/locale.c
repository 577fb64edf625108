/* SPDX-License-Identifier: Apache-2.0 */
#include "device/locale.h"
#include <glib.h>
#include <libintl.h>
#include <locale.h>

/* A program that runs out of its build folder finds the texts there; an installed one where they were installed. */
static const char *default_dir(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);

    return program != NULL && g_str_has_prefix(program, CITYCARD_BUILD_ROOT "/") ? CITYCARD_BUILD_LOCALE_DIR
                                                                                 : CITYCARD_LOCALE_DIR;
}

void locale_set(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        g_warning("no locale C.UTF-8: texts stay English");
}

void locale_bind(const char *dir)
{
    static const char *const domains[] = {LOCALE_DOMAIN_ZH, LOCALE_DOMAIN_EN};
    const char *from = dir != NULL ? dir : default_dir();

    g_setenv("LANGUAGE", "zh_CN:en", TRUE);
    locale_set();
    for (gsize i = 0; i < G_N_ELEMENTS(domains); i++) {
        bindtextdomain(domains[i], from);
        bind_textdomain_codeset(domains[i], "UTF-8");
    }
}
