/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of bills. What each biller charges is said here once more, by the rules of its tariff and not by the code that drew the bill. */
#include "platform/sample/realism-year.h"
#include "model/model.h"
#include <string.h>

enum paid_when { PAID_AT_ONCE, PAID_IN_TIME, PAID_AT_LAST, PAID_LATE, PAID_PARTS };

struct realism_bills {
    int64_t bills, to_pay, paid, wrong, when[PAID_PARTS]; /* of bills that are over */
    int64_t zero, credit, at_kiosk, elsewhere, tariff_wrong;
    int64_t metered, below, near; /* electricity: below what half of the homes of that size use in that month, and within one deviation */
};

struct realism_bills *realism_bills_new(void)
{
    return g_new0(struct realism_bills, 1);
}

void realism_bills_free(struct realism_bills *r)
{
    g_free(r);
}

static bool tariff_fits(const struct sample_bill *bill, const struct household *home)
{
    int64_t used = (int64_t)g_ascii_strtoull(bill->usage, NULL, 10), fen = bill->amount_fen;
    const char *kind = community_biller(bill->biller)->kind;

    if (strcmp(kind, "elec") == 0)
        return fen == 52 * used + 5 * MAX(used - 200, 0) + 25 * MAX(used - 400, 0);
    if (strcmp(kind, "water") == 0)
        return fen == 350 * used + 130 * MAX(used - COMMUNITY_WATER_STEP_M3, 0);
    if (strcmp(kind, "gas") == 0)
        return fen == 290 * used;
    if (strcmp(kind, "telecom") == 0)
        return fen == 5900 || fen == 9900 || fen == 12900 || fen == 19900;
    return strcmp(kind, "tv") == 0 ? fen == 2300 : fen >= 80 * (int64_t)home->area_m2 && fen <= 350 * (int64_t)home->area_m2;
}

/* By the month that the bill is about, and by how many live there: the logarithm's deviation is 0.40. */
static void add_electricity(struct realism_bills *r, const struct sample_bill *bill, const struct household *home)
{
    static const int64_t median[] = {95, 95, 150, 195, 240, 290}, percent[] = {115, 105, 90, 80, 80, 100, 150, 160, 110, 80, 85, 105};
    int64_t used = 100 * (int64_t)g_ascii_strtoull(bill->usage, NULL, 10),
            half = median[MIN(home->size, 5)] * percent[(g_ascii_strtoull(bill->period, NULL, 10) % 100 + 11) % 12];

    r->metered++;
    r->below += used < half;
    r->near += 1000 * used >= 670 * half && 1000 * used <= 1492 * half;
}

static enum paid_when paid_when(const struct sample_bill *bill)
{
    if (community_days_between(bill->issue, bill->paid_on) <= 3)
        return PAID_AT_ONCE;
    if (bill->paid_on > bill->due)
        return PAID_LATE;
    return community_days_between(bill->paid_on, bill->due) < 3 ? PAID_AT_LAST : PAID_IN_TIME;
}

static void add_bill(struct realism_bills *r, const struct community *block, const struct sample_bill *bill)
{
    const struct person *payer = realism_holder(block, bill->card);
    const struct household *home = &g_array_index(block->households, struct household, payer->household);

    r->bills++;
    r->zero += bill->amount_fen == 0;
    r->credit += bill->amount_fen < 0;
    r->wrong += bill->issue > block->today || (bill->paid && bill->paid_on >= block->today && bill->issue < block->today) ||
                (bill->amount_fen <= 0 && (bill->paid || bill->at_kiosk)) || (bill->elsewhere && !bill->at_kiosk);
    if (bill->amount_fen <= 0)
        return;
    r->to_pay++;
    r->paid += bill->paid;
    r->at_kiosk += bill->at_kiosk;
    r->elsewhere += bill->elsewhere;
    if (bill->paid && community_days_between(bill->due, block->today) > 30)
        r->when[paid_when(bill)]++;
    if (payer->persona)
        return;
    r->tariff_wrong += !tariff_fits(bill, home);
    if (strcmp(bill->biller, "ytdl") == 0)
        add_electricity(r, bill, home);
}

void realism_bills_add(struct realism_bills *r, const struct community *block)
{
    for (guint i = 0; i < block->bills->len; i++)
        add_bill(r, block, &g_array_index(block->bills, struct sample_bill, i));
}

/* Three deviations of what is counted; how often bills are paid is moved by Sundays and by the year's end, too. */
void realism_bills_put(const struct realism_bills *r, int64_t people, bool year, GArray *figures)
{
    bool full = people >= REALISM_FULL;
    int64_t over = r->when[PAID_AT_ONCE] + r->when[PAID_IN_TIME] + r->when[PAID_AT_LAST] + r->when[PAID_LATE];
    const struct realism_bound bounds[] = {
        {"bills of zero, 1/100000", r->zero, r->bills, 100000, 187, 213, 120},
        {"bills of less than zero, 1/100000", r->credit, r->bills, 100000, 91, 109, 90},
        {"electricity below its median, 1/1000", r->below, r->metered, 1000, 495, 515, 40},
        {"electricity within a deviation, 1/1000", r->near, r->metered, 1000, 672, 692, 40},
    };
    const struct realism_bound whole[] = {
        {"bills paid within 3 days, 1/1000", r->when[PAID_AT_ONCE], over, 1000, 340, 360, 0},
        {"bills paid later, in time, 1/1000", r->when[PAID_IN_TIME], over, 1000, 440, 460, 0},
        {"bills paid in the last 3 days, 1/1000", r->when[PAID_AT_LAST], over, 1000, 122, 138, 0},
        {"bills paid late, 1/1000", r->when[PAID_LATE], over, 1000, 65, 75, 0},
        {"bills paid elsewhere meanwhile, 1/100000", r->elsewhere, r->at_kiosk, 100000, 240, 360, 300},
    };

    realism_put(figures, "bills", r->bills, 1, G_MAXINT64);
    realism_put(figures, "bills paid, 1/1000", realism_share(r->paid, r->to_pay, 1000), year ? 880 : 300, 990);
    realism_put(figures, "bills outside their year, or of nothing and paid", r->wrong, 0, 0);
    realism_put(figures, "bills of another tariff than their biller's", r->tariff_wrong, 0, 0);
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put_bounds(whole, year ? G_N_ELEMENTS(whole) : 0, full, figures);
}
