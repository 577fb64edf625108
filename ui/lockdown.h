/* SPDX-License-Identifier: Apache-2.0 */
/** Nothing on this screen leads out of it: no closing, no shortcuts, no menus, no inspector. */
#ifndef UI_LOCKDOWN_H
#define UI_LOCKDOWN_H

#include <gtk/gtk.h>
#include <stdbool.h>

/**
 * First thing in main(): what of the environment would change the toolkit from outside (inspector, modules, other resources, debugging).
 */
void lockdown_clear_environment(void);
void lockdown_apply(GtkWindow *window);
/** Whether a key may reach the pages: no modifier but Shift, no function or menu key. Pure. */
bool lockdown_allows(guint keyval, GdkModifierType state);

#endif
