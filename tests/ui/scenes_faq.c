/* SPDX-License-Identifier: Apache-2.0 */
/* Questions, answers in steps, and what goes to the desk. */
#include "scenes.h"

#include "flow.h"
#include "services/pages.h"
#include "stage_faq.h"

static void questions(struct stage *stage)
{
    stage_status(stage, NULL);
    flow_help(stage->ui);
    stage_settle(stage);
    stage_press(stage, L_("Questions and answers", NC_("large", "Questions")));
}

static void questions_published(struct stage *stage)
{
    stage_status(stage, NULL);
    stage_questions(stage, false);
    flow_help(stage->ui);
    stage_settle(stage);
    stage_press(stage, L_("Questions and answers", NC_("large", "Questions")));
}

static void question(struct stage *stage)
{
    questions(stage);
    stage_press(stage, _("How do I pay a bill?"));
}

static void question_hostile(struct stage *stage)
{
    stage_status(stage, NULL);
    stage_questions(stage, true);
    stage_question_open(stage, STAGE_QUESTION_HOSTILE);
}

static void question_gone(struct stage *stage)
{
    stage_status(stage, NULL);
    stage_questions(stage, false);
    stage_question_open(stage, STAGE_QUESTION_PUBLISHED);
    stage_notices_calm(stage, 1, NULL, false);
    stage_settle(stage);
}

static void unsolved(struct stage *stage)
{
    stage_press(stage, L_("That did not help", NC_("large", "Not solved")));
}

static void question_no_card(struct stage *stage)
{
    question(stage);
    unsolved(stage);
}

static void asked(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_home(stage->ui);
    stage_settle(stage);
    flow_help(stage->ui);
    stage_settle(stage);
    stage_press(stage, L_("Questions and answers", NC_("large", "Questions")));
    stage_press(stage, _("How do I pay a bill?"));
    unsolved(stage);
}

static void question_sent(struct stage *stage)
{
    asked(stage);
    stage_question_answer(stage, KIOSK_TICKET_FILED, "");
}

static void question_sent_offline(struct stage *stage)
{
    question_sent(stage);
    stage_status(stage, scene_offline);
    stage_settle(stage);
}

static void question_repeated(struct stage *stage)
{
    asked(stage);
    stage_question_answer(stage, KIOSK_TICKET_REFUSED, "REPEATED");
}

static void question_refused(struct stage *stage)
{
    asked(stage);
    stage_question_answer(stage, KIOSK_TICKET_REFUSED, "SERVICE");
}

const struct scene scenes_faq[] = {
    {"questions", &page_questions, questions},
    {"questions-published", &page_questions, questions_published},
    {"question", &page_question, question},
    {"question-hostile", &page_question, question_hostile},
    {"question-gone", &page_question, question_gone},
    {"question-no-card", &page_question_sent, question_no_card},
    {"question-asked", &page_question_sent, asked},
    {"question-sent", &page_question_sent, question_sent},
    {"question-sent-offline", &page_question_sent, question_sent_offline},
    {"question-repeated", &page_question_sent, question_repeated},
    {"question-refused", &page_question_sent, question_refused},
    {NULL}};
