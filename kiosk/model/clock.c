/* SPDX-License-Identifier: Apache-2.0 */
#include "model/clock.h"
#include "model/model.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const struct clock_source *source;

void clock_use(const struct clock_source *other)
{
    source = other;
}

int64_t now_ms(void)
{
    return source != NULL ? source->wall_ms(source->ctx) : g_get_real_time() / 1000;
}

int64_t clock_boot_ms(void)
{
    struct timespec now;

    if (source != NULL)
        return source->boot_ms(source->ctx);
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Once for the process: a boot does not change under it. */
static const char *machine_boot_id(void)
{
    static char id[37];
    static gsize once;

    if (g_once_init_enter(&once)) {
        g_autofree char *text = NULL;

        if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL) &&
            uuid_valid(g_strstrip(text)))
            g_strlcpy(id, text, sizeof id);
        else
            uuid7(now_ms(), id); /* without /proc every start counts as a boot */
        g_once_init_leave(&once, 1);
    }
    return id;
}

void clock_boot_id(char out[37])
{
    g_strlcpy(out, source != NULL ? source->boot_id(source->ctx) : machine_boot_id(), 37);
}

void clock_sleep_ms(unsigned ms)
{
    if (source != NULL)
        source->sleep_ms(source->ctx, ms);
    else
        g_usleep((gulong)ms * 1000);
}

void random_bytes(uint8_t *out, size_t len)
{
    if (source != NULL) {
        source->random(source->ctx, out, len);
        return;
    }
    for (size_t at = 0; at < len;) {
        ssize_t got = getrandom(out + at, len - at, 0);

        if (got < 0 && errno != EINTR)
            g_error("the kernel gives no random bytes");
        at += got > 0 ? (size_t)got : 0;
    }
}

/* Draws that would favour small numbers are thrown away. */
uint32_t random_below(uint32_t limit)
{
    uint32_t draw = 0, fair = limit > 0 ? UINT32_MAX - UINT32_MAX % limit : 0;

    if (limit == 0)
        return 0;
    do
        random_bytes((uint8_t *)&draw, sizeof draw);
    while (draw >= fair);
    return draw % limit;
}
