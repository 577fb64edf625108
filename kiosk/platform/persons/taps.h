/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A tap that proves its card, and the session that follows from it.
 *
 *   kiosk asks ──► CHALLENGE: 8 random bytes for this kiosk and this card, 30 s, one answer
 *                      │ the card answers INTERNAL AUTHENTICATE by its own key: right
 *                      ▼
 *                  SESSION: a secret of 32 bytes, kept as its digest, good at this kiosk for five minutes
 *                      │ the kiosk ends it, the time is up, the card is reported lost, a newer tap
 *                      ▼
 *                    OVER
 *
 * Any answer burns its challenge, whoever it is from. Wrong ones are counted for the card and for the kiosk; five of a card, or
 * thirty of a kiosk, in a quarter of an hour: no challenge until that is over. A newer tap ends all sessions of its card, and a
 * resident's also those of residents before at that kiosk; a member of staff may have one beside the resident's.
 */
#ifndef PLATFORM_TAPS_H
#define PLATFORM_TAPS_H

#include <jansson.h>
#include "platform/data/db-persons.h"
#include "platform/platform.h"

#define TAP_CHALLENGE_MS     30000
#define TAP_SESSION_MS       300000
#define TAP_WINDOW_MS        900000
#define TAP_CARD_TRIES       5
#define TAP_KIOSK_TRIES      30
#define TAP_CHALLENGES_MAX   32 /* open ones of a kiosk */
#define TAP_SECRET_SIZE      32
#define TAP_SECRET_TEXT_SIZE 65

/** What a call comes to: status 200, or a problem. */
struct tap_refusal {
    unsigned status;
    const char *code;
    unsigned retry_after_s; /* with 429 */
};

/** {id, challenge, valid_ms, server_time}, new reference; NULL with `refusal` (status 0: trouble, in `error`). */
json_t *taps_challenge(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms,
                       struct tap_refusal *refusal, GError **error);
/** {session, staff, valid_ms, server_time}, likewise. `request` {id, answer}. */
json_t *taps_open(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms, struct tap_refusal *refusal,
                  GError **error);
/** `secret` as the header tells it; one that is over is ended all the same. */
bool taps_end(struct platform *platform, const char *kiosk, const char *secret, int64_t now_ms, GError **error);
/** Inside a transaction: the open session of this secret at this kiosk. */
bool taps_find(struct db *db, const char *kiosk, const char *secret, int64_t now_ms, struct tap_session *out, bool *found,
               GError **error);

#endif
