/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Residents' orders of services at the platform: placed, moved, ended. The rules are those of model/order.h; here is who may, what
 * is held for an order, and what kiosks are told. (The orders of money/orders.h are others: of money onto cards.)
 */
#ifndef PLATFORM_SERVICE_ORDERS_H
#define PLATFORM_SERVICE_ORDERS_H

#include "platform/data/db-service-orders.h"
#include "platform/platform.h"

/* ---- service-orders.c ---- */
/** Where and when an order was placed. Its id is that of the event. */
struct order_origin {
    const char *id, *kiosk; /* "": at a desk of the platform */
    int64_t placed_ms;      /* when the resident asked: the clock runs from then */
};
/**
 * Inside a transaction. Takes an order in, holds what it is paid with, and lets the clock open it. *refused not NULL: why not, and
 * nothing was written: CARD (none of ours in use), SERVICE (none, or retired), WORDS (the service is one in own words), PRICE (not
 * as the catalogue says now), REPEATED (the same ten minutes before or after), or of the books BALANCE, HOLD, FROZEN, UNKNOWN, RULE (there are none).
 * ID_REUSED: it is an order's or a step's already. (An event that comes twice does not come here twice.)
 */
bool service_order_place(struct db *db, const struct order_placing *placing, const struct order_origin *origin, int64_t now_ms,
                         const char **refused, GError **error);

/** Who says so, and where it is written down. */
struct order_told {
    const char *id;    /* of this step: the same one twice is done once */
    const char *kiosk; /* "": at the platform */
    bool desk;         /* the resident's word, written down by who may dispatch */
};
/**
 * Inside a transaction. *refused not NULL: UNKNOWN (no such order), OTHER_CARD, STARS, PROVIDER (none, retired, or not one of this
 * service), PROVIDER_STAFF (somebody of another provider), ORDER_* of model/order.h, or the word of the register of staff.
 */
bool service_order_step(struct db *db, const struct order_saying *saying, const struct order_told *told, int64_t now_ms,
                        enum order_state *out, const char **refused, GError **error);

/**
 * Inside a transaction: ends what somebody who left still wants, as far as nobody is on the way for it; `staff` two of the register who
 * say so, `note` why. What is being done, or is in dispute, stays open: people end it.
 */
bool service_orders_leave(struct db *db, int64_t person, const char *const staff[2], const char *note, int64_t now_ms, GError **error);

/* ---- order-clock.c ---- */
struct order_run {
    int steps, reminders, renewed, faded; /* of the clock; to people; holds that begin anew; ended ones that kiosks need no more */
    int broken;                           /* left as they were, each with a warning in the log */
};
/** Whatever the clock has to do until now, in short transactions of their own. May be called at any time, on any node. */
bool service_orders_run(struct platform *platform, int64_t now_ms, struct order_run *out, GError **error);
/** Inside a transaction: the clock's steps of one order that are due. */
bool service_order_tick(struct db *db, const char *id, int64_t now_ms, struct order_run *out, GError **error);
/** When the clock has to look at it again; 0: never. */
int64_t service_order_next_ms(const struct service_order_row *row);

/* ---- order-credit.c: inside a transaction ---- */
/** Hold what the order is paid with. */
bool order_credit_hold(struct db *db, struct service_order_row *row, int64_t now_ms, const char **refused, GError **error);
/** As its state wants it: keep, take, give back. What ended without us is for a clerk. */
bool order_credit_follow(struct db *db, struct service_order_row *row, int64_t now_ms, GError **error);
/** Holds live thirty days: one of an order that lives longer begins anew. *done false: it was given up, which is for a clerk. */
bool order_credit_renew(struct db *db, struct service_order_row *row, int64_t now_ms, bool *done, GError **error);
#define ORDER_HOLD_RENEW_MS (3 * INT64_C(86400000)) /* so long before its end */

/* ---- offers.c ---- */
/** Inside a transaction: the catalogue that a community begins with, and its providers, where it has none. */
bool service_catalogue(struct db *db, GError **error);
/** The same in a transaction of its own: for a database of before there were orders. */
bool service_catalogue_ready(struct platform *platform, GError **error);
/** Inside a transaction: put it in force and tell kiosks. PLATFORM_ERROR_ARGUMENT: what of it cannot be. */
bool service_put(struct db *db, const struct service_offer *offer, GError **error);
bool provider_put(struct db *db, const struct service_provider *provider, GError **error);

/** What a community begins with, by itself: NULL, there is none; the n-th who does a service, counted round. */
const struct service_offer *service_first(const char *code);
const struct service_provider *provider_first(const char *code, unsigned n);

/* ---- order-events.c ---- */
bool service_orders_type(const char *type);
/** An event of a kiosk, inside its transaction. `offset_ms`: platform minus `at`, as far as the kiosk knows. */
struct order_event {
    const char *kiosk, *id, *type;
    int64_t at_ms, offset_ms;
};
bool service_orders_apply(struct platform *platform, const struct order_event *event, json_t *data, int64_t now_ms, const char **code,
                          GError **error);

#endif
