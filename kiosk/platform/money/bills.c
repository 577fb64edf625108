/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/bills.h"
#include "platform/data/db-rows.h"
#include "platform/money/payments.h"
#include <string.h>

static const char *state_by(const struct claim_count *claims)
{
    if (claims->paid > 0)
        return "PAID";
    if (claims->in_doubt > 0)
        return "UNKNOWN";
    return claims->open > 0 ? "PAYING" : "UNPAID";
}

static bool move(struct db *db, const char *id, const struct bill_claims *bill, GError **error)
{
    const char *state = state_by(&bill->claims);

    if (strcmp(bill->state, state) == 0)
        return true;
    return db_bill_state_set(db, id, state, error) && db_change_add(db, "bill", id, error);
}

/* PAID without a payment of ours: the biller's own counter; CLOSED: withdrawn. Neither comes back by itself. */
static bool stays(const struct bill_claims *bill)
{
    return strcmp(bill->state, "PAID") == 0 || strcmp(bill->state, "CLOSED") == 0;
}

bool bills_refresh(struct db *db, const char *bill, GError **error)
{
    struct bill_claims row;
    bool found;

    if (!db_bill_claims(db, bill, &row, &found, error))
        return false;
    return !found || stays(&row) || move(db, bill, &row, error);
}

/* A bill that stands there twice has its state by the first line already: moved once more to the same. */
bool bills_claimed(struct db *db, const struct payment *payment, const struct payment_claim *claims, GError **error)
{
    for (size_t i = 0; i < payment->bill_count; i++) {
        struct bill_claims bill = claims[i].bill;
        if (!claims[i].found || stays(&bill))
            continue;
        bill.claims.paid += strcmp(claims[i].outcome, "PAID") == 0;
        if (!move(db, payment->bills[i].id, &bill, error))
            return false;
    }
    return true;
}

bool bills_refresh_claimed(struct db *db, const struct payment *payment, GError **error)
{
    for (size_t i = 0; i < payment->bill_count; i++)
        if (!bills_refresh(db, payment->bills[i].id, error))
            return false;
    return true;
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
        const char *id = g_ptr_array_index(bills, i);
        struct bill_claims row;
        bool found;

        if (!db_bill_claims(db, id, &row, &found, error) ||
            (found && strcmp(row.state, "CLOSED") != 0 && !move(db, id, &row, error)))
            return false;
    }
    return true;
}
