/* SPDX-License-Identifier: Apache-2.0 */
/* What is on the card: the balance, the last four digits, how long it is valid. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return _("My wallet");
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("This is the money on your card. Touch Read aloud to hear it."));
}

static void on_read(GtkButton *button, gpointer data)
{
    struct ui *ui = data;
    g_autofree char *amount = words_amount_spoken(ui->session.identity.balance_fen);
    g_autofree char *text = g_strdup_printf(_("On the card: %s"), amount);

    flow_say(ui, text);
}

static void on_home(GtkButton *button, gpointer ui)
{
    flow_home(ui);
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
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(FALSE);

    kx_pager_add(KX_PAGER(pager), balance_new(&ui->session.identity));
    kx_pager_add(KX_PAGER(pager), facts_new(&ui->session.identity));
    kx_pager_add(KX_PAGER(pager), kit_label(_("Money can be added at the service desk."), "kx-soft"));
    if (ui->session.identity.has_balance)
        kit_actions_add(actions, kit_button("speak", _("Read aloud"), "kx-plain", G_CALLBACK(on_read), ui));
    kit_actions_add(actions, kit_button(NULL, _("Home"), "kx-primary", G_CALLBACK(on_home), ui));
    return kit_sheet(kit_title(title(ui)), pager, actions);
}

const struct page_class page_wallet = {
    .name = "wallet",
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
