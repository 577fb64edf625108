/* SPDX-License-Identifier: Apache-2.0 */
#include "model/lot.h"
#include "model/model.h"

#include <string.h>

bool lot_expired(const struct lot *lot, uint32_t today)
{
    return lot->expires_on != 0 && today >= lot->expires_on;
}

int64_t lots_spendable(const struct lot *lots, size_t count, uint32_t today)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        if (!lot_expired(&lots[i], today))
            sum += lots[i].remaining;
    return sum;
}

int64_t lots_expired(const struct lot *lots, size_t count, uint32_t today)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        if (lot_expired(&lots[i], today))
            sum += lots[i].remaining;
    return sum;
}

/* Below 0: a is spent before b. */
static int order(const struct lot *a, const struct lot *b)
{
    uint32_t a_end = a->expires_on != 0 ? a->expires_on : UINT32_MAX;
    uint32_t b_end = b->expires_on != 0 ? b->expires_on : UINT32_MAX;

    if (a_end != b_end)
        return a_end < b_end ? -1 : 1;
    if (a->earned_ms != b->earned_ms)
        return a->earned_ms < b->earned_ms ? -1 : 1;
    return strcmp(a->id, b->id);
}

static int use_order(const void *a, const void *b, void *lots)
{
    const struct lot_use *left = a, *right = b;
    return order((struct lot *)lots + left->lot, (struct lot *)lots + right->lot);
}

/* The lots that hold something and have ended, or have not, in the order of spending. */
static size_t candidates(struct lot *lots, size_t count, uint32_t today, bool ended, struct lot_use *uses)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (lots[i].remaining > 0 && lot_expired(&lots[i], today) == ended)
            uses[found++] = (struct lot_use){.lot = i};
    if (found > 1)
        g_qsort_with_data(uses, (gint)found, sizeof *uses, use_order, lots);
    return found;
}

size_t lots_spend(struct lot *lots, size_t count, int64_t amount, uint32_t today, struct lot_use *uses)
{
    size_t used = 0;

    if (amount <= 0 || lots_spendable(lots, count, today) < amount)
        return 0;
    candidates(lots, count, today, false, uses);
    for (; amount > 0; used++) {
        struct lot *lot = &lots[uses[used].lot];
        uses[used].amount = MIN(amount, lot->remaining);
        lot->remaining -= uses[used].amount;
        amount -= uses[used].amount;
    }
    return used;
}

size_t lots_expire(struct lot *lots, size_t count, uint32_t today, struct lot_use *uses)
{
    size_t used = candidates(lots, count, today, true, uses);

    for (size_t i = 0; i < used; i++) {
        uses[i].amount = lots[uses[i].lot].remaining;
        lots[uses[i].lot].remaining = 0;
    }
    return used;
}

void lots_restore(struct lot *lots, const struct lot_use *uses, size_t use_count)
{
    for (size_t i = 0; i < use_count; i++)
        lots[uses[i].lot].remaining += uses[i].amount;
}

uint32_t lot_end(uint32_t date, unsigned months)
{
    if (months == 0 || months > 1200 || !date_valid(date))
        return 0;
    uint32_t month = date / 100 % 100 - 1 + months, day = date % 100;
    uint32_t end = (date / 10000 + month / 12) * 10000 + (month % 12 + 1) * 100;
    while (day > 0 && !date_valid(end + day))
        day--;
    return day > 0 ? end + day : 0;
}
