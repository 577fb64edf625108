/* SPDX-License-Identifier: Apache-2.0 */
#include "charge.h"
#include "flow.h"
#include "shell.h"

void charge_ask(struct ui *ui, const struct charge *charge)
{
    struct session *session = &ui->session;

    if (!charge->ask(ui, session->pin[0] != '\0' ? session->pin : NULL))
        return;
    session->charge = charge;
    flow_go(ui, &page_working); /* wipes the PIN */
}

static const struct page_class *page_of_phase(enum kiosk_payment_phase phase)
{
    switch (phase) {
    case KIOSK_PAYMENT_WORKING:
        return &page_working;
    case KIOSK_PAYMENT_CONFIRMED:
        return &page_result;
    case KIOSK_PAYMENT_IN_DOUBT:
        return &page_doubt;
    case KIOSK_PAYMENT_PIN_NEEDED:
    case KIOSK_PAYMENT_PIN_WRONG:
        return &page_pin;
    default:
        return &page_message;
    }
}

void charge_event(struct ui *ui, const struct kiosk_payment_event *payment)
{
    const struct page_class *page = page_of_phase(payment->phase), *under = flow_underneath(ui);
    bool waited_for = under == &page_working || under == &page_doubt;

    if (!ui->card_present && !waited_for)
        return; /* nobody is here to read it; the machine keeps it */
    if (page == &page_pin && ui->session.charge == NULL)
        return; /* who asked for this has left: nothing could be done with the PIN */
    ui->session.payment = *payment;
    if (payment->id[0] == '\0' && ui->session.charge != NULL)
        ui->session.payment.load = ui->session.charge->load;
    ui->session.message_is_card = false;
    if (page == &page_result)
        ui->session.identity.balance_fen = payment->balance_after_fen;
    if (page != &page_working && page != &page_pin && !ui->card_present)
        charge_forget_person(ui);
    if (page != &page_working || ui->page != &page_working)
        flow_go(ui, page);
}

void charge_forget_person(struct ui *ui)
{
    struct kiosk_payment_event payment = ui->session.payment;
    struct session_print print = ui->session.print;
    struct rooms kept;

    rooms_clear_others(&ui->session.rooms, flow_underneath(ui));
    kept = ui->session.rooms;
    ui->session.rooms = (struct rooms){0};
    session_wipe(&ui->session);
    ui->session.rooms = kept;
    ui->session.payment = payment;
    ui->session.print = print;
}
