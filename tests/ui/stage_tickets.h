/* SPDX-License-Identifier: Apache-2.0 */
/** Complaints and repairs on the stage: what the machine says of them, and scenes of their pages. */
#ifndef TESTS_UI_STAGE_TICKETS_H
#define TESTS_UI_STAGE_TICKETS_H

#include "scenes.h"

#define FIRST_TICKET "01890000-0000-7000-8000-000000000001"

/** What a community begins with, and addresses of three streets; `hostile`: as long and as wild as a feed lets through. */
void stage_catalogue(struct stage *stage, bool hostile);
/** One case in each of these states, "NEW CALLBACK …"; "PRIVATE": one about a person. With where the owner lives. */
void stage_tickets(struct stage *stage, const char *states);
void stage_ticket_answer(struct stage *stage, enum kiosk_ticket_phase phase, const char *reason);
/** So many of somebody else's at the place that was asked about last; or of what was asked before. */
void stage_similar(struct stage *stage, size_t count);
void stage_similar_at(struct stage *stage, const char *service, const char *place, size_t count);
/** The community puts the answers about lifts in another order. */
void stage_questions_turned(struct stage *stage);

/** SCENE(name, page, play): what is in the list of scenes. */
#define TICKET_SCENES(SCENE) \
    SCENE("tickets", page_tickets, what) \
    SCENE("tickets-again", page_tickets, what_again) \
    SCENE("tickets-hostile", page_tickets, what_hostile) \
    SCENE("tickets-none", page_tickets, what_none) \
    SCENE("ticket-danger", page_ticket_danger, danger) \
    SCENE("ticket-where", page_ticket_where, where) \
    SCENE("ticket-where-hostile", page_ticket_where, where_hostile) \
    SCENE("ticket-street", page_ticket_street, street) \
    SCENE("ticket-similar", page_ticket_similar, similar) \
    SCENE("ticket-joined", page_ticket_joined, joined) \
    SCENE("ticket-asked", page_ticket_more, more_asked) \
    SCENE("ticket-since", page_ticket_more, more_since) \
    SCENE("ticket-who", page_ticket_more, more_who) \
    SCENE("ticket-read-back", page_ticket_more, read_back) \
    SCENE("ticket-read-back-private", page_ticket_more, read_back_private) \
    SCENE("ticket-read-back-offline", page_ticket_more, read_back_offline) \
    SCENE("ticket-filed", page_ticket_filed, filed_heard) \
    SCENE("ticket-filed-offline", page_ticket_filed, filed_offline) \
    SCENE("ticket-filed-nameless", page_ticket_filed, filed_nameless) \
    SCENE("ticket-refused", page_ticket_refused, refused) \
    SCENE("ticket-mine", page_ticket_mine, mine) \
    SCENE("ticket-callback", page_ticket, callback) \
    SCENE("ticket-waits", page_ticket, waits) \
    SCENE("ticket-closed", page_ticket, closed) \
    SCENE("ticket-withdraw", page_ticket_withdraw, withdraw) \
    SCENE("ticket-deny", page_ticket_deny, deny)
#define TICKET_PLAY(NAME, PAGE, PLAY) void ticket_scene_##PLAY(struct stage *stage);
TICKET_SCENES(TICKET_PLAY)
#undef TICKET_PLAY

#endif
