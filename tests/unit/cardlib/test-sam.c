/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PSAM behind the virtual ones of several systems: which it is, what a purchase sends to it, and codes that it makes for
 * the issuer's commands.
 */
#include "citycard.h"
#include "data.h"
#include "slot.h"

#include <glib.h>
#include <string.h>

static const struct cc_time now = {2026, 1, 15, 9, 30, 45};
#define TODAY 20260115

/* A slot that writes down every instruction. */
struct module {
    struct vc_data_sam data;
    struct vc_sam sam;
    struct slot slot;
    struct cc_channel inner;
    GByteArray *seen;
    struct cc_sam opened;
};

static int transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct module *module = ctx;
    g_byte_array_append(module->seen, command + 1, 1);
    return module->inner.transmit(module->inner.ctx, command, len, answer, answer_len);
}

static char *data_path(const char *name)
{
    return g_strdup_printf("%s/%s.json", CARDS_DIR, name);
}

static int module_open(struct module *module, const char *name, uint32_t today)
{
    static const struct vc_sam_state state = {.terminal_serial = 0x1FF};
    char error[256] = "";
    g_autofree char *path = data_path(name);
    memset(module, 0, sizeof *module);
    if (!vc_data_sam(path, &module->data, error, sizeof error))
        g_error("%s", error);
    vc_sam_init(&module->sam, &module->data.identity, &module->data.masters, &state);
    slot_module(&module->slot, &module->sam);
    module->inner = slot_channel(&module->slot);
    module->seen = g_byte_array_new();
    const struct cc_channel channel = {.ctx = module, .transmit = transmit};
    return cc_sam_open(&module->opened, &channel, today);
}

static void module_close(struct module *module)
{
    g_byte_array_free(module->seen, TRUE);
}

struct resident {
    struct vc_data_card data;
    struct vc_card card;
    struct slot slot;
    struct cc_port port;
    struct cc_card read;
};

static void resident_open(struct resident *resident, const char *name)
{
    char error[256] = "";
    g_autofree char *path = data_path(name);
    memset(resident, 0, sizeof *resident);
    if (!vc_data_card(path, &resident->data, error, sizeof error))
        g_error("%s", error);
    vc_card_setup(&resident->card, &resident->data.profile, &resident->data.fresh);
    slot_card(&resident->slot, &resident->card);
    struct cc_channel channel = slot_channel(&resident->slot);
    cc_port_init(&resident->port, &channel);
    g_assert_cmpint(cc_card_read(&resident->port, CC_READ_BALANCE, &resident->read), ==, CC_OK);
}

/* ---- Which one ---- */

static void test_systems(void)
{
    static const struct {
        const char *name;
        int result;
        uint8_t last_of_terminal;
    } rows[] = {{"psam-t-union", CC_OK, 0}, {"psam-cityunion", CC_OK, 0x02}, {"psam-three-factors", CC_OK, 0x03},
                {"psam-foreign", CC_OK, 0}, {"psam-expired", CC_ERR_SAM, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct module module;
        g_assert_cmpint(module_open(&module, rows[i].name, TODAY), ==, rows[i].result);
        const struct cc_sam *sam = &module.opened;
        g_assert_cmpmem(sam->terminal, 6, module.data.identity.terminal, 6);
        g_assert_cmpmem(sam->issuer, 8, module.data.identity.issuer, 8);
        g_assert_cmpmem(sam->receiver, 8, module.data.identity.receiver, 8);
        if (rows[i].last_of_terminal != 0)
            g_assert_cmphex(sam->terminal[5], ==, rows[i].last_of_terminal);
        module_close(&module);
    }
}

/* An expired one is found when dates do not matter, for its name to be told. */
static void test_dates(void)
{
    struct module module;
    g_assert_cmpint(module_open(&module, "psam-expired", 0), ==, CC_OK);
    g_assert_cmpuint(module.opened.valid_to, >, 0);
    g_assert_cmpuint(module.opened.valid_to, <, TODAY);
    module_close(&module);
}

static void test_check(void)
{
    struct module ours, foreign;
    g_assert_cmpint(module_open(&ours, "psam-t-union", TODAY), ==, CC_OK);
    g_assert_cmpint(module_open(&foreign, "psam-foreign", TODAY), ==, CC_OK);
    struct cc_sam_expected expected = {.has_terminal = false};
    g_assert_cmpint(cc_sam_check(&foreign.opened, &expected), ==, CC_OK);
    memcpy(expected.issuer, ours.opened.issuer, 8);
    memcpy(expected.terminal, ours.opened.terminal, 6);
    expected.has_issuer = true;
    g_assert_cmpint(cc_sam_check(&ours.opened, &expected), ==, CC_OK);
    g_assert_cmpint(cc_sam_check(&foreign.opened, &expected), ==, CC_ERR_SAM);
    expected.has_terminal = true;
    g_assert_cmpint(cc_sam_check(&ours.opened, &expected), ==, CC_OK);
    expected.terminal[5] ^= 0x01;
    g_assert_cmpint(cc_sam_check(&ours.opened, &expected), ==, CC_ERR_SAM);
    expected.has_terminal = false;
    g_assert_cmpint(cc_sam_check(&ours.opened, &expected), ==, CC_OK);
    module_close(&ours);
    module_close(&foreign);
}

/* ---- A purchase never disturbs its session ---- */

static void check_instructions(const struct module *module, const char *expected)
{
    g_autofree char *text = g_malloc0(2 * module->seen->len + 1);
    g_assert_cmpstr(cc_hex(module->seen->data, module->seen->len, text, 2 * module->seen->len + 1), ==, expected);
}

/*
 * SELECT or a reset between 80 70 and 80 72 would end the PSAM's transaction: a purchase sends 70 and 72, and nothing else
 * whatever happens to the card. CityUnion adds CA before.
 */
static void test_session_is_left_alone(void)
{
    static const struct {
        const char *card, *sam, *expected;
    } rows[] = {{"t-union", "psam-t-union", "70727072"}, {"changsha", "psam-cityunion", "CA7072CA7072"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct module module;
        struct resident resident;
        struct cc_purchase purchase;
        g_assert_cmpint(module_open(&module, rows[i].sam, TODAY), ==, CC_OK);
        resident_open(&resident, rows[i].card);
        if (strcmp(rows[i].card, "changsha") == 0) { /* its published keys are the card's own: no PSAM has their master */
            for (int k = 0; k < 2; k++)
                g_assert_cmpint(cc_suite_diversify(k ? module.data.masters.tac : module.data.masters.purchase,
                                                   resident.read.serial,
                                                   vc_card_key(&resident.card, k ? VC_KEY_TAC : VC_KEY_PURCHASE)),
                                ==, CC_OK);
        }
        const struct vc_app *app = &resident.card.profile.apps[resident.card.session.app];
        resident.card.state.purses[app->purses[1]].balance_fen = 1000;
        g_byte_array_set_size(module.seen, 0);
        for (int round = 0; round < 2; round++) {
            g_assert_cmpint(cc_purchase_prepare(&resident.port, &module.opened, &resident.read, 100, &now, NULL, &purchase),
                            ==, CC_OK);
            g_assert_true(module.opened.live);
            g_assert_cmpint(cc_purchase_debit(&resident.port, &module.opened, &purchase), ==, CC_OK);
        }
        check_instructions(&module, rows[i].expected);
        module_close(&module);
    }
}

/* The card is pulled after its debit and comes again: the session lives on, and 80 72 takes the proof's MAC2. */
static void test_session_outlives_a_tear(void)
{
    struct module module;
    struct resident resident;
    struct cc_purchase purchase;
    g_assert_cmpint(module_open(&module, "psam-t-union", TODAY), ==, CC_OK);
    resident_open(&resident, "t-union");
    g_byte_array_set_size(module.seen, 0);
    g_assert_cmpint(cc_purchase_prepare(&resident.port, &module.opened, &resident.read, 100, &now, NULL, &purchase), ==,
                    CC_OK);
    resident.slot.tear = TEAR_AFTER;
    resident.slot.at = resident.slot.commands + 1;
    g_assert_cmpint(cc_purchase_debit(&resident.port, &module.opened, &purchase), ==, CC_IN_DOUBT);
    slot_again(&resident.slot, TEAR_NONE, 0, 0);
    struct cc_channel channel = slot_channel(&resident.slot);
    cc_port_init(&resident.port, &channel);
    g_assert_cmpint(cc_purchase_resolve(&resident.port, &module.opened, &purchase), ==, CC_OK);
    g_assert_cmpint(purchase.evidence, ==, CC_EVIDENCE_MAC2);
    check_instructions(&module, "7072");
    module_close(&module);
}

/* ---- Codes for the issuer ---- */

static void signer_open(struct module *module, struct resident *resident, struct cc_signer *signer, struct cc_sam_key *key)
{
    g_assert_cmpint(module_open(module, "psam-t-union", TODAY), ==, CC_OK);
    resident_open(resident, "t-union");
    memcpy(module->sam.masters.maintenance, "\x58\x94\xC1\xF3\xA7\x0E\x6D\xB2\x36\x2F\x08\xEB\x91\xD5\x4C\x7A", 16);
    *key = (struct cc_sam_key){.sam = &module->opened, .card = &resident->read, .p1 = 0x45, .p2 = 0x00};
    cc_signer_of_sam(signer, key);
    g_byte_array_set_size(module->seen, 0);
}

static void test_block(void)
{
    struct module module;
    struct resident resident;
    struct cc_signer signer;
    struct cc_sam_key key;
    struct cc_card again;
    signer_open(&module, &resident, &signer, &key);
    module.opened.live = true;
    g_assert_cmpint(cc_application_block(&resident.port, false, &signer), ==, CC_OK);
    g_assert_false(module.opened.live); /* 80 1A ended it */
    check_instructions(&module, "1AFA");
    g_assert_cmpint(cc_card_read(&resident.port, 0, &again), ==, CC_CARD_BLOCKED);
    g_assert_cmpint(cc_application_unblock(&resident.port, &signer), ==, CC_OK);
    g_assert_cmpint(cc_card_read(&resident.port, 0, &again), ==, CC_OK);
    key.p1 = 0x25; /* one level: another key */
    g_assert_cmpint(cc_application_block(&resident.port, false, &signer), ==, CC_ERR_MAC);
    key.p1 = 0x65; /* more levels than the family has factors: not even asked */
    unsigned before = module.seen->len;
    g_assert_cmpint(cc_application_block(&resident.port, false, &signer), ==, CC_ERR_ARGUMENT);
    g_assert_cmpuint(module.seen->len, ==, before);
    module.opened.port.broken = true;
    key.p1 = 0x45;
    g_assert_cmpint(cc_application_block(&resident.port, false, &signer), ==, CC_ERR_SAM); /* never "card removed" */
    g_assert_false(resident.port.broken);
    module_close(&module);
}

/* Data that do not fit into one command go in two; the PSAM keeps the chain. */
static void test_long_data(void)
{
    static const struct {
        size_t len;
        const char *instructions;
    } rows[] = {{1, "1AFA"}, {234, "1AFA"}, {235, "1AFAFA"}, {251, "1AFAFA"}};
    static const struct vc_file file = {.name = "long", .fid = 0x0C, .sfi = 0x0C, .size = 251, .update = VC_WITH_MAC};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct module module;
        struct resident resident;
        struct cc_signer signer;
        struct cc_sam_key key;
        uint8_t data[251];
        signer_open(&module, &resident, &signer, &key);
        uint8_t index = vc_profile_add_file(&resident.card.profile, resident.card.session.app, &file);
        g_assert_cmpuint(index, !=, VC_NONE);
        for (size_t k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)(k * 7 + i);
        g_assert_cmpint(cc_file_update(&resident.port, 0x0C, 0, data, rows[i].len, &signer), ==, CC_OK);
        g_assert_cmpmem(resident.card.state.image + resident.card.profile.files[index].at, rows[i].len, data, rows[i].len);
        check_instructions(&module, rows[i].instructions);
        module_close(&module);
    }
}

/* It makes MACs, nothing else. */
static void test_no_cipher(void)
{
    struct module module;
    struct resident resident;
    struct cc_signer signer;
    struct cc_sam_key key;
    unsigned tries;
    signer_open(&module, &resident, &signer, &key);
    g_assert_cmpint(cc_authenticate_external(&resident.port, 0, &signer, &tries), ==, CC_ERR_ARGUMENT);
    g_assert_cmpint(cc_pin_unblock(&resident.port, &resident.read, "123456", &signer), ==, CC_ERR_ARGUMENT);
    check_instructions(&module, "");
    module_close(&module);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sam/systems", test_systems);
    g_test_add_func("/sam/dates", test_dates);
    g_test_add_func("/sam/check", test_check);
    g_test_add_func("/sam/session-is-left-alone", test_session_is_left_alone);
    g_test_add_func("/sam/session-outlives-a-tear", test_session_outlives_a_tear);
    g_test_add_func("/sam/block", test_block);
    g_test_add_func("/sam/long-data", test_long_data);
    g_test_add_func("/sam/no-cipher", test_no_cipher);
    return g_test_run();
}
