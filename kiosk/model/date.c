/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as YYYYMMDD at the fixed offset +08:00; no time-zone files and no locale take part. */
#include "model/model.h"

#define DAY_MS    INT64_C(86400000)
#define OFFSET_MS INT64_C(28800000) /* +08:00 */

static bool leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : DAYS[month - 1];
}

bool date_valid(uint32_t date)
{
    uint32_t year = date / 10000, month = date / 100 % 100, day = date % 100;

    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

/* Days before 1 January of a year, in the proleptic Gregorian calendar; 0 for the year 1. */
static int64_t days_before_year(int64_t year)
{
    int64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400;
}

#define EPOCH_DAYS 719162 /* days_before_year(1970) */

int64_t ms_of_date(uint32_t date)
{
    uint32_t year = date / 10000, month = date / 100 % 100, day = date % 100;

    if (!date_valid(date))
        return 0;
    int64_t days = days_before_year(year) - EPOCH_DAYS + day - 1;
    for (uint32_t m = 1; m < month; m++)
        days += month_days(year, m);
    return days * DAY_MS - OFFSET_MS;
}

uint32_t date_of_ms(int64_t wall_ms)
{
    /* 0001-01-01 and 9999-12-31: beyond them there is no such date. */
    if (wall_ms < -62135596800000 - OFFSET_MS || wall_ms >= 253402300800000 - OFFSET_MS)
        return 0;
    int64_t days = (wall_ms + OFFSET_MS - (-62135596800000)) / DAY_MS;
    int64_t year = days / 366 + 1;
    while (days_before_year(year + 1) <= days)
        year++;
    days -= days_before_year(year);
    uint32_t month = 1;
    for (uint32_t len; days >= (len = month_days((uint32_t)year, month)); month++)
        days -= len;
    return (uint32_t)year * 10000 + month * 100 + (uint32_t)days + 1;
}

/* AG-1: who was born on 29 February comes of age on the 28th in a year without one. */
int age_on(uint32_t birth, uint32_t date)
{
    if (!date_valid(birth) || !date_valid(date) || birth > date)
        return -1;
    uint32_t birthday = birth % 10000;
    if (birthday == 229 && !leap(date / 10000))
        birthday = 228;
    int years = (int)(date / 10000) - (int)(birth / 10000);
    return date % 10000 < birthday ? years - 1 : years;
}
