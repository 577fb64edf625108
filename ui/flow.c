/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which page follows which, and what is asked of the machine.
 *
 *   IDLE --card--> GREETING --> HOME --> BILLS --> CONFIRM --> WORKING --> RESULT
 *    ^  \--> NOTICES --> NOTICE   |--> WALLET         ^ PIN <----|  |---> DOUBT (same card back)
 *    |                            '--> NOTICES        '----------'  '---> MESSAGE (nothing was taken)
 *    '-- GOODBYE <-- done, time-out, card taken (but RESULT, DOUBT and what follows WORKING are read first)
 *
 * HELP is reached from everywhere and leads back there. events.c has the other half: what the machine says.
 */
#include "flow.h"
#include "device/voice.h"
#include "shell.h"
#include "watch.h"

/* ---- Time --------------------------------------------------------------------------------------------------------- */

static bool settings_differ(const struct ui *ui)
{
    return ui->size != TEXT_STD || ui->contrast || ui->voice_on != ui->options.config->voice ||
           texts_language() != ui->options.language;
}

static void mind_time(struct ui *ui)
{
    const struct page_class *class = page_class_of(ui->page);
    bool elder = ui_elder(ui) || ui->size != TEXT_STD;
    unsigned limit_ms = elder ? ui->times.still_there_elder_ms : ui->times.still_there_ms;

    if (ui->watch == NULL || (ui->page == PAGE_IDLE && !settings_differ(ui)))
        return;
    if (ui->page == PAGE_IDLE)
        watch_start(ui->watch, ui->times.still_there_ms, 0);
    else if ((class->flags & PAGE_UNHURRIED) != 0 && (ui->card_present || ui->page != PAGE_WORKING))
        watch_stop(ui->watch);
    else if (ui->page == PAGE_DOUBT)
        watch_start(ui->watch, ui->times.still_there_elder_ms, 0);
    else if ((class->flags & PAGE_OUTLIVES_CARD) != 0 && !ui->card_present)
        watch_start(ui->watch, ui->times.after_card_ms, 0);
    else
        watch_start(ui->watch, limit_ms, ui->times.warning_ms);
}

/* ---- Pages -------------------------------------------------------------------------------------------------------- */

/* The next person starts with the machine's own settings. */
void flow_forget_settings(struct ui *ui)
{
    if (!settings_differ(ui))
        return;
    ui->size = TEXT_STD;
    ui->contrast = false;
    ui->voice_on = ui->options.config->voice;
    texts_use(ui->options.language);
    texts_use_large(false);
    theme_set_size(GTK_WIDGET(ui_window(ui)), TEXT_STD);
    theme_set_contrast(GTK_WIDGET(ui_window(ui)), false);
    shell_rebuild_frame(ui->shell);
}

static void show(struct ui *ui, enum page_id page, bool aloud)
{
    if (ui->watch != NULL)
        watch_stop(ui->watch);
    ui->page = page;
    shell_show(ui->shell, page_class_of(page), aloud);
    mind_time(ui);
}

void flow_go(struct ui *ui, enum page_id page)
{
    if (page != PAGE_PIN)
        session_pin_wipe(&ui->session);
    if (page == PAGE_IDLE)
        flow_forget_settings(ui);
    show(ui, page, true);
}

void flow_refresh(struct ui *ui, bool aloud)
{
    show(ui, ui->page, aloud);
}

void flow_home(struct ui *ui)
{
    if (ui->session.active)
        flow_go(ui, PAGE_HOME);
    else
        flow_end(ui);
}

void flow_back(struct ui *ui)
{
    enum page_id back = page_class_of(ui->page)->back;

    if (ui->page == PAGE_HELP)
        flow_go(ui, ui->help_back);
    else if (back == PAGE_HOME || back == PAGE_IDLE)
        flow_home(ui);
    else
        flow_go(ui, back);
}

void flow_help(struct ui *ui)
{
    if (ui->page != PAGE_HELP)
        ui->help_back = ui->page;
    flow_go(ui, PAGE_HELP);
    flow_say(ui, _("Help is wanted here, please."));
}

void flow_end(struct ui *ui)
{
    bool card_present = ui->card_present;

    if (card_present && ui->backend != NULL)
        ui->backend->end(ui->kiosk);
    voice_stop(ui->voice);
    if (!ui->session.active && !card_present) {
        session_wipe(&ui->session);
        flow_go(ui, PAGE_IDLE);
        return;
    }
    session_wipe(&ui->session);
    flow_go(ui, PAGE_GOODBYE);
}

/* ---- Requests ------------------------------------------------------------------------------------------------------ */

void flow_bills(struct ui *ui)
{
    ui->backend->bills(ui->kiosk);
    flow_go(ui, PAGE_BILLS);
}

void flow_notices(struct ui *ui)
{
    ui->backend->notices(ui->kiosk);
    flow_go(ui, PAGE_NOTICES);
}

void flow_notice(struct ui *ui, size_t index)
{
    g_assert(index < ui->notice_count);
    ui->notice = ui->notices[index];
    if (ui->backend->notice_read != NULL)
        ui->backend->notice_read(ui->kiosk, ui->notice.id);
    flow_go(ui, PAGE_NOTICE);
}

void flow_pay(struct ui *ui)
{
    g_autofree const char **ids = session_chosen_ids(&ui->session);

    if (ids[0] == NULL)
        return;
    ui->session.paid_for = true;
    ui->session.print = PRINT_NONE;
    ui->backend->pay(ui->kiosk, ids, ui->session.pin[0] != '\0' ? ui->session.pin : NULL);
    flow_go(ui, PAGE_WORKING); /* wipes the PIN */
}

void flow_print(struct ui *ui)
{
    if (ui->session.print == PRINT_RUNNING || ui->session.payment.id[0] == '\0')
        return;
    ui->session.print = PRINT_RUNNING;
    ui->backend->print(ui->kiosk, ui->session.payment.id, texts_code(texts_language()));
    flow_refresh(ui, false);
}

void flow_message_action(struct ui *ui, enum message_action action)
{
    if (action == MESSAGE_HELP)
        flow_help(ui);
    else if (action == MESSAGE_HOME)
        flow_home(ui);
    else if (!ui->session.active || action == MESSAGE_END)
        flow_end(ui);
    else if (action == MESSAGE_BILLS)
        flow_bills(ui);
    else
        flow_go(ui, PAGE_CONFIRM);
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

void flow_toggle_voice(struct ui *ui)
{
    ui->voice_on = !ui->voice_on;
    if (ui->voice_on) {
        flow_refresh(ui, true);
    } else {
        voice_stop(ui->voice);
        shell_update(ui->shell);
    }
}

void flow_toggle_language(struct ui *ui)
{
    texts_use((texts_language() + 1) % LANGUAGE_COUNT);
    shell_rebuild_frame(ui->shell);
    flow_refresh(ui, true);
}

void flow_say(struct ui *ui, const char *text)
{
    voice_say(ui->voice, texts_code(texts_language()), text);
}

void flow_begin(struct ui *ui, const struct kiosk_identity *identity)
{
    session_wipe(&ui->session);
    ui->session.active = true;
    ui->session.identity = *identity;
    if (identity->elder && ui->size == TEXT_STD)
        flow_set_size(ui, TEXT_LARGE); /* EL-1 */
    if (!identity->visitor)
        ui->backend->bills(ui->kiosk);
    flow_go(ui, PAGE_GREETING);
}
