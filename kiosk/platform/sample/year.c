/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/planner.h"
#include "platform/sample/places.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_VOLUNTEER = 60, KIND_PURSE, KIND_ACT, KIND_GIVE };

#define PURSE_MAX_FEN  100000
#define LOAD_STEP_FEN  10000
#define VISIT_DAYS     9 /* what falls due within so many days is paid at one visit */

/* Of a thousand. Volunteers are 18 % of those of 14 to 80, of whom 72 % have a card that can be used; three in ten are active. */
#define REGISTERED      250
#define ACTIVE          303
#define JOIN_IN_YEAR    200
#define REDEEMS         700 /* points, some time; and of them on a day of service */
#define REDEEMS_AT_ONCE 440
#define SPENDS          740 /* coins, of who may; and of them on a day of service */
#define SPENDS_AT_ONCE  115
#define GIVES           450 /* of the younger ones with an elder at home */
#define DONATES         42
#define MEDIAN_HOURS    13.0 /* twelve of them are credited */
#define GROWN_ON_PAPER  20   /* of age when the paper was written, too */

const char *act_kind_name(enum act_kind kind)
{
    static const char *const names[] = {"join", "earlier", "attendance", "redeem", "coin-spend", "gift", "donate", "load", "pay", "ticket", "rating", "left", "allowance", "order", "seat", "care", "visit"};
    return names[kind];
}

unsigned year_kiosks(unsigned residents)
{
    unsigned communities = MIN(PLACES_COMMUNITIES, (residents * PLACES_COMMUNITIES + PLACES_CITY - 1) / PLACES_CITY);
    return communities < 2 ? 2 : communities + (communities == PLACES_COMMUNITIES ? 6 : 1);
}

void year_kiosk_id(unsigned kiosk, char out[8])
{
    g_snprintf(out, 8, "K%04u", kiosk % 10000);
}

const struct person *planner_holder(const struct planner *planner, int card)
{
    return &g_array_index(planner->community->people, struct person,
                          g_array_index(planner->community->cards, struct sample_card, card).person);
}

static struct rng rng_for(const struct planner *planner, enum kind kind, int card)
{
    return rng_of(planner->options->seed, kind,
                  (uint64_t)(planner->community->first + g_array_index(planner->community->cards, struct sample_card, card).person));
}

/* ---- When and where ---- */

/*
 * Of a thousand taps in each hour from eight on. Before eleven 58 % of them are of those of sixty and more, who make four of ten of all: so
 * many of theirs come then, and so many of the others'; within the two parts of the day the hours keep their weights.
 */
#define EARLY          480 /* of a thousand taps, before eleven */
#define EARLY_OF_OLD   715
#define EARLY_OF_OTHER 332

int64_t planner_time_of_day(struct rng *rng, int age)
{
    static const unsigned permille[] = {120, 190, 170, 110, 50, 60, 110, 90, 60, 10, 10, 10, 10};
    bool early = rng_permille(rng, age >= 60 ? EARLY_OF_OLD : EARLY_OF_OTHER);
    unsigned draw = early ? rng_below(rng, EARLY) : EARLY + rng_below(rng, 1000 - EARLY), hour;

    for (hour = 0; draw >= permille[hour]; hour++)
        draw -= permille[hour];
    return (8 + hour) * HOUR_MS + (int64_t)rng_below(rng, 3600) * 1000;
}

/* 0 Sunday … 6. Mondays are full, Sundays quiet. */
bool planner_day_suits(struct rng *rng, uint32_t date)
{
    unsigned weekday = (unsigned)((ms_of_date(date) / DAY_MS + 5) % 7);
    return weekday == 1 || rng_permille(rng, weekday == 0 ? 480 : 800);
}

/* The next time that somebody is at their desk: Monday to Friday, nine to five. */
int64_t planner_office(int64_t at_ms)
{
    int64_t day = (at_ms + 8 * HOUR_MS) / DAY_MS * DAY_MS - 8 * HOUR_MS, of_day = at_ms - day;
    int64_t weekday;

    if (of_day < 9 * HOUR_MS)
        at_ms = day + 9 * HOUR_MS + of_day % HOUR_MS;
    else if (of_day >= 17 * HOUR_MS)
        at_ms = day + DAY_MS + 9 * HOUR_MS + of_day % HOUR_MS;
    weekday = ((at_ms + 8 * HOUR_MS) / DAY_MS + 4) % 7; /* 1970-01-01 was a Thursday; 0 Sunday */
    return at_ms + (weekday == 6 ? 2 : weekday == 0 ? 1 : 0) * DAY_MS;
}

/* The kiosk of the holder's community mostly. The first two stand in one. */
unsigned planner_kiosk_for(const struct planner *planner, struct rng *rng, int card)
{
    struct place place;

    if (planner->kiosks == 2 || rng_permille(rng, 120))
        return 1 + rng_below(rng, planner->kiosks);
    place_of((unsigned)(planner->community->first + g_array_index(planner->community->cards, struct sample_card, card).person), &place);
    return place.community == 0 ? 1 + rng_below(rng, 2) : 2 + place.community;
}

/* As a kiosk makes it, of the time and the seed. */
void planner_id(struct rng *rng, int64_t at_ms, char out[37])
{
    uint64_t a = rng_next(rng), b = rng_next(rng);

    g_snprintf(out, 37, "%08x-%04x-%04x-%04x-%012" G_GINT64_MODIFIER "x", (unsigned)((uint64_t)at_ms >> 16), (unsigned)(at_ms & 0xFFFF),
               0x7000u | (unsigned)(a & 0xFFF), 0x8000u | (unsigned)(a >> 16 & 0x3FFF), b & 0xFFFFFFFFFFFF);
}

struct act *planner_add(struct planner *planner, enum act_kind kind, int card, int64_t at_ms, unsigned kiosk)
{
    unsigned n = planner->acts->len;
    struct rng rng = rng_of(planner->options->seed, KIND_ACT, (uint64_t)planner->community->block << 24 | n);
    struct act act = {.kind = kind, .at_ms = at_ms, .card = card, .other = -1, .kiosk = kiosk, .item = ""};

    planner_id(&rng, at_ms, act.id);
    g_array_append_val(planner->acts, act);
    return &g_array_index(planner->acts, struct act, n);
}

bool planner_lives(const struct person *person, int64_t at_ms)
{
    uint32_t date = date_of_ms(at_ms);

    return (person->died == 0 || date < person->died) && (person->moved == 0 || date < person->moved);
}

/* ---- Who, and what they think of it ---- */

int planner_draw(const struct planner *planner, struct rng *rng, int age_min)
{
    const GArray *cards = planner->community->cards;

    for (unsigned tries = 0; tries < 20 && cards->len > 0; tries++) {
        int card = (int)rng_below(rng, cards->len);
        const struct person *person = planner_holder(planner, card);
        if (!person->persona && person->age >= age_min && g_array_index(cards, struct sample_card, card).state == CARD_ACTIVE)
            return card;
    }
    return -1;
}

int64_t planner_grade(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);

    return draw < 78 ? 5 : draw < 92 ? 4 : draw < 97 ? 3 : draw < 99 ? 2 : 1;
}

/* ---- Who is where ---- */

void planner_busy(struct planner *planner, int card, const char *provider, int64_t from_ms, int64_t to_ms)
{
    struct planner_busy busy = {card, provider, from_ms, to_ms};
    g_array_append_val(planner->busy, busy);
}

bool planner_free(const struct planner *planner, int card, const char *provider, int64_t from_ms, int64_t to_ms)
{
    for (guint i = 0; i < planner->busy->len; i++) {
        const struct planner_busy *busy = &g_array_index(planner->busy, struct planner_busy, i);
        if (from_ms < busy->to_ms && to_ms > busy->from_ms && (busy->card == card || (provider != NULL && busy->provider == provider)))
            return false;
    }
    return true;
}

/* ---- Volunteers ---- */

static int64_t earn(struct planner *planner, int card, int64_t minutes)
{
    int64_t coins = coin_minutes(minutes, planner->rules->coin_granularity_min);

    planner->coins[card] += cap_part(planner->coins[card], coins, planner->rules->coin_cap_min);
    planner->points[card] += credit_points(planner->rules, minutes);
    return minutes;
}

/*
 * Two taps around a slot: some come late, some forget the second. People look into those; what is younger than a month still waits. The tap
 * has the hour that was drawn, and so the slot begins at the half hour before or behind it; nobody serves behind ten.
 */
static struct act *attend(struct planner *planner, struct rng *rng, int card, uint32_t date)
{
    int64_t day = ms_of_date(date), half = day + planner_time_of_day(rng, planner_holder(planner, card)->age) / (30 * MINUTE_MS) * (30 * MINUTE_MS);
    bool late = rng_permille(rng, 60), forgotten = rng_permille(rng, 40);
    int64_t start = late ? half : half + 30 * MINUTE_MS, end = MIN(start + (60 + 30 * rng_below(rng, 5)) * MINUTE_MS, day + 22 * HOUR_MS);
    int64_t in = late ? start + (5 + (int64_t)rng_below(rng, 20)) * MINUTE_MS : start - (1 + (int64_t)rng_below(rng, 8)) * MINUTE_MS;
    struct act *act = planner_add(planner, ACT_ATTENDANCE, card, in, planner_kiosk_for(planner, rng, card));
    struct attendance *times = &act->times;

    planner_busy(planner, card, NULL, start - 30 * MINUTE_MS, end + 30 * MINUTE_MS);
    *times = (struct attendance){ATTENDANCE_POSTED, start, end, in, end + (int64_t)rng_below(rng, 12) * MINUTE_MS};
    act->amount = hours_credited(&planner->rules->hours, times, 0);
    if (forgotten) {
        bool young = community_days_between(date, planner->community->today) < 30;
        times->out_ms = 0;
        times->state = young ? ATTENDANCE_NEEDS_CONFIRM : rng_permille(rng, 700) ? ATTENDANCE_POSTED : ATTENDANCE_REJECTED;
    } else if (act->amount == 0) {
        times->state = ATTENDANCE_REJECTED;
    }
    if (times->state != ATTENDANCE_POSTED)
        act->amount = 0;
    return act;
}

/* Points, right behind the tap of a later day: prices end in 0, 5 or 8. */
static void redeem(struct planner *planner, struct rng *rng, int card, int64_t at_ms, unsigned kiosk)
{
    static const struct { const char *item; int64_t points; } ITEMS[] = {
        {"rice-5kg", 200}, {"oil-1l", 128}, {"haircut", 80}, {"tissue", 38}, {"soap", 25}, {"breakfast", 20}, {"book", 58}};
    size_t pick = rng_below(rng, G_N_ELEMENTS(ITEMS));

    if (ITEMS[pick].points > planner->points[card])
        return;
    struct act *act = planner_add(planner, ACT_REDEEM, card, at_ms, kiosk);
    act->amount = ITEMS[pick].points;
    act->item = ITEMS[pick].item;
    planner->points[card] -= ITEMS[pick].points;
}

/* An elder with a card in the same home. */
static int elder_at_home(const struct planner *planner, int card)
{
    const struct person *giver = planner_holder(planner, card);

    for (unsigned i = 0; i < planner->community->cards->len; i++) {
        const struct person *other = planner_holder(planner, (int)i);
        if ((int)i != card && other->household == giver->household && other->age >= 65 && other->died == 0 && other->moved == 0 &&
            g_array_index(planner->community->cards, struct sample_card, i).state == CARD_ACTIVE)
            return (int)i;
    }
    return -1;
}

/* Whole ones, two at most. What an elder was given is kept: their own plan may be about earlier days. */
static void use_coins(struct planner *planner, enum act_kind kind, int card, int other, int64_t at_ms, unsigned kiosk)
{
    int64_t whole = MIN(planner->coins[card] / 60, 2) * 60;

    if (whole == 0 || !planner_lives(planner_holder(planner, card), at_ms))
        return;
    struct act *act = planner_add(planner, kind, card, at_ms, kiosk);
    act->amount = whole;
    act->other = other;
    act->item = kind == ACT_COIN_SPEND ? "home-cleaning" : "";
    planner->coins[card] -= whole;
}

/* Hours of the years before: most have a few; 4 of 10,000 on the roll, so 13 of those who are active, more than fifteen hundred. */
static void earlier(struct planner *planner, struct rng *rng, int card, uint32_t first)
{
    unsigned draw = rng_below(rng, 10000);
    int64_t units = draw < 13 ? 3010 + (int64_t)rng_below(rng, 400) : draw < 4000 ? 2 + (int64_t)(20 * exp(rng_normal(rng, 0, 1.0))) : 0;

    if (units == 0)
        return;
    struct act *act = planner_add(planner, ACT_EARLIER, card, ms_of_date(first) + 9 * HOUR_MS, 0);
    act->amount = earn(planner, card, MIN(units, 3600) * 30);
}

/* What a volunteer does with what they have earned; drawn once for each. */
struct habits {
    bool redeems, spends; /* points; coins, of who is old enough */
    int gives_to;         /* −1: nobody */
    bool donates;
};

static struct habits draw_habits(const struct planner *planner, struct rng *rng, int card)
{
    bool old = planner_holder(planner, card)->age > planner->rules->redeem_age;
    int elder = elder_at_home(planner, card);
    struct habits habits = {.redeems = rng_permille(rng, REDEEMS), .spends = rng_permille(rng, SPENDS) && old, .gives_to = -1};

    if (elder >= 0 && rng_permille(rng, GIVES) && !old)
        habits.gives_to = elder;
    else
        habits.donates = rng_permille(rng, DONATES) && !habits.spends;
    return habits;
}

/* One day: the taps of a slot, and what is done with what was there before it. */
static void serve(struct planner *planner, struct rng *rng, int card, uint32_t date, const struct habits *habits)
{
    const struct act *act = attend(planner, rng, card, date);
    int64_t in = act->at_ms, minutes = act->amount;
    unsigned kiosk = act->kiosk;

    if (habits->redeems && rng_permille(rng, REDEEMS_AT_ONCE))
        redeem(planner, rng, card, in + 20000, kiosk);
    if (habits->spends && rng_permille(rng, SPENDS_AT_ONCE))
        use_coins(planner, ACT_COIN_SPEND, card, -1, in + 40000, kiosk);
    earn(planner, card, minutes);
}

/* A day in the i-th of `count` parts of what is left of the year behind `joined`: not a Sunday mostly. */
static unsigned draw_day(struct rng *rng, uint32_t first, int joined, unsigned i, unsigned count)
{
    unsigned from = (unsigned)(joined + 1), day = from;

    for (unsigned tries = 0; tries < 8; tries++) {
        day = 1 + from + (unsigned)((i + rng_unit(rng)) * (YEAR_DAYS - 3 - from) / count);
        if (planner_day_suits(rng, community_date_add(first, (int)day)))
            break;
    }
    return day;
}

/* Days in rising order, one attendance each at most. `joined`: the day of the year, −1 before it. */
static void volunteer_year(struct planner *planner, struct rng *rng, int card, int joined)
{
    uint32_t first = community_date_add(planner->community->today, -YEAR_DAYS);
    double hours = CLAMP(MEDIAN_HOURS * exp(rng_normal(rng, 0, 1.35)), 1, 640);
    unsigned count = MAX((unsigned)(hours / 2 + 0.5), 1), last = 0;
    struct habits habits = draw_habits(planner, rng, card);

    if (joined < 0)
        earlier(planner, rng, card, first);
    for (unsigned i = 0; i < count; i++) {
        unsigned day = draw_day(rng, first, joined, i, count);

        if (day <= last)
            continue;
        if (!planner_lives(planner_holder(planner, card), ms_of_date(community_date_add(first, (int)day))))
            break;
        last = day;
        serve(planner, rng, card, community_date_add(first, (int)day), &habits);
    }
    if (last != 0 && last + 2 < YEAR_DAYS && (habits.gives_to >= 0 || habits.donates))
        use_coins(planner, habits.gives_to >= 0 ? ACT_GIFT : ACT_DONATE, card, habits.gives_to,
                  ms_of_date(community_date_add(first, (int)last + 1)) + planner_time_of_day(rng, planner_holder(planner, card)->age),
                  planner_kiosk_for(planner, rng, card));
    if (!habits.spends)
        planner->coins[card] = 0; /* kept for later: nothing else of the year is paid with them */
}

/* On the roll: of a paper register mostly, told of on the year's first day, else at a kiosk. The day of the year; −1: on paper. */
static int join(struct planner *planner, struct rng *rng, int card)
{
    const struct person *person = planner_holder(planner, card);
    uint32_t first = community_date_add(planner->community->today, -YEAR_DAYS);
    int day = rng_permille(rng, JOIN_IN_YEAR) ? 1 + (int)rng_below(rng, 270) : -1;
    int64_t before = rng_below(rng, 1500), time = planner_time_of_day(rng, person->age);

    if (day >= 0 && (!planner_lives(person, ms_of_date(community_date_add(first, day))) || !planner_day_suits(rng, community_date_add(first, day))))
        day = -1;
    if (day >= 0)
        planner_add(planner, ACT_JOIN, card, ms_of_date(community_date_add(first, day)) + time, planner_kiosk_for(planner, rng, card));
    else
        planner_add(planner, ACT_JOIN, card, ms_of_date(first) + 9 * HOUR_MS, 0)->amount = person->age >= GROWN_ON_PAPER ? before : 0;
    return day;
}

static void volunteers(struct planner *planner)
{
    for (unsigned i = 0; i < planner->community->cards->len; i++) {
        const struct person *person = planner_holder(planner, (int)i);
        struct rng rng = rng_for(planner, KIND_VOLUNTEER, (int)i);
        bool registered = rng_permille(&rng, REGISTERED), active = rng_permille(&rng, ACTIVE);

        if (!registered || person->persona || person->age < 15 || person->age > 80 ||
            g_array_index(planner->community->cards, struct sample_card, i).state != CARD_ACTIVE)
            continue;
        int joined = join(planner, &rng, (int)i);
        if (active)
            volunteer_year(planner, &rng, (int)i, joined);
    }
}

/* ---- Money ---- */

struct purse {
    int card;
    struct rng rng;
    int64_t balance_fen;
    unsigned loads, payments;
};

static int by_day(gconstpointer a, gconstpointer b, gpointer data)
{
    const GArray *bills = data;
    const struct sample_bill *one = &g_array_index(bills, struct sample_bill, *(const int *)a),
                             *two = &g_array_index(bills, struct sample_bill, *(const int *)b);

    if (one->paid_on != two->paid_on)
        return one->paid_on < two->paid_on ? -1 : 1;
    return *(const int *)a - *(const int *)b;
}

static struct act *at_purse(struct planner *planner, struct purse *purse, enum act_kind kind, int64_t at_ms, unsigned kiosk, int64_t fen)
{
    struct act *act = planner_add(planner, kind, purse->card, at_ms, kiosk);

    act->amount = fen;
    act->balance_before_fen = purse->balance_fen;
    act->counter = kind == ACT_LOAD ? purse->loads++ : purse->payments++;
    act->serial = planner->community->block * 100000 + ++planner->serial;
    purse->balance_fen += kind == ACT_LOAD ? fen : -fen;
    return act;
}

/* Bills [from, to) of `due`, at the last one's day. The desk takes cash for whole hundreds first, when the card does not hold enough. */
static void visit(struct planner *planner, struct purse *purse, const int *due, unsigned count)
{
    const GArray *bills = planner->community->bills;
    int64_t at_ms = ms_of_date(g_array_index(bills, struct sample_bill, due[count - 1]).paid_on) +
                    planner_time_of_day(&purse->rng, planner_holder(planner, purse->card)->age), fen = 0;
    unsigned kiosk = planner_kiosk_for(planner, &purse->rng, purse->card);

    if (!planner_lives(planner_holder(planner, purse->card), at_ms))
        return;
    for (unsigned i = 0; i < count; i++)
        fen += g_array_index(bills, struct sample_bill, due[i]).amount_fen;
    if (purse->balance_fen < fen) {
        int64_t room = (PURSE_MAX_FEN - purse->balance_fen) / LOAD_STEP_FEN * LOAD_STEP_FEN;
        int64_t wanted = (fen - purse->balance_fen + LOAD_STEP_FEN - 1) / LOAD_STEP_FEN * LOAD_STEP_FEN + LOAD_STEP_FEN * rng_below(&purse->rng, 3);
        at_purse(planner, purse, ACT_LOAD, at_ms - 4 * MINUTE_MS, kiosk, MIN(room, wanted));
    }
    struct act *act = at_purse(planner, purse, ACT_PAY, at_ms, kiosk, fen);
    act->bill_count = count;
    memcpy(act->bills, due, count * sizeof *due);
}

/* What can be paid at one visit: not before the last was issued, at most what a purse holds after a load. */
static void pay_all(struct planner *planner, struct purse *purse, GArray *due)
{
    const GArray *bills = planner->community->bills;

    g_array_sort_with_data(due, by_day, (gpointer)bills);
    for (unsigned from = 0, to; from < due->len; from = to) {
        const struct sample_bill *first = &g_array_index(bills, struct sample_bill, g_array_index(due, int, from));
        int64_t fen = 0;

        for (to = from; to < due->len && to - from < 8; to++) {
            const struct sample_bill *bill = &g_array_index(bills, struct sample_bill, g_array_index(due, int, to));
            if (to > from && (fen + bill->amount_fen > PURSE_MAX_FEN - LOAD_STEP_FEN ||
                              community_days_between(first->paid_on, bill->paid_on) > VISIT_DAYS))
                break;
            fen += bill->amount_fen;
        }
        visit(planner, purse, &g_array_index(due, int, from), to - from);
    }
}

static void money(struct planner *planner)
{
    const GArray *bills = planner->community->bills;
    g_autoptr(GArray) due = g_array_new(FALSE, FALSE, sizeof(int));

    for (unsigned card = 0; card < planner->community->cards->len; card++) {
        struct purse purse = {.card = (int)card, .rng = rng_for(planner, KIND_PURSE, (int)card)};

        purse.balance_fen = 100 * (int64_t)(50 + rng_below(&purse.rng, 250));
        g_array_set_size(due, 0);
        for (unsigned i = 0; i < bills->len; i++)
            if (g_array_index(bills, struct sample_bill, i).card == (int)card && g_array_index(bills, struct sample_bill, i).at_kiosk) {
                int at = (int)i;
                g_array_append_val(due, at);
            }
        if (due->len > 0)
            pay_all(planner, &purse, due);
    }
}

/* ---- All of it ---- */

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct act *one = a, *two = b;

    if (one->at_ms != two->at_ms)
        return one->at_ms < two->at_ms ? -1 : 1;
    return strcmp(one->id, two->id);
}

GArray *year_plan(const struct community *community, const struct community_options *options, const struct credit_rules *rules)
{
    g_autofree int64_t *coins = g_new0(int64_t, community->cards->len), *points = g_new0(int64_t, community->cards->len);
    g_autoptr(GArray) busy = g_array_new(FALSE, FALSE, sizeof(struct planner_busy));
    struct planner planner = {community, options, rules, g_array_new(FALSE, TRUE, sizeof(struct act)), 0, year_kiosks(options->residents),
                              coins, points, busy};

    volunteers(&planner);
    money(&planner);
    planner_civic(&planner);
    planner_orders(&planner);
    planner_seats(&planner);
    planner_care(&planner);
    g_array_sort(planner.acts, by_time);
    return planner.acts;
}
