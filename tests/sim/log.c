/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Eight bytes at a time, each mixed into all 64 bits: no cryptography is needed, only that any difference shows. */
static uint64_t mix(uint64_t digest, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint64_t word;

    for (; len >= 8; at += 8, len -= 8) {
        memcpy(&word, at, 8);
        digest = (digest ^ word) * UINT64_C(0x9FB21C651E98DF25);
        digest ^= digest >> 29;
    }
    word = len;
    memcpy(&word, at, len);
    digest = (digest ^ word ^ (uint64_t)len << 56) * UINT64_C(0xD6E8FEB86659FD93);
    return digest ^ digest >> 32;
}

/* Where the town's folder lies is different each time. */
static void folder_hide(const struct world *world, char *line)
{
    size_t len = strlen(world->folder);
    char *at;

    while ((at = strstr(line, world->folder)) != NULL) {
        *at = '~';
        memmove(at + 1, at + len, strlen(at + len) + 1);
    }
}

void note(struct world *world, const char *format, ...)
{
    char line[512];
    va_list values;

    va_start(values, format);
    g_vsnprintf(line, sizeof line, format, values);
    va_end(values);
    folder_hide(world, line);
    world->digest = mix(world->digest, line, strlen(line));
    if (world->trace)
        printf("%016" G_GINT64_MODIFIER "x %6u %s\n", world->digest, world->step, line);
}

void note_bytes(struct world *world, const char *what, const void *bytes, size_t len)
{
    if (bytes != NULL)
        world->digest = mix(world->digest, bytes, len);
    note(world, "%s %zu", what, len);
}

void trace_text(const struct world *world, const char *text)
{
    if (world->trace && text != NULL)
        printf("    %s\n", text);
}

void break_invariant(struct world *world, const char *invariant, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    g_autofree char *detail = g_strdup_vprintf(format, values);
    va_end(values);
    note(world, "BROKEN %s: %s", invariant, detail);
    world->broken(world, invariant, detail);
}
