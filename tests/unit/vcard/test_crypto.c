/* SPDX-License-Identifier: Apache-2.0 */
/* The card's arithmetic against public traces: a real card's load and compound purchase, tutorials, card scripts. */
#include "crypto.h"
#include "support.h"

#include <string.h>

static void check_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    char hex[65];
    g_assert_cmpstr(vc_hex(bytes, len, hex, sizeof(hex)), ==, expected);
}

static void check_mac(const char *key_hex, const char *data_hex, const char *expected)
{
    uint8_t key[8], data[64], mac[4];
    size_t len = 0;
    set_hex(key, 8, key_hex);
    g_assert_true(vc_unhex(data_hex, data, sizeof(data), &len));
    g_assert_true(vc_mac(key, data, len, mac));
    check_hex(mac, 4, expected);
}

static void check_session(const char *key_hex, const char *random_hex, uint16_t serial, const char *tail_hex,
                          const char *expected)
{
    uint8_t key[16], random[4], tail[2], session[8];
    set_hex(key, 16, key_hex);
    set_hex(random, 4, random_hex);
    set_hex(tail, 2, tail_hex);
    g_assert_true(vc_session_key(key, random, serial, tail, session));
    check_hex(session, 8, expected);
}

static void check_tac(const char *key_hex, const char *data_hex, const char *expected)
{
    uint8_t key[16], data[64], tac[4];
    size_t len = 0;
    set_hex(key, 16, key_hex);
    g_assert_true(vc_unhex(data_hex, data, sizeof(data), &len));
    g_assert_true(vc_tac(key, data, len, tac));
    check_hex(tac, 4, expected);
}

static void test_diversify(void)
{
    uint8_t key[16], x[8], issuer[8];
    struct vc_keys masters = {.purchase = {0}}, keys;
    set_hex(masters.purchase, 16, "000102030405060708090A0B0C0D0E0F");
    set_hex(x, 8, "0000000012345678");
    g_assert_true(vc_diversify(masters.purchase, x, key));
    check_hex(key, 16, "F49DF0B2C6B8E32380D1DF8615654A39");
    set_hex(issuer, 8, "B1B1BEA9B1B1BEA9");
    g_assert_true(vc_card_keys(&masters, issuer, x, &keys));
    check_hex(keys.purchase, 16, "953104599989AB132EE390E04DEE2B88");
}

static void test_load_tutorial(void)
{
    check_session("11223344556677888877665544332211", "11223344", 0, "8000", "9B1D924E05595603");
    check_mac("9B1D924E05595603", "000000000000100001001122334455", "2988AE5A");
    check_mac("9B1D924E05595603",
              "0000100001"
              "001122334455"
              "20111221214822",
              "3A845BF0");
}

static void test_purchase_tutorial(void)
{
    check_session("11223344556677888877665544332211", "11223344", 0, "0001", "003238ABC57659DD");
    check_mac("003238ABC57659DD",
              "0000100006"
              "001122334455"
              "20120229135100",
              "F15CAB75");
    check_mac("003238ABC57659DD", "00001000", "56988A13");
    check_tac("00112233445566778899AABBCCDDEEFF",
              "0000100006"
              "001122334455"
              "00000001"
              "20120229135100",
              "B3A0D49C");
}

static void test_load_real_card(void)
{
    check_session("374598B5C0B0EAE1E1D06609AC5BB369", "CDEF4F20", 0, "8000", "3C05F429713D0188");
    check_mac("3C05F429713D0188",
              "00000000"
              "00001C37"
              "02"
              "000001000050",
              "06B1BEF5");
    check_mac("3C05F429713D0188",
              "00001C37"
              "02"
              "000001000050"
              "20140825103100",
              "0641DCD8");
    check_tac("CAA6025290114BFCC3C9043F70F7A07A",
              "00001C37"
              "0000"
              "00001C37"
              "02"
              "000001000050"
              "20140825103100",
              "ED0F8755");
}

static void test_compound_real_card(void)
{
    check_session("A338D92A10C8285411E761445C831C22", "9AC87503", 0, "0001", "45B5E6403E9995A8");
    check_mac("45B5E6403E9995A8",
              "00001C37"
              "09"
              "000000000001"
              "20110919204812"
              "8588D32B7688D32B76",
              "303D735D");
    check_mac("45B5E6403E9995A8",
              "00001C37"
              "09"
              "000000000001"
              "20110919204812",
              "CD573164");
    check_mac("45B5E6403E9995A8", "00001C37", "350AC480");
    check_tac("CAA6025290114BFCC3C9043F70F7A07A",
              "00001C37"
              "09"
              "000000000001"
              "00000001"
              "20110919204812",
              "44A8E04A");
}

static void test_secure_messaging(void)
{
    static const struct {
        const char *command, *challenge, *key, *mac;
    } rows[] = {
        {"841E000004", "1EA2B2E6", "6474215EF549707831BB8DB9895FD48A", "A86CC6A8"},
        {"8418000004", "DBCF515E", "A2F237922142D1605DDD33113E617823", "2BDCFB5E"},
        {"04D685002C07314100000000004100000089999985020020150605000F00000001000120150605203808080000",
         "1B534732", "F28E92292DCB63F11EA7F5776A7122B8", "C853F358"},
        {"84D439001C7B9864710732C21C8BB314B67CC4B6C352C518AA7305D7FF", "19393A92",
         "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "6B72FE30"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t key[16], iv[8] = {0}, data[64], mac[4];
        size_t len = 0;
        set_hex(key, 16, rows[i].key);
        set_hex(iv, 4, rows[i].challenge);
        g_assert_true(vc_unhex(rows[i].command, data, sizeof(data), &len));
        g_assert_true(vc_retail_mac(key, iv, data, len, mac));
        check_hex(mac, 4, rows[i].mac);
    }
}

static void test_full_chain(void)
{
    uint8_t tac_key[16], folded[8];
    check_session("F49DF0B2C6B8E32380D1DF8615654A39", "A1B2C3D4", 7, "0102", "3A47DD08F2421E0B");
    check_mac("3A47DD08F2421E0B", "000000C8", "9B91B2CC");
    check_mac("3A47DD08F2421E0B",
              "000000C806"
              "012300033D11"
              "20260115093045",
              "E551702B");
    check_mac("3A47DD08F2421E0B",
              "000000C809"
              "012300033D11"
              "20260115093045",
              "08C5DA89");
    set_hex(tac_key, 16, "23B180836365D52D7873441FD0B8E32E");
    vc_fold(tac_key, folded);
    check_hex(folded, 8, "5BC2C49CB3DD3603");
    check_tac("23B180836365D52D7873441FD0B8E32E",
              "000000C806"
              "012300033D11"
              "00000102"
              "20260115093045",
              "DE01C069");
    check_tac("23B180836365D52D7873441FD0B8E32E",
              "000000C809"
              "012300033D11"
              "00000102"
              "20260115093045",
              "30B243A4");
}

/* The cryptogram of an external authentication with the transport key. */
static void test_external(void)
{
    uint8_t key[16], challenge[8] = {0}, out[8], back[8];
    memset(key, 0xFF, sizeof(key));
    set_hex(challenge, 4, "DCE8F511");
    g_assert_true(vc_des3_encrypt(key, challenge, out));
    check_hex(out, 8, "CB1693339A342336");
    g_assert_true(vc_des3_decrypt(key, out, back));
    g_assert_cmpmem(back, 8, challenge, 8);
}

static void test_limits(void)
{
    uint8_t key[16] = {0}, long_data[600] = {0}, mac[4];
    g_assert_false(vc_mac(key, long_data, sizeof(long_data), mac));
    g_assert_false(vc_mac_padded(key, key, long_data, 12, mac));
    g_assert_false(vc_mac_padded(key, key, long_data, 0, mac));
    g_assert_false(vc_retail_mac_padded(key, key, long_data, 7, mac));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vcard/crypto/diversify", test_diversify);
    g_test_add_func("/vcard/crypto/v1-load-tutorial", test_load_tutorial);
    g_test_add_func("/vcard/crypto/v2-purchase-tutorial", test_purchase_tutorial);
    g_test_add_func("/vcard/crypto/v3-load-real-card", test_load_real_card);
    g_test_add_func("/vcard/crypto/v4-compound-real-card", test_compound_real_card);
    g_test_add_func("/vcard/crypto/v5-secure-messaging", test_secure_messaging);
    g_test_add_func("/vcard/crypto/v6-full-chain", test_full_chain);
    g_test_add_func("/vcard/crypto/external", test_external);
    g_test_add_func("/vcard/crypto/limits", test_limits);
    return g_test_run();
}
