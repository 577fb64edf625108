/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which page follows which.
 *
 *   IDLE --card--> GREETING --> HOME --> a service's pages … --> what it charges (charge.h):
 *    ^  \--> what needs no card   ^                        WORKING --> RESULT
 *    |                            |            review <-- PIN <--|  |--> DOUBT (same card back)
 *    |                            '-- home                         '--> MESSAGE (nothing was taken)
 *    '-- GOODBYE <-- done, time-out, card taken (but RESULT, DOUBT and what follows WORKING are read first)
 *
 * The way back is a trail of pages: leaving one puts it on the trail, going to one that is on it cuts the trail there, and a
 * page that only passes (PIN, WORKING, …) is never on it. HELP and SOUND are reached from everywhere and lead back there; a call for help stays when the card is taken. events.c has
 * the other half: what the machine says.
 */
#include "flow.h"
#include "charge.h"
#include "service.h"
#include "shell.h"
#include "watch.h"

#define LESSON_SLOWER 2 /* who learns has twice the time */

/* ---- Time --------------------------------------------------------------------------------------------------------- */

bool flow_settings_differ(const struct ui *ui)
{
    return ui->size != TEXT_STD || ui->contrast || ui->bar_left || ui->low || ui->voice_on != ui->options.config->voice || speech_is_changed(ui) ||
           texts_language() != ui->options.language;
}

static void mind_time(struct ui *ui)
{
    const struct page_class *class = ui->page;
    bool elder = ui_elder(ui) || ui->size != TEXT_STD || (class->flags & PAGE_AWAITS_CARD) != 0; /* whose card comes is not known */
    unsigned limit_ms = (elder ? ui->times.still_there_elder_ms : ui->times.still_there_ms) * (ui->practising.on ? LESSON_SLOWER : 1);

    if (ui->watch == NULL || (ui->page == &page_idle && !flow_settings_differ(ui)))
        return;
    if (ui->page == &page_idle)
        watch_start(ui->watch, ui->times.still_there_ms, 0);
    else if ((class->flags & PAGE_UNHURRIED) != 0 && (ui->card_present || ui->page != &page_working))
        watch_stop(ui->watch);
    else if (ui->page == &page_doubt)
        watch_start(ui->watch, ui->times.still_there_elder_ms, 0);
    else if ((class->flags & (PAGE_OUTLIVES_CARD | PAGE_AWAITS_CARD)) == PAGE_OUTLIVES_CARD && !ui->card_present)
        watch_start(ui->watch, ui->times.after_card_ms, 0);
    else
        watch_start(ui->watch, limit_ms, ui->times.warning_ms);
}

/* ---- Pages -------------------------------------------------------------------------------------------------------- */

/* The next person starts with the machine's own settings. */
void flow_forget_settings(struct ui *ui)
{
    speech_forget(ui);
    if (!flow_settings_differ(ui))
        return;
    ui->size = TEXT_STD;
    ui->contrast = ui->bar_left = ui->low = false;
    ui->voice_on = ui->options.config->voice;
    speech_reset(ui);
    texts_use(ui->options.language);
    texts_use_large(false);
    theme_set_size(GTK_WIDGET(ui_window(ui)), TEXT_STD);
    theme_set_contrast(GTK_WIDGET(ui_window(ui)), false);
    shell_rebuild_frame(ui->shell);
}

static void show(struct ui *ui, const struct page_class *page, bool aloud)
{
    if (ui->watch != NULL)
        watch_stop(ui->watch);
    ui->page = page;
    shell_show(ui->shell, page, aloud);
    mind_time(ui);
    practice_shown(ui);
}

/* Leave the page on the screen behind, and forget what lies behind the next one when the way led over it before. */
static void follow_trail(struct ui *ui, const struct page_class *page)
{
    if ((page->flags & PAGE_ROOT) != 0)
        ui->trail_len = 0;
    for (size_t i = 0; i < ui->trail_len; i++)
        if (ui->trail[i] == page) {
            ui->trail_len = i;
            return;
        }
    if ((page->flags & PAGE_ROOT) != 0 || ui->page == page || (ui->page->flags & (PAGE_PASSING | PAGE_ROOT)) != 0)
        return;
    g_assert(ui->trail_len < G_N_ELEMENTS(ui->trail));
    ui->trail[ui->trail_len++] = ui->page;
}

void flow_go(struct ui *ui, const struct page_class *page)
{
    if (page != ui->page)
        session_pin_wipe(&ui->session);
    if (page == &page_idle)
        flow_forget_settings(ui);
    follow_trail(ui, page);
    show(ui, page, true);
}

/* ---- Kept for next time --------------------------------------------------------------------------------------------- */

static struct kiosk_preference wishes(const struct ui *ui)
{
    return (struct kiosk_preference){.size = (unsigned)ui->size,
                                     .contrast = ui->contrast,
                                     .voice = ui->voice_on,
                                     .slow = ui->speech.slow,
                                     .english = texts_language() == LANGUAGE_EN,
                                     .left = ui->bar_left,
                                     .low = ui->low};
}

static bool wishes_same(const struct kiosk_preference *a, const struct kiosk_preference *b)
{
    return a->size == b->size && a->contrast == b->contrast && a->voice == b->voice && a->slow == b->slow && a->english == b->english &&
           a->left == b->left && a->low == b->low;
}

void flow_kept(struct ui *ui, bool kept)
{
    ui->session.identity.preference_kept = kept;
    ui->session.identity.preference = kept ? wishes(ui) : (struct kiosk_preference){0};
}

void flow_keep(struct ui *ui, bool keep)
{
    flow_kept(ui, keep);
    ui->backend->mine(ui->kiosk, &(struct kiosk_mine_request){.ask = keep ? KIOSK_MINE_ASK_KEEP : KIOSK_MINE_ASK_GIVE_UP,
                                                               .preference = ui->session.identity.preference});
}

/* Whatever changed it, the page is built again behind it. */
static void wishes_follow(struct ui *ui)
{
    const struct kiosk_preference now = wishes(ui);

    if (ui->session.active && ui->session.identity.preference_kept && !wishes_same(&now, &ui->session.identity.preference))
        flow_keep(ui, true);
}

/* Before the person's first page is drawn. */
static void wishes_meet(struct ui *ui, const struct kiosk_preference *wanted)
{
    texts_use(wanted->english ? LANGUAGE_EN : LANGUAGE_ZH);
    ui->contrast = wanted->contrast;
    theme_set_contrast(GTK_WIDGET(ui_window(ui)), wanted->contrast);
    ui->voice_on = wanted->voice;
    speech_set_slow(ui, wanted->slow);
    ui->bar_left = wanted->left;
    ui->low = wanted->low;
    flow_set_size(ui, (enum text_size)MIN(wanted->size, (unsigned)TEXT_SIZE_COUNT - 1));
}

void flow_refresh(struct ui *ui, bool aloud)
{
    wishes_follow(ui);
    show(ui, ui->page, aloud);
}

void flow_news(struct ui *ui, unsigned news, bool aloud)
{
    if ((ui->page->news & news) != 0)
        flow_refresh(ui, aloud);
    else
        shell_update(ui->shell);
}

void flow_home(struct ui *ui)
{
    if (ui->page != flow_underneath(ui) && (flow_underneath(ui) == &page_working || flow_underneath(ui) == &page_doubt))
        flow_back(ui); /* the money first: they have no way home themselves */
    else if (practice_finish(ui))
        return;
    else if (ui->session.active)
        flow_go(ui, &page_home);
    else
        flow_end(ui);
}

const struct page_class *flow_underneath(const struct ui *ui)
{
    return (ui->page->flags & PAGE_ASIDE) != 0 ? ui->aside_back : ui->page;
}

bool flow_within(const struct ui *ui, const struct service *service)
{
    return flow_underneath(ui)->service == service;
}

void flow_back(struct ui *ui)
{
    if (ui->page->back != NULL && ui->page->back(ui))
        return;
    if ((ui->page->flags & PAGE_ASIDE) != 0)
        flow_go(ui, ui->aside_back);
    else if (ui->trail_len == 0)
        flow_home(ui);
    else
        flow_go(ui, ui->trail[ui->trail_len - 1]);
}

/* From one page aside to another: both lead back to where the first was called from. */
static void go_aside(struct ui *ui, const struct page_class *page)
{
    ui->aside_back = flow_underneath(ui);
    flow_go(ui, page);
}

void flow_sound(struct ui *ui)
{
    go_aside(ui, &page_sound);
}

void flow_help(struct ui *ui)
{
    go_aside(ui, ui->help.called ? &page_help_called : &page_help);
}

void flow_help_call(struct ui *ui, bool red)
{
    ui->help.called = true;
    ui->help.red = red;
    ui->help.answered = ui->help.left = false;
    ui->help.heard = ui->status_known && ui->status.online;
    ui->help.since_us = g_get_monotonic_time();
    if (ui->machine.backend != NULL)
        ui->machine.backend->help(ui->machine.kiosk, red ? KIOSK_HELP_ASK_RED : KIOSK_HELP_ASK_GREEN);
    flow_go(ui, &page_help_called);
    flow_say(ui, _("Help is wanted here, please."));
}

void flow_help_over(struct ui *ui)
{
    ui->help.called = false;
    if (ui->machine.backend != NULL)
        ui->machine.backend->help(ui->machine.kiosk, KIOSK_HELP_ASK_END);
    flow_back(ui);
}

void flow_end(struct ui *ui)
{
    if (practice_finish(ui))
        return;
    practice_leave(ui);
    bool card_present = ui->card_present;

    if (card_present && ui->backend != NULL)
        ui->backend->end(ui->kiosk);
    speech_stop(ui);
    speech_reset(ui);
    if (!ui->session.active && !card_present) {
        session_wipe(&ui->session);
        flow_go(ui, &page_idle);
        return;
    }
    session_wipe(&ui->session);
    flow_go(ui, &page_goodbye);
}

void flow_message_action(struct ui *ui, enum message_action action)
{
    const struct charge *charge = ui->session.charge;

    if (action == MESSAGE_HELP)
        flow_help(ui);
    else if (!ui->session.active || action == MESSAGE_END)
        flow_end(ui);
    else if (charge == NULL || action == MESSAGE_HOME)
        flow_home(ui);
    else if (action == MESSAGE_ANEW)
        charge->anew(ui);
    else
        flow_go(ui, charge->review);
}

/* ---- How it looks and sounds ---------------------------------------------------------------------------------------- */

void flow_set_size(struct ui *ui, enum text_size size)
{
    ui->size = size;
    texts_use_large(size != TEXT_STD);
    theme_set_size(GTK_WIDGET(ui_window(ui)), size);
    shell_rebuild_frame(ui->shell);
}

void flow_next_size(struct ui *ui)
{
    flow_set_size(ui, (ui->size + 1) % TEXT_SIZE_COUNT);
    flow_refresh(ui, false);
}

void flow_set_contrast(struct ui *ui, bool high)
{
    ui->contrast = high;
    theme_set_contrast(GTK_WIDGET(ui_window(ui)), high);
    flow_refresh(ui, false);
}

void flow_set_bar_left(struct ui *ui, bool left)
{
    ui->bar_left = left;
    shell_rebuild_frame(ui->shell);
    flow_refresh(ui, false);
}

void flow_set_low(struct ui *ui, bool low)
{
    ui->low = low;
    shell_rebuild_frame(ui->shell);
    flow_refresh(ui, false);
}

void flow_toggle_voice(struct ui *ui)
{
    ui->voice_on = !ui->voice_on;
    speech_stop(ui);
    flow_refresh(ui, ui->voice_on);
}

void flow_toggle_language(struct ui *ui)
{
    texts_use((texts_language() + 1) % LANGUAGE_COUNT);
    shell_rebuild_frame(ui->shell);
    flow_refresh(ui, true);
}

void flow_say(struct ui *ui, const char *text)
{
    speech_say(ui, text);
}

void flow_take(struct ui *ui, const struct kiosk_identity *identity)
{
    session_wipe(&ui->session);
    speech_forget(ui);
    ui->session.active = true;
    ui->session.identity = *identity;
    if (identity->preference_kept)
        wishes_meet(ui, &identity->preference);
    else if (identity->elder && ui->size == TEXT_STD)
        flow_set_size(ui, TEXT_LARGE); /* EL-1 */
    services_begin(ui);
}

void flow_begin(struct ui *ui, const struct kiosk_identity *identity)
{
    flow_take(ui, identity);
    flow_go(ui, &page_greeting);
}
