/* SPDX-License-Identifier: Apache-2.0 */
#include "model/civic.h"
#include "model/model.h"

#define DAY_MS INT64_C(86400000)

/* ---- Working days ------------------------------------------------------------------------------------------------ */

/* 0 Monday … 6 Sunday: 1 January 1970 was a Thursday. */
static int weekday(uint32_t date)
{
    int64_t days = (ms_of_date(date) - ms_of_date(19700101)) / DAY_MS;
    return (int)(((days + 3) % 7 + 7) % 7);
}

bool workday(const struct calendar *calendar, uint32_t date)
{
    for (size_t i = 0; calendar != NULL && i < calendar->count; i++)
        if (calendar->days[i].date == date)
            return calendar->days[i].work;
    return weekday(date) < 5;
}

#define WORKDAYS_MAX 1000

uint32_t workday_after(const struct calendar *calendar, uint32_t date, unsigned days)
{
    if (!date_valid(date) || days > WORKDAYS_MAX)
        return 0;
    while (days > 0 && date != 0) {
        date = date_of_ms(ms_of_date(date) + DAY_MS);
        if (date != 0 && workday(calendar, date))
            days--;
    }
    return date;
}

/* ---- Ballot ------------------------------------------------------------------------------------------------------ */

#define OWNERS_MAX INT64_C(1000000000)
#define AREA_MAX   INT64_C(1000000000000000) /* a hundred thousand square kilometres: times four still fits */

static bool part_of(int64_t part, int64_t whole, int64_t max)
{
    return part >= 0 && part <= whole && whole <= max;
}

static bool ballot_sane(const struct ballot *b)
{
    return b->owners > 0 && b->area_cm2 > 0 && part_of(b->voting_owners, b->owners, OWNERS_MAX) &&
           part_of(b->voting_cm2, b->area_cm2, AREA_MAX) && part_of(b->yes_owners, b->voting_owners, OWNERS_MAX) &&
           part_of(b->yes_cm2, b->voting_cm2, AREA_MAX);
}

bool ballot_quorum(const struct ballot *b)
{
    return ballot_sane(b) && b->voting_owners * 3 >= b->owners * 2 && b->voting_cm2 * 3 >= b->area_cm2 * 2;
}

bool ballot_passes(const struct ballot *b, bool special)
{
    if (!ballot_quorum(b))
        return false;
    if (special)
        return b->yes_owners * 4 >= b->voting_owners * 3 && b->yes_cm2 * 4 >= b->voting_cm2 * 3;
    return b->yes_owners * 2 > b->voting_owners && b->yes_cm2 * 2 > b->voting_cm2;
}

/* ---- Canteen ----------------------------------------------------------------------------------------------------- */

#define MEAL_FEN_MAX INT64_C(100000000)

static bool band_fits(const struct canteen_band *band, int age)
{
    return age >= band->age_min && age <= band->age_max;
}

static int64_t discounted(const struct canteen_rules *rules, const struct canteen_guest *guest, int64_t gross_fen)
{
    for (size_t i = 0; guest->of_district && i < rules->count; i++)
        if (band_fits(&rules->bands[i], guest->age))
            return (gross_fen * rules->bands[i].percent + 50) / 100;
    return gross_fen;
}

/* Classes exclude each other; the best one wins. */
static int64_t subsidy(const struct canteen_rules *rules, const struct canteen_guest *guest, int64_t basis_fen)
{
    int64_t best = 0;

    if (!guest->registered || guest->subsidy_used)
        return 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct canteen_band *band = &rules->bands[i];
        bool fits = band_fits(band, guest->age) && (!band->low_income || guest->low_income);
        if (fits && basis_fen >= band->threshold_fen && band->subsidy_fen > best)
            best = band->subsidy_fen;
    }
    return best;
}

bool canteen_price(const struct canteen_rules *rules, const struct canteen_guest *guest, int64_t gross_fen,
                   struct canteen_price *out)
{
    if (gross_fen < 0 || gross_fen > MEAL_FEN_MAX)
        return false;
    int64_t net_fen = discounted(rules, guest, gross_fen);
    int64_t support_fen = subsidy(rules, guest, rules->threshold_net ? net_fen : gross_fen);
    support_fen = MIN(support_fen, net_fen);
    *out = (struct canteen_price){net_fen, support_fen, net_fen - support_fen};
    return true;
}

/* ---- Allowance --------------------------------------------------------------------------------------------------- */

static uint32_t month_end(uint32_t month)
{
    uint32_t next = month % 100 == 12 ? (month / 100 + 1) * 100 + 1 : month + 1;
    return date_of_ms(ms_of_date(next * 100 + 1) - 1);
}

int64_t allowance_month_fen(const struct allowance_band *bands, size_t count, uint32_t birth, uint32_t month)
{
    int64_t fen = 0;

    if (month > 999911 || !date_valid(birth) || !date_valid(month * 100 + 1))
        return 0;
    int age = age_on(birth, month_end(month)); /* reached on any day of the month: the last one has seen them all */
    for (size_t i = 0; i < count; i++)
        if (age >= bands[i].age_min)
            fen = bands[i].month_fen;
    return fen;
}

bool allowance_paid_in(uint32_t month)
{
    return month % 100 <= 12 && month % 100 % 3 == 1;
}
