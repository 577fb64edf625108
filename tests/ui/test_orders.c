/* SPDX-License-Identifier: Apache-2.0 */
/* Ordering a service, what becomes of it, and saying how it was: from page to page, what is asked of the machine, and what stays. */
#include "flow.h"
#include "service.h"
#include "services/orders.h"
#include "services/pages.h"
#include "scenes.h"
#include "shell.h"

#define ORDER "01890000-0000-7000-8000-000000000001"
#define PAGES_MAX 5 /* from home */

static struct stage *someone(const char *states)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_status(stage, NULL);
    stage_services(stage);
    stage_card(stage, PERSON_ADULT);
    stage_orders(stage, states);
    stage_press(stage, "Start");
    return stage;
}

static void offline(struct kiosk_status *status)
{
    status->online = false;
    status->allowed = KIOSK_ALLOWED_READING;
}

/* From home to the page that reads the order back. */
static void to_confirm(struct stage *stage)
{
    stage_press(stage, "Order a service");
    stage_press(stage, "House");
    stage_press(stage, "Bulbs and locks");
    stage_press(stage, "Tomorrow afternoon");
}

static void test_place(void)
{
    struct stage *stage = someone("");

    g_assert_cmpuint(stage->catalogues, ==, 1); /* at the start */
    g_assert_cmpuint(stage->order_lists, ==, 1);
    to_confirm(stage);
    stage_assert_page(stage, &page_order_confirm);
    g_assert_cmpuint(stage->ui->trail_len, <=, PAGES_MAX - 1);
    g_assert_true(stage_shows(stage, "¥20.00 per time"));
    g_assert_true(stage_shows(stage, "5 November, 13:00–18:00"));
    g_assert_true(stage_shows(stage, "Anhe Property"));
    g_assert_true(stage_shows(stage, "Nobody takes cash at your door"));
    g_assert_cmpuint(stage->orders, ==, 0);
    stage_press(stage, "Order: ¥20.00");
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Order: ¥20.00"))); /* once */
    orders_place(stage->ui);
    g_assert_cmpuint(stage->orders, ==, 1);
    g_assert_cmpint(stage->order.ask, ==, KIOSK_ORDER_ASK_PLACE);
    g_assert_cmpstr(stage->order.service, ==, "H04");
    g_assert_cmpint(stage->order.price_fen, ==, 2000);
    g_assert_cmpint(stage->order.pay, ==, KIOSK_ORDER_PAY_NONE);
    g_assert_cmpint(stage->order.want_to_ms - stage->order.want_from_ms, ==, 5 * 3600000);
    g_assert_cmpstr(stage->order.words, ==, "");
    stage->order.ask = KIOSK_ORDER_ASK_LIST; /* which was refused */
    stage_order_answer(stage, KIOSK_ORDER_REFUSED, "", "STORE");
    stage_assert_page(stage, &page_order_confirm);
    stage->order.ask = KIOSK_ORDER_ASK_PLACE;
    stage_order_answer(stage, KIOSK_ORDER_PLACED, ORDER, "");
    stage_assert_page(stage, &page_order_confirm); /* its number and promise come with the list */
    stage_orders(stage, "PLACED");
    stage_assert_page(stage, &page_order_placed);
    g_assert_true(stage_shows(stage, "Your order is written down"));
    g_assert_false(stage_holds(stage, "Answer by")); /* nobody has promised it, though there is a line */
    stage_status(stage, offline);
    g_assert_true(stage_shows(stage, "Ordered, it is sent later"));
    stage_orders(stage, "REFUSED");
    g_assert_true(stage_shows(stage, "The price has changed. Nothing was ordered."));
    flow_go(stage->ui, &page_order_placed);
    stage_orders(stage, "POOL"); /* the platform has heard of it */
    g_assert_true(stage_shows(stage, "5 November, 09:15")); /* answered by */
    g_assert_true(stage_shows(stage, "No. 20261104 000101"));
    stage_press(stage, "Finish");
    stage_assert_page(stage, &page_goodbye);
    stage_free(stage);
}

/* The number and what was promised are read though the card is gone, without whose they are. */
static void test_placed_outlives_card(void)
{
    struct stage *stage = someone("");

    to_confirm(stage);
    orders_place(stage->ui);
    stage_order_answer(stage, KIOSK_ORDER_PLACED, ORDER, "");
    stage_orders(stage, "POOL FINISHED");
    stage_card_removed(stage);
    stage_assert_page(stage, &page_order_placed);
    g_assert_true(stage_shows(stage, "No. 20261104 000101"));
    g_assert_false(stage_holds(stage, "李**"));
    g_assert_cmpuint(orders_of(stage->ui)->list.count, ==, 0);
    stage_press(stage, "Print slip"); /* also without the card */
    g_assert_cmpint(stage->printed_kind, ==, KIOSK_PRINT_ORDER);
    g_assert_cmpstr(stage->printed_id, ==, ORDER);
    g_assert_nonnull(strstr(stage->printed_text, "20261104000101"));
    g_assert_null(strstr(stage->printed_text, "李"));
    stage_print(stage, false, "NO_PAPER");
    g_assert_true(stage_shows(stage, "No paper. Note the number 20261104 000101"));
    stage_press(stage, "Finish");
    g_assert_cmpint(orders_placed(stage->ui)->order.no, ==, 0);
    stage_free(stage);
}

/* A page of something else, the end of a payment most of all, is not taken from the screen by an answer: the tile has it. */
static void test_answer_elsewhere(void)
{
    struct stage *stage = someone("");

    to_confirm(stage);
    orders_place(stage->ui);
    flow_go(stage->ui, &page_result);
    stage_order_answer(stage, KIOSK_ORDER_PLACED, ORDER, "");
    stage_orders(stage, "POOL");
    stage_assert_page(stage, &page_result);
    flow_home(stage->ui);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "Ordered"));
    stage_press(stage, "Order a service");
    stage_assert_page(stage, &page_order_placed);
    flow_go(stage->ui, &page_order_confirm);
    orders_place(stage->ui);
    flow_home(stage->ui);
    stage_order_answer(stage, KIOSK_ORDER_REFUSED, "", "PRICE");
    stage_assert_page(stage, &page_home);
    g_assert_true(stage_shows(stage, "The price has changed"));
    stage_press(stage, "Order a service");
    stage_assert_page(stage, &page_order_refused);
    stage_free(stage);
}

/* Coins and subsidy are a question only where they are there. */
static void test_pay(void)
{
    struct stage *stage = someone("");

    stage_orders_rich(stage, "");
    to_confirm(stage);
    stage_assert_page(stage, &page_order_pay);
    g_assert_true(stage_shows(stage, "30 min of coins"));
    g_assert_null(stage_button(stage, "With subsidy"));
    stage_press(stage, "With time coins");
    g_assert_cmpuint(stage->ui->trail_len, <=, PAGES_MAX - 1);
    stage_press(stage, "Order: 30 min of coins");
    g_assert_cmpint(stage->order.pay, ==, KIOSK_ORDER_PAY_COIN);
    g_assert_cmpint(stage->order.amount, ==, 30);
    stage_order_answer(stage, KIOSK_ORDER_REFUSED, "", "BALANCE");
    g_assert_true(stage_shows(stage, "There is not enough left. Nothing was ordered."));
    stage_press(stage, "Pay otherwise");
    stage_press(stage, "Order: ¥20.00");
    g_assert_cmpint(stage->order.pay, ==, KIOSK_ORDER_PAY_NONE);
    stage_free(stage);
}

/* The way of paying that was chosen is gone from the catalogue: it is money then, and the button says so. */
static void test_pay_gone(void)
{
    struct stage *stage = someone("");

    stage_orders_rich(stage, "");
    to_confirm(stage);
    stage_press(stage, "With time coins");
    struct kiosk_service now = orders_of(stage->ui)->service;
    now.coin_min = 0;
    service_orders.event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_SERVICES, .services = {.items = &now, .count = 1}});
    stage_press(stage, "Order: ¥20.00");
    g_assert_cmpint(stage->order.pay, ==, KIOSK_ORDER_PAY_NONE);
    g_assert_cmpint(stage->order.amount, ==, 0);
    stage_free(stage);
}

static void test_own_words(void)
{
    struct stage *stage = someone("");

    stage_press(stage, "Order a service");
    stage_press(stage, "Care");
    stage_press(stage, "Something else, in your own words");
    stage_press(stage, "Repairs");
    g_assert_true(stage_shows(stage, "Repairs"));
    stage_press(stage, "Order: Free of charge");
    g_assert_cmpstr(stage->order.service, ==, "X01");
    g_assert_cmpstr(stage->order.words, ==, "Repairs");
    g_assert_cmpint(stage->order.want_from_ms, ==, 0);
    stage_free(stage);
}

static void test_offline(void)
{
    struct stage *stage = someone("");

    stage_status(stage, offline);
    to_confirm(stage);
    g_assert_true(stage_shows(stage, "No network now"));
    g_assert_false(stage_holds(stage, "within 24 h"));
    stage_press(stage, "Order: ¥20.00");
    stage_order_answer(stage, KIOSK_ORDER_PLACED, ORDER, "");
    stage_orders(stage, "PLACED");
    g_assert_true(stage_shows(stage, "Ordered, it is sent later"));
    g_assert_true(stage_shows(stage, "Your turn counts from now"));
    g_assert_false(stage_holds(stage, "No. "));
    g_assert_false(stage_holds(stage, "Answer by"));
    stage_press(stage, "Home");
    stage_press(stage, "Order a service");
    stage_press(stage, "My orders");
    g_assert_true(stage_shows(stage, "Waiting · not sent yet"));
    stage_press(stage, "Bulbs and locks");
    g_assert_true(stage_shows(stage, "Nobody can promise a time before"));
    g_assert_false(stage_holds(stage, "5 November"));
    stage_free(stage);
}

static void test_refused(void)
{
    static const struct {
        const char *reason, *headline, *button;
        const struct page_class *page;
    } cases[] = {
        {"PRICE", "The price has changed. Nothing was ordered.", "New price", &page_order_confirm},
        {"REPEATED", "You ordered this a moment ago", "My orders", &page_order_mine},
        {"SNAPSHOT", "Coins and subsidy cannot be seen", "Pay otherwise", &page_order_confirm},
        {"SERVICE", "This is not offered any more", "Other services", &page_orders},
        {"NO_CARD", "The card was gone too soon", "Home", &page_home},
        {"CARD_LOST", "This card is reported lost", "Home", &page_home},
        {"STORE", "This machine cannot write anything down", "Home", &page_home},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct stage *stage = someone("");
        unsigned lists, catalogues;

        to_confirm(stage);
        lists = stage->order_lists;
        catalogues = stage->catalogues;
        orders_place(stage->ui);
        stage_order_answer(stage, KIOSK_ORDER_REFUSED, "", cases[i].reason);
        stage_assert_page(stage, &page_order_refused);
        g_assert_true(stage_shows(stage, cases[i].headline));
        g_assert_cmpuint(stage->order_lists, ==, lists + 1); /* what has changed is asked for */
        g_assert_cmpuint(stage->catalogues, ==, catalogues + 1);
        g_signal_emit_by_name(stage_button(stage, cases[i].button), "clicked");
        stage_settle(stage);
        stage_assert_page(stage, cases[i].page);
        stage_free(stage);
    }
}

/* The card ends it at once, wherever; an answer that comes later is nobody's. */
static void test_card_pulled(void)
{
    static const char *const path[] = {"Order a service", "House", "Bulbs and locks", "Tomorrow afternoon", "Order: ¥20.00"};

    for (size_t pulled = 1; pulled <= G_N_ELEMENTS(path); pulled++) {
        struct stage *stage = someone("FINISHED");

        for (size_t i = 0; i < pulled; i++)
            stage_press(stage, path[i]);
        stage_card_removed(stage);
        stage_assert_page(stage, &page_goodbye);
        stage_order_answer(stage, KIOSK_ORDER_PLACED, ORDER, "");
        stage_orders(stage, "PLACED");
        stage_assert_page(stage, &page_goodbye);
        g_assert_cmpstr(orders_of(stage->ui)->service.code, ==, "");
        g_assert_cmpuint(orders_of(stage->ui)->list.count, ==, 0);
        stage_card(stage, PERSON_ELDER); /* the next one has none of it */
        stage_order_answer(stage, KIOSK_ORDER_PLACED, ORDER, "");
        stage_assert_page(stage, &page_greeting);
        stage_free(stage);
    }
}

static void to_order(struct stage *stage, const char *name)
{
    stage_press(stage, "Order a service");
    stage_press(stage, "My orders");
    stage_press(stage, name);
    stage_assert_page(stage, &page_order);
}

static void test_cancel(void)
{
    struct stage *stage = someone("ACCEPTED CANCELLED");

    to_order(stage, "Bulbs and locks");
    g_assert_true(stage_shows(stage, "010-00008108"));
    stage_press(stage, "Call it off");
    stage_press(stage, "No, keep it");
    stage_assert_page(stage, &page_order);
    stage_press(stage, "Call it off");
    stage_press(stage, "Yes, call it off");
    g_assert_cmpint(stage->order.ask, ==, KIOSK_ORDER_ASK_CANCEL);
    g_assert_cmpstr(stage->order.order, ==, ORDER);
    stage_order_answer(stage, KIOSK_ORDER_DONE, ORDER, "");
    stage_orders(stage, "CANCELLED CANCELLED");
    stage_assert_page(stage, &page_order);
    g_assert_true(stage_shows(stage, "It was called off. Nothing is to be paid."));
    g_assert_null(stage_button(stage, "Call it off"));
    stage_press(stage, "Order again");
    stage_assert_page(stage, &page_order_when);
    stage_free(stage);
}

/* What the platform did not take in is said where it is looked for, and ordered again from there; a refused step is said, too. */
static void test_not_ordered(void)
{
    struct stage *stage = someone("REFUSED");
    struct order_list *list = &orders_of(stage->ui)->list;

    stage_press(stage, "Order a service");
    stage_press(stage, "My orders");
    g_assert_true(stage_shows(stage, "Not ordered"));
    stage_press(stage, "Bulbs and locks");
    g_assert_true(stage_shows(stage, "The price has changed. Nothing was ordered."));
    g_assert_null(stage_button(stage, "Call it off"));
    g_strlcpy(list->items[0].reason, "CARD", sizeof list->items[0].reason);
    flow_refresh(stage->ui, false);
    g_assert_true(stage_shows(stage, "This was not ordered."));
    g_assert_false(stage_shows(stage, "What you asked for last was not done."));
    g_strlcpy(list->items[0].state, "ACCEPTED", sizeof list->items[0].state);
    flow_refresh(stage->ui, false);
    g_assert_true(stage_shows(stage, "What you asked for last was not done."));
    g_strlcpy(list->items[0].state, "REFUSED", sizeof list->items[0].state);
    flow_refresh(stage->ui, false);
    stage_press(stage, "Order again");
    stage_assert_page(stage, &page_order_when);
    stage_free(stage);
}

static void assert_said(struct stage *stage, const char *text)
{
    g_autofree char *said = orders_spoken(stage->ui);

    if (strstr(said, text) == NULL)
        g_error("“%s” is not said: %s", text, said);
}

/* The button says for what its price is, Read aloud the same; what the subsidy pays whole, and what has no price, costs nothing. */
static void test_button_price(void)
{
    struct stage *stage = someone("");
    struct kiosk_service service;

    orders_choose(stage->ui, order_catalogue_find(orders_catalogue(stage->ui), "H01"));
    service = orders_of(stage->ui)->service;
    flow_go(stage->ui, &page_order_confirm);
    stage_settle(stage);
    g_assert_nonnull(stage_button(stage, "Order: ¥40.00 per hour"));
    assert_said(stage, "forty yuan for each hour.");
    orders_of(stage->ui)->pay = KIOSK_ORDER_PAY_SUBSIDY;
    assert_said(stage, "With the subsidy you pay twenty yuan.");
    orders_of(stage->ui)->pay = KIOSK_ORDER_PAY_COIN;
    assert_said(stage, "It costs 1 h of coins.");
    service.subsidy_fen = service.price_fen;
    orders_of(stage->ui)->service = service;
    orders_of(stage->ui)->pay = KIOSK_ORDER_PAY_SUBSIDY;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
    g_assert_nonnull(stage_button(stage, "Order: Free of charge"));
    assert_said(stage, "It costs nothing.");
    stage_free(stage);
}

/* A service that is not offered any more has left no name: its number and day stand for it. */
static void test_retired(void)
{
    struct kiosk_order order = {.no = 20261104000101, .placed_ms = 1793754900000};
    g_autofree char *name = order_name(&order), *unheard = NULL;

    g_assert_cmpstr(name, ==, "No. 20261104 000101, 4 November");
    order.no = 0;
    unheard = order_name(&order);
    g_assert_cmpstr(unheard, ==, "Ordered on 4 November");
}

static void test_too_late(void)
{
    struct stage *stage = someone("ACCEPTED");

    to_order(stage, "Bulbs and locks");
    stage_press(stage, "Call it off");
    stage_press(stage, "Yes, call it off");
    stage_order_answer(stage, KIOSK_ORDER_REFUSED, "", "ORDER_LATE");
    g_assert_true(stage_shows(stage, "Please call them, or ask at the service desk."));
    stage_free(stage);
}

static void test_dispute(void)
{
    struct stage *stage = someone("FINISHED");

    to_order(stage, "Bulbs and locks");
    stage_press(stage, "Something is wrong");
    stage_press(stage, "No show");
    g_assert_cmpint(stage->order.ask, ==, KIOSK_ORDER_ASK_DISPUTE);
    g_assert_cmpstr(stage->order.words, ==, "No show");
    stage_order_answer(stage, KIOSK_ORDER_DONE, ORDER, "");
    stage_orders(stage, "DISPUTED");
    g_assert_true(stage_shows(stage, "The service centre looks into it"));
    stage_free(stage);
}

/* ---- How it was ------------------------------------------------------------------------------------------------------ */

static void to_rate(struct stage *stage)
{
    g_assert_true(stage_shows(stage, "1 to confirm")); /* on the first tile */
    to_order(stage, "Bulbs and locks");
    stage_press(stage, "Yes, it is done");
    g_assert_cmpint(stage->order.ask, ==, KIOSK_ORDER_ASK_CONFIRM);
    stage_order_answer(stage, KIOSK_ORDER_DONE, ORDER, "");
    stage_orders(stage, "COMPLETED");
    stage_assert_page(stage, &page_rate);
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Back")));
}

static void test_confirm_and_rate(void)
{
    struct stage *stage = someone("FINISHED");

    to_rate(stage);
    stage_press(stage, "Not now");
    stage_assert_page(stage, &page_order);
    g_assert_cmpuint(stage->rates, ==, 0);
    stage_press(stage, "Rate it");
    stage_press(stage, "Very satisfied");
    stage_press(stage, "Very dissatisfied"); /* under way: only the first is sent */
    stage_assert_page(stage, &page_rate);
    g_assert_cmpuint(stage->rates, ==, 1);
    g_assert_cmpuint(stage->rated.grade, ==, 5);
    g_assert_cmpuint(stage->rated.reasons, ==, 0);
    g_assert_cmpstr(stage->rated.service, ==, ORDER);
    flow_go(stage->ui, &page_result);
    stage_rated(stage, ""); /* what is read there stays */
    stage_assert_page(stage, &page_result);
    flow_go(stage->ui, &page_rate_thanks);
    stage_settle(stage);
    g_assert_false(stage_shows(stage, "fifteen"));
    stage_press(stage, "Finish");
    stage_assert_page(stage, &page_goodbye);
    stage_free(stage);
}

static void test_low_grade(void)
{
    struct stage *stage = someone("FINISHED");

    to_rate(stage);
    stage_press(stage, "Dissatisfied");
    g_assert_cmpuint(stage->rates, ==, 0);
    stage_press(stage, "Back");
    stage_press(stage, "Very dissatisfied");
    stage_press(stage, "They were not friendly");
    g_assert_cmpuint(stage->rated.grade, ==, 1);
    g_assert_cmpuint(stage->rated.reasons, ==, 4);
    stage_rated(stage, "");
    g_assert_true(stage_shows(stage, "You will hear from us within fifteen working days"));
    stage_free(stage);
}

/* Thought better of: once, where it was given and where the order stands; "Not now" leaves what was said. */
static void test_change_rating(void)
{
    struct stage *stage = someone("FINISHED");

    to_rate(stage);
    stage_press(stage, "Very satisfied");
    stage_rated(stage, "");
    stage_press(stage, "Change it");
    stage_assert_page(stage, &page_rate);
    stage_press(stage, "Dissatisfied");
    stage_press(stage, "Back");
    stage_press(stage, "Not now");
    stage_assert_page(stage, &page_rate_thanks);
    g_assert_false(stage_shows(stage, "fifteen"));
    g_assert_cmpuint(stage->rates, ==, 1);
    stage_press(stage, "Change it");
    stage_press(stage, "Very dissatisfied");
    stage_press(stage, "They were not friendly");
    g_assert_cmpuint(stage->rates, ==, 2);
    g_assert_cmpuint(stage->rated.grade, ==, 1);
    g_assert_cmpstr(stage->rated.service, ==, ORDER);
    stage_rated(stage, "");
    g_assert_true(stage_shows(stage, "You will hear from us within fifteen working days"));
    g_assert_null(stage_button(stage, "Change it"));
    stage_free(stage);
}

static void test_change_rating_later(void)
{
    struct stage *stage = someone("RATED");

    to_order(stage, "Bulbs and locks");
    g_assert_null(stage_button(stage, "Rate it"));
    stage_press(stage, "Change my rating");
    stage_press(stage, "Satisfied");
    g_assert_cmpuint(stage->rated.grade, ==, 4);
    stage_rated(stage, "");
    g_assert_null(stage_button(stage, "Change it"));
    stage_free(stage);
}

/* Behind a payment it is a button beside "Finish", while the card lies there; once. */
static void test_rate_payment(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_press(stage, "Rate it");
    stage_press(stage, "Not now");
    stage_assert_page(stage, &page_result);
    stage_press(stage, "Rate it");
    stage_press(stage, "Satisfied");
    g_assert_cmpuint(stage->rated.grade, ==, 4);
    g_assert_cmpstr(stage->rated.service, ==, stage->ui->session.payment.id);
    stage_rated(stage, "RATED_ALREADY");
    g_assert_true(stage_shows(stage, "You have rated this already"));
    flow_go(stage->ui, &page_result);
    stage_settle(stage);
    g_assert_null(stage_button(stage, "Rate it"));
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_result);
    g_assert_null(stage_button(stage, "Rate it"));
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/orders/place", test_place);
    g_test_add_func("/ui/orders/placed-outlives-card", test_placed_outlives_card);
    g_test_add_func("/ui/orders/answer-elsewhere", test_answer_elsewhere);
    g_test_add_func("/ui/orders/pay", test_pay);
    g_test_add_func("/ui/orders/pay-gone", test_pay_gone);
    g_test_add_func("/ui/orders/not-ordered", test_not_ordered);
    g_test_add_func("/ui/orders/button-price", test_button_price);
    g_test_add_func("/ui/orders/retired", test_retired);
    g_test_add_func("/ui/orders/own-words", test_own_words);
    g_test_add_func("/ui/orders/offline", test_offline);
    g_test_add_func("/ui/orders/refused", test_refused);
    g_test_add_func("/ui/orders/card-pulled", test_card_pulled);
    g_test_add_func("/ui/orders/cancel", test_cancel);
    g_test_add_func("/ui/orders/too-late", test_too_late);
    g_test_add_func("/ui/orders/dispute", test_dispute);
    g_test_add_func("/ui/orders/confirm-and-rate", test_confirm_and_rate);
    g_test_add_func("/ui/orders/low-grade", test_low_grade);
    g_test_add_func("/ui/orders/change-rating", test_change_rating);
    g_test_add_func("/ui/orders/change-rating-later", test_change_rating_later);
    g_test_add_func("/ui/orders/rate-payment", test_rate_payment);
    return g_test_run();
}
