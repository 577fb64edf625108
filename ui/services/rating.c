/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people say of a service (F14): asked once behind it, five grades as faces, and why when it was not good. "Not now" is as large as
 * each of them, and nothing is chosen before. Behind a payment it is a button beside "Finish", in nobody's way.
 */
#include "rating.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "model/rating.h"
#include "pages.h"

#include <string.h>

struct rate {
    char id[37];    /* of the payment or the order */
    char given[37]; /* the last one that was rated: not asked again */
    enum rating_of of;
    unsigned grade, said; /* touched; written down */
    bool asking;
    bool again; /* it is changed now, or was: once (RT-2) */
    char refused[32]; /* "": it was given */
    const struct page_class *from;
};

static struct rate *rate_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_rating, sizeof(struct rate), NULL);
}

static void ask(struct ui *ui, const char *id, enum rating_of of, bool again)
{
    struct rate *rate = rate_of(ui);

    g_strlcpy(rate->id, id, sizeof rate->id);
    rate->of = of;
    rate->grade = 0;
    rate->asking = false;
    rate->again = again;
    rate->from = ui->page;
    flow_go(ui, &page_rate);
}

void rating_ask(struct ui *ui, const char *id, enum rating_of of)
{
    ask(ui, id, of, false);
}

void rating_ask_again(struct ui *ui, const char *id, enum rating_of of)
{
    ask(ui, id, of, true);
}

static void give(struct ui *ui, unsigned reasons)
{
    struct rate *rate = rate_of(ui);
    struct kiosk_rating_request request = {.grade = rate->grade, .reasons = reasons};

    if (rate->asking)
        return;
    rate->asking = true;
    g_strlcpy(request.service, rate->id, sizeof request.service);
    ui->backend->rate(ui->kiosk, &request);
}

/* ---- How was it? ------------------------------------------------------------------------------------------------------ */

static const char *title(struct ui *ui)
{
    return L_("How was it?", NC_("large", "Satisfied?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("How was it? Touch a face, or Not now."));
}

/* What was sent stays what is thanked for: a second face under way changes nothing. */
static void go_grade(struct ui *ui, size_t grade)
{
    if (rate_of(ui)->asking)
        return;
    rate_of(ui)->grade = (unsigned)grade;
    if (grade <= RATING_LOW)
        flow_go(ui, &page_rate_why);
    else
        give(ui, 0);
}

static void later(struct ui *ui, size_t index)
{
    struct rate *rate = rate_of(ui);

    rate->again = rate->again && rate->from != &page_rate_thanks; /* it was not changed */
    flow_go(ui, rate->from);
}

static GtkWidget *build(struct page *page)
{
    const struct kind_tile tiles[] = {
        {"face-5", L_("Very satisfied", NC_("large", "Very good")), NULL, go_grade, 5}, {"face-4", L_("Satisfied", NC_("large", "Good")), NULL, go_grade, 4},
        {"face-3", L_("Acceptable", NC_("large", "All right")), NULL, go_grade, 3},     {"face-2", L_("Dissatisfied", NC_("large", "Not good")), NULL, go_grade, 2},
        {"face-1", L_("Very dissatisfied", NC_("large", "Bad")), NULL, go_grade, 1}, {"next", _("Not now"), NULL, later, 0},
    };

    return kind_scale(page, tiles, G_N_ELEMENTS(tiles));
}

const struct page_class page_rate = {
    .name = "rate",
    .service = &service_rating,
    .flags = PAGE_NO_BACK,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- Why? -------------------------------------------------------------------------------------------------------------- */

static const char *why_title(struct ui *ui)
{
    return _("What was not good?");
}

static char *why_speech(struct ui *ui)
{
    return g_strdup(why_title(ui));
}

static void go_reason(struct ui *ui, size_t reason)
{
    give(ui, (unsigned)reason);
}

static GtkWidget *why_build(struct page *page)
{
    const struct kind_tile of_order[] = {
        {"clock", _("It took too long"), NULL, go_reason, RATING_EFFICIENCY},
        {"cross", _("It was not done well"), NULL, go_reason, RATING_SKILL},
        {"person", _("They were not friendly"), NULL, go_reason, RATING_ATTITUDE},
        {"next", _("I would rather not say"), NULL, go_reason, 0},
    };
    const struct kind_tile of_payment[] = {
        {"clock", _("It took too long"), NULL, go_reason, RATING_EFFICIENCY},
        {"info", _("It was hard to understand"), NULL, go_reason, RATING_GUIDE},
        {"cross", _("The machine did not work well"), NULL, go_reason, RATING_PLATFORM},
        {"next", _("I would rather not say"), NULL, go_reason, 0},
    };

    return kind_scale(page, rate_of(page->ui)->of == RATING_OF_ORDER ? of_order : of_payment, G_N_ELEMENTS(of_order));
}

const struct page_class page_rate_why = {
    .name = "rate-why",
    .service = &service_rating,
    .title = why_title,
    .speech = why_speech,
    .build = why_build,
};

/* ---- Thanks ---------------------------------------------------------------------------------------------------------------- */

static const char *thanks_title(struct ui *ui)
{
    const struct rate *rate = rate_of(ui);

    if (rate->refused[0] == '\0')
        return _("Thank you");
    if (strcmp(rate->refused, "RATED_ALREADY") == 0)
        return _("You have rated this already");
    if (strcmp(rate->refused, "WINDOW_CLOSED") == 0)
        return _("It is too long ago to be rated");
    return _("The rating could not be written down");
}

static const char *thanks_answer(struct ui *ui)
{
    const struct rate *rate = rate_of(ui);

    if (rate->refused[0] != '\0')
        return _("You can tell the service desk how it was.");
    return rate->said <= RATING_LOW ? L_("You will hear from us within fifteen working days", NC_("large", "You will hear from us"))
                                     : _("That helps to do it better.");
}

static char *thanks_speech(struct ui *ui)
{
    return g_strdup_printf("%s. %s", thanks_title(ui), thanks_answer(ui));
}

static void change(struct ui *ui, size_t index)
{
    struct rate *rate = rate_of(ui);

    rate->again = true;
    rate->from = &page_rate_thanks;
    flow_go(ui, &page_rate);
}

static GtkWidget *thanks_build(struct page *page)
{
    const struct rate *rate = rate_of(page->ui);
    bool given = rate->refused[0] == '\0', here = page->ui->session.active && page->ui->card_present;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = given ? kit_badge("tick", "kx-badge-large kx-ok") : kit_badge("warn", "kx-badge-large kx-warn"),
                                 .answer = thanks_answer(page->ui),
                                 .buttons = {{NULL, given && here && !rate->again ? _("Change it") : NULL, "kx-plain", change},
                                             {NULL, _("Home"), "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_rate_thanks = {
    .name = "rate-thanks",
    .service = &service_rating,
    .flags = PAGE_NO_BACK | PAGE_PASSING,
    .title = thanks_title,
    .speech = thanks_speech,
    .build = thanks_build,
};

/* ---- The service ------------------------------------------------------------------------------------------------------ */

static void event(struct ui *ui, const struct kiosk_event *event)
{
    struct rate *rate;

    if (event->kind != KIOSK_EVENT_RATING || !ui->session.active)
        return; /* the answer came after the person had left */
    rate = rate_of(ui);
    if (!rate->asking || strcmp(rate->id, event->rating.service) != 0)
        return;
    rate->asking = false;
    g_strlcpy(rate->refused, event->rating.given ? "" : event->rating.reason, sizeof rate->refused);
    g_strlcpy(rate->given, rate->id, sizeof rate->given);
    if (event->rating.given)
        rate->said = rate->grade;
    if (flow_within(ui, &service_rating))
        flow_go(ui, &page_rate_thanks);
}

/* Behind a payment, while its card lies there. */
static const char *paid(struct ui *ui)
{
    bool here = ui->session.active && ui->card_present && ui->session.payment.id[0] != '\0';

    return here && strcmp(rate_of(ui)->given, ui->session.payment.id) != 0 ? _("Rate it") : NULL;
}

static void paid_enter(struct ui *ui)
{
    rating_ask(ui, ui->session.payment.id, RATING_OF_PAYMENT);
}

const struct service service_rating = {
    .name = "rating",
    .icon = "face-5",
    .who = SERVICE_FOR_RESIDENTS,
    .event = event,
    .paid = paid,
    .paid_enter = paid_enter,
};
