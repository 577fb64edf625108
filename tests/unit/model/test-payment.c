/* SPDX-License-Identifier: Apache-2.0 */
/* The payment's states and its JSON: what is written comes back bit for bit, and nothing else is taken. */
#include "model/load.h"
#include "model/model.h"
#include "model/payment.h"

#include <string.h>

static void fill(uint8_t *bytes, size_t len, uint8_t start)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(start + i);
}

static struct payment *sample(void)
{
    struct payment *payment = payment_new();
    struct cc_purchase *p = &payment->purchase;

    uuid7(INT64_C(1795276800000), payment->id);
    payment->state = PAYMENT_CONFIRMED;
    g_strlcpy(payment->receipt_no, "K0001-20261122-0001", sizeof payment->receipt_no);
    payment->at_ms = INT64_C(1795276800123);
    payment->online = true;
    *p = (struct cc_purchase){.state = CC_PURCHASE_CONFIRMED,
                              .evidence = CC_EVIDENCE_MAC2,
                              .card_number = "9901000000001017",
                              .terminal_serial = UINT32_MAX,
                              .type = 6,
                              .amount_fen = 8650,
                              .balance_before_fen = 26850,
                              .counter = UINT16_MAX,
                              .key_version = 1,
                              .algorithm = 255,
                              .has_tac = true};
    fill(p->serial, sizeof p->serial, 0xF8);
    fill(p->issuer, sizeof p->issuer, 0x00);
    fill(p->terminal, sizeof p->terminal, 0x10);
    fill(p->random, sizeof p->random, 0x20);
    fill(p->date_bcd, sizeof p->date_bcd, 0x30);
    fill(p->time_bcd, sizeof p->time_bcd, 0x40);
    fill(p->mac1, sizeof p->mac1, 0xAB);
    fill(p->tac, sizeof p->tac, 0xCD);
    fill(p->mac2, sizeof p->mac2, 0xEF);
    payment->bill_count = 2;
    payment->bills[0].amount_fen = 8000;
    payment->bills[1].amount_fen = 650;
    g_strlcpy(payment->bills[0].id, "b-elec-202610", sizeof payment->bills[0].id);
    g_strlcpy(payment->bills[1].id, "b-water-202610", sizeof payment->bills[1].id);
    return payment;
}

static void test_states(void)
{
    static const char MAY[5][6] = {/* to: INTENT COMMITTING CONFIRMED IN_DOUBT VOID */
                                   "-x---", "--xxx", "-----", "--x-x", "-----"};

    for (int from = PAYMENT_INTENT; from <= PAYMENT_VOID; from++) {
        enum payment_state back = PAYMENT_INTENT;
        g_assert_true(payment_state_parse(payment_state_name(from), &back));
        g_assert_cmpint(back, ==, from);
        for (int to = PAYMENT_INTENT; to <= PAYMENT_VOID; to++)
            g_assert_cmpint(payment_may(PAYMENT_PURCHASE, from, to), ==, MAY[from][to] == 'x');
    }
    enum payment_state state = PAYMENT_VOID;
    g_assert_false(payment_state_parse("confirmed", &state) || payment_state_parse("", &state) ||
                   payment_state_parse(NULL, &state));
    g_assert_cmpint(state, ==, PAYMENT_VOID);
}

static void assert_same(const struct payment *a, const struct payment *b)
{
    json_t *left = payment_to_json(a), *right = payment_to_json(b);

    g_assert_true(json_equal(left, right));
    g_assert_cmpstr(a->id, ==, b->id);
    g_assert_cmpint(a->at_ms, ==, b->at_ms);
    g_assert_cmpmem(&a->bills, sizeof a->bills, &b->bills, sizeof b->bills);
    g_assert_cmpmem(a->purchase.serial, 8, b->purchase.serial, 8);
    g_assert_cmpmem(a->purchase.mac2, 4, b->purchase.mac2, 4);
    g_assert_cmpmem(a->purchase.time_bcd, 3, b->purchase.time_bcd, 3);
    g_assert_cmpuint(a->purchase.terminal_serial, ==, b->purchase.terminal_serial);
    json_decref(left);
    json_decref(right);
}

static void test_round_trip(void)
{
    struct payment *payment = sample(), back;
    json_t *json = payment_to_json(payment);
    g_autofree char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    g_assert_nonnull(strstr(text, "\"mac1\":\"ABACADAE\""));
    g_assert_nonnull(strstr(text, "\"terminal_serial\":4294967295"));
    g_assert_true(payment_from_json(parsed, &back));
    assert_same(payment, &back);
    json_decref(json);
    json_decref(parsed);
    payment_free(payment);
}

/* T-Union's cards do not say what they are, as before there were others; those of our own profile do. */
static void test_family(void)
{
    struct payment *payment = sample(), back;
    json_t *t_union = payment_to_json(payment);
    json_t *purchase = json_object_get(t_union, "purchase");

    g_assert_null(json_object_get(purchase, "family"));
    g_assert_true(payment_from_json(t_union, &back));
    g_assert_cmpint(back.purchase.family, ==, CC_FAMILY_T_UNION);
    payment->purchase.family = CC_FAMILY_COMMUNITY;
    json_t *community = payment_to_json(payment);
    g_assert_true(payment_from_json(community, &back));
    g_assert_cmpint(back.purchase.family, ==, CC_FAMILY_COMMUNITY);
    assert_same(payment, &back);
    static const char *const wrong[] = {"t-union", "shenzhen", "", "Community"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        json_object_set_new(purchase, "family", json_string(wrong[i]));
        g_assert_false(payment_from_json(t_union, &back));
    }
    json_object_set_new(purchase, "family", json_integer(2));
    g_assert_false(payment_from_json(t_union, &back));
    json_decref(t_union);
    json_decref(community);
    payment_free(payment);
}

/* Every member, one after the other: left out, of another type, beyond its range, in a foreign spelling. */
static void refuse(json_t *good, json_t *inner, const char *key, json_t *value)
{
    struct payment out;
    json_t *before = json_incref(json_object_get(inner, key));

    memset(&out, 0x5A, sizeof out);
    struct payment untouched = out;
    if (value != NULL)
        g_assert_cmpint(json_object_set_new(inner, key, value), ==, 0);
    else
        g_assert_cmpint(json_object_del(inner, key), ==, 0);
    g_assert_false(payment_from_json(good, &out));
    g_assert_cmpmem(&out, sizeof out, &untouched, sizeof untouched);
    if (before != NULL)
        g_assert_cmpint(json_object_set_new(inner, key, before), ==, 0);
    else
        g_assert_cmpint(json_object_del(inner, key), ==, 0);
}

static void refuse_each(json_t *good, json_t *inner)
{
    void *next = NULL;
    const char *key = NULL;
    json_t *value = NULL;
    json_t *keys = json_deep_copy(inner);

    json_object_foreach_safe(keys, next, key, value)
    {
        refuse(good, inner, key, NULL);
        refuse(good, inner, key, json_null());
        refuse(good, inner, key, json_real(1.0));
        refuse(good, inner, key, json_integer(-1));
        refuse(good, inner, key, json_integer(INT64_MAX));
        if (!json_is_boolean(value))
            refuse(good, inner, key, json_true());
        if (json_is_string(value)) {
            refuse(good, inner, key, json_string("g"));
            refuse(good, inner, key, json_stringn("\0", 1));
        }
    }
    refuse(good, inner, "foreign", json_integer(1));
    json_decref(keys);
}

static void test_refused(void)
{
    struct payment *payment = sample(), out;
    json_t *good = payment_to_json(payment);
    json_t *purchase = json_object_get(good, "purchase");

    /* "g" is a lawful receipt number and a lawful bill id: ids are the platform's business. */
    json_object_set_new(good, "receipt_no", json_string(""));
    g_assert_true(payment_from_json(good, &out));
    refuse_each(good, purchase);
    refuse(good, good, "id", json_string("0199D3A2-7c11-7abc-8def-0123456789ab"));
    refuse(good, good, "state", json_string("PAID"));
    refuse(good, good, "receipt_no", json_string("K0001-20261122-000000001"));
    refuse(good, good, "receipt_no", json_string("K0001 2026"));
    refuse(good, good, "at_ms", json_string("1"));
    refuse(good, good, "online", json_integer(1));
    refuse(good, good, "purchase", json_array());
    refuse(good, good, "foreign", json_null());
    refuse(good, purchase, "card_number", json_string("99010000000010171234x"));
    refuse(good, purchase, "card_number", json_string("990100000000101712345"));
    refuse(good, purchase, "card_number", json_string("9901-0000"));
    refuse(good, purchase, "card_number", json_string(""));
    refuse(good, purchase, "mac1", json_string("abacadae"));
    refuse(good, purchase, "mac1", json_string("ABACAD"));
    refuse(good, purchase, "mac1", json_string("ABACADAEAF"));
    refuse(good, purchase, "amount_fen", json_integer(0));
    refuse(good, purchase, "counter", json_integer(65536));
    refuse(good, purchase, "terminal_serial", json_integer(INT64_C(4294967296)));
    g_assert_true(payment_from_json(good, &out));
    g_assert_false(payment_from_json(NULL, &out));
    json_decref(good);
    payment_free(payment);
}

static void test_bills(void)
{
    struct payment *payment = sample(), out;
    json_t *good = payment_to_json(payment);
    json_t *bill = json_array_get(json_object_get(good, "bills"), 0);
    json_t *many = json_array();

    g_assert_true(payment_from_json(good, &out));
    refuse(good, bill, "amount_fen", json_integer(8001)); /* the sum is not the amount */
    refuse(good, bill, "amount_fen", json_integer(0));
    refuse(good, bill, "amount_fen", json_integer(100000001));
    refuse(good, bill, "amount_fen", json_real(8000.0));
    refuse(good, bill, "id", json_string("b-water-202610")); /* twice the same */
    refuse(good, bill, "id", json_string(""));
    refuse(good, bill, "id", json_string("a b"));
    refuse(good, bill, "id", json_string("\xE7\x94\xB5"));
    refuse(good, bill, "id",
           json_string("0123456789012345678901234567890123456789012345678901234567890123")); /* 64 bytes */
    refuse(good, bill, "note", json_string("x"));
    refuse(good, good, "bills", json_object());
    for (int i = 0; i < 9; i++)
        json_array_append_new(many, json_pack("{s:s+, s:i}", "id", "b", i == 0 ? "0" : "1", "amount_fen", 1));
    refuse(good, good, "bills", many);
    json_object_set_new(good, "bills", json_array()); /* a payment need not be of bills */
    g_assert_true(payment_from_json(good, &out));
    g_assert_cmpuint(out.bill_count, ==, 0);
    json_decref(good);
    payment_free(payment);
}

/* ---- Loads -------------------------------------------------------------------------------------------------------------- */

static struct payment *sample_load(bool reversal)
{
    struct payment *payment = payment_new();
    struct cc_load *l = &payment->load;

    payment->kind = PAYMENT_LOAD;
    uuid7(INT64_C(1795276800000), payment->id);
    payment->state = PAYMENT_IN_DOUBT;
    payment->why = PAYMENT_WHY_CARD;
    payment->at_ms = INT64_C(1795276800123);
    *l = (struct cc_load){.state = CC_PURCHASE_IN_DOUBT, .evidence = CC_EVIDENCE_PROOF, .card_number = "9901000000001017",
                          .type = 2, .amount_fen = 5000, .balance_before_fen = 26850, .counter = 3, .key_index = 1};
    fill(l->serial, sizeof l->serial, 0xF8);
    fill(l->mac1, sizeof l->mac1, 0xAB);
    fill(l->mac2, sizeof l->mac2, 0xEF);
    payment->way = reversal ? PAYMENT_WAY_REVERSAL : PAYMENT_WAY_CASH;
    payment->staff_count = reversal ? 2 : 1;
    g_strlcpy(payment->staff[0], "00112233445566778899aabbccddeeff", sizeof payment->staff[0]);
    if (reversal) {
        g_strlcpy(payment->staff[1], "10112233445566778899aabbccddeeff", sizeof payment->staff[1]);
        uuid7(INT64_C(1795276800001), payment->reverses);
    }
    return payment;
}

static void test_load_round_trip(void)
{
    for (int reversal = 0; reversal < 2; reversal++) {
        struct payment *payment = sample_load(reversal), back;
        json_t *json = payment_to_json(payment);

        g_assert_true(payment_from_json(json, &back));
        json_t *again = payment_to_json(&back);
        g_assert_true(json_equal(json, again));
        g_assert_cmpint(back.kind, ==, PAYMENT_LOAD);
        g_assert_cmpint(back.why, ==, PAYMENT_WHY_CARD);
        g_assert_cmpint(payment_facts(&back).change_fen, ==, 5000);
        g_assert_cmpuint(payment_facts(&back).counter, ==, 3);
        json_decref(again);
        json_decref(json);
        payment_free(payment);
    }
}

static void test_load_refused(void)
{
    struct payment *payment = sample_load(true), out;
    json_t *good = payment_to_json(payment), *load = json_object_get(good, "load");

    refuse_each(good, load);
    refuse(good, load, "evidence", json_string("MAC2")); /* no terminal can have checked a load */
    refuse(good, good, "way", json_string("cash"));      /* cash gives nothing back */
    refuse(good, good, "way", json_string("wire"));
    refuse(good, good, "reverses", json_string(""));
    refuse(good, good, "reverses", json_string("0199D3A2-7c11-7abc-8def-0123456789ab"));
    refuse(good, good, "staff", json_pack("[s]", payment->staff[0]));
    refuse(good, good, "staff", json_pack("[s, s]", payment->staff[0], payment->staff[0])); /* one person is not two */
    refuse(good, good, "staff", json_pack("[s, s]", payment->staff[0], "Zhou Min"));
    refuse(good, good, "purchase", json_object());
    refuse(good, good, "bills", json_array());
    refuse(good, good, "why", json_string(""));
    refuse(good, good, "settled_by", json_string("CARD")); /* said only when it is somebody else */
    refuse(good, good, "settled_by", json_string("TIME"));
    g_assert_true(payment_from_json(good, &out));
    json_decref(good);
    payment_free(payment);
}

static void test_events(void)
{
    for (int kind = PAYMENT_PURCHASE; kind <= PAYMENT_LOAD; kind++) {
        g_assert_null(payment_event_type(kind, PAYMENT_INTENT));
        for (int state = PAYMENT_COMMITTING; state <= PAYMENT_VOID; state++) {
            enum payment_kind kind_back;
            enum payment_state state_back;
            g_assert_true(payment_event_parse(payment_event_type(kind, state), &kind_back, &state_back));
            g_assert_cmpint(kind_back, ==, kind);
            g_assert_cmpint(state_back, ==, state);
        }
        /* A purchase is never void without having been begun. */
        g_assert_cmpint(payment_may(kind, PAYMENT_INTENT, PAYMENT_VOID), ==, kind == PAYMENT_LOAD);
    }
    enum payment_kind kind;
    enum payment_state state;
    g_assert_false(payment_event_parse("load.posted", &kind, &state) || payment_event_parse("", &kind, &state));
}

/* SV-1. */
static void test_load_limits(void)
{
    g_assert_null(load_refused(0, 1000, false, false));
    g_assert_null(load_refused(90000, 10000, false, false));
    g_assert_cmpstr(load_refused(90010, 10000, false, false), ==, "LOAD_CAP");
    g_assert_null(load_refused(90010, 10000, true, false));
    g_assert_null(load_refused(490000, 10000, true, false));
    g_assert_cmpstr(load_refused(490001, 10000, true, false), ==, "LOAD_CAP");
    g_assert_cmpstr(load_refused(0, 1001, true, false), ==, "LOAD_UNIT");
    g_assert_null(load_refused(0, 1001, true, true));
    g_assert_cmpstr(load_refused(0, 0, true, true), ==, "LOAD_AMOUNT");
    g_assert_cmpstr(load_refused(0, -1000, true, false), ==, "LOAD_AMOUNT");
    g_assert_cmpstr(load_refused(-1, 1000, true, false), ==, "LOAD_AMOUNT");
    g_assert_cmpstr(load_refused(INT64_MAX, 1000, true, false), ==, "LOAD_CAP");
    g_assert_cmpstr(load_refused(0, INT64_MAX, true, true), ==, "LOAD_CAP");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/payment/states", test_states);
    g_test_add_func("/model/payment/round-trip", test_round_trip);
    g_test_add_func("/model/payment/family", test_family);
    g_test_add_func("/model/payment/refused", test_refused);
    g_test_add_func("/model/payment/bills", test_bills);
    g_test_add_func("/model/payment/load-round-trip", test_load_round_trip);
    g_test_add_func("/model/payment/load-refused", test_load_refused);
    g_test_add_func("/model/payment/events", test_events);
    g_test_add_func("/model/payment/load-limits", test_load_limits);
    return g_test_run();
}
