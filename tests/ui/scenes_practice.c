/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "stage_practice.h"
#include "stage_tickets.h"

static void choose(struct stage *stage)
{
    stage_status(stage, NULL);
    stage_card(stage, PERSON_ELDER);
    flow_home(stage->ui);
    service_practice.enter(stage->ui);
    stage_settle(stage);
}

static void away(struct stage *stage)
{
    stage->no_lessons = true;
    choose(stage);
    stage_press(stage, lesson_word(LESSON_BILLS));
}

static void lesson(struct stage *stage)
{
    choose(stage);
    stage_press(stage, lesson_word(LESSON_SIGN_IN));
    stage_practice_card(stage);
}

static void home(struct stage *stage)
{
    stage_lesson(stage, LESSON_BILLS);
}

static void bills(struct stage *stage)
{
    home(stage);
    service_bills.enter(stage->ui);
    stage_bills(stage, 2);
}

static void confirm(struct stage *stage)
{
    bills(stage);
    flow_go(stage->ui, &page_confirm);
    stage_settle(stage);
}

static void paid(struct stage *stage)
{
    confirm(stage);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, "");
}

static void report(struct stage *stage)
{
    stage_lesson(stage, LESSON_REPORT);
    service_tickets.enter(stage->ui);
    stage_catalogue(stage, false);
}

static void learnt(struct stage *stage)
{
    paid(stage);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void learnt_printed(struct stage *stage)
{
    learnt(stage);
    stage_press(stage, L_("Print slip", NC_("large", "Print")));
    stage_print(stage, true, "");
}

const struct scene scenes_practice[] = {
    {"practice", &page_practice, choose},
    {"practice-away", &page_practice_away, away},
    {"lesson", &page_lesson, lesson},
    {"lesson-home", &page_home, home},
    {"lesson-bills", &page_bills, bills},
    {"lesson-confirm", &page_confirm, confirm},
    {"lesson-paid", &page_result, paid},
    {"lesson-report", &page_tickets, report},
    {"learnt", &page_learnt, learnt},
    {"learnt-printed", &page_learnt, learnt_printed},
    {NULL},
};
