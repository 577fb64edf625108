/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange of one command, and reading cards and PSAMs that strangers wrote. */
#include "apdu.h"
#include "citycard.h"
#include "script.h"

#include <string.h>

#define SELECT_PURSE "00A4040008A00000063201010500"
#define EF15         "01019901FFFFFFFF 02 01 00009901000000001017 20240301 20340228 0000"
#define FCI          "6F31 8408A000000632010105 A525 9F080102 9F0C1E " EF15
#define EF16                                                                                                 \
    "00 00 D5C5D0E3D3A2 0000000000000000000000000000 "                                                       \
    "393930313032313934343033303830303231 0000000000000000000000000000 00"
#define RECORD_1 "0008 000000 000000C8 06 990100000001 20260115 093045"
#define RECORD_2 "0003 000000 00002710 02 990100000001 20260110 080000"

/* ---- One command ---- */

static int exchange(const struct exchange *steps, struct cc_answer *answer, struct cc_port *port, int le,
                    bool once)
{
    static const uint8_t body[2] = {0xDF, 0x01};
    struct script script;
    struct cc_command command = {.ins = 0xA4, .data = body, .data_len = 2, .le = le, .once = once};
    script_init(&script, steps);
    script_port(&script, port);
    int result = cc_apdu(port, &command, answer);
    script_done(&script);
    return result;
}

static void test_apdu_chain(void)
{
    struct cc_answer answer;
    struct cc_port port;
    const struct exchange steps[] = {{"00A4000002DF0100", "6103"},
                                     {"00C0000003", "0102 6102"},
                                     {"00C0000002", "6C01"},
                                     {"00C0000001", "03 9000"},
                                     {0}};
    g_assert_cmpint(exchange(steps, &answer, &port, 0, false), ==, CC_OK);
    g_assert_cmphex(answer.sw, ==, 0x9000);
    assert_hex(answer.data, answer.len, "010203");
    g_assert_true(answer.chained);
    g_assert_cmpuint(port.commands, ==, 4);
    g_assert_cmpuint(port.bytes, ==, 8 + 2 + 5 + 4 + 5 + 2 + 5 + 3);
    g_assert_cmphex(port.last_sw, ==, 0x9000);
}

static void test_apdu_wrong_le(void)
{
    struct cc_answer answer;
    struct cc_port port;
    const struct exchange right[] = {{"00A4000002DF0100", "6C02"}, {"00A4000002DF0102", "0102 9000"}, {0}};
    g_assert_cmpint(exchange(right, &answer, &port, 0, false), ==, CC_OK);
    assert_hex(answer.data, answer.len, "0102");
    const struct exchange stubborn[] = {{"00A4000002DF0100", "6C02"}, {"00A4000002DF0102", "6C03"}, {0}};
    g_assert_cmpint(exchange(stubborn, &answer, &port, 0, false), ==, CC_OK);
    g_assert_cmphex(answer.sw, ==, 0x6C03);
    const struct exchange once[] = {{"00A4000002DF0100", "6C02"}, {0}};
    g_assert_cmpint(exchange(once, &answer, &port, 0, true), ==, CC_OK);
    g_assert_cmphex(answer.sw, ==, 0x6C02);
}

static void test_apdu_bare_body(void)
{
    struct cc_answer answer;
    struct cc_port port;
    const struct exchange bare[] = {{"00A4000002DF0100", "6700"}, {"00A4000002DF01", "0102 9000"}, {0}};
    g_assert_cmpint(exchange(bare, &answer, &port, 0, false), ==, CC_OK);
    g_assert_true(port.bare_body);
    const struct exchange neither[] = {{"00A4000002DF0100", "6700"}, {"00A4000002DF01", "6700"}, {0}};
    g_assert_cmpint(exchange(neither, &answer, &port, 0, false), ==, CC_OK);
    g_assert_cmphex(answer.sw, ==, 0x6700);
    g_assert_false(port.bare_body);
    const struct exchange once[] = {{"00A4000002DF0100", "6700"}, {0}};
    g_assert_cmpint(exchange(once, &answer, &port, 0, true), ==, CC_OK);
    g_assert_cmphex(answer.sw, ==, 0x6700);
}

static void check_lost(const char *what, int expected)
{
    struct cc_answer answer;
    struct cc_port port;
    const struct exchange steps[] = {{"00A4000002DF0100", what}, {0}};
    g_assert_cmpint(exchange(steps, &answer, &port, 0, false), ==, expected);
    g_assert_true(port.broken);
    struct cc_command again = {.ins = 0xB0, .le = 0};
    g_assert_cmpint(cc_apdu(&port, &again, &answer), ==,
                    CC_ERR_REMOVED); /* a send would abort in the script */
    g_assert_cmpuint(port.commands, ==, 1);
}

static void test_apdu_lost(void)
{
    check_lost("lost", CC_ERR_REMOVED);
    check_lost("empty", CC_ERR_REMOVED);
    check_lost("one", CC_ERR_REMOVED);
}

struct endless {
    unsigned sent;
    size_t part;
};

static int transmit_endless(void *ctx, const uint8_t *command, size_t len, uint8_t *answer,
                            size_t *answer_len)
{
    struct endless *endless = ctx;
    endless->sent += 1;
    memset(answer, 0xAB, endless->part);
    answer[endless->part] = 0x61;
    answer[endless->part + 1] = 0xFF;
    *answer_len = endless->part + 2;
    return CC_OK;
}

static void test_apdu_ceilings(void)
{
    struct endless endless = {0};
    struct cc_channel channel = {.ctx = &endless, .transmit = transmit_endless};
    struct cc_command command = {.ins = 0xB0, .le = 0};
    struct cc_answer answer;
    struct cc_port port;
    cc_port_init(&port, &channel);
    g_assert_cmpint(cc_apdu(&port, &command, &answer), ==, CC_ERR_PROTOCOL);
    g_assert_cmpuint(endless.sent, ==, 1 + CC_APDU_GET_RESPONSE_MAX);
    endless = (struct endless){.part = 256};
    g_assert_cmpint(cc_apdu(&port, &command, &answer), ==, CC_ERR_PROTOCOL);
    g_assert_cmpuint(answer.len, ==, CC_APDU_DATA_MAX);
    g_assert_cmpuint(endless.sent, ==, CC_APDU_DATA_MAX / 256 + 1);
}

/* A channel that claims more than there is room for, or says nothing it may say. */
static int transmit_liar(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    int result = *(int *)ctx;
    *answer_len += 1;
    return result;
}

static void test_apdu_liar(void)
{
    for (int said = -16; said <= 11; said++) {
        struct cc_channel channel = {.ctx = &said, .transmit = transmit_liar};
        struct cc_command command = {.ins = 0xB0, .le = 0};
        struct cc_answer answer;
        struct cc_port port;
        cc_port_init(&port, &channel);
        g_assert_cmpint(cc_apdu(&port, &command, &answer), ==, said < 0 ? said : CC_ERR_SYSTEM);
        g_assert_true(port.broken);
        g_assert_cmpuint(answer.len, ==, 0);
    }
}

static void remember(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    char text[2 * 262 + 1];
    g_string_append_printf(ctx, "%c%s ", "><!"[kind], cc_hex(bytes, len, text, sizeof text));
}

static void test_trace_masks(void)
{
    static const uint8_t secret[] = {0x20, 0x24, 0x2C, 0x5E, 0x21, 0xD4};
    static const struct exchange rows[] = {{"*", "9000"}, {0}};
    g_autoptr(GString) seen = g_string_new(NULL);
    struct script script;
    struct cc_port port;
    table_init(&script, rows);
    script_port(&script, &port);
    port.trace = remember;
    port.trace_ctx = seen;
    for (size_t i = 0; i < sizeof secret; i++) {
        uint8_t pin[3] = {0x12, 0x34, 0x56};
        struct cc_command command = {
            .cla = i % 2 ? 0x84 : 0x00, .ins = secret[i], .data = pin, .data_len = 3};
        command.le = i % 3 ? CC_LE_NONE : 0;
        struct cc_answer answer;
        g_assert_cmpint(cc_apdu(&port, &command, &answer), ==, CC_OK);
    }
    g_assert_null(strstr(seen->str, "1234"));
    g_assert_null(strstr(seen->str, "3456"));
    g_assert_nonnull(strstr(seen->str, ">00200000032A2A2A"));
    unsigned tries;
    g_assert_cmpint(cc_pin_verify(&port, &(struct cc_card){.family = CC_FAMILY_T_UNION}, "987654", &tries), ==, CC_OK);
    g_assert_null(strstr(seen->str, "9876"));
    g_assert_nonnull(strstr(script.seen->str, "0020000003987654")); /* yet the card got it */
    script_done(&script);
}

static void test_trace_plain(void)
{
    static const struct exchange steps[] = {{"00A4000002DF0100", "0102 9000"}, {"00B0000000", "lost"}, {0}};
    g_autoptr(GString) seen = g_string_new(NULL);
    struct script script;
    struct cc_port port;
    struct cc_answer answer;
    script_init(&script, steps);
    script_port(&script, &port);
    port.trace = remember;
    port.trace_ctx = seen;
    cc_select_file(&port, 0xDF01, &answer);
    cc_file_read_current(&port, 0, &answer);
    g_assert_cmpstr(seen->str, ==, ">00A4000002DF0100 <01029000 >00B0000000 ! ");
    script_done(&script);
}

static void test_sw(void)
{
    static const struct {
        uint16_t sw;
        int result;
    } rows[] = {{0x9000, CC_OK},           {0x6A82, CC_NOT_FOUND},   {0x6A83, CC_NOT_FOUND},
                {0x6A88, CC_NOT_FOUND},    {0x6982, CC_PIN_NEEDED},  {0x63C5, CC_PIN_WRONG},
                {0x63C0, CC_PIN_BLOCKED},  {0x6983, CC_PIN_BLOCKED}, {0x6283, CC_CARD_BLOCKED},
                {0x9303, CC_CARD_BLOCKED}, {0x9302, CC_ERR_MAC},     {0x6988, CC_ERR_MAC},
                {0x9401, CC_BALANCE_LOW},  {0x9406, CC_NO_PROOF},    {0x6D00, CC_ERR_UNSUPPORTED},
                {0x6300, CC_ERR_REFUSED},  {0x6581, CC_ERR_REFUSED}, {0x0000, CC_ERR_REFUSED}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(cc_sw_result(rows[i].sw), ==, rows[i].result);
}

#define WHAT (CC_READ_HOLDER | CC_READ_CLASS | CC_READ_BALANCE | CC_READ_LOG)

/* ---- Cards ---- */

static int read_table(const struct exchange *rows, unsigned what, struct cc_card *card)
{
    struct script script;
    struct cc_port port;
    table_init(&script, rows);
    script_port(&script, &port);
    int result = cc_card_read(&port, what, card);
    script_done(&script);
    return result;
}

static void test_card_whole(void)
{
    static const struct exchange steps[] = {
        {SELECT_PURSE, FCI "9000"},
        {"00B0960037", EF16 "9000"},
        {"00B097000B", "00000156 9900 9901 0001 03 9000"},
        {"805C000204", "000068E2 9000"},
        {"00B201C417", RECORD_1 "9000"},
        {"00B202C417", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF 9000"},
        {"00B203C417", RECORD_2 "9000"},
        {"00B204C417", "6A83"},
        {0}};
    struct script script;
    struct cc_port port;
    struct cc_card card;
    script_init(&script, steps);
    script_port(&script, &port);
    g_assert_cmpint(cc_card_read(&port, WHAT, &card), ==, CC_OK);
    script_done(&script);
    g_assert_cmpint(card.family, ==, CC_FAMILY_T_UNION);
    g_assert_cmpstr(card.card_number, ==, "9901000000001017");
    g_assert_cmpstr(card.holder.name, ==, "张秀英");
    g_assert_cmpstr(card.holder.id_number, ==, "990102194403080021");
    g_assert_cmpuint(card.card_class, ==, CC_CLASS_ELDER);
    g_assert_true(card.has_balance && card.balance_fen == 26850 && card.interoperable && !card.blocked);
    g_assert_cmpuint(card.log_count, ==, 2);
    g_assert_cmpuint(card.log[0].counter, ==, 8);
    g_assert_cmpuint(card.log[1].type, ==, 2);
}

static void test_card_minimal(void)
{
    static const struct exchange only_fci[] = {{SELECT_PURSE, FCI "9000"}, {0}};
    static const struct exchange no_fci[] = {{SELECT_PURSE, "9000"}, {"00B095001E", EF15 "9000"}, {0}};
    static const struct exchange short_fci[] = {
        {SELECT_PURSE, "6F0A8408A000000632010105 9000"}, {"00B095001E", EF15 "9000"}, {0}};
    static const struct exchange broken_fci[] = {
        {SELECT_PURSE, "6F81 9000"}, {"00B095001E", EF15 "9000"}, {0}};
    static const struct exchange of_29[] = {
        {SELECT_PURSE, "9000"},
        {"00B095001E", "6C1D"},
        {"00B095001D", "01019901FFFFFFFF 02 01 00009901000000001017 20240301 20340228 00 9000"},
        {0}};
    static const struct exchange of_28[] = {
        {SELECT_PURSE, "9000"},
        {"00B095001E", "01019901FFFFFFFF 02 01 00009901000000001017 20240301 20340228 6282"},
        {0}};
    static const struct exchange wants_all[] = {{SELECT_PURSE, "6700"},
                                                {"00A4040008A000000632010105", "6102"},
                                                {"00C0000002", "6F00 9000"},
                                                {"00B095001E", "6700"},
                                                {"00B0950000", "611E"},
                                                {"00C000001E", EF15 "9000"},
                                                {0}};
    const struct exchange *const cards[] = {only_fci, no_fci, short_fci, broken_fci, of_29, of_28, wants_all};
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        struct cc_card card;
        g_assert_cmpint(read_table(cards[i], WHAT, &card), ==, CC_OK);
        g_assert_cmpstr(card.card_number, ==, "9901000000001017");
        g_assert_false(card.holder.present);
        g_assert_false(card.has_balance);
        g_assert_cmpuint(card.log_count, ==, 0);
    }
}

static void test_card_closed_files(void)
{
    static const struct exchange rows[] = {{SELECT_PURSE, FCI "9000"},      {"00B0960037", "6982"},
                                           {"00B097000B", "00000156 9000"}, /* cut short */
                                           {"805C000204", "80000000 9000"}, /* empty, with the noise bit */
                                           {"00B201C417", "6982"},          {0}};
    struct cc_card card;
    g_assert_cmpint(read_table(rows, WHAT, &card), ==, CC_OK);
    g_assert_false(card.holder.present);
    g_assert_cmpuint(card.card_class, ==, 0);
    g_assert_true(card.has_balance);
    g_assert_cmpuint(card.balance_fen, ==, 0);
    g_assert_cmphex(card.city, ==, 0x9901);
}

static void test_card_blocked(void)
{
    static const struct exchange with_fci[] = {{SELECT_PURSE, FCI "6A81"}, {0}};
    static const struct exchange by_file[] = {{SELECT_PURSE, "6283"}, {"00B095001E", EF15 "9000"}, {0}};
    static const struct exchange bare[] = {{SELECT_PURSE, "6A81"}, {0}};
    struct cc_card card;
    g_assert_cmpint(read_table(with_fci, WHAT, &card), ==, CC_CARD_BLOCKED);
    g_assert_true(card.blocked);
    g_assert_cmpstr(card.card_number, ==, "9901000000001017");
    g_assert_cmpint(read_table(by_file, 0, &card), ==, CC_CARD_BLOCKED);
    g_assert_cmpstr(card.card_number, ==, "9901000000001017");
    g_assert_cmpint(read_table(bare, 0, &card), ==, CC_NO_IDENTITY); /* or just "function not supported" */
}

static void test_card_unknown(void)
{
    static const struct exchange none[] = {{0}};
    static const struct exchange yes_to_all[] = {{"*", "9000"}, {0}};
    static const struct exchange letters[] = {
        {SELECT_PURSE, "9000"},
        {"00B095001E", "01019901FFFFFFFF 02 01 0000990100000000101A 20240301 20340228 9000"},
        {0}};
    static const struct exchange a_psam[] = {
        {SELECT_PURSE, "9000"}, {"00B095001E", "23010101000000212241 01 01 0101 9000"}, {0}};
    const struct exchange *const cards[] = {yes_to_all, letters, a_psam};
    struct cc_card card, nothing = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        g_assert_cmpint(read_table(cards[i], WHAT, &card), ==, CC_ERR_UNSUPPORTED);
        g_assert_cmpmem(&card, sizeof card, &nothing, sizeof nothing);
    }
    g_assert_cmpint(read_table(none, WHAT, &card), ==, CC_NO_IDENTITY);
    g_assert_cmpint(card.family, ==, CC_FAMILY_ISO7816);
}

/* Pulled at each command in turn, in three manners. */
static void test_card_pulled(void)
{
    static const struct exchange rows[] = {{SELECT_PURSE, FCI "9000"},
                                           {"00B0960037", EF16 "9000"},
                                           {"00B097000B", "00000156 9900 9901 0001 03 9000"},
                                           {"805C000204", "000068E2 9000"},
                                           {"00B2*", RECORD_1 "9000"},
                                           {0}};
    for (size_t at = 1; at <= 15; at++) {
        for (size_t cut_to = 0; cut_to < 2; cut_to++) {
            struct script script;
            struct cc_port port;
            struct cc_card card;
            table_init(&script, rows);
            script_port(&script, &port);
            script.cut_at = at;
            script.cut_to = cut_to;
            int result = cc_card_read(&port, WHAT, &card);
            g_assert_cmpint(result, ==, at <= 14 ? CC_ERR_REMOVED : CC_OK);
            g_assert_cmpuint(script.answered, ==, MIN(at, 14));
            script_done(&script);
        }
    }
}

static void test_card_reading_is_harmless(void)
{
    static const struct exchange rows[] = {{SELECT_PURSE, FCI "9000"}, {"*", "6985"}, {0}};
    struct script script;
    struct cc_port port;
    struct cc_card card;
    table_init(&script, rows);
    script_port(&script, &port);
    g_assert_cmpint(cc_card_read(&port, WHAT, &card), ==, CC_OK);
    g_assert_cmpuint(script_count(&script, "8050"), ==, 0); /* INIT */
    g_assert_cmpuint(script_count(&script, "0020"), ==, 0); /* VERIFY */
    g_assert_cmpuint(script_count(&script, "8054"), ==, 0);
    g_assert_cmpint(cc_card_read(&port, 0x80, &card), ==, CC_ERR_ARGUMENT);
    script_done(&script);
}

static int reselect(const char *answer, const struct cc_card *card)
{
    const struct exchange rows[] = {{SELECT_PURSE, answer}, {0}};
    struct script script;
    struct cc_port port;
    table_init(&script, rows);
    script_port(&script, &port);
    int result = cc_card_reselect(&port, card);
    script_done(&script);
    return result;
}

static void test_reselect(void)
{
    struct cc_card card = {.family = CC_FAMILY_T_UNION,
                           .card_number = "9901000000001017",
                           .issuer = {0x01, 0x01, 0x99, 0x01, 0xFF, 0xFF, 0xFF, 0xFF}};
    g_assert_cmpint(reselect(FCI "9000", &card), ==, CC_OK);
    g_assert_cmpint(reselect(FCI "6A81", &card), ==, CC_CARD_BLOCKED);
    g_assert_cmpint(reselect("6A82", &card), ==, CC_OTHER_CARD);
    g_assert_cmpint(reselect("lost", &card), ==, CC_ERR_REMOVED);
    card.card_number[15] = '8';
    g_assert_cmpint(reselect(FCI "9000", &card), ==, CC_OTHER_CARD);
    card.card_number[0] = '\0';
    g_assert_cmpint(reselect(FCI "9000", &card), ==, CC_ERR_ARGUMENT);
}

static void test_balance(void)
{
    static const struct {
        const char *answer;
        int result;
        uint32_t fen;
    } rows[] = {{"00000AC3 9000", CC_OK, 2755},
                {"8000164E 9000", CC_OK, 5710},
                {"00000000 9000", CC_OK, 0},
                {"000AC3 9000", CC_ERR_PROTOCOL, 0},
                {"0000000AC3 9000", CC_ERR_PROTOCOL, 0},
                {"9000", CC_ERR_PROTOCOL, 0},
                {"6985", CC_ERR_REFUSED, 0},
                {"6982", CC_PIN_NEEDED, 0},
                {"lost", CC_ERR_REMOVED, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange steps[] = {{"805C000204", rows[i].answer}, {0}};
        struct script script;
        struct cc_port port;
        const struct cc_card card = {.family = CC_FAMILY_T_UNION};
        int64_t fen = 77;
        script_init(&script, steps);
        script_port(&script, &port);
        g_assert_cmpint(cc_balance(&port, &card, &fen), ==, rows[i].result);
        g_assert_cmpint(fen, ==, rows[i].fen);
        script_done(&script);
    }
}

static void check_pin(const char *pin, const char *command, const char *answer, int expected,
                      unsigned expected_tries)
{
    const struct exchange steps[] = {{command, answer}, {0}};
    struct script script;
    struct cc_port port;
    unsigned tries = 77;
    script_init(&script, steps);
    script_port(&script, &port);
    g_assert_cmpint(cc_pin_verify(&port, &(struct cc_card){.family = CC_FAMILY_T_UNION}, pin, &tries), ==, expected);
    g_assert_cmpuint(tries, ==, expected_tries);
    script_done(&script);
}

static void test_pin(void)
{
    check_pin("123456", "0020000003123456", "9000", CC_OK, 0);
    check_pin("1234", "00200000021234", "63C2", CC_PIN_WRONG, 2);
    check_pin("12345", "002000000312345F", "63C1", CC_PIN_WRONG, 1);
    check_pin("123456789012", "0020000006123456789012", "63C0", CC_PIN_BLOCKED, 0);
    check_pin("123456", "0020000003123456", "6983", CC_PIN_BLOCKED, 0);
    check_pin("123456", "0020000003123456", "6700", CC_ERR_REFUSED, 0); /* and not tried another way */
    check_pin("123456", "0020000003123456", "6C02", CC_ERR_REFUSED, 0);
    check_pin("123456", "0020000003123456", "lost", CC_ERR_REMOVED, 0);
    check_pin("123", NULL, NULL, CC_ERR_ARGUMENT, 0);
    check_pin("1234567890123", NULL, NULL, CC_ERR_ARGUMENT, 0);
    check_pin("12345a", NULL, NULL, CC_ERR_ARGUMENT, 0);
    check_pin("", NULL, NULL, CC_ERR_ARGUMENT, 0);
}

/* ---- PSAMs ---- */

#define SAM_EF15 "23010101000000990101 01 01 0101"
#define SAM_EF17 "02 0101990100000000 0101990100000000 20200101 20391231"
#define SAM_AID  "00A4040010A0000006324D4F542E435053414D303100"

static int open_table(const struct exchange *rows, uint32_t today, struct cc_sam *sam)
{
    struct script script;
    table_init(&script, rows);
    struct cc_channel channel = script_channel(&script);
    int result = cc_sam_open(sam, &channel, today);
    script_done(&script);
    return result;
}

static void test_sam_ways(void)
{
    static const struct exchange by_aid[] = {{"00B095000E", SAM_EF15 "9000"},
                                             {"00B0960006", "990100000001 9000"},
                                             {SAM_AID, "9000"},
                                             {"00B0970019", SAM_EF17 "9000"},
                                             {0}};
    static const struct exchange by_short_aid[] = {{"00B095000E", SAM_EF15 "9000"},
                                                   {"00B0960006", "990100000001 9000"},
                                                   {"00A4040007A0000006324D4F00", "6F00 9000"},
                                                   {"00B0970019", SAM_EF17 "9000"},
                                                   {0}};
    static const struct exchange by_df[] = {{"00B095000E", SAM_EF15 "9000"},
                                            {"00B0960006", "990100000001 9000"},
                                            {"00A4000002DF0100", "6103"},
                                            {"00C0000003", "6F0184 9000"},
                                            {"00B0970019", "6C1B"},
                                            {"00B097001B", SAM_EF17 "0000 9000"},
                                            {0}};
    static const struct exchange with_1a[] = {
        {"00A40000023F0000", "9000"}, {"00A4000002001500", "9000"},        {"00B000000E", SAM_EF15 "9000"},
        {"00A4000002001600", "9000"}, {"00B0000006", "990100000001 9000"}, {SAM_AID, "9000"},
        {"00A4000002001700", "9000"}, {"00B0000019", SAM_EF17 "9000"},     {0}};
    const struct exchange *const modules[] = {by_aid, by_short_aid, by_df, with_1a};
    for (size_t i = 0; i < G_N_ELEMENTS(modules); i++) {
        struct cc_sam sam;
        g_assert_cmpint(open_table(modules[i], 20260115, &sam), ==, CC_OK);
        assert_hex(sam.terminal, 6, "990100000001");
        g_assert_cmpuint(sam.valid_to, ==, 20391231);
        g_assert_cmpuint(sam.key_index, ==, 2);
        g_assert_false(sam.live);
        g_assert_cmphex(sam.serial[0], ==, 0x23);
    }
}

static void test_sam_short_ef17(void)
{
    static const struct exchange rows[] = {
        {"00B0960006", "990100000001 9000"}, {SAM_AID, "9000"}, {"00B0970019", "02 0101 9000"}, {0}};
    static const struct exchange absent[] = {{"00B0960006", "990100000001 9000"}, {SAM_AID, "9000"}, {0}};
    struct cc_sam sam;
    g_assert_cmpint(open_table(rows, 20260115, &sam), ==, CC_OK);
    g_assert_cmpuint(sam.key_index, ==, 1);
    g_assert_cmpuint(sam.valid_to, ==, 0);
    g_assert_cmpint(open_table(absent, 20260115, &sam), ==, CC_OK);
    g_assert_cmpuint(sam.key_index, ==, 1);
}

static void test_sam_dates(void)
{
    static const struct exchange rows[] = {
        {"00B0960006", "990100000001 9000"}, {SAM_AID, "9000"}, {"00B0970019", SAM_EF17 "9000"}, {0}};
    struct cc_sam sam;
    g_assert_cmpint(open_table(rows, 20400101, &sam), ==, CC_ERR_SAM);
    g_assert_cmpint(open_table(rows, 20191231, &sam), ==, CC_ERR_SAM);
    g_assert_cmpint(open_table(rows, 20391231, &sam), ==, CC_OK);
    g_assert_cmpint(open_table(rows, 0, &sam), ==, CC_OK);
}

static void test_sam_refuses(void)
{
    static const struct exchange empty[] = {{0}};
    static const struct exchange no_adf[] = {
        {"00B095000E", SAM_EF15 "9000"}, {"00B0960006", "990100000001 9000"}, {0}};
    static const struct exchange short_terminal[] = {
        {"00B0960006", "9901000000 9000"}, {SAM_AID, "9000"}, {0}};
    static const struct exchange long_terminal[] = {
        {"00B0960006", "99010000000102 9000"}, {SAM_AID, "9000"}, {0}};
    static const struct exchange blank_terminal[] = {
        {"00B0960006", "FFFFFFFFFFFF 9000"}, {SAM_AID, "9000"}, {0}};
    static const struct exchange a_card[] = {{SELECT_PURSE, FCI "9000"},
                                             {"00B095000E", "0102030405060708090A0B0C0D0E 9000"},
                                             {"00B0960006", "000000D5C5D0 9000"},
                                             {"00A4*", "9000"},
                                             {0}};
    static const struct exchange blocked_card[] = {
        {SELECT_PURSE, FCI "6A81"}, {"00B0960006", "000000D5C5D0 9000"}, {"00A4*", "9000"}, {0}};
    static const struct exchange pulled[] = {{"00B0960006", "empty"}, {0}};
    const struct exchange *const slots[] = {empty,          no_adf, short_terminal, long_terminal,
                                            blank_terminal, a_card, blocked_card,   pulled};
    for (size_t i = 0; i < G_N_ELEMENTS(slots); i++) {
        struct cc_sam sam;
        g_assert_cmpint(open_table(slots[i], 0, &sam), ==, CC_ERR_SAM);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/apdu/chain", test_apdu_chain);
    g_test_add_func("/apdu/wrong-le", test_apdu_wrong_le);
    g_test_add_func("/apdu/bare-body", test_apdu_bare_body);
    g_test_add_func("/apdu/lost", test_apdu_lost);
    g_test_add_func("/apdu/ceilings", test_apdu_ceilings);
    g_test_add_func("/apdu/liar", test_apdu_liar);
    g_test_add_func("/apdu/trace-masks", test_trace_masks);
    g_test_add_func("/apdu/trace-plain", test_trace_plain);
    g_test_add_func("/apdu/status-words", test_sw);
    g_test_add_func("/card/whole", test_card_whole);
    g_test_add_func("/card/minimal", test_card_minimal);
    g_test_add_func("/card/closed-files", test_card_closed_files);
    g_test_add_func("/card/blocked", test_card_blocked);
    g_test_add_func("/card/unknown", test_card_unknown);
    g_test_add_func("/card/pulled", test_card_pulled);
    g_test_add_func("/card/harmless", test_card_reading_is_harmless);
    g_test_add_func("/card/reselect", test_reselect);
    g_test_add_func("/card/balance", test_balance);
    g_test_add_func("/card/pin", test_pin);
    g_test_add_func("/sam/ways", test_sam_ways);
    g_test_add_func("/sam/short-ef17", test_sam_short_ef17);
    g_test_add_func("/sam/dates", test_sam_dates);
    g_test_add_func("/sam/refuses", test_sam_refuses);
    return g_test_run();
}
