/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/realism-year.h"
#include "model/model.h"
#include <string.h>

#define GRADES 5

struct realism_year {
    struct credit_rules rules;
    int64_t acts[ACT_KINDS], all, outside, gone, grown; /* grown: old enough to volunteer */
    int64_t hours[24], weekdays[7], early, early_old;   /* taps at kiosks; before eleven, by those of sixty on */
    int64_t minutes, late, forgotten, points_earned, points_spent, prices, prices_good;
    int64_t services[32], too, assigned, returned, reopened, ended, grades[GRADES + 1];
    int64_t died, moved;
    struct realism_orders *orders;
    struct realism_seats *seats;
    struct realism_care *care;
    GArray *volunteers; /* of int64_t: minutes of each who did something */
};

struct realism_year *realism_year_new(const struct credit_rules *rules)
{
    struct realism_year *y = g_new0(struct realism_year, 1);

    y->rules = *rules;
    y->orders = realism_orders_new();
    y->seats = realism_seats_new();
    y->care = realism_care_new();
    y->volunteers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return y;
}

void realism_year_free(struct realism_year *y)
{
    g_array_unref(y->volunteers);
    realism_orders_free(y->orders);
    realism_seats_free(y->seats);
    realism_care_free(y->care);
    g_free(y);
}

const struct person *realism_holder(const struct community *block, int card)
{
    return &g_array_index(block->people, struct person, g_array_index(block->cards, struct sample_card, card).person);
}

/* ---- One act ---- */

bool realism_gone(const struct person *person, uint32_t date)
{
    return date < person->birth || (person->died != 0 && date >= person->died) || (person->moved != 0 && date >= person->moved);
}

static void add_ticket(struct realism_year *y, const struct community *block, const struct act *act)
{
    bool returned = false, reopened = false, assigned = false;

    for (unsigned i = 0; i < ticket_weights_count && i < G_N_ELEMENTS(y->services); i++)
        y->services[i] += strcmp(ticket_weights[i].code, act->item) == 0;
    for (unsigned i = 0; i < act->ticket.count; i++) {
        enum ticket_step step = act->ticket.steps[i].step;
        uint32_t date = date_of_ms(act->ticket.steps[i].at_ms);

        assigned |= step == TICKET_ASSIGN;
        returned |= step == TICKET_RETURN;
        reopened |= step == TICKET_DENY;
        y->ended += step == TICKET_CONFIRM;
        y->outside += date >= block->today || (i > 0 && act->ticket.steps[i].at_ms < act->ticket.steps[i - 1].at_ms);
        y->gone += step == TICKET_CONFIRM && realism_gone(realism_holder(block, act->card), date);
    }
    y->too += act->other >= 0;
    y->assigned += assigned;
    y->returned += returned;
    y->reopened += reopened;
}

static void add_attendance(struct realism_year *y, const struct act *act)
{
    y->minutes += act->amount;
    y->late += act->times.in_ms > act->times.slot_start_ms;
    y->forgotten += act->times.out_ms == 0;
}

static void add_price(struct realism_year *y, const struct act *act)
{
    y->points_spent += act->amount;
    y->prices++;
    y->prices_good += act->amount % 10 == 0 || act->amount % 10 == 5 || act->amount % 10 == 8;
}

/* A tap: when somebody stands at a kiosk. A load belongs to the payment behind it. */
static void add_tap(struct realism_year *y, const struct person *person, const struct act *act)
{
    unsigned hour = (unsigned)((act->at_ms + 28800000) / 3600000 % 24);

    y->hours[hour]++;
    y->weekdays[((act->at_ms + 28800000) / 86400000 + 4) % 7]++;
    y->early += hour < 11;
    y->early_old += hour < 11 && person->age >= 60;
    y->outside += hour < 7;
}

static void add_act(struct realism_year *y, const struct community *block, const struct act *act)
{
    const struct person *person = realism_holder(block, act->card);
    uint32_t date = date_of_ms(act->at_ms);

    y->acts[act->kind]++;
    y->all++;
    y->gone += (act->kind != ACT_LEFT && realism_gone(person, date)) || (act->kind == ACT_LEFT && !realism_gone(person, date)) ||
               (act->other >= 0 && realism_gone(realism_holder(block, act->other), date));
    y->outside += date >= block->today || date < community_date_add(block->today, -YEAR_DAYS);
    if (act->kind == ACT_EARLIER || act->kind == ACT_ATTENDANCE)
        y->points_earned += credit_points(&y->rules, act->amount);
    if (act->kind != ACT_EARLIER && act->kind != ACT_LEFT && act->kind != ACT_LOAD && act->kind != ACT_ALLOWANCE && act->kind < ACT_CARE)
        add_tap(y, person, act);
    if (act->kind == ACT_ATTENDANCE)
        add_attendance(y, act);
    if (act->kind == ACT_REDEEM)
        add_price(y, act);
    if (act->kind == ACT_TICKET)
        add_ticket(y, block, act);
    if (act->kind == ACT_RATING)
        y->grades[CLAMP(act->amount, 0, GRADES)]++;
}

void realism_year_add(struct realism_year *y, const struct community *block, const GArray *acts)
{
    g_autofree int64_t *minutes = g_new0(int64_t, block->cards->len);

    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);
        add_act(y, block, act);
        if (act->kind == ACT_ATTENDANCE)
            minutes[act->card] += act->amount;
    }
    realism_orders_add(y->orders, block, acts);
    realism_seats_add(y->seats, block, acts);
    realism_care_add(y->care, block, acts);
    for (guint i = 0; i < block->cards->len; i++)
        if (minutes[i] > 0)
            g_array_append_val(y->volunteers, minutes[i]);
    for (guint i = 0; i < block->people->len; i++) {
        const struct person *person = &g_array_index(block->people, struct person, i);
        y->died += person->died != 0;
        y->moved += person->moved != 0;
        y->grown += person->age >= 14 && person->age <= 80;
    }
}

/* ---- Figures ---- */

void realism_put_bounds(const struct realism_bound *bounds, size_t count, bool full, GArray *figures)
{
    for (size_t i = 0; i < count; i++) {
        int64_t loose = full ? 0 : bounds[i].loose;
        realism_put(figures, bounds[i].name, realism_share(bounds[i].part, bounds[i].whole, bounds[i].of), bounds[i].low - loose,
                    bounds[i].high + loose);
    }
}

static int64_t furthest_service(const struct realism_year *y)
{
    int64_t furthest = 0;

    for (unsigned i = 0; i < ticket_weights_count; i++)
        furthest = MAX(furthest, ABS(realism_share(y->services[i], y->acts[ACT_TICKET], 1000) - 10 * (int64_t)ticket_weights[i].percent));
    return furthest;
}

static void put_tickets(const struct realism_year *y, int64_t people, bool full, GArray *figures)
{
    int64_t tickets = y->acts[ACT_TICKET], ratings = y->acts[ACT_RATING];
    const struct realism_bound bounds[] = {
        {"tickets a day of 100000", tickets * 100000 / YEAR_DAYS, people, 1, 85, 92, 10},
        {"who had it too, of those who told, 1/1000", y->too, tickets + y->too, 1000, 105, 130, 60},
        {"tickets returned by a unit, 1/1000", y->returned, y->assigned, 1000, 80, 100, 60},
        {"tickets opened again, 1/1000", y->reopened, y->assigned, 1000, 25, 35, 30},
        {"ended by residents that were rated, 1/1000", ratings, y->ended, 1000, 200, 235, 90},
        {"ratings of 5, 1/1000", y->grades[5], ratings, 1000, 760, 800, 100},
        {"ratings of 4, 1/1000", y->grades[4], ratings, 1000, 125, 155, 80},
        {"ratings of 3, 1/1000", y->grades[3], ratings, 1000, 40, 60, 45},
        {"ratings of 2, 1/1000", y->grades[2], ratings, 1000, 12, 28, 40},
        {"ratings of 1, 1/1000", y->grades[1], ratings, 1000, 5, 16, 40},
    };

    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "service furthest from its weight, 1/1000", furthest_service(y), 0, full ? 8 : 60);
}

static int by_value(gconstpointer a, gconstpointer b)
{
    int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
    return one < two ? -1 : one > two;
}

static void put_volunteers(struct realism_year *y, bool full, GArray *figures)
{
    int64_t attendances = y->acts[ACT_ATTENDANCE], active = y->volunteers->len, most = 0;

    g_array_sort(y->volunteers, by_value);
    for (guint i = 0; i < y->volunteers->len; i++)
        most += g_array_index(y->volunteers, int64_t, i) > 300 * 60;
    const struct realism_bound bounds[] = {
        {"active volunteers of 14 to 80, 1/1000", active, y->grown, 1000, 45, 60, 25},
        {"volunteers of more than 300 hours, 1/1000", most, active, 1000, 3, 20, 20},
        {"taps in that came late, 1/1000", y->late, attendances, 1000, 50, 70, 40},
        {"taps out that were forgotten, 1/1000", y->forgotten, attendances, 1000, 33, 47, 30},
        {"minutes of an attendance", y->minutes, attendances, 1, 90, 140, 40},
        {"points redeemed of earned, 1/1000", y->points_spent, y->points_earned, 1000, 300, 550, 300},
    };
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "median minutes of a volunteer's year", active > 0 ? g_array_index(y->volunteers, int64_t, active / 2) : 0,
                full ? 600 : active > 0 ? 300 : 0, full ? 900 : 1500);
    realism_put(figures, "prices that end in 0, 5 or 8, 1/1000", realism_share(y->prices_good, y->prices, 1000), y->prices > 0 ? 900 : 0, 1000);
}

/* When the taps of a day come, and which days are full. */
static void put_taps(const struct realism_year *y, bool full, GArray *figures)
{
    int64_t taps = 0, evening = 0, weekday = 0;

    for (unsigned i = 0; i < 24; i++) {
        taps += y->hours[i];
        evening += i >= 17 ? y->hours[i] : 0;
    }
    for (unsigned i = 2; i <= 6; i++)
        weekday += y->weekdays[i];
    const struct realism_bound bounds[] = {
        {"taps at 8, 1/1000", y->hours[8], taps, 1000, 100, 190, 60},
        {"taps at 9, 1/1000", y->hours[9], taps, 1000, 160, 240, 60},
        {"taps at 10, 1/1000", y->hours[10], taps, 1000, 140, 215, 60},
        {"taps at 14, 1/1000", y->hours[14], taps, 1000, 80, 125, 50},
        {"taps from 17:00 on, 1/1000", evening, taps, 1000, 5, 59, 90},
        {"taps before 11 of 60 and more, 1/1000", y->early_old, y->early, 1000, 250, 600, 150},
        {"taps of a Monday, of a day's of Tuesday to Saturday, 1/1000", 5 * y->weekdays[1], weekday, 1000, 1100, 1400, 400},
        {"taps of a Sunday, of such a day's, 1/1000", 5 * y->weekdays[0], weekday, 1000, 500, 750, 300},
    };
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
}

void realism_year_put(struct realism_year *y, int64_t people, GArray *figures)
{
    bool full = people >= REALISM_FULL;
    const struct realism_bound bounds[] = {
        {"who died, 1/100000", y->died, people, 100000, 600, 1000, 600},
        {"who moved away, 1/1000", y->moved, people, 1000, 13, 17, 15},
    };

    for (unsigned i = 0; i < ACT_KINDS; i++) {
        g_autofree char *name = g_strdup_printf("acts: %s", act_kind_name(i));
        realism_put(figures, name, y->acts[i], people >= 5000 ? 1 : 0, G_MAXINT64);
    }
    realism_put(figures, "acts before birth, or of who is gone", y->gone, 0, 0);
    realism_put(figures, "acts outside their year or order", y->outside, 0, 0);
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    put_taps(y, full, figures);
    put_volunteers(y, full, figures);
    put_tickets(y, people, full, figures);
    realism_orders_put(y->orders, people, figures);
    realism_seats_put(y->seats, people, figures);
    realism_care_put(y->care, people, figures);
}
