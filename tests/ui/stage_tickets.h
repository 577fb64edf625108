/* SPDX-License-Identifier: Apache-2.0 */
/** Complaints and repairs on the stage: what the machine says of them. */
#ifndef TESTS_UI_STAGE_TICKETS_H
#define TESTS_UI_STAGE_TICKETS_H

#include "stage.h"

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

#endif
