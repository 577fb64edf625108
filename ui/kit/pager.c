/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout, for a given width and height:
 *
 *   heights of all blocks + gaps <= height   one page, unless a break was asked for; what is left over goes above and below (centred)
 *   otherwise                                the bar gets its height at the bottom; blocks fill pages greedily, a block
 *                                            is never cut, and a block taller than a page has a page to itself
 *
 * On every page what is left over goes to its vexpand blocks, if it has any. Blocks of other pages are not child-visible: not drawn, not touched, not focused.
 * What is drawn ends a little outside, where the ring of a focused block has its place.
 */
#include "pager.h"
#include "kit.h"
#include "../texts.h"

#define RING_PX 8 /* offset and width of the ring in kiosk.css, and one for its smooth edge */

struct _KxPager {
    GtkWidget parent;
    GtkWidget *bar, *previous, *next, *label;
    gboolean centred, breaking;
    unsigned page, pages;
    guint label_idle;
};

G_DEFINE_FINAL_TYPE(KxPager, kx_pager, GTK_TYPE_WIDGET)

struct block {
    GtkWidget *widget;
    int height;
    gboolean breaks; /* begins a page */
    unsigned page;
};

/* The gap between blocks: 0.6 em of the text size in force. */
static int gap_of(KxPager *self)
{
    return kit_em(GTK_WIDGET(self), 0.6);
}

static GArray *measure_blocks(KxPager *self, int width)
{
    GArray *blocks = g_array_new(FALSE, TRUE, sizeof(struct block));

    for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
         child = gtk_widget_get_next_sibling(child)) {
        struct block block = {.widget = child};

        if (child == self->bar || !gtk_widget_get_visible(child))
            continue;
        block.breaks = g_object_get_data(G_OBJECT(child), "kx-break") != NULL;
        gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, width, NULL, &block.height, NULL, NULL);
        g_array_append_val(blocks, block);
    }
    return blocks;
}

static int total_height(const GArray *blocks, int gap)
{
    int total = 0;

    for (guint i = 0; i < blocks->len; i++)
        total += g_array_index(blocks, struct block, i).height + (i > 0 ? gap : 0);
    return total;
}

/* Of a page that takes any of them, and the bar. */
static int leaf_height(KxPager *self, const GArray *blocks, int width)
{
    int highest = 0, bar;

    for (guint i = 0; i < blocks->len; i++)
        highest = MAX(highest, g_array_index(blocks, struct block, i).height);
    gtk_widget_measure(self->bar, GTK_ORIENTATION_VERTICAL, width, NULL, &bar, NULL, NULL);
    return highest + gap_of(self) + bar;
}

static gboolean has_breaks(const GArray *blocks)
{
    for (guint i = 1; i < blocks->len; i++)
        if (g_array_index(blocks, struct block, i).breaks)
            return TRUE;
    return FALSE;
}

/* Returns the number of pages. */
static unsigned share_out(GArray *blocks, int height, int gap)
{
    unsigned page = 0;
    int used = 0;

    for (guint i = 0; i < blocks->len; i++) {
        struct block *block = &g_array_index(blocks, struct block, i);

        if (used > 0 && (block->breaks || used + gap + block->height > height)) {
            page++;
            used = 0;
        }
        used += (used > 0 ? gap : 0) + block->height;
        block->page = page;
    }
    return page + 1;
}

static gboolean on_label_idle(gpointer data)
{
    KxPager *self = data;
    g_autofree char *text = g_strdup_printf(_("%1$u of %2$u"), self->page + 1, self->pages);

    self->label_idle = 0;
    gtk_label_set_label(GTK_LABEL(self->label), text);
    gtk_widget_set_sensitive(self->previous, self->page > 0);
    gtk_widget_set_sensitive(self->next, self->page + 1 < self->pages);
    return G_SOURCE_REMOVE;
}

/* Sizes are being given out: what changes the bar's own size has to wait until that is over. */
static void set_pages(KxPager *self, unsigned pages)
{
    self->pages = pages;
    self->page = MIN(self->page, pages - 1);
    gtk_widget_set_child_visible(self->bar, pages > 1);
    if (self->label_idle == 0)
        self->label_idle = g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_label_idle, self, NULL);
}

static void give(GtkWidget *widget, int y, int width, int height)
{
    gtk_widget_size_allocate(widget, &(GtkAllocation){0, y, width, height}, -1);
}

static gboolean is_shown(KxPager *self, const struct block *block)
{
    return block->page == self->page;
}

static gboolean expands(const struct block *block)
{
    return gtk_widget_compute_expand(block->widget, GTK_ORIENTATION_VERTICAL);
}

/* What is left over of the page on the screen, and how many blocks share it. */
static int spare_of(KxPager *self, GArray *blocks, int height, int gap, int *sharers)
{
    int used = -gap;

    *sharers = 0;
    for (guint i = 0; i < blocks->len; i++) {
        struct block *block = &g_array_index(blocks, struct block, i);

        if (!is_shown(self, block))
            continue;
        used += block->height + gap;
        *sharers += expands(block);
    }
    return MAX(height - used, 0);
}

static void allocate_page(KxPager *self, GArray *blocks, int width, int height, int gap)
{
    int sharers, spare = spare_of(self, blocks, height, gap, &sharers);
    int y = sharers == 0 && self->centred && self->pages == 1 ? spare / 2 : 0;

    for (guint i = 0; i < blocks->len; i++) {
        struct block *block = &g_array_index(blocks, struct block, i);
        gboolean shown = is_shown(self, block);
        int extra = shown && expands(block) ? spare / sharers-- : 0;

        spare -= extra;
        gtk_widget_set_child_visible(block->widget, shown);
        give(block->widget, shown ? y : 0, width, block->height + extra);
        if (shown)
            y += block->height + extra + gap;
    }
}

static void kx_pager_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    KxPager *self = KX_PAGER(widget);
    g_autoptr(GArray) blocks = measure_blocks(self, width);
    int gap = gap_of(self), bar, total = total_height(blocks, gap), bottom = height;

    gtk_widget_measure(self->bar, GTK_ORIENTATION_VERTICAL, width, NULL, &bar, NULL, NULL);
    if (total > height || has_breaks(blocks))
        height -= bar + gap;
    set_pages(self, share_out(blocks, height, gap));
    allocate_page(self, blocks, width, height, gap);
    give(self->bar, MAX(bottom - bar, 0), width, bar);
}

static void measure_width(KxPager *self, int *minimum, int *natural)
{
    for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
         child = gtk_widget_get_next_sibling(child)) {
        int child_minimum, child_natural;

        gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &child_minimum, &child_natural, NULL, NULL);
        *minimum = MAX(*minimum, child_minimum);
        *natural = MAX(*natural, child_natural);
    }
}

/* On a page that is pushed down as far as what stands on it allows (shell.c). */
static gboolean stands_low(GtkWidget *widget)
{
    while (widget != NULL && !gtk_widget_has_css_class(widget, "kx-lowered"))
        widget = gtk_widget_get_parent(widget);
    return widget != NULL;
}

static void kx_pager_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                             int *natural, int *minimum_baseline, int *natural_baseline)
{
    KxPager *self = KX_PAGER(widget);

    *minimum = *natural = 0;
    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        measure_width(self, minimum, natural);
    } else if (for_size > 0 || stands_low(widget)) {
        g_autoptr(GArray) blocks = measure_blocks(self, for_size);

        *natural = total_height(blocks, gap_of(self));
        if (stands_low(widget)) /* elsewhere 0: it can always be leafed through, and a page is as high as the panel */
            *minimum = MIN(*natural, leaf_height(self, blocks, for_size));
    }
}

static void kx_pager_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    float width = (float)gtk_widget_get_width(widget), height = (float)gtk_widget_get_height(widget);

    gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(-RING_PX, -RING_PX, width + 2 * RING_PX, height + 2 * RING_PX));
    GTK_WIDGET_CLASS(kx_pager_parent_class)->snapshot(widget, snapshot);
    gtk_snapshot_pop(snapshot);
}

static GtkSizeRequestMode kx_pager_get_request_mode(GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void on_previous(GtkButton *button, gpointer data)
{
    kx_pager_turn(data, -1);
}

static void on_next(GtkButton *button, gpointer data)
{
    kx_pager_turn(data, 1);
}

static void kx_pager_dispose(GObject *object)
{
    KxPager *self = KX_PAGER(object);
    GtkWidget *child;

    g_clear_handle_id(&self->label_idle, g_source_remove);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))) != NULL)
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(kx_pager_parent_class)->dispose(object);
}

static void kx_pager_class_init(KxPagerClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = kx_pager_dispose;
    widget_class->measure = kx_pager_measure;
    widget_class->size_allocate = kx_pager_size_allocate;
    widget_class->snapshot = kx_pager_snapshot;
    widget_class->get_request_mode = kx_pager_get_request_mode;
    gtk_widget_class_set_css_name(widget_class, "kxpager");
}

static void kx_pager_init(KxPager *self)
{
    self->pages = 1;
    self->previous = kit_button("previous", _("Earlier"), "kx-plain", G_CALLBACK(on_previous), self);
    self->next = kit_button_trailing("next", _("More"), "kx-plain", G_CALLBACK(on_next), self);
    self->label = kit_label("", "kx-note");
    gtk_label_set_wrap(GTK_LABEL(self->label), FALSE);
    self->bar = gtk_center_box_new();
    gtk_widget_add_css_class(self->bar, "kx-pager-bar");
    gtk_center_box_set_start_widget(GTK_CENTER_BOX(self->bar), self->previous);
    gtk_center_box_set_center_widget(GTK_CENTER_BOX(self->bar), self->label);
    gtk_center_box_set_end_widget(GTK_CENTER_BOX(self->bar), self->next);
    gtk_widget_set_parent(self->bar, GTK_WIDGET(self));
    gtk_widget_set_hexpand(GTK_WIDGET(self), TRUE);
    gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
}

GtkWidget *kx_pager_new(void)
{
    return g_object_new(KX_TYPE_PAGER, NULL);
}

void kx_pager_add(KxPager *self, GtkWidget *block)
{
    gtk_widget_insert_before(block, GTK_WIDGET(self), self->bar);
    if (self->breaking)
        g_object_set_data(G_OBJECT(block), "kx-break", self);
    self->breaking = FALSE;
}

void kx_pager_break(KxPager *self)
{
    self->breaking = TRUE;
}

void kx_pager_set_centred(KxPager *self, gboolean centred)
{
    self->centred = centred;
    gtk_widget_queue_allocate(GTK_WIDGET(self));
}

unsigned kx_pager_pages(KxPager *self)
{
    return self->pages;
}

unsigned kx_pager_page(KxPager *self)
{
    return self->page;
}

void kx_pager_turn(KxPager *self, int by)
{
    int page = CLAMP((int)self->page + by, 0, (int)self->pages - 1);

    self->page = (unsigned)page;
    gtk_widget_queue_allocate(GTK_WIDGET(self));
}
