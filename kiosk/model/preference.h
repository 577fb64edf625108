/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How somebody wants a kiosk to look and sound (F18, EL-1): kept for whoever said that it may be kept, given up by a touch. The last
 * word counts, wherever it was said. Pure; kiosk and platform link the same file.
 *
 *   (nothing) ──kept──► KEPT ──kept──► KEPT, as it was said last
 *       ▲                │
 *       └────given up────┘
 */
#ifndef MODEL_PREFERENCE_H
#define MODEL_PREFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define PREFERENCE_KEPT  "preference.kept"
#define PREFERENCE_GIVEN "preference.given_up"

#define PREFERENCE_SIZES 3

struct preference {
    unsigned size;  /* of the text: below PREFERENCE_SIZES */
    bool contrast;
    bool voice, slow;
    bool english;
    bool left, low; /* where the controls are */
};

/** In words: "largest contrast voice slow en left low", the size first, of the others those that are so, in this order. */
#define PREFERENCE_WANTS_SIZE 64
const char *preference_text(const struct preference *preference, char out[PREFERENCE_WANTS_SIZE]);
bool preference_parse(const char *text, struct preference *out);

/** Data of an event by its type; `wants` is personal. Strict. */
struct preference_event {
    char card_token[33];
    bool kept;                    /* false: given up, and nothing is in: */
    struct preference preference;
};
json_t *preference_event_to_json(const struct preference_event *event);
bool preference_event_from_json(json_t *json, const char *type, struct preference_event *out);

/** What the feed tells: {card_token, wants, said_ms}. */
json_t *preference_to_json(const char *card_token, const struct preference *preference, int64_t said_ms);
bool preference_from_json(json_t *json, char card_token[33], struct preference *out, int64_t *said_ms);

bool preference_same(const struct preference *a, const struct preference *b);

#endif
