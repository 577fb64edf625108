/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a card token holds, as the platform last told it: read by every kiosk, shown with its time, and the ground on which
 * little may be spent while offline. Pure.
 */
#ifndef MODEL_BALANCE_H
#define MODEL_BALANCE_H

#include "model/book.h"

#define BALANCE_LOTS_MAX 128
#define BALANCE_SEEN_MAX 64

struct balance_lot {
    enum book book;
    uint32_t expires_on; /* 0 never */
    int64_t remaining;
};

struct balance {
    char token[33];
    int64_t asof_ms;
    int age; /* whole years; −1 not known */
    bool hardship, frozen;
    unsigned stars;
    struct { int64_t balance, held, held_until_ms; } books[BOOKS]; /* MONEY stays empty: that is on the card */
    size_t lot_count;
    struct balance_lot lots[BALANCE_LOTS_MAX];
    size_t seen_count;
    /* The last event of each kiosk that this takes into account: what a kiosk did after it is not in here. */
    struct { char kiosk[32]; int64_t seq; } seen[BALANCE_SEEN_MAX];
};

json_t *balance_to_json(const struct balance *balance);
bool balance_from_json(json_t *json, struct balance *out);
/** What can be spent of a book now: lots that have not ended, never more than the balance, without holds that still hold. */
int64_t balance_spendable(const struct balance *balance, enum book book, int64_t now_ms);
/** The last event of this kiosk that is in it, 0 none. */
int64_t balance_seen(const struct balance *balance, const char *kiosk);
/** Add to the lot of the same book and end, or as a new one; without room to the one that ends soonest, if that is no later. */
void balance_add_lot(struct balance *balance, enum book book, uint32_t expires_on, int64_t remaining);

#endif
