/* SPDX-License-Identifier: Apache-2.0 */
/* Text, dates, amounts and times. Foreign text never reaches a terminal unchecked. */
#include "cli.h"

#include <string.h>
#include <time.h>

/* ---- Foreign text ------------------------------------------------------------------------------------------------ */

/* Length of the UTF-8 sequence at `s` and its code point, or 0 when it is none (RFC 3629: no overlong, no
 * surrogate). */
static size_t utf8_length(const unsigned char *s, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = s[0] < 0x80             ? 1
                 : (s[0] & 0xE0) == 0xC0 ? 2
                 : (s[0] & 0xF0) == 0xE0 ? 3
                 : (s[0] & 0xF8) == 0xF0 ? 4
                                         : 0;
    if (len == 0)
        return 0;
    *point = len == 1 ? s[0] : s[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        *point = *point << 6 | (s[i] & 0x3F);
    }
    if (*point < least[len] || *point > 0x10FFFF || (*point >= 0xD800 && *point <= 0xDFFF))
        return 0;
    return len;
}

/* Control characters, and those that turn or hide the text around them. */
static bool is_harmful(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

void clean_text(const char *text, char *out, size_t out_size)
{
    size_t used = 0;
    const unsigned char *s = (const unsigned char *)text;
    while (*s != '\0' && used + 1 < out_size) {
        uint32_t point = 0;
        size_t len = utf8_length(s, &point);
        if (len == 0 || is_harmful(point)) {
            out[used++] = '?';
            s += len == 0 ? 1 : len;
            continue;
        }
        if (used + len >= out_size)
            break;
        memcpy(out + used, s, len);
        used += len;
        s += len;
    }
    out[used] = '\0';
}

json_t *json_text(const char *text)
{
    char clean[256];
    clean_text(text, clean, sizeof clean);
    return json_string(clean);
}

json_t *json_text_or_null(const char *text)
{
    return text[0] != '\0' ? json_text(text) : json_null();
}

json_t *json_hex(const uint8_t *bytes, size_t len)
{
    char hex[2 * CC_ATR_MAX + 1];
    return json_string(cc_hex(bytes, len, hex, sizeof hex));
}

/* ---- Dates and amounts ------------------------------------------------------------------------------------------- */

bool date_text(uint32_t date, char out[DATE_SIZE])
{
    unsigned year = date / 10000, month = date / 100 % 100, day = date % 100;
    out[0] = '\0';
    if (year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    snprintf(out, DATE_SIZE, "%04u-%02u-%02u", year, month, day);
    return true;
}

static bool bcd_number(const uint8_t *bcd, size_t len, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < len; i++) {
        if (bcd[i] >> 4 > 9 || (bcd[i] & 15) > 9)
            return false;
        *number = *number * 100 + (bcd[i] >> 4) * 10u + (bcd[i] & 15);
    }
    return true;
}

bool date_bcd_text(const uint8_t bcd[4], char out[DATE_SIZE])
{
    uint32_t date = 0;
    out[0] = '\0';
    return bcd_number(bcd, 4, &date) && date_text(date, out);
}

bool time_bcd_text(const uint8_t bcd[3], char out[TIME_SIZE])
{
    uint32_t time = 0;
    out[0] = '\0';
    if (!bcd_number(bcd, 3, &time))
        return false;
    unsigned hour = time / 10000, minute = time / 100 % 100, second = time % 100;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    snprintf(out, TIME_SIZE, "%02u:%02u:%02u", hour, minute, second);
    return true;
}

json_t *json_date(uint32_t date)
{
    char text[DATE_SIZE];
    return date_text(date, text) ? json_string(text) : json_null();
}

json_t *json_date_bcd(const uint8_t bcd[4])
{
    char text[DATE_SIZE];
    return date_bcd_text(bcd, text) ? json_string(text) : json_null();
}

json_t *json_time_bcd(const uint8_t bcd[3])
{
    char text[TIME_SIZE];
    return time_bcd_text(bcd, text) ? json_string(text) : json_null();
}

void yuan_text(int64_t fen, char out[YUAN_SIZE])
{
    uint64_t amount = fen < 0 ? -(uint64_t)fen : (uint64_t)fen;
    snprintf(out, YUAN_SIZE, "%s%llu.%02llu", fen < 0 ? "-" : "", (unsigned long long)(amount / 100),
             (unsigned long long)(amount % 100));
}

uint32_t today(void)
{
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) == NULL)
        return 0;
    return (uint32_t)((local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 + local.tm_mday);
}

uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
