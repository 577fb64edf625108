/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purchases on the virtual card with the virtual PSAM, torn at every command in every manner: the card is charged once or
 * not at all, DEBIT goes out at most once, and the state we end in says which.
 */
#include "citycard.h"
#include "community.h"
#include "slot.h"

#include <glib.h>
#include <string.h>

#define AMOUNT   200
#define ANSWERS  64 /* longer than any answer of a purchase */
#define COMMANDS 40 /* more than any phase sends */

/* What is bought, and with which card: every tear is tried with each of them. */
struct flavour {
    const char *name;
    bool compound, city_union;
    uint32_t amount_fen;
};
static const struct flavour plain = {"plain", false, false, AMOUNT};
static const struct flavour compound = {"compound", true, false, AMOUNT};
static const struct flavour entry = {"entry without charge", true, false, 0};
static const struct flavour coded = {"city-union with a security code", false, true, AMOUNT};
static const struct flavour *flavour = &plain;

static struct vc_community community;
static const struct cc_time now = {2026, 1, 15, 9, 30, 45};

/* How the PSAM is when a torn purchase is settled. */
enum settling { WITH_SESSION, WITH_FRESH_MODULE, WITHOUT_MODULE, SETTLINGS };

struct visit {
    struct vc_card card;
    struct vc_sam module;
    struct slot card_slot, module_slot;
    struct cc_port port;
    struct cc_card read;
    struct cc_sam sam;
    struct cc_purchase purchase;
    uint32_t balance_before;
    uint16_t counter_before;
};

/* A passage as EF1E has it. */
static const struct cc_compound_record passage = {
    .p1 = 0, .sfi = 0x1E, .len = 48, .bytes = {0x03, 0x99, 0x01, [8] = 0x01, [9] = 0x01}};

/*
 * The same person's card as CJ/T 166 has it: another name, one level of keys (the card's serial alone), a security code that
 * goes into MAC1. EF15 has number and dates at the same places.
 */
static void make_city_union(struct visit *visit, const struct vc_persona *persona)
{
    static const uint8_t aid[] = {0xA0, 0x00, 0x00, 0x00, 0x03, 0x86, 0x98, 0x07, 0x01};
    static const uint8_t code[VC_CODE_SIZE] = {0x85, 0x88, 0xD3, 0x2B, 0x76, 0x88, 0xD3, 0x2B, 0x76};
    struct vc_app *app = &visit->card.profile.apps[1];
    memcpy(app->aid, aid, sizeof aid);
    app->aid_len = app->aid_least = sizeof aid;
    app->has_code = true;
    memcpy(app->code, code, sizeof code);
    visit->card.profile.purses[0].code_in_mac1 = true;
    const uint8_t *const masters[] = {community.keys.purchase, community.keys.tac};
    uint8_t *const keys[] = {vc_card_key(&visit->card, VC_KEY_PURCHASE), vc_card_key(&visit->card, VC_KEY_TAC)};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        g_assert_cmpint(cc_suite_diversify(masters[i], persona->serial, keys[i]), ==, CC_OK);
    visit->module.identity.no_aid = true; /* only DF01 */
    visit->module.identity.takes_code = true;
    memcpy(visit->module.identity.known_codes[0], code, sizeof code);
    visit->module.identity.known_code_count = 1;
}

static void visit_begin(struct visit *visit, const char *key, bool chaining)
{
    const struct vc_persona *persona = vc_community_find(&community, key);
    struct vc_card_state card_state;
    struct vc_sam_state sam_state = {.terminal_serial = 0x1FF};
    g_assert_nonnull(persona);
    memset(visit, 0, sizeof *visit);
    g_assert_true(vc_card_fresh(persona, &card_state));
    g_assert_true(vc_card_init(&visit->card, persona, &community.keys, &card_state));
    vc_sam_init(&visit->module, &community.sam, &community.keys, &sam_state);
    if (flavour->city_union)
        make_city_union(visit, persona);
    visit->card.transport.chaining = visit->module.transport.chaining = chaining;
    slot_card(&visit->card_slot, &visit->card);
    slot_module(&visit->module_slot, &visit->module);
    struct cc_channel card_channel = slot_channel(&visit->card_slot);
    struct cc_channel module_channel = slot_channel(&visit->module_slot);
    cc_port_init(&visit->port, &card_channel);
    g_assert_cmpint(cc_card_read(&visit->port, CC_READ_ALL, &visit->read), ==, CC_OK);
    g_assert_cmpint(cc_sam_open(&visit->sam, &module_channel, 20260115), ==, CC_OK);
    visit->balance_before = visit->card.state.balance_fen;
    visit->counter_before = visit->card.state.offline_counter;
    g_assert_cmpuint(visit->balance_before, ==, visit->read.balance_fen);
    g_assert_cmpint(visit->read.family, ==, flavour->city_union ? CC_FAMILY_CITY_UNION : CC_FAMILY_T_UNION);
}

/* From here on commands count for the fault. */
static void visit_arm(struct visit *visit, enum tear card, enum tear module, unsigned at, size_t cut_to)
{
    struct cc_channel channel = slot_channel(&visit->card_slot);
    slot_again(&visit->card_slot, card, at, cut_to);
    cc_port_init(&visit->port, &channel);
    visit->module_slot.tear = module;
    visit->module_slot.at = visit->module_slot.commands + at;
    visit->module_slot.cut_to = cut_to;
}

/* The records of a compound purchase are there exactly when it is: the debit and they are one step. */
static bool passage_written(const struct visit *visit)
{
    uint8_t file = vc_profile_file(&visit->card.profile, "journeys");
    const uint8_t *newest = vc_state_record(&visit->card.profile, &visit->card.state, file, 1, NULL);
    return newest && memcmp(newest, passage.bytes, passage.len) == 0;
}

static bool is_charged(const struct visit *visit)
{
    bool charged = visit->card.state.offline_counter != visit->counter_before;
    g_assert_cmpuint(visit->card.state.offline_counter, ==, visit->counter_before + charged);
    g_assert_cmpuint(visit->card.state.balance_fen, ==, visit->balance_before - (charged ? flavour->amount_fen : 0));
    g_assert_cmpuint(visit->card_slot.debits, <=, 1);
    g_assert_true(passage_written(visit) == (charged && flavour->compound));
    return charged;
}

static int prepare(struct visit *visit)
{
    if (!flavour->compound)
        return cc_purchase_prepare(&visit->port, &visit->sam, &visit->read, flavour->amount_fen, &now, NULL,
                                   &visit->purchase);
    return cc_compound_prepare(&visit->port, &visit->sam, &visit->read, flavour->amount_fen, &now, NULL, &passage, 1,
                               &visit->purchase);
}

static void assert_truth(const struct visit *visit)
{
    enum cc_purchase_state state = visit->purchase.state;
    if (state == CC_PURCHASE_CONFIRMED)
        g_assert_true(is_charged(visit));
    else if (state == CC_PURCHASE_VOID || state == CC_PURCHASE_PREPARED || state == CC_PURCHASE_NONE)
        g_assert_false(is_charged(visit));
}

static void new_tap(struct visit *visit, enum settling settling)
{
    visit_arm(visit, TEAR_NONE, TEAR_NONE, 0, 0);
    if (settling == WITH_FRESH_MODULE || (settling == WITH_SESSION && visit->module_slot.gone)) {
        struct cc_channel channel = slot_channel(&visit->module_slot);
        slot_again(&visit->module_slot, TEAR_NONE, 0, 0);
        g_assert_cmpint(cc_sam_open(&visit->sam, &channel, 20260115), ==, CC_OK);
    }
}

static int resolve(struct visit *visit, enum settling settling)
{
    return cc_purchase_resolve(&visit->port, settling == WITHOUT_MODULE ? NULL : &visit->sam,
                               &visit->purchase);
}

/* Whatever happened before, an undisturbed tap finds the truth. */
static void settle(struct visit *visit, enum settling settling)
{
    new_tap(visit, settling);
    g_assert_cmpint(resolve(visit, settling), ==, CC_OK);
    g_assert_cmpint(visit->purchase.state, ==, is_charged(visit) ? CC_PURCHASE_CONFIRMED : CC_PURCHASE_VOID);
    if (is_charged(visit) && settling == WITH_FRESH_MODULE)
        g_assert_cmpint(visit->purchase.evidence, ==, CC_EVIDENCE_TAC);
    if (is_charged(visit) && settling == WITHOUT_MODULE)
        g_assert_cmpint(visit->purchase.evidence, ==, CC_EVIDENCE_LOG);
    if (visit->purchase.state == CC_PURCHASE_CONFIRMED)
        g_assert_true(visit->purchase.has_tac);
}

static void check_tac(const struct visit *visit)
{
    struct vc_keys keys;
    uint8_t tac[4];
    if (visit->purchase.state != CC_PURCHASE_CONFIRMED)
        return;
    if (!visit->purchase.has_tac) { /* the proof was cut off, the log told */
        g_assert_cmpint(visit->purchase.evidence, ==, CC_EVIDENCE_LOG);
        return;
    }
    g_assert_true(vc_card_keys(&community.keys, visit->purchase.issuer, visit->purchase.serial, &keys));
    if (flavour->city_union)
        g_assert_cmpint(cc_suite_diversify(community.keys.tac, visit->purchase.serial, keys.tac), ==, CC_OK);
    g_assert_cmpint(cc_suite_purchase_tac(keys.tac, &visit->purchase, tac), ==, CC_OK);
    g_assert_cmpmem(tac, 4, visit->purchase.tac, 4);
}

/* Prepare and debit under the armed fault. False when the fault's command was never reached. */
static bool pay(struct visit *visit)
{
    int result = prepare(visit);
    assert_truth(visit);
    if (result == CC_OK) {
        visit->purchase.state = CC_PURCHASE_SENT;
        result = cc_purchase_debit(&visit->port, &visit->sam, &visit->purchase);
        assert_truth(visit);
        g_assert_true((result == CC_OK) == (visit->purchase.state == CC_PURCHASE_CONFIRMED));
        g_assert_true((result == CC_IN_DOUBT) == (visit->purchase.state == CC_PURCHASE_IN_DOUBT));
        g_assert_true((result == CC_DECLINED) == (visit->purchase.state == CC_PURCHASE_VOID));
    }
    return visit->card_slot.fired || visit->module_slot.fired;
}

static bool is_open(const struct visit *visit)
{
    return visit->purchase.state == CC_PURCHASE_SENT || visit->purchase.state == CC_PURCHASE_IN_DOUBT;
}

struct tally {
    unsigned runs, charged, doubts;
};

static bool torn_payment(enum tear card, enum tear module, unsigned at, size_t cut_to, bool chaining,
                         enum settling settling, struct tally *tally)
{
    struct visit visit;
    visit_begin(&visit, "adult", chaining);
    visit_arm(&visit, card, module, at, cut_to);
    if (!pay(&visit)) {
        g_assert_cmpint(visit.purchase.state, ==, CC_PURCHASE_CONFIRMED);
        return false;
    }
    tally->runs += 1;
    tally->doubts += is_open(&visit);
    if (is_open(&visit))
        settle(&visit, settling);
    check_tac(&visit);
    tally->charged += is_charged(&visit);
    return true;
}

/* Every command of one slot, every manner, every length, every way of settling. */
static void tear_everywhere(bool card, bool chaining)
{
    struct tally tally = {0};
    for (enum settling settling = 0; settling < SETTLINGS; settling++) {
        for (enum tear tear = TEAR_BEFORE; tear < TEAR_KINDS; tear++) {
            bool reached = true;
            unsigned at;
            for (at = 1; reached && at < COMMANDS; at++) {
                for (size_t cut = 0; reached && cut < (tear == TEAR_CUT ? ANSWERS : 1); cut++)
                    reached = torn_payment(card ? tear : TEAR_NONE, card ? TEAR_NONE : tear, at, cut,
                                           chaining, settling, &tally);
            }
            g_assert_cmpuint(at, <, COMMANDS); /* the enumeration ended because there were no more commands */
            g_assert_cmpuint(at, >, 2);
        }
    }
    g_test_message("%s: %u torn payments: %u charged, %u in doubt before settling", flavour->name, tally.runs, tally.charged,
                   tally.doubts);
    g_assert_cmpuint(tally.charged, >, 0);
    g_assert_cmpuint(tally.charged, <, tally.runs);
    g_assert_cmpuint(tally.doubts, >, 0);
}

static void test_tear_card(void)
{
    tear_everywhere(true, false);
}

static void test_tear_card_chaining(void)
{
    tear_everywhere(true, true);
}

static void test_tear_module(void)
{
    tear_everywhere(false, false);
}

static void test_tear_module_chaining(void)
{
    tear_everywhere(false, true);
}

/* A purchase in doubt, torn before or after the card's commit. */
static void make_doubt(struct visit *visit, bool charged, bool chaining)
{
    visit_begin(visit, "adult", chaining);
    visit_arm(visit, TEAR_NONE, TEAR_NONE, 0, 0);
    g_assert_cmpint(prepare(visit), ==, CC_OK);
    visit->card_slot.at = visit->card_slot.commands + 1;
    visit->card_slot.tear = charged ? TEAR_AFTER : TEAR_AT_COMMIT;
    g_assert_cmpint(cc_purchase_debit(&visit->port, &visit->sam, &visit->purchase), ==, CC_IN_DOUBT);
    g_assert_true(is_charged(visit) == charged);
}

/* Settling itself is torn: an error changes nothing, a cut answer never leads to a wrong verdict, a next tap ends it. */
static bool torn_settling(bool charged, enum tear tear, unsigned at, size_t cut_to, bool chaining,
                          enum settling settling)
{
    struct visit visit;
    make_doubt(&visit, charged, chaining);
    new_tap(&visit, settling);
    visit_arm(&visit, tear, TEAR_NONE, at, cut_to);
    struct cc_purchase before = visit.purchase;
    int result = resolve(&visit, settling);
    bool fired = visit.card_slot.fired;
    if (result < 0 || result == CC_OTHER_CARD)
        g_assert_cmpmem(&before, sizeof before, &visit.purchase, sizeof before);
    assert_truth(&visit);
    if (is_open(&visit) && !visit.purchase.has_tac)
        settle(&visit, settling);
    else if (is_open(&visit)) /* a proof cut off on the way contradicts nothing when it comes again whole */
        g_assert_true(charged);
    check_tac(&visit);
    return fired;
}

static void settle_everywhere(bool charged, bool chaining)
{
    unsigned runs = 0;
    for (enum settling settling = 0; settling < SETTLINGS; settling++) {
        for (enum tear tear = TEAR_BEFORE; tear < TEAR_KINDS; tear++) {
            unsigned at = 1;
            bool reached = true;
            for (; reached && at < COMMANDS; at++) {
                for (size_t cut = 0; reached && cut < (tear == TEAR_CUT ? ANSWERS : 1); cut++, runs++)
                    reached =
                        torn_settling(charged, tear, at, cut, chaining, settling) || tear == TEAR_AT_COMMIT;
                if (tear == TEAR_AT_COMMIT)
                    break; /* settling commits nothing on the card */
            }
            g_assert_cmpuint(at, <, COMMANDS);
        }
    }
    g_test_message("%u torn settlings", runs);
    g_assert_cmpuint(runs, >, 300);
}

static void test_settle(void)
{
    settle_everywhere(true, false);
    settle_everywhere(false, false);
}

static void test_settle_chaining(void)
{
    settle_everywhere(true, true);
    settle_everywhere(false, true);
}

/* Read back after a power cut of the kiosk, as it was on disk before DEBIT. */
static void test_power_cut(void)
{
    for (int sent = 0; sent < 2; sent++) {
        struct visit visit;
        visit_begin(&visit, "adult", false);
        visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
        g_assert_cmpint(
            cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, AMOUNT, &now, NULL, &visit.purchase),
            ==, CC_OK);
        struct cc_purchase on_disk = visit.purchase;
        if (sent)
            g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, &visit.purchase), ==, CC_OK);
        visit.purchase = on_disk;
        new_tap(&visit, WITH_FRESH_MODULE);
        visit.purchase.state = CC_PURCHASE_SENT; /* a caller that takes it for a purchase to be sent */
        g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, &visit.purchase), ==, CC_ERR_SAM);
        visit.purchase = on_disk;
        settle(&visit, WITH_FRESH_MODULE);
        g_assert_true(is_charged(&visit) == (sent == 1));
    }
}

/* Somebody else's purchase came in between: the proof is gone, the log still has ours. */
static void test_later_purchase(void)
{
    struct visit visit;
    make_doubt(&visit, true, false);
    struct cc_purchase ours = visit.purchase, other;
    new_tap(&visit, WITH_FRESH_MODULE);
    const struct cc_time later = {2026, 1, 15, 10, 0, 0};
    g_assert_cmpint(cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, 100, &later, NULL, &other), ==,
                    CC_OK);
    g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, &other), ==, CC_OK);
    new_tap(&visit, WITH_FRESH_MODULE);
    g_assert_cmpint(cc_purchase_resolve(&visit.port, &visit.sam, &ours), ==, CC_OK);
    g_assert_cmpint(ours.state, ==, CC_PURCHASE_CONFIRMED);
    g_assert_cmpint(ours.evidence, ==, CC_EVIDENCE_LOG);
}

/* The same when ours was never debited: the number that it would have had is in the log, as somebody else's. */
static void test_later_purchase_not_charged(void)
{
    struct visit visit;
    make_doubt(&visit, false, false);
    struct cc_purchase ours = visit.purchase, other;
    new_tap(&visit, WITH_FRESH_MODULE);
    const struct cc_time later = {2026, 1, 15, 10, 0, 0};
    g_assert_cmpint(cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, 100, &later, NULL, &other), ==,
                    CC_OK);
    g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, &other), ==, CC_OK);
    new_tap(&visit, WITH_FRESH_MODULE);
    g_assert_cmpint(cc_purchase_resolve(&visit.port, &visit.sam, &ours), ==, CC_OK);
    g_assert_cmpint(ours.state, ==, CC_PURCHASE_VOID);
    g_assert_cmpint(ours.evidence, ==, CC_EVIDENCE_LOG);
    g_assert_false(ours.has_tac);
}

static void test_wrong_mac2(void)
{
    for (enum settling settling = 0; settling < SETTLINGS; settling++) {
        struct visit visit;
        visit_begin(&visit, "adult", false);
        visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
        g_assert_cmpint(
            cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, AMOUNT, &now, NULL, &visit.purchase),
            ==, CC_OK);
        visit.card.spoil_mac2 = true;
        g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, &visit.purchase), ==, CC_IN_DOUBT);
        g_assert_true(visit.purchase.has_tac);
        settle(&visit, settling);
        g_assert_cmpint(visit.purchase.state, ==, CC_PURCHASE_CONFIRMED);
        check_tac(&visit);
    }
}

static const char *pin_persona(void)
{
    for (size_t i = 0; i < community.count; i++) {
        if (community.personas[i].pin_for_purchase)
            return community.personas[i].key;
    }
    g_assert_not_reached();
}

static char *pin_text(const struct vc_persona *persona)
{
    char *text = g_malloc0(2 * persona->pin_len + 1);
    cc_hex(persona->pin, persona->pin_len, text, 2 * persona->pin_len + 1);
    return text;
}

/* A card that wants its PIN: asked for, taken, and settled without it by its log. */
static void test_pin_card(void)
{
    struct visit visit;
    visit_begin(&visit, pin_persona(), false);
    g_autofree char *pin = pin_text(vc_community_find(&community, pin_persona()));
    struct cc_purchase *purchase = &visit.purchase;
    g_assert_cmpint(cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, 100, &now, NULL, purchase), ==,
                    CC_PIN_NEEDED);
    g_assert_cmpint(cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, 100, &now, "000000", purchase),
                    ==, CC_PIN_WRONG);
    g_assert_cmpint(cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, 100, &now, pin, purchase), ==,
                    CC_OK);
    g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, purchase), ==, CC_OK);
    new_tap(&visit, WITH_SESSION);
    visit.balance_before = visit.card.state.balance_fen;
    visit.counter_before = visit.card.state.offline_counter;
    visit.card_slot.debits = 0;
    g_assert_cmpint(cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, AMOUNT, &now, pin, purchase),
                    ==, CC_OK);
    visit.card_slot.at = visit.card_slot.commands + 1;
    visit.card_slot.tear = TEAR_AT_COMMIT;
    g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, purchase), ==, CC_IN_DOUBT);
    settle(&visit, WITH_FRESH_MODULE);
    g_assert_cmpint(purchase->state, ==, CC_PURCHASE_VOID);
}

static void test_other_card(void)
{
    struct visit visit, other;
    make_doubt(&visit, true, false);
    visit_begin(&other, "elder", false);
    new_tap(&other, WITHOUT_MODULE);
    struct cc_purchase before = visit.purchase;
    g_assert_cmpint(cc_purchase_resolve(&other.port, &visit.sam, &visit.purchase), ==, CC_OTHER_CARD);
    g_assert_cmpmem(&before, sizeof before, &visit.purchase, sizeof before);
    struct cc_purchase purchase;
    g_assert_cmpint(cc_purchase_prepare(&other.port, &visit.sam, &visit.read, AMOUNT, &now, NULL, &purchase),
                    ==, CC_OTHER_CARD);
    g_assert_cmpuint(other.card.state.balance_fen, ==, other.balance_before);
}

/* Each refuses the other's slot. */
static void test_wrong_slots(void)
{
    for (int chaining = 0; chaining < 2; chaining++) {
        struct visit visit;
        struct cc_sam sam;
        struct cc_card card;
        visit_begin(&visit, "adult", chaining);
        new_tap(&visit, WITHOUT_MODULE);
        struct cc_channel channel = slot_channel(&visit.card_slot);
        g_assert_cmpint(cc_sam_open(&sam, &channel, 20260115), ==, CC_ERR_SAM);
        channel = slot_channel(&visit.module_slot);
        cc_port_init(&visit.port, &channel);
        g_assert_cmpint(cc_card_read(&visit.port, CC_READ_ALL, &card), ==, CC_NO_IDENTITY);
    }
}

static void test_everyone(void)
{
    for (size_t i = 0; i < community.count; i++) {
        const struct vc_persona *persona = &community.personas[i];
        struct visit visit;
        char number[17];
        visit_begin(&visit, persona->key, i % 2 == 0);
        g_assert_true(g_str_has_suffix(visit.read.card_number, cc_hex(persona->serial, 8, number, sizeof number)));
        g_assert_cmpstr(visit.read.holder.name, ==, persona->name);
        g_assert_cmpstr(visit.read.holder.id_number, ==, persona->id_number);
        g_assert_cmpuint(visit.read.card_class, ==, persona->card_class);
        g_assert_cmpuint(visit.read.balance_fen, ==, persona->balance_fen);
        g_assert_cmphex(visit.read.city, ==, persona->city[0] << 8 | persona->city[1]);
        g_assert_cmpuint(visit.read.serial[7], ==, persona->serial[7]);
        g_assert_cmpuint(visit.sam.key_index, ==, community.sam.key_index);
        g_assert_cmpuint(visit.sam.valid_to, ==, 20391231);
    }
}

/* Ten purchases in a row: the log turns over, counters and TACs go on. */
static void test_many(void)
{
    struct visit visit;
    visit_begin(&visit, "adult", true);
    for (unsigned i = 0; i < 12; i++) {
        struct cc_time time = now;
        time.minute += i;
        new_tap(&visit, WITH_SESSION);
        g_assert_cmpint(
            cc_purchase_prepare(&visit.port, &visit.sam, &visit.read, 10 + i, &time, NULL, &visit.purchase),
            ==, CC_OK);
        g_assert_cmpint(cc_purchase_debit(&visit.port, &visit.sam, &visit.purchase), ==, CC_OK);
        check_tac(&visit);
    }
    new_tap(&visit, WITH_SESSION);
    g_assert_cmpint(cc_card_read(&visit.port, CC_READ_LOG, &visit.read), ==, CC_OK);
    g_assert_cmpuint(visit.read.log_count, ==, 10);
    for (unsigned i = 0; i < 10; i++) {
        g_assert_cmpuint(visit.read.log[i].amount_fen, ==, 21 - i);
        g_assert_cmpuint(visit.read.log[i].counter, ==, visit.card.state.offline_counter - i);
    }
}

static void test_tear_flavour(gconstpointer of)
{
    flavour = of;
    tear_everywhere(true, false);
    tear_everywhere(true, true);
    tear_everywhere(false, false);
    flavour = &plain;
}

static void test_settle_flavour(gconstpointer of)
{
    flavour = of;
    settle_everywhere(true, false);
    settle_everywhere(false, false);
    flavour = &plain;
}

/* Whole purchases of each kind, and what they leave on the card. */
static void test_flavours(void)
{
    static const struct flavour *const all[] = {&plain, &compound, &entry, &coded};
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(all); i++) {
        struct visit visit;
        flavour = all[i / 2];
        visit_begin(&visit, "adult", i % 2);
        visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
        g_assert_false(pay(&visit));
        g_assert_cmpint(visit.purchase.state, ==, CC_PURCHASE_CONFIRMED);
        g_assert_cmpuint(visit.purchase.type, ==, flavour->compound ? 9 : 6);
        g_assert_true(visit.purchase.has_security_code == flavour->city_union);
        g_assert_true(is_charged(&visit));
        check_tac(&visit);
    }
    flavour = &plain;
}

/* A security code that the PSAM does not know is refused by it, before anything happens. */
static void test_wrong_code(void)
{
    struct visit visit;
    flavour = &coded;
    visit_begin(&visit, "adult", false);
    visit.module.identity.known_code_count = 0;
    visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
    g_assert_cmpint(prepare(&visit), ==, CC_ERR_SAM);
    g_assert_false(visit.sam.live);
    g_assert_false(is_charged(&visit));
    /* A card without one goes without, and is charged all the same. */
    visit_begin(&visit, "adult", false);
    visit.card.profile.apps[1].has_code = visit.card.profile.purses[0].code_in_mac1 = false;
    visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
    g_assert_false(pay(&visit));
    g_assert_cmpint(visit.purchase.state, ==, CC_PURCHASE_CONFIRMED);
    g_assert_false(visit.purchase.has_security_code);
    g_assert_true(is_charged(&visit));
    flavour = &plain;
}

/* The last number is never used up by a purchase that could not be told from another. */
static void test_worn_out(void)
{
    struct visit visit;
    visit_begin(&visit, "adult", false);
    visit.card.state.offline_counter = 0xFFFF;
    visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
    g_assert_cmpint(prepare(&visit), ==, CC_WORN_OUT);
    g_assert_cmpuint(visit.module.state.terminal_serial, ==, 0x1FF); /* not even a number of the PSAM */
    visit_begin(&visit, "adult", false);
    visit.counter_before = visit.card.state.offline_counter = 0xFFFE;
    visit_arm(&visit, TEAR_NONE, TEAR_NONE, 0, 0);
    g_assert_false(pay(&visit));
    g_assert_cmpint(visit.purchase.state, ==, CC_PURCHASE_CONFIRMED);
}

int main(int argc, char **argv)
{
    char error[256] = "";
    g_test_init(&argc, &argv, NULL);
    if (!vc_community_load(&community, COMMUNITY_DIR "/personas.json", COMMUNITY_DIR "/demo-keys.json", error,
                           sizeof error))
        g_error("%s", error);
    g_test_add_func("/vcard/everyone", test_everyone);
    g_test_add_func("/vcard/many", test_many);
    g_test_add_func("/vcard/wrong-slots", test_wrong_slots);
    g_test_add_func("/vcard/pin-card", test_pin_card);
    g_test_add_func("/vcard/other-card", test_other_card);
    g_test_add_func("/vcard/wrong-mac2", test_wrong_mac2);
    g_test_add_func("/vcard/power-cut", test_power_cut);
    g_test_add_func("/vcard/later-purchase", test_later_purchase);
    g_test_add_func("/vcard/later-purchase-not-charged", test_later_purchase_not_charged);
    g_test_add_func("/vcard/tear-card", test_tear_card);
    g_test_add_func("/vcard/tear-card-chaining", test_tear_card_chaining);
    g_test_add_func("/vcard/tear-module", test_tear_module);
    g_test_add_func("/vcard/tear-module-chaining", test_tear_module_chaining);
    g_test_add_func("/vcard/settle", test_settle);
    g_test_add_func("/vcard/settle-chaining", test_settle_chaining);
    g_test_add_func("/vcard/flavours", test_flavours);
    g_test_add_func("/vcard/wrong-code", test_wrong_code);
    g_test_add_func("/vcard/worn-out", test_worn_out);
    g_test_add_data_func("/vcard/tear-compound", &compound, test_tear_flavour);
    g_test_add_data_func("/vcard/tear-entry", &entry, test_tear_flavour);
    g_test_add_data_func("/vcard/tear-coded", &coded, test_tear_flavour);
    g_test_add_data_func("/vcard/settle-compound", &compound, test_settle_flavour);
    g_test_add_data_func("/vcard/settle-entry", &entry, test_settle_flavour);
    g_test_add_data_func("/vcard/settle-coded", &coded, test_settle_flavour);
    return g_test_run();
}
