/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Lots: what a person holds of POINTS or COIN, by the transaction that brought it and the day it ends. Spending takes the
 * oldest first: what ends first, then what was earned first. A reversal gives back to the lots that it was taken from; one whose
 * day has passed meanwhile holds the rest again but stays expired. Pure.
 */
#ifndef MODEL_LOT_H
#define MODEL_LOT_H

#include <stdbool.h>
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct lot {
    char id[41]; /* the transaction that opened it; with /1, /2 … when that opened several */
    int64_t earned_ms;
    uint32_t expires_on; /* the first day on which it cannot be spent; 0 never */
    int64_t remaining;
};

struct lot_use {
    size_t lot; /* place in the array */
    int64_t amount;
};

bool lot_expired(const struct lot *lot, uint32_t today);
/** What is left in lots that have not ended. */
int64_t lots_spendable(const struct lot *lots, size_t count, uint32_t today);
/** What is left in lots that have ended: to be written off. */
int64_t lots_expired(const struct lot *lots, size_t count, uint32_t today);
/**
 * Take `amount` from the lots; `uses` has room for `count`. Returns how many lots were used, 0 when they do not hold as much:
 * then nothing is taken. The order of `lots` does not matter.
 */
size_t lots_spend(struct lot *lots, size_t count, int64_t amount, uint32_t today, struct lot_use *uses);
/** Empty the lots that have ended; like lots_spend(). */
size_t lots_expire(struct lot *lots, size_t count, uint32_t today, struct lot_use *uses);
void lots_restore(struct lot *lots, const struct lot_use *uses, size_t use_count);

/** The day on which what is earned on `date` ends: the same day `months` later, or the month's last; 0 for months 0: never. */
uint32_t lot_end(uint32_t date, unsigned months);

#endif
