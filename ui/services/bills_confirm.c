/* SPDX-License-Identifier: Apache-2.0 */
/* Read back before money moves (EL-5, BL-2): whose account, which address, how much, in digits and in words. */
#include "../charge.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

static const char *title(struct ui *ui)
{
    return L_("Check the name and address", NC_("large", "Is this your home?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Please check the name and address. Touch Read aloud to hear the amount."));
}

static bool ask(struct ui *ui, const char *pin)
{
    g_autofree const char **ids = bill_list_chosen_ids(bills_of(ui));

    if (ids[0] == NULL)
        return false;
    ui->backend->pay(ui->kiosk, ids, pin);
    return true;
}

static void anew(struct ui *ui)
{
    service_bills.enter(ui);
}

static const struct charge charge = {.ask = ask, .review = &page_confirm, .anew = anew};

void bills_pay(struct ui *ui)
{
    charge_ask(ui, &charge);
}

static void pay(struct ui *ui, size_t index)
{
    bills_pay(ui);
}

/* Amounts are spoken because the person asks for it here, and only then (EL-3). */
static void read_aloud(struct ui *ui, size_t index)
{
    const struct bill_list *bills = bills_of(ui);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *total = words_amount_spoken(bill_list_chosen_fen(bills));

    for (size_t i = 0; i < bills->count; i++) {
        g_autofree char *amount = words_amount_spoken(bills->items[i].amount_fen);

        if (bills->chosen[i])
            g_string_append_printf(text, "%s, %s. ", words_bill_kind(bills->items[i].kind), amount);
    }
    g_string_append_printf(text, _("Total %s"), total);
    flow_say(ui, text->str);
}

static bool same_place(const struct kiosk_bill *a, const struct kiosk_bill *b)
{
    return strcmp(a->name_masked, b->name_masked) == 0 && strcmp(a->address_masked, b->address_masked) == 0;
}

/* Whether an earlier ticked bill is of the same name and address. */
static bool place_shown(const struct bill_list *bills, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (bills->chosen[i] && same_place(&bills->items[i], &bills->items[index]))
            return true;
    return false;
}

static GtkWidget *place_new(struct ui *ui, const struct kiosk_bill *bill)
{
    GtkWidget *name = kit_label(bill->name_masked, "kx-answer kx-strong"), *card;
    GtkWidget *address = kit_label(bill->address_masked, "kx-body");

    if (ui_landscape(ui)) {
        gtk_label_set_wrap(GTK_LABEL(name), FALSE);
        return kit_pair(name, address, "kx-card kx-place-wide");
    }
    card = kit_column("kx-card kx-place");
    kit_add(card, name);
    kit_add(card, address);
    return card;
}

static GtkWidget *bill_new(const struct kiosk_bill *bill)
{
    GtkWidget *line = kit_line("kx-bill"), *fact;
    g_autofree char *amount = words_amount(bill->amount_fen);
    g_autofree char *account = g_strdup_printf(_("ending in %s"), bill->account_masked);
    g_autofree char *name = g_strdup_printf("%s %s", words_bill_kind(bill->kind),
                                            bill->account_masked[0] != '\0' ? account : "");

    kit_add(line, kx_icon_new(words_bill_icon(bill->kind)));
    fact = kit_add(line, kit_fact(g_strchomp(name), amount));
    gtk_widget_set_hexpand(fact, TRUE);
    return line;
}

/* A card for each name and address, its bills below; each a block of its own, so that many can be leafed through. */
static void add_place(GPtrArray *blocks, struct ui *ui, size_t index)
{
    const struct bill_list *bills = bills_of(ui);
    const struct kiosk_bill *first = &bills->items[index];

    g_ptr_array_add(blocks, place_new(ui, first));
    for (size_t i = index; i < bills->count; i++)
        if (bills->chosen[i] && same_place(&bills->items[i], first))
            g_ptr_array_add(blocks, bill_new(&bills->items[i]));
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct bill_list *bills = bills_of(ui);
    g_autoptr(GPtrArray) blocks = g_ptr_array_new();

    for (size_t i = 0; i < bills->count; i++)
        if (bills->chosen[i] && !place_shown(bills, i))
            add_place(blocks, ui, i);
    g_ptr_array_add(blocks, NULL);
    return kind_confirm(page, &(struct kind_confirm){
                                  .blocks = (GtkWidget *const *)blocks->pdata,
                                  .sum_fen = bill_list_chosen_fen(bills),
                                  .read = read_aloud,
                                  .yes = L_("Pay now", NC_("large", "Pay now")),
                                  .yes_go = pay,
                              });
}

const struct page_class page_confirm = {
    .name = "confirm",
    .title = title,
    .speech = speech,
    .build = build,
};
