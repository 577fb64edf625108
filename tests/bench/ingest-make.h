/* SPDX-License-Identifier: Apache-2.0 */
/** A platform with kiosks, and batches of events as they send them: of ten, four of two payments, two taps, three receipts, one anchor. */
#ifndef BENCH_INGEST_MAKE_H
#define BENCH_INGEST_MAKE_H

#include "kit.h"

/* What lies on a card: each payment goes on from the one before. */
struct maker_purse {
    uint16_t counter;
    uint32_t balance_fen;
};

struct maker {
    char *dir;
    struct platform *platform;
    struct pen *pens;
    unsigned kiosks, next;
    char **cards; /* of residents; each has attendances and payments in turns */
    struct maker_purse *purses;
    unsigned card_count;
    uint64_t *turns, bills; /* counted up: of each kiosk, whose people come to it alone */
    int64_t hour;           /* that it began in: attendances go back from it */
};

struct made_batch {
    const char *kiosk; /* borrowed of the maker */
    char *text;        /* the body of POST /v1/events */
};

void maker_open(struct maker *maker, unsigned kiosks);
/** A community of that many people, and events that are not held against the contract one by one. */
void maker_open_large(struct maker *maker, unsigned kiosks, unsigned residents);
void maker_close(struct maker *maker);
/** Kiosks in turns; `events` a multiple of ten. Bills that they pay are put into the platform. GPtrArray of struct made_batch. */
GPtrArray *maker_batches(struct maker *maker, unsigned count, unsigned events);
/** The kiosks' rows, into another platform. */
void maker_kiosks_into(const struct maker *maker, struct platform *platform);

#endif
