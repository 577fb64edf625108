/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Loads: POST /v1/loads, and what load events do to its order.
 *
 *   CREATED ──committing──► SENT ──confirmed──► POSTED
 *      │                     │ └──in_doubt──► UNKNOWN ──► POSTED | REVERSED
 *      ├──silent, or its kiosk gone──► UNKNOWN, in doubt (orders.h)
 *      └──void, or proof of another at its counter──► REVERSED ◄──void──┘
 *
 * CREATED: the platform has answered with MAC2. REVERSED: nothing came onto the card, what was paid in is given back.
 */
#ifndef PLATFORM_LOADS_H
#define PLATFORM_LOADS_H

#include "platform/money/payments.h"

/** What the call answers. */
struct load_answer {
    unsigned status;  /* 200, or that of a problem with `code` */
    const char *code; /* static */
    char *text;       /* 200: the JSON, g_free */
};
/**
 * Authorise one load: check who, what and MAC1, and answer with time and MAC2. The same key and bytes get the same answer
 * for seven days, also when it was a refusal; the same key with other bytes 422, while the first is under way 409. `key` is
 * the header as it came, NULL none. False: `error` is set, PLATFORM_ERROR_KIOSK_…: the
 * kiosk is not that of `certificate` any more, of which nothing is kept; else trouble of the database.
 */
bool loads_authorise(struct platform *platform, const char *kiosk, const char *certificate, const char *key, const char *body, size_t body_len,
                     int64_t now_ms, struct load_answer *out, GError **error);

/** Outside of any transaction: is one that begins, and that we have no order of, ours by its MAC2? False: trouble, or the keys are away. */
bool loads_ahead(struct platform *platform, const struct payment *load, struct payment_ahead *out, GError **error);

/** A load is told of for the first time. *settled: its order is over already, by the card's counter. */
bool loads_begin(struct payment_work *work, bool *settled, GError **error);
/** Move its order after it; nothing for purchases. */
bool loads_follow(struct payment_work *work, GError **error);

/** The UUID of an Idempotency-Key, which comes in quotes; NULL is none. */
bool idempotency_key_read(const char *header, char key[37]);

#endif
