/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders of services (F06): what is offered, placing one, what became of a card's, and what a resident may do about them.
 *
 *   place ─► gates ─► offered still, at this price? ─► coins or subsidy there? ─► not the same a moment ago ─► on disk: PLACED
 *   cancel, confirm, dispute, rate ─► gates ─► the card's own order ─► the model says yes ─► on disk: DONE
 *
 * Invariants: (1) What the screen is told as done is on disk. (2) It works without a line: the order's clock runs from now, also when
 * the platform hears of it days later; a price that has changed until then is asked again. (3) What is paid with is held by the
 * platform when it takes the order in; here it is looked at, so that nobody is promised what they do not have.
 */
#include "service/internal.h"
#include "service/values.h"
#include "model/rating.h"
#include "store/ledger.h"
#include "store/orders.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- What is offered ---------------------------------------------------------------------------------------------- */

static void provider_fill(struct kiosk_service *out, GPtrArray *providers)
{
    for (guint i = 0; i < providers->len; i++) {
        json_t *value = g_ptr_array_index(providers, i);
        g_auto(GStrv) codes = g_strsplit(json_string_value(json_object_get(value, "services")), ",", -1);
        if (!g_strv_contains((const char *const *)codes, out->code))
            continue;
        if (out->providers++ == 0) {
            value_string(value, "name_zh", out->provider_zh, sizeof out->provider_zh);
            value_string(value, "name_en", out->provider_en, sizeof out->provider_en);
            value_string(value, "phone", out->provider_phone, sizeof out->provider_phone);
        }
    }
}

static void service_fill(struct kiosk_service *out, json_t *value)
{
    value_string(value, "id", out->code, sizeof out->code);
    value_string(value, "name_zh", out->name_zh, sizeof out->name_zh);
    value_string(value, "name_en", out->name_en, sizeof out->name_en);
    value_string(value, "need", out->need, sizeof out->need);
    value_string(value, "unit", out->unit, sizeof out->unit);
    out->price_fen = json_integer_value(json_object_get(value, "price_fen"));
    out->coin_min = json_integer_value(json_object_get(value, "coin_min"));
    out->subsidy_fen = json_integer_value(json_object_get(value, "subsidy_fen"));
    out->minutes = json_integer_value(json_object_get(value, "minutes"));
    out->accept_ms = json_integer_value(json_object_get(value, "accept_ms"));
    out->own_words = json_is_true(json_object_get(value, "own_words"));
    out->at_home = json_is_true(json_object_get(value, "at_home"));
}

void services_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_services(kiosk->store, &error);
    g_autoptr(GPtrArray) providers = rows != NULL ? store_providers(kiosk->store, &error) : NULL;

    if (providers == NULL) {
        g_warning("services: %s", error->message);
        return;
    }
    struct kiosk_service *items = g_new0(struct kiosk_service, rows->len + 1);
    for (guint i = 0; i < rows->len; i++) {
        service_fill(&items[i], g_ptr_array_index(rows, i));
        provider_fill(&items[i], providers);
    }
    struct kiosk_event event = {.kind = KIOSK_EVENT_SERVICES,
                                .services = {.items = items, .count = rows->len, .asof_ms = kiosk->told.synced_ms,
                                             .now_ms = health_now_ms(kiosk)}};
    kiosk_post(kiosk, &event, items);
}

/* ---- What became of a card's ---------------------------------------------------------------------------------------- */

static void service_of(struct kiosk *kiosk, struct kiosk_order *out)
{
    g_autoptr(GError) error = NULL;
    json_t *service = store_service(kiosk->store, out->service, &error);

    if (error != NULL)
        g_warning("service: %s", error->message);
    value_string(service, "name_zh", out->name_zh, sizeof out->name_zh);
    value_string(service, "name_en", out->name_en, sizeof out->name_en);
    value_string(service, "need", out->need, sizeof out->need);
    out->at_home = json_is_true(json_object_get(service, "at_home"));
    json_decref(service);
}

static void provider_of(GPtrArray *providers, struct kiosk_order *out)
{
    for (guint i = 0; i < providers->len && *out->provider != '\0'; i++) {
        json_t *value = g_ptr_array_index(providers, i);
        if (g_strcmp0(json_string_value(json_object_get(value, "id")), out->provider) != 0)
            continue;
        value_string(value, "name_zh", out->provider_zh, sizeof out->provider_zh);
        value_string(value, "name_en", out->provider_en, sizeof out->provider_en);
        value_string(value, "phone", out->provider_phone, sizeof out->provider_phone);
    }
}

static void order_fill(const struct store_order *order, int64_t now_ms, struct kiosk_order *out)
{
    g_strlcpy(out->id, order->id, sizeof out->id);
    g_strlcpy(out->service, order->service, sizeof out->service);
    g_strlcpy(out->state, order->refused ? "REFUSED" : order_state_name(order->order.state), sizeof out->state);
    g_strlcpy(out->reason, order->reason, sizeof out->reason);
    g_strlcpy(out->provider, order->order.provider, sizeof out->provider);
    out->no = order->no;
    out->price_fen = order->price_fen;
    out->placed_ms = order->order.placed_ms;
    out->accept_by_ms = order->refused ? 0 : order->order.accept_by_ms;
    out->visit_ms = order->order.visit_ms;
    out->minutes = order->order.minutes;
    out->want_from_ms = order->want_from_ms;
    out->want_to_ms = order->want_to_ms;
    out->stars = order->stars;
    out->remind = order->remind && order->order.state == ORDER_FINISHED;
    out->pending = order->pending;
    out->may_cancel = order_resident_may(&order->order, ORDER_DO_CANCEL, now_ms);
    out->may_confirm = order_resident_may(&order->order, ORDER_DO_CONFIRM, now_ms);
    out->may_dispute = order_resident_may(&order->order, ORDER_DO_DISPUTE, now_ms);
    out->may_rate = order_resident_may(&order->order, ORDER_DO_RATE, now_ms);
}

static GArray *orders_load(struct kiosk *kiosk, bool *known)
{
    g_autoptr(GError) error = NULL;
    GArray *orders = store_orders(kiosk->store, kiosk->session.token, known, &error);

    if (orders == NULL)
        g_warning("orders: %s", error->message);
    return orders;
}

static void tell(struct kiosk *kiosk, enum kiosk_order_phase phase, const char *id, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_ORDERS, .orders = {.ask = kiosk->answers.order, .phase = phase}};

    g_strlcpy(event.orders.id, id, sizeof event.orders.id);
    g_strlcpy(event.orders.reason, reason, sizeof event.orders.reason);
    kiosk_post(kiosk, &event, NULL);
}

static void refuse(struct kiosk *kiosk, const char *reason)
{
    tell(kiosk, KIOSK_ORDER_REFUSED, "", reason);
}

/* What other orders of this card will have held, as soon as the platform hears of them. */
static int64_t promised(GArray *orders, enum order_pay pay)
{
    int64_t sum = 0;

    for (guint i = 0; i < orders->len; i++) {
        const struct store_order *order = &g_array_index(orders, struct store_order, i);
        if (order->no == 0 && order->pay == pay && order_is_open(order->order.state))
            sum += order->amount;
    }
    return sum;
}

/* What there is to pay with, what waits here taken off. NULL: known; else why not. */
static const char *means_of(struct kiosk *kiosk, GArray *orders, int64_t *coin_min, int64_t *subsidy_fen)
{
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    g_autoptr(GError) error = NULL;

    if (!store_credit(kiosk->store, kiosk->session.token, health_now_ms(kiosk), credit, &error)) {
        g_warning("orders: %s", error->message);
        return "STORE";
    }
    if (!credit->known)
        return "SNAPSHOT";
    *coin_min = credit->spendable[BOOK_COIN] - promised(orders, ORDER_PAY_COIN);
    *subsidy_fen = credit->spendable[BOOK_SUBSIDY] - promised(orders, ORDER_PAY_SUBSIDY);
    return NULL;
}

static struct kiosk_order *orders_fill(struct kiosk *kiosk, GArray *orders, GPtrArray *providers)
{
    struct kiosk_order *items = g_new0(struct kiosk_order, orders->len + 1);

    for (guint i = 0; i < orders->len; i++) {
        order_fill(&g_array_index(orders, struct store_order, i), health_now_ms(kiosk), &items[i]);
        items[i].may_rate = items[i].may_rate || (items[i].stars > 0 && rating_may_again(kiosk, items[i].id));
        service_of(kiosk, &items[i]);
        provider_of(providers, &items[i]);
    }
    return items;
}

static void list_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    const char *closed = gate_card(kiosk);
    bool known = false;
    g_autoptr(GArray) orders = closed == NULL ? orders_load(kiosk, &known) : NULL;
    g_autoptr(GPtrArray) providers = orders != NULL ? store_providers(kiosk->store, &error) : NULL;
    struct kiosk_event event = {.kind = KIOSK_EVENT_ORDERS, .orders = {.ask = kiosk->answers.order, .phase = KIOSK_ORDER_LIST, .known = known}};

    if (error != NULL)
        g_warning("orders: %s", error->message);
    if (providers == NULL) {
        refuse(kiosk, closed != NULL ? closed : "STORE");
        return;
    }
    struct kiosk_order *items = orders_fill(kiosk, orders, providers);
    event.orders.means_known = means_of(kiosk, orders, &event.orders.coin_min, &event.orders.subsidy_fen) == NULL;
    event.orders.items = items;
    event.orders.count = orders->len;
    kiosk_post(kiosk, &event, items);
}

/* ---- Writing -------------------------------------------------------------------------------------------------------- */

static bool gates(struct kiosk *kiosk)
{
    const char *reason = gate_machine(kiosk);

    if (reason == NULL)
        reason = gate_card(kiosk);
    if (reason != NULL)
        refuse(kiosk, reason);
    return reason == NULL;
}

/* ---- Placing -------------------------------------------------------------------------------------------------------- */

/* NULL: it is there, as far as is known here. */
static const char *means_missing(struct kiosk *kiosk, GArray *orders, const struct order_placing *placing)
{
    int64_t coin_min = 0, subsidy_fen = 0;
    const char *reason = placing->pay != ORDER_PAY_NONE ? means_of(kiosk, orders, &coin_min, &subsidy_fen) : NULL;

    if (placing->pay == ORDER_PAY_NONE || reason != NULL)
        return reason;
    return (placing->pay == ORDER_PAY_COIN ? coin_min : subsidy_fen) < placing->amount ? "BALANCE" : NULL;
}

static const char *repeated(GArray *orders, const struct order_placing *placing, int64_t now_ms)
{
    for (guint i = 0; i < orders->len; i++) {
        const struct store_order *order = &g_array_index(orders, struct store_order, i);
        if (strcmp(order->service, placing->service) == 0 && order_is_open(order->order.state) &&
            now_ms - order->order.placed_ms < ORDER_REPEAT_MS)
            return "REPEATED";
    }
    return NULL;
}

static const char *offer_refuses(json_t *service, const struct kiosk_order_request *request, struct order_placing *placing)
{
    const char *amount = request->pay == KIOSK_ORDER_PAY_COIN ? "coin_min" : request->pay == KIOSK_ORDER_PAY_SUBSIDY ? "subsidy_fen" : NULL;

    if (service == NULL)
        return "SERVICE";
    if (json_integer_value(json_object_get(service, "price_fen")) != request->price_fen)
        return "PRICE";
    if (json_is_true(json_object_get(service, "own_words")) && *request->words == '\0')
        return "WORDS";
    placing->price_fen = request->price_fen;
    placing->pay = (enum order_pay)request->pay;
    placing->amount = amount != NULL ? json_integer_value(json_object_get(service, amount)) : 0;
    return placing->amount != request->amount || (amount != NULL && placing->amount == 0) ? "PRICE" : NULL;
}

static void placing_fill(struct kiosk *kiosk, const struct kiosk_order_request *request, struct order_placing *out)
{
    g_strlcpy(out->service, request->service, sizeof out->service);
    g_strlcpy(out->card_token, kiosk->session.token, sizeof out->card_token);
    out->want_from_ms = request->want_from_ms;
    out->want_to_ms = MAX(request->want_to_ms, request->want_from_ms);
    g_strlcpy(out->words, request->words, sizeof out->words);
    g_strlcpy(out->address, request->address, sizeof out->address);
    g_strlcpy(out->phone, request->phone, sizeof out->phone);
}

static const char *place_judge(struct kiosk *kiosk, const struct kiosk_order_request *request, struct order_placing *placing)
{
    g_autoptr(GError) error = NULL;
    bool known = false;
    g_autoptr(GArray) orders = orders_load(kiosk, &known);
    json_t *service = orders != NULL ? store_service(kiosk->store, request->service, &error) : NULL;
    const char *reason = orders == NULL || error != NULL ? "STORE" : offer_refuses(service, request, placing);

    if (error != NULL)
        g_warning("orders: %s", error->message);
    if (reason == NULL)
        reason = repeated(orders, placing, health_now_ms(kiosk));
    if (reason == NULL)
        reason = means_missing(kiosk, orders, placing);
    json_decref(service);
    return reason;
}

/* As the platform will read it: what does not fit there is not written down here. */
static json_t *placing_written(const struct order_placing *placing)
{
    g_autofree struct order_placing *again = g_new0(struct order_placing, 1);
    json_t *json = order_placing_to_json(placing);

    if (!order_placing_from_json(json, again))
        g_clear_pointer(&json, json_decref);
    OPENSSL_cleanse(again, sizeof *again);
    return json;
}

static void place(struct kiosk *kiosk, const struct kiosk_order_request *request)
{
    g_autofree struct order_placing *placing = g_new0(struct order_placing, 1);
    char id[37];

    if (!gates(kiosk))
        return;
    placing_fill(kiosk, request, placing);
    const char *reason = place_judge(kiosk, request, placing);
    json_t *data = reason == NULL ? placing_written(placing) : NULL;
    if (reason == NULL)
        reason = data != NULL ? room_write(kiosk, "order.placed", data, id) : "WORDS";
    if (reason != NULL)
        refuse(kiosk, reason);
    else
        tell(kiosk, KIOSK_ORDER_PLACED, id, "");
    OPENSSL_cleanse(placing, sizeof *placing);
}

/* ---- What residents do about their own ------------------------------------------------------------------------------- */

static const struct store_order *own(GArray *orders, const char *id)
{
    for (guint i = 0; orders != NULL && i < orders->len; i++)
        if (strcmp(g_array_index(orders, struct store_order, i).id, id) == 0)
            return &g_array_index(orders, struct store_order, i);
    return NULL;
}

static const char *step_judge(const struct store_order *order, const struct order_saying *saying)
{
    struct order copy;

    if (order == NULL)
        return "UNKNOWN";
    copy = order->order;
    enum order_code code = order_do(&copy, &saying->deed, NULL);
    if (code != ORDER_OK)
        return order_code_name(code);
    return saying->deed.step == ORDER_DO_RATE && saying->stars < 1 ? "STARS" : NULL;
}

/* NULL: it is on the disk. */
static const char *step_do(struct kiosk *kiosk, const struct kiosk_order_request *request, enum order_step step)
{
    struct order_saying saying = {.deed = {.step = step, .actor = ORDER_RESIDENT}};
    bool known = false;
    char id[37];

    saying.deed.at_ms = health_now_ms(kiosk);
    saying.stars = step == ORDER_DO_RATE ? CLAMP(request->stars, 0, ORDER_STARS_MAX) : 0;
    g_strlcpy(saying.order, request->order, sizeof saying.order);
    g_strlcpy(saying.card_token, kiosk->session.token, sizeof saying.card_token);
    g_strlcpy(saying.deed.reason, request->words, sizeof saying.deed.reason);
    g_autoptr(GArray) orders = orders_load(kiosk, &known);
    const char *reason = orders == NULL ? "STORE" : step_judge(own(orders, request->order), &saying);
    if (strlen(request->words) >= sizeof saying.deed.reason || !g_utf8_validate(request->words, -1, NULL))
        reason = "WORDS";
    if (reason == NULL)
        reason = room_write(kiosk, "order.step", order_saying_to_json(&saying), id);
    OPENSSL_cleanse(&saying, sizeof saying);
    return reason;
}

static void step(struct kiosk *kiosk, const struct kiosk_order_request *request, enum order_step step)
{
    if (!gates(kiosk))
        return;
    const char *reason = step_do(kiosk, request, step);
    if (reason != NULL)
        refuse(kiosk, reason);
    else
        tell(kiosk, KIOSK_ORDER_DONE, request->order, "");
}

/* ---- What is said of one ---------------------------------------------------------------------------------------------- */

bool orders_rating_facts(struct kiosk *kiosk, struct rating *rating, struct rating_facts *out)
{
    bool known = false;
    g_autoptr(GArray) orders = orders_load(kiosk, &known);
    const struct store_order *order = own(orders, rating->service);
    enum order_state state = order != NULL ? order->order.state : ORDER_PLACED;

    /* Rated here is what the store knows of, with its time. */
    out->theirs = state == ORDER_COMPLETED || state == ORDER_RATED;
    out->rated = out->rated || state == ORDER_RATED;
    if (!out->theirs)
        return orders != NULL;
    out->done_ms = order->order.ended_ms;
    g_strlcpy(rating->kind, "order", sizeof rating->kind);
    return true;
}

const char *orders_rate(struct kiosk *kiosk, const char *order, int stars)
{
    struct kiosk_order_request request = {.ask = KIOSK_ORDER_ASK_RATE, .stars = stars};
    const char *reason = gate_machine(kiosk);

    g_strlcpy(request.order, order, sizeof request.order);
    return reason != NULL ? reason : step_do(kiosk, &request, ORDER_DO_RATE);
}

void orders_do(struct kiosk *kiosk, const struct kiosk_order_request *request)
{
    kiosk->answers.order = request->ask;
    switch (request->ask) {
    case KIOSK_ORDER_ASK_LIST:
        list_tell(kiosk);
        break;
    case KIOSK_ORDER_ASK_PLACE:
        place(kiosk, request);
        break;
    case KIOSK_ORDER_ASK_CANCEL:
        step(kiosk, request, ORDER_DO_CANCEL);
        break;
    case KIOSK_ORDER_ASK_CONFIRM:
        step(kiosk, request, ORDER_DO_CONFIRM);
        break;
    case KIOSK_ORDER_ASK_DISPUTE:
        step(kiosk, request, ORDER_DO_DISPUTE);
        break;
    case KIOSK_ORDER_ASK_RATE:
        step(kiosk, request, ORDER_DO_RATE);
        break;
    }
}
