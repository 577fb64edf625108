/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The look: one style sheet, and ONE font size in px on the window for each text size; everything else is in em of it.
 * The base size follows from the panel: capitals of 4.8 mm (US 508, 402.4) with Noto Sans CJK, whose capitals are
 * 0.733 em high; never below 24 px. The steps are 1.0, 1.4 and 2.0 (200 %: WCAG 1.4.4).
 */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <gtk/gtk.h>

enum text_size { TEXT_STD, TEXT_LARGE, TEXT_XLARGE, TEXT_SIZE_COUNT };

#define THEME_RESOURCE "/org/citycard/Kiosk/"

/** Base size in px for a panel of this diagonal and these pixels. Pure. */
int theme_base_px(double panel_inches, int width, int height);
int theme_px(double panel_inches, int width, int height, enum text_size size);

/** Load the style sheet and the three sizes for the default display; again after a change of panel or window. */
void theme_load(double panel_inches, int width, int height);
void theme_set_size(GtkWidget *window, enum text_size size);
void theme_set_contrast(GtkWidget *window, bool high);

#endif
