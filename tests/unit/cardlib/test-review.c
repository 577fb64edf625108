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

/* One card, two readers: what either saw before must not make another person of it. */
static void test_identity_without_history(void)
{
    static const struct exchange rows[] = {
        {SELECT, FCI "9000"},
        {"00A404000B535558494E2E444446303100", "6F30 840B535558494E2E4444463031 A521 9F0C1E 2150000011112222 00000000"
                                               "000000000000000020240301 20340228 0000 9000"},
        {"*", "6A82"},
        {0}};
    static const enum cc_family neighbours[] = {CC_FAMILY_UNKNOWN, CC_FAMILY_SUZHOU, CC_FAMILY_MACAU, CC_FAMILY_SHENZHEN};
    for (size_t i = 0; i < G_N_ELEMENTS(neighbours); i++) {
        struct cc_history history = {0};
        struct script script;
        struct cc_port port;
        struct cc_card card;
        history.seen[neighbours[i]] = 900;
        table_init(&script, rows);
        script_port(&script, &port);
        port.history = &history;
        g_assert_cmpint(cc_card_read(&port, 0, &card), ==, CC_OK);
        g_assert_cmpstr(card.card_number, ==, the_card.card_number);
        script_done(&script);
    }
}

/*
 * VERIFY goes to whatever is selected. After the number in the master file, or another application on the card, the card's own
 * must be selected again: else a try of somebody else's PIN is spent.
 */
static void test_pin_of_the_right_application(void)
{
    static const struct exchange campus[] = {
        {"00A4040009A0000000038698070100", "6F2D 8409A00000000386980701 A520 9F0C1D 62640022 00000000 01 01 0001 "
                                           "0102030405060708 20170101 20271231 00 9000"},
        {"00A40000023F0000", "9000"},
        {"00B0950021", "000000000000 11223344 0000 271231 271231 000000000000000000000000000000 9000"},
        {"0020000003123456", "9000"},
        {"*", "6A82"},
        {0}};
    static const struct exchange dual[] = {
        {SELECT, FCI "9000"},
        {"00A4040009A0000000038698070100", "6F2D 8409A00000000386980701 A520 9F0C1D 00000001 00000000 01 01 0001 "
                                           "0102030405060708 20170101 20271231 00 9000"},
        {"0020000003123456", "9000"},
        {"*", "6A82"},
        {0}};
    /* The application has no holder's file, the directory above it has: its file leaves the application (ISO 7816-4). */
    static const struct exchange above[] = {
        {SELECT, FCI "9000"}, {"00A4000002001600", "9000"}, {"00B0000037", "01 9000"}, {"0020000003123456", "9000"},
        {"*", "6A82"},        {0}};
    const struct {
        const struct exchange *rows;
        enum cc_family family;
        const char *expected;
    } cards[] = {{campus, CC_FAMILY_TSINGHUA, "00A4040009A0000000038698070100 0020000003123456 0020000003123456 "},
                 {dual, CC_FAMILY_T_UNION, "00A4040008A00000063201010500 0020000003123456 0020000003123456 "},
                 {above, CC_FAMILY_T_UNION, "00A4040008A00000063201010500 0020000003123456 0020000003123456 "}};
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        struct script script;
        struct cc_port port;
        struct cc_card card;
        unsigned tries_left;
        table_init(&script, cards[i].rows);
        script_port(&script, &port);
        g_assert_cmpint(cc_card_read(&port, i < 2 ? CC_READ_OTHERS : CC_READ_HOLDER, &card), ==, CC_OK);
        g_assert_cmpint(card.family, ==, cards[i].family);
        for (unsigned time = 0; time < 2; time++) /* once there is enough */
            g_assert_cmpint(cc_pin_verify(&port, &card, "123456", &tries_left), ==, CC_OK);
        g_string_append_c(script.seen, ' ');
        g_assert_nonnull(strstr(script.seen->str, cards[i].expected));
        script_done(&script);
    }
}

/* ---- Money ------------------------------------------------------------------------------------------------------- */

/*
 * The electronic deposit counts by itself: its purchase of the number after ours says nothing of our purchase from the purse,
 * whose record was pushed out of the log since.
 */
static void test_other_purse_counts_by_itself(void)
{
    struct exchange rows[16] = {{SELECT, FCI "9000"}, {PROVE, "9406"}};
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct desk desk;
    for (unsigned i = 0; i < 10; i++) {
        bool deposit = i >= 8; /* numbers 8 and 7 of the deposit, then eight younger ones of the purse */
        char *command = g_strdup_printf("00B2%02XC417", i + 1);
        char *record = g_strdup_printf("%04X 000000 00000064 %02X 990100000009 20260116 0930%02u 9000",
                                       deposit ? 16 - i : 0x11 - i, deposit ? 5 : 6, 59 - i);
        g_ptr_array_add(texts, command);
        g_ptr_array_add(texts, record);
        rows[2 + i] = (struct exchange){command, record};
    }
    rows[12] = (struct exchange){BALANCE, "000064FA 9000"};
    rows[13] = (struct exchange){INIT, "000064FA 0011 000000 01 00 A1B2C3D4 9000"};
    desk_prepared(&desk, rows, NULL);
    g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_IN_DOUBT);
    g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_IN_DOUBT);
    desk_close(&desk);
}

/* The same for a load: a load of the deposit is no load of the purse. */
static void test_other_purse_loads_by_itself(void)
{
    static const struct exchange rows[] = {
        {SELECT, FCI "9000"},
        {LOG_1, "0008 000000 00000064 01 990100000009 20260114 093045 9000"},
        {LOG_2, "6A83"},
        {BALANCE, "000068E2 9000"},
        {"805000020B*", "000068E2 0008 01 00 A1B2C3D4 01020304 9000"},
        {"*", "6A82"},
        {0}};
    struct cc_load load = {.state = CC_PURCHASE_IN_DOUBT,
                           .family = CC_FAMILY_T_UNION,
                           .type = 0x02,
                           .amount_fen = 200,
                           .balance_before_fen = 0x68E2,
                           .counter = 7,
                           .key_index = 1};
    struct script script;
    struct cc_port port;
    memcpy(load.card_number, the_card.card_number, sizeof load.card_number);
    memcpy(load.issuer, the_card.issuer, sizeof load.issuer);
    unhex("990100000001", load.terminal, sizeof load.terminal);
    unhex("20260115", load.date_bcd, sizeof load.date_bcd);
    unhex("093045", load.time_bcd, sizeof load.time_bcd);
    table_init(&script, rows);
    script_port(&script, &port);
    g_assert_cmpint(cc_load_resolve(&port, &load), ==, CC_IN_DOUBT);
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
    g_test_add_func("/review/other-purse-purchase", test_other_purse_counts_by_itself);
    g_test_add_func("/review/other-purse-load", test_other_purse_loads_by_itself);
    g_test_add_func("/review/pin-application", test_pin_of_the_right_application);
    g_test_add_func("/review/identity-without-history", test_identity_without_history);
    return g_test_run();
}
