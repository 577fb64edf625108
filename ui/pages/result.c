/* SPDX-License-Identifier: Apache-2.0 */
/* Paid, or added: a tick, how much, what is left on the card, and where the slip is. */
#include "../charge.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return ui->session.payment.load ? L_("Money added", NC_("large", "Money added")) : L_("Paid", NC_("large", "Paid"));
}

static char *speech(struct ui *ui)
{
    switch (printing_state(ui, KIOSK_PRINT_RECEIPT, ui->session.payment.id)) {
    case PRINT_DONE:
        return g_strdup(_("The slip is printed. Please take the slip and your card."));
    case PRINT_FAILED:
        return g_strdup(_("The slip could not be printed. Please note the number on the screen."));
    default:
        if (ui->session.payment.load)
            return g_strdup(_("The money is on the card. Please take your card with you."));
        return g_strdup(ui->card_present ? _("Paid. You can print a slip. Please take your card with you.")
                                         : _("Paid. Thank you."));
    }
}

static void print(struct ui *ui, size_t index)
{
    printing_ask(ui, KIOSK_PRINT_RECEIPT, ui->session.payment.id, NULL);
}

/* What a later tap found out. */
static const char *settled(const struct kiosk_payment_event *payment)
{
    if (!payment->recovered)
        return NULL;
    return payment->load ? _("Your last money is on the card, once. There is nothing more to do.")
                         : _("Your last payment went through. You paid once; there is nothing more to do.");
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
    g_autofree char *left = words_amount(session->payment.balance_after_fen);

    return kind_result(
        page,
        &(struct kind_result){
            .sum_fen = session->payment.amount_fen,
            .soft = settled(&session->payment),
            .facts = {{session->payment.load ? L_("Card balance", NC_("large", "On the card"))
                                             : L_("Left on the card", NC_("large", "Left on the card")),
                       left},
                      {_("Number"), session->payment.receipt_no}},
            .slip = printing_line(ui, KIOSK_PRINT_RECEIPT, session->payment.id, session->payment.receipt_no),
            .buttons = {printing_button(ui, KIOSK_PRINT_RECEIPT, session->payment.id, print),
                        {NULL, behind != NULL ? behind->paid(ui) : NULL, "kx-plain", go_behind},
                        {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
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
