/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/bills.h"
#include "platform/db-rows.h"
#include <string.h>

static const char *state_by(const struct claim_count *claims)
{
    if (claims->paid > 0)
        return "PAID";
    if (claims->in_doubt > 0)
        return "UNKNOWN";
    return claims->open > 0 ? "PAYING" : "UNPAID";
}

bool bills_refresh(struct db *db, const char *bill, GError **error)
{
    struct bill_row row;
    struct claim_count claims;
    bool found;
    const char *state;

    if (!db_bill_find(db, bill, &row, &found, error))
        return false;
    /* PAID without a payment of ours: the biller's own counter; CLOSED: withdrawn. Neither comes back by itself. */
    if (!found || strcmp(row.state, "PAID") == 0 || strcmp(row.state, "CLOSED") == 0)
        return true;
    if (!db_claim_count(db, bill, &claims, error))
        return false;
    state = state_by(&claims);
    if (strcmp(row.state, state) == 0)
        return true;
    return db_bill_state_set(db, bill, state, error) && db_change_add(db, "bill", bill, error);
}

bool bills_refresh_of(struct db *db, const char *payment, GError **error)
{
    g_autoptr(GPtrArray) bills = db_claims(db, payment, error);

    if (bills == NULL)
        return false;
    for (guint i = 0; i < bills->len; i++)
        if (!bills_refresh(db, g_ptr_array_index(bills, i), error))
            return false;
    return true;
}
