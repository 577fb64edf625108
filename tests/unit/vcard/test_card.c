/* SPDX-License-Identifier: Apache-2.0 */
/* Selection, files, PIN, secure messaging, blocking, and the T=0 habit. */
#include "crypto.h"
#include "support.h"

#include <string.h>

#define EF15_ADULT                                                                                           \
    "01019901FFFFFFFF020103109901000000001017202403012034022800"                                             \
    "00"

/* ---- Selection and files --------------------------------------------------------------------------------------- */

static void test_select(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, ADF_SELECT "00", "6F318408A000000632010105A5259F0801029F0C1E" EF15_ADULT "9000");
    expect(card, "00A40000021001", "6F318408A000000632010105A5259F0801029F0C1E" EF15_ADULT "9000");
    expect(card, "00A4040C08A000000632010105", "9000");
    expect(card, "00A4040008A000000632010106", "6A82");
    expect(card, "00A4040007A0000006320101", "6A82");
    expect(card, "00A4040108A000000632010105", "6A86");
    expect(card, "00A4080008A000000632010105", "6A86");
    expect(card, "00A40000023F00", "6F15840E315041592E5359532E4444463031A5038801019000");
    expect(card, "00A4040E0E315041592E5359532E4444463031", "6A86");
    expect(card, "00A404000E315041592E5359532E4444463031",
           "6F15840E315041592E5359532E4444463031A5038801019000");
    expect(card, "00A40000", "6F15840E315041592E5359532E4444463031A5038801019000");
    expect(card, "00A400000100", "6700");
}

static void test_mf_has_no_files(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    vc_card_power(card);
    expect(card, "00B095001E", "6A82");
    expect(card, "00A40000020015", "6A82");
    expect(card, "805C000204", "6985");
    expect(card, "0084000004", "A1B2C3D49000");
}

static void test_read_binary(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *holder = g_strconcat("0000C0EEBEB2B0B2", "0000000000000000000000000000",
                                          "393930313032313938353036313431303234",
                                          "0000000000000000000000000000", "00", "9000", NULL);
    expect(card, "00B095001E", EF15_ADULT "9000");
    expect(card, "00B0950000", EF15_ADULT "9000");
    expect(card, "00B0950A0A", "031099010000000010179000");
    expect(card, "00B0960037", holder);
    expect(card, "00B097000B", "00000156990099010001019000");
    expect(card, "00B0951E01", "6B00");
    expect(card, "00B095001F", "6C1E");
    expect(card, "00B0951C08", "6C02");
    expect(card, "00B0980017", "6981");
    expect(card, "00B09F0001", "6A82");
    expect(card, "00B0D50001", "6A86");
    expect(card, "00B09500", "6700");
}

static void test_selected_file(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "00B0000001", "6986");
    expect(card, "00A40000020017", "9000");
    expect(card, "00B000020A", "015699009901000101009000");
    expect(card, "00B0003C01", "6B00");
    expect(card, "00B2010400", "6981");
    expect(card, "00A4000002001E", "9000");
    g_assert_cmphex(status_of(card, "00B21E0430"), ==, 0x9000);
    expect(card, "00A40000020019", "6A82");
}

static void test_read_record(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "00B201C417", "6A83");
    expect(card, "00B200C417", "6A83");
    expect(card, "00B201AC00", "6981");
    expect(card, "00B201C517", "6A86");
    expect(card, "00B2010430", "6986");
    expect(card, "00B201F401", "6C30");
    g_assert_cmphex(status_of(card, "00B21EF430"), ==, 0x9000);
    expect(card, "00B21FF430", "6A83");
}

/* Every person of the community gets a card whose files can be read back. */
static void test_everybody(struct bench *bench, gconstpointer user_data)
{
    static const struct {
        const char *key, *city_and_class, *name;
    } rows[] = {
        {"adult", "99010001019000", "C0EEBEB2B0B2"},   {"elder", "99010001039000", "D5C5D0E3D3A2"},
        {"student", "99010001029000", "CDF5BAC6D3EE"}, {"staff", "99010001019000", "D6DCC3F40000"},
        {"lost", "99010001019000", "B3C2BDA8B9FA"},    {"expired", "99010001039000", "C1F5D3F1C0BC"},
        {"visitor", "10000001019000", "D5D4D2BBC3F9"}, {"pin", "99010001019000", "C5B7D1F4D6AA"},
        {"poor", "99010001019000", "D3DAD2BB0000"},    {"colleague", "99010001019000", "CEE2BAA3B7E5"},
    };
    g_assert_cmpuint(bench->community.count, ==, G_N_ELEMENTS(rows));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = g_strconcat(rows[i].name, "9000", NULL);
        bench_card(bench, rows[i].key);
        expect(&bench->card, "00B0970605", rows[i].city_and_class);
        expect(&bench->card, "00B0960206", name);
    }
    bench_card(bench, "staff");
    expect(&bench->card, "00B0960101", "019000");
    bench_card(bench, "expired");
    expect(&bench->card, "00B0951408", "20140101202312319000");
}

static void test_foreign_commands(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "00CA000000", "6D00");
    expect(card, "A0A40000023F00", "6E00");
    expect(card, "00B0", "6700");
    expect(card, "00B095", "6700");
    expect(card, "00A4040009A000000632010105", "6700");
    expect(card, "00A4040000", "6700");
    expect(card, "805C00020100", "6700");
    expect(card, "00C0000004", "6F00");
    expect(card, "805C000204", "000068E29000");
    expect(card, "805C010204", "000000009000");
    expect(card, "805C000104", "6A86");
    expect(card, "805C000203", "6C04");
}

/* ---- PIN ---------------------------------------------------------------------------------------------------------- */

static void test_pin_tries(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "0020000003123456", "9000");
    g_assert_cmpuint(bench->commits, ==, 0); /* nothing to write down */
    expect(card, "0020000003123457", "63C2");
    expect(card,
           "002000000212"
           "34",
           "63C1");
    expect(card, "0020000003123456", "9000");
    g_assert_cmpuint(card->state.pins[0].tries, ==, 3);
    expect(card, "0020000003000000", "63C2");
    expect(card, "0020000003000000", "63C1");
    expect(card, "0020000003000000", "63C0");
    expect(card, "0020000003123456", "6983");
    vc_card_power(card);
    expect(card, "00A40000021001", "6F318408A000000632010105A5259F0801029F0C1E" EF15_ADULT "9000");
    expect(card, "0020000003123456", "6983");
    expect(card, "0020000101", "6A88");
    expect(card,
           "0020000001"
           "12",
           "6700");
    expect(card, "002000000712345678901234", "6700");
}

/* Pulling the card between a wrong PIN and its answer does not buy another try. */
static void test_pin_try_is_durable(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card, "0020000003000000", "63C2");
    g_assert_cmpuint(bench->commits, ==, 1);
    bench->commit_says = VC_COMMIT_FAILED;
    expect(card, "0020000003000000", "6581");
    expect(card, "0020000003123456", "6581"); /* the tries could not be given back: not verified */
    g_assert_false(card->session.pin_verified);
    g_assert_cmpuint(card->state.pins[0].tries, ==, 2);
}

static void test_change_pin(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card,
           "805E010007"
           "123456FF654321",
           "9000");
    expect(card, "0020000003123456", "63C2");
    expect(card, "0020000003654321", "9000");
    expect(card,
           "805E010007"
           "111111FF222222",
           "63C2");
    expect(card,
           "805E010006"
           "654321112233",
           "6A80");
    expect(card,
           "805E010007"
           "654321FF22A222",
           "6A80");
    expect(card,
           "805E010005"
           "654321FF22",
           "6A80");
    expect(card,
           "805E010106"
           "654321FF2233",
           "6A88");
    expect(card,
           "805E010006"
           "654321FF2233",
           "9000");
    expect(card,
           "0020000002"
           "2233",
           "9000");
}

static void test_pin_for_purchase(struct bench *bench, gconstpointer user_data)
{
    bench_card(bench, "pin");
    expect(&bench->card, "805001020B01000000C89901000000010F", "6982");
    expect(&bench->card, "805003020B01000000C89901000000010F", "6982");
    expect(&bench->card, "0020000003246810", "9000");
    g_assert_cmphex(status_of(&bench->card, "805001020B01000000C89901000000010F"), ==, 0x9000);
    expect(&bench->card, "0020000003246811", "63C2");
    expect(&bench->card, "805001020B01000000C89901000000010F", "6982");
    expect(&bench->card, "0020000003246810", "9000");
    vc_card_power(&bench->card);
    expect(&bench->card, "00A4040C08A000000632010105", "9000");
    expect(&bench->card, "805001020B01000000C89901000000010F", "6982");
}

/* ---- Authentication and secure messaging ------------------------------------------------------------------------- */

static void test_challenge(struct bench *bench, gconstpointer user_data)
{
    expect(&bench->card, "0084000004", "A1B2C3D49000");
    expect(&bench->card, "0084000008", "A1B2C3D4E5F607189000");
    expect(&bench->card, "0084000000", "A1B2C3D4E5F607189000");
    expect(&bench->card, "0084000005", "6C08");
    expect(&bench->card, "00840000", "6700");
    expect(&bench->card, "0084010004", "6A86");
}

static void test_authentication(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    memset(vc_card_key(card, VC_KEY_EXTERNAL), 0xFF, 16);
    set_hex(bench->random, 4, "DCE8F511");
    expect(card, "0082000008CB1693339A342336", "6984");
    expect(card, "0084000004", "DCE8F5119000");
    expect(card, "0082000008CB1693339A342336", "9000");
    g_assert_true(card->session.authenticated);
    expect(card, "0082000008CB1693339A342336", "6984");
    expect(card, "0084000004", "DCE8F5119000");
    expect(card, "0082000008CB1693339A342337", "6300");
    g_assert_false(card->session.authenticated);
    expect(card, "0088000008DCE8F5110000000008", "CB1693339A3423369000");
    expect(card, "0088000004DCE8F511", "6700");
    expect(card, "0082000108CB1693339A342336", "6A88");
}

/* The published block and unblock commands of a real card, byte for byte. */
static void test_block_real_card(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    set_hex(vc_card_key(card, VC_KEY_MAINTENANCE), 16, "6474215EF549707831BB8DB9895FD48A");
    set_hex(bench->random, 4, "1EA2B2E6");
    expect(card, "841E000004A86CC6A8", "6984");
    expect(card, "0084000004", "1EA2B2E69000");
    expect(card, "841E000004A86CC6A9", "6988");
    expect(card, "0084000004", "1EA2B2E69000");
    expect(card, "841E000004A86CC6A8", "9000");
    expect(card, ADF_SELECT, "6F318408A000000632010105A5259F0801029F0C1E" EF15_ADULT "6A81");
    expect(card, "805001020B01000000C89901000000010F", "6985");
    expect(card, "805C000204", "000068E29000");
    g_assert_cmphex(status_of(card, "00B095001E"), ==, 0x9000);
    set_hex(vc_card_key(card, VC_KEY_MAINTENANCE), 16, "A2F237922142D1605DDD33113E617823");
    set_hex(bench->random, 4, "DBCF515E");
    expect(card, "0084000004", "DBCF515E9000");
    expect(card, "84180000042BDCFB5E", "9000");
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    expect(card, "84180000042BDCFB5E", "6985");
}

/* header and data with the maintenance MAC behind them */
static char *with_mac(struct bench *bench, const char *header_and_data)
{
    uint8_t bytes[300], iv[8] = {0}, mac[4];
    char hex[9];
    size_t len = 0;
    memcpy(iv, bench->random, 4);
    g_assert_true(vc_unhex(header_and_data, bytes, sizeof(bytes), &len));
    g_assert_true(vc_retail_mac(vc_card_key(&bench->card, VC_KEY_MAINTENANCE), iv, bytes, len, mac));
    g_assert_cmphex(status_of(&bench->card, "0084000004"), ==, 0x9000);
    return g_strconcat(header_and_data, vc_hex(mac, 4, hex, sizeof(hex)), NULL);
}

static void expect_with_mac(struct bench *bench, const char *header_and_data, const char *answer)
{
    g_autofree char *command = with_mac(bench, header_and_data);
    expect(&bench->card, command, answer);
}

static void test_block_for_ever(struct bench *bench, gconstpointer user_data)
{
    expect_with_mac(bench, "841E000104", "9000");
    expect(&bench->card, "805C000204", "9303");
    expect(&bench->card, ADF_SELECT, "9303");
    expect_with_mac(bench, "8418000004", "9303");
}

static void test_update_binary(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect_with_mac(bench,
                    "04D6971804"
                    "",
                    "6700");
    expect_with_mac(bench,
                    "04D6971806"
                    "CAFE",
                    "9000");
    expect(card, "00B0971702", "00CA9000");
    expect(card, "00B0971802", "CAFE9000");
    g_assert_cmpuint(bench->commits, ==, 1);
    expect_with_mac(bench,
                    "04D6973B06"
                    "CAFE",
                    "6B00");
    expect_with_mac(bench,
                    "04D6973C05"
                    "CA",
                    "6B00");
    expect_with_mac(bench,
                    "04D6980005"
                    "CA",
                    "6981");
    expect_with_mac(bench,
                    "04D6990005"
                    "CA",
                    "6A82");
    expect(card, "04D69718050000000000", "6988"); /* a refused file does not use the challenge up */
    g_assert_cmpuint(bench->commits, ==, 1);
    expect(card,
           "00D6971802"
           "BEEF",
           "6982");
}

static void test_update_checks_mac(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    expect(card,
           "04D697180500"
           "00000000",
           "6984");
    expect(card, "0084000004", "A1B2C3D49000");
    expect(card,
           "04D697180500"
           "00000000",
           "6988");
    expect(card, "0084000004", "A1B2C3D49000");
    expect(card,
           "04D6971803"
           "000000",
           "6987");
    g_autofree char *command = with_mac(bench, "04D6971806"
                                               "CAFE");
    expect(card, command, "9000");
    expect(card, command, "6984"); /* a recorded command cannot be played again */
}

static void test_update_record(struct bench *bench, gconstpointer user_data)
{
    g_autofree char *zeros = g_strnfill(92, '0');
    g_autofree char *whole = g_strconcat("04DC02F434", "AA55", zeros, NULL);
    g_autofree char *record = g_strconcat("AA55", zeros, "9000", NULL);
    expect_with_mac(bench, whole, "9000");
    expect(&bench->card, "00B202F430", record);
    expect_with_mac(bench,
                    "04DC02F406"
                    "AA55",
                    "6700");
    expect(&bench->card,
           "04DC1FF40500"
           "00000000",
           "6A83");
    expect(&bench->card,
           "04DC01C40500"
           "00000000",
           "6982");
    expect(&bench->card,
           "04DC01AC0500"
           "00000000",
           "6981");
}

static void test_unblock_pin(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    uint8_t plain[8] = {0x03, 0x11, 0x22, 0x33, 0x80}, bytes[17] = {0x84, 0x24, 0x00, 0x01, 0x0C},
            iv[8] = {0};
    char hex[35];
    card->state.pins[0].tries = 0;
    g_assert_true(vc_des3_encrypt(vc_card_key(card, VC_KEY_PIN_UNBLOCK), plain, bytes + 5));
    memcpy(iv, bench->random, 4);
    g_assert_true(vc_retail_mac(vc_card_key(card, VC_KEY_PIN_UNBLOCK), iv, bytes, 13, bytes + 13));
    expect(card, "0020000003112233", "6983");
    expect(card, "0084000004", "A1B2C3D49000");
    expect(card, vc_hex(bytes, sizeof(bytes), hex, sizeof(hex)), "9000");
    expect(card, "0020000003112233", "9000");
    expect(card, hex, "6984");
}

/* ---- T=0 ------------------------------------------------------------------------------------------------------------ */

static void test_chaining(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    card->transport.chaining = true;
    expect(card, ADF_SELECT, "6133");
    expect(card, "00C0000034", "6C33");
    expect(card, "00C0000004", "6F318408612F");
    expect(card, "00C000002F", "A000000632010105A5259F0801029F0C1E" EF15_ADULT "9000");
    expect(card, "00C0000001", "6F00");
    expect(card, "805C000200", "6C04");
    expect(card, "805C000204", "6104");
    expect(card, "00C0000004", "000068E29000");
    expect(card, "00B0950000", "6C1E");
    expect(card, "00B096000A", "610A");
    expect(card, "805C000204", "6104"); /* another command instead: the kept bytes are gone */
    expect(card, "00C0000004", "000068E29000");
    expect(card, "00B201C417", "6A83");
}

/* GET RESPONSE belongs to the command before it and does not drop a transaction. */
static void test_chaining_purchase(struct bench *bench, gconstpointer user_data)
{
    struct vc_card *card = &bench->card;
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    card->transport.chaining = true;
    expect(card, "805001020B01000000C8990100000001", "610F");
    expect(card, "00C000000F",
           "000068E2"
           "0007"
           "000000"
           "01"
           "00"
           "A1B2C3D4"
           "9000");
    expect(card, debit, "6108");
    g_assert_cmpuint(card->state.balance_fen, ==, 26650);
    g_assert_cmphex(status_of(card, "00C0000008"), ==, 0x9000);
}

/* ---- Anything at all --------------------------------------------------------------------------------------------------- */

static size_t random_command(uint8_t command[300])
{
    static const uint8_t classes[] = {0x00, 0x04, 0x80, 0x84};
    static const uint8_t instructions[] = {0xA4, 0xB0, 0xB2, 0x5C, 0x50, 0x52, 0xDC, 0x54,
                                           0x5A, 0x84, 0x82, 0x88, 0x20, 0x5E, 0x24, 0xD6,
                                           0x1E, 0x18, 0xC0, 0x70, 0x72, 0x1A, 0xFA};
    size_t len = (size_t)g_test_rand_int_range(0, 10) ? (size_t)g_test_rand_int_range(4, 64)
                                                      : (size_t)g_test_rand_int_range(0, 300);
    for (size_t i = 0; i < len; i++)
        command[i] = (uint8_t)g_test_rand_int_range(0, 256);
    if (len < 5)
        return len;
    command[0] = classes[g_test_rand_int_range(0, G_N_ELEMENTS(classes))];
    command[1] = instructions[g_test_rand_int_range(0, G_N_ELEMENTS(instructions))];
    if (g_test_rand_int_range(0, 2)) {
        command[2] &= 0x81;
        command[3] &= 0x1F;
    }
    if (g_test_rand_int_range(0, 4))
        command[4] = (uint8_t)(len - 5);
    return len;
}

/* Whatever comes in, a whole answer goes out, and nobody without the keys moves money or spends a counter. */
static void test_random_commands(struct bench *bench, gconstpointer user_data)
{
    uint8_t command[300], answer[258];
    struct vc_card *card = &bench->card;
    for (unsigned i = 0; i < 50000; i++) {
        size_t len = random_command(command), answer_len = 0;
        if (i % 50 == 0)
            g_assert_cmphex(status_of(card, ADF_SELECT) & 0xF000, ==,
                            card->transport.chaining ? 0x6000 : 0x9000);
        card->transport.chaining = i % 1000 >= 500;
        g_assert_cmpint(vc_card_transmit(card, command, len, answer, sizeof(answer), &answer_len), ==,
                        VC_ANSWERED);
        g_assert_cmpuint(answer_len, >=, 2);
        g_assert_cmpint(vc_sam_transmit(&bench->sam, command, len, answer, sizeof(answer), &answer_len), ==,
                        VC_ANSWERED);
        g_assert_cmpuint(answer_len, >=, 2);
    }
    g_assert_cmpuint(card->state.balance_fen, ==, 26850);
    g_assert_cmpuint(card->state.offline_counter, ==, 7);
    g_assert_cmpuint(card->state.online_counter, ==, 3);
    g_assert_cmpuint(card->state.counts[FILE_LOG], ==, 0);
    g_assert_cmpint(card->state.blocks[1], ==, VC_NOT_BLOCKED);
}

#define ADD(name, function)                                                                                  \
    g_test_add("/vcard/card/" name, struct bench, NULL, bench_setup, function, bench_teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("select", test_select);
    ADD("mf-has-no-files", test_mf_has_no_files);
    ADD("read-binary", test_read_binary);
    ADD("selected-file", test_selected_file);
    ADD("read-record", test_read_record);
    ADD("everybody", test_everybody);
    ADD("foreign-commands", test_foreign_commands);
    ADD("pin-tries", test_pin_tries);
    ADD("pin-try-is-durable", test_pin_try_is_durable);
    ADD("change-pin", test_change_pin);
    ADD("pin-for-purchase", test_pin_for_purchase);
    ADD("challenge", test_challenge);
    ADD("authentication", test_authentication);
    ADD("block-real-card", test_block_real_card);
    ADD("block-for-ever", test_block_for_ever);
    ADD("update-binary", test_update_binary);
    ADD("update-checks-mac", test_update_checks_mac);
    ADD("update-record", test_update_record);
    ADD("unblock-pin", test_unblock_pin);
    ADD("random-commands", test_random_commands);
    ADD("chaining", test_chaining);
    ADD("chaining-purchase", test_chaining_purchase);
    return g_test_run();
}
