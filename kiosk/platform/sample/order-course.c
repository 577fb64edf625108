/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The course of an order: who does what with it, and when. Each step goes through the machine, so that nothing is planned which the
 * platform would not take; the clock, which looks once an hour, comes between the steps of people as it does there.
 */
#include "platform/sample/order-course.h"
#include "model/model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DUTY_FROM (8 * HOUR_MS)
#define DUTY_TO   (18 * HOUR_MS)
#define ACCEPT_MEDIAN_MIN 35
#define ON_THE_WAY (15 * MINUTE_MS)

/* ---- When somebody is there ---- */

static int64_t day_of(int64_t at_ms)
{
    return (at_ms + 8 * HOUR_MS) / DAY_MS * DAY_MS - 8 * HOUR_MS;
}

static int64_t within(int64_t at_ms)
{
    int64_t day = day_of(at_ms), of_day = at_ms - day;

    return of_day < DUTY_FROM ? day + DUTY_FROM : of_day >= DUTY_TO ? day + DAY_MS + DUTY_FROM : at_ms;
}

static int64_t duty_add(int64_t at_ms, int64_t minutes)
{
    int64_t left = minutes * MINUTE_MS, at = within(at_ms);

    while (left >= day_of(at) + DUTY_TO - at) {
        left -= day_of(at) + DUTY_TO - at;
        at = day_of(at) + DAY_MS + DUTY_FROM;
    }
    return at + left;
}

int64_t order_duty_minutes(int64_t from_ms, int64_t to_ms)
{
    int64_t sum = 0;

    for (int64_t at = within(from_ms); at < to_ms; at = within(day_of(at) + DUTY_TO))
        sum += MIN(to_ms, day_of(at) + DUTY_TO) - at;
    return sum / MINUTE_MS;
}

/* "周一至周六 8:00-17:00" */
struct open {
    int first, last; /* 1 Monday … 7 Sunday */
    int from_min, to_min;
};

static int weekday_at(const char *text)
{
    static const char DAYS[] = "一二三四五六日";
    char sign[4] = "";

    g_strlcpy(sign, text, sizeof sign); /* three bytes each */
    const char *at = strstr(DAYS, sign);
    return at != NULL && strlen(sign) == 3 ? 1 + (int)(at - DAYS) / 3 : 0;
}

static int minute_at(const char *text, const char **end)
{
    char *colon, *rest;
    long hour = strtol(text, &colon, 10), minute = strtol(*colon == ':' ? colon + 1 : colon, &rest, 10);

    *end = rest;
    return (int)(hour * 60 + minute);
}

static struct open open_of(const struct service_provider *provider)
{
    struct open open = {1, 5, 540, 1020};
    const char *hours = provider->hours, *rest;

    if (strlen(hours) < 16 || weekday_at(hours + 3) == 0 || weekday_at(hours + 12) == 0)
        return open;
    open.first = weekday_at(hours + 3);
    open.last = weekday_at(hours + 12);
    open.from_min = minute_at(hours + 15, &rest);
    open.to_min = minute_at(*rest == '-' ? rest + 1 : rest, &rest);
    return open;
}

static bool is_meal(const struct order_maker *m)
{
    return strcmp(m->offer->need, "food") == 0;
}

/* Minute of the day of the n-th time at which somebody may be visited; −1: that was the last one. Meals at noon and in the evening. */
static int slot_minute(const struct order_maker *m, unsigned n)
{
    if (is_meal(m))
        return n < 6 ? 660 + 10 * (int)n : n < 12 ? 1020 + 10 * (int)(n - 6) : -1;
    return n < 16 ? 540 + 30 * (int)n : -1;
}

/* The first day from `after_ms` on that suits both, at any time of it. */
static int64_t visit_find(struct order_maker *m, const struct service_provider *provider, int64_t after_ms)
{
    const struct open open = open_of(provider);
    unsigned slots = is_meal(m) ? 12 : 16, first = rng_below(m->rng, is_meal(m) ? 6 : 14);
    int64_t minutes = m->offer->minutes + 15;

    for (int day = 0; day < 60; day++) {
        int64_t midnight = day_of(after_ms) + day * DAY_MS;
        int weekday = 1 + (int)(((midnight + 8 * HOUR_MS) / DAY_MS + 3) % 7);
        for (unsigned i = 0; weekday >= open.first && weekday <= open.last && i < slots; i++) {
            int minute = slot_minute(m, (first + i) % slots);
            int64_t at = midnight + minute * MINUTE_MS;
            if (at >= after_ms && minute >= open.from_min && minute + minutes <= open.to_min &&
                planner_free(m->planner, m->card, provider->id, at - ON_THE_WAY, at + minutes * MINUTE_MS + ON_THE_WAY))
                return at;
        }
    }
    return 0;
}

static int64_t visit_make(struct order_maker *m, const struct service_provider *provider, int64_t accepted_ms)
{
    int64_t after_ms = accepted_ms + (is_meal(m) ? 30 : 150 + (rng_permille(m->rng, 500) ? 0 : 720)) * MINUTE_MS;
    int64_t visit_ms = visit_find(m, provider, after_ms);

    if (visit_ms != 0)
        planner_busy(m->planner, m->card, provider->id, visit_ms - ON_THE_WAY, visit_ms + (m->offer->minutes + 15) * MINUTE_MS + ON_THE_WAY);
    return visit_ms;
}

/* ---- One step ---- */

static bool step_do(struct order_maker *m, const struct order_deed *deed, bool desk, const char *provider)
{
    if (m->course.count >= ORDER_COURSE_MAX || !order_may(m->order.state, deed->step, deed->actor) ||
        order_do(&m->order, deed, NULL) != ORDER_OK)
        return false;
    m->course.steps[m->course.count++] = (struct order_said){.step = (unsigned char)deed->step, .actor = (unsigned char)deed->actor,
                                                             .to = (unsigned char)m->order.state, .desk = desk, .provider = provider,
                                                             .at_ms = deed->at_ms, .visit_ms = deed->visit_ms, .minutes = deed->minutes};
    m->now_ms = deed->at_ms;
    m->over |= !order_is_open(m->order.state) && m->order.state != ORDER_COMPLETED;
    return true;
}

static int64_t full_hour(int64_t at_ms)
{
    return (at_ms + HOUR_MS - 1) / HOUR_MS * HOUR_MS;
}

/* One reminder, two days after the finish. */
static void remind(struct order_maker *m, int64_t until_ms)
{
    int64_t at_ms = full_hour(m->order.finished_ms + ORDER_RULES.remind_ms);

    if (m->order.state != ORDER_FINISHED || m->reminded || at_ms >= until_ms || m->course.count >= ORDER_COURSE_MAX)
        return;
    m->reminded = true;
    m->course.steps[m->course.count++] = (struct order_said){.step = ORDER_STEPS, .actor = ORDER_CLOCK, .to = ORDER_FINISHED,
                                                             .provider = "", .at_ms = at_ms};
}

void order_course_clock(struct order_maker *m, int64_t until_ms)
{
    struct order_deed deed = {.actor = ORDER_CLOCK};
    int64_t due_ms = 0;

    for (bool done = true; done;) {
        remind(m, MIN(until_ms, m->end_ms));
        done = order_next(&m->order, NULL, &deed.step, &due_ms) && deed.step != ORDER_STEPS;
        deed.at_ms = MAX(m->now_ms, full_hour(due_ms));
        done = done && deed.at_ms < MIN(until_ms, m->end_ms) && step_do(m, &deed, false, "");
    }
}

/* Who died or moved away needs it no more: their family says so early in the morning, and the desk ends what is left. */
static void wind_up(struct order_maker *m)
{
    static const struct { enum order_state state; enum order_step step; enum order_actor actor; } ENDS[] = {
        {ORDER_NO_SHOW, ORDER_DO_CLOSE, ORDER_CLERK}, {ORDER_FINISHED, ORDER_DO_CONFIRM, ORDER_RESIDENT},
        {ORDER_DISPUTED, ORDER_DO_SETTLE, ORDER_CLERK}};
    struct order_deed deed = {.step = ORDER_DO_CANCEL, .actor = ORDER_RESIDENT, .at_ms = m->gone_ms, .reason = "家属来电 The family rang"};

    order_course_clock(m, m->gone_ms);
    for (size_t i = 0; i < G_N_ELEMENTS(ENDS); i++)
        if (m->order.state == ENDS[i].state) {
            deed.step = ENDS[i].step;
            deed.actor = ENDS[i].actor;
        }
    if (order_is_open(m->order.state))
        step_do(m, &deed, true, "");
    m->over = true;
}

/* Something comes before what was to be done; false: it is not in its way. */
static bool stopped(struct order_maker *m, int64_t at_ms)
{
    int64_t stop_ms = MIN(m->end_ms, MIN(m->gone_ms, m->cancel_ms));
    struct order_deed cancel = {.step = ORDER_DO_CANCEL, .actor = ORDER_RESIDENT, .at_ms = m->cancel_ms};

    if (m->over || at_ms < stop_ms)
        return m->over;
    if (stop_ms == m->gone_ms) {
        wind_up(m);
    } else if (stop_ms == m->end_ms) {
        order_course_clock(m, m->end_ms);
        m->over = true;
    } else {
        order_course_clock(m, m->cancel_ms);
        m->cancel_ms = INT64_MAX;
        return step_do(m, &cancel, false, "") || stopped(m, at_ms);
    }
    return true;
}

/* By people; false: something came before. */
static bool say(struct order_maker *m, const struct order_deed *deed, const char *provider)
{
    struct order_deed said = *deed;

    if (stopped(m, said.at_ms))
        return false;
    order_course_clock(m, said.at_ms);
    g_strlcpy(said.provider, provider, sizeof said.provider);
    return step_do(m, &said, false, provider);
}

/* ---- Until somebody takes it on ---- */

struct taking {
    int64_t at_ms, wait_min; /* until it is taken on */
    bool refuse;
};

/* A clerk asks a provider, who answers; false: not yet taken. */
static bool offer(struct order_maker *m, struct taking *taking, const struct service_provider *provider, int64_t asked_ms, int64_t answer_ms)
{
    bool assigns = m->order.state == ORDER_ESCALATED;
    struct order_deed ask = {.step = assigns ? ORDER_DO_ASSIGN : ORDER_DO_DISPATCH, .actor = assigns ? ORDER_MANAGER : ORDER_CLERK, .at_ms = asked_ms};
    struct order_deed answer = {.step = ORDER_DO_ACCEPT, .actor = ORDER_PROVIDER, .at_ms = answer_ms};

    taking->at_ms = asked_ms + ORDER_RULES.offer_ms;
    if (!say(m, &ask, provider->id) || stopped(m, answer_ms) || answer_ms >= asked_ms + ORDER_RULES.offer_ms)
        return false;
    if (taking->refuse) {
        answer.step = ORDER_DO_REFUSE;
        g_strlcpy(answer.reason, "这几天排满了 No time these days", sizeof answer.reason);
        taking->at_ms = answer_ms;
        taking->refuse = rng_permille(m->rng, 100);
        (void)say(m, &answer, provider->id); /* whatever came before it is the next turn's */
        return false;
    }
    answer.visit_ms = visit_make(m, provider, answer_ms);
    return answer.visit_ms != 0 && say(m, &answer, provider->id);
}

static bool grab(struct order_maker *m, const struct service_provider *provider, int64_t at_ms)
{
    struct order_deed deed = {.step = ORDER_DO_GRAB, .actor = ORDER_PROVIDER, .at_ms = at_ms};

    if (stopped(m, at_ms))
        return false;
    deed.visit_ms = visit_make(m, provider, at_ms);
    return deed.visit_ms != 0 && say(m, &deed, provider->id);
}

static void approve(struct order_maker *m, struct taking *taking)
{
    struct order_deed deed = {.step = ORDER_DO_APPROVE, .actor = ORDER_CLERK, .at_ms = duty_add(taking->at_ms, taking->wait_min / 3)};

    if (rng_permille(m->rng, 15)) {
        deed.step = ORDER_DO_REJECT;
        g_strlcpy(deed.reason, "不在补助范围 Not covered", sizeof deed.reason);
    }
    if (say(m, &deed, "")) {
        taking->at_ms = deed.at_ms;
        taking->wait_min -= taking->wait_min / 3;
    }
}

/* False: nobody did, or it has ended. */
static bool take_on(struct order_maker *m, struct taking *taking)
{
    for (int turn = 0; turn < 6 && !m->over; turn++) {
        const struct service_provider *provider = provider_first(m->offer->code, rng_below(m->rng, 12));

        taking->at_ms = MAX(taking->at_ms, m->now_ms); /* the clock may have been there */
        int64_t wait_min = turn == 0 ? taking->wait_min : 10 + rng_below(m->rng, 40), asked_ms = duty_add(taking->at_ms, wait_min * 2 / 5);
        int64_t answer_ms = duty_add(taking->at_ms, wait_min);

        if (stopped(m, asked_ms))
            break;
        order_course_clock(m, asked_ms);
        if (m->order.state == ORDER_POOL && !taking->refuse && rng_permille(m->rng, 350)) {
            if (grab(m, provider, answer_ms))
                return true;
        } else if (offer(m, taking, provider, asked_ms, answer_ms)) {
            return true;
        }
    }
    return false;
}

/* ---- The visit ---- */

static bool provider_does(struct order_maker *m, enum order_step step, int64_t at_ms, int64_t visit_ms, const char *reason)
{
    struct order_deed deed = {.step = step, .actor = ORDER_PROVIDER, .at_ms = at_ms, .visit_ms = visit_ms};
    char provider[ORDER_PROVIDER_SIZE];
    const char *known = "";

    g_strlcpy(deed.reason, reason, sizeof deed.reason);
    g_strlcpy(provider, m->order.provider, sizeof provider);
    for (unsigned i = 0; i < 12; i++) {
        const struct service_provider *one = provider_first(m->offer->code, i);
        known = strcmp(one->id, provider) == 0 ? one->id : known;
    }
    if (step == ORDER_DO_FINISH)
        deed.minutes = (at_ms - m->now_ms) / MINUTE_MS;
    return say(m, &deed, known);
}

/* While it is still allowed, and somebody is up. */
static void late_cancel(struct order_maker *m)
{
    int64_t last_ms = m->order.visit_ms - ORDER_RULES.cutoff_ms - MINUTE_MS;
    int64_t at_ms = m->now_ms + (int64_t)((double)(last_ms - m->now_ms) * rng_unit(m->rng)), of_day = at_ms - day_of(at_ms);

    if (of_day < 8 * HOUR_MS || of_day >= 20 * HOUR_MS)
        at_ms = within(at_ms) + 10 * MINUTE_MS;
    if (at_ms > m->now_ms && at_ms < last_ms)
        m->cancel_ms = at_ms;
}

/* Nobody opens: another day, or never. */
static bool missed(struct order_maker *m)
{
    int64_t at_ms = m->order.visit_ms + (int64_t)(15 + rng_below(m->rng, 15)) * MINUTE_MS, again_ms = at_ms + (int64_t)(10 + rng_below(m->rng, 50)) * MINUTE_MS;
    const struct service_provider *provider = provider_first(m->offer->code, 0);
    struct order_deed close = {.step = ORDER_DO_CLOSE, .actor = ORDER_CLERK, .at_ms = planner_office(at_ms + HOUR_MS)};

    for (unsigned i = 1; i < 12 && strcmp(provider->id, m->order.provider) != 0; i++)
        provider = provider_first(m->offer->code, i);
    if (!provider_does(m, ORDER_DO_ABSENT, at_ms, 0, ""))
        return false;
    if (rng_permille(m->rng, 600)) {
        int64_t visit_ms = visit_make(m, provider, again_ms);
        return visit_ms != 0 && provider_does(m, ORDER_DO_RESCHEDULE, again_ms, visit_ms, "");
    }
    (void)say(m, &close, "");
    return false;
}

/* False: it never came to it. */
static bool serve(struct order_maker *m)
{
    int64_t start_ms = m->order.visit_ms + ((int64_t)rng_below(m->rng, 14) - 4) * MINUTE_MS;
    int64_t minutes = MAX(5, m->offer->minutes + ((int64_t)rng_below(m->rng, 7) - 3) * (m->offer->minutes >= 30 ? 5 : 1));

    return provider_does(m, ORDER_DO_START, start_ms, 0, "") && provider_does(m, ORDER_DO_FINISH, start_ms + minutes * MINUTE_MS, 0, "");
}

/* ---- What the resident says of it ---- */

static int64_t next_tap(struct order_maker *m, int days)
{
    return ms_of_date(community_date_add(date_of_ms(m->now_ms), days)) +
           planner_time_of_day(m->rng, planner_holder(m->planner, m->card)->age);
}

static void dispute(struct order_maker *m)
{
    struct order_deed deed = {.step = ORDER_DO_DISPUTE, .actor = ORDER_RESIDENT, .at_ms = next_tap(m, 1), .reason = "没有做好 Not done well"};
    bool right = rng_permille(m->rng, 350);
    struct order_deed end = {.step = right ? ORDER_DO_GIVE_BACK : ORDER_DO_SETTLE, .actor = ORDER_CLERK};

    g_strlcpy(end.reason, right ? "服务未到位，退还 Given back" : "与双方谈妥 Agreed with both", sizeof end.reason);
    if (!say(m, &deed, ""))
        return;
    end.at_ms = planner_office(m->now_ms + (int64_t)(20 + rng_below(m->rng, 90)) * HOUR_MS);
    (void)say(m, &end, "");
}

static void confirm(struct order_maker *m)
{
    bool there = rng_permille(m->rng, 500);
    struct order_deed deed = {.step = ORDER_DO_CONFIRM, .actor = ORDER_RESIDENT,
                              .at_ms = there ? m->now_ms + (int64_t)(1 + rng_below(m->rng, 9)) * MINUTE_MS : next_tap(m, 1 + (int)rng_below(m->rng, 2))};

    (void)say(m, &deed, "");
}

static void rate(struct order_maker *m, bool tapped)
{
    struct order_deed deed = {.step = ORDER_DO_RATE, .actor = ORDER_RESIDENT,
                              .at_ms = tapped ? m->now_ms + MINUTE_MS : next_tap(m, 1 + (int)rng_below(m->rng, 4))};
    unsigned char stars = (unsigned char)planner_grade(m->rng);

    if (rng_permille(m->rng, tapped ? 300 : 110) && m->order.state == ORDER_COMPLETED && say(m, &deed, ""))
        m->course.stars = stars;
}

static void after(struct order_maker *m)
{
    bool disputed = rng_permille(m->rng, 7), taps = rng_permille(m->rng, 580);

    if (disputed)
        dispute(m);
    else if (taps)
        confirm(m);
    if (!m->over)
        order_course_clock(m, MIN(m->gone_ms, m->now_ms + 6 * DAY_MS)); /* what nobody confirms, counts as confirmed */
    if (!m->over && m->order.state == ORDER_COMPLETED)
        rate(m, taps && !disputed);
    else
        (void)stopped(m, m->now_ms + 20 * DAY_MS);
}

/* ---- All of it ---- */

void order_course_make(struct order_maker *m)
{
    unsigned draw = rng_below(m->rng, 1000);
    bool early = draw < 37, late = draw >= 37 && draw < 81, withdraws = rng_permille(m->rng, 5), absent = rng_permille(m->rng, 13);
    struct taking taking = {m->now_ms, CLAMP((int64_t)(ACCEPT_MEDIAN_MIN * exp(rng_normal(m->rng, 0, 0.85))), 2, 900), rng_permille(m->rng, 61)};

    if (early)
        m->cancel_ms = m->now_ms + (int64_t)(2 + rng_below(m->rng, 25)) * MINUTE_MS;
    if (m->order.state == ORDER_REVIEW)
        approve(m, &taking);
    if (rng_permille(m->rng, 3) || !take_on(m, &taking)) {
        (void)stopped(m, m->now_ms + 20 * DAY_MS);
        order_course_clock(m, m->now_ms + 20 * DAY_MS);
        return;
    }
    if (withdraws && provider_does(m, ORDER_DO_WITHDRAW, m->now_ms + 20 * MINUTE_MS, 0, "师傅病了 Our man is ill")) {
        taking = (struct taking){m->now_ms, 30, false};
        if (!take_on(m, &taking))
            return;
    }
    if (late)
        late_cancel(m);
    if ((!absent || missed(m)) && serve(m))
        after(m);
}
