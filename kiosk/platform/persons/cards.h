/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A card at the desk, by its token: what is known of it, and what staff say of it.
 *
 *   in use ── lost: one of the staff says so, at once ──────────────► lost, on the hotlist
 *     ▲                                                                │ │
 *     └── found: two of the staff, both with their cards here ─────────┘ └── replaced: two of the staff, and a card of the stock (replace.h)
 *
 * Who says so has a session of their own card at this kiosk and may be at this desk; nobody says anything of their own card. Each is a row of
 * the access log in the same transaction.
 */
#ifndef PLATFORM_CARDS_H
#define PLATFORM_CARDS_H

#include "platform/persons/taps.h"

enum card_word { CARD_WORD_LOST, CARD_WORD_FOUND, CARD_WORD_REPLACED };
struct card_call {
    const char *kiosk, *secret; /* of the session; NULL none */
    const char *token;
    const char *second; /* secret of the second one's session; NULL none */
    const char *key;    /* UUID of the request: the same one again is the same answer. NULL to look */
    enum card_word word;
    const char *successor, *cause, *reason; /* of CARD_WORD_REPLACED: see replace.h */
};
/** New reference; NULL with `refusal` (status 0: trouble, in `error`). */
json_t *cards_look(struct platform *platform, const struct card_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error);
json_t *cards_report(struct platform *platform, const struct card_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error);

#endif
