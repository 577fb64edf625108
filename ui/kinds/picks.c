/* SPDX-License-Identifier: Apache-2.0 */
/* Several of a few: each a picture, a word and a box for its tick. A touch ticks it or takes the tick away, and the page stays as it is. */
#include "kinds.h"

#define PICKS_APART 16 /* px */

struct pick {
    unsigned *picked, bit;
    GtkWidget *tick;
};

static void pick_show(GtkWidget *button, const struct pick *pick)
{
    bool picked = (*pick->picked & pick->bit) != 0;

    gtk_widget_set_opacity(pick->tick, picked ? 1 : 0);
    kit_set_chosen(button, picked);
}

static void on_pick(GtkButton *button, struct pick *pick)
{
    *pick->picked ^= pick->bit;
    pick_show(GTK_WIDGET(button), pick);
}

static void pick_free(gpointer data, GClosure *closure)
{
    g_free(data);
}

static GtkWidget *pick_new(const struct kind_picks *picks, size_t index)
{
    GtkWidget *line = kit_line("kx-row"), *box = kit_line("kx-tickbox");
    GtkWidget *button = g_object_new(GTK_TYPE_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_CHECKBOX, NULL);
    struct pick *pick = g_new(struct pick, 1);

    *pick = (struct pick){.picked = picks->picked, .bit = 1u << index, .tick = kit_add(box, kx_icon_new("tick"))};
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    kit_add(line, box);
    kit_add(line, kit_badge(picks->icons[index], NULL));
    GtkWidget *word = kit_add(line, kit_label(picks->words[index], "kx-answer kx-strong"));
    gtk_widget_set_valign(word, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(word, TRUE);
    gtk_button_set_child(GTK_BUTTON(button), line);
    kit_add_classes(button, "kx-card kx-choice");
    kit_name(button, picks->words[index]);
    gtk_widget_set_hexpand(button, TRUE);
    g_signal_connect_data(button, "clicked", G_CALLBACK(on_pick), pick, pick_free, 0);
    pick_show(button, pick);
    return button;
}

/* One beside the other where the words have room for it. */
static int columns_of(const struct ui *ui)
{
    if (ui->size == TEXT_STD)
        return ui_landscape(ui) ? 3 : 2;
    return ui_landscape(ui) && ui->size == TEXT_LARGE ? 2 : 1;
}

GtkWidget *kind_picks(struct page *page, const struct kind_picks *picks)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *line = NULL;
    int columns = columns_of(ui);

    for (size_t i = 0; i < picks->count; i++) {
        int column = (int)(i % (size_t)columns);
        if (column == 0) {
            line = gtk_grid_new();
            gtk_grid_set_column_homogeneous(GTK_GRID(line), TRUE);
            gtk_grid_set_column_spacing(GTK_GRID(line), PICKS_APART);
            kx_pager_add(KX_PAGER(pager), line);
        }
        gtk_grid_attach(GTK_GRID(line), pick_new(picks, i), column, 0, 1, 1);
    }
    for (size_t at = picks->count % (size_t)columns; at != 0 && at < (size_t)columns; at++)
        gtk_grid_attach(GTK_GRID(line), kit_column(NULL), (int)at, 0, 1, 1);
    return kit_sheet(kit_title(page->class->title(ui)), pager, kind_foot(ui, picks->buttons, KIND_BUTTONS, false));
}
