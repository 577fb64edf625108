/* SPDX-License-Identifier: Apache-2.0 */
/** Volunteers on the stage: what the machine says of them. */
#ifndef TESTS_UI_STAGE_VOLUNTEER_H
#define TESTS_UI_STAGE_VOLUNTEER_H

#include "stage.h"

enum stage_roll { ROLL_NONE, ROLL_WAITS, ROLL_REFUSED, ROLL_YOUNG, ROLL_NEW, ROLL_FULL, ROLL_HOSTILE };
/** How the card stands: not on the roll; on its way; refused; too young; just on it; with hours in every state and a star to ask for. */
void stage_volunteer(struct stage *stage, enum stage_roll roll);
/** The answer to what was asked last. */
void stage_volunteer_answer(struct stage *stage, enum kiosk_volunteer_phase phase, const char *reason);
/** Nothing is planned today. */
void stage_no_duties(struct stage *stage);

#endif
