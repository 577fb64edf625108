/* SPDX-License-Identifier: Apache-2.0 */
/* The card and the machine are talking. Words change as time goes on; nothing turns or blinks. */
#include "../kinds/kinds.h"

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

static GtkWidget *build(struct page *page)
{
    static const char *const later[] = {N_("Nearly done"), N_("Still working. Please leave the card there"), NULL};
    bool there = page->ui->card_present;

    return kind_progress(page, &(struct kind_progress){
                                   .drawing = there ? kx_picture_new("hold", _("A card lying on the reader"))
                                                    : kx_picture_new("tap", _("A card above the reader")),
                                   .doing = _("Asking the card"),
                                   .later = later,
                               });
}

const struct page_class page_working = {
    .name = "working",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_UNHURRIED | PAGE_PASSING,
    .news = PAGE_NEWS_CARD,
    .title = title,
    .speech = speech,
    .build = build,
};
