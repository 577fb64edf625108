/* SPDX-License-Identifier: Apache-2.0 */
/* Paid: a tick, what was paid, what is left on the card, and where the slip is. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return L_("Paid", NC_("large", "Paid"));
}

static char *speech(struct ui *ui)
{
    switch (ui->session.print) {
    case PRINT_DONE:
        return g_strdup(_("The slip is printed. Please take the slip and your card."));
    case PRINT_FAILED:
        return g_strdup(_("The slip could not be printed. Please note the number on the screen."));
    default:
        return g_strdup(ui->card_present ? _("Paid. You can print a slip. Please take your card with you.")
                                         : _("Paid. Thank you."));
    }
}

static void on_print(GtkButton *button, gpointer ui)
{
    flow_print(ui);
}

static void on_done(GtkButton *button, gpointer ui)
{
    flow_end(ui);
}

static GtkWidget *headline_new(struct ui *ui)
{
    const struct kiosk_payment_event *payment = &ui->session.payment;
    GtkWidget *poster = kit_poster(kit_badge("tick", "kx-badge-large kx-ok"), ui_landscape(ui));

    kit_poster_add(poster, kit_title(title(ui)));
    kit_poster_add(poster, kit_amount(payment->amount_fen, "kx-sum"));
    return poster;
}

static GtkWidget *facts_new(struct ui *ui)
{
    const struct kiosk_payment_event *payment = &ui->session.payment;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *left = words_amount(payment->balance_after_fen);

    kit_add(card, kit_fact(L_("Left on the card", NC_("large", "Left on the card")), left));
    kit_add(card, kit_fact(_("Number"), payment->receipt_no));
    return card;
}

static char *slip_text(struct ui *ui)
{
    switch (ui->session.print) {
    case PRINT_DONE:
        return g_strdup(_("The slip is in the tray below the screen"));
    case PRINT_FAILED:
        return g_strdup_printf(
            strstr(ui->printer_reason, "PAPER") != NULL
                ? L_("No paper. Note the number %s", NC_("large", "No paper. Note %s"))
                : L_("The printer does not work. Note the number %s", NC_("large", "Not printed. Note %s")),
            ui->session.payment.receipt_no);
    case PRINT_RUNNING:
        return g_strdup(_("Printing"));
    default:
        return NULL;
    }
}

static void add_slip(GtkWidget *pager, struct ui *ui)
{
    g_autofree char *text = slip_text(ui);
    GtkWidget *line;

    if (text == NULL)
        return;
    line = kit_line(ui->session.print == PRINT_FAILED ? "kx-slip kx-warn" : "kx-slip");
    kit_add(line, kx_icon_new("print"));
    kit_add(line, kit_label(text, "kx-body"));
    kx_pager_add(KX_PAGER(pager), line);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(ui->size == TEXT_XLARGE && !ui_landscape(ui)),
              *print;
    GtkWidget *poster = headline_new(ui);

    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    if (ui->session.payment.recovered)
        kx_pager_add(
            KX_PAGER(pager),
            kit_poster_under(
                poster,
                kit_label(_("Your last payment went through. You paid once; there is nothing more to do."),
                          "kx-body")));
    kx_pager_add(KX_PAGER(pager), facts_new(ui));
    add_slip(pager, ui);
    if (ui->session.print != PRINT_DONE) {
        print = kit_button("print",
                           ui->session.print == PRINT_FAILED ? _("Print again")
                                                             : L_("Print slip", NC_("large", "Print")),
                           "kx-plain", G_CALLBACK(on_print), ui);
        gtk_widget_set_sensitive(print, ui->session.print != PRINT_RUNNING);
        kit_actions_add(actions, print);
    }
    kit_actions_add(actions, kit_button(NULL, L_("Finish", NC_("large", "Finish")), "kx-primary",
                                        G_CALLBACK(on_done), ui));
    return kit_sheet(NULL, pager, actions);
}

const struct page_class page_result = {
    .name = "result",
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD,
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
