/* SPDX-License-Identifier: Apache-2.0 */
/* Paid: a tick, what was paid, what is left on the card, and where the slip is. */
#include "../charge.h"
#include "../kinds/kinds.h"
#include "../service.h"
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

static void print(struct ui *ui, size_t index)
{
    charge_print(ui);
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

static GtkWidget *slip_new(struct ui *ui)
{
    g_autofree char *text = slip_text(ui);
    GtkWidget *line;

    if (text == NULL)
        return NULL;
    line = kit_line(ui->session.print == PRINT_FAILED ? "kx-slip kx-warn" : "kx-slip");
    kit_add(line, kx_icon_new("print"));
    kit_add(line, kit_label(text, "kx-body"));
    return line;
}

static const char *print_word(enum print_state state)
{
    if (state == PRINT_DONE)
        return NULL;
    return state == PRINT_FAILED ? _("Print again") : L_("Print slip", NC_("large", "Print"));
}

static void go_behind(struct ui *ui, size_t index)
{
    const struct service *service = services_paid(ui);

    if (service != NULL)
        service->paid_enter(ui);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct session *session = &ui->session;
    const struct service *behind = services_paid(ui);
    const char *once = _("Your last payment went through. You paid once; there is nothing more to do.");

    return kind_poster(
        page, &(struct kind_poster){
                  .drawing = kit_badge("tick", "kx-badge-large kx-ok"),
                  .under = kit_amount(session->payment.amount_fen, "kx-sum"),
                  .soft = {session->payment.recovered ? once : NULL},
                  .blocks = {facts_new(ui), slip_new(ui)},
                  .buttons = {{"print", print_word(session->print), "kx-plain", print, .off = session->print == PRINT_RUNNING},
                              {NULL, behind != NULL ? behind->paid(ui) : NULL, "kx-plain", go_behind},
                              {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                  .upright_when_largest = true,
              });
}

const struct page_class page_result = {
    .name = "result",
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .news = PAGE_NEWS_PRINT,
    .title = title,
    .speech = speech,
    .build = build,
};
