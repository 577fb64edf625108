/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/credit-work.h"
#include "platform/db-credit.h"
#include "platform/db-rows.h"
#include <string.h>

bool credit_apply_hold(struct credit_work *work, json_t *data, GError **error)
{
    struct ledger_hold had;
    struct credit_person person;
    bool found;

    if (!ledger_hold_from_json(data, &work->hold) || work->hold.state == HOLD_CAPTURED)
        return credit_refuse_as(work, STORE_REJECTED, "DATA");
    if (!db_credit_hold_find(work->db, work->hold.id, &had, &found, error) ||
        !db_credit_person(work->db, work->hold.account.owner, &person, error))
        return false;
    if (!person.found || (!found && work->hold.state != HOLD_HELD))
        return credit_refuse(work, LEDGER_UNKNOWN);
    bool same = !found || (had.book == work->hold.book && had.amount == work->hold.amount &&
                           account_equal(&had.account, &work->hold.account));
    /* It ran out here first: the kiosk says the same a little later. */
    if (found && same && had.state == HOLD_EXPIRED && work->hold.state != HOLD_HELD)
        return true;
    if (!same || (found && !hold_may(had.state, work->hold.state)))
        return credit_refuse(work, LEDGER_HOLD);
    return db_credit_hold_put(work->db, &work->hold, work->kiosk, error) &&
           db_change_add(work->db, "credit", work->hold.account.owner, error);
}
