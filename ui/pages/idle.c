/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody here yet: where to put the card, or what is wrong with the machine; and what can be had without a card. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"

static const char *title(struct ui *ui)
{
    return L_("Place your card on the reader", NC_("large", "Place your card here"));
}

static char *speech(struct ui *ui)
{
    return NULL; /* a hall with a machine that talks to nobody is a nuisance */
}

static void change_size(struct ui *ui, size_t index)
{
    flow_set_size(ui, ui->size == TEXT_STD ? TEXT_LARGE : TEXT_STD);
    flow_refresh(ui, false);
}

static void enter(struct ui *ui, size_t index)
{
    ui->options.services[index]->enter(ui);
}

/* What can be had without a card, and larger text; there three words have no room, and the bar has the way back. */
static void add_buttons(struct ui *ui, struct kind_button buttons[KIND_BUTTONS])
{
    const struct service *const *list = ui->options.services;
    size_t count = 0;

    for (size_t i = 0; list[i] != NULL && count + 1 < KIND_BUTTONS; i++)
        if (list[i]->who == SERVICE_FOR_ALL)
            buttons[count++] = (struct kind_button){list[i]->icon, list[i]->word(), "kx-plain", enter, i};
    if (ui->size == TEXT_STD || count < 2)
        buttons[count] = (struct kind_button){
            "text", ui->size == TEXT_STD ? _("Version for elders") : _("Normal text"), "kx-plain", change_size};
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct message message;
    struct kind_poster poster = {0};

    if (ui->status_known && message_of_machine(&ui->status, &message)) {
        poster.drawing = kit_badge(message.icon, "kx-badge-large kx-warn");
        poster.headline = message.headline;
        poster.answer = message.reason;
        poster.soft[0] = message.advice;
    } else {
        poster.drawing = kx_picture_new("tap", _("A card above the reader"));
        poster.under = kit_label(
            L_("No card? You can still read notices", NC_("large", "No card? Read the notices")), "kx-soft");
    }
    add_buttons(ui, poster.buttons);
    return kind_poster(page, &poster);
}

const struct page_class page_idle = {
    .name = "idle",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_ROOT,
    .news = PAGE_NEWS_READER,
    .title = title,
    .speech = speech,
    .build = build,
};
