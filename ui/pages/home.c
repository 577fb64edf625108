/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done here: only what works today. Bills first and widest, with what is to pay. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return L_("What would you like to do?", NC_("large", "What would you like?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(ui->session.identity.visitor ? _("Choose: my wallet, or notices.")
                                                 : _("Choose: pay bills, my wallet, or notices."));
}

static void on_bills(GtkButton *button, gpointer ui)
{
    flow_bills(ui);
}

static void on_wallet(GtkButton *button, gpointer ui)
{
    flow_go(ui, PAGE_WALLET);
}

static void on_notices(GtkButton *button, gpointer ui)
{
    flow_notices(ui);
}

static char *bills_note(const struct session *session)
{
    g_autofree char *amount = words_amount(session_unpaid_fen(session));

    if (!session->bills_known)
        return NULL;
    if (session->bills_away)
        return g_strdup(L_("Bills can be seen when online", NC_("large", "See bills when online")));
    if (session->bill_count == 0)
        return g_strdup(L_("Nothing to pay", NC_("large", "All paid")));
    /* Translators: number of bills, their sum. */
    return g_strdup_printf(L_("%1$u unpaid, %2$s in total", NC_("large", "%1$u to pay, %2$s")),
                           (unsigned)session->bill_count, amount);
}

/* Three in a row of the largest words leave no room for a wide one. */
static int lead_columns(struct ui *ui)
{
    return ui_landscape(ui) && ui->size == TEXT_XLARGE ? 1 : 2;
}

/* The first tile leads, two columns wide; the others stand below it, on a wide page beside it. */
static void place(struct ui *ui, GtkGrid *grid, GtkWidget *tile, int index, bool leads)
{
    gtk_widget_set_hexpand(tile, TRUE);
    gtk_widget_set_vexpand(tile, TRUE);
    if (leads)
        gtk_grid_attach(grid, tile, 0, 0, lead_columns(ui), 1);
    else if (ui_landscape(ui))
        gtk_grid_attach(grid, tile, index + lead_columns(ui) - 1, 0, 1, 1);
    else
        gtk_grid_attach(grid, tile, index - 1, 1, 1, 1);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    bool visitor = ui->session.identity.visitor;
    GtkWidget *pager = kx_pager_new(), *grid = gtk_grid_new();
    g_autofree char *note = bills_note(&ui->session);
    int next = 0;

    kit_add_classes(grid, "kx-tiles");
    gtk_grid_set_column_homogeneous(GTK_GRID(grid), TRUE);
    gtk_grid_set_row_homogeneous(GTK_GRID(grid), TRUE);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 24);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 24);
    if (!visitor) {
        place(ui, GTK_GRID(grid),
              kit_tile("bills", L_("Pay bills", NC_("large", "Pay bills")), note, "kx-tile kx-tile-lead",
                       G_CALLBACK(on_bills), ui),
              next, true);
        next++;
    }
    place(ui, GTK_GRID(grid),
          kit_tile("wallet", _("My wallet"), NULL, visitor ? "kx-tile kx-tile-lead" : "kx-tile",
                   G_CALLBACK(on_wallet), ui),
          next, visitor);
    next++;
    place(ui, GTK_GRID(grid),
          kit_tile("notice", L_("Notices", NC_("large", "Read notices")), NULL, "kx-tile",
                   G_CALLBACK(on_notices), ui),
          next, false);
    kx_pager_add(KX_PAGER(pager), grid);
    return kit_sheet(kit_title(title(ui)), pager, NULL);
}

const struct page_class page_home = {
    .name = "home",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK,
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
