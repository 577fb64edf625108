/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Activities of the community (F09), by date, with or without a card: what is called off and what is offered to the card first.
 * The way: this list, one date (activity.c), how many come, what the machine says of it (seat_answer.c).
 */
#include "activities.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "seat_words.h"

static void visit_clear(void *data)
{
    struct activity_visit *visit = data;

    seat_list_clear(&visit->seats);
}

struct activity_list *activities_of(struct ui *ui)
{
    return rooms_get(&ui->rooms, &service_activities, sizeof(struct activity_list), activity_list_clear);
}

struct activity_visit *activities_visit(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_activities, sizeof(struct activity_visit), visit_clear);
}

/* Owned by its page: it stays when the card is taken from it. */
struct seat_asked *activities_asked(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_seat_answer, sizeof(struct seat_asked), NULL);
}

const struct kiosk_activity *activities_shown(struct ui *ui)
{
    return activity_list_find(activities_of(ui), activities_visit(ui)->session);
}

const struct kiosk_seat *activities_seat(struct ui *ui)
{
    return seat_list_of(&activities_visit(ui)->seats, activities_visit(ui)->session);
}

bool activities_online(const struct ui *ui)
{
    return !ui->status_known || ui->status.online;
}

/* ---- The list ------------------------------------------------------------------------------------------------------ */

static const char *title(struct ui *ui)
{
    return L_("Activities of the community", NC_("large", "Activities"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(activities_of(ui)->count > 0 ? _("Activities, the next one first. Touch one to see more.") : _("There are no activities now."));
}

void activities_open(struct ui *ui, const char *session)
{
    g_strlcpy(activities_visit(ui)->session, session, sizeof activities_visit(ui)->session);
    flow_go(ui, &page_activity);
}

static void open_row(struct ui *ui, size_t index)
{
    g_assert(index < activities_of(ui)->count);
    activities_open(ui, activities_of(ui)->items[index].session);
}

/* How the card stands with it before when; only for others is there room for the place. */
static char *row_note(const struct ui *ui, const struct kiosk_activity *activity, const char *says)
{
    g_autofree char *when = words_span(activity->start_ms, activity->end_ms);
    const char *place = ui->size == TEXT_XLARGE ? "" : activity_place(activity);

    if (says != NULL)
        return g_strdup_printf("%s · %s", says, when);
    return place[0] == '\0' ? g_steal_pointer(&when) : g_strdup_printf("%s · %s", when, place);
}

/* Until the page is built. */
static const char *keep(GPtrArray *texts, char *text)
{
    g_ptr_array_add(texts, text);
    return text;
}

static struct kind_row row_of(const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    static const struct {
        const char *icon, *tone;
    } looks[] = {
        [STANDING_LOST] = {"warn", "kx-danger"}, [STANDING_OFFER] = {"clock", "kx-warn"}, [STANDING_OWN] = {"tick", "kx-ok"},
        [STANDING_OFF] = {"cross", "kx-danger"}, [STANDING_NOTHING] = {"activity", NULL},
    };
    enum standing standing = activity_standing(activity, seat);
    bool hopes = seat_is(seat, SEAT_REQUESTED) || seat_is(seat, SEAT_WAITLISTED);

    if (standing == STANDING_OWN && hopes) /* a tick would promise */
        return (struct kind_row){.icon = "clock", .text = activity_title(activity), .go = open_row};
    return (struct kind_row){
        .icon = looks[standing].icon, .tone = looks[standing].tone, .text = activity_title(activity), .go = open_row};
}

static GtkWidget *build(struct page *page)
{
    struct activity_list *list = activities_of(page->ui);
    const struct seat_list *seats = &activities_visit(page->ui)->seats;
    size_t count;
    g_autofree size_t *order = activity_order(list, seats, &count);
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MAX(count, 1));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < count; i++) {
        const struct kiosk_activity *activity = &list->items[order[i]];
        const struct kiosk_seat *seat = seat_list_of(seats, activity->session);

        bool own = activity_standing(activity, seat) == STANDING_OWN;
        const char *says = keep(texts, seat_says(activity, seat));

        rows[i] = row_of(activity, seat);
        rows[i].kicker = own ? NULL : says;
        rows[i].note = keep(texts, row_note(page->ui, activity, own ? says : NULL));
        rows[i].index = order[i];
    }
    return kind_list(page, rows, count, list->known ? _("There are no activities now.") : _("One moment, please"), NULL);
}

const struct page_class page_activities = {
    .name = "activities",
    .service = &service_activities,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- The service --------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return L_("Activities", NC_("large", "Join in"));
}

static const char *spoken(void)
{
    return _("activities");
}

/* What must not be missed: a seat that is offered, and what is called off. Else how many seats the card has. */
static char *note(struct ui *ui)
{
    const struct activity_list *list = activities_of(ui);
    size_t many[STANDING_NOTHING + 1] = {0};

    for (size_t i = 0; i < list->count; i++)
        many[activity_standing(&list->items[i], seat_list_of(&activities_visit(ui)->seats, list->items[i].session))]++;
    if (many[STANDING_OFFER] > 0)
        return g_strdup(L_("A seat is free for you", NC_("large", "A seat for you")));
    if (many[STANDING_LOST] > 0)
        return g_strdup(L_("One of yours is called off", NC_("large", "Called off")));
    return many[STANDING_OWN] > 0 ? g_strdup_printf(L_("You go to %zu", NC_("large", "You go to %zu")), many[STANDING_OWN]) : NULL;
}

static bool has_card(const struct ui *ui)
{
    return ui->session.active && !ui->session.identity.visitor;
}

static void ask_list(struct ui *ui)
{
    ui->backend->seat(ui->kiosk, &(struct kiosk_seat_request){.ask = KIOSK_SEAT_ASK_LIST});
}

void activities_ask(struct ui *ui)
{
    ask_list(ui);
    if (has_card(ui))
        ui->backend->seat(ui->kiosk, &(struct kiosk_seat_request){.ask = KIOSK_SEAT_ASK_MINE});
}

static void send(struct ui *ui, enum kiosk_seat_ask ask, int companions)
{
    const struct activity_visit *visit = activities_visit(ui);
    const struct kiosk_seat *seat = activities_seat(ui);
    struct seat_asked *asked = activities_asked(ui);
    struct kiosk_seat_request request = {.ask = ask, .companions = companions};

    g_strlcpy(request.session, visit->session, sizeof request.session);
    if (seat != NULL)
        g_strlcpy(request.id, seat->id, sizeof request.id);
    *asked = (struct seat_asked){.ask = ask, .companions = companions, .waits = true};
    g_strlcpy(asked->session, visit->session, sizeof asked->session);
    ui->backend->seat(ui->kiosk, &request);
}

void activities_request(struct ui *ui, enum kiosk_seat_ask ask, int companions)
{
    if (!activities_asked(ui)->waits) /* else it would take the answer to the one before for its own */
        send(ui, ask, companions);
    flow_go(ui, &page_seat_answer);
}

void activities_enter(struct ui *ui)
{
    activities_ask(ui);
    flow_go(ui, &page_activities);
}

/* A page that says what it said before is left alone: building it again would start the session's time anew. */
static bool says_more(struct ui *ui)
{
    return ui->page == &page_activities || ui->page == &page_activity || ui->page == &page_home ||
           (ui->page == &page_seat_answer && seat_answer_changed(ui));
}

static void on_seat(struct ui *ui, const struct kiosk_seat_event *seat)
{
    struct seat_asked *asked = activities_asked(ui);

    if (!asked->waits || seat->ask != asked->ask)
        return; /* of a list that was refused: it stays as it was */
    asked->waits = false;
    asked->answer = *seat;
    activities_ask(ui);
    if (ui->page == &page_seat_answer)
        flow_refresh(ui, true);
}

static void on_seats(struct ui *ui, const struct kiosk_event *event)
{
    struct activity_visit *visit = activities_visit(ui);
    struct seat_asked *asked = activities_asked(ui);
    const struct kiosk_seat *seat;

    seat_list_take(&visit->seats, event->seats.items, event->seats.count, event->seats.known);
    seat = seat_list_find(&visit->seats, asked->answer.id);
    if (seat != NULL)
        asked->seat = *seat;
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_ACTIVITIES)
        activity_list_take(activities_of(ui), event->activities.items, event->activities.count, event->activities.asof_ms,
                           event->activities.now_ms);
    else if (event->kind == KIOSK_EVENT_SEATS && ui->session.active)
        on_seats(ui, event);
    else if (event->kind == KIOSK_EVENT_SEAT && (ui->session.active || flow_underneath(ui) == &page_seat_answer))
        on_seat(ui, &event->seat);
    if ((event->kind == KIOSK_EVENT_ACTIVITIES || event->kind == KIOSK_EVENT_SEATS) && says_more(ui))
        flow_refresh(ui, false);
}

const struct service service_activities = {
    .name = "activities",
    .icon = "activity",
    .who = SERVICE_FOR_ALL,
    .word = word,
    .spoken = spoken,
    .note = note,
    .attach = ask_list,
    .begin = activities_ask,
    .enter = activities_enter,
    .event = event,
};
