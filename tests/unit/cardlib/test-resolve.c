/* SPDX-License-Identifier: Apache-2.0 */
/* Settling a purchase in doubt: every kind of evidence, every kind of contradiction. */
#include "citycard.h"
#include "desk.h"

#define SELECTED                                                                                             \
    {                                                                                                        \
        SELECT, FCI "9000"                                                                                   \
    }
#define NO_PROOF                                                                                             \
    {                                                                                                        \
        PROVE, "9406"                                                                                        \
    }
#define NO_LOG                                                                                               \
    {                                                                                                        \
        LOG_1, "6A83"                                                                                        \
    }

struct verdict {
    int result;
    enum cc_purchase_state state;
    enum cc_evidence evidence;
};

static const struct verdict confirmed_mac2 = {CC_OK, CC_PURCHASE_CONFIRMED, CC_EVIDENCE_MAC2};
static const struct verdict confirmed_tac = {CC_OK, CC_PURCHASE_CONFIRMED, CC_EVIDENCE_TAC};
static const struct verdict confirmed_log = {CC_OK, CC_PURCHASE_CONFIRMED, CC_EVIDENCE_LOG};
static const struct verdict not_debited = {CC_OK, CC_PURCHASE_VOID, CC_EVIDENCE_NONE};
static const struct verdict anothers = {CC_OK, CC_PURCHASE_VOID, CC_EVIDENCE_LOG};
static const struct verdict doubt = {CC_IN_DOUBT, CC_PURCHASE_IN_DOUBT, CC_EVIDENCE_NONE};

/* `module` NULL: no PSAM at all. */
static void check(const struct exchange *card, const struct exchange *module, bool live,
                  struct verdict expected, struct cc_purchase *after)
{
    struct desk desk;
    desk_prepared(&desk, card, module);
    desk.sam.live = live;
    int result = cc_purchase_resolve(&desk.port, module ? &desk.sam : NULL, &desk.purchase);
    g_assert_cmpint(result, ==, expected.result);
    g_assert_cmpint(desk.purchase.state, ==, expected.state);
    g_assert_cmpint(desk.purchase.evidence, ==, expected.evidence);
    g_assert_cmpuint(script_count(&desk.card, "8054"), ==, 0); /* resolving never debits */
    if (after)
        *after = desk.purchase;
    desk_close(&desk);
}

static void assert_settled(const struct cc_purchase *purchase)
{
    g_assert_true(purchase->has_tac);
    assert_hex(purchase->tac, 4, "DE01C069");
    assert_hex(purchase->mac2, 4, "9B91B2CC");
}

/* ---- The proof ---- */

static void test_proof_mac2(void)
{
    static const struct exchange card[] = {SELECTED, {PROVE, "9B91B2CC DE01C069 9000"}, {0}};
    static const struct exchange module[] = {{CHECK, "9000"}, {0}};
    struct cc_purchase after;
    check(card, module, true, confirmed_mac2, &after);
    assert_settled(&after);
}

static void test_proof_other_order(void)
{
    static const struct exchange card[] = {SELECTED, {PROVE, "DE01C069 9B91B2CC 9000"}, {0}};
    static const struct exchange module[] = {{"8072000004DE01C069", "9302"}, {CHECK, "9000"}, {0}};
    struct cc_purchase after;
    check(card, module, true, confirmed_mac2, &after);
    assert_settled(&after);
}

static void test_proof_tac(void)
{
    static const struct exchange card[] = {SELECTED, {PROVE, "9B91B2CC DE01C069 9000"}, {0}};
    static const struct exchange swapped[] = {SELECTED, {PROVE, "DE01C069 9B91B2CC 9000"}, {0}};
    static const struct exchange module[] = {{TAC_KEY, "9000"}, {TAC_MAC, "DE01C069 9000"}, {0}};
    static const struct exchange chained[] = {
        {TAC_KEY, "9000"}, {TAC_MAC, "6104"}, {"00C0000004", "DE01C069 9000"}, {0}};
    static const struct exchange after_72[] = {
        {CHECK, "6901"}, {"8072000004DE01C069", "6901"}, {TAC_KEY, "9000"}, {TAC_MAC, "DE01C069 9000"}, {0}};
    struct cc_purchase after;
    check(card, module, false, confirmed_tac, &after);
    assert_settled(&after);
    check(swapped, module, false, confirmed_tac, &after);
    assert_settled(&after);
    check(card, chained, false, confirmed_tac, NULL);
    check(card, after_72, true, confirmed_tac, NULL);
}

/* The PSAM cannot tell, or is gone: the log decides, and the proof goes along for the platform. */
static void test_proof_and_log(void)
{
    static const struct exchange card[] = {
        SELECTED, {PROVE, "9B91B2CC DE01C069 9000"}, {LOG_1, OURS}, {LOG_2, "6A83"}, {0}};
    static const struct exchange no_key[] = {{TAC_KEY, "9403"}, {0}};
    static const struct exchange other_tac[] = {{TAC_KEY, "9000"}, {TAC_MAC, "01020304 9000"}, {0}};
    static const struct exchange short_tac[] = {{TAC_KEY, "9000"}, {TAC_MAC, "DE01C0 9000"}, {0}};
    static const struct exchange lost[] = {{TAC_KEY, "lost"}, {0}};
    struct cc_purchase after;
    check(card, NULL, false, confirmed_log, &after);
    assert_settled(&after);
    check(card, no_key, false, confirmed_log, &after);
    check(card, other_tac, false, confirmed_log, &after);
    check(card, short_tac, false, confirmed_log, &after);
    check(card, lost, false, confirmed_log, &after);
}

/* ---- The log ---- */

static void test_log(void)
{
    static const char *const no_proof[] = {"9406",
                                           "6A86",
                                           "6D00",
                                           "6985",
                                           "9000",
                                           "9B91B2CC 9000",
                                           "0000000000000000 9000",
                                           "FFFFFFFFFFFFFFFF 9000",
                                           "9B91B2CC DE01C069 6300"};
    for (size_t i = 0; i < G_N_ELEMENTS(no_proof); i++) {
        const struct exchange card[] = {SELECTED,
                                        {PROVE, no_proof[i]},
                                        {LOG_1, "0004 000000 00002710 02 990100000001 20260115 094000 9000"},
                                        {LOG_2, OURS},
                                        {"00B203C417", "6A83"},
                                        {0}};
        struct cc_purchase after;
        check(card, NULL, false, confirmed_log, &after);
        g_assert_false(after.has_tac);
    }
}

/*
 * One field off and it is not ours. Of our terminal and time, yet not ours: nothing can be concluded. Of another terminal or
 * time, with the number after s: that number is somebody else's, so ours never was.
 */
static void test_log_of_others(void)
{
    static const char *const records[] = {
        "0008 000000 000000C9 06 990100000001 20260115 093045 9000",
        "0008 000000 000000C8 09 990100000001 20260115 093045 9000",
        "0009 000000 000000C8 06 990100000001 20260115 093045 9000",
        "0008 000000 000000C8 06 990100000002 20260115 093045 9000",
        "0008 000000 000000C8 06 990100000001 20260116 093045 9000",
        "0008 000000 000000C8 06 990100000001 20260115 093046 9000",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
        const struct exchange card[] = {SELECTED,
                                        NO_PROOF,
                                        {LOG_1, records[i]},
                                        {LOG_2, "6A83"},
                                        {BALANCE, "0000681A 9000"},
                                        {INIT, "0000681A 0008 000000 01 00 A1B2C3D4 9000"},
                                        {0}};
        check(card, NULL, false, i < 3 ? doubt : anothers, NULL);
    }
    /* A record s+1 and a counter still at s contradict each other. */
    const struct exchange card[] = {
        SELECTED,        NO_PROOF, {LOG_1, records[3]}, {LOG_2, "6A83"}, {BALANCE, "000068E2 9000"},
        {INIT, INIT_OK}, {0}};
    check(card, NULL, false, doubt, NULL);
}

/* Ten records, all beyond s+1 or at it: ours may have been pushed out of the log. */
static void test_log_too_short(void)
{
    struct exchange rows[16] = {{SELECT, FCI "9000"}, {PROVE, "9406"}};
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (unsigned oldest = 7; oldest <= 8; oldest++) {
        for (unsigned i = 0; i < 10; i++) {
            char *command = g_strdup_printf("00B2%02XC417", i + 1);
            char *record = g_strdup_printf("%04X 000000 00000064 06 990100000009 20260116 0930%02u 9000", oldest + 9 - i, i);
            g_ptr_array_add(texts, command);
            g_ptr_array_add(texts, record);
            rows[2 + i] = (struct exchange){command, record};
        }
        rows[12] = (struct exchange){BALANCE, "000064FA 9000"};
        rows[13] = (struct exchange){INIT, "000064FA 0011 000000 01 00 A1B2C3D4 9000"};
        rows[14] = (struct exchange){0};
        check(rows, NULL, false, oldest == 7 ? anothers : doubt, NULL);
    }
}

/* A proof that nobody could check is the other's too, when the log says whose number it is; a TAC of DEBIT itself is not. */
static void test_anothers_proof(void)
{
    static const struct exchange card[] = {SELECTED,
                                           {PROVE, "0102030405060708 9000"},
                                           {LOG_1, "0008 000000 00000064 06 990100000009 20260116 093045 9000"},
                                           {LOG_2, "6A83"},
                                           {BALANCE, "0000687E 9000"},
                                           {INIT, "0000687E 0008 000000 01 00 A1B2C3D4 9000"},
                                           {0}};
    struct cc_purchase after;
    check(card, NULL, false, anothers, &after);
    g_assert_false(after.has_tac);
    struct desk desk;
    desk_prepared(&desk, card, NULL);
    desk.purchase.has_tac = true;
    g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_IN_DOUBT);
    desk_close(&desk);
}

/* ---- The counter ---- */

static void test_void(void)
{
    static const struct exchange card[] = {SELECTED,        NO_PROOF, NO_LOG, {BALANCE, "000068E2 9000"},
                                           {INIT, INIT_OK}, {0}};
    static const struct exchange log_closed[] = {
        SELECTED, {PROVE, "6D00"}, {LOG_1, "6982"}, {BALANCE, "800068E2 9000"}, {INIT, INIT_OK}, {0}};
    static const struct exchange module[] = {{0}};
    check(card, NULL, false, not_debited, NULL);
    check(card, module, true, not_debited, NULL);
    check(log_closed, NULL, false, not_debited, NULL);
}

static void check_counter(const char *balance, const char *init, struct verdict expected)
{
    const struct exchange card[] = {SELECTED, NO_PROOF, NO_LOG, {BALANCE, balance}, {INIT, init}, {0}};
    check(card, NULL, false, expected, NULL);
}

static void test_counter_doubt(void)
{
    check_counter("000068E2 9000", "000068E2 0008 000000 01 00 A1B2C3D4 9000", doubt); /* moved on */
    check_counter("000068E2 9000", "000068E2 0006 000000 01 00 A1B2C3D4 9000", doubt); /* moved back */
    check_counter("0000681A 9000", "0000681A 0007 000000 01 00 A1B2C3D4 9000",
                  doubt); /* money gone, counter not */
    check_counter("000068E2 9000", "0000681A 0007 000000 01 00 A1B2C3D4 9000", doubt); /* two balances */
    check_counter("0000681A 9000", INIT_OK, doubt);
    check_counter("00006D00 9000", "00006D00 0007 000000 01 00 A1B2C3D4 9000", doubt); /* loaded meanwhile */
    check_counter("6985", INIT_OK, doubt);
    check_counter("0068E2 9000", INIT_OK, doubt);
    check_counter("000068E2 9000", "000068E2 0007 000000 01 00 A1B2C3 9000", doubt);
    check_counter("000068E2 9000", "9000", doubt);
    check_counter("000000C7 9000", "9401", doubt); /* lower than the amount now: never void */
    check_counter("000068E2 9000", "9401", doubt);
    check_counter("000068E2 9000", "6985", doubt);
    check_counter("000068E2 9000", "6982", doubt); /* no log to tell instead */
}

/* A card that wants its PIN before INIT: a purchase record number s at the top of the log says the same. */
static void test_counter_behind_pin(void)
{
    static const struct {
        const char *first, *second;
        bool is_void;
    } logs[] = {
        {"0007 000000 00000064 06 990100000009 20260114 093045 9000", "6A83", true},
        {"0004 000000 00002710 02 990100000001 20260115 094000 9000",
         "0007 000000 00000064 09 990100000009 20260114 093045 9000", true},
        {"0007 000000 00002710 02 990100000001 20260115 094000 9000", "6A83",
         false}, /* a load's own counter */
        {"0006 000000 00000064 06 990100000009 20260114 093045 9000", "6A83", false},
        {"0009 000000 00000064 06 990100000009 20260115 093045 9000",
         "0007 000000 00000064 06 990100000009 20260114 093045 9000", false},
        {"0007 000000 00000064 06 990100000009 20260114 093045 9000", "0102 9000", false}, /* log not whole */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(logs); i++) {
        bool ends = strcmp(logs[i].second, "6A83") == 0 || strcmp(logs[i].second, "0102 9000") == 0;
        const struct exchange one[] = {SELECTED,
                                       NO_PROOF,
                                       {LOG_1, logs[i].first},
                                       {LOG_2, logs[i].second},
                                       {BALANCE, "000068E2 9000"},
                                       {INIT, "6982"},
                                       {0}};
        const struct exchange two[] = {SELECTED,
                                       NO_PROOF,
                                       {LOG_1, logs[i].first},
                                       {LOG_2, logs[i].second},
                                       {"00B203C417", "6A83"},
                                       {BALANCE, "000068E2 9000"},
                                       {INIT, "6982"},
                                       {0}};
        check(ends ? one : two, NULL, false, logs[i].is_void ? not_debited : doubt, NULL);
    }
}

/* With the PIN such a card tells its counter. */
static void test_pin(void)
{
    static const struct exchange right[] = {SELECTED, {"0020000003123456", "9000"}, NO_PROOF, NO_LOG,
                                            {BALANCE, "000068E2 9000"}, {INIT, INIT_OK}, {0}};
    static const struct exchange wrong[] = {SELECTED, {"0020000003123456", "63C2"}, {0}};
    static const struct exchange blocked[] = {SELECTED, {"0020000003123456", "6983"}, {0}};
    const struct {
        const struct exchange *steps;
        int result;
        enum cc_purchase_state state;
    } rows[] = {{right, CC_OK, CC_PURCHASE_VOID},
                {wrong, CC_PIN_WRONG, CC_PURCHASE_SENT},
                {blocked, CC_PIN_BLOCKED, CC_PURCHASE_SENT}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct desk desk;
        desk_prepared(&desk, rows[i].steps, NULL);
        g_assert_cmpint(cc_purchase_resolve_pin(&desk.port, NULL, &desk.purchase, "123456"), ==, rows[i].result);
        g_assert_cmpint(desk.purchase.state, ==, rows[i].state);
        desk_close(&desk);
    }
}

/* A compound purchase is asked for by its own type and begun with its own INIT; amount 0 is one. */
static void test_compound(void)
{
    static const struct exchange card[] = {SELECTED,
                                           {"805A000902 0008 08", "9406"},
                                           NO_LOG,
                                           {BALANCE, "000068E2 9000"},
                                           {"805003020B 01 00000000 990100000001 0F", INIT_OK},
                                           {0}};
    static const struct exchange moved[] = {SELECTED,
                                            {"805A000902 0008 08", "9406"},
                                            NO_LOG,
                                            {BALANCE, "000068E2 9000"},
                                            {"805003020B 01 00000000 990100000001 0F",
                                             "000068E2 0008 000000 01 00 A1B2C3D4 9000"},
                                            {0}};
    static const struct exchange logged[] = {SELECTED,
                                             {"805A000902 0008 08", "9406"},
                                             {LOG_1, "0008 000000 00000000 09 990100000001 20260115 093045 9000"},
                                             {LOG_2, "6A83"},
                                             {0}};
    static const struct exchange *const cards[] = {card, moved, logged};
    static const enum cc_purchase_state states[] = {CC_PURCHASE_VOID, CC_PURCHASE_IN_DOUBT, CC_PURCHASE_CONFIRMED};
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        struct desk desk;
        desk_prepared(&desk, cards[i], NULL);
        desk.purchase.type = 9;
        desk.purchase.amount_fen = 0;
        g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==,
                        states[i] == CC_PURCHASE_IN_DOUBT ? CC_IN_DOUBT : CC_OK);
        g_assert_cmpint(desk.purchase.state, ==, states[i]);
        desk_close(&desk);
    }
    struct desk desk; /* a plain purchase of nothing is none */
    static const struct exchange nothing[] = {{0}};
    desk_prepared(&desk, nothing, NULL);
    desk.purchase.amount_fen = 0;
    g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_ERR_ARGUMENT);
    desk_close(&desk);
}

/* A proof nobody could check, no record, and a counter that never moved: garbage settles nothing. */
static void test_proof_against_counter(void)
{
    static const struct exchange card[] = {
        SELECTED, {PROVE, "0102030405060708 9000"}, NO_LOG, {BALANCE, "000068E2 9000"}, {INIT, INIT_OK}, {0}};
    struct cc_purchase after;
    check(card, NULL, false, doubt, &after);
    g_assert_true(after.has_tac);
    assert_hex(after.tac, 4, "05060708");
}

/* DEBIT gave a TAC: the card did debit, whatever it says of its counter. */
static void test_tac_against_counter(void)
{
    static const struct exchange card[] = {SELECTED,        NO_PROOF, NO_LOG, {BALANCE, "000068E2 9000"},
                                           {INIT, INIT_OK}, {0}};
    struct desk desk;
    desk_prepared(&desk, card, NULL);
    desk.purchase.has_tac = true;
    unhex("DE01C069", desk.purchase.tac, 4);
    g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_IN_DOUBT);
    assert_hex(desk.purchase.tac, 4, "DE01C069");
    desk_close(&desk);
}

/* ---- Whose card, which state, lost again ---- */

static void test_other_card(void)
{
    static const struct exchange other[] = {{SELECT, OTHER "9000"}, {0}};
    static const struct exchange no_purse[] = {{SELECT, "6A82"}, {0}};
    static const struct verdict refused = {CC_OTHER_CARD, CC_PURCHASE_SENT, CC_EVIDENCE_NONE};
    check(other, NULL, false, refused, NULL);
    check(no_purse, NULL, false, refused, NULL);
}

/* Blocked since: it may still tell. */
static void test_blocked_card(void)
{
    static const struct exchange card[] = {
        {SELECT, FCI "6A81"}, {PROVE, "6985"}, {LOG_1, OURS}, {LOG_2, "6A83"}, {0}};
    check(card, NULL, false, confirmed_log, NULL);
}

static void test_states(void)
{
    static const struct exchange nothing[] = {{0}};
    static const enum cc_purchase_state closed[] = {CC_PURCHASE_NONE, CC_PURCHASE_CONFIRMED, CC_PURCHASE_VOID,
                                                    (enum cc_purchase_state)99};
    struct desk desk;
    desk_prepared(&desk, nothing, nothing);
    for (size_t i = 0; i < G_N_ELEMENTS(closed); i++) {
        desk.purchase.state = closed[i];
        g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_ERR_ARGUMENT);
    }
    desk.purchase.state = CC_PURCHASE_IN_DOUBT;
    memset(desk.purchase.card_number, '9',
           sizeof desk.purchase.card_number); /* no end: not from this library */
    g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_ERR_ARGUMENT);
    desk_close(&desk);
}

/* Torn again at each command: the error comes back and not a bit of the purchase has changed. */
static void test_torn_again(void)
{
    static const struct exchange rows[] = {
        SELECTED,
        {PROVE, "0102030405060708 9000"},
        {LOG_1, "0007 000000 00000064 06 990100000009 20260114 093045 9000"},
        {LOG_2, "6A83"},
        {BALANCE, "000068E2 9000"},
        {INIT, INIT_OK},
        {0}};
    for (size_t at = 1; at <= 6; at++) {
        for (size_t cut_to = 0; cut_to < 2; cut_to++) {
            struct desk desk;
            desk_prepared(&desk, rows, NULL);
            desk.card.is_table = true;
            desk.card.cut_at = at;
            desk.card.cut_to = cut_to;
            struct cc_purchase before = desk.purchase;
            g_assert_cmpint(cc_purchase_resolve(&desk.port, NULL, &desk.purchase), ==, CC_ERR_REMOVED);
            g_assert_cmpmem(&before, sizeof before, &desk.purchase, sizeof before);
            desk_close(&desk);
        }
    }
}

/* The PSAM's key index goes into INIT; without a PSAM it is 1. */
static void test_key_index(void)
{
    static const struct exchange card[] = {SELECTED,
                                           NO_PROOF,
                                           NO_LOG,
                                           {BALANCE, "000068E2 9000"},
                                           {"805001020B 03 000000C8 990100000001 0F", INIT_OK},
                                           {0}};
    struct desk desk;
    desk_prepared(&desk, card, NULL);
    desk.sam.key_index = 3;
    g_assert_cmpint(cc_purchase_resolve(&desk.port, &desk.sam, &desk.purchase), ==, CC_OK);
    g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_VOID);
    desk_close(&desk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolve/proof-mac2", test_proof_mac2);
    g_test_add_func("/resolve/proof-other-order", test_proof_other_order);
    g_test_add_func("/resolve/proof-tac", test_proof_tac);
    g_test_add_func("/resolve/proof-and-log", test_proof_and_log);
    g_test_add_func("/resolve/log", test_log);
    g_test_add_func("/resolve/log-of-others", test_log_of_others);
    g_test_add_func("/resolve/log-too-short", test_log_too_short);
    g_test_add_func("/resolve/anothers-proof", test_anothers_proof);
    g_test_add_func("/resolve/pin", test_pin);
    g_test_add_func("/resolve/compound", test_compound);
    g_test_add_func("/resolve/void", test_void);
    g_test_add_func("/resolve/counter-doubt", test_counter_doubt);
    g_test_add_func("/resolve/counter-behind-pin", test_counter_behind_pin);
    g_test_add_func("/resolve/proof-against-counter", test_proof_against_counter);
    g_test_add_func("/resolve/tac-against-counter", test_tac_against_counter);
    g_test_add_func("/resolve/other-card", test_other_card);
    g_test_add_func("/resolve/blocked-card", test_blocked_card);
    g_test_add_func("/resolve/states", test_states);
    g_test_add_func("/resolve/torn-again", test_torn_again);
    g_test_add_func("/resolve/key-index", test_key_index);
    return g_test_run();
}
