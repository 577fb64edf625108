/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads on virtual cards of several families, torn at every command in every manner: the card is loaded once or not at all, and
 * the state we end in says which. The platform's part (MAC1 checked, MAC2 made, TAC checked) is played by the suite.
 */
#include "citycard.h"
#include "data.h"
#include "slot.h"

#include <glib.h>
#include <string.h>

#define AMOUNT   5000
#define ANSWERS  64
#define COMMANDS 60

static const uint8_t terminal[6] = {0x99, 0x01, 0x00, 0x00, 0x00, 0x01};
static const uint8_t date_bcd[4] = {0x20, 0x26, 0x01, 0x15}, time_bcd[3] = {0x09, 0x30, 0x45};

/* A purse with P2 = 02 and its log; one with P2 = 01 and no log at all; one with a log for loads apart. */
static const char *const cards[] = {"t-union", "suzhou", "changsha", "community"};

struct visit {
    struct vc_data_card data;
    struct vc_card card;
    struct slot slot;
    struct cc_port port;
    struct cc_card read;
    struct cc_load load;
    struct vc_purse_state *purse; /* of the card: the one that the family uses */
    uint32_t balance_before;
    uint16_t counter_before;
};

static void visit_arm(struct visit *visit, enum tear tear, unsigned at, size_t cut_to)
{
    struct cc_channel channel = slot_channel(&visit->slot);
    slot_again(&visit->slot, tear, at, cut_to);
    cc_port_init(&visit->port, &channel);
}

static void visit_begin(struct visit *visit, const char *name, bool chaining)
{
    char error[256] = "";
    g_autofree char *path = g_strdup_printf("%s/%s.json", CARDS_DIR, name);
    memset(visit, 0, sizeof *visit);
    if (!vc_data_card(path, &visit->data, error, sizeof error))
        g_error("%s", error);
    vc_card_setup(&visit->card, &visit->data.profile, &visit->data.fresh);
    visit->card.transport.chaining = chaining;
    slot_card(&visit->slot, &visit->card);
    visit_arm(visit, TEAR_NONE, 0, 0);
    g_assert_cmpint(cc_card_read(&visit->port, CC_READ_ALL, &visit->read), ==, CC_OK);
    g_assert_cmpint(cc_card_reselect(&visit->port, &visit->read), ==, CC_OK);
    const struct vc_app *app = &visit->card.profile.apps[visit->card.session.app];
    visit->purse = &visit->card.state.purses[app->purses[visit->read.purses[0].p2 - 1]];
    visit->balance_before = visit->purse->balance_fen;
    visit->counter_before = visit->purse->online_counter;
    visit_arm(visit, TEAR_NONE, 0, 0);
}

static bool is_loaded(const struct visit *visit)
{
    bool loaded = visit->purse->online_counter != visit->counter_before;
    g_assert_cmpuint(visit->purse->online_counter, ==, visit->counter_before + loaded);
    g_assert_cmpuint(visit->purse->balance_fen, ==, visit->balance_before + (loaded ? AMOUNT : 0));
    g_assert_cmpuint(visit->slot.credits, <=, 1);
    return loaded;
}

static void assert_truth(const struct visit *visit)
{
    enum cc_purchase_state state = visit->load.state;
    if (state == CC_PURCHASE_CONFIRMED)
        g_assert_true(is_loaded(visit));
    else if (state == CC_PURCHASE_VOID || state == CC_PURCHASE_PREPARED || state == CC_PURCHASE_NONE)
        g_assert_false(is_loaded(visit));
}

/* ---- The platform ---- */

static void authorise(struct visit *visit)
{
    struct cc_load *load = &visit->load;
    uint8_t session[8], mac1[4], mac2[4];
    const uint8_t *key = vc_card_key(&visit->card, VC_KEY_LOAD);
    g_assert_cmpint(cc_suite_load_session(key, load->random, load->counter, session), ==, CC_OK);
    g_assert_cmpint(cc_suite_load_mac1(session, load, mac1), ==, CC_OK);
    g_assert_cmpmem(mac1, 4, load->mac1, 4); /* the card is genuine, and told balance and counter truly */
    memcpy(load->date_bcd, date_bcd, 4);
    memcpy(load->time_bcd, time_bcd, 3);
    g_assert_cmpint(cc_suite_load_mac2(session, load, mac2), ==, CC_OK);
    g_assert_cmpint(cc_load_authorise(load, date_bcd, time_bcd, mac2), ==, CC_OK);
}

static void check_tac(struct visit *visit)
{
    uint8_t tac[4];
    if (visit->load.state != CC_PURCHASE_CONFIRMED)
        return;
    if (!visit->load.has_tac) { /* the proof was cut off, the log told */
        g_assert_cmpint(visit->load.evidence, ==, CC_EVIDENCE_LOG);
        return;
    }
    g_assert_cmpint(cc_suite_load_tac(vc_card_key(&visit->card, VC_KEY_TAC), &visit->load, tac), ==, CC_OK);
    g_assert_cmpmem(tac, 4, visit->load.tac, 4);
}

/* ---- Loading ---- */

static int prepare(struct visit *visit)
{
    return cc_load_prepare(&visit->port, &visit->read, terminal, 1, AMOUNT, NULL, &visit->load);
}

/* False when the fault's command was never reached. */
static bool pay_in(struct visit *visit)
{
    int result = prepare(visit);
    assert_truth(visit);
    if (result == CC_OK && !visit->slot.fired) /* a random cut on its way is another MAC1: the platform would refuse */
        authorise(visit);
    else if (result == CC_OK)
        cc_load_authorise(&visit->load, date_bcd, time_bcd, visit->load.mac1);
    if (result == CC_OK) {
        result = cc_load_credit(&visit->port, &visit->load);
        assert_truth(visit);
        g_assert_true((result == CC_OK) == (visit->load.state == CC_PURCHASE_CONFIRMED));
        g_assert_true((result == CC_IN_DOUBT) == (visit->load.state == CC_PURCHASE_IN_DOUBT));
        g_assert_true((result == CC_DECLINED) == (visit->load.state == CC_PURCHASE_VOID));
    }
    return visit->slot.fired;
}

/* Whatever happened before, an undisturbed tap finds the truth. */
static void settle(struct visit *visit)
{
    visit_arm(visit, TEAR_NONE, 0, 0);
    g_assert_cmpint(cc_load_resolve(&visit->port, &visit->load), ==, CC_OK);
    g_assert_cmpint(visit->load.state, ==, is_loaded(visit) ? CC_PURCHASE_CONFIRMED : CC_PURCHASE_VOID);
    if (is_loaded(visit)) {
        g_assert_true(visit->load.has_tac);
        g_assert_cmpint(visit->load.evidence, ==, CC_EVIDENCE_PROOF);
    }
}

static void test_whole(void)
{
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(cards); i++) {
        struct visit visit;
        visit_begin(&visit, cards[i / 2], i % 2);
        g_assert_false(pay_in(&visit));
        g_assert_cmpint(visit.load.state, ==, CC_PURCHASE_CONFIRMED);
        g_assert_true(is_loaded(&visit));
        check_tac(&visit);
        int64_t balance_fen;
        g_assert_cmpint(cc_balance(&visit.port, &visit.read, &balance_fen), ==, CC_OK);
        g_assert_cmpint(balance_fen, ==, visit.balance_before + AMOUNT);
    }
}

/* Like CC_PURCHASE_SENT read back from disk: the bytes of one load never credit twice. */
static void test_copies(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        struct visit visit;
        visit_begin(&visit, cards[i], false);
        g_assert_cmpint(prepare(&visit), ==, CC_OK);
        authorise(&visit);
        struct cc_load copy = visit.load, later = visit.load;
        g_assert_cmpint(cc_load_credit(&visit.port, &visit.load), ==, CC_OK);
        g_assert_cmpint(cc_load_credit(&visit.port, &copy), ==, CC_IN_DOUBT); /* the card refuses, the balance has moved */
        visit_arm(&visit, TEAR_NONE, 0, 0);
        g_assert_cmpint(cc_card_reselect(&visit.port, &visit.read), ==, CC_OK);
        g_assert_cmpint(cc_load_credit(&visit.port, &later), ==, CC_IN_DOUBT);
        g_assert_cmpuint(visit.purse->balance_fen, ==, visit.balance_before + AMOUNT);
        visit.slot.credits = 1;
        visit.load = copy;
        settle(&visit);
    }
}

static void test_wrong_mac2(void)
{
    struct visit visit;
    visit_begin(&visit, "t-union", false);
    g_assert_cmpint(prepare(&visit), ==, CC_OK);
    authorise(&visit);
    visit.load.mac2[0] ^= 0x01;
    g_assert_cmpint(cc_load_credit(&visit.port, &visit.load), ==, CC_DECLINED);
    g_assert_cmpint(visit.load.state, ==, CC_PURCHASE_VOID);
    g_assert_cmphex(visit.port.last_sw, ==, 0x9000); /* of GET BALANCE */
    g_assert_false(is_loaded(&visit));
}

static void test_worn_out(void)
{
    struct visit visit;
    visit_begin(&visit, "t-union", false);
    visit.purse->online_counter = 0xFFFF;
    g_assert_cmpint(prepare(&visit), ==, CC_WORN_OUT);
    visit.counter_before = visit.purse->online_counter = 0xFFFE;
    g_assert_false(pay_in(&visit));
    g_assert_cmpint(visit.load.state, ==, CC_PURCHASE_CONFIRMED);
    check_tac(&visit);
}

/* ---- Torn ---- */

struct tally {
    unsigned runs, loaded, doubts;
};

static bool is_open(const struct visit *visit)
{
    return visit->load.state == CC_PURCHASE_SENT || visit->load.state == CC_PURCHASE_IN_DOUBT;
}

static bool torn_load(const char *name, enum tear tear, unsigned at, size_t cut_to, bool chaining, struct tally *tally)
{
    struct visit visit;
    visit_begin(&visit, name, chaining);
    visit_arm(&visit, tear, at, cut_to);
    if (!pay_in(&visit)) {
        g_assert_cmpint(visit.load.state, ==, CC_PURCHASE_CONFIRMED);
        return false;
    }
    tally->runs += 1;
    tally->doubts += is_open(&visit);
    if (is_open(&visit))
        settle(&visit);
    check_tac(&visit);
    tally->loaded += is_loaded(&visit);
    return true;
}

static void test_tear(gconstpointer name)
{
    struct tally tally = {0};
    for (int chaining = 0; chaining < 2; chaining++) {
        for (enum tear tear = TEAR_BEFORE; tear < TEAR_KINDS; tear++) {
            bool reached = true;
            unsigned at;
            for (at = 1; reached && at < COMMANDS; at++) {
                for (size_t cut = 0; reached && cut < (tear == TEAR_CUT ? ANSWERS : 1); cut++)
                    reached = torn_load(name, tear, at, cut, chaining, &tally);
            }
            g_assert_cmpuint(at, <, COMMANDS);
            g_assert_cmpuint(at, >, 4);
        }
    }
    g_test_message("%s: %u torn loads: %u loaded, %u in doubt before settling", (const char *)name, tally.runs, tally.loaded,
                   tally.doubts);
    g_assert_cmpuint(tally.loaded, >, 0);
    g_assert_cmpuint(tally.loaded, <, tally.runs);
    g_assert_cmpuint(tally.doubts, >, 0);
}

static void make_doubt(struct visit *visit, const char *name, bool loaded, bool chaining)
{
    visit_begin(visit, name, chaining);
    g_assert_cmpint(prepare(visit), ==, CC_OK);
    authorise(visit);
    visit->slot.at = visit->slot.commands + 1;
    visit->slot.tear = loaded ? TEAR_AFTER : TEAR_AT_COMMIT;
    g_assert_cmpint(cc_load_credit(&visit->port, &visit->load), ==, CC_IN_DOUBT);
    g_assert_true(is_loaded(visit) == loaded);
}

/* An error changes nothing, a cut answer never leads to a wrong verdict, a next tap ends it. */
static bool torn_settling(const char *name, bool loaded, enum tear tear, unsigned at, size_t cut_to, bool chaining)
{
    struct visit visit;
    make_doubt(&visit, name, loaded, chaining);
    visit_arm(&visit, tear, at, cut_to);
    struct cc_load before = visit.load;
    int result = cc_load_resolve(&visit.port, &visit.load);
    bool fired = visit.slot.fired;
    if (result < 0 || result == CC_OTHER_CARD)
        g_assert_cmpmem(&before, sizeof before, &visit.load, sizeof before);
    assert_truth(&visit);
    if (is_open(&visit) && !visit.load.has_tac)
        settle(&visit);
    else if (is_open(&visit)) /* a proof cut off on the way contradicts nothing when it comes again whole */
        g_assert_true(loaded);
    check_tac(&visit);
    return fired;
}

static void test_torn_settling(gconstpointer name)
{
    unsigned runs = 0;
    for (unsigned kind = 0; kind < 4; kind++) {
        for (enum tear tear = TEAR_BEFORE; tear < TEAR_KINDS; tear++) {
            unsigned at = 1;
            bool reached = tear != TEAR_AT_COMMIT; /* settling commits nothing on the card */
            for (; reached && at < COMMANDS; at++) {
                for (size_t cut = 0; reached && cut < (tear == TEAR_CUT ? ANSWERS : 1); cut++, runs++)
                    reached = torn_settling(name, kind & 1, tear, at, cut, kind & 2);
            }
            g_assert_cmpuint(at, <, COMMANDS);
        }
    }
    g_test_message("%s: %u torn settlings", (const char *)name, runs);
    g_assert_cmpuint(runs, >, 300);
}

/* Somebody else's load came in between: ours is in the log, or its number is another's. */
static void test_later_load(void)
{
    for (int loaded = 0; loaded < 2; loaded++) {
        struct visit visit;
        make_doubt(&visit, "t-union", loaded, false);
        struct cc_load ours = visit.load;
        static const uint8_t elsewhere[6] = {0x99, 0x01, 0x00, 0x00, 0x00, 0x02};
        visit_arm(&visit, TEAR_NONE, 0, 0);
        g_assert_cmpint(cc_load_prepare(&visit.port, &visit.read, elsewhere, 1, 100, NULL, &visit.load), ==, CC_OK);
        authorise(&visit);
        g_assert_cmpint(cc_load_credit(&visit.port, &visit.load), ==, CC_OK);
        visit_arm(&visit, TEAR_NONE, 0, 0);
        g_assert_cmpint(cc_load_resolve(&visit.port, &ours), ==, CC_OK);
        g_assert_cmpint(ours.state, ==, loaded ? CC_PURCHASE_CONFIRMED : CC_PURCHASE_VOID);
        g_assert_cmpint(ours.evidence, ==, CC_EVIDENCE_LOG);
        g_assert_false(ours.has_tac);
    }
}

static void test_other_card(void)
{
    struct visit visit, other;
    make_doubt(&visit, "t-union", true, false);
    struct cc_load before = visit.load;
    visit_begin(&other, "changsha", false);
    g_assert_cmpint(cc_load_resolve(&other.port, &visit.load), ==, CC_OTHER_CARD);
    g_assert_cmpmem(&before, sizeof before, &visit.load, sizeof before);
    g_assert_cmpint(cc_load_prepare(&other.port, &visit.read, terminal, 1, AMOUNT, NULL, &other.load), ==, CC_OTHER_CARD);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/load-vcard/whole", test_whole);
    g_test_add_func("/load-vcard/copies", test_copies);
    g_test_add_func("/load-vcard/wrong-mac2", test_wrong_mac2);
    g_test_add_func("/load-vcard/worn-out", test_worn_out);
    g_test_add_func("/load-vcard/later-load", test_later_load);
    g_test_add_func("/load-vcard/other-card", test_other_card);
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        g_autofree char *tear = g_strconcat("/load-vcard/tear/", cards[i], NULL);
        g_autofree char *settling = g_strconcat("/load-vcard/settle/", cards[i], NULL);
        g_test_add_data_func(tear, cards[i], test_tear);
        g_test_add_data_func(settling, cards[i], test_torn_settling);
    }
    return g_test_run();
}
