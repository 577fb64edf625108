/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles in lines of equal height, two lines on a wide panel. More than a leaf can show large are shared out over leaves in their
 * order; a tile keeps its size from leaf to leaf. On a single leaf the last tile takes what is left of its line, and the first
 * one takes two places when their number is odd then, or on a high panel when there are few.
 */
#include "kinds.h"

#define TILES_APART 24 /* px */
#define WIDE_LINES  2
#define HIGH_COLUMNS 2
#define WORD_COLUMNS 26 /* of a word on a tile; a Chinese character is two */

struct shape {
    size_t columns, lines; /* of a leaf */
    bool single;           /* there is only one */
};

static size_t tiles_max(enum text_size size)
{
    static const size_t most[TEXT_SIZE_COUNT] = {[TEXT_STD] = 8, [TEXT_LARGE] = 6, [TEXT_XLARGE] = 4};

    return most[size];
}

static size_t share(size_t count, size_t by)
{
    return (count + by - 1) / by;
}

static struct shape shape_of(const struct ui *ui, size_t count)
{
    size_t most = tiles_max(ui->size), shown = MIN(count, most);
    struct shape shape = {.columns = HIGH_COLUMNS, .single = count <= most};

    if (ui_landscape(ui))
        shape.columns = MAX(share(shown, WIDE_LINES), HIGH_COLUMNS);
    shape.lines = share(shown, shape.columns);
    return shape;
}

/* Places that the first one takes. */
static size_t lead_places(const struct ui *ui, const struct shape *shape, size_t count)
{
    bool odd = count % shape->columns != 0, few = !ui_landscape(ui) && count <= tiles_max(TEXT_XLARGE);

    return shape->single && count > 1 && (odd || few) ? 2 : 1;
}

static GtkWidget *line_new(GtkSizeGroup *heights)
{
    GtkWidget *line = gtk_grid_new();

    kit_add_classes(line, "kx-tiles");
    gtk_grid_set_column_homogeneous(GTK_GRID(line), TRUE);
    gtk_grid_set_column_spacing(GTK_GRID(line), TILES_APART);
    gtk_widget_set_vexpand(line, TRUE);
    gtk_size_group_add_widget(heights, line);
    return line;
}

static GtkWidget *tile_new(struct ui *ui, const struct kind_tile *tile, bool leads)
{
    GtkWidget *button =
        kit_tile(tile->icon, tile->word, tile->note, leads ? "kx-tile kx-tile-lead" : "kx-tile", NULL, NULL);

    kit_add_classes(button, tile->pressing ? "kx-pressing" : NULL);
    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_set_vexpand(button, TRUE);
    gtk_widget_set_sensitive(button, !tile->off);
    return kind_touch(button, ui, tile->go, tile->index);
}

/* Places without a tile, so that the others keep their width and, in lines without any, their height. */
static void fill_up(GtkWidget *line, size_t at, size_t columns)
{
    for (; at < columns; at++)
        gtk_grid_attach(GTK_GRID(line), kit_column(NULL), (int)at, 0, 1, 1);
}

GtkWidget *kind_choose(struct page *page, const struct kind_tile *tiles, size_t count, bool lead)
{
    struct ui *ui = page->ui;
    struct shape shape = shape_of(ui, count);
    g_autoptr(GtkSizeGroup) heights = gtk_size_group_new(GTK_SIZE_GROUP_VERTICAL);
    GtkWidget *pager = kx_pager_new(), *line = NULL;
    size_t at = shape.columns, lines = 0;

    for (size_t i = 0; i < count; i++) {
        size_t leads = lead && i == 0 ? lead_places(ui, &shape, count) : 1, wide = leads;

        if (at == shape.columns) {
            if (!shape.single && lines > 0 && lines % shape.lines == 0)
                kx_pager_break(KX_PAGER(pager));
            kx_pager_add(KX_PAGER(pager), line = line_new(heights));
            lines++;
            at = 0;
        }
        if (shape.single && i + 1 == count)
            wide = shape.columns - at;
        gtk_grid_attach(GTK_GRID(line), tile_new(ui, &tiles[i], leads > 1), (int)at, 0, (int)wide, 1);
        at += wide;
    }
    if (line != NULL)
        fill_up(line, at, shape.columns);
    for (; !shape.single && lines % shape.lines != 0; lines++) {
        kx_pager_add(KX_PAGER(pager), line = line_new(heights));
        fill_up(line, 0, shape.columns);
    }
    return kit_sheet(kit_title(page->class->title(ui)), pager, NULL);
}

static size_t columns_of(const char *text)
{
    size_t sum = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        sum += g_unichar_iswide(g_utf8_get_char(p)) ? 2 : 1;
    return sum;
}

static bool fits_tiles(const struct ui *ui, const struct kind_tile *tiles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (columns_of(tiles[i].word) > WORD_COLUMNS)
            return false;
    return !(ui_landscape(ui) && ui->size == TEXT_XLARGE); /* they would leave room for two of them */
}

GtkWidget *kind_pick(struct page *page, const struct kind_tile *tiles, size_t count, bool lead)
{
    if (fits_tiles(page->ui, tiles, count))
        return kind_choose(page, tiles, count, lead);
    g_autofree struct kind_row *rows = g_new0(struct kind_row, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct kind_row){.icon = tiles[i].icon, .text = tiles[i].word, .note = tiles[i].note, .go = tiles[i].go, .index = tiles[i].index};
    return kind_list(page, rows, count, "", NULL);
}
