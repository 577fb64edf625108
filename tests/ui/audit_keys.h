/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UI_AUDIT_KEYS_H
#define TESTS_UI_AUDIT_KEYS_H

#include <gtk/gtk.h>

/**
 * Tab goes through all that can be touched now and nothing else, in the order in which it is read: down, and in a line to the right
 * (WCAG 2.2, 2.4.3). Adds a line to `report` for each that is left out, or comes too late. The focus is where it was, afterwards.
 */
void audit_keys(GtkWindow *window, GString *report);

#endif
