/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UI_AUDIT_PAINT_H
#define TESTS_UI_AUDIT_PAINT_H

#include <gtk/gtk.h>

/** Texts below 7:1 and icons below 3:1 as the window is painted now, one line each. Free with g_string_free. */
GString *audit_paint(GtkWindow *window);

#endif
