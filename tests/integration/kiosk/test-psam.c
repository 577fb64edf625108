/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PSAM is another one, or none, when the card of a doubt comes back: its session of the doubtful debit is gone for ever.
 * The TAC, the log and the counter still say what happened, and nobody is charged wrongly.
 */
#include <string.h>

#include "till.h"

/* The PSAM of the demonstration keys with another terminal number; `tac` replaces its TAC master when not NULL. */
static char *psam_write(const char *terminal, const char *tac)
{
    json_t *keys = json_load_file(COMMUNITY "/demo-keys.json", 0, NULL);
    json_t *psam = json_deep_copy(json_object_get(keys, "psam")), *masters = json_object_get(keys, "master");
    char *path = g_build_filename(lab_dir(lab), "psam.json", NULL);

    g_assert_nonnull(psam);
    json_object_del(psam, "purchase_key_index");
    json_object_set_new(psam, "about", json_string("the till's next PSAM"));
    json_object_set_new(psam, "type", json_string("psam"));
    json_object_set_new(psam, "terminal", json_string(terminal));
    json_object_set_new(psam, "key_index", json_integer(1));
    json_object_set_new(psam, "masters",
                        json_pack("{s:O, s:s, s:O}", "purchase", json_object_get(masters, "purchase"), "tac",
                                  tac != NULL ? tac : json_string_value(json_object_get(masters, "tac")), "maintenance",
                                  json_object_get(masters, "maintenance")));
    json_object_set_new(psam, "factors", json_pack("[s, s]", "serial", "issuer"));
    g_assert_cmpint(json_dump_file(psam, path, 0), ==, 0);
    json_decref(psam);
    json_decref(keys);
    return path;
}

/* The card comes back: this is how it has to end, with the right TAC for the platform where it was debited. */
static void settled(struct lab_event torn, enum kiosk_payment_phase phase, int64_t before_fen)
{
    bool paid = phase == KIOSK_PAYMENT_CONFIRMED;

    g_autofree char *inserted = lab_cards(lab, "insert " CARD);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, phase);
    g_assert_cmpstr(end.event.payment.id, ==, torn.event.payment.id);
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen - (paid ? torn.event.payment.amount_fen : 0));
    lab_wait_synced(lab);
    g_autofree char *state = payment_member(torn.event.payment.id, "state");
    g_autofree char *tac = payment_member(torn.event.payment.id, "tac");
    g_autofree char *terminal = payment_member(torn.event.payment.id, "terminal");
    g_assert_cmpstr(state, ==, paid ? "CONFIRMED" : "VOID");
    g_assert_cmpstr(tac, ==, paid ? "OK" : "NONE");
    g_assert_cmpstr(terminal, ==, "990100000001"); /* that of the PSAM which made MAC1 */
}

/* It pays on, with the new one: its TAC proves it. */
static void pays_with_the_new_one(const char *terminal)
{
    struct lab_event bills = lab_bills(lab);

    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    lab_wait_synced(lab);
    g_autofree char *tac = payment_member(end.event.payment.id, "tac");
    g_autofree char *number = payment_member(end.event.payment.id, "terminal");
    g_assert_cmpstr(tac, ==, "OK");
    g_assert_cmpstr(number, ==, terminal);
}

static void replaced(const char *kind, enum kiosk_payment_phase phase, const char *tac)
{
    begin();
    int64_t before_fen = lab_card_balance(lab, CARD);
    struct lab_event torn = tear_payment(kind);
    g_autofree char *psam = psam_write("990100000077", tac);
    lab_psam(lab, psam);
    lab_wait_online(lab);
    settled(torn, phase, before_fen);
    pays_with_the_new_one("990100000077");
    finish();
}

static void debited_then_another(void)
{
    replaced("pull-after", KIOSK_PAYMENT_CONFIRMED, NULL);
}

static void not_debited_then_another(void)
{
    replaced("pull-before", KIOSK_PAYMENT_VOID, NULL);
}

/* One that computes other TACs refutes the proof; the log has ours all the same. */
static void debited_then_one_of_other_keys(void)
{
    replaced("pull-after", KIOSK_PAYMENT_CONFIRMED, "00112233445566778899AABBCCDDEEFF");
}

static void not_debited_then_one_of_other_keys(void)
{
    replaced("pull-before", KIOSK_PAYMENT_VOID, "00112233445566778899AABBCCDDEEFF");
}

static bool is_without_sam(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && !event->event.status.sam_ready;
}

static void without(const char *kind, enum kiosk_payment_phase phase)
{
    begin();
    int64_t before_fen = lab_card_balance(lab, CARD);
    struct lab_event torn = tear_payment(kind);
    g_autofree char *out = lab_cards(lab, "sam off");
    lab_wait(lab, "no PSAM", is_without_sam, NULL, 10000);
    g_autofree char *inserted = lab_cards(lab, "insert " CARD);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, phase);
    lab_wait(lab, "no doubts", has_no_doubts, NULL, 5000);
    /* Nothing new without one. */
    struct lab_event bills = lab_bills(lab);
    lab_pay(lab, &bills, NULL);
    end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_NOT_NOW);
    g_assert_cmpstr(end.event.payment.reason, ==, "NO_SAM");
    bool paid = phase == KIOSK_PAYMENT_CONFIRMED;
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen - (paid ? torn.event.payment.amount_fen : 0));
    g_autofree char *removed = lab_cards(lab, "remove");
    lab_wait(lab, "card removed", is_removed, NULL, 5000);
    finish();
}

static void debited_then_none(void)
{
    without("pull-after", KIOSK_PAYMENT_CONFIRMED);
}

static void not_debited_then_none(void)
{
    without("pull-before", KIOSK_PAYMENT_VOID);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK); /* warnings of a fault under test are not failures */
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add_func("/psam/debited-then-another", debited_then_another);
    g_test_add_func("/psam/not-debited-then-another", not_debited_then_another);
    g_test_add_func("/psam/debited-then-one-of-other-keys", debited_then_one_of_other_keys);
    g_test_add_func("/psam/not-debited-then-one-of-other-keys", not_debited_then_one_of_other_keys);
    g_test_add_func("/psam/debited-then-none", debited_then_none);
    g_test_add_func("/psam/not-debited-then-none", not_debited_then_none);
    return g_test_run();
}
