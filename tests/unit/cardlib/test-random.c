/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hundred thousand visits with cards that answer at random, too short, too long. The PSAM is honest and never accepts a
 * MAC2, so nothing may ever be confirmed. The seed is printed; give it back with --seed.
 */
#include "citycard.h"
#include "hostile.h"

#include <glib.h>

#define VISITS 50000

static void run(const struct dialogue_options *options, unsigned *prepared, unsigned *doubts)
{
    uint8_t bytes[512];
    for (unsigned visit = 0; visit < VISITS; visit++) {
        size_t len = (size_t)g_test_rand_int_range(0, sizeof bytes);
        bool calm = g_test_rand_int_range(0, 2) == 0; /* half of them mostly right, to get far */
        for (size_t i = 0; i < len; i++)
            bytes[i] =
                (uint8_t)g_test_rand_int_range(0, calm && g_test_rand_int_range(0, 12) != 0 ? 10 : 256);
        struct dialogue_outcome outcome;
        dialogue_run(bytes, len, options, &outcome);
        g_assert_cmpint(outcome.state, !=, CC_PURCHASE_CONFIRMED);
        g_assert_cmpint(outcome.evidence, ==, CC_EVIDENCE_NONE);
        *prepared += outcome.prepared;
        *doubts += outcome.state == CC_PURCHASE_IN_DOUBT;
    }
}

static void test_noise(void)
{
    static const struct dialogue_options options = {.noise_only = true, .never_confirms = true};
    unsigned prepared = 0, doubts = 0;
    run(&options, &prepared, &doubts);
    g_assert_cmpuint(prepared, ==, 0);
}

static void test_nearly_right(void)
{
    static const struct dialogue_options options = {.never_confirms = true};
    unsigned prepared = 0, doubts = 0;
    run(&options, &prepared, &doubts);
    g_test_message("%u prepared, %u left in doubt", prepared, doubts);
    g_assert_cmpuint(prepared, >, VISITS / 100); /* the test does reach the place it is about */
    g_assert_cmpuint(doubts, >, VISITS / 200);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/random/noise", test_noise);
    g_test_add_func("/random/nearly-right", test_nearly_right);
    return g_test_run();
}
