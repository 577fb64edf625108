/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/orders.h"
#include "platform/money/doubts.h"
#include "platform/money/loads.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <string.h>

/* Its kiosk had not given it one, or kept it to itself: whoever sees the end is shown a number all the same. */
static void receipt_give(struct payment *payment)
{
    g_snprintf(payment->receipt_no, sizeof payment->receipt_no, "P-%08u-%s", date_of_ms(payment->at_ms),
               payment->id + 24);
}

static bool body_take(struct payment_work *work, const char *id, enum payment_state state, bool *made, GError **error)
{
    g_autofree char *text = NULL;

    if (!db_order_body(work->db, id, &text, error))
        return false;
    *made = text != NULL;
    if (text == NULL)
        return true;
    json_t *json = wire_parse(text, strlen(text), NULL);
    bool good = payment_from_json(json, &work->payment);
    json_decref(json);
    OPENSSL_cleanse(text, strlen(text));
    if (!good) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the order %s cannot be read", id);
        return false;
    }
    payment_set_outcome(&work->payment, state);
    work->payment.why = state == PAYMENT_IN_DOUBT ? PAYMENT_WHY_STOPPED : PAYMENT_WHY_NONE;
    if (work->payment.receipt_no[0] == '\0')
        receipt_give(&work->payment);
    return payment_work_fill(work, error);
}

bool order_payment(struct payment_work *work, const char *id, enum payment_state state, bool *made, GError **error)
{
    struct order_row order;
    bool found;

    if (!body_take(work, id, state, made, error))
        return false;
    if (!*made)
        return true;
    if (!db_payment_find(work->db, id, &work->row, &found, error) || found)
        return found;
    if (!db_order_find(work->db, id, &order, &found, error) || !found)
        return false;
    g_strlcpy(work->row.id, id, sizeof work->row.id);
    g_strlcpy(work->row.kiosk, order.kiosk, sizeof work->row.kiosk);
    return db_payment_add(work->db, order.kiosk, work->token, &work->payment, NULL, "NONE", work->intent, work->proof,
                          NULL, error) &&
           db_payment_taken_set(work->db, id, true, error);
}

static bool take_one(struct platform *platform, const char *id, int64_t now_ms, GError **error)
{
    struct outcome out = {.verdict = STORE_ACCEPTED};
    struct payment_work work = {.platform = platform, .db = platform->db, .now_ms = now_ms, .out = &out};
    bool made, over = false;
    bool ok = order_payment(&work, id, PAYMENT_IN_DOUBT, &made, error);

    if (ok && made)
        ok = loads_follow(&work, error) && doubts_by_the_past(&work, &over, error) &&
             (over || doubts_tell(work.db, id, now_ms, error));
    OPENSSL_cleanse(&work, sizeof work);
    return ok;
}

static bool take_all(struct platform *platform, const char *kiosk, int64_t before_ms, int64_t now_ms, GError **error)
{
    g_autoptr(GPtrArray) ids = db_orders_silent(platform->db, kiosk, before_ms, error);

    for (guint i = 0; ids != NULL && i < ids->len; i++)
        if (!take_one(platform, g_ptr_array_index(ids, i), now_ms, error))
            return false;
    return ids != NULL;
}

bool orders_take_over(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    return take_all(platform, kiosk, G_MAXINT64, now_ms, error);
}

bool orders_sweep(struct platform *platform, int64_t now_ms, GError **error)
{
    int64_t before_ms = now_ms - ORDER_SILENT_MS;

    if (!db_begin(platform->db, false, error))
        return false;
    g_autoptr(GPtrArray) ids = db_orders_silent(platform->db, NULL, before_ms, error);
    db_rollback(platform->db); /* nothing was written */
    if (ids == NULL || ids->len == 0)
        return ids != NULL;
    if (!db_begin(platform->db, true, error))
        return false;
    if (take_all(platform, NULL, before_ms, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
