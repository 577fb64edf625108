/* SPDX-License-Identifier: Apache-2.0 */
#include "icon.h"
#include "../theme.h"

#include <math.h>
#include <stdbool.h>

struct _KxIcon {
    GtkWidget parent;
    char *resource;
    bool coloured; /* a picture: keep its colours */
    GdkTexture *texture;
    GdkRGBA colour; /* the texture was made with these */
    int width, height;
};

G_DEFINE_FINAL_TYPE(KxIcon, kx_icon, GTK_TYPE_WIDGET)

/* Put `colour` into every pixel and keep the drawing's own coverage. */
static void tint(GdkPixbuf *pixbuf, const GdkRGBA *colour)
{
    guchar *row = gdk_pixbuf_get_pixels(pixbuf);
    int channels = gdk_pixbuf_get_n_channels(pixbuf), width = gdk_pixbuf_get_width(pixbuf);

    g_assert(channels == 4);
    for (int y = 0; y < gdk_pixbuf_get_height(pixbuf); y++, row += gdk_pixbuf_get_rowstride(pixbuf))
        for (int x = 0; x < width; x++) {
            guchar *pixel = row + x * channels;

            pixel[0] = (guchar)lround(colour->red * 255);
            pixel[1] = (guchar)lround(colour->green * 255);
            pixel[2] = (guchar)lround(colour->blue * 255);
        }
}

static GdkTexture *render(KxIcon *self, int width, int height, const GdkRGBA *colour)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GdkPixbuf) pixbuf =
        gdk_pixbuf_new_from_resource_at_scale(self->resource, width, height, TRUE, &error);

    if (pixbuf == NULL) {
        g_warning("%s: %s (is librsvg2-common installed?)", self->resource, error->message);
        return NULL;
    }
    if (!self->coloured && gdk_pixbuf_get_has_alpha(pixbuf))
        tint(pixbuf, colour);
    return gdk_texture_new_for_pixbuf(pixbuf);
}

static bool texture_fits(KxIcon *self, int width, int height, const GdkRGBA *colour)
{
    return self->texture != NULL && self->width == width && self->height == height &&
           (self->coloured || gdk_rgba_equal(&self->colour, colour));
}

static void kx_icon_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    KxIcon *self = KX_ICON(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    GdkRGBA colour;
    float w, h;

    if (width <= 0 || height <= 0)
        return;
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
    if (!texture_fits(self, width, height, &colour)) {
        g_clear_object(&self->texture);
        self->texture = render(self, width, height, &colour);
        self->colour = colour;
        self->width = width;
        self->height = height;
    }
    if (self->texture == NULL)
        return;
    w = (float)gdk_texture_get_width(self->texture);
    h = (float)gdk_texture_get_height(self->texture);
    gtk_snapshot_append_texture(
        snapshot, self->texture,
        &GRAPHENE_RECT_INIT(floorf(((float)width - w) / 2), floorf(((float)height - h) / 2), w, h));
}

static void kx_icon_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                            int *natural, int *minimum_baseline, int *natural_baseline)
{
    *minimum = *natural = 0; /* CSS min-width and min-height decide */
}

static void kx_icon_finalize(GObject *object)
{
    KxIcon *self = KX_ICON(object);

    g_clear_object(&self->texture);
    g_free(self->resource);
    G_OBJECT_CLASS(kx_icon_parent_class)->finalize(object);
}

static void kx_icon_class_init(KxIconClass *class)
{
    G_OBJECT_CLASS(class)->finalize = kx_icon_finalize;
    GTK_WIDGET_CLASS(class)->snapshot = kx_icon_snapshot;
    GTK_WIDGET_CLASS(class)->measure = kx_icon_measure;
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(class), "kxicon");
}

static void kx_icon_init(KxIcon *self)
{
    gtk_widget_set_halign(GTK_WIDGET(self), GTK_ALIGN_CENTER);
    gtk_widget_set_valign(GTK_WIDGET(self), GTK_ALIGN_CENTER);
    gtk_widget_set_can_target(GTK_WIDGET(self), FALSE);
}

void kx_icon_set_name(KxIcon *self, const char *name)
{
    g_free(self->resource);
    self->resource = g_strdup_printf(THEME_RESOURCE "%s/%s.svg", self->coloured ? "pictures" : "icons", name);
    g_clear_object(&self->texture);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

GtkWidget *kx_icon_new(const char *name)
{
    KxIcon *self = g_object_new(KX_TYPE_ICON, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

    kx_icon_set_name(self, name);
    return GTK_WIDGET(self);
}

GtkWidget *kx_picture_new(const char *name, const char *description)
{
    KxIcon *self = g_object_new(KX_TYPE_ICON, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);

    self->coloured = true;
    kx_icon_set_name(self, name);
    gtk_widget_add_css_class(GTK_WIDGET(self), "kx-picture");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, description, -1);
    return GTK_WIDGET(self);
}
