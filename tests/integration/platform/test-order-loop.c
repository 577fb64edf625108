/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An order goes round: placed at one kiosk without a line, taken on and finished at the desk of another, confirmed there while the
 * platform is gone, and both kiosks and the platform know one and the same order, each step of it once.
 */
#include "rig.h"
#include "model/model.h"
#include "platform/staff.h"
#include "store/orders.h"
#include <string.h>

#define CLERK "0f0e0d0c0b0a09080706050403020100"

struct fixture {
    char *data, *card;
    char token[33];
    struct server_process server;
    struct wire *wire;
    struct kiosk_rig here, there; /* K0001 behind a wire, K0002 */
};

static void register_clerk(const char *data)
{
    g_autoptr(GError) error = NULL;
    struct platform *platform = platform_open(data, &error);

    g_assert_no_error(error);
    kit_staff(platform, CLERK, "clerk", 3, STAFF_CLERK);
    platform_close(platform);
}

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    register_clerk(f->data);
    server_up(&f->server, f->data, 0);
    f->wire = wire_new(f->server.port);
    kiosk_enrol(&f->here, f->data, wire_port(f->wire), "K0001");
    kiosk_enrol(&f->there, f->data, f->server.port, "K0002");
    f->card = kit_card(1);
    card_token(f->here.identity.index_key, f->card, f->token);
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->here);
    kiosk_done(&f->there);
    wire_free(f->wire);
    server_down(&f->server);
    g_free(f->card);
    kit_dir_done(f->data);
}

static void written(struct kiosk_rig *kiosk, const char *type, json_t *data, char id[37])
{
    g_autoptr(GError) error = NULL;

    store_append(kiosk->store, type, data, id, &error);
    g_assert_no_error(error);
    json_decref(data);
    if (kiosk->sync != NULL)
        sync_kick(kiosk->sync);
}

/* The card's one order as this kiosk has it; false: it has none. */
static bool order_at(struct fixture *f, struct kiosk_rig *kiosk, struct store_order *out)
{
    g_autoptr(GError) error = NULL;
    bool known = false;
    g_autoptr(GArray) orders = store_orders(kiosk->store, f->token, &known, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(orders->len, <=, 1);
    if (orders->len == 1)
        *out = g_array_index(orders, struct store_order, 0);
    return orders->len == 1;
}

static void until_state(struct fixture *f, struct kiosk_rig *kiosk, enum order_state state)
{
    struct store_order order = {0};

    for (int i = 0; i < 2000; i++) {
        if (order_at(f, kiosk, &order) && order.order.state == state && !order.pending && order.no > 0)
            return;
        g_usleep(10000);
    }
    g_error("%s did not come: it is %s, %s", order_state_name(state), order_state_name(order.order.state),
            order.pending ? "and waits" : "as told");
}

static bool offered(struct kiosk_rig *kiosk)
{
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 2000; i++) {
        json_t *service = store_service(kiosk->store, "H04", &error);
        g_assert_no_error(error);
        bool there = json_integer_value(json_object_get(service, "price_fen")) == 2000;
        json_decref(service);
        if (there)
            return true;
        g_usleep(10000);
    }
    return false;
}

static void desk(struct fixture *f, const char *order, enum order_step step, int64_t visit_ms, int64_t minutes)
{
    struct order_saying saying = {.deed = {.step = step, .actor = ORDER_PROVIDER, .provider = "anhe", .visit_ms = visit_ms,
                                           .minutes = minutes},
                                  .staff = {CLERK}};
    char id[37];

    g_strlcpy(saying.order, order, sizeof saying.order);
    written(&f->there, "order.step", order_saying_to_json(&saying), id);
}

static void resident(struct fixture *f, const char *order, enum order_step step, int stars)
{
    struct order_saying saying = {.deed = {.step = step, .actor = ORDER_RESIDENT}, .stars = stars};
    char id[37];

    g_strlcpy(saying.order, order, sizeof saying.order);
    g_strlcpy(saying.card_token, f->token, sizeof saying.card_token);
    written(&f->there, "order.step", order_saying_to_json(&saying), id);
}

static void place(struct fixture *f, char id[37])
{
    struct order_placing placing = {.service = "H04", .price_fen = 2000, .words = "请带梯子"};

    g_strlcpy(placing.card_token, f->token, sizeof placing.card_token);
    written(&f->here, "order.placed", order_placing_to_json(&placing), id);
}

static void test_round(struct fixture *f, const void *data)
{
    struct store_order order;
    unsigned port = f->server.port;
    char id[37];

    kiosk_start(&f->here);
    kiosk_start(&f->there);
    g_assert_true(offered(&f->here) && offered(&f->there));

    /* Without a line. */
    wire_set(f->wire, WIRE_REFUSE);
    wire_cut(f->wire);
    g_assert_true(kiosk_wait_online(&f->here, false));
    place(f, id);
    g_assert_true(order_at(f, &f->here, &order));
    g_assert_true(order.pending && order.no == 0);
    g_assert_cmpint(order.order.state, ==, ORDER_PLACED);
    int64_t placed_ms = order.order.placed_ms;
    g_usleep(1500000); /* it waits, and its clock runs */
    g_assert_false(order_at(f, &f->there, &order));

    /* With one: at the platform, and at the other kiosk. */
    wire_set(f->wire, WIRE_PASS);
    g_assert_true(kiosk_wait_sent(&f->here));
    until_state(f, &f->there, ORDER_POOL);
    until_state(f, &f->here, ORDER_POOL);
    g_assert_true(order_at(f, &f->there, &order));
    g_assert_cmpint(ABS(order.order.placed_ms - placed_ms), <, 1000);
    g_assert_cmpstr(order.id, ==, id);

    /* The desk of the other one. */
    desk(f, id, ORDER_DO_GRAB, now_ms() + 3600000, 0);
    until_state(f, &f->here, ORDER_ACCEPTED);
    desk(f, id, ORDER_DO_START, 0, 0);
    desk(f, id, ORDER_DO_FINISH, 0, 20);
    until_state(f, &f->here, ORDER_FINISHED);
    until_state(f, &f->there, ORDER_FINISHED);

    /* Confirmed and rated there while the platform is gone, killed and started in between. */
    server_kill(&f->server);
    wire_cut(f->wire);
    g_assert_true(kiosk_wait_online(&f->there, false));
    resident(f, id, ORDER_DO_CONFIRM, 0);
    resident(f, id, ORDER_DO_RATE, 5);
    g_assert_true(order_at(f, &f->there, &order));
    g_assert_true(order.pending && order.order.state == ORDER_RATED && order.stars == 5);
    server_up(&f->server, f->data, port);
    g_assert_true(kiosk_wait_sent(&f->there));
    for (int i = 0; i < 2000 && platform_sql_int(f->data, "SELECT count(*) FROM service_order WHERE state='RATED'") == 0; i++)
        g_usleep(10000);
    until_state(f, &f->here, ORDER_RATED);

    /* Once each. */
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM service_order"), ==, 1);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM order_step"), ==, 7); /* place, open, five more */
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict<>'accepted'"), ==, 0);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM service_order WHERE stars=5 AND minutes=20"), ==, 1);
    g_assert_cmpint(store_refused_count(f->here.store) + store_refused_count(f->there.store), ==, 0);
    g_assert_true(store_verify_chain(f->there.store, 0, NULL));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/order-loop/round", struct fixture, NULL, up, test_round, down);
    return g_test_run();
}
