/* SPDX-License-Identifier: Apache-2.0 */
#include "lockdown.h"

void lockdown_clear_environment(void)
{
    static const char *const names[] = {
        "GTK_DEBUG",        "GTK_MODULES",         "GTK_PATH",      "GTK_EXE_PREFIX", "GTK_DATA_PREFIX",      "GTK_INSPECTOR_DISPLAY",
        "GTK_INSPECTOR_RENDERER", "GTK_IM_MODULE",  "GTK_THEME",     "GTK_CSD",        "GTK_MEDIA",            "GTK_SLOWDOWN",
        "GDK_DEBUG",        "GSK_DEBUG",           "GSK_RENDERER",  "G_RESOURCE_OVERLAYS", "GIO_EXTRA_MODULES", "GIO_MODULE_DIR",
        "GSETTINGS_SCHEMA_DIR", "GSETTINGS_BACKEND", "GDK_PIXBUF_MODULE_FILE", "GDK_PIXBUF_MODULEDIR", "XCURSOR_THEME", "G_MESSAGES_PREFIXED",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_unsetenv(names[i]);
}

bool lockdown_allows(guint keyval, GdkModifierType state)
{
    const GdkModifierType forbidden =
        GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK | GDK_HYPER_MASK | GDK_META_MASK;

    if ((state & forbidden) != 0)
        return false;
    if (keyval >= GDK_KEY_F1 && keyval <= GDK_KEY_F35)
        return false;
    switch (keyval) {
    case GDK_KEY_Menu:
    case GDK_KEY_Print:
    case GDK_KEY_Sys_Req:
    case GDK_KEY_Super_L:
    case GDK_KEY_Super_R:
    case GDK_KEY_Alt_L:
    case GDK_KEY_Alt_R:
    case GDK_KEY_Control_L:
    case GDK_KEY_Control_R:
        return false;
    default:
        return true;
    }
}

static gboolean on_key(GtkEventControllerKey *keys, guint keyval, guint keycode, GdkModifierType state,
                       gpointer data)
{
    return lockdown_allows(keyval, state) ? GDK_EVENT_PROPAGATE : GDK_EVENT_STOP;
}

/* The second button opens context menus: claimed before any widget sees it. */
static void on_second_button(GtkGestureClick *click, int presses, double x, double y, gpointer data)
{
    gtk_gesture_set_state(GTK_GESTURE(click), GTK_EVENT_SEQUENCE_CLAIMED);
}

static gboolean refuse(void)
{
    return TRUE;
}

void lockdown_apply(GtkWindow *window)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkGesture *click = gtk_gesture_click_new();

    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key), NULL);
    gtk_widget_add_controller(GTK_WIDGET(window), keys);

    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), GDK_BUTTON_SECONDARY);
    gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(click), GTK_PHASE_CAPTURE);
    g_signal_connect(click, "pressed", G_CALLBACK(on_second_button), NULL);
    gtk_widget_add_controller(GTK_WIDGET(window), GTK_EVENT_CONTROLLER(click));

    g_signal_connect(window, "close-request", G_CALLBACK(refuse), NULL);
    g_signal_connect(window, "enable-debugging", G_CALLBACK(refuse), NULL);
    gtk_window_set_deletable(window, FALSE);
    gtk_window_set_decorated(window, FALSE);
    gtk_window_set_handle_menubar_accel(window, FALSE);
}
