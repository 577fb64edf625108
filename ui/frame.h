/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of the frame: top bar, trouble strip, bar of buttons, the question over the page. Used by shell.c only. */
#ifndef UI_FRAME_H
#define UI_FRAME_H

#include "ui.h"

struct frame {
    GtkWidget *top, *who_icon, *who, *clock;
    GtkWidget *troubles;
    GtkWidget *bar, *home, *back, *size, *voice, *language, *help;
};

/** New widgets in the current language and orientation. */
void frame_build(struct frame *frame, struct ui *ui);
/** Show what the ui knows. */
void frame_update(struct frame *frame, struct ui *ui);
void frame_update_clock(struct frame *frame);

/** The card with the question; `seconds` label is set through question_set(). */
GtkWidget *question_new(struct ui *ui, GCallback stay, GCallback leave, gpointer data);
void question_set(GtkWidget *question, unsigned seconds);
GtkWidget *question_stay_button(GtkWidget *question);

#endif
