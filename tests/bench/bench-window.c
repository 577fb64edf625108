/* SPDX-License-Identifier: Apache-2.0 */
/* The least GTK 4 window: one label, same renderer and size as the kiosk. Prints a line at its first frame and ends. */
#include <gtk/gtk.h>
#include <stdio.h>

static void painted(GdkFrameClock *clock, GtkWindow *window)
{
    puts("first-frame");
    fflush(stdout);
    gtk_window_destroy(window);
}

static void activate(GtkApplication *app, gpointer data)
{
    GtkWidget *window = gtk_application_window_new(app);
    gtk_window_set_default_size(GTK_WINDOW(window), 1080, 1920);
    gtk_window_set_child(GTK_WINDOW(window), gtk_label_new("citycard"));
    gtk_window_present(GTK_WINDOW(window));
    g_signal_connect(gtk_widget_get_frame_clock(window), "after-paint", G_CALLBACK(painted), window);
}

int main(int argc, char **argv)
{
    g_setenv("GSK_RENDERER", "cairo", TRUE);
    g_setenv("GDK_DEBUG", "gl-disable", TRUE);
    g_autoptr(GtkApplication) app = gtk_application_new("org.citycard.Bare", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(app, "activate", G_CALLBACK(activate), NULL);
    return g_application_run(G_APPLICATION(app), argc, argv);
}
