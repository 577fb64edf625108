/* SPDX-License-Identifier: Apache-2.0 */
/* Help is a person. The page is seen and heard across the hall, and needs no network. */
#include "../flow.h"
#include "../kit/kit.h"

static const char *title(struct ui *ui)
{
    return _("Help is wanted here");
}

static char *speech(struct ui *ui)
{
    return NULL; /* said aloud by flow_help(), whether the voice is on or not */
}

static void on_contrast(GtkButton *button, gpointer data)
{
    struct ui *ui = data;

    flow_set_contrast(ui, !ui->contrast);
}

static void on_back(GtkButton *button, gpointer ui)
{
    flow_back(ui);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *beacon = kit_column("kx-beacon"), *actions;
    const char *place = ui->options.config->kiosk_id;

    kit_add(beacon, kx_icon_new("help"));
    kit_add(beacon, kit_centred(kit_title(title(ui))));
    if (place != NULL && *place != '\0') {
        g_autofree char *machine = g_strdup_printf(_("Machine %s"), place);

        kit_add(beacon, kit_centred(kit_label(machine, "kx-answer")));
    }
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), beacon);
    kx_pager_add(KX_PAGER(pager),
                 kit_label(_("Staff in the hall see and hear this. Or go to the service desk: your card "
                             "goes with you, nothing is lost."),
                           "kx-body"));
    actions = kit_actions(ui->size == TEXT_XLARGE && !ui_landscape(ui));
    kit_actions_add(actions, kit_button("text", ui->contrast ? _("Normal colours") : _("Strong contrast"),
                                        "kx-plain", G_CALLBACK(on_contrast), ui));
    kit_actions_add(actions, kit_button(NULL, _("Go on by myself"), "kx-primary", G_CALLBACK(on_back), ui));
    return kit_sheet(NULL, pager, actions);
}

const struct page_class page_help = {
    .name = "help",
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
