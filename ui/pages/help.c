/* SPDX-License-Identifier: Apache-2.0 */
/* Help is a person. The page is seen and heard across the hall, and needs no network. */
#include "../flow.h"
#include "../kinds/kinds.h"

static const char *title(struct ui *ui)
{
    return _("Help is wanted here");
}

static char *speech(struct ui *ui)
{
    return NULL; /* said aloud by flow_help(), whether the voice is on or not */
}

static void change_contrast(struct ui *ui, size_t index)
{
    flow_set_contrast(ui, !ui->contrast);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *beacon = kit_column("kx-beacon");
    const char *place = ui->options.config->kiosk_id;
    const struct kind_button buttons[] = {
        {"text", ui->contrast ? _("Normal colours") : _("Strong contrast"), "kx-plain", change_contrast},
        {NULL, _("Go on by myself"), "kx-primary", kind_go_back},
    };

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
    return kit_sheet(NULL, pager, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
}

const struct page_class page_help = {
    .name = "help",
    .flags = PAGE_PASSING | PAGE_ASIDE,
    .title = title,
    .speech = speech,
    .build = build,
};
