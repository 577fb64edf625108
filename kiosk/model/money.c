/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money in figures and words. Amounts are integers of fen; the whole range of int64_t is written correctly.
 *
 * Chinese capitals follow the rules for filling in bills (支付结算办法, annex 1): 零 once for any run of
 * zeros between figures, 整 after 元 only, 零 before 分 when there is no 角. Where that annex allows 零
 * between a 元 that ends in zeros and a 角, it is left out.
 */
#include "model/model.h"

#include <string.h>

#define WAN 10000u
#define YI  100000000u

struct amount {
    bool negative;
    uint64_t yuan;
    unsigned jiao, fen;
};

static struct amount amount_split(int64_t fen)
{
    uint64_t size = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
    return (struct amount){.negative = fen < 0, .yuan = size / 100, .jiao = size / 10 % 10, .fen = size % 10};
}

/* ---- Figures ----------------------------------------------------------------------------------------------------- */

/* Digits in groups of three: fixed by the screens' design, not by the locale. */
static void figures(GString *out, const struct amount *amount)
{
    char digits[24];
    int len = g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, amount->yuan);

    if (amount->negative)
        g_string_append_c(out, '-');
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
}

char *money_format(int64_t fen)
{
    struct amount amount = amount_split(fen);
    GString *out = g_string_new(NULL);

    figures(out, &amount);
    g_string_append_printf(out, ".%u%u", amount.jiao, amount.fen);
    return g_string_free(out, FALSE);
}

char *money_yuan(int64_t fen)
{
    struct amount amount = amount_split(fen);
    GString *out = g_string_new(NULL);

    figures(out, &amount);
    return g_string_free(out, FALSE);
}

char *money_cents(int64_t fen)
{
    struct amount amount = amount_split(fen);
    return g_strdup_printf("%u%u", amount.jiao, amount.fen);
}

/* ---- Chinese ----------------------------------------------------------------------------------------------------- */

struct numerals {
    const char *digits[10];
    const char *tens[4]; /* unit of the n-th place within a group of four */
    const char *two;     /* 2 as a count before 千 万 亿 元 角 分; NULL: as any digit */
};

static const struct numerals CAPITALS = {
    {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}, {"", "拾", "佰", "仟"}, NULL};
static const struct numerals SPOKEN = {
    {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}, {"", "十", "百", "千"}, "两"};

static const char *digit_as_count(const struct numerals *numerals, unsigned digit)
{
    return digit == 2 && numerals->two != NULL ? numerals->two : numerals->digits[digit];
}

/* 1 to 9999. */
static void zh_group(GString *out, unsigned n, const struct numerals *numerals)
{
    bool started = false, gap = false;

    for (int place = 3; place >= 0; place--) {
        static const unsigned SIZE[4] = {1, 10, 100, 1000};
        unsigned digit = n / SIZE[place] % 10;
        if (digit == 0) {
            gap = started;
            continue;
        }
        if (gap)
            g_string_append(out, numerals->digits[0]);
        g_string_append(out, place == 3 ? digit_as_count(numerals, digit) : numerals->digits[digit]);
        g_string_append(out, numerals->tens[place]);
        started = true;
        gap = false;
    }
}

/* 万 and 亿 count whatever stands before them; 零 where the part behind them does not fill its first place.
 */
static void zh_number(GString *out, uint64_t n, const struct numerals *numerals)
{
    uint64_t unit = n >= YI ? YI : WAN;

    if (n < WAN) {
        if (n == 2)
            g_string_append(out, digit_as_count(numerals, 2));
        else
            zh_group(out, (unsigned)n, numerals);
        return;
    }
    zh_number(out, n / unit, numerals);
    g_string_append(out, unit == YI ? "亿" : "万");
    n %= unit;
    if (n == 0)
        return;
    if (n < unit / 10)
        g_string_append(out, numerals->digits[0]);
    if (n == 2) /* behind a larger figure it is an ordinary digit: 一万零二 */
        g_string_append(out, numerals->digits[2]);
    else
        zh_number(out, n, numerals);
}

static void zh_cents(GString *out, const struct amount *amount, const struct numerals *numerals)
{
    if (amount->jiao > 0)
        g_string_append_printf(out, "%s角", digit_as_count(numerals, amount->jiao));
    else if (amount->fen > 0 && amount->yuan > 0)
        g_string_append(out, numerals->digits[0]);
    if (amount->fen > 0)
        g_string_append_printf(out, "%s分", digit_as_count(numerals, amount->fen));
}

char *money_words_zh(int64_t fen)
{
    struct amount amount = amount_split(fen);
    bool whole = amount.jiao == 0 && amount.fen == 0;
    GString *out = g_string_new(amount.negative ? "负" : NULL);

    if (amount.yuan > 0)
        zh_number(out, amount.yuan, &CAPITALS);
    else if (whole)
        g_string_append(out, CAPITALS.digits[0]);
    if (amount.yuan > 0 || whole)
        g_string_append(out, whole ? "元整" : "元");
    zh_cents(out, &amount, &CAPITALS);
    return g_string_free(out, FALSE);
}

/* 10 to 19 at the head of a number are said 十, not 一十. */
static void zh_spoken(GString *out, uint64_t n)
{
    GString *number = g_string_new(NULL);

    zh_number(number, n, &SPOKEN);
    g_string_append(out, g_str_has_prefix(number->str, "一十") ? number->str + strlen("一") : number->str);
    g_string_free(number, TRUE);
}

char *number_spoken_zh(uint64_t n, bool counts)
{
    GString *out = g_string_new(NULL);

    if (n == 0 || (n == 2 && !counts))
        g_string_append(out, SPOKEN.digits[n]);
    else
        zh_spoken(out, n);
    return g_string_free(out, FALSE);
}

char *money_spoken_zh(int64_t fen)
{
    struct amount amount = amount_split(fen);
    bool whole = amount.jiao == 0 && amount.fen == 0;
    GString *out = g_string_new(amount.negative ? "负" : NULL);

    if (amount.yuan > 0)
        zh_spoken(out, amount.yuan);
    else if (whole)
        g_string_append(out, SPOKEN.digits[0]);
    if (amount.yuan > 0 || whole)
        g_string_append(out, "元");
    zh_cents(out, &amount, &SPOKEN);
    return g_string_free(out, FALSE);
}

/* ---- English ----------------------------------------------------------------------------------------------------- */

static void en_below_hundred(GString *out, unsigned n)
{
    static const char *const SMALL[] = {"zero",    "one",     "two",       "three",    "four",
                                        "five",    "six",     "seven",     "eight",    "nine",
                                        "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
    static const char *const TENS[] = {"",      "",      "twenty",  "thirty", "forty",
                                       "fifty", "sixty", "seventy", "eighty", "ninety"};
    if (n < 20)
        g_string_append(out, SMALL[n]);
    else
        g_string_append_printf(out, n % 10 != 0 ? "%s-%s" : "%s", TENS[n / 10], SMALL[n % 10]);
}

/* 1 to 999. `after` tells that a larger part was written before. */
static void en_group(GString *out, unsigned n, bool after)
{
    if (n >= 100) {
        en_below_hundred(out, n / 100);
        g_string_append(out, " hundred");
        after = true;
    }
    if (n % 100 == 0)
        return;
    if (n >= 100)
        g_string_append_c(out, ' ');
    if (after)
        g_string_append(out, "and ");
    en_below_hundred(out, n % 100);
}

static void en_number(GString *out, uint64_t n)
{
    static const struct {
        uint64_t size;
        const char *name;
    } UNITS[] = {{1000000000000000, " quadrillion"},
                 {1000000000000, " trillion"},
                 {1000000000, " billion"},
                 {1000000, " million"},
                 {1000, " thousand"}};
    bool after = false;

    if (n == 0) {
        g_string_append(out, "zero");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(UNITS); i++) {
        if (n < UNITS[i].size)
            continue;
        if (after)
            g_string_append_c(out, ' ');
        en_group(out, (unsigned)(n / UNITS[i].size), false);
        g_string_append(out, UNITS[i].name);
        n %= UNITS[i].size;
        after = true;
    }
    if (n == 0)
        return;
    if (after)
        g_string_append_c(out, ' ');
    en_group(out, (unsigned)n, after);
}

char *number_words_en(uint64_t n)
{
    GString *out = g_string_new(NULL);

    en_number(out, n);
    return g_string_free(out, FALSE);
}

/* Cents below ten are said "zero five", so that "five" is never heard as fifty (the Chinese 八十六块五
 * is 86.50). */
char *money_words_en(int64_t fen)
{
    struct amount amount = amount_split(fen);
    unsigned cents = amount.jiao * 10 + amount.fen;
    GString *out = g_string_new(amount.negative ? "minus " : NULL);

    en_number(out, amount.yuan);
    g_string_append(out, " yuan");
    if (cents > 0) {
        g_string_append(out, cents < 10 ? " zero " : " ");
        en_below_hundred(out, cents);
    }
    return g_string_free(out, FALSE);
}
