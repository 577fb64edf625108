/* SPDX-License-Identifier: Apache-2.0 */
/* A card: every act from every state, with all and with too few people; what a hotlist says of it; ways drawn by chance. */
#include "model/book.h"
#include "model/card.h"
#include "model/hotlist.h"

#include <glib.h>
#include <string.h>

/* What the drawing says, written down a second time. */
static const char *const DRAWN[] = {
    "new issue active",        "active lose lost",          "lost found active",     "active suspend suspended",
    "active expire expired",   "active damage damaged",     "lost replace replaced", "suspended replace replaced",
    "expired replace replaced", "damaged replace replaced",
};

static void test_every_act(void)
{
    unsigned taken = 0;

    for (unsigned from = 0; from < CARD_STATES; from++)
        for (unsigned act = 0; act < CARD_ACTS; act++) {
            enum card_state state = (enum card_state)from;
            const struct card_deed deed = {.act = (enum card_act)act, .staff = 2, .present = true};
            enum card_code code = card_do(&state, &deed);
            bool drawn = false;
            g_autofree char *told = g_strdup_printf("%s %s %s", card_state_name((enum card_state)from), card_act_name(deed.act),
                                                    card_state_name(state));
            for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
                drawn = drawn || strcmp(DRAWN[i], told) == 0;
            if ((code == CARD_OK) != drawn)
                g_error("%s: %s", told, drawn ? "drawn, not done" : "done, not drawn");
            g_assert_true(code == CARD_OK || (code == CARD_STATE_WRONG && state == (enum card_state)from));
            taken += code == CARD_OK;
        }
    g_assert_cmpuint(taken, ==, G_N_ELEMENTS(DRAWN));
}

static void judged(enum card_state from, enum card_act act, unsigned staff, bool present, enum card_code wanted)
{
    enum card_state state = from;

    g_assert_cmpstr(card_code_name(card_do(&state, &(struct card_deed){act, staff, present})), ==, card_code_name(wanted));
    g_assert_true((state == from) == (wanted != CARD_OK));
}

static void test_people(void)
{
    judged(CARD_ACTIVE, CARD_DO_LOSE, 0, false, CARD_OK); /* its holder, at a kiosk that is offline */
    judged(CARD_ACTIVE, CARD_DO_EXPIRE, 0, false, CARD_OK);
    judged(CARD_ACTIVE, CARD_DO_DAMAGE, 0, true, CARD_STAFF_FEW);
    judged(CARD_ACTIVE, CARD_DO_SUSPEND, 0, true, CARD_STAFF_FEW);
    judged(CARD_NEW, CARD_DO_ISSUE, 1, true, CARD_STAFF_FEW);
    judged(CARD_LOST, CARD_DO_FOUND, 1, true, CARD_STAFF_FEW);
    judged(CARD_LOST, CARD_DO_FOUND, 2, false, CARD_PERSON_AWAY);
    judged(CARD_LOST, CARD_DO_FOUND, 2, true, CARD_OK);
    judged(CARD_LOST, CARD_DO_REPLACE, 1, true, CARD_STAFF_FEW);
    judged(CARD_LOST, CARD_DO_REPLACE, 2, false, CARD_OK);
    judged(CARD_STATES, CARD_DO_REPLACE, 2, true, CARD_STATE_WRONG);
    judged(CARD_LOST, CARD_ACTS, 2, true, CARD_STATE_WRONG);
}

static void test_names(void)
{
    for (unsigned i = 0; i < CARD_STATES; i++) {
        enum card_state state = CARD_STATES;
        g_assert_true(card_state_parse(card_state_name((enum card_state)i), &state));
        g_assert_cmpint(state, ==, i);
        g_assert_true(card_in_use(state) == (i == CARD_ACTIVE));
    }
    enum card_state none = CARD_LOST;
    g_assert_false(card_state_parse("gone", &none));
    g_assert_cmpint(none, ==, CARD_LOST);
}

/* Nothing that a hotlist can say leaves a card in use. */
static void test_listed(void)
{
    for (int i = 0; i < HOTLIST_REASONS; i++)
        g_assert_false(card_in_use(card_state_listed(hotlist_reason_name(i))));
    g_assert_cmpint(card_state_listed("lost"), ==, CARD_LOST);
    g_assert_cmpint(card_state_listed("stolen"), ==, CARD_LOST);
    g_assert_cmpint(card_state_listed("replaced"), ==, CARD_REPLACED);
    g_assert_cmpint(card_state_listed("expired"), ==, CARD_EXPIRED);
    g_assert_cmpint(card_state_listed("fraud"), ==, CARD_SUSPENDED);
    g_assert_cmpint(card_state_listed("active"), ==, CARD_SUSPENDED);
    g_assert_cmpint(card_state_listed("new"), ==, CARD_SUSPENDED);
}

/* Whatever is tried, in whatever order: a card that was replaced stays so, and nobody begins with it but by two of the staff. */
static void test_by_chance(void)
{
    for (unsigned round = 0; round < 2000; round++) {
        enum card_state state = CARD_NEW;
        bool replaced = false;
        for (unsigned i = 0; i < 30; i++) {
            const struct card_deed deed = {(enum card_act)g_test_rand_int_range(0, CARD_ACTS), (unsigned)g_test_rand_int_range(0, 3),
                                           g_test_rand_bit()};
            enum card_state before = state;
            bool done = card_do(&state, &deed) == CARD_OK;
            g_assert_true(done || state == before);
            g_assert_true(state != CARD_ACTIVE || before == CARD_ACTIVE || deed.staff == 2);
            g_assert_true(!replaced || state == CARD_REPLACED);
            replaced = state == CARD_REPLACED;
        }
    }
}

/* ---- What moves with it ---- */

#define OLD "00112233445566778899aabbccddeeff"
#define NEW "ffeeddccbbaa99887766554433221100"

static struct ledger_txn move_made(void)
{
    struct ledger_txn txn = {.type = LEDGER_MOVE, .at_ms = 1, .staff = {"A", "B"}};

    g_strlcpy(txn.id, "01985d5e-5c00-7000-8000-000000000001", sizeof txn.id);
    g_assert_true(ledger_txn_add(&txn, BOOK_HOURS, OWNER_PERSON, OLD, -90) && ledger_txn_add(&txn, BOOK_HOURS, OWNER_PERSON, NEW, 90));
    g_assert_true(ledger_txn_add(&txn, BOOK_COIN, OWNER_PERSON, OLD, 60) && ledger_txn_add(&txn, BOOK_COIN, OWNER_PERSON, NEW, -60));
    return txn;
}

static void test_move(void)
{
    struct ledger_txn txn = move_made();

    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_OK);
    g_strlcpy(txn.staff[1], "A", sizeof txn.staff[1]);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_TWO_PERSONS);
    txn = move_made();
    txn.entries[3].amount = -59;
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_FORM);
    txn = move_made();
    g_strlcpy(txn.entries[3].account.owner, "somebody", sizeof txn.entries[3].account.owner);
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_SHAPE);
    txn = move_made();
    txn.entries[3].account.kind = OWNER_FUND;
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_SHAPE);
    txn = move_made();
    txn.entries[2].book = txn.entries[3].book = BOOK_MONEY;
    g_assert_cmpint(ledger_txn_check(&txn), ==, LEDGER_CASH);
    struct ledger_txn original = move_made(), undo = {.at_ms = 2, .staff = {"A", "B"}};
    ledger_txn_reverse(&original, &undo);
    g_assert_cmpint(ledger_txn_undoes(&undo, &original), ==, LEDGER_SHAPE); /* a card that was replaced does not come back */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/card/every-act", test_every_act);
    g_test_add_func("/card/people", test_people);
    g_test_add_func("/card/names", test_names);
    g_test_add_func("/card/listed", test_listed);
    g_test_add_func("/card/by-chance", test_by_chance);
    g_test_add_func("/card/move", test_move);
    return g_test_run();
}
