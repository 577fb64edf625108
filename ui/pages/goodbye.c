/* SPDX-License-Identifier: Apache-2.0 */
/* The session is over and the person forgotten: take the card, goodbye. */
#include "../flow.h"
#include "../kinds/kinds.h"

static const char *title(struct ui *ui)
{
    return ui->card_present ? L_("Please take your card", NC_("large", "Take your card"))
                            : _("Thank you, goodbye");
}

static char *speech(struct ui *ui)
{
    return g_strdup(title(ui));
}

static gboolean on_time(gpointer data)
{
    struct page *page = data;

    page->timeout = 0;
    flow_go(page->ui, &page_idle);
    return G_SOURCE_REMOVE;
}

static GtkWidget *build(struct page *page)
{
    bool card = page->ui->card_present;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = card ? kx_picture_new("take", _("A card lifted from the reader"))
                                                 : kit_badge("tick", "kx-badge-large kx-ok"),
                                 .answer = card ? NULL : _("Do you have your card and your slip?"),
                             });
}

/* With the card still there the page waits for it; the machine tells when it is lifted. */
static void show(struct page *page)
{
    if (!page->ui->card_present)
        page->timeout = g_timeout_add(page->ui->times.goodbye_ms, on_time, page);
}

const struct page_class page_goodbye = {
    .name = "goodbye",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_UNHURRIED | PAGE_ROOT,
    .news = PAGE_NEWS_CARD,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
