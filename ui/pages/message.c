/* SPDX-License-Identifier: Apache-2.0 */
/* Something did not work: what happened to the money, why, and one next step. The words are in ui/message.c. */
#include "../message.h"
#include "../flow.h"
#include "../kinds/kinds.h"

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

static void act(struct ui *ui, size_t index)
{
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
    struct message message = message_now(page->ui);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(message.icon, tone_class(message.tone)),
                                 .headline = message.headline,
                                 .answer = message.reason,
                                 .soft = {message.advice},
                                 .buttons = {{NULL, message.button, "kx-primary", act}},
                             });
}

const struct page_class page_message = {
    .name = "message",
    .flags = PAGE_NO_BACK | PAGE_PASSING,
    .title = title,
    .speech = speech,
    .build = build,
};
