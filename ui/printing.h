/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Slips and receipts of whatever service: one touch, and the page goes on; what the printer says is told when it has said it. One at a
 * time; it outlives the card, as the page that offers it.
 */
#ifndef UI_PRINTING_H
#define UI_PRINTING_H

#include "kinds/kinds.h"

/** Print this, unless it is being printed. `slip` NULL: a receipt, from the records. */
void printing_ask(struct ui *ui, enum kiosk_print_kind kind, const char *id, const struct kiosk_slip *slip);
/** One more line, unless it has nothing to say. Strings are borrowed. */
void slip_line(struct kiosk_slip *slip, const char *label, const char *value);
/** What the printer says. */
void printing_done(struct ui *ui, const struct kiosk_print_event *print);
/** How it is with this one. */
enum print_state printing_state(const struct ui *ui, enum kiosk_print_kind kind, const char *id);
/** The same as a sentence, with the number to note when there is no paper ("" none); g_free'd; NULL: it was not asked for. */
char *printing_says(const struct ui *ui, enum kiosk_print_kind kind, const char *id, const char *number);
/** The sentence as a line of the page; NULL as above. */
GtkWidget *printing_line(const struct ui *ui, enum kiosk_print_kind kind, const char *id, const char *number);
/** The button; without a word, so not there, when it is printed. */
struct kind_button printing_button(const struct ui *ui, enum kiosk_print_kind kind, const char *id, kind_go go);

#endif
