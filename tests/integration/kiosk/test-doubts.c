/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubts that are not settled at the next tap of a quiet card: the card was used at another terminal meanwhile, money was
 * loaded, the disk failed between the debit and its record, the kiosk or its PSAM was restarted.
 */
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "till.h"

#define CARD_NUMBER "9901000000001017"

static bool is_working(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_PAYMENT && event->event.payment.phase == KIOSK_PAYMENT_WORKING;
}

/* The card pays at another terminal: the command line does, with the same PSAM, while the kiosk is down. */
static void use_elsewhere(unsigned times)
{
    g_autofree char *inserted = lab_cards(lab, "insert " CARD);
    for (unsigned i = 0; i < times; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *state = g_build_filename(lab_dir(lab), "elsewhere", NULL);
        g_autoptr(GSubprocess) pay = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, BUILD_ROOT "/cardlib/citycard",
                                                      "--state", state, "pay", "7", NULL);
        g_assert_no_error(error);
        g_subprocess_wait(pay, NULL, &error);
        g_assert_true(g_subprocess_get_successful(pay));
    }
    g_autofree char *removed = lab_cards(lab, "remove");
}

static void assert_settled(enum kiosk_payment_phase phase)
{
    g_autofree char *inserted = lab_cards(lab, "insert " CARD);
    lab_wait_card(lab);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, phase);
    lab_wait(lab, "no doubts", has_no_doubts, NULL, 5000);
}

/* The bus took the number that our debit would have had. */
static void used_elsewhere_after_no_debit(void)
{
    begin();
    tear_payment("pull-before");
    lab_kiosk_stop(lab);
    use_elsewhere(1);
    lab_kiosk_start(lab);
    lab_wait_online(lab);
    assert_settled(KIOSK_PAYMENT_VOID);
    struct lab_event bills = lab_bills(lab);
    lab_pay(lab, &bills, NULL);
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    finish();
}

static void used_elsewhere_after_the_debit(void)
{
    begin();
    tear_payment("pull-after");
    lab_kiosk_stop(lab);
    use_elsewhere(3);
    lab_kiosk_start(lab);
    lab_wait_online(lab);
    assert_settled(KIOSK_PAYMENT_CONFIRMED);
    finish();
}

/* What is left on the card is what the card says now, not what was left on the day of the doubt. */
static void tells_todays_balance_after_a_load(void)
{
    begin();
    struct lab_event torn = tear_payment("pull-after");
    int64_t loaded_fen = lab_card_balance(lab, CARD) + 5000;
    g_autofree char *loaded = lab_cards(lab, "set " CARD " balance_fen %" G_GINT64_FORMAT, loaded_fen);
    g_autofree char *inserted = lab_cards(lab, "insert " CARD);
    lab_wait_card(lab);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(end.event.payment.amount_fen, ==, torn.event.payment.amount_fen);
    g_assert_cmpint(end.event.payment.balance_after_fen, ==, loaded_fen);
    finish();
}

/* ---- The disk -------------------------------------------------------------------------------------------------------- */

static void disk_takes(bool anything)
{
    const struct rlimit limit = {anything ? RLIM_INFINITY : 0, RLIM_INFINITY};
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

/* DEBIT is done, its record is refused; the card stays where it is. */
static struct lab_event pay_onto_a_full_disk(void)
{
    lab_tap(lab, CARD);
    struct lab_event bills = lab_bills(lab);
    g_autofree char *armed = lab_cards(lab, "fault card delay ms=1500 ins=54");
    lab_pay(lab, &bills, NULL);
    lab_wait(lab, "working", is_working, NULL, 5000);
    g_usleep(700000);
    disk_takes(false);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_IN_DOUBT);
    g_assert_cmpstr(end.event.payment.reason, ==, "STORE");
    return end;
}

static void settled_when_the_disk_works_again(void)
{
    begin();
    int64_t before_fen = lab_card_balance(lab, CARD);
    struct lab_event torn = pay_onto_a_full_disk();
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen - torn.event.payment.amount_fen);
    disk_takes(true);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpstr(end.event.payment.id, ==, torn.event.payment.id);
    finish();
}

static bool has_a_doubt(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && event->event.status.in_doubt == 1 && event->event.status.store_ok;
}

/* The card is gone when the disk comes back: staff and platform are told of the doubt without a restart. */
static void told_as_a_doubt_when_the_card_is_gone(void)
{
    begin();
    struct lab_event torn = pay_onto_a_full_disk();
    g_autofree char *removed = lab_cards(lab, "remove");
    lab_wait(lab, "card removed", is_removed, NULL, 5000);
    disk_takes(true);
    lab_wait(lab, "one doubt", has_a_doubt, NULL, 15000);
    assert_settled(KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(torn.event.payment.amount_fen, >, 0);
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK); /* warnings of a fault under test are not failures */
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    signal(SIGXFSZ, SIG_IGN);
    g_test_add_func("/doubts/used-elsewhere-after-no-debit", used_elsewhere_after_no_debit);
    g_test_add_func("/doubts/used-elsewhere-after-the-debit", used_elsewhere_after_the_debit);
    g_test_add_func("/doubts/tells-todays-balance-after-a-load", tells_todays_balance_after_a_load);
    g_test_add_func("/doubts/settled-when-the-disk-works-again", settled_when_the_disk_works_again);
    g_test_add_func("/doubts/told-as-a-doubt-when-the-card-is-gone", told_as_a_doubt_when_the_card_is_gone);
    return g_test_run();
}
