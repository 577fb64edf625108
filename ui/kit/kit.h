/* SPDX-License-Identifier: Apache-2.0 */
/** The few parts all pages are made of. Looks come from the CSS classes (kx-…) in assets/css/kiosk.css. */
#ifndef UI_KIT_H
#define UI_KIT_H

#include <gtk/gtk.h>
#include <stdint.h>
#include "icon.h"
#include "pager.h"

/** `ems` of the text size in force at `widget`, in px. */
int kit_em(GtkWidget *widget, double ems);

/** A label that wraps and never cuts; `class` may be several, separated by blanks. */
GtkWidget *kit_label(const char *text, const char *class);
/** The label, its lines in the middle. */
GtkWidget *kit_centred(GtkWidget *label);
GtkWidget *kit_markup(const char *markup, const char *class);
/** The question of a page; a heading for screen readers. */
GtkWidget *kit_title(const char *text);
/** Yuan large, cents smaller. */
GtkWidget *kit_amount(int64_t fen, const char *class);
void kit_amount_set(GtkWidget *label, int64_t fen);

/** A button with a word and perhaps an icon before it (NULL: none). */
GtkWidget *kit_button(const char *icon, const char *text, const char *class, GCallback clicked,
                      gpointer data);
/** The same with the icon after the word: what leads on. */
GtkWidget *kit_button_trailing(const char *icon, const char *text, const char *class, GCallback clicked,
                               gpointer data);
/** The same with the icon above the word: frame and tiles. `icon` and `note` may be NULL. */
GtkWidget *kit_tile(const char *icon, const char *text, const char *note, const char *class,
                    GCallback clicked, gpointer data);
/** Whether this one of several is chosen: its look, and its state for screen readers. */
void kit_set_chosen(GtkWidget *button, gboolean chosen);
/** The word (and accessible name) of a button made here. */
void kit_button_set_text(GtkWidget *button, const char *text);
/** Its label, borrowed. */
GtkWidget *kit_button_word(GtkWidget *button);

GtkWidget *kit_box(GtkOrientation orientation, const char *class);
GtkWidget *kit_column(const char *class);
GtkWidget *kit_line(const char *class);
/** Add and return `child`, for building downwards. */
GtkWidget *kit_add(GtkWidget *box, GtkWidget *child);
/**
 * Two widgets side by side, the second takes the rest. A grid: a GtkBox with labels of different sizes measures its height
 * with their baselines or without, as it happens, and warns about itself.
 */
GtkWidget *kit_pair(GtkWidget *left, GtkWidget *right, const char *class);
/** "Name … value" on one line. */
GtkWidget *kit_fact(const char *name, const char *value);
/** An icon in a round tinted field. */
GtkWidget *kit_badge(const char *icon, const char *class);

/**
 * A drawing with a few words: the drawing above on a high page, at their left on a wide one. The words are added with
 * kit_poster_add().
 */
GtkWidget *kit_poster(GtkWidget *drawing, gboolean wide);
GtkWidget *kit_poster_add(GtkWidget *poster, GtkWidget *label);
/** Aligns a label (a box aligns its own) that stands below the poster as a block of its own. */
GtkWidget *kit_poster_under(GtkWidget *poster, GtkWidget *label);

/** A page: heading (NULL none), a pager for the blocks, and a row of buttons at the foot (NULL none). */
GtkWidget *kit_sheet(GtkWidget *heading, GtkWidget *pager, GtkWidget *actions);
/** A row of buttons of equal width, the one to press first at the end; one below the other when `upright`. */
GtkWidget *kit_actions(gboolean upright);
void kit_actions_add(GtkWidget *actions, GtkWidget *button);

void kit_add_classes(GtkWidget *widget, const char *classes);
/** The accessible name. */
void kit_name(GtkWidget *widget, const char *name);

#endif
