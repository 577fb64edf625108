/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/realism-year.h"
#include "model/model.h"
#include <string.h>

#define GRADES 5

struct realism_year {
    int64_t acts[ACT_KINDS], outside, gone;
    int64_t hours[24], weekdays[7], early, early_old;   /* taps at kiosks; before eleven, by those of sixty on */
    int64_t services[32], too, assigned, returned, reopened, ended, grades[GRADES + 1];
    int64_t died, moved;
    struct realism_orders *orders;
    struct realism_seats *seats;
    struct realism_care *care;
    struct realism_volunteers *volunteers;
};

struct realism_year *realism_year_new(const struct credit_rules *rules)
{
    struct realism_year *y = g_new0(struct realism_year, 1);

    y->orders = realism_orders_new();
    y->seats = realism_seats_new();
    y->care = realism_care_new();
    y->volunteers = realism_volunteers_new(rules);
    return y;
}

void realism_year_free(struct realism_year *y)
{
    realism_volunteers_free(y->volunteers);
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

/* A tap: when somebody stands at a kiosk. A load belongs to the payment behind it. */
static void add_tap(struct realism_year *y, const struct person *person, const struct act *act)
{
    unsigned hour = (unsigned)((act->at_ms + 28800000) / 3600000 % 24);

    y->hours[hour]++;
    y->weekdays[((act->at_ms + 28800000) / 86400000 + 4) % 7]++;
    y->early += hour < 11;
    y->early_old += hour < 11 && person->age >= 60;
    y->outside += hour < 8 || hour > 20;
}

static void add_act(struct realism_year *y, const struct community *block, const struct act *act)
{
    const struct person *person = realism_holder(block, act->card);
    uint32_t date = date_of_ms(act->at_ms);

    y->acts[act->kind]++;
    y->gone += (act->kind != ACT_LEFT && realism_gone(person, date)) || (act->kind == ACT_LEFT && !realism_gone(person, date)) ||
               (act->other >= 0 && realism_gone(realism_holder(block, act->other), date));
    y->outside += date >= block->today || date < community_date_add(block->today, -YEAR_DAYS);
    if (act->kiosk != 0 && act->kind != ACT_LOAD && act->kind < ACT_CARE)
        add_tap(y, person, act);
    if (act->kind == ACT_TICKET)
        add_ticket(y, block, act);
    if (act->kind == ACT_RATING)
        y->grades[CLAMP(act->amount, 0, GRADES)]++;
}

void realism_year_add(struct realism_year *y, const struct community *block, const GArray *acts)
{
    for (guint i = 0; i < acts->len; i++)
        add_act(y, block, &g_array_index(acts, struct act, i));
    realism_orders_add(y->orders, block, acts);
    realism_seats_add(y->seats, block, acts);
    realism_care_add(y->care, block, acts);
    realism_volunteers_add(y->volunteers, block, acts);
    for (guint i = 0; i < block->people->len; i++) {
        const struct person *person = &g_array_index(block->people, struct person, i);
        y->died += person->died != 0;
        y->moved += person->moved != 0;
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
        {"tickets a day of 100000", tickets * 100000 / YEAR_DAYS, people, 1, 88, 91, 10},
        {"who had it too, of those who told, 1/1000", y->too, tickets + y->too, 1000, 115, 125, 70},
        {"tickets returned by a unit, 1/1000", y->returned, y->assigned, 1000, 85, 95, 70},
        {"tickets opened again, 1/1000", y->reopened, y->assigned, 1000, 27, 33, 30},
        {"ended by residents that were rated, 1/1000", ratings, y->ended, 1000, 212, 228, 100},
        {"ratings of 5, 1/1000", y->grades[5], ratings, 1000, 761, 799, 100},
        {"ratings of 4, 1/1000", y->grades[4], ratings, 1000, 124, 156, 80},
        {"ratings of 3, 1/1000", y->grades[3], ratings, 1000, 40, 60, 45},
        {"ratings of 2, 1/1000", y->grades[2], ratings, 1000, 12, 28, 40},
        {"ratings of 1, 1/1000", y->grades[1], ratings, 1000, 5, 16, 40},
    };

    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "service furthest from its weight, 1/1000", furthest_service(y), 0, full ? 8 : 60);
}

/* When the taps of a day come, and which days are full. */
static void put_taps(const struct realism_year *y, bool full, GArray *figures)
{
    static const int64_t hours[] = {120, 190, 170, 110, 50, 60, 110, 90, 60}; /* from eight on */
    int64_t taps = 0, evening = 0, weekday = 0, near = full ? 8 : 60;

    for (unsigned i = 0; i < 24; i++) {
        taps += y->hours[i];
        evening += i >= 17 ? y->hours[i] : 0;
    }
    for (unsigned i = 2; i <= 6; i++)
        weekday += y->weekdays[i];
    const struct realism_bound bounds[] = {
        {"taps from 17:00 on, 1/1000", evening, taps, 1000, 35, 45, 90},
        {"taps before 11 of 60 and more, 1/1000", y->early_old, y->early, 1000, 570, 590, 150},
        {"taps of a Monday, of a day's of Tuesday to Saturday, 1/1000", 5 * y->weekdays[1], weekday, 1000, 1170, 1310, 400},
        {"taps of a Sunday, of such a day's, 1/1000", 5 * y->weekdays[0], weekday, 1000, 570, 630, 300},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(hours); i++) {
        g_autofree char *name = g_strdup_printf("taps at %u, 1/1000", 8 + i);
        realism_put(figures, name, realism_share(y->hours[8 + i], taps, 1000), hours[i] - near, hours[i] + near);
    }
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
    realism_volunteers_put(y->volunteers, full, figures);
    put_tickets(y, people, full, figures);
    realism_orders_put(y->orders, people, figures);
    realism_seats_put(y->seats, people, figures);
    realism_care_put(y->care, people, figures);
}
