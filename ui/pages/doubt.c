/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody knows yet whether the card was charged, or loaded. What happened to the money first: it is safe, do not pay again. */
#include "../kinds/kinds.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return L_("Do not pay again yet", NC_("large", "Do not pay again"));
}

static char *speech(struct ui *ui)
{
    if (ui->session.payment.load)
        return g_strdup(_("Please do not hand over cash again. Put the same card back on the reader."));
    return g_strdup(_("Please do not pay again. Put the same card back on the reader."));
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *card = kit_column("kx-card kx-place kx-warn");
    g_autofree char *amount = words_amount(ui->session.payment.amount_fen);
    g_autofree char *paid =
        g_strdup_printf(ui->session.payment.load ? _("The %s for your card are being checked. They are not lost.")
                                                 : _("The payment of %s is being checked. You will not be charged twice."),
                        amount);

    kit_add(card, kit_label(paid, "kx-body"));
    kit_add(card,
            kit_label(_("No time now? It is settled the next time you use this card; the desk sees it too."),
                      "kx-note"));
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kx_picture_new("tap", _("A card above the reader")),
                                 .under = kit_label(_("Put the same card back"), "kx-answer kx-strong"),
                                 .blocks = {card},
                                 .buttons = {{NULL, _("Later"), "kx-plain", kind_go_end}},
                             });
}

const struct page_class page_doubt = {
    .name = "doubt",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = title,
    .speech = speech,
    .build = build,
};
