/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The layout audit: nothing cut, nothing outside, nothing too small or too near, nothing nameless, one question a page, a text
 * that is spoken, and keys that go through all of it in order (EN 301 549, WCAG 2.2, 67号文).
 */
#ifndef TESTS_UI_AUDIT_H
#define TESTS_UI_AUDIT_H

#include "ui.h"

/** What is wrong with the window as it is on the screen, one line each; empty when nothing is. Free with g_string_free. */
GString *audit_window(struct ui *ui);

/** The buttons on the screen, at and below `root`, in the order of the tree. Free with g_ptr_array_unref(). */
GPtrArray *audit_buttons(GtkWidget *root);
/** The accessible name; g_free'd; "" when there is none. */
char *audit_name(GtkWidget *widget);

#endif
