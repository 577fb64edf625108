/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_prints.h"

#include <string.h>

static void tell(struct stage *stage, const struct kiosk_certificates_event *told)
{
    ui_event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_CERTIFICATES, .certificates = *told});
    stage_settle(stage);
}

void stage_receipts(struct stage *stage, size_t count)
{
    g_autofree struct kiosk_movement *items = g_new0(struct kiosk_movement, count + 1);
    struct kiosk_event event = {.kind = KIOSK_EVENT_STATEMENT, .statement = {.items = items, .count = count + 1, .read = true}};

    for (size_t i = 0; i < count; i++) {
        items[i] = (struct kiosk_movement){.at_ms = 1793754000000 - (int64_t)i * 86400000, .amount_fen = i == 2 ? 1000000000 : 20957, .here = true,
                                           .load = i % 2 == 1, .bills = 3, .receipt_no = "K0001-261104-0007"};
        g_snprintf(items[i].payment, sizeof items[i].payment, "01890000-0000-7000-8000-00000000000%zu", i);
    }
    items[count] = (struct kiosk_movement){.at_ms = 1, .amount_fen = 300}; /* of elsewhere: there is no receipt here */
    ui_event(stage->ui, &event);
    stage_settle(stage);
}

static struct kiosk_certificate_offer offer(size_t index, bool hostile)
{
    static const struct { uint32_t from, to; int64_t minutes; } SPANS[] = {
        {20260101, 20261104, 1230}, {20250101, 20251231, 4500}, {20231012, 20261104, 59970}};
    struct kiosk_certificate_offer out = {.issuer = "YT01", .from = SPANS[index % 3].from, .to = SPANS[index % 3].to,
                                          .minutes = SPANS[index % 3].minutes};

    g_strlcpy(out.name_zh, hostile ? "燕塔\xe2\x80\xae区<b>居民</b>委员会很长很长很长很长很长的名字" : "燕塔社区居民委员会", sizeof out.name_zh);
    g_strlcpy(out.name_en, hostile ? "The \xe2\x80\xaeResidents' <i>Committee</i> &amp; everybody else of a very long name" : "Yanta Residents' Committee",
              sizeof out.name_en);
    return out;
}

void stage_certificates(struct stage *stage, size_t offers, size_t made, bool hostile)
{
    g_autofree struct kiosk_certificates *list = g_new0(struct kiosk_certificates, 1);

    g_strlcpy(list->name_masked, "张*", sizeof list->name_masked);
    g_strlcpy(list->volunteer_no, "Z20260000017C", sizeof list->volunteer_no);
    for (size_t i = 0; i < offers; i++)
        list->offers[list->offer_count++] = offer(i, hostile);
    for (size_t i = 0; i < made; i++) {
        list->items[i] = (struct kiosk_certificate){.of = offer(i, hostile), .made_ms = 1793754900000, .prints = 1};
        g_strlcpy(list->items[i].number, FIRST_CERTIFICATE, sizeof list->items[i].number);
        list->count++;
    }
    tell(stage, &(struct kiosk_certificates_event){.ask = KIOSK_CERTIFICATE_ASK_LIST, .list = list});
}

void stage_certificates_not(struct stage *stage, enum kiosk_certificate_ask ask, const char *reason)
{
    struct kiosk_certificates_event told = {.ask = ask};

    g_strlcpy(told.reason, reason, sizeof told.reason);
    tell(stage, &told);
}

void stage_certificate_made(struct stage *stage)
{
    tell(stage, &(struct kiosk_certificates_event){.ask = KIOSK_CERTIFICATE_ASK_MAKE, .number = FIRST_CERTIFICATE});
}
