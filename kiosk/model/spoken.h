/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is said of a written text: numbers, money, dates, times, telephone numbers, card tails and units in words, and the
 * Chinese words and surnames that are not said as their characters alone would be. Pure; any bytes are safe to give.
 */
#ifndef MODEL_SPOKEN_H
#define MODEL_SPOKEN_H

#include <glib.h>

enum spoken_language { SPOKEN_ZH, SPOKEN_EN };

#define SPOKEN_CHARS_MAX 1500 /* the rest is left out: five minutes of speech */

/**
 * The text in words of this language; no digit, control character, markup or direction mark is left. "286.40 元" → "二百八十六元四角",
 * "138****1234" → "幺三八，尾号幺二三四", "14:05" → "two oh five p.m.". g_free.
 */
char *spoken_words(enum spoken_language language, const char *text);
/** Chinese words, with those that have another reading than their characters as pinyin: "去银行" → "去 yin2 hang2 ". g_free. */
char *spoken_pinyin(const char *words);

#endif
