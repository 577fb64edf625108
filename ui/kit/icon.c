/* SPDX-License-Identifier: Apache-2.0 */
#include "icon.h"
#include "../theme.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Every picture is drawn on a canvas of this shape. */
#define PICTURE_RATIO_X 520
#define PICTURE_RATIO_Y 440
#define PHOTO_PX         900
#define PHOTO_PIXELS_MAX (12 * 1000 * 1000)

struct _KxIcon {
    GtkWidget parent;
    char *resource;
    bool coloured; /* a picture: keep its colours */
    bool photo;    /* the texture is a file's, whatever the size */
    GdkTexture *texture;
    GdkRGBA colour; /* the texture was made with these */
    int width, height;
};

G_DEFINE_FINAL_TYPE(KxIcon, kx_icon, GTK_TYPE_WIDGET)

/* The widths that the build has drawn (assets/render.py): shown as they are, neither blurred nor costing time. */
static const int icon_widths[] = {24, 28, 32, 36, 40, 44, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192};
static const int picture_widths[] = {320, 400, 480, 560, 616, 720, 860, 1000};

/* The largest drawn width that fits into `room`, or the smallest there is. */
static int width_for(bool coloured, int room)
{
    const int *widths = coloured ? picture_widths : icon_widths;
    size_t count = coloured ? G_N_ELEMENTS(picture_widths) : G_N_ELEMENTS(icon_widths), at = 0;

    while (at + 1 < count && widths[at + 1] <= room)
        at++;
    return widths[at];
}

/* Keep the drawing's own coverage and give it the colour of the text around it. */
static GdkTexture *tint(GdkTexture *texture, const GdkRGBA *colour)
{
    int width = gdk_texture_get_width(texture), height = gdk_texture_get_height(texture);
    gsize stride = (gsize)width * 4, size = stride * (gsize)height;
    guchar *pixels = g_malloc(size);

    gdk_texture_download(texture, pixels, stride);
    for (gsize i = 0; i < size; i += 4) {
        guint32 pixel;
        memcpy(&pixel, pixels + i, sizeof pixel);
        float alpha = (float)(pixel >> 24); /* native endian, premultiplied: CAIRO_FORMAT_ARGB32 */
        pixel = (pixel & 0xFF000000) | (guint32)lroundf(colour->red * alpha) << 16 |
                (guint32)lroundf(colour->green * alpha) << 8 | (guint32)lroundf(colour->blue * alpha);
        memcpy(pixels + i, &pixel, sizeof pixel);
    }
    g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, size);
    return gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, stride);
}

static GdkTexture *render(KxIcon *self, int width, int height, const GdkRGBA *colour)
{
    int room = self->coloured ? MIN(width, height * PICTURE_RATIO_X / PICTURE_RATIO_Y) : MIN(width, height);
    g_autofree char *resource =
        g_strdup_printf("%s-%d.png", self->resource, width_for(self->coloured, room));
    g_autoptr(GdkTexture) texture = gdk_texture_new_from_resource(resource);

    return self->coloured ? g_steal_pointer(&texture) : tint(texture, colour);
}

static bool texture_fits(KxIcon *self, int width, int height, const GdkRGBA *colour)
{
    if (self->photo)
        return true;
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
    float shrink = MIN(1, MIN((float)width / (float)gdk_texture_get_width(self->texture),
                              (float)height / (float)gdk_texture_get_height(self->texture)));
    w = (float)gdk_texture_get_width(self->texture) * shrink;
    h = (float)gdk_texture_get_height(self->texture) * shrink;
    gtk_snapshot_append_texture(
        snapshot, self->texture,
        &GRAPHENE_RECT_INIT(floorf(((float)width - w) / 2), floorf(((float)height - h) / 2), w, h));
}

static void kx_icon_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                            int *minimum_baseline, int *natural_baseline)
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
    self->resource = g_strdup_printf(THEME_RESOURCE "%s/%s", self->coloured ? "pictures" : "icons", name);
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

/* A small file may hold a picture that fills the memory: its size is asked first, and it is read no larger than it is shown. */
GdkTexture *kx_photo_read(const char *path)
{
    int width, height;
    g_autoptr(GError) error = NULL;
    g_autoptr(GdkPixbuf) pixels = NULL;

    if (gdk_pixbuf_get_file_info(path, &width, &height) == NULL || width < 1 || height < 1 ||
        (gint64)width * height > PHOTO_PIXELS_MAX)
        return NULL;
    pixels = gdk_pixbuf_new_from_file_at_scale(path, PHOTO_PX, PHOTO_PX, TRUE, &error);
    if (pixels == NULL) {
        g_message("a picture cannot be shown: %s", error->message);
        return NULL;
    }
    return gdk_texture_new_for_pixbuf(pixels);
}

GtkWidget *kx_photo_new(GdkTexture *photo, const char *description)
{
    KxIcon *self = g_object_new(KX_TYPE_ICON, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);

    self->coloured = self->photo = true;
    self->texture = g_object_ref(photo);
    gtk_widget_add_css_class(GTK_WIDGET(self), "kx-picture");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, description, -1);
    return GTK_WIDGET(self);
}
