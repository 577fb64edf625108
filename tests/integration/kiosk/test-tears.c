/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A purchase torn at every command of the card and of the PSAM, before and after the device's commit, and with answers
 * lost, empty, cut or nonsense: all of them, enumerated. After the next tap each is exactly one charge or none, what the
 * kiosk said is what the card did, and the platform shows the same.
 */
#include <string.h>

#include "lab.h"

#define CARD        "adult"
#define CARD_NUMBER "9901000000001017"
#define BILLS       60
#define BILL_FEN    "100"
#define TRIES_MAX   6 /* taps until a doubt is over */
#define AT_MAX      12

static struct lab *lab;
static GPtrArray *charged; /* payment ids */

struct outcome {
    bool fault_fired;
    enum kiosk_payment_phase phase;
};

static bool is_removed(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_CARD_REMOVED;
}

static bool is_payment(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_PAYMENT && event->event.payment.phase != KIOSK_PAYMENT_WORKING;
}

static bool sam_ready(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && event->event.status.sam_ready;
}

static bool no_sam(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && !event->event.status.sam_ready;
}

static int open_doubts;

static bool doubt_counted(const struct lab_event *event, void *data)
{
    if (event->event.kind == KIOSK_EVENT_STATUS)
        open_doubts = event->event.status.in_doubt;
    return false;
}

/* Lift the card if it still lies there, and put it back: what a resident does when told so. */
static void tap_again(void)
{
    g_autofree char *removed = lab_cards(lab, "remove");
    struct lab_event ignored;
    lab_try(lab, is_removed, NULL, 1500, &ignored);
    lab_events_clear(lab);
    g_autofree char *inserted = lab_cards(lab, "insert " CARD);
    struct lab_event card = lab_wait_card(lab);
    g_assert_cmpint(card.event.card.verdict, ==, KIOSK_CARD_OK);
}

static void note(const struct lab_event *event)
{
    if (event->event.payment.phase == KIOSK_PAYMENT_CONFIRMED)
        g_ptr_array_add(charged, g_strdup(event->event.payment.id));
}

/* Until no doubt is open: the same card is put back, a few times at most. */
static enum kiosk_payment_phase settle(enum kiosk_payment_phase phase)
{
    for (int i = 0; i < TRIES_MAX && phase == KIOSK_PAYMENT_IN_DOUBT; i++) {
        struct lab_event event;
        tap_again();
        if (lab_try(lab, is_payment, NULL, 4000, &event)) {
            note(&event);
            phase = event.event.payment.phase;
        }
    }
    return phase;
}

static bool fault_fired(const char *device)
{
    json_error_t error;
    g_autofree char *text = lab_cards(lab, "status");
    json_t *status = json_loads(text, 0, &error);
    json_t *slot = json_object_get(status, strcmp(device, "card") == 0 ? "card_slot" : "sam");
    json_t *fault = json_array_get(json_object_get(slot, "faults"), 0);

    g_assert_nonnull(fault);
    bool fired = json_integer_value(json_object_get(fault, "fired")) > 0;
    json_decref(status);
    return fired;
}

static struct outcome torn_purchase(const char *device, const char *fault, unsigned at)
{
    struct outcome outcome = {0};
    struct lab_event bills = lab_bills(lab);
    int64_t before_fen = lab_card_balance(lab, CARD);
    guint charged_before = charged->len;

    g_autofree char *armed = lab_cards(lab, "fault %s %s at=%u", device, fault, at);
    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    note(&end);
    outcome.fault_fired = fault_fired(device);
    g_autofree char *cleared = lab_cards(lab, "faults clear");
    outcome.phase = settle(end.event.payment.phase);

    int64_t charged_fen = before_fen - lab_card_balance(lab, CARD);
    int64_t told_fen = (int64_t)(charged->len - charged_before) * bills.bill_fen[0];
    g_test_message("%s %s at command %u: %s, first said %d, then %d, charged %" G_GINT64_FORMAT, device, fault, at,
                   outcome.fault_fired ? "fired" : "not reached", end.event.payment.phase, outcome.phase, charged_fen);
    g_assert_cmpint(charged_fen, ==, told_fen);
    g_assert_cmpuint(charged->len - charged_before, <=, 1);
    g_assert_cmpint(outcome.phase, !=, KIOSK_PAYMENT_IN_DOUBT);
    return outcome;
}

static void everything_ready(void)
{
    struct lab_event ignored;

    tap_again();
    if (lab_try(lab, no_sam, NULL, 800, &ignored))
        lab_wait(lab, "PSAM", sam_ready, NULL, 8000);
}

/* One fault at command 1, 2, 3 … until the purchase is over before it comes. One that could not begin, because the PSAM of the
 * last one is noticed to be gone only now, is tried again. */
static void enumerate(const char *device, const char *fault)
{
    unsigned at = 1, waited = 0;

    while (at <= AT_MAX) {
        struct outcome outcome = torn_purchase(device, fault, at);
        if (!outcome.fault_fired && (outcome.phase != KIOSK_PAYMENT_NOT_NOW || ++waited > 5))
            break;
        at += outcome.fault_fired;
        everything_ready();
    }
    g_assert_cmpuint(at, >, 2); /* the purchase has commands to tear */
    g_assert_cmpuint(at, <=, AT_MAX);
    everything_ready();
}

static void assert_platform_agrees(int64_t started_fen)
{
    json_t *ledger, *row;
    size_t i, found = 0;
    int64_t sum_fen = 0;

    lab_try(lab, doubt_counted, NULL, 1500, &(struct lab_event){0});
    g_assert_cmpint(open_doubts, ==, 0);
    lab_kiosk_stop(lab);
    lab_kiosk_start(lab);
    lab_wait_synced(lab);
    ledger = lab_ledger(lab);
    json_array_foreach(json_object_get(ledger, "payments"), i, row) {
        if (g_strcmp0(json_string_value(json_object_get(row, "state")), "CONFIRMED") != 0)
            continue;
        found++;
        sum_fen += json_integer_value(json_object_get(row, "amount_fen"));
        g_assert_cmpstr(json_string_value(json_object_get(row, "tac")), ==, "OK");
    }
    g_assert_cmpuint(found, ==, charged->len);
    g_assert_cmpint(sum_fen, ==, started_fen - lab_card_balance(lab, CARD));
    json_decref(ledger);
}

static void torn_at_every_command(void)
{
    static const char *const card_faults[] = {"pull-before", "pull-after", "drop", "empty", "cut bytes=1",
                                              "cut bytes=2", "cut bytes=5", "promise bytes=3", "garbage seed=7"};
    static const char *const sam_faults[] = {"pull-before back=300", "pull-after back=300", "cut bytes=1",
                                             "reset"};

    charged = g_ptr_array_new_with_free_func(g_free);
    lab = lab_new();
    for (int i = 0; i < BILLS; i++) {
        g_autofree char *added = lab_platform_run(lab, "bill-add", "--card", CARD_NUMBER, "--biller", "ytdl", "--due",
                                                  "20260101", "--amount-fen", BILL_FEN, NULL);
    }
    lab_kiosk_stop(lab);
    lab_kiosk_start(lab);
    lab_wait_online(lab);
    int64_t started_fen = lab_card_balance(lab, CARD);
    lab_tap(lab, CARD);
    for (size_t i = 0; i < G_N_ELEMENTS(card_faults); i++)
        enumerate("card", card_faults[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(sam_faults); i++)
        enumerate("sam", sam_faults[i]);
    g_test_message("%u purchases charged, %" G_GINT64_FORMAT " fen", charged->len,
                   started_fen - lab_card_balance(lab, CARD));
    g_assert_cmpuint(charged->len, >, 10);
    assert_platform_agrees(started_fen);
    lab_free(lab);
    g_ptr_array_unref(charged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add_func("/tears/every-command-before-and-after-commit", torn_at_every_command);
    return g_test_run();
}
