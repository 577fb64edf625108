/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders of services. What the platform tells is a cache, sealed where it is of a person. What this kiosk wrote down lies in the journal
 * alone: until it is acknowledged it is read from there and put on top by the model, so that a resident sees at once what they did,
 * and nothing has to be kept twice. What the platform refused of it is read from there, too, for thirty days: nobody waits for something
 * that was never ordered.
 */
#include "store/orders.h"
#include "store/internal.h"
#include "store/item.h"
#include "model/model.h"

#include <openssl/crypto.h>
#include <string.h>

#define ORDERS_MAX   200
#define SERVICES_MAX 1000

/* ---- Taking in ---------------------------------------------------------------------------------------------------- */

static bool order_put(struct store *store, const struct item *item, const char *value, GError **error)
{
    g_autofree char *sealed = cache_close(store, "service_order", item->key, value);

    store->persons_changed = true;
    return sql_run(&store->sql, SQL_FEED_ORDER_PUT,
                   "INSERT INTO service_order(id,card_token,version,value) SELECT ?1,?2,?3,?4" NOT_WIPED("?2", "?3")
                   " ON CONFLICT(id) DO UPDATE SET card_token=excluded.card_token, version=excluded.version,"
                   " value=excluded.value WHERE excluded.version>=service_order.version",
                   error, "ssis", item->key, item->card_token, item->version, sealed);
}

bool orders_put(struct store *store, const struct item *item, const char *value, GError **error)
{
    if (item->topic == ITEM_ORDER)
        return order_put(store, item, value, error);
    if (item->topic == ITEM_SERVICE)
        return sql_run(&store->sql, SQL_FEED_SERVICE_PUT,
                       "INSERT INTO service(id,place,version,value) VALUES(?1,?2,?3,?4) ON CONFLICT(id) DO UPDATE SET"
                       " place=excluded.place, version=excluded.version, value=excluded.value"
                       " WHERE excluded.version>=service.version",
                       error, "siis", item->key, (int64_t)json_integer_value(json_object_get(item->value, "place")), item->version,
                       value);
    return sql_run(&store->sql, SQL_FEED_PROVIDER_PUT,
                   "INSERT INTO provider(id,version,value) VALUES(?1,?2,?3) ON CONFLICT(id) DO UPDATE SET version=excluded.version,"
                   " value=excluded.value WHERE excluded.version>=provider.version",
                   error, "sis", item->key, item->version, value);
}

bool orders_delete(struct store *store, const struct item *item, GError **error)
{
    if (item->topic == ITEM_ORDER)
        return sql_run(&store->sql, SQL_FEED_ORDER_DELETE, "DELETE FROM service_order WHERE id=?1 AND version<=?2", error, "si",
                       item->key, item->version);
    if (item->topic == ITEM_SERVICE)
        return sql_run(&store->sql, SQL_FEED_SERVICE_DELETE, "DELETE FROM service WHERE id=?1 AND version<=?2", error, "si",
                       item->key, item->version);
    return sql_run(&store->sql, SQL_FEED_PROVIDER_DELETE, "DELETE FROM provider WHERE id=?1 AND version<=?2", error, "si",
                   item->key, item->version);
}

/* ---- What is offered ---------------------------------------------------------------------------------------------- */

GPtrArray *store_services(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    GPtrArray *out = cache_values(store,
                            sql_query(&store->sql, SQL_SERVICES, "SELECT value FROM service ORDER BY place, id LIMIT ?1", error, "i",
                                      (int64_t)SERVICES_MAX),
                            error);
    g_mutex_unlock(&store->lock);
    return out;
}

GPtrArray *store_providers(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    GPtrArray *out = cache_values(store,
                            sql_query(&store->sql, SQL_PROVIDERS, "SELECT value FROM provider ORDER BY id LIMIT ?1", error, "i",
                                      (int64_t)SERVICES_MAX),
                            error);
    g_mutex_unlock(&store->lock);
    return out;
}

json_t *store_service(struct store *store, const char *code, GError **error)
{
    g_mutex_lock(&store->lock);
    g_autoptr(GPtrArray) found =
        cache_values(store, sql_query(&store->sql, SQL_SERVICE, "SELECT value FROM service WHERE id=?1", error, "s", code), error);
    json_t *out = found != NULL && found->len > 0 ? json_incref(g_ptr_array_index(found, 0)) : NULL;
    g_mutex_unlock(&store->lock);
    return out;
}

/* ---- What the platform told of a card's orders ----------------------------------------------------------------------- */

static bool told_read(json_t *value, struct store_order *out)
{
    const char *id = json_string_value(json_object_get(value, "id")), *service = json_string_value(json_object_get(value, "service"));

    memset(out, 0, sizeof *out);
    if (id == NULL || service == NULL || !order_from_json(json_object_get(value, "order"), &out->order) ||
        !order_pay_parse(json_string_value(json_object_get(value, "pay")), &out->pay))
        return false;
    g_strlcpy(out->id, id, sizeof out->id);
    g_strlcpy(out->service, service, sizeof out->service);
    out->no = json_integer_value(json_object_get(value, "no"));
    out->price_fen = json_integer_value(json_object_get(value, "price_fen"));
    out->amount = json_integer_value(json_object_get(value, "amount"));
    out->want_from_ms = json_integer_value(json_object_get(value, "want_from_ms"));
    out->want_to_ms = json_integer_value(json_object_get(value, "want_to_ms"));
    out->stars = (int)json_integer_value(json_object_get(value, "stars"));
    out->remind = json_is_true(json_object_get(value, "remind"));
    return true;
}

static bool told_add(struct store *store, sqlite3_stmt *row, GArray *orders, GError **error)
{
    struct store_order order;
    g_autofree char *text = cache_open(store, "service_order", sql_text(row, 0), sql_text(row, 1), error);
    json_t *value = text != NULL ? cache_json(text, error) : NULL;
    bool good = value != NULL && (told_read(value, &order) || store_state_error(error, "a cached order is damaged"));

    if (good)
        g_array_append_val(orders, order);
    json_decref(value);
    return good;
}

static bool told_load(struct store *store, const char *token, GArray *orders, GError **error)
{
    sqlite3_stmt *query = sql_query(&store->sql, SQL_ORDERS,
                                    "SELECT id,value FROM service_order WHERE card_token=?1 ORDER BY id DESC LIMIT ?2", error, "si",
                                    token, (int64_t)ORDERS_MAX);
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1)
        if (!told_add(store, query, orders, error)) {
            sql_done(query);
            more = -1;
        }
    return more == 0;
}

/* ---- What was done here since ------------------------------------------------------------------------------------------ */

struct waiting {
    struct store *store;
    const char *token;
    GArray *orders;
};

static struct store_order *find(GArray *orders, const char *id)
{
    for (guint i = 0; i < orders->len; i++) {
        struct store_order *order = &g_array_index(orders, struct store_order, i);
        if (strcmp(order->id, id) == 0)
            return order;
    }
    return NULL;
}

static int64_t accept_ms(struct store *store, const char *code)
{
    g_autoptr(GPtrArray) found =
        cache_values(store, sql_query(&store->sql, SQL_SERVICE, "SELECT value FROM service WHERE id=?1", NULL, "s", code), NULL);

    return found != NULL && found->len > 0 ? json_integer_value(json_object_get(g_ptr_array_index(found, 0), "accept_ms")) : 0;
}

static void insert(GArray *orders, const struct store_order *order)
{
    guint at = 0;

    while (at < orders->len && g_array_index(orders, struct store_order, at).order.placed_ms > order->order.placed_ms)
        at++;
    g_array_insert_vals(orders, at, order, 1);
}

static void placed_add(struct waiting *w, const char *id, int64_t at_ms, json_t *data, const char *refused)
{
    g_autofree struct order_placing *placing = g_new0(struct order_placing, 1);
    struct store_order order = {.pending = refused == NULL, .refused = refused != NULL};

    if (!order_placing_from_json(data, placing) || strcmp(placing->card_token, w->token) != 0 || find(w->orders, id) != NULL)
        return;
    g_strlcpy(order.id, id, sizeof order.id);
    g_strlcpy(order.service, placing->service, sizeof order.service);
    order.price_fen = placing->price_fen;
    order.pay = placing->pay;
    order.amount = placing->amount;
    order.want_from_ms = placing->want_from_ms;
    order.want_to_ms = placing->want_to_ms;
    order.order = order_place(placing->pay == ORDER_PAY_SUBSIDY, at_ms, accept_ms(w->store, placing->service));
    if (refused != NULL) {
        order.order.state = ORDER_REJECTED;
        g_strlcpy(order.reason, refused, sizeof order.reason);
    }
    insert(w->orders, &order);
    OPENSSL_cleanse(placing, sizeof *placing);
}

/* Where an order stands already where the step would have taken it, it is no news that the step was refused. */
static bool come_about(enum order_state state, enum order_step step)
{
    switch (step) {
    case ORDER_DO_CONFIRM:
        return state == ORDER_COMPLETED || state == ORDER_RATED;
    case ORDER_DO_CANCEL:
        return state == ORDER_CANCELLED || state == ORDER_EXPIRED || state == ORDER_REJECTED;
    case ORDER_DO_DISPUTE:
        return state == ORDER_DISPUTED || state == ORDER_REFUNDED;
    default:
        return state == ORDER_RATED;
    }
}

/* What the model does not allow any more, the platform will not either: it is shown as it was told. */
static void step_add(struct waiting *w, int64_t at_ms, json_t *data, const char *refused)
{
    g_autofree struct order_saying *saying = g_new0(struct order_saying, 1);
    struct store_order *order;

    if (!order_saying_from_json(data, saying) || (order = find(w->orders, saying->order)) == NULL)
        return;
    if (refused != NULL) {
        if (!order->refused && !come_about(order->order.state, saying->deed.step))
            g_strlcpy(order->reason, refused, sizeof order->reason);
        return;
    }
    saying->deed.at_ms = at_ms;
    if (order_do(&order->order, &saying->deed, NULL) != ORDER_OK)
        return;
    order->pending = true;
    order->reason[0] = '\0';
    if (saying->stars > 0)
        order->stars = saying->stars;
}

static bool waiting_add(void *data, const struct waiting_row *row, GError **error)
{
    if (strcmp(row->type, "order.placed") == 0)
        placed_add(data, row->id, row->at_ms, row->data, row->refused);
    else
        step_add(data, row->at_ms, row->data, row->refused);
    return true;
}

static bool ordered_again(GArray *orders, const struct store_order *refused)
{
    for (guint i = 0; i < orders->len; i++) {
        const struct store_order *order = &g_array_index(orders, struct store_order, i);
        if (order->order.placed_ms > refused->order.placed_ms && strcmp(order->service, refused->service) == 0)
            return true;
    }
    return false;
}

/* Whoever ordered the service again knows that it was not ordered before. */
static void refused_drop(GArray *orders)
{
    for (guint i = orders->len; i-- > 0;) {
        const struct store_order *order = &g_array_index(orders, struct store_order, i);
        if (order->refused && ordered_again(orders, order))
            g_array_remove_index(orders, i);
    }
}

GArray *store_orders(struct store *store, const char *card_token, bool *known, GError **error)
{
    GArray *orders = g_array_new(FALSE, FALSE, sizeof(struct store_order));
    struct waiting w = {store, card_token, orders};

    g_mutex_lock(&store->lock);
    *known = snapshots_known(store, card_token);
    bool done = (!*known || told_load(store, card_token, orders, error)) && waiting_each(store, ",order.placed,order.step,", waiting_add, &w, error);
    g_mutex_unlock(&store->lock);
    if (done)
        refused_drop(orders);
    else
        g_clear_pointer(&orders, g_array_unref);
    return orders;
}
