/* SPDX-License-Identifier: Apache-2.0 */
/* The card and the machine are talking. Words change as time goes on; nothing turns or blinks. */
#include "../kinds/kinds.h"

#define STEP_MS 5000

struct working_state {
    GtkWidget *progress;
    unsigned step;
};

static const char *title(struct ui *ui)
{
    if (!ui->card_present)
        return L_("Card removed too soon. Put it back", NC_("large", "Put the card back"));
    return _("Hold the card still until the tick");
}

static char *speech(struct ui *ui)
{
    return g_strdup(ui->card_present ? _("Please do not take the card away yet.")
                                     : _("Please put the card back on the reader."));
}

static const char *progress_text(unsigned step)
{
    static const char *const texts[] = {
        N_("Asking the card"),
        N_("Nearly done"),
        N_("Still working. Please leave the card there"),
    };

    return _(texts[MIN(step, G_N_ELEMENTS(texts) - 1)]);
}

static gboolean on_step(gpointer data)
{
    struct page *page = data;
    struct working_state *state = page->state;

    state->step++;
    gtk_label_set_label(GTK_LABEL(state->progress), progress_text(state->step));
    return G_SOURCE_CONTINUE;
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct working_state *state = page->state = g_new0(struct working_state, 1);
    GtkWidget *picture = ui->card_present ? kx_picture_new("hold", _("A card lying on the reader"))
                                          : kx_picture_new("tap", _("A card above the reader"));

    state->progress = kit_label(progress_text(0), "kx-answer");
    return kind_poster(page, &(struct kind_poster){.drawing = picture, .under = state->progress});
}

static void show(struct page *page)
{
    page->timeout = g_timeout_add(STEP_MS, on_step, page);
}

const struct page_class page_working = {
    .name = "working",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_UNHURRIED | PAGE_PASSING,
    .news = PAGE_NEWS_CARD,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
