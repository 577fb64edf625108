/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include <glib/gstdio.h>

#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "shell.h"

void scene_offline(struct kiosk_status *status)
{
    status->online = false;
    status->allowed = KIOSK_ALLOWED_OFFLINE_LIMITS;
}

void scene_offline_long(struct kiosk_status *status)
{
    scene_offline(status);
    status->allowed = KIOSK_ALLOWED_READING;
}

static void no_reader(struct kiosk_status *status)
{
    status->reader = KIOSK_READER_NONE;
}

static void no_service_no_sam(struct kiosk_status *status)
{
    scene_offline(status);
    status->reader = KIOSK_READER_NO_SERVICE;
    status->sam_ready = false;
}

static void idle(struct stage *stage)
{
    stage_status(stage, NULL);
}

static void idle_notice(struct stage *stage)
{
    idle(stage);
    stage_notices_calm(stage, 3, NULL, false);
    stage->ui->idle_turn = 1;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
}

/* A picture wider than high, on the disk for as long as it is read. */
static void idle_photo(struct stage *stage)
{
    g_autofree char *path = g_build_filename(g_get_user_runtime_dir(), "photo.png", NULL);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1600, 900);
    cairo_t *cr = cairo_create(surface);

    cairo_set_source_rgb(cr, 0.75, 0.85, 0.7);
    cairo_paint(cr);
    cairo_set_source_rgb(cr, 0.2, 0.4, 0.25);
    cairo_arc(cr, 800, 450, 300, 0, 7);
    cairo_fill(cr);
    cairo_destroy(cr);
    g_assert_cmpint(cairo_surface_write_to_png(surface, path), ==, CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
    idle(stage);
    stage_notices_calm(stage, 3, path, false);
    stage->ui->idle_turn = 1;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void idle_urgent(struct stage *stage)
{
    stage_status(stage, no_reader);
    stage_notices(stage, 4);
    stage_settle(stage);
}

static void idle_offline(struct stage *stage)
{
    stage_status(stage, scene_offline);
}

static void idle_no_reader(struct stage *stage)
{
    stage_status(stage, no_reader);
}

static void idle_next_kiosk(struct stage *stage)
{
    stage->config.next_kiosk = (char *)"社区食堂门口 Door of the canteen";
    stage_status(stage, no_reader);
}

static void idle_much_trouble(struct stage *stage)
{
    stage_status(stage, no_service_no_sam);
}

static void greeting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
}

static void greeting_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
}

void scene_home(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_bills(stage, 3);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void home_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void help(struct stage *stage)
{
    scene_home(stage);
    flow_help(stage->ui);
    stage_settle(stage);
}

static void help_called_as(struct stage *stage, bool red, bool heard)
{
    help(stage);
    flow_help_call(stage->ui, red);
    stage_help(stage, KIOSK_HELP_CALLED, red, heard);
}

static void help_green(struct stage *stage)
{
    help_called_as(stage, false, true);
}

static void help_red(struct stage *stage)
{
    help_called_as(stage, true, true);
}

static void help_unheard(struct stage *stage)
{
    help_called_as(stage, false, false);
}

static void help_answered(struct stage *stage)
{
    help_called_as(stage, false, true);
    stage_help(stage, KIOSK_HELP_ANSWERED, false, true);
}

static void settings(struct stage *stage)
{
    scene_home(stage);
    service_settings.enter(stage->ui);
    stage_settle(stage);
}

static void settings_left(struct stage *stage)
{
    settings(stage);
    stage->ui->voice_on = true;
    flow_set_bar_left(stage->ui, true);
    stage_settle(stage);
}

static void sound(struct stage *stage)
{
    scene_home(stage);
    flow_sound(stage->ui);
    stage_settle(stage);
}

static void sound_without_card(struct stage *stage)
{
    stage->ui->voice_on = true;
    flow_sound(stage->ui);
    stage_settle(stage);
}

static void contrast(struct stage *stage)
{
    scene_bills(stage);
    flow_set_contrast(stage->ui, true);
    stage_settle(stage);
}

static void contrast_home(struct stage *stage)
{
    scene_home(stage);
    flow_set_contrast(stage->ui, true);
    stage_settle(stage);
}

static void still_there(struct stage *stage)
{
    scene_home(stage);
    shell_warn(stage->ui->shell, 17);
    stage_settle(stage);
}

static void goodbye_take_card(struct stage *stage)
{
    scene_home(stage);
    flow_end(stage->ui);
    stage_settle(stage);
}

static void goodbye(struct stage *stage)
{
    scene_home(stage);
    stage_card_removed(stage);
}

const struct scene scenes_frame[] = {
    {"idle", &page_idle, idle},
    {"idle-notice", &page_idle, idle_notice},
    {"idle-photo", &page_idle, idle_photo},
    {"idle-urgent", &page_idle, idle_urgent},
    {"idle-offline", &page_idle, idle_offline},
    {"idle-no-reader", &page_idle, idle_no_reader},
    {"idle-next-kiosk", &page_idle, idle_next_kiosk},
    {"idle-much-trouble", &page_idle, idle_much_trouble},
    {"greeting", &page_greeting, greeting},
    {"greeting-visitor", &page_greeting, greeting_visitor},
    {"home", &page_home, scene_home},
    {"home-visitor", &page_home, home_visitor},
    {"help", &page_help, help},
    {"help-green", &page_help_called, help_green},
    {"help-red", &page_help_called, help_red},
    {"help-unheard", &page_help_called, help_unheard},
    {"help-answered", &page_help_called, help_answered},
    {"settings", &page_settings, settings},
    {"settings-left", &page_settings, settings_left},
    {"sound", &page_sound, sound},
    {"sound-no-card", &page_sound, sound_without_card},
    {"contrast", &page_bills, contrast},
    {"contrast-home", &page_home, contrast_home},
    {"still-there", &page_home, still_there},
    {"goodbye-take-card", &page_goodbye, goodbye_take_card},
    {"goodbye", &page_goodbye, goodbye},
    {NULL}};
