/* SPDX-License-Identifier: Apache-2.0 */
/* Something did not work: what happened to the money, why, and one next step. The words are in ui/message.c. */
#include "../message.h"
#include "../flow.h"
#include "../kit/kit.h"

static struct message message_now(struct ui *ui)
{
    if (ui->session.message_is_card)
        return message_of_verdict(ui->session.verdict);
    return message_of_payment(&ui->session.payment, ui->card_present,
                              ui->options.config->offline_payment_fen_max);
}

static const char *title(struct ui *ui)
{
    return _("Please read");
}

static char *speech(struct ui *ui)
{
    struct message message = message_now(ui);
    bool amount = !ui->session.message_is_card && ui->session.payment.phase == KIOSK_PAYMENT_LOW;

    if (amount) /* how much is missing is nobody else's business */
        return g_strdup_printf("%s. %s", message.headline, message.advice);
    return g_strdup_printf("%s. %s %s", message.headline, message.reason, message.advice);
}

static void on_action(GtkButton *button, gpointer data)
{
    struct ui *ui = data;

    flow_message_action(ui, message_now(ui).action);
}

static const char *tone_class(enum message_tone tone)
{
    static const char *const classes[] = {
        [TONE_INFO] = "kx-badge-large kx-ok",
        [TONE_WARN] = "kx-badge-large kx-warn",
        [TONE_DANGER] = "kx-badge-large kx-danger",
    };

    return classes[tone];
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct message message = message_now(ui);
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(FALSE);
    GtkWidget *poster = kit_poster(kit_badge(message.icon, tone_class(message.tone)), ui_landscape(ui));

    kit_poster_add(poster, kit_title(message.headline));
    if (message.reason[0] != '\0')
        kit_poster_add(poster, kit_label(message.reason, "kx-answer"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    kx_pager_add(KX_PAGER(pager), kit_poster_under(poster, kit_label(message.advice, "kx-soft")));
    kit_actions_add(actions, kit_button(NULL, message.button, "kx-primary", G_CALLBACK(on_action), ui));
    return kit_sheet(NULL, pager, actions);
}

const struct page_class page_message = {
    .name = "message",
    .flags = PAGE_NO_BACK,
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
