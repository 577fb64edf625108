/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and TACs a second with the masters in memory and in a token (SoftHSM), in turns in one run. */
#include "kit.h"
#include "platform/keys/hsm-uri.h"
#include "platform/money/tac.h"
#include "token.h"
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS   5
#define ROUND_US 400000

struct bench {
    struct purse_masters masters;
    struct cc_load load;
    const struct purse_keys *keys;
    bool tac;
};

static void example(struct bench *bench)
{
    struct cc_load *load = &bench->load;
    uint8_t key[16], session[8];

    g_assert_cmpint(cc_unhex("000102030405060708090A0B0C0D0E0F", bench->masters.load, 16), ==, 16);
    g_assert_cmpint(cc_unhex("F0E0D0C0B0A090807060504030201000", bench->masters.tac, 16), ==, 16);
    *load = (struct cc_load){.state = CC_PURCHASE_PREPARED, .type = 2, .has_tac = true, .amount_fen = 5000, .serial = {9, 9, 1}};
    g_assert_true(purse_card_key(bench->masters.load, load->issuer, load->serial, key));
    g_assert_cmpint(cc_suite_load_session(key, load->random, load->counter, session), ==, CC_OK);
    g_assert_cmpint(cc_suite_load_mac1(session, load, load->mac1), ==, CC_OK);
    g_assert_true(purse_card_key(bench->masters.tac, load->issuer, load->serial, key));
    g_assert_cmpint(cc_suite_load_tac(key, load, load->tac), ==, CC_OK);
}

static void once(const struct bench *bench)
{
    uint8_t mac2[4];

    if (bench->tac)
        g_assert_cmpint(tac_check_load(bench->keys, &bench->load), ==, TAC_OK);
    else
        g_assert_cmpint(bench->keys->authorise(bench->keys->ctx, &bench->load, bench->load.date_bcd, bench->load.time_bcd, mac2),
                        ==, PURSE_KEYS_OK);
}

static gpointer run(gpointer data)
{
    gint64 end = g_get_monotonic_time() + ROUND_US;
    guintptr count = 0;

    for (; g_get_monotonic_time() < end; count++)
        once(data);
    return (gpointer)count;
}

static double rate(struct bench *bench, const struct purse_keys *keys, bool tac, unsigned threads)
{
    gint64 start = g_get_monotonic_time();
    GThread *thread[8];
    guintptr count = 0;

    bench->keys = keys;
    bench->tac = tac;
    for (unsigned i = 0; i < threads; i++)
        thread[i] = g_thread_new("bench", run, bench);
    for (unsigned i = 0; i < threads; i++)
        count += (guintptr)g_thread_join(thread[i]);
    return (double)count * 1e6 / (double)(g_get_monotonic_time() - start);
}

static int by_rate(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void compare(struct bench *bench, const struct purse_keys *file, const struct purse_keys *token, bool tac, unsigned threads)
{
    double rates[2][ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        rates[0][i] = rate(bench, file, tac, threads);
        rates[1][i] = rate(bench, token, tac, threads);
    }
    for (int i = 0; i < 2; i++)
        qsort(rates[i], ROUNDS, sizeof rates[i][0], by_rate);
    printf("%-6s %u thread%s  key file %8.0f/s  token %7.0f/s  ratio %5.1f\n", tac ? "TACs" : "loads", threads, threads > 1 ? "s" : " ",
           rates[0][ROUNDS / 2], rates[1][ROUNDS / 2], rates[0][ROUNDS / 2] / rates[1][ROUNDS / 2]);
}

int main(void)
{
    struct bench bench = {0};
    uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE];
    struct hsm_uri uri;

    if (!token_possible()) {
        puts("SoftHSM is needed");
        return 77;
    }
    char *dir = kit_dir();
    g_autofree char *text = token_make(dir, TOKEN_MODULE);
    example(&bench);
    g_assert_true(hsm_uri_parse(&uri, text, NULL) && purse_check_value(bench.masters.load, checks[HSM_LOAD]) &&
                  purse_check_value(bench.masters.tac, checks[HSM_TAC]));
    g_autofree char *checked = hsm_uri_with_checks(&uri, checks);
    hsm_uri_clear(&uri);
    g_assert_true(hsm_import(checked, &bench.masters, NULL));
    struct hsm *hsm = hsm_new(checked, NULL);
    g_assert_true(hsm_check(hsm, NULL));
    struct purse_keys file = purse_keys_of_masters(&bench.masters), token = purse_keys_of_hsm(hsm);
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        compare(&bench, &file, &token, false, threads);
        compare(&bench, &file, &token, true, threads);
    }
    hsm_free(hsm);
    kit_dir_done(dir);
    return 0;
}
