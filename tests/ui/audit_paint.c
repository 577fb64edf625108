/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contrast, computed from what GTK is about to paint: its render nodes, in their order. Grounds are colour nodes; a text, or the
 * place of an icon, stands on the last ground before it that has its middle. Edges are border nodes: those of a button, and the ring
 * around one that has the focus. Nothing is rasterised.
 */
#include "audit_paint.h"
#include "audit.h"
#include "kit/icon.h"

#include <math.h>
#include <stdbool.h>

#define TEXT_RATIO     7.0 /* WCAG 2.2, 1.4.6 */
#define OFF_RATIO      4.5 /* words of buttons that cannot be touched now */
#define GRAPHICS_RATIO 3.0 /* WCAG 2.2, 1.4.11 */
#define RING_PX        12  /* a ring lies so near to its button */
#define EDGE_PX        8   /* and its own ground so little inside its edge */

struct ground {
    graphene_rect_t place;
    GdkRGBA colour, below;
};

struct edge {
    graphene_rect_t place, clip;
    GdkRGBA colour, below; /* below: at the middle of its four sides the worst */
};

struct canvas {
    GtkWidget *window;
    GArray *grounds, *edges;
    graphene_rect_t clip;
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
    ground.below = below;
    g_array_append_val(canvas->grounds, ground);
}

/* What lies under the middle of each side: the one that is nearest to the edge's colour. */
static GdkRGBA below_edge(const struct canvas *canvas, const graphene_rect_t *place, const GdkRGBA *colour)
{
    float left = place->origin.x, top = place->origin.y, width = place->size.width, height = place->size.height;
    const graphene_point_t sides[] = {
        {left + width / 2, top + 1}, {left + width / 2, top + height - 1}, {left + 1, top + height / 2}, {left + width - 1, top + height / 2}};
    GdkRGBA worst = ground_at(canvas, &sides[0]);

    for (size_t i = 1; i < G_N_ELEMENTS(sides); i++) {
        GdkRGBA ground = ground_at(canvas, &sides[i]);

        if (ratio(colour, &ground) < ratio(colour, &worst))
            worst = ground;
    }
    return worst;
}

static void add_edge(struct canvas *canvas, const graphene_rect_t *place, GskRenderNode *node)
{
    struct edge edge = {.place = *place, .clip = canvas->clip, .colour = gsk_border_node_get_colors(node)[0]};

    if (gsk_border_node_get_widths(node)[0] < 1 || edge.colour.alpha <= 0)
        return;
    edge.below = below_edge(canvas, place, &edge.colour);
    edge.colour = over(&edge.colour, &edge.below);
    g_array_append_val(canvas->edges, edge);
}

static void walk(struct canvas *canvas, GskRenderNode *node, float x, float y);

static void walk_clipped(struct canvas *canvas, GskRenderNode *child, const graphene_rect_t *clip, float x, float y)
{
    graphene_rect_t outer = canvas->clip;

    if (!graphene_rect_intersection(&outer, clip, &canvas->clip))
        canvas->clip = GRAPHENE_RECT_INIT(0, 0, 0, 0);
    walk(canvas, child, x, y);
    canvas->clip = outer;
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
        walk_clipped(canvas, gsk_clip_node_get_child(node), &place, x, y);
        break;
    case GSK_ROUNDED_CLIP_NODE:
        walk_clipped(canvas, gsk_rounded_clip_node_get_child(node), &place, x, y);
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
    case GSK_BORDER_NODE:
        add_edge(canvas, &place, node);
        break;
    default: /* shadows, pictures */
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

/* ---- Buttons ------------------------------------------------------------------------------------------------------------ */

/* graphene's own compares what it has added up for equality. */
static bool is_within(const graphene_rect_t *outer, const graphene_rect_t *inner, float px)
{
    return inner->origin.x >= outer->origin.x - px && inner->origin.y >= outer->origin.y - px &&
           inner->origin.x + inner->size.width <= outer->origin.x + outer->size.width + px &&
           inner->origin.y + inner->size.height <= outer->origin.y + outer->size.height + px;
}

/* As large as the button, or by so much smaller. */
static bool is_its_own(const graphene_rect_t *button, const graphene_rect_t *place)
{
    return is_within(button, place, 1) && is_within(place, button, EDGE_PX);
}

static bool has_icon(GtkWidget *widget)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(widget, KX_TYPE_ICON) && gtk_widget_get_mapped(widget))
        return true;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        if (has_icon(child))
            return true;
    return false;
}

static bool stands_out(const struct canvas *canvas, const graphene_rect_t *place)
{
    for (guint i = 0; i < canvas->grounds->len; i++) {
        const struct ground *ground = &g_array_index(canvas->grounds, struct ground, i);

        if (is_its_own(place, &ground->place) && ratio(&ground->colour, &ground->below) >= GRAPHICS_RATIO)
            return true;
    }
    for (guint i = 0; i < canvas->edges->len; i++) {
        const struct edge *edge = &g_array_index(canvas->edges, struct edge, i);

        if (is_its_own(place, &edge->place) && ratio(&edge->colour, &edge->below) >= GRAPHICS_RATIO)
            return true;
    }
    return false;
}

static const struct edge *ring_of(const struct canvas *canvas, const graphene_rect_t *place)
{
    for (guint i = canvas->edges->len; i > 0; i--) {
        const struct edge *edge = &g_array_index(canvas->edges, struct edge, i - 1);

        if (is_within(&edge->place, place, -1) && is_within(place, &edge->place, RING_PX))
            return edge;
    }
    return NULL;
}

static void say(struct canvas *canvas, GtkWidget *button, const char *what)
{
    g_autofree char *name = audit_name(button);

    g_string_append_printf(canvas->report, "  %s: “%.60s”\n", what, name);
}

static void check_ring(struct canvas *canvas, GtkWidget *button, const graphene_rect_t *place)
{
    const struct edge *ring = ring_of(canvas, place);

    if (ring == NULL)
        say(canvas, button, "the focus is not seen");
    else if (!is_within(&ring->clip, &ring->place, 0.5F))
        say(canvas, button, "the ring of the focus is cut");
    else if (ratio(&ring->colour, &ring->below) < GRAPHICS_RATIO)
        say(canvas, button, "the ring of the focus is below 3:1");
}

static void check_buttons(struct canvas *canvas)
{
    const GtkStateFlags focused = GTK_STATE_FLAG_FOCUSED | GTK_STATE_FLAG_FOCUS_VISIBLE;
    g_autoptr(GPtrArray) buttons = audit_buttons(canvas->window);

    for (guint i = 0; i < buttons->len; i++) {
        GtkWidget *button = buttons->pdata[i];
        graphene_rect_t place;

        if (!gtk_widget_is_sensitive(button) || !gtk_widget_compute_bounds(button, canvas->window, &place))
            continue;
        if (!has_icon(button) && !stands_out(canvas, &place))
            say(canvas, button, "a button that does not stand out");
        if ((gtk_widget_get_state_flags(button) & focused) == focused)
            check_ring(canvas, button, &place);
    }
}

void audit_focus_all(GtkWindow *window, gboolean focused)
{
    const GtkStateFlags flags = GTK_STATE_FLAG_FOCUSED | GTK_STATE_FLAG_FOCUS_VISIBLE;
    g_autoptr(GPtrArray) buttons = audit_buttons(GTK_WIDGET(window));

    for (guint i = 0; i < buttons->len; i++)
        if (!focused)
            gtk_widget_unset_state_flags(buttons->pdata[i], flags);
        else if (gtk_widget_is_sensitive(buttons->pdata[i]))
            gtk_widget_set_state_flags(buttons->pdata[i], flags, FALSE);
}

/* ---- All of it ---------------------------------------------------------------------------------------------------------- */

static void walk_window(struct canvas *canvas)
{
    int width = gtk_widget_get_width(canvas->window), height = gtk_widget_get_height(canvas->window);
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(canvas->window);
    GtkSnapshot *snapshot = gtk_snapshot_new();
    GskRenderNode *node;

    canvas->clip = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
    gdk_paintable_snapshot(paintable, snapshot, width, height);
    node = gtk_snapshot_free_to_node(snapshot);
    g_assert_nonnull(node);
    walk(canvas, node, 0, 0);
    gsk_render_node_unref(node);
}

GString *audit_paint(GtkWindow *window)
{
    struct canvas canvas = {.window = GTK_WIDGET(window),
                            .grounds = g_array_new(FALSE, FALSE, sizeof(struct ground)),
                            .edges = g_array_new(FALSE, FALSE, sizeof(struct edge)),
                            .report = g_string_new(NULL)};

    walk_window(&canvas);
    if (canvas.grounds->len == 0)
        g_string_append(canvas.report, "  nothing is painted\n");
    if (gtk_widget_get_can_target(gtk_widget_get_first_child(gtk_window_get_child(window)))) { /* nothing lies over the page */
        check_icons(&canvas, canvas.window);
        check_buttons(&canvas);
    }
    g_array_free(canvas.grounds, TRUE);
    g_array_free(canvas.edges, TRUE);
    return canvas.report;
}
