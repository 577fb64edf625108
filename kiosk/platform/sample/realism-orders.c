/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of what was ordered in a year, and of what became of it. */
#include "platform/sample/realism-year.h"
#include "platform/orders/service-orders.h"
#include "model/model.h"
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define GROUPS 8
#define LONG_MS (12 * DAY_MS) /* nothing is open for longer without anybody having a next date */

struct realism_orders {
    int64_t orders, states[ORDER_STATES], said[ORDER_STEPS + 1]; /* orders by their last state; those with such a step at all */
    int64_t services[32], coins, subsidies, reviewed, twice_refused, stars[ORDER_STARS_MAX + 1];
    int64_t issued_fen, held_fen, taken_fen; /* subsidy */
    int64_t crossed, overdrawn, gone, disorder, lingering, unreminded; /* what must not be */
    GArray *waits; /* of int64_t: minutes of duty until somebody took it on */
};

struct realism_orders *realism_orders_new(void)
{
    struct realism_orders *r = g_new0(struct realism_orders, 1);

    r->waits = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return r;
}

void realism_orders_free(struct realism_orders *r)
{
    g_array_unref(r->waits);
    g_free(r);
}

/* ---- Who is where ---- */

struct stay {
    int card;
    const char *provider; /* NULL: with nobody */
    int64_t from_ms, to_ms;
};

static int by_provider(gconstpointer a, gconstpointer b)
{
    const struct stay *one = a, *two = b;
    int order = g_strcmp0(one->provider, two->provider);

    return order != 0 ? order : one->from_ms < two->from_ms ? -1 : one->from_ms > two->from_ms;
}

static int by_card(gconstpointer a, gconstpointer b)
{
    const struct stay *one = a, *two = b;

    return one->card != two->card ? one->card - two->card : one->from_ms < two->from_ms ? -1 : one->from_ms > two->from_ms;
}

/* Two at one time: of a card, or of a provider's helper in the streets of a block. */
static int64_t crossings(GArray *stays, bool helpers)
{
    int64_t count = 0;

    g_array_sort(stays, helpers ? by_provider : by_card);
    for (guint i = 1; i < stays->len; i++) {
        const struct stay *last = &g_array_index(stays, struct stay, i - 1), *now = &g_array_index(stays, struct stay, i);
        bool same = helpers ? now->provider != NULL && g_strcmp0(last->provider, now->provider) == 0 : last->card == now->card;
        count += same && now->from_ms < last->to_ms;
    }
    return count;
}

/* ---- One order ---- */

static void add_steps(struct realism_orders *r, const struct community *block, const struct act *act, GArray *stays)
{
    bool seen[ORDER_STEPS + 1] = {false};
    struct stay stay = {.card = act->card};
    unsigned refusals = 0;

    for (unsigned i = 0; i < act->order.count; i++) {
        const struct order_said *said = &act->order.steps[i];
        uint32_t date = date_of_ms(said->at_ms);

        r->disorder += said->at_ms < (i > 0 ? said[-1].at_ms : act->at_ms) || date >= block->today;
        r->gone += !said->desk && realism_gone(realism_holder(block, act->card), date);
        refusals += said->step == ORDER_DO_REFUSE;
        seen[said->step] = true;
        if (said->step == ORDER_DO_START)
            stay = (struct stay){act->card, said->provider, said->at_ms, said->at_ms};
        stay.to_ms = said->step == ORDER_DO_FINISH ? said->at_ms : stay.to_ms;
    }
    for (unsigned i = 0; i <= ORDER_STEPS; i++)
        r->said[i] += seen[i];
    r->twice_refused += refusals > 1;
    r->unreminded += seen[ORDER_DO_AUTO] && !seen[ORDER_STEPS];
    if (stay.to_ms > stay.from_ms)
        g_array_append_val(stays, stay);
}

static void add_wait(struct realism_orders *r, const struct act *act)
{
    for (unsigned i = 0; i < act->order.count; i++)
        if (act->order.steps[i].to == ORDER_ACCEPTED) {
            int64_t minutes = order_duty_minutes(act->at_ms, act->order.steps[i].at_ms);
            g_array_append_val(r->waits, minutes);
            return;
        }
}

static enum order_state last_state(const struct act *act)
{
    const struct order_course *course = &act->order;

    return course->count > 0 ? (enum order_state)course->steps[course->count - 1].to : course->reviewed ? ORDER_REVIEW : ORDER_POOL;
}

static void add_order(struct realism_orders *r, const struct community *block, const struct act *act, int64_t *subsidy)
{
    enum order_state state = last_state(act);

    r->orders++;
    r->states[state]++;
    r->reviewed += act->order.reviewed;
    r->coins += act->order.pay == ORDER_PAY_COIN;
    r->subsidies += act->order.pay == ORDER_PAY_SUBSIDY;
    r->stars[act->order.stars]++;
    r->lingering += order_is_open(state) && act->at_ms + LONG_MS < ms_of_date(block->today);
    for (unsigned i = 0; i < order_weights_count && i < G_N_ELEMENTS(r->services); i++)
        r->services[i] += strcmp(order_weights[i].code, act->item) == 0;
    if (act->order.pay != ORDER_PAY_SUBSIDY)
        return;
    subsidy[act->card] -= act->amount;
    r->overdrawn += subsidy[act->card] < 0;
    r->held_fen += act->amount;
    r->taken_fen += order_hold_of(state) == ORDER_HOLD_CAPTURE ? act->amount : 0;
}

void realism_orders_add(struct realism_orders *r, const struct community *block, const GArray *acts)
{
    g_autoptr(GArray) stays = g_array_new(FALSE, FALSE, sizeof(struct stay));
    g_autofree int64_t *subsidy = g_new0(int64_t, block->cards->len);

    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);
        struct stay stay = {act->card, NULL, act->times.slot_start_ms, act->times.slot_end_ms};

        if (act->kind == ACT_ALLOWANCE) {
            subsidy[act->card] += act->amount;
            r->issued_fen += act->amount;
        } else if (act->kind == ACT_ATTENDANCE) {
            g_array_append_val(stays, stay);
        } else if (act->kind == ACT_SEAT && act->seat.state == SEAT_COMPLETED) {
            stay.from_ms = act->seat.session.start_ms;
            stay.to_ms = act->seat.session.end_ms;
            g_array_append_val(stays, stay);
        } else if (act->kind == ACT_ORDER) {
            add_order(r, block, act, subsidy);
            add_steps(r, block, act, stays);
            add_wait(r, act);
        }
    }
    r->crossed += crossings(stays, false) + crossings(stays, true);
}

/* ---- Figures ---- */

static int by_value(gconstpointer a, gconstpointer b)
{
    int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
    return one < two ? -1 : one > two;
}

/* The group that is furthest from its share, in thousandths of all. */
static int64_t furthest_group(const struct realism_orders *r)
{
    int64_t furthest = 0;

    for (unsigned i = 0; i < order_weights_count; i++) {
        int64_t count = 0, percent = 0;
        for (unsigned j = 0; j < order_weights_count; j++) {
            bool same = strcmp(order_weights[i].group, order_weights[j].group) == 0;
            count += same ? r->services[j] : 0;
            percent += same ? order_weights[j].percent : 0;
        }
        furthest = MAX(furthest, ABS(realism_share(count, r->orders, 1000) - 10 * percent));
    }
    return furthest;
}

static void put_ends(const struct realism_orders *r, bool full, GArray *figures)
{
    int64_t done = r->states[ORDER_COMPLETED] + r->states[ORDER_RATED], open = 0;
    int64_t ended = r->said[ORDER_DO_CONFIRM] + r->said[ORDER_DO_AUTO];

    for (unsigned i = 0; i < ORDER_STATES; i++)
        open += order_is_open(i) ? r->states[i] : 0;
    const struct realism_bound bounds[] = {
        {"orders refused by a provider, 1/1000", r->said[ORDER_DO_REFUSE], r->orders, 1000, 56, 64, 45},
        {"orders refused twice, 1/10000", r->twice_refused, r->orders, 10000, 20, 90, 90},
        {"orders cancelled by residents, 1/1000", r->said[ORDER_DO_CANCEL], r->orders, 1000, 66, 74, 50},
        {"orders nobody opened the door for, 1/10000", r->said[ORDER_DO_ABSENT], r->orders, 10000, 105, 135, 130},
        {"orders disputed, 1/10000", r->said[ORDER_DO_DISPUTE], r->orders, 10000, 49, 71, 85},
        {"orders confirmed by a tap, of those that ended well, 1/1000", r->said[ORDER_DO_CONFIRM], ended, 1000, 573, 587, 110},
        {"orders completed, 1/1000", done, r->orders, 1000, 880, 930, 60},
        {"orders given back, of those disputed, 1/1000", r->states[ORDER_REFUNDED], r->said[ORDER_DO_DISPUTE], 1000, 250, 450, 650},
        {"orders open at the year's end, 1/10000", open, r->orders, 10000, 40, 160, 200},
        {"orders nobody took, 1/10000", r->states[ORDER_EXPIRED], r->orders, 10000, 10, 60, 60},
        {"orders escalated, 1/1000", r->said[ORDER_DO_ESCALATE], r->orders, 1000, 3, 40, 40},
        {"orders rejected, of those looked at first, 1/1000", r->states[ORDER_REJECTED], r->reviewed, 1000, 5, 25, 60},
        {"orders rated, of those completed, 1/1000", r->states[ORDER_RATED], done, 1000, 214, 226, 100},
        {"orders rated 5, 1/1000", r->stars[5], r->states[ORDER_RATED], 1000, 767, 793, 130},
        {"orders rated 1 or 2, 1/1000", r->stars[1] + r->stars[2], r->states[ORDER_RATED], 1000, 20, 42, 60},
    };

    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
}

void realism_orders_put(struct realism_orders *r, int64_t people, GArray *figures)
{
    bool full = people >= REALISM_FULL, some = people >= 3000;
    const struct realism_bound bounds[] = {
        {"orders a day of 100000", r->orders * 100000 / 365, people, 1, 128, 131, 20},
        {"orders paid with coins, 1/1000", r->coins, r->orders, 1000, 3, 40, 40},
        {"orders paid with a subsidy, 1/1000", r->subsidies, r->orders, 1000, 40, 160, 90},
        {"subsidy held, of what was issued, 1/1000", r->held_fen, r->issued_fen, 1000, 20, 120, 60},
        {"subsidy spent, of what was held, 1/1000", r->taken_fen, r->held_fen, 1000, 850, 950, 150},
    };

    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "group of services furthest from its weight, 1/1000", furthest_group(r), 0, full ? 8 : some ? 60 : 300);
    g_array_sort(r->waits, by_value);
    realism_put(figures, "median minutes of duty until an order was taken on",
                r->waits->len > 0 ? g_array_index(r->waits, int64_t, r->waits->len / 2) : 0, full ? 31 : some ? 25 : 0, full ? 39 : 50);
    put_ends(r, full, figures);
    realism_put(figures, "residents or helpers at two places at once", r->crossed, 0, 0);
    realism_put(figures, "orders paid with more than there was", r->overdrawn, 0, 0);
    realism_put(figures, "steps of orders of who is gone", r->gone, 0, 0);
    realism_put(figures, "steps of orders out of order", r->disorder, 0, 0);
    realism_put(figures, "orders that nobody goes on with", r->lingering, 0, 0);
    realism_put(figures, "orders that count as confirmed without a reminder", r->unreminded, 0, 0);
}
