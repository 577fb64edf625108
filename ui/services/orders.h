/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Ordering a service, in five pages from home:
 *
 *   ORDERS (what do you need?) ─► ORDER_SERVICES ─► ORDER_WHEN ─► ORDER_PAY ─► ORDER_CONFIRM ─► ORDER_PLACED
 *     │                             └─► ORDER_WORDS          (when there │
 *     │                                 (not in the list)     is a choice)
 *     └─► ORDER_MINE ─► ORDER ─► ORDER_CANCEL, ORDER_DISPUTE, rating             ORDER_REFUSED
 */
#ifndef UI_SERVICES_ORDERS_H
#define UI_SERVICES_ORDERS_H

#include "../ui.h"
#include "order_book.h"

/** Of the person; overwritten with the session. */
struct orders {
    struct order_list list;
    char need[16];                /* whose services are listed */
    struct kiosk_service service; /* chosen */
    struct order_when when;
    enum kiosk_order_pay pay;
    const char *words;            /* chosen instead of own ones; NULL: none */
    char order[37];               /* looked at, or just placed */
    bool asking, placed;          /* an answer is waited for; it was PLACED, and the list is */
    enum kiosk_order_ask asked;
    char refused[32];
    const struct page_class *untold; /* the answer that came while another service's page was read; NULL: none */
};
struct orders *orders_of(struct ui *ui);
struct order_catalogue *orders_catalogue(struct ui *ui);

/** What was just placed: outlives the card, without whose it is. */
struct order_placed {
    struct kiosk_order order; /* .no 0: the platform has not heard of it; .placed_ms 0: nothing but its id is known */
};
struct order_placed *orders_placed(struct ui *ui);

/** The slip of an order under this heading, with this sentence on it. */
void orders_slip_print(struct ui *ui, const struct kiosk_order *order, const char *heading, const char *text);

/** Ask for the card's orders. */
void orders_list_ask(struct ui *ui);
/** Ask for this about the order that is looked at; nothing while an answer is waited for. */
void orders_ask(struct ui *ui, enum kiosk_order_ask ask, const char *words);
/** Place what was chosen. */
void orders_place(struct ui *ui);
/** This service, from its first question on. */
void orders_choose(struct ui *ui, const struct kiosk_service *service);
/** What is read aloud of what was chosen: all of it, and what it costs in the way that was chosen; g_free'd. */
char *orders_spoken(struct ui *ui);
bool orders_offline(const struct ui *ui);

#endif
