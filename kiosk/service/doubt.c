/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery (drawn in wallet.c): the card on the reader is asked about its open doubts, our own first, then those that
 * other kiosks told the platform of; what the platform knows of ours is written down; staff see what is open and what to do.
 */
#include "service/wallet.h"

#include <openssl/crypto.h>
#include <string.h>

#define N_(text) text /* a wording of the catalogues */

#define AGAIN_TRIES 3
#define AGAIN_MS    400
#define STALE_MS    (7 * 86400000LL) /* the card's log has surely moved on */

/* ---- Asking a card ---------------------------------------------------------------------------------------------------------- */

static struct cc_sam *sam_or_null(struct kiosk *kiosk)
{
    return kiosk->sam.card.link != NULL && !kiosk->sam.sam.port.broken ? &kiosk->sam.sam : NULL;
}

/* Some cards tell their counter only after the PIN, and not all of those have a log that says the same. */
static int resolve(struct kiosk *kiosk, struct cc_port *port, struct payment *payment, const char *pin)
{
    return payment->kind == PAYMENT_LOAD
               ? cc_load_resolve(port, &payment->load)
               : cc_purchase_resolve_pin(port, sam_or_null(kiosk), &payment->purchase, pin);
}

static bool pin_refused(const struct cc_port *port, const char *pin)
{
    return pin != NULL && (port->last_sw >> 4 == 0x63C || port->last_sw == 0x6983);
}

/* It may have been loaded or used since: what is told is what the card says now. */
static int64_t balance_now(struct cc_port *port, const struct payment *payment)
{
    struct payment_facts facts = payment_facts(payment);
    const struct cc_card card = {.family = payment->kind == PAYMENT_LOAD ? payment->load.family
                                                                          : payment->purchase.family};
    int64_t balance_fen = 0;

    if (cc_balance(port, &card, &balance_fen) == CC_OK)
        return balance_fen;
    return facts.balance_before_fen + (facts.state == CC_PURCHASE_CONFIRMED ? facts.change_fen : 0);
}

/* True when the doubt is over. */
static bool own_ask(struct kiosk *kiosk, struct cc_port *port, struct payment *payment, bool recovered, const char *pin)
{
    struct payment had = *payment;
    bool over =
        resolve(kiosk, port, payment, pin) == CC_OK &&
        wallet_settled(kiosk, payment, recovered, balance_now(port, payment));

    if (!over)
        *payment = had; /* to be asked again when the card or the disk can */
    OPENSSL_cleanse(&had, sizeof had);
    return over;
}

void doubt_ask_again(struct kiosk *kiosk, struct payment *payment)
{
    for (int try = 0; try < AGAIN_TRIES; try++) {
        struct hall_card card = {0};
        struct cc_port port;

        clock_sleep_ms(AGAIN_MS);
        if (worker_card_open(kiosk, &card, &port) != CC_OK)
            continue;
        bool over = own_ask(kiosk, &port, payment, false, NULL);
        worker_card_close(kiosk, &card, false);
        if (over)
            return;
    }
    wallet_tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, payment, "CARD");
}

static const char *why_open(const struct kiosk *kiosk, const struct cc_port *port)
{
    return !kiosk->store_ok ? "STORE" : port->broken ? "CARD" : "UNRESOLVED";
}

static enum wallet_doubt own_recover(struct kiosk *kiosk, struct cc_port *port, const char *pin)
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
    bool over = own_ask(kiosk, port, payment, true, pin);
    if (!over)
        wallet_tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, payment, why_open(kiosk, port));
    payment_free(payment);
    return over ? WALLET_DOUBT_SETTLED : WALLET_DOUBT_OPEN;
}

/* ---- Doubts of other kiosks --------------------------------------------------------------------------------------------------- */

static bool elsewhere_write(struct kiosk *kiosk, const struct store_doubt *doubt)
{
    g_autoptr(GError) error = NULL;
    json_t *data = json_pack("{s:s, s:o}", "kiosk", doubt->kiosk, "payment", payment_to_json(&doubt->payment));
    bool done = data != NULL && store_append(kiosk->store, "doubt.settled", data, NULL, &error);

    json_decref(data);
    if (!done) {
        g_critical("the doubt %s cannot be settled on disk: %s", doubt->payment.id,
                   error != NULL ? error->message : "no memory");
        kiosk->store_ok = false;
    }
    sync_kick(kiosk->sync);
    return done;
}

static bool elsewhere_ask(struct kiosk *kiosk, struct cc_port *port, struct store_doubt *doubt, const char *pin)
{
    struct payment *payment = &doubt->payment;

    if (resolve(kiosk, port, payment, pin) != CC_OK)
        return false;
    payment_set_outcome(payment, payment_facts(payment).state == CC_PURCHASE_CONFIRMED ? PAYMENT_CONFIRMED
                                                                                         : PAYMENT_VOID);
    int64_t balance_fen = balance_now(port, payment);
    if (!elsewhere_write(kiosk, doubt))
        return false;
    kiosk->session.identity.balance_fen = balance_fen;
    wallet_tell_settled(kiosk, payment, true, balance_fen);
    return true;
}

static enum wallet_doubt elsewhere_recover(struct kiosk *kiosk, struct cc_port *port, const char *pin)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) doubts = store_doubts(kiosk->store, kiosk->session.token, &error);
    enum wallet_doubt result = WALLET_DOUBT_NONE;

    if (doubts == NULL) {
        g_critical("doubts of other kiosks cannot be read: %s", error->message);
        kiosk->store_ok = false;
        return WALLET_DOUBT_OPEN;
    }
    for (guint i = 0; i < doubts->len; i++) {
        struct store_doubt *doubt = g_ptr_array_index(doubts, i);
        if (elsewhere_ask(kiosk, port, doubt, pin)) {
            result = MAX(result, WALLET_DOUBT_SETTLED);
            continue;
        }
        result = WALLET_DOUBT_OPEN;
        wallet_tell(kiosk, KIOSK_PAYMENT_IN_DOUBT, &doubt->payment, why_open(kiosk, port));
        if (pin_refused(port, pin))
            break; /* a wrong one is tried once, however many doubts there are */
    }
    return result;
}

enum wallet_doubt wallet_recover(struct kiosk *kiosk, struct cc_port *port, const char *pin)
{
    enum wallet_doubt own = own_recover(kiosk, port, pin);

    return own == WALLET_DOUBT_OPEN ? own : MAX(own, elsewhere_recover(kiosk, port, pin));
}

/* ---- What the platform says of ours -------------------------------------------------------------------------------------------- */

static void verdict_tell(struct kiosk *kiosk, const struct payment *payment)
{
    struct payment_facts facts = payment_facts(payment);
    bool here = kiosk->session.present && strcmp(kiosk->session.card.card_number, facts.card_number) == 0;

    g_message("payment %s is over, by %s: %s", payment->id, payment_settler_name(payment->settled_by),
              payment_state_name(payment->state));
    if (here)
        wallet_tell_settled(kiosk, payment, true, kiosk->session.identity.balance_fen);
}

void wallet_follow(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = kiosk->store_ok ? store_doubt_verdict(kiosk->store, &error) : NULL;

    if (error != NULL)
        g_warning("the platform's word on a doubt cannot be read: %s", error->message);
    if (payment == NULL)
        return;
    if (wallet_write(kiosk, payment, payment->state))
        verdict_tell(kiosk, payment);
    payment_free(payment);
}

/* ---- For staff -------------------------------------------------------------------------------------------------------------------- */

/* Sentences are msgids of the screen's catalogues; codes are for programs. */
static void step_fill(struct kiosk *kiosk, struct kiosk_doubt *item)
{
    if (!kiosk->store_ok) {
        g_strlcpy(item->step, "DISK", sizeof item->step);
        item->sentence = N_("The disk does not take the answer. Call the technician; nothing is lost.");
    } else if (item->age_ms > STALE_MS) {
        g_strlcpy(item->step, "TWO_PEOPLE", sizeof item->step);
        item->sentence = N_("The card did not come back for a week. "
                            "Two colleagues decide on the platform, by the operator's clearing.");
    } else if (item->here) {
        g_strlcpy(item->step, "CARD_AGAIN", sizeof item->step);
        item->sentence = N_("Lift the card and put it onto the reader again, flat, until the tick.");
    } else {
        g_strlcpy(item->step, "ASK_HOLDER", sizeof item->step);
        item->sentence = N_("Ask the holder to put the same card onto any kiosk. Do not charge again.");
    }
}

static void happened_fill(struct kiosk_doubt *item, enum payment_why why)
{
    bool stopped = why == PAYMENT_WHY_STOPPED;

    g_strlcpy(item->happened, stopped ? "STOPPED" : "CARD", sizeof item->happened);
    item->what = stopped ? N_("The machine stopped, or its disk failed, before the outcome was known.")
                         : N_("The card was lifted too early, or did not answer.");
}

static void item_fill(struct kiosk *kiosk, struct kiosk_doubt *item, const struct payment *payment, const char *taken_at)
{
    struct payment_facts facts = payment_facts(payment);
    size_t digits = strlen(facts.card_number);

    g_strlcpy(item->id, payment->id, sizeof item->id);
    g_strlcpy(item->kiosk, taken_at, sizeof item->kiosk);
    g_strlcpy(item->card_last4, digits > 4 ? facts.card_number + digits - 4 : "", sizeof item->card_last4);
    item->load = payment->kind == PAYMENT_LOAD;
    item->amount_fen = facts.amount_fen;
    item->at_ms = payment->at_ms;
    item->age_ms = MAX(0, health_now_ms(kiosk) - payment->at_ms);
    item->own = strcmp(taken_at, kiosk->enrolment.kiosk_id) == 0;
    item->here = kiosk->session.present && strcmp(kiosk->session.card.card_number, facts.card_number) == 0;
    happened_fill(item, payment->why);
    step_fill(kiosk, item);
}

void wallet_doubts_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) own = store_payments_open(kiosk->store, &error);
    g_autoptr(GPtrArray) others = own != NULL ? store_doubts(kiosk->store, NULL, &error) : NULL;
    struct kiosk_event event = {.kind = KIOSK_EVENT_DOUBTS};

    if (others == NULL) {
        g_warning("doubts: %s", error->message);
        kiosk_post(kiosk, &event, NULL);
        return;
    }
    struct kiosk_doubt *items = g_new0(struct kiosk_doubt, own->len + others->len + 1);
    for (guint i = 0; i < own->len; i++)
        item_fill(kiosk, &items[event.doubts.count++], g_ptr_array_index(own, i), kiosk->enrolment.kiosk_id);
    for (guint i = 0; i < others->len; i++) {
        const struct store_doubt *doubt = g_ptr_array_index(others, i);
        item_fill(kiosk, &items[event.doubts.count++], &doubt->payment, doubt->kiosk);
    }
    event.doubts.items = items;
    kiosk_post(kiosk, &event, items);
}
