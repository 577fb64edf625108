/* SPDX-License-Identifier: Apache-2.0 */
/* Loads against scripts: what is sent, what each answer means, every kind of evidence and of contradiction. */
#include "citycard.h"
#include "desk.h"

#define LOAD_INIT    "805000020B 01 000000C8 990100000001 10"
#define LOAD_INIT_OK "000068E2 0003 01 00 A1B2C3D4 11223344 9000"
#define CREDIT       "805200000B 20260115 093045 55667788 04"
#define LOAD_PROVE   "805A000202 0004 08"
#define OUR_LOAD     "0004 000000 000000C8 02 990100000001 20260115 093045 9000"
#define OTHER_LOAD   "0004 000000 00000064 02 990100000002 20260115 101500 9000"
#define OLD_LOAD     "0003 000000 000003E8 02 990100000009 20251201 080000 9000"
#define A_PURCHASE   "0004 000000 000000C8 06 990100000009 20260115 101500 9000"
#define NOTHING      {0}

static const uint8_t terminal[6] = {0x99, 0x01, 0x00, 0x00, 0x00, 0x01};
static const uint8_t date_bcd[4] = {0x20, 0x26, 0x01, 0x15}, time_bcd[3] = {0x09, 0x30, 0x45};
static const uint8_t mac2[4] = {0x55, 0x66, 0x77, 0x88};

static int prepare_load(const struct exchange *steps, const struct cc_card *card, uint32_t amount_fen, const char *pin,
                        struct cc_load *load)
{
    struct script script;
    struct cc_port port;
    script_init(&script, steps);
    script_port(&script, &port);
    int result = cc_load_prepare(&port, card, terminal, 1, amount_fen, pin, load);
    script_done(&script);
    return result;
}

/* A load as it is on disk before CREDIT. */
static struct cc_load sent_load(void)
{
    struct cc_load load = {.state = CC_PURCHASE_PREPARED,
                           .family = CC_FAMILY_T_UNION,
                           .card_number = "9901000000001017",
                           .type = 2,
                           .amount_fen = 200,
                           .balance_before_fen = 26850,
                           .counter = 3,
                           .key_index = 1};
    memcpy(load.serial, the_card.serial, 8);
    memcpy(load.issuer, the_card.issuer, 8);
    memcpy(load.terminal, terminal, 6);
    g_assert_cmpint(cc_load_authorise(&load, date_bcd, time_bcd, mac2), ==, CC_OK);
    return load;
}

/* ---- Prepare ---- */

static void test_prepare(void)
{
    static const struct exchange steps[] = {
        {SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {LOAD_INIT, LOAD_INIT_OK}, {0}};
    static const struct exchange with_pin[] = {{SELECT, FCI "9000"},
                                               {"0020000003123456", "9000"},
                                               {BALANCE, "800068E2 9000"}, /* the top bit is noise */
                                               {LOAD_INIT, "800068E2 0003 01 00 A1B2C3D4 11223344 9000"},
                                               {0}};
    struct cc_load load;
    g_assert_cmpint(prepare_load(steps, &the_card, 200, NULL, &load), ==, CC_OK);
    g_assert_cmpint(load.state, ==, CC_PURCHASE_PREPARED);
    g_assert_cmpint(load.family, ==, CC_FAMILY_T_UNION);
    g_assert_cmpstr(load.card_number, ==, "9901000000001017");
    g_assert_cmpuint(load.type, ==, 2);
    g_assert_cmpuint(load.counter, ==, 3);
    g_assert_cmpuint(load.balance_before_fen, ==, 26850);
    g_assert_cmpuint(load.key_version, ==, 1);
    assert_hex(load.random, 4, "A1B2C3D4");
    assert_hex(load.mac1, 4, "11223344");
    g_assert_cmpint(prepare_load(with_pin, &the_card, 200, "123456", &load), ==, CC_OK);
    g_assert_cmpuint(load.balance_before_fen, ==, 26850);
}

/* The ED purse loads with type 01. */
static void test_prepare_ed(void)
{
    static const struct cc_card suzhou = {
        .family = CC_FAMILY_SUZHOU, .card_number = "2150000011112222", .serial = {0x21}};
    struct script script;
    struct cc_port port;
    struct cc_load load;
    static const struct exchange rows[] = {
        {"00A404000B535558494E2E444446303100", "9000"},
        {"00B095001E", "2150000011112222 0000000000000000 00000000 20200101 20301231 0000 9000"},
        {"805C000104", "000003E8 9000"},
        {"805000010B01000000C899010000000110", "000003E8 0005 01 00 A1B2C3D4 11223344 9000"},
        {0}};
    table_init(&script, rows);
    script_port(&script, &port);
    struct cc_card card = suzhou;
    struct cc_card read;
    g_assert_cmpint(cc_card_read(&port, 0, &read), ==, CC_OK);
    g_assert_cmpint(read.family, ==, CC_FAMILY_SUZHOU);
    card = read;
    g_assert_cmpint(cc_load_prepare(&port, &card, terminal, 1, 200, NULL, &load), ==, CC_OK);
    g_assert_cmpuint(load.type, ==, 1);
    g_assert_cmpuint(load.counter, ==, 5);
    script_done(&script);
}

static void check_init(const char *answer, int expected)
{
    const struct exchange steps[] = {
        {SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {LOAD_INIT, answer}, {0}};
    struct cc_load load;
    g_assert_cmpint(prepare_load(steps, &the_card, 200, NULL, &load), ==, expected);
    g_assert_cmpint(load.state, ==, CC_PURCHASE_NONE);
}

static void test_prepare_refused(void)
{
    check_init("6982", CC_PIN_NEEDED);
    check_init("6985", CC_PIN_NEEDED);
    check_init("9402", CC_WORN_OUT);
    check_init("9403", CC_DECLINED);
    check_init("6A81", CC_CARD_BLOCKED);
    check_init("9303", CC_CARD_BLOCKED);
    check_init("6D00", CC_DECLINED);
    check_init("lost", CC_ERR_REMOVED);
    check_init("empty", CC_ERR_REMOVED);
    check_init("000068E2 FFFF 01 00 A1B2C3D4 11223344 9000", CC_WORN_OUT);
    check_init("000068E3 0003 01 00 A1B2C3D4 11223344 9000", CC_ERR_PROTOCOL); /* another balance than a moment ago */
    check_init("000068E2 0003 01 00 A1B2C3D4 112233 9000", CC_ERR_PROTOCOL);
    check_init("000068E2 0003 01 00 A1B2C3D4 1122334455 9000", CC_ERR_PROTOCOL);
    check_init("9000", CC_ERR_PROTOCOL);
}

static void test_prepare_arguments(void)
{
    static const struct exchange nothing[] = {NOTHING};
    static const struct exchange other[] = {{SELECT, OTHER "9000"}, {0}};
    static const struct exchange full[] = {{SELECT, FCI "9000"}, {BALANCE, "7FFFFFFF 9000"}, {0}};
    static const struct exchange blocked[] = {{SELECT, FCI "6A81"}, {0}};
    struct cc_card card = the_card;
    struct cc_load load;
    g_assert_cmpint(prepare_load(nothing, &the_card, 0, NULL, &load), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(prepare_load(nothing, &the_card, 1000001, NULL, &load), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(prepare_load(nothing, NULL, 200, NULL, &load), ==, CC_ERR_ARGUMENT);
    card.family = CC_FAMILY_MACAU; /* its purse does not count in fen */
    g_assert_cmpint(prepare_load(nothing, &card, 200, NULL, &load), ==, CC_ERR_UNSUPPORTED);
    card.family = CC_FAMILY_SOCIAL_SECURITY;
    g_assert_cmpint(prepare_load(nothing, &card, 200, NULL, &load), ==, CC_ERR_UNSUPPORTED);
    card.family = CC_FAMILY_UNKNOWN;
    g_assert_cmpint(prepare_load(nothing, &card, 200, NULL, &load), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(prepare_load(other, &the_card, 200, NULL, &load), ==, CC_OTHER_CARD);
    g_assert_cmpint(prepare_load(blocked, &the_card, 200, NULL, &load), ==, CC_CARD_BLOCKED);
    g_assert_cmpint(prepare_load(full, &the_card, 200, NULL, &load), ==, CC_DECLINED);
}

static void test_authorise(void)
{
    static const uint8_t no_date[4] = {0x20, 0x26, 0x13, 0x15};
    struct cc_load load = sent_load();
    g_assert_cmpint(load.state, ==, CC_PURCHASE_SENT);
    g_assert_cmpint(cc_load_authorise(&load, date_bcd, time_bcd, mac2), ==, CC_ERR_ARGUMENT);
    load.state = CC_PURCHASE_PREPARED;
    g_assert_cmpint(cc_load_authorise(&load, no_date, time_bcd, mac2), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(load.state, ==, CC_PURCHASE_PREPARED);
}

/* ---- Credit ---- */

static struct cc_load check_credit(const struct exchange *steps, int expected, enum cc_purchase_state state)
{
    struct script script;
    struct cc_port port;
    struct cc_load load = sent_load();
    script_init(&script, steps);
    script_port(&script, &port);
    g_assert_cmpint(cc_load_credit(&port, &load), ==, expected);
    g_assert_cmpint(load.state, ==, state);
    g_assert_cmpuint(script_count(&script, "8052"), ==, 1);
    g_assert_cmpint(cc_load_credit(&port, &load), ==, CC_ERR_ARGUMENT); /* once for each load */
    script_done(&script);
    return load;
}

static void test_credit(void)
{
    static const struct exchange whole[] = {{CREDIT, "0A0B0C0D 9000"}, {0}};
    static const struct exchange chained[] = {{CREDIT, "6104"}, {"00C0000004", "0A0B0C0D 9000"}, {0}};
    struct cc_load load = check_credit(whole, CC_OK, CC_PURCHASE_CONFIRMED);
    g_assert_true(load.has_tac);
    assert_hex(load.tac, 4, "0A0B0C0D");
    g_assert_cmpint(load.evidence, ==, CC_EVIDENCE_PROOF);
    check_credit(chained, CC_OK, CC_PURCHASE_CONFIRMED);
}

static void test_credit_refused(void)
{
    static const char *const refusals[] = {"9302", "6988", "6901", "6985", "6700", "6A86", "9303", "9402", "6D00"};
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const struct exchange same[] = {{CREDIT, refusals[i]}, {BALANCE, "000068E2 9000"}, {0}};
        const struct exchange more[] = {{CREDIT, refusals[i]}, {BALANCE, "000069AA 9000"}, {0}};
        const struct exchange mute[] = {{CREDIT, refusals[i]}, {BALANCE, "6982"}, {0}};
        const struct exchange gone[] = {{CREDIT, refusals[i]}, {BALANCE, "lost"}, {0}};
        check_credit(same, CC_DECLINED, CC_PURCHASE_VOID);
        check_credit(more, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT); /* two bytes of a TAC can look like a refusal */
        check_credit(mute, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
        check_credit(gone, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
    }
}

static void test_credit_doubt(void)
{
    static const char *const answers[] = {"lost",  "empty", "one",  "6581", "6400", "6F00",  "6C04",
                                          "63C1",  "9000",  "0A0B0C 9000",  "0A0B0C0D0E 9000", "0A0B0C0D 6581",
                                          "0A0B0C0D 9302"};
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        const struct exchange steps[] = {{CREDIT, answers[i]}, {0}};
        struct cc_load load = check_credit(steps, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
        g_assert_false(load.has_tac);
    }
    static const struct exchange half[] = {{CREDIT, "6104"}, {"00C0000004", "lost"}, {0}};
    check_credit(half, CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT);
}

/* ---- Resolve ---- */

struct verdict {
    int result;
    enum cc_purchase_state state;
    enum cc_evidence evidence;
    const char *tac; /* NULL: none */
};

static const struct verdict by_proof = {CC_OK, CC_PURCHASE_CONFIRMED, CC_EVIDENCE_PROOF, "0A0B0C0D"};
static const struct verdict by_log = {CC_OK, CC_PURCHASE_CONFIRMED, CC_EVIDENCE_LOG, NULL};
static const struct verdict not_credited = {CC_OK, CC_PURCHASE_VOID, CC_EVIDENCE_NONE, NULL};
static const struct verdict anothers = {CC_OK, CC_PURCHASE_VOID, CC_EVIDENCE_LOG, NULL};
static const struct verdict doubt = {CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT, CC_EVIDENCE_NONE, NULL};
static const struct verdict doubt_with_tac = {CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT, CC_EVIDENCE_NONE, "01020304"};

static void check_from(struct cc_load load, const struct exchange *steps, struct verdict expected)
{
    struct script script;
    struct cc_port port;
    script_init(&script, steps);
    script_port(&script, &port);
    g_assert_cmpint(cc_load_resolve(&port, &load), ==, expected.result);
    g_assert_cmpint(load.state, ==, expected.state);
    g_assert_cmpint(load.evidence, ==, expected.evidence);
    g_assert_true(load.has_tac == (expected.tac != NULL));
    if (expected.tac)
        assert_hex(load.tac, 4, expected.tac);
    g_assert_cmpuint(script_count(&script, "8052"), ==, 0); /* resolving never credits */
    script_done(&script);
}

static void check(const struct exchange *steps, struct verdict expected)
{
    struct cc_load load = sent_load();
    check_from(load, steps, expected);
    load.state = CC_PURCHASE_IN_DOUBT;
    check_from(load, steps, expected);
}

#define SELECTED                                                                                             \
    {                                                                                                        \
        SELECT, FCI "9000"                                                                                   \
    }
#define NO_PROOF                                                                                             \
    {                                                                                                        \
        LOAD_PROVE, "9406"                                                                                   \
    }
#define STANDS                                                                                               \
    {BALANCE, "000068E2 9000"},                                                                              \
    {                                                                                                        \
        LOAD_INIT, LOAD_INIT_OK                                                                              \
    }

static void test_proof(void)
{
    static const struct exchange mac_first[] = {SELECTED, {LOAD_PROVE, "55667788 0A0B0C0D 9000"}, {0}};
    static const struct exchange tac_first[] = {SELECTED, {LOAD_PROVE, "0A0B0C0D 55667788 9000"}, {0}};
    check(mac_first, by_proof);
    check(tac_first, by_proof);
}

/* A proof without our MAC2 proves that somebody loaded: the log tells whether it was we. */
static void test_foreign_proof(void)
{
    static const struct exchange ours[] = {
        SELECTED, {LOAD_PROVE, "0E0E0E0E 0A0B0C0D 9000"}, {LOG_1, OUR_LOAD}, {LOG_2, "6A83"}, {0}};
    static const struct exchange others[] = {SELECTED,
                                             {LOAD_PROVE, "0E0E0E0E 01020304 9000"},
                                             {LOG_1, OTHER_LOAD},
                                             {LOG_2, "6A83"},
                                             {BALANCE, "00006946 9000"},
                                             {LOAD_INIT, "00006946 0004 01 00 A1B2C3D4 11223344 9000"},
                                             {0}};
    static const struct exchange no_log[] = {SELECTED,
                                             {LOAD_PROVE, "0E0E0E0E 01020304 9000"},
                                             {LOG_1, "6982"},
                                             {BALANCE, "000069AA 9000"},
                                             {LOAD_INIT, "000069AA 0004 01 00 A1B2C3D4 11223344 9000"},
                                             {0}};
    static const struct exchange contradiction[] = {
        SELECTED, {LOAD_PROVE, "0E0E0E0E 01020304 9000"}, {LOG_1, "6A83"}, STANDS, {0}};
    check(ours, by_proof);
    check(others, anothers);
    check(no_log, doubt_with_tac);
    check(contradiction, doubt_with_tac);
}

static void test_log(void)
{
    static const char *const no_proof[] = {"9406", "6A86", "6D00", "6985", "9000", "55667788 9000",
                                           "0000000000000000 9000", "FFFFFFFFFFFFFFFF 9000"};
    for (size_t i = 0; i < G_N_ELEMENTS(no_proof); i++) {
        const struct exchange first[] = {
            SELECTED, {LOAD_PROVE, no_proof[i]}, {LOG_1, OUR_LOAD}, {LOG_2, "6A83"}, {0}};
        const struct exchange second[] = {SELECTED,           {LOAD_PROVE, no_proof[i]}, {LOG_1, A_PURCHASE},
                                          {LOG_2, OUR_LOAD},  {"00B203C417", "6A83"},    {0}};
        check(first, by_log);
        check(second, by_log);
    }
}

/* One value off, and it is not our record; with the same number, terminal and time it is nobody else's either. */
static void test_log_almost(void)
{
    static const char *const records[] = {
        "0004 000000 000000C9 02 990100000001 20260115 093045 9000",
        "0004 000000 000000C8 01 990100000001 20260115 093045 9000",
        "0005 000000 000000C8 02 990100000001 20260115 093045 9000",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
        const struct exchange steps[] = {SELECTED,
                                         NO_PROOF,
                                         {LOG_1, records[i]},
                                         {LOG_2, "6A83"},
                                         {BALANCE, "000069AA 9000"},
                                         {LOAD_INIT, "000069AA 0004 01 00 A1B2C3D4 11223344 9000"},
                                         {0}};
        check(steps, doubt);
    }
}

static void test_void(void)
{
    static const struct exchange empty_log[] = {SELECTED, NO_PROOF, {LOG_1, "6A83"}, STANDS, {0}};
    static const struct exchange closed_log[] = {SELECTED, NO_PROOF, {LOG_1, "6982"}, STANDS, {0}};
    static const struct exchange old_log[] = {SELECTED,          NO_PROOF, {LOG_1, A_PURCHASE},
                                              {LOG_2, OLD_LOAD}, {"00B203C417", "6A83"}, STANDS, {0}};
    static const struct exchange wants_pin[] = {SELECTED,
                                                NO_PROOF,
                                                {LOG_1, A_PURCHASE},
                                                {LOG_2, OLD_LOAD},
                                                {"00B203C417", "6A83"},
                                                {BALANCE, "000068E2 9000"},
                                                {LOAD_INIT, "6982"},
                                                {0}};
    check(empty_log, not_credited);
    check(closed_log, not_credited);
    check(old_log, not_credited);
    check(wants_pin, not_credited);
}

static void test_number_is_anothers(void)
{
    static const struct exchange other[] = {SELECTED,
                                            NO_PROOF,
                                            {LOG_1, OTHER_LOAD},
                                            {LOG_2, OLD_LOAD},
                                            {"00B203C417", "6A83"},
                                            {BALANCE, "00006946 9000"},
                                            {LOAD_INIT, "00006946 0004 01 00 A1B2C3D4 11223344 9000"},
                                            {0}};
    check(other, anothers);
    struct cc_load load = sent_load();
    load.state = CC_PURCHASE_IN_DOUBT;
    load.has_tac = true; /* the card itself gave one */
    unhex("0A0B0C0D", load.tac, 4);
    check_from(load, other, (struct verdict){CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT, CC_EVIDENCE_NONE, "0A0B0C0D"});
}

static void test_doubt(void)
{
    static const struct exchange counter_moved[] = {SELECTED,
                                                    NO_PROOF,
                                                    {LOG_1, "6A83"},
                                                    {BALANCE, "000068E2 9000"},
                                                    {LOAD_INIT, "000068E2 0004 01 00 A1B2C3D4 11223344 9000"},
                                                    {0}};
    static const struct exchange balance_moved[] = {SELECTED,
                                                    NO_PROOF,
                                                    {LOG_1, "6A83"},
                                                    {BALANCE, "000069AA 9000"},
                                                    {LOAD_INIT, "000069AA 0003 01 00 A1B2C3D4 11223344 9000"},
                                                    {0}};
    static const struct exchange two_balances[] = {SELECTED,
                                                   NO_PROOF,
                                                   {LOG_1, "6A83"},
                                                   {BALANCE, "000068E2 9000"},
                                                   {LOAD_INIT, "000069AA 0003 01 00 A1B2C3D4 11223344 9000"},
                                                   {0}};
    static const struct exchange no_counter[] = {
        SELECTED, NO_PROOF, {LOG_1, "6A83"}, {BALANCE, "000068E2 9000"}, {LOAD_INIT, "6985"}, {0}};
    static const struct exchange pin_and_no_log[] = {
        SELECTED, NO_PROOF, {LOG_1, "6A83"}, {BALANCE, "000068E2 9000"}, {LOAD_INIT, "6982"}, {0}};
    static const struct exchange no_balance[] = {
        SELECTED, NO_PROOF, {LOG_1, "6A83"}, {BALANCE, "6982"}, {LOAD_INIT, LOAD_INIT_OK}, {0}};
    static const struct exchange against_log[] = {
        SELECTED, NO_PROOF, {LOG_1, OTHER_LOAD}, {LOG_2, "6A83"}, STANDS, {0}};
    static const struct exchange beyond[] = {
        SELECTED, NO_PROOF, {LOG_1, OTHER_LOAD}, {LOG_2, "0102 9000"}, STANDS, {0}};
    check(counter_moved, doubt);
    check(balance_moved, doubt);
    check(two_balances, doubt);
    check(no_counter, doubt);
    check(pin_and_no_log, doubt);
    check(no_balance, doubt);
    check(against_log, doubt);
    check(beyond, doubt); /* a load log that is not whole */
}

static void check_untouched(const struct exchange *steps, int expected)
{
    struct script script;
    struct cc_port port;
    struct cc_load load = sent_load(), before = load;
    script_init(&script, steps);
    script_port(&script, &port);
    g_assert_cmpint(cc_load_resolve(&port, &load), ==, expected);
    g_assert_cmpmem(&before, sizeof before, &load, sizeof load);
    script_done(&script);
}

static void test_lost_while_resolving(void)
{
    static const struct exchange at_select[] = {{SELECT, "lost"}, {0}};
    static const struct exchange at_proof[] = {SELECTED, {LOAD_PROVE, "lost"}, {0}};
    static const struct exchange at_log[] = {SELECTED, NO_PROOF, {LOG_1, "empty"}, {0}};
    static const struct exchange at_balance[] = {SELECTED, NO_PROOF, {LOG_1, "6A83"}, {BALANCE, "one"}, {0}};
    static const struct exchange at_init[] = {
        SELECTED, NO_PROOF, {LOG_1, "6A83"}, {BALANCE, "000068E2 9000"}, {LOAD_INIT, "lost"}, {0}};
    static const struct exchange other[] = {{SELECT, OTHER "9000"}, {0}};
    check_untouched(at_select, CC_ERR_REMOVED);
    check_untouched(at_proof, CC_ERR_REMOVED);
    check_untouched(at_log, CC_ERR_REMOVED);
    check_untouched(at_balance, CC_ERR_REMOVED);
    check_untouched(at_init, CC_ERR_REMOVED);
    check_untouched(other, CC_OTHER_CARD);
}

static void test_states(void)
{
    static const struct exchange nothing[] = {NOTHING};
    static const enum cc_purchase_state closed[] = {CC_PURCHASE_NONE, CC_PURCHASE_PREPARED, CC_PURCHASE_CONFIRMED,
                                                    CC_PURCHASE_VOID};
    for (size_t i = 0; i < G_N_ELEMENTS(closed); i++) {
        struct script script;
        struct cc_port port;
        struct cc_load load = sent_load();
        load.state = closed[i];
        script_init(&script, nothing);
        script_port(&script, &port);
        g_assert_cmpint(cc_load_resolve(&port, &load), ==, CC_ERR_ARGUMENT);
        g_assert_cmpint(cc_load_credit(&port, &load), ==, CC_ERR_ARGUMENT);
        load = sent_load();
        memset(load.card_number, 'A', sizeof load.card_number); /* as a damaged disk may give it back */
        g_assert_cmpint(cc_load_resolve(&port, &load), ==, CC_ERR_ARGUMENT);
        script_done(&script);
    }
}

/* Changsha keeps its loads in a log of their own, EF1A. */
static void test_load_log(void)
{
    static const struct exchange rows[] = {
        {"00A4040009A0000000038698070100", "9000"},
        {"00B095001E", "0731410000000000 01 01 0000 4100000089999985 20150605 20380808 0000 9000"},
        {"805A00020200 0408", "9406"},
        {"00B201D417", OUR_LOAD},
        {"00B2*", "6A83"},
        {"805C000204", "000069AA 9000"},
        {"8050*", "000069AA 0004 01 00 A1B2C3D4 11223344 9000"},
        {0}};
    struct script script;
    struct cc_port port;
    struct cc_load load = sent_load();
    load.family = CC_FAMILY_CHANGSHA;
    memset(load.card_number, 0, sizeof load.card_number);
    memcpy(load.card_number, "4100000089999985", 16);
    unhex("0731410000000000", load.issuer, 8);
    table_init(&script, rows);
    script_port(&script, &port);
    g_assert_cmpint(cc_load_resolve(&port, &load), ==, CC_OK);
    g_assert_cmpint(load.state, ==, CC_PURCHASE_CONFIRMED);
    g_assert_cmpint(load.evidence, ==, CC_EVIDENCE_LOG);
    script_done(&script);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/load/prepare", test_prepare);
    g_test_add_func("/load/prepare-ed", test_prepare_ed);
    g_test_add_func("/load/prepare-refused", test_prepare_refused);
    g_test_add_func("/load/prepare-arguments", test_prepare_arguments);
    g_test_add_func("/load/authorise", test_authorise);
    g_test_add_func("/load/credit", test_credit);
    g_test_add_func("/load/credit-refused", test_credit_refused);
    g_test_add_func("/load/credit-doubt", test_credit_doubt);
    g_test_add_func("/load/proof", test_proof);
    g_test_add_func("/load/foreign-proof", test_foreign_proof);
    g_test_add_func("/load/log", test_log);
    g_test_add_func("/load/log-almost", test_log_almost);
    g_test_add_func("/load/load-log", test_load_log);
    g_test_add_func("/load/void", test_void);
    g_test_add_func("/load/number-is-anothers", test_number_is_anothers);
    g_test_add_func("/load/doubt", test_doubt);
    g_test_add_func("/load/lost-while-resolving", test_lost_while_resolving);
    g_test_add_func("/load/states", test_states);
    return g_test_run();
}
