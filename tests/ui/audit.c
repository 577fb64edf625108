/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"
#include "kit/pager.h"

#include <stdbool.h>

#define BUTTON_PX_MIN 60
#define SLACK_PX      1

struct audit {
    GtkWidget *window;
    int width, height;
    GString *report;
};

static void complain(struct audit *audit, GtkWidget *widget, const char *what)
{
    const char *text =
        GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget)) : gtk_widget_get_css_name(widget);
    g_auto(GStrv) classes = gtk_widget_get_css_classes(widget);
    g_autofree char *joined = g_strjoinv(".", classes);

    g_string_append_printf(audit->report, "  %s: %s “%.60s” (%s)\n", what, G_OBJECT_TYPE_NAME(widget), text,
                           joined);
}

static bool is_inside(const graphene_rect_t *inner, double x, double y, double width, double height)
{
    return inner->origin.x >= x - SLACK_PX && inner->origin.y >= y - SLACK_PX &&
           inner->origin.x + inner->size.width <= x + width + SLACK_PX &&
           inner->origin.y + inner->size.height <= y + height + SLACK_PX;
}

static void check_place(struct audit *audit, GtkWidget *widget)
{
    GtkWidget *pager = gtk_widget_get_ancestor(widget, KX_TYPE_PAGER);
    graphene_rect_t bounds, outer;

    if (!gtk_widget_compute_bounds(widget, audit->window, &bounds))
        return;
    if (!is_inside(&bounds, 0, 0, audit->width, audit->height))
        complain(audit, widget, "outside the window");
    if (pager != NULL && gtk_widget_compute_bounds(pager, audit->window, &outer) &&
        !is_inside(&bounds, outer.origin.x, outer.origin.y, outer.size.width, outer.size.height))
        complain(audit, widget, "taller than its page");
}

static void check_button(struct audit *audit, GtkWidget *widget)
{
    if (gtk_widget_get_width(widget) < BUTTON_PX_MIN || gtk_widget_get_height(widget) < BUTTON_PX_MIN)
        complain(audit, widget, "touch target below 60 px");
    if (!gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
        complain(audit, widget, "no accessible name");
    if (!gtk_widget_get_focusable(widget))
        complain(audit, widget, "not reachable by keys");
}

/* Whether some line ends inside a word: allowed for numbers and codes with a dash or a dot only. */
static bool breaks_word(PangoLayout *layout)
{
    const char *text = pango_layout_get_text(layout);
    const PangoLogAttr *attrs = pango_layout_get_log_attrs_readonly(layout, NULL);
    GSList *lines = pango_layout_get_lines_readonly(layout);

    for (; lines != NULL && lines->next != NULL; lines = lines->next) {
        const PangoLayoutLine *line = lines->data;
        glong end = g_utf8_pointer_to_offset(text, text + line->start_index + line->length);

        if (!attrs[end].is_line_break)
            return true;
    }
    return false;
}

static void check_label(struct audit *audit, GtkWidget *widget)
{
    PangoLayout *layout = gtk_label_get_layout(GTK_LABEL(widget));
    int width, height;

    pango_layout_get_pixel_size(layout, &width, &height);
    if (pango_layout_is_ellipsized(layout))
        complain(audit, widget, "cut by an ellipsis");
    if (width > gtk_widget_get_width(widget) + SLACK_PX || height > gtk_widget_get_height(widget) + SLACK_PX)
        complain(audit, widget, "text larger than its place");
    if (pango_layout_get_unknown_glyphs_count(layout) > 0)
        complain(audit, widget, "glyphs missing in the font");
    if (breaks_word(layout))
        complain(audit, widget, "a word is broken");
    if (gtk_label_get_selectable(GTK_LABEL(widget)))
        complain(audit, widget, "text can be selected");
}

static void visit(struct audit *audit, GtkWidget *widget)
{
    if (!gtk_widget_get_mapped(widget))
        return;
    if (GTK_IS_BUTTON(widget))
        check_button(audit, widget);
    if (GTK_IS_LABEL(widget))
        check_label(audit, widget);
    if (GTK_IS_BUTTON(widget) || GTK_IS_LABEL(widget))
        check_place(audit, widget);
    if (GTK_IS_SPINNER(widget) || GTK_IS_ENTRY(widget) || GTK_IS_POPOVER(widget))
        complain(audit, widget, "has no place on this screen");
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        visit(audit, child);
}

GString *audit_window(GtkWindow *window, int width, int height)
{
    struct audit audit = {
        .window = GTK_WIDGET(window), .width = width, .height = height, .report = g_string_new(NULL)};

    if (gtk_widget_get_width(audit.window) != width || gtk_widget_get_height(audit.window) != height)
        g_string_append_printf(audit.report, "  the window is %d x %d, not %d x %d\n",
                               gtk_widget_get_width(audit.window), gtk_widget_get_height(audit.window), width,
                               height);
    visit(&audit, audit.window);
    return audit.report;
}
