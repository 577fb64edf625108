/* SPDX-License-Identifier: Apache-2.0 */
/** The layout audit: nothing cut, nothing outside, nothing too small, nothing nameless (EN 301 549, WCAG 2.2, 67号文). */
#ifndef TESTS_UI_AUDIT_H
#define TESTS_UI_AUDIT_H

#include <gtk/gtk.h>

/** What is wrong with the window as it is on the screen, one line each; empty when nothing is. Free with g_string_free. */
GString *audit_window(GtkWindow *window, int width, int height);

#endif
