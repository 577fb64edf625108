/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own orders: where each stands, and what they can do about it: call it off, confirm, say what is wrong, rate, order again. */
#include "orders.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#include <string.h>

/* ---- All of them --------------------------------------------------------------------------------------------------- */

static const char *mine_title(struct ui *ui)
{
    return _("My orders");
}

static char *mine_speech(struct ui *ui)
{
    unsigned waiting = order_list_waiting(&orders_of(ui)->list);

    return g_strdup(waiting > 0 ? _("Your orders. The first one wants an answer from you.") : _("Your orders. Touch one to look at it."));
}

static void go_order(struct ui *ui, size_t index)
{
    struct orders *orders = orders_of(ui);

    if (index >= orders->list.count)
        return;
    g_strlcpy(orders->order, orders->list.items[index].id, sizeof orders->order);
    flow_go(ui, &page_order);
}

static const char *empty_words(const struct orders *orders)
{
    if (!orders->list.told)
        return _("One moment, please");
    return orders->list.known ? _("You have no orders.") : _("Your orders can be seen when online.");
}

/* What was done here and has not gone out is told apart. */
static char *row_note(const struct kiosk_order *order)
{
    g_autofree char *day = words_day_of(order->placed_ms);
    const char *state = order_state_word(order->state);

    if (order->may_confirm) /* the state stands above its name */
        return g_steal_pointer(&day);
    if (order->pending) /* Translators: a state, the time of ordering. */
        return g_strdup_printf(_("%1$s · not sent yet · %2$s"), state, day);
    return g_strdup_printf("%s · %s", state, day);
}

static GtkWidget *mine_build(struct page *page)
{
    const struct orders *orders = orders_of(page->ui);
    size_t count = orders->list.count;
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MAX(count, 1));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < count; i++) {
        const struct kiosk_order *order = &orders->list.items[i];

        g_ptr_array_add(texts, order_name(order));
        g_ptr_array_add(texts, row_note(order));
        rows[i] = (struct kind_row){.icon = order_need_icon(order->need),
                                    .kicker = order->may_confirm ? _("Please confirm") : NULL,
                                    .text = texts->pdata[2 * i],
                                    .note = texts->pdata[2 * i + 1],
                                    .go = go_order,
                                    .index = i};
    }
    return kind_list(page, rows, count, empty_words(orders), NULL);
}

const struct page_class page_order_mine = {
    .name = "order-mine",
    .service = &service_orders,
    .title = mine_title,
    .speech = mine_speech,
    .build = mine_build,
};

/* ---- One of them --------------------------------------------------------------------------------------------------- */

static const struct kiosk_order *shown(struct ui *ui)
{
    return order_list_find(&orders_of(ui)->list, orders_of(ui)->order);
}

static const char *order_title(struct ui *ui)
{
    const struct kiosk_order *order = shown(ui);
    const char *name = order != NULL ? order_either(order->name_zh, order->name_en) : "";

    return name[0] != '\0' ? name : _("My orders");
}

static char *order_speech(struct ui *ui)
{
    const struct kiosk_order *order = shown(ui);
    char *slip = order != NULL ? printing_says(ui, KIOSK_PRINT_ORDER, order->id, "") : NULL;

    if (slip != NULL)
        return slip;
    return g_strdup(order != NULL ? order_state_word(order->state) : _("One moment, please"));
}

static void go_page(struct ui *ui, size_t index)
{
    static const struct page_class *const pages[] = {&page_order_cancel, &page_order_dispute};

    flow_go(ui, pages[index]);
}

static void confirm(struct ui *ui, size_t index)
{
    orders_ask(ui, KIOSK_ORDER_ASK_CONFIRM, NULL);
}

/* One that has stars is changed. */
static void rate(struct ui *ui, size_t stars)
{
    (stars > 0 ? rating_ask_again : rating_ask)(ui, orders_of(ui)->order, RATING_OF_ORDER);
}

static const struct kiosk_service *again_of(struct ui *ui, const struct kiosk_order *order)
{
    bool open = order->may_cancel || order->may_confirm;

    return open ? NULL : order_catalogue_find(orders_catalogue(ui), order->service);
}

static void again(struct ui *ui, size_t index)
{
    const struct kiosk_order *order = shown(ui);
    const struct kiosk_service *service = order != NULL ? again_of(ui, order) : NULL;

    if (service != NULL)
        orders_choose(ui, service);
}

static GtkWidget *state_new(const struct kiosk_order *order)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *next = order_next_words(order);

    kit_add(card, kit_label(order_state_word(order->state), "kx-answer kx-strong"));
    kit_add(card, kit_label(next, "kx-body"));
    if (order->reason[0] != '\0' && strcmp(order->state, "REFUSED") != 0)
        kit_add(card, kit_label(_("What you asked for last was not done. Please ask at the service desk."), "kx-body"));
    if (order->pending && !order_waits_here(order))
        kit_add(card, kit_label(_("Not sent yet. It goes out by itself when the network is back."), "kx-body"));
    return card;
}

static void add_fact(GtkWidget *card, const char *name, const char *value)
{
    if (value[0] != '\0')
        kit_add(card, kit_fact(name, value));
}

static GtkWidget *facts_new(const struct kiosk_order *order)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *no = order_number_words(order->no), *visit = order->visit_ms != 0 ? words_moment(order->visit_ms) : g_strdup(""),
                    *placed = words_moment(order->placed_ms);

    add_fact(card, _("Visit"), visit);
    add_fact(card, _("Who"), order_either(order->provider_zh, order->provider_en));
    add_fact(card, _("Phone"), order->provider_phone);
    add_fact(card, _("Order number"), no);
    add_fact(card, _("Ordered on"), placed);
    return card;
}

static void order_print(struct ui *ui, size_t index)
{
    const struct kiosk_order *order = shown(ui);
    g_autofree char *next = order != NULL ? order_next_words(order) : NULL;

    if (order != NULL)
        orders_slip_print(ui, order, _("Your order"), next);
}

static GtkWidget *order_blocks(struct ui *ui, const struct kiosk_order *order)
{
    g_autofree char *no = order_number_words(order->no);
    GtkWidget *pager = kx_pager_new(), *slip = printing_line(ui, KIOSK_PRINT_ORDER, order->id, no);

    if (slip != NULL)
        kx_pager_add(KX_PAGER(pager), slip);
    kx_pager_add(KX_PAGER(pager), state_new(order));
    kx_pager_add(KX_PAGER(pager), facts_new(order));
    return pager;
}

static GtkWidget *order_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_order *order = shown(ui);
    bool off = orders_of(ui)->asking;

    if (order == NULL)
        return kind_poster(page, &(struct kind_poster){.drawing = kit_badge("orders", "kx-badge-large"),
                                                       .answer = _("One moment, please"),
                                                       .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}}});
    const struct kind_button buttons[] = {
        printing_button(ui, KIOSK_PRINT_ORDER, order->id, order_print),
        {NULL, order->may_cancel ? _("Call it off") : NULL, "kx-plain", go_page, 0, off},
        {NULL, order->may_rate && order->stars > 0 ? _("Change my rating") : NULL, "kx-plain", rate, (size_t)order->stars, off},
        {NULL, again_of(ui, order) != NULL ? _("Order again") : NULL, order->may_rate && order->stars == 0 ? "kx-plain" : "kx-primary", again, 0, off},
        {NULL, order->may_dispute ? _("Something is wrong") : NULL, "kx-plain", go_page, 1, off},
        {NULL, order->may_confirm ? _("Yes, it is done") : NULL, "kx-primary", confirm, 0, off},
        {NULL, order->may_rate && order->stars == 0 ? _("Rate it") : NULL, "kx-primary", rate, 0, off},
    };
    g_autofree char *name = order_name(order);

    return kit_sheet(kit_title(name), order_blocks(ui, order), kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
}

const struct page_class page_order = {
    .name = "order",
    .service = &service_orders,
    .news = PAGE_NEWS_PRINT,
    .title = order_title,
    .speech = order_speech,
    .build = order_build,
};

/* ---- Calling it off ---------------------------------------------------------------------------------------------------- */

static const char *cancel_title(struct ui *ui)
{
    return L_("Shall this order be called off?", NC_("large", "Call it off?"));
}

static char *cancel_speech(struct ui *ui)
{
    return g_strdup(_("Shall this order be called off? Nothing is to be paid then."));
}

static void cancel(struct ui *ui, size_t index)
{
    orders_ask(ui, KIOSK_ORDER_ASK_CANCEL, NULL);
}

static GtkWidget *cancel_build(struct page *page)
{
    const struct kiosk_order *order = shown(page->ui);
    g_autofree char *name = order != NULL ? order_name(order) : NULL;
    bool off = orders_of(page->ui)->asking;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("orders", "kx-badge-large"),
                                 .answer = name,
                                 .soft = {_("Nothing is to be paid then.")},
                                 .buttons = {{NULL, _("No, keep it"), "kx-plain", kind_go_back, 0, off},
                                             {NULL, _("Yes, call it off"), "kx-primary", cancel, 0, off}},
                                 .upright_when_largest = true,
                             });
}

const struct page_class page_order_cancel = {
    .name = "order-cancel",
    .service = &service_orders,
    .flags = PAGE_PASSING,
    .title = cancel_title,
    .speech = cancel_speech,
    .build = cancel_build,
};

/* ---- What is wrong? ---------------------------------------------------------------------------------------------------- */

static const char *const wrongs[] = {N_("No show"), N_("Badly done"), N_("Wrong price"), N_("Damage"), N_("Other")};
static const char *const wrong_icons[] = {"person", "cross", "wallet", "warn", "phone"};

static const char *dispute_title(struct ui *ui)
{
    return _("What is wrong?");
}

static char *dispute_speech(struct ui *ui)
{
    return g_strdup(_("What is wrong? The service centre looks into it then."));
}

static void dispute(struct ui *ui, size_t index)
{
    orders_ask(ui, KIOSK_ORDER_ASK_DISPUTE, _(wrongs[index]));
}

static GtkWidget *dispute_build(struct page *page)
{
    struct kind_tile tiles[G_N_ELEMENTS(wrongs)];

    for (size_t i = 0; i < G_N_ELEMENTS(wrongs); i++)
        tiles[i] = (struct kind_tile){wrong_icons[i], _(wrongs[i]), NULL, dispute, i};
    return kind_scale(page, tiles, G_N_ELEMENTS(wrongs));
}

const struct page_class page_order_dispute = {
    .name = "order-dispute",
    .service = &service_orders,
    .flags = PAGE_PASSING,
    .title = dispute_title,
    .speech = dispute_speech,
    .build = dispute_build,
};
