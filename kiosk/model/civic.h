/* SPDX-License-Identifier: Apache-2.0 */
/** Working days, the owners' ballot, the canteen's price and allowances by age: arithmetic with dated tables. Pure. */
#ifndef MODEL_CIVIC_H
#define MODEL_CIVIC_H

#include <stdbool.h>
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Working days: Monday to Friday unless the calendar says otherwise ---- */
struct calendar_day {
    uint32_t date;
    bool work; /* a Saturday worked, or a holiday not */
};
struct calendar {
    const struct calendar_day *days;
    size_t count;
};
bool workday(const struct calendar *calendar, uint32_t date);
/** The day that is `days` working days after the one on which it came in, which does not count. 0: no such date. */
uint32_t workday_after(const struct calendar *calendar, uint32_t date, unsigned days);

/* ---- Owners' ballot: Civil Code, article 278. Areas in square centimetres. ---- */
struct ballot {
    int64_t owners, area_cm2;         /* all */
    int64_t voting_owners, voting_cm2; /* took part */
    int64_t yes_owners, yes_cm2;
};
/** Two thirds of the owners and of the area take part. */
bool ballot_quorum(const struct ballot *ballot);
/** Ordinary: more than half of those who took part, by both counts. Special: three quarters of them. */
bool ballot_passes(const struct ballot *ballot, bool special);

/* ---- Canteen (CN-1 … CN-4): discount first, then one subsidy, never below 0; fen, half a fen up ---- */
struct canteen_band {
    int age_min, age_max;     /* years, both included */
    unsigned percent;         /* to be paid after the discount: 90 */
    int64_t threshold_fen;    /* of the meal, for the subsidy */
    int64_t subsidy_fen;
    bool low_income;          /* only for those whom the platform calls so; the flag is never typed at a till */
};
struct canteen_rules {
    const struct canteen_band *bands; /* discount: the first that fits the age; subsidy: the best that fits */
    size_t count;
    bool threshold_net; /* the threshold is asked of the price after the discount */
};
struct canteen_guest {
    int age;
    bool of_district, registered, low_income;
    bool subsidy_used; /* CN-3: once a day, at all canteens */
};
struct canteen_price {
    int64_t discounted_fen, subsidy_fen, pay_fen;
};
bool canteen_price(const struct canteen_rules *rules, const struct canteen_guest *guest, int64_t gross_fen,
                   struct canteen_price *out);

/* ---- Allowance by age (AG-2): the band reached on any day of the month counts for the whole month ---- */
struct allowance_band {
    int age_min;
    int64_t month_fen;
};
/** `bands` by rising age; month as YYYYMM. */
int64_t allowance_month_fen(const struct allowance_band *bands, size_t count, uint32_t birth, uint32_t month);
bool allowance_paid_in(uint32_t month); /* January, April, July, October */

#endif
