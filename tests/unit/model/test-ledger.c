/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions, lots, holds, quotas and the rules of volunteer credit. */
#include "model/credit.h"
#include "model/lot.h"
#include "model/model.h"

#include <string.h>

#define ALICE "0123456789abcdef0123456789abcdef"
#define BOB   "fedcba9876543210fedcba9876543210"

static struct ledger_txn txn_of(enum ledger_type type)
{
    struct ledger_txn txn = {.type = type, .at_ms = INT64_C(1795276800000), .rule = "sample-2026"};

    uuid7(txn.at_ms, txn.id);
    return txn;
}

static struct ledger_txn move(enum ledger_type type, enum book book, enum owner_kind from, const char *from_owner,
                              enum owner_kind to, const char *to_owner, int64_t amount)
{
    struct ledger_txn txn = txn_of(type);

    g_assert_true(ledger_txn_add(&txn, book, from, from_owner, -amount));
    g_assert_true(ledger_txn_add(&txn, book, to, to_owner, amount));
    return txn;
}

static const struct credit_rules RULES = {.version = "sample-2026",
                                          .hours = {30, 0, 480, 480},
                                          .coin_granularity_min = 60,
                                          .coin_cap_min = 90000,
                                          .points_per_hour = 1,
                                          .points_months = 36,
                                          .redeem_age = 65,
                                          .redeem_age_hardship = 60,
                                          .mirrored_max = 2,
                                          .star_min = {6000, 18000, 36000, 60000, 90000}};

/* ---- Transactions ------------------------------------------------------------------------------------------------ */

static void test_gift(void)
{
    struct ledger_txn gift = move(LEDGER_GIFT, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_PERSON, BOB, 120);
    struct account alice = {OWNER_PERSON, ALICE}, bob = {OWNER_PERSON, BOB};

    g_assert_cmpint(ledger_txn_check(&gift), ==, LEDGER_OK);
    g_assert_cmpint(ledger_txn_amount(&gift, BOOK_COIN, &alice), ==, -120);
    g_assert_cmpint(ledger_txn_amount(&gift, BOOK_COIN, &bob), ==, 120);
    g_assert_cmpint(ledger_txn_amount(&gift, BOOK_POINTS, &bob), ==, 0);
    struct ledger_txn self = move(LEDGER_GIFT, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_PERSON, ALICE, 120);
    g_assert_cmpint(ledger_txn_check(&self), ==, LEDGER_SELF);
    struct ledger_txn nothing = move(LEDGER_GIFT, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_PERSON, BOB, 0);
    g_assert_cmpint(ledger_txn_check(&nothing), ==, LEDGER_FORM);
}

static void test_form(void)
{
    struct ledger_txn txn = move(LEDGER_SPEND, BOOK_POINTS, OWNER_PERSON, ALICE, OWNER_REDEEMED, "RICE", 20);
    struct ledger_txn bad = txn;

    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_OK);
    bad.entries[1].amount = 21;
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_FORM);
    bad = txn;
    bad.entry_count = 1;
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_FORM);
    bad = txn;
    bad.entries[1].book = BOOK_COIN; /* zero together, not in each book */
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_FORM);
    bad = txn;
    bad.entries[0].amount = INT64_MIN;
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_FORM);
    bad = txn;
    bad.entries[0].amount = -(LEDGER_AMOUNT_MAX + 1);
    bad.entries[1].amount = LEDGER_AMOUNT_MAX + 1;
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_FORM);
    bad = txn;
    bad.entries[0].expires_on = 20291122; /* what goes out opens no lot */
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_SHAPE);
    bad = txn;
    g_assert_true(ledger_txn_add(&bad, BOOK_POINTS, OWNER_REDEEMED, "RICE", 1));
    g_assert_cmpint(ledger_txn_check(&bad), ==, LEDGER_FORM); /* an account once in a book */
    for (size_t i = bad.entry_count; i < LEDGER_ENTRIES_MAX; i++)
        g_assert_true(ledger_txn_add(&bad, BOOK_POINTS, OWNER_REDEEMED, "SALT", 1));
    g_assert_false(ledger_txn_add(&bad, BOOK_POINTS, OWNER_REDEEMED, "SALT", 1));
}

/* Which kinds of accounts each type joins: everything else is refused. */
static void test_shapes(void)
{
    struct ledger_txn txn = move(LEDGER_SPEND, BOOK_HOURS, OWNER_PERSON, ALICE, OWNER_REDEEMED, "RICE", 60);

    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_SHAPE); /* hours are never spent (TB-1) */
    txn = move(LEDGER_SPEND, BOOK_COIN, OWNER_TEAM, "T1", OWNER_REDEEMED, "RICE", 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_TEAM);
    txn = move(LEDGER_GIFT, BOOK_COIN, OWNER_TEAM, "T1", OWNER_PERSON, BOB, 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_SHAPE);
    txn = move(LEDGER_DONATE, BOOK_COIN, OWNER_TEAM, "T1", OWNER_DONATION, "pool", 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_OK);
    txn = move(LEDGER_GIFT, BOOK_POINTS, OWNER_PERSON, ALICE, OWNER_PERSON, BOB, 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_SHAPE);
    txn = move(LEDGER_SPEND, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_PAYABLE, "ytdl", 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_CASH); /* TB-10 */
    txn = move(LEDGER_ADJUST, BOOK_MONEY, OWNER_ADJUST, "x", OWNER_PERSON, ALICE, 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_CASH);
    txn = move(LEDGER_PAYMENT, BOOK_MONEY, OWNER_PAYABLE, "ytdl", OWNER_PURSE, "float", 60);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_OK);
    txn = move(LEDGER_SPEND, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_REDEEMED, "RICE", 60);
    g_strlcpy(txn.reverses, txn.id, sizeof txn.reverses);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_SHAPE);
}

static void test_adjust(void)
{
    struct ledger_txn txn = move(LEDGER_ADJUST, BOOK_COIN, OWNER_ADJUST, "S1", OWNER_PERSON, ALICE, 60);

    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_TWO_PERSONS);
    g_strlcpy(txn.staff[0], "S0001", sizeof txn.staff[0]);
    g_strlcpy(txn.staff[1], "S0001", sizeof txn.staff[1]);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_TWO_PERSONS);
    g_strlcpy(txn.staff[1], "S0002", sizeof txn.staff[1]);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_OK);
    struct ledger_txn between = move(LEDGER_ADJUST, BOOK_COIN, OWNER_PERSON, BOB, OWNER_PERSON, ALICE, 60);
    memcpy(between.staff, txn.staff, sizeof txn.staff);
    g_assert_cmpint(ledger_txn_check(&between), ==, LEDGER_SHAPE); /* that would be a gift */
}

static void test_reverse(void)
{
    struct ledger_txn earn = txn_of(LEDGER_EARN), undo = txn_of(LEDGER_REVERSE), again = txn_of(LEDGER_REVERSE);
    struct credit_facts facts = {.original = &earn, .judge = true};

    g_assert_true(credit_earned(&RULES, &(struct account){OWNER_PERSON, ALICE}, "DX1", 150, 0, 20261122, &earn));
    g_assert_cmpint(ledger_txn_check(&earn), ==, LEDGER_OK);
    ledger_txn_reverse(&earn, &undo);
    g_assert_cmpint(ledger_txn_check(&undo), ==, LEDGER_OK);
    g_assert_cmpint(credit_judge(&RULES, &undo, &facts), ==, LEDGER_TWO_PERSONS); /* somebody answers for it */
    g_strlcpy(undo.staff[0], "S0001", sizeof undo.staff[0]);
    g_assert_cmpint(credit_judge(&RULES, &undo, &facts), ==, LEDGER_OK);
    facts.reversed = true;
    g_assert_cmpint(credit_judge(&RULES, &undo, &facts), ==, LEDGER_REVERSED_BEFORE);
    facts = (struct credit_facts){.judge = true};
    g_assert_cmpint(credit_judge(&RULES, &undo, &facts), ==, LEDGER_UNKNOWN);
    undo.entries[0].amount--;
    undo.entries[1].amount++;
    g_assert_cmpint(ledger_txn_undoes(&undo, &earn), ==, LEDGER_NOT_EXACT);
    ledger_txn_reverse(&earn, &undo);
    ledger_txn_reverse(&undo, &again);
    g_assert_cmpint(ledger_txn_undoes(&again, &undo), ==, LEDGER_NOT_EXACT); /* no reversal of a reversal */
}

static void test_earned(void)
{
    struct ledger_txn earn = txn_of(LEDGER_EARN);
    struct account alice = {OWNER_PERSON, ALICE}, pool = {OWNER_DONATION, "cap"};

    g_assert_true(credit_earned(&RULES, &(struct account){OWNER_PERSON, ALICE}, "DX1", 180, 1499 * 60, 20261122, &earn));
    g_assert_cmpint(ledger_txn_amount(&earn, BOOK_COIN, &alice), ==, 60);
    g_assert_cmpint(ledger_txn_amount(&earn, BOOK_COIN, &pool), ==, 120);
    g_assert_cmpint(ledger_txn_amount(&earn, BOOK_POINTS, &alice), ==, 3);
    g_assert_cmpint(ledger_txn_check(&earn), ==, LEDGER_OK);
    g_assert_true(credit_earned(&RULES, &(struct account){OWNER_PERSON, ALICE}, "DX1", 60, 1500 * 60, 20261122, &earn));
    g_assert_cmpint(ledger_txn_amount(&earn, BOOK_COIN, &alice), ==, 0);
    g_assert_cmpint(ledger_txn_amount(&earn, BOOK_COIN, &pool), ==, 60);
    g_assert_cmpint(ledger_txn_check(&earn), ==, LEDGER_OK);
    g_assert_false(credit_earned(&RULES, &(struct account){OWNER_PERSON, ALICE}, "DX1", 30, 0, 20261122, &earn)); /* the rest stays in HOURS */
    for (size_t i = 0; i < earn.entry_count; i++)
        g_assert_cmpuint(earn.entries[i].expires_on, ==, 0);
    const struct account team = {OWNER_TEAM, "T1"};
    g_assert_true(credit_earned(&RULES, &team, "DX1", 180, 1500 * 60, 20261122, &earn));
    g_assert_cmpint(ledger_txn_amount(&earn, BOOK_COIN, &team), ==, 180); /* no cap, no points: it may only donate */
    g_assert_cmpuint(earn.entry_count, ==, 2);
    g_assert_cmpint(ledger_txn_check(&earn), ==, LEDGER_OK);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static struct ledger_txn full(void)
{
    struct ledger_txn txn = move(LEDGER_SPEND, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_REDEEMED, "CLEANING", 120);

    g_strlcpy(txn.ref, "order:17", sizeof txn.ref);
    uuid7(txn.at_ms, txn.hold);
    uuid7(txn.at_ms, txn.reverses);
    g_strlcpy(txn.staff[0], "S0001", sizeof txn.staff[0]);
    g_strlcpy(txn.staff[1], "S0002", sizeof txn.staff[1]);
    txn.quota = 7;
    txn.entries[1].expires_on = 20291122;
    return txn;
}

static bool reads(json_t *json)
{
    static struct ledger_txn txn;
    return ledger_txn_from_json(json, &txn);
}

static void test_json(void)
{
    struct ledger_txn txn = full(), read = {0};
    json_t *json = ledger_txn_to_json(&txn);

    g_assert_true(ledger_txn_from_json(json, &read));
    g_assert_cmpmem(&read, sizeof read, &txn, sizeof txn);
    json_decref(json);
}

/* Each member left out, spoilt, and one too many, on every level. */
static void spoil(json_t *root, json_t *object, const char *const *optional)
{
    json_t *whole = json_copy(object);
    const char *key;
    json_t *value;

    json_object_foreach(whole, key, value) {
        json_object_set_new(object, key, json_real(1.5));
        g_assert_false(reads(root));
        json_object_del(object, key);
        g_assert_true(reads(root) == (g_strv_contains(optional, key) != 0));
        json_object_set(object, key, value);
        g_assert_true(reads(root));
    }
    json_object_set_new(object, "foreign", json_true());
    g_assert_false(reads(root));
    json_object_del(object, "foreign");
    json_decref(whole);
}

static void test_json_strict(void)
{
    static const char *const OPTIONAL[] = {"ref", "reverses", "hold", "quota", "expires_on", NULL};
    struct ledger_txn txn = full();
    json_t *json = ledger_txn_to_json(&txn);
    json_t *entries = json_object_get(json, "entries"), *staff = json_object_get(json, "staff");

    spoil(json, json, OPTIONAL);
    spoil(json, json_array_get(entries, 1), OPTIONAL);
    json_array_append_new(staff, json_string("S0003"));
    g_assert_false(reads(json));
    json_array_clear(staff);
    g_assert_true(reads(json));
    json_array_append_new(staff, json_string("张"));
    g_assert_false(reads(json));
    json_array_clear(staff);
    while (json_array_size(entries) <= LEDGER_ENTRIES_MAX)
        json_array_append_new(entries, json_deep_copy(json_array_get(entries, 0)));
    g_assert_false(reads(json));
    g_assert_false(reads(NULL));
    json_decref(json);
}

static void test_account(void)
{
    static const char *const BAD[] = {"", "person", "person:", ":x", "nobody:x", "person:a b", "person:ä", NULL,
                                      "person:0123456789abcdef0123456789abcdef0"};
    struct account account;
    char text[ACCOUNT_TEXT_SIZE];

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++)
        g_assert_false(account_parse(BAD[i], &account));
    g_assert_true(account_parse("person:" ALICE, &account));
    account_text(&account, text);
    g_assert_cmpstr(text, ==, "person:" ALICE);
}

/* ---- Lots -------------------------------------------------------------------------------------------------------- */

static void lots_make(struct lot lots[2])
{
    lots[0] = (struct lot){.id = "b", .earned_ms = 2, .expires_on = 20270601, .remaining = 50};
    lots[1] = (struct lot){.id = "a", .earned_ms = 1, .expires_on = 20261201, .remaining = 100};
}

static void test_lots(void)
{
    struct lot lots[2];
    struct lot_use uses[2];

    lots_make(lots);
    g_assert_cmpuint(lots_spend(lots, 2, 120, 20261120, uses), ==, 2);
    g_assert_cmpint(lots[1].remaining, ==, 0); /* the oldest first, wherever it stands */
    g_assert_cmpint(lots[0].remaining, ==, 30);
    lots_restore(lots, uses, 2);
    g_assert_cmpint(lots[1].remaining, ==, 100);
    g_assert_cmpint(lots[0].remaining, ==, 50);
    g_assert_cmpint(lots_spendable(lots, 2, 20261130), ==, 150);
    g_assert_cmpint(lots_spendable(lots, 2, 20261202), ==, 50);
    g_assert_cmpuint(lots_spend(lots, 2, 51, 20261202, uses), ==, 0);
    g_assert_cmpint(lots[0].remaining + lots[1].remaining, ==, 150); /* refused: nothing is taken */
    g_assert_cmpuint(lots_spend(lots, 2, 0, 20261120, uses), ==, 0);
}

/* What comes back after its lot has ended is in that lot again, and stays expired. */
static void test_lots_reversed_late(void)
{
    struct lot lots[2];
    struct lot_use spent[2], written_off[2];

    lots_make(lots);
    g_assert_cmpuint(lots_spend(lots, 2, 120, 20261120, spent), ==, 2);
    g_assert_cmpuint(lots_expire(lots, 2, 20261202, written_off), ==, 0); /* all of the first was spent */
    lots_restore(lots, spent, 2);
    g_assert_cmpint(lots[1].remaining, ==, 100);
    g_assert_cmpint(lots_spendable(lots, 2, 20261202), ==, 50);
    g_assert_cmpint(lots_expired(lots, 2, 20261202), ==, 100);
    g_assert_cmpuint(lots_expire(lots, 2, 20261202, written_off), ==, 1);
    g_assert_cmpint(written_off[0].amount, ==, 100);
    g_assert_cmpint(lots_expired(lots, 2, 20261202), ==, 0);
}

static void test_lot_end(void)
{
    g_assert_cmpuint(lot_end(20261122, 36), ==, 20291122);
    g_assert_cmpuint(lot_end(20261130, 3), ==, 20270228);
    g_assert_cmpuint(lot_end(20240229, 12), ==, 20250228);
    g_assert_cmpuint(lot_end(20261231, 1), ==, 20270131);
    g_assert_cmpuint(lot_end(20261122, 0), ==, 0);
    g_assert_cmpuint(lot_end(20261131, 1), ==, 0);
}

/* ---- Holds ------------------------------------------------------------------------------------------------------- */

static void test_holds(void)
{
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {OWNER_PERSON, ALICE}, .amount = 120, .expires_ms = 1000};
    struct ledger_hold read;

    uuid7(0, hold.id);
    g_assert_cmpint(hold_blocks(&hold, 999), ==, 120);
    g_assert_cmpint(hold_blocks(&hold, 1000), ==, 0);
    struct ledger_hold part = hold, late = hold, freed = hold;
    g_assert_cmpint(hold_capture(&part, 121, 1), ==, LEDGER_HOLD);
    g_assert_cmpint(hold_capture(&part, 0, 1), ==, LEDGER_HOLD);
    g_assert_cmpint(hold_capture(&part, 60, 1), ==, LEDGER_OK);
    g_assert_cmpint(hold_blocks(&part, 1), ==, 0);
    g_assert_cmpint(hold_capture(&part, 60, 1), ==, LEDGER_HOLD); /* once */
    g_assert_cmpint(hold_release(&part), ==, LEDGER_HOLD);
    g_assert_cmpint(hold_capture(&late, 60, 1000), ==, LEDGER_HOLD);
    g_assert_false(hold_expire(&late, 999));
    g_assert_true(hold_expire(&late, 1000));
    g_assert_false(hold_expire(&late, 1001));
    g_assert_cmpint(hold_release(&freed), ==, LEDGER_OK);
    json_t *json = ledger_hold_to_json(&part);
    g_assert_true(ledger_hold_from_json(json, &read));
    g_assert_cmpmem(&read, sizeof read, &part, sizeof part);
    json_object_set_new(json, "captured", json_integer(121));
    g_assert_false(ledger_hold_from_json(json, &read));
    json_object_set_new(json, "captured", json_integer(60));
    json_object_set_new(json, "state", json_string("HELD"));
    g_assert_false(ledger_hold_from_json(json, &read)); /* held and captured at once */
    json_decref(json);
}

/* ---- Rules ------------------------------------------------------------------------------------------------------- */

static void test_redeem(void)
{
    struct ledger_txn txn = move(LEDGER_SPEND, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_REDEEMED, "CLEANING", 120);
    struct credit_facts facts = {.spendable = 120, .age = 65};
    struct credit_rules rules = RULES;

    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_OK);
    facts.spendable = 119;
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_BALANCE);
    rules.credit_limit_min = 1;
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_OK);
    facts = (struct credit_facts){.spendable = 120, .age = 64};
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_AGE);
    facts.hardship = true;
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_OK);
    facts.age = -1;
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_AGE);
    facts.age = 65;
    rules.redeem_stars = 1;
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_STARS);
    facts.stars = 1;
    facts.frozen = true;
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_FROZEN);
    txn = move(LEDGER_SPEND, BOOK_POINTS, OWNER_PERSON, ALICE, OWNER_REDEEMED, "RICE", 20);
    facts = (struct credit_facts){.spendable = 20, .age = 30};
    g_assert_cmpint(credit_judge(&rules, &txn, &facts), ==, LEDGER_OK); /* points: at any age */
}

static void test_give(void)
{
    struct ledger_txn gift = move(LEDGER_GIFT, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_PERSON, BOB, 120);
    struct credit_facts facts = {.spendable = 120, .judge = true, .receiver_balance = 90000 - 120};

    g_assert_cmpint(credit_judge(&RULES, &gift, &facts), ==, LEDGER_OK);
    facts.receiver_balance++;
    g_assert_cmpint(credit_judge(&RULES, &gift, &facts), ==, LEDGER_CAP);
    facts = (struct credit_facts){.spendable = 120};
    g_assert_cmpint(credit_judge(&RULES, &gift, &facts), ==, LEDGER_OFFLINE);
    g_assert_cmpuint(credit_flags(&RULES, true, 2), ==, CREDIT_FLAG_HOUSEHOLD);
    g_assert_cmpuint(credit_flags(&RULES, false, 3), ==, CREDIT_FLAG_MIRRORED);
}

static void test_spend_hold(void)
{
    struct ledger_txn txn = move(LEDGER_SPEND, BOOK_COIN, OWNER_PERSON, ALICE, OWNER_REDEEMED, "CLEANING", 120);
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {OWNER_PERSON, ALICE}, .amount = 120, .expires_ms = 1000};
    struct credit_facts facts = {.spendable = 120, .age = 70, .hold = &hold, .now_ms = 1};

    uuid7(1, hold.id);
    g_strlcpy(txn.hold, hold.id, sizeof txn.hold);
    g_assert_cmpint(credit_judge(&RULES, &txn, &facts), ==, LEDGER_OK);
    facts.now_ms = 1000;
    g_assert_cmpint(credit_judge(&RULES, &txn, &facts), ==, LEDGER_HOLD);
    facts.now_ms = 1;
    hold.account = (struct account){OWNER_PERSON, BOB};
    g_assert_cmpint(credit_judge(&RULES, &txn, &facts), ==, LEDGER_HOLD);
    facts.hold = NULL;
    g_assert_cmpint(credit_judge(&RULES, &txn, &facts), ==, LEDGER_UNKNOWN);
}

static void test_rules_json(void)
{
    struct credit_rules read = {0};
    json_t *json = credit_rules_to_json(&RULES);

    g_assert_true(credit_rules_from_json(json, &read));
    g_assert_cmpmem(&read, sizeof read, &RULES, sizeof RULES);
    json_array_set_new(json_object_get(json, "star_min"), 1, json_integer(6000));
    g_assert_false(credit_rules_from_json(json, &read)); /* levels rise */
    json_array_set_new(json_object_get(json, "star_min"), 1, json_integer(18000));
    json_object_set_new(json, "unit_min", json_integer(0));
    g_assert_false(credit_rules_from_json(json, &read));
    json_decref(json);
}

/* ---- Quotas ------------------------------------------------------------------------------------------------------ */

static const struct quota_set SET = {.version = 3, .kiosk = "K0001", .issued_ms = 1, .expires_ms = 1000, .count = 3,
                                     .quotas = {{BOOK_POINTS, QUOTA_KIOSK, "", 100, 50},
                                                {BOOK_POINTS, QUOTA_PERSON, "", 40, 0},
                                                {BOOK_POINTS, QUOTA_ITEM, "RICE", 30, 0}}};

static enum ledger_code ask(const char *item, int64_t amount, int64_t kiosk_all, int64_t card, int64_t item_all)
{
    const struct quota_use uses[3] = {{kiosk_all, card}, {card, card}, {item_all, card}};
    return quota_check(&SET, "K0001", BOOK_POINTS, item, amount, uses, 10);
}

static void test_quota(void)
{
    const struct quota_use none[3] = {{0, 0}};

    g_assert_cmpint(ask("RICE", 30, 0, 0, 0), ==, LEDGER_OK);
    g_assert_cmpint(ask("RICE", 31, 0, 0, 0), ==, LEDGER_QUOTA);
    g_assert_cmpint(ask("SALT", 40, 0, 0, 0), ==, LEDGER_OK);
    g_assert_cmpint(ask("SALT", 41, 0, 0, 0), ==, LEDGER_QUOTA);  /* the person's */
    g_assert_cmpint(ask("SALT", 21, 80, 0, 0), ==, LEDGER_QUOTA); /* the kiosk's */
    g_assert_cmpint(ask("SALT", 20, 80, 0, 0), ==, LEDGER_OK);
    g_assert_cmpint(ask("SALT", 11, 0, 30, 0), ==, LEDGER_QUOTA);
    g_assert_cmpint(ask("RICE", 1, 0, 0, 30), ==, LEDGER_QUOTA);
    g_assert_cmpint(ask("SALT", 0, 0, 0, 0), ==, LEDGER_QUOTA);
    g_assert_cmpint(ask("SALT", 1, -1, 0, 0), ==, LEDGER_QUOTA);
    g_assert_cmpint(quota_check(&SET, "K0002", BOOK_POINTS, "", 1, none, 10), ==, LEDGER_QUOTA);
    g_assert_cmpint(quota_check(&SET, "K0001", BOOK_COIN, "", 1, none, 10), ==, LEDGER_QUOTA);
    g_assert_cmpint(quota_check(&SET, "K0001", BOOK_POINTS, "", 1, none, 1000), ==, LEDGER_QUOTA);
}

static void test_quota_json(void)
{
    struct quota_set *read = g_new0(struct quota_set, 1);
    json_t *json = quota_set_to_json(&SET);
    json_t *quotas = json_object_get(json, "quotas");

    g_assert_true(quota_set_from_json(json, read));
    g_assert_cmpmem(read, sizeof *read, &SET, sizeof SET);
    json_array_append(quotas, json_array_get(quotas, 0));
    g_assert_false(quota_set_from_json(json, read)); /* the same twice */
    json_array_remove(quotas, 3);
    json_object_set_new(json_array_get(quotas, 0), "book", json_string("MONEY"));
    g_assert_false(quota_set_from_json(json, read));
    json_object_set_new(json_array_get(quotas, 0), "book", json_string("POINTS"));
    json_object_set_new(json, "expires_at", json_integer(1));
    g_assert_false(quota_set_from_json(json, read));
    json_decref(json);
    g_free(read);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ledger/gift", test_gift);
    g_test_add_func("/ledger/form", test_form);
    g_test_add_func("/ledger/shapes", test_shapes);
    g_test_add_func("/ledger/adjust", test_adjust);
    g_test_add_func("/ledger/reverse", test_reverse);
    g_test_add_func("/ledger/earned", test_earned);
    g_test_add_func("/ledger/json", test_json);
    g_test_add_func("/ledger/json-strict", test_json_strict);
    g_test_add_func("/ledger/account", test_account);
    g_test_add_func("/ledger/lots", test_lots);
    g_test_add_func("/ledger/lots-reversed-late", test_lots_reversed_late);
    g_test_add_func("/ledger/lot-end", test_lot_end);
    g_test_add_func("/ledger/holds", test_holds);
    g_test_add_func("/ledger/redeem", test_redeem);
    g_test_add_func("/ledger/give", test_give);
    g_test_add_func("/ledger/spend-hold", test_spend_hold);
    g_test_add_func("/ledger/rules-json", test_rules_json);
    g_test_add_func("/ledger/quota", test_quota);
    g_test_add_func("/ledger/quota-json", test_quota_json);
    return g_test_run();
}
