/* SPDX-License-Identifier: Apache-2.0 */
/** One batch of a kiosk's events on its way: ingest.c places and keeps them, ingest-ahead.c reads them before, ingest-ask.c asks, ingest-judge.c says what becomes of each. */
#ifndef PLATFORM_INGEST_BATCH_H
#define PLATFORM_INGEST_BATCH_H

#include "platform/credit/credit.h"
#include "platform/money/payments.h"

/* What an event says of itself, read before the transaction by the thread that brings it. */
struct body {
    json_t *json, *data; /* NULL: it does not validate; it does not open */
    const char *type;
    const struct event_room *room; /* NULL: it has no effects */
    bool hash_right;  /* its hash is that of its bytes */
    struct payment_ahead *payment; /* NULL: it tells of none */
};

struct batch {
    struct platform *platform;
    struct db *db;
    struct kiosk_row kiosk;
    int64_t epoch, now_ms;
    bool epoch_given;  /* was it, ever? */
    bool epoch_ahead;  /* no, but it may have been before this database was put back */
    uint8_t nonce[32]; /* then this is what its first event hangs on */
    json_t *verdicts;
    struct seal_ring seal; /* of the kiosk */
    const char *name;      /* of the kiosk */
    const char *certificate; /* that it came under */
    const struct event_row *events;
    size_t count;
    struct body *bodies; /* of each of them */
    int64_t asked_to;    /* keys that lie elsewhere were asked about events up to this one before */
    GArray *judged;      /* of struct event_judged: have their places, and are written together */
    struct payment_pair pair; /* of the payment under work */
    int64_t taken, refused; /* of those that are new */
    const char *letter_reason; /* NULL: it is no letter */
    GHashTable *ids;       /* of accepted events, as far as they matter here */
    struct credit_rules_kept rules;
    bool careful; /* each event that has effects stands behind a savepoint */
    bool again;   /* one that does not would have to: the batch begins once more, carefully */
    unsigned tries;
    bool kept, over;
    GError *error;
};

/* ---- ingest-ahead.c: before the transaction, on the thread that brings them ---- */
/** Bodies, seals and hashes of all events, and what is reckoned of payments. False, with an error: whoever has the keys does not answer. */
bool batch_read(struct batch *batch, GError **error);
void bodies_close(struct batch *batch);
/** What the event behind that one tells of a payment, if nothing can come between; else NULL. */
const struct payment_ahead *payment_behind(const struct batch *batch, size_t i);

/* ---- ingest-ask.c: inside the transaction, first ---- */
/** On a server: ask what the batch will ask. */
bool questions_ask(struct batch *batch, GError **error);

/* ---- ingest-judge.c: inside the transaction ---- */
/** What becomes of the next event, with its effects. False: trouble, or batch->again. */
bool judge(struct batch *batch, const struct event_row *event, struct outcome *out, GError **error);
/** Whose effects events of this type have; NULL: a fact, or no type that is known. */
const struct event_room *room_of_type(const char *type);
/** Write the events that have their places: before anything looks at them. */
bool judged_write(struct batch *batch, GError **error);

#endif
