/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's commands against scripts. Three of a published test card (V5), with its challenges and keys; the rest from the
 * openssl command line.
 */
#include "citycard.h"
#include "script.h"

#include <string.h>

#define CHALLENGE "0084000004"

typedef int (*operation)(struct cc_port *port, const struct cc_signer *signer);

static int run(operation operate, const char *key_text, const struct exchange *steps)
{
    struct script script;
    struct cc_port port;
    struct cc_signer signer;
    uint8_t key[16];
    unhex(key_text, key, sizeof key);
    cc_signer_of_key(&signer, key);
    script_init(&script, steps);
    script_port(&script, &port);
    int result = operate(&port, &signer);
    script_done(&script);
    return result;
}

static int block(struct cc_port *port, const struct cc_signer *signer)
{
    return cc_application_block(port, false, signer);
}

static int block_for_ever(struct cc_port *port, const struct cc_signer *signer)
{
    return cc_application_block(port, true, signer);
}

static int unblock(struct cc_port *port, const struct cc_signer *signer)
{
    return cc_application_unblock(port, signer);
}

static int update(struct cc_port *port, const struct cc_signer *signer)
{
    uint8_t data[40];
    size_t len = unhex("07314100000000004100000089999985020020150605000F00000001000120150605203808080000", data,
                       sizeof data);
    return cc_file_update(port, 0x05, 0, data, len, signer);
}

#define BLOCK_KEY "6474215EF549707831BB8DB9895FD48A"

static void test_v5(void)
{
    static const struct exchange blocking[] = {
        {CHALLENGE, "1EA2B2E6 9000"}, {"841E000004 A86CC6A8", "9000"}, {0}};
    static const struct exchange unblocking[] = {
        {CHALLENGE, "DBCF515E 9000"}, {"8418000004 2BDCFB5E", "9000"}, {0}};
    static const struct exchange updating[] = {
        {CHALLENGE, "1B534732 9000"},
        {"04D685002C 07314100000000004100000089999985020020150605000F00000001000120150605203808080000 C853F358", "9000"},
        {0}};
    static const struct exchange for_ever[] = {{CHALLENGE, "1EA2B2E6 9000"}, {"841E000104*", "9000"}, {0}};
    g_assert_cmpint(run(block, BLOCK_KEY, blocking), ==, CC_OK);
    g_assert_cmpint(run(unblock, "A2F237922142D1605DDD33113E617823", unblocking), ==, CC_OK);
    g_assert_cmpint(run(update, "F28E92292DCB63F11EA7F5776A7122B8", updating), ==, CC_OK);
    g_assert_cmpint(run(block_for_ever, BLOCK_KEY, for_ever), ==, CC_OK);
}

/* Once, whatever the card says: a code that was wrong is wrong again. */
static void test_answers(void)
{
    static const struct {
        const char *answer;
        int expected;
    } rows[] = {{"9302", CC_ERR_MAC},     {"6988", CC_ERR_MAC},         {"63C2", CC_ERR_MAC},   {"6300", CC_ERR_MAC},
                {"63C0", CC_PIN_BLOCKED}, {"6984", CC_ERR_REFUSED},     {"6985", CC_ERR_REFUSED},
                {"6982", CC_PIN_NEEDED},  {"6A82", CC_NOT_FOUND},       {"6D00", CC_ERR_UNSUPPORTED},
                {"6700", CC_ERR_REFUSED}, {"6C00", CC_ERR_REFUSED},     {"9303", CC_CARD_BLOCKED},
                {"lost", CC_ERR_REMOVED}, {"empty", CC_ERR_REMOVED}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange steps[] = {
            {CHALLENGE, "1EA2B2E6 9000"}, {"841E000004 A86CC6A8", rows[i].answer}, {0}};
        g_assert_cmpint(run(block, BLOCK_KEY, steps), ==, rows[i].expected);
    }
}

static int record(struct cc_port *port, const struct cc_signer *signer)
{
    static const uint8_t data[] = {0x11, 0x22, 0x33, 0x44};
    return cc_record_update(port, 0x1E, 1, data, sizeof data, signer);
}

/* Cards that give eight bytes only: all of them are the initial value. */
static void test_challenge(void)
{
    static const struct exchange refused[] = {{CHALLENGE, "6700"},
                                              {"0084000008", "0102030405060708 9000"},
                                              {"04DC01F408 11223344 3EEA56A9", "9000"},
                                              {0}};
    static const struct exchange corrected[] = {{CHALLENGE, "6C08"},
                                                {"0084000008", "0102030405060708 9000"},
                                                {"04DC01F408 11223344 3EEA56A9", "9000"},
                                                {0}};
    static const struct exchange longer[] = {
        {CHALLENGE, "0102030405060708 9000"}, {"04DC01F408 11223344 3EEA56A9", "9000"}, {0}};
    static const struct exchange odd[] = {{CHALLENGE, "0102030405 9000"}, {0}};
    static const struct exchange none[] = {{CHALLENGE, "6D00"}, {0}};
    static const struct exchange lost[] = {{CHALLENGE, "lost"}, {0}};
    g_assert_cmpint(run(record, BLOCK_KEY, refused), ==, CC_OK);
    g_assert_cmpint(run(record, BLOCK_KEY, corrected), ==, CC_OK);
    g_assert_cmpint(run(record, BLOCK_KEY, longer), ==, CC_OK);
    g_assert_cmpint(run(record, BLOCK_KEY, odd), ==, CC_ERR_PROTOCOL);
    g_assert_cmpint(run(record, BLOCK_KEY, none), ==, CC_ERR_UNSUPPORTED);
    g_assert_cmpint(run(record, BLOCK_KEY, lost), ==, CC_ERR_REMOVED);
}

static void counting_bytes(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)i;
}

static int update_251(struct cc_port *port, const struct cc_signer *signer)
{
    uint8_t data[251];
    counting_bytes(data, sizeof data);
    return cc_file_update(port, 0x15, 0, data, sizeof data, signer);
}

static int update_252(struct cc_port *port, const struct cc_signer *signer)
{
    uint8_t data[252] = {0};
    return cc_file_update(port, 0x15, 0, data, sizeof data, signer);
}

static int nonsense(struct cc_port *port, const struct cc_signer *signer)
{
    static const uint8_t data[8] = {0};
    const struct cc_signer mute = {.ctx = NULL};
    bool genuine = true;
    unsigned tries;
    g_assert_cmpint(cc_file_update(port, 0, 0, data, 4, signer), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_file_update(port, 31, 0, data, 4, signer), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_file_update(port, 0x15, 0, data, 0, signer), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_record_update(port, 0x1E, 0, data, 4, signer), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_record_update(port, 0x3E, 1, data, 4, signer), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_application_block(port, false, NULL), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_application_block(port, false, &mute), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_authenticate_external(port, 0, &mute, &tries), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_authenticate_internal(port, 0, 0, data, &mute, &genuine), ==, CC_ERR_ARGUMENT);
    g_assert_false(genuine);
    return CC_OK;
}

static void test_limits(void)
{
    static const struct exchange silent[] = {{0}};
    uint8_t data[251];
    char hex[2 * 251 + 1];
    counting_bytes(data, sizeof data);
    g_autofree char *command =
        g_strconcat("04D69500FF ", cc_hex(data, sizeof data, hex, sizeof hex), " A473F549", NULL);
    const struct exchange longest[] = {{CHALLENGE, "01020304 9000"}, {command, "9000"}, {0}};
    g_assert_cmpint(run(update_251, BLOCK_KEY, longest), ==, CC_OK);
    g_assert_cmpint(run(update_252, BLOCK_KEY, silent), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(run(nonsense, BLOCK_KEY, silent), ==, CC_OK);
}

/* ---- Authentication ---- */

static unsigned tries_left;

static int external(struct cc_port *port, const struct cc_signer *signer)
{
    tries_left = 77;
    return cc_authenticate_external(port, 0x02, signer, &tries_left);
}

static void test_external(void)
{
    static const struct {
        const char *answer;
        int expected;
        unsigned tries;
    } rows[] = {{"9000", CC_OK, 0},          {"63C3", CC_PIN_WRONG, 3}, {"63C0", CC_PIN_BLOCKED, 0},
                {"6983", CC_PIN_BLOCKED, 0}, {"6300", CC_ERR_MAC, 0},   {"9302", CC_ERR_MAC, 0},
                {"6A88", CC_NOT_FOUND, 0},   {"6700", CC_ERR_REFUSED, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange steps[] = {
            {CHALLENGE, "DCE8F511 9000"}, {"0082000208 CB1693339A342336", rows[i].answer}, {0}};
        g_assert_cmpint(run(external, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", steps), ==, rows[i].expected);
        g_assert_cmpuint(tries_left, ==, rows[i].tries);
    }
}

static bool genuine;

static int internal(struct cc_port *port, const struct cc_signer *signer)
{
    static const uint8_t data[8] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
    genuine = true;
    return cc_authenticate_internal(port, 0x00, 0x01, data, signer, &genuine);
}

static void test_internal(void)
{
    static const struct {
        const char *answer;
        int expected;
        bool genuine;
    } rows[] = {{"4A510F36C5ABE7A4 9000", CC_OK, true},  {"4A510F36C5ABE7A5 9000", CC_OK, false},
                {"0011223344556677 9000", CC_OK, false}, {"4A510F36C5ABE7 9000", CC_ERR_PROTOCOL, false},
                {"6A88", CC_NOT_FOUND, false},           {"6985", CC_ERR_REFUSED, false},
                {"lost", CC_ERR_REMOVED, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange steps[] = {{"0088000108 0011223344556677 08", rows[i].answer}, {0}};
        g_assert_cmpint(run(internal, BLOCK_KEY, steps), ==, rows[i].expected);
        g_assert_true(genuine == rows[i].genuine);
    }
}

/* ---- Keys as signers ---- */

static void check_encrypt(const struct cc_signer *signer, const char *plain, const char *expected)
{
    uint8_t data[64], out[64];
    size_t len = unhex(plain, data, sizeof data), out_len = sizeof out;
    g_assert_cmpint(signer->encrypt(signer->ctx, data, len, out, &out_len), ==, CC_OK);
    assert_hex(out, out_len, expected);
}

/* The length byte is part of the first block; whole blocks are not filled up any more. */
static void test_encrypt(void)
{
    uint8_t key[16], data[255] = {0}, out[256];
    size_t out_len = 7;
    struct cc_signer signer;
    unhex("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", key, 16);
    cc_signer_of_key(&signer, key);
    /* The body of the published card's WRITE KEY: attributes 01003300 and a key, twenty bytes, and three of padding. */
    check_encrypt(&signer, "01003300 D03A01624D2E0255E5CE47218BA45DC8", "7B9864710732C21C8BB314B67CC4B6C352C518AA7305D7FF");
    check_encrypt(&signer, "11223344556677", "CF38505A93572652");
    check_encrypt(&signer, "1122334455667788", "F9FEB1A46F3671559131FD6DC4E17B26");
    g_assert_cmpint(signer.encrypt(signer.ctx, data, 3, out, &out_len), ==, CC_ERR_ARGUMENT);
    g_assert_cmpuint(out_len, ==, 0);
    out_len = sizeof out;
    g_assert_cmpint(signer.encrypt(signer.ctx, data, 255, out, &out_len), ==, CC_ERR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/issuer/v5", test_v5);
    g_test_add_func("/issuer/answers", test_answers);
    g_test_add_func("/issuer/challenge", test_challenge);
    g_test_add_func("/issuer/limits", test_limits);
    g_test_add_func("/issuer/external", test_external);
    g_test_add_func("/issuer/internal", test_internal);
    g_test_add_func("/issuer/encrypt", test_encrypt);
    return g_test_run();
}
