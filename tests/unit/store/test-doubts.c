/* SPDX-License-Identifier: Apache-2.0 */
/* Loads, payments that are given back, and doubts that travel: what the store allows, keeps and tells. */
#include "bookkit.h"
#include "model/model.h"

#include <string.h>

static bool put(struct store *store, struct payment *payment, enum payment_state state)
{
    g_autoptr(GError) error = NULL;

    payment->state = state;
    json_t *data = payment_to_json(payment);
    bool done = store_append(store, payment_event_type(payment->kind, state), data, NULL, &error);
    json_decref(data);
    if (!done)
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    return done;
}

static void bring(struct store *store, struct payment *payment, enum payment_state state)
{
    g_assert_true(put(store, payment, PAYMENT_COMMITTING));
    if (state != PAYMENT_COMMITTING)
        g_assert_true(put(store, payment, state));
}

/* ---- Loads ---------------------------------------------------------------------------------------------------------- */

static void test_states(struct fixture *f, const void *data)
{
    struct payment load, given_up, purchase;

    load_make(&load, CARD, 5000, "");
    bring(f->store, &load, PAYMENT_IN_DOUBT);
    g_assert_cmpint(store_payments_in_doubt(f->store), ==, 1);
    /* One open of a card, over both kinds. */
    payment_make(&purchase, CARD, NULL, 100);
    g_assert_false(put(f->store, &purchase, PAYMENT_COMMITTING));
    load.load.has_tac = true;
    g_assert_true(put(f->store, &load, PAYMENT_CONFIRMED));
    g_assert_false(put(f->store, &load, PAYMENT_VOID));
    bring(f->store, &purchase, PAYMENT_CONFIRMED);
    /* Given up before CREDIT: from nothing to VOID, which a purchase may not. */
    load_make(&given_up, CARD, 5000, "");
    g_assert_true(put(f->store, &given_up, PAYMENT_VOID));
    payment_make(&purchase, CARD, NULL, 100);
    g_assert_false(put(f->store, &purchase, PAYMENT_VOID));
    assert_sound(f->store);
}

/* A load's event is its own: no purchase goes under its name, and nothing of its intent changes. */
static void test_names(struct fixture *f, const void *data)
{
    struct payment load, changed;
    g_autoptr(GError) error = NULL;

    load_make(&load, CARD, 5000, "");
    load.state = PAYMENT_COMMITTING;
    json_t *json = payment_to_json(&load);
    g_assert_false(store_append(f->store, "payment.committing", json, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    json_decref(json);
    bring(f->store, &load, PAYMENT_COMMITTING);
    changed = load;
    changed.load.amount_fen++;
    g_assert_false(put(f->store, &changed, PAYMENT_CONFIRMED));
    changed = load;
    changed.load.counter++;
    g_assert_false(put(f->store, &changed, PAYMENT_CONFIRMED));
    changed.kind = PAYMENT_PURCHASE; /* the same id, amount and card as a purchase */
    changed.purchase = (struct cc_purchase){.state = CC_PURCHASE_SENT, .type = 6, .amount_fen = 5000, .counter = 3};
    g_strlcpy(changed.purchase.card_number, CARD, sizeof changed.purchase.card_number);
    g_assert_false(put(f->store, &changed, PAYMENT_CONFIRMED));
    assert_sound(f->store);
}

static void test_usage(struct fixture *f, const void *data)
{
    struct store_usage usage;
    struct payment load, purchase;
    g_autoptr(GError) error = NULL;

    load_make(&load, CARD, 5000, "");
    bring(f->store, &load, PAYMENT_CONFIRMED);
    payment_make(&purchase, CARD, NULL, 300);
    bring(f->store, &purchase, PAYMENT_CONFIRMED);
    g_assert_true(store_usage(f->store, CARD, ms_of_date(date_of_ms(now_ms())), &usage, &error));
    g_assert_cmpint(usage.card_day_fen, ==, 300); /* what is loaded is not spent */
    g_assert_cmpint(usage.unacknowledged_fen, ==, 300);
    g_assert_cmpint(usage.unacknowledged_count, ==, 1);
}

static void test_boot(struct fixture *f, const void *data)
{
    struct payment load;
    g_autoptr(GError) error = NULL;

    load_make(&load, CARD, 5000, "");
    bring(f->store, &load, PAYMENT_COMMITTING);
    fixture_close(f);
    fixture_open(f);
    g_assert_cmpint(store_payments_settle_boot(f->store, &error), ==, 1);
    g_autoptr(GPtrArray) open = store_payments_open(f->store, &error);
    g_assert_cmpuint(open->len, ==, 1);
    const struct payment *doubt = open->pdata[0];
    g_assert_cmpint(doubt->kind, ==, PAYMENT_LOAD);
    g_assert_cmpint(doubt->why, ==, PAYMENT_WHY_STOPPED);
    g_assert_cmpint(doubt->load.state, ==, CC_PURCHASE_IN_DOUBT);
    assert_sound(f->store);
}

/* ---- Given back ------------------------------------------------------------------------------------------------------- */

static void test_given_back_once(struct fixture *f, const void *data)
{
    struct payment paid, load, again;

    payment_make(&paid, CARD, "b1", 500);
    bring(f->store, &paid, PAYMENT_CONFIRMED);
    g_assert_false(store_payment_reversed(f->store, paid.id));
    load_make(&load, CARD, 500, paid.id);
    bring(f->store, &load, PAYMENT_VOID);
    g_assert_false(store_payment_reversed(f->store, paid.id)); /* it came to nothing */
    load_make(&load, CARD, 500, paid.id);
    bring(f->store, &load, PAYMENT_IN_DOUBT);
    g_assert_true(store_payment_reversed(f->store, paid.id));
    load_make(&again, OTHER, 500, paid.id);
    g_assert_false(put(f->store, &again, PAYMENT_COMMITTING));
    /* The bill is not free before it is sure. */
    payment_make(&again, OTHER, "b1", 500);
    g_assert_false(put(f->store, &again, PAYMENT_COMMITTING));
    g_assert_true(put(f->store, &load, PAYMENT_CONFIRMED));
    bring(f->store, &again, PAYMENT_CONFIRMED);
    load_make(&load, CARD, 500, paid.id);
    g_assert_false(put(f->store, &load, PAYMENT_COMMITTING));
    assert_sound(f->store);
}

/* ---- Doubts of other kiosks --------------------------------------------------------------------------------------------- */

static json_t *item_of(const struct payment *payment, const char *kiosk, const char *state, int version)
{
    char token[33] = TOKEN;

    return json_pack("[{s:s, s:s, s:i, s:b, s:{s:s, s:s, s:s, s:s, s:o}}]", "topic", "doubt", "key", payment->id, "version",
                     version, "deleted", 0, "value", "id", payment->id, "card_token", token, "kiosk", kiosk, "state", state,
                     "payment", payment_to_json(payment));
}

static void feed(struct store *store, json_t *items)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_feed_apply(store, items, "c", &error));
    g_assert_no_error(error);
    json_decref(items);
}

static guint doubts_of(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) doubts = store_doubts(store, token, &error);

    g_assert_no_error(error);
    return doubts->len;
}

static void test_elsewhere(struct fixture *f, const void *data)
{
    struct payment doubt;
    g_autoptr(GError) error = NULL;

    payment_make(&doubt, CARD, NULL, 700);
    doubt.state = PAYMENT_IN_DOUBT;
    feed(f->store, item_of(&doubt, "K0002", "OPEN", 1));
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 1);
    g_assert_cmpuint(doubts_of(f->store, NULL), ==, 1);
    g_assert_cmpuint(doubts_of(f->store, "ffffffffffffffffffffffffffffffff"), ==, 0);
    g_assert_null(store_doubt_verdict(f->store, &error));
    /* Settled here: not asked again, whatever the feed still says. */
    payment_set_outcome(&doubt, PAYMENT_CONFIRMED);
    json_t *event = json_pack("{s:s, s:o}", "kiosk", "K0002", "payment", payment_to_json(&doubt));
    g_assert_true(store_append(f->store, "doubt.settled", event, NULL, &error));
    json_decref(event);
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 0);
    assert_sound(f->store);
    fixture_close(f);
    fixture_open(f);
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 0);
}

/* The machine stopped between the platform's answer and the journal: to us it is as another kiosk's. */
static void test_ours_and_forgotten(struct fixture *f, const void *data)
{
    struct payment load;
    g_autoptr(GError) error = NULL;

    load_make(&load, CARD, 700, "");
    payment_set_outcome(&load, PAYMENT_IN_DOUBT);
    feed(f->store, item_of(&load, "K0001", "OPEN", 1));
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 1);
    payment_set_outcome(&load, PAYMENT_VOID);
    json_t *event = json_pack("{s:s, s:o}", "kiosk", "K0001", "payment", payment_to_json(&load));
    g_assert_true(store_append(f->store, "doubt.settled", event, NULL, &error));
    json_decref(event);
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 0);
    assert_sound(f->store);
}

static void test_elsewhere_over(struct fixture *f, const void *data)
{
    struct payment doubt;

    payment_make(&doubt, CARD, NULL, 700);
    doubt.state = PAYMENT_IN_DOUBT;
    feed(f->store, item_of(&doubt, "K0002", "OPEN", 1));
    feed(f->store, item_of(&doubt, "K0002", "PAID", 2)); /* says PAID and carries a doubt: set aside */
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 1);
    payment_set_outcome(&doubt, PAYMENT_VOID);
    feed(f->store, item_of(&doubt, "K0002", "VOID", 3));
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 0);
    feed(f->store, json_pack("[{s:s, s:s, s:i, s:b, s:n}]", "topic", "doubt", "key", doubt.id, "version", 4, "deleted", 1,
                             "value"));
    g_assert_cmpuint(doubts_of(f->store, NULL), ==, 0);
}

static void test_settled_twice(struct fixture *f, const void *data)
{
    struct payment doubt;
    g_autoptr(GError) error = NULL;

    payment_make(&doubt, CARD, NULL, 700);
    payment_set_outcome(&doubt, PAYMENT_VOID);
    json_t *event = json_pack("{s:s, s:o}", "kiosk", "K0002", "payment", payment_to_json(&doubt));
    g_assert_true(store_append(f->store, "doubt.settled", event, NULL, &error));
    g_assert_false(store_append(f->store, "doubt.settled", event, NULL, &error));
    json_decref(event);
    g_clear_error(&error);
    doubt.state = PAYMENT_IN_DOUBT; /* no outcome */
    event = json_pack("{s:s, s:o}", "kiosk", "K0002", "payment", payment_to_json(&doubt));
    g_assert_false(store_append(f->store, "doubt.settled", event, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    json_decref(event);
    assert_sound(f->store);
}

/* ---- What the platform says of ours ---------------------------------------------------------------------------------------- */

static void test_verdict(struct fixture *f, const void *data)
{
    struct payment own, told;
    g_autoptr(GError) error = NULL;

    payment_make(&own, CARD, "b1", 700);
    bring(f->store, &own, PAYMENT_IN_DOUBT);
    told = own;
    feed(f->store, item_of(&told, "K0001", "OPEN", 1));
    g_assert_cmpuint(doubts_of(f->store, TOKEN), ==, 0); /* our own: the journal has it */
    g_assert_null(store_doubt_verdict(f->store, &error));
    payment_set_outcome(&told, PAYMENT_CONFIRMED);
    told.settled_by = PAYMENT_BY_ELSEWHERE;
    told.purchase.has_tac = true;
    memcpy(told.purchase.tac, "\x01\x02\x03\x04", 4);
    told.purchase.amount_fen = 700;
    feed(f->store, item_of(&told, "K0001", "PAID", 2));
    struct payment *verdict = store_doubt_verdict(f->store, &error);
    g_assert_no_error(error);
    g_assert_nonnull(verdict);
    g_assert_cmpint(verdict->state, ==, PAYMENT_CONFIRMED);
    g_assert_cmpint(verdict->settled_by, ==, PAYMENT_BY_ELSEWHERE);
    g_assert_cmpmem(verdict->purchase.tac, 4, told.purchase.tac, 4);
    g_assert_cmpstr(verdict->bills[0].id, ==, "b1");
    g_assert_true(put(f->store, verdict, PAYMENT_CONFIRMED));
    payment_free(verdict);
    g_assert_null(store_doubt_verdict(f->store, &error));
    g_assert_cmpint(store_payments_in_doubt(f->store), ==, 0);
    assert_sound(f->store);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/doubts/load-states", test_states);
    FIXTURE_ADD("/store/doubts/load-names", test_names);
    FIXTURE_ADD("/store/doubts/load-usage", test_usage);
    FIXTURE_ADD("/store/doubts/load-boot", test_boot);
    FIXTURE_ADD("/store/doubts/given-back-once", test_given_back_once);
    FIXTURE_ADD("/store/doubts/elsewhere", test_elsewhere);
    FIXTURE_ADD("/store/doubts/elsewhere-over", test_elsewhere_over);
    FIXTURE_ADD("/store/doubts/ours-and-forgotten", test_ours_and_forgotten);
    FIXTURE_ADD("/store/doubts/settled-twice", test_settled_twice);
    FIXTURE_ADD("/store/doubts/verdict", test_verdict);
    return g_test_run();
}
