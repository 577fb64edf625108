/* SPDX-License-Identifier: Apache-2.0 */
/* Prepare, debit and resolve, command by command, against scripted cards and PSAMs. */
#include "citycard.h"
#include "desk.h"

/* ---- Prepare ---- */

static void test_whole(void)
{
    static const struct exchange card[] = {{SELECT, FCI "9000"},
                                           {BALANCE, "000068E2 9000"},
                                           {INIT, INIT_OK},
                                           {DEBIT, "DE01C069 9B91B2CC 9000"},
                                           {0}};
    static const struct exchange module[] = {{SAM_INIT, "00000102 E551702B 9000"}, {CHECK, "9000"}, {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare(&desk, NULL), ==, CC_OK);
    struct cc_purchase *purchase = &desk.purchase;
    g_assert_cmpint(purchase->state, ==, CC_PURCHASE_PREPARED);
    g_assert_cmpstr(purchase->card_number, ==, "9901000000001017");
    g_assert_cmpuint(purchase->terminal_serial, ==, 0x102);
    g_assert_cmpuint(purchase->counter, ==, 7);
    g_assert_cmpuint(purchase->balance_before_fen, ==, 26850);
    g_assert_cmpuint(purchase->type, ==, 6);
    g_assert_cmpuint(purchase->key_version, ==, 1);
    assert_hex(purchase->random, 4, "A1B2C3D4");
    assert_hex(purchase->date_bcd, 4, "20260115");
    assert_hex(purchase->time_bcd, 3, "093045");
    assert_hex(purchase->mac1, 4, "E551702B");
    g_assert_true(desk.sam.live && desk.sam.live_serial == 0x102);
    purchase->state = CC_PURCHASE_SENT;
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, purchase), ==, CC_OK);
    g_assert_cmpint(purchase->state, ==, CC_PURCHASE_CONFIRMED);
    g_assert_cmpint(purchase->evidence, ==, CC_EVIDENCE_MAC2);
    g_assert_true(purchase->has_tac);
    assert_hex(purchase->tac, 4, "DE01C069");
    assert_hex(purchase->mac2, 4, "9B91B2CC");
    g_assert_false(desk.sam.live);
    desk_close(&desk);
}

static void test_chained(void)
{
    static const struct exchange card[] = {{SELECT, "6133"},
                                           {"00C0000033", FCI "9000"},
                                           {BALANCE, "6104"},
                                           {"00C0000004", "000068E2 9000"},
                                           {INIT, "610F"},
                                           {"00C000000F", INIT_OK},
                                           {DEBIT, "6108"},
                                           {"00C0000008", "DE01C069 9B91B2CC 9000"},
                                           {0}};
    static const struct exchange module[] = {
        {SAM_INIT, "6108"}, {"00C0000008", "00000102 E551702B 9000"}, {CHECK, "9000"}, {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare(&desk, NULL), ==, CC_OK);
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_OK);
    desk_close(&desk);
}

/* A card and a PSAM that want no Le in a command with a body: known before DEBIT, which is sent once only. */
static void test_without_le(void)
{
    static const struct exchange card[] = {
        {SELECT, "6700"},
        {"00A4040008A000000632010105", FCI "9000"},
        {BALANCE, "000068E2 9000"},
        {"805001020B 01 000000C8 990100000001", INIT_OK},
        {"805401000F 00000102 20260115 093045 E551702B", "DE01C069 9B91B2CC 9000"},
        {0}};
    static const struct exchange module[] = {{SAM_INIT, "6700"},
                                             {"8070000024" BODY "01019901FFFFFFFF", "00000102 E551702B 9000"},
                                             {CHECK, "9000"},
                                             {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare(&desk, NULL), ==, CC_OK);
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_OK);
    desk_close(&desk);
}

static void test_one_factor(void)
{
    static const struct exchange card[] = {
        {SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {INIT, INIT_OK}, {0}};
    static const struct exchange module[] = {{SAM_INIT, "6700"},
                                             {"8070000024" BODY "01019901FFFFFFFF", "6700"},
                                             {"807000001C" BODY "08", "00000102 E551702B 9000"},
                                             {0}};
    static const struct exchange never[] = {{SAM_INIT, "6700"},
                                            {"8070000024" BODY "01019901FFFFFFFF", "6700"},
                                            {"807000001C" BODY "08", "6700"},
                                            {"807000001C" BODY, "6700"},
                                            {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare(&desk, NULL), ==, CC_OK);
    desk_close(&desk);
    desk_open(&desk, card, never);
    g_assert_cmpint(prepare(&desk, NULL), ==, CC_ERR_SAM);
    g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_NONE);
    g_assert_false(desk.sam.live);
    desk_close(&desk);
}

static void test_noise_bit(void)
{
    static const struct exchange card[] = {
        {SELECT, FCI "9000"}, {BALANCE, "800068E2 9000"}, {INIT, INIT_OK}, {0}};
    static const struct exchange module[] = {{SAM_INIT, "00000102 E551702B 9000"}, {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare(&desk, NULL), ==, CC_OK);
    g_assert_cmpuint(desk.purchase.balance_before_fen, ==, 26850);
    desk_close(&desk);
}

static void check_prepare(const struct exchange *card, const char *pin, int expected)
{
    struct desk desk;
    struct cc_purchase nothing = {0};
    desk_open(&desk, card, NULL);
    g_assert_cmpint(prepare(&desk, pin), ==, expected);
    g_assert_cmpmem(&desk.purchase, sizeof nothing, &nothing, sizeof nothing);
    desk_close(&desk);
}

static void check_init(const char *answer, int expected)
{
    const struct exchange card[] = {{SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {INIT, answer}, {0}};
    check_prepare(card, NULL, expected);
}

static void test_init_refusals(void)
{
    check_init("6982", CC_PIN_NEEDED);
    check_init("6985", CC_PIN_NEEDED); /* some cards say it so */
    check_init("9401", CC_BALANCE_LOW);
    check_init("9402", CC_WORN_OUT);
    check_init("9403", CC_DECLINED);
    check_init("6A80", CC_DECLINED);
    check_init("9303", CC_CARD_BLOCKED);
    check_init("6A81", CC_CARD_BLOCKED);
    check_init("6F00", CC_DECLINED);
    check_init("lost", CC_ERR_REMOVED);
    check_init("9000", CC_ERR_PROTOCOL);
    check_init("000068E2 0007 000000 01 00 A1B2C3 9000", CC_ERR_PROTOCOL);
    check_init("000068E2 0007 000000 01 00 A1B2C3D4 00 9000", CC_ERR_PROTOCOL);
    check_init("000068E1 0007 000000 01 00 A1B2C3D4 9000",
               CC_ERR_PROTOCOL); /* another balance than a moment ago */
    check_init("000068E2 FFFF 000000 01 00 A1B2C3D4 9000", CC_WORN_OUT);
}

static void test_prepare_card(void)
{
    static const struct exchange other[] = {{SELECT, OTHER "9000"}, {0}};
    static const struct exchange none[] = {{SELECT, "6A82"}, {0}};
    static const struct exchange blocked[] = {{SELECT, FCI "6A81"}, {0}};
    static const struct exchange low[] = {{SELECT, FCI "9000"}, {BALANCE, "000000C7 9000"}, {0}};
    static const struct exchange shy[] = {{SELECT, FCI "9000"}, {BALANCE, "6982"}, {0}};
    static const struct exchange odd[] = {{SELECT, FCI "9000"}, {BALANCE, "0000 9000"}, {0}};
    static const struct exchange no_purse[] = {{SELECT, FCI "9000"}, {BALANCE, "6D00"}, {0}};
    check_prepare(other, NULL, CC_OTHER_CARD);
    check_prepare(none, NULL, CC_OTHER_CARD);
    check_prepare(blocked, NULL, CC_CARD_BLOCKED);
    check_prepare(low, NULL, CC_BALANCE_LOW);
    check_prepare(shy, NULL, CC_PIN_NEEDED);
    check_prepare(odd, NULL, CC_ERR_PROTOCOL);
    check_prepare(no_purse, NULL, CC_DECLINED);
}

static void test_prepare_pin(void)
{
    static const struct exchange wrong[] = {{SELECT, FCI "9000"}, {"0020000003123456", "63C1"}, {0}};
    static const struct exchange locked[] = {{SELECT, FCI "9000"}, {"0020000003123456", "6983"}, {0}};
    static const struct exchange no_pin[] = {{SELECT, FCI "9000"}, {"0020000003123456", "6A88"}, {0}};
    static const struct exchange order[] = {
        {SELECT, FCI "9000"}, {"0020000003123456", "9000"}, {BALANCE, "000068E2 9000"}, {INIT, "6985"}, {0}};
    check_prepare(wrong, "123456", CC_PIN_WRONG);
    check_prepare(locked, "123456", CC_PIN_BLOCKED);
    check_prepare(no_pin, "123456", CC_DECLINED);
    check_prepare(order, "123456", CC_DECLINED); /* the PIN was right: 6985 means something else */
    static const struct exchange nothing[] = {{SELECT, FCI "9000"}, {0}};
    check_prepare(nothing, "12", CC_ERR_ARGUMENT);
}

static void test_prepare_arguments(void)
{
    static const struct exchange nothing[] = {{0}};
    struct desk desk;
    struct cc_card unknown = the_card;
    struct cc_time wrong = now;
    unknown.family = CC_FAMILY_UNKNOWN;
    wrong.month = 13;
    desk_open(&desk, nothing, nothing);
    struct cc_port *port = &desk.port;
    struct cc_sam *sam = &desk.sam;
    struct cc_purchase *out = &desk.purchase;
    g_assert_cmpint(cc_purchase_prepare(port, sam, &the_card, 0, &now, NULL, out), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_purchase_prepare(port, sam, &the_card, 1000001, &now, NULL, out), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_purchase_prepare(port, NULL, &the_card, 1, &now, NULL, out), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_purchase_prepare(port, sam, &unknown, 1, &now, NULL, out), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_purchase_prepare(port, sam, &the_card, 1, &wrong, NULL, out), ==, CC_ERR_ARGUMENT);
    unknown = the_card;
    unknown.family = CC_FAMILY_SOCIAL_SECURITY; /* has no purse */
    g_assert_cmpint(cc_purchase_prepare(port, sam, &unknown, 1, &now, NULL, out), ==, CC_ERR_UNSUPPORTED);
    sam->port.broken = true;
    g_assert_cmpint(cc_purchase_prepare(port, sam, &the_card, 1, &now, NULL, out), ==, CC_ERR_SAM);
    desk_close(&desk);
}

static void test_prepare_sam(void)
{
    static const char *const answers[] = {
        "6901", "9403", "9000", "00000102 E55170 9000", "00000102 E551702B00 9000", "lost", "empty", "one"};
    static const struct exchange card[] = {
        {SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {INIT, INIT_OK}, {0}};
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        const struct exchange module[] = {{SAM_INIT, answers[i]}, {0}};
        struct desk desk;
        desk_open(&desk, card, module);
        g_assert_cmpint(prepare(&desk, NULL), ==, CC_ERR_SAM); /* never "card removed" */
        g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_NONE);
        g_assert_false(desk.sam.live);
        desk_close(&desk);
    }
}

/* ---- Compound ---- */

#define COMPOUND_INIT "805003020B 01 000000C8 990100000001 0F"
#define COMPOUND_BODY "A1B2C3D4 0007 000000C8 09 20260115 093045 01 00 9901000000001017"
#define COMPOUND_SAM  "8070000024" COMPOUND_BODY "01019901FFFFFFFF 08"

static const struct cc_compound_record two_records[2] = {{.p1 = 0x00, .sfi = 0x1E, .len = 3, .bytes = {1, 2, 3}},
                                                         {.p1 = 0x02, .sfi = 0x17, .len = 2, .bytes = {4, 5}}};

static int prepare_compound(struct desk *desk, uint32_t amount_fen)
{
    return cc_compound_prepare(&desk->port, &desk->sam, &the_card, amount_fen, &now, NULL, two_records, 2, &desk->purchase);
}

static void test_compound(void)
{
    static const struct exchange card[] = {{SELECT, FCI "9000"},
                                           {BALANCE, "000068E2 9000"},
                                           {COMPOUND_INIT, INIT_OK},
                                           {"80DC00F003 010203", "9000"},
                                           {"80DC02B802 0405", "9000"},
                                           {"805401000F 00000102 20260115 093045 08C5DA89 08", "30B243A4 9B91B2CC 9000"},
                                           {0}};
    static const struct exchange module[] = {{COMPOUND_SAM, "00000102 08C5DA89 9000"}, {CHECK, "9000"}, {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare_compound(&desk, 200), ==, CC_OK);
    g_assert_cmpuint(desk.purchase.type, ==, 9);
    g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_PREPARED);
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_OK);
    assert_hex(desk.purchase.tac, 4, "30B243A4");
    desk_close(&desk);
}

/* A record that the card does not take ends it before anything has changed; it is sent once. */
static void test_compound_refused(void)
{
    static const struct {
        const char *answer;
        int expected;
    } rows[] = {{"6A83", CC_DECLINED}, {"6985", CC_DECLINED}, {"6700", CC_DECLINED}, {"6C03", CC_DECLINED},
                {"9303", CC_CARD_BLOCKED}, {"lost", CC_ERR_REMOVED}, {"empty", CC_ERR_REMOVED}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange card[] = {{SELECT, FCI "9000"},
                                        {BALANCE, "000068E2 9000"},
                                        {COMPOUND_INIT, INIT_OK},
                                        {"80DC00F003 010203", rows[i].answer},
                                        {0}};
        const struct exchange module[] = {{COMPOUND_SAM, "00000102 08C5DA89 9000"}, {0}};
        struct desk desk;
        desk_open(&desk, card, module);
        g_assert_cmpint(prepare_compound(&desk, 200), ==, rows[i].expected);
        g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_NONE);
        desk_close(&desk);
    }
}

/* An entry costs nothing, so an unchanged balance says nothing: a refusal is a doubt, and resolve is asked. */
static void test_compound_entry(void)
{
    static const struct exchange card[] = {{SELECT, FCI "9000"},
                                           {BALANCE, "00000000 9000"},
                                           {"805003020B 01 00000000 990100000001 0F",
                                            "00000000 0007 000000 01 00 A1B2C3D4 9000"},
                                           {"80DC00F003 010203", "9000"},
                                           {"80DC02B802 0405", "9000"},
                                           {"805401000F 00000102 20260115 093045 08C5DA89 08", "9302"},
                                           {0}};
    static const struct exchange module[] = {
        {"8070000024 A1B2C3D4 0007 00000000 09 20260115 093045 01 00 9901000000001017 01019901FFFFFFFF 08",
         "00000102 08C5DA89 9000"},
        {0}};
    struct desk desk;
    desk_open(&desk, card, module);
    g_assert_cmpint(prepare_compound(&desk, 0), ==, CC_OK);
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_IN_DOUBT);
    desk_close(&desk);
}

static void test_compound_arguments(void)
{
    static const struct exchange nothing[] = {{0}};
    struct cc_compound_record wrong[5];
    struct desk desk;
    desk_open(&desk, nothing, nothing);
    memset(wrong, 0, sizeof wrong);
    for (size_t i = 0; i < 5; i++)
        wrong[i] = two_records[0];
    const struct {
        const struct cc_compound_record *records;
        size_t count;
        uint8_t sfi, len;
    } rows[] = {{NULL, 1, 0x1E, 3}, {wrong, 0, 0x1E, 3}, {wrong, 5, 0x1E, 3}, {wrong, 1, 0, 3},
                {wrong, 1, 31, 3},  {wrong, 1, 0x1E, 0}, {wrong, 4, 0x1E, 129}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        wrong[0].sfi = rows[i].sfi;
        wrong[0].len = rows[i].len;
        g_assert_cmpint(cc_compound_prepare(&desk.port, &desk.sam, &the_card, 0, &now, NULL, rows[i].records, rows[i].count,
                                            &desk.purchase),
                        ==, CC_ERR_ARGUMENT);
    }
    desk_close(&desk);
}

/* ---- The Ministry of Housing's security code ---- */

#define CU_SELECT "00A4040009A0000000038698070100"
#define CU_EF15   "00B095001E"
#define CU_FILE   "0000200000000000 01 01 0000 9901000000001017 20240301 20340228 0000 9000"
#define CODE      "8588D32B7688D32B76"
#define CU_SAM    "807000001C" BODY "08"

/* `card` tells what 80 CA and the rest of it got; `module` likewise. */
static void check_code(const struct exchange *card, const struct exchange *module, int expected, bool has_code)
{
    struct exchange steps[12] = {{CU_SELECT, "9000"}, {CU_EF15, CU_FILE}, {BALANCE, "000068E2 9000"}, {INIT, INIT_OK}};
    struct cc_card city_union = the_card;
    city_union.family = CC_FAMILY_CITY_UNION;
    memset(city_union.issuer, 0, 8);
    city_union.issuer[2] = 0x20;
    for (size_t i = 0; card[i].command; i++)
        steps[4 + i] = card[i];
    struct desk desk;
    desk_open(&desk, steps, module);
    g_assert_cmpint(cc_purchase_prepare(&desk.port, &desk.sam, &city_union, 200, &now, NULL, &desk.purchase), ==, expected);
    g_assert_true(desk.purchase.has_security_code == has_code);
    if (has_code)
        assert_hex(desk.purchase.security_code, 9, CODE);
    desk_close(&desk);
}

static void test_security_code(void)
{
    static const struct exchange given[] = {{"80CA000009", CODE "9000"}, {0}};
    static const struct exchange with[] = {{"80CA000009" CODE, "9000"}, {CU_SAM, "00000102 E551702B 9000"}, {0}};
    static const struct exchange without[] = {{CU_SAM, "00000102 E551702B 9000"}, {0}};
    static const struct exchange refused[] = {{"80CA000009" CODE, "6300"}, {0}};
    static const struct exchange unknown[] = {{"80CA000009" CODE, "6D00"}, {0}};
    static const struct exchange silent[] = {{0}};
    check_code(given, with, CC_OK, true);
    check_code(given, refused, CC_ERR_SAM, false);
    check_code(given, unknown, CC_ERR_SAM, false);
    static const char *const lacking[] = {"6D00", "6E00", "6A81", "6A86", "6A88"};
    for (size_t i = 0; i < G_N_ELEMENTS(lacking); i++) {
        const struct exchange none[] = {{"80CA000009", lacking[i]}, {INIT, INIT_OK}, {0}};
        check_code(none, without, CC_OK, false);
    }
    static const struct exchange closed[] = {{"80CA000009", "6985"}, {0}};
    static const struct exchange cut[] = {{"80CA000009", "8588D32B 9000"}, {0}};
    static const struct exchange lost[] = {{"80CA000009", "lost"}, {0}};
    check_code(closed, silent, CC_DECLINED, false);
    check_code(cut, silent, CC_ERR_PROTOCOL, false);
    check_code(lost, silent, CC_ERR_REMOVED, false);
}

/* ---- Debit ---- */

static void check_debit(const char *answer, const char *balance, const char *module_answer, int expected,
                        enum cc_purchase_state state)
{
    const struct exchange card[] = {{DEBIT, answer}, {balance ? BALANCE : NULL, balance}, {0}};
    const struct exchange module[] = {{module_answer ? CHECK : NULL, module_answer}, {0}};
    struct desk desk;
    desk_prepared(&desk, card, module);
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, expected);
    g_assert_cmpint(desk.purchase.state, ==, state);
    g_assert_cmpuint(script_count(&desk.card, "8054"), ==, 1);
    g_assert_true(desk.sam.debit_sent);
    /* Whatever came of it: the same 8070 never gets a second DEBIT, not even with a copy that still says SENT. */
    desk.purchase.state = CC_PURCHASE_SENT;
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_ERR_SAM);
    g_assert_cmpuint(script_count(&desk.card, "8054"), ==, 1);
    desk_close(&desk);
}

static void test_debit_refused(void)
{
    static const char *const refusals[] = {"9302", "9303", "9401", "9402", "9403", "6700", "6901", "6982",
                                           "6985", "6988", "6A80", "6A81", "6A86", "6D00", "6E00"};
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        check_debit(refusals[i], "000068E2 9000", NULL, CC_DECLINED, CC_PURCHASE_VOID);
        /* The same two bytes, but the money has gone: they were the head of a TAC. */
        check_debit(refusals[i], "0000681A 9000", NULL, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
        check_debit(refusals[i], "6985", NULL, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
        check_debit(refusals[i], "lost", NULL, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
    }
}

/* All 65536 two-byte answers: only the known refusals may end in VOID, nothing in CONFIRMED. */
static int transmit_word(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    uint16_t *word = ctx;
    uint16_t sw = command[1] == 0x54 ? *word : 0x9000;
    size_t at = 0;
    if (command[1] == 0x5C)
        at = unhex("000068E2", answer, 4);
    answer[at] = (uint8_t)(sw >> 8);
    answer[at + 1] = (uint8_t)sw;
    *answer_len = at + 2;
    return CC_OK;
}

static void test_debit_any_word(void)
{
    static const struct exchange nothing[] = {{0}};
    unsigned refused = 0;
    for (unsigned word = 0; word <= 0xFFFF; word++) {
        struct desk desk;
        uint16_t sw = (uint16_t)word;
        struct cc_channel channel = {.ctx = &sw, .transmit = transmit_word};
        desk_prepared(&desk, nothing, nothing);
        cc_port_init(&desk.port, &channel);
        int result = cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase);
        g_assert_true(result == CC_IN_DOUBT || result == CC_DECLINED);
        refused += result == CC_DECLINED;
        desk_close(&desk);
    }
    g_assert_cmpuint(refused, ==, 15);
}

static void test_debit_doubt(void)
{
    static const char *const answers[] = {"9000",
                                          "6581",
                                          "6400",
                                          "6F00",
                                          "6283",
                                          "63C1",
                                          "6C08",
                                          "DE01",
                                          "DE01C069 9B91B2 9000",
                                          "DE01C069 9B91B2CC 00 9000",
                                          "DE01C069 9B91B2CC 6985",
                                          "DE01C069 6985",
                                          "lost",
                                          "empty",
                                          "one"};
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        check_debit(answers[i], NULL, NULL, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
}

static void test_debit_sam(void)
{
    static const char *const answers[] = {"9302", "6988", "9403", "6901", "6985", "lost", "empty", "one"};
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        check_debit("DE01C069 9B91B2CC 9000", NULL, answers[i], CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
}

static void test_debit_keeps_tac(void)
{
    static const struct exchange card[] = {{DEBIT, "DE01C069 9B91B2CC 9000"}, {0}};
    static const struct exchange module[] = {{CHECK, "9302"}, {0}};
    struct desk desk;
    desk_prepared(&desk, card, module);
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_IN_DOUBT);
    g_assert_true(desk.purchase.has_tac);
    assert_hex(desk.purchase.tac, 4, "DE01C069");
    desk_close(&desk);
}

/* Accepted with 61xx, then refused or lost while fetching: the card may have written. */
static void test_debit_chain_breaks(void)
{
    static const char *const rest[] = {"6985", "6700", "9302", "lost", "empty", "DE01C069 9000", "6901"};
    for (size_t i = 0; i < G_N_ELEMENTS(rest); i++) {
        const struct exchange card[] = {{DEBIT, "6108"}, {"00C0000008", rest[i]}, {0}};
        struct desk desk;
        desk_prepared(&desk, card, NULL);
        g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_IN_DOUBT);
        desk_close(&desk);
    }
}

static void test_debit_guards(void)
{
    static const struct exchange nothing[] = {{0}};
    static const enum cc_purchase_state closed[] = {CC_PURCHASE_NONE, CC_PURCHASE_CONFIRMED, CC_PURCHASE_VOID,
                                                    CC_PURCHASE_IN_DOUBT};
    struct desk desk;
    desk_prepared(&desk, nothing, nothing);
    for (size_t i = 0; i < G_N_ELEMENTS(closed); i++) {
        desk.purchase.state = closed[i];
        g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_ERR_ARGUMENT);
        g_assert_cmpint(desk.purchase.state, ==, closed[i]);
    }
    desk.purchase.state = CC_PURCHASE_SENT;
    g_assert_cmpint(cc_purchase_debit(&desk.port, NULL, &desk.purchase), ==, CC_ERR_ARGUMENT);
    desk.sam.live_serial = 0x103; /* another 8070 since */
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_ERR_SAM);
    desk.sam.live_serial = 0x102;
    desk.sam.live = false; /* read back after a power cut */
    g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_ERR_SAM);
    g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_SENT);
    desk_close(&desk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/purchase/whole", test_whole);
    g_test_add_func("/purchase/chained", test_chained);
    g_test_add_func("/purchase/without-le", test_without_le);
    g_test_add_func("/purchase/one-factor", test_one_factor);
    g_test_add_func("/purchase/noise-bit", test_noise_bit);
    g_test_add_func("/purchase/init-refusals", test_init_refusals);
    g_test_add_func("/purchase/prepare-card", test_prepare_card);
    g_test_add_func("/purchase/prepare-pin", test_prepare_pin);
    g_test_add_func("/purchase/prepare-arguments", test_prepare_arguments);
    g_test_add_func("/purchase/prepare-sam", test_prepare_sam);
    g_test_add_func("/purchase/debit-refused", test_debit_refused);
    g_test_add_func("/purchase/debit-any-word", test_debit_any_word);
    g_test_add_func("/purchase/debit-doubt", test_debit_doubt);
    g_test_add_func("/purchase/debit-sam", test_debit_sam);
    g_test_add_func("/purchase/debit-keeps-tac", test_debit_keeps_tac);
    g_test_add_func("/purchase/debit-chain-breaks", test_debit_chain_breaks);
    g_test_add_func("/purchase/debit-guards", test_debit_guards);
    g_test_add_func("/purchase/compound", test_compound);
    g_test_add_func("/purchase/compound-refused", test_compound_refused);
    g_test_add_func("/purchase/compound-entry", test_compound_entry);
    g_test_add_func("/purchase/compound-arguments", test_compound_arguments);
    g_test_add_func("/purchase/security-code", test_security_code);
    return g_test_run();
}
