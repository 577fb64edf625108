/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_mine.h"
#include "flow.h"

#include <string.h>

#define MORNING_MS INT64_C(1793754900000) /* 4 November 2026, 09:15 */
#define DAY_MS     INT64_C(86400000)

/* Markup, an override of direction, a format, and no blank in all that fits. */
static void wild(char *out, size_t size)
{
    g_strlcpy(out, "<b>&amp;%s%n ", size);
    while (strlen(out) + 4 < size)
        g_strlcat(out, "楼", size);
}

static void said(struct stage *stage, const struct kiosk_event *event)
{
    ui_event(stage->ui, event);
    stage_settle(stage);
}

static struct kiosk_event mine(enum kiosk_mine_ask ask, enum stage_mine how)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_MINE, .mine = {.ask = ask, .known = how != MINE_AWAY, .live = how == MINE_LIVE}};

    event.mine.asof_ms = how == MINE_AWAY ? 0 : MORNING_MS;
    if (how == MINE_AWAY || how == MINE_KEPT)
        g_strlcpy(event.mine.reason, "OFFLINE", sizeof event.mine.reason);
    return event;
}

void stage_readings(struct stage *stage, enum stage_mine how)
{
    struct kiosk_reading items[] = {
        {.n = 41, .at_ms = MORNING_MS, .role = "clerk", .purpose = "complaint", .place_zh = "稻香一村居民服务站 1 号机", .place_en = "Daoxiang residents' centre, kiosk 1", .case_id = "20261104000101", .fields = 0x71},
        {.n = 37, .at_ms = MORNING_MS - 3600000, .role = "grid_worker", .purpose = "care", .place_zh = "稻香一村居民服务站 1 号机", .place_en = "Daoxiang residents' centre, kiosk 1", .fields = 0x241},
        {.n = 30, .at_ms = MORNING_MS - DAY_MS, .role = "operator", .purpose = "export", .fields = 0x36},
        {.n = 29, .at_ms = MORNING_MS - 2 * DAY_MS, .role = "something", .purpose = "else", .fields = 0},
    };
    struct kiosk_event event = mine(KIOSK_MINE_ASK_READINGS, how);

    event.mine.own_times = how == MINE_AWAY ? 0 : 12;
    event.mine.own_ms = MORNING_MS;
    event.mine.readings = items;
    event.mine.count = how == MINE_AWAY || how == MINE_NONE ? 0 : G_N_ELEMENTS(items);
    if (how == MINE_HOSTILE) {
        wild(items[0].place_zh, sizeof items[0].place_zh);
        wild(items[0].place_en, sizeof items[0].place_en);
        wild(items[0].role, sizeof items[0].role);
        wild(items[0].purpose, sizeof items[0].purpose);
        wild(items[0].case_id, sizeof items[0].case_id);
        items[1].at_ms = 0;
    }
    said(stage, &event);
}

void stage_happened(struct stage *stage, enum stage_mine how)
{
    struct kiosk_happening items[] = {
        {KIOSK_HAPPENED_PAYMENT, MORNING_MS, -8640, 0, "", "", "", "K0001-000123"},
        {KIOSK_HAPPENED_ORDER, MORNING_MS - 600000, 0, 0, "ACCEPTED", "助洁保洁", "Home cleaning", "20261104000007"},
        {KIOSK_HAPPENED_TICKET, MORNING_MS - 3600000, 0, 0, "TRIAGE", "楼道灯不亮", "Stair light out", "20261104000101"},
        {KIOSK_HAPPENED_SEAT, MORNING_MS - DAY_MS, 0, 0, "REGISTERED", "太极拳", "Tai chi", ""},
        {KIOSK_HAPPENED_CREDIT, MORNING_MS - DAY_MS - 60000, -30, KIOSK_BOOK_POINTS, "SPEND", "", "", ""},
        {KIOSK_HAPPENED_SERVED, MORNING_MS - 5 * DAY_MS, 150, 0, "PUBLIC", "", "", ""},
        {KIOSK_HAPPENED_CREDIT, MORNING_MS - 5 * DAY_MS, 120, KIOSK_BOOK_COIN, "EARN", "", "", ""},
        {KIOSK_HAPPENED_CREDIT, MORNING_MS - 9 * DAY_MS, -4550, KIOSK_BOOK_SUBSIDY, "EXPIRE", "", "", ""},
        {KIOSK_HAPPENED_PAYMENT, MORNING_MS - 9 * DAY_MS, 10000, 0, "OPEN", "", "", ""},
        {KIOSK_HAPPENED_ORDER, MORNING_MS - 30 * DAY_MS, 0, 0, "COMPLETED", "", "", ""},
    };
    struct kiosk_event event = mine(KIOSK_MINE_ASK_HAPPENED, how);

    items[0].may_rate = items[8].may_rate = items[8].rated = true;
    g_strlcpy(items[0].payment, STAGE_PAID, sizeof items[0].payment);
    event.mine.happenings = items;
    event.mine.count = how == MINE_NONE ? 0 : how == MINE_AWAY ? 3 : G_N_ELEMENTS(items);
    if (how == MINE_HOSTILE) {
        wild(items[1].name_zh, sizeof items[1].name_zh);
        wild(items[1].name_en, sizeof items[1].name_en);
        wild(items[1].state, sizeof items[1].state);
        wild(items[0].number, sizeof items[0].number);
        items[4].amount = INT64_C(-1000000000000);
        items[5].at_ms = 0;
    }
    said(stage, &event);
}

void stage_mine_done(struct stage *stage, enum kiosk_mine_ask ask, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_MINE, .mine = {.ask = ask}};

    g_strlcpy(event.mine.reason, reason, sizeof event.mine.reason);
    said(stage, &event);
}

void stage_question(struct stage *stage, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_TICKETS,
                                .tickets = {.ask = KIOSK_TICKET_ASK_FILE,
                                            .phase = *reason == '\0' ? KIOSK_TICKET_FILED : KIOSK_TICKET_REFUSED,
                                            .local = "K0001-3F9A2C"}};

    g_strlcpy(event.tickets.reason, reason, sizeof event.tickets.reason);
    said(stage, &event);
}

void stage_card_wanting(struct stage *stage, const struct kiosk_preference *preference)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD};
    struct kiosk_identity *identity = &event.card.identity;

    g_strlcpy(identity->name_masked, "李**", sizeof identity->name_masked);
    g_strlcpy(identity->card_last4, "1017", sizeof identity->card_last4);
    identity->has_balance = true;
    identity->balance_fen = 26850;
    identity->valid_to = 20340228;
    identity->preference_kept = true;
    identity->preference = *preference;
    said(stage, &event);
}
