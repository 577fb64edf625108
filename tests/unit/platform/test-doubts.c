/* SPDX-License-Identifier: Apache-2.0 */
/* Loads from asking to posting, doubts that travel and come back, and people who end them. */
#include "pair.h"
#include "model/load.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/money/doubts.h"
#include <string.h>

/* ---- Doubts ---- */

static void test_travels(struct fixture *f, const void *data)
{
    struct payment p, back;

    make_doubt(f, &p);
    json_t *value = item(f, p.id);
    g_assert_cmpstr(json_string_value(json_object_get(value, "state")), ==, "OPEN");
    g_assert_true(payment_from_json(json_object_get(value, "payment"), &back));
    g_assert_cmpuint(back.purchase.terminal_serial, ==, p.purchase.terminal_serial);
    json_decref(value);
    /* K0002 asks the card: it was debited. */
    kit_tac(&p);
    push_one(f, &f->other, settled_event(&f->other, &p, PAYMENT_CONFIRMED), "accepted", "");
    assert_payment(f, p.id, "CONFIRMED", "ELSEWHERE");
    assert_bill(f, "PAID");
    g_assert_cmpint(balance(f, "purse:float"), ==, f->amount_fen);
    value = item(f, p.id);
    g_assert_cmpstr(json_string_value(json_object_get(value, "state")), ==, "PAID");
    g_assert_true(payment_from_json(json_object_get(value, "payment"), &back));
    g_assert_cmpint(back.settled_by, ==, PAYMENT_BY_ELSEWHERE);
    g_assert_cmpmem(back.purchase.tac, 4, p.purchase.tac, 4);
    json_decref(value);
    /* K0001 writes down what it was told: no news, and nobody needs the item any more. */
    put(f, &f->pen, &back, PAYMENT_CONFIRMED);
    assert_item(f, p.id, NULL);
    g_assert_cmpint(balance(f, "purse:float"), ==, f->amount_fen);
}

static void test_both_settle(struct fixture *f, const void *data)
{
    struct payment p, elsewhere;

    make_doubt(f, &p);
    elsewhere = p;
    put(f, &f->pen, &p, PAYMENT_VOID);
    assert_item(f, p.id, NULL);
    push_one(f, &f->other, settled_event(&f->other, &elsewhere, PAYMENT_VOID), "accepted", "");
    struct payment log = elsewhere;
    push_one(f, &f->other, settled_event(&f->other, &log, PAYMENT_CONFIRMED), "conflict", "DOUBT_CONTRADICTED");
    assert_payment(f, p.id, "VOID", "KIOSK");
    assert_bill(f, "UNPAID");
    kit_tac(&elsewhere); /* proof is more than a word */
    push_one(f, &f->other, settled_event(&f->other, &elsewhere, PAYMENT_CONFIRMED), "accepted", "");
    assert_payment(f, p.id, "CONFIRMED", "KIOSK");
    assert_bill(f, "PAID");
}

static void test_contradicted_by_its_kiosk(struct fixture *f, const void *data)
{
    struct payment p, elsewhere;

    make_doubt(f, &p);
    elsewhere = p;
    push_one(f, &f->other, settled_event(&f->other, &elsewhere, PAYMENT_VOID), "accepted", "");
    payment_set_outcome(&p, PAYMENT_CONFIRMED);
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED), "conflict", "DOUBT_CONTRADICTED");
    assert_payment(f, p.id, "VOID", "ELSEWHERE");
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_payment(f, p.id, "CONFIRMED", "ELSEWHERE");
}

static void test_elsewhere_refused(struct fixture *f, const void *data)
{
    struct payment p, q;

    make_doubt(f, &p);
    q = p;
    q.purchase.counter++;
    push_one(f, &f->other, settled_event(&f->other, &q, PAYMENT_VOID), "conflict", "PAYMENT_CHANGED");
    q = p;
    kit_tac(&q);
    q.purchase.tac[0] ^= 1;
    push_one(f, &f->other, settled_event(&f->other, &q, PAYMENT_CONFIRMED), "conflict", "TAC_WRONG");
    kit_payment(&q, f->card, NULL, 100);
    push_one(f, &f->other, settled_event(&f->other, &q, PAYMENT_VOID), "conflict", "DOUBT_UNKNOWN");
    push_one(f, &f->other, pen_event(&f->other, "doubt.settled", json_pack("{s:s}", "kiosk", "K0001")), "rejected",
             "DATA");
    assert_payment(f, p.id, "IN_DOUBT", "KIOSK");
    assert_item(f, p.id, "OPEN");
}

/* The card's next purchase began where the doubt would have ended. So it would have, too, had the doubt not happened and the
 * same bill been paid again where nobody heard of it yet: the doubt stays one, until that comes and says so. */
static void test_next_says_nothing(struct fixture *f, const void *data)
{
    struct payment p, again, next;

    make_doubt(f, &p);
    kit_payment(&next, f->card, NULL, 300);
    next.purchase.counter = p.purchase.counter + 1;
    next.purchase.balance_before_fen = p.purchase.balance_before_fen - p.purchase.amount_fen;
    put(f, &f->other, &next, PAYMENT_COMMITTING);
    kit_tac(&next);
    put(f, &f->other, &next, PAYMENT_CONFIRMED);
    assert_payment(f, p.id, "IN_DOUBT", "KIOSK");
    assert_item(f, p.id, "OPEN");
    kit_payment(&again, f->card, f->bill, f->amount_fen);
    again.purchase.counter = p.purchase.counter;
    again.purchase.balance_before_fen = p.purchase.balance_before_fen;
    put(f, &f->pen, &p, PAYMENT_VOID);
    put(f, &f->pen, &again, PAYMENT_COMMITTING);
    kit_tac(&again);
    put(f, &f->pen, &again, PAYMENT_CONFIRMED);
    assert_payment(f, again.id, "CONFIRMED", "KIOSK");
    assert_bill(f, "PAID");
    assert_item(f, p.id, NULL);
}

/* The same, but the doubt is heard of last. */
static void test_next_says_nothing_late(struct fixture *f, const void *data)
{
    struct payment p, q;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    kit_payment(&q, f->card, NULL, 300);
    q.purchase.counter = p.purchase.counter + 1;
    q.purchase.balance_before_fen = p.purchase.balance_before_fen - p.purchase.amount_fen;
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    kit_tac(&q);
    put(f, &f->other, &q, PAYMENT_CONFIRMED);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    assert_payment(f, p.id, "IN_DOUBT", "KIOSK");
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_item(f, p.id, NULL);
}

/* Another balance at the next counter says that something else happened, not what: people decide. */
static void test_not_settled_by_another_balance(struct fixture *f, const void *data)
{
    struct payment p, q;

    make_doubt(f, &p);
    kit_payment(&q, f->card, NULL, 300);
    q.purchase.counter = p.purchase.counter + 1;
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    kit_tac(&q);
    put(f, &f->other, &q, PAYMENT_CONFIRMED);
    assert_payment(f, p.id, "IN_DOUBT", "KIOSK");
}

static void test_two_people(struct fixture *f, const void *data)
{
    struct payment p;

    make_doubt(f, &p);
    g_assert_false(by_people(f, p.id, PAYMENT_CONFIRMED, "Zhou", "Zhou"));
    g_assert_false(by_people(f, p.id, PAYMENT_CONFIRMED, "Zhou", NULL));
    assert_payment(f, p.id, "IN_DOUBT", "KIOSK");
    g_assert_true(by_people(f, p.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    assert_payment(f, p.id, "CONFIRMED", "STAFF");
    assert_bill(f, "PAID");
    assert_item(f, p.id, "PAID");
    g_assert_false(by_people(f, p.id, PAYMENT_VOID, "Zhou", "Li"));
    /* A settlement is never changed. */
    g_assert_true(db_begin(f->platform->db, true, NULL));
    KIT_REFUSED(f->platform->db, db_run(f->platform->db, NULL, "UPDATE settlement SET reason='x' WHERE community=?1", ""));
    KIT_REFUSED(f->platform->db, db_run(f->platform->db, NULL, "DELETE FROM settlement WHERE community=?1", ""));
    db_rollback(f->platform->db);
}

static void test_kiosk_given_up(struct fixture *f, const void *data)
{
    struct payment p;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(doubts_take_over(f->platform, "K0001", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    assert_item(f, p.id, "OPEN");
    assert_bill(f, "UNKNOWN");
    kit_tac(&p);
    push_one(f, &f->other, settled_event(&f->other, &p, PAYMENT_CONFIRMED), "accepted", "");
    assert_bill(f, "PAID");
}

/* ---- Loads ---- */

static void test_load(struct fixture *f, const void *data)
{
    struct payment l, again;

    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    again = l;
    ask(f, "K0001", &l, 200, "");
    ask(f, "K0001", &again, 200, ""); /* the same answer */
    g_assert_cmpmem(again.load.mac2, 4, l.load.mac2, 4);
    g_assert_cmpmem(again.load.time_bcd, 3, l.load.time_bcd, 3);
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    g_assert_cmpint(balance(f, "purse:float"), ==, 0);
    kit_tac(&l);
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    g_assert_cmpint(balance(f, "purse:float"), ==, -5000);
    g_assert_cmpint(balance(f, "cash:K0001"), ==, 5000);
    assert_payment(f, l.id, "CONFIRMED", "KIOSK");
    /* What the card said before that is old. */
    kit_load(f->platform, &again, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0002", &again, 422, "COUNTER_OLD");
}

static void test_load_keys(struct fixture *f, const void *data)
{
    struct payment l, other;
    unsigned status;

    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    kit_load(f->platform, &other, f->card, 6000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 200, "");
    g_strlcpy(other.id, l.id, sizeof other.id);
    ask(f, "K0001", &other, 422, "KEY_REUSED");
    g_autofree char *bare = g_strdup(other.id);
    g_assert_cmpstr(kit_ask_load(f->platform, "K0001", &other, bare, &status), ==, "IDEMPOTENCY_KEY");
    g_assert_cmpstr(kit_ask_load(f->platform, "K0001", &other, "", &status), ==, "IDEMPOTENCY_KEY");
    g_assert_cmpuint(status, ==, 400);
    g_assert_true(g_hash_table_add(f->platform->running, g_strdup(other.id)));
    ask(f, "K0001", &other, 409, "RUNNING");
    g_assert_true(g_hash_table_remove(f->platform->running, other.id));
    /* Another kiosk's use of the same id is another key, and finds the load taken. */
    other.load.state = CC_PURCHASE_PREPARED;
    ask(f, "K0002", &other, 409, "LOAD_OVER");
}

static void test_load_refused(struct fixture *f, const void *data)
{
    g_autofree char *lost = kit_card(4);
    struct payment l;

    kit_load(f->platform, &l, f->card, 5001, 25230, 3, f->staff);
    ask(f, "K0001", &l, 422, "LOAD_UNIT");
    ask(f, "K0001", &l, 422, "LOAD_UNIT"); /* kept as well */
    kit_load(f->platform, &l, f->card, 5000, LOAD_CAP_REGISTERED_FEN - 4999, 3, f->staff);
    ask(f, "K0001", &l, 422, "LOAD_CAP");
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->card);
    ask(f, "K0001", &l, 422, "STAFF_UNKNOWN"); /* nobody of the register */
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, lost);
    ask(f, "K0001", &l, 422, "STAFF_UNKNOWN");
    kit_load(f->platform, &l, lost, 5000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 422, "CARD_CLOSED");
    kit_load(f->platform, &l, "3109901999999999994", 5000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 422, "CARD_UNKNOWN");
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    l.load.balance_before_fen -= 100; /* not what the card said */
    ask(f, "K0001", &l, 422, "MAC1_WRONG");
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    l.load.algorithm = 4;
    ask(f, "K0001", &l, 422, "KEY_UNKNOWN");
    g_assert_cmpint(balance(f, "purse:float"), ==, 0);
}

static void test_load_events(struct fixture *f, const void *data)
{
    struct payment l, changed;

    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    changed = l;
    changed.load.state = CC_PURCHASE_SENT;
    push_one(f, &f->pen, pen_payment(&f->pen, &changed, PAYMENT_COMMITTING), "conflict", "LOAD_UNKNOWN");
    ask(f, "K0001", &l, 200, "");
    changed = l;
    changed.load.mac2[0] ^= 1;
    push_one(f, &f->pen, pen_payment(&f->pen, &changed, PAYMENT_COMMITTING), "conflict", "PAYMENT_CHANGED");
    push_one(f, &f->other, pen_payment(&f->other, &l, PAYMENT_COMMITTING), "conflict", "OTHER_KIOSK");
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    kit_tac(&l);
    l.load.tac[0] ^= 1;
    push_one(f, &f->pen, pen_payment(&f->pen, &l, PAYMENT_CONFIRMED), "conflict", "TAC_WRONG");
    l.load.tac[0] ^= 1;
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    push_one(f, &f->pen, pen_payment(&f->pen, &l, PAYMENT_VOID), "conflict", "STATE");
    g_assert_cmpint(balance(f, "purse:float"), ==, -5000);
}

/* The kiosk gave up waiting for the answer: told before or after the request comes through, nothing is owed. */
static void test_load_given_up(struct fixture *f, const void *data)
{
    struct payment l, late;

    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 200, "");
    put(f, &f->pen, &l, PAYMENT_VOID);
    push_one(f, &f->pen, pen_payment(&f->pen, &l, PAYMENT_COMMITTING), "accepted", "");
    assert_payment(f, l.id, "VOID", "COUNTER");
    kit_load(f->platform, &late, f->card, 5000, 25230, 3, f->staff);
    struct payment before = late;
    late.load.state = CC_PURCHASE_VOID;
    put(f, &f->pen, &late, PAYMENT_VOID);
    ask(f, "K0001", &before, 409, "LOAD_OVER");
    g_assert_cmpint(balance(f, "purse:float"), ==, 0);
}

/* The card's MAC1 at the same counter may be older than the doubt; at the next one, with the sum on it, it is proof. */
static void test_load_settled_by_mac1(struct fixture *f, const void *data)
{
    struct payment l, next;

    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 200, "");
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    put(f, &f->pen, &l, PAYMENT_IN_DOUBT);
    assert_item(f, l.id, "OPEN");
    kit_load(f->platform, &next, f->card, 2000, 25230, 3, f->staff);
    ask(f, "K0002", &next, 409, "CARD_IN_DOUBT");
    assert_payment(f, l.id, "IN_DOUBT", "KIOSK");
    push_one(f, &f->other, settled_event(&f->other, &l, PAYMENT_VOID), "accepted", "");
    ask(f, "K0002", &next, 200, "");
    put(f, &f->other, &next, PAYMENT_COMMITTING);
    put(f, &f->other, &next, PAYMENT_IN_DOUBT);
    kit_load(f->platform, &l, f->card, 1000, 27230, 4, f->staff);
    ask(f, "K0001", &l, 200, "");
    assert_payment(f, next.id, "CONFIRMED", "NEXT");
    g_assert_cmpint(balance(f, "cash:K0002"), ==, 2000);
    g_assert_cmpint(balance(f, "suspense:unproven"), ==, -2000);
}

static void pay(struct fixture *f, struct payment *p)
{
    kit_payment(p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, p, PAYMENT_COMMITTING);
    kit_tac(p);
    put(f, &f->pen, p, PAYMENT_CONFIRMED);
}

static void reversal(struct fixture *f, struct payment *l, const struct payment *p, uint16_t counter)
{
    kit_load(f->platform, l, f->card, p->purchase.amount_fen, 20000, counter, f->staff);
    l->way = PAYMENT_WAY_REVERSAL;
    l->staff_count = 2;
    card_token(f->platform->index_key, f->second_staff, l->staff[1]);
    g_strlcpy(l->reverses, p->id, sizeof l->reverses);
}

/* Asked for and never told of again (its kiosk died in between): a load that is posted at the same counter closes it. */
static void test_load_forgotten(struct fixture *f, const void *data)
{
    struct payment p, forgotten, l, again;

    pay(f, &p);
    reversal(f, &forgotten, &p, 3);
    ask(f, "K0001", &forgotten, 200, "");
    kit_load(f->platform, &l, f->card, 1000, 20000, 3, f->staff);
    ask(f, "K0002", &l, 200, "");
    put(f, &f->other, &l, PAYMENT_COMMITTING);
    kit_tac(&l);
    put(f, &f->other, &l, PAYMENT_CONFIRMED);
    reversal(f, &again, &p, 4);
    ask(f, "K0001", &again, 200, "");
}

static void test_load_waits_for_a_doubt(struct fixture *f, const void *data)
{
    struct payment p, l;

    make_doubt(f, &p);
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0002", &l, 409, "CARD_IN_DOUBT");
    put(f, &f->pen, &p, PAYMENT_VOID);
    ask(f, "K0002", &l, 200, ""); /* the refusal was not kept: it passed */
}

/* ---- Reversals ---- */

static void test_reversal(struct fixture *f, const void *data)
{
    struct payment p, l, twice;

    pay(f, &p);
    reversal(f, &l, &p, 3);
    ask(f, "K0002", &l, 200, "");
    reversal(f, &twice, &p, 4);
    ask(f, "K0001", &twice, 422, "REVERSED_ALREADY");
    put(f, &f->other, &l, PAYMENT_COMMITTING);
    assert_bill(f, "PAID");
    kit_tac(&l);
    put(f, &f->other, &l, PAYMENT_CONFIRMED);
    assert_bill(f, "UNPAID");
    g_assert_cmpint(balance(f, "purse:float"), ==, 0);
    g_assert_cmpint(balance(f, "payable:ytdl"), ==, 0);
    reversal(f, &twice, &p, 4);
    ask(f, "K0001", &twice, 422, "REVERSED_ALREADY");
    pay(f, &p); /* the bill is there again */
    assert_bill(f, "PAID");
}

/* One that came to nothing leaves the purchase as it was, and may be tried again. */
static void test_reversal_void(struct fixture *f, const void *data)
{
    struct payment p, l;

    pay(f, &p);
    reversal(f, &l, &p, 3);
    ask(f, "K0001", &l, 200, "");
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    put(f, &f->pen, &l, PAYMENT_VOID);
    assert_bill(f, "PAID");
    reversal(f, &l, &p, 3);
    ask(f, "K0001", &l, 200, "");
}

static void test_reversal_refused(struct fixture *f, const void *data)
{
    struct payment p, l;

    pay(f, &p);
    reversal(f, &l, &p, 3);
    l.load.amount_fen--;
    kit_mac1(&l);
    ask(f, "K0001", &l, 422, "ORIGINAL_OTHER");
    reversal(f, &l, &p, 3);
    uuid7(now_ms(), l.reverses);
    ask(f, "K0001", &l, 422, "ORIGINAL_UNKNOWN");
    make_doubt(f, &p);
    put(f, &f->pen, &p, PAYMENT_VOID);
    reversal(f, &l, &p, 3);
    ask(f, "K0001", &l, 422, "ORIGINAL_UNKNOWN");
    reversal(f, &l, &p, 3);
    memcpy(l.staff[1], l.staff[0], sizeof l.staff[1]); /* one person twice: no such request */
    unsigned status;
    g_assert_cmpstr(kit_ask_load(f->platform, "K0001", &l, NULL, &status), ==, "MALFORMED");
    g_assert_cmpuint(status, ==, 400);
}

/* What only the kiosk says that the card paid is not given back as money on a card: a card's log proves nothing to us. */
static void test_reversal_unproven(struct fixture *f, const void *data)
{
    struct payment p, l;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    p.purchase.evidence = CC_EVIDENCE_LOG;
    p.purchase.state = CC_PURCHASE_CONFIRMED;
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    reversal(f, &l, &p, 3);
    ask(f, "K0001", &l, 422, "ORIGINAL_UNPROVEN");
}

static void give_card(struct fixture *f, const char *card, const char *to)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL,
                         "UPDATE card SET person=(SELECT c.person FROM card c WHERE c.community=?1 AND c.token=?3)"
                         " WHERE community=?1 AND token=?2",
                         "cc", card, to));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* Two cards are not two people, and staff's second card does not load their first. */
static void test_one_person(struct fixture *f, const void *data)
{
    struct payment p, l;

    pay(f, &p);
    give_card(f, f->second_staff, f->staff);
    reversal(f, &l, &p, 3);
    ask(f, "K0001", &l, 422, "STAFF_ONE_PERSON");
    give_card(f, f->staff, f->card);
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 422, "STAFF_OWN_CARD");
}

#define ADD(path, test) g_test_add("/platform/doubts/" path, struct fixture, NULL, up, test, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    ADD("travels", test_travels);
    ADD("one-person", test_one_person);
    ADD("reversal-unproven", test_reversal_unproven);
    ADD("both-settle", test_both_settle);
    ADD("contradicted-by-its-kiosk", test_contradicted_by_its_kiosk);
    ADD("elsewhere-refused", test_elsewhere_refused);
    ADD("next-says-nothing", test_next_says_nothing);
    ADD("next-says-nothing-late", test_next_says_nothing_late);
    ADD("not-settled-by-another-balance", test_not_settled_by_another_balance);
    ADD("two-people", test_two_people);
    ADD("kiosk-given-up", test_kiosk_given_up);
    ADD("load", test_load);
    ADD("load-keys", test_load_keys);
    ADD("load-refused", test_load_refused);
    ADD("load-events", test_load_events);
    ADD("load-given-up", test_load_given_up);
    ADD("load-settled-by-mac1", test_load_settled_by_mac1);
    ADD("load-forgotten", test_load_forgotten);
    ADD("load-waits-for-a-doubt", test_load_waits_for_a_doubt);
    ADD("reversal", test_reversal);
    ADD("reversal-void", test_reversal_void);
    ADD("reversal-refused", test_reversal_refused);
    return g_test_run();
}
