/* SPDX-License-Identifier: Apache-2.0 */
/* How the machine sounds, for this session: say it again, stop, louder, quieter, slower, on or off. */
#include "device/voice.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../speech.h"

static const char *title(struct ui *ui)
{
    static const char *const titles[VOICE_VOLUMES] = {N_("Voice: very quiet"), N_("Voice: quiet"), N_("Voice: normal"), N_("Voice: loud")};

    return ui->voice_on ? _(titles[ui->speech.volume]) : _("Voice: off");
}

static char *speech(struct ui *ui)
{
    return g_strdup(title(ui));
}

static void again(struct ui *ui, size_t index)
{
    speech_repeat(ui);
}

static void stop(struct ui *ui, size_t index)
{
    speech_stop(ui);
}

/* Heard at once as it will be. */
static void try_out(struct ui *ui)
{
    flow_refresh(ui, false);
    speech_try(ui, title(ui));
}

static void louder(struct ui *ui, size_t index)
{
    speech_turn(ui, 1);
    try_out(ui);
}

static void quieter(struct ui *ui, size_t index)
{
    speech_turn(ui, -1);
    try_out(ui);
}

static void change_pace(struct ui *ui, size_t index)
{
    speech_set_slow(ui, !ui->speech.slow);
    try_out(ui);
}

static void toggle(struct ui *ui, size_t index)
{
    flow_toggle_voice(ui);
}

static GtkWidget *build(struct page *page)
{
    const struct ui *ui = page->ui;
    const struct kind_tile tiles[] = {
        {.icon = "speak", .word = L_("Say it again", NC_("large", "Again")), .go = again},
        {.icon = "cross", .word = L_("Stop talking", NC_("large", "Stop")), .go = stop},
        {.icon = "plus", .word = _("Louder"), .go = louder},
        {.icon = "minus", .word = _("Quieter"), .go = quieter},
        {.icon = "clock", .word = ui->speech.slow ? _("Normal speed") : _("Slower"), .go = change_pace},
        {.icon = ui->voice_on ? "voice-off" : "voice", .word = ui->voice_on ? _("Voice off") : _("Voice on"), .go = toggle},
    };

    return kind_scale(page, tiles, G_N_ELEMENTS(tiles));
}

const struct page_class page_sound = {
    .name = "sound",
    .flags = PAGE_PASSING | PAGE_ASIDE,
    .title = title,
    .speech = speech,
    .build = build,
};
