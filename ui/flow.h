/* SPDX-License-Identifier: Apache-2.0 */
/** What pages and the frame may ask for. Each call may replace the page that made it: do nothing after it. */
#ifndef UI_FLOW_H
#define UI_FLOW_H

#include "ui.h"

void flow_go(struct ui *ui, const struct page_class *page);
/** Build the page on the screen again: its facts, the language or the size have changed. */
void flow_refresh(struct ui *ui, bool aloud);
/** Build it again if it lives by this (enum page_news), else only the frame. */
void flow_news(struct ui *ui, unsigned news, bool aloud);
/** The page on the screen, or the one that the help page covers. */
const struct page_class *flow_underneath(const struct ui *ui);
/** That one is a page of this service: its answer may take the screen. */
bool flow_within(const struct ui *ui, const struct service *service);
void flow_home(struct ui *ui);
void flow_back(struct ui *ui);
/** Who is needed; while a call is open, what became of it. */
void flow_help(struct ui *ui);
/** Call, aloud whether the voice is on or not; and it is over, says a touch. */
void flow_help_call(struct ui *ui, bool red);
void flow_help_over(struct ui *ui);
void flow_sound(struct ui *ui);

void flow_message_action(struct ui *ui, enum message_action action);

void flow_set_size(struct ui *ui, enum text_size size);
void flow_next_size(struct ui *ui);
void flow_set_contrast(struct ui *ui, bool high);
void flow_set_bar_left(struct ui *ui, bool left);
void flow_set_low(struct ui *ui, bool low);
/** How it looks and sounds now is kept for the person from now on, and what they change of it; or none of it any more. */
void flow_keep(struct ui *ui, bool keep);
/** The same, and the machine knows it already. */
void flow_kept(struct ui *ui, bool kept);
void flow_toggle_voice(struct ui *ui);
void flow_toggle_language(struct ui *ui);
/** Say this because the person asked for it, whether the voice is on or not. */
void flow_say(struct ui *ui, const char *text);

/** A person's card was read. */
void flow_begin(struct ui *ui, const struct kiosk_identity *identity);
/** The same, and the page on the screen stays. */
void flow_take(struct ui *ui, const struct kiosk_identity *identity);
/** Somebody has changed how it looks or sounds, and may still be there. */
bool flow_settings_differ(const struct ui *ui);
/** Size, contrast, voice and language as the machine has them. */
void flow_forget_settings(struct ui *ui);
/** The session is over: forget the person, tell the machine, say goodbye. */
void flow_end(struct ui *ui);

#endif
