/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform's side of the machine drawn in kiosk/service/wallet.c, for purchases and loads:
 *
 *   committing  the intent: the payment is known, its bills are PAYING, a load's order is SENT
 *   in_doubt    bills and order are UNKNOWN; all kiosks are told, so that any of them can ask the card
 *   void        surely nothing happened: bills go back unless another payment claims them, an order is REVERSED
 *   confirmed   TAC right: posted (postings.c)
 *               TAC missing (evidence: the card's log): posted, the operator's side in suspense
 *               TAC wrong: conflict; nothing moves, the payment is marked, people look into it
 *               TAC later than that: what waits in suspense goes where it belongs
 *   doubt.settled  another kiosk asked the card: as confirmed or void, whoever tells first
 *
 * Invariants: (1) A payment moves only as payment_may() allows, and what was intended never changes. (2) What one TAC
 * proves is posted once. (3) A doubt is ended by its card (at any kiosk), by the card's counter, or by two people; never by
 * time, and never twice: who comes later with the same outcome tells no news, with another one raises an alarm for staff. A right TAC is
 * believed against whoever said void (contradictions.c).
 * (4) A load is never more than its order, and a purchase is given back once.
 */
#include "platform/money/payments.h"
#include "platform/money/bills.h"
#include "platform/money/contradictions.h"
#include "platform/money/doubts.h"
#include "platform/money/loads.h"
#include "platform/money/reconcile.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define DOUBT_SETTLED "doubt.settled"

bool payments_type(const char *type)
{
    enum payment_kind kind;
    enum payment_state state;

    return strcmp(type, DOUBT_SETTLED) == 0 || payment_event_parse(type, &kind, &state);
}

bool payment_refuse(struct payment_work *work, enum store_verdict verdict, const char *code)
{
    work->out->verdict = verdict;
    work->out->code = code;
    return true;
}

bool payment_alarm(struct payment_work *work, const char *code, const char *alarm, const char *named)
{
    work->out->alarm = alarm;
    g_strlcpy(work->out->payment, work->row.id, sizeof work->out->payment);
    g_strlcpy(work->out->named, named != NULL ? named : "", sizeof work->out->named);
    return payment_refuse(work, STORE_CONFLICT, code);
}

/* Digest of what must stay the same from the intent to the end, so that an event cannot swap card, sum or bills. Who has it can try
 * all cards: it lies under a key in the database. */
static bool intent_digest(const struct payment *payment, const uint8_t proof[TAC_PROOF_SIZE], uint8_t digest[32])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    struct payment_facts facts = payment_facts(payment);
    g_autofree char *head = g_strdup_printf("%s|%s|%u|%" G_GINT64_FORMAT "|%zu", payment->id, facts.card_number,
                                            facts.counter, facts.balance_before_fen, payment->bill_count);
    bool ok;

    ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
         EVP_DigestUpdate(ctx, head, strlen(head)) == 1 && EVP_DigestUpdate(ctx, proof, TAC_PROOF_SIZE) == 1 &&
         EVP_DigestUpdate(ctx, facts.issuer, 8) == 1;
    for (size_t i = 0; ok && i < payment->bill_count; i++) {
        g_autofree char *bill =
            g_strdup_printf("|%s|%" G_GINT64_FORMAT, payment->bills[i].id, payment->bills[i].amount_fen);
        ok = EVP_DigestUpdate(ctx, bill, strlen(bill)) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool fill_from_ahead(struct payment_work *work)
{
    const struct payment_ahead *ahead = work->ahead;

    if (ahead == NULL || !ahead->filled || memcmp(&ahead->payment, &work->payment, sizeof work->payment) != 0)
        return false;
    work->facts = payment_facts(&work->payment); /* points into it */
    memcpy(work->token, ahead->token, sizeof work->token);
    memcpy(work->intent, ahead->intent, sizeof work->intent);
    memcpy(work->proof, ahead->proof, sizeof work->proof);
    return true;
}

static bool digests(struct payment_work *work, GError **error)
{
    uint8_t proof[TAC_PROOF_SIZE], intent[32];

    if (work->payment.kind == PAYMENT_LOAD)
        tac_proof_load(&work->payment.load, proof);
    else
        tac_proof(&work->payment.purchase, proof);
    bool ok = intent_digest(&work->payment, proof, intent);
    if (!ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "SHA-256 failed");
    ok = ok && db_digest(work->db, proof, sizeof proof, work->proof, error) &&
         db_digest(work->db, intent, sizeof intent, work->intent, error);
    OPENSSL_cleanse(proof, sizeof proof); /* it begins with the card's number */
    return ok;
}

bool payment_work_fill(struct payment_work *work, GError **error)
{
    if (fill_from_ahead(work))
        return true;
    work->facts = payment_facts(&work->payment);
    if (!tac_serial_fits(work->facts.card_number, work->facts.serial)) {
        payment_refuse(work, STORE_REJECTED, "CARD_SERIAL");
        return false;
    }
    if (!digests(work, error))
        return false;
    card_token(work->platform->index_key, work->facts.card_number, work->token);
    return true;
}

/* ---- Ends ---- */

enum tac_verdict payment_tac(const struct payment_work *work)
{
    const struct purse_keys *keys = &work->platform->purse_keys;

    if (work->ahead != NULL && work->ahead->tac_known)
        return work->ahead->tac;
    return work->payment.kind == PAYMENT_LOAD ? tac_check_load(keys, &work->payment.load)
                                              : tac_check(keys, &work->payment.purchase);
}

bool payment_tac_known(enum tac_verdict tac, GError **error)
{
    if (tac != TAC_FAILED && tac != TAC_AWAY)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO,
                        tac == TAC_AWAY ? "the keys of TACs are away" : "the TAC cannot be computed");
    return false;
}

bool payment_tac_take(struct payment_work *work, enum tac_verdict *tac, GError **error)
{
    bool used = work->around.proofs > 0;

    *tac = payment_tac(work);
    if (!payment_tac_known(*tac, error))
        return false;
    if (*tac == TAC_WRONG)
        return payment_alarm(work, "TAC_WRONG", "TAC_WRONG", work->kiosk);
    if (!work->looked && !db_payment_proof_used(work->db, work->proof, &used, error))
        return false;
    return !used || payment_refuse(work, STORE_CONFLICT, "PROOF_USED");
}

/* As long as it is what was told. */
static const char *sealed_of(const struct payment_work *work)
{
    bool same = work->ahead != NULL && memcmp(&work->ahead->payment, &work->payment, sizeof work->payment) == 0;

    return same ? work->ahead->sealed : NULL;
}

static bool add(struct payment_work *work, const char *tac, const char *const *outcomes, GError **error)
{
    return db_payment_add(work->db, work->kiosk, work->token, &work->payment, sealed_of(work), tac, work->intent, work->proof,
                          outcomes, error);
}

bool payment_state_write(struct payment_work *work, const char *tac, GError **error)
{
    return db_payment_state_set(work->db, &work->payment, sealed_of(work), tac, error) &&
           reconcile_follow(work->db, work->payment.id, work->now_ms, error);
}

/* What its row says of it: the token is the card there. */
static struct card_step step_of(const struct payment_work *work)
{
    struct card_step step = {.counter = work->facts.counter, .before_fen = work->facts.balance_before_fen,
                             .after_fen = work->facts.balance_before_fen - work->facts.amount_fen, .at_ms = work->payment.at_ms};

    g_strlcpy(step.card, work->token, sizeof step.card);
    g_strlcpy(step.kind, db_kind_name(work->payment.kind), sizeof step.kind);
    g_strlcpy(step.payment, work->payment.id, sizeof step.payment);
    g_strlcpy(step.kiosk, work->kiosk, sizeof step.kiosk);
    return step;
}

/* A purchase that nothing was written of. What is asked is asked before the first row is written, and holds behind it: its own row is
 * confirmed then, which counts as neither open nor in doubt of its bills, and its claims count as what they are written as. */
static bool confirm_unwritten(struct payment_work *work, const char *tac, GError **error)
{
    const char *outcomes[PAYMENT_BILLS_MAX];
    struct card_step step = step_of(work);
    struct card_look look;

    if (!postings_allot(work, error))
        return false;
    for (size_t i = 0; i < work->payment.bill_count; i++)
        outcomes[i] = work->claims[i].outcome;
    return db_card_look(work->db, &step, &look, error) && add(work, tac, outcomes, error) &&
           reconcile_new(work->db, &look, work->now_ms, error) && postings_make(work, error) &&
           bills_claimed(work->db, &work->payment, work->claims, error) && doubts_by_counter(work, error);
}

static bool confirm(struct payment_work *work, GError **error)
{
    enum tac_verdict tac;

    if (!payment_tac_take(work, &tac, error))
        return false;
    if (work->out->verdict != STORE_ACCEPTED)
        return true;
    work->proven = tac == TAC_OK;
    if (work->unwritten)
        return confirm_unwritten(work, tac_verdict_name(tac), error);
    return payment_state_write(work, tac_verdict_name(tac), error) &&
           postings_make(work, error) && loads_follow(work, error) &&
           bills_refresh_claimed(work->db, &work->payment, error) && doubts_by_counter(work, error);
}

static bool change_state(struct payment_work *work, GError **error)
{
    if (!payment_state_write(work, "NONE", error) || !loads_follow(work, error))
        return false;
    if (work->payment.state == PAYMENT_VOID &&
        !db_claims_outcome_set(work->db, work->payment.id, "VOID", error))
        return false;
    return bills_refresh_claimed(work->db, &work->payment, error);
}

bool payment_finish(struct payment_work *work, GError **error)
{
    bool ok = work->payment.state == PAYMENT_CONFIRMED ? confirm(work, error) : change_state(work, error);

    return ok && (work->out->verdict != STORE_ACCEPTED || contradictions_of_card(work, error));
}

/* ---- Events ---- */

/* Kiosks come back in any order: what ends this doubt may have been here before it was. */
static bool doubt(struct payment_work *work, GError **error)
{
    bool over = false;

    if (work->row.state == PAYMENT_IN_DOUBT)
        return true; /* its kiosk was given up, and we said so ourselves */
    return change_state(work, error) && doubts_by_the_past(work, &over, error) &&
           (over || doubts_tell(work->db, work->payment.id, work->now_ms, error));
}

static bool end(struct payment_work *work, GError **error)
{
    if (!payment_finish(work, error))
        return false;
    return work->out->verdict != STORE_ACCEPTED || (work->looked && work->around.told == 0) ||
           doubts_close(work->db, work->payment.id, work->now_ms, error);
}

/* Ended without its kiosk, which tells now what it found out itself, or took from us. */
static bool after_settlement(struct payment_work *work, GError **error)
{
    enum payment_state state = work->payment.state;

    if (state == PAYMENT_IN_DOUBT)
        return !work->row.taken || (db_doubt_reopen(work->db, work->row.id, error) &&
                                    db_change_add(work->db, "doubt", work->row.id, error));
    if (state == PAYMENT_COMMITTING)
        return payment_refuse(work, STORE_CONFLICT, "STATE");
    bool ok = true;
    if (state == PAYMENT_CONFIRMED && work->row.state == PAYMENT_CONFIRMED)
        ok = contradict_prove(work, error);
    else if (state == PAYMENT_CONFIRMED)
        ok = contradict_void(work, "DOUBT_CONTRADICTED", error);
    else if (work->row.state == PAYMENT_CONFIRMED && work->row.settled_as == PAYMENT_CONFIRMED)
        ok = contradict_paid(work, "DOUBT_CONTRADICTED");
    /* Void, as we said ourselves: before its proof came, or as it still is. */
    return ok && (work->out->verdict != STORE_ACCEPTED || doubts_close(work->db, work->payment.id, work->now_ms, error));
}

/* Its own kiosk has said how it ended, and says otherwise now. */
static bool after_end(struct payment_work *work, GError **error)
{
    bool confirmed = work->row.state == PAYMENT_CONFIRMED;

    if (work->payment.state == PAYMENT_CONFIRMED && !confirmed)
        return contradict_void(work, "STATE", error);
    if (work->payment.state == PAYMENT_CONFIRMED && strcmp(work->row.tac, "OK") != 0)
        return contradict_prove(work, error);
    if (work->payment.state == PAYMENT_VOID && confirmed)
        return contradict_paid(work, "STATE");
    return payment_refuse(work, STORE_CONFLICT, "STATE");
}

/* Given up before our answer came: what that was, its order knows. */
static bool fill_given_up(struct payment_work *work, GError **error)
{
    static const uint8_t none[4];
    g_autofree char *text = NULL;
    struct payment ordered;

    if (work->payment.kind != PAYMENT_LOAD || work->payment.state != PAYMENT_VOID || !work->row.taken ||
        memcmp(work->payment.load.date_bcd, none, sizeof none) != 0)
        return true;
    if (!db_order_body(work->db, work->row.id, &text, error))
        return false;
    json_t *json = text != NULL ? wire_parse(text, strlen(text), NULL) : NULL;
    if (payment_from_json(json, &ordered)) {
        memcpy(work->payment.load.date_bcd, ordered.load.date_bcd, sizeof ordered.load.date_bcd);
        memcpy(work->payment.load.time_bcd, ordered.load.time_bcd, sizeof ordered.load.time_bcd);
        memcpy(work->payment.load.mac2, ordered.load.mac2, sizeof ordered.load.mac2);
    }
    json_decref(json);
    OPENSSL_cleanse(&ordered, sizeof ordered);
    return payment_work_fill(work, error);
}

static bool follow(struct payment_work *work, GError **error)
{
    enum payment_state state = work->payment.state;

    if (strcmp(work->row.kiosk, work->kiosk) != 0)
        return payment_refuse(work, STORE_CONFLICT, "OTHER_KIOSK");
    if (!fill_given_up(work, error))
        return false;
    if (CRYPTO_memcmp(work->row.intent, work->intent, sizeof work->intent) != 0)
        return payment_refuse(work, STORE_CONFLICT, "PAYMENT_CHANGED");
    if (work->row.taken && state == PAYMENT_COMMITTING)
        return true; /* we made it of its order, and know more */
    if (work->row.taken && state == PAYMENT_IN_DOUBT && !db_payment_taken_set(work->db, work->row.id, false, error))
        return false;
    if (work->row.settled)
        return after_settlement(work, error);
    if (!payment_is_open(work->row.state))
        return after_end(work, error);
    if (!payment_may(work->row.kind, work->row.state, state) && state != PAYMENT_IN_DOUBT)
        return payment_refuse(work, STORE_CONFLICT, "STATE");
    return state == PAYMENT_IN_DOUBT ? doubt(work, error) : end(work, error);
}

bool payments_pair(const struct payment_ahead *intent, const struct payment_ahead *end)
{
    return intent != NULL && end != NULL && intent->payment.kind == PAYMENT_PURCHASE && intent->payment.state == PAYMENT_COMMITTING &&
           end->payment.kind == PAYMENT_PURCHASE && end->payment.state == PAYMENT_CONFIRMED && end->tac_known && end->tac == TAC_OK &&
           strcmp(end->payment.id, intent->payment.id) == 0;
}

/* As it would be read again. */
static void hold(struct payment_work *work)
{
    work->row.kind = work->payment.kind;
    work->row.state = PAYMENT_COMMITTING;
    g_strlcpy(work->row.tac, "NONE", sizeof work->row.tac);
    memcpy(work->row.intent, work->intent, sizeof work->row.intent);
    work->pair->look = (struct payment_look){true, work->row, work->around};
    work->pair->held = true;
}

static bool begin(struct payment_work *work, GError **error)
{
    bool settled = false;

    if (!payment_may(work->payment.kind, PAYMENT_INTENT, work->payment.state))
        return payment_refuse(work, STORE_CONFLICT, "STATE");
    if (work->payment.kind == PAYMENT_LOAD && !loads_begin(work, &settled, error))
        return false;
    if (work->out->verdict != STORE_ACCEPTED)
        return true;
    if (work->payment.state == PAYMENT_VOID)
        return contradictions_of_card(work, error);
    g_strlcpy(work->row.id, work->payment.id, sizeof work->row.id);
    g_strlcpy(work->row.kiosk, work->kiosk, sizeof work->row.kiosk);
    if (work->pair != NULL && payments_pair(work->ahead, work->pair->end)) {
        hold(work);
        return true;
    }
    return add(work, "NONE", NULL, error) &&
           (settled ? doubts_settle_counter(work->platform, work->payment.id, work->now_ms, error)
                    : bills_refresh_claimed(work->db, &work->payment, error));
}

/* Its intent is the event before. */
static bool take_held(struct payment_work *work, struct payment_look *look)
{
    work->unwritten = work->pair != NULL && work->pair->held && strcmp(work->pair->look.row.id, work->payment.id) == 0;
    if (!work->unwritten)
        return false;
    *look = work->pair->look;
    work->pair->held = false;
    return true;
}

static bool apply(struct payment_work *work, GError **error)
{
    struct payment_look look = {.found = false};

    if (!take_held(work, &look) && !db_payment_look(work->db, work->payment.id, work->proof, work->token,
                                                    work->payment.kind, &look, error))
        return false;
    work->row = look.row;
    work->around = look.around;
    /* Loads move others of their card on the way: what was seen at first does not hold for long. */
    work->looked = look.found && work->payment.kind == PAYMENT_PURCHASE;
    return look.found ? follow(work, error) : begin(work, error);
}

static bool read_event(struct payment_work *work, const char *type, json_t *data)
{
    enum payment_kind kind;
    enum payment_state state;

    return payment_event_parse(type, &kind, &state) && payment_from_json(data, &work->payment) &&
           work->payment.kind == kind && work->payment.state == state;
}

static bool keys_ask(struct payment_work *work, struct payment_ahead *out, GError **error)
{
    if (work->payment.state != PAYMENT_CONFIRMED)
        return loads_ahead(work->platform, &work->payment, out, error);
    out->tac = payment_tac(work);
    out->tac_known = true;
    return payment_tac_known(out->tac, error);
}

/* Whoever ends another kiosk's doubt tells of that payment. */
static bool read_ahead(struct payment_work *work, const char *type, json_t *data)
{
    if (strcmp(type, DOUBT_SETTLED) == 0)
        return payment_from_json(json_object_get(data, "payment"), &work->payment);
    return read_event(work, type, data);
}

/* What cannot be derived now is tried again in its turn, and refused or told then. */
static void fill_ahead(struct payment_work *work, struct payment_ahead *out)
{
    out->filled = payment_work_fill(work, NULL);
    if (!out->filled)
        return;
    memcpy(out->token, work->token, sizeof out->token);
    memcpy(out->intent, work->intent, sizeof out->intent);
    memcpy(out->proof, work->proof, sizeof out->proof);
}

void payments_ahead_seal(struct platform *platform, struct payment_ahead *ahead)
{
    ahead->sealed = db_payment_sealed(platform->db, &ahead->payment, NULL); /* its error is told when it is needed */
}

bool payments_ahead(struct platform *platform, const char *type, json_t *data, bool keys, struct payment_ahead **out, GError **error)
{
    struct outcome refused;
    struct payment_work work = {.platform = platform, .db = platform->db, .out = &refused};
    bool ok = true;

    *out = NULL;
    if (read_ahead(&work, type, data)) {
        *out = g_new0(struct payment_ahead, 1);
        (*out)->payment = work.payment;
        fill_ahead(&work, *out);
        ok = !keys || keys_ask(&work, *out, error);
    }
    OPENSSL_cleanse(&work, sizeof work);
    return ok;
}

void payments_ahead_free(struct payment_ahead *ahead)
{
    if (ahead == NULL)
        return;
    g_free(ahead->sealed);
    OPENSSL_cleanse(ahead, sizeof *ahead);
    g_free(ahead);
}

/* Of a pair's end nothing is asked but what confirm_unwritten() asks. */
void payments_ask(struct platform *platform, const char *kiosk, const char *type, const struct payment_ahead *ahead, bool pair)
{
    struct payment_work work = {.db = platform->db, .kiosk = kiosk, .payment = ahead->payment, .ahead = ahead};
    struct payment_look look;
    struct card_look chain;

    if (strcmp(type, DOUBT_SETTLED) == 0 || !fill_from_ahead(&work)) /* a doubt's end asks for other things */
        return;
    struct card_step step = step_of(&work);
    if (pair) {
        (void)postings_allot(&work, NULL);
        (void)db_card_look(work.db, &step, &chain, NULL);
    } else {
        (void)db_payment_look(work.db, work.payment.id, work.proof, work.token, work.payment.kind, &look, NULL);
    }
    OPENSSL_cleanse(&work, sizeof work);
}

static bool take_event(struct payment_work *work, const char *type, json_t *data)
{
    if (work->ahead == NULL)
        return read_event(work, type, data);
    work->payment = work->ahead->payment;
    return true;
}

bool payments_apply(struct platform *platform, const char *kiosk, const char *type, json_t *data, int64_t now_ms,
                    const struct payment_ahead *ahead, struct payment_pair *pair, struct outcome *out, GError **error)
{
    struct payment_work work = {.platform = platform, .db = platform->db, .kiosk = kiosk, .now_ms = now_ms, .ahead = ahead, .pair = pair,
                                .out = out};
    bool ok = true;

    *out = (struct outcome){.verdict = STORE_ACCEPTED};
    if (strcmp(type, DOUBT_SETTLED) == 0)
        ok = doubts_settled_elsewhere(&work, data, error);
    else if (!take_event(&work, type, data))
        payment_refuse(&work, STORE_REJECTED, "DATA");
    else if (payment_work_fill(&work, error))
        ok = apply(&work, error);
    else
        ok = out->verdict != STORE_ACCEPTED; /* refused, or trouble */
    OPENSSL_cleanse(&work, sizeof work);
    return ok;
}
