/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a person wants it, kept for next time: asked once, kept when they say so, given up by a touch (F18, EL-1). And what this machine
 * keeps of them, which goes when they want that (F02).
 */
#include "me.h"
#include "../flow.h"
#include "../service.h"
#include "pages.h"

/* ---- How it looks and sounds ------------------------------------------------------------------------------------------------ */

static bool is_kept(const struct ui *ui)
{
    return ui->session.identity.preference_kept;
}

static const char *keep_title(struct ui *ui)
{
    return is_kept(ui) ? L_("It is kept for you like this", NC_("large", "Kept for you")) : L_("Keep it like this for next time?", NC_("large", "Keep it like this?"));
}

static char *keep_speech(struct ui *ui)
{
    return g_strdup(is_kept(ui) ? _("Text, colours, voice and language are as you wanted them, at every machine.")
                                : _("Text, colours, voice and language will be like this at every machine, as soon as you put your card there."));
}

static void keep(struct ui *ui, size_t index)
{
    flow_keep(ui, true);
    flow_back(ui);
}

static void give_up(struct ui *ui, size_t index)
{
    flow_keep(ui, false);
    flow_back(ui);
}

static GtkWidget *keep_build(struct page *page)
{
    struct ui *ui = page->ui;
    g_autofree char *sentence = keep_speech(ui);
    GtkWidget *blocks[] = {kit_label(_("The community keeps this for your card, and nothing else with it. You can give it up at any time, on My page."), "kx-soft"), NULL};

    return kind_confirm(page, &(struct kind_confirm){
                                  .sentence = sentence,
                                  .blocks = blocks,
                                  .read = kind_go_read,
                                  .no = is_kept(ui) ? _("Give it up") : _("Only now"),
                                  .no_go = is_kept(ui) ? give_up : NULL,
                                  .yes = is_kept(ui) ? _("OK") : _("Keep it"),
                                  .yes_go = is_kept(ui) ? kind_go_back : keep,
                              });
}

const struct page_class page_settings_keep = {
    .name = "settings-keep",
    .flags = PAGE_PASSING,
    .title = keep_title,
    .speech = keep_speech,
    .build = keep_build,
};

/* ---- What this machine keeps ---------------------------------------------------------------------------------------------------- */

static const char *forget_title(struct ui *ui)
{
    return L_("Delete what this machine keeps of me?", NC_("large", "Delete my traces here?"));
}

static char *forget_speech(struct ui *ui)
{
    return g_strdup(_("Bills, orders and what was shown of you go from this machine at once. The community keeps its own."));
}

static void forget(struct ui *ui, size_t index)
{
    mine_ask(ui, KIOSK_MINE_ASK_FORGET);
}

static GtkWidget *forget_build(struct page *page)
{
    GtkWidget *blocks[] = {
        kit_label(_("What you did here and what still has to reach the community is not lost. Until you put your card here again, online, "
                    "this machine knows nothing of you."),
                  "kx-soft"),
        NULL};
    g_autofree char *sentence = forget_speech(page->ui);

    return kind_confirm(page, &(struct kind_confirm){
                                  .sentence = sentence,
                                  .blocks = blocks,
                                  .read = kind_go_read,
                                  .no = _("Rather not"),
                                  .yes = _("Delete it"),
                                  .yes_go = forget,
                              });
}

const struct page_class page_me_forget = {
    .name = "me-forget",
    .service = &service_me,
    .title = forget_title,
    .speech = forget_speech,
    .build = forget_build,
};

static const char *forgotten_title(struct ui *ui)
{
    return mine_of(ui)->not_gone[0] == '\0' ? _("It is deleted") : _("It could not be deleted");
}

static char *forgotten_speech(struct ui *ui)
{
    return g_strdup(forgotten_title(ui));
}

static GtkWidget *forgotten_build(struct page *page)
{
    const bool gone = mine_of(page->ui)->not_gone[0] == '\0';

    return mine_end(page, gone, gone ? _("This machine keeps nothing of you any more.") : _("Please tell the service desk."), "");
}

const struct page_class page_me_forgotten = {
    .name = "me-forgotten",
    .flags = PAGE_NO_BACK | PAGE_PASSING,
    .service = &service_me,
    .title = forgotten_title,
    .speech = forgotten_speech,
    .build = forgotten_build,
};
