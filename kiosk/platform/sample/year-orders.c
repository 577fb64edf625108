/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What residents order in a year, and the entitlement that some of it is paid with. In the order of time: who has spent their coins has
 * none left, who is visited at ten is nowhere else at ten, and each provider has one helper for a block's streets.
 */
#include "platform/sample/order-course.h"
#include "model/civic.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_ORDER = 120 };

#define ORDERS_A_DAY 130 /* of a hundred thousand people */
#define OLD          60
#define GROWN        18
#define ENTITLED     80 /* by their age; with little money from sixty on */
#define QUARTER_FEN  6000
#define APART_MS     (60 * MINUTE_MS) /* between two orders of one card */

const struct order_weight order_weights[] = {
    {"F01", "meals", 26, true},     {"F02", "meals", 8, true},      {"H01", "cleaning", 14, false}, {"C01", "cleaning", 3, false},
    {"T01", "escort", 11, true},    {"H02", "repairs", 4, false},   {"H03", "repairs", 3, false},   {"H04", "repairs", 4, false},
    {"H05", "repairs", 1, false},   {"T05", "repairs", 2, false},   {"N01", "bath, hair", 3, true}, {"N02", "bath, hair", 6, true},
    {"T04", "errands", 5, true},    {"K01", "errands", 3, true},    {"J01", "company", 3, true},    {"J02", "company", 1, true},
    {"X01", "other", 1, false},     {"H08", "other", 1, true},      {"H12", "other", 1, false},
};
const unsigned order_weights_count = G_N_ELEMENTS(order_weights);

struct ordering {
    struct planner *planner;
    int64_t *coins;   /* of each card: minutes that nothing else of the year needs */
    int64_t *subsidy; /* fen that are spoken for */
    int64_t *used, *last_ms;
    bool *volunteers; /* on the roll: what they have is their own */
};

/* ---- What they can pay with ---- */

static bool entitled(const struct person *person)
{
    return person->age >= ENTITLED || (person->low_income && person->age >= OLD);
}

/* At a quarter's beginning; 0: not on that day. */
static int64_t allowance_fen(const struct person *person, uint32_t date)
{
    return date % 100 == 1 && allowance_paid_in(date / 100) && entitled(person) ? QUARTER_FEN : 0;
}

static void allowances(struct planner *planner)
{
    for (int day = 1 - YEAR_DAYS; day < 0; day++) {
        uint32_t date = community_date_add(planner->community->today, day);
        for (unsigned i = 0; date % 100 == 1 && i < planner->community->cards->len; i++) {
            const struct person *person = planner_holder(planner, (int)i);
            int64_t fen = allowance_fen(person, date), at_ms = ms_of_date(date) + 9 * HOUR_MS;
            if (fen == 0 || person->persona || g_array_index(planner->community->cards, struct sample_card, i).state != CARD_ACTIVE ||
                !planner_lives(person, at_ms))
                continue;
            planner_add(planner, ACT_ALLOWANCE, (int)i, at_ms, 0)->amount = fen;
        }
    }
}

static int64_t granted(const struct planner *planner, int card, int64_t at_ms)
{
    int64_t fen = 0;

    for (int day = 1 - YEAR_DAYS; day < 0; day++) {
        uint32_t date = community_date_add(planner->community->today, day);
        if (date % 100 == 1 && ms_of_date(date) + 9 * HOUR_MS < at_ms)
            fen += allowance_fen(planner_holder(planner, card), date);
    }
    return fen;
}

static bool uses_coins(const struct act *act)
{
    return act->kind == ACT_COIN_SPEND || act->kind == ACT_GIFT || act->kind == ACT_DONATE;
}

/* 0 as long as there is something else that they are planned for. */
static int64_t coins_had(const struct ordering *ordering, int card, int64_t at_ms)
{
    const struct planner *planner = ordering->planner;
    int64_t sum = 0;

    for (guint i = 0; i < planner->acts->len; i++) {
        const struct act *act = &g_array_index(planner->acts, struct act, i);
        bool earned = act->card == card && (act->kind == ACT_EARLIER || (act->kind == ACT_ATTENDANCE && act->times.slot_end_ms + HOUR_MS < at_ms));
        if (uses_coins(act) && act->card == card && act->at_ms >= at_ms)
            return 0;
        if (act->at_ms >= at_ms)
            continue;
        if (uses_coins(act) && act->card == card)
            sum -= act->amount;
        if (earned)
            sum += coin_minutes(act->amount, planner->rules->coin_granularity_min);
        if (act->kind == ACT_GIFT && act->other == card && !ordering->volunteers[card])
            sum += act->amount;
    }
    return sum;
}

/* What is left of a volunteer's own; of others, what they were given. */
static void purses(struct ordering *ordering)
{
    const struct planner *planner = ordering->planner;

    for (guint i = 0; i < planner->acts->len; i++) {
        const struct act *act = &g_array_index(planner->acts, struct act, i);
        if (act->kind == ACT_JOIN)
            ordering->volunteers[act->card] = true;
    }
    for (guint i = 0; i < planner->community->cards->len; i++)
        ordering->coins[i] = planner->coins[i];
    for (guint i = 0; i < planner->acts->len; i++) {
        const struct act *act = &g_array_index(planner->acts, struct act, i);
        if (act->kind == ACT_GIFT && !ordering->volunteers[act->other])
            ordering->coins[act->other] += act->amount;
    }
}

static enum order_pay draw_pay(struct ordering *ordering, struct rng *rng, const struct service_offer *offer, int card, int64_t at_ms)
{
    const struct person *person = planner_holder(ordering->planner, card);
    bool willing = rng_permille(rng, 900);

    if (willing && offer->subsidy_fen > 0 && entitled(person) &&
        granted(ordering->planner, card, at_ms) - ordering->subsidy[card] >= offer->subsidy_fen) {
        ordering->subsidy[card] += offer->subsidy_fen;
        return ORDER_PAY_SUBSIDY;
    }
    if (willing && offer->coin_min > 0 && person->age > ordering->planner->rules->redeem_age && ordering->coins[card] >= offer->coin_min &&
        coins_had(ordering, card, at_ms) - ordering->used[card] >= offer->coin_min) {
        ordering->coins[card] -= offer->coin_min;
        ordering->used[card] += offer->coin_min;
        return ORDER_PAY_COIN;
    }
    return ORDER_PAY_NONE;
}

/* ---- One order ---- */

struct wish {
    int64_t at_ms;
    const struct order_weight *weight;
};

static const struct order_weight *draw_service(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100), i = 0;

    while (draw >= order_weights[i].percent)
        draw -= order_weights[i++].percent;
    return &order_weights[i];
}

static int64_t gone_ms(const struct person *person)
{
    uint32_t date = person->died != 0 ? person->died : person->moved;

    return date == 0 ? INT64_MAX : ms_of_date(date) + 6 * HOUR_MS + 50 * MINUTE_MS;
}

/* Somebody who is here, and has not just ordered; −1: nobody was found. */
static int draw_resident(const struct ordering *ordering, struct rng *rng, const struct wish *wish)
{
    for (unsigned tries = 0; tries < 5; tries++) {
        int card = planner_draw(ordering->planner, rng, wish->weight->elders ? OLD : GROWN);
        if (card >= 0 && planner_lives(planner_holder(ordering->planner, card), wish->at_ms) &&
            wish->at_ms >= ordering->last_ms[card] + APART_MS)
            return card;
    }
    return -1;
}

static void order(struct ordering *ordering, struct rng *rng, const struct wish *wish)
{
    struct planner *planner = ordering->planner;
    const struct service_offer *offer = service_first(wish->weight->code);
    int64_t at_ms = wish->at_ms;
    int card = draw_resident(ordering, rng, wish);

    if (card < 0)
        return;
    struct order_maker maker = {.planner = planner, .rng = rng, .offer = offer, .card = card, .now_ms = at_ms,
                                .end_ms = ms_of_date(planner->community->today), .gone_ms = gone_ms(planner_holder(planner, card)),
                                .cancel_ms = INT64_MAX};
    enum order_pay pay = draw_pay(ordering, rng, offer, card, at_ms);
    struct act *act = planner_add(planner, ACT_ORDER, card, at_ms, planner_kiosk_for(planner, rng, card));
    guint place = planner->acts->len - 1;

    maker.course.pay = pay;
    maker.course.reviewed = offer->own_words || pay == ORDER_PAY_SUBSIDY;
    maker.course.staff = (unsigned char)rng_below(rng, 2);
    maker.order = order_place(maker.course.reviewed, at_ms, offer->accept_ms);
    const struct order_deed begin = {.step = maker.course.reviewed ? ORDER_DO_REVIEW : ORDER_DO_OPEN, .actor = ORDER_CLOCK, .at_ms = at_ms};
    if (order_do(&maker.order, &begin, NULL) == ORDER_OK)
        order_course_make(&maker);
    act = &g_array_index(planner->acts, struct act, place);
    act->item = offer->code;
    act->amount = pay == ORDER_PAY_COIN ? offer->coin_min : pay == ORDER_PAY_SUBSIDY ? offer->subsidy_fen : 0;
    act->order = maker.course;
    ordering->last_ms[card] = at_ms;
}

/* ---- All of them ---- */

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct wish *one = a, *two = b;
    return one->at_ms < two->at_ms ? -1 : one->at_ms > two->at_ms;
}

/* What and when: of services that all ask for, a third is asked for by the old. */
static GArray *wishes(const struct planner *planner)
{
    uint64_t before = (uint64_t)planner->community->first, behind = before + planner->community->people->len;
    unsigned count = (unsigned)(behind * ORDERS_A_DAY * YEAR_DAYS / 100000 - before * ORDERS_A_DAY * YEAR_DAYS / 100000);
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct wish));

    for (unsigned i = 0; i < count; i++) {
        struct rng rng = rng_of(planner->options->seed, KIND_ORDER, (uint64_t)planner->community->block << 24 | 1u << 23 | i);
        struct wish wish = {.weight = draw_service(&rng)};
        uint32_t date;
        do {
            date = community_date_add(planner->community->today, -(int)(1 + rng_below(&rng, YEAR_DAYS - 1)));
        } while (!planner_day_suits(&rng, date));
        wish.at_ms = ms_of_date(date) + planner_time_of_day(&rng, wish.weight->elders || rng_permille(&rng, 340) ? OLD : GROWN);
        g_array_append_val(out, wish);
    }
    g_array_sort(out, by_time);
    return out;
}

void planner_orders(struct planner *planner)
{
    guint cards = planner->community->cards->len;
    g_autofree int64_t *coins = g_new0(int64_t, cards), *subsidy = g_new0(int64_t, cards), *used = g_new0(int64_t, cards),
                       *last_ms = g_new0(int64_t, cards);
    g_autofree bool *volunteers = g_new0(bool, cards);
    struct ordering ordering = {planner, coins, subsidy, used, last_ms, volunteers};
    g_autoptr(GArray) asked = wishes(planner);

    allowances(planner);
    purses(&ordering);
    for (guint i = 0; i < asked->len; i++) {
        struct rng rng = rng_of(planner->options->seed, KIND_ORDER, (uint64_t)planner->community->block << 24 | i);
        order(&ordering, &rng, &g_array_index(asked, struct wish, i));
    }
}
