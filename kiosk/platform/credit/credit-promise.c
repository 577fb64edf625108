/* SPDX-License-Identifier: Apache-2.0 */
/* Credit that the platform itself holds for what a resident has ordered: no kiosk's, so none of them ends it. */
#include "platform/credit/credit-work.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

#define HERE "" /* whose hold it is */

static bool promise(struct db *db, const struct ledger_hold *hold, bool again, int64_t now_ms, enum ledger_code *code, GError **error)
{
    struct credit_work work = {.db = db, .now_ms = now_ms};
    struct credit_person person;
    int64_t open = 0, spendable = 0;
    char account[ACCOUNT_TEXT_SIZE];
    bool rules = false;

    account_text(&hold->account, account);
    if (!credit_rules_find(db, &work.rules, &rules, error) || !db_credit_person(db, hold->account.owner, &person, error) ||
        !db_credit_holds_open(db, account, now_ms, &open, error) ||
        !credit_spendable(&work, &hold->account, hold->book, "", &spendable, error))
        return false;
    *code = !rules ? LEDGER_RULE : !person.found ? LEDGER_UNKNOWN : person.frozen && !again ? LEDGER_FROZEN : hold_begins(hold, open, now_ms);
    if (*code == LEDGER_OK && hold->amount > spendable)
        *code = LEDGER_BALANCE;
    return *code != LEDGER_OK || (db_credit_hold_put(db, hold, HERE, error) &&
                                  db_change_add(db, "credit", hold->account.owner, error));
}

bool credit_promise(struct db *db, const struct ledger_hold *hold, int64_t now_ms, enum ledger_code *code, GError **error)
{
    return promise(db, hold, false, now_ms, code, error);
}

bool credit_promise_again(struct db *db, const struct ledger_hold *hold, int64_t now_ms, enum ledger_code *code, GError **error)
{
    return promise(db, hold, true, now_ms, code, error);
}

/* Only what is held still, and by us. */
static bool held(struct db *db, const char *id, struct ledger_hold *hold, bool *is, GError **error)
{
    char owner[32];
    bool found = false;

    if (!db_credit_hold_find(db, id, hold, owner, &found, error))
        return false;
    *is = found && strcmp(owner, HERE) == 0 && hold->state == HOLD_HELD;
    return true;
}

bool credit_promise_end(struct db *db, const char *id, bool *is, GError **error)
{
    struct ledger_hold hold;

    if (!held(db, id, &hold, is, error))
        return false;
    return !*is || (hold_release(&hold) == LEDGER_OK && db_credit_hold_put(db, &hold, HERE, error) &&
                    db_change_add(db, "credit", hold.account.owner, error));
}

static bool spend(struct db *db, const struct ledger_hold *hold, const char *item, int64_t now_ms, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    struct credit_rules rules;

    if (!credit_rules_load(db, &rules, error))
        return false;
    uuid7(now_ms, txn->id);
    txn->type = LEDGER_SPEND;
    txn->at_ms = now_ms;
    g_strlcpy(txn->rule, rules.version, sizeof txn->rule);
    g_strlcpy(txn->ref, hold->ref, sizeof txn->ref);
    g_strlcpy(txn->hold, hold->id, sizeof txn->hold);
    if (ledger_txn_add(txn, hold->book, OWNER_PERSON, hold->account.owner, -hold->amount) &&
        ledger_txn_add(txn, hold->book, OWNER_REDEEMED, item, hold->amount))
        return credit_post(db, txn, NULL, 0, now_ms, 0, error);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "no account of the name %s", item);
    return false;
}

bool credit_promise_take(struct db *db, const char *id, const char *item, int64_t now_ms, bool *is, GError **error)
{
    struct ledger_hold hold;

    if (!held(db, id, &hold, is, error))
        return false;
    *is = *is && now_ms < hold.expires_ms;
    if (!*is)
        return true;
    if (hold_capture(&hold, hold.amount, now_ms) != LEDGER_OK) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "hold %s is not open", id);
        return false;
    }
    return db_credit_hold_put(db, &hold, HERE, error) && spend(db, &hold, item, now_ms, error);
}
