/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The frame, the same on every page: who is acting and the time on top, trouble in words below it, one page in the
 * middle, and the bar 首页 返回 · 大字 声音 English · 找人帮忙. Of a page it knows page.h and nothing else.
 */
#ifndef UI_SHELL_H
#define UI_SHELL_H

#include "ui.h"

struct shell *shell_new(struct ui *ui);
void shell_free(struct shell *shell);
GtkWindow *shell_window(struct shell *shell);
/** Throw the old page away and show a new one of this class; `aloud` when the voice is on. */
void shell_show(struct shell *shell, const struct page_class *class, bool aloud);
/** A touch or key goes down: false: it is the second strike of one that has just brought this page, and goes nowhere. */
bool shell_hears(struct shell *shell);
/** Somebody has touched it within this time. */
bool shell_touched_within(struct shell *shell, unsigned ms);
struct page *shell_page(struct shell *shell);
/** Who is acting, trouble, which buttons work: read from the ui again. */
void shell_update(struct shell *shell);
/** Language or size changed: the frame is built again (the page is not). */
void shell_rebuild_frame(struct shell *shell);
/** The question "still there?" over the page. */
void shell_warn(struct shell *shell, unsigned seconds);
void shell_calm(struct shell *shell);

#endif
