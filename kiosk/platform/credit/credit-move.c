/* SPDX-License-Identifier: Apache-2.0 */
/* All that a card had in the books, to the card in its place: one transaction, balanced book by book. */
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "model/model.h"

#define FROM_BEFORE "cards-1" /* rules of a community that has none: nothing of them is asked */

static bool rule_name(struct db *db, struct ledger_txn *txn, GError **error)
{
    struct credit_rules rules;
    bool found = false;

    if (!credit_rules_find(db, &rules, &found, error))
        return false;
    g_strlcpy(txn->rule, found ? rules.version : FROM_BEFORE, sizeof txn->rule);
    return true;
}

/* *owes: one of the books is below zero, which its new account may be as well. */
static bool fill(struct db *db, const struct credit_move *move, struct ledger_txn *txn, bool *owes, GError **error)
{
    static const enum book BOOKS_MOVED[] = {BOOK_HOURS, BOOK_POINTS, BOOK_COIN, BOOK_SUBSIDY};
    g_autofree char *account = g_strconcat("person:", move->from, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(BOOKS_MOVED); i++) {
        int64_t balance = 0;
        if (!db_credit_balance(db, account, BOOKS_MOVED[i], &balance, error))
            return false;
        *owes = *owes || balance < 0;
        if (balance != 0)
            ledger_txn_add(txn, BOOKS_MOVED[i], OWNER_PERSON, move->from, -balance);
        if (balance != 0)
            ledger_txn_add(txn, BOOKS_MOVED[i], OWNER_PERSON, move->to, balance);
    }
    return true;
}

static bool post(struct db *db, const struct ledger_txn *txn, bool owes, int64_t now_ms, GError **error)
{
    enum ledger_code code = ledger_txn_check(txn);

    if (code == LEDGER_OK)
        return credit_post(db, txn, NULL, 0, now_ms, owes ? CREDIT_FLAG_OWES : 0, error);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "what a card has cannot be moved: %s", ledger_code_name(code));
    return false;
}

bool credit_move(struct db *db, const struct credit_move *move, int64_t now_ms, char id[37], GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    bool owes = false;

    *id = '\0';
    txn->type = LEDGER_MOVE;
    txn->at_ms = now_ms;
    g_strlcpy(txn->staff[0], move->staff_a, sizeof txn->staff[0]);
    g_strlcpy(txn->staff[1], move->staff_b, sizeof txn->staff[1]);
    if (!rule_name(db, txn, error) || !fill(db, move, txn, &owes, error))
        return false;
    if (txn->entry_count == 0)
        return true;
    uuid7(now_ms, txn->id);
    g_strlcpy(id, txn->id, 37);
    return post(db, txn, owes, now_ms, error);
}
