/* SPDX-License-Identifier: Apache-2.0 */
#include "ui.h"
#include "model/help.h"
#include "flow.h"
#include "kit/kit.h"
#include "service.h"
#include "shell.h"
#include "watch.h"

static const struct ui_times normal_times = {
    .still_there_ms = 60000,
    .still_there_elder_ms = 120000,
    .warning_ms = 20000,
    .greeting_ms = 2500,
    .greeting_elder_ms = 4000,
    .goodbye_ms = 4000,
    .after_card_ms = 30000,
    .help_ms = HELP_WAIT_MS,
    .lesson_repeat_ms = 20000,
    .strike_ms = 500,
};

static void on_warn(void *data, unsigned seconds)
{
    struct ui *ui = data;

    shell_warn(ui->shell, seconds);
}

static void on_calm(void *data)
{
    struct ui *ui = data;

    shell_calm(ui->shell);
}

static void on_expired(void *data)
{
    practice_leave(data);
    flow_end(data);
}

static const struct watch_calls calls = {.warn = on_warn, .calm = on_calm, .expired = on_expired};

/* The built-in theme "Empty" has no rules: all looks are ours, and its big sibling's need not be read at start. */
static void settle_gtk(void)
{
    g_object_set(gtk_settings_get_default(), "gtk-theme-name", "Empty", "gtk-enable-animations", FALSE,
                 "gtk-cursor-blink", FALSE, "gtk-font-name", "Noto Sans CJK SC 18", NULL);
}

struct ui *ui_new(const struct ui_options *options)
{
    struct ui *ui = g_new0(struct ui, 1);

    g_assert(options->config != NULL && options->width > 0 && options->height > 0);
    ui->options = *options;
    if (ui->options.services == NULL)
        ui->options.services = services;
    ui->times = normal_times;
    ui->voice_on = options->config->voice;
    speech_start(ui);
    texts_set_locale();
    texts_use(options->language);
    texts_use_large(false);
    settle_gtk();
    theme_load(options->config->panel_inches, options->width, options->height);
    ui->shell = shell_new(ui);
    ui->watch = watch_new(GTK_WIDGET(shell_window(ui->shell)), &calls, ui);
    theme_set_size(GTK_WIDGET(shell_window(ui->shell)), ui->size);
    flow_go(ui, &page_idle);
    return ui;
}

void ui_free(struct ui *ui)
{
    if (ui == NULL)
        return;
    practice_leave(ui);
    watch_free(ui->watch);
    shell_free(ui->shell);
    speech_end(ui);
    session_wipe(&ui->session);
    rooms_clear(&ui->rooms);
    g_free(ui);
}

void ui_attach(struct ui *ui, const struct ui_backend *backend, void *kiosk)
{
    ui->backend = ui->machine.backend = backend;
    ui->kiosk = ui->machine.kiosk = kiosk;
    services_attach(ui);
}

GtkWindow *ui_window(struct ui *ui)
{
    return shell_window(ui->shell);
}

bool ui_landscape(const struct ui *ui)
{
    return ui->options.width > ui->options.height;
}

bool ui_elder(const struct ui *ui)
{
    return ui->session.active && ui->session.identity.elder;
}
