/* SPDX-License-Identifier: Apache-2.0 */
/** A notice in the chosen language, and its text in pieces that fit a page. No GTK. */
#ifndef UI_NOTICE_TEXT_H
#define UI_NOTICE_TEXT_H

#include <glib.h>
#include "service/kiosk.h"

/** Borrowed; Chinese where there is no English. */
const char *notice_title(const struct kiosk_notice *notice);
const char *notice_body(const struct kiosk_notice *notice);
/** Paragraphs; a long one is divided after a sentence. g_strfreev(). */
char **notice_paragraphs(const char *body);

#endif
