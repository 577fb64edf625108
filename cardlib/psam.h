/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Commands of an opened PSAM (JR/T 0025, terminal security module). Every failure, its own disappearance
 * included, is CC_ERR_SAM: the caller must not take a dead PSAM for a card that was pulled.
 */
#ifndef CITYCARD_PSAM_H
#define CITYCARD_PSAM_H

#include "apdu.h"
#include "citycard.h"

/** 80 70: fills terminal_serial and mac1 of `purchase` and makes the session live. */
int cc_sam_init_purchase(struct cc_sam *sam, struct cc_purchase *purchase);
/** 80 72: true only when the PSAM says that this MAC2 belongs to its open session. */
bool cc_sam_check_mac2(struct cc_sam *sam, const uint8_t mac2[4]);
/** 80 1A and 80 FA: the TAC that the purchase must have. Ends the live session. */
int cc_sam_purchase_tac(struct cc_sam *sam, const struct cc_purchase *purchase, uint8_t tac[4]);
/** True when the PSAM's open session is this purchase's. */
bool cc_sam_session_is(const struct cc_sam *sam, const struct cc_purchase *purchase);

#endif
