/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A written text into words, from its head to its end: at each place the first rule that knows what stands there writes it and goes
 * past it; what no rule knows is copied. A rule never looks back further than the cue in front of a number.
 *
 * Figures said one by one use 幺 for 1 in Chinese, as on the telephone: 一 and 七 are easily mistaken for each other.
 */
#include "model/spoken.h"
#include "model/model.h"
#include "model/spoken-internal.h"

#include <string.h>

#define WHOLE_DIGITS_MAX 15
#define LONG_RUN         7 /* so many figures in a row are no quantity */
#define PHONE_DIGITS_MIN 10

/* ---- What is read -------------------------------------------------------------------------------------------------- */

static size_t digits_at(const char *at)
{
    return strspn(at, "0123456789");
}

static size_t spaces_at(const char *at)
{
    return strspn(at, " ");
}

/* "1,409.50": whole part without its commas, decimals. */
struct number {
    uint64_t whole;
    size_t digits;           /* of the whole part */
    bool grouped;            /* with commas */
    const char *decimals;    /* in the text */
    size_t decimals_len, len;
};

static bool number_read(const char *at, struct number *number)
{
    const char *p = at;

    *number = (struct number){0};
    while (g_ascii_isdigit(*p)) {
        if (++number->digits > WHOLE_DIGITS_MAX)
            return false;
        number->whole = number->whole * 10 + (uint64_t)g_ascii_digit_value(*p++);
        if (*p == ',' && digits_at(p + 1) == 3 && number->digits > 0) {
            number->grouped = true;
            p++;
        }
    }
    if (number->digits == 0)
        return false;
    if (*p == '.' && g_ascii_isdigit(p[1])) {
        number->decimals = p + 1;
        number->decimals_len = digits_at(p + 1);
        p += 1 + number->decimals_len;
    }
    number->len = (size_t)(p - at);
    return true;
}

/* Fen, when there are no more than two decimals. */
static bool number_money(const struct number *number, int64_t *fen)
{
    if (number->decimals_len > 2)
        return false;
    *fen = (int64_t)number->whole * 100;
    if (number->decimals_len > 0)
        *fen += g_ascii_digit_value(number->decimals[0]) * 10;
    if (number->decimals_len > 1)
        *fen += g_ascii_digit_value(number->decimals[1]);
    return true;
}

static bool starts(const char *at, const char *word, size_t *len)
{
    *len = strlen(word);
    return strncmp(at, word, *len) == 0;
}

/* One of the signs of a stretch: ~ ～ – — 至 stays a word. */
static size_t stretch_at(const char *at)
{
    static const char *const signs[] = {"–", "—", "~", "～", "-"};
    size_t len;

    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (starts(at, signs[i], &len))
            return len;
    return 0;
}

static bool follows(const struct scan *scan, const char *word)
{
    size_t len = strlen(word), before = (size_t)(scan->at - scan->start);

    while (before > 0 && strchr(" :#", scan->start[before - 1]) != NULL)
        before--;
    if (before >= strlen("：") && strncmp(scan->start + before - strlen("："), "：", strlen("：")) == 0)
        before -= strlen("：");
    return before >= len && g_ascii_strncasecmp(scan->start + before - len, word, len) == 0;
}

/* ---- What is written --------------------------------------------------------------------------------------------------- */

static bool zh(const struct scan *scan)
{
    return scan->language == SPOKEN_ZH;
}

/* A word of its own: between spaces in English, nothing in Chinese. */
static void word(struct scan *scan, const char *text)
{
    GString *out = scan->out;

    if (!zh(scan) && out->len > 0 && out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
    g_string_append(out, text);
    if (!zh(scan))
        scan->gap = true;
}

static void word_free(struct scan *scan, char *text)
{
    word(scan, text);
    g_free(text);
}

static void figure(struct scan *scan, char digit, bool telephone)
{
    static const char *const english[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    int value = g_ascii_digit_value(digit);

    if (zh(scan) && telephone && value == 1)
        word(scan, "幺");
    else if (zh(scan))
        word_free(scan, number_spoken_zh((uint64_t)value, false));
    else
        word(scan, english[value]);
}

static void figures(struct scan *scan, const char *digits, size_t len, bool telephone)
{
    for (size_t i = 0; i < len; i++)
        figure(scan, digits[i], telephone);
}

static void pause_here(struct scan *scan)
{
    g_string_append(scan->out, zh(scan) ? "，" : ",");
}

/* A mobile number as 3-4-4, anything else in fours. */
static void telephone(struct scan *scan, const char *digits, size_t len)
{
    size_t done = len == 11 && digits[0] == '1' ? 3 : MIN(len, 4);

    figures(scan, digits, done, true);
    while (done < len) {
        size_t next = MIN(len - done, 4);

        pause_here(scan);
        figures(scan, digits + done, next, true);
        done += next;
    }
}

static void quantity(struct scan *scan, const struct number *number, bool counts)
{
    word_free(scan, zh(scan) ? number_spoken_zh(number->whole, counts && number->decimals_len == 0) : number_words_en(number->whole));
    if (number->decimals_len == 0)
        return;
    word(scan, zh(scan) ? "点" : "point");
    figures(scan, number->decimals, number->decimals_len, false);
}

static void money(struct scan *scan, int64_t fen)
{
    word_free(scan, zh(scan) ? money_spoken_zh(fen) : money_words_en(fen));
}

static void number_en(struct scan *scan, uint64_t n)
{
    word_free(scan, number_words_en(n));
}

/* 2026 → twenty twenty-six; 2005 → two thousand and five; 1900 → nineteen hundred. */
static void year_en(struct scan *scan, uint64_t year)
{
    if (year < 1100 || (year >= 2000 && year < 2010)) {
        number_en(scan, year);
        return;
    }
    number_en(scan, year / 100);
    if (year % 100 == 0)
        word(scan, "hundred");
    else if (year % 100 < 10)
        word(scan, "oh");
    if (year % 100 != 0)
        number_en(scan, year % 100);
}

static void year(struct scan *scan, const char *digits, uint64_t value)
{
    if (zh(scan))
        figures(scan, digits, 4, false);
    else
        year_en(scan, value);
}

static void ordinal_en(struct scan *scan, uint64_t day)
{
    static const char *const names[] = {
        "first",       "second",      "third",        "fourth",      "fifth",       "sixth",         "seventh",      "eighth",
        "ninth",       "tenth",       "eleventh",     "twelfth",     "thirteenth",  "fourteenth",    "fifteenth",    "sixteenth",
        "seventeenth", "eighteenth",  "nineteenth",   "twentieth",   "twenty-first", "twenty-second", "twenty-third", "twenty-fourth",
        "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first"};

    word(scan, "the");
    word(scan, names[day - 1]);
    word(scan, "of");
}

static const char *const MONTHS[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

static bool month_at(const char *at)
{
    size_t len;

    for (size_t i = 0; i < G_N_ELEMENTS(MONTHS); i++)
        if (starts(at, MONTHS[i], &len))
            return true;
    return false;
}

static bool follows_month(const struct scan *scan)
{
    for (size_t i = 0; i < G_N_ELEMENTS(MONTHS); i++)
        if (follows(scan, MONTHS[i]))
            return true;
    return false;
}

/* ---- Rules: signs, names, codes ------------------------------------------------------------------------------------------ */

static bool past(struct scan *scan, size_t len)
{
    scan->at += len;
    return true;
}

static bool rule_money_sign(struct scan *scan)
{
    struct number number;
    size_t len;
    int64_t fen;

    if (!starts(scan->at, "¥", &len) && !starts(scan->at, "￥", &len))
        return false;
    len += spaces_at(scan->at + len);
    if (!number_read(scan->at + len, &number) || !number_money(&number, &fen))
        return past(scan, len);
    money(scan, fen);
    return past(scan, len + number.len);
}

/* 138****1234: a head, and the tail. */
static bool rule_masked_number(struct scan *scan)
{
    size_t head = digits_at(scan->at), stars = strspn(scan->at + head, "*"), tail = digits_at(scan->at + head + stars);

    if (stars == 0 || tail == 0)
        return false;
    figures(scan, scan->at, head, true);
    if (head > 0)
        pause_here(scan);
    word(scan, zh(scan) ? "尾号" : "ending in");
    figures(scan, scan->at + head + stars, tail, true);
    return past(scan, head + stars + tail);
}

/* 张**: 张某. */
static bool rule_masked_name(struct scan *scan)
{
    size_t stars = strspn(scan->at, "*");

    if (stars == 0)
        return false;
    if (zh(scan) && scan->at > scan->start && (scan->at[-1] & 0x80) != 0)
        word(scan, "某");
    return past(scan, stars);
}

/* A023, K0001-000123: one sign after the other. */
static bool rule_code(struct scan *scan)
{
    size_t letters = strspn(scan->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), len;
    bool inside = scan->at > scan->start && g_ascii_isalnum(scan->at[-1]);

    if (inside || letters == 0 || letters > 4)
        return false;
    len = letters + strspn(scan->at + letters, "-");
    if (len > letters + 1 || digits_at(scan->at + len) == 0)
        return false;
    for (size_t i = 0; i < letters; i++) {
        const char letter[] = {scan->at[i], '\0'};

        if (zh(scan))
            g_string_append_c(scan->out, ' ');
        word(scan, letter);
    }
    if (zh(scan))
        g_string_append_c(scan->out, ' ');
    for (;;) {
        figures(scan, scan->at + len, digits_at(scan->at + len), true);
        len += digits_at(scan->at + len);
        if (scan->at[len] != '-' || digits_at(scan->at + len + 1) == 0)
            return past(scan, len);
        pause_here(scan);
        len++;
    }
}

/* ---- Rules: dates and times ------------------------------------------------------------------------------------------------ */

static unsigned value_of(const char *digits, size_t len)
{
    unsigned value = 0;

    while (len-- > 0)
        value = value * 10 + (unsigned)g_ascii_digit_value(*digits++);
    return value;
}

/* 2026-09-01 */
static bool rule_iso_date(struct scan *scan)
{
    const char *at = scan->at;
    unsigned date;

    if (digits_at(at) != 4 || at[4] != '-' || digits_at(at + 5) != 2 || at[7] != '-' || digits_at(at + 8) != 2)
        return false;
    date = value_of(at, 4) * 10000 + value_of(at + 5, 2) * 100 + value_of(at + 8, 2);
    if (!date_valid(date))
        return false;
    if (zh(scan)) {
        g_autofree char *month = number_spoken_zh(date / 100 % 100, false), *day = number_spoken_zh(date % 100, false);

        figures(scan, at, 4, false);
        g_string_append_printf(scan->out, "年%s月%s日", month, day);
    } else {
        ordinal_en(scan, date % 100);
        word(scan, MONTHS[date / 100 % 100 - 1]);
        year_en(scan, date / 10000);
    }
    return past(scan, 10);
}

static void clock_zh(struct scan *scan, unsigned hour, unsigned minute)
{
    word_free(scan, number_spoken_zh(hour, true));
    word(scan, "点");
    if (minute == 0)
        return;
    if (minute < 10)
        word(scan, "零");
    word_free(scan, number_spoken_zh(minute, minute >= 10));
    word(scan, "分");
}

static void clock_en(struct scan *scan, unsigned hour, unsigned minute)
{
    number_en(scan, hour % 12 == 0 ? 12 : hour % 12);
    if (minute > 0 && minute < 10)
        word(scan, "oh");
    if (minute > 0)
        number_en(scan, minute);
    word(scan, hour < 12 ? "a.m." : "p.m.");
}

static bool rule_time(struct scan *scan)
{
    const char *at = scan->at;
    size_t len = digits_at(at);
    unsigned hour, minute;

    if (len < 1 || len > 2 || at[len] != ':' || digits_at(at + len + 1) != 2)
        return false;
    hour = value_of(at, len);
    minute = value_of(at + len + 1, 2);
    if (hour > 23 || minute > 59)
        return false;
    if (zh(scan))
        clock_zh(scan, hour, minute);
    else
        clock_en(scan, hour, minute);
    return past(scan, len + 3);
}

/* ---- Rules: numbers ----------------------------------------------------------------------------------------------------- */

/* 0571-8765 4321, 400-820-8820: groups of three and more behind the first, ten figures and more. */
static bool rule_telephone(struct scan *scan)
{
    const char *at = scan->at;
    size_t len = digits_at(at), total = len, groups = 1;

    if (total < 3)
        return false;
    while ((at[len] == '-' || at[len] == ' ') && digits_at(at + len + 1) >= 3) {
        size_t next = digits_at(at + len + 1);

        len += 1 + next;
        total += next;
        groups++;
    }
    if (groups < 2 || total < PHONE_DIGITS_MIN)
        return false;
    for (const char *group = at; group < at + len; group += digits_at(group) + 1) {
        if (group != at)
            pause_here(scan);
        figures(scan, group, digits_at(group), true);
    }
    return past(scan, len);
}

static bool is_cued(const struct scan *scan)
{
    static const char *const cues[] = {"尾号", "卡号",  "号码",  "编号", "单号", "电话", "拨打", "请拨",   "致电", "热线",
                                       "拨",   "打",    "码",    "机器", "卡",   "ending in", "card", "number", "no.",  "call",
                                       "dial", "phone", "machine", "hotline", "code"};

    for (size_t i = 0; i < G_N_ELEMENTS(cues); i++)
        if (follows(scan, cues[i]))
            return true;
    return false;
}

/* The lines of the city, and rooms: 五零一室. */
static bool is_called(const char *at, size_t digits)
{
    static const char *const lines[] = {"12345", "12348", "12315", "12333", "12393", "12320"};
    size_t len;

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        if (digits == 5 && starts(at, lines[i], &len))
            return true;
    return digits >= 3 && (starts(at + digits, "室", &len) || starts(at + digits, "房", &len));
}

/* No quantity: each figure by itself. */
static bool rule_figures(struct scan *scan)
{
    size_t len = digits_at(scan->at);
    size_t behind = len + spaces_at(scan->at + len), money_len;
    bool part = scan->at[len] == ',' && digits_at(scan->at + len + 1) == 3;
    bool decimals = scan->at[len] == '.' && g_ascii_isdigit(scan->at[len + 1]);

    if (len < 2 || part || decimals || starts(scan->at + behind, "元", &money_len))
        return false;
    if (scan->at[0] != '0' && len < LONG_RUN && (len < 3 || !is_cued(scan)) && !is_called(scan->at, len))
        return false;
    telephone(scan, scan->at, len);
    return past(scan, len);
}

struct unit {
    const char *sign, *zh, *one, *many;
};

static const struct unit units[] = {
    {"kWh", "度", "kilowatt-hour", "kilowatt-hours"},
    {"m³", "立方米", "cubic metre", "cubic metres"},
    {"m3", "立方米", "cubic metre", "cubic metres"},
    {"m²", "平方米", "square metre", "square metres"},
    {"m2", "平方米", "square metre", "square metres"},
    {"km", "公里", "kilometre", "kilometres"},
    {"kg", "公斤", "kilogram", "kilograms"},
    {"cm", "厘米", "centimetre", "centimetres"},
    {"mm", "毫米", "millimetre", "millimetres"},
    {"GB", "吉", "gigabyte", "gigabytes"},
    {"MB", "兆", "megabyte", "megabytes"},
    {"GJ", "吉焦", "gigajoule", "gigajoules"},
    {"℃", "摄氏度", "degree Celsius", "degrees Celsius"},
    {"°C", "摄氏度", "degree Celsius", "degrees Celsius"},
    {"min", "分钟", "minute", "minutes"},
    {"h", "小时", "hour", "hours"},
    {"s", "秒", "second", "seconds"},
    {"m", "米", "metre", "metres"},
    {"L", "升", "litre", "litres"},
    {"%", NULL, "percent", "percent"},
    {"％", NULL, "percent", "percent"},
};

static const struct unit *unit_at(const char *at, size_t *len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (starts(at, units[i].sign, len) && !g_ascii_isalnum(at[*len]))
            return &units[i];
    return NULL;
}

static bool rule_unit(struct scan *scan)
{
    struct number number;
    const struct unit *unit;
    size_t gap, len;

    if (!number_read(scan->at, &number))
        return false;
    gap = spaces_at(scan->at + number.len);
    unit = unit_at(scan->at + number.len + gap, &len);
    if (unit == NULL)
        return false;
    if (zh(scan) && unit->zh == NULL)
        word(scan, "百分之");
    quantity(scan, &number, unit->zh != NULL);
    if (!zh(scan))
        word(scan, number.whole == 1 && number.decimals_len == 0 ? unit->one : unit->many);
    else if (unit->zh != NULL)
        word(scan, unit->zh);
    return past(scan, number.len + gap + len);
}

/* What is counted, so that two of it are 两. */
static bool counts_at(const char *at)
{
    static const char *const measures[] = {"个", "位", "张", "条", "次",   "天",   "人", "件", "份", "页", "户",   "家",  "只", "名",
                                           "项", "种", "元", "角", "小时", "分钟", "度", "周", "年", "点", "公里", "公斤", "米", "套",
                                           "场", "本", "台", "枚", "句",   "步",   "瓶", "盒", "袋", "箱", "岁",   "百",  "千", "万"};
    size_t len;

    for (size_t i = 0; i < G_N_ELEMENTS(measures); i++)
        if (starts(at, measures[i], &len))
            return true;
    return false;
}

static bool number_is_year(const struct scan *scan, const struct number *number, const char *behind)
{
    size_t len;

    if (number->digits != 4 || number->decimals_len > 0 || number->grouped)
        return false;
    if (zh(scan))
        return starts(behind, "年", &len);
    return follows_month(scan) || (follows(scan, "in") && number->whole >= 1900 && number->whole < 2100);
}

static bool number_is_day(const struct scan *scan, const struct number *number, const char *behind)
{
    return !zh(scan) && number->decimals_len == 0 && number->whole >= 1 && number->whole <= 31 && month_at(behind);
}

static bool rule_number(struct scan *scan)
{
    struct number number;
    const char *behind;
    size_t len;
    int64_t fen;

    if (!number_read(scan->at, &number))
        return false;
    behind = scan->at + number.len + spaces_at(scan->at + number.len);
    if (zh(scan) && starts(behind, "元", &len) && number_money(&number, &fen)) {
        money(scan, fen);
        return past(scan, (size_t)(behind - scan->at) + len);
    }
    if (number_is_year(scan, &number, behind))
        year(scan, scan->at, number.whole);
    else if (number_is_day(scan, &number, behind))
        ordinal_en(scan, number.whole);
    else
        quantity(scan, &number, counts_at(behind) && !follows(scan, "第"));
    return past(scan, zh(scan) && *behind != '\0' && (*behind & 0x80) != 0 ? (size_t)(behind - scan->at) : number.len);
}

/* More figures than any number has. */
static bool rule_endless(struct scan *scan)
{
    size_t len = digits_at(scan->at);

    if (len == 0)
        return false;
    telephone(scan, scan->at, len);
    return past(scan, len);
}

/* 9–11 is a stretch, −5 a number below nothing. */
static bool rule_sign(struct scan *scan)
{
    size_t len;
    bool behind_digit = scan->at > scan->start && g_ascii_isdigit(scan->at[-1]);

    if (starts(scan->at, "−", &len) && g_ascii_isdigit(scan->at[len])) {
        word(scan, zh(scan) ? "负" : "minus");
        return past(scan, len);
    }
    len = stretch_at(scan->at);
    if (len == 0 || !g_ascii_isdigit(scan->at[len]))
        return false;
    if (*scan->at != '-' || behind_digit)
        word(scan, zh(scan) ? "到" : "to");
    else if (scan->at > scan->start && g_ascii_isalpha(scan->at[-1]))
        pause_here(scan);
    else
        word(scan, zh(scan) ? "负" : "minus");
    return past(scan, len);
}

/* Signs that a voice would spell, or stumble over. */
static bool rule_symbol(struct scan *scan)
{
    static const struct {
        const char *sign, *zh, *en;
    } symbols[] = {
        {"·", "，", ","},  {"—", "，", ","}, {"–", "，", ","},  {"…", "。", "."},   {"（", "，", ","},   {"）", "，", ","},
        {"(", "，", ","},  {")", "，", ","}, {"/", "，", ","},  {"\n", "，", ","},  {"×", "乘", " by "}, {"+", "加", " plus "},
        {"=", "等于", " equals "}, {"%", "", ""}, {"％", "", ""}, {"“", "", ""},    {"”", "", ""},       {"‘", "", ""},
        {"《", "", ""},    {"》", "", ""},   {"「", "", ""},    {"」", "", ""},     {"【", "，", ","},   {"】", "，", ","},
        {"→", "，", ","},  {"~", "，", ","}, {"～", "，", ","}, {"#", "", ""},      {"\"", "", ""},      {"@", "", " at "},
        {"−", "", ""},     {"°", "", ""},    {"²", "", ""},     {"³", "", ""},
    };
    size_t len;

    for (size_t i = 0; i < G_N_ELEMENTS(symbols); i++)
        if (starts(scan->at, symbols[i].sign, &len)) {
            g_string_append(scan->out, zh(scan) ? symbols[i].zh : symbols[i].en);
            return past(scan, len);
        }
    return false;
}

/* ---- All of it -------------------------------------------------------------------------------------------------------- */

static bool (*const rules[])(struct scan *scan) = {
    rule_money_sign, rule_masked_number, rule_masked_name, rule_code,   rule_iso_date, rule_time,
    rule_unit,       rule_telephone,     rule_figures,     rule_number, rule_endless,  rule_sign, rule_symbol,
};

static void copy(struct scan *scan)
{
    const char *next = g_utf8_next_char(scan->at);

    if (scan->gap && g_ascii_isalnum(*scan->at))
        g_string_append_c(scan->out, ' ');
    scan->gap = false;
    g_string_append_len(scan->out, scan->at, next - scan->at);
    scan->at = next;
}

static void step(struct scan *scan)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (rules[i](scan))
            return;
    copy(scan);
}

char *spoken_words(enum spoken_language language, const char *text)
{
    g_autofree char *clean = spoken_clean(text);
    struct scan scan = {.start = clean, .at = clean, .out = g_string_new(NULL), .language = language};

    while (*scan.at != '\0')
        step(&scan);
    return spoken_tidy(language, g_string_free(scan.out, FALSE));
}
