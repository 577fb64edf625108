/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's own troubles: reader service killed and restarted, reader unplugged, PSAM pulled. Each is told in a status
 * and is over within five seconds of its cause, without a restart of the kiosk; a card then pays again.
 */
#include <stdio.h>
#include <string.h>

#include "lab.h"

#define RECOVERY_MS 5000

static struct lab *lab;

static void readers_do(const char *command)
{
    const char *helper = g_getenv("WITH_READERS_RESTART");
    g_autoptr(GError) error = NULL;
    int status = -1;

    g_assert_nonnull(helper);
    char *argv[] = {(char *)helper, (char *)command, NULL};
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_true(g_spawn_check_wait_status(status, NULL));
}

static bool reader_is(const struct lab_event *event, void *wanted)
{
    return event->event.kind == KIOSK_EVENT_STATUS &&
           event->event.status.reader == *(enum kiosk_reader_status *)wanted;
}

static bool all_ready(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && event->event.status.reader == KIOSK_READER_READY &&
           event->event.status.sam_ready;
}

static bool sam_missing(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && !event->event.status.sam_ready;
}

static bool is_card(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_CARD && event->event.card.verdict == KIOSK_CARD_OK;
}

static void wait_reader(enum kiosk_reader_status status)
{
    lab_wait(lab, "reader status", reader_is, &status, RECOVERY_MS);
}

/* The platform may still be telling of them. */
static struct lab_event bills_there(void)
{
    struct lab_event bills = lab_bills(lab);

    for (int i = 0; i < 40 && bills.bill_count == 0; i++) {
        g_usleep(G_USEC_PER_SEC / 4);
        bills = lab_bills(lab);
    }
    return bills;
}

static void pays_once_more(void)
{
    struct lab_event bills = bills_there();
    int64_t before_fen = lab_card_balance(lab, "elder");

    lab_pay(lab, &bills, NULL);
    g_assert_cmpint(lab_wait_payment(lab).event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(lab_card_balance(lab, "elder"), ==, before_fen - bills.bill_fen[0]);
}

static bool is_taken(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_CARD_REMOVED;
}

/* A card that was away for less than pcscd's look (400 ms) was never away: then it is taken and laid there once more. */
static void put_down_anew(void)
{
    struct lab_event event;

    for (int i = 0; i < 5; i++) {
        g_autofree char *away = lab_cards(lab, "remove");
        lab_try(lab, is_taken, NULL, 2000, &event);
        g_autofree char *inserted = lab_cards(lab, "insert elder");
        if (lab_try(lab, is_card, NULL, RECOVERY_MS, &event))
            return;
    }
    g_error("no card is seen any more");
}

static void begin(void)
{
    lab = lab_new();
    lab_wait_online(lab);
    lab_tap(lab, "elder");
    lab_events_clear(lab);
}

static void survives_a_restart_of_the_service(void)
{
    begin();
    readers_do("kill");
    wait_reader(KIOSK_READER_NO_SERVICE);
    readers_do("start");
    lab_wait(lab, "service back", all_ready, NULL, RECOVERY_MS);
    put_down_anew();
    pays_once_more();
    lab_free(lab);
}

static void survives_the_loss_of_the_psam(void)
{
    begin();
    struct lab_event bills = bills_there();
    g_autofree char *off = lab_cards(lab, "sam off");
    lab_wait(lab, "PSAM gone", sam_missing, NULL, RECOVERY_MS);
    lab_pay(lab, &bills, NULL);
    struct lab_event refused = lab_wait_payment(lab);
    g_assert_cmpint(refused.event.payment.phase, ==, KIOSK_PAYMENT_NOT_NOW);
    g_assert_cmpstr(refused.event.payment.reason, ==, "NO_SAM");
    g_autofree char *on = lab_cards(lab, "sam on");
    lab_wait(lab, "PSAM back", all_ready, NULL, RECOVERY_MS);
    pays_once_more();
    lab_free(lab);
}

/* Bound by name and terminal number: USB may number the reader anew, another till's PSAM is none. */
static void takes_only_its_own_psam(void)
{
    begin();
    g_autofree char *away = lab_cards(lab, "remove");
    lab_kiosk_stop(lab);
    lab_kiosk_bind_sam(lab, "Virtual PCD 07 01", "990100000002");
    lab_kiosk_start(lab);
    lab_tap(lab, "elder");
    struct lab_event bills = bills_there();
    lab_pay(lab, &bills, NULL);
    g_assert_cmpstr(lab_wait_payment(lab).event.payment.reason, ==, "NO_SAM");
    g_autofree char *away_again = lab_cards(lab, "remove");
    lab_kiosk_stop(lab);
    lab_kiosk_bind_sam(lab, "Virtual PCD 07 01", "990100000001");
    lab_kiosk_start(lab);
    lab_wait_online(lab);
    lab_tap(lab, "elder");
    pays_once_more();
    lab_free(lab);
}

static bool verdict_is(const struct lab_event *event, void *wanted)
{
    return event->event.kind == KIOSK_EVENT_CARD && event->event.card.verdict == *(enum kiosk_card_verdict *)wanted;
}

static bool shows_somebody(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_CARD && event->event.card.identity.name_masked[0] != '\0';
}

/* Two cards on two readers: nobody's name is shown until one is taken away; a card put down later does not disturb. */
static void asks_which_of_two_cards(void)
{
    enum kiosk_card_verdict two = KIOSK_CARD_TWO;

    begin();
    lab_kiosk_stop(lab);
    lab_two_readers(lab);
    g_autofree char *first = lab_cards(lab, "insert elder 0");
    g_autofree char *second = lab_cards(lab, "insert adult 1");
    g_usleep(G_USEC_PER_SEC);
    lab_kiosk_start(lab);
    lab_wait(lab, "the question which card", verdict_is, &two, RECOVERY_MS);
    g_assert_false(lab_try(lab, shows_somebody, NULL, 1500, NULL));
    g_autofree char *chosen = lab_cards(lab, "remove 0");
    struct lab_event card = lab_wait(lab, "the card that was left", shows_somebody, NULL, RECOVERY_MS);
    g_assert_false(card.event.card.identity.elder);
    g_autofree char *late = lab_cards(lab, "insert elder 0");
    g_assert_false(lab_try(lab, shows_somebody, NULL, 1500, NULL));
    lab_free(lab);
}

static void list_reader(bool listed)
{
    const char *folder = "/run/pcscd/with-readers";
    g_autofree char *inside = g_build_filename(folder, "reader.conf.d", "vpcd", NULL);
    g_autofree char *outside = g_build_filename(folder, "vpcd.unplugged", NULL);

    g_assert_cmpint(rename(listed ? outside : inside, listed ? inside : outside), ==, 0);
}

static void survives_an_unplugged_reader(void)
{
    begin();
    readers_do("stop");
    list_reader(false);
    readers_do("start");
    wait_reader(KIOSK_READER_NONE);
    readers_do("stop");
    list_reader(true);
    readers_do("start");
    lab_wait(lab, "reader and PSAM back", all_ready, NULL, RECOVERY_MS);
    put_down_anew();
    pays_once_more();
    lab_free(lab);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add_func("/readers/survives-a-restart-of-the-service", survives_a_restart_of_the_service);
    g_test_add_func("/readers/survives-the-loss-of-the-psam", survives_the_loss_of_the_psam);
    g_test_add_func("/readers/takes-only-its-own-psam", takes_only_its_own_psam);
    g_test_add_func("/readers/asks-which-of-two-cards", asks_which_of_two_cards);
    g_test_add_func("/readers/survives-an-unplugged-reader", survives_an_unplugged_reader);
    return g_test_run();
}
