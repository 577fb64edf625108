/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of orders. Each open order has the time at which it has to be looked at next; whoever comes first looks, on whatever node:
 *
 *     PLACED                at once: to a clerk's review, or open to providers
 *     REVIEW, POOL          at accept_by: a manager's business; expired when even that has lasted too long
 *     OFFERED               two hours later: nobody answered, open again
 *     FINISHED              after 48 h one reminder to the resident, after 72 h it counts as confirmed: since it was known here, and
 *                           never less than the last 24 of them after the reminder
 *     ACCEPTED … DISPUTED   the day after it should have gone on, and every day from then: a clerk is told (`alert`)
 *     anything held         three days before the hold's end: it begins anew
 *     ended                 thirty days later: kiosks need not have it any more
 */
#include "platform/orders/order-work.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

#define DAY_MS  INT64_C(86400000)
#define TOLD_MS (30 * DAY_MS) /* as long as it may be rated */
#define AT_ONCE 200           /* orders of a transaction */
#define TURNS   8             /* steps that one order may take at once: more is a machine that runs away */

static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 ? b : b == 0 ? a : MIN(a, b);
}

/* When people have to be reminded: of what is finished once, of the rest every day. */
static int64_t remind_ms(const struct service_order_row *row, int64_t due_ms)
{
    if (row->order.state == ORDER_FINISHED)
        return row->reminded_ms == 0 ? row->order.finished_ms + ORDER_RULES.remind_ms : 0;
    return row->reminded_ms == 0 ? due_ms : MAX(due_ms, row->reminded_ms + DAY_MS);
}

/* The next step of the clock, ORDER_STEPS: a reminder. Nobody's silence counts before they were reminded, however late the clock comes. */
static bool clock_next(const struct service_order_row *row, enum order_step *step, int64_t *at_ms)
{
    if (!order_next(&row->order, NULL, step, at_ms))
        return false;
    if (row->order.state == ORDER_FINISHED && row->reminded_ms == 0)
        *step = ORDER_STEPS;
    else if (row->order.state == ORDER_FINISHED)
        *at_ms = MAX(*at_ms, row->reminded_ms + ORDER_RULES.confirm_ms - ORDER_RULES.remind_ms);
    return true;
}

int64_t service_order_next_ms(const struct service_order_row *row)
{
    enum order_step step;
    int64_t at_ms = 0, next_ms;

    if (!clock_next(row, &step, &at_ms))
        return row->told ? row->order.ended_ms + TOLD_MS : 0;
    next_ms = step == ORDER_STEPS ? remind_ms(row, at_ms) : at_ms;
    if (row->order.state == ORDER_POOL || row->order.state == ORDER_REVIEW)
        next_ms = sooner(next_ms, row->order.placed_ms + ORDER_RULES.expire_ms);
    return sooner(next_ms, row->held_until_ms != 0 ? row->held_until_ms - ORDER_HOLD_RENEW_MS : 0);
}

struct ticking {
    struct order_work work;
    struct order_run *run;
    bool moved; /* something was done: look again */
};

static bool step_due(struct ticking *t, GError **error)
{
    struct order *order = &t->work.row->order;
    struct order_deed deed = {.actor = ORDER_CLOCK, .at_ms = t->work.now_ms};
    enum order_code code = ORDER_OK;
    int64_t at_ms = 0;
    char id[37];

    if (!clock_next(t->work.row, &deed.step, &at_ms) || deed.step == ORDER_STEPS || at_ms > t->work.now_ms)
        return true;
    /* Long without anybody: to tell a manager first would help nobody. */
    if (order_may(order->state, ORDER_DO_EXPIRE, ORDER_CLOCK) && order->state != ORDER_PLACED &&
        t->work.now_ms >= order->placed_ms + ORDER_RULES.expire_ms)
        deed.step = ORDER_DO_EXPIRE;
    uuid7(t->work.now_ms, id);
    t->work.id = id;
    if (!order_work_do(&t->work, &deed, &code, error))
        return false;
    t->moved = code == ORDER_OK;
    t->run->steps += t->moved;
    if (t->moved)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the clock cannot %s: %s", order_step_name(deed.step), order_code_name(code));
    return false;
}

static bool remind_due(struct ticking *t, GError **error)
{
    struct service_order_row *row = t->work.row;
    enum order_step step;
    int64_t at_ms = 0;

    if (!clock_next(row, &step, &at_ms) || step != ORDER_STEPS)
        return true;
    at_ms = remind_ms(row, at_ms);
    if (at_ms == 0 || at_ms > t->work.now_ms)
        return true;
    row->reminded_ms = t->work.now_ms;
    row->order.alert = row->order.alert || row->order.state != ORDER_FINISHED;
    t->run->reminders++;
    return order_work_put(&t->work, error);
}

static bool renew_due(struct ticking *t, GError **error)
{
    struct service_order_row *row = t->work.row;
    bool done = false;

    if (row->held_until_ms == 0 || row->held_until_ms - ORDER_HOLD_RENEW_MS > t->work.now_ms)
        return true;
    if (!order_credit_renew(t->work.db, row, t->work.now_ms, &done, error))
        return false;
    t->run->renewed += done;
    return order_work_put(&t->work, error);
}

static bool fade_due(struct ticking *t, GError **error)
{
    struct service_order_row *row = t->work.row;

    if (order_is_open(row->order.state) || !row->told || row->order.ended_ms + TOLD_MS > t->work.now_ms)
        return true;
    row->told = false;
    t->run->faded++;
    return order_work_put(&t->work, error);
}

static bool tick_row(struct ticking *t, GError **error)
{
    t->moved = true;
    for (int turn = 0; t->moved && turn < TURNS; turn++) {
        t->moved = false;
        if (!step_due(t, error))
            return false;
    }
    return remind_due(t, error) && renew_due(t, error) && fade_due(t, error);
}

bool service_order_tick(struct db *db, const char *id, int64_t now_ms, struct order_run *out, GError **error)
{
    struct service_order_row row;
    struct ticking t = {.work = {.db = db, .row = &row, .kiosk = "", .staff = {"", ""}, .note = "", .now_ms = now_ms}, .run = out};
    bool found = false;

    if (!db_service_order_find(db, id, &row, &found, error))
        return false;
    bool ok = !found || tick_row(&t, error);
    service_order_clear(&row);
    return ok;
}

/* One that cannot be moved stays as it is, and does not keep the others. */
static bool one(struct db *db, const char *id, int64_t now_ms, struct order_run *out, GError **error)
{
    struct order_run was = *out;
    g_autoptr(GError) why = NULL;

    if (!db_savepoint(db, "service_order", error))
        return false;
    if (service_order_tick(db, id, now_ms, out, &why) && db_release(db, "service_order", &why))
        return true;
    *out = was;
    out->broken++;
    g_warning("order %s: %s", id, why->message);
    return db_undo(db, "service_order", error);
}

static bool some(struct db *db, int64_t now_ms, struct order_run *out, guint *count, GError **error)
{
    g_autoptr(GPtrArray) due = db_service_orders_due(db, now_ms, AT_ONCE, error);

    *count = due != NULL ? due->len : 0;
    for (guint i = 0; i < *count; i++)
        if (!one(db, g_ptr_array_index(due, i), now_ms, out, error))
            return false;
    return due != NULL;
}

bool service_orders_run(struct platform *platform, int64_t now_ms, struct order_run *out, GError **error)
{
    guint count = AT_ONCE;
    int before = -1, done = 0;

    memset(out, 0, sizeof *out);
    while (count == AT_ONCE && done > before) { /* a turn that did nothing is the last: the rest is for the next run */
        before = done;
        if (!db_begin(platform->db, true, error))
            return false;
        if (!some(platform->db, now_ms, out, &count, error)) {
            db_rollback(platform->db);
            return false;
        }
        if (!db_commit(platform->db, error))
            return false;
        done = out->steps + out->reminders + out->renewed + out->faded;
    }
    return true;
}
