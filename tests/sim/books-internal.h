/* SPDX-License-Identifier: Apache-2.0 */
/** Shared by books.c and the check-*.c files. */
#ifndef SIM_BOOKS_INTERNAL_H
#define SIM_BOOKS_INTERNAL_H

#include "books.h"
#include "model/payment.h"

/** A purchase that a card committed: the truth. */
struct debit {
    int card, kiosk; /* kiosk SIM_NOBODY: at another operator's terminal */
    uint32_t amount_fen, terminal_serial;
    uint16_t counter;
    uint8_t terminal[6];
};

/** A payment as a kiosk's journal tells it. */
struct claim {
    char id[37], card[24], receipt_no[24];
    unsigned kiosk;
    enum payment_state state;
    uint32_t amount_fen, balance_before_fen, terminal_serial;
    uint16_t counter;
    uint8_t terminal[6];
    int64_t at_ms;
};

/** "Paid" on a screen. */
struct told {
    char id[37];
    unsigned kiosk;
};

/** What a kiosk's journal ever had on its medium. */
struct mirror {
    int64_t seq, epoch;
    GByteArray *hashes;   /* 32 bytes a row */
    GPtrArray *claims;    /* borrowed */
    int64_t platform_seq; /* rows that the platform had when last looked */
};

struct books {
    GArray *debits;         /* of struct debit */
    GHashTable *debit_at;   /* "terminal:serial" → index + 1 in `debits` */
    GHashTable *sent;       /* "terminal:serial" of each DEBIT that left */
    GHashTable *claims;     /* payment id → struct claim */
    GHashTable *ids;        /* event ids */
    GHashTable *receipts;   /* receipt number → payment id */
    GArray *told;           /* of struct told, not yet met in the journal of the kiosk that took it */
    struct mirror kiosks[SIM_KIOSKS_MAX];
    uint32_t serial_now;    /* of the DEBIT under way */
    uint8_t terminal_now[6];
};

/* ---- medium.c: what a power cut at this moment would leave, asked only when something is not synced ---- */
/** Is row `seq` of the journal on the medium? */
bool medium_has_row(const struct sim_kiosk *kiosk, int64_t seq);
/** Has the payment this state there? */
bool medium_has_payment(const struct sim_kiosk *kiosk, const char *payment_id, enum payment_state state);

/** Has the other kiosk's doubt an end there? */
bool medium_has_settled(const struct sim_kiosk *kiosk, const char *payment_id);

/** The place of a debit in debit_at and sent; g_free. */
char *debit_key(const uint8_t terminal[6], uint32_t terminal_serial);
/** What the card did for this payment; NULL: nothing. */
const struct debit *debit_of(const struct books *books, const uint8_t terminal[6], uint32_t terminal_serial);

#endif
