/* SPDX-License-Identifier: Apache-2.0 */
/* What the issuer's and the operator's machines do: overdraft, unload, PINs, records, blocking a card; PSAMs of all kinds. */
#include "crypto.h"
#include "support.h"

#include <string.h>

#define TERMINAL "990100000102"
#define WHEN     "20260115093045"

struct pair {
    struct vc_card card;
    struct vc_sam sam;
};

static void pair_setup(struct pair *pair, gconstpointer user_data)
{
    pair->sam.random = NULL;
}

static void pair_teardown(struct pair *pair, gconstpointer user_data)
{
    vc_card_cleanse(&pair->card);
    vc_sam_cleanse(&pair->sam);
}

static void hex_mac(const uint8_t key[8], const char *data_hex, char out[9])
{
    uint8_t data[64], mac[4];
    size_t len = 0;
    g_assert_true(vc_unhex(data_hex, data, sizeof(data), &len));
    g_assert_true(vc_mac(key, data, len, mac));
    vc_hex(mac, 4, out, 9);
}

/* The session key of what goes to the host: random, online serial, 8000. */
static void host_session(const uint8_t key[16], uint16_t serial, uint8_t session[8])
{
    static const uint8_t random[4] = {0xA1, 0xB2, 0xC3, 0xD4}, tail[2] = {0x80, 0x00};
    g_assert_true(vc_session_key(key, random, serial, tail, session));
}

/* ---- Purchases with a PSAM ---------------------------------------------------------------------------------------------- */

/* INIT, 8070 with these factors, DEBIT, 8072. Gives DEBIT's answer (free it). */
static char *pay(struct pair *pair, unsigned p1, uint32_t fen, const char *terminal, const char *factors)
{
    g_autofree char *init = g_strdup_printf("8050%02X020B01%08X%s0F", p1, fen, terminal);
    g_autofree char *card = ask(&pair->card, init);
    if (strlen(card) != 34)
        return g_steal_pointer(&card);
    g_autofree char *command =
        g_strdup_printf("80700000%02zX%.8s%.4s%08X%s" WHEN "%.4s%s08", 20 + strlen(factors) / 2, card + 22,
                        card + 8, fen, p1 == 3 ? "09" : "06", card + 18, factors);
    g_autofree char *sam = ask_sam(&pair->sam, command);
    if (strlen(sam) != 20)
        return g_steal_pointer(&sam);
    g_autofree char *debit = g_strdup_printf("805401000F%.8s" WHEN "%.8s08", sam, sam + 8);
    char *answer = ask(&pair->card, debit);
    if (strlen(answer) == 20) {
        g_autofree char *check = g_strdup_printf("8072000004%.8s", answer + 8);
        expect_sam(&pair->sam, check, "9000");
    }
    return answer;
}

static void expect_paid(struct pair *pair, uint32_t fen, const char *terminal, const char *factors)
{
    g_autofree char *answer = pay(pair, 1, fen, terminal, factors);
    g_assert_cmpuint(strlen(answer), ==, 20);
    g_assert_true(g_str_has_suffix(answer, "9000"));
}

/* CityUnion: the PSAM has to see the card's security code first, or its MAC1 is another one. */
static void test_security_code(struct pair *pair, gconstpointer user_data)
{
    load_card(&pair->card, "cityunion");
    load_sam(&pair->sam, "psam-cityunion");
    g_assert_cmphex(status_of(&pair->card, "00A4040009A00000000386980701"), ==, 0x9000);
    expect_sam(&pair->sam, "80CA0000098588D32B7688D32B76", "6985");
    g_assert_cmphex(sam_status_of(&pair->sam, "00A4000002DF01"), ==, 0x9000);
    g_autofree char *without = pay(pair, 1, 100, TERMINAL, "0102030405060708");
    g_assert_cmpstr(without, ==, "9302");
    g_autofree char *code = ask(&pair->card, "80CA000009");
    g_assert_cmpuint(strlen(code), ==, 22);
    g_autofree char *check = g_strdup_printf("80CA000009%.18s", code);
    expect_sam(&pair->sam, check, "9000");
    expect_paid(pair, 100, TERMINAL, "0102030405060708");
    g_autofree char *again = pay(pair, 1, 100, TERMINAL, "0102030405060708"); /* a code serves one purchase */
    g_assert_cmpstr(again, ==, "9302");
    expect_sam(&pair->sam, "80CA0000098588D32B7688D32B76", "9000"); /* the published card's */
    expect_sam(&pair->sam, "80CA0000098588D32B7688D32B77", "6300");
    expect_sam(&pair->sam, "80CA0000088588D32B7688D32B", "6700");
    expect(&pair->card, "805C000204", "800015EA9000");
}

static void test_factors(struct pair *pair, gconstpointer user_data)
{
    uint8_t key[16], expected[4], session[8];
    load_card(&pair->card, "t-union");
    load_sam(&pair->sam, "psam-t-union");
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x9000);
    g_assert_cmphex(sam_status_of(&pair->sam, "00A4000002DF01"), ==, 0x6A82);
    g_assert_cmphex(sam_status_of(&pair->sam, "00A4040007A0000006324D4F"), ==, 0x9000);
    expect_paid(pair, 250, TERMINAL, "517007010479138101011000FFFFFFFF");
    g_autofree char *one = pay(pair, 1, 250, TERMINAL, "5170070104791381");
    g_assert_cmpstr(one, ==, "6700");
    /* Three of them, the first one applied first. */
    load_sam(&pair->sam, "psam-three-factors");
    g_assert_cmphex(sam_status_of(&pair->sam, "00A4000002DF03"), ==, 0x9000);
    g_autofree char *answer = ask_sam(&pair->sam, "807000002CA1B2C3D40007000000C806" WHEN
                                                  "0100111111111111111122222222222222223333333333333333"
                                                  "08");
    g_assert_cmpuint(strlen(answer), ==, 20);
    memcpy(key, pair->sam.masters.purchase, 16);
    for (uint8_t i = 0x11; i <= 0x33; i = (uint8_t)(i + 0x11)) {
        uint8_t x[8];
        memset(x, i, 8);
        g_assert_true(vc_diversify(key, x, key));
    }
    uint8_t random[4] = {0xA1, 0xB2, 0xC3, 0xD4}, tail[2] = {0x00, 0x01}, input[18];
    set_hex(input, 18, "000000C806990100000103" WHEN);
    g_assert_true(vc_session_key(key, random, 7, tail, session));
    g_assert_true(vc_mac(session, input, 18, expected));
    char hex[9];
    g_assert_cmpint(strncmp(answer + 8, vc_hex(expected, 4, hex, sizeof(hex)), 8), ==, 0);
}

static void test_dates_and_operators(struct pair *pair, gconstpointer user_data)
{
    load_sam(&pair->sam, "psam-expired");
    g_assert_cmphex(sam_status_of(&pair->sam, SAM_ADF_SELECT), ==, 0x9000);
    expect_sam(&pair->sam, "00B0970019",
               "0101019901000000000101990100000000"
               "20200101"
               "20211231"
               "9000");
    load_sam(&pair->sam, "psam-foreign");
    expect_sam(&pair->sam, "00B0960006", "8801000000019000");
    g_assert_cmphex(sam_status_of(&pair->sam, SAM_ADF_SELECT), ==, 0x9000);
    expect_sam(&pair->sam, "00B0970109", "0101880100000000019000");
    expect_sam(&pair->sam, "80CA0000098588D32B7688D32B76", "6D00");
    load_card(&pair->card, "t-union");
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x9000);
    g_autofree char *answer = pay(pair, 1, 250, "880100000001", "517007010479138101011000FFFFFFFF");
    g_assert_cmpstr(answer, ==, "9302"); /* other masters */
}

/* 80 1A 45 and 80 FA: block a card of the hotlist, in one command and in three. */
static void test_blocking_by_psam(struct pair *pair, gconstpointer user_data)
{
    load_card(&pair->card, "t-union");
    load_sam(&pair->sam, "psam-t-union");
    g_assert_cmphex(sam_status_of(&pair->sam, SAM_ADF_SELECT), ==, 0x9000);
    expect_sam(&pair->sam, "801A450210517007010479138101011000FFFFFFFF", "9000");
    g_autofree char *whole = ask_sam(&pair->sam, "80FA050010A1B2C3D400000000841E000004800000");
    g_assert_cmpuint(strlen(whole), ==, 12);
    expect_sam(&pair->sam, "80FA050010A1B2C3D400000000841E000004800000", "6985"); /* the key is used up */
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x9000);
    expect(&pair->card, "0084000004", "A1B2C3D49000");
    g_autofree char *block = g_strdup_printf("841E000004%.8s", whole);
    expect(&pair->card, block, "9000");
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x6A81);

    expect_sam(&pair->sam, "801A450210517007010479138101011000FFFFFFFF", "9000");
    g_autofree char *long_mac =
        ask_sam(&pair->sam, "80FA0500200000000000000000010101010101010102020202020202020303030303030303");
    expect_sam(&pair->sam, "801A450210517007010479138101011000FFFFFFFF", "9000");
    expect_sam(&pair->sam,
               "80FA03000802020202020202"
               "02",
               "6985"); /* no initial value yet */
    expect_sam(&pair->sam, "801A450210517007010479138101011000FFFFFFFF", "9000");
    expect_sam(&pair->sam, "80FA07001000000000000000000101010101010101", "9000");
    expect_sam(&pair->sam, "80FA0300080202020202020202", "9000");
    expect_sam(&pair->sam, "80FA0100080303030303030303", long_mac);
}

/* ---- Two applications ------------------------------------------------------------------------------------------------------- */

static void test_two_purses(struct pair *pair, gconstpointer user_data)
{
    struct bench bench;
    bench_setup(&bench, NULL);
    pair->sam = bench.sam; /* the demonstration PSAM of assets/community */
    pair->sam.commit = NULL;
    pair->sam.random = NULL;
    load_card(&pair->card, "dual");
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x9000);
    expect_paid(pair, 150, "990100000001", "990100000000300701019901FFFFFFFF");
    expect(&pair->card, "805C000204", "00003CF09000"); /* 155.99 */
    g_assert_cmphex(status_of(&pair->card, "00A4040009A00000000386980701"), ==, 0x9000);
    expect(&pair->card, "805C000204", "000010729000");
    load_card(&pair->card, "dual-shared");
    g_assert_cmphex(status_of(&pair->card, "00A4040009A00000000386980701"), ==, 0x9000);
    expect_paid(pair, 10, "990100000001", "990100000000301501019901FFFFFFFF");
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x9000);
    expect(&pair->card, "805C000204", "00000C809000");
    g_autofree char *record = ask(&pair->card, "00B201C417");
    g_assert_true(g_str_has_prefix(record, "000A0000000000000A06990100000001"));
    /* And the community's own card with the same PSAM. */
    load_card(&pair->card, "community");
    g_assert_cmphex(status_of(&pair->card, "00A404000AF0434954594341524401"), ==, 0x9000);
    expect_paid(pair, 500, "990100000001", "000000000000200101019901FFFFFFFF");
    expect(&pair->card, "805C000204", "00001F409000");
    bench_teardown(&bench, NULL);
}

/* ---- Overdraft and unload ------------------------------------------------------------------------------------------------------ */

static void test_overdraft(struct pair *pair, gconstpointer user_data)
{
    char mac2[9];
    uint8_t session[8];
    load_card(&pair->card, "t-union-overdrawn");
    load_sam(&pair->sam, "psam-t-union");
    g_assert_cmphex(sam_status_of(&pair->sam, SAM_ADF_SELECT), ==, 0x9000);
    g_assert_cmphex(status_of(&pair->card, ADF_SELECT), ==, 0x9000);
    expect(&pair->card, "805C000204", "000000009000");
    expect(&pair->card, "805C010204", "0000015E9000");
    expect(&pair->card, "805C020204", "000003E89000");
    expect(&pair->card, "805C030204", "0000028A9000");
    expect(&pair->card, "805001020B010000028B9901000000010F", "9401");
    expect_paid(pair, 650, TERMINAL, "990100000009001001019901FFFFFFFF");
    expect(&pair->card, "805C010204", "000003E89000");
    /* A load pays back first. */
    g_assert_cmphex(status_of(&pair->card, "805000020B010000044C99010000000110"), ==, 0x9000);
    host_session(vc_card_key(&pair->card, VC_KEY_LOAD), 0, session);
    hex_mac(session, "0000044C02990100000001" WHEN, mac2);
    g_autofree char *credit = g_strdup_printf("805200000B" WHEN "%s04", mac2);
    g_assert_cmphex(status_of(&pair->card, credit), ==, 0x9000);
    expect(&pair->card, "805C000204", "000000649000");
    expect(&pair->card, "805C010204", "000000009000");
}

/* 80 50 04 and 80 58; 80 50 05 and 80 54 03: both of the deposit. */
static void test_limit_and_unload(struct pair *pair, gconstpointer user_data)
{
    struct vc_card *card = &pair->card;
    char mac[9];
    uint8_t session[8];
    load_card(card, "changsha");
    g_assert_cmphex(status_of(card, "00A4040009A00000000386980701"), ==, 0x9000);
    host_session(vc_card_key(card, VC_KEY_OVERDRAFT), 0, session);
    hex_mac(session, "0000000000000007990100000001", mac);
    g_autofree char *told = g_strdup_printf("0000000000000000000100A1B2C3D4%s9000", mac);
    expect(card, "80500401070199010000000113", told);
    hex_mac(session, "0003E807990100000001" WHEN, mac);
    g_autofree char *update = g_strdup_printf("805800000E0003E8" WHEN "%s04", mac);
    g_autofree char *tac = ask(card, update);
    g_assert_cmpuint(strlen(tac), ==, 12);
    expect(card, update, "6901");
    expect(card, "805C020104", "000003E89000");
    expect(card, "805C030104", "000003E89000");
    expect(card, "805004020701990100000001", "6A86"); /* not of the purse */

    card->state.purses[0].balance_fen = 700;
    expect(card, "805005010B01000002BD99010000000110", "9401");
    g_assert_cmphex(status_of(card, "805005010B010000025899010000000110"), ==, 0x9000);
    host_session(vc_card_key(card, VC_KEY_UNLOAD), 1, session);
    hex_mac(session, "0000025803990100000001" WHEN, mac);
    g_autofree char *unload = g_strdup_printf("805403000B" WHEN "%s04", mac);
    hex_mac(session, "0000006400010000025803990100000001" WHEN, mac);
    g_autofree char *mac3 = g_strdup_printf("%s9000", mac);
    expect(card, unload, mac3);
    expect(card, "805C000104", "000000649000");
    g_autofree char *record = ask(card, "00B2018417");
    g_assert_true(g_str_has_prefix(record, "00020003E80000025803990100000001"));
}

/* ---- PINs, records, keys ---------------------------------------------------------------------------------------------------------- */

static void test_reload_pin(struct pair *pair, gconstpointer user_data)
{
    struct vc_card *card = &pair->card;
    uint8_t folded[8];
    char mac[9];
    load_card(card, "changsha");
    g_assert_cmphex(status_of(card, "00A4040009A00000000386980701"), ==, 0x9000);
    expect(card, "0020000003000000", "63C2");
    vc_fold(vc_card_key(card, VC_KEY_PIN_RELOAD), folded);
    hex_mac(folded, "654321", mac);
    g_autofree char *reload = g_strdup_printf("805E000007654321%s", mac);
    expect(card, "805E00000765432100000000", "6988");
    expect(card, reload, "9000");
    expect(card, "0020000003654321", "9000");
    expect(card, "805E0000056543210000", "6700");
}

/* APPEND RECORD: in front of a cyclic file's, behind a variable one's until that is full. */
static void test_append(struct pair *pair, gconstpointer user_data)
{
    struct vc_card *card = &pair->card;
    load_card(card, "t-union");
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    const uint8_t *key = vc_card_key(card, VC_KEY_MAINTENANCE);
    expect(card, "00E200D0022700", "6982");
    for (unsigned i = 0; i < 9; i++) {
        g_autofree char *bare = g_strdup_printf("04E200D0072701%02X", i);
        g_autofree char *command = with_mac_of(card, key, bare);
        expect(card, command, i < 8 ? "9000" : "6A84");
    }
    expect(card, "00B203D400", "2701029000");
    expect(card, "00B227D000", "2701009000"); /* the first with this tag */
    expect(card, "00B209D400", "6A83");
    g_autofree char *whole = g_strnfill(96, '3');
    g_autofree char *bare = g_strconcat("04E200F034", whole, NULL);
    g_autofree char *command = with_mac_of(card, key, bare);
    expect(card, command, "9000");
    g_autofree char *newest = ask(card, "00B201F430");
    g_assert_true(g_str_has_prefix(newest, "333333"));
    g_autofree char *older = ask(card, "00B202F430");
    g_assert_true(g_str_has_prefix(older, "0400003000"));
    expect(card, "04E200C00400000000", "6982"); /* the log is the card's own */
}

static void test_card_block(struct pair *pair, gconstpointer user_data)
{
    struct vc_card *card = &pair->card;
    load_card(card, "t-union");
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    g_autofree char *block =
        with_mac_of(card,
                    vc_card_key(card, VC_KEY_BLOCK) ? vc_card_key(card, VC_KEY_BLOCK)
                                                    : vc_card_key(card, VC_KEY_MAINTENANCE),
                    "8416000004");
    expect(card, block, "9000");
    expect(card, ADF_SELECT, "6A81");
    expect(card, "805C000204", "6985");
    vc_card_power(card);
    expect(card, "00A40000023F00", "6A81");
    expect(card, "FFCA000000", "9900A1019000");
}

/* What guards a file: external authentication, PIN, a MAC for reading. */
static void test_access(struct pair *pair, gconstpointer user_data)
{
    struct vc_card *card = &pair->card;
    uint8_t challenge[8], cryptogram[8];
    char hex[17];
    load_card(card, "ssse");
    card->transport.chaining = false;
    g_assert_cmphex(status_of(card, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"), ==, 0x9000);
    expect(card, "00A4000002EF07", "9000");
    expect(card, "00B2010400", "6982");
    expect(card, "0084000008", "A1B2C3D4E5F607189000");
    set_hex(challenge, 8, "A1B2C3D4E5F60718");
    g_assert_true(vc_des3_encrypt(vc_card_key(card, VC_KEY_EXTERNAL), challenge, cryptogram));
    g_autofree char *command = g_strdup_printf("0082000A08%s", vc_hex(cryptogram, 8, hex, sizeof(hex)));
    expect(card, command, "9000");
    g_assert_cmphex(status_of(card, "00B2010400"), ==, 0x9000);
    g_assert_cmphex(status_of(card, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"), ==, 0x9000);
    expect(card, "00A4000002EF07", "9000");
    expect(card, "00B2010400", "6982"); /* gone with the selection */
    card->profile.files[vc_profile_file(&card->profile, "ssse.ef05")].read = VC_WITH_PIN;
    expect(card, "00A4000002EF05", "9000");
    expect(card, "00B2020403", "6982");
    expect(card, "0020000003888888", "9000");
    expect(card, "00B2020403", "0201339000");

    load_card(card, "changsha");
    card->profile.files[vc_profile_file(&card->profile, "mf.ef05")].read = VC_WITH_MAC;
    expect(card, "00B0850002", "6982");
    g_autofree char *read = with_mac_of(card, vc_card_key(card, VC_KEY_MAINTENANCE), "04B0850004");
    g_autofree char *with_le = g_strconcat(read, "02", NULL);
    expect(card, with_le, "07319000");
    expect(card, with_le, "6984");
}

#define ADD(name, function)                                                                                  \
    g_test_add("/vcard/issuer/" name, struct pair, NULL, pair_setup, function, pair_teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("security-code", test_security_code);
    ADD("factors", test_factors);
    ADD("dates-and-operators", test_dates_and_operators);
    ADD("blocking-by-psam", test_blocking_by_psam);
    ADD("two-purses", test_two_purses);
    ADD("overdraft", test_overdraft);
    ADD("limit-and-unload", test_limit_and_unload);
    ADD("reload-pin", test_reload_pin);
    ADD("append", test_append);
    ADD("card-block", test_card_block);
    ADD("access", test_access);
    return g_test_run();
}
