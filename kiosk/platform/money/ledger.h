/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Double entry in fen: debit above zero, credit below, every transaction sums to zero (checked here and by the
 * database), nothing is ever changed or deleted. Accounts:
 *
 *   purse:float          what the purse operator owes for debited purses (debit side)
 *   payable:BILLER       what is owed to a biller
 *   refund:CARD_TOKEN    what is owed to a card: it paid a bill that was paid already
 *   suspense:unproven    debited by the card's log only, the TAC is missing: paid by the resident, not yet claimable
 *   suspense:contradicted  on a card by its own evidence, denied by the desk: two people settle it (alarms.h)
 *   suspense:unmatched   proven money for a bill we do not know, or of another amount
 */
#ifndef PLATFORM_LEDGER_H
#define PLATFORM_LEDGER_H

#include "platform/data/db.h"

struct ledger_line {
    const char *account;
    int64_t amount_fen;
};

/** Post one transaction for a payment; an id is posted once only. Lines of 0 fen are refused. */
bool ledger_post(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms,
                 const struct ledger_line *lines, size_t count, GError **error);
/** Without the day's total, which the caller adds to in the same transaction. */
bool ledger_post_uncounted(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms,
                           const struct ledger_line *lines, size_t count, GError **error);

#endif
