/* SPDX-License-Identifier: Apache-2.0 */
/* Time and chance from another source than the machine, and from the machine again. */
#include "model/model.h"

#include <string.h>

struct played {
    int64_t wall_ms, slept_ms;
    uint8_t next;
};

static int64_t played_wall(void *ctx)
{
    return ((struct played *)ctx)->wall_ms;
}

static int64_t played_boot(void *ctx)
{
    return ((struct played *)ctx)->slept_ms;
}

static const char *played_boot_id(void *ctx)
{
    return "01890000-0000-7000-8000-000000000001";
}

static void played_sleep(void *ctx, unsigned ms)
{
    ((struct played *)ctx)->slept_ms += ms;
}

/* FF first, so that a draw that is not fair shows. */
static void played_random(void *ctx, uint8_t *out, size_t len)
{
    struct played *played = ctx;

    memset(out, played->next, len);
    played->next = (uint8_t)(played->next == 0xFF ? 7 : played->next + 1);
}

static void another_source(void)
{
    struct played played = {.wall_ms = INT64_C(1795305600000), .next = 0xFF};
    struct clock_source source = {.ctx = &played,
                                  .wall_ms = played_wall,
                                  .boot_ms = played_boot,
                                  .boot_id = played_boot_id,
                                  .sleep_ms = played_sleep,
                                  .random = played_random};
    char id[37];
    uint8_t bytes[3];

    clock_use(&source);
    g_assert_cmpint(now_ms(), ==, INT64_C(1795305600000));
    clock_sleep_ms(250);
    g_assert_cmpint(clock_boot_ms(), ==, 250);
    clock_boot_id(id);
    g_assert_cmpstr(id, ==, "01890000-0000-7000-8000-000000000001");
    g_assert_cmpuint(random_below(10), ==, 0x07070707 % 10); /* FFFFFFFF would favour 0 to 5: drawn again */
    random_bytes(bytes, sizeof bytes);
    g_assert_cmpmem(bytes, 3, "\x08\x08\x08", 3);
    uuid7(now_ms(), id);
    g_assert_true(uuid_valid(id));
    g_assert_true(g_str_has_suffix(id, "0909090909")); /* its random part */
    clock_use(NULL);
}

static void the_machine(void)
{
    int64_t wall = now_ms(), boot = clock_boot_ms(), real = g_get_real_time() / 1000;
    uint8_t a[64], b[64] = {0};
    char id[37], again[37];
    unsigned seen = 0;

    g_assert_cmpint(ABS(real - wall), <, 1000);
    clock_sleep_ms(5);
    g_assert_cmpint(clock_boot_ms() - boot, >=, 5);
    clock_boot_id(id);
    clock_boot_id(again);
    g_assert_true(uuid_valid(id));
    g_assert_cmpstr(id, ==, again);
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    g_assert_cmpint(memcmp(a, b, sizeof a), !=, 0);
    g_assert_cmpuint(random_below(0), ==, 0);
    g_assert_cmpuint(random_below(1), ==, 0);
    for (int i = 0; i < 1000; i++)
        seen |= 1u << random_below(5);
    g_assert_cmpuint(seen, ==, 0x1F);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/clock/another-source", another_source);
    g_test_add_func("/model/clock/the-machine", the_machine);
    return g_test_run();
}
