/* SPDX-License-Identifier: Apache-2.0 */
/* How it looks and sounds, all on one page (F18): each touch is seen at once, and all of it ends with the session, unless it is kept for the person. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "me.h"
#include "pages.h"

#define SETTINGS_MAX 6

static const char *title(struct ui *ui)
{
    return L_("How should it look and sound?", NC_("large", "Look and sound"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Choose the size of the text, the colours, the voice, and where the buttons are."));
}

/* Once, behind the first thing they change: may it be kept? Of who is only visiting nothing is. */
static void changed(struct ui *ui)
{
    if (!ui->session.active || ui->session.identity.visitor || ui->session.identity.preference_kept || ui->session.keep_asked)
        return;
    ui->session.keep_asked = true;
    flow_go(ui, &page_settings_keep);
}

static void set_size(struct ui *ui, size_t index)
{
    bool other = ui->size != (enum text_size)index;

    flow_set_size(ui, (enum text_size)index);
    flow_refresh(ui, false);
    if (other)
        changed(ui);
}

static void change_contrast(struct ui *ui, size_t index)
{
    flow_set_contrast(ui, !ui->contrast);
    changed(ui);
}

static void change_voice(struct ui *ui, size_t index)
{
    flow_toggle_voice(ui);
    changed(ui);
}

static void change_side(struct ui *ui, size_t index)
{
    flow_set_bar_left(ui, !ui->bar_left);
    changed(ui);
}

static void change_height(struct ui *ui, size_t index)
{
    flow_set_low(ui, !ui->low);
    changed(ui);
}

static size_t add_sizes(struct ui *ui, struct kind_tile tiles[SETTINGS_MAX])
{
    const char *const words[TEXT_SIZE_COUNT] = {_("Normal text"), L_("Large text size", NC_("large", "Large")),
                                                L_("Largest text size", NC_("large", "Largest"))};

    for (size_t i = 0; i < TEXT_SIZE_COUNT; i++)
        tiles[i] = (struct kind_tile){.icon = i == ui->size ? "tick" : "text", .word = words[i], .go = set_size, .index = i};
    return TEXT_SIZE_COUNT;
}

/* On a high panel the bar is low already; who sits may want the rest low, too. */
static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct kind_tile tiles[SETTINGS_MAX];
    size_t count = add_sizes(ui, tiles);

    tiles[count++] = (struct kind_tile){.icon = "morning",
                                        .word = ui->contrast ? L_("Normal colours", NC_("large", "Colours"))
                                                             : L_("Strong contrast", NC_("large", "Contrast")),
                                        .go = change_contrast};
    tiles[count++] = (struct kind_tile){.icon = ui->voice_on ? "voice-off" : "voice",
                                        .word = ui->voice_on ? _("Voice off") : _("Voice on"),
                                        .go = change_voice};
    if (ui_landscape(ui))
        tiles[count++] = (struct kind_tile){.icon = ui->bar_left ? "next" : "back",
                                            .word = ui->bar_left ? L_("Buttons at the right", NC_("large", "At the right"))
                                                                 : L_("Buttons at the left", NC_("large", "At the left")),
                                            .go = change_side};
    else
        tiles[count++] = (struct kind_tile){.icon = ui->low ? "previous" : "ramp",
                                            .word = ui->low ? L_("Use the whole height", NC_("large", "All of it"))
                                                            : L_("Buttons lower", NC_("large", "Lower")),
                                            .go = change_height};
    return kind_scale(page, tiles, count);
}

const struct page_class page_settings = {
    .name = "settings",
    .title = title,
    .speech = speech,
    .build = build,
};

static const char *word(void)
{
    return L_("Text and voice", NC_("large", "Text and voice"));
}

static const char *spoken(void)
{
    return _("text and voice");
}

static void enter(struct ui *ui)
{
    flow_go(ui, &page_settings);
}

/* What could not be written down is not so. */
static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind != KIOSK_EVENT_MINE || !ui->session.active || event->mine.reason[0] == '\0')
        return;
    if (event->mine.ask != KIOSK_MINE_ASK_KEEP && event->mine.ask != KIOSK_MINE_ASK_GIVE_UP)
        return;
    flow_kept(ui, event->mine.ask == KIOSK_MINE_ASK_GIVE_UP);
    flow_refresh(ui, false);
}

const struct service service_settings = {
    .name = "settings",
    .icon = "text",
    .who = SERVICE_FOR_CARDS,
    .word = word,
    .spoken = spoken,
    .enter = enter,
    .event = event,
};
