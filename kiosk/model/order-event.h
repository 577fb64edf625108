/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What kiosks tell of orders: data of the events order.placed and order.step, and what a catalogue says. Pure; kiosk and platform link
 * the same file. Every member is always there, "" or 0 where there is nothing to say.
 */
#ifndef MODEL_ORDER_EVENT_H
#define MODEL_ORDER_EVENT_H

#include "model/order.h"

#define ORDER_SERVICE_SIZE 17
#define ORDER_WORDS_SIZE   2001 /* UTF-8 of people */
#define ORDER_ADDRESS_SIZE 601
#define ORDER_PHONE_SIZE   33
#define ORDER_NAME_SIZE    97
#define ORDER_STARS_MAX    5
#define ORDER_REPEAT_MS    INT64_C(600000) /* the same service for the same card within it: pressed twice */

/** By what it is paid: what the catalogue says of it is held when the order is taken in. */
enum order_pay { ORDER_PAY_NONE, ORDER_PAY_COIN, ORDER_PAY_SUBSIDY, ORDER_PAYS };
const char *order_pay_name(enum order_pay pay);
bool order_pay_parse(const char *name, enum order_pay *out);

struct order_placing {
    char service[ORDER_SERVICE_SIZE], card_token[33];
    int64_t price_fen; /* that the resident was shown */
    enum order_pay pay;
    int64_t amount;                /* minutes of coins, or fen of subsidy; 0 with ORDER_PAY_NONE */
    int64_t want_from_ms, want_to_ms; /* when it would suit; 0 and 0: at any time */
    char words[ORDER_WORDS_SIZE], address[ORDER_ADDRESS_SIZE], phone[ORDER_PHONE_SIZE], name[ORDER_NAME_SIZE];
};
/** New reference. */
json_t *order_placing_to_json(const struct order_placing *placing);
bool order_placing_from_json(json_t *json, struct order_placing *out);

struct order_saying {
    char order[37];
    struct order_deed deed; /* its time is that of the event */
    char card_token[33];    /* of the resident; "" of staff */
    char staff[2][33];      /* who answers for it, card tokens or ids; "" behind the last one */
    int stars;              /* RATE: 1 to 5, else 0 */
};
/** New reference. */
json_t *order_saying_to_json(const struct order_saying *saying);
bool order_saying_from_json(json_t *json, struct order_saying *out);

/** May the resident do it now, as far as this order says? What a screen offers. */
bool order_resident_may(const struct order *order, enum order_step step, int64_t now_ms);

#endif
