/* SPDX-License-Identifier: Apache-2.0 */
/* What is on the card: the balance, the last four digits, how long it is valid; what happened to it, and more onto it. */
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

static void history(struct ui *ui, size_t index)
{
    statement_enter(ui);
}

static void add_money(struct ui *ui, size_t index)
{
    load_enter(ui);
}

static GtkWidget *build(struct page *page)
{
    const struct kiosk_identity *identity = &page->ui->session.identity;
    bool drawn = page->ui->size == TEXT_STD, loads = identity->has_balance && !identity->visitor;
    GtkWidget *const blocks[] = {
        balance_new(identity), facts_new(identity),
        identity->visitor ? kit_label(_("Money is added to this card in its own city."), "kx-soft") : NULL, NULL};
    const struct kind_button buttons[] = {
        {drawn ? "speak" : NULL, identity->has_balance ? L_("Read aloud", NC_("large", "Read aloud")) : NULL, "kx-plain", read_aloud},
        {drawn ? "bills" : NULL, L_("What happened", NC_("large", "History")), "kx-plain", history},
        {drawn ? "plus" : NULL, loads ? L_("Add money", NC_("large", "Add money")) : NULL, "kx-primary", add_money},
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
    .event = statement_event,
};
