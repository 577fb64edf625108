/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of volunteers: who is on the roll and who does something, hours, points and coins. */
#include "platform/sample/realism-year.h"
#include "model/model.h"
#include <string.h>

#define MANY_MIN (300 * 60)  /* one of a hundred serves longer in the year */
#define MOST_MIN  (1500 * 60) /* four of ten thousand have, in all years */

struct realism_volunteers {
    struct credit_rules rules;
    int64_t grown, joined, elsewhere; /* grown: old enough to; elsewhere: acts of who is not on the roll */
    int64_t attendances, minutes, late, forgotten, longest, longest_ever;
    int64_t earned, redeemed, prices, good; /* points */
    int64_t users, uses[ACT_KINDS];         /* of coins */
    GArray *served;                         /* of int64_t: minutes of each who did something */
};

struct realism_volunteers *realism_volunteers_new(const struct credit_rules *rules)
{
    struct realism_volunteers *v = g_new0(struct realism_volunteers, 1);

    v->rules = *rules;
    v->served = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return v;
}

void realism_volunteers_free(struct realism_volunteers *v)
{
    g_array_unref(v->served);
    g_free(v);
}

/* ---- One block ---- */

/* Of one card. */
struct record {
    bool joined, uses;
    int64_t joined_ms, minutes, ever;
};

static void add_price(struct realism_volunteers *v, int64_t points)
{
    v->redeemed += points;
    v->prices++;
    v->good += points % 10 == 0 || points % 10 == 5 || points % 10 == 8;
}

static void add_attendance(struct realism_volunteers *v, const struct act *act)
{
    v->attendances++;
    v->minutes += act->amount;
    v->late += act->times.in_ms > act->times.slot_start_ms;
    v->forgotten += act->times.out_ms == 0;
}

static void add_use(struct realism_volunteers *v, const struct act *act, struct record *record)
{
    v->uses[act->kind]++;
    record->uses = true;
}

static void add_act(struct realism_volunteers *v, const struct act *act, struct record *record)
{
    bool served = act->kind == ACT_EARLIER || act->kind == ACT_ATTENDANCE;

    if (act->kind == ACT_JOIN) {
        v->elsewhere += record->joined || act->amount < 0;
        record->joined = true;
        record->joined_ms = act->at_ms;
    }
    v->elsewhere += served && (!record->joined || act->at_ms < record->joined_ms);
    v->earned += served ? credit_points(&v->rules, act->amount) : 0;
    record->ever += served ? act->amount : 0;
    if (act->kind == ACT_ATTENDANCE) {
        add_attendance(v, act);
        record->minutes += act->amount;
    }
    if (act->kind == ACT_REDEEM)
        add_price(v, act->amount);
    if (act->kind == ACT_COIN_SPEND || act->kind == ACT_GIFT || act->kind == ACT_DONATE || (act->kind == ACT_ORDER && act->order.pay == ORDER_PAY_COIN))
        add_use(v, act, record);
}

static void add_record(struct realism_volunteers *v, const struct record *record)
{
    v->joined += record->joined;
    v->users += record->joined && record->uses;
    v->longest += record->minutes > MANY_MIN;
    v->longest_ever += record->ever > MOST_MIN;
    if (record->minutes > 0)
        g_array_append_val(v->served, record->minutes);
}

void realism_volunteers_add(struct realism_volunteers *v, const struct community *block, const GArray *acts)
{
    g_autofree struct record *records = g_new0(struct record, block->cards->len);

    /* Who is told of by a paper register is so at the moment of their first hours from it. */
    for (guint i = 0; i < acts->len; i++)
        if (g_array_index(acts, struct act, i).kind == ACT_JOIN)
            add_act(v, &g_array_index(acts, struct act, i), &records[g_array_index(acts, struct act, i).card]);
    for (guint i = 0; i < acts->len; i++)
        if (g_array_index(acts, struct act, i).kind != ACT_JOIN)
            add_act(v, &g_array_index(acts, struct act, i), &records[g_array_index(acts, struct act, i).card]);
    for (guint i = 0; i < block->cards->len; i++)
        add_record(v, &records[i]);
    for (guint i = 0; i < block->people->len; i++) {
        const struct person *person = &g_array_index(block->people, struct person, i);
        v->grown += person->age >= 14 && person->age <= 80;
    }
}

/* ---- Figures ---- */

static int by_value(gconstpointer a, gconstpointer b)
{
    int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
    return one < two ? -1 : one > two;
}

static void put_hours(struct realism_volunteers *v, bool full, GArray *figures)
{
    int64_t active = v->served->len;
    const struct realism_bound bounds[] = {
        {"on the roll of 14 to 80, 1/1000", v->joined, v->grown, 1000, 176, 184, 60},
        {"active of those on the roll, 1/1000", active, v->joined, 1000, 288, 312, 150},
        {"volunteers of more than 300 hours, 1/1000", v->longest, active, 1000, 6, 14, 25},
        {"on the roll with more than 1500 hours ever, 1/10000", v->longest_ever, v->joined, 10000, 0, 9, 60},
        {"taps in that came late, 1/1000", v->late, v->attendances, 1000, 57, 63, 40},
        {"taps out that were forgotten, 1/1000", v->forgotten, v->attendances, 1000, 37, 43, 30},
        {"minutes of an attendance", v->minutes, v->attendances, 1, 105, 125, 25},
    };

    g_array_sort(v->served, by_value);
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "median minutes of a volunteer's year", active > 0 ? g_array_index(v->served, int64_t, active / 2) : 0,
                full ? 690 : active > 0 ? 300 : 0, full ? 750 : 1500);
    realism_put(figures, "hours of who is not on the roll", v->elsewhere, 0, 0);
}

static void put_credit(const struct realism_volunteers *v, bool full, GArray *figures)
{
    int64_t gifts = v->uses[ACT_GIFT], donations = v->uses[ACT_DONATE],
            uses = v->uses[ACT_COIN_SPEND] + v->uses[ACT_ORDER] + gifts + donations;
    const struct realism_bound bounds[] = {
        {"points redeemed of earned, 1/1000", v->redeemed, v->earned, 1000, 435, 465, 300},
        {"volunteers who use coins, 1/1000", v->users, v->joined, 1000, 54, 66, 60},
        {"coins used by giving, 1/1000", gifts, uses, 1000, 98, 142, 200},
        {"coins used by donating, 1/1000", donations, uses, 1000, 71, 109, 200},
    };

    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "prices that end in 0, 5 or 8, 1/1000", realism_share(v->good, v->prices, 1000), v->prices > 0 ? 900 : 0, 1000);
}

void realism_volunteers_put(struct realism_volunteers *v, bool full, GArray *figures)
{
    put_hours(v, full, figures);
    put_credit(v, full, figures);
}
