/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UI_AUDIT_PAINT_H
#define TESTS_UI_AUDIT_PAINT_H

#include <gtk/gtk.h>

/**
 * As the window is painted now: texts below 7:1, icons below 3:1, buttons that have neither an icon, nor ground or edge of 3:1 to what lies
 * around them, and focused ones without a whole ring of 3:1; one line each. Free with g_string_free.
 */
GString *audit_paint(GtkWindow *window);

/** Let all buttons look as if the keys had come to them, or no longer: seen in the next frame. */
void audit_focus_all(GtkWindow *window, gboolean focused);

#endif
