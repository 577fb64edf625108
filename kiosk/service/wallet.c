/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payment machine (F07, F08, domain 4.5): purchases, loads, and what a pulled card leaves open. purchase.c and load.c
 * prepare, doubt.c recovers; this file has the gates, the states on disk, and what is told.
 *
 *   purchase   gates ─► INIT + 80 70 ────────────────► COMMITTING on disk ─► DEBIT ──┐
 *   load       gates ─► INIT ─► platform: MAC1 → MAC2 ─► COMMITTING on disk ─► CREDIT ─┤
 *                               └─ no answer ─► VOID on disk (CREDIT was never sent)   │
 *                                                                                      ▼
 *                      CONFIRMED on disk ─► told      VOID on disk ─► told      IN_DOUBT on disk ─► told
 *                                                                                      │
 *   its card taps here ──────────── proof, log, counter ─► CONFIRMED | VOID ◄──────────┤
 *   its card taps at another kiosk ─ the same there ─► doubt.settled ─► platform ─► feed ┤ settled_by ELSEWHERE
 *   the card never comes back ─ the platform by its counter, or two people ─► feed ──────┘ settled_by COUNTER NEXT STAFF
 *
 *   reversal   a load whose `reverses` is a confirmed purchase: two members of staff, once for ever.
 *
 * Invariants
 *  1. DEBIT and CREDIT never leave before COMMITTING is durable, and leave once for one payment, for ever.
 *  2. CONFIRMED is told only after it is durable; when it cannot be made durable the payment stays open and is settled later.
 *  3. One payment or load of a card is open at most, and a card with a doubt, ours or one that another kiosk told of, does
 *     nothing new before that is settled.
 *  4. A doubt ends by the card (here or elsewhere), by what the platform knows of the card's counters, or by two people; never
 *     by time. A PSAM that was replaced meanwhile changes nothing: without the session of the 80 70 the TAC or the log decide.
 *  5. A load needs the platform's word, so never happens offline. Its order ends with it: posted, or reversed.
 *  6. A purchase is given back once: here by the store, everywhere by the platform.
 *  7. No lock is held across a card command or a request.
 */
#include "service/wallet.h"

#include <string.h>

/* ---- Telling ------------------------------------------------------------------------------------------------------------ */

static struct kiosk_event event_of(enum kiosk_payment_phase phase, const struct payment *payment)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PAYMENT, .payment = {.phase = phase}};

    if (payment == NULL)
        return event;
    struct payment_facts facts = payment_facts(payment);
    g_strlcpy(event.payment.id, payment->id, sizeof event.payment.id);
    event.payment.load = payment->kind == PAYMENT_LOAD;
    event.payment.amount_fen = facts.amount_fen;
    event.payment.balance_after_fen = facts.balance_before_fen + facts.change_fen;
    if (phase == KIOSK_PAYMENT_CONFIRMED)
        g_strlcpy(event.payment.receipt_no, payment->receipt_no, sizeof event.payment.receipt_no);
    return event;
}

void wallet_tell(struct kiosk *kiosk, enum kiosk_payment_phase phase, const struct payment *payment, const char *reason)
{
    struct kiosk_event event = event_of(phase, payment);

    g_strlcpy(event.payment.reason, reason != NULL ? reason : "", sizeof event.payment.reason);
    kiosk_post(kiosk, &event, NULL);
}

void wallet_tell_settled(struct kiosk *kiosk, const struct payment *payment, bool recovered, int64_t balance_fen)
{
    bool paid = payment->state == PAYMENT_CONFIRMED;
    struct kiosk_event event = event_of(paid ? KIOSK_PAYMENT_CONFIRMED : KIOSK_PAYMENT_VOID, payment);

    event.payment.recovered = recovered;
    event.payment.balance_after_fen = balance_fen;
    kiosk_post(kiosk, &event, NULL);
}

static void tell_pin(struct kiosk *kiosk, enum kiosk_payment_phase phase, unsigned tries_left)
{
    struct kiosk_event event = event_of(phase, NULL);

    event.payment.tries_left = tries_left;
    kiosk_post(kiosk, &event, NULL);
}

static void tell_low(struct kiosk *kiosk, int64_t amount_fen, int64_t balance_fen)
{
    struct kiosk_event event = event_of(KIOSK_PAYMENT_LOW, NULL);

    event.payment.amount_fen = amount_fen;
    event.payment.balance_after_fen = balance_fen;
    event.payment.short_fen = MAX(0, amount_fen - balance_fen);
    kiosk_post(kiosk, &event, NULL);
}

void wallet_tell_not_prepared(struct kiosk *kiosk, const struct cc_port *port, int result, int64_t amount_fen)
{
    switch (result) {
    case CC_PIN_WRONG: /* 63Cx: x tries left */
        tell_pin(kiosk, KIOSK_PAYMENT_PIN_WRONG, port->last_sw & 0x0F);
        return;
    case CC_PIN_NEEDED:
        tell_pin(kiosk, KIOSK_PAYMENT_PIN_NEEDED, 0);
        return;
    case CC_PIN_BLOCKED:
        tell_pin(kiosk, KIOSK_PAYMENT_PIN_BLOCKED, 0);
        return;
    case CC_BALANCE_LOW:
        tell_low(kiosk, amount_fen, kiosk->session.identity.balance_fen);
        return;
    case CC_OTHER_CARD:
        wallet_tell(kiosk, KIOSK_PAYMENT_OTHER_CARD, NULL, "OTHER_CARD");
        return;
    case CC_ERR_SAM:
        /* Reset by something else, or worn out: the worker opens it anew, and says so when that fails. */
        kiosk->sam.sam.port.broken = true;
        wallet_tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, "NO_SAM");
        return;
    default:
        wallet_tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, cc_result_name(result));
    }
}

/* ---- States on disk ------------------------------------------------------------------------------------------------------- */

/* A refused transition is our own mistake and closes the till as well. */
bool wallet_write(struct kiosk *kiosk, struct payment *payment, enum payment_state state)
{
    enum payment_state before = payment->state;
    g_autoptr(GError) error = NULL;

    payment->state = state;
    json_t *data = payment_to_json(payment);
    bool done =
        data != NULL && store_append(kiosk->store, payment_event_type(payment->kind, state), data, NULL, &error);
    json_decref(data);
    if (!done) {
        g_critical("payment %s cannot be written: %s", payment->id, error != NULL ? error->message : "no memory");
        payment->state = before;
        kiosk->store_ok = false;
    }
    sync_kick(kiosk->sync);
    return done;
}

bool wallet_commit(struct kiosk *kiosk, struct payment *payment)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *receipt_no = store_receipt_no(kiosk->store, &error);

    if (receipt_no == NULL)
        kiosk->store_ok = false;
    else
        g_strlcpy(payment->receipt_no, receipt_no, sizeof payment->receipt_no);
    if (receipt_no != NULL && wallet_write(kiosk, payment, PAYMENT_COMMITTING))
        return true;
    wallet_tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, "STORE");
    return false;
}

bool wallet_settled(struct kiosk *kiosk, struct payment *payment, bool recovered, int64_t balance_fen)
{
    bool done = payment_facts(payment).state == CC_PURCHASE_CONFIRMED;

    if (!wallet_write(kiosk, payment, done ? PAYMENT_CONFIRMED : PAYMENT_VOID)) {
        wallet_tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, payment, "STORE");
        return false;
    }
    if (kiosk->session.present)
        kiosk->session.identity.balance_fen = balance_fen;
    wallet_tell_settled(kiosk, payment, recovered, balance_fen);
    return true;
}

bool wallet_outcome(struct kiosk *kiosk, struct payment *payment, int result)
{
    if (result == CC_OK || result == CC_DECLINED) {
        struct payment_facts facts = payment_facts(payment);
        bool done = facts.state == CC_PURCHASE_CONFIRMED;
        wallet_settled(kiosk, payment, false, facts.balance_before_fen + (done ? facts.change_fen : 0));
        return true;
    }
    payment->why = PAYMENT_WHY_CARD;
    wallet_write(kiosk, payment, PAYMENT_IN_DOUBT);
    return false;
}

/* ---- Gates: everything that can be said without touching the card ------------------------------------------------------------ */

/* NULL: go on. Else the reason's code. */
static const char *machine_closed(struct kiosk *kiosk)
{
    enum ladder ladder = health_ladder(kiosk);

    if (!health_store_ok(kiosk))
        return health_records_code(kiosk);
    if (health_revoked(kiosk))
        return "REVOKED";
    if (!health_clock_trusted(kiosk))
        return "CLOCK";
    if (ladder == LADDER_READING || ladder == LADDER_PUBLIC)
        return "HOTLIST_OLD";
    if (kiosk->sam.card.link == NULL)
        return "NO_SAM";
    return NULL;
}

/* The card may have been reported lost since it was laid there. */
static bool lost_meanwhile(struct kiosk *kiosk)
{
    g_autofree char *reason = store_hotlist_lookup(kiosk->store, kiosk->session.token);

    if (reason != NULL)
        kiosk->session.verdict = KIOSK_CARD_LOST;
    return reason != NULL;
}

bool wallet_gates(struct kiosk *kiosk)
{
    const char *reason = machine_closed(kiosk);

    if (!worker_card_asked(kiosk) || kiosk->session.identity.visitor) /* whether it lies there still the card itself is asked */
        wallet_tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, "NO_CARD");
    else if (lost_meanwhile(kiosk))
        wallet_tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, "CARD_LOST");
    else if (reason != NULL)
        wallet_tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, reason);
    else
        return true;
    return false;
}
