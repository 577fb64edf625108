/* SPDX-License-Identifier: Apache-2.0 */
/** Service orders, the catalogue and the providers in the database. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_SERVICE_ORDERS_H
#define PLATFORM_DB_SERVICE_ORDERS_H

#include <jansson.h>
#include "model/order-event.h"
#include "platform/data/db.h"

/* ---- db-services.c: what there is, and who does it ---- */
struct service_offer {
    char code[ORDER_SERVICE_SIZE], name_zh[64], name_en[64], need[16], unit[16];
    int64_t place, price_fen, coin_min, subsidy_fen; /* coin_min, subsidy_fen 0: not paid by these */
    int64_t minutes, accept_ms;                      /* how long it takes; in what time it is taken on */
    bool own_words, at_home;
    int64_t retired_ms;
};
bool db_service_set(struct db *db, const struct service_offer *offer, GError **error);
bool db_service_find(struct db *db, const char *code, struct service_offer *out, bool *found, GError **error);
/** GPtrArray of g_free'd codes, retired ones too, in their places. */
GPtrArray *db_service_codes(struct db *db, GError **error);
/** The feed's value; NULL without error: none, or retired. New reference. */
json_t *db_service_value(struct db *db, const char *code, GError **error);

struct service_provider {
    char id[ORDER_PROVIDER_SIZE], kind[16], name_zh[64], name_en[64], phone[33], hours[64];
    char services[256], staff[512]; /* codes; ids of the register of staff: "A,B" */
    int64_t retired_ms;
};
bool db_provider_set(struct db *db, const struct service_provider *provider, GError **error);
bool db_provider_find(struct db *db, const char *id, struct service_provider *out, bool *found, GError **error);
GPtrArray *db_provider_ids(struct db *db, GError **error);
/** Without the ids of its staff. */
json_t *db_provider_value(struct db *db, const char *id, GError **error);
/** Does "A,B" have it? */
bool db_list_has(const char *list, const char *word);

/* ---- db-service-orders.c ---- */
/** One order. Pointers are wiped and freed by service_order_clear(). */
struct service_order_row {
    char id[37]; /* of the event that placed it */
    int64_t no;  /* what people are told: YYYYMMDD and six digits */
    char card[33], kiosk[32], service[ORDER_SERVICE_SIZE];
    struct order order;
    int64_t want_from_ms, want_to_ms, price_fen, amount;
    enum order_pay pay;
    char hold[37];
    int64_t held_until_ms; /* 0: nothing is held */
    int stars;
    int64_t reminded_ms, next_ms, received_ms, updated_ms;
    bool told;
    char *words, *contact, *said; /* sealed at rest: what was asked, {address, phone, name}, the resident's last word about it */
};
void service_order_clear(struct service_order_row *row);

/** *no: the next number of that day. */
bool db_service_order_next_no(struct db *db, uint32_t date, int64_t *no, GError **error);
bool db_service_order_add(struct db *db, const struct service_order_row *row, GError **error);
/** By its id, or its number as digits. */
bool db_service_order_find(struct db *db, const char *name, struct service_order_row *out, bool *found, GError **error);
bool db_service_order_put(struct db *db, const struct service_order_row *row, GError **error);
/** Is one of this card and service open that was placed between? */
bool db_service_order_between(struct db *db, const struct service_order_row *like, int64_t from_ms, int64_t to_ms, bool *there,
                              GError **error);
/** Ids whose clock has come, the longest due first. */
GPtrArray *db_service_orders_due(struct db *db, int64_t now_ms, int64_t limit, GError **error);

struct service_order_search {
    const char *state, *provider, *service; /* "" any */
    bool ended;                             /* also those that have */
    int64_t limit;
};
/** Ids, newest first. */
GPtrArray *db_service_orders_search(struct db *db, const struct service_order_search *search, GError **error);
/** The feed's value: nothing of what lies sealed. NULL without error: none, or no longer told. New reference. */
json_t *db_service_order_value(struct db *db, const char *id, GError **error);

struct order_step_row {
    const char *order, *id, *step, *actor, *staff[2], *provider, *kiosk, *from, *to, *note;
    int64_t at_ms, received_ms;
};
/** At the end of the order's steps. */
bool db_order_step_add(struct db *db, const struct order_step_row *row, GError **error);
bool db_order_step_taken(struct db *db, const char *id, bool *taken, GError **error);
/** With the notes of the staff. New reference. */
json_t *db_order_steps(struct db *db, const char *order, GError **error);

/** What its orders keep of a person is gone: card, words, contact. */
bool db_service_orders_erase(struct db *db, const char *card, GError **error);
/** Ids of those of any card of theirs that have not ended. */
GPtrArray *db_service_orders_open(struct db *db, int64_t person, GError **error);

#endif
