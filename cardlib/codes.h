/* SPDX-License-Identifier: Apache-2.0 */
/** Which values a code of the purse is made of, in which order (JR/T 0025.2). */
#ifndef CITYCARD_CODES_H
#define CITYCARD_CODES_H

#include "bytes.h"
#include "citycard.h"

/** TAC of a purchase, 22 bytes: amount, type, terminal, terminal serial, date, time. */
void cc_code_purchase_tac(struct cc_writer *out, const struct cc_purchase *purchase);

#endif
