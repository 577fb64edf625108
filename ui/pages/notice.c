/* SPDX-License-Identifier: Apache-2.0 */
/* One notice, to read or to hear. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../notice_text.h"
#include "../words.h"

static const char *title(struct ui *ui)
{
    return notice_title(&ui->notice);
}

static char *speech(struct ui *ui)
{
    return g_strdup_printf("%s. %s", notice_title(&ui->notice), notice_body(&ui->notice));
}

static void on_read(GtkButton *button, gpointer data)
{
    struct ui *ui = data;
    g_autofree char *text = speech(ui);

    flow_say(ui, text);
}

static void on_back(GtkButton *button, gpointer ui)
{
    flow_back(ui);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(FALSE);
    g_auto(GStrv) paragraphs = notice_paragraphs(notice_body(&ui->notice));
    g_autofree char *day = words_date(ui->notice.from);

    kx_pager_add(KX_PAGER(pager), kit_title(title(ui)));
    if (day[0] != '\0')
        kx_pager_add(KX_PAGER(pager), kit_label(day, "kx-note"));
    for (char **text = paragraphs; *text != NULL; text++)
        kx_pager_add(KX_PAGER(pager), kit_label(*text, "kx-body kx-reading"));
    kit_actions_add(actions, kit_button("speak", _("Read aloud"), "kx-plain", G_CALLBACK(on_read), ui));
    kit_actions_add(actions, kit_button(NULL, _("Other notices"), "kx-primary", G_CALLBACK(on_back), ui));
    return kit_sheet(NULL, pager, actions);
}

const struct page_class page_notice = {
    .name = "notice",
    .back = PAGE_NOTICES,
    .title = title,
    .speech = speech,
    .build = build,
};
