/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody here yet: where to put the card, or what is wrong with the machine; and what can be had without a card. */
#include "../flow.h"
#include "../kit/kit.h"

static const char *title(struct ui *ui)
{
    return L_("Place your card on the reader", NC_("large", "Place your card here"));
}

static char *speech(struct ui *ui)
{
    return NULL; /* a hall with a machine that talks to nobody is a nuisance */
}

static void on_notices(GtkButton *button, gpointer ui)
{
    flow_notices(ui);
}

static void on_elder(GtkButton *button, gpointer data)
{
    struct ui *ui = data;

    flow_set_size(ui, ui->size == TEXT_STD ? TEXT_LARGE : TEXT_STD);
    flow_refresh(ui, false);
}

static void add_trouble(GtkWidget *pager, struct ui *ui, const struct message *message)
{
    GtkWidget *poster = kit_poster(kit_badge(message->icon, "kx-badge-large kx-warn"), ui_landscape(ui));

    kit_poster_add(poster, kit_title(message->headline));
    kit_poster_add(poster, kit_label(message->reason, "kx-answer"));
    kx_pager_add(KX_PAGER(pager), poster);
    kx_pager_add(KX_PAGER(pager), kit_poster_under(poster, kit_label(message->advice, "kx-soft")));
}

static void add_invitation(GtkWidget *pager, struct ui *ui)
{
    GtkWidget *poster = kit_poster(kx_picture_new("tap", _("A card above the reader")), ui_landscape(ui));

    kit_poster_add(poster, kit_title(title(ui)));
    kit_poster_add(poster, kit_label(L_("No card? You can still read notices",
                                        NC_("large", "No card? Read the notices")),
                                     "kx-soft"));
    kx_pager_add(KX_PAGER(pager), poster);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(FALSE);
    struct message message;

    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    if (ui->status_known && message_of_machine(&ui->status, &message))
        add_trouble(pager, ui, &message);
    else
        add_invitation(pager, ui);
    kit_actions_add(actions, kit_button("notice", L_("Notices", NC_("large", "Read notices")), "kx-plain",
                                        G_CALLBACK(on_notices), ui));
    kit_actions_add(actions,
                    kit_button("text", ui->size == TEXT_STD ? _("Version for elders") : _("Normal text"),
                               "kx-plain", G_CALLBACK(on_elder), ui));
    return kit_sheet(NULL, pager, actions);
}

const struct page_class page_idle = {
    .name = "idle",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK,
    .back = PAGE_IDLE,
    .title = title,
    .speech = speech,
    .build = build,
};
