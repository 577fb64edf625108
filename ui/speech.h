/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is heard, and by whom. The loudspeaker gets a page's own discreet words (EL-3), a plugged headset all that stands on the page
 * (EN 301 549, 5.1.3.1 and 5.1.3.9). Volume, pace and the text for "say it again" are of the session and end with it.
 */
#ifndef UI_SPEECH_H
#define UI_SPEECH_H

#include <stdbool.h>
#include <gtk/gtk.h>

struct page;
struct ui;

struct speech {
    char *said;      /* the last text of a page or a button, also when the voice is off; NULL: none */
    bool alone;      /* it was for a headset */
    guint plug_watch; /* runs while such a text is said: pulled out, it stops */
    unsigned volume;
    bool slow;
    bool broken;     /* the speech program does not work: for staff */
};

void speech_start(struct ui *ui);
/** The text is overwritten, the program ended. */
void speech_end(struct ui *ui);
/** Another page, or other news on it, is there; silent while the voice is off and nobody has plugged in a headset. */
void speech_of_page(struct ui *ui, const struct page *page);
/** A key has come to this button: what stands on it, and whether it is chosen, for a headset; the hall hears nothing of it (5.1.6.1). */
void speech_of_button(struct ui *ui, GtkWidget *button);
/** Say this, voice on or off. */
void speech_say(struct ui *ui, const char *text);
/** The same, but "say it again" stays about what was said before. */
void speech_try(struct ui *ui, const char *text);
void speech_stop(struct ui *ui);
void speech_repeat(struct ui *ui);
/** One step up or down; false: it is at its end. */
bool speech_turn(struct ui *ui, int steps);
void speech_set_slow(struct ui *ui, bool slow);
/** What was said is overwritten and cannot be said again. */
void speech_forget(struct ui *ui);
/** The same, and volume and pace as a new session has them. */
void speech_reset(struct ui *ui);
bool speech_is_changed(const struct ui *ui);

#endif
