/* SPDX-License-Identifier: Apache-2.0 */
/** One item of the platform's feed, checked and made plain. Pure: knows JSON and nothing of SQL. */
#ifndef STORE_ITEM_H
#define STORE_ITEM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum item_topic { ITEM_BILL, ITEM_NOTICE, ITEM_DOUBT, ITEM_SERVICE, ITEM_PROVIDER, ITEM_ORDER, ITEM_CATEGORY, ITEM_PLACE, ITEM_CALENDAR, ITEM_TICKET, ITEM_CASE, ITEM_FOREIGN };

struct item {
    enum item_topic topic;
    const char *key; /* borrowed from the JSON */
    int64_t version;
    bool deleted;
    /* What the tables are asked by; the strings are borrowed from `value`. */
    const char *card_token, *state, *kiosk;
    int64_t amount_fen, due, from, to;
    const char *about; /* of a case: what it is about; "" */
    int64_t place;     /* in a list */
    bool urgent;
    json_t *value; /* new reference: the known members only, all of them present; NULL when deleted */
};

/**
 * NULL: good, and `out` is filled (item_clear() it). Else a short reason. Members that are not known are left out:
 * a newer platform may send more. Numbers must be integers, strings must fit the screen's fields.
 */
const char *item_read(json_t *json, struct item *out);
void item_clear(struct item *item);

/** item-tickets.c: the value of a topic of tickets; what does not fit, NULL: nothing. */
const char *item_ticket_read(json_t *value, struct item *out);

#endif
