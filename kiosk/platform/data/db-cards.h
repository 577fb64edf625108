/* SPDX-License-Identifier: Apache-2.0 */
/** Cards of the issuer's stock, which card took whose place, and what follows it. All inside a transaction of db.h; cards are their tokens. */
#ifndef PLATFORM_DB_CARDS_H
#define PLATFORM_DB_CARDS_H

#include "model/book.h"
#include "model/card.h"
#include "model/lot.h"
#include "platform/data/db.h"

/** The state of a row of card named C, as the model names it; a literal of SQL. */
#define DB_CARD_STATE(C)                                                                                                 \
    "CASE WHEN EXISTS (SELECT 1 FROM card_replacement x WHERE x.community=" C ".community AND x.card=" C ".token) THEN 'replaced'" \
    " ELSE " C ".state END"

struct card_row {
    char token[33], issuer[17];
    enum card_state state; /* of the stock: NEW, ACTIVE when it was issued */
    int64_t person;        /* of the stock: −1 */
    int64_t card_class, valid_from, valid_to; /* YYYYMMDD */
};
/** *found false: none of ours. */
bool db_card_row(struct db *db, const char *token, struct card_row *out, bool *found, GError **error);

bool db_card_state_put(struct db *db, const char *token, const char *state, GError **error);

/* ---- The stock ---- */
/** `number`: 19 digits; sealed. *added false: it is there, or is somebody's. */
bool db_stock_add(struct db *db, const struct card_row *row, const char *number, int64_t now_ms, bool *added, GError **error);
bool db_stock_find(struct db *db, const char *token, struct card_row *out, bool *found, GError **error);
/** It is this person's from now on, ACTIVE. */
bool db_stock_issue(struct db *db, const struct card_row *row, int64_t person, int64_t now_ms, GError **error);

/* ---- Which took whose place ---- */
struct card_replacement {
    char card[33], successor[33], staff_a[33], staff_b[33], kiosk[32], reason[256], request[37], txn[37]; /* kiosk, request, txn: "" none */
    enum card_state cause;
    int64_t stopped_ms, at_ms, version; /* when the old one went out of use; of the hotlist */
};
/** Also moves the ends of the line. */
bool db_replacement_add(struct db *db, const struct card_replacement *row, GError **error);
bool db_replacement_find(struct db *db, const char *card, struct card_replacement *out, bool *found, GError **error);
/** By the key of the request that did it. */
bool db_replacement_of_request(struct db *db, const char *request, struct card_replacement *out, bool *found, GError **error);
/** Tokens of all in whose place this one is. GPtrArray of g_free'd text. */
GPtrArray *db_card_line(struct db *db, const char *current, GError **error);
/** The card that stands in its place now, itself when it was never replaced; *stopped_ms: when it went out of use, 0 never. */
bool db_card_current(struct db *db, const char *card, char current[33], int64_t *stopped_ms, GError **error);
/** The number of the card that stands in the place of this one now, 19 digits; *found false: no card of ours. */
bool db_card_number_now(struct db *db, const char *number, char current[24], bool *found, GError **error);
/** Since when the hotlist has it; 0 not at all. */
bool db_card_listed_since(struct db *db, const char *card, int64_t *since_ms, GError **error);

/* ---- What follows ---- */
/** Attendances, seats, orders, tickets, bills, holds, stars: each to the successor, and kiosks are told. */
bool db_card_follow(struct db *db, const struct card_replacement *row, GError **error);
/** What this transaction took out of lots in this book, as lots of their own ids, times and ends. GArray of struct lot. */
GArray *db_lots_moved(struct db *db, const char *txn, enum book book, GError **error);
/** What `txn` once took from lots of cards in whose place this one stands now: `remaining` is what was taken. GArray of struct lot. */
GArray *db_uses_before(struct db *db, const char *txn, const char *card, enum book book, GError **error);

#endif
