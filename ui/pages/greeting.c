/* SPDX-License-Identifier: Apache-2.0 */
/* The card was read: by name, masked, for a moment; then home. A touch is quicker. */
#include "../flow.h"
#include "../kinds/kinds.h"

static const char *title(struct ui *ui)
{
    return _("Welcome");
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Hello. Leave the card on the reader, please."));
}

static gboolean on_time(gpointer data)
{
    struct page *page = data;

    page->timeout = 0;
    flow_home(page->ui);
    return G_SOURCE_REMOVE;
}

static char *hello(const struct kiosk_identity *identity)
{
    if (identity->name_masked[0] == '\0')
        return g_strdup(_("Hello"));
    return g_strdup_printf(L_("Hello, %s", NC_("large", "Hello, %s")), identity->name_masked);
}

static GtkWidget *build(struct page *page)
{
    const struct kiosk_identity *identity = &page->ui->session.identity;
    g_autofree char *greeting = hello(identity),
                    *card = g_strdup_printf(_("Card ending in %s"), identity->card_last4);
    const char *leave = _("Leave the card on the reader, please"),
               *visitor = _("A card of another city: you can see its balance here");

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("person", "kx-badge-large"),
                                 .headline = greeting,
                                 .answer = card,
                                 .soft = {identity->visitor ? visitor : leave, identity->visitor ? leave : NULL},
                                 .buttons = {{NULL, _("Start"), "kx-primary", kind_go_home}},
                             });
}

static void show(struct page *page)
{
    const struct ui_times *times = &page->ui->times;

    page->timeout =
        g_timeout_add(ui_elder(page->ui) ? times->greeting_elder_ms : times->greeting_ms, on_time, page);
}

const struct page_class page_greeting = {
    .name = "greeting",
    .flags = PAGE_NO_BACK | PAGE_UNHURRIED | PAGE_ROOT,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
