/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What moves in the ledger when a payment is confirmed:
 *
 *   purchase    purse:float +  │ payable:BILLER − (first payer) │ refund:TOKEN − (a second one)
 *   load, cash  cash:KIOSK +   │ purse:float −
 *   reversal    every entry of the original once more, with the other sign; its bills may be paid again
 *
 * Without a TAC (the card's log, or people, say that it happened) the purse operator's side waits in suspense:unproven.
 */
#include "platform/bills.h"
#include "platform/ledger.h"
#include "platform/payments.h"
#include <string.h>

struct posting {
    struct ledger_line lines[PAYMENT_BILLS_MAX + 2];
    char accounts[PAYMENT_BILLS_MAX + 2][64];
    size_t count;
};

static void add_line(struct posting *posting, int64_t amount_fen, const char *prefix, const char *rest)
{
    size_t i = posting->count++;

    g_assert(i < G_N_ELEMENTS(posting->lines));
    g_snprintf(posting->accounts[i], sizeof posting->accounts[i], "%s%s", prefix, rest);
    posting->lines[i] = (struct ledger_line){posting->accounts[i], amount_fen};
}

/* Unproven money waits in one place, whatever it was for. */
static void add_credit(struct posting *posting, int64_t amount_fen, bool proven, const char *prefix,
                       const char *rest)
{
    if (proven)
        add_line(posting, -amount_fen, prefix, rest);
    else
        add_line(posting, -amount_fen, "suspense:", "unproven");
}

/* Who gets the money of one bill, and what the bill's line becomes. */
static bool allot_bill(struct payment_work *work, size_t i, bool proven, struct posting *posting, GError **error)
{
    int64_t amount_fen = work->payment.bills[i].amount_fen;
    struct bill_row bill;
    struct claim_count claims;
    bool found;
    const char *outcome;

    if (!db_bill_find(work->db, work->payment.bills[i].id, &bill, &found, error) ||
        (found && !db_claim_count(work->db, bill.id, &claims, error)))
        return false;
    if (!found || bill.amount_fen != amount_fen) {
        outcome = "SUSPENSE";
        add_credit(posting, amount_fen, proven, "suspense:", "unmatched");
    } else if (claims.paid > 0 || strcmp(bill.state, "PAID") == 0 || strcmp(bill.state, "CLOSED") == 0) {
        outcome = "PAID_ELSEWHERE";
        add_credit(posting, amount_fen, proven, "refund:", work->token);
    } else {
        outcome = "PAID";
        add_credit(posting, amount_fen, proven, "payable:", bill.biller);
    }
    return db_claim_outcome_set(work->db, work->payment.id, (int64_t)i, outcome, error);
}

static bool post_purchase(struct payment_work *work, bool proven, const char *id, GError **error)
{
    struct posting posting = {.count = 0};
    int64_t amount_fen = work->facts.amount_fen;

    add_line(&posting, amount_fen, "purse:", "float");
    for (size_t i = 0; i < work->payment.bill_count; i++)
        if (!allot_bill(work, i, proven, &posting, error))
            return false;
    if (work->payment.bill_count == 0)
        add_credit(&posting, amount_fen, proven, "suspense:", "unmatched");
    return ledger_post(work->db, id, work->payment.id, "payment", work->now_ms, posting.lines, posting.count,
                       error);
}

static bool post_cash(struct payment_work *work, bool proven, const char *id, GError **error)
{
    struct posting posting = {.count = 0};

    add_line(&posting, work->facts.amount_fen, "cash:", work->row.kiosk);
    add_credit(&posting, work->facts.amount_fen, proven, "purse:", "float");
    return ledger_post(work->db, id, work->payment.id, "load", work->now_ms, posting.lines, posting.count, error);
}

static bool post_reversal(struct payment_work *work, bool proven, const char *id, GError **error)
{
    g_autofree char *original = g_strconcat(work->payment.reverses, ":confirmed", NULL);
    g_autoptr(GArray) entries = db_entries(work->db, original, error);
    struct posting posting = {.count = 0};

    if (entries == NULL)
        return false;
    for (guint i = 0; i < entries->len; i++) {
        const struct entry_row *entry = &g_array_index(entries, struct entry_row, i);
        bool of_purse = strcmp(entry->account, "purse:float") == 0;
        add_line(&posting, -entry->amount_fen, of_purse && !proven ? "suspense:unproven" : entry->account, "");
    }
    return ledger_post(work->db, id, work->payment.id, "reversal", work->now_ms, posting.lines, posting.count,
                       error) &&
           db_claims_outcome_set(work->db, work->payment.reverses, "VOID", error) &&
           bills_reopen_of(work->db, work->payment.reverses, error);
}

bool postings_make(struct payment_work *work, bool proven, GError **error)
{
    g_autofree char *id = g_strconcat(work->payment.id, ":confirmed", NULL);

    if (work->payment.kind == PAYMENT_PURCHASE)
        return post_purchase(work, proven, id, error);
    return work->payment.way == PAYMENT_WAY_REVERSAL ? post_reversal(work, proven, id, error)
                                                     : post_cash(work, proven, id, error);
}
