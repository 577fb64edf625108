/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody here yet: where to put the card, or what is wrong with the machine; and what can be had without a card. In turn with it, what
 * the community has to tell: one notice a screen, still until the next one comes; an emergency has the screen for itself. A page of its
 * own class: whatever a person has begun is never covered.
 */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../shell.h"

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
    size_t count = buttons[0].word != NULL ? 1 : 0;

    for (size_t i = 0; list[i] != NULL && count + 1 < KIND_BUTTONS; i++)
        if (list[i]->who == SERVICE_FOR_ALL && list[i]->word != NULL)
            buttons[count++] = (struct kind_button){list[i]->icon, list[i]->word(), "kx-plain", enter, i};
    if (ui->size == TEXT_STD || count < 2)
        buttons[count] = (struct kind_button){
            "text", ui->size == TEXT_STD ? _("Version for elders") : _("Normal text"), "kx-plain", change_size};
}

static void show_tap(struct ui *ui, struct kind_poster *poster)
{
    poster->drawing = kx_picture_new("tap", _("A card above the reader"));
    poster->under =
        kit_label(L_("No card? You can still read notices", NC_("large", "No card? Read the notices")), "kx-soft");
}

static GtkWidget *trouble_new(struct page *page, const struct message *message)
{
    struct kind_poster poster = {.drawing = kit_badge(message->icon, "kx-badge-large kx-warn"),
                                 .headline = message->headline,
                                 .answer = message->reason,
                                 .soft = {message->advice}};

    add_buttons(page->ui, poster.buttons);
    return kind_poster(page, &poster);
}

static bool cards_are_read(const struct ui *ui)
{
    struct message message;

    return !ui->status_known || !message_of_machine(&ui->status, ui->options.config->next_kiosk, &message);
}

/* The card's own face first; none of it while there is an emergency. */
static GtkWidget *face_new(struct page *page)
{
    struct ui *ui = page->ui;
    struct kind_poster poster = {0};
    size_t count;
    bool urgent;
    const struct service *teller = services_idle(ui, &count, &urgent);
    size_t turn = ui->idle_turn % (count + (urgent ? 0 : 1)), first = urgent ? 0 : 1;

    if (teller == NULL || turn < first) {
        show_tap(ui, &poster);
    } else {
        teller->idle_show(ui, turn - first, &poster);
        poster.soft[0] = cards_are_read(ui) ? title(ui) : NULL;
    }
    add_buttons(ui, poster.buttons);
    return kind_poster(page, &poster);
}

static GtkWidget *build(struct page *page)
{
    struct message message;
    size_t count;
    bool urgent;

    services_idle(page->ui, &count, &urgent);
    if (!urgent && page->ui->status_known && message_of_machine(&page->ui->status, page->ui->options.config->next_kiosk, &message))
        return trouble_new(page, &message);
    return face_new(page);
}

/* Asked anew each time, so that what has ended goes and what is urgent comes; drawn anew only when there is another face. */
static gboolean on_turn(gpointer data)
{
    struct page *page = data;
    struct ui *ui = page->ui;
    size_t count;
    bool urgent;

    if (shell_touched_within(ui->shell, (unsigned)ui->options.config->idle_seconds * 1000) || flow_settings_differ(ui))
        return G_SOURCE_CONTINUE;
    if (ui->backend != NULL)
        services_idle_ask(ui);
    services_idle(ui, &count, &urgent);
    ui->idle_turn++;
    if (count < (urgent ? 2 : 1))
        return G_SOURCE_CONTINUE;
    page->timeout = 0;
    flow_refresh(ui, false);
    return G_SOURCE_REMOVE;
}

static void show(struct page *page)
{
    int seconds = page->ui->options.config->idle_seconds;

    if (seconds > 0)
        page->timeout = g_timeout_add_seconds((guint)seconds, on_turn, page);
}

const struct page_class page_idle = {
    .name = "idle",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_ROOT,
    .news = PAGE_NEWS_READER,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
