/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A card takes the place of another one of the same person (states: model/card.h).
 *
 *   stock (NEW) ── issued ──► ACTIVE        in one transaction: the new card is the person's; what the old one had in the books, its holds,
 *   LOST, EXPIRED … ────────► REPLACED      orders, seats, attendances, tickets and bills are the new one's; the hotlist has the old one
 *
 * Money in the purse is not in our books: what it had left says money/claims.h. What kiosks tell afterwards of the old card is judged by
 * late.h.
 */
#ifndef PLATFORM_REPLACE_H
#define PLATFORM_REPLACE_H

#include "platform/data/db-cards.h"
#include "platform/platform.h"

struct card_replacing {
    const char *card, *successor; /* tokens: a card of ours, one of the stock */
    const char *cause;            /* "" as it is; "damaged", "expired", "suspended", "lost": said now of one that is ACTIVE */
    const char *staff[2];         /* of the register, two different people */
    const char *kiosk;            /* NULL: here */
    const char *reason;           /* at most 200 bytes */
    const char *request;          /* UUID that asks for it, once; NULL none */
};
/**
 * Inside a transaction, which is to be rolled back when *refused is set: CARD_UNKNOWN, CARD_STATE (not from that state, or not by that
 * cause), CARD_NOT_STOCK (the new one is none, or was issued), CARD_EXPIRED (the new one is over), CARD_TOO_EARLY (it is good from a later
 * day on), CARD_OF_STAFF (retire it first), PERSON_LEFT (nobody gets a card after that), or why these two may not.
 */
bool card_replace(struct platform *platform, const struct card_replacing *ask, int64_t now_ms, const char **refused, GError **error);
/** A transaction of its own: a card that the issuer made, by its 19 digits. An error when it is none or is there. */
bool card_stock_add(struct platform *platform, const char *number, struct card_row *row, int64_t now_ms, GError **error);

#endif
