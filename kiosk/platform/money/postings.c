/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What moves in the ledger when a payment is confirmed:
 *
 *   purchase    purse:float +  │ payable:BILLER − (first payer) │ refund:TOKEN − (a second one)
 *   load, cash  cash:KIOSK +   │ purse:float −
 *   reversal    every entry of the original once more, with the other sign; its bills may be paid again
 *
 * Without a TAC (the card's log, or people, say that it happened) the purse operator's side waits in suspense:unproven, until
 * a TAC comes after all. What a desk says it gave back, and the card says it got, is in suspense:contradicted until two people
 * have settled it.
 */
#include "platform/money/bills.h"
#include "platform/money/ledger.h"
#include "platform/money/payments.h"
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

/* For the day's total of its kiosk, which is written once a batch. */
static bool count(struct payment_work *work)
{
    work->pair->paid++;
    work->pair->paid_fen += work->facts.amount_fen;
    return true;
}

static bool post(struct payment_work *work, const char *base, const char *kind, const struct posting *posting, GError **error)
{
    int64_t before = work->around.txns;
    char id[80];

    if (posting->count == 0)
        return true;
    if (!work->looked && !db_txn_count(work->db, work->payment.id, &before, error))
        return false;
    work->around.txns++;
    if (before == 0)
        g_snprintf(id, sizeof id, "%s:%s", work->payment.id, base);
    else
        g_snprintf(id, sizeof id, "%s:%s-%" G_GINT64_FORMAT, work->payment.id, base, before + 1);
    if (work->unwritten)
        return ledger_post_uncounted(work->db, id, work->payment.id, kind, work->now_ms, posting->lines, posting->count, error) &&
               count(work);
    return ledger_post(work->db, id, work->payment.id, kind, work->now_ms, posting->lines, posting->count, error);
}

/* What becomes of one claim. */
static const char *outcome_of(const struct payment_claim *claim, int64_t amount_fen)
{
    const struct bill_claims *bill = &claim->bill;

    if (!claim->found || bill->amount_fen != amount_fen)
        return "SUSPENSE";
    if (bill->claims.paid > 0 || strcmp(bill->state, "PAID") == 0 || strcmp(bill->state, "CLOSED") == 0)
        return "PAID_ELSEWHERE";
    return "PAID";
}

static bool claim_look(struct payment_work *work, size_t i, struct payment_claim *out, GError **error)
{
    if (!db_bill_claims(work->db, work->payment.bills[i].id, &out->bill, &out->found, error))
        return false;
    for (size_t before = 0; work->unwritten && before < i; before++)
        out->bill.claims.paid += strcmp(work->payment.bills[before].id, work->payment.bills[i].id) == 0 &&
                                 strcmp(work->claims[before].outcome, "PAID") == 0;
    out->outcome = outcome_of(out, work->payment.bills[i].amount_fen);
    return true;
}

bool postings_allot(struct payment_work *work, GError **error)
{
    for (size_t i = 0; i < work->payment.bill_count; i++)
        if (!claim_look(work, i, &work->claims[i], error))
            return false;
    return true;
}

/* Who gets the money of one bill. */
static void credit_claim(const struct payment_work *work, const struct payment_claim *claim, int64_t amount_fen, struct posting *posting)
{
    if (strcmp(claim->outcome, "SUSPENSE") == 0)
        add_credit(posting, amount_fen, work->proven, "suspense:", "unmatched");
    else if (strcmp(claim->outcome, "PAID") == 0)
        add_credit(posting, amount_fen, work->proven, "payable:", claim->bill.biller);
    else
        add_credit(posting, amount_fen, work->proven, "refund:", work->token);
}

/* And what the bill's line becomes, which is written so already when the payment was unwritten. */
static bool allot_bill(struct payment_work *work, size_t i, struct posting *posting, GError **error)
{
    struct payment_claim *claim = &work->claims[i];

    if (!work->unwritten && !claim_look(work, i, claim, error))
        return false;
    credit_claim(work, claim, work->payment.bills[i].amount_fen, posting);
    return work->unwritten || db_claim_outcome_set(work->db, work->payment.id, (int64_t)i, claim->outcome, error);
}

static bool post_purchase(struct payment_work *work, GError **error)
{
    bool proven = work->proven;
    struct posting posting = {.count = 0};
    int64_t amount_fen = work->facts.amount_fen;

    add_line(&posting, amount_fen, "purse:", "float");
    for (size_t i = 0; i < work->payment.bill_count; i++)
        if (!allot_bill(work, i, &posting, error))
            return false;
    if (work->payment.bill_count == 0)
        add_credit(&posting, amount_fen, proven, "suspense:", "unmatched");
    return post(work, "confirmed", "payment", &posting, error);
}

static bool post_cash(struct payment_work *work, GError **error)
{
    struct posting posting = {.count = 0};

    if (work->contradicted)
        add_line(&posting, work->facts.amount_fen, "suspense:", "contradicted");
    else
        add_line(&posting, work->facts.amount_fen, "cash:", work->row.kiosk);
    add_credit(&posting, work->facts.amount_fen, work->proven, "purse:", "float");
    return post(work, "confirmed", "load", &posting, error);
}

static bool post_reversal(struct payment_work *work, GError **error)
{
    g_autoptr(GArray) entries = db_entries(work->db, work->payment.reverses, error);
    struct posting posting = {.count = 0};

    if (entries == NULL)
        return false;
    for (guint i = 0; i < entries->len; i++) {
        const struct entry_row *entry = &g_array_index(entries, struct entry_row, i);
        bool of_purse = strcmp(entry->account, "purse:float") == 0;
        add_line(&posting, -entry->amount_fen, of_purse && !work->proven ? "suspense:unproven" : entry->account, "");
    }
    return post(work, "confirmed", "reversal", &posting, error) &&
           db_claims_outcome_set(work->db, work->payment.reverses, "VOID", error) &&
           bills_reopen_of(work->db, work->payment.reverses, error);
}

bool postings_make(struct payment_work *work, GError **error)
{
    if (work->payment.kind == PAYMENT_PURCHASE)
        return post_purchase(work, error);
    /* Given back by another load meanwhile: what this one put onto the card nobody is owed. */
    bool reversed = false;
    if (work->contradicted && work->payment.way == PAYMENT_WAY_REVERSAL &&
        !db_order_reverses(work->db, work->payment.reverses, &reversed, error))
        return false;
    return work->payment.way == PAYMENT_WAY_REVERSAL && !reversed ? post_reversal(work, error) : post_cash(work, error);
}

/* ---- What becomes of it later ---- */

static bool on_account(struct payment_work *work, const char *account, int64_t *fen, GError **error)
{
    g_autoptr(GArray) entries = db_entries(work->db, work->payment.id, error);

    *fen = 0;
    for (guint i = 0; entries != NULL && i < entries->len; i++)
        if (strcmp(g_array_index(entries, struct entry_row, i).account, account) == 0)
            *fen = g_array_index(entries, struct entry_row, i).amount_fen;
    return entries != NULL;
}

/* As the bills were allotted when it was posted without proof. */
static bool prove_purchase(struct payment_work *work, int64_t owed_fen, struct posting *posting, GError **error)
{
    g_autoptr(GArray) lines = db_claim_lines(work->db, work->payment.id, error);

    if (lines == NULL)
        return false;
    for (guint i = 0; i < lines->len; i++) {
        const struct claim_line *line = &g_array_index(lines, struct claim_line, i);
        bool paid = strcmp(line->outcome, "PAID") == 0, twice = strcmp(line->outcome, "PAID_ELSEWHERE") == 0;
        add_line(posting, -line->amount_fen, paid ? "payable:" : twice ? "refund:" : "suspense:",
                 paid ? line->biller : twice ? work->token : "unmatched");
        owed_fen -= line->amount_fen;
    }
    if (owed_fen != 0)
        add_line(posting, -owed_fen, "suspense:", "unmatched");
    return true;
}

bool postings_prove(struct payment_work *work, GError **error)
{
    struct posting posting = {.count = 0};
    int64_t fen;

    if (!on_account(work, "suspense:unproven", &fen, error))
        return false;
    if (fen == 0)
        return true;
    add_line(&posting, -fen, "suspense:", "unproven");
    if (work->payment.kind == PAYMENT_LOAD)
        add_line(&posting, fen, "purse:", "float");
    else if (!prove_purchase(work, -fen, &posting, error))
        return false;
    return post(work, "proven", "proven", &posting, error);
}

bool postings_undo(struct payment_work *work, GError **error)
{
    g_autoptr(GArray) entries = db_entries(work->db, work->payment.id, error);
    struct posting posting = {.count = 0};

    if (entries == NULL)
        return false;
    for (guint i = 0; i < entries->len; i++) {
        const struct entry_row *entry = &g_array_index(entries, struct entry_row, i);
        add_line(&posting, -entry->amount_fen, entry->account, "");
    }
    return post(work, "undone", "undone", &posting, error);
}

bool postings_contradict(struct payment_work *work, GError **error)
{
    struct posting posting = {.count = 0};

    add_line(&posting, work->facts.amount_fen, "suspense:", "contradicted");
    add_line(&posting, -work->facts.amount_fen, "suspense:", "unproven");
    return post(work, "contradicted", "contradicted", &posting, error);
}

bool postings_to_desk(struct payment_work *work, GError **error)
{
    struct posting posting = {.count = 0};
    int64_t fen;

    if (!on_account(work, "suspense:contradicted", &fen, error))
        return false;
    if (fen == 0)
        return true;
    add_line(&posting, -fen, "suspense:", "contradicted");
    add_line(&posting, fen, "cash:", work->row.kiosk);
    return post(work, "settled", "settled", &posting, error);
}
