/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lessons: the swap of the machine, and the way in and out. What is said on the way is in practice_words.c, the pages of its own in
 * services/practice.c.
 *
 *   choose ─► practice_start(): the kiosk's machine, rooms and person aside ─► begin ─► home ─► the service's own pages ─► done
 *     done ─► Home, Finish ─► practice_leave() ─► what was learnt
 *     time-out, its card taken, "Leave practice", money of the kiosk's own ─► practice_leave() ─► as without a lesson
 *
 * Invariant: while .on, ui->backend and ui->kiosk are the practice machine's, and ui->machine is asked for help (flow.c), and counts lessons, and no more.
 */
#include "practice.h"
#include "charge.h"
#include "events.h"
#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "shell.h"

#include <openssl/crypto.h>

#define REPEATS_MAX 4

static void on_event(void *data, const struct kiosk_event *event);

/* By nobody's name, at the kiosk's own machine: it tells the platform the sums. */
static void count(struct ui *ui, const char *what)
{
    g_autofree char *name = g_strdup_printf("kiosk.lesson.%s.%s", lesson_name(ui->practising.lesson), what);

    if (ui->machine.backend->notice_read != NULL)
        ui->machine.backend->notice_read(ui->machine.kiosk, name);
}

/* ---- In ------------------------------------------------------------------------------------------------------------ */

/* What is known of the machine and of who is there, aside. */
static void put_aside(struct ui *ui, enum lesson lesson)
{
    struct practising *practising = &ui->practising;

    *practising = (struct practising){.lesson = lesson,
                                      .rooms = ui->rooms,
                                      .status = ui->status,
                                      .status_known = ui->status_known,
                                      .card_present = ui->card_present,
                                      .began_with_card = ui->card_present,
                                      .person = ui->session.active,
                                      .identity = ui->session.identity};
}

bool practice_start(struct ui *ui, enum lesson lesson)
{
    const struct practice_ways *ways = ui->options.practice;
    g_autofree char *folder = ways != NULL ? g_build_filename(ui->options.config->data_dir, PRACTICE_FOLDER, NULL) : NULL;
    g_autoptr(GError) error = NULL;
    void *kiosk = NULL, *machine = ways != NULL ? ways->open(on_event, ui, folder, &kiosk, &error) : NULL;

    if (machine == NULL) {
        g_message("no lesson: %s", error != NULL ? error->message : "there is no machine to learn on");
        return false;
    }
    put_aside(ui, lesson);
    ui->practising.on = true;
    ui->practising.machine = machine;
    ui->rooms = (struct rooms){0};
    ui->status_known = ui->card_present = false;
    session_wipe(&ui->session);
    ui->backend = ways->backend;
    ui->kiosk = kiosk;
    count(ui, "started");
    services_attach(ui);
    return true;
}

/* ---- Out ----------------------------------------------------------------------------------------------------------- */

static void forget_card(struct practising *practising)
{
    practising->person = practising->came = false;
    OPENSSL_cleanse(&practising->identity, sizeof practising->identity);
    OPENSSL_cleanse(&practising->card, sizeof practising->card);
}

void practice_leave(struct ui *ui)
{
    struct practising *practising = &ui->practising;

    if (!practising->on)
        return;
    practising->on = false;
    g_clear_handle_id(&practising->repeat, g_source_remove);
    ui->options.practice->close(g_steal_pointer(&practising->machine));
    session_wipe(&ui->session);
    rooms_clear(&ui->rooms);
    ui->rooms = practising->rooms;
    practising->rooms = (struct rooms){0};
    ui->backend = ui->machine.backend;
    ui->kiosk = ui->machine.kiosk;
    ui->status = practising->status;
    ui->status_known = practising->status_known;
    ui->card_present = practising->card_present;
    forget_card(practising);
}

/* The same, and whose card lies there is known again, by this. False: nobody's. */
static bool leave_to(struct ui *ui, void (*person)(struct ui *ui, const struct kiosk_identity *identity))
{
    struct kiosk_identity identity = ui->practising.identity;
    bool there = ui->practising.person;

    practice_leave(ui);
    if (there)
        person(ui, &identity);
    OPENSSL_cleanse(&identity, sizeof identity);
    return there;
}

/* Whoever learnt is not who came: nothing of theirs is on the screen when that card is met. */
static bool meet_who_came(struct ui *ui)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD, .card = ui->practising.card};

    if (!ui->practising.came)
        return false;
    practice_leave(ui);
    flow_go(ui, &page_idle);
    events_tell(ui, &event);
    OPENSSL_cleanse(&event, sizeof event);
    return true;
}

void practice_exit(struct ui *ui)
{
    if (meet_who_came(ui))
        return;
    if (leave_to(ui, flow_take))
        flow_go(ui, &page_home);
    else
        flow_end(ui);
}

bool practice_finish(struct ui *ui)
{
    if (!ui->practising.on || !ui->practising.done)
        return false;
    if (meet_who_came(ui))
        return true;
    leave_to(ui, flow_take);
    flow_go(ui, &page_learnt);
    return true;
}

/* ---- The kiosk's own machine meanwhile ------------------------------------------------------------------------------ */

static void card_noted(struct ui *ui, const struct kiosk_card_event *card)
{
    struct practising *practising = &ui->practising;

    practising->card_present = true;
    practising->came = !practising->began_with_card || card->verdict != KIOSK_CARD_OK; /* else the one that leads the lesson, told again */
    practising->card = *card;
    practising->person = card->verdict == KIOSK_CARD_OK;
    practising->identity = practising->person ? card->identity : (struct kiosk_identity){0};
    flow_say(ui, _("You are practising. Touch Leave practice to use your card."));
}

/* Who waits for help goes on waiting. */
static bool card_gone(struct ui *ui)
{
    struct practising *practising = &ui->practising;
    bool waits = ui->page == &page_help_called, over = practising->began_with_card;

    forget_card(practising);
    practising->card_present = false;
    if (!over)
        return true;
    practice_leave(ui);
    ui->aside_back = &page_idle; /* no page of the lesson is left to lead back to */
    if (waits)
        return false;
    flow_end(ui);
    return true;
}

/* A doubt of the card that was put there is settled: their money comes before any lesson. */
static bool money_told(struct ui *ui, const struct kiosk_payment_event *payment)
{
    if (payment->phase == KIOSK_PAYMENT_WORKING)
        return true;
    leave_to(ui, flow_begin);
    return false;
}

bool practice_minds(struct ui *ui, const struct kiosk_event *event)
{
    if (!ui->practising.on)
        return false;
    switch (event->kind) {
    case KIOSK_EVENT_STATUS:
        ui->practising.status = event->status;
        ui->practising.status_known = true;
        return true;
    case KIOSK_EVENT_CARD:
        card_noted(ui, &event->card);
        return true;
    case KIOSK_EVENT_CARD_REMOVED:
        return card_gone(ui);
    case KIOSK_EVENT_PAYMENT:
        return money_told(ui, &event->payment);
    case KIOSK_EVENT_HELP:
        return false;
    default: /* the answer to what was asked before */
        return true;
    }
}

/* ---- The machine to learn on ---------------------------------------------------------------------------------------- */

static bool is_done(enum lesson lesson, const struct kiosk_event *event)
{
    switch (lesson) {
    case LESSON_BILLS:
        return event->kind == KIOSK_EVENT_PAYMENT && event->payment.phase == KIOSK_PAYMENT_CONFIRMED;
    case LESSON_REPORT:
        return event->kind == KIOSK_EVENT_TICKETS && event->tickets.phase == KIOSK_TICKET_FILED;
    case LESSON_SIGN_IN:
        return event->kind == KIOSK_EVENT_CREDIT && event->credit.phase == KIOSK_CREDIT_IN;
    default:
        return event->kind == KIOSK_EVENT_ORDERS && event->orders.phase == KIOSK_ORDER_PLACED;
    }
}

/* It lies there before anybody has read the first page to its end. */
static void card_laid(struct ui *ui, const struct kiosk_card_event *card)
{
    if (card->verdict != KIOSK_CARD_OK) {
        g_warning("the practice card cannot be read: %d", card->verdict);
        practice_exit(ui);
        return;
    }
    ui->card_present = true;
    flow_take(ui, &card->identity);
    flow_refresh(ui, false);
}

static void on_event(void *data, const struct kiosk_event *event)
{
    struct ui *ui = data;

    if (!ui->practising.on || event->kind == KIOSK_EVENT_HELP || event->kind == KIOSK_EVENT_CARD_REMOVED)
        return;
    if (!ui->practising.done && is_done(ui->practising.lesson, event)) {
        ui->practising.done = true;
        count(ui, "finished");
    }
    if (event->kind == KIOSK_EVENT_CARD)
        card_laid(ui, &event->card);
    else
        events_tell(ui, event);
}

/* ---- Again ------------------------------------------------------------------------------------------------------------ */

static gboolean say_again(gpointer data)
{
    struct ui *ui = data;
    g_autofree char *hint = practice_hint(ui);

    if (!ui->voice_on || shell_touched_within(ui->shell, ui->times.lesson_repeat_ms))
        return G_SOURCE_CONTINUE;
    flow_say(ui, hint);
    if (++ui->practising.repeats < REPEATS_MAX)
        return G_SOURCE_CONTINUE;
    ui->practising.repeat = 0;
    return G_SOURCE_REMOVE;
}

bool practice_guides(const struct ui *ui)
{
    return ui->practising.on && (ui->page->flags & PAGE_ASIDE) == 0;
}

void practice_shown(struct ui *ui)
{
    struct practising *practising = &ui->practising;

    g_clear_handle_id(&practising->repeat, g_source_remove);
    practising->repeats = 0;
    if (practice_guides(ui))
        practising->repeat = g_timeout_add(ui->times.lesson_repeat_ms, say_again, ui);
}

bool practice_wants(const struct ui *ui, const struct service *service)
{
    return ui->practising.on && service == lesson_service(ui->practising.lesson);
}

bool practice_elsewhere(struct ui *ui, const struct service *service)
{
    if (!ui->practising.on || practice_wants(ui, service))
        return false;
    g_autofree char *hint = practice_hint(ui);
    flow_say(ui, hint);
    return true;
}
