/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UUID version 7, RFC 9562 section 5.7: 48 bits of milliseconds, then 12 bits used as a counter within one
 * millisecond (section 6.2, method 1), then 62 random bits. A clock that stands still or goes back lets the
 * counter go on, so ids of one process always rise.
 */
#include "model/model.h"

#include <string.h>

#define TIME_MAX    ((UINT64_C(1) << 48) - 1)
#define COUNTER_MAX 0x0FFFu

static GMutex uuid_lock;
static uint64_t last_ms;
static unsigned counter;

/* Start low in the counter's range: at least 2048 ids before it borrows from the next millisecond. */
static void tick(uint64_t wall_ms, uint64_t *ms, unsigned *sequence, uint16_t noise)
{
    g_mutex_lock(&uuid_lock);
    if (wall_ms > last_ms) {
        last_ms = wall_ms;
        counter = noise & (COUNTER_MAX >> 1);
    } else if (++counter > COUNTER_MAX) {
        last_ms++;
        counter = 0;
    }
    *ms = last_ms;
    *sequence = counter;
    g_mutex_unlock(&uuid_lock);
}

void uuid7(int64_t wall_ms, char out[37])
{
    uint64_t ms = wall_ms < 0 ? 0 : MIN((uint64_t)wall_ms, TIME_MAX);
    unsigned sequence = 0;
    uint8_t noise[10];

    random_bytes(noise, sizeof noise);
    tick(ms, &ms, &sequence, (uint16_t)(noise[8] << 8 | noise[9]));
    g_snprintf(out, 37, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)(ms >> 16 & 0xFFFFFFFF),
               (unsigned)(ms & 0xFFFF), 0x7000u | sequence, 0x80u | (noise[0] & 0x3Fu), noise[1], noise[2],
               noise[3], noise[4], noise[5], noise[6], noise[7]);
}

bool uuid_valid(const char *text)
{
    if (text == NULL || strnlen(text, 37) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = g_ascii_isdigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !hex)
            return false;
    }
    return text[14] >= '1' && text[14] <= '8' && strchr("89ab", text[19]) != NULL;
}
