/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "services/volunteer.h"
#include "stage_volunteer.h"

/* Nothing is planned; so it stands with the card. */
static void entered(struct stage *stage, enum stage_roll roll)
{
    stage_card(stage, PERSON_ADULT);
    service_volunteer.enter(stage->ui);
    stage_no_duties(stage);
    stage_balance(stage, false, false);
    stage_volunteer(stage, roll);
}

static void nobody(struct stage *stage)
{
    entered(stage, ROLL_NONE);
}

static void waits(struct stage *stage)
{
    entered(stage, ROLL_WAITS);
}

static void refused_before(struct stage *stage)
{
    entered(stage, ROLL_REFUSED);
}

static void young(struct stage *stage)
{
    entered(stage, ROLL_YOUNG);
}

static void fresh(struct stage *stage)
{
    entered(stage, ROLL_NEW);
}

static void hostile(struct stage *stage)
{
    entered(stage, ROLL_HOSTILE);
}

static void skills(struct stage *stage)
{
    entered(stage, ROLL_NONE);
    volunteer_room(stage->ui)->skills = 5;
    volunteer_go_join(stage->ui, 0);
    stage_settle(stage);
}

static void pledge(struct stage *stage)
{
    skills(stage);
    flow_go(stage->ui, &page_volunteer_pledge);
    stage_settle(stage);
}

static void joining(struct stage *stage, enum kiosk_volunteer_phase phase, const char *reason)
{
    pledge(stage);
    volunteer_join(stage->ui, 0);
    stage_volunteer_answer(stage, phase, reason);
}

static void joined(struct stage *stage)
{
    joining(stage, KIOSK_VOLUNTEER_JOINED, "");
}

static void number(struct stage *stage)
{
    joined(stage);
    stage_volunteer(stage, ROLL_NEW);
}

static void guardian(struct stage *stage)
{
    joining(stage, KIOSK_VOLUNTEER_GUARDIAN, "");
}

static void guardian_wrong(struct stage *stage)
{
    guardian(stage);
    stage_card_removed(stage);
    stage_card(stage, PERSON_ELDER);
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_REFUSED, "GUARDIAN");
}

static void refused(struct stage *stage)
{
    joining(stage, KIOSK_VOLUNTEER_REFUSED, "AGE");
}

static void adhoc(struct stage *stage)
{
    entered(stage, ROLL_NEW);
    flow_go(stage->ui, &page_volunteer_adhoc);
    stage_settle(stage);
}

static void hours(struct stage *stage)
{
    entered(stage, ROLL_FULL);
    volunteer_go_hours(stage->ui, 0);
    stage_settle(stage);
}

static void hours_hostile(struct stage *stage)
{
    entered(stage, ROLL_HOSTILE);
    volunteer_go_hours(stage->ui, 0);
    stage_settle(stage);
}

static void hours_none(struct stage *stage)
{
    entered(stage, ROLL_NEW);
    volunteer_go_hours(stage->ui, 0);
    stage_settle(stage);
}

static void dispute(struct stage *stage)
{
    hours(stage);
    volunteer_go_dispute(stage->ui, 2);
    stage_settle(stage);
}

static void disputed(struct stage *stage)
{
    dispute(stage);
    stage_press(stage, texts_language() == LANGUAGE_ZH ? "少记了" : "Too few");
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_DONE, "");
}

static void star(struct stage *stage)
{
    hours(stage);
    volunteer_star(stage->ui, 0);
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_DONE, "");
}

static void star_refused(struct stage *stage)
{
    hours(stage);
    volunteer_star(stage->ui, 0);
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_REFUSED, "STAR");
}

const struct scene scenes_volunteer[] = {
    {"volunteer-nobody", &page_volunteer, nobody},
    {"volunteer-waits", &page_volunteer, waits},
    {"volunteer-refused-before", &page_volunteer, refused_before},
    {"volunteer-young", &page_volunteer, young},
    {"volunteer-fresh", &page_volunteer, fresh},
    {"volunteer-hostile", &page_volunteer, hostile},
    {"volunteer-skills", &page_volunteer_skills, skills},
    {"volunteer-pledge", &page_volunteer_pledge, pledge},
    {"volunteer-joined", &page_volunteer_joined, joined},
    {"volunteer-number", &page_volunteer_joined, number},
    {"volunteer-guardian", &page_volunteer_guardian, guardian},
    {"volunteer-guardian-wrong", &page_volunteer_guardian, guardian_wrong},
    {"volunteer-join-refused", &page_volunteer_joined, refused},
    {"volunteer-adhoc", &page_volunteer_adhoc, adhoc},
    {"volunteer-hours", &page_volunteer_hours, hours},
    {"volunteer-hours-hostile", &page_volunteer_hours, hours_hostile},
    {"volunteer-hours-none", &page_volunteer_hours, hours_none},
    {"volunteer-dispute", &page_volunteer_dispute, dispute},
    {"volunteer-disputed", &page_volunteer_noted, disputed},
    {"volunteer-star", &page_volunteer_noted, star},
    {"volunteer-star-refused", &page_volunteer_noted, star_refused},
    {NULL}};
