/* SPDX-License-Identifier: Apache-2.0 */
/** The virtual card or PSAM as a channel, with one fault at one command. */
#ifndef TEST_SLOT_H
#define TEST_SLOT_H

#include "citycard.h"
#include "model.h"

enum tear {
    TEAR_NONE,
    TEAR_BEFORE,    /* pulled before the command arrived */
    TEAR_AT_COMMIT, /* pulled right before the card's commit; a command that commits nothing is answered */
    TEAR_AFTER,     /* carried out, nobody heard the answer */
    TEAR_EMPTY,     /* carried out, "success" without a byte, as some drivers say */
    TEAR_CUT,       /* carried out, the answer cut to `cut_to` bytes, the link stays */
    TEAR_RESET,     /* power off and on before the command, the link stays */
    TEAR_KINDS,
};

struct slot {
    struct vc_card *card; /* one of the two */
    struct vc_sam *module;
    enum tear tear;
    unsigned at; /* command number from 1 */
    size_t cut_to;
    unsigned commands, debits, credits;
    size_t last_len; /* of the torn answer before it was cut */
    bool fired, gone;
};

void slot_card(struct slot *slot, struct vc_card *card);
void slot_module(struct slot *slot, struct vc_sam *module);
/** The card is taken away and put on again, with a new fault. Debits and credits stay counted. */
void slot_again(struct slot *slot, enum tear tear, unsigned at, size_t cut_to);
struct cc_channel slot_channel(struct slot *slot);

#endif
