/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine says to a wish for a seat, a yes, a no, or a check-in. A wish that only the platform can answer is looked for
 * again while the page is there, so that whoever waits a moment sees what became of it.
 */
#include "activities.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "seat_words.h"

#define LOOK_AGAIN_S 3

enum answer {
    ANSWER_NONE, /* not yet */
    ANSWER_SEAT,
    ANSWER_QUEUE,
    ANSWER_ASKED,
    ANSWER_SAID_YES,
    ANSWER_GIVING_BACK,
    ANSWER_GIVEN_BACK,
    ANSWER_IN,
    ANSWER_WALKED_IN,
    ANSWER_REFUSED,
};

/* What the platform said of a wish since, when it has. */
static enum answer wish_since(const struct kiosk_seat *seat)
{
    if (!seat->told)
        return ANSWER_ASKED;
    if (seat_is(seat, SEAT_REGISTERED))
        return ANSWER_SEAT;
    if (seat_is(seat, SEAT_WAITLISTED))
        return ANSWER_QUEUE;
    return seat_is(seat, SEAT_REFUSED) ? ANSWER_REFUSED : ANSWER_ASKED;
}

/* A yes or a no is written down here; done it is when the platform has heard it. */
static enum answer step_since(const struct seat_asked *asked)
{
    const struct kiosk_seat *seat = &asked->seat;
    bool heard = seat->told && !seat->waits;

    if (asked->ask == KIOSK_SEAT_ASK_TAKE)
        return heard && seat_is(seat, SEAT_REGISTERED) ? ANSWER_SEAT : ANSWER_SAID_YES;
    return heard && seat_is(seat, SEAT_CANCELLED) ? ANSWER_GIVEN_BACK : ANSWER_GIVING_BACK;
}

static enum answer answer_of(struct ui *ui)
{
    const struct seat_asked *asked = activities_asked(ui);

    if (asked->waits)
        return ANSWER_NONE;
    switch (asked->answer.phase) {
    case KIOSK_SEAT_PROMISED:
        return ANSWER_SEAT;
    case KIOSK_SEAT_ASKED:
        return wish_since(&asked->seat);
    case KIOSK_SEAT_WAITS:
        return step_since(asked);
    case KIOSK_SEAT_CHECKED_IN:
        return ANSWER_IN;
    case KIOSK_SEAT_WALKED_IN:
        return ANSWER_WALKED_IN;
    default:
        return ANSWER_REFUSED;
    }
}

bool seat_answer_changed(struct ui *ui)
{
    return activities_asked(ui)->shown != (int)answer_of(ui);
}

static const char *title(struct ui *ui)
{
    switch (answer_of(ui)) {
    case ANSWER_NONE:
        return _("One moment, please");
    case ANSWER_SEAT:
        return L_("Your seat is kept for you", NC_("large", "You have a seat"));
    case ANSWER_QUEUE:
        return L_("Full: you are on the waiting list", NC_("large", "Full: you wait"));
    case ANSWER_ASKED:
        return L_("Asked for, not promised yet", NC_("large", "Not promised yet"));
    case ANSWER_SAID_YES:
        return L_("You said yes to the seat", NC_("large", "You said yes"));
    case ANSWER_GIVING_BACK:
        return L_("You asked to give the seat back", NC_("large", "Giving it back"));
    case ANSWER_GIVEN_BACK:
        return L_("You gave the seat back", NC_("large", "Given back"));
    case ANSWER_IN:
    case ANSWER_WALKED_IN:
        return L_("You are checked in", NC_("large", "Checked in"));
    default:
        return L_("This did not work", NC_("large", "It did not work"));
    }
}

static const struct kiosk_activity *date_of(struct ui *ui)
{
    return activity_list_find(activities_of(ui), activities_asked(ui)->session);
}

static char *asked_advice(struct ui *ui)
{
    if (!activities_online(ui))
        return g_strdup(_("The network is away. Your wish is written down and goes out by itself. Look here again tomorrow."));
    return g_strdup(_("The community centre answers. Look here again before you come."));
}

static const char *refused_why(struct ui *ui)
{
    const struct seat_asked *asked = activities_asked(ui);

    return asked->answer.phase == KIOSK_SEAT_ASKED ? asked->seat.reason : asked->answer.reason;
}

static char *advice(struct ui *ui)
{
    switch (answer_of(ui)) {
    case ANSWER_SEAT:
        return g_strdup(_("Put your card on a machine there when you come. If you cannot come, give the seat back here."));
    case ANSWER_QUEUE:
        return g_strdup(_("When a seat becomes free, you see it here."));
    case ANSWER_ASKED:
        return asked_advice(ui);
    case ANSWER_SAID_YES:
        return g_strdup(_("The community centre confirms it. Look here again before you come."));
    case ANSWER_GIVING_BACK:
        return g_strdup(_("It is written down here and goes to the community centre by itself. You need do nothing more."));
    case ANSWER_GIVEN_BACK:
        return g_strdup(_("Thank you. Somebody else can come now."));
    case ANSWER_IN:
        return g_strdup(_("Enjoy it!"));
    case ANSWER_WALKED_IN:
        return g_strdup(_("You had no seat booked. Please ask there where you can sit."));
    case ANSWER_REFUSED:
        return seat_refusal(date_of(ui), refused_why(ui));
    default:
        return g_strdup("");
    }
}

/* The slip is of the seat: asked for twice it is the same one. */
static const char *seat_id(struct ui *ui)
{
    return activities_asked(ui)->answer.id;
}

static char *speech(struct ui *ui)
{
    g_autofree char *text = advice(ui), *slip = printing_says(ui, KIOSK_PRINT_SEAT, seat_id(ui), "");

    if (slip != NULL)
        return g_steal_pointer(&slip);
    return g_strdup_printf("%s. %s", title(ui), text);
}

/* Not settled: somebody still has to answer. */
static bool is_open(enum answer answer)
{
    return answer == ANSWER_ASKED || answer == ANSWER_SAID_YES || answer == ANSWER_GIVING_BACK;
}

static GtkWidget *badge_new(enum answer answer)
{
    if (answer == ANSWER_REFUSED)
        return kit_badge("warn", "kx-badge-large kx-warn");
    if (answer == ANSWER_NONE || answer == ANSWER_QUEUE || is_open(answer))
        return kit_badge("clock", "kx-badge-large");
    return kit_badge("tick", "kx-badge-large kx-ok");
}

/* What it is about: which activity, when; when something went wrong, the reason is enough. */
static GtkWidget *about_new(struct ui *ui, enum answer answer)
{
    const struct kiosk_activity *activity = date_of(ui);
    g_autofree char *when = NULL, *more = NULL;
    GtkWidget *card;

    if (activity == NULL || answer == ANSWER_NONE || answer == ANSWER_REFUSED || answer == ANSWER_GIVEN_BACK)
        return NULL;
    card = kit_column("kx-card kx-place");
    when = words_span(activity->start_ms, activity->end_ms);
    kit_add(card, kit_label(activity_title(activity), "kx-answer kx-strong"));
    kit_add(card, kit_label(when, "kx-body"));
    if (activities_asked(ui)->companions > 0) {
        more = g_strdup_printf(L_("For %d people", NC_("large", "For %d people")), activities_asked(ui)->companions + 1);
        kit_add(card, kit_label(more, "kx-body"));
    }
    return card;
}

static bool may_print(struct ui *ui)
{
    return (answer_of(ui) == ANSWER_SEAT || answer_of(ui) == ANSWER_QUEUE) && date_of(ui) != NULL;
}

static void print(struct ui *ui, size_t index)
{
    const struct kiosk_activity *activity = date_of(ui);
    g_autofree char *text = advice(ui);

    if (activity != NULL) /* else it has gone from the list since the page was built */
        seat_slip_print(ui, activity, &(struct seat_slip){seat_id(ui), title(ui), text, activities_asked(ui)->companions});
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    enum answer answer = answer_of(ui);
    g_autofree char *text = advice(ui);
    GtkWidget *about = about_new(ui, answer), *slip = printing_line(ui, KIOSK_PRINT_SEAT, seat_id(ui), "");

    activities_asked(ui)->shown = (int)answer;
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = badge_new(answer),
                                 .answer = text,
                                 .blocks = {slip != NULL ? slip : about, slip != NULL ? about : NULL},
                                 .upright_when_largest = may_print(ui),
                                 .buttons = {may_print(ui) ? printing_button(ui, KIOSK_PRINT_SEAT, seat_id(ui), print) : (struct kind_button){0},
                                             {NULL, ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

static gboolean look_again(gpointer data)
{
    struct page *page = data;

    activities_ask(page->ui);
    return G_SOURCE_CONTINUE; /* until the page goes, or is built with the answer */
}

static void show(struct page *page)
{
    if (is_open(answer_of(page->ui)) && activities_online(page->ui) && page->ui->session.active)
        page->timeout = g_timeout_add_seconds(LOOK_AGAIN_S, look_again, page);
}

const struct page_class page_seat_answer = {
    .name = "seat-answer",
    .service = &service_activities,
    .news = PAGE_NEWS_ONLINE | PAGE_NEWS_PRINT,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};
