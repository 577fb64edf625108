/* SPDX-License-Identifier: Apache-2.0 */
/* A touch of the large button of volunteering, in or out, and what became of it: stays when the card is taken from it. */
#include "activities.h"
#include "credit_words.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "seat_words.h"
#include "volunteer.h"

/* A touch of the button, and what became of it. */
struct tap {
    bool waits;
    struct kiosk_credit_event answer;
    int64_t at_ms;
    struct kiosk_activity duty; /* .session "": none that is told of */
};

static struct tap *tap_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_volunteer_done, sizeof(struct tap), NULL);
}

bool volunteer_tap_waits(struct ui *ui)
{
    return tap_of(ui)->waits;
}

void volunteer_tap(struct ui *ui, const struct kiosk_credit_request *request, const struct kiosk_activity *duty)
{
    struct tap *tap = tap_of(ui);

    *tap = (struct tap){.waits = true, .at_ms = activity_list_now_ms(activities_of(ui))};
    if (duty != NULL)
        tap->duty = *duty;
    ui->backend->credit(ui->kiosk, request);
    flow_go(ui, &page_volunteer_done);
}

/* ---- What became of it --------------------------------------------------------------------------------------------- */

static const char *done_title(struct ui *ui)
{
    const struct tap *tap = tap_of(ui);

    if (tap->waits)
        return _("One moment, please");
    switch (tap->answer.phase) {
    case KIOSK_CREDIT_IN:
        return L_("You are signed in", NC_("large", "Signed in"));
    case KIOSK_CREDIT_OUT:
        return L_("You are signed out. Thank you!", NC_("large", "Thank you!"));
    case KIOSK_CREDIT_REPEATED:
        return L_("That is written down already", NC_("large", "Written down already"));
    default:
        return L_("This did not work", NC_("large", "It did not work"));
    }
}

static char *done_advice(struct ui *ui)
{
    const struct tap *tap = tap_of(ui);
    g_autofree char *time = words_clock(tap->at_ms), *long_ = words_duration(tap->answer.minutes);

    if (tap->waits)
        return g_strdup("");
    switch (tap->answer.phase) {
    case KIOSK_CREDIT_IN:
        return g_strdup_printf(L_("Signed in at %s. Put your card here again when you leave", NC_("large", "At %s. Card again when you leave")),
                               time);
    case KIOSK_CREDIT_OUT:
        return tap->answer.minutes > 0
                   ? g_strdup_printf(L_("This time: %s. Your leader confirms it", NC_("large", "%s, the leader confirms")), long_)
                   : g_strdup(_("This was too short to count. Your leader can look at it."));
    case KIOSK_CREDIT_REPEATED:
        return g_strdup(_("You need not do it again."));
    default:
        return credit_refused(&tap->answer);
    }
}

static char *done_speech(struct ui *ui)
{
    switch (tap_of(ui)->answer.phase) {
    case KIOSK_CREDIT_IN:
        return g_strdup(_("Signed in. Put your card here again when you leave."));
    case KIOSK_CREDIT_OUT:
        return g_strdup(_("Signed out. Your leader confirms the time. Thank you."));
    default:
        return g_strdup(done_title(ui));
    }
}

/* Of which service: whoever touched another than they meant sees it. */
static const char *done_duty(const struct tap *tap)
{
    return !tap->waits && tap->duty.session[0] != '\0' ? activity_title(&tap->duty) : NULL;
}

static GtkWidget *done_build(struct page *page)
{
    const struct tap *tap = tap_of(page->ui);
    bool refused = !tap->waits && tap->answer.phase == KIOSK_CREDIT_REFUSED;
    g_autofree char *text = done_advice(page->ui);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = refused             ? kit_badge("warn", "kx-badge-large kx-warn")
                                            : tap->waits ? kit_badge("clock", "kx-badge-large")
                                                                : kit_badge("tick", "kx-badge-large kx-ok"),
                                 .answer = text,
                                 .soft = {done_duty(tap)},
                                 .buttons = {{NULL, page->ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_volunteer_done = {
    .name = "volunteer-done",
    .service = &service_volunteer,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = done_title,
    .speech = done_speech,
    .build = done_build,
};

/* ---- The answer ---- */

static bool is_tap(enum kiosk_credit_phase phase)
{
    return phase == KIOSK_CREDIT_IN || phase == KIOSK_CREDIT_OUT || phase == KIOSK_CREDIT_REPEATED || phase == KIOSK_CREDIT_REFUSED;
}

void volunteer_tap_answered(struct ui *ui, const struct kiosk_credit_event *credit)
{
    struct tap *tap = tap_of(ui);

    if (!tap->waits || credit->ask != KIOSK_CREDIT_ASK_ATTEND || !is_tap(credit->phase))
        return;
    tap->waits = false;
    tap->answer = *credit;
    if (ui->session.active)
        volunteer_balance_ask(ui);
    if (flow_within(ui, &service_volunteer))
        flow_go(ui, &page_volunteer_done);
}
