/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"
#include "texts.h"
#include "model/model.h"

#include <stdbool.h>
#include <stdlib.h>

static const char *month_name(unsigned month)
{
    static const char *const names[] = {
        N_("January"), N_("February"), N_("March"),     N_("April"),   N_("May"),      N_("June"),
        N_("July"),    N_("August"),   N_("September"), N_("October"), N_("November"), N_("December"),
    };

    return month >= 1 && month <= 12 ? _(names[month - 1]) : "";
}

char *words_day(uint32_t date)
{
    if (!date_valid(date))
        return g_strdup("");
    /* Translators: day of the month, name of the month. */
    return g_strdup_printf(_("%1$u %2$s"), date % 100, month_name(date / 100 % 100));
}

const char *words_weekday(uint32_t date)
{
    static const char *const names[] = {
        N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
    };
    GDate day;

    if (!date_valid(date))
        return "";
    g_date_clear(&day, 1);
    g_date_set_dmy(&day, (GDateDay)(date % 100), (GDateMonth)(date / 100 % 100), (GDateYear)(date / 10000));
    return _(names[g_date_get_weekday(&day) - G_DATE_MONDAY]);
}

char *words_time(int64_t minutes)
{
    return g_strdup_printf("%02d:%02d", (int)(minutes / 60 % 24), (int)(minutes % 60));
}

char *words_date(uint32_t date)
{
    if (!date_valid(date))
        return g_strdup("");
    /* Translators: day of the month, name of the month, year. */
    return g_strdup_printf(_("%1$u %2$s %3$u"), date % 100, month_name(date / 100 % 100), date / 10000);
}

/* YYYYMM at the head of `text`, 0 when it is none. */
static unsigned month_at(const char *text)
{
    unsigned value = 0;

    for (int i = 0; i < 6; i++) {
        if (!g_ascii_isdigit(text[i]))
            return 0;
        value = value * 10 + (unsigned)g_ascii_digit_value(text[i]);
    }
    return value % 100 >= 1 && value % 100 <= 12 ? value : 0;
}

char *words_period(const char *period)
{
    size_t len = strlen(period);
    unsigned from = len >= 6 ? month_at(period) : 0;
    unsigned to = len == 13 && period[6] == '-' ? month_at(period + 7) : 0;

    if (from != 0 && len == 6)
        /* Translators: name of the month, year. */
        return g_strdup_printf(_("%1$s %2$u"), month_name(from % 100), from / 100);
    if (from != 0 && to != 0 && from / 100 == to / 100)
        /* Translators: first month, last month, year. */
        return g_strdup_printf(_("%1$s to %2$s %3$u"), month_name(from % 100), month_name(to % 100),
                               from / 100);
    if (from != 0 && to != 0)
        /* Translators: first month, its year, last month, its year. */
        return g_strdup_printf(_("%1$s %2$u to %3$s %4$u"), month_name(from % 100), from / 100,
                               month_name(to % 100), to / 100);
    return g_strdup(period);
}

/* NULL for a time that cannot be. China has one time zone and no summer time. */
static GDateTime *local_time(int64_t wall_ms)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(8 * 3600);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(wall_ms / 1000);

    return utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
}

char *words_clock(int64_t wall_ms)
{
    g_autoptr(GDateTime) local = local_time(wall_ms);

    return local != NULL ? g_date_time_format(local, "%H:%M") : g_strdup("");
}

static uint32_t date_of(GDateTime *local)
{
    return (uint32_t)(g_date_time_get_year(local) * 10000 + g_date_time_get_month(local) * 100 + g_date_time_get_day_of_month(local));
}

char *words_day_of(int64_t wall_ms)
{
    g_autoptr(GDateTime) local = local_time(wall_ms);

    if (local == NULL)
        return g_strdup("");
    return words_day(date_of(local));
}

char *words_moment(int64_t wall_ms)
{
    g_autofree char *clock = words_clock(wall_ms), *day = words_day_of(wall_ms);

    if (day[0] == '\0')
        return g_strdup("");
    /* Translators: a day, a time of day. */
    return g_strdup_printf(_("%1$s, %2$s"), day, clock);
}

char *words_span(int64_t from_ms, int64_t to_ms)
{
    g_autoptr(GDateTime) from = local_time(from_ms), to = local_time(to_ms);
    g_autofree char *clock = words_clock(from_ms), *end = NULL, *day = NULL;

    if (from == NULL || to == NULL)
        return g_strdup("");
    day = words_day(date_of(from));
    end = date_of(from) == date_of(to) ? words_clock(to_ms) : words_moment(to_ms);
    /* Translators: weekday, day, time of day, until when. */
    return g_strdup_printf(_("%1$s, %2$s, %3$s–%4$s"), words_weekday(date_of(from)), day, clock, end);
}

char *words_duration(int64_t minutes)
{
    const char *sign = minutes < 0 ? "−" : "";
    long long hours = llabs((long long)minutes / 60), rest = llabs((long long)minutes % 60);

    if (hours == 0 && rest != 0) /* Translators: a sign or nothing, minutes. */
        return g_strdup_printf(_("%1$s%2$lld min"), sign, rest);
    if (rest == 0) /* Translators: a sign or nothing, hours. */
        return g_strdup_printf(_("%1$s%2$lld h"), sign, hours);
    /* Translators: a sign or nothing, hours, minutes. */
    return g_strdup_printf(_("%1$s%2$lld h %3$lld min"), sign, hours, rest);
}

static const struct {
    const char *kind, *word;
} kinds[] = {
    {"elec", N_("Electricity")},           {"water", N_("Water")},  {"gas", N_("Gas")},
    {"telecom", N_("Phone and internet")}, {"heat", N_("Heating")}, {"tv", N_("Cable TV")},
    {"property", N_("Property fee")},
};

const char *words_bill_kind(const char *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return _(kinds[i].word);
    return _("Bill");
}

const char *words_bill_icon(const char *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].kind;
    return "bills";
}

char *words_amount_markup(int64_t fen)
{
    g_autofree char *yuan = money_yuan(fen);
    g_autofree char *cents = money_cents(fen);

    /* Translators: Pango markup; whole yuan, cents. The currency is the smallest part. */
    return g_strdup_printf(_("<span size=\"66%%\">¥</span>%1$s<span size=\"66%%\">.%2$s</span>"), yuan,
                           cents);
}

char *words_amount(int64_t fen)
{
    g_autofree char *number = money_format(fen);

    /* Translators: an amount of money. */
    return g_strdup_printf(_("¥%s"), number);
}

char *words_amount_round(int64_t fen)
{
    g_autofree char *yuan = money_yuan(fen);

    return fen % 100 != 0 ? words_amount(fen) : g_strdup_printf(_("¥%s"), yuan);
}

char *words_amount_in_words(int64_t fen)
{
    return texts_language() == LANGUAGE_ZH ? money_words_zh(fen) : money_words_en(fen);
}

char *words_amount_spoken(int64_t fen)
{
    return texts_language() == LANGUAGE_ZH ? money_spoken_zh(fen) : money_words_en(fen);
}
