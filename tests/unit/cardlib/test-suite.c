/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The suites against worked values: tutorials (V1, V2), a published test card (V3 to V5), our own chain (V6), and SM4 as far as
 * anything is known of it.
 */
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

/* A load's codes from its values: V3, and V1 with the types of both purses. */
static void test_load_codes(void)
{
    uint8_t session[8], key[16], code[4];
    struct cc_load load = {.type = 2, .amount_fen = 0x1C37};
    unhex("000001000050", load.terminal, 6);
    unhex("20140825", load.date_bcd, 4);
    unhex("103100", load.time_bcd, 3);
    load_session("374598B5C0B0EAE1E1D06609AC5BB369", "CDEF4F20", 0, session);
    g_assert_cmpint(cc_suite_load_mac1(session, &load, code), ==, CC_OK);
    assert_hex(code, 4, "06B1BEF5");
    g_assert_cmpint(cc_suite_load_mac2(session, &load, code), ==, CC_OK);
    assert_hex(code, 4, "0641DCD8");
    key_of("CAA6025290114BFCC3C9043F70F7A07A", key);
    g_assert_cmpint(cc_suite_load_tac(key, &load, code), ==, CC_OK);
    assert_hex(code, 4, "ED0F8755");
    load = (struct cc_load){.type = 1, .amount_fen = 0x1000};
    unhex("001122334455", load.terminal, 6);
    unhex("20111221", load.date_bcd, 4);
    unhex("214822", load.time_bcd, 3);
    load_session("11223344556677888877665544332211", "11223344", 0, session);
    g_assert_cmpint(cc_suite_load_mac1(session, &load, code), ==, CC_OK);
    assert_hex(code, 4, "2988AE5A");
    load.type = 2;
    g_assert_cmpint(cc_suite_load_mac2(session, &load, code), ==, CC_OK);
    assert_hex(code, 4, "FDD12AF1");
}

/* MAC1 of V4 from its values, with the security code and without. */
static void test_security_code(void)
{
    uint8_t session[8], code[4];
    struct cc_purchase purchase = {.type = 9, .amount_fen = 0x1C37, .terminal = {[5] = 1}};
    unhex("20110919", purchase.date_bcd, 4);
    unhex("204812", purchase.time_bcd, 3);
    purchase_session("A338D92A10C8285411E761445C831C22", "9AC87503", 0, 1, session);
    g_assert_cmpint(cc_suite_purchase_mac1(session, &purchase, code), ==, CC_OK);
    assert_hex(code, 4, "CD573164");
    purchase.has_security_code = true;
    unhex("8588D32B7688D32B76", purchase.security_code, 9);
    g_assert_cmpint(cc_suite_purchase_mac1(session, &purchase, code), ==, CC_OK);
    assert_hex(code, 4, "303D735D");
}

/* ---- Through the interface ---- */

/* The TAC key of V3 folds to 096F066DE0E6EB86, that of V6 to 5BC2C49CB3DD3603: single DES with it is the TAC. */
static void test_tac_key(void)
{
    uint8_t folded[8], data[32], code[4];
    unhex("096F066DE0E6EB86", folded, 8);
    size_t len = unhex("00001C37 0000 00001C37 02 000001000050 20140825103100", data, sizeof data);
    g_assert_cmpint(cc_suite_mac(folded, data, len, code), ==, CC_OK);
    assert_hex(code, 4, "ED0F8755");
    unhex("5BC2C49CB3DD3603", folded, 8);
    len = unhex("000000C8 06 012300033D11 00000102 20260115093045", data, sizeof data);
    g_assert_cmpint(cc_suite_mac(folded, data, len, code), ==, CC_OK);
    assert_hex(code, 4, "DE01C069");
}

static void test_suite_for(void)
{
    for (unsigned algorithm = 0; algorithm < 256; algorithm++)
        g_assert_true(cc_suite_for((uint8_t)algorithm) == (algorithm == 0 ? &cc_suite_3des : NULL));
    g_assert_true(cc_suite_3des.usable);
    g_assert_false(cc_suite_sm4.usable);
}

/* V6 once more, as somebody sees it who has only the interface. */
static void test_3des_interface(void)
{
    const struct cc_suite *suite = cc_suite_for(0);
    uint8_t key[16], x[8], input[8], session[16], data[32], iv[8], code[4];
    g_assert_cmpstr(suite->name, ==, "3des");
    g_assert_cmpuint(suite->session_len, ==, 8);
    g_assert_cmpuint(suite->block_len, ==, 8);
    key_of("000102030405060708090A0B0C0D0E0F", key);
    unhex("0000000012345678", x, 8);
    g_assert_cmpint(suite->diversify(key, x, key), ==, CC_OK);
    unhex("A1B2C3D4 0007 0102", input, 8);
    g_assert_cmpint(suite->session(key, input, session), ==, CC_OK);
    assert_hex(session, 8, "3A47DD08F2421E0B");
    size_t len = unhex("000000C8 09 012300033D11 20260115093045", data, sizeof data);
    g_assert_cmpint(suite->mac(session, data, len, code), ==, CC_OK);
    assert_hex(code, 4, "08C5DA89");
    key_of("23B180836365D52D7873441FD0B8E32E", key);
    len = unhex("000000C8 09 012300033D11 00000102 20260115093045", data, sizeof data);
    g_assert_cmpint(suite->tac(key, data, len, code), ==, CC_OK);
    assert_hex(code, 4, "30B243A4");
    key_of("A2F237922142D1605DDD33113E617823", key);
    unhex("DBCF515E00000000", iv, 8);
    len = unhex("8418000004", data, sizeof data);
    g_assert_cmpint(suite->sm_mac(key, iv, data, len, code), ==, CC_OK);
    assert_hex(code, 4, "2BDCFB5E");
}

/* ---- SM4 ---- */

/*
 * Made-up values that the openssl command line gives too: they hold our code against our reading of the drafts. No issuer's
 * vector is public.
 */
static void test_sm4_chain(void)
{
    uint8_t key[16], input[8], session[16], data[32], code[4];
    key_of("BB678E6D456BF37339B886F62925E710", key);
    unhex("A1B2C3D4 0007 0102", input, 8);
    g_assert_cmpint(cc_suite_sm4.session(key, input, session), ==, CC_OK);
    assert_hex(session, 16, "11E5D40ED712E906E73926CAC1F9CD1A");
    size_t len = unhex("000000C8 06 012300033D11 20260115093045", data, sizeof data);
    g_assert_cmpint(cc_suite_sm4.mac(session, data, len, code), ==, CC_OK);
    assert_hex(code, 4, "E308404E");
}

static void test_sm4(void)
{
    const struct cc_suite *suite = &cc_suite_sm4;
    uint8_t key[16], x[8], session[16], zeros[16] = {0}, iv[16], data[48], code[4], other[4];
    g_assert_cmpstr(suite->name, ==, "sm4");
    g_assert_cmpuint(suite->session_len, ==, 16);
    g_assert_cmpuint(suite->block_len, ==, 16);
    /* GM/T 0002: its plain text is of the form X, ~X, so diversification by its first half gives its cipher text. */
    key_of("0123456789ABCDEFFEDCBA9876543210", key);
    unhex("0123456789ABCDEF", x, 8);
    g_assert_cmpint(suite->diversify(key, x, key), ==, CC_OK);
    assert_hex(key, 16, "681EDF34D206965E86B3E94F536E4246");
    key_of("000102030405060708090A0B0C0D0E0F", key);
    unhex("0000000012345678", x, 8);
    g_assert_cmpint(suite->diversify(key, x, key), ==, CC_OK);
    assert_hex(key, 16, "BB678E6D456BF37339B886F62925E710");
    /* One block of a MAC is the cipher: 80 00… under zeros as initial value; and so is a session of the input 80 00…. */
    g_assert_cmpint(suite->mac(key, NULL, 0, code), ==, CC_OK);
    unhex("A1B2C3D4 0007 0102", data, 8);
    g_assert_cmpint(suite->session(key, data, session), ==, CC_OK);
    g_assert_cmpint(suite->mac(key, data, 8, other), ==, CC_OK);
    g_assert_cmpmem(session, 4, other, 4);
    /* The TAC takes the whole key, and secure messaging takes its initial value as a first block. */
    g_assert_cmpint(suite->tac(key, data, 8, code), ==, CC_OK);
    g_assert_cmpmem(code, 4, other, 4);
    g_assert_cmpint(suite->sm_mac(key, zeros, data, 8, code), ==, CC_OK);
    g_assert_cmpmem(code, 4, other, 4);
    memset(iv, 0x11, sizeof iv);
    g_assert_cmpint(suite->sm_mac(key, iv, data, 8, code), ==, CC_OK);
    g_assert_true(memcmp(code, other, 4) != 0);
    /* Padding is always there: sixteen bytes and the same with 80 00… behind them are not one message. */
    memset(data, 0xA5, 16);
    unhex("80000000000000000000000000000000", data + 16, 16);
    g_assert_cmpint(suite->mac(key, data, 16, code), ==, CC_OK);
    g_assert_cmpint(suite->mac(key, data, 32, other), ==, CC_OK);
    g_assert_true(memcmp(code, other, 4) != 0);
}

/* ---- Limits ---- */

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
    uint8_t key[16] = {0}, long_data[266] = {0}, mac[4] = {0};
    g_assert_cmpint(cc_suite_mac(key, long_data, 264, mac), ==, CC_OK); /* more than any command has */
    g_assert_cmpint(cc_suite_mac(key, long_data, 265, mac), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_suite_tac(key, long_data, SIZE_MAX, mac), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_suite_sm_mac(key, mac, long_data, 265, mac), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_suite_sm4.mac(key, long_data, 264, mac), ==, CC_OK);
    g_assert_cmpint(cc_suite_sm4.mac(key, long_data, 265, mac), ==, CC_ERR_ARGUMENT);
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
    g_test_add_func("/suite/load-codes", test_load_codes);
    g_test_add_func("/suite/security-code", test_security_code);
    g_test_add_func("/suite/tac-key", test_tac_key);
    g_test_add_func("/suite/suite-for", test_suite_for);
    g_test_add_func("/suite/3des-interface", test_3des_interface);
    g_test_add_func("/suite/sm4", test_sm4);
    g_test_add_func("/suite/sm4-chain", test_sm4_chain);
    g_test_add_func("/suite/diversify-levels", test_diversify_levels);
    g_test_add_func("/suite/serial-tail", test_serial_tail);
    g_test_add_func("/suite/limits", test_limits);
    return g_test_run();
}
