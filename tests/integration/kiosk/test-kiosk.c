/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a resident at the kiosk: real cards in a real pcscd, real database, real platform over TLS. */
#include <glib/gstdio.h>
#include <string.h>

#include "lab.h"
#include "model/model.h"
#include "store/store.h"
#include "sync/sync.h"

static struct lab *lab;

static bool is_offline(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && !event->event.status.online;
}

static bool is_removed(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_CARD_REMOVED;
}

static void take_away(void)
{
    g_autofree char *answer = lab_cards(lab, "remove");
    lab_wait(lab, "card removed", is_removed, NULL, 5000);
}

static void begin(void)
{
    lab = lab_new();
    lab_wait_online(lab);
}

static void finish(void)
{
    lab_free(lab);
    lab = NULL;
}

/* Payments of the ledger with this id; sets *tac. */
static size_t ledger_rows(const char *payment_id, const char **tac, json_t **ledger)
{
    json_t *row;
    size_t i, rows = 0;

    *ledger = lab_ledger(lab);
    json_array_foreach(json_object_get(*ledger, "payments"), i, row) {
        if (g_strcmp0(json_string_value(json_object_get(row, "id")), payment_id) != 0)
            continue;
        rows++;
        *tac = json_string_value(json_object_get(row, "tac"));
    }
    return rows;
}

static void assert_ledger_has_once(const char *payment_id)
{
    const char *tac = NULL;
    json_t *ledger = NULL;

    g_assert_cmpuint(ledger_rows(payment_id, &tac, &ledger), ==, 1);
    g_assert_cmpstr(tac, ==, "OK");
    json_decref(ledger);
}

static void pays_offline_and_the_platform_learns_it_once(void)
{
    begin();
    lab_platform_stop(lab);
    lab_wait(lab, "offline", is_offline, NULL, 15000);

    struct lab_event card = lab_tap(lab, "elder");
    g_assert_cmpint(card.event.card.verdict, ==, KIOSK_CARD_OK);
    g_assert_true(card.event.card.identity.elder);
    g_assert_cmpstr(card.event.card.identity.name_masked, ==, "张**");
    g_assert_cmpstr(card.event.card.identity.card_last4, ==, "1025");
    int64_t before_fen = lab_card_balance(lab, "elder");

    struct lab_event bills = lab_bills(lab);
    g_assert_cmpuint(bills.bill_count, >=, 2);
    lab_pay(lab, &bills, NULL);
    struct lab_event paid = lab_wait_payment(lab);
    g_assert_cmpint(paid.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(paid.event.payment.amount_fen, ==, bills.bill_fen[0]);
    g_assert_cmpint(lab_card_balance(lab, "elder"), ==, before_fen - bills.bill_fen[0]);
    g_assert_cmpint(lab_bills(lab).bill_count, ==, bills.bill_count - 1);

    lab_platform_start(lab);
    lab_wait_synced(lab);
    assert_ledger_has_once(paid.event.payment.id);

    take_away();
    finish();
}

static void knows_lost_expired_foreign_and_unknown_cards(void)
{
    begin();
    g_assert_cmpint(lab_tap(lab, "lost").event.card.verdict, ==, KIOSK_CARD_LOST);
    take_away();
    g_assert_cmpint(lab_tap(lab, "expired").event.card.verdict, ==, KIOSK_CARD_EXPIRED);
    take_away();
    struct lab_event visitor = lab_tap(lab, "visitor");
    g_assert_cmpint(visitor.event.card.verdict, ==, KIOSK_CARD_OK);
    g_assert_true(visitor.event.card.identity.visitor);
    g_assert_cmpuint(lab_bills(lab).bill_count, ==, 0);
    take_away();
    struct lab_event staff = lab_tap(lab, "staff");
    g_assert_true(staff.event.card.identity.staff);
    g_assert_false(staff.event.card.identity.elder);
    finish();
}

static void lost_card_pays_nothing(void)
{
    begin();
    struct lab_event elder = lab_tap(lab, "elder");
    g_assert_cmpint(elder.event.card.verdict, ==, KIOSK_CARD_OK);
    struct lab_event bills = lab_bills(lab);
    take_away();
    lab_tap(lab, "lost");
    int64_t before_fen = lab_card_balance(lab, "lost");
    lab_pay(lab, &bills, NULL);
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_FAILED);
    g_assert_cmpint(lab_card_balance(lab, "lost"), ==, before_fen);
    finish();
}

static void asks_for_the_pin(void)
{
    begin();
    lab_tap(lab, "pin");
    struct lab_event bills = lab_bills(lab);
    int64_t before_fen = lab_card_balance(lab, "pin");

    lab_pay(lab, &bills, NULL);
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_PIN_NEEDED);
    lab_pay(lab, &bills, "111111");
    struct lab_event wrong = lab_wait_payment(lab);
    g_assert_cmpint(wrong.event.payment.phase, ==, KIOSK_PAYMENT_PIN_WRONG);
    g_assert_cmpuint(wrong.event.payment.tries_left, ==, 2);
    g_assert_cmpint(lab_card_balance(lab, "pin"), ==, before_fen);
    lab_pay(lab, &bills, "246810");
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(lab_card_balance(lab, "pin"), ==, before_fen - bills.bill_fen[0]);
    finish();
}

static void tells_how_much_is_missing(void)
{
    begin();
    lab_tap(lab, "poor");
    struct lab_event bills = lab_bills(lab);
    lab_pay(lab, &bills, NULL);
    struct lab_event low = lab_wait_payment(lab);
    g_assert_cmpint(low.event.payment.phase, ==, KIOSK_PAYMENT_LOW);
    g_assert_cmpint(low.event.payment.short_fen, ==, bills.bill_fen[0] - 150);
    finish();
}

static void never_debits_a_card_that_was_swapped_in_silence(void)
{
    begin();
    lab_tap(lab, "adult");
    struct lab_event bills = lab_bills(lab);
    int64_t adult_fen = lab_card_balance(lab, "adult"), elder_fen = lab_card_balance(lab, "elder");

    g_autofree char *answer = lab_cards(lab, "swap elder 30");
    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, !=, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(lab_card_balance(lab, "adult"), ==, adult_fen);
    g_assert_cmpint(lab_card_balance(lab, "elder"), ==, elder_fen);
    finish();
}

static bool is_print(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_PRINT;
}

static void prints_and_says_when_paper_is_out(void)
{
    begin();
    lab_tap(lab, "adult");
    struct lab_event bills = lab_bills(lab);
    lab_pay(lab, &bills, NULL);
    struct lab_event paid = lab_wait_payment(lab);
    g_assert_cmpint(paid.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);

    kiosk_request_print(lab_kiosk(lab), &(struct kiosk_print_request){.kind = KIOSK_PRINT_RECEIPT, .id = paid.event.payment.id, .language = "zh_CN"});
    struct lab_event slip = lab_wait(lab, "slip", is_print, NULL, 10000);
    g_assert_true(slip.event.print.ok);
    g_assert_true(g_file_test(slip.event.print.file, G_FILE_TEST_EXISTS));

    g_autofree char *folder = g_path_get_dirname(slip.event.print.file);
    g_autofree char *out_of_paper = g_build_filename(folder, "OUT_OF_PAPER", NULL);
    g_assert_true(g_file_set_contents(out_of_paper, "", 0, NULL));
    kiosk_request_print(lab_kiosk(lab), &(struct kiosk_print_request){.kind = KIOSK_PRINT_RECEIPT, .id = paid.event.payment.id, .language = "en"});
    struct lab_event none = lab_wait(lab, "slip", is_print, NULL, 10000);
    g_assert_false(none.event.print.ok);
    g_assert_cmpstr(none.event.print.reason, ==, "NO_PAPER");
    finish();
}

/* The screen is open at the bills when the card is reported lost, at home or at another desk. */
static void card_lost_while_it_lies_there_pays_nothing(void)
{
    begin();
    lab_tap(lab, "elder");
    struct lab_event bills = lab_bills(lab);
    int64_t before_fen = lab_card_balance(lab, "elder");
    g_autofree char *lost = lab_platform_run(lab, "card-lost", "9901000000001025", NULL);
    g_usleep(7 * G_USEC_PER_SEC); /* a round of sync is due every five seconds */
    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_FAILED);
    g_assert_cmpstr(end.event.payment.reason, ==, "CARD_LOST");
    g_assert_cmpint(lab_card_balance(lab, "elder"), ==, before_fen);
    finish();
}

static enum kiosk_payment_phase pay_one(const char **reason)
{
    static char text[32];
    struct lab_event bills = lab_bills(lab);

    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    g_strlcpy(text, end.event.payment.reason, sizeof text);
    *reason = text;
    return end.event.payment.phase;
}

/* Several payments, a payment left in doubt, a restart and another tap: the card's day is one day. */
static void offline_limits_hold_over_payments_and_restarts(void)
{
    const char *reason = NULL;

    begin();
    for (int i = 0; i < 4; i++) {
        g_autofree char *added = lab_platform_run(lab, "bill-add", "--card", "9901000000001017", "--biller", "ytdl", "--due",
                                                  "20260101", "--amount-fen", "19000", NULL);
    }
    g_autofree char *rich = lab_cards(lab, "set adult balance_fen 90000");
    lab_kiosk_stop(lab);
    lab_kiosk_start(lab);
    lab_wait_synced(lab);
    lab_platform_stop(lab);
    lab_wait(lab, "offline", is_offline, NULL, 15000);
    lab_tap(lab, "adult");
    g_assert_cmpint(pay_one(&reason), ==, KIOSK_PAYMENT_CONFIRMED);
    lab_kiosk_stop(lab);
    lab_kiosk_start(lab);
    lab_wait_card(lab);
    g_autofree char *armed = lab_cards(lab, "fault card pull-after ins=54");
    while (pay_one(&reason) == KIOSK_PAYMENT_NOT_NOW) /* the PSAM is being opened */
        g_usleep(200000);
    g_autofree char *cleared = lab_cards(lab, "faults clear");
    lab_tap(lab, "adult");
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(pay_one(&reason), ==, KIOSK_PAYMENT_LIMIT);
    g_assert_cmpstr(reason, ==, "LIMIT_DAY");
    g_assert_cmpint(lab_card_balance(lab, "adult"), ==, 90000 - 2 * 19000);
    finish();
}

/* Revoked is not the same as offline: not even small sums. */
static void a_revoked_kiosk_takes_no_money(void)
{
    const char *reason = NULL;

    begin();
    g_autofree char *revoked = lab_platform_run(lab, "revoke", "K0001", NULL);
    lab_wait(lab, "offline", is_offline, NULL, 15000);
    lab_tap(lab, "elder");
    int64_t before_fen = lab_card_balance(lab, "elder");
    g_assert_cmpint(pay_one(&reason), ==, KIOSK_PAYMENT_NOT_NOW);
    g_assert_cmpstr(reason, ==, "REVOKED");
    lab_platform_stop(lab); /* pulling the cable does not help */
    g_usleep(3 * G_USEC_PER_SEC);
    g_assert_cmpint(pay_one(&reason), ==, KIOSK_PAYMENT_NOT_NOW);
    g_assert_cmpint(lab_card_balance(lab, "elder"), ==, before_fen);
    finish();
}

static void forget_the_journal(void)
{
    static const char *const NAMES[] = {"kiosk.db", "kiosk.db-wal", "kiosk.db-shm", "kiosk.db-tail"};

    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        g_autofree char *path = g_build_filename(lab_dir(lab), "kiosk", NAMES[i], NULL);
        if (g_unlink(path) != 0)
            g_test_message("%s is not there", NAMES[i]);
    }
}

/* What it would write has the places of events that the platform has already: money that no ledger would hear of. */
static void takes_no_money_on_a_disk_the_platform_knows_more_of(void)
{
    const char *reason = NULL;

    begin();
    lab_tap(lab, "elder");
    g_assert_cmpint(pay_one(&reason), ==, KIOSK_PAYMENT_CONFIRMED);
    lab_wait_synced(lab);
    take_away();
    lab_kiosk_stop(lab);
    forget_the_journal();
    lab_kiosk_start(lab);
    g_usleep(4 * G_USEC_PER_SEC);
    lab_tap(lab, "elder");
    int64_t before_fen = lab_card_balance(lab, "elder");
    g_assert_cmpint(pay_one(&reason), ==, KIOSK_PAYMENT_NOT_NOW);
    g_assert_true(g_str_has_prefix(reason, "JOURNAL_"));
    g_assert_cmpint(lab_card_balance(lab, "elder"), ==, before_fen);
    finish();
}

/* The mark of the highest time seen, as a clock that ran ahead for a while leaves it behind; and a boot since the platform last
 * signed the time: in the same boot that time would still be known. */
static void leave_a_future_time(int64_t ahead_ms)
{
    g_autoptr(GError) error = NULL;
    struct sync_identity enrolment;
    struct store_identity identity;
    g_autofree char *folder = g_build_filename(lab_dir(lab), "kiosk", NULL);
    g_autofree char *path = g_build_filename(folder, "kiosk.db", NULL);

    g_assert_true(sync_identity_load(folder, &enrolment, &error));
    sync_store_identity(&enrolment, &identity);
    struct store *store = store_open(path, &identity, &error);
    g_assert_no_error(error);
    struct clock_reading earlier = {now_ms(), 1000, "22222222-2222-7222-8222-222222222222"};
    g_assert_true(store_clock_signed(store, now_ms(), &earlier, &earlier, &error));
    g_assert_true(store_time_raise(store, now_ms() + ahead_ms, &error));
    store_close(store);
}

static bool clock_is(const struct lab_event *event, void *trusted)
{
    return event->event.kind == KIOSK_EVENT_STATUS && event->event.status.clock_trusted == *(bool *)trusted;
}

/* Offline nobody can tell a clock that was put right from one that was set back; the platform can. */
static void opens_again_after_a_clock_that_ran_ahead(void)
{
    bool yes = true, no = false;

    begin();
    lab_kiosk_stop(lab);
    lab_platform_stop(lab);
    leave_a_future_time(INT64_C(30) * 86400000);
    lab_kiosk_start(lab);
    lab_wait(lab, "clock not trusted", clock_is, &no, 5000);
    lab_platform_start(lab);
    lab_wait(lab, "clock trusted", clock_is, &yes, 20000);
    lab_tap(lab, "adult");
    struct lab_event bills = lab_bills(lab);
    lab_pay(lab, &bills, NULL);
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK); /* warnings of a fault under test are not failures */
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add_func("/kiosk/pays-offline-and-the-platform-learns-it-once", pays_offline_and_the_platform_learns_it_once);
    g_test_add_func("/kiosk/knows-lost-expired-foreign-cards", knows_lost_expired_foreign_and_unknown_cards);
    g_test_add_func("/kiosk/lost-card-pays-nothing", lost_card_pays_nothing);
    g_test_add_func("/kiosk/asks-for-the-pin", asks_for_the_pin);
    g_test_add_func("/kiosk/tells-how-much-is-missing", tells_how_much_is_missing);
    g_test_add_func("/kiosk/never-debits-a-card-swapped-in-silence", never_debits_a_card_that_was_swapped_in_silence);
    g_test_add_func("/kiosk/prints-and-says-when-paper-is-out", prints_and_says_when_paper_is_out);
    g_test_add_func("/kiosk/card-lost-while-it-lies-there-pays-nothing", card_lost_while_it_lies_there_pays_nothing);
    g_test_add_func("/kiosk/offline-limits-hold-over-payments-and-restarts", offline_limits_hold_over_payments_and_restarts);
    g_test_add_func("/kiosk/a-revoked-kiosk-takes-no-money", a_revoked_kiosk_takes_no_money);
    g_test_add_func("/kiosk/takes-no-money-on-a-disk-the-platform-knows-more-of",
                    takes_no_money_on_a_disk_the_platform_knows_more_of);
    g_test_add_func("/kiosk/opens-again-after-a-clock-that-ran-ahead", opens_again_after_a_clock_that_ran_ahead);
    return g_test_run();
}
