/* SPDX-License-Identifier: Apache-2.0 */
/* The card was read: by name, masked, for a moment; then home. A touch is quicker. */
#include "../flow.h"
#include "../kit/kit.h"

static const char *title(struct ui *ui)
{
    return _("Welcome");
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Hello. Leave the card on the reader, please."));
}

static void on_next(GtkButton *button, gpointer ui)
{
    flow_home(ui);
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
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(FALSE);
    GtkWidget *poster = kit_poster(kit_badge("person", "kx-badge-large"), ui_landscape(page->ui));

    kit_poster_add(poster, kit_title(greeting));
    kit_poster_add(poster, kit_label(card, "kx-answer"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    if (identity->visitor)
        kx_pager_add(
            KX_PAGER(pager),
            kit_poster_under(
                poster, kit_label(_("A card of another city: you can see its balance here"), "kx-soft")));
    kx_pager_add(KX_PAGER(pager),
                 kit_poster_under(poster, kit_label(_("Leave the card on the reader, please"), "kx-soft")));
    kit_actions_add(actions, kit_button(NULL, _("Start"), "kx-primary", G_CALLBACK(on_next), page->ui));
    return kit_sheet(NULL, pager, actions);
}

static void show(struct page *page)
{
    const struct ui_times *times = &page->ui->times;

    page->timeout =
        g_timeout_add(ui_elder(page->ui) ? times->greeting_elder_ms : times->greeting_ms, on_time, page);
}

const struct page_class page_greeting = {
    .name = "greeting",
    .flags = PAGE_NO_BACK | PAGE_UNHURRIED,
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
