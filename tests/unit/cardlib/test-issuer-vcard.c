/* SPDX-License-Identifier: Apache-2.0 */
/* PIN and issuer's commands on a virtual card with its own arithmetic: good, refused, and torn at every command. */
#include "citycard.h"
#include "data.h"
#include "slot.h"

#include <glib.h>
#include <string.h>

#define COMMANDS 12

struct desk {
    struct vc_data_card data;
    struct vc_card card;
    struct slot slot;
    struct cc_port port;
    struct cc_card read;
    struct cc_signer maintenance, external, unblock, reload;
};

static void new_tap(struct desk *desk, enum tear tear, unsigned at, size_t cut_to)
{
    struct cc_channel channel = slot_channel(&desk->slot);
    slot_again(&desk->slot, TEAR_NONE, 0, 0);
    cc_port_init(&desk->port, &channel);
    int selected = cc_card_reselect(&desk->port, &desk->read);
    g_assert_true(selected == CC_OK || selected == CC_CARD_BLOCKED);
    desk->slot.tear = tear;
    desk->slot.at = desk->slot.commands + at;
    desk->slot.cut_to = cut_to;
}

static void desk_open(struct desk *desk, bool chaining)
{
    char error[256] = "";
    memset(desk, 0, sizeof *desk);
    if (!vc_data_card(CARDS_DIR "/t-union.json", &desk->data, error, sizeof error))
        g_error("%s", error);
    struct vc_key reload = {.apps = 1 << 1, .kind = VC_KEY_PIN_RELOAD, .version = 1, .value = {0x9C, 0xE4, [15] = 0x2A}};
    vc_card_setup(&desk->card, &desk->data.profile, &desk->data.fresh);
    if (!vc_card_key(&desk->card, VC_KEY_PIN_RELOAD))
        g_assert_true(vc_profile_add_key(&desk->card.profile, &reload)); /* this issuer left it out */
    desk->card.transport.chaining = chaining;
    slot_card(&desk->slot, &desk->card);
    struct cc_channel channel = slot_channel(&desk->slot);
    cc_port_init(&desk->port, &channel);
    g_assert_cmpint(cc_card_read(&desk->port, 0, &desk->read), ==, CC_OK);
    cc_signer_of_key(&desk->maintenance, vc_card_key(&desk->card, VC_KEY_MAINTENANCE));
    cc_signer_of_key(&desk->external, vc_card_key(&desk->card, VC_KEY_EXTERNAL));
    cc_signer_of_key(&desk->unblock, vc_card_key(&desk->card, VC_KEY_PIN_UNBLOCK));
    cc_signer_of_reload_key(&desk->reload, vc_card_key(&desk->card, VC_KEY_PIN_RELOAD));
    new_tap(desk, TEAR_NONE, 0, 0);
}

static bool is_blocked(const struct desk *desk)
{
    return desk->card.state.blocks[1] != VC_NOT_BLOCKED;
}

/* ---- The application ---- */

static void test_block(void)
{
    for (int chaining = 0; chaining < 2; chaining++) {
        struct desk desk;
        struct cc_card again;
        desk_open(&desk, chaining);
        g_assert_cmpint(cc_application_block(&desk.port, false, &desk.external), ==, CC_ERR_MAC);
        g_assert_false(is_blocked(&desk));
        g_assert_cmpint(cc_application_block(&desk.port, false, &desk.maintenance), ==, CC_OK);
        g_assert_cmpint(cc_card_read(&desk.port, 0, &again), ==, CC_CARD_BLOCKED);
        g_assert_cmpstr(again.card_number, ==, desk.read.card_number);
        g_assert_cmpint(cc_application_unblock(&desk.port, &desk.maintenance), ==, CC_OK);
        g_assert_cmpint(cc_card_read(&desk.port, 0, &again), ==, CC_OK);
        g_assert_cmpint(cc_application_block(&desk.port, true, &desk.maintenance), ==, CC_OK);
        g_assert_cmpint(cc_application_unblock(&desk.port, &desk.maintenance), !=, CC_OK);
        g_assert_true(is_blocked(&desk));
    }
}

/* ---- Files ---- */

static void test_update(void)
{
    static const uint8_t name[] = {0xC1, 0xF5, 0xD1, 0xF3}; /* 刘洋 */
    struct desk desk;
    struct cc_card again;
    uint8_t journey[48] = {0x06, 0x99, [9] = 0x02};
    desk_open(&desk, false);
    g_assert_cmpint(cc_file_update(&desk.port, 0x16, 2, name, sizeof name, &desk.external), ==, CC_ERR_MAC);
    g_assert_cmpint(cc_file_update(&desk.port, 0x16, 2, name, sizeof name, &desk.maintenance), ==, CC_OK);
    g_assert_cmpint(cc_record_update(&desk.port, 0x1E, 1, journey, sizeof journey, &desk.maintenance), ==, CC_OK);
    g_assert_cmpint(cc_card_read(&desk.port, CC_READ_HOLDER | CC_READ_JOURNEYS, &again), ==, CC_OK);
    g_assert_cmpstr(again.holder.name, ==, "刘洋");
    g_assert_cmpuint(again.journeys[0].event, ==, 6);
    g_assert_cmpuint(again.journeys[0].industry, ==, 2);
    g_assert_cmpint(cc_file_update(&desk.port, 0x1D, 0, name, sizeof name, &desk.maintenance), ==, CC_NOT_FOUND);
    g_assert_cmpint(cc_file_update(&desk.port, 0x16, 200, name, sizeof name, &desk.maintenance), ==, CC_ERR_REFUSED);
}

/* ---- Authentication ---- */

static void test_authenticate(void)
{
    static const uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct desk desk;
    bool genuine = false;
    unsigned tries;
    desk_open(&desk, false);
    g_assert_cmpint(cc_authenticate_external(&desk.port, 0, &desk.maintenance, &tries), ==, CC_ERR_MAC);
    g_assert_cmpuint(desk.card.session.authenticated, ==, 0);
    g_assert_cmpint(cc_authenticate_external(&desk.port, 0, &desk.external, &tries), ==, CC_OK);
    g_assert_cmpuint(desk.card.session.authenticated, !=, 0);
    g_assert_cmpint(cc_authenticate_external(&desk.port, 0x55, &desk.external, &tries), ==, CC_NOT_FOUND);
    g_assert_cmpint(cc_authenticate_internal(&desk.port, 0, 0, data, &desk.external, &genuine), ==, CC_OK);
    g_assert_true(genuine);
    uint8_t given[8], expected[8];
    g_assert_cmpint(cc_internal_answer(&desk.port, 0, 0, data, given), ==, CC_OK);
    g_assert_cmpint(desk.external.cipher(desk.external.ctx, data, expected), ==, CC_OK);
    g_assert_cmpmem(given, 8, expected, 8);
    g_assert_cmpint(cc_authenticate_internal(&desk.port, 0, 0, data, &desk.maintenance, &genuine), ==, CC_OK);
    g_assert_false(genuine);
}

/* ---- The PIN ---- */

static const char *pin_on_card(const struct desk *desk, char text[13])
{
    const struct vc_pin_state *pin = &desk->card.state.pins[0];
    cc_hex(pin->digits, pin->len, text, 13);
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == 'F') /* an odd number of digits */
        text[len - 1] = '\0';
    return text;
}

static void lock_pin(struct desk *desk)
{
    unsigned tries;
    char text[13];
    const char *wrong = strcmp(pin_on_card(desk, text), "000000") == 0 ? "111111" : "000000";
    while (cc_pin_verify(&desk->port, &desk->read, wrong, &tries) == CC_PIN_WRONG)
        ;
    g_assert_cmpuint(desk->card.state.pins[0].tries, ==, 0);
}

static void test_pin(void)
{
    struct desk desk;
    char text[13];
    unsigned tries;
    desk_open(&desk, false);
    g_autofree char *first = g_strdup(pin_on_card(&desk, text));
    g_assert_cmpint(cc_pin_verify(&desk.port, &desk.read, first, &tries), ==, CC_OK);
    g_assert_cmpint(cc_pin_change(&desk.port, &desk.read, "000001", "13579", &tries), ==, CC_PIN_WRONG);
    g_assert_cmpuint(tries, ==, desk.data.profile.pins[0].tries - 1);
    g_assert_cmpint(cc_pin_change(&desk.port, &desk.read, first, "13579", &tries), ==, CC_OK);
    g_assert_cmpint(cc_pin_verify(&desk.port, &desk.read, "13579", &tries), ==, CC_OK);
    g_assert_cmpstr(pin_on_card(&desk, text), ==, "13579");
    lock_pin(&desk);
    g_assert_cmpint(cc_pin_verify(&desk.port, &desk.read, "13579", &tries), ==, CC_PIN_BLOCKED);
    g_assert_cmpint(cc_pin_unblock(&desk.port, &desk.read, "246802", &desk.maintenance), ==, CC_ERR_MAC);
    g_assert_cmpint(cc_pin_unblock(&desk.port, &desk.read, "246802", &desk.unblock), ==, CC_OK);
    g_assert_cmpint(cc_pin_verify(&desk.port, &desk.read, "246802", &tries), ==, CC_OK);
    g_assert_cmpint(cc_pin_reload(&desk.port, &desk.read, "998877", &desk.unblock), ==, CC_ERR_MAC);
    g_assert_cmpint(cc_pin_reload(&desk.port, &desk.read, "998877", &desk.reload), ==, CC_OK);
    g_assert_cmpint(cc_pin_verify(&desk.port, &desk.read, "998877", &tries), ==, CC_OK);
}

/* ---- Torn ---- */

enum operation { BLOCK, UPDATE, UNBLOCK_PIN, RELOAD_PIN, CHANGE_PIN, OPERATIONS };

static int operate(struct desk *desk, enum operation operation)
{
    static const uint8_t data[1] = {0x5A};
    char text[13];
    unsigned tries;
    switch (operation) {
    case BLOCK:
        return cc_application_block(&desk->port, false, &desk->maintenance);
    case UPDATE:
        return cc_file_update(&desk->port, 0x17, 20, data, 1, &desk->maintenance);
    case UNBLOCK_PIN:
        return cc_pin_unblock(&desk->port, &desk->read, "246802", &desk->unblock);
    case RELOAD_PIN:
        return cc_pin_reload(&desk->port, &desk->read, "246802", &desk->reload);
    case CHANGE_PIN:
        return cc_pin_change(&desk->port, &desk->read, pin_on_card(desk, text), "246802", &tries);
    default:
        g_assert_not_reached();
    }
}

static bool is_done(const struct desk *desk, enum operation operation)
{
    char text[13];
    if (operation == BLOCK)
        return is_blocked(desk);
    if (operation == UPDATE) {
        uint8_t ef17 = vc_profile_file(&desk->card.profile, "t-union.ef17");
        g_assert_cmpuint(ef17, !=, VC_NONE);
        return desk->card.state.image[desk->card.profile.files[ef17].at + 20] == 0x5A;
    }
    return strcmp(pin_on_card(desk, text), "246802") == 0;
}

/* Success is told only when it is one; a lost answer is an error; done again on a new tap it ends as it should. */
static bool torn(enum operation operation, enum tear tear, unsigned at, size_t cut_to, bool chaining)
{
    struct desk desk;
    desk_open(&desk, chaining);
    g_assert_false(is_done(&desk, operation));
    if (operation == UNBLOCK_PIN)
        lock_pin(&desk);
    new_tap(&desk, tear, at, cut_to);
    int result = operate(&desk, operation);
    if (result == CC_OK)
        g_assert_true(is_done(&desk, operation));
    bool fired = desk.slot.fired;
    if (!fired)
        g_assert_cmpint(result, ==, CC_OK);
    new_tap(&desk, TEAR_NONE, 0, 0);
    g_assert_cmpint(operate(&desk, operation), ==, CC_OK);
    g_assert_true(is_done(&desk, operation));
    return fired;
}

static void test_torn(void)
{
    unsigned runs = 0;
    for (enum operation operation = BLOCK; operation < OPERATIONS; operation++) {
        for (enum tear tear = TEAR_BEFORE; tear < TEAR_KINDS; tear++) {
            unsigned at = 1;
            bool reached = true;
            for (; reached && at < COMMANDS; at++) {
                for (size_t cut = 0; reached && cut < (tear == TEAR_CUT ? 7 : 1); cut++, runs++)
                    reached = torn(operation, tear, at, cut, at & 1);
            }
            g_assert_cmpuint(at, <, COMMANDS);
            g_assert_cmpuint(at, >, 1);
        }
    }
    g_test_message("%u torn commands", runs);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/issuer-vcard/block", test_block);
    g_test_add_func("/issuer-vcard/update", test_update);
    g_test_add_func("/issuer-vcard/authenticate", test_authenticate);
    g_test_add_func("/issuer-vcard/pin", test_pin);
    g_test_add_func("/issuer-vcard/torn", test_torn);
    return g_test_run();
}
