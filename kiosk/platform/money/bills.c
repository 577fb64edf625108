/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/bills.h"
#include "platform/data/db-rows.h"
#include <string.h>

static const char *state_by(const struct claim_count *claims)
{
    if (claims->paid > 0)
        return "PAID";
    if (claims->in_doubt > 0)
        return "UNKNOWN";
    return claims->open > 0 ? "PAYING" : "UNPAID";
}

static bool move(struct db *db, const struct bill_row *row, GError **error)
{
    struct claim_count claims;
    const char *state;

    if (!db_claim_count(db, row->id, &claims, error))
        return false;
    state = state_by(&claims);
    if (strcmp(row->state, state) == 0)
        return true;
    return db_bill_state_set(db, row->id, state, error) && db_change_add(db, "bill", row->id, error);
}

bool bills_refresh(struct db *db, const char *bill, GError **error)
{
    struct bill_row row;
    bool found;

    if (!db_bill_find(db, bill, &row, &found, error))
        return false;
    /* PAID without a payment of ours: the biller's own counter; CLOSED: withdrawn. Neither comes back by itself. */
    if (!found || strcmp(row.state, "PAID") == 0 || strcmp(row.state, "CLOSED") == 0)
        return true;
    return move(db, &row, error);
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

bool bills_reopen_of(struct db *db, const char *payment, GError **error)
{
    g_autoptr(GPtrArray) bills = db_claims(db, payment, error);

    if (bills == NULL)
        return false;
    for (guint i = 0; i < bills->len; i++) {
        struct bill_row row;
        bool found;

        if (!db_bill_find(db, g_ptr_array_index(bills, i), &row, &found, error) ||
            (found && strcmp(row.state, "CLOSED") != 0 && !move(db, &row, error)))
            return false;
    }
    return true;
}
