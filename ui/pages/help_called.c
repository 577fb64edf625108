/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help was called: seen and heard across the hall. Who is on the way is told when the platform says so; when nobody can be told, or
 * nobody has said anything for a minute, there are numbers. It stays until one of the staff puts a card there, or a touch ends it.
 */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../shell.h"

static unsigned waited_ms(const struct ui *ui)
{
    return (unsigned)MAX(0, (g_get_monotonic_time() - ui->help.since_us) / 1000);
}

static bool is_late(const struct ui *ui)
{
    return !ui->help.answered && (!ui->help.heard || waited_ms(ui) >= ui->times.help_ms);
}

static const char *title(struct ui *ui)
{
    if (ui->help.answered)
        return L_("Somebody is coming", NC_("large", "Somebody comes"));
    return _("Help is wanted here");
}

/* Calmly, and nothing that is not known. */
static const char *state_text(const struct ui *ui)
{
    if (ui->help.answered)
        return _("The desk has answered. Please stay here.");
    if (!ui->help.heard)
        return _("The desk cannot be told from here just now. Please call, or ask somebody near you.");
    return is_late(ui) ? _("Nobody has answered yet. Please call, or ask somebody near you.") : _("The desk is being told. Please stay here.");
}

static char *speech(struct ui *ui)
{
    return g_strdup_printf("%s. %s", title(ui), state_text(ui));
}

static bool is_there(const char *number)
{
    return number != NULL && *number != '\0';
}

static void add_number(GtkWidget *card, const char *name, const char *number)
{
    if (is_there(number))
        kit_add(card, kit_fact(name, number));
}

static GtkWidget *desk_new(const struct ui *ui)
{
    const struct kiosk_config *config = ui->options.config;
    GtkWidget *card = kit_column("kx-card kx-place");

    add_number(card, _("Service desk"), config->desk_phone);
    add_number(card, _("On duty, day and night"), config->duty_phone);
    return card;
}

static GtkWidget *emergency_new(void)
{
    GtkWidget *card = kit_column("kx-card kx-place");

    /* Translators: the numbers of police, fire brigade and ambulance; they stay as they are. */
    add_number(card, _("Police"), "110");
    add_number(card, _("Fire"), "119");
    add_number(card, _("Ambulance"), "120");
    return card;
}

/* What is wanted most comes first: in the largest text the rest is on the next leaf. */
static void blocks_add(const struct ui *ui, KxPager *pager)
{
    const struct kiosk_config *config = ui->options.config;
    bool numbers = ui->help.red || is_late(ui), desk = numbers && (is_there(config->desk_phone) || is_there(config->duty_phone));

    if (ui->help.red)
        kx_pager_add(pager, emergency_new());
    kx_pager_add(pager, kit_label(state_text(ui), "kx-answer"));
    if (desk)
        kx_pager_add(pager, desk_new(ui));
    if (numbers && !ui->help.red)
        kx_pager_add(pager, emergency_new());
}

static void over(struct ui *ui, size_t index)
{
    flow_help_over(ui);
}

static void emergency(struct ui *ui, size_t index)
{
    flow_go(ui, &page_help);
}

static GtkWidget *beacon_new(struct ui *ui)
{
    GtkWidget *beacon = kit_column("kx-beacon");
    const char *place = ui->options.config->kiosk_id;

    kit_add(beacon, kx_icon_new(ui->help.answered ? "tick" : "help"));
    kit_add(beacon, kit_centred(kit_title(title(ui))));
    if (place != NULL && *place != '\0') {
        g_autofree char *machine = g_strdup_printf(_("Machine %s"), place);

        kit_add(beacon, kit_centred(kit_label(machine, "kx-answer")));
    }
    return beacon;
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new();
    const struct kind_button buttons[] = {
        {NULL, ui->help.red ? NULL : L_("Emergency", NC_("large", "Emergency")), "kx-plain", emergency},
        {NULL, L_("It is over", NC_("large", "It is over")), "kx-primary", over},
    };

    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), beacon_new(ui));
    blocks_add(ui, KX_PAGER(pager));
    return kit_sheet(NULL, pager, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
}

static gboolean on_late(gpointer data)
{
    struct page *page = data;

    page->timeout = 0;
    flow_refresh(page->ui, true);
    return G_SOURCE_REMOVE;
}

static void show(struct page *page)
{
    const struct ui *ui = page->ui;

    if (!ui->help.answered && !is_late(ui))
        page->timeout = g_timeout_add(ui->times.help_ms - waited_ms(ui) + 1, on_late, page);
}

const struct page_class page_help_called = {
    .name = "help-called",
    .flags = PAGE_PASSING | PAGE_ASIDE | PAGE_UNHURRIED,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
