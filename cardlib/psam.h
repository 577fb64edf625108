/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Commands of an opened PSAM (JR/T 0025, terminal security module). Every failure, its own disappearance
 * included, is CC_ERR_SAM: the caller must not take a dead PSAM for a card that was pulled.
 *
 * None of these selects anything or resets the slot, so the session that 80 70 opens lives until 80 72 or the next 80 70.
 */
#ifndef CITYCARD_PSAM_H
#define CITYCARD_PSAM_H

#include "apdu.h"
#include "citycard.h"

/** Whose keys: the values that a family's factors are made of. All borrowed. */
struct cc_diversity {
    enum cc_family family;
    const uint8_t *serial, *issuer; /* 8 bytes each */
};

/** 80 CA: the PSAM takes over the card's security code (CJ/T 166), which goes into the next 80 70's MAC1. */
int cc_sam_security_code(struct cc_sam *sam, const uint8_t code[9]);
/** 80 70: fills terminal_serial and mac1 of `purchase` and makes the session live. */
int cc_sam_init_purchase(struct cc_sam *sam, struct cc_purchase *purchase);
/** 80 72: true only when the PSAM says that this MAC2 belongs to its open session. */
bool cc_sam_check_mac2(struct cc_sam *sam, const uint8_t mac2[4]);
/** 80 1A and 80 FA: the TAC that the purchase must have. Ends the live session. */
int cc_sam_purchase_tac(struct cc_sam *sam, const struct cc_purchase *purchase, uint8_t tac[4]);
/**
 * 80 1A `p1` `p2` with as many of the family's factors as p1 has levels (its top three bits), then 80 FA over the data,
 * padded here, in one block or in several. Ends the live session.
 */
int cc_sam_mac(struct cc_sam *sam, const struct cc_diversity *of, uint8_t p1, uint8_t p2, const uint8_t iv[8],
               const uint8_t *data, size_t len, uint8_t mac[4]);
/** True when the PSAM's open session is this purchase's. */
bool cc_sam_session_is(const struct cc_sam *sam, const struct cc_purchase *purchase);

#endif
