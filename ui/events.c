/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine says, and where the person is led then. The other half is flow.c; services listen for themselves (service.h). */
#include "events.h"
#include "charge.h"
#include "flow.h"
#include "printing.h"
#include "service.h"
#include "shell.h"

static void on_status(struct ui *ui, const struct kiosk_status *status)
{
    unsigned news = 0;

    if (!ui->status_known || ui->status.reader != status->reader)
        news |= PAGE_NEWS_READER;
    if (!ui->status_known || ui->status.allowed != status->allowed)
        news |= PAGE_NEWS_ALLOWED;
    if (!ui->status_known || ui->status.online != status->online)
        news |= PAGE_NEWS_ONLINE;
    ui->status = *status;
    ui->status_known = true;
    flow_news(ui, news, true);
}

/* ---- The card ------------------------------------------------------------------------------------------------------ */

/* The same card is back and its doubt has been settled before the tap was told: do not greet over the answer. */
static bool answer_is_shown(const struct ui *ui, const struct kiosk_identity *identity)
{
    return ui->page == &page_result && ui->session.payment.recovered && !ui->session.active &&
           identity->card_last4[0] != '\0';
}

static bool page_outlives_card(const struct ui *ui)
{
    const struct page_class *page = flow_underneath(ui);

    if (page == &page_message) /* what happened to the money is read to its end */
        return !ui->session.message_is_card;
    return (page->flags & PAGE_OUTLIVES_CARD) != 0;
}

/* The page on the screen is what the last person left: language and size were theirs. */
static bool somebody_was_here(const struct ui *ui)
{
    return flow_underneath(ui) == &page_goodbye || page_outlives_card(ui) || (ui->page == &page_help_called && ui->help.left);
}

/* The page that waits for a card may lie under one aside, which is left for it. A tap of staff that ends a call for help is that and no more:
 * what waits for their card waits for the next one. */
static bool awaited(struct ui *ui, const struct kiosk_identity *identity)
{
    const struct page_class *page = flow_underneath(ui);
    bool came = ui->help.called && identity->staff;

    if (page->card == NULL)
        return false;
    if (ui->page != page)
        flow_go(ui, page);
    if (came)
        ui->help.called = false;
    return came || page->card(ui, identity);
}

static void on_good_card(struct ui *ui, const struct kiosk_identity *identity)
{
    if (awaited(ui, identity))
        return;
    if (answer_is_shown(ui, identity)) {
        ui->session.active = true;
        ui->session.identity = *identity;
        flow_refresh(ui, true);
        return;
    }
    if (ui->session.active || somebody_was_here(ui))
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
    if (flow_underneath(ui) == &page_doubt || (flow_underneath(ui)->flags & PAGE_AWAITS_CARD) != 0) { /* the money first: the page that asks for a card stays */
        flow_say(ui, message_of_verdict(card->verdict).headline);
        return;
    }
    if (somebody_was_here(ui))
        flow_forget_settings(ui);
    session_wipe(&ui->session);
    if (card->verdict == KIOSK_CARD_DEMO && ui->options.practice != NULL) {
        service_practice.enter(ui);
        return;
    }
    ui->session.verdict = card->verdict;
    ui->session.message_is_card = true;
    flow_go(ui, &page_message);
}

static void on_card_removed(struct ui *ui)
{
    bool had_person = ui->session.active;

    speech_stop(ui);
    ui->card_present = false;
    if ((ui->page->news & PAGE_NEWS_CARD) != 0) {
        flow_refresh(ui, true);
    } else if (page_outlives_card(ui)) {
        speech_forget(ui);
        charge_forget_person(ui);
        flow_refresh(ui, true);
    } else if (ui->page == &page_help_called) { /* who waits for help takes the card along */
        speech_forget(ui);
        session_wipe(&ui->session);
        ui->help.left = true; /* also of a lesson, which has put its person aside */
        ui->aside_back = &page_idle;
        flow_refresh(ui, false);
    } else if (had_person || ui->page == &page_message || flow_within(ui, &service_practice)) {
        flow_end(ui);
    }
}

static void on_help(struct ui *ui, const struct kiosk_help_event *help)
{
    bool shown = ui->page == &page_help_called;

    if (!ui->help.called) /* from before the program's start */
        ui->help.since_us = g_get_monotonic_time();
    ui->help.called = help->phase != KIOSK_HELP_ENDED;
    ui->help.answered = help->phase == KIOSK_HELP_ANSWERED;
    ui->help.red = help->red;
    ui->help.heard = help->heard;
    if (shown && !ui->help.called)
        flow_back(ui);
    else if (shown)
        flow_refresh(ui, ui->help.answered);
}

void events_tell(struct ui *ui, const struct kiosk_event *event)
{
    services_event(ui, event);
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
    case KIOSK_EVENT_PAYMENT:
        charge_event(ui, &event->payment);
        break;
    case KIOSK_EVENT_HELP:
        on_help(ui, &event->help);
        break;
    case KIOSK_EVENT_PRINT:
        printing_done(ui, &event->print);
        break;
    default: /* of one service: it has listened */
        break;
    }
}

void ui_event(void *data, const struct kiosk_event *event)
{
    struct ui *ui = data;

    if (!practice_minds(ui, event))
        events_tell(ui, event);
}
