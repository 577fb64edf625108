/* SPDX-License-Identifier: Apache-2.0 */
/* Exactly once, and what each payment event does to bills and books. */
#include "kit.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/calls/epochs.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/ingest.h"
#include "schema.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

struct fixture {
    char *dir;
    struct platform *platform;
    struct pen pen, other; /* K0001, K0002 */
    char *card;            /* the elder's */
    char bill[64];
    int64_t amount_fen;
};

static void up(struct fixture *f, const void *data)
{
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
    kit_enrol(f->platform, "K0002", &f->other);
    f->card = kit_card(1);
    f->amount_fen = kit_bill(f->platform, f->card, 0, f->bill);
}

static void down(struct fixture *f, const void *data)
{
    json_t *report = kit_report(f->platform);

    kit_assert_ledger(report);
    json_decref(report);
    g_free(f->card);
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

/* Push one event (stolen) and expect this verdict and code. */
static void push_one(struct fixture *f, struct pen *pen, json_t *event, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
}

static void put(struct fixture *f, struct pen *pen, struct payment *payment, enum payment_state state)
{
    push_one(f, pen, pen_payment(pen, payment, state), "accepted", "");
}

static char *bill_state(struct fixture *f, const char *bill)
{
    struct bill_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_bill_find(f->platform->db, bill, &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_true(found);
    return g_strdup(row.state);
}

static void assert_bill(struct fixture *f, const char *state)
{
    g_autofree char *now = bill_state(f, f->bill);

    g_assert_cmpstr(now, ==, state);
}

static int64_t head(struct fixture *f, const char *kiosk, char *alarm, size_t size)
{
    struct kiosk_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_kiosk_find(f->platform->db, kiosk, &row, &found, NULL));
    db_rollback(f->platform->db);
    if (alarm != NULL)
        g_strlcpy(alarm, row.alarm, size);
    return row.head_seq;
}

/* ---- Payments ---- */

static void test_paid(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    assert_bill(f, "PAYING");
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
    push_one(f, &f->pen, pen_event(&f->pen, "receipt.printed", json_pack("{s:s}", "payment_id", p.id)),
             "accepted", "");
    report = kit_report(f->platform);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, f->amount_fen);
    g_assert_cmpint(kit_balance(report, "payable:ytdl"), ==, -f->amount_fen);
    g_assert_cmpstr(kit_payment_text(report, p.id, "state"), ==, "CONFIRMED");
    g_assert_cmpstr(kit_payment_text(report, p.id, "tac"), ==, "OK");
    json_decref(report);
}

static void test_void_and_doubt(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    assert_bill(f, "UNKNOWN");
    put(f, &f->pen, &p, PAYMENT_VOID);
    assert_bill(f, "UNPAID");
    report = kit_report(f->platform);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, 0);
    json_decref(report);
}

static void test_doubt_confirmed(struct fixture *f, const void *data)
{
    struct payment p;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
}

static void test_state_machine(struct fixture *f, const void *data)
{
    struct payment p, q;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    kit_tac(&p);
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED), "conflict", "STATE");
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_COMMITTING), "conflict", "STATE");
    put(f, &f->pen, &p, PAYMENT_VOID);
    p.purchase.has_tac = false; /* a word against a word: the first one stays */
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED), "conflict", "STATE");
    assert_bill(f, "UNPAID");
    kit_payment(&q, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &q, PAYMENT_COMMITTING);
    kit_tac(&q);
    put(f, &f->pen, &q, PAYMENT_CONFIRMED);
    push_one(f, &f->pen, pen_payment(&f->pen, &q, PAYMENT_VOID), "conflict", "STATE");
    assert_bill(f, "PAID");
}

static void test_tac_wrong(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    kit_tac(&p);
    p.purchase.tac[0] ^= 1;
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED), "conflict", "TAC_WRONG");
    report = kit_report(f->platform);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, 0);
    g_assert_cmpstr(kit_payment_text(report, p.id, "tac"), ==, "WRONG");
    g_assert_cmpstr(kit_payment_text(report, p.id, "state"), ==, "COMMITTING");
    g_assert_cmpuint(json_array_size(json_object_get(report, "refused")), ==, 1);
    json_decref(report);
    assert_bill(f, "PAYING");
    /* What is behind it is not blocked, and the right TAC still settles. */
    p.purchase.tac[0] ^= 1;
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
}

/* What was sealed comes in; so does what an older journal has in clear. Nothing in between. */
static void test_sealed(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *event, *body;
    struct seal_ring right = f->pen.seal;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    event = pen_payment(&f->pen, &p, PAYMENT_COMMITTING);
    const char *text = json_string_value(json_object_get(event, "body"));
    g_assert_null(strstr(text, f->card));
    body = json_loads(text, 0, NULL);
    json_t *purchase = json_object_get(json_object_get(body, "data"), "purchase");
    g_autofree char *why = schema_fault("Sealed", json_object_get(purchase, "card_number"));
    g_assert_cmpstr(why, ==, NULL);
    json_decref(body);
    push_one(f, &f->pen, event, "accepted", "");
    f->pen.clear = true;
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    f->pen.clear = false;
    f->pen.seal = f->other.seal; /* another kiosk's keys */
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_VOID), "rejected", "SEAL");
    f->pen.seal = right;
    f->pen.seal.newest = 2; /* a version that there is not */
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_VOID), "rejected", "SEAL");
    f->pen.seal = right;
    put(f, &f->pen, &p, PAYMENT_VOID);
    assert_bill(f, "UNPAID");
}

/* A sealed member taken from one event to another, or to its neighbour, or not sealed as the contract says. */
static void test_sealed_moved(struct fixture *f, const void *data)
{
    static const char *const BAD[] = {"{'k':1}", "{'k':1,'s':''}", "{'k':1,'s':'AAAA','t':1}", "['x']", "7"};
    struct payment p;
    char other_id[37];

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    p.state = PAYMENT_COMMITTING;
    uuid7(now_ms(), other_id);
    json_t *clear = payment_to_json(&p), *elsewhere = seal_members(&f->pen.seal, other_id, clear);
    f->pen.clear = true; /* written as it is given */
    push_one(f, &f->pen, pen_event(&f->pen, "payment.committing", elsewhere), "rejected", "SEAL");
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autofree char *proper = g_strdelimit(g_strdup(BAD[i]), "'", '"');
        json_t *copy = json_deep_copy(clear);
        json_object_set_new(json_object_get(copy, "purchase"), "serial", json_loads(proper, JSON_DECODE_ANY, NULL));
        push_one(f, &f->pen, pen_event(&f->pen, "payment.committing", copy), "rejected", "SEAL");
    }
    json_decref(clear);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
}

static void test_unproven(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    p.purchase.evidence = CC_EVIDENCE_LOG;
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
    report = kit_report(f->platform);
    g_assert_cmpstr(kit_payment_text(report, p.id, "tac"), ==, "UNPROVEN");
    g_assert_cmpint(kit_balance(report, "suspense:unproven"), ==, -f->amount_fen);
    g_assert_cmpint(kit_balance(report, "payable:ytdl"), ==, 0);
    json_decref(report);
}

static void test_paid_twice(struct fixture *f, const void *data)
{
    struct payment p, q;
    char token[33];
    json_t *report, *lines;
    g_autofree char *account = NULL;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    kit_payment(&q, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    kit_tac(&p);
    kit_tac(&q);
    put(f, &f->other, &q, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
    report = kit_report(f->platform);
    card_token(f->platform->index_key, f->card, token);
    account = g_strconcat("refund:", token, NULL);
    g_assert_cmpint(kit_balance(report, account), ==, -f->amount_fen);
    g_assert_cmpint(kit_balance(report, "payable:ytdl"), ==, -f->amount_fen);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 2 * f->amount_fen);
    lines = json_array_get(json_object_get(report, "payments"), 0);
    g_assert_cmpstr(
        json_string_value(json_object_get(json_array_get(json_object_get(lines, "bills"), 0), "outcome")), ==,
        "PAID_ELSEWHERE");
    json_decref(report);
}

/* One of two claims is void: the other one still holds the bill. */
static void test_two_claims(struct fixture *f, const void *data)
{
    struct payment p, q;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    kit_payment(&q, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    assert_bill(f, "UNKNOWN");
    put(f, &f->pen, &p, PAYMENT_VOID);
    assert_bill(f, "PAYING");
    put(f, &f->other, &q, PAYMENT_VOID);
    assert_bill(f, "UNPAID");
}

static void test_unmatched(struct fixture *f, const void *data)
{
    struct payment p, q, none;
    json_t *report;

    kit_payment(&p, f->card, "B9999999", 700);
    kit_payment(&q, f->card, f->bill, f->amount_fen - 1);
    kit_payment(&none, f->card, NULL, 50);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->pen, &q, PAYMENT_COMMITTING);
    put(f, &f->pen, &none, PAYMENT_COMMITTING);
    kit_tac(&p);
    kit_tac(&q);
    kit_tac(&none);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    put(f, &f->pen, &q, PAYMENT_CONFIRMED);
    put(f, &f->pen, &none, PAYMENT_CONFIRMED);
    assert_bill(f, "UNPAID");
    report = kit_report(f->platform);
    g_assert_cmpint(kit_balance(report, "suspense:unmatched"), ==, -(700 + f->amount_fen - 1 + 50));
    json_decref(report);
}

static void test_several_bills(struct fixture *f, const void *data)
{
    struct payment p;
    char second[64];
    int64_t second_fen = kit_bill(f->platform, f->card, 1, second);
    json_t *report;
    g_autofree char *state = NULL;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    p.purchase.amount_fen += (uint32_t)second_fen;
    p.bill_count = 2;
    p.bills[1].amount_fen = second_fen;
    g_strlcpy(p.bills[1].id, second, sizeof p.bills[1].id);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
    state = bill_state(f, second);
    g_assert_cmpstr(state, ==, "PAID");
    report = kit_report(f->platform);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, f->amount_fen + second_fen);
    g_assert_cmpint(kit_balance(report, "payable:ytsw"), ==, -second_fen);
    json_decref(report);
}

static void test_changed(struct fixture *f, const void *data)
{
    g_autofree char *stranger = kit_card(0);
    struct payment p, changed;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    changed = p;
    changed.purchase.counter++;
    push_one(f, &f->pen, pen_payment(&f->pen, &changed, PAYMENT_VOID), "conflict", "PAYMENT_CHANGED");
    changed = p;
    g_strlcpy(changed.bills[0].id, "B0000002", sizeof changed.bills[0].id);
    push_one(f, &f->pen, pen_payment(&f->pen, &changed, PAYMENT_VOID), "conflict", "PAYMENT_CHANGED");
    changed = p;
    g_strlcpy(changed.purchase.card_number, stranger, sizeof changed.purchase.card_number);
    push_one(f, &f->pen, pen_payment(&f->pen, &changed, PAYMENT_VOID), "rejected", "CARD_SERIAL");
    push_one(f, &f->other, pen_payment(&f->other, &p, PAYMENT_VOID), "conflict", "OTHER_KIOSK");
    put(f, &f->pen, &p, PAYMENT_VOID);
}

/* The same debit under a second payment id: one TAC settles once. */
static void test_proof_used(struct fixture *f, const void *data)
{
    struct payment p, again;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    kit_tac(&p);
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    again = p;
    kit_payment(&p, f->card, f->bill, f->amount_fen);
    g_strlcpy(again.id, p.id, sizeof again.id);
    put(f, &f->pen, &again, PAYMENT_COMMITTING);
    push_one(f, &f->pen, pen_payment(&f->pen, &again, PAYMENT_CONFIRMED), "conflict", "PROOF_USED");
    report = kit_report(f->platform);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, f->amount_fen);
    json_decref(report);
}

/* A later payment of the card at the same counter: the doubtful one did not happen. */
static void test_settled_by_counter(struct fixture *f, const void *data)
{
    struct payment p, q;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    kit_payment(&q, f->card, NULL, 300);
    q.purchase.counter = p.purchase.counter;
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    kit_tac(&q);
    put(f, &f->other, &q, PAYMENT_CONFIRMED);
    assert_bill(f, "UNPAID");
    report = kit_report(f->platform);
    g_assert_cmpstr(kit_payment_text(report, p.id, "state"), ==, "VOID");
    g_assert_cmpstr(kit_payment_text(report, p.id, "settled"), ==, "COUNTER");
    json_decref(report);
    /* What its kiosk tells later is the same. */
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    put(f, &f->pen, &p, PAYMENT_VOID);
    payment_set_outcome(&p, PAYMENT_CONFIRMED);
    push_one(f, &f->pen, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED), "conflict", "DOUBT_CONTRADICTED");
    kit_tac(&p); /* the counter was a kiosk's word, this is the card's */
    put(f, &f->pen, &p, PAYMENT_CONFIRMED);
    assert_bill(f, "PAID");
}

/* The doubt's kiosk was offline longer than the one where the counter was used: the end is the same. */
static void test_settled_by_counter_late(struct fixture *f, const void *data)
{
    struct payment p, q;
    json_t *report;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    kit_payment(&q, f->card, NULL, 300);
    q.purchase.counter = p.purchase.counter;
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    kit_tac(&q);
    put(f, &f->other, &q, PAYMENT_CONFIRMED);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    put(f, &f->pen, &p, PAYMENT_IN_DOUBT);
    assert_bill(f, "UNPAID");
    report = kit_report(f->platform);
    g_assert_cmpstr(kit_payment_text(report, p.id, "state"), ==, "VOID");
    g_assert_cmpstr(kit_payment_text(report, p.id, "settled"), ==, "COUNTER");
    json_decref(report);
    put(f, &f->pen, &p, PAYMENT_VOID);
}

/* A higher counter proves nothing. */
static void test_not_settled_by_other_counter(struct fixture *f, const void *data)
{
    struct payment p, q;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &p, PAYMENT_COMMITTING);
    kit_payment(&q, f->card, NULL, 300);
    put(f, &f->other, &q, PAYMENT_COMMITTING);
    kit_tac(&q);
    put(f, &f->other, &q, PAYMENT_CONFIRMED);
    assert_bill(f, "PAYING");
}

/* ---- Places and chains ---- */

static json_t *fact(struct pen *pen)
{
    return pen_event(pen, "receipt.printed", json_object());
}

static void test_duplicate(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *events, *answer, *before, *after;

    kit_payment(&p, f->card, f->bill, f->amount_fen);
    events = json_array();
    json_array_append_new(events, pen_payment(&f->pen, &p, PAYMENT_COMMITTING));
    kit_tac(&p);
    json_array_append_new(events, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED));
    json_array_append_new(events, fact(&f->pen));
    json_decref(kit_push(f->platform, &f->pen, json_incref(events)));
    before = kit_report(f->platform);
    for (int i = 0; i < 3; i++) {
        answer = kit_push(f->platform, &f->pen, json_incref(events));
        for (size_t j = 0; j < 3; j++)
            g_assert_cmpstr(kit_verdict(answer, j), ==, "duplicate");
        json_decref(answer);
    }
    after = kit_report(f->platform);
    g_assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    json_decref(events);
}

/* A refused event keeps its verdict when it comes again. */
static void test_verdict_stays(struct fixture *f, const void *data)
{
    json_t *event = pen_event(&f->pen, "payment.void", json_object()), *again = json_deep_copy(event);

    push_one(f, &f->pen, event, "rejected", "DATA");
    push_one(f, &f->pen, again, "rejected", "DATA");
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
}

static void test_gap(struct fixture *f, const void *data)
{
    json_t *first = fact(&f->pen), *second = fact(&f->pen), *third = fact(&f->pen);
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[O,O]", third, second));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, "retry");
    g_assert_cmpstr(kit_code(answer, 0), ==, "GAP");
    g_assert_cmpstr(kit_verdict(answer, 1), ==, "retry");
    json_decref(answer);
    answer = kit_push(f->platform, &f->pen, json_pack("[o,o,o]", first, second, third));
    for (size_t i = 0; i < 3; i++)
        g_assert_cmpstr(kit_verdict(answer, i), ==, "accepted");
    json_decref(answer);
}

static void test_fork(struct fixture *f, const void *data)
{
    struct pen copy = f->pen;
    char alarm[48];
    json_t *fork;

    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
    fork = fact(&copy);
    push_one(f, &f->pen, json_incref(fork), "conflict", "SEQ_FORK");
    push_one(f, &f->pen, fork, "conflict", "SEQ_FORK");
    g_assert_cmpint(head(f, "K0001", alarm, sizeof alarm), ==, 1);
    g_assert_cmpstr(alarm, ==, "SEQ_FORK");
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
}

static void test_chain_broken(struct fixture *f, const void *data)
{
    char alarm[48];

    f->pen.prev[0] ^= 1;
    push_one(f, &f->pen, fact(&f->pen), "conflict", "CHAIN_BROKEN");
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
    g_assert_cmpint(head(f, "K0001", alarm, sizeof alarm), ==, 2);
    g_assert_cmpstr(alarm, ==, "CHAIN_BROKEN");
}

/* One byte of the body differs from what was hashed: nothing of it has an effect. */
static void test_hash_wrong(struct fixture *f, const void *data)
{
    struct payment p;
    json_t *event, *report;
    g_autofree char *body = NULL;
    char *amount;

    kit_payment(&p, f->card, NULL, 300);
    event = pen_payment(&f->pen, &p, PAYMENT_COMMITTING);
    body = g_strdup(json_string_value(json_object_get(event, "body")));
    amount = strstr(body, "\"amount_fen\":300");
    g_assert_nonnull(amount);
    amount[strlen("\"amount_fen\":")] = '2';
    json_object_set_new(event, "body", json_string(body));
    push_one(f, &f->pen, event, "conflict", "HASH_WRONG");
    report = kit_report(f->platform);
    g_assert_cmpuint(json_array_size(json_object_get(report, "payments")), ==, 0);
    json_decref(report);
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
}

static void test_epochs(struct fixture *f, const void *data)
{
    struct pen old = f->pen, future = f->pen;
    json_t *kept = fact(&old);

    push_one(f, &old, json_incref(kept), "accepted", "");
    future.epoch = 9;
    push_one(f, &future, fact(&future), "conflict", "EPOCH_UNKNOWN");
    kit_enrol(f->platform, "K0001", &f->pen);
    g_assert_cmpint(f->pen.epoch, ==, 2);
    g_assert_cmpint(f->pen.seq, ==, 1);
    push_one(f, &old, kept, "duplicate", "");
    push_one(f, &old, fact(&old), "accepted", ""); /* what still waited when the kiosk was enrolled anew */
    f->pen.seq = old.seq;
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
    push_one(f, &old, fact(&old), "conflict", "EPOCH_OLD"); /* from here on that is an old disk */
}

/* Numbers go on over epochs: none is taken twice, and one that is left out before an epoch is told to people. */
static void test_epoch_places(struct fixture *f, const void *data)
{
    struct pen old = f->pen;
    g_autoptr(GError) error = NULL;

    push_one(f, &old, fact(&old), "accepted", "");
    push_one(f, &old, fact(&old), "accepted", "");
    kit_enrol(f->platform, "K0001", &f->pen);
    struct pen again = f->pen, ahead = f->pen, gap = f->pen;
    again.seq = 0;
    push_one(f, &again, fact(&again), "conflict", "SEQ_REUSED");
    gap.seq = 7;
    gap.prev[0] ^= 1; /* not the first one of the epoch */
    push_one(f, &gap, fact(&gap), "retry", "GAP");
    ahead.seq = 5;
    push_one(f, &ahead, fact(&ahead), "accepted", "");
    push_one(f, &ahead, fact(&ahead), "accepted", "");
    g_assert_true(db_begin(f->platform->db, false, &error));
    int64_t lost = 0;
    g_assert_true(db_int(f->platform->db, &error, -1, &lost,
                         "SELECT lost FROM kiosk_epoch WHERE community=?1 AND kiosk='K0001' AND epoch=2", ""));
    db_rollback(f->platform->db);
    g_assert_cmpint(lost, ==, 3); /* 3, 4, 5 */
}

static json_t *head_of(int64_t epoch, int64_t seq, const uint8_t hash[32])
{
    char hex[65];
    return json_pack("{s:I, s:I, s:s}", "epoch", (json_int_t)epoch, "seq", (json_int_t)seq, "hash", wire_hex(hash, 32, hex));
}

static json_t *raise_epoch(struct fixture *f, json_t *head, const char *reason, unsigned *status)
{
    return kit_call(f->platform, "POST", "/v1/epoch", NULL, "K0001", json_pack("{s:o, s:s}", "head", head, "reason", reason),
                    status);
}

/* A kiosk that has lost its disk gets its rows back byte for byte, and an epoch only when it knows them all. */
static void test_raise(struct fixture *f, const void *data)
{
    unsigned status;
    struct pen old = f->pen;
    json_t *first = fact(&old), *second = fact(&old);
    uint8_t none[32] = {0};

    push_one(f, &old, json_incref(first), "accepted", "");
    push_one(f, &old, json_incref(second), "accepted", "");
    json_decref(raise_epoch(f, head_of(1, 1, none), "restored", &status));
    g_assert_cmpuint(status, ==, 409);
    json_decref(raise_epoch(f, head_of(1, 2, none), "restored", &status));
    g_assert_cmpuint(status, ==, 409);
    json_t *page = kit_own_events(f->platform, "K0001", NULL, NULL, "1", &status), *row;
    g_assert_cmpuint(status, ==, 200);
    g_assert_true(json_is_true(json_object_get(page, "more")));
    json_decref(page);
    page = kit_own_events(f->platform, "K0001", "1", "1", NULL, &status);
    g_assert_true(json_is_false(json_object_get(page, "more")));
    g_assert_cmpuint(json_array_size(json_object_get(page, "events")), ==, 1);
    row = json_array_get(json_object_get(page, "events"), 0);
    g_assert_cmpstr(json_string_value(json_object_get(row, "body")), ==, json_string_value(json_object_get(second, "body")));
    g_assert_cmpstr(json_string_value(json_object_get(row, "hash")), ==, json_string_value(json_object_get(second, "hash")));
    json_decref(page);
    json_t *raised = raise_epoch(f, head_of(1, 2, old.prev), "restored", &status);
    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpint(json_integer_value(json_object_get(raised, "epoch")), ==, 2);
    f->pen = old;
    f->pen.epoch = 2;
    g_assert_true(wire_unhex(json_string_value(json_object_get(raised, "chain_nonce")), f->pen.prev, 32));
    json_decref(raised);
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
    push_one(f, &old, fact(&old), "conflict", "EPOCH_OLD");
    json_decref(first);
    json_decref(second);
}

/* Of a machine that passed the door, and waited for the lock while another one was enrolled, or it was revoked: nothing is taken. */
static void late(struct fixture *f, json_t *event, const char *certificate, int code)
{
    json_t *batch = json_pack("{s:I, s:[O]}", "epoch", (json_int_t)f->pen.epoch, "events", event), *claim = head_of(1, 0, f->pen.prev);
    json_t *letter = json_deep_copy(event), *head = json_pack("{s:o, s:s}", "head", claim, "reason", "restored");
    g_autoptr(GError) errors = NULL, letters = NULL, raises = NULL, own = NULL;

    json_object_set_new(letter, "epoch", json_integer(f->pen.epoch));
    json_object_set_new(letter, "reason", json_string("HTTP 400"));
    json_object_set_new(letter, "body", json_string("eHh4"));
    g_assert_null(ingest_batch(f->platform, "K0001", certificate, batch, now_ms(), &errors));
    g_assert_error(errors, PLATFORM_ERROR, code);
    g_assert_null(ingest_letter(f->platform, "K0001", certificate, letter, now_ms(), &letters));
    g_assert_error(letters, PLATFORM_ERROR, code);
    g_assert_null(epochs_raise(f->platform, "K0001", certificate, head, now_ms(), &raises));
    g_assert_error(raises, PLATFORM_ERROR, code);
    g_assert_null(epochs_serve(f->platform, "K0001", certificate, 0, 0, 100, now_ms(), &own));
    g_assert_error(own, PLATFORM_ERROR, code);
    json_decref(batch);
    json_decref(letter);
    json_decref(head);
}

static void test_late(struct fixture *f, const void *data)
{
    struct pen pen = f->pen;
    json_t *event = fact(&pen);

    late(f, event, "00", PLATFORM_ERROR_KIOSK_UNKNOWN);
    late(f, event, NULL, PLATFORM_ERROR_KIOSK_UNKNOWN);
    json_decref(event);
    push_one(f, &f->pen, fact(&f->pen), "accepted", ""); /* its numbers are its own */
    event = fact(&f->pen);
    g_assert_true(enrolment_revoke(f->platform, "K0001", now_ms(), NULL));
    late(f, event, KIT_SERIAL, PLATFORM_ERROR_KIOSK_REVOKED);
    json_decref(event);
}

static void test_raise_malformed(struct fixture *f, const void *data)
{
    static const char *const BODIES[] = {
        "{}", "{'head':{'epoch':1,'seq':0},'reason':'x'}", "{'head':3,'reason':'x'}",
        "{'head':{'epoch':1,'seq':0,'hash':'" /* 64 digits */
        "0000000000000000000000000000000000000000000000000000000000000000'},'reason':'Not a word'}"};
    static const char *const QUERIES[][3] = {{"x", NULL, NULL}, {NULL, "-1", NULL}, {NULL, NULL, "501"}, {NULL, NULL, "0"}};
    unsigned status;

    for (size_t i = 0; i < G_N_ELEMENTS(BODIES); i++) {
        g_autofree char *text = g_strdelimit(g_strdup(BODIES[i]), "'", '"');
        json_t *body = json_loads(text, 0, NULL);
        GError *error = NULL;
        g_assert_null(epochs_raise(f->platform, "K0001", KIT_SERIAL, body, now_ms(), &error));
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
        g_clear_error(&error);
        json_decref(body);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(QUERIES); i++) {
        json_decref(kit_own_events(f->platform, "K0001", QUERIES[i][0], QUERIES[i][1], QUERIES[i][2], &status));
        g_assert_cmpuint(status, ==, 400);
    }
}

/* The body must say the same as what is around it. */
static void test_body_elsewhere(struct fixture *f, const void *data)
{
    struct pen impostor = f->pen;
    json_t *event;

    g_strlcpy(impostor.kiosk, "K0002", sizeof impostor.kiosk);
    event = fact(&impostor);
    f->pen.seq = impostor.seq;
    memcpy(f->pen.prev, impostor.prev, 32);
    push_one(f, &f->pen, event, "rejected", "BODY");
    push_one(f, &f->pen, pen_event(&f->pen, "receipt.printed", json_object()), "accepted", "");
}

static void test_unknown_type(struct fixture *f, const void *data)
{
    /* The kit checks types against the contract, so this one is made by hand. */
    json_t *event = fact(&f->pen), *body;
    struct event_row row = {.kiosk = "K0001", .epoch = f->pen.epoch, .seq = f->pen.seq};
    g_autofree char *prev = g_strdup(json_string_value(json_object_get(event, "prev")));
    char hash[65];
    char *text;

    body = json_loads(json_string_value(json_object_get(event, "body")), 0, NULL);
    json_object_set_new(body, "type", json_string("points.granted"));
    text = json_dumps(body, JSON_COMPACT);
    g_assert_true(wire_unhex(prev, row.prev, 32));
    chain_hash(row.prev, row.epoch, row.seq, json_string_value(json_object_get(event, "id")), text,
               strlen(text), f->pen.prev);
    json_object_set_new(event, "body", json_string(text));
    json_object_set_new(event, "hash", json_string(wire_hex(f->pen.prev, 32, hash)));
    push_one(f, &f->pen, event, "rejected", "TYPE");
    push_one(f, &f->pen, fact(&f->pen), "accepted", "");
    free(text);
    json_decref(body);
}

static void test_malformed(struct fixture *f, const void *data)
{
    static const char *const bodies[] = {
        "{}",
        "{'epoch':1}",
        "{'epoch':1,'events':{}}",
        "{'epoch':'1','events':[]}",
        "{'epoch':0,'events':[]}",
        "{'epoch':1,'events':[1]}",
        "{'epoch':1,'events':[{'seq':1}]}",
        "{'epoch':1,'events':[{'seq':1.0,'id':'x','prev':'','hash':'','body':''}]}",
    };
    json_t *report;
    unsigned status;

    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *text = g_strdelimit(g_strdup(bodies[i]), "'", '"');
        g_autoptr(GError) error = NULL;
        json_t *request = wire_parse(text, strlen(text), &error);

        g_assert_no_error(error);
        g_assert_null(ingest_batch(f->platform, "K0001", KIT_SERIAL, request, 1, &error));
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
        json_decref(request);
    }
    json_t *many = json_array();
    for (int i = 0; i < WIRE_PUSH_ROWS_MAX; i++)
        json_array_append_new(many, fact(&f->pen));
    json_decref(kit_push(f->platform, &f->pen, many));
    report = kit_report(f->platform);
    g_assert_cmpint(
        json_integer_value(json_object_get(json_array_get(json_object_get(report, "events"), 0), "count")),
        ==, WIRE_PUSH_ROWS_MAX);
    json_decref(report);
    json_decref(kit_call(f->platform, "GET", "/v1/health", NULL, NULL, NULL, &status));
    g_assert_cmpuint(status, ==, 200);
}

/* ---- Two connections at once, halves, any order: the same books ---- */

struct sender {
    struct fixture *f;
    json_t *events;
    size_t from, to;
};

static gpointer send_range(gpointer data)
{
    struct sender *sender = data;
    json_t *part = json_array();

    for (size_t i = sender->from; i < sender->to; i++)
        json_array_append_new(part, json_deep_copy(json_array_get(sender->events, i)));
    json_decref(kit_push(sender->f->platform, &sender->f->pen, part));
    return NULL;
}

static void test_parallel(struct fixture *f, const void *data)
{
    json_t *events = json_array(), *report;
    const size_t count = 30;

    for (size_t i = 0; i < count / 2; i++) {
        struct payment p;

        kit_payment(&p, f->card, NULL, 100 + (int64_t)i);
        json_array_append_new(events, pen_payment(&f->pen, &p, PAYMENT_COMMITTING));
        kit_tac(&p);
        json_array_append_new(events, pen_payment(&f->pen, &p, PAYMENT_CONFIRMED));
    }
    for (int round = 0; round < 4; round++) {
        struct sender senders[] = {{f, events, 0, count},
                                   {f, events, 0, count / 2},
                                   {f, events, count / 2, count},
                                   {f, events, 7, 22}};
        GThread *threads[G_N_ELEMENTS(senders)];

        for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
            threads[i] = g_thread_new("sender", send_range, &senders[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
            g_thread_join(threads[i]);
    }
    report = kit_report(f->platform);
    g_assert_cmpuint(json_array_size(json_object_get(report, "payments")), ==, count / 2);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, count / 2);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 15 * 100 + 14 * 15 / 2);
    g_assert_cmpuint(json_array_size(json_object_get(report, "refused")), ==, 0);
    json_decref(report);
    json_decref(events);
}

#define ADD(name) g_test_add("/platform/ingest/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    schema_document();
    ADD(paid);
    ADD(void_and_doubt);
    ADD(doubt_confirmed);
    ADD(state_machine);
    ADD(tac_wrong);
    ADD(sealed);
    ADD(sealed_moved);
    ADD(unproven);
    ADD(paid_twice);
    ADD(two_claims);
    ADD(unmatched);
    ADD(several_bills);
    ADD(changed);
    ADD(proof_used);
    ADD(settled_by_counter);
    ADD(settled_by_counter_late);
    ADD(not_settled_by_other_counter);
    ADD(duplicate);
    ADD(verdict_stays);
    ADD(gap);
    ADD(fork);
    ADD(chain_broken);
    ADD(hash_wrong);
    ADD(epochs);
    ADD(epoch_places);
    ADD(raise);
    ADD(late);
    ADD(raise_malformed);
    ADD(body_elsewhere);
    ADD(unknown_type);
    ADD(malformed);
    ADD(parallel);
    return g_test_run();
}
