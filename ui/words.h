/* SPDX-License-Identifier: Apache-2.0 */
/** Dates, periods, kinds of bills and amounts as words in the chosen language. No GTK. Results are g_free'd. */
#ifndef UI_WORDS_H
#define UI_WORDS_H

#include <stdint.h>
#include <glib.h>

/** YYYYMMDD → "10月31日" / "31 October"; 0 → "". */
char *words_day(uint32_t date);
/** YYYYMMDD → "星期四" / "Thursday"; 0 → "". Borrowed. */
const char *words_weekday(uint32_t date);
/** Minutes of the day → "09:30". */
char *words_time(int64_t minutes);
/** YYYYMMDD → "2034年2月28日" / "28 February 2034". */
char *words_date(uint32_t date);
/** "202609" → "2026年9月", "202607-202609" → "2026年7月至9月"; anything else as it is. */
char *words_period(const char *period);
/** The day of a moment, China Standard Time. */
char *words_day_of(int64_t wall_ms);
/** "14:05", China Standard Time. */
char *words_clock(int64_t wall_ms);
/** The day and the time of day: "4 November, 14:05". */
char *words_moment(int64_t wall_ms);
/** From when to when, of one day or of two: "Wednesday, 25 November, 09:00–11:00". */
char *words_span(int64_t from_ms, int64_t to_ms);
/** "12 小时 30 分" / "12 h 30 min"; whole hours without minutes. */
char *words_duration(int64_t minutes);
/** The word for a bill's kind; a foreign kind is "Bill". Borrowed. */
const char *words_bill_kind(const char *kind);
/** The icon for a bill's kind. Borrowed. */
const char *words_bill_icon(const char *kind);
/** Pango markup: yuan large, cents smaller, the currency smallest. */
char *words_amount_markup(int64_t fen);
/** "286.40 元" / "¥286.40". */
char *words_amount(int64_t fen);
/** The same without cents when there are none: "50 元" / "¥50". */
char *words_amount_round(int64_t fen);
/** 贰佰捌拾陆元肆角 / "two hundred and eighty-six yuan forty". */
char *words_amount_in_words(int64_t fen);
/** As it is said: 二百八十六元四角. */
char *words_amount_spoken(int64_t fen);

#endif
