/* SPDX-License-Identifier: Apache-2.0 */
#include "../words.h"
#include "kinds.h"

/* In digits and in words, and who pays it. */
static GtkWidget *sum_new(struct ui *ui, const struct kind_confirm *it)
{
    g_autofree char *words = words_amount_in_words(it->sum_fen);
    g_autofree char *total = g_strdup_printf(L_("Total %s", NC_("large", "Total %s")), words);
    GtkWidget *amount = kit_amount(it->sum_fen, "kx-sum"), *said = kit_column("kx-place"), *column;

    gtk_label_set_wrap(GTK_LABEL(amount), FALSE);
    kit_add(said, kit_label(total, "kx-words"));
    if (it->payer != NULL)
        kit_add(said, kit_label(it->payer, "kx-words"));
    if (ui_landscape(ui)) {
        gtk_widget_set_valign(said, GTK_ALIGN_CENTER);
        return kit_pair(amount, said, "kx-card kx-sum-card");
    }
    column = kit_column("kx-card kx-sum-card");
    kit_add(column, amount);
    kit_add(column, said);
    return column;
}

/* What is paid stands beside what pays it, on every leaf. */
static GtkWidget *foot_new(struct ui *ui, const struct kind_confirm *it)
{
    GtkWidget *foot = kit_column("kx-foot");
    const struct kind_button buttons[] = {
        {"speak", it->read != NULL ? _("Read aloud") : NULL, "kx-plain", it->read},
        {NULL, it->no, "kx-plain", it->no_go != NULL ? it->no_go : kind_go_back},
        {NULL, it->yes, it->sum_fen != 0 ? "kx-pay" : "kx-primary", it->yes_go, .off = it->yes_off},
    };

    if (it->sum_fen != 0)
        kit_add(foot, sum_new(ui, it));
    else if (it->payer != NULL)
        kit_add(foot, kit_label(it->payer, "kx-answer"));
    kit_add(foot, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
    return foot;
}

GtkWidget *kind_confirm(struct page *page, const struct kind_confirm *it)
{
    GtkWidget *pager = kx_pager_new();

    if (it->sentence != NULL)
        kx_pager_add(KX_PAGER(pager), kit_label(it->sentence, "kx-answer"));
    for (GtkWidget *const *block = it->blocks; block != NULL && *block != NULL; block++)
        kx_pager_add(KX_PAGER(pager), *block);
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, foot_new(page->ui, it));
}
