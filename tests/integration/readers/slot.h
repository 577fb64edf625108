/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted card in a slot of the packaged vpcd driver: what a test needs to make a reader misbehave on
 * purpose. */
#ifndef TEST_SLOT_H
#define TEST_SLOT_H

#include <stddef.h>
#include <stdint.h>

#define SLOT_0 35963 /* "Virtual PCD 00 00" */
#define SLOT_1 35964 /* "Virtual PCD 00 01" */

enum slot_deed {
    SLOT_ANSWER,   /* send what was filled in */
    SLOT_PULL,     /* the card is gone: vpcd makes this SUCCESS with no bytes */
    SLOT_PULL_HALF /* gone in the middle of an answer */
};

/** Fill `answer` (room 65535) and *len. Called on the slot's own thread. */
typedef enum slot_deed (*slot_fn)(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer,
                                  size_t *len);

struct slot;
/** Put a card in. It says 9000 to everything when `answer` is NULL. */
struct slot *slot_insert(uint16_t port, const uint8_t *atr, size_t atr_len, slot_fn answer, void *ctx);
/** APDUs that have reached it. */
unsigned slot_commands(const struct slot *slot);
/** Resets and power-ons that it has seen. */
unsigned slot_resets(const struct slot *slot);
void slot_remove(struct slot *slot);

#endif
