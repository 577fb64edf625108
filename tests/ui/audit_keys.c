/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_keys.h"
#include "audit.h"

#include <stdbool.h>

#define SLACK_PX 1

/* What comes with each Tab, until one comes for the second time. */
static GPtrArray *walk(GtkWindow *window)
{
    GPtrArray *way = g_ptr_array_new();

    gtk_window_set_focus(window, NULL);
    for (;;) {
        GtkWidget *focus;

        g_signal_emit_by_name(window, "move-focus", GTK_DIR_TAB_FORWARD);
        focus = gtk_window_get_focus(window);
        if (focus == NULL || g_ptr_array_find(way, focus, NULL))
            return way;
        g_ptr_array_add(way, focus);
    }
}

static void complain(GString *report, const char *what, GtkWidget *widget, GtkWidget *other)
{
    g_autofree char *name = audit_name(widget), *before = other != NULL ? audit_name(other) : NULL;

    g_string_append_printf(report, "  %s: “%.60s”", what, name);
    if (before != NULL)
        g_string_append_printf(report, " after “%.60s”", before);
    g_string_append_c(report, '\n');
}

/* ---- All of it, and nothing else ---------------------------------------------------------------------------------------- */

static bool can_be_touched(GtkWidget *window, GtkWidget *button)
{
    graphene_rect_t place;
    graphene_point_t middle;
    GtkWidget *there;

    if (!gtk_widget_is_sensitive(button) || !gtk_widget_compute_bounds(button, window, &place))
        return false;
    graphene_rect_get_center(&place, &middle);
    there = gtk_widget_pick(window, (double)middle.x, (double)middle.y, GTK_PICK_DEFAULT);
    return there != NULL && (there == button || gtk_widget_is_ancestor(there, button));
}

static void check_all(GtkWindow *window, const GPtrArray *way, GString *report)
{
    g_autoptr(GPtrArray) buttons = audit_buttons(GTK_WIDGET(window));

    for (guint i = 0; i < buttons->len; i++)
        if (can_be_touched(GTK_WIDGET(window), buttons->pdata[i]) && !g_ptr_array_find((GPtrArray *)way, buttons->pdata[i], NULL))
            complain(report, "not reached by Tab", buttons->pdata[i], NULL);
    for (guint i = 0; i < way->len; i++)
        if (!can_be_touched(GTK_WIDGET(window), way->pdata[i]))
            complain(report, "reached by Tab, and cannot be touched", way->pdata[i], NULL);
}

/* ---- In order ------------------------------------------------------------------------------------------------------------- */

static float shared(float at, float size, float other_at, float other_size)
{
    return MIN(at + size, other_at + other_size) - MAX(at, other_at);
}

/* Wholly above it in the same column, or wholly at its left in the same line. */
static bool is_read_before(const graphene_rect_t *one, const graphene_rect_t *other)
{
    float across = shared(one->origin.x, one->size.width, other->origin.x, other->size.width);
    float down = shared(one->origin.y, one->size.height, other->origin.y, other->size.height);

    if (across > SLACK_PX && one->origin.y + one->size.height <= other->origin.y + SLACK_PX)
        return true;
    return down > MIN(one->size.height, other->size.height) / 2 && one->origin.x + one->size.width <= other->origin.x + SLACK_PX;
}

static void check_order(GtkWidget *window, const GPtrArray *way, GString *report)
{
    graphene_rect_t one, other;

    for (guint i = 0; i < way->len; i++)
        for (guint j = i + 1; j < way->len; j++)
            if (gtk_widget_compute_bounds(way->pdata[i], window, &one) && gtk_widget_compute_bounds(way->pdata[j], window, &other) &&
                is_read_before(&other, &one))
                complain(report, "comes too late by Tab", way->pdata[j], way->pdata[i]);
}

void audit_keys(GtkWindow *window, GString *report)
{
    GtkWidget *before = gtk_window_get_focus(window);
    g_autoptr(GPtrArray) way = walk(window);

    check_all(window, way, report);
    check_order(GTK_WIDGET(window), way, report);
    gtk_window_set_focus(window, before);
}
