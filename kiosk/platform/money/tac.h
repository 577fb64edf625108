/* SPDX-License-Identifier: Apache-2.0 */
/** Is a debit proven? TAC of a purchase, JR/T 0025.2, 3DES suite, keys of purse-keys.h. */
#ifndef PLATFORM_TAC_H
#define PLATFORM_TAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "platform/keys/purse-keys.h"

enum tac_verdict {
    TAC_OK,
    TAC_WRONG,
    TAC_UNPROVEN /* there is none: the confirmation rests on the card's log */,
    TAC_FAILED,
    TAC_AWAY /* whoever has the key does not answer: ask later */
};
enum tac_verdict tac_check(const struct purse_keys *keys, const struct cc_purchase *purchase);
/** The same for a load: its TAC covers the new balance and the online counter. */
enum tac_verdict tac_check_load(const struct purse_keys *keys, const struct cc_load *load);
const char *tac_verdict_name(enum tac_verdict verdict); /* "OK", "WRONG", "UNPROVEN" */

/**
 * Everything that goes into a TAC, with the card's serial: 8 ‖ 4 ‖ 1 ‖ 6 ‖ 4 ‖ 4 ‖ 3. One such value can settle one
 * payment only, under whatever payment id it comes.
 */
#define TAC_PROOF_SIZE 30
void tac_proof(const struct cc_purchase *purchase, uint8_t proof[TAC_PROOF_SIZE]);
/** What makes a load the one it is: 8 ‖ 'L' ‖ counter 2 ‖ random 4 ‖ 4 ‖ MAC2 4 ‖ 4 ‖ 3. */
void tac_proof_load(const struct cc_load *load, uint8_t proof[TAC_PROOF_SIZE]);

/** T-Union: the last 16 digits of the card number are the serial that keys are diversified by. */
bool tac_serial_fits(const char *card_number, const uint8_t serial[8]);

#endif
