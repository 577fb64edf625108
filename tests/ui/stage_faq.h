/* SPDX-License-Identifier: Apache-2.0 */
/** Questions as the community publishes them, and what the machine says to one that was asked. */
#ifndef TESTS_UI_STAGE_FAQ_H
#define TESTS_UI_STAGE_FAQ_H

#include "stage.h"

#define STAGE_QUESTION_PUBLISHED "q-water"
#define STAGE_QUESTION_HOSTILE   "q-wild"

/** Two of them, and a notice between; `hostile`: one of them with all that may not break a page. */
void stage_questions(struct stage *stage, bool hostile);
/** By way of help and the list. */
void stage_question_open(struct stage *stage, const char *id);
void stage_question_answer(struct stage *stage, enum kiosk_ticket_phase phase, const char *reason);

#endif
