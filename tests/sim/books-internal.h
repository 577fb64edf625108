/* SPDX-License-Identifier: Apache-2.0 */
/** Shared by books.c and the check-*.c files. */
#ifndef SIM_BOOKS_INTERNAL_H
#define SIM_BOOKS_INTERNAL_H

#include "books.h"
#include "model/payment.h"

/** A purchase, or a load, that a card committed: the truth. */
struct debit {
    int card, kiosk; /* kiosk SIM_NOBODY: at another operator's terminal */
    bool load;
    char payment[37]; /* whose DEBIT or CREDIT it was; "" elsewhere */
    uint32_t amount_fen;
    uint16_t counter; /* before it: the offline one, or the online one of a load */
};

/** A payment as a kiosk's journal tells it. */
struct claim {
    char id[37], card[24], receipt_no[24], reverses[37];
    unsigned kiosk;
    enum payment_kind kind;
    enum payment_state state;
    bool given_back; /* by a load that is confirmed */
    bool forked;     /* taken while its kiosk ran on an old copy of its disk */
    int64_t amount_fen, balance_before_fen, at_ms;
    uint16_t counter;
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
    GPtrArray *names;     /* the event id of each, NULL where no fact is */
    GHashTable *owed;     /* ids of facts whose row was taken out of the chain: they are recorded again */
    GPtrArray *claims;    /* borrowed */
    GHashTable *bills;    /* bill id → the last claim that names it */
    bool forked;          /* what is read now was written on an old copy of the disk */
    unsigned opens;       /* of the kiosk, when the journal was read last */
    int64_t platform_seq; /* rows that the platform had when last looked */
    int64_t list_high;    /* the highest version of the hotlist that was in force */
    int64_t list_read;    /* the version that was read last, when the kiosk had started `list_opens` times */
    unsigned list_opens;
    bool list_lost;       /* its disk is another since: none need be in force */
};

/** A seat or an order that a screen said is asked for. */
enum wish_kind { WISH_SEAT, WISH_PROMISED, WISH_ORDER };
struct wish {
    enum wish_kind kind;
    char id[37], service[17], token[33]; /* token: of the card whose it is */
    unsigned kiosk;
    bool forked; /* told while its kiosk ran on an old copy of its disk */
};

/** What must find nothing. ?1: the time. */
struct law {
    const char *invariant, *sql;
};

struct books {
    GArray *wishes;         /* of struct wish */
    GArray *debits;         /* of struct debit */
    GHashTable *debit_at;   /* payment id → index + 1 in `debits` */
    GHashTable *sent;       /* payments whose DEBIT or CREDIT left, and "terminal:serial" of each DEBIT */
    GHashTable *claims;     /* payment id → struct claim */
    GHashTable *ids;        /* event ids */
    GHashTable *receipts;   /* receipt number → payment id */
    GArray *told;           /* of struct told, not yet met in the journal of the kiosk that took it */
    struct sessions *sessions;
    GPtrArray *handed_over; /* ids of transactions of credit that a screen showed as done */
    struct mirror kiosks[SIM_KIOSKS_MAX];
    char payment_now[37];   /* whose DEBIT or CREDIT is under way */
};

/* ---- medium.c: what a power cut at this moment would leave, asked only when something is not synced ---- */
/** Is row `seq` of the journal on the medium? */
bool medium_has_row(const struct sim_kiosk *kiosk, int64_t seq);
/** Has the payment this state there? */
bool medium_has_payment(const struct sim_kiosk *kiosk, const char *payment_id, enum payment_state state);

/** Has the other kiosk's doubt an end there? */
bool medium_has_settled(const struct sim_kiosk *kiosk, const char *payment_id);

/** What a card did for this payment; NULL: nothing. */
const struct debit *debit_of(const struct books *books, const char *payment_id);
/** check-platform.c: what the platform's database has, to be read as SIM_NOBODY; sqlite3_close() it. */
struct sqlite3 *books_platform_db(struct world *world);
/** check-platform.c: the first column of the first row, ?1 the time; NULL: there is none. g_free. */
char *books_text(struct sqlite3 *db, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** check-platform.c: broken by what such a query finds. */
void books_law(struct world *world, struct sqlite3 *db, const char *invariant, const char *format, ...) G_GNUC_PRINTF(4, 5);
/** What the screen is told as done is on the medium. */
void books_durable(struct world *world, struct sim_kiosk *kiosk, const char *invariant, const char *id);
/** It is told as asked for, by whose card lies there. */
void books_wish(struct world *world, struct sim_kiosk *kiosk, enum wish_kind kind, const char *id, const char *service);
/** check-platform.c: what a screen said is asked for was told to the platform, whatever it said to that. */
void books_wish_told(struct world *world, struct sqlite3 *db, const struct wish *wish);
/** check-platform.c: has the platform an order of this load? */
bool books_order_known(struct world *world, const char *id);

#endif
