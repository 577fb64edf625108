/* SPDX-License-Identifier: Apache-2.0 */
#include "model/limits.h"
#include "model/strict.h"

static const char *const REASON_NAMES[] = {"",            "LIMIT_AMOUNT", "LIMIT_PAYMENT", "LIMIT_DAY",
                                           "LIMIT_TOTAL", "LIMIT_COUNT",  "HOTLIST_OLD",   "LIMIT_OFFLINE"};
G_STATIC_ASSERT(G_N_ELEMENTS(REASON_NAMES) == LIMIT_REASONS);

const char *limit_reason_name(enum limit_reason reason)
{
    return names_at(REASON_NAMES, LIMIT_REASONS, reason);
}

/* Would `used` and `amount` together pass it? Written so that no sum can overflow; what was used below 0 is 0. */
static bool passes(int64_t limit, int64_t used, int64_t amount)
{
    return limit >= 0 && amount > limit - MIN(MAX(used, 0), limit);
}

enum limit_reason limits_check(const struct limits *limits, const struct limit_facts *facts)
{
    if (facts->amount <= 0)
        return LIMIT_AMOUNT;
    if (limits->hotlist_age_ms >= 0 && (facts->hotlist_age_ms < 0 || facts->hotlist_age_ms > limits->hotlist_age_ms))
        return LIMIT_HOTLIST;
    if (passes(limits->offline_ms, 0, facts->offline_ms))
        return LIMIT_OFFLINE;
    if (passes(limits->payment, 0, facts->amount))
        return LIMIT_PAYMENT;
    if (passes(limits->card_day, facts->card_day, facts->amount))
        return LIMIT_DAY;
    if (passes(limits->stored_sum, facts->stored_sum, facts->amount))
        return LIMIT_TOTAL;
    return passes(limits->stored_count, facts->stored_count, 1) ? LIMIT_COUNT : LIMIT_NONE;
}

static int64_t room(int64_t limit, int64_t used)
{
    return limit < 0 ? INT64_MAX : limit - MIN(MAX(used, 0), limit);
}

int64_t limits_left(const struct limits *limits, const struct limit_facts *facts)
{
    struct limit_facts least = *facts;
    int64_t left = room(limits->payment, 0);

    least.amount = 1;
    if (limits_check(limits, &least) != LIMIT_NONE)
        return 0;
    left = MIN(left, room(limits->card_day, facts->card_day));
    return MIN(left, room(limits->stored_sum, facts->stored_sum));
}

enum topup_verdict topup_check(const struct purse_caps *caps, bool registered, int64_t balance_fen, int64_t amount_fen)
{
    int64_t cap_fen = registered ? caps->registered_fen : caps->unregistered_fen;

    if (amount_fen <= 0 || caps->unit_fen <= 0 || amount_fen % caps->unit_fen != 0)
        return TOPUP_UNIT;
    return passes(cap_fen, balance_fen, amount_fen) ? TOPUP_CAP : TOPUP_OK;
}
