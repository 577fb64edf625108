/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery (drawn in wallet.c): the card on the reader is asked about its open doubts, our own first, then those that
 * other kiosks told the platform of; what the platform knows of ours is written down; staff see what is open and what to do.
 */
#include "service/doubt-list.h"
#include "service/wallet.h"

#include <openssl/crypto.h>
#include <string.h>

#define AGAIN_TRIES 3
#define AGAIN_MS    400

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
    kiosk->stirred_ms = clock_boot_ms(); /* there may be more */
    if (wallet_write(kiosk, payment, payment->state))
        verdict_tell(kiosk, payment);
    payment_free(payment);
}

/* ---- For staff -------------------------------------------------------------------------------------------------------------------- */

void wallet_doubts_tell(struct kiosk *kiosk)
{
    const struct doubt_view view = {.kiosk_id = kiosk->enrolment.kiosk_id,
                                    .card_number = kiosk->session.present ? kiosk->session.card.card_number : "",
                                    .store_ok = kiosk->store_ok,
                                    .now_ms = health_now_ms(kiosk)};
    struct kiosk_event event = {.kind = KIOSK_EVENT_DOUBTS};
    g_autoptr(GError) error = NULL;
    struct kiosk_doubt *items = doubt_list(kiosk->store, &view, &event.doubts.count, &error);

    if (items == NULL)
        g_warning("doubts: %s", error->message);
    event.doubts.items = items;
    kiosk_post(kiosk, &event, items);
}
