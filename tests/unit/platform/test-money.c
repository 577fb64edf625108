/* SPDX-License-Identifier: Apache-2.0 */
/* Kiosks that are gone, lie or repeat what a card said: money is found again, and never silently. */
#include "pair.h"
#include "model/model.h"
#include "model/clock.h"
#include "platform/calls/enrolment.h"
#include "platform/data/db-rows.h"
#include "platform/money/doubts.h"
#include <string.h>

/* ---- The list of staff ---- */

/* How many rows of the list are about this payment with this state, and code and kiosk when given. */
static int listed(struct fixture *f, const char *id, const char *state, const char *code, const char *kiosk)
{
    int count = 0;
    json_t *rows, *row;
    size_t i;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    rows = db_doubts(f->platform->db, NULL);
    db_rollback(f->platform->db);
    json_array_foreach(rows, i, row)
    {
        g_assert_cmpstr(json_string_value(json_object_get(row, "card_last4")), ==, f->card + strlen(f->card) - 4);
        count += g_strcmp0(json_string_value(json_object_get(row, "id")), id) == 0 &&
                 g_strcmp0(json_string_value(json_object_get(row, "state")), state) == 0 &&
                 (code == NULL || g_strcmp0(json_string_value(json_object_get(row, "code")), code) == 0) &&
                 (kiosk == NULL || g_strcmp0(json_string_value(json_object_get(row, "named")), kiosk) == 0);
    }
    json_decref(rows);
    return count;
}

static void assert_alarm(struct fixture *f, const char *id, const char *code, const char *kiosk)
{
    g_assert_cmpint(listed(f, id, "ALARM", code, kiosk), ==, 1);
}

static void assert_tac(struct fixture *f, const char *id, const char *tac)
{
    json_t *report = kit_report(f->platform);

    g_assert_cmpstr(kit_payment_text(report, id, "tac"), ==, tac);
    json_decref(report);
}

static void assert_balance(struct fixture *f, const char *account, int64_t fen)
{
    g_assert_cmpint(balance(f, account), ==, fen);
}

/* ---- Orders that nobody tells of any more ---- */

static void order(struct fixture *f, struct payment *load, uint16_t counter)
{
    kit_load(f->platform, load, f->card, 5000, 25230, counter, f->staff);
    ask(f, "K0001", load, 200, "");
}

static void older(struct fixture *f, int64_t ms)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE load_order SET made_ms=made_ms-?2 WHERE community=?1", "i", ms));
    g_assert_true(db_commit(f->platform->db, NULL));
}

static void test_order_silent(struct fixture *f, const void *data)
{
    struct payment l, told;

    order(f, &l, 3);
    older(f, 3600000);
    assert_item(f, l.id, "OPEN"); /* the feed that K0002 pulls */
    g_assert_cmpint(listed(f, l.id, "IN_DOUBT", NULL, NULL), ==, 1);
    json_t *value = item(f, l.id);
    g_assert_true(payment_from_json(json_object_get(value, "payment"), &told));
    json_decref(value);
    g_assert_cmpmem(told.load.mac2, 4, l.load.mac2, 4);
    g_assert_cmpuint(strlen(told.receipt_no), ==, 23); /* of the platform: its kiosk has told none */
    /* Its card comes to K0002 and proves that CREDIT was done. */
    kit_tac(&told);
    push_one(f, &f->other, settled_event(&f->other, &told, PAYMENT_CONFIRMED), "accepted", "");
    assert_payment(f, l.id, "CONFIRMED", "ELSEWHERE");
    assert_balance(f, "purse:float", -5000);
    assert_balance(f, "cash:K0001", 5000);
    assert_item(f, l.id, NULL); /* its kiosk never told of it and waits for nothing */
}

static void test_order_gone(struct fixture *f, const void *data)
{
    struct payment l, told;

    order(f, &l, 3);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(doubts_take_over(f->platform, "K0001", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    json_t *value = item(f, l.id);
    g_assert_true(payment_from_json(json_object_get(value, "payment"), &told));
    json_decref(value);
    push_one(f, &f->other, settled_event(&f->other, &told, PAYMENT_VOID), "accepted", "");
    assert_payment(f, l.id, "VOID", "ELSEWHERE");
    assert_balance(f, "cash:K0001", 0);
    order(f, &l, 3); /* the card may be loaded again */
}

/* The kiosk was only offline: what it tells then is taken, whether the card was faster or not. */
static void test_order_comes_back(struct fixture *f, const void *data)
{
    struct payment l, told, given_up;

    order(f, &l, 3);
    older(f, 3600000);
    assert_item(f, l.id, "OPEN");
    g_strlcpy(l.receipt_no, "R-000017", sizeof l.receipt_no);
    told = l;
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    kit_tac(&told);
    push_one(f, &f->other, settled_event(&f->other, &told, PAYMENT_CONFIRMED), "accepted", "");
    put(f, &f->pen, &l, PAYMENT_IN_DOUBT);
    assert_item(f, l.id, "PAID");
    kit_tac(&l);
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    assert_item(f, l.id, NULL);
    assert_balance(f, "purse:float", -5000);
    /* One whose answer never came: it was given up without MAC2. */
    kit_load(f->platform, &l, f->card, 2000, 30230, 4, f->staff);
    given_up = l;
    ask(f, "K0001", &l, 200, "");
    older(f, 3600000);
    assert_item(f, l.id, "OPEN");
    given_up.load.state = CC_PURCHASE_VOID;
    put(f, &f->pen, &given_up, PAYMENT_VOID);
    assert_payment(f, l.id, "VOID", "KIOSK");
    assert_item(f, l.id, NULL);
}

/* Keys that lie elsewhere: while they are asked the kiosk is shut out, which leaves what it had begun to the others. */
static struct {
    struct platform *platform;
    struct purse_keys keys;
} meanwhile;

static enum purse_keys_verdict authorise_meanwhile(void *ctx, const struct cc_load *load, const uint8_t date_bcd[4], const uint8_t time_bcd[3],
                                                   uint8_t mac2[4])
{
    g_assert_true(enrolment_revoke(meanwhile.platform, "K0001", now_ms(), NULL));
    return meanwhile.keys.authorise(ctx, load, date_bcd, time_bcd, mac2);
}

static void test_order_shut_out(struct fixture *f, const void *data)
{
    struct payment l;

    meanwhile.platform = f->platform;
    meanwhile.keys = f->platform->purse_keys;
    f->platform->purse_keys.authorise = authorise_meanwhile;
    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0001", &l, 403, "KIOSK_REVOKED");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM load_order WHERE community=?1"), ==, 0);
    f->platform->purse_keys = meanwhile.keys;
    kit_enrol(f->platform, "K0001", &f->pen);
    ask(f, "K0001", &l, 200, ""); /* no refusal was kept */
}

static void test_order_by_people(struct fixture *f, const void *data)
{
    struct payment l;

    order(f, &l, 3);
    older(f, 3600000);
    assert_item(f, l.id, "OPEN");
    g_assert_true(by_people(f, l.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    assert_balance(f, "suspense:unproven", -5000);
    assert_balance(f, "cash:K0001", 5000);
    /* Right proof, when the card comes after all. */
    kit_tac(&l);
    push_one(f, &f->other, settled_event(&f->other, &l, PAYMENT_CONFIRMED), "accepted", "");
    assert_balance(f, "suspense:unproven", 0);
    assert_balance(f, "purse:float", -5000);
}

/* This database was put back to before the order. What kiosks tell again is known by our own MAC2, and by nothing less. */
static void forget_orders(struct fixture *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM load_order WHERE community=?1", ""));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM idempotency WHERE community=?1", ""));
    g_assert_true(db_commit(f->platform->db, NULL));
}

static void test_order_forgotten_here(struct fixture *f, const void *data)
{
    struct payment l, other;

    order(f, &l, 3);
    forget_orders(f);
    other = l;
    other.load.mac2[3] ^= 1;
    push_one(f, &f->pen, pen_payment(&f->pen, &other, PAYMENT_COMMITTING), "conflict", "LOAD_UNKNOWN");
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    other = l; /* the same once more, as if it were another */
    uuid7(now_ms(), other.id);
    push_one(f, &f->other, pen_payment(&f->other, &other, PAYMENT_COMMITTING), "conflict", "LOAD_UNKNOWN");
    kit_tac(&l);
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    assert_balance(f, "cash:K0001", 5000);
    assert_balance(f, "purse:float", -5000);
}

/* Keys that lie far away: whoever asks them must not have the writer meanwhile. */
struct far_keys {
    struct purse_keys near;
    struct db *db;
    gint written;
    unsigned asked;
};

static gpointer write_meanwhile(gpointer data)
{
    struct far_keys *far = data;

    if (db_begin(far->db, true, NULL))
        db_rollback(far->db);
    g_atomic_int_set(&far->written, 1);
    return NULL;
}

static void others_may_write(struct far_keys *far)
{
    far->written = 0;
    far->asked++;
    GThread *thread = g_thread_new("meanwhile", write_meanwhile, far);
    for (int waited_ms = 0; !g_atomic_int_get(&far->written); waited_ms++) {
        g_assert_cmpint(waited_ms, <, 5000);
        clock_sleep_ms(1);
    }
    g_thread_join(thread);
}

static enum purse_keys_verdict far_authorise(void *ctx, const struct cc_load *load, const uint8_t date_bcd[4], const uint8_t time_bcd[3],
                                             uint8_t mac2[4])
{
    struct far_keys *far = ctx;

    others_may_write(far);
    return far->near.authorise(far->near.ctx, load, date_bcd, time_bcd, mac2);
}

static enum purse_keys_verdict far_tac(void *ctx, const uint8_t issuer[8], const uint8_t serial[8],
                                       int (*code)(const uint8_t key[16], const void *what, uint8_t tac[4]), const void *what, uint8_t tac[4])
{
    struct far_keys *far = ctx;

    others_may_write(far);
    return far->near.tac(far->near.ctx, issuer, serial, code, what, tac);
}

static void move_keys(struct fixture *f, struct far_keys *far)
{
    *far = (struct far_keys){.near = f->platform->purse_keys, .db = f->platform->db};
    f->platform->purse_keys = (struct purse_keys){.ctx = far, .authorise = far_authorise, .tac = far_tac};
}

/* A load whose order is forgotten, its end, and another kiosk's word about a doubt: each asks, and nobody waits for it. */
static void test_keys_far_away(struct fixture *f, const void *data)
{
    struct far_keys far;
    struct payment l, doubt;

    order(f, &l, 3);
    forget_orders(f);
    make_doubt(f, &doubt);
    kit_tac(&doubt);
    move_keys(f, &far);
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    g_assert_cmpuint(far.asked, ==, 1);
    push_one(f, &f->other, settled_event(&f->other, &doubt, PAYMENT_CONFIRMED), "accepted", "");
    g_assert_cmpuint(far.asked, ==, 2);
    kit_tac(&l);
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    g_assert_cmpuint(far.asked, ==, 3);
    assert_balance(f, "cash:K0001", 5000);
    f->platform->purse_keys = far.near;
    /* One that has its order is not looked at a second time. */
    order(f, &l, 4);
    move_keys(f, &far);
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    g_assert_cmpuint(far.asked, ==, 0);
    f->platform->purse_keys = far.near;
}

/* ---- A card's word that is repeated ---- */

static void test_mac1_repeated(struct fixture *f, const void *data)
{
    struct payment l, again, other;

    kit_load(f->platform, &l, f->card, 5000, 25230, 3, f->staff);
    again = other = l;
    ask(f, "K0001", &l, 200, "");
    ask(f, "K0001", &again, 200, "");
    g_assert_cmpmem(again.load.mac2, 4, l.load.mac2, 4);
    uuid7(now_ms(), other.id);
    struct payment own = other;
    ask(f, "K0002", &other, 422, "MAC1_USED");
    uuid7(now_ms(), own.id);
    ask(f, "K0001", &own, 422, "MAC1_USED");
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    assert_payment(f, l.id, "COMMITTING", "KIOSK");
    kit_tac(&l);
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    assert_balance(f, "purse:float", -5000);
}

/* Asked of the card before, sent after: a MAC1 at the same counter says nothing of what came between. */
static void test_mac1_kept_back(struct fixture *f, const void *data)
{
    struct payment l, kept;

    kit_load(f->platform, &kept, f->card, 1000, 25230, 3, f->staff);
    order(f, &l, 3);
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    ask(f, "K0002", &kept, 200, "");
    assert_payment(f, l.id, "COMMITTING", "KIOSK");
    kit_tac(&l);
    put(f, &f->pen, &l, PAYMENT_CONFIRMED);
    /* What proof says ends the other. */
    push_one(f, &f->other, pen_payment(&f->other, &kept, PAYMENT_COMMITTING), "accepted", "");
    assert_payment(f, kept.id, "VOID", "COUNTER");
}

/* Without proof a kiosk's word about its own load ends nobody else's. */
static void test_unproven_ends_nothing(struct fixture *f, const void *data)
{
    struct payment l, liar;

    order(f, &l, 3);
    kit_load(f->platform, &liar, f->card, 1000, 25230, 3, f->staff);
    ask(f, "K0002", &liar, 200, "");
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    put(f, &f->other, &liar, PAYMENT_COMMITTING);
    payment_set_outcome(&liar, PAYMENT_CONFIRMED);
    liar.load.evidence = CC_EVIDENCE_LOG;
    put(f, &f->other, &liar, PAYMENT_CONFIRMED);
    assert_payment(f, l.id, "COMMITTING", "KIOSK");
}

/* A load that only its kiosk says happened: the card's next one at the same counter is not refused, and proves the lie. */
static void test_unproven_and_another(struct fixture *f, const void *data)
{
    struct payment liar, l;

    order(f, &liar, 3);
    put(f, &f->pen, &liar, PAYMENT_COMMITTING);
    payment_set_outcome(&liar, PAYMENT_CONFIRMED);
    liar.load.evidence = CC_EVIDENCE_LOG;
    put(f, &f->pen, &liar, PAYMENT_CONFIRMED);
    assert_balance(f, "cash:K0001", 5000);
    kit_load(f->platform, &l, f->card, 1000, 25230, 3, f->staff);
    ask(f, "K0002", &l, 200, "");
    put(f, &f->other, &l, PAYMENT_COMMITTING);
    g_assert_cmpint(listed(f, liar.id, "ALARM", NULL, NULL), ==, 0);
    kit_tac(&l);
    put(f, &f->other, &l, PAYMENT_CONFIRMED);
    assert_alarm(f, liar.id, "PAID_BUT_VOID", "K0001");
    g_assert_true(by_people(f, liar.id, PAYMENT_VOID, "Zhou", "Li"));
    assert_balance(f, "cash:K0001", 0);
    assert_balance(f, "suspense:unproven", 0);
    assert_balance(f, "purse:float", -1000);
}

/* The card has shown a newer counter: what is older was kept back. */
static void test_mac1_stale(struct fixture *f, const void *data)
{
    struct payment old, l;

    kit_load(f->platform, &old, f->card, 1000, 20000, 2, f->staff);
    order(f, &l, 3);
    ask(f, "K0002", &old, 422, "COUNTER_OLD");
}

/* ---- Void, and the money is on the card ---- */

static void void_load(struct fixture *f, struct payment *l)
{
    order(f, l, 3);
    put(f, &f->pen, l, PAYMENT_COMMITTING);
    struct payment lie = *l;
    payment_set_outcome(&lie, PAYMENT_VOID);
    put(f, &f->pen, &lie, PAYMENT_VOID);
    assert_payment(f, l->id, "VOID", "KIOSK");
}

static void test_void_lie_counter(struct fixture *f, const void *data)
{
    struct payment l, next;

    void_load(f, &l);
    kit_load(f->platform, &next, f->card, 1000, 30230, 4, f->staff);
    ask(f, "K0002", &next, 200, "");
    assert_alarm(f, l.id, "LOAD_ON_CARD", "K0001");
    assert_balance(f, "suspense:contradicted", 5000);
    assert_balance(f, "suspense:unproven", -5000);
    g_assert_true(by_people(f, l.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    assert_balance(f, "suspense:contradicted", 0);
    assert_balance(f, "cash:K0001", 5000);
    g_assert_cmpint(listed(f, l.id, "ALARM", NULL, NULL), ==, 0);
    /* The proof, late. */
    kit_tac(&l);
    push_one(f, &f->other, settled_event(&f->other, &l, PAYMENT_CONFIRMED), "accepted", "");
    assert_balance(f, "suspense:unproven", 0);
    assert_balance(f, "purse:float", -5000);
}

/* The same before the kiosk ever told of it: only the order knows it. */
static void test_void_lie_early(struct fixture *f, const void *data)
{
    struct payment l, next;

    order(f, &l, 3);
    put(f, &f->pen, &l, PAYMENT_VOID);
    kit_load(f->platform, &next, f->card, 1000, 30230, 4, f->staff);
    ask(f, "K0002", &next, 200, "");
    assert_alarm(f, l.id, "LOAD_ON_CARD", "K0001");
    assert_balance(f, "suspense:contradicted", 5000);
    g_assert_true(by_people(f, l.id, PAYMENT_VOID, "Zhou", "Li"));
    assert_balance(f, "suspense:contradicted", 0);
    assert_balance(f, "suspense:unproven", 0);
    assert_payment(f, l.id, "VOID", "KIOSK");
}

static void test_void_lie_told_late(struct fixture *f, const void *data)
{
    struct payment l, next;

    order(f, &l, 3);
    put(f, &f->pen, &l, PAYMENT_COMMITTING);
    kit_load(f->platform, &next, f->card, 1000, 30230, 4, f->staff);
    ask(f, "K0002", &next, 200, "");
    payment_set_outcome(&l, PAYMENT_VOID);
    put(f, &f->pen, &l, PAYMENT_VOID);
    assert_alarm(f, l.id, "LOAD_ON_CARD", "K0001");
    assert_balance(f, "suspense:contradicted", 5000);
}

static void test_void_lie_balance(struct fixture *f, const void *data)
{
    struct payment l, p;

    void_load(f, &l);
    kit_payment(&p, f->card, NULL, 300);
    p.purchase.balance_before_fen = 30230;
    put(f, &f->other, &p, PAYMENT_COMMITTING);
    kit_tac(&p);
    put(f, &f->other, &p, PAYMENT_CONFIRMED);
    assert_alarm(f, l.id, "LOAD_ON_CARD", "K0001");
    assert_balance(f, "suspense:contradicted", 5000);
}

static void test_void_lie_tac(struct fixture *f, const void *data)
{
    struct payment l;

    void_load(f, &l);
    kit_tac(&l);
    push_one(f, &f->other, settled_event(&f->other, &l, PAYMENT_CONFIRMED), "accepted", "");
    assert_alarm(f, l.id, "VOID_BUT_PROVEN", "K0001");
    assert_balance(f, "suspense:contradicted", 5000);
    assert_balance(f, "purse:float", -5000);
    g_assert_false(by_people(f, l.id, PAYMENT_VOID, "Zhou", "Li")); /* it is proven */
    g_assert_true(by_people(f, l.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    assert_balance(f, "cash:K0001", 5000);
    assert_balance(f, "suspense:contradicted", 0);
}

/* The card's counter moved on by what we do not know: another operator's load, perhaps. People look, nothing is posted. */
static void test_void_unexplained(struct fixture *f, const void *data)
{
    struct payment l, next;

    void_load(f, &l);
    kit_load(f->platform, &next, f->card, 1000, 26000, 4, f->staff);
    ask(f, "K0002", &next, 200, "");
    assert_alarm(f, l.id, "LOAD_UNEXPLAINED", "K0001");
    assert_balance(f, "suspense:contradicted", 0);
    g_assert_true(by_people(f, l.id, PAYMENT_VOID, "Zhou", "Li"));
    g_assert_cmpint(listed(f, l.id, "ALARM", NULL, NULL), ==, 0);
}

/* An honest void, and the next load at the same counter: nobody is alarmed. */
static void test_void_honest(struct fixture *f, const void *data)
{
    struct payment l, next, third;

    void_load(f, &l);
    kit_load(f->platform, &next, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0002", &next, 200, "");
    kit_load(f->platform, &third, f->card, 5000, 30230, 4, f->staff);
    ask(f, "K0001", &third, 200, "");
    g_assert_cmpint(listed(f, l.id, "ALARM", NULL, NULL), ==, 0);
    put(f, &f->other, &next, PAYMENT_COMMITTING);
    kit_tac(&next);
    put(f, &f->other, &next, PAYMENT_CONFIRMED);
    g_assert_cmpint(listed(f, l.id, "ALARM", NULL, NULL), ==, 0);
    assert_balance(f, "suspense:contradicted", 0);
}

/* ---- Settled wrongly ---- */

static void test_settled_void_but_proven(struct fixture *f, const void *data)
{
    struct payment p, lie;

    make_doubt(f, &p);
    lie = p;
    push_one(f, &f->other, settled_event(&f->other, &lie, PAYMENT_VOID), "accepted", "");
    assert_bill(f, "UNPAID");
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
    assert_balance(f, "purse:float", f->amount_fen);
    assert_balance(f, "payable:ytdl", -f->amount_fen);
    assert_alarm(f, p.id, "VOID_BUT_PROVEN", "K0002");
    assert_item(f, p.id, NULL);
    g_assert_true(by_people(f, p.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    g_assert_cmpint(listed(f, p.id, "ALARM", NULL, NULL), ==, 0);
    g_assert_false(by_people(f, p.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
}

/* The bill was paid again meanwhile: what the card paid twice is owed to it. */
static void test_settled_void_paid_again(struct fixture *f, const void *data)
{
    struct payment p, lie, again;
    char token[33];

    make_doubt(f, &p);
    lie = p;
    push_one(f, &f->other, settled_event(&f->other, &lie, PAYMENT_VOID), "accepted", "");
    kit_payment(&again, f->card, f->bill, f->amount_fen);
    put(f, &f->other, &again, PAYMENT_COMMITTING);
    kit_tac(&again);
    put(f, &f->other, &again, PAYMENT_CONFIRMED);
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    card_token(f->platform->index_key, f->card, token);
    g_autofree char *refund = g_strconcat("refund:", token, NULL);
    assert_balance(f, refund, -f->amount_fen);
    assert_alarm(f, p.id, "VOID_BUT_PROVEN", "K0002");
}

static void test_paid_but_void(struct fixture *f, const void *data)
{
    struct payment p, lie;

    make_doubt(f, &p);
    lie = p;
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    push_one(f, &f->other, settled_event(&f->other, &lie, PAYMENT_VOID), "conflict", "DOUBT_CONTRADICTED");
    assert_alarm(f, p.id, "PAID_BUT_VOID", "K0002");
    assert_balance(f, "purse:float", f->amount_fen);
}

/* Of the card's log only: two kiosks say the opposite, people decide, and what they say is posted or taken back. */
static void test_log_contradicts(struct fixture *f, const void *data)
{
    struct payment p, other;

    make_doubt(f, &p);
    other = p;
    put(f, &f->pen, &p, PAYMENT_VOID);
    payment_set_outcome(&other, PAYMENT_CONFIRMED);
    other.purchase.evidence = CC_EVIDENCE_LOG;
    push_one(f, &f->other, settled_event(&f->other, &other, PAYMENT_CONFIRMED), "conflict", "DOUBT_CONTRADICTED");
    assert_alarm(f, p.id, "LOG_CONTRADICTS", "K0001");
    assert_balance(f, "suspense:unproven", 0);
    g_assert_true(by_people(f, p.id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    assert_balance(f, "suspense:unproven", -f->amount_fen);
    assert_bill(f, "PAID");
}

/* ---- Proof that comes late ---- */

static void unproven(struct fixture *f, struct payment *p)
{
    make_doubt(f, p);
    g_assert_true(by_people(f, p->id, PAYMENT_CONFIRMED, "Zhou", "Li"));
    assert_balance(f, "suspense:unproven", -f->amount_fen);
    assert_tac(f, p->id, "UNPROVEN");
}

static void test_proof_late(struct fixture *f, const void *data)
{
    struct payment p;

    unproven(f, &p);
    kit_tac(&p);
    push_one(f, &f->other, settled_event(&f->other, &p, PAYMENT_CONFIRMED), "accepted", "");
    assert_balance(f, "suspense:unproven", 0);
    assert_balance(f, "payable:ytdl", -f->amount_fen);
    assert_tac(f, p.id, "OK");
    put(f, &f->pen, &p, PAYMENT_CONFIRMED); /* the same once more */
    assert_balance(f, "payable:ytdl", -f->amount_fen);
    /* Proven, so it may be given back: all of it. */
    struct payment l;
    kit_load(f->platform, &l, f->card, f->amount_fen, 20000, 3, f->staff);
    l.way = PAYMENT_WAY_REVERSAL;
    l.staff_count = 2;
    card_token(f->platform->index_key, f->second_staff, l.staff[1]);
    g_strlcpy(l.reverses, p.id, sizeof l.reverses);
    ask(f, "K0002", &l, 200, "");
    put(f, &f->other, &l, PAYMENT_COMMITTING);
    kit_tac(&l);
    put(f, &f->other, &l, PAYMENT_CONFIRMED);
    assert_balance(f, "payable:ytdl", 0);
    assert_balance(f, "purse:float", 0);
    assert_balance(f, "suspense:unproven", 0);
    assert_bill(f, "UNPAID");
}

static void test_proof_late_wrong(struct fixture *f, const void *data)
{
    struct payment p;

    unproven(f, &p);
    kit_tac(&p);
    p.purchase.tac[0] ^= 1;
    push_one(f, &f->other, settled_event(&f->other, &p, PAYMENT_CONFIRMED), "conflict", "TAC_WRONG");
    assert_alarm(f, p.id, "TAC_WRONG", "K0002");
    assert_balance(f, "suspense:unproven", -f->amount_fen);
    /* People find that it did not happen after all: everything goes back. */
    g_assert_true(by_people(f, p.id, PAYMENT_VOID, "Zhou", "Li"));
    assert_balance(f, "suspense:unproven", 0);
    assert_balance(f, "purse:float", 0);
    assert_bill(f, "UNPAID");
    assert_payment(f, p.id, "VOID", "STAFF");
}

#define ADD(path, test) g_test_add("/platform/money/" path, struct fixture, NULL, up, test, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    ADD("order-silent", test_order_silent);
    ADD("order-gone", test_order_gone);
    ADD("order-comes-back", test_order_comes_back);
    ADD("order-shut-out", test_order_shut_out);
    ADD("order-by-people", test_order_by_people);
    ADD("order-forgotten-here", test_order_forgotten_here);
    ADD("keys-far-away", test_keys_far_away);
    ADD("mac1-repeated", test_mac1_repeated);
    ADD("mac1-kept-back", test_mac1_kept_back);
    ADD("unproven-ends-nothing", test_unproven_ends_nothing);
    ADD("unproven-and-another", test_unproven_and_another);
    ADD("mac1-stale", test_mac1_stale);
    ADD("void-lie-counter", test_void_lie_counter);
    ADD("void-lie-early", test_void_lie_early);
    ADD("void-lie-told-late", test_void_lie_told_late);
    ADD("void-lie-balance", test_void_lie_balance);
    ADD("void-lie-tac", test_void_lie_tac);
    ADD("void-unexplained", test_void_unexplained);
    ADD("void-honest", test_void_honest);
    ADD("settled-void-but-proven", test_settled_void_but_proven);
    ADD("settled-void-paid-again", test_settled_void_paid_again);
    ADD("paid-but-void", test_paid_but_void);
    ADD("log-contradicts", test_log_contradicts);
    ADD("proof-late", test_proof_late);
    ADD("proof-late-wrong", test_proof_late_wrong);
    return g_test_run();
}
