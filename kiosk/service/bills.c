/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to pay (F07). The kiosk shows the biller's figures and computes none (BL-3). */
#include "service/internal.h"
#include "service/values.h"

static void bill_fill(struct kiosk_bill *bill, json_t *value, uint32_t today)
{
    json_t *biller = json_object_get(value, "biller");

    value_string(value, "id", bill->id, sizeof bill->id);
    value_string(biller, "kind", bill->kind, sizeof bill->kind);
    value_string(biller, "name_zh", bill->biller_zh, sizeof bill->biller_zh);
    value_string(biller, "name_en", bill->biller_en, sizeof bill->biller_en);
    value_string(value, "period", bill->period, sizeof bill->period);
    value_string(value, "account_masked", bill->account_masked, sizeof bill->account_masked);
    value_string(value, "name_masked", bill->name_masked, sizeof bill->name_masked);
    value_string(value, "address_masked", bill->address_masked, sizeof bill->address_masked);
    value_string(value, "usage", bill->usage, sizeof bill->usage);
    bill->amount_fen = json_integer_value(json_object_get(value, "amount_fen"));
    bill->due = value_date(value, "due");
    bill->overdue = bill->due != 0 && bill->due < today;
}

void bills_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = NULL;
    int64_t asof_ms = 0;
    struct kiosk_bill *items = NULL;
    const struct session *session = &kiosk->session;

    if (worker_card_there(kiosk)) {
        rows = store_bills(kiosk->store, session->token, &asof_ms, &error);
        if (rows == NULL)
            g_warning("bills: %s", error->message);
    }
    guint count = rows != NULL ? rows->len : 0;
    if (count > 0)
        items = g_new0(struct kiosk_bill, count);
    for (guint i = 0; i < count; i++)
        bill_fill(&items[i], g_ptr_array_index(rows, i), date_of_ms(health_now_ms(kiosk)));
    struct kiosk_event event = {.kind = KIOSK_EVENT_BILLS,
                                .bills = {.items = items, .count = count, .asof_ms = asof_ms}};
    kiosk_post(kiosk, &event, items);
}
