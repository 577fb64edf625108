/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What people read, in the language chosen on the screen. Sources: assets/po/{zh_CN,en}.po.
 *
 * Each language is a gettext domain of its own ("citycard-zh_CN", "citycard-en") and LANGUAGE names them all, once, before
 * any thread starts. Changing the language is then a change of domain: no setenv() while other threads read the
 * environment, and no generated locale needed: C.UTF-8, the only one a bare Debian has, is enough.
 *
 * Write  _("Plain wording")  or, where large text has a shorter wording,  L_("Plain wording", NC_("large", "Short")); with a
 * number P_("%d seat", "%d seats", n), PL_("%d seat", "%d seats", NC_("large", "%d"), n).
 */
#ifndef UI_TEXTS_H
#define UI_TEXTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_COUNT };

/** First thing in main(), before any thread: locale, LANGUAGE, domains. `dir` NULL: where the build or `install` put it. */
void texts_init(const char *dir);

/** Again after gtk_init(), which takes the locale of the environment: a service started without one would get "C". */
void texts_set_locale(void);

void texts_use(enum language language);
enum language texts_language(void);
/** "zh_CN" or "en". */
const char *texts_code(enum language language);
enum language texts_parse(const char *code);
/** Whether L_() gives the wording for large text. */
void texts_use_large(bool large);

const char *texts_get(const char *msgid) G_GNUC_FORMAT(1);
const char *texts_get_either(const char *plain, const char *large) G_GNUC_FORMAT(1);
/** The wording for so many; `large` NULL, or the one for large text that fits any number. */
const char *texts_get_plural(const char *one, const char *many, const char *large, int64_t n) G_GNUC_FORMAT(1) G_GNUC_FORMAT(2);

#define _(text)            texts_get(text)
#define N_(text)           (text)
#define NC_(context, text) (text)
#define L_(plain, large)   texts_get_either(plain, large)
#define P_(one, many, n)   texts_get_plural(one, many, NULL, n)
#define PL_(one, many, large, n) texts_get_plural(one, many, large, n)

#endif
