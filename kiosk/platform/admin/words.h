/* SPDX-License-Identifier: Apache-2.0 */
/** What the page says, in the language that its reader has. */
#ifndef PLATFORM_WORDS_H
#define PLATFORM_WORDS_H

#include <glib.h>

enum words_language { WORDS_ZH, WORDS_EN };

/** What was asked for by name ("zh…", "en…"), else what the browser likes best, else Chinese. Both may be NULL. */
enum words_language words_choose(const char *asked, const char *accept_language);
/** For lang attributes and Content-Language. */
const char *words_code(enum words_language language);
const char *words_get(enum words_language language, const char *text) G_GNUC_FORMAT(2);

#endif
