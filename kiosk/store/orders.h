/* SPDX-License-Identifier: Apache-2.0 */
/** Orders of services as this kiosk knows them: what is offered, what the platform told of a card's orders, and what was done here since. */
#ifndef STORE_ORDERS_H
#define STORE_ORDERS_H

#include "model/order-event.h"
#include "store/store.h"

/** Values of the feed's topics "service" (in their places) and "provider": GPtrArray of json_t. NULL with error. */
GPtrArray *store_services(struct store *store, GError **error);
GPtrArray *store_providers(struct store *store, GError **error);
/** One service; NULL without error: not offered. New reference. */
json_t *store_service(struct store *store, const char *code, GError **error);

/** One order of a card. */
struct store_order {
    char id[37];
    int64_t no; /* 0: the platform has not said yet */
    char service[ORDER_SERVICE_SIZE];
    int64_t price_fen, amount, want_from_ms, want_to_ms;
    enum order_pay pay;
    int stars;
    bool remind;  /* finished, and the resident has not said so for long */
    bool pending; /* placed or moved here, and the platform has not taken that in */
    bool refused; /* placed here, and the platform refused it: there is no such order, state REJECTED */
    char reason[48]; /* the platform's code: of that, or of the last step from here when it refused that one; "" */
    struct order order; /* with what was done here since, as the model sees it */
};
/**
 * Orders of this card, newest first: what the platform told, what is in the journal and not acknowledged, and for thirty days what the
 * platform refused of it, unless the service was ordered again since, or what was wanted has come about otherwise. GArray of struct
 * store_order; *known false: what the platform told is too old, or was wiped, and only the journal's is there.
 */
GArray *store_orders(struct store *store, const char *card_token, bool *known, GError **error);

#endif
