/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "services/tickets.h"
#include "stage_tickets.h"

static void entered(struct stage *stage, const char *states)
{
    stage_card(stage, PERSON_ADULT);
    stage_tickets(stage, states);
    service_tickets.enter(stage->ui);
    stage_catalogue(stage, false);
}

static void what(struct stage *stage)
{
    entered(stage, "");
}

static void what_again(struct stage *stage)
{
    entered(stage, "CALLBACK TRIAGE");
}

static void what_hostile(struct stage *stage)
{
    entered(stage, "");
    stage_catalogue(stage, true);
}

static void what_none(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    service_tickets.enter(stage->ui);
    ui_event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_CATEGORIES});
    stage_settle(stage);
}

static void danger(struct stage *stage)
{
    entered(stage, "");
    tickets_choose(stage->ui, "F06");
    stage_settle(stage);
}

static void where(struct stage *stage)
{
    entered(stage, "");
    tickets_choose(stage->ui, "E03");
    stage_settle(stage);
}

static void where_hostile(struct stage *stage)
{
    where(stage);
    stage_catalogue(stage, true);
}

static void street(struct stage *stage)
{
    where(stage);
    g_autoptr(GArray) streets = ticket_streets(tickets_catalogue(stage->ui));
    tickets_of(stage->ui)->street = g_array_index(streets, struct ticket_street, 0);
    flow_go(stage->ui, &page_ticket_street);
    stage_settle(stage);
}

static void similar(struct stage *stage)
{
    where(stage);
    tickets_place(stage->ui, &tickets_of(stage->ui)->list.home);
    stage_similar(stage, 2);
}

static void joined(struct stage *stage)
{
    similar(stage);
    tickets_join(stage->ui, 0);
    stage_ticket_answer(stage, KIOSK_TICKET_JOINED, "");
}

static void more(struct stage *stage, const char *service, size_t answered)
{
    entered(stage, "");
    tickets_choose(stage->ui, service);
    if (stage->ui->page == &page_ticket_danger)
        flow_go(stage->ui, &page_ticket_where);
    tickets_place(stage->ui, &tickets_of(stage->ui)->list.home);
    stage_similar(stage, 0);
    struct kind_answers *answers = &tickets_of(stage->ui)->answers;
    answers->given = answered > 0 ? 0xFF : 0;
    answers->at = answered > 0 ? KIOSK_QUESTIONS + 2 : strcmp(service, "E03") == 0 ? 0 : KIOSK_QUESTIONS;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
}

static void more_asked(struct stage *stage)
{
    more(stage, "E03", 0);
}

static void more_since(struct stage *stage)
{
    more(stage, "F01", 0);
}

static void more_who(struct stage *stage)
{
    more(stage, "F01", 0);
    tickets_of(stage->ui)->answers.at = KIOSK_QUESTIONS + 1;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
}

static void read_back(struct stage *stage)
{
    more(stage, "E03", 1);
}

static void read_back_private(struct stage *stage)
{
    more(stage, "S02", 1);
}

static void read_back_offline(struct stage *stage)
{
    stage_status(stage, scene_offline);
    more(stage, "E03", 1);
}

static void filed(struct stage *stage, const char *state, bool nameless)
{
    more(stage, "E03", 1);
    tickets_of(stage->ui)->answers.value[KIOSK_QUESTIONS + 1] = nameless;
    tickets_file(stage->ui);
    stage_ticket_answer(stage, KIOSK_TICKET_FILED, "");
    stage_tickets(stage, state);
}

static void filed_heard(struct stage *stage)
{
    filed(stage, "TRIAGE", false);
}

static void filed_offline(struct stage *stage)
{
    stage_status(stage, scene_offline);
    filed(stage, "NEW", false);
}

static void filed_nameless(struct stage *stage)
{
    filed(stage, "", true);
}

static void refused(struct stage *stage)
{
    more(stage, "E03", 1);
    tickets_file(stage->ui);
    stage_ticket_answer(stage, KIOSK_TICKET_REFUSED, "LOCATION");
}

static void mine(struct stage *stage)
{
    entered(stage, "CALLBACK NEW PRIVATE IN_PROGRESS CLOSED REFUSED WITHDRAWN");
    flow_go(stage->ui, &page_ticket_mine);
    stage_settle(stage);
}

static void one(struct stage *stage, const char *state, const struct page_class *page)
{
    entered(stage, state);
    g_strlcpy(tickets_of(stage->ui)->ticket, FIRST_TICKET, sizeof tickets_of(stage->ui)->ticket);
    flow_go(stage->ui, page);
    stage_settle(stage);
}

static void callback(struct stage *stage)
{
    one(stage, "CALLBACK", &page_ticket);
}

static void waits(struct stage *stage)
{
    one(stage, "NEW", &page_ticket);
}

static void closed(struct stage *stage)
{
    one(stage, "CLOSED", &page_ticket);
}

static void rated(struct stage *stage)
{
    one(stage, "RATED", &page_ticket);
}

static void withdraw(struct stage *stage)
{
    one(stage, "TRIAGE", &page_ticket_withdraw);
}

static void deny(struct stage *stage)
{
    one(stage, "CALLBACK", &page_ticket_deny);
}

const struct scene scenes_tickets[] = {
    {"tickets", &page_tickets, what},
    {"tickets-again", &page_tickets, what_again},
    {"tickets-hostile", &page_tickets, what_hostile},
    {"tickets-none", &page_tickets, what_none},
    {"ticket-danger", &page_ticket_danger, danger},
    {"ticket-where", &page_ticket_where, where},
    {"ticket-where-hostile", &page_ticket_where, where_hostile},
    {"ticket-street", &page_ticket_street, street},
    {"ticket-similar", &page_ticket_similar, similar},
    {"ticket-joined", &page_ticket_joined, joined},
    {"ticket-asked", &page_ticket_more, more_asked},
    {"ticket-since", &page_ticket_more, more_since},
    {"ticket-who", &page_ticket_more, more_who},
    {"ticket-read-back", &page_ticket_more, read_back},
    {"ticket-read-back-private", &page_ticket_more, read_back_private},
    {"ticket-read-back-offline", &page_ticket_more, read_back_offline},
    {"ticket-filed", &page_ticket_filed, filed_heard},
    {"ticket-filed-offline", &page_ticket_filed, filed_offline},
    {"ticket-filed-nameless", &page_ticket_filed, filed_nameless},
    {"ticket-refused", &page_ticket_refused, refused},
    {"ticket-mine", &page_ticket_mine, mine},
    {"ticket-callback", &page_ticket, callback},
    {"ticket-waits", &page_ticket, waits},
    {"ticket-closed", &page_ticket, closed},
    {"ticket-rated", &page_ticket, rated},
    {"ticket-withdraw", &page_ticket_withdraw, withdraw},
    {"ticket-deny", &page_ticket_deny, deny},
    {NULL}};
