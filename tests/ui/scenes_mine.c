/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "service.h"
#include "services/me.h"
#include "services/pages.h"
#include "stage_mine.h"
#include "stage_tickets.h"

static void page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    service_me.enter(stage->ui);
    stage_person(stage, PERSON_LIVE);
}

static void rights(struct stage *stage)
{
    page(stage);
    flow_go(stage->ui, &page_me_rights);
    stage_settle(stage);
}

static void happened_as(struct stage *stage, enum stage_mine how, bool open_only)
{
    page(stage);
    happened_enter(stage->ui, open_only);
    stage_happened(stage, how);
}

static void happened_waiting(struct stage *stage)
{
    page(stage);
    happened_enter(stage->ui, false);
    stage_settle(stage);
}

static void happened(struct stage *stage)
{
    happened_as(stage, MINE_LIVE, false);
}

static void happened_away(struct stage *stage)
{
    happened_as(stage, MINE_AWAY, false);
}

static void happened_none(struct stage *stage)
{
    happened_as(stage, MINE_NONE, false);
}

static void happened_hostile(struct stage *stage)
{
    happened_as(stage, MINE_HOSTILE, false);
}

static void open_ones(struct stage *stage)
{
    happened_as(stage, MINE_KEPT, true);
}

static void item_of(struct stage *stage, enum stage_mine how, size_t line)
{
    happened_as(stage, how, false);
    mine_of(stage->ui)->line = mine_of(stage->ui)->lines[line];
    flow_go(stage->ui, &page_me_item);
    stage_settle(stage);
}

static void item_paid(struct stage *stage)
{
    item_of(stage, MINE_LIVE, 0);
}

static void item(struct stage *stage)
{
    item_of(stage, MINE_LIVE, 1);
}

static void item_hostile(struct stage *stage)
{
    item_of(stage, MINE_HOSTILE, 1);
}

static void readings_as(struct stage *stage, enum stage_mine how)
{
    page(stage);
    readings_enter(stage->ui);
    stage_catalogue(stage, false);
    stage_readings(stage, how);
}

static void readings(struct stage *stage)
{
    readings_as(stage, MINE_LIVE);
}

static void readings_kept(struct stage *stage)
{
    readings_as(stage, MINE_KEPT);
}

static void readings_away(struct stage *stage)
{
    readings_as(stage, MINE_AWAY);
}

static void readings_none(struct stage *stage)
{
    readings_as(stage, MINE_NONE);
}

static void readings_hostile(struct stage *stage)
{
    readings_as(stage, MINE_HOSTILE);
}

static void reading_of(struct stage *stage, enum stage_mine how, const struct page_class *to)
{
    readings_as(stage, how);
    mine_of(stage->ui)->reading = mine_of(stage->ui)->readings[0];
    flow_go(stage->ui, &page_me_reading);
    if (to != &page_me_reading)
        flow_go(stage->ui, to);
    stage_settle(stage);
}

static void reading(struct stage *stage)
{
    reading_of(stage, MINE_LIVE, &page_me_reading);
}

static void reading_hostile(struct stage *stage)
{
    reading_of(stage, MINE_HOSTILE, &page_me_reading);
}

static void question(struct stage *stage)
{
    reading_of(stage, MINE_LIVE, &page_me_ask);
}

static void asked_as(struct stage *stage, const char *reason)
{
    question(stage);
    mine_of(stage->ui)->asking = true;
    stage_question(stage, reason);
}

static void asked(struct stage *stage)
{
    asked_as(stage, "");
}

static void not_asked(struct stage *stage)
{
    asked_as(stage, "STORE");
}

static void keep(struct stage *stage)
{
    page(stage);
    flow_go(stage->ui, &page_settings_keep);
    stage_settle(stage);
}

static void kept(struct stage *stage)
{
    page(stage);
    flow_keep(stage->ui, true);
    flow_go(stage->ui, &page_settings_keep);
    stage_settle(stage);
}

static void forget(struct stage *stage)
{
    page(stage);
    flow_go(stage->ui, &page_me_forget);
    stage_settle(stage);
}

static void forgotten(struct stage *stage)
{
    forget(stage);
    stage_mine_done(stage, KIOSK_MINE_ASK_FORGET, "");
}

static void not_forgotten(struct stage *stage)
{
    forget(stage);
    stage_mine_done(stage, KIOSK_MINE_ASK_FORGET, "STORE");
}

/* ---- All that is touched stands low ---------------------------------------------------------------------------------------- */

static void lower(struct stage *stage)
{
    flow_set_low(stage->ui, true);
    stage_settle(stage);
}

static void low_home(struct stage *stage)
{
    scene_home(stage);
    lower(stage);
}

static void low_bills(struct stage *stage)
{
    scene_bills(stage);
    lower(stage);
}

static void low_me(struct stage *stage)
{
    page(stage);
    lower(stage);
}

static void low_settings(struct stage *stage)
{
    scene_home(stage);
    service_settings.enter(stage->ui);
    lower(stage);
}

static void low_help(struct stage *stage)
{
    scene_home(stage);
    flow_help(stage->ui);
    lower(stage);
}

static void low_keep(struct stage *stage)
{
    keep(stage);
    lower(stage);
}

const struct scene scenes_mine[] = {
    {"me-rights", &page_me_rights, rights},
    {"me-happened-waiting", &page_me_happened, happened_waiting},
    {"me-happened", &page_me_happened, happened},
    {"me-happened-away", &page_me_happened, happened_away},
    {"me-happened-none", &page_me_happened, happened_none},
    {"me-happened-hostile", &page_me_happened, happened_hostile},
    {"me-open", &page_me_happened, open_ones},
    {"me-item", &page_me_item, item},
    {"me-item-paid", &page_me_item, item_paid},
    {"me-item-hostile", &page_me_item, item_hostile},
    {"me-readings", &page_me_readings, readings},
    {"me-readings-kept", &page_me_readings, readings_kept},
    {"me-readings-away", &page_me_readings, readings_away},
    {"me-readings-none", &page_me_readings, readings_none},
    {"me-readings-hostile", &page_me_readings, readings_hostile},
    {"me-reading", &page_me_reading, reading},
    {"me-reading-hostile", &page_me_reading, reading_hostile},
    {"me-ask", &page_me_ask, question},
    {"me-asked", &page_me_asked, asked},
    {"me-not-asked", &page_me_asked, not_asked},
    {"me-keep", &page_settings_keep, keep},
    {"me-kept-wishes", &page_settings_keep, kept},
    {"me-forget", &page_me_forget, forget},
    {"me-forgotten", &page_me_forgotten, forgotten},
    {"me-not-forgotten", &page_me_forgotten, not_forgotten},
    {"low-home", &page_home, low_home},
    {"low-bills", &page_bills, low_bills},
    {"low-me", &page_me, low_me},
    {"low-settings", &page_settings, low_settings},
    {"low-keep", &page_settings_keep, low_keep},
    {"low-help", &page_help, low_help},
    {NULL}};
