/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The layout audit: nothing cut, nothing outside, nothing too small or too near, nothing nameless, one question a page, and a text
 * that is spoken (EN 301 549, WCAG 2.2, 67号文).
 */
#ifndef TESTS_UI_AUDIT_H
#define TESTS_UI_AUDIT_H

#include "ui.h"

/** What is wrong with the window as it is on the screen, one line each; empty when nothing is. Free with g_string_free. */
GString *audit_window(struct ui *ui);

#endif
