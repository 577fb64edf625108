/* SPDX-License-Identifier: Apache-2.0 */
#include "theme.h"

#include <math.h>
#include <stdbool.h>

#define MM_PER_INCH      25.4
#define CAPITAL_MM       4.8
#define CAPITAL_EM       0.733
#define BASE_PX_MIN      24
#define PANEL_INCHES_MIN 5.0

static const struct {
    const char *class;
    double factor;
} sizes[TEXT_SIZE_COUNT] = {
    [TEXT_STD] = {"kx-size-std", 1.0},
    [TEXT_LARGE] = {"kx-size-large", 1.4},
    [TEXT_XLARGE] = {"kx-size-xlarge", 2.0},
};

static GtkCssProvider *sheet, *scale;

int theme_base_px(double panel_inches, int width, int height)
{
    double inches = fmax(panel_inches, PANEL_INCHES_MIN);
    double mm_per_px = inches * MM_PER_INCH / hypot(width, height);
    int px = (int)ceil(CAPITAL_MM / CAPITAL_EM / mm_per_px);

    px += px % 2; /* even: strokes and halves of an em fall on whole pixels */
    return MAX(px, BASE_PX_MIN);
}

int theme_px(double panel_inches, int width, int height, enum text_size size)
{
    g_assert(size < TEXT_SIZE_COUNT);
    return (int)ceil(theme_base_px(panel_inches, width, height) * sizes[size].factor);
}

static GtkCssProvider *provider_new(guint priority)
{
    GtkCssProvider *provider = gtk_css_provider_new();

    gtk_style_context_add_provider_for_display(gdk_display_get_default(), GTK_STYLE_PROVIDER(provider),
                                               priority);
    return provider;
}

void theme_load(double panel_inches, int width, int height)
{
    g_autoptr(GString) css = g_string_new(NULL);

    if (sheet == NULL) {
        sheet = provider_new(GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
        scale = provider_new(GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + 1);
        gtk_css_provider_load_from_resource(sheet, THEME_RESOURCE "css/kiosk.css");
    }
    for (int i = 0; i < TEXT_SIZE_COUNT; i++)
        g_string_append_printf(css, "window.%s { font-size: %dpx; }\n", sizes[i].class,
                               theme_px(panel_inches, width, height, (enum text_size)i));
    gtk_css_provider_load_from_data(scale, css->str, (gssize)css->len);
}

void theme_set_size(GtkWidget *window, enum text_size size)
{
    for (int i = 0; i < TEXT_SIZE_COUNT; i++)
        if (i != (int)size)
            gtk_widget_remove_css_class(window, sizes[i].class);
    gtk_widget_add_css_class(window, sizes[size].class);
}

void theme_set_contrast(GtkWidget *window, bool high)
{
    if (high)
        gtk_widget_add_css_class(window, "kx-contrast");
    else
        gtk_widget_remove_css_class(window, "kx-contrast");
}
