/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of services at the kiosk: placed without a line, shown at once, moved by whose card it is; what is cached, and how it goes. */
#include "model/balance.h"
#include "service/internal.h"
#include "roomkit.h"
#include "store/internal.h"
#include "store/orders.h"

#include <stdio.h>
#include <string.h>

#define ALICE "00112233445566778899aabbccddeeff"
#define BOB   "ffeeddccbbaa99887766554433221100"
#define HOUR  INT64_C(3600000)
#define DAY   (24 * HOUR)

/* ---- Fixture ----------------------------------------------------------------------------------------------------------- */

#define ITEMS_MAX 16

struct fixture {
    struct roomkit kit;
    struct kiosk_orders_event orders; /* the last one; its items: */
    struct kiosk_order items[ITEMS_MAX];
    struct kiosk_service services[ITEMS_MAX];
    size_t service_count;
    unsigned events;
    struct kiosk_rating_event rated; /* the last one */
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind == KIOSK_EVENT_SERVICES) {
        f->service_count = event->services.count;
        g_assert_cmpuint(f->service_count, <=, ITEMS_MAX);
        memcpy(f->services, event->services.items, f->service_count * sizeof f->services[0]);
    }
    if (event->kind == KIOSK_EVENT_RATING)
        f->rated = event->rating;
    if (event->kind != KIOSK_EVENT_ORDERS)
        return;
    f->orders = event->orders;
    g_assert_cmpuint(f->orders.count, <=, ITEMS_MAX);
    if (f->orders.count > 0)
        memcpy(f->items, event->orders.items, f->orders.count * sizeof f->items[0]);
    f->events++;
}

static json_t *service_value(const char *id, int place, int64_t price_fen, int64_t coin_min)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "id", id, "place", place, "name_zh", "换灯泡换锁",
                     "name_en", "Bulbs and locks", "need", "housing", "unit", "次 time", "price_fen", (json_int_t)price_fen, "coin_min",
                     (json_int_t)coin_min, "subsidy_fen", (json_int_t)0, "minutes", (json_int_t)30, "accept_ms", (json_int_t)DAY,
                     "own_words", 0, "at_home", 1);
}

static json_t *order_value(const char *id, const char *card, const struct order *order)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:i, s:i, s:i, s:s, s:i, s:i, s:b, s:o}", "id", id, "no", (json_int_t)20261122000001,
                     "card_token", card, "service", "H04", "want_from_ms", 0, "want_to_ms", 0, "price_fen", 2000, "pay", "none",
                     "amount", 0, "stars", 0, "remind", 0, "order", order_to_json(order));
}

static void credit_tell(struct fixture *f, int64_t coins)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);

    g_strlcpy(balance->token, ALICE, sizeof balance->token);
    balance->age = 70;
    balance->books[BOOK_COIN].balance = coins;
    balance_add_lot(balance, BOOK_COIN, 0, coins);
    roomkit_feed(&f->kit, "credit", ALICE, balance_to_json(balance));
}

static void up(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    roomkit_open(&f->kit, on_event, f);
    roomkit_feed(&f->kit, "service", "H04", service_value("H04", 8, 2000, 30));
    roomkit_feed(&f->kit, "service", "C01", service_value("C01", 1, 1500, 0));
    roomkit_feed(&f->kit, "provider", "linli",
         json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", "linli", "kind", "volunteer", "name_zh", "邻里志愿服务队", "name_en",
                   "Neighbours' Volunteer Team", "phone", "010-00008108", "hours", "", "services", "J01,H04"));
    store_feed_whole(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    roomkit_lay(&f->kit, ALICE);
}

static void down(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    roomkit_close(&f->kit);
}

#define ADD(path, test) g_test_add(path, struct fixture, NULL, up, test, down)

static void ask(struct fixture *f, const struct kiosk_order_request *request, enum kiosk_order_phase phase, const char *reason)
{
    unsigned had = f->events;

    orders_do(f->kit.kiosk, request);
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had + 1);
    g_assert_cmpstr(f->orders.reason, ==, reason);
    g_assert_cmpint(f->orders.phase, ==, phase);
    g_assert_cmpint(f->orders.ask, ==, request->ask);
}

static void list(struct fixture *f, size_t count)
{
    const struct kiosk_order_request request = {.ask = KIOSK_ORDER_ASK_LIST};

    ask(f, &request, KIOSK_ORDER_LIST, "");
    g_assert_cmpuint(f->orders.count, ==, count);
}

static struct kiosk_order_request wish(void)
{
    return (struct kiosk_order_request){.ask = KIOSK_ORDER_ASK_PLACE, .service = "H04", .price_fen = 2000, .words = "请带梯子"};
}

static struct kiosk_order_request about(const char *order, enum kiosk_order_ask what)
{
    struct kiosk_order_request request = {.ask = what};

    g_strlcpy(request.order, order, sizeof request.order);
    return request;
}

/* The last row of the journal, as it lies there. */
static bool disk_has(struct fixture *f, const char *text)
{
    static const char *const names[] = {"kiosk.db", "kiosk.db-wal"};
    bool has = false;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(f->kit.dir, names[i], NULL), *bytes = NULL;
        gsize len = 0;
        if (g_file_get_contents(path, &bytes, &len, NULL))
            has = has || memmem(bytes, len, text, strlen(text)) != NULL;
    }
    return has;
}

/* ---- Tests -------------------------------------------------------------------------------------------------------------- */

static void test_services(struct fixture *f, const void *data)
{
    services_tell(f->kit.kiosk);
    roomkit_deliver();
    g_assert_cmpuint(f->service_count, ==, 2);
    g_assert_cmpstr(f->services[0].code, ==, "C01"); /* by its place */
    g_assert_cmpuint(f->services[0].providers, ==, 0);
    g_assert_cmpstr(f->services[1].provider_en, ==, "Neighbours' Volunteer Team");
    g_assert_cmpint(f->services[1].coin_min, ==, 30);
    roomkit_feed(&f->kit, "service", "H04", NULL);
    services_tell(f->kit.kiosk);
    roomkit_deliver();
    g_assert_cmpuint(f->service_count, ==, 1);
    struct kiosk_order_request request = wish();
    ask(f, &request, KIOSK_ORDER_REFUSED, "SERVICE");
}

static void test_placed_offline(struct fixture *f, const void *data)
{
    struct kiosk_order_request request = wish();

    list(f, 0);
    ask(f, &request, KIOSK_ORDER_PLACED, "");
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 1);
    g_autofree char *id = g_strdup(f->orders.id);
    list(f, 1);
    g_assert_cmpstr(f->items[0].id, ==, id);
    g_assert_cmpstr(f->items[0].state, ==, "PLACED");
    g_assert_cmpstr(f->items[0].name_en, ==, "Bulbs and locks");
    g_assert_true(f->items[0].pending && f->items[0].may_cancel && !f->items[0].may_confirm);
    g_assert_cmpint(f->items[0].no, ==, 0);
    g_assert_cmpint(f->items[0].accept_by_ms, ==, f->items[0].placed_ms + DAY);
    g_assert_false(disk_has(f, "请带梯子")); /* what was written lies sealed */
    ask(f, &request, KIOSK_ORDER_REFUSED, "REPEATED");
    roomkit_lay(&f->kit, BOB); /* nobody sees another's */
    list(f, 0);
    request = about(id, KIOSK_ORDER_ASK_CANCEL);
    ask(f, &request, KIOSK_ORDER_REFUSED, "UNKNOWN");
    roomkit_lay(&f->kit, ALICE);
    ask(f, &request, KIOSK_ORDER_DONE, "");
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "CANCELLED");
    g_assert_false(f->items[0].may_cancel);
    ask(f, &request, KIOSK_ORDER_REFUSED, "ORDER_STATE");
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 2);
}

static void test_refused(struct fixture *f, const void *data)
{
    struct kiosk_order_request request = wish();

    request.price_fen = 1900;
    ask(f, &request, KIOSK_ORDER_REFUSED, "PRICE");
    request = wish();
    request.pay = KIOSK_ORDER_PAY_SUBSIDY; /* it has none */
    ask(f, &request, KIOSK_ORDER_REFUSED, "PRICE");
    request.pay = KIOSK_ORDER_PAY_COIN;
    ask(f, &request, KIOSK_ORDER_REFUSED, "PRICE"); /* another sum of coins than was on the screen */
    request.amount = 29;
    ask(f, &request, KIOSK_ORDER_REFUSED, "PRICE");
    request.amount = 30;
    ask(f, &request, KIOSK_ORDER_REFUSED, "SNAPSHOT");
    credit_tell(f, 29);
    ask(f, &request, KIOSK_ORDER_REFUSED, "BALANCE");
    request = wish();
    request.words[0] = '\x01';
    ask(f, &request, KIOSK_ORDER_REFUSED, "WORDS");
    request = wish();
    g_strlcpy(request.words, "\xff\xfe", sizeof request.words);
    ask(f, &request, KIOSK_ORDER_REFUSED, "WORDS");
    roomkit_lift(&f->kit);
    ask(f, &request, KIOSK_ORDER_REFUSED, "NO_CARD");
    request.ask = KIOSK_ORDER_ASK_LIST;
    ask(f, &request, KIOSK_ORDER_REFUSED, "NO_CARD");
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 0);
}

/* What a first order will have held is not there for a second one, though the platform knows of neither. */
static void test_coins(struct fixture *f, const void *data)
{
    struct kiosk_order_request request = wish();

    roomkit_feed(&f->kit, "service", "J01", service_value("J01", 9, 0, 30));
    list(f, 0);
    g_assert_false(f->orders.means_known);
    credit_tell(f, 50);
    list(f, 0);
    g_assert_true(f->orders.means_known);
    g_assert_cmpint(f->orders.coin_min, ==, 50);
    request.pay = KIOSK_ORDER_PAY_COIN;
    request.amount = 30;
    ask(f, &request, KIOSK_ORDER_PLACED, "");
    g_autofree char *id = g_strdup(f->orders.id);
    list(f, 1);
    g_assert_cmpint(f->orders.coin_min, ==, 20);
    g_strlcpy(request.service, "J01", sizeof request.service);
    request.price_fen = 0;
    ask(f, &request, KIOSK_ORDER_REFUSED, "BALANCE");
    struct kiosk_order_request cancel = about(id, KIOSK_ORDER_ASK_CANCEL);
    ask(f, &cancel, KIOSK_ORDER_DONE, "");
    ask(f, &request, KIOSK_ORDER_PLACED, "");
}

/* What the platform says of all that waits, but for the last, which gets this code. */
static void refuse_last(struct fixture *f, const char *code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < rows->len; i++) {
        struct store_verdict_row said = {.seq = ((const struct store_row *)g_ptr_array_index(rows, i))->seq,
                                         .verdict = i + 1 < rows->len ? STORE_ACCEPTED : STORE_REJECTED};
        g_strlcpy(said.code, code, sizeof said.code);
        store_outbox_verdicts(f->kit.kiosk->store, &said, 1, &error);
        g_assert_no_error(error);
    }
}

static void refused_since(struct fixture *f, int64_t days)
{
    g_autofree char *update = g_strdup_printf("UPDATE refused SET at_ms=%" G_GINT64_FORMAT, now_ms() - days * DAY);

    g_assert_cmpint(sqlite3_exec(f->kit.kiosk->store->sql.db, update, NULL, NULL, NULL), ==, SQLITE_OK);
}

/* Two days later the platform says that the price has changed: that it was not ordered is said, until it is ordered again. */
static void test_placed_refused(struct fixture *f, const void *data)
{
    struct kiosk_order_request request = wish(), cancel;

    credit_tell(f, 50);
    request.pay = KIOSK_ORDER_PAY_COIN;
    request.amount = 30;
    ask(f, &request, KIOSK_ORDER_PLACED, "");
    cancel = about(f->orders.id, KIOSK_ORDER_ASK_CANCEL);
    refuse_last(f, "PRICE");
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "REFUSED");
    g_assert_cmpstr(f->items[0].reason, ==, "PRICE");
    g_assert_cmpstr(f->items[0].name_en, ==, "Bulbs and locks");
    g_assert_cmpint(f->items[0].no, ==, 0);
    g_assert_cmpint(f->items[0].accept_by_ms, ==, 0);
    g_assert_false(f->items[0].pending || f->items[0].may_cancel || f->items[0].may_confirm || f->items[0].may_rate);
    g_assert_cmpint(f->orders.coin_min, ==, 50); /* nothing is held for it */
    ask(f, &cancel, KIOSK_ORDER_REFUSED, "ORDER_STATE");
    roomkit_lay(&f->kit, BOB);
    list(f, 0);
    roomkit_lay(&f->kit, ALICE);
    refused_since(f, 29);
    list(f, 1);
    g_usleep(2000); /* later, by the clock */
    ask(f, &request, KIOSK_ORDER_PLACED, ""); /* not REPEATED */
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "PLACED");
    g_assert_cmpstr(f->items[0].reason, ==, "");
    refuse_last(f, "BALANCE");
    list(f, 1);
    g_assert_cmpstr(f->items[0].reason, ==, "BALANCE");
    refused_since(f, 31);
    list(f, 0);
}

static struct order finished(void)
{
    struct order order = order_place(false, now_ms() - DAY, DAY);
    struct order_deed deed = {.step = ORDER_DO_OPEN, .actor = ORDER_CLOCK, .at_ms = now_ms() - DAY};

    g_assert_cmpint(order_do(&order, &deed, NULL), ==, ORDER_OK);
    deed = (struct order_deed){.step = ORDER_DO_GRAB, .actor = ORDER_PROVIDER, .at_ms = now_ms() - DAY, .provider = "linli",
                               .visit_ms = now_ms() - 2 * HOUR};
    g_assert_cmpint(order_do(&order, &deed, NULL), ==, ORDER_OK);
    deed.step = ORDER_DO_START;
    g_assert_cmpint(order_do(&order, &deed, NULL), ==, ORDER_OK);
    deed.step = ORDER_DO_FINISH;
    deed.minutes = 25;
    g_assert_cmpint(order_do(&order, &deed, NULL), ==, ORDER_OK);
    return order;
}

#define TOLD "01890000-0000-7000-8000-000000000001"

static void test_confirmed(struct fixture *f, const void *data)
{
    struct order order = finished();
    struct kiosk_order_request request = about(TOLD, KIOSK_ORDER_ASK_CONFIRM);

    roomkit_feed(&f->kit, "order", TOLD, order_value(TOLD, ALICE, &order));
    list(f, 1);
    g_assert_true(f->orders.known && f->items[0].may_confirm && f->items[0].may_dispute && !f->items[0].pending);
    g_assert_cmpint(f->items[0].no, ==, 20261122000001);
    ask(f, &request, KIOSK_ORDER_DONE, "");
    ask(f, &request, KIOSK_ORDER_REFUSED, "ORDER_STATE");
    request.ask = KIOSK_ORDER_ASK_RATE;
    ask(f, &request, KIOSK_ORDER_REFUSED, "STARS");
    request.stars = 4;
    ask(f, &request, KIOSK_ORDER_DONE, "");
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "RATED");
    g_assert_cmpint(f->items[0].stars, ==, 4);
    g_assert_true(f->items[0].pending);
    request.ask = KIOSK_ORDER_ASK_DISPUTE;
    memset(request.words, 'x', sizeof request.words - 1); /* a reason is short */
    ask(f, &request, KIOSK_ORDER_REFUSED, "WORDS");
}

/* A step that the platform refused: the order as it has it, and why, until it comes about. */
static void test_step_refused(struct fixture *f, const void *data)
{
    struct order order = finished();
    struct kiosk_order_request request = about(TOLD, KIOSK_ORDER_ASK_DISPUTE), other = wish();

    g_strlcpy(request.words, "漏水", sizeof request.words);
    roomkit_feed(&f->kit, "order", TOLD, order_value(TOLD, ALICE, &order));
    ask(f, &request, KIOSK_ORDER_DONE, "");
    refuse_last(f, "OTHER_CARD");
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "FINISHED");
    g_assert_cmpstr(f->items[0].reason, ==, "OTHER_CARD");
    g_assert_true(!f->items[0].pending && f->items[0].may_dispute);
    ask(f, &other, KIOSK_ORDER_PLACED, "");
    refuse_last(f, "SERVICE");
    list(f, 2); /* the newest first */
    g_assert_cmpstr(f->items[0].state, ==, "REFUSED");
    g_assert_cmpstr(f->items[1].id, ==, TOLD);
    ask(f, &request, KIOSK_ORDER_DONE, "");
    list(f, 2);
    g_assert_cmpstr(f->items[1].state, ==, "DISPUTED");
    g_assert_cmpstr(f->items[1].reason, ==, "");
    refuse_last(f, "OTHER_CARD");
    order.state = ORDER_DISPUTED; /* told otherwise, by the desk */
    roomkit_feed(&f->kit, "order", TOLD, order_value(TOLD, ALICE, &order));
    list(f, 2);
    g_assert_cmpstr(f->items[1].reason, ==, "");
}

/* ---- What is said of one ------------------------------------------------------------------------------------------------ */

static void rate(struct fixture *f, unsigned grade, const char *reason)
{
    struct kiosk_rating_request request = {.service = TOLD, .grade = grade};

    memset(&f->rated, 0, sizeof f->rated);
    rating_give(f->kit.kiosk, &request);
    roomkit_deliver();
    g_assert_cmpstr(f->rated.service, ==, TOLD);
    g_assert_cmpstr(f->rated.reason, ==, reason);
    g_assert_true(f->rated.given == (*reason == '\0'));
}

/* A rating of an order is one, and the order's last step: whose order it is, once, when it is completed. */
static void test_rated(struct fixture *f, const void *data)
{
    struct order order = finished();
    struct kiosk_order_request confirm = about(TOLD, KIOSK_ORDER_ASK_CONFIRM);

    rate(f, 5, "NOT_THEIRS");
    roomkit_feed(&f->kit, "order", TOLD, order_value(TOLD, ALICE, &order));
    list(f, 1);
    g_assert_cmpstr(f->items[0].provider_en, ==, "Neighbours' Volunteer Team");
    g_assert_cmpstr(f->items[0].provider_phone, ==, "010-00008108");
    g_assert_cmpstr(f->items[0].need, ==, "housing");
    g_assert_true(f->items[0].at_home);
    rate(f, 5, "NOT_THEIRS"); /* not confirmed yet */
    ask(f, &confirm, KIOSK_ORDER_DONE, "");
    rate(f, 6, "GRADE");
    roomkit_lay(&f->kit, BOB);
    rate(f, 5, "NOT_THEIRS");
    roomkit_lay(&f->kit, ALICE);
    rate(f, 2, "");
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 3); /* confirmed, rated, the rating */
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "RATED");
    g_assert_cmpint(f->items[0].stars, ==, 2);
    g_assert_true(f->items[0].may_rate); /* once more */
    rate(f, 5, ""); /* changed: the rating alone, the order was rated */
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 4);
    rate(f, 5, "RATED_ALREADY");
    list(f, 1);
    g_assert_false(f->items[0].may_rate);
    roomkit_lift(&f->kit);
    rate(f, 5, "NO_CARD");
}

static unsigned set_aside(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) services = store_services(f->kit.kiosk->store, &error);

    g_assert_no_error(error);
    return services->len;
}

/* What does not fit is set aside; nothing of it is shown. */
static void test_hostile_items(struct fixture *f, const void *data)
{
    struct order order = finished();
    json_t *value = order_value(TOLD, ALICE, &order);
    static const char *const wrong[] = {"card_token", "pay", "service", "no", "amount", "stars"};

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        json_t *changed = json_deep_copy(value);
        json_object_set_new(changed, wrong[i], json_string("??"));
        if (strcmp(wrong[i], "service") == 0)
            json_object_set_new(changed, wrong[i], json_string("a code that is too long"));
        roomkit_feed(&f->kit, "order", TOLD, changed);
        list(f, 0);
    }
    json_t *changed = json_deep_copy(value);
    json_object_set_new(json_object_get(changed, "order"), "more", json_true());
    roomkit_feed(&f->kit, "order", TOLD, changed);
    list(f, 0);
    roomkit_feed(&f->kit, "service", "Z01", json_pack("{s:s}", "id", "Z01"));
    roomkit_feed(&f->kit, "service", "Z02", service_value("Z01", 1, 1, 1)); /* another's key */
    g_assert_cmpuint(set_aside(f), ==, 2);
    json_object_set_new(value, "later", json_string("a member that is not known yet"));
    roomkit_feed(&f->kit, "order", TOLD, value);
    list(f, 1);
}

/* Sealed on the disk, gone by the platform's command and by a tombstone. */
static void test_personal(struct fixture *f, const void *data)
{
    struct order order = finished();
    g_autoptr(GError) error = NULL;

    roomkit_feed(&f->kit, "order", TOLD, order_value(TOLD, ALICE, &order));
    g_assert_false(disk_has(f, "accept_by_ms"));
    list(f, 1);
    roomkit_feed(&f->kit, "command", "wipe-" ALICE, json_pack("{s:s, s:s}", "kind", "wipe", "token", ALICE));
    store_feed_whole(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    list(f, 0);
    roomkit_feed(&f->kit, "order", TOLD, order_value(TOLD, ALICE, &order)); /* told again behind it */
    list(f, 1);
    roomkit_feed(&f->kit, "order", TOLD, NULL);
    list(f, 0);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    ADD("/service/orders/services", test_services);
    ADD("/service/orders/placed-offline", test_placed_offline);
    ADD("/service/orders/refused", test_refused);
    ADD("/service/orders/coins", test_coins);
    ADD("/service/orders/placed-refused", test_placed_refused);
    ADD("/service/orders/step-refused", test_step_refused);
    ADD("/service/orders/confirmed", test_confirmed);
    ADD("/service/orders/rated", test_rated);
    ADD("/service/orders/hostile-items", test_hostile_items);
    ADD("/service/orders/personal", test_personal);
    return g_test_run();
}
