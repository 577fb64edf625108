/* SPDX-License-Identifier: Apache-2.0 */
/* Complaints and repairs: what is it about, whom to call in danger, and what the machine says. Telling: tickets_file.c; one's own: tickets_mine.c. */
#include "tickets.h"
#include "../flow.h"
#include "../service.h"
#include "model/ticket.h"
#include "pages.h"

#include <string.h>

static void clear(void *data)
{
    struct tickets *tickets = data;

    ticket_list_clear(&tickets->list);
}

struct tickets *tickets_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_tickets, sizeof(struct tickets), clear);
}

struct ticket_catalogue *tickets_catalogue(struct ui *ui)
{
    return rooms_get(&ui->rooms, &service_tickets, sizeof(struct ticket_catalogue), ticket_catalogue_clear);
}

const struct kiosk_category *tickets_category(struct ui *ui)
{
    return ticket_catalogue_find(tickets_catalogue(ui), tickets_of(ui)->service);
}

bool tickets_offline(const struct ui *ui)
{
    return ui->status_known && !ui->status.online;
}

/* ---- Asking the machine ---------------------------------------------------------------------------------------------- */

static void ask_plain(struct ui *ui, enum kiosk_ticket_ask ask)
{
    g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);

    request->ask = ask;
    ui->backend->tickets(ui->kiosk, request);
}

void tickets_list_ask(struct ui *ui)
{
    ask_plain(ui, KIOSK_TICKET_ASK_LIST);
}

static bool may_ask(struct ui *ui, enum kiosk_ticket_ask ask)
{
    struct tickets *tickets = tickets_of(ui);

    if (tickets->asking)
        return false;
    tickets->asking = true;
    tickets->asked = ask;
    return true;
}

void tickets_ask(struct ui *ui, enum kiosk_ticket_ask ask, const char *words)
{
    g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);

    if (!may_ask(ui, ask))
        return;
    request->ask = ask;
    g_strlcpy(request->ticket, tickets_of(ui)->ticket, sizeof request->ticket);
    g_strlcpy(request->description, words != NULL ? words : "", sizeof request->description);
    ui->backend->tickets(ui->kiosk, request);
    flow_refresh(ui, false);
}

void tickets_join(struct ui *ui, size_t index)
{
    struct tickets *tickets = tickets_of(ui);
    g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);

    if (index >= tickets->case_count || !may_ask(ui, KIOSK_TICKET_ASK_JOIN))
        return;
    request->ask = KIOSK_TICKET_ASK_JOIN;
    g_strlcpy(request->ticket, tickets->cases[index].no, sizeof request->ticket);
    ui->backend->tickets(ui->kiosk, request);
    flow_refresh(ui, false);
}

/* The page that reads it back shows what it is about; what comes to the end of the card is filled before the answer. */
static void filed_fill(struct ui *ui, bool anonymous)
{
    const struct tickets *tickets = tickets_of(ui);
    const struct kiosk_category *category = tickets_category(ui);
    struct ticket_filed *filed = tickets_filed(ui);

    memset(filed, 0, sizeof *filed);
    if (category != NULL && !category->personal)
        g_strlcpy(filed->what, ticket_category_name(category), sizeof filed->what);
    g_strlcpy(filed->where, category != NULL && !category->personal ? tickets->place.name : "", sizeof filed->where);
    filed->anonymous = anonymous;
}

void tickets_file(struct ui *ui)
{
    struct tickets *tickets = tickets_of(ui);
    g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);

    if (!may_ask(ui, KIOSK_TICKET_ASK_FILE))
        return;
    request->ask = KIOSK_TICKET_ASK_FILE;
    request->warned = tickets->warned;
    g_strlcpy(request->service, tickets->service, sizeof request->service);
    g_strlcpy(request->place, tickets->place.id, sizeof request->place);
    g_strlcpy(request->address, tickets->place.id[0] == '\0' ? tickets->place.name : "", sizeof request->address);
    g_strlcpy(request->asks, tickets->asks, sizeof request->asks);
    tickets_answers(ui, request);
    filed_fill(ui, request->anonymous);
    ui->backend->tickets(ui->kiosk, request);
    flow_refresh(ui, false);
}

void tickets_choose(struct ui *ui, const char *service)
{
    struct tickets *tickets = tickets_of(ui);

    g_strlcpy(tickets->service, service, sizeof tickets->service);
    tickets->answers = (struct kind_answers){0};
    tickets->warned = false;
    const struct kiosk_category *category = tickets_category(ui);
    if (category != NULL && category->desk) {
        g_strlcpy(tickets->refused, "DESK", sizeof tickets->refused);
        flow_go(ui, &page_ticket_refused);
        return;
    }
    flow_go(ui, category != NULL && category->danger ? &page_ticket_danger : &page_ticket_where);
}

/* The first question is asked next. */
static void answers_forget(struct ui *ui)
{
    const struct kiosk_category *category = tickets_category(ui);

    tickets_of(ui)->answers = (struct kind_answers){.at = category != NULL && category->count > 0 ? 0 : KIOSK_QUESTIONS};
    g_strlcpy(tickets_of(ui)->asks, category != NULL ? category->asks : "", sizeof tickets_of(ui)->asks);
}

void tickets_place(struct ui *ui, const struct kiosk_place *place)
{
    struct tickets *tickets = tickets_of(ui);
    g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);

    tickets->place = *place;
    tickets->case_count = 0;
    answers_forget(ui);
    if (place->id[0] == '\0') {
        flow_go(ui, &page_ticket_more);
        return;
    }
    request->ask = KIOSK_TICKET_ASK_SIMILAR;
    g_strlcpy(request->service, tickets->service, sizeof request->service);
    g_strlcpy(request->place, place->id, sizeof request->place);
    ui->backend->tickets(ui->kiosk, request);
}

/* ---- What is it about? --------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);

    if (!catalogue->known)
        return _("One moment, please");
    return catalogue->count == 0 ? L_("You can report problems here when online", NC_("large", "When online you can report here")) : _("What is it about?");
}

static char *speech(struct ui *ui)
{
    return g_strdup(tickets_catalogue(ui)->count == 0 ? title(ui) : _("What is it about? In danger call 119, 120 or 110 now."));
}

static void go_mine(struct ui *ui, size_t index)
{
    flow_go(ui, &page_ticket_mine);
}

static void go_danger(struct ui *ui, size_t index)
{
    tickets_of(ui)->service[0] = '\0';
    flow_go(ui, &page_ticket_danger);
}

static void go_category(struct ui *ui, size_t index)
{
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);

    if (index < catalogue->count)
        tickets_choose(ui, catalogue->categories[index].code);
}

static char *waiting_words(struct ui *ui)
{
    unsigned waiting = ticket_list_waiting(&tickets_of(ui)->list);

    if (waiting == 1 && strcmp(tickets_of(ui)->list.items[0].service, TICKET_QUESTION) == 0)
        return g_strdup(_("Your question is answered"));
    return waiting > 0 ? g_strdup_printf(_("%u to answer"), waiting) : NULL;
}

static GtkWidget *build_none(struct page *page)
{
    bool known = tickets_catalogue(page->ui)->known;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(known ? "offline" : "report", "kx-badge-large"),
                                 .answer = known ? _("Please tell the service desk, or call 12345.") : NULL,
                                 .buttons = {{NULL, _("In danger"), "kx-plain", go_danger}, {NULL, _("Home"), "kx-primary", kind_go_home}},
                             });
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);
    bool mine = tickets_of(ui)->list.count > 0;
    g_autofree char *waiting = waiting_words(ui);
    g_autofree struct kind_tile *tiles = g_new0(struct kind_tile, catalogue->count + 2);
    size_t count = 0;

    if (catalogue->count == 0)
        return build_none(page);
    if (mine)
        tiles[count++] = (struct kind_tile){"report", _("My cases"), waiting, go_mine, 0, .pressing = waiting != NULL};
    tiles[count++] = (struct kind_tile){"siren", _("In danger"), NULL, go_danger, 0};
    for (size_t i = 0; i < catalogue->count; i++)
        tiles[count++] = (struct kind_tile){ticket_icon(catalogue->categories[i].code), ticket_category_name(&catalogue->categories[i]), NULL,
                                            go_category, i};
    return kind_pick(page, tiles, count, false);
}

const struct page_class page_tickets = {
    .name = "tickets",
    .service = &service_tickets,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- Danger ----------------------------------------------------------------------------------------------------------------- */

static const char *danger_title(struct ui *ui)
{
    return L_("In danger call 119, 120 or 110 now", NC_("large", "Call 119, 120 or 110 now"));
}

static char *danger_speech(struct ui *ui)
{
    /* Translators: said aloud: figures with blanks between, so that each is said. */
    return g_strdup(_("In danger call 1 1 9, 1 2 0 or 1 1 0 now. Or ask the staff for help."));
}

static void go_on(struct ui *ui, size_t index)
{
    tickets_of(ui)->warned = true;
    flow_go(ui, &page_ticket_where);
}

static GtkWidget *danger_build(struct page *page)
{
    bool on = tickets_category(page->ui) != NULL;
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_fact(_("Fire, gas, shut in"), "119"));
    kit_add(card, kit_fact(_("Somebody is hurt or ill"), "120"));
    kit_add(card, kit_fact(_("Police"), "110"));
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("siren", "kx-badge-large kx-warn"),
                                 .answer = _("Go to a safe place first. The staff help you to call."),
                                 .blocks = {card},
                                 .buttons = {{NULL, _("Home"), "kx-plain", kind_go_home},
                                             {NULL, on ? L_("Nobody is in danger, go on", NC_("large", "No danger, go on")) : NULL,
                                              "kx-primary", go_on}},
                                 .upright_when_largest = true,
                             });
}

const struct page_class page_ticket_danger = {
    .name = "ticket-danger",
    .service = &service_tickets,
    .flags = PAGE_PASSING,
    .title = danger_title,
    .speech = danger_speech,
    .build = danger_build,
};

/* ---- What the machine says ------------------------------------------------------------------------------------------------ */

static bool questions_changed(struct ui *ui)
{
    const struct kiosk_category *category = tickets_category(ui);

    return category != NULL && strcmp(category->asks, tickets_of(ui)->asks) != 0;
}

/* What was answered were other questions. Who has sent it already hears what became of that. */
static void ask_anew(struct ui *ui)
{
    struct tickets *tickets = tickets_of(ui);
    bool answered = tickets->answers.given != 0;

    answers_forget(ui);
    if (ui->page != &page_ticket_more || tickets->asking)
        return;
    if (!answered) {
        flow_refresh(ui, true);
        return;
    }
    g_strlcpy(tickets->refused, "ATTRIBUTES", sizeof tickets->refused);
    flow_go(ui, &page_ticket_refused);
}

static void on_catalogue(struct ui *ui, const struct kiosk_event *event)
{
    struct ticket_catalogue *catalogue = tickets_catalogue(ui);
    bool first = !catalogue->known;

    if (event->kind == KIOSK_EVENT_CATEGORIES)
        ticket_catalogue_categories(catalogue, event->categories.items, event->categories.count);
    else
        ticket_catalogue_places(catalogue, event->places.items, event->places.count);
    if (ui->session.active && questions_changed(ui))
        ask_anew(ui);
    if (ui->page == &page_tickets || ui->page == &page_ticket_where || ui->page == &page_ticket_street)
        flow_refresh(ui, first);
}

/* What somebody reads of another service, or of their money, stays; this is told where they come to their cases next. */
static void tell(struct ui *ui, const struct page_class *page)
{
    struct tickets *tickets = tickets_of(ui);

    tickets->untold = NULL;
    if (flow_within(ui, &service_tickets)) {
        flow_go(ui, page);
        return;
    }
    tickets->untold = page;
    if (ui->page == &page_home)
        flow_refresh(ui, false);
}

/* Its number has come from the community meanwhile, or a no. */
static void follow_filed(struct ui *ui)
{
    struct ticket_filed *filed = tickets_filed(ui);
    const struct kiosk_ticket *ticket = ticket_list_find(&tickets_of(ui)->list, filed->id);

    if (ticket != NULL && strcmp(ticket->state, "REFUSED") == 0) {
        g_strlcpy(tickets_of(ui)->refused, ticket->reason, sizeof tickets_of(ui)->refused);
        flow_go(ui, &page_ticket_refused);
        return;
    }
    if (ticket == NULL || ticket->no == filed->no)
        return;
    filed->no = ticket->no;
    filed->due = ticket->due;
    filed->provisional = ticket->provisional;
    flow_refresh(ui, false);
}

static void on_list(struct ui *ui, const struct kiosk_tickets_event *told)
{
    struct tickets *tickets = tickets_of(ui);
    bool first = !tickets->list.told;

    ticket_list_take(&tickets->list, told);
    if (ui->page == &page_ticket_filed)
        follow_filed(ui);
    else if (ui->page == &page_home || ui->page == &page_tickets || ui->page == &page_ticket_mine || ui->page == &page_ticket ||
             ui->page == &page_ticket_where)
        flow_refresh(ui, first && ui->page == &page_ticket_mine);
}

static void on_similar(struct ui *ui, const struct kiosk_tickets_event *told)
{
    struct tickets *tickets = tickets_of(ui);

    if (ui->page != &page_ticket_where && ui->page != &page_ticket_street)
        return; /* they went elsewhere */
    if (strcmp(told->place, tickets->place.id) != 0 || strcmp(told->service, tickets->service) != 0)
        return; /* of what was touched before */
    tickets->case_count = told->phase == KIOSK_TICKET_SIMILAR ? MIN(told->count, TICKET_SIMILAR_MAX) : 0;
    if (tickets->case_count > 0)
        memcpy(tickets->cases, told->cases, tickets->case_count * sizeof tickets->cases[0]);
    flow_go(ui, tickets->case_count > 0 ? &page_ticket_similar : &page_ticket_more);
}

static void on_filed(struct ui *ui, const struct kiosk_tickets_event *told)
{
    struct ticket_filed *filed = tickets_filed(ui);

    g_strlcpy(filed->id, told->id, sizeof filed->id);
    g_strlcpy(filed->local, told->local, sizeof filed->local);
    filed->due = told->due;
    filed->provisional = told->provisional;
    tickets_list_ask(ui);
    tell(ui, &page_ticket_filed);
}

static void on_refused(struct ui *ui, const struct kiosk_tickets_event *told)
{
    struct tickets *tickets = tickets_of(ui);

    if (strcmp(told->reason, "DANGER") == 0) {
        tell(ui, &page_ticket_danger);
        return;
    }
    g_strlcpy(tickets->refused, told->reason, sizeof tickets->refused);
    answers_forget(ui); /* the questions may be others now */
    ask_plain(ui, KIOSK_TICKET_ASK_CATALOGUE);
    tickets_list_ask(ui);
    tell(ui, &page_ticket_refused);
}

static void on_done(struct ui *ui)
{
    struct tickets *tickets = tickets_of(ui);

    tickets_list_ask(ui);
    if (!flow_within(ui, &service_tickets))
        return; /* the list says it */
    if (tickets->asked == KIOSK_TICKET_ASK_CONFIRM)
        rating_ask(ui, tickets->ticket, RATING_OF_ORDER);
    else
        flow_go(ui, &page_ticket);
}

static void on_tickets(struct ui *ui, const struct kiosk_tickets_event *told)
{
    struct tickets *tickets = tickets_of(ui);

    if (told->ask == KIOSK_TICKET_ASK_SIMILAR) {
        on_similar(ui, told);
        return;
    }
    if (told->phase == KIOSK_TICKET_LIST) {
        on_list(ui, told);
        return;
    }
    if (!tickets->asking || told->ask != tickets->asked)
        return; /* the list was refused, or who asked has left */
    tickets->asking = false;
    if (told->phase == KIOSK_TICKET_REFUSED)
        on_refused(ui, told);
    else if (told->phase == KIOSK_TICKET_FILED)
        on_filed(ui, told);
    else if (told->phase == KIOSK_TICKET_JOINED)
        tell(ui, &page_ticket_joined);
    else
        on_done(ui);
}

/* ---- The service ------------------------------------------------------------------------------------------------------ */

static const char *word(void)
{
    return L_("Report a problem", NC_("large", "Repairs, complaints"));
}

static const char *spoken(void)
{
    return _("report a problem");
}

static char *note(struct ui *ui)
{
    const struct page_class *untold = tickets_of(ui)->untold;

    return untold != NULL ? g_strdup(untold->title(ui)) : waiting_words(ui);
}

/* Somebody waits for the person's answer. */
static bool pressing(struct ui *ui)
{
    return ticket_list_waiting(&tickets_of(ui)->list) > 0;
}

static void enter(struct ui *ui)
{
    const struct page_class *untold = g_steal_pointer(&tickets_of(ui)->untold);

    ask_plain(ui, KIOSK_TICKET_ASK_CATALOGUE);
    tickets_list_ask(ui);
    flow_go(ui, untold != NULL ? untold : &page_tickets);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_CATEGORIES || event->kind == KIOSK_EVENT_PLACES)
        on_catalogue(ui, event);
    else if (!ui->session.active)
        return; /* the answer came after the person had left */
    else if (event->kind == KIOSK_EVENT_TICKETS)
        on_tickets(ui, &event->tickets);
    else if (event->kind == KIOSK_EVENT_RATING && event->rating.given)
        tickets_list_ask(ui);
}

const struct service service_tickets = {
    .name = "tickets",
    .icon = "report",
    .who = SERVICE_FOR_RESIDENTS,
    .word = word,
    .spoken = spoken,
    .note = note,
    .pressing = pressing,
    .begin = tickets_list_ask,
    .enter = enter,
    .event = event,
};
