/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_faq.h"
#include "flow.h"
#include "services/pages.h"
#include "services/question_list.h"

#include <string.h>

/* Markup, marks of direction, formats, no blank in all that fits. */
static void wild(char *out, size_t size)
{
    g_strlcpy(out, "<b>&amp;\xe2\x80\xae%s%n ", size);
    while (strlen(out) + 4 < size)
        g_strlcat(out, "问", size);
}

static void fill(struct kiosk_notice *notice, const char *id, const char *zh, const char *en)
{
    *notice = (struct kiosk_notice){.from = 20261101, .to = 20991231, .question = true};
    g_strlcpy(notice->id, id, sizeof notice->id);
    g_strlcpy(notice->title_zh, zh, sizeof notice->title_zh);
    g_strlcpy(notice->title_en, en, sizeof notice->title_en);
    g_strlcpy(notice->body_zh, "到服务台领一张表。\n写上楼号和房号。\n两天内有人上门。", sizeof notice->body_zh);
    g_strlcpy(notice->body_en, "Fetch a form at the service desk.\nWrite down house and flat.\nSomebody comes within two days.", sizeof notice->body_en);
}

void stage_questions(struct stage *stage, bool hostile)
{
    g_autofree struct kiosk_notice *notices = g_new0(struct kiosk_notice, 3);

    fill(&notices[0], STAGE_QUESTION_PUBLISHED, "怎么领节水龙头？", "How do I get a tap that saves water?");
    fill(&notices[1], "n1", "明日停水", "No water tomorrow");
    notices[1].question = false;
    fill(&notices[2], STAGE_QUESTION_HOSTILE, "卡怎么换？", "How is a card changed?");
    g_strlcpy(notices[2].symbol, hostile ? "../../x" : "card", sizeof notices[2].symbol);
    if (hostile) {
        wild(notices[2].title_zh, sizeof notices[2].title_zh);
        wild(notices[2].title_en, sizeof notices[2].title_en);
        wild(notices[2].body_zh, sizeof notices[2].body_zh);
        wild(notices[2].body_en, sizeof notices[2].body_en);
        g_strlcpy(notices[2].picture, "/no/such/picture.png", sizeof notices[2].picture);
    }
    ui_event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_NOTICES, .notices = {.items = notices, .count = 3}});
    stage_settle(stage);
}

void stage_question_open(struct stage *stage, const char *id)
{
    flow_help(stage->ui);
    stage_settle(stage);
    stage_press(stage, L_("Questions and answers", NC_("large", "Questions")));
    questions_open(stage->ui, id);
    stage_settle(stage);
}

void stage_question_answer(struct stage *stage, enum kiosk_ticket_phase phase, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_TICKETS, .tickets = {.ask = KIOSK_TICKET_ASK_FILE, .phase = phase, .due = 20261113}};

    g_strlcpy(event.tickets.id, "01912345-0000-7000-8000-0000003f9a2c", sizeof event.tickets.id);
    g_strlcpy(event.tickets.local, "K0001-3F9A2C", sizeof event.tickets.local);
    g_strlcpy(event.tickets.reason, reason, sizeof event.tickets.reason);
    ui_event(stage->ui, &event);
    stage_settle(stage);
}
