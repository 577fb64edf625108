/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The screen: everything a page may look at, and what it may ask for (flow.h). One per process, main thread only.
 */
#ifndef UI_H
#define UI_H

#include <gtk/gtk.h>
#include "backend.h"
#include "device/config.h"
#include "message.h"
#include "page.h"
#include "practice.h"
#include "service/kiosk.h"
#include "session.h"
#include "speech.h"
#include "texts.h"
#include "theme.h"

struct service;
struct shell;
struct voice;
struct watch;

struct ui_options {
    const struct kiosk_config *config; /* borrowed, outlives the ui */
    enum language language;            /* of a new session */
    int width, height;                 /* of the window */
    bool windowed;                     /* for a desk: decorated, may be closed */
    const char *wav_dir;               /* speech into files, or NULL */
    const struct practice_ways *practice; /* how lessons are had; NULL: there are none */
    const struct service *const *services; /* in the order of their tiles, NULL after the last; NULL: those of services.c */
};

/** How long people may take, ms (EL-4). Tests shorten them. */
struct ui_times {
    unsigned still_there_ms, still_there_elder_ms; /* until the end, the warning included */
    unsigned warning_ms;
    unsigned greeting_ms, greeting_elder_ms;
    unsigned goodbye_ms;
    unsigned after_card_ms; /* a page that outlives its card */
    unsigned help_ms;       /* a call for help without an answer: numbers are shown */
    unsigned lesson_repeat_ms; /* without a touch: what to touch is said again */
    unsigned strike_ms;     /* behind a touch that brought another page: a second one is not meant for it (EN 301 549, 5.8) */
};

#define UI_TRAIL_MAX 12 /* pages from home: five are the rule, help and retries come on top */

struct ui {
    struct ui_options options;
    const struct ui_backend *backend; /* of the machine that pages ask: in a lesson it is the one to learn on */
    void *kiosk;
    struct {
        const struct ui_backend *backend;
        void *kiosk;
    } machine; /* the kiosk's own, always */
    struct practising practising;
    struct shell *shell;
    struct voice *voice;
    struct watch *watch;
    struct ui_times times;

    /* The machine. */
    struct kiosk_status status;
    bool status_known;
    bool card_present;
    struct {
        bool called; /* and not over yet */
        bool red, heard, answered;
        bool left; /* who called took their card along: language and size are still theirs */
        gint64 since_us; /* g_get_monotonic_time() of the call */
    } help;
    char printer_reason[32]; /* why the last print failed; empty after one that worked */
    struct rooms rooms; /* of the services: nothing of any person */

    /* The person. */
    struct session session;
    enum text_size size;
    bool contrast, voice_on;
    bool low;      /* on a high panel: all that is touched stands low, for who sits */
    bool bar_left; /* on a wide panel: the bar stands at the left hand's side */
    struct speech speech;

    unsigned idle_turn; /* which of its faces the idle screen shows */

    const struct page_class *page;
    const struct page_class *trail[UI_TRAIL_MAX]; /* where 返回 leads, the nearest last */
    size_t trail_len;
    const struct page_class *aside_back; /* where help or sound was called from */
};

struct ui *ui_new(const struct ui_options *options);
/** The window is destroyed, the person forgotten. */
void ui_free(struct ui *ui);
/** Where requests go from now on, and the first of them. */
void ui_attach(struct ui *ui, const struct ui_backend *backend, void *kiosk);
/** A kiosk_event_fn; `data` is the struct ui. */
void ui_event(void *data, const struct kiosk_event *event);
GtkWindow *ui_window(struct ui *ui);
/** Wider than high: the bar of buttons stands at the right hand's side. */
bool ui_landscape(const struct ui *ui);
bool ui_elder(const struct ui *ui);

#endif
