/* SPDX-License-Identifier: Apache-2.0 */
/* The 3DES suite against worked values: tutorials (V1, V2), a published test card (V3 to V5), our own chain (V6). */
#include "citycard.h"
#include "script.h"

#include <string.h>

static void key_of(const char *hex, uint8_t key[16])
{
    g_assert_cmpuint(unhex(hex, key, 16), ==, 16);
}

static void check_mac(const uint8_t session[8], const char *data, const char *expected)
{
    uint8_t bytes[128], mac[4];
    size_t len = unhex(data, bytes, sizeof bytes);
    g_assert_cmpint(cc_suite_mac(session, bytes, len, mac), ==, CC_OK);
    assert_hex(mac, 4, expected);
}

static void check_tac(const char *key_text, const char *data, const char *expected)
{
    uint8_t key[16], bytes[128], tac[4];
    key_of(key_text, key);
    size_t len = unhex(data, bytes, sizeof bytes);
    g_assert_cmpint(cc_suite_tac(key, bytes, len, tac), ==, CC_OK);
    assert_hex(tac, 4, expected);
}

static void load_session(const char *key_text, const char *random_text, uint16_t counter, uint8_t session[8])
{
    uint8_t key[16], random[4];
    key_of(key_text, key);
    unhex(random_text, random, 4);
    g_assert_cmpint(cc_suite_load_session(key, random, counter, session), ==, CC_OK);
}

static void purchase_session(const char *key_text, const char *random_text, uint16_t counter, uint32_t serial,
                             uint8_t session[8])
{
    uint8_t key[16], random[4];
    key_of(key_text, key);
    unhex(random_text, random, 4);
    g_assert_cmpint(cc_suite_purchase_session(key, random, counter, serial, session), ==, CC_OK);
}

static void test_v1_load(void)
{
    uint8_t session[8];
    load_session("11223344556677888877665544332211", "11223344", 0, session);
    assert_hex(session, 8, "9B1D924E05595603");
    check_mac(session, "00000000 00001000 01 001122334455", "2988AE5A");
    check_mac(session, "00001000 01 001122334455 20111221214822", "3A845BF0");
    check_mac(session, "00000000 00001000 02 001122334455", "A5638AA0"); /* type 02, as EP has it */
    check_mac(session, "00001000 02 001122334455 20111221214822", "FDD12AF1");
}

static void test_v2_purchase(void)
{
    uint8_t session[8];
    purchase_session("11223344556677888877665544332211", "11223344", 0, 1, session);
    assert_hex(session, 8, "003238ABC57659DD");
    check_mac(session, "00001000 06 001122334455 20120229135100", "F15CAB75");
    check_mac(session, "00001000", "56988A13");
    check_tac("00112233445566778899AABBCCDDEEFF", "00001000 06 001122334455 00000001 20120229135100",
              "B3A0D49C");
}

static void test_v3_real_load(void)
{
    uint8_t session[8];
    load_session("374598B5C0B0EAE1E1D06609AC5BB369", "CDEF4F20", 0, session);
    assert_hex(session, 8, "3C05F429713D0188");
    check_mac(session, "00000000 00001C37 02 000001000050", "06B1BEF5");
    check_mac(session, "00001C37 02 000001000050 20140825103100", "0641DCD8");
    check_tac("CAA6025290114BFCC3C9043F70F7A07A", "00001C37 0000 00001C37 02 000001000050 20140825103100",
              "ED0F8755");
}

static void test_v4_compound(void)
{
    uint8_t session[8];
    purchase_session("A338D92A10C8285411E761445C831C22", "9AC87503", 0, 1, session);
    assert_hex(session, 8, "45B5E6403E9995A8");
    check_mac(session, "00001C37 09 000000000001 20110919204812 8588D32B7688D32B76", "303D735D");
    check_mac(session, "00001C37 09 000000000001 20110919204812", "CD573164");
    check_mac(session, "00001C37", "350AC480");
    check_tac("CAA6025290114BFCC3C9043F70F7A07A", "00001C37 09 000000000001 00000001 20110919204812",
              "44A8E04A");
}

static void check_sm(const char *key_text, const char *challenge_text, const char *data, const char *expected)
{
    uint8_t key[16], challenge[4], bytes[64], mac[4];
    key_of(key_text, key);
    unhex(challenge_text, challenge, 4);
    size_t len = unhex(data, bytes, sizeof bytes);
    g_assert_cmpint(cc_suite_sm_mac(key, challenge, bytes, len, mac), ==, CC_OK);
    assert_hex(mac, 4, expected);
}

static void test_v5_secure_messaging(void)
{
    check_sm("6474215EF549707831BB8DB9895FD48A", "1EA2B2E6", "841E000004", "A86CC6A8");
    check_sm("A2F237922142D1605DDD33113E617823", "DBCF515E", "8418000004", "2BDCFB5E");
    check_sm("F28E92292DCB63F11EA7F5776A7122B8", "1B534732",
             "04D685002C 07314100000000004100000089999985020020150605000F00000001000120150605203808080000",
             "C853F358");
    check_sm("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "19393A92",
             "84D439001C 7B9864710732C21C8BB314B67CC4B6C352C518AA7305D7FF", "6B72FE30");
}

static void test_v6_chain(void)
{
    uint8_t dpk[16], dtk[16], x[8], session[8], random[4], tac[4];
    unhex("0000000012345678", x, 8);
    key_of("000102030405060708090A0B0C0D0E0F", dpk);
    g_assert_cmpint(cc_suite_diversify(dpk, x, dpk), ==, CC_OK); /* in place, as level after level is done */
    assert_hex(dpk, 16, "F49DF0B2C6B8E32380D1DF8615654A39");
    key_of("F0E0D0C0B0A090807060504030201000", dtk);
    g_assert_cmpint(cc_suite_diversify(dtk, x, dtk), ==, CC_OK);
    assert_hex(dtk, 16, "23B180836365D52D7873441FD0B8E32E");
    unhex("A1B2C3D4", random, 4);
    g_assert_cmpint(cc_suite_purchase_session(dpk, random, 7, 0x102, session), ==, CC_OK);
    assert_hex(session, 8, "3A47DD08F2421E0B");
    check_mac(session, "000000C8", "9B91B2CC");
    check_mac(session, "000000C8 06 012300033D11 20260115093045", "E551702B");
    check_mac(session, "000000C8 09 012300033D11 20260115093045", "08C5DA89");
    struct cc_purchase purchase = {.terminal = {0x01, 0x23, 0x00, 0x03, 0x3D, 0x11},
                                   .terminal_serial = 0x102,
                                   .amount_fen = 200,
                                   .type = 6,
                                   .date_bcd = {0x20, 0x26, 0x01, 0x15},
                                   .time_bcd = {0x09, 0x30, 0x45}};
    g_assert_cmpint(cc_suite_purchase_tac(dtk, &purchase, tac), ==, CC_OK);
    assert_hex(tac, 4, "DE01C069");
    purchase.type = 9;
    g_assert_cmpint(cc_suite_purchase_tac(dtk, &purchase, tac), ==, CC_OK);
    assert_hex(tac, 4, "30B243A4");
}

static void test_diversify_levels(void)
{
    uint8_t key[16], region[8], x[8];
    key_of("000102030405060708090A0B0C0D0E0F", key);
    unhex("B1B1BEA9B1B1BEA9", region, 8);
    unhex("0000000012345678", x, 8);
    g_assert_cmpint(cc_suite_diversify(key, region, key), ==, CC_OK);
    g_assert_cmpint(cc_suite_diversify(key, x, key), ==, CC_OK);
    assert_hex(key, 16, "953104599989AB132EE390E04DEE2B88");
}

/* Only the rightmost two bytes of the terminal serial enter the session key. */
static void test_serial_tail(void)
{
    uint8_t a[8], b[8];
    purchase_session("11223344556677888877665544332211", "11223344", 0, 0x00000001, a);
    purchase_session("11223344556677888877665544332211", "11223344", 0, 0xABCD0001, b);
    g_assert_cmpmem(a, 8, b, 8);
}

static void test_limits(void)
{
    uint8_t key[16] = {0}, long_data[256] = {0}, mac[4];
    g_assert_cmpint(cc_suite_mac(key, long_data, 255, mac), ==, CC_OK);
    g_assert_cmpint(cc_suite_mac(key, long_data, 256, mac), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_suite_tac(key, long_data, SIZE_MAX, mac), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_suite_sm_mac(key, mac, long_data, 256, mac), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_suite_mac(key, NULL, 0, mac), ==,
                    CC_OK); /* the padding alone: NIST's variable plaintext vector 1 */
    assert_hex(mac, 4, "95F8A5E5");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/suite/v1-load", test_v1_load);
    g_test_add_func("/suite/v2-purchase", test_v2_purchase);
    g_test_add_func("/suite/v3-real-load", test_v3_real_load);
    g_test_add_func("/suite/v4-compound", test_v4_compound);
    g_test_add_func("/suite/v5-secure-messaging", test_v5_secure_messaging);
    g_test_add_func("/suite/v6-chain", test_v6_chain);
    g_test_add_func("/suite/diversify-levels", test_diversify_levels);
    g_test_add_func("/suite/serial-tail", test_serial_tail);
    g_test_add_func("/suite/limits", test_limits);
    return g_test_run();
}
