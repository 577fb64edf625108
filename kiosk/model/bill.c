/* SPDX-License-Identifier: Apache-2.0 */
#include "model/bill.h"
#include "model/strict.h"

#include <string.h>

static const char *const STATE_NAMES[] = {"UNPAID", "PAYING", "UNKNOWN", "PAID", "PAID_ELSEWHERE", "CLOSED"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == BILL_STATES);

const char *bill_state_name(enum bill_state state)
{
    return names_at(STATE_NAMES, BILL_STATES, state);
}

bool bill_state_parse(const char *name, enum bill_state *out)
{
    unsigned at = 0;
    bool found = names_find(STATE_NAMES, BILL_STATES, name, &at);

    if (found)
        *out = (enum bill_state)at;
    return found;
}

#define BIT(state) (1u << (state))

bool bill_may(enum bill_state from, enum bill_state to)
{
    static const unsigned NEXT[BILL_STATES] = {
        [BILL_UNPAID] = BIT(BILL_PAYING) | BIT(BILL_PAID_ELSEWHERE) | BIT(BILL_CLOSED),
        [BILL_PAYING] = BIT(BILL_PAID) | BIT(BILL_UNKNOWN) | BIT(BILL_UNPAID) | BIT(BILL_PAID_ELSEWHERE),
        [BILL_UNKNOWN] = BIT(BILL_PAID) | BIT(BILL_UNPAID) | BIT(BILL_PAID_ELSEWHERE),
    };

    return from < BILL_STATES && to < BILL_STATES && (NEXT[from] & BIT(to)) != 0;
}

enum bill_state bill_state_by(enum payment_state payment)
{
    switch (payment) {
    case PAYMENT_COMMITTING:
        return BILL_PAYING;
    case PAYMENT_CONFIRMED:
        return BILL_PAID;
    case PAYMENT_IN_DOUBT:
        return BILL_UNKNOWN;
    default:
        return BILL_UNPAID;
    }
}

static bool part_ok(const char *part)
{
    for (const char *c = part; c != NULL && *c != '\0'; c++)
        if (!g_ascii_isgraph(*c) || *c == '|')
            return false;
    return part != NULL && *part != '\0';
}

bool bill_key(const char *biller, const char *account_no, const char *period, char *out, size_t out_size)
{
    if (!part_ok(biller) || !part_ok(account_no) || !part_ok(period) ||
        strlen(biller) + strlen(account_no) + strlen(period) + 3 > out_size)
        return false;
    g_snprintf(out, (gulong)out_size, "%s|%s|%s", biller, account_no, period);
    return true;
}
