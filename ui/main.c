/* SPDX-License-Identifier: Apache-2.0 */
/*
 * citycard-kiosk. The window is drawn first, the machine behind it is opened after the first frame: whoever stands there sees
 * the idle page at once, and a store or platform that takes its time is told on it in words.
 */
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lockdown.h"
#include "service/doors.h"
#include "service/practice.h"
#include "sync/sync.h"
#include "ui.h"

#define OPEN_AGAIN_S 10

struct app {
    char *data_dir, *language, *size;
    char *enrol_code, *platform_url, *ca_file, *kiosk_id;
    struct doors doors;
    gboolean first_frame, quit_after_first_frame, version, gpu;
    struct kiosk_config *config;
    struct kiosk *kiosk;
    struct ui *ui;
    GMainLoop *loop;
    gulong paint_handler;
};

/* ---- Options ---------------------------------------------------------------------------------------------------------- */

static bool options_parse(struct app *app, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &app->data_dir, "Folder of this kiosk's data", "DIR"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &app->language, "Language of a new session: zh_CN or en", "CODE"},
        {"windowed", 0, 0, G_OPTION_ARG_STRING, &app->size, "In a window that may be closed, e.g. 720x1280", "WxH"},
        {"gpu", 0, 0, G_OPTION_ARG_NONE, &app->gpu, "Draw with OpenGL", NULL},
        {"enrol", 0, 0, G_OPTION_ARG_STRING, &app->enrol_code, "Enrol with a one-time code, then end", "CODE"},
        {"platform", 0, 0, G_OPTION_ARG_STRING, &app->platform_url, "With --enrol: the platform", "URL"},
        {"ca", 0, 0, G_OPTION_ARG_FILENAME, &app->ca_file, "With --enrol: its certificate authority", "FILE"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &app->kiosk_id, "With --enrol: this kiosk's id", "ID"},
        {"first-frame", 0, 0, G_OPTION_ARG_NONE, &app->first_frame, "Print a line when the first frame is drawn", NULL},
        {"quit-after-first-frame", 0, 0, G_OPTION_ARG_NONE, &app->quit_after_first_frame, "… and end", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &app->version, "Print the version", NULL},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("— the community service kiosk");

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_group(context, doors_group(&app->doors));
    if (!g_option_context_parse(context, argc, argv, error))
        return false;
    if (*argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "'%s' means nothing here", (*argv)[1]);
        return false;
    }
    if (app->language != NULL && !g_str_equal(app->language, "en") && !g_str_equal(app->language, "zh_CN")) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--lang is zh_CN or en");
        return false;
    }
    if (app->data_dir == NULL)
        app->data_dir = g_build_filename(g_get_user_data_dir(), "citycard", NULL);
    return true;
}

/* ---- Enrolment ---------------------------------------------------------------------------------------------------------- */

static void replace(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

static bool enrol(struct app *app, GError **error)
{
    if (app->platform_url == NULL || app->ca_file == NULL || app->kiosk_id == NULL) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            "--enrol needs --platform, --ca and --id");
        return false;
    }
    if (!sync_enrol(app->data_dir, app->platform_url, app->ca_file, app->kiosk_id, app->enrol_code, error))
        return false;
    replace(&app->config->kiosk_id, app->kiosk_id);
    replace(&app->config->platform_url, app->platform_url);
    return kiosk_config_save(app->config, error);
}

/* ---- The machine behind the window ---------------------------------------------------------------------------------------- */

static gboolean machine_open(void *data)
{
    struct app *app = data;
    g_autoptr(GError) error = NULL;

    app->kiosk = kiosk_new(app->config, ui_event, app->ui, &error);
    if (app->kiosk != NULL) {
        ui_attach(app->ui, &ui_backend_kiosk, app->kiosk);
        return G_SOURCE_REMOVE;
    }
    g_warning("the kiosk cannot start: %s", error->message);
    struct kiosk_event closed = {.kind = KIOSK_EVENT_STATUS,
                                 .status = {.reader = KIOSK_READER_READY, .sam_ready = true, .clock_trusted = true,
                                            .hotlist_age_ms = -1, .store_ok = false,
                                            .allowed = KIOSK_ALLOWED_PUBLIC}};
    ui_event(app->ui, &closed);
    return G_SOURCE_CONTINUE;
}

static void first_frame(GdkFrameClock *clock, struct app *app)
{
    g_signal_handler_disconnect(clock, app->paint_handler);
    if (app->first_frame) {
        puts("first-frame");
        fflush(stdout);
    }
    if (app->quit_after_first_frame) {
        g_main_loop_quit(app->loop);
        return;
    }
    if (machine_open(app) == G_SOURCE_CONTINUE)
        g_timeout_add_seconds(OPEN_AGAIN_S, machine_open, app);
}

/* ---- The window ------------------------------------------------------------------------------------------------------------- */

static bool window_size(struct app *app, int *width, int *height)
{
    GListModel *monitors = gdk_display_get_monitors(gdk_display_get_default());
    g_autoptr(GdkMonitor) monitor = g_list_model_get_item(monitors, 0);
    GdkRectangle area = {.width = 1080, .height = 1920};

    if (app->size != NULL)
        return sscanf(app->size, "%5dx%5d", width, height) == 2 && *width >= 320 && *height >= 320;
    if (monitor != NULL)
        gdk_monitor_get_geometry(monitor, &area);
    *width = area.width;
    *height = area.height;
    return true;
}

static gboolean on_signal(void *data)
{
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static gboolean on_close(GtkWindow *window, struct app *app)
{
    g_main_loop_quit(app->loop);
    return TRUE;
}

/* A stop in the middle of a lesson has left it. */
static void lessons_wipe(const struct app *app)
{
    g_autofree char *folder = g_build_filename(app->config->data_dir, PRACTICE_FOLDER, NULL);
    g_autoptr(GError) error = NULL;

    if (!practice_wipe(folder, &error))
        g_warning("%s", error->message);
}

static int run(struct app *app)
{
    struct ui_options options = {.config = app->config,
                                 .language = texts_parse(app->language ? app->language : app->config->language),
                                 .practice = &ui_practice_kiosk,
                                 .windowed = app->size != NULL};

    if (!gtk_init_check()) {
        g_printerr("citycard-kiosk: no display\n");
        return 1;
    }
    if (!window_size(app, &options.width, &options.height)) {
        g_printerr("citycard-kiosk: --windowed takes a size like 720x1280\n");
        return 2;
    }
    lessons_wipe(app);
    app->loop = g_main_loop_new(NULL, FALSE);
    app->ui = ui_new(&options);
    GtkWindow *window = ui_window(app->ui);
    if (options.windowed)
        g_signal_connect(window, "close-request", G_CALLBACK(on_close), app);
    gtk_window_present(window);
    app->paint_handler = g_signal_connect(gtk_widget_get_frame_clock(GTK_WIDGET(window)), "after-paint",
                                          G_CALLBACK(first_frame), app);
    g_unix_signal_add(SIGTERM, on_signal, app->loop);
    g_unix_signal_add(SIGINT, on_signal, app->loop);
    g_main_loop_run(app->loop);
    ui_free(app->ui);
    kiosk_free(app->kiosk);
    g_main_loop_unref(app->loop);
    return 0;
}

/* Without a GPU the GL renderer costs five times the memory and three times the start. */
static void settle_gdk(bool gpu)
{
    if (!gpu) {
        g_setenv("GSK_RENDERER", "cairo", TRUE);
        g_setenv("GDK_DEBUG", "gl-disable", TRUE);
    }
    /* All looks are ours: GTK need not read its own style sheet first, a sixth of the start. */
    g_setenv("GTK_THEME", "Empty", TRUE);
}

/* PINs and names pass through this process: it leaves no core file. */
static void refuse_cores(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        g_warning("core files cannot be switched off");
}

static void app_clear(struct app *app)
{
    kiosk_config_free(app->config);
    g_free(app->data_dir);
    g_free(app->language);
    g_free(app->size);
    g_free(app->enrol_code);
    g_free(app->platform_url);
    g_free(app->ca_file);
    g_free(app->kiosk_id);
    doors_clear(&app->doors);
}

int main(int argc, char **argv)
{
    struct app app = {0};
    g_autoptr(GError) error = NULL;
    int result = 2;

    refuse_cores();
    lockdown_clear_environment();
    g_setenv("TSS2_LOG", "all+NONE", FALSE); /* the TPM library's own lines say nothing that ours do not */
    texts_init(NULL);
    g_set_prgname("org.citycard.Kiosk");
    if (!options_parse(&app, &argc, &argv, &error)) {
        g_printerr("citycard-kiosk: %s\n", error->message);
    } else if (app.version) {
        printf("citycard-kiosk %s\n", CITYCARD_VERSION);
        result = 0;
    } else if (g_mkdir_with_parents(app.data_dir, 0700) != 0 ||
               (app.config = kiosk_config_load(app.data_dir, &error)) == NULL) {
        g_printerr("citycard-kiosk: %s: %s\n", app.data_dir, error ? error->message : "cannot be made");
        result = 1;
    } else if (doors_wanted(&app.doors)) {
        result = doors_run(&app.doors, app.config);
    } else if (app.enrol_code != NULL) {
        result = enrol(&app, &error) ? 0 : 1;
        if (result != 0)
            g_printerr("citycard-kiosk: not enrolled: %s\n", error->message);
    } else {
        settle_gdk(app.gpu);
        result = run(&app);
    }
    app_clear(&app);
    return result;
}
