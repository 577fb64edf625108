/* SPDX-License-Identifier: Apache-2.0 */
/* What is held for an order: begun when it is taken in, spent when it is completed, given back otherwise. */
#include "platform/credit/credit.h"
#include "platform/orders/service-orders.h"
#include "model/model.h"
#include <string.h>

/* Its id is nobody's but ours: kiosks are told those of orders, and choose those of their own transactions and holds. */
static bool begin(struct db *db, struct service_order_row *row, bool again, int64_t now_ms, enum ledger_code *code, GError **error)
{
    struct ledger_hold hold = {.book = row->pay == ORDER_PAY_COIN ? BOOK_COIN : BOOK_SUBSIDY, .account = {.kind = OWNER_PERSON},
                               .amount = row->amount, .state = HOLD_HELD, .expires_ms = now_ms + HOLD_LIFE_MAX_MS};

    uuid7(now_ms, hold.id);
    g_strlcpy(hold.account.owner, row->card, sizeof hold.account.owner);
    g_snprintf(hold.ref, sizeof hold.ref, "order-%" G_GINT64_FORMAT, row->no);
    if (!(again ? credit_promise_again : credit_promise)(db, &hold, now_ms, code, error))
        return false;
    if (*code == LEDGER_OK) {
        g_strlcpy(row->hold, hold.id, sizeof row->hold);
        row->held_until_ms = hold.expires_ms;
    }
    return true;
}

bool order_credit_hold(struct db *db, struct service_order_row *row, int64_t now_ms, const char **refused, GError **error)
{
    enum ledger_code code = LEDGER_OK;

    if (row->pay == ORDER_PAY_NONE)
        return true;
    if (!begin(db, row, false, now_ms, &code, error))
        return false;
    if (code != LEDGER_OK)
        *refused = ledger_code_name(code);
    return true;
}

bool order_credit_follow(struct db *db, struct service_order_row *row, int64_t now_ms, GError **error)
{
    enum order_hold wanted = order_hold_of(row->order.state);
    bool was = true;

    /* Lost on the way: a clerk was told then, and whoever took the order since has cleared that. */
    if (row->pay != ORDER_PAY_NONE && row->held_until_ms == 0 && row->order.state == ORDER_COMPLETED)
        row->order.alert = true;
    if (row->held_until_ms == 0 || wanted == ORDER_HOLD_KEEP)
        return true;
    row->held_until_ms = 0;
    if (wanted == ORDER_HOLD_RELEASE)
        return credit_promise_end(db, row->hold, &was, error);
    if (!credit_promise_take(db, row->hold, row->order.provider, now_ms, &was, error))
        return false;
    row->order.alert = row->order.alert || !was; /* two of the staff gave it back, or its time was over */
    return true;
}

bool order_credit_renew(struct db *db, struct service_order_row *row, int64_t now_ms, bool *done, GError **error)
{
    enum ledger_code code = LEDGER_OK;
    bool was = false;

    *done = false;
    if (!credit_promise_end(db, row->hold, &was, error))
        return false;
    row->held_until_ms = 0;
    if (was && !begin(db, row, true, now_ms, &code, error))
        return false;
    *done = was && code == LEDGER_OK;
    row->order.alert = row->order.alert || !*done;
    return true;
}
