/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paying from the card's purse (F07, F08, domain 4.5), and settling what a pulled card left open.
 *
 *   gates ─► prepare (card INIT, PSAM 8070: nothing has changed)
 *         ─► COMMITTING on disk ─► DEBIT ─► CONFIRMED on disk ─► "paid" is told
 *                                     └───► VOID | IN_DOUBT on disk
 *   tap of a card with a doubt ─► prove, log, counter ─► CONFIRMED | VOID | still IN_DOUBT
 *
 * Invariants: (1) DEBIT never leaves before COMMITTING is durable. (2) One DEBIT a payment, for ever. (3) CONFIRMED is told
 * only after it is durable; when it cannot be made durable the payment stays open and is settled later. (4) One open doubt
 * a card; a card with a doubt pays nothing new. (5) No lock is held across a card command.
 */
#include "service/internal.h"

#include <string.h>
#include <time.h>

#define AGAIN_TRIES 3
#define AGAIN_MS    400

/* ---- Telling ------------------------------------------------------------------------------------------------------------ */

static void tell(struct kiosk *kiosk, enum kiosk_payment_phase phase, const struct payment *payment, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PAYMENT, .payment = {.phase = phase}};

    if (payment != NULL) {
        g_strlcpy(event.payment.id, payment->id, sizeof event.payment.id);
        event.payment.amount_fen = payment->purchase.amount_fen;
        event.payment.balance_after_fen =
            (int64_t)payment->purchase.balance_before_fen - payment->purchase.amount_fen;
        if (phase == KIOSK_PAYMENT_CONFIRMED)
            g_strlcpy(event.payment.receipt_no, payment->receipt_no, sizeof event.payment.receipt_no);
    }
    g_strlcpy(event.payment.reason, reason != NULL ? reason : "", sizeof event.payment.reason);
    kiosk_post(kiosk, &event, NULL);
}

static void tell_settled(struct kiosk *kiosk, const struct payment *payment, bool recovered, int64_t balance_fen)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PAYMENT,
                                .payment = {.recovered = recovered, .balance_after_fen = balance_fen}};
    bool paid = payment->state == PAYMENT_CONFIRMED;

    event.payment.phase = paid ? KIOSK_PAYMENT_CONFIRMED : KIOSK_PAYMENT_VOID;
    g_strlcpy(event.payment.id, payment->id, sizeof event.payment.id);
    event.payment.amount_fen = payment->purchase.amount_fen;
    if (paid)
        g_strlcpy(event.payment.receipt_no, payment->receipt_no, sizeof event.payment.receipt_no);
    kiosk_post(kiosk, &event, NULL);
}

static void tell_pin(struct kiosk *kiosk, enum kiosk_payment_phase phase, unsigned tries_left)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PAYMENT, .payment = {.phase = phase, .tries_left = tries_left}};
    kiosk_post(kiosk, &event, NULL);
}

static void tell_low(struct kiosk *kiosk, int64_t amount_fen, int64_t balance_fen)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PAYMENT,
                                .payment = {.phase = KIOSK_PAYMENT_LOW, .amount_fen = amount_fen,
                                            .balance_after_fen = balance_fen,
                                            .short_fen = MAX(0, amount_fen - balance_fen)}};
    kiosk_post(kiosk, &event, NULL);
}

/* ---- Writing states ------------------------------------------------------------------------------------------------------- */

static const char *event_type(enum payment_state state)
{
    switch (state) {
    case PAYMENT_COMMITTING:
        return "payment.committing";
    case PAYMENT_CONFIRMED:
        return "payment.confirmed";
    case PAYMENT_IN_DOUBT:
        return "payment.in_doubt";
    case PAYMENT_VOID:
        return "payment.void";
    case PAYMENT_INTENT:
        break;
    }
    return NULL;
}

/* False: not on disk, the payment in memory is back in the state that is. No more money is taken after a failure of the
 * disk; a refused transition is our own mistake and closes the till as well. */
static bool state_write(struct kiosk *kiosk, struct payment *payment, enum payment_state state)
{
    enum payment_state before = payment->state;
    g_autoptr(GError) error = NULL;

    payment->state = state;
    json_t *data = payment_to_json(payment);
    bool done = data != NULL && store_append(kiosk->store, event_type(state), data, NULL, &error);
    json_decref(data);
    if (!done) {
        g_critical("payment %s cannot be written: %s", payment->id, error != NULL ? error->message : "no memory");
        payment->state = before;
        kiosk->store_ok = false;
    }
    sync_kick(kiosk->sync);
    return done;
}

/* What the purse held right after the payment's end, when nothing else has happened to it since. */
static int64_t balance_by_payment(const struct payment *payment)
{
    bool paid = payment->purchase.state == CC_PURCHASE_CONFIRMED;
    return (int64_t)payment->purchase.balance_before_fen - (paid ? payment->purchase.amount_fen : 0);
}

/* The card settled it: put the outcome on disk, then tell. */
static bool settled(struct kiosk *kiosk, struct payment *payment, bool recovered, int64_t balance_fen)
{
    bool paid = payment->purchase.state == CC_PURCHASE_CONFIRMED;

    if (!state_write(kiosk, payment, paid ? PAYMENT_CONFIRMED : PAYMENT_VOID)) {
        tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, payment, "STORE");
        return false;
    }
    if (kiosk->session.present)
        kiosk->session.identity.balance_fen = balance_fen;
    tell_settled(kiosk, payment, recovered, balance_fen);
    return true;
}

/* ---- Gates: everything that can be said without touching the card ------------------------------------------------------------ */

/* NULL: go on. Else the reason's code. */
static const char *machine_closed(struct kiosk *kiosk)
{
    enum ladder ladder = health_ladder(kiosk);

    if (!health_store_ok(kiosk))
        return "STORE";
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

/* SV and F08 limits hold while the platform cannot be asked. */
static const char *limit_passed(struct kiosk *kiosk, int64_t amount_fen, GError **error)
{
    const struct kiosk_config *config = kiosk->config;
    struct store_usage usage = {0};

    if (health_ladder(kiosk) == LADDER_FULL)
        return NULL;
    if (!store_usage(kiosk->store, kiosk->session.card.card_number, ms_of_date(date_of_ms(health_now_ms(kiosk))), &usage, error))
        return "STORE";
    if (amount_fen > config->offline_payment_fen_max)
        return "LIMIT_PAYMENT";
    if (usage.card_day_fen + amount_fen > config->offline_card_day_fen_max)
        return "LIMIT_DAY";
    if (usage.unacknowledged_fen + amount_fen > config->offline_total_fen_max)
        return "LIMIT_TOTAL";
    if (usage.unacknowledged_count >= config->offline_count_max)
        return "LIMIT_COUNT";
    return NULL;
}

/* Take the bills into the payment; false when one of them is no longer to be paid or there are too many. */
static bool bills_take(struct kiosk *kiosk, struct payment *payment, char **bill_ids, int64_t *total_fen)
{
    *total_fen = 0;
    for (size_t i = 0; bill_ids[i] != NULL; i++) {
        int64_t amount_fen = store_bill_open_fen(kiosk->store, kiosk->session.token, bill_ids[i]);
        if (amount_fen <= 0 || i >= PAYMENT_BILLS_MAX)
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(bill_ids[i], bill_ids[j]) == 0)
                return false;
        g_strlcpy(payment->bills[i].id, bill_ids[i], sizeof payment->bills[i].id);
        payment->bills[i].amount_fen = amount_fen;
        payment->bill_count = i + 1;
        *total_fen += amount_fen;
    }
    return payment->bill_count > 0;
}

/* The card may have been reported lost since it was laid there. */
static bool lost_meanwhile(struct kiosk *kiosk)
{
    g_autofree char *reason = store_hotlist_lookup(kiosk->store, kiosk->session.token);

    if (reason != NULL)
        kiosk->session.verdict = KIOSK_CARD_LOST;
    return reason != NULL;
}

static bool gates_passed(struct kiosk *kiosk, struct payment *payment, char **bill_ids, int64_t *total_fen)
{
    const struct session *session = &kiosk->session;
    g_autoptr(GError) error = NULL;
    const char *reason = machine_closed(kiosk);

    if (!session->present || session->closed || session->verdict != KIOSK_CARD_OK || session->identity.visitor)
        tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, "NO_CARD");
    else if (lost_meanwhile(kiosk))
        tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, "CARD_LOST");
    else if (reason != NULL)
        tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, reason);
    else if (!bills_take(kiosk, payment, bill_ids, total_fen))
        tell(kiosk, KIOSK_PAYMENT_ELSEWHERE, NULL, "BILL");
    else if ((reason = limit_passed(kiosk, *total_fen, &error)) != NULL)
        tell(kiosk, KIOSK_PAYMENT_LIMIT, NULL, reason);
    else
        return true;
    return false;
}

/* ---- Recovery -------------------------------------------------------------------------------------------------------------- */

static struct cc_sam *sam_or_null(struct kiosk *kiosk)
{
    return kiosk->sam.card.link != NULL && !kiosk->sam.sam.port.broken ? &kiosk->sam.sam : NULL;
}

/* True when the doubt is over. */
static bool doubt_ask(struct kiosk *kiosk, struct cc_port *port, struct payment *payment, bool recovered)
{
    struct cc_purchase had = payment->purchase;
    int64_t balance_fen = 0;
    const struct cc_card card = {.family = payment->purchase.family};

    if (cc_purchase_resolve(port, sam_or_null(kiosk), &payment->purchase) != CC_OK) {
        payment->purchase = had;
        return false;
    }
    /* It may have been loaded or used since: what is told is what the card says now. */
    int64_t now_fen = cc_balance(port, &card, &balance_fen) == CC_OK ? balance_fen : balance_by_payment(payment);
    if (settled(kiosk, payment, recovered, now_fen))
        return true;
    payment->purchase = had; /* to be asked again when the disk takes the answer */
    return false;
}

/* The card may lie there still (a bad contact, an answer lost): ask a few times before the resident has to do anything. */
static void doubt_ask_again(struct kiosk *kiosk, struct payment *payment)
{
    for (int try = 0; try < AGAIN_TRIES; try++) {
        struct hall_card card = {0};
        struct cc_port port;

        clock_sleep_ms(AGAIN_MS);
        if (worker_card_open(kiosk, &card, &port) != CC_OK)
            continue;
        bool over = doubt_ask(kiosk, &port, payment, false);
        worker_card_close(kiosk, &card, false);
        if (over)
            return;
    }
    tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, payment, "CARD");
}

enum wallet_doubt wallet_recover(struct kiosk *kiosk, struct cc_port *port)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment_open(kiosk->store, kiosk->session.card.card_number, &error);

    if (error != NULL) {
        g_critical("open doubts cannot be read: %s", error->message);
        kiosk->store_ok = false;
        return WALLET_DOUBT_OPEN;
    }
    if (payment == NULL)
        return WALLET_DOUBT_NONE;
    bool over = doubt_ask(kiosk, port, payment, true);
    if (!over)
        tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, payment,
             !kiosk->store_ok ? "STORE" : port->broken ? "CARD" : "UNRESOLVED");
    payment_free(payment);
    return over ? WALLET_DOUBT_SETTLED : WALLET_DOUBT_OPEN;
}

/* ---- One payment ------------------------------------------------------------------------------------------------------------- */

static struct cc_time local_time(int64_t wall_ms)
{
    time_t seconds = wall_ms / 1000 + 8 * 3600; /* +08:00, the terminal's time zone on cards and receipts */
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return (struct cc_time){.year = (unsigned)tm.tm_year + 1900, .month = (unsigned)tm.tm_mon + 1,
                            .day = (unsigned)tm.tm_mday, .hour = (unsigned)tm.tm_hour,
                            .minute = (unsigned)tm.tm_min, .second = (unsigned)tm.tm_sec};
}

/* Nothing has changed anywhere: say why, in the resident's terms. */
static void tell_not_prepared(struct kiosk *kiosk, const struct cc_port *port, int result, int64_t amount_fen)
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
        tell(kiosk, KIOSK_PAYMENT_OTHER_CARD, NULL, "OTHER_CARD");
        return;
    case CC_ERR_SAM:
        /* Reset by something else, or worn out: the worker opens it anew, and says so when that fails. */
        kiosk->sam.sam.port.broken = true;
        tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, "NO_SAM");
        return;
    default:
        tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, cc_result_name(result));
    }
}

static bool intent_write(struct kiosk *kiosk, struct payment *payment)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *receipt_no = store_receipt_no(kiosk->store, &error);

    if (receipt_no == NULL) {
        kiosk->store_ok = false;
        return false;
    }
    payment->at_ms = health_now_ms(kiosk);
    payment->online = health_online(kiosk);
    uuid7(payment->at_ms, payment->id);
    g_strlcpy(payment->receipt_no, receipt_no, sizeof payment->receipt_no);
    payment->purchase.state = CC_PURCHASE_SENT;
    return state_write(kiosk, payment, PAYMENT_COMMITTING);
}

/* DEBIT and its outcome. False: in doubt, and the card should be asked again. */
static bool debit(struct kiosk *kiosk, struct cc_port *port, struct payment *payment)
{
    int result = cc_purchase_debit(port, &kiosk->sam.sam, &payment->purchase);

    if (result == CC_OK || result == CC_DECLINED) {
        settled(kiosk, payment, false, balance_by_payment(payment));
        return true;
    }
    state_write(kiosk, payment, PAYMENT_IN_DOUBT);
    return false;
}

/* Prepare, and make the intent durable. True when DEBIT may be sent. */
static bool intend(struct kiosk *kiosk, struct cc_port *port, struct payment *payment, int64_t total_fen, const char *pin)
{
    struct cc_time now = local_time(health_now_ms(kiosk));
    int result = cc_purchase_prepare(port, &kiosk->sam.sam, &kiosk->session.card, (uint32_t)total_fen, &now, pin,
                                     &payment->purchase);
    if (result != CC_OK) {
        tell_not_prepared(kiosk, port, result, total_fen);
        return false;
    }
    if (!intent_write(kiosk, payment)) {
        tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, "STORE");
        return false;
    }
    return true;
}

static void pay_on_card(struct kiosk *kiosk, struct payment *payment, int64_t total_fen, const char *pin)
{
    struct hall_card card = {0};
    struct cc_port port;
    bool in_doubt = false;

    int result = worker_card_open(kiosk, &card, &port);
    if (result != CC_OK) {
        tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, cc_result_name(result));
        return;
    }
    /* An older doubt of this card comes first, and whatever it ends as is all that this request does. */
    if (wallet_recover(kiosk, &port) == WALLET_DOUBT_NONE && intend(kiosk, &port, payment, total_fen, pin))
        in_doubt = !debit(kiosk, &port, payment);
    worker_card_close(kiosk, &card, pin != NULL);
    if (in_doubt)
        doubt_ask_again(kiosk, payment);
}

void wallet_pay(struct kiosk *kiosk, char **bill_ids, const char *pin)
{
    struct payment *payment = payment_new();
    int64_t total_fen = 0;

    if (bill_ids != NULL && gates_passed(kiosk, payment, bill_ids, &total_fen)) {
        tell(kiosk, KIOSK_PAYMENT_WORKING, NULL, NULL);
        pay_on_card(kiosk, payment, total_fen, pin);
    }
    payment_free(payment);
}
