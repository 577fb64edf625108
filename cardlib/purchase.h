/* SPDX-License-Identifier: Apache-2.0 */
/** What prepare and resolve share. */
#ifndef CITYCARD_PURCHASE_H
#define CITYCARD_PURCHASE_H

#include "citycard.h"

/** Answer of INITIALIZE FOR PURCHASE. */
struct cc_purse_init {
    uint32_t balance_fen;
    uint16_t counter;
    uint8_t key_version, algorithm, random[4];
};

/**
 * INITIALIZE FOR PURCHASE with the purchase's amount and terminal. CC_OK with any status word in *sw, `init`
 * filled when it is 9000; CC_ERR_PROTOCOL when the answer has not 15 bytes; the connection's errors.
 */
int cc_purse_init(struct cc_port *port, uint8_t key_index, const struct cc_purchase *purchase,
                  struct cc_purse_init *init, uint16_t *sw);

#endif
