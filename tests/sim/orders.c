/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders of services: residents place them with and without a line, free, for coins or by a subsidy, and say what becomes of their own.
 * What is held for an order is held once, and at its end spent once or given back; its steps are lawful and hang together; both ends say
 * the same of it when all is settled, and who was refused is told.
 */
#include "books-internal.h"
#include "model/model.h"
#include "service/internal.h"
#include "store/orders.h"

#include <sqlite3.h>
#include <string.h>

#define LATEST 8

static struct kiosk_order_request wanted;

/* What the screen was shown last. */
static struct {
    struct kiosk_service offers[LATEST];
    struct kiosk_order orders[LATEST];
    unsigned offer_count, order_count;
} shown;

/* For coins, by a subsidy, for nothing, and in own words. */
static const char *const WANTED[] = {"C02", "H04", "F01", "F02", "K02", "T03", "H01", "X01"};
G_STATIC_ASSERT(G_N_ELEMENTS(WANTED) == LATEST);

/* ---- At a kiosk ---------------------------------------------------------------------------------------------------- */

static void request(struct kiosk *kiosk)
{
    kiosk_request_orders(kiosk, &wanted);
}

static void want_service(uint32_t arg)
{
    const struct kiosk_service *offer = &shown.offers[arg / 16 % shown.offer_count];

    wanted.ask = KIOSK_ORDER_ASK_PLACE;
    g_strlcpy(wanted.service, offer->code, sizeof wanted.service);
    g_strlcpy(wanted.words, offer->own_words ? "a shelf" : "", sizeof wanted.words);
    g_strlcpy(wanted.address, "1-101", sizeof wanted.address);
    wanted.price_fen = offer->price_fen;
    if (offer->coin_min > 0 && arg / 128 % 4 != 0)
        wanted.pay = KIOSK_ORDER_PAY_COIN;
    else if (offer->subsidy_fen > 0 && arg / 128 % 4 != 0)
        wanted.pay = KIOSK_ORDER_PAY_SUBSIDY;
    wanted.amount = wanted.pay == KIOSK_ORDER_PAY_COIN ? offer->coin_min : wanted.pay == KIOSK_ORDER_PAY_SUBSIDY ? offer->subsidy_fen : 0;
}

static void want_step(uint32_t arg)
{
    const struct kiosk_order *order = &shown.orders[arg / 16 % shown.order_count];

    wanted.ask = order->may_rate                        ? KIOSK_ORDER_ASK_RATE
                 : order->may_confirm && arg / 128 % 3 > 0 ? KIOSK_ORDER_ASK_CONFIRM
                 : order->may_dispute                   ? KIOSK_ORDER_ASK_DISPUTE
                                                        : KIOSK_ORDER_ASK_CANCEL;
    wanted.stars = wanted.ask == KIOSK_ORDER_ASK_RATE ? 1 + (int)(arg / 512 % ORDER_STARS_MAX) : 0;
    g_strlcpy(wanted.order, order->id, sizeof wanted.order);
    g_strlcpy(wanted.words, wanted.ask == KIOSK_ORDER_ASK_DISPUTE ? "not done" : "", sizeof wanted.words);
}

void order_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (!kiosk_start(kiosk))
        return;
    wanted = (struct kiosk_order_request){.ask = KIOSK_ORDER_ASK_LIST};
    shown.offer_count = shown.order_count = 0;
    kiosk_lay(kiosk, (int)action->card);
    kiosk_ask(kiosk, kiosk_request_services);
    kiosk_ask(kiosk, request);
    if (action->arg % 16 < 8 && shown.order_count > 0)
        want_step(action->arg);
    else if (shown.offer_count > 0)
        want_service(action->arg);
    kiosk_ask(kiosk, request);
    if (kiosk->online && action->arg >> 12 & 1)
        kiosk_sync(kiosk);
}

/* ---- What is shown -------------------------------------------------------------------------------------------------- */

static void offers_shown(const struct kiosk_event *event)
{
    shown.offer_count = 0;
    for (size_t i = 0; i < event->services.count; i++)
        for (size_t at = 0; at < G_N_ELEMENTS(WANTED); at++)
            if (strcmp(event->services.items[i].code, WANTED[at]) == 0)
                shown.offers[shown.offer_count++] = event->services.items[i];
}

void order_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_SERVICES)
        offers_shown(event);
    if (event->kind != KIOSK_EVENT_ORDERS)
        return;
    const struct kiosk_orders_event *orders = &event->orders;
    note(world, "order %s %u %s", kiosk->id, orders->phase, orders->reason);
    if (orders->phase == KIOSK_ORDER_LIST) {
        shown.order_count = (unsigned)MIN(orders->count, LATEST);
        memcpy(shown.orders, orders->items, shown.order_count * sizeof shown.orders[0]);
    }
    if (orders->phase != KIOSK_ORDER_PLACED && orders->phase != KIOSK_ORDER_DONE)
        return;
    books_durable(world, kiosk, "order-is-durable", orders->id);
    world->stats.orders++;
    if (orders->phase == KIOSK_ORDER_PLACED)
        books_wish(world, kiosk, WISH_ORDER, orders->id, wanted.service);
}

/* ---- What must be so at the platform ---------------------------------------------------------------------------------- */

#define OF_ORDER "LEFT JOIN credit_hold h ON h.community=o.community AND h.id=o.hold"
#define DONE     "('COMPLETED','RATED')"
#define OPEN     "('PLACED','REVIEW','POOL','OFFERED','ESCALATED','ACCEPTED','IN_SERVICE','NO_SHOW','FINISHED','DISPUTED')"

static const struct law LAWS[] = {
    {"order-steps", "SELECT o.id FROM service_order o WHERE o.state<>(SELECT t.to_state FROM order_step t WHERE t.service_order=o.id"
                    " ORDER BY t.seq DESC LIMIT 1)"},
    {"order-steps", "SELECT n.id FROM order_step n LEFT JOIN order_step p ON p.service_order=n.service_order AND p.seq=n.seq-1 WHERE"
                    " n.from_state<>coalesce(p.to_state,'')"},
    {"order-steps", "SELECT service_order FROM order_step GROUP BY service_order HAVING max(seq)<>count(*)"},
    {"order-steps", "SELECT id FROM service_order WHERE (state IN ('PLACED','REVIEW','POOL','ESCALATED','REJECTED') AND provider<>'') OR"
                    " (state IN ('OFFERED','ACCEPTED','IN_SERVICE','NO_SHOW','FINISHED','DISPUTED','COMPLETED','RATED','REFUNDED') AND"
                    " provider='')"},
    {"order-clock", "SELECT o.id FROM service_order o JOIN service s ON s.code=o.service WHERE o.accept_by_ms<>o.placed_ms+s.accept_ms OR"
                    " o.placed_ms>o.received_ms"},
    {"order-clock", "SELECT o.id FROM service_order o JOIN event e ON e.community=o.community AND e.id=o.id AND e.verdict='accepted' WHERE"
                    " o.placed_ms<>min(e.received_ms, json_extract(e.body,'$.at')+coalesce(json_extract(e.body,'$.clock_offset_ms'),0)) AND"
                    " abs(json_extract(e.body,'$.at')-e.received_ms)<2592000000"},
    {"order-clock", "SELECT id FROM service_order WHERE next_ms=0 AND (state IN " OPEN " OR told=1)"},
    {"order-held", "SELECT o.id FROM service_order o " OF_ORDER " WHERE o.held_until_ms<>0 AND (o.state NOT IN " OPEN " OR h.id IS NULL OR"
                   " h.state<>'HELD' OR h.amount<>o.amount OR h.account<>'person:'||o.card)"},
    {"order-held", "SELECT id FROM service_order WHERE pay<>'none' AND state IN " OPEN " AND held_until_ms=0 AND alert=0"},
    {"order-held", "SELECT h.id FROM credit_hold h WHERE h.ref GLOB 'order-*' AND h.state='HELD' AND NOT EXISTS (SELECT 1 FROM"
                   " service_order o WHERE o.hold=h.id AND o.held_until_ms<>0)"},
    {"order-spent-once", "SELECT o.id FROM service_order o " OF_ORDER " WHERE o.pay<>'none' AND o.state IN " DONE " AND o.alert=0 AND"
                         " (h.state<>'CAPTURED' OR h.captured<>o.amount)"},
    {"order-spent-once", "SELECT o.id FROM service_order o JOIN credit_hold h ON h.ref='order-'||o.no WHERE h.captured<>0 AND"
                         " o.state NOT IN " DONE},
    {"order-spent-once", "SELECT ref FROM credit_txn WHERE type='SPEND' AND ref GLOB 'order-*' GROUP BY ref HAVING count(*)>1"},
    {"order-spent-once", "SELECT o.id FROM service_order o JOIN credit_txn t ON t.ref='order-'||o.no AND t.type='SPEND' WHERE o.amount<>"
                         "(SELECT sum(e.amount) FROM credit_entry e WHERE e.community=t.community AND e.txn=t.id AND e.account="
                         "'redeemed:'||o.provider)"},
    {"order-repeated", "SELECT a.id FROM service_order a JOIN service_order b ON b.card=a.card AND b.service=a.service AND b.id<>a.id AND"
                       " abs(b.placed_ms-a.placed_ms)<600000 WHERE a.ended_ms=0 AND b.ended_ms=0"},
};

void orders_check(struct world *world, struct sqlite3 *db)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LAWS); i++)
        books_law(world, db, LAWS[i].invariant, "%s", LAWS[i].sql);
}

/* ---- When all is settled ---------------------------------------------------------------------------------------------- */

struct order_view {
    struct world *world;
    struct sim_kiosk *kiosk;
    sqlite3 *db;
    char token[33];
    GArray *rows; /* of struct store_order */
};

static void row_end(const struct order_view *view, const struct store_order *order)
{
    g_autofree char *mine = g_strdup_printf("%s of %s, %d stars", order_state_name(order->order.state), order->order.provider, order->stars);
    g_autofree char *there = books_text(view->db, "SELECT state||' of '||provider||', '||stars||' stars' FROM service_order WHERE id='%s' AND"
                                        " card='%s'", order->id, view->token);

    if (order->pending)
        break_invariant(view->world, "order-is-answered", "%s still waits for an answer about order %s", view->kiosk->id, order->id);
    if (g_strcmp0(mine, there) != 0 && !order->refused)
        break_invariant(view->world, "orders-agree", "%s shows order %s as %s, the platform has it as %s", view->kiosk->id, order->id, mine,
                        there != NULL ? there : "none of this card");
    if (order->refused && there != NULL)
        break_invariant(view->world, "orders-agree", "%s shows order %s as refused, the platform took it", view->kiosk->id, order->id);
}

/* All that the platform tells of this card's is in the list. */
static void missing_end(const struct order_view *view)
{
    g_autofree char *there = books_text(view->db, "SELECT count(*) FROM service_order WHERE card='%s' AND told=1", view->token);
    guint told = 0;

    for (guint i = 0; i < view->rows->len; i++)
        told += !g_array_index(view->rows, struct store_order, i).refused;
    if (told != (guint)g_ascii_strtoull(there, NULL, 10))
        break_invariant(view->world, "orders-agree", "%s knows %u orders of a card, the platform %s", view->kiosk->id, told, there);
}

static bool is_known(const struct order_view *view, const struct wish *wish)
{
    for (guint i = 0; i < view->rows->len; i++) {
        const struct store_order *order = &g_array_index(view->rows, struct store_order, i);
        if (strcmp(order->id, wish->id) == 0 || strcmp(order->service, wish->service) == 0)
            return true;
    }
    return false;
}

/* Whose order the platform refused sees that at the kiosk where it was placed, unless the service was ordered otherwise. */
static void refused_end(const struct order_view *view)
{
    const GArray *wishes = view->world->books->wishes;

    for (guint i = 0; i < wishes->len; i++) {
        const struct wish *wish = &g_array_index(wishes, struct wish, i);
        if (wish->kind == WISH_ORDER && strcmp(wish->token, view->token) == 0 && wish->kiosk == (unsigned)view->kiosk->machine.index &&
            !is_known(view, wish))
            books_law(view->world, view->db, "refused-is-told", "SELECT id||' at %s' FROM event WHERE id='%s' AND verdict<>'accepted'",
                      view->kiosk->id, wish->id);
    }
}

static void card_end(struct world *world, struct sim_kiosk *kiosk, sqlite3 *db, unsigned card)
{
    struct order_view view = {.world = world, .kiosk = kiosk, .db = db};
    bool known = false;

    card_token(world->index_key, world->cards[card].number, view.token);
    int was = world_become(world, kiosk->machine.index);
    g_autoptr(GArray) rows = view.rows = store_orders(kiosk->kiosk->store, view.token, &known, NULL);
    world_become(world, was);
    if (rows == NULL)
        break_invariant(world, "orders-agree", "%s cannot read its orders", kiosk->id);
    for (guint i = 0; i < rows->len; i++)
        row_end(&view, &g_array_index(rows, struct store_order, i));
    if (known)
        missing_end(&view);
    refused_end(&view);
}

/* What was placed and accepted is an order. */
static void wish_end(struct world *world, sqlite3 *db, const struct wish *wish)
{
    books_wish_told(world, db, wish);
    books_law(world, db, "wish-is-answered",
              "SELECT e.id FROM event e WHERE e.id='%s' AND e.verdict='accepted' AND NOT EXISTS (SELECT 1 FROM service_order o WHERE o.id=e.id)",
              wish->id);
}

void orders_check_end(struct world *world, struct sqlite3 *db)
{
    for (guint i = 0; i < world->books->wishes->len; i++)
        if (g_array_index(world->books->wishes, struct wish, i).kind == WISH_ORDER)
            wish_end(world, db, &g_array_index(world->books->wishes, struct wish, i));
    for (unsigned i = 0; i < world->kiosk_count; i++)
        for (unsigned card = 0; card < world->card_count; card++)
            card_end(world, &world->kiosks[i], db, card);
}
