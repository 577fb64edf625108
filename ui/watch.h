/* SPDX-License-Identifier: Apache-2.0 */
/** Is anybody there? Counts from the last touch or key; warns, then ends (EL-4; WCAG 2.2.1: 20 s and one touch to stay). */
#ifndef UI_WATCH_H
#define UI_WATCH_H

#include <gtk/gtk.h>

struct watch;

struct watch_calls {
    /** `seconds` left, once a second; 0: nobody answered. */
    void (*warn)(void *data, unsigned seconds);
    /** The warning can go: somebody touched the screen. */
    void (*calm)(void *data);
    void (*expired)(void *data);
};

struct watch *watch_new(GtkWidget *window, const struct watch_calls *calls, void *data);
void watch_free(struct watch *watch);
/** Expire after `limit_ms` without a touch, warning for the last `warning_ms` (0: no warning). */
void watch_start(struct watch *watch, unsigned limit_ms, unsigned warning_ms);
void watch_stop(struct watch *watch);
/** As if the screen had been touched. */
void watch_touch(struct watch *watch);

#endif
