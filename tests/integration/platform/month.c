/* SPDX-License-Identifier: Apache-2.0 */
#include "month.h"
#include "model/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static int64_t virtual_ms;

static int64_t virtual_now(void *ctx)
{
    return virtual_ms;
}

static const char *virtual_boot(void *ctx)
{
    return "33333333-3333-7333-8333-333333333333";
}

static void virtual_sleep(void *ctx, unsigned ms)
{
    virtual_ms += ms;
}

static void kernel_random(void *ctx, uint8_t *out, size_t len)
{
    g_assert_cmpint(getrandom(out, len, 0), ==, (gssize)len);
}

void month_fill(struct kiosk_rig *kiosk, unsigned events)
{
    struct clock_source source = {NULL, virtual_now, virtual_now, virtual_boot, virtual_sleep, kernel_random};
    int64_t days_ms = INT64_C(30) * 86400000, from_ms = g_get_real_time() / 1000 - days_ms;

    char *cards[8];

    for (unsigned i = 0; i < G_N_ELEMENTS(cards); i++)
        cards[i] = kit_card(i);
    clock_use(&source);
    for (unsigned i = 0; i < events / 2; i++) {
        const char *card = cards[i % G_N_ELEMENTS(cards)];
        struct payment payment;

        virtual_ms = from_ms + days_ms * i / (events / 2);
        kit_payment(&payment, card, NULL, MONTH_FEN);
        kiosk_pay(kiosk, &payment, PAYMENT_CONFIRMED);
    }
    clock_use(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++)
        g_free(cards[i]);
}

int64_t month_resident(const char *process)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/statm", process), *text = NULL;
    long long total, resident;

    if (!g_file_get_contents(path, &text, NULL, NULL) || sscanf(text, "%lld %lld", &total, &resident) != 2)
        return -1;
    return resident * sysconf(_SC_PAGESIZE);
}

void month_copy(const char *from, const char *to)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *old = g_build_filename(from, name, NULL), *new = g_build_filename(to, name, NULL);
        g_autoptr(GFile) source = g_file_new_for_path(old), target = g_file_new_for_path(new);
        g_autoptr(GError) error = NULL;

        if (!g_file_test(old, G_FILE_TEST_IS_REGULAR))
            continue;
        g_file_copy(source, target, G_FILE_COPY_OVERWRITE | G_FILE_COPY_ALL_METADATA, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
    }
}
