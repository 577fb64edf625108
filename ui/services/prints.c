/* SPDX-License-Identifier: Apache-2.0 */
/* What a person can take home on paper (F30): what there is, and the receipts of this machine. Slips of orders, cases, seats and notices are on their own pages. */
#include "prints.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "activities.h"
#include "orders.h"
#include "pages.h"
#include "tickets.h"

#include <string.h>

#define RECEIPTS_MAX 20

static struct receipts {
    bool told;
    struct kiosk_movement lines[RECEIPTS_MAX];
    size_t count, at; /* at: looked at */
} *receipts_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_receipts, sizeof(struct receipts), NULL);
}

/* ---- What there is -------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    return L_("What shall be printed?", NC_("large", "Print what?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(title(ui));
}

static void go_certificates(struct ui *ui, size_t index)
{
    certificates_enter(ui);
}

static void go_receipts(struct ui *ui, size_t index)
{
    receipts_of(ui)->told = false;
    ui->backend->statement(ui->kiosk);
    flow_go(ui, &page_receipts);
}

static void go_orders(struct ui *ui, size_t index)
{
    orders_list_ask(ui);
    flow_go(ui, &page_order_mine);
}

static void go_cases(struct ui *ui, size_t index)
{
    tickets_list_ask(ui);
    flow_go(ui, &page_ticket_mine);
}

static void go_seats(struct ui *ui, size_t index)
{
    activities_enter(ui);
}

static void go_notices(struct ui *ui, size_t index)
{
    notices_enter(ui);
}

static GtkWidget *build(struct page *page)
{
    const struct kind_row rows[] = {
        {.icon = "volunteer", .text = L_("Volunteer certificate", NC_("large", "Certificate")), .go = go_certificates},
        {.icon = "wallet", .text = _("Receipts"), .go = go_receipts},
        {.icon = "orders", .text = L_("Slip of an order", NC_("large", "Order slip")), .go = go_orders},
        {.icon = "report", .text = L_("Slip of a case", NC_("large", "Case slip")), .go = go_cases},
        {.icon = "activity", .text = L_("Slip of a seat", NC_("large", "Seat slip")), .go = go_seats},
        {.icon = "notice", .text = L_("A notice", NC_("large", "Notice")), .go = go_notices},
    };

    return kind_list(page, rows, G_N_ELEMENTS(rows), "", NULL);
}

const struct page_class page_prints = {
    .name = "prints",
    .service = &service_prints,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- Receipts -------------------------------------------------------------------------------------------------------- */

static const char *receipts_title(struct ui *ui)
{
    return _("Receipts");
}

static char *receipts_speech(struct ui *ui)
{
    const struct receipts *receipts = receipts_of(ui);

    if (!receipts->told)
        return g_strdup(_("One moment, please"));
    return g_strdup(receipts->count > 0 ? _("The newest stands first. Touch one to look at it.") : _("There is no receipt of this machine."));
}

void receipts_choose(struct ui *ui, size_t index)
{
    receipts_of(ui)->at = index;
    flow_go(ui, &page_receipt);
}

static GtkWidget *receipts_build(struct page *page)
{
    const struct receipts *receipts = receipts_of(page->ui);
    struct kind_row rows[RECEIPTS_MAX];
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < receipts->count; i++) {
        g_autofree char *amount = words_amount(receipts->lines[i].amount_fen);
        g_ptr_array_add(texts, g_strdup_printf("%s %s", statement_what(&receipts->lines[i]), amount));
        g_ptr_array_add(texts, words_moment(receipts->lines[i].at_ms));
        rows[i] = (struct kind_row){
            .icon = "bills", .text = texts->pdata[2 * i], .note = texts->pdata[2 * i + 1], .go = receipts_choose, .index = i};
    }
    return kind_list(page, rows, receipts->count, receipts->told ? _("There is no receipt of this machine.") : _("One moment, please"), NULL);
}

const struct page_class page_receipts = {
    .name = "receipts",
    .service = &service_prints,
    .title = receipts_title,
    .speech = receipts_speech,
    .build = receipts_build,
};

/* ---- One of them ------------------------------------------------------------------------------------------------------ */

static const char *receipt_title(struct ui *ui)
{
    return _("Receipt");
}

static const struct kiosk_movement *shown(struct ui *ui)
{
    return &receipts_of(ui)->lines[receipts_of(ui)->at];
}

static char *receipt_speech(struct ui *ui)
{
    char *slip = printing_says(ui, KIOSK_PRINT_RECEIPT, shown(ui)->payment, "");

    return slip != NULL ? slip : g_strdup(_("This is on the receipt. Touch Print slip to take it along."));
}

static void receipt_print(struct ui *ui, size_t index)
{
    printing_ask(ui, KIOSK_PRINT_RECEIPT, shown(ui)->payment, NULL);
}

static GtkWidget *receipt_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_movement *line = shown(ui);
    GtkWidget *card = kit_column("kx-card kx-place"), *slip = printing_line(ui, KIOSK_PRINT_RECEIPT, line->payment, line->receipt_no);
    g_autofree char *amount = words_amount(line->amount_fen), *moment = words_moment(line->at_ms);
    const struct kind_button buttons[] = {
        printing_button(ui, KIOSK_PRINT_RECEIPT, line->payment, receipt_print),
        {NULL, _("OK"), "kx-primary", kind_go_back},
    };

    kit_add(card, kit_fact(statement_what(line), amount));
    kit_add(card, kit_fact(_("Date"), moment));
    kit_add(card, kit_fact(_("Number"), line->receipt_no));
    GtkWidget *blocks[] = {slip != NULL ? slip : card, slip != NULL ? card : NULL, NULL};
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_receipt = {
    .name = "receipt",
    .service = &service_prints,
    .news = PAGE_NEWS_PRINT,
    .title = receipt_title,
    .speech = receipt_speech,
    .build = receipt_build,
};

/* ---- The service -------------------------------------------------------------------------------------------------------- */

void prints_enter(struct ui *ui, size_t index)
{
    flow_go(ui, &page_prints);
}

/* Of those that were asked for here: the wallet asks for the same, and wants all of it. */
static void on_statement(struct ui *ui, const struct kiosk_event *event)
{
    struct receipts *receipts = receipts_of(ui);

    receipts->told = true;
    receipts->count = 0;
    for (size_t i = 0; i < event->statement.count && receipts->count < RECEIPTS_MAX; i++)
        if (event->statement.items[i].payment[0] != '\0')
            receipts->lines[receipts->count++] = event->statement.items[i];
    if (ui->page == &page_receipts)
        flow_refresh(ui, true);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (!ui->session.active)
        return; /* the answer came after the person had left */
    if (event->kind == KIOSK_EVENT_STATEMENT && flow_underneath(ui) == &page_receipts)
        on_statement(ui, event);
    else if (event->kind == KIOSK_EVENT_CERTIFICATES)
        certificates_event(ui, &event->certificates);
}

/* Without a tile: My page leads here. */
const struct service service_prints = {
    .name = "prints",
    .icon = "print",
    .who = SERVICE_FOR_RESIDENTS,
    .event = event,
};
