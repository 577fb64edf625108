/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_tickets.h"
#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "services/tickets.h"

#include <string.h>

#define MORNING_MS INT64_C(1793754900000) /* 4 November 2026, 09:15 */
#define DAY_MS     INT64_C(86400000)

static const struct {
    const char *code, *zh, *en;
    bool danger, personal;
} kinds[] = {
    {"F01", "楼道灯不亮", "Stair light out"},
    {"F02", "电梯故障", "Lift fault"},
    {"F03", "水管漏水", "Leak"},
    {"F04", "下水堵塞", "Blocked drain"},
    {"F05", "路面破损", "Road damage"},
    {"F06", "井盖缺失", "Manhole cover missing", true},
    {"F07", "门禁损坏", "Gate fault"},
    {"F08", "健身器材损坏", "Fitness gear broken"},
    {"F09", "无障碍坡道", "Ramp"},
    {"E01", "垃圾堆放", "Rubbish left about"},
    {"E02", "垃圾分类", "Sorting point"},
    {"E03", "噪音", "Noise"},
    {"E04", "宠物粪便", "Pet mess"},
    {"E05", "油烟", "Cooking fumes"},
    {"E06", "绿化养护", "Greenery"},
    {"O01", "乱停车", "Parking"},
    {"O02", "电动车充电", "E-bike charging", true},
    {"O03", "堵塞消防通道", "Fire lane blocked", true},
    {"O04", "高空抛物", "Falling objects", true},
    {"S01", "物业服务", "Property service"},
    {"S02", "办事态度", "Staff attitude", false, true},
    {"S03", "收费疑问", "Fees"},
    {"A01", "建议", "Suggestion"},
};

/* `turned`: with the first answer as the last one. */
static void lift_asks(struct kiosk_category *category, bool turned)
{
    struct kiosk_question *question = &category->questions[0];

    category->count = 1;
    *question = (struct kiosk_question){
        .code = "symptom", .about_zh = "电梯怎么了", .about_en = "What the lift does", .required = true, .count = 3,
        .choices = {{"stands", "停着不动", "It stands still"}, {"doors", "门关不上", "Doors do not close"}, {"noise", "有响声", "It makes noise"}}};
    if (turned) {
        const struct kiosk_question was = *question;
        for (size_t i = 0; i < was.count; i++)
            question->choices[i] = was.choices[(i + 1) % was.count];
    }
    g_strlcpy(category->asks, turned ? "lift, turned" : "lift", sizeof category->asks);
}

static void noise_asks(struct kiosk_category *category)
{
    category->count = 1;
    g_strlcpy(category->asks, "noise", sizeof category->asks);
    category->questions[0] = (struct kiosk_question){
        .code = "when", .about_zh = "什么时候吵", .about_en = "When it is loud", .required = true, .many = true, .count = 3,
        .choices = {{"day", "白天", "By day"}, {"evening", "晚上", "In the evening"}, {"night", "夜里", "At night"}}};
}

/* Markup, an override of direction, and no blank in all that fits. */
static void wild(char *out, size_t size)
{
    g_strlcpy(out, "<b>&amp;\xe2\x80\xae%s%n ", size);
    while (strlen(out) + 4 < size)
        g_strlcat(out, "楼", size);
}

static void categories(struct stage *stage, bool hostile, bool turned)
{
    g_autofree struct kiosk_category *items = g_new0(struct kiosk_category, G_N_ELEMENTS(kinds));

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_strlcpy(items[i].code, kinds[i].code, sizeof items[i].code);
        g_strlcpy(items[i].name_zh, kinds[i].zh, sizeof items[i].name_zh);
        g_strlcpy(items[i].name_en, kinds[i].en, sizeof items[i].name_en);
        items[i].danger = kinds[i].danger;
        items[i].personal = kinds[i].personal;
    }
    lift_asks(&items[1], turned);
    noise_asks(&items[11]);
    if (hostile) {
        wild(items[0].name_zh, sizeof items[0].name_zh);
        wild(items[0].name_en, sizeof items[0].name_en);
    }
    stage_tell(stage, &(struct kiosk_event){.kind = KIOSK_EVENT_CATEGORIES, .categories = {.items = items, .count = G_N_ELEMENTS(kinds)}});
}

void stage_catalogue(struct stage *stage, bool hostile)
{
    static const char *const names[] = {"澄明区稻香街道禾光路 8 号", "澄明区稻香街道禾光路 126 弄 9 号", "澄明区稻香街道禾光路 130 号", "澄明区听澜街道桥影街 2 号",
                                        "澄明区听澜街道桥影街 4 号", "社区花园"};
    struct kiosk_place places[G_N_ELEMENTS(names)] = {0};

    categories(stage, hostile, false);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_snprintf(places[i].id, sizeof places[i].id, "P%04zu", i + 1);
        g_strlcpy(places[i].name, names[i], sizeof places[i].name);
    }
    if (hostile)
        wild(places[5].name, 100);
    stage_tell(stage, &(struct kiosk_event){.kind = KIOSK_EVENT_PLACES, .places = {.items = places, .count = G_N_ELEMENTS(places)}});
    stage_settle(stage);
}

void stage_questions_turned(struct stage *stage)
{
    categories(stage, false, true);
    stage_settle(stage);
}

static void course(struct kiosk_ticket *ticket)
{
    static const char *const way[] = {"TRIAGE", "ASSIGNED", "IN_PROGRESS"};

    for (size_t i = 0; i < G_N_ELEMENTS(way); i++) {
        ticket->steps[i].at_ms = ticket->filed_ms + (int64_t)i * 3600000;
        g_strlcpy(ticket->steps[i].state, way[i], sizeof ticket->steps[i].state);
    }
    ticket->step_count = G_N_ELEMENTS(way);
}

static struct kiosk_ticket ticket_of(size_t i, const char *state)
{
    struct kiosk_ticket ticket = {.filed_ms = MORNING_MS - (int64_t)i * DAY_MS, .due = 20261110, .interest = 2};
    bool private = strcmp(state, "PRIVATE") == 0, waits = strcmp(state, "NEW") == 0, rated = strcmp(state, "RATED") == 0;

    g_snprintf(ticket.id, sizeof ticket.id, "01890000-0000-7000-8000-%012zu", i + 1);
    g_strlcpy(ticket.state, private ? "ASSIGNED" : rated ? "CLOSED" : state, sizeof ticket.state);
    g_strlcpy(ticket.service, private ? "S02" : "F01", sizeof ticket.service);
    g_strlcpy(ticket.name_zh, private ? "办事态度" : "楼道灯不亮", sizeof ticket.name_zh);
    g_strlcpy(ticket.name_en, private ? "Staff attitude" : "Stair light out", sizeof ticket.name_en);
    g_strlcpy(ticket.place, "澄明区稻香街道禾光路 8 号", sizeof ticket.place);
    g_strlcpy(ticket.local, waits ? "K0001-3F9A2C" : "", sizeof ticket.local);
    ticket.personal = private;
    ticket.no = waits ? 0 : 20261104000101 + (int64_t)i;
    ticket.pending = ticket.provisional = waits;
    ticket.may_confirm = ticket.may_deny = strcmp(state, "CALLBACK") == 0;
    ticket.may_rate = strcmp(ticket.state, "CLOSED") == 0;
    ticket.rated = rated;
    ticket.ended_ms = ticket.may_rate || strcmp(state, "WITHDRAWN") == 0 ? MORNING_MS : 0;
    ticket.may_withdraw = !waits && !ticket.may_confirm && ticket.ended_ms == 0 && strcmp(state, "REFUSED") != 0;
    if (strcmp(state, "REFUSED") == 0)
        ticket.due = 0;
    g_strlcpy(ticket.reason, strcmp(state, "REFUSED") == 0 ? "LOCATION" : "", sizeof ticket.reason);
    if (ticket.may_confirm)
        g_strlcpy(ticket.reply, "灯泡和灯座都换了新的，请您晚上再看一看。", sizeof ticket.reply);
    if (!waits)
        course(&ticket);
    return ticket;
}

void stage_tickets(struct stage *stage, const char *states)
{
    g_auto(GStrv) list = g_strsplit(states, " ", -1);
    size_t count = *states == '\0' ? 0 : g_strv_length(list);
    g_autofree struct kiosk_ticket *items = g_new0(struct kiosk_ticket, MAX(count, 1));
    struct kiosk_event event = {.kind = KIOSK_EVENT_TICKETS,
                                .tickets = {.phase = KIOSK_TICKET_LIST, .items = items, .count = count, .known = true,
                                            .home = {"P0001", "澄明区稻香街道禾光路 8 号"}, .ask = KIOSK_TICKET_ASK_LIST}};

    for (size_t i = 0; i < count; i++)
        items[i] = ticket_of(i, list[i]);
    stage_tell(stage, &event);
    stage_settle(stage);
}

void stage_ticket_answer(struct stage *stage, enum kiosk_ticket_phase phase, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_TICKETS,
                                .tickets = {.phase = phase, .ask = stage->ticket.ask, .id = FIRST_TICKET, .local = "K0001-3F9A2C",
                                            .due = 20261110}};

    g_strlcpy(event.tickets.reason, reason, sizeof event.tickets.reason);
    stage_tell(stage, &event);
    stage_settle(stage);
}

void stage_similar(struct stage *stage, size_t count)
{
    stage_similar_at(stage, stage->ticket.service, stage->ticket.place, count);
}

void stage_similar_at(struct stage *stage, const char *service, const char *place, size_t count)
{
    struct kiosk_case cases[] = {{"20261102000007", "ASSIGNED", MORNING_MS - 2 * DAY_MS, 4, false},
                                 {"20261101000003", "IN_PROGRESS", MORNING_MS - 3 * DAY_MS, 0, true}};

    struct kiosk_event event = {.kind = KIOSK_EVENT_TICKETS,
                                .tickets = {.phase = KIOSK_TICKET_SIMILAR, .ask = KIOSK_TICKET_ASK_SIMILAR, .cases = cases,
                                            .count = MIN(count, G_N_ELEMENTS(cases))}};

    g_strlcpy(event.tickets.service, service, sizeof event.tickets.service);
    g_strlcpy(event.tickets.place, place, sizeof event.tickets.place);
    stage_tell(stage, &event);
    stage_settle(stage);
}
