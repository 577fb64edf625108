/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks tell of orders. The event's id is the order's, or the step's, so that a kiosk without a line has both at once, and the
 * same event twice is one.
 */
#include "platform/orders/service-orders.h"
#include "platform/credit/credit.h"
#include <openssl/crypto.h>
#include <string.h>

#define PLACED "order.placed"
#define STEP   "order.step"

bool service_orders_type(const char *type)
{
    return strcmp(type, PLACED) == 0 || strcmp(type, STEP) == 0;
}

static bool placed(struct platform *platform, const struct order_event *event, json_t *data, int64_t now_ms, const char **code,
                   GError **error)
{
    struct order_placing placing;
    struct order_origin origin = {.id = event->id, .kiosk = event->kiosk,
                                  .placed_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms)};
    bool ok = true;

    if (order_placing_from_json(data, &placing))
        ok = service_order_place(platform->db, &placing, &origin, now_ms, code, error);
    else
        *code = "DATA";
    OPENSSL_cleanse(&placing, sizeof placing);
    return ok;
}

static bool stepped(struct platform *platform, const struct order_event *event, json_t *data, int64_t now_ms, const char **code,
                    GError **error)
{
    struct order_saying saying;
    struct order_told told = {.id = event->id, .kiosk = event->kiosk};
    enum order_state state;
    bool taken = false, ok = true;

    if (!db_order_step_taken(platform->db, event->id, &taken, error))
        return false;
    if (!order_saying_from_json(data, &saying)) {
        *code = "DATA";
    } else if (taken) { /* of another step, or an order: the same event does not come here twice */
        *code = ID_REUSED;
    } else {
        saying.deed.at_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms);
        ok = service_order_step(platform->db, &saying, &told, now_ms, &state, code, error);
    }
    OPENSSL_cleanse(&saying, sizeof saying);
    return ok;
}

bool service_orders_apply(struct platform *platform, const struct order_event *event, json_t *data, int64_t now_ms, const char **code,
                          GError **error)
{
    *code = NULL;
    return strcmp(event->type, PLACED) == 0 ? placed(platform, event, data, now_ms, code, error)
                                            : stepped(platform, event, data, now_ms, code, error);
}
