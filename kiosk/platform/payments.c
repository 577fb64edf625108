/* SPDX-License-Identifier: Apache-2.0 */
/*
 * committing  the intent: the payment is known, its bills are PAYING
 * in_doubt    bills are UNKNOWN
 * void        surely not debited: bills go back unless another payment claims them
 * confirmed   TAC right: first payer's money to the biller, a second payer's to what is owed to the card
 *             TAC missing (evidence: the card's log): the bill is paid for the resident, the money waits in suspense
 *             TAC wrong: conflict; nothing moves, the payment is marked, people look into it
 *
 * A doubt also ends without its kiosk: when a later payment of the same card was initialised at the same purse counter,
 * the card had not moved, so the doubtful debit surely did not happen. The counter decides, never the clock, nor which of
 * the two kiosks was heard first.
 */
#include "platform/payments.h"
#include "platform/bills.h"
#include "platform/db-rows.h"
#include "platform/ledger.h"
#include "platform/tac.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static const struct {
    const char *type;
    enum payment_state state;
} types[] = {
    {"payment.committing", PAYMENT_COMMITTING},
    {"payment.confirmed", PAYMENT_CONFIRMED},
    {"payment.in_doubt", PAYMENT_IN_DOUBT},
    {"payment.void", PAYMENT_VOID},
};

static bool type_state(const char *type, enum payment_state *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].type, type) == 0) {
            *out = types[i].state;
            return true;
        }
    }
    return false;
}

bool payments_type(const char *type)
{
    enum payment_state state;

    return type_state(type, &state);
}

struct work {
    struct platform *platform;
    struct db *db;
    const char *kiosk;
    int64_t now_ms;
    struct payment payment;
    struct payment_row row;
    char token[33];
    uint8_t intent[32];
    struct outcome *out;
};

static bool refuse(struct work *work, enum store_verdict verdict, const char *code)
{
    work->out->verdict = verdict;
    work->out->code = code;
    return true;
}

/* Digest of what must stay the same from the intent to the end, so that an event cannot swap card, sum or bills. */
static bool intent_digest(const struct payment *payment, uint8_t digest[32])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const struct cc_purchase *p = &payment->purchase;
    uint8_t proof[TAC_PROOF_SIZE];
    g_autofree char *head = g_strdup_printf("%s|%s|%u|%u|%zu", payment->id, p->card_number, p->counter,
                                            p->balance_before_fen, payment->bill_count);
    bool ok;

    tac_proof(p, proof);
    ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
         EVP_DigestUpdate(ctx, head, strlen(head)) == 1 && EVP_DigestUpdate(ctx, proof, sizeof proof) == 1 &&
         EVP_DigestUpdate(ctx, p->issuer, sizeof p->issuer) == 1;
    for (size_t i = 0; ok && i < payment->bill_count; i++) {
        g_autofree char *bill =
            g_strdup_printf("|%s|%" G_GINT64_FORMAT, payment->bills[i].id, payment->bills[i].amount_fen);
        ok = EVP_DigestUpdate(ctx, bill, strlen(bill)) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* ---- Confirmed ---- */

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
static bool allot_bill(struct work *work, size_t i, bool proven, struct posting *posting, GError **error)
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

static bool post(struct work *work, bool proven, GError **error)
{
    struct posting posting = {.count = 0};
    g_autofree char *id = g_strconcat(work->payment.id, ":confirmed", NULL);
    int64_t amount_fen = work->payment.purchase.amount_fen;

    add_line(&posting, amount_fen, "purse:", "float");
    for (size_t i = 0; i < work->payment.bill_count; i++)
        if (!allot_bill(work, i, proven, &posting, error))
            return false;
    if (work->payment.bill_count == 0)
        add_credit(&posting, amount_fen, proven, "suspense:", "unmatched");
    return ledger_post(work->db, id, work->payment.id, "payment", work->now_ms, posting.lines, posting.count,
                       error);
}

static bool settle_by_counter(struct work *work, const char *id, GError **error)
{
    return db_payment_settle(work->db, id, error) && db_claims_outcome_set(work->db, id, "VOID", error) &&
           bills_refresh_of(work->db, id, error);
}

/* Doubts of this card that were initialised at the counter which this payment then used: they did not happen. */
static bool settle_doubts(struct work *work, GError **error)
{
    g_autoptr(GPtrArray) open = db_payments_open_at(work->db, work->payment.purchase.card_number,
                                                    work->payment.purchase.counter, work->payment.id, error);

    if (open == NULL)
        return false;
    for (guint i = 0; i < open->len; i++)
        if (!settle_by_counter(work, g_ptr_array_index(open, i), error))
            return false;
    return true;
}

static bool confirm(struct work *work, GError **error)
{
    enum tac_verdict tac = tac_check(work->platform->tac_master, &work->payment.purchase);
    uint8_t proof[TAC_PROOF_SIZE];
    bool used;

    if (tac == TAC_FAILED) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the TAC cannot be computed");
        return false;
    }
    if (tac == TAC_WRONG) {
        g_strlcpy(work->out->tac_payment, work->row.id, sizeof work->out->tac_payment);
        return refuse(work, STORE_CONFLICT, "TAC_WRONG");
    }
    tac_proof(&work->payment.purchase, proof);
    if (!db_payment_proof_used(work->db, proof, sizeof proof, &used, error))
        return false;
    if (used)
        return refuse(work, STORE_CONFLICT, "PROOF_USED");
    return db_payment_state_set(work->db, work->payment.id, PAYMENT_CONFIRMED, tac_verdict_name(tac),
                                work->payment.receipt_no, error) &&
           post(work, tac == TAC_OK, error) && bills_refresh_of(work->db, work->payment.id, error) &&
           settle_doubts(work, error);
}

/* ---- The others ---- */

static bool commit_intent(struct work *work, GError **error)
{
    uint8_t proof[TAC_PROOF_SIZE];

    tac_proof(&work->payment.purchase, proof);
    return db_payment_add(work->db, work->kiosk, work->token, &work->payment, work->intent, proof,
                          sizeof proof, error) &&
           bills_refresh_of(work->db, work->payment.id, error);
}

static bool change_state(struct work *work, enum payment_state state, GError **error)
{
    if (!db_payment_state_set(work->db, work->payment.id, state, "NONE", work->payment.receipt_no, error))
        return false;
    if (state == PAYMENT_VOID && !db_claims_outcome_set(work->db, work->payment.id, "VOID", error))
        return false;
    return bills_refresh_of(work->db, work->payment.id, error);
}

/* Kiosks come back in any order: the payment that used this counter may have been here before the doubt was. */
static bool doubt(struct work *work, GError **error)
{
    const struct cc_purchase *purchase = &work->payment.purchase;
    bool used;

    if (!db_payment_counter_used(work->db, purchase->card_number, purchase->counter, &used, error))
        return false;
    return used ? settle_by_counter(work, work->payment.id, error) : change_state(work, PAYMENT_IN_DOUBT, error);
}

static bool follow(struct work *work, enum payment_state state, GError **error)
{
    if (strcmp(work->row.kiosk, work->kiosk) != 0)
        return refuse(work, STORE_CONFLICT, "OTHER_KIOSK");
    if (CRYPTO_memcmp(work->row.intent, work->intent, sizeof work->intent) != 0)
        return refuse(work, STORE_CONFLICT, "PAYMENT_CHANGED");
    /* We settled it by the counter before its kiosk knew: what the kiosk finds out later is the same and no news. */
    if (work->row.settled_by_counter && (state == PAYMENT_IN_DOUBT || state == PAYMENT_VOID))
        return true;
    if (!payment_may(PAYMENT_PURCHASE, work->row.state, state))
        return refuse(work, STORE_CONFLICT, "STATE");
    if (state == PAYMENT_IN_DOUBT)
        return doubt(work, error);
    return state == PAYMENT_CONFIRMED ? confirm(work, error) : change_state(work, state, error);
}

static bool apply(struct work *work, enum payment_state state, GError **error)
{
    bool found;

    if (!db_payment_find(work->db, work->payment.id, &work->row, &found, error))
        return false;
    if (found)
        return follow(work, state, error);
    if (!payment_may(PAYMENT_PURCHASE, PAYMENT_INTENT, state))
        return refuse(work, STORE_CONFLICT, "STATE");
    return commit_intent(work, error);
}

bool payments_apply(struct platform *platform, const char *kiosk, const char *type, json_t *data,
                    int64_t now_ms, struct outcome *out, GError **error)
{
    struct work work = {
        .platform = platform, .db = platform->db, .kiosk = kiosk, .now_ms = now_ms, .out = out};
    enum payment_state state;
    bool ok;

    *out = (struct outcome){.verdict = STORE_ACCEPTED};
    if (!type_state(type, &state) || !payment_from_json(data, &work.payment) || work.payment.state != state)
        ok = refuse(&work, STORE_REJECTED, "DATA");
    else if (!tac_serial_fits(&work.payment.purchase))
        ok = refuse(&work, STORE_REJECTED, "CARD_SERIAL");
    else if (!intent_digest(&work.payment, work.intent)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "SHA-256 failed");
        ok = false;
    } else {
        card_token(platform->index_key, work.payment.purchase.card_number, work.token);
        ok = apply(&work, state, error);
    }
    OPENSSL_cleanse(&work, sizeof work);
    return ok;
}
