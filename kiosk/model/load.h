/* SPDX-License-Identifier: Apache-2.0 */
/** What may be loaded onto a purse (SV-1, see limits.h). Pure; the kiosk asks first, the platform judges. */
#ifndef MODEL_LOAD_H
#define MODEL_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_UNIT_FEN             1000   /* top-ups are multiples of ten yuan */
#define LOAD_CAP_REGISTERED_FEN   500000 /* a card whose holder is known */
#define LOAD_CAP_UNREGISTERED_FEN 100000

/**
 * NULL: allowed. "LOAD_UNIT": no multiple of the unit (what is given back need not be one); "LOAD_CAP": the purse would
 * hold more than it may; "LOAD_AMOUNT": nothing, or a nonsense.
 */
const char *load_refused(int64_t balance_fen, int64_t amount_fen, bool registered, bool reversal);

#endif
