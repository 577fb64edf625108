/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   OFF --start--> QUIET --(limit - warning)--> WARNING --(warning)--> expired, OFF
 *                    ^                             |
 *                    +--------- touch -------------+
 */
#include "watch.h"

#include <stdbool.h>

#define SECOND_MS 1000

struct watch {
    const struct watch_calls *calls;
    void *data;
    unsigned limit_ms, warning_ms, left_ms;
    bool warning;
    guint timer;
};

static gboolean on_warning_tick(gpointer data);

static void expire(struct watch *watch)
{
    watch_stop(watch);
    watch->calls->expired(watch->data);
}

/* One tick a second; a warning of less than a second (tests) is one short tick. */
static void arm_warning(struct watch *watch)
{
    watch->calls->warn(watch->data, (watch->left_ms + SECOND_MS - 1) / SECOND_MS);
    watch->timer = g_timeout_add(MIN(SECOND_MS, watch->left_ms), on_warning_tick, watch);
}

static gboolean on_warning_tick(gpointer data)
{
    struct watch *watch = data;

    watch->timer = 0;
    watch->left_ms -= MIN(SECOND_MS, watch->left_ms);
    if (watch->left_ms == 0)
        expire(watch);
    else
        arm_warning(watch);
    return G_SOURCE_REMOVE;
}

static gboolean on_quiet_over(gpointer data)
{
    struct watch *watch = data;

    watch->timer = 0;
    if (watch->warning_ms == 0) {
        expire(watch);
    } else {
        watch->warning = true;
        watch->left_ms = watch->warning_ms;
        arm_warning(watch);
    }
    return G_SOURCE_REMOVE;
}

static void arm(struct watch *watch)
{
    g_clear_handle_id(&watch->timer, g_source_remove);
    watch->timer =
        g_timeout_add(watch->limit_ms - MIN(watch->warning_ms, watch->limit_ms), on_quiet_over, watch);
}

void watch_touch(struct watch *watch)
{
    if (watch->timer == 0)
        return;
    if (watch->warning) {
        watch->warning = false;
        watch->calls->calm(watch->data);
    }
    arm(watch);
}

static gboolean on_input(GtkEventControllerLegacy *controller, GdkEvent *event, gpointer data)
{
    switch (gdk_event_get_event_type(event)) {
    case GDK_BUTTON_PRESS:
    case GDK_TOUCH_BEGIN:
    case GDK_KEY_PRESS:
    case GDK_SCROLL:
        watch_touch(data);
        break;
    default:
        break;
    }
    return GDK_EVENT_PROPAGATE;
}

struct watch *watch_new(GtkWidget *window, const struct watch_calls *calls, void *data)
{
    struct watch *watch = g_new0(struct watch, 1);
    GtkEventController *controller = gtk_event_controller_legacy_new();

    watch->calls = calls;
    watch->data = data;
    gtk_event_controller_set_propagation_phase(controller, GTK_PHASE_CAPTURE);
    g_signal_connect(controller, "event", G_CALLBACK(on_input), watch);
    gtk_widget_add_controller(window, controller);
    return watch;
}

void watch_free(struct watch *watch)
{
    watch_stop(watch);
    g_free(watch);
}

void watch_start(struct watch *watch, unsigned limit_ms, unsigned warning_ms)
{
    g_assert(limit_ms > 0);
    watch_stop(watch);
    watch->limit_ms = limit_ms;
    watch->warning_ms = warning_ms;
    arm(watch);
}

void watch_stop(struct watch *watch)
{
    g_clear_handle_id(&watch->timer, g_source_remove);
    if (watch->warning) {
        watch->warning = false;
        watch->calls->calm(watch->data);
    }
}
