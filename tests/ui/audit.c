/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"
#include "audit_keys.h"
#include "kit/pager.h"
#include "shell.h"

#include <math.h>

#include <stdbool.h>

#define BUTTON_PX_MIN 60
#define BUTTON_MM_MIN 15.0
#define MM_PER_INCH   25.4
#define GAP_PX_MIN    8
#define SLACK_PX      1
#define HIGH_PERCENT  30 /* of a high panel, from its top: who sits does not reach up there */

struct audit {
    GtkWidget *window;
    int width, height;
    int button_px_min; /* of the panel */
    int high_px;       /* nothing that is touched stands above; 0: it may */
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

/* By something around it that draws nothing outside of itself. */
static bool is_clipped(const struct audit *audit, GtkWidget *widget, const graphene_rect_t *bounds)
{
    graphene_rect_t outer;

    for (GtkWidget *around = gtk_widget_get_parent(widget); around != NULL; around = gtk_widget_get_parent(around))
        if (gtk_widget_get_overflow(around) == GTK_OVERFLOW_HIDDEN && gtk_widget_compute_bounds(around, audit->window, &outer) &&
            !is_inside(bounds, outer.origin.x, outer.origin.y, outer.size.width, outer.size.height))
            return true;
    return false;
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
    if (is_clipped(audit, widget, &bounds))
        complain(audit, widget, "clipped by what is around it");
}

/* GTK tells a name only where it is not the one that was expected. */
char *audit_name(GtkWidget *widget)
{
    if (!gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
        return g_strdup("");
    char *name = gtk_test_accessible_check_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "");

    return name != NULL ? name : g_strdup("");
}

/* What it says when it is found by ear: something, and what its word says to the eye. */
static void check_name(struct audit *audit, GtkWidget *widget)
{
    GtkWidget *word = g_object_get_data(G_OBJECT(widget), "kx-word");
    g_autofree char *name = audit_name(widget);

    if (name[0] == '\0')
        complain(audit, widget, "no accessible name");
    else if (word != NULL && !g_str_equal(name, gtk_label_get_text(GTK_LABEL(word))))
        complain(audit, widget, "another accessible name than its word");
}

/* A headset gets what stands on it (speech_of_button()). */
static bool has_text(GtkWidget *widget)
{
    if (GTK_IS_LABEL(widget) && gtk_label_get_text(GTK_LABEL(widget))[0] != '\0')
        return true;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        if (has_text(child))
            return true;
    return false;
}

/* EN 301 549, 8.3.3. */
static void check_reach(struct audit *audit, GtkWidget *widget)
{
    graphene_rect_t bounds;

    if (audit->high_px > 0 && gtk_widget_compute_bounds(widget, audit->window, &bounds) && bounds.origin.y < (float)audit->high_px - SLACK_PX)
        complain(audit, widget, "too high for who sits");
}

static void check_button(struct audit *audit, GtkWidget *widget)
{
    int least = audit->button_px_min;

    if (gtk_widget_get_width(widget) < least || gtk_widget_get_height(widget) < least)
        complain(audit, widget, "touch target below 60 px or 15 mm");
    check_reach(audit, widget);
    check_name(audit, widget);
    if (!has_text(widget))
        complain(audit, widget, "nothing to be read on it, nor to be spoken");
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

        if (!attrs[end].is_line_break && text[line->start_index + line->length] != '\n')
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

/* ---- Between each other ------------------------------------------------------------------------------------------------- */

static void collect(GtkWidget *widget, GPtrArray *buttons)
{
    if (!gtk_widget_get_mapped(widget))
        return;
    if (GTK_IS_BUTTON(widget))
        g_ptr_array_add(buttons, widget);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        collect(child, buttons);
}

static double between(float at, float size, float other_at, float other_size)
{
    return (double)MAX(other_at - (at + size), at - (other_at + other_size));
}

static bool are_near(struct audit *audit, GtkWidget *one, GtkWidget *other)
{
    graphene_rect_t a, b;

    if (!gtk_widget_compute_bounds(one, audit->window, &a) || !gtk_widget_compute_bounds(other, audit->window, &b))
        return false;
    return between(a.origin.x, a.size.width, b.origin.x, b.size.width) < GAP_PX_MIN &&
           between(a.origin.y, a.size.height, b.origin.y, b.size.height) < GAP_PX_MIN;
}

GPtrArray *audit_buttons(GtkWidget *root)
{
    GPtrArray *buttons = g_ptr_array_new();

    collect(root, buttons);
    return buttons;
}

static void check_gaps(struct audit *audit, GtkWidget *root)
{
    g_autoptr(GPtrArray) buttons = audit_buttons(root);

    for (guint i = 0; i < buttons->len; i++)
        for (guint j = i + 1; j < buttons->len; j++)
            if (are_near(audit, buttons->pdata[i], buttons->pdata[j]))
                complain(audit, buttons->pdata[j], "nearer than 8 px to the one before");
}

/* ---- The page as a whole ------------------------------------------------------------------------------------------------ */

static unsigned headings(GtkWidget *widget)
{
    unsigned count = gtk_widget_get_mapped(widget) &&
                     gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(widget)) == GTK_ACCESSIBLE_ROLE_HEADING;

    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        count += headings(child);
    return count;
}

/* Silent: a machine that talks to nobody would be a nuisance. */
static bool may_be_silent(const struct page_class *page)
{
    return page == &page_idle;
}

static void check_page(struct audit *audit, struct ui *ui)
{
    const struct page *page = shell_page(ui->shell);
    g_autofree char *speech = page->class->speech != NULL ? page->class->speech(ui) : NULL;
    unsigned count = headings(page->widget);

    if (count != 1)
        g_string_append_printf(audit->report, "  %u questions on one page\n", count);
    if (!may_be_silent(page->class) && (speech == NULL || *speech == '\0'))
        g_string_append(audit->report, "  nothing is spoken\n");
    if (speech != NULL && !g_utf8_validate(speech, -1, NULL))
        g_string_append(audit->report, "  what is spoken is not text\n");
}

static int button_px_min(const struct ui *ui, int width, int height)
{
    double mm_per_px = ui->options.config->panel_inches * MM_PER_INCH / hypot(width, height);

    return MAX(BUTTON_PX_MIN, (int)ceil(BUTTON_MM_MIN / mm_per_px));
}

GString *audit_window(struct ui *ui)
{
    int width = ui->options.width, height = ui->options.height;
    struct audit audit = {.window = GTK_WIDGET(ui_window(ui)),
                          .width = width,
                          .height = height,
                          .button_px_min = button_px_min(ui, width, height),
                          .high_px = ui->low && height > width ? height * HIGH_PERCENT / 100 : 0,
                          .report = g_string_new(NULL)};
    GtkWidget *overlay = gtk_window_get_child(GTK_WINDOW(audit.window));

    if (gtk_widget_get_width(audit.window) != width || gtk_widget_get_height(audit.window) != height)
        g_string_append_printf(audit.report, "  the window is %d x %d, not %d x %d\n",
                               gtk_widget_get_width(audit.window), gtk_widget_get_height(audit.window), width, height);
    visit(&audit, audit.window);
    for (GtkWidget *layer = gtk_widget_get_first_child(overlay); layer != NULL; layer = gtk_widget_get_next_sibling(layer))
        check_gaps(&audit, layer);
    check_page(&audit, ui);
    audit_keys(GTK_WINDOW(audit.window), audit.report);
    return audit.report;
}
