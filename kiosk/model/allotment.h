/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Seats that a kiosk was given beforehand, so that it can promise them while nobody can be asked. Of each date so many places for
 * good: nothing is taken back, so what a kiosk promised and has not told yet is never promised to somebody else. Pure.
 */
#ifndef MODEL_ALLOTMENT_H
#define MODEL_ALLOTMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOTS_MAX         200
#define ACTIVITY_ID_SIZE   64 /* of activities and of their dates */

struct allot {
    char session[ACTIVITY_ID_SIZE];
    int places; /* in all, those that were promised already included */
};
struct allotment {
    int64_t version; /* never goes back */
    char kiosk[32];
    int64_t issued_ms;
    size_t count;
    struct allot allots[ALLOTS_MAX];
};

/** Strict both ways. New reference. */
json_t *allotment_to_json(const struct allotment *allotment);
bool allotment_from_json(json_t *json, struct allotment *out);
/** Places of this date; 0 none. */
int allotment_places(const struct allotment *allotment, const char *session);

#endif
