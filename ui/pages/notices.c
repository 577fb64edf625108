/* SPDX-License-Identifier: Apache-2.0 */
/* The notices of the community; with or without a card. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../notice_text.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return L_("Community notices", NC_("large", "Notices"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(ui->notice_count > 0 ? _("Community notices. Touch one to read it.")
                                         : _("There are no notices."));
}

static void on_row(GtkButton *button, gpointer ui)
{
    flow_notice(ui, GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(button), "kx-index")));
}

static GtkWidget *row_new(struct ui *ui, size_t index)
{
    const struct kiosk_notice *notice = &ui->notices[index];
    const char *text = notice_title(notice);
    GtkWidget *line = kit_line("kx-row"), *column, *button = gtk_button_new();
    g_autofree char *day = words_day(notice->from);

    kit_add(line, kit_badge(notice->urgent ? "warn" : "notice", notice->urgent ? "kx-warn" : NULL));
    column = kit_add(line, kit_column("kx-row-facts"));
    gtk_widget_set_hexpand(column, TRUE);
    gtk_widget_set_valign(column, GTK_ALIGN_CENTER);
    if (notice->urgent)
        kit_add(column, kit_label(_("Urgent"), "kx-note kx-overdue"));
    kit_add(column, kit_label(text, "kx-answer kx-strong"));
    if (day[0] != '\0')
        kit_add(column, kit_label(day, "kx-note"));
    kit_add(line, kx_icon_new("next"));
    gtk_button_set_child(GTK_BUTTON(button), line);
    kit_add_classes(button, "kx-card kx-choice");
    kit_name(button, text);
    g_object_set_data(G_OBJECT(button), "kx-index", GSIZE_TO_POINTER(index));
    g_signal_connect(button, "clicked", G_CALLBACK(on_row), ui);
    return button;
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new();

    for (size_t i = 0; i < ui->notice_count; i++)
        kx_pager_add(KX_PAGER(pager), row_new(ui, i));
    if (ui->notice_count == 0)
        kx_pager_add(
            KX_PAGER(pager),
            kit_label(ui->notices_known ? _("There are no notices.") : _("One moment, please"), "kx-answer"));
    return kit_sheet(kit_title(title(ui)), pager, NULL);
}

const struct page_class page_notices = {
    .name = "notices",
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
