/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The soak's game: residents come one after another for as long as wanted, put a card down, sometimes pay, pull the card at
 * any moment, exchange it for another. The game keeps its own books and holds everything that the library says against them:
 *
 *  - the card number shown is that of the card that lies there;
 *  - a balance shown is what the card was issued with less what was confirmed;
 *  - a purchase in doubt is settled at the next tap of its card;
 *  - in the end each card was charged exactly what was confirmed, and as often.
 *
 * It does not know what carries the commands: a real pcscd, or the models in this process.
 */
#ifndef SOAK_GAME_H
#define SOAK_GAME_H

#include "citycard.h"

#include <glib.h>

#define GAME_CARDS 6

struct world {
    void *ctx;
    /** A channel to the card, or to the PSAM, or why there is none. */
    int (*open)(void *ctx, bool sam, struct cc_channel *channel);
    void (*close)(void *ctx, bool sam, bool reset);
    /** A line of citycard-vcard's control: swap, fault, faults clear, set. */
    void (*order)(void *ctx, const char *line);
    /** What is durable on a card. */
    gint64 (*balance_fen)(void *ctx, const char *key);
    gint64 (*offline_counter)(void *ctx, const char *key);
    /** The card number printed on it; free it. */
    char *(*card_number)(void *ctx, const char *key);
    /** Between two attempts. */
    void (*pause)(void *ctx);
};

struct game_card {
    const char *key;
    char *number;
    gint64 issued_fen, issued_counter; /* when the books begin */
    gint64 charged_fen, charges;       /* confirmed since */
    bool doubt;
    struct cc_purchase purchase; /* in doubt */
};

struct game {
    struct world world;
    GRand *rand;
    guint32 seed;
    unsigned tear_permille; /* of taps, with a fault armed */
    unsigned swap_permille; /* of taps, with another card than the last one; one in twenty of them in the middle of a payment */
    struct game_card cards[GAME_CARDS];
    struct game_card *present;
    struct cc_sam sam;
    bool sam_open;
    /* What happened. */
    guint64 taps, purchases, confirmed, refused, doubts, settled_paid, settled_void, faults, swaps, retries;
    unsigned waiting; /* faults armed since they were cleared */
};

void game_begin(struct game *game, const struct world *world, guint32 seed, unsigned tear_permille,
                unsigned swap_permille);
/** One resident. Ends the program when the library said something wrong. */
void game_tap(struct game *game);
/** Give the PSAM back, so that nothing is open. */
void game_rest(struct game *game);
/** Settle what is open and compare the books with the cards. */
void game_settle(struct game *game);
void game_end(struct game *game);

#endif
