/* SPDX-License-Identifier: Apache-2.0 */
/** What is offered and what became of a person's orders, and the words for both. No GTK. */
#ifndef UI_SERVICES_ORDER_BOOK_H
#define UI_SERVICES_ORDER_BOOK_H

#include <stddef.h>
#include "service/kiosk.h"

/* ---- What is offered: of the machine ---- */

struct order_catalogue {
    bool known;
    struct kiosk_service *items;
    size_t count;
    int64_t now_ms; /* the kiosk's time when it was told */
};
void order_catalogue_take(struct order_catalogue *catalogue, const struct kiosk_service *items, size_t count, int64_t now_ms);
void order_catalogue_clear(void *catalogue);
/** Borrowed; NULL: not offered. */
const struct kiosk_service *order_catalogue_find(const struct order_catalogue *catalogue, const char *code);
bool order_catalogue_has(const struct order_catalogue *catalogue, const char *need);

#define ORDER_NEEDS 7
/** The seven needs in their order; any other is one of care. Borrowed, as all words here that are not g_free'd. */
const char *order_need(size_t index);
const char *order_need_word(const char *need);
const char *order_need_icon(const char *need);

/** In the chosen language; Chinese where there is no other. */
const char *order_either(const char *zh, const char *en);
/** "¥20.00 a time", "Free of charge"; g_free'd. */
char *order_price_words(const struct kiosk_service *service);
/** Its price is for an hour: what is paid in the end depends on how long it takes. */
bool order_by_hour(const struct kiosk_service *service);
/** "24 h" from what a service promises; g_free'd. */
char *order_promise_words(const struct kiosk_service *service);

/* ---- When it would suit ---- */

#define ORDER_WHENS 5
struct order_when {
    int64_t from_ms, to_ms; /* 0 and 0: at any time */
    const char *word, *icon;
};
/** What can be chosen at this moment, the nearest first; how many. */
size_t order_whens(int64_t now_ms, struct order_when out[ORDER_WHENS]);

/* ---- A person's orders ---- */

struct order_list {
    bool told, known; /* known false: only what was done here is in it */
    bool means_known;
    int64_t coin_min, subsidy_fen;
    struct kiosk_order *items; /* what wants an answer first */
    size_t count;
};
void order_list_take(struct order_list *list, const struct kiosk_orders_event *told);
void order_list_clear(struct order_list *list);
/** Borrowed; NULL: not there any more. */
const struct kiosk_order *order_list_find(const struct order_list *list, const char *id);
/** How many the person is asked to confirm. */
unsigned order_list_waiting(const struct order_list *list);
/** Can it be paid so, as far as is known? */
bool order_list_affords(const struct order_list *list, const struct kiosk_service *service, enum kiosk_order_pay pay);

/** The service's name; its number and day when it is not offered any more. g_free'd. */
char *order_name(const struct kiosk_order *order);
const char *order_state_word(const char *state);
/** Placed here, and the platform has not heard of it: nothing is promised. */
bool order_waits_here(const struct kiosk_order *order);
/** What happens next, or what happened, in a sentence; g_free'd. */
char *order_next_words(const struct kiosk_order *order);
/** "20261122 000001", "" when the platform has not said; g_free'd. */
char *order_number_words(int64_t no);

/* ---- Why not ---- */

/** What happened, why and what to do now, by the reason of a KIOSK_ORDER_REFUSED. */
struct order_refusal {
    const char *headline, *advice;
    enum order_way { ORDER_WAY_HOME, ORDER_WAY_PRICE, ORDER_WAY_MINE, ORDER_WAY_PAY, ORDER_WAY_SERVICES } way;
    const char *button;
};
struct order_refusal order_refusal_of(const char *reason);

#endif
