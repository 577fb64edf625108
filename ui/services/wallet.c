/* SPDX-License-Identifier: Apache-2.0 */
/* What is on the card: the balance, the last four digits, how long it is valid. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

static const char *title(struct ui *ui)
{
    return _("My wallet");
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("This is the money on your card. Touch Read aloud to hear it."));
}

static void read_aloud(struct ui *ui, size_t index)
{
    g_autofree char *amount = words_amount_spoken(ui->session.identity.balance_fen);
    g_autofree char *text = g_strdup_printf(_("On the card: %s"), amount);

    flow_say(ui, text);
}

static GtkWidget *balance_new(const struct kiosk_identity *identity)
{
    GtkWidget *card = kit_column("kx-card kx-balance");

    if (!identity->has_balance) {
        kit_add(card, kit_label(_("The balance could not be read. Lay the card flat."), "kx-answer"));
        return card;
    }
    kit_add(card, kit_label(L_("Card balance", NC_("large", "On the card")), "kx-answer"));
    kit_add(card, kit_amount(identity->balance_fen, "kx-sum"));
    return card;
}

static GtkWidget *facts_new(const struct kiosk_identity *identity)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *number = g_strdup_printf(_("ending in %s"), identity->card_last4);
    g_autofree char *until = words_date(identity->valid_to);

    kit_add(card, kit_fact(_("Card number"), number));
    if (until[0] != '\0')
        kit_add(card, kit_fact(_("Valid until"), until));
    return card;
}

static GtkWidget *build(struct page *page)
{
    const struct kiosk_identity *identity = &page->ui->session.identity;
    GtkWidget *const blocks[] = {balance_new(identity), facts_new(identity),
                                 kit_label(_("Money can be added at the service desk."), "kx-soft"), NULL};
    const struct kind_button buttons[] = {
        {"speak", identity->has_balance ? _("Read aloud") : NULL, "kx-plain", read_aloud},
        {NULL, _("Home"), "kx-primary", kind_go_home},
    };

    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_wallet = {
    .name = "wallet",
    .title = title,
    .speech = speech,
    .build = build,
};

static const char *word(void)
{
    return _("My wallet");
}

static const char *spoken(void)
{
    return _("my wallet");
}

static void enter(struct ui *ui)
{
    flow_go(ui, &page_wallet);
}

const struct service service_wallet = {
    .name = "wallet",
    .icon = "wallet",
    .who = SERVICE_FOR_CARDS,
    .word = word,
    .spoken = spoken,
    .enter = enter,
};
