/* SPDX-License-Identifier: Apache-2.0 */
/* Cases found by reading the library as an adversary would: secrets, identity, money. */
#include "citycard.h"
#include "desk.h"

/* ---- Secrets ----------------------------------------------------------------------------------------------------- */

static void remember(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    char text[2 * 262 + 1];
    g_string_append_printf(ctx, "%c%s ", "><!"[kind], cc_hex(bytes, len, text, sizeof text));
}

static int constant_mac(void *ctx, const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    memset(mac, 0xAB, 4);
    return CC_OK;
}

/* A holder's file that is written: the name is as much the holder's as in one that is read. */
static void test_written_names_are_masked(void)
{
    static const struct exchange rows[] = {{"0084*", "01020304 9000"}, {"*", "9000"}, {0}};
    static const uint8_t name[] = {0xD5, 0xC5, 0xC8, 0xFD};
    const struct cc_signer signer = {.mac = constant_mac};
    g_autoptr(GString) seen = g_string_new(NULL);
    struct script script;
    struct cc_port port;
    table_init(&script, rows);
    script_port(&script, &port);
    port.trace = remember;
    port.trace_ctx = seen;
    g_assert_cmpint(cc_file_update(&port, 0x16, 2, name, sizeof name, &signer), ==, CC_OK);
    g_assert_cmpint(cc_record_update(&port, 0x06, 2, name, sizeof name, &signer), ==, CC_OK);
    g_assert_nonnull(strstr(script.seen->str, "D5C5C8FD"));
    g_assert_null(strstr(seen->str, "D5C5C8FD"));
    script_done(&script);
}

/* FF 82 loads a Mifare key into the reader (PC/SC part 3); what a PSAM makes a code of may be a holder's file. */
static void test_raw_keys_are_masked(void)
{
    static const char *const commands[] = {"FF82000006A1A2A3A4A5A6", "0025000006A1A2A3A4A5A6", "002D000006A1A2A3A4A5A6",
                                           "80FA050008A1A2A3A4A5A6A7A8"};
    static const struct exchange rows[] = {{"*", "9000"}, {0}};
    g_autoptr(GString) seen = g_string_new(NULL);
    struct script script;
    struct cc_port port;
    table_init(&script, rows);
    script_port(&script, &port);
    port.trace = remember;
    port.trace_ctx = seen;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        uint8_t command[32], answer[258];
        size_t len = unhex(commands[i], command, sizeof command), answer_len = sizeof answer;
        g_assert_cmpint(cc_port_exchange(&port, command, len, false, answer, &answer_len), ==, CC_OK);
    }
    g_assert_null(strstr(seen->str, "A1A2"));
    script_done(&script);
}

/* An answer cut in the middle of a name ends in two bytes of the name, not in a status word. */
static void test_cut_names_are_masked(void)
{
    static const struct exchange rows[] = {
        {SELECT, FCI "9000"}, {"00B0960037", "0000 D5C5 C8FD"}, {"*", "6A82"}, {0}};
    g_autoptr(GString) seen = g_string_new(NULL);
    struct script script;
    struct cc_port port;
    struct cc_card card;
    table_init(&script, rows);
    script_port(&script, &port);
    port.trace = remember;
    port.trace_ctx = seen;
    cc_card_read(&port, CC_READ_HOLDER, &card);
    g_assert_nonnull(strstr(seen->str, ">00B0960037 <2A2A2A2A2A2A "));
    script_done(&script);
}

/* ---- Identity ---------------------------------------------------------------------------------------------------- */

/* The digits before one that is none would be somebody else's volunteer number, or another community. */
static void test_no_half_numbers(void)
{
    static const struct exchange rows[] = {
        {"00A404000AF043495459434152440100", "6F2F 840AF0434954594341524401 A521 9F0C1E " EF15 " 9000"},
        {"00B0970013", "9901020000A3 03 20240301 1234567890123A56 9000"},
        {"*", "6A82"},
        {0}};
    struct script script;
    struct cc_port port;
    struct cc_card card;
    table_init(&script, rows);
    script_port(&script, &port);
    g_assert_cmpint(cc_card_read(&port, CC_READ_CLASS, &card), ==, CC_OK);
    g_assert_cmpint(card.family, ==, CC_FAMILY_COMMUNITY);
    g_assert_cmpuint(card.issued, ==, 20240301);
    g_assert_cmpstr(card.community, ==, "");
    g_assert_cmpstr(card.holder.volunteer_number, ==, "");
    script_done(&script);
}

/* Regions give the nine characters of a social security card each by themselves. */
static void test_social_security_swap(void)
{
#define SOCIAL_SECURITY(ID)                                                                                             \
    {{"00A404000F7378312E73682EC9E7BBE1B1A3D5CF00", "9000"}, {"00A4000002EF0500", "9000"},                             \
     {"00B207000B", "0709 413132333435363738 9000"},       {"00B2010012", "0110" ID "D15600000599110145FFFFFFFF 9000"}, \
     {"*", "6A82"},                                        {0}}
    static const struct exchange here[] = SOCIAL_SECURITY("990100"), elsewhere[] = SOCIAL_SECURITY("330300");
    struct script script;
    struct cc_port port;
    struct cc_card card;
    table_init(&script, here);
    script_port(&script, &port);
    g_assert_cmpint(cc_card_read(&port, 0, &card), ==, CC_OK);
    g_assert_cmpstr(card.card_number, ==, "A12345678");
    g_assert_cmpint(cc_card_reselect(&port, &card), ==, CC_OK);
    script_done(&script);
    table_init(&script, elsewhere);
    script_port(&script, &port);
    g_assert_cmpint(cc_card_reselect(&port, &card), ==, CC_OTHER_CARD);
    card.card_id[0] = '\0'; /* remembered by its number alone */
    g_assert_cmpint(cc_card_reselect(&port, &card), ==, CC_OK);
    script_done(&script);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/review/written-names", test_written_names_are_masked);
    g_test_add_func("/review/raw-keys", test_raw_keys_are_masked);
    g_test_add_func("/review/cut-names", test_cut_names_are_masked);
    g_test_add_func("/review/half-numbers", test_no_half_numbers);
    g_test_add_func("/review/social-security-swap", test_social_security_swap);
    return g_test_run();
}
