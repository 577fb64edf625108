/* SPDX-License-Identifier: Apache-2.0 */
/* Placing an order: when it would suit, all of it read back with its price, and what happens next. Nothing is typed. */
#include "orders.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#define LOOK_AGAIN_S 2 /* for the number that the platform gives */

/* ---- What the list has not ------------------------------------------------------------------------------------------- */

static const char *const wishes[] = {
    N_("Repairs"), N_("Company"), N_("An errand"), N_("A question"), N_("Other"),
};
static const char *const wish_icons[] = {"housing", "care", "travel", "info", "phone"};

static const char *words_title(struct ui *ui)
{
    return _("What is it about?");
}

static char *words_speech(struct ui *ui)
{
    return g_strdup(_("What is it about? The service centre gets in touch with you then."));
}

static void go_wish(struct ui *ui, size_t index)
{
    orders_of(ui)->words = wishes[index];
    flow_go(ui, &page_order_confirm);
}

static GtkWidget *words_build(struct page *page)
{
    struct kind_tile tiles[G_N_ELEMENTS(wishes)];

    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++)
        tiles[i] = (struct kind_tile){wish_icons[i], _(wishes[i]), NULL, go_wish, i};
    return kind_scale(page, tiles, G_N_ELEMENTS(wishes));
}

const struct page_class page_order_words = {
    .name = "order-words",
    .service = &service_orders,
    .title = words_title,
    .speech = words_speech,
    .build = words_build,
};

/* ---- How is it paid? ------------------------------------------------------------------------------------------------- */

#define WAYS 3

/* In which ways it can be paid, as far as is known; how many. `out` may be NULL. */
static size_t ways_of(struct ui *ui, enum kiosk_order_pay out[WAYS])
{
    static const enum kiosk_order_pay all[WAYS] = {KIOSK_ORDER_PAY_NONE, KIOSK_ORDER_PAY_COIN, KIOSK_ORDER_PAY_SUBSIDY};
    const struct orders *orders = orders_of(ui);
    size_t count = 0;

    for (size_t i = 0; i < WAYS; i++)
        if (order_list_affords(&orders->list, &orders->service, all[i])) {
            if (out != NULL)
                out[count] = all[i];
            count++;
        }
    return count;
}

static const char *pay_title(struct ui *ui)
{
    return _("How will it be paid?");
}

static char *pay_speech(struct ui *ui)
{
    return g_strdup(pay_title(ui));
}

static int64_t to_pay_fen(const struct kiosk_service *service, enum kiosk_order_pay pay)
{
    return pay == KIOSK_ORDER_PAY_SUBSIDY ? MAX(service->price_fen - service->subsidy_fen, 0) : service->price_fen;
}

/* What the person gives in this way, as it stands on the button; g_free'd. */
static char *pay_words(const struct kiosk_service *service, enum kiosk_order_pay pay)
{
    g_autofree char *coins = words_duration(service->coin_min);

    if (pay == KIOSK_ORDER_PAY_COIN)
        return g_strdup_printf(_("%s of coins"), coins);
    if (to_pay_fen(service, pay) == 0)
        return g_strdup(_("Free of charge"));
    if (pay == KIOSK_ORDER_PAY_NONE && order_by_hour(service))
        return order_price_words(service);
    return words_amount(to_pay_fen(service, pay));
}

/* The same as a sentence that is said; g_free'd. */
static char *pay_spoken(const struct kiosk_service *service, enum kiosk_order_pay pay)
{
    g_autofree char *coins = pay_words(service, pay), *amount = words_amount_spoken(to_pay_fen(service, pay));

    if (pay == KIOSK_ORDER_PAY_COIN) /* Translators: said aloud: so many hours of coins. */
        return g_strdup_printf(_("It costs %s."), coins);
    if (to_pay_fen(service, pay) == 0)
        return g_strdup(_("It costs nothing."));
    if (pay == KIOSK_ORDER_PAY_SUBSIDY) /* Translators: said aloud: an amount. */
        return g_strdup_printf(_("With the subsidy you pay %s."), amount);
    return g_strdup_printf(order_by_hour(service) ? _("It costs %s for each hour.") : _("It costs %s."), amount);
}

static void go_pay(struct ui *ui, size_t pay)
{
    orders_of(ui)->pay = (enum kiosk_order_pay)pay;
    flow_go(ui, &page_order_confirm);
}

static GtkWidget *pay_build(struct page *page)
{
    static const char *const icons[] = {"wallet", "clock", "care"};
    const char *const words[] = {_("With money"), _("With time coins"), _("With subsidy")};
    enum kiosk_order_pay ways[WAYS];
    struct kind_tile tiles[WAYS];
    char *notes[WAYS];
    size_t count = ways_of(page->ui, ways);

    for (size_t i = 0; i < count; i++) {
        notes[i] = pay_words(&orders_of(page->ui)->service, ways[i]);
        tiles[i] = (struct kind_tile){icons[ways[i]], words[ways[i]], notes[i], go_pay, ways[i]};
    }
    GtkWidget *widget = kind_choose(page, tiles, count, false);
    for (size_t i = 0; i < count; i++)
        g_free(notes[i]);
    return widget;
}

const struct page_class page_order_pay = {
    .name = "order-pay",
    .service = &service_orders,
    .title = pay_title,
    .speech = pay_speech,
    .build = pay_build,
};

/* ---- When? ------------------------------------------------------------------------------------------------------------ */

static const char *when_title(struct ui *ui)
{
    return _("When would it suit you?");
}

static char *when_speech(struct ui *ui)
{
    return g_strdup(when_title(ui));
}

static void go_when(struct ui *ui, size_t index)
{
    struct order_when whens[ORDER_WHENS];

    if (index < order_whens(orders_catalogue(ui)->now_ms, whens)) {
        orders_of(ui)->when = whens[index];
        flow_go(ui, ways_of(ui, NULL) > 1 ? &page_order_pay : &page_order_confirm);
    }
}

/* In large text the day: which part of it is on the tile already. */
static char *when_note(const struct ui *ui, const struct order_when *when)
{
    if (when->from_ms == 0)
        return NULL;
    return ui->size == TEXT_STD ? words_span(when->from_ms, when->to_ms) : words_day_of(when->from_ms);
}

static GtkWidget *when_build(struct page *page)
{
    struct order_when whens[ORDER_WHENS];
    struct kind_tile tiles[ORDER_WHENS];
    char *notes[ORDER_WHENS];
    size_t count = order_whens(orders_catalogue(page->ui)->now_ms, whens);

    for (size_t i = 0; i < count; i++) {
        notes[i] = when_note(page->ui, &whens[i]);
        tiles[i] = (struct kind_tile){whens[i].icon, _(whens[i].word), notes[i], go_when, i};
    }
    GtkWidget *widget = kind_choose(page, tiles, count, false);
    for (size_t i = 0; i < count; i++)
        g_free(notes[i]);
    return widget;
}

const struct page_class page_order_when = {
    .name = "order-when",
    .service = &service_orders,
    .title = when_title,
    .speech = when_speech,
    .build = when_build,
};

/* ---- Is it right? -------------------------------------------------------------------------------------------------------- */

static const char *confirm_title(struct ui *ui)
{
    return L_("Is this what you want?", NC_("large", "Is this right?"));
}

static char *confirm_speech(struct ui *ui)
{
    return g_strdup(_("Please look it over, then touch Order. Touch Read aloud to hear it."));
}

static const char *name_of(const struct kiosk_service *service)
{
    return order_either(service->name_zh, service->name_en);
}

static char *when_words(const struct orders *orders)
{
    return orders->when.from_ms != 0 ? words_span(orders->when.from_ms, orders->when.to_ms) : g_strdup(_("Any day this week"));
}

static const char *where_words(const struct kiosk_service *service)
{
    return service->at_home ? _("At your home") : _("At their place");
}

char *orders_spoken(struct ui *ui)
{
    const struct orders *orders = orders_of(ui);
    g_autofree char *when = when_words(orders), *pays = pay_spoken(&orders->service, orders->pay);
    /* Translators: said aloud: a service, a time, a place, a sentence of what it costs. */
    return g_strdup_printf(_("%1$s. %2$s. %3$s. %4$s"), name_of(&orders->service), when, where_words(&orders->service), pays);
}

static void read_aloud(struct ui *ui, size_t index)
{
    g_autofree char *text = orders_spoken(ui);

    flow_say(ui, text);
}

static GtkWidget *what_new(const struct orders *orders)
{
    const struct kiosk_service *service = &orders->service;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *price = order_price_words(service), *pays = pay_words(service, orders->pay);

    kit_add(card, kit_label(name_of(service), "kx-answer kx-strong"));
    if (orders->words != NULL)
        kit_add(card, kit_label(_(orders->words), "kx-body"));
    kit_add(card, kit_fact(_("Price"), price));
    if (orders->pay != KIOSK_ORDER_PAY_NONE)
        kit_add(card, kit_fact(_("You pay"), pays));
    return card;
}

/* Without a line nobody promises a time. */
static GtkWidget *how_new(const struct orders *orders, bool promised)
{
    const struct kiosk_service *service = &orders->service;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *when = when_words(orders), *promise = order_promise_words(service);
    g_autofree char *within = g_strdup_printf(_("within %s"), promise);

    kit_add(card, kit_fact(_("When"), when));
    kit_add(card, kit_fact(_("Where"), where_words(service)));
    if (service->providers > 0)
        kit_add(card, kit_fact(_("Who"), order_either(service->provider_zh, service->provider_en)));
    if (promised)
        kit_add(card, kit_fact(_("Answer"), within));
    return card;
}

static GtkWidget *contact_new(struct ui *ui)
{
    const char *home = _("You get a call about the address. Is your phone not known here yet? Then tell the service desk.");
    const char *offline = _("No network now: it is written down here and sent by itself later. Your turn counts from now.");
    GtkWidget *column = kit_column("kx-place");
    const struct orders *orders = orders_of(ui);

    if (orders_offline(ui))
        kit_add(column, kit_label(offline, "kx-soft kx-strong"));
    if (orders->service.price_fen > 0 && orders->pay != KIOSK_ORDER_PAY_COIN)
        kit_add(column, kit_label(_("Paid when it is done. Nobody takes cash at your door."), "kx-soft"));
    kit_add(column, kit_label(home, "kx-soft"));
    return column;
}

static void place(struct ui *ui, size_t index)
{
    orders_place(ui);
}

/* What it costs stands on the button, on every leaf. */
static GtkWidget *foot_new(struct ui *ui)
{
    const struct orders *orders = orders_of(ui);
    g_autofree char *pays = pay_words(&orders->service, orders->pay);
    g_autofree char *order = g_strdup_printf(_("Order: %s"), pays);
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", read_aloud},
        {NULL, order, "kx-primary", place, 0, orders->asking},
    };

    return kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui));
}

static GtkWidget *confirm_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct orders *orders = orders_of(ui);
    GtkWidget *pager = kx_pager_new();

    kx_pager_add(KX_PAGER(pager), what_new(orders));
    kx_pager_add(KX_PAGER(pager), how_new(orders, !orders_offline(ui)));
    kx_pager_add(KX_PAGER(pager), contact_new(ui));
    return kit_sheet(kit_title(confirm_title(ui)), pager, foot_new(ui));
}

const struct page_class page_order_confirm = {
    .name = "order-confirm",
    .service = &service_orders,
    .title = confirm_title,
    .speech = confirm_speech,
    .build = confirm_build,
};

/* ---- Placed ---------------------------------------------------------------------------------------------------------------- */

/* Owned by its page: it stays when the card is taken from it. */
struct order_placed *orders_placed(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_order_placed, sizeof(struct order_placed), NULL);
}

/* By the platform: it gives the number. A line alone is no promise. */
static bool is_heard(struct ui *ui)
{
    return orders_placed(ui)->order.no != 0;
}

static const char *placed_answer(struct ui *ui)
{
    if (is_heard(ui))
        return _("Somebody gets in touch with you.");
    return orders_offline(ui) ? _("It goes out by itself when the network is back. Your turn counts from now.")
                              : _("It goes to the service centre now. You find it under My orders.");
}

static const char *placed_title(struct ui *ui)
{
    if (is_heard(ui))
        return _("Ordered");
    return orders_offline(ui) ? L_("Ordered, it is sent later", NC_("large", "Written down"))
                              : L_("Your order is written down", NC_("large", "Written down"));
}

static char *placed_speech(struct ui *ui)
{
    char *slip = printing_says(ui, KIOSK_PRINT_ORDER, orders_placed(ui)->order.id, "");

    if (slip != NULL)
        return slip;
    if (is_heard(ui))
        return g_strdup(_("It is ordered. You find it under My orders."));
    return g_strdup(orders_offline(ui) ? _("It is written down and sent by itself when the network is back. You find it under My orders.")
                                       : placed_answer(ui));
}

static GtkWidget *facts_new(const struct kiosk_order *order, bool promised)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *name = order_name(order), *by = words_moment(order->accept_by_ms),
                    *when = order->want_from_ms != 0 ? words_span(order->want_from_ms, order->want_to_ms) : NULL;

    kit_add(card, kit_label(name, "kx-answer kx-strong"));
    if (when != NULL)
        kit_add(card, kit_fact(_("When"), when));
    if (promised && order->accept_by_ms != 0)
        kit_add(card, kit_fact(_("Answer by"), by));
    return card;
}

/* The number alone, large: it is what people write down. NULL: the platform has not said. */
static GtkWidget *number_new(const struct kiosk_order *order)
{
    g_autofree char *no = order_number_words(order->no), *text = g_strdup_printf(_("No. %s"), no);

    return no[0] != '\0' ? kit_label(text, "kx-sum kx-strong") : NULL;
}

void orders_slip_print(struct ui *ui, const struct kiosk_order *order, const char *heading, const char *text)
{
    bool heard = order->no != 0;
    g_autofree char *name = order_name(order), *no = g_strdup_printf("%" G_GINT64_FORMAT, order->no),
                    *when = order->want_from_ms != 0 ? words_span(order->want_from_ms, order->want_to_ms) : g_strdup(""),
                    *by = words_moment(order->accept_by_ms), *price = words_amount(order->price_fen);
    struct kiosk_slip slip = {.title = heading, .number = heard ? no : "", .text = text};

    slip_line(&slip, _("Service"), name);
    slip_line(&slip, _("When"), when);
    slip_line(&slip, _("Answer by"), heard && order->accept_by_ms != 0 ? by : "");
    slip_line(&slip, _("Total"), order->price_fen != 0 ? price : "");
    printing_ask(ui, KIOSK_PRINT_ORDER, order->id, &slip);
}

/* What is on the screen, to take along. */
static void placed_print(struct ui *ui, size_t index)
{
    orders_slip_print(ui, &orders_placed(ui)->order, placed_title(ui), placed_answer(ui));
}

/* What the printer says comes first: it is what was touched last. */
static void placed_blocks(struct ui *ui, GtkWidget *blocks[KIND_BLOCKS])
{
    const struct kiosk_order *order = &orders_placed(ui)->order;
    g_autofree char *no = order_number_words(order->no);
    GtkWidget *slip = printing_line(ui, KIOSK_PRINT_ORDER, order->id, no);
    size_t count = 0;

    if (slip != NULL)
        blocks[count++] = slip;
    if (order->placed_ms != 0)
        blocks[count++] = facts_new(order, is_heard(ui));
    if (order->at_home)
        blocks[count++] = kit_label(_("The helper shows a badge and never asks for cash."), "kx-soft");
}

static GtkWidget *placed_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_order *order = &orders_placed(ui)->order;
    struct kind_poster poster = {
        .drawing = is_heard(ui) ? kit_badge("tick", "kx-badge-large kx-ok") : kit_badge("clock", "kx-badge-large"),
        .under = number_new(order),
        .answer = placed_answer(ui),
        .buttons = {order->placed_ms != 0 ? printing_button(ui, KIOSK_PRINT_ORDER, order->id, placed_print) : (struct kind_button){0},
                    {NULL, ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                    {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
        .upright_when_largest = true,
    };

    placed_blocks(ui, poster.blocks);
    return kind_poster(page, &poster);
}

/* While the number has not come and there is a line: look again. */
static gboolean on_look(gpointer data)
{
    struct page *page = data;

    if (!page->ui->session.active || is_heard(page->ui) || orders_offline(page->ui)) {
        page->timeout = 0;
        return G_SOURCE_REMOVE;
    }
    orders_list_ask(page->ui);
    return G_SOURCE_CONTINUE;
}

static void placed_show(struct page *page)
{
    page->timeout = g_timeout_add_seconds(LOOK_AGAIN_S, on_look, page);
}

const struct page_class page_order_placed = {
    .name = "order-placed",
    .service = &service_orders,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .news = PAGE_NEWS_ONLINE | PAGE_NEWS_PRINT,
    .title = placed_title,
    .speech = placed_speech,
    .build = placed_build,
    .show = placed_show,
};

/* ---- Not placed -------------------------------------------------------------------------------------------------------------- */

static const char *refused_title(struct ui *ui)
{
    return order_refusal_of(orders_of(ui)->refused).headline;
}

static char *refused_speech(struct ui *ui)
{
    struct order_refusal refusal = order_refusal_of(orders_of(ui)->refused);

    return g_strdup_printf("%s. %s", refusal.headline, refusal.advice);
}

static void refused_go(struct ui *ui, size_t way)
{
    static const struct page_class *const pages[] = {
        [ORDER_WAY_PRICE] = &page_order_confirm,
        [ORDER_WAY_MINE] = &page_order_mine,
        [ORDER_WAY_PAY] = &page_order_confirm,
        [ORDER_WAY_SERVICES] = &page_orders,
    };

    if (way == ORDER_WAY_PAY)
        orders_of(ui)->pay = KIOSK_ORDER_PAY_NONE;
    if (way == ORDER_WAY_HOME)
        flow_home(ui);
    else
        flow_go(ui, pages[way]);
}

static GtkWidget *refused_build(struct page *page)
{
    struct order_refusal refusal = order_refusal_of(orders_of(page->ui)->refused);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("warn", "kx-badge-large kx-warn"),
                                 .answer = refusal.advice,
                                 .buttons = {{NULL, refusal.way != ORDER_WAY_HOME ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, refusal.button, "kx-primary", refused_go, refusal.way}},
                             });
}

const struct page_class page_order_refused = {
    .name = "order-refused",
    .service = &service_orders,
    .flags = PAGE_PASSING,
    .title = refused_title,
    .speech = refused_speech,
    .build = refused_build,
};
