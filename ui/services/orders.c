/* SPDX-License-Identifier: Apache-2.0 */
/* Services to order (F06): by need, then one of them; what the machine says of it. The pages of placing and of one's own: orders_place.c, orders_mine.c. */
#include "orders.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#include <string.h>

#define LISTED_MAX 100

static void clear(void *data)
{
    struct orders *orders = data;

    order_list_clear(&orders->list);
}

struct orders *orders_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_orders, sizeof(struct orders), clear);
}

struct order_catalogue *orders_catalogue(struct ui *ui)
{
    return rooms_get(&ui->rooms, &service_orders, sizeof(struct order_catalogue), order_catalogue_clear);
}

bool orders_offline(const struct ui *ui)
{
    return ui->status_known && !ui->status.online;
}

/* ---- Asking the machine ---------------------------------------------------------------------------------------------- */

static void send(struct ui *ui, const struct kiosk_order_request *request)
{
    ui->backend->orders(ui->kiosk, request);
}

void orders_list_ask(struct ui *ui)
{
    const struct kiosk_order_request request = {.ask = KIOSK_ORDER_ASK_LIST};

    send(ui, &request);
}

static bool may_ask(struct ui *ui, enum kiosk_order_ask ask)
{
    struct orders *orders = orders_of(ui);

    if (orders->asking)
        return false;
    orders->asking = true;
    orders->asked = ask;
    return true;
}

void orders_ask(struct ui *ui, enum kiosk_order_ask ask, const char *words)
{
    g_autofree struct kiosk_order_request *request = g_new0(struct kiosk_order_request, 1);

    if (!may_ask(ui, ask))
        return;
    request->ask = ask;
    g_strlcpy(request->order, orders_of(ui)->order, sizeof request->order);
    g_strlcpy(request->words, words != NULL ? words : "", sizeof request->words);
    send(ui, request);
    flow_refresh(ui, false);
}

/* What is given in that way of paying, as it is offered: minutes of coins, or fen of subsidy. */
static int64_t amount_of(const struct kiosk_service *service, enum kiosk_order_pay pay)
{
    return pay == KIOSK_ORDER_PAY_COIN ? service->coin_min : pay == KIOSK_ORDER_PAY_SUBSIDY ? service->subsidy_fen : 0;
}

void orders_place(struct ui *ui)
{
    struct orders *orders = orders_of(ui);
    g_autofree struct kiosk_order_request *request = g_new0(struct kiosk_order_request, 1);

    if (!may_ask(ui, KIOSK_ORDER_ASK_PLACE))
        return;
    request->ask = KIOSK_ORDER_ASK_PLACE;
    request->pay = orders->pay;
    request->price_fen = orders->service.price_fen;
    request->amount = amount_of(&orders->service, orders->pay);
    request->want_from_ms = orders->when.from_ms;
    request->want_to_ms = orders->when.to_ms;
    g_strlcpy(request->service, orders->service.code, sizeof request->service);
    g_strlcpy(request->words, orders->words != NULL ? _(orders->words) : "", sizeof request->words);
    send(ui, request);
    flow_refresh(ui, false);
}

void orders_choose(struct ui *ui, const struct kiosk_service *service)
{
    struct orders *orders = orders_of(ui);

    orders->service = *service;
    orders->when = (struct order_when){0};
    orders->words = NULL;
    orders->pay = KIOSK_ORDER_PAY_NONE;
    flow_go(ui, service->own_words ? &page_order_words : &page_order_when);
}

/* ---- What do you need? ------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    const struct order_catalogue *catalogue = orders_catalogue(ui);

    if (!catalogue->known)
        return _("Looking for services");
    if (catalogue->count == 0)
        return L_("Services can be seen when online", NC_("large", "See services when online"));
    return _("What do you need?");
}

static char *speech(struct ui *ui)
{
    return g_strdup(title(ui));
}

static void go_mine(struct ui *ui, size_t index)
{
    flow_go(ui, &page_order_mine);
}

static void go_need(struct ui *ui, size_t index)
{
    g_strlcpy(orders_of(ui)->need, order_need(index), sizeof orders_of(ui)->need);
    flow_go(ui, &page_order_services);
}

static char *waiting_words(struct ui *ui)
{
    unsigned waiting = order_list_waiting(&orders_of(ui)->list);

    return waiting > 0 ? g_strdup_printf(_("%u to confirm"), waiting) : NULL;
}

static GtkWidget *build_none(struct page *page)
{
    bool known = orders_catalogue(page->ui)->known;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(known ? "offline" : "orders", "kx-badge-large"),
                                 .answer = known ? _("Please come again later, or ask at the service desk.") : _("One moment, please"),
                                 .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}},
                             });
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct order_catalogue *catalogue = orders_catalogue(ui);
    bool mine = orders_of(ui)->list.count > 0;
    g_autofree char *waiting = waiting_words(ui);
    struct kind_tile tiles[ORDER_NEEDS + 1];
    size_t count = 0;

    if (catalogue->count == 0)
        return build_none(page);
    if (mine)
        tiles[count++] = (struct kind_tile){"orders", _("My orders"), waiting, go_mine, 0, .pressing = waiting != NULL};
    for (size_t i = 0; i < ORDER_NEEDS; i++)
        if (order_catalogue_has(catalogue, order_need(i)))
            tiles[count++] = (struct kind_tile){order_need_icon(order_need(i)), order_need_word(order_need(i)), NULL, go_need, i};
    return kind_choose(page, tiles, count, mine);
}

const struct page_class page_orders = {
    .name = "orders",
    .service = &service_orders,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- Which of them? ----------------------------------------------------------------------------------------------------- */

static const char *services_title(struct ui *ui)
{
    return _("Which service?");
}

static char *services_speech(struct ui *ui)
{
    /* Translators: said aloud: a need, like meals. */
    return g_strdup_printf(_("%s. Touch the service that you want."), order_need_word(orders_of(ui)->need));
}

static void go_service(struct ui *ui, size_t index)
{
    const struct order_catalogue *catalogue = orders_catalogue(ui);

    if (index < catalogue->count)
        orders_choose(ui, &catalogue->items[index]);
}

/* What it costs; in standard text also in what time it is taken on, and by whom. */
static char *service_note(struct ui *ui, const struct kiosk_service *service)
{
    g_autofree char *price = order_price_words(service), *coins = words_duration(service->coin_min),
                    *subsidy = words_amount(service->subsidy_fen), *promise = order_promise_words(service);
    g_autoptr(GString) note = g_string_new(price);

    if (service->coin_min > 0) /* Translators: behind a price: or so many hours of time coins. */
        g_string_append_printf(note, _(" or %s of coins"), coins);
    if (ui->size == TEXT_STD && service->subsidy_fen > 0) /* Translators: behind a price: an amount. */
        g_string_append_printf(note, _(" · subsidy %s"), subsidy);
    if (ui->size == TEXT_STD) /* Translators: behind a price: in how many hours somebody takes it on. */
        g_string_append_printf(note, _(" · taken on within %s"), promise);
    if (ui->size == TEXT_STD && service->providers > 0)
        g_string_append_printf(note, " · %s", order_either(service->provider_zh, service->provider_en));
    return g_string_free(g_steal_pointer(&note), FALSE);
}

static GtkWidget *services_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct order_catalogue *catalogue = orders_catalogue(ui);
    const char *need = orders_of(ui)->need;
    struct kind_row rows[LISTED_MAX];
    char *notes[LISTED_MAX];
    size_t count = 0;

    for (size_t i = 0; i < catalogue->count && count < LISTED_MAX; i++) {
        const struct kiosk_service *service = &catalogue->items[i];

        if (strcmp(service->need, need) != 0)
            continue;
        notes[count] = service_note(ui, service);
        rows[count] = (struct kind_row){.icon = order_need_icon(need),
                                        .text = order_either(service->name_zh, service->name_en),
                                        .note = notes[count],
                                        .go = go_service,
                                        .index = i};
        count++;
    }
    GtkWidget *widget = kind_list(page, rows, count, _("There is nothing of this kind just now."), NULL);
    for (size_t i = 0; i < count; i++)
        g_free(notes[i]);
    return widget;
}

const struct page_class page_order_services = {
    .name = "order-services",
    .service = &service_orders,
    .title = services_title,
    .speech = services_speech,
    .build = services_build,
};

/* ---- What the machine says ------------------------------------------------------------------------------------------------ */

/* What was chosen has today's price, and is paid with money when the way that was chosen is offered no more. */
static void chosen_renew(struct orders *orders, const struct kiosk_service *now)
{
    orders->service = *now;
    if (amount_of(now, orders->pay) == 0)
        orders->pay = KIOSK_ORDER_PAY_NONE;
}

static void on_services(struct ui *ui, const struct kiosk_event *event)
{
    struct order_catalogue *catalogue = orders_catalogue(ui);
    bool first = !catalogue->known;

    order_catalogue_take(catalogue, event->services.items, event->services.count, event->services.now_ms);
    if (ui->session.active) {
        const struct kiosk_service *now = order_catalogue_find(catalogue, orders_of(ui)->service.code);
        if (now != NULL)
            chosen_renew(orders_of(ui), now);
    }
    if (ui->page == &page_orders || ui->page == &page_order_services || ui->page == &page_order_confirm)
        flow_refresh(ui, first);
}

/* What somebody reads of another service, or of their money, stays; this is told where they come to their orders next. */
static void tell(struct ui *ui, const struct page_class *page)
{
    struct orders *orders = orders_of(ui);

    orders->untold = NULL;
    if (flow_within(ui, &service_orders)) {
        flow_go(ui, page);
        return;
    }
    orders->untold = page;
    if (ui->page == &page_home)
        flow_refresh(ui, false);
}

/* It is on the disk: its number and what was promised are in the list that was asked for behind it. */
static void show_placed(struct ui *ui)
{
    struct orders *orders = orders_of(ui);
    const struct kiosk_order *order = order_list_find(&orders->list, orders->order);
    struct order_placed *placed = orders_placed(ui);

    memset(placed, 0, sizeof *placed);
    if (order != NULL)
        placed->order = *order;
    else
        g_strlcpy(placed->order.id, orders->order, sizeof placed->order.id);
    orders->placed = false;
    tell(ui, &page_order_placed);
}

/* Its number has come from the platform meanwhile, or a no. */
static void follow_placed(struct ui *ui)
{
    struct order_placed *placed = orders_placed(ui);
    const struct kiosk_order *order = order_list_find(&orders_of(ui)->list, placed->order.id);

    if (order != NULL && strcmp(order->state, "REFUSED") == 0) {
        g_strlcpy(orders_of(ui)->refused, order->reason, sizeof orders_of(ui)->refused);
        flow_go(ui, &page_order_refused);
        return;
    }
    if (order == NULL || (order->no == placed->order.no && order->placed_ms == placed->order.placed_ms))
        return;
    placed->order = *order;
    flow_refresh(ui, false);
}

static void on_list(struct ui *ui, const struct kiosk_orders_event *told)
{
    struct orders *orders = orders_of(ui);
    bool first = !orders->list.told;

    order_list_take(&orders->list, told);
    if (orders->placed)
        show_placed(ui);
    else if (ui->page == &page_order_placed)
        follow_placed(ui);
    else if (ui->page == &page_home || ui->page == &page_orders || ui->page == &page_order_mine || ui->page == &page_order ||
             ui->page == &page_order_confirm)
        flow_refresh(ui, first && ui->page == &page_order_mine);
}

static void on_done(struct ui *ui)
{
    struct orders *orders = orders_of(ui);

    orders_list_ask(ui);
    if (!flow_within(ui, &service_orders))
        return; /* the list says it */
    if (orders->asked == KIOSK_ORDER_ASK_CONFIRM)
        rating_ask(ui, orders->order, RATING_OF_ORDER);
    else
        flow_go(ui, &page_order);
}

static void on_refused(struct ui *ui, const char *reason)
{
    struct orders *orders = orders_of(ui);

    g_strlcpy(orders->refused, reason, sizeof orders->refused);
    ui->backend->services(ui->kiosk);
    orders_list_ask(ui);
    tell(ui, &page_order_refused);
}

static void on_orders(struct ui *ui, const struct kiosk_orders_event *told)
{
    struct orders *orders = orders_of(ui);
    bool asking = orders->asking && told->ask == orders->asked;

    if (told->phase == KIOSK_ORDER_LIST) {
        on_list(ui, told);
        return;
    }
    if (!asking) { /* the list was refused, or who asked has left */
        if (orders->placed)
            show_placed(ui);
        return;
    }
    orders->asking = false;
    if (told->phase == KIOSK_ORDER_REFUSED) {
        on_refused(ui, told->reason);
    } else if (told->phase == KIOSK_ORDER_PLACED) {
        orders->placed = true;
        g_strlcpy(orders->order, told->id, sizeof orders->order);
        orders_list_ask(ui);
    } else {
        on_done(ui);
    }
}

/* ---- The service ------------------------------------------------------------------------------------------------------ */

static const char *word(void)
{
    return L_("Order a service", NC_("large", "Call a service"));
}

static const char *spoken(void)
{
    return _("order a service");
}

static char *note(struct ui *ui)
{
    const struct page_class *untold = orders_of(ui)->untold;

    return untold != NULL ? g_strdup(untold->title(ui)) : waiting_words(ui);
}

/* Somebody waits for the person's answer. */
static bool pressing(struct ui *ui)
{
    return order_list_waiting(&orders_of(ui)->list) > 0;
}

static void attach(struct ui *ui)
{
    ui->backend->services(ui->kiosk);
}

static void enter(struct ui *ui)
{
    const struct page_class *untold = g_steal_pointer(&orders_of(ui)->untold);

    ui->backend->services(ui->kiosk);
    orders_list_ask(ui);
    flow_go(ui, untold != NULL ? untold : &page_orders);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_SERVICES)
        on_services(ui, event);
    else if (!ui->session.active)
        return; /* the answer came after the person had left */
    else if (event->kind == KIOSK_EVENT_ORDERS)
        on_orders(ui, &event->orders);
    else if (event->kind == KIOSK_EVENT_RATING && event->rating.given)
        orders_list_ask(ui);
}

const struct service service_orders = {
    .name = "orders",
    .icon = "orders",
    .who = SERVICE_FOR_RESIDENTS,
    .word = word,
    .spoken = spoken,
    .note = note,
    .pressing = pressing,
    .attach = attach,
    .begin = orders_list_ask,
    .enter = enter,
    .event = event,
};
