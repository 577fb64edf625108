/* SPDX-License-Identifier: Apache-2.0 */
/** Where wordings come from: a gettext domain for each language (ui/texts.h says why), the same for kiosk and platform. */
#ifndef DEVICE_LOCALE_H
#define DEVICE_LOCALE_H

#define LOCALE_DOMAIN_ZH "citycard-zh_CN"
#define LOCALE_DOMAIN_EN "citycard-en"

/** First thing in main(), before any thread: LANGUAGE, locale, domains. `dir` NULL: where the build or `install` put them. */
void locale_bind(const char *dir);
/** C.UTF-8, with a warning when there is none: texts stay English then. */
void locale_set(void);

#endif
