/* SPDX-License-Identifier: Apache-2.0 */
/** What a machine says of my page: who looked, what happened, how somebody wants it. */
#ifndef TESTS_UI_STAGE_MINE_H
#define TESTS_UI_STAGE_MINE_H

#include "stage.h"

#define STAGE_PAID "01890000-0000-7000-8000-00000000aa01" /* a payment that happened, and can be rated */

enum stage_mine { MINE_LIVE, MINE_KEPT, MINE_AWAY, MINE_NONE, MINE_HOSTILE };
void stage_readings(struct stage *stage, enum stage_mine how);
void stage_happened(struct stage *stage, enum stage_mine how);
/** The answer to what was asked. */
void stage_mine_done(struct stage *stage, enum kiosk_mine_ask ask, const char *reason);
/** The answer to a question about one of the readings. */
void stage_question(struct stage *stage, const char *reason);
/** A card whose owner keeps how they want it. */
void stage_card_wanting(struct stage *stage, const struct kiosk_preference *preference);

#endif
