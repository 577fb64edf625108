/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A drawing from the gresource: a line icon in the colour of the text around it, or a picture in its own colours. Its size
 * comes from CSS (min-width, min-height in em). GTK's own symbolic icons colour fills only; ours are strokes.
 */
#ifndef UI_KIT_ICON_H
#define UI_KIT_ICON_H

#include <gtk/gtk.h>

#define KX_TYPE_ICON (kx_icon_get_type())
G_DECLARE_FINAL_TYPE(KxIcon, kx_icon, KX, ICON, GtkWidget)

/** assets/icons/NAME.svg, decorative: the word beside it speaks. */
GtkWidget *kx_icon_new(const char *name);
/** assets/pictures/NAME.svg with a text for those who do not see it. */
GtkWidget *kx_picture_new(const char *name, const char *description);
/** The PNG or JPEG at `path`, which may be any bytes: its first frame, no larger than a picture. New reference; NULL: it cannot be shown. */
GdkTexture *kx_photo_read(const char *path);
GtkWidget *kx_photo_new(GdkTexture *photo, const char *description);
void kx_icon_set_name(KxIcon *icon, const char *name);

#endif
