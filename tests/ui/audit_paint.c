/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contrast, computed from what GTK is about to paint: its render nodes, in their order. Grounds are colour nodes; a text, or the
 * place of an icon, stands on the last ground before it that has its middle. Nothing is rasterised.
 */
#include "audit_paint.h"
#include "kit/icon.h"

#include <math.h>
#include <stdbool.h>

#define TEXT_RATIO     7.0 /* WCAG 2.2, 1.4.6 */
#define OFF_RATIO      4.5 /* words of buttons that cannot be touched now */
#define GRAPHICS_RATIO 3.0 /* WCAG 2.2, 1.4.11 */

struct ground {
    graphene_rect_t place;
    GdkRGBA colour;
};

struct canvas {
    GtkWidget *window;
    GArray *grounds;
    GString *report;
};

static double channel(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(const GdkRGBA *colour)
{
    return 0.2126 * channel((double)colour->red) + 0.7152 * channel((double)colour->green) +
           0.0722 * channel((double)colour->blue);
}

static double ratio(const GdkRGBA *a, const GdkRGBA *b)
{
    double one = luminance(a), other = luminance(b);

    return (MAX(one, other) + 0.05) / (MIN(one, other) + 0.05);
}

static GdkRGBA over(const GdkRGBA *colour, const GdkRGBA *ground)
{
    float alpha = colour->alpha;

    return (GdkRGBA){colour->red * alpha + ground->red * (1 - alpha), colour->green * alpha + ground->green * (1 - alpha),
                     colour->blue * alpha + ground->blue * (1 - alpha), 1};
}

static GdkRGBA ground_at(const struct canvas *canvas, const graphene_point_t *point)
{
    for (guint i = canvas->grounds->len; i > 0; i--) {
        const struct ground *ground = &g_array_index(canvas->grounds, struct ground, i - 1);

        if (graphene_rect_contains_point(&ground->place, point))
            return ground->colour;
    }
    return (GdkRGBA){1, 1, 1, 1};
}

static void complain(struct canvas *canvas, const graphene_point_t *at, const GdkRGBA *colour, const GdkRGBA *ground,
                     double least)
{
    GtkWidget *widget = gtk_widget_pick(canvas->window, (double)at->x, (double)at->y, GTK_PICK_INSENSITIVE | GTK_PICK_NON_TARGETABLE);
    const char *text = widget != NULL && GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget)) : "";
    g_autofree char *one = gdk_rgba_to_string(colour), *other = gdk_rgba_to_string(ground);

    g_string_append_printf(canvas->report, "  %s on %s is %.2f, below %.1f, at %.0f, %.0f “%.40s”\n", one, other,
                           ratio(colour, ground), least, (double)at->x, (double)at->y, text);
}

/* Whether a button is there that cannot be touched now. */
static bool is_off_in(const struct canvas *canvas, GtkWidget *widget, const graphene_point_t *at)
{
    graphene_rect_t place;

    if (!gtk_widget_get_mapped(widget))
        return false;
    if (GTK_IS_BUTTON(widget))
        return !gtk_widget_is_sensitive(widget) && gtk_widget_compute_bounds(widget, canvas->window, &place) &&
               graphene_rect_contains_point(&place, at);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        if (is_off_in(canvas, child, at))
            return true;
    return false;
}

static bool is_off(const struct canvas *canvas, const graphene_point_t *at)
{
    return is_off_in(canvas, canvas->window, at);
}

static void check(struct canvas *canvas, const graphene_rect_t *place, const GdkRGBA *ink, double least)
{
    graphene_point_t middle;
    GdkRGBA ground, colour;

    graphene_rect_get_center(place, &middle);
    ground = ground_at(canvas, &middle);
    colour = over(ink, &ground);
    if (ratio(&colour, &ground) < least && !(is_off(canvas, &middle) && ratio(&colour, &ground) >= MIN(least, OFF_RATIO)))
        complain(canvas, &middle, &colour, &ground, least);
}

static void add_ground(struct canvas *canvas, const graphene_rect_t *place, const GdkRGBA *colour)
{
    struct ground ground = {.place = *place};
    graphene_point_t middle;
    GdkRGBA below;

    graphene_rect_get_center(place, &middle);
    below = ground_at(canvas, &middle);
    ground.colour = over(colour, &below);
    g_array_append_val(canvas->grounds, ground);
}

static void walk(struct canvas *canvas, GskRenderNode *node, float x, float y)
{
    graphene_rect_t place;
    float dx, dy;

    gsk_render_node_get_bounds(node, &place);
    graphene_rect_offset(&place, x, y);
    switch (gsk_render_node_get_node_type(node)) {
    case GSK_CONTAINER_NODE:
        for (guint i = 0; i < gsk_container_node_get_n_children(node); i++)
            walk(canvas, gsk_container_node_get_child(node, i), x, y);
        break;
    case GSK_TRANSFORM_NODE:
        gsk_transform_to_translate(gsk_transform_node_get_transform(node), &dx, &dy);
        walk(canvas, gsk_transform_node_get_child(node), x + dx, y + dy);
        break;
    case GSK_CLIP_NODE:
        walk(canvas, gsk_clip_node_get_child(node), x, y);
        break;
    case GSK_ROUNDED_CLIP_NODE:
        walk(canvas, gsk_rounded_clip_node_get_child(node), x, y);
        break;
    case GSK_DEBUG_NODE:
        walk(canvas, gsk_debug_node_get_child(node), x, y);
        break;
    case GSK_OPACITY_NODE:
        if (gsk_opacity_node_get_opacity(node) > 0.5F)
            walk(canvas, gsk_opacity_node_get_child(node), x, y);
        break;
    case GSK_COLOR_NODE:
        add_ground(canvas, &place, gsk_color_node_get_color(node));
        break;
    case GSK_TEXT_NODE:
        check(canvas, &place, gsk_text_node_get_color(node), TEXT_RATIO);
        break;
    default: /* borders, shadows, pictures */
        break;
    }
}

/* Icons take the colour of the words around them when they are drawn. */
static void check_icons(struct canvas *canvas, GtkWidget *widget)
{
    graphene_rect_t place;
    GdkRGBA colour;

    if (!gtk_widget_get_mapped(widget) || gtk_widget_get_opacity(widget) < 0.5)
        return;
    if (G_TYPE_CHECK_INSTANCE_TYPE(widget, KX_TYPE_ICON) && !gtk_widget_has_css_class(widget, "kx-picture") &&
        gtk_widget_compute_bounds(widget, canvas->window, &place)) {
        gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
        check(canvas, &place, &colour, GRAPHICS_RATIO);
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        check_icons(canvas, child);
}

GString *audit_paint(GtkWindow *window)
{
    struct canvas canvas = {.window = GTK_WIDGET(window),
                            .grounds = g_array_new(FALSE, FALSE, sizeof(struct ground)),
                            .report = g_string_new(NULL)};
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(canvas.window);
    GtkSnapshot *snapshot = gtk_snapshot_new();
    GskRenderNode *node;

    gdk_paintable_snapshot(paintable, snapshot, gtk_widget_get_width(canvas.window), gtk_widget_get_height(canvas.window));
    node = gtk_snapshot_free_to_node(snapshot);
    g_assert_nonnull(node);
    walk(&canvas, node, 0, 0);
    gsk_render_node_unref(node);
    if (canvas.grounds->len == 0)
        g_string_append(canvas.report, "  nothing is painted\n");
    if (gtk_widget_get_can_target(gtk_widget_get_first_child(gtk_window_get_child(window)))) /* nothing lies over the page */
        check_icons(&canvas, canvas.window);
    g_array_free(canvas.grounds, TRUE);
    return canvas.report;
}
