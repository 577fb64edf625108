/* SPDX-License-Identifier: Apache-2.0 */
/* Load, purchase, compound purchase and proof: whole conversations, and what a loss of power leaves of them. */
#include "support.h"

#include <string.h>

/* A card with the keys of a published trace. */
static void trace_card(struct bench *bench, uint32_t balance_fen, const char *random)
{
    bench->card.state.balance_fen = balance_fen;
    bench->card.state.offline_counter = bench->card.state.online_counter = 0;
    set_hex(bench->random, 4, random);
}

/* ---- Conversations of real cards and tutorials -------------------------------------------------------------------- */

static void test_v3_load(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    trace_card(bench, 0, "CDEF4F20");
    set_hex(vc_card_key(card, VC_KEY_LOAD), 16, "374598B5C0B0EAE1E1D06609AC5BB369");
    set_hex(vc_card_key(card, VC_KEY_TAC), 16, "CAA6025290114BFCC3C9043F70F7A07A");
    expect(card, "805000020B0100001C3700000100005010", "0000000000000100CDEF4F2006B1BEF59000");
    expect(card, "805200000B201408251031000641DCD804", "ED0F87559000");
    expect(card, "805C000204", "00001C379000");
    expect(card, "00B201C417", "000100000000001C3702000001000050201408251031009000");
    expect(card, "805A000202000108", "0641DCD8ED0F87559000");
    g_assert_cmpuint(card->state.online_counter, ==, 1);
    g_assert_cmpuint(card->state.offline_counter, ==, 0);
    g_assert_cmpuint(bench->commits, ==, 1);
}

static void test_v1_load_type_02(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    trace_card(bench, 0, "11223344");
    set_hex(vc_card_key(card, VC_KEY_LOAD), 16, "11223344556677888877665544332211");
    expect(card, "805000020B010000100000112233445510", "000000000000010011223344A5638AA09000");
    g_assert_cmphex(status_of(card, "805200000B20111221214822FDD12AF104"), ==, 0x9000);
}

static void test_v2_purchase(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    trace_card(bench, 0x2000, "11223344");
    set_hex(vc_card_key(card, VC_KEY_PURCHASE), 16, "11223344556677888877665544332211");
    set_hex(vc_card_key(card, VC_KEY_TAC), 16, "00112233445566778899AABBCCDDEEFF");
    expect(card, "805001020B01000010000011223344550F",
           "00002000000000000001"
           "00"
           "112233449000");
    expect(card, "805401000F0000000120120229135100F15CAB7508", "B3A0D49C56988A139000");
    expect(card, "805A000602000108", "56988A13B3A0D49C9000");
    expect(card, "805C000204", "000010009000");
}

static void test_v4_compound(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *journey = g_strnfill(96, '5');
    g_autofree char *cache = g_strconcat("80DC00F030", journey, NULL);
    g_autofree char *record = g_strconcat(journey, "9000", NULL);
    trace_card(bench, 0x2000, "9AC87503");
    set_hex(vc_card_key(card, VC_KEY_PURCHASE), 16, "A338D92A10C8285411E761445C831C22");
    set_hex(vc_card_key(card, VC_KEY_TAC), 16, "CAA6025290114BFCC3C9043F70F7A07A");
    expect(card, "805003020B0100001C370000000000010F",
           "00002000000000000001"
           "00"
           "9AC875039000");
    expect(card, cache, "9000");
    expect(card, "805401000F0000000120110919204812CD57316408", "44A8E04A350AC4809000");
    expect(card, "00B201F430", record);
    expect(card, "805A000902000108", "350AC48044A8E04A9000");
    g_assert_cmpuint(bench->commits, ==, 1);
}

static void test_v6_both_types(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    static const struct {
        const char *init, *debit, *answer;
    } rows[] = {
        {"805001020B01000000C8012300033D110F", "805401000F0000010220260115093045E551702B08",
         "DE01C0699B91B2CC9000"},
        {"805003020B01000000C8012300033D110F", "805401000F000001022026011509304508C5DA8908",
         "30B243A49B91B2CC9000"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        trace_card(bench, 1000, "A1B2C3D4");
        card->state.offline_counter = 7;
        set_hex(vc_card_key(card, VC_KEY_PURCHASE), 16, "F49DF0B2C6B8E32380D1DF8615654A39");
        set_hex(vc_card_key(card, VC_KEY_TAC), 16, "23B180836365D52D7873441FD0B8E32E");
        g_assert_cmphex(status_of(card, rows[i].init), ==, 0x9000);
        expect(card, rows[i].debit, rows[i].answer);
    }
}

/* ---- Order and refusals ------------------------------------------------------------------------------------------- */

static void test_refusals(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "805001020B01000068E39901000000010F", "9401");
    expect(card, "805001020B02000000019901000000010F", "9403");
    expect(card, "805001010B01000000019901000000010F", "6A86");
    expect(card, "805002020B01000000019901000000010F", "6A86");
    expect(card, "805001020A010000000199010000000F", "6700");
    expect(card, "805000020B017FFFFFFF99010000000110", "6985");
    expect(card,
           "805401000F0000000120260115093045000000000"
           "8",
           "6901");
    expect(card,
           "805200000B20260115093045000000000"
           "4",
           "6901");
    card->state.offline_counter = card->state.online_counter = 0xFFFF;
    expect(card, "805001020B01000000019901000000010F", "9402");
    expect(card, "805003020B01000000019901000000010F", "9402");
    expect(card, "805000020B010000000199010000000110", "9402");
    g_assert_cmpuint(bench->commits, ==, 0);
}

static void test_wrong_macs(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    g_autofree char *wrong = g_strdup_printf("%.38s%02X08", debit, 0);
    struct vc_card_state before = card->state;
    wrong[37] = wrong[37] == '0' ? '1' : '0';
    expect(card, wrong, "9302");
    expect(card, debit, "6901"); /* the transaction is over, even with the right MAC */
    g_assert_cmphex(status_of(card, "805000020B010000000199010000000110"), ==, 0x9000);
    expect(card, "805200000B202601150930450000000004", "9302");
    g_assert_cmpmem(&card->state, sizeof(before), &before, sizeof(before));
}

static void test_pending_is_dropped(struct bench *bench, gconstpointer user_data)
{
    static const char *const between[] = {
        "805C000204", "00B095001E", "0020000003123456", "0084000004", "805A000602000808", "00FF0000",
        "00",         "805A"};
    struct vc_card *card = &bench->card;
    for (size_t i = 0; i < G_N_ELEMENTS(between); i++) {
        g_autofree char *debit = prepare_debit(bench, 1, 200);
        g_autofree char *ignored = ask(card, between[i]);
        expect(card, debit, "6901");
    }
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    g_autofree char *cache = g_strnfill(96, '0');
    g_autofree char *not_compound = g_strconcat("80DC00F030", cache, NULL);
    expect(card, not_compound, "6901");
    expect(card, debit, "6901");
    g_autofree char *again = prepare_debit(bench, 1, 200);
    vc_card_power(card);
    expect(card, again, "6985");
    g_assert_cmpuint(card->state.balance_fen, ==, 26850);
}

static void test_amounts(struct bench *bench, gconstpointer user_data)
{
    static const struct {
        uint32_t amount_fen, balance_fen;
    } rows[] = {{0, 26850}, {1, 26849}, {26849, 0}, {0, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *debit = prepare_debit(bench, 1, rows[i].amount_fen);
        g_assert_cmphex(status_of(&bench->card, debit), ==, 0x9000);
        g_assert_cmpuint(bench->card.state.balance_fen, ==, rows[i].balance_fen);
        g_assert_cmpuint(bench->card.state.offline_counter, ==, 8 + i);
    }
}

static void test_log_is_cyclic(struct bench *bench, gconstpointer user_data)
{
    for (unsigned i = 1; i <= 12; i++) {
        g_autofree char *debit = prepare_debit(bench, 1, i);
        g_assert_cmphex(status_of(&bench->card, debit), ==, 0x9000);
    }
    expect(&bench->card, "00B201C417", "00130000000000000C06990100000001202601150930459000");
    expect(&bench->card, "00B20AC417", "000A0000000000000306990100000001202601150930459000");
    expect(&bench->card, "00B20BC417", "6A83");
}

/* ---- Compound purchase --------------------------------------------------------------------------------------------- */

static void test_journeys(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    for (unsigned i = 1; i <= 2; i++) {
        g_autofree char *bytes = g_strnfill(96, (char)('0' + i));
        g_autofree char *cache = g_strconcat("80DC00F030", bytes, NULL);
        g_autofree char *debit = prepare_debit(bench, 3, 0);
        expect(card, cache, "9000");
        g_assert_cmphex(status_of(card, debit), ==, 0x9000);
    }
    g_assert_cmphex(journey_of(card, 0)[0], ==, 0x22);
    g_assert_cmphex(journey_of(card, 1)[0], ==, 0x11);
    g_autofree char *bytes = g_strnfill(96, '7');
    g_autofree char *second = g_strconcat("80DC02F030", bytes, NULL);
    g_autofree char *debit = prepare_debit(bench, 3, 100);
    expect(card, second, "9000");
    g_assert_cmphex(journey_of(card, 1)[0], ==, 0x11); /* only remembered so far */
    g_assert_cmphex(status_of(card, debit), ==, 0x9000);
    g_assert_cmphex(journey_of(card, 0)[0], ==, 0x22);
    g_assert_cmphex(journey_of(card, 1)[0], ==, 0x77);
}

static void test_cache_refusals(struct bench *bench, gconstpointer user_data)
{
    static const struct {
        const char *header, *answer;
    } rows[] = {{"80DC00C030", "6A82"}, {"80DC1FF030", "6A83"}, {"80DC00F02F", "6700"}};
    struct vc_card *card = &bench->card;
    g_autofree char *bytes = g_strnfill(96, '1');
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *debit = prepare_debit(bench, 3, 0);
        g_autofree char *cache = g_strdup_printf("%s%.*s", rows[i].header, i == 2 ? 94 : 96, bytes);
        expect(card, cache, rows[i].answer);
        expect(card, debit, "6901");
    }
    g_autofree char *debit = prepare_debit(bench, 3, 0);
    g_autofree char *cache = g_strconcat("80DC00F030", bytes, NULL);
    for (unsigned i = 0; i < VC_CACHE_MAX; i++)
        expect(card, cache, "9000");
    expect(card, cache, "6A84");
    expect(card, debit, "6901");
}

/* ---- Proof and loss of power --------------------------------------------------------------------------------------- */

static void test_proof(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "805A000602000808", "9406");
    expect(card, "805A000002000008", "9406");
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    g_autofree char *answer = ask(card, debit);
    g_autofree char *proof = g_strdup_printf("%.8s%.8s9000", answer + 8, answer);
    expect(card, "805A000602000808", proof);
    expect(card, "805A000602000708", "9406");
    expect(card, "805A000902000808", "9406");
    expect(card, "805A010602000808", "6A86");
    expect(card, "805A00060100", "6700");
    g_autofree char *next = prepare_debit(bench, 1, 100); /* INIT alone does not take it away */
    expect(card, "805A000602000808", proof);
    vc_card_power(card);
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    expect(card, "805A000602000808", proof);
    g_autofree char *later = prepare_debit(bench, 1, 100);
    g_assert_cmphex(status_of(card, later), ==, 0x9000);
    expect(card, "805A000602000808", "9406");
    g_assert_cmphex(status_of(card, "805A000602000908"), ==, 0x9000);
}

/* Power lost at the commit: no answer and not a byte changed. After the commit: everything changed together. */
static void test_power_loss(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *journey = g_strnfill(96, '9');
    g_autofree char *cache = g_strconcat("80DC00F030", journey, NULL);
    g_autofree char *debit = prepare_debit(bench, 3, 200);
    expect(card, cache, "9000");
    struct vc_card_state before = card->state;
    card->lose_power_at_commit = true;
    expect(card, debit, "");
    g_assert_cmpmem(&card->state, sizeof(before), &before, sizeof(before));
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    expect(card, debit, "6901");
    expect(card, "805A000902000808", "9406");
    g_autofree char *again = prepare_debit(bench, 3, 200);
    expect(card, cache, "9000");
    g_assert_cmphex(status_of(card, again), ==, 0x9000);
    g_assert_cmpuint(card->state.balance_fen, ==, 26650);
    g_assert_cmpuint(card->state.offline_counter, ==, 8);
    g_assert_cmpuint(card->state.counts[FILE_LOG], ==, 1);
    g_assert_cmphex(journey_of(card, 0)[0], ==, 0x99);
    g_assert_cmphex(status_of(card, "805A000902000808"), ==, 0x9000);
}

static void test_commit_fails(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    struct vc_card_state before = card->state;
    bench->commit_says = VC_COMMIT_FAILED;
    expect(card, debit, "6581");
    g_assert_cmpmem(&card->state, sizeof(before), &before, sizeof(before));
    bench->commit_says = VC_COMMIT_POWER_LOST;
    g_assert_cmphex(status_of(card, "805000020B010000000199010000000110"), ==, 0x9000);
    expect(card, "805200000B202601150930450000000004", "9302");
    g_assert_cmpmem(&card->state, sizeof(before), &before, sizeof(before));
}

static void test_spoiled_mac2(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    card->spoil_mac2 = true;
    g_autofree char *answer = ask(card, debit);
    g_autofree char *proof = ask(card, "805A000602000808");
    g_assert_cmpint(strncmp(answer, proof + 8, 8), ==, 0);      /* TAC */
    g_assert_cmpint(strncmp(answer + 8, proof, 8), !=, 0);      /* MAC2 */
    g_assert_cmpint(strncmp(answer + 10, proof + 2, 6), ==, 0); /* but for one bit */
    g_autofree char *check = g_strdup_printf("8072000004%.8s", answer + 8);
    expect_sam(&bench->sam, check, "9302");
    g_autofree char *right = g_strdup_printf("8072000004%.8s", proof);
    expect_sam(&bench->sam, right, "9000");
}

/* Each person's card and the one PSAM agree: keys are diversified alike on both sides. */
static void test_everybody_pays(struct bench *bench, gconstpointer user_data)
{
    for (size_t i = 0; i < bench->community.count; i++) {
        const struct vc_persona *persona = &bench->community.personas[i];
        bench_card(bench, persona->key);
        bench->card.session.pin_verified = true;
        g_autofree char *debit = prepare_debit(bench, 1, 100);
        g_autofree char *answer = ask(&bench->card, debit);
        g_assert_cmpuint(strlen(answer), ==, 20);
        g_autofree char *check = g_strdup_printf("8072000004%.8s", answer + 8);
        expect_sam(&bench->sam, check, "9000");
        g_assert_cmpuint(bench->card.state.balance_fen, ==, persona->balance_fen - 100);
    }
}

#define ADD(name, function)                                                                                  \
    g_test_add("/vcard/purse/" name, struct bench, NULL, bench_setup, function, bench_teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("v1-load-type-02", test_v1_load_type_02);
    ADD("v2-purchase", test_v2_purchase);
    ADD("v3-load", test_v3_load);
    ADD("v4-compound", test_v4_compound);
    ADD("v6-both-types", test_v6_both_types);
    ADD("refusals", test_refusals);
    ADD("wrong-macs", test_wrong_macs);
    ADD("pending-is-dropped", test_pending_is_dropped);
    ADD("amounts", test_amounts);
    ADD("log-is-cyclic", test_log_is_cyclic);
    ADD("journeys", test_journeys);
    ADD("cache-refusals", test_cache_refusals);
    ADD("proof", test_proof);
    ADD("power-loss", test_power_loss);
    ADD("commit-fails", test_commit_fails);
    ADD("spoiled-mac2", test_spoiled_mac2);
    ADD("everybody-pays", test_everybody_pays);
    return g_test_run();
}
