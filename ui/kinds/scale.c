/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers from one end to the other, and a way past them, all of the same size and all to be seen at once: what stood on the next leaf
 * would be chosen less. Two columns; on a wide panel the word stands beside its drawing, and where larger text has to stand low.
 */
#include "kinds.h"

#define COLUMNS 2

/* Beside its drawing a word has the whole width: it is not broken before it must. */
static GtkWidget *wide_new(const struct kind_tile *tile)
{
    GtkWidget *button = kit_button(tile->icon, tile->word, "kx-card kx-choice kx-face", NULL, NULL);

    gtk_label_set_natural_wrap_mode(GTK_LABEL(kit_button_word(button)), GTK_NATURAL_WRAP_NONE);
    return button;
}

static GtkWidget *answer_new(struct ui *ui, const struct kind_tile *tile)
{
    bool flat = ui_landscape(ui) || (ui->low && ui->size != TEXT_STD);
    GtkWidget *button = flat ? wide_new(tile) : kit_tile(tile->icon, tile->word, NULL, "kx-tile kx-face", NULL, NULL);

    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_set_vexpand(button, TRUE);
    return kind_touch(button, ui, tile->go, tile->index);
}

GtkWidget *kind_scale(struct page *page, const struct kind_tile *tiles, size_t count)
{
    GtkWidget *pager = kx_pager_new(), *grid = gtk_grid_new();

    kit_add_classes(grid, "kx-scale");
    gtk_grid_set_column_homogeneous(GTK_GRID(grid), TRUE);
    gtk_grid_set_row_homogeneous(GTK_GRID(grid), TRUE);
    gtk_widget_set_vexpand(grid, TRUE);
    for (size_t i = 0; i < count; i++) {
        size_t at = i % COLUMNS, wide = i + 1 == count ? COLUMNS - at : 1;
        gtk_grid_attach(GTK_GRID(grid), answer_new(page->ui, &tiles[i]), (int)at, (int)(i / COLUMNS), (int)wide, 1);
    }
    kx_pager_add(KX_PAGER(pager), grid);
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, NULL);
}
