/* SPDX-License-Identifier: Apache-2.0 */
/* The card's PIN, for what is charged to it. */
#include "../charge.h"
#include "../kinds/kinds.h"

static bool was_wrong(const struct ui *ui)
{
    return ui->session.payment.phase == KIOSK_PAYMENT_PIN_WRONG;
}

static const char *title(struct ui *ui)
{
    return _("Enter the card's PIN");
}

static char *speech(struct ui *ui)
{
    return g_strdup(was_wrong(ui) ? _("The PIN was not right. Please try again.")
                                  : _("Please enter the card's PIN and cover the keys with your hand."));
}

static void entered(struct ui *ui)
{
    charge_ask(ui, ui->session.charge);
}

static GtkWidget *build(struct page *page)
{
    return kind_pin(page, &(struct kind_pin){
                              .trouble = was_wrong(page->ui) ? _("The PIN was not right. No money was taken.") : NULL,
                              .tries_left = page->ui->session.payment.tries_left,
                              .entered = entered,
                          });
}

const struct page_class page_pin = {
    .name = "pin",
    .flags = PAGE_PASSING,
    .title = title,
    .speech = speech,
    .build = build,
    .key = kind_pin_key,
};
