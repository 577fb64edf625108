/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine says, and where the person is led then. The other half is flow.c. */
#include "flow.h"
#include "device/voice.h"
#include "kit/kit.h"
#include "shell.h"

#include <openssl/crypto.h>

#define NOTICES_MAX 200

/* ---- The machine -------------------------------------------------------------------------------------------------- */

static void on_status(struct ui *ui, const struct kiosk_status *status)
{
    bool reader_changed = !ui->status_known || ui->status.reader != status->reader;
    bool allowed_changed = !ui->status_known || ui->status.allowed != status->allowed;

    ui->status = *status;
    ui->status_known = true;
    if ((ui->page == PAGE_IDLE && reader_changed) || (ui->page == PAGE_BILLS && allowed_changed))
        flow_refresh(ui, true);
    else
        shell_update(ui->shell);
}

static void on_notices(struct ui *ui, const struct kiosk_notice *items, size_t count)
{
    g_free(ui->notices);
    ui->notice_count = MIN(count, NOTICES_MAX);
    ui->notices = g_new0(struct kiosk_notice, MAX(ui->notice_count, 1));
    for (size_t i = 0; i < ui->notice_count; i++)
        ui->notices[i] = items[i];
    ui->notices_known = true;
    if (ui->page == PAGE_NOTICES)
        flow_refresh(ui, true);
}

/* ---- The card ------------------------------------------------------------------------------------------------------ */

/* The same card is back and its doubt has been settled before the tap was told: do not greet over the answer. */
static bool answer_is_shown(const struct ui *ui, const struct kiosk_identity *identity)
{
    return ui->page == PAGE_RESULT && ui->session.payment.recovered && !ui->session.active &&
           identity->card_last4[0] != '\0';
}

static void on_good_card(struct ui *ui, const struct kiosk_identity *identity)
{
    if (answer_is_shown(ui, identity)) {
        ui->session.active = true;
        ui->session.identity = *identity;
        flow_refresh(ui, true);
        return;
    }
    if (ui->session.active || ui->page == PAGE_GOODBYE || ui->page == PAGE_RESULT)
        flow_forget_settings(ui);
    flow_begin(ui, identity);
}

static void on_card(struct ui *ui, const struct kiosk_card_event *card)
{
    ui->card_present = true;
    if (card->verdict == KIOSK_CARD_OK) {
        on_good_card(ui, &card->identity);
        return;
    }
    if (ui->page == PAGE_DOUBT) { /* the money first: the page that says "put the same card back" stays */
        flow_say(ui, message_of_verdict(card->verdict).headline);
        return;
    }
    session_wipe(&ui->session);
    ui->session.verdict = card->verdict;
    ui->session.message_is_card = true;
    flow_go(ui, PAGE_MESSAGE);
}

/* What the page still has to say needs no name and no bills. */
static void forget_person(struct ui *ui)
{
    struct kiosk_payment_event payment = ui->session.payment;
    enum print_state print = ui->session.print;

    session_wipe(&ui->session);
    ui->session.payment = payment;
    ui->session.print = print;
}

static bool page_outlives_card(const struct ui *ui)
{
    enum page_id page = ui->page == PAGE_HELP ? ui->help_back : ui->page;

    if (page == PAGE_MESSAGE)
        return !ui->session.message_is_card;
    return (page_class_of(page)->flags & PAGE_OUTLIVES_CARD) != 0;
}

static void on_card_removed(struct ui *ui)
{
    bool had_person = ui->session.active;

    ui->card_present = false;
    if (ui->page == PAGE_GOODBYE || ui->page == PAGE_WORKING) {
        flow_refresh(ui, true);
    } else if (page_outlives_card(ui)) {
        forget_person(ui);
        flow_refresh(ui, true);
    } else if (had_person || ui->page == PAGE_MESSAGE) {
        flow_end(ui);
    }
}

/* ---- Bills and payments ------------------------------------------------------------------------------------------- */

static void on_bills(struct ui *ui, const struct kiosk_event *event)
{
    if (!ui->session.active)
        return; /* the answer came after the person had left */
    session_take_bills(&ui->session, event->bills.items, event->bills.count, event->bills.asof_ms);
    if (ui->page == PAGE_HOME || ui->page == PAGE_BILLS)
        flow_refresh(ui, ui->page == PAGE_BILLS);
}

static enum page_id page_of_phase(enum kiosk_payment_phase phase)
{
    switch (phase) {
    case KIOSK_PAYMENT_WORKING:
        return PAGE_WORKING;
    case KIOSK_PAYMENT_CONFIRMED:
        return PAGE_RESULT;
    case KIOSK_PAYMENT_IN_DOUBT:
        return PAGE_DOUBT;
    case KIOSK_PAYMENT_PIN_NEEDED:
    case KIOSK_PAYMENT_PIN_WRONG:
        return PAGE_PIN;
    default:
        return PAGE_MESSAGE;
    }
}

/* Bills that were paid, or may have been, are asked for anew; those on the screen no longer hold. */
static void renew_bills(struct ui *ui)
{
    if (!ui->session.active)
        return;
    session_take_bills(&ui->session, NULL, 0, 0);
    ui->session.bills_known = false;
    ui->backend->bills(ui->kiosk);
}

static void on_payment(struct ui *ui, const struct kiosk_payment_event *payment)
{
    enum page_id page = page_of_phase(payment->phase);
    bool waited_for = ui->page == PAGE_WORKING || ui->page == PAGE_DOUBT ||
                      (ui->page == PAGE_HELP && ui->help_back == PAGE_WORKING);

    if (!ui->card_present && !waited_for)
        return; /* nobody is here to read it; the machine keeps it */
    ui->session.payment = *payment;
    ui->session.message_is_card = false;
    if (page == PAGE_RESULT || page == PAGE_DOUBT || payment->phase == KIOSK_PAYMENT_ELSEWHERE)
        renew_bills(ui);
    if (page == PAGE_RESULT) {
        ui->session.print = PRINT_NONE;
        ui->session.identity.balance_fen = payment->balance_after_fen;
    }
    if (page != PAGE_WORKING && page != PAGE_PIN && !ui->card_present)
        forget_person(ui);
    if (page != PAGE_WORKING || ui->page != PAGE_WORKING)
        flow_go(ui, page);
}

static void on_print(struct ui *ui, const struct kiosk_print_event *print)
{
    g_strlcpy(ui->printer_reason,
              print->ok                  ? ""
              : print->reason[0] != '\0' ? print->reason
                                         : "FAILED",
              sizeof ui->printer_reason);
    if (ui->session.print == PRINT_RUNNING)
        ui->session.print = print->ok ? PRINT_DONE : PRINT_FAILED;
    if (ui->page == PAGE_RESULT)
        flow_refresh(ui, true);
    else
        shell_update(ui->shell);
}

void ui_event(void *data, const struct kiosk_event *event)
{
    struct ui *ui = data;

    switch (event->kind) {
    case KIOSK_EVENT_STATUS:
        on_status(ui, &event->status);
        break;
    case KIOSK_EVENT_CARD:
        on_card(ui, &event->card);
        break;
    case KIOSK_EVENT_CARD_REMOVED:
        on_card_removed(ui);
        break;
    case KIOSK_EVENT_BILLS:
        on_bills(ui, event);
        break;
    case KIOSK_EVENT_PAYMENT:
        on_payment(ui, &event->payment);
        break;
    case KIOSK_EVENT_PRINT:
        on_print(ui, &event->print);
        break;
    case KIOSK_EVENT_NOTICES:
        on_notices(ui, event->notices.items, event->notices.count);
        break;
    case KIOSK_EVENT_DOUBTS: /* the staff's door asks for these, no page does */
    case KIOSK_EVENT_CREDIT: /* likewise: no page of residents asks for it yet */
    case KIOSK_EVENT_PERSON: /* likewise */
    case KIOSK_EVENT_RATING: /* likewise */
        break;
    }
}
