/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PIN against scripts: what is sent, once, and what each answer means. Blocks and MACs of UNBLOCK and RELOAD are from the
 * openssl command line.
 */
#include "citycard.h"
#include "script.h"

#include <string.h>

#define CHALLENGE "0084000004"

static const struct cc_card card = {.family = CC_FAMILY_T_UNION, .card_number = "9901000000001017"};
static const struct cc_card social = {.family = CC_FAMILY_SOCIAL_SECURITY, .card_number = "A12345678"};
static const struct exchange silent[] = {{0}};
static uint8_t key[16];

struct slot_of_script {
    struct script script;
    struct cc_port port;
};

static void begin(struct slot_of_script *slot, const struct exchange *steps)
{
    script_init(&slot->script, steps);
    script_port(&slot->script, &slot->port);
}

/* ---- CHANGE ---- */

static void check_change(const char *old_pin, const char *new_pin, const char *command, const char *answer, int expected,
                         unsigned expected_tries)
{
    const struct exchange steps[] = {{command, answer}, {0}};
    struct slot_of_script slot;
    unsigned tries = 77;
    begin(&slot, steps);
    g_assert_cmpint(cc_pin_change(&slot.port, &card, old_pin, new_pin, &tries), ==, expected);
    g_assert_cmpuint(tries, ==, expected_tries);
    script_done(&slot.script);
}

static void test_change(void)
{
    check_change("123456", "654321", "805E010007 123456FF654321", "9000", CC_OK, 0);
    check_change("1234", "123456789012", "805E010009 1234FF123456789012", "9000", CC_OK, 0);
    check_change("12345", "54321", "805E010007 12345FFF54321F", "9000", CC_OK, 0);
    check_change("123456", "654321", "805E010007 123456FF654321", "63C1", CC_PIN_WRONG, 1);
    check_change("123456", "654321", "805E010007 123456FF654321", "6983", CC_PIN_BLOCKED, 0);
    check_change("123456", "654321", "805E010007 123456FF654321", "6700", CC_ERR_REFUSED, 0); /* and not another way */
    check_change("123456", "654321", "805E010007 123456FF654321", "6C07", CC_ERR_REFUSED, 0);
    check_change("123456", "654321", "805E010007 123456FF654321", "lost", CC_ERR_REMOVED, 0);
    check_change("123456", "12a4", NULL, NULL, CC_ERR_ARGUMENT, 0);
    check_change("123", "1234", NULL, NULL, CC_ERR_ARGUMENT, 0);
    check_change("123456", NULL, NULL, NULL, CC_ERR_ARGUMENT, 0); /* half of it on the keypad is nothing */
    check_change(NULL, "123456", NULL, NULL, CC_ERR_ARGUMENT, 0);
}

/* ---- The reader's keypad ---- */

struct pad {
    struct cc_pad_request request;
    unsigned asked;
    int result;
    const char *answer;
};

static int press(void *ctx, const struct cc_pad_request *request, uint8_t *answer, size_t *answer_len)
{
    struct pad *pad = ctx;
    pad->request = *request;
    pad->asked += 1;
    *answer_len = unhex(pad->answer, answer, *answer_len);
    return pad->result;
}

static int no_transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    g_assert_not_reached(); /* a PIN that the keypad takes is never sent from here */
}

static int with_pad(struct pad *pad, bool change, struct cc_port *port, unsigned *tries)
{
    const struct cc_channel channel = {.ctx = pad, .transmit = no_transmit, .pad = press};
    cc_port_init(port, &channel);
    g_assert_true(cc_pin_pad(port));
    if (change)
        return cc_pin_change(port, &card, NULL, NULL, tries);
    return cc_pin_verify(port, &card, NULL, tries);
}

static void test_pad(void)
{
    static const struct {
        const char *answer;
        int said, result;
        unsigned tries;
        bool breaks;
    } rows[] = {
        {"9000", CC_OK, CC_OK, 0, false},
        {"63C2", CC_OK, CC_PIN_WRONG, 2, false},
        {"63C0", CC_OK, CC_PIN_BLOCKED, 0, false},
        {"6983", CC_OK, CC_PIN_BLOCKED, 0, false},
        {"6400", CC_OK, CC_TIMEOUT, 0, false},
        {"6401", CC_OK, CC_CANCELLED, 0, false},
        {"6402", CC_OK, CC_DECLINED, 0, false},
        {"6403", CC_OK, CC_DECLINED, 0, false},
        {"6D00", CC_OK, CC_ERR_UNSUPPORTED, 0, false},
        {"", CC_OK, CC_ERR_REMOVED, 0, true},
        {"90", CC_OK, CC_ERR_REMOVED, 0, true},
        {"", CC_ERR_REMOVED, CC_ERR_REMOVED, 0, true},
        {"", CC_ERR_SYSTEM, CC_ERR_SYSTEM, 0, true},
        {"", CC_TIMEOUT, CC_ERR_SYSTEM, 0, true}, /* a channel may not say so */
        {"", CC_ERR_UNSUPPORTED, CC_ERR_UNSUPPORTED, 0, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int change = 0; change < 2; change++) {
            struct pad pad = {.answer = rows[i].answer, .result = rows[i].said};
            struct cc_port port;
            unsigned tries = 77;
            g_assert_cmpint(with_pad(&pad, change, &port, &tries), ==, rows[i].result);
            g_assert_cmpuint(tries, ==, rows[i].tries);
            g_assert_cmpuint(pad.asked, ==, 1);
            g_assert_cmpint(pad.request.kind, ==, change ? CC_PAD_CHANGE : CC_PAD_VERIFY);
            g_assert_cmpuint(pad.request.digits_min, ==, 4);
            g_assert_cmpuint(pad.request.digits_max, ==, 12);
            g_assert_cmpuint(pad.request.timeout_s, >, 0);
            g_assert_true(port.broken == rows[i].breaks);
            if (!rows[i].breaks)
                continue;
            g_assert_cmpint(cc_pin_verify(&port, &card, NULL, &tries), ==, CC_ERR_REMOVED);
            g_assert_cmpuint(pad.asked, ==, 1);
        }
    }
}

/* In a load (as in a purchase) the keypad is asked after the selection, and only when there is one. */
struct card_and_pad {
    struct script script;
    struct cc_channel inner;
    struct pad pad;
};

static int pass_on(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct card_and_pad *both = ctx;
    return both->inner.transmit(both->inner.ctx, command, len, answer, answer_len);
}

static int press_there(void *ctx, const struct cc_pad_request *request, uint8_t *answer, size_t *answer_len)
{
    struct card_and_pad *both = ctx;
    return press(&both->pad, request, answer, answer_len);
}

static int load_with_pad(const struct exchange *steps, const char *pad_answer, bool has_pad)
{
    static const uint8_t terminal[6] = {0x99, 0x01, 0x00, 0x00, 0x00, 0x01};
    static const struct cc_card loaded = {.family = CC_FAMILY_T_UNION,
                                          .card_number = "9901000000001017",
                                          .issuer = {0x01, 0x01, 0x99, 0x01, 0xFF, 0xFF, 0xFF, 0xFF}};
    struct card_and_pad both = {.pad = {.answer = pad_answer}};
    struct cc_load load;
    struct cc_port port;
    script_init(&both.script, steps);
    both.inner = script_channel(&both.script);
    const struct cc_channel channel = {.ctx = &both, .transmit = pass_on, .pad = has_pad ? press_there : NULL};
    cc_port_init(&port, &channel);
    int result = cc_load_prepare(&port, &loaded, terminal, 1, 200, cc_pin_on_pad, &load);
    g_assert_cmpuint(both.pad.asked, ==, has_pad);
    script_done(&both.script);
    return result;
}

static void test_pad_in_a_load(void)
{
    static const struct exchange select_only[] = {
        {"00A4040008A00000063201010500", "6F31 8408A000000632010105 A525 9F080102 9F0C1E 01019901FFFFFFFF 02 01 "
                                         "00009901000000001017 20240301 20340228 0000 9000"},
        {0}};
    const struct exchange whole[] = {select_only[0],
                                     {"805C000204", "000068E2 9000"},
                                     {"805000020B 01 000000C8 990100000001 10",
                                      "000068E2 0003 01 00 A1B2C3D4 11223344 9000"},
                                     {0}};
    g_assert_cmpint(load_with_pad(whole, "9000", true), ==, CC_OK);
    g_assert_cmpint(load_with_pad(select_only, "63C2", true), ==, CC_PIN_WRONG);
    g_assert_cmpint(load_with_pad(select_only, "6401", true), ==, CC_CANCELLED);
    g_assert_cmpint(load_with_pad(select_only, "6400", true), ==, CC_TIMEOUT);
    g_assert_cmpint(load_with_pad(silent, "", false), ==, CC_ERR_UNSUPPORTED);
}

static void test_no_pad(void)
{
    struct slot_of_script slot;
    unsigned tries;
    begin(&slot, silent);
    g_assert_false(cc_pin_pad(&slot.port));
    g_assert_cmpint(cc_pin_verify(&slot.port, &card, NULL, &tries), ==, CC_ERR_UNSUPPORTED);
    g_assert_cmpint(cc_pin_change(&slot.port, &card, NULL, NULL, &tries), ==, CC_ERR_UNSUPPORTED);
    script_done(&slot.script);
}

/* A family whose PIN is not known here: nothing is tried. */
static void test_no_pin(void)
{
    struct slot_of_script slot;
    struct cc_signer signer;
    unsigned tries;
    cc_signer_of_key(&signer, key);
    begin(&slot, silent);
    g_assert_cmpint(cc_pin_verify(&slot.port, &social, "123456", &tries), ==, CC_ERR_UNSUPPORTED);
    g_assert_cmpint(cc_pin_change(&slot.port, &social, "123456", "654321", &tries), ==, CC_ERR_UNSUPPORTED);
    g_assert_cmpint(cc_pin_unblock(&slot.port, &social, "123456", &signer), ==, CC_ERR_UNSUPPORTED);
    g_assert_cmpint(cc_pin_reload(&slot.port, &social, "123456", &signer), ==, CC_ERR_UNSUPPORTED);
    script_done(&slot.script);
}

/* ---- UNBLOCK ---- */

static void check_unblock(const char *pin, const struct exchange *steps, int expected)
{
    struct slot_of_script slot;
    struct cc_signer signer;
    cc_signer_of_key(&signer, key);
    begin(&slot, steps);
    g_assert_cmpint(cc_pin_unblock(&slot.port, &card, pin, &signer), ==, expected);
    script_done(&slot.script);
}

static void test_unblock(void)
{
    static const struct {
        const char *pin, *command;
    } rows[] = {
        {"123456", "842400010C E0B2DD3A433A1676 13B36724"},
        {"1234", "842400010C AA75D35DF2B74AB6 B0B33A58"},
        {"123456789012", "842400010C 4C20413DFADA0167 A93EFDF2"},
        {"12345", "842400010C 2535E7174F5F875B C54D3247"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange good[] = {{CHALLENGE, "01020304 9000"}, {rows[i].command, "9000"}, {0}};
        check_unblock(rows[i].pin, good, CC_OK);
    }
    static const char *const mac_wrong[] = {"9302", "6988", "6300", "63C2"};
    for (size_t i = 0; i < G_N_ELEMENTS(mac_wrong); i++) {
        const struct exchange bad[] = {{CHALLENGE, "01020304 9000"}, {rows[0].command, mac_wrong[i]}, {0}};
        check_unblock("123456", bad, CC_ERR_MAC);
    }
    const struct exchange locked[] = {{CHALLENGE, "01020304 9000"}, {rows[0].command, "6983"}, {0}};
    const struct exchange length[] = {{CHALLENGE, "01020304 9000"}, {rows[0].command, "6700"}, {0}};
    const struct exchange lost[] = {{CHALLENGE, "01020304 9000"}, {rows[0].command, "empty"}, {0}};
    const struct exchange no_challenge[] = {{CHALLENGE, "6D00"}, {0}};
    check_unblock("123456", locked, CC_PIN_BLOCKED);
    check_unblock("123456", length, CC_ERR_REFUSED);
    check_unblock("123456", lost, CC_ERR_REMOVED);
    check_unblock("123456", no_challenge, CC_ERR_UNSUPPORTED);
    check_unblock("12345x", silent, CC_ERR_ARGUMENT);
    check_unblock(NULL, silent, CC_ERR_ARGUMENT);
}

/* ---- RELOAD ---- */

static void check_reload(const char *pin, const struct exchange *steps, int expected)
{
    struct slot_of_script slot;
    struct cc_signer signer;
    cc_signer_of_reload_key(&signer, key);
    begin(&slot, steps);
    g_assert_cmpint(cc_pin_reload(&slot.port, &card, pin, &signer), ==, expected);
    script_done(&slot.script);
}

static void test_reload(void)
{
    static const struct {
        const char *answer;
        int expected;
    } rows[] = {{"9000", CC_OK},       {"9302", CC_ERR_MAC},     {"6988", CC_ERR_MAC}, {"63C1", CC_ERR_MAC},
                {"6983", CC_PIN_BLOCKED}, {"6700", CC_ERR_REFUSED}, {"lost", CC_ERR_REMOVED}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange steps[] = {{"805E000007 654321 7D3D1CC9", rows[i].answer}, {0}};
        check_reload("654321", steps, rows[i].expected);
    }
    check_reload("65432", (const struct exchange[]){{"805E000007 65432F*", "9000"}, {0}}, CC_OK);
    check_reload("", silent, CC_ERR_ARGUMENT);
}

/* Nothing that says a PIN reaches a trace. */
static void remember(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    char text[2 * 262 + 1];
    g_string_append_printf(ctx, "%s ", cc_hex(bytes, len, text, sizeof text));
}

static void test_masked(void)
{
    static const struct exchange rows[] = {{CHALLENGE, "01020304 9000"}, {"*", "9000"}, {0}};
    g_autoptr(GString) seen = g_string_new(NULL);
    struct slot_of_script slot;
    struct cc_signer signer, reload;
    unsigned tries;
    cc_signer_of_key(&signer, key);
    cc_signer_of_reload_key(&reload, key);
    table_init(&slot.script, rows);
    script_port(&slot.script, &slot.port);
    slot.port.trace = remember;
    slot.port.trace_ctx = seen;
    g_assert_cmpint(cc_pin_verify(&slot.port, &card, "987654", &tries), ==, CC_OK);
    g_assert_cmpint(cc_pin_change(&slot.port, &card, "987654", "876543", &tries), ==, CC_OK);
    g_assert_cmpint(cc_pin_reload(&slot.port, &card, "765432", &reload), ==, CC_OK);
    g_assert_cmpint(cc_pin_unblock(&slot.port, &card, "987654", &signer), ==, CC_OK);
    static const char *const secrets[] = {"9876", "8765", "7654", "6543", "5432"};
    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++)
        g_assert_null(strstr(seen->str, secrets[i]));
    g_assert_nonnull(strstr(slot.script.seen->str, "805E010007987654FF876543")); /* yet the card got it */
    script_done(&slot.script);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    unhex("6474215EF549707831BB8DB9895FD48A", key, sizeof key);
    g_test_add_func("/pin/change", test_change);
    g_test_add_func("/pin/pad", test_pad);
    g_test_add_func("/pin/pad-in-a-load", test_pad_in_a_load);
    g_test_add_func("/pin/no-pad", test_no_pad);
    g_test_add_func("/pin/no-pin", test_no_pin);
    g_test_add_func("/pin/unblock", test_unblock);
    g_test_add_func("/pin/reload", test_reload);
    g_test_add_func("/pin/masked", test_masked);
    return g_test_run();
}
