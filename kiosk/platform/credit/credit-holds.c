/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds keep credit from being spent, also from its owner. So they are within the balance, few, short, and end by the kiosk that
 * made them, by their time, or by two of the staff here.
 */
#include "platform/credit/credit-work.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include <string.h>

static bool put(struct credit_work *work, GError **error)
{
    return db_credit_hold_put(work->db, &work->hold, work->kiosk, error) &&
           db_change_add(work->db, "credit", work->hold.account.owner, error);
}

static bool open_hold(struct credit_work *work, GError **error)
{
    const struct ledger_hold *hold = &work->hold;
    char account[ACCOUNT_TEXT_SIZE];
    int64_t open = 0, spendable = 0;

    if (hold->state != HOLD_HELD) /* its beginning was refused: nothing is held, and its kiosk says so as well */
        return true;
    if (hold_blocks(hold, work->now_ms) == 0) /* told late: it keeps nothing any more */
        return put(work, error);
    account_text(&hold->account, account);
    if (!db_credit_holds_open(work->db, account, work->now_ms, &open, error) ||
        !credit_spendable(work, &hold->account, hold->book, "", &spendable, error))
        return false;
    if (hold->book == BOOK_COIN)
        spendable += work->rules.credit_limit_min;
    enum ledger_code code = hold_begins(hold, open, work->now_ms + HOLD_CLOCK_MS);
    if (code == LEDGER_OK && hold->amount > spendable)
        code = LEDGER_BALANCE;
    return code == LEDGER_OK ? put(work, error) : credit_refuse(work, code);
}

static bool end_hold(struct credit_work *work, const struct ledger_hold *had, const char *owner, GError **error)
{
    const struct ledger_hold *hold = &work->hold;
    bool same = had->book == hold->book && had->amount == hold->amount && account_equal(&had->account, &hold->account);

    if (!same || strcmp(owner, work->kiosk) != 0 || hold->state == HOLD_HELD)
        return credit_refuse(work, LEDGER_HOLD);
    /* It ended here first: the kiosk says the same a little later. */
    if (had->state == HOLD_EXPIRED || had->state == HOLD_RELEASED)
        return true;
    return hold_may(had->state, hold->state) ? put(work, error) : credit_refuse(work, LEDGER_HOLD);
}

bool credit_apply_hold(struct credit_work *work, json_t *data, GError **error)
{
    struct ledger_hold had;
    struct credit_person person;
    char owner[32] = "";
    bool found;

    if (!ledger_hold_from_json(data, &work->hold) || work->hold.state == HOLD_CAPTURED)
        return credit_refuse_as(work, STORE_REJECTED, "DATA");
    if (!db_credit_hold_find(work->db, work->hold.id, &had, owner, &found, error) ||
        !db_credit_person(work->db, work->hold.account.owner, &person, error))
        return false;
    if (!person.found)
        return credit_refuse(work, LEDGER_UNKNOWN);
    return found ? end_hold(work, &had, owner, error) : open_hold(work, error);
}

bool credit_hold_release(struct platform *platform, const char *id, char **by, const char *reason, int64_t now_ms,
                         GError **error)
{
    struct ledger_hold hold;
    char owner[32] = "";
    bool found;

    if (!db_credit_hold_find(platform->db, id, &hold, owner, &found, error))
        return false;
    if (!found || hold_release(&hold) != LEDGER_OK) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "hold %s is not open", id);
        return false;
    }
    return db_credit_hold_put(platform->db, &hold, owner, error) &&
           db_credit_hold_ended(platform->db, id, by, reason, now_ms, error) &&
           db_change_add(platform->db, "credit", hold.account.owner, error);
}
