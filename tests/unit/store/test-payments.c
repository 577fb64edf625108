/* SPDX-License-Identifier: Apache-2.0 */
/* Payments in the store: the state machine holds for every pair of states, and the projections tell what the journal says. */
#include "fixture.h"
#include "model/model.h"

#include <string.h>

static void assert_refused(struct store *store, struct payment *payment, enum payment_state state)
{
    GError *error = NULL;
    uint8_t before[32], after[32];
    int64_t seq = store_head(store, before);

    g_assert_false(payment_write(store, payment, state, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    g_assert_cmpint(store_head(store, after), ==, seq);
    g_assert_cmpmem(before, 32, after, 32);
}

static struct payment *get(struct store *store, const char *id)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment(store, id, &error);
    g_assert_no_error(error);
    return payment;
}

static struct payment *get_open(struct store *store, const char *card_number)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment_open(store, card_number, &error);
    g_assert_no_error(error);
    return payment;
}

/* ---- States ------------------------------------------------------------------------------------------------------- */

/* Bring a payment of `card` into `state`, by the shortest way. */
static void bring(struct store *store, struct payment *payment, const char *card_number,
                  enum payment_state state)
{
    payment_make(payment, card_number, NULL, 100);
    if (state == PAYMENT_INTENT)
        return;
    payment_put(store, payment, PAYMENT_COMMITTING);
    if (state != PAYMENT_COMMITTING)
        payment_put(store, payment, state);
}

static void test_transitions(struct fixture *fixture, const void *data)
{
    struct payment payment;
    int allowed = 0;

    for (int from = PAYMENT_INTENT; from <= PAYMENT_VOID; from++)
        for (int to = PAYMENT_INTENT; to <= PAYMENT_VOID; to++) {
            g_autofree char *card_number = g_strdup_printf("99010000000%d%d", from, to);
            bring(fixture->store, &payment, card_number, from);
            if (!payment_may(PAYMENT_PURCHASE, from, to)) {
                assert_refused(fixture->store, &payment, to);
                struct payment *kept = get(fixture->store, payment.id);
                g_assert_cmpint(kept != NULL ? kept->state : PAYMENT_INTENT, ==, from);
                payment_free(kept);
                continue;
            }
            payment_put(fixture->store, &payment, to);
            allowed++;
        }
    g_assert_cmpint(allowed, ==, 6);
    assert_sound(fixture->store);
}

/* The event's name and the payment's state must say the same. */
static void test_type_and_state(struct fixture *fixture, const void *data)
{
    GError *error = NULL;
    struct payment payment;

    bring(fixture->store, &payment, CARD, PAYMENT_COMMITTING);
    payment.state = PAYMENT_VOID;
    json_t *json = payment_to_json(&payment);
    g_assert_false(store_append(fixture->store, "payment.confirmed", json, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    json_object_del(json, "online");
    g_assert_false(store_append(fixture->store, "payment.void", json, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    json_decref(json);
    assert_sound(fixture->store);
}

/* What was intended stays: another card, amount, counter, serial or bill is another payment. */
static void test_intent_is_fixed(struct fixture *fixture, const void *data)
{
    struct payment payment, other;

    payment_make(&payment, CARD, "b1", 100);
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    other = payment;
    g_strlcpy(other.purchase.card_number, OTHER, sizeof other.purchase.card_number);
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED);
    other = payment;
    other.purchase.amount_fen = 99;
    other.bills[0].amount_fen = 99;
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED);
    other = payment;
    other.purchase.counter++;
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED);
    other = payment;
    other.purchase.terminal_serial++;
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED);
    other = payment;
    g_strlcpy(other.bills[0].id, "b2", sizeof other.bills[0].id);
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED);
    other = payment;
    other.bill_count = 0;
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED);
    payment.purchase.has_tac = true;
    payment.purchase.evidence = CC_EVIDENCE_MAC2;
    payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
    struct payment *kept = get(fixture->store, payment.id);
    g_assert_true(kept->purchase.has_tac);
    g_assert_cmpint(kept->purchase.evidence, ==, CC_EVIDENCE_MAC2);
    payment_free(kept);
    assert_sound(fixture->store);
}

static void test_one_open(struct fixture *fixture, const void *data)
{
    struct payment first, second, other;

    g_assert_null(get_open(fixture->store, CARD));
    bring(fixture->store, &first, CARD, PAYMENT_COMMITTING);
    payment_make(&second, CARD, NULL, 100);
    assert_refused(fixture->store, &second, PAYMENT_COMMITTING);
    bring(fixture->store, &other, OTHER, PAYMENT_COMMITTING); /* another card is free */
    g_assert_cmpint(store_payments_in_doubt(fixture->store), ==, 0);
    payment_put(fixture->store, &first, PAYMENT_IN_DOUBT);
    g_assert_cmpint(store_payments_in_doubt(fixture->store), ==, 1);
    assert_refused(fixture->store, &second, PAYMENT_COMMITTING);
    struct payment *open = get_open(fixture->store, CARD);
    g_assert_cmpstr(open->id, ==, first.id);
    g_assert_cmpint(open->state, ==, PAYMENT_IN_DOUBT);
    payment_free(open);
    payment_put(fixture->store, &first, PAYMENT_VOID);
    g_assert_null(get_open(fixture->store, CARD));
    g_assert_cmpint(store_payments_in_doubt(fixture->store), ==, 0);
    payment_put(fixture->store, &second, PAYMENT_COMMITTING);
    assert_sound(fixture->store);
}

static void test_bill_once(struct fixture *fixture, const void *data)
{
    struct payment first, second;

    payment_make(&first, CARD, "b1", 100);
    payment_make(&second, OTHER, "b1", 100);
    payment_put(fixture->store, &first, PAYMENT_COMMITTING);
    assert_refused(fixture->store, &second, PAYMENT_COMMITTING);
    payment_put(fixture->store, &first, PAYMENT_VOID); /* surely not paid: free again */
    payment_put(fixture->store, &second, PAYMENT_COMMITTING);
    payment_put(fixture->store, &second, PAYMENT_CONFIRMED);
    payment_make(&first, CARD, "b1", 100);
    assert_refused(fixture->store, &first, PAYMENT_COMMITTING);
    assert_sound(fixture->store);
}

/* ---- Start after a stop ------------------------------------------------------------------------------------------- */

static void test_settle_boot(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment committing, also, doubt, done;

    bring(fixture->store, &committing, "1", PAYMENT_COMMITTING);
    bring(fixture->store, &also, "2", PAYMENT_COMMITTING);
    bring(fixture->store, &doubt, "3", PAYMENT_IN_DOUBT);
    bring(fixture->store, &done, "4", PAYMENT_CONFIRMED);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(store_payments_settle_boot(fixture->store, &error), ==, 2);
    g_assert_cmpint(store_payments_settle_boot(fixture->store, &error), ==, 0);
    g_assert_no_error(error);
    g_assert_cmpint(store_payments_in_doubt(fixture->store), ==, 3);
    struct payment *kept = get(fixture->store, committing.id);
    g_assert_cmpint(kept->state, ==, PAYMENT_IN_DOUBT);
    g_assert_cmpint(kept->purchase.state, ==, CC_PURCHASE_IN_DOUBT);
    g_assert_cmpmem(kept->purchase.mac1, 4, committing.purchase.mac1, 4);
    payment_free(kept);
    g_assert_null(get(fixture->store, "00000000-0000-7000-8000-000000000000"));
    assert_sound(fixture->store);
}

/* ---- Usage -------------------------------------------------------------------------------------------------------- */

static void assert_usage(struct store *store, const char *card, int64_t since_ms, int64_t day,
                         int64_t waiting, int count)
{
    g_autoptr(GError) error = NULL;
    struct store_usage usage;

    g_assert_true(store_usage(store, card, since_ms, &usage, &error));
    g_assert_cmpint(usage.card_day_fen, ==, day);
    g_assert_cmpint(usage.unacknowledged_fen, ==, waiting);
    g_assert_cmpint(usage.unacknowledged_count, ==, count);
}

static void acknowledge(struct store *store, int64_t seq)
{
    g_autoptr(GError) error = NULL;
    struct store_verdict_row row = {.seq = seq, .verdict = STORE_ACCEPTED};
    g_assert_true(store_outbox_verdicts(store, &row, 1, &error));
}

static void pay(struct store *store, const char *card, int64_t amount_fen, int64_t at_ms,
                enum payment_state state)
{
    struct payment payment;

    payment_make(&payment, card, NULL, amount_fen);
    payment.at_ms = at_ms;
    payment_put(store, &payment, PAYMENT_COMMITTING);
    if (state != PAYMENT_COMMITTING)
        payment_put(store, &payment, state);
}

static void test_usage(struct fixture *fixture, const void *data)
{
    int64_t today_ms = INT64_C(1795276800000);
    struct store *store = fixture->store;

    assert_usage(store, CARD, today_ms, 0, 0, 0);
    pay(store, CARD, 100, today_ms - 1, PAYMENT_CONFIRMED);       /* yesterday: 1, 2 */
    pay(store, CARD, 200, today_ms, PAYMENT_CONFIRMED);           /* 3, 4 */
    pay(store, CARD, 400, today_ms + 5, PAYMENT_VOID);            /* 5, 6: counts nowhere */
    pay(store, CARD, 800, today_ms - 3600000, PAYMENT_CONFIRMED); /* the clock went back for one: 7, 8 */
    pay(store, CARD, 1600, today_ms + 9, PAYMENT_IN_DOUBT);       /* 9, 10 */
    pay(store, OTHER, 3200, today_ms, PAYMENT_COMMITTING);        /* 11 */
    assert_usage(store, CARD, today_ms, 1800, 5900, 5);
    assert_usage(store, OTHER, today_ms, 3200, 5900, 5);
    assert_usage(store, "9901", today_ms, 0, 5900, 5);
    for (int64_t seq = 1; seq <= 3; seq++)
        acknowledge(store, seq);
    assert_usage(store, CARD, today_ms, 1800, 5800, 4); /* 200 is still waiting with its CONFIRMED */
    for (int64_t seq = 4; seq <= 11; seq++)
        acknowledge(store, seq);
    assert_usage(store, CARD, today_ms, 1800, 0, 0);
    assert_sound(store);
}

/* ---- Receipts ----------------------------------------------------------------------------------------------------- */

static char *next_receipt(struct store *store)
{
    g_autoptr(GError) error = NULL;
    char *number = store_receipt_no(store, &error);
    g_assert_no_error(error);
    return number;
}

static void take_receipt(struct store *store, struct payment *payment, const char *card_number)
{
    g_autofree char *number = next_receipt(store);

    payment_make(payment, card_number, NULL, 100);
    g_strlcpy(payment->receipt_no, number, sizeof payment->receipt_no);
    payment_put(store, payment, PAYMENT_COMMITTING);
}

static void test_receipts(struct fixture *fixture, const void *data)
{
    g_autofree char *expected = g_strdup_printf("K0001-%08u-0001", date_of_ms(now_ms()));
    g_autofree char *first = next_receipt(fixture->store), *again = next_receipt(fixture->store);
    struct payment payment, other;

    g_assert_cmpstr(first, ==, expected); /* fails once in a lifetime: when run at midnight */
    g_assert_cmpstr(first, ==, again);
    take_receipt(fixture->store, &payment, CARD);
    g_assert_cmpstr(payment.receipt_no, ==, first);
    payment_put(fixture->store, &payment, PAYMENT_VOID); /* used up all the same */
    g_autofree char *second = next_receipt(fixture->store);
    g_assert_true(g_str_has_suffix(second, "-0002"));
    payment_make(&other, CARD, NULL, 100);
    g_strlcpy(other.receipt_no, first, sizeof other.receipt_no);
    assert_refused(fixture->store, &other, PAYMENT_COMMITTING);
    fixture_close(fixture);
    fixture_open(fixture);
    g_autofree char *reopened = next_receipt(fixture->store);
    g_assert_cmpstr(reopened, ==, second);
    assert_refused(fixture->store, &other, PAYMENT_COMMITTING);
    g_strlcpy(other.receipt_no, "R-1", sizeof other.receipt_no);
    assert_refused(fixture->store, &other, PAYMENT_COMMITTING);
    g_strlcpy(other.receipt_no, "K0001-20260230-0001", sizeof other.receipt_no);
    assert_refused(fixture->store, &other, PAYMENT_COMMITTING);
    g_strlcpy(other.receipt_no, "K0001-20200101-9999",
              sizeof other.receipt_no); /* another day counts for itself */
    payment_put(fixture->store, &other, PAYMENT_COMMITTING);
    g_autofree char *still = next_receipt(fixture->store);
    g_assert_cmpstr(still, ==, second);
    g_strlcpy(other.receipt_no, "K0001-20200102-0001", sizeof other.receipt_no);
    assert_refused(fixture->store, &other, PAYMENT_CONFIRMED); /* a number once given stays */
    assert_sound(fixture->store);
}

/* A number that did not get onto the disk is given again; it was shown to nobody. */
static void test_receipt_after_refusal(struct fixture *fixture, const void *data)
{
    struct payment open, refused;

    take_receipt(fixture->store, &open, CARD);
    g_autofree char *number = next_receipt(fixture->store);
    payment_make(&refused, CARD, NULL, 100); /* the card has an open payment */
    g_strlcpy(refused.receipt_no, number, sizeof refused.receipt_no);
    assert_refused(fixture->store, &refused, PAYMENT_COMMITTING);
    g_autofree char *again = next_receipt(fixture->store);
    g_assert_cmpstr(number, ==, again);
    assert_sound(fixture->store);
}

static void test_long_kiosk_id(struct fixture *fixture, const void *data)
{
    fixture_close(fixture);
    g_strlcpy(fixture->identity.kiosk_id, "CHENGMING-CENTRE-00042", sizeof fixture->identity.kiosk_id);
    fixture_open(fixture);
    g_autofree char *number = next_receipt(fixture->store);
    g_assert_true(g_str_has_prefix(number, "RE-00042-2"));
    g_assert_cmpuint(strlen(number), <, sizeof((struct payment *)0)->receipt_no);
}

static bool print(struct store *store, const struct payment *payment, const char *receipt_no)
{
    json_t *data = json_pack("{s:s, s:s}", "payment_id", payment->id, "receipt_no", receipt_no);
    bool done = store_append(store, "receipt.printed", data, NULL, NULL);
    json_decref(data);
    return done;
}

static void test_printed(struct fixture *fixture, const void *data)
{
    struct payment payment, unknown;

    take_receipt(fixture->store, &payment, CARD);
    payment_make(&unknown, OTHER, NULL, 100);
    g_assert_false(print(fixture->store, &payment, payment.receipt_no)); /* not confirmed */
    payment_put(fixture->store, &payment, PAYMENT_CONFIRMED);
    g_assert_false(store_receipt_printed(fixture->store, payment.id));
    g_assert_false(print(fixture->store, &payment, "K0001-20261122-9999"));
    g_assert_false(print(fixture->store, &unknown, payment.receipt_no));
    g_assert_true(print(fixture->store, &payment, payment.receipt_no));
    g_assert_true(store_receipt_printed(fixture->store, payment.id));
    g_assert_true(print(fixture->store, &payment, payment.receipt_no)); /* a second slip is a fact too */
    assert_sound(fixture->store);
}

/* ---- Projections -------------------------------------------------------------------------------------------------- */

static void fill(struct store *store)
{
    struct payment payment;

    for (int i = 0; i < 30; i++) {
        g_autofree char *card = g_strdup_printf("99010000%02d", i % 7);
        g_autofree char *bill = g_strdup_printf("bill-%d", i);
        struct payment *open = get_open(store, card);
        if (open != NULL) {
            payment_put(store, open, i % 2 == 0 ? PAYMENT_CONFIRMED : PAYMENT_VOID);
            payment_free(open);
        }
        payment_make(&payment, card, bill, 100 + i);
        payment_put(store, &payment, PAYMENT_COMMITTING);
        if (i % 3 != 0)
            payment_put(store, &payment, i % 3 == 1 ? PAYMENT_CONFIRMED : PAYMENT_IN_DOUBT);
        fact_put(store, i, NULL);
    }
}

/* What the purse told last, whichever way the payment ended. */
static int64_t told_last(const struct fixture *fixture, const char *card_number)
{
    char token[33];

    card_token(fixture->identity.index_key, card_number, token);
    g_autofree char *query = g_strdup_printf(
        "SELECT counter*1000000+balance_fen FROM card_counter WHERE card_token='%s'", token);
    return raw_int(fixture->path, query);
}

static void test_card_counter(struct fixture *fixture, const void *data)
{
    struct payment payment;

    bring(fixture->store, &payment, "1", PAYMENT_CONFIRMED);
    bring(fixture->store, &payment, "2", PAYMENT_VOID);
    fixture_close(fixture);
    g_assert_cmpint(told_last(fixture, "1"), ==, 8 * 1000000 + 26750);
    g_assert_cmpint(told_last(fixture, "2"), ==, 7 * 1000000 + 26850);
    fixture_open(fixture);
}

/* Each table spoilt in turn: found, put right from the journal, and right afterwards. */
static void test_rebuild(struct fixture *fixture, const void *data)
{
    static const char *const SPOIL[] = {
        "UPDATE payment SET state='VOID' WHERE id=(SELECT min(id) FROM payment WHERE state='CONFIRMED')",
        "UPDATE payment SET amount_fen=amount_fen+1 WHERE id=(SELECT max(id) FROM payment)",
        "DELETE FROM payment_bill WHERE bill_id='bill-3'",
        "INSERT INTO payment_bill VALUES('bill-x','y',1)",
        "DELETE FROM payment_doubt WHERE payment_id=(SELECT min(payment_id) FROM payment_doubt)",
        "UPDATE card SET last_payment='x' WHERE card_token=(SELECT max(card_token) FROM card)",
        "INSERT INTO receipt_printed VALUES('x',1)",
    };

    fill(fixture->store);
    assert_sound(fixture->store);
    for (size_t i = 0; i < G_N_ELEMENTS(SPOIL); i++) {
        GError *error = NULL;
        fixture_close(fixture);
        raw_sql(fixture->path, SPOIL[i]);
        fixture_open(fixture);
        g_assert_false(store_rebuild(fixture->store, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
        g_clear_error(&error);
        assert_sound(fixture->store);
    }
}

static void test_old_projection(struct fixture *fixture, const void *data)
{
    struct payment payment;

    fill(fixture->store);
    bring(fixture->store, &payment, CARD, PAYMENT_COMMITTING);
    fixture_close(fixture);
    raw_sql(fixture->path, "DROP TABLE payment; DROP VIEW card_counter; DROP TABLE payment_bill;"
                           "CREATE TABLE payment(of TEXT, another INT, version REAL);"
                           "UPDATE meta SET value=0 WHERE key='projection_version'");
    fixture_open(fixture);
    assert_sound(fixture->store);
    struct payment *open = get_open(fixture->store, CARD);
    g_assert_cmpstr(open->id, ==, payment.id);
    payment_free(open);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/payments/transitions", test_transitions);
    FIXTURE_ADD("/store/payments/type-and-state", test_type_and_state);
    FIXTURE_ADD("/store/payments/intent-is-fixed", test_intent_is_fixed);
    FIXTURE_ADD("/store/payments/one-open", test_one_open);
    FIXTURE_ADD("/store/payments/bill-once", test_bill_once);
    FIXTURE_ADD("/store/payments/settle-boot", test_settle_boot);
    FIXTURE_ADD("/store/payments/usage", test_usage);
    FIXTURE_ADD("/store/payments/receipts", test_receipts);
    FIXTURE_ADD("/store/payments/receipt-after-refusal", test_receipt_after_refusal);
    FIXTURE_ADD("/store/payments/long-kiosk-id", test_long_kiosk_id);
    FIXTURE_ADD("/store/payments/printed", test_printed);
    FIXTURE_ADD("/store/payments/card-counter", test_card_counter);
    FIXTURE_ADD("/store/payments/rebuild", test_rebuild);
    FIXTURE_ADD("/store/payments/old-projection", test_old_projection);
    return g_test_run();
}
