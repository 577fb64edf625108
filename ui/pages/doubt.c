/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody knows yet whether the card was charged. What happened to the money first: it is safe, do not pay again. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return L_("Do not pay again yet", NC_("large", "Do not pay again"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Please do not pay again. Put the same card back on the reader."));
}

static void on_done(GtkButton *button, gpointer ui)
{
    flow_end(ui);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *card = kit_column("kx-card kx-place kx-warn"),
              *actions = kit_actions(FALSE);
    GtkWidget *poster = kit_poster(kx_picture_new("tap", _("A card above the reader")), ui_landscape(ui));
    g_autofree char *amount = words_amount(ui->session.payment.amount_fen);
    g_autofree char *paid =
        g_strdup_printf(_("The payment of %s is being checked. You will not be charged twice."), amount);

    kit_poster_add(poster, kit_title(title(ui)));
    kit_poster_add(poster, kit_label(_("Put the same card back"), "kx-answer kx-strong"));
    kit_add(card, kit_label(paid, "kx-body"));
    kit_add(card,
            kit_label(_("No time now? It is settled the next time you use this card; the desk sees it too."),
                      "kx-note"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    kx_pager_add(KX_PAGER(pager), card);
    kit_actions_add(actions, kit_button(NULL, _("Later"), "kx-plain", G_CALLBACK(on_done), ui));
    return kit_sheet(NULL, pager, actions);
}

const struct page_class page_doubt = {
    .name = "doubt",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_OUTLIVES_CARD,
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
