/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"
#include "../flow.h"

#define TILES_APART 24 /* px */

struct touch {
    struct ui *ui;
    kind_go go;
    size_t index;
};

static void on_touch(GtkButton *button, gpointer data)
{
    struct touch touch = *(struct touch *)data; /* the button goes with its page */

    touch.go(touch.ui, touch.index);
}

static void touch_free(gpointer data, GClosure *closure)
{
    g_free(data);
}

GtkWidget *kind_touch(GtkWidget *button, struct ui *ui, kind_go go, size_t index)
{
    struct touch *touch = g_new(struct touch, 1);

    *touch = (struct touch){.ui = ui, .go = go, .index = index};
    g_signal_connect_data(button, "clicked", G_CALLBACK(on_touch), touch, touch_free, 0);
    return button;
}

bool kind_upright(const struct ui *ui)
{
    return ui->size == TEXT_XLARGE && !ui_landscape(ui);
}

GtkWidget *kind_foot(struct ui *ui, const struct kind_button *buttons, size_t count, bool upright)
{
    GtkWidget *actions = NULL;

    for (size_t i = 0; i < count; i++) {
        if (buttons[i].word == NULL)
            continue;
        GtkWidget *button = kit_button(buttons[i].icon, buttons[i].word, buttons[i].class, NULL, NULL);
        kind_touch(button, ui, buttons[i].go, buttons[i].index);
        gtk_widget_set_sensitive(button, !buttons[i].off);
        actions = actions != NULL ? actions : kit_actions(upright);
        kit_actions_add(actions, button);
    }
    return actions;
}

/* ---- Choose -------------------------------------------------------------------------------------------------------- */

/* Tiles beside each other: two on a high panel; on a wide one as many as their words leave room for. */
static size_t columns_of(const struct ui *ui)
{
    if (!ui_landscape(ui))
        return 2;
    return ui->size == TEXT_STD ? 4 : ui->size == TEXT_LARGE ? 3 : 2;
}

/* Places that the first one takes: two, when that costs no further row. */
static size_t lead_places(const struct ui *ui, size_t count)
{
    return !ui_landscape(ui) || count < columns_of(ui) ? 2 : 1;
}

static GtkWidget *line_new(void)
{
    GtkWidget *line = gtk_grid_new();

    kit_add_classes(line, "kx-tiles");
    gtk_grid_set_column_homogeneous(GTK_GRID(line), TRUE);
    gtk_grid_set_column_spacing(GTK_GRID(line), TILES_APART);
    gtk_widget_set_vexpand(line, TRUE);
    return line;
}

static GtkWidget *tile_new(struct ui *ui, const struct kind_tile *tile, bool leads)
{
    GtkWidget *button =
        kit_tile(tile->icon, tile->word, tile->note, leads ? "kx-tile kx-tile-lead" : "kx-tile", NULL, NULL);

    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_set_vexpand(button, TRUE);
    return kind_touch(button, ui, tile->go, tile->index);
}

/* Each line of tiles is a block of its own: what does not fit is on the next leaf. The last one takes what is left of its line. */
GtkWidget *kind_choose(struct page *page, const struct kind_tile *tiles, size_t count, bool lead)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *line = NULL;
    size_t columns = columns_of(ui), at = columns;

    for (size_t i = 0; i < count; i++) {
        bool leads = lead && i == 0;

        if (at == columns) {
            kx_pager_add(KX_PAGER(pager), line = line_new());
            at = 0;
        }
        size_t wide = leads ? lead_places(ui, count) : i + 1 == count ? columns - at : 1;
        gtk_grid_attach(GTK_GRID(line), tile_new(ui, &tiles[i], leads), (int)at, 0, (int)wide, 1);
        at += wide;
    }
    return kit_sheet(kit_title(page->class->title(ui)), pager, NULL);
}

/* ---- List ------------------------------------------------------------------------------------------------------------ */

static GtkWidget *row_new(struct ui *ui, const struct kind_row *row)
{
    GtkWidget *line = kit_line("kx-row"), *column, *button = gtk_button_new();

    kit_add(line, kit_badge(row->icon, row->tone));
    column = kit_add(line, kit_column("kx-row-facts"));
    gtk_widget_set_hexpand(column, TRUE);
    gtk_widget_set_valign(column, GTK_ALIGN_CENTER);
    if (row->kicker != NULL)
        kit_add(column, kit_label(row->kicker, "kx-note kx-overdue"));
    kit_add(column, kit_label(row->text, "kx-answer kx-strong"));
    if (row->note != NULL && row->note[0] != '\0')
        kit_add(column, kit_label(row->note, "kx-note"));
    kit_add(line, kx_icon_new("next"));
    gtk_button_set_child(GTK_BUTTON(button), line);
    kit_add_classes(button, "kx-card kx-choice");
    kit_name(button, row->text);
    return kind_touch(button, ui, row->go, row->index);
}

GtkWidget *kind_list(struct page *page, const struct kind_row *rows, size_t count, const char *empty, GtkWidget *foot)
{
    GtkWidget *pager = kx_pager_new();

    for (size_t i = 0; i < count; i++)
        kx_pager_add(KX_PAGER(pager), row_new(page->ui, &rows[i]));
    if (count == 0)
        kx_pager_add(KX_PAGER(pager), kit_label(empty, "kx-answer"));
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, foot);
}

/* ---- Poster, sheet --------------------------------------------------------------------------------------------------- */

GtkWidget *kind_poster(struct page *page, const struct kind_poster *it)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *poster = kit_poster(it->drawing, ui_landscape(ui));

    kit_poster_add(poster, kit_title(it->headline != NULL ? it->headline : page->class->title(ui)));
    if (it->under != NULL)
        kit_poster_add(poster, it->under);
    if (it->answer != NULL && it->answer[0] != '\0')
        kit_poster_add(poster, kit_label(it->answer, "kx-answer"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    for (size_t i = 0; i < KIND_SOFT && it->soft[i] != NULL; i++)
        kx_pager_add(KX_PAGER(pager), kit_poster_under(poster, kit_label(it->soft[i], "kx-soft")));
    for (size_t i = 0; i < KIND_BLOCKS && it->blocks[i] != NULL; i++)
        kx_pager_add(KX_PAGER(pager), it->blocks[i]);
    return kit_sheet(NULL, pager,
                     kind_foot(ui, it->buttons, KIND_BUTTONS, it->upright_when_largest && kind_upright(ui)));
}

GtkWidget *kind_sheet(struct page *page, GtkWidget *const *blocks, const struct kind_button *buttons, size_t count)
{
    GtkWidget *pager = kx_pager_new();

    for (; *blocks != NULL; blocks++)
        kx_pager_add(KX_PAGER(pager), *blocks);
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, kind_foot(page->ui, buttons, count, false));
}

/* ---- What many buttons do ---------------------------------------------------------------------------------------------- */

void kind_go_home(struct ui *ui, size_t index)
{
    flow_home(ui);
}

void kind_go_back(struct ui *ui, size_t index)
{
    flow_back(ui);
}

void kind_go_end(struct ui *ui, size_t index)
{
    flow_end(ui);
}

void kind_go_read(struct ui *ui, size_t index)
{
    g_autofree char *text = ui->page->speech(ui);

    flow_say(ui, text);
}
