/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there was to go to in a year, who asked for a seat, who waited and who came. Each block has series of its own, on their weekday, in
 * their season and on no holiday; a date's places are given away in the order of asking, by the machine of model/seat.h.
 */
#include "platform/sample/planner.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

enum kind { KIND_SERIES = 130, KIND_DATE };

#define DATES_A_WEEK   40 /* of a hundred thousand people */
#define FULL_PERMILLE  348 /* meant to be: where few children live, the children's are not */
#define ABSENT_PERMILLE 140
#define LATE_DAYS      4  /* until who did not come counts as absent, everywhere */
#define ASKED_MAX      320

const struct year_offer year_offers[] = {
    {"TAICHI", "sport", "清晨太极", "Morning tai chi", 4, 10, 1, 450, 60, 30, 0, 0}, {"SQUARE", "sport", "广场舞排练", "Square-dance practice", 4, 10, 3, 1080, 60, 40, 18, 120},
    {"CHOIR", "culture", "合唱团", "Choir", 1, 12, 4, 870, 90, 24, 0, 0}, {"BRUSH", "class", "书法班", "Calligraphy", 1, 12, 2, 870, 90, 16, 0, 0},
    {"PHONE", "class", "老年大学手机课", "Phone class", 1, 12, 2, 840, 90, 16, 50, 120}, {"BADUAN", "sport", "八段锦", "Baduanjin", 1, 12, 5, 540, 60, 24, 0, 0},
    {"CLINIC", "health", "义诊", "Free clinic", 1, 12, 3, 540, 180, 60, 0, 0}, {"MARKET", "culture", "跳蚤市场", "Flea market", 4, 10, 6, 570, 180, 40, 0, 0},
    {"DUMPLING", "festival", "邻里饺子宴", "Dumpling day", 11, 2, 6, 600, 150, 40, 0, 0}, {"DRILL", "talk", "消防演练", "Fire drill", 3, 11, 6, 600, 60, 60, 0, 0},
    {"WASTE", "talk", "垃圾分类讲堂", "Waste-sorting talk", 1, 12, 4, 900, 60, 40, 0, 0}, {"LIBRARY", "family", "小小图书管理员", "Little librarian", 1, 12, 6, 600, 60, 12, 8, 14},
    {"CRAFT", "family", "亲子手工", "Craft with children", 1, 12, 7, 570, 90, 12, 0, 0}, {"LAW", "talk", "法律咨询日", "Law day", 1, 12, 5, 840, 120, 20, 18, 120},
    {"HOUSE", "talk", "楼组议事会", "Building meeting", 1, 12, 7, 870, 90, 30, 18, 120}, {"CLEAN", "culture", "环境清洁日", "Clean-up day", 3, 11, 6, 540, 120, 40, 14, 120},
    {"NINTH", "festival", "重阳节活动", "Double-Ninth gathering", 10, 10, 3, 540, 150, 120, 60, 120}, {"FILM", "culture", "观影会", "Film afternoon", 1, 12, 5, 840, 120, 60, 0, 0},
    {"CHESS", "sport", "象棋赛", "Chess", 1, 12, 6, 840, 150, 16, 0, 0}, {"AID", "class", "急救培训", "First-aid class", 1, 12, 6, 540, 120, 20, 16, 120},
    {"GARDEN", "culture", "种植角开放日", "Garden day", 4, 10, 7, 540, 120, 20, 0, 0}, {"TRAIN", "class", "志愿者培训", "Volunteer training", 1, 12, 7, 840, 120, 24, 14, 80},
    {"SERVICE", "culture", "党群服务日", "Community service day", 1, 12, 5, 540, 180, 60, 0, 0}, {"DENTAL", "health", "儿童口腔检查", "Dental check for children", 1, 12, 6, 540, 120, 12, 6, 14},
};
const unsigned year_offers_count = G_N_ELEMENTS(year_offers);

/* ---- Days ---- */

static int weekday_of(uint32_t date)
{
    return 1 + (int)(((ms_of_date(date) + 8 * HOUR_MS) / DAY_MS + 3) % 7);
}

/* New year, the week of Spring Festival, May and October: whoever can is away. */
bool year_holiday(uint32_t date)
{
    static const uint32_t SPRING[] = {20240210, 20250129, 20260217, 20270206, 20280126, 20290213, 20300203, 20310123, 20320211};
    unsigned day = date % 10000;

    for (size_t i = 0; i < G_N_ELEMENTS(SPRING); i++) {
        int after = community_days_between(SPRING[i], date);
        if (after >= -1 && after <= 6)
            return true;
    }
    return day == 101 || (day >= 501 && day <= 503) || (day >= 1001 && day <= 1007);
}

bool year_in_season(const struct year_offer *offer, uint32_t date)
{
    unsigned month = date / 100 % 100;

    return offer->from_month <= offer->to_month ? month >= offer->from_month && month <= offer->to_month
                                                : month >= offer->from_month || month <= offer->to_month;
}

/* ---- One date ---- */

enum event_kind { EVENT_ASK, EVENT_CANCEL, EVENT_TAKE, EVENT_LAPSE, EVENT_NONE };

struct asked {
    int card;
    struct seat seat;
    struct seat_course course;
    int64_t asked_ms, due_ms; /* what comes next of this one, and when */
    enum event_kind due;
    bool thinks_better;
};

struct giving {
    struct planner *planner;
    struct rng *rng;
    struct seat_session session;
    struct asked *asked;
    unsigned count;
    int waiting;
};

static void step(struct giving *g, struct asked *one, enum seat_step step, int64_t at_ms)
{
    if (one->course.count < SEAT_COURSE_MAX && seat_do(&one->seat, step, &g->session, at_ms) == SEAT_OK) {
        one->course.steps[one->course.count].step = (unsigned char)step;
        one->course.steps[one->course.count++].at_ms = at_ms;
    }
}

static int taken(const struct giving *g)
{
    int sum = 0;

    for (unsigned i = 0; i < g->count; i++)
        sum += seat_places(&g->asked[i].seat);
    return sum;
}

static void next(struct asked *one, enum event_kind kind, int64_t at_ms)
{
    one->due = kind;
    one->due_ms = at_ms;
}

/* Who has a place and will not come says so, if it is early enough. */
static void seated(struct giving *g, struct asked *one, int64_t at_ms)
{
    int64_t left_ms = g->session.start_ms - 2 * HOUR_MS - at_ms;

    next(one, EVENT_NONE, 0);
    if (one->thinks_better && left_ms > HOUR_MS)
        next(one, EVENT_CANCEL, at_ms + (int64_t)((double)left_ms * rng_unit(g->rng)));
}

/* The first in the queue, as long as there is room for them and theirs. */
static void promote(struct giving *g, int64_t at_ms)
{
    for (unsigned i = 0; i < g->count && at_ms < g->session.start_ms; i++) {
        struct asked *one = &g->asked[i];
        int64_t lapse_ms = MIN(at_ms + SEAT_OFFER_MS, g->session.start_ms);
        if (one->seat.state != SEAT_WAITLISTED)
            continue;
        if (g->session.seats - taken(g) < 1 + one->seat.companions)
            return;
        step(g, one, SEAT_DO_OFFER, at_ms);
        g->waiting--;
        if (rng_permille(g->rng, 700))
            next(one, EVENT_TAKE, at_ms + (int64_t)((double)(lapse_ms - at_ms) * rng_unit(g->rng)));
        else
            next(one, EVENT_LAPSE, lapse_ms);
    }
}

static void ask(struct giving *g, struct asked *one)
{
    one->seat = (struct seat){.state = SEAT_REQUESTED, .companions = one->course.companions, .asked_ms = one->asked_ms};
    bool room = g->waiting == 0 && g->session.seats - taken(g) >= 1 + one->seat.companions;
    step(g, one, room ? SEAT_DO_SEAT : SEAT_DO_QUEUE, one->asked_ms);
    next(one, EVENT_NONE, 0);
    if (room)
        seated(g, one, one->asked_ms);
    else
        g->waiting++;
}

static void happen(struct giving *g, struct asked *one)
{
    int64_t at_ms = one->due_ms;

    switch (one->due) {
    case EVENT_ASK:
        ask(g, one);
        return;
    case EVENT_TAKE:
        step(g, one, SEAT_DO_TAKE, at_ms);
        seated(g, one, at_ms);
        return;
    default:
        step(g, one, one->due == EVENT_CANCEL ? SEAT_DO_CANCEL : SEAT_DO_LAPSE, at_ms);
        next(one, EVENT_NONE, 0);
        promote(g, at_ms);
    }
}

static void before_it_begins(struct giving *g)
{
    for (;;) {
        struct asked *first = NULL;
        for (unsigned i = 0; i < g->count; i++)
            if (g->asked[i].due != EVENT_NONE && (first == NULL || g->asked[i].due_ms < first->due_ms))
                first = &g->asked[i];
        if (first == NULL)
            return;
        happen(g, first);
    }
}

/* Some come, some do not, and nobody waits any more. */
static void at_the_door(struct giving *g)
{
    const struct seat_session *session = &g->session;

    for (unsigned i = 0; i < g->count; i++) {
        struct asked *one = &g->asked[i];
        bool absent = rng_permille(g->rng, ABSENT_PERMILLE);
        if (one->seat.state == SEAT_WAITLISTED) {
            step(g, one, SEAT_DO_LAPSE, session->start_ms);
        } else if (one->seat.state == SEAT_REGISTERED && absent) {
            step(g, one, SEAT_DO_ABSENT, session->end_ms + 3 * DAY_MS);
        } else if (one->seat.state == SEAT_REGISTERED) {
            step(g, one, SEAT_DO_CHECK_IN, session->start_ms + ((int64_t)rng_below(g->rng, 25) - 20) * MINUTE_MS);
            step(g, one, SEAT_DO_COMPLETE, session->end_ms);
        }
    }
}

/* ---- Who asks ---- */

static int draw(struct giving *g, const struct year_offer *offer)
{
    uint32_t date = date_of_ms(g->session.start_ms);

    for (unsigned tries = 0; tries < 60; tries++) {
        int card = planner_draw(g->planner, g->rng, MAX(6, offer->age_min - 1));
        if (card < 0)
            return -1;
        const struct person *person = planner_holder(g->planner, card);
        int age = age_on(person->birth, date);
        if ((offer->age_max != 0 && (age < offer->age_min || age > offer->age_max)) || !planner_lives(person, g->session.end_ms) ||
            !planner_free(g->planner, card, NULL, g->session.start_ms - 30 * MINUTE_MS, g->session.end_ms + 30 * MINUTE_MS))
            continue;
        planner_busy(g->planner, card, NULL, g->session.start_ms - 30 * MINUTE_MS, g->session.end_ms + 30 * MINUTE_MS);
        return card;
    }
    return -1;
}

static int by_asking(gconstpointer a, gconstpointer b)
{
    const struct asked *one = a, *two = b;

    return one->asked_ms != two->asked_ms ? (one->asked_ms < two->asked_ms ? -1 : 1) : one->card - two->card;
}

static void askers(struct giving *g, const struct year_offer *offer, int demand)
{
    uint32_t date = date_of_ms(g->session.start_ms);

    for (int places = 0; places < demand && g->count < ASKED_MAX;) {
        struct asked *one = &g->asked[g->count];
        int card = draw(g, offer);
        if (card < 0)
            break;
        uint32_t day = community_date_add(date, -(int)(1 + rng_below(g->rng, 10)));
        for (unsigned tries = 0; tries < 8 && !planner_day_suits(g->rng, day); tries++)
            day = community_date_add(date, -(int)(1 + rng_below(g->rng, 10)));
        *one = (struct asked){.card = card, .due = EVENT_ASK, .thinks_better = rng_permille(g->rng, 70)};
        one->course.companions = offer->age_max == 0 && rng_permille(g->rng, 150) ? 1 : 0;
        one->asked_ms = one->due_ms = ms_of_date(day) + planner_time_of_day(g->rng, planner_holder(g->planner, card)->age);
        places += 1 + one->course.companions;
        g->count++;
    }
    qsort(g->asked, g->count, sizeof *g->asked, by_asking);
    for (unsigned i = 1; i < g->count; i++) /* no two at one moment: the order of asking is that of the ids' times, too */
        g->asked[i].asked_ms = g->asked[i].due_ms = MAX(g->asked[i].asked_ms, g->asked[i - 1].asked_ms + 1);
}

static void date(struct planner *planner, unsigned which, uint32_t on, unsigned number)
{
    const struct year_offer *offer = &year_offers[which];
    struct rng rng = rng_of(planner->options->seed, KIND_DATE, (uint64_t)planner->community->block << 24 | number);
    g_autofree struct asked *asked = g_new0(struct asked, ASKED_MAX);
    struct giving g = {.planner = planner, .rng = &rng, .asked = asked};
    bool full = rng_permille(&rng, FULL_PERMILLE);
    int percent = full ? 110 + (int)rng_below(&rng, 25) : 35 + (int)rng_below(&rng, 55);

    g.session = (struct seat_session){.start_ms = ms_of_date(on) + offer->minute * MINUTE_MS, .seats = offer->seats, .age_min = offer->age_min,
                                      .age_max = offer->age_max};
    g.session.end_ms = g.session.start_ms + offer->minutes * MINUTE_MS;
    askers(&g, offer, MAX(2, offer->seats * percent / 100));
    before_it_begins(&g);
    at_the_door(&g);
    for (unsigned i = 0; i < g.count; i++) {
        struct act *act = planner_add(planner, ACT_SEAT, asked[i].card, asked[i].asked_ms, planner_kiosk_for(planner, &rng, asked[i].card));
        act->item = offer->code;
        act->seat = asked[i].course;
        act->seat.offer = (unsigned char)which;
        act->seat.first = i == 0;
        act->seat.session = g.session;
        act->seat.state = asked[i].seat.state;
    }
}

/* ---- All of them ---- */

/* One series: its weekday, every four weeks, from some week of the year on. */
static unsigned series(struct planner *planner, struct rng *rng, unsigned which, unsigned from, unsigned count)
{
    const struct year_offer *offer = &year_offers[which];
    uint32_t first = community_date_add(planner->community->today, -YEAR_DAYS + 11 + (int)rng_below(rng, 28));
    unsigned done = 0;

    while (weekday_of(first) != offer->weekday)
        first = community_date_add(first, 1);
    for (int week = 0; done < count; week += 4) {
        uint32_t on = community_date_add(first, 7 * week);
        if (community_days_between(on, planner->community->today) <= LATE_DAYS)
            break;
        if (year_holiday(on) || !year_in_season(offer, on))
            continue;
        date(planner, which, on, from + done);
        done++;
    }
    return done;
}

void planner_seats(struct planner *planner)
{
    uint64_t before = (uint64_t)planner->community->first, behind = before + planner->community->people->len;
    unsigned count = (unsigned)(behind * DATES_A_WEEK * 52 / 100000 - before * DATES_A_WEEK * 52 / 100000), done = 0;
    struct rng rng = rng_of(planner->options->seed, KIND_SERIES, planner->community->block);
    unsigned which = rng_below(&rng, G_N_ELEMENTS(year_offers));

    /* Another one each time: 7 and the 24 of them have nothing in common. */
    for (unsigned i = 0; i < G_N_ELEMENTS(year_offers) && done < count; i++, which = (which + 7) % G_N_ELEMENTS(year_offers))
        done += series(planner, &rng, which, done, MIN(count - done, 8));
}
