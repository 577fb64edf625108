/* SPDX-License-Identifier: Apache-2.0 */
/* Read back before money moves (EL-5, BL-2): whose account, which address, how much, in digits and in words. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return L_("Check the name and address", NC_("large", "Is this your home?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Please check the name and address. Touch Read aloud to hear the amount."));
}

static void on_pay(GtkButton *button, gpointer ui)
{
    flow_pay(ui);
}

/* Amounts are spoken because the person asks for it here, and only then (EL-3). */
static void on_read(GtkButton *button, gpointer data)
{
    struct ui *ui = data;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *total = words_amount_spoken(session_chosen_fen(&ui->session));

    for (size_t i = 0; i < ui->session.bill_count; i++) {
        g_autofree char *amount = words_amount_spoken(ui->session.bills[i].amount_fen);

        if (ui->session.chosen[i])
            g_string_append_printf(text, "%s, %s. ", words_bill_kind(ui->session.bills[i].kind), amount);
    }
    g_string_append_printf(text, _("Total %s"), total);
    flow_say(ui, text->str);
}

static bool same_place(const struct kiosk_bill *a, const struct kiosk_bill *b)
{
    return strcmp(a->name_masked, b->name_masked) == 0 && strcmp(a->address_masked, b->address_masked) == 0;
}

/* Whether an earlier ticked bill is of the same name and address. */
static bool place_shown(const struct session *session, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (session->chosen[i] && same_place(&session->bills[i], &session->bills[index]))
            return true;
    return false;
}

/* One card for each name and address, with its bills below. */
static GtkWidget *place_new(const struct session *session, size_t index)
{
    const struct kiosk_bill *first = &session->bills[index];
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_label(first->name_masked, "kx-answer kx-strong"));
    kit_add(card, kit_label(first->address_masked, "kx-body"));
    kit_add(card, gtk_separator_new(GTK_ORIENTATION_HORIZONTAL));
    for (size_t i = index; i < session->bill_count; i++) {
        const struct kiosk_bill *bill = &session->bills[i];
        g_autofree char *amount = words_amount(bill->amount_fen);
        g_autofree char *name = bill->account_masked[0] != '\0'
                                    ? g_strdup_printf("%s %s", words_bill_kind(bill->kind), bill->account_masked)
                                    : g_strdup(words_bill_kind(bill->kind));

        if (session->chosen[i] && same_place(bill, first))
            kit_add(card, kit_fact(name, amount));
    }
    return card;
}

static GtkWidget *sum_new(struct ui *ui)
{
    int64_t fen = session_chosen_fen(&ui->session);
    GtkWidget *column = kit_column("kx-card kx-sum-card");
    g_autofree char *words = words_amount_in_words(fen);
    g_autofree char *total = g_strdup_printf(L_("Total %s", NC_("large", "Total %s")), words);

    kit_add(column, kit_amount(fen, "kx-sum"));
    kit_add(column, kit_label(total, "kx-body"));
    return column;
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(ui->size == TEXT_XLARGE && !ui_landscape(ui));

    for (size_t i = 0; i < ui->session.bill_count; i++)
        if (ui->session.chosen[i] && !place_shown(&ui->session, i))
            kx_pager_add(KX_PAGER(pager), place_new(&ui->session, i));
    kx_pager_add(KX_PAGER(pager), sum_new(ui));
    kit_actions_add(actions, kit_button("speak", _("Read aloud"), "kx-plain", G_CALLBACK(on_read), ui));
    kit_actions_add(actions, kit_button(NULL, L_("Pay now", NC_("large", "Pay now")), "kx-pay", G_CALLBACK(on_pay), ui));
    return kit_sheet(kit_title(title(ui)), pager, actions);
}

const struct page_class page_confirm = {
    .name = "confirm",
    .back = PAGE_BILLS,
    .title = title,
    .speech = speech,
    .build = build,
};
